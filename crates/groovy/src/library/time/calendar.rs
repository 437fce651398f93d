//! `java.util.Calendar`: fields of a time, counting with them, and the object.
use super::date::date;
use super::locale::Locale;
use super::pattern::{DAY, epoch_day, of_epoch_day, week, week_of_month, weekday, zoned};
use super::zone::{self, Zone};
use crate::error::illegal;
use crate::gdk::int;
use crate::interp::Interpreter;
use crate::ops;
use crate::text::text;
use crate::value::{HostObject, MapObj, R, Value};
use jiff::civil::Date;
use std::any::Any;
use std::cell::{Cell, RefCell};

/// The fields by their numbers.
const FIELDS: [&str; 17] = [
    "ERA",
    "YEAR",
    "MONTH",
    "WEEK_OF_YEAR",
    "WEEK_OF_MONTH",
    "DATE",
    "DAY_OF_YEAR",
    "DAY_OF_WEEK",
    "DAY_OF_WEEK_IN_MONTH",
    "AM_PM",
    "HOUR",
    "HOUR_OF_DAY",
    "MINUTE",
    "SECOND",
    "MILLISECOND",
    "ZONE_OFFSET",
    "DST_OFFSET",
];
const MONTHS: [&str; 12] = [
    "JANUARY",
    "FEBRUARY",
    "MARCH",
    "APRIL",
    "MAY",
    "JUNE",
    "JULY",
    "AUGUST",
    "SEPTEMBER",
    "OCTOBER",
    "NOVEMBER",
    "DECEMBER",
];
const DAYS: [&str; 8] = ["", "SUNDAY", "MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY"];

/// The number of a field.
pub(crate) fn number(name: &str) -> Option<usize> {
    if name == "DAY_OF_MONTH" { Some(5) } else { FIELDS.iter().position(|f| *f == name) }
}

fn out_of_range() -> crate::value::Thrown {
    illegal("the date is out of range")
}

/// Days since 1970 of a date of which any part may lie outside its range.
pub(crate) fn days_from(y: i64, month0: i64, d: i64) -> Option<i64> {
    let y = i16::try_from(y.checked_add(month0.div_euclid(12))?).ok()?;
    epoch_day(Date::new(y, month0.rem_euclid(12) as i8 + 1, 1).ok()?)
        .checked_add(d.checked_sub(1)?)
        .filter(|n| n.abs() < 1 << 40)
}

/// The time of a local date and time of which any part may lie outside its range.
pub(crate) fn local_to_millis(days: i64, h: i64, m: i64, s: i64, ms: i64, z: &Zone) -> Option<i64> {
    let all = days
        .checked_mul(DAY)?
        .checked_add(h.checked_mul(3_600_000)?)?
        .checked_add(m.checked_mul(60_000)?)?
        .checked_add(s.checked_mul(1000)?)?
        .checked_add(ms)?;
    let (day, rest) = (all.div_euclid(DAY), all.rem_euclid(DAY));
    let t = jiff::civil::Time::MIN.checked_add(jiff::Span::new().milliseconds(rest)).ok()?;
    let dt = jiff::civil::DateTime::from_parts(of_epoch_day(day)?, t);
    // In the hour that comes twice Java takes the second one, standard time.
    let choice = z.tz.to_ambiguous_zoned(dt);
    let at = if matches!(choice.offset(), jiff::tz::AmbiguousOffset::Fold { .. }) {
        choice.later().ok()?
    } else {
        choice.compatible().ok()?
    };
    Some(at.timestamp().as_millisecond())
}

