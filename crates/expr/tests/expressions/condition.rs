//! Conditions: every operator, their precedence, missing values, and what authors get wrong.

use expr::{Condition, Namespaces};

use crate::{line, no_namespaces, scope};

fn holds_on(body: &str, source: &str) -> bool {
    let condition = match Condition::parse(source, &no_namespaces()) {
        Ok(condition) => condition,
        Err(errors) => panic!("{source}: {}", errors.iter().map(|e| line(source, e)).collect::<Vec<_>>().join("\n")),
    };
    assert_eq!(condition.source(), source);
    condition.test(&scope(body).scope()).unwrap_or_else(|e| panic!("{source}: {e}"))
}

fn check(cases: &[(&str, bool)]) {
    for (source, expect) in cases {
        assert_eq!(holds_on("Hello", source), *expect, "{source}");
    }
}

#[test]
fn equality() {
    check(&[
        ("${header.Country} = 'DE'", true),
        ("${header.Country} == 'DE'", true),
        ("${header.Country} = \"DE\"", true),
        ("${header.Country} = 'de'", false),
        ("${header.Country} =~ 'de'", true),
        ("${header.Country} !=~ 'de'", false),
        ("${header.Country} != 'DE'", false),
        ("${header.Country}='DE'", true),
        ("'DE' = ${header.Country}", true),
        ("${body} = 'Hello'", true),
        ("${header.ten} = 10", true),
        ("${header.ten} = '10'", true),
        ("'10' = 10", true),
        ("'10.0' = 10", false),
        ("10.0 = 10", true),
        ("${header.count} = '41'", true),
        ("${header.count} = 41", true),
        ("${header.price} = 9.5", true),
        ("${header.flag} = true", true),
        ("${header.flag} = 'true'", true),
        ("${header.yes} = true", true),
        ("${header.yes} != false", true),
        ("'${header.Country}-${header.count}' = 'DE-41'", true),
        ("'${header.Country.replace('D', 'X')}' = 'XE'", true),
        ("'it costs 5$' = 'it costs 5$'", true),
        ("'$${x}' = '${header.missing}'", false),
        ("${property.counter}++ = 4", true),
        ("-5 = '-5'", true),
    ]);
}

#[test]
fn missing_values() {
    check(&[
        ("${header.missing} = 'x'", false),
        ("${header.missing} = ''", false),
        ("${header.missing} != 'x'", true),
        ("${header.missing} > 1", false),
        ("${header.missing} < 1", false),
        ("${header.missing} >= ${header.missing}", false),
        ("${header.missing} contains 'x'", false),
        ("${header.missing} not contains 'x'", true),
        ("${header.missing} in 'a,b'", false),
        ("${header.missing} not in 'a,b'", true),
        ("${header.missing} regex '.*'", false),
        ("${header.missing} not regex '.*'", true),
        ("${header.missing} is null", true),
        ("${header.missing} is not null", false),
        ("${header.missing} = null", true),
        ("${header.missing} != null", false),
        ("${header.empty} is null", false),
        ("${header.empty} = ''", true),
        ("${header.empty} != null", true),
        ("${header.Country} is not null", true),
        ("${header.missing}", false),
        ("'${header.missing}' = ''", true),
        ("${body} is null", false),
    ]);
    assert!(holds_on("", "${body} is null"));
    assert!(holds_on("", "${body} = null"));
    assert!(holds_on("", "${body} = ''"));
}

#[test]
fn order() {
    check(&[
        ("${header.count} > 40", true),
        ("${header.count} > 41", false),
        ("${header.count} >= 41", true),
        ("${header.count} < '100'", true),
        ("${header.count} <= 41", true),
        ("${header.ten} > '9'", true),
        ("'10' > '9'", true),
        ("'a10' > 'a9'", false),
        ("'b' > 'a'", true),
        ("${header.price} < 10", true),
        ("'9.50' >= 9.5", true),
        ("'9.50' = 9.5", false),
        ("' 7 ' > 6", true),
        ("'inf' > 5", true),
        ("0 >= '-0.0'", true),
        ("9223372036854775807 > 9223372036854775806", true),
    ]);
}

