//! XML to JSON by SAP's rules: attributes `@name`, text beside them `$`, repeated elements as arrays, all values text,
//! prefixes dropped, or as a list says.

use std::collections::{HashMap, HashSet};

use base::Failure;
use bytes::Bytes;
use flow::{JsonNames, OtherNames};
use serde_json::{Map, Value};

use super::xml::{Piece, Walk, local, utf8, value};
use crate::parts::Declarations;

/// An element that is being read.
struct Element {
    name: String,
    /// Its name in JSON.
    key: String,
    members: Map<String, Value>,
    text: String,
}

pub(super) fn convert(
    body: &Bytes,
    keep_root: bool,
    arrays: &[String],
    names: Option<&JsonNames>,
) -> Result<Bytes, Failure> {
    let body = utf8(body)?;
    let mut walk = Walk::new(&body);
    let always = Arrays::of(arrays);
    let mut declared = Declarations::default();
    let mut open: Vec<Element> = Vec::new();
    let mut result = Value::Null;
    while let Some(piece) = walk.next()? {
        match piece {
            Piece::Start(tag) => {
                if names.is_some() {
                    declared.enter(&tag)?;
                }
                let shown = |name: &str, attribute: bool| match names {
                    Some(names) if !attribute || name.contains(':') => prefixed(names, &declared, name),
                    _ => Ok(local(name).to_owned()),
                };
                let mut members = Map::new();
                for attribute in tag.attributes().with_checks(false).flatten() {
                    let name = attribute.key.0;
                    if name == "xmlns" || name.starts_with("xmlns:") {
                        continue;
                    }
                    let value = value(&attribute).unwrap_or_default().into_owned();
                    members.insert(format!("@{}", shown(name, true)?), Value::String(value));
                }
                let key = shown(tag.name().0, false)?;
                let name = local(tag.name().0).to_owned();
                open.push(Element { name, key, members, text: String::new() });
            }
            Piece::Text(text) => {
                if let Some(element) = open.last_mut() {
                    element.text.push_str(&text);
                }
            }
            Piece::End(_) => {
                if names.is_some() {
                    declared.leave();
                }
                let Some(Element { name, key, mut members, text }) = open.pop() else { continue };
                let value = if members.is_empty() {
                    Value::String(text)
                } else {
                    if !text.trim().is_empty() {
                        members.insert("$".to_owned(), Value::String(text));
                    }
                    Value::Object(members)
                };
                let array = always.fits(&open, &name);
                let value = if array && open.is_empty() { Value::Array(vec![value]) } else { value };
                match open.last_mut() {
                    Some(parent) => add(&mut parent.members, key, value, array),
                    None if keep_root => result = Value::Object(Map::from_iter([(key, value)])),
                    None => result = value,
                }
            }
        }
    }
    Ok(Bytes::from(result.to_string()))
}

/// A name with the prefix that its namespace has in JSON.
fn prefixed(names: &JsonNames, declared: &Declarations, name: &str) -> Result<String, Failure> {
    let local = local(name);
    let space = declared.namespace(name).unwrap_or_default();
    if let Some((prefix, _)) = names.prefixes.iter().find(|(_, uri)| uri == space && !space.is_empty()) {
        return Ok(format!("{prefix}{}{local}", names.separator));
    }
    match (names.others, name.split_once(':')) {
        (OtherNames::Bare, _) | (OtherNames::Kept, None) => Ok(local.to_owned()),
        (_, Some((prefix, _))) => Ok(format!("{prefix}{}{local}", names.separator)),
        (OtherNames::Refused, None) if space.is_empty() => Ok(local.to_owned()),
        (OtherNames::Refused, None) => {
            let space = crate::failure::cut(space.to_owned(), 200);
            let text =
                format!("Invalid JSON namespace: {space}: `{local}` has no prefix, and the converter lists none");
            Err(Failure::permanent("K0013", text))
        }
    }
}

/// The elements that are arrays even when they occur once.
struct Arrays<'a> {
    /// All below the root.
    all: bool,
    root: bool,
    names: HashSet<&'a str>,
    /// Local names from the root, by the last of them.
    paths: HashMap<&'a str, Vec<Vec<&'a str>>>,
}

impl<'a> Arrays<'a> {
    fn of(written: &'a [String]) -> Self {
        let mut arrays = Arrays { all: false, root: false, names: HashSet::new(), paths: HashMap::new() };
        for one in written {
            match one.as_str() {
                "*" => arrays.all = true,
                "/*" => arrays.root = true,
                path if path.starts_with('/') => {
                    let steps: Vec<&str> = path[1..].split('/').map(local).collect();
                    let last = steps.last().copied().unwrap_or_default();
                    arrays.paths.entry(last).or_default().push(steps);
                }
                name => drop(arrays.names.insert(name)),
            }
        }
        arrays
    }

    /// Whether an element of this name inside the open ones is an array.
    fn fits(&self, open: &[Element], name: &str) -> bool {
        let path = |steps: &Vec<&str>| {
            steps.len() == open.len() + 1 && steps.iter().zip(open).all(|(step, element)| *step == element.name)
        };
        let named = || if open.is_empty() { self.root } else { self.all || self.names.contains(name) };
        named() || self.paths.get(name).is_some_and(|paths| paths.iter().any(path))
    }
}

/// Adds a child: the second of a name makes an array of both.
fn add(members: &mut Map<String, Value>, name: String, value: Value, array: bool) {
    match members.get_mut(&name) {
        Some(Value::Array(items)) => items.push(value),
        Some(first) => *first = Value::Array(vec![first.take(), value]),
        None if array => {
            members.insert(name, Value::Array(vec![value]));
        }
        None => {
            members.insert(name, value);
        }
    }
}
