//! Static methods and constants of `java.time`.
use super::amount::{self, Amount, DAYS, MONTHS, UNITS, check_field, make_date};
use super::printer::Formatter;
use super::{Kind, Temporal, ZoneId, date_time, offset_zone, out_of_range, temporal, zone_id};
use crate::error::{null_pointer, throw};
use crate::gdk::{int, txt};
use crate::interp::Interpreter;
use crate::library::support::{constant, is_text};
use crate::library::time::locale::Locale;
use crate::library::time::pattern::of_epoch_day;
use crate::library::time::zone::{self, Zone, read_offset};
use crate::text::text;
use crate::value::{R, Value};
use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::Offset;

/// The kind of a class.
pub(crate) fn kind_of(class: &str) -> Option<Kind> {
    Some(match class.strip_prefix("java.time.")? {
        "LocalDate" => Kind::LocalDate,
        "LocalTime" => Kind::LocalTime,
        "LocalDateTime" => Kind::LocalDateTime,
        "Instant" => Kind::Instant,
        "ZonedDateTime" => Kind::ZonedDateTime,
        "OffsetDateTime" => Kind::OffsetDateTime,
        "Year" => Kind::Year,
        "YearMonth" => Kind::YearMonth,
        "MonthDay" => Kind::MonthDay,
        _ => return None,
    })
}

/// `ZoneId.of(…)`.
pub(crate) fn find_zone(id: &str) -> R<Zone> {
    if id == "Z" {
        return Ok(offset_zone(0));
    }
    if let Some(s) = read_offset(id) {
        return Ok(offset_zone(s));
    }
    for p in ["UTC", "GMT", "UT"] {
        if let Some(rest) = id.strip_prefix(p)
            && let Some(s) = read_offset(rest)
        {
            let z = offset_zone(s);
            let id = if s == 0 { p.to_string() } else { format!("{p}{}", z.id) };
            return Ok(Zone { id: id.into(), tz: z.tz });
        }
    }
    let short = id.len() == 3
        && !matches!(id, "UTC" | "GMT" | "CET" | "EET" | "MET" | "WET" | "EST" | "MST" | "HST" | "PRC" | "ROK" | "UCT");
    if let Some(z) = zone::known(id).filter(|_| !short) {
        return Ok(z);
    }
    if id.len() < 2 || !id.chars().all(|c| c.is_ascii_alphanumeric() || "/._~+-".contains(c)) {
        return Err(date_time(format!("Invalid ID for region-based ZoneId, invalid format: {id}")));
    }
    Err(throw("java.time.zone.ZoneRulesException", format!("Unknown time-zone ID: {id}")))
}

fn time(args: &[Value]) -> R<Time> {
    let n = |i: usize| int(args.get(i));
    for (i, f) in [12, 8, 6, 0].iter().enumerate() {
        check_field(*f, n(i))?;
    }
    Time::new(n(0) as i8, n(1) as i8, n(2) as i8, n(3) as i32).map_err(|_| out_of_range())
}

fn month(v: Option<&Value>) -> i64 {
    constant(v, &MONTHS).map_or_else(|| int(v), |m| m as i64 + 1)
}

/// A zone argument, or the default zone.
fn zone_arg(it: &Interpreter<'_>, v: Option<&Value>) -> R<Zone> {
    match v {
        None => find_zone(&it.host.time_zone()),
        Some(v) => match super::zone_of(v) {
            Some(z) => Ok(z),
            None if v.downcast::<zone::ZoneObj>().is_some() => Ok(zone::zone_of(v)),
            None => find_zone(&text(v)),
        },
    }
}

/// What a formatter argument means.
pub(crate) fn formatter(v: Option<&Value>) -> Option<Formatter> {
    v?.downcast::<Formatter>().cloned()
}

