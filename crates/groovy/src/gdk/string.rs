//! Strings.
use super::{int, txt};
use crate::cast::parse_number;
use crate::error::throw;
use crate::interp::Interpreter;
use crate::ops;
use crate::value::{R, Value};
use std::rc::Rc;

/// Part of a text by character positions.
pub(crate) fn cut(s: &str, from: usize, to: usize) -> String {
    if s.is_ascii() {
        s.get(from.min(s.len())..to.min(s.len())).unwrap_or("").to_string()
    } else {
        s.chars().skip(from).take(to.saturating_sub(from)).collect()
    }
}

fn chars(s: &str) -> usize {
    if s.is_ascii() { s.len() } else { s.chars().count() }
}

fn at(s: &str, byte: Option<usize>) -> Value {
    Value::Int(byte.map_or(-1, |b| chars(&s[..b]) as i32))
}

/// Methods whose first argument is a text.
const WANT_TEXT: &[&str] = &[
    "equalsIgnoreCase",
    "contains",
    "startsWith",
    "endsWith",
    "concat",
    "split",
    "tokenize",
    "compareToIgnoreCase",
    "replace",
];

pub(super) fn call(
    it: &mut Interpreter<'_>,
    recv: &Value,
    s: &Rc<str>,
    name: &str,
    args: &[Value],
) -> R<Option<Value>> {
    let a0 = args.first().cloned().unwrap_or(Value::Null);
    let t0 = || txt(args.first());
    let b = Value::Bool;
    it.charge(s.len() / 4)?;
    if let Some(x) = args.first().filter(|_| WANT_TEXT.contains(&name)) {
        if ops::is_number(x) || matches!(x, Value::Bool(_) | Value::List(_) | Value::Map(_)) {
            return Err(crate::error::no_method(recv, name, args));
        }
        if x.is_null() && !matches!(name, "equalsIgnoreCase" | "split" | "tokenize" | "replace") {
            return Err(crate::error::bare("java.lang.NullPointerException"));
        }
    }
    if name == "format" {
        return it.call_static("java.lang.String", name, args);
    }
    if name == "multiply" && args.first().is_some_and(Value::is_null) {
        return Err(crate::error::bare("java.lang.NullPointerException"));
    }
    if let Some(v) = super::moretext::call(it, recv, s, name, args)? {
        return Ok(Some(v));
    }
    Ok(Some(match (name, args.len()) {
        ("length" | "size", 0) => Value::Int(s.encode_utf16().count() as i32),
        (
            "toString" | "trim" | "strip" | "toUpperCase" | "toLowerCase" | "intern" | "stripIndent" | "stripMargin"
            | "normalize" | "reverse" | "capitalize" | "uncapitalize",
            0 | 1,
        ) => Value::str(match name {
            "trim" | "strip" => s.trim_matches(|c: char| c <= ' ').to_string(),
            "toUpperCase" => s.to_uppercase(),
            "toLowerCase" => s.to_lowercase(),
            "reverse" => s.chars().rev().collect(),
            "capitalize" => {
                let mut c = s.chars();
                c.next().map_or(String::new(), |f| format!("{}{}", f.to_uppercase(), c.as_str()))
            }
            "uncapitalize" => crate::members::decapitalize(s),
            "stripIndent" => {
                let least = s
                    .lines()
                    .filter(|l| !l.trim().is_empty())
                    .map(|l| l.len() - l.trim_start().len())
                    .min()
                    .unwrap_or(0);
                s.lines().map(|l| l.get(least..).unwrap_or("")).collect::<Vec<_>>().join("\n")
            }
            "stripMargin" => {
                s.lines().map(|l| l.trim_start().strip_prefix('|').unwrap_or(l)).collect::<Vec<_>>().join("\n")
            }
            "normalize" => s.replace("\r\n", "\n"),
            _ => s.to_string(),
        }),
        ("isEmpty", 0) => b(s.is_empty()),
        ("isAllWhitespace", 0) => b(s.trim().is_empty()),
        ("equals", 1) => b(matches!((&a0, recv), (Value::Str(o), Value::Str(_)) if o == s)
            || matches!((&a0, recv), (Value::GStr(o), Value::GStr(_)) if o == s)
            || ops::java_equals(recv, &a0)),
        ("equalsIgnoreCase", 1) => b(!a0.is_null() && t0().to_lowercase() == s.to_lowercase()),
        ("compareTo" | "compareToIgnoreCase", 1) => {
            let (x, y) =
                if name == "compareTo" { (s.to_string(), t0()) } else { (s.to_lowercase(), t0().to_lowercase()) };
            let (x, y): (Vec<u16>, Vec<u16>) = (x.encode_utf16().collect(), y.encode_utf16().collect());
            let d = x.iter().zip(&y).find(|(a, b)| a != b).map(|(a, b)| i32::from(*a) - i32::from(*b));
            Value::Int(d.unwrap_or(x.len() as i32 - y.len() as i32))
        }
        ("contains", 1) => b(s.contains(&t0())),
        ("startsWith", 1) => b(s.starts_with(&t0())),
        ("endsWith", 1) => b(s.ends_with(&t0())),
        ("indexOf", 1 | 2) => {
            let needle =
                if let Value::Int(c) = a0 { char::from_u32(c as u32).unwrap_or(' ').to_string() } else { t0() };
            let from = cut(s, 0, int(args.get(1)).max(0) as usize).len();
            at(s, s.get(from..).and_then(|r| r.find(&needle)).map(|i| i + from))
        }
        ("lastIndexOf", 1) => at(s, s.rfind(&t0())),
        ("charAt", 1) => match usize::try_from(int(Some(&a0))).ok().and_then(|i| s.chars().nth(i)) {
            Some(c) => Value::Char(c),
            None => {
                return Err(throw(
                    "java.lang.StringIndexOutOfBoundsException",
                    format!("index {}, length {}", int(Some(&a0)), chars(s)),
                ));
            }
        },
        ("substring" | "subSequence", 1 | 2) => {
            let n = chars(s) as i64;
            let (from, to) = (int(Some(&a0)), args.get(1).map_or(n, |e| int(Some(e))));
            if from < 0 || to > n || from > to {
                return Err(throw(
                    "java.lang.StringIndexOutOfBoundsException",
                    format!("begin {from}, end {to}, length {n}"),
                ));
            }
            Value::str(cut(s, from as usize, to as usize))
        }
        ("concat", 1) => Value::str(format!("{s}{}", t0())),
        ("plus", 1) => {
            let r = it.to_text(&a0)?;
            it.charge(s.len() + r.len())?;
            let r = format!("{s}{r}");
            if matches!(recv, Value::GStr(_)) && matches!(a0, Value::Str(_) | Value::GStr(_)) {
                Value::GStr(r.into())
            } else {
                Value::str(r)
            }
        }
        ("minus", 1) => match a0.downcast::<crate::regex::Pattern>() {
            Some(p) => Value::str(p.replace(it, s, "", false)?),
            None => Value::str(s.replacen(&it.to_text(&a0)?, "", 1)),
        },
        ("multiply", 1) => {
            let n = int(Some(&a0));
            if n < 0 {
                return Err(crate::error::illegal(format!(
                    "multiply() should be called with a number of 0 or greater not: {n}"
                )));
            }
            it.charge(s.len().saturating_mul(n as usize))?;
            Value::str(s.repeat(n as usize))
        }
        ("replace", 2) => Value::str({
            let r = s.replace(&t0(), &txt(args.get(1)));
            it.charge(r.len())?;
            r
        }),
        ("padLeft" | "padRight" | "center", 1 | 2) => {
            let want = int(Some(&a0)).max(0) as usize;
            it.charge(want)?;
            let fill = args.get(1).map_or(" ".into(), |p| txt(Some(p)));
            let missing = want.saturating_sub(chars(s));
            let pad = |n: usize| fill.chars().cycle().take(if fill.is_empty() { 0 } else { n }).collect::<String>();
            Value::str(match name {
                "padLeft" => format!("{}{s}", pad(missing)),
                "padRight" => format!("{s}{}", pad(missing)),
                _ => format!("{}{s}{}", pad(missing / 2), pad(missing - missing / 2)),
            })
        }
        ("split", 0) => Value::array("String", s.split_whitespace().map(Value::str).collect()),
        ("tokenize", 0 | 1) => {
            let d = if args.is_empty() { " \t\n\r\u{c}".to_string() } else { t0() };
            Value::list(s.split(|c| d.contains(c)).filter(|p| !p.is_empty()).map(Value::str).collect())
        }
        ("readLines" | "lines", 0) => Value::list(s.lines().map(Value::str).collect()),
        ("eachLine" | "splitEachLine", 1) if name == "eachLine" => {
            let mut last = Value::Null;
            for l in s.lines() {
                last = it.invoke(&a0, "call", vec![Value::str(l)])?;
            }
            last
        }
        ("toList" | "toArray", 0) => Value::list(it.items_of(&Value::Str(s.clone()))?),
        ("toCharArray" | "getChars", 0) => Value::array("char", s.chars().map(Value::Char).collect()),
        ("getBytes", 0 | 1) => Value::bytes(crate::objects::encode(s, &t0())?),
        ("getText", 0) => return Ok(None),
        ("hashCode", 0) => Value::Int(ops::java_hash(recv)),
        ("isNumber" | "isBigDecimal" | "isDouble" | "isFloat", 0) => b(ops::parse_decimal(s.trim()).is_some()),
        ("isInteger", 0) => b(s.trim().parse::<i32>().is_ok()),
        ("isLong", 0) => b(s.trim().parse::<i64>().is_ok()),
        ("isBigInteger", 0) => b(parse_number(s.trim(), "java.math.BigInteger").is_ok()),
        ("toInteger", 0) => parse_number(s.trim(), "java.lang.Integer")?,
        ("toLong", 0) => parse_number(s.trim(), "java.lang.Long")?,
        ("toDouble", 0) => parse_number(s, "java.lang.Double")?,
        ("toFloat", 0) => parse_number(s, "java.lang.Float")?,
        ("toBigDecimal", 0) => parse_number(s.trim(), "java.math.BigDecimal")?,
        ("toBigInteger", 0) => parse_number(s.trim(), "java.math.BigInteger")?,
        ("toBoolean", 0) => b(matches!(s.trim().to_lowercase().as_str(), "true" | "y" | "1")),
        ("asBoolean", 0) => b(!s.is_empty()),
        ("take", 1) => Value::str(cut(s, 0, int(Some(&a0)).max(0) as usize)),
        ("drop", 1) => Value::str(cut(s, int(Some(&a0)).max(0) as usize, chars(s))),
        ("count", 1) => Value::Int(if t0().is_empty() { 0 } else { s.matches(&t0()).count() as i32 }),
        ("tr", 2) => {
            let (from, to): (Vec<char>, Vec<char>) = (expand(&t0()), expand(&txt(args.get(1))));
            Value::str(
                s.chars()
                    .map(|c| {
                        from.iter().position(|f| *f == c).and_then(|i| to.get(i).or(to.last())).copied().unwrap_or(c)
                    })
                    .collect::<String>(),
            )
        }
        ("format", _) => Value::str(crate::statics::format(it, s, args)?),
        ("decodeBase64", 0) => Value::bytes(unbase64(s)?),
        ("decodeHex", 0) => Value::bytes(
            (0..s.len() / 2)
                .filter_map(|i| s.get(2 * i..2 * i + 2).and_then(|h| u8::from_str_radix(h, 16).ok()))
                .collect(),
        ),
        ("each", 1) => {
            for c in it.items_of(&Value::Str(s.clone()))? {
                it.invoke(&a0, "call", vec![c])?;
            }
            recv.clone()
        }
        ("leftShift", 1) => crate::objects::buffer("java.lang.StringBuffer", format!("{s}{}", it.to_text(&a0)?)),
        ("next", 0) => {
            let mut c: Vec<char> = s.chars().collect();
            if let Some(l) = c.last_mut() {
                *l = char::from_u32(*l as u32 + 1).unwrap_or('?');
            }
            Value::str(c.into_iter().collect::<String>())
        }
        ("isDigit", 0) => b(s.chars().all(|c| c.is_ascii_digit())),
        ("isLetter", 0) => b(s.chars().all(char::is_alphabetic)),
        ("isUpperCase", 0) => b(s.chars().all(char::is_uppercase)),
        ("codePointAt", 1) => Value::Int(s.chars().nth(int(Some(&a0)).max(0) as usize).map_or(0, |c| c as i32)),
        ("replaceAll" | "replaceFirst" | "split" | "matches" | "find" | "findAll" | "eachMatch", _) => {
            return crate::regex::on_string(it, s, name, args);
        }
        _ => return Ok(None),
    }))
}

