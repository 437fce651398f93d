//! GPathResult: elements and attributes found by a path through a document XmlSlurper has read.
use super::slurped::{After, Slurped};
use super::streaming::Streaming;
use crate::error::{no_method, throw};
use crate::gdk::int;
use crate::interp::Interpreter;
use crate::text::text;
use crate::value::{HostObject, ListKind, ListObj, R, Value};
use std::any::Any;
use std::cell::RefCell;
use std::collections::{BTreeMap, HashSet, VecDeque};
use std::rc::Rc;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    NodeChild,
    NodeChildren,
    Filtered,
    Parents,
    None,
    Attributes,
    Attribute,
}

const NUMBERS: &[&str] = &[
    "java.lang.Integer",
    "java.lang.Long",
    "java.lang.Short",
    "java.lang.Byte",
    "java.lang.Double",
    "java.lang.Float",
    "java.math.BigDecimal",
    "java.math.BigInteger",
];

/// Prefixes a script has declared.
type Declared = Rc<BTreeMap<String, String>>;

/// Elements, or attribute values, found by a path.
pub(crate) struct GPath {
    doc: Rc<Slurped>,
    kind: Kind,
    found: Vec<usize>,
    /// Values of attributes, if that is what was asked for.
    values: Vec<Rc<str>>,
    name: Rc<str>,
    declared: RefCell<Declared>,
}

/// The root of a document.
pub(crate) fn root(it: &mut Interpreter<'_>, doc: Slurped) -> Value {
    let doc = Rc::new(doc);
    let weak = Rc::downgrade(&doc);
    it.at_end.push(Box::new(move || {
        if let Some(doc) = weak.upgrade() {
            doc.forget();
        }
    }));
    let found: Vec<usize> = if doc.all.borrow().is_empty() { vec![] } else { vec![0] };
    let name = found.first().map_or_else(|| "".into(), |i| doc.name(*i));
    Value::object(GPath { doc, kind: Kind::NodeChild, found, values: vec![], name, declared: RefCell::default() })
}

impl GPath {
    fn with(&self, kind: Kind, found: Vec<usize>, name: &str) -> Value {
        let declared = RefCell::new(self.declared.borrow().clone());
        Value::object(GPath { doc: self.doc.clone(), kind, found, values: vec![], name: name.into(), declared })
    }

    pub(crate) fn one(&self, i: usize) -> Value {
        let declared = RefCell::new(self.declared.borrow().clone());
        let name = self.doc.name(i);
        Value::object(GPath {
            doc: self.doc.clone(),
            kind: Kind::NodeChild,
            found: vec![i],
            values: vec![],
            name,
            declared,
        })
    }

    fn values(&self, kind: Kind, found: Vec<usize>, values: Vec<Rc<str>>, name: &str) -> Value {
        let declared = RefCell::new(self.declared.borrow().clone());
        Value::object(GPath { doc: self.doc.clone(), kind, found, values, name: name.into(), declared })
    }

    fn is_attribute(&self) -> bool {
        matches!(self.kind, Kind::Attribute | Kind::Attributes)
    }

    fn len(&self) -> usize {
        if self.is_attribute() { self.values.len() } else { self.found.len() }
    }

    fn string(&self) -> (String, usize) {
        if self.is_attribute() {
            return (self.values.concat(), self.values.len());
        }
        let mut s = String::new();
        let walked = self.found.iter().map(|i| self.doc.text(*i, &mut s)).sum();
        (s, walked)
    }

    fn nth(&self, i: usize) -> Option<Value> {
        if self.is_attribute() {
            let v = self.values.get(i)?.clone();
            let at = self.found.get(i).copied().into_iter().collect();
            return Some(self.values(Kind::Attribute, at, vec![v], &self.name));
        }
        self.found.get(i).map(|f| self.one(*f))
    }

    fn all(&self) -> Vec<Value> {
        (0..self.len()).filter_map(|i| self.nth(i)).collect()
    }

    fn children(&self) -> Vec<usize> {
        self.found.iter().flat_map(|i| self.doc.children(*i)).collect()
    }

    /// The elements of a name, which may have a prefix that was declared.
    fn named(&self, name: &str) -> Value {
        let (prefix, plain) = match name.split_once(':') {
            Some((p, n)) if !self.doc.hints.is_empty() => (Some(p), n),
            _ => (None, name),
        };
        let declared = self.declared.borrow().clone();
        let uri = prefix.map(|p| if p.is_empty() { Some("") } else { declared.get(p).map(String::as_str) });
        let kids = self.children();
        let all = self.doc.all.borrow();
        let hit = |c: &usize| {
            &*all[*c].name == plain
                && match uri {
                    None => true,
                    Some(u) => u.is_some_and(|u| u == &*all[*c].uri),
                }
        };
        let found = kids.into_iter().filter(hit).collect();
        drop(all);
        self.with(Kind::NodeChildren, found, plain)
    }

