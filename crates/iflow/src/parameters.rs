//! Externalized parameters: `{{name}}` in the values of an artifact.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use crate::bundle::Bundle;
use crate::text;
use crate::xml;

/// How often a value may hold parameters whose values hold parameters.
const MAX_NESTED: usize = 8;
/// Most bytes that parameters may add to one flow.
const MAX_ADDED: usize = 16 << 20;

/// Longest name of a parameter that is looked for in flows.
const MAX_NAME: usize = 300;

/// Values by name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parameters {
    values: BTreeMap<String, String>,
    /// Names that the artifact declares, with or without a value.
    declared: BTreeSet<String>,
    /// How many bytes may still be added.
    left: Cell<usize>,
}

/// Names of the parameters that an artifact declares, gives values to, or uses.
pub(crate) fn names(bundle: &Bundle) -> BTreeSet<String> {
    let mut parameters = Parameters::of(bundle, &BTreeMap::new());
    for file in bundle.flows() {
        let text = text::decode(bundle.files.get(file).map(Vec::as_slice).unwrap_or_default());
        let parts = text.split("{{").skip(1).filter_map(|part| part.split_once("}}"));
        parameters.declared.extend(parts.map(|(name, _)| name.to_owned()).filter(|n| n.len() <= MAX_NAME));
    }
    parameters.declared.extend(parameters.values.into_keys());
    parameters.declared
}

/// A text with its parameters filled in.
#[derive(Debug, Default)]
pub(crate) struct Filled {
    pub text: String,
    /// Names without a value; they stay in the text as they were.
    pub missing: Vec<String>,
    /// Parameters made the flow too large; the text is not complete.
    pub too_large: bool,
}

impl Parameters {
    /// The parameters of an artifact; overrides win.
    pub(crate) fn of(bundle: &Bundle, overrides: &BTreeMap<String, String>) -> Self {
        let mut values = bundle.file("parameters.prop").map(|b| text::properties(&text::decode(b))).unwrap_or_default();
        values.extend(overrides.iter().map(|(k, v)| (k.clone(), v.clone())));
        let declared = bundle.file("parameters.propdef").map(|b| declared(&text::decode(b))).unwrap_or_default();
        Parameters { values, declared, left: Cell::new(MAX_ADDED) }
    }

    /// Everything that a change of parameters changes.
    pub(crate) fn values(&self) -> impl Iterator<Item = (&String, &String)> {
        self.values.iter()
    }

    /// Whether the artifact declares a parameter of this name.
    pub(crate) fn is_declared(&self, name: &str) -> bool {
        self.declared.contains(name)
    }

    /// Fills in the parameters of a text.
    pub(crate) fn fill(&self, text: &str) -> Filled {
        let mut filled = Filled { text: text.to_owned(), ..Filled::default() };
        for _ in 0..MAX_NESTED {
            if !filled.text.contains("{{") {
                break;
            }
            filled.missing.clear();
            let Some(next) = self.once(&filled.text, &mut filled.missing) else {
                filled.too_large = true;
                break;
            };
            if next == filled.text {
                break;
            }
            filled.text = next;
        }
        filled
    }

    /// One round; `None` if the flow would become too large.
    fn once(&self, text: &str, missing: &mut Vec<String>) -> Option<String> {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            out.push_str(before);
            let Some((name, behind)) = after.split_once("}}") else {
                out.push_str("{{");
                rest = after;
                continue;
            };
            match self.values.get(name).or_else(|| self.values.get(name.trim())) {
                Some(value) => {
                    self.left.set(self.left.get().checked_sub(value.len())?);
                    out.push_str(value);
                }
                None => {
                    missing.push(name.to_owned());
                    out.push_str(&format!("{{{{{name}}}}}"));
                }
            }
            rest = behind;
        }
        out.push_str(rest);
        Some(out)
    }
}

/// The names that `parameters.propdef` declares.
fn declared(text: &str) -> BTreeSet<String> {
    let Ok(document) = xml::parse(text) else { return BTreeSet::new() };
    let parameters = document.descendants().filter(|n| n.tag_name().name() == "parameter");
    let name = |p: roxmltree::Node<'_, '_>| {
        Some(p.children().find(|c| c.tag_name().name() == "name")?.text()?.trim().to_owned())
    };
    parameters.filter_map(name).collect()
}