/// `DayOfWeek.of(…)`, `LocalDate.of(…)` and so on.
pub(crate) fn call_static(it: &mut Interpreter<'_>, class: &str, name: &str, args: &[Value]) -> R<Option<Value>> {
    if let Some(kind) = kind_of(class) {
        return temporal_static(it, kind, name, args);
    }
    let a0 = args.first();
    if let Some(e) = amount::enum_of(class) {
        let n = e.names.len() as i64;
        return Ok(Some(match (name, args) {
            ("of", [v]) => {
                let v = int(Some(v));
                if !(1..=n).contains(&v) {
                    let what = if n == 7 { "DayOfWeek" } else { "MonthOfYear" };
                    return Err(date_time(format!("Invalid value for {what}: {v}")));
                }
                e.at(v as usize - 1)
            }
            ("from", [t]) => match temporal(t).and_then(|t| t.field(if n == 7 { 15 } else { 23 })) {
                Some(v) => e.at(v as usize - 1),
                None => return Ok(None),
            },
            _ => return e.call_static(name, args),
        }));
    }
    Ok(Some(match (class, name, args.len()) {
        ("java.time.ZoneId" | "java.time.ZoneOffset", "of", 1) => {
            if a0.is_some_and(Value::is_null) {
                return Err(null_pointer("zoneId"));
            }
            let id = txt(a0);
            if class.ends_with("Offset") && id != "Z" && read_offset(&id).is_none() {
                return Err(date_time(format!("Invalid ID for ZoneOffset, invalid format: {id}")));
            }
            zone_id(find_zone(&id)?)
        }
        ("java.time.ZoneId", "systemDefault", 0) => zone_id(find_zone(&it.host.time_zone())?),
        ("java.time.ZoneId", "getAvailableZoneIds", 0) => {
            let mut ids: Vec<String> = jiff::tz::db().available().map(|n| n.to_string()).collect();
            ids.sort();
            crate::value::MapObj::set_of(crate::value::MapKind::Hash, ids.into_iter().map(Value::str))
        }
        ("java.time.ZoneOffset", "ofHours", 1) => zone_id(offset_zone(int(a0).clamp(-18, 18) as i32 * 3600)),
        ("java.time.ZoneOffset", "ofHoursMinutes", 2) => {
            zone_id(offset_zone((int(a0).clamp(-18, 18) * 3600 + int(args.get(1)).clamp(-59, 59) * 60) as i32))
        }
        ("java.time.ZoneOffset", "ofTotalSeconds", 1) => zone_id(offset_zone(int(a0).clamp(-64800, 64800) as i32)),
        ("java.time.Duration", "between", 2) => match (a0.and_then(temporal), args.get(1).and_then(temporal)) {
            (Some(a), Some(b)) => {
                if !a.has_time() && a.kind != Kind::Instant {
                    return Err(throw(
                        "java.time.temporal.UnsupportedTemporalTypeException",
                        "Unsupported unit: Seconds",
                    ));
                }
                Value::object(Amount::Duration(a.nanos_until(b)?))
            }
            _ => return Ok(None),
        },
        ("java.time.Duration", "parse", 1) => Value::object(Amount::parse(&txt(a0), true)?),
        ("java.time.Duration", "of", 2) => match constant(args.get(1), &UNITS).filter(|u| *u < 8) {
            Some(u) => Value::object(Amount::Duration(i128::from(int(a0)) * amount::NANOS[u])),
            None => return Ok(None),
        },
        ("java.time.Duration", m, 1) => {
            let names = ["ofNanos", "", "ofMillis", "ofSeconds", "ofMinutes", "ofHours", "", "ofDays"];
            match names.iter().position(|n| *n == m && !m.is_empty()) {
                Some(u) => Value::object(Amount::Duration(i128::from(int(a0)) * amount::NANOS[u])),
                None => return Ok(None),
            }
        }
        ("java.time.Period", "between", 2) => match (a0.and_then(temporal), args.get(1).and_then(temporal)) {
            (Some(a), Some(b)) => Value::object(Amount::between(a, b)?),
            _ => return Ok(None),
        },
        ("java.time.Period", "parse", 1) => Value::object(Amount::parse(&txt(a0), false)?),
        ("java.time.Period", "of", 3) => Value::object(Amount::Period(int(a0), int(args.get(1)), int(args.get(2)))),
        ("java.time.Period", "ofDays", 1) => Value::object(Amount::Period(0, 0, int(a0))),
        ("java.time.Period", "ofWeeks", 1) => Value::object(Amount::Period(0, 0, int(a0).saturating_mul(7))),
        ("java.time.Period", "ofMonths", 1) => Value::object(Amount::Period(0, int(a0), 0)),
        ("java.time.Period", "ofYears", 1) => Value::object(Amount::Period(int(a0), 0, 0)),
        ("java.time.format.DateTimeFormatter", "ofPattern", 1 | 2) => {
            if a0.is_some_and(Value::is_null) {
                return Err(null_pointer("pattern"));
            }
            Value::object(Formatter::of(&txt(a0), Locale::of(args.get(1)).unwrap_or_else(Locale::default))?)
        }
        ("java.time.format.DateTimeFormatter", "ofLocalizedDate", 1) => {
            let p = match txt(a0).as_str() {
                "FULL" => "EEEE, MMMM d, yyyy",
                "LONG" => "MMMM d, yyyy",
                "MEDIUM" => "MMM d, yyyy",
                _ => "M/d/yy",
            };
            Value::object(Formatter::of(p, Locale::default())?)
        }
        ("java.time.format.DateTimeFormatter", "ofLocalizedDateTime", 1 | 2) => {
            Value::object(Formatter::of("MMM d, yyyy h:mm:ss a", Locale::default())?)
        }
        ("java.time.temporal.TemporalAdjusters", _, 0 | 1) => Value::object(super::calls::Adjuster {
            name: name.into(),
            day: constant(a0, &DAYS).map_or(0, |d| d as i64 + 1),
            n: 0,
        }),
        ("java.time.temporal.TemporalAdjusters", "dayOfWeekInMonth", 2) => Value::object(super::calls::Adjuster {
            name: name.into(),
            day: constant(args.get(1), &DAYS).map_or(0, |d| d as i64 + 1),
            n: int(a0),
        }),
        ("java.time.Clock", _, _) => Value::object(super::calls::Clock(match args {
            [] if name == "systemUTC" => find_zone("Z")?,
            [.., z] if super::zone_of(z).is_some() => zone_arg(it, Some(z))?,
            _ => zone_arg(it, None)?,
        })),
        _ => return Ok(None),
    }))
}

