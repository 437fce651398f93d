//! Gather: many bodies become one.

use std::ops::Range;

use base::{Failure, Message};
use bytes::Bytes;
use expr::{NamespaceTest, PlainStep, StaticScope, XPath, XPathValue};
use flow::Gather;

use crate::convert::json;
use crate::convert::xml::{Open, Piece, Walk, declared_utf8, local, utf8};
use crate::parts::Declarations;

/// Namespace of SAP's envelope.
const MULTIMAP: &str = "http://sap.com/xi/XI/SplitAndMerge";

/// Joins the bodies that the parts of a split or the branches of a multicast left, in their order.
///
/// Empty bodies are left out of XML and JSON.
///
/// # Errors
/// A permanent failure that says which body does not fit.
pub fn gather(strategy: &Gather, bodies: &[Bytes]) -> Result<Bytes, Failure> {
    match strategy {
        Gather::Concat if bodies.len() == 1 => Ok(bodies[0].clone()),
        Gather::Concat => Ok(Bytes::from(bodies.concat())),
        Gather::Last => Ok(bodies.last().cloned().unwrap_or_default()),
        Gather::Xml { root, unwrap } => {
            let root = if root.is_empty() { "messages" } else { root };
            let mut out = format!("<{root}>").into_bytes();
            each(bodies, |body| xml(&mut out, body, *unwrap))?;
            out.extend_from_slice(format!("</{root}>").as_bytes());
            Ok(Bytes::from(out))
        }
        Gather::Multimap { same } => multimap(bodies, *same),
        Gather::Merge { from, into } => merge(bodies, from, into),
        Gather::Json => {
            let mut out = vec![b'['];
            each(bodies, |body| {
                json(body)?;
                if out.len() > 1 {
                    out.push(b',');
                }
                out.extend_from_slice(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii());
                Ok(())
            })?;
            out.push(b']');
            Ok(Bytes::from(out))
        }
    }
}

/// SAP's envelope of several messages.
fn multimap(bodies: &[Bytes], same: bool) -> Result<Bytes, Failure> {
    let mut out = format!("<multimap:Messages xmlns:multimap=\"{MULTIMAP}\">").into_bytes();
    let mut number = 0;
    let tag = |out: &mut Vec<u8>, open: &str, number: u32| {
        out.extend_from_slice(format!("{open}multimap:Message{number}>").as_bytes());
    };
    each(bodies, |body| {
        if number == 0 || !same {
            number += 1;
            tag(&mut out, "<", number);
        }
        xml(&mut out, body, false)?;
        if !same {
            tag(&mut out, "</", number);
        }
        Ok(())
    })?;
    if same && number > 0 {
        tag(&mut out, "</", number);
    }
    out.extend_from_slice(b"</multimap:Messages>");
    Ok(Bytes::from(out))
}

/// The first body with what `from` selects in the others at the end of its element `into`.
fn merge(bodies: &[Bytes], from: &XPath, into: &XPath) -> Result<Bytes, Failure> {
    let mut first: Option<Bytes> = None;
    let mut added = Vec::new();
    each(bodies, |body| {
        if first.is_none() {
            first = Some(declared_utf8(body)?);
            return Ok(());
        }
        let scope = StaticScope::of(Message::of(body.clone()));
        let value = from.eval(&scope.scope()).map_err(crate::failure::expression)?;
        if let XPathValue::Nodes(nodes) = value {
            added.extend(nodes.into_iter().flat_map(String::into_bytes));
        }
        Ok(())
    })?;
    let Some(first) = first else { return Ok(Bytes::new()) };
    let steps = into.plain_path().map(|p| p.steps).unwrap_or_default();
    let Some(found) = last_child(&first, &steps)? else {
        let text = format!("the first body has no element `{}` that the others could go into", into.source());
        return Err(Failure::permanent("K0003", text));
    };
    let mut out = Vec::with_capacity(first.len() + added.len());
    let behind = match found {
        Spot::Before(end) => {
            out.extend_from_slice(&first[..end]);
            out.extend_from_slice(&added);
            end
        }
        Spot::Empty(tag, name) => {
            let start = first[tag.clone()].strip_suffix(b"/>").unwrap_or_default();
            out.extend_from_slice(&first[..tag.start]);
            out.extend_from_slice(start);
            out.push(b'>');
            out.extend_from_slice(&added);
            out.extend_from_slice(b"</");
            out.extend_from_slice(&first[name]);
            out.push(b'>');
            tag.end
        }
    };
    out.extend_from_slice(&first[behind..]);
    Ok(Bytes::from(out))
}