    fn attribute(&self, name: &str) -> Value {
        let declared = self.declared.borrow().clone();
        let uri_of = |p: &str| match p {
            "xml" => Some(super::read::XML_URI),
            p => declared.get(p).map(String::as_str).or(self.doc.hints.get(p).map(|u| &**u)),
        };
        let key = match name.split_once(':') {
            Some((p, n)) if !self.doc.hints.is_empty() || p == "xml" => match uri_of(p) {
                Some(uri) => format!("{{{uri}}}{n}"),
                None => n.to_string(),
            },
            _ => name.to_string(),
        };
        let plain = if self.doc.hints.is_empty() { name } else { super::tree::local(name) };
        let (mut at, mut values) = (Vec::new(), Vec::new());
        for i in self.found.iter().filter(|_| !self.is_attribute()) {
            if let Some(v) = self.doc.attribute(*i, &key) {
                at.push(*i);
                values.push(v.into());
            }
        }
        self.values(Kind::Attributes, at, values, plain)
    }

    fn parents(&self) -> Value {
        let all = self.doc.all.borrow();
        if self.kind == Kind::NodeChild || self.kind == Kind::Attribute {
            let own = self.found.first().copied();
            let up = if self.kind == Kind::Attribute { own } else { own.and_then(|i| all[i].parent.or(own)) };
            drop(all);
            return up.map_or_else(|| self.with(Kind::None, vec![], &self.name), |i| self.one(i));
        }
        let mut seen = HashSet::new();
        let up = |i: &usize| if self.is_attribute() { Some(*i) } else { all[*i].parent };
        let found: Vec<usize> = self.found.iter().filter_map(up).filter(|p| seen.insert(*p)).collect();
        drop(all);
        let name = found.first().map_or_else(|| self.name.clone(), |i| self.doc.name(*i));
        self.with(Kind::Parents, found, &name)
    }

    /// All elements below, each before what it holds.
    fn depth_first(&self, it: &mut Interpreter<'_>) -> R<Vec<Value>> {
        let mut todo: Vec<usize> = self.found.iter().rev().copied().collect();
        let mut out = Vec::new();
        while let Some(i) = todo.pop() {
            it.charge(160)?;
            out.push(self.one(i));
            todo.extend(self.doc.children(i).into_iter().rev());
        }
        Ok(out)
    }

    fn breadth_first(&self, it: &mut Interpreter<'_>) -> R<Vec<Value>> {
        let mut todo: VecDeque<usize> = self.found.iter().copied().collect();
        let mut out = Vec::new();
        while let Some(i) = todo.pop_front() {
            it.charge(160)?;
            out.push(self.one(i));
            todo.extend(self.doc.children(i));
        }
        Ok(out)
    }

    /// Writes what was found to a builder.
    pub(crate) fn build(&self, it: &mut Interpreter<'_>, to: &Streaming, builder: &Value) -> R<()> {
        if self.is_attribute() {
            return to.escaped(it, &self.values.concat());
        }
        for i in &self.found {
            self.doc.build(it, self, *i, to, builder)?;
        }
        Ok(())
    }

    fn elements_only(&self) -> R<()> {
        if !self.is_attribute() {
            return Ok(());
        }
        Err(throw(
            "java.lang.ClassCastException",
            "class groovy.util.slurpersupport.Attribute cannot be cast to class groovy.util.slurpersupport.NodeChild",
        ))
    }

    fn replace_node(&self, f: &Value) -> R<()> {
        self.elements_only()?;
        for i in &self.found {
            self.doc.all.borrow_mut()[*i].instead.push(f.clone());
        }
        Ok(())
    }

    fn replace_body(&self, v: &Value) -> R<()> {
        self.elements_only()?;
        self.found.iter().for_each(|i| self.doc.replace_body(*i, v.clone()));
        Ok(())
    }

    fn append(&self, v: &Value) -> R<()> {
        self.elements_only()?;
        for i in &self.found {
            self.doc.append(*i, v.clone());
        }
        Ok(())
    }

    fn set_attribute(&self, name: &str, value: &Value) {
        // Anything but text is ignored.
        if let Some(s) = value.as_str() {
            for i in &self.found {
                self.doc.attributes(*i).put(Value::str(name), Value::Str(s.clone()));
            }
        }
    }

