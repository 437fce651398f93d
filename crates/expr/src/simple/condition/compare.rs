//! Comparisons of two values, with Camel's conversions.

use std::borrow::Cow;
use std::cmp::Ordering;

use base::Value;
use regex::{Regex, RegexBuilder};

use super::{Comparison, as_text};
use crate::EvalError;
use crate::simple::excerpt;

/// How large a compiled pattern may get, in bytes.
const MAX_REGEX: usize = 1 << 20;
/// The longest pattern, in bytes.
pub(super) const MAX_PATTERN: usize = 4_096;

/// Whether a comparison holds. Nothing (a missing header) equals only nothing, and no other comparison holds for it.
pub(super) fn holds(left: &Value, how: Comparison, right: &Value) -> Result<bool, EvalError> {
    if how == Comparison::Equal {
        return Ok(equal(left, right));
    }
    if matches!(left, Value::Null) || matches!(right, Value::Null) {
        return Ok(false);
    }
    let text = || (as_text(left), as_text(right));
    let order = |wanted: fn(Ordering) -> bool| wanted(order(left, right));
    Ok(match how {
        Comparison::Equal => equal(left, right),
        Comparison::Less => order(Ordering::is_lt),
        Comparison::LessOrEqual => order(Ordering::is_le),
        Comparison::Greater => order(Ordering::is_gt),
        Comparison::GreaterOrEqual => order(Ordering::is_ge),
        Comparison::EqualIgnoringCase => lower(left) == lower(right),
        Comparison::Contains => contains(left, right),
        Comparison::ContainsIgnoringCase => lower(left).contains(&*lower(right)),
        Comparison::StartsWith => text().0.starts_with(&*text().1),
        Comparison::EndsWith => text().0.ends_with(&*text().1),
        Comparison::In => is_in(left, right),
        Comparison::Matches => regex(&as_text(right)).map_err(EvalError)?.is_match(&as_text(left)),
    })
}

/// Nothing at all; an empty body too, because a message cannot tell it from a missing one.
pub(super) fn is_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bytes(bytes) => bytes.is_empty(),
        _ => false,
    }
}

fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Null, other) | (other, Value::Null) => is_null(other),
        (Value::Int(a), Value::Int(b)) => a == b,
        (Value::Int(_) | Value::Float(_), Value::Int(_) | Value::Float(_)) => order(left, right).is_eq(),
        (Value::Bool(flag), other) | (other, Value::Bool(flag)) => {
            as_text(other).trim().eq_ignore_ascii_case(if *flag { "true" } else { "false" })
        }
        _ => as_text(left) == as_text(right),
    }
}

/// Numbers if both sides are whole numbers, then if both are numbers, then text.
fn order(left: &Value, right: &Value) -> Ordering {
    let (left, right) = (as_text(left), as_text(right));
    if let (Ok(a), Ok(b)) = (left.trim().parse::<i64>(), right.trim().parse::<i64>()) {
        return a.cmp(&b);
    }
    match (float(&left), float(&right)) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        _ => left.cmp(&right),
    }
}

/// A finite number; Rust would also read words such as `inf` and `nan`.
fn float(text: &str) -> Option<f64> {
    let text = text.trim();
    // `-0.0` equals `0`: adding zero takes the sign away.
    if text.len() > 400 { None } else { text.parse::<f64>().ok().filter(|n| n.is_finite()).map(|n| n + 0.0) }
}

fn lower(value: &Value) -> Cow<'_, str> {
    Cow::Owned(as_text(value).to_lowercase())
}

fn contains(left: &Value, right: &Value) -> bool {
    let right = as_text(right);
    match left {
        Value::List(items) => items.iter().any(|item| as_text(item) == right),
        Value::Map(map) => map.contains_key(&*right),
        text => as_text(text).contains(&*right),
    }
}

/// The right side is a list, or a text with commas.
fn is_in(left: &Value, right: &Value) -> bool {
    let left = as_text(left);
    match right {
        Value::List(items) => items.iter().any(|item| as_text(item) == left),
        text => as_text(text).split(',').any(|item| item.trim() == left.trim()),
    }
}

/// A pattern that must match the whole text, or a sentence why it cannot.
pub(super) fn regex(pattern: &str) -> Result<Regex, String> {
    if pattern.len() > MAX_PATTERN {
        return Err(format!("the pattern is longer than {MAX_PATTERN} bytes"));
    }
    let build = |pattern: &str| RegexBuilder::new(pattern).size_limit(MAX_REGEX).nest_limit(50).build();
    // Alone first: `a)|(b` must not become right by being put in parentheses.
    build(pattern).and_then(|_| build(&format!(r"\A(?:{pattern})\z"))).map_err(|error| {
        let why = match error {
            regex::Error::CompiledTooBig(_) => "it is too large".to_owned(),
            other => other.to_string().lines().last().unwrap_or("").trim_start_matches("error: ").to_owned(),
        };
        format!("the pattern {} cannot be used: {why}", excerpt(pattern))
    })
}
