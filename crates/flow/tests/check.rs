//! The language: broken files with the problems their authors see, good files with what they become.
#![expect(clippy::unwrap_used, reason = "a test file that cannot be read is a failed test")]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use base::Timestamp;
use flow::{Checked, Flow, Package, ProcessKind, StepKind, check_at};

/// 2026-11-22T08:00:00Z.
const NOW: Timestamp = Timestamp(1_795_334_400_000);

/// A package of one flow, with the parameters and scripts that the test files use.
fn package(file: &str, text: &str) -> Package {
    let files = [
        (file, text),
        (
            "parameters.yaml",
            "billing:\n  url: https://billing.example.com\nport: 8080\nwait: 5m\nmany: 3\nmail: a@example.com\n",
        ),
        ("scripts/map.groovy", "def processData(m) { m }"),
        ("check.js", "function processData(m) { return m }"),
        ("readme.txt", "no script"),
        (
            "schemas/order.xsd",
            "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'><xs:include schemaLocation='id.xsd'/>\
             <xs:element name='orders' type='id'/></xs:schema>",
        ),
        (
            "schemas/id.xsd",
            "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'><xs:simpleType name='id'>\
             <xs:restriction base='xs:token'/></xs:simpleType></xs:schema>",
        ),
        (
            "schemas/bad.xsd",
            "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'>\n<xs:element name='a' type='xs:itn'/></xs:schema>",
        ),
        ("mapping/order.xsl", "<a xsl:version='2.0' xmlns:xsl='http://www.w3.org/1999/XSL/Transform'/>"),
        (
            "mapping/broken.xsl",
            "<xsl:stylesheet version='2.0' xmlns:xsl='http://www.w3.org/1999/XSL/Transform'>\n  \
             <xsl:template match='/'>\n    <xsl:value-of select='upper-cas(.)'/>\n  </xsl:template>\n\
             </xsl:stylesheet>\n",
        ),
    ];
    Package {
        name: "shop".to_owned(),
        files: files.into_iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect(),
        overrides: BTreeMap::from([("stage".to_owned(), "test".to_owned())]),
    }
}

fn check(file: &str, text: &str) -> Checked {
    check_at(&package(file, text), Some(NOW))
}

fn codes(checked: &Checked) -> Vec<&'static str> {
    checked.problems.iter().map(|p| p.code).collect()
}

/// The flow files of a folder below `tests/`.
fn files(folder: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
    let mut out: Vec<(String, String)> = fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.to_string_lossy().ends_with(".flow.yaml"))
        .map(|p| (p.file_name().unwrap().to_string_lossy().into_owned(), fs::read_to_string(&p).unwrap()))
        .collect();
    out.sort();
    out
}

/// A process as lines: name of each step, what follows, what it holds.
fn outline(flow: &Flow) -> String {
    let mut out = String::new();
    for process in &flow.processes {
        let kind = match &process.kind {
            ProcessKind::Integration(sender) => format!("{sender:?}"),
            ProcessKind::Local => "local".to_owned(),
        };
        let _ = writeln!(
            out,
            "process {} ({:?}): start {:?}, on error {:?}",
            process.name, process.transaction, process.start, process.on_error
        );
        let _ = writeln!(out, "  {}", shorten(&kind));
        for (ix, step) in process.steps.iter().enumerate() {
            let to: Vec<String> = match &step.kind {
                StepKind::Route(r) => {
                    r.routes.iter().map(|r| format!("{:?}", r.to)).chain([format!("{:?}", r.otherwise)]).collect()
                }
                StepKind::Split(s) => vec![format!("body {:?}", s.body)],
                StepKind::Multicast(m) => m.branches.iter().map(|b| format!("{} {:?}", b.name, b.to)).collect(),
                StepKind::StoreSelect(s) => vec![format!("each {:?}", s.each)],
                _ => Vec::new(),
            };
            let _ = writeln!(out, "  {ix} {} -> {:?} {}", step.name, step.next, to.join(", "));
        }
    }
    for (name, receiver) in &flow.receivers {
        let _ = writeln!(out, "receiver {name}: {:?} {:?}", receiver.retry, receiver.in_doubt);
    }
    out
}

/// Debug texts change with their crates; the outline keeps what this crate decides.
fn shorten(text: &str) -> String {
    text.split("Cron(Cron").next().unwrap_or_default().to_owned()
}

