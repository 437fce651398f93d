//! Compares what happened in a scenario with what was expected.

use serde_json::Value;
use store::{MessageFilter, PlaceKind};

use super::play::Stage;
use super::text::{Expect, ExpectAnswer, scalar};
use super::world::Made;
use crate::DoorResponse;

/// Whether a name in a scenario means this one: `flow/name`, or the bare name.
pub(super) fn is_named(flow: &str, name: &str, wanted: &str) -> bool {
    wanted == name || wanted.split_once('/').is_some_and(|(f, n)| f == flow && n == name)
}

/// The answer to a request.
pub(super) fn answer(expected: &ExpectAnswer, found: &DoorResponse, problems: &mut Vec<String>) {
    let body = String::from_utf8_lossy(&found.body);
    if let Some(status) = expected.status
        && status != found.status
    {
        problems.push(format!("expected status {status}, got {}: {}", found.status, shorten(&body)));
    }
    if let Some(wanted) = &expected.body
        && !same_text(&scalar(wanted), &body)
    {
        problems.push(format!("expected the body {}, got {}", shorten(&scalar(wanted)), shorten(&body)));
    }
    if let Some(part) = &expected.contains
        && !body.contains(part.as_str())
    {
        problems.push(format!("expected a body with {}, got {}", shorten(part), shorten(&body)));
    }
    for (name, wanted) in &expected.headers {
        let got = found.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str());
        if got != Some(scalar(wanted).as_str()) {
            problems.push(format!("expected header {name}: {}, got {}", scalar(wanted), got.unwrap_or("none")));
        }
    }
}

/// Everything else.
pub(super) async fn check(stage: &Stage, expected: &Expect, problems: &mut Vec<String>) -> Result<(), String> {
    let made = stage.world.made();
    for (receiver, wanted) in &expected.deliveries {
        let got: Vec<&Made> = made.iter().filter(|m| m.done && is_named(&m.flow, &m.receiver, receiver)).collect();
        deliveries(receiver, wanted, &got, problems)?;
    }
    for (receiver, wanted) in &expected.calls {
        let got = made.iter().filter(|m| is_named(&m.flow, &m.receiver, receiver)).count();
        if got != *wanted {
            problems.push(format!("expected {wanted} calls of {receiver}, got {got}"));
        }
    }
    if let Some(wanted) = expected.mails {
        let got = made.iter().filter(|m| m.mail && m.done).count();
        if got != wanted {
            problems.push(format!("expected {wanted} mails, got {got}"));
        }
    }
    messages(stage, expected, problems).await?;
    places(stage, expected, problems).await?;
    if !expected.variables.is_empty() {
        let variables = stage.runtime.ops().variables().await.map_err(|e| e.to_string())?;
        for (name, wanted) in &expected.variables {
            let found = variables.iter().find(|v| is_named(v.scope.flow(), &v.name, name));
            let got = found.map(|v| v.value.to_string());
            if got.as_deref() != Some(scalar(wanted).as_str()) {
                let got = got.as_deref().unwrap_or("none");
                problems.push(format!("expected variable {name} to be {}, got {got}", scalar(wanted)));
            }
        }
    }
    Ok(())
}

fn deliveries(receiver: &str, wanted: &Value, got: &[&Made], problems: &mut Vec<String>) -> Result<(), String> {
    let bodies: Vec<_> = got.iter().map(|m| String::from_utf8_lossy(&m.body)).collect();
    let list = || bodies.iter().map(|b| shorten(b)).collect::<Vec<_>>().join(", ");
    match wanted {
        Value::Number(count) => {
            if count.as_u64() != Some(got.len() as u64) {
                problems.push(format!("expected {count} deliveries to {receiver}, got {}: [{}]", got.len(), list()));
            }
        }
        Value::Array(items) => {
            let same = items.len() == bodies.len() && items.iter().zip(&bodies).all(|(w, b)| same_text(&scalar(w), b));
            if !same {
                let wanted: Vec<_> = items.iter().map(|i| shorten(&scalar(i))).collect();
                problems.push(format!("expected deliveries to {receiver} [{}], got [{}]", wanted.join(", "), list()));
            }
        }
        Value::Object(map) => {
            for (key, value) in map {
                match (key.as_str(), value) {
                    ("count" | "bodies", value) => deliveries(receiver, value, got, problems)?,
                    ("contains", Value::Array(parts)) => {
                        for part in parts.iter().map(scalar) {
                            if !bodies.iter().any(|b| b.contains(&part)) {
                                let text = format!("expected a delivery to {receiver} with {}", shorten(&part));
                                problems.push(format!("{text}, got [{}]", list()));
                            }
                        }
                    }
                    _ => return Err(format!("deliveries: `{key}` is not known; write count, bodies or contains")),
                }
            }
        }
        _ => return Err(format!("deliveries: {receiver} takes a number, a list of bodies or a map")),
    }
    Ok(())
}

async fn messages(stage: &Stage, expected: &Expect, problems: &mut Vec<String>) -> Result<(), String> {
    if expected.messages.is_empty() {
        return Ok(());
    }
    let filter = MessageFilter { limit: 100_000, ..MessageFilter::default() };
    let all = stage.runtime.ops().messages(filter).await.map_err(|e| e.to_string())?;
    let mut wanted = Vec::new();
    for (key, value) in &expected.messages {
        match value {
            Value::Object(map) => wanted.extend(map.iter().map(|(status, count)| (Some(key), status, count))),
            count => wanted.push((None, key, count)),
        }
    }
    for (flow, name, count) in wanted {
        let status = base::Status::parse(name).ok_or_else(|| format!("messages: there is no status `{name}`"))?;
        let of_flow = |m: &&store::MessageRecord| flow.is_none_or(|f| *f == m.flow);
        let got = all.iter().filter(of_flow).filter(|m| m.status == status).count();
        if count.as_u64() != Some(got as u64) {
            let has = all.iter().filter(of_flow).map(|m| format!("{} {}", m.flow, m.status));
            let has = has.collect::<Vec<_>>().join(", ");
            let of = flow.map(|f| format!(" of {f}")).unwrap_or_default();
            problems.push(format!("expected {count} messages{of} {status}, got {got}: [{has}]"));
        }
    }
    Ok(())
}

async fn places(stage: &Stage, expected: &Expect, problems: &mut Vec<String>) -> Result<(), String> {
    let kinds = [
        (PlaceKind::Queue, &expected.queues),
        (PlaceKind::DataStore, &expected.stores),
        (PlaceKind::Delivery, &expected.parked),
    ];
    for (kind, wanted) in kinds {
        if wanted.is_empty() {
            continue;
        }
        let places = stage.runtime.ops().places(Some(kind)).await.map_err(|e| e.to_string())?;
        for (name, count) in wanted {
            let named = places.iter().filter(|p| is_named(&p.place.flow, &p.place.name, name));
            let got: u64 = named.map(|p| p.entries).sum();
            if got != *count {
                problems.push(format!("expected {count} entries in {} {name}, got {got}", kind.as_str()));
            }
        }
    }
    Ok(())
}

/// Trailing line ends do not count: YAML adds and drops them too easily.
fn same_text(a: &str, b: &str) -> bool {
    a.trim_end_matches(['\r', '\n']) == b.trim_end_matches(['\r', '\n'])
}

/// A text as it is shown in a failure.
fn shorten(text: &str) -> String {
    let short: String = text.trim_end().chars().take(200).collect();
    if short.len() < text.trim_end().len() { format!("`{short}…`") } else { format!("`{short}`") }
}
