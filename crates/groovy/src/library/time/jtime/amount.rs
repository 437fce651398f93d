//! `Duration`, `Period`, and the enums of `java.time`.
use super::enums::FIELD_TEXTS;
pub(crate) use super::enums::{DAYS, FIELDS, MONTHS, NANOS, UNIT_TEXTS, UNITS, enum_of};
use super::{Kind, Temporal, date_time, out_of_range, temporal};
use crate::error::throw;
use crate::gdk::int;
use crate::interp::Interpreter;
use crate::library::support::constant;
use crate::value::{HostObject, R, Thrown, Value};
use jiff::civil::Date;
use std::any::Any;

/// A class has not this field.
pub(crate) fn no_field(f: usize) -> Thrown {
    throw(
        "java.time.temporal.UnsupportedTemporalTypeException",
        format!("Unsupported field: {}", FIELD_TEXTS.get(f).copied().unwrap_or("")),
    )
}

/// Whether a field may have a value.
pub(crate) fn check_field(f: usize, v: i64) -> R<()> {
    let (lo, hi) = match f {
        0 => (0, 999_999_999),
        1 => (0, 86_399_999_999_999),
        2 => (0, 999_999),
        4 => (0, 999),
        5 => (0, 86_399_999),
        6 | 8 => (0, 59),
        7 => (0, 86_399),
        9 => (0, 1439),
        10 => (0, 11),
        11 => (1, 12),
        12 => (0, 23),
        13 => (1, 24),
        14 => (0, 1),
        15..=17 => (1, 7),
        18 => (1, 31),
        19 => (1, 366),
        23 => (1, 12),
        25 | 26 => (-999_999_999, 999_999_999),
        29 => (-64800, 64800),
        _ => return Ok(()),
    };
    if (lo..=hi).contains(&v) {
        return Ok(());
    }
    let shown = match f {
        18 => "1 - 28/31".into(),
        19 => "1 - 365/366".into(),
        _ => format!("{lo} - {hi}"),
    };
    Err(date_time(format!("Invalid value for {} (valid values {shown}): {v}", FIELD_TEXTS[f.min(29)])))
}

/// A date of its parts.
pub(crate) fn make_date(y: i64, m: i64, d: i64) -> R<Date> {
    check_field(26, y)?;
    check_field(23, m)?;
    check_field(18, d)?;
    let first = Date::new(i16::try_from(y).map_err(|_| out_of_range())?, m as i8, 1).map_err(|_| out_of_range())?;
    if d > i64::from(first.days_in_month()) {
        return Err(date_time(if d == 29 {
            format!("Invalid date 'February 29' as '{y}' is not a leap year")
        } else {
            format!("Invalid date '{} {d}'", MONTHS.names[m as usize - 1])
        }));
    }
    first.with().day(d as i8).build().map_err(|_| out_of_range())
}

/// `Duration` in nanoseconds, `Period` in years, months and days.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Amount {
    Duration(i128),
    Period(i64, i64, i64),
}

