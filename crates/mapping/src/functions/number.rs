//! Numbers: exact decimals, and Java's `DecimalFormat`.

use bigdecimal::num_bigint::{BigInt, Sign};
use bigdecimal::{BigDecimal, One, RoundingMode, Signed, ToPrimitive, Zero};

use super::Arithmetic;
use super::single::shown;

/// Longest number, in characters, and its largest exponent.
const MAX_LENGTH: usize = 1_000;
const MAX_EXPONENT: i64 = 400;
/// Digits of quotients and roots.
const DIGITS: u64 = 16;

/// Reads a number.
pub(crate) fn parse(text: &str) -> Result<BigDecimal, String> {
    let trimmed = text.trim();
    let no = || format!("`{}` is no number", shown(text));
    if trimmed.len() > MAX_LENGTH || !trimmed.bytes().any(|b| b.is_ascii_digit()) {
        return Err(no());
    }
    if let Some((_, exponent)) = trimmed.split_once(['e', 'E'])
        && exponent.trim_start_matches('+').parse::<i64>().map_or(true, |e| e.abs() > MAX_EXPONENT)
    {
        return Err(no());
    }
    trimmed.trim_start_matches('+').parse().map_err(|_| no())
}

/// A number without an exponent, and without zeros at the end of its decimals.
pub(crate) fn plain(number: &BigDecimal) -> String {
    let number = number.normalized();
    if number.is_zero() {
        return "0".to_owned();
    }
    if number.fractional_digit_count() < 0 { number.with_scale(0) } else { number }.to_plain_string()
}

/// A quotient, exact or with sixteen digits.
pub(crate) fn divide(a: &BigDecimal, b: &BigDecimal) -> Result<BigDecimal, String> {
    if b.is_zero() {
        return Err("a division by zero".to_owned());
    }
    Ok((a / b).with_prec(DIGITS))
}

/// Calculates with the arguments.
pub(crate) fn arithmetic(
    kind: Arithmetic,
    arg: &dyn Fn(usize) -> Result<BigDecimal, String>,
) -> Result<String, String> {
    use Arithmetic as A;
    let a = arg(0)?;
    let whole = |mode: RoundingMode| a.with_scale_round(0, mode);
    let result = match kind {
        A::Add => a + arg(1)?,
        A::Sub => a - arg(1)?,
        A::Mul => a * arg(1)?,
        A::Div => divide(&a, &arg(1)?)?,
        A::Abs => a.abs(),
        A::Sqrt => a.sqrt().ok_or("the root of a negative number")?.with_prec(DIGITS),
        A::Square => a.square(),
        A::Sign if a.is_zero() => BigDecimal::zero(),
        A::Sign if a.is_negative() => -BigDecimal::one(),
        A::Sign => BigDecimal::one(),
        A::Negate => -a,
        A::Inverse => divide(&BigDecimal::one(), &a)?,
        A::Power => power(&a, &arg(1)?)?,
        A::Max => a.max(arg(1)?),
        A::Min => a.min(arg(1)?),
        A::Ceil => whole(RoundingMode::Ceiling),
        A::Floor => whole(RoundingMode::Floor),
        // Half up, as Java's `Math.round`: -2.5 becomes -2.
        A::Round => (a + BigDecimal::new(BigInt::from(5), 1)).with_scale_round(0, RoundingMode::Floor),
    };
    Ok(plain(&result))
}

fn power(base: &BigDecimal, exponent: &BigDecimal) -> Result<BigDecimal, String> {
    let whole = exponent.is_integer().then(|| exponent.to_i64()).flatten().filter(|e| e.abs() <= 64);
    match whole {
        Some(e) => {
            let power = (0..e.abs()).fold(BigDecimal::one(), |product, _| (product * base).with_prec(100));
            if e < 0 { divide(&BigDecimal::one(), &power) } else { Ok(power) }
        }
        None => {
            let float = |n: &BigDecimal| n.to_f64().unwrap_or(f64::NAN);
            let power = float(base).powf(float(exponent));
            BigDecimal::try_from(power).map(|p| p.with_prec(DIGITS)).map_err(|_| "the power is no number".to_owned())
        }
    }
}

