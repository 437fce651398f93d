//! What is in a zip or folder: artifacts, each with its files and its manifest.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use base64::Engine;
use diag::{Problem, Span};
use flow::{Language, Script};
use mapping::Mapping;
use xsd::Schema;

use crate::archive::{self, Budget, Files};
use crate::text;
use crate::{Content, Input};

/// How deep zips may lie in zips: a folder of packages of artifacts.
const MAX_DEPTH: usize = 3;
/// Most artifacts of one import.
const MAX_BUNDLES: usize = 2_000;
/// Files of one name that are looked at.
const MAX_SAME: usize = 100;
const MANIFEST: &str = "META-INF/MANIFEST.MF";
const RESOURCES: &str = "src/main/resources/";

/// All artifacts of an import.
#[derive(Debug, Default)]
pub(crate) struct Opened {
    /// Its artifacts.
    pub bundles: Vec<Bundle>,
    /// What could not be opened.
    pub problems: Vec<Problem>,
}

/// One artifact.
#[derive(Debug, Default)]
pub(crate) struct Bundle {
    /// Its id: symbolic name without what follows `;`.
    pub id: String,
    /// Where it was found, for file names in problems; ends in a slash, or is empty.
    pub place: String,
    /// Its files by path inside it.
    pub files: Files,
    /// The paths of its files by file name.
    by_name: HashMap<String, Vec<String>>,
    /// Scripts that flows use.
    pub scripts: RefCell<HashMap<(String, Language), Arc<Script>>>,
    /// Its message mappings by path; or why one cannot be used.
    pub mappings: RefCell<HashMap<String, Result<Mapping, String>>>,
    /// Schemas and libraries of its message mappings, by path.
    pub mapping_files: RefCell<Option<Arc<BTreeMap<String, String>>>>,
    /// Schemas that validators use, by file name; or why one cannot be used.
    pub schemas: RefCell<HashMap<String, Result<Arc<Schema>, String>>>,
    /// The content package that it is part of.
    pub package: String,
}

impl Bundle {
    /// The paths of its integration flows.
    pub(crate) fn flows(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str).filter(|f| f.ends_with(".iflw"))
    }

    /// The file of a folder of its resources, wherever the folder is.
    pub(crate) fn resource(&self, folder: &str, name: &str) -> Option<(&str, &[u8])> {
        let direct = format!("{RESOURCES}{folder}/{name}");
        if let Some((path, bytes)) = self.files.get_key_value(&direct) {
            return Some((path, bytes));
        }
        let (inside, alone) = (format!("/{folder}/{name}"), format!("{folder}/{name}"));
        let fits = |path: &&String| path.ends_with(&inside) || **path == alone || *path == name;
        let path = self.by_name.get(name)?.iter().take(MAX_SAME).find(fits)?;
        self.files.get(path).map(|bytes| (path.as_str(), bytes.as_slice()))
    }

    /// The first file of this name, wherever it is.
    pub(crate) fn file(&self, name: &str) -> Option<&[u8]> {
        self.files.get(self.by_name.get(name)?.first()?).map(Vec::as_slice)
    }
}

/// Opens an import.
pub(crate) fn open(input: &Input) -> Opened {
    let mut budget = Budget::new();
    let files = match &input.content {
        Content::Zip(bytes) => archive::read(bytes, &mut budget),
        Content::Files(files) => archive::folder(files, &mut budget),
    };
    let mut opener = Opener { input, budget, package: input.name.clone(), opened: Opened::default() };
    match files {
        Ok(files) => opener.files(files, "", 0),
        Err((code, what)) => opener.problem(code, what, &input.name),
    }
    opener.opened
}

impl Opened {
    /// Whether there is an integration flow in it.
    pub(crate) fn has_flows(&self) -> bool {
        self.bundles.iter().any(|b| b.flows().next().is_some())
    }

    /// Says that there is nothing to run in it.
    pub(crate) fn says_empty(&mut self, input: &Input) {
        let title = "there is no integration flow in it";
        let problem = Problem::error("I0005", title, Span::new(input.name.clone(), 0..0), "no `.iflw` file");
        self.problems.push(problem.help("give an exported integration flow, a content package, or a folder of them"));
    }
}

struct Opener<'a> {
    input: &'a Input,
    budget: Budget,
    /// The content package that is being opened.
    package: String,
    opened: Opened,
}

