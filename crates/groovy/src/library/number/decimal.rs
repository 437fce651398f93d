//! `BigDecimal` and `BigInteger`: what their objects can do, `MathContext`, `RoundingMode`.
use crate::error::{arithmetic, illegal, null_pointer};
use crate::gdk::int;
use crate::interp::Interpreter;
use crate::library::support::{EnumClass, constant, plain};
use crate::ops;
use crate::text::text;
use crate::value::{HostObject, R, Value};
use bigdecimal::num_bigint::{BigInt, Sign};
use bigdecimal::num_traits::{One, Signed, ToPrimitive, Zero};
use bigdecimal::{BigDecimal, RoundingMode};
use std::any::Any;
use std::rc::Rc;

/// Scales and exponents may not be larger.
const MAX_SCALE: i64 = 20_000;

pub(crate) static ROUNDING: EnumClass = EnumClass {
    class: "java.math.RoundingMode",
    names: &["UP", "DOWN", "CEILING", "FLOOR", "HALF_UP", "HALF_DOWN", "HALF_EVEN", "UNNECESSARY"],
    texts: &[],
    methods: plain,
};

/// A rounding mode: a constant, its number, its name. The inner None is "no rounding".
pub(crate) fn mode(v: Option<&Value>) -> Option<Option<RoundingMode>> {
    let at = match v? {
        v if ops::is_number(v) => usize::try_from(int(Some(v))).ok()?,
        v => match constant(Some(v), &ROUNDING) {
            Some(at) => at,
            None => ROUNDING.names.iter().position(|n| *n == text(v).trim_start_matches("ROUND_"))?,
        },
    };
    use RoundingMode::*;
    let modes = [Some(Up), Some(Down), Some(Ceiling), Some(Floor), Some(HalfUp), Some(HalfDown), Some(HalfEven), None];
    modes.get(at).copied()
}

/// `java.math.MathContext`.
#[derive(Clone, Copy)]
pub(crate) struct Context {
    pub(crate) precision: i64,
    mode: Option<RoundingMode>,
}

/// `new MathContext(…)`.
pub(super) fn context(args: &[Value]) -> R<Option<Value>> {
    let precision = int(args.first());
    if precision < 0 {
        return Err(illegal("Digits < 0"));
    }
    let mode = if args.len() > 1 { mode(args.get(1)).flatten() } else { Some(RoundingMode::HalfUp) };
    Ok(Some(Value::object(Context { precision: precision.min(MAX_SCALE), mode })))
}

/// `MathContext.DECIMAL32` and the like.
pub(super) fn context_constant(name: &str) -> Option<Value> {
    let precision = match name {
        "UNLIMITED" => 0,
        "DECIMAL32" => 7,
        "DECIMAL64" => 16,
        "DECIMAL128" => 34,
        _ => return None,
    };
    let mode = Some(if precision == 0 { RoundingMode::HalfUp } else { RoundingMode::HalfEven });
    Some(Value::object(Context { precision, mode }))
}

fn mode_name(m: Option<RoundingMode>) -> &'static str {
    match m {
        Some(RoundingMode::Up) => "UP",
        Some(RoundingMode::Down) => "DOWN",
        Some(RoundingMode::Ceiling) => "CEILING",
        Some(RoundingMode::Floor) => "FLOOR",
        Some(RoundingMode::HalfUp) => "HALF_UP",
        Some(RoundingMode::HalfDown) => "HALF_DOWN",
        Some(RoundingMode::HalfEven) => "HALF_EVEN",
        None => "UNNECESSARY",
    }
}

