//! XML trees of files that come from anywhere: no DTD, and nothing that costs more than its length.

use std::collections::HashSet;

use roxmltree::{Document, ParsingOptions};

/// Longest XML text.
const MAX_BYTES: usize = 32 << 20;
/// Most nodes of a tree.
const MAX_NODES: u32 = 2_000_000;
/// How deep elements may nest.
const MAX_DEPTH: usize = 256;
/// Most attributes of one element.
const MAX_ATTRIBUTES: usize = 500;
/// Most distinct namespace declarations times declarations: the tree copies what is in scope at each declaration.
const MAX_DECLARATIONS: usize = 1_000_000;

/// Parses a text. A failure is a code, a sentence, and the byte it is about.
pub(crate) fn parse(text: &str) -> Result<Document<'_>, (&'static str, String, usize)> {
    if text.len() > MAX_BYTES {
        return Err(("I0103", format!("the file is larger than {}", base::format_bytes(MAX_BYTES as u64)), 0));
    }
    guard(text).map_err(|(what, at)| ("I0103", what, at))?;
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    Document::parse_with_options(text, options).map_err(|error| {
        let place = error.pos();
        let at = offset(text, place.row, place.col);
        match error {
            roxmltree::Error::DtdDetected => {
                ("I0102", "the file holds a document type declaration (DTD), which is not accepted".to_owned(), at)
            }
            roxmltree::Error::NodesLimitReached => ("I0103", format!("the file has more than {MAX_NODES} nodes"), at),
            error => {
                let said = error.to_string();
                let said = said.strip_suffix(&format!(" at {place}")).unwrap_or(&said).to_owned();
                ("I0101", format!("the file is not well-formed XML: {said}"), at)
            }
        }
    })
}

/// The byte of a line and column, both from 1.
fn offset(text: &str, row: u32, column: u32) -> usize {
    let row = usize::try_from(row).unwrap_or(1).max(1);
    let column = usize::try_from(column).unwrap_or(1).max(1);
    let start: usize = text.split_inclusive('\n').take(row - 1).map(str::len).sum();
    let rest = &text[start.min(text.len())..];
    start + rest.char_indices().nth(column - 1).map_or(rest.len(), |(i, _)| i)
}

/// Refuses deep nesting, very many attributes and very many namespaces before the tree is built.
fn guard(text: &str) -> Result<(), (String, usize)> {
    let bytes = text.as_bytes();
    let (mut at, mut depth, mut declarations) = (0, 0_usize, 0_usize);
    let mut prefixes = HashSet::new();
    while let Some(start) = text.get(at..).and_then(|t| t.find('<')).map(|i| at + i) {
        let skip = |open: &str, close: &str| {
            let rest = text[start..].strip_prefix(open)?;
            Some(rest.find(close).map_or(text.len(), |i| start + open.len() + i + close.len()))
        };
        if let Some(end) = skip("<!--", "-->").or_else(|| skip("<![CDATA[", "]]>")).or_else(|| skip("<?", "?>")) {
            at = end;
            continue;
        }
        let (mut end, mut quote, mut attributes) = (start + 1, 0_u8, 0_usize);
        while let Some(byte) = bytes.get(end) {
            match byte {
                b'"' | b'\'' if quote == 0 => quote = *byte,
                _ if *byte == quote => quote = 0,
                b'=' if quote == 0 => attributes += 1,
                b'>' if quote == 0 => break,
                _ => {}
            }
            end += 1;
        }
        if attributes > MAX_ATTRIBUTES {
            return Err((format!("an element has more than {MAX_ATTRIBUTES} attributes"), start));
        }
        let tag = text.get(start..end).unwrap_or("");
        for (i, _) in tag.match_indices("xmlns") {
            declarations += 1;
            prefixes.insert(tag[i..].split(['=', ' ']).next().unwrap_or(""));
        }
        if declarations.saturating_mul(prefixes.len()) > MAX_DECLARATIONS {
            return Err(("the file declares too many namespaces".to_owned(), start));
        }
        if tag.starts_with("</") {
            depth = depth.saturating_sub(1);
        } else if !tag.ends_with('/') && !tag.starts_with("<!") {
            depth += 1;
        }
        if depth > MAX_DEPTH {
            return Err((format!("elements nest deeper than {MAX_DEPTH} levels"), start));
        }
        at = end + 1;
    }
    Ok(())
}
