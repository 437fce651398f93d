//! `DateTimeFormatter`: patterns and printing.
use super::{Kind, Temporal, amount, offset_zone};
use crate::error::illegal;
use crate::interp::Interpreter;
use crate::library::time::locale::Locale;
use crate::library::time::pattern::week;
use crate::library::time::zone::{Zone, offset_text};
use crate::text::text;
use crate::value::{HostObject, R, Value};
use std::any::Any;

/// A part of a pattern.
#[derive(Clone, Debug)]
pub(crate) enum El {
    Text(String),
    Field(char, usize),
    Optional(Vec<El>),
    /// Seconds' fraction with its point, if there is one; the field is how many digits at least and at most.
    Fraction,
    /// Fraction in groups of three digits.
    Thousands,
    /// `GMT` for zero, else `+HHMM`.
    Rfc,
}

/// `java.time.format.DateTimeFormatter`.
#[derive(Clone)]
pub(crate) struct Formatter {
    pub(crate) els: Vec<El>,
    pub(crate) strict: bool,
    pub(crate) locale: Locale,
    pub(crate) zone: Option<Zone>,
    /// It prints and reads instants.
    pub(crate) instant: bool,
    source: String,
    any_case: bool,
}

const LETTERS: &str = "GuyYMLdDEecaHhKkmsSnNAVzOXxZwWQqF";

/// Reads a pattern.
pub(crate) fn pattern(p: &str) -> R<Vec<El>> {
    let mut stack: Vec<Vec<El>> = vec![vec![]];
    let c: Vec<char> = p.chars().take(1000).collect();
    let mut i = 0;
    let text = |stack: &mut Vec<Vec<El>>, s: &str| {
        if let Some(top) = stack.last_mut() {
            match top.last_mut() {
                Some(El::Text(t)) => t.push_str(s),
                _ => top.push(El::Text(s.into())),
            }
        }
    };
    while i < c.len() {
        match c[i] {
            '\'' => {
                let mut s = String::new();
                let start = i;
                loop {
                    i += 1;
                    match c.get(i) {
                        None => return Err(illegal(format!("Pattern ends with an incomplete string literal: {p}"))),
                        Some('\'') if c.get(i + 1) == Some(&'\'') => {
                            s.push('\'');
                            i += 1;
                        }
                        Some('\'') => break,
                        Some(x) => s.push(*x),
                    }
                }
                text(&mut stack, if i == start + 1 { "'" } else { &s });
            }
            '[' if stack.len() > 20 => return Err(illegal("the pattern is nested too deeply")),
            '[' => stack.push(vec![]),
            ']' => {
                let Some(inner) = stack.pop().filter(|_| !stack.is_empty()) else {
                    return Err(illegal("Pattern invalid as it contains ] without previous ["));
                };
                if let Some(top) = stack.last_mut() {
                    top.push(El::Optional(inner));
                }
            }
            '{' | '}' | '#' => return Err(illegal(format!("Pattern includes reserved character: '{}'", c[i]))),
            x if x.is_ascii_alphabetic() => {
                let start = i;
                while c.get(i + 1) == Some(&x) {
                    i += 1;
                }
                let n = i - start + 1;
                if !LETTERS.contains(x) {
                    return Err(illegal(format!("Unknown pattern letter: {x}")));
                }
                let most = match x {
                    'd' | 'h' | 'H' | 'k' | 'K' | 'm' | 's' | 'w' => 2,
                    'D' => 3,
                    'a' | 'W' | 'F' => 1,
                    'S' => 9,
                    'z' | 'O' => 4,
                    'V' => 2,
                    'u' | 'y' | 'Y' | 'n' | 'N' | 'A' => 19,
                    _ => 5,
                };
                if x == 'V' && n != 2 {
                    return Err(illegal(format!("Pattern letter count must be 2: {x}")));
                }
                if n > most {
                    return Err(illegal(format!("Too many pattern letters: {x}")));
                }
                if let Some(top) = stack.last_mut() {
                    top.push(El::Field(x, n));
                }
            }
            x => text(&mut stack, &x.to_string()),
        }
        i += 1;
    }
    while stack.len() > 1 {
        if let (Some(inner), Some(top)) = (stack.pop(), stack.last_mut()) {
            top.push(El::Optional(inner));
        }
    }
    Ok(stack.pop().unwrap_or_default())
}

