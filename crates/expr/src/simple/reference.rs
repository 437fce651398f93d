//! The chapter about templates: functions, methods, types, missing values.

use super::access::METHODS;
use super::function::{FILE_PARTS, KNOWN, MAX_NAME, REFUSED};
use super::kind::{Kind, NAMES};
use super::{MAX_DEPTH, MAX_FUNCTIONS, MAX_RESULT, MAX_SOURCE};
use crate::reference::{Language, Page, codes};

pub(crate) use super::condition::reference::write as write_conditions;

pub(crate) fn write(page: &mut Page) {
    page.heading(2, "Templates");
    page.says(
        "A template is text with functions in it: `${...}`. A template that is exactly one function keeps the kind of \
         its value (a number stays a number, a body stays bytes); everything else gives text.",
    );
    page.heading(3, "Functions");
    page.table(Language::Template, "function", "gives");
    for name in KNOWN {
        let (form, meaning, expression, result) = function_doc(name);
        page.row(form, meaning, expression, result);
        if name == "file" {
            for (part, _) in FILE_PARTS {
                let (meaning, result) = file_doc(part);
                page.row(&format!("`file:{part}`"), meaning, &format!("${{file:{part}}}"), result);
            }
        }
    }
    page.says(
        "A dot or a colon may stand after `header`, `property`, `xpath` and `jsonpath`. A function cannot stand inside \
         another. `$${` is the text `${`.",
    );
    write_names(page);
    page.heading(3, "XPath and JSONPath in templates");
    page.on("xml", "<order id=\"7\"><item>pen</item><item>ink</item></order>");
    page.table(Language::Template, "function", "gives");
    page.row("`xpath:...`", "see [XPath](#xpath)", "${xpath:/order/item[2]}", "\"ink\"");
    page.row("", "a number as XPath writes it", "${xpath:count(//item)}", "2");
    page.row("", "empty text for no node", "${xpath:/order/@none}", "\"\"");
    page.on("json", "{\"order\": {\"id\": 7, \"sku\": \"a\"}}");
    page.table(Language::Template, "function", "gives");
    page.row("`jsonpath:...`", "see [JSONPath](#jsonpath)", "${jsonpath:$.order.id}", "7");
    page.row("", "objects and arrays as JSON", "${jsonpath:$.order}", "\"{\"id\":7,\"sku\":\"a\"}\"");
    page.row("", "nothing without a match", "${jsonpath:$.none}", "nothing");
    page.on_text();
    write_methods(page);
    write_kinds(page);
    page.heading(3, "Functions of Camel that are left out");
    page.table(Language::Template, "function", "instead");
    for (name, message, help) in REFUSED {
        page.row(&format!("`{name}`"), help, &format!("${{{name}}}"), &format!("error: {message}"));
    }
    page.heading(3, "Limits");
    page.list([
        format!("An expression has at most {} and {MAX_FUNCTIONS} functions.", size(MAX_SOURCE)),
        format!("Braces, parentheses and calls after each other: at most {MAX_DEPTH}."),
        format!("A name of a header or property has at most {MAX_NAME} bytes."),
        format!(
            "An expression gives at most {}; a body alone, `${{body}}`, is not copied and has no limit.",
            size(MAX_RESULT)
        ),
    ]);
}

/// A size without a needless point: `64 MB`.
fn size(bytes: usize) -> String {
    base::format_bytes(bytes as u64).replace(".0 ", " ")
}

fn write_names(page: &mut Page) {
    page.heading(3, "Names and missing values");
    page.table(Language::Template, "case", "rule");
    for (what, meaning, expression, result) in [
        ("headers", "names compare without case", "${header.COUNTRY}", "\"DE\""),
        ("properties", "names compare with case", "${property.Counter}", "nothing"),
        ("other characters in a name", "brackets, with or without quotes", "${header['my name']}", "\"spaced\""),
        ("missing, alone", "nothing", "${header.missing}", "nothing"),
        ("missing, in text", "empty text", "[${header.missing}]", "\"[]\""),
        ("a method on nothing", "nothing", "${header.missing.toUpperCase()}", "nothing"),
        ("`headerAs` of nothing", "nothing", "${headerAs(missing, Integer)}", "nothing"),
        (
            "counting nothing",
            "an error",
            "${header.missing}++",
            "error: there is nothing to count: set the value to 0 first",
        ),
        ("text around a function", "text", "No. ${header.count} of ${header.Country}", "\"No. 41 of DE\""),
        ("text without a function", "text", "plain", "\"plain\""),
        ("the sign itself", "doubled dollar", "$${body}", "\"${body}\""),
    ] {
        page.row(what, meaning, expression, result);
    }
}

