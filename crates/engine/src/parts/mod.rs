//! The parts of a split, one at a time: a large body never exists as a tree or as a list of parts.

mod around;
mod declarations;
mod text;
mod xml;

use std::collections::VecDeque;

use base::Failure;
use bytes::Bytes;
use expr::{Scope, XPathValue};
use flow::{Envelope, Split, SplitBy};

pub(crate) use declarations::Declarations;

/// Where a split stands in its body.
#[derive(Clone, Debug, Default)]
pub struct Parts {
    from: Records,
    group: usize,
    total: Option<usize>,
    /// The part after the one given last, read ahead; a failure is given when its turn comes.
    ahead: Option<Result<Bytes, Failure>>,
    begun: bool,
}

/// Where the records come from.
#[derive(Clone, Debug, Default)]
enum Records {
    #[default]
    None,
    Xml(xml::Elements),
    Text(text::Pieces),
    /// Selected from a tree, with how several of them become one part.
    Ready(VecDeque<Bytes>, Join),
}

/// How selected records become one part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Join {
    Concat,
    JsonArray,
}

impl Parts {
    /// The parts of a message's body. Plain element paths and lines are found while streaming.
    ///
    /// # Errors
    /// A permanent failure: the body is not XML or JSON where it has to be, or the expression fails.
    pub fn of(split: &Split, scope: &Scope<'_>) -> Result<Self, Failure> {
        let body = &scope.message.body;
        let from = match &split.by {
            SplitBy::Line { header: false } => Records::Text(text::Pieces::lines(body)),
            SplitBy::Line { header: true } => Records::Text(text::Pieces::below_header(body)),
            SplitBy::Element(name) => match xml::Elements::named(body, name) {
                Some(elements) => Records::Xml(elements),
                None => Records::Text(text::Pieces::between(body, name)),
            },
            SplitBy::Token(token) => Records::Text(text::Pieces::between(body, token)),
            SplitBy::JsonPath(path) => {
                let parts = path.parts(body).map_err(|e| failed(path.source(), "K0002", &e.0))?;
                Records::Ready(parts.into_iter().map(Bytes::from).collect(), Join::JsonArray)
            }
            SplitBy::XPath { path, envelope } => match path.plain_path() {
                Some(plain) if plain.steps.len() < 64 => Records::Xml(xml::Elements::of(body, plain.steps, *envelope)?),
                _ if *envelope != Envelope::None => {
                    let text = format!(
                        "`{}` cannot keep the elements around a part: that needs a plain path such as `/orders/order`",
                        path.source()
                    );
                    return Err(Failure::permanent("K0003", text));
                }
                _ => {
                    let value = path.eval(scope).map_err(|e| failed(path.source(), "K0003", &e.0))?;
                    let nodes = match value {
                        XPathValue::Nodes(nodes) | XPathValue::List(nodes) => nodes,
                        XPathValue::Text(text) => vec![text],
                        XPathValue::Number(_) | XPathValue::Bool(_) => {
                            let text =
                                format!("`{}` selects no elements, it gives a number or a condition", path.source());
                            return Err(Failure::permanent("K0003", text));
                        }
                    };
                    Records::Ready(nodes.into_iter().map(Bytes::from).collect(), Join::Concat)
                }
            },
        };
        let group = usize::try_from(split.group.max(1)).unwrap_or(usize::MAX);
        let total = match &from {
            Records::Ready(records, _) => Some(records.len().div_ceil(group)),
            _ => None,
        };
        let mut parts = Parts { from, group, total, ahead: None, begun: false };
        if split.count && total.is_none() {
            parts.total = Some(parts.clone().count()?);
        }
        Ok(parts)
    }

    /// The next part, `None` after the last. Grouping is applied: a part may hold several records.
    ///
    /// # Errors
    /// A permanent failure: the body breaks off or is not well-formed from here on. No part follows.
    pub fn next_part(&mut self) -> Result<Option<Bytes>, Failure> {
        if !self.begun {
            self.begun = true;
            self.ahead = self.read().transpose();
        }
        match self.ahead.take().transpose()? {
            Some(part) => {
                self.ahead = self.read().transpose();
                Ok(Some(part))
            }
            None => Ok(None),
        }
    }

    /// Whether the part given last was the last one, where that is known (`CamelSplitComplete`).
    #[must_use]
    pub fn is_last(&self) -> bool {
        self.begun && self.ahead.is_none()
    }

    /// How many parts there are in all, where that is known without reading on (`CamelSplitSize`).
    #[must_use]
    pub fn total(&self) -> Option<usize> {
        self.total
    }

    /// Reads to the end. A body that breaks off gives none of its parts, as if it had been read as a whole.
    fn count(mut self) -> Result<usize, Failure> {
        match &mut self.from {
            Records::Xml(elements) => elements.count_only(),
            Records::Text(pieces) => pieces.count_only(),
            Records::None | Records::Ready(..) => {}
        }
        let mut total = 0;
        while self.next_part()?.is_some() {
            total += 1;
        }
        Ok(total)
    }

    /// One part. After a failure nothing follows.
    fn read(&mut self) -> Result<Option<Bytes>, Failure> {
        let part = match &mut self.from {
            Records::None => Ok(None),
            Records::Xml(elements) => elements.next(self.group),
            Records::Text(pieces) => Ok(pieces.next(self.group)),
            Records::Ready(records, join) => {
                let taken: Vec<Bytes> = records.drain(..self.group.min(records.len())).collect();
                Ok(joined(taken, *join, self.group))
            }
        };
        if !matches!(part, Ok(Some(_))) {
            self.from = Records::None;
        }
        part
    }
}

fn joined(mut records: Vec<Bytes>, join: Join, group: usize) -> Option<Bytes> {
    match join {
        _ if records.is_empty() => None,
        _ if group == 1 => records.pop(),
        Join::Concat => Some(Bytes::from(records.concat())),
        Join::JsonArray => {
            let mut out = vec![b'['];
            for (i, record) in records.iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                out.extend_from_slice(record);
            }
            out.push(b']');
            Some(Bytes::from(out))
        }
    }
}

fn failed(source: &str, code: &str, text: &str) -> Failure {
    Failure::permanent(code, format!("cannot split by `{source}`: {text}"))
}
