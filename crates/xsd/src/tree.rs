//! XML trees of texts that come from anywhere: no DTD, limited depth, attributes and namespaces.

use std::collections::HashSet;

use quick_xml::events::Event;
use roxmltree::{Document, ParsingOptions};

use crate::Mistake;

/// Elements inside each other.
const MAX_DEPTH: usize = 128;
/// Most nodes of a tree.
const MAX_NODES: u32 = 8_000_000;
/// Most attributes of one element.
const MAX_ATTRIBUTES: usize = 500;
/// Most distinct namespace declarations times declarations: a tree copies what is in scope at each declaration.
const MAX_DECLARATIONS: usize = 1_000_000;
/// Longest name of a namespace: it stands in every name.
pub(crate) const MAX_SPACE: usize = 1_000;

/// Parses a text.
pub(crate) fn parse(text: &str) -> Result<Document<'_>, Mistake> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    guard(text)?;
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    Document::parse_with_options(text, options).map_err(|error| {
        let place = error.pos();
        let said = error.to_string();
        let said = said.strip_suffix(&format!(" at {place}")).unwrap_or(&said).to_owned();
        let line = usize::try_from(place.row).unwrap_or(0);
        let at = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
        Mistake { file: String::new(), line, at, text: format!("the XML is not well-formed: {said}") }
    })
}

/// Refuses what would cost more than its length before the tree is built. Other mistakes are left to the parser.
fn guard(text: &str) -> Result<(), Mistake> {
    let mut reader = quick_xml::Reader::from_str(text);
    reader.config_mut().check_end_names = false;
    reader.config_mut().allow_unmatched_ends = true;
    let (mut depth, mut declarations) = (0_usize, 0_usize);
    let mut prefixes: HashSet<String> = HashSet::new();
    let refuse = |at: usize, said: String| {
        let line = 1 + text.as_bytes().iter().take(at).filter(|b| **b == b'\n').count();
        Err(Mistake { file: String::new(), line, at, text: said })
    };
    loop {
        let at = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        let (tag, opens) = match reader.read_event() {
            Ok(Event::Start(tag)) => (tag, true),
            Ok(Event::Empty(tag)) => (tag, false),
            Ok(Event::End(_)) => {
                depth = depth.saturating_sub(1);
                continue;
            }
            Ok(Event::Eof) | Err(_) => return Ok(()),
            Ok(_) => continue,
        };
        depth += usize::from(opens);
        if depth > MAX_DEPTH {
            return refuse(at, format!("elements are nested more than {MAX_DEPTH} deep"));
        }
        let mut count = 0;
        for attribute in tag.attributes().with_checks(false).flatten() {
            count += 1;
            let name = attribute.key.0;
            if name == "xmlns" || name.starts_with("xmlns:") {
                declarations += 1;
                if attribute.value.len() > MAX_SPACE {
                    return refuse(at, format!("the name of a namespace is longer than {MAX_SPACE} bytes"));
                }
                if prefixes.len() < 1_000 {
                    prefixes.insert(name.to_owned());
                }
            }
            if count > MAX_ATTRIBUTES {
                return refuse(at, format!("an element has more than {MAX_ATTRIBUTES} attributes"));
            }
        }
        if declarations * prefixes.len() > MAX_DECLARATIONS {
            return refuse(at, "there are too many namespace declarations".to_owned());
        }
    }
}
