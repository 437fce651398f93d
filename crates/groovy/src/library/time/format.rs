//! `SimpleDateFormat` and `DateFormat`.
use super::date::{date, millis_of};
use super::locale::Locale;
use super::pattern::{LETTERS, Part, Reader, parts, print, unparseable, zoned};
use super::zone::{self, Zone, zone, zone_of};
use crate::error::{illegal, null_pointer};
use crate::gdk::{int, txt};
use crate::interp::Interpreter;
use crate::ops;
use crate::text::text;
use crate::value::{HostObject, R, Value};
use std::any::Any;
use std::cell::{Cell, RefCell};

/// `java.text.SimpleDateFormat`.
struct Formatter {
    pattern: RefCell<String>,
    parts: RefCell<Vec<Part>>,
    zone: RefCell<Zone>,
    locale: Locale,
    lenient: Cell<bool>,
    century: Cell<i64>,
}

fn century(it: &Interpreter<'_>) -> i64 {
    // Two digits mean a year from 80 years ago on.
    1970 - 80 + it.host.now_millis().div_euclid(31_556_952_000)
}

/// Reads a date of a pattern.
pub(crate) fn read(it: &mut Interpreter<'_>, pattern: &str, s: &str, z: &Zone) -> R<i64> {
    let parts = parts(pattern, LETTERS)?;
    let locale = Locale::default();
    let r = Reader { parts: &parts, zone: z, locale: &locale, lenient: true, century: century(it) };
    r.read(s).map(|r| r.0).ok_or_else(|| unparseable(s))
}

/// A formatter of a pattern.
pub(crate) fn formatter(it: &mut Interpreter<'_>, pattern: &str, locale: Locale) -> R {
    Ok(Value::object(Formatter {
        pattern: RefCell::new(pattern.to_string()),
        parts: RefCell::new(parts(pattern, LETTERS)?),
        zone: RefCell::new(zone(&it.host.time_zone())),
        locale,
        lenient: Cell::new(true),
        century: Cell::new(century(it)),
    }))
}

/// `new SimpleDateFormat(…)`.
pub(super) fn construct(it: &mut Interpreter<'_>, args: &[Value]) -> R<Option<Value>> {
    let locale = Locale::of(args.get(1)).unwrap_or_else(Locale::default);
    Ok(Some(match args.first() {
        None => formatter(it, "M/d/yy h:mm a", locale)?,
        Some(Value::Null) => return Err(null_pointer("the pattern is null")),
        Some(p) => formatter(it, &text(p), locale)?,
    }))
}

/// `DateFormat.getDateInstance(…)` and its like.
pub(super) fn call_static(it: &mut Interpreter<'_>, name: &str, args: &[Value]) -> R<Option<Value>> {
    let locale = args.iter().find_map(|a| Locale::of(Some(a))).unwrap_or_else(Locale::default);
    let style = |i: usize| args.get(i).filter(|a| ops::is_number(a)).map_or(2, |a| int(Some(a))).clamp(0, 3) as usize;
    let german = locale.language == "de";
    let d = |s: usize| {
        if german {
            ["EEEE, d. MMMM yyyy", "d. MMMM yyyy", "dd.MM.yyyy", "dd.MM.yy"][s]
        } else if locale.country == "GB" {
            ["EEEE, d MMMM yyyy", "dd MMMM yyyy", "dd-MMM-yyyy", "dd/MM/yy"][s]
        } else {
            ["EEEE, MMMM d, yyyy", "MMMM d, yyyy", "MMM d, yyyy", "M/d/yy"][s]
        }
    };
    let t = |s: usize| {
        if german {
            ["HH:mm' Uhr 'z", "HH:mm:ss z", "HH:mm:ss", "HH:mm"][s]
        } else {
            ["h:mm:ss a z", "h:mm:ss a z", "h:mm:ss a", "h:mm a"][s]
        }
    };
    let pattern = match name {
        "getDateInstance" => d(style(0)).to_string(),
        "getTimeInstance" => t(style(0)).to_string(),
        "getDateTimeInstance" => format!("{} {}", d(style(0)), t(style(1))),
        "getInstance" => format!("{} {}", d(3), t(3)),
        _ => return Ok(None),
    };
    formatter(it, &pattern, locale).map(Some)
}

/// `DateFormat.SHORT` and the like.
pub(super) fn get_static(name: &str) -> Option<Value> {
    Some(Value::Int(match name {
        "FULL" => 0,
        "LONG" => 1,
        "MEDIUM" | "DEFAULT" => 2,
        "SHORT" => 3,
        _ => return None,
    }))
}

impl HostObject for Formatter {
    fn class_name(&self) -> &str {
        "java.text.SimpleDateFormat"
    }
    fn call_method(&self, it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        let z = self.zone.borrow().clone();
        Ok(Some(match (name, args) {
            ("format", [d, ..]) => {
                let millis = match millis_of(d) {
                    Some(m) => m,
                    None if ops::is_number(d) => int(Some(d)),
                    None if d.is_null() => return Err(null_pointer("the date to format is null")),
                    None => return Err(illegal("Cannot format given Object as a Date")),
                };
                Value::str(print(&self.parts.borrow(), &zoned(millis, &z)?, &z, &self.locale))
            }
            ("parse", [s, ..]) => {
                if s.is_null() {
                    return Err(null_pointer("the text to parse is null"));
                }
                let s = text(s);
                let parts = self.parts.borrow();
                let r = Reader {
                    parts: &parts,
                    zone: &z,
                    locale: &self.locale,
                    lenient: self.lenient.get(),
                    century: self.century.get(),
                };
                match r.read(&s) {
                    Some((m, _)) => date(m),
                    None if args.len() > 1 => Value::Null,
                    None => return Err(unparseable(&s)),
                }
            }
            ("setTimeZone", [v]) => {
                self.zone.replace(zone_of(v));
                Value::Null
            }
            ("getTimeZone", []) => zone::object(z),
            ("setLenient", [v]) => {
                self.lenient.set(ops::truth(v));
                Value::Null
            }
            ("isLenient", []) => Value::Bool(self.lenient.get()),
            ("toPattern" | "toLocalizedPattern", []) => Value::str(&*self.pattern.borrow()),
            ("applyPattern", [p]) => {
                let p = text(p);
                self.parts.replace(parts(&p, LETTERS)?);
                self.pattern.replace(p);
                Value::Null
            }
            ("set2DigitYearStart", [d]) => {
                let y = zoned(millis_of(d).unwrap_or(0), &z)?.year();
                self.century.set(i64::from(y));
                Value::Null
            }
            ("getCalendar", []) => super::calendar::object(it.host.now_millis(), z),
            ("setCalendar", [c]) => {
                if let Some(c) = super::calendar::zone_of(c) {
                    self.zone.replace(c);
                }
                Value::Null
            }
            ("clone", []) => Value::object(Formatter {
                pattern: self.pattern.clone(),
                parts: self.parts.clone(),
                zone: self.zone.clone(),
                locale: self.locale.clone(),
                lenient: self.lenient.clone(),
                century: self.century.clone(),
            }),
            _ => {
                let _ = txt(None);
                return Ok(None);
            }
        }))
    }
    fn equal(&self, o: &Value) -> Option<bool> {
        Some(o.downcast::<Formatter>().is_some_and(|o| *o.pattern.borrow() == *self.pattern.borrow()))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}
