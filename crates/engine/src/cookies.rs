//! Cookies of receivers within one run: what an answer sets goes along with the next requests to the same origin, by the
//! simple rules of RFC 6265.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::Duration;

use base::{Headers, Timestamp};
use flow::{HttpCall, origin};
use indexmap::IndexMap;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Most origins, and most cookies of one.
const MAX: usize = 50;
/// Longest cookie: name, value and path.
const MAX_LENGTH: usize = 4_096;

/// The cookies of a run, by origin.
#[derive(Debug, Default)]
pub(crate) struct Cookies(BTreeMap<String, IndexMap<Key, Cookie>>);

/// Name and path: one name may have another value below another path.
type Key = (String, String);

#[derive(Debug)]
struct Cookie {
    value: String,
    /// When it is gone; otherwise it lasts as long as the run.
    ends: Option<Timestamp>,
}

impl Cookies {
    /// Adds the cookies to a call that brings none of its own: those of the longest path first, then the oldest.
    pub(crate) fn add(&self, call: &mut HttpCall, now: Timestamp) {
        let Some(known) = origin(&call.url).and_then(|o| self.0.get(&o)) else { return };
        if call.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("cookie")) {
            return;
        }
        let asked = path(&call.url);
        let mut fit: Vec<_> = known.iter().filter(|((_, path), c)| !c.is_gone(now) && leads_to(path, asked)).collect();
        fit.sort_by_key(|((_, path), _)| Reverse(path.len()));
        let pairs: Vec<String> = fit.iter().map(|((name, _), c)| format!("{name}={}", c.value)).collect();
        if !pairs.is_empty() {
            call.headers.push(("Cookie".to_owned(), pairs.join("; ")));
        }
    }

    /// Keeps what an answer of an address sets.
    pub(crate) fn keep(&mut self, url: &str, headers: &Headers, now: Timestamp) {
        let (Some(origin), Some(set)) = (origin(url), headers.get("Set-Cookie")) else { return };
        let full = self.0.len() >= MAX && !self.0.contains_key(&origin);
        let set = set.to_string();
        if full || set.is_empty() {
            return;
        }
        let known = self.0.entry(origin).or_default();
        known.retain(|_, cookie| !cookie.is_gone(now));
        for text in each(&set) {
            let Some((key, cookie)) = read(&text, url, now) else { continue };
            if cookie.is_gone(now) {
                known.shift_remove(&key);
            } else if known.len() < MAX || known.contains_key(&key) {
                known.insert(key, cookie);
            }
        }
    }
}

impl Cookie {
    /// Whether its time is over; one without a value means the same.
    fn is_gone(&self, now: Timestamp) -> bool {
        self.value.is_empty() || self.ends.is_some_and(|ends| ends <= now)
    }
}

/// Reads a cookie that an address sets. What an attribute says last counts, and `Max-Age` before `Expires`.
fn read(text: &str, url: &str, now: Timestamp) -> Option<(Key, Cookie)> {
    let mut parts = text.split(';');
    let (name, value) = parts.next()?.split_once('=')?;
    let (name, value) = (name.trim(), value.trim());
    let (mut age, mut expires, mut below) = (None, None, None);
    for part in parts {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        let value = value.trim();
        match key.trim().to_ascii_lowercase().as_str() {
            "max-age" => age = seconds(value).map(|s| now.plus(s)).or(age),
            "expires" => expires = date(value).or(expires),
            "path" => below = Some(value).filter(|path| path.starts_with('/')),
            _ => {}
        }
    }
    let below = below.unwrap_or_else(|| folder(path(url)));
    let clean = |c: char| c.is_ascii_graphic() && !matches!(c, ';' | ',');
    let good = name.len() + value.len() + below.len() <= MAX_LENGTH
        && name.chars().all(clean)
        && value.chars().all(|c| clean(c) || c == ' ');
    let cookie = Cookie { value: value.to_owned(), ends: age.or(expires) };
    good.then(|| ((name.to_owned(), below.to_owned()), cookie))
}

/// The path of an address.
fn path(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = rest.split(['?', '#']).next().unwrap_or(rest);
    rest.find('/').map_or("/", |at| &rest[at..])
}

/// What a path stands in: a cookie without a path of its own is for that.
fn folder(path: &str) -> &str {
    path.rfind('/').filter(|at| *at > 0).map_or("/", |at| &path[..at])
}

/// Whether a path is a cookie's own, or stands below it.
fn leads_to(own: &str, asked: &str) -> bool {
    asked.strip_prefix(own).is_some_and(|rest| rest.is_empty() || own.ends_with('/') || rest.starts_with('/'))
}

/// How long a cookie lasts; a number below zero means that it is gone.
fn seconds(text: &str) -> Option<Duration> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let seconds = if digits.len() < text.len() { 0 } else { digits.parse().unwrap_or(u64::MAX) };
    Some(Duration::from_secs(seconds))
}

/// A date, in whatever order and form it is written (RFC 6265, 5.1.1).
fn date(text: &str) -> Option<Timestamp> {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let (mut time, mut day, mut month, mut year) = (None, None, None, None);
    for word in text.split(|c: char| c.is_ascii() && !c.is_ascii_alphanumeric() && c != ':') {
        if let (None, Some(found)) = (time, clock(word)) {
            time = Some(found);
        } else if let (None, Some(found)) = (day, number(word, 1, 2)) {
            day = Some(found);
        } else if let (None, Some(found)) =
            (month, word.get(..3).and_then(|w| MONTHS.iter().position(|m| w.eq_ignore_ascii_case(m))))
        {
            month = Some(found);
        } else if let (None, Some(found)) = (year, number(word, 2, 4)) {
            year = Some(found);
        }
    }
    let year = match year? {
        short @ 70..=99 => short + 1900,
        short @ 0..=69 => short + 2000,
        ..=1600 => return None,
        year => year,
    };
    let ([hour, minute, second], month, day) = (time?, i8::try_from(month? + 1).ok()?, i8::try_from(day?).ok()?);
    let [hour, minute, second] = [hour, minute, second].map(|n| i8::try_from(n).unwrap_or(i8::MAX));
    let at = DateTime::new(year, month, day, hour, minute, second, 0).ok()?;
    Some(at.to_zoned(TimeZone::UTC).ok()?.timestamp().into())
}

/// `hour:minute:second`, perhaps with something behind them that is no digit.
fn clock(word: &str) -> Option<[i16; 3]> {
    let (hour, rest) = word.split_once(':')?;
    let (minute, second) = rest.split_once(':')?;
    let whole = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    (whole(hour) && whole(minute)).then_some(())?;
    Some([number(hour, 1, 2)?, number(minute, 1, 2)?, number(second, 1, 2)?])
}

/// A number of so many digits that a word begins with.
fn number(word: &str, least: usize, most: usize) -> Option<i16> {
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    if (least..=most).contains(&digits) { word[..digits].parse().ok() } else { None }
}

/// Cookies of a header that joins several with commas; dates hold a comma too.
fn each(set: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for piece in set.split(", ") {
        let head = piece.split(';').next().unwrap_or("");
        let begins =
            head.split_once('=').is_some_and(|(name, _)| !name.trim().is_empty() && !name.trim().contains(' '));
        match all.last_mut() {
            Some(last) if !begins => {
                last.push_str(", ");
                last.push_str(piece);
            }
            _ => all.push(piece.to_owned()),
        }
    }
    all
}
