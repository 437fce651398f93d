//! Patterns of `SimpleDateFormat`: printing dates with them and reading dates by them.
use super::locale::Locale;
use super::zone::{self, Zone, offset_text};
use crate::error::{illegal, throw};
use crate::value::R;
use jiff::civil::Date;
use jiff::{Timestamp, Zoned};

/// A run of one letter, or text as it stands.
#[derive(Clone, PartialEq)]
pub(crate) enum Part {
    Field(char, usize),
    Text(String),
}

/// Letters of `SimpleDateFormat`.
pub(crate) const LETTERS: &str = "GyMdkHmsSEDFwWahKzZYuXL";
pub(crate) const DAY: i64 = 86_400_000;

/// The parts of a pattern.
pub(crate) fn parts(pattern: &str, letters: &str) -> R<Vec<Part>> {
    let mut out: Vec<Part> = Vec::new();
    let c: Vec<char> = pattern.chars().take(1000).collect();
    let (mut i, mut quoted) = (0, false);
    while i < c.len() {
        let mut literal = None;
        if c[i] == '\'' {
            if c.get(i + 1) == Some(&'\'') {
                literal = Some('\'');
                i += 1;
            } else {
                quoted = !quoted;
            }
        } else if quoted || !c[i].is_ascii_alphabetic() {
            literal = Some(c[i]);
        } else {
            let start = i;
            while c.get(i + 1) == Some(&c[start]) {
                i += 1;
            }
            if !letters.contains(c[start]) {
                return Err(illegal(format!("Illegal pattern character '{}'", c[start])));
            }
            out.push(Part::Field(c[start], (i - start + 1).min(100)));
        }
        if let Some(l) = literal {
            match out.last_mut() {
                Some(Part::Text(t)) => t.push(l),
                _ => out.push(Part::Text(l.to_string())),
            }
        }
        i += 1;
    }
    if quoted {
        return Err(illegal("Unterminated quote"));
    }
    Ok(out)
}

/// A time in a zone.
pub(crate) fn zoned(millis: i64, z: &Zone) -> R<Zoned> {
    let t = Timestamp::from_millisecond(millis).map_err(|_| illegal("the date is out of range"))?;
    Ok(t.to_zoned(z.tz.clone()))
}

/// Sunday is 1.
pub(crate) fn weekday(d: Date) -> i64 {
    i64::from(d.weekday().to_sunday_zero_offset()) + 1
}

fn first_week(year: i16, first: i64, least: i64) -> Option<i64> {
    let jan1 = Date::new(year, 1, 1).ok()?;
    let off = (weekday(jan1) - first).rem_euclid(7);
    let start = epoch_day(jan1) - off;
    Some(if 7 - off >= least { start } else { start + 7 })
}

/// Days since 1970.
pub(crate) fn epoch_day(d: Date) -> i64 {
    (d - Date::constant(1970, 1, 1)).get_days().into()
}

/// The day so many days after 1970 began.
pub(crate) fn of_epoch_day(n: i64) -> Option<Date> {
    let span = jiff::Span::new().try_days(n).ok()?;
    Date::constant(1970, 1, 1).checked_add(span).ok()
}

/// Year and week by the rules of a locale.
pub(crate) fn week(d: Date, (first, least): (i64, i64)) -> (i64, i64) {
    let day = epoch_day(d);
    let y = d.year();
    for year in [y.saturating_add(1), y, y.saturating_sub(1)] {
        if let Some(start) = first_week(year, first, least)
            && start <= day
        {
            return (i64::from(year), (day - start) / 7 + 1);
        }
    }
    (i64::from(y), 1)
}

/// The week within the month.
pub(crate) fn week_of_month(d: Date, (first, least): (i64, i64)) -> i64 {
    let off = (weekday(d.first_of_month()) - first).rem_euclid(7);
    (i64::from(d.day()) - 1 + off) / 7 + i64::from(7 - off >= least)
}

