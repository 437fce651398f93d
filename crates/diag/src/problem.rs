//! One problem: what an author, an editor and a machine need to know about it.

use std::ops::Range;

use serde::Serialize;

/// Where in which file: byte offsets into its text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Span {
    /// Name of the file as it was given, with forward slashes.
    pub file: String,
    /// Byte range in the file's text; empty at the end of the file is allowed.
    pub range: Range<usize>,
}

impl Span {
    /// A span in a file.
    pub fn new(file: impl Into<String>, range: Range<usize>) -> Self {
        Span { file: file.into(), range }
    }
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The flow cannot run.
    Error,
    /// The flow runs, but probably not as meant.
    Warning,
}

/// One problem in what an author wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// A code of [`crate::CODES`], such as `F0103`.
    pub code: &'static str,
    /// One sentence without a full stop: what is wrong.
    pub title: String,
    /// Where.
    pub span: Span,
    /// A few words at the caret.
    pub label: String,
    /// What to do, where something is known.
    pub help: Option<String>,
}

impl Problem {
    /// An error at a place.
    pub fn error(code: &'static str, title: impl Into<String>, span: Span, label: impl Into<String>) -> Self {
        Problem { severity: Severity::Error, code, title: title.into(), span, label: label.into(), help: None }
    }

    /// A warning at a place.
    pub fn warning(code: &'static str, title: impl Into<String>, span: Span, label: impl Into<String>) -> Self {
        Problem { severity: Severity::Warning, ..Self::error(code, title, span, label) }
    }

    /// The same problem with a help line.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}
