//! Reading XML: a parser without recursion, with the error texts of Java's.
use super::tree::{Attr, Id, Kind, Tree, local, prefix};
use crate::error::throw;
use crate::interp::Interpreter;
use crate::value::{ExceptionObj, R, Thrown, Value};
use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

/// How to read.
#[derive(Clone, Copy)]
pub(crate) struct Options {
    /// Prefixes have meaning.
    pub(crate) aware: bool,
    /// A document type is allowed.
    pub(crate) doctype: bool,
}

const MAX_ITEMS: usize = 1_000_000;
/// The namespace of the prefix `xml`.
pub(crate) const XML_URI: &str = "http://www.w3.org/XML/1998/namespace";

/// A text being read: the document, or an entity inside it.
pub(super) struct Source {
    pub(super) text: Rc<str>,
    pub(super) at: usize,
    /// How many elements were open where it began.
    pub(super) open: usize,
    pub(super) entity: Rc<str>,
}

pub(super) struct Open {
    id: Id,
    name: Rc<str>,
    namespaces: usize,
}

/// Attributes and their values.
pub(super) type Defaults = Vec<(Rc<str>, Rc<str>)>;

pub(super) struct Reader<'i, 'p> {
    pub(super) it: &'i mut Interpreter<'p>,
    pub(super) source: Source,
    pub(super) around: Vec<Source>,
    tree: Tree,
    pub(super) open: Vec<Open>,
    /// Prefixes in the order they were declared; each has its namespaces in `bound`, innermost last.
    namespaces: Vec<Rc<str>>,
    bound: HashMap<Rc<str>, Vec<Rc<str>>>,
    names: HashMap<String, Rc<str>>,
    pub(super) entities: HashMap<String, Rc<str>>,
    /// Attributes the document type gives an element.
    pub(super) defaults: HashMap<String, Defaults>,
    pub(super) expansions: usize,
    pub(super) expanded: usize,
    text: String,
    options: Options,
}

/// An exception of the parser at a place of the document.
fn sax(line: usize, column: usize, message: &str) -> Thrown {
    Thrown::Exception(Value::Exception(Rc::new(ExceptionObj {
        class: "org.xml.sax.SAXParseException".into(),
        message: Value::str(message),
        cause: RefCell::new(Value::Null),
        line: Cell::new(0),
        suppressed: RefCell::default(),
        trace: RefCell::default(),
        extra: vec![("lineNumber".into(), Value::Int(line as i32)), ("columnNumber".into(), Value::Int(column as i32))],
    })))
}

/// Whether XML allows a character.
pub(crate) fn allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

fn name_start(c: char) -> bool {
    c.is_alphabetic() || c == '_' || c == ':'
}

fn name_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | ':' | '-' | '.' | '\u{B7}') || ('\u{300}'..='\u{36F}').contains(&c)
}

/// Reads a document.
pub(crate) fn read(it: &mut Interpreter<'_>, text: &str, options: Options) -> R<Tree> {
    it.charge(text.len() * 4)?;
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let text: Rc<str> =
        if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n").into() } else { text.into() };
    let mut r = Reader {
        it,
        source: Source { text, at: 0, open: 0, entity: "".into() },
        around: vec![],
        tree: Tree::new(options.aware),
        open: vec![],
        namespaces: vec![],
        bound: HashMap::from([("xml".into(), vec![XML_URI.into()])]),
        names: HashMap::new(),
        entities: HashMap::new(),
        defaults: HashMap::new(),
        expansions: 0,
        expanded: 0,
        text: String::new(),
        options,
    };
    r.document()?;
    r.tree.read = true;
    Ok(r.tree)
}

