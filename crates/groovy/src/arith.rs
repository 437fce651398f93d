//! Numbers: arithmetic with Groovy's promotion, and their order.
use crate::ast::BinOp;
use crate::error::{arithmetic, illegal, null_pointer};
use crate::value::{R, Value};
use bigdecimal::num_bigint::{BigInt, Sign};
use bigdecimal::num_traits::{One, Signed, ToPrimitive, Zero};
use bigdecimal::{BigDecimal, RoundingMode};
use std::cmp::Ordering;
use std::rc::Rc;

const MAX_DIGITS: i64 = 20_000;

/// A number in the kind its arithmetic is done in.
#[derive(Clone)]
enum Num {
    Int(i32),
    Long(i64),
    Big(BigInt),
    Dec(BigDecimal),
    Double(f64),
}

fn num(v: &Value) -> Option<Num> {
    Some(match v {
        Value::Byte(n) => Num::Int(i32::from(*n)),
        Value::Short(n) => Num::Int(i32::from(*n)),
        Value::Int(n) => Num::Int(*n),
        Value::Long(n) => Num::Long(*n),
        Value::BigInt(n) => Num::Big((**n).clone()),
        Value::Dec(n) => Num::Dec((**n).clone()),
        Value::Float(n) => Num::Double(f64::from(*n)),
        Value::Double(n) => Num::Double(*n),
        _ => return None,
    })
}

/// Whether it is a number.
pub fn is_number(v: &Value) -> bool {
    matches!(
        v,
        Value::Byte(_)
            | Value::Short(_)
            | Value::Int(_)
            | Value::Long(_)
            | Value::BigInt(_)
            | Value::Dec(_)
            | Value::Float(_)
            | Value::Double(_)
    )
}

/// A character as the number it calculates with; anything else as it is.
pub(crate) fn code(v: &Value) -> Value {
    match v {
        Value::Char(c) => Value::Int(*c as i32),
        v => v.clone(),
    }
}

/// `doubleValue()`.
pub fn to_f64(v: &Value) -> Option<f64> {
    Some(match num(v)? {
        Num::Int(n) => f64::from(n),
        Num::Long(n) => n as f64,
        Num::Big(n) => n.to_f64().unwrap_or(f64::NAN),
        Num::Dec(n) => crate::text::decimal(&n).parse().unwrap_or(f64::NAN),
        Num::Double(d) => d,
    })
}

/// `longValue()`.
pub fn to_i64(v: &Value) -> Option<i64> {
    Some(match num(v)? {
        Num::Int(n) => i64::from(n),
        Num::Long(n) => n,
        Num::Big(n) => low64(&n),
        Num::Dec(n) => low64(&whole(&n)),
        Num::Double(d) => d as i64,
    })
}

pub(crate) fn low64(n: &BigInt) -> i64 {
    let low = n.magnitude().iter_u64_digits().next().unwrap_or(0) as i64;
    if n.is_negative() { low.wrapping_neg() } else { low }
}

fn whole(d: &BigDecimal) -> BigInt {
    if d.fractional_digit_count().abs() > MAX_DIGITS {
        BigInt::zero()
    } else {
        d.with_scale_round(0, RoundingMode::Down).into_bigint_and_exponent().0
    }
}

/// As BigInteger.
pub fn to_big(v: &Value) -> Option<BigInt> {
    Some(match num(v)? {
        Num::Int(n) => n.into(),
        Num::Long(n) => n.into(),
        Num::Big(n) => n,
        Num::Dec(n) => whole(&n),
        Num::Double(d) => whole(&dec_of_f64(d)?),
    })
}

fn dec_of_f64(d: f64) -> Option<BigDecimal> {
    parse_decimal(&crate::text::text(&Value::Double(d)))
}

/// As BigDecimal.
pub fn to_dec(v: &Value) -> Option<BigDecimal> {
    Some(match num(v)? {
        Num::Int(n) => n.into(),
        Num::Long(n) => n.into(),
        Num::Big(n) => BigDecimal::new(n, 0),
        Num::Dec(n) => n,
        Num::Double(d) => dec_of_f64(d)?,
    })
}