/// Prints a time.
pub(crate) fn print(parts: &[Part], z: &Zoned, zone: &Zone, locale: &Locale) -> String {
    let mut out = String::new();
    let names = locale.names();
    let millis = z.timestamp().as_millisecond();
    for p in parts {
        let (c, n) = match p {
            Part::Text(t) => {
                out.push_str(t);
                continue;
            }
            Part::Field(c, n) => (*c, *n),
        };
        let month = z.month() as usize - 1;
        let day = z.weekday().to_monday_zero_offset() as usize;
        let number = |v: i64| format!("{v:0n$}");
        let h = i64::from(z.hour());
        let year = |y: i64| if n == 2 { format!("{:02}", y.rem_euclid(100)) } else { number(y) };
        let era_year = |y: i64| if y <= 0 { 1 - y } else { y };
        out.push_str(&match c {
            'G' => if z.year() > 0 { "AD" } else { "BC" }.into(),
            'y' => year(era_year(i64::from(z.year()))),
            'Y' => year(week(z.date(), locale.weeks()).0),
            'M' | 'L' if n >= 4 => names.months[month].into(),
            'M' | 'L' if n == 3 => names.short_months[month].into(),
            'M' | 'L' => number(month as i64 + 1),
            'd' => number(i64::from(z.day())),
            'H' => number(h),
            'k' => number(if h == 0 { 24 } else { h }),
            'h' => number(if h % 12 == 0 { 12 } else { h % 12 }),
            'K' => number(h % 12),
            'm' => number(i64::from(z.minute())),
            's' => number(i64::from(z.second())),
            'S' => number(i64::from(z.millisecond())),
            'D' => number(i64::from(z.day_of_year())),
            'F' => number((i64::from(z.day()) - 1) / 7 + 1),
            'u' => number(day as i64 + 1),
            'w' => number(week(z.date(), locale.weeks()).1),
            'W' => number(week_of_month(z.date(), locale.weeks())),
            'E' if n >= 4 => names.days[day].into(),
            'E' => names.short_days[day].into(),
            'a' => names.half_days[usize::from(h >= 12)].into(),
            'z' => zone.name(millis, n >= 4),
            'Z' => offset_text(z.offset().seconds(), false),
            'X' if z.offset().is_zero() => "Z".into(),
            'X' => {
                let t = offset_text(z.offset().seconds(), n == 3);
                if n == 1 { t.get(..3).unwrap_or("").into() } else { t }
            }
            _ => String::new(),
        });
    }
    out
}

/// What was read.
struct Read {
    fields: [Option<i64>; 128],
    offset: Option<i32>,
    zone: Option<Zone>,
    pm: Option<bool>,
    bc: bool,
}

/// How dates are read.
pub(crate) struct Reader<'a> {
    pub(crate) parts: &'a [Part],
    pub(crate) zone: &'a Zone,
    pub(crate) locale: &'a Locale,
    pub(crate) lenient: bool,
    /// The first year that two digits may mean.
    pub(crate) century: i64,
}

fn name_at(s: &str, names: &[&str]) -> Option<(i64, usize)> {
    let mut best: Option<(i64, usize)> = None;
    for (i, n) in names.iter().enumerate() {
        let fits = s.get(..n.len()).is_some_and(|h| h.to_lowercase() == n.to_lowercase());
        if fits && best.is_none_or(|b| n.len() > b.1) {
            best = Some((i as i64, n.len()));
        }
    }
    best
}

/// Whether a field is written in digits.
fn numeric(c: char, n: usize) -> bool {
    match c {
        'M' | 'L' => n <= 2,
        c => "yYdHkKhmsSDFwWu".contains(c),
    }
}

