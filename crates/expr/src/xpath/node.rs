//! Nodes and the thirteen axes over the read-only tree.

use std::borrow::Cow;

use roxmltree::NodeId;

use super::NamespaceTest;
use super::ast::{Axis, NameTest, Test};
use super::value::{Atom, R};

pub(super) type Tree<'a> = roxmltree::Node<'a, 'a>;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum NodeRef<'a> {
    /// The document, an element, text, comment or processing instruction.
    Tree(Tree<'a>),
    /// An attribute: its element and its place among the attributes.
    Attribute(Tree<'a>, u32),
    /// A namespace in scope: its element and its place; 0 is `xml`.
    Namespace(Tree<'a>, u32),
}

impl<'a> NodeRef<'a> {
    /// Sorts nodes in document order: namespaces and attributes come after their element, before its children.
    pub(super) fn key(&self) -> (u32, u8, u32) {
        match self {
            NodeRef::Tree(node) => (node.id().get(), 0, 0),
            NodeRef::Namespace(node, i) => (node.id().get(), 1, *i),
            NodeRef::Attribute(node, i) => (node.id().get(), 2, *i),
        }
    }

    pub(super) fn attribute(&self) -> Option<roxmltree::Attribute<'a, 'a>> {
        match self {
            NodeRef::Attribute(node, i) => node.attributes().nth(*i as usize),
            _ => None,
        }
    }

    /// Prefix (empty for the default) and URI of a namespace node.
    pub(super) fn namespace(&self) -> Option<(&'a str, &'a str)> {
        match self {
            NodeRef::Namespace(_, 0) => Some(("xml", roxmltree::NS_XML_URI)),
            NodeRef::Namespace(node, i) => {
                node.namespaces().nth(*i as usize - 1).map(|n| (n.name().unwrap_or(""), n.uri()))
            }
            _ => None,
        }
    }

    /// Local name, empty where a node has none.
    pub(super) fn local(&self) -> &'a str {
        match self {
            NodeRef::Tree(node) if node.is_element() => node.tag_name().name(),
            NodeRef::Tree(node) => node.pi().map_or("", |pi| pi.target),
            NodeRef::Attribute(..) => self.attribute().map_or("", |a| a.name()),
            NodeRef::Namespace(..) => self.namespace().map_or("", |(prefix, _)| prefix),
        }
    }

    pub(super) fn uri(&self) -> &'a str {
        match self {
            NodeRef::Tree(node) => node.tag_name().namespace().unwrap_or(""),
            NodeRef::Attribute(..) => self.attribute().and_then(|a| a.namespace()).unwrap_or(""),
            NodeRef::Namespace(..) => "",
        }
    }

    /// The prefix as the document writes it.
    pub(super) fn prefix(&self) -> &'a str {
        match self {
            NodeRef::Tree(node) if node.is_element() => element_prefix(*node),
            NodeRef::Attribute(node, _) => self.attribute().map_or("", |a| attribute_prefix(*node, &a)),
            _ => "",
        }
    }

    /// `prefix:local`.
    pub(super) fn name(&self) -> Cow<'a, str> {
        match self.prefix() {
            "" => self.local().into(),
            prefix => format!("{prefix}:{}", self.local()).into(),
        }
    }

    pub(super) fn parent(&self) -> Option<NodeRef<'a>> {
        match self {
            NodeRef::Tree(node) => node.parent().map(NodeRef::Tree),
            NodeRef::Attribute(node, _) | NodeRef::Namespace(node, _) => Some(NodeRef::Tree(*node)),
        }
    }

    /// The string value: borrowed where the text is one piece.
    pub(super) fn text(&self) -> Cow<'a, str> {
        match self {
            NodeRef::Attribute(..) => self.attribute().map_or("", |a| a.value()).into(),
            NodeRef::Namespace(..) => self.namespace().map_or("", |(_, uri)| uri).into(),
            NodeRef::Tree(node) if node.is_pi() => node.pi().and_then(|pi| pi.value).unwrap_or("").into(),
            NodeRef::Tree(node) if node.is_element() || node.is_root() => {
                let mut texts = node.descendants().filter(|n| n.is_text()).filter_map(|n| n.text());
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
            NodeRef::Tree(node) => node.text().unwrap_or("").into(),
        }
    }

    /// How many nodes [`NodeRef::text`] has to look at: what it costs.
    pub(super) fn size(&self) -> u64 {
        match self {
            NodeRef::Tree(node) if node.is_element() || node.is_root() => {
                let text = node.range().len() as u64;
                // At least three bytes stand for each node.
                text / 8 + 1
            }
            _ => 1,
        }
    }

    /// Comments and processing instructions are text for good; everything else is untyped.
    pub(super) fn typed(&self) -> Atom<'a> {
        match self {
            NodeRef::Tree(node) if node.is_comment() || node.is_pi() => Atom::Text(self.text()),
            _ => Atom::Untyped(self.text()),
        }
    }

    pub(super) fn fits(&self, test: &Test, axis: Axis) -> bool {
        match (test, self) {
            (Test::Node, _) => true,
            (Test::Namespace, NodeRef::Namespace(..)) => true,
            (Test::Attribute(name), NodeRef::Attribute(..)) => self.is_named(name),
            (Test::Name(name), NodeRef::Attribute(..)) if axis == Axis::Attribute => self.is_named(name),
            (Test::Name(name), NodeRef::Namespace(..)) if axis == Axis::Namespace => self.is_named(name),
            (Test::Name(name), NodeRef::Tree(node)) if !matches!(axis, Axis::Attribute | Axis::Namespace) => {
                node.is_element() && self.is_named(name)
            }
            (Test::Element(name), NodeRef::Tree(node)) => node.is_element() && self.is_named(name),
            (Test::Text, NodeRef::Tree(node)) => node.is_text(),
            (Test::Comment, NodeRef::Tree(node)) => node.is_comment(),
            (Test::Document, NodeRef::Tree(node)) => node.is_root(),
            (Test::Instruction(target), NodeRef::Tree(node)) => {
                node.pi().is_some_and(|pi| target.as_deref().is_none_or(|t| t == pi.target))
            }
            _ => false,
        }
    }

    fn is_named(&self, test: &NameTest) -> bool {
        test.local.as_deref().is_none_or(|local| local == self.local())
            && match &test.namespace {
                NamespaceTest::Any => true,
                NamespaceTest::Exact(uri) => uri == self.uri(),
            }
    }

    /// Gives every node on an axis to `visit`, in the axis's own order.
    pub(super) fn walk(&self, axis: Axis, visit: &mut dyn FnMut(NodeRef<'a>) -> R<()>) -> R<()> {
        if matches!(axis, Axis::Itself | Axis::AncestorOrSelf) || (axis == Axis::DescendantOrSelf && !self.is_tree()) {
            visit(*self)?;
        }
        match axis {
            Axis::Parent => self.parent().map_or(Ok(()), visit),
            Axis::Ancestor | Axis::AncestorOrSelf => {
                let mut up = self.parent();
                while let Some(node) = up {
                    visit(node)?;
                    up = node.parent();
                }
                Ok(())
            }
            _ => match self {
                NodeRef::Tree(node) => walk_tree(*node, axis, visit),
                NodeRef::Attribute(owner, _) | NodeRef::Namespace(owner, _) => match axis {
                    // What follows an attribute: the content of its element, and everything behind that.
                    Axis::Following => {
                        owner.descendants().skip(1).try_for_each(|n| visit(NodeRef::Tree(n)))?;
                        walk_tree(*owner, axis, visit)
                    }
                    Axis::Preceding => walk_tree(*owner, axis, visit),
                    _ => Ok(()),
                },
            },
        }
    }

    fn is_tree(&self) -> bool {
        matches!(self, NodeRef::Tree(_))
    }
}

