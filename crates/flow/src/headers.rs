//! Which headers may enter a flow (SAP: *Allowed Header(s)*).

use regex::Regex;

/// Names and patterns; nothing is allowed unless named.
#[derive(Clone, Debug, Default)]
pub struct HeaderFilter {
    all: bool,
    patterns: Vec<Regex>,
    source: Vec<String>,
}

impl HeaderFilter {
    /// A filter from names, each a regular expression that must match a whole name, without case; a lone `*` allows all.
    ///
    /// # Errors
    /// The index of the first pattern that is not a regular expression, and what is wrong with it.
    pub fn new(patterns: &[String]) -> Result<Self, (usize, String)> {
        let mut filter = HeaderFilter { source: patterns.to_vec(), ..HeaderFilter::default() };
        for (index, pattern) in patterns.iter().enumerate() {
            if pattern == "*" {
                filter.all = true;
                continue;
            }
            let regex = regex::RegexBuilder::new(&format!("^(?:{pattern})$"))
                .case_insensitive(true)
                .size_limit(1 << 20)
                .build()
                .map_err(|e| (index, e.to_string()))?;
            filter.patterns.push(regex);
        }
        Ok(filter)
    }

    /// Whether a header of this name may enter.
    #[must_use]
    pub fn allows(&self, name: &str) -> bool {
        self.all || self.patterns.iter().any(|p| p.is_match(name))
    }

    /// The patterns as their author wrote them.
    #[must_use]
    pub fn source(&self) -> &[String] {
        &self.source
    }
}
