//! From YAML text to a tree of nodes with byte ranges, within limits.
//!
//! The YAML reader is recursive in places and copies what an alias names, so hostile texts are turned away
//! before it sees them: too long, indented too far, or with more aliases than can stay small.

mod guard;
mod lines;
mod syntax;

use std::ops::Range;

use saphyr::{LoadableYamlNode, MarkedYaml, YamlData};

use self::guard::{MAX_INDENT, aliases_could_explode, too_far_right, too_many_colons};
use self::lines::Lines;
use crate::problems::Problems;

/// Longest text of one file.
const MAX_BYTES: usize = 1 << 20;
/// Deepest nesting of lists and maps.
pub(crate) const MAX_DEPTH: usize = 64;
/// Most nodes of one file, with the copies that aliases make.
const MAX_NODES: usize = 100_000;
/// Stands for `*` while a text with many of them is read; a private character that no text needs.
const MASK: char = '\u{f0a5}';

/// One value with its place.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    /// Byte range in the file.
    pub range: Range<usize>,
    /// What it is.
    pub kind: Kind,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    /// Text, number, boolean or nothing.
    Scalar(Scalar),
    /// A list.
    List(Vec<Node>),
    /// A map in the order of the file.
    Map(Vec<Entry>),
    /// Something that a problem was already reported for: fits everywhere, means nothing.
    Unknown,
}

/// A key and its value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    /// The key's text.
    pub key: String,
    /// The key's place.
    pub range: Range<usize>,
    /// The value.
    pub value: Node,
}

/// A scalar: its text and the kind that YAML gives it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scalar {
    /// As written; without quotes.
    pub text: String,
    /// Its kind.
    pub typed: Typed,
    /// Where the text stands in the file, if it stands there exactly so.
    pub at: Option<usize>,
}

/// The kind of a scalar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Typed {
    /// Nothing, or `null`.
    Null,
    /// true or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Another number.
    Float(f64),
    /// Text.
    Text,
}

impl Typed {
    /// The kind of an unquoted text.
    pub(crate) fn of(text: &str) -> Typed {
        match saphyr::Scalar::parse_from_cow(text.into()) {
            saphyr::Scalar::Null => Typed::Null,
            saphyr::Scalar::Boolean(b) => Typed::Bool(b),
            saphyr::Scalar::Integer(n) => Typed::Int(n),
            saphyr::Scalar::FloatingPoint(n) => Typed::Float(*n),
            saphyr::Scalar::String(_) => Typed::Text,
        }
    }
}

impl Node {
    /// The value of a key, where it has one that means something.
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().find(|e| e.key == key).map(|e| &e.value).filter(|v| !v.is_null() && !v.is_unknown())
    }

    /// The entries of a map; none for anything else.
    pub(crate) fn entries(&self) -> &[Entry] {
        match &self.kind {
            Kind::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list; none for anything else.
    pub(crate) fn items(&self) -> &[Node] {
        match &self.kind {
            Kind::List(items) => items,
            _ => &[],
        }
    }

    /// The scalar.
    pub(crate) fn scalar(&self) -> Option<&Scalar> {
        match &self.kind {
            Kind::Scalar(scalar) if scalar.typed != Typed::Null => Some(scalar),
            _ => None,
        }
    }

    /// The text of a scalar.
    pub(crate) fn text(&self) -> Option<&str> {
        self.scalar().map(|s| s.text.as_str())
    }

    /// Whether there is nothing.
    pub(crate) fn is_null(&self) -> bool {
        matches!(&self.kind, Kind::Scalar(s) if s.typed == Typed::Null)
    }

    /// Whether a problem was already reported for it.
    pub(crate) fn is_unknown(&self) -> bool {
        self.kind == Kind::Unknown
    }

    /// What it is, for messages.
    pub(crate) fn found(&self) -> &'static str {
        match &self.kind {
            Kind::Scalar(s) => match s.typed {
                Typed::Null => "nothing",
                Typed::Bool(_) => "true or false",
                Typed::Int(_) | Typed::Float(_) => "a number",
                Typed::Text => "text",
            },
            Kind::List(_) => "a list",
            Kind::Map(_) => "a map",
            Kind::Unknown => "something unknown",
        }
    }
}

