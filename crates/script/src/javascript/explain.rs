//! A failure in words for the operator, with a trace for the author.

use rquickjs::{CatchResultExt, CaughtError, Coerced, Ctx, Value};

use super::{own_columns, place};
use crate::{Limits, ScriptError, ScriptErrorKind};

/// The longest message and the longest trace that are kept, in bytes.
const MAX_TEXT: usize = 16 << 10;

/// Says what a script threw or which limit it met; that of time is known to its timer.
pub(super) fn explain<'js>(ctx: &Ctx<'js>, error: CaughtError<'js>, path: &str, limits: Limits) -> ScriptError {
    let memory = || {
        ScriptError::limit(format!("the script used more than {} of memory", base::format_bytes(limits.memory as u64)))
    };
    let (name, message, trace) = match error {
        CaughtError::Exception(e) => {
            let name: Option<String> = e.as_object().get("name").ok();
            (name.unwrap_or_default(), e.message().unwrap_or_default(), e.stack().unwrap_or_default())
        }
        // The engine throws null when there is no memory left for an error.
        CaughtError::Value(value) if value.is_null() => {
            return ScriptError::limit("the script threw null, or no memory was left for an error".to_owned());
        }
        CaughtError::Value(value) => (String::new(), thrown(ctx, &value), String::new()),
        CaughtError::Error(rquickjs::Error::Allocation) => return memory(),
        CaughtError::Error(e) => (String::new(), e.to_string(), String::new()),
    };
    match (name.as_str(), message.as_str()) {
        ("InternalError", "out of memory") => memory(),
        ("InternalError", m) if m.contains("stack overflow") => nested(limits),
        ("RangeError" | "InternalError", m) if m.contains("call stack size") => nested(limits),
        _ => {
            let message = if message.is_empty() && !name.is_empty() { name } else { message };
            let trace = own_columns(&trace, path);
            let place = match place(&trace, path) {
                Some((line, _)) => format!("{path}:{line}"),
                None => path.to_owned(),
            };
            let (message, trace) = (shortened(message), shortened(trace));
            ScriptError { message, place: Some(place), trace, kind: ScriptErrorKind::Threw }
        }
    }
}

fn nested(limits: Limits) -> ScriptError {
    let stack = base::format_bytes(limits.stack as u64);
    ScriptError::limit(format!("the calls of the script are nested too deeply (more than {stack} of stack)"))
}

/// What was thrown, where it is not an `Error`.
fn thrown<'js>(ctx: &Ctx<'js>, value: &Value<'js>) -> String {
    if let Some(message) = value.as_object().and_then(|o| o.get::<_, String>("message").ok()) {
        return message;
    }
    match value.get::<Coerced<String>>().catch(ctx) {
        Ok(text) => text.0,
        Err(_) => "the script threw something that has no text".to_owned(),
    }
}

fn shortened(mut text: String) -> String {
    if text.len() > MAX_TEXT {
        let end = (0..=MAX_TEXT).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
        text.truncate(end);
    }
    text
}
