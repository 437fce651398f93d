//! Reads a time by a pattern. Stricter than Java's lenient default: February 30 is refused, not March 2.

use base::Timestamp;
use jiff::Span;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

use super::{DatePattern, Item, MONTHS, WEEKDAYS, zone};

/// Reads a time by a pattern; a text without a zone is in `zone`. `None` if the text does not fit.
///
/// The whole text must fit. A year of two digits is in 1969 to 2068. What the pattern leaves out is as of 1970-01-01.
#[must_use]
pub fn parse_date(text: &str, pattern: &DatePattern, zone: &str) -> Option<Timestamp> {
    let mut fields = Fields::default();
    let mut rest = text;
    for (i, item) in pattern.0.iter().enumerate() {
        rest = match item {
            Item::Text(text) => rest.strip_prefix(text.as_str())?,
            Item::Field(letter, count) => {
                let abuts = pattern.0.get(i + 1).is_some_and(Item::is_number);
                fields.read(rest.trim_start_matches([' ', '\t']), *letter, *count, abuts && item.is_number())?
            }
        };
    }
    rest.is_empty().then(|| fields.resolve(zone)).flatten()
}

/// What was read so far.
#[derive(Default)]
struct Fields {
    before_christ: bool,
    year: Option<i64>,
    week_year: Option<i64>,
    month: Option<i64>,
    week: Option<i64>,
    day_of_year: Option<i64>,
    day: Option<i64>,
    /// Sunday is 0.
    weekday: Option<i64>,
    afternoon: Option<bool>,
    hour: i64,
    minute: i64,
    second: i64,
    ms: i64,
    zone: Option<TimeZone>,
}

impl Fields {
    /// Reads one field from the start of a text and returns the rest.
    fn read<'t>(&mut self, text: &'t str, letter: char, count: usize, fixed: bool) -> Option<&'t str> {
        match letter {
            'G' => {
                let (i, rest) = word(text, &["AD", "BC"])?;
                self.before_christ = i == 1;
                return Some(rest);
            }
            'M' | 'L' if count >= 3 => {
                let (i, rest) = word(text, &MONTHS)?;
                self.month = Some(i + 1);
                return Some(rest);
            }
            'E' => {
                let (i, rest) = word(text, &WEEKDAYS)?;
                self.weekday = Some(i);
                return Some(rest);
            }
            'a' => {
                let (i, rest) = word(text, &["AM", "PM"])?;
                self.afternoon = Some(i == 1);
                return Some(rest);
            }
            'z' | 'Z' | 'X' => {
                let (zone, rest) = zone::read(text)?;
                self.zone = Some(zone);
                return Some(rest);
            }
            _ => {}
        }
        let (n, digits, rest) = number(text, fixed.then_some(count))?;
        let within = |low: i64, high: i64| (low..=high).contains(&n).then_some(n);
        match letter {
            'y' if count == 2 && digits == 2 => self.year = Some(if n < 69 { 2000 + n } else { 1900 + n }),
            'y' => self.year = Some(n),
            'Y' => self.week_year = Some(n),
            'M' | 'L' => self.month = Some(n),
            'w' => self.week = Some(within(1, 54)?),
            'D' => self.day_of_year = Some(within(1, 366)?),
            'd' => self.day = Some(n),
            'u' => self.weekday = Some(within(1, 7)? % 7),
            'H' => self.hour = within(0, 23)?,
            'k' => self.hour = within(1, 24)? % 24,
            'K' => self.hour = within(0, 11)?,
            'h' => self.hour = within(1, 12)? % 12,
            'm' => self.minute = within(0, 59)?,
            's' => self.second = within(0, 59)?,
            'S' => self.ms = within(0, 999)?,
            // The week of the month and the weekday's number in it never decide a date on their own.
            _ => {}
        }
        Some(rest)
    }

    fn resolve(self, zone: &str) -> Option<Timestamp> {
        let hour = self.hour + if self.afternoon == Some(true) && self.hour < 12 { 12 } else { 0 };
        let nanos = i32::try_from(self.ms * 1_000_000).ok()?;
        let small = |n: i64| i8::try_from(n).ok();
        let time = Time::new(small(hour)?, small(self.minute)?, small(self.second)?, nanos).ok()?;
        let zone = match &self.zone {
            Some(zone) => zone.clone(),
            None => zone::find(zone).unwrap_or(TimeZone::UTC),
        };
        let zoned = DateTime::from_parts(self.date()?, time).to_zoned(zone).ok()?;
        Some(zoned.timestamp().into())
    }

    fn date(&self) -> Option<Date> {
        let year = self.year.or(self.week_year).unwrap_or(1970);
        let year = i16::try_from(if self.before_christ { 1 - year } else { year }).ok()?;
        let ordinary = self.month.is_some() || self.day.is_some();
        if let (Some(day), false) = (self.day_of_year, ordinary) {
            let date = first(year)?.checked_add(Span::new().try_days(day - 1).ok()?).ok()?;
            return (date.year() == year).then_some(date);
        }
        if let (Some(week), false) = (self.week, ordinary) {
            let january = first(year)?;
            let back = i64::from(january.weekday().to_sunday_zero_offset());
            let days = (week - 1) * 7 + self.weekday.unwrap_or(0) - back;
            return january.checked_add(Span::new().try_days(days).ok()?).ok();
        }
        Date::new(year, i8::try_from(self.month.unwrap_or(1)).ok()?, i8::try_from(self.day.unwrap_or(1)).ok()?).ok()
    }
}

fn first(year: i16) -> Option<Date> {
    Date::new(year, 1, 1).ok()
}

/// A number, how many digits it has, and the rest. At most nine digits are read.
fn number(text: &str, width: Option<usize>) -> Option<(i64, usize, &str)> {
    let digits = text.bytes().take(width.unwrap_or(9).min(9)).take_while(u8::is_ascii_digit).count();
    if width.is_some_and(|w| w != digits) {
        return None;
    }
    let number = text[..digits].parse().ok()?;
    Some((number, digits, &text[digits..]))
}

/// Which of these names, or of their first three letters, a text starts with; and the rest.
fn word<'t>(text: &'t str, names: &[&str]) -> Option<(i64, &'t str)> {
    let starts = |name: &str| text.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
    let full = names.iter().position(|name| starts(name)).map(|i| (i, names[i].len()));
    let (i, len) = full.or_else(|| names.iter().position(|name| name.get(..3).is_some_and(starts)).map(|i| (i, 3)))?;
    Some((i64::try_from(i).ok()?, &text[len..]))
}
