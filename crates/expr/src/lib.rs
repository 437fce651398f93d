//! Simple expressions, XPath and JSONPath: parse, check, evaluate on a message.
//!
//! Everything is compiled once, when a flow is checked; evaluation cannot fail on syntax.
//! This crate knows no flows and no stores. All compiled forms are `Send + Sync` and cheap to clone.

mod date;
mod error;
mod escape;
mod json_path;
mod namespaces;
mod reference;
mod scope;
mod simple;
#[doc(hidden)]
pub mod xpath;

pub use date::{DatePattern, format_date, parse_date};
pub use error::{EvalError, ParseError};
pub use escape::push_xml;
pub use json_path::JsonPath;
pub use namespaces::Namespaces;
pub use reference::{Example, Language, reference, reference_examples};
pub use scope::{ExceptionInfo, Scope, StaticScope};
pub use simple::{Condition, Template};
pub use xpath::{NamespaceTest, PlainPath, PlainStep, XPath, XPathValue};
