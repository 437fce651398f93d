//! The body as text and as a tree: encodings, and limits against bodies made to be slow.

use std::borrow::Cow;
use std::collections::HashSet;

use roxmltree::{Document, Error};

use super::value::{R, fail};

pub const MOST_ATTRIBUTES: usize = 1_000;
/// Distinct prefixes times declarations: the tree copies what is in scope wherever something is declared.
const MOST_DECLARATIONS: usize = 20_000_000;

/// The body's text: UTF-8, UTF-16 with a byte order mark, or Latin-1 where the XML declaration says so.
pub fn text(body: &[u8]) -> R<Cow<'_, str>> {
    match body {
        [] => return fail("the body is empty, but XPath needs XML"),
        [0xff, 0xfe, rest @ ..] => return utf16(rest, u16::from_le_bytes).map(Cow::Owned),
        [0xfe, 0xff, rest @ ..] => return utf16(rest, u16::from_be_bytes).map(Cow::Owned),
        _ => {}
    }
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    match std::str::from_utf8(body) {
        Ok(text) => Ok(Cow::Borrowed(text)),
        Err(_) if is_latin1(body) => Ok(Cow::Owned(body.iter().map(|b| char::from(*b)).collect())),
        Err(error) => fail(format!("the body is not UTF-8 text (byte {})", error.valid_up_to())),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> R<String> {
    let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
    match String::from_utf16(&units) {
        Ok(text) if bytes.len().is_multiple_of(2) => Ok(text),
        _ => fail("the body is not valid UTF-16 text"),
    }
}

fn is_latin1(body: &[u8]) -> bool {
    let end = body.iter().take(200).position(|b| *b == b'>').unwrap_or(0);
    let head = String::from_utf8_lossy(&body[..end]).to_ascii_lowercase();
    head.starts_with("<?xml") && head.contains("encoding") && (head.contains("iso-8859-1") || head.contains("latin1"))
}

pub fn tree(text: &str) -> R<Document<'_>> {
    check(text)?;
    Document::parse(text).or_else(|error| {
        if matches!(error, Error::DtdDetected) {
            return fail("the body holds a document type declaration (DTD), which is not accepted");
        }
        let message = error.to_string();
        let place = error.pos();
        let message = message.strip_suffix(&format!(" at {place}")).unwrap_or(&message);
        fail(match error {
            Error::UnclosedRootNode | Error::NoRootNode | Error::UnexpectedEndOfStream => {
                format!("the body is not well-formed XML: {message}")
            }
            _ => format!("the body is not well-formed XML: {message} (line {})", place.row),
        })
    })
}

/// Refuses what would cost quadratic time in the tree's parser: very many attributes or namespaces.
fn check(text: &str) -> R<()> {
    let bytes = text.as_bytes();
    let (mut declarations, mut prefixes) = (0_usize, HashSet::new());
    for (at, _) in text.match_indices("xmlns:") {
        declarations += 1;
        let name = &bytes[at + 6..];
        let length = name.iter().take(256).position(|b| matches!(b, b'=' | b' ' | b'\n')).unwrap_or(0);
        prefixes.insert(&name[..length]);
        if declarations.saturating_mul(prefixes.len()) > MOST_DECLARATIONS {
            return fail("the body declares too many namespaces");
        }
    }
    let mut at = 0;
    while let Some(start) = text[at..].find('<').map(|i| at + i) {
        at = start + 1;
        // `<` cannot stand inside an attribute, so a tag ends before the next one; short ones cannot hold too many.
        let end = text[at..].find('<').map_or(text.len(), |i| at + i);
        if end - start > MOST_ATTRIBUTES * 4 && !matches!(bytes.get(at), Some(b'!' | b'?')) {
            let (mut quote, mut count) = (None, 0);
            for b in &bytes[at..end] {
                match (quote, b) {
                    (Some(q), b) if q == *b => quote = None,
                    (None, b'"' | b'\'') => quote = Some(*b),
                    (None, b'=') => count += 1,
                    (None, b'>') => break,
                    _ => {}
                }
            }
            if count > MOST_ATTRIBUTES {
                return fail(format!("an element of the body has more than {MOST_ATTRIBUTES} attributes"));
            }
        }
        at = end;
    }
    Ok(())
}