impl Formatter {
    /// A formatter of a pattern.
    pub(crate) fn of(p: &str, locale: Locale) -> R<Formatter> {
        Ok(Formatter {
            els: pattern(p)?,
            strict: false,
            locale,
            zone: None,
            instant: false,
            source: p.into(),
            any_case: false,
        })
    }
    /// `ISO_LOCAL_DATE` and the like.
    pub(crate) fn constant(name: &str) -> Option<Formatter> {
        let field = El::Field;
        let dash = |s: &str| El::Text(s.into());
        let date = || vec![field('u', 4), dash("-"), field('M', 2), dash("-"), field('d', 2)];
        let time = || {
            let seconds = vec![dash(":"), field('s', 2), El::Fraction];
            vec![field('H', 2), dash(":"), field('m', 2), El::Optional(seconds)]
        };
        let both = || [date(), vec![dash("T")], time()].concat();
        let offset = || vec![field('X', 5)];
        let region = || El::Optional(vec![dash("["), field('V', 2), dash("]")]);
        let els = match name {
            "ISO_LOCAL_DATE" => date(),
            "ISO_LOCAL_TIME" => time(),
            "ISO_LOCAL_DATE_TIME" => both(),
            "ISO_OFFSET_DATE_TIME" => [both(), offset()].concat(),
            "ISO_ZONED_DATE_TIME" => [both(), offset(), vec![region()]].concat(),
            "ISO_DATE_TIME" => [both(), vec![El::Optional([offset(), vec![region()]].concat())]].concat(),
            "ISO_DATE" => [date(), vec![El::Optional(offset())]].concat(),
            "ISO_TIME" => [time(), vec![El::Optional(offset())]].concat(),
            "ISO_OFFSET_DATE" => [date(), offset()].concat(),
            "ISO_OFFSET_TIME" => [time(), offset()].concat(),
            "BASIC_ISO_DATE" => {
                vec![field('u', 4), field('M', 2), field('d', 2), El::Optional(vec![field('X', 4)])]
            }
            "ISO_ORDINAL_DATE" => vec![field('u', 4), dash("-"), field('D', 3)],
            "ISO_WEEK_DATE" => vec![field('Y', 4), dash("-W"), field('w', 2), dash("-"), field('u', 99)],
            "ISO_INSTANT" => {
                let mut all = date();
                all.extend([dash("T"), field('H', 2), dash(":"), field('m', 2), dash(":"), field('s', 2)]);
                all.extend([El::Thousands, field('X', 1)]);
                all
            }
            "RFC_1123_DATE_TIME" => vec![
                El::Optional(vec![field('E', 3), dash(", ")]),
                field('d', 1),
                dash(" "),
                field('M', 3),
                dash(" "),
                field('u', 4),
                dash(" "),
                field('H', 2),
                dash(":"),
                field('m', 2),
                El::Optional(vec![dash(":"), field('s', 2)]),
                dash(" "),
                El::Rfc,
            ],
            _ => return None,
        };
        Some(Formatter {
            els,
            strict: name != "RFC_1123_DATE_TIME",
            locale: Locale::default(),
            zone: None,
            instant: name == "ISO_INSTANT",
            source: name.into(),
            any_case: name.starts_with("ISO") || name.starts_with("RFC"),
        })
    }
    /// Whether letters may be of any case.
    pub(crate) fn any_case(&self) -> bool {
        self.any_case
    }
    /// Prints.
    pub(crate) fn print(&self, t: &Temporal) -> R<String> {
        let mut t = t.clone();
        if let Some(z) = &self.zone {
            if t.has_offset() {
                t = Temporal::of_timestamp(t.timestamp()?, Kind::ZonedDateTime, Some(z.clone()))?;
            } else if t.kind == Kind::LocalDateTime {
                // The zone counts for printing itself only.
                t = Temporal {
                    zone: Some(z.clone()),
                    offset: z.tz.to_ambiguous_zoned(t.at).compatible().map_or(t.offset, |x| x.offset()),
                    ..t
                };
            }
        }
        if self.instant {
            let at = t.timestamp()?;
            if !t.has_offset() {
                return Err(amount::no_field(28));
            }
            t = Temporal::of_timestamp(at, Kind::OffsetDateTime, None)?;
        }
        let mut out = String::new();
        print_all(&self.els, &t, &self.locale, &mut out)?;
        Ok(out)
    }
}

