//! From the texts of a package to checked flows: the entrance of this crate.

use std::collections::BTreeMap;
use std::sync::Arc;

use base::Timestamp;
use diag::{Problem, Source};

use crate::Flow;
use crate::build::{self, Built, Door};
use crate::parameters::{self, Parameters};
use crate::problems::Problems;
use crate::spec::{DEFAULTS, FLOW, Ty};
use crate::value_mappings::{self, ValueMappings};
use crate::yaml::Node;
use crate::{shape, yaml};

/// The file with what holds for all receivers of a package.
pub(crate) const DEFAULTS_FILE: &str = "defaults.yaml";

/// The texts of a package, read by somebody else.
#[derive(Clone, Debug, Default)]
pub struct Package {
    /// The package's name: its folder.
    pub name: String,
    /// Files by path inside the package with forward slashes: `*.flow.yaml`, `parameters.yaml`,
    /// `defaults.yaml`, scripts.
    pub files: BTreeMap<String, String>,
    /// Parameters from the environment and the command line; they win over `parameters.yaml`.
    pub overrides: BTreeMap<String, String>,
}

/// What checking gave.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// Flows without errors.
    pub flows: Vec<Arc<Flow>>,
    /// All problems of all files, ordered by file and place.
    pub problems: Vec<Problem>,
    /// The texts that problems point into.
    pub sources: Vec<Source>,
}

/// Checks a package: all its flows, all problems at once. Never panics, whatever the texts hold.
#[must_use]
pub fn check(package: &Package) -> Checked {
    check_at(package, None)
}

/// The same at a known time, which finds timers whose only tick is over.
#[must_use]
pub fn check_at(package: &Package, now: Option<Timestamp>) -> Checked {
    let mut checked = Checked::default();
    let mut problems = Problems::of(parameters::FILE);
    let parameters = Parameters::of(package, &mut problems);
    let mut mapping_problems = Problems::of(value_mappings::FILE);
    let mappings = Arc::new(ValueMappings::of(package, &mut mapping_problems));
    let mut default_problems = Problems::of(DEFAULTS_FILE);
    let defaults = defaults(package, &parameters, &mut default_problems);
    let mut done = vec![
        (parameters::FILE, None, problems),
        (value_mappings::FILE, None, mapping_problems),
        (DEFAULTS_FILE, None, default_problems),
    ];
    for (file, text) in package.files.iter().filter(|(file, _)| is_flow(file)) {
        let mut problems = Problems::of(file);
        let built = one(file, text, package, (&parameters, defaults.as_ref()), now, &mut problems);
        done.push((file.as_str(), built, problems));
    }
    alone(&mut done);
    done.sort_by_key(|(file, _, _)| *file);
    for (file, built, problems) in done {
        if let Some(mut built) = built.filter(|_| !problems.has_errors()) {
            if !built.flow.scripts.is_empty() {
                built.flow.fingerprint ^= mappings.fingerprint();
                built.flow.value_mappings = Arc::clone(&mappings);
            }
            checked.flows.push(Arc::new(built.flow));
        }
        if let Some(text) = package.files.get(file) {
            checked.sources.push(Source { file: file.to_owned(), text: text.clone() });
        }
        for problem in problems.into_list() {
            // The same stylesheet may be used by several flows.
            if !checked.problems.contains(&problem) {
                checked.problems.push(problem);
            }
        }
    }
    for problem in &checked.problems {
        let file = &problem.span.file;
        if !checked.sources.iter().any(|s| s.file == *file)
            && let Some(text) = package.files.get(file)
        {
            checked.sources.push(Source { file: file.clone(), text: text.clone() });
        }
    }
    checked
}

/// Whether a file of a package holds a flow.
fn is_flow(file: &str) -> bool {
    file.ends_with(".flow.yaml") || file.ends_with(".flow.yml")
}

/// What holds for each receiver that says nothing else; nothing where the file is wrong.
fn defaults(package: &Package, parameters: &Parameters, problems: &mut Problems) -> Option<Node> {
    let mut root = yaml::parse(package.files.get(DEFAULTS_FILE)?, problems)?;
    parameters.apply(&mut root, problems);
    shape::check(&root, &Ty::Map(&DEFAULTS), "the file", problems);
    Some(root).filter(|_| !problems.has_errors())
}

fn one(
    file: &str,
    text: &str,
    package: &Package,
    (parameters, defaults): (&Parameters, Option<&Node>),
    now: Option<Timestamp>,
    problems: &mut Problems,
) -> Option<Built> {
    let mut root = yaml::parse(text, problems)?;
    parameters.apply(&mut root, problems);
    shape::check(&root, &Ty::Map(&FLOW), "the file", problems);
    let folder = file.rfind('/').map_or("", |slash| &file[..=slash]);
    let mut built = build::flow(&root, text, folder, package, defaults, now, problems)?;
    built.flow.fingerprint = build::fingerprint(&built.flow, text, &root, &package.files);
    Some(built)
}

/// Names and addresses that may occur once in a package.
fn alone(done: &mut [(&str, Option<Built>, Problems)]) {
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    let mut doors: BTreeMap<Door, String> = BTreeMap::new();
    for (file, built, problems) in done {
        let Some(built) = built else { continue };
        if let Some(first) = names.get(&built.flow.name) {
            let title = format!("there are two flows `{}`", built.flow.name);
            let help = format!("the other one is in {first}; flow names are unique");
            problems.error("F0209", title, built.name_at.clone(), "the second one", help.as_str());
        } else {
            names.insert(built.flow.name.clone(), (*file).to_owned());
        }
        for (door, at) in &built.doors {
            let Some(first) = doors.get(door) else {
                doors.insert(door.clone(), built.flow.name.clone());
                continue;
            };
            let help = format!("the flow `{first}` listens there already; choose another address");
            let (code, title) = match door {
                Door::ProcessDirect(address) => {
                    ("F0214", format!("two processes listen at the ProcessDirect address `{address}`"))
                }
                Door::Http(path, subtree) => (
                    "F0215",
                    format!("two processes listen at the HTTP path `{path}{}`", if *subtree { "/*" } else { "" }),
                ),
            };
            problems.error(code, title, at.clone(), "the second one", help.as_str());
        }
    }
}
