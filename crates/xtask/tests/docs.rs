//! The generated pages of `docs/` are what the code says, and every link of the documentation leads somewhere.
//!
//! `SEMEL_BLESS=1 cargo test -p xtask --test docs` writes the generated pages anew.
#![expect(clippy::expect_used, reason = "helpers of tests may panic")]

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn blessing() -> bool {
    std::env::var_os("SEMEL_BLESS").is_some()
}

/// A generated page is what its generator says; with `SEMEL_BLESS=1` it becomes that.
fn check_page(name: &str, wanted: &str) {
    let path = root().join(name);
    if blessing() {
        fs::write(&path, wanted).expect("the page is written");
        return;
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    let line = found.lines().zip(wanted.lines()).take_while(|(a, b)| a == b).count();
    assert!(
        found == wanted,
        "{name} is not what the code says, from line {} on:\n  found  {:?}\n  wanted {:?}\nWrite it anew: \
         SEMEL_BLESS=1 cargo test -p xtask --test docs",
        line + 1,
        found.lines().nth(line),
        wanted.lines().nth(line),
    );
}

#[test]
fn the_reference_is_what_the_code_says() {
    check_page("docs/reference.md", &flow::reference());
}

#[test]
fn the_expressions_are_what_the_code_says() {
    check_page("docs/expressions.md", &expr::reference());
}

#[test]
fn the_codes_are_what_the_code_says() {
    check_page("docs/codes.md", &codes());
}

/// All pages of codes as one, with an index.
fn codes() -> String {
    let mut index = String::from(
        "# Codes\n\nEvery problem that Semel reports has a code. \
         `semel explain CODE` prints the same page.\n\n| code | meaning |\n| --- | --- |\n",
    );
    let mut pages = String::new();
    for code in diag::CODES {
        let first = code.page.lines().next().unwrap_or("");
        let heading = first.trim_start_matches("# ");
        let title = heading.trim_start_matches(code.code).trim_start_matches(": ");
        let _ = writeln!(index, "| [{}](#{}) | {title} |", code.code, slug(heading));
        pages.push('\n');
        let mut fenced = false;
        for line in code.page.trim_end().lines() {
            fenced ^= line.trim_start().starts_with("```");
            // The title of a page is a chapter here.
            let deeper = if !fenced && line.starts_with('#') { "#" } else { "" };
            let _ = writeln!(pages, "{deeper}{line}");
        }
    }
    index + &pages
}

/// The anchor that Markdown viewers give to a heading.
fn slug(heading: &str) -> String {
    let kept = heading.trim().to_lowercase();
    let kept = kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[test]
fn every_link_leads_somewhere() {
    if blessing() {
        // The pages are being written at this moment.
        return;
    }
    let mut wrong = Vec::new();
    for page in pages() {
        let text = fs::read_to_string(&page).expect("a page");
        let name = page.strip_prefix(root()).unwrap_or(&page).display().to_string();
        for link in links(&text) {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            let (file, anchor) = link.split_once('#').unwrap_or((link.as_str(), ""));
            let target = if file.is_empty() { page.clone() } else { page.parent().unwrap_or(Path::new("")).join(file) };
            let Ok(target) = target.canonicalize() else {
                wrong.push(format!("{name}: {link} leads to no file"));
                continue;
            };
            if !anchor.is_empty() && target.extension().is_some_and(|e| e == "md") {
                let text = fs::read_to_string(&target).expect("a page");
                if !anchors(&text).iter().any(|a| a == anchor) {
                    wrong.push(format!("{name}: {link} leads to no heading"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// All Markdown files of the repository that people wrote or that are generated for them.
fn pages() -> Vec<PathBuf> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("a folder").flatten() {
            let (path, name) = (entry.path(), entry.file_name());
            let skipped = name == "target" || name == "node_modules" || name.to_string_lossy().starts_with('.');
            if path.is_dir() && !skipped {
                walk(&path, found);
            } else if path.extension().is_some_and(|e| e == "md") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&root(), &mut found);
    found.sort();
    assert!(found.len() > 10, "the pages were not found");
    found
}

/// The lines of a page that are not code blocks.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut fenced = false;
    text.lines().filter(move |line| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fenced && !fence
    })
}

/// The targets of all `[text](target)` outside code.
fn links(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in prose(text) {
        let line = without_code(line);
        for after in line.split("](").skip(1) {
            let target = after.split(')').next().unwrap_or("");
            found.push(target.split(' ').next().unwrap_or("").to_owned());
        }
    }
    found
}

/// A line without its code spans, which begin and end with the same number of backticks.
fn without_code(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(start) = rest.find('`') {
        out.push_str(&rest[..start]);
        let ticks = rest[start..].len() - rest[start..].trim_start_matches('`').len();
        let inner = &rest[start + ticks..];
        let end = inner
            .match_indices(&"`".repeat(ticks))
            .map(|(i, _)| i)
            .find(|i| !inner[..*i].ends_with('`') && !inner[*i + ticks..].starts_with('`'));
        rest = end.map_or("", |end| &inner[end + ticks..]);
    }
    out + rest
}

/// The anchors of all headings; a repeated heading gets a number.
fn anchors(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for line in prose(text).filter(|l| l.starts_with('#')) {
        let base = slug(line.trim_start_matches('#'));
        let mut anchor = base.clone();
        let mut n = 0;
        while found.contains(&anchor) {
            n += 1;
            anchor = format!("{base}-{n}");
        }
        found.push(anchor);
    }
    found
}

#[test]
fn code_is_no_link() {
    assert_eq!(links("see [a](b.md) and `[x](y)` and ``[`](z)`` [c](d.md#e \"t\")"), ["b.md", "d.md#e"]);
    assert_eq!(anchors("# F0001: a `file`\n```\n# no\n```\n## x\n## x"), ["f0001-a-file", "x", "x-1"]);
}
