//! `Math`, and the static methods and constants of `Integer`, `Long`, `Double`, `Character` and the like.
use crate::error::{arithmetic, number_format, throw};
use crate::gdk::int;
use crate::interp::Interpreter;
use crate::ops;
use crate::text::text;
use crate::value::{R, Value};
use bigdecimal::num_bigint::BigInt;
use bigdecimal::num_traits::ToPrimitive;
use std::rc::Rc;

/// Constants.
pub(super) fn constant(class: &str, name: &str) -> Option<Value> {
    let n = |i: i64| Some(Value::BigInt(Rc::new(BigInt::from(i))));
    Some(match (class.rsplit('.').next()?, name) {
        ("Integer", "MAX_VALUE") => Value::Int(i32::MAX),
        ("Integer", "MIN_VALUE") => Value::Int(i32::MIN),
        ("Integer", "SIZE") => Value::Int(32),
        ("Long", "MAX_VALUE") => Value::Long(i64::MAX),
        ("Long", "MIN_VALUE") => Value::Long(i64::MIN),
        ("Short", "MAX_VALUE") => Value::Short(i16::MAX),
        ("Short", "MIN_VALUE") => Value::Short(i16::MIN),
        ("Byte", "MAX_VALUE") => Value::Byte(i8::MAX),
        ("Byte", "MIN_VALUE") => Value::Byte(i8::MIN),
        ("Double", "MAX_VALUE") => Value::Double(f64::MAX),
        ("Double", "MIN_VALUE") => Value::Double(f64::from_bits(1)),
        ("Double", "NaN") => Value::Double(f64::NAN),
        ("Double", "POSITIVE_INFINITY") => Value::Double(f64::INFINITY),
        ("Double", "NEGATIVE_INFINITY") => Value::Double(f64::NEG_INFINITY),
        ("Float", "MAX_VALUE") => Value::Float(f32::MAX),
        ("Float", "NaN") => Value::Float(f32::NAN),
        ("Boolean", "TRUE") => Value::Bool(true),
        ("Boolean", "FALSE") => Value::Bool(false),
        ("Math" | "StrictMath", "PI") => Value::Double(std::f64::consts::PI),
        ("Math" | "StrictMath", "E") => Value::Double(std::f64::consts::E),
        ("BigDecimal", "ZERO") => Value::dec(0.into()),
        ("BigDecimal", "ONE") => Value::dec(1.into()),
        ("BigDecimal", "TEN") => Value::dec(10.into()),
        ("BigInteger", "ZERO") => return n(0),
        ("BigInteger", "ONE") => return n(1),
        ("BigInteger", "TEN") => return n(10),
        ("BigDecimal", n) => {
            let n = n.strip_prefix("ROUND_")?;
            Value::Int(super::decimal::ROUNDING.names.iter().position(|r| *r == n)? as i32)
        }
        ("Integer" | "Long" | "Double" | "Boolean", "TYPE") => Value::Class(match class.rsplit('.').next()? {
            "Integer" => "int".into(),
            "Long" => "long".into(),
            "Double" => "double".into(),
            _ => "boolean".into(),
        }),
        _ => return None,
    })
}

