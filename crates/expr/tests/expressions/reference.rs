//! The documentation does not lie: every example of the reference gives what the page says.

use base::Value;
use expr::{Condition, EvalError, Example, JsonPath, Language, Namespaces, ParseError, Template, XPath, XPathValue};

/// What an example gives, as the page writes it.
fn gives(example: &Example) -> Result<String, String> {
    let scope = example.scope();
    let scope = scope.scope();
    let namespaces = Namespaces::new([("p".to_owned(), "urn:p".to_owned())]);
    let text = example.expression.as_str();
    let first = |errors: Vec<ParseError>| errors[0].message.clone();
    let sentence = |error: EvalError| error.to_string();
    match example.language {
        Language::Template => {
            Template::parse(text, &namespaces).map_err(first)?.value(&scope).map(|v| value(&v)).map_err(sentence)
        }
        Language::Condition => {
            let condition = Condition::parse(text, &namespaces).map_err(first)?;
            condition.test(&scope).map(|b| b.to_string()).map_err(sentence)
        }
        Language::XPath => {
            XPath::parse(text, &namespaces).map_err(|e| e.message)?.eval(&scope).map(xpath).map_err(sentence)
        }
        Language::JsonPath => {
            let query = JsonPath::parse(text).map_err(|e| e.message)?;
            let parts = query.parts(&scope.message.body).map_err(sentence)?;
            Ok(if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") })
        }
    }
}

fn value(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Text(text) => format!("\"{text}\""),
        Value::Bytes(_) => format!("\"{value}\" as bytes"),
        Value::Float(n) => n.to_string(),
        other => other.to_string(),
    }
}

fn xpath(value: XPathValue) -> String {
    match value {
        XPathValue::Nodes(nodes) if nodes.is_empty() => "nothing".to_owned(),
        XPathValue::Nodes(nodes) => nodes.join(", "),
        XPathValue::List(items) => format!("({})", items.join(", ")),
        XPathValue::Text(text) => format!("\"{text}\""),
        XPathValue::Number(n) => n.to_string(),
        XPathValue::Bool(b) => b.to_string(),
    }
}

#[test]
fn every_example_is_true() {
    let examples = expr::reference_examples();
    assert!(examples.len() > 250, "{} examples", examples.len());
    let mut wrong = Vec::new();
    for example in &examples {
        let got = gives(example).unwrap_or_else(|error| format!("error: {error}"));
        let missing = example.expression.is_empty() || example.result.is_empty();
        if missing || got != example.result {
            wrong.push(format!("{}\n  the page says {}\n  it gives      {got}", example.expression, example.result));
        }
    }
    assert!(wrong.is_empty(), "{} of {} wrong:\n{}", wrong.len(), examples.len(), wrong.join("\n"));
}

/// Tables stay tables: every row has as many cells as its head.
#[test]
fn tables_are_whole() {
    let page = expr::reference();
    let cells = |line: &str| line.replace("\\|", "").matches('|').count();
    let lines: Vec<&str> = page.lines().collect();
    for pair in lines.windows(2) {
        if pair[0].starts_with('|') && pair[1].starts_with('|') {
            assert_eq!(cells(pair[0]), cells(pair[1]), "{}", pair[1]);
        }
    }
    assert!(!page.contains("\n\n\n"), "one empty line is enough");
}
