//! The message around a transformation: parameters, what SAP's functions set, modules, encodings.

use base::{Message, Value};
use xslt::{Limits, Stylesheet};

use super::{apply, message, parse, run};

#[test]
fn headers_and_properties_are_parameters() {
    let mut given = message("<a/>");
    given.headers.set("Both", "header");
    given.properties.insert("Both".to_owned(), "property".into());
    given.properties.insert("Count".to_owned(), 5.into());
    given.properties.insert("List".to_owned(), Value::List(vec!["x".into(), "y".into()]));
    let body = r#"<xsl:param name="Both"/><xsl:param name="Count"/><xsl:param name="List"/><xsl:param name="None">default</xsl:param>
<xsl:template match="/"><r><xsl:value-of select="$Both, $Count * 2, $List, $None" separator="|"/></r></xsl:template>"#;
    assert_eq!(run(body, "2.0", given), "<r>header|10|x|y|default</r>");
}

#[test]
fn sap_functions_set_headers_and_properties() {
    let body = r#"<xsl:param name="exchange"/><xsl:template match="/" xmlns:hci="http://sap.com/it/"><r><xsl:value-of select="hci:setHeader($exchange, 'H', 'one')"/><xsl:value-of select="hci:setProperty($exchange, 'P', string(/a))"/><xsl:value-of select="hci:setHeader($exchange, 'H', 'two')"/><xsl:value-of select="hci:getHeader($exchange, 'Old'), hci:getHeader($exchange, 'H')"/></r></xsl:template>"#;
    let mut given = message("<a>text</a>");
    given.headers.set("Old", "old");
    let output = apply(&parse(body, "2.0").expect("parses"), given, Limits::default()).expect("runs");
    assert!(String::from_utf8_lossy(&output.body).contains(">old two</r>"));
    assert_eq!(output.headers, [("H".to_owned(), "two".to_owned())]);
    assert_eq!(output.properties, [("P".to_owned(), "text".to_owned())]);
}

fn with_modules(main: &str, modules: &[(&str, &str)]) -> String {
    let wrap = |body: &str| {
        format!(
            r#"<xsl:stylesheet version="2.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">{body}</xsl:stylesheet>"#
        )
    };
    let modules: Vec<(String, String)> = modules.iter().map(|(n, t)| ((*n).to_owned(), wrap(t))).collect();
    let resolve = move |href: &str| modules.iter().find(|(n, _)| n == href).map(|(_, t)| t.clone());
    match Stylesheet::parse("main.xsl", &wrap(main), &resolve) {
        Ok(sheet) => apply(&sheet, message("<a><b/></a>"), Limits::default())
            .map_or_else(|e| e.text, |o| String::from_utf8(o.body).expect("UTF-8")),
        Err(error) => error.to_string(),
    }
}