/// A field of a time.
pub(crate) fn field(f: usize, t: i64, z: &Zone, locale: &Locale) -> R<i64> {
    let d = zoned(t, z)?;
    Ok(match f {
        0 => i64::from(d.year() > 0),
        1 => i64::from(if d.year() > 0 { d.year() } else { 1 - d.year() }),
        2 => i64::from(d.month()) - 1,
        3 => week(d.date(), locale.weeks()).1,
        4 => week_of_month(d.date(), locale.weeks()),
        5 => i64::from(d.day()),
        6 => i64::from(d.day_of_year()),
        7 => weekday(d.date()),
        8 => (i64::from(d.day()) - 1) / 7 + 1,
        9 => i64::from(d.hour() >= 12),
        10 => i64::from(d.hour() % 12),
        11 => i64::from(d.hour()),
        12 => i64::from(d.minute()),
        13 => i64::from(d.second()),
        14 => i64::from(d.millisecond()),
        15 => i64::from(z.offset(t)) * 1000 - if z.summer(t) { 3_600_000 } else { 0 },
        16 => i64::from(z.summer(t)) * 3_600_000,
        f => {
            return Err(crate::error::throw(
                "java.lang.ArrayIndexOutOfBoundsException",
                format!("Index {f} out of bounds for length 17"),
            ));
        }
    })
}

/// Sets fields, in this order.
pub(crate) fn put(fields: &[(usize, i64)], t: i64, z: &Zone) -> R<i64> {
    let d = zoned(t, z)?;
    let locale = Locale::default();
    let get = |f: usize| fields.iter().rev().find(|x| x.0 == f).map(|x| x.1);
    let year = get(1).unwrap_or(i64::from(d.year()));
    let month = get(2).unwrap_or(i64::from(d.month()) - 1);
    let day = get(5).unwrap_or(i64::from(d.day()));
    let mode = fields.iter().rev().map(|f| f.0).find(|f| (2..=8).contains(f)).unwrap_or(5);
    // A day of the week counts within the week set last.
    let mode = match (mode, fields.iter().rev().map(|f| f.0).find(|f| matches!(f, 3 | 4 | 5 | 8))) {
        (7, Some(f @ (3 | 4 | 8))) => f,
        (m, _) => m,
    };
    let plain = || days_from(year, month, day).ok_or_else(out_of_range);
    let (first, least) = locale.weeks();
    let dow = get(7);
    let in_week = |of: i64, dow: i64| {
        let is = (of + 4).rem_euclid(7) + 1;
        of - (is - first).rem_euclid(7) + (dow - first).rem_euclid(7)
    };
    let days = match mode {
        6 => days_from(year, 0, get(6).unwrap_or(1)).ok_or_else(out_of_range)?,
        3 => {
            let jan1 = days_from(year, 0, 1).ok_or_else(out_of_range)?;
            let start = in_week(jan1, first);
            let start = if 7 - (jan1 - start) >= least { start } else { start + 7 };
            let dow = dow.unwrap_or(weekday(d.date()));
            get(3).unwrap_or(1).saturating_sub(1).saturating_mul(7).saturating_add(start + (dow - first).rem_euclid(7))
        }
        8 => nth_weekday(year, month, dow.unwrap_or(weekday(d.date())), get(8).unwrap_or(1))?,
        7 => in_week(plain()?, dow.unwrap_or(first)),
        4 => {
            let start = in_week(days_from(year, month, 1).ok_or_else(out_of_range)?, first);
            let dow = dow.unwrap_or(weekday(d.date()));
            get(4).unwrap_or(1).saturating_sub(1).saturating_mul(7).saturating_add(start + (dow - first).rem_euclid(7))
        }
        _ => plain()?,
    };
    let last_hour = fields.iter().rev().map(|f| f.0).find(|f| (9..=11).contains(f)).unwrap_or(11);
    let hour = if last_hour == 11 {
        get(11).unwrap_or(i64::from(d.hour()))
    } else {
        get(10)
            .unwrap_or(i64::from(d.hour() % 12))
            .saturating_add(get(9).unwrap_or(i64::from(d.hour() / 12)).saturating_mul(12))
    };
    local_to_millis(
        days,
        hour,
        get(12).unwrap_or(i64::from(d.minute())),
        get(13).unwrap_or(i64::from(d.second())),
        get(14).unwrap_or(i64::from(d.millisecond())),
        z,
    )
    .ok_or_else(out_of_range)
}

