//! Fields of a time: reading, setting and counting with them, as `Calendar` does.
use super::locale::Locale;
use super::pattern::{DAY, epoch_day, of_epoch_day, week, week_of_month, weekday, zoned};
use super::zone::Zone;
use crate::error::illegal;
use crate::gdk::int;
use crate::text::text;
use crate::value::{MapObj, R};
use jiff::civil::Date;

pub(super) fn out_of_range() -> crate::value::Thrown {
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

/// The least and the greatest value of a field at a time.
pub(super) fn limits(f: usize, t: i64, z: &Zone, locale: &Locale) -> R<(i64, i64)> {
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
