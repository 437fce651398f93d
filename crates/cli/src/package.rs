//! Reading packages from disk: only text files inside the folder, with limits on number and size.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use diag::{Problem, Severity, Source};
use flow::{Checked, Package};
use iflow::FlowReport;

use crate::exit::{Code, Exit};
use crate::{artifact, out, scripts};

const MAX_FILES: usize = 5_000;
const MAX_DEPTH: usize = 16;
const MAX_FILE: u64 = 4 << 20;
const MAX_PACKAGE: u64 = 64 << 20;

/// The code of a flow without a sender that is available.
const NOTHING_STARTS: &str = "I0203";

/// Endings of the files that a package is made of.
const ENDINGS: [&str; 12] =
    [".yaml", ".yml", ".js", ".groovy", ".gsh", ".xsl", ".xslt", ".xsd", ".xml", ".json", ".csv", ".txt"];

/// How many files are read, and how large.
pub(crate) struct Limits {
    pub(crate) files: usize,
    pub(crate) file: u64,
    pub(crate) total: u64,
}

/// The texts of a package folder.
pub(crate) fn read(folder: &Path, set: &[(String, String)]) -> Result<Package, Exit> {
    let limits = Limits { files: MAX_FILES, file: MAX_FILE, total: MAX_PACKAGE };
    let wanted = |file: &str| ENDINGS.iter().any(|e| file.to_ascii_lowercase().ends_with(e));
    let mut files = BTreeMap::new();
    for (file, bytes) in files_of(folder, &limits, &wanted)? {
        let text = String::from_utf8(bytes)
            .map_err(|_| Exit::failed(format!("{} is not a text file in UTF-8", folder.join(&file).display())))?;
        files.insert(file, text);
    }
    if !files.keys().any(|f| is_flow(f)) {
        return Err(Exit::failed(format!("{} has no flow: flows are files `*.flow.yaml`", folder.display())));
    }
    let mut package = Package { name: name_of(folder), files, overrides: BTreeMap::new() };
    package.overrides = overrides(&parameter_names(&package), set, std::env::vars());
    Ok(package)
}

/// The name of the folder or file, wherever the path starts.
pub(crate) fn name_of(path: &Path) -> String {
    let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let name = if real.is_dir() { real.file_name() } else { real.file_stem() };
    name.map_or_else(|| "package".to_owned(), |n| n.to_string_lossy().into_owned())
}

/// The files of a folder by their path in it. Nothing outside the folder is read.
pub(crate) fn files_of(
    folder: &Path,
    limits: &Limits,
    wanted: &dyn Fn(&str) -> bool,
) -> Result<BTreeMap<String, Vec<u8>>, Exit> {
    let failed = |path: &Path, error: std::io::Error| Exit::failed(format!("{}: {error}", path.display()));
    let root = fs::canonicalize(folder).map_err(|e| failed(folder, e))?;
    if !root.is_dir() {
        return Err(Exit::usage(format!("{} is not a folder; a package is a folder of flows", folder.display())));
    }
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
            if !meta.is_file() || !wanted(&inner) {
                continue;
            }
            total += meta.len();
            if meta.len() > limits.file || total > limits.total || files.len() >= limits.files {
                let limit = base::format_bytes(if meta.len() > limits.file { limits.file } else { limits.total });
                return Err(Exit::failed(format!(
                    "{}: a package has at most {} files, and at most {limit} here",
                    path.display(),
                    limits.files
                )));
            }
            files.insert(inner, fs::read(&path).map_err(|e| failed(&path, e))?);
        }
    }
    Ok(files)
}

pub(crate) fn is_flow(file: &str) -> bool {
    file.ends_with(".flow.yaml") || file.ends_with(".flow.yml")
}

/// Parameters from the environment, then from the command line, which wins.
pub(crate) fn overrides(
    names: &BTreeSet<String>,
    set: &[(String, String)],
    environment: impl Iterator<Item = (String, String)>,
) -> BTreeMap<String, String> {
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
pub(crate) fn parameter_names(package: &Package) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for text in package.files.iter().filter(|(f, _)| is_flow(f)).map(|(_, text)| text) {
        let parts = text.split("{{").skip(1).filter_map(|part| part.split_once("}}"));
        names.extend(parts.map(|(name, _)| name.trim().to_owned()));
    }
    names
}

/// What packages and artifacts hold.
#[derive(Default)]
pub(crate) struct Loaded {
    /// Flows and problems.
    pub(crate) checked: Checked,
    /// What was found in artifacts.
    pub(crate) reports: Vec<FlowReport>,
}

