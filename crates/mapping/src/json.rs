//! JSON as a source: as XML with the names that mappings use. And how JSON is written.

use serde_json::Value;

/// The root of a mapping whose document is an object.
pub(crate) const OBJECT: &str = "__$$DuMmY_RoOt$$__";
/// The root of a mapping whose document is an array: one for each item.
pub(crate) const ARRAY: &str = "__$$RoOt_ArRaY$$__";
const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// How a target field is written as JSON.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shape {
    pub array: bool,
    pub kind: Kind,
}

/// The type of a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Kind {
    #[default]
    Text,
    Number,
    Bool,
}

/// Shapes by target field; whether values get the types of the schema instead of being texts.
#[derive(Debug, Default)]
pub(crate) struct Shapes {
    pub all: Vec<Shape>,
    pub typed: bool,
}

/// A name of JSON as a name of XML.
pub(crate) fn xml_name(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for (i, c) in name.chars().enumerate() {
        if c.is_alphabetic() || c == '_' || i > 0 && (c.is_ascii_digit() || matches!(c, '-' | '.')) {
            text.push(c);
        } else {
            text.push_str(&format!("_x{:X}_", u32::from(c)));
        }
    }
    if text.is_empty() { "_".to_owned() } else { text }
}

/// A JSON document as XML, in an element that stands for the document.
pub(crate) fn as_xml(text: &str, limit: usize) -> Result<String, String> {
    let value: Value = serde_json::from_str(text).map_err(|e| format!("the body is not JSON: {e}"))?;
    let mut out = format!("<json xmlns:xsi=\"{XSI}\">");
    match &value {
        Value::Array(items) => {
            for item in items {
                element(ARRAY, item, limit, &mut out)?;
            }
        }
        other => element(OBJECT, other, limit, &mut out)?,
    }
    out.push_str("</json>");
    Ok(out)
}

/// Writes a value; the parser allows only so many levels.
fn element(name: &str, value: &Value, limit: usize, out: &mut String) -> Result<(), String> {
    if out.len() > limit {
        return Err("the body is too large for a message mapping".to_owned());
    }
    let tag = xml_name(name);
    match value {
        Value::Array(items) => {
            for item in items {
                // Arrays in arrays become one.
                element(name, item, limit, out)?;
            }
            return Ok(());
        }
        Value::Null => {
            out.push_str(&format!("<{tag} xsi:nil=\"true\"/>"));
            return Ok(());
        }
        _ => {}
    }
    out.push_str(&format!("<{tag}>"));
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                element(name, value, limit, out)?;
            }
        }
        Value::String(text) => escape(text, out)?,
        other => out.push_str(&other.to_string()),
    }
    out.push_str(&format!("</{tag}>"));
    Ok(())
}

fn escape(text: &str, out: &mut String) -> Result<(), String> {
    let refused = |c| format!("the character U+{:04X} of the body cannot be mapped", u32::from(c));
    expr::push_xml(out, text, false).map_err(refused)
}
