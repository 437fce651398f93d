//! Methods of the objects of `java.time`.
use super::amount::{Amount, DAYS, FIELDS, MONTHS, UNITS};
use super::printer::Formatter;
use super::{Kind, Temporal, ZoneId, date_time, out_of_range, temporal, zone_id};
use crate::gdk::{int, txt};
use crate::interp::Interpreter;
use crate::library::support::constant;
use crate::library::time::locale::Locale;
use crate::library::time::zone::{Zone, read_offset};
use crate::library::time::{date, pattern as old};
use crate::ops;
use crate::text::text;
use crate::value::{HostObject, R, Value};
use jiff::civil::Time;
use std::any::Any;
use std::cmp::Ordering;

/// `TemporalAdjusters.firstDayOfMonth()` and the like.
pub(crate) struct Adjuster {
    pub(crate) name: String,
    pub(crate) day: i64,
    pub(crate) n: i64,
}

/// `java.time.Clock` of a zone.
pub(crate) struct Clock(pub(crate) Zone);

impl Adjuster {
    fn apply(&self, t: &Temporal) -> R<Temporal> {
        let d = t.at.date();
        let dow = i64::from(d.weekday().to_monday_one_offset());
        let ahead = (self.day - dow).rem_euclid(7);
        let back = (dow - self.day).rem_euclid(7);
        let days = |n: i64| t.plus(7, n);
        let to = |d: jiff::civil::Date| days(old::epoch_day(d) - old::epoch_day(t.at.date()));
        match self.name.as_str() {
            "firstDayOfMonth" => to(d.first_of_month()),
            "lastDayOfMonth" => to(d.last_of_month()),
            "firstDayOfNextMonth" => to(d.last_of_month().tomorrow().map_err(|_| out_of_range())?),
            "firstDayOfYear" => to(d.first_of_year()),
            "lastDayOfYear" => to(d.last_of_year()),
            "firstDayOfNextYear" => to(d.last_of_year().tomorrow().map_err(|_| out_of_range())?),
            "next" => days(if ahead == 0 { 7 } else { ahead }),
            "nextOrSame" => days(ahead),
            "previous" => days(if back == 0 { -7 } else { -back }),
            "previousOrSame" => days(-back),
            "firstInMonth" | "lastInMonth" | "dayOfWeekInMonth" => {
                let n = match self.name.as_str() {
                    "firstInMonth" => 1,
                    "lastInMonth" => -1,
                    _ => self.n.clamp(-1000, 1000),
                };
                if n >= 0 {
                    let first = old::epoch_day(d.first_of_month());
                    let w = (first + 3).rem_euclid(7) + 1;
                    days(first + (self.day - w).rem_euclid(7) + (n - 1) * 7 - old::epoch_day(d))
                } else {
                    let last = old::epoch_day(d.last_of_month());
                    let w = (last + 3).rem_euclid(7) + 1;
                    days(last - (w - self.day).rem_euclid(7) + (n + 1) * 7 - old::epoch_day(d))
                }
            }
            n => Err(date_time(format!("there is no TemporalAdjusters.{n}"))),
        }
    }
}

fn show_time(t: Time, always: bool) -> String {
    let mut s = format!("{:02}:{:02}", t.hour(), t.minute());
    let n = t.subsec_nanosecond();
    if t.second() != 0 || n != 0 || always {
        s.push_str(&format!(":{:02}", t.second()));
    }
    if n != 0 {
        let digits = format!("{n:09}");
        let len = digits.trim_end_matches('0').len().div_ceil(3) * 3;
        s.push_str(&format!(".{}", &digits[..len]));
    }
    s
}