fn print_all(els: &[El], t: &Temporal, locale: &Locale, out: &mut String) -> R<()> {
    for e in els {
        match e {
            El::Text(s) => out.push_str(s),
            El::Optional(inner) => {
                let len = out.len();
                if print_all(inner, t, locale, out).is_err() {
                    out.truncate(len);
                }
            }
            El::Fraction | El::Thousands => {
                let n = t.field(0).ok_or_else(|| amount::no_field(0))?;
                let digits = format!("{n:09}");
                let cut = match e {
                    El::Fraction => digits.trim_end_matches('0').len(),
                    _ => digits.trim_end_matches('0').len().div_ceil(3) * 3,
                };
                if cut > 0 {
                    out.push('.');
                    out.push_str(&digits[..cut]);
                }
            }
            El::Rfc => {
                let s = offset_of(t)?;
                out.push_str(&if s == 0 { "GMT".into() } else { offset_text(s, false) });
            }
            El::Field(c, n) => out.push_str(&print_field(*c, *n, t, locale)?),
        }
    }
    Ok(())
}

fn offset_of(t: &Temporal) -> R<i32> {
    if (t.has_offset() && t.kind != Kind::Instant) || t.zone.is_some() {
        Ok(t.offset.seconds())
    } else {
        Err(amount::no_field(29))
    }
}

fn print_field(c: char, n: usize, t: &Temporal, locale: &Locale) -> R<String> {
    let get = |f: usize| t.field(f).ok_or_else(|| amount::no_field(f));
    let number = |v: i64| format!("{v:0n$}");
    let names = locale.names();
    let at = |list: &[&str], i: i64| list.get(i.max(0) as usize).copied().unwrap_or("").to_string();
    let first = |s: String| s.chars().take(1).collect::<String>();
    Ok(match c {
        'u' if n == 99 => get(15)?.to_string(),
        'u' | 'y' => {
            let y = get(if c == 'u' { 26 } else { 25 })?;
            match n {
                2 => format!("{:02}", y.rem_euclid(100)),
                _ if y > 9999 && n >= 4 => format!("+{y}"),
                _ if y < 0 => format!("-{:0n$}", -y),
                _ => number(y),
            }
        }
        'Y' => {
            let rules = if n == 4 && locale.country == "001" { (2, 4) } else { locale.weeks() };
            get(20)?;
            let y = week(t.at.date(), rules).0;
            if n == 2 { format!("{:02}", y.rem_euclid(100)) } else { number(y) }
        }
        'w' => {
            get(20)?;
            number(week(t.at.date(), locale.weeks()).1)
        }
        'W' => {
            get(20)?;
            number(crate::library::time::pattern::week_of_month(t.at.date(), locale.weeks()))
        }
        'F' => number(get(16)?),
        'Q' | 'q' => {
            let q = (get(23)? - 1) / 3 + 1;
            match n {
                3 => format!("Q{q}"),
                4 => format!("{} quarter", ["1st", "2nd", "3rd", "4th"][(q - 1).clamp(0, 3) as usize]),
                _ => number(q),
            }
        }
        'M' | 'L' => {
            let m = get(23)?;
            match n {
                1 | 2 => number(m),
                3 => at(&names.short_months, m - 1),
                4 => at(&names.months, m - 1),
                _ => first(at(&names.months, m - 1)),
            }
        }
        'E' | 'e' | 'c' => {
            let d = get(15)?;
            match n {
                1 | 2 if c != 'E' => number((d + 8 - locale.weeks().0 + 1 - 1) % 7 + 1),
                4 => at(&names.days, d - 1),
                5 => first(at(&names.days, d - 1)),
                _ => at(&names.short_days, d - 1),
            }
        }
        'a' => at(&names.half_days, get(14)?),
        'G' => if get(27)? == 1 { if n == 4 { "Anno Domini" } else { "AD" } } else { "BC" }.into(),
        'd' => number(get(18)?),
        'D' => number(get(19)?),
        'H' => number(get(12)?),
        'h' => number(get(11)?),
        'K' => number(get(10)?),
        'k' => number(get(13)?),
        'm' => number(get(8)?),
        's' => number(get(6)?),
        'n' => number(get(0)?),
        'N' => number(get(1)?),
        'A' => number(get(5)?),
        'S' => format!("{:09}", get(0)?).get(..n).unwrap_or("").into(),
        'V' => match (&t.zone, t.kind) {
            (Some(z), _) => z.id.to_string(),
            _ => {
                return Err(super::date_time(format!("Unable to extract ZoneId from temporal {}", t.show())));
            }
        },
        'z' => match (&t.zone, t.kind) {
            (Some(z), _) => z.name(t.timestamp()?.as_millisecond(), n == 4),
            (None, Kind::OffsetDateTime) => offset_zone(t.offset.seconds()).id.to_string(),
            _ => return Err(super::date_time(format!("Unable to extract ZoneId from temporal {}", t.show()))),
        },
        'O' => {
            let s = offset_of(t)?;
            match (s, n) {
                (0, _) => "GMT".into(),
                (_, 4) => format!("GMT{}", offset_text(s, true)),
                _ => {
                    let h = s.abs() / 3600;
                    let m = s.abs() / 60 % 60;
                    let sign = if s < 0 { '-' } else { '+' };
                    if m == 0 { format!("GMT{sign}{h}") } else { format!("GMT{sign}{h}:{m:02}") }
                }
            }
        }
        'X' | 'x' | 'Z' => {
            let s = offset_of(t)?;
            match (c, n) {
                ('X', _) | ('Z', 5) if s == 0 => "Z".into(),
                ('Z', 4) => {
                    if s == 0 {
                        "GMT".into()
                    } else {
                        format!("GMT{}", offset_text(s, true))
                    }
                }
                ('X' | 'x', 1) if s / 60 % 60 == 0 => offset_text(s, false)[..3].into(),
                ('X' | 'x', 3 | 5) | ('Z', 5) => offset_text(s, true),
                _ => offset_text(s, false),
            }
        }
        _ => String::new(),
    })
}

