//! Any text as a flow file and as the parameters of a good one.

use std::collections::BTreeMap;

/// Refers to parameters and a script, so that both files are looked at.
const FLOW: &str =
    "flow: a\nfrom: { http: /a }\nsteps: [{ script: a.js }, { send: r }]\nreceivers: { r: { http: \"{{url}}\" } }\n";

/// Checks the text in both roles and renders what is wrong with it.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    for files in [
        [("a.flow.yaml", text), ("parameters.yaml", "url: https://example.com")],
        [("a.flow.yaml", FLOW), ("parameters.yaml", text)],
    ] {
        let files = files.into_iter().chain([("a.js", "")]).map(|(path, text)| (path.to_owned(), text.to_owned()));
        let package = flow::Package { name: "fuzz".to_owned(), files: files.collect(), overrides: BTreeMap::new() };
        let checked = flow::check(&package);
        let errors = checked.problems.iter().any(|p| p.severity == diag::Severity::Error);
        assert!(errors != (checked.flows.len() == 1), "a flow runs if and only if it has no errors");
        let _ = diag::render(&checked.problems, &checked.sources, false);
        let _ = diag::to_json(&checked.problems, &checked.sources);
    }
}
