//! Prefixes that XPath expressions of a flow may use.

/// Prefix to namespace URI; shared by all expressions of a flow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Namespaces(Vec<(String, String)>);

impl Namespaces {
    /// The namespaces of a flow.
    pub fn new(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        Namespaces(pairs.into_iter().collect())
    }

    /// The URI that a prefix stands for.
    #[must_use]
    pub fn uri(&self, prefix: &str) -> Option<&str> {
        self.0.iter().find(|(p, _)| p == prefix).map(|(_, u)| u.as_str())
    }

    /// All prefixes.
    pub fn prefixes(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(p, _)| p.as_str())
    }
}
