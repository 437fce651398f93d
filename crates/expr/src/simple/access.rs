//! What may follow a value: methods, `[0]`, `['key']`, `.key`.

use std::borrow::Cow;

use base::Value;

use super::{MAX_DEPTH, MAX_RESULT, as_text, excerpt, too_long};
use crate::{EvalError, ParseError};

/// One step from a value to a part of it, or to another.
#[derive(Debug)]
pub(super) enum Access {
    Index(usize),
    Key(String),
    Method(Method),
}

/// A method of Java's strings, lists and maps.
#[derive(Debug)]
pub(super) enum Method {
    Upper,
    Lower,
    Trim,
    Length,
    IsEmpty,
    ToText,
    Substring(usize, Option<usize>),
    Replace(String, String),
    Contains(String),
    StartsWith(String),
    EndsWith(String),
    Equals(String),
    EqualsIgnoreCase(String),
    IndexOf(String),
}

/// Names of the methods; the parser knows their arguments.
pub(super) const METHODS: [&str; 15] = [
    "toUpperCase",
    "toLowerCase",
    "trim",
    "length",
    "size",
    "isEmpty",
    "toString",
    "substring",
    "replace",
    "contains",
    "startsWith",
    "endsWith",
    "equals",
    "equalsIgnoreCase",
    "indexOf",
];

/// Whether a text that starts with a dot goes on with a known method and its parenthesis.
pub(super) fn is_method(text: &str) -> bool {
    text.strip_prefix('.').and_then(|t| t.split_once('(')).is_some_and(|(name, _)| METHODS.contains(&name.trim_end()))
}

/// Reads all accesses of a text, which starts at byte `at`. `keys` says whether `.key` can follow (maps).
pub(super) fn parse(mut text: &str, mut at: usize, keys: bool) -> Result<Vec<Access>, ParseError> {
    let mut all = Vec::new();
    while !text.is_empty() {
        if all.len() == MAX_DEPTH {
            return Err(ParseError::new(at..at + text.len(), format!("more than {MAX_DEPTH} calls after each other")));
        }
        let (access, used) = parse_one(text, at, keys || !all.is_empty())?;
        all.push(access);
        text = &text[used..];
        at += used;
    }
    Ok(all)
}

fn parse_one(text: &str, at: usize, keys: bool) -> Result<(Access, usize), ParseError> {
    if text.starts_with('[') {
        return parse_bracket(text, at);
    }
    // `?.` is Camel's null-safe dot: here every dot is.
    let Some(after) = text.strip_prefix("?.").or_else(|| text.strip_prefix('.')) else {
        let end = text.chars().next().map_or(0, char::len_utf8);
        return Err(ParseError::new(at..at + end, format!("`{}` does not fit here", &text[..end]))
            .help("a value is followed by `.method()`, `[0]` or nothing"));
    };
    let start = text.len() - after.len();
    let len = after.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-'))).unwrap_or(after.len());
    let name = &after[..len];
    let range = at + start..at + start + len.max(1).min(after.len());
    if after[len..].starts_with('(') {
        let (args, used) = arguments(&after[len..], at + start + len)?;
        let method = method(name, args, range)?;
        return Ok((Access::Method(method), start + len + used));
    }
    if name.is_empty() {
        return Err(ParseError::new(at..at + start, "a name is missing after the dot"));
    }
    match name {
        "length" | "size" => Ok((Access::Key(name.to_owned()), start + len)),
        _ if keys => Ok((Access::Key(name.to_owned()), start + len)),
        _ => Err(unknown_method(name, range)),
    }
}

fn parse_bracket(text: &str, at: usize) -> Result<(Access, usize), ParseError> {
    let (name, used) = bracketed(text, at)?;
    let quoted = text[1..].trim_start().starts_with(['\'', '"']);
    match name.parse() {
        Ok(index) if !quoted => Ok((Access::Index(index), used)),
        _ => Ok((Access::Key(name), used)),
    }
}

/// The name in `[name]`, `['name']` or `["name"]`, and how many bytes that took.
pub(super) fn bracketed(text: &str, at: usize) -> Result<(String, usize), ParseError> {
    let open = || ParseError::new(at..at + 1, "this bracket is never closed").help("close it with `]`");
    let inner = text[1..].trim_start();
    let (name, rest) = match inner.chars().next().filter(|c| matches!(c, '\'' | '"')) {
        Some(quote) => {
            let (name, rest) = inner[1..].split_once(quote).ok_or_else(open)?;
            (name, rest.trim_start().strip_prefix(']').ok_or_else(open)?)
        }
        None => {
            let (name, rest) = inner.split_once(']').ok_or_else(open)?;
            (name.trim_end(), rest)
        }
    };
    let used = text.len() - rest.len();
    if name.is_empty() {
        return Err(ParseError::new(at..at + used, "a name is missing in the brackets"));
    }
    Ok((name.to_owned(), used))
}

