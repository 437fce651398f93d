//! What crosses the border to a script: strings. Values are JSON, with a one-key object where JSON has no such kind:
//! `{"m": pairs}` a map, `{"b": text}` bytes, `{"i": digits}` a whole number beyond 2^53, `{"f": "NaN"}`.
//! Bytes are strings of characters below 256.

use base::{Attachment, Headers, Message, Properties, Value};
use bytes::Bytes;
use serde_json::{Value as Json, json};

use super::worker::Done;
use crate::caught;
use crate::{Invocation, LogAttachment, ScriptError, ScriptOutput};

/// The largest whole number that a JavaScript number holds exactly.
const MAX_SAFE: u64 = (1 << 53) - 1;

/// What a call begins with.
pub(super) struct Input {
    /// All but the body, as JSON.
    pub(super) given: String,
    /// The body as text.
    pub(super) text: String,
    /// The body's bytes, where the text is not the same.
    pub(super) raw: Option<String>,
}

pub(super) fn input(call: &Invocation<'_>) -> Result<Input, ScriptError> {
    let message = &call.message;
    let given = json!({
        "headers": message.headers.iter().map(|(n, v)| json!([n, encode(v)])).collect::<Vec<_>>(),
        "properties": message.properties.iter().map(|(n, v)| json!([n, encode(v)])).collect::<Vec<_>>(),
        "attachments": message.attachments.iter().map(|a| json!([a.name, a.media_type, text(&a.content)])).collect::<Vec<_>>(),
        "id": call.message_id.to_string(),
        "exception": call.exception,
        "answer": call.exception.and_then(|_| caught::answer(message)),
        "flow": call.flow,
    });
    let raw = std::str::from_utf8(&message.body).is_err().then(|| latin1(&message.body));
    Ok(Input { given: given.to_string(), text: text(&message.body), raw })
}

/// The message that a call left.
pub(super) fn output(before: Message, was_text: bool, done: &Done) -> Result<ScriptOutput, ScriptError> {
    let fault = || ScriptError::missing("the script engine gave back something unreadable".to_owned());
    let changes: Json = serde_json::from_str(&done.changes).map_err(|_| fault())?;
    let list = |name: &str| changes.get(name).and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut headers = Headers::new();
    for (name, value) in list("headers").iter().filter_map(pair) {
        let value = unless_same(before.headers.get(name), decode(value));
        headers.set(name, value);
    }
    let mut properties = Properties::new();
    for (name, value) in list("properties").iter().filter_map(pair) {
        let value = unless_same(before.properties.get(name), decode(value));
        properties.insert(name.to_owned(), value);
    }
    let text_at = |row: &Json, i: usize| row.get(i).and_then(Json::as_str).unwrap_or_default().to_owned();
    let attachments = list("attachments").iter().map(|row| {
        let kept = row.get(3).and_then(Json::as_u64).and_then(|i| before.attachments.get(usize::try_from(i).ok()?));
        let content = match kept {
            Some(kept) => kept.content.clone(),
            None => Bytes::from(text_at(row, 2)),
        };
        Attachment { name: text_at(row, 0), media_type: text_at(row, 1), content }
    });
    let attachments = attachments.collect();
    let body = match done.kind.as_str() {
        "k" => before.body.clone(),
        "b" => Bytes::from(bytes(&done.body)),
        _ => Bytes::from(done.body.clone()),
    };
    Ok(ScriptOutput {
        message: Message { headers, properties, body, attachments },
        body_is_text: match done.kind.as_str() {
            "k" => was_text,
            kind => kind != "b",
        },
        headers: list("custom").iter().map(|row| (text_at(row, 0), text_at(row, 1))).collect(),
        log_properties: list("logged").iter().map(|row| (text_at(row, 0), text_at(row, 1))).collect(),
        attachments: list("log")
            .iter()
            .map(|row| LogAttachment { name: text_at(row, 0), media_type: text_at(row, 1), text: text_at(row, 2) })
            .collect(),
    })
}

fn pair(row: &Json) -> Option<(&str, &Json)> {
    Some((row.get(0)?.as_str()?, row.get(1)?))
}

/// JavaScript does not tell 1 from 1.0: a number that was not changed keeps its kind.
fn unless_same(before: Option<&Value>, after: Value) -> Value {
    match (before, &after) {
        #[expect(clippy::cast_precision_loss, reason = "the number came from a double")]
        (Some(Value::Float(old)), Value::Int(new)) if *old == *new as f64 => Value::Float(*old),
        _ => after,
    }
}

fn encode(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(flag) => json!(flag),
        Value::Int(n) if n.unsigned_abs() <= MAX_SAFE => json!(n),
        Value::Int(n) => json!({ "i": n.to_string() }),
        Value::Float(n) if n.is_finite() => json!(n),
        Value::Float(n) => {
            let name = if n.is_nan() { "NaN" } else { ["-Infinity", "Infinity"][usize::from(*n > 0.0)] };
            json!({ "f": name })
        }
        Value::Text(text) => json!(text),
        Value::Bytes(bytes) => json!({ "b": latin1(bytes) }),
        Value::List(items) => Json::Array(items.iter().map(encode).collect()),
        Value::Map(map) => json!({ "m": map.iter().map(|(k, v)| json!([k, encode(v)])).collect::<Vec<_>>() }),
    }
}

fn decode(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(flag) => Value::Bool(*flag),
        Json::Number(n) => n.as_i64().map_or_else(|| Value::Float(n.as_f64().unwrap_or(f64::NAN)), Value::Int),
        Json::String(text) => Value::Text(text.clone()),
        Json::Array(items) => Value::List(items.iter().map(decode).collect()),
        Json::Object(one) => match one.iter().next() {
            Some((key, Json::Array(pairs))) if key == "m" => {
                Value::Map(pairs.iter().filter_map(pair).map(|(k, v)| (k.to_owned(), decode(v))).collect())
            }
            Some((key, Json::String(latin1))) if key == "b" => Value::Bytes(bytes(latin1).into()),
            Some((key, Json::String(digits))) if key == "i" => {
                digits.parse().map_or_else(|_| Value::Text(digits.clone()), Value::Int)
            }
            Some((_, Json::String(name))) => Value::Float(name.parse().unwrap_or(f64::NAN)),
            _ => Value::Null,
        },
    }
}

pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

pub(super) fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|b| char::from(*b)).collect()
}

pub(super) fn bytes(latin1: &str) -> Vec<u8> {
    latin1.chars().map(|c| u8::try_from(c).unwrap_or(b'?')).collect()
}
