//! Receivers: their circuits, and what waits for them.

use axum::extract::State;
use runtime::ReceiverLine;
use serde_json::{Value, json};

use super::{Answer, view};
use crate::App;

pub(super) async fn list(State(app): State<App>) -> Answer {
    let lines = app.runtime.ops().receivers().await?;
    Ok(super::json(lines.iter().map(line).collect::<Vec<_>>()))
}

fn line(line: &ReceiverLine) -> Value {
    let time = |at: Option<base::Timestamp>| at.map(view::time);
    json!({
        "flow": line.flow, "name": line.name, "system": line.system, "circuit": line.circuit,
        "open_since": time(line.open_since), "next_probe": time(line.next_probe), "failing": line.failing,
        "error": line.error, "waiting": line.waiting, "in_doubt": line.in_doubt, "blocked": line.blocked,
        "oldest": time(line.oldest),
    })
}
