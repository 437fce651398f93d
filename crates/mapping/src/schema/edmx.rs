//! OData metadata: entity types in the order of their properties. Documents hold a set, entities of its type, their
//! properties, and navigation properties that hold entities again.

use std::collections::{HashMap, HashSet};

use expr::xpath::body;

use super::{Child, Walk};

/// The members of entity types by name; the names of plain properties.
pub(super) struct Schema {
    types: HashMap<String, Vec<String>>,
    plain: HashSet<String>,
}

/// Reads metadata.
pub(super) fn read(text: &str) -> Option<Schema> {
    let document = body::tree(text.trim_start_matches('\u{feff}')).ok()?;
    let (mut types, mut plain) = (HashMap::new(), HashSet::new());
    for node in document.descendants().filter(|n| matches!(n.tag_name().name(), "EntityType" | "ComplexType")) {
        let members = node.children().filter(|n| matches!(n.tag_name().name(), "Property" | "NavigationProperty"));
        let mut names = Vec::new();
        for member in members {
            let Some(name) = member.attribute("Name") else { continue };
            names.push(name.to_owned());
            if member.tag_name().name() == "Property" {
                plain.insert(name.to_owned());
            }
        }
        types.insert(node.attribute("Name")?.to_owned(), names);
    }
    (!types.is_empty()).then_some(Schema { types, plain })
}

impl Walk for Schema {
    type Declared = String;

    fn root(&self, local: &str, _: Option<&str>) -> Option<String> {
        Some(local.to_owned())
    }

    fn children(&self, of: &String) -> Option<(Vec<Child<String>>, bool)> {
        let child = |name: &String| Child {
            local: name.clone(),
            attribute: false,
            least: 0,
            most: None,
            declared: name.clone(),
        };
        if let Some(members) = self.types.get(of) {
            return Some((members.iter().map(child).collect(), true));
        }
        if self.plain.contains(of) {
            return None;
        }
        // A set or a navigation property: entities of whatever type the mapping names.
        let mut names: Vec<&String> = self.types.keys().collect();
        names.sort();
        Some((names.into_iter().map(child).collect(), true))
    }
}
