//! `${date:now-2h:yyyy-MM-dd}` and `${date-with-timezone:now:Europe/Berlin:HH:mm}`.

use base::{Timestamp, Value};
use jiff::tz::TimeZone;

use super::{as_text, excerpt};
use crate::date::{self, DatePattern, zone};
use crate::{EvalError, ParseError, Scope};

/// The longest command, such as `header.created-2h`.
const MAX_COMMAND: usize = 512;

/// A date to write: where it comes from, how far it is moved, and how it looks.
#[derive(Debug)]
pub(super) struct DateCall {
    from: From,
    shift_ms: i64,
    pattern: DatePattern,
    zone: TimeZone,
}

#[derive(Debug)]
enum From {
    Now,
    Header(String),
    Property(String),
}

impl DateCall {
    /// Reads what follows `date:`, or `date-with-timezone:`, which starts at byte `at`.
    pub(super) fn parse(text: &str, at: usize, with_zone: bool) -> Result<Self, ParseError> {
        let (command, rest) = cut(text);
        let (from, shift_ms) = parse_command(command, at)?;
        let mut rest = rest.map(|r| (r, at + command.len() + 1));
        let mut zone = TimeZone::UTC;
        if with_zone {
            let Some((text, start)) = rest else {
                return Err(ParseError::new(at..at + text.len(), "the time zone is missing")
                    .help("write for example ${date-with-timezone:now:Europe/Berlin:yyyy-MM-dd HH:mm}"));
            };
            let (name, after) = cut(text);
            zone = parse_zone(name, start)?;
            rest = after.map(|a| (a, start + name.len() + 1));
        }
        let pattern = match rest {
            None => DatePattern::java_default(),
            Some(("", start)) => {
                return Err(ParseError::new(start - 1..start, "the date pattern is missing")
                    .help("write for example yyyy-MM-dd"));
            }
            Some((pattern, start)) => DatePattern::parse(pattern).map_err(|mut e| {
                e.range = e.range.start + start..e.range.end + start;
                e
            })?,
        };
        Ok(DateCall { from, shift_ms, pattern, zone })
    }

    pub(super) fn value(&self, scope: &Scope<'_>) -> Result<Value, EvalError> {
        let time = match &self.from {
            From::Now => Some(scope.now),
            From::Header(name) => read(scope.header(name), "header", name)?,
            From::Property(name) => read(scope.property(name), "property", name)?,
        };
        Ok(time.map_or(Value::Null, |t| {
            let moved = Timestamp(t.0.saturating_add(self.shift_ms));
            Value::Text(date::write(moved, &self.pattern, &self.zone))
        }))
    }
}

/// The text up to the first colon, and what follows it.
fn cut(text: &str) -> (&str, Option<&str>) {
    match text.split_once(':') {
        Some((first, rest)) => (first, Some(rest)),
        None => (text, None),
    }
}

fn parse_zone(name: &str, start: usize) -> Result<TimeZone, ParseError> {
    zone::find(name).ok_or_else(|| {
        let help = match zone::suggest(name) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "use a name such as Europe/Berlin, or UTC".to_owned(),
        };
        ParseError::new(start..start + name.len(), format!("unknown time zone {}", excerpt(name))).help(help)
    })
}

/// `now`, `header.x`, `property.x`, each with offsets such as `-2h` or `+1d12h`.
fn parse_command(command: &str, at: usize) -> Result<(From, i64), ParseError> {
    let range = at..at + command.len();
    if command.len() > MAX_COMMAND {
        return Err(ParseError::new(range, format!("the date command is longer than {MAX_COMMAND} bytes")));
    }
    let signs = command.char_indices().filter(|(_, c)| matches!(c, '+' | '-'));
    let (base, shift) =
        signs.filter_map(|(i, _)| Some((&command[..i], parse_shift(&command[i..])?))).next().unwrap_or((command, 0));
    let name = |prefixes: [&str; 3]| prefixes.iter().find_map(|p| base.strip_prefix(p)).filter(|n| !n.is_empty());
    let from = if base == "now" {
        From::Now
    } else if let Some(name) = name(["header.", "headers.", "in.header."]) {
        From::Header(name.to_owned())
    } else if let Some(name) = name(["property.", "exchangeProperty.", "properties."]) {
        From::Property(name.to_owned())
    } else {
        let known = if base.starts_with("now") {
            "an offset is written as `now-2h` or `now+1d12h` (units d, h, m, s, ms)"
        } else {
            "use `now`, `header.name` or `property.name`, with an offset such as `now-2h`"
        };
        return Err(ParseError::new(range, format!("unknown date command {}", excerpt(command))).help(known));
    };
    Ok((from, shift))
}

/// `-2h`, `+2h30m`, `+1d-2h` in milliseconds.
fn parse_shift(mut text: &str) -> Option<i64> {
    let mut total = 0_i64;
    while let Some(sign) = text.chars().next() {
        let rest = &text[1..];
        let end = rest.find(['+', '-']).unwrap_or(rest.len());
        let ms = i64::try_from(base::parse_duration(&rest[..end]).ok()?.as_millis()).ok()?;
        total = total.checked_add(if sign == '-' { -ms } else { ms })?;
        text = &rest[end..];
    }
    Some(total)
}

/// The time in a header or property: milliseconds, ISO 8601, an HTTP date, or Java's `Date.toString`.
fn read(value: Option<&Value>, what: &str, name: &str) -> Result<Option<Timestamp>, EvalError> {
    let text = match value {
        None | Some(Value::Null) => return Ok(None),
        Some(value) => as_text(value),
    };
    let text = text.trim();
    let iso = || text.parse::<jiff::Timestamp>().ok();
    let local = || text.parse::<jiff::civil::DateTime>().ok()?.to_zoned(TimeZone::UTC).ok().map(|z| z.timestamp());
    let http = || jiff::fmt::rfc2822::parse(text).ok().map(|z| z.timestamp());
    let time = match text.parse::<i64>() {
        Ok(ms) => Some(Timestamp(ms)),
        Err(_) => iso()
            .or_else(local)
            .or_else(http)
            .map(Timestamp::from)
            .or_else(|| crate::parse_date(text, &DatePattern::java_default(), "UTC")),
    };
    time.map(Some).ok_or_else(|| EvalError(format!("{what} {} holds no date: {}", excerpt(name), excerpt(text))))
}
