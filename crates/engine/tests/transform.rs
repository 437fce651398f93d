//! Bodies in, bodies out: parts of a split, gather, converters.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail loudly")]

use base::{Failure, Message};
use bytes::Bytes;
use engine::convert::convert;
use engine::gather::gather;
use engine::parts::Parts;
use expr::{JsonPath, Namespaces, StaticScope, XPath};
use flow::{Conversion, CsvFormat, Envelope, Gather, Split, SplitBy};

fn xpath(path: &str) -> XPath {
    let namespaces = Namespaces::new([("p".to_owned(), "urn:p".to_owned())]);
    XPath::parse(path, &namespaces).unwrap()
}

/// `xpath`, `envelope xpath` or `general xpath`, `$.json.path`, `lines` or `table`, `token T` or `element NAME`; with `N*` in front for groups.
fn split(by: &str) -> Split {
    let (group, by) = match by.split_once('*') {
        Some((n, rest)) if n.parse::<u32>().is_ok() => (n.parse().unwrap(), rest),
        _ => (1, by),
    };
    let by = match by.split_once(' ') {
        _ if by == "lines" || by == "table" => SplitBy::Line { header: by == "table" },
        Some(("token", token)) => SplitBy::Token(token.to_owned()),
        Some(("element", name)) => SplitBy::Element(name.to_owned()),
        Some(("envelope", path)) => SplitBy::XPath { path: xpath(path), envelope: Envelope::Elements },
        Some(("general", path)) => SplitBy::XPath { path: xpath(path), envelope: Envelope::Before },
        _ if by.starts_with('$') => SplitBy::JsonPath(JsonPath::parse(by).unwrap()),
        _ => SplitBy::XPath { path: xpath(by), envelope: Envelope::None },
    };
    Split { by, group, parallel: 1, stop_on_error: true, body: None, record: None, count: false }
}

/// The parts; the last item is the failure, where there is one.
fn parts(by: &str, body: impl Into<Bytes>) -> Vec<String> {
    let scope = StaticScope::of(Message::of(body));
    let mut parts = match Parts::of(&split(by), &scope.scope()) {
        Ok(parts) => parts,
        Err(failure) => return vec![failure.to_string()],
    };
    let mut out = Vec::new();
    loop {
        match parts.next_part() {
            Ok(Some(part)) => out.push(String::from_utf8_lossy(&part).into_owned()),
            Ok(None) => break,
            Err(failure) => {
                out.push(failure.to_string());
                assert_eq!(parts.next_part(), Ok(None), "nothing follows a failure");
                return out;
            }
        }
        assert!(parts.total().is_none_or(|n| n >= out.len()));
    }
    assert!(parts.is_last());
    assert!(parts.total().is_none_or(|n| n == out.len()));
    out
}