/// Reads one YAML document. `None` means that a problem was reported and nothing else can be said about the file.
pub(crate) fn parse(text: &str, problems: &mut Problems) -> Option<Node> {
    let before = problems.len();
    let node = read(text, problems)?;
    (problems.len() == before || !node.is_unknown()).then_some(node)
}

fn read(text: &str, problems: &mut Problems) -> Option<Node> {
    if text.len() > MAX_BYTES {
        let title = format!("the file has {}, more than the limit of 1 MB", base::format_bytes(text.len() as u64));
        problems.error("F0002", title, 0..0, "this file", "split it into several flows");
        return None;
    }
    let skipped = text.len() - text.trim_start_matches('\u{feff}').len();
    let body = &text[skipped..];
    if let Some(at) = too_far_right(body) {
        let title = format!("a line begins further right than column {MAX_INDENT}");
        problems.error("F0002", title, skipped + at..skipped + at, "nested too deeply", None);
        return None;
    }
    if let Some(at) = too_many_colons(body) {
        problems.error(
            "F0002",
            "the file has more colons without values than any flow needs",
            skipped + at..skipped + at,
            "nested too deeply",
            None,
        );
        return None;
    }
    let many = aliases_could_explode(body);
    let masked = many.then(|| body.replace('*', &MASK.to_string()));
    let lines = Lines::of(body, skipped);
    let documents = match MarkedYaml::load_from_str(masked.as_deref().unwrap_or(body)) {
        Ok(documents) => documents,
        Err(error) => {
            syntax::report(&error, text, &lines, problems);
            return None;
        }
    };
    if let Some(second) = documents.get(1) {
        let at = lines.at(second.span.start);
        problems.error(
            "F0003",
            "the file holds more than one YAML document",
            at..at,
            "the second one begins here",
            "write each flow into a file of its own",
        );
        return None;
    }
    let Some(document) = documents.first() else {
        return Some(Node {
            range: 0..0,
            kind: Kind::Scalar(Scalar { text: String::new(), typed: Typed::Null, at: None }),
        });
    };
    let mut reader = Reader { text, lines, problems, nodes: 0, masked: many, stopped: false };
    let node = reader.node(document, 0);
    (!reader.stopped).then_some(node)
}

struct Reader<'a, 'p> {
    text: &'a str,
    lines: Lines<'a>,
    problems: &'p mut Problems,
    nodes: usize,
    masked: bool,
    stopped: bool,
}

impl Reader<'_, '_> {
    fn node(&mut self, yaml: &MarkedYaml<'_>, depth: usize) -> Node {
        let range = self.range(yaml);
        self.nodes += 1;
        if self.stopped {
            return Node { range, kind: Kind::Unknown };
        }
        if depth > MAX_DEPTH || self.nodes > MAX_NODES {
            self.stopped = true;
            let title = if depth > MAX_DEPTH {
                format!("lists and maps nest deeper than {MAX_DEPTH} levels")
            } else {
                format!("the file holds more than {MAX_NODES} values")
            };
            self.problems.error(
                "F0002",
                title,
                range.start..range.start,
                "the limit is reached here",
                "move parts into local processes or other flows",
            );
            return Node { range, kind: Kind::Unknown };
        }
        let kind = match &yaml.data {
            YamlData::Sequence(items) => Kind::List(items.iter().map(|i| self.node(i, depth + 1)).collect()),
            YamlData::Mapping(map) => self.map(map.iter(), &range, depth),
            YamlData::Value(value) => self.scalar(value, &range),
            YamlData::Tagged(tag, _) => {
                let title = format!("the tag `{tag}` means nothing in a flow file");
                self.problems.error("F0003", title, range.start..range.start, "this tag", "leave it out");
                Kind::Unknown
            }
            _ => {
                self.problems.error(
                    "F0003",
                    "this value does not fit its tag",
                    range.clone(),
                    "this value",
                    "leave the tag out",
                );
                Kind::Unknown
            }
        };
        let mut range = range;
        // A block ends where the next token begins; what its author sees as its end is the end of its last value.
        let last = match &kind {
            Kind::List(items) => items.last().map(|n| n.range.end),
            Kind::Map(entries) => entries.last().map(|e| e.value.range.end.max(e.range.end)),
            _ => None,
        };
        if let Some(last) = last.filter(|_| !self.text[range.clone()].ends_with([']', '}'])) {
            range.end = last.max(range.start);
        }
        Node { range, kind }
    }

