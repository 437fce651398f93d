//! The Simple language that Camel and SAP users know: templates with `${...}` and conditions.

use base::Value;

use crate::{EvalError, Namespaces, ParseError, Scope};

/// Text with `${...}` in it, compiled. Example: `Order ${header.id} of ${date:now:yyyy-MM-dd}`.
#[derive(Clone, Debug)]
pub struct Template;

impl Template {
    /// Compiles a template.
    ///
    /// # Errors
    /// All mistakes in the text, with their byte ranges.
    pub fn parse(_text: &str, _namespaces: &Namespaces) -> Result<Self, Vec<ParseError>> {
        Ok(Template)
    }

    /// The value on a message. A template that is exactly one `${...}` keeps the value's kind
    /// (a number stays a number, `${body}` gives bytes); everything else gives text. Missing headers
    /// and properties are empty text inside text, `Value::Null` when alone.
    ///
    /// # Errors
    /// A sentence why there is no value (XPath on a body that is not XML, ...).
    pub fn value(&self, _scope: &Scope<'_>) -> Result<Value, EvalError> {
        Ok(Value::Null)
    }

    /// The same as text.
    ///
    /// # Errors
    /// As [`Template::value`].
    pub fn text(&self, scope: &Scope<'_>) -> Result<String, EvalError> {
        self.value(scope).map(|v| v.to_string())
    }

    /// The text if the template holds no `${...}` at all: such a name is known before any message arrives.
    #[must_use]
    pub fn constant(&self) -> Option<&str> {
        None
    }

    /// The template as its author wrote it.
    #[must_use]
    pub fn source(&self) -> &str {
        ""
    }

    /// A template that always gives this text, whatever is in it.
    pub fn literal(_text: impl Into<String>) -> Self {
        Template
    }
}

/// A condition, compiled. Example: `${header.country} in 'DE,AT,CH' and ${property.count} > 3`.
#[derive(Clone, Debug)]
pub struct Condition;

impl Condition {
    /// Compiles a condition.
    ///
    /// # Errors
    /// All mistakes in the text, with their byte ranges.
    pub fn parse(_text: &str, _namespaces: &Namespaces) -> Result<Self, Vec<ParseError>> {
        Ok(Condition)
    }

    /// Whether it holds for a message.
    ///
    /// # Errors
    /// As [`Template::value`].
    pub fn test(&self, _scope: &Scope<'_>) -> Result<bool, EvalError> {
        Ok(false)
    }

    /// The condition as its author wrote it.
    #[must_use]
    pub fn source(&self) -> &str {
        ""
    }
}
