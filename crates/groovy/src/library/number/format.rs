//! `String.format`.
use super::decimal::{plain_text, set_scale};
use crate::error::throw;
use crate::gdk::int;
use crate::interp::Interpreter;
use crate::library::time::date::millis_of;
use crate::library::time::jtime;
use crate::library::time::locale::Locale;
use crate::library::time::pattern;
use crate::library::time::zone::{Zone, zone};
use crate::ops;
use crate::text::{class_of, text};
use crate::value::{R, Thrown, Value};
use bigdecimal::RoundingMode;
use bigdecimal::num_traits::Zero;

/// A part of a format between `%` and its letter.
struct Spec {
    shown: String,
    flags: String,
    width: usize,
    precision: Option<usize>,
}

fn bad_conversion(c: &str) -> Thrown {
    throw("java.util.UnknownFormatConversionException", format!("Conversion = '{c}'"))
}

fn mismatch(kind: char, v: &Value) -> Thrown {
    throw("java.util.IllegalFormatConversionException", format!("{kind} != {}", class_of(v)))
}

/// Puts values into a format.
pub(crate) fn format(it: &mut Interpreter<'_>, locale: &Locale, f: &str, args: &[Value]) -> R<String> {
    let c: Vec<char> = f.chars().collect();
    let (mut out, mut i, mut next, mut last) = (String::new(), 0, 0, 0);
    while i < c.len() {
        if c[i] != '%' {
            out.push(c[i]);
            i += 1;
            continue;
        }
        let start = i;
        i += 1;
        let digits = |mut i: usize| {
            let from = i;
            while c.get(i).is_some_and(char::is_ascii_digit) {
                i += 1;
            }
            (c[from..i].iter().collect::<String>(), i)
        };
        let (n, after) = digits(i);
        let mut index = None;
        if !n.is_empty() && c.get(after) == Some(&'$') {
            index = n.parse::<usize>().ok().map(|n| n.saturating_sub(1));
            i = after + 1;
        } else if c.get(i) == Some(&'<') {
            index = Some(last);
            i += 1;
        }
        let mut flags = String::new();
        while let Some(x) = c.get(i).filter(|x| "-#+ 0,(".contains(**x)) {
            flags.push(*x);
            i += 1;
        }
        let (w, after) = digits(i);
        i = after;
        let mut precision = None;
        if c.get(i) == Some(&'.') {
            let (p, after) = digits(i + 1);
            precision = p.parse::<usize>().ok().map(|p| p.min(1000));
            i = after;
        }
        let Some(kind) = c.get(i).copied() else { return Err(bad_conversion("%")) };
        i += 1;
        let mut letter = None;
        if matches!(kind, 't' | 'T') {
            letter = c.get(i).copied();
            i += 1;
            if letter.is_none() {
                return Err(bad_conversion(&kind.to_string()));
            }
        }
        let shown: String = c[start..i.min(c.len())].iter().collect();
        let spec = Spec { shown, flags, width: w.parse().unwrap_or(0).min(100_000), precision };
        if !"bBhHsScCdoxXeEfgGaAtT%n".contains(kind) {
            return Err(bad_conversion(&kind.to_string()));
        }
        if spec.width == 0 && spec.flags.contains(['-', '0']) && kind != 'n' {
            return Err(throw("java.util.MissingFormatWidthException", &spec.shown));
        }
        let s = match kind {
            'n' => "\n".into(),
            '%' => pad("%".into(), &spec),
            _ => {
                let at = index.unwrap_or_else(|| {
                    next += 1;
                    next - 1
                });
                last = at;
                let Some(v) = args.get(at) else {
                    return Err(throw(
                        "java.util.MissingFormatArgumentException",
                        format!("Format specifier '{}'", spec.shown),
                    ));
                };
                one(it, locale, kind, letter, &spec, v)?
            }
        };
        it.charge(s.len())?;
        out.push_str(&s);
    }
    Ok(out)
}

fn pad(s: String, spec: &Spec) -> String {
    let missing = spec.width.saturating_sub(s.chars().count());
    if spec.flags.contains('-') { s + &" ".repeat(missing) } else { " ".repeat(missing) + &s }
}

