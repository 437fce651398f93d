//! The enums of `java.time`.
use super::amount::Amount;
use super::{NANOS_PER_DAY, temporal};
use crate::gdk::int;
use crate::interp::Interpreter;
use crate::library::support::{Constant, EnumClass, plain};
use crate::library::time::locale::Locale;
use crate::text::text;
use crate::value::{R, Value};

pub(crate) const UNIT_TEXTS: [&str; 16] = [
    "Nanos",
    "Micros",
    "Millis",
    "Seconds",
    "Minutes",
    "Hours",
    "HalfDays",
    "Days",
    "Weeks",
    "Months",
    "Years",
    "Decades",
    "Centuries",
    "Millennia",
    "Eras",
    "Forever",
];
/// Nanoseconds of a unit.
pub(crate) const NANOS: [i128; 9] = [
    1,
    1000,
    1_000_000,
    1_000_000_000,
    60_000_000_000,
    3_600_000_000_000,
    43_200_000_000_000,
    NANOS_PER_DAY,
    7 * NANOS_PER_DAY,
];
pub(crate) static UNITS: EnumClass = EnumClass {
    class: "java.time.temporal.ChronoUnit",
    names: &[
        "NANOS",
        "MICROS",
        "MILLIS",
        "SECONDS",
        "MINUTES",
        "HOURS",
        "HALF_DAYS",
        "DAYS",
        "WEEKS",
        "MONTHS",
        "YEARS",
        "DECADES",
        "CENTURIES",
        "MILLENNIA",
        "ERAS",
        "FOREVER",
    ],
    texts: &UNIT_TEXTS,
    methods: unit_method,
};
pub(super) const FIELD_TEXTS: [&str; 30] = [
    "NanoOfSecond",
    "NanoOfDay",
    "MicroOfSecond",
    "MicroOfDay",
    "MilliOfSecond",
    "MilliOfDay",
    "SecondOfMinute",
    "SecondOfDay",
    "MinuteOfHour",
    "MinuteOfDay",
    "HourOfAmPm",
    "ClockHourOfAmPm",
    "HourOfDay",
    "ClockHourOfDay",
    "AmPmOfDay",
    "DayOfWeek",
    "AlignedDayOfWeekInMonth",
    "AlignedDayOfWeekInYear",
    "DayOfMonth",
    "DayOfYear",
    "EpochDay",
    "AlignedWeekOfMonth",
    "AlignedWeekOfYear",
    "MonthOfYear",
    "ProlepticMonth",
    "YearOfEra",
    "Year",
    "Era",
    "InstantSeconds",
    "OffsetSeconds",
];
pub(crate) static FIELDS: EnumClass = EnumClass {
    class: "java.time.temporal.ChronoField",
    names: &[
        "NANO_OF_SECOND",
        "NANO_OF_DAY",
        "MICRO_OF_SECOND",
        "MICRO_OF_DAY",
        "MILLI_OF_SECOND",
        "MILLI_OF_DAY",
        "SECOND_OF_MINUTE",
        "SECOND_OF_DAY",
        "MINUTE_OF_HOUR",
        "MINUTE_OF_DAY",
        "HOUR_OF_AMPM",
        "CLOCK_HOUR_OF_AMPM",
        "HOUR_OF_DAY",
        "CLOCK_HOUR_OF_DAY",
        "AMPM_OF_DAY",
        "DAY_OF_WEEK",
        "ALIGNED_DAY_OF_WEEK_IN_MONTH",
        "ALIGNED_DAY_OF_WEEK_IN_YEAR",
        "DAY_OF_MONTH",
        "DAY_OF_YEAR",
        "EPOCH_DAY",
        "ALIGNED_WEEK_OF_MONTH",
        "ALIGNED_WEEK_OF_YEAR",
        "MONTH_OF_YEAR",
        "PROLEPTIC_MONTH",
        "YEAR_OF_ERA",
        "YEAR",
        "ERA",
        "INSTANT_SECONDS",
        "OFFSET_SECONDS",
    ],
    texts: &FIELD_TEXTS,
    methods: plain,
};
pub(crate) static DAYS: EnumClass = EnumClass {
    class: "java.time.DayOfWeek",
    names: &["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"],
    texts: &[],
    methods: name_method,
};
pub(crate) static MONTHS: EnumClass = EnumClass {
    class: "java.time.Month",
    names: &[
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
    ],
    texts: &[],
    methods: name_method,
};
pub(crate) static TEXT_STYLES: EnumClass = EnumClass {
    class: "java.time.format.TextStyle",
    names: &["FULL", "FULL_STANDALONE", "SHORT", "SHORT_STANDALONE", "NARROW", "NARROW_STANDALONE"],
    texts: &[],
    methods: plain,
};
pub(crate) static FORMAT_STYLES: EnumClass = EnumClass {
    class: "java.time.format.FormatStyle",
    names: &["FULL", "LONG", "MEDIUM", "SHORT"],
    texts: &[],
    methods: plain,
};
pub(crate) static RESOLVERS: EnumClass = EnumClass {
    class: "java.time.format.ResolverStyle",
    names: &["STRICT", "SMART", "LENIENT"],
    texts: &[],
    methods: plain,
};

/// The enum of a class.
pub(crate) fn enum_of(class: &str) -> Option<&'static EnumClass> {
    [&UNITS, &FIELDS, &DAYS, &MONTHS, &TEXT_STYLES, &FORMAT_STYLES, &RESOLVERS].into_iter().find(|e| e.class == class)
}

fn unit_method(_: &mut Interpreter<'_>, c: &Constant, name: &str, args: &[Value]) -> R<Option<Value>> {
    Ok(Some(match (name, args) {
        ("between", [a, b]) => match (temporal(a), temporal(b)) {
            (Some(a), Some(b)) => Value::Long(a.until(b, c.at)?),
            _ => return Ok(None),
        },
        ("getDuration", []) => match NANOS.get(c.at) {
            Some(n) => Value::object(Amount::Duration(*n)),
            None => return Ok(None),
        },
        ("isDateBased", []) => Value::Bool((7..=14).contains(&c.at)),
        ("isTimeBased", []) => Value::Bool(c.at < 7),
        _ => return Ok(None),
    }))
}

fn name_method(_: &mut Interpreter<'_>, c: &Constant, name: &str, args: &[Value]) -> R<Option<Value>> {
    let n = c.of.names.len() as i64;
    let turn = |by: i64| c.of.at((c.at as i64 + by % n).rem_euclid(n) as usize);
    let days = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    Ok(Some(match (name, args) {
        ("getValue", []) => Value::Int(c.at as i32 + 1),
        ("plus", [by]) => turn(int(Some(by))),
        ("minus", [by]) => turn(-(int(Some(by)) % n)),
        ("maxLength" | "minLength" | "length", _) if n == 12 => {
            let leap = name == "maxLength" || args.first().is_some_and(crate::ops::truth);
            Value::Int(days[c.at.min(11)] + i32::from(leap && c.at == 1))
        }
        ("getDisplayName", [style, ..]) => {
            let names = Locale::of(args.get(1)).unwrap_or_else(Locale::default).names();
            let style = text(style);
            let long = if n == 12 { names.months[c.at.min(11)] } else { names.days[c.at.min(6)] };
            let short = if n == 12 { names.short_months[c.at.min(11)] } else { names.short_days[c.at.min(6)] };
            Value::str(if style.starts_with("FULL") {
                long.to_string()
            } else if style.starts_with("SHORT") {
                short.to_string()
            } else {
                long.chars().take(1).collect()
            })
        }
        _ => return Ok(None),
    }))
}
