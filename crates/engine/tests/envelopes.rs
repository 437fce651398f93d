//! Packed bodies, envelopes, cleaned XML, and gathers into SAP's envelope or into the first body.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

use bytes::Bytes;
use engine::convert::convert;
use engine::enrich::enrich;
use engine::gather::gather;
use expr::{Namespaces, XPath};
use flow::{BadCharacters, CleanXml, Coding, Conversion, EnrichBy, Gather, JsonNames, Keyed, OtherNames};

fn text(made: Result<Bytes, base::Failure>) -> String {
    match made {
        Ok(body) => String::from_utf8_lossy(&body).into_owned(),
        Err(failure) => failure.to_string(),
    }
}

fn xpath(path: &str) -> XPath {
    XPath::parse(path, &Namespaces::new([("p".to_owned(), "urn:p".to_owned())])).unwrap()
}

#[test]
fn packed_bodies_come_back() {
    for coding in [Conversion::Zip, Conversion::Gzip] {
        for body in ["", "body", &"x".repeat(100_000)] {
            let packed = convert(&coding(Coding::Encode), &Bytes::from(body.to_owned())).unwrap();
            assert_eq!(text(convert(&coding(Coding::Decode), &packed)), body);
            let broken = packed.slice(..packed.len() - 3);
            assert_eq!(convert(&coding(Coding::Decode), &broken).unwrap_err().code, "K0008");
        }
        assert!(text(convert(&coding(Coding::Decode), &Bytes::from("no"))).starts_with("K0008"));
    }
    let two = convert(&Conversion::Zip(Coding::Encode), &Bytes::from("a")).unwrap();
    assert_eq!(two, convert(&Conversion::Zip(Coding::Encode), &Bytes::from("a")).unwrap(), "no time in it");
}

#[test]
fn soap_envelopes() {
    let soap = |coding, body: &str| text(convert(&Conversion::Soap(coding), &Bytes::from(body.to_owned())));
    let envelope = |inner: &str| {
        format!(
            "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body>{inner}</soap:Body></soap:Envelope>"
        )
    };
    assert_eq!(soap(Coding::Encode, "<?xml version='1.0'?>\n<a/>\n"), envelope("<a/>"));
    assert_eq!(soap(Coding::Encode, ""), envelope(""));
    for (body, expect) in [
        (envelope("<a>1</a>").as_str(), "<a>1</a>"),
        (&envelope(""), ""),
        ("<a/>", "<a/>"),
        (
            "<e:Envelope xmlns:e='e' xmlns:p='urn:p'><e:Header><x/></e:Header><e:Body> <p:a/> </e:Body></e:Envelope>",
            "<p:a xmlns:p=\"urn:p\"/>",
        ),
        ("<Envelope xmlns='u'><Body><a/></Body></Envelope>", "<a xmlns=\"u\"/>"),
        ("no", "K0001: the body is not well-formed XML: text outside of the root element (line 1)"),
    ] {
        assert_eq!(soap(Coding::Decode, body), expect, "{body}");
    }
}

#[test]
fn cleaned_xml() {
    let clean = |declaration, dtd, characters, body: &str| {
        let what = CleanXml { declaration, dtd, external_dtd: false, characters };
        text(convert(&Conversion::CleanXml(what), &Bytes::from(body.to_owned())))
    };
    let (keep, remove, refuse) = (BadCharacters::Keep, BadCharacters::Remove, BadCharacters::Refuse);
    let body =
        "<?xml version='1.0'?>\n<!-- <!DOCTYPE --><!DOCTYPE a SYSTEM \"x>y\" [<!ENTITY b 'c]>'>]>\n<a>\u{1}\u{b}x</a>";
    assert_eq!(clean(false, false, keep, body), body);
    let expect = "<!-- <!DOCTYPE --><!DOCTYPE a SYSTEM \"x>y\" [<!ENTITY b 'c]>'>]>\n<a>x</a>";
    assert_eq!(clean(true, false, remove, body), expect);
    assert_eq!(clean(false, true, keep, "<!DOCTYPE a [<!ENTITY b 'c]>'>]>\n<a/>"), "<a/>");
    assert_eq!(clean(true, true, keep, "<?xml version='1.0'?><!DOCTYPE a SYSTEM 'x'><a/>"), "<a/>");
    assert_eq!(clean(true, true, keep, "<a><!DOCTYPE b></a>"), "<a><!DOCTYPE b></a>");
    assert_eq!(clean(true, true, keep, ""), "");
    assert!(clean(false, false, refuse, body).contains("U+0001 (line 3)"));
}