#[test]
fn xml_parts() {
    let orders =
        "<?xml version=\"1.0\"?>\n<orders v='1'><!-- c --><order id=\"1\">a</order>\n<x/><order id='2'/></orders>";
    for (by, body, expected) in [
        ("/orders/order", orders, &["<order id=\"1\">a</order>", "<order id='2'/>"][..]),
        ("//order", orders, &["<order id=\"1\">a</order>", "<order id='2'/>"]),
        ("/orders/*", orders, &["<order id=\"1\">a</order>", "<x/>", "<order id='2'/>"]),
        ("/orders", "<orders/>", &["<orders/>"]),
        ("/orders/none", orders, &[]),
        ("/orders/order[@id='2']", orders, &["<order id=\"2\"/>"]),
        ("2*/orders/*", orders, &["<order id=\"1\">a</order><x/>", "<order id='2'/>"]),
        (
            "envelope /orders/order",
            orders,
            &["<orders v='1'><order id=\"1\">a</order></orders>", "<orders v='1'><order id='2'/></orders>"],
        ),
        ("2*envelope /orders/order", orders, &["<orders v='1'><order id=\"1\">a</order><order id='2'/></orders>"]),
        (
            "3*envelope //i",
            "<r><g n='1'><i>1</i><i>2</i></g><g n='2'><i>3</i></g><i>4</i></r>",
            &["<r><g n='1'><i>1</i><i>2</i></g><g n='2'><i>3</i></g></r>", "<r><i>4</i></r>"],
        ),
        // Elements inside each other, in document order.
        ("//b", "<a><b>1<b>2</b></b><b/></a>", &["<b>1<b>2</b></b>", "<b>2</b>", "<b/>"]),
        ("/a//b", "<a><c><b>1</b></c></a>", &["<b>1</b>"]),
        ("//a//b", "<a><a><b>1</b></a></a>", &["<b>1</b>"]),
        // Namespaces: what a part needs comes with it.
        ("/r/i", "<r xmlns='urn:d'><i/></r>", &[]),
        ("/*:r/*:i", "<r xmlns='urn:d'><i/></r>", &["<i xmlns=\"urn:d\"/>"]),
        ("/*:r/*:i", "<r xmlns='urn:d'><i xmlns=''/></r>", &["<i xmlns=''/>"]),
        (
            "/p:r/p:i",
            "<q:r xmlns:q='urn:p' xmlns:z='urn:z'><q:i a=':'>z : q</q:i></q:r>",
            &["<q:i xmlns:q=\"urn:p\" a=':'>z : q</q:i>"],
        ),
        (
            "/r/i",
            "<r xmlns:x='urn:x&amp;y' xmlns:t='urn:t' xmlns:n='urn:n'><i x:type='t:T'><m xmlns:n='urn:m'/></i></r>",
            &["<i xmlns:x=\"urn:x&amp;y\" xmlns:t=\"urn:t\" x:type='t:T'><m xmlns:n='urn:m'/></i>"],
        ),
        ("/r/i", "<r xmlns:n='urn:a'><i xmlns:n='urn:b' n:a=''/></r>", &["<i xmlns:n='urn:b' n:a=''/>"]),
        ("/p:r/p:i", "<r xmlns='urn:p'><i>1</i></r>", &["<i xmlns=\"urn:p\">1</i>"]),
        // What is not well-formed is a failure where it stands.
        (
            "/r/i",
            "<r><i>1</i><i>2</j></r>",
            &["<i>1</i>", "K0001: the body is not well-formed XML: `</j>` where `</i>` is expected (line 1)"],
        ),
        (
            "/r/i",
            "<r><i>1</i>\n<i>2</i>",
            &["<i>1</i>", "<i>2</i>", "K0001: the body is not well-formed XML: the element `r` is not closed (line 2)"],
        ),
        (
            "/r/i",
            "<r><i>1</i></r><r/>",
            &["<i>1</i>", "K0001: the body is not well-formed XML: a second root element (line 1)"],
        ),
        (
            "/r/i",
            "<r><i>1</i></r>x",
            &["<i>1</i>", "K0001: the body is not well-formed XML: text outside of the root element (line 1)"],
        ),
        (
            "/r/i",
            "<r><i a='1' a='2'/></r>",
            &["K0001: the body is not well-formed XML: the attribute `a` stands twice (line 1)"],
        ),
        ("/r/i", "<r><i>&nope;</i></r>", &["K0001: the body is not well-formed XML: an unknown entity (line 1)"]),
        (
            "/r/i",
            "<r><q:i/></r>",
            &["K0001: the body is not well-formed XML: the prefix of `q:i` is not declared (line 1)"],
        ),
        ("/r/i", "", &["K0001: the body is not well-formed XML: there is no element in it"]),
        ("/r/i", "{}", &["K0001: the body is not well-formed XML: text outside of the root element (line 1)"]),
        (
            "/r/i",
            "<!DOCTYPE r [<!ENTITY a 'b'>]><r/>",
            &["K0001: the body holds a document type declaration (DTD), which is not accepted"],
        ),
        ("count(/r/i)", "<r/>", &["K0003: `count(/r/i)` selects no elements, it gives a number or a condition"]),
        (
            "envelope /r/i[1]",
            "<r/>",
            &[
                "K0003: `/r/i[1]` cannot keep the elements around a part: that needs a plain path such as `/orders/order`",
            ],
        ),
    ] {
        assert_eq!(parts(by, body), expected, "{by} of {body}");
    }
    let bom = [b"\xef\xbb\xbf".as_slice(), "<r><i>ü</i></r>".as_bytes()].concat();
    assert_eq!(parts("/r/i", bom), ["<i>ü</i>"]);
    let latin1 = b"<?xml version='1.0' encoding='ISO-8859-1'?><r><i>\xfc</i></r>".as_slice();
    assert_eq!(parts("/r/i", latin1), ["<i>ü</i>"]);
    let utf16: Vec<u8> =
        [0xfe_u8, 0xff].into_iter().chain("<r><i>ü</i></r>".encode_utf16().flat_map(u16::to_be_bytes)).collect();
    assert_eq!(parts("/r/i", utf16), ["<i>ü</i>"]);
    assert_eq!(parts("/r/i", b"<r><i>1</i><i>\xff</i></r>".as_slice()).len(), 2);
}

