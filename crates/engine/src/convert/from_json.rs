//! JSON to XML, the inverse of XML to JSON: `@name` becomes an attribute, `$` text, arrays repeat their element.

use std::collections::HashSet;

use base::Failure;
use bytes::Bytes;
use serde_json::Value;

use super::xml::{element_name, push_text};

/// Name of the elements of an array that has no name of its own.
const ITEM: &str = "item";

pub(super) fn convert(body: &Bytes, root: Option<&str>) -> Result<Bytes, Failure> {
    let json = super::json(body)?;
    let mut out = String::with_capacity(body.len() + body.len() / 2);
    match (single(&json), root) {
        (Some((name, value)), _) => element(&mut out, name, value)?,
        (None, Some(root)) => element(&mut out, root, &json)?,
        (None, None) => {
            let what = match &json {
                Value::Object(members) => format!("the JSON object has {} members", members.len()),
                Value::Array(_) => "the JSON is an array".to_owned(),
                _ => "the JSON is a plain value".to_owned(),
            };
            return Err(Failure::permanent("K0005", format!("{what}, but XML needs one root element: set its name")));
        }
    }
    Ok(Bytes::from(out))
}

/// The member that can be the root element.
fn single(json: &Value) -> Option<(&String, &Value)> {
    let members = json.as_object().filter(|m| m.len() == 1)?;
    members
        .iter()
        .next()
        .filter(|(name, value)| !value.is_array() && name.as_str() != "$" && !is_attribute(name, value))
}

fn is_attribute(name: &str, value: &Value) -> bool {
    name.len() > 1 && name.starts_with('@') && !value.is_object() && !value.is_array()
}

/// One element. The depth is bounded by the JSON reader's own limit of 128.
fn element(out: &mut String, name: &str, value: &Value) -> Result<(), Failure> {
    let name = element_name(name);
    out.push('<');
    out.push_str(&name);
    if let Value::Object(members) = value {
        let mut seen = HashSet::new();
        for (key, value) in members.iter().filter(|(k, v)| is_attribute(k, v)) {
            let mut attribute = element_name(&key[1..]);
            while !seen.insert(attribute.clone()) {
                attribute.push('_');
            }
            out.push(' ');
            out.push_str(&attribute);
            out.push_str("=\"");
            push_text(out, &plain(value), true)?;
            out.push('"');
        }
    }
    out.push('>');
    let empty = out.len();
    content(out, value)?;
    if out.len() == empty {
        out.truncate(empty - 1);
        out.push_str("/>");
        return Ok(());
    }
    out.push_str("</");
    out.push_str(&name);
    out.push('>');
    Ok(())
}

fn content(out: &mut String, value: &Value) -> Result<(), Failure> {
    match value {
        Value::Object(members) => {
            for (key, value) in members.iter().filter(|(k, v)| !is_attribute(k, v)) {
                match value {
                    Value::Array(items) => items.iter().try_for_each(|item| element(out, key, item))?,
                    Value::Object(_) => element(out, key, value)?,
                    _ if key == "$" => push_text(out, &plain(value), false)?,
                    _ => element(out, key, value)?,
                }
            }
            Ok(())
        }
        Value::Array(items) => items.iter().try_for_each(|item| element(out, ITEM, item)),
        _ => push_text(out, &plain(value), false),
    }
}

/// The text of a value without members; null has none.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}
