//! Methods of the nodes of the DOM.
use super::dom::{Doc, Dom, DomAttr, Listed, Spot, at, attribute, list, node, refused};
use super::tree::{Attr, Id, Item, Kind, Tree, local, prefix};
use super::write::{self, Layout};
use crate::interp::Interpreter;
use crate::text::text;
use crate::value::{R, Value};
use std::rc::Rc;

const CYCLE: &str = "HIERARCHY_REQUEST_ERR: An attempt was made to insert a node where it is not permitted. ";
const STRANGER: &str = "WRONG_DOCUMENT_ERR: A node is used in a different document than the one that created it.";
const NOT_FOUND: &str = "NOT_FOUND_ERR: An attempt is made to reference a node in a context where it does not exist.";
const BAD_NAME: &str = "INVALID_CHARACTER_ERR: An invalid or illegal XML character is specified. ";

/// `getNodeName()`.
pub(crate) fn node_name(tree: &Tree, id: Id) -> String {
    match &tree.items[id].kind {
        Kind::Document => "#document".into(),
        Kind::Element { name, .. } => name.to_string(),
        Kind::Text(_) => "#text".into(),
        Kind::Cdata(_) => "#cdata-section".into(),
        Kind::Comment(_) => "#comment".into(),
        Kind::Pi(target, _) => target.to_string(),
        Kind::Fragment => "#document-fragment".into(),
    }
}

/// `getNodeValue()`.
pub(crate) fn node_value(tree: &Tree, id: Id) -> Value {
    match &tree.items[id].kind {
        Kind::Text(t) | Kind::Cdata(t) | Kind::Comment(t) | Kind::Pi(_, t) => Value::Str(t.clone()),
        _ => Value::Null,
    }
}

fn node_type(tree: &Tree, id: Id) -> i16 {
    match &tree.items[id].kind {
        Kind::Element { .. } => 1,
        Kind::Text(_) => 3,
        Kind::Cdata(_) => 4,
        Kind::Pi(..) => 7,
        Kind::Comment(_) => 8,
        Kind::Document => 9,
        Kind::Fragment => 11,
    }
}

fn set_node_value(tree: &mut Tree, id: Id, value: Rc<str>) {
    match &mut tree.items[id].kind {
        Kind::Text(t) | Kind::Cdata(t) | Kind::Comment(t) | Kind::Pi(_, t) => *t = value,
        _ => {}
    }
}

/// Makes an item, counted.
fn make(it: &mut Interpreter<'_>, doc: &Rc<Doc>, kind: Kind) -> R<Id> {
    it.charge(160)?;
    Ok(doc.tree.borrow_mut().add(kind))
}

fn named(name: &str) -> R<Rc<str>> {
    let first = name.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_' || c == ':');
    let rest = name.chars().all(|c| c.is_alphanumeric() || "_:-.\u{B7}".contains(c));
    if first && rest { Ok(name.into()) } else { Err(refused(BAD_NAME)) }
}

/// Writes an attribute of an element.
pub(crate) fn set_attribute(e: &Dom, it: &mut Interpreter<'_>, name: &str, uri: &str, value: Rc<str>) -> R<()> {
    it.charge(64 + value.len())?;
    let name = named(name)?;
    if let Kind::Element { attrs, .. } = &mut e.doc.tree.borrow_mut().items[e.id].kind {
        it.charge(attrs.len() * 4)?;
        let same = |a: &Attr| {
            if uri.is_empty() { a.name == name } else { *a.uri == *uri && local(&a.name) == local(&name) }
        };
        match attrs.iter_mut().find(|a| same(a)) {
            Some(a) => a.value = value,
            None => {
                let at = attrs.partition_point(|a| a.name < name);
                attrs.insert(at, Attr { name, uri: uri.into(), value });
            }
        }
    }
    Ok(())
}

fn find_attribute(tree: &Tree, id: Id, hit: impl Fn(&Attr) -> bool) -> Option<(usize, Rc<str>)> {
    let Kind::Element { attrs, .. } = &tree.items[id].kind else { return None };
    attrs.iter().enumerate().find(|(_, a)| hit(a)).map(|(n, a)| (n, a.value.clone()))
}

impl Dom {
    fn give(&self, id: Option<Id>) -> Value {
        id.map_or(Value::Null, |id| node(&self.doc, id))
    }

