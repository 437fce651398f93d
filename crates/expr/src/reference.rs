//! The reference of the expression languages: one page, made from the tables that the parsers use.
//!
//! Every example on the page is also data ([`reference_examples`]), and a test evaluates each.

use std::borrow::Cow;
use std::fmt::Write;

use base::{Message, MessageId, Timestamp, Value};

use crate::{ExceptionInfo, StaticScope, date, json_path, simple, xpath};

/// Which language an example is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Text with `${...}`.
    Template,
    /// A condition.
    Condition,
    /// XPath.
    XPath,
    /// JSONPath.
    JsonPath,
}

/// An expression of the reference, and what it gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// Its language.
    pub language: Language,
    /// The expression.
    pub expression: String,
    /// The body of the message.
    pub body: &'static str,
    /// What the page says it gives: text in quotes, `nothing`, `error: ...`, XML, a list such as `(1, 2)`.
    pub result: String,
}

impl Example {
    /// The message that the page describes, with this example's body.
    #[must_use]
    pub fn scope(&self) -> StaticScope {
        let mut message = Message::of(self.body.to_owned());
        for (name, value) in headers() {
            message.headers.set(name, value);
        }
        message.properties.extend(properties().into_iter().map(|(name, value)| (name.to_owned(), value)));
        StaticScope {
            message,
            message_id: MessageId::from_text(ID),
            flow: FLOW.to_owned(),
            now: NOW,
            exception: Some(ExceptionInfo { message: FAILURE.to_owned(), stacktrace: "at send: billing".to_owned() }),
        }
    }
}

const ID: &str = "AGkhEwVQ7uJ2v0s3nQ0bX1cPzZ8t";
const FLOW: &str = "orders";
const FAILURE: &str = "HTTP 503";
/// 2026-11-22T08:05:09.007Z, a Sunday.
const NOW: Timestamp = Timestamp(1_795_334_709_007);
const TEXT: &str = "Hello";

fn headers() -> Vec<(&'static str, Value)> {
    vec![
        ("Country", "DE".into()),
        ("count", Value::Int(41)),
        ("ten", "10".into()),
        ("price", Value::Float(9.5)),
        ("flag", Value::Bool(true)),
        ("yes", "TRUE".into()),
        ("padded", "  x ".into()),
        ("empty", "".into()),
        ("my name", "spaced".into()),
        ("created", "2026-11-20T10:00:00Z".into()),
        ("CamelFileName", "in/orders.2026.csv".into()),
    ]
}

fn properties() -> Vec<(&'static str, Value)> {
    let map = [("city".to_owned(), Value::from("Bonn"))];
    vec![
        ("counter", Value::Int(3)),
        ("list", Value::List(vec!["a".into(), "b".into(), Value::Int(3)])),
        ("map", Value::Map(map.into_iter().collect())),
    ]
}

/// The page while it is written, and the examples that are on it.
pub(crate) struct Page {
    text: String,
    examples: Vec<Example>,
    language: Language,
    body: &'static str,
}

impl Page {
    /// A heading; level 2 is a chapter.
    pub(crate) fn heading(&mut self, level: usize, title: &str) {
        self.gap();
        let _ = writeln!(self.text, "{} {title}", "#".repeat(level));
    }

    /// A paragraph.
    pub(crate) fn says(&mut self, text: &str) {
        self.gap();
        let _ = writeln!(self.text, "{text}");
    }

    /// A list.
    pub(crate) fn list(&mut self, items: impl IntoIterator<Item = impl AsRef<str>>) {
        self.gap();
        for item in items {
            let _ = writeln!(self.text, "- {}", item.as_ref());
        }
    }

    /// The examples from here on work on this body.
    pub(crate) fn on(&mut self, kind: &str, body: &'static str) {
        self.body = body;
        let _ = write!(self.text, "\nThe examples work on this body:\n\n```{kind}\n{body}\n```\n");
    }

    /// The examples from here on work on the text that most work on.
    pub(crate) fn on_text(&mut self) {
        self.body = TEXT;
    }

