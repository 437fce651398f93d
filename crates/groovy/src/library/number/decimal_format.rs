//! `DecimalFormat` and `NumberFormat`.
use super::decimal::mode;
use crate::error::{illegal, throw};
use crate::gdk::int;
use crate::interp::Interpreter;
use crate::library::time::locale::Locale;
use crate::ops;
use crate::text::text;
use crate::value::{HostObject, R, Value};
use bigdecimal::num_traits::{Signed, ToPrimitive, Zero};
use bigdecimal::{BigDecimal, RoundingMode};
use std::any::Any;
use std::cell::{Cell, RefCell};

/// What a pattern says.
#[derive(Clone, Default)]
struct Pattern {
    prefix: String,
    suffix: String,
    negative: Option<(String, String)>,
    group: usize,
    least_whole: usize,
    most_whole: usize,
    least_fraction: usize,
    most_fraction: usize,
    exponent: Option<usize>,
    /// 0, 2 for percent, 3 for per mille.
    shift: i64,
    /// The point is shown even without decimals.
    point: bool,
}

struct Format {
    p: RefCell<Pattern>,
    source: RefCell<String>,
    signs: RefCell<(char, char)>,
    currency: String,
    rounding: Cell<Option<RoundingMode>>,
    grouping: Cell<bool>,
    whole_only: Cell<bool>,
    decimals: Cell<bool>,
}

/// `DecimalFormatSymbols`.
struct Symbols(RefCell<(char, char)>);

/// `new DecimalFormatSymbols(locale)`.
pub(super) fn symbols(args: &[Value]) -> Value {
    let l = Locale::of(args.first()).unwrap_or_else(Locale::default);
    Value::object(Symbols(RefCell::new(l.signs())))
}

fn affix(c: &mut std::iter::Peekable<std::str::Chars<'_>>, p: &mut Pattern, currency: &str) -> String {
    let mut out = String::new();
    while let Some(x) = c.peek().copied() {
        match x {
            '#' | '0' | ',' | '.' | ';' => break,
            '\'' => {
                c.next();
                if c.peek() == Some(&'\'') {
                    out.push('\'');
                    c.next();
                    continue;
                }
                for x in c.by_ref() {
                    if x == '\'' {
                        break;
                    }
                    out.push(x);
                }
                continue;
            }
            '%' => {
                p.shift = 2;
                out.push('%');
            }
            '\u{2030}' => {
                p.shift = 3;
                out.push(x);
            }
            '\u{a4}' => out.push_str(currency),
            x => out.push(x),
        }
        c.next();
    }
    out
}

fn pattern(s: &str, currency: &str) -> R<Pattern> {
    let bad = |why: &str| illegal(format!("{why} in pattern \"{s}\""));
    if s.len() > 1000 {
        return Err(illegal("the pattern is too long"));
    }
    let mut p = Pattern::default();
    let mut c = s.chars().peekable();
    p.prefix = affix(&mut c, &mut p, currency);
    let (mut whole_zero, mut hash, mut fraction, mut since, mut seen) = (0, 0, None, None, false);
    while let Some(x) = c.peek().copied() {
        match (x, &mut fraction) {
            ('#', None) if whole_zero > 0 => return Err(illegal(format!("Unexpected '0' in pattern \"{s}\""))),
            ('#', None) => hash += 1,
            ('0', None) => whole_zero += 1,
            ('0', Some((z, h))) => {
                if *h > 0 {
                    return Err(bad("Unexpected '0'"));
                }
                *z += 1;
            }
            ('#', Some((_, h))) => *h += 1,
            (',', None) => {
                since = Some(0);
                c.next();
                continue;
            }
            ('.', None) => fraction = Some((0, 0)),
            ('.', Some(_)) => return Err(bad("Multiple decimal separators")),
            _ => break,
        }
        seen = true;
        if fraction.is_none()
            && let Some(n) = &mut since
        {
            *n += 1;
        }
        c.next();
    }
    if c.peek() == Some(&'E') {
        c.next();
        let mut n = 0;
        while c.peek() == Some(&'0') {
            n += 1;
            c.next();
        }
        if n == 0 {
            return Err(bad("Malformed exponential pattern"));
        }
        p.exponent = Some(n);
    }
    p.suffix = affix(&mut c, &mut p, currency);
    if c.peek() == Some(&';') {
        c.next();
        let mut q = Pattern::default();
        let pre = affix(&mut c, &mut q, currency);
        while c.peek().is_some_and(|x| "#0,.E".contains(*x)) {
            c.next();
        }
        p.negative = Some((pre, affix(&mut c, &mut q, currency)));
    }
    p.group = since.unwrap_or(0);
    let (z, h) = fraction.unwrap_or((0, 0));
    p.least_whole = whole_zero;
    // Without zeros there is one whole digit at least, or one decimal.
    let (mut z, mut h) = (z, h);
    if whole_zero == 0 && z == 0 && hash > 0 {
        p.least_whole = 1;
    } else if whole_zero == 0 && z == 0 && h > 0 {
        z = 1;
        h -= 1;
    }
    if fraction.is_none() && !seen {
        p.least_fraction = 0;
        p.most_fraction = 340;
    } else {
        p.least_fraction = z;
        p.most_fraction = z + h;
    }
    p.point = fraction.is_some() && z + h == 0;
    p.most_whole = hash + whole_zero;
    Ok(p)
}

