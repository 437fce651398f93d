//! Names with their namespaces.

use std::fmt;

use roxmltree::Node;

/// Namespace of XML Schema.
pub(crate) const XS: &str = "http://www.w3.org/2001/XMLSchema";
/// Namespace of the attributes that a schema gives to documents.
pub(crate) const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
/// Namespace of `xml:lang` and its like.
pub(crate) const XML: &str = "http://www.w3.org/XML/1998/namespace";

/// A name with its namespace; the namespace is empty where there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Name {
    pub(crate) space: String,
    pub(crate) local: String,
}

impl Name {
    pub(crate) fn new(space: &str, local: &str) -> Self {
        Name { space: space.to_owned(), local: local.to_owned() }
    }

    /// The name of an element.
    pub(crate) fn of(node: &Node<'_, '_>) -> Self {
        Name::new(node.tag_name().namespace().unwrap_or(""), node.tag_name().name())
    }

    /// Whether this is the name.
    pub(crate) fn is(&self, space: &str, local: &str) -> bool {
        self.local == local && self.space == space
    }

    /// The name that a prefixed text means at an element; without a prefix the default namespace counts.
    pub(crate) fn resolve(text: &str, node: &Node<'_, '_>) -> Option<Self> {
        let text = text.trim();
        match text.split_once(':') {
            Some((prefix, local)) => {
                let space = if prefix == "xml" { XML } else { node.lookup_namespace_uri(Some(prefix))? };
                Some(Name::new(space, local))
            }
            None => Some(Name::new(node.lookup_namespace_uri(None).unwrap_or(""), text)),
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.local)
    }
}

/// A part of a schema that has the given name, such as `element`.
pub(crate) fn is_xs(node: &Node<'_, '_>, local: &str) -> bool {
    node.is_element() && node.tag_name().name() == local && node.tag_name().namespace() == Some(XS)
}

/// The children of a node that belong to the schema language, without annotations.
pub(crate) fn parts<'a, 'i>(node: Node<'a, 'i>) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(|n| n.tag_name().namespace() == Some(XS) && n.tag_name().name() != "annotation")
}
