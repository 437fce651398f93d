//! `java.util.Calendar`: fields of a time, counting with them, and the object.
use super::date::date;
pub(crate) use super::fields::{add, days_from, field, local_to_millis, midnight, of_map, put};
use super::fields::{limits, out_of_range};
use super::locale::Locale;
use super::pattern::{DAY, week, zoned};
use super::zone::{self, Zone};
use crate::error::illegal;
use crate::gdk::int;
use crate::interp::Interpreter;
use crate::ops;
use crate::text::text;
use crate::value::{HostObject, R, Value};
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
