//! Dates, times and durations of XPath.

use std::cmp::Ordering;
use std::fmt;

use jiff::civil::{Date, DateTime, Time};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MomentKind {
    Date,
    DateTime,
    Time,
}

/// A date, a time or both, with or without an offset from UTC. A time has a date nobody sees, a date the time 00:00.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    pub civil: DateTime,
    /// Offset from UTC in seconds.
    pub offset: Option<i32>,
}

/// The day of a bare time.
const NO_DAY: Date = jiff::civil::date(1972, 12, 31);

impl Moment {
    pub fn now(now: base::Timestamp) -> Self {
        Moment { civil: jiff::tz::Offset::UTC.to_datetime(now.to_jiff()), offset: Some(0) }
    }

    pub fn parse(text: &str, kind: MomentKind) -> Option<Self> {
        let (text, offset) = split_offset(text)?;
        let civil = match kind {
            MomentKind::Date => parse_date(text)?.to_datetime(Time::midnight()),
            MomentKind::Time => join(NO_DAY, parse_time(text)?)?,
            MomentKind::DateTime => {
                let (date, time) = text.split_once('T')?;
                join(parse_date(date)?, parse_time(time)?)?
            }
        };
        Some(Moment { civil, offset })
    }

    pub fn to_kind(self, from: MomentKind, to: MomentKind) -> Option<Self> {
        let civil = match (from, to) {
            _ if from == to => self.civil,
            (_, MomentKind::Date) if from != MomentKind::Time => self.civil.date().to_datetime(Time::midnight()),
            (MomentKind::Date, MomentKind::DateTime) => self.civil,
            (MomentKind::DateTime, MomentKind::Time) => NO_DAY.to_datetime(self.civil.time()),
            _ => return None,
        };
        Some(Moment { civil, offset: self.offset })
    }

    /// The same moment as seconds and nanoseconds in UTC; no offset counts as UTC.
    pub fn instant(&self) -> i128 {
        let shift = i128::from(self.offset.unwrap_or(0)) * NANOS;
        civil_nanos(self.civil) - shift
    }

    pub fn compare(&self, other: &Self) -> Ordering {
        self.instant().cmp(&other.instant())
    }

    /// The time from `other` to this.
    pub fn since(&self, other: &Self) -> Duration {
        Duration { kind: DurationKind::DayTime, months: 0, nanos: self.instant() - other.instant() }
    }

    /// This moment later by a duration; `None` beyond the end of the calendar.
    pub fn plus(self, duration: &Duration, kind: MomentKind) -> Option<Self> {
        let civil = self.civil.checked_add(jiff::Span::new().try_months(duration.months).ok()?).ok()?;
        let nanos = duration.nanos;
        let (seconds, rest) =
            (i64::try_from(nanos.div_euclid(NANOS)).ok()?, i64::try_from(nanos.rem_euclid(NANOS)).ok()?);
        let civil = civil.checked_add(jiff::SignedDuration::from_secs(seconds)).ok()?;
        let civil = civil.checked_add(jiff::SignedDuration::from_nanos(rest)).ok()?;
        let moved = Moment { civil, offset: self.offset };
        match kind {
            MomentKind::DateTime => Some(moved),
            _ => moved.to_kind(MomentKind::DateTime, kind),
        }
    }

    /// The same instant seen with another offset.
    pub fn with_offset(self, kind: MomentKind, offset: Option<i32>) -> Option<Self> {
        let civil = match (self.offset, offset) {
            (Some(from), Some(to)) => {
                self.civil.checked_add(jiff::SignedDuration::from_secs(i64::from(to) - i64::from(from))).ok()?
            }
            _ => self.civil,
        };
        let moved = Moment { civil, offset };
        if kind == MomentKind::DateTime { Some(moved) } else { moved.to_kind(MomentKind::DateTime, kind) }
    }

