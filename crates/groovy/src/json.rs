//! JSON: writing; reading is in `slurper`, building in `json_build`.
use crate::error::{illegal, throw};
use crate::interp::Interpreter;
use crate::library::time::calendar;
use crate::library::time::date::Date;
use crate::text::text;
use crate::value::{MapKind, MapObj, R, Value};
use std::cell::Cell;

pub(crate) const MAX_DEPTH: u32 = 200;

/// `JsonOutput.toJson`.
pub(crate) fn write(it: &mut Interpreter<'_>, v: &Value) -> R<String> {
    let mut out = String::new();
    put(it, v, &mut out, 0)?;
    it.charge(out.len())?;
    Ok(out)
}

fn room(it: &Interpreter<'_>, out: &str) -> R<()> {
    if out.len() as u64 > it.limits.memory {
        return Err(crate::value::Thrown::Limit("the JSON text is too large".into()));
    }
    Ok(())
}

fn quote(s: &str, out: &mut String) {
    out.push('"');
    for c in s.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if (' '..='~').contains(&c) => out.push(c),
            c => c.encode_utf16(&mut [0; 2]).iter().for_each(|u| out.push_str(&format!("\\u{u:04x}"))),
        }
    }
    out.push('"');
}

fn put(it: &mut Interpreter<'_>, v: &Value, out: &mut String, depth: u32) -> R<()> {
    if depth > MAX_DEPTH {
        return Err(throw("java.lang.StackOverflowError", "the value is nested too deeply"));
    }
    // A small value may hold another many times: its text is bounded while it grows.
    it.charge(16)?;
    it.tick()?;
    room(it, out)?;
    match v {
        Value::Null | Value::Bool(_) => out.push_str(&text(v)),
        Value::Double(d) if !d.is_finite() => return Err(no_number(v, d.is_nan())),
        Value::Float(d) if !d.is_finite() => return Err(no_number(v, d.is_nan())),
        v if crate::ops::is_number(v) => out.push_str(&text(v)),
        Value::Map(m) => {
            out.push('{');
            for (i, (k, x)) in m.entries().iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                if k.is_null() {
                    return Err(illegal("Maps with null keys can't be converted to JSON"));
                }
                quote(&it.to_text(k)?, out);
                out.push(':');
                put(it, x, out, depth + 1)?;
            }
            out.push('}');
        }
        Value::Closure(_) => {
            let m = MapObj::new(MapKind::Linked);
            crate::json_build::build_into(it, &m, v, vec![])?;
            put(it, &Value::Map(m), out, depth + 1)?;
        }
        Value::List(_) | Value::Set(_) | Value::Range(_) | Value::Bytes(_) => {
            out.push('[');
            for (i, x) in it.items_of(v)?.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                put(it, x, out, depth + 1)?;
            }
            out.push(']');
        }
        // A constant of an enum is its name.
        Value::Instance(i) if i.fields.borrow().contains_key("$name") => quote(&it.to_text(v)?, out),
        Value::Instance(i) => {
            let m = crate::properties::written(it, v, i)?;
            put(it, &m, out, depth + 1)?;
        }
        v if v.downcast::<Date>().is_some() || calendar::millis_of(v).is_some() => {
            // A calendar is its moment, whatever its own zone is.
            let moment = calendar::millis_of(v).map(|millis| Value::object(Date(Cell::new(millis), "java.util.Date")));
            let t = it.invoke(
                moment.as_ref().unwrap_or(v),
                "format",
                vec![Value::str("yyyy-MM-dd'T'HH:mm:ssZ"), Value::str("UTC")],
            )?;
            quote(&text(&t), out);
        }
        v => match crate::json_build::content(v) {
            Some(c) => put(it, &c, out, depth + 1)?,
            None => quote(&it.to_text(v)?, out),
        },
    }
    Ok(())
}

fn no_number(v: &Value, nan: bool) -> crate::value::Thrown {
    let kind = if nan { "NaN" } else { "infinite" };
    throw(
        "groovy.json.JsonException",
        format!("Number {} can't be serialized as JSON: {kind} are not allowed in JSON.", text(v)),
    )
}

/// A text of JSON as it is written anew: its escapes are those of a writer.
fn requote(inside: &str, out: &mut String) {
    if inside.bytes().all(|b| b.is_ascii_graphic() || b == b' ') && !inside.contains("\\/") && !inside.contains("\\u") {
        out.push('"');
        out.push_str(inside);
        out.push('"');
        return;
    }
    let (mut text, mut rest) = (Vec::new(), inside.chars());
    while let Some(c) = rest.next() {
        let c = match c {
            '\\' => match rest.next() {
                Some('n') => '\n',
                Some('t') => '\t',
                Some('r') => '\r',
                Some('b') => '\u{8}',
                Some('f') => '\u{c}',
                Some('u') => {
                    let hex: String = rest.by_ref().take(4).collect();
                    text.push(u16::from_str_radix(&hex, 16).unwrap_or(0xfffd));
                    continue;
                }
                Some(c) => c,
                None => '\\',
            },
            c => c,
        };
        text.extend_from_slice(c.encode_utf16(&mut [0; 2]));
    }
    quote(&String::from_utf16_lossy(&text), out);
}

/// What Groovy says where no value can begin.
pub(crate) fn lexing(s: &str, at: usize, c: char) -> crate::value::Thrown {
    let before = s.get(..at).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let text = format!(
        "Lexing failed on line: {line}, column: {column}, while reading '{c}', no possible valid JSON value or punctuation could be recognized."
    );
    throw("groovy.json.JsonException", text)
}

/// `JsonOutput.prettyPrint`.
pub(crate) fn pretty(it: &mut Interpreter<'_>, s: &str) -> R<String> {
    // A number is only seen at the character after it.
    let number = |c: char| c.is_ascii_digit() || "+-.eE".contains(c);
    if s.trim_start().starts_with(|c: char| c == '-' || c.is_ascii_digit()) && s.trim_start().chars().all(number) {
        return Ok(String::new());
    }
    let (mut out, mut depth, mut in_string, mut escaped) = (String::new(), 0usize, false, false);
    let line = |out: &mut String, d: usize| {
        out.push('\n');
        out.push_str(&"    ".repeat(d.min(500)));
    };
    // Whether the character before belongs to a number or a word.
    let mut word = false;
    let mut begin = 0;
    for (at, c) in s.char_indices() {
        room(it, &out)?;
        if in_string {
            in_string = escaped || c != '"';
            escaped = !escaped && c == '\\';
            if !in_string {
                requote(&s[begin..at], &mut out);
            }
            continue;
        }
        match c {
            '{' | '[' => {
                out.push(c);
                depth += 1;
                line(&mut out, depth);
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            c if c.is_whitespace() => {}
            c => {
                if !(word || matches!(c, '"' | '-' | 't' | 'f' | 'n') || c.is_ascii_digit()) {
                    return Err(lexing(s, at, c));
                }
                in_string = c == '"';
                if in_string {
                    begin = at + 1;
                } else {
                    out.push(c);
                }
            }
        }
        word = !in_string && (c.is_alphanumeric() || "+-.".contains(c));
    }
    if in_string {
        out.push('"');
        out.push_str(&s[begin..]);
    }
    it.charge(out.len())?;
    Ok(out)
}
