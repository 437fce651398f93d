//! Gather: many bodies become one.

use base::Failure;
use bytes::Bytes;
use flow::Gather;

use crate::convert::json;
use crate::convert::xml::{Piece, Walk, utf8};
use crate::parts::Declarations;

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
