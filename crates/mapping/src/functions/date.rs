//! Dates by Java's patterns. They are written by `expr`, and read here as leniently as SAP reads them.

use base::Timestamp;
use expr::{DatePattern, format_date};
use jiff::tz::TimeZone;

use super::single::shown;

/// Dates without a zone are in this one, as on SAP's tenants.
const ZONE: &str = "UTC";
const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const MONTH_ENDS: [&str; 12] = ["uary", "ruary", "ch", "il", "", "e", "y", "ust", "tember", "ober", "ember", "ember"];
const DAYS: [&str; 7] = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
/// Digits of a number in a date.
const MAX_DIGITS: usize = 9;
const DAY: i64 = 86_400_000;

/// A moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment(Timestamp);

impl Moment {
    pub(crate) fn of(time: Timestamp) -> Moment {
        Moment(time)
    }

    /// Milliseconds since 1970.
    pub(crate) fn instant(self) -> i64 {
        self.0.0
    }
}

/// A compiled pattern.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    text: String,
    output: DatePattern,
    items: Vec<Item>,
    lenient: bool,
}

#[derive(Clone, Debug)]
enum Item {
    Field(char, usize),
    Literal(char),
}

impl Item {
    fn is_number(&self) -> bool {
        match self {
            Item::Field('M' | 'L', count) => *count < 3,
            Item::Field(letter, _) => !matches!(letter, 'G' | 'E' | 'a' | 'z' | 'Z' | 'X'),
            Item::Literal(_) => false,
        }
    }
}

impl Pattern {
    /// Compiles a pattern.
    pub(crate) fn parse(text: &str, lenient: bool) -> Result<Pattern, String> {
        let output = DatePattern::parse(text)
            .map_err(|e| format!("the date format `{}` cannot be used: {}", shown(text), e.message))?;
        let mut items: Vec<Item> = Vec::new();
        let mut quoted = false;
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            match (c, items.last_mut()) {
                ('\'', _) if chars.next_if_eq(&'\'').is_some() => items.push(Item::Literal('\'')),
                ('\'', _) => quoted = !quoted,
                (c, _) if quoted || !c.is_ascii_alphabetic() => items.push(Item::Literal(c)),
                (c, Some(Item::Field(letter, count))) if *letter == c => *count += 1,
                (c, _) => items.push(Item::Field(c, 1)),
            }
        }
        Ok(Pattern { text: text.to_owned(), output, items, lenient })
    }

    /// Writes a moment.
    pub(crate) fn write(&self, moment: &Moment) -> String {
        format_date(moment.0, &self.output, ZONE)
    }

    /// Reads a moment. What follows the date is not looked at.
    pub(crate) fn read(&self, text: &str) -> Result<Moment, String> {
        let moment = self.fields(text).and_then(|fields| fields.resolve(self.lenient));
        moment.map(|ms| Moment(Timestamp(ms))).ok_or_else(|| format!("'{}' does not fit {}", shown(text), self.text))
    }

    fn fields(&self, text: &str) -> Option<Fields> {
        let mut fields = Fields { year: 1970, month: 1, day: 1, ..Fields::default() };
        let mut rest = text;
        for (i, item) in self.items.iter().enumerate() {
            rest = match item {
                Item::Literal(' ') => rest.strip_prefix(' ')?.trim_start_matches(' '),
                Item::Literal(c) => rest.strip_prefix(*c)?,
                Item::Field(letter, count) => {
                    let fixed = item.is_number() && self.items.get(i + 1).is_some_and(Item::is_number);
                    fields.read(rest.trim_start_matches([' ', '\t']), *letter, *count, fixed)?
                }
            };
        }
        Some(fields)
    }
}

#[derive(Default)]
struct Fields {
    year: i64,
    month: i64,
    day: i64,
    day_of_year: Option<i64>,
    afternoon: Option<bool>,
    hour: i64,
    /// The hour counts to twelve only.
    half: bool,
    minute: i64,
    second: i64,
    ms: i64,
    /// Of the text's zone, in milliseconds.
    offset: Option<i64>,
    zone: Option<TimeZone>,
}