#[test]
fn modules() {
    let output = r#"<xsl:output omit-xml-declaration="yes"/>"#;
    let base = (
        "base.xsl",
        r#"<xsl:variable name="v">base</xsl:variable><xsl:template match="b"><base><xsl:value-of select="$v"/></base></xsl:template><xsl:template name="n">base</xsl:template>"#,
    );
    let cases = [
        (format!(r#"<xsl:import href="base.xsl"/>{output}"#), "<base>base</base>"),
        (
            format!(
                r#"<xsl:import href="base.xsl"/>{output}<xsl:variable name="v">main</xsl:variable><xsl:template match="b"><m><xsl:apply-imports/></m></xsl:template>"#
            ),
            "<m><base>main</base></m>",
        ),
        (
            format!(
                r#"<xsl:import href="base.xsl"/>{output}<xsl:template match="b"><m><xsl:next-match/></m></xsl:template>"#
            ),
            "<m><base>base</base></m>",
        ),
        (
            format!(
                r#"<xsl:import href="base.xsl"/>{output}<xsl:template name="n">main</xsl:template><xsl:template match="b"><m><xsl:call-template name="n"/></m></xsl:template>"#
            ),
            "<m>main</m>",
        ),
        (format!(r#"<xsl:include href="base.xsl"/>{output}"#), "<base>base</base>"),
        (
            format!(r#"<xsl:include href="base.xsl"/>{output}<xsl:variable name="v">main</xsl:variable>"#),
            "base.xsl, line 1, column 80: there is another global variable `v`",
        ),
        (
            format!(r#"<xsl:import href="none.xsl"/>{output}"#),
            "main.xsl, line 1, column 98: there is no stylesheet `none.xsl`",
        ),
        (
            format!(r#"<xsl:import href="loop.xsl"/>{output}"#),
            "loop.xsl, line 1, column 98: `loop.xsl` leads back to itself",
        ),
    ];
    for (main, expect) in cases {
        assert_eq!(with_modules(&main, &[base, ("loop.xsl", r#"<xsl:import href="loop.xsl"/>"#)]), expect, "{main}");
    }
}

#[test]
fn encodings_and_media_types() {
    let body = |output: &str| format!(r#"<xsl:output {output}/><xsl:template match="/"><r>é€</r></xsl:template>"#);
    let cases: [(&str, &[u8], &str, &str); 6] = [
        ("omit-xml-declaration=\"yes\"", "<r>é€</r>".as_bytes(), "application/xml", "UTF-8"),
        (
            "encoding=\"ISO-8859-1\"",
            b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><r>\xe9&#x20ac;</r>",
            "application/xml",
            "ISO-8859-1",
        ),
        (
            "encoding=\"windows-1252\" omit-xml-declaration=\"yes\"",
            b"<r>\xe9\x80</r>",
            "application/xml",
            "windows-1252",
        ),
        (
            "encoding=\"US-ASCII\" omit-xml-declaration=\"yes\" cdata-section-elements=\"r\"",
            b"<r>&#xe9;&#x20ac;</r>",
            "application/xml",
            "US-ASCII",
        ),
        ("method=\"text\"", "é€".as_bytes(), "text/plain", "UTF-8"),
        (
            "method=\"text\" media-type=\"text/csv\" encoding=\"UTF-16\"",
            b"\xfe\xff\0\xe9\x20\xac",
            "text/csv",
            "UTF-16",
        ),
    ];
    for (settings, expect, media_type, encoding) in cases {
        let output = apply(&parse(&body(settings), "2.0").expect("parses"), message("<a/>"), Limits::default());
        let output = output.expect("runs");
        assert_eq!(output.body, expect, "{settings}");
        assert_eq!((output.media_type.as_str(), output.encoding.as_str()), (media_type, encoding));
    }
    let latin = Message::of(b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>\xe9</a>".to_vec());
    assert_eq!(
        run(r#"<xsl:template match="/"><r><xsl:value-of select="a"/></r></xsl:template>"#, "2.0", latin),
        "<r>é</r>"
    );
}

#[test]
fn characters_that_an_encoding_cannot_hold() {
    let place = " in a name, a comment, a processing instruction, a script or text without escapes";
    let cases = [
        ("", "<r a=\"{'é€\u{81}'}\">€</r>", Ok("<r a=\"é&#x20ac;&#x81;\">&#x20ac;</r>")),
        (
            "cdata-section-elements=\"r\"",
            "<r>]]&gt;é&lt;€€&lt;é</r>",
            Ok("<r><![CDATA[]]]]><![CDATA[>é<]]>&#x20ac;&#x20ac;<![CDATA[<é]]></r>"),
        ),
        ("cdata-section-elements=\"r\"", "<r>€é</r>", Ok("<r>&#x20ac;<![CDATA[é]]></r>")),
        ("", "<xsl:comment>é</xsl:comment>", Ok("<!--é-->")),
        ("", "<xsl:comment>€</xsl:comment>", Err(place)),
        ("", "<xsl:processing-instruction name=\"p\">€</xsl:processing-instruction>", Err(place)),
        ("", "<ł/>", Err(place)),
        ("", "<a ł=\"\"/>", Err(place)),
        ("", "<a><xsl:text disable-output-escaping=\"yes\">€</xsl:text></a>", Err(place)),
        ("method=\"html\"", "<script>'€'</script>", Err(place)),
        ("method=\"html\"", "<p>€</p>", Ok("<!DOCTYPE HTML><p>&#x20ac;</p>")),
        ("method=\"text\"", "<p>€</p>", Err("")),
    ];
    for (settings, body, expect) in cases {
        let body = format!(
            "<xsl:output {settings} encoding=\"ISO-8859-1\" omit-xml-declaration=\"yes\" indent=\"no\"/>\
             <xsl:template match=\"/\">{body}</xsl:template>"
        );
        let got = apply(&parse(&body, "2.0").expect("parses"), message("<a/>"), Limits::default());
        let got = got.map(|o| o.body.iter().map(|b| char::from(*b)).collect::<String>()).map_err(|e| e.text);
        let expect = match expect {
            Ok(text) => Ok(text.to_owned()),
            Err(place) => {
                let c = if body.contains('ł') { 'ł' } else { '€' };
                Err(format!("the character {c} cannot be written in ISO-8859-1{place}"))
            }
        };
        assert_eq!(got, expect, "{body}");
    }
}

#[test]
fn the_time_is_the_runs() {
    let body = r#"<xsl:template match="/"><r><xsl:value-of select="current-dateTime()"/></r></xsl:template>"#;
    assert_eq!(run(body, "2.0", message("<a/>")), "<r>2026-11-22T08:00:00Z</r>");
}