fn walk_tree<'a>(node: Tree<'a>, axis: Axis, visit: &mut dyn FnMut(NodeRef<'a>) -> R<()>) -> R<()> {
    let mut tree = |n: Tree<'a>| visit(NodeRef::Tree(n));
    match axis {
        Axis::Child => node.children().try_for_each(tree),
        Axis::Descendant => node.descendants().skip(1).try_for_each(tree),
        Axis::DescendantOrSelf => node.descendants().try_for_each(tree),
        Axis::FollowingSibling => node.next_siblings().skip(1).try_for_each(tree),
        Axis::PrecedingSibling => node.prev_siblings().skip(1).try_for_each(tree),
        Axis::Following => {
            let next = node.ancestors().find_map(|n| n.next_sibling());
            let Some(mut id) = next.map(|n| n.id().get()) else { return Ok(()) };
            // Node numbers are in document order, so what follows is everything with a higher number.
            while let Some(n) = node.document().get_node(NodeId::new(id)) {
                tree(n)?;
                id += 1;
            }
            Ok(())
        }
        Axis::Preceding => {
            let mut above = node.parent();
            for id in (0..node.id().get()).rev() {
                let Some(n) = node.document().get_node(NodeId::new(id)) else { continue };
                if above == Some(n) {
                    above = n.parent();
                } else {
                    tree(n)?;
                }
            }
            Ok(())
        }
        Axis::Attribute => {
            for i in 0..node.attributes().len() {
                visit(NodeRef::Attribute(node, u32::try_from(i).unwrap_or(u32::MAX)))?;
            }
            Ok(())
        }
        Axis::Namespace if node.is_element() => {
            visit(NodeRef::Namespace(node, 0))?;
            for (i, namespace) in (1..).zip(node.namespaces()) {
                if !namespace.uri().is_empty() && namespace.name() != Some("xml") {
                    visit(NodeRef::Namespace(node, i))?;
                }
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// The prefix that the document writes before an element's name; the tree itself keeps only the namespace.
pub(super) fn element_prefix(node: Tree<'_>) -> &str {
    let start = node.range().start + 1;
    let text = node.document().input_text().get(start..).unwrap_or("");
    let name = &text[..text.find([' ', '\t', '\r', '\n', '/', '>']).unwrap_or(0)];
    name.split_once(':').map_or("", |(prefix, _)| prefix)
}

pub(super) fn attribute_prefix<'a>(node: Tree<'a>, attribute: &roxmltree::Attribute<'a, 'a>) -> &'a str {
    let text = node.document().input_text().get(attribute.range_qname()).unwrap_or("");
    text.split_once(':').map_or("", |(prefix, _)| prefix)
}