    /// The head of a table, whose rows follow.
    pub(crate) fn table(&mut self, language: Language, first: &str, second: &str) {
        self.language = language;
        self.gap();
        let _ = write!(self.text, "| {first} | {second} | example | result |\n| --- | --- | --- | --- |\n");
    }

    /// A row with its example.
    pub(crate) fn row(&mut self, what: &str, meaning: &str, expression: &str, result: &str) {
        let row = [what, meaning, &code(expression), &code(result)].map(|cell| cell.replace('|', "\\|"));
        let _ = writeln!(self.text, "| {} |", row.join(" | "));
        self.examples.push(Example {
            language: self.language,
            expression: expression.to_owned(),
            body: self.body,
            result: result.to_owned(),
        });
    }

    fn gap(&mut self) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
    }
}

/// Text as code.
pub(crate) fn code(text: &str) -> Cow<'_, str> {
    match text {
        "" => Cow::Borrowed(""),
        text if text.contains('`') => Cow::Owned(format!("`` {text} ``")),
        text => Cow::Owned(format!("`{text}`")),
    }
}

/// Names as code, with commas.
pub(crate) fn codes<'t>(names: impl IntoIterator<Item = &'t str>) -> String {
    names.into_iter().map(code).collect::<Vec<_>>().join(", ")
}

/// The reference of expressions in Markdown.
#[must_use]
pub fn reference() -> String {
    page().text
}

/// Every example of the reference.
#[must_use]
pub fn reference_examples() -> Vec<Example> {
    page().examples
}

fn page() -> Page {
    let mut page = Page { text: String::new(), examples: Vec::new(), language: Language::Template, body: TEXT };
    page.heading(1, "Expressions");
    page.says(
        "Values and conditions of a flow are written in *Simple*, the expression language of Camel and SAP Cloud \
         Integration: [templates](#templates) and [conditions](#conditions). Inside them, and where a key says so, \
         stand [XPath](#xpath) and [JSONPath](#jsonpath). All of them are read when the flow is checked: a mistake in \
         their text is found before any message arrives.",
    );
    the_message(&mut page);
    simple::reference::write(&mut page);
    simple::reference::write_conditions(&mut page);
    date::reference::write(&mut page);
    xpath::reference::write(&mut page);
    page.heading(2, "JSONPath");
    write_json_path(&mut page);
    page
}

fn the_message(page: &mut Page) {
    page.heading(2, "The message of the examples");
    page.says(&format!(
        "Every example of this page is evaluated by a test. The message has the id `{ID}` and is processed by the flow \
         `{FLOW}` at 2026-11-22T08:05:09.007Z, a Sunday. The body is the text `{TEXT}` unless another is shown. The \
         failure being handled is `{FAILURE}`. Results that are text stand in quotes."
    ));
    page.says("| headers | value |\n| --- | --- |");
    for (name, value) in headers() {
        let _ = writeln!(page.text, "| `{name}` | {} |", shown(&value));
    }
    page.says("| properties | value |\n| --- | --- |");
    for (name, value) in properties() {
        let _ = writeln!(page.text, "| `{name}` | {} |", shown(&value));
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Text(text) => format!("`\"{text}\"`"),
        Value::List(_) => format!("the list `{value}`"),
        Value::Map(_) => format!("the map `{value}`"),
        Value::Float(n) => format!("`{n}`"),
        other => format!("`{other}`"),
    }
}

const STORE: &str = r#"{
  "order": {"id": 7, "open": true, "first-name": "Ada", "total": 12.50},
  "items": [
    {"sku": "pen", "price": 9.5},
    {"sku": "ink", "price": 10, "note": "blue"},
    {"sku": "cap", "price": 3}
  ],
  "limit": 5
}"#;