impl Temporal {
    /// `toString()`.
    pub(crate) fn show(&self) -> String {
        let d = self.at.date();
        let y = if d.year() < 0 { format!("-{:04}", -i32::from(d.year())) } else { format!("{:04}", d.year()) };
        let date = format!("{y}-{:02}-{:02}", d.month(), d.day());
        let t = self.at.time();
        let offset = || super::offset_zone(self.offset.seconds()).id.to_string();
        match self.kind {
            Kind::LocalDate => date,
            Kind::LocalTime => show_time(t, false),
            Kind::LocalDateTime => format!("{date}T{}", show_time(t, false)),
            Kind::Instant => format!("{date}T{}Z", show_time(t, true)),
            Kind::OffsetDateTime => format!("{date}T{}{}", show_time(t, false), offset()),
            Kind::ZonedDateTime => {
                let zone = match &self.zone {
                    Some(z) if *z.id != *offset() => format!("[{}]", z.id),
                    _ => String::new(),
                };
                format!("{date}T{}{}{zone}", show_time(t, false), offset())
            }
            Kind::Year => d.year().to_string(),
            Kind::YearMonth => format!("{y}-{:02}", d.month()),
            Kind::MonthDay => format!("--{:02}-{:02}", d.month(), d.day()),
        }
    }
    fn order(&self, o: &Temporal) -> Ordering {
        if self.has_offset() && o.has_offset() {
            (self.timestamp().ok(), self.at).cmp(&(o.timestamp().ok(), o.at))
        } else {
            self.at.cmp(&o.at)
        }
    }
    fn compare_number(&self, o: &Temporal) -> i32 {
        let (a, b) = (self.at.date(), o.at.date());
        if !self.has_offset() && a != b {
            let parts = [(a.year(), b.year()), (a.month().into(), b.month().into()), (a.day().into(), b.day().into())];
            return parts.iter().map(|(a, b)| i32::from(*a) - i32::from(*b)).find(|d| *d != 0).unwrap_or(0);
        }
        self.order(o) as i32
    }
    fn units(name: &str) -> Option<usize> {
        let units =
            ["Nanos", "Micros", "Millis", "Seconds", "Minutes", "Hours", "", "Days", "Weeks", "Months", "Years"];
        units.iter().position(|u| *u == name && !u.is_empty())
    }
    fn adjust(&self, by: &Value) -> R<Option<Temporal>> {
        if let Some(a) = by.downcast::<Adjuster>() {
            return a.apply(self).map(Some);
        }
        if let Some(d) = constant(Some(by), &DAYS) {
            return self.with(15, d as i64 + 1).map(Some);
        }
        if let Some(m) = constant(Some(by), &MONTHS) {
            return self.with(23, m as i64 + 1).map(Some);
        }
        let Some(t) = temporal(by) else { return Ok(None) };
        let at = match t.kind {
            Kind::LocalDate => t.at.date().to_datetime(self.at.time()),
            Kind::LocalTime => self.at.date().to_datetime(t.at.time()),
            _ => t.at,
        };
        self.moved(at).map(Some)
    }
}

