//! Input made to hang, crash or swell: each ends soon, with a sentence.

use expr::{Condition, JsonPath, Template};

use crate::{no_namespaces, scope};

fn first_error(source: &str) -> String {
    Template::parse(source, &no_namespaces()).unwrap_err()[0].message.clone()
}

fn condition_error(source: &str) -> String {
    Condition::parse(source, &no_namespaces()).unwrap_err()[0].message.clone()
}

#[test]
fn templates() {
    assert_eq!(first_error(&"${".repeat(10_000)), "more than 50 braces inside each other");
    assert_eq!(first_error(&"${a".repeat(10_000)), "more than 50 braces inside each other");
    assert_eq!(first_error(&"${body}".repeat(1_001)), "the expression holds more than 1000 functions");
    assert_eq!(first_error(&"x".repeat(256 * 1024 + 1)), "the expression is longer than 256 KB");
    assert_eq!(Template::parse(&"${x}".repeat(1_000), &no_namespaces()).unwrap_err().len(), 100);
    assert_eq!(first_error(&format!("${{header.x{}}}", ".trim()".repeat(51))), "more than 50 calls after each other");
    assert_eq!(first_error(&format!("${{header.{}}}", "a.".repeat(100_000))), "the name is longer than 512 bytes");
    assert_eq!(
        first_error(&format!("${{date:now{}x:yyyy}}", "+1h".repeat(50_000))),
        "the date command is longer than 512 bytes"
    );
    assert!(Template::parse(&"$".repeat(200_000), &no_namespaces()).is_ok());
    assert!(Template::parse(&"$${".repeat(80_000), &no_namespaces()).is_ok());
}

#[test]
fn results_do_not_swell() {
    let swelling = format!("${{body{}}}", ".replace('a', 'aaaaaaaaaaaaaaaaaaaa')".repeat(50));
    let template = Template::parse(&swelling, &no_namespaces()).unwrap();
    let sentence = "the expression gives more than 64.0 MB";
    assert_eq!(template.value(&scope("a").scope()).unwrap_err().to_string(), sentence);
    let template = Template::parse(&"${body}".repeat(1_000), &no_namespaces()).unwrap();
    assert_eq!(template.value(&scope(&"x".repeat(1 << 20)).scope()).unwrap_err().to_string(), sentence);
}

#[test]
fn conditions() {
    let deep = format!("{}true{}", "(".repeat(10_000), ")".repeat(10_000));
    assert_eq!(condition_error(&deep), "more than 50 parentheses inside each other");
    assert_eq!(
        condition_error(&format!("{}true", "not ".repeat(10_000))),
        "more than 50 parentheses inside each other"
    );
    assert_eq!(condition_error(&"'".repeat(100_001)), "this quote is never closed");
    let long = vec!["true"; 20_000].join(" and ");
    assert_eq!(Condition::parse(&long, &no_namespaces()).unwrap().test(&scope("").scope()), Ok(true));
    let list: Vec<String> = (0..50_000).map(|n| n.to_string()).collect();
    let huge = format!("${{header.count}} in '{}'", list[..30_000].join(","));
    assert_eq!(Condition::parse(&huge, &no_namespaces()).unwrap().test(&scope("").scope()), Ok(true));
    let nested = Condition::parse(&format!("{}true{}", "(".repeat(50), ")".repeat(50)), &no_namespaces()).unwrap();
    assert_eq!(nested.test(&scope("").scope()), Ok(true));
}

#[test]
fn patterns() {
    let body = format!("{}!", "a".repeat(200_000));
    for source in ["${body} regex '(a+)+'", "${body} regex '(a|aa)+'", "${body} regex '(.*)*b'"] {
        let condition = Condition::parse(source, &no_namespaces()).unwrap();
        assert_eq!(condition.test(&scope(&body).scope()), Ok(false), "{source}");
    }
    let nested = format!("${{body}} regex '{}a{}'", "(".repeat(2_000), ")".repeat(2_000));
    assert!(condition_error(&nested).contains("cannot be used"), "{}", condition_error(&nested));
}

#[test]
fn json() {
    // A depth that would overflow a recursive reader.
    let deep = "[".repeat(100_000);
    assert!(JsonPath::parse("$").unwrap().parts(deep.as_bytes()).is_err());
    let allowed = format!("{}{}", "[".repeat(100), "]".repeat(100));
    assert_eq!(JsonPath::parse("$..*").unwrap().parts(allowed.as_bytes()).unwrap().len(), 99);
    for query in [
        "[".repeat(4_000),
        format!("$[?{}", "(".repeat(4_000)),
        format!("$[?{}@.a", "!".repeat(4_000)),
        format!("${}", "[?@".repeat(1_300)),
        format!("$[?{}@", "length(".repeat(500)),
        format!("$[?{}@{}]", "count(".repeat(5), ")".repeat(5)),
        format!("$[?{}", "@[?@".repeat(5)),
        format!("$[{}]", "0,".repeat(1_500)),
        format!("${}", "[*,*]".repeat(500)),
        format!("$.{}", "a".repeat(5_000)),
    ] {
        assert!(JsonPath::parse(&query).is_err(), "{query}");
    }
    // Each value is visited again for each level above it, and no more.
    let chain = format!("{}1{}", r#"{"a":"#.repeat(120), "}".repeat(120));
    let body = format!("[{}]", vec![chain; 50].join(","));
    assert!(JsonPath::parse("$..a..a").unwrap().parts(body.as_bytes()).is_err());
    assert_eq!(JsonPath::parse("$..a").unwrap().value(br#"{"b": {"a": 1}}"#), Ok(1.into()));
}