    pub fn text(&self, kind: MomentKind) -> String {
        let (date, time) = (self.civil.date(), self.civil.time());
        let mut out = String::new();
        if kind != MomentKind::Time {
            let sign = if date.year() < 0 { "-" } else { "" };
            out.push_str(&format!("{sign}{:04}-{:02}-{:02}", date.year().abs(), date.month(), date.day()));
        }
        if kind == MomentKind::DateTime {
            out.push('T');
        }
        if kind != MomentKind::Date {
            out.push_str(&format!("{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second()));
            let part = time.subsec_nanosecond();
            if part != 0 {
                out.push('.');
                out.push_str(format!("{part:09}").trim_end_matches('0'));
            }
        }
        if let Some(offset) = self.offset {
            out.push_str(&offset_text(offset, "Z"));
        }
        out
    }
}

const NANOS: i128 = 1_000_000_000;

fn civil_nanos(civil: DateTime) -> i128 {
    jiff::tz::Offset::UTC.to_timestamp(civil).map_or(0, jiff::Timestamp::as_nanosecond)
}

/// `+02:00`, and `zero` for no offset.
pub fn offset_text(offset: i32, zero: &str) -> String {
    if offset == 0 {
        return zero.to_owned();
    }
    let sign = if offset < 0 { '-' } else { '+' };
    let minutes = offset.abs() / 60;
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

fn split_offset(text: &str) -> Option<(&str, Option<i32>)> {
    if let Some(rest) = text.strip_suffix('Z') {
        return Some((rest, Some(0)));
    }
    let Some(cut) = text.len().checked_sub(6) else { return Some((text, None)) };
    let Some(tail) = text.get(cut..) else { return Some((text, None)) };
    let sign = match tail.as_bytes() {
        [b'+', _, _, b':', _, _] => 1,
        [b'-', _, _, b':', _, _] => -1,
        _ => return Some((text, None)),
    };
    let (hours, minutes) = (digits(&tail[1..3], 2)?, digits(&tail[4..6], 2)?);
    let seconds = i32::try_from(hours * 3600 + minutes * 60).ok()?;
    if minutes > 59 || seconds > 14 * 3600 {
        return None;
    }
    Some((&text[..cut], Some(sign * seconds)))
}

fn digits(text: &str, count: usize) -> Option<i64> {
    if text.len() != count || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

fn parse_date(text: &str) -> Option<Date> {
    let (negative, text) = text.strip_prefix('-').map_or((false, text), |t| (true, t));
    let mut parts = text.split('-');
    let year = digits(parts.next()?, 4)?;
    let (month, day) = (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    if parts.next().is_some() {
        return None;
    }
    let year = if negative { -year } else { year };
    Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// A time, and whether it was 24:00:00: the start of the next day.
fn parse_time(text: &str) -> Option<(Time, bool)> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    if part.is_empty() || !part.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let mut parts = whole.split(':');
    let (h, m, s) = (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    if parts.next().is_some() {
        return None;
    }
    let nanos: i32 = format!("{:0<9}", part.get(..part.len().min(9))?).parse().ok()?;
    if (h, m, s, nanos) == (24, 0, 0, 0) {
        return Some((Time::midnight(), true));
    }
    let time = Time::new(i8::try_from(h).ok()?, i8::try_from(m).ok()?, i8::try_from(s).ok()?, nanos).ok()?;
    Some((time, false))
}

fn join(date: Date, (time, next_day): (Time, bool)) -> Option<DateTime> {
    let date = if next_day && date != NO_DAY { date.tomorrow().ok()? } else { date };
    Some(date.to_datetime(time))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DurationKind {
    Full,
    DayTime,
    YearMonth,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Duration {
    pub kind: DurationKind,
    pub months: i64,
    pub nanos: i128,
}

/// About ten thousand years: more means nothing here, and less cannot overflow.
const MOST_MONTHS: i64 = 240_000;
const MOST_NANOS: i128 = 20_000 * 366 * 86_400 * NANOS;

impl Duration {
    pub fn parse(text: &str, kind: DurationKind) -> Option<Self> {
        let (negative, text) = text.strip_prefix('-').map_or((false, text), |t| (true, t));
        let (mut months, mut nanos) = (0_i64, 0_i128);
        let (mut in_time, mut last, mut count) = (false, 0, 0);
        let mut rest = text.strip_prefix('P')?;
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix('T') {
                if in_time || after.is_empty() {
                    return None;
                }
                in_time = true;
                rest = after;
                continue;
            }
            let end = rest.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
            let (number, unit) = (&rest[..end], rest[end..].chars().next()?);
            rest = rest.get(end + 1..)?;
            let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
            let amount: i64 = whole.parse().ok().filter(|n| *n < 1_000_000_000_000)?;
            let order = match (in_time, unit) {
                (false, 'Y') => 1,
                (false, 'M') => 2,
                (false, 'D') => 3,
                (true, 'H') => 4,
                (true, 'M') => 5,
                (true, 'S') => 6,
                _ => return None,
            };
            if order <= last || (number.contains('.') && order != 6) || (!in_time && order > 3) {
                return None;
            }
            last = order;
            count += 1;
            match order {
                1 => months += amount.checked_mul(12)?,
                2 => months += amount,
                3 => nanos += i128::from(amount) * 86_400 * NANOS,
                4 => nanos += i128::from(amount) * 3_600 * NANOS,
                5 => nanos += i128::from(amount) * 60 * NANOS,
                _ => {
                    let part = format!("{:0<9}", part.get(..part.len().min(9))?);
                    nanos += i128::from(amount) * NANOS + part.parse::<i128>().ok()?;
                }
            }
        }
        let fits = match kind {
            DurationKind::Full => true,
            DurationKind::DayTime => months == 0 && last >= 3,
            DurationKind::YearMonth => nanos == 0 && last <= 2,
        };
        if count == 0 || !fits {
            return None;
        }
        Duration { kind, months, nanos }.checked().map(|d| if negative { d.negate() } else { d })
    }

    fn checked(self) -> Option<Self> {
        (self.months.abs() <= MOST_MONTHS && self.nanos.abs() <= MOST_NANOS).then_some(self)
    }

    pub fn negate(self) -> Self {
        Duration { months: -self.months, nanos: -self.nanos, ..self }
    }

    pub fn to_kind(self, kind: DurationKind) -> Self {
        match kind {
            DurationKind::Full => Duration { kind, ..self },
            DurationKind::DayTime => Duration { kind, months: 0, nanos: self.nanos },
            DurationKind::YearMonth => Duration { kind, months: self.months, nanos: 0 },
        }
    }

    pub fn plus(self, other: &Self) -> Option<Self> {
        let kind = if self.kind == other.kind { self.kind } else { DurationKind::Full };
        Duration { kind, months: self.months + other.months, nanos: self.nanos + other.nanos }.checked()
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "checked against the limits")]
    pub fn times(self, factor: f64) -> Option<Self> {
        let (months, nanos) = ((self.months as f64 * factor + 0.5).floor(), (self.nanos as f64 * factor).round());
        if !(months.abs() <= MOST_MONTHS as f64 && nanos.abs() <= MOST_NANOS as f64) {
            return None;
        }
        Duration { kind: self.kind, months: months as i64, nanos: nanos as i128 }.checked()
    }

    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self.months.cmp(&other.months), self.nanos.cmp(&other.nanos)) {
            (months, Ordering::Equal) => Some(months),
            (Ordering::Equal, nanos) => Some(nanos),
            _ => None,
        }
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.months < 0 || self.nanos < 0 {
            f.write_str("-")?;
        }
        f.write_str("P")?;
        let (years, months) = (self.months.abs() / 12, self.months.abs() % 12);
        let seconds = self.nanos.abs() / NANOS;
        let part = self.nanos.abs() % NANOS;
        let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
        let seconds = seconds % 60;
        for (amount, unit) in [(i128::from(years), "Y"), (i128::from(months), "M"), (days, "D")] {
            if amount != 0 {
                write!(f, "{amount}{unit}")?;
            }
        }
        if (hours, minutes, seconds, part) != (0, 0, 0, 0) {
            f.write_str("T")?;
            for (amount, unit) in [(hours, "H"), (minutes, "M")] {
                if amount != 0 {
                    write!(f, "{amount}{unit}")?;
                }
            }
            if part != 0 {
                write!(f, "{seconds}.{}S", format!("{part:09}").trim_end_matches('0'))?;
            } else if seconds != 0 {
                write!(f, "{seconds}S")?;
            }
        } else if self.months == 0 && days == 0 {
            f.write_str(if self.kind == DurationKind::YearMonth { "0M" } else { "T0S" })?;
        }
        Ok(())
    }
}
