//! Paths as mappings write them: `/ns0:Orders/Order[1]/@id`.

use std::collections::HashMap;

/// The namespace of the envelope around several messages.
pub(crate) const ENVELOPE: &str = "http://sap.com/xi/XI/SplitAndMerge";
/// Most steps of a path.
const MAX_STEPS: usize = 200;

/// A step of a path.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Step {
    pub prefix: String,
    pub local: String,
    /// The namespace; `None` where the mapping does not declare the prefix, and any will do.
    pub space: Option<String>,
    pub attribute: bool,
    /// Which one of its name, from 0, where a mapping tells copies of a node apart.
    pub index: Option<u32>,
}

impl Step {
    /// The name as it is written.
    pub(crate) fn qualified(&self) -> String {
        if self.prefix.is_empty() { self.local.clone() } else { format!("{}:{}", self.prefix, self.local) }
    }
}

/// Namespaces of a mapping by prefix.
pub(crate) type Spaces = HashMap<String, String>;

/// Reads a path. JSON knows no prefixes, and any text may be a name.
pub(crate) fn path(text: &str, spaces: &Spaces, json: bool) -> Result<Vec<Step>, String> {
    let Some(rest) = text.strip_prefix('/') else { return Err(format!("the path `{text}` does not begin with `/`")) };
    let mut steps = Vec::new();
    for part in rest.split('/') {
        if steps.len() >= MAX_STEPS {
            return Err(format!("a path has more than {MAX_STEPS} steps"));
        }
        steps.push(step(part, spaces, json).ok_or_else(|| format!("the path `{text}` cannot be read"))?);
    }
    Ok(steps)
}

fn step(part: &str, spaces: &Spaces, json: bool) -> Option<Step> {
    if json {
        let (name, index) = indexed(part);
        return (!part.is_empty()).then(|| Step {
            local: crate::json::xml_name(name),
            space: Some(String::new()),
            index,
            ..Step::default()
        });
    }
    let (name, attribute) = match part.strip_prefix('@') {
        Some(name) => (name, true),
        None => (part, false),
    };
    let (name, index) = indexed(name);
    let (prefix, local) = name.split_once(':').unwrap_or(("", name));
    let good = |text: &str| {
        text.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
    };
    if !good(local) || !(prefix.is_empty() || good(prefix)) {
        return None;
    }
    let space = match prefix {
        "" => Some(String::new()),
        "xml" => Some("http://www.w3.org/XML/1998/namespace".to_owned()),
        prefix => spaces.get(prefix).cloned(),
    };
    Some(Step { prefix: prefix.to_owned(), local: local.to_owned(), space, attribute, index })
}

fn indexed(name: &str) -> (&str, Option<u32>) {
    let Some((before, digits)) = name.strip_suffix(']').and_then(|n| n.rsplit_once('[')) else { return (name, None) };
    match digits.parse() {
        Ok(index) => (before, Some(index)),
        Err(_) => (name, None),
    }
}
