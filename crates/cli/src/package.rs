//! Reading packages from disk: only text files inside the folder, with limits on number and size.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use diag::{Problem, Severity, Source};
use flow::{Checked, Package};

use crate::exit::{Code, Exit};
use crate::out;

const MAX_FILES: usize = 5_000;
const MAX_DEPTH: usize = 16;
const MAX_FILE: u64 = 4 << 20;
const MAX_PACKAGE: u64 = 64 << 20;

/// Endings of the files that a package is made of.
const ENDINGS: [&str; 11] =
    [".yaml", ".yml", ".js", ".groovy", ".gsh", ".xsl", ".xslt", ".xml", ".json", ".csv", ".txt"];

/// The texts of a package folder.
pub(crate) fn read(folder: &Path, set: &[(String, String)]) -> Result<Package, Exit> {
    let failed = |path: &Path, error: std::io::Error| Exit::failed(format!("{}: {error}", path.display()));
    let root = fs::canonicalize(folder).map_err(|e| failed(folder, e))?;
    if !root.is_dir() {
        return Err(Exit::usage(format!("{} is not a folder; a package is a folder of flows", folder.display())));
    }
    let name = root.file_name().map_or_else(|| "package".to_owned(), |n| n.to_string_lossy().into_owned());
    let mut files = BTreeMap::new();
    let mut total = 0;
    let mut open: Vec<(PathBuf, usize)> = vec![(root.clone(), 0)];
    while let Some((dir, depth)) = open.pop() {
        for entry in fs::read_dir(&dir).map_err(|e| failed(&dir, e))? {
            let path = entry.map_err(|e| failed(&dir, e))?.path();
            if path.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.')) {
                continue;
            }
            // A link may lead anywhere: it counts only where its end is inside the package.
            let real = fs::canonicalize(&path).map_err(|e| failed(&path, e))?;
            if !real.starts_with(&root) {
                return Err(Exit::failed(format!("{} leads out of the package", path.display())));
            }
            let Some(inner) = path.strip_prefix(&root).ok().and_then(Path::to_str) else {
                return Err(Exit::failed(format!("the name of {} is not UTF-8", path.display())));
            };
            let inner = inner.replace('\\', "/");
            let meta = fs::metadata(&path).map_err(|e| failed(&path, e))?;
            if meta.is_dir() {
                // A folder that a link points to is read where it stands; reading it twice could never end.
                let link = fs::symlink_metadata(&path).is_ok_and(|m| m.is_symlink());
                if !link && depth < MAX_DEPTH {
                    open.push((path, depth + 1));
                }
                continue;
            }
            if !meta.is_file() || !ENDINGS.iter().any(|e| inner.to_ascii_lowercase().ends_with(e)) {
                continue;
            }
            total += meta.len();
            let limit = base::format_bytes(if meta.len() > MAX_FILE { MAX_FILE } else { MAX_PACKAGE });
            if meta.len() > MAX_FILE || total > MAX_PACKAGE || files.len() >= MAX_FILES {
                return Err(Exit::failed(format!(
                    "{}: a package has at most {MAX_FILES} files, and at most {limit} here",
                    path.display()
                )));
            }
            let bytes = fs::read(&path).map_err(|e| failed(&path, e))?;
            let text = String::from_utf8(bytes)
                .map_err(|_| Exit::failed(format!("{} is not a text file in UTF-8", path.display())))?;
            files.insert(inner, text);
        }
    }
    if !files.keys().any(|f| is_flow(f)) {
        return Err(Exit::failed(format!("{} has no flow: flows are files `*.flow.yaml`", folder.display())));
    }
    let mut package = Package { name, files, overrides: BTreeMap::new() };
    package.overrides = overrides(&package, set, std::env::vars());
    Ok(package)
}

pub(crate) fn is_flow(file: &str) -> bool {
    file.ends_with(".flow.yaml") || file.ends_with(".flow.yml")
}

/// Parameters from the environment, then from the command line, which wins.
pub(crate) fn overrides(
    package: &Package,
    set: &[(String, String)],
    environment: impl Iterator<Item = (String, String)>,
) -> BTreeMap<String, String> {
    let names = parameter_names(package);
    let mut values = BTreeMap::new();
    for (variable, value) in environment {
        let Some(wanted) = variable.strip_prefix("SEMEL_PARAM_") else { continue };
        for name in names.iter().filter(|n| as_variable(n).eq_ignore_ascii_case(wanted)) {
            values.insert(name.clone(), value.clone());
        }
    }
    values.extend(set.iter().cloned());
    values
}

/// `billing.url` is `BILLING_URL` in the environment.
fn as_variable(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect()
}

/// The names between double braces in the package's flows.
fn parameter_names(package: &Package) -> Vec<String> {
    let mut names = Vec::new();
    for text in package.files.iter().filter(|(f, _)| is_flow(f)).map(|(_, text)| text) {
        for part in text.split("{{").skip(1) {
            if let Some((name, _)) = part.split_once("}}") {
                names.push(name.trim().to_owned());
            }
        }
    }
    names.sort();
    names.dedup();
    names
}

/// All packages, checked; problems name files by the folder as it was given.
pub(crate) fn check(folders: &[PathBuf], set: &[(String, String)]) -> Result<Checked, Exit> {
    let mut all = Checked::default();
    for folder in folders {
        let checked = flow::check(&read(folder, set)?);
        let within = |file: &str| folder.join(file).display().to_string().replace('\\', "/");
        all.flows.extend(checked.flows);
        all.sources.extend(checked.sources.into_iter().map(|s| Source { file: within(&s.file), text: s.text }));
        all.problems.extend(checked.problems.into_iter().map(|mut p| {
            p.span.file = within(&p.span.file);
            p
        }));
    }
    Ok(all)
}

/// Whether a problem keeps a flow from running.
pub(crate) fn has_errors(problems: &[Problem]) -> bool {
    problems.iter().any(|p| p.severity == Severity::Error)
}

/// Problems to stderr, with carets.
pub(crate) fn show_problems(checked: &Checked) {
    if !checked.problems.is_empty() {
        out::note(diag::render(&checked.problems, &checked.sources, out::colour_stderr()).trim_end());
    }
}

/// Checks, and ends with the problems shown where a flow has errors.
pub(crate) fn check_or_exit(folders: &[PathBuf], set: &[(String, String)]) -> Result<Checked, Exit> {
    let checked = check(folders, set)?;
    show_problems(&checked);
    if has_errors(&checked.problems) {
        let errors = checked.problems.iter().filter(|p| p.severity == Severity::Error).count();
        let text =
            format!("{errors} {} found; `semel explain CODE` says more", if errors == 1 { "error" } else { "errors" });
        return Err(Exit::new(Code::InvalidFlow, text));
    }
    Ok(checked)
}
