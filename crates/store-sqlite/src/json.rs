//! Values as JSON text that people can read and that keeps every kind: text is a string, a whole number a number,
//! the rest is marked: `{"float":"1.5"}`, `{"bytes":"00ff"}`, `{"map":{...}}`.

use std::borrow::Cow;

use base::{Headers, Properties, Value};
use bytes::Bytes;
use indexmap::IndexMap;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value as Json;

use crate::fault::{Fault, Result};

/// Deepest nesting that is kept; what lies deeper becomes its text. JSON readers stop at twice that.
const DEPTH: u8 = 40;

struct AsJson<'a>(&'a Value, u8);

impl Serialize for AsJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let AsJson(value, depth) = *self;
        match value {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(flag) => serializer.serialize_bool(*flag),
            Value::Int(number) => serializer.serialize_i64(*number),
            Value::Text(text) => serializer.serialize_str(text),
            // As text: JSON has neither infinities nor NaN, and `1.0` must not come back as a whole number.
            Value::Float(number) => marked(serializer, "float", &format!("{number:?}")),
            Value::Bytes(bytes) => marked(serializer, "bytes", &base::hex(bytes)),
            Value::List(_) | Value::Map(_) if depth >= DEPTH => serializer.serialize_str("…"),
            Value::List(items) => serializer.collect_seq(items.iter().map(|item| AsJson(item, depth + 1))),
            Value::Map(map) => marked(serializer, "map", &AsMap(map, depth + 1)),
        }
    }
}

struct AsMap<'a>(&'a IndexMap<String, Value>, u8);

impl Serialize for AsMap<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (key(name), AsJson(value, self.1))))
    }
}

struct AsHeaders<'a>(&'a Headers);

impl Serialize for AsHeaders<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (key(name), AsJson(value, 0))))
    }
}

/// A name as it is written. serde_json takes an object for a number where its first key is a magic one that begins
/// with `$`, so a leading `$` is doubled.
fn key(name: &str) -> Cow<'_, str> {
    if name.starts_with('$') { Cow::Owned(format!("${name}")) } else { Cow::Borrowed(name) }
}

/// The name that was written as this key.
fn name(mut key: String) -> String {
    if key.starts_with('$') {
        key.remove(0);
    }
    key
}

fn marked<S: Serializer, T: Serialize + ?Sized>(
    serializer: S,
    kind: &'static str,
    value: &T,
) -> std::result::Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(1))?;
    map.serialize_entry(kind, value)?;
    map.end()
}

/// Anything as JSON text.
pub(crate) fn text(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Fault::store(format!("S0005: cannot be written as JSON: {error}")))
}

/// Anything from JSON text.
pub(crate) fn parse<T: serde::de::DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(Fault::unreadable)
}

/// A value as JSON text.
pub(crate) fn value_text(value: &Value) -> Result<String> {
    text(&AsJson(value, 0))
}

/// A value from JSON text.
pub(crate) fn value(text: &str) -> Result<Value> {
    to_value(parse(text)?)
}

/// Headers as a JSON object; `None` where there are none.
pub(crate) fn headers_text(headers: &Headers) -> Result<Option<String>> {
    if headers.is_empty() { Ok(None) } else { text(&AsHeaders(headers)).map(Some) }
}

/// Properties as a JSON object; `None` where there are none.
pub(crate) fn properties_text(properties: &Properties) -> Result<Option<String>> {
    if properties.is_empty() { Ok(None) } else { text(&AsMap(properties, 0)).map(Some) }
}

/// Headers from a JSON object.
pub(crate) fn headers(text: Option<&str>) -> Result<Headers> {
    Ok(properties(text)?.into_iter().collect())
}

/// Properties from a JSON object.
pub(crate) fn properties(text: Option<&str>) -> Result<Properties> {
    let Some(text) = text else { return Ok(Properties::new()) };
    match parse(text)? {
        Json::Object(map) => to_map(map).map(Properties::from),
        _ => Err(Fault::unreadable("an object was expected")),
    }
}

fn to_map(map: serde_json::Map<String, Json>) -> Result<IndexMap<String, Value>> {
    map.into_iter().map(|(key, value)| Ok((name(key), to_value(value)?))).collect()
}

fn to_value(json: Json) -> Result<Value> {
    Ok(match json {
        Json::Null => Value::Null,
        Json::Bool(flag) => Value::Bool(flag),
        Json::Number(number) => {
            Value::Int(number.as_i64().ok_or_else(|| Fault::unreadable(format!("{number} is no 64-bit number")))?)
        }
        Json::String(text) => Value::Text(text),
        Json::Array(items) => Value::List(items.into_iter().map(to_value).collect::<Result<_>>()?),
        Json::Object(map) => match map.into_iter().next() {
            Some((kind, Json::String(text))) if kind == "float" => {
                Value::Float(text.parse().map_err(Fault::unreadable)?)
            }
            Some((kind, Json::String(text))) if kind == "bytes" => Value::Bytes(unhex(&text)?),
            Some((kind, Json::Object(map))) if kind == "map" => Value::Map(to_map(map)?),
            _ => return Err(Fault::unreadable("an object of an unknown kind")),
        },
    })
}

/// Bytes from hexadecimal text.
pub(crate) fn unhex(text: &str) -> Result<Bytes> {
    let digit = |byte: u8| (byte as char).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pair = |pair: &[u8]| Some(digit(*pair.first()?)? << 4 | digit(*pair.get(1)?)?);
    let bytes: Option<Vec<u8>> = text.as_bytes().chunks(2).map(pair).collect();
    bytes.map(Bytes::from).ok_or_else(|| Fault::unreadable("bytes are not hexadecimal"))
}
