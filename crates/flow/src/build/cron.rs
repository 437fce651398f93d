//! Cron expressions as authors and SAP write them.

use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};

/// Compiles cron with optional seconds and year; Sunday is 1 as in Quartz.
/// A failure is a title and a help line.
pub(super) fn parse(text: &str) -> Result<Cron, (String, &'static str)> {
    let fields: Vec<&str> = text.split_whitespace().collect();
    if text.len() > 200 || !(5..=7).contains(&fields.len()) {
        let help =
            "write minute hour day month weekday, with seconds before and a year after them if needed: `0 0/5 * * * ?`";
        return Err((format!("a cron schedule has 5, 6 or 7 fields, this has {}", fields.len()), help));
    }
    // Without seconds the fields begin one later.
    let skipped = usize::from(fields.len() == 5);
    let rewritten: Vec<String> = fields.iter().enumerate().map(|(i, f)| steps(f, i + skipped)).collect();
    CronParser::builder()
        .seconds(Seconds::Optional)
        .year(Year::Optional)
        .alternative_weekdays(true)
        .build()
        .parse(&rewritten.join(" "))
        .map_err(|e| {
            let why = e.to_string().replace("Component error: ", "").trim_end_matches('.').to_lowercase();
            (
                format!("`{text}` is not a cron schedule: {why}"),
                "write for example `0 0/5 * * * ?` (every five minutes) or `0 30 6 ? * MON-FRI`",
            )
        })
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