/// Reads a decimal as Java's constructor does.
pub fn parse_decimal(s: &str) -> Option<BigDecimal> {
    if s.is_empty()
        || s.len() > 2000
        || !s.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b))
        || !s.bytes().any(|b| b.is_ascii_digit())
    {
        return None;
    }
    let d: BigDecimal = s.parse().ok()?;
    (d.fractional_digit_count().abs() < MAX_DIGITS).then_some(d)
}

/// The sum, difference and so on of two numbers.
pub fn arith(op: BinOp, a: &Value, b: &Value) -> R<Option<Value>> {
    let (Some(x), Some(y)) = (num(a), num(b)) else { return Ok(None) };
    let float = matches!(x, Num::Double(_)) || matches!(y, Num::Double(_));
    if float && op != BinOp::Pow {
        let (x, y) = (to_f64(a).unwrap_or(0.0), to_f64(b).unwrap_or(0.0));
        return Ok(Some(Value::Double(match op {
            BinOp::Add => x + y,
            BinOp::Sub => x - y,
            BinOp::Mul => x * y,
            BinOp::Div => x / y,
            BinOp::Rem => x % y,
            _ => return Ok(None),
        })));
    }
    if op == BinOp::Pow {
        return power(a, b, &x, &y).map(Some);
    }
    if op == BinOp::Div {
        return divide(to_dec(a), to_dec(b)).map(Some);
    }
    Ok(Some(match (x, y) {
        (Num::Int(x), Num::Int(y)) => Value::Int(match op {
            BinOp::Add => x.wrapping_add(y),
            BinOp::Sub => x.wrapping_sub(y),
            BinOp::Mul => x.wrapping_mul(y),
            BinOp::Rem if y == 0 => return Err(arithmetic("/ by zero")),
            BinOp::Rem => x.wrapping_rem(y),
            _ => return Ok(None),
        }),
        (Num::Dec(_), _) | (_, Num::Dec(_)) => {
            let (Some(x), Some(y)) = (to_dec(a), to_dec(b)) else { return Ok(None) };
            if (x.fractional_digit_count() - y.fractional_digit_count()).abs() > MAX_DIGITS
                || x.digits() + y.digits() > 100_000
            {
                return Err(arithmetic("the numbers are too large"));
            }
            Value::dec(match op {
                BinOp::Add => x + y,
                BinOp::Sub => x - y,
                BinOp::Mul => x * y,
                BinOp::Rem if y.is_zero() => return Err(arithmetic("Division by zero")),
                BinOp::Rem => {
                    let (class, value) = (crate::text::class_of(a), crate::text::text(a));
                    return Err(crate::error::throw(
                        "java.lang.UnsupportedOperationException",
                        format!("Cannot use mod() on this number type: {class} with value: {value}"),
                    ));
                }
                _ => return Ok(None),
            })
        }
        (Num::Big(_), _) | (_, Num::Big(_)) => {
            let (Some(x), Some(y)) = (to_big(a), to_big(b)) else { return Ok(None) };
            if x.bits() + y.bits() > 1_000_000 {
                return Err(arithmetic("BigInteger would overflow supported range"));
            }
            Value::BigInt(Rc::new(match op {
                BinOp::Add => x + y,
                BinOp::Sub => x - y,
                BinOp::Mul => x * y,
                BinOp::Rem if y.is_zero() => return Err(arithmetic("BigInteger divide by zero")),
                BinOp::Rem => x % y,
                _ => return Ok(None),
            }))
        }
        _ => {
            let (x, y) = (to_i64(a).unwrap_or(0), to_i64(b).unwrap_or(0));
            Value::Long(match op {
                BinOp::Add => x.wrapping_add(y),
                BinOp::Sub => x.wrapping_sub(y),
                BinOp::Mul => x.wrapping_mul(y),
                BinOp::Rem if y == 0 => return Err(arithmetic("/ by zero")),
                BinOp::Rem => x.wrapping_rem(y),
                _ => return Ok(None),
            })
        }
    }))
}

