//! A tree that programs build and read: a parsed body without its ignored blanks, temporary trees, results.
//!
//! Nodes lie in document order in one list: an element, its attributes, its children. So a node's place is its order,
//! and everything below a node is one range. Texts lie behind each other in one buffer.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Document,
    Element,
    Attribute,
    Text,
    Comment,
    Instruction,
    Namespace,
}

/// A name with its namespace (empty for none) and the prefix to write it with (empty for none).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct QName {
    pub prefix: Box<str>,
    pub uri: Box<str>,
    pub local: Box<str>,
}

impl QName {
    pub fn new(prefix: &str, uri: &str, local: &str) -> Self {
        QName { prefix: prefix.into(), uri: uri.into(), local: local.into() }
    }

    /// Whether this is the name, whatever the prefix.
    pub fn is(&self, uri: &str, local: &str) -> bool {
        *self.local == *local && *self.uri == *uri
    }
}

#[derive(Debug)]
struct Node {
    kind: Kind,
    /// Text that is written as it stands, without escapes.
    raw: bool,
    parent: u32,
    /// The nearest element, this one or above, that declares namespaces; or the root.
    scope: u32,
    /// The first place behind everything below this node.
    end: u32,
    /// The sibling before this one, itself if there is none.
    before: u32,
    text: (u32, u32),
    name: Option<Arc<QName>>,
}

/// A finished tree. Its root is the node 0: a document, or any node without a parent.
#[derive(Debug, Default)]
pub struct Tree {
    /// Which tree of its arena this is: trees are ordered by it.
    number: u32,
    nodes: Vec<Node>,
    text: String,
    /// Namespace declarations: element, prefix, URI; in the order of elements.
    spaces: Vec<(u32, Arc<QName>)>,
    /// The length of the texts of these declarations.
    space_text: usize,
}

/// The largest tree, in bytes of text and in nodes.
const MOST: usize = u32::MAX as usize - 1;

impl Tree {
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Roughly how many bytes the tree takes.
    pub fn bytes(&self) -> usize {
        let spaces = self.space_text + self.spaces.len() * size_of::<(u32, Arc<QName>)>();
        self.text.len() + self.nodes.len() * size_of::<Node>() + spaces + 64
    }

    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    fn node(&self, at: u32) -> &Node {
        &self.nodes[at as usize]
    }

    pub fn kind(&self, at: u32) -> Kind {
        self.node(at).kind
    }

    pub fn is_raw(&self, at: u32) -> bool {
        self.node(at).raw
    }

    /// The name of an element, attribute or processing instruction.
    pub fn name(&self, at: u32) -> Option<&Arc<QName>> {
        self.node(at).name.as_ref()
    }

    /// The text of a node that has its own: no element, no document.
    pub fn own_text(&self, at: u32) -> &str {
        let (from, to) = self.node(at).text;
        &self.text[from as usize..to as usize]
    }

    /// The first place behind everything below this node.
    pub fn end(&self, at: u32) -> u32 {
        self.node(at).end
    }

    pub fn parent(&self, at: u32) -> Option<u32> {
        (at > 0).then(|| self.node(at).parent)
    }

    /// The places of an element's attributes.
    pub fn attributes(&self, at: u32) -> std::ops::Range<u32> {
        let mut end = at + 1;
        if self.kind(at) == Kind::Element {
            while end < self.end(at) && self.kind(end) == Kind::Attribute {
                end += 1;
            }
        }
        at + 1..end
    }

    pub fn attribute(&self, at: u32, uri: &str, local: &str) -> Option<u32> {
        self.attributes(at).find(|i| self.name(*i).is_some_and(|n| n.is(uri, local)))
    }

    pub fn first_child(&self, at: u32) -> Option<u32> {
        let first = self.attributes(at).end;
        (first < self.end(at) && matches!(self.kind(at), Kind::Element | Kind::Document)).then_some(first)
    }

    pub fn next_sibling(&self, at: u32) -> Option<u32> {
        if at == 0 || self.kind(at) == Kind::Attribute {
            return None;
        }
        let next = self.end(at);
        (next < self.end(self.node(at).parent)).then_some(next)
    }

