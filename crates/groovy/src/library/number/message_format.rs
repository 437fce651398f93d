//! `MessageFormat`.
use crate::error::illegal;
use crate::interp::Interpreter;
use crate::ops;
use crate::text::text;
use crate::value::{HostObject, R, Value};
use std::any::Any;

struct MessageFormat(String);

/// `new MessageFormat(pattern)`.
pub(super) fn object(args: &[Value]) -> Value {
    Value::object(MessageFormat(args.first().map(text).unwrap_or_default()))
}

/// `MessageFormat.format(pattern, …)`.
pub(super) fn call_static(it: &mut Interpreter<'_>, name: &str, args: &[Value]) -> R<Option<Value>> {
    match (name, args) {
        ("format", [p, rest @ ..]) => {
            let rest = match rest {
                [v @ Value::List(_)] => it.items_of(v)?,
                r => r.to_vec(),
            };
            format(it, &text(p), &rest).map(|s| Some(Value::str(s)))
        }
        _ => Ok(None),
    }
}

fn one(it: &mut Interpreter<'_>, v: &Value, kind: &str, style: &str) -> R<String> {
    let number = |it: &mut Interpreter<'_>, p: &str| -> R<String> {
        let f = super::decimal_format::construct(&[Value::str(p)])?.unwrap_or(Value::Null);
        Ok(text(&it.invoke(&f, "format", vec![v.clone()])?))
    };
    if v.is_null() {
        return Ok("null".into());
    }
    match kind {
        "number" => match style {
            "" => number(it, "#,##0.###"),
            "integer" => number(it, "#,##0"),
            "percent" => number(it, "#,##0%"),
            p => number(it, p),
        },
        "date" | "time" => {
            let p = match (kind, style) {
                ("date", "" | "medium") => "MMM d, yyyy",
                ("date", "short") => "M/d/yy",
                ("date", "long") => "MMMM d, yyyy",
                ("time", "" | "medium") => "h:mm:ss a",
                ("time", "short") => "h:mm a",
                (_, p) => p,
            };
            Ok(text(&it.invoke(v, "format", vec![Value::str(p)])?))
        }
        _ if ops::is_number(v) => number(it, "#,##0.###"),
        _ if v.downcast::<crate::library::time::date::Date>().is_some() => {
            Ok(text(&it.invoke(v, "format", vec![Value::str("M/d/yy h:mm a")])?))
        }
        _ => it.to_text(v),
    }
}

/// Puts values into a pattern.
pub(crate) fn format(it: &mut Interpreter<'_>, p: &str, args: &[Value]) -> R<String> {
    let (mut out, mut c, mut quoted) = (String::new(), p.chars().peekable(), false);
    while let Some(x) = c.next() {
        match x {
            '\'' if c.peek() == Some(&'\'') => {
                c.next();
                out.push('\'');
            }
            '\'' => quoted = !quoted,
            '{' if !quoted => {
                let (mut inner, mut depth) = (String::new(), 1);
                for x in c.by_ref() {
                    match x {
                        '{' => depth += 1,
                        '}' => depth -= 1,
                        _ => {}
                    }
                    if depth == 0 {
                        break;
                    }
                    inner.push(x);
                }
                if depth > 0 {
                    return Err(illegal("Unmatched braces in the pattern."));
                }
                let mut parts = inner.splitn(3, ',');
                let index = parts.next().unwrap_or("").trim();
                let Ok(i) = index.parse::<usize>() else {
                    return Err(illegal(format!("can't parse argument number: {index}")));
                };
                let (kind, style) = (parts.next().unwrap_or("").trim(), parts.next().unwrap_or("").trim());
                let s = match args.get(i) {
                    Some(v) => one(it, v, kind, style)?,
                    None => format!("{{{i}}}"),
                };
                it.charge(s.len())?;
                out.push_str(&s);
            }
            x => out.push(x),
        }
    }
    Ok(out)
}

impl HostObject for MessageFormat {
    fn class_name(&self) -> &str {
        "java.text.MessageFormat"
    }
    fn call_method(&self, it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        match (name, args) {
            ("format", [v, ..]) => {
                let items = it.items_of(v)?;
                format(it, &self.0, &items).map(|s| Some(Value::str(s)))
            }
            ("toPattern", []) => Ok(Some(Value::str(&self.0))),
            _ => Ok(None),
        }
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}
