//! Receivers: their circuits, and what waits for them.

use axum::extract::State;

use super::{Answer, json};
use crate::App;

pub(super) async fn list(State(app): State<App>) -> Answer {
    Ok(json(app.runtime.ops().receivers().await?))
}