/// What artifacts' XML modifiers ask for.
#[test]
fn cleaned_xml_of_sap() {
    let clean = |characters, body: &str| {
        let what = CleanXml { external_dtd: true, characters, ..CleanXml::default() };
        text(convert(&Conversion::CleanXml(what), &Bytes::from(body.to_owned())))
    };
    let keep = BadCharacters::Keep;
    for (doctype, stays) in [
        ("<!DOCTYPE r SYSTEM \"external.dtd\">", false),
        ("<!DOCTYPE r PUBLIC '-//x' 'external.dtd'>", false),
        ("<!DOCTYPE r [\n<!ELEMENT r (#PCDATA)>\n<!ENTITY t SYSTEM \"external.dtd\">\n]>", false),
        ("<!DOCTYPE r [<!ENTITY % t SYSTEM'x'>]>", false),
        ("<!DOCTYPE r [<!ELEMENT r (#PCDATA)>]>", true),
        ("<!DOCTYPE r [<!ENTITY t 'a SYSTEM b'>]>", true),
        ("<!DOCTYPE r [<!-- it is no SYSTEM 'x' --><!ENTITY SYSTEMS 'x'>]>", true),
    ] {
        let body = format!("{doctype}<r>ä</r>");
        assert_eq!(clean(keep, &body), if stays { &body } else { "<r>ä</r>" }, "{doctype}");
    }
    assert_eq!(clean(BadCharacters::Substitute, "<a>\u{1}x\u{b}\u{fffe}\t</a>"), "<a>#x##\t</a>");
}

#[test]
fn gathers_of_sap() {
    let bodies = ["<?xml version='1.0'?><a>1</a>", "", "<b/>"].map(Bytes::from);
    let head = "<multimap:Messages xmlns:multimap=\"http://sap.com/xi/XI/SplitAndMerge\">";
    let one = |inner: &str| format!("{head}{inner}</multimap:Messages>");
    assert_eq!(
        text(gather(&Gather::Multimap { same: true }, &bodies)),
        one("<multimap:Message1><a>1</a><b/></multimap:Message1>")
    );
    assert_eq!(
        text(gather(&Gather::Multimap { same: false }, &bodies)),
        one("<multimap:Message1><a>1</a></multimap:Message1><multimap:Message2><b/></multimap:Message2>")
    );
    assert_eq!(text(gather(&Gather::Multimap { same: true }, &[])), one(""));
    let merge = |from: &str, into: &str, bodies: &[&str]| {
        let bodies: Vec<Bytes> = bodies.iter().map(|b| Bytes::from((*b).to_owned())).collect();
        text(gather(&Gather::Merge { from: xpath(from), into: xpath(into) }, &bodies))
    };
    for (from, into, bodies, expect) in [
        (
            "/r/i",
            "/r",
            &["<r><i>1</i>\n</r>", "<r><i>2</i><x/></r>", "<r/>", "<r><i>3</i></r>"][..],
            "<r><i>1</i>\n<i>2</i><i>3</i></r>",
        ),
        ("/r/i", "/r", &["<r/>", "<r><i>2</i></r>"], "<r><i>2</i></r>"),
        (
            "/r/i",
            "/r/s",
            &["<r><t><s/></t><s a='1'/><s/></r>", "<r><i/></r>"],
            "<r><t><s/></t><s a='1'><i/></s><s/></r>",
        ),
        (
            "/p:r/p:i",
            "/p:r",
            &["<r xmlns='urn:p'></r>", "<q:r xmlns:q='urn:p'><q:i/></q:r>"],
            "<r xmlns='urn:p'><q:i xmlns:q=\"urn:p\"/></r>",
        ),
        ("/r/i", "/r", &["<r>only</r>"], "<r>only</r>"),
        ("/r/i", "/r", &[], ""),
        ("/r/i", "/s", &["<r/>", "<r/>"], "K0003: the first body has no element `/s` that the others could go into"),
        ("/r/i", "/r", &["<r/>", "no"], "X0101: body 2 of 2"),
    ] {
        let found = merge(from, into, bodies);
        assert!(found == expect || (expect.starts_with('X') && found.starts_with(expect)), "{found}\n{expect}");
    }
}