fn object(p: &str, locale: &Locale) -> R {
    let currency = match locale.country.as_str() {
        "US" => "$",
        "GB" => "£",
        "DE" | "FR" | "IT" | "ES" | "AT" => "€",
        _ => "¤",
    };
    Ok(Value::object(Format {
        p: RefCell::new(pattern(p, currency)?),
        source: RefCell::new(p.into()),
        signs: RefCell::new(locale.signs()),
        currency: currency.into(),
        rounding: Cell::new(Some(RoundingMode::HalfEven)),
        grouping: Cell::new(p.contains(',')),
        whole_only: Cell::new(false),
        decimals: Cell::new(false),
    }))
}

/// `new DecimalFormat(…)`.
pub(super) fn construct(args: &[Value]) -> R<Option<Value>> {
    let v = object(&args.first().map_or("#,##0.###".into(), text), &Locale::default())?;
    if let (Some(f), Some(s)) = (v.downcast::<Format>(), args.get(1).and_then(|s| s.downcast::<Symbols>())) {
        f.signs.replace(*s.0.borrow());
    }
    Ok(Some(v))
}

/// `NumberFormat.getInstance(…)` and its like.
pub(super) fn call_static(name: &str, args: &[Value]) -> R<Option<Value>> {
    let l = Locale::of(args.first()).unwrap_or_else(Locale::default);
    let before = !matches!(l.language.as_str(), "de" | "fr" | "es" | "it");
    let v = match name {
        "getInstance" | "getNumberInstance" => object("#,##0.###", &l)?,
        "getIntegerInstance" => {
            let v = object("#,##0", &l)?;
            if let Some(f) = v.downcast::<Format>() {
                f.whole_only.set(true);
            }
            v
        }
        "getPercentInstance" => object("#,##0%", &l)?,
        "getCurrencyInstance" if before => object("¤#,##0.00;(¤#,##0.00)", &l)?,
        "getCurrencyInstance" => object("#,##0.00 ¤;-#,##0.00 ¤", &l)?,
        _ => return Ok(None),
    };
    Ok(Some(v))
}

fn grouped(whole: &str, n: usize, sign: char) -> String {
    if n == 0 {
        return whole.into();
    }
    let mut out = String::new();
    for (i, c) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(n) {
            out.push(sign);
        }
        out.push(c);
    }
    out
}

