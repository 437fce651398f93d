//! `groovy.util.Node`: the tree XmlParser and NodeBuilder make, and scripts change.
use super::qname::QName;
use super::tree::{Kind, Tree, local, prefix};
use super::walk::{breadth_first, copy, depth_first};
use crate::error::{no_method, throw};
use crate::interp::Interpreter;
use crate::text::text;
use crate::value::{HostObject, ListKind, ListObj, MapKind, MapObj, R, Value};
use std::any::Any;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::{Rc, Weak};

/// A node: a name, attributes, and a value that is a list of nodes and texts, or anything else.
pub(crate) struct Node {
    pub(crate) name: RefCell<Value>,
    attributes: RefCell<Value>,
    value: RefCell<Value>,
    parent: RefCell<Option<Weak<dyn HostObject>>>,
}

impl Drop for Node {
    fn drop(&mut self) {
        crate::free::values([self.name.take_value(), self.attributes.take_value(), self.value.take_value()]);
    }
}

trait TakeValue {
    fn take_value(&mut self) -> Value;
}
impl TakeValue for RefCell<Value> {
    fn take_value(&mut self) -> Value {
        std::mem::replace(self.get_mut(), Value::Null)
    }
}

/// A `NodeList`.
pub(crate) fn list(items: Vec<Value>) -> Value {
    Value::List(ListObj::new(ListKind::NodeList, items))
}

/// A node that is nowhere yet.
pub(crate) fn new(name: Value, attributes: Value, value: Value) -> Value {
    let node = Value::object(Node {
        name: RefCell::new(name),
        attributes: RefCell::new(attributes),
        value: RefCell::new(Value::Null),
        parent: RefCell::new(None),
    });
    set_value(&node, value);
    node
}

/// Sets the value; nodes in a list belong to the node from now on.
fn set_value(this: &Value, value: Value) {
    if let Value::List(l) = &value {
        for x in l.data.borrow().iter() {
            set_parent(x, this);
        }
    }
    if let Some(n) = this.downcast::<Node>() {
        n.value.replace(value);
    }
}

fn set_parent(child: &Value, parent: &Value) {
    if let (Some(c), Value::Object(p)) = (child.downcast::<Node>(), parent) {
        c.parent.replace(Some(Rc::downgrade(p)));
    }
}

/// Adds a node or text to a node.
pub(crate) fn append(parent: &Value, child: Value) {
    let Some(p) = parent.downcast::<Node>() else { return };
    set_parent(&child, parent);
    if let Value::List(l) = &*p.value.borrow()
        && l.kind == ListKind::NodeList
    {
        l.data.borrow_mut().push(child);
        return;
    }
    let mut items = p.children();
    items.push(child);
    p.value.replace(list(items));
}

/// `new Node(parent, name, attributes, value)`.
pub(crate) fn construct(args: &[Value]) -> Option<Value> {
    let empty = || Value::Map(MapObj::new(MapKind::Linked));
    let (parent, name, attributes, value) = match args {
        [p, n] => (p, n, empty(), list(vec![])),
        [p, n, a @ Value::Map(_)] => (p, n, a.clone(), list(vec![])),
        [p, n, v] => (p, n, empty(), v.clone()),
        [p, n, a, v] => (p, n, a.clone(), v.clone()),
        _ => return None,
    };
    let name = if let Value::GStr(s) = name { Value::Str(s.clone()) } else { name.clone() };
    let node = new(name, attributes, value);
    append(parent, node.clone());
    Some(node)
}

fn qualified(name: &Rc<str>, uri: &Rc<str>) -> Value {
    if uri.is_empty() { Value::Str(name.clone()) } else { QName::value(uri, local(name), prefix(name)) }
}

