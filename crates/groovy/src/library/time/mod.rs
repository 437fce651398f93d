//! Dates and times: `java.util.Date` and its family, `java.text` formats of dates, `groovy.time`, `java.time`.
pub(crate) mod calendar;
pub(crate) mod category;
pub(crate) mod date;
mod fields;
pub(crate) mod format;
pub(crate) mod jtime;
pub(crate) mod locale;
pub(crate) mod pattern;
pub(crate) mod zone;

use super::Family;
use crate::gdk::txt;
use crate::interp::Interpreter;
use crate::value::{R, Value};

pub(crate) static FAMILY: Family = Family {
    classes: &[
        ("java.util", "Date Calendar GregorianCalendar TimeZone SimpleTimeZone Locale"),
        ("java.sql", "Timestamp"),
        ("java.text", "SimpleDateFormat DateFormat"),
        ("groovy.time", "TimeCategory TimeDuration DatumDependentDuration TimeDatumDependentDuration BaseDuration"),
        (
            "java.time",
            "LocalDate LocalDateTime LocalTime Instant ZonedDateTime OffsetDateTime ZoneId ZoneOffset Duration Period DayOfWeek Month Year YearMonth MonthDay Clock",
        ),
        ("java.time.format", "DateTimeFormatter DateTimeFormatterBuilder TextStyle FormatStyle ResolverStyle"),
        ("java.time.temporal", "ChronoUnit ChronoField TemporalAdjusters"),
    ],
    parents: &[
        ("java.sql.Timestamp", "java.util.Date"),
        ("java.sql.Date", "java.util.Date"),
        ("java.util.Date", "java.lang.Comparable"),
        ("sun.util.calendar.ZoneInfo", "java.util.TimeZone"),
        ("java.util.GregorianCalendar", "java.util.Calendar"),
        ("java.util.Calendar", "java.lang.Comparable"),
        ("java.text.SimpleDateFormat", "java.text.DateFormat"),
        ("groovy.time.TimeDuration", "groovy.time.Duration"),
        ("groovy.time.Duration", "groovy.time.BaseDuration"),
        ("groovy.time.TimeDatumDependentDuration", "groovy.time.DatumDependentDuration"),
        ("groovy.time.DatumDependentDuration", "groovy.time.BaseDuration"),
        ("java.time.Duration", "java.lang.Comparable"),
    ],
    construct,
    call_static,
    get_static,
};

fn construct(it: &mut Interpreter<'_>, class: &str, args: &[Value]) -> R<Option<Value>> {
    Ok(match class {
        "java.util.Date" | "java.sql.Timestamp" | "java.sql.Date" => return date::construct(it, class, args),
        "java.util.GregorianCalendar" => return calendar::construct(it, args),
        "java.text.SimpleDateFormat" => return format::construct(it, args),
        "java.util.SimpleTimeZone" => {
            let s = crate::gdk::int(args.first()) / 1000;
            let id = txt(args.get(1));
            zone::fixed(s.clamp(-86_000, 86_000) as i32, id).map(zone::object)
        }
        "java.util.Locale" => Some(Value::object(locale::Locale::new(&txt(args.first()), &txt(args.get(1))))),
        c if c.starts_with("groovy.time.") => category::construct(c, args),
        c => jtime::construct(c),
    })
}

fn call_static(it: &mut Interpreter<'_>, class: &str, name: &str, args: &[Value]) -> R<Option<Value>> {
    match class {
        "java.util.Date" | "java.sql.Timestamp" | "java.sql.Date" => date::call_static(it, name, args),
        "java.util.Calendar" | "java.util.GregorianCalendar" if name == "getInstance" => calendar::construct(it, args),
        "java.util.TimeZone" | "java.util.SimpleTimeZone" => zone::call_static(it, name, args),
        "java.util.Locale" => Ok(locale::call_static(name, args)),
        "java.text.SimpleDateFormat" | "java.text.DateFormat" => format::call_static(it, name, args),
        c if c.starts_with("groovy.time.") => category::call_static(it, name, args),
        c => jtime::call_static(it, c, name, args),
    }
}

fn get_static(it: &mut Interpreter<'_>, class: &str, name: &str) -> R<Option<Value>> {
    let _ = it;
    Ok(match class {
        "java.util.Calendar" | "java.util.GregorianCalendar" => calendar::get_static(name),
        "java.util.TimeZone" => ["SHORT", "LONG"].iter().position(|n| *n == name).map(|n| Value::Int(n as i32)),
        "java.util.Locale" => locale::get_static(name),
        "java.text.DateFormat" | "java.text.SimpleDateFormat" => format::get_static(name),
        c => jtime::get_static(c, name),
    })
}
