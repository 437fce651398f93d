//! XSLT mappings: stylesheets of a package, compiled with what they import.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;

use xslt::{ParseError, Stylesheet};

/// Most stylesheets that a header can choose from.
const MOST: usize = 500;

/// An XSLT mapping: where the stylesheet comes from.
#[derive(Clone, Debug)]
pub enum Transform {
    /// This one.
    File(Arc<Mapping>),
    /// The one that a header names.
    Header(Arc<MappingByHeader>),
}

/// A compiled stylesheet.
#[derive(Clone, Debug)]
pub struct Mapping {
    /// Path inside the package.
    pub path: String,
    /// The stylesheet.
    pub stylesheet: Stylesheet,
    /// Changes with its text and that of its modules.
    pub fingerprint: u64,
}

/// The stylesheets that a header chooses from.
#[derive(Clone, Debug)]
pub struct MappingByHeader {
    /// The header. Its value is a path in the package, or the name of a file in it.
    pub header: String,
    /// All stylesheets by path; of those that cannot be used alone, why.
    pub mappings: BTreeMap<String, Result<Mapping, String>>,
}

impl MappingByHeader {
    /// The stylesheet of a path or name.
    ///
    /// # Errors
    /// There is none, or it cannot be used: a sentence.
    pub fn find(&self, name: &str) -> Result<&Mapping, String> {
        let name = name.trim().trim_start_matches("./").trim_start_matches('/');
        let by_name = || self.mappings.iter().find(|(path, _)| file_name(path) == file_name(name));
        match self.mappings.get_key_value(name).or_else(by_name) {
            Some((_, Ok(mapping))) => Ok(mapping),
            Some((path, Err(why))) => Err(format!("the stylesheet {path} cannot be used: {why}")),
            None => Err(format!("the header {} names the stylesheet \"{name}\", which is not there", self.header)),
        }
    }

    /// All of these files, compiled.
    #[must_use]
    pub fn of(header: String, files: &BTreeMap<String, String>) -> Self {
        let paths = files.keys().filter(|path| is_stylesheet(path)).take(MOST);
        let compiled = paths.map(|path| (path.clone(), mapping(path, files).map_err(|e| e.to_string())));
        MappingByHeader { header, mappings: compiled.collect() }
    }

    /// Changes with the text of every stylesheet.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        self.mappings.values().fold(0, |all, m| all.rotate_left(1) ^ m.as_ref().map_or(1, |m| m.fingerprint))
    }
}

/// Compiles a stylesheet of a package. `href` of an import or include is a path from the stylesheet, or a file name that
/// is found anywhere.
///
/// # Errors
/// The first mistake; its file is a path of the package.
pub fn mapping(path: &str, files: &BTreeMap<String, String>) -> Result<Mapping, ParseError> {
    let text = files.get(path).map_or("", String::as_str);
    let used = Mutex::new(vec![path.to_owned()]);
    let resolve = |href: &str| {
        let found = module(path, href, files)?;
        if let Ok(mut used) = used.lock() {
            used.push(found.clone());
        }
        files.get(&found).cloned()
    };
    let stylesheet = Stylesheet::parse(path, text, &resolve).map_err(|mut error| {
        if let Some(found) = module(path, &error.file, files).filter(|_| error.file != path) {
            error.file = found;
        }
        error
    })?;
    let used = used.into_inner().unwrap_or_default();
    let texts = used.iter().filter_map(|path| files.get(path));
    Ok(Mapping {
        path: path.to_owned(),
        stylesheet,
        fingerprint: texts.fold(0xcbf2_9ce4_8422_2325, |hash, text| digest(hash, text)),
    })
}

/// Whether a file is a stylesheet, by its ending.
#[must_use]
pub fn is_stylesheet(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    path.ends_with(".xsl") || path.ends_with(".xslt")
}

fn digest(hash: u64, text: &str) -> u64 {
    text.bytes().chain([0]).fold(hash, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The path that `href` means.
fn module(from: &str, href: &str, files: &BTreeMap<String, String>) -> Option<String> {
    let mut steps: Vec<&str> = from.split('/').collect();
    steps.pop();
    for step in href.split('/') {
        match step {
            "" | "." => {}
            ".." => {
                steps.pop();
            }
            step => steps.push(step),
        }
    }
    let beside = steps.join("/");
    if files.contains_key(&beside) {
        return Some(beside);
    }
    files.keys().find(|path| file_name(path) == file_name(href) && is_stylesheet(path)).cloned()
}
