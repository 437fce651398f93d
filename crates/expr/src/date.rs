//! Dates with Java's pattern letters (`SimpleDateFormat`), as `${date:now:yyyy-MM-dd}` uses them.

use base::Timestamp;

use crate::ParseError;

/// A compiled date pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatePattern;

impl DatePattern {
    /// Compiles a pattern such as `yyyy-MM-dd'T'HH:mm:ss.SSSXXX`.
    ///
    /// # Errors
    /// The unknown letter or open quote, with its byte range.
    pub fn parse(_pattern: &str) -> Result<Self, ParseError> {
        Ok(DatePattern)
    }
}

/// A time in a zone (an IANA name such as `Europe/Berlin`, or `UTC`), written by a pattern; an unknown zone is UTC.
#[must_use]
pub fn format_date(_time: Timestamp, _pattern: &DatePattern, _zone: &str) -> String {
    String::new()
}

/// Reads a time by a pattern; a text without a zone is in `zone`. `None` if the text does not fit.
#[must_use]
pub fn parse_date(_text: &str, _pattern: &DatePattern, _zone: &str) -> Option<Timestamp> {
    None
}
