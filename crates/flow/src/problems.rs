//! Collects the problems of one file.

use std::ops::Range;

use diag::{Problem, Severity, Span};

/// More problems than anybody reads; what comes after is not looked at.
const MAX_PROBLEMS: usize = 100;

/// The problems of one file so far.
#[derive(Debug)]
pub(crate) struct Problems {
    file: String,
    list: Vec<Problem>,
}

impl Problems {
    /// No problems yet.
    pub(crate) fn of(file: &str) -> Self {
        Problems { file: file.to_owned(), list: Vec::new() }
    }

    /// A place in the file.
    pub(crate) fn span(&self, range: Range<usize>) -> Span {
        Span::new(self.file.clone(), range)
    }

    /// Adds an error.
    pub(crate) fn error<'h>(
        &mut self,
        code: &'static str,
        title: impl Into<String>,
        at: Range<usize>,
        label: impl Into<String>,
        help: impl Into<Option<&'h str>>,
    ) {
        let problem = Problem::error(code, title, self.span(at), label);
        self.add(problem, help.into());
    }

    /// Adds a warning.
    pub(crate) fn warning<'h>(
        &mut self,
        code: &'static str,
        title: impl Into<String>,
        at: Range<usize>,
        label: impl Into<String>,
        help: impl Into<Option<&'h str>>,
    ) {
        let problem = Problem::warning(code, title, self.span(at), label);
        self.add(problem, help.into());
    }

    /// Adds an error in another file, which the problems of this one led to.
    pub(crate) fn elsewhere<'h>(
        &mut self,
        code: &'static str,
        title: impl Into<String>,
        at: Span,
        label: impl Into<String>,
        help: impl Into<Option<&'h str>>,
    ) {
        self.add(Problem::error(code, title, at, label), help.into());
    }

    fn add(&mut self, mut problem: Problem, help: Option<&str>) {
        if !self.full() {
            // What was written may be part of what is said, and may be long.
            shorten(&mut problem.title);
            shorten(&mut problem.label);
            self.list.push(match help {
                Some(help) => {
                    let mut help = help.to_owned();
                    shorten(&mut help);
                    problem.help(help)
                }
                None => problem,
            });
        }
    }

    /// Whether enough problems are known.
    pub(crate) fn full(&self) -> bool {
        self.list.len() >= MAX_PROBLEMS
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether the file cannot be used.
    pub(crate) fn has_errors(&self) -> bool {
        self.list.iter().any(|p| p.severity == Severity::Error)
    }

    /// All problems in the order of their places.
    pub(crate) fn into_list(mut self) -> Vec<Problem> {
        self.list.sort_by_key(|p| (p.span.range.start, p.severity));
        self.list
    }
}

/// Cuts a text that is too long to be read in a terminal.
fn shorten(text: &mut String) {
    if let Some((at, _)) = text.char_indices().nth(300) {
        text.truncate(at);
        text.push_str("...");
    }
}

/// `did you mean`, where a known word is near.
pub(crate) fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    diag::suggest(word, known).map(|k| format!("did you mean `{k}`?"))
}

/// The first words of a long list, for help lines.
pub(crate) fn some_of<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let mut out: Vec<String> = Vec::new();
    for word in words {
        if out.len() == 12 {
            out.push("...".to_owned());
            break;
        }
        out.push(format!("`{word}`"));
    }
    out.join(", ")
}