    /// `path.name = value` and `path.@name = value`.
    fn assign(&self, name: &str, value: Value) -> R<()> {
        if let Some(a) = name.strip_prefix('@') {
            self.set_attribute(a, &value);
            return Ok(());
        }
        let to = self.named(name);
        let Some(g) = to.downcast::<GPath>() else { return Ok(()) };
        match &value {
            Value::Map(m) => {
                m.entries().iter().for_each(|(k, v)| g.set_attribute(&text(k), v));
                Ok(())
            }
            Value::Closure(_) => g.replace_node(&value),
            v => g.replace_body(v),
        }
    }

    /// `findAll` and `find`.
    fn search(&self, it: &mut Interpreter<'_>, f: &Value, first: bool) -> R {
        let (mut found, mut values) = (Vec::new(), Vec::new());
        for (n, x) in self.all().into_iter().enumerate() {
            let r = it.invoke(f, "call", vec![x.clone()])?;
            if it.truth(&r)? {
                if first {
                    return Ok(x);
                }
                found.extend(self.found.get(n));
                values.extend(self.values.get(n).cloned());
            }
        }
        if first || self.kind == Kind::NodeChild && found.is_empty() {
            return Ok(self.with(Kind::None, vec![], &self.name));
        }
        match self.kind {
            Kind::NodeChild => Ok(self.one(found[0])),
            _ if self.is_attribute() => Ok(self.values(Kind::Attributes, found, values, &self.name)),
            _ => Ok(self.with(Kind::Filtered, found, &self.name)),
        }
    }

    fn number(&self, it: &mut Interpreter<'_>, name: &str) -> R {
        let class = match name {
            "toInteger" => "java.lang.Integer",
            "toLong" => "java.lang.Long",
            "toFloat" => "java.lang.Float",
            "toDouble" => "java.lang.Double",
            "toBigInteger" => "java.math.BigInteger",
            _ => "java.math.BigDecimal",
        };
        let (s, walked) = self.string();
        it.charge(walked * 16)?;
        crate::cast::parse_number(s.trim(), class)
    }

    fn at(&self, it: &mut Interpreter<'_>, this: &Value, k: &Value) -> R {
        if let Some(name) = k.as_str() {
            return it.get_property(this, &name);
        }
        if matches!(k, Value::Range(_) | Value::List(_)) {
            return it.index_get(&Value::list(self.all()), k);
        }
        let i = int(Some(k));
        let i = if i < 0 { i + self.len() as i64 } else { i };
        let one = usize::try_from(i).ok().and_then(|i| self.nth(i));
        Ok(one.unwrap_or_else(|| self.with(Kind::None, vec![], &self.name)))
    }
}