impl HostObject for Temporal {
    fn class_name(&self) -> &str {
        match self.kind {
            Kind::LocalDate => "java.time.LocalDate",
            Kind::LocalTime => "java.time.LocalTime",
            Kind::LocalDateTime => "java.time.LocalDateTime",
            Kind::Instant => "java.time.Instant",
            Kind::ZonedDateTime => "java.time.ZonedDateTime",
            Kind::OffsetDateTime => "java.time.OffsetDateTime",
            Kind::Year => "java.time.Year",
            Kind::YearMonth => "java.time.YearMonth",
            Kind::MonthDay => "java.time.MonthDay",
        }
    }
    fn call_method(&self, it: &mut Interpreter<'_>, this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        let a0 = args.first();
        let n = int(a0);
        let object = |t: Temporal| Ok(Some(Value::object(t)));
        let other = a0.and_then(temporal);
        let to_zone = |v: &Value| super::zone_of(v);
        match (name, args.len()) {
            ("format", 1) => {
                let f = match super::statics::formatter(a0) {
                    Some(f) => f,
                    None if crate::library::support::is_text(&args[0]) => {
                        Formatter::of(&text(&args[0]), Locale::default())?
                    }
                    None => return Ok(None),
                };
                return Ok(Some(Value::str(f.print(self)?)));
            }
            ("plus" | "minus", 1) => {
                return match Amount::of(a0) {
                    Some(a) => object(a.add_to(self, name == "minus")?),
                    None => match (other, name) {
                        (Some(o), "minus") if o.kind == self.kind && self.kind == Kind::LocalDate => {
                            Ok(Some(Value::object(Amount::between(o, self)?)))
                        }
                        _ => Ok(None),
                    },
                };
            }
            ("plus" | "minus", 2) => {
                let Some(u) = constant(args.get(1), &UNITS) else { return Ok(None) };
                return object(self.plus(u, if name == "plus" { n } else { n.saturating_neg() })?);
            }
            ("next" | "previous", 0) => {
                let u = match self.kind {
                    Kind::LocalDate => 7,
                    Kind::Year => 10,
                    Kind::YearMonth => 9,
                    _ => 3,
                };
                return object(self.plus(u, if name == "next" { 1 } else { -1 })?);
            }
            ("isBefore" | "isAfter" | "isEqual", 1) => {
                let Some(o) = other else { return Ok(None) };
                let order = if self.has_offset() { self.timestamp()?.cmp(&o.timestamp()?) } else { self.order(o) };
                return Ok(Some(Value::Bool(match name {
                    "isBefore" => order.is_lt(),
                    "isAfter" => order.is_gt(),
                    _ => order.is_eq(),
                })));
            }
            ("compareTo", 1) => {
                let Some(o) = other else { return Ok(None) };
                return Ok(Some(Value::Int(self.compare_number(o))));
            }
            ("until", 2) => {
                let (Some(o), Some(u)) = (other, constant(args.get(1), &UNITS)) else { return Ok(None) };
                return Ok(Some(Value::Long(self.until(o, u)?)));
            }
            ("until", 1) if other.is_some() => {
                let Some(o) = other else { return Ok(None) };
                return Ok(Some(Value::object(Amount::between(self, o)?)));
            }
            ("with", 2) => {
                let Some(f) = constant(a0, &FIELDS) else { return Ok(None) };
                return object(self.with(f, int(args.get(1)))?);
            }
            ("with" | "adjustInto", 1) => return Ok(self.adjust(&args[0])?.map(Value::object)),
            ("get" | "getLong" | "getAt", 1) => {
                let Some(f) = constant(a0, &FIELDS) else { return Ok(None) };
                let v = self.field(f).ok_or_else(|| super::amount::no_field(f))?;
                return Ok(Some(if name == "get" { Value::Int(v as i32) } else { Value::Long(v) }));
            }
            ("isSupported", 1) => {
                return Ok(Some(Value::Bool(match (constant(a0, &FIELDS), constant(a0, &UNITS)) {
                    (Some(f), _) => self.field(f).is_some(),
                    (_, Some(u)) => self.plus(u, 0).is_ok(),
                    _ => false,
                })));
            }
            ("truncatedTo", 1) => {
                let Some(u) = constant(a0, &UNITS) else { return Ok(None) };
                return object(self.truncated(u)?);
            }
            ("toLocalDate", 0) => return object(self.to(Kind::LocalDate)),
            ("toLocalTime", 0) => return object(self.to(Kind::LocalTime)),
            ("toLocalDateTime", 0) => return object(self.to(Kind::LocalDateTime)),
            ("toOffsetDateTime", 0) => return object(self.to(Kind::OffsetDateTime)),
            ("toZonedDateTime", 0) => {
                let mut t = self.to(Kind::ZonedDateTime);
                t.zone = Some(self.zone.clone().unwrap_or_else(|| super::offset_zone(self.offset.seconds())));
                return object(t);
            }
            ("toInstant", 0 | 1) => {
                let offset = super::statics::offset_arg(a0).unwrap_or(self.offset);
                let t = Temporal { offset, ..self.clone() };
                return object(Temporal::of_timestamp(t.timestamp()?, Kind::Instant, None)?);
            }
            ("toEpochMilli", 0) => return Ok(Some(Value::Long(self.timestamp()?.as_millisecond()))),
            ("toEpochSecond" | "getEpochSecond", 0) => return Ok(Some(Value::Long(self.timestamp()?.as_second()))),
            ("toEpochSecond", 1) => {
                let offset = super::statics::offset_arg(a0).unwrap_or(self.offset);
                return Ok(Some(Value::Long(Temporal { offset, ..self.clone() }.timestamp()?.as_second())));
            }
            ("toEpochDay", 0) => return Ok(self.field(20).map(Value::Long)),
            ("toSecondOfDay", 0) => return Ok(self.field(7).map(|v| Value::Int(v as i32))),
            ("toNanoOfDay", 0) => return Ok(self.field(1).map(Value::Long)),
            ("atZone", 1) => {
                let Some(z) = to_zone(&args[0]) else { return Ok(None) };
                return object(if self.kind == Kind::Instant {
                    Temporal::of_timestamp(self.timestamp()?, Kind::ZonedDateTime, Some(z))?
                } else {
                    Temporal::in_zone(self.at, z, None)?
                });
            }
            ("atOffset" | "withOffsetSameInstant" | "withOffsetSameLocal", 1) => {
                let Some(o) = super::statics::offset_arg(a0) else { return Ok(None) };
                let at = if name != "withOffsetSameLocal" && self.has_offset() {
                    o.to_datetime(self.timestamp()?)
                } else {
                    self.at
                };
                return object(Temporal { kind: Kind::OffsetDateTime, at, offset: o, zone: None });
            }
            ("atZoneSameInstant" | "withZoneSameInstant", 1) => {
                let Some(z) = to_zone(&args[0]) else { return Ok(None) };
                return object(Temporal::of_timestamp(self.timestamp()?, Kind::ZonedDateTime, Some(z))?);
            }
            ("withZoneSameLocal" | "atZoneSimilarLocal", 1) => {
                let Some(z) = to_zone(&args[0]) else { return Ok(None) };
                return object(Temporal::in_zone(self.at, z, Some(self.offset))?);
            }
            ("atStartOfDay", 0) => {
                return object(Temporal::local(Kind::LocalDateTime, self.at.date(), Time::MIN));
            }
            ("atStartOfDay", 1) => {
                let Some(z) = to_zone(&args[0]) else { return Ok(None) };
                return object(Temporal::in_zone(self.at.date().to_datetime(Time::MIN), z, None)?);
            }
            ("atTime", 1..) => {
                let time = match other {
                    Some(t) => t.at.time(),
                    None => {
                        let n = |i: usize| int(args.get(i));
                        Time::new(n(0) as i8, n(1) as i8, n(2) as i8, n(3) as i32).map_err(|_| out_of_range())?
                    }
                };
                return object(Temporal::local(Kind::LocalDateTime, self.at.date(), time));
            }
            ("atDate", 1) => {
                let Some(d) = other else { return Ok(None) };
                return object(Temporal::local(Kind::LocalDateTime, d.at.date(), self.at.time()));
            }
            ("atDay", 1) if self.kind == Kind::YearMonth => {
                let d = super::amount::make_date(self.at.year().into(), self.at.month().into(), n)?;
                return object(Temporal::date(d));
            }
            ("atDay", 1) => {
                return object(Temporal::date(self.at.date().first_of_year()).with(19, n)?);
            }
            ("atMonth", 1) => {
                let m = constant(a0, &MONTHS).map_or(n, |m| m as i64 + 1);
                let d = super::amount::make_date(self.at.year().into(), m, 1)?;
                return object(Temporal::local(Kind::YearMonth, d, Time::MIN));
            }
            ("atEndOfMonth", 0) => return object(Temporal::date(self.at.date().last_of_month())),
            ("getZone", 0) => {
                return Ok(Some(zone_id(
                    self.zone.clone().unwrap_or_else(|| super::offset_zone(self.offset.seconds())),
                )));
            }
            ("getOffset", 0) => return Ok(Some(zone_id(super::offset_zone(self.offset.seconds())))),
            ("lengthOfMonth", 0) => return Ok(Some(Value::Int(self.at.date().days_in_month().into()))),
            ("lengthOfYear" | "length", 0) => return Ok(Some(Value::Int(self.at.date().days_in_year().into()))),
            ("isLeapYear" | "isLeap", 0) => return Ok(Some(Value::Bool(self.at.date().in_leap_year()))),
            ("getDayOfWeek", 0) => return Ok(self.field(15).map(|d| DAYS.at(d as usize - 1))),
            ("getMonth", 0) => return Ok(self.field(23).map(|m| MONTHS.at(m as usize - 1))),
            ("toDate", 0) => return Ok(Some(date::date(self.timestamp()?.as_millisecond()))),
            ("hashCode", 0) => return Ok(Some(Value::Int(ops::java_hash(&Value::str(self.show()))))),
            ("toString", 0) => return Ok(Some(Value::str(self.show()))),
            ("upto" | "downto", 2) if other.is_some() => {
                let (Some(end), up) = (other, name == "upto") else { return Ok(None) };
                let mut t = self.clone();
                while if up { !t.order(end).is_gt() } else { !t.order(end).is_lt() } {
                    it.invoke(&args[1], "call", vec![Value::object(t.clone())])?;
                    t = t.plus(if self.kind == Kind::LocalDate { 7 } else { 3 }, if up { 1 } else { -1 })?;
                }
                return Ok(Some(Value::Null));
            }
            _ => {}
        }
        let field = |p: &str| {
            Some(match p {
                "Nano" | "NanoOfSecond" => 0,
                "Second" => 6,
                "Minute" => 8,
                "Hour" => 12,
                "DayOfMonth" => 18,
                "DayOfYear" => 19,
                "MonthValue" | "Month" => 23,
                "Year" | "Value" => 26,
                _ => return None,
            })
        };
        Ok(match args {
            [] => name
                .strip_prefix("get")
                .and_then(field)
                .filter(|f| *f != 26 || name != "getValue" || self.kind == Kind::Year)
                .and_then(|f| self.field(f))
                .map(|v| Value::Int(v as i32)),
            [_] => {
                if let Some(u) = name.strip_prefix("plus").and_then(Temporal::units) {
                    Some(Value::object(self.plus(u, n)?))
                } else if let Some(u) = name.strip_prefix("minus").and_then(Temporal::units) {
                    Some(Value::object(self.plus(u, n.saturating_neg())?))
                } else if let Some(f) = name.strip_prefix("with").and_then(field) {
                    Some(Value::object(self.with(f, n)?))
                } else {
                    None
                }
            }
            _ => {
                let _ = this;
                None
            }
        })
    }
    fn text(&self) -> String {
        self.show()
    }
    fn equal(&self, o: &Value) -> Option<bool> {
        Some(temporal(o).is_some_and(|o| {
            o.kind == self.kind
                && o.at == self.at
                && o.offset == self.offset
                && o.zone.as_ref().map(|z| &z.id) == self.zone.as_ref().map(|z| &z.id)
        }))
    }
    fn compare(&self, o: &Value) -> Option<Ordering> {
        temporal(o).filter(|o| o.kind == self.kind).map(|o| self.order(o))
    }
    fn is_a(&self, class: &str) -> bool {
        class == self.class_name()
            || matches!(
                class,
                "java.time.temporal.Temporal" | "java.time.temporal.TemporalAccessor" | "java.lang.Comparable"
            )
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl HostObject for ZoneId {
    fn class_name(&self) -> &str {
        if &*self.0.id == "Z" || self.0.id.starts_with(['+', '-']) {
            "java.time.ZoneOffset"
        } else {
            "java.time.ZoneRegion"
        }
    }
    fn call_method(&self, it: &mut Interpreter<'_>, this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        Ok(Some(match (name, args) {
            ("getId", []) => Value::str(&*self.0.id),
            ("getTotalSeconds", []) => Value::Int(read_offset(&self.0.id).unwrap_or(0)),
            ("getRules", []) => this.clone(),
            ("normalized", []) => this.clone(),
            ("getOffset", [t]) => {
                let millis = match temporal(t) {
                    Some(t) if t.has_offset() => t.timestamp()?.as_millisecond(),
                    Some(t) => Temporal::in_zone(t.at, self.0.clone(), None)?.timestamp()?.as_millisecond(),
                    None => int(Some(t)),
                };
                zone_id(super::offset_zone(self.0.offset(millis)))
            }
            ("isDaylightSavings", [t]) => Value::Bool(self.0.summer(super::instant_millis(t).unwrap_or(0))),
            ("getDisplayName", _) => {
                let short = txt(args.first()).starts_with("SHORT");
                Value::str(self.0.name(it.host.now_millis(), !short))
            }
            ("compareTo", [o]) => Value::Int(self.text().cmp(&text(o)) as i32),
            _ => return Ok(None),
        }))
    }
    fn text(&self) -> String {
        self.0.id.to_string()
    }
    fn equal(&self, o: &Value) -> Option<bool> {
        Some(super::zone_of(o).is_some_and(|o| o.id == self.0.id))
    }
    fn is_a(&self, class: &str) -> bool {
        class == self.class_name() || class == "java.time.ZoneId"
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl HostObject for Adjuster {
    fn class_name(&self) -> &str {
        "java.time.temporal.TemporalAdjuster"
    }
    fn call_method(&self, _it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        match (name, args.first().and_then(temporal)) {
            ("adjustInto", Some(t)) => self.apply(t).map(|t| Some(Value::object(t))),
            _ => Ok(None),
        }
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl HostObject for Clock {
    fn class_name(&self) -> &str {
        "java.time.Clock$SystemClock"
    }
    fn call_method(&self, it: &mut Interpreter<'_>, _this: &Value, name: &str, _args: &[Value]) -> R<Option<Value>> {
        Ok(Some(match name {
            "millis" => Value::Long(it.host.now_millis()),
            "instant" => super::instant(it.host.now_millis()),
            "getZone" => zone_id(self.0.clone()),
            _ => return Ok(None),
        }))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}
