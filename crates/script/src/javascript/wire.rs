//! Values at the border to a script. JavaScript has most kinds; the others cross as an object with one member:
//! `{m: [name, value, ...]}` a map, `{b: text}` bytes, `{i: digits}` a big whole number that a script made.
//! Bytes are strings of characters below 256.

use base::{Attachment, Headers, Message, Properties, Value};
use bytes::Bytes;
use rquickjs::{Array, Ctx, IntoJs, Object, Result, Type, Value as Js};

use crate::LogAttachment;

/// The largest whole number that a JavaScript number holds exactly.
const MAX_SAFE: u64 = (1 << 53) - 1;
/// Doubles below this are whole numbers of 64 bits if they are whole.
const WHOLE: f64 = 9.2e18;

/// Whether a value cannot be changed from inside.
pub(super) fn is_plain(value: &Value) -> bool {
    !matches!(value, Value::Bytes(_) | Value::List(_) | Value::Map(_))
}

/// A value for a script.
pub(super) fn to_js<'js>(ctx: &Ctx<'js>, value: &Value) -> Result<Js<'js>> {
    Ok(match value {
        Value::Null => Js::new_null(ctx.clone()),
        Value::Bool(flag) => Js::new_bool(ctx.clone(), *flag),
        #[expect(clippy::cast_precision_loss, reason = "a double holds it exactly")]
        Value::Int(n) if n.unsigned_abs() <= MAX_SAFE => Js::new_number(ctx.clone(), *n as f64),
        Value::Int(n) => Js::new_big_int(ctx.clone(), *n)?,
        Value::Float(n) => Js::new_float(ctx.clone(), *n),
        Value::Text(text) => text.as_str().into_js(ctx)?,
        Value::Bytes(bytes) => one(ctx, "b", latin1(bytes))?,
        Value::List(items) => {
            let list = Array::new(ctx.clone())?;
            for (at, item) in items.iter().enumerate() {
                list.set(at, to_js(ctx, item)?)?;
            }
            list.into_value()
        }
        Value::Map(map) => one(ctx, "m", pairs(ctx, map.iter().map(|(k, v)| (k.as_str(), v)))?)?,
    })
}

fn one<'js>(ctx: &Ctx<'js>, name: &str, value: impl IntoJs<'js>) -> Result<Js<'js>> {
    let object = Object::new(ctx.clone())?;
    object.set(name, value)?;
    Ok(object.into_value())
}

/// Names and values by turns.
pub(super) fn pairs<'js, 'v>(
    ctx: &Ctx<'js>,
    entries: impl Iterator<Item = (&'v str, &'v Value)>,
) -> Result<Array<'js>> {
    let flat = Array::new(ctx.clone())?;
    for (at, (name, value)) in entries.enumerate() {
        flat.set(2 * at, name)?;
        flat.set(2 * at + 1, to_js(ctx, value)?)?;
    }
    Ok(flat)
}

/// A value of a script. JavaScript does not tell 1 from 1.0: a number that is as before keeps its kind.
pub(super) fn from_js(value: &Js<'_>, before: Option<&Value>) -> Result<Value> {
    Ok(match value.type_of() {
        Type::Bool => Value::Bool(value.as_bool().unwrap_or_default()),
        Type::Int | Type::Float => number(value.as_number().unwrap_or(f64::NAN), before),
        Type::String => Value::Text(value.get()?),
        Type::Array => {
            Value::List(value.get::<Array<'_>>()?.iter().map(|v| from_js(&v?, None)).collect::<Result<_>>()?)
        }
        Type::Object => {
            let object: Object<'_> = value.get()?;
            if let Some(flat) = object.get::<_, Option<Array<'_>>>("m")? {
                Value::Map(
                    entries(&flat)?.into_iter().map(|(k, v)| Ok((k, from_js(&v, None)?))).collect::<Result<_>>()?,
                )
            } else if let Some(latin1) = object.get::<_, Option<String>>("b")? {
                Value::Bytes(bytes(&latin1).into())
            } else {
                let digits: String = object.get("i")?;
                digits.parse().map_or_else(|_| Value::Text(digits), Value::Int)
            }
        }
        _ => Value::Null,
    })
}