/// The arguments in parentheses as texts, and how many bytes they took.
pub(super) fn arguments(text: &str, at: usize) -> Result<(Vec<String>, usize), ParseError> {
    let mut args = Vec::new();
    let mut rest = text[1..].trim_start();
    let place = |rest: &str| at + text.len() - rest.len();
    loop {
        if let Some(after) = rest.strip_prefix(')').filter(|_| args.is_empty()) {
            return Ok((args, text.len() - after.len()));
        }
        let (arg, after) = match rest.chars().next().filter(|c| matches!(c, '\'' | '"')) {
            Some(quote) => match rest[1..].split_once(quote) {
                Some((arg, after)) => (arg, after),
                None => {
                    let start = place(rest);
                    return Err(ParseError::new(start..start + 1, "this quote is never closed"));
                }
            },
            None => {
                let end = rest.find([',', ')']).unwrap_or(rest.len());
                (rest[..end].trim_end(), &rest[end..])
            }
        };
        let after = after.trim_start();
        args.push(arg.to_owned());
        if let Some(after) = after.strip_prefix(')') {
            return Ok((args, text.len() - after.len()));
        }
        rest = match after.strip_prefix(',') {
            Some(after) => after.trim_start(),
            None => {
                return Err(ParseError::new(at..at + 1, "this parenthesis is never closed").help("close it with `)`"));
            }
        };
    }
}

fn unknown_method(name: &str, range: std::ops::Range<usize>) -> ParseError {
    let help = match diag::suggest(name, METHODS) {
        Some(near) => format!("did you mean `.{near}()`?"),
        None => format!("known methods: {}", METHODS.join(", ")),
    };
    ParseError::new(range, format!("unknown method {}", excerpt(name))).help(help)
}

fn method(name: &str, args: Vec<String>, range: std::ops::Range<usize>) -> Result<Method, ParseError> {
    let number = |text: &str| {
        text.parse::<usize>()
            .map_err(|_| ParseError::new(range.clone(), format!("{} is not a position", excerpt(text))))
    };
    let one = |make: fn(String) -> Method| match args.as_slice() {
        [arg] => Ok(make(arg.clone())),
        _ => Err(ParseError::new(range.clone(), format!("`{name}` takes one argument, not {}", args.len()))),
    };
    let none = |method| match args.len() {
        0 => Ok(method),
        n => Err(ParseError::new(range.clone(), format!("`{name}` takes no arguments, not {n}"))),
    };
    match name {
        "toUpperCase" => none(Method::Upper),
        "toLowerCase" => none(Method::Lower),
        "trim" => none(Method::Trim),
        "length" | "size" => none(Method::Length),
        "isEmpty" => none(Method::IsEmpty),
        "toString" => none(Method::ToText),
        "contains" => one(Method::Contains),
        "startsWith" => one(Method::StartsWith),
        "endsWith" => one(Method::EndsWith),
        "equals" => one(Method::Equals),
        "equalsIgnoreCase" => one(Method::EqualsIgnoreCase),
        "indexOf" => one(Method::IndexOf),
        "substring" => match args.as_slice() {
            [from] => Ok(Method::Substring(number(from)?, None)),
            [from, to] => Ok(Method::Substring(number(from)?, Some(number(to)?))),
            _ => Err(ParseError::new(range, format!("`substring` takes one or two arguments, not {}", args.len()))),
        },
        "replace" => match args.as_slice() {
            [from, to] => Ok(Method::Replace(from.clone(), to.clone())),
            _ => Err(ParseError::new(range, format!("`replace` takes two arguments, not {}", args.len()))),
        },
        _ => Err(unknown_method(name, range)),
    }
}

impl Access {
    /// The value that this access leads to; nothing leads to nothing.
    pub(super) fn apply<'v>(&self, value: Cow<'v, Value>) -> Result<Cow<'v, Value>, EvalError> {
        match self {
            Access::Index(i) => match value {
                Cow::Borrowed(Value::List(items)) => Ok(items.get(*i).map_or(Cow::Owned(Value::Null), Cow::Borrowed)),
                Cow::Owned(Value::List(mut items)) if *i < items.len() => Ok(Cow::Owned(items.swap_remove(*i))),
                value => match value.as_ref() {
                    Value::Null | Value::List(_) => Ok(Cow::Owned(Value::Null)),
                    other => {
                        Err(EvalError(format!("`[{i}]` needs a list, but the value is {}", excerpt(&as_text(other)))))
                    }
                },
            },
            Access::Key(key) => match value {
                Cow::Borrowed(value) => match part(value, key) {
                    Some(part) => Ok(part),
                    None => Err(EvalError(format!("the value has no {}: {}", excerpt(key), excerpt(&as_text(value))))),
                },
                Cow::Owned(value) => match part(&value, key) {
                    Some(part) => Ok(Cow::Owned(part.into_owned())),
                    None => Err(EvalError(format!("the value has no {}: {}", excerpt(key), excerpt(&as_text(&value))))),
                },
            },
            Access::Method(_) if matches!(value.as_ref(), Value::Null) => Ok(value),
            Access::Method(method) => method.call(value.as_ref()).map(Cow::Owned),
        }
    }
}