#[test]
fn words() {
    check(&[
        ("${body} contains 'ell'", true),
        ("${body} contains 'ELL'", false),
        ("${body} ~~ 'ELL'", true),
        ("${body} !~~ 'ELL'", false),
        ("${body} not contains 'xyz'", true),
        ("${body} !contains 'xyz'", true),
        ("${body} starts with 'He'", true),
        ("${body} startsWith 'He'", true),
        ("${body} not starts with 'He'", false),
        ("${body} ends with 'lo'", true),
        ("${body} endsWith 'He'", false),
        ("${body} not ends with 'He'", true),
        ("${header.Country} in 'DE,AT,CH'", true),
        ("${header.Country} in 'AT, DE , CH'", true),
        ("${header.Country} in 'DEU,AT'", false),
        ("${header.Country} not in 'DE,AT'", false),
        ("${header.Country} !in 'FR'", true),
        ("${header.count} in '40,41'", true),
        ("'a' in ${property.list}", true),
        ("${property.list} contains 'b'", true),
        ("${property.list} contains 'B'", false),
        ("${property.map} contains 'city'", true),
        ("${header.Country} regex '[A-Z]{2}'", true),
        ("${header.Country} regex 'D'", false),
        ("${header.Country} regex 'D|DE'", true),
        ("${header.Country} not regex '[a-z]+'", true),
        ("${header.Country} !regex '[A-Z]+'", false),
        ("'DEX' regex '${header.Country}.'", true),
        ("${body} regex '(?i)hello'", true),
    ]);
}

#[test]
fn joined() {
    check(&[
        ("true", true),
        ("false or true", true),
        ("true and false", false),
        ("true or true and false", true),
        ("(true or true) and false", false),
        ("not (true)", false),
        ("not (true and false)", true),
        ("not (false) and false", false),
        ("not (true) or true", true),
        ("not not (true)", true),
        ("true && true", true),
        ("false || true", true),
        ("((${header.ten} = 10))", true),
        ("${header.flag}", true),
        ("${header.yes}", true),
        ("${header.Country}", false),
        ("${body.contains('ell')}", true),
        ("${header.Country} in 'DE,AT,CH' and ${property.counter} > 2", true),
        ("${header.a} = 'x' or ${header.b} = 'y' or ${header.count} = 41", true),
        ("\n  ${header.flag}\n  and ${header.ten} = 10\n", true),
    ]);
    assert!(holds_on("{\"open\": true}", "${jsonpath:$.open}"));
    assert!(holds_on("{\"n\": 5}", "${jsonpath:$.n} > 4"));
}

/// XPath alone is true by XPath's rules; compared, it is its text.
#[test]
fn xpath() {
    for (source, expect) in [
        ("${xpath:/order/@id}", true),
        ("${xpath:/order/@none}", false),
        ("${xpath:/order/@id = '7'}", true),
        ("${xpath:/order/@id} = '7'", true),
        ("${xpath:count(/order/item)} > 1", true),
        ("not (${xpath:/order/item = 'c'})", true),
    ] {
        let condition = Condition::parse(source, &Namespaces::default()).unwrap();
        let scope = scope("<order id='7'><item>a</item><item>b</item></order>");
        assert_eq!(condition.test(&scope.scope()), Ok(expect), "{source}");
    }
}