    pub fn previous_sibling(&self, at: u32) -> Option<u32> {
        let before = self.node(at).before;
        (before != at).then_some(before)
    }

    pub fn children(&self, at: u32) -> impl Iterator<Item = u32> + '_ {
        std::iter::successors(self.first_child(at), move |i| self.next_sibling(*i))
    }

    /// The declarations that stand at an element: prefix and URI as a name's `prefix` and `uri`.
    pub fn declared(&self, at: u32) -> &[(u32, Arc<QName>)] {
        &self.spaces[self.declarations(at)]
    }

    /// Where the declarations of an element stand among all.
    fn declarations(&self, at: u32) -> Range<usize> {
        let from = self.spaces.partition_point(|(element, _)| *element < at);
        let count = self.spaces[from..].partition_point(|(element, _)| *element == at);
        from..from + count
    }

    /// A declaration by its place among all.
    pub fn declaration(&self, place: u32) -> Option<&Arc<QName>> {
        self.spaces.get(place as usize).map(|(_, space)| space)
    }

    /// The elements that declare namespaces for this one, from itself upwards.
    fn scopes(&self, at: u32) -> impl Iterator<Item = u32> + '_ {
        let first = self.node(at).scope;
        std::iter::successors(Some(first), move |i| self.parent(*i).map(|up| self.node(up).scope))
    }

    /// How many elements [`Tree::in_scope`] has to look at: what it costs.
    pub fn scope_depth(&self, at: u32) -> u64 {
        self.scopes(at).map(|i| 1 + self.declared(i).len() as u64).sum()
    }

    /// All namespaces in scope at an element, without `xml`; the innermost declaration of a prefix wins.
    pub fn in_scope(&self, at: u32) -> impl Iterator<Item = &Arc<QName>> {
        self.places_in_scope(at).filter_map(|place| self.declaration(place))
    }

    /// The same by their places among all declarations.
    pub fn places_in_scope(&self, at: u32) -> impl Iterator<Item = u32> {
        let mut seen = HashSet::new();
        let places = self.scopes(at).flat_map(|i| self.declarations(i));
        places.filter_map(move |place| {
            let (_, space) = self.spaces.get(place)?;
            (seen.insert(&*space.prefix) && !space.uri.is_empty()).then(|| u32::try_from(place).ok()).flatten()
        })
    }

    /// The URI that a prefix stands for at an element.
    pub fn uri_of(&self, at: u32, prefix: &str) -> Option<&str> {
        let mut declared = self.scopes(at).flat_map(|i| self.declared(i));
        let (_, space) = declared.find(|(_, s)| *s.prefix == *prefix)?;
        Some(&*space.uri).filter(|u| !u.is_empty())
    }
}

/// Why something could not be added to a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuildError {
    /// An attribute or namespace after the content of its element has begun.
    Late,
    /// An attribute or namespace outside an element.
    Homeless,
    TooLarge,
}

/// Builds a tree from the top to the bottom.
#[derive(Debug, Default)]
pub struct Builder {
    tree: Tree,
    /// The open elements with the last child of each.
    open: Vec<(u32, Option<u32>)>,
    last_root: Option<u32>,
    /// What each prefix means in the innermost open element: which element says so, and what.
    known: HashMap<Box<str>, Vec<(u32, Arc<QName>)>>,
    /// What the open elements say about prefixes, the innermost last.
    said: Vec<(u32, Arc<QName>)>,
}

impl Builder {
    /// A tree whose root is a document.
    pub fn document() -> Self {
        let mut builder = Builder::default();
        builder.push(Kind::Document, None, "");
        builder.open.push((0, None));
        builder
    }

    /// A tree whose root is the first node that is added.
    pub fn parentless() -> Self {
        Builder::default()
    }

    /// Roughly how many bytes the tree takes so far.
    pub fn bytes(&self) -> usize {
        self.tree.bytes() + self.said.len() * 2 * size_of::<(u32, Arc<QName>)>()
    }

    /// Whether the innermost open node has neither attributes nor content.
    pub fn is_fresh(&self) -> bool {
        self.open.last().is_some_and(|(at, _)| *at as usize + 1 == self.tree.nodes.len())
    }

