//! The types that `bodyAs` and `headerAs` convert to.

use base::Value;
use bytes::Bytes;

use super::{as_text, excerpt};
use crate::{EvalError, ParseError};

/// A kind of value, under its Java name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Int,
    Float,
    Bool,
    Bytes,
}

pub(super) const NAMES: [(&str, Kind); 12] = [
    ("String", Kind::Text),
    ("Integer", Kind::Int),
    ("int", Kind::Int),
    ("Long", Kind::Int),
    ("long", Kind::Int),
    ("Double", Kind::Float),
    ("double", Kind::Float),
    ("Float", Kind::Float),
    ("float", Kind::Float),
    ("Boolean", Kind::Bool),
    ("boolean", Kind::Bool),
    ("byte[]", Kind::Bytes),
];

impl Kind {
    /// The kind of a Java class name, with or without `java.lang.`.
    pub(super) fn parse(name: &str, start: usize) -> Result<Self, ParseError> {
        let short = name.strip_prefix("java.lang.").unwrap_or(name);
        if let Some((_, kind)) = NAMES.iter().find(|(n, _)| *n == short) {
            return Ok(*kind);
        }
        let help = match diag::suggest(short, NAMES.iter().map(|(n, _)| *n)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "use String, Integer, Long, Double, Boolean or byte[]".to_owned(),
        };
        Err(ParseError::new(start..start + name.len(), format!("unknown type {}", excerpt(name))).help(help))
    }

    /// A value as this kind; nothing stays nothing.
    pub(super) fn convert(self, value: &Value) -> Result<Value, EvalError> {
        let wrong = |what| Err(EvalError(format!("{} is not {what}", excerpt(&as_text(value)))));
        match (self, value) {
            (_, Value::Null) => Ok(Value::Null),
            (Kind::Text, value) => Ok(Value::Text(as_text(value).into_owned())),
            (Kind::Int, Value::Int(_))
            | (Kind::Float, Value::Float(_))
            | (Kind::Bool, Value::Bool(_))
            | (Kind::Bytes, Value::Bytes(_)) => Ok(value.clone()),
            (Kind::Bytes, value) => Ok(Value::Bytes(Bytes::from(as_text(value).into_owned()))),
            (Kind::Int, value) => as_text(value).trim().parse().map(Value::Int).or_else(|_| wrong("a whole number")),
            (Kind::Float, value) => match as_text(value).trim().parse::<f64>() {
                Ok(number) if number.is_finite() => Ok(Value::Float(number)),
                _ => wrong("a number"),
            },
            (Kind::Bool, value) => match as_text(value).trim() {
                text if text.eq_ignore_ascii_case("true") => Ok(Value::Bool(true)),
                text if text.eq_ignore_ascii_case("false") => Ok(Value::Bool(false)),
                _ => wrong("true or false"),
            },
        }
    }
}
