//! Text to tokens, each with its byte range.

use std::ops::Range;

use crate::ParseError;

#[derive(Clone, Debug, PartialEq)]
pub enum Token {
    /// `name` or `prefix:name`.
    Name(Option<String>, String),
    /// `Q{uri}name`; `None` for `Q{uri}*`.
    UriName(String, Option<String>),
    /// `prefix:*`.
    PrefixWild(String),
    /// `*:name`.
    AnyPrefix(String),
    Text(String),
    /// A number as written.
    Number(String),
    Symbol(&'static str),
    End,
}

impl std::fmt::Display for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Token::Name(None, name) => write!(f, "`{name}`"),
            Token::Name(Some(prefix), name) => write!(f, "`{prefix}:{name}`"),
            Token::UriName(uri, name) => write!(f, "`Q{{{uri}}}{}`", name.as_deref().unwrap_or("*")),
            Token::PrefixWild(prefix) => write!(f, "`{prefix}:*`"),
            Token::AnyPrefix(name) => write!(f, "`*:{name}`"),
            Token::Text(_) => f.write_str("a text"),
            Token::Number(number) => write!(f, "`{number}`"),
            Token::Symbol(symbol) => write!(f, "`{symbol}`"),
            Token::End => f.write_str("the end of the expression"),
        }
    }
}

/// Longest first: the first that fits is taken.
const SYMBOLS: &[&str] = &[
    "::", "//", "..", ":=", "<<", ">>", "<=", ">=", "!=", "||", "=>", "(", ")", "[", "]", ",", "/", "|", "+", "-", "=",
    "<", ">", "!", "@", "$", ".", "?", "*",
];

/// All tokens; the last is [`Token::End`].
pub fn tokens(text: &str) -> Result<Vec<(Token, Range<usize>)>, ParseError> {
    let mut out = Vec::new();
    let mut at = 0;
    loop {
        at = skip_blank(text, at)?;
        let (token, end) = one(text, at)?;
        let done = token == Token::End;
        out.push((token, at..end));
        if done {
            return Ok(out);
        }
        at = end;
    }
}

/// The first place at or after `at` that is neither blank nor in a comment `(: ... :)`.
fn skip_blank(text: &str, mut at: usize) -> Result<usize, ParseError> {
    loop {
        let rest = &text[at..];
        at += rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
        if !text[at..].starts_with("(:") {
            return Ok(at);
        }
        let (open, mut depth) = (at, 0_usize);
        loop {
            let rest = &text[at..];
            let Some(first) = rest.chars().next() else {
                return Err(ParseError::new(open..open + 2, "this comment is not closed").help("close it with `:)`"));
            };
            if rest.starts_with("(:") {
                depth += 1;
                at += 2;
            } else if rest.starts_with(":)") {
                depth -= 1;
                at += 2;
            } else {
                at += first.len_utf8();
            }
            if depth == 0 {
                break;
            }
        }
    }
}

fn one(text: &str, at: usize) -> Result<(Token, usize), ParseError> {
    let rest = &text[at..];
    let Some(first) = rest.chars().next() else { return Ok((Token::End, at)) };
    if first == '"' || first == '\'' {
        return literal(text, at, first);
    }
    if first.is_ascii_digit() || (first == '.' && rest[1..].starts_with(|c: char| c.is_ascii_digit())) {
        let end = at + number_length(rest);
        return Ok((Token::Number(text[at..end].to_owned()), end));
    }
    if let Some(uri_and_more) = rest.strip_prefix("Q{") {
        let Some(close) = uri_and_more.find('}') else {
            return Err(ParseError::new(at..at + 2, "this `Q{` has no `}`"));
        };
        let after = at + 2 + close + 1;
        let uri = uri_and_more[..close].trim().to_owned();
        if text[after..].starts_with('*') {
            return Ok((Token::UriName(uri, None), after + 1));
        }
        let length = name_length(&text[after..]);
        if length == 0 {
            return Err(ParseError::new(at..after, "a name must follow `Q{...}`"));
        }
        return Ok((Token::UriName(uri, Some(text[after..after + length].to_owned())), after + length));
    }
    let length = name_length(rest);
    if length > 0 {
        return Ok(name(text, at, at + length));
    }
    if let Some(after) = rest.strip_prefix("*:") {
        let length = name_length(after);
        if length > 0 {
            return Ok((Token::AnyPrefix(after[..length].to_owned()), at + 2 + length));
        }
    }
    for symbol in SYMBOLS {
        if rest.starts_with(symbol) {
            return Ok((Token::Symbol(symbol), at + symbol.len()));
        }
    }
    let range = at..at + first.len_utf8();
    let error = ParseError::new(range, format!("`{first}` means nothing here"));
    Err(match first {
        '&' => error.help("write `and` for and"),
        '{' | '}' | '#' => error.help("maps, arrays and function items are not supported"),
        '\u{201c}' | '\u{201d}' | '\u{2018}' | '\u{2019}' => error.help("write straight quotes: ' or \""),
        _ => error,
    })
}

/// A name and what belongs to it: `a`, `p:a`, `p:*`.
fn name(text: &str, at: usize, end: usize) -> (Token, usize) {
    let first = text[at..end].to_owned();
    let after = &text[end..];
    if let Some(rest) = after.strip_prefix(':').filter(|r| !r.starts_with(':')) {
        if rest.starts_with('*') {
            return (Token::PrefixWild(first), end + 2);
        }
        let length = name_length(rest);
        if length > 0 {
            return (Token::Name(Some(first), rest[..length].to_owned()), end + 1 + length);
        }
    }
    (Token::Name(None, first), end)
}

fn literal(text: &str, at: usize, quote: char) -> Result<(Token, usize), ParseError> {
    let mut value = String::new();
    let mut from = at + 1;
    loop {
        let Some(length) = text[from..].find(quote) else {
            return Err(
                ParseError::new(at..text.len(), "this text is not closed").help(format!("close it with {quote}"))
            );
        };
        value.push_str(&text[from..from + length]);
        from += length + 1;
        if !text[from..].starts_with(quote) {
            return Ok((Token::Text(value), from));
        }
        value.push(quote);
        from += 1;
    }
}

fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digits = |mut i: usize| {
        while bytes.get(i).is_some_and(u8::is_ascii_digit) {
            i += 1;
        }
        i
    };
    let mut end = digits(0);
    // `1..3` is not a number with two points, and `1.` before a second point is none either.
    if bytes.get(end) == Some(&b'.') && bytes.get(end + 1) != Some(&b'.') {
        end = digits(end + 1);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let exponent = digits(end + 1 + sign);
        if exponent > end + 1 + sign {
            end = exponent;
        }
    }
    end
}

/// How many bytes of a name without colon the text starts with; 0 if it starts with none.
pub fn name_length(text: &str) -> usize {
    let mut chars = text.char_indices();
    match chars.next() {
        Some((_, c)) if c == '_' || c.is_alphabetic() => {}
        _ => return 0,
    }
    chars
        .find(|(_, c)| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '\u{b7}' | '\u{300}'..='\u{36f}')))
        .map_or(text.len(), |(i, _)| i)
}
