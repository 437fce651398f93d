//! XPath: the subset of 3.1 that integration flows use, on a read-only tree, compiled once.

use base::Value;

use crate::{EvalError, Namespaces, ParseError, Scope};

/// A compiled XPath expression.
#[derive(Clone, Debug)]
pub struct XPath;

/// What an XPath expression gave.
#[derive(Clone, Debug, PartialEq)]
pub enum XPathValue {
    /// Nodes, each as serialized XML (elements with the namespace declarations they need; attributes and texts as their text).
    Nodes(Vec<String>),
    /// Text.
    Text(String),
    /// A number (XPath's double, or a whole number).
    Number(f64),
    /// True or false.
    Bool(bool),
    /// A sequence of atomic values.
    List(Vec<String>),
}

impl XPath {
    /// Compiles an expression. Prefixes come from `namespaces`; unprefixed names mean no namespace; `*:name` any.
    ///
    /// # Errors
    /// The mistake, with its byte range.
    pub fn parse(_text: &str, _namespaces: &Namespaces) -> Result<Self, ParseError> {
        Ok(XPath)
    }

    /// Evaluates on the message body; `$name` refers to headers and properties of the scope.
    ///
    /// # Errors
    /// The body is not well-formed XML, holds a DTD, or a function failed.
    pub fn eval(&self, _scope: &Scope<'_>) -> Result<XPathValue, EvalError> {
        Ok(XPathValue::Bool(false))
    }

    /// The string value: first node's text, number or boolean as XPath writes it; empty for no node.
    ///
    /// # Errors
    /// As [`XPath::eval`].
    pub fn value(&self, _scope: &Scope<'_>) -> Result<Value, EvalError> {
        Ok(Value::Null)
    }

    /// The effective boolean value.
    ///
    /// # Errors
    /// As [`XPath::eval`].
    pub fn test(&self, _scope: &Scope<'_>) -> Result<bool, EvalError> {
        Ok(false)
    }

    /// The expression as its author wrote it.
    #[must_use]
    pub fn source(&self) -> &str {
        ""
    }
}