/// What comes out is UTF-8, and says so where it says anything.
#[test]
fn declarations_stay_true() {
    let merge = Gather::Merge { from: xpath("/r/i"), into: xpath("/r") };
    let keyed = |path: &str| Keyed { path: xpath(path), key: vec!["k".to_owned()] };
    let enrich_by = EnrichBy::Key { into: keyed("/r"), from: keyed("/r/i") };
    let utf16 =
        |text: &str| [0xff_u8, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let latin1 = |text: &str| text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect::<Vec<u8>>();
    for (head, encoded, expect) in [
        (
            "<?xml version='1.0' encoding='ISO-8859-1' standalone='yes'?>",
            true,
            "<?xml version='1.0' encoding='UTF-8' standalone='yes'?>",
        ),
        // Plain letters today, and what is added is UTF-8 all the same.
        ("<?xml version=\"1.0\" encoding = \"us-ascii\"?>", false, "<?xml version=\"1.0\" encoding = \"UTF-8\"?>"),
        ("<?xml version='1.0' encoding='utf-8'?>", false, "<?xml version='1.0' encoding='utf-8'?>"),
        ("<?xml version='1.0'?>", false, "<?xml version='1.0'?>"),
        ("", false, ""),
    ] {
        let own = if encoded { "ä" } else { "a" };
        let first = latin1(&format!("{head}<r><k>1</k>{own}</r>"));
        let second = Bytes::from("<r><i><k>1</k>ö</i></r>");
        let expect = format!("{expect}<r><k>1</k>{own}<i><k>1</k>ö</i></r>");
        assert_eq!(text(gather(&merge, &[first.clone().into(), second.clone()])), expect);
        assert_eq!(text(enrich(&enrich_by, &first.into(), &second)), expect);
    }
    let first: Vec<u8> = utf16("<?xml version='1.0' encoding='UTF-16'?><r/>");
    let expect = "<?xml version='1.0' encoding='UTF-8'?><r><i/></r>";
    assert_eq!(text(gather(&merge, &[first.into(), "<r><i/></r>".into()])), expect);
}

#[test]
fn arrays_by_path() {
    let json = |arrays: &[&str], body: &str| {
        let arrays = arrays.iter().map(|a| (*a).to_owned()).collect();
        text(convert(&Conversion::XmlToJson { keep_root: true, arrays, names: None }, &Bytes::from(body.to_owned())))
    };
    let body = "<a><b><c>1</c></b><c>2</c></a>";
    assert_eq!(json(&["/a/b/c"], body), r#"{"a":{"b":{"c":["1"]},"c":"2"}}"#);
    assert_eq!(json(&["c"], body), r#"{"a":{"b":{"c":["1"]},"c":["2"]}}"#);
    assert_eq!(json(&["*"], body), r#"{"a":{"b":[{"c":["1"]}],"c":["2"]}}"#);
    // The root is one where it is meant.
    assert_eq!(json(&["*", "/*"], body), r#"{"a":[{"b":[{"c":["1"]}],"c":["2"]}]}"#);
    assert_eq!(json(&["/a"], body), r#"{"a":[{"b":{"c":"1"},"c":"2"}]}"#);
    assert_eq!(json(&["a"], body), r#"{"a":{"b":{"c":"1"},"c":"2"}}"#);
}

#[test]
fn namespaces_in_json() {
    let names = |separator: &str| {
        let prefixes = [("s", "urn:shop"), ("t", "urn:t")].map(|(p, u)| (p.to_owned(), u.to_owned())).to_vec();
        Some(JsonNames { separator: separator.to_owned(), prefixes, others: OtherNames::Bare })
    };
    let xml =
        "<a:r xmlns:a='urn:shop' xmlns='urn:none' xmlns:t='urn:t'><x t:k='1' l='2'/><a:y>3</a:y><a:y>4</a:y></a:r>";
    let json = |separator: &str| {
        let arrays = vec!["x".to_owned()];
        let conversion = Conversion::XmlToJson { keep_root: true, arrays, names: names(separator) };
        text(convert(&conversion, &Bytes::from(xml)))
    };
    assert_eq!(json(":"), r#"{"s:r":{"x":[{"@t:k":"1","@l":"2"}],"s:y":["3","4"]}}"#);
    assert_eq!(json("__"), r#"{"s__r":{"x":[{"@t__k":"1","@l":"2"}],"s__y":["3","4"]}}"#);
    let back = |separator: &str, root: Option<&str>, body: &str| {
        let conversion = Conversion::JsonToXml {
            root: root.map(str::to_owned),
            always: false,
            names: names(separator),
            strict: false,
        };
        text(convert(&conversion, &Bytes::from(body.to_owned())))
    };
    for (separator, root, body, expect) in [
        (
            ":",
            None,
            r#"{"s:r":{"@t:k":"1","@q:k":2,"x":1,"u:y":2}}"#,
            "<s:r xmlns:s=\"urn:shop\" xmlns:t=\"urn:t\" t:k=\"1\" q_k=\"2\"><x>1</x><u_y>2</u_y></s:r>",
        ),
        ("__", Some("s__l"), "[1]", "<s:l xmlns:s=\"urn:shop\" xmlns:t=\"urn:t\"><item>1</item></s:l>"),
    ] {
        assert_eq!(back(separator, root, body), expect, "{body}");
    }
}

/// Artifacts: namespaces that the converter does not list.
#[test]
fn other_namespaces_in_json() {
    let json = |others, separator: &str, body: &str| {
        let prefixes = vec![("s".to_owned(), "urn:s".to_owned())];
        let names = Some(JsonNames { separator: separator.to_owned(), prefixes, others });
        let conversion = Conversion::XmlToJson { keep_root: true, arrays: vec![], names };
        text(convert(&conversion, &Bytes::from(body.to_owned())))
    };
    let (bare, kept, refused) = (OtherNames::Bare, OtherNames::Kept, OtherNames::Refused);
    let prefixed = "<ns:A xmlns:ns='http://test' xmlns:q='urn:s' ns:k='1' l='2'><q:B/><C/></ns:A>";
    let default = "<A xmlns='http://test'>v</A>";
    for (others, separator, body, expect) in [
        (bare, ":", prefixed, r#"{"A":{"@k":"1","@l":"2","s:B":"","C":""}}"#),
        (kept, ":", prefixed, r#"{"ns:A":{"@ns:k":"1","@l":"2","s:B":"","C":""}}"#),
        (refused, ".", prefixed, r#"{"ns.A":{"@ns.k":"1","@l":"2","s.B":"","C":""}}"#),
        (kept, ":", default, r#"{"A":"v"}"#),
        (refused, ":", "<A xmlns='urn:s'><B xmlns=''/></A>", r#"{"s:A":{"B":""}}"#),
        (
            refused,
            ":",
            default,
            "K0013: Invalid JSON namespace: http://test: `A` has no prefix, and the converter lists none",
        ),
    ] {
        assert_eq!(json(others, separator, body), expect, "{others:?} {body}");
    }
}

/// Artifacts: JSON that SAP's converter does not take.
#[test]
fn strict_json_to_xml() {
    let xml = |root: Option<&str>, body: &str| {
        let prefixes = vec![("s".to_owned(), "urn:s".to_owned())];
        let names = Some(JsonNames { separator: ".".to_owned(), prefixes, others: OtherNames::Bare });
        let root = root.map(str::to_owned);
        let conversion = Conversion::JsonToXml { always: root.is_some(), root, names, strict: true };
        text(convert(&conversion, &Bytes::from(body.to_owned()))).replace(" xmlns:s=\"urn:s\"", "")
    };
    for (root, body, expect) in [
        (None, r#"{"p:A":{"s.b":1,"p.C":2}}"#, "<p:A><s:b>1</s:b><p.C>2</p.C></p:A>"),
        (None, r#"{"a":{"@s.k":1,"@b":2,"$":"t"}}"#, "<a s:k=\"1\" b=\"2\">t</a>"),
        (Some("r"), r#"{"a":[1,2],"b":null}"#, "<r><a>1</a><a>2</a><b/></r>"),
        (None, r#"{"a":{"c d":1}}"#, "K0005: `c d` cannot be the name of an element or an attribute"),
        (None, r#"{"a":{"1x":1}}"#, "K0005: `1x` cannot"),
        (None, r#"{"a":{"@b&":1}}"#, "K0005: `b&` cannot"),
        (None, r#"{"a:b:c":1}"#, "K0005: `a:b:c` cannot"),
        (None, r#"{"":1}"#, "K0005: `` cannot"),
        (None, r#"{"XmlData":1}"#, "K0005: `XmlData` cannot"),
        (None, r#"{"é":{"s.":1}}"#, "K0005: `s.` cannot"),
        (None, "[1]", "K0005: the JSON starts with an array"),
        (Some("r"), r#"[{"a":1}]"#, "K0005: the JSON starts with an array"),
        (Some("r"), r#"{"@a":1,"b":2}"#, "K0005: the root member name starts with the attribute indicator @"),
        (None, r#"{"a":{"b":1,"@c":2}}"#, "K0005: the attribute `@c` stands behind an element"),
        (None, r#"{"a":{"@c":null}}"#, "K0005: the attribute `@c` is null"),
    ] {
        let found = xml(root, body);
        assert!(found == expect || expect.starts_with('K') && found.starts_with(expect), "{found}\n{expect}");
    }
}

#[test]
fn answers_join_the_body() {
    let keyed = |path: &str, key: &str| Keyed { path: xpath(path), key: key.split('/').map(str::to_owned).collect() };
    let orders = "<o><i><c>1</c></i><i><c> 2 </c><n/></i><i><c>3</c></i><i/></o>";
    let people = "<l xmlns:p='urn:p'><p><id>1</id></p><p><id>2</id><p:x/></p><p><id>1</id><b/></p></l>";
    for (into, into_key, from, from_key, body, answer, expect) in [
        (
            "/o/i",
            "c",
            "/l/p",
            "id",
            orders,
            people,
            "<o><i><c>1</c><p><id>1</id></p><p><id>1</id><b/></p></i>\
             <i><c> 2 </c><n/><p xmlns:p=\"urn:p\"><id>2</id><p:x/></p></i><i><c>3</c></i><i/></o>",
        ),
        // Several keys in one element; a key that is the element's only content; a root as answer.
        (
            "/o/g",
            "i/c",
            "/p",
            "id",
            "<o><g><i><c>1</c></i><i><c>2</c></i></g></o>",
            "<p><id>2</id></p>",
            "<o><g><i><c>1</c></i><i><c>2</c></i><p><id>2</id></p></g></o>",
        ),
        // The same names deeper inside are no keys and no elements of the path.
        (
            "/o/i",
            "c",
            "/l/p",
            "id",
            "<o><x><i><c>1</c></i></x><i><d><c>1</c></d></i></o>",
            people,
            "<o><x><i><c>1</c></i></x><i><d><c>1</c></d></i></o>",
        ),
        ("/o/i", "c", "/l/p", "id", "<o/>", people, "<o/>"),
        ("/o/i", "c", "/l/p", "id", orders, " ", orders),
        (
            "/p:o",
            "c",
            "/l/p",
            "id",
            "<q:o xmlns:q='urn:p'><c>1</c></q:o>",
            "<l><p><id>1</id></p></l>",
            "<q:o xmlns:q='urn:p'><c>1</c><p><id>1</id></p></q:o>",
        ),
        // A default namespace of the body is not that of the answer, and the other way round.
        (
            "/*:o",
            "c",
            "/l/p",
            "id",
            "<o xmlns='urn:p'><c>1</c></o>",
            "<l><p a='1'><id>1</id></p><p xmlns='urn:q'><id>1</id></p></l>",
            "<o xmlns='urn:p'><c>1</c><p xmlns=\"\" a='1'><id>1</id></p></o>",
        ),
        (
            "/o",
            "c",
            "/*:p",
            "id",
            "<o><c>1</c></o>",
            "<p xmlns='urn:q'><id>1</id></p>",
            "<o><c>1</c><p xmlns='urn:q'><id>1</id></p></o>",
        ),
        // A tag may hold `>` and what looks like a declaration; a longer name begins the same.
        (
            "/*:o",
            "c",
            "/l/p",
            "id",
            "<o xmlns='urn:p'><c>1</c></o>",
            "<l><p a=\"1>2\" xmlns=\"\"><id>1</id></p><p a=' xmlns=>'><id>1</id></p><p\n><id>1</id></p></l>",
            "<o xmlns='urn:p'><c>1</c><p a=\"1>2\" xmlns=\"\"><id>1</id></p>\
             <p xmlns=\"\" a=' xmlns=>'><id>1</id></p><p xmlns=\"\"\n><id>1</id></p></o>",
        ),
        (
            "/*:o",
            "c",
            "/*:l/*:p",
            "id",
            "<o xmlns='urn:p'><c>1</c></o>",
            "<l xmlns='urn:q'><p a='>' xmlns='' xmlns:l='l'><id>1</id><l:x xmlns='urn:r'/></p></l>",
            "<o xmlns='urn:p'><c>1</c><p a='>' xmlns='' xmlns:l='l'><id>1</id><l:x xmlns='urn:r'/></p></o>",
        ),
        (
            "/o/i",
            "c",
            "/l/p",
            "id",
            orders,
            "<l>",
            "K0001: in the answer of the lookup, the body is not well-formed XML",
        ),
        ("/o/i", "c", "/l/p", "id", "no", people, "K0001: the body is not well-formed XML"),
    ] {
        let by = EnrichBy::Key { into: keyed(into, into_key), from: keyed(from, from_key) };
        let found = text(enrich(&by, &Bytes::from(body.to_owned()), &Bytes::from(answer.to_owned())));
        let good = if expect.starts_with("K0") { found.starts_with(expect) } else { found == expect };
        assert!(good, "{body}\nfound  {found}\nwanted {expect}");
    }
    let both = text(enrich(&EnrichBy::Combine, &Bytes::from("<a/>"), &Bytes::from("<b/>")));
    assert!(both.contains("Message1><a/></multimap:Message1><multimap:Message2><b/>"), "{both}");
    // Every order has the same key, and so have all answers: what would come out is refused before it is made.
    let many = format!("<o>{}</o>", "<i><c>1</c></i>".repeat(2_000));
    let answers = format!("<l>{}</l>", format!("<p><id>1</id>{}</p>", "x".repeat(20_000)).repeat(100));
    let by = EnrichBy::Key { into: keyed("/o/i", "c"), from: keyed("/l/p", "id") };
    assert_eq!(enrich(&by, &Bytes::from(many), &Bytes::from(answers)).unwrap_err().code, "K0012");
}
