//! The key of a request, by which duplicates are known: reading it, holding it while the request is processed, its fingerprint.

use std::sync::{Arc, PoisonError};

use base::{Message, MessageId, Timestamp};
use expr::Template;
use flow::{DoorKey, HttpSender, Idempotency};

use crate::problem::problem;
use crate::runtime::Shared;
use crate::{DoorRequest, DoorResponse};

/// Longest key.
const LONGEST: usize = 255;

/// The key of a request, where the channel honours one.
pub(super) fn of(
    http: &HttpSender,
    request: &DoorRequest,
    flow: &str,
    now: Timestamp,
) -> Result<Option<String>, DoorResponse> {
    if http.idempotency == Idempotency::Off {
        return Ok(None);
    }
    let (found, what) = match &http.key {
        DoorKey::Header => (header(request)?, "the header Idempotency-Key"),
        DoorKey::CloudEvent => (cloud_event(request)?, "a CloudEvent with source and id"),
        DoorKey::Expression(template) => (
            evaluated(template, &super::message::whole(http, request), flow, now)?,
            "a key, which its expression finds",
        ),
    };
    match found {
        None if http.idempotency == Idempotency::Required => {
            Err(problem(400, "R0006", &format!("this flow needs {what}")))
        }
        found => Ok(found),
    }
}

fn header(request: &DoorRequest) -> Result<Option<String>, DoorResponse> {
    match one(request, "Idempotency-Key")? {
        None => Ok(None),
        Some(value) => parse(value).map(Some).ok_or_else(|| {
            let text = format!("the header Idempotency-Key must hold 1 to {LONGEST} printable ASCII characters");
            problem(400, "R0005", &text)
        }),
    }
}

/// A header that may come once.
fn one<'a>(request: &'a DoorRequest, name: &str) -> Result<Option<&'a str>, DoorResponse> {
    let mut values = request.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name));
    match (values.next(), values.next()) {
        (Some(_), Some(_)) => Err(problem(400, "R0005", &format!("the header {name} came more than once"))),
        (first, _) => Ok(first.map(|(_, value)| value.as_str())),
    }
}

/// Source and id of a CloudEvent 1.0: in binary mode `ce-source` and `ce-id` (HTTP binding, section 3.1), in structured
/// mode members of a JSON object of type `application/cloudevents+json` (section 3.2). Both are texts that are not empty
/// (specification, section 3.1); an event without them is none, and would come in twice unnoticed.
fn cloud_event(request: &DoorRequest) -> Result<Option<String>, DoorResponse> {
    let kind = one(request, "Content-Type")?.unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if kind == "application/cloudevents-batch+json" {
        let text = "a batch of CloudEvents has no id of its own: send each event by itself";
        return Err(problem(400, "R0005", text));
    }
    let structured = kind == "application/cloudevents+json";
    let (source, id) = if structured {
        let event: serde_json::Value = serde_json::from_slice(&request.body)
            .map_err(|error| problem(400, "R0005", &format!("the CloudEvent cannot be read: {error}")))?;
        let member = |name| event.get(name).and_then(serde_json::Value::as_str).map(str::to_owned);
        (member("source"), member("id"))
    } else {
        (one(request, "ce-source")?.map(str::to_owned), one(request, "ce-id")?.map(str::to_owned))
    };
    match (source, id) {
        (None, None) if !structured => Ok(None),
        (Some(source), Some(id)) if !source.is_empty() && !id.is_empty() => {
            // Both may be of any length and kind; together they are told apart by their digest.
            Ok(Some(format!("ce-{}", digest(&[source.as_bytes(), id.as_bytes()]))))
        }
        _ => Err(problem(400, "R0005", "a CloudEvent has a source and an id, each of them a text that is not empty")),
    }
}

fn evaluated(
    template: &Template,
    message: &Message,
    flow: &str,
    now: Timestamp,
) -> Result<Option<String>, DoorResponse> {
    let id = MessageId::from_text(String::new());
    let scope = expr::Scope { message, message_id: &id, flow, now, exception: None };
    let text = template
        .text(&scope)
        .map_err(|error| problem(400, "R0005", &format!("the key of the request cannot be found: {}", error.0)))?;
    let text = text.trim();
    Ok((!text.is_empty()).then(|| format!("x-{}", digest(&[text.as_bytes()]))))
}

fn digest(parts: &[&[u8]]) -> String {
    let mut context = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
    for part in parts {
        context.update(&(part.len() as u64).to_le_bytes());
        context.update(part);
    }
    base::hex(context.finish().as_ref())
}

/// A key bare, or as a quoted string (RFC 8941); both forms of one key are the same key.
fn parse(value: &str) -> Option<String> {
    let value = value.trim();
    let key = match value.strip_prefix('"') {
        Some(rest) => {
            let inner = rest.strip_suffix('"')?;
            let mut key = String::with_capacity(inner.len());
            let mut chars = inner.chars();
            while let Some(c) = chars.next() {
                match c {
                    '"' => return None,
                    '\\' => match chars.next() {
                        Some(c @ ('"' | '\\')) => key.push(c),
                        _ => return None,
                    },
                    c => key.push(c),
                }
            }
            key
        }
        None if value.contains('"') => return None,
        None => value.to_owned(),
    };
    let fits = !key.is_empty() && key.len() <= LONGEST && key.bytes().all(|b| (0x20..0x7f).contains(&b));
    fits.then_some(key)
}

/// Digest of what a request says: method, path, query and body, each with its length.
pub(super) fn fingerprint(request: &DoorRequest) -> [u8; 32] {
    let mut context = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
    let query = request.query.as_deref().unwrap_or_default();
    for part in [request.method.as_bytes(), request.path.as_bytes(), query.as_bytes(), &request.body] {
        context.update(&(part.len() as u64).to_le_bytes());
        context.update(part);
    }
    let mut out = [0; 32];
    out.copy_from_slice(context.finish().as_ref());
    out
}

/// A key that is being processed, until this is dropped.
pub(super) struct Held {
    shared: Arc<Shared>,
    flow: String,
    key: String,
}

impl Held {
    /// `None` where another request holds it.
    pub fn take(shared: &Arc<Shared>, flow: &str, key: &str) -> Option<Self> {
        let mut keys = shared.in_door.lock().unwrap_or_else(PoisonError::into_inner);
        keys.insert((flow.to_owned(), key.to_owned())).then(|| Held {
            shared: Arc::clone(shared),
            flow: flow.to_owned(),
            key: key.to_owned(),
        })
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut keys = self.shared.in_door.lock().unwrap_or_else(PoisonError::into_inner);
        keys.remove(&(std::mem::take(&mut self.flow), std::mem::take(&mut self.key)));
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn keys_come_bare_or_quoted() {
        let long = "k".repeat(256);
        let cases = [
            ("abc", Some("abc")),
            (" \"abc\" ", Some("abc")),
            (r#""a\"b\\c""#, Some(r#"a"b\c"#)),
            ("", None),
            ("\"\"", None),
            ("\"", None),
            ("\"abc", None),
            ("a\"b", None),
            (r#""a"b""#, None),
            (r#""a\n""#, None),
            ("clé", None),
            (long.as_str(), None),
        ];
        for (value, expect) in cases {
            assert_eq!(parse(value).as_deref(), expect, "{value}");
        }
    }
}
