//! Every function and every rule of the structure: mappings in a short notation, a source, what comes of it.
//!
//! A file in `cases/` holds cases. `== title` begins one; `-- map`, `-- schema`, `-- json` (a target in OpenAPI),
//! `-- source`, `-- target` and `-- error` begin its parts. Schema and source of the case before stay until a case has
//! its own. A line of a map is `/Target/path = expression`, `off /Target/path`, or `ns prefix name`. Expressions are
//! paths (`/a/b in /a` sets the context, `xml /a/b` gives XML), `'constants'`, and functions with properties behind a
//! semicolon: `concat(/a/b, 'x'; delimeter=-)`. `t.name(...)` is a function of the library below.

#![expect(clippy::expect_used, clippy::panic, reason = "a case that cannot be read is a failed test")]

mod notation;

use std::collections::BTreeMap;
use std::path::Path;

use base::Timestamp;
use mapping::{Entry, Function, Host, Kind, Limits, Mapping, Value};

/// A host with some functions, at 2026-03-05 14:07:09.123.
#[derive(Default)]
struct World {
    calls: usize,
}

impl Host for World {
    fn kind(&mut self, function: &Function) -> Result<Kind, String> {
        match function.name.as_str() {
            "up" | "fail" | "number" => Ok(Kind::Values),
            "join" | "each" | "ends" | "odd" => Ok(Kind::Contexts),
            name => Err(format!("there is no function {name}")),
        }
    }

    fn call_values(&mut self, function: &Function, args: &[Value]) -> Result<Value, String> {
        self.calls += 1;
        let first = args.first().map_or("", Value::as_str);
        match function.name.as_str() {
            "up" => Ok(Value::text(&first.to_uppercase())),
            "number" => Ok(Value::text(&self.calls.to_string())),
            _ => Err(format!("no luck with '{first}'")),
        }
    }

    fn call_contexts(&mut self, function: &Function, args: &[&[Value]]) -> Result<Vec<Vec<Entry>>, String> {
        let values = args.first().copied().unwrap_or_default();
        let text = |v: &Value| if *v == Value::Suppress { "-".to_owned() } else { v.as_str().to_owned() };
        let one = |v: &Value| vec![Entry::Value(v.clone())];
        Ok(match function.name.as_str() {
            "join" => vec![one(&Value::text(&values.iter().map(text).collect::<Vec<_>>().join("+")))],
            "each" => vec![values.iter().flat_map(|v| [Entry::Value(v.clone()), Entry::ContextChange]).collect()],
            "ends" => vec![values.first().map_or(vec![], one), values.last().map_or(vec![], one)],
            _ => {
                let odd = |(i, v): (usize, &Value)| if i % 2 == 0 { v.clone() } else { Value::Suppress };
                vec![values.iter().enumerate().map(odd).map(Entry::Value).collect()]
            }
        })
    }

    fn header(&mut self, name: &str) -> Option<String> {
        (name == "city").then(|| "Bonn".to_owned())
    }

    fn property(&mut self, name: &str) -> Option<String> {
        (name == "land").then(|| "DE".to_owned())
    }

    fn map_value(&mut self, source: (&str, &str), value: &str, target: (&str, &str)) -> Option<String> {
        (source == ("A", "s") && target == ("B", "t") && value == "1").then(|| "one".to_owned())
    }

    fn now(&mut self) -> Timestamp {
        Timestamp(1_772_719_629_123)
    }
}

/// The result without its declaration and the blanks between its tags, or what is wrong.
fn run(map: &str, schema: &str, json: bool, source: &str) -> String {
    let mut files = BTreeMap::from([("script/t.groovy".to_owned(), String::new())]);
    let name = if json { "json/target.json" } else { "xsd/target.xsd" };
    if !schema.trim().is_empty() {
        files.insert(name.to_owned(), schema.to_owned());
    }
    let text = notation::mmap(map, json, source.trim_start().starts_with(['{', '[']));
    let mapping = match Mapping::parse("mapping/test.mmap", &text, &files) {
        Ok(mapping) => mapping,
        Err(error) => return error.message,
    };
    let result = mapping.apply(source.trim().as_bytes(), &mut World::default(), Limits::default());
    match result {
        Ok(output) => {
            let text = String::from_utf8(output.body).expect("UTF-8");
            text.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n").unwrap_or(&text).to_owned()
        }
        Err(error) => error.text,
    }
}

fn tight(text: &str) -> String {
    text.lines().map(str::trim).collect()
}

