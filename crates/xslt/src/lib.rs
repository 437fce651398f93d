//! XSLT: stylesheets compiled once, run on a message within limits.
//!
//! [`Stylesheet::parse`] reads a stylesheet of version 1.0, 2.0 or 3.0 and refuses what it does not know;
//! [`Stylesheet::apply`] runs it. Headers and properties of the message are its parameters. This crate knows no flows.

mod compile;
mod model;
mod output;
mod run;

use std::ops::Range;
use std::sync::Arc;

use expr::Scope;

use self::model::Sheet;

/// A compiled stylesheet: cheap to clone, shared by all runs.
#[derive(Clone, Debug)]
pub struct Stylesheet(Arc<Sheet>);

/// A mistake in a stylesheet.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}, line {line}, column {column}: {message}")]
pub struct ParseError {
    /// The module: the name of the stylesheet, or what `href` of an import says.
    pub file: String,
    /// One sentence without a full stop: what is wrong.
    pub message: String,
    /// What to do, where something is known.
    pub help: Option<String>,
    /// Byte range in the text of the module.
    pub range: Range<usize>,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

impl ParseError {
    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Why a transformation gave no result: a sentence for the message log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct TransformError {
    /// What failed, with file and line where they are known.
    pub text: String,
    /// Whether the stylesheet itself ended the transformation (`xsl:message` with `terminate`, `error()`).
    pub wanted: bool,
}

/// How much one transformation may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Steps: nodes looked at, values made, pieces of text written. A million takes about a tenth of a second.
    pub steps: u64,
    /// Templates and functions inside each other.
    pub depth: u32,
    /// Bytes of the result and all temporary trees together; and as many of the values that are held at one time.
    pub bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { steps: 200_000_000, depth: 5_000, bytes: 256 << 20 }
    }
}

/// What a transformation works on.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// The message: its body is the source, its headers and properties are the parameters; the time.
    pub scope: Scope<'a>,
    /// What the transformation may take.
    pub limits: Limits,
}

/// What a transformation gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// The result in its encoding.
    pub body: Vec<u8>,
    /// The media type: what the stylesheet says, or that of its output method.
    pub media_type: String,
    /// The encoding's name, such as `UTF-8`.
    pub encoding: String,
    /// Headers that the stylesheet set, in order.
    pub headers: Vec<(String, String)>,
    /// Properties that the stylesheet set, in order.
    pub properties: Vec<(String, String)>,
}

impl Stylesheet {
    /// Compiles a stylesheet. `resolve` gives the text of a module by what `href` of `xsl:import` or `xsl:include` says.
    ///
    /// # Errors
    /// The first mistake, or the first thing that is not supported, with its place.
    pub fn parse(
        name: &str,
        text: &str,
        resolve: &(dyn Fn(&str) -> Option<String> + Sync),
    ) -> Result<Self, ParseError> {
        // Deep stylesheets need more stack than a caller may have.
        on_own_stack(COMPILE_STACK, || compile::compile(name, text, resolve).map(|sheet| Stylesheet(Arc::new(sheet))))
            .unwrap_or_else(|why| {
                Err(ParseError { file: name.to_owned(), message: why, help: None, range: 0..0, line: 1, column: 1 })
            })
    }

    /// Runs the stylesheet on a message.
    ///
    /// # Errors
    /// The body is not XML, the stylesheet ended itself, a function failed, or a limit was reached.
    pub fn apply(&self, input: &Input<'_>) -> Result<Output, TransformError> {
        run::transform(&self.0, input)
    }
}

const COMPILE_STACK: usize = 16 << 20;

/// Runs work on a thread with a stack of its own, whatever the caller's stack is.
fn on_own_stack<T: Send>(bytes: usize, work: impl FnOnce() -> T + Send) -> Result<T, String> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("xslt".to_owned()).stack_size(bytes);
        let thread = thread.spawn_scoped(scope, work).map_err(|error| format!("no thread for XSLT: {error}"))?;
        thread.join().map_err(|_| "the XSLT processor failed on this stylesheet".to_owned())
    })
}
