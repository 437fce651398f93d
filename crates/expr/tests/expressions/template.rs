//! Templates: every function, what may follow it, and what authors get wrong.

use base::Value;
use bytes::Bytes;
use expr::{Namespaces, Template};

use crate::{line, no_namespaces, scope, text};

fn value_on(body: &str, source: &str) -> Result<Value, String> {
    let template = match Template::parse(source, &no_namespaces()) {
        Ok(template) => template,
        Err(errors) => panic!("{source}: {}", errors.iter().map(|e| line(source, e)).collect::<Vec<_>>().join("\n")),
    };
    assert_eq!(template.source(), source);
    template.value(&scope(body).scope()).map_err(|e| e.to_string())
}

fn check(source: &str, expect: impl Into<Value>) {
    assert_eq!(value_on("Hello", source), Ok(expect.into()), "{source}");
}

fn fails(source: &str, sentence: &str) {
    assert_eq!(value_on("Hello", source), Err(sentence.to_owned()), "{source}");
}

fn mistakes(source: &str, expect: &[&str]) {
    let errors = Template::parse(source, &no_namespaces()).expect_err(source);
    let lines: Vec<String> = errors.iter().map(|e| line(source, e)).collect();
    assert_eq!(lines, expect, "{source}");
}

#[test]
fn functions() {
    for (source, expect) in [
        ("", text("")),
        ("plain text", text("plain text")),
        ("${body}", Value::Bytes(Bytes::from("Hello"))),
        ("${in.body}", Value::Bytes(Bytes::from("Hello"))),
        ("${ body }", Value::Bytes(Bytes::from("Hello"))),
        ("<${body}>", text("<Hello>")),
        ("${bodyAs(String)}", text("Hello")),
        ("${bodyAs(java.lang.String)}", text("Hello")),
        ("${bodyAs(byte[])}", Value::Bytes(Bytes::from("Hello"))),
        ("${mandatoryBodyAs(String)}", text("Hello")),
        ("${body.length}", Value::Int(5)),
        ("${in.body.length}", Value::Int(5)),
        ("${body.length()}", Value::Int(5)),
        ("${body.size()}", Value::Int(5)),
        ("${body.toUpperCase()}", text("HELLO")),
        ("${header.Country}", text("DE")),
        ("${header.COUNTRY}", text("DE")),
        ("${headers.Country}", text("DE")),
        ("${in.header.Country}", text("DE")),
        ("${in.headers.Country}", text("DE")),
        ("${header:Country}", text("DE")),
        ("${header[Country]}", text("DE")),
        ("${headers['my name']}", text("spaced")),
        ("${header[\"my name\"]}", text("spaced")),
        ("${header[my name]}", text("spaced")),
        ("${header.a.b-c_d:e}", text("odd")),
        ("${header.count}", Value::Int(41)),
        ("${header.price}", Value::Float(9.5)),
        ("${header.flag}", Value::Bool(true)),
        ("${header.missing}", Value::Null),
        ("[${header.missing}]", text("[]")),
        ("${headerAs(ten, Integer)}", Value::Int(10)),
        ("${headerAs('my name', String)}", text("spaced")),
        ("${headerAs(count, java.lang.String)}", text("41")),
        ("${headerAs(ten, Double)}", Value::Float(10.0)),
        ("${headerAs(yes, Boolean)}", Value::Bool(true)),
        ("${headerAs(missing, Long)}", Value::Null),
        ("${property.counter}", Value::Int(3)),
        ("${exchangeProperty.counter}", Value::Int(3)),
        ("${property[counter]}", Value::Int(3)),
        ("${exchangeProperty['counter']}", Value::Int(3)),
        ("${property.Counter}", Value::Null),
        ("${property.dotted.name}", text("whole")),
        ("${exception.message}", text("HTTP 503")),
        ("${exception.stacktrace}", text("at send")),
        ("${exception.message.toLowerCase()}", text("http 503")),
        ("${exchangeId}", text("A-1")),
        ("${id}", text("A-1")),
        ("${in.id}", text("A-1")),
        ("${camelId}", text("orders")),
        ("${header.SAP_MessageProcessingLogID}", text("A-1")),
        ("${property.SAP_MessageProcessingLogID}", text("A-1")),
        ("${file:name}", text("in/orders.2026.csv")),
        ("${file:name.noext}", text("in/orders.2026")),
        ("${file:name.ext}", text("csv")),
        ("${file:onlyname}", text("orders.2026.csv")),
        ("${file:onlyname.noext}", text("orders.2026")),
        ("${header.Country}-${header.count}-${body}", text("DE-41-Hello")),
    ] {
        check(source, expect);
    }
}