impl Amount {
    /// What an argument means.
    pub(crate) fn of(v: Option<&Value>) -> Option<Amount> {
        v?.downcast::<Amount>().copied()
    }
    /// `t` plus or minus this.
    pub(crate) fn add_to(self, t: &Temporal, minus: bool) -> R<Temporal> {
        let s = if minus { -1 } else { 1 };
        match self {
            Amount::Period(y, m, d) => {
                let mut t = t.clone();
                let months = y.saturating_mul(12).saturating_add(m);
                if months != 0 {
                    t = t.plus(9, months.saturating_mul(s))?;
                }
                if d != 0 { t.plus(7, d.saturating_mul(s)) } else { Ok(t) }
            }
            Amount::Duration(n) => {
                let secs = i64::try_from(n / NANOS[3]).map_err(|_| out_of_range())?;
                let t = t.plus(3, secs * s)?;
                t.plus(0, (n % NANOS[3]) as i64 * s)
            }
        }
    }
    fn times(self, n: i64) -> R<Amount> {
        Ok(match self {
            Amount::Duration(d) => {
                Amount::Duration(d.checked_mul(n.into()).filter(|d| d.unsigned_abs() < 1 << 100).ok_or_else(overflow)?)
            }
            Amount::Period(y, m, d) => Amount::Period(y.saturating_mul(n), m.saturating_mul(n), d.saturating_mul(n)),
        })
    }
    /// Reads `PT1H` or `P1Y2M`.
    pub(crate) fn parse(s: &str, duration: bool) -> R<Amount> {
        let bad = || {
            let what = if duration { "Duration" } else { "Period" };
            throw("java.time.format.DateTimeParseException", format!("Text cannot be parsed to a {what}"))
        };
        let (sign, rest) = match s.strip_prefix('-') {
            Some(r) => (-1, r),
            None => (1, s.strip_prefix('+').unwrap_or(s)),
        };
        let mut rest = rest.strip_prefix(['P', 'p']).ok_or_else(bad)?;
        let (mut nanos, mut ymd, mut clock, mut any) = (0i128, [0i64; 3], false, false);
        while !rest.is_empty() {
            if let Some(r) = rest.strip_prefix(['T', 't']).filter(|r| duration && !clock && !r.is_empty()) {
                rest = r;
                clock = true;
            }
            let end = rest.find(|c: char| c.is_ascii_alphabetic()).ok_or_else(bad)?;
            let (number, unit) = (&rest[..end], rest[end..=end].to_ascii_uppercase());
            rest = &rest[end + 1..];
            any = true;
            let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
            if number.len() > 18 || fraction.len() > 9 || !fraction.is_empty() && unit != "S" {
                return Err(bad());
            }
            let n: i64 = whole.parse().map_err(|_| bad())?;
            let n = n.clamp(-(1 << 53), 1 << 53);
            match (unit.as_str(), clock) {
                ("Y", false) if !duration => ymd[0] = ymd[0].saturating_add(n),
                ("M", false) if !duration => ymd[1] = ymd[1].saturating_add(n),
                ("W", false) if !duration => ymd[2] = ymd[2].saturating_add(n.saturating_mul(7)),
                ("D", false) if !duration => ymd[2] = ymd[2].saturating_add(n),
                ("D", false) => nanos += i128::from(n) * NANOS[7],
                ("H", true) => nanos += i128::from(n) * NANOS[5],
                ("M", true) => nanos += i128::from(n) * NANOS[4],
                ("S", true) => {
                    let f: i128 = format!("{fraction:0<9}").parse().map_err(|_| bad())?;
                    nanos += i128::from(n) * NANOS[3] + if whole.starts_with('-') { -f } else { f };
                }
                _ => return Err(bad()),
            }
        }
        if !any {
            return Err(bad());
        }
        let sum = if duration { Amount::Duration(nanos) } else { Amount::Period(ymd[0], ymd[1], ymd[2]) };
        sum.times(sign)
    }
    /// The period between two dates.
    pub(crate) fn between(a: &Temporal, b: &Temporal) -> R<Amount> {
        let (a, b) = (a.to(Kind::LocalDate), b.to(Kind::LocalDate));
        let mut months = a.until(&b, 9)?;
        let mut days = a.plus(9, months)?.until(&b, 7)?;
        if months > 0 && days < 0 {
            months -= 1;
            days = a.plus(9, months)?.until(&b, 7)?;
        }
        Ok(Amount::Period(months / 12, months % 12, days))
    }
}

fn overflow() -> Thrown {
    throw("java.lang.ArithmeticException", "long overflow")
}

