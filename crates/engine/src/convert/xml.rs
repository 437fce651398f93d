//! XML as a stream of checked pieces with their places in the body. What is not well-formed is a failure at its line.

use std::borrow::Cow;
use std::ops::Range;

use base::Failure;
use bytes::Bytes;
use quick_xml::events::attributes::Attribute;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

/// Elements inside each other.
pub(crate) const MAX_DEPTH: usize = 128;
/// Attributes of one element.
const MAX_ATTRIBUTES: usize = 1_000;

/// The body is not well-formed XML.
pub(crate) fn malformed(body: &[u8], at: usize, what: &str) -> Failure {
    let line = 1 + body.iter().take(at).filter(|b| **b == b'\n').count();
    Failure::permanent("K0001", format!("the body is not well-formed XML: {what} (line {line})"))
}

/// The body as UTF-8 without a byte order mark: UTF-16 with a mark and Latin-1 by declaration are rewritten.
pub(crate) fn utf8(body: &Bytes) -> Result<Bytes, Failure> {
    let utf16 = |rest: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = rest.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
        match String::from_utf16(&units) {
            Ok(text) if rest.len().is_multiple_of(2) => Ok(Bytes::from(text)),
            _ => Err(Failure::permanent("K0001", "the body is not valid UTF-16 text")),
        }
    };
    match &body[..] {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, ..] => Ok(body.slice(3..)),
        bytes if declares_latin1(bytes) && std::str::from_utf8(bytes).is_err() => {
            Ok(Bytes::from(bytes.iter().map(|b| char::from(*b)).collect::<String>()))
        }
        _ => Ok(body.clone()),
    }
}

/// The same, with a declaration that says so too: what is added to such a body is UTF-8.
pub(crate) fn declared_utf8(body: &Bytes) -> Result<Bytes, Failure> {
    let body = utf8(body)?;
    let Some(at) = declared_encoding(&body).filter(|at| !body[at.clone()].eq_ignore_ascii_case(b"utf-8")) else {
        return Ok(body);
    };
    Ok(Bytes::from([&body[..at.start], b"UTF-8", &body[at.end..]].concat()))
}

/// Where the XML declaration names the encoding.
fn declared_encoding(body: &[u8]) -> Option<Range<usize>> {
    let rest = body.strip_prefix(b"<?xml")?;
    let head = rest.windows(2).take(200).position(|end| end == b"?>").and_then(|end| rest.get(..end))?;
    let head = std::str::from_utf8(head).ok()?;
    let name = head.find("encoding")? + "encoding".len();
    let quote = name + head.get(name..)?.find(['"', '\''])?;
    let end = quote + 1 + head.get(quote + 1..)?.find(head.get(quote..=quote)?)?;
    Some(quote + 1 + 5..end + 5)
}

fn declares_latin1(body: &[u8]) -> bool {
    let end = body.iter().take(200).position(|b| *b == b'>').unwrap_or(0);
    let head = String::from_utf8_lossy(&body[..end]).to_ascii_lowercase();
    head.starts_with("<?xml") && (head.contains("iso-8859-1") || head.contains("latin1"))
}

/// An element whose end has not come yet: places in the body.
#[derive(Clone, Debug)]
pub(crate) struct Open {
    /// Its name with prefix.
    pub(crate) name: Range<usize>,
    /// Its start tag.
    pub(crate) tag: Range<usize>,
}

/// Where a walk stands between two pieces: enough to go on later.
#[derive(Clone, Debug, Default)]
pub(crate) struct Place {
    /// Offset in the body.
    pub(crate) at: usize,
    /// The elements around this place.
    pub(crate) open: Vec<Open>,
    /// Whether the root element has begun.
    rooted: bool,
}

/// One piece of a document. An empty element gives a start and an end.
#[derive(Debug)]
pub(crate) enum Piece<'a> {
    /// A start tag; its place is that of the last of [`Place::open`].
    Start(BytesStart<'a>),
    /// An end tag. Its element is no longer open; the walk stands behind it.
    End(Open),
    /// Text inside the root: references are resolved, sections unwrapped.
    Text(Cow<'a, str>),
}

/// Walks through a document. The body has to be the result of [`utf8`].
pub(crate) struct Walk<'a> {
    body: &'a [u8],
    base: usize,
    reader: Reader<&'a [u8]>,
    pub(crate) place: Place,
}

impl<'a> Walk<'a> {
    /// From the beginning.
    pub(crate) fn new(body: &'a [u8]) -> Self {
        Self::resume(body, Place::default())
    }

    /// From a place between two pieces, but not inside an empty element.
    pub(crate) fn resume(body: &'a [u8], place: Place) -> Self {
        let mut reader = Reader::from_reader(body.get(place.at..).unwrap_or_default());
        let config = reader.config_mut();
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        config.expand_empty_elements = true;
        Walk { body, base: place.at, reader, place }
    }

