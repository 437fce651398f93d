//! Packages under `packages/` and the examples, each with its scenarios: every kind of consumer, the door, timers,
//! crashes and what operators do.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use flow::Package;

fn files(folder: &Path, prefix: &str, out: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            files(&entry.path(), &format!("{name}/"), out);
        } else {
            out.insert(name, std::fs::read_to_string(entry.path()).unwrap());
        }
    }
}

async fn check(folder: &Path) -> Vec<String> {
    let mut package = Package { name: folder.file_name().unwrap().to_string_lossy().into(), ..Package::default() };
    files(folder, "", &mut package.files);
    let mut failures = Vec::new();
    let scenarios: Vec<_> = package.files.iter().filter(|(f, _)| f.ends_with(".test.yaml")).collect();
    assert!(!scenarios.is_empty(), "{} has no scenarios", folder.display());
    for (file, text) in scenarios {
        let report = runtime::scenario::run(&package, file, text).await;
        assert!(report.steps > 0 || !report.passed());
        for failure in report.failures {
            failures
                .push(format!("{}/{file}: {}: step {}: {}", package.name, report.title, failure.step, failure.text));
        }
    }
    failures
}

async fn check_all(folder: &str) {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut folders: Vec<_> =
        std::fs::read_dir(root).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_dir()).collect();
    folders.sort();
    let mut failures = Vec::new();
    for folder in folders {
        failures.extend(check(&folder).await);
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

#[tokio::test]
async fn packages() {
    check_all("tests/packages").await;
}

#[tokio::test]
async fn examples() {
    check_all("../../examples").await;
}
