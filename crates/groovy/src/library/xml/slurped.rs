//! A document as XmlSlurper keeps it: elements with text, and the changes a script asked for, made when it is written.
use super::gpath::GPath;
use super::streaming::{Streaming, Tag};
use super::tree::{Kind, Tree, local};
use crate::interp::Interpreter;
use crate::text::text;
use crate::value::{HostObject, MapKind, MapObj, R, Value};
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

/// What an element holds.
pub(crate) enum Kid {
    Element(usize),
    Text(Rc<str>),
    /// Put there by a script; a closure is called when the document is written.
    Value(Value),
    Closure(Value),
}

/// Attributes: as read, or as a map once a script has asked for it.
enum Attributes {
    Read(Vec<(Rc<str>, Rc<str>)>),
    Live(Rc<MapObj>),
}

pub(crate) struct Element {
    pub(crate) name: Rc<str>,
    pub(crate) uri: Rc<str>,
    attributes: Attributes,
    /// Namespaces of attributes by their names.
    pub(crate) namespaces: Vec<(Rc<str>, Rc<str>)>,
    pub(crate) kids: Vec<Kid>,
    pub(crate) parent: Option<usize>,
    /// What is written instead; the last counts.
    pub(crate) instead: Vec<Value>,
}

/// A document.
pub(crate) struct Slurped {
    pub(crate) all: RefCell<Vec<Element>>,
    /// Prefixes of the document and their namespaces.
    pub(crate) hints: HashMap<String, Rc<str>>,
}

impl Drop for Slurped {
    fn drop(&mut self) {
        self.forget();
    }
}

/// The elements of a document that was read.
pub(crate) fn from_tree(tree: &Tree, keep_blank: bool) -> Slurped {
    let mut all: Vec<Element> = Vec::new();
    let mut hints = HashMap::new();
    let mut index = HashMap::new();
    let mut pending: HashMap<usize, String> = HashMap::new();
    let flush = |all: &mut Vec<Element>, pending: &mut HashMap<usize, String>, at: usize| {
        if let Some(t) = pending.remove(&at)
            && (keep_blank || !t.trim().is_empty())
        {
            all[at].kids.push(Kid::Text(t.into()));
        }
    };
    for id in tree.below(0) {
        let item = &tree.items[id];
        let parent = item.parent.and_then(|p| index.get(&p).copied());
        match &item.kind {
            Kind::Element { name, uri, attrs } => {
                let at = all.len();
                index.insert(id, at);
                if let Some(p) = parent {
                    flush(&mut all, &mut pending, p);
                    all[p].kids.push(Kid::Element(at));
                }
                let (mut attributes, mut namespaces) = (Vec::new(), Vec::new());
                for a in attrs.iter().rev() {
                    if tree.aware && a.declares() {
                        hints.insert(
                            if &*a.name == "xmlns" { String::new() } else { local(&a.name).to_string() },
                            a.value.clone(),
                        );
                    } else if a.uri.is_empty() {
                        attributes.push((a.name.clone(), a.value.clone()));
                    } else {
                        let key: Rc<str> = format!("{{{}}}{}", a.uri, local(&a.name)).into();
                        namespaces.push((key.clone(), a.uri.clone()));
                        attributes.push((key, a.value.clone()));
                    }
                }
                let name: Rc<str> = if tree.aware { local(name).into() } else { name.clone() };
                all.push(Element {
                    name,
                    uri: uri.clone(),
                    attributes: Attributes::Read(attributes),
                    namespaces,
                    kids: vec![],
                    parent,
                    instead: vec![],
                });
            }
            Kind::Text(t) | Kind::Cdata(t) => {
                if let Some(p) = parent {
                    pending.entry(p).or_default().push_str(t);
                }
            }
            _ => {}
        }
    }
    let rest: Vec<usize> = pending.keys().copied().collect();
    for at in rest {
        flush(&mut all, &mut pending, at);
    }
    Slurped { all: RefCell::new(all), hints }
}