impl HostObject for GPath {
    fn class_name(&self) -> &str {
        match self.kind {
            Kind::NodeChild => "groovy.util.slurpersupport.NodeChild",
            Kind::NodeChildren => "groovy.util.slurpersupport.NodeChildren",
            Kind::Filtered => "groovy.util.slurpersupport.FilteredNodeChildren",
            Kind::Parents => "groovy.util.slurpersupport.NodeParents",
            Kind::None => "groovy.util.slurpersupport.NoChildren",
            Kind::Attributes => "groovy.util.slurpersupport.Attributes",
            Kind::Attribute => "groovy.util.slurpersupport.Attribute",
        }
    }
    fn get_property(&self, it: &mut Interpreter<'_>, _this: &Value, name: &str) -> R<Option<Value>> {
        it.charge(64)?;
        if let Some(a) = name.strip_prefix('@') {
            return Ok(Some(self.attribute(a)));
        }
        Ok(Some(match name {
            "**" => crate::objects::iterator(self.depth_first(it)?),
            "*" => self.with(Kind::NodeChildren, self.children(), "*"),
            ".." => self.parents(),
            n => self.named(n),
        }))
    }
    fn set_property(&self, _it: &mut Interpreter<'_>, name: &str, value: Value) -> R<bool> {
        self.assign(name, value)?;
        Ok(true)
    }
    fn call_method(&self, it: &mut Interpreter<'_>, this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        let node = self.kind == Kind::NodeChild;
        Ok(Some(match (name, args) {
            ("text" | "toString", []) => {
                let (s, walked) = self.string();
                it.charge(s.len() + walked * 16)?;
                Value::str(s)
            }
            ("localText", []) if node => {
                let all = self.doc.all.borrow();
                let texts = self.found.iter().flat_map(|i| &all[*i].kids);
                Value::list(
                    texts
                        .filter_map(|k| if let super::slurped::Kid::Text(t) = k { Some(Value::str(t)) } else { None })
                        .collect(),
                )
            }
            ("size", []) => Value::Int(self.len() as i32),
            ("isEmpty", []) => Value::Bool(self.len() == 0),
            ("name", []) => Value::Str(self.name.clone()),
            ("asBoolean", []) => Value::Bool(self.truth()),
            ("children", []) => self.with(Kind::NodeChildren, self.children(), "*"),
            ("childNodes", []) => crate::objects::iterator(self.children().into_iter().map(|i| self.one(i)).collect()),
            ("parent" | "pop", []) => self.parents(),
            ("depthFirst", []) => crate::objects::iterator(self.depth_first(it)?),
            ("breadthFirst", []) => crate::objects::iterator(self.breadth_first(it)?),
            ("iterator", []) => crate::objects::iterator(self.all()),
            ("nodeIterator", []) => crate::objects::iterator(self.all()),
            ("list", []) => Value::List(ListObj::new(ListKind::LinkedList, self.all())),
            ("attributes", []) if node => match self.found.first() {
                Some(i) => Value::Map(self.doc.attributes(*i)),
                None => Value::map(vec![]),
            },
            ("namespaceURI", []) if node => {
                self.found.first().map_or(Value::Null, |i| Value::Str(self.doc.all.borrow()[*i].uri.clone()))
            }
            ("lookupNamespace", [p]) => self.doc.hints.get(&text(p)).map_or(Value::Null, |u| Value::Str(u.clone())),
            ("declareNamespace", [Value::Map(m)]) => {
                let mut map = (**self.declared.borrow()).clone();
                for (k, v) in m.entries() {
                    it.charge(64)?;
                    map.insert(text(&k), it.to_text(&v)?);
                }
                self.declared.replace(Rc::new(map));
                this.clone()
            }
            ("find", [f @ Value::Closure(_)]) => self.search(it, f, true)?,
            ("findAll", [f @ Value::Closure(_)]) => self.search(it, f, false)?,
            ("toInteger" | "toLong" | "toFloat" | "toDouble" | "toBigDecimal" | "toBigInteger", []) => {
                self.number(it, name)?
            }
            ("getAt", [k]) => self.at(it, this, k)?,
            ("putAt", [k, v]) => {
                if let Some(n) = k.as_str() {
                    self.set_property(it, &n, v.clone())?;
                } else {
                    let one = self.at(it, this, k)?;
                    match one.downcast::<GPath>() {
                        Some(g) if matches!(v, Value::Closure(_)) => g.replace_node(v)?,
                        Some(g) => g.replace_body(v)?,
                        None => {}
                    }
                }
                Value::Null
            }
            ("getProperty", [n]) => return self.get_property(it, this, &text(n)),
            ("setProperty", [n, v]) => {
                self.set_property(it, &text(n), v.clone())?;
                Value::Null
            }
            ("replaceNode", [f @ Value::Closure(_)]) => {
                self.replace_node(f)?;
                Value::Null
            }
            ("replaceBody", [v]) => {
                self.replace_body(v)?;
                Value::Null
            }
            ("appendNode", [v]) => {
                self.append(v)?;
                Value::Null
            }
            ("leftShift", [v]) => {
                self.append(v)?;
                this.clone()
            }
            ("plus", [v]) => {
                self.elements_only()?;
                for i in &self.found {
                    let after = Value::object(After(v.clone()));
                    self.doc.all.borrow_mut()[*i].instead.push(after);
                }
                this.clone()
            }
            ("writeTo", [w]) => {
                let (s, walked) = self.string();
                it.charge(s.len() + walked * 16)?;
                it.invoke(w, "write", vec![Value::str(s)])?;
                w.clone()
            }
            // An element is equal to a text, but no text is equal to an element.
            ("contains", [v]) => {
                Value::Bool(v.downcast::<GPath>().is_some() && self.all().iter().any(|x| crate::ops::equal(v, x)))
            }
            ("asType", [Value::Class(c)]) if NUMBERS.contains(&&**c) => return Err(crate::error::bad_cast(this, c)),
            ("hashCode", []) => Value::Int(crate::ops::java_hash(&Value::str(self.string().0))),
            // What these classes lack, although other walkable values have it.
            ("unique" | "reverse" | "namespaceURI" | "attributes" | "localText" | "length" | "remove" | "plus", _) => {
                return Err(no_method(this, name, args));
            }
            _ => return Ok(None),
        }))
    }
    fn text(&self) -> String {
        self.string().0
    }
    fn items(&self) -> Option<Vec<Value>> {
        Some(self.all())
    }
    fn truth(&self) -> bool {
        self.kind != Kind::None
    }
    fn equal(&self, other: &Value) -> Option<bool> {
        Some(!other.is_null() && self.string().0 == text(other))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}