fn write_methods(page: &mut Page) {
    page.heading(3, "Methods and parts");
    page.says("A value may be followed by methods and parts, one after the other. `?.` is the same as a dot.");
    page.table(Language::Template, "form", "gives");
    for name in METHODS {
        let (form, meaning, expression, result) = method_doc(name);
        page.row(&format!("`.{form}`"), meaning, expression, result);
    }
    for (what, meaning, expression, result) in [
        ("`[0]`", "an item of a list; nothing beyond its end", "${property.list[1]}", "\"b\""),
        ("`['key']`, `.key`", "an entry of a map; nothing without it", "${property.map.city}", "\"Bonn\""),
        ("`.length`", "as `length()`; of a body alone the number of bytes", "${body.length}", "5"),
        ("several", "from left to right", "${header.padded.trim().toUpperCase()}", "\"X\""),
        ("`++`, `--`", "one more, one less; behind the function, as the whole template", "${property.counter}++", "4"),
        ("", "in longer text they are text", "C${property.counter}++", "\"C3++\""),
        ("unknown methods", "are mistakes", "${body.toUperCase()}", "error: unknown method `toUperCase`"),
    ] {
        page.row(what, meaning, expression, result);
    }
}

fn write_kinds(page: &mut Page) {
    page.heading(3, "Types");
    page.says("`bodyAs`, `mandatoryBodyAs` and `headerAs` convert. The names may have `java.lang.` before them.");
    page.table(Language::Template, "type", "converts to");
    let mut seen = Vec::new();
    for (_, kind) in NAMES {
        if !seen.contains(&kind) {
            seen.push(kind);
            let names = codes(NAMES.iter().filter(|(_, k)| *k == kind).map(|(name, _)| *name));
            let (meaning, expression, result) = kind_doc(kind);
            page.row(&names, meaning, expression, result);
        }
    }
    page.row("", "what does not fit is an error", "${headerAs(Country, Integer)}", "error: `DE` is not a whole number");
    page.says(
        "As text, nothing is empty, bytes are read as UTF-8, and numbers, booleans, lists and maps look as Java's \
         `toString` shows them.",
    );
    page.table(Language::Template, "value", "as text");
    page.row("number", "whole, or with a point", "${header.count} ${header.price}", "\"41 9.5\"");
    page.row("list", "in brackets", "<${property.list}>", "\"<[a, b, 3]>\"");
    page.row("map", "in braces", "<${property.map}>", "\"<{city=Bonn}>\"");
}

/// Form, meaning and example of a function. Nothing for one without a row: a test finds it.
fn function_doc(name: &str) -> (&'static str, &'static str, &'static str, &'static str) {
    match name {
        "body" => ("`body`", "the body", "${body}", "\"Hello\" as bytes"),
        "bodyAs" => ("`bodyAs(type)`", "the body as a [type](#types)", "${bodyAs(String)}", "\"Hello\""),
        "mandatoryBodyAs" => (
            "`mandatoryBodyAs(type)`",
            "the same; an empty body is an error",
            "${mandatoryBodyAs(String)}",
            "\"Hello\"",
        ),
        "header" => ("`header.name`", "a header", "${header.Country}", "\"DE\""),
        "headers" => ("`headers.name`", "the same", "${headers.count}", "41"),
        "headerAs" => ("`headerAs(name, type)`", "a header as a [type](#types)", "${headerAs(ten, Integer)}", "10"),
        "property" => ("`property.name`", "a property", "${property.counter}", "3"),
        "exchangeProperty" => ("`exchangeProperty.name`", "the same", "${exchangeProperty.counter}", "3"),
        "exception.message" => {
            ("`exception.message`", "in `on-error`: what failed", "${exception.message}", "\"HTTP 503\"")
        }
        "exception.stacktrace" => (
            "`exception.stacktrace`",
            "in `on-error`: where it failed",
            "${exception.stacktrace}",
            "\"at send: billing\"",
        ),
        "exchangeId" => ("`exchangeId`", "the message's id", "${exchangeId}", "\"AGkhEwVQ7uJ2v0s3nQ0bX1cPzZ8t\""),
        "id" => ("`id`", "the same", "${id}", "\"AGkhEwVQ7uJ2v0s3nQ0bX1cPzZ8t\""),
        "camelId" => ("`camelId`", "the name of the flow", "${camelId}", "\"orders\""),
        "date" => {
            ("`date:command:pattern`", "a time in UTC: see [dates](#dates)", "${date:now:yyyy-MM-dd}", "\"2026-11-22\"")
        }
        "date-with-timezone" => (
            "`date-with-timezone:command:zone:pattern`",
            "a time in a zone",
            "${date-with-timezone:now:Europe/Berlin:HH:mm}",
            "\"09:05\"",
        ),
        "xpath" => ("`xpath:...`", "the value of an [XPath](#xpath) on the body", "${xpath:1 + 2}", "3"),
        "jsonpath" => (
            "`jsonpath:...`",
            "the first match of a [JSONPath](#jsonpath) in the body",
            "${jsonpath:$.id}",
            "error: the body is not JSON: expected value at line 1 column 1",
        ),
        "file" => (
            "`file:...`",
            "a part of the name that a file channel left in header `CamelFileName`",
            "${file:name}",
            "\"in/orders.2026.csv\"",
        ),
        "in" => ("`in.body`, `in.header.name`, `in.id`", "the same as without `in.`", "${in.header.Country}", "\"DE\""),
        _ => ("", "", "", ""),
    }
}

