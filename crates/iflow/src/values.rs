//! Value mappings: the artifacts that say what one system's values are called by another.

use diag::{Problem, Span};
use flow::{Named, ValueMappings};
use roxmltree::Node;

use crate::bundle::Bundle;
use crate::{text, xml};

/// The file of a value mapping.
const FILE: &str = "value_mapping.xml";
/// Most entries of one import.
const MAX_ENTRIES: usize = 1_000_000;

/// Adds all value mappings of an import; what cannot be read is a problem.
pub(crate) fn read(bundles: &[Bundle], mappings: &mut ValueMappings, problems: &mut Vec<Problem>) {
    let mut left = MAX_ENTRIES;
    for bundle in bundles {
        let Some(bytes) = bundle.file(FILE) else { continue };
        let source = text::decode(bytes);
        let broken = |code, title: String| {
            let file = format!("{}{FILE}", bundle.place);
            Problem::error(code, title, Span::new(file, 0..0), "value mappings of this file are missing")
        };
        match xml::parse(&source) {
            Ok(document) => {
                for group in document.descendants().filter(|n| n.has_tag_name("group")) {
                    let entries = group.children().filter(|n| n.has_tag_name("entry"));
                    let names: Vec<Named> = entries.take(left).map(|e| named(&e)).collect();
                    left -= names.len();
                    mappings.add(names);
                }
                if left == 0 {
                    problems.push(broken("I0103", format!("there are more than {MAX_ENTRIES} value mappings")));
                }
            }
            Err((code, what, _)) => problems.push(broken(code, what)),
        }
    }
}

fn named(entry: &Node<'_, '_>) -> Named {
    let part = |tag: &str| {
        let child = entry.children().find(|n| n.has_tag_name(tag));
        child.and_then(|n| n.text()).unwrap_or("").trim().to_owned()
    };
    (part("agency"), part("schema"), part("value"))
}
