//! Every seed of every target gives a value or a sentence, in an ordinary build.

#![expect(clippy::expect_used, reason = "a test")]

use std::path::Path;

fn check(target: &str, run: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    let mut seeds = 0;
    for file in std::fs::read_dir(folder).expect("a corpus") {
        run(&std::fs::read(file.expect("a file").path()).expect("a seed"));
        seeds += 1;
    }
    assert!(seeds >= 9, "{target} has {seeds} seeds");
}

#[test]
fn expressions() {
    check("expressions", semel_fuzz::expressions::run);
}

#[test]
fn flow_parser() {
    check("flow_parser", semel_fuzz::flow_parser::run);
}

#[test]
fn groovy() {
    check("groovy", semel_fuzz::groovy::run);
}

#[test]
fn http_ingress() {
    check("http_ingress", semel_fuzz::http_ingress::run);
}

#[test]
fn importer() {
    check("importer", semel_fuzz::importer::run);
}

#[test]
fn xslt() {
    check("xslt", semel_fuzz::xslt::run);
}

#[test]
fn xsd() {
    check("xsd", semel_fuzz::xsd::run);
}

#[test]
fn mapping() {
    check("mapping", semel_fuzz::mapping::run);
}