    fn own<'a>(&self, v: &'a Value) -> R<&'a Dom> {
        match v.downcast::<Dom>() {
            Some(d) if Rc::ptr_eq(&d.doc, &self.doc) => Ok(d),
            Some(_) => Err(refused(STRANGER)),
            None => Err(crate::error::null_pointer("a node is missing")),
        }
    }

    fn detach(&self, it: &mut Interpreter<'_>, id: Id) -> R<()> {
        let parent = self.doc.tree.borrow().items[id].parent;
        if let Some(p) = parent
            && let Some(at) = self.doc.place(it, p, id)?
        {
            let mut tree = self.doc.tree.borrow_mut();
            it.charge((tree.items[p].children.len() - at) * 2)?;
            tree.items[p].children.remove(at);
            tree.items[id].parent = None;
        }
        Ok(())
    }

    /// Puts a node in front of another, or at the end.
    fn insert(&self, it: &mut Interpreter<'_>, new: Id, before: Option<Id>) -> R<()> {
        // Only a node that holds something can be above this one.
        let mut up = Some(self.id).filter(|_| !self.doc.tree.borrow().items[new].children.is_empty() || new == self.id);
        while let Some(id) = up {
            if id == new {
                return Err(refused(CYCLE));
            }
            it.tick()?;
            up = self.doc.tree.borrow().items[id].parent;
        }
        let kind = self.doc.tree.borrow().items[new].kind.clone();
        if self.id == 0
            && matches!(kind, Kind::Element { .. })
            && self.doc.tree.borrow().root().is_some_and(|r| r != new)
            || self.id == 0 && matches!(kind, Kind::Text(_) | Kind::Cdata(_))
        {
            return Err(refused(CYCLE));
        }
        let parts = match kind {
            Kind::Fragment => std::mem::take(&mut self.doc.tree.borrow_mut().items[new].children),
            _ => vec![new],
        };
        for id in parts {
            self.detach(it, id)?;
            let at = match before {
                Some(b) => self.doc.place(it, self.id, b)?.ok_or_else(|| refused(NOT_FOUND))?,
                None => self.doc.tree.borrow().items[self.id].children.len(),
            };
            let mut tree = self.doc.tree.borrow_mut();
            it.charge((tree.items[self.id].children.len() - at) * 2)?;
            tree.items[self.id].children.insert(at, id);
            tree.items[id].parent = Some(self.id);
        }
        Ok(())
    }

    fn sibling(&self, it: &mut Interpreter<'_>, next: bool) -> R {
        let Some(p) = self.doc.tree.borrow().items[self.id].parent else { return Ok(Value::Null) };
        let at = self.doc.place(it, p, self.id)?;
        let to = at.and_then(|a| if next { Some(a + 1) } else { a.checked_sub(1) });
        let found = to.and_then(|t| self.doc.tree.borrow().items[p].children.get(t).copied());
        Ok(self.give(found))
    }

    fn elements(&self, it: &mut Interpreter<'_>, uri: Option<&str>, name: &str) -> R {
        let tree = self.doc.tree.borrow();
        let all = tree.below(self.id);
        it.charge(all.len() * 8)?;
        let hit = |id: &Id| match &tree.items[*id].kind {
            Kind::Element { name: n, uri: u, .. } => match uri {
                None => name == "*" || &**n == name,
                Some(asked) => (asked == "*" || &**u == asked) && (name == "*" || local(n) == name),
            },
            _ => false,
        };
        let found = all.into_iter().skip(1).filter(hit).map(Spot::Item).collect();
        drop(tree);
        Ok(list(&self.doc, Listed::Fixed(found)))
    }

    fn set_text(&self, it: &mut Interpreter<'_>, v: &Value) -> R<()> {
        let t: Rc<str> = if v.is_null() { "".into() } else { it.to_text(v)?.into() };
        if !matches!(self.doc.tree.borrow().items[self.id].kind, Kind::Element { .. } | Kind::Fragment) {
            set_node_value(&mut self.doc.tree.borrow_mut(), self.id, t);
            return Ok(());
        }
        let old = std::mem::take(&mut self.doc.tree.borrow_mut().items[self.id].children);
        for id in old {
            self.doc.tree.borrow_mut().items[id].parent = None;
        }
        if !t.is_empty() {
            let id = make(it, &self.doc, Kind::Text(t))?;
            self.insert(it, id, None)?;
        }
        Ok(())
    }
}