#[test]
fn broken_files_say_what_is_wrong() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("broken");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let all = files("broken");
    assert!(all.len() >= 50, "{} broken files", all.len());
    for (file, text) in all {
        let checked = check(&file, &text);
        assert!(!checked.problems.is_empty(), "{file} has no problem");
        let rendered = diag::render(&checked.problems, &checked.sources, false);
        settings.bind(|| insta::assert_snapshot!(file.trim_end_matches(".flow.yaml"), rendered));
    }
}

/// `defaults.yaml` holds for receivers that say nothing else, key by key; its mistakes are its own.
#[test]
fn a_package_has_defaults() {
    let flow = "flow: f\nquality: exactly-once\nfrom: { http: /f }\nsteps: [ { send: a }, { send: b } ]\n\
        receivers:\n  a: { http: 'http://a' }\n  b: { http: 'http://b', retry: { interval: 9m }, in-doubt: retry, circuit: off }\n";
    let check = |defaults: &str| {
        let files = [("f.flow.yaml", flow), ("defaults.yaml", defaults)];
        let files = files.into_iter().map(|(name, text)| (name.to_owned(), text.to_owned())).collect();
        flow::check(&flow::Package { name: "p".into(), files, ..flow::Package::default() })
    };
    let good =
        check("retry: { interval: 5m, max-retries: 3 }\nin-doubt: hold\ncircuit: { failures: 2 }\nconcurrency: 7\n");
    assert!(good.problems.is_empty(), "{:?}", good.problems);
    let says = |name: &str| {
        let r = &good.flows[0].receivers[name];
        format!(
            "{:?} {:?} {:?} {} {:?}",
            r.retry.failed.interval, r.retry.failed.max_retries, r.in_doubt, r.circuit.failures, r.throttle.concurrency
        )
    };
    assert_eq!(says("a"), "300s Some(3) Hold 2 Some(7)");
    assert_eq!(says("b"), "540s Some(3) Retry 0 Some(7)");
    let wrong = check("retry: { intervall: 5m }\n");
    let said = diag::render(&wrong.problems, &wrong.sources, false);
    assert!(said.contains("defaults.yaml:1") && said.contains("did you mean `interval`?"), "{said}");
    assert_ne!(check("concurrency: 7\n").flows[0].fingerprint, good.flows[0].fingerprint, "a change is deployed");
}

/// Where nobody says what to do in doubt, a repeat is only made where it does no harm.
#[test]
fn what_a_receiver_promises_decides_what_is_done_in_doubt() {
    let cases = [
        ("http: 'http://r'", "Retry"),
        ("http: { url: 'http://r', key-header: '' }", "Hold"),
        ("http: { url: 'http://r', key-header: '', method: PATCH }", "Hold"),
        ("http: { url: 'http://r', key-header: '', method: '${header.Method}' }", "Hold"),
        ("http: { url: 'http://r', key-header: '', method: put }", "Retry"),
        ("http: { url: 'http://r', key-header: '', method: DELETE }", "Retry"),
        ("http: { url: 'http://r', key-header: '', sign: 'secret:s' }", "Retry"),
        ("http: { url: 'http://r', key-header: '' }, in-doubt: retry", "Retry"),
        ("mail: { server: 'm:25', to: a@example.com }", "Hold"),
        ("mail: { server: 'm:25', to: a@example.com }, in-doubt: retry", "Retry"),
    ];
    for (receiver, policy) in cases {
        let text = format!(
            "flow: f\nquality: exactly-once\nfrom: {{ http: /f }}\nsteps: [ {{ send: r }} ]\nreceivers: {{ r: {{ {receiver} }} }}\n"
        );
        let checked = check("f.flow.yaml", &text);
        assert!(checked.problems.iter().all(|p| p.code != "F0104"), "{receiver}: {:?}", checked.problems);
        assert_eq!(format!("{:?}", checked.flows[0].receivers["r"].in_doubt), policy, "{receiver}");
    }
}

#[test]
fn good_files_become_flows() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("good");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for (file, text) in files("good") {
        let checked = check(&file, &text);
        assert!(checked.problems.is_empty(), "{}", diag::render(&checked.problems, &checked.sources, false));
        settings.bind(|| insta::assert_snapshot!(file.trim_end_matches(".flow.yaml"), outline(&checked.flows[0])));
    }
}

