//! Numbers: exact decimals, and doubles written the way XPath writes them.

use std::cmp::Ordering;
use std::fmt;

/// Digits after the point that a division or product keeps.
pub const KEPT: u32 = 18;

/// An exact decimal: `digits / 10^scale`, always without trailing zeros after the point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal {
    digits: i128,
    scale: u32,
}

impl Decimal {
    pub const ZERO: Decimal = Decimal { digits: 0, scale: 0 };

    pub fn new(digits: i128, scale: u32) -> Self {
        let mut d = Decimal { digits, scale };
        while d.scale > 0 && d.digits % 10 == 0 {
            d.digits /= 10;
            d.scale -= 1;
        }
        d
    }

    pub fn of_int(n: i64) -> Self {
        Decimal { digits: i128::from(n), scale: 0 }
    }

    /// The decimal nearest to a double; `None` if it is too large or no number.
    pub fn of_double(n: f64) -> Option<Self> {
        if !n.is_finite() || n.abs() >= 1e20 {
            return None;
        }
        let text = n.to_string();
        let cut = text.find('.').map_or(text.len(), |point| (point + 1 + KEPT as usize).min(text.len()));
        Self::parse(&text[..cut])
    }

    /// Reads `-12.50`, `.5`, `7.`; no exponent. `None` if it is none or has too many digits.
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, rest) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let (whole, part) = rest.split_once('.').unwrap_or((rest, ""));
        if whole.is_empty() && part.is_empty() {
            return None;
        }
        let part = part.trim_end_matches('0');
        let kept = part.get(..part.len().min(KEPT as usize))?;
        if !part.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let mut digits: i128 = 0;
        for b in whole.bytes().chain(kept.bytes()) {
            if !b.is_ascii_digit() {
                return None;
            }
            digits = digits.checked_mul(10)?.checked_add(i128::from(b - b'0'))?;
        }
        let scale = u32::try_from(kept.len()).ok()?;
        Some(Decimal::new(if negative { -digits } else { digits }, scale))
    }

    pub fn to_f64(self) -> f64 {
        self.to_string().parse().unwrap_or(f64::NAN)
    }

    pub fn to_int(self) -> Option<i64> {
        i64::try_from(self.digits / pow10(self.scale)?).ok()
    }

    pub fn is_zero(self) -> bool {
        self.digits == 0
    }

    pub fn is_negative(self) -> bool {
        self.digits < 0
    }

    pub fn negate(self) -> Self {
        Decimal { digits: self.digits.saturating_neg(), scale: self.scale }
    }

    fn aligned(self, other: Self) -> Option<(i128, i128, u32)> {
        let scale = self.scale.max(other.scale);
        let left = self.digits.checked_mul(pow10(scale - self.scale)?)?;
        let right = other.digits.checked_mul(pow10(scale - other.scale)?)?;
        Some((left, right, scale))
    }

    pub fn plus(self, other: Self) -> Option<Self> {
        let (a, b, scale) = self.aligned(other)?;
        Some(Decimal::new(a.checked_add(b)?, scale))
    }

    pub fn multiply(self, other: Self) -> Option<Self> {
        let product = Decimal::new(self.digits.checked_mul(other.digits)?, self.scale + other.scale);
        if product.scale > KEPT { product.round(i64::from(KEPT), Rounding::HalfUp) } else { Some(product) }
    }

    /// The quotient with up to 18 digits after the point; `None` for a division by zero or a result too large.
    pub fn divide(self, other: Self) -> Option<Self> {
        if other.digits == 0 {
            return None;
        }
        let exact = pow10(KEPT + other.scale - self.scale.min(KEPT + other.scale))
            .and_then(|p| self.digits.checked_mul(p))
            .and_then(|d| d.checked_div(other.digits))
            .map(|d| Decimal::new(d, KEPT));
        exact.or_else(|| Decimal::of_double(self.to_f64() / other.to_f64()))
    }

    /// The remainder, with the sign of the left side.
    pub fn modulo(self, other: Self) -> Option<Self> {
        let (a, b, scale) = self.aligned(other)?;
        Some(Decimal::new(a.checked_rem(b)?, scale))
    }

    /// The whole quotient.
    pub fn integer_divide(self, other: Self) -> Option<i64> {
        let (a, b, _) = self.aligned(other)?;
        i64::try_from(a.checked_div(b)?).ok()
    }

    /// Rounds to `places` digits after the point (negative: before it).
    pub fn round(self, places: i64, how: Rounding) -> Option<Self> {
        let drop = i64::from(self.scale) - places;
        if drop <= 0 {
            return Some(self);
        }
        let Some(unit) = u32::try_from(drop).ok().and_then(pow10) else {
            return Some(Decimal::ZERO);
        };
        let floor = self.digits.div_euclid(unit);
        let rest = self.digits.rem_euclid(unit);
        let up = match how {
            Rounding::Floor => false,
            Rounding::Ceiling => rest > 0,
            Rounding::HalfUp => rest >= unit - rest,
            Rounding::HalfEven => rest > unit - rest || (rest == unit - rest && floor % 2 != 0),
        };
        let rounded = floor + i128::from(up);
        if places >= 0 {
            return Some(Decimal::new(rounded, u32::try_from(places).ok()?));
        }
        let zeros = pow10(u32::try_from(-places).ok()?)?;
        Some(Decimal::new(rounded.checked_mul(zeros)?, 0))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    Floor,
    Ceiling,
    /// Halves go up, towards positive infinity.
    HalfUp,
    HalfEven,
}

fn pow10(exponent: u32) -> Option<i128> {
    10_i128.checked_pow(exponent)
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        match self.aligned(*other) {
            Some((a, b, _)) => Some(a.cmp(&b)),
            None => self.to_f64().partial_cmp(&other.to_f64()),
        }
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scale = self.scale as usize;
        let digits = format!("{:0>width$}", self.digits.unsigned_abs(), width = scale + 1);
        let (whole, part) = digits.split_at(digits.len() - scale);
        let sign = if self.digits < 0 { "-" } else { "" };
        if part.is_empty() { write!(f, "{sign}{whole}") } else { write!(f, "{sign}{whole}.{part}") }
    }
}

/// A double as XPath writes it: `1.5`, `3`, `1.0E6`, `NaN`, `INF`.
pub fn double_text(n: f64) -> String {
    if n.is_nan() {
        "NaN".to_owned()
    } else if n.is_infinite() {
        if n > 0.0 { "INF".to_owned() } else { "-INF".to_owned() }
    } else if n == 0.0 {
        if n.is_sign_negative() { "-0".to_owned() } else { "0".to_owned() }
    } else if (1e-6..1e6).contains(&n.abs()) {
        n.to_string()
    } else {
        let text = format!("{n:E}");
        match text.split_once('E') {
            Some((mantissa, exponent)) if !mantissa.contains('.') => format!("{mantissa}.0E{exponent}"),
            _ => text,
        }
    }
}

/// Reads a double as XPath does; `None` if the text is none.
pub fn parse_double(text: &str) -> Option<f64> {
    let text = trim(text);
    match text {
        "INF" | "+INF" => Some(f64::INFINITY),
        "-INF" => Some(f64::NEG_INFINITY),
        "NaN" => Some(f64::NAN),
        _ if text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-')) => {
            text.parse().ok()
        }
        _ => None,
    }
}

/// The text without the blanks of XML at both ends.
pub fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t', '\r', '\n'])
}
