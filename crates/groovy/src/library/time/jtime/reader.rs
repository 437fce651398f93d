//! Reading dates and times by a `DateTimeFormatter`.
use super::amount::{self, make_date};
use super::printer::{El, Formatter};
use super::{Kind, Temporal, date_time};
use crate::error::throw;
use crate::interp::Interpreter;
use crate::library::time::pattern::of_epoch_day;
use crate::library::time::zone::{self, Zone, read_offset};
use crate::text::text;
use crate::value::{R, Thrown, Value};
use jiff::civil::{Date, Time};
use jiff::tz::Offset;
use std::collections::BTreeMap;

/// What was read.
#[derive(Default, Clone)]
pub(crate) struct Parsed {
    fields: BTreeMap<char, i64>,
    offset: Option<i32>,
    zone: Option<Zone>,
    pub(crate) date: Option<Date>,
    pub(crate) time: Option<Time>,
}

/// `DateTimeParseException`.
pub(crate) fn fail(s: &str, why: &str) -> Thrown {
    let shown: String =
        if s.chars().count() > 64 { s.chars().take(64).chain("...".chars()).collect() } else { s.into() };
    throw("java.time.format.DateTimeParseException", format!("Text '{shown}' could not be parsed{why}"))
}

struct Run<'a> {
    f: &'a Formatter,
    s: &'a str,
    out: Parsed,
}

impl Formatter {
    /// Reads the whole text.
    pub(crate) fn read(&self, s: &str) -> R<Parsed> {
        let mut run = Run { f: self, s, out: Parsed::default() };
        match run.all(&self.els, 0) {
            Err(at) => Err(fail(s, &format!(" at index {}", s[..at.min(s.len())].encode_utf16().count()))),
            Ok(end) if end < s.len() => {
                Err(fail(s, &format!(", unparsed text found at index {}", s[..end].encode_utf16().count())))
            }
            Ok(_) => {
                let mut p = run.out;
                if p.zone.is_none() && p.offset.is_none() {
                    p.zone = self.zone.clone();
                }
                p.resolve(self.strict).map_err(|e| match &e {
                    Thrown::Exception(Value::Exception(x)) => fail(s, &format!(": {}", text(&x.message))),
                    _ => e,
                })?;
                Ok(p)
            }
        }
    }
}

