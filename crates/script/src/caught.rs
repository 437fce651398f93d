//! What an exception subprocess's scripts are told about the failure beside its text.

use base::{Message, Value};

/// The class of the exception that a failed HTTP call gives.
pub(crate) const HTTP_FAILED: &str = "org.apache.camel.component.ahc.AhcOperationFailedException";

/// The answer of a receiver whose call failed: status, what the status says, body.
pub(crate) fn answer(before: &Message) -> Option<(i32, &'static str, String)> {
    let status = before.headers.get("CamelHttpResponseCode").and_then(Value::to_int)?;
    let status = i32::try_from(status).ok()?;
    Some((status, reason(status), before.properties.get("SemelResponseBody")?.to_string()))
}

/// What a status says.
fn reason(status: i32) -> &'static str {
    match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        409 => "Conflict",
        410 => "Gone",
        413 => "Payload Too Large",
        415 => "Unsupported Media Type",
        422 => "Unprocessable Entity",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "",
    }
}
