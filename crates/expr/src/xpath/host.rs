//! What a language around XPath adds to it: variables, functions, its own limits. XSLT is the one that does.

use std::fmt;

use super::ast::{Expr, SequenceType};
use super::eval::{Eval, Focus};
use super::parser::Parser;
use super::value::{R, Seq};
use crate::{Namespaces, ParseError};

/// A function of the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostFunction {
    /// The host's own number of it.
    pub number: usize,
    /// Whether its value may depend on the position among the context items.
    pub positional: bool,
}

/// The names that a host gives to expressions, while they are parsed.
pub trait HostNames {
    /// The number of a global variable.
    fn variable(&self, uri: &str, local: &str) -> Option<usize>;

    /// A function.
    ///
    /// # Errors
    /// A sentence, if there is a function of this name that cannot be called like this.
    fn function(&self, uri: &str, local: &str, count: usize) -> Result<Option<HostFunction>, String>;
}

/// What a host does while expressions are evaluated.
pub trait Host<'a> {
    /// The value of a global variable.
    ///
    /// # Errors
    /// It could not be computed.
    fn global(&self, ev: &mut Eval<'a>, number: usize) -> R<Seq<'a>>;

    /// Calls a function.
    ///
    /// # Errors
    /// It failed.
    fn call(&self, ev: &mut Eval<'a>, number: usize, args: Vec<Seq<'a>>, focus: Focus<'_, 'a>) -> R<Seq<'a>>;
}

/// What an expression inside another language can see while it is parsed.
#[derive(Clone, Copy)]
pub struct Statics<'t> {
    pub namespaces: &'t Namespaces,
    /// The namespace of elements without a prefix.
    pub element_namespace: &'t str,
    /// Local variables in scope, the innermost last; names as [`expanded`] writes them.
    pub locals: &'t [String],
    /// Whether the expression is made while a message is processed.
    pub at_run_time: bool,
    pub host: &'t dyn HostNames,
}

impl fmt::Debug for Statics<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Statics").field("locals", &self.locals).finish_non_exhaustive()
    }
}

/// A name with its namespace as one text.
pub fn expanded(uri: &str, local: &str) -> String {
    if uri.is_empty() { local.to_owned() } else { format!("Q{{{uri}}}{local}") }
}

/// Parses an expression inside another language.
///
/// # Errors
/// The mistake, with its byte range.
pub fn parse(text: &str, statics: Statics<'_>) -> Result<Expr, ParseError> {
    let mut parser = Parser::new(text, statics.namespaces, Some(statics))?;
    parser.whole().map(|program| program.expr)
}

/// Parses a type such as `xs:string*` or `element(a)?`.
///
/// # Errors
/// The mistake, with its byte range.
pub fn parse_type(text: &str, statics: Statics<'_>) -> Result<SequenceType, ParseError> {
    let mut parser = Parser::new(text, statics.namespaces, Some(statics))?;
    let found = parser.sequence_type()?;
    parser.end()?;
    Ok(found)
}
