//! Time zones by name and by offset.

use std::fmt::Write;

use jiff::Zoned;
use jiff::tz::{Offset, TimeZone};

/// Short names of zones that texts use although no zone is called so. Seconds east of Greenwich.
pub(super) const SHORT: [(&str, i32); 16] = [
    ("CET", 3_600),
    ("CEST", 7_200),
    ("WET", 0),
    ("WEST", 3_600),
    ("EET", 7_200),
    ("EEST", 10_800),
    ("BST", 3_600),
    ("JST", 32_400),
    ("EST", -18_000),
    ("EDT", -14_400),
    ("CST", -21_600),
    ("CDT", -18_000),
    ("MST", -25_200),
    ("MDT", -21_600),
    ("PST", -28_800),
    ("PDT", -25_200),
];

/// The zone of an IANA name, of `UTC`, `GMT`, `Z`, or of an offset such as `GMT+2` and `+02:00`.
pub(crate) fn find(name: &str) -> Option<TimeZone> {
    let name = name.trim();
    if name.is_empty() || name.len() > 64 {
        return None;
    }
    if matches!(name, "Z" | "UTC") {
        return Some(TimeZone::UTC);
    }
    let signed = name.strip_prefix("GMT").or_else(|| name.strip_prefix("UTC")).unwrap_or(name);
    if let Some((seconds, "")) = read_offset(signed) {
        return fixed(seconds);
    }
    TimeZone::get(name).ok()
}

/// The known zone nearest to a misspelt one.
pub(crate) fn suggest(name: &str) -> Option<String> {
    let names: Vec<String> = jiff::tz::db().available().map(|n| n.to_string()).collect();
    diag::suggest(name, names.iter().map(String::as_str)).map(str::to_owned)
}

/// A zone at the start of a text, and the rest: `Z`, `+0100`, `GMT+01:00`, `CEST`, `Europe/Berlin`.
pub(super) fn read(text: &str) -> Option<(TimeZone, &str)> {
    let signed = text.strip_prefix("GMT").or_else(|| text.strip_prefix("UTC")).unwrap_or(text);
    if let Some((seconds, rest)) = read_offset(signed) {
        return Some((fixed(seconds)?, rest));
    }
    let end = text.find(|c: char| !(c.is_ascii_alphabetic() || matches!(c, '/' | '_'))).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    match SHORT.iter().find(|(short, _)| *short == name) {
        Some((_, seconds)) => Some((fixed(*seconds)?, rest)),
        None => Some((find(name)?, rest)),
    }
}

/// `+h`, `+hh`, `+hmm`, `+hhmm`, `+hh:mm` in seconds, and the rest.
fn read_offset(text: &str) -> Option<(i32, &str)> {
    let (sign, text) = match text.as_bytes().first()? {
        b'+' => (1, &text[1..]),
        b'-' => (-1, &text[1..]),
        _ => return None,
    };
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (hours, minutes, rest) = match digits {
        1 | 2 if text[digits..].starts_with(':') => {
            (&text[..digits], text.get(digits + 1..digits + 3)?, text.get(digits + 3..)?)
        }
        1 | 2 => (&text[..digits], "0", &text[digits..]),
        3 | 4 => (&text[..digits - 2], &text[digits - 2..digits], &text[digits..]),
        _ => return None,
    };
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours < 24 && (0..60).contains(&minutes)).then_some((sign * (hours * 3_600 + minutes * 60), rest))
}

fn fixed(seconds: i32) -> Option<TimeZone> {
    Offset::from_seconds(seconds).ok().map(TimeZone::fixed)
}

/// `CEST`, `UTC`; a zone without a name is `GMT-03:00`, as in Java.
pub(super) fn short_name(time: &Zoned) -> String {
    let info = time.time_zone().to_offset_info(time.timestamp());
    let name = info.abbreviation();
    if name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return name.to_owned();
    }
    let mut out = "GMT".to_owned();
    offset(&mut out, time.offset(), 3);
    out
}

/// `+01` for one part, `+0100` for two, `+01:00` for three.
pub(super) fn offset(out: &mut String, offset: Offset, parts: usize) {
    let minutes = offset.seconds() / 60;
    let sign = if minutes < 0 { '-' } else { '+' };
    let (hours, minutes) = (minutes.abs() / 60, minutes.abs() % 60);
    let _ = match parts {
        1 => write!(out, "{sign}{hours:02}"),
        3 => write!(out, "{sign}{hours:02}:{minutes:02}"),
        _ => write!(out, "{sign}{hours:02}{minutes:02}"),
    };
}