fn expand(s: &str) -> Vec<char> {
    let c: Vec<char> = s.chars().collect();
    let mut out = Vec::new();
    let mut i = 0;
    while i < c.len() {
        if i + 2 < c.len() && c[i + 1] == '-' && c[i] <= c[i + 2] {
            out.extend(c[i]..=c[i + 2]);
            i += 3;
        } else {
            out.push(c[i]);
            i += 1;
        }
        if out.len() > 10_000 {
            break;
        }
    }
    out
}

/// Groovy's own reading of Base64: blanks are left out, a last group may be short.
fn unbase64(s: &str) -> R<Vec<u8>> {
    let (mut out, mut bits, mut n) = (Vec::with_capacity(s.len() / 4 * 3), 0u32, 0u32);
    for c in s.chars() {
        let digit = match c {
            'A'..='Z' => c as u32 - 65,
            'a'..='z' => c as u32 - 71,
            '0'..='9' => c as u32 + 4,
            '+' | '-' => 62,
            '/' | '_' => 63,
            '=' => break,
            ' ' | '\t' | '\r' | '\n' => continue,
            _ => return Err(crate::error::throw("java.lang.RuntimeException", "bad character in base64 value")),
        };
        (bits, n) = (bits << 6 | digit, n + 6);
        if n >= 8 {
            n -= 8;
            out.push((bits >> n) as u8);
            bits &= (1 << n) - 1;
        }
    }
    Ok(out)
}
