//! XPath and what it must survive: mistakes, bodies that are no XML, hostile expressions and bodies; and plain paths.

use expr::{XPath, XPathValue};

use super::{ORDERS, eval, namespaces, scope_of, show};

#[test]
fn mistakes_have_a_place_and_a_hint() {
    let cases = [
        ("", 0..0, "this XPath expression is empty", ""),
        ("/a/", 3..3, "expected an expression, found the end of the expression", ""),
        ("/a[", 3..3, "expected an expression, found the end of the expression", ""),
        ("/a[1", 4..4, "expected `]`, found the end of the expression", ""),
        ("/a]", 2..3, "expected an operator, found `]`", ""),
        ("/a == 1", 4..5, "expected an expression, found `=`", "write one `=`"),
        ("coutn(/a)", 0..5, "there is no function `coutn()`", "did you mean `count`?"),
        (
            "my:thing(/a)",
            0..2,
            "the prefix `my` is not declared",
            "declare it among the namespaces of the flow, or write `*:` for any namespace",
        ),
        ("/pp:a", 1..3, "the prefix `pp` is not declared", "did you mean `p`?"),
        (
            "p:go()",
            0..4,
            "there is no function `p:go()`",
            "only the functions of XPath are known, without prefix or as `fn:`",
        ),
        ("/a/chlid::b", 3..8, "there is no axis `chlid`", "did you mean `child`?"),
        ("concat('a')", 0..6, "`concat()` takes at least 2 arguments, not 1", ""),
        ("true(1)", 0..4, "`true()` takes no argument, not 1", ""),
        ("substring('a')", 0..9, "`substring()` takes 2 to 3 arguments, not 1", ""),
        ("1 cast as xs:integr", 10..19, "there is no type `xs:integr`", "did you mean `xs:integer`?"),
        ("1 cast as integer", 10..17, "there is no type `integer`", "did you mean `xs:integer`?"),
        ("date('2026-01-01')", 0..4, "there is no function `date()`", "did you mean `xs:date`?"),
        ("'abc", 0..4, "this text is not closed", "close it with '"),
        ("a (: b", 2..4, "this comment is not closed", "close it with `:)`"),
        ("a && b", 2..3, "`&` means nothing here", "write `and` for and"),
        ("1 = 2 = 3", 6..7, "`=` cannot follow here", "put one of the two comparisons in parentheses"),
        (
            "if (a) then b",
            13..13,
            "expected `else`, found the end of the expression",
            "every `if` needs an `else`; `else ()` gives nothing",
        ),
        ("matches(a, '(')", 0..7, "`(` is no valid pattern: unclosed group", ""),
        ("matches(a, 'a', 'k')", 0..7, "there is no flag `k` for patterns (known: s m i x q)", ""),
        ("for $x in 1", 11..11, "expected `return`, found the end of the expression", ""),
        ("$", 1..1, "expected the name of a variable, found the end of the expression", ""),
        ("ä + #", 5..6, "`#` means nothing here", "maps, arrays and function items are not supported"),
    ];
    let mut wrong = Vec::new();
    for (text, range, message, help) in cases {
        let error = XPath::parse(text, &namespaces()).expect_err(text);
        let got = (error.range.clone(), error.message.as_str(), error.help.as_deref().unwrap_or(""));
        if got != (range, message, help) {
            wrong.push(format!("{text}\n  {got:?}"));
        }
        assert!(text.get(error.range).is_some(), "{text}: the range must lie on character borders");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn bodies_that_are_not_xml() {
    let cases: [(&[u8], &str); 8] = [
        (b"", "error: the body is empty, but XPath needs XML"),
        (b"<a>\n<b></a>", "error: the body is not well-formed XML: expected 'b' tag, not 'a' (line 2)"),
        (b"<a>", "error: the body is not well-formed XML: the root node was opened but never closed"),
        (b"{}", "error: the body is not well-formed XML: unknown token (line 1)"),
        (
            b"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>",
            "error: the body holds a document type declaration (DTD), which is not accepted",
        ),
        (b"<a>\xff</a>", "error: the body is not UTF-8 text (byte 3)"),
        (b"\xef\xbb\xbf<a>t</a>", "{t}"),
        (b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe4</a>", "{ä}"),
    ];
    for (body, expect) in cases {
        let mut scope = scope_of("");
        scope.message.body = body.to_vec().into();
        let got = XPath::parse("/a/text()", &namespaces()).unwrap().eval(&scope.scope()).map_err(|e| e.0);
        assert_eq!(show(got), expect);
    }
}

#[test]
fn plain_paths() {
    let show = |text: &str| {
        XPath::parse(text, &namespaces()).unwrap().plain_path().map(|path| {
            let step = |s: &expr::PlainStep| {
                let namespace = match &s.namespace {
                    expr::NamespaceTest::Any => "*".to_owned(),
                    expr::NamespaceTest::Exact(uri) => uri.clone(),
                };
                let slash = if s.descendant { "//" } else { "/" };
                format!("{slash}{{{namespace}}}{}", s.name.as_deref().unwrap_or("*"))
            };
            path.steps.iter().map(step).collect::<String>()
        })
    };
    let cases = [
        ("/a/b", Some("/{}a/{}b")),
        ("/p:a/*:b", Some("/{urn:p}a/{*}b")),
        ("//b", Some("//{}b")),
        ("/a//b/*", Some("/{}a//{}b/{*}*")),
        ("/p:*", Some("/{urn:p}*")),
        ("a/b", None),
        ("/", None),
        ("/a[1]", None),
        ("/a/@b", None),
        ("/a/text()", None),
        ("/a/..", None),
        ("/a | /b", None),
        ("count(/a)", None),
    ];
    for (text, expect) in cases {
        assert_eq!(show(text).as_deref(), expect, "{text}");
    }
}

const TOO_MUCH: &str = "error: the XPath expression needs too much work on this message (more than 10 million steps)";

/// Whatever the author or the sender writes: an answer or a sentence, soon, and no crash.
#[test]
fn hostile_expressions() {
    let nested = |open: &str, close: &str, n: usize| format!("{}1{}", open.repeat(n), close.repeat(n));
    assert_eq!(show(eval(&nested("(", ")", 90), "<a/>")), "1");
    assert_eq!(show(eval(&nested("(1 or 2 and 3 = 4 || 1 to 1 + 2 * ", ")", 25), "<a/>")), "true");
    for (open, close) in [
        ("for $x in 1 return ", ""),
        ("for $x in (", ") return 1"),
        ("let $x := (", ") return $x"),
        ("some $x in 1 satisfies ", ""),
        ("if (", ") then 1 else 2"),
        ("1 ! (", ")"),
        ("/a/(", ")"),
        ("//a[", "]"),
        ("string(a[", "])"),
        ("(a | (", "))"),
        ("('a', (", "))"),
        ("1 => concat(", ")"),
        ("xs:string(", ")"),
        ("(1 = (", "))"),
        ("('a' || (", "))"),
    ] {
        // Up to the limit: parsed, evaluated and dropped on the stack of a test.
        for n in (1..=110).rev() {
            if !show(eval(&nested(open, close, n), "<a><a/></a>")).starts_with("error: parse: this is nested deeper") {
                break;
            }
        }
    }
    for text in [
        nested("(", ")", 101),
        nested("(", ")", 30_000),
        nested("a[", "]", 20_000),
        nested("not(", ")", 10_000),
        nested("if (1) then ", " else 2", 3_000),
        "(".repeat(60_000),
        "for $x in 1 return ".repeat(3_000) + "1",
        nested("(1 or 2 and 3 = 4 || 1 to 1 + 2 * ", ")", 99),
    ] {
        let got = show(eval(&text, "<a/>"));
        assert!(got.contains("nested"), "{got}");
    }
    assert!(show(eval(&" ".repeat(65_537), "<a/>")).contains("longer than 64 KiB"));
    assert_eq!(show(eval(&["//n"; 10_000].join("|"), ORDERS)), "{<n>9</n> ; <n>10</n>}");
    assert_eq!(show(eval(&["1"; 30_000].join("+"), "<a/>")), "30000");
    assert_eq!(show(eval(&("count(/a".to_owned() + &"/.".repeat(30_000) + ")"), "<a/>")), "1");
    assert_eq!(show(eval(&("-".repeat(60_000) + "1"), "<a/>")), "1");
    assert_eq!(show(eval(&("1".to_owned() + &"[1]".repeat(20_000)), "<a/>")), "1");
    assert_eq!(show(eval("count(1 to 1000000000)", "<a/>")), TOO_MUCH);
    let held = eval("let $s := 1 to 1000000 return count(($s, $s, $s, $s, $s, 1 to 100000))", "<a/>");
    assert_eq!(show(held), "error: the XPath expression needs more than 256 MiB on this message");
    assert_eq!(show(eval("count(for $a in 1 to 1000, $b in 1 to 1000, $c in 1 to 1000 return 1)", "<a/>")), TOO_MUCH);
    let double = (0..90).map(|i| format!("$v{} := concat($v{i}, $v{i})", i + 1)).collect::<Vec<_>>().join(", ");
    assert_eq!(show(eval(&format!("let $v0 := 'xxxxxxxx', {double} return string-length($v90)"), "<a/>")), TOO_MUCH);
    assert!(show(eval("matches('a', '((a{1000}){1000}){1000}')", "<a/>")).contains("this pattern is too large"));
    assert_eq!(show(eval(&format!("matches('{}', '(a*)*b')", "a".repeat(30_000)), "<a/>")), "false");
    assert_eq!(show(eval("format-date(current-date(), '[Y,999999999]')", "<a/>")).len(), 102);
}

#[test]
fn hostile_bodies() {
    let many = format!("<a>{}</a>", "<b/>".repeat(5_000));
    assert_eq!(show(eval("count(//b)", &many)), "5000");
    assert_eq!(show(eval("count(//*[//*[//*]])", &many)), TOO_MUCH);
    assert_eq!(show(eval("count(//b/following::b/preceding::b)", &many)), TOO_MUCH);
    let deep = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
    assert_eq!(show(eval("count(//a)", &deep)), "100000");
    assert_eq!(show(eval("string-length(string(/))", &deep)), "0");
    assert!(matches!(eval("/a", &deep), Ok(XPathValue::Nodes(n)) if n[0].len() == 700_000 - 3));
    assert_eq!(show(eval("//a", &deep)), TOO_MUCH);
    assert_eq!(show(eval("deep-equal(/a, /a)", &deep)), "true");
    let attributes: String = (0..200_000).map(|i| format!(" a{i}=''")).collect();
    assert_eq!(
        show(eval("/a", &format!("<a{attributes}/>"))),
        "error: an element of the body has more than 1000 attributes"
    );
    let prefixes: String = (0..60_000).map(|i| format!("<a xmlns:p{i}='u{i}'>")).collect();
    assert_eq!(show(eval("/a", &prefixes)), "error: the body declares too many namespaces");
}