impl Slurped {
    /// Lets go of the values a script has put in: they may hold this document.
    pub(crate) fn forget(&self) {
        let mut held = Vec::new();
        for e in self.all.borrow_mut().iter_mut() {
            held.append(&mut e.instead);
            e.kids.retain_mut(|k| match k {
                Kid::Value(v) | Kid::Closure(v) => {
                    held.push(std::mem::replace(v, Value::Null));
                    false
                }
                _ => true,
            });
            if let Attributes::Live(m) = &e.attributes {
                held.push(Value::Map(m.clone()));
            }
        }
        crate::free::values(held);
    }

    pub(crate) fn name(&self, i: usize) -> Rc<str> {
        self.all.borrow()[i].name.clone()
    }

    /// The elements in an element.
    pub(crate) fn children(&self, i: usize) -> Vec<usize> {
        self.all.borrow()[i].kids.iter().filter_map(|k| if let Kid::Element(c) = k { Some(*c) } else { None }).collect()
    }

    /// All text, that of changes included, without recursion. Gives how much was walked over.
    pub(crate) fn text(&self, i: usize, out: &mut String) -> usize {
        let all = self.all.borrow();
        let mut todo = vec![(i, 0)];
        let mut walked = 0;
        while let Some((i, at)) = todo.pop() {
            let Some(kid) = all[i].kids.get(at) else { continue };
            todo.push((i, at + 1));
            walked += 1;
            match kid {
                Kid::Text(t) => out.push_str(t),
                Kid::Element(c) => todo.push((*c, 0)),
                Kid::Value(v) => out.push_str(&value_text(v)),
                Kid::Closure(_) => out.push_str("groovy.util.slurpersupport.Node$2@1"),
            }
        }
        walked
    }

    /// The value of an attribute.
    pub(crate) fn attribute(&self, i: usize, key: &str) -> Option<String> {
        match &self.all.borrow()[i].attributes {
            Attributes::Read(a) => a.iter().find(|a| &*a.0 == key).map(|a| a.1.to_string()),
            Attributes::Live(m) => m.get_str(key).map(|v| text(&v)),
        }
    }

    /// The attributes as a map that changes the document.
    pub(crate) fn attributes(&self, i: usize) -> Rc<MapObj> {
        let element = &mut self.all.borrow_mut()[i];
        match &element.attributes {
            Attributes::Live(m) => m.clone(),
            Attributes::Read(a) => {
                let m = MapObj::new(MapKind::Hash);
                for (k, v) in a {
                    m.put(Value::Str(k.clone()), Value::Str(v.clone()));
                }
                element.attributes = Attributes::Live(m.clone());
                m
            }
        }
    }

    /// Puts something at the end of an element.
    pub(crate) fn append(&self, i: usize, v: Value) {
        let kid = if matches!(v, Value::Closure(_)) { Kid::Closure(v) } else { Kid::Value(v) };
        self.all.borrow_mut()[i].kids.push(kid);
    }

    /// Puts something in place of all an element holds.
    pub(crate) fn replace_body(&self, i: usize, v: Value) {
        let old = std::mem::replace(&mut self.all.borrow_mut()[i].kids, vec![Kid::Value(v)]);
        drop(old);
    }

    /// Writes an element and what it holds to a builder, without recursion over elements.
    pub(crate) fn build(
        &self,
        it: &mut Interpreter<'_>,
        path: &GPath,
        i: usize,
        to: &Streaming,
        builder: &Value,
    ) -> R<()> {
        enum Step {
            Element(usize),
            Text(Rc<str>),
            Value(Value),
            Closure(Value, usize),
            End(Tag),
        }
        let mut todo = vec![Step::Element(i)];
        while let Some(step) = todo.pop() {
            it.tick()?;
            match step {
                Step::Text(t) => to.escaped(it, &t)?,
                Step::Value(v) => to.put(it, builder, &v)?,
                Step::Closure(f, i) => to.run(it, builder, &f, path.one(i))?,
                Step::End(tag) => to.end(it, tag)?,
                Step::Element(i) => {
                    let instead = self.all.borrow_mut()[i].instead.pop();
                    if let Some(f) = instead {
                        // Off while it runs: it may write the element itself.
                        let r = match f.downcast::<After>() {
                            Some(after) => {
                                to.put(it, builder, &path.one(i)).and_then(|()| to.put(it, builder, &after.0))
                            }
                            None => to.run(it, builder, &f, path.one(i)),
                        };
                        self.all.borrow_mut()[i].instead.push(f);
                        r?;
                        continue;
                    }
                    let tag = self.start(it, i, to)?;
                    todo.push(Step::End(tag));
                    let all = self.all.borrow();
                    let steps = all[i].kids.iter().rev().map(|k| match k {
                        Kid::Element(c) => Step::Element(*c),
                        Kid::Text(t) => Step::Text(t.clone()),
                        Kid::Value(v) => Step::Value(v.clone()),
                        Kid::Closure(f) => Step::Closure(f.clone(), i),
                    });
                    todo.extend(steps);
                }
            }
        }
        Ok(())
    }

