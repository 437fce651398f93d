//! The rules of the house that a machine can check.

#![expect(clippy::expect_used, reason = "a tidy check that cannot read the house has failed")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Layers, lowest first: a crate may use only crates of lower layers. `ARCHITECTURE.md` says why.
const LAYERS: &[&[&str]] = &[
    &["base", "diag"],
    &["expr", "groovy", "xsd"],
    &["mapping", "xslt"],
    &["flow", "script"],
    &["store", "adapter", "iflow"],
    &["engine", "adapters", "store-sqlite"],
    &["runtime"],
    &["server"],
    &["cli"],
    &["kill", "sim", "oracle", "xtask", "semel-fuzz"],
    // It sets the real Groovy's figures beside ours.
    &["bench"],
];

/// What a crate must not depend on, directly: the absences that `ARCHITECTURE.md` states.
const FORBIDDEN: &[(&str, &[&str])] = &[
    ("expr", &["tokio", "rusqlite", "reqwest", "flow", "store"]),
    (
        "groovy",
        &[
            "base",
            "diag",
            "expr",
            "flow",
            "script",
            "store",
            "adapter",
            "engine",
            "adapters",
            "store-sqlite",
            "runtime",
            "server",
            "cli",
            "kill",
            "bench",
            "oracle",
            "xtask",
        ],
    ),
    ("mapping", &["tokio", "rusqlite", "reqwest", "flow", "store", "script", "groovy"]),
    ("xslt", &["tokio", "rusqlite", "reqwest", "flow", "store", "script"]),
    ("xsd", &["base", "diag", "tokio", "flow", "store", "engine"]),
    ("flow", &["tokio", "rusqlite", "reqwest", "adapter"]),
    ("engine", &["tokio", "rusqlite", "reqwest", "axum", "adapter", "script"]),
    ("script", &["store", "flow", "adapter", "tokio"]),
    ("iflow", &["tokio", "store", "adapter", "script"]),
    ("adapters", &["store", "engine"]),
    ("runtime", &["rusqlite", "axum", "hyper-util", "store-sqlite", "server"]),
    ("server", &["rusqlite", "engine", "store-sqlite"]),
];

/// A source file longer than this is not read in one sitting.
const MAX_LINES: usize = 600;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn dependencies() -> BTreeMap<String, Vec<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo metadata runs");
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let normal = |package: &serde_json::Value| {
        let all = package["dependencies"].as_array().expect("dependencies").iter();
        all.filter(|d| d["kind"].is_null()).map(|d| d["name"].as_str().unwrap_or("").to_owned()).collect()
    };
    packages.iter().map(|p| (p["name"].as_str().unwrap_or("").to_owned(), normal(p))).collect()
}

fn sources() -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
        for entry in fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|e| e == "rs") {
                found.push((path.clone(), fs::read_to_string(&path).expect("a source file")));
            }
        }
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(root().join("crates")).expect("crates").flatten() {
        let source = entry.path().join("src");
        if source.is_dir() {
            walk(&source, &mut found);
        }
    }
    found.sort();
    found
}

#[test]
fn crates_use_only_lower_layers() {
    let layer = |name: &str| LAYERS.iter().position(|l| l.contains(&name));
    let mut wrong = Vec::new();
    for (name, dependencies) in dependencies() {
        let Some(own) = layer(&name) else {
            wrong.push(format!("`{name}` has no layer: add it to the table and to ARCHITECTURE.md"));
            continue;
        };
        for dependency in &dependencies {
            if layer(dependency).is_some_and(|l| l >= own) {
                wrong.push(format!("`{name}` must not use `{dependency}`: it is not in a lower layer"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn crates_do_not_know_what_they_must_not_know() {
    let all = dependencies();
    let mut wrong = Vec::new();
    for (name, forbidden) in FORBIDDEN {
        for dependency in all.get(*name).into_iter().flatten().filter(|d| forbidden.contains(&d.as_str())) {
            wrong.push(format!("`{name}` must not know `{dependency}`"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_file_says_what_it_is_and_is_short() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        if !text.starts_with("//!") {
            wrong.push(format!("{}: the first line does not say what the file is (`//!`)", path.display()));
        }
        let lines = text.lines().count();
        if lines > MAX_LINES {
            wrong.push(format!("{}: {lines} lines; split it by idea", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_code_in_the_source_has_a_page_and_every_page_a_code() {
    let registered: Vec<&str> = diag_codes().leak().iter().map(String::as_str).collect();
    let mut wrong = Vec::new();
    for page in fs::read_dir(root().join("crates/diag/pages")).expect("pages").flatten() {
        let name = page.path().file_stem().and_then(|s| s.to_str()).unwrap_or("").to_owned();
        if !registered.contains(&name.as_str()) {
            wrong.push(format!("page {name} has no line in code.rs"));
        }
        let text = fs::read_to_string(page.path()).expect("a page");
        if !text.starts_with(&format!("# {name}: ")) {
            wrong.push(format!("page {name} does not begin with `# {name}: `"));
        }
    }
    for (path, text) in sources() {
        for code in codes_in(&text) {
            if !registered.contains(&code.as_str()) {
                wrong.push(format!("{}: code {code} has no page", path.display()));
            }
        }
    }
    wrong.sort();
    wrong.dedup();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn diag_codes() -> Vec<String> {
    codes_in(&fs::read_to_string(root().join("crates/diag/src/code.rs")).expect("code.rs"))
}

/// All `"X1234"` in a text: one capital letter and four digits, in quotes.
fn codes_in(text: &str) -> Vec<String> {
    text.split('"')
        .filter(|s| s.len() == 5 && s.starts_with(|c: char| c.is_ascii_uppercase()))
        .filter(|s| s[1..].bytes().all(|b| b.is_ascii_digit()))
        .map(str::to_owned)
        .collect()
}
