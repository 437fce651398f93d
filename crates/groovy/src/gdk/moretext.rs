//! Strings: what is rarer.
use super::string::cut;
use super::{int, txt};
use crate::error::{null_pointer, throw};
use crate::interp::Interpreter;
use crate::value::{ListKind, ListObj, R, Value};
use std::rc::Rc;

/// Calls a closure with a line, and with its number if it takes two arguments.
pub(crate) fn with_line(it: &mut Interpreter<'_>, f: &Value, line: &str, n: i64) -> R {
    let mut args = vec![Value::str(line)];
    if super::collection::arity(f) > 1 {
        args.push(Value::Int(n as i32));
    }
    it.invoke(f, "call", args)
}

pub(super) fn call(
    it: &mut Interpreter<'_>,
    recv: &Value,
    s: &Rc<str>,
    name: &str,
    args: &[Value],
) -> R<Option<Value>> {
    Ok(Some(match (name, args) {
        ("charValue", []) => recv.clone(),
        (
            "contains" | "startsWith" | "endsWith" | "concat" | "compareTo" | "indexOf" | "equalsIgnoreCase",
            [Value::Null],
        ) if name != "equalsIgnoreCase" => {
            return Err(null_pointer(format!("Cannot invoke String.{name}() with null")));
        }
        ("lastIndexOf", [x, from]) => {
            let (want, from) = (txt(Some(x)), int(Some(from)));
            let end = cut(s, 0, from.max(0) as usize).len() + want.len();
            let part = s.get(..end.min(s.len())).unwrap_or(s);
            Value::Int(part.rfind(&want).map_or(-1, |b| s[..b].chars().count() as i32))
        }
        ("startsWith", [x, from]) => Value::Bool(
            s.get(cut(s, 0, int(Some(from)).max(0) as usize).len()..).is_some_and(|r| r.starts_with(&txt(Some(x)))),
        ),
        ("takeWhile" | "dropWhile", [f @ Value::Closure(_)]) => {
            let mut end = s.len();
            for (i, c) in s.char_indices() {
                let r = it.invoke(f, "call", vec![Value::str(c.to_string())])?;
                if !it.truth(&r)? {
                    end = i;
                    break;
                }
            }
            Value::str(if name == "takeWhile" { &s[..end] } else { &s[end..] })
        }
        ("takeRight" | "dropRight" | "takeBetween", _) => return Ok(None),
        ("previous", []) => {
            let mut c: Vec<char> = s.chars().collect();
            if let Some(l) = c.last_mut() {
                *l = char::from_u32((*l as u32).saturating_sub(1)).unwrap_or('?');
            }
            Value::str(c.into_iter().collect::<String>())
        }
        ("eachLine", [f @ Value::Closure(_)] | [Value::Int(_), f]) => {
            // A text counts from 0, unlike a reader.
            let from = if args.len() > 1 { int(args.first()) } else { 0 };
            let mut last = Value::Null;
            for (l, n) in s.lines().zip(from..) {
                last = with_line(it, f, l, n)?;
            }
            last
        }
        ("splitEachLine", [by, f]) => {
            let mut last = Value::Null;
            for l in s.lines() {
                let parts = it.invoke(&Value::str(l), "split", vec![by.clone()])?;
                let parts = Value::List(ListObj::new(ListKind::Fixed, it.items_of(&parts)?));
                last = it.invoke(f, "call", vec![parts])?;
            }
            last
        }
        ("startsWithAny", starts) => Value::Bool(starts.iter().any(|x| s.starts_with(&*txt(Some(x))))),
        ("endsWithAny", ends) => Value::Bool(ends.iter().any(|x| s.ends_with(&*txt(Some(x))))),
        ("toShort", []) => crate::cast::parse_number(s.trim(), "java.lang.Short")?,
        ("toCharacter", []) => match s.chars().next() {
            Some(c) => Value::Char(c),
            None => {
                let text = "String index out of range: 0";
                return Err(crate::error::throw("java.lang.StringIndexOutOfBoundsException", text));
            }
        },
        ("toURL" | "toURI", []) => {
            let class = if name == "toURL" { "java.net.URL" } else { "java.net.URI" };
            it.construct(class, vec![Value::str(s)])?
        }
        ("bitwiseNegate", []) if !matches!(recv, Value::Char(_)) => crate::regex::with_flags(s, 0)?,
        ("codePointCount", [a, b]) => {
            let n = s.encode_utf16().count() as i64;
            if int(Some(a)) < 0 || int(Some(b)) > n || int(Some(a)) > int(Some(b)) {
                return Err(crate::error::bare("java.lang.IndexOutOfBoundsException"));
            }
            Value::Int((int(Some(b)) - int(Some(a))) as i32)
        }
        ("filterLine", [f]) => {
            let mut out = String::new();
            for l in s.lines() {
                let r = it.invoke(f, "call", vec![Value::str(l)])?;
                if it.truth(&r)? {
                    out.push_str(l);
                    out.push('\n');
                }
            }
            Value::str(out)
        }
        ("stripMargin", [by]) => {
            let by = txt(Some(by));
            let strip = |l: &str| l.trim_start().strip_prefix(by.as_str()).unwrap_or(l).to_string();
            Value::str(s.lines().map(strip).collect::<Vec<_>>().join("\n"))
        }
        ("stripIndent", [n]) => {
            let n = int(Some(n)).max(0) as usize;
            Value::str(s.lines().map(|l| l.get(n..).unwrap_or("").to_string()).collect::<Vec<_>>().join("\n"))
        }
        ("denormalize", []) => Value::str(s.replace("\r\n", "\n")),
        ("expand" | "unexpand", [] | [_]) => {
            let n = args.first().map_or(8, |n| int(Some(n))).clamp(1, 1000) as usize;
            it.charge(s.len() * if name == "expand" { n } else { 1 })?;
            let lines: Vec<String> =
                s.split('\n').map(|l| if name == "expand" { expand(l, n) } else { unexpand(l, n) }).collect();
            Value::str(lines.join("\n"))
        }
        ("collectReplacements", [f]) => {
            let mut out = String::new();
            for c in s.chars() {
                let r = it.invoke(f, "call", vec![Value::Char(c)])?;
                if r.is_null() { out.push(c) } else { out.push_str(&it.to_text(&r)?) }
            }
            Value::str(out)
        }
        ("formatted", _) => Value::str(crate::statics::format(it, s, args)?),
        ("contentEquals", [o]) => Value::Bool(it.to_text(o)? == **s),
        ("isCase", [o]) => Value::Bool(it.is_case(recv, o)?),
        ("isBlank", []) => Value::Bool(s.trim().is_empty()),
        ("repeat", [_]) => return it.invoke(recv, "multiply", args.to_vec()).map(Some),
        ("regionMatches", [.., a, o, b, n]) => {
            let ignore = matches!(args.first(), Some(Value::Bool(true)));
            let n = int(Some(n)).max(0) as usize;
            let part = |s: &str, at: &Value| {
                cut(s, int(Some(at)).max(0) as usize, (int(Some(at)).max(0) as usize).saturating_add(n))
            };
            let (x, y) = (part(s, a), part(&txt(Some(o)), b));
            Value::Bool(x == y || ignore && x.to_lowercase() == y.to_lowercase())
        }
        ("charAt", [i]) => match usize::try_from(int(Some(i))).ok().and_then(|i| s.chars().nth(i)) {
            Some(c) => Value::Char(c),
            None => {
                return Err(throw(
                    "java.lang.StringIndexOutOfBoundsException",
                    format!("String index out of range: {}", int(Some(i))),
                ));
            }
        },
        ("substring", [Value::Str(_) | Value::GStr(_) | Value::Null, ..]) | ("substring", []) => {
            return Err(crate::error::no_method(recv, name, args));
        }
        ("toListString" | "asList", []) => return Ok(None),
        ("chars", []) => {
            crate::library::util::stream::object(s.encode_utf16().map(|c| Value::Int(i32::from(c))).collect())
        }
        ("codePoints" | "getCodePoints", []) => Value::list(s.chars().map(|c| Value::Int(c as i32)).collect()),
        ("charset" | "name" | "displayName", []) => return Ok(None),
        ("strip" | "stripLeading" | "stripTrailing", []) => Value::str(match name {
            "strip" => s.trim(),
            "stripLeading" => s.trim_start(),
            _ => s.trim_end(),
        }),
        _ => return Ok(None),
    }))
}

fn expand(l: &str, n: usize) -> String {
    let mut out = String::new();
    let mut col = 0;
    for c in l.chars() {
        if c == '\t' {
            let k = n - col % n;
            out.push_str(&" ".repeat(k));
            col += k;
        } else {
            out.push(c);
            col += 1;
        }
    }
    out
}

fn unexpand(l: &str, n: usize) -> String {
    let full: Vec<char> = expand(l, n).chars().collect();
    let mut out = String::new();
    for part in full.chunks(n) {
        let kept: String = part.iter().collect();
        let short = kept.trim_end_matches(' ');
        if part.len() == n && short.len() < kept.len() {
            out.push_str(short);
            out.push('\t');
        } else {
            out.push_str(&kept);
        }
    }
    out
}
