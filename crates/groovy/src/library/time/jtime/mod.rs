//! `java.time`: one Rust type for all dates and times; fields, units and counting.
mod amount;
mod builder;
mod calls;
mod enums;
mod printer;
mod reader;
mod statics;

pub(super) use statics::{call_static, construct, get_static};

use super::pattern::{epoch_day, of_epoch_day};
use super::zone::{Zone, fixed, offset_text};
use crate::error::throw;
use crate::value::{R, Thrown, Value};
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;
use jiff::{Span, Timestamp};

/// The classes of dates and times.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    LocalDate,
    LocalTime,
    LocalDateTime,
    Instant,
    ZonedDateTime,
    OffsetDateTime,
    Year,
    YearMonth,
    MonthDay,
}

/// A date, a time, or both, with an offset and a zone where the class has them.
#[derive(Clone)]
pub(crate) struct Temporal {
    pub(crate) kind: Kind,
    pub(crate) at: DateTime,
    pub(crate) offset: Offset,
    pub(crate) zone: Option<Zone>,
}

/// `ZoneId` and `ZoneOffset`.
pub(crate) struct ZoneId(pub(crate) Zone);

const NANOS_PER_DAY: i128 = 86_400_000_000_000;

/// `DateTimeException`.
pub(crate) fn date_time(m: impl AsRef<str>) -> Thrown {
    throw("java.time.DateTimeException", m)
}

/// The date is too far away.
pub(crate) fn out_of_range() -> Thrown {
    date_time("the date is out of range")
}

/// A zone object.
pub(crate) fn zone_id(z: Zone) -> Value {
    Value::object(ZoneId(z))
}

/// An offset as a zone.
pub(crate) fn offset_zone(seconds: i32) -> Zone {
    let id = if seconds == 0 { "Z".to_string() } else { long_offset(seconds) };
    fixed(seconds, id).unwrap_or_else(super::zone::gmt)
}

fn long_offset(seconds: i32) -> String {
    let t = offset_text(seconds, true);
    if seconds % 60 == 0 { t } else { format!("{t}:{:02}", seconds.abs() % 60) }
}

/// The zone of a `ZoneId`.
pub(crate) fn zone_of(v: &Value) -> Option<Zone> {
    v.downcast::<ZoneId>().map(|z| z.0.clone())
}

/// The dates and times in a value.
pub(crate) fn temporal(v: &Value) -> Option<&Temporal> {
    v.downcast::<Temporal>()
}

/// An instant.
pub(crate) fn instant(millis: i64) -> Value {
    Temporal::of_millis(millis, Kind::Instant, None).map_or(Value::Null, Value::object)
}

/// Milliseconds of an instant or what has an offset.
pub(crate) fn instant_millis(v: &Value) -> Option<i64> {
    let t = temporal(v).filter(|t| t.has_offset())?;
    Some(t.timestamp().ok()?.as_millisecond())
}

/// A time in a zone as `ZonedDateTime`.
pub(crate) fn zoned_of(millis: i64, z: Zone) -> R {
    Temporal::of_millis(millis, Kind::ZonedDateTime, Some(z)).map(Value::object)
}

/// A local date, or a date with time.
pub(crate) fn local_of(millis: i64, z: &Zone, date_only: bool) -> R {
    let t = Temporal::of_millis(millis, Kind::ZonedDateTime, Some(z.clone()))?;
    Ok(Value::object(t.to(if date_only { Kind::LocalDate } else { Kind::LocalDateTime })))
}