impl Fields {
    fn read<'t>(&mut self, text: &'t str, letter: char, count: usize, fixed: bool) -> Option<&'t str> {
        match letter {
            'G' => return text.strip_prefix("AD").or_else(|| text.strip_prefix("BC")),
            'a' => {
                let afternoon = text.get(..2)?.to_ascii_uppercase();
                self.afternoon = Some(match afternoon.as_str() {
                    "AM" => false,
                    "PM" => true,
                    _ => return None,
                });
                return text.get(2..);
            }
            'E' => return name(text, &DAYS).map(|(_, rest)| rest),
            'M' | 'L' if count >= 3 => {
                let (month, rest) = name(text, &MONTHS)?;
                self.month = i64::try_from(month).ok()? + 1;
                let end = MONTH_ENDS.get(month).copied().unwrap_or("");
                let whole = rest.get(..end.len()).is_some_and(|r| r.eq_ignore_ascii_case(end));
                return if whole { rest.get(end.len()..) } else { Some(rest) };
            }
            'z' | 'Z' | 'X' => return self.read_zone(text),
            _ => {}
        }
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let taken = if fixed { count } else { digits };
        if taken == 0 || taken > digits || taken > MAX_DIGITS {
            return None;
        }
        let (number, rest) = text.split_at(taken);
        let n: i64 = number.parse().ok()?;
        match letter {
            'y' | 'Y' if count <= 2 && taken == 2 => self.year = if n < 69 { 2000 + n } else { 1900 + n },
            'y' | 'Y' => self.year = n,
            'M' | 'L' => self.month = n,
            'd' => self.day = n,
            'D' => self.day_of_year = Some(n),
            'H' => self.hour = n,
            'k' => self.hour = if n == 24 { 0 } else { n },
            'K' => (self.hour, self.half) = (n, true),
            'h' => (self.hour, self.half) = (if n == 12 { 0 } else { n }, true),
            'm' => self.minute = n,
            's' => self.second = n,
            'S' => self.ms = n,
            // Weeks and numbers of weekdays decide nothing beside a date.
            _ => {}
        }
        Some(rest)
    }

    fn read_zone<'t>(&mut self, text: &'t str) -> Option<&'t str> {
        let at = text.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | ':' | '/' | '_')));
        let (word, rest) = text.split_at(at.unwrap_or(text.len()));
        let digits = word.trim_start_matches("GMT").trim_start_matches("UTC");
        if word == "Z" || digits.is_empty() {
            self.offset = Some(0);
            return (!word.is_empty()).then_some(rest);
        }
        let sign = match digits.as_bytes().first() {
            Some(b'+') => 1,
            Some(b'-') => -1,
            _ => {
                self.zone = Some(TimeZone::get(word).ok()?);
                return Some(rest);
            }
        };
        let numbers: String = digits.chars().skip(1).filter(char::is_ascii_digit).take(4).collect();
        let (hours, minutes) = numbers.split_at(numbers.len().min(2));
        let part = |text: &str| if text.is_empty() { Some(0) } else { text.parse::<i64>().ok() };
        self.offset = Some(sign * (part(hours)? * 60 + part(minutes)?) * 60_000);
        Some(rest)
    }

    fn resolve(&self, lenient: bool) -> Option<i64> {
        let hour = self.hour + if self.half && self.afternoon == Some(true) { 12 } else { 0 };
        if !lenient {
            let fits = (1..=12).contains(&self.month)
                && (1..=days_of(self.year, self.month)).contains(&self.day)
                && hour < 24
                && self.minute < 60
                && self.second < 60
                && self.ms < 1_000;
            if !fits {
                return None;
            }
        }
        let days = match self.day_of_year {
            Some(day) => days_from_civil(self.year, 1, 1)? + day - 1,
            None => days_from_civil(self.year, self.month, 1)? + self.day - 1,
        };
        let local = days * DAY + hour * 3_600_000 + self.minute * 60_000 + self.second * 1_000 + self.ms;
        let offset = match (&self.zone, self.offset) {
            (Some(zone), _) => {
                let near = jiff::Timestamp::from_millisecond(local).ok()?;
                i64::from(zone.to_offset(near).seconds()) * 1_000
            }
            (None, offset) => offset.unwrap_or(0),
        };
        let instant = local - offset;
        // What cannot be written is no date.
        (days_from_civil(-9_000, 1, 1)? * DAY..days_from_civil(10_000, 1, 1)? * DAY)
            .contains(&instant)
            .then_some(instant)
    }
}

fn name<'t>(text: &'t str, names: &[&str]) -> Option<(usize, &'t str)> {
    let lower = |n: usize| text.get(..n).map(str::to_ascii_lowercase);
    for (i, name) in names.iter().enumerate() {
        for length in [name.len(), 3] {
            if lower(length).as_deref() == name.get(..length) {
                return Some((i, text.get(length..)?));
            }
        }
    }
    None
}

fn days_of(year: i64, month: i64) -> i64 {
    let next = days_from_civil(year, month + 1, 1);
    next.zip(days_from_civil(year, month, 1)).map_or(0, |(next, this)| next - this)
}

/// Days since 1970 of a date; months beyond December belong to later years.
fn days_from_civil(year: i64, month: i64, day: i64) -> Option<i64> {
    let year = year.checked_add((month - 1).div_euclid(12))?;
    let month = (month - 1).rem_euclid(12) + 1;
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let of_era = y.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}
