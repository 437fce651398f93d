//! Cuts a condition into words, signs, quoted texts, numbers and functions.

use std::ops::Range;

use base::Value;

use super::Operand;
use crate::ParseError;
use crate::simple::scan::Scanner;
use crate::simple::{Piece, excerpt};

/// A word of the condition, and where it stands.
#[derive(Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) range: Range<usize>,
}

#[derive(Debug)]
pub(super) enum Kind {
    Open,
    Close,
    /// A sign such as `>=`.
    Sign(&'static str),
    /// A word such as `contains`.
    Word(String),
    Operand(Operand),
}

/// Longer signs first.
const SIGNS: [&str; 15] = ["!=~", "!~~", "==", "=~", "!=", ">=", "<=", "~~", "&&", "||", "=", ">", "<", "(", ")"];

/// Signs of other languages, and what to write.
const FOREIGN: [(&str, &str); 9] = [
    ("===", "write `==`"),
    ("<>", "write `!=`"),
    ("=>", "write `>=`"),
    ("=<", "write `<=`"),
    ("!(", "write `not (...)`"),
    ("! ", "write `not (...)`"),
    ("!$", "write `not (...)`"),
    ("&", "write `and`"),
    ("|", "write `or`"),
];

/// All tokens; mistakes go to the scanner.
pub(super) fn tokens(scanner: &mut Scanner<'_>) -> Vec<Token> {
    let text = scanner.text;
    let mut tokens = Vec::new();
    let mut at = 0;
    while !scanner.stopped {
        at += text[at..].len() - text[at..].trim_start().len();
        let rest = &text[at..];
        let Some(first) = rest.chars().next() else { break };
        let (kind, end) = match first {
            '\'' | '"' => quoted(scanner, at, first),
            '$' if rest.starts_with("${") => call(scanner, at),
            c if c.is_ascii_digit() || (c == '-' && rest[1..].starts_with(|d: char| d.is_ascii_digit())) => {
                number(scanner, at)
            }
            _ => sign(scanner, at).unwrap_or_else(|| word(scanner, at)),
        };
        if let Some(kind) = kind {
            tokens.push(Token { kind, range: at..end });
        }
        at = end;
    }
    tokens
}

/// A quoted text. Quotes inside a `${...}` belong to the function, not to the text.
fn quoted(scanner: &mut Scanner<'_>, start: usize, quote: char) -> (Option<Kind>, usize) {
    let text = scanner.text;
    let mut at = start + 1;
    let mut pieces: Vec<Piece> = Vec::new();
    loop {
        let Some(found) = text[at..].find([quote, '$']).map(|i| at + i) else {
            let error = ParseError::new(start..start + 1, "this quote is never closed");
            scanner.error(error.help(format!("close the text with {quote}")));
            return (None, text.len());
        };
        if text[found..].starts_with(quote) {
            pieces.extend(literal(&text[at..found]));
            return (Some(Kind::Operand(operand(pieces))), found + 1);
        }
        if text[found..].starts_with("$${") {
            pieces.extend(literal(&text[at..found]));
            pieces.extend(literal("${"));
            at = found + 3;
        } else if text[found..].starts_with("${") {
            pieces.extend(literal(&text[at..found]));
            let (call, end) = scanner.call(found, text.len());
            pieces.extend(call.map(Piece::Call));
            if scanner.stopped {
                return (None, text.len());
            }
            at = end;
        } else {
            pieces.extend(literal(&text[at..=found]));
            at = found + 1;
        }
    }
}

fn literal(text: &str) -> Option<Piece> {
    (!text.is_empty()).then(|| Piece::Text(text.to_owned()))
}

/// Text without functions is a constant.
fn operand(pieces: Vec<Piece>) -> Operand {
    let mut constant = String::new();
    for piece in &pieces {
        match piece {
            Piece::Text(text) => constant.push_str(text),
            Piece::Call(_) => return Operand::Text(pieces),
        }
    }
    Operand::Constant(Value::Text(constant))
}

/// A function, with `++` or `--` directly behind it.
fn call(scanner: &mut Scanner<'_>, start: usize) -> (Option<Kind>, usize) {
    let (call, end) = scanner.call(start, scanner.text.len());
    let Some(mut call) = call else { return (None, end) };
    let step = match scanner.text[end..].get(..2) {
        Some("++") => 1,
        Some("--") => -1,
        _ => 0,
    };
    call.step = step;
    (Some(Kind::Operand(Operand::Call(Box::new(call)))), if step == 0 { end } else { end + 2 })
}

fn number(scanner: &mut Scanner<'_>, start: usize) -> (Option<Kind>, usize) {
    let text = scanner.text;
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_');
    let end = text[start + 1..].find(|c| !fits(c)).map_or(text.len(), |i| start + 1 + i);
    let word = &text[start..end];
    let value = match (word.parse::<i64>(), word.parse::<f64>()) {
        (Ok(whole), _) => Value::Int(whole),
        (_, Ok(number)) if number.is_finite() => Value::Float(number),
        _ => {
            let error = ParseError::new(start..end, format!("{} is not a number", excerpt(word)));
            scanner.error(error.help(format!("text stands in quotes: '{word}'")));
            return (None, end);
        }
    };
    (Some(Kind::Operand(Operand::Constant(value))), end)
}

fn sign(scanner: &mut Scanner<'_>, start: usize) -> Option<(Option<Kind>, usize)> {
    let rest = &scanner.text[start..];
    let known = SIGNS.into_iter().find(|s| rest.starts_with(s));
    let foreign = FOREIGN
        .into_iter()
        .find(|(s, _)| rest.starts_with(s) && !known.is_some_and(|k| k.len() > s.len() || matches!(k, "&&" | "||")));
    if let Some((foreign, help)) = foreign {
        let sign = foreign.trim_end_matches([' ', '(', '$']);
        let range = start..start + sign.len();
        let end = range.end;
        scanner.error(ParseError::new(range, format!("unknown operator `{sign}`")).help(help));
        return Some((None, end));
    }
    let kind = match known? {
        "(" => Kind::Open,
        ")" => Kind::Close,
        sign => Kind::Sign(sign),
    };
    Some((Some(kind), start + known?.len()))
}

/// A word up to the next space or sign; `!contains` and its like are words.
fn word(scanner: &mut Scanner<'_>, start: usize) -> (Option<Kind>, usize) {
    let text = scanner.text;
    let first = text[start..].chars().next().map_or(1, char::len_utf8);
    let ends = |c: char| {
        c.is_whitespace() || matches!(c, '(' | ')' | '\'' | '"' | '=' | '!' | '<' | '>' | '~' | '&' | '|' | '$')
    };
    let end = text[start + first..].find(ends).map_or(text.len(), |i| start + first + i);
    let kind = match &text[start..end] {
        "true" => Kind::Operand(Operand::Constant(Value::Bool(true))),
        "false" => Kind::Operand(Operand::Constant(Value::Bool(false))),
        "null" => Kind::Operand(Operand::Constant(Value::Null)),
        word => Kind::Word(word.to_owned()),
    };
    (Some(kind), end)
}
