//! Mistakes in the scripts of flows, found before anything runs.

use std::collections::BTreeSet;

use diag::{Problem, Source, Span};
use flow::{Checked, Language};
use iflow::FlowReport;

/// Where artifacts keep their files.
const RESOURCES: &str = "src/main/resources/";

/// Adds the first mistake of every script, with the script's text. Artifacts name scripts as they are inside each: the
/// reports say where that is.
pub(crate) fn check(checked: &mut Checked, reports: &[FlowReport]) {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    let all = checked.flows.iter().flat_map(|f| f.scripts.values().map(|script| (&f.name, script)));
    for (flow, script) in all {
        let report = reports.iter().find(|r| r.name == *flow);
        let groovy = |path: &String| path.ends_with(".groovy") || path.ends_with(".gsh");
        // A message mapping was compiled by the importer; what is left to look at are its libraries.
        let others = script.companions.iter().filter(|(p, _)| script.language == Language::Groovy || groovy(p));
        for (path, source) in [(&script.path, &script.source)].into_iter().chain(others) {
            let file = file(path, report);
            if !seen.insert((file.clone(), source)) {
                continue;
            }
            let mistake = match script.language {
                Language::JavaScript => script::check_syntax(path, source),
                Language::MessageMapping if !groovy(path) => Ok(()),
                Language::Groovy | Language::MessageMapping => script::check_groovy(path, source),
            };
            if let Err((line, column, what)) = mistake {
                found.push((file, source.clone(), place(source, line, column), what));
            }
        }
    }
    for (path, source, at, what) in found {
        let problem = Problem::error("J0001", what, Span::new(path.clone(), at..at), "the script cannot be read");
        checked.problems.push(problem);
        if !checked.sources.iter().any(|s| s.file == path) {
            checked.sources.push(Source { file: path, text: source });
        }
    }
}

/// The file of a script inside what was given. Those of collections are named by the collection.
fn file(path: &str, report: Option<&FlowReport>) -> String {
    let folder = report.and_then(|r| r.file.find(RESOURCES).map(|at| &r.file[..at + RESOURCES.len()]));
    match folder.filter(|_| path.starts_with("script/")) {
        Some(folder) => format!("{folder}{path}"),
        None => path.to_owned(),
    }
}

/// The byte of a line and column, both from 1.
fn place(text: &str, line: usize, column: usize) -> usize {
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let rest = text.get(start..).unwrap_or("");
    let rest = rest.split('\n').next().unwrap_or("");
    start + rest.char_indices().nth(column.saturating_sub(1)).map_or(rest.len(), |(i, _)| i)
}