#[test]
fn good_files_use_every_key_of_the_language() {
    let texts: String = files("good").into_iter().map(|(_, text)| text).collect::<String>() + MAPPINGS;
    let reference = flow::reference();
    for line in reference.lines().filter(|l| l.starts_with("| `")) {
        let key = line.trim_start_matches("| `").split('`').next().unwrap();
        let used = texts.contains(&format!("{key}:")) || texts.contains(&format!("- {key}\n"));
        assert!(used, "no good file uses `{key}`");
    }
}

const MAPPINGS: &str = "
- from: { agency: Shop, identifier: Country }
  to: { agency: Partner, identifier: Land }
  values: { DE: Germany, GB: United Kingdom, UK: United Kingdom, 1: one }
- { from: { agency: Shop, identifier: Country }, to: { agency: Other, identifier: Code }, values: { DE: 49 } }
";

#[test]
fn value_mappings_are_of_the_package() {
    let flow = "flow: a\nfrom: { process-direct: /a }\nsteps: [{ script: check.js }]\n";
    let checked = |mappings: &str| {
        let mut package = package("a.flow.yaml", flow);
        package.files.insert("value-mappings.yaml".to_owned(), mappings.to_owned());
        check_at(&package, Some(NOW))
    };
    let good = checked(MAPPINGS);
    assert!(good.problems.is_empty(), "{:?}", good.problems);
    for (from, value, to, expected) in [
        (("Shop", "Country"), "DE", ("Partner", "Land"), Some("Germany")),
        (("Partner", "Land"), "Germany", ("Shop", "Country"), Some("DE")),
        (("Partner", "Land"), "United Kingdom", ("Shop", "Country"), Some("GB")),
        (("Shop", "Country"), "1", ("Partner", "Land"), Some("one")),
        (("Shop", "Country"), "DE", ("Other", "Code"), Some("49")),
        (("Partner", "Land"), "Germany", ("Other", "Code"), None),
        (("Shop", "Country"), "IT", ("Partner", "Land"), None),
        (("Shop", "Land"), "DE", ("Partner", "Land"), None),
    ] {
        assert_eq!(good.flows[0].value_mappings.get(from, value, to), expected, "{from:?} {value} {to:?}");
    }
    assert_ne!(good.flows[0].fingerprint, checked("[]").flows[0].fingerprint);
    for (text, code) in [
        ("- { from: { agency: a }, to: { agency: b, identifier: c }, values: {} }", "F0103"),
        ("- { from: { agency: a, identifier: x }, to: { agency: b, identifier: c }, value: {} }", "F0101"),
        ("a: b", "F0102"),
    ] {
        let problems = checked(text).problems;
        assert!(
            problems.iter().any(|p| p.code == code && p.span.file == "value-mappings.yaml"),
            "{text}: {problems:?}"
        );
    }
}

#[test]
fn every_code_in_the_source_has_a_page() {
    fn visit(folder: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()) {
            if entry.is_dir() {
                visit(&entry, found);
                continue;
            }
            let text = fs::read_to_string(&entry).unwrap();
            found.extend(
                text.split('"')
                    .filter(|w| w.len() == 5 && w.starts_with('F') && w[1..].bytes().all(|b| b.is_ascii_digit()))
                    .map(str::to_owned),
            );
        }
    }
    let mut found = Vec::new();
    visit(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    assert!(found.len() > 50);
    for code in &found {
        assert!(diag::page(code).is_some(), "{code} has no page");
    }
    for code in diag::CODES.iter().map(|c| c.code).filter(|c| c.starts_with('F')) {
        assert!(found.iter().any(|f| f == code), "{code} has a page and no use");
    }
}

/// Each broken thing keeps its flow from running; warnings do not.
#[test]
fn only_errors_stop_a_flow() {
    let good = "flow: a\nfrom: { http: /a }\nsteps: []\n";
    assert_eq!(check("a.flow.yaml", good).flows.len(), 1);
    let warned = format!("{good}receivers: {{ x: {{ http: \"https://example.com\" }} }}\n");
    let checked = check("a.flow.yaml", &warned);
    assert_eq!((checked.flows.len(), codes(&checked)), (1, vec!["F0218"]));
    let wrong = format!("{good}colour: red\n");
    let checked = check("a.flow.yaml", &wrong);
    assert_eq!((checked.flows.len(), codes(&checked)), (0, vec!["F0101"]));
}