    /// The next piece, `None` at the end of the document.
    pub(crate) fn next(&mut self) -> Result<Option<Piece<'a>>, Failure> {
        loop {
            let from = self.place.at;
            let event = match self.reader.read_event() {
                Ok(event) => event,
                Err(error) => return Err(malformed(self.body, from, &said(&error))),
            };
            let to = self.base + usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX - self.base);
            self.place.at = to;
            match event {
                Event::Start(tag) => {
                    self.start(&tag, from..to)?;
                    return Ok(Some(Piece::Start(tag)));
                }
                Event::End(end) => return self.end(end.name().as_ref().as_bytes(), from).map(Some),
                Event::Text(text) if self.place.open.is_empty() => self.outside(text.trim_ascii().is_empty(), from)?,
                Event::Text(text) => return Ok(Some(Piece::Text(text.xml10_content()))),
                Event::CData(_) | Event::GeneralRef(_) if self.place.open.is_empty() => self.outside(false, from)?,
                Event::CData(text) => return Ok(Some(Piece::Text(text.xml10_content()))),
                Event::GeneralRef(name) => {
                    let resolved = match name.resolve_char_ref() {
                        Ok(Some(c)) => Some(Cow::Owned(c.to_string())),
                        Ok(None) => quick_xml::escape::resolve_xml_entity(&name).map(Cow::Borrowed),
                        Err(_) => None,
                    };
                    let unknown = || malformed(self.body, from, "an unknown entity");
                    return resolved.map(|t| Some(Piece::Text(t))).ok_or_else(unknown);
                }
                Event::DocType(_) => {
                    let what = "the body holds a document type declaration (DTD), which is not accepted";
                    return Err(Failure::permanent("K0001", what));
                }
                Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
                Event::Empty(_) => return Err(malformed(self.body, from, "an element that is not closed")),
                Event::Eof => return self.eof().map(|()| None),
            }
        }
    }

    fn start(&mut self, tag: &BytesStart<'_>, at: Range<usize>) -> Result<(), Failure> {
        if self.place.open.is_empty() && self.place.rooted {
            return Err(malformed(self.body, at.start, "a second root element"));
        }
        self.place.rooted = true;
        let name = tag.name().as_ref().len();
        if name == 0 {
            return Err(malformed(self.body, at.start, "an element without a name"));
        }
        if self.place.open.len() >= MAX_DEPTH {
            let text = format!("the body holds elements that are nested more than {MAX_DEPTH} deep");
            return Err(Failure::permanent("K0004", text));
        }
        self.attributes(tag, at.start)?;
        self.place.open.push(Open { name: at.start + 1..at.start + 1 + name, tag: at });
        Ok(())
    }

    fn attributes(&self, tag: &BytesStart<'_>, at: usize) -> Result<(), Failure> {
        let mut names = Vec::new();
        let mut attributes = tag.attributes();
        for attribute in attributes.with_checks(false) {
            let attribute = attribute.map_err(|e| malformed(self.body, at, &e.to_string()))?;
            if attribute.value.contains('<') || (attribute.value.contains('&') && value(&attribute).is_none()) {
                return Err(malformed(self.body, at, "an attribute with a bare `<` or `&`"));
            }
            names.push(attribute.key.0.to_owned());
            if names.len() > MAX_ATTRIBUTES {
                let text = format!("the body holds an element with more than {MAX_ATTRIBUTES} attributes");
                return Err(Failure::permanent("K0004", text));
            }
        }
        names.sort_unstable();
        match names.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(malformed(self.body, at, &format!("the attribute `{}` stands twice", pair[0]))),
            None => Ok(()),
        }
    }

    fn end(&mut self, name: &[u8], at: usize) -> Result<Piece<'a>, Failure> {
        let found = String::from_utf8_lossy(name);
        let Some(open) = self.place.open.pop() else {
            return Err(malformed(self.body, at, &format!("`</{found}>` closes nothing")));
        };
        let expected = self.body.get(open.name.clone()).unwrap_or_default();
        if expected != name {
            let expected = String::from_utf8_lossy(expected);
            return Err(malformed(self.body, at, &format!("`</{found}>` where `</{expected}>` is expected")));
        }
        Ok(Piece::End(open))
    }

    fn outside(&self, blank: bool, at: usize) -> Result<(), Failure> {
        if blank { Ok(()) } else { Err(malformed(self.body, at, "text outside of the root element")) }
    }

    fn eof(&self) -> Result<(), Failure> {
        if let Some(open) = self.place.open.last() {
            let name = String::from_utf8_lossy(self.body.get(open.name.clone()).unwrap_or_default());
            return Err(malformed(self.body, self.body.len(), &format!("the element `{name}` is not closed")));
        }
        if !self.place.rooted {
            return Err(Failure::permanent("K0001", "the body is not well-formed XML: there is no element in it"));
        }
        Ok(())
    }
}

fn said(error: &quick_xml::Error) -> String {
    match error {
        quick_xml::Error::Encoding(_) => "not UTF-8 text".to_owned(),
        error => error
            .to_string()
            .trim_start_matches("syntax error: ")
            .trim_start_matches("ill-formed document: ")
            .to_owned(),
    }
}

/// The value of an attribute; `None` for an unknown entity, which [`Walk`] refuses.
pub(crate) fn value<'a>(attribute: &Attribute<'a>) -> Option<Cow<'a, str>> {
    attribute.normalized_value(XmlVersion::Implicit1_0).ok()
}

/// An XML name without its prefix.
pub(crate) fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

/// A valid element or attribute name without prefix: what may not stand in one becomes `_`.
pub(crate) fn element_name(name: &str) -> String {
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    let mut out: String = name.chars().map(|c| if fits(c) { c } else { '_' }).collect();
    if !out.starts_with(|c: char| c.is_alphabetic() || c == '_') {
        out.insert(0, '_');
    }
    out
}

/// Appends text, escaped. XML cannot hold most control characters: those are refused.
pub(crate) fn push_text(out: &mut String, text: &str, attribute: bool) -> Result<(), Failure> {
    expr::push_xml(out, text, attribute)
        .map_err(|c| Failure::permanent("K0005", format!("XML cannot hold the character U+{:04X}", u32::from(c))))
}