impl Format {
    fn print(&self, v: &Value) -> R<String> {
        let p = self.p.borrow();
        let (point, group) = *self.signs.borrow();
        let d = match v {
            Value::Double(x) if !x.is_finite() => {
                return Ok(if x.is_nan() {
                    "\u{fffd}".into()
                } else {
                    format!("{}{}\u{221e}{}", if *x < 0.0 { "-" } else { "" }, p.prefix, p.suffix)
                });
            }
            Value::Double(x) => BigDecimal::try_from(*x).ok(),
            Value::Float(x) => BigDecimal::try_from(f64::from(*x)).ok(),
            v if ops::is_number(v) => ops::to_dec(v),
            _ => None,
        };
        let Some(d) = d else { return Err(illegal("Cannot format given Object as a Number")) };
        if d.fractional_digit_count().abs() > 20_000 {
            return Err(illegal("the number is too large"));
        }
        let (n, s) = d.as_bigint_and_exponent();
        let d = BigDecimal::new(n, s - p.shift);
        let negative = d.is_negative() || matches!(v, Value::Double(x) if x.is_sign_negative() && *x == 0.0);
        let d = d.abs();
        let body = match p.exponent {
            Some(width) => self.scientific(&d, &p, width, point)?,
            None => {
                let mode = if negative { flip(self.rounding.get()) } else { self.rounding.get() };
                let r = super::decimal::set_scale(&d, p.most_fraction as i64, mode)?;
                let t = super::decimal::plain_text(&r);
                let (whole, frac) = t.split_once('.').unwrap_or((&t, ""));
                let mut frac = frac.to_string();
                while frac.len() > p.least_fraction && frac.ends_with('0') {
                    frac.pop();
                }
                let whole = whole.trim_start_matches('0');
                let mut whole = format!("{whole:0>w$}", w = p.least_whole);
                if whole.is_empty() && frac.is_empty() {
                    whole.push('0');
                }
                let whole = grouped(&whole, if self.grouping.get() { p.group } else { 0 }, group);
                let dot = !frac.is_empty() || p.point || self.decimals.get();
                if dot { format!("{whole}{point}{frac}") } else { whole }
            }
        };
        Ok(match (&p.negative, negative) {
            (Some((a, b)), true) => format!("{a}{body}{b}"),
            (None, true) => format!("-{}{body}{}", p.prefix, p.suffix),
            _ => format!("{}{body}{}", p.prefix, p.suffix),
        })
    }
    fn scientific(&self, d: &BigDecimal, p: &Pattern, width: usize, point: char) -> R<String> {
        let digits = p.least_whole.max(1) as i64;
        let (n, s) = d.as_bigint_and_exponent();
        let len = n.magnitude().to_string().len() as i64;
        let exp = if d.is_zero() {
            0
        } else if p.most_whole > p.least_whole && p.most_whole > 1 {
            (len - s - 1).div_euclid(p.most_whole as i64) * p.most_whole as i64
        } else {
            len - s - digits
        };
        let m = BigDecimal::new(n, s + exp);
        let most = if p.most_whole > p.least_whole && p.most_whole > 1 {
            (p.most_whole + p.most_fraction) as i64 - (len - s - exp)
        } else {
            p.most_fraction as i64
        };
        let m = super::decimal::set_scale(&m, most.max(0), self.rounding.get())?;
        let t = super::decimal::plain_text(&m);
        let (whole, frac) = t.split_once('.').unwrap_or((&t, ""));
        let mut frac = frac.to_string();
        while frac.len() > p.least_fraction && frac.ends_with('0') {
            frac.pop();
        }
        let e = format!("{}{:0>width$}", if exp < 0 { "-" } else { "" }, exp.abs());
        Ok(if frac.is_empty() { format!("{whole}E{e}") } else { format!("{whole}{point}{frac}E{e}") })
    }
    fn parse(&self, s: &str) -> R {
        let p = self.p.borrow();
        let (point, group) = *self.signs.borrow();
        let bad = || throw("java.text.ParseException", format!("Unparseable number: \"{s}\""));
        let (mut rest, mut minus) = (s, false);
        if let Some((a, _)) = p.negative.as_ref().filter(|n| !n.0.is_empty() && s.starts_with(&n.0)) {
            minus = true;
            rest = &rest[a.len()..];
        } else if let Some(r) = rest.strip_prefix('-') {
            minus = true;
            rest = r;
        }
        rest = rest.strip_prefix(p.prefix.as_str()).ok_or_else(bad)?;
        let (mut t, mut dot) = (String::new(), false);
        for c in rest.chars().take(1000) {
            match c {
                '0'..='9' => t.push(c),
                c if c == point && !dot && !self.whole_only.get() => {
                    t.push('.');
                    dot = true;
                }
                c if c == group && !dot && self.grouping.get() => {}
                'E' if t.chars().any(|c| c.is_ascii_digit()) && !t.contains('E') => t.push('E'),
                '-' if t.ends_with('E') => t.push('-'),
                _ => break,
            }
        }
        let t = t.trim_end_matches(['E', '-']).trim_end_matches('.');
        let d = ops::parse_decimal(&format!("{}{t}", if t.starts_with('.') { "0" } else { "" })).ok_or_else(bad)?;
        let (n, sc) = d.as_bigint_and_exponent();
        let d = BigDecimal::new(if minus { -n } else { n }, sc + p.shift);
        if self.decimals.get() {
            return Ok(Value::dec(d));
        }
        if d.is_integer()
            && let Some(i) = d.to_i64()
        {
            return Ok(Value::Long(i));
        }
        Ok(Value::Double(ops::to_f64(&Value::dec(d)).unwrap_or(0.0)))
    }
}

