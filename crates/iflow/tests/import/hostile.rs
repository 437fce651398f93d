//! Zips and XML that are broken, or made to harm.

use std::collections::BTreeMap;

use iflow::{Content, Imported, Input, import};

use crate::build::{arrows, https, step, zip};

fn go(content: Content) -> Imported {
    import(&Input { name: "upload.zip".to_owned(), content, ..Input::default() })
}

fn codes(imported: &Imported) -> Vec<&'static str> {
    let flows = imported.report.flows.iter().flat_map(|f| &f.problems);
    imported.report.problems.iter().chain(flows).map(|p| p.code).collect()
}

#[track_caller]
fn check(content: Content, code: &str) -> Imported {
    let imported = go(content);
    assert!(codes(&imported).contains(&code), "{:?}", codes(&imported));
    assert!(imported.flows.is_empty());
    for problem in imported.report.flows.iter().flat_map(|f| &f.problems) {
        assert!(diag::page(problem.code).is_some());
    }
    imported
}

fn file(path: &str, bytes: impl Into<Vec<u8>>) -> Content {
    Content::Files(BTreeMap::from([(path.to_owned(), bytes.into())]))
}

#[test]
fn zips() {
    check(Content::Zip(Vec::new()), "I0001");
    check(Content::Zip(b"PK\x03\x04 and nothing".to_vec()), "I0001");
    check(Content::Files(BTreeMap::new()), "I0005");
    let whole = https(&arrows("S>E")).zip();
    for end in (0..whole.len()).step_by(97) {
        go(Content::Zip(whole[..end].to_vec()));
    }
    for at in (0..whole.len()).step_by(31) {
        let mut bent = whole.clone();
        bent[at] ^= 0xff;
        go(Content::Zip(bent));
    }
    for path in ["../a.iflw", "/etc/a.iflw", "a/../../b.iflw", "C:\\a.iflw", "a\\..\\b.iflw", "a\u{0}b.iflw"] {
        check(file(path, "x"), "I0003");
    }
    check(Content::Zip(zip(&BTreeMap::from([("../../a.iflw".to_owned(), vec![1])]))), "I0003");
    check(Content::Zip(zip(&BTreeMap::from([("a.iflw".to_owned(), vec![b' '; 30 << 20])]))), "I0002");
    let mut nested = https(&arrows("S>E")).zip();
    for _ in 0..6 {
        nested = zip(&BTreeMap::from([("a.zip".to_owned(), nested)]));
    }
    check(Content::Zip(nested), "I0002");
    let many = (0..20_001).map(|i| (format!("f{i}"), Vec::new())).collect();
    check(Content::Files(many), "I0002");
    check(file("resources.cnt", "no base64!"), "I0004");
    check(file("resources.cnt", "e30="), "I0004");
}

#[test]
fn xml() {
    let good = https(&arrows("S>E")).iflw();
    let body = good.trim_start_matches("<?xml version=\"1.0\" encoding=\"UTF-8\"?>").to_owned();
    check(file("a.iflw", [0xff, 0xfe, 0x00]), "I0101");
    check(file("a.iflw", good.replace("</bpmn2:definitions>", "")), "I0101");
    let entities = format!("<!DOCTYPE a [<!ENTITY x \"xxxxxxxxxx\"><!ENTITY y \"&x;&x;&x;&x;\">]>{body}");
    check(file("a.iflw", entities), "I0102");
    check(file("a.iflw", "<a/>"), "I0104");
    check(file("a.iflw", "<a>".repeat(100_000)), "I0103");
    let attributes: String = (0..100_000).map(|i| format!(" a{i}=''")).collect();
    check(file("a.iflw", format!("<a{attributes}/>")), "I0103");
    let spaces: String = (0..5_000).map(|i| format!("<a xmlns:p{i}='u{i}'/>")).collect();
    check(file("a.iflw", format!("<a>{spaces}</a>")), "I0103");
    let start = body.find("<bpmn2:process").expect("a process");
    for end in (start..body.len()).step_by(113) {
        go(file("a.iflw", &body[..end]));
    }
}

#[test]
fn parameters_that_grow() {
    let mut artifact = https(&(step("X", "Enricher", &[("wrapContent", "{{a}}")]) + &arrows("S>X>E")));
    artifact.parameters(&format!("a={}\nb={}\nc={}", "{{b}}".repeat(2_000), "{{c}}".repeat(2_000), "c".repeat(2_000)));
    assert!(codes(&artifact.import()).contains(&"I0103"));
    artifact.parameters("a={{a}}{{a}}");
    artifact.import();
}

#[test]
fn odd_diagrams() {
    // A ring without an end, a step that nothing leads to, a node that exists twice, a process that calls itself.
    let inside = step("A", "Enricher", &[])
        + &step("B", "Enricher", &[])
        + &step("B", "Send", &[])
        + &step("Z", "Enricher", &[])
        + &arrows("S>A>B>A");
    let mut artifact = https(&inside);
    artifact.local("L", &(step("C", "ProcessCallElement", &[("processId", "L")]) + &arrows("C>C")));
    let imported = artifact.import();
    assert_eq!(imported.flows.len(), 1, "{:?}", codes(&imported));
    for process in &imported.flows[0].processes {
        let good = |ix: &usize| *ix < process.steps.len();
        assert!(process.steps.iter().filter_map(|s| s.next.as_ref()).all(good) && process.start.iter().all(good));
    }
    let nothing = https("").iflw().replace("startEvent", "otherEvent");
    check(file("a.iflw", nothing), "I0203");
}
