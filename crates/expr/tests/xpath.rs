//! XPath at its boundary: expression and body in, value or sentence out.

use base::{Message, Timestamp, Value};
use expr::{Namespaces, StaticScope, XPath, XPathValue};

#[path = "xpath/limits.rs"]
mod limits;

const ORDERS: &str = r#"<?xml version="1.0"?>
<!--top--><orders xmlns:p="urn:p" p:kind="k"><order id="1"><item price="9.50">pen</item><item price="10">ink &amp; co</item><p:note>hi</p:note></order><order id="2"><item price="3"><![CDATA[<raw>]]></item></order><?go fast?><empty/><n>9</n><n>10</n><d>2026-01-31</d></orders>"#;

fn namespaces() -> Namespaces {
    Namespaces::new([("p".to_owned(), "urn:p".to_owned()), ("q".to_owned(), "urn:q".to_owned())])
}

fn scope_of(body: &str) -> StaticScope {
    let mut message = Message::of(body.to_owned());
    message.headers.set("Country", "DE");
    message.headers.set("Count", 5);
    message.headers.set("Both", "header");
    message.properties.insert("Both".to_owned(), "property".into());
    message.properties.insert("Text".to_owned(), "7".into());
    message.properties.insert("Flag".to_owned(), true.into());
    message.properties.insert("Many".to_owned(), Value::List(vec![1.into(), "b".into()]));
    let mut scope = StaticScope::of(message);
    // 2026-11-22T08:00:00.250Z
    scope.now = Timestamp(1_795_334_400_250);
    scope
}

fn eval(text: &str, body: &str) -> Result<XPathValue, String> {
    let xpath = XPath::parse(text, &namespaces()).map_err(|e| format!("parse: {}", e.message))?;
    xpath.eval(&scope_of(body).scope()).map_err(|e| e.0)
}

/// One line for a result: nodes in `{}`, lists in `()`, text in quotes.
fn show(result: Result<XPathValue, String>) -> String {
    match result {
        Ok(XPathValue::Nodes(nodes)) => format!("{{{}}}", nodes.join(" ; ")),
        Ok(XPathValue::List(items)) => format!("({})", items.join(", ")),
        Ok(XPathValue::Text(text)) => format!("'{text}'"),
        Ok(XPathValue::Number(n)) => n.to_string(),
        Ok(XPathValue::Bool(b)) => b.to_string(),
        Err(error) => format!("error: {error}"),
    }
}

