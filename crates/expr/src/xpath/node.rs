//! Nodes of parsed bodies and of built trees, behind one face.

use std::borrow::Cow;
use std::sync::Arc;

use super::NamespaceTest;
use super::ast::{Axis, NameTest, Test};
use super::tree::{Kind, QName, Tree};
use super::value::Atom;

/// A node of a parsed body.
pub type Parsed<'a> = roxmltree::Node<'a, 'a>;

const XML: &str = roxmltree::NS_XML_URI;

#[derive(Clone, Copy, Debug)]
pub enum NodeRef<'a> {
    /// The document, an element, text, comment or processing instruction.
    Tree(Parsed<'a>),
    /// An attribute: its element and its place among the attributes.
    Attribute(Parsed<'a>, u32),
    /// A namespace in scope: its element and its place; 0 is `xml`.
    Namespace(Parsed<'a>, u32),
    /// Any node of a built tree.
    Built(&'a Tree, u32),
    /// A namespace in scope of an element in a built tree: 0 is `xml`, then the declarations of the tree from 1.
    BuiltNamespace(&'a Tree, u32, u32),
}

impl PartialEq for NodeRef<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl<'a> NodeRef<'a> {
    /// Sorts nodes in document order: namespaces and attributes come after their element, before its children.
    pub fn key(&self) -> (u32, u32, u8, u32) {
        match self {
            NodeRef::Tree(node) => (0, node.id().get(), 0, 0),
            NodeRef::Namespace(node, i) => (0, node.id().get(), 1, *i),
            NodeRef::Attribute(node, i) => (0, node.id().get(), 2, *i),
            NodeRef::Built(tree, at) => (tree.number(), *at, 0, 0),
            NodeRef::BuiltNamespace(tree, at, i) => (tree.number(), *at, 1, *i),
        }
    }

    pub fn kind(&self) -> Kind {
        match self {
            NodeRef::Tree(node) => match node.node_type() {
                roxmltree::NodeType::Root => Kind::Document,
                roxmltree::NodeType::Element => Kind::Element,
                roxmltree::NodeType::Text => Kind::Text,
                roxmltree::NodeType::Comment => Kind::Comment,
                roxmltree::NodeType::PI => Kind::Instruction,
            },
            NodeRef::Attribute(..) => Kind::Attribute,
            NodeRef::Namespace(..) | NodeRef::BuiltNamespace(..) => Kind::Namespace,
            NodeRef::Built(tree, at) => tree.kind(*at),
        }
    }

    fn parsed_attribute(&self) -> Option<roxmltree::Attribute<'a, 'a>> {
        match self {
            NodeRef::Attribute(node, i) => node.attributes().nth(*i as usize),
            _ => None,
        }
    }

    /// Prefix (empty for the default) and URI of a namespace node.
    pub fn namespace(&self) -> Option<(&'a str, &'a str)> {
        match self {
            NodeRef::Namespace(_, 0) | NodeRef::BuiltNamespace(_, _, 0) => Some(("xml", XML)),
            NodeRef::Namespace(node, i) => {
                node.namespaces().nth(*i as usize - 1).map(|n| (n.name().unwrap_or(""), n.uri()))
            }
            NodeRef::BuiltNamespace(tree, _, i) => tree.declaration(*i - 1).map(|n| (&*n.prefix, &*n.uri)),
            _ => None,
        }
    }

    /// The name of a node of a built tree.
    pub fn built_name(&self) -> Option<&'a Arc<QName>> {
        match self {
            NodeRef::Built(tree, at) => tree.name(*at),
            _ => None,
        }
    }

    /// Local name, empty where a node has none.
    pub fn local(&self) -> &'a str {
        match self {
            NodeRef::Tree(node) if node.is_element() => node.tag_name().name(),
            NodeRef::Tree(node) => node.pi().map_or("", |pi| pi.target),
            NodeRef::Attribute(..) => self.parsed_attribute().map_or("", |a| a.name()),
            NodeRef::Namespace(..) | NodeRef::BuiltNamespace(..) => self.namespace().map_or("", |(prefix, _)| prefix),
            NodeRef::Built(tree, at) => tree.name(*at).map_or("", |n| &n.local),
        }
    }

    pub fn uri(&self) -> &'a str {
        match self {
            NodeRef::Tree(node) => node.tag_name().namespace().unwrap_or(""),
            NodeRef::Attribute(..) => self.parsed_attribute().and_then(|a| a.namespace()).unwrap_or(""),
            NodeRef::Namespace(..) | NodeRef::BuiltNamespace(..) => "",
            NodeRef::Built(tree, at) => tree.name(*at).map_or("", |n| &n.uri),
        }
    }

    /// The prefix as the document writes it.
    pub fn prefix(&self) -> &'a str {
        match self {
            NodeRef::Tree(node) if node.is_element() => element_prefix(*node),
            NodeRef::Attribute(node, _) => self.parsed_attribute().map_or("", |a| attribute_prefix(*node, &a)),
            NodeRef::Built(tree, at) => tree.name(*at).map_or("", |n| &n.prefix),
            _ => "",
        }
    }

    /// `prefix:local`.
    pub fn name(&self) -> Cow<'a, str> {
        match self.prefix() {
            "" => self.local().into(),
            prefix => format!("{prefix}:{}", self.local()).into(),
        }
    }

    pub fn parent(&self) -> Option<NodeRef<'a>> {
        match self {
            NodeRef::Tree(node) => node.parent().map(NodeRef::Tree),
            NodeRef::Attribute(node, _) | NodeRef::Namespace(node, _) => Some(NodeRef::Tree(*node)),
            NodeRef::Built(tree, at) => tree.parent(*at).map(|up| NodeRef::Built(tree, up)),
            NodeRef::BuiltNamespace(tree, at, _) => Some(NodeRef::Built(tree, *at)),
        }
    }

    /// The top of the node's tree.
    pub fn root(&self) -> NodeRef<'a> {
        match self {
            NodeRef::Tree(t) | NodeRef::Attribute(t, _) | NodeRef::Namespace(t, _) => {
                NodeRef::Tree(t.document().root())
            }
            NodeRef::Built(tree, _) | NodeRef::BuiltNamespace(tree, ..) => NodeRef::Built(tree, 0),
        }
    }

    pub fn first_child(&self) -> Option<NodeRef<'a>> {
        match self {
            NodeRef::Tree(node) => node.first_child().map(NodeRef::Tree),
            NodeRef::Built(tree, at) => tree.first_child(*at).map(|i| NodeRef::Built(tree, i)),
            _ => None,
        }
    }

    pub fn next_sibling(&self) -> Option<NodeRef<'a>> {
        match self {
            NodeRef::Tree(node) => node.next_sibling().map(NodeRef::Tree),
            NodeRef::Built(tree, at) => tree.next_sibling(*at).map(|i| NodeRef::Built(tree, i)),
            _ => None,
        }
    }

    /// The next node in document order that lies below `top`; attributes are left out.
    pub fn next_below(&self, top: &NodeRef<'a>) -> Option<NodeRef<'a>> {
        if let Some(child) = self.first_child() {
            return Some(child);
        }
        let mut at = *self;
        while at != *top {
            if let Some(next) = at.next_sibling() {
                return Some(next);
            }
            at = at.parent()?;
        }
        None
    }

    /// An attribute of an element.
    pub fn attribute(&self, uri: &str, local: &str) -> Option<&'a str> {
        match self {
            NodeRef::Tree(node) if uri.is_empty() => node.attribute(local),
            NodeRef::Tree(node) => node.attribute((uri, local)),
            NodeRef::Built(tree, at) => tree.attribute(*at, uri, local).map(|i| tree.own_text(i)),
            _ => None,
        }
    }

    /// The string value: borrowed where the text is one piece.
    pub fn text(&self) -> Cow<'a, str> {
        match self {
            NodeRef::Attribute(..) => self.parsed_attribute().map_or("", |a| a.value()).into(),
            NodeRef::Namespace(..) | NodeRef::BuiltNamespace(..) => self.namespace().map_or("", |(_, uri)| uri).into(),
            NodeRef::Tree(node) if node.is_pi() => node.pi().and_then(|pi| pi.value).unwrap_or("").into(),
            NodeRef::Tree(node) if node.is_element() || node.is_root() => {
                join(node.descendants().filter(|n| n.is_text()).filter_map(|n| n.text()))
            }
            NodeRef::Tree(node) => node.text().unwrap_or("").into(),
            NodeRef::Built(tree, at) => match tree.kind(*at) {
                Kind::Document | Kind::Element => {
                    let texts = (*at + 1..tree.end(*at)).filter(|i| tree.kind(*i) == Kind::Text);
                    join(texts.map(|i| tree.own_text(i)))
                }
                _ => tree.own_text(*at).into(),
            },
        }
    }

    /// How many nodes [`NodeRef::text`] has to look at: what it costs.
    pub fn size(&self) -> u64 {
        match self {
            NodeRef::Tree(node) if node.is_element() || node.is_root() => {
                let text = node.range().len() as u64;
                // At least three bytes stand for each node.
                text / 8 + 1
            }
            NodeRef::Built(tree, at) => u64::from(tree.end(*at) - *at),
            _ => 1,
        }
    }

    /// What [`Axis::Namespace`] costs here.
    pub fn namespaces(&self) -> u64 {
        match self {
            // Each is looked for from the first.
            NodeRef::Tree(node) if node.is_element() => (node.namespaces().len() as u64).pow(2) / 16,
            NodeRef::Built(tree, at) if tree.kind(*at) == Kind::Element => tree.scope_depth(*at),
            _ => 0,
        }
    }

    /// Comments and processing instructions are text for good; everything else is untyped.
    pub fn typed(&self) -> Atom<'a> {
        match self.kind() {
            Kind::Comment | Kind::Instruction | Kind::Namespace => Atom::Text(self.text()),
            _ => Atom::Untyped(self.text()),
        }
    }

    pub fn fits(&self, test: &Test, axis: Axis) -> bool {
        let kind = self.kind();
        match test {
            Test::Node => true,
            Test::Name(name) => {
                let principal = match axis {
                    Axis::Attribute => Kind::Attribute,
                    Axis::Namespace => Kind::Namespace,
                    _ => Kind::Element,
                };
                kind == principal && self.is_named(name)
            }
            Test::Element(name) => kind == Kind::Element && self.is_named(name),
            Test::Attribute(name) => kind == Kind::Attribute && self.is_named(name),
            Test::Text => kind == Kind::Text,
            Test::Comment => kind == Kind::Comment,
            Test::Document => kind == Kind::Document,
            Test::Namespace => kind == Kind::Namespace,
            Test::Instruction(target) => {
                kind == Kind::Instruction && target.as_deref().is_none_or(|t| t == self.local())
            }
        }
    }

    pub fn is_named(&self, test: &NameTest) -> bool {
        test.local.as_deref().is_none_or(|local| local == self.local())
            && match &test.namespace {
                NamespaceTest::Any => true,
                NamespaceTest::Exact(uri) => uri == self.uri(),
            }
    }
}

fn join<'a>(mut texts: impl Iterator<Item = &'a str>) -> Cow<'a, str> {
    let first = texts.next().unwrap_or("");
    match texts.next() {
        None => first.into(),
        Some(second) => {
            let mut all = String::with_capacity(first.len() + second.len());
            all.push_str(first);
            all.push_str(second);
            all.extend(texts);
            all.into()
        }
    }
}

/// The prefix that the document writes before an element's name; the tree itself keeps only the namespace.
pub fn element_prefix(node: Parsed<'_>) -> &str {
    let start = node.range().start + 1;
    let text = node.document().input_text().get(start..).unwrap_or("");
    let name = &text[..text.find([' ', '\t', '\r', '\n', '/', '>']).unwrap_or(0)];
    name.split_once(':').map_or("", |(prefix, _)| prefix)
}

pub fn attribute_prefix<'a>(node: Parsed<'a>, attribute: &roxmltree::Attribute<'a, 'a>) -> &'a str {
    let text = node.document().input_text().get(attribute.range_qname()).unwrap_or("");
    text.split_once(':').map_or("", |(prefix, _)| prefix)
}