/// The nodes of a document that was read.
pub(crate) fn from_tree(it: &mut Interpreter<'_>, tree: &Tree, trim: bool, keep_blank: bool) -> R {
    let mut nodes: HashMap<usize, Value> = HashMap::new();
    let mut texts: HashMap<usize, String> = HashMap::new();
    let mut root = Value::Null;
    let flush = |nodes: &HashMap<usize, Value>, texts: &mut HashMap<usize, String>, at: usize| {
        if let (Some(t), Some(node)) = (texts.remove(&at), nodes.get(&at)) {
            let blank = t.trim().is_empty();
            if !trim && (keep_blank || !blank) {
                append(node, Value::str(t));
            } else if !blank {
                append(node, Value::str(t.trim()));
            }
        }
    };
    for id in tree.below(0) {
        let item = &tree.items[id];
        match &item.kind {
            Kind::Element { name, uri, attrs } => {
                it.charge(400 + attrs.len() * 100)?;
                let map = MapObj::new(MapKind::Linked);
                for a in attrs.iter().filter(|a| !(tree.aware && a.declares())) {
                    map.put(qualified(&a.name, &a.uri), Value::Str(a.value.clone()));
                }
                let node = new(qualified(name, uri), Value::Map(map), list(vec![]));
                match item.parent.filter(|p| *p != 0) {
                    Some(p) => {
                        flush(&nodes, &mut texts, p);
                        if let Some(parent) = nodes.get(&p) {
                            append(parent, node.clone());
                        }
                    }
                    None => root = node.clone(),
                }
                nodes.insert(id, node);
            }
            Kind::Text(t) | Kind::Cdata(t) => {
                if let Some(p) = item.parent {
                    texts.entry(p).or_default().push_str(t);
                }
            }
            _ => {}
        }
    }
    let rest: Vec<usize> = texts.keys().copied().collect();
    for at in rest {
        flush(&nodes, &mut texts, at);
    }
    // Parents are not held by their children: the root stays as long as the run lasts.
    let kept = root.clone();
    it.at_end.push(Box::new(move || drop(kept)));
    Ok(root)
}

impl Node {
    /// What it holds.
    pub(crate) fn children(&self) -> Vec<Value> {
        match &*self.value.borrow() {
            Value::Null => vec![],
            Value::List(l) => l.data.borrow().clone(),
            v => vec![v.clone()],
        }
    }

    /// Its value as it is.
    pub(crate) fn value(&self) -> Value {
        self.value.borrow().clone()
    }

    /// Its attributes.
    pub(crate) fn attributes(&self) -> Vec<(Value, Value)> {
        match &*self.attributes.borrow() {
            Value::Map(m) => m.entries(),
            _ => vec![],
        }
    }

    fn parent(&self) -> Value {
        let up = self.parent.borrow().as_ref().and_then(Weak::upgrade);
        up.map_or(Value::Null, Value::Object)
    }

    /// All text below, without recursion.
    pub(crate) fn string(&self) -> (String, usize) {
        if let v @ (Value::Str(_) | Value::GStr(_) | Value::Bool(_) | Value::Null) = &*self.value.borrow() {
            return (if v.is_null() { String::new() } else { text(v) }, 1);
        }
        let (mut out, mut walked) = (String::new(), 0);
        let mut todo: Vec<Value> = self.children().into_iter().rev().collect();
        let single = !matches!(&*self.value.borrow(), Value::List(_));
        // A node may come to hold itself.
        while let Some(x) = todo.pop().filter(|_| walked < MAX_WALKED) {
            walked += 1;
            match &x {
                Value::Str(s) | Value::GStr(s) => out.push_str(s),
                x => match x.downcast::<Node>() {
                    Some(n) => match &*n.value.borrow() {
                        Value::List(l) => todo.extend(l.data.borrow().iter().rev().cloned()),
                        v => out.push_str(&if v.is_null() { String::new() } else { text(v) }),
                    },
                    None if single => out.push_str(&text(x)),
                    None => {}
                },
            }
        }
        (out, walked)
    }

    fn named(&self, name: &Value) -> Value {
        let hit = |x: &Value| x.downcast::<Node>().is_some_and(|n| matches(&n.name.borrow(), name));
        list(self.children().into_iter().filter(hit).collect())
    }

    fn attribute(&self, name: &Value) -> Value {
        match &*self.attributes.borrow() {
            Value::Map(m) => m.get(name).unwrap_or(Value::Null),
            _ => Value::Null,
        }
    }

    /// `node.name`, `node.'@name'`, `node.'*'` and so on.
    pub(crate) fn get(&self, it: &mut Interpreter<'_>, this: &Value, name: &str) -> R {
        it.charge(64)?;
        if let Some(a) = name.strip_prefix('@') {
            return Ok(self.attribute(&Value::str(a)));
        }
        Ok(match name {
            ".." => self.parent(),
            "*" => self.live_children(),
            "**" => list(depth_first(it, this)?),
            n => self.named(&Value::str(n)),
        })
    }

