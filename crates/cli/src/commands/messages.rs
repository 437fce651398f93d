//! `semel messages`: what happened to messages, and doing something about it.

use std::io::IsTerminal;

use serde_json::{Value, json};

use super::values::{brief, number, text};
use crate::args::{Format, MessagesAction, MessagesArgs};
use crate::client::Client;
use crate::exit::Exit;
use crate::out;

/// Most characters of an answer in a table.
const ANSWER: usize = 80;

pub(crate) async fn run(args: MessagesArgs) -> Result<(), Exit> {
    let client = Client::new(&args.server)?;
    let format = args.server.format;
    match args.action {
        MessagesAction::List { status, flow, since, id, header, limit } => {
            let mut query = vec![("limit", limit.to_string())];
            if !status.is_empty() {
                query.push(("status", status.join(",")));
            }
            query.extend(flow.map(|v| ("flow", v)));
            query.extend(since.map(|v| ("since", v)));
            query.extend(id.map(|v| ("id", v)));
            query.extend(header.map(|(name, value)| ("header", format!("{name}={value}"))));
            let answer = client.get(&["messages"], &query).await?;
            if format == Format::Json { out::json(&answer) } else { list(&answer) }
        }
        MessagesAction::Show { id } => {
            let answer = client.get(&["messages", &id], &[]).await?;
            if format == Format::Json { out::json(&answer) } else { show(&answer) }
        }
        MessagesAction::Trace { id } => {
            let answer = client.get(&["messages", &id, "trace"], &[]).await?;
            if format == Format::Json { out::json(&answer) } else { trace(&answer) }
        }
        MessagesAction::Retry { id, after, dry } => {
            let order = json!({"dry_run": dry.dry_run, "after": after.after});
            done(&client.post(&["messages", &id, "retry"], &[], order).await?, "due now", format)
        }
        MessagesAction::Cancel { id, after, dry } => {
            let order = json!({"dry_run": dry.dry_run, "after": after.after});
            done(&client.post(&["messages", &id, "cancel"], &[], order).await?, "deleted", format)
        }
        MessagesAction::SendAgain { id, receiver, delivery, body, yes } => {
            if !yes && !confirmed(&format!("{receiver} has this message already. Send it again?"))? {
                return Err(Exit::usage("nothing was sent; --yes does not ask"));
            }
            let mut query = vec![("receiver", receiver.clone()), ("sure", "true".to_owned())];
            query.extend(delivery.map(|delivery| ("delivery", delivery)));
            query.extend(body.as_ref().map(|_| ("with_body", "true".to_owned())));
            let body = body.as_deref().map(super::places::content).transpose()?.unwrap_or_default();
            let answer = client.post_bytes(&["messages", &id, "send-again"], &query, body).await?;
            super::values::said(
                &answer,
                &format!("sent to {receiver} as delivery {}", text(&answer, "delivery")),
                format,
            )
        }
    }
}

/// Whether somebody at a terminal says yes.
fn confirmed(question: &str) -> Result<bool, Exit> {
    if !std::io::stdin().is_terminal() {
        return Ok(false);
    }
    out::note(&format!("{question} [y/N]"));
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).map_err(|e| Exit::failed(format!("stdin: {e}")))?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}

/// What an action did to entries.
pub(super) fn done(answer: &Value, what: &str, format: Format) -> Result<(), Exit> {
    if format == Format::Json {
        return out::json(&json!([answer]));
    }
    let count = answer["done"].as_u64().unwrap_or(0);
    let dry = answer["dry_run"] == true;
    let entries = match (dry, count) {
        (true, 1) => "entry would be",
        (true, _) => "entries would be",
        (false, 1) => "entry is",
        (false, _) => "entries are",
    };
    let busy = match answer["busy"].as_u64().unwrap_or(0) {
        0 => String::new(),
        busy => format!("; {busy} being processed now and left alone"),
    };
    let gone = match answer["gone"].as_u64().unwrap_or(0) {
        0 => String::new(),
        gone => format!("; {gone} not there"),
    };
    out::line(&format!("{count} {entries} {what}{busy}{gone}"))?;
    let shown = answer["entries"].as_array().map_or(0, Vec::len);
    if shown > 0 {
        super::places::entries(&answer["entries"])?;
        if count > shown as u64 {
            out::line(&format!("... and {} more", count - shown as u64))?;
        }
    }
    match answer["more"].as_i64() {
        Some(last) => out::line(&format!("and there are more: run it again with --after {last}")),
        None => Ok(()),
    }
}