/// The part of a value under a key; nothing for a map without it, `None` if the value has no parts.
pub(super) fn part<'v>(value: &'v Value, key: &str) -> Option<Cow<'v, Value>> {
    match value {
        Value::Map(map) => match map.get(key) {
            Some(part) => Some(Cow::Borrowed(part)),
            None if matches!(key, "length" | "size") => Some(Cow::Owned(length(value))),
            None => Some(Cow::Owned(Value::Null)),
        },
        Value::Null => Some(Cow::Owned(Value::Null)),
        // Java's byte[].length: the bytes of a body, not its characters.
        Value::Bytes(bytes) if key == "length" => Some(Cow::Owned(count(bytes.len()))),
        _ if matches!(key, "length" | "size") => Some(Cow::Owned(length(value))),
        _ => None,
    }
}

fn count(n: usize) -> Value {
    Value::Int(i64::try_from(n).unwrap_or(i64::MAX))
}

/// Characters of a text, items of a list, entries of a map.
fn length(value: &Value) -> Value {
    match value {
        Value::List(items) => count(items.len()),
        Value::Map(map) => count(map.len()),
        other => count(as_text(other).chars().count()),
    }
}

impl Method {
    fn call(&self, value: &Value) -> Result<Value, EvalError> {
        match (self, value) {
            (Method::Length, value) => return Ok(length(value)),
            (Method::IsEmpty, Value::List(items)) => return Ok(Value::Bool(items.is_empty())),
            (Method::IsEmpty, Value::Map(map)) => return Ok(Value::Bool(map.is_empty())),
            (Method::Contains(item), Value::List(items)) => {
                return Ok(Value::Bool(items.iter().any(|i| as_text(i) == item.as_str())));
            }
            _ => {}
        }
        let text = as_text(value);
        if text.len() > MAX_RESULT {
            return Err(too_long());
        }
        Ok(match self {
            Method::Upper => Value::Text(text.to_uppercase()),
            Method::Lower => Value::Text(text.to_lowercase()),
            Method::Trim => Value::Text(text.trim().to_owned()),
            Method::ToText => Value::Text(text.into_owned()),
            Method::Length => length(value),
            Method::IsEmpty => Value::Bool(text.is_empty()),
            Method::Contains(part) => Value::Bool(text.contains(part.as_str())),
            Method::StartsWith(part) => Value::Bool(text.starts_with(part.as_str())),
            Method::EndsWith(part) => Value::Bool(text.ends_with(part.as_str())),
            Method::Equals(other) => Value::Bool(text == other.as_str()),
            Method::EqualsIgnoreCase(other) => Value::Bool(text.to_lowercase() == other.to_lowercase()),
            Method::IndexOf(part) => {
                text.find(part.as_str()).map_or(Value::Int(-1), |i| count(text[..i].chars().count()))
            }
            Method::Substring(from, to) => Value::Text(substring(&text, *from, *to)?),
            Method::Replace(from, to) => Value::Text(replace(&text, from, to)?),
        })
    }
}

fn substring(text: &str, from: usize, to: Option<usize>) -> Result<String, EvalError> {
    // A position may stand right behind the last character.
    let place = |n: usize| text.char_indices().map(|(i, _)| i).chain([text.len()]).nth(n);
    match (place(from), to.map_or(Some(text.len()), place)) {
        (Some(start), Some(end)) if start <= end => Ok(text[start..end].to_owned()),
        _ => {
            let to = to.map_or_else(String::new, |n| format!(",{n}"));
            let length = text.chars().count();
            Err(EvalError(format!("substring({from}{to}) is outside {}, which has {length} characters", excerpt(text))))
        }
    }
}

fn replace(text: &str, from: &str, to: &str) -> Result<String, EvalError> {
    // The result is measured before it is made: repeated calls could double it again and again.
    let hits = if to.len() > from.len() { text.matches(from).count() } else { 0 };
    let grown = hits.saturating_mul(to.len().saturating_sub(from.len())).saturating_add(text.len());
    if grown > MAX_RESULT { Err(too_long()) } else { Ok(text.replace(from, to)) }
}