impl Loaded {
    /// Whether something keeps a flow from running: an error, or an element that Semel has not, unless it is a stub.
    pub(crate) fn refused(&self, stub: bool) -> bool {
        has_errors(&self.checked.problems) || (!stub && self.reports.iter().any(|r| artifact::unsupported(r) > 0))
    }

    /// Leaves out the flows that nothing can start, so that the others start; gives their names. With no other flow,
    /// nothing is left out.
    fn leave_out(&mut self) -> Vec<String> {
        if self.checked.flows.is_empty() {
            return Vec::new();
        }
        let mut names = Vec::new();
        for problem in &mut self.checked.problems {
            if problem.code != NOTHING_STARTS || problem.severity != Severity::Error {
                continue;
            }
            problem.severity = Severity::Warning;
            let report = self.reports.iter().find(|r| r.file == problem.span.file);
            names.extend(report.map(|r| r.name.clone()));
        }
        names
    }

    /// How the command ends whose flows are refused.
    pub(crate) fn refusal(&self) -> Exit {
        let errors = self.checked.problems.iter().filter(|p| p.severity == Severity::Error).count();
        let elements: usize = self.reports.iter().map(artifact::unsupported).sum();
        let errors = (errors > 0).then(|| format!("{errors} {} found", plural(errors, "error", "errors")));
        let elements = (elements > 0)
            .then(|| format!("{elements} {} not run here", plural(elements, "element does", "elements do")));
        let text: Vec<String> = errors.into_iter().chain(elements).collect();
        Exit::new(Code::InvalidFlow, format!("{}; `semel explain CODE` says more", text.join(", ")))
    }
}

fn plural<'a>(count: usize, one: &'a str, many: &'a str) -> &'a str {
    if count == 1 { one } else { many }
}

/// All packages and artifacts, checked; problems name files by the path as it was given.
pub(crate) fn check(paths: &[PathBuf], set: &[(String, String)]) -> Result<Loaded, Exit> {
    let mut all = Loaded::default();
    // Artifacts are imported together: a script collection may be in another zip than its flows.
    let artifacts: Vec<&Path> = paths.iter().map(PathBuf::as_path).filter(|p| artifact::is_artifact(p)).collect();
    let mut imported = artifact::check(&artifacts, set)?.into_iter();
    for path in paths {
        let within = |file: &str| path.join(file).display().to_string().replace('\\', "/");
        let known = if artifacts.contains(&path.as_path()) { imported.next() } else { None };
        let (mut checked, reports) = match known {
            Some(known) => known,
            None => (flow::check(&read(path, set)?), Vec::new()),
        };
        scripts::check(&mut checked, &reports);
        all.reports.extend(reports.into_iter().map(|r| FlowReport { file: within(&r.file), ..r }));
        all.checked.flows.extend(checked.flows);
        let sources = checked.sources.into_iter().map(|s| Source { file: within(&s.file), text: s.text });
        all.checked.sources.extend(sources);
        all.checked.problems.extend(checked.problems.into_iter().map(|mut p| {
            p.span.file = within(&p.span.file);
            p
        }));
    }
    Ok(all)
}

/// What a package or artifact holds in one number, to tell a change from a touch.
pub(crate) fn stamp(path: &Path) -> Option<u64> {
    let mut hasher = DefaultHasher::new();
    if artifact::is_artifact(path) {
        artifact::stamp(path, &mut hasher)?;
    } else {
        read(path, &[]).ok()?.files.hash(&mut hasher);
    }
    Some(hasher.finish())
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

/// Checks, and ends with the problems shown where a flow cannot run. With `stub`, elements of artifacts that Semel has
/// not are no reason to end: they fail when a message reaches them. Nor are flows that nothing can start: they are left
/// out.
pub(crate) fn check_or_exit(paths: &[PathBuf], set: &[(String, String)], stub: bool) -> Result<Checked, Exit> {
    let mut loaded = check(paths, set)?;
    let left_out = if stub { loaded.leave_out() } else { Vec::new() };
    let refused = loaded.refused(stub);
    if refused {
        loaded.reports.iter().for_each(|r| out::note(&artifact::text(r)));
    }
    show_problems(&loaded.checked);
    for name in left_out.iter().filter(|_| !refused) {
        out::note(&format!("warning: flow {name} is left out: nothing can start it here"));
    }
    if refused { Err(loaded.refusal()) } else { Ok(loaded.checked) }
}