impl Run<'_> {
    fn starts(&self, at: usize, t: &str) -> bool {
        self.s.get(at..at + t.len()).is_some_and(|h| if self.f.any_case() { h.eq_ignore_ascii_case(t) } else { h == t })
    }
    fn all(&mut self, els: &[El], mut at: usize) -> Result<usize, usize> {
        for (k, e) in els.iter().enumerate() {
            match e {
                El::Text(t) => {
                    if !self.starts(at, t) {
                        return Err(at);
                    }
                    at += t.len();
                }
                El::Optional(inner) => {
                    let held = self.out.clone();
                    match self.all(inner, at) {
                        Ok(end) => at = end,
                        Err(_) => self.out = held,
                    }
                }
                El::Fraction | El::Thousands => {
                    if self.starts(at, ".") {
                        let n = self.digits(at + 1).min(9);
                        if n == 0 {
                            return Err(at + 1);
                        }
                        self.fraction(at + 1, n);
                        at += 1 + n;
                    }
                }
                El::Rfc => {
                    if self.starts(at, "GMT") {
                        self.out.offset = Some(0);
                        at += 3;
                    } else {
                        at = self.offset(at, 5, false)?;
                    }
                }
                El::Field(c, n) => {
                    // Digits that the numbers right after this one need.
                    let reserved: usize = els[k + 1..]
                        .iter()
                        .map_while(|e| match e {
                            El::Field(c, n) if is_fixed(*c, *n) => Some(*n),
                            _ => None,
                        })
                        .sum();
                    at = self.field(*c, *n, at, reserved)?;
                }
            }
        }
        Ok(at)
    }
    fn digits(&self, at: usize) -> usize {
        self.s.get(at..).unwrap_or("").bytes().take_while(u8::is_ascii_digit).count()
    }
    fn fraction(&mut self, at: usize, n: usize) {
        let v = format!("{:0<9}", self.s.get(at..at + n).unwrap_or("0"));
        self.out.fields.insert('S', v.parse().unwrap_or(0));
    }
    fn offset(&mut self, at: usize, len: usize, z: bool) -> Result<usize, usize> {
        if z && self.starts(at, "Z") {
            self.out.offset = Some(0);
            return Ok(at + 1);
        }
        let t = self.s.get(at..at + len).ok_or(at)?;
        if (len == 6) != t.contains(':') {
            return Err(at);
        }
        self.out.offset = Some(read_offset(t).ok_or(at)?);
        Ok(at + len)
    }
    fn name(&self, at: usize, names: &[&str]) -> Result<(i64, usize), usize> {
        let found = names.iter().enumerate().filter(|(_, n)| self.starts(at, n)).max_by_key(|(_, n)| n.len());
        found.map(|(i, n)| (i as i64, at + n.len())).ok_or(at)
    }
    fn field(&mut self, c: char, n: usize, at: usize, reserved: usize) -> Result<usize, usize> {
        let names = self.f.locale.names();
        match c {
            'M' | 'L' if n >= 3 => {
                let (i, end) = self.name(at, if n == 3 { &names.short_months } else { &names.months })?;
                self.out.fields.insert('M', i + 1);
                return Ok(end);
            }
            'E' => {
                let (i, end) = self.name(at, if n == 4 { &names.days } else { &names.short_days })?;
                self.out.fields.insert('E', i + 1);
                return Ok(end);
            }
            'a' => {
                let (i, end) = self.name(at, &names.half_days)?;
                self.out.fields.insert('a', i);
                return Ok(end);
            }
            'G' => return self.name(at, &["BC", "AD"]).map(|x| x.1),
            'S' => {
                if self.digits(at) < n {
                    return Err(at);
                }
                self.fraction(at, n);
                return Ok(at + n);
            }
            'X' | 'x' => {
                let z = c == 'X';
                let len = match n {
                    1 if self.digits(at + 1) >= 4 => 5,
                    1 => 3,
                    2 | 4 => 5,
                    _ => 6,
                };
                return self.offset(at, len, z);
            }
            'Z' => {
                if n == 4 {
                    let rest = if self.starts(at, "GMT") { at + 3 } else { return Err(at) };
                    return self.offset(rest, 6, false).or_else(|_| {
                        self.out.offset = Some(0);
                        Ok(rest)
                    });
                }
                return self.offset(at, if n == 5 { 6 } else { 5 }, n == 5);
            }
            'O' => {
                if !self.starts(at, "GMT") {
                    return Err(at);
                }
                let rest = self.s.get(at + 3..).unwrap_or("");
                let len = rest.find(|c: char| !(c.is_ascii_digit() || "+-:".contains(c))).unwrap_or(rest.len());
                self.out.offset = Some(if len == 0 { 0 } else { read_offset(&rest[..len]).ok_or(at)? });
                return Ok(at + 3 + len);
            }
            'V' | 'z' => {
                let rest = self.s.get(at..).unwrap_or("");
                let len = rest.find(|c: char| !(c.is_alphanumeric() || "/_+-:".contains(c))).unwrap_or(rest.len());
                let word = &rest[..len];
                let z = super::statics::find_zone(word).ok().or_else(|| {
                    zone::abbreviation(word).filter(|_| c == 'z').map(|s| {
                        let name = match word {
                            "CET" | "CEST" => "Europe/Paris",
                            "EST" | "EDT" => "America/New_York",
                            "PST" | "PDT" => "America/Los_Angeles",
                            "CST" | "CDT" => "America/Chicago",
                            _ => return super::offset_zone(s),
                        };
                        zone::zone(name)
                    })
                });
                self.out.zone = Some(z.ok_or(at)?);
                return Ok(at + len);
            }
            _ => {}
        }
        let (low, high) = match (c, n) {
            ('u', 99) => (1, 1),
            ('u' | 'y' | 'Y', 2) => (2, 2),
            ('u' | 'y' | 'Y', _) => (n, 19),
            (_, 1) => (1, 19),
            (_, n) => (n, n),
        };
        let mut start = at;
        let mut sign = 1;
        if high > 2 && (self.starts(at, "-") || self.starts(at, "+") && n >= 4) {
            sign = if self.starts(at, "-") { -1 } else { 1 };
            start += 1;
        }
        let digits = self.digits(start);
        let most = if high > low && reserved > 0 { digits.saturating_sub(reserved).max(low) } else { digits };
        let len = most.min(high);
        if len < low || len > digits || (c == 'u' || c == 'y') && n == 4 && len > 4 && start == at {
            return Err(at);
        }
        let mut v: i64 = self.s[start..start + len].parse::<i64>().map_err(|_| at)?;
        v *= sign;
        if matches!(c, 'u' | 'y' | 'Y') && n == 2 {
            v += 2000;
        }
        let key = match c {
            'L' => 'M',
            'u' if n == 99 => 'E',
            'u' => 'y',
            c => c,
        };
        self.out.fields.insert(key, v);
        Ok(start + len)
    }
}