fn temporal_static(it: &mut Interpreter<'_>, kind: Kind, name: &str, args: &[Value]) -> R<Option<Value>> {
    let a0 = args.first();
    let n = |i: usize| int(args.get(i));
    let object = |t: Temporal| Ok(Some(Value::object(t)));
    let epoch = Date::constant(1970, 1, 1);
    match (name, args.len()) {
        ("now", 0 | 1) => {
            let z = match a0.and_then(|v| v.downcast::<super::calls::Clock>()) {
                Some(c) => c.0.clone(),
                None => zone_arg(it, a0)?,
            };
            let t = Temporal::of_millis(it.host.now_millis(), Kind::ZonedDateTime, Some(z))?;
            if kind == Kind::Instant {
                return object(Temporal::of_millis(it.host.now_millis(), kind, None)?);
            }
            object(t.to(kind))
        }
        ("parse", 1 | 2) => {
            let Some(s) = a0.filter(|a| is_text(a)).map(text) else {
                return Err(null_pointer("text"));
            };
            let f = match args.get(1) {
                Some(v) => match formatter(Some(v)) {
                    Some(f) => f,
                    None if is_text(v) => Formatter::of(&text(v), Locale::default())?,
                    None => return Ok(None),
                },
                None => match kind {
                    Kind::LocalDate => Formatter::constant("ISO_LOCAL_DATE"),
                    Kind::LocalTime => Formatter::constant("ISO_LOCAL_TIME"),
                    Kind::LocalDateTime => Formatter::constant("ISO_LOCAL_DATE_TIME"),
                    Kind::Instant => Formatter::constant("ISO_OFFSET_DATE_TIME"),
                    Kind::ZonedDateTime => Formatter::constant("ISO_ZONED_DATE_TIME"),
                    Kind::OffsetDateTime => Formatter::constant("ISO_OFFSET_DATE_TIME"),
                    Kind::Year => Formatter::of("uuuu", Locale::default()).ok(),
                    Kind::YearMonth => Formatter::of("uuuu-MM", Locale::default()).ok(),
                    Kind::MonthDay => Formatter::of("'--'MM-dd", Locale::default()).ok(),
                }
                .map(Formatter::ignoring_case)
                .ok_or_else(out_of_range)?,
            };
            let p = f.read(&s)?;
            object(p.build(kind, &s, it)?)
        }
        ("from", 1) => match a0.and_then(temporal) {
            Some(t) if kind == Kind::Instant => object(Temporal::of_timestamp(t.timestamp()?, kind, None)?),
            Some(t) => object(t.to(kind)),
            None => Ok(None),
        },
        ("of", 3) if kind == Kind::LocalDate => object(Temporal::date(make_date(n(0), month(args.get(1)), n(2))?)),
        ("ofEpochDay", 1) => object(Temporal::date(of_epoch_day(n(0)).ok_or_else(out_of_range)?)),
        ("ofYearDay", 2) => {
            let t = Temporal::date(make_date(n(0), 1, 1)?);
            object(t.with(19, n(1))?)
        }
        ("of", 2..=4) if kind == Kind::LocalTime => object(Temporal::local(kind, epoch, time(args)?)),
        ("ofSecondOfDay", 1) => object(Temporal::local(kind, epoch, Time::MIN).with(7, n(0))?),
        ("ofNanoOfDay", 1) => object(Temporal::local(kind, epoch, Time::MIN).with(1, n(0))?),
        ("of", 2) if kind == Kind::LocalDateTime => match (a0.and_then(temporal), args.get(1).and_then(temporal)) {
            (Some(d), Some(t)) => object(Temporal::local(kind, d.at.date(), t.at.time())),
            _ => Ok(None),
        },
        ("of", 5..=7) if kind == Kind::LocalDateTime => {
            object(Temporal::local(kind, make_date(n(0), month(args.get(1)), n(2))?, time(&args[3..])?))
        }
        ("of", 8) if matches!(kind, Kind::ZonedDateTime | Kind::OffsetDateTime) => {
            let d = make_date(n(0), month(args.get(1)), n(2))?.to_datetime(time(&args[3..7])?);
            object(Temporal::in_zone(d, zone_arg(it, args.get(7))?, None)?.to(kind))
        }
        ("of" | "ofInstant" | "ofLocal", 2 | 3) if kind != Kind::Instant => {
            let Some(t) = a0.and_then(temporal) else {
                if kind == Kind::YearMonth {
                    return object(Temporal::local(kind, make_date(n(0), month(args.get(1)), 1)?, Time::MIN));
                }
                if kind == Kind::MonthDay {
                    return object(Temporal::local(kind, make_date(2000, month(a0), n(1))?, Time::MIN));
                }
                return Ok(None);
            };
            let z = zone_arg(it, args.last())?;
            if t.kind == Kind::Instant {
                return object(Temporal::of_timestamp(t.timestamp()?, Kind::ZonedDateTime, Some(z))?.to(kind));
            }
            let mut at = t.at;
            if let (Some(time), 3) = (args.get(1).and_then(temporal), args.len()) {
                at = at.date().to_datetime(time.at.time());
            }
            object(Temporal::in_zone(at, z, None)?.to(kind))
        }
        ("of", 1) if kind == Kind::Year => object(Temporal::local(kind, make_date(n(0), 1, 1)?, Time::MIN)),
        ("isLeap", 1) => Ok(Some(Value::Bool((n(0) % 4 == 0 && n(0) % 100 != 0) || n(0) % 400 == 0))),
        ("ofEpochMilli", 1) => object(Temporal::of_millis(n(0), Kind::Instant, None)?),
        ("ofEpochSecond", 1 | 2) if kind == Kind::Instant => {
            let t = Timestamp::new(n(0), n(1).clamp(0, 999_999_999) as i32).map_err(|_| out_of_range())?;
            object(Temporal::of_timestamp(t, kind, None)?)
        }
        ("ofEpochSecond", 3) => {
            let t = Timestamp::new(n(0), n(1).clamp(0, 999_999_999) as i32).map_err(|_| out_of_range())?;
            let z = zone_arg(it, args.get(2))?;
            object(Temporal::of_timestamp(t, Kind::ZonedDateTime, Some(z))?.to(kind))
        }
        _ => Ok(None),
    }
}

