//! The files of a schema: what it includes and imports, each once.

use std::collections::{HashSet, VecDeque};

use crate::names::{is_xs, parts};
use crate::{File, Mistake, tree};

/// Most files of one schema.
pub const MAX_FILES: usize = 200;
/// Most bytes of all files of a schema.
pub const MAX_TOTAL: usize = 16 << 20;

/// A file with the namespace that its declarations belong to.
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) text: String,
    /// The target namespace; of an included file without one, that of the file which includes it.
    pub(crate) space: String,
}

/// Loads a schema and what it is made of.
pub(crate) fn load(main: &File, find: &dyn Fn(&str) -> Option<File>) -> Result<Vec<Source>, Vec<Mistake>> {
    let mut sources: Vec<Source> = Vec::new();
    let mut seen: HashSet<(String, String)> = HashSet::new();
    let mut total = 0;
    let mut open: VecDeque<(File, Option<String>)> = VecDeque::from([(main.clone(), None)]);
    while let Some((file, around)) = open.pop_front() {
        let whole = |text: &str| vec![Mistake { file: file.path.clone(), line: 1, at: 0, text: text.to_owned() }];
        total += file.text.len();
        if sources.len() >= MAX_FILES || total > MAX_TOTAL {
            return Err(whole("the schema has too many files, or they are too large"));
        }
        let document = tree::parse(&file.text).map_err(|m| vec![Mistake { file: file.path.clone(), ..m }])?;
        let root = document.root_element();
        if !is_xs(&root, "schema") {
            return Err(whole("the file is no XML schema: its root element is not `schema`"));
        }
        let own = root.attribute("targetNamespace").unwrap_or("").trim().to_owned();
        if own.len() > tree::MAX_SPACE {
            return Err(whole("the name of the target namespace is too long"));
        }
        let space = if own.is_empty() { around.unwrap_or_default() } else { own };
        if !seen.insert((file.path.clone(), space.clone())) {
            continue;
        }
        let folder = file.path.rfind('/').map_or("", |i| &file.path[..=i]);
        for part in parts(root) {
            let kind = part.tag_name().name();
            let location = part.attribute("schemaLocation").map(str::trim).filter(|l| !l.is_empty());
            let at = part.range().start;
            let wrong = |text: String| {
                let line = usize::try_from(document.text_pos_at(at).row).unwrap_or(0);
                vec![Mistake { file: file.path.clone(), line, at, text }]
            };
            match (kind, location) {
                ("include", Some(location)) => {
                    let found = find(&join(folder, location));
                    let found = found.ok_or_else(|| wrong(format!("the file `{location}` cannot be found")))?;
                    open.push_back((found, Some(space.clone())));
                }
                // What an import lacks only counts where something of it is used.
                ("import", Some(location)) => {
                    if let Some(found) = find(&join(folder, location)) {
                        open.push_back((found, None));
                    }
                }
                ("redefine", _) => return Err(wrong("`redefine` is not available".to_owned())),
                ("override", _) => {
                    return Err(wrong("`override` is XML Schema 1.1, which is not available".to_owned()));
                }
                _ => {}
            }
        }
        drop(document);
        sources.push(Source { path: file.path, text: file.text, space });
    }
    Ok(sources)
}

/// A location relative to a folder, without `.` and `..`. Locations with a scheme stay as they are.
fn join(folder: &str, location: &str) -> String {
    if location.contains("://") {
        return location.to_owned();
    }
    let location = location.replace('\\', "/");
    let base = if location.starts_with('/') { "" } else { folder };
    let mut steps: Vec<&str> = Vec::new();
    for step in base.split('/').chain(location.split('/')) {
        match step {
            "" | "." => {}
            ".." => drop(steps.pop()),
            step => steps.push(step),
        }
    }
    steps.join("/")
}