/// SAP's general splitter: what stands before the first part among its siblings, and before the elements around it, is in
/// each part; what follows is in none.
#[test]
fn parts_with_what_stands_before_them() {
    let customer = "<?xml version='1.0'?>\n<customer xmlns='urn:p'>\n <number>1</number><!-- c -->\n <name/>\n <order id='1'><i/></order>\n <note/>\n <order id='2'/>\n <sum>2</sum>\n</customer>";
    let head = "<customer xmlns='urn:p'>\n <number>1</number><!-- c -->\n <name/>\n ";
    let (first, second) =
        (format!("{head}<order id='1'><i/></order></customer>"), format!("{head}<order id='2'/></customer>"));
    let both = format!("{head}<order id='1'><i/></order><order id='2'/></customer>");
    for (by, body, expected) in [
        ("general /p:customer/p:order", customer, &[first.as_str(), &second][..]),
        ("general //p:order", customer, &[&first, &second]),
        ("2*general //p:order", customer, &[&both]),
        (
            "general /p:customer",
            "<p:customer xmlns:p='urn:p'>a</p:customer>",
            &["<p:customer xmlns:p='urn:p'>a</p:customer>"],
        ),
        // Siblings of the elements around it; an element of the path without a part is no envelope of others.
        (
            "general /r/g/i",
            "<r><h>1</h> <g n='1'/><g n='2'><k/><i>1</i><i>2</i><t/></g> <x/> <g n='3'><l/>\n<i>3</i></g><z/></r>",
            &[
                "<r><h>1</h><g n='2'><k/><i>1</i></g></r>",
                "<r><h>1</h><g n='2'><k/><i>2</i></g></r>",
                "<r><h>1</h> <x/> <g n='3'><l/>\n<i>3</i></g></r>",
            ],
        ),
        (
            "9*general /r/g/i",
            "<r><h/><g><k/><i>1</i><t/><i>2</i></g><x/><g><l/><i>3</i></g><z/></r>",
            &["<r><h/><g><k/><i>1</i><i>2</i></g><x/><g><l/><i>3</i></g></r>"],
        ),
        // What held parts is no envelope of the next one, whatever its name.
        (
            "general //i",
            "<r><a/><g><b/><i>1</i></g><c/><d><i>2</i></d></r>",
            &["<r><a/><g><b/><i>1</i></g></r>", "<r><a/><c/><d><i>2</i></d></r>"],
        ),
        ("general //i", "<r><i>a<i>b</i></i></r>", &["<r><i>a<i>b</i></i></r>", "<r><i>a<i>b</i></i></r>"]),
        // Text before and between.
        ("general /r/i", "<r>a<i>1</i>b<i>2</i>c</r>", &["<r>a<i>1</i></r>", "<r>a<i>2</i></r>"]),
        (
            "general /r/g/i",
            "<r>a<g><i>1</i></g>b<g><i>2</i></g></r>",
            &["<r>a<g><i>1</i></g></r>", "<r>ab<g><i>2</i></g></r>"],
        ),
        ("general /r/none", "<r><a/></r>", &[]),
        (
            "general /r/i",
            "<r><h/><i>1</i><i>2",
            &["<r><h/><i>1</i></r>", "K0001: the body is not well-formed XML: the element `i` is not closed (line 1)"],
        ),
    ] {
        assert_eq!(parts(by, body.to_owned()), expected, "{by} of {body}");
        let mut counted = split(by);
        counted.count = true;
        let scope = StaticScope::of(Message::of(body.to_owned()));
        if let Ok(counted) = Parts::of(&counted, &scope.scope()) {
            assert_eq!(counted.total(), Some(expected.len()), "{by} of {body}");
        }
    }
}

