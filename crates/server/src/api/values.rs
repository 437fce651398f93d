//! Variables and number ranges.

use axum::extract::State;
use base::Scope;
use serde::Deserialize;
use serde_json::json;

use super::extract::{Params, Segments};
use super::{Answer, json, view};
use crate::App;

/// Whose variable; empty for a global one.
#[derive(Deserialize)]
pub(super) struct Owner {
    #[serde(default)]
    flow: String,
}

pub(super) async fn variables(State(app): State<App>) -> Answer {
    let variables = app.runtime.ops().variables().await?;
    Ok(json(variables.iter().map(view::variable).collect::<Vec<_>>()))
}

pub(super) async fn delete_variable(
    State(app): State<App>,
    Segments(name): Segments<String>,
    Params(owner): Params<Owner>,
) -> Answer {
    app.runtime.ops().delete_variable(Scope::from_flow(owner.flow), &name).await?;
    Ok(json(json!({"name": name, "deleted": true})))
}

pub(super) async fn number_ranges(State(app): State<App>) -> Answer {
    Ok(json(app.runtime.ops().number_ranges().await?))
}
