//! Reads a map of the tree by its table: values with their defaults, wrong ones left out (they were reported).

use std::time::Duration;

use crate::shape::is_scoped_variables;
use crate::spec::{MapSpec, STEPS, Ty, VARIABLES};
use crate::yaml::{Kind, Node, Typed};

/// A map and its table. Where the author wrote the short form, the scalar stands for the first key.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    spec: Option<&'static MapSpec>,
    node: Option<&'a Node>,
    /// What holds where the node says nothing.
    fallback: Option<&'a Node>,
}

/// Where a view looks second.
pub(super) struct Fallback<'a>(Option<&'a Node>);

impl<'a> From<Option<&'a Node>> for Fallback<'a> {
    fn from(node: Option<&'a Node>) -> Self {
        Fallback(node)
    }
}

impl<'a> From<View<'a>> for Fallback<'a> {
    fn from(view: View<'a>) -> Self {
        Fallback(view.node)
    }
}

impl<'a> View<'a> {
    /// A view on a node; `None` reads as an empty map.
    pub(super) fn of(spec: &'static MapSpec, node: Option<&'a Node>) -> Self {
        View { spec: Some(spec), node, fallback: None }
    }

    /// The content of a step by the table of its key.
    pub(super) fn step(key: &str, content: Option<&'a Node>) -> Self {
        let spec = match content {
            Some(node) if key == "write-variables" && is_scoped_variables(node) => Some(&VARIABLES),
            _ => STEPS.key(key).and_then(|k| k.ty.map()),
        };
        View { spec, node: content, fallback: None }
    }

    /// The content of a key by the table of that key.
    pub(super) fn map(&self, key: &str) -> View<'a> {
        let fallback = self.fallback.and_then(|f| f.get(key)).filter(|_| self.own(key).is_some());
        View { spec: self.ty(key).and_then(Ty::map), node: self.get(key), fallback }
    }

    /// The same with what holds where nothing is said.
    pub(super) fn or(self, fallback: impl Into<Fallback<'a>>) -> View<'a> {
        View { fallback: fallback.into().0, ..self }
    }

    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&'a Node> {
        self.own(key).or_else(|| self.fallback.and_then(|f| f.get(key)))
    }

    /// The value of a key, where the author gave it here.
    pub(super) fn own(&self, key: &str) -> Option<&'a Node> {
        let node = self.node?;
        match &node.kind {
            Kind::Scalar(_) => {
                let first = self.spec.and_then(|s| s.keys.first()).is_some_and(|k| k.name == key);
                (first && !node.is_null()).then_some(node)
            }
            _ => node.get(key),
        }
    }

    /// The text of a key or its default.
    pub(super) fn text(&self, key: &str) -> String {
        self.get(key).and_then(Node::text).unwrap_or_else(|| self.default(key)).to_owned()
    }

    /// The texts of a list, or of a scalar that stands for a list of one.
    pub(super) fn texts(&self, key: &str) -> Vec<String> {
        let Some(node) = self.get(key) else { return Vec::new() };
        match node.text() {
            Some(one) => vec![one.to_owned()],
            None => node.items().iter().filter_map(Node::text).map(str::to_owned).collect(),
        }
    }

    /// A duration or its default.
    pub(super) fn duration(&self, key: &str) -> Duration {
        let given = self.get(key).and_then(Node::text).and_then(|t| base::parse_duration(t).ok());
        given.or_else(|| base::parse_duration(self.default(key)).ok()).unwrap_or_default()
    }

    /// A size or its default.
    pub(super) fn bytes(&self, key: &str) -> u64 {
        let given = self.get(key).and_then(Node::text).and_then(|t| base::parse_bytes(t).ok());
        given.or_else(|| base::parse_bytes(self.default(key)).ok()).unwrap_or_default()
    }

    /// A boolean, where it is given.
    pub(super) fn flag(&self, key: &str) -> Option<bool> {
        match self.get(key)?.scalar()?.typed {
            Typed::Bool(b) => Some(b),
            _ => None,
        }
    }

    /// A boolean or its default.
    pub(super) fn bool(&self, key: &str) -> bool {
        self.flag(key).unwrap_or_else(|| self.default(key) == "true")
    }

    /// A whole number, where it is given.
    pub(super) fn number(&self, key: &str) -> Option<i64> {
        match self.get(key)?.scalar()?.typed {
            Typed::Int(n) => Some(n),
            _ => None,
        }
    }

    /// A whole number or its default.
    pub(super) fn int<T: TryFrom<i64> + Default>(&self, key: &str) -> T {
        let number = self.number(key).or_else(|| self.default(key).parse().ok()).unwrap_or_default();
        T::try_from(number).unwrap_or_default()
    }

    /// A number or its default.
    pub(super) fn float(&self, key: &str) -> f64 {
        let text = self.get(key).and_then(Node::text).and_then(|t| t.parse().ok());
        text.filter(|n: &f64| n.is_finite()).or_else(|| self.default(key).parse().ok()).unwrap_or_default()
    }

    /// The name of a secret, without `secret:`.
    pub(super) fn secret(&self, key: &str) -> Option<String> {
        self.get(key).and_then(Node::text).and_then(|t| t.strip_prefix("secret:")).map(str::to_owned)
    }

    /// The default of a key as the table writes it.
    pub(super) fn default(&self, key: &str) -> &'static str {
        self.spec.and_then(|s| s.key(key)).map_or("", |k| k.default)
    }

    fn ty(&self, key: &str) -> Option<&'static Ty> {
        self.spec.and_then(|s| s.key(key)).map(|k| &k.ty)
    }
}
