//! Puts the tokens of a condition together: `not` binds tighter than `and`, `and` tighter than `or`.

use std::iter::Peekable;
use std::ops::Range;
use std::vec::IntoIter;

use base::Value;

use super::lexer::{Kind, Token};
use super::{Comparison, Operand, Test, compare};
use crate::ParseError;
use crate::simple::{MAX_DEPTH, excerpt};

/// Operators of one word or sign, whether they are turned around, and what they compare.
pub(super) const OPERATORS: [(&str, bool, Comparison); 25] = [
    ("=", false, Comparison::Equal),
    ("==", false, Comparison::Equal),
    ("!=", true, Comparison::Equal),
    ("=~", false, Comparison::EqualIgnoringCase),
    ("!=~", true, Comparison::EqualIgnoringCase),
    ("<", false, Comparison::Less),
    ("<=", false, Comparison::LessOrEqual),
    (">", false, Comparison::Greater),
    (">=", false, Comparison::GreaterOrEqual),
    ("~~", false, Comparison::ContainsIgnoringCase),
    ("!~~", true, Comparison::ContainsIgnoringCase),
    ("contains", false, Comparison::Contains),
    ("!contains", true, Comparison::Contains),
    ("in", false, Comparison::In),
    ("!in", true, Comparison::In),
    ("regex", false, Comparison::Matches),
    ("!regex", true, Comparison::Matches),
    ("startsWith", false, Comparison::StartsWith),
    ("!startsWith", true, Comparison::StartsWith),
    ("endsWith", false, Comparison::EndsWith),
    ("!endsWith", true, Comparison::EndsWith),
    // The next four need a second word, `with`, or have it written together.
    ("starts", false, Comparison::StartsWith),
    ("ends", false, Comparison::EndsWith),
    ("startswith", false, Comparison::StartsWith),
    ("endswith", false, Comparison::EndsWith),
];

/// Words for "did you mean".
const WORDS: [&str; 13] =
    ["and", "or", "not", "contains", "in", "regex", "starts", "ends", "is", "with", "startsWith", "endsWith", "null"];

/// The condition that the tokens make; `end` is where the text ends.
pub(super) fn parse(tokens: Vec<Token>, end: usize) -> Result<Test, ParseError> {
    if tokens.is_empty() {
        return Err(
            ParseError::new(0..end, "the condition is empty").help("write for example ${header.country} = 'DE'")
        );
    }
    let mut parser = Parser { tokens: tokens.into_iter().peekable(), end };
    let test = parser.any(0)?;
    match parser.tokens.next() {
        None => Ok(test),
        Some(token) => Err(unexpected(token)),
    }
}

/// What was read where `and`, `or` or the end was expected.
fn unexpected(token: Token) -> ParseError {
    let (message, help) = match &token.kind {
        Kind::Close => ("this parenthesis was never opened".to_owned(), "remove it, or open it with `(`".to_owned()),
        Kind::Word(word) => return unknown_word(word, token.range),
        Kind::Sign(sign) => {
            (format!("`{sign}` cannot follow a whole comparison"), "join comparisons with `and` or `or`".to_owned())
        }
        _ => (
            "an operator is missing before this".to_owned(),
            "join comparisons with `and` or `or`; join texts inside quotes: '${header.a}${header.b}'".to_owned(),
        ),
    };
    ParseError::new(token.range, message).help(help)
}

fn unknown_word(word: &str, range: Range<usize>) -> ParseError {
    let lower = word.to_lowercase();
    let known = WORDS.contains(&lower.as_str()) || lower == "true" || lower == "false";
    if known && lower != word {
        return ParseError::new(range, format!("unknown word {}", excerpt(word)))
            .help(format!("operators are written in lower case: `{lower}`"));
    }
    if known {
        return ParseError::new(range, format!("`{word}` does not fit here"));
    }
    let help = match diag::suggest(word, WORDS) {
        Some(near) => format!("did you mean `{near}`? Text stands in quotes: '{word}'"),
        None => format!("text stands in quotes: '{word}'; headers are written as ${{header.name}}"),
    };
    ParseError::new(range, format!("unknown word {}", excerpt(word))).help(help)
}

struct Parser {
    tokens: Peekable<IntoIter<Token>>,
    end: usize,
}

impl Parser {
    fn any(&mut self, depth: usize) -> Result<Test, ParseError> {
        let mut tests = vec![self.all(depth)?];
        while self.takes("or", "||") {
            tests.push(self.all(depth)?);
        }
        Ok(one_or(tests, Test::Any))
    }

    fn all(&mut self, depth: usize) -> Result<Test, ParseError> {
        let mut tests = vec![self.single(depth)?];
        while self.takes("and", "&&") {
            tests.push(self.single(depth)?);
        }
        Ok(one_or(tests, Test::All))
    }