impl Temporal {
    /// What has no offset.
    pub(crate) fn local(kind: Kind, date: Date, time: Time) -> Temporal {
        Temporal { kind, at: DateTime::from_parts(date, time), offset: Offset::UTC, zone: None }
    }
    /// A date.
    pub(crate) fn date(date: Date) -> Temporal {
        Temporal::local(Kind::LocalDate, date, Time::MIN)
    }
    /// A moment.
    pub(crate) fn of_millis(millis: i64, kind: Kind, zone: Option<Zone>) -> R<Temporal> {
        Temporal::of_timestamp(Timestamp::from_millisecond(millis).map_err(|_| out_of_range())?, kind, zone)
    }
    /// A moment.
    pub(crate) fn of_timestamp(t: Timestamp, kind: Kind, zone: Option<Zone>) -> R<Temporal> {
        let offset = zone.as_ref().map_or(Offset::UTC, |z| z.tz.to_offset(t));
        let zone = zone.filter(|_| kind == Kind::ZonedDateTime);
        Ok(Temporal { kind, at: offset.to_datetime(t), offset, zone })
    }
    /// A local time in a zone.
    pub(crate) fn in_zone(at: DateTime, zone: Zone, prefer: Option<Offset>) -> R<Temporal> {
        let a = zone.tz.to_ambiguous_zoned(at);
        let z = match (a.offset(), prefer) {
            (jiff::tz::AmbiguousOffset::Fold { after, .. }, Some(p)) if p == after => a.later(),
            _ => a.compatible(),
        }
        .map_err(|_| out_of_range())?;
        Ok(Temporal { kind: Kind::ZonedDateTime, at: z.datetime(), offset: z.offset(), zone: Some(zone) })
    }
    /// The moment.
    pub(crate) fn timestamp(&self) -> R<Timestamp> {
        self.offset.to_timestamp(self.at).map_err(|_| out_of_range())
    }
    pub(crate) fn has_offset(&self) -> bool {
        matches!(self.kind, Kind::Instant | Kind::ZonedDateTime | Kind::OffsetDateTime)
    }
    pub(crate) fn has_date(&self) -> bool {
        !matches!(self.kind, Kind::LocalTime | Kind::Year | Kind::YearMonth | Kind::MonthDay | Kind::Instant)
    }
    pub(crate) fn has_time(&self) -> bool {
        matches!(self.kind, Kind::LocalTime | Kind::LocalDateTime | Kind::ZonedDateTime | Kind::OffsetDateTime)
    }
    /// The same as another class.
    pub(crate) fn to(&self, kind: Kind) -> Temporal {
        let mut t = self.clone();
        t.kind = kind;
        match kind {
            Kind::LocalDate => t.at = self.at.date().to_datetime(Time::MIN),
            Kind::LocalTime => t.at = DateTime::from_parts(Date::constant(1970, 1, 1), self.at.time()),
            Kind::Year => {
                t.at = Date::new(self.at.year(), 1, 1).unwrap_or(Date::constant(1970, 1, 1)).to_datetime(Time::MIN);
            }
            Kind::YearMonth => t.at = self.at.date().first_of_month().to_datetime(Time::MIN),
            _ => {}
        }
        if !t.has_offset() {
            t.offset = Offset::UTC;
        }
        if kind != Kind::ZonedDateTime {
            t.zone = None;
        }
        t
    }
    /// Another local date and time of the same class.
    pub(crate) fn moved(&self, at: DateTime) -> R<Temporal> {
        match (&self.zone, self.kind) {
            (Some(z), Kind::ZonedDateTime) => Temporal::in_zone(at, z.clone(), Some(self.offset)),
            (_, kind) => Ok(Temporal { at, ..self.clone() }.to(kind)),
        }
    }
    fn nano_of_day(&self) -> i128 {
        let t = self.at.time();
        let secs = i128::from(t.hour()) * 3600 + i128::from(t.minute()) * 60 + i128::from(t.second());
        secs * 1_000_000_000 + i128::from(t.subsec_nanosecond())
    }
    /// Adds so many of a unit, by its number in `ChronoUnit`.
    pub(crate) fn plus(&self, unit: usize, n: i64) -> R<Temporal> {
        let none = || {
            throw(
                "java.time.temporal.UnsupportedTemporalTypeException",
                format!("Unsupported unit: {}", amount::UNIT_TEXTS[unit.min(15)]),
            )
        };
        if let Some(nanos) = amount::NANOS.get(unit).filter(|_| unit < 7 || self.kind == Kind::Instant && unit == 7) {
            if self.kind != Kind::Instant && !self.has_time() {
                return Err(none());
            }
            let all = i128::from(n) * nanos;
            if self.has_offset() {
                let t = self.timestamp()?;
                let d = jiff::SignedDuration::try_from_nanos_i128(all).ok_or_else(out_of_range)?;
                let t = t.checked_add(d).map_err(|_| out_of_range())?;
                if self.kind == Kind::ZonedDateTime {
                    return Temporal::of_timestamp(t, self.kind, self.zone.clone());
                }
                return Ok(Temporal { at: self.offset.to_datetime(t), ..self.clone() });
            }
            let sum = self.nano_of_day().checked_add(all).ok_or_else(out_of_range)?;
            let days = if self.kind == Kind::LocalTime { 0 } else { sum.div_euclid(NANOS_PER_DAY) };
            let time = time_of_nanos(sum.rem_euclid(NANOS_PER_DAY));
            let day = i64::try_from(days).ok().and_then(|d| of_epoch_day(epoch_day(self.at.date()).checked_add(d)?));
            return self.moved(DateTime::from_parts(day.ok_or_else(out_of_range)?, time));
        }
        let lowest = match self.kind {
            Kind::LocalTime | Kind::Instant | Kind::MonthDay => 99,
            Kind::Year => 10,
            Kind::YearMonth => 9,
            _ => 7,
        };
        if unit < lowest || unit > 13 {
            return Err(none());
        }
        let date = match unit {
            7 | 8 => {
                let days = n.checked_mul(if unit == 8 { 7 } else { 1 }).ok_or_else(out_of_range)?;
                epoch_day(self.at.date()).checked_add(days).and_then(of_epoch_day).ok_or_else(out_of_range)?
            }
            _ => {
                let each = [1, 12, 120, 1200, 12000][unit - 9];
                let months = n.checked_mul(each).ok_or_else(out_of_range)?;
                plus_months(self.at.date(), months).ok_or_else(out_of_range)?
            }
        };
        self.moved(DateTime::from_parts(date, self.at.time()))
    }
    /// How many whole units lie between.
    pub(crate) fn until(&self, end: &Temporal, unit: usize) -> R<i64> {
        let end = match (&self.zone, self.has_offset() && end.has_offset()) {
            // In the zone of the first.
            (Some(z), true) => Temporal::of_timestamp(end.timestamp()?, Kind::ZonedDateTime, Some(z.clone()))?,
            (None, true) => {
                Temporal { at: self.offset.to_datetime(end.timestamp()?), offset: self.offset, ..end.clone() }
            }
            _ => end.clone(),
        };
        if unit < 7 || matches!(self.kind, Kind::Instant | Kind::LocalTime) {
            if !(self.has_time() || self.kind == Kind::Instant) || unit > 7 || unit == 7 && self.kind == Kind::LocalTime
            {
                return Err(throw(
                    "java.time.temporal.UnsupportedTemporalTypeException",
                    format!("Unsupported unit: {}", amount::UNIT_TEXTS[unit.min(15)]),
                ));
            }
            return i64::try_from(self.nanos_until(&end)? / amount::NANOS[unit]).map_err(|_| out_of_range());
        }
        let (a, b) = (self.at, end.at);
        let mut date = b.date();
        if date > a.date() && b.time() < a.time() {
            date = date.yesterday().map_err(|_| out_of_range())?;
        } else if date < a.date() && b.time() > a.time() {
            date = date.tomorrow().map_err(|_| out_of_range())?;
        }
        let days = epoch_day(date) - epoch_day(a.date());
        let packed = |d: Date| (i64::from(d.year()) * 12 + i64::from(d.month()) - 1) * 32 + i64::from(d.day());
        let months = (packed(date) - packed(a.date())) / 32;
        Ok(match unit {
            7 => days,
            8 => days / 7,
            9 => months,
            10 => months / 12,
            11 => months / 120,
            12 => months / 1200,
            _ => months / 12000,
        })
    }
    /// The nanoseconds between.
    pub(crate) fn nanos_until(&self, end: &Temporal) -> R<i128> {
        if self.has_offset() && end.has_offset() {
            return Ok(end.timestamp()?.as_nanosecond() - self.timestamp()?.as_nanosecond());
        }
        let days = i128::from(epoch_day(end.at.date()) - epoch_day(self.at.date()));
        Ok(days * NANOS_PER_DAY + end.nano_of_day() - self.nano_of_day())
    }
    /// The value of a field, by its number in `ChronoField`; None if the class has it not.
    pub(crate) fn field(&self, f: usize) -> Option<i64> {
        let (d, t) = (self.at.date(), self.at.time());
        let nanos = self.nano_of_day() as i64;
        let sub = i64::from(t.subsec_nanosecond());
        let date = self.has_date();
        match f {
            0 | 2 | 4 if self.kind == Kind::Instant => {}
            0..=14 if !self.has_time() => return None,
            15..=22 if !(date || self.kind == Kind::MonthDay && f == 18) => return None,
            23 | 24 if !date && !matches!(self.kind, Kind::YearMonth | Kind::MonthDay) => return None,
            25..=27 if !date && !matches!(self.kind, Kind::YearMonth | Kind::Year) => return None,
            28 if !self.has_offset() => return None,
            29 if !self.has_offset() || self.kind == Kind::Instant => return None,
            _ => {}
        }
        let h = i64::from(t.hour());
        let clock = |h: i64, n: i64| if h == 0 { n } else { h };
        Some(match f {
            0 => sub,
            1 => nanos,
            2 => sub / 1000,
            3 => nanos / 1000,
            4 => sub / 1_000_000,
            5 => nanos / 1_000_000,
            6 => t.second().into(),
            7 => nanos / 1_000_000_000,
            8 => t.minute().into(),
            9 => nanos / 60_000_000_000,
            10 => h % 12,
            11 => clock(h % 12, 12),
            12 => h,
            13 => clock(h, 24),
            14 => h / 12,
            15 => d.weekday().to_monday_one_offset().into(),
            16 => (i64::from(d.day()) - 1) % 7 + 1,
            17 => (i64::from(d.day_of_year()) - 1) % 7 + 1,
            18 => d.day().into(),
            19 => d.day_of_year().into(),
            20 => epoch_day(d),
            21 => (i64::from(d.day()) - 1) / 7 + 1,
            22 => (i64::from(d.day_of_year()) - 1) / 7 + 1,
            23 => d.month().into(),
            24 => i64::from(d.year()) * 12 + i64::from(d.month()) - 1,
            25 => i64::from(if d.year() > 0 { d.year() } else { 1 - d.year() }),
            26 => d.year().into(),
            27 => i64::from(d.year() > 0),
            28 => self.timestamp().ok()?.as_second(),
            29 => self.offset.seconds().into(),
            _ => return None,
        })
    }
    /// The same with a field set.
    pub(crate) fn with(&self, f: usize, v: i64) -> R<Temporal> {
        if self.field(f).is_none() {
            return Err(amount::no_field(f));
        }
        amount::check_field(f, v)?;
        let (d, t) = (self.at.date(), self.at.time());
        let nanos = |n: i128| Ok(time_of_nanos(n));
        let time = match f {
            0 => nanos(self.nano_of_day() / 1_000_000_000 * 1_000_000_000 + i128::from(v)),
            1 => nanos(v.into()),
            2 | 4 => {
                let unit = if f == 2 { 1000 } else { 1_000_000 };
                nanos(self.nano_of_day() / 1_000_000_000 * 1_000_000_000 + i128::from(v) * unit)
            }
            3 => nanos(i128::from(v) * 1000),
            5 => nanos(i128::from(v) * 1_000_000),
            7 => nanos(i128::from(v) * 1_000_000_000 + i128::from(t.subsec_nanosecond())),
            6 => t.with().second(v as i8).build(),
            8 => t.with().minute(v as i8).build(),
            12 | 13 => t.with().hour((v % 24) as i8).build(),
            10 | 11 => t.with().hour((v % 12) as i8 + if t.hour() >= 12 { 12 } else { 0 }).build(),
            14 => t.with().hour(t.hour() % 12 + v as i8 * 12).build(),
            _ => Ok(t),
        }
        .map_err(|_| out_of_range())?;
        let date = match f {
            15 => epoch_day(d).checked_add(v - i64::from(d.weekday().to_monday_one_offset())).and_then(of_epoch_day),
            18 => Some(amount::make_date(d.year().into(), d.month().into(), v)?),
            19 => of_epoch_day(epoch_day(d) - i64::from(d.day_of_year()) + v),
            20 => of_epoch_day(v),
            23 => clamped(d.year().into(), v, d.day()),
            25 | 26 => clamped(v, d.month().into(), d.day()),
            _ => Some(d),
        }
        .ok_or_else(out_of_range)?;
        if f == 29 {
            let offset = Offset::from_seconds(v as i32).map_err(|_| out_of_range())?;
            return Ok(Temporal { offset, ..self.clone() });
        }
        self.moved(DateTime::from_parts(date, time))
    }
    /// Cuts off what is smaller than a unit.
    pub(crate) fn truncated(&self, unit: usize) -> R<Temporal> {
        let by = *amount::NANOS.get(unit).filter(|_| unit <= 7).ok_or_else(|| {
            throw("java.time.temporal.UnsupportedTemporalTypeException", "Unit is too large to be used for truncation")
        })?;
        let time = time_of_nanos(self.nano_of_day() / by * by);
        self.moved(DateTime::from_parts(self.at.date(), time))
    }
}

/// A time of the day.
pub(crate) fn time_of_nanos(n: i128) -> Time {
    let n = n.clamp(0, NANOS_PER_DAY - 1);
    Time::MIN.checked_add(Span::new().nanoseconds(n as i64)).unwrap_or(Time::MIN)
}

fn clamped(y: i64, m: i64, d: i8) -> Option<Date> {
    let first = Date::new(i16::try_from(y).ok()?, i8::try_from(m).ok()?, 1).ok()?;
    first.with().day(d.min(first.days_in_month())).build().ok()
}

/// A date some months later, its day cut to the length of the month.
pub(crate) fn plus_months(d: Date, months: i64) -> Option<Date> {
    let all = (i64::from(d.year()) * 12 + i64::from(d.month()) - 1).checked_add(months)?;
    clamped(all.div_euclid(12), all.rem_euclid(12) + 1, d.day())
}