/// A compiled number pattern such as `#,##0.00`.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct Format {
    prefix: String,
    suffix: String,
    /// Text around negative numbers, where the pattern says so.
    negative: Option<(String, String)>,
    least_whole: usize,
    least_decimals: usize,
    most_decimals: usize,
    group: usize,
    /// Hundredfold or thousandfold.
    shift: i64,
    separator: char,
}

impl Format {
    /// Compiles a pattern. `separator` stands before the decimals.
    pub(crate) fn parse(pattern: &str, separator: &str) -> Result<Format, String> {
        let separator = separator.trim().chars().next().unwrap_or('.');
        let mut parts = pattern.splitn(2, ';');
        let mut format = Self::part(parts.next().unwrap_or(""))
            .ok_or_else(|| format!("the number format `{}` cannot be read", shown(pattern)))?;
        format.negative = parts.next().and_then(Self::part).map(|n| (n.prefix, n.suffix));
        format.separator = separator;
        Ok(format)
    }

    fn part(pattern: &str) -> Option<Format> {
        if pattern.len() > 200 {
            return None;
        }
        let mut format = Format::default();
        let (mut digits, mut point, mut comma) = (false, false, None);
        let mut whole = 0_usize;
        let mut quoted = false;
        let mut after = false;
        for c in pattern.chars() {
            if c == '\'' {
                quoted = !quoted;
                continue;
            }
            match c {
                '0' | '#' if !quoted && !after => {
                    digits = true;
                    match (c, point) {
                        ('0', false) => format.least_whole += 1,
                        ('0', true) => {
                            format.most_decimals += 1;
                            format.least_decimals = format.most_decimals;
                        }
                        (_, true) => format.most_decimals += 1,
                        _ if format.least_whole > 0 => return None,
                        _ => {}
                    }
                    if !point {
                        whole += 1;
                    }
                }
                ',' if !quoted && digits && !point && !after => comma = Some(whole),
                '.' if !quoted && !point && !after => (point, digits) = (true, true),
                'E' if !quoted && digits && !after => return None,
                c => {
                    after = digits;
                    format.shift = match c {
                        '%' if !quoted => 2,
                        '\u{2030}' if !quoted => 3,
                        _ => format.shift,
                    };
                    if after { &mut format.suffix } else { &mut format.prefix }.push(c);
                }
            }
        }
        format.group = comma.map_or(0, |at| whole - at);
        if format.least_whole == 0 && format.most_decimals == 0 && digits {
            format.least_whole = 1;
        }
        (digits || pattern.is_empty()).then_some(format)
    }

    /// Writes a number.
    pub(crate) fn write(&self, number: &BigDecimal) -> Result<String, String> {
        let number = if self.shift == 0 {
            number.clone()
        } else {
            number * BigDecimal::new(BigInt::from(10_u32.pow(u32::try_from(self.shift).unwrap_or(0))), 0)
        };
        let decimals = i64::try_from(self.most_decimals).map_err(|_| "the number format is too long".to_owned())?;
        let rounded = number.with_scale_round(decimals, RoundingMode::HalfEven);
        let (value, scale) = rounded.as_bigint_and_exponent();
        let negative = value.sign() == Sign::Minus;
        let mut all = value.magnitude().to_string();
        let scale = usize::try_from(scale).unwrap_or(0);
        if all.len() <= scale {
            all.insert_str(0, &"0".repeat(scale + 1 - all.len()));
        }
        let (whole, rest) = all.split_at(all.len() - scale);
        let mut rest = rest.to_owned();
        while rest.len() > self.least_decimals && rest.ends_with('0') {
            rest.pop();
        }
        let whole = whole.trim_start_matches('0');
        let mut whole = format!("{}{whole}", "0".repeat(self.least_whole.saturating_sub(whole.len())));
        if self.group > 0 {
            whole = grouped(&whole, self.group);
        }
        let mut text = match (&self.negative, negative) {
            (Some((prefix, _)), true) => prefix.clone(),
            (None, true) => format!("-{}", self.prefix),
            _ => self.prefix.clone(),
        };
        text.push_str(&whole);
        if !rest.is_empty() {
            text.push(self.separator);
            text.push_str(&rest);
        }
        match (&self.negative, negative) {
            (Some((_, suffix)), true) => text.push_str(suffix),
            _ => text.push_str(&self.suffix),
        }
        Ok(text)
    }
}

fn grouped(digits: &str, size: usize) -> String {
    let mut text = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(size) {
            text.push(',');
        }
        text.push(c);
    }
    text
}