#[test]
fn dates() {
    for (source, expect) in [
        ("${date:now:yyyy-MM-dd}", text("2026-11-22")),
        ("${date:now:HH:mm:ss.SSS}", text("08:05:09.007")),
        ("${date:now:yyyy-MM-dd'T'HH:mm:ssXXX}", text("2026-11-22T08:05:09Z")),
        ("${date:now:hh 'o''clock' '}' a}", text("08 o'clock } AM")),
        ("${date:now}", text("Sun Nov 22 08:05:09 UTC 2026")),
        ("${date:now-2h:HH:mm}", text("06:05")),
        ("${date:now-2h}", text("Sun Nov 22 06:05:09 UTC 2026")),
        ("${date:now+2h30m:HH:mm}", text("10:35")),
        ("${date:now+1d-5m:dd HH:mm}", text("23 08:00")),
        ("${date:now+500ms:SSS}", text("507")),
        ("${date:header.created:yyyy}", text("1970")),
        ("${date:in.header.created+1d:yyyy-MM-dd}", text("1970-01-02")),
        ("${date:header.http-date:HH:mm}", text("08:05")),
        ("${date:header.iso:HH:mm}", text("07:05")),
        ("${date:header.day:yyyyMMdd HHmm}", text("20261122 0000")),
        ("${date:header.java:yyyyMMddHHmmss}", text("20261122080509")),
        ("${date:property.counter:SSS}", text("003")),
        ("${date:header.missing:yyyy}", Value::Null),
        ("${date-with-timezone:now:Europe/Berlin:yyyy-MM-dd HH:mm z}", text("2026-11-22 09:05 CET")),
        ("${date-with-timezone:now:GMT+2:HH:mm XXX}", text("10:05 +02:00")),
        ("${date-with-timezone:now:UTC:HH}", text("08")),
        ("${date-with-timezone:now-1d:Asia/Kolkata:dd HH:mm Z}", text("21 13:35 +0530")),
    ] {
        check(source, expect);
    }
    fails("${date:header.Country:yyyy}", "header `Country` holds no date: `DE`");
}

#[test]
fn what_follows_a_value() {
    for (source, expect) in [
        ("${header.Country.toLowerCase()}", text("de")),
        ("${header.padded.trim()}", text("x")),
        ("${header.padded.trim().toUpperCase().length()}", Value::Int(1)),
        ("${header.umlaut.length()}", Value::Int(5)),
        ("${header.umlaut.substring(1,3)}", text("rö")),
        ("${header.umlaut.substring(3)}", text("ße")),
        ("${header.umlaut.substring(5)}", text("")),
        ("${header.Country.replace('D','X')}", text("XE")),
        ("${header.Country.replace(\"E\", \"}\")}", text("D}")),
        ("${header.Country.contains('E')}", Value::Bool(true)),
        ("${header.Country.startsWith('E')}", Value::Bool(false)),
        ("${header.Country.endsWith('E')}", Value::Bool(true)),
        ("${header.Country.equals('DE')}", Value::Bool(true)),
        ("${header.Country.equalsIgnoreCase('de')}", Value::Bool(true)),
        ("${header.Country.indexOf('E')}", Value::Int(1)),
        ("${header.Country.indexOf('?')}", Value::Int(-1)),
        ("${header.empty.isEmpty()}", Value::Bool(true)),
        ("${header.count.toString()}", text("41")),
        ("${header.Country?.toLowerCase()}", text("de")),
        ("${header[Country].toLowerCase()}", text("de")),
        ("${header.missing.toUpperCase()}", Value::Null),
        ("${header.a.b-c_d:e.toUpperCase()}", text("ODD")),
        ("${property.list[0]}", text("a")),
        ("${property.list[2]}", Value::Int(3)),
        ("${property.list[9]}", Value::Null),
        ("${property.list.size()}", Value::Int(3)),
        ("${property.list.contains('b')}", Value::Bool(true)),
        ("${property.list[1].toUpperCase()}", text("B")),
        ("${property.map['city']}", text("Bonn")),
        ("${property.map.city}", text("Bonn")),
        ("${property[map].city}", text("Bonn")),
        ("${property.map.city.toUpperCase()}", text("BONN")),
        ("${property.map.inner.x}", Value::Int(1)),
        ("${property.map['inner']['x']}", Value::Int(1)),
        ("${property.map[nothing]}", Value::Null),
        ("${property.map.size()}", Value::Int(2)),
        ("${property.list.length}", Value::Int(3)),
        ("${property.counter}++", Value::Int(4)),
        ("${property.counter}--", Value::Int(2)),
        ("${property.counterText}++", Value::Int(8)),
        ("C${property.counter}++", text("C3++")),
    ] {
        check(source, expect);
    }
    fails("${header.Country.substring(1,9)}", "substring(1,9) is outside `DE`, which has 2 characters");
    fails("${header.Country.substring(2,1)}", "substring(2,1) is outside `DE`, which has 2 characters");
    fails("${header.Country[0]}", "`[0]` needs a list, but the value is `DE`");
    fails("${header.Country['x']}", "the value has no `x`: `DE`");
    fails("${header.Country}++", "`DE` is not a whole number");
    fails("${header.missing}++", "there is nothing to count: set the value to 0 first");
    fails("${property.last}++", "9223372036854775807 is too large to count on");
    fails("${headerAs(Country, Integer)}", "`DE` is not a whole number");
    fails("${bodyAs(Boolean)}", "`Hello` is not true or false");
    assert_eq!(value_on("", "${mandatoryBodyAs(String)}"), Err("the body is empty".to_owned()));
}

