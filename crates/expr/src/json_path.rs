//! JSONPath (RFC 9535), compiled once.
//!
//! The limits keep a query's cost near the size of the body: the library parses nested filters by trying, and
//! every `..` may visit each value once per level above it.

use std::sync::Arc;

use base::Value;
use serde_json::Value as Json;

use crate::{EvalError, ParseError};

/// The longest query, in bytes.
pub(crate) const MAX_QUERY: usize = 4_096;
/// How deep brackets and parentheses may nest.
pub(crate) const MAX_DEPTH: usize = 6;
/// How often `..` may stand in one query.
pub(crate) const MAX_DESCENTS: usize = 2;
/// How often one value may be selected over again by lists such as `[0,0]`.
const MAX_FANOUT: usize = 1_000;
/// The parts of a split may be this many times longer than the body (they overlap with `..`).
const MAX_OVERLAP: usize = 16;

/// A compiled JSONPath query.
#[derive(Clone, Debug)]
pub struct JsonPath {
    source: Arc<str>,
    query: Arc<serde_json_path::JsonPath>,
}

impl JsonPath {
    /// Compiles a query.
    ///
    /// # Errors
    /// The mistake, with its byte range.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        if text.len() > MAX_QUERY {
            return Err(ParseError::new(0..text.len(), format!("the JSONPath is longer than {MAX_QUERY} bytes")));
        }
        if !text.starts_with('$') {
            let first = text.chars().next().map_or(0, char::len_utf8);
            let help = match text.trim_start_matches(['@', '.', '/']) {
                path if path.starts_with(char::is_alphabetic) => format!("write `$.{path}`"),
                _ => "write for example `$.order.id`".to_owned(),
            };
            return Err(ParseError::new(0..first, "a JSONPath starts with `$`").help(help));
        }
        check_cost(text)?;
        match serde_json_path::JsonPath::parse(text) {
            Ok(query) => Ok(JsonPath { source: text.into(), query: Arc::new(query) }),
            Err(error) => Err(old_form(text).unwrap_or_else(|| explain(text, &error))),
        }
    }

    /// The first match as a value (text, number, boolean; objects and arrays as JSON text), null without a match.
    ///
    /// # Errors
    /// The body is not JSON.
    pub fn value(&self, body: &[u8]) -> Result<Value, EvalError> {
        let json = read(body)?;
        Ok(self.query.query(&json).first().map_or(Value::Null, plain))
    }

    /// All matches as JSON texts, in document order: the parts of a split.
    ///
    /// Objects keep the order of their keys, numbers all their digits (an exponent is written as `e+5`).
    ///
    /// # Errors
    /// The body is not JSON.
    pub fn parts(&self, body: &[u8]) -> Result<Vec<String>, EvalError> {
        let json = read(body)?;
        let limit = body.len().saturating_mul(MAX_OVERLAP).saturating_add(1 << 20);
        let mut total = 0_usize;
        let mut parts = Vec::new();
        for node in self.query.query(&json).iter() {
            let part = node.to_string();
            total = total.saturating_add(part.len());
            if total > limit {
                return Err(EvalError(format!(
                    "the parts of `{}` are more than {MAX_OVERLAP} times longer than the body",
                    self.source
                )));
            }
            parts.push(part);
        }
        Ok(parts)
    }

    /// The query as its author wrote it.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }
}

fn read(body: &[u8]) -> Result<Json, EvalError> {
    serde_json::from_slice(body).map_err(|e| EvalError(format!("the body is not JSON: {e}")))
}

fn plain(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(flag) => Value::Bool(*flag),
        Json::String(text) => Value::Text(text.clone()),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Value::Int(whole),
            // A number that a double cannot hold exactly stays as it was written.
            (None, Some(float)) if Value::Float(float).to_string() == number.to_string() => Value::Float(float),
            _ => Value::Text(number.to_string()),
        },
        Json::Array(_) | Json::Object(_) => Value::Text(json.to_string()),
    }
}

