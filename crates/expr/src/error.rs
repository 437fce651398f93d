//! What can go wrong with an expression: when it is written, and when it is evaluated.

use std::ops::Range;

/// A mistake in the text of an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// Byte range inside the expression's own text.
    pub range: Range<usize>,
    /// One sentence without a full stop: what is wrong.
    pub message: String,
    /// What to do, where something is known (also "did you mean").
    pub help: Option<String>,
}

impl ParseError {
    /// A mistake at a place.
    pub fn new(range: Range<usize>, message: impl Into<String>) -> Self {
        ParseError { range, message: message.into(), help: None }
    }

    /// The same with a help line.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Why an expression gave no value on this message: a sentence for the message log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct EvalError(pub String);
