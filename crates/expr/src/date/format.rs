//! Writes a time by a pattern.

use std::fmt::Write;

use base::Timestamp;
use jiff::Zoned;
use jiff::tz::TimeZone;

use super::{DatePattern, Item, MONTHS, WEEKDAYS, zone};

/// A time in a zone, written by a pattern.
pub(crate) fn write(time: Timestamp, pattern: &DatePattern, zone: &TimeZone) -> String {
    let time = time.to_jiff().to_zoned(zone.clone());
    let mut out = String::new();
    for item in pattern.0.iter() {
        match item {
            Item::Text(text) => out.push_str(text),
            Item::Field(letter, count) => field(&mut out, &time, *letter, *count),
        }
    }
    out
}

fn field(out: &mut String, time: &Zoned, letter: char, count: usize) {
    let sunday_first = i64::from(time.weekday().to_sunday_zero_offset());
    let day = i64::from(time.day());
    let hour = i64::from(time.hour());
    let number = match letter {
        'G' => return out.push_str(if time.year() > 0 { "AD" } else { "BC" }),
        'E' => return name(out, WEEKDAYS[index(sunday_first)], count),
        'M' | 'L' if count >= 3 => return name(out, MONTHS[index(i64::from(time.month()) - 1)], count),
        'a' => return out.push_str(if hour < 12 { "AM" } else { "PM" }),
        'z' => return out.push_str(&zone::short_name(time)),
        'Z' => return zone::offset(out, time.offset(), 2),
        'X' if time.offset().seconds() / 60 == 0 => return out.push('Z'),
        'X' => return zone::offset(out, time.offset(), count),
        'y' => return year(out, i64::from(time.year()), count),
        'Y' => return year(out, week_of_year(time).0, count),
        'M' | 'L' => i64::from(time.month()),
        'w' => week_of_year(time).1,
        'W' => (day - 1 + (sunday_first - day + 1).rem_euclid(7)) / 7 + 1,
        'D' => i64::from(time.day_of_year()),
        'd' => day,
        'F' => (day - 1) / 7 + 1,
        'u' => i64::from(time.weekday().to_monday_one_offset()),
        'H' => hour,
        'k' => (hour + 23) % 24 + 1,
        'K' => hour % 12,
        'h' => (hour + 11) % 12 + 1,
        'm' => i64::from(time.minute()),
        's' => i64::from(time.second()),
        // Java pads the milliseconds on the left, also where the author hoped for microseconds.
        _ => i64::from(time.millisecond()),
    };
    let _ = write!(out, "{number:0count$}");
}

/// Java's years count from 1 in both eras.
fn year(out: &mut String, year: i64, count: usize) {
    let year = if year > 0 { year } else { 1 - year };
    let _ = match count {
        2 => write!(out, "{:02}", year % 100),
        _ => write!(out, "{year:0count$}"),
    };
}

fn name(out: &mut String, name: &str, count: usize) {
    out.push_str(if count >= 4 { name } else { &name[..3] });
}

/// The week's year and number. The week that holds January 1 is week 1 of that year.
fn week_of_year(time: &Zoned) -> (i64, i64) {
    let year = i64::from(time.year());
    let sunday_first = i64::from(time.weekday().to_sunday_zero_offset());
    let day = i64::from(time.day_of_year());
    if day + 6 - sunday_first > i64::from(time.days_in_year()) {
        return (year + 1, 1);
    }
    let first = (sunday_first - (day - 1)).rem_euclid(7);
    (year, (day - 1 + first) / 7 + 1)
}

fn index(number: i64) -> usize {
    usize::try_from(number).unwrap_or_default()
}
