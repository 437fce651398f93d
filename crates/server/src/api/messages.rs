//! Messages: list, show, trace, retry, cancel.

use axum::extract::{Request, State};
use axum::http::header;
use axum::response::IntoResponse;
use base::{DeliveryId, EntryKey, MessageId, Status, Timestamp};
use serde::Deserialize;
use serde_json::json;
use store::MessageFilter;

use super::extract::{Acting, JsonBody, Params, Segments};
use super::{Answer, json, view};
use crate::App;
use crate::body;
use crate::problem::Problem;

/// Most messages in one answer.
const MAX_LIMIT: u32 = 1_000;

/// The filter as it comes in the query.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Filter {
    /// Statuses, separated by commas.
    status: Option<String>,
    flow: Option<String>,
    id: Option<String>,
    /// `name=value`.
    header: Option<String>,
    /// A time, or a duration back from now.
    since: Option<String>,
    until: Option<String>,
    limit: Option<u32>,
}

impl Filter {
    fn checked(self, now: Timestamp) -> Result<MessageFilter, Problem> {
        let mut status = Vec::new();
        for name in self.status.iter().flat_map(|s| s.split(',')).map(str::trim).filter(|s| !s.is_empty()) {
            let known = || Status::ALL.map(Status::as_str).join(", ");
            let parsed = Status::parse(name);
            status
                .push(parsed.ok_or_else(|| Problem::bad_request(format!("status: `{name}` is none of {}", known())))?);
        }
        let header = match self.header {
            None => None,
            Some(pair) => match pair.split_once('=') {
                Some((name, value)) => Some((name.to_owned(), value.to_owned())),
                None => return Err(Problem::bad_request("header: write name=value")),
            },
        };
        Ok(MessageFilter {
            status,
            flow: self.flow,
            id: self.id,
            header,
            since: self.since.map(|t| time("since", &t, now)).transpose()?,
            until: self.until.map(|t| time("until", &t, now)).transpose()?,
            limit: self.limit.unwrap_or(50).clamp(1, MAX_LIMIT),
        })
    }
}

/// `2026-11-22T08:00:00Z`, or `1h` for an hour ago.
fn time(name: &str, text: &str, now: Timestamp) -> Result<Timestamp, Problem> {
    if let Ok(back) = base::parse_duration(text) {
        let ms = i64::try_from(back.as_millis()).unwrap_or(i64::MAX);
        return Ok(Timestamp(now.0.saturating_sub(ms)));
    }
    let wrong = || Problem::bad_request(format!("{name}: `{text}` is neither a time nor a duration such as 1h"));
    text.parse::<jiff::Timestamp>().map(Timestamp::from).map_err(|_| wrong())
}

pub(super) async fn list(State(app): State<App>, Params(filter): Params<Filter>) -> Answer {
    let filter = filter.checked(app.config.clock.now())?;
    let messages = app.runtime.ops().messages(filter).await?;
    Ok(json(messages.iter().map(view::message).collect::<Vec<_>>()))
}

pub(super) async fn show(State(app): State<App>, Segments(id): Segments<String>) -> Answer {
    Ok(json(view::detail(&app.runtime.ops().message(&MessageId::from_text(id)).await?)))
}

pub(super) async fn trace(State(app): State<App>, Segments(id): Segments<String>) -> Answer {
    let steps = app.runtime.ops().trace(&MessageId::from_text(id)).await?;
    Ok(json(steps.iter().map(view::trace).collect::<Vec<_>>()))
}

pub(super) async fn attachment(State(app): State<App>, Segments((id, name)): Segments<(String, String)>) -> Answer {
    let found = app.runtime.ops().attachment(&MessageId::from_text(id), &name).await?;
    // The content comes from outside: a browser must neither guess its kind nor open it as a page of this server.
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::CONTENT_DISPOSITION, "attachment"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    Ok((headers, found.content).into_response())
}

pub(super) async fn counts(State(app): State<App>) -> Answer {
    let counts = app.runtime.ops().counts().await?;
    Ok(json(counts.iter().map(|(status, count)| json!({"status": status, "messages": count})).collect::<Vec<_>>()))
}

/// For `retry` and `cancel`.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Order {
    /// Nothing is done; the answer says what would be.
    dry_run: bool,
    /// Only entries after this number, which an answer gave as `more`.
    after: Option<i64>,
}

/// For `send-again`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Again {
    /// Which receiver.
    receiver: String,
    /// Which delivery, where the receiver got several of the message.
    delivery: Option<String>,
    /// Must be `true`: the receiver has it already.
    #[serde(default)]
    sure: bool,
    /// The request's body is the payload; otherwise a trace must have it.
    #[serde(default)]
    with_body: bool,
}

/// `POST /api/messages/{id}/send-again`: the request's body is the payload where `with_body` says so.
pub(super) async fn send_again(
    Acting(ops): Acting,
    Segments(id): Segments<String>,
    Params(again): Params<Again>,
    request: Request,
) -> Answer {
    if !again.sure {
        return Err(Problem::bad_request("sure: the receiver has this already; say `sure=true` to send it again"));
    }
    let body = body::read(request.into_body(), super::places::BODY).await?;
    let body = again.with_body.then_some(body);
    let wrong = |_| Problem::bad_request("delivery: this is no delivery id; `GET /api/messages/{id}` has them");
    let which: Option<DeliveryId> = again.delivery.map(|d| d.parse()).transpose().map_err(wrong)?;
    let delivery = ops.send_again(&MessageId::from_text(id), (&again.receiver, which), body).await?;
    Ok(json(json!({ "delivery": delivery })))
}

pub(super) async fn act(
    Acting(ops): Acting,
    Segments((id, action)): Segments<(String, String)>,
    JsonBody(order): JsonBody<Order>,
) -> Answer {
    let (id, after) = (MessageId::from_text(id), order.after.map(EntryKey));
    match action.as_str() {
        "retry" | "cancel" if order.dry_run => Ok(json(view::preview(&ops.preview_message(&id, after).await?))),
        "retry" => Ok(json(ops.retry_message(&id, after).await?)),
        "cancel" => Ok(json(ops.cancel_message(&id, after).await?)),
        _ => Err(Problem::not_found()),
    }
}
