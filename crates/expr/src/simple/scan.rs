//! Cuts text into literals and `${...}`, collecting all mistakes.

use std::ops::Range;

use super::function::Call;
use super::{MAX_DEPTH, MAX_ERRORS, MAX_FUNCTIONS, MAX_SOURCE, Piece};
use crate::{Namespaces, ParseError};

/// Reads the functions of one expression, counts them and collects mistakes.
pub(super) struct Scanner<'a> {
    pub(super) text: &'a str,
    namespaces: &'a Namespaces,
    functions: usize,
    errors: Vec<ParseError>,
    /// A limit was met: the rest is not read.
    pub(super) stopped: bool,
}

impl<'a> Scanner<'a> {
    /// A scanner for an expression that is not too long.
    pub(super) fn new(text: &'a str, namespaces: &'a Namespaces) -> Result<Self, Vec<ParseError>> {
        if text.len() > MAX_SOURCE {
            let message = format!("the expression is longer than {} KB", MAX_SOURCE / 1024);
            return Err(vec![
                ParseError::new(0..text.len(), message).help("read long texts from a file or in a script"),
            ]);
        }
        Ok(Scanner { text, namespaces, functions: 0, errors: Vec::new(), stopped: false })
    }

    /// The mistakes, if there are any.
    pub(super) fn finish(self) -> Result<(), Vec<ParseError>> {
        if self.errors.is_empty() { Ok(()) } else { Err(self.errors) }
    }

    pub(super) fn error(&mut self, error: ParseError) {
        self.errors.push(error);
        self.stopped |= self.errors.len() >= MAX_ERRORS;
    }

    fn stop(&mut self, error: ParseError) {
        self.errors.push(error);
        self.stopped = true;
    }

    /// The pieces of a template that stands in `range` of the text. `$${` is a literal `${`.
    pub(super) fn template(&mut self, range: Range<usize>) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut text = String::new();
        let mut at = range.start;
        while let Some(start) = self.text[at..range.end].find("${").map(|i| at + i) {
            if self.text[at..start].ends_with('$') {
                text.push_str(&self.text[at..start - 1]);
                text.push_str("${");
                at = start + 2;
                continue;
            }
            text.push_str(&self.text[at..start]);
            if !text.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut text)));
            }
            let (call, end) = self.call(start, range.end);
            pieces.extend(call.map(Piece::Call));
            if self.stopped {
                return pieces;
            }
            at = end;
        }
        text.push_str(&self.text[at..range.end]);
        if !text.is_empty() {
            pieces.push(Piece::Text(text));
        }
        pieces
    }

    /// The function whose `${` stands at `start`, and where the text after its `}` begins.
    pub(super) fn call(&mut self, start: usize, limit: usize) -> (Option<Call>, usize) {
        let end = match closing_brace(&self.text[..limit], start + 2) {
            Ok(end) => end,
            Err(error) => {
                self.stop(error);
                return (None, limit);
            }
        };
        self.functions += 1;
        if self.functions > MAX_FUNCTIONS {
            let message = format!("the expression holds more than {MAX_FUNCTIONS} functions");
            self.stop(ParseError::new(start..end + 1, message));
            return (None, end + 1);
        }
        match Call::parse(&self.text[start + 2..end], self.namespaces) {
            Ok(call) => (Some(call), end + 1),
            Err(mut error) => {
                // Ranges inside the braces become ranges of the whole text; nothing to point at means the function.
                let inner = error.range;
                error.range =
                    if inner == (0..0) { start..end + 1 } else { inner.start + start + 2..inner.end + start + 2 };
                self.error(error);
                (None, end + 1)
            }
        }
    }
}

/// Where the `}` of a `${` stands whose content starts at `start`. Braces may nest; quoted text may hold any.
fn closing_brace(text: &str, start: usize) -> Result<usize, ParseError> {
    let mut depth = 0_usize;
    let mut quote: Option<(u8, usize)> = None;
    for (i, b) in text.bytes().enumerate().skip(start) {
        match (b, quote) {
            (b, Some((q, _))) if b == q => quote = None,
            (_, Some(_)) => {}
            (b'\'' | b'"', None) => quote = Some((b, i)),
            (b'{', None) => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Err(ParseError::new(i..i + 1, format!("more than {MAX_DEPTH} braces inside each other")));
                }
            }
            (b'}', None) if depth == 0 => return Ok(i),
            (b'}', None) => depth -= 1,
            _ => {}
        }
    }
    let range = start - 2..start;
    Err(match quote {
        Some((q, at)) => {
            ParseError::new(at..at + 1, "this quote is never closed, so that the `${` before it is not either")
                .help(format!("close it with {}", char::from(q)))
        }
        None => ParseError::new(range, "this `${` is never closed")
            .help("close it with `}`, or write `$${` for the text itself"),
    })
}
