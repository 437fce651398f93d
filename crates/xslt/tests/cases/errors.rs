//! What is refused, with the words and the place.

use super::{ORDERS, message, parse, run};

fn check_parse(cases: &[(&str, &str)]) {
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|(body, expect)| {
            let got = match parse(body, "3.0") {
                Ok(_) => "no error".to_owned(),
                Err(e) => format!(
                    "{}:{} {}{}",
                    e.line,
                    e.column,
                    e.message,
                    e.help.map_or(String::new(), |h| format!(" ({h})"))
                ),
            };
            (got != *expect).then(|| format!("{body}\n  expected {expect}\n       got {got}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn mistakes_have_a_place() {
    check_parse(&[
        (
            r#"<xsl:template match="/"><xsl:for-each select="*"><xsl:sort collation="de"/></xsl:for-each></xsl:template>"#,
            "2:60 `collation` is not supported: texts compare by code points",
        ),
        (
            r#"<xsl:template match="/"><xsl:element name="a" type="xs:date"/></xsl:template>"#,
            "2:47 `type` is not supported: there are no schemas",
        ),
        (r#"<xsl:templat match="/"/>"#, "2:1 there is no element xsl:templat (did you mean `xsl:template`?)"),
        (r#"<xsl:template mach="/"/>"#, "2:15 xsl:template has no attribute `mach` (did you mean `match`?)"),
        (r#"<xsl:template/>"#, "2:1 xsl:template needs `match` or `name`"),
        (
            r#"<xsl:template match="/"><xsl:value-of select="a &lt; (b"/></xsl:template>"#,
            "2:55 expected `)`, found the end of the expression",
        ),
        (
            r#"<xsl:template match="/"><xsl:value-of select="$x"/></xsl:template>"#,
            "2:48 there is no variable `$x` here",
        ),
        (
            r#"<xsl:template match="/"><xsl:value-of select="q:x"/></xsl:template>"#,
            "2:47 the prefix `q` is not declared (did you mean `f`?)",
        ),
        (
            r#"<xsl:template match="/"><xsl:value-of select="uper-case('x')"/></xsl:template>"#,
            "2:47 there is no function `uper-case()` (did you mean `upper-case`?)",
        ),
        (
            r#"<xsl:template match="/"><xsl:call-template name="nam"/></xsl:template><xsl:template name="name"/>"#,
            "2:50 there is no template `nam` (did you mean `name`?)",
        ),
        (
            r#"<xsl:template match="a + 1"/>"#,
            "2:22 this is no pattern that templates can match by (a pattern is a path of child and attribute steps, such as `order/item[@id]` or `//note`)",
        ),
        (
            r#"<xsl:template match="/"><a b="{1 + }"/></xsl:template>"#,
            "2:36 expected an expression, found the end of the expression",
        ),
        (
            r#"<xsl:template match="/"><a b="{1"/></xsl:template>"#,
            "2:31 this `{` has no `}`; write `{{` for the character",
        ),
        (
            r#"<xsl:template match="/"><a b="1}"/></xsl:template>"#,
            "2:32 a `}` without `{`; write `}}` for the character",
        ),
        (
            r#"<xsl:template match="/"><xsl:copy-of select="document('a.xml')"/></xsl:template>"#,
            "2:46 document() is not supported: a stylesheet reads nothing but its message",
        ),
        (
            r#"<xsl:template match="/"><xsl:copy-of select="doc('a.xml')"/></xsl:template>"#,
            "2:46 doc() is not supported: a stylesheet reads nothing but its message",
        ),
        (
            r#"<xsl:template match="/"><xsl:result-document href="x"/></xsl:template>"#,
            "2:25 xsl:result-document is not supported",
        ),
        (
            r#"<xsl:template match="/"><xsl:value-of select="matches('a', '(')"/></xsl:template>"#,
            "2:47 `(` is no valid pattern: unclosed group",
        ),
        (
            r#"<xsl:template match="/"><xsl:analyze-string select="'a'" regex="["/></xsl:template>"#,
            "2:65 `[` is no valid pattern: unclosed character class",
        ),
        (r#"<xsl:import href="other.xsl"/>"#, "2:19 there is no stylesheet `other.xsl`"),
        (
            r#"<xsl:output method="adaptive"/>"#,
            "2:21 the output method `adaptive` is not supported (known: xml, html, text, xhtml)",
        ),
        (
            r#"<xsl:output encoding="EBCDIC"/>"#,
            "2:23 the encoding `EBCDIC` is not supported (known: UTF-8, UTF-16, ISO-8859-1, US-ASCII, windows-1252)",
        ),
        (
            r#"<xsl:variable name="a" select="1"/><xsl:variable name="a" select="2"/>"#,
            "2:1 there is another global variable `a`",
        ),
        (r#"<xsl:function name="f"/>"#, "2:21 the name of a function needs a prefix"),
        (
            r#"<xsl:template match="/"><xsl:for-each-group select="a"/></xsl:template>"#,
            "2:25 xsl:for-each-group needs exactly one of group-by, group-adjacent, group-starting-with, group-ending-with",
        ),
        (r#"<xsl:template match="/"><xsl:choose/></xsl:template>"#, "2:25 xsl:choose needs an xsl:when"),
        (
            r#"<xsl:template match="/"><xsl:value-of select="1">2</xsl:value-of></xsl:template>"#,
            "2:25 xsl:value-of has both `select` and content; one of them must go",
        ),
        (
            r#"<xsl:template match="/"><xsl:variable name="v" as="xs:strng"/></xsl:template>"#,
            "2:52 there is no type `xs:strng` (did you mean `xs:string`?)",
        ),
        (
            r#"<xsl:template match="/"><a xsl:use-attribute-sets="none"/></xsl:template>"#,
            "2:25 there is no attribute set `none`",
        ),
        (
            r#"<xsl:template match="/" use-when="true()"/>"#,
            "2:25 the attribute `use-when` is not supported: it works while a stylesheet is compiled",
        ),
        (
            "<xsl:template match=\"/\"><a>",
            "2:28 the stylesheet is not well-formed XML: expected 'a' tag, not 'xsl:stylesheet'",
        ),
    ]);
}

#[test]
fn not_a_stylesheet() {
    let cases = [
        ("", "a.xsl, line 1, column 1: the stylesheet is not well-formed XML: the document does not have a root node"),
        ("<a/>", "a.xsl, line 1, column 1: a stylesheet begins with xsl:stylesheet or xsl:transform"),
        (
            "<!DOCTYPE a [<!ENTITY b 'c'>]><a/>",
            "a.xsl, line 1, column 1: a stylesheet with a document type declaration (DTD) is not accepted",
        ),
        (
            r#"<xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform"/>"#,
            "a.xsl, line 1, column 1: the stylesheet needs the attribute `version`",
        ),
    ];
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|(text, expect)| {
            let got = xslt::Stylesheet::parse("a.xsl", text, &|_| None)
                .map_or_else(|e| e.to_string(), |_| "no error".to_owned());
            (got != *expect).then(|| format!("{text}\n  expected {expect}\n       got {got}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn failures_have_a_line() {
    let cases = [
        (
            r#"<xsl:template match="/"><xsl:message terminate="yes">No <b>order</b></xsl:message></xsl:template>"#,
            "error: No order",
        ),
        (
            "<xsl:template match=\"/\">\n<a>\n<xsl:value-of select=\"xs:integer('x')\"/></a></xsl:template>",
            "error: \"x\" is not a whole number of type xs:integer (test.xsl, line 4)",
        ),
        (
            r#"<xsl:template match="/"><a/><xsl:attribute name="b"/></xsl:template>"#,
            "error: an attribute or namespace is added where there is no element (test.xsl, line 2)",
        ),
        (
            r#"<xsl:template match="/"><a><b/><xsl:attribute name="b"/></a></xsl:template>"#,
            "error: an attribute or namespace is added to an element that has content already (test.xsl, line 2)",
        ),
        (
            r#"<xsl:template match="/"><xsl:element name="1"/></xsl:template>"#,
            "parse: test.xsl, line 2, column 44: `1` is no name",
        ),
        (
            r#"<xsl:template match="/"><xsl:value-of select="substring(//item, 1)"/></xsl:template>"#,
            "error: substring() takes one value as its first argument, this message gave 3 (test.xsl, line 2)",
        ),
        (
            r#"<xsl:template match="/"><xsl:value-of select="key('k', 1)"/></xsl:template>"#,
            "error: the stylesheet has no key `k` (test.xsl, line 2)",
        ),
        (
            r#"<xsl:variable name="a" select="$b"/><xsl:variable name="b" select="$a"/><xsl:template match="/"><xsl:value-of select="$a"/></xsl:template>"#,
            "error: the variable `$a` is defined by itself (test.xsl, line 2)",
        ),
        (
            r#"<xsl:template match="/"><xsl:variable name="v" as="xs:integer" select="'x'"/></xsl:template>"#,
            "error: the type demands xs:integer, not a text (test.xsl, line 2)",
        ),
        (
            r#"<xsl:template match="/"><xsl:call-template name="t"/></xsl:template><xsl:template name="t"><xsl:param name="p" required="yes"/></xsl:template>"#,
            "error: the parameter `p` is missing (test.xsl, line 2)",
        ),
        (
            r#"<xsl:param name="Needed" required="yes"/><xsl:template match="/"/>"#,
            "error: the message has no header or property `Needed`, which the stylesheet requires (test.xsl, line 2)",
        ),
        (r#"<xsl:mode on-no-match="fail"/>"#, "error: no template fits the document"),
        (
            r#"<xsl:template match="/"><xsl:value-of select="error((), 'my words')"/></xsl:template>"#,
            "error: my words (test.xsl, line 2)",
        ),
    ];
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|(body, expect)| {
            let got = run(body, "3.0", message(ORDERS));
            (got != *expect).then(|| format!("{body}\n  expected {expect}\n       got {got}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn bodies_that_are_not_xml() {
    let identity = r#"<xsl:template match="/"><a/></xsl:template>"#;
    for (body, expect) in [
        ("", "error: the body is empty, but XPath needs XML"),
        ("no", "error: the body is not well-formed XML"),
        ("<!DOCTYPE a><a/>", "error: the body holds a document type declaration (DTD), which is not accepted"),
    ] {
        let got = run(identity, "2.0", message(body));
        assert!(got.starts_with(expect), "{body}: {got}");
    }
}