/// Groovy's division: exact if it ends, else ten digits or those of the operands.
fn divide(a: Option<BigDecimal>, b: Option<BigDecimal>) -> R {
    let (Some(a), Some(b)) = (a, b) else { return Err(illegal("not a number")) };
    if b.is_zero() {
        return Err(arithmetic("Division by zero"));
    }
    let (sa, sb) = (a.fractional_digit_count(), b.fractional_digit_count());
    if (sa - sb).abs() > MAX_DIGITS || a.digits() + b.digits() > 20_000 {
        return Err(arithmetic("the numbers are too large"));
    }
    let preferred = sa - sb;
    // Java tries the exact quotient first, with a bound on its digits.
    let precision = (a.digits() as i64 + (10.0 * b.digits() as f64 / 3.0).ceil() as i64).min(2000);
    let (na, nb): (BigInt, BigInt) = (a.as_bigint_and_exponent().0, b.as_bigint_and_exponent().0);
    let mut n: BigInt = na.clone();
    let mut scale = preferred;
    for _ in 0..precision {
        if BigInt::is_zero(&(&n % &nb)) {
            let mut q: BigInt = n / &nb;
            while scale > preferred && BigInt::is_zero(&(&q % 10)) {
                q /= 10;
                scale -= 1;
            }
            return Ok(Value::dec(BigDecimal::new(q, scale)));
        }
        n *= 10;
        scale += 1;
    }
    let scale = sa.max(sb).max(10);
    let q = div_scale(&a, &b, scale, RoundingMode::HalfUp);
    Ok(Value::dec(strip(q, preferred.max(0))))
}

fn strip(d: BigDecimal, min_scale: i64) -> BigDecimal {
    let (mut n, mut s) = d.into_bigint_and_exponent();
    while s > min_scale && !n.is_zero() && BigInt::is_zero(&(&n % 10)) {
        n /= 10;
        s -= 1;
    }
    BigDecimal::new(n, s)
}

/// Division to a number of decimals.
pub fn div_scale(a: &BigDecimal, b: &BigDecimal, scale: i64, mode: RoundingMode) -> BigDecimal {
    let (na, sa) = a.as_bigint_and_exponent();
    let (nb, sb) = b.as_bigint_and_exponent();
    // Two more digits and a sticky one decide the rounding.
    let shift = scale + 2 - sa + sb;
    let (n, d): (BigInt, BigInt) = if shift >= 0 { (na * pow10(shift), nb) } else { (na, nb * pow10(-shift)) };
    let (mut q, r): (BigInt, BigInt) = (&n / &d, &n % &d);
    if !r.is_zero() {
        let sign = if (n.sign() == Sign::Minus) == (d.sign() == Sign::Minus) { 1 } else { -1 };
        q = q * 10 + sign;
        return BigDecimal::new(q, scale + 3).with_scale_round(scale, mode);
    }
    BigDecimal::new(q, scale + 2).with_scale_round(scale, mode)
}

fn pow10(n: i64) -> BigInt {
    BigInt::from(10).pow(n.clamp(0, 50_000) as u32)
}

fn power(a: &Value, b: &Value, x: &Num, y: &Num) -> R {
    if let (Num::Int(_) | Num::Long(_) | Num::Big(_) | Num::Dec(_), Num::Int(n)) = (x, y)
        && *n >= 0
    {
        let bits = match x {
            Num::Dec(d) => d.digits() * 4,
            _ => to_big(a).map_or(0, |b| b.bits()),
        };
        if bits.saturating_mul(*n as u64) > 500_000 {
            return Err(arithmetic("the power is too large"));
        }
        if let Num::Dec(d) = x {
            let mut r = BigDecimal::one();
            for _ in 0..*n {
                r *= d;
            }
            return Ok(Value::dec(r));
        }
        let r = to_big(a).unwrap_or_default().pow(*n as u32);
        return Ok(match (x, r.to_i32(), r.to_i64()) {
            (Num::Int(_), Some(i), _) => Value::Int(i),
            (Num::Long(_), _, Some(i)) => Value::Long(i),
            _ => Value::BigInt(Rc::new(r)),
        });
    }
    let d = to_f64(a).unwrap_or(0.0).powf(to_f64(b).unwrap_or(0.0));
    // A whole result is a whole number, in the smallest kind that holds it; a negative exponent has no kind of its own.
    let whole = !matches!(y, Num::Int(n) if *n < 0) && d.fract() == 0.0;
    Ok(match d {
        d if whole && d >= f64::from(i32::MIN) && d <= f64::from(i32::MAX) => Value::Int(d as i32),
        d if whole && d.abs() < 9.2e18 => Value::Long(d as i64),
        d => Value::Double(d),
    })
}

