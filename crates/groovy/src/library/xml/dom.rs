//! The DOM: documents, their nodes, attributes and lists of them, as objects of scripts.
use super::dom_calls;
use super::tree::{Id, Kind, Tree};
use crate::error::throw;
use crate::gdk::int;
use crate::interp::Interpreter;
use crate::text::text;
use crate::value::{HostObject, R, Thrown, Value};
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// A document its nodes share.
pub(crate) struct Doc {
    pub(crate) tree: RefCell<Tree>,
    /// Where a child was last found, so that walking from sibling to sibling is quick.
    hint: Cell<usize>,
}

/// A node other than an attribute.
#[derive(Clone)]
pub(crate) struct Dom {
    pub(crate) doc: Rc<Doc>,
    pub(crate) id: Id,
}

/// A node of an element, or one of its attributes by place.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Spot {
    Item(Id),
    Attribute(Id, usize),
}

/// An attribute: of an element, or alone with a value of its own.
pub(crate) struct DomAttr {
    doc: Rc<Doc>,
    pub(crate) owner: Cell<Option<Id>>,
    pub(crate) name: Rc<str>,
    pub(crate) uri: Rc<str>,
    alone: RefCell<Rc<str>>,
}

/// `NodeList` and `NamedNodeMap`.
pub(crate) struct DomList {
    doc: Rc<Doc>,
    what: Listed,
}

pub(crate) enum Listed {
    /// The children, as they are when asked.
    Children(Id),
    Attributes(Id),
    Fixed(Vec<Spot>),
}

/// A document as a value.
pub(crate) fn document(tree: Tree) -> Value {
    node(&Rc::new(Doc { tree: RefCell::new(tree), hint: Cell::new(0) }), 0)
}

/// A node as a value.
pub(crate) fn node(doc: &Rc<Doc>, id: Id) -> Value {
    Value::object(Dom { doc: doc.clone(), id })
}

/// A list as a value.
pub(crate) fn list(doc: &Rc<Doc>, what: Listed) -> Value {
    Value::object(DomList { doc: doc.clone(), what })
}

/// Whatever is at a spot, as a value.
pub(crate) fn at(doc: &Rc<Doc>, spot: Spot) -> Value {
    match spot {
        Spot::Item(id) => node(doc, id),
        Spot::Attribute(id, n) => {
            let tree = doc.tree.borrow();
            let Kind::Element { attrs, .. } = &tree.items[id].kind else { return Value::Null };
            attrs
                .get(n)
                .map_or(Value::Null, |a| attribute(doc, Some(id), a.name.clone(), a.uri.clone(), a.value.clone()))
        }
    }
}

/// An attribute as a value.
pub(crate) fn attribute(doc: &Rc<Doc>, owner: Option<Id>, name: Rc<str>, uri: Rc<str>, value: Rc<str>) -> Value {
    Value::object(DomAttr { doc: doc.clone(), owner: Cell::new(owner), name, uri, alone: RefCell::new(value) })
}

/// A `DOMException`.
pub(crate) fn refused(message: &str) -> Thrown {
    throw("org.w3c.dom.DOMException", message)
}

/// What the parts of the DOM are called in Java.
const PREFIX: &str = "com.sun.org.apache.xerces.internal.dom.";

impl Doc {
    /// Where a child is among its siblings.
    pub(crate) fn place(&self, it: &mut Interpreter<'_>, parent: Id, child: Id) -> R<Option<usize>> {
        let tree = self.tree.borrow();
        let children = &tree.items[parent].children;
        let hint = self.hint.get();
        for near in [hint, hint + 1, hint.wrapping_sub(1)] {
            if children.get(near) == Some(&child) {
                self.hint.set(near);
                return Ok(Some(near));
            }
        }
        it.charge(children.len() * 4)?;
        let found = children.iter().position(|c| *c == child);
        self.hint.set(found.unwrap_or(0));
        Ok(found)
    }
}