impl HostObject for Context {
    fn class_name(&self) -> &str {
        "java.math.MathContext"
    }
    fn call_method(&self, _it: &mut Interpreter<'_>, _this: &Value, name: &str, _args: &[Value]) -> R<Option<Value>> {
        Ok(match name {
            "getPrecision" => Some(Value::Int(self.precision as i32)),
            "getRoundingMode" => ROUNDING.named(mode_name(self.mode)),
            _ => None,
        })
    }
    fn text(&self) -> String {
        format!("precision={} roundingMode={}", self.precision, mode_name(self.mode))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn digits(d: &BigDecimal) -> i64 {
    d.digits() as i64
}

/// To a scale; without a mode nothing may be lost.
pub(crate) fn set_scale(d: &BigDecimal, scale: i64, mode: Option<RoundingMode>) -> R<BigDecimal> {
    let scale = scale.clamp(-MAX_SCALE, MAX_SCALE);
    let r = d.with_scale_round(scale, mode.unwrap_or(RoundingMode::Down));
    if mode.is_none() && r != *d {
        return Err(arithmetic("Rounding necessary"));
    }
    Ok(r)
}

/// To a number of digits.
pub(crate) fn round(d: &BigDecimal, c: Context) -> R<BigDecimal> {
    let mut d = d.clone();
    while c.precision > 0 && digits(&d) > c.precision {
        let drop = digits(&d) - c.precision;
        d = set_scale(&d, d.fractional_digit_count() - drop, c.mode)?;
    }
    Ok(d)
}

fn strip(d: &BigDecimal, least: i64) -> BigDecimal {
    let (mut n, mut s) = d.as_bigint_and_exponent();
    if n.is_zero() {
        return BigDecimal::new(n, if least == i64::MIN { 0 } else { least });
    }
    while s > least && BigInt::is_zero(&(&n % 10)) {
        n /= 10;
        s -= 1;
    }
    BigDecimal::new(n, s)
}

fn divide(a: &BigDecimal, b: &BigDecimal, c: Context) -> R<BigDecimal> {
    let preferred = a.fractional_digit_count() - b.fractional_digit_count();
    let scale = c.precision + 3 + digits(b) - digits(a) + preferred;
    let scale = scale.clamp(-MAX_SCALE, MAX_SCALE);
    let mut q = ops::div_scale(a, b, scale, RoundingMode::Down);
    let exact = &q * b == *a;
    if !exact {
        // One more digit says that something is left.
        let (n, s) = q.as_bigint_and_exponent();
        let minus = a.is_negative() != b.is_negative();
        q = BigDecimal::new(n * 10 + if minus { -1 } else { 1 }, s + 1);
    }
    let q = round(&q, c)?;
    Ok(if exact { strip(&q, preferred) } else { q })
}

fn ten(n: i64) -> BigInt {
    BigInt::from(10).pow(n.clamp(0, MAX_SCALE) as u32)
}

fn engineering(d: &BigDecimal) -> String {
    let plain = crate::text::decimal(d);
    let Some((_, e)) = plain.split_once('E') else { return plain };
    let exp: i64 = e.parse().unwrap_or(0);
    let (n, _) = d.as_bigint_and_exponent();
    let mut digits = n.magnitude().to_string();
    let shift = exp.rem_euclid(3) as usize;
    while digits.len() < shift + 1 {
        digits.push('0');
    }
    let (whole, frac) = digits.split_at(shift + 1);
    let sign = if n.sign() == Sign::Minus { "-" } else { "" };
    let exp = exp - shift as i64;
    let point = if frac.is_empty() { "" } else { "." };
    let exp = if exp == 0 { String::new() } else { format!("E{exp:+}") };
    format!("{sign}{whole}{point}{frac}{exp}")
}

/// Digits without an exponent.
pub(crate) fn plain_text(d: &BigDecimal) -> String {
    let (n, s) = d.as_bigint_and_exponent();
    if s < 0 { BigDecimal::new(n * ten(-s), 0).to_string() } else { d.to_plain_string() }
}

/// Methods of a `BigDecimal`.
pub(crate) fn call(it: &mut Interpreter<'_>, recv: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
    let a0 = args.first();
    let Value::Dec(d) = recv else {
        return match recv {
            Value::BigInt(n) => big(it, n, name, args),
            _ => Ok(None),
        };
    };
    it.charge(digits(d) as usize)?;
    let b = a0.filter(|v| ops::is_number(v)).and_then(ops::to_dec);
    let last = args.last().and_then(|v| v.downcast::<Context>()).copied();
    let dec = |x: BigDecimal| Ok(Some(Value::dec(x)));
    if a0.is_some_and(Value::is_null) && matches!(name, "add" | "subtract" | "multiply" | "divide" | "compareTo") {
        return Err(null_pointer(format!("Cannot invoke method {name}() with null")));
    }
    match (name, args.len(), b) {
        ("add" | "subtract" | "multiply", 1 | 2, Some(b)) => {
            if (d.fractional_digit_count() - b.fractional_digit_count()).abs() > MAX_SCALE
                || digits(d) + digits(&b) > 100_000
            {
                return Err(arithmetic("the numbers are too large"));
            }
            let r = match name {
                "add" => &**d + b,
                "subtract" => &**d - b,
                _ => &**d * b,
            };
            dec(match last {
                Some(c) => round(&r, c)?,
                None => r,
            })
        }
        ("divide" | "divideToIntegralValue" | "remainder" | "divideAndRemainder", _, Some(b)) => {
            if b.is_zero() {
                return Err(arithmetic(match name {
                    "divide" if args.len() > 1 && last.is_none() => "/ by zero",
                    _ if d.is_zero() => "Division undefined",
                    _ => "Division by zero",
                }));
            }
            if (d.fractional_digit_count() - b.fractional_digit_count()).abs() > MAX_SCALE
                || digits(d) + digits(&b) > 50_000
            {
                return Err(arithmetic("the numbers are too large"));
            }
            let preferred = d.fractional_digit_count() - b.fractional_digit_count();
            let whole = || {
                let q = ops::div_scale(d, &b, 0, RoundingMode::Down);
                if preferred >= 0 { q.with_scale(preferred) } else { strip(&q, preferred) }
            };
            match (name, args.len(), last) {
                ("divideToIntegralValue", ..) => dec(whole()),
                ("remainder", ..) => dec(&**d - ops::div_scale(d, &b, 0, RoundingMode::Down) * b),
                ("divideAndRemainder", ..) => {
                    let r = &**d - ops::div_scale(d, &b, 0, RoundingMode::Down) * &b;
                    Ok(Some(Value::array("BigDecimal", vec![Value::dec(whole()), Value::dec(r)])))
                }
                (_, _, Some(c)) if c.precision > 0 => dec(divide(d, &b, c)?),
                (_, 1, _) | (_, _, Some(_)) => {
                    let precision = (digits(d) + (10.0 * digits(&b) as f64 / 3.0).ceil() as i64).min(5000);
                    let r = divide(d, &b, Context { precision, mode: None });
                    match r {
                        Ok(q) if &q * &b == **d => {
                            dec(if q.fractional_digit_count() < preferred { q.with_scale(preferred) } else { q })
                        }
                        _ => {
                            Err(arithmetic("Non-terminating decimal expansion; no exact representable decimal result."))
                        }
                    }
                }
                (_, n, _) => {
                    let (scale, m) = if n == 2 {
                        (d.fractional_digit_count(), mode(args.get(1)))
                    } else {
                        (int(args.get(1)).clamp(-MAX_SCALE, MAX_SCALE), mode(args.get(2)))
                    };
                    let m = m.ok_or_else(|| illegal("Invalid rounding mode"))?;
                    let q = ops::div_scale(d, &b, scale, m.unwrap_or(RoundingMode::Down));
                    if m.is_none() && &q * &b != **d {
                        return Err(arithmetic("Rounding necessary"));
                    }
                    dec(q)
                }
            }
        }
        ("setScale", 1 | 2, _) => {
            let m =
                if args.len() == 2 { mode(args.get(1)).ok_or_else(|| illegal("Invalid rounding mode"))? } else { None };
            dec(set_scale(d, int(a0), m)?)
        }
        ("round", 1, _) => match last {
            Some(c) => dec(round(d, c)?),
            None => Ok(None),
        },
        ("pow", 1 | 2, _) => {
            let n = int(a0);
            if !(0..=999_999_999).contains(&n) {
                return Err(arithmetic("Invalid operation"));
            }
            if digits(d).saturating_mul(n) > 200_000 {
                return Err(arithmetic("the power is too large"));
            }
            let (m, s) = d.as_bigint_and_exponent();
            let r = BigDecimal::new(m.pow(n as u32), s.saturating_mul(n).clamp(-MAX_SCALE, MAX_SCALE));
            dec(match last {
                Some(c) => round(&r, c)?,
                None => r,
            })
        }
        ("negate", 0 | 1, _) => dec(-(**d).clone()),
        ("plus", 0, _) => Ok(Some(recv.clone())),
        ("abs", 0 | 1, _) => dec(d.abs()),
        ("signum", 0, _) => Ok(Some(Value::Int(if d.is_zero() {
            0
        } else if d.is_negative() {
            -1
        } else {
            1
        }))),
        ("scale", 0, _) => Ok(Some(Value::Int(d.fractional_digit_count() as i32))),
        ("precision", 0, _) => Ok(Some(Value::Int(digits(d).max(1) as i32))),
        ("toPlainString", 0, _) => Ok(Some(Value::str(plain_text(d)))),
        ("toEngineeringString", 0, _) => Ok(Some(Value::str(engineering(d)))),
        ("stripTrailingZeros", 0, _) => dec(strip(d, i64::MIN)),
        ("unscaledValue", 0, _) => Ok(Some(Value::BigInt(Rc::new(d.as_bigint_and_exponent().0)))),
        ("ulp", 0, _) => dec(BigDecimal::new(BigInt::one(), d.fractional_digit_count())),
        ("movePointLeft" | "movePointRight" | "scaleByPowerOfTen", 1, _) => {
            let n = int(a0).clamp(-MAX_SCALE, MAX_SCALE);
            let (m, s) = d.as_bigint_and_exponent();
            let s = (if name == "movePointLeft" { s + n } else { s - n }).clamp(-MAX_SCALE, MAX_SCALE);
            dec(if s < 0 && name != "scaleByPowerOfTen" {
                BigDecimal::new(m * ten(-s), 0)
            } else {
                BigDecimal::new(m, s)
            })
        }
        ("toBigInteger", 0, _) => Ok(crate::cast::number_as(recv, "java.math.BigInteger")),
        ("intValueExact" | "longValueExact" | "toBigIntegerExact", 0, _) => {
            let whole = set_scale(d, 0, None)?;
            let n = whole.as_bigint_and_exponent().0;
            match name {
                "intValueExact" => n.to_i32().map(Value::Int),
                "longValueExact" => n.to_i64().map(Value::Long),
                _ => Some(Value::BigInt(Rc::new(n))),
            }
            .ok_or_else(|| arithmetic("Overflow"))
            .map(Some)
        }
        ("compareTo", 1, Some(b)) => Ok(Some(Value::Int((**d).cmp(&b) as i32))),
        _ => Ok(None),
    }
}

fn big(it: &mut Interpreter<'_>, n: &Rc<BigInt>, name: &str, args: &[Value]) -> R<Option<Value>> {
    it.charge(n.bits() as usize / 8)?;
    let b = args.first().filter(|v| ops::is_number(v)).and_then(ops::to_big);
    let make = |x: BigInt| Ok(Some(Value::BigInt(Rc::new(x))));
    let zero = || arithmetic("BigInteger divide by zero");
    let small = |b: &BigInt| {
        b.to_i64().filter(|s| (0..=1_000_000).contains(s)).ok_or_else(|| arithmetic("the number is too large"))
    };
    if let Some(b) = &b
        && n.bits() + b.bits() > 1_000_000
    {
        return Err(arithmetic("BigInteger would overflow supported range"));
    }
    match (name, args.len(), b) {
        ("add", 1, Some(b)) => make(&**n + b),
        ("subtract", 1, Some(b)) => make(&**n - b),
        ("multiply", 1, Some(b)) => make(&**n * b),
        ("divide" | "remainder" | "divideAndRemainder", 1, Some(b)) => {
            if b.is_zero() {
                return Err(zero());
            }
            match name {
                "divide" => make(&**n / b),
                "remainder" => make(&**n % b),
                _ => {
                    let both = [&**n / &b, &**n % &b].map(|x| Value::BigInt(Rc::new(x)));
                    Ok(Some(Value::array("BigInteger", both.to_vec())))
                }
            }
        }
        ("mod", 1, Some(b)) => {
            if !b.is_positive() {
                return Err(arithmetic("BigInteger: modulus not positive"));
            }
            let r = &**n % &b;
            make(if r.is_negative() { r + b } else { r })
        }
        ("modPow", 2, Some(e)) => match args.get(1).and_then(ops::to_big) {
            Some(m) if m.is_positive() && !e.is_negative() && m.bits() <= 8192 && e.bits() <= 8192 => {
                it.charge((m.bits() * e.bits()) as usize / 8)?;
                make(n.modpow(&e, &m))
            }
            _ => Err(arithmetic("BigInteger: modulus not positive")),
        },
        ("pow", 1, Some(b)) => {
            if b.is_negative() {
                return Err(arithmetic("Negative exponent"));
            }
            let e = small(&b)?;
            if n.bits().saturating_mul(e as u64) > 1_000_000 {
                return Err(arithmetic("BigInteger would overflow supported range"));
            }
            make(n.pow(e as u32))
        }
        ("gcd", 1, Some(b)) => {
            let (mut a, mut b) = (n.abs(), b.abs());
            while !b.is_zero() {
                it.charge(256)?;
                (a, b) = (b.clone(), a % &b);
            }
            make(a)
        }
        ("shiftLeft", 1, Some(b)) => make(&**n << small(&b)?),
        ("shiftRight", 1, Some(b)) => make(&**n >> small(&b)?),
        ("testBit", 1, Some(b)) => Ok(Some(Value::Bool(n.bit(small(&b)? as u64)))),
        ("and", 1, Some(b)) => make(&**n & b),
        ("or", 1, Some(b)) => make(&**n | b),
        ("xor", 1, Some(b)) => make(&**n ^ b),
        ("not", 0, _) => make(!&**n),
        ("negate", 0, _) => make(-(**n).clone()),
        ("signum", 0, _) => Ok(Some(Value::Int(if n.is_zero() {
            0
        } else if n.is_negative() {
            -1
        } else {
            1
        }))),
        ("bitLength", 0, _) => Ok(Some(Value::Int(n.bits() as i32))),
        ("toByteArray", 0, _) => Ok(Some(Value::bytes(n.to_signed_bytes_be()))),
        ("toString", 1, Some(b)) => {
            Ok(Some(Value::str(n.to_str_radix(b.to_u32().filter(|r| (2..=36).contains(r)).unwrap_or(10)))))
        }
        ("intValueExact", 0, _) => {
            n.to_i32().map(|v| Some(Value::Int(v))).ok_or_else(|| arithmetic("BigInteger out of int range"))
        }
        ("longValueExact", 0, _) => {
            n.to_i64().map(|v| Some(Value::Long(v))).ok_or_else(|| arithmetic("BigInteger out of long range"))
        }
        ("compareTo", 1, Some(b)) => Ok(Some(Value::Int((**n).cmp(&b) as i32))),
        _ => Ok(None),
    }
}

/// A double to its last digit.
fn of_double(d: f64) -> Option<BigDecimal> {
    if !d.is_finite() || d == 0.0 {
        return d.is_finite().then(BigDecimal::default);
    }
    let bits = d.to_bits();
    let exponent = (bits >> 52 & 0x7ff) as i64;
    let fraction = bits & ((1 << 52) - 1);
    let mut n = if exponent == 0 { fraction } else { fraction | 1 << 52 };
    let mut power = exponent.max(1) - 1075;
    while n & 1 == 0 {
        n >>= 1;
        power += 1;
    }
    let n = BigInt::from(n) * if d < 0.0 { -1 } else { 1 };
    Some(if power < 0 {
        BigDecimal::new(n * BigInt::from(5).pow(power.unsigned_abs() as u32), -power)
    } else {
        BigDecimal::new(n << power as usize, 0)
    })
}

/// `new BigDecimal(…)` and `new BigInteger(…)` where the arguments need care.
pub(super) fn construct(class: &str, args: &[Value]) -> R<Option<Value>> {
    if let [Value::Null] = args {
        let types: &[&str] = match class.ends_with("Decimal") {
            true => &["java.lang.String", "[C"],
            false => &["java.lang.String", "[I", "[B"],
        };
        return Err(crate::error::ambiguous(class, "<init>", types));
    }
    if class.ends_with("BigInteger") {
        return Ok(match args {
            [Value::Bytes(b)] => Some(Value::BigInt(Rc::new(BigInt::from_signed_bytes_be(&b.borrow())))),
            [sign, Value::Bytes(b)] => {
                let n = BigInt::from_bytes_be(Sign::Plus, &b.borrow());
                Some(Value::BigInt(Rc::new(if int(Some(sign)) < 0 { -n } else { n })))
            }
            [s, radix] if crate::library::support::is_text(s) => {
                let (t, r) = (text(s), int(Some(radix)).clamp(2, 36) as u32);
                let n = BigInt::parse_bytes(t.as_bytes(), r).filter(|_| t.len() < 5000);
                Some(Value::BigInt(Rc::new(n.ok_or_else(|| crate::error::number_format(&t))?)))
            }
            _ => None,
        });
    }
    // There is no constructor for a BigDecimal: Groovy takes the one for a double.
    let exact = match args.first() {
        Some(v @ (Value::Double(_) | Value::Float(_) | Value::Dec(_))) => {
            let d = ops::to_f64(v).unwrap_or(f64::NAN);
            Some(
                of_double(d)
                    .ok_or_else(|| crate::error::throw("java.lang.NumberFormatException", "Infinite or NaN"))?,
            )
        }
        _ => None,
    };
    let Some(c) = args.get(1) else { return Ok(exact.map(Value::dec)) };
    let base = match &args[0] {
        _ if exact.is_some() => exact,
        Value::BigInt(n) if ops::is_number(c) => {
            return Ok(Some(Value::dec(BigDecimal::new((**n).clone(), int(Some(c)).clamp(-MAX_SCALE, MAX_SCALE)))));
        }
        v if ops::is_number(v) => ops::to_dec(v),
        v => ops::parse_decimal(&text(v)),
    };
    match (base, c.downcast::<Context>()) {
        (Some(d), Some(c)) => Ok(Some(Value::dec(round(&d, *c)?))),
        (None, Some(_)) => Err(crate::error::number_format(&text(&args[0]))),
        _ => Ok(None),
    }
}