fn file_doc(part: &str) -> (&'static str, &'static str) {
    match part {
        "name" => ("the whole name", "\"in/orders.2026.csv\""),
        "name.noext" => ("without the extension", "\"in/orders.2026\""),
        "name.ext" => ("the extension", "\"csv\""),
        "onlyname" => ("without folders", "\"orders.2026.csv\""),
        "onlyname.noext" => ("without folders and extension", "\"orders.2026\""),
        _ => ("", ""),
    }
}

fn method_doc(name: &str) -> (&'static str, &'static str, &'static str, &'static str) {
    match name {
        "toUpperCase" => ("toUpperCase()", "in capital letters", "${body.toUpperCase()}", "\"HELLO\""),
        "toLowerCase" => ("toLowerCase()", "in small letters", "${header.Country.toLowerCase()}", "\"de\""),
        "trim" => ("trim()", "without blanks at both ends", "${header.padded.trim()}", "\"x\""),
        "length" => ("length()", "number of characters, items or entries", "${header.Country.length()}", "2"),
        "size" => ("size()", "the same", "${property.list.size()}", "3"),
        "isEmpty" => ("isEmpty()", "whether there are none", "${header.empty.isEmpty()}", "true"),
        "toString" => ("toString()", "the value as text", "${header.count.toString()}", "\"41\""),
        "substring" => (
            "substring(from, to)",
            "from a position (the first is 0) to one (not included), or to the end; positions outside are an error",
            "${body.substring(1,3)}",
            "\"el\"",
        ),
        "replace" => ("replace('old', 'new')", "each old text exchanged", "${body.replace('l', 'L')}", "\"HeLLo\""),
        "contains" => ("contains('x')", "whether this is a part, or an item", "${body.contains('ell')}", "true"),
        "startsWith" => ("startsWith('x')", "whether it begins so", "${body.startsWith('h')}", "false"),
        "endsWith" => ("endsWith('x')", "whether it ends so", "${body.endsWith('lo')}", "true"),
        "equals" => ("equals('x')", "whether it is this text", "${body.equals('Hello')}", "true"),
        "equalsIgnoreCase" => {
            ("equalsIgnoreCase('x')", "the same but for case", "${header.Country.equalsIgnoreCase('de')}", "true")
        }
        "indexOf" => ("indexOf('x')", "the first position, or -1", "${body.indexOf('l')}", "2"),
        _ => ("", "", "", ""),
    }
}

fn kind_doc(kind: Kind) -> (&'static str, &'static str, &'static str) {
    match kind {
        Kind::Text => ("text", "${headerAs(count, String)}", "\"41\""),
        Kind::Int => ("a whole number of 64 bits", "${headerAs(ten, Integer)}", "10"),
        Kind::Float => ("a number", "${headerAs(price, Double)}", "9.5"),
        Kind::Bool => ("`true` or `false`, in any case", "${headerAs(yes, Boolean)}", "true"),
        Kind::Bytes => ("bytes", "${bodyAs(byte[])}", "\"Hello\" as bytes"),
    }
}