/// Shifts and bit operators.
pub fn bits(op: BinOp, a: &Value, b: &Value) -> R<Option<Value>> {
    if let (Value::Bool(x), Value::Bool(y)) = (a, b) {
        return Ok(Some(Value::Bool(match op {
            BinOp::BitAnd => x & y,
            BinOp::BitOr => x | y,
            BinOp::BitXor => x ^ y,
            _ => return Ok(None),
        })));
    }
    let (Some(x), Some(y)) = (num(a), num(b)) else { return Ok(None) };
    let shift = matches!(op, BinOp::Shl | BinOp::Shr | BinOp::UShr);
    Ok(Some(match (&x, &y) {
        (Num::Int(i), _) if shift => {
            let n = to_i64(b).unwrap_or(0) as u32 & 31;
            Value::Int(match op {
                BinOp::Shl => i << n,
                BinOp::Shr => i >> n,
                _ => ((*i as u32) >> n) as i32,
            })
        }
        (Num::Long(i), _) if shift => {
            let n = to_i64(b).unwrap_or(0) as u32 & 63;
            Value::Long(match op {
                BinOp::Shl => i << n,
                BinOp::Shr => i >> n,
                _ => ((*i as u64) >> n) as i64,
            })
        }
        (Num::Int(i), Num::Int(j)) => Value::Int(match op {
            BinOp::BitAnd => i & j,
            BinOp::BitOr => i | j,
            _ => i ^ j,
        }),
        (Num::Big(i), _) | (_, Num::Big(i)) if !shift => {
            let _ = i;
            let (i, j) = (to_big(a).unwrap_or_default(), to_big(b).unwrap_or_default());
            Value::BigInt(Rc::new(match op {
                BinOp::BitAnd => i & j,
                BinOp::BitOr => i | j,
                _ => i ^ j,
            }))
        }
        (Num::Int(_) | Num::Long(_), Num::Int(_) | Num::Long(_)) => {
            let (i, j) = (to_i64(a).unwrap_or(0), to_i64(b).unwrap_or(0));
            Value::Long(match op {
                BinOp::BitAnd => i & j,
                BinOp::BitOr => i | j,
                _ => i ^ j,
            })
        }
        _ => return Ok(None),
    }))
}

/// The order of two numbers.
pub fn compare_numbers(a: &Value, b: &Value) -> Option<Ordering> {
    match (num(a)?, num(b)?) {
        (Num::Int(x), Num::Int(y)) => Some(x.cmp(&y)),
        (Num::Double(_), _) | (_, Num::Double(_)) => Some(to_f64(a)?.total_cmp(&to_f64(b)?)),
        (Num::Dec(_), _) | (_, Num::Dec(_)) => Some(to_dec(a)?.cmp(&to_dec(b)?)),
        (Num::Big(_), _) | (_, Num::Big(_)) => Some(to_big(a)?.cmp(&to_big(b)?)),
        _ => Some(to_i64(a)?.cmp(&to_i64(b)?)),
    }
}

/// The negative of a number.
pub fn negate(v: &Value) -> R {
    Ok(match v {
        Value::Int(n) => Value::Int(n.wrapping_neg()),
        Value::Long(n) => Value::Long(n.wrapping_neg()),
        Value::BigInt(n) => Value::BigInt(Rc::new(-(**n).clone())),
        Value::Dec(n) => Value::dec(-(**n).clone()),
        Value::Double(d) => Value::Double(-d),
        Value::Float(d) => Value::Float(-d),
        Value::Byte(n) => Value::Int(-i32::from(*n)),
        Value::Short(n) => Value::Int(-i32::from(*n)),
        Value::Null => return Err(null_pointer("Cannot invoke method negative() on null object")),
        v => return Err(crate::error::no_method(v, "negative", &[])),
    })
}