impl HostObject for Amount {
    fn class_name(&self) -> &str {
        match self {
            Amount::Duration(_) => "java.time.Duration",
            Amount::Period(..) => "java.time.Period",
        }
    }
    fn call_method(&self, _it: &mut Interpreter<'_>, this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        let object = |a: Amount| Value::object(a);
        let n = int(args.first());
        let long = |v: i128| Value::Long(v as i64);
        let other = Amount::of(args.first());
        if let (Some(t), "addTo" | "subtractFrom") = (args.first().and_then(temporal), name) {
            return self.add_to(t, name == "subtractFrom").map(|t| Some(Value::object(t)));
        }
        match name {
            "negated" | "unaryMinus" | "negative" => return self.times(-1).map(|a| Some(object(a))),
            "multipliedBy" | "multiply" => return self.times(n).map(|a| Some(object(a))),
            _ => {}
        }
        Ok(Some(match *self {
            Amount::Duration(d) => {
                let secs = d.div_euclid(NANOS[3]);
                let unit = |w: &str| {
                    ["Nanos", "", "Millis", "Seconds", "Minutes", "Hours", "", "Days"]
                        .iter()
                        .position(|u| *u == w && !w.is_empty())
                };
                match (name, args.len()) {
                    ("getSeconds" | "toSeconds", 0) => long(secs),
                    ("getNano", 0) => Value::Int(d.rem_euclid(NANOS[3]) as i32),
                    ("plus" | "minus", 1) => match other {
                        Some(Amount::Duration(o)) => {
                            object(Amount::Duration(if name == "plus" { d + o } else { d - o }))
                        }
                        _ => return Ok(None),
                    },
                    ("plus" | "minus", 2) => {
                        let Some(u) = constant(args.get(1), &UNITS).filter(|u| *u < 8) else { return Ok(None) };
                        let by = i128::from(n) * NANOS[u];
                        object(Amount::Duration(if name == "plus" { d + by } else { d - by }))
                    }
                    ("dividedBy" | "div", 1) => match other {
                        Some(Amount::Duration(o)) if o != 0 => long(d / o),
                        _ if n == 0 => return Err(crate::error::arithmetic("Cannot divide by zero")),
                        _ => object(Amount::Duration(d / i128::from(n))),
                    },
                    ("abs", 0) => object(Amount::Duration(d.abs())),
                    ("isZero", 0) => Value::Bool(d == 0),
                    ("isNegative", 0) => Value::Bool(d < 0),
                    ("compareTo", 1) => match other {
                        Some(Amount::Duration(o)) => Value::Int(d.cmp(&o) as i32),
                        _ => return Ok(None),
                    },
                    ("toHoursPart", 0) => Value::Int((d / NANOS[5] % 24) as i32),
                    ("toMinutesPart", 0) => Value::Int((d / NANOS[4] % 60) as i32),
                    ("toSecondsPart", 0) => Value::Int((secs % 60) as i32),
                    ("toMillisPart", 0) => Value::Int((d.rem_euclid(NANOS[3]) / NANOS[2]) as i32),
                    ("toDaysPart", 0) => long(d / NANOS[7]),
                    (m, k) => {
                        if let Some(u) = m.strip_prefix("plus").and_then(unit).filter(|_| k == 1) {
                            object(Amount::Duration(d + i128::from(n) * NANOS[u]))
                        } else if let Some(u) = m.strip_prefix("minus").and_then(unit).filter(|_| k == 1) {
                            object(Amount::Duration(d - i128::from(n) * NANOS[u]))
                        } else if let Some(u) = m.strip_prefix("to").and_then(unit).filter(|_| k == 0) {
                            long(if u == 3 { secs } else { d / NANOS[u] })
                        } else {
                            return Ok(None);
                        }
                    }
                }
            }
            Amount::Period(y, m, d) => {
                // Java counts them in 32 bits.
                let [y, m, d] = [y, m, d].map(|n| n.clamp(i32::MIN.into(), i32::MAX.into()));
                match (name, args.len()) {
                    ("getYears", 0) => Value::Int(y as i32),
                    ("getMonths", 0) => Value::Int(m as i32),
                    ("getDays", 0) => Value::Int(d as i32),
                    ("toTotalMonths", 0) => Value::Long(y * 12 + m),
                    ("isZero", 0) => Value::Bool((y, m, d) == (0, 0, 0)),
                    ("isNegative", 0) => Value::Bool(y < 0 || m < 0 || d < 0),
                    ("normalized", 0) => object(Amount::Period((y * 12 + m) / 12, (y * 12 + m) % 12, d)),
                    ("plusDays", 1) => object(Amount::Period(y, m, d.saturating_add(n))),
                    ("plusMonths", 1) => object(Amount::Period(y, m.saturating_add(n), d)),
                    ("plusYears", 1) => object(Amount::Period(y.saturating_add(n), m, d)),
                    ("plus" | "minus", 1) => match other {
                        Some(Amount::Period(a, b, c)) if name == "plus" => {
                            object(Amount::Period(y.saturating_add(a), m.saturating_add(b), d.saturating_add(c)))
                        }
                        Some(Amount::Period(a, b, c)) => {
                            object(Amount::Period(y.saturating_sub(a), m.saturating_sub(b), d.saturating_sub(c)))
                        }
                        _ => return Ok(None),
                    },
                    _ => {
                        let _ = this;
                        return Ok(None);
                    }
                }
            }
        }))
    }
    fn text(&self) -> String {
        match *self {
            Amount::Duration(0) => "PT0S".into(),
            Amount::Duration(d) => {
                let (h, m) = (d / NANOS[5], d / NANOS[4] % 60);
                let (s, n) = (d / NANOS[3] % 60, d % NANOS[3]);
                let mut out = String::from("PT");
                if h != 0 {
                    out.push_str(&format!("{h}H"));
                }
                if m != 0 {
                    out.push_str(&format!("{m}M"));
                }
                if s != 0 || n != 0 {
                    let sign = if d < 0 { "-" } else { "" };
                    out.push_str(&format!("{sign}{}", s.abs()));
                    if n != 0 {
                        out.push('.');
                        out.push_str(format!("{:09}", n.abs()).trim_end_matches('0'));
                    }
                    out.push('S');
                }
                out
            }
            Amount::Period(0, 0, 0) => "P0D".into(),
            Amount::Period(y, m, d) => {
                let part = |n: i64, u: char| if n == 0 { String::new() } else { format!("{n}{u}") };
                format!("P{}{}{}", part(y, 'Y'), part(m, 'M'), part(d, 'D'))
            }
        }
    }
    fn equal(&self, o: &Value) -> Option<bool> {
        Some(o.downcast::<Amount>() == Some(self))
    }
    fn compare(&self, o: &Value) -> Option<std::cmp::Ordering> {
        match (self, o.downcast::<Amount>()?) {
            (Amount::Duration(a), Amount::Duration(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}