/// Where an element takes one more child.
pub(crate) enum Spot {
    /// Before its end tag.
    Before(usize),
    /// It is an empty element: its tag and its name.
    Empty(Range<usize>, Range<usize>),
}

/// Where an element that ends at a place takes one more child.
pub(crate) fn spot(body: &[u8], open: Open, end: usize) -> Spot {
    if open.tag.end == end { Spot::Empty(open.tag, open.name) } else { Spot::Before(end - closing(body, end)) }
}

/// The first element on a plain path.
fn last_child(body: &[u8], steps: &[PlainStep]) -> Result<Option<Spot>, Failure> {
    let mut walk = Walk::new(body);
    let mut declared = Declarations::default();
    // How many of the outermost open elements are on the path.
    let mut on_path = 0;
    while let Some(piece) = walk.next()? {
        let depth = walk.place.open.len();
        match piece {
            Piece::Start(tag) => {
                declared.enter(&tag)?;
                let name = tag.name();
                let namespace = declared.namespace(name.0).unwrap_or_default();
                let fits = |step: &PlainStep| {
                    let space = match &step.namespace {
                        NamespaceTest::Any => true,
                        NamespaceTest::Exact(uri) => uri == namespace,
                    };
                    space && !step.descendant && step.name.as_deref().is_none_or(|n| n == local(name.0))
                };
                if on_path + 1 == depth && steps.get(on_path).is_some_and(fits) {
                    on_path += 1;
                }
            }
            Piece::End(open) => {
                declared.leave();
                if on_path == depth + 1 {
                    if on_path == steps.len() {
                        return Ok(Some(spot(body, open, walk.place.at)));
                    }
                    on_path -= 1;
                }
            }
            Piece::Text(_) => {}
        }
    }
    Ok(None)
}

/// Every body that is not blank; a failure says which one it was.
fn each(bodies: &[Bytes], mut add: impl FnMut(&Bytes) -> Result<(), Failure>) -> Result<(), Failure> {
    for (i, body) in bodies.iter().enumerate().filter(|(_, b)| !b.trim_ascii().is_empty()) {
        add(body).map_err(|f| {
            let what = f.text.strip_prefix("the body ").map_or_else(|| format!(": {}", f.text), |t| format!(" {t}"));
            Failure { text: format!("body {} of {}{what}", i + 1, bodies.len()), ..f }
        })?;
    }
    Ok(())
}

/// Adds an XML body without what stands before its root; unwrapped, only the content of its root, which keeps the
/// namespaces that the root declared.
fn xml(out: &mut Vec<u8>, body: &Bytes, unwrap: bool) -> Result<(), Failure> {
    let body = utf8(body)?;
    let mut walk = Walk::new(&body);
    let mut declared = Declarations::default();
    let mut from = 0;
    while let Some(piece) = walk.next()? {
        let depth = walk.place.open.len();
        match piece {
            Piece::Start(tag) if depth == 1 && unwrap => {
                declared.enter(&tag)?;
                from = walk.place.at;
            }
            // What stood between two children is text.
            Piece::Start(_) if depth == 2 && unwrap => {
                let start = walk.place.open.last().map_or(from, |open| open.tag.start);
                out.extend_from_slice(body.get(from..start).unwrap_or_default());
            }
            Piece::End(open) if depth == 1 && unwrap => {
                out.extend_from_slice(&declared.stand_alone(&body, open.tag.start..walk.place.at, 1));
                from = walk.place.at;
            }
            Piece::End(open) if depth == 0 => {
                let content = if unwrap {
                    let end =
                        walk.place.at - if open.tag.end == walk.place.at { 0 } else { closing(&body, walk.place.at) };
                    from..end
                } else {
                    open.tag.start..walk.place.at
                };
                out.extend_from_slice(body.get(content).unwrap_or_default());
            }
            _ => {}
        }
    }
    Ok(())
}

/// Length of the end tag that ends at a place.
fn closing(body: &[u8], end: usize) -> usize {
    body.get(..end).and_then(|head| head.iter().rev().position(|b| *b == b'<')).map_or(0, |n| n + 1)
}