/// `Math`.
pub(super) fn math(it: &mut Interpreter<'_>, name: &str, args: &[Value]) -> R<Option<Value>> {
    if name == "random" && args.is_empty() {
        let mut b = [0; 8];
        it.host.random(&mut b);
        return Ok(Some(Value::Double((u64::from_le_bytes(b) >> 11) as f64 / (1u64 << 53) as f64)));
    }
    let Some(a) = args.first().filter(|a| ops::is_number(a)) else { return Ok(None) };
    let b = args.get(1);
    let f = ops::to_f64(a).unwrap_or(f64::NAN);
    let g = b.and_then(ops::to_f64).unwrap_or(f64::NAN);
    let l = int(Some(a));
    let both_int = matches!(a, Value::Int(_) | Value::Short(_) | Value::Byte(_))
        && b.is_none_or(|b| matches!(b, Value::Int(_) | Value::Short(_) | Value::Byte(_)));
    let whole = |v: Option<i64>| {
        let fits = v.filter(|v| !both_int || i32::try_from(*v).is_ok());
        let what = if both_int { "integer overflow" } else { "long overflow" };
        fits.map(|v| if both_int { Value::Int(v as i32) } else { Value::Long(v) })
            .ok_or_else(|| arithmetic(what))
            .map(Some)
    };
    let d = |x: f64| Ok(Some(Value::Double(x)));
    let zero = || arithmetic("/ by zero");
    match (name, args.len()) {
        ("max" | "min", 2) => {
            let Some(b) = b.filter(|b| ops::is_number(b)) else { return Ok(None) };
            let dec = |v: &Value| matches!(v, Value::Dec(_) | Value::BigInt(_));
            if dec(a) != dec(b) {
                return Err(throw(
                    "groovy.lang.GroovyRuntimeException",
                    format!("Ambiguous method overloading for method java.lang.Math#{name}."),
                ));
            }
            if dec(a) {
                return d(if name == "max" { f.max(g) } else { f.min(g) });
            }
            let picked = if (name == "max") == ops::order(a, b).is_ge() { a } else { b };
            // The wider of the two types.
            Ok(Some(match (a, b) {
                (Value::Double(_), _) | (_, Value::Double(_)) => Value::Double(ops::to_f64(picked).unwrap_or(f64::NAN)),
                (Value::Float(_), _) | (_, Value::Float(_)) => {
                    Value::Float(ops::to_f64(picked).unwrap_or(f64::NAN) as f32)
                }
                (Value::Long(_), _) | (_, Value::Long(_)) => Value::Long(int(Some(picked))),
                _ => Value::Int(int(Some(picked)) as i32),
            }))
        }
        ("abs", 1) => Ok(Some(match a {
            Value::Dec(_) | Value::BigInt(_) => return d(f.abs()),
            Value::Double(_) => return d(f.abs()),
            Value::Int(i) => Value::Int(i.wrapping_abs()),
            Value::Long(i) => Value::Long(i.wrapping_abs()),
            _ => ops::negate(a).map(|n| if f < 0.0 { n } else { a.clone() })?,
        })),
        ("round", 1) => Ok(Some(match a {
            Value::Float(x) => Value::Int((x + 0.5).floor() as i32),
            Value::Int(i) => Value::Int(*i),
            _ => Value::Long((f + 0.5).floor() as i64),
        })),
        ("floor", 1) => d(f.floor()),
        ("ceil", 1) => d(f.ceil()),
        ("rint", 1) => d(f.round_ties_even()),
        ("sqrt", 1) => d(f.sqrt()),
        ("cbrt", 1) => d(f.cbrt()),
        ("exp", 1) => d(f.exp()),
        ("expm1", 1) => d(f.exp_m1()),
        ("log", 1) => d(f.ln()),
        ("log10", 1) => d(f.log10()),
        ("log1p", 1) => d(f.ln_1p()),
        ("sin", 1) => d(f.sin()),
        ("cos", 1) => d(f.cos()),
        ("tan", 1) => d(f.tan()),
        ("asin", 1) => d(f.asin()),
        ("acos", 1) => d(f.acos()),
        ("atan", 1) => d(f.atan()),
        ("sinh", 1) => d(f.sinh()),
        ("cosh", 1) => d(f.cosh()),
        ("tanh", 1) => d(f.tanh()),
        ("toRadians", 1) => d(f / 180.0 * std::f64::consts::PI),
        ("toDegrees", 1) => d(f * 180.0 / std::f64::consts::PI),
        ("signum", 1) => d(if f == 0.0 || f.is_nan() { f } else { f.signum() }),
        ("pow", 2) => d(f.powf(g)),
        ("atan2", 2) => d(f.atan2(g)),
        ("hypot", 2) => d(f.hypot(g)),
        ("IEEEremainder", 2) => d(f - g * (f / g).round_ties_even()),
        ("floorDiv" | "floorMod", 2) => {
            let m = int(b);
            if m == 0 {
                return Err(zero());
            }
            let q = if name == "floorDiv" {
                l.wrapping_div(m).wrapping_sub(i64::from(l.wrapping_rem(m) != 0 && (l < 0) != (m < 0)))
            } else {
                l.wrapping_rem(m).wrapping_add(m).wrapping_rem(m)
            };
            whole(Some(q))
        }
        ("addExact", 2) => whole(l.checked_add(int(b))),
        ("subtractExact", 2) => whole(l.checked_sub(int(b))),
        ("multiplyExact", 2) => whole(l.checked_mul(int(b))),
        ("negateExact", 1) => whole(l.checked_neg()),
        ("incrementExact", 1) => whole(l.checked_add(1)),
        ("toIntExact", 1) => match i32::try_from(l) {
            Ok(i) => Ok(Some(Value::Int(i))),
            Err(_) => Err(arithmetic("integer overflow")),
        },
        _ => Ok(None),
    }
}