    /// `not ...`, `( ... )` or a comparison.
    fn single(&mut self, depth: usize) -> Result<Test, ParseError> {
        let range = self.place();
        if depth > MAX_DEPTH {
            return Err(ParseError::new(range, format!("more than {MAX_DEPTH} parentheses inside each other")));
        }
        if self.takes("not", "not") {
            return Ok(Test::Not(Box::new(self.single(depth + 1)?)));
        }
        if self.tokens.next_if(|t| matches!(t.kind, Kind::Open)).is_none() {
            return self.comparison();
        }
        let test = self.any(depth + 1)?;
        match self.tokens.next() {
            Some(Token { kind: Kind::Close, .. }) => Ok(test),
            Some(other) => Err(unexpected(other)),
            None => Err(ParseError::new(range, "this parenthesis is never closed").help("close it with `)`")),
        }
    }

    fn comparison(&mut self) -> Result<Test, ParseError> {
        let place = self.place();
        let left = self.operand("a value")?;
        if self.takes("is", "is") {
            let negative = self.takes("not", "not");
            let null = self.tokens.next_if(|t| matches!(t.kind, Kind::Operand(Operand::Constant(Value::Null))));
            if null.is_none() {
                return Err(ParseError::new(self.place(), "`is` stands only before `null` and `not null`")
                    .help("write `=` to compare two values"));
            }
            return Ok(turned(negative, Test::IsNull(left)));
        }
        let negative = self.takes("not", "not");
        let Some((turned_around, how, sign)) = self.operator()? else {
            if negative {
                return Err(ParseError::new(self.place(), "an operator is missing after `not`")
                    .help("write `not contains`, `not in` or `not regex`; or put `not (...)` around the comparison"));
            }
            return truth(left, place);
        };
        if negative && (turned_around || sign) {
            return Err(ParseError::new(self.place(), "this operator has no `not`")
                .help("put `not (...)` around the comparison"));
        }
        let place = self.place();
        let right = self.operand("a value to compare with")?;
        let test = match (how, right) {
            (Comparison::Matches, Operand::Constant(Value::Text(pattern))) => match compare::regex(&pattern) {
                Ok(regex) => Test::Matches(left, regex),
                Err(why) => {
                    return Err(ParseError::new(place, why)
                        .help("patterns match the whole text; look-around and back references are not available"));
                }
            },
            (how, right) => Test::Compare(left, how, right),
        };
        Ok(turned(negative || turned_around, test))
    }

    fn operand(&mut self, what: &str) -> Result<Operand, ParseError> {
        match self.tokens.next() {
            Some(Token { kind: Kind::Operand(operand), .. }) => Ok(operand),
            Some(Token { kind: Kind::Word(word), range }) => Err(unknown_word(&word, range)),
            Some(token) => Err(ParseError::new(token.range, format!("{what} is missing here"))),
            None => Err(ParseError::new(self.place(), format!("{what} is missing at the end"))),
        }
    }

    /// The next operator, if there is one: whether it is turned around, what it compares, whether it is a sign.
    fn operator(&mut self) -> Result<Option<(bool, Comparison, bool)>, ParseError> {
        let Some(token) = self.tokens.peek() else { return Ok(None) };
        let (name, sign) = match &token.kind {
            Kind::Sign(sign) => (*sign, true),
            Kind::Word(word) => (word.as_str(), false),
            _ => return Ok(None),
        };
        let Some((name, turned, how)) = OPERATORS.into_iter().find(|(n, _, _)| *n == name) else { return Ok(None) };
        self.tokens.next();
        if matches!(name, "starts" | "ends") && !self.takes("with", "with") {
            return Err(ParseError::new(self.place(), format!("`with` is missing after `{name}`")));
        }
        Ok(Some((turned, how, sign)))
    }

    /// Takes the next token if it is this word or sign.
    fn takes(&mut self, word: &str, sign: &str) -> bool {
        self.tokens
            .next_if(|t| match &t.kind {
                Kind::Word(w) => w == word,
                Kind::Sign(s) => *s == sign,
                _ => false,
            })
            .is_some()
    }

    /// Where the next token stands.
    fn place(&mut self) -> Range<usize> {
        self.tokens.peek().map_or(self.end..self.end, |t| t.range.clone())
    }
}

fn one_or(mut tests: Vec<Test>, many: fn(Vec<Test>) -> Test) -> Test {
    match (tests.len(), tests.pop()) {
        (1, Some(test)) => test,
        (_, last) => {
            tests.extend(last);
            many(tests)
        }
    }
}

fn turned(negative: bool, test: Test) -> Test {
    if negative { Test::Not(Box::new(test)) } else { test }
}

/// A value alone: only functions and `true`, `false` can be conditions.
fn truth(operand: Operand, place: Range<usize>) -> Result<Test, ParseError> {
    match operand {
        Operand::Call(_) | Operand::Constant(Value::Bool(_)) => Ok(Test::Truth(operand)),
        _ => Err(ParseError::new(place, "a comparison is missing after this value").help("write for example = 'x'")),
    }
}
