//! The thirteen axes.

use roxmltree::NodeId;

use super::ast::Axis;
use super::node::{NodeRef, Parsed};
use super::tree::{Kind, Tree};
use crate::EvalError;

/// Why a walk ends before its axis does.
pub enum Stop {
    /// The visitor has seen enough.
    Enough,
    Failed(EvalError),
}

impl From<EvalError> for Stop {
    fn from(error: EvalError) -> Self {
        Stop::Failed(error)
    }
}

pub type Walk = Result<(), Stop>;

impl<'a> NodeRef<'a> {
    /// Gives every node on an axis to `visit`, in the axis's own order, until it says stop.
    pub fn walk(&self, axis: Axis, visit: &mut dyn FnMut(NodeRef<'a>) -> Walk) -> Result<(), EvalError> {
        match self.visit(axis, visit) {
            Ok(()) | Err(Stop::Enough) => Ok(()),
            Err(Stop::Failed(error)) => Err(error),
        }
    }

    fn visit(&self, axis: Axis, visit: &mut dyn FnMut(NodeRef<'a>) -> Walk) -> Walk {
        let has_content = matches!(self.kind(), Kind::Document | Kind::Element);
        if matches!(axis, Axis::Itself | Axis::AncestorOrSelf) || (axis == Axis::DescendantOrSelf && !has_content) {
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
            Axis::DescendantOrSelf if !has_content => Ok(()),
            _ => match self {
                NodeRef::Tree(node) => walk_parsed(*node, axis, visit),
                NodeRef::Built(tree, at) if tree.kind(*at) != Kind::Attribute => walk_built(tree, *at, axis, visit),
                // What follows an attribute: the content of its element, and everything behind that.
                _ => match (axis, self.parent()) {
                    (Axis::Following, Some(owner)) => {
                        let mut below = owner.first_child();
                        while let Some(node) = below {
                            visit(node)?;
                            below = node.next_below(&owner);
                        }
                        owner.visit(axis, visit)
                    }
                    (Axis::Preceding, Some(owner)) => owner.visit(axis, visit),
                    _ => Ok(()),
                },
            },
        }
    }
}

fn walk_parsed<'a>(node: Parsed<'a>, axis: Axis, visit: &mut dyn FnMut(NodeRef<'a>) -> Walk) -> Walk {
    let mut tree = |n: Parsed<'a>| visit(NodeRef::Tree(n));
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

fn walk_built<'a>(tree: &'a Tree, at: u32, axis: Axis, visit: &mut dyn FnMut(NodeRef<'a>) -> Walk) -> Walk {
    let mut node = |i: u32| visit(NodeRef::Built(tree, i));
    let is_child = |i: &u32| tree.kind(*i) != Kind::Attribute;
    match axis {
        Axis::Child => tree.children(at).try_for_each(node),
        Axis::Descendant => (at + 1..tree.end(at)).filter(is_child).try_for_each(node),
        Axis::DescendantOrSelf => (at..tree.end(at)).filter(|i| *i == at || is_child(i)).try_for_each(node),
        Axis::FollowingSibling => {
            std::iter::successors(tree.next_sibling(at), |i| tree.next_sibling(*i)).try_for_each(node)
        }
        Axis::PrecedingSibling => {
            std::iter::successors(tree.previous_sibling(at), |i| tree.previous_sibling(*i)).try_for_each(node)
        }
        Axis::Following => (tree.end(at)..tree.end(0)).filter(is_child).try_for_each(node),
        Axis::Preceding => {
            let mut above = tree.parent(at);
            for i in (0..at).rev() {
                if above == Some(i) {
                    above = tree.parent(i);
                } else if is_child(&i) {
                    node(i)?;
                }
            }
            Ok(())
        }
        Axis::Attribute => tree.attributes(at).try_for_each(node),
        Axis::Namespace if tree.kind(at) == Kind::Element => {
            let places = tree.places_in_scope(at).map(|place| place + 1);
            std::iter::once(0).chain(places).try_for_each(|i| visit(NodeRef::BuiltNamespace(tree, at, i)))
        }
        _ => Ok(()),
    }
}
