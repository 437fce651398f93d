//! The Simple language that Camel and SAP users know: templates with `${...}` and conditions.

mod access;
mod condition;
mod date_call;
mod function;
mod kind;
pub(crate) mod reference;
mod scan;

use std::borrow::Cow;
use std::sync::Arc;

use base::Value;

use crate::{EvalError, Namespaces, ParseError, Scope};
use function::Call;
use scan::Scanner;

pub use condition::Condition;

/// The longest expression, in bytes (SAP refuses longer ones too).
const MAX_SOURCE: usize = 256 * 1024;
/// How many functions one expression may hold.
const MAX_FUNCTIONS: usize = 1_000;
/// How deep braces and parentheses may nest.
const MAX_DEPTH: usize = 50;
/// How many mistakes are reported at once.
const MAX_ERRORS: usize = 100;
/// The longest text that an expression may give, in bytes. A body alone, `${body}`, is not copied and has no limit.
const MAX_RESULT: usize = 64 * 1024 * 1024;

/// Text with `${...}` in it, compiled. Example: `Order ${header.id} of ${date:now:yyyy-MM-dd}`.
#[derive(Clone, Debug)]
pub struct Template {
    source: Arc<str>,
    pieces: Arc<[Piece]>,
}

/// A part of a template.
#[derive(Debug)]
enum Piece {
    /// Text that stands for itself.
    Text(String),
    /// A `${...}`.
    Call(Call),
}

impl Template {
    /// Compiles a template.
    ///
    /// # Errors
    /// All mistakes in the text, with their byte ranges.
    pub fn parse(text: &str, namespaces: &Namespaces) -> Result<Self, Vec<ParseError>> {
        let mut scanner = Scanner::new(text, namespaces)?;
        let pieces = scanner.template(0..text.len());
        scanner.finish()?;
        Ok(Template { source: text.into(), pieces: with_unary(pieces).into() })
    }

    /// The value on a message. A template that is exactly one `${...}` keeps the value's kind
    /// (a number stays a number, `${body}` gives bytes); everything else gives text. Missing headers
    /// and properties are empty text inside text, `Value::Null` when alone.
    ///
    /// # Errors
    /// A sentence why there is no value (XPath on a body that is not XML, ...).
    pub fn value(&self, scope: &Scope<'_>) -> Result<Value, EvalError> {
        match &*self.pieces {
            [Piece::Call(call)] => call.value(scope).map(Cow::into_owned),
            pieces => joined(pieces, scope).map(Value::Text),
        }
    }

    /// The same as text.
    ///
    /// # Errors
    /// As [`Template::value`].
    pub fn text(&self, scope: &Scope<'_>) -> Result<String, EvalError> {
        joined(&self.pieces, scope)
    }

    /// The text if the template holds no `${...}` at all: such a name is known before any message arrives.
    #[must_use]
    pub fn constant(&self) -> Option<&str> {
        match &*self.pieces {
            [] => Some(""),
            [Piece::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The template as its author wrote it.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// A template that always gives this text, whatever is in it.
    pub fn literal(text: impl Into<String>) -> Self {
        let text = text.into();
        Template { source: text.as_str().into(), pieces: Arc::new([Piece::Text(text)]) }
    }
}

/// `${property.counter}++` counts, but only as the whole template: in longer text `++` is text.
fn with_unary(mut pieces: Vec<Piece>) -> Vec<Piece> {
    let step = match pieces.as_slice() {
        [Piece::Call(_), Piece::Text(text)] => match text.trim_end() {
            "++" => 1,
            "--" => -1,
            _ => return pieces,
        },
        _ => return pieces,
    };
    pieces.pop();
    if let Some(Piece::Call(call)) = pieces.first_mut() {
        call.step = step;
    }
    pieces
}

/// All pieces as one text.
fn joined(pieces: &[Piece], scope: &Scope<'_>) -> Result<String, EvalError> {
    let mut out = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Call(call) => out.push_str(&as_text(call.value(scope)?.as_ref())),
        }
        if out.len() > MAX_RESULT {
            return Err(too_long());
        }
    }
    Ok(out)
}

fn too_long() -> EvalError {
    EvalError(format!("the expression gives more than {}", base::format_bytes(MAX_RESULT as u64)))
}

/// A value as text, without a copy where it is text already.
fn as_text(value: &Value) -> Cow<'_, str> {
    match value {
        Value::Text(text) => Cow::Borrowed(text),
        Value::Bytes(bytes) => String::from_utf8_lossy(bytes),
        Value::Null => Cow::Borrowed(""),
        other => Cow::Owned(other.to_string()),
    }
}

/// The start of a text, for error sentences.
fn excerpt(text: &str) -> String {
    const MAX: usize = 60;
    match text.char_indices().nth(MAX) {
        Some((end, _)) => format!("`{}...`", &text[..end]),
        None => format!("`{text}`"),
    }
}
