//! An HTTP answer: what its status means, and how much of it is read.

use std::time::Duration;

use base::{Class, Failure, Headers, Timestamp, Value};
use bytes::{Bytes, BytesMut};
use flow::{HttpCall, Outcome, Reply};
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Response, StatusCode};
use tokio::time::Instant;

use super::OWN_HEADERS;
use crate::causes;

/// Largest body of an answer.
const MAX_BODY: usize = 64 << 20;
/// How much of the body of a failed request is kept.
const MAX_EXCERPT: usize = 4 << 10;
/// Longest wait that a receiver may wish.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(30 * 86_400);

/// Header of SAP and Camel for the status.
const STATUS_HEADER: &str = "CamelHttpResponseCode";

/// Reads an answer until the time is up. Its head says what became of the request, whatever becomes of its body.
pub(super) async fn read(response: Response, call: &HttpCall, place: &str, now: Timestamp, until: Instant) -> Outcome {
    let status = response.status();
    let said = call.statuses.class(Some(status.as_u16()));
    // A connection that changes its protocol, which nobody asked for, says nothing about the request.
    let refused =
        status.is_informational() || call.throw_on_failure && (status.as_u16() >= 400 || status.is_redirection());
    if said.is_some() || refused {
        let retry_after = retry_after(response.headers(), now);
        let (body, _) = body(response, MAX_EXCERPT, until).await;
        let refusal = refusal(status, place);
        let class = said.unwrap_or(refusal.class);
        return Err(Failure { class, retry_after, excerpt: excerpt(&body), ..refusal });
    }
    let mut headers = headers(response.headers());
    headers.set(STATUS_HEADER, i64::from(status.as_u16()));
    match body(response, MAX_BODY, until).await {
        (body, End::Complete) => Ok(Reply { headers, body }),
        (body, End::TooLong) => {
            let text = format!("{place} answered {status}, but with more than {}", base::format_bytes(MAX_BODY as u64));
            let http_status = Some(status.as_u16());
            Err(Failure { http_status, excerpt: excerpt(&body), ..Failure::permanent("C0007", text) })
        }
        (body, End::Broken(why)) => {
            let text = format!("{place} answered {status}, but the answer broke off: {why}");
            let http_status = Some(status.as_u16());
            Err(Failure { http_status, excerpt: excerpt(&body), ..Failure::in_doubt("C0003", text) })
        }
    }
}

/// How a body ended.
enum End {
    Complete,
    TooLong,
    Broken(String),
}

/// The body up to a limit.
async fn body(mut response: Response, limit: usize, until: Instant) -> (Bytes, End) {
    let mut body = BytesMut::new();
    loop {
        let Ok(chunk) = tokio::time::timeout_at(until, response.chunk()).await else {
            return (body.freeze(), End::Broken("it did not end in time".to_owned()));
        };
        match chunk {
            Ok(Some(chunk)) if body.len() + chunk.len() > limit => {
                body.extend_from_slice(&chunk[..limit - body.len()]);
                return (body.freeze(), End::TooLong);
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return (body.freeze(), End::Complete),
            Err(error) => {
                let why = std::error::Error::source(&error).map_or_else(|| "the connection broke".to_owned(), causes);
                return (body.freeze(), End::Broken(why));
            }
        }
    }
}

/// What an answer that says no means for the next attempt: overload and login may be better later, the rest will not.
fn refusal(status: StatusCode, place: &str) -> Failure {
    let (class, code, why) = match status.as_u16() {
        ..200 => (Class::InDoubt, "C0003", ", which is no answer to a request"),
        300..=399 => (Class::Permanent, "C0006", "; redirects are not followed"),
        401 | 403 | 407 => (Class::Transient, "C0009", "; check the credential"),
        408 | 425 | 429 | 500 | 503 => (Class::Transient, "C0004", ""),
        // A gateway speaks: what stands behind it may have done it (RFC 9110, 15.6.3 and 15.6.5).
        502 | 504 => (Class::InDoubt, "C0004", "; the system behind the gateway may have done it"),
        _ => (Class::Permanent, "C0005", ""),
    };
    let http_status = Some(status.as_u16());
    Failure { http_status, ..Failure::new(class, code, format!("{place} answered {status}{why}")) }
}

/// The headers of an answer without those of the connection; repeated ones are joined.
fn headers(all: &HeaderMap) -> Headers {
    let mut headers = Headers::new();
    for name in all.keys().filter(|n| !OWN_HEADERS.contains(&n.as_str())) {
        let values: Vec<_> = all.get_all(name).iter().map(|v| String::from_utf8_lossy(v.as_bytes())).collect();
        headers.set(name.as_str(), Value::Text(values.join(", ")));
    }
    headers
}

/// `Retry-After`: seconds, or a date.
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match text.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        // A number too large to read is a long wait.
        Err(_) if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) => MAX_RETRY_AFTER,
        Err(_) => {
            let date = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
            Timestamp::from(date).since(now)
        }
    };
    Some(wait.min(MAX_RETRY_AFTER))
}

/// The beginning of a body as text; nothing for an empty one.
fn excerpt(body: &[u8]) -> Option<String> {
    let mut text = String::from_utf8_lossy(&body[..body.len().min(MAX_EXCERPT)]).into_owned();
    // Replacement characters are longer than the bytes they stand for.
    let end = (0..=text.len().min(MAX_EXCERPT)).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
    text.truncate(end);
    (!text.is_empty()).then_some(text)
}