    /// The children as the list itself, so that changes of the list change the node.
    fn live_children(&self) -> Value {
        match &*self.value.borrow() {
            v @ Value::List(l) if l.kind == ListKind::NodeList => v.clone(),
            Value::List(l) => list(l.data.borrow().clone()),
            Value::Null => list(vec![]),
            v => list(vec![v.clone()]),
        }
    }

    /// Where a node is among the children of its parent.
    fn place(this: &Value, parent: &Value) -> Option<(Rc<ListObj>, usize)> {
        let p = parent.downcast::<Node>()?;
        let Value::List(l) = p.value() else { return None };
        let at = l.data.borrow().iter().position(|x| x.same(this))?;
        Some((l, at))
    }

    /// Puts what a closure builds, or a node, in place of a node or behind it.
    pub(crate) fn splice(&self, it: &mut Interpreter<'_>, this: &Value, new: &Value, keep: bool) -> R {
        let parent = self.parent();
        if parent.is_null() {
            let what = if keep { "Adding sibling nodes to the root node" } else { "Replacing the root node" };
            return Err(throw("java.lang.UnsupportedOperationException", format!("{what} is not supported")));
        }
        let nodes = match new {
            Value::Closure(_) => super::markup::nodes(it, new)?,
            n => vec![n.clone()],
        };
        if let Some((l, at)) = Node::place(this, &parent) {
            let from = if keep { at + 1 } else { at };
            for (i, n) in nodes.iter().enumerate() {
                it.charge(l.data.borrow().len() * 8)?;
                set_parent(n, &parent);
                l.data.borrow_mut().insert(from + i, n.clone());
            }
            if !keep {
                let gone = l.data.borrow_mut().remove(at + nodes.len());
                drop(gone);
                self.parent.replace(None);
            }
        }
        Ok(this.clone())
    }
}

/// So many nodes are walked over for one text; a node that holds itself has no end.
const MAX_WALKED: usize = 5_000_000;
const MAX_TEXT: usize = 32 << 20;

/// Whether a node has the name a script asks for.
fn matches(name: &Value, asked: &Value) -> bool {
    match (name.downcast::<QName>(), asked.downcast::<QName>()) {
        (Some(own), Some(asked)) => asked.matches(own),
        (Some(own), None) => asked.as_str().is_some_and(|s| own.matches_text(&s)),
        (None, Some(asked)) => name.as_str().is_some_and(|s| asked.matches_text(&s)),
        (None, None) => match (name.as_str(), asked.as_str()) {
            (Some(a), Some(b)) => a == b,
            _ => false,
        },
    }
}