    /// How many elements (and documents) are open.
    pub fn depth(&self) -> usize {
        self.open.len()
    }

    /// How many attributes and namespaces the innermost open element has, as long as it has no content.
    pub fn attributes(&self) -> usize {
        let Some((at, _)) = self.open.last() else { return 0 };
        self.tree.nodes.len() - *at as usize - 1 + self.tree.declared(*at).len()
    }

    /// The tree so far, and the innermost open element.
    pub fn inside(&self) -> Option<(&Tree, u32)> {
        self.open.last().map(|(at, _)| (&self.tree, *at))
    }

    #[expect(clippy::cast_possible_truncation, reason = "`room` keeps both below 4 Gi")]
    fn push(&mut self, kind: Kind, name: Option<Arc<QName>>, text: &str) -> u32 {
        let at = self.tree.nodes.len() as u32;
        let from = self.tree.text.len() as u32;
        self.tree.text.push_str(text);
        let to = self.tree.text.len() as u32;
        let parent = self.open.last().map_or(0, |(at, _)| *at);
        let mut before = at;
        if kind != Kind::Attribute {
            let last = self.open.last_mut().map_or(&mut self.last_root, |(_, last)| last);
            before = last.replace(at).unwrap_or(at);
        }
        let scope = self.tree.nodes.get(parent as usize).map_or(0, |p| p.scope);
        self.tree.nodes.push(Node { kind, raw: false, parent, scope, end: at + 1, before, text: (from, to), name });
        at
    }

    fn room(&self, text: &str) -> Result<(), BuildError> {
        let fits = self.tree.nodes.len() < MOST && self.tree.text.len() + text.len() < MOST;
        if fits { Ok(()) } else { Err(BuildError::TooLarge) }
    }

    pub fn start(&mut self, name: Arc<QName>) -> Result<(), BuildError> {
        self.room("")?;
        let at = self.push(Kind::Element, Some(name), "");
        self.open.push((at, None));
        Ok(())
    }

    pub fn end(&mut self) {
        if let Some((at, _)) = self.open.pop() {
            while let Some((_, space)) = self.said.pop_if(|(element, _)| *element == at) {
                if let Some(meanings) = self.known.get_mut(&*space.prefix) {
                    meanings.pop();
                    if meanings.is_empty() {
                        self.known.remove(&*space.prefix);
                    }
                }
            }
            let end = u32::try_from(self.tree.nodes.len()).unwrap_or(u32::MAX);
            if let Some(node) = self.tree.nodes.get_mut(at as usize) {
                node.end = end;
            }
        }
    }

    /// The open element that can still get attributes.
    fn element(&self) -> Result<u32, BuildError> {
        match self.open.last() {
            Some((at, None)) if self.tree.kind(*at) == Kind::Element => Ok(*at),
            Some((at, Some(_))) if self.tree.kind(*at) == Kind::Element => Err(BuildError::Late),
            _ => Err(BuildError::Homeless),
        }
    }

    /// Adds an attribute; one of the same name gets the new value.
    pub fn attribute(&mut self, name: Arc<QName>, value: &str) -> Result<(), BuildError> {
        self.room(value)?;
        if self.open.is_empty() && self.tree.nodes.is_empty() {
            self.push(Kind::Attribute, Some(name), value);
            return Ok(());
        }
        let element = self.element()?;
        let count = u32::try_from(self.tree.nodes.len()).unwrap_or(u32::MAX);
        let old = (element + 1..count).find(|i| self.tree.name(*i).is_some_and(|n| n.is(&name.uri, &name.local)));
        let Some(old) = old else {
            self.push(Kind::Attribute, Some(name), value);
            return Ok(());
        };
        let from = u32::try_from(self.tree.text.len()).unwrap_or(u32::MAX);
        self.tree.text.push_str(value);
        let to = u32::try_from(self.tree.text.len()).unwrap_or(u32::MAX);
        if let Some(node) = self.tree.nodes.get_mut(old as usize) {
            node.text = (from, to);
            node.name = Some(name);
        }
        Ok(())
    }