fn write_json_path(page: &mut Page) {
    page.says(
        "JSONPath is the standard one, RFC 9535, on a body that is JSON. As a value (`${jsonpath:...}`) it gives the \
         first match: text, number or boolean as such, objects and arrays as JSON text, nothing without a match. A \
         splitter takes all matches, in the order of the document. Keys keep their order and numbers their digits.",
    );
    page.on("json", STORE);
    page.table(Language::JsonPath, "form", "selects");
    for (form, meaning, expression, result) in [
        ("`$`", "the whole body", "$.limit", "5"),
        ("`.name`, `['name']`", "a value of an object", "$.order.id", "7"),
        ("", "brackets for names with other characters", "$.order['first-name']", "\"Ada\""),
        ("`[0]`, `[-1]`", "a value of an array; negative from its end", "$.items[-1].sku", "\"cap\""),
        ("`[1:3]`, `[::2]`", "a slice: start, end (not included), step", "$.items[1:3].sku", "\"ink\", \"cap\""),
        ("`[0,2]`", "several", "$.items[0,2].price", "9.5, 3"),
        ("`*`, `[*]`", "all values", "$.items[*].sku", "\"pen\", \"ink\", \"cap\""),
        ("`..`", "on every level below", "$..price", "9.5, 10, 3"),
        (
            "`[?...]`",
            "those for which the filter holds; `@` is the value",
            "$.items[?@.price > 5].sku",
            "\"pen\", \"ink\"",
        ),
        ("", "`$` in a filter is the whole body", "$.items[?@.price < $.limit].sku", "\"cap\""),
        ("", "a path alone: it exists", "$.items[?@.note].sku", "\"ink\""),
        ("`==` `!=` `<` `<=` `>` `>=`", "comparisons", "$.items[?@.sku == 'pen'].price", "9.5"),
        ("`&&` `||` `!`", "and, or, not", "$.items[?@.price > 5 && !@.note].sku", "\"pen\""),
        ("`match(value, regex)`", "the whole text matches", "$.items[?match(@.sku, 'p.*')].sku", "\"pen\""),
        (
            "`search(value, regex)`",
            "a part of the text matches",
            "$.items[?search(@.sku, 'n')].sku",
            "\"pen\", \"ink\"",
        ),
        ("`length(value)`", "characters, items or keys", "$.items[?length(@) == 3].sku", "\"ink\""),
        ("`count(nodes)`", "how many matches", "$.items[?count(@.*) == 2].sku", "\"pen\", \"cap\""),
        ("`value(nodes)`", "the value of the only match", "$.items[?value(@..note) == 'blue'].sku", "\"ink\""),
        ("", "no match", "$.nothing", "nothing"),
        ("", "digits stay as they are", "$.order.total", "12.50"),
    ] {
        page.row(form, meaning, expression, result);
    }
    page.says("Forms from before the standard are refused, with what to write instead:");
    page.table(Language::JsonPath, "form", "instead");
    for (form, instead, expression, result) in [
        (
            "`[(...)]`",
            "an index such as `[-1]`, or a filter",
            "$.items[(@.length-1)]",
            "error: `[(...)]` is not part of JSONPath (RFC 9535)",
        ),
        (
            "`.length()`, `.first()`, `.sum()` and others",
            "an index, a filter, XPath or a script",
            "$.items.length()",
            "error: `.length()` is not part of JSONPath (RFC 9535)",
        ),
        (
            "`=~`",
            "`match(@.name, 'regex')`",
            "$.items[?(@.sku =~ /p/)]",
            "error: `=~` is not part of JSONPath (RFC 9535)",
        ),
        (
            "`and`, `or`",
            "`&&` and the double bar",
            "$.items[?@.price > 5 and @.note]",
            "error: `and` is not part of JSONPath (RFC 9535)",
        ),
        (
            "a name with a dash after a dot",
            "brackets",
            "$.order.first-name",
            "error: the name `first-name` needs brackets",
        ),
    ] {
        page.row(form, instead, expression, result);
    }
    page.says(&format!(
        "Limits: a query has at most {} bytes, {} brackets inside each other, and `..` at most {} times; a filter may \
         not search the whole body (`$..`, `$[*]`) for every value.",
        json_path::MAX_QUERY,
        json_path::MAX_DEPTH,
        json_path::MAX_DESCENTS
    ));
}
