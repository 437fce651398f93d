//! What things look like in JSON: times as ISO 8601 in UTC, bodies as text where they are text.

use base::{Scope, Timestamp, Value};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use runtime::{FlowLine, Preview};
use serde_json::{Value as Json, json};
use store::{
    Entry, EntryInfo, MessageDetail, MessageRecord, PlaceKind, PlaceSummary, RunRecord, TraceRecord, Variable,
};

pub(super) fn time(at: Timestamp) -> String {
    at.to_string()
}

fn maybe(at: Option<Timestamp>) -> Option<String> {
    at.map(time)
}

pub(super) fn message(record: &MessageRecord) -> Json {
    json!({
        "id": record.id, "correlation": record.correlation, "flow": record.flow, "status": record.status,
        "custom_status": record.custom_status, "started": time(record.started), "ended": maybe(record.ended),
        "retries": record.retries, "error": record.error,
    })
}

pub(super) fn detail(detail: &MessageDetail) -> Json {
    let mut out = message(&detail.record);
    let deliveries: Vec<Json> = detail
        .deliveries
        .iter()
        .map(|d| {
            json!({
                "delivery": d.delivery, "receiver": d.receiver, "record": d.record, "attempt": d.attempt,
                "at": time(d.at), "outcome": d.outcome, "error": d.error,
                "class": d.class.map(base::Class::as_str), "http_status": d.http_status, "excerpt": d.excerpt,
            })
        })
        .collect();
    let attachments: Vec<Json> = detail
        .attachments
        .iter()
        .map(|(name, media_type, size)| json!({"name": name, "media_type": media_type, "size": size}))
        .collect();
    let lines: Vec<Json> = detail.lines.iter().map(|l| json!({"at": time(l.at), "text": l.text})).collect();
    out["runs"] = detail.runs.iter().map(run).collect();
    out["deliveries"] = deliveries.into();
    out["lines"] = lines.into();
    out["attachments"] = attachments.into();
    out
}

fn run(run: &RunRecord) -> Json {
    let steps: Vec<Json> = run
        .steps
        .iter()
        .map(|s| {
            json!({
                "step": s.step, "process": s.process, "branch": s.branch, "started": time(s.started), "ms": s.ms,
                "error": s.error,
            })
        })
        .collect();
    json!({
        "run": run.run, "trigger": run.trigger, "started": time(run.started), "ended": time(run.ended),
        "status": run.status, "error": run.error, "retries": run.retries, "custom_status": run.custom_status,
        "headers": run.headers.iter().map(|(n, v)| json!({"name": n, "value": v})).collect::<Vec<_>>(),
        "steps": steps,
    })
}

pub(super) fn trace(record: &TraceRecord) -> Json {
    let mut out = payload(&record.message);
    out["step"] = record.step.clone().into();
    out["run"] = record.run.as_str().into();
    out["at"] = time(record.at).into();
    out
}

/// Headers, properties, body and attachments of a message.
fn payload(message: &base::Message) -> Json {
    let headers: serde_json::Map<String, Json> =
        message.headers.iter().map(|(name, v)| (name.to_owned(), value(v))).collect();
    let properties: serde_json::Map<String, Json> =
        message.properties.iter().map(|(name, v)| (name.clone(), value(v))).collect();
    let attachments: Vec<Json> = message
        .attachments
        .iter()
        .map(|a| json!({"name": a.name, "media_type": a.media_type, "content": content(&a.content)}))
        .collect();
    json!({"headers": headers, "properties": properties, "body": content(&message.body), "attachments": attachments})
}

/// Text as text, everything else as `{"base64": ...}`.
fn content(bytes: &Bytes) -> Json {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => json!({"base64": STANDARD.encode(bytes)}),
    }
}

fn value(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(b) => (*b).into(),
        Value::Int(n) => (*n).into(),
        Value::Float(n) => serde_json::Number::from_f64(*n).map_or(Json::Null, Json::Number),
        Value::Text(text) => text.as_str().into(),
        Value::Bytes(bytes) => content(bytes),
        // Made by scripts; their text is what a person wants to see.
        Value::List(_) | Value::Map(_) => value.to_string().into(),
    }
}

pub(super) fn place(summary: &PlaceSummary) -> Json {
    let place = &summary.place;
    let state = if summary.stopped { "stopped" } else { "started" };
    let mut out = json!({"name": place.name});
    match place.kind {
        PlaceKind::Queue => {}
        PlaceKind::DataStore => {
            out["visibility"] = if place.flow.is_empty() { "global" } else { "flow" }.into();
            out["flow"] = place.flow.clone().into();
        }
        PlaceKind::Delivery => {
            out["receiver"] = place.name.clone().into();
            out["flow"] = place.flow.clone().into();
        }
        PlaceKind::Inbox => out["flow"] = place.flow.clone().into(),
    }
    out["entries"] = summary.entries.into();
    out["waiting"] = summary.waiting.into();
    out["overdue"] = summary.overdue.into();
    out["blocked"] = summary.blocked.into();
    out["in_doubt"] = summary.in_doubt.into();
    out["state"] = state.into();
    out["stopped_interfaces"] = summary.stopped_interfaces.clone().into();
    out["next_due"] = maybe(summary.next_due).into();
    out["oldest"] = maybe(summary.oldest).into();
    out
}

pub(super) fn entry_info(info: &EntryInfo) -> Json {
    json!({
        "key": info.key, "id": info.id, "place": info.place, "message": info.message_id,
        "correlation": info.correlation, "interface": info.interface, "order_key": info.order_key, "state": info.state,
        "created": time(info.created), "due": time(info.due), "alert_at": time(info.alert_at),
        "expires": time(info.expires), "retries": info.retries, "crashes": info.crashes, "doubt": info.doubt, "error": info.error,
        "size": info.size, "encrypted": info.encrypted,
    })
}

/// What an action would be done to, with the first entries.
pub(super) fn preview(preview: &Preview) -> Json {
    json!({
        "dry_run": true, "done": preview.done, "busy": preview.busy, "more": preview.more,
        "entries": preview.entries.iter().map(entry_info).collect::<Vec<_>>(),
    })
}

pub(super) fn entry(entry: &Entry) -> Json {
    let mut out = entry_info(&entry.info);
    out["payload"] = payload(&entry.message);
    out
}

pub(super) fn variable(variable: &Variable) -> Json {
    let (visibility, flow) = match &variable.scope {
        Scope::Global => ("global", ""),
        Scope::Flow(name) => ("flow", name.as_str()),
    };
    json!({
        "name": variable.name, "visibility": visibility, "flow": flow, "value": value(&variable.value),
        "updated": time(variable.updated), "expires": time(variable.expires),
    })
}

pub(super) fn flow(line: &FlowLine) -> Json {
    json!({
        "name": line.name, "package": line.package, "state": line.state, "error": line.error,
        "senders": line.senders, "running": line.running, "log_level": line.log_level,
        "next_tick": maybe(line.next_tick),
    })
}