    /// Declares a namespace at the open element: a name's `prefix` and `uri`. Tells whether the prefix was free.
    pub fn declare(&mut self, space: &Arc<QName>) -> Result<bool, BuildError> {
        let element = self.element()?;
        let above = match self.known.get(&*space.prefix).and_then(|meanings| meanings.last()) {
            Some((by, known)) if *by == element => return Ok(known.uri == space.uri),
            Some((_, known)) => known.uri == space.uri,
            None => false,
        };
        self.known.entry(space.prefix.clone()).or_default().push((element, space.clone()));
        self.said.push((element, space.clone()));
        // What an element above declares holds here.
        if !above {
            self.tree.spaces.push((element, space.clone()));
            self.tree.space_text += space.prefix.len() + space.uri.len();
            if let Some(node) = self.tree.nodes.get_mut(element as usize) {
                node.scope = element;
            }
        }
        Ok(true)
    }

    /// Adds text; nothing for the empty text, and one node for texts that follow each other.
    pub fn text(&mut self, text: &str, raw: bool) -> Result<(), BuildError> {
        if text.is_empty() {
            return Ok(());
        }
        self.room(text)?;
        let last = self.open.last().map_or(self.last_root, |(_, last)| *last);
        let end = self.tree.text.len();
        if let Some(last) = last
            && let Some(node) = self.tree.nodes.get_mut(last as usize)
            && node.kind == Kind::Text
            && node.raw == raw
            && node.text.1 as usize == end
        {
            self.tree.text.push_str(text);
            node.text.1 = u32::try_from(self.tree.text.len()).unwrap_or(u32::MAX);
            return Ok(());
        }
        let at = self.push(Kind::Text, None, text);
        if let Some(node) = self.tree.nodes.get_mut(at as usize) {
            node.raw = raw;
        }
        Ok(())
    }

    /// A text without a parent may be empty.
    pub fn lone_text(&mut self, text: &str) -> Result<(), BuildError> {
        self.room(text)?;
        self.push(Kind::Text, None, text);
        Ok(())
    }

    pub fn comment(&mut self, text: &str) -> Result<(), BuildError> {
        self.room(text)?;
        self.push(Kind::Comment, None, text);
        Ok(())
    }

    pub fn instruction(&mut self, target: &str, text: &str) -> Result<(), BuildError> {
        self.room(text)?;
        self.push(Kind::Instruction, Some(Arc::new(QName::new("", "", target))), text);
        Ok(())
    }

    /// The tree; what is still open is closed.
    pub fn finish(mut self) -> Tree {
        while !self.open.is_empty() {
            self.end();
        }
        self.tree
    }
}

/// Keeps trees (or other things) as long as itself, so that they can be borrowed while more are added.
#[derive(Debug)]
pub struct Arena<T> {
    first: OnceCell<Box<Link<T>>>,
}

#[derive(Debug)]
struct Link<T> {
    value: T,
    next: OnceCell<Box<Link<T>>>,
}

impl<T> Default for Arena<T> {
    fn default() -> Self {
        Arena { first: OnceCell::new() }
    }
}

impl<T> Drop for Arena<T> {
    /// Without recursion: a long chain must not need a deep stack.
    fn drop(&mut self) {
        let mut next = self.first.take();
        while let Some(mut link) = next {
            next = link.next.take();
        }
    }
}

/// Where the next thing goes in an [`Arena`].
pub struct Place<'a, T> {
    end: std::cell::Cell<&'a OnceCell<Box<Link<T>>>>,
    count: std::cell::Cell<u32>,
}

impl<'a, T> Place<'a, T> {
    pub fn new(arena: &'a Arena<T>) -> Self {
        Place { end: std::cell::Cell::new(&arena.first), count: std::cell::Cell::new(0) }
    }

    /// Keeps a thing.
    pub fn keep(&self, value: T) -> &'a T {
        let link = self.end.get().get_or_init(|| Box::new(Link { value, next: OnceCell::new() }));
        self.end.set(&link.next);
        &link.value
    }
}

impl<'a> Place<'a, Tree> {
    /// Keeps a tree and numbers it.
    pub fn tree(&self, mut tree: Tree) -> &'a Tree {
        let number = self.count.get().saturating_add(1);
        self.count.set(number);
        tree.number = number;
        self.keep(tree)
    }
}
