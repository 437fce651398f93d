//! Charsets: their names, and text as bytes of one and back.
use crate::error::throw;
use crate::value::R;

/// Every charset by the name Java has for it.
pub(crate) const NAMES: &[&str] = &[
    "UTF-8",
    "ISO-8859-1",
    "US-ASCII",
    "UTF-16",
    "UTF-16BE",
    "UTF-16LE",
    // From here on no constants of StandardCharsets.
    "windows-1252",
    "ISO-8859-15",
];

/// What the bytes 0x80 to 0x9F are in windows-1252; five of them are nothing.
const WINDOWS: [char; 32] = [
    '€', '\u{fffd}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{fffd}', 'Ž', '\u{fffd}', '\u{fffd}',
    '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{fffd}', 'ž', 'Ÿ',
];

/// Where ISO-8859-15 is not ISO-8859-1.
const LATIN9: [(u8, char); 8] =
    [(0xA4, '€'), (0xA6, 'Š'), (0xA8, 'š'), (0xB4, 'Ž'), (0xB8, 'ž'), (0xBC, 'Œ'), (0xBD, 'œ'), (0xBE, 'Ÿ')];

/// The name Java has for a charset under any of its names.
pub(crate) fn canonical(name: &str) -> Option<&'static str> {
    let wanted = name.to_lowercase().replace('_', "-");
    let known = match wanted.as_str() {
        "utf8" => "utf-8",
        "latin1" | "l1" | "iso8859-1" | "iso88591" | "8859-1" | "cp819" | "ibm819" => "iso-8859-1",
        "ascii" | "us-ascii" | "iso646-us" | "646" => "us-ascii",
        "latin9" | "latin-9" | "l9" | "iso8859-15" | "iso885915" | "8859-15" => "iso-8859-15",
        "cp1252" | "ibm1252" | "ibm-1252" => "windows-1252",
        "utf16" | "unicode" => "utf-16",
        n => n,
    };
    NAMES.iter().find(|n| n.eq_ignore_ascii_case(known)).copied()
}

fn named(charset: &str) -> R<&'static str> {
    let charset = if charset.is_empty() { "UTF-8" } else { charset };
    canonical(charset).ok_or_else(|| throw("java.io.UnsupportedEncodingException", charset))
}

/// The character of a byte in a charset of one byte per character.
fn of_byte(charset: &str, b: u8) -> char {
    match charset {
        "US-ASCII" if b >= 0x80 => '\u{fffd}',
        "windows-1252" if (0x80..0xA0).contains(&b) => WINDOWS[usize::from(b - 0x80)],
        "ISO-8859-15" => LATIN9.iter().find(|x| x.0 == b).map_or(char::from(b), |x| x.1),
        _ => char::from(b),
    }
}

/// The byte of a character in such a charset, if it has one.
fn to_byte(charset: &str, c: char) -> Option<u8> {
    if c.is_ascii() {
        return Some(c as u8);
    }
    let special = match charset {
        "windows-1252" => WINDOWS.iter().position(|x| *x == c && c != '\u{fffd}').map(|i| i as u8 + 0x80),
        "ISO-8859-15" => LATIN9.iter().find(|x| x.1 == c).map(|x| x.0),
        _ => None,
    };
    special.or_else(|| u8::try_from(c as u32).ok().filter(|b| of_byte(charset, *b) == c))
}

/// Text as bytes of a charset.
pub(crate) fn encode(s: &str, charset: &str) -> R<Vec<u8>> {
    Ok(match named(charset)? {
        "UTF-8" => s.as_bytes().to_vec(),
        "UTF-16BE" => s.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        "UTF-16LE" => s.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        "UTF-16" => [0xFE, 0xFF].into_iter().chain(s.encode_utf16().flat_map(u16::to_be_bytes)).collect(),
        narrow => s.chars().map(|c| to_byte(narrow, c).unwrap_or(b'?')).collect(),
    })
}

/// Whether a charset has all characters of a text.
pub(crate) fn fits(s: &str, charset: &str) -> bool {
    charset.starts_with("UTF-") || s.chars().all(|c| to_byte(charset, c).is_some())
}

/// Bytes as text of a charset.
pub(crate) fn decode(b: &[u8], charset: &str) -> R<String> {
    let wide = |f: fn([u8; 2]) -> u16, b: &[u8]| {
        String::from_utf16_lossy(&b.chunks_exact(2).map(|c| f([c[0], c[1]])).collect::<Vec<_>>())
    };
    Ok(match named(charset)? {
        "UTF-8" => String::from_utf8_lossy(b).into_owned(),
        "UTF-16LE" => wide(u16::from_le_bytes, b),
        "UTF-16BE" => wide(u16::from_be_bytes, b),
        "UTF-16" => match b {
            [0xFF, 0xFE, rest @ ..] => wide(u16::from_le_bytes, rest),
            _ => wide(u16::from_be_bytes, b.strip_prefix(&[0xFE, 0xFF]).unwrap_or(b)),
        },
        narrow => b.iter().map(|x| of_byte(narrow, *x)).collect(),
    })
}
