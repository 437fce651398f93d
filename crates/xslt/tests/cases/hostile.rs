//! Stylesheets and messages made to hurt: each ends with an error or a result, soon.

use xslt::Limits;

use super::{apply, message, parse};

/// The error, or `ok`.
fn hurt(body: &str, input: &str, limits: Limits) -> String {
    let sheet = match parse(body, "3.0") {
        Ok(sheet) => sheet,
        Err(error) => return error.message,
    };
    apply(&sheet, message(input), limits).map_or_else(|e| e.text, |_| "ok".to_owned())
}

#[test]
fn endless_work_ends() {
    let small = Limits { steps: 3_000_000, depth: 5_000, bytes: 4 << 20 };
    let cases = [
        // Recursion without an end, of every kind.
        (
            r#"<xsl:template match="/"><xsl:call-template name="t"/></xsl:template><xsl:template name="t"><xsl:call-template name="t"/></xsl:template>"#,
            "levels deep",
        ),
        (r#"<xsl:template match="/"><xsl:apply-templates select="."/></xsl:template>"#, "levels deep"),
        (
            r#"<xsl:function name="f:f"><xsl:sequence select="f:f()"/></xsl:function><xsl:template match="/"><xsl:value-of select="f:f()"/></xsl:template>"#,
            "levels deep",
        ),
        (
            r#"<xsl:function name="f:f"><xsl:param name="n"/><xsl:sequence select="((((((((((((((((((((f:f($n + 1)))))))))))))))))))))"/></xsl:function><xsl:template match="/"><xsl:value-of select="f:f(1)"/></xsl:template>"#,
            "levels deep",
        ),
        (
            r#"<xsl:attribute-set name="a" use-attribute-sets="b"/><xsl:attribute-set name="b" use-attribute-sets="a"/><xsl:template match="/"><a xsl:use-attribute-sets="a"/></xsl:template>"#,
            "levels deep",
        ),
        // Work and output without an end.
        (
            r#"<xsl:template match="/"><xsl:for-each select="1 to 100000000"><a/></xsl:for-each></xsl:template>"#,
            "too much work",
        ),
        (
            r#"<xsl:template match="/"><xsl:for-each select="1 to 100000"><xsl:for-each select="1 to 100000"><a/></xsl:for-each></xsl:for-each></xsl:template>"#,
            "MiB",
        ),
        (
            r#"<xsl:template match="/"><xsl:call-template name="t"><xsl:with-param name="s" select="'xxxxxxxx'"/></xsl:call-template></xsl:template><xsl:template name="t"><xsl:param name="s"/><xsl:call-template name="t"><xsl:with-param name="s" select="concat($s, $s)"/></xsl:call-template></xsl:template>"#,
            "MiB",
        ),
        (
            r#"<xsl:template match="/"><xsl:call-template name="t"><xsl:with-param name="s"><a/></xsl:with-param></xsl:call-template></xsl:template><xsl:template name="t"><xsl:param name="s"/><xsl:call-template name="t"><xsl:with-param name="s"><xsl:copy-of select="$s, $s"/></xsl:with-param></xsl:call-template></xsl:template>"#,
            "MiB",
        ),
        (
            r#"<xsl:template match="/"><a><xsl:value-of select="for $i in 1 to 100000 return 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'"/></a></xsl:template>"#,
            "MiB",
        ),
        (
            r#"<xsl:template match="/"><xsl:for-each select="1 to 200000"><xsl:message><xsl:value-of select="replace('aaaaaaaaaaaaaaaaaaaaaaaa', '(a*)*b?x', '')"/></xsl:message></xsl:for-each></xsl:template>"#,
            "",
        ),
        (
            r#"<xsl:template match="/"><xsl:analyze-string select="string-join(for $i in 1 to 20000 return 'a', '')" regex="(a|aa)+$"><xsl:matching-substring>x</xsl:matching-substring></xsl:analyze-string></xsl:template>"#,
            "",
        ),
        (
            r#"<xsl:template match="/"><xsl:value-of select="matches('a', '((((a{100}){100}){100}){100})')"/></xsl:template>"#,
            "this pattern is too large",
        ),
        (
            r#"<xsl:template match="/"><xsl:element name="a"><xsl:for-each select="1 to 100000"><xsl:attribute name="a{.}"/></xsl:for-each></xsl:element></xsl:template>"#,
            "",
        ),
        (
            r#"<xsl:variable name="v" select="$v"/><xsl:template match="/"><xsl:value-of select="$v"/></xsl:template>"#,
            "is defined by itself",
        ),
    ];
    let mut wrong = Vec::new();
    for (body, expect) in cases {
        let got = hurt(body, "<a/>", small);
        if !got.contains(expect) && got != expect {
            wrong.push(format!("{body}\n  expected {expect}\n       got {got}"));
        }
        assert!(!got.contains("failed on this stylesheet"), "a panic: {body}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_long_or_hard_to_prepare_costs_more() {
    let small = Limits { steps: 3_000_000, depth: 5_000, bytes: 32 << 20 };
    let long = r#"<xsl:variable name="s" select="string-join(for $i in 1 to 100000 return '1', '')"/><xsl:variable name="d" select="replace($s, '1', '-')"/><xsl:variable name="c"><xsl:comment select="$s"/></xsl:variable>"#;
    let map = format!(
        r#"<xsl:output use-character-maps="m"/><xsl:character-map name="m"><xsl:output-character character="1" string="{}"/></xsl:character-map>"#,
        "x".repeat(50_000)
    );
    let infinite = format!(r#"<xsl:decimal-format name="f" infinity="{}"/>"#, "x".repeat(50_000));
    let cases = [
        // Patterns that take milliseconds to compile, each another one.
        (
            "",
            r#"<xsl:value-of select="for $i in 1 to 1000 return matches('a', concat('\w{8}', $i))"/>"#,
            "too much work",
        ),
        (
            "",
            r#"<xsl:for-each select="1 to 1000"><xsl:evaluate xpath="concat('matches(''a'', ''\w{8}', ., ''')')"/></xsl:for-each>"#,
            "too much work",
        ),
        // Long texts between numbers, and inside them.
        ("", r#"<xsl:number value="1 to 2000" format="1{$d}1"/>"#, "xsl:number writes more than 32 MiB"),
        (
            "",
            r#"<xsl:number value="1 to 2000" format="0000000001" grouping-size="1" grouping-separator="{$d}"/>"#,
            "xsl:number writes more than 32 MiB",
        ),
        // A long text for each character.
        (&*map, r#"<xsl:value-of select="$s"/>"#, "the result is larger than 32 MiB"),
        (&*map, r#"<xsl:attribute name="x" select="$s"/>"#, "the result is larger than 32 MiB"),
        // The word stands for the text of a decimal format only where a number is infinite.
        (
            &*infinite,
            r#"<xsl:value-of select="format-number(1, concat(string-join(for $i in 1 to 2000 return 'Infinity', ''), '0'), 'f')"/>"#,
            "ok",
        ),
        // Long texts that are read again and again.
        ("", r#"<xsl:value-of select="count(index-of(1 to 10000, $s))"/>"#, "ok"),
        ("", r#"<xsl:value-of select="xs:untypedAtomic($s) &lt; (1 to 10000)"/>"#, "too much work"),
        (
            "",
            r#"<xsl:attribute name="x"><xsl:for-each select="1 to 3000"><xsl:copy-of select="$c"/></xsl:for-each></xsl:attribute>"#,
            "too much work",
        ),
        (
            "",
            r#"<xsl:for-each select="1 to 100"><xsl:sort select="concat($s, .)" case-order="upper-first"/></xsl:for-each>"#,
            "too much work",
        ),
    ];
    for (head, body, expect) in cases {
        let whole = format!(r#"{head}{long}<xsl:template match="/"><a>{body}</a></xsl:template>"#);
        let got = hurt(&whole, "<a/>", small);
        assert!(got.contains(expect), "{body}\n  expected {expect}\n       got {got}");
    }
}

#[test]
fn thousands_of_calls_inside_each_other_work() {
    let body = r#"<xsl:template match="/"><xsl:call-template name="t"><xsl:with-param name="n" select="3000"/></xsl:call-template></xsl:template>
<xsl:template name="t"><xsl:param name="n"/><xsl:if test="$n &gt; 0"><xsl:choose><xsl:when test="true()"><a><xsl:call-template name="t"><xsl:with-param name="n" select="$n - 1"/></xsl:call-template></a></xsl:when></xsl:choose></xsl:if></xsl:template>"#;
    assert_eq!(hurt(body, "<a/>", Limits::default()), "ok");
    let body = r#"<xsl:function name="f:f"><xsl:param name="n"/><xsl:sequence select="if ($n = 0) then 0 else 1 + f:f($n - 1)"/></xsl:function><xsl:template match="/"><a><xsl:value-of select="f:f(3000)"/></a></xsl:template>"#;
    assert_eq!(hurt(body, "<a/>", Limits::default()), "ok");
}

#[test]
fn large_and_deep_messages() {
    let identity = r#"<xsl:template match="@*|node()"><xsl:copy><xsl:apply-templates select="@*|node()"/></xsl:copy></xsl:template>"#;
    let wide = format!("<a>{}</a>", "<b c='1'>x</b>".repeat(20_000));
    assert_eq!(hurt(identity, &wide, Limits::default()), "ok");
    let deep = format!("{}{}", "<a>".repeat(1_000), "</a>".repeat(1_000));
    assert_eq!(hurt(identity, &deep, Limits::default()), "ok");
    let very_deep = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
    assert_ne!(hurt(identity, &very_deep, Limits::default()), "ok");
    // Patterns that count, and steps to siblings, on many siblings.
    let counting = r#"<xsl:template match="b[last()]"><x/></xsl:template><xsl:template match="b[position() mod 2 = 0]"><y/></xsl:template><xsl:template match="b"><xsl:value-of select="preceding-sibling::b[1]/@c"/></xsl:template>"#;
    assert_eq!(hurt(counting, &wide, Limits::default()), "ok");
}

#[test]
fn deep_stylesheets() {
    let body = format!(r#"<xsl:template match="/">{}{}</xsl:template>"#, "<a>".repeat(5_000), "</a>".repeat(5_000));
    assert_eq!(hurt(&body, "<a/>", Limits::default()), "a stylesheet cannot be nested deeper than 200 levels");
    let body = format!(
        r#"<xsl:template match="/"><xsl:value-of select="{}1{}"/></xsl:template>"#,
        "(".repeat(5_000),
        ")".repeat(5_000)
    );
    assert!(hurt(&body, "<a/>", Limits::default()).contains("nested"));
}

#[test]
fn values_held_at_one_time_are_counted() {
    let call = |deeper: &str| {
        format!(
            r#"<xsl:template match="/"><xsl:call-template name="t"><xsl:with-param name="n" select="2000"/><xsl:with-param name="s" select="//b"/></xsl:call-template></xsl:template>
<xsl:template name="t"><xsl:param name="n"/><xsl:param name="s"/><xsl:if test="$n &gt; 0"><xsl:call-template name="t"><xsl:with-param name="n" select="$n - 1"/><xsl:with-param name="s" select="{deeper}"/></xsl:call-template></xsl:if></xsl:template>"#
        )
    };
    let count = |what: &str| {
        format!(
            r#"<xsl:variable name="m" select="string-join(for $i in 1 to 100000 return 'xxxxxxxxxx', '')"/><xsl:template match="/"><a><xsl:value-of select="count({what})"/></a></xsl:template>"#
        )
    };
    let wide = format!("<a>{}</a>", "<b/>".repeat(100_000));
    let narrow = format!("<a>{}</a>", "<b/>".repeat(1_000));
    let middle = Limits { bytes: 64 << 20, ..Limits::default() };
    let small = Limits { bytes: 4 << 20, ..Limits::default() };
    let cases = [
        // The same sequence under another name takes nothing.
        (call("$s"), &wide, Limits { bytes: 8 << 20, ..Limits::default() }, "ok"),
        (call("$s[position() &gt; 1]"), &wide, middle, "more than 64 MiB"),
        (call("$s[position() &gt; 1]"), &narrow, middle, "ok"),
        (count("for $i in 1 to 3000 return concat($m, $i)"), &narrow, Limits::default(), "more than 256 MiB"),
        (count("for $i in 1 to 300 return ($m || $i)[. = 'x']"), &narrow, middle, "ok"),
        (count("for $i in 1 to 1000, $j in 1 to 300 return (string($i), $j)[. = '7']"), &narrow, small, "ok"),
        (count("1 to 40000000"), &narrow, Limits::default(), "more than 256 MiB"),
        (count("tokenize(translate($m, 'x', ' '), ' ')"), &narrow, small, "more than 4 MiB"),
        (count("string-join(for $i in 1 to 100 return $m, '')"), &narrow, middle, "more than 64 MiB"),
        (
            r#"<xsl:function name="f:f"><xsl:param name="n"/><xsl:param name="s"/><xsl:sequence select="$s"/><xsl:if test="$n &gt; 0"><xsl:sequence select="f:f($n - 1, $s)"/></xsl:if></xsl:function><xsl:template match="/"><xsl:value-of select="count(f:f(2000, //b))"/></xsl:template>"#.to_owned(),
            &wide,
            middle,
            "more than 64 MiB",
        ),
        // From the children to their parent and back.
        (
            r#"<xsl:template match="a"><xsl:apply-templates/></xsl:template><xsl:template match="b"><xsl:apply-templates select=".."/></xsl:template>"#.to_owned(),
            &wide,
            middle,
            "more than 64 MiB",
        ),
        // What each round made ends with it.
        (
            r#"<xsl:template match="/"><xsl:for-each select="1 to 5000"><xsl:variable name="v" select="string-join(for $i in 1 to 100 return 'xxxxxxxxxxxxxxxxxxxx', '')"/><xsl:if test="$v = 'x'"><a/></xsl:if></xsl:for-each></xsl:template>"#.to_owned(),
            &narrow,
            small,
            "ok",
        ),
        (
            r#"<xsl:template match="/"><xsl:iterate select="1 to 5000"><xsl:param name="v" select="''"/><xsl:next-iteration><xsl:with-param name="v" select="substring(concat($v, 'xxxxxxxxxxxxxxxxxxxx'), 1, 3000)"/></xsl:next-iteration></xsl:iterate></xsl:template>"#.to_owned(),
            &narrow,
            small,
            "ok",
        ),
        (
            r#"<xsl:template match="/"><xsl:for-each-group select="1 to 20000" group-by=". mod 7"><xsl:sort select="count(current-group())"/><a/></xsl:for-each-group></xsl:template>"#.to_owned(),
            &narrow,
            small,
            "ok",
        ),
    ];
    let mut wrong = Vec::new();
    for (body, input, limits, expect) in cases {
        let got = hurt(&body, input, limits);
        if !got.contains(expect) {
            wrong.push(format!("{body}\n  expected {expect}\n       got {got}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn many_namespaces_are_copied_soon() {
    let identity = r#"<xsl:template match="@*|node()"><xsl:copy><xsl:apply-templates select="@*|node()"/></xsl:copy></xsl:template>"#;
    let spaces: String = (0..900).map(|i| format!(" xmlns:p{i}='urn:p{i}'")).collect();
    let input = format!("<a{spaces}>{}</a>", "<b/>".repeat(200));
    #[expect(clippy::disallowed_methods, reason = "what is tested is the time that it takes")]
    let start = std::time::Instant::now();
    assert_eq!(hurt(identity, &input, Limits::default()), "ok");
    let axis = r#"<xsl:template match="/"><xsl:value-of select="count(//b/namespace::p7)"/></xsl:template>"#;
    assert_eq!(hurt(axis, &input, Limits::default()), "ok");
    assert!(start.elapsed().as_secs() < 4, "{:?}", start.elapsed());
}
