//! Conditions: comparisons of `${...}`, texts and numbers, joined by `and`, `or` and `not (...)`.

mod compare;
mod lexer;
mod parser;
pub(crate) mod reference;

use std::borrow::Cow;
use std::sync::Arc;

use base::Value;
use regex::Regex;

use super::function::Call;
use super::scan::Scanner;
use super::{Piece, as_text, joined};
use crate::{EvalError, Namespaces, ParseError, Scope};

/// A condition, compiled. Example: `${header.country} in 'DE,AT,CH' and ${property.count} > 3`.
#[derive(Clone, Debug)]
pub struct Condition {
    source: Arc<str>,
    test: Arc<Test>,
}

impl Condition {
    /// Compiles a condition.
    ///
    /// # Errors
    /// All mistakes in the text, with their byte ranges.
    pub fn parse(text: &str, namespaces: &Namespaces) -> Result<Self, Vec<ParseError>> {
        let mut scanner = Scanner::new(text, namespaces)?;
        let tokens = lexer::tokens(&mut scanner);
        // A sentence with broken words would only give follow-up mistakes.
        scanner.finish()?;
        let test = parser::parse(tokens, text.len()).map_err(|e| vec![e])?;
        Ok(Condition { source: text.into(), test: Arc::new(test) })
    }

    /// Whether it holds for a message.
    ///
    /// # Errors
    /// As [`crate::Template::value`].
    pub fn test(&self, scope: &Scope<'_>) -> Result<bool, EvalError> {
        self.test.holds(scope)
    }

    /// The condition as its author wrote it.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }
}

/// A compiled condition or a part of one.
#[derive(Debug)]
enum Test {
    All(Vec<Test>),
    Any(Vec<Test>),
    Not(Box<Test>),
    Compare(Operand, Comparison, Operand),
    /// A full match of a pattern that is known before any message arrives.
    Matches(Operand, Regex),
    IsNull(Operand),
    /// A value that is true by itself.
    Truth(Operand),
}

/// A side of a comparison.
#[derive(Debug)]
enum Operand {
    /// `true`, `12`, `'text'`, `null`.
    Constant(Value),
    /// `${...}`.
    Call(Box<Call>),
    /// A quoted text with `${...}` in it.
    Text(Vec<Piece>),
}

/// How two values are compared; the opposites are [`Test::Not`] around these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Equal,
    EqualIgnoringCase,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Contains,
    ContainsIgnoringCase,
    StartsWith,
    EndsWith,
    In,
    Matches,
}

impl Operand {
    fn value<'s>(&'s self, scope: &Scope<'s>) -> Result<Cow<'s, Value>, EvalError> {
        match self {
            Operand::Constant(value) => Ok(Cow::Borrowed(value)),
            Operand::Call(call) => call.value(scope),
            Operand::Text(pieces) => joined(pieces, scope).map(|t| Cow::Owned(Value::Text(t))),
        }
    }
}

impl Test {
    /// The parser limits how deep tests nest.
    fn holds(&self, scope: &Scope<'_>) -> Result<bool, EvalError> {
        match self {
            Test::All(tests) => {
                for test in tests {
                    if !test.holds(scope)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Test::Any(tests) => {
                for test in tests {
                    if test.holds(scope)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Test::Not(test) => test.holds(scope).map(|b| !b),
            Test::Compare(left, how, right) => {
                let (left, right) = (left.value(scope)?, right.value(scope)?);
                compare::holds(&left, *how, &right)
            }
            Test::Matches(left, regex) => {
                let value = left.value(scope)?;
                Ok(!matches!(*value, Value::Null) && regex.is_match(&as_text(&value)))
            }
            Test::IsNull(operand) => operand.value(scope).map(|v| compare::is_null(&v)),
            Test::Truth(Operand::Call(call)) if call.xpath().is_some() => {
                call.xpath().map_or(Ok(false), |xpath| xpath.test(scope))
            }
            Test::Truth(operand) => operand.value(scope).map(|v| match &*v {
                Value::Bool(flag) => *flag,
                Value::Text(_) | Value::Bytes(_) => as_text(&v).trim().eq_ignore_ascii_case("true"),
                _ => false,
            }),
        }
    }
}