impl HostObject for Dom {
    fn class_name(&self) -> &str {
        let tree = self.doc.tree.borrow();
        match (&tree.items[self.id].kind, tree.read) {
            (Kind::Document, true) => "com.sun.org.apache.xerces.internal.dom.DeferredDocumentImpl",
            (Kind::Document, false) => "com.sun.org.apache.xerces.internal.dom.DocumentImpl",
            (Kind::Element { .. }, true) => "com.sun.org.apache.xerces.internal.dom.DeferredElementImpl",
            (Kind::Element { .. }, false) => "com.sun.org.apache.xerces.internal.dom.ElementImpl",
            (Kind::Text(_), _) => "com.sun.org.apache.xerces.internal.dom.TextImpl",
            (Kind::Cdata(_), _) => "com.sun.org.apache.xerces.internal.dom.CDATASectionImpl",
            (Kind::Comment(_), _) => "com.sun.org.apache.xerces.internal.dom.CommentImpl",
            (Kind::Pi(..), _) => "com.sun.org.apache.xerces.internal.dom.ProcessingInstructionImpl",
            (Kind::Fragment, _) => "com.sun.org.apache.xerces.internal.dom.DocumentFragmentImpl",
        }
    }
    fn call_method(&self, it: &mut Interpreter<'_>, this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        dom_calls::call(self, it, this, name, args)
    }
    fn text(&self) -> String {
        let value = dom_calls::node_value(&self.doc.tree.borrow(), self.id);
        format!("[{}: {}]", dom_calls::node_name(&self.doc.tree.borrow(), self.id), text(&value))
    }
    fn equal(&self, other: &Value) -> Option<bool> {
        Some(other.downcast::<Dom>().is_some_and(|o| Rc::ptr_eq(&o.doc, &self.doc) && o.id == self.id))
    }
    fn is_a(&self, class: &str) -> bool {
        let own = match &self.doc.tree.borrow().items[self.id].kind {
            Kind::Document => "Document",
            Kind::Element { .. } => "Element",
            Kind::Text(_) | Kind::Cdata(_) if class == "org.w3c.dom.CharacterData" => "CharacterData",
            Kind::Cdata(_) if class == "org.w3c.dom.CDATASection" => "CDATASection",
            Kind::Text(_) | Kind::Cdata(_) => "Text",
            Kind::Comment(_) => "Comment",
            Kind::Pi(..) => "ProcessingInstruction",
            Kind::Fragment => "DocumentFragment",
        };
        class.strip_prefix("org.w3c.dom.").is_some_and(|c| c == "Node" || c == own)
            || class == "java.lang.Object"
            || class == self.class_name()
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl DomAttr {
    fn value(&self) -> Rc<str> {
        if let Some(owner) = self.owner.get()
            && let Kind::Element { attrs, .. } = &self.doc.tree.borrow().items[owner].kind
            && let Some(a) = attrs.iter().find(|a| a.name == self.name)
        {
            return a.value.clone();
        }
        self.alone.borrow().clone()
    }
}

impl HostObject for DomAttr {
    fn class_name(&self) -> &str {
        "com.sun.org.apache.xerces.internal.dom.AttrImpl"
    }
    fn call_method(&self, it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        Ok(Some(match (name, args) {
            ("getName" | "getNodeName", []) => Value::Str(self.name.clone()),
            ("getValue" | "getNodeValue" | "getTextContent", []) => Value::Str(self.value()),
            ("getLocalName", []) => Value::str(super::tree::local(&self.name)),
            ("getNamespaceURI", []) if self.uri.is_empty() => Value::Null,
            ("getNamespaceURI", []) => Value::Str(self.uri.clone()),
            ("getPrefix", []) => match super::tree::prefix(&self.name) {
                "" => Value::Null,
                p => Value::str(p),
            },
            ("getNodeType", []) => Value::Short(2),
            ("getParentNode", []) => Value::Null,
            ("getOwnerElement", []) => self.owner.get().map_or(Value::Null, |id| node(&self.doc, id)),
            ("getOwnerDocument", []) => node(&self.doc, 0),
            ("getSpecified", []) => Value::Bool(true),
            ("setValue" | "setNodeValue" | "setTextContent", [v]) => {
                let v: Rc<str> = it.to_text(v)?.into();
                if let Some(owner) = self.owner.get() {
                    let owner = Dom { doc: self.doc.clone(), id: owner };
                    dom_calls::set_attribute(&owner, it, &self.name, &self.uri, v.clone())?;
                }
                self.alone.replace(v);
                Value::Null
            }
            _ => return Ok(None),
        }))
    }
    fn text(&self) -> String {
        format!("{}=\"{}\"", self.name, self.value())
    }
    fn equal(&self, other: &Value) -> Option<bool> {
        Some(other.downcast::<DomAttr>().is_some_and(|o| {
            Rc::ptr_eq(&o.doc, &self.doc) && o.owner == self.owner && o.name == self.name && self.owner.get().is_some()
        }))
    }
    fn is_a(&self, class: &str) -> bool {
        matches!(class, "org.w3c.dom.Attr" | "org.w3c.dom.Node" | "java.lang.Object") || class == self.class_name()
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl DomList {
    fn len(&self) -> usize {
        match &self.what {
            Listed::Children(id) => self.doc.tree.borrow().items[*id].children.len(),
            Listed::Attributes(id) => match &self.doc.tree.borrow().items[*id].kind {
                Kind::Element { attrs, .. } => attrs.len(),
                _ => 0,
            },
            Listed::Fixed(all) => all.len(),
        }
    }

    fn item(&self, n: usize) -> Value {
        let spot = match &self.what {
            Listed::Children(id) => self.doc.tree.borrow().items[*id].children.get(n).map(|c| Spot::Item(*c)),
            Listed::Attributes(id) => Some(Spot::Attribute(*id, n)),
            Listed::Fixed(all) => all.get(n).copied(),
        };
        spot.map_or(Value::Null, |s| at(&self.doc, s))
    }

    fn named(&self, name: &str) -> Value {
        (0..self.len())
            .map(|n| self.item(n))
            .find(|v| v.downcast::<DomAttr>().is_some_and(|a| &*a.name == name))
            .unwrap_or(Value::Null)
    }
}

impl HostObject for DomList {
    fn class_name(&self) -> &str {
        match self.what {
            Listed::Children(_) if self.doc.tree.borrow().read => {
                "com.sun.org.apache.xerces.internal.dom.DeferredElementImpl"
            }
            Listed::Children(_) => "com.sun.org.apache.xerces.internal.dom.ElementImpl",
            Listed::Attributes(_) => "com.sun.org.apache.xerces.internal.dom.AttributeMap",
            Listed::Fixed(_) => "com.sun.org.apache.xerces.internal.dom.DeepNodeListImpl",
        }
    }
    fn call_method(&self, it: &mut Interpreter<'_>, this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        Ok(Some(match (name, args) {
            ("getLength", []) => Value::Int(self.len() as i32),
            ("item", [n]) => usize::try_from(int(Some(n))).map_or(Value::Null, |n| self.item(n)),
            ("getNamedItem", [n]) => self.named(&text(n)),
            ("setNamedItem" | "removeNamedItem", [v]) => match self.what {
                Listed::Attributes(id) => {
                    let element = node(&self.doc, id);
                    let name = if name == "setNamedItem" { "setAttributeNode" } else { "removeAttribute" };
                    it.invoke(&element, name, vec![v.clone()])?
                }
                _ => return Ok(None),
            },
            ("size" | "isEmpty", []) => return Err(crate::error::no_method(this, name, args)),
            _ => {
                it.charge(self.len() * 64)?;
                return Ok(None);
            }
        }))
    }
    fn text(&self) -> String {
        format!("{}@1", self.class_name().strip_prefix(PREFIX).unwrap_or("NodeList"))
    }
    fn items(&self) -> Option<Vec<Value>> {
        Some((0..self.len()).map(|n| self.item(n)).collect())
    }
    fn is_a(&self, class: &str) -> bool {
        matches!(class, "org.w3c.dom.NodeList" | "org.w3c.dom.NamedNodeMap" | "java.lang.Object")
            || class == self.class_name()
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}
