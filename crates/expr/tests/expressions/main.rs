//! What authors may write between `${` and `}`, in conditions, date patterns and JSONPaths: tables of cases.
#![expect(clippy::panic, clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests may panic")]

mod condition;
mod date;
mod hostile;
mod json_path;
mod reference;
mod template;

#[path = "../../../../fuzz/src/expressions.rs"]
mod fuzzed;

use base::{Message, MessageId, Timestamp, Value};
use expr::{ExceptionInfo, Namespaces, ParseError, StaticScope};

/// A point in time, written in ISO 8601.
fn at(text: &str) -> Timestamp {
    text.parse::<jiff::Timestamp>().unwrap().into()
}

fn text(text: &str) -> Value {
    Value::from(text)
}

/// The message of most cases: headers, properties, a JSON or XML body, and a failure being handled.
fn scope(body: &str) -> StaticScope {
    let mut message = Message::of(body.to_owned());
    let headers = [
        ("Country", text("DE")),
        ("count", Value::Int(41)),
        ("ten", text("10")),
        ("price", Value::Float(9.5)),
        ("padded", text("  x ")),
        ("empty", text("")),
        ("flag", Value::Bool(true)),
        ("yes", text("TRUE")),
        ("my name", text("spaced")),
        ("a.b-c_d:e", text("odd")),
        ("created", Value::Int(0)),
        ("http-date", text("Sun, 22 Nov 2026 08:05:09 GMT")),
        ("iso", text("2026-11-22T08:05:09+01:00")),
        ("day", text("2026-11-22")),
        ("java", text("Sun Nov 22 08:05:09 UTC 2026")),
        ("CamelFileName", text("in/orders.2026.csv")),
        ("umlaut", text("Größe")),
    ];
    for (name, value) in headers {
        message.headers.set(name, value);
    }
    let map =
        [("city".to_owned(), text("Bonn")), ("inner".to_owned(), Value::Map([("x".to_owned(), Value::Int(1))].into()))];
    let properties = [
        ("counter", Value::Int(3)),
        ("counterText", text("7")),
        ("last", Value::Int(i64::MAX)),
        ("list", Value::List(vec![text("a"), text("b"), Value::Int(3)])),
        ("map", Value::Map(map.into_iter().collect())),
        ("bytes", Value::Bytes("bin".into())),
        ("dotted.name", text("whole")),
    ];
    for (name, value) in properties {
        message.properties.insert(name.to_owned(), value);
    }
    StaticScope {
        message,
        message_id: MessageId::from_text("A-1"),
        flow: "orders".to_owned(),
        now: at("2026-11-22T08:05:09.007Z"),
        exception: Some(ExceptionInfo { message: "HTTP 503".to_owned(), stacktrace: "at send".to_owned() }),
    }
}

fn no_namespaces() -> Namespaces {
    Namespaces::default()
}

/// A mistake as one line: the marked text, the message, the help.
fn line(source: &str, error: &ParseError) -> String {
    let marked = &source[error.range.clone()];
    let help = error.help.as_ref().map_or_else(String::new, |h| format!(" | {h}"));
    format!("{marked} | {}{help}", error.message)
}

/// All compiled forms go between threads.
#[test]
fn shared_between_threads() {
    fn check<T: Send + Sync + Clone>() {}
    check::<expr::Template>();
    check::<expr::Condition>();
    check::<expr::DatePattern>();
    check::<expr::JsonPath>();
    check::<expr::XPath>();
}

/// The seeds of the fuzz target, and the same with small changes, each through the fuzz target.
#[test]
fn seeds() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus/expressions");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let seeds: Vec<String> = files.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
    assert!(seeds.len() >= 40, "{} seeds", seeds.len());
    seeds.iter().for_each(|seed| fuzzed::run(seed.as_bytes()));
    let mut state = 1_u64;
    let mut draw = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below.max(1)
    };
    let signs =
        ["${", "}", "'", "\"", "[", "]", "(", ")", ".", "$", "++", " not ", "ü", "-", "=", "|", "@", "*", "9", ""];
    for round in 0..3_000 {
        let mut text: Vec<char> = seeds[round % seeds.len()].chars().collect();
        for _ in 0..=draw(3) {
            let start = draw(text.len() + 1);
            let end = (start + draw(4)).min(text.len());
            text.splice(start..end, signs[draw(signs.len())].chars());
        }
        fuzzed::run(text.into_iter().collect::<String>().as_bytes());
    }
}
