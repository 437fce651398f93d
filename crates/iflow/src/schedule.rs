//! Timer schedules: the table `scheduleKey` and the Quartz cron inside it.

use base::Timestamp;
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use flow::{Schedule, TimerSender};

use crate::table::Row;

/// Zones of Java that are no names of the zone database.
const JAVA_ZONES: [(&str, &str); 8] = [
    ("IST", "Asia/Kolkata"),
    ("PST", "America/Los_Angeles"),
    ("CST", "America/Chicago"),
    ("JST", "Asia/Tokyo"),
    ("ECT", "Europe/Paris"),
    ("CTT", "Asia/Shanghai"),
    ("AET", "Australia/Sydney"),
    ("BET", "America/Sao_Paulo"),
];

/// What a table of a schedule says.
pub(crate) struct Read {
    /// The timer.
    pub timer: TimerSender,
    /// What differs from SAP.
    pub differs: Option<String>,
    /// Why the timer never ticks again.
    pub over: Option<String>,
}

/// The schedule of a table, as it stands now if the present is known. A failure is a sentence.
pub(crate) fn read(rows: &[Row], now: Option<Timestamp>) -> Result<Read, String> {
    let get = |name: &str| rows.iter().find(|r| r.at(0) == name).map_or("", |r| r.at(1)).trim();
    let written = get("schedule1");
    if written.is_empty() {
        return Err("the schedule is empty".to_owned());
    }
    let mut parts = written.split("&amp;").flat_map(|p| p.split('&'));
    let first = parts.next().unwrap_or("");
    let zone = parts.find_map(|p| p.strip_prefix("trigger.timeZone=")).unwrap_or("").trim();
    let zone = zone_name(zone)?;
    let several = get("noOfSchedules").parse::<u32>().is_ok_and(|n| n > 1);
    let differs = several.then(|| "only the first of several schedules is used".to_owned());
    if first == "fireNow=true" || first.starts_with("simple.repeat=NONE") {
        let timer = TimerSender { schedule: Schedule::OnDeployment, zone };
        return Ok(Read { timer, differs, over: None });
    }
    let (cron, text) = cron(&first.replace('+', " "))?;
    let over = now.filter(|now| is_over(&cron, &zone, *now)).map(|_| {
        let throws = ["true", "1"].contains(&get("throwExceptionOnExpiry"));
        let at_sap = if throws { ": SAP puts the artifact into Error" } else { "" };
        format!("its schedule `{text}` is over, it never ticks again{at_sap}")
    });
    Ok(Read { timer: TimerSender { schedule: Schedule::Cron(Box::new(cron), text), zone }, differs, over })
}

/// Whether no tick is left.
fn is_over(cron: &Cron, zone: &str, now: Timestamp) -> bool {
    let at = jiff::Timestamp::from_millisecond(now.0).and_then(|at| at.in_tz(zone));
    at.is_ok_and(|at| cron.find_next_occurrence(&at, false).is_err())
}

fn zone_name(zone: &str) -> Result<String, String> {
    if zone.is_empty() {
        return Ok("UTC".to_owned());
    }
    if jiff::tz::TimeZone::get(zone).is_ok() {
        return Ok(zone.to_owned());
    }
    let known = JAVA_ZONES.iter().find(|(java, _)| *java == zone);
    known.map(|(_, name)| (*name).to_owned()).ok_or_else(|| format!("there is no time zone `{zone}`"))
}

/// Quartz cron with seconds and year.
fn cron(text: &str) -> Result<(Cron, String), String> {
    let fields: Vec<&str> = text.split_whitespace().collect();
    if text.len() > 300 || !(6..=7).contains(&fields.len()) {
        return Err(format!("a schedule has 6 or 7 fields, this has {}", fields.len()));
    }
    let rewritten: Vec<String> = fields.iter().enumerate().map(|(i, f)| steps(f, i)).collect();
    let parser =
        CronParser::builder().seconds(Seconds::Required).year(Year::Optional).alternative_weekdays(true).build();
    let cron = parser.parse(&rewritten.join(" ")).map_err(|e| format!("`{text}` is not a schedule: {e}"))?;
    let start = jiff::Timestamp::UNIX_EPOCH.to_zoned(jiff::tz::TimeZone::UTC);
    if cron.find_next_occurrence(&start, false).is_err() {
        return Err(format!("the schedule `{text}` never ticks"));
    }
    Ok((cron, fields.join(" ")))
}

/// Quartz writes `5/10` for "from 5, every 10"; the parser wants `5-59/10`.
fn steps(field: &str, index: usize) -> String {
    const LAST: [&str; 7] = ["59", "59", "23", "31", "12", "7", "2099"];
    let last = LAST.get(index).copied().unwrap_or("59");
    let parts = field.split(',').map(|part| match part.split_once('/') {
        Some((start, step)) if !start.is_empty() && start.bytes().all(|b| b.is_ascii_digit()) => {
            format!("{start}-{last}/{step}")
        }
        _ => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join(",")
}
