//! The small text formats beside a flow: Java properties and the manifest.

use std::borrow::Cow;
use std::collections::BTreeMap;

/// Most lines that are looked at.
const MAX_LINES: usize = 100_000;

/// Bytes as text: UTF-8, else Latin-1, which Java properties once were.
pub(crate) fn decode(bytes: &[u8]) -> Cow<'_, str> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(bytes.iter().map(|b| char::from(*b)).collect()),
    }
}

/// Java properties: `key=value`, `:` and blanks as separators, comments, continued lines, escapes.
pub(crate) fn properties(text: &str) -> BTreeMap<String, String> {
    let mut values = BTreeMap::new();
    let mut lines = text.split(['\n', '\r']).take(MAX_LINES);
    while let Some(line) = lines.next() {
        let first = line.trim_start_matches([' ', '\t', '\u{c}']);
        if first.is_empty() || first.starts_with(['#', '!']) {
            continue;
        }
        let mut whole = first.to_owned();
        while continued(&whole) {
            whole.pop();
            // CRLF leaves an empty line between two real ones.
            let Some(next) = lines.by_ref().find(|l| !l.is_empty()) else { break };
            whole.push_str(next.trim_start_matches([' ', '\t', '\u{c}']));
        }
        let (key, value) = split(&whole);
        values.insert(unescape(key), unescape(value));
    }
    values
}

/// Whether a line ends in an odd number of backslashes.
fn continued(line: &str) -> bool {
    line.bytes().rev().take_while(|b| *b == b'\\').count() % 2 == 1
}

fn split(line: &str) -> (&str, &str) {
    let mut escaped = false;
    for (at, c) in line.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '=' | ':' | ' ' | '\t' | '\u{c}' => {
                let blank = |c: char| matches!(c, ' ' | '\t' | '\u{c}');
                let rest = line[at..].trim_start_matches(blank);
                let rest = rest.strip_prefix(['=', ':']).unwrap_or(rest);
                return (&line[..at], rest.trim_start_matches(blank));
            }
            _ => {}
        }
    }
    (line, "")
}

fn unescape(text: &str) -> String {
    if !text.contains('\\') {
        return text.to_owned();
    }
    // UTF-16, because a character beyond 16 bits is written as two escapes.
    let mut units: Vec<u16> = Vec::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let c = match (c, if c == '\\' { chars.next() } else { None }) {
            ('\\', Some('n')) => '\n',
            ('\\', Some('t')) => '\t',
            ('\\', Some('r')) => '\r',
            ('\\', Some('f')) => '\u{c}',
            ('\\', Some('u')) => {
                let digits: String = chars.clone().take(4).collect();
                if let (4, Ok(unit)) = (digits.len(), u16::from_str_radix(&digits, 16)) {
                    units.push(unit);
                    chars.by_ref().take(4).for_each(drop);
                    continue;
                }
                'u'
            }
            ('\\', Some(other)) => other,
            ('\\', None) => continue,
            (c, _) => c,
        };
        units.extend_from_slice(c.encode_utf16(&mut [0; 2]));
    }
    String::from_utf16_lossy(&units)
}

/// The main attributes of a manifest; long lines are folded with a blank at the start of the next one.
pub(crate) fn manifest(text: &str) -> BTreeMap<String, String> {
    let mut values = BTreeMap::new();
    let mut current: Option<(String, String)> = None;
    for line in text.lines().take(MAX_LINES) {
        if let (Some(more), Some((_, value))) = (line.strip_prefix(' '), current.as_mut()) {
            value.push_str(more);
            continue;
        }
        values.extend(current.take());
        if line.trim().is_empty() && !values.is_empty() {
            break;
        }
        current = line.split_once(':').map(|(key, value)| (key.to_owned(), value.trim_start().to_owned()));
    }
    values.extend(current);
    values.into_iter().map(|(k, v): (String, String)| (k, v.trim_end().to_owned())).collect()
}
