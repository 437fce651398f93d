//! JSON to XML, the inverse of XML to JSON: `@name` becomes an attribute, `$` text, arrays repeat their element.

use std::collections::HashSet;

use base::Failure;
use bytes::Bytes;
use flow::JsonNames;
use serde_json::Value;

use super::xml::{element_name, push_text};

/// Name of the elements of an array that has no name of its own.
const ITEM: &str = "item";

/// `always`: the root is added also around a single member that could be one.
pub(super) fn convert(
    body: &Bytes,
    root: Option<&str>,
    always: bool,
    names: Option<&JsonNames>,
    strict: bool,
) -> Result<Bytes, Failure> {
    let json = super::json(body)?;
    if strict {
        strict_root(&json)?;
    }
    let mut out = Writer { text: String::with_capacity(body.len() + body.len() / 2), names, strict, rooted: false };
    match (single(&json).filter(|_| !always || root.is_none()), root) {
        (Some((name, value)), _) => out.element(name, value)?,
        (None, Some(root)) => out.element(root, &json)?,
        (None, None) => {
            let what = match &json {
                Value::Object(members) => format!("the JSON object has {} members", members.len()),
                Value::Array(_) => "the JSON is an array".to_owned(),
                _ => "the JSON is a plain value".to_owned(),
            };
            return Err(Failure::permanent("K0005", format!("{what}, but XML needs one root element: set its name")));
        }
    }
    Ok(Bytes::from(out.text))
}

/// The XML so far.
struct Writer<'n> {
    text: String,
    names: Option<&'n JsonNames>,
    /// Whether names have to be names of XML as they are, and attributes stand first.
    strict: bool,
    /// Whether the root element has begun, which declares all namespaces.
    rooted: bool,
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

fn wrong(text: impl Into<String>) -> Failure {
    Failure::permanent("K0005", text)
}

/// What SAP's converter refuses whatever root it adds.
fn strict_root(json: &Value) -> Result<(), Failure> {
    match json {
        Value::Array(_) => Err(wrong("the JSON starts with an array, which has no name: put it into an object")),
        Value::Object(members) if members.keys().next().is_some_and(|name| name.starts_with('@')) => {
            Err(wrong("the root member name starts with the attribute indicator @: an attribute cannot be root"))
        }
        _ => Ok(()),
    }
}

/// Whether SAP's converter takes a name: one of XML without a prefix that does not begin with `xml`.
fn is_plain_name(name: &str) -> bool {
    name == element_name(name) && !name.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("xml"))
}

/// Where names are taken as they are: attributes stand first, and are not null.
fn strict_members(members: &serde_json::Map<String, Value>) -> Result<(), Failure> {
    let mut elements = false;
    for (key, value) in members {
        let attribute = is_attribute(key, value);
        let key = || crate::failure::cut(key.clone(), 100);
        if attribute && value.is_null() {
            return Err(wrong(format!("the attribute `{}` is null", key())));
        }
        if attribute && elements {
            return Err(wrong(format!("the attribute `{}` stands behind an element or a text", key())));
        }
        elements |= !attribute;
    }
    Ok(())
}

impl Writer<'_> {
    /// A name of XML; a listed prefix stays one.
    fn name(&self, key: &str) -> Result<String, Failure> {
        let listed = self.names.and_then(|names| {
            let (prefix, local) = key.split_once(names.separator.as_str())?;
            names.prefixes.iter().any(|(p, _)| p == prefix).then_some((prefix, local))
        });
        if self.strict {
            // A prefix without a namespace stays as it is.
            let (prefix, local) = listed.or_else(|| key.split_once(':')).unwrap_or(("x", key));
            if !is_plain_name(prefix) || !is_plain_name(local) {
                let key = crate::failure::cut(key.to_owned(), 100);
                return Err(wrong(format!("`{key}` cannot be the name of an element or an attribute")));
            }
            return Ok(listed.map_or_else(|| key.to_owned(), |(prefix, local)| format!("{prefix}:{local}")));
        }
        Ok(match listed {
            Some((prefix, local)) => format!("{prefix}:{}", element_name(local)),
            None => element_name(key),
        })
    }

    /// One element. The depth is bounded by the JSON reader's own limit of 128.
    fn element(&mut self, key: &str, value: &Value) -> Result<(), Failure> {
        let name = self.name(key)?;
        self.text.push('<');
        self.text.push_str(&name);
        if let Some(names) = self.names.filter(|_| !std::mem::replace(&mut self.rooted, true)) {
            for (prefix, uri) in &names.prefixes {
                self.text.push_str(&format!(" xmlns:{prefix}=\""));
                push_text(&mut self.text, uri, true)?;
                self.text.push('"');
            }
        }
        if let Value::Object(members) = value {
            if self.strict {
                strict_members(members)?;
            }
            let mut seen = HashSet::new();
            for (key, value) in members.iter().filter(|(k, v)| is_attribute(k, v)) {
                let mut attribute = self.name(&key[1..])?;
                while !seen.insert(attribute.clone()) {
                    attribute.push('_');
                }
                self.text.push(' ');
                self.text.push_str(&attribute);
                self.text.push_str("=\"");
                push_text(&mut self.text, &plain(value), true)?;
                self.text.push('"');
            }
        }
        self.text.push('>');
        let empty = self.text.len();
        self.content(value)?;
        if self.text.len() == empty {
            self.text.truncate(empty - 1);
            self.text.push_str("/>");
            return Ok(());
        }
        self.text.push_str("</");
        self.text.push_str(&name);
        self.text.push('>');
        Ok(())
    }

    fn content(&mut self, value: &Value) -> Result<(), Failure> {
        match value {
            Value::Object(members) => {
                for (key, value) in members.iter().filter(|(k, v)| !is_attribute(k, v)) {
                    match value {
                        Value::Array(items) => items.iter().try_for_each(|item| self.element(key, item))?,
                        Value::Object(_) => self.element(key, value)?,
                        _ if key == "$" => push_text(&mut self.text, &plain(value), false)?,
                        _ => self.element(key, value)?,
                    }
                }
                Ok(())
            }
            Value::Array(items) => items.iter().try_for_each(|item| self.element(ITEM, item)),
            _ => push_text(&mut self.text, &plain(value), false),
        }
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
