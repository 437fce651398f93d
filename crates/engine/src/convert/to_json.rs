//! XML to JSON by SAP's rules: attributes `@name`, text beside them `$`, repeated elements as arrays, all values text,
//! prefixes dropped.

use base::Failure;
use bytes::Bytes;
use serde_json::{Map, Value};

use super::xml::{Piece, Walk, local, utf8, value};

/// An element that is being read.
struct Element {
    name: String,
    members: Map<String, Value>,
    text: String,
}

pub(super) fn convert(body: &Bytes, keep_root: bool, arrays: &[String]) -> Result<Bytes, Failure> {
    let body = utf8(body)?;
    let mut walk = Walk::new(&body);
    let mut open: Vec<Element> = Vec::new();
    let mut result = Value::Null;
    while let Some(piece) = walk.next()? {
        match piece {
            Piece::Start(tag) => {
                let mut members = Map::new();
                for attribute in tag.attributes().with_checks(false).flatten() {
                    let name = attribute.key.0;
                    if name == "xmlns" || name.starts_with("xmlns:") {
                        continue;
                    }
                    let value = value(&attribute).unwrap_or_default().into_owned();
                    members.insert(format!("@{}", local(name)), Value::String(value));
                }
                let name = local(tag.name().0).to_owned();
                open.push(Element { name, members, text: String::new() });
            }
            Piece::Text(text) => {
                if let Some(element) = open.last_mut() {
                    element.text.push_str(&text);
                }
            }
            Piece::End(_) => {
                let Some(Element { name, mut members, text }) = open.pop() else { continue };
                let value = if members.is_empty() {
                    Value::String(text)
                } else {
                    if !text.trim().is_empty() {
                        members.insert("$".to_owned(), Value::String(text));
                    }
                    Value::Object(members)
                };
                match open.last_mut() {
                    Some(parent) => add(&mut parent.members, name, value, arrays),
                    None if keep_root => result = Value::Object(Map::from_iter([(name, value)])),
                    None => result = value,
                }
            }
        }
    }
    Ok(Bytes::from(result.to_string()))
}

/// Adds a child: the second of a name makes an array of both.
fn add(members: &mut Map<String, Value>, name: String, value: Value, arrays: &[String]) {
    match members.get_mut(&name) {
        Some(Value::Array(items)) => items.push(value),
        Some(first) => *first = Value::Array(vec![first.take(), value]),
        None if arrays.contains(&name) => {
            members.insert(name, Value::Array(vec![value]));
        }
        None => {
            members.insert(name, value);
        }
    }
}
