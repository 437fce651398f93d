//! Date and SimpleDateFormat.
use crate::error::{illegal, throw};
use crate::gdk::{int, txt};
use crate::interp::Interpreter;
use crate::text::text;
use crate::value::{HostObject, R, Value};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned, civil};
use std::any::Any;
use std::cell::RefCell;

/// `java.util.Date`.
pub(crate) struct Date(pub(crate) i64);

/// `java.text.SimpleDateFormat`.
struct Formatter {
    pattern: String,
    zone: RefCell<String>,
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const DAY: i64 = 86_400_000;

/// A date.
pub(crate) fn date(millis: i64) -> Value {
    Value::object(Date(millis))
}

/// A formatter of a pattern.
pub(crate) fn formatter(pattern: &str, zone: &str) -> Value {
    Value::object(Formatter { pattern: pattern.to_string(), zone: RefCell::new(zone.to_string()) })
}

fn zone(name: &str) -> TimeZone {
    let fixed = |s: &str| {
        let (sign, rest) = s.strip_prefix('+').map(|r| (1, r)).or_else(|| s.strip_prefix('-').map(|r| (-1, r)))?;
        let digits: String = rest.chars().filter(char::is_ascii_digit).collect();
        let n: i32 = digits.parse().ok()?;
        let secs = if digits.len() > 2 { n / 100 * 3600 + n % 100 * 60 } else { n * 3600 };
        Some(TimeZone::fixed(jiff::tz::Offset::from_seconds(sign * secs).ok()?))
    };
    let name = name.strip_prefix("GMT").filter(|r| r.starts_with(['+', '-'])).unwrap_or(name);
    // As in Java, an unknown zone is GMT.
    fixed(name).or_else(|| TimeZone::get(name).ok()).unwrap_or(TimeZone::UTC)
}

fn zoned(millis: i64, tz: &str) -> R<Zoned> {
    let t = Timestamp::from_millisecond(millis).map_err(|_| illegal("the date is out of range"))?;
    Ok(t.to_zoned(zone(tz)))
}

/// The pattern in runs of one letter, and literal text.
fn runs(pattern: &str) -> Vec<(Option<char>, usize, String)> {
    let mut out = Vec::new();
    let c: Vec<char> = pattern.chars().collect();
    let mut i = 0;
    while i < c.len() {
        let start = i;
        if c[i].is_ascii_alphabetic() {
            while i < c.len() && c[i] == c[start] {
                i += 1;
            }
            out.push((Some(c[start]), i - start, String::new()));
        } else if c[i] == '\'' {
            i += 1;
            let mut s = String::new();
            if c.get(i) == Some(&'\'') {
                s.push('\'');
            }
            while i < c.len() && c[i] != '\'' {
                s.push(c[i]);
                i += 1;
            }
            i += 1;
            out.push((None, 0, s));
        } else {
            out.push((None, 0, c[i].to_string()));
            i += 1;
        }
    }
    out
}

fn offset(z: &Zoned, colon: bool) -> String {
    let s = z.offset().seconds();
    let (h, m) = (s.abs() / 3600, s.abs() / 60 % 60);
    format!("{}{h:02}{}{m:02}", if s < 0 { '-' } else { '+' }, if colon { ":" } else { "" })
}

fn print(pattern: &str, z: &Zoned) -> R<String> {
    let mut out = String::new();
    for (letter, n, literal) in runs(pattern) {
        let n = n.min(50);
        let month = MONTHS.get(z.month() as usize - 1).copied().unwrap_or("");
        let day = DAYS.get(z.weekday().to_monday_zero_offset() as usize).copied().unwrap_or("");
        let number = |v: i64| format!("{v:0n$}");
        let h = i64::from(z.hour());
        out.push_str(&match letter {
            None => literal,
            Some('y' | 'u' | 'Y') if n == 2 => format!("{:02}", z.year().rem_euclid(100)),
            Some('y' | 'Y') => number(i64::from(z.year())),
            Some('M' | 'L') if n >= 4 => month.into(),
            Some('M' | 'L') if n == 3 => month[..3].into(),
            Some('M' | 'L') => number(i64::from(z.month())),
            Some('d') => number(i64::from(z.day())),
            Some('H') => number(h),
            Some('k') => number(if h == 0 { 24 } else { h }),
            Some('h') => number(if h % 12 == 0 { 12 } else { h % 12 }),
            Some('K') => number(h % 12),
            Some('m') => number(i64::from(z.minute())),
            Some('s') => number(i64::from(z.second())),
            Some('S') => number(i64::from(z.millisecond())),
            Some('D') => number(i64::from(z.day_of_year())),
            Some('u') => number(i64::from(z.weekday().to_monday_one_offset())),
            Some('w') => number(i64::from(z.date().iso_week_date().week())),
            Some('E') => {
                if n >= 4 {
                    day.into()
                } else {
                    day[..3].into()
                }
            }
            Some('a') => {
                if h < 12 {
                    "AM".into()
                } else {
                    "PM".into()
                }
            }
            Some('z') => z.strftime("%Z").to_string(),
            Some('Z') => offset(z, false),
            Some('X') if z.offset().is_zero() => "Z".into(),
            Some('X') => match n {
                1 => offset(z, false)[..3].into(),
                2 => offset(z, false),
                _ => offset(z, true),
            },
            Some('G') => "AD".into(),
            Some(c) => return Err(illegal(format!("Illegal pattern character '{c}'"))),
        });
    }
    Ok(out)
}

fn read(pattern: &str, s: &str, tz: &str) -> R<i64> {
    let bad = || throw("java.text.ParseException", format!("Unparseable date: \"{s}\""));
    let (mut y, mut mo, mut d, mut h, mut mi, mut sec, mut ms, mut pm) =
        (1970i64, 1i64, 1i64, 0i64, 0i64, 0i64, 0i64, None);
    let (mut rest, mut tz) = (s, tz.to_string());
    let all = runs(pattern);
    for (k, (letter, n, literal)) in all.iter().enumerate() {
        let Some(c) = letter else {
            rest = rest.strip_prefix(literal.as_str()).ok_or_else(bad)?;
            continue;
        };
        let word = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
        let named = |names: &[&str]| {
            names.iter().position(|m| {
                word >= 3 && (m.eq_ignore_ascii_case(&rest[..word]) || m[..3].eq_ignore_ascii_case(&rest[..word]))
            })
        };
        match c {
            'M' | 'L' if *n >= 3 => {
                mo = named(&MONTHS).ok_or_else(bad)? as i64 + 1;
                rest = &rest[word..];
            }
            'E' => {
                named(&DAYS).ok_or_else(bad)?;
                rest = &rest[word..];
            }
            'a' => {
                pm = Some(rest[..word].eq_ignore_ascii_case("pm"));
                rest = &rest[word..];
            }
            'z' | 'Z' | 'X' => {
                let end = rest.find(|c: char| !(c.is_alphanumeric() || "+-:/_".contains(c))).unwrap_or(rest.len());
                let name = &rest[..end];
                if name.is_empty() {
                    return Err(bad());
                }
                tz = if name == "Z" { "UTC".into() } else { name.into() };
                rest = &rest[end..];
            }
            _ => {
                // Fields that touch take as many digits as the pattern has letters.
                let touching = all.get(k + 1).is_some_and(|f| f.0.is_some_and(|c| !"zZXaE".contains(c)));
                let mut len = rest.bytes().take_while(u8::is_ascii_digit).count().min(9);
                if touching {
                    len = len.min(*n);
                }
                let v: i64 = rest[..len].parse().map_err(|_| bad())?;
                rest = &rest[len..];
                match c {
                    'y' | 'u' | 'Y' => {
                        y = if *n <= 2 && len <= 2 { if v > 45 { 1900 + v } else { 2000 + v } } else { v }
                    }
                    'M' | 'L' => mo = v,
                    'd' => d = v,
                    'H' | 'h' | 'k' | 'K' => h = v,
                    'm' => mi = v,
                    's' => sec = v,
                    'S' => ms = v,
                    _ => {}
                }
            }
        }
    }
    if let Some(pm) = pm {
        h = h % 12 + if pm { 12 } else { 0 };
    }
    // Lenient as Java: 30 February is 1 March.
    y += (mo - 1).div_euclid(12);
    let month = (mo - 1).rem_euclid(12) + 1;
    let start = civil::Date::new(i16::try_from(y).map_err(|_| bad())?, month as i8, 1).map_err(|_| bad())?;
    let span = |days: i64| jiff::Span::new().try_days(days).map_err(|_| bad());
    let day = start.checked_add(span(d - 1 + h / 24)?).map_err(|_| bad())?;
    let at = day.at((h % 24) as i8, 0, 0, 0).to_zoned(zone(&tz)).map_err(|_| bad())?;
    Ok(at.timestamp().as_millisecond() + mi * 60_000 + sec * 1000 + ms)
}

impl HostObject for Date {
    fn class_name(&self) -> &str {
        "java.util.Date"
    }
    fn call_method(&self, it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        let own = it.host.time_zone();
        let other = args.first().and_then(|a| a.downcast::<Date>()).map(|d| d.0);
        Ok(Some(match (name, args, other) {
            ("getTime" | "toEpochMilli", [], _) => Value::Long(self.0),
            ("format", [p], _) => Value::str(print(&text(p), &zoned(self.0, &own)?)?),
            ("format", [p, z], _) => Value::str(print(&text(p), &zoned(self.0, &text(z))?)?),
            ("minus", [_], Some(o)) => Value::Int(((self.0 - o) / DAY) as i32),
            ("plus", [n], _) => date(self.0.saturating_add(int(Some(n)).saturating_mul(DAY))),
            ("minus", [n], _) => date(self.0.saturating_sub(int(Some(n)).saturating_mul(DAY))),
            ("next", [], _) => date(self.0.saturating_add(DAY)),
            ("previous", [], _) => date(self.0.saturating_sub(DAY)),
            ("before", [_], Some(o)) => Value::Bool(self.0 < o),
            ("after", [_], Some(o)) => Value::Bool(self.0 > o),
            ("toString", [], _) => Value::str(print("EEE MMM dd HH:mm:ss z yyyy", &zoned(self.0, &own)?)?),
            _ => return Ok(None),
        }))
    }
    fn text(&self) -> String {
        zoned(self.0, "UTC").and_then(|z| print("EEE MMM dd HH:mm:ss z yyyy", &z)).unwrap_or_default()
    }
    fn equal(&self, o: &Value) -> Option<bool> {
        Some(o.downcast::<Date>().is_some_and(|o| o.0 == self.0))
    }
    fn compare(&self, o: &Value) -> Option<std::cmp::Ordering> {
        o.downcast::<Date>().map(|o| self.0.cmp(&o.0))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl HostObject for Formatter {
    fn class_name(&self) -> &str {
        "java.text.SimpleDateFormat"
    }
    fn call_method(&self, _it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        let tz = self.zone.borrow().clone();
        Ok(Some(match (name, args.first()) {
            ("format", Some(d)) => {
                let millis = d.downcast::<Date>().map_or_else(|| int(Some(d)), |d| d.0);
                Value::str(print(&self.pattern, &zoned(millis, &tz)?)?)
            }
            ("parse", Some(s)) => date(read(&self.pattern, &text(s), &tz)?),
            ("setTimeZone", z) => {
                self.zone.replace(txt(z));
                Value::Null
            }
            ("setLenient", _) => Value::Null,
            ("toPattern", None) => Value::str(&self.pattern),
            _ => return Ok(None),
        }))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}
