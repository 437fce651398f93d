//! Any bytes as a zip, and any text as the files of an artifact: `== PATH` begins a file, what follows is its content.

use std::collections::BTreeMap;

use iflow::{Content, Input};

/// Where the flow's file is if the text names no files.
const FLOW: &str = "src/main/resources/scenarioflows/integrationflow/a.iflw";

/// Imports the bytes and renders what is wrong with them.
pub fn run(data: &[u8]) {
    let content = if data.starts_with(b"PK") { Content::Zip(data.to_vec()) } else { Content::Files(files(data)) };
    let overrides = BTreeMap::from([("set".to_owned(), "x".to_owned())]);
    let input = Input { name: "fuzz".to_owned(), content, overrides, now: Some(base::Timestamp(0)) };
    let _ = iflow::parameter_names(&input);
    let imported = iflow::import(&input);
    for report in &imported.report.flows {
        let runs = imported.flows.iter().any(|f| f.name == report.name);
        assert!(runs != report.has_errors(), "a flow can be deployed if and only if it has no errors");
        assert!((0.0..=1.0).contains(&report.share()));
    }
    let problems = imported.report.flows.iter().flat_map(|f| &f.problems).chain(&imported.report.problems);
    let problems: Vec<diag::Problem> = problems.cloned().collect();
    let _ = diag::render(&problems, &imported.report.sources, false);
    let _ = diag::to_json(&problems, &imported.report.sources);
}

fn files(data: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut path = FLOW.to_owned();
    for line in data.split_inclusive(|b| *b == b'\n') {
        match line.strip_prefix(b"== ").and_then(|p| std::str::from_utf8(p).ok()) {
            Some(named) => path = named.trim_end().to_owned(),
            None => files.entry(path.clone()).or_default().extend_from_slice(line),
        }
    }
    files
}
