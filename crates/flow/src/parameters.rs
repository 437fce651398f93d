//! Parameters: `{{name}}` in the scalars of a flow, from `parameters.yaml` and from outside.

use std::collections::BTreeMap;

use crate::check::Package;
use crate::problems::{Problems, did_you_mean};
use crate::yaml::{Kind, Node, Scalar, Typed, parse};

/// The file that holds the parameters of a package.
pub(crate) const FILE: &str = "parameters.yaml";
/// Most bytes that parameters may add to one flow.
const MAX_ADDED: usize = 4 << 20;

/// Values by name; nested maps of the file become dotted names.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parameters(BTreeMap<String, String>);

impl Parameters {
    /// The parameters of a package; overrides win. Problems are those of the file `parameters.yaml`.
    pub(crate) fn of(package: &Package, problems: &mut Problems) -> Self {
        let mut values = BTreeMap::new();
        if let Some(root) = package.files.get(FILE).and_then(|text| parse(text, problems)) {
            match &root.kind {
                Kind::Map(_) => flatten(&root, "", &mut values, problems),
                _ if root.is_null() => {}
                _ => problems.error(
                    "F0302",
                    "parameters must be a map of names and values",
                    0..0,
                    "this file",
                    "write `name: value` lines",
                ),
            }
        }
        values.extend(package.overrides.iter().map(|(k, v)| (k.clone(), v.clone())));
        Parameters(values)
    }

    /// Puts values in for `{{name}}` in all scalars below a node. A value is not searched for parameters again.
    pub(crate) fn apply(&self, node: &mut Node, problems: &mut Problems) {
        let mut left = MAX_ADDED;
        self.walk(node, &mut left, problems);
    }

    fn walk(&self, node: &mut Node, left: &mut usize, problems: &mut Problems) {
        let range = node.range.clone();
        match &mut node.kind {
            Kind::List(items) => items.iter_mut().for_each(|n| self.walk(n, left, problems)),
            Kind::Map(entries) => entries.iter_mut().for_each(|e| self.walk(&mut e.value, left, problems)),
            Kind::Scalar(scalar) => match self.replace(scalar, left) {
                Ok(None) => {}
                Ok(Some(text)) => {
                    // Read again, so that "{{timeout}}" can be a number as well as a text.
                    let typed = match Typed::of(&text) {
                        Typed::Null => Typed::Text,
                        typed => typed,
                    };
                    *scalar = Scalar { typed, text, at: None };
                }
                Err(Wrong::Unknown { .. }) if problems.full() => node.kind = Kind::Unknown,
                Err(Wrong::Unknown { name, at }) => {
                    let place = scalar.at.map_or(range, |start| start + at.start..start + at.end);
                    let help = did_you_mean(&name, self.0.keys().map(String::as_str)).unwrap_or_else(|| {
                        format!("set `{name}` in {FILE}, in the environment or on the command line")
                    });
                    problems.error(
                        "F0301",
                        format!("the parameter `{name}` has no value"),
                        place,
                        "used here",
                        help.as_str(),
                    );
                    node.kind = Kind::Unknown;
                }
                Err(Wrong::TooMuch) => {
                    problems.error(
                        "F0002",
                        "parameters make this flow larger than 4 MB",
                        range,
                        "the limit is reached here",
                        None,
                    );
                    node.kind = Kind::Unknown;
                }
            },
            Kind::Unknown => {}
        }
    }

    fn replace(&self, scalar: &Scalar, left: &mut usize) -> Result<Option<String>, Wrong> {
        let text = scalar.text.as_str();
        if !text.contains("{{") {
            return Ok(None);
        }
        let (mut out, mut from) = (String::new(), 0);
        let mut found = false;
        while let Some(open) = text[from..].find("{{").map(|i| from + i) {
            let Some((name, end)) = name_at(text, open) else {
                out.push_str(&text[from..open + 2]);
                from = open + 2;
                continue;
            };
            let value = self.0.get(name).ok_or_else(|| Wrong::Unknown { name: name.to_owned(), at: open..end })?;
            *left = left.checked_sub(value.len()).ok_or(Wrong::TooMuch)?;
            out.push_str(&text[from..open]);
            out.push_str(value);
            from = end;
            found = true;
        }
        out.push_str(&text[from..]);
        Ok(found.then_some(out))
    }
}

enum Wrong {
    Unknown { name: String, at: std::ops::Range<usize> },
    TooMuch,
}

/// The name in the braces that open here, and the end of the closing ones; `None` if it is something else.
fn name_at(text: &str, open: usize) -> Option<(&str, usize)> {
    let rest = &text[open + 2..];
    let inner = rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | ' '))).unwrap_or(rest.len());
    let name = rest[..inner].trim();
    (rest[inner..].starts_with("}}") && !name.is_empty() && !name.contains(' ')).then_some((name, open + 2 + inner + 2))
}

fn flatten(node: &Node, prefix: &str, into: &mut BTreeMap<String, String>, problems: &mut Problems) {
    for entry in node.entries() {
        let name = if prefix.is_empty() { entry.key.clone() } else { format!("{prefix}.{}", entry.key) };
        match &entry.value.kind {
            Kind::Scalar(scalar) => {
                if into.insert(name.clone(), scalar.text.clone()).is_some() {
                    problems.error(
                        "F0302",
                        format!("the parameter `{name}` is set twice"),
                        entry.range.clone(),
                        "the second time",
                        "keep one of the dotted and the nested form",
                    );
                }
            }
            Kind::Map(_) => flatten(&entry.value, &name, into, problems),
            Kind::List(_) => problems.error(
                "F0302",
                format!("the parameter `{name}` is a list"),
                entry.range.clone(),
                "must be text, a number or true/false",
                "write one text, for example with commas",
            ),
            Kind::Unknown => {}
        }
    }
}