fn one(
    it: &mut Interpreter<'_>,
    locale: &Locale,
    kind: char,
    letter: Option<char>,
    spec: &Spec,
    v: &Value,
) -> R<String> {
    let null = v.is_null();
    let cut = |s: String| match spec.precision {
        Some(p) => s.chars().take(p).collect(),
        None => s,
    };
    let s = match kind.to_ascii_lowercase() {
        'b' => cut(match v {
            Value::Bool(b) => b.to_string(),
            v => (!v.is_null()).to_string(),
        }),
        's' => cut(if null { "null".into() } else { it.to_text(v)? }),
        'h' if null => "null".into(),
        'h' => format!("{:x}", ops::java_hash(v)),
        _ if null => cut("null".into()),
        'c' => match v {
            Value::Char(c) => c.to_string(),
            Value::Int(n) => char::from_u32(*n as u32)
                .map(String::from)
                .ok_or_else(|| throw("java.util.IllegalFormatCodePointException", format!("Code point = 0x{n:x}")))?,
            v => return Err(mismatch(kind, v)),
        },
        'd' => match v {
            Value::Int(_) | Value::Long(_) | Value::Short(_) | Value::Byte(_) | Value::BigInt(_) => {
                return Ok(signed(text(v), spec, locale));
            }
            v => return Err(mismatch(kind, v)),
        },
        'x' | 'o' => {
            let hex = kind != 'o';
            let bits = |n: u64| if hex { format!("{n:x}") } else { format!("{n:o}") };
            let mut t = match v {
                Value::Int(n) => bits(u64::from(*n as u32)),
                Value::Long(n) => bits(*n as u64),
                Value::Short(n) => bits(u64::from(*n as u16)),
                Value::Byte(n) => bits(u64::from(*n as u8)),
                Value::BigInt(n) => n.to_str_radix(if hex { 16 } else { 8 }),
                v => return Err(mismatch(kind, v)),
            };
            if spec.flags.contains('#') {
                t.insert_str(0, if hex { "0x" } else { "0" });
            }
            if spec.flags.contains('0') {
                t = "0".repeat(spec.width.saturating_sub(t.len())) + &t;
            }
            t
        }
        'e' | 'f' | 'g' | 'a' => {
            if !matches!(v, Value::Double(_) | Value::Float(_) | Value::Dec(_)) {
                return Err(mismatch(kind, v));
            }
            if let Some(x) = ops::to_f64(v).filter(|x| !x.is_finite() && !matches!(v, Value::Dec(_))) {
                let t = if x.is_nan() { "NaN" } else { "Infinity" };
                let sign = if x < 0.0 {
                    "-"
                } else if spec.flags.contains('+') {
                    "+"
                } else {
                    ""
                };
                return Ok(pad(format!("{sign}{t}"), spec));
            }
            let mut d = ops::to_dec(v).unwrap_or_default();
            if let Value::Float(x) = v {
                d = ops::parse_decimal(&text(&Value::Float(*x))).unwrap_or(d);
            }
            if d.fractional_digit_count().abs() > 20_000 {
                return Err(crate::error::illegal("the number is too large"));
            }
            let p = spec.precision.unwrap_or(6);
            let plain = |d: &bigdecimal::BigDecimal, p: usize| -> R<String> {
                Ok(plain_text(&set_scale(d, p as i64, Some(RoundingMode::HalfUp))?))
            };
            let scientific = |d: &bigdecimal::BigDecimal, p: usize| -> R<String> {
                let (n, s) = d.as_bigint_and_exponent();
                let len = n.magnitude().to_string().len() as i64;
                let zero = n == 0.into();
                let mut exp = if zero { 0 } else { len - 1 - s };
                let mut m = set_scale(&bigdecimal::BigDecimal::new(n, s + exp), p as i64, Some(RoundingMode::HalfUp))?;
                if m.abs() >= 10 {
                    exp += 1;
                    let (n, s) = m.as_bigint_and_exponent();
                    m = set_scale(&bigdecimal::BigDecimal::new(n, s + 1), p as i64, Some(RoundingMode::HalfUp))?;
                }
                let sign = if exp < 0 { '-' } else { '+' };
                Ok(format!("{}e{sign}{:02}", plain_text(&m), exp.abs()))
            };
            let t = match kind.to_ascii_lowercase() {
                'f' => plain(&d, p)?,
                'e' => scientific(&d, p)?,
                _ => {
                    let p = p.max(1);
                    let low: bigdecimal::BigDecimal = bigdecimal::BigDecimal::new(1.into(), 4);
                    let high = bigdecimal::BigDecimal::new(1.into(), -(p as i64));
                    let a = d.abs();
                    if a.is_zero() || (a >= low && a < high) {
                        let (n, s) = a.as_bigint_and_exponent();
                        let whole = n.magnitude().to_string().len() as i64 - s;
                        plain(&d, if a.is_zero() { p - 1 } else { (p as i64 - whole).max(0) as usize })?
                    } else {
                        scientific(&d, p - 1)?
                    }
                }
            };
            let t = match v {
                Value::Double(x) if *x == 0.0 && x.is_sign_negative() => format!("-{t}"),
                _ => t,
            };
            let t = signed(t, spec, locale);
            return Ok(if kind.is_uppercase() { t.to_uppercase() } else { t });
        }
        't' => date_part(it, locale, letter.unwrap_or(' '), v)?,
        _ => String::new(),
    };
    let s = if kind.is_uppercase() { s.to_uppercase() } else { s };
    Ok(pad(s, spec))
}

