//! An XML document as a list of items that know their children and their parent by number.
use std::rc::Rc;

/// The number of an item; the document itself is 0.
pub(crate) type Id = usize;

/// An attribute, declarations of namespaces included.
#[derive(Clone)]
pub(crate) struct Attr {
    /// Name as written.
    pub(crate) name: Rc<str>,
    /// Namespace or nothing.
    pub(crate) uri: Rc<str>,
    pub(crate) value: Rc<str>,
}

impl Attr {
    /// Whether it declares a namespace.
    pub(crate) fn declares(&self) -> bool {
        &*self.name == "xmlns" || self.name.starts_with("xmlns:")
    }
}

/// What an item is.
#[derive(Clone)]
pub(crate) enum Kind {
    Document,
    Element {
        name: Rc<str>,
        uri: Rc<str>,
        attrs: Vec<Attr>,
    },
    Text(Rc<str>),
    Cdata(Rc<str>),
    Comment(Rc<str>),
    Pi(Rc<str>, Rc<str>),
    /// Items that are nowhere yet, to be added together.
    Fragment,
}

/// One item of a document.
pub(crate) struct Item {
    pub(crate) kind: Kind,
    pub(crate) parent: Option<Id>,
    pub(crate) children: Vec<Id>,
}

/// A document.
pub(crate) struct Tree {
    pub(crate) items: Vec<Item>,
    /// Names have namespaces.
    pub(crate) aware: bool,
    /// Nothing for documents made by scripts.
    pub(crate) read: bool,
}

impl Tree {
    /// A document without content.
    pub(crate) fn new(aware: bool) -> Tree {
        Tree { items: vec![Item { kind: Kind::Document, parent: None, children: vec![] }], aware, read: false }
    }

    /// Adds an item that is nowhere yet.
    pub(crate) fn add(&mut self, kind: Kind) -> Id {
        self.items.push(Item { kind, parent: None, children: vec![] });
        self.items.len() - 1
    }

    /// Adds an item as the last child of another.
    pub(crate) fn append(&mut self, parent: Id, kind: Kind) -> Id {
        let id = self.add(kind);
        self.items[id].parent = Some(parent);
        self.items[parent].children.push(id);
        id
    }

    /// The element around everything.
    pub(crate) fn root(&self) -> Option<Id> {
        self.items[0].children.iter().copied().find(|c| matches!(self.items[*c].kind, Kind::Element { .. }))
    }

    /// An item and everything below it in document order, without recursion.
    pub(crate) fn below(&self, id: Id) -> Vec<Id> {
        let (mut out, mut todo) = (Vec::new(), vec![id]);
        while let Some(i) = todo.pop() {
            out.push(i);
            todo.extend(self.items[i].children.iter().rev());
        }
        out
    }

    /// All text below an item.
    pub(crate) fn text(&self, id: Id) -> String {
        match &self.items[id].kind {
            Kind::Comment(t) | Kind::Pi(_, t) => return t.to_string(),
            _ => {}
        }
        let mut out = String::new();
        for i in self.below(id) {
            if let Kind::Text(t) | Kind::Cdata(t) = &self.items[i].kind {
                out.push_str(t);
            }
        }
        out
    }
}

/// The part of a name after the colon.
pub(crate) fn local(name: &str) -> &str {
    name.split_once(':').map_or(name, |n| n.1)
}

/// The part of a name before the colon.
pub(crate) fn prefix(name: &str) -> &str {
    name.split_once(':').map_or("", |n| n.0)
}
