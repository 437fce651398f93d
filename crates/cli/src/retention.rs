//! `--retain`: how long things are kept.

use std::time::Duration;

use runtime::Retention;

/// What is kept for a time of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    Messages,
    Traces,
    Variables,
    Keys,
    Parked,
}

/// One `--retain`.
pub(crate) type Retain = (Kept, Duration);

const KINDS: [(&str, Kept); 5] = [
    ("messages", Kept::Messages),
    ("traces", Kept::Traces),
    ("variables", Kept::Variables),
    ("keys", Kept::Keys),
    ("parked", Kept::Parked),
];
/// What is forgotten at once is most likely a slip of the pen, and would make duplicates of retries.
const LEAST: Duration = Duration::from_secs(60);
const MOST: Duration = Duration::from_secs(36_500 * 86_400);

/// Parses `messages=30d`.
pub(crate) fn parse(text: &str) -> Result<Retain, String> {
    let names = || KINDS.map(|(name, _)| name).join(", ");
    let Some((name, time)) = text.split_once('=') else {
        return Err(format!("write WHAT=TIME, such as messages=30d; WHAT is one of {}", names()));
    };
    let Some((_, kept)) = KINDS.iter().find(|(n, _)| *n == name.trim()) else {
        return Err(format!("`{name}` is none of {}", names()));
    };
    let time = base::parse_duration(time)?;
    if !(LEAST..=MOST).contains(&time) {
        return Err(format!("{name} can be kept from 1m to 36500d"));
    }
    Ok((*kept, time))
}

/// The standard, with what was asked for; of two for the same the last counts.
pub(crate) fn of(asked: &[Retain]) -> Retention {
    let mut retention = Retention::default();
    for (kept, time) in asked {
        *match kept {
            Kept::Messages => &mut retention.messages,
            Kept::Traces => &mut retention.traces,
            Kept::Variables => &mut retention.variables,
            Kept::Keys => &mut retention.keys,
            Kept::Parked => &mut retention.parked,
        } = *time;
    }
    retention
}
