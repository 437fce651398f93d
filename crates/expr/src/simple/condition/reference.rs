//! The chapter about conditions: operators, how values are compared, missing values.

use super::Comparison;
use super::compare::MAX_PATTERN;
use super::parser::OPERATORS;
use crate::reference::{Language, Page, codes};

pub(crate) fn write(page: &mut Page) {
    page.heading(2, "Conditions");
    page.says(
        "A condition compares two values, or is a value that is true by itself. A value is a `${...}`, a text in single \
         or double quotes (with `${...}` inside it where needed), a number, `true`, `false` or `null`.",
    );
    page.heading(3, "Operators");
    page.table(Language::Condition, "operator", "holds if");
    let mut seen = Vec::new();
    for (_, _, how) in OPERATORS {
        if !seen.contains(&how) {
            seen.push(how);
            let (meaning, expression, result) = doc(how);
            page.row(&spellings(how), meaning, expression, result);
        }
    }
    for (what, meaning, expression, result) in [
        (
            "`is null`; opposite `is not null`",
            "the value is missing; an empty body counts as missing",
            "${header.missing} is null",
            "true",
        ),
        ("a function alone", "it gives `true`, or the text `true` in any case", "${header.yes}", "true"),
        ("`not`", "what follows does not hold", "not (${header.Country} = 'AT')", "true"),
        (
            "`and`, `&&`",
            "both hold; the right side is not evaluated if the left does not hold",
            "${header.Country} = 'DE' and ${header.count} > 40",
            "true",
        ),
        (
            "`or`, `||`",
            "one holds; the right side is not evaluated if the left holds",
            "${header.Country} = 'AT' or ${body} = 'Hello'",
            "true",
        ),
    ] {
        page.row(what, meaning, expression, result);
    }
    page.says(
        "From the strongest: comparisons, `not`, `and`, `or`; parentheses group. Words are written in lower case. \
         Comparisons do not chain.",
    );
    page.table(Language::Condition, "case", "rule");
    for (what, meaning, expression, result) in [
        ("`and` with `or`", "`and` binds tighter", "true or true and false", "true"),
        ("", "parentheses first", "(true or true) and false", "false"),
        ("`not` with `and`", "`not` binds tighter", "not (false) and false", "false"),
        (
            "text on both sides",
            "texts are joined inside quotes",
            "'${header.Country}-${header.count}' = 'DE-41'",
            "true",
        ),
        ("`++`, `--` behind a function", "one more, one less", "${property.counter}++ = 4", "true"),
        ("words without quotes", "are mistakes", "${header.Country} = DE", "error: unknown word `DE`"),
    ] {
        page.row(what, meaning, expression, result);
    }
    write_rules(page);
}

