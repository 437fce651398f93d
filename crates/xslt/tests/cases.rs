//! Stylesheets at their boundary: stylesheet, message and parameters in, bytes out. The results were made by Saxon.

#![expect(clippy::expect_used, reason = "a case that cannot be read is a failed test")]

use std::fs;
use std::path::Path;

use base::{Message, Timestamp};
use expr::StaticScope;
use xslt::{Input, Limits, Output, Stylesheet};

#[path = "cases/errors.rs"]
mod errors;
#[path = "cases/hostile.rs"]
mod hostile;
#[path = "cases/message.rs"]
mod message;

const ORDERS: &str = r#"<orders xmlns:p="urn:p"><!--c--><order id="1"><item price="9.50">pen</item><item price="10">ink</item><p:note>hi</p:note></order><order id="2"><item price="3">cap</item></order><?go fast?><empty/><n>9</n><n>10</n><note>x &lt; y</note><d>2026-01-31</d></orders>"#;

/// Declarations in the stylesheet that all cases share; a whole stylesheet stays as it is.
fn stylesheet(body: &str, version: &str) -> String {
    if body.contains("<xsl:stylesheet") || body.contains("xsl:version=") {
        return body.to_owned();
    }
    let output = if body.contains("<xsl:output") { "" } else { r#"<xsl:output omit-xml-declaration="yes"/>"# };
    format!(
        "<xsl:stylesheet version=\"{version}\" xmlns:xsl=\"http://www.w3.org/1999/XSL/Transform\" \
         xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" xmlns:f=\"urn:f\" xmlns:p=\"urn:p\" \
         exclude-result-prefixes=\"xs f p\">{output}\n{body}</xsl:stylesheet>"
    )
}

fn parse(body: &str, version: &str) -> Result<Stylesheet, xslt::ParseError> {
    Stylesheet::parse("test.xsl", &stylesheet(body, version), &|_| None)
}

fn message(body: &str) -> Message {
    Message::of(body.to_owned())
}

fn apply(sheet: &Stylesheet, message: Message, limits: Limits) -> Result<Output, xslt::TransformError> {
    let mut scope = StaticScope::of(message);
    // 2026-11-22T08:00:00Z
    scope.now = Timestamp(1_795_334_400_000);
    sheet.apply(&Input { scope: scope.scope(), limits })
}

/// The result as text, or the error.
fn run(body: &str, version: &str, message: Message) -> String {
    let sheet = match parse(body, version) {
        Ok(sheet) => sheet,
        Err(error) => return format!("parse: {error}"),
    };
    match apply(&sheet, message, Limits::default()) {
        Ok(output) => String::from_utf8(output.body).expect("UTF-8"),
        Err(error) => format!("error: {error}"),
    }
}

/// Attributes and declarations in the order of their names: nothing says which order a processor writes them in.
fn ordered(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let is_tag = rest[1..].starts_with(|c: char| c.is_alphabetic());
        let Some(end) = rest.find('>').filter(|_| is_tag) else {
            out.push('<');
            rest = &rest[1..];
            continue;
        };
        let (tag, close) = match rest[1..end].strip_suffix('/') {
            Some(tag) => (tag, "/>"),
            None => (&rest[1..end], ">"),
        };
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        let mut attributes: Vec<&str> =
            attributes.split_inclusive("\" ").map(str::trim).filter(|a| !a.is_empty()).collect();
        attributes.sort_unstable();
        out.push('<');
        out.push_str(name);
        for attribute in attributes {
            out.push(' ');
            out.push_str(attribute);
        }
        out.push_str(close);
        rest = &rest[end + 1..];
    }
    out + rest
}

/// A case of a data file: name, version, declarations, input, parameters, result.
struct Case<'t> {
    name: &'t str,
    version: &'t str,
    body: &'t str,
    input: &'t str,
    params: &'t str,
    output: &'t str,
}

fn cases(text: &str) -> Vec<Case<'_>> {
    let parts = text.split("\n== ").skip(1);
    parts
        .map(|case| {
            let (head, rest) = case.split_once('\n').expect("a case has a head");
            let (name, version) = match head.strip_suffix(']').and_then(|h| h.rsplit_once(" [")) {
                Some(found) => found,
                None => (head, "2.0"),
            };
            let (rest, output) = rest.split_once("\n-- output\n").expect("a case has a result");
            let (rest, params) = rest.split_once("\n-- params ").unwrap_or((rest, ""));
            let (body, input) = rest.split_once("\n-- input\n").unwrap_or((rest, ORDERS));
            Case { name, version, body, input, params, output: output.trim_matches('\n') }
        })
        .collect()
}

fn check_file(name: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(name);
    let text = fs::read_to_string(path).expect("the file of cases");
    let cases = cases(&text);
    assert!(cases.len() >= 20, "only {} cases in {name}", cases.len());
    let mut wrong = Vec::new();
    for case in &cases {
        let mut message = message(case.input);
        for (name, value) in case.params.split_whitespace().filter_map(|p| p.split_once('=')) {
            message.headers.set(name, value);
        }
        let got = run(case.body, case.version, message);
        let got = got.trim_matches('\n');
        if ordered(got) != ordered(case.output) {
            wrong.push(format!("{}\n  expected {}\n       got {got}", case.name, case.output));
        }
    }
    assert!(wrong.is_empty(), "{} of {} wrong:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn templates() {
    check_file("templates.txt");
}

#[test]
fn values() {
    check_file("values.txt");
}

#[test]
fn control() {
    check_file("control.txt");
}

#[test]
fn results() {
    check_file("result.txt");
}
