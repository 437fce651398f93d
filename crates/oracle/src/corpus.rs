//! Scripts found in folders, files and zips (also zips in zips), each once whatever its blanks.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{Hash, Hasher};
use std::io::{Cursor, Read};
use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

/// A longer file is no script.
const LONGEST: u64 = 2 << 20;
/// Folders in folders, zips in zips.
const DEEPEST: usize = 40;
/// Bytes of one zip that are read.
const LARGEST_ZIP: u64 = 64 << 20;

/// A script.
#[derive(Clone, Debug)]
pub struct Script {
    /// Where it is: path, and within zips their entries, separated by `!`.
    pub path: String,
    /// Source text.
    pub source: String,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Corpus {
    /// Files that were scripts.
    pub found: usize,
    /// Each script once.
    pub scripts: Vec<Script>,
    seen: HashSet<u64>,
    /// All class files of a folder, for companions: name and source.
    neighbours: HashMap<String, BTreeMap<String, String>>,
}

#[expect(clippy::unwrap_used, reason = "constant patterns")]
fn pattern(text: &str) -> Regex {
    Regex::new(text).unwrap()
}

static PACKAGE: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?m)^\s*package\s+([\w.]+)"));
static ENTRY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?m)^\s*(?:(?:def|public|static|final|Message|Object|void)\s+)+(\w+)\s*\(\s*(?:final\s+)?(?:[\w.]*\bMessage|def)\s+\w+\s*\)",
    )
});

impl Corpus {
    /// Reads a folder, a script or a zip.
    ///
    /// # Errors
    /// The path cannot be read.
    pub fn add(&mut self, path: &Path) -> Result<(), String> {
        self.walk(path, 0).map_err(|e| format!("{}: {e}", path.display()))
    }

    fn walk(&mut self, path: &Path, depth: usize) -> std::io::Result<()> {
        let about = std::fs::metadata(path)?;
        if about.is_dir() {
            if depth < DEEPEST && path.file_name().is_none_or(|n| n != ".git") {
                let mut entries: Vec<_> = std::fs::read_dir(path)?.flatten().map(|e| e.path()).collect();
                entries.sort();
                for entry in entries {
                    // What cannot be read (a broken link) is no script.
                    let _ = self.walk(&entry, depth + 1);
                }
            }
            return Ok(());
        }
        let name = path.display().to_string();
        if is_zip(&name) && about.len() < LARGEST_ZIP {
            self.zip(&name, std::fs::read(path)?, 0);
        } else if is_script(&name) && about.len() < LONGEST {
            self.script(name, &std::fs::read(path)?);
        }
        Ok(())
    }

    fn zip(&mut self, path: &str, bytes: Vec<u8>, depth: usize) {
        let Ok(mut archive) = zip::ZipArchive::new(Cursor::new(bytes)) else { return };
        let mut left = LARGEST_ZIP;
        for i in 0..archive.len() {
            let Ok(entry) = archive.by_index(i) else { continue };
            let Ok(name) = entry.name().map(|n| format!("{path}!{n}")) else { continue };
            // Packages keep their artifacts as zips named `…_content`.
            let inner = (is_zip(&name) || name.ends_with("_content")) && depth < 3;
            if !inner && !is_script(&name) {
                continue;
            }
            let mut bytes = Vec::new();
            if entry.take(left).read_to_end(&mut bytes).is_err() {
                continue;
            }
            left -= bytes.len() as u64;
            if inner {
                self.zip(&name, bytes, depth + 1);
            } else {
                self.script(name, &bytes);
            }
        }
    }

    fn script(&mut self, path: String, bytes: &[u8]) {
        let source = String::from_utf8_lossy(bytes).trim_start_matches('\u{feff}').to_owned();
        self.found += 1;
        if let Some(package) = PACKAGE.captures(&source) {
            let file = path.rsplit(['/', '!', '\\']).next().unwrap_or_default();
            let stem = file.split('.').next().unwrap_or_default();
            let name = format!("{}/{stem}", package[1].replace('.', "/"));
            self.neighbours.entry(folder(&path)).or_default().insert(name, source.clone());
        }
        let mut hash = DefaultHasher::new();
        source.split_whitespace().for_each(|word| word.hash(&mut hash));
        if self.seen.insert(hash.finish()) {
            self.scripts.push(Script { path, source });
        }
    }

    /// Scripts beside this one whose classes it may use.
    #[must_use]
    pub fn companions(&self, script: &Script) -> BTreeMap<String, String> {
        if !script.source.contains("src.main.resources.script") {
            return BTreeMap::new();
        }
        let mut all = self.neighbours.get(&folder(&script.path)).cloned().unwrap_or_default();
        all.retain(|_, source| *source != script.source);
        all
    }
}

fn folder(path: &str) -> String {
    path.rfind(['/', '!', '\\']).map_or(String::new(), |i| path[..i].to_owned())
}

fn is_script(path: &str) -> bool {
    let low = path.to_ascii_lowercase();
    low.ends_with(".groovy") || low.ends_with(".gsh")
}

fn is_zip(path: &str) -> bool {
    path.to_ascii_lowercase().ends_with(".zip")
}

/// The function that a step would call: `processData`, or the first that takes a message.
#[must_use]
pub fn entry(source: &str) -> Option<String> {
    let names: Vec<String> = ENTRY.captures_iter(source).map(|c| c[1].to_owned()).collect();
    names.iter().find(|n| *n == "processData").or(names.first()).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries() {
        let check = |source: &str, want: Option<&str>| assert_eq!(entry(source).as_deref(), want, "{source}");
        check("def Message processData(Message message) {", Some("processData"));
        check("Message logIt(Message m) {}\ndef Message other(Message m) {}", Some("logIt"));
        check("def helper(x) {}\ndef String f(String a) {}", None);
        check("def processData(com.sap.gateway.ip.core.customdev.util.Message message) {", Some("processData"));
    }
}