fn nth_weekday(year: i64, month: i64, dow: i64, n: i64) -> R<i64> {
    let first = days_from(year, month, 1).ok_or_else(out_of_range)?;
    let is = (first + 4).rem_euclid(7) + 1;
    if n >= 0 {
        return Ok(first + (dow - is).rem_euclid(7) + n.min(1000).saturating_sub(1) * 7);
    }
    let last = days_from(year, month.saturating_add(1), 1).ok_or_else(out_of_range)? - 1;
    let is = (last + 4).rem_euclid(7) + 1;
    Ok(last - (is - dow).rem_euclid(7) + (n.max(-1000) + 1) * 7)
}

/// `set(year: 2024, month: 0, …)`.
pub(crate) fn of_map(m: &MapObj) -> Vec<(usize, i64)> {
    let name = |k: &str| match k {
        "year" => Some(1),
        "month" => Some(2),
        "date" | "dayOfMonth" => Some(5),
        "hourOfDay" | "hours" => Some(11),
        "minute" | "minutes" => Some(12),
        "second" | "seconds" => Some(13),
        "millisecond" | "milliseconds" => Some(14),
        _ => None,
    };
    m.entries().iter().filter_map(|(k, v)| Some((name(&text(k))?, int(Some(v))))).collect()
}

/// Adds to a field.
pub(crate) fn add(f: usize, n: i64, t: i64, z: &Zone) -> R<i64> {
    let d = zoned(t, z)?;
    let by = |unit: i64| n.checked_mul(unit).and_then(|x| t.checked_add(x)).ok_or_else(out_of_range);
    match f {
        1 | 2 => {
            let months = if f == 1 { n.saturating_mul(12) } else { n };
            let month = (i64::from(d.month()) - 1).saturating_add(months);
            let first = days_from(i64::from(d.year()), month, 1).and_then(of_epoch_day).ok_or_else(out_of_range)?;
            let day = d.day().min(first.days_in_month());
            put(&[(1, first.year().into()), (2, i64::from(first.month()) - 1), (5, day.into())], t, z)
        }
        3 | 4 | 8 => put(&[(5, i64::from(d.day()).saturating_add(n.saturating_mul(7)))], t, z),
        5..=7 => put(&[(5, i64::from(d.day()).saturating_add(n))], t, z),
        9 => put(&[(11, i64::from(d.hour()).saturating_add(n.saturating_mul(12)))], t, z),
        10 | 11 => by(3_600_000),
        12 => by(60_000),
        13 => by(1000),
        14 => by(1),
        _ => Err(crate::error::throw("java.lang.IllegalArgumentException", "")),
    }
}

/// The beginning of the day.
pub(crate) fn midnight(t: i64, z: &Zone) -> R<i64> {
    put(&[(11, 0), (12, 0), (13, 0), (14, 0)], t, z)
}

fn limits(f: usize, t: i64, z: &Zone, locale: &Locale) -> R<(i64, i64)> {
    let d = zoned(t, z)?;
    Ok(match f {
        0 => (0, 1),
        1 => (1, 292_278_994),
        2 => (0, 11),
        3 => {
            let last = Date::new(d.year(), 12, 31).map_err(|_| out_of_range())?;
            let mut w = week(last, locale.weeks());
            if w.0 > i64::from(d.year()) {
                w = week(last.saturating_sub(jiff::Span::new().days(7)), locale.weeks());
            }
            (1, w.1)
        }
        4 => (1, week_of_month(d.date().last_of_month(), locale.weeks())),
        5 => (1, d.date().days_in_month().into()),
        6 => (1, d.date().days_in_year().into()),
        7 => (1, 7),
        8 => (1, (i64::from(d.date().days_in_month()) - 1) / 7 + 1),
        9 => (0, 1),
        10 => (0, 11),
        11 => (0, 23),
        12 | 13 => (0, 59),
        14 => (0, 999),
        _ => (-46_800_000, 50_400_000),
    })
}