fn is_fixed(c: char, n: usize) -> bool {
    match c {
        'M' | 'L' => n == 2,
        'd' | 'H' | 'h' | 'K' | 'k' | 'm' | 's' | 'w' | 'D' => n >= 2,
        'S' => true,
        _ => false,
    }
}

impl Parsed {
    fn resolve(&mut self, strict: bool) -> R<()> {
        let get = |c: char| self.fields.get(&c).copied();
        for (c, f) in [('M', 23), ('d', 18), ('H', 12), ('h', 11), ('K', 10), ('k', 13), ('m', 8), ('s', 6), ('D', 19)]
        {
            if let Some(v) = get(c)
                && !(c == 'H' && v == 24 && !strict && get('m').unwrap_or(0) == 0)
            {
                amount::check_field(f, v)?;
            }
        }
        let mut next_day = false;
        if let (Some(y), Some(m), Some(d)) = (get('y'), get('M'), get('d')) {
            let d = if strict || d > 31 {
                d
            } else {
                let most = Date::new(i16::try_from(y).unwrap_or(1), m as i8, 1).map_or(31, |x| x.days_in_month());
                d.min(most.into())
            };
            self.date = Some(make_date(y, m, d)?);
        } else if let (Some(y), Some(d)) = (get('y'), get('D')) {
            let first = make_date(y, 1, 1)?;
            self.date = of_epoch_day(crate::library::time::pattern::epoch_day(first) + d - 1);
        } else if let (Some(y), Some(w)) = (get('Y'), get('w')) {
            let jan4 = crate::library::time::pattern::epoch_day(make_date(y, 1, 4)?);
            let monday = jan4 - (jan4 + 3).rem_euclid(7);
            self.date = of_epoch_day(monday + (w.min(60) - 1) * 7 + get('E').unwrap_or(1) - 1);
        }
        let hour = match (get('H'), get('k'), get('h').map(|h| h % 12).or(get('K')), get('a')) {
            (Some(24), ..) => {
                next_day = true;
                Some(0)
            }
            (Some(h), ..) => Some(h),
            (_, Some(k), ..) => Some(k % 24),
            (_, _, Some(h), Some(a)) => Some(h + a * 12),
            _ => None,
        };
        if let Some(h) = hour {
            let (m, s, n) = (get('m').unwrap_or(0), get('s').unwrap_or(0), get('S').or(get('n')).unwrap_or(0));
            self.time = Time::new(h as i8, m as i8, s as i8, n.clamp(0, 999_999_999) as i32).ok();
        }
        if next_day && let Some(d) = self.date {
            self.date = d.tomorrow().ok();
        }
        if let (Some(d), Some(e)) = (self.date, get('E')) {
            let is = i64::from(d.weekday().to_monday_one_offset());
            if is != e && get('w').is_none() {
                return Err(date_time(format!(
                    "Conflict found: Field DayOfWeek {is} differs from DayOfWeek {e} derived from {d}"
                )));
            }
        }
        Ok(())
    }
    /// The class that holds all that was read.
    pub(crate) fn natural(&self) -> Kind {
        match (self.date, self.time) {
            (Some(_), Some(_)) if self.zone.is_some() => Kind::ZonedDateTime,
            (Some(_), Some(_)) if self.offset.is_some() => Kind::OffsetDateTime,
            (Some(_), Some(_)) => Kind::LocalDateTime,
            (None, Some(_)) => Kind::LocalTime,
            (None, None) if self.fields.contains_key(&'M') => Kind::YearMonth,
            _ => Kind::LocalDate,
        }
    }
    /// An object of a class.
    pub(crate) fn build(&self, kind: Kind, s: &str, _it: &Interpreter<'_>) -> R<Temporal> {
        let midnight = Time::MIN;
        let dt = || Some(self.date?.to_datetime(self.time?));
        let y = self.fields.get(&'y').copied();
        let zone = self.zone.clone().or_else(|| self.offset.map(super::offset_zone));
        let prefer = self.offset.and_then(|o| Offset::from_seconds(o).ok());
        let built = match kind {
            Kind::LocalDate => self.date.map(Temporal::date),
            Kind::LocalTime => self.time.map(|t| Temporal::local(kind, Date::constant(1970, 1, 1), t)),
            Kind::LocalDateTime => dt().map(|d| Temporal::local(kind, d.date(), d.time())),
            Kind::YearMonth => match (y, self.fields.get(&'M')) {
                (Some(y), Some(m)) => Some(Temporal::local(kind, make_date(y, *m, 1)?, midnight)),
                _ => None,
            },
            Kind::Year => match y {
                Some(y) => Some(Temporal::local(kind, make_date(y, 1, 1)?, midnight)),
                None => None,
            },
            Kind::MonthDay => match (self.fields.get(&'M'), self.fields.get(&'d')) {
                (Some(m), Some(d)) => Some(Temporal::local(kind, make_date(2000, *m, *d)?, midnight)),
                _ => None,
            },
            Kind::ZonedDateTime => match (dt(), zone) {
                (Some(d), Some(z)) => match (self.offset, &self.zone) {
                    (Some(o), Some(z)) => {
                        let o = Offset::from_seconds(o).map_err(|_| super::out_of_range())?;
                        let t = o.to_timestamp(d).map_err(|_| super::out_of_range())?;
                        Some(Temporal::of_timestamp(t, kind, Some(z.clone()))?)
                    }
                    _ => Some(Temporal::in_zone(d, z, prefer)?),
                },
                _ => None,
            },
            Kind::OffsetDateTime | Kind::Instant => match (dt(), zone) {
                (Some(d), Some(z)) => {
                    let t = match prefer {
                        Some(o) => Temporal { kind: Kind::OffsetDateTime, at: d, offset: o, zone: None },
                        None => Temporal::in_zone(d, z, None)?,
                    };
                    if kind == Kind::Instant {
                        Some(Temporal::of_timestamp(t.timestamp()?, kind, None)?)
                    } else {
                        Some(t.to(kind))
                    }
                }
                _ => None,
            },
        };
        built.ok_or_else(|| {
            let mut have = Vec::new();
            if let Some(d) = self.date {
                have.push(format!(" resolved to {d}"));
            }
            if let Some(t) = self.time {
                let t = Temporal::local(Kind::LocalTime, Date::constant(1970, 1, 1), t).show();
                if have.is_empty() {
                    have.push(format!(" resolved to {t}"))
                } else {
                    have[0].push_str(&format!("T{t}"))
                }
            }
            fail(
                s,
                &format!(
                    ": Unable to obtain {kind:?} from TemporalAccessor: {{}},ISO{} of type java.time.format.Parsed",
                    have.concat()
                ),
            )
        })
    }
}
