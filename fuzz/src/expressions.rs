//! Any text as template, condition, XPath, JSONPath and date pattern: what parses is evaluated on a few messages.

use base::{Message, Timestamp, Value};
use expr::{
    Condition, DatePattern, ExceptionInfo, JsonPath, Namespaces, ParseError, StaticScope, Template, XPath, format_date,
    parse_date,
};

/// One input. Returns, whatever the input is; mistakes must point into the text.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let namespaces = Namespaces::new([("p".to_owned(), "urn:p".to_owned())]);
    let template = Template::parse(text, &namespaces).inspect_err(|errors| check(text, errors)).ok();
    let condition = Condition::parse(text, &namespaces).inspect_err(|errors| check(text, errors)).ok();
    let xpath = XPath::parse(text, &namespaces).inspect_err(|error| check(text, [error])).ok();
    let json_path = JsonPath::parse(text).inspect_err(|error| check(text, [error])).ok();
    let pattern = DatePattern::parse(text).inspect_err(|error| check(text, [error])).ok();
    for fixed in messages() {
        let scope = fixed.scope();
        if let Some(template) = &template {
            let _ = template.value(&scope);
            let _ = template.text(&scope);
        }
        if let Some(condition) = &condition {
            let _ = condition.test(&scope);
        }
        if let Some(xpath) = &xpath {
            let _ = xpath.eval(&scope);
            let _ = xpath.test(&scope);
        }
        if let Some(path) = &json_path {
            let _ = path.value(&scope.message.body);
            let _ = path.parts(&scope.message.body);
        }
        if let Some(pattern) = &pattern {
            let written = format_date(scope.now, pattern, "Europe/Berlin");
            let _ = parse_date(&written, pattern, "Europe/Berlin");
            let _ = parse_date(text, pattern, text);
        }
    }
}

/// Ranges lie inside the text and on borders of characters: editors and carets rely on it.
fn check<'e>(text: &str, errors: impl IntoIterator<Item = &'e ParseError>) {
    for error in errors {
        assert!(text.get(error.range.clone()).is_some(), "{error:?} points outside of {text:?}");
        assert!(!error.message.is_empty());
    }
}

fn messages() -> [StaticScope; 4] {
    let bodies = [
        "",
        r#"<p:order xmlns:p="urn:p" id="7"><item n="1">a</item><item n="2">}</item><!-- c --><?pi x?></p:order>"#,
        r#"{"order": {"id": 7, "items": [{"sku": "a", "n": 1.50}, {"sku": "}", "n": -2e3}], "open": true}, "a": [[[]]]}"#,
        "\u{feff}plain t\u{fc}xt \u{1f600}\n42",
    ];
    let times = [0, 1_795_334_709_007, i64::MIN, i64::MAX];
    let mut at = 0;
    bodies.map(|body| {
        let mut fixed = StaticScope::of(Message::of(body));
        fixed.now = Timestamp(times[at]);
        at += 1;
        let headers = &mut fixed.message.headers;
        headers.set("x", "DE");
        headers.set("count", 41);
        headers.set("created", fixed.now.0);
        headers.set("flag", true);
        headers.set("CamelFileName", "in/a.b.csv");
        let list = Value::List(vec![Value::from("a"), Value::Null, Value::Int(3)]);
        let map = Value::Map([("k".to_owned(), list.clone())].into_iter().collect());
        let properties = &mut fixed.message.properties;
        properties.insert("x".to_owned(), Value::Float(-0.0));
        properties.insert("counter".to_owned(), Value::Int(i64::MAX));
        properties.insert("list".to_owned(), list);
        properties.insert("map".to_owned(), map);
        properties.insert("bytes".to_owned(), Value::Bytes(bytes::Bytes::from_static(b"\xff\xfe\0")));
        fixed.exception = Some(ExceptionInfo { message: "HTTP 503".to_owned(), stacktrace: String::new() });
        fixed
    })
}