impl Opener<'_> {
    fn problem(&mut self, code: &'static str, title: String, file: &str) {
        let file = if file.is_empty() { self.input.name.as_str() } else { file };
        self.opened.problems.push(Problem::error(code, title, Span::new(file, 0..0), "in here"));
    }

    /// Finds what is in a tree of files. Zips in zips are at most [`MAX_DEPTH`] deep.
    fn files(&mut self, mut files: Files, place: &str, depth: usize) {
        if let Some(listing) = files.remove("resources.cnt") {
            self.package(&listing, files, place, depth);
            return;
        }
        let roots = roots(&files);
        let mut bundles: BTreeMap<String, Files> = BTreeMap::new();
        for (path, content) in files {
            // The longest root wins: a folder may hold artifacts beside its own manifest.
            let root = prefixes(&path).filter(|p| roots.contains(*p)).last();
            if let Some(root) = root {
                bundles.entry(root.to_owned()).or_default().insert(path[root.len()..].to_owned(), content);
            } else if path.ends_with(".zip") || archive::is_zip(&content) {
                self.zip(&content, &format!("{place}{path}/"), depth);
            }
        }
        for (root, files) in bundles {
            self.bundle(files, format!("{place}{root}"));
        }
    }

    fn bundle(&mut self, files: Files, place: String) {
        if self.opened.bundles.len() >= MAX_BUNDLES {
            return;
        }
        let manifest = files.get(MANIFEST).map(|m| text::manifest(&text::decode(m))).unwrap_or_default();
        let id = manifest.get("Bundle-SymbolicName").and_then(|n| n.split(';').next()).unwrap_or("").trim().to_owned();
        let mut by_name: HashMap<String, Vec<String>> = HashMap::new();
        for path in files.keys() {
            by_name.entry(path.rsplit('/').next().unwrap_or(path).to_owned()).or_default().push(path.clone());
        }
        let package = self.package.clone();
        self.opened.bundles.push(Bundle { id, place, files, by_name, package, ..Bundle::default() });
    }

    fn zip(&mut self, bytes: &[u8], place: &str, depth: usize) {
        if depth >= MAX_DEPTH {
            self.problem("I0002", format!("zips lie deeper than {MAX_DEPTH} levels in each other"), place);
            return;
        }
        match archive::read(bytes, &mut self.budget) {
            Ok(files) => self.files(files, place, depth + 1),
            Err((code, what)) => self.problem(code, what, place.trim_end_matches('/')),
        }
    }

    /// An exported content package: `resources.cnt` names what the `_content` files are.
    fn package(&mut self, listing: &[u8], mut files: Files, place: &str, depth: usize) {
        let packed: Vec<u8> = listing.iter().copied().filter(|b| !b.is_ascii_whitespace()).collect();
        let json = base64::engine::general_purpose::STANDARD.decode(packed).ok();
        let json: Option<serde_json::Value> = json.and_then(|j| serde_json::from_slice(&j).ok());
        let resources = json.as_ref().and_then(|j| j.get("resources")?.as_array());
        let Some(resources) = resources else {
            self.problem("I0004", "the list of contents `resources.cnt` cannot be read".to_owned(), place);
            return;
        };
        let around = self.package.clone();
        for resource in resources {
            let get = |key: &str| resource.get(key).and_then(serde_json::Value::as_str).unwrap_or("");
            if get("resourceType") == "ContentPackage" {
                let named = ["displayName", "uniqueId", "name"].iter().map(|k| get(k)).find(|v| !v.is_empty());
                named.unwrap_or("").clone_into(&mut self.package);
            }
        }
        for resource in resources {
            let get = |key: &str| resource.get(key).and_then(serde_json::Value::as_str).unwrap_or("");
            let first = |keys: [&'static str; 3]| keys.iter().map(|k| get(k)).find(|v| !v.is_empty()).unwrap_or("");
            // Documents and links are no artifacts, whatever their bytes are.
            if !matches!(get("resourceType"), "IFlow" | "ScriptCollection" | "MessageMapping" | "ValueMapping") {
                continue;
            }
            let name = first(["uniqueId", "displayName", "id"]);
            match files.remove(&format!("{}_content", get("id"))) {
                Some(content) => self.zip(&content, &format!("{place}{name}/"), depth),
                None => self.problem("I0004", format!("the package lacks the content of `{name}`"), place),
            }
        }
        self.package = around;
    }
}

/// The folders that are artifacts: they hold a manifest, resources, or a lone `.iflw`.
fn roots(files: &Files) -> BTreeSet<String> {
    let mut roots = BTreeSet::new();
    for path in files.keys() {
        for mark in [MANIFEST, RESOURCES] {
            let found = path.find(mark).filter(|i| *i == 0 || path[..*i].ends_with('/'));
            roots.extend(found.map(|i| path[..i].to_owned()));
        }
    }
    for path in files.keys().filter(|p| p.ends_with(".iflw")) {
        if !prefixes(path).any(|p| roots.contains(p)) {
            roots.insert(path[..path.rfind('/').map_or(0, |i| i + 1)].to_owned());
        }
    }
    roots
}

/// All folders that a path lies in, the outermost first; each ends in a slash or is empty.
fn prefixes(path: &str) -> impl Iterator<Item = &str> {
    std::iter::once("").chain(path.match_indices('/').map(|(i, _)| &path[..=i]))
}