#[test]
fn errors() {
    for (source, expect) in [
        ("", " | the condition is empty | write for example ${header.country} = 'DE'"),
        (
            "${header.x} = DE",
            "DE | unknown word `DE` | text stands in quotes: 'DE'; headers are written as ${header.name}",
        ),
        (
            "header.x = 'DE'",
            "header.x | unknown word `header.x` | text stands in quotes: 'header.x'; headers are written as ${header.name}",
        ),
        ("${header.x} = 'a' AND true", "AND | unknown word `AND` | operators are written in lower case: `and`"),
        ("${header.x} = 'a' Or true", "Or | unknown word `Or` | operators are written in lower case: `or`"),
        ("${header.x} IN 'a'", "IN | unknown word `IN` | operators are written in lower case: `in`"),
        ("NOT (true)", "NOT | unknown word `NOT` | operators are written in lower case: `not`"),
        (
            "${header.x} contans 'a'",
            "contans | unknown word `contans` | did you mean `contains`? Text stands in quotes: 'contans'",
        ),
        ("${header.x} = 'a", "' | this quote is never closed | close the text with '"),
        ("${header.x} =", " | a value to compare with is missing at the end"),
        ("= 'a'", "= | a value is missing here"),
        ("(true", "( | this parenthesis is never closed | close it with `)`"),
        ("true)", ") | this parenthesis was never opened | remove it, or open it with `(`"),
        (
            "true true",
            "true | an operator is missing before this | join comparisons with `and` or `or`; join texts inside quotes: '${header.a}${header.b}'",
        ),
        ("1 = 1 = 1", "= | `=` cannot follow a whole comparison | join comparisons with `and` or `or`"),
        ("'text'", "'text' | a comparison is missing after this value | write for example = 'x'"),
        ("${header.x} <> 'a'", "<> | unknown operator `<>` | write `!=`"),
        ("${header.x} => 5", "=> | unknown operator `=>` | write `>=`"),
        ("${header.x} === 5", "=== | unknown operator `===` | write `==`"),
        ("!(true)", "! | unknown operator `!` | write `not (...)`"),
        ("true & true", "& | unknown operator `&` | write `and`"),
        ("${header.x} is 'a'", "'a' | `is` stands only before `null` and `not null` | write `=` to compare two values"),
        ("${header.x} starts 'a'", "'a' | `with` is missing after `starts`"),
        (
            "${header.x} not 'a'",
            "'a' | an operator is missing after `not` | write `not contains`, `not in` or `not regex`; or put `not (...)` around the comparison",
        ),
        ("5x = 5", "5x | `5x` is not a number | text stands in quotes: '5x'"),
        ("${heeder.x} = 'a'", "heeder | unknown function `heeder` | did you mean `header`?"),
        ("'${heeder.x}' = 'a'", "heeder | unknown function `heeder` | did you mean `header`?"),
        (
            "${body} regex '['",
            "'[' | the pattern `[` cannot be used: unclosed character class | patterns match the whole text; look-around and back references are not available",
        ),
        (
            "${body} regex 'a)|(b'",
            "'a)|(b' | the pattern `a)|(b` cannot be used: unopened group | patterns match the whole text; look-around and back references are not available",
        ),
        (
            "${body} regex '(?=a)'",
            "'(?=a)' | the pattern `(?=a)` cannot be used: look-around, including look-ahead and look-behind, is not supported | patterns match the whole text; look-around and back references are not available",
        ),
        (
            "${body} regex '(\\w{500}){500}'",
            "'(\\w{500}){500}' | the pattern `(\\w{500}){500}` cannot be used: it is too large | patterns match the whole text; look-around and back references are not available",
        ),
    ] {
        let errors = Condition::parse(source, &no_namespaces()).expect_err(source);
        let lines: Vec<String> = errors.iter().map(|e| line(source, e)).collect();
        assert_eq!(lines, [expect], "{source}");
    }
    let all = Condition::parse("${a} = 'x' and ${b} = <> 5x", &no_namespaces()).unwrap_err();
    assert_eq!(all.len(), 4);
}

#[test]
fn errors_at_run_time() {
    for (source, expect) in [
        ("'x' regex ${property.pattern}", "the pattern `[` cannot be used: unclosed character class"),
        ("${jsonpath:$.a} = 1", "the body is not JSON: expected value at line 1 column 1"),
        ("${header.Country}++ > 1", "`DE` is not a whole number"),
    ] {
        let mut scope = scope("Hello");
        scope.message.properties.insert("pattern".to_owned(), "[".into());
        let condition = Condition::parse(source, &no_namespaces()).unwrap();
        assert_eq!(condition.test(&scope.scope()).map_err(|e| e.to_string()), Err(expect.to_owned()), "{source}");
    }
}
