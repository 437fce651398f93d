//! Dates with Java's pattern letters (`SimpleDateFormat`), as `${date:now:yyyy-MM-dd}` uses them.
//!
//! Names are English and weeks are those of the United States (they start on Sunday, the week of January 1 is week 1),
//! because that is the locale of SAP's tenants. Where Java guesses, this module refuses.

mod format;
mod parse;
pub(crate) mod reference;
pub(crate) mod zone;

use std::sync::Arc;

use base::Timestamp;
use jiff::tz::TimeZone;

use crate::ParseError;

pub(crate) use format::write;
pub use parse::parse_date;

/// The longest pattern, in bytes.
const MAX_PATTERN: usize = 1_000;

/// The letters that have a meaning.
const LETTERS: &str = "GyYMLwWDdFEuaHkKhmsSzZX";

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Sunday first, as the weeks are.
const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// A compiled date pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatePattern(Arc<[Item]>);

/// A piece of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Item {
    /// A letter, and how often it stands there.
    Field(char, usize),
    /// Text that stands for itself.
    Text(String),
}

impl Item {
    /// Whether the field is written in digits, so that digits before it need a fixed width.
    fn is_number(&self) -> bool {
        match self {
            Item::Field('M' | 'L', count) => *count < 3,
            Item::Field(letter, _) => !matches!(letter, 'G' | 'E' | 'a' | 'z' | 'Z' | 'X'),
            Item::Text(_) => false,
        }
    }
}

impl DatePattern {
    /// Compiles a pattern such as `yyyy-MM-dd'T'HH:mm:ss.SSSXXX`.
    ///
    /// # Errors
    /// The unknown letter or open quote, with its byte range.
    pub fn parse(pattern: &str) -> Result<Self, ParseError> {
        if pattern.len() > MAX_PATTERN {
            return Err(ParseError::new(
                0..pattern.len(),
                format!("the date pattern is longer than {MAX_PATTERN} bytes"),
            ));
        }
        let mut items = Vec::new();
        let mut chars = pattern.char_indices().peekable();
        while let Some((start, c)) = chars.next() {
            match c {
                '\'' => push_text(&mut items, &quoted(pattern, start, &mut chars)?),
                c if c.is_ascii_alphabetic() => {
                    let mut count = 1;
                    while chars.next_if(|(_, next)| *next == c).is_some() {
                        count += 1;
                    }
                    check_field(c, count, start)?;
                    items.push(Item::Field(c, count));
                }
                c => push_text(&mut items, c.encode_utf8(&mut [0; 4])),
            }
        }
        Ok(DatePattern(items.into()))
    }

    /// Java's `Date.toString`: what a date without a pattern looks like in text.
    pub(crate) fn java_default() -> Self {
        let text = |t: &str| Item::Text(t.to_owned());
        let field = Item::Field;
        let items = [
            field('E', 3),
            text(" "),
            field('M', 3),
            text(" "),
            field('d', 2),
            text(" "),
            field('H', 2),
            text(":"),
            field('m', 2),
            text(":"),
            field('s', 2),
            text(" "),
            field('z', 3),
            text(" "),
            field('y', 4),
        ];
        DatePattern(Arc::new(items))
    }
}

/// The text of a quoted piece whose opening quote was just read; `''` is one quote, inside and alone.
fn quoted(
    pattern: &str,
    start: usize,
    chars: &mut std::iter::Peekable<std::str::CharIndices<'_>>,
) -> Result<String, ParseError> {
    let mut text = String::new();
    while let Some((_, c)) = chars.next() {
        if c != '\'' {
            text.push(c);
        } else if chars.next_if(|(_, next)| *next == '\'').is_some() {
            text.push('\'');
        } else {
            // Nothing between the quotes: the pair stands for a quote.
            return Ok(if text.is_empty() { "'".to_owned() } else { text });
        }
    }
    Err(ParseError::new(start..pattern.len(), "the quote in the date pattern is never closed")
        .help("text stands between two single quotes; write '' for a quote itself"))
}

fn push_text(items: &mut Vec<Item>, more: &str) {
    match items.last_mut() {
        Some(Item::Text(text)) => text.push_str(more),
        _ => items.push(Item::Text(more.to_owned())),
    }
}

fn check_field(letter: char, count: usize, start: usize) -> Result<(), ParseError> {
    let range = start..start + count;
    if !LETTERS.contains(letter) {
        return Err(ParseError::new(range, format!("`{letter}` is not a letter of date patterns"))
            .help("text stands between single quotes, for example yyyy-MM-dd'T'HH:mm:ss"));
    }
    match (letter, count) {
        ('X', 4..) => {
            Err(ParseError::new(range, "a zone offset has at most three `X`")
                .help("X is +01, XX is +0100, XXX is +01:00"))
        }
        ('z', 4..) => Err(ParseError::new(range, "long zone names are not available")
            .help("use z for the short name, or XXX for the offset")),
        _ => Ok(()),
    }
}

/// A time in a zone (an IANA name such as `Europe/Berlin`, or `UTC`), written by a pattern; an unknown zone is UTC.
#[must_use]
pub fn format_date(time: Timestamp, pattern: &DatePattern, zone: &str) -> String {
    write(time, pattern, &zone::find(zone).unwrap_or(TimeZone::UTC))
}
