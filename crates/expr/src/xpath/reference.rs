//! The chapter about XPath: what of the language there is, and every function.

mod examples;

use super::ast::Axis;
use super::body::MOST_ATTRIBUTES;
use super::cast::AtomType;
use super::eval::BUDGET;
use super::functions::{Function, TABLES};
use super::number::KEPT;
use super::parser::{DEEPEST, LONGEST_TEXT, OPERATORS};
use super::parser_path::KIND_TESTS;
use crate::reference::{Language, Page, codes};

const ORDERS: &str = r#"<orders xmlns:p="urn:p">
  <order id="1"><item price="9.50">pen</item><item price="10">ink</item><p:note xml:lang="en">hi</p:note></order>
  <order id="2"><item price="3" xml:id="c">cap</item></order>
  <day>2026-01-31</day>
</orders>"#;

pub(crate) fn write(page: &mut Page) {
    page.heading(2, "XPath");
    page.says(
        "XPath works on a body that is XML; an expression that does not look at the body works on any. It is the part \
         of XPath 3.1 that integration flows use. Unprefixed names mean no namespace; prefixes are declared among the \
         namespaces of the flow, here `p` for `urn:p`. As a value, an expression gives the text of its first node or \
         its first value; as a condition, what XPath calls its effective boolean value; to a splitter, all nodes.",
    );
    page.on("xml", ORDERS);
    write_forms(page);
    write_operators(page);
    write_functions(page);
    page.heading(3, "XPath types");
    page.says(&format!(
        "The types of `xs:`, for `cast as`, `castable as`, `instance of`, `treat as`, and as functions such as \
         `xs:date('2026-01-31')`: {}.",
        codes(AtomType::names())
    ));
    write_differences(page);
}

fn write_forms(page: &mut Page) {
    page.heading(3, "Paths and other forms");
    page.table(Language::XPath, "form", "meaning");
    for (form, meaning, expression, result) in examples::FORMS {
        page.row(form, meaning, expression, result);
    }
    page.says("The axes:");
    page.table(Language::XPath, "axis", "short form");
    for (name, axis) in Axis::NAMES {
        let (short, expression, result) = examples::axis(axis);
        page.row(&format!("`{name}::`"), short, expression, result);
    }
    page.says("The node tests that look like calls:");
    page.table(Language::XPath, "test", "selects");
    for name in KIND_TESTS {
        let (meaning, expression, result) = examples::kind_test(name);
        page.row(&format!("`{name}()`"), meaning, expression, result);
    }
}

fn write_operators(page: &mut Page) {
    page.heading(3, "XPath operators");
    page.says(
        "From the weakest to the strongest; operators of one number are of one strength. Comparisons do not chain. \
         Stronger than all of them are the signs `+` and `-`, then `=>` and `!`, then paths.",
    );
    page.table(Language::XPath, "operator", "strength");
    for (name, strength, _) in OPERATORS {
        let (expression, result) = examples::operator(name);
        page.row(&format!("`{name}`"), &strength.to_string(), expression, result);
    }
}

fn write_functions(page: &mut Page) {
    page.heading(3, "XPath functions");
    page.says(
        "Functions may have the prefix `fn:`. Where a function works on the context item if its last argument is left \
         out, the column says so. Text compares by its characters: a collation as last argument has no effect.",
    );
    for (title, functions) in TABLES {
        page.heading(4, title);
        page.table(Language::XPath, "function", "arguments");
        for function in functions {
            let (expression, result) = examples::function(function.name);
            page.row(&format!("`{}`", function.name), &arguments(function), expression, result);
        }
    }
}

fn arguments(function: &Function) -> String {
    let Function { min, max, context_below, .. } = *function;
    let count = match max {
        max if max == min => max.to_string(),
        usize::MAX => format!("{min} or more"),
        max => format!("{min} to {max}"),
    };
    if context_below > 0 { format!("{count}, else the context item") } else { count }
}

fn write_differences(page: &mut Page) {
    page.heading(3, "What is different in XPath");
    page.table(Language::XPath, "topic", "rule");
    for (topic, rule, expression, result) in examples::DIFFERENCES {
        page.row(topic, rule, expression, result);
    }
    page.says("Not in: maps, arrays, function items, `doc()`, `collection()`, `parse-xml()`, JSON functions, schemas.");
    page.heading(3, "Limits of XPath");
    page.list([
        format!("An expression has at most {} KiB and nests at most {DEEPEST} deep.", LONGEST_TEXT / 1024),
        format!("Its evaluation takes at most {} million steps on one message.", BUDGET / 1_000_000),
        format!("Whole numbers have 64 bits; products and quotients of decimals keep {KEPT} digits after the point."),
        format!(
            "The body has no document type declaration (DTD), and no element with more than {MOST_ATTRIBUTES} \
             attributes. It is UTF-8, UTF-16 with a byte order mark, or Latin-1 that says so."
        ),
    ]);
}
