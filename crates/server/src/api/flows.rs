//! Deployed flows: list, start, stop, trace, tick, diagram.

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use flow::LogLevel;
use serde::Deserialize;
use serde_json::json;

use super::extract::{JsonBody, Segments};
use super::{Answer, json, view};
use crate::problem::Problem;
use crate::{App, diagram};

/// For `trace`.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Order {
    /// For how long, 10 unless set.
    minutes: Option<u32>,
    /// `trace` unless set.
    level: Option<String>,
}

pub(super) async fn list(State(app): State<App>) -> Answer {
    let flows = app.runtime.ops().flows().await?;
    Ok(json(flows.iter().map(view::flow).collect::<Vec<_>>()))
}

pub(super) async fn diagram(State(app): State<App>, Segments(name): Segments<String>) -> Answer {
    let flow = app.runtime.ops().flow(&name)?;
    Ok(([(header::CONTENT_TYPE, "image/svg+xml")], diagram::svg(&flow)).into_response())
}

pub(super) async fn act(
    State(app): State<App>,
    Segments((name, action)): Segments<(String, String)>,
    JsonBody(order): JsonBody<Order>,
) -> Answer {
    let ops = app.runtime.ops();
    match action.as_str() {
        "start" | "stop" => {
            ops.stop_flow(&name, action == "stop").await?;
            Ok(json(json!({"name": name, "stopped": action == "stop"})))
        }
        "tick" => {
            ops.tick_now(&name).await?;
            Ok(json(json!({"name": name, "ticked": true})))
        }
        "trace" => {
            let minutes = order.minutes.unwrap_or(10);
            let text = order.level.as_deref().unwrap_or("trace");
            let level =
                level(text).ok_or_else(|| Problem::bad_request(format!("level: there is no level `{text}`")))?;
            ops.set_log_level(&name, level, minutes).await?;
            Ok(json(json!({"name": name, "level": text, "minutes": minutes})))
        }
        _ => Err(Problem::not_found()),
    }
}

fn level(text: &str) -> Option<LogLevel> {
    Some(match text {
        "none" => LogLevel::None,
        "error" => LogLevel::Error,
        "info" => LogLevel::Info,
        "debug" => LogLevel::Debug,
        "trace" => LogLevel::Trace,
        _ => return None,
    })
}