fn radix_text(n: i128, radix: u32) -> String {
    let (mut n, neg, radix) = (n.unsigned_abs(), n < 0, u128::from(radix));
    let mut out = Vec::new();
    loop {
        out.push(char::from_digit((n % radix) as u32, radix as u32).unwrap_or('?'));
        n /= radix;
        if n == 0 {
            break;
        }
    }
    if neg {
        out.push('-');
    }
    out.iter().rev().collect()
}

/// Static methods of the number classes, `Boolean` and `Character`.
pub(super) fn number(it: &mut Interpreter<'_>, class: &str, name: &str, args: &[Value]) -> R<Option<Value>> {
    let Some(a) = args.first() else { return Ok(None) };
    let simple = class.rsplit('.').next().unwrap_or("");
    let n = int(Some(a));
    let m = int(args.get(1));
    Ok(Some(match (simple, name, args.len()) {
        ("Character", _, _) => return character(name, args),
        (
            "Integer" | "Long" | "Short" | "Byte",
            "parseInt" | "parseLong" | "valueOf" | "parseShort" | "parseByte" | "decode",
            1,
        ) if !ops::is_number(a) => {
            if a.is_null() {
                return Err(throw(
                    "java.lang.NumberFormatException",
                    if simple == "Integer" { "Cannot parse null string" } else { "null" },
                ));
            }
            let s = text(a);
            let (s, radix) = if name == "decode" {
                let (sign, rest) = s.strip_prefix('-').map_or(("", s.as_str()), |r| ("-", r));
                let hex = rest.strip_prefix("0x").or(rest.strip_prefix("0X")).or(rest.strip_prefix('#'));
                match (hex, rest.strip_prefix('0')) {
                    (Some(h), _) => (format!("{sign}{h}"), 16),
                    (_, Some(o)) if !o.is_empty() => (format!("{sign}{o}"), 8),
                    _ => (s.clone(), 10),
                }
            } else {
                (s, 10)
            };
            parse(&s, radix, class)?
        }
        (
            "Integer" | "Long" | "Short" | "Byte",
            "parseInt" | "parseLong" | "valueOf" | "parseShort" | "parseByte",
            2,
        ) => {
            if !(2..=36).contains(&m) {
                let side = if m < 2 { "less than Character.MIN_RADIX" } else { "greater than Character.MAX_RADIX" };
                return Err(throw("java.lang.NumberFormatException", format!("radix {m} {side}")));
            }
            parse(&text(a), m as u32, class)?
        }
        ("Integer" | "Long" | "Short" | "Byte", "toString", 2) => {
            Value::str(radix_text(n.into(), if (2..=36).contains(&m) { m as u32 } else { 10 }))
        }
        ("Integer", "toHexString", 1) => Value::str(format!("{:x}", n as i32)),
        ("Integer", "toBinaryString", 1) => Value::str(format!("{:b}", n as i32)),
        ("Integer", "toOctalString", 1) => Value::str(format!("{:o}", n as i32)),
        ("Long", "toHexString", 1) => Value::str(format!("{n:x}")),
        ("Long", "toBinaryString", 1) => Value::str(format!("{n:b}")),
        ("Long", "toOctalString", 1) => Value::str(format!("{n:o}")),
        ("Integer", "bitCount", 1) => Value::Int((n as i32).count_ones() as i32),
        ("Long", "bitCount", 1) => Value::Int(n.count_ones() as i32),
        ("Integer", "reverse", 1) => Value::Int((n as i32).reverse_bits()),
        ("Integer", "numberOfTrailingZeros", 1) => Value::Int((n as i32).trailing_zeros() as i32),
        ("Integer", "numberOfLeadingZeros", 1) => Value::Int((n as i32).leading_zeros() as i32),
        ("Integer", "highestOneBit", 1) => {
            let i = n as u32;
            Value::Int(if i == 0 { 0 } else { (1u32 << (31 - i.leading_zeros())) as i32 })
        }
        ("Integer" | "Long" | "Short" | "Byte", "compare", 2) => Value::Int(n.cmp(&m) as i32),
        ("Integer" | "Long", "signum", 1) => Value::Int(n.signum() as i32),
        ("Integer", "sum", 2) => Value::Int((n as i32).wrapping_add(m as i32)),
        ("Long", "sum", 2) => Value::Long(n.wrapping_add(m)),
        ("Integer", "max", 2) => Value::Int(n.max(m) as i32),
        ("Integer", "min", 2) => Value::Int(n.min(m) as i32),
        ("Long", "max", 2) => Value::Long(n.max(m)),
        ("Long", "min", 2) => Value::Long(n.min(m)),
        ("Byte", "toUnsignedInt", 1) => Value::Int(i32::from(n as u8)),
        ("Integer", "toUnsignedLong", 1) => Value::Long(i64::from(n as u32)),
        ("Double" | "Float", "isNaN", 1) => Value::Bool(ops::to_f64(a).is_some_and(f64::is_nan)),
        ("Double" | "Float", "isInfinite", 1) => Value::Bool(ops::to_f64(a).is_some_and(f64::is_infinite)),
        ("Double" | "Float", "isFinite", 1) => Value::Bool(ops::to_f64(a).is_some_and(f64::is_finite)),
        ("Double" | "Float", "compare", 2) => {
            let (x, y) = (ops::to_f64(a).unwrap_or(0.0), args.get(1).and_then(ops::to_f64).unwrap_or(0.0));
            Value::Int(x.total_cmp(&y) as i32)
        }
        ("Double", "sum", 2) => {
            Value::Double(ops::to_f64(a).unwrap_or(0.0) + args.get(1).and_then(ops::to_f64).unwrap_or(0.0))
        }
        ("Double" | "Integer" | "Long" | "Float" | "Short" | "Byte" | "Boolean", "toString", 1) => {
            Value::str(it.to_text(a)?)
        }
        ("Integer" | "Long" | "Double" | "Boolean", "hashCode", 1) => Value::Int(ops::java_hash(a)),
        ("Boolean", "compare", 2) => Value::Int(ops::truth(a) as i32 - args.get(1).is_some_and(ops::truth) as i32),
        ("Boolean", "logicalAnd", 2) => Value::Bool(ops::truth(a) && args.get(1).is_some_and(ops::truth)),
        ("Boolean", "logicalOr", 2) => Value::Bool(ops::truth(a) || args.get(1).is_some_and(ops::truth)),
        ("Boolean", "logicalXor", 2) => Value::Bool(ops::truth(a) != args.get(1).is_some_and(ops::truth)),
        ("Boolean", "valueOf", 1) if matches!(a, Value::Bool(_)) => a.clone(),
        ("BigDecimal", "valueOf", 2) => Value::dec(bigdecimal::BigDecimal::new(n.into(), m.clamp(-20_000, 20_000))),
        _ => return Ok(None),
    }))
}