fn check(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).expect("a file of cases");
    let (mut schema, mut source, mut json) = (String::new(), String::new(), false);
    let mut wrong = Vec::new();
    for case in text.split("\n== ").skip(1) {
        let (title, body) = case.split_once('\n').expect("parts of a case");
        let (mut map, mut expect) = (String::new(), None);
        for part in body.split("-- ").skip(1) {
            let (kind, content) = part.split_once('\n').unwrap_or((part, ""));
            match kind.trim() {
                "map" => content.clone_into(&mut map),
                "schema" => (schema, json) = (content.to_owned(), false),
                "json" => (schema, json) = (content.to_owned(), true),
                "source" => content.clone_into(&mut source),
                "target" | "error" => expect = Some(tight(content)),
                other => panic!("{title}: the part {other} is not known"),
            }
        }
        let (found, expect) = (run(&map, &schema, json, &source), expect.expect("a target or an error"));
        if tight(&found) != expect {
            wrong.push(format!("{}: {title}\n  wanted {expect}\n  found  {found}", path.display()));
        }
    }
    wrong
}

#[test]
fn cases() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut files: Vec<_> = std::fs::read_dir(folder).expect("cases").map(|f| f.expect("a file").path()).collect();
    files.sort();
    assert!(files.len() >= 8, "only {} files", files.len());
    let wrong: Vec<String> = files.iter().flat_map(|f| check(f)).collect();
    assert!(wrong.is_empty(), "{} cases are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn limits_hold() {
    let map = "/T = /S\n/T/a = concat(/S/a, /S/a)";
    let text = notation::mmap(map, false, false);
    let mapping = Mapping::parse("m.mmap", &text, &BTreeMap::new()).expect("a mapping");
    let source = format!("<S>{}</S>", "<a>xxxxxxxxxx</a>".repeat(10_000));
    let run = |limits| mapping.apply(source.as_bytes(), &mut World::default(), limits);
    assert!(run(Limits::default()).is_ok());
    for limits in [Limits { steps: 10_000, ..Limits::default() }, Limits { bytes: 10_000, ..Limits::default() }] {
        assert!(run(limits).expect_err("a limit").limit);
    }
    for body in ["", "<!DOCTYPE S [<!ENTITY a 'b'>]><S>&a;</S>", "<S", "{}"] {
        assert!(mapping.apply(body.as_bytes(), &mut World::default(), Limits::default()).is_err(), "{body}");
    }
}

#[test]
fn many_values_of_many_fields_take_little_time() {
    // 2,000 items with 40 fields each: what reads a queue must not look at the whole document again.
    let fields: String = (0..40).map(|i| format!("/T/i/f{i} = concat(/S/i/f{i}, 'x')\n")).collect();
    let text = notation::mmap(&format!("/T = /S\n/T/i = /S/i\n{fields}"), false, false);
    let mapping = Mapping::parse("m.mmap", &text, &BTreeMap::new()).expect("a mapping");
    let item: String = (0..40).map(|i| format!("<f{i}>{i}</f{i}>")).collect();
    let source = format!("<S>{}</S>", format!("<i>{item}</i>").repeat(2_000));
    let limits = Limits { steps: 1_500_000, bytes: 16 << 20 };
    let output = mapping.apply(source.as_bytes(), &mut World::default(), limits).expect("a result");
    assert_eq!(String::from_utf8_lossy(&output.body).matches("<f7>7x</f7>").count(), 2_000);
}

#[test]
fn functions_inside_each_other() {
    let nested = |depth: usize| {
        let value = format!("{}/S/a{}", "trim(".repeat(depth), ")".repeat(depth));
        let text = notation::mmap(&format!("/T = /S\n/T/a = {value}"), false, false);
        Mapping::parse("m.mmap", &text, &BTreeMap::new())
    };
    let output = nested(195).expect("a mapping").apply(b"<S><a> x </a></S>", &mut World::default(), Limits::default());
    assert!(String::from_utf8_lossy(&output.expect("a result").body).contains("<a>x</a>"));
    assert!(nested(250).expect_err("too deep").message.contains("nested more than 200 deep"));
    // A text that doubles at each step meets the limit long before the memory is full.
    let twice = (0..60).fold("/S/a".to_owned(), |inner, _| format!("replaceString({inner}, 'x', 'xx')"));
    let text = notation::mmap(&format!("/T = /S\n/T/a = {twice}"), false, false);
    let mapping = Mapping::parse("m.mmap", &text, &BTreeMap::new()).expect("a mapping");
    let error =
        mapping.apply(b"<S><a>x</a></S>", &mut World::default(), Limits { bytes: 1 << 20, ..Limits::default() });
    assert!(error.expect_err("a limit").limit);
}

#[test]
fn places_of_mistakes() {
    let text = notation::mmap("/T = /S\n/T/a = shout(/S/a)", false, false);
    let error = Mapping::parse("mapping/a.mmap", &text, &BTreeMap::new()).expect_err("a mistake");
    assert_eq!(error.message, "target field /T/a: the function `shout` is not available");
    let line = text.lines().nth(error.line as usize - 1).expect("a line");
    assert!(line[error.column as usize - 1..].starts_with("<brick"), "{error}");
    for text in ["", "<a/>", "<a", "<!DOCTYPE a><a/>"] {
        assert!(Mapping::parse("a.mmap", text, &BTreeMap::new()).is_err(), "{text}");
    }
}