/// A number with its sign, groups and zeros.
fn signed(t: String, spec: &Spec, locale: &Locale) -> String {
    let (point, group) = locale.signs();
    let (minus, t) = t.strip_prefix('-').map_or((false, t.as_str()), |r| (true, r));
    let (whole, rest) = t.find(['.', 'e']).map_or((t, ""), |i| t.split_at(i));
    let mut body = String::new();
    for (i, c) in whole.chars().enumerate() {
        if spec.flags.contains(',') && i > 0 && (whole.len() - i).is_multiple_of(3) {
            body.push(group);
        }
        body.push(c);
    }
    body.push_str(&rest.replacen('.', &point.to_string(), 1));
    let before = match (minus, spec.flags.contains('(')) {
        (true, true) => "(",
        (true, false) => "-",
        _ if spec.flags.contains('+') => "+",
        _ if spec.flags.contains(' ') => " ",
        _ => "",
    };
    let after = if minus && before == "(" { ")" } else { "" };
    if spec.flags.contains('0') {
        let missing = spec.width.saturating_sub(body.chars().count() + before.len() + after.len());
        body.insert_str(0, &"0".repeat(missing));
    }
    pad(format!("{before}{body}{after}"), spec)
}

fn date_part(it: &mut Interpreter<'_>, locale: &Locale, letter: char, v: &Value) -> R<String> {
    let mut z: Zone = zone(&it.host.time_zone());
    let millis = match (millis_of(v), jtime::temporal(v)) {
        (Some(m), _) => {
            if let Some(c) = crate::library::time::calendar::zone_of(v) {
                z = c;
            }
            m
        }
        (_, Some(t)) => {
            z = t.zone.clone().unwrap_or_else(|| jtime::offset_zone(t.offset.seconds()));
            t.timestamp()?.as_millisecond()
        }
        (None, None) if matches!(v, Value::Long(_)) => int(Some(v)),
        _ => return Err(throw("java.util.IllegalFormatConversionException", format!("{letter} != {}", class_of(v)))),
    };
    let p = match letter {
        'H' => "HH",
        'I' => "hh",
        'k' => "H",
        'l' => "h",
        'M' => "mm",
        'S' => "ss",
        'L' => "SSS",
        'N' => "SSS'000000'",
        'p' => "a",
        'z' => "Z",
        'Z' => "z",
        'B' => "MMMM",
        'b' | 'h' => "MMM",
        'A' => "EEEE",
        'a' => "EEE",
        'Y' => "yyyy",
        'y' => "yy",
        'j' => "DDD",
        'm' => "MM",
        'd' => "dd",
        'e' => "d",
        'R' => "HH:mm",
        'T' => "HH:mm:ss",
        'r' => "hh:mm:ss a",
        'D' => "MM/dd/yy",
        'F' => "yyyy-MM-dd",
        'c' => "EEE MMM dd HH:mm:ss z yyyy",
        'C' => {
            let y = pattern::zoned(millis, &z)?.year();
            return Ok(format!("{:02}", y / 100));
        }
        's' => return Ok((millis / 1000).to_string()),
        'Q' => return Ok(millis.to_string()),
        c => return Err(bad_conversion(&format!("t{c}"))),
    };
    let s = pattern::print(&pattern::parts(p, pattern::LETTERS)?, &pattern::zoned(millis, &z)?, &z, locale);
    Ok(if letter == 'p' { s.to_lowercase() } else { s })
}
