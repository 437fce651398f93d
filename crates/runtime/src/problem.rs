//! Error answers of the door: `application/problem+json` with a code that has a page.

use bytes::Bytes;
use serde_json::json;

use crate::DoorResponse;

/// An error answer.
pub(crate) fn problem(status: u16, code: &'static str, detail: &str) -> DoorResponse {
    let title = match status {
        400 => "Bad request",
        404 => "Not found",
        405 => "Method not allowed",
        409 => "Conflict",
        422 => "Unprocessable content",
        _ => "Service unavailable",
    };
    let body = json!({ "type": "about:blank", "title": title, "status": status, "code": code, "detail": detail });
    DoorResponse {
        status,
        headers: vec![("Content-Type".to_owned(), "application/problem+json".to_owned())],
        body: Bytes::from(body.to_string()),
    }
}

/// The same answer with one more header.
pub(crate) fn with_header(mut response: DoorResponse, name: &str, value: impl Into<String>) -> DoorResponse {
    response.headers.push((name.to_owned(), value.into()));
    response
}