#[test]
fn parts_of_an_answer_have_names() {
    let flow = |quality: &str, steps: &str| {
        format!(
            "flow: f\nfrom: {{ http: /f }}\nquality: {quality}\nsteps:\n{steps}\nreceivers:\n  a: {{ http: \"https://example.com\" }}\n"
        )
    };
    let table = [
        ("  - split: { line: true, steps: [{ send: a }] }", 0),
        ("  - request: a\n  - split: { line: true, steps: [{ send: a }] }", 1),
        ("  - request: a\n  - split: { line: true, record: '${body}', steps: [{ send: a }] }", 0),
        ("  - request: a\n  - split: { line: true }\n  - send: a", 1),
        ("  - request: a\n  - split: { line: true, steps: [{ request: a }] }", 0),
        ("  - request: a\n  - set: { header: { x: y } }\n  - split: { line: true, steps: [{ send: a }] }", 1),
        ("  - request: a\n  - set: { body: x }\n  - split: { line: true, steps: [{ send: a }] }", 0),
        ("  - enrich: { receiver: a }\n  - split: { line: true, steps: [{ send: a }] }", 1),
        ("  - store-get: { store: s, entry: e }\n  - split: { line: true, steps: [{ send: a }] }", 1),
        ("  - store-get: { store: s, entry: e, delete: true }\n  - split: { line: true, steps: [{ send: a }] }", 0),
        ("  - split: { line: true, steps: [{ request: a }, { split: { token: ',', steps: [{ send: a }] } }] }", 1),
        ("  - multicast: { branches: { x: [{ request: a }] } }\n  - split: { line: true, steps: [{ send: a }] }", 1),
    ];
    for (steps, warnings) in table {
        let checked = check("a.flow.yaml", &flow("exactly-once", steps));
        assert_eq!(codes(&checked), vec!["F0220"; warnings], "{steps}");
        assert_eq!(codes(&check("a.flow.yaml", &flow("best-effort", steps))), Vec::<&str>::new(), "{steps}");
    }
}

#[test]
fn names_and_addresses_are_unique_in_a_package() {
    let flow = |name: &str, from: &str| format!("flow: {name}\nfrom: {from}\nsteps: []\n");
    let cases = [
        (["a", "a"], ["{ http: /a }", "{ http: /b }"], Some("F0209")),
        (["a", "b"], ["{ http: /a }", "{ http: /A }"], Some("F0215")),
        (["a", "b"], ["{ http: /a }", "{ http: /a/* }"], None),
        (["a", "b"], ["{ process-direct: /a }", "{ process-direct: /a }"], Some("F0214")),
        (["a", "b"], ["{ process-direct: /a }", "{ process-direct: /A }"], None),
    ];
    for (names, froms, expect) in cases {
        let files = [("1.flow.yaml", flow(names[0], froms[0])), ("2.flow.yaml", flow(names[1], froms[1]))];
        let files = files.into_iter().map(|(k, v)| (k.to_owned(), v)).collect();
        let checked = flow::check(&Package { name: "p".to_owned(), files, overrides: BTreeMap::new() });
        assert_eq!(codes(&checked), expect.into_iter().collect::<Vec<_>>(), "{froms:?}");
        assert!(checked.problems.iter().all(|p| p.span.file == "2.flow.yaml"));
        assert_eq!(checked.flows.len(), if expect.is_some() { 1 } else { 2 });
    }
}

#[test]
fn parameters_come_from_file_then_override() {
    let text = |url: &str| {
        format!(
            "flow: a\nfrom: {{ http: /a }}\nsteps: [{{ send: r }}]\nreceivers: {{ r: {{ http: {{ url: \"{url}\", timeout: \"{{{{wait}}}}\" }} }} }}\n"
        )
    };
    let mut package = package("a.flow.yaml", &text("https://{{host}}:{{port}}/{{stage}}"));
    assert_eq!(codes(&flow::check(&package)), ["F0301"]);
    package.overrides.insert("host".to_owned(), "h".to_owned());
    package.overrides.insert("port".to_owned(), "1".to_owned());
    let checked = flow::check(&package);
    assert_eq!(codes(&checked), Vec::<&str>::new());
    let before = checked.flows[0].fingerprint;
    package.overrides.insert("port".to_owned(), "2".to_owned());
    assert_ne!(before, flow::check(&package).flows[0].fingerprint);
    package.overrides.insert("unrelated".to_owned(), "2".to_owned());
    let again = flow::check(&package).flows[0].fingerprint;
    package.overrides.insert("unrelated".to_owned(), "3".to_owned());
    assert_eq!(again, flow::check(&package).flows[0].fingerprint);
    // Braces in a value are text.
    package.overrides.insert("host".to_owned(), "{{host}}".to_owned());
    assert_eq!(flow::check(&package).flows.len(), 1);
}

