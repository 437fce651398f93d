//! `semel variables` and `semel numbers`, and how JSON answers become cells of tables.

use serde_json::{Value, json};

use crate::args::{Format, NumbersAction, NumbersArgs, VariablesAction, VariablesArgs};
use crate::client::Client;
use crate::exit::Exit;
use crate::out;

pub(crate) async fn variables(args: VariablesArgs) -> Result<(), Exit> {
    let client = Client::new(&args.server)?;
    match args.action {
        VariablesAction::List => {
            let answer = client.get(&["variables"], &[]).await?;
            list(
                &answer,
                args.server.format,
                "variables",
                &["name", "visibility", "flow", "value", "updated", "expires"],
            )
        }
        VariablesAction::Delete { name, flow } => {
            let query = [("flow", flow.unwrap_or_default())];
            let answer = client.delete(&["variables", &name], &query).await?;
            said(&answer, &format!("{name} is deleted"), args.server.format)
        }
    }
}

pub(crate) async fn numbers(args: NumbersArgs) -> Result<(), Exit> {
    let NumbersAction::List = args.action;
    let answer = Client::new(&args.server)?.get(&["number-ranges"], &[]).await?;
    list(&answer, args.server.format, "number ranges", &["name", "min", "max", "next", "length", "rotate"])
}

/// A list as a table with one column per field, or as it came.
pub(super) fn list(answer: &Value, format: Format, what: &str, fields: &[&str]) -> Result<(), Exit> {
    if format == Format::Json {
        return out::json(answer);
    }
    let items = answer.as_array().map(Vec::as_slice).unwrap_or_default();
    if items.is_empty() {
        return out::line(&format!("no {what}"));
    }
    let rows = items.iter().map(|item| fields.iter().map(|f| brief(&cell(&item[*f]), 120)).collect()).collect();
    out::line(&out::table(
        &fields.iter().map(|f| f.replace('_', " ")).collect::<Vec<_>>().iter().map(String::as_str).collect::<Vec<_>>(),
        rows,
    ))
}

/// A sentence, or the answer in an array.
pub(super) fn said(answer: &Value, sentence: &str, format: Format) -> Result<(), Exit> {
    if format == Format::Json { out::json(&json!([answer])) } else { out::line(sentence) }
}

/// A value as people read it.
pub(super) fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(cell).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

pub(super) fn text(item: &Value, field: &str) -> String {
    item[field].as_str().unwrap_or_default().to_owned()
}

pub(super) fn number(item: &Value, field: &str) -> String {
    if item[field].is_null() { String::new() } else { item[field].to_string() }
}

/// One line of at most so many characters.
pub(super) fn brief(text: &str, most: usize) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(most + 1).collect();
    if line.chars().count() > most { format!("{}…", line.chars().take(most - 1).collect::<String>()) } else { line }
}