/// `java.util.GregorianCalendar`.
struct Calendar {
    millis: Cell<i64>,
    /// Fields set since `millis` was right.
    pending: RefCell<Vec<(usize, i64)>>,
    zone: RefCell<Zone>,
    locale: Locale,
    lenient: Cell<bool>,
    /// Made of a date, nothing counted yet: a day of the week says nothing then.
    fresh: Cell<bool>,
}

/// A calendar.
pub(crate) fn object(millis: i64, zone: Zone) -> Value {
    localized(millis, zone, Locale::default())
}

fn localized(millis: i64, zone: Zone, locale: Locale) -> Value {
    Value::object(Calendar {
        millis: Cell::new(millis),
        pending: RefCell::default(),
        zone: RefCell::new(zone),
        locale,
        lenient: Cell::new(true),
        fresh: Cell::new(false),
    })
}

/// The time of a calendar.
pub(crate) fn millis_of(v: &Value) -> Option<i64> {
    v.downcast::<Calendar>().and_then(|c| c.now().ok())
}

/// The zone of a calendar.
pub(crate) fn zone_of(v: &Value) -> Option<Zone> {
    v.downcast::<Calendar>().map(|c| c.zone.borrow().clone())
}

/// `new GregorianCalendar(…)` and `Calendar.getInstance(…)`.
pub(super) fn construct(it: &mut Interpreter<'_>, args: &[Value]) -> R<Option<Value>> {
    let mut z = zone::zone(&it.host.time_zone());
    let mut locale = Locale::default();
    if args.len() >= 3 && args.iter().all(ops::is_number) {
        let n = |i: usize| int(args.get(i));
        let v = object(0, z);
        if let Some(c) = v.downcast::<Calendar>() {
            for (i, f) in [1, 2, 5, 11, 12, 13].into_iter().enumerate() {
                c.later(f, n(i))?;
            }
            c.later(14, 0)?;
            c.fresh.set(true);
        }
        return Ok(Some(v));
    }
    for a in args {
        match Locale::of(Some(a)) {
            Some(l) => locale = l,
            None => z = zone::zone_of(a),
        }
    }
    Ok(Some(localized(it.host.now_millis(), z, locale)))
}

/// Constants of `Calendar`.
pub(super) fn get_static(name: &str) -> Option<Value> {
    let n = match name {
        "AM" | "BC" => 0,
        "PM" | "AD" | "SHORT" => 1,
        "LONG" => 2,
        "ALL_STYLES" => 0,
        "UNDECIMBER" => 12,
        _ => number(name)
            .or_else(|| MONTHS.iter().position(|m| *m == name))
            .or_else(|| DAYS.iter().position(|m| *m == name && !m.is_empty()))?,
    };
    Some(Value::Int(n as i32))
}

impl Calendar {
    fn now(&self) -> R<i64> {
        let mut pending = self.pending.borrow().clone();
        if self.fresh.take() && !pending.iter().any(|f| matches!(f.0, 3 | 4 | 8)) {
            pending.retain(|f| f.0 != 7);
        }
        if !pending.is_empty() {
            if !self.lenient.get() {
                for (f, v) in &pending {
                    let (lo, hi) = limits(*f, self.millis.get(), &self.zone.borrow(), &self.locale)?;
                    if !(lo..=if *f == 5 { 31 } else { hi }).contains(v) {
                        return Err(illegal(
                            FIELDS.get(*f).map_or("", |f| if *f == "DATE" { "DAY_OF_MONTH" } else { f }),
                        ));
                    }
                }
            }
            self.millis.set(put(&pending, self.millis.get(), &self.zone.borrow())?);
            self.pending.borrow_mut().clear();
        }
        Ok(self.millis.get())
    }
    fn later(&self, f: i64, v: i64) -> R<()> {
        let f = usize::try_from(f).ok().filter(|f| *f < 17).ok_or_else(out_of_range)?;
        let mut p = self.pending.borrow_mut();
        p.retain(|x| x.0 != f);
        p.push((f, v));
        Ok(())
    }
    fn move_to(&self, t: i64) -> Value {
        self.pending.borrow_mut().clear();
        self.millis.set(t);
        Value::Null
    }
    fn copy(&self) -> R {
        let v = localized(self.now()?, self.zone.borrow().clone(), self.locale.clone());
        Ok(v)
    }
}

