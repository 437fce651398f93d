//! `Properties` to and from text.
use crate::interp::Interpreter;
use crate::text::text;
use crate::value::{MapObj, R, Value};
use std::rc::Rc;

/// `load`, `store` and the like of `Properties`.
pub(crate) fn call(it: &mut Interpreter<'_>, m: &Rc<MapObj>, name: &str, args: &[Value]) -> R<Option<Value>> {
    Ok(Some(match (name, args) {
        ("load", [from]) => {
            let t = it.invoke(from, "getText", vec![])?;
            let t = text(&t);
            it.charge(t.len() * 4)?;
            for (k, v) in read(&t) {
                m.put(Value::str(k), Value::str(v));
            }
            Value::Null
        }
        ("store", [to, ..]) => {
            let mut out = String::new();
            for (k, v) in m.entries() {
                let key = text(&k).replace('\\', "\\\\").replace([':', '='], "\\:").replace(' ', "\\ ");
                out.push_str(&format!("{key}={}\n", text(&v).replace('\\', "\\\\").replace('\n', "\\n")));
            }
            it.invoke(to, "write", vec![Value::str(out)])?;
            Value::Null
        }
        ("getProperty", [k, default]) => m.get(k).unwrap_or(default.clone()),
        ("stringPropertyNames" | "propertyNames", []) => {
            crate::value::MapObj::set_of(crate::value::MapKind::Hash, m.keys())
        }
        _ => return Ok(None),
    }))
}

fn read(t: &str) -> Vec<(String, String)> {
    let mut lines: Vec<String> = Vec::new();
    let mut more = false;
    for l in t.lines() {
        let l = l.trim_start();
        if !more && (l.is_empty() || l.starts_with(['#', '!'])) {
            continue;
        }
        let slashes = l.bytes().rev().take_while(|b| *b == b'\\').count();
        let next = slashes % 2 == 1;
        let l = if next { &l[..l.len() - 1] } else { l };
        match lines.last_mut().filter(|_| more) {
            Some(last) => last.push_str(l),
            None => lines.push(l.into()),
        }
        more = next;
    }
    let plain = |s: &str| {
        let (mut out, mut c) = (String::new(), s.chars());
        while let Some(x) = c.next() {
            if x != '\\' {
                out.push(x);
                continue;
            }
            match c.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some('r') => out.push('\r'),
                Some('u') => {
                    let h: String = c.by_ref().take(4).collect();
                    out.push(u32::from_str_radix(&h, 16).ok().and_then(char::from_u32).unwrap_or('\u{fffd}'));
                }
                Some(e) => out.push(e),
                None => {}
            }
        }
        out
    };
    let split = |l: &str| {
        let mut escaped = false;
        for (i, c) in l.char_indices() {
            if !escaped && (c == '=' || c == ':' || c.is_whitespace()) {
                let rest = l[i..].trim_start();
                let rest = rest.strip_prefix(['=', ':']).unwrap_or(rest).trim_start();
                return (plain(&l[..i]), plain(rest));
            }
            escaped = c == '\\' && !escaped;
        }
        (plain(l), String::new())
    };
    lines.iter().map(|l| split(l)).collect()
}
