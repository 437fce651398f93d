//! The sources of a stylesheet: its modules, and where in them a mistake is.

use std::ops::Range;

use expr::Namespaces;

use crate::ParseError;
use crate::model::At;

pub(crate) const XSL: &str = "http://www.w3.org/1999/XSL/Transform";
const XML: &str = "http://www.w3.org/XML/1998/namespace";

pub(crate) type Parsed<T> = Result<T, ParseError>;

/// One file.
#[derive(Debug)]
pub(crate) struct Module<'a> {
    pub(crate) name: &'a str,
}

/// An element of a module.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Element<'a> {
    pub(crate) node: roxmltree::Node<'a, 'a>,
    pub(crate) module: u32,
    /// The module's name.
    pub(crate) file: &'a str,
}

impl<'a> Element<'a> {
    pub(crate) fn with(self, node: roxmltree::Node<'a, 'a>) -> Self {
        Element { node, ..self }
    }

    pub(crate) fn at(&self) -> At {
        At { module: self.module, line: self.place(self.node.range().start).0 }
    }

    fn place(&self, offset: usize) -> (u32, u32) {
        let at = self.node.document().text_pos_at(offset);
        (at.row, at.col)
    }

    /// The local name of an element of XSLT.
    pub(crate) fn instruction(&self) -> Option<&'a str> {
        let name = self.node.tag_name();
        (self.node.is_element() && name.namespace() == Some(XSL)).then(|| name.name())
    }

    pub(crate) fn children(self) -> impl Iterator<Item = Element<'a>> {
        self.node.children().filter(|n| n.is_element()).map(move |n| self.with(n))
    }

    /// An attribute. `_name` is the same, if nothing in it has to be worked out.
    pub(crate) fn get(&self, name: &str) -> Option<&'a str> {
        let shadow =
            || self.node.attributes().find(|a| a.namespace().is_none() && a.name().strip_prefix('_') == Some(name));
        self.node.attribute(name).or_else(|| shadow().map(|a| a.value()).filter(|v| !v.contains(['{', '}'])))
    }

    /// An attribute without blanks around it, where a name or word is meant.
    pub(crate) fn word(&self, name: &str) -> Option<&'a str> {
        self.get(name).map(str::trim_ascii)
    }

    pub(crate) fn need(&self, name: &str) -> Parsed<&'a str> {
        match self.word(name) {
            Some(value) => Ok(value),
            None => Err(self.error(format!("xsl:{} needs the attribute `{name}`", self.node.tag_name().name()))),
        }
    }

    /// `yes`, `true` or `1`.
    pub(crate) fn flag(&self, name: &str) -> Parsed<Option<bool>> {
        match self.word(name) {
            None => Ok(None),
            Some("yes" | "true" | "1") => Ok(Some(true)),
            Some("no" | "false" | "0" | "omit") => Ok(Some(false)),
            Some(other) => Err(self.error_at(name, 0..0, format!("`{other}` is neither `yes` nor `no`"))),
        }
    }

    /// A setting that holds here and below: of XSLT's elements as it is, of others with XSLT's prefix.
    pub(crate) fn inherited(&self, name: &str) -> Option<&'a str> {
        self.node.ancestors().filter(|n| n.is_element()).find_map(|n| {
            if n.tag_name().namespace() == Some(XSL) {
                if name == "version" && n.tag_name().name() == "output" { None } else { n.attribute(name) }
            } else {
                n.attribute((XSL, name))
            }
        })
    }

    /// Whether blank texts count.
    pub(crate) fn keeps_blanks(&self) -> bool {
        self.node.ancestors().find_map(|n| n.attribute((XML, "space"))) == Some("preserve")
    }

    /// Whether it stands in a part that is written for XSLT 1.0.
    pub(crate) fn compat(&self) -> bool {
        self.inherited("version").and_then(|v| v.trim().parse::<f64>().ok()).is_some_and(|v| v < 2.0)
    }

    /// Prefix and URI of everything in scope; the default namespace has the empty prefix.
    pub(crate) fn spaces(&self) -> Vec<(String, String)> {
        let spaces = self.node.namespaces().map(|n| (n.name().unwrap_or("").to_owned(), n.uri().to_owned()));
        spaces.filter(|(_, uri)| !uri.is_empty()).collect()
    }

    /// The same without the default, for expressions.
    pub(crate) fn namespaces(&self) -> Namespaces {
        Namespaces::new(self.spaces().into_iter().filter(|(prefix, _)| !prefix.is_empty()))
    }

    /// Namespace and local name of a name in an attribute; without prefix there is no namespace.
    pub(crate) fn resolve(&self, name: &'a str) -> Parsed<(&'a str, &'a str)> {
        if let Some((uri, local)) = name.strip_prefix("Q{").and_then(|n| n.split_once('}')) {
            return Ok((uri, local));
        }
        let Some((prefix, local)) = name.split_once(':') else { return Ok(("", name)) };
        if prefix == "xml" {
            return Ok((XML, local));
        }
        match self.node.lookup_namespace_uri(Some(prefix)) {
            Some(uri) => Ok((uri, local)),
            None => Err(self.error(format!("the prefix `{prefix}` is not declared"))),
        }
    }

    /// The name as one text.
    pub(crate) fn expanded(&self, name: &'a str) -> Parsed<String> {
        self.resolve(name).map(|(uri, local)| expr::xpath::host::expanded(uri, local))
    }

    /// A mistake of the whole element: its start tag up to the name.
    pub(crate) fn error(&self, message: impl Into<String>) -> ParseError {
        let start = self.node.range().start;
        let text = self.node.document().input_text().get(start..).unwrap_or("");
        let length = text.find([' ', '\t', '\r', '\n', '/', '>']).unwrap_or(1);
        self.error_range(start..start + length, message.into())
    }

    /// A mistake in the value of an attribute; an empty range is all of it.
    pub(crate) fn error_at(&self, attribute: &str, range: Range<usize>, message: impl Into<String>) -> ParseError {
        let Some(attribute) = self.node.attributes().find(|a| a.name() == attribute) else {
            return self.error(message);
        };
        let raw = attribute.range_value();
        let text = self.node.document().input_text().get(raw.clone()).unwrap_or("");
        let range = if range.is_empty() && range.start == 0 {
            raw
        } else {
            raw.start + original(text, attribute.value(), range.start)
                ..raw.start + original(text, attribute.value(), range.end)
        };
        self.error_range(range, message.into())
    }

    pub(crate) fn error_range(&self, range: Range<usize>, message: String) -> ParseError {
        let (line, column) = self.place(range.start);
        ParseError { file: self.file.to_owned(), message, help: None, range, line, column }
    }
}

/// Where in the text as written the byte of the decoded text stands.
fn original(raw: &str, decoded: &str, offset: usize) -> usize {
    let mut at = 0;
    for (i, c) in decoded.char_indices() {
        if i >= offset {
            return at;
        }
        let rest = raw.get(at..).unwrap_or("");
        at += match rest.strip_prefix('&').and_then(|r| r.find(';')) {
            Some(end) => end + 2,
            None => rest.chars().next().map_or(c.len_utf8(), char::len_utf8),
        };
    }
    at.min(raw.len())
}
