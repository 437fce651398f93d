//! `/metrics` in the Prometheus text format: a few numbers that alerts are made of.

use std::fmt::Write;

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;

use runtime::{Ops, OpsError};

use crate::App;

/// Messages by status, entries of places by state, running runs by flow.
pub(crate) async fn metrics(State(app): State<App>) -> impl IntoResponse {
    let ops = app.runtime.ops();
    let mut out = String::new();
    // First, and whatever else can be asked: a store that is broken may not answer at all.
    head(&mut out, "semel_store_writable", "0 while the store cannot be written.");
    let _ = writeln!(out, "semel_store_writable {}", u64::from(ops.store_writable().is_ok()));
    if let Err(error) = rest(&ops, &mut out).await {
        tracing::error!(error = error.text, "some metrics are missing");
    }
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], out)
}

async fn rest(ops: &Ops, out: &mut String) -> Result<(), OpsError> {
    head(out, "semel_messages", "Messages in the message log by status.");
    for (status, count) in ops.counts().await? {
        line(out, "semel_messages", &[("status", &status)], count);
    }
    let places = ops.places(None).await?;
    head(out, "semel_entries", "Entries of queues, data stores, parked deliveries and inboxes.");
    for place in &places {
        let (kind, name, flow) = (place.place.kind.as_str(), &place.place.name, &place.place.flow);
        for (state, count) in [("waiting", place.waiting), ("overdue", place.overdue), ("blocked", place.blocked)] {
            line(out, "semel_entries", &[("kind", kind), ("name", name), ("flow", flow), ("state", state)], count);
        }
    }
    head(out, "semel_stopped", "1 where an operator stopped a place.");
    for place in &places {
        let labels = [("kind", place.place.kind.as_str()), ("name", &place.place.name), ("flow", &place.place.flow)];
        line(out, "semel_stopped", &labels, u64::from(place.stopped));
    }
    let receivers = ops.receivers().await?;
    head(out, "semel_circuit_open", "1 where the system behind a receiver is down.");
    for receiver in &receivers {
        let labels = [("flow", receiver.flow.as_str()), ("receiver", &receiver.name), ("system", &receiver.system)];
        line(out, "semel_circuit_open", &labels, u64::from(receiver.open_since.is_some()));
    }
    head(out, "semel_in_doubt", "Parked deliveries that may have been done.");
    for receiver in &receivers {
        let labels = [("flow", receiver.flow.as_str()), ("receiver", &receiver.name)];
        line(out, "semel_in_doubt", &labels, receiver.in_doubt);
    }
    head(out, "semel_runs", "Runs in progress by flow.");
    for flow in ops.flows().await? {
        line(out, "semel_runs", &[("flow", &flow.name)], flow.running);
    }
    Ok(())
}

fn head(out: &mut String, name: &str, help: &str) {
    let _ = write!(out, "# HELP {name} {help}\n# TYPE {name} gauge\n");
}

fn line(out: &mut String, name: &str, labels: &[(&str, &str)], value: u64) {
    let escape = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    let labels: Vec<String> = labels.iter().map(|(k, v)| format!("{k}=\"{}\"", escape(v))).collect();
    let _ = writeln!(out, "{name}{{{}}} {value}", labels.join(","));
}