impl HostObject for Calendar {
    fn class_name(&self) -> &str {
        "java.util.GregorianCalendar"
    }
    fn call_method(&self, it: &mut Interpreter<'_>, this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        let z = self.zone.borrow().clone();
        let n = |i: usize| int(args.get(i));
        let f = n(0).clamp(0, 99) as usize;
        let other = args.first().and_then(super::date::millis_of);
        Ok(Some(match (name, args.len()) {
            ("set", 1) if matches!(args[0], Value::Map(_)) => {
                if let Value::Map(m) = &args[0] {
                    for (f, v) in of_map(m) {
                        self.later(f as i64, v)?;
                    }
                }
                Value::Null
            }
            ("set" | "putAt", 2) => {
                self.later(n(0), n(1))?;
                Value::Null
            }
            ("set", 3..) => {
                for (i, f) in [1, 2, 5, 11, 12, 13].iter().enumerate().take(args.len()) {
                    self.later(*f, n(i))?;
                }
                Value::Null
            }
            ("get" | "getAt", 1) => Value::Int(field(f, self.now()?, &z, &self.locale)? as i32),
            ("getTime", 0) => date(self.now()?),
            ("getTimeInMillis", 0) => Value::Long(self.now()?),
            ("setTime", 1) => self.move_to(other.unwrap_or(0)),
            ("setTimeInMillis", 1) => self.move_to(n(0)),
            ("add", 2) => {
                let t = add(f, n(1), self.now()?, &z)?;
                self.move_to(t)
            }
            ("roll", 2) => {
                let t = self.now()?;
                let by = match &args[1] {
                    Value::Bool(b) => {
                        if *b {
                            1
                        } else {
                            -1
                        }
                    }
                    v => int(Some(v)),
                };
                let (lo, hi) = limits(f, t, &z, &self.locale)?;
                let v = field(f, t, &z, &self.locale)?;
                let v = lo + (v - lo).saturating_add(by).rem_euclid(hi - lo + 1);
                let mut fields = vec![(f, v)];
                if f == 2 {
                    let d = zoned(t, &z)?;
                    let most = Date::new(d.year(), v as i8 + 1, 1).map_or(31, |d| d.days_in_month());
                    fields.push((5, d.day().min(most).into()));
                }
                let t = put(&fields, t, &z)?;
                self.move_to(t)
            }
            ("clear", 0) => self.move_to(local_to_millis(0, 0, 0, 0, 0, &z).unwrap_or(0)),
            ("clear", 1) => {
                let lo = match f {
                    1 => 1970,
                    5 => 1,
                    _ => 0,
                };
                self.later(n(0), lo)?;
                Value::Null
            }
            ("clearTime", 0) => {
                let t = midnight(self.now()?, &z)?;
                self.move_to(t);
                this.clone()
            }
            ("getActualMaximum" | "getMaximum", 1) => {
                let all = [1, 292_278_994, 11, 53, 6, 31, 366, 7, 6, 1, 11, 23, 59, 59, 999, 50_400_000, 7_200_000];
                Value::Int(if name == "getMaximum" {
                    all.get(f).copied().unwrap_or(0)
                } else {
                    limits(f, self.now()?, &z, &self.locale)?.1 as i32
                })
            }
            ("getActualMinimum" | "getMinimum", 1) => Value::Int(limits(f, self.now()?, &z, &self.locale)?.0 as i32),
            ("getDisplayName", 3) => {
                let locale = Locale::of(args.get(2)).unwrap_or_else(Locale::default);
                let names = locale.names();
                let long = n(1) == 2;
                let v = field(f, self.now()?, &z, &self.locale)?;
                let i = v.max(0) as usize;
                let name = match f {
                    2 => {
                        if long {
                            names.months.get(i)
                        } else {
                            names.short_months.get(i)
                        }
                    }
                    7 => {
                        if long {
                            names.days.get((i + 5) % 7)
                        } else {
                            names.short_days.get((i + 5) % 7)
                        }
                    }
                    9 => names.half_days.get(i),
                    _ => None,
                };
                name.map_or(Value::Null, Value::str)
            }
            ("setTimeZone", 1) => {
                // Fields set but not counted yet are in the new zone.
                self.zone.replace(zone::zone_of(&args[0]));
                Value::Null
            }
            ("getTimeZone", 0) => zone::object(z),
            ("setLenient", 1) => {
                self.lenient.set(ops::truth(&args[0]));
                Value::Null
            }
            ("isLenient", 0) => Value::Bool(self.lenient.get()),
            ("getFirstDayOfWeek", 0) => Value::Int(self.locale.weeks().0 as i32),
            ("getMinimalDaysInFirstWeek", 0) => Value::Int(self.locale.weeks().1 as i32),
            ("setFirstDayOfWeek" | "setMinimalDaysInFirstWeek", 1) => Value::Null,
            ("isLeapYear", 1) => Value::Bool((n(0) % 4 == 0 && n(0) % 100 != 0) || n(0) % 400 == 0),
            ("before", 1) => Value::Bool(other.is_some_and(|o| self.now().is_ok_and(|t| t < o))),
            ("after", 1) => Value::Bool(other.is_some_and(|o| self.now().is_ok_and(|t| t > o))),
            ("compareTo", 1) if other.is_some() => Value::Int(self.now()?.cmp(&other.unwrap_or(0)) as i32),
            ("format", 1) => Value::str(super::date::format(self.now()?, &text(&args[0]), &z)?),
            ("clone", 0) => self.copy()?,
            ("minus", 1) if other.is_some() => {
                let day = |m: i64| m.saturating_add(i64::from(z.offset(m)) * 1000).div_euclid(DAY);
                Value::Int((day(self.now()?) - day(other.unwrap_or(0))) as i32)
            }
            ("next" | "previous", 0) => {
                localized(add(5, if name == "next" { 1 } else { -1 }, self.now()?, &z)?, z, self.locale.clone())
            }
            ("updated" | "copyWith", 1) => {
                let Value::Map(m) = &args[0] else { return Ok(None) };
                localized(put(&of_map(m), self.now()?, &z)?, z, self.locale.clone())
            }
            ("upto" | "downto", 2) if other.is_some() => {
                let (end, step) = (other.unwrap_or(0), if name == "upto" { 1 } else { -1 });
                let mut at = self.now()?;
                while if step > 0 { at <= end } else { at >= end } {
                    it.invoke(&args[1], "call", vec![localized(at, z.clone(), self.locale.clone())])?;
                    at = add(5, step, at, &z)?;
                }
                Value::Null
            }
            ("toCalendar", 0) => this.clone(),
            ("toInstant", 0) => super::jtime::instant(self.now()?),
            ("toZonedDateTime", 0) => super::jtime::zoned_of(self.now()?, z)?,
            ("getWeekYear", 0) => Value::Int(week(zoned(self.now()?, &z)?.date(), self.locale.weeks()).0 as i32),
            _ => return Ok(None),
        }))
    }
    fn text(&self) -> String {
        format!(
            "java.util.GregorianCalendar[time={},areFieldsSet=true,areAllFieldsSet=true,lenient={},…]",
            self.now().unwrap_or(0),
            self.lenient.get()
        )
    }
    fn equal(&self, o: &Value) -> Option<bool> {
        Some(o.downcast::<Calendar>().is_some_and(|o| matches!((o.now(), self.now()), (Ok(a), Ok(b)) if a == b)))
    }
    fn compare(&self, o: &Value) -> Option<std::cmp::Ordering> {
        Some(self.now().ok()?.cmp(&super::date::millis_of(o)?))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}
