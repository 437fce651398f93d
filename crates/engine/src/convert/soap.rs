//! SOAP envelopes: around a body, and away from it.

use base::Failure;
use bytes::Bytes;

use super::xml::{Piece, Walk, local, utf8};
use crate::parts::Declarations;

const NAMESPACE: &str = "http://schemas.xmlsoap.org/soap/envelope/";

/// The body in an envelope of SOAP 1.1. An empty body gives an empty one.
pub(crate) fn wrap(body: &Bytes) -> Result<Bytes, Failure> {
    let body = utf8(body)?;
    let mut content = body.trim_ascii();
    if content.starts_with(b"<?xml") {
        let end = content.windows(2).position(|w| w == b"?>").map_or(content.len(), |i| i + 2);
        content = content[end..].trim_ascii();
    }
    let head = format!("<soap:Envelope xmlns:soap=\"{NAMESPACE}\"><soap:Body>");
    Ok(Bytes::from([head.as_bytes(), content, b"</soap:Body></soap:Envelope>"].concat()))
}

/// What stands in an envelope. XML without one stays as it is.
pub(super) fn unwrap(body: &Bytes) -> Result<Bytes, Failure> {
    open(body).map(|(_, content)| content)
}

/// The answer of a receiver: a fault in it is a failure.
pub(crate) fn answer(body: &Bytes) -> Result<Bytes, Failure> {
    if body.trim_ascii().is_empty() {
        return Ok(Bytes::new());
    }
    let (name, content) = open(body)?;
    if name == "Fault" {
        let text = texts(&content)?;
        let said = crate::failure::cut(text, 500);
        return Err(Failure::permanent("X0404", format!("the receiver answered with a SOAP fault: {said}")));
    }
    Ok(content)
}

/// The first element in the envelope's body: its name, and the element with the namespaces that it needs.
fn open(body: &Bytes) -> Result<(String, Bytes), Failure> {
    let body = utf8(body)?;
    let mut walk = Walk::new(&body);
    let mut declared = Declarations::default();
    let mut inside = false;
    let mut name = String::new();
    while let Some(piece) = walk.next()? {
        let depth = walk.place.open.len();
        match piece {
            Piece::Start(tag) => {
                if depth == 1 && local(tag.name().0) != "Envelope" {
                    return Ok((String::new(), body.clone()));
                }
                if depth <= 2 {
                    declared.enter(&tag)?;
                }
                if depth == 2 {
                    inside = local(tag.name().0) == "Body";
                } else if depth == 3 && inside {
                    name = local(tag.name().0).to_owned();
                }
            }
            Piece::End(element) if depth == 2 && inside => {
                let content = declared.stand_alone(&body, element.tag.start..walk.place.at, 2);
                return Ok((name, content));
            }
            Piece::End(_) if depth < 2 => declared.leave(),
            _ => {}
        }
    }
    Ok((name, Bytes::new()))
}

/// All text of a fault, its parts separated.
fn texts(xml: &Bytes) -> Result<String, Failure> {
    let mut walk = Walk::new(xml);
    let mut parts: Vec<String> = Vec::new();
    while let Some(piece) = walk.next()? {
        if let Piece::Text(text) = piece
            && !text.trim().is_empty()
        {
            parts.push(text.trim().to_owned());
        }
    }
    Ok(parts.join("; "))
}