/// Constants.
pub(crate) fn get_static(class: &str, name: &str) -> Option<Value> {
    if let Some(e) = amount::enum_of(class) {
        return e.named(name);
    }
    Some(match (class, name) {
        ("java.time.format.DateTimeFormatter", n) => Value::object(Formatter::constant(n)?),
        ("java.time.ZoneOffset", "UTC") => zone_id(offset_zone(0)),
        ("java.time.ZoneOffset", "MIN") => zone_id(offset_zone(-64800)),
        ("java.time.ZoneOffset", "MAX") => zone_id(offset_zone(64800)),
        ("java.time.LocalTime", "MIDNIGHT" | "MIN") => {
            Value::object(Temporal::local(Kind::LocalTime, Date::constant(1970, 1, 1), Time::MIN))
        }
        ("java.time.LocalTime", "NOON") => {
            Value::object(Temporal::local(Kind::LocalTime, Date::constant(1970, 1, 1), Time::constant(12, 0, 0, 0)))
        }
        ("java.time.LocalTime", "MAX") => {
            Value::object(Temporal::local(Kind::LocalTime, Date::constant(1970, 1, 1), Time::MAX))
        }
        ("java.time.Instant", "EPOCH") => super::instant(0),
        ("java.time.LocalDate", "EPOCH") => Value::object(Temporal::date(Date::constant(1970, 1, 1))),
        ("java.time.LocalDate" | "java.time.LocalDateTime", "MAX" | "MIN") => {
            let d = if name == "MAX" { Date::MAX } else { Date::MIN };
            let t = if name == "MAX" { Time::MAX } else { Time::MIN };
            let date_only = class.ends_with("LocalDate");
            let kind = if date_only { Kind::LocalDate } else { Kind::LocalDateTime };
            Value::object(Temporal::local(kind, d, if date_only { Time::MIN } else { t }))
        }
        ("java.time.Duration", "ZERO") => Value::object(Amount::Duration(0)),
        ("java.time.Period", "ZERO") => Value::object(Amount::Period(0, 0, 0)),
        ("java.time.ZoneId", "SHORT_IDS") => Value::map(vec![]),
        _ => return None,
    })
}

/// There are no constructors but of the builder.
pub(crate) fn construct(class: &str) -> Option<Value> {
    (class == "java.time.format.DateTimeFormatterBuilder").then(|| Value::object(super::builder::Builder::default()))
}

/// Keeps the offset type used.
pub(crate) fn offset_arg(v: Option<&Value>) -> Option<Offset> {
    let z = super::zone_of(v?)?;
    v?.downcast::<ZoneId>()?;
    let s = if &*z.id == "Z" { 0 } else { read_offset(&z.id)? };
    Offset::from_seconds(s).ok()
}
