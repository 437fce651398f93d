//! Problems as text with carets, and as JSON for machines.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use serde_json::{Value, json};

use crate::{Problem, Severity};

/// A file whose text problems point into.
#[derive(Clone, Debug)]
pub struct Source {
    /// Name as in [`crate::Span::file`].
    pub file: String,
    /// Its whole text.
    pub text: String,
}

/// Problems as text: title, place, caret, help. Colours only where `color` asks for them.
#[must_use]
pub fn render(problems: &[Problem], sources: &[Source], color: bool) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let mut out = String::new();
    for problem in problems {
        let level = match problem.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let text = sources.iter().find(|s| s.file == problem.span.file).map_or("", |s| s.text.as_str());
        let range = clamp(text, problem.span.range.clone());
        let mut group = Group::with_title(level.primary_title(problem.title.as_str()).id(problem.code)).element(
            Snippet::source(text)
                .path(problem.span.file.as_str())
                .annotation(AnnotationKind::Primary.span(range).label(problem.label.as_str())),
        );
        if let Some(help) = &problem.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        out.push_str(&renderer.render(&[group]));
        out.push_str("\n\n");
    }
    out
}

/// Problems as one JSON array, with one-based lines and columns beside the byte range.
#[must_use]
pub fn to_json(problems: &[Problem], sources: &[Source]) -> Value {
    let items = problems.iter().map(|p| {
        let text = sources.iter().find(|s| s.file == p.span.file).map_or("", |s| s.text.as_str());
        let start = clamp(text, p.span.range.clone()).start;
        let before = &text[..start];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        json!({
            "severity": p.severity, "code": p.code, "title": p.title, "file": p.span.file,
            "line": line, "column": column, "start": p.span.range.start, "end": p.span.range.end,
            "label": p.label, "help": p.help,
        })
    });
    Value::Array(items.collect())
}

/// The range, moved inside the text and to character borders, so that no problem can make the renderer panic.
fn clamp(text: &str, range: std::ops::Range<usize>) -> std::ops::Range<usize> {
    let border = |mut at: usize| {
        at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = border(range.start);
    start..border(range.end.max(range.start)).max(start)
}

/// The known word nearest to a misspelt one, if it is near enough to be meant ("did you mean").
#[must_use]
pub fn suggest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (word.chars().count() / 3).clamp(1, 3);
    known
        .into_iter()
        .map(|k| (distance(&word.to_lowercase(), &k.to_lowercase()), k))
        .filter(|(d, _)| *d <= limit)
        .min_by_key(|(d, _)| *d)
        .map(|(_, k)| k)
}

/// Edits between two words (Damerau, adjacent transpositions count one); words are cut at 64 characters.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().take(64).collect();
    let b: Vec<char> = b.chars().take(64).collect();
    let mut rows = vec![vec![0_usize; b.len() + 1]; a.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    for (j, cell) in rows[0].iter_mut().enumerate() {
        *cell = j;
    }
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let cost = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (rows[i - 1][j] + 1).min(rows[i][j - 1] + 1).min(rows[i - 1][j - 1] + cost);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[a.len()][b.len()]
}