fn parse(s: &str, radix: u32, class: &str) -> R {
    let bad = || {
        if s.is_empty() {
            throw("java.lang.NumberFormatException", "For input string: \"\"")
        } else if radix == 10 {
            number_format(s)
        } else {
            throw("java.lang.NumberFormatException", format!("For input string: \"{s}\" under radix {radix}"))
        }
    };
    let n = BigInt::parse_bytes(s.as_bytes(), radix).filter(|_| s.len() < 100 && !s.contains('_')).ok_or_else(bad)?;
    let n = n.to_i64().ok_or_else(bad)?;
    Ok(match class.rsplit('.').next() {
        Some("Integer") => Value::Int(i32::try_from(n).map_err(|_| bad())?),
        Some("Short") => Value::Short(i16::try_from(n).map_err(|_| range(s, "short"))?),
        Some("Byte") => Value::Byte(i8::try_from(n).map_err(|_| range(s, "byte"))?),
        _ => Value::Long(n),
    })
}

fn range(s: &str, what: &str) -> crate::value::Thrown {
    throw("java.lang.NumberFormatException", format!("Value out of range. Value:\"{s}\" Radix:10 ({what})"))
}

fn character(name: &str, args: &[Value]) -> R<Option<Value>> {
    let c = match args.first() {
        Some(Value::Char(c)) => *c,
        Some(v) if ops::is_number(v) => char::from_u32(int(Some(v)) as u32).unwrap_or('\0'),
        Some(v) => {
            let s = text(v);
            let mut it = s.chars();
            match (it.next(), it.next()) {
                (Some(c), None) => c,
                _ => return Ok(None),
            }
        }
        None => return Ok(None),
    };
    let number = args.first().is_some_and(ops::is_number);
    let letter = |c: char| c.is_alphabetic();
    let same = |c: char| if number { Value::Int(c as i32) } else { Value::Char(c) };
    let b = |x: bool| Ok(Some(Value::Bool(x)));
    match (name, args.len()) {
        ("isDigit", 1) => b(c.is_ascii_digit() || ('\u{660}'..='\u{669}').contains(&c)),
        ("isLetter" | "isAlphabetic", 1) => b(letter(c)),
        ("isLetterOrDigit", 1) => b(letter(c) || c.is_ascii_digit()),
        ("isUpperCase", 1) => b(c.is_uppercase()),
        ("isLowerCase", 1) => b(c.is_lowercase()),
        ("isWhitespace", 1) => b(c.is_whitespace() && !matches!(c, '\u{a0}' | '\u{2007}' | '\u{202f}' | '\u{85}')
            || ('\u{1c}'..='\u{1f}').contains(&c)),
        ("isSpaceChar", 1) => b(c.is_whitespace() && !c.is_control()),
        ("isISOControl", 1) => b(c.is_control()),
        ("isJavaIdentifierStart", 1) => b(letter(c) || matches!(c, '_' | '$')),
        ("isJavaIdentifierPart", 1) => b(letter(c) || c.is_ascii_digit() || matches!(c, '_' | '$')),
        ("toUpperCase", 1) => Ok(Some(same(c.to_uppercase().next().unwrap_or(c)))),
        ("toLowerCase", 1) => Ok(Some(same(c.to_lowercase().next().unwrap_or(c)))),
        ("getNumericValue", 1) => Ok(Some(Value::Int(c.to_digit(36).map_or(-1, |d| d as i32)))),
        ("digit", 2) => {
            let radix = int(args.get(1)).clamp(2, 36) as u32;
            Ok(Some(Value::Int(c.to_digit(radix).map_or(-1, |d| d as i32))))
        }
        ("forDigit", 2) => {
            let d = char::from_digit(int(args.first()) as u32, int(args.get(1)).clamp(2, 36) as u32);
            Ok(Some(Value::Char(d.unwrap_or('\0'))))
        }
        ("toString", 1) => Ok(Some(Value::str(c.to_string()))),
        ("valueOf", 1) => Ok(Some(Value::Char(c))),
        ("toChars", 1) => Ok(Some(Value::array("char", vec![Value::Char(c)]))),
        ("compare", 2) => match args.get(1) {
            Some(Value::Char(d)) => Ok(Some(Value::Int(c as i32 - *d as i32))),
            _ => Ok(None),
        },
        _ => Ok(None),
    }
}