fn flip(m: Option<RoundingMode>) -> Option<RoundingMode> {
    match m {
        Some(RoundingMode::Ceiling) => Some(RoundingMode::Floor),
        Some(RoundingMode::Floor) => Some(RoundingMode::Ceiling),
        m => m,
    }
}

impl HostObject for Format {
    fn class_name(&self) -> &str {
        "java.text.DecimalFormat"
    }
    fn call_method(&self, _it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        let n = int(args.first()).clamp(0, 400) as usize;
        let yes = args.first().is_some_and(ops::truth);
        Ok(Some(match (name, args) {
            ("format", [v, ..]) => Value::str(self.print(v)?),
            ("parse", [s, ..]) => self.parse(&text(s))?,
            ("setParseBigDecimal", [_]) => {
                self.decimals.set(yes);
                Value::Null
            }
            ("setMaximumFractionDigits", [_]) => {
                let mut p = self.p.borrow_mut();
                p.most_fraction = n;
                p.least_fraction = p.least_fraction.min(n);
                Value::Null
            }
            ("setMinimumFractionDigits", [_]) => {
                let mut p = self.p.borrow_mut();
                p.least_fraction = n;
                p.most_fraction = p.most_fraction.max(n);
                Value::Null
            }
            ("setMinimumIntegerDigits", [_]) => {
                self.p.borrow_mut().least_whole = n;
                Value::Null
            }
            (
                "setMaximumIntegerDigits" | "setCurrency" | "setNegativePrefix" | "setDecimalSeparatorAlwaysShown",
                [_],
            ) => Value::Null,
            ("getMaximumFractionDigits", []) => Value::Int(self.p.borrow().most_fraction as i32),
            ("getMinimumFractionDigits", []) => Value::Int(self.p.borrow().least_fraction as i32),
            ("setGroupingUsed", [_]) => {
                self.grouping.set(yes);
                Value::Null
            }
            ("setGroupingSize", [_]) => {
                self.p.borrow_mut().group = n;
                Value::Null
            }
            ("isGroupingUsed", []) => Value::Bool(self.grouping.get()),
            ("setParseIntegerOnly", [_]) => {
                self.whole_only.set(yes);
                Value::Null
            }
            ("setRoundingMode", [m]) => {
                self.rounding.set(mode(Some(m)).unwrap_or(Some(RoundingMode::HalfEven)));
                Value::Null
            }
            ("setDecimalFormatSymbols", [s]) => {
                if let Some(s) = s.downcast::<Symbols>() {
                    self.signs.replace(*s.0.borrow());
                }
                Value::Null
            }
            ("getDecimalFormatSymbols", []) => Value::object(Symbols(self.signs.clone())),
            ("applyPattern", [s]) => {
                let s = text(s);
                self.p.replace(pattern(&s, &self.currency)?);
                self.grouping.set(s.contains(','));
                self.source.replace(s);
                Value::Null
            }
            ("toPattern", []) => Value::str(&*self.source.borrow()),
            _ => return Ok(None),
        }))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl HostObject for Symbols {
    fn class_name(&self) -> &str {
        "java.text.DecimalFormatSymbols"
    }
    fn call_method(&self, _it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        let c = args.first().map(text).and_then(|s| s.chars().next());
        Ok(Some(match (name, c) {
            ("getDecimalSeparator", None) => Value::Char(self.0.borrow().0),
            ("getGroupingSeparator", None) => Value::Char(self.0.borrow().1),
            ("setDecimalSeparator" | "setMonetaryDecimalSeparator", Some(c)) => {
                self.0.borrow_mut().0 = c;
                Value::Null
            }
            ("setGroupingSeparator", Some(c)) => {
                self.0.borrow_mut().1 = c;
                Value::Null
            }
            (n, Some(_)) if n.starts_with("set") => Value::Null,
            _ => return Ok(None),
        }))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}