/// A plain value of a script; `None` for all others.
pub(super) fn plain(value: &Js<'_>, before: Option<&Value>) -> Result<Option<Value>> {
    Ok(match value.type_of() {
        Type::Undefined | Type::Null | Type::Bool | Type::Int | Type::Float => Some(from_js(value, before)?),
        Type::String => value.as_string().map_or(Ok(None), well_formed)?.map(Value::Text),
        _ => None,
    })
}

/// A text, unless it has half a character in it.
pub(super) fn well_formed(text: &rquickjs::String<'_>) -> Result<Option<String>> {
    match text.to_string() {
        Err(rquickjs::Error::Utf8(_)) => Ok(None),
        text => text.map(Some),
    }
}

fn number(n: f64, before: Option<&Value>) -> Value {
    match before {
        #[expect(clippy::float_cmp, reason = "whether it is the very same number")]
        Some(Value::Float(old)) if *old == n => Value::Float(n),
        #[expect(clippy::cast_possible_truncation, reason = "it is whole, and small enough")]
        _ if n.fract() == 0.0 && n.abs() < WHOLE => Value::Int(n as i64),
        _ => Value::Float(n),
    }
}

fn entries<'js>(flat: &Array<'js>) -> Result<Vec<(String, Js<'js>)>> {
    (0..flat.len() / 2).map(|i| Ok((flat.get(2 * i)?, flat.get(2 * i + 1)?))).collect()
}

/// What a script leaves beside what the host has already.
#[derive(Default)]
pub(super) struct Left {
    pub(super) headers: Vec<(String, String)>,
    pub(super) log_properties: Vec<(String, String)>,
    pub(super) attachments: Vec<LogAttachment>,
}

/// Takes over what a call left.
pub(super) fn take(left: &Object<'_>, message: &mut Message) -> Result<Left> {
    if let Some(flat) = left.get::<_, Option<Array<'_>>>("headers")? {
        let mut headers = Headers::new();
        for (name, value) in entries(&flat)? {
            let value = from_js(&value, message.headers.get(&name))?;
            headers.set(name, value);
        }
        message.headers = headers;
    }
    if let Some(flat) = left.get::<_, Option<Array<'_>>>("properties")? {
        let mut properties = Properties::new();
        for (name, value) in entries(&flat)? {
            let value = from_js(&value, message.properties.get(&name))?;
            properties.insert(name, value);
        }
        message.properties = properties;
    }
    if let Some(rows) = left.get::<_, Option<Vec<Array<'_>>>>("attachments")? {
        let attachment = |row: &Array<'_>| {
            let kept = row.get::<Option<usize>>(3)?.and_then(|i| message.attachments.get(i));
            let content = match kept {
                Some(kept) => kept.content.clone(),
                None => Bytes::from(row.get::<String>(2)?),
            };
            Ok(Attachment { name: row.get(0)?, media_type: row.get(1)?, content })
        };
        message.attachments = rows.iter().map(attachment).collect::<Result<_>>()?;
    }
    let words = |name: &str| left.get::<_, Option<Vec<String>>>(name).map(Option::unwrap_or_default);
    Ok(Left {
        headers: chunks(words("custom")?, |[name, value]| (name, value)),
        log_properties: chunks(words("logged")?, |[name, value]| (name, value)),
        attachments: chunks(words("log")?, |[name, media_type, text]| LogAttachment { name, media_type, text }),
    })
}

fn chunks<const N: usize, T>(words: Vec<String>, make: impl Fn([String; N]) -> T) -> Vec<T> {
    let mut words = words.into_iter();
    std::iter::from_fn(|| {
        let chunk: Vec<String> = words.by_ref().take(N).collect();
        chunk.try_into().ok().map(&make)
    })
    .collect()
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
