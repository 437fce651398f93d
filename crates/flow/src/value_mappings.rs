//! Value mappings: what a value of one party is called by another.

use std::collections::HashMap;

use crate::problems::Problems;
use crate::spec::{Ty, VALUE_MAPPING};
use crate::yaml::{Node, parse};
use crate::{Package, shape};

/// The file that holds the value mappings of a package.
pub(crate) const FILE: &str = "value-mappings.yaml";

/// What the file holds.
static MAPPINGS: Ty = Ty::List(&Ty::Map(&VALUE_MAPPING));

/// A value with those who call it so: agency, identifier, value.
pub type Named = (String, String, String);

/// The value mappings of a package.
#[derive(Clone, Debug, Default)]
pub struct ValueMappings {
    groups: Vec<Vec<Named>>,
    /// The groups that hold a value, the first one first.
    by_value: HashMap<Named, Vec<usize>>,
    fingerprint: u64,
}

impl ValueMappings {
    /// Adds names of one thing: each can be asked for by each other.
    pub fn add(&mut self, group: Vec<Named>) {
        for named in &group {
            for part in [&named.0, &named.1, &named.2] {
                for byte in part.bytes().chain([0]) {
                    self.fingerprint = (self.fingerprint ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
                }
            }
            let groups = self.by_value.entry(named.clone()).or_default();
            if groups.last() != Some(&self.groups.len()) {
                groups.push(self.groups.len());
            }
        }
        self.groups.push(group);
    }

    /// What the target (agency, identifier) calls a value of the source. Of several the first one counts.
    #[must_use]
    pub fn get(&self, source: (&str, &str), value: &str, target: (&str, &str)) -> Option<&str> {
        let groups = self.by_value.get(&(source.0.to_owned(), source.1.to_owned(), value.to_owned()))?;
        let names = groups.iter().flat_map(|group| &self.groups[*group]);
        names.into_iter().find(|n| (n.0.as_str(), n.1.as_str()) == target).map(|n| n.2.as_str())
    }

    /// How many groups there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.groups.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// Changes when anything in them changes.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    /// Those of a package in YAML. Problems are those of the file `value-mappings.yaml`.
    pub(crate) fn of(package: &Package, problems: &mut Problems) -> Self {
        let mut mappings = ValueMappings::default();
        let Some(root) = package.files.get(FILE).and_then(|text| parse(text, problems)) else { return mappings };
        shape::check(&root, &MAPPINGS, "the file", problems);
        for mapping in root.items() {
            let party = |key: &str| {
                let node = mapping.get(key)?;
                Some((node.get("agency")?.text()?.to_owned(), node.get("identifier")?.text()?.to_owned()))
            };
            let (Some(from), Some(to)) = (party("from"), party("to")) else { continue };
            for entry in mapping.get("values").map(Node::entries).unwrap_or_default() {
                let Some(value) = entry.value.text() else { continue };
                let names = [(&from, entry.key.as_str()), (&to, value)];
                mappings.add(names.map(|(party, name)| (party.0.clone(), party.1.clone(), name.to_owned())).to_vec());
            }
        }
        mappings
    }
}
