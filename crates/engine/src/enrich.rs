//! Content enricher: the answer of a lookup joins the body.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use base::Failure;
use bytes::Bytes;
use expr::{NamespaceTest, PlainStep};
use flow::{EnrichBy, Gather, Keyed};

use crate::convert::xml::{Piece, Walk, declared_utf8, local, utf8};
use crate::gather::{Spot, gather, spot};
use crate::parts::Declarations;

/// Largest body that may come out.
const MAX_BODY: usize = 256 << 20;

/// Puts an answer into a body. What has no partner stays out; an empty answer changes nothing.
///
/// # Errors
/// A permanent failure that says which of the two does not fit.
pub fn enrich(by: &EnrichBy, body: &Bytes, answer: &Bytes) -> Result<Bytes, Failure> {
    let (into, from) = match by {
        EnrichBy::Combine => return gather(&Gather::Multimap { same: false }, &[body.clone(), answer.clone()]),
        EnrichBy::Key { into, from } => (into, from),
    };
    if answer.trim_ascii().is_empty() {
        return Ok(body.clone());
    }
    let answer = utf8(answer)?;
    let found =
        scan(&answer, from).map_err(|f| Failure { text: format!("in the answer of the lookup, {}", f.text), ..f })?;
    let mut by_key: HashMap<&str, Vec<usize>> = HashMap::new();
    for (ix, hit) in found.iter().enumerate() {
        for key in &hit.keys {
            let list = by_key.entry(key.as_str()).or_default();
            if list.last() != Some(&ix) {
                list.push(ix);
            }
        }
    }
    let body = declared_utf8(body)?;
    let mut out = Vec::with_capacity(body.len() + answer.len());
    let mut from = 0;
    for hit in scan(&body, into)? {
        let mut wanted: Vec<usize> =
            hit.keys.iter().filter_map(|k| by_key.get(k.as_str())).flatten().copied().collect();
        wanted.sort_unstable();
        wanted.dedup();
        if wanted.is_empty() {
            continue;
        }
        let size: usize = wanted.iter().filter_map(|ix| found.get(*ix)).map(|f| f.alone.len()).sum();
        if out.len() + body.len() - from + size > MAX_BODY {
            let most = base::format_bytes(MAX_BODY as u64);
            return Err(Failure::permanent(
                "K0012",
                format!("the body would be larger than {most} with the answer in it"),
            ));
        }
        let added = wanted.iter().filter_map(|ix| found.get(*ix)).map(|f| f.within(&hit.space));
        match hit.spot {
            Spot::Before(end) => {
                out.extend_from_slice(&body[from..end]);
                added.for_each(|one| out.extend_from_slice(&one));
                from = end;
            }
            Spot::Empty(tag, name) => {
                out.extend_from_slice(&body[from..tag.end - 2]);
                out.push(b'>');
                added.for_each(|one| out.extend_from_slice(&one));
                out.extend_from_slice(b"</");
                out.extend_from_slice(&body[name]);
                out.push(b'>');
                from = tag.end;
            }
        }
    }
    out.extend_from_slice(&body[from..]);
    Ok(Bytes::from(out))
}

/// An element on the path.
struct Hit {
    keys: Vec<String>,
    /// Where one more child of it goes.
    spot: Spot,
    /// The element with the namespaces that it needs.
    alone: Bytes,
    /// Where its name ends in there.
    name_end: usize,
    /// Its own tag says what names without a prefix mean.
    declares: bool,
    /// The namespace of names without a prefix around it; empty for none.
    space: String,
}

impl Hit {
    /// The element as it stands inside another one: a default namespace there is not its own.
    fn within(&self, space: &str) -> Cow<'_, [u8]> {
        if space.is_empty() || !self.space.is_empty() || self.declares {
            return Cow::Borrowed(&self.alone);
        }
        let (head, tail) = self.alone.split_at(self.name_end);
        Cow::Owned([head, b" xmlns=\"\"", tail].concat())
    }
}

/// All elements on a path, with their keys.
fn scan(body: &Bytes, keyed: &Keyed) -> Result<Vec<Hit>, Failure> {
    let steps = keyed.path.plain_path().map(|p| p.steps).unwrap_or_default();
    let mut walk = Walk::new(body);
    let mut declared = Declarations::default();
    let mut hits = Vec::new();
    // How many of the outermost open elements are on the path, and how many below them lead to the key.
    let (mut on_path, mut to_key) = (0, 0);
    let mut keys: Vec<String> = Vec::new();
    let mut text = String::new();
    // Whether the last element on the path declares the namespace of names without a prefix.
    let mut declares = false;
    while let Some(piece) = walk.next()? {
        let depth = walk.place.open.len();
        let inside = on_path == steps.len();
        match piece {
            Piece::Start(tag) => {
                declared.enter(&tag)?;
                let name = tag.name().0;
                let namespace = declared.namespace(name).unwrap_or_default();
                if inside {
                    let leads = keyed.key.get(to_key).is_some_and(|k| local(k) == local(name));
                    if leads && depth == on_path + to_key + 1 {
                        to_key += 1;
                        text.clear();
                    }
                } else if depth == on_path + 1 && steps.get(on_path).is_some_and(|s| fits(s, local(name), namespace)) {
                    on_path += 1;
                    keys.clear();
                    declares = tag.attributes().flatten().any(|a| a.key.0 == "xmlns");
                }
            }
            Piece::Text(more) if inside && to_key > 0 && to_key == keyed.key.len() => text.push_str(&more),
            Piece::Text(_) => {}
            Piece::End(open) => {
                let own = depth + 1;
                if inside && to_key > 0 && own == on_path + to_key {
                    if to_key == keyed.key.len() {
                        keys.push(text.trim().to_owned());
                    }
                    to_key -= 1;
                } else if own == on_path {
                    if inside {
                        let element: Range<usize> = open.tag.start..walk.place.at;
                        let alone = declared.stand_alone(body, element, depth);
                        let space = declared.namespace("").unwrap_or_default().to_owned();
                        let keys = std::mem::take(&mut keys);
                        let name_end = 1 + open.name.len();
                        hits.push(Hit {
                            keys,
                            spot: spot(body, open, walk.place.at),
                            alone,
                            name_end,
                            declares,
                            space,
                        });
                    }
                    on_path -= 1;
                }
                declared.leave();
            }
        }
    }
    Ok(hits)
}

fn fits(step: &PlainStep, name: &str, namespace: &str) -> bool {
    let space = match &step.namespace {
        NamespaceTest::Any => true,
        NamespaceTest::Exact(uri) => uri == namespace,
    };
    space && !step.descendant && step.name.as_deref().is_none_or(|n| n == name)
}
