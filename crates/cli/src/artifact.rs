//! SAP artifacts on the command line: an exported zip or an unpacked folder, and the report of what runs.

use std::fs;
use std::hash::{DefaultHasher, Hash};
use std::io::Read;
use std::path::{Path, PathBuf};

use base::{Clock, WallClock};
use flow::Checked;
use iflow::{Content, Element, FlowReport, Imported, Input, Verdict};
use serde_json::{Value, json};

use crate::exit::Exit;
use crate::out;
use crate::package::{self, Limits};

/// Largest manifest that is looked into.
const MAX_MANIFEST: u64 = 1 << 20;
/// How many files of a folder are looked at to tell what it is.
const MAX_LOOKED_AT: usize = 5_000;

/// Whether a path is an artifact or an exported content package, or a folder of them, and no folder of flow files.
pub(crate) fn is_artifact(path: &Path) -> bool {
    if path.is_file() {
        return path.extension().is_some_and(|e| e.eq_ignore_ascii_case("zip"));
    }
    is_one(path) || holds_some(path)
}

/// Whether a folder is one unpacked artifact or package.
fn is_one(path: &Path) -> bool {
    let manifest = || {
        let mut text = Vec::new();
        let file = fs::File::open(path.join("META-INF/MANIFEST.MF"));
        let read = file.and_then(|f| f.take(MAX_MANIFEST).read_to_end(&mut text));
        read.is_ok() && String::from_utf8_lossy(&text).contains("SAP-BundleType")
    };
    path.join("resources.cnt").is_file() || path.join("src/main/resources/scenarioflows").is_dir() || manifest()
}

/// Whether a folder without flow files holds zips or unpacked artifacts.
fn holds_some(path: &Path) -> bool {
    let Ok(entries) = fs::read_dir(path) else { return false };
    let paths: Vec<PathBuf> = entries.flatten().map(|e| e.path()).take(MAX_LOOKED_AT).collect();
    let named = |p: &PathBuf, what: &dyn Fn(&str) -> bool| p.file_name().and_then(|n| n.to_str()).is_some_and(what);
    let one = |p: &PathBuf| {
        let zip = p.is_file() && p.extension().is_some_and(|e| e.eq_ignore_ascii_case("zip"));
        zip || (p.is_dir() && is_one(p))
    };
    !paths.iter().any(|p| named(p, &package::is_flow)) && paths.iter().any(one)
}

/// Imports artifacts that belong together. Files are named as they are inside each.
pub(crate) fn check(paths: &[&Path], set: &[(String, String)]) -> Result<Vec<(Checked, Vec<FlowReport>)>, Exit> {
    let mut inputs = Vec::new();
    for path in paths {
        let mut input = Input { name: package::name_of(path), content: content(path)?, ..Input::default() };
        input.now = Some(WallClock.now());
        let environment: Vec<_> = std::env::vars().filter(|(name, _)| name.starts_with("SEMEL_PARAM_")).collect();
        let names = if environment.is_empty() { Default::default() } else { iflow::parameter_names(&input) };
        input.overrides = package::overrides(&names, set, environment.into_iter());
        inputs.push(input);
    }
    let imported = iflow::import_all(&inputs);
    Ok(inputs.iter().zip(imported).map(|(input, imported)| checked(input, imported)).collect())
}

fn checked(input: &Input, imported: Imported) -> (Checked, Vec<FlowReport>) {
    let mut problems = imported.report.problems;
    for problem in &mut problems {
        // What is wrong with the whole is said of the path itself.
        if problem.span.file == input.name {
            problem.span.file.clear();
        }
    }
    let mut reports = imported.report.flows;
    problems.extend(reports.iter_mut().flat_map(|r| std::mem::take(&mut r.problems)));
    (Checked { flows: imported.flows, problems, sources: imported.report.sources }, reports)
}

fn content(path: &Path) -> Result<Content, Exit> {
    if !path.is_file() {
        let limits = Limits { files: iflow::MAX_ENTRIES, file: iflow::MAX_ENTRY, total: iflow::MAX_TOTAL };
        return package::files_of(path, &limits, &|_| true).map(Content::Files);
    }
    let mut bytes = Vec::new();
    let file = fs::File::open(path).and_then(|f| f.take(iflow::MAX_TOTAL + 1).read_to_end(&mut bytes));
    file.map_err(|e| Exit::failed(format!("{}: {e}", path.display())))?;
    if bytes.len() as u64 > iflow::MAX_TOTAL {
        let limit = base::format_bytes(iflow::MAX_TOTAL);
        return Err(Exit::failed(format!("{} is larger than {limit}", path.display())));
    }
    Ok(Content::Zip(bytes))
}

/// Feeds what an artifact holds into a hash; `None` if it cannot be read.
pub(crate) fn stamp(path: &Path, hasher: &mut DefaultHasher) -> Option<()> {
    match content(path).ok()? {
        Content::Zip(bytes) => bytes.hash(hasher),
        Content::Files(files) => files.hash(hasher),
    }
    Some(())
}

/// How many elements of a flow do not run here.
pub(crate) fn unsupported(report: &FlowReport) -> usize {
    report.elements.iter().filter(|e| matches!(e.verdict, Verdict::Unsupported(_))).count()
}

/// The report of a flow for people: each element, the notes about them, then the share that runs.
pub(crate) fn text(report: &FlowReport) -> String {
    let mut notes: Vec<String> = Vec::new();
    let row = |element: &Element| {
        let name = if element.name.is_empty() { &element.id } else { &element.name };
        let verdict = match &element.verdict {
            Verdict::Runs => "runs".to_owned(),
            Verdict::RunsWithDifference(how) => format!("runs with a difference: {}", numbers(&mut notes, how)),
            Verdict::Unsupported(why) => format!("not supported: {}", numbers(&mut notes, why)),
        };
        vec![name.clone(), element.kind.clone(), verdict]
    };
    let table = out::table(&["element", "kind", "verdict"], report.elements.iter().map(row).collect());
    let notes: String = notes.iter().enumerate().map(|(i, note)| format!("  ({}) {note}\n", i + 1)).collect();
    let notes = if notes.is_empty() { notes } else { format!("{notes}\n") };
    let all = report.elements.len();
    let run = all - unsupported(report);
    // Rounded down: 100 % is said of a flow that runs as a whole.
    let share = (run * 100).checked_div(all).unwrap_or(0);
    format!("Flow {} ({})\n\n{table}\n\n{notes}{run} of {all} elements run here: {share} %\n", report.name, report.file)
}

/// The numbers of the notes that a verdict is made of; what many elements share is written once.
fn numbers(notes: &mut Vec<String>, text: &str) -> String {
    let number = |note: &str| {
        let at = notes.iter().position(|n| n == note).unwrap_or_else(|| {
            notes.push(note.to_owned());
            notes.len() - 1
        });
        format!("({})", at + 1)
    };
    text.split("; ").map(number).collect::<Vec<_>>().join(" ")
}

/// The same for programs.
pub(crate) fn json(report: &FlowReport) -> Value {
    let element = |element: &Element| {
        let (verdict, text) = match &element.verdict {
            Verdict::Runs => ("runs", None),
            Verdict::RunsWithDifference(how) => ("runs-with-difference", Some(how)),
            Verdict::Unsupported(why) => ("not-supported", Some(why)),
        };
        json!({"id": element.id, "name": element.name, "kind": element.kind, "verdict": verdict, "text": text})
    };
    let elements: Vec<Value> = report.elements.iter().map(element).collect();
    json!({"name": report.name, "file": report.file, "share": report.share(), "elements": elements})
}