#[test]
fn braces_quotes_and_escapes() {
    for (source, expect) in [
        ("$${body}", "${body}"),
        ("$$ ${header.Country} $", "$$ DE $"),
        ("{\"id\": \"${header.Country}\"}", "{\"id\": \"DE\"}"),
        ("it's ${header.Country}'s", "it's DE's"),
        ("}${header.Country}{", "}DE{"),
        ("\\n stays", "\\n stays"),
    ] {
        check(source, expect);
    }
    assert_eq!(Template::parse("a $${b}", &no_namespaces()).unwrap().constant(), Some("a ${b}"));
    assert_eq!(Template::parse("${body}", &no_namespaces()).unwrap().constant(), None);
    assert_eq!(Template::parse("", &no_namespaces()).unwrap().constant(), Some(""));
    let literal = Template::literal("${body}");
    assert_eq!((literal.constant(), literal.source()), (Some("${body}"), "${body}"));
    assert_eq!(literal.text(&scope("x").scope()), Ok("${body}".to_owned()));
}

#[test]
fn json_and_xpath() {
    let json = r#"{"order": {"id": 7, "items": [{"sku": "}"}, {"sku": "b"}], "open": true}}"#;
    for (source, expect) in [
        ("${jsonpath:$.order.id}", Value::Int(7)),
        ("id ${jsonpath:$.order.id}", text("id 7")),
        ("${jsonpath:$.order.items[?@.sku == '}'].sku}", text("}")),
        ("${jsonpath:$.order.open}", Value::Bool(true)),
        ("${jsonpath:$.none}", Value::Null),
        ("${jsonpath.$.order['id']}", Value::Int(7)),
    ] {
        assert_eq!(value_on(json, source), Ok(expect), "{source}");
    }
    assert_eq!(
        value_on("<a/>", "${jsonpath:$.x}"),
        Err("the body is not JSON: expected value at line 1 column 1".to_owned())
    );
    let namespaces = Namespaces::new([("p".to_owned(), "urn:p".to_owned())]);
    for (source, expect) in [
        ("${xpath:/p:order/@id}", "7"),
        ("${xpath./p:order/@id}", "7"),
        ("id ${xpath:/p:order/@id}", "id 7"),
        ("${xpath:/p:order/item[. = '}']}", "}"),
    ] {
        let body = r#"<p:order xmlns:p="urn:p" id="7"><item>a</item><item>}</item></p:order>"#;
        let template = Template::parse(source, &namespaces).unwrap();
        assert_eq!(template.text(&scope(body).scope()).unwrap(), expect, "{source}");
    }
}