/// A copy of a node in a document, with what is below it if asked.
fn copy(it: &mut Interpreter<'_>, from: &Doc, id: Id, to: &Rc<Doc>, deep: bool) -> R<Id> {
    // Collected first: both may be one document.
    let parts: Vec<(Id, Option<Id>, Kind)> = {
        let tree = from.tree.borrow();
        let all = if deep { tree.below(id) } else { vec![id] };
        it.charge(all.len() * 160)?;
        all.into_iter().map(|i| (i, tree.items[i].parent, tree.items[i].kind.clone())).collect()
    };
    let mut tree = to.tree.borrow_mut();
    let mut new: std::collections::HashMap<Id, Id> = std::collections::HashMap::new();
    let mut top = None;
    for (old, parent, kind) in parts {
        let made = tree.add(kind);
        new.insert(old, made);
        match (top, parent.and_then(|p| new.get(&p).copied())) {
            (Some(_), Some(p)) => {
                tree.items[made].parent = Some(p);
                tree.items[p].children.push(made);
            }
            _ => top = Some(made),
        }
    }
    Ok(top.unwrap_or(0))
}

fn opt(s: &str) -> Value {
    if s.is_empty() { Value::Null } else { Value::str(s) }
}

/// A method of a node; none if there is no such method.
pub(crate) fn call(d: &Dom, it: &mut Interpreter<'_>, this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
    let id = d.id;
    let uri_of = |v: &Value| if v.is_null() { String::new() } else { text(v) };
    if let Some(v) = change(d, it, name, args)? {
        return Ok(Some(v));
    }
    let tree = d.doc.tree.borrow();
    let item: &Item = &tree.items[id];
    let found = match (name, args) {
        ("getNodeName", []) => Value::str(node_name(&tree, id)),
        ("getNodeValue", []) => node_value(&tree, id),
        ("getNodeType", []) => Value::Short(node_type(&tree, id)),
        ("getParentNode", []) => d.give(item.parent),
        ("getChildNodes", []) => list(&d.doc, Listed::Children(id)),
        ("getFirstChild", []) => d.give(item.children.first().copied()),
        ("getLastChild", []) => d.give(item.children.last().copied()),
        ("hasChildNodes", []) => Value::Bool(!item.children.is_empty()),
        ("getOwnerDocument", []) => {
            if id == 0 {
                Value::Null
            } else {
                node(&d.doc, 0)
            }
        }
        ("isSameNode" | "isEqualNode", [v]) => Value::Bool(crate::ops::equal(this, v)),
        ("getTextContent", []) if id == 0 => Value::Null,
        ("getTextContent", []) => {
            let walked = tree.below(id).len();
            let t = tree.text(id);
            it.charge(walked * 8 + t.len())?;
            Value::str(t)
        }
        ("getNextSibling" | "getPreviousSibling", []) => {
            drop(tree);
            return d.sibling(it, name == "getNextSibling").map(Some);
        }
        ("getElementsByTagName", [n]) => {
            drop(tree);
            return d.elements(it, None, &text(n)).map(Some);
        }
        ("getElementsByTagNameNS", [u, n]) => {
            drop(tree);
            return d.elements(it, Some(&uri_of(u)), &text(n)).map(Some);
        }
        ("getDocumentElement", []) if id == 0 => d.give(tree.root()),
        ("getXmlVersion", []) if id == 0 => Value::str("1.0"),
        ("getXmlEncoding" | "getInputEncoding" | "getDoctype" | "getDocumentURI", []) if id == 0 => Value::Null,
        ("getElementById", [_]) if id == 0 => Value::Null,
        ("toString", []) => {
            if !matches!(item.kind, Kind::Element { .. }) {
                drop(tree);
                return Ok(Some(Value::str(text(this))));
            }
            Value::str(write::write(it, &tree, id, &Layout { indent: Some(2), ..Layout::default() })?)
        }
        _ => match &item.kind {
            Kind::Element { name: tag, uri, attrs } => match (name, args) {
                ("getTagName", []) => Value::Str(tag.clone()),
                ("getLocalName", []) if !tree.aware => Value::Null,
                ("getLocalName", []) => Value::str(local(tag)),
                ("getPrefix", []) => opt(if tree.aware { prefix(tag) } else { "" }),
                ("getNamespaceURI", []) => opt(uri),
                ("hasAttributes", []) => Value::Bool(!attrs.is_empty()),
                ("getAttributes", []) => list(&d.doc, Listed::Attributes(id)),
                ("getAttribute" | "hasAttribute" | "getAttributeNode", [n]) => {
                    let n = text(n);
                    it.charge(attrs.len() * 4)?;
                    let found = find_attribute(&tree, id, |a| *a.name == *n);
                    drop(tree);
                    return Ok(Some(asked(d, name, found)));
                }
                ("getAttributeNS" | "hasAttributeNS" | "getAttributeNodeNS", [u, n]) => {
                    let (u, n) = (uri_of(u), text(n));
                    it.charge(attrs.len() * 4)?;
                    let found = find_attribute(&tree, id, |a| *a.uri == *u && local(&a.name) == n);
                    drop(tree);
                    return Ok(Some(asked(d, name, found)));
                }
                _ => return Ok(None),
            },
            Kind::Pi(target, data) => match name {
                "getTarget" => Value::Str(target.clone()),
                "getData" => Value::Str(data.clone()),
                "getAttributes" | "getNamespaceURI" | "getLocalName" | "getPrefix" => Value::Null,
                _ => return Ok(None),
            },
            Kind::Text(t) | Kind::Cdata(t) | Kind::Comment(t) => match name {
                "getData" | "getWholeText" => Value::Str(t.clone()),
                "getLength" => Value::Int(t.encode_utf16().count() as i32),
                "getAttributes" | "getNamespaceURI" | "getLocalName" | "getPrefix" => Value::Null,
                "hasAttributes" => Value::Bool(false),
                _ => return Ok(None),
            },
            Kind::Document | Kind::Fragment => match name {
                "getAttributes" | "getNamespaceURI" | "getLocalName" | "getPrefix" => Value::Null,
                "hasAttributes" => Value::Bool(false),
                _ => return Ok(None),
            },
        },
    };
    Ok(Some(found))
}

