//! The parts of a compiled schema.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::automaton::Automaton;
use crate::facets::Facets;
use crate::identity::Constraint;
use crate::names::Name;
use crate::simple::Builtin;

pub(crate) type TypeIx = usize;
pub(crate) type ElementIx = usize;

/// A compiled schema.
#[derive(Default)]
pub(crate) struct Model {
    pub(crate) types: Vec<Type>,
    pub(crate) elements: Vec<Element>,
    pub(crate) named_types: HashMap<Name, TypeIx>,
    pub(crate) global_elements: HashMap<Name, ElementIx>,
    pub(crate) global_attributes: HashMap<Name, Attribute>,
    /// Global elements that may stand for another one, over all steps.
    pub(crate) substitutes: HashMap<ElementIx, HashSet<ElementIx>>,
}

/// A type.
pub(crate) struct Type {
    pub(crate) name: Option<Name>,
    /// The type that it is derived from; none for `anyType`.
    pub(crate) base: Option<TypeIx>,
    pub(crate) kind: Kind,
}

/// Simple or complex.
pub(crate) enum Kind {
    Simple(Box<Simple>),
    Complex(Box<Complex>),
}

/// A simple type.
#[derive(Default)]
pub(crate) struct Simple {
    pub(crate) variety: Variety,
    pub(crate) facets: Facets,
}

/// What the values of a simple type are.
#[derive(Default)]
pub(crate) enum Variety {
    /// What those of the base type are.
    #[default]
    Base,
    Builtin(Builtin),
    List(TypeIx),
    Union(Vec<TypeIx>),
}

/// A complex type.
#[derive(Default)]
pub(crate) struct Complex {
    pub(crate) is_abstract: bool,
    pub(crate) mixed: bool,
    pub(crate) content: Content,
    /// With those of the base type; types that add none share the list.
    pub(crate) attributes: Arc<Vec<Arc<Attribute>>>,
    pub(crate) any_attribute: Option<Arc<Wildcard>>,
}

/// What stands inside an element of a complex type.
#[derive(Default)]
pub(crate) enum Content {
    #[default]
    Empty,
    /// Text of a simple type.
    Simple(TypeIx),
    /// Elements in the order that an automaton takes.
    Elements(Automaton),
    /// Each of these at most once, in any order.
    All(Arc<All>),
    /// Anything: `anyType`.
    Anything,
}

/// The content of `xs:all`.
pub(crate) struct All {
    /// An element, and whether it has to be there.
    pub(crate) members: Vec<(ElementIx, bool)>,
    /// All of it may be missing.
    pub(crate) optional: bool,
}

/// An attribute that a type allows, or a global one.
#[derive(Clone)]
pub(crate) struct Attribute {
    pub(crate) name: Name,
    pub(crate) kind: TypeIx,
    pub(crate) required: bool,
    pub(crate) prohibited: bool,
    pub(crate) fixed: Option<Arc<str>>,
}

/// A declared element.
pub(crate) struct Element {
    pub(crate) name: Name,
    pub(crate) kind: TypeIx,
    pub(crate) is_abstract: bool,
    pub(crate) nillable: bool,
    pub(crate) fixed: Option<String>,
    pub(crate) default: bool,
    pub(crate) constraints: Vec<Constraint>,
}

/// `xs:any` and `xs:anyAttribute`.
#[derive(Clone, Debug)]
pub(crate) struct Wildcard {
    pub(crate) spaces: Spaces,
    pub(crate) process: Process,
}

/// Namespaces of a wildcard.
#[derive(Clone, Debug)]
pub(crate) enum Spaces {
    Any,
    /// All but this one and none.
    Other(String),
    List(HashSet<String>),
}

/// How strictly what a wildcard takes is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Process {
    Strict,
    Lax,
    Skip,
}

impl Wildcard {
    /// Whether it takes a namespace.
    pub(crate) fn takes(&self, space: &str) -> bool {
        match &self.spaces {
            Spaces::Any => true,
            Spaces::Other(target) => !space.is_empty() && space != target,
            Spaces::List(list) => list.contains(space),
        }
    }
}

impl Model {
    /// Whether a type is another one or derived from it.
    pub(crate) fn derives(&self, from: TypeIx, target: TypeIx) -> bool {
        let mut at = Some(from);
        // Chains are checked for rings when the schema is compiled; the count only makes it visible here.
        for _ in 0..=self.types.len() {
            match at {
                Some(ix) if ix == target => return true,
                Some(ix) => at = self.types.get(ix).and_then(|t| t.base),
                None => break,
            }
        }
        match self.types.get(target).map(|t| &t.kind) {
            Some(Kind::Simple(simple)) => {
                matches!(&simple.variety, Variety::Union(members) if members.iter().any(|m| *m != target && *m == from))
            }
            _ => false,
        }
    }

    /// What a type is called.
    pub(crate) fn title(&self, ix: TypeIx) -> String {
        let name = self.types.get(ix).and_then(|t| t.name.as_ref());
        name.map_or_else(|| "its type".to_owned(), |n| format!("`{n}`"))
    }
}