#[test]
fn parameters_file_has_its_own_problems() {
    for (text, expect) in [
        ("a: [1]\n", vec!["F0302"]),
        ("- a\n", vec!["F0302"]),
        ("a.b: 1\na:\n  b: 2\n", vec!["F0302"]),
        ("a: 1\na: 2\n", vec!["F0001"]),
        ("", vec![]),
        ("a: \"{{b}}\"\nb: 1\n", vec![]),
    ] {
        let files = BTreeMap::from([("parameters.yaml".to_owned(), text.to_owned())]);
        let checked = flow::check(&Package { name: "p".to_owned(), files, overrides: BTreeMap::new() });
        assert_eq!(codes(&checked), expect, "{text:?}");
    }
}

#[test]
fn steps_keep_their_names_when_others_change() {
    let names = |steps: &str| -> Vec<String> {
        let receivers = "receivers: { a: { http: \"https://a.example\" }, b: { http: \"https://b.example\" } }";
        let checked = check("a.flow.yaml", &format!("flow: a\nfrom: {{ http: /a }}\nsteps:\n{steps}{receivers}\n"));
        checked.flows[0].processes[0].steps.iter().map(|s| s.name.clone()).collect()
    };
    assert_eq!(names("  - send: a\n  - send: b\n  - send: a\n"), ["send-a", "send-b", "send-a-2"]);
    assert_eq!(names("  - set: { body: x }\n  - send: a\n  - send: b\n"), ["set-body", "send-a", "send-b"]);
    assert_eq!(names("  - name: send-a\n    send: b\n  - send: a\n"), ["send-a", "send-a-2"]);
    assert_eq!(
        names("  - set: { name: first, body: x }\n  - { send: a, name: second one }\n  - send: b\n"),
        ["first", "second one", "send-b"]
    );
}

