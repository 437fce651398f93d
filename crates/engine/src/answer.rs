//! What the sender of a request is answered.

use base::{MessageId, Value};
use bytes::Bytes;
use flow::Flow;

use crate::Ended;
use crate::call::{begins_with, is_hop_by_hop};

/// Headers of a message that are Semel's business, not the sender's.
const INTERNAL: [&str; 3] = ["Camel", "SAP", "JMS"];
/// Headers that say something about another exchange than this one.
const FOREIGN: [&str; 5] = ["authorization", "date", "server", "idempotency-key", "semel-message-id"];

/// What an HTTP sender is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpAnswer {
    /// Status: 200, 204 for an empty body, 500, or header `CamelHttpResponseCode`.
    pub status: u16,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Bytes,
}

/// The answer to the sender of a run that ended. A failure is answered with 500 and a short text that ends with the
/// message id, or with the failure's text where the flow has `return-errors`. A request whose key was answered meanwhile
/// by another run gets 409.
#[must_use]
pub fn http_answer(flow: &Flow, message_id: &MessageId, ended: &Ended) -> HttpAnswer {
    let id = ("Semel-Message-Id".to_owned(), message_id.to_string());
    if let Some(failure) = &ended.failure {
        let mut text =
            format!("An internal server error occurred. For error details check the message with id: {message_id}");
        if flow.return_errors {
            text.push('\n');
            text.push_str(&failure.text);
        }
        let plain = ("Content-Type".to_owned(), "text/plain; charset=utf-8".to_owned());
        let status = if failure.code == "X0501" { 409 } else { 500 };
        return HttpAnswer { status, headers: vec![plain, id], body: text.into() };
    }
    let message = &ended.message;
    let wanted = message.headers.get("CamelHttpResponseCode").and_then(Value::to_int);
    let wanted = wanted.and_then(|code| u16::try_from(code).ok()).filter(|code| (200..=599).contains(code));
    let mut headers: Vec<(String, String)> = message
        .headers
        .iter()
        .filter(|(name, value)| may_leave(name) && **value != Value::Null)
        .map(|(name, value)| (name.to_owned(), value.to_string()))
        .filter(|(_, value)| !value.chars().any(|c| c.is_control() && c != '\t'))
        .collect();
    headers.push(id);
    HttpAnswer {
        status: wanted.unwrap_or(if message.body.is_empty() { 204 } else { 200 }),
        headers,
        body: message.body.clone(),
    }
}

fn may_leave(name: &str) -> bool {
    let token = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b));
    let foreign = FOREIGN.iter().any(|f| name.eq_ignore_ascii_case(f));
    token && !foreign && !is_hop_by_hop(name) && !begins_with(name, &INTERNAL)
}