fn list(answer: &Value) -> Result<(), Exit> {
    let messages = answer.as_array().map(Vec::as_slice).unwrap_or_default();
    if messages.is_empty() {
        return out::line("no messages");
    }
    let rows = messages.iter().map(|m| {
        let status = match m["custom_status"].as_str() {
            Some(custom) => format!("{} ({custom})", text(m, "status")),
            None => text(m, "status"),
        };
        vec![
            text(m, "id"),
            text(m, "flow"),
            status,
            text(m, "started"),
            number(m, "retries"),
            brief(&text(m, "error"), 90),
        ]
    });
    out::line(&out::table(&["id", "flow", "status", "started", "retries", "error"], rows.collect()))
}

fn show(m: &Value) -> Result<(), Exit> {
    let mut page = String::new();
    let fields = ["id", "correlation", "flow", "status", "custom_status", "started", "ended", "retries", "error"];
    for field in fields.iter().filter(|f| !m[**f].is_null()) {
        let value = if m[*field].is_string() { text(m, field) } else { number(m, field) };
        page.push_str(&format!("{field:<14} {value}\n"));
    }
    let mut section = |title: &str, head: &[&str], rows: Vec<Vec<String>>| {
        if !rows.is_empty() {
            page.push_str(&format!("\n{title}\n{}\n", out::table(head, rows)));
        }
    };
    let items = |name: &str| m[name].as_array().cloned().unwrap_or_default();
    section(
        "Runs",
        &["started", "trigger", "status", "error"],
        items("runs")
            .iter()
            .map(|r| vec![text(r, "started"), text(r, "trigger"), text(r, "status"), text(r, "error")])
            .collect(),
    );
    let headers = items("runs").last().and_then(|r| r["headers"].as_array().cloned()).unwrap_or_default();
    section(
        "Custom headers of the last run",
        &["name", "value"],
        headers.iter().map(|h| vec![text(h, "name"), text(h, "value")]).collect(),
    );
    let steps = items("runs").last().and_then(|r| r["steps"].as_array().cloned()).unwrap_or_default();
    section(
        "Steps of the last run",
        &["step", "process", "part", "ms", "error"],
        steps
            .iter()
            .map(|s| vec![text(s, "step"), text(s, "process"), text(s, "branch"), number(s, "ms"), text(s, "error")])
            .collect(),
    );
    section(
        "Deliveries",
        &["at", "receiver", "record", "delivery", "attempt", "outcome", "class", "error", "answer"],
        items("deliveries")
            .iter()
            .map(|d| {
                let (at, receiver, record) = (text(d, "at"), text(d, "receiver"), text(d, "record"));
                let (delivery, attempt, outcome) = (text(d, "delivery"), number(d, "attempt"), text(d, "outcome"));
                let (class, answer) = (text(d, "class"), brief(&text(d, "excerpt"), ANSWER));
                vec![at, receiver, record, delivery, attempt, outcome, class, text(d, "error"), answer]
            })
            .collect(),
    );
    section("Log", &["at", "text"], items("lines").iter().map(|l| vec![text(l, "at"), text(l, "text")]).collect());
    section(
        "Attachments",
        &["name", "type", "size"],
        items("attachments").iter().map(|a| vec![text(a, "name"), text(a, "media_type"), number(a, "size")]).collect(),
    );
    out::text(&page)
}

fn trace(answer: &Value) -> Result<(), Exit> {
    let steps = answer.as_array().map(Vec::as_slice).unwrap_or_default();
    if steps.is_empty() {
        return out::line("no traced steps; `semel flows trace FLOW` traces the next messages");
    }
    let rows = steps.iter().map(|s| {
        let body = s["body"].as_str().map_or_else(|| "(binary)".to_owned(), |b| brief(b, 200));
        vec![text(s, "at"), text(s, "step"), brief(&s["headers"].to_string(), 120), body]
    });
    out::line(&out::table(&["at", "step", "headers", "body"], rows.collect()))
}