impl Reader<'_, '_> {
    pub(super) fn rest(&self) -> &str {
        &self.source.text[self.source.at..]
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn skip(&mut self, n: usize) {
        self.source.at += n;
    }

    pub(super) fn eat(&mut self, s: &str) -> bool {
        let yes = self.rest().starts_with(s);
        if yes {
            self.source.at += s.len();
        }
        yes
    }

    pub(super) fn blank(&mut self) -> bool {
        let n = self.rest().len() - self.rest().trim_start_matches([' ', '\t', '\n', '\r']).len();
        self.source.at += n;
        n > 0
    }

    /// An error where the reader stands.
    pub(super) fn fail<T>(&self, message: impl AsRef<str>) -> R<T> {
        let outer = self.around.first().unwrap_or(&self.source);
        let before = outer.text.get(..outer.at).unwrap_or("");
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").encode_utf16().count() + 1;
        Err(sax(line, column, message.as_ref()))
    }

    pub(super) fn ended<T>(&mut self) -> R<T> {
        if self.around.is_empty() {
            self.source.at = self.source.text.len();
        }
        self.fail("XML document structures must start and end within the same entity.")
    }

    pub(super) fn name(&mut self) -> Option<Rc<str>> {
        let rest = self.rest();
        if !rest.starts_with(name_start) {
            return None;
        }
        let n = rest.find(|c| !name_char(c)).unwrap_or(rest.len());
        let name: Rc<str> = match self.names.get(&rest[..n]) {
            Some(known) => known.clone(),
            None => {
                let name: Rc<str> = rest[..n].into();
                self.names.insert(name.to_string(), name.clone());
                name
            }
        };
        self.source.at += n;
        Some(name)
    }

    fn document(&mut self) -> R<()> {
        if self.rest().is_empty() {
            return self.fail("Premature end of file.");
        }
        if self.rest().starts_with("<?xml") && !self.rest()[5..].starts_with(name_char) {
            self.declaration()?;
        }
        loop {
            self.blank();
            if self.rest().is_empty() {
                return match self.tree.root() {
                    Some(_) => Ok(()),
                    None => self.fail("Premature end of file."),
                };
            }
            if self.eat("<!--") {
                self.comment(0)?;
            } else if self.eat("<?") {
                self.instruction(0)?;
            } else if self.tree.root().is_some() {
                let tag = self.rest().starts_with('<');
                self.skip(usize::from(tag));
                return self.fail(if tag {
                    "The markup in the document following the root element must be well-formed."
                } else {
                    "Content is not allowed in trailing section."
                });
            } else if self.eat("<!DOCTYPE") {
                if !self.options.doctype {
                    return self.fail("DOCTYPE is disallowed when the feature \"http://apache.org/xml/features/disallow-doctype-decl\" set to true.");
                }
                self.doctype()?;
            } else if self.eat("<") {
                if !self.peek().is_some_and(name_start) {
                    return self.fail("The markup in the document preceding the root element must be well-formed.");
                }
                self.start_tag()?;
                self.content()?;
            } else {
                return self.fail("Content is not allowed in prolog.");
            }
        }
    }

    fn declaration(&mut self) -> R<()> {
        self.skip(5);
        let Some(end) = self.rest().find("?>") else { return self.fail("The XML declaration must end with \"?>\".") };
        let inside = self.rest()[..end].to_string();
        if !inside.trim_start().starts_with("version") {
            return self.fail("The version is required in the XML declaration.");
        }
        if !(inside.contains("1.0") || inside.contains("1.1")) {
            let v: String =
                inside.split(['"', '\'']).nth(1).map(str::to_string).unwrap_or_default().chars().take(20).collect();
            return self.fail(format!("XML version \"{v}\" is not supported, only XML 1.0 is supported."));
        }
        self.skip(end + 2);
        Ok(())
    }

    fn count(&mut self) -> R<()> {
        self.it.tick()?;
        self.it.charge(96)?;
        if self.tree.items.len() >= MAX_ITEMS {
            return Err(Thrown::Limit(format!("the XML document has more than {MAX_ITEMS} nodes")));
        }
        Ok(())
    }

    fn put(&mut self, parent: Id, kind: Kind) -> R<Id> {
        self.count()?;
        Ok(self.tree.append(parent, kind))
    }

    fn flush(&mut self) -> R<()> {
        if !self.text.is_empty()
            && let Some(o) = self.open.last()
        {
            let (id, t) = (o.id, std::mem::take(&mut self.text));
            self.put(id, Kind::Text(t.into()))?;
        }
        Ok(())
    }

    fn comment(&mut self, parent: Id) -> R<()> {
        let Some(end) = self.rest().find("--") else { return self.ended() };
        let text: Rc<str> = self.rest()[..end].into();
        self.skip(end + 2);
        if !self.eat(">") {
            return self.fail("The string \"--\" is not permitted within comments.");
        }
        self.put(parent, Kind::Comment(text)).map(|_| ())
    }

    fn instruction(&mut self, parent: Id) -> R<()> {
        let Some(target) = self.name() else {
            return self.fail("The processing instruction must begin with the name of the target.");
        };
        if target.eq_ignore_ascii_case("xml") {
            return self.fail("The processing instruction target matching \"[xX][mM][lL]\" is not allowed.");
        }
        self.blank();
        let Some(end) = self.rest().find("?>") else { return self.ended() };
        let data: Rc<str> = self.rest()[..end].into();
        self.skip(end + 2);
        self.put(parent, Kind::Pi(target, data)).map(|_| ())
    }

    /// Everything from inside the root element to its end tag.
    fn content(&mut self) -> R<()> {
        while !self.open.is_empty() {
            let rest = self.rest();
            let n = rest.find(['<', '&', ']']).unwrap_or(rest.len());
            if n > 0 {
                if let Some(bad) = rest[..n].chars().find(|c| !allowed(*c)) {
                    return self.fail(format!(
                        "An invalid XML character (Unicode: 0x{:x}) was found in the element content of the document.",
                        bad as u32
                    ));
                }
                let from = self.source.at;
                let text = self.source.text.clone();
                self.text.push_str(&text[from..from + n]);
                self.source.at += n;
                continue;
            }
            if self.rest().is_empty() {
                match self.around.pop() {
                    Some(outer) if self.source.open == self.open.len() => self.source = outer,
                    _ => return self.ended(),
                }
                continue;
            }
            let here = self.open.last().map_or(0, |o| o.id);
            if self.eat("</") {
                self.end_tag()?;
            } else if self.eat("<!--") {
                self.flush()?;
                self.comment(here)?;
            } else if self.eat("<![CDATA[") {
                self.flush()?;
                let Some(end) = self.rest().find("]]>") else { return self.ended() };
                let text: Rc<str> = self.rest()[..end].into();
                self.skip(end + 3);
                self.put(here, Kind::Cdata(text))?;
            } else if self.eat("<?") {
                self.flush()?;
                self.instruction(here)?;
            } else if self.eat("<") {
                if !self.peek().is_some_and(name_start) {
                    return match self.peek() {
                        None => self.ended(),
                        _ => self.fail("The content of elements must consist of well-formed character data or markup."),
                    };
                }
                self.start_tag()?;
            } else if self.eat("&") {
                if let Some(t) = self.reference()? {
                    self.text.push_str(&t);
                }
            } else {
                if self.rest().starts_with("]]>") {
                    return self.fail("The character sequence \"]]>\" must not appear in content unless used to mark the end of a CDATA section.");
                }
                self.text.push(']');
                self.skip(1);
            }
        }
        Ok(())
    }

    fn start_tag(&mut self) -> R<()> {
        self.flush()?;
        let Some(name) = self.name() else { return self.ended() };
        let mut attrs: Vec<(Rc<str>, Rc<str>)> = Vec::new();
        let mut seen: HashSet<Rc<str>> = HashSet::new();
        let empty = loop {
            let blank = self.blank();
            if self.eat(">") {
                break false;
            }
            if self.eat("/>") {
                break true;
            }
            let follows = |r: &Self| {
                r.fail(format!(
                    "Element type \"{name}\" must be followed by either attribute specifications, \">\" or \"/>\"."
                ))
            };
            if self.rest().is_empty() {
                return self.ended();
            }
            if !blank {
                return follows(self);
            }
            let Some(attr) = self.name() else { return follows(self) };
            self.blank();
            if !self.eat("=") {
                return self.fail(format!(
                    "Attribute name \"{attr}\" associated with an element type \"{name}\" must be followed by the ' = ' character."
                ));
            }
            self.blank();
            let value = self.attribute_value(&name, &attr)?;
            self.it.charge(64)?;
            if !seen.insert(attr.clone()) {
                return self.fail(format!("Attribute \"{attr}\" was already specified for element \"{name}\"."));
            }
            attrs.push((attr, value));
        };
        if let Some(more) = self.defaults.get(&*name) {
            attrs.extend(more.iter().filter(|d| !seen.contains(&d.0)).cloned());
        }
        let namespaces = self.namespaces.len();
        for (n, v) in attrs.iter().filter(|_| self.options.aware) {
            if let Some(p) = n.strip_prefix("xmlns:") {
                self.namespaces.push(p.into());
                self.bound.entry(p.into()).or_default().push(v.clone());
            } else if &**n == "xmlns" {
                self.namespaces.push("".into());
                self.bound.entry("".into()).or_default().push(v.clone());
            }
        }
        let uri = match self.uri(prefix(&name)) {
            Some(uri) => uri,
            None if prefix(&name).is_empty() => "".into(),
            None => {
                return self.fail(format!("The prefix \"{}\" for element \"{name}\" is not bound.", prefix(&name)));
            }
        };
        let mut all = Vec::with_capacity(attrs.len());
        let mut qualified: HashSet<(Rc<str>, Rc<str>)> = HashSet::new();
        for (n, value) in attrs {
            let p = prefix(&n);
            let uri: Rc<str> = if p.is_empty() || p == "xmlns" || !self.options.aware {
                "".into()
            } else {
                match self.uri(p) {
                    Some(u) => u,
                    None => {
                        return self.fail(format!("The prefix \"{p}\" for attribute \"{n}\" associated with an element type \"{name}\" is not bound."));
                    }
                }
            };
            if !uri.is_empty() && !qualified.insert((uri.clone(), local(&n).into())) {
                return self.fail(format!(
                    "Attribute \"{}\" bound to namespace \"{uri}\" was already specified for element \"{name}\".",
                    local(&n)
                ));
            }
            all.push(Attr { name: n, uri, value });
        }
        let parent = self.open.last().map_or(0, |o| o.id);
        let id = self.put(parent, Kind::Element { name: name.clone(), uri, attrs: all })?;
        if empty {
            self.leave(namespaces);
        } else {
            self.open.push(Open { id, name, namespaces });
        }
        Ok(())
    }

    fn uri(&self, prefix: &str) -> Option<Rc<str>> {
        if !self.options.aware {
            return Some("".into());
        }
        self.bound.get(prefix).and_then(|b| b.last()).cloned()
    }

    /// Forgets the prefixes of an element that ends.
    fn leave(&mut self, namespaces: usize) {
        for prefix in self.namespaces.drain(namespaces..) {
            if let Some(b) = self.bound.get_mut(&prefix) {
                b.pop();
            }
        }
    }

    fn end_tag(&mut self) -> R<()> {
        self.flush()?;
        let Some(open) = self.open.last() else { return self.ended() };
        let (want, namespaces) = (open.name.clone(), open.namespaces);
        let rest = self.rest();
        let right = rest.starts_with(&*want) && !rest[want.len()..].starts_with(name_char);
        if !right || self.source.open >= self.open.len() && !self.around.is_empty() {
            if rest.is_empty() {
                return self.ended();
            }
            return self.fail(format!(
                "The element type \"{want}\" must be terminated by the matching end-tag \"</{want}>\"."
            ));
        }
        self.skip(want.len());
        self.blank();
        if !self.eat(">") {
            if self.rest().is_empty() {
                return self.ended();
            }
            return self.fail(format!("The end-tag for element type \"{want}\" must end with a '>' delimiter."));
        }
        self.open.pop();
        self.leave(namespaces);
        Ok(())
    }
}

/// An exception for a feature nobody knows.
pub(crate) fn unknown_feature(name: &str) -> Thrown {
    throw("org.xml.sax.SAXNotRecognizedException", format!("Feature '{name}' is not recognized."))
}