fn asked(d: &Dom, name: &str, found: Option<(usize, Rc<str>)>) -> Value {
    match (name, found) {
        ("hasAttribute" | "hasAttributeNS", f) => Value::Bool(f.is_some()),
        ("getAttribute" | "getAttributeNS", f) => Value::Str(f.map_or_else(|| "".into(), |f| f.1)),
        (_, Some((n, _))) => at(&d.doc, Spot::Attribute(d.id, n)),
        (_, None) => Value::Null,
    }
}

/// Methods that change or make something.
fn change(d: &Dom, it: &mut Interpreter<'_>, name: &str, args: &[Value]) -> R<Option<Value>> {
    let uri_of = |v: &Value| if v.is_null() { String::new() } else { text(v) };
    let element = matches!(d.doc.tree.borrow().items[d.id].kind, Kind::Element { .. });
    let document = d.id == 0;
    let made = |it: &mut Interpreter<'_>, kind: Kind| make(it, &d.doc, kind).map(|id| Some(node(&d.doc, id)));
    let shared = |it: &mut Interpreter<'_>, v: &Value| -> R<Rc<str>> { Ok(it.to_text(v)?.into()) };
    match (name, args) {
        ("appendChild", [n]) => {
            let id = d.own(n)?.id;
            d.insert(it, id, None)?;
            Ok(Some(n.clone()))
        }
        ("insertBefore", [n, before]) => {
            let id = d.own(n)?.id;
            let before = if before.is_null() { None } else { Some(d.own(before)?.id) };
            d.insert(it, id, before.filter(|b| *b != id))?;
            Ok(Some(n.clone()))
        }
        ("removeChild", [n]) => {
            let id = d.own(n)?.id;
            if d.doc.tree.borrow().items[id].parent != Some(d.id) {
                return Err(refused(NOT_FOUND));
            }
            d.detach(it, id)?;
            Ok(Some(n.clone()))
        }
        ("replaceChild", [new, old]) => {
            let (new_id, old_id) = (d.own(new)?.id, d.own(old)?.id);
            if d.doc.tree.borrow().items[old_id].parent != Some(d.id) {
                return Err(refused(NOT_FOUND));
            }
            if new_id != old_id {
                d.insert(it, new_id, Some(old_id))?;
                d.detach(it, old_id)?;
            }
            Ok(Some(old.clone()))
        }
        ("cloneNode", [deep]) => {
            let id = copy(it, &d.doc, d.id, &d.doc, crate::ops::truth(deep))?;
            Ok(Some(node(&d.doc, id)))
        }
        ("normalize" | "normalizeDocument" | "setXmlStandalone" | "setXmlVersion", _) => Ok(Some(Value::Null)),
        ("setNodeValue" | "setData", [v]) => {
            let v = shared(it, v)?;
            set_node_value(&mut d.doc.tree.borrow_mut(), d.id, v);
            Ok(Some(Value::Null))
        }
        ("setTextContent", [v]) => d.set_text(it, v).map(|()| Some(Value::Null)),
        ("appendData", [v]) => {
            let t = format!("{}{}", text(&node_value(&d.doc.tree.borrow(), d.id)), text(v));
            it.charge(t.len())?;
            set_node_value(&mut d.doc.tree.borrow_mut(), d.id, t.into());
            Ok(Some(Value::Null))
        }
        ("setAttribute", [n, v]) if element => {
            let v = shared(it, v)?;
            set_attribute(d, it, &text(n), "", v).map(|()| Some(Value::Null))
        }
        ("setAttributeNS", [u, n, v]) if element => {
            let v = shared(it, v)?;
            set_attribute(d, it, &text(n), &uri_of(u), v).map(|()| Some(Value::Null))
        }
        ("setAttributeNode" | "setAttributeNodeNS", [a]) if element => {
            let Some(attr) = a.downcast::<DomAttr>() else { return Ok(None) };
            let value = it.invoke(a, "getValue", vec![])?;
            set_attribute(d, it, &attr.name, &attr.uri, text(&value).into())?;
            attr.owner.set(Some(d.id));
            Ok(Some(Value::Null))
        }
        ("removeAttribute", [n]) if element => {
            let n = text(n);
            if let Kind::Element { attrs, .. } = &mut d.doc.tree.borrow_mut().items[d.id].kind {
                attrs.retain(|a| *a.name != *n);
            }
            Ok(Some(Value::Null))
        }
        ("removeAttributeNS", [u, n]) if element => {
            let (u, n) = (uri_of(u), text(n));
            if let Kind::Element { attrs, .. } = &mut d.doc.tree.borrow_mut().items[d.id].kind {
                attrs.retain(|a| !(*a.uri == *u && local(&a.name) == n));
            }
            Ok(Some(Value::Null))
        }
        ("createElement", [n]) if document => {
            made(it, Kind::Element { name: named(&text(n))?, uri: "".into(), attrs: vec![] })
        }
        ("createElementNS", [u, n]) if document => {
            d.doc.tree.borrow_mut().aware = true;
            made(it, Kind::Element { name: named(&text(n))?, uri: uri_of(u).into(), attrs: vec![] })
        }
        ("createTextNode", [v]) if document => {
            let v = shared(it, v)?;
            made(it, Kind::Text(v))
        }
        ("createCDATASection", [v]) if document => {
            let v = shared(it, v)?;
            made(it, Kind::Cdata(v))
        }
        ("createComment", [v]) if document => {
            let v = shared(it, v)?;
            made(it, Kind::Comment(v))
        }
        ("createProcessingInstruction", [t, v]) if document => {
            let v = shared(it, v)?;
            made(it, Kind::Pi(named(&text(t))?, v))
        }
        ("createDocumentFragment", []) if document => made(it, Kind::Fragment),
        ("createAttribute", [n]) if document => {
            Ok(Some(attribute(&d.doc, None, named(&text(n))?, "".into(), "".into())))
        }
        ("createAttributeNS", [u, n]) if document => {
            Ok(Some(attribute(&d.doc, None, named(&text(n))?, uri_of(u).into(), "".into())))
        }
        ("importNode" | "adoptNode", [n, ..]) if document => {
            let Some(from) = n.downcast::<Dom>() else { return Ok(None) };
            let deep = name == "adoptNode" || args.get(1).is_some_and(crate::ops::truth);
            let id = copy(it, &from.doc, from.id, &d.doc, deep)?;
            if name == "adoptNode" {
                from.detach(it, from.id)?;
            }
            Ok(Some(node(&d.doc, id)))
        }
        ("renameNode", [n, u, to]) if document => {
            let id = d.own(n)?.id;
            let to = named(&text(to))?;
            if let Kind::Element { name, uri, .. } = &mut d.doc.tree.borrow_mut().items[id].kind {
                *name = to;
                *uri = uri_of(u).into();
            }
            Ok(Some(n.clone()))
        }
        _ => Ok(None),
    }
}
