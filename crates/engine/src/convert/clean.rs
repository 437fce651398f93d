//! Leaves out parts of an XML text (SAP: XML modifier). It need not be well-formed: that may be why it is cleaned.

use base::Failure;
use bytes::Bytes;
use flow::{BadCharacters, CleanXml};

use super::xml::{malformed, utf8};

pub(super) fn clean(what: CleanXml, body: &Bytes) -> Result<Bytes, Failure> {
    let body = utf8(body)?;
    let text = String::from_utf8_lossy(&body);
    let mut rest: &str = &text;
    let mut out = String::with_capacity(rest.len());
    if what.declaration && rest.trim_start().starts_with("<?xml") {
        rest = rest.split_once("?>").map_or("", |(_, behind)| behind).trim_start();
    }
    if (what.dtd || what.external_dtd)
        && let Some((from, to)) = doctype(rest)
        && (what.dtd || refers_outside(&rest[from..to]))
    {
        out.push_str(&rest[..from]);
        rest = rest[to..].trim_start();
    }
    match what.characters {
        BadCharacters::Keep => out.push_str(rest),
        BadCharacters::Remove => out.extend(rest.chars().filter(|c| allowed(*c))),
        BadCharacters::Substitute => out.extend(rest.chars().map(|c| if allowed(c) { c } else { '#' })),
        BadCharacters::Refuse => {
            if let Some((at, c)) = rest.char_indices().find(|(_, c)| !allowed(*c)) {
                let what = format!("XML cannot hold the character U+{:04X}", u32::from(c));
                return Err(malformed(rest.as_bytes(), at, &what));
            }
            out.push_str(rest);
        }
    }
    Ok(Bytes::from(out))
}

/// Where the document type declaration stands, its inner part in brackets included.
fn doctype(text: &str) -> Option<(usize, usize)> {
    let from = text.find("<!DOCTYPE")?;
    // It stands before the root element: a comment or section further on is content.
    let root =
        text.match_indices('<').find(|(i, _)| text[i + 1..].starts_with(|c: char| c.is_alphabetic() || c == '_'));
    if root.is_some_and(|(i, _)| i < from) {
        return None;
    }
    let (mut quote, mut inner) = (None, 0_usize);
    for (i, c) in text[from..].char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '[') => inner += 1,
            (None, ']') => inner = inner.saturating_sub(1),
            (None, '>') if inner == 0 => return Some((from, from + i + 1)),
            _ => {}
        }
    }
    Some((from, text.len()))
}

/// Whether a document type declaration refers to something outside of the document: itself, or an entity in it. The
/// words count outside of quotes and comments only.
fn refers_outside(doctype: &str) -> bool {
    let mut at = 0;
    while let Some(found) = doctype[at..].find(['"', '\'', '<', 'S', 'P']) {
        at += found;
        let (before, from) = doctype.split_at(at);
        let alone = |word: &str| {
            let stands = |c: Option<char>| c.is_none_or(|c| c.is_whitespace() || matches!(c, '"' | '\''));
            from.starts_with(word) && stands(before.chars().last()) && stands(from[word.len()..].chars().next())
        };
        if alone("SYSTEM") || alone("PUBLIC") {
            return true;
        }
        let length = match from.chars().next() {
            Some(quote @ ('"' | '\'')) => from[1..].find(quote).map(|end| end + 2),
            Some('<') if from.starts_with("<!--") => from.find("-->").map(|end| end + 3),
            _ => Some(1),
        };
        match length {
            Some(length) => at += length,
            None => return false,
        }
    }
    false
}

/// The characters of XML 1.0.
fn allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}