    /// The start tag, with prefixes as the builder knows them, or the document, or new ones.
    fn start(&self, it: &mut Interpreter<'_>, i: usize, to: &Streaming) -> R<Tag> {
        let map = self.attributes(i);
        let (name, uri, namespaces) = {
            let all = self.all.borrow();
            (all[i].name.clone(), all[i].uri.clone(), all[i].namespaces.clone())
        };
        if uri.is_empty() && namespaces.is_empty() {
            let attrs: Vec<_> = map.entries().into_iter().map(|(k, v)| (text(&k), v)).collect();
            return to.start(it, "", &name, &attrs, true);
        }
        let mut order = MapObj::new(MapKind::Hash);
        for (k, v) in map.entries() {
            order.put(k, v);
        }
        if !namespaces.is_empty() {
            let copy = MapObj::new(MapKind::Hash);
            for (k, v) in order.entries() {
                copy.put(k, v);
            }
            for (key, _) in order.entries() {
                let k = text(&key);
                if let Some((_, uri)) = namespaces.iter().find(|n| *n.0 == *k) {
                    let tag = self.tag_for(uri, to);
                    let v = copy.remove(&key).unwrap_or(Value::Null);
                    let local = k.rsplit('}').next().unwrap_or(&k);
                    copy.put(Value::str(format!("{tag}${local}")), v);
                }
            }
            order = copy;
        }
        let prefix = self.tag_for(&uri, to);
        let attrs: Vec<_> = order.entries().into_iter().map(|(k, v)| (text(&k), v)).collect();
        to.start(it, if prefix == ":" { "" } else { &prefix }, &name, &attrs, true)
    }

    fn tag_for(&self, uri: &str, to: &Streaming) -> String {
        if uri.is_empty() {
            return String::new();
        }
        if let Some(known) = to.prefix_of(uri) {
            return known;
        }
        let hint = self.hints.iter().filter(|h| &**h.1 == uri && !h.0.is_empty()).map(|h| h.0.clone()).min();
        let tag = hint.unwrap_or_else(|| to.fresh_prefix());
        to.declare(&tag, uri);
        tag
    }
}

const MAX_VALUE_DEPTH: u32 = 6;
const MAX_VALUE_TEXTS: u32 = 10_000;

thread_local! {
    /// How deep documents are inside documents, and how many were met.
    static WITHIN: Cell<(u32, u32)> = const { Cell::new((0, 0)) };
}

/// The text of a value put into a document; a document put into itself ends somewhere.
fn value_text(v: &Value) -> String {
    let (depth, met) = WITHIN.get();
    if depth > MAX_VALUE_DEPTH || met > MAX_VALUE_TEXTS {
        return "...".into();
    }
    WITHIN.set((depth + 1, met + 1));
    let t = text(v);
    WITHIN.set((depth, if depth == 0 { 0 } else { WITHIN.get().1 }));
    t
}

/// What `plus` writes after an element, which is written first.
pub(crate) struct After(pub(crate) Value);

impl HostObject for After {
    fn class_name(&self) -> &str {
        "groovy.util.slurpersupport.GPathResult$1"
    }
    fn call_method(&self, _: &mut Interpreter<'_>, _: &Value, _: &str, _: &[Value]) -> R<Option<Value>> {
        Ok(None)
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Drop for After {
    fn drop(&mut self) {
        crate::free::values([std::mem::replace(&mut self.0, Value::Null)]);
    }
}