#[test]
fn errors() {
    for (source, expect) in [
        ("${}", "${} | `${}` is empty | write for example ${body} or ${header.name}"),
        ("a ${header.x", "${ | this `${` is never closed | close it with `}`, or write `$${` for the text itself"),
        ("${header['x}", "' | this quote is never closed, so that the `${` before it is not either | close it with '"),
        ("${heeder.x}", "heeder | unknown function `heeder` | did you mean `header`?"),
        ("${in.property.x}", "in.property | unknown function `in.property` | did you mean `property`?"),
        (
            "${exeption.message}",
            "exeption | unknown function `exeption` | known are body, header.name, property.name, exception.message, date:now, xpath:..., jsonpath:... and others",
        ),
        ("${body.toUperCase()}", "toUperCase | unknown method `toUperCase` | did you mean `.toUpperCase()`?"),
        ("${header.x.toUperCase()}", "toUperCase | unknown method `toUperCase` | did you mean `.toUpperCase()`?"),
        ("${body.trim(1)}", "trim | `trim` takes no arguments, not 1"),
        ("${header.x.substring('a')}", "substring | `a` is not a position"),
        ("${header.x.replace('a')}", "replace | `replace` takes two arguments, not 1"),
        ("${header.x.contains()}", "contains | `contains` takes one argument, not 0"),
        ("${header}", "header | the name of the header is missing | write for example ${header.name}"),
        ("${property.}", ". | the name of the property is missing | write for example ${property.name}"),
        ("${header[]}", "[] | a name is missing in the brackets"),
        ("${header[x}", "[ | this bracket is never closed | close it with `]`"),
        (
            "${header.my name}",
            "  | ` ` does not fit into a name | names with other characters stand in brackets: ${header['my name']}",
        ),
        ("${body and more}", "  | ` ` does not fit here | a value is followed by `.method()`, `[0]` or nothing"),
        ("${bodyAs(Strin)}", "Strin | unknown type `Strin` | did you mean `String`?"),
        (
            "${bodyAs(org.w3c.dom.Document)}",
            "org.w3c.dom.Document | unknown type `org.w3c.dom.Document` | use String, Integer, Long, Double, Boolean or byte[]",
        ),
        (
            "${headerAs(x)}",
            "headerAs(x) | `headerAs` takes a name and a type | write for example ${headerAs(name, Integer)}",
        ),
        ("${headerAs(x, Intger)}", "Intger | unknown type `Intger` | did you mean `Integer`?"),
        (
            "${exception.class}",
            "class | an exception has no `class` | use ${exception.message} or ${exception.stacktrace}",
        ),
        ("${exception}", "exception | `exception` needs more | write for example ${exception.message}"),
        ("${date}", "date | `date` needs more | write for example ${date:now:yyyy-MM-dd}"),
        (
            "${date:nov}",
            "nov | unknown date command `nov` | use `now`, `header.name` or `property.name`, with an offset such as `now-2h`",
        ),
        (
            "${date:now-2x:yyyy}",
            "now-2x | unknown date command `now-2x` | an offset is written as `now-2h` or `now+1d12h` (units d, h, m, s, ms)",
        ),
        ("${date:now:}", ": | the date pattern is missing | write for example yyyy-MM-dd"),
        (
            "${date:now:yyyy-QQ}",
            "QQ | `Q` is not a letter of date patterns | text stands between single quotes, for example yyyy-MM-dd'T'HH:mm:ss",
        ),
        (
            "${date-with-timezone:now}",
            "now | the time zone is missing | write for example ${date-with-timezone:now:Europe/Berlin:yyyy-MM-dd HH:mm}",
        ),
        (
            "${date-with-timezone:now:Europe/Berln:HH}",
            "Europe/Berln | unknown time zone `Europe/Berln` | did you mean `Europe/Berlin`?",
        ),
        ("${jsonpath:order}", "o | a JSONPath starts with `$` | write `$.order`"),
        (
            "${jsonpath:$.a[(@.length-1)]}",
            "[(@.length-1)] | `[(...)]` is not part of JSONPath (RFC 9535) | write `[-1]`",
        ),
        ("${file:size}", "size | a file has no `size` | use name, name.noext, name.ext, onlyname or onlyname.noext"),
        ("${random(10)}", "random | random values are not available in expressions | use a number range or a script"),
        ("${sys.user.home}", "sys | system properties are not available in expressions | use a parameter: {{name}}"),
        (
            "${sysenv.PATH}",
            "sysenv | environment variables are not available in expressions | use a parameter: {{name}}",
        ),
        (
            "${messageHistory}",
            "messageHistory | the message history is not available in expressions | it is in the message log",
        ),
        (
            "${header.${property.n}}",
            "${ | a function cannot stand inside another function | set a property to the inner value first, then use the property",
        ),
    ] {
        mistakes(source, &[expect]);
    }
    mistakes(
        "${boddy} and ${uuid}, ü ${bodyAs}",
        &[
            "boddy | unknown function `boddy` | did you mean `body`?",
            "uuid | random values are not available in expressions | use a number range or a script",
            "bodyAs | `bodyAs` takes a type | write for example ${bodyAs(String)}",
        ],
    );
}

/// Ranges of an XPath mistake count from the start of the template.
#[test]
fn xpath_errors_are_moved() {
    let source = "ü ${xpath:/a[}";
    let errors = Template::parse(source, &no_namespaces()).unwrap_err();
    assert!(errors[0].range.start >= "ü ${xpath:".len() && errors[0].range.end <= source.len(), "{errors:?}");
}