/// Texts that were written to do harm give problems, soon.
#[test]
fn hostile_texts_give_problems() {
    let head = "flow: a\nfrom: { http: /a }\n";
    let deep_lines: String = (0..2_000).map(|n| format!("{}a:\n", " ".repeat(n))).collect();
    let bomb: String = std::iter::once("a: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned())
        .chain((1..12).map(|n| {
            let alias = format!("*a{}", n - 1);
            format!("b{n}: &a{n} [{}]\n", [alias.as_str(); 10].join(", "))
        }))
        .collect();
    let long = "x".repeat(400_000);
    let copies = format!("a: &a {long}\nb: [{}]\n", "*a, ".repeat(100_000));
    let splits = format!("{head}steps:\n{}", "  - split: { line: true }\n".repeat(5_000));
    let routes = (0..40).fold("[]".to_owned(), |inner, _| format!("[{{ route: [{{ otherwise: {inner} }}] }}]"));
    let calls: String =
        (0..3_000).map(|n| format!("  p{n}: {{ steps: [{{ call: p{} }}] }}\n", (n + 1) % 3_000)).collect();
    let cases: Vec<(&str, String)> = vec![
        ("F0002", "x".repeat(2 << 20)),
        ("F0002", "[".repeat(100_000)),
        ("F0002", "- ".repeat(300_000)),
        ("F0002", "? ".repeat(300_000)),
        ("F0002", "&a ".repeat(300_000)),
        ("F0002", format!("a: {}", "{a: ".repeat(100_000))),
        ("F0002", format!("x: [{}", ": ".repeat(300_000))),
        ("F0002", format!("x: [{}", ": # c\n ".repeat(100_000))),
        ("F0002", format!("x: [{}", ": !a &b ".repeat(100_000))),
        ("F0002", format!("x: [\": #\" {}", ": ".repeat(300_000))),
        (
            "F0001",
            format!(
                "{}x: {}{}",
                (0..250).map(|n| format!("{}-\n", " ".repeat(n))).collect::<String>() + &" ".repeat(250),
                "[".repeat(254),
                ": ".repeat(400)
            ),
        ),
        (
            "F0002",
            format!(
                "{}x: {}{}{}",
                (0..250).map(|n| format!("{}-\n", " ".repeat(n))).collect::<String>() + &" ".repeat(250),
                "[".repeat(250),
                ": ",
                "]".repeat(250)
            ),
        ),
        ("F0003", format!("? {}{}{}\n: b", "[".repeat(250), ": ", "]".repeat(250))),
        ("F0002", deep_lines),
        ("F0002", bomb),
        ("F0002", copies),
        ("F0002", format!("{}x", "[".repeat(200)) + &"]".repeat(200)),
        ("F0002", format!("a: [{}]", "x,".repeat(200_000))),
        ("F0002", splits),
        ("F0101", (0..50_000).map(|n| format!("k{n}: 1\n")).collect()),
        ("F0107", format!("{head}steps:\n{}", "  - nonsense: 1\n".repeat(30_000))),
        ("F0206", format!("{head}steps: []\nprocesses:\n{calls}")),
        ("F0002", format!("{head}steps: {routes}\n")),
        ("F0001", "\u{0}\u{1}\u{7f}".to_owned()),
        ("F0001", "a: 'x\n".to_owned()),
        ("F0102", "- a".to_owned()),
        ("F0102", "x".to_owned()),
        ("F0103", String::new()),
        ("F0103", "\u{feff}# only a comment\n".to_owned()),
        ("F0103", "flow:\n".to_owned()),
        ("F0003", "flow: a\n---\nflow: b\n".to_owned()),
        ("F0003", "!x {}".to_owned()),
        ("F0003", "? [a]\n: b".to_owned()),
    ];
    for (code, text) in cases {
        let start: String = text.chars().take(40).collect();
        let checked = check("a.flow.yaml", &text);
        assert!(
            codes(&checked).contains(&code),
            "{start:?} gave {:?}",
            checked.problems.iter().take(3).collect::<Vec<_>>()
        );
        assert!(checked.problems.len() <= 100 && checked.flows.is_empty(), "{start:?}");
    }
}

/// Any value in any place gives problems or a flow.
#[test]
fn wrong_values_everywhere_do_no_harm() {
    let wrong = [
        "",
        "~",
        "true",
        "12",
        "-1",
        "1e999",
        "x",
        "\"\"",
        "\"${\"",
        "\"{{x}}\"",
        "[]",
        "{}",
        "[[]]",
        "{a: {}}",
        "[~]",
        "[{}]",
        "{~: ~}",
        "{name: [1]}",
    ];
    for (file, text) in files("good") {
        let lines: Vec<&str> = text.lines().collect();
        for (n, line) in lines.iter().enumerate() {
            let Some((key, _)) = line.split_once(": ").or_else(|| line.strip_suffix(':').map(|k| (k, ""))) else {
                continue;
            };
            for value in wrong {
                let mut changed = lines.clone();
                let new = format!("{key}: {value}");
                changed[n] = &new;
                let checked = check(&file, &changed.join("\n"));
                assert!(checked.flows.len() + checked.problems.len() > 0, "{new}");
                let _ = diag::render(&checked.problems, &checked.sources, false);
            }
        }
        // Cut anywhere.
        for end in (0..text.len()).step_by(7).filter(|e| text.is_char_boundary(*e)) {
            let _ = check(&file, &text[..end]);
        }
    }
}

#[test]
fn schema_and_reference_come_from_the_tables() {
    let schema = flow::schema();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert_eq!(schema["properties"]["from"]["$ref"], "#/$defs/sender");
    // Every reference leads somewhere.
    let text = schema.to_string();
    for part in text.split("#/$defs/").skip(1) {
        let id = part.split('"').next().unwrap();
        assert!(schema["$defs"].get(id).is_some(), "no definition {id}");
    }
    let reference = flow::reference();
    for part in reference.split("](#").skip(1) {
        let anchor = part.split(')').next().unwrap();
        let found = reference
            .lines()
            .filter(|l| l.starts_with('#'))
            .any(|l| l.trim_start_matches('#').trim().to_lowercase().replace(' ', "-") == anchor);
        assert!(found, "no heading for #{anchor}");
    }
}
