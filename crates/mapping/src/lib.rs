//! Message mappings: compiled once, run on a message within limits.
//!
//! [`Mapping::parse`] reads a `.mmap` file and refuses what it does not know; [`Mapping::apply`] makes the target
//! document of a message. What a mapping cannot know itself (functions of its own, headers, the time) it asks a
//! [`Host`]. This crate knows no flows and no scripts.

mod compile;
mod functions;
mod json;
mod model;
mod names;
mod packed;
mod run;
mod schema;
mod source;

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use base::Timestamp;

pub use model::Function;

/// A compiled mapping: cheap to clone, shared by all runs.
#[derive(Clone, Debug)]
pub struct Mapping(Arc<model::Model>);

/// A mistake in a mapping, or something that it uses and that is not available.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}, line {line}, column {column}: {message}")]
pub struct ParseError {
    /// The file.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// One sentence without a full stop: what is wrong.
    pub message: String,
}

/// Why a mapping gave no result: a sentence for the message log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct MappingError {
    /// What failed, with the target field where it is known.
    pub text: String,
    /// Whether a limit was met.
    pub limit: bool,
}

/// How much one call may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Steps: values made, nodes written. A million takes about a tenth of a second.
    pub steps: u64,
    /// Bytes of all values together, and of the result.
    pub bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { steps: 200_000_000, bytes: 256 << 20 }
    }
}

/// A value in a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A text; nodes that have children are the empty text.
    Text(Rc<str>),
    /// An element that says of itself that it has no value (`xsi:nil`); functions see the empty text.
    Nil,
    /// Where nothing is to be made (SAP: SUPPRESS).
    Suppress,
}

impl Value {
    /// A text.
    #[must_use]
    pub fn text(text: &str) -> Value {
        Value::Text(Rc::from(text))
    }

    /// The text that functions see.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Value::Text(text) => text,
            Value::Nil | Value::Suppress => "",
        }
    }
}

/// What a function that works on whole contexts leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A value.
    Value(Value),
    /// The end of a context.
    ContextChange,
}

/// How a function of a library wants to be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Once for each value.
    Values,
    /// Once for each context, with all of its values.
    Contexts,
}

/// What a mapping asks from outside. Errors are sentences without a full stop.
pub trait Host {
    /// How a function of a library wants to be called.
    ///
    /// # Errors
    /// There is no such function.
    fn kind(&mut self, function: &Function) -> Result<Kind, String>;

    /// Calls a function that works on single values.
    ///
    /// # Errors
    /// The function failed.
    fn call_values(&mut self, function: &Function, args: &[Value]) -> Result<Value, String>;

    /// Calls a function that works on contexts. There is one list for each of its outputs.
    ///
    /// # Errors
    /// The function failed.
    fn call_contexts(&mut self, function: &Function, args: &[&[Value]]) -> Result<Vec<Vec<Entry>>, String>;

    /// A header of the message.
    fn header(&mut self, name: &str) -> Option<String>;

    /// A property of the message.
    fn property(&mut self, name: &str) -> Option<String>;

    /// A value mapping: source agency and identifier, value, target agency and identifier.
    fn map_value(&mut self, source: (&str, &str), value: &str, target: (&str, &str)) -> Option<String>;

    /// The time.
    fn now(&mut self) -> Timestamp;

    /// Why the run has to end now, if so. It is asked often.
    fn interrupted(&mut self) -> Option<String> {
        None
    }
}

/// What a mapping gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// The target document, in UTF-8.
    pub body: Vec<u8>,
    /// Its media type.
    pub media_type: &'static str,
}

impl Mapping {
    /// Compiles a mapping. `files` are the schemas and function libraries of its artifact, by path.
    ///
    /// # Errors
    /// The first mistake, or the first thing that is not available, with its place.
    pub fn parse(path: &str, text: &str, files: &BTreeMap<String, String>) -> Result<Mapping, ParseError> {
        compile::mapping(path, text, files).map(|model| Mapping(Arc::new(model)))
    }

    /// The functions of libraries that it calls.
    pub fn functions(&self) -> impl Iterator<Item = &Function> {
        self.0.functions.iter()
    }

    /// What of it works otherwise than its author may expect, as sentences without a full stop.
    #[must_use]
    pub fn remarks(&self) -> &[String] {
        &self.0.remarks
    }

    /// Makes the target document of a message.
    ///
    /// # Errors
    /// The body is not what the mapping reads, a function failed, a required target field got no value, or a limit was
    /// met. The text names the target field.
    pub fn apply(&self, body: &[u8], host: &mut dyn Host, limits: Limits) -> Result<Output, MappingError> {
        run::run(&self.0, body, host, limits)
    }
}
