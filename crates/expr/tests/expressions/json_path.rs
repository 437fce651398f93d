//! JSONPath: values, parts, limits, and the forms from before the standard.

use base::Value;
use expr::JsonPath;

use crate::{line, text};

const STORE: &str = r#"{
  "store": {
    "z": 1, "a": 2.50, "big": 123456789012345678901234567890, "e": 1e2, "no": null, "yes": true,
    "book": [
      {"title": "Sayings", "price": 8.95, "first-name": "N"},
      {"title": "Sword", "price": 12.99},
      {"title": "Moby [Dick]", "price": 8.99, "isbn": "0-553"}
    ]
  },
  "limit": 10
}"#;

#[test]
fn values() {
    for (query, expect) in [
        ("$.store.z", Value::Int(1)),
        ("$.store.a", text("2.50")),
        ("$.store.book[0].price", Value::Float(8.95)),
        ("$.store.big", text("123456789012345678901234567890")),
        ("$.store.no", Value::Null),
        ("$.store.yes", Value::Bool(true)),
        ("$.nothing", Value::Null),
        ("$.store.book[0].title", text("Sayings")),
        ("$.store.book[-1].title", text("Moby [Dick]")),
        ("$['store']['book'][1]['title']", text("Sword")),
        ("$.store.book[?@.price > 10].title", text("Sword")),
        ("$.store.book[?(@.price > $.limit)].title", text("Sword")),
        ("$.store.book[?@.isbn].title", text("Moby [Dick]")),
        ("$.store.book[?match(@.title, 'S.*d')].title", text("Sword")),
        ("$.store.book[?length(@.title) > 10].title", text("Moby [Dick]")),
        ("$.store.book[?@.title == 'Moby [Dick]'].price", Value::Float(8.99)),
        ("$.store.book[0]['first-name']", text("N")),
        ("$.store.book[1]", text(r#"{"title":"Sword","price":12.99}"#)),
        ("$.limit", Value::Int(10)),
    ] {
        let path = JsonPath::parse(query).unwrap_or_else(|e| panic!("{}", line(query, &e)));
        assert_eq!(path.source(), query);
        assert_eq!(path.value(STORE.as_bytes()), Ok(expect), "{query}");
    }
}

#[test]
fn parts() {
    for (body, query, expect) in [
        (STORE, "$.store.book[*].price", vec!["8.95", "12.99", "8.99"]),
        (STORE, "$..price", vec!["8.95", "12.99", "8.99"]),
        (
            STORE,
            "$.store.book[1:]",
            vec![r#"{"title":"Sword","price":12.99}"#, r#"{"title":"Moby [Dick]","price":8.99,"isbn":"0-553"}"#],
        ),
        (r#"[{"z":1.10,"a":"ü\n"},"t",null]"#, "$[*]", vec![r#"{"z":1.10,"a":"ü\n"}"#, "\"t\"", "null"]),
        ("[1.0, 100000000000000000000.00, -0, 1E5]", "$[*]", vec!["1.0", "100000000000000000000.00", "-0", "1e+5"]),
        ("[]", "$[*]", vec![]),
        ("7", "$", vec!["7"]),
    ] {
        assert_eq!(JsonPath::parse(query).unwrap().parts(body.as_bytes()).unwrap(), expect, "{query}");
    }
    let error = JsonPath::parse("$").unwrap().parts(b"<a/>").unwrap_err();
    assert_eq!(error.to_string(), "the body is not JSON: expected value at line 1 column 1");
    assert!(JsonPath::parse("$").unwrap().parts(b"").is_err());
}

#[test]
fn errors() {
    for (query, expect) in [
        ("store.book", "s | a JSONPath starts with `$` | write `$.store.book`"),
        ("", " | a JSONPath starts with `$` | write for example `$.order.id`"),
        ("$.book[(@.length-1)]", "[(@.length-1)] | `[(...)]` is not part of JSONPath (RFC 9535) | write `[-1]`"),
        ("$.book[(@.length - 3)].x", "[(@.length - 3)] | `[(...)]` is not part of JSONPath (RFC 9535) | write `[-3]`"),
        (
            "$.book[(@.x)]",
            "[(@.x)] | `[(...)]` is not part of JSONPath (RFC 9535) | write an index such as `[-1]`, or a filter such as `[?@.price < 10]`",
        ),
        (
            "$.book.length()",
            ".length() | `.length()` is not part of JSONPath (RFC 9535) | inside a filter write `length(@.items)`; to count, use a script or XPath",
        ),
        ("$.book.last()", ".last() | `.last()` is not part of JSONPath (RFC 9535) | write `[-1]`"),
        (
            "$.book[?(@.a =~ /x/)]",
            "=~ | `=~` is not part of JSONPath (RFC 9535) | write `match(@.name, 'regex')` for the whole text, `search(...)` for a part",
        ),
        ("$.book[?@.a == 1 and @.b == 2]", "and | `and` is not part of JSONPath (RFC 9535) | write `&&`"),
        (
            "$.first-name",
            "first-name | the name `first-name` needs brackets | write `['first-name']` instead of `.first-name`",
        ),
        (
            "$.a[?$..b == 1]",
            "$.. | a filter may not search the whole document for every value | inside a filter use `@`, or a plain path from `$` such as `$.limit`",
        ),
        ("$..a..b..c", ".. | `..` stands more than 2 times"),
        ("$[?((((((((@.a))))))))]", "( | more than 6 brackets inside each other"),
    ] {
        assert_eq!(line(query, &JsonPath::parse(query).expect_err(query)), expect, "{query}");
    }
    for query in
        ["$.", "$[", "$['a", "$.a b", "$[?@.a ==]", "$ü", "$.a[1.5]", "$[99999999999999999999]", "$.store.book["]
    {
        let error = JsonPath::parse(query).expect_err(query);
        assert!(error.range.end <= query.len() && query.get(error.range.clone()).is_some(), "{query}: {error:?}");
    }
}
