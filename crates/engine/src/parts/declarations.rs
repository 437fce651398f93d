//! Namespace declarations in scope, and elements cut out so that they stand alone.

use std::ops::Range;

use base::Failure;
use bytes::Bytes;
use quick_xml::events::BytesStart;

use crate::convert::xml::value;

/// Declarations in scope at one place.
const MAX_DECLARATIONS: usize = 256;

#[derive(Clone, Debug)]
struct Declaration {
    /// Depth of the element that declares it.
    depth: usize,
    /// Empty for the default namespace.
    prefix: String,
    uri: String,
}

/// What the open elements declare, inner ones last.
#[derive(Clone, Debug, Default)]
pub(crate) struct Declarations {
    depth: usize,
    list: Vec<Declaration>,
}

impl Declarations {
    /// An element begins.
    pub(crate) fn enter(&mut self, tag: &BytesStart<'_>) -> Result<(), Failure> {
        self.depth += 1;
        for attribute in tag.attributes().with_checks(false).flatten() {
            let Some(prefix) = declared(attribute.key.0) else { continue };
            if self.list.len() >= MAX_DECLARATIONS {
                let text = format!("the body declares more than {MAX_DECLARATIONS} namespaces at one place");
                return Err(Failure::permanent("K0004", text));
            }
            let uri = value(&attribute).unwrap_or_default().into_owned();
            self.list.push(Declaration { depth: self.depth, prefix: prefix.to_owned(), uri });
        }
        Ok(())
    }

    /// An element ends.
    pub(crate) fn leave(&mut self) {
        while self.list.last().is_some_and(|d| d.depth == self.depth) {
            self.list.pop();
        }
        self.depth = self.depth.saturating_sub(1);
    }

    /// The namespace of an element's name; `None` for a prefix that nobody declared.
    pub(crate) fn namespace(&self, name: &str) -> Option<&str> {
        let prefix = name.split_once(':').map_or("", |(prefix, _)| prefix);
        match self.list.iter().rev().find(|d| d.prefix == prefix) {
            Some(declaration) => Some(&declaration.uri),
            None if prefix.is_empty() => Some(""),
            None if prefix == "xml" => Some("http://www.w3.org/XML/1998/namespace"),
            None => None,
        }
    }

    /// How many elements are open.
    pub(crate) fn depth(&self) -> usize {
        self.depth
    }

    /// An element of the body with those declarations of the outermost `depth` open elements that it may need: a prefix
    /// counts as needed if it stands before a colon anywhere inside, because values such as `xsi:type` use prefixes too.
    pub(crate) fn stand_alone(&self, body: &Bytes, element: Range<usize>, depth: usize) -> Bytes {
        let part = body.slice(element);
        // The innermost declaration of every prefix that the element does not declare itself.
        let mut in_scope: Vec<&Declaration> = Vec::new();
        let mut known = own_declarations(&part);
        for declaration in self.list.iter().rev().filter(|d| d.depth <= depth) {
            if !known.contains(&declaration.prefix) {
                known.push(declaration.prefix.clone());
                in_scope.push(declaration);
            }
        }
        let needed = needed(in_scope, &part);
        if needed.is_empty() {
            return part;
        }
        let name_end = 1 + part.iter().skip(1).position(|b| b" \t\r\n/>".contains(b)).unwrap_or(0);
        let mut out = Vec::with_capacity(part.len() + 64 * needed.len());
        out.extend_from_slice(&part[..name_end]);
        for Declaration { prefix, uri, .. } in needed {
            let colon = if prefix.is_empty() { "" } else { ":" };
            let uri = quick_xml::escape::escape(uri.as_str());
            out.extend_from_slice(format!(" xmlns{colon}{prefix}=\"{uri}\"").as_bytes());
        }
        out.extend_from_slice(&part[name_end..]);
        Bytes::from(out)
    }
}

/// The declarations that a part may need, in the order of their first use.
fn needed<'a>(mut in_scope: Vec<&'a Declaration>, part: &[u8]) -> Vec<&'a Declaration> {
    let mut found: Vec<&Declaration> = Vec::new();
    if let Some(at) = in_scope.iter().position(|d| d.prefix.is_empty()) {
        let default = in_scope.swap_remove(at);
        found.extend((!default.uri.is_empty()).then_some(default));
    }
    for (at, _) in part.iter().enumerate().filter(|(_, b)| **b == b':') {
        if in_scope.is_empty() {
            break;
        }
        let stands_before = |d: &&Declaration| {
            let before = part[..at].strip_suffix(d.prefix.as_bytes());
            before.is_some_and(|rest| !rest.last().is_some_and(|b| is_name_byte(*b)))
        };
        if let Some(i) = in_scope.iter().position(stands_before) {
            found.push(in_scope.swap_remove(i));
        }
    }
    found
}

fn is_name_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.') || b >= 0x80
}

/// The prefix that an attribute declares; empty for the default namespace.
fn declared(attribute: &str) -> Option<&str> {
    match attribute {
        "xmlns" => Some(""),
        _ => attribute.strip_prefix("xmlns:"),
    }
}

/// The prefixes that the outermost element of a part declares itself.
fn own_declarations(part: &[u8]) -> Vec<String> {
    let mut reader = quick_xml::Reader::from_reader(part);
    match reader.read_event() {
        Ok(quick_xml::events::Event::Start(tag) | quick_xml::events::Event::Empty(tag)) => {
            let attributes = tag.attributes().with_checks(false).flatten().collect::<Vec<_>>();
            attributes.iter().filter_map(|a| declared(a.key.0).map(str::to_owned)).collect()
        }
        _ => Vec::new(),
    }
}