fn check(body: &str, cases: &[(&str, &str)]) {
    let wrong: Vec<String> = cases
        .iter()
        .map(|(text, expect)| (text, expect, show(eval(text, body))))
        .filter(|(_, expect, got)| *expect != got)
        .map(|(text, expect, got)| format!("{text}\n  expected {expect}\n       got {got}"))
        .collect();
    assert!(wrong.is_empty(), "{} of {} wrong:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn paths() {
    check(
        ORDERS,
        &[
            ("/orders/order/@id", "{1 ; 2}"),
            ("orders/order[1]/item[1]/text()", "{pen}"),
            ("//item", r#"{<item price="9.50">pen</item> ; <item price="10">ink &amp; co</item> ; <item price="3">&lt;raw&gt;</item>}"#),
            ("//item/text()", "{pen ; ink & co ; <raw>}"),
            ("//item[1]/@price", "{9.50 ; 3}"),
            ("(//item)[1]/@price", "{9.50}"),
            ("(//item)[last()]/@price", "{3}"),
            ("//item[@price > 9]/@price", "{9.50 ; 10}"),
            ("//item[@price = '10']/@price", "{10}"),
            ("//item[last()]/@price", "{10 ; 3}"),
            ("//item[position() = 2]/@price", "{10}"),
            ("//item[position() < last()]/@price", "{9.50}"),
            ("/orders/order[item/@price = 3]/@id", "{2}"),
            ("/orders/order[@id = 1][item]/@id", "{1}"),
            ("/orders/order[2]/preceding-sibling::*/@id", "{1}"),
            ("/orders/order[1]/following-sibling::*[1]/@id", "{2}"),
            ("//empty/preceding-sibling::*[1]/@id", "{2}"),
            ("//empty/preceding-sibling::order/@id", "{1 ; 2}"),
            ("//p:note", r#"{<p:note xmlns:p="urn:p">hi</p:note>}"#),
            ("//*:note/text()", "{hi}"),
            ("//p:*/text()", "{hi}"),
            ("//Q{urn:p}note/text()", "{hi}"),
            ("//q:note", "{}"),
            ("//note", "{}"),
            ("/orders/@p:kind", "{k}"),
            ("/orders/@kind", "{}"),
            ("/orders/@*:kind", "{k}"),
            ("/orders/@*", "{k}"),
            ("//item/..//@id", "{1 ; 2}"),
            ("//item/parent::order/@id", "{1 ; 2}"),
            ("//text()[. = 'pen']/ancestor::*/name()", "(orders, order, item)"),
            ("//text()[. = 'pen']/ancestor::*[1]/name()", "'item'"),
            ("//item[1]/ancestor-or-self::*[last()]/name()", "'orders'"),
            ("/comment()", "{<!--top-->}"),
            ("//processing-instruction()", "{<?go fast?>}"),
            ("//processing-instruction('go')/string()", "'fast'"),
            ("//processing-instruction(no)", "{}"),
            ("//empty", "{<empty/>}"),
            ("//empty/following::*/name()", "(n, n, d)"),
            ("//n[1]/preceding::item/@price", "{9.50 ; 10 ; 3}"),
            ("//order[2]/preceding::*[1]/name()", "'p:note'"),
            ("count(//node())", "20"),
            ("count(//@*)", "6"),
            ("count(/descendant-or-self::node())", "21"),
            ("//order[1]/self::order/@id", "{1}"),
            ("//order[1]/self::item", "{}"),
            ("/orders/namespace::p", "{urn:p}"),
            ("count(/orders/namespace::*)", "2"),
            ("/", ""),
            ("/orders/element(n)", "{<n>9</n> ; <n>10</n>}"),
            ("/orders/order[1]/attribute(id)", "{1}"),
            ("/orders/order[1]/attribute::id", "{1}"),
            ("/orders/child::n/child::text()", "{9 ; 10}"),
            ("//item | //n", r#"{<item price="9.50">pen</item> ; <item price="10">ink &amp; co</item> ; <item price="3">&lt;raw&gt;</item> ; <n>9</n> ; <n>10</n>}"#),
            ("(//n | //n)[2]/text()", "{10}"),
            ("count(//item union //n union //item)", "5"),
            ("(//* intersect //n)/text()", "{9 ; 10}"),
            ("(//item except //item[1])/@price", "{10}"),
            ("/orders/(n, d)/string()", "(9, 10, 2026-01-31)"),
            ("/orders/(d, n)/name()", "(n, n, d)"),
            ("/orders/n/number() ", "(9, 10)"),
            ("//order/count(item)", "(2, 1)"),
            ("/orders/./n[1]/.", "{<n>9</n>}"),
            (".//n[1]", "{<n>9</n>}"),
            ("/orders/div", "{}"),
            ("//order[not(p:note)]/@id", "{2}"),
            ("//order[item[@price = 10]]/@id", "{1}"),
            ("//order[item/text() = 'pen']/@id", "{1}"),
            ("//order[count(item) > 1]/@id", "{1}"),
            ("//@id[. = 2]/../item/string()", "'<raw>'"),
            ("(: a (: nested :) comment :) //n[1] (: end :)/text()", "{9}"),
        ]
        .iter()
        .filter(|(_, e)| !e.is_empty())
        .copied()
        .collect::<Vec<_>>(),
    );
}

#[test]
fn comparisons() {
    check(
        ORDERS,
        &[
            ("/orders/n > 9", "true"),
            ("/orders/n > 10", "false"),
            ("/orders/n = 9", "true"),
            ("/orders/n != 9", "true"),
            ("/orders/missing = 9", "false"),
            ("/orders/missing != 9", "false"),
            ("not(/orders/missing = 9)", "true"),
            ("/orders/n[1] < /orders/n[2]", "false"),
            ("number(/orders/n[1]) < number(/orders/n[2])", "true"),
            ("/orders/n = /orders/n[2]", "true"),
            ("'10' > 9", "true"),
            ("'abc' > 9", "false"),
            ("'abc' != 9", "true"),
            ("1 = 1.0", "true"),
            ("1 eq 1e0", "true"),
            ("0.1 + 0.2 = 0.3", "true"),
            ("'a' lt 'b'", "true"),
            ("'a' ge 'b'", "false"),
            ("2 le 2 and 3 gt 2 and 1 ne 2", "true"),
            ("() eq 1", "{}"),
            ("(1, 2, 3) = (3, 4)", "true"),
            ("(1, 2) = (3, 4)", "false"),
            ("true() = 'true'", "true"),
            ("$Flag = 'true'", "true"),
            ("//order[1] << //order[2]", "true"),
            ("//order[1] >> //order[2]", "false"),
            ("//order[1] is /orders/order[1]", "true"),
            ("/orders/d = xs:date('2026-01-31')", "true"),
            ("xs:date('2026-01-31') < xs:date('2026-02-01')", "true"),
            ("xs:dateTime('2026-01-31T12:00:00Z') = xs:dateTime('2026-01-31T14:00:00+02:00')", "true"),
            ("number('x') = number('x')", "false"),
            ("number('x') != number('x')", "true"),
            ("1 = 1 or 1 idiv 0 = 1", "true"),
            ("1 = 2 and 1 idiv 0 = 1", "false"),
            ("deep-equal(//n[1], //n[1])", "true"),
            ("deep-equal(//n[1], //n[2])", "false"),
            ("deep-equal((1, 'a'), (1.0, 'a'))", "true"),
            ("boolean(//n)", "true"),
            ("boolean('')", "false"),
            ("boolean(0)", "false"),
        ],
    );
}

#[test]
fn numbers() {
    check(
        ORDERS,
        &[
            ("1 + 2 * 3", "7"),
            ("(1 + 2) * 3", "9"),
            ("10 - 2 - 3", "5"),
            ("7 div 2", "3.5"),
            ("7 idiv 2", "3"),
            ("-7 idiv 2", "-3"),
            ("7 mod 3", "1"),
            ("-7 mod 3", "-1"),
            ("5.5 mod 2", "1.5"),
            ("--3", "3"),
            ("string(1 div 3)", "'0.333333333333333333'"),
            ("string(1.10 + 2.20)", "'3.3'"),
            ("string(1e0 div 0)", "'INF'"),
            ("string(1000000)", "'1000000'"),
            ("string(1000000e0)", "'1.0E6'"),
            ("string(0.0000001e0)", "'1.0E-7'"),
            ("string(number('abc'))", "'NaN'"),
            ("string(3e0)", "'3'"),
            ("/orders/n[1] * 2", "18"),
            ("() + 1", "{}"),
            ("sum(//item/@price)", "22.5"),
            ("sum(())", "0"),
            ("sum((), 'none')", "'none'"),
            ("string(sum((1.1, 2.2)))", "'3.3'"),
            ("avg((1, 2, 3, 4))", "2.5"),
            ("avg(())", "{}"),
            ("min(//item/@price)", "3"),
            ("max(//item/@price)", "10"),
            ("max(('b', 'c', 'a'))", "'c'"),
            ("count(//item)", "3"),
            ("abs(-2.5)", "2.5"),
            ("round(2.5)", "3"),
            ("round(-2.5)", "-2"),
            ("round(2.345, 2)", "2.35"),
            ("round-half-to-even(2.5)", "2"),
            ("round-half-to-even(2.345, 2)", "2.34"),
            ("round(1234, -2)", "1200"),
            ("floor(-1.5)", "-2"),
            ("ceiling(1.2)", "2"),
            ("number('12') + 1", "13"),
            ("number(//empty)", "NaN"),
            ("1 to 4", "(1, 2, 3, 4)"),
            ("4 to 1", "{}"),
            ("format-number(1234567.891, '#,##0.00')", "'1,234,567.89'"),
            ("format-number(0.5, '0%')", "'50%'"),
            ("format-number(5, '000')", "'005'"),
            ("format-number(-5, '0.00')", "'-5.00'"),
            ("format-number(-5, '0.00;(0.00)')", "'(5.00)'"),
            ("format-number(.5, '#.##')", "'.5'"),
            ("format-number(12, '#.##')", "'12'"),
            ("format-number(number('x'), '0')", "'NaN'"),
            ("format-number(//n[2], 'EUR 0.00')", "'EUR 10.00'"),
            ("9223372036854775807 + 1", "error: a calculation gave a number that is too large"),
            ("1 idiv 0", "error: a division by zero"),
        ],
    );
}

#[test]
fn texts() {
    check(
        ORDERS,
        &[
            ("concat('a', 1, true(), ())", "'a1true'"),
            ("'a' || 1 || 'b'", "'a1b'"),
            ("string-join(//n, '-')", "'9-10'"),
            ("string-join(('a', 'b'))", "'ab'"),
            ("contains('abc', 'b')", "true"),
            ("contains('abc', '')", "true"),
            ("starts-with('abc', 'ab')", "true"),
            ("ends-with('abc', 'bc')", "true"),
            ("substring('12345', 2, 3)", "'234'"),
            ("substring('12345', 0, 3)", "'12'"),
            ("substring('12345', 1.5, 2.6)", "'234'"),
            ("substring('12345', 2)", "'2345'"),
            ("substring('12345', 0 div 0e0, 3)", "''"),
            ("substring-before('2026-01', '-')", "'2026'"),
            ("substring-after('2026-01', '-')", "'01'"),
            ("substring-after('2026', '-')", "''"),
            ("string-length('äöü')", "3"),
            ("normalize-space('  a  b ')", "'a b'"),
            ("translate('bar', 'abc', 'AB')", "'BAr'"),
            ("translate('-a-b-', '-', '')", "'ab'"),
            ("upper-case('aß')", "'ASS'"),
            ("lower-case('AB')", "'ab'"),
            ("compare('a', 'b')", "-1"),
            ("matches('abc123', '^[a-z]+\\d+$')", "true"),
            ("matches('ABC', 'b', 'i')", "true"),
            ("matches('a\nb', 'a.b', 's')", "true"),
            ("matches('helloworld', 'hello world', 'x')", "true"),
            ("matches('b', '[a-z-[aeiou]]')", "true"),
            ("matches('e', '^[a-z-[aeiou]]$')", "false"),
            ("matches('a&b', '^[a&]+b$')", "true"),
            ("replace('2026-01-31', '(\\d+)-(\\d+)-(\\d+)', '$3.$2.$1')", "'31.01.2026'"),
            ("replace('a.b', '.', '-', 'q')", "'a-b'"),
            ("replace('abc', 'b', '\\$')", "'a$c'"),
            ("tokenize('a,b,,c', ',')", "(a, b, , c)"),
            ("tokenize(' a  b ')", "(a, b)"),
            ("tokenize('', ',')", "{}"),
            ("count(tokenize('a1b2c', '[0-9]'))", "3"),
            ("encode-for-uri('a b/ä')", "'a%20b%2F%C3%A4'"),
            ("codepoints-to-string((72, 105))", "'Hi'"),
            ("string-to-codepoints('Hi')", "(72, 105)"),
            ("'it''s'", "'it's'"),
            ("\"say \"\"x\"\"\"", "'say \"x\"'"),
            ("string(//order[2])", "'<raw>'"),
            ("//order[1]/item[2]/string()", "'ink & co'"),
            ("name(//p:note)", "'p:note'"),
            ("local-name(//p:note)", "'note'"),
            ("namespace-uri(//p:note)", "'urn:p'"),
            ("node-name(//p:note)", "'p:note'"),
            ("name(/orders/@p:kind)", "'p:kind'"),
            ("name()", "''"),
            ("path(//order[2]/item)", "'/orders[1]/order[2]/item[1]'"),
            ("'a,b' => tokenize(',') => string-join('+')", "'a+b'"),
            ("fn:upper-case('x')", "'X'"),
            ("replace('abc', 'x*', '-')", "error: the pattern of replace() also matches the empty text"),
            ("contains(//item, 'p')", "error: contains() takes one value as its first argument, this message gave 3"),
        ],
    );
}

#[test]
fn sequences() {
    check(
        ORDERS,
        &[
            ("(1, 'a', true())", "(1, a, true)"),
            ("()", "{}"),
            ("((1, 2), 3)", "(1, 2, 3)"),
            ("if (//n) then 'yes' else 'no'", "'yes'"),
            ("if (//x) then 1 else if (//y) then 2 else 3", "3"),
            ("for $i in 1 to 3 return $i * $i", "(1, 4, 9)"),
            ("for $i in 1 to 2, $j in 1 to 2 return $i * 10 + $j", "(11, 12, 21, 22)"),
            ("for $o in //order return count($o/item)", "(2, 1)"),
            ("let $x := 2, $y := $x + 1 return $x * $y", "6"),
            ("some $n in //n satisfies $n > 9", "true"),
            ("every $n in //n satisfies $n > 9", "false"),
            ("every $n in () satisfies false()", "true"),
            ("some $x in (1, 2), $y in (2, 3) satisfies $x = $y", "true"),
            ("(1 to 5)[. mod 2 = 1]", "(1, 3, 5)"),
            ("(1 to 5)[2]", "2"),
            ("(1 to 3) ! (. * 2)", "(2, 4, 6)"),
            ("//n ! string(.) ! concat(., 'x')", "(9x, 10x)"),
            ("exists(//n)", "true"),
            ("empty(//n)", "false"),
            ("distinct-values((1, 1.0, 'a', 'a', 2))", "(1, a, 2)"),
            ("reverse((1, 2, 3))", "(3, 2, 1)"),
            ("sort((3, 1, 2))", "(1, 2, 3)"),
            ("sort((2.5, 1, number('x'), 2))", "(NaN, 1, 2, 2.5)"),
            ("sort(//n)", "{<n>10</n> ; <n>9</n>}"),
            ("sort((1, 'a'))", "error: sort() cannot order a whole number and a text"),
            ("subsequence((1, 2, 3, 4), 2, 2)", "(2, 3)"),
            ("insert-before((1, 3), 2, 2)", "(1, 2, 3)"),
            ("remove((1, 2, 3), 2)", "(1, 3)"),
            ("index-of((10, 20, 10), 10)", "(1, 3)"),
            ("head((1, 2))", "1"),
            ("tail((1, 2, 3))", "(2, 3)"),
            ("exactly-one(//d)", "{<d>2026-01-31</d>}"),
            ("root(//n[1])/orders/n[1]", "{<n>9</n>}"),
            ("data(//n)", "(9, 10)"),
            ("5 instance of xs:integer", "true"),
            ("5 instance of xs:string", "false"),
            ("5.0 instance of xs:decimal", "true"),
            ("//n instance of element(n)+", "true"),
            ("() instance of empty-sequence()", "true"),
            ("(1, 2) instance of xs:integer*", "true"),
            ("(1, 2) instance of xs:integer", "false"),
            ("'5' cast as xs:integer", "5"),
            ("xs:int('12') + 1", "13"),
            ("xs:boolean('1')", "true"),
            ("'x' castable as xs:int", "false"),
            ("'3000000000' castable as xs:int", "false"),
            ("'3000000000' castable as xs:long", "true"),
            ("xs:integer(3.9)", "3"),
            ("string(xs:decimal('1.50'))", "'1.5'"),
            ("xs:string(12)", "'12'"),
            ("xs:date(()) ", "{}"),
            ("(5 treat as xs:integer) + 1", "6"),
            ("$Country", "'DE'"),
            ("$country = 'DE'", "true"),
            ("$Count > 4", "true"),
            ("$Both", "'header'"),
            ("$Text > 6", "true"),
            ("$text", "{}"),
            ("$Many", "(1, b)"),
            ("$Many ! concat(., '!')", "(1!, b!)"),
            ("//order[@id = $Count - 4]/@id", "{1}"),
            ("exactly-one(//n)", "error: exactly-one() demands exactly one value, this message gave 2"),
            ("'x' cast as xs:integer", "error: \"x\" is not a whole number of type xs:integer"),
            ("(1, 2) and true()", "error: a list of 2 values is neither true nor false; use exists() or compare it"),
            ("/orders/n/string()/x", "error: a path step needs nodes, but there is a value before it"),
        ],
    );
}

#[test]
fn times() {
    check(
        ORDERS,
        &[
            ("current-date()", "'2026-11-22Z'"),
            ("current-dateTime()", "'2026-11-22T08:00:00.25Z'"),
            ("string(current-time())", "'08:00:00.25Z'"),
            ("format-date(current-date(), '[Y0001]-[M01]-[D01]')", "'2026-11-22'"),
            ("format-date(xs:date('2026-01-05'), '[D]. [MNn] [Y], [FNn]')", "'5. January 2026, Monday'"),
            ("format-date(xs:date('2026-01-05'), '[D1o] [MN,*-3] [Y01]')", "'5th JAN 26'"),
            ("format-date(/orders/d, '[Y][M01][D01]')", "'20260131'"),
            ("format-dateTime(current-dateTime(), '[H01]:[m01]:[s01].[f001] [Z]')", "'08:00:00.250 +00:00'"),
            ("format-dateTime(xs:dateTime('2026-01-05T15:04:05'), '[h]:[m] [PN] [[x]]')", "'3:04 PM [x]'"),
            ("format-time(xs:time('07:08:09'), '[H01][m01][s01]')", "'070809'"),
            ("year-from-date(xs:date('2026-01-05'))", "2026"),
            ("month-from-dateTime(current-dateTime())", "11"),
            ("day-from-date(/orders/d)", "31"),
            ("hours-from-dateTime(xs:dateTime('2026-01-05T15:04:05'))", "15"),
            ("seconds-from-time(xs:time('07:08:09.5'))", "9.5"),
            ("xs:date('2026-01-31') + xs:yearMonthDuration('P1M')", "'2026-02-28'"),
            ("xs:date('2026-01-31') + xs:dayTimeDuration('P1D')", "'2026-02-01'"),
            ("current-dateTime() - xs:dayTimeDuration('PT36H')", "'2026-11-20T20:00:00.25Z'"),
            ("xs:date('2026-03-01') - xs:date('2026-02-01')", "'P28D'"),
            ("days-from-duration(xs:date('2026-03-01') - xs:date('2026-02-01'))", "28"),
            ("xs:dayTimeDuration('PT90M')", "'PT1H30M'"),
            ("xs:dayTimeDuration('P1D') div xs:dayTimeDuration('PT1H')", "24"),
            ("xs:dayTimeDuration('PT1H') * 1.5", "'PT1H30M'"),
            ("xs:date(xs:dateTime('2026-01-05T15:04:05Z'))", "'2026-01-05Z'"),
            ("xs:dateTime(xs:date('2026-01-05'))", "'2026-01-05T00:00:00'"),
            ("dateTime(xs:date('2026-01-05'), xs:time('10:00:00'))", "'2026-01-05T10:00:00'"),
            (
                "adjust-dateTime-to-timezone(xs:dateTime('2026-01-05T15:00:00Z'), xs:dayTimeDuration('PT2H'))",
                "'2026-01-05T17:00:00+02:00'",
            ),
            ("max((xs:date('2026-01-05'), xs:date('2026-02-05')))", "'2026-02-05'"),
            ("'2026-02-30' castable as xs:date", "false"),
            ("xs:date('31.01.2026')", "error: \"31.01.2026\" is not a date such as 2026-01-31"),
            ("xs:date('2026-01-05') + 1", "error: a date cannot be calculated with a whole number"),
            ("xs:date('9999-12-31') + xs:dayTimeDuration('P1D')", "error: a calculation left the calendar"),
            (
                "format-date(xs:date('2026-01-05'), '[H]')",
                "error: the picture field [H] does not fit what is formatted",
            ),
            ("format-date(xs:date('2026-01-05'), '[Y')", "error: the date picture \"[Y\" has a `[` without `]`"),
        ],
    );
}

#[test]
fn nodes_stand_alone() {
    let body = r#"<a xmlns="urn:d" xmlns:x="urn:x" xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><b c="&quot;&#10;&lt;"><x:d/><e xmlns="">t</e></b><f i:type="x:T"/>5 &lt; 6</a>"#;
    check(
        body,
        &[
            ("//*:b", "{<b xmlns=\"urn:d\" c=\"&quot;&#10;&lt;\"><x:d xmlns:x=\"urn:x\"/><e xmlns=\"\">t</e></b>}"),
            (
                "//*:f",
                r#"{<f xmlns="urn:d" xmlns:i="http://www.w3.org/2001/XMLSchema-instance" xmlns:x="urn:x" i:type="x:T"/>}"#,
            ),
            ("//e", "{<e>t</e>}"),
            ("/*:a/text()", "{5 < 6}"),
            ("//*:b/@c", "{\"\n<}"),
            (
                "/",
                r#"{<a xmlns="urn:d"><b c="&quot;&#10;&lt;"><x:d xmlns:x="urn:x"/><e xmlns="">t</e></b><f xmlns:i="http://www.w3.org/2001/XMLSchema-instance" xmlns:x="urn:x" i:type="x:T"/>5 &lt; 6</a>}"#,
            ),
        ],
    );
}

#[test]
fn values_and_tests() {
    let value = |text: &str| XPath::parse(text, &namespaces()).unwrap().value(&scope_of(ORDERS).scope()).unwrap();
    assert_eq!(value("//item"), Value::Text("pen".into()));
    assert_eq!(value("//missing"), Value::Text(String::new()));
    assert_eq!(value("count(//item)"), Value::Int(3));
    assert_eq!(value("sum(//item/@price)"), Value::Float(22.5));
    assert_eq!(value("number(//n[1])"), Value::Int(9));
    assert_eq!(value("1000000e0"), Value::Text("1.0E6".into()));
    assert_eq!(value("1 = 1"), Value::Bool(true));
    assert_eq!(value("tokenize('a,b', ',')"), Value::Text("a".into()));
    let test = |text: &str, body: &str| XPath::parse(text, &namespaces()).unwrap().test(&scope_of(body).scope());
    assert_eq!(test("//n", ORDERS), Ok(true));
    assert_eq!(test("//m", ORDERS), Ok(false));
    assert_eq!(test("$Country = 'DE'", "not xml"), Ok(true), "a body that is not looked at may be anything");
    assert_eq!(test("tokenize('a,b', ',')[. = 'b'] = 'b'", ""), Ok(true));
    assert_eq!(XPath::parse(" //n ", &namespaces()).unwrap().source(), " //n ");
}
