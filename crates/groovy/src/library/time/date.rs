//! `java.util.Date` with what Groovy adds to it.
use super::calendar;
use super::locale::Locale;
use super::pattern::{DAY, LETTERS, parts, print, zoned};
use super::zone::{Zone, zone, zone_of};
use crate::gdk::int;
use crate::interp::Interpreter;
use crate::ops;
use crate::text::text;
use crate::value::{HostObject, R, Value};
use std::any::Any;
use std::cell::Cell;

/// `java.util.Date`, `java.sql.Timestamp`, `java.sql.Date`.
pub(crate) struct Date(pub(crate) Cell<i64>, pub(crate) &'static str);

/// A date.
pub(crate) fn date(millis: i64) -> Value {
    Value::object(Date(Cell::new(millis), "java.util.Date"))
}

/// Prints with a pattern.
pub(crate) fn format(millis: i64, pattern: &str, z: &Zone) -> R<String> {
    Ok(print(&parts(pattern, LETTERS)?, &zoned(millis, z)?, z, &Locale::default()))
}

/// A date and time of which any part may lie outside its range.
pub(crate) fn lenient(y: i64, month0: i64, d: i64, h: i64, m: i64, s: i64, z: &Zone) -> R<i64> {
    let bad = || crate::error::illegal("the date is out of range");
    let days = calendar::days_from(y, month0, d).ok_or_else(bad)?;
    calendar::local_to_millis(days, h, m, s, 0, z).ok_or_else(bad)
}

/// `new Date(…)`.
pub(super) fn construct(it: &mut Interpreter<'_>, class: &str, args: &[Value]) -> R<Option<Value>> {
    let own = zone(&it.host.time_zone());
    let millis = match args {
        [] => it.host.now_millis(),
        [v] if ops::is_number(v) => int(Some(v)),
        [v] if crate::library::support::is_text(v) => {
            let t = text(v);
            // What is 70 or more before the first stroke is a year.
            let year_first = t.split_once('/').is_some_and(|x| x.0.trim().parse::<u32>().is_ok_and(|n| n >= 70));
            let by_strokes: &[&str] =
                if year_first { &["yy/MM/dd HH:mm:ss", "yy/MM/dd"] } else { &["MM/dd/yy HH:mm:ss", "MM/dd/yy"] };
            [
                "EEE MMM dd HH:mm:ss z yyyy",
                "EEE, dd MMM yyyy HH:mm:ss z",
                "d MMM yyyy HH:mm:ss",
                "d MMM yyyy",
                "MMM d, yyyy",
            ]
            .iter()
            .chain(by_strokes)
            .find_map(|p| super::format::read(it, p, &t, &own).ok())
            .ok_or_else(|| crate::error::throw("java.lang.IllegalArgumentException", ""))?
        }
        [y, rest @ ..] if rest.len() >= 2 => {
            let n = |i: usize| int(rest.get(i));
            lenient(int(Some(y)).saturating_add(1900), n(0), n(1), n(2), n(3), n(4), &own)?
        }
        _ => return Ok(None),
    };
    let class = match class {
        "java.sql.Timestamp" => "java.sql.Timestamp",
        "java.sql.Date" => "java.sql.Date",
        _ => "java.util.Date",
    };
    Ok(Some(Value::object(Date(Cell::new(millis), class))))
}

/// `Date.parse` and the like.
pub(super) fn call_static(it: &mut Interpreter<'_>, name: &str, args: &[Value]) -> R<Option<Value>> {
    let own = zone(&it.host.time_zone());
    Ok(Some(match (name, args) {
        ("parse", [p, s, ..]) if p.is_null() || s.is_null() => {
            return Err(crate::error::bare("java.lang.NullPointerException"));
        }
        ("parse", [p, s, ..]) if crate::ops::is_number(p) || crate::ops::is_number(s) => return Ok(None),
        ("parse", [p, s]) => date(super::format::read(it, &text(p), &text(s), &own)?),
        ("parse", [p, s, z]) => date(super::format::read(it, &text(p), &text(s), &zone_of(z))?),
        ("parse", [s]) => {
            let Some(d) = construct(it, "java.util.Date", std::slice::from_ref(s))? else { return Ok(None) };
            Value::Long(d.downcast::<Date>().map_or(0, |d| d.0.get()))
        }
        ("parseToStringDate", [s]) => date(super::format::read(it, "EEE MMM dd HH:mm:ss z yyyy", &text(s), &own)?),
        ("from", [v]) => match super::jtime::instant_millis(v) {
            Some(m) => date(m),
            None => return Ok(None),
        },
        ("valueOf", [v]) => {
            let t = text(v);
            let p = if t.contains(':') { "yyyy-MM-dd HH:mm:ss" } else { "yyyy-MM-dd" };
            date(super::format::read(it, p, &t, &own)?)
        }
        ("UTC", [y, rest @ ..]) if rest.len() == 5 => {
            let n = |i: usize| int(rest.get(i));
            Value::Long(lenient(int(Some(y)).saturating_add(1900), n(0), n(1), n(2), n(3), n(4), &zone("UTC"))?)
        }
        _ => return Ok(None),
    }))
}

impl HostObject for Date {
    fn class_name(&self) -> &str {
        self.1
    }
    fn call_method(&self, it: &mut Interpreter<'_>, this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        let own = zone(&it.host.time_zone());
        let t = self.0.get();
        let same = |millis: i64| Value::object(Date(Cell::new(millis), self.1));
        let other = args.first().and_then(millis_of);
        let at = |n: &str| calendar::field(calendar::number(n).unwrap_or(0), t, &own, &Locale::default());
        Ok(Some(match (name, args, other) {
            ("getTime", [], _) => Value::Long(t),
            ("setTime", [n], _) => {
                self.0.set(int(Some(n)));
                Value::Null
            }
            ("format", [p], _) => Value::str(format(t, &text(p), &own)?),
            ("format", [p, z], _) => Value::str(format(t, &text(p), &zone_of(z))?),
            ("getDateString", [], _) => Value::str(format(t, "M/d/yy", &own)?),
            ("getTimeString", [], _) => Value::str(format(t, "h:mm:ss a", &own)?),
            ("getDateTimeString", [], _) => Value::str(format(t, "M/d/yy h:mm:ss a", &own)?),
            ("minus", [_], Some(o)) => {
                let day = |m: i64| (m.saturating_add(i64::from(own.offset(m)) * 1000)).div_euclid(DAY);
                Value::Int((day(t) - day(o)) as i32)
            }
            ("plus" | "minus", [d], _) if d.downcast::<super::category::Span>().is_some() => {
                let Some(d) = d.downcast::<super::category::Span>() else { return Ok(None) };
                return super::category::apply(d, t, name == "minus", &own).map(|m| Some(same(m)));
            }
            ("plus" | "minus", [n @ (Value::Int(_) | Value::Short(_) | Value::Byte(_))], _) => {
                let n = int(Some(n)).clamp(-4_000_000, 4_000_000);
                same(calendar::add(5, if name == "plus" { n } else { -n }, t, &own)?)
            }
            ("next", [], _) => same(calendar::add(5, 1, t, &own)?),
            ("previous", [], _) => same(calendar::add(5, -1, t, &own)?),
            ("before", [_], Some(o)) => Value::Bool(t < o),
            ("after", [_], Some(o)) => Value::Bool(t > o),
            ("compareTo", [_], Some(o)) => Value::Int(t.cmp(&o) as i32),
            ("getYear", [], _) => Value::Int(at("YEAR")? as i32 - 1900),
            ("getMonth", [], _) => Value::Int(at("MONTH")? as i32),
            ("getDate", [], _) => Value::Int(at("DATE")? as i32),
            ("getDay", [], _) => Value::Int(at("DAY_OF_WEEK")? as i32 - 1),
            ("getHours", [], _) => Value::Int(at("HOUR_OF_DAY")? as i32),
            ("getMinutes", [], _) => Value::Int(at("MINUTE")? as i32),
            ("getSeconds", [], _) => Value::Int(at("SECOND")? as i32),
            ("getTimezoneOffset", [], _) => Value::Int(-own.offset(t) / 60),
            ("setYear" | "setMonth" | "setDate" | "setHours" | "setMinutes" | "setSeconds", [n], _) => {
                let f = match name {
                    "setYear" => "YEAR",
                    "setMonth" => "MONTH",
                    "setDate" => "DATE",
                    "setHours" => "HOUR_OF_DAY",
                    "setMinutes" => "MINUTE",
                    _ => "SECOND",
                };
                let n = int(Some(n)).saturating_add(if f == "YEAR" { 1900 } else { 0 });
                self.0.set(calendar::put(&[(calendar::number(f).unwrap_or(0), n)], t, &own)?);
                Value::Null
            }
            ("getAt", [f], _) if ops::is_number(f) => {
                Value::Int(calendar::field(int(Some(f)) as usize, t, &own, &Locale::default())? as i32)
            }
            ("putAt", [f, n], _) => {
                self.0.set(calendar::put(&[(int(Some(f)) as usize, int(Some(n)))], t, &own)?);
                Value::Null
            }
            ("set", [Value::Map(m)], _) => {
                self.0.set(calendar::put(&calendar::of_map(m), t, &own)?);
                Value::Null
            }
            ("updated" | "copyWith", [Value::Map(m)], _) => same(calendar::put(&calendar::of_map(m), t, &own)?),
            ("clearTime", [], _) => {
                self.0.set(calendar::midnight(t, &own)?);
                this.clone()
            }
            ("clone", [], _) => same(t),
            ("upto" | "downto", [_, f @ Value::Closure(_)], Some(end)) => {
                let step = if name == "upto" { 1 } else { -1 };
                let mut at = t;
                while if step > 0 { at <= end } else { at >= end } {
                    it.invoke(f, "call", vec![same(at)])?;
                    at = calendar::add(5, step, at, &own)?;
                }
                Value::Null
            }
            ("toCalendar", [], _) => calendar::object(t, own),
            ("toInstant", [], _) => super::jtime::instant(t),
            ("toGMTString", [], _) => Value::str(format(t, "d MMM yyyy HH:mm:ss 'GMT'", &zone("GMT"))?),
            ("toLocaleString", [], _) => Value::str(format(t, "MMM d, yyyy h:mm:ss a", &own)?),
            ("toTimestamp", [], _) => Value::object(Date(Cell::new(t), "java.sql.Timestamp")),
            ("toLocalDateTime" | "toLocalDate", [], _) if self.1.starts_with("java.sql") => {
                return super::jtime::local_of(t, &own, name == "toLocalDate").map(Some);
            }
            ("hashCode", [], _) => Value::Int((t ^ ((t as u64) >> 32) as i64) as i32),
            ("toString", [], _) => Value::str(self.show(&own)?),
            _ => return Ok(None),
        }))
    }
    fn text(&self) -> String {
        self.show(&zone("UTC")).unwrap_or_default()
    }
    fn equal(&self, o: &Value) -> Option<bool> {
        Some(o.downcast::<Date>().is_some_and(|o| o.0 == self.0))
    }
    fn compare(&self, o: &Value) -> Option<std::cmp::Ordering> {
        o.downcast::<Date>().map(|o| self.0.cmp(&o.0))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Date {
    fn show(&self, z: &Zone) -> R<String> {
        let t = self.0.get();
        match self.1 {
            "java.sql.Date" => format(t, "yyyy-MM-dd", z),
            "java.sql.Timestamp" => {
                let s = format(t, "yyyy-MM-dd HH:mm:ss.SSS", z)?;
                let cut = s.trim_end_matches('0');
                Ok(if cut.ends_with('.') { format!("{cut}0") } else { cut.into() })
            }
            _ => format(t, "EEE MMM dd HH:mm:ss z yyyy", z),
        }
    }
}

/// The milliseconds of a date or a calendar.
pub(crate) fn millis_of(v: &Value) -> Option<i64> {
    v.downcast::<Date>().map(|d| d.0.get()).or_else(|| calendar::millis_of(v))
}
