//! The scripts that a Groovy script uses classes of.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Most scripts that one script brings with it.
const MAX: usize = 200;

/// Those of the other Groovy scripts that a script names, and those that they name: source by path. A class is named as
/// its file, so a script is one that is used if its file name without ending is a word of the source.
pub fn companions<'f>(
    path: &str,
    source: &str,
    files: impl Iterator<Item = (&'f str, &'f str)>,
) -> Arc<BTreeMap<String, String>> {
    let mut by_name: HashMap<&str, (&str, &str)> = HashMap::new();
    for (other, text) in files {
        let file = other.rsplit('/').next().unwrap_or(other);
        let stem = file.strip_suffix(".groovy").or_else(|| file.strip_suffix(".gsh"));
        if let Some(stem) = stem.filter(|_| other != path) {
            by_name.entry(stem).or_insert((other, text));
        }
    }
    let mut found = BTreeMap::new();
    let mut open: Vec<&str> = if by_name.is_empty() { Vec::new() } else { vec![source] };
    while let Some(text) = open.pop() {
        for word in words(text) {
            if found.len() >= MAX {
                break;
            }
            if let Some((other, text)) = by_name.remove(word) {
                found.insert(other.to_owned(), text.to_owned());
                open.push(text);
            }
        }
    }
    Arc::new(found)
}

fn words(text: &str) -> BTreeSet<&str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).filter(|w| !w.is_empty()).collect()
}