impl Reader<'_> {
    /// Milliseconds since 1970 of a text, and how much of it was read.
    pub(crate) fn read(&self, s: &str) -> Option<(i64, usize)> {
        let mut r = Read { fields: [None; 128], offset: None, zone: None, pm: None, bc: false };
        let mut rest = s;
        for (k, p) in self.parts.iter().enumerate() {
            match p {
                Part::Text(t) => rest = rest.strip_prefix(t.as_str())?,
                Part::Field(c, n) => {
                    rest = rest.trim_start_matches([' ', '\t']);
                    let touching = matches!(self.parts.get(k + 1), Some(Part::Field(c, n)) if numeric(*c, *n));
                    rest = &rest[self.field(*c, *n, rest, touching, &mut r)?..];
                }
            }
        }
        Some((self.millis(&r)?, s.len() - rest.len()))
    }

    /// Reads one field; how many bytes it took.
    fn field(&self, c: char, n: usize, s: &str, touching: bool, r: &mut Read) -> Option<usize> {
        let names = self.locale.names();
        match c {
            'M' | 'L' if n >= 3 => {
                let (i, len) = name_at(s, &names.months).or_else(|| name_at(s, &names.short_months))?;
                r.fields['M' as usize] = Some(i + 1);
                return Some(len);
            }
            'E' => {
                let (i, len) = name_at(s, &names.days).or_else(|| name_at(s, &names.short_days))?;
                r.fields['u' as usize] = Some(i + 1);
                return Some(len);
            }
            'a' => {
                let (i, len) = name_at(s, &names.half_days)?;
                r.pm = Some(i == 1);
                return Some(len);
            }
            'G' => {
                let (i, len) = name_at(s, &["BC", "AD"])?;
                r.bc = i == 0;
                return Some(len);
            }
            'X' if s.starts_with('Z') => {
                r.offset = Some(0);
                return Some(1);
            }
            'X' => {
                let len = [3, 5, 6][n.clamp(1, 3) - 1];
                let t = s.get(..len)?;
                if (n == 3) != t.contains(':') {
                    return None;
                }
                r.offset = Some(zone::read_offset(t)?);
                return Some(len);
            }
            'z' | 'Z' => return self.zone_text(s, r),
            _ => {}
        }
        // Only as much as the pattern has letters where the next number begins at once.
        let s = if touching { s.get(..n)? } else { s };
        let minus = usize::from(s.starts_with('-'));
        let len = s[minus..].bytes().take_while(u8::is_ascii_digit).count().min(18);
        let mut v: i64 = s[minus..minus + len].parse().ok()?;
        if minus > 0 {
            v = -v;
        }
        match c {
            'y' | 'Y' if n <= 2 && len == 2 && minus == 0 => {
                let base = self.century.rem_euclid(100);
                v += self.century - base + if v < base { 100 } else { 0 };
            }
            'k' if v == 24 => v = 0,
            'h' if v == 12 => v = 0,
            _ => {}
        }
        let key = match c {
            'L' => 'M',
            'k' => 'H',
            'h' => 'K',
            c => c,
        };
        r.fields[key as usize & 127] = Some(v);
        Some(minus + len)
    }

    fn zone_text(&self, s: &str, r: &mut Read) -> Option<usize> {
        let numbers = |s: &str| s.bytes().skip(1).take_while(|b| b.is_ascii_digit() || *b == b':').count() + 1;
        if s.starts_with(['+', '-']) {
            let len = numbers(s).min(if s.as_bytes().get(3) == Some(&b':') { 6 } else { 5 });
            r.offset = Some(zone::read_offset(s.get(..len)?)?);
            return Some(len);
        }
        if let Some(rest) = s.strip_prefix("GMT").filter(|t| t.starts_with(['+', '-'])) {
            let len = numbers(rest);
            r.offset = Some(zone::read_offset(rest.get(..len)?)?);
            return Some(3 + len);
        }
        let end = s.find(|c: char| !(c.is_alphanumeric() || "/_".contains(c))).unwrap_or(s.len());
        let word = &s[..end];
        if let Some(o) = zone::abbreviation(word) {
            r.offset = Some(o);
            return Some(end);
        }
        // Long names have several words.
        for words in (2..=4).rev() {
            let end = s.char_indices().filter(|c| !c.1.is_alphabetic()).nth(words - 1).map_or(s.len(), |c| c.0);
            if let Some(o) = zone::abbreviation(&s[..end]) {
                r.offset = Some(o);
                return Some(end);
            }
        }
        r.zone = Some(zone::known(word).filter(|_| word.contains('/') || word.len() == 3)?);
        Some(end)
    }

    fn millis(&self, r: &Read) -> Option<i64> {
        let f = |c: char| r.fields[c as usize & 127];
        if !self.lenient {
            let ok = |c: char, lo: i64, hi: i64| f(c).is_none_or(|v| (lo..=hi).contains(&v));
            let days =
                Date::new(i16::try_from(f('y').unwrap_or(1970)).ok()?, f('M').unwrap_or(1).clamp(1, 12) as i8, 1)
                    .ok()?
                    .days_in_month();
            if !(ok('M', 1, 12)
                && ok('d', 1, i64::from(days))
                && ok('H', 0, 23)
                && ok('K', 0, 11)
                && ok('m', 0, 59)
                && ok('s', 0, 59)
                && ok('S', 0, 999)
                && ok('D', 1, 366)
                && ok('u', 1, 7)
                && ok('y', 1, i64::MAX))
            {
                return None;
            }
        }
        let mut year = f('y').or(f('Y')).unwrap_or(1970);
        if r.bc {
            year = 1 - year;
        }
        let month = f('M').unwrap_or(1);
        let months = month.checked_sub(1)?;
        let first = Date::new(
            i16::try_from(year.checked_add(months.div_euclid(12))?).ok()?,
            (months.rem_euclid(12) + 1) as i8,
            1,
        )
        .ok()?;
        let by_week = f('w').is_some() && f('M').is_none() && f('D').is_none();
        let mut day = if let (Some(w), true) = (f('w'), by_week) {
            let (start, least) = self.locale.weeks();
            let dow = f('u').map_or(start, |u| u % 7 + 1);
            first_week(i16::try_from(year).ok()?, start, least)? + (w - 1) * 7 + (dow - start).rem_euclid(7)
        } else if let (Some(d), None) = (f('D'), f('M')) {
            epoch_day(first) + d - 1
        } else if let (None, Some(u)) = (f('d'), f('u')) {
            // A day of a week only: in the first week of the month.
            let d = epoch_day(first);
            if f('M').is_some() || f('y').is_some() {
                let w = (weekday(first) + 5) % 7 + 1;
                d + (u - w).rem_euclid(7)
            } else {
                d + (u - 4).rem_euclid(7)
            }
        } else {
            epoch_day(first).checked_add(f('d').unwrap_or(1))? - 1
        };
        let mut hour = f('H').unwrap_or(0);
        if let Some(k) = f('K').filter(|_| f('H').is_none()) {
            hour = k + if r.pm == Some(true) { 12 } else { 0 };
        }
        let within = |n: i64| n.checked_abs().filter(|n| *n < 1 << 40).map(|_| n);
        day = within(day)?;
        hour = within(hour)?;
        let (m, sec, ms) = (within(f('m').unwrap_or(0))?, within(f('s').unwrap_or(0))?, within(f('S').unwrap_or(0))?);
        let z = r.zone.as_ref().unwrap_or(self.zone);
        let at = match r.offset {
            Some(o) => super::calendar::local_to_millis(day, hour, m, sec, ms, &zone::gmt())?
                .checked_sub(i64::from(o) * 1000)?,
            None => super::calendar::local_to_millis(day, hour, m, sec, ms, z)?,
        };
        Timestamp::from_millisecond(at).is_ok().then_some(at)
    }
}

/// `ParseException`.
pub(crate) fn unparseable(s: &str) -> crate::value::Thrown {
    throw("java.text.ParseException", format!("Unparseable date: \"{s}\""))
}
