//! `Properties` to text.
use crate::interp::Interpreter;
use crate::text::text;
use crate::value::{MapObj, R, Value};
use std::rc::Rc;

/// `store` of `Properties`.
pub(crate) fn call(it: &mut Interpreter<'_>, m: &Rc<MapObj>, name: &str, args: &[Value]) -> R<Option<Value>> {
    Ok(Some(match (name, args) {
        ("store", [to, ..]) => {
            let mut out = String::new();
            for (k, v) in m.entries() {
                escape(&text(&k), true, &mut out);
                out.push('=');
                escape(&text(&v), false, &mut out);
                out.push('\n');
            }
            it.invoke(to, "write", vec![Value::str(out)])?;
            Value::Null
        }
        _ => return Ok(None),
    }))
}

/// What has a meaning gets a backslash: blanks only in keys, and where a value begins.
fn escape(t: &str, key: bool, out: &mut String) {
    for (i, c) in t.char_indices() {
        let c = match c {
            '\t' => 't',
            '\n' => 'n',
            '\r' => 'r',
            '\u{c}' => 'f',
            '\\' | '=' | ':' | '#' | '!' => c,
            ' ' if key || i == 0 => c,
            _ => {
                out.push(c);
                continue;
            }
        };
        out.extend(['\\', c]);
    }
}