fn write_rules(page: &mut Page) {
    page.heading(3, "How values are compared");
    page.table(Language::Condition, "values", "rule");
    for (what, meaning, expression, result) in [
        ("`=` of two numbers", "as numbers", "10.0 = 10", "true"),
        ("`=` of a text and anything", "as texts", "${header.ten} = 10", "true"),
        ("", "", "'10.0' = 10", "false"),
        ("`=` with a boolean", "the text `true` or `false`, in any case", "${header.yes} = true", "true"),
        ("`<` `<=` `>` `>=`", "as numbers if both sides are numbers, also in texts", "${header.ten} > '9'", "true"),
        ("", "else as texts, character by character", "'a10' > 'a9'", "false"),
        ("`contains` on a list", "one item is this text", "${property.list} contains 'b'", "true"),
        ("`contains` on a map", "it has this key", "${property.map} contains 'city'", "true"),
        ("`in` a list", "one item is this text", "'a' in ${property.list}", "true"),
        (
            "`in` a text",
            "one of the texts between commas; blanks around them do not count",
            "${header.Country} in 'AT, DE'",
            "true",
        ),
        ("`regex`", "the whole text matches", "${header.Country} regex 'D'", "false"),
        ("", "flags stand in the pattern", "${body} regex '(?i)hello'", "true"),
        ("bodies", "as UTF-8 text", "${body} starts with 'He'", "true"),
        ("a text alone that is not `true`", "is false", "${header.Country}", "false"),
    ] {
        page.row(what, meaning, expression, result);
    }
    page.says(&format!(
        "A pattern has at most {MAX_PATTERN} bytes and is matched in linear time: look-around and back references are \
         not available. `${{xpath:...}}` alone is true by XPath's own rules (a node that exists is true); compared with \
         something, it is its text."
    ));
    page.heading(3, "Missing values in conditions");
    page.says(
        "A missing header or property, and a JSONPath without a match, is nothing. Nothing equals only nothing; every \
         other comparison with it does not hold, and so its opposite does.",
    );
    page.table(Language::Condition, "case", "rule");
    for (what, meaning, expression, result) in [
        ("missing `=` a text", "does not hold", "${header.missing} = ''", "false"),
        ("missing `!=` a text", "holds", "${header.missing} != 'x'", "true"),
        ("missing `=` null", "holds", "${header.missing} = null", "true"),
        ("empty text `=` null", "does not hold: it is there", "${header.empty} = null", "false"),
        ("`<`, `>`, `contains`, `in`, `regex`", "do not hold", "${header.missing} < 1", "false"),
        ("", "", "${header.missing} not in 'a,b'", "true"),
        ("inside quotes", "missing is empty text", "'${header.missing}' = ''", "true"),
        ("alone", "is false", "${header.missing}", "false"),
    ] {
        page.row(what, meaning, expression, result);
    }
}

/// All ways to write a comparison, and its opposite.
fn spellings(how: Comparison) -> String {
    let written = |name: &str| match name {
        "starts" | "ends" => format!("{name} with"),
        name => name.to_owned(),
    };
    let names = |turned: bool| -> Vec<String> {
        OPERATORS.into_iter().filter(|(_, t, h)| *t == turned && *h == how).map(|(n, _, _)| written(n)).collect()
    };
    let (plain, mut opposite) = (names(false), names(true));
    // Words can have `not` before them, signs cannot.
    opposite.extend(plain.iter().find(|n| n.starts_with(char::is_alphabetic)).map(|n| format!("not {n}")));
    let plain = codes(plain.iter().map(String::as_str));
    if opposite.is_empty() {
        plain
    } else {
        format!("{plain}; opposite {}", codes(opposite.iter().map(String::as_str)))
    }
}

/// What a comparison means, and an example.
fn doc(how: Comparison) -> (&'static str, &'static str, &'static str) {
    match how {
        Comparison::Equal => ("both are equal", "${header.Country} = 'DE'", "true"),
        Comparison::EqualIgnoringCase => ("both are equal but for case", "${header.Country} =~ 'de'", "true"),
        Comparison::Less => ("left is less", "${header.count} < 41", "false"),
        Comparison::LessOrEqual => ("left is less or equal", "${header.count} <= 41", "true"),
        Comparison::Greater => ("left is greater", "${header.price} > 9", "true"),
        Comparison::GreaterOrEqual => ("left is greater or equal", "${header.price} >= 9.5", "true"),
        Comparison::Contains => ("right is a part of left", "${body} contains 'ell'", "true"),
        Comparison::ContainsIgnoringCase => ("right is a part of left but for case", "${body} ~~ 'ELL'", "true"),
        Comparison::StartsWith => ("left begins with right", "${body} starts with 'He'", "true"),
        Comparison::EndsWith => ("left ends with right", "${body} ends with 'lo'", "true"),
        Comparison::In => ("left is one of right", "${header.Country} in 'DE,AT,CH'", "true"),
        Comparison::Matches => {
            ("the whole of left matches the regular expression", "${header.Country} regex '[A-Z]{2}'", "true")
        }
    }
}