impl HostObject for Node {
    fn class_name(&self) -> &str {
        "groovy.util.Node"
    }
    fn get_property(&self, it: &mut Interpreter<'_>, this: &Value, name: &str) -> R<Option<Value>> {
        self.get(it, this, name).map(Some)
    }
    fn set_property(&self, _it: &mut Interpreter<'_>, name: &str, value: Value) -> R<bool> {
        if let Some(a) = name.strip_prefix('@') {
            if let Value::Map(m) = &*self.attributes.borrow() {
                m.put(Value::str(a), value);
            }
            return Ok(true);
        }
        if name == "value" {
            let value = if let Value::GStr(s) = &value { Value::Str(s.clone()) } else { value };
            self.value.replace(value);
            return Ok(true);
        }
        Err(crate::error::no_property(name, self.class_name()))
    }
    fn call_method(&self, it: &mut Interpreter<'_>, this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        Ok(Some(match (name, args) {
            ("name", []) => self.name.borrow().clone(),
            ("text", []) => {
                let (s, walked) = self.string();
                it.charge(s.len() + walked * 16)?;
                Value::str(s)
            }
            ("localText", []) => {
                Value::list(self.children().into_iter().filter(|x| x.downcast::<Node>().is_none()).collect())
            }
            ("value", []) => self.value(),
            ("children", []) => self.live_children(),
            ("attributes", []) => self.attributes.borrow().clone(),
            ("attribute", [n]) => self.attribute(n),
            ("parent", []) => self.parent(),
            ("depthFirst", []) => list(depth_first(it, this)?),
            ("breadthFirst", []) => list(breadth_first(it, this)?),
            ("get" | "getProperty", [n]) => self.get(it, this, &text(n))?,
            ("getAt", [n]) => match n {
                Value::Str(s) | Value::GStr(s) => self.get(it, this, s)?,
                n if n.downcast::<QName>().is_some() => self.named(n),
                _ => return Err(no_method(this, name, args)),
            },
            ("iterator", []) => crate::objects::iterator(self.children()),
            ("append", [n]) => {
                it.charge(64)?;
                append(this, n.clone());
                Value::Bool(true)
            }
            ("appendNode", [n]) => {
                it.charge(400)?;
                construct(&[this.clone(), n.clone()]).unwrap_or(Value::Null)
            }
            ("appendNode", [n, a @ Value::Map(_)]) => {
                it.charge(400)?;
                construct(&[this.clone(), n.clone(), a.clone()]).unwrap_or(Value::Null)
            }
            ("appendNode", [n, v]) | ("appendNode", [n, _, v]) => {
                it.charge(400)?;
                let attributes = match args {
                    [_, a, _] => a.clone(),
                    _ => Value::Map(MapObj::new(MapKind::Linked)),
                };
                construct(&[this.clone(), n.clone(), attributes, v.clone()]).unwrap_or(Value::Null)
            }
            ("remove", [n]) => {
                let Some((l, at)) = Node::place(n, this) else { return Ok(Some(Value::Bool(false))) };
                it.charge(at * 8)?;
                let gone = l.data.borrow_mut().remove(at);
                if let Some(g) = gone.downcast::<Node>() {
                    g.parent.replace(None);
                }
                Value::Bool(true)
            }
            ("replaceNode", [n]) => self.splice(it, this, n, false)?,
            ("plus", [f @ Value::Closure(_)]) => {
                self.splice(it, this, f, true)?;
                Value::Null
            }
            ("setValue", [v]) => {
                set_value(this, v.clone());
                Value::Null
            }
            ("clone", []) => copy(it, this)?,
            ("setProperty", [n, v]) => {
                self.set_property(it, &text(n), v.clone())?;
                Value::Null
            }
            ("toString", []) => {
                let s = self.text();
                it.charge(s.len())?;
                Value::str(s)
            }
            // Nothing but what nodes have: other walkable values have more.
            (
                "isEmpty" | "length" | "getText" | "getName" | "getValue" | "getChildren" | "size" | "join" | "sort"
                | "plus" | "collectEntries" | "sum" | "max" | "min" | "first" | "last" | "groupBy" | "unique" | "take"
                | "drop" | "reverse" | "toList",
                _,
            ) => {
                return Err(no_method(this, name, args));
            }
            _ => return Ok(None),
        }))
    }
    fn text(&self) -> String {
        enum Step {
            Text(String),
            Value(Value),
        }
        let open = |n: &Node, todo: &mut Vec<Step>| {
            todo.push(Step::Text("]".into()));
            match n.value() {
                Value::List(l) => {
                    todo.push(Step::Text("]".into()));
                    for (i, x) in l.data.borrow().iter().enumerate().rev() {
                        todo.push(Step::Value(x.clone()));
                        if i > 0 {
                            todo.push(Step::Text(", ".into()));
                        }
                    }
                    todo.push(Step::Text("[".into()));
                }
                v => todo.push(Step::Value(v)),
            }
            let attributes = match &*n.attributes.borrow() {
                a @ Value::Map(_) => crate::text::java_text(a),
                a => text(a),
            };
            todo.push(Step::Text(format!("{}[attributes={attributes}; value=", text(&n.name.borrow()))));
        };
        let (mut out, mut todo) = (String::new(), Vec::new());
        open(self, &mut todo);
        while let Some(step) = todo.pop() {
            // A node may come to hold itself.
            if out.len() > MAX_TEXT {
                out.push_str("...");
                break;
            }
            match step {
                Step::Text(s) => out.push_str(&s),
                Step::Value(v) => match v.downcast::<Node>() {
                    Some(n) => open(n, &mut todo),
                    None => out.push_str(&text(&v)),
                },
            }
        }
        out
    }
    fn items(&self) -> Option<Vec<Value>> {
        Some(self.children())
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}