impl HostObject for Formatter {
    fn class_name(&self) -> &str {
        "java.time.format.DateTimeFormatter"
    }
    fn call_method(&self, it: &mut Interpreter<'_>, this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        let with = |f: &dyn Fn(&mut Formatter)| {
            let mut c = self.clone();
            f(&mut c);
            Some(Value::object(c))
        };
        Ok(match (name, args) {
            ("format", [t]) => match super::temporal(t) {
                Some(t) => Some(Value::str(self.print(t)?)),
                None if t.is_null() => return Err(crate::error::null_pointer("temporal")),
                None => None,
            },
            ("parse", [s, how @ ..]) => {
                let kind = match how.first() {
                    Some(Value::Closure(_)) | None => None,
                    Some(v) => super::statics::kind_of(text(v).trim_start_matches("class ")),
                };
                let s = text(s);
                let p = self.read(&s)?;
                let kind = kind.unwrap_or_else(|| p.natural());
                Some(Value::object(p.build(kind, &s, it)?))
            }
            ("withZone", [z]) => with(&|f| f.zone = super::zone_of(z)),
            ("withLocale", [l]) => with(&|f| f.locale = Locale::of(Some(l)).unwrap_or_else(Locale::default)),
            ("withResolverStyle", [s]) => with(&|f| f.strict = text(s) == "STRICT"),
            ("getZone", []) => Some(self.zone.clone().map_or(Value::Null, super::zone_id)),
            ("getLocale", []) => Some(Value::object(self.locale.clone())),
            ("withChronology" | "withDecimalStyle", _) => Some(this.clone()),
            _ => None,
        })
    }
    fn text(&self) -> String {
        self.source.clone()
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Formatter {
    /// The same, reading letters of any case.
    pub(crate) fn ignoring_case(mut self) -> Formatter {
        self.any_case = true;
        self
    }
}