/// Refuses queries whose cost is not near the size of the body.
fn check_cost(text: &str) -> Result<(), ParseError> {
    let mut descents = 0;
    let mut fanout = 1_usize;
    // One level per open bracket: whether it belongs to a filter, and how many selectors it has.
    let mut open: Vec<(bool, usize)> = Vec::new();
    // Inside a filter, where a query from the root started.
    let mut root: Option<(usize, usize)> = None;
    let mut quote = None;
    let mut escaped = false;
    let bytes = text.as_bytes();
    for (i, &b) in bytes.iter().enumerate() {
        if let Some(q) = quote {
            let ends = b == q && !escaped;
            escaped = b == b'\\' && !escaped;
            quote = if ends { None } else { quote };
            continue;
        }
        let in_filter = open.iter().any(|(filter, _)| *filter);
        if root.is_some_and(|(_, depth)| {
            open.len() <= depth && matches!(b, b'=' | b'!' | b'<' | b'>' | b'&' | b'|' | b' ' | b')' | b',' | b']')
        }) {
            root = None;
        }
        let wide = matches!(b, b'*' | b'?' | b':' | b',') || (b == b'.' && bytes.get(i + 1) == Some(&b'.'));
        if let (Some((start, _)), true) = (root, wide) {
            return Err(ParseError::new(
                start..i + if b == b'.' { 2 } else { 1 },
                "a filter may not search the whole document for every value",
            )
            .help("inside a filter use `@`, or a plain path from `$` such as `$.limit`"));
        }
        match b {
            b'\'' | b'"' => quote = Some(b),
            b'$' if in_filter => root = root.or(Some((i, open.len()))),
            b'.' if bytes.get(i + 1) == Some(&b'.') => {
                descents += 1;
                if descents > MAX_DESCENTS {
                    return Err(ParseError::new(i..i + 2, format!("`..` stands more than {MAX_DESCENTS} times")));
                }
            }
            b'[' | b'(' => {
                open.push((false, 1));
                if open.len() > MAX_DEPTH {
                    return Err(ParseError::new(i..i + 1, format!("more than {MAX_DEPTH} brackets inside each other")));
                }
            }
            b'?' => {
                if let Some(level) = open.last_mut() {
                    level.0 = true;
                }
            }
            b',' => {
                if let Some(level) = open.last_mut() {
                    level.1 += 1;
                }
            }
            b']' | b')' => {
                let selectors = open.pop().map_or(1, |(_, n)| n);
                fanout = fanout.saturating_mul(if b == b']' { selectors } else { 1 });
                if fanout > MAX_FANOUT {
                    return Err(ParseError::new(0..i + 1, "the lists in brackets select too much over again"));
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// What the library says, with the place in bytes.
fn explain(text: &str, error: &serde_json_path::ParseError) -> ParseError {
    let start = (0..=error.position().min(text.len())).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
    let end = text[start..].chars().next().map_or(start, |c| start + c.len_utf8());
    let message = match error.message() {
        m if m.contains("parser error") => match text[start..].chars().next() {
            Some(c) => format!("`{c}` does not fit here in a JSONPath"),
            None => "the JSONPath ends too early".to_owned(),
        },
        m => format!("the JSONPath is wrong: {}", m.trim_end_matches('.')),
    };
    ParseError::new(start..end, message)
}

/// Forms of JSONPath before the standard, which authors know from Camel and SAP.
fn old_form(text: &str) -> Option<ParseError> {
    if let Some(start) = text.find("[(") {
        let end = text[start..].find(")]").map_or(text.len(), |i| start + i + 2);
        let inner = text.get(start + 2..end.saturating_sub(2)).unwrap_or("").trim();
        let from_end: String = inner.chars().filter(|c| !c.is_whitespace()).collect();
        let help = match from_end.strip_prefix("@.length-").and_then(|n| n.parse::<u32>().ok()) {
            Some(n) => format!("write `[-{n}]`"),
            None => "write an index such as `[-1]`, or a filter such as `[?@.price < 10]`".to_owned(),
        };
        return Some(ParseError::new(start..end, "`[(...)]` is not part of JSONPath (RFC 9535)").help(help));
    }
    for function in [".length()", ".size()", ".min()", ".max()", ".avg()", ".sum()", ".keys()", ".first()", ".last()"] {
        if let Some(start) = text.find(function) {
            let range = start..start + function.len();
            let help = match function {
                ".length()" | ".size()" => "inside a filter write `length(@.items)`; to count, use a script or XPath",
                ".first()" => "write `[0]`",
                ".last()" => "write `[-1]`",
                _ => "use a script",
            };
            return Some(ParseError::new(range, format!("`{function}` is not part of JSONPath (RFC 9535)")).help(help));
        }
    }
    let forms = [
        (
            "=~",
            "`=~` is not part of JSONPath (RFC 9535)",
            "write `match(@.name, 'regex')` for the whole text, `search(...)` for a part",
        ),
        (" in ", "`in` is not part of JSONPath (RFC 9535)", "write `@.a == 'x' || @.a == 'y'`"),
        (" and ", "`and` is not part of JSONPath (RFC 9535)", "write `&&`"),
        (" or ", "`or` is not part of JSONPath (RFC 9535)", "write `||`"),
        ("===", "`===` is not part of JSONPath (RFC 9535)", "write `==`"),
    ];
    if let Some((form, message, help)) = forms.into_iter().find(|(form, _, _)| text.contains(form)) {
        let start = text.find(form)?;
        let trimmed = start + form.len() - form.trim_start().len();
        return Some(ParseError::new(trimmed..trimmed + form.trim().len(), message).help(help));
    }
    // A dash in a name: `$.first-name`.
    let dash = text.find('-').filter(|i| text[..*i].ends_with(|c: char| c.is_alphanumeric()))?;
    let name_start = text[..dash].rfind(['.', '[', ' ']).map_or(0, |i| i + 1);
    let name_end = text[dash..].find(['.', '[', ']', ' ', ')', '=']).map_or(text.len(), |i| dash + i);
    let name = &text[name_start..name_end];
    let help = format!("write `['{name}']` instead of `.{name}`");
    Some(ParseError::new(name_start..name_end, format!("the name `{name}` needs brackets")).help(help))
}