    fn map<'y>(
        &mut self,
        entries: impl Iterator<Item = (&'y MarkedYaml<'y>, &'y MarkedYaml<'y>)>,
        range: &Range<usize>,
        depth: usize,
    ) -> Kind {
        let mut out = Vec::new();
        for (key, value) in entries {
            let key_range = self.range(key);
            let YamlData::Value(scalar) = &key.data else {
                // What `{{name}}` without quotes is to YAML: a map with a map as its key.
                if self.text[range.clone()].starts_with("{{") {
                    self.problems.error(
                        "F0003",
                        "a parameter needs quotes around it",
                        range.clone(),
                        "YAML reads these braces as a map",
                        "write \"{{name}}\"",
                    );
                } else {
                    self.problems.error("F0003", "a key must be text", key_range, "this key", None);
                }
                return Kind::Unknown;
            };
            let text = match self.scalar(scalar, &key_range) {
                Kind::Scalar(s) => s.text,
                _ => String::new(),
            };
            if text == "<<" {
                self.problems.error(
                    "F0003",
                    "merge keys `<<` are not part of this language",
                    key_range,
                    "this key",
                    "write the keys out, or use an alias for the whole value",
                );
                continue;
            }
            out.push(Entry { key: text, range: key_range, value: self.node(value, depth + 1) });
        }
        Kind::Map(out)
    }

    fn scalar(&mut self, value: &saphyr::Scalar<'_>, range: &Range<usize>) -> Kind {
        let source = &self.text[range.clone()];
        let inner = source.strip_prefix(['"', '\'']).and_then(|s| s.strip_suffix(['"', '\''])).unwrap_or(source);
        let offset = range.start + usize::from(inner.len() < source.len());
        let (text, typed) = match value {
            saphyr::Scalar::Null => (String::new(), Typed::Null),
            saphyr::Scalar::Boolean(b) => (b.to_string(), Typed::Bool(*b)),
            // Written out as in the file, so that text made of digits keeps its zeros.
            saphyr::Scalar::Integer(n) if Typed::of(inner) == Typed::Int(*n) => (inner.to_owned(), Typed::Int(*n)),
            saphyr::Scalar::Integer(n) => (n.to_string(), Typed::Int(*n)),
            saphyr::Scalar::FloatingPoint(n) if Typed::of(inner) == Typed::Float(**n) => {
                (inner.to_owned(), Typed::Float(**n))
            }
            saphyr::Scalar::FloatingPoint(n) => (n.to_string(), Typed::Float(**n)),
            saphyr::Scalar::String(s) if self.masked => {
                if s.starts_with(MASK) && source.starts_with('*') {
                    self.problems.error(
                        "F0002",
                        "the file has too many aliases for its size",
                        range.clone(),
                        "one of them",
                        "write the values out, or use parameters",
                    );
                    self.stopped = true;
                }
                (s.replace(MASK, "*"), Typed::Text)
            }
            saphyr::Scalar::String(s) => (s.clone().into_owned(), Typed::Text),
        };
        let at = (inner == text && !text.is_empty()).then_some(offset);
        Kind::Scalar(Scalar { text, typed, at })
    }

    /// The byte range of a YAML node; of a block scalar without its last line break.
    fn range(&self, yaml: &MarkedYaml<'_>) -> Range<usize> {
        let start = self.lines.at(yaml.span.start);
        let mut end = self.lines.at(yaml.span.end).max(start);
        match &yaml.data {
            YamlData::Sequence(_) | YamlData::Mapping(_) if self.text[start..].starts_with(['[', '{']) => {
                // The end of a flow collection is reported before its bracket.
                end += usize::from(self.text[end..].starts_with([']', '}']));
            }
            _ => end = start + self.text[start..end].trim_end().len(),
        }
        start..end
    }
}