#[test]
fn parts_by_the_name_of_an_element() {
    let list = "<list xmlns:n='urn:n'>\n<customers><name>a</name></customers>\n<n:customers x='customers'/><customersOf/></list>";
    for (by, body, expected) in [
        (
            "element customers",
            list,
            &["<customers><name>a</name></customers>", "<n:customers xmlns:n=\"urn:n\" x='customers'/>"][..],
        ),
        ("element name", list, &["<name>a</name>"]),
        ("2*element s", "<r><s>1</s><t><s>2<s/></s></t></r>", &["<s>1</s><s>2<s/></s>"]),
        // What is no element of that name is a token.
        ("element none", "<r>1none2</r>", &["<r>1", "2</r>"]),
        ("element a", "1a2a3", &["1", "2", "3"]),
        ("element ;", "<a>;</a>", &["<a>", "</a>"]),
        (
            "element i",
            "<r><i>1</i><i>",
            &["<i>1</i>", "K0001: the body is not well-formed XML: the element `i` is not closed (line 1)"],
        ),
    ] {
        assert_eq!(parts(by, body), expected, "{by} of {body}");
    }
}

#[test]
fn text_and_json_parts() {
    for (by, body, expected) in [
        ("table", "\u{feff}h\r\n1\n\n2\n3", &["h\n1", "h\n2", "h\n3"][..]),
        ("2*table", "h\n1\n2\n3\n", &["h\n1\n2", "h\n3"]),
        ("table", "h\n", &[]),
        ("lines", "a\r\nb\n\nc", &["a", "b", "c"]),
        ("lines", "\u{feff}a\n", &["a"]),
        ("lines", "\n\r\n", &[]),
        ("lines", "", &[]),
        ("2*lines", "a\r\nb\nc", &["a\nb", "c"]),
        ("token ||", "a||b||||c|", &["a", "b", "c|"]),
        ("2*token ;", "a;b;c", &["a;b", "c"]),
        ("token aab", "aaab-aaaab", &["a", "-aa"]),
        ("$.a[*]", r#"{"a":[1.10,{"b":2},"x"]}"#, &["1.10", r#"{"b":2}"#, r#""x""#]),
        ("2*$[*]", "[1,2,3]", &["[1,2]", "[3]"]),
        ("$.none", "{}", &[]),
    ] {
        assert_eq!(parts(by, body), expected, "{by} of {body}");
    }
    assert!(parts("$.a", "{")[0].starts_with("K0002: cannot split by `$.a`: the body is not JSON"));
}

#[test]
fn large_bodies_stream() {
    let mut body = String::from("<orders>");
    for i in 0..200_000 {
        body.push_str(&format!("<order id=\"{i}\"><text>some text of an order</text></order>"));
    }
    body.push_str("</orders>");
    let body = Bytes::from(body);
    let scope = StaticScope::of(Message::of(body.clone()));
    let mut parts = Parts::of(&split("/orders/order"), &scope.scope()).unwrap();
    let mut count = 0;
    while let Some(part) = parts.next_part().unwrap() {
        // A part is a slice of the body, not a copy.
        assert!(body.as_ptr_range().contains(&part.as_ptr()));
        count += 1;
    }
    assert_eq!(count, 200_000);
}

#[test]
fn hostile_bodies_fail_soon() {
    let deep = |n: usize| format!("{}{}", "<b>".repeat(n), "</b>".repeat(n));
    assert!(parts("//b", deep(100)).last().unwrap().starts_with("K0004"), "parts inside each other");
    assert_eq!(parts("//b", deep(8)).len(), 8);
    assert!(parts("/b/c", deep(100_000))[0].starts_with("K0004"));
    let to_json = Conversion::XmlToJson { keep_root: true, arrays: vec![], names: None };
    assert_eq!(convert(&to_json, &Bytes::from(deep(129))).unwrap_err().code, "K0004");
    assert!(convert(&to_json, &Bytes::from(deep(128))).is_ok());
    let from_json = Conversion::JsonToXml { root: Some("r".into()), always: false, names: None, strict: false };
    assert_eq!(convert(&from_json, &Bytes::from("[".repeat(100_000))).unwrap_err().code, "K0002");
    let wide: String = (0..100_000).map(|i| format!(" a{i}=''")).collect();
    assert_eq!(convert(&to_json, &Bytes::from(format!("<a{wide}/>"))).unwrap_err().code, "K0004");
    let spaces: String = (0..100_000).map(|i| format!(" xmlns:a{i}='urn:{i}'")).collect();
    assert!(parts("/a", format!("<a{spaces}/>"))[0].starts_with("K0004"));
    for body in [
        "<",
        "<a",
        "<a b",
        "<a b=",
        "<a b='",
        "<!",
        "<![CDATA[",
        "<?",
        "</a>",
        "<>",
        "</>",
        "<a></a",
        "&",
        "&#;",
        "<a>&#0;</a>",
        "<a>&#xffffffff;</a>",
        "\u{0}",
    ] {
        assert!(parts("/a", body).iter().any(|p| p.starts_with("K000")), "{body}");
        assert!(convert(&to_json, &Bytes::from(body)).is_err(), "{body}");
    }
}

fn xml(root: &str, unwrap: bool) -> Gather {
    Gather::Xml { root: root.into(), unwrap }
}

#[test]
fn gathers() {
    for (strategy, bodies, expected) in [
        (Gather::Concat, &["a", "", "b"][..], "ab"),
        (Gather::Concat, &[], ""),
        (Gather::Last, &["a", "b"], "b"),
        (Gather::Last, &[], ""),
        (Gather::Json, &["1", " {\"a\":1} ", "", "[2]"], "[1,{\"a\":1},[2]]"),
        (Gather::Json, &[], "[]"),
        (Gather::Json, &["1", "{"], "K0002: body 2 of 2 is not JSON: EOF while parsing an object at line 1 column 1"),
        (xml("m", false), &["<?xml version='1.0'?>\n<a/>", "", "<!--c--><b>x</b>\n"], "<m><a/><b>x</b></m>"),
        (xml("", false), &[], "<messages></messages>"),
        (
            xml("m", true),
            &["<r><i>1</i> <i>2</i></r>", "<r/>", "<r>t&amp;<i/></r>", "<r></r>"],
            "<m><i>1</i> <i>2</i>t&amp;<i/></m>",
        ),
        (
            xml("m", true),
            &["<q:r xmlns:q='urn:q' xmlns='urn:d'><q:i><k/></q:i></q:r>"],
            "<m><q:i xmlns=\"urn:d\" xmlns:q=\"urn:q\"><k/></q:i></m>",
        ),
        (
            xml("m", false),
            &["<a/>", "<b>"],
            "K0001: body 2 of 2 is not well-formed XML: the element `b` is not closed (line 1)",
        ),
        (
            xml("m", false),
            &["x"],
            "K0001: body 1 of 1 is not well-formed XML: text outside of the root element (line 1)",
        ),
    ] {
        let list: Vec<Bytes> = bodies.iter().map(|b| Bytes::from(*b)).collect();
        assert_eq!(text(gather(&strategy, &list)), expected, "{strategy:?} of {bodies:?}");
    }
}

fn text(result: Result<Bytes, Failure>) -> String {
    result.map_or_else(|f| f.to_string(), |b| String::from_utf8_lossy(&b).into_owned())
}

#[test]
fn xml_to_json() {
    for (keep_root, arrays, body, expected) in [
        (true, &[][..], "<a>x</a>", r#"{"a":"x"}"#),
        (false, &[], "<a>x</a>", r#""x""#),
        (true, &[], "<a/>", r#"{"a":""}"#),
        (true, &[], "<a b='1' c='&lt;'/>", r#"{"a":{"@b":"1","@c":"<"}}"#),
        (true, &[], "<a b='1'>t</a>", r#"{"a":{"@b":"1","$":"t"}}"#),
        (true, &[], "<a>\n <b>1</b>\n <c/>\n <b>2</b>\n</a>", r#"{"a":{"b":["1","2"],"c":""}}"#),
        (false, &["b"], "<a><b>1</b></a>", r#"{"b":["1"]}"#),
        (true, &[], "<a>x<b/>y</a>", r#"{"a":{"b":"","$":"xy"}}"#),
        (true, &[], "<p:a xmlns:p='urn:p' p:x='1'><p:b/></p:a>", r#"{"a":{"@x":"1","b":""}}"#),
        (true, &[], "<a><![CDATA[<&>]]>&#252;&quot;</a>", r#"{"a":"<&>ü\""}"#),
        (true, &[], "<a> </a>", r#"{"a":" "}"#),
    ] {
        let arrays = arrays.iter().map(|a| (*a).to_owned()).collect();
        let conversion = Conversion::XmlToJson { keep_root, arrays, names: None };
        assert_eq!(text(convert(&conversion, &Bytes::from(body))), expected, "{body}");
    }
}

#[test]
fn json_to_xml() {
    for (root, body, expected) in [
        (None, r#"{"a":{"b":["1",2],"c":null,"d":true,"e":{}}}"#, "<a><b>1</b><b>2</b><c/><d>true</d><e/></a>"),
        (None, r#"{"a":{"@b":"1<\"","$":"t&"}}"#, "<a b=\"1&lt;&quot;\">t&amp;</a>"),
        (None, r#"{"a":1.10}"#, "<a>1.10</a>"),
        (Some("r"), r#"{"a":1}"#, "<a>1</a>"),
        (Some("r"), r#"{"a":1,"b":2}"#, "<r><a>1</a><b>2</b></r>"),
        (Some("r"), r#"{"a":[1,2]}"#, "<r><a>1</a><a>2</a></r>"),
        (Some("r"), r#"[1,{"x":2}]"#, "<r><item>1</item><item><x>2</x></item></r>"),
        (Some("r"), r#""x""#, "<r>x</r>"),
        (None, r#"{"a b":{"1":1,"":2,"x:y":3}}"#, "<a_b><_1>1</_1><_>2</_><x_y>3</x_y></a_b>"),
        (
            None,
            r#"{"a":[[1],[2]]}"#,
            "K0005: the JSON object has 1 members, but XML needs one root element: set its name",
        ),
        (
            None,
            r#"{"a":1,"b":2}"#,
            "K0005: the JSON object has 2 members, but XML needs one root element: set its name",
        ),
        (None, "[]", "K0005: the JSON is an array, but XML needs one root element: set its name"),
        (None, "{\"a\":\"\\u0001\"}", "K0005: XML cannot hold the character U+0001"),
        (None, r#"{"a":{"@x y":1,"@x_y":2,"@o":{"k":1}}}"#, "<a x_y=\"1\" x_y_=\"2\"><_o><k>1</k></_o></a>"),
        (None, "<a/>", "K0002: the body is not JSON: expected value at line 1 column 1"),
    ] {
        let conversion =
            Conversion::JsonToXml { root: root.map(str::to_owned), always: false, names: None, strict: false };
        assert_eq!(text(convert(&conversion, &Bytes::from(body))), expected, "{body}");
    }
}

#[test]
fn a_root_element_that_is_always_added() {
    for (body, expected) in [
        (r#"{"Product":{"ProductId":"HT-8001"}}"#, "<r><Product><ProductId>HT-8001</ProductId></Product></r>"),
        (r#"{"a":1,"b":2}"#, "<r><a>1</a><b>2</b></r>"),
        (r#"{"a":[1,2]}"#, "<r><a>1</a><a>2</a></r>"),
        (r#"[1]"#, "<r><item>1</item></r>"),
    ] {
        let conversion = Conversion::JsonToXml { root: Some("r".to_owned()), always: true, names: None, strict: false };
        assert_eq!(text(convert(&conversion, &Bytes::from(body))), expected, "{body}");
    }
}

#[test]
fn parts_are_counted_before_the_first_one_only_if_asked_for() {
    let total = |split: &Split, body: &str| {
        let scope = StaticScope::of(Message::of(body.to_owned()));
        Parts::of(split, &scope.scope()).map(|parts| parts.total())
    };
    let body = "<o><i>1</i><i>2</i><i>3</i></o>";
    for (by, body, count) in [("/o/i", body, 3), ("2*/o/i", body, 2), ("lines", "a\nb", 2), ("/o/x", body, 0)] {
        let mut split = split(by);
        assert_eq!(total(&split, body), Ok(None), "{by}");
        split.count = true;
        assert_eq!(total(&split, body), Ok(Some(count)), "{by}");
    }
    let whole = Split { count: true, ..split("/o/i") };
    assert!(total(&whole, "<o><i>1</i><i>").is_err(), "no part of a broken body");
}

#[test]
fn xml_and_json_round_trip() {
    for body in [
        r#"{"a":{"@b":"1","c":["x","y"],"d":{"e":"\n<ü>"},"$":"t"}}"#,
        r#"{"a":""}"#,
        r#"{"order":{"@id":"1","item":[{"@n":"1","$":"x"},{"@n":"\n2","sku":"s"}]}}"#,
    ] {
        let xml = convert(
            &Conversion::JsonToXml { root: None, always: false, names: None, strict: false },
            &Bytes::from(body),
        )
        .unwrap();
        let json = convert(&Conversion::XmlToJson { keep_root: true, arrays: vec![], names: None }, &xml).unwrap();
        assert_eq!(
            serde_json::from_slice::<serde_json::Value>(&json).unwrap(),
            serde_json::from_str::<serde_json::Value>(body).unwrap()
        );
    }
}

fn csv(separator: char, header: bool, columns: &[&str]) -> CsvFormat {
    let columns = columns.iter().map(|c| (*c).to_owned()).collect();
    let (root, record) = ("rows".into(), "row".into());
    CsvFormat { separator, header, skip_first: false, columns, lenient: false, marker: None, root, record }
}

#[test]
fn csv_to_xml() {
    for (format, body, expected) in [
        (csv(',', true, &[]), "a,b\n1,\"x,\"\"<\"\n", "<rows><row><a>1</a><b>x,\"&lt;</b></row></rows>"),
        (
            csv(';', true, &["b"]),
            "\u{feff}a;b\r\n1;2\r\n\r\n3;4",
            "<rows><row><b>2</b></row><row><b>4</b></row></rows>",
        ),
        (
            csv('\t', false, &["x", "y"]),
            "1\t2\n3",
            "<rows><row><x>1</x><y>2</y></row><row><x>3</x><y></y></row></rows>",
        ),
        (csv(',', false, &[]), "1,2", "<rows><row><column1>1</column1><column2>2</column2></row></rows>"),
        (
            csv(',', true, &[]),
            "first name,2nd\nA,B",
            "<rows><row><first_name>A</first_name><_2nd>B</_2nd></row></rows>",
        ),
        (csv(',', true, &[]), "", "<rows></rows>"),
        (
            CsvFormat { skip_first: true, root: "list/rows".into(), ..csv(',', false, &["x"]) },
            "Title\n1\n",
            "<list><rows><row><x>1</x></row></rows></list>",
        ),
        // Columns that the schema does not know, and columns that only the schema knows.
        (
            CsvFormat { lenient: true, ..csv(',', true, &["id", "sum", "note"]) },
            "sum,extra, id \n5,x,1\n6",
            "<rows><row><id>1</id><sum>5</sum></row><row><id></id><sum>6</sum></row></rows>",
        ),
        (CsvFormat { lenient: true, ..csv(',', true, &["id"]) }, "x,y\n1,2", "<rows><row></row></rows>"),
        // Lines of several kinds: only those of one kind, with the marker as a field or without.
        (
            CsvFormat { marker: Some("I".into()), ..csv(',', false, &["a", "b"]) },
            "H,4711\nI,1,x\nT,3,4,5,6\nI,2\n IX,1\nI,3,z\n",
            "<rows><row><a>1</a><b>x</b></row><row><a>I</a><b>2</b></row><row><a>3</a><b>z</b></row></rows>",
        ),
        (
            CsvFormat { marker: Some("I".into()), ..csv(',', false, &["kind", "a"]) },
            "H,1,2,3\nI,1\nI,2\n",
            "<rows><row><kind>I</kind><a>1</a></row><row><kind>I</kind><a>2</a></row></rows>",
        ),
        (
            CsvFormat { marker: Some("I".into()), ..csv(',', false, &["a"]) },
            "I,1,2",
            "K0006: line 1 of the CSV has 3 fields, but only 1 are named",
        ),
        (csv(',', true, &["z"]), "a\n1", "K0006: the CSV has no column `z`"),
        (csv(',', true, &[]), "a\n1\n2,3", "K0006: line 3 of the CSV has 2 fields, but only 1 are named"),
        (csv('ä', true, &[]), "a", "K0006: 'ä' cannot separate the fields of CSV"),
    ] {
        assert_eq!(text(convert(&Conversion::CsvToXml(format), &Bytes::from(body))), expected, "{body}");
    }
    assert_eq!(
        convert(&Conversion::CsvToXml(csv(',', true, &[])), &Bytes::from_static(b"a\n\xff")).unwrap_err().code,
        "K0006"
    );
}

#[test]
fn xml_to_csv() {
    let rows = "<rows><row><a>1</a><b>x,\"y\"</b></row>\n<row><b> 2 </b><c><d>3</d>4</c></row></rows>";
    for (format, body, expected) in [
        (csv(',', true, &[]), rows, "a,b,c\n1,\"x,\"\"y\"\"\",\n, 2 ,34\n"),
        (csv(';', false, &["b", "a"]), rows, "\"x,\"\"y\"\"\";1\n 2 ;\n"),
        (csv(',', true, &["a"]), "<rows/>", "a\n"),
        (csv(',', true, &[]), "<rows/>", ""),
        (
            csv(',', true, &[]),
            "<rows><row><a>1</a><a>2</a></row></rows>",
            "K0006: record 1 has the element `a` more than once",
        ),
    ] {
        assert_eq!(text(convert(&Conversion::XmlToCsv(format), &Bytes::from(body))), expected, "{body}");
    }
    let body = "a,b\n1,\"x\ny\"\n2,\"\"\"\"\n";
    let xml = convert(&Conversion::CsvToXml(csv(',', true, &[])), &Bytes::from(body)).unwrap();
    assert_eq!(text(convert(&Conversion::XmlToCsv(csv(',', true, &[])), &xml)), body);
}

#[test]
fn base64() {
    for (plain, coded) in
        [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("\u{ff}\u{3ff}", "w7/Pvw==")]
    {
        assert_eq!(text(convert(&Conversion::Base64Encode, &Bytes::from(plain))), coded);
        assert_eq!(text(convert(&Conversion::Base64Decode, &Bytes::from(coded))), plain);
    }
    for (coded, expected) in [
        ("Zm9v\r\n Yg", "foob"),
        ("Zm9vY", "K0007: the body is not Base64: it breaks off"),
        ("Zm9*", "K0007: the body is not Base64: byte 4 is '*'"),
        ("Zg==Zg", "K0007: the body is not Base64: something follows the padding (byte 5)"),
        ("=", "K0007: the body is not Base64: it breaks off"),
    ] {
        assert_eq!(text(convert(&Conversion::Base64Decode, &Bytes::from(coded))), expected);
    }
    let all: Vec<u8> = (0..=255).collect();
    let coded = convert(&Conversion::Base64Encode, &Bytes::from(all.clone())).unwrap();
    assert_eq!(convert(&Conversion::Base64Decode, &coded).unwrap(), all);
}
