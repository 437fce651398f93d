//! The chapter about dates: commands and pattern letters.

use super::{LETTERS, MAX_PATTERN, zone};
use crate::reference::{Language, Page, codes};

pub(crate) fn write(page: &mut Page) {
    page.heading(2, "Dates");
    page.says(
        "`${date:COMMAND:PATTERN}` writes a time in UTC, `${date-with-timezone:COMMAND:ZONE:PATTERN}` in a zone. \
         Without a pattern the time looks as in Java's `Date.toString`.",
    );
    page.table(Language::Template, "command", "meaning");
    for (command, meaning, expression, result) in [
        ("`now`", "the time of the evaluation", "${date:now:yyyy-MM-dd}", "\"2026-11-22\""),
        ("", "without a pattern", "${date:now}", "\"Sun Nov 22 08:05:09 UTC 2026\""),
        (
            "`header.name`, `headers.name`, `in.header.name`",
            "the time in a header",
            "${date:header.created:dd.MM.yyyy}",
            "\"20.11.2026\"",
        ),
        (
            "`property.name`, `exchangeProperty.name`",
            "the time in a property; a number is milliseconds since 1970",
            "${date:property.counter:yyyy SSS}",
            "\"1970 003\"",
        ),
        (
            "`-2h`, `+1d12h`, `+1d-5m` behind it",
            "moves the time; units `d`, `h`, `m`, `s`, `ms`",
            "${date:now-2h:HH:mm}",
            "\"06:05\"",
        ),
        ("", "", "${date:header.created+1d12h:yyyy-MM-dd HH:mm}", "\"2026-11-21 22:00\""),
        ("", "a missing header or property gives nothing", "${date:header.missing:yyyy}", "nothing"),
        ("", "other text is an error", "${date:header.Country:yyyy}", "error: header `Country` holds no date: `DE`"),
    ] {
        page.row(command, meaning, expression, result);
    }
    page.says(
        "A header or property holds a time as milliseconds since 1970, in ISO 8601 (without an offset it is UTC), as in \
         HTTP headers, or as in Java's `Date.toString`.",
    );
    page.table(Language::Template, "zone", "meaning");
    for (zone, meaning, expression, result) in [
        (
            "`Europe/Berlin` and all IANA names",
            "with summer time where the zone has it",
            "${date-with-timezone:now:Europe/Berlin:HH:mm z}",
            "\"09:05 CET\"",
        ),
        ("`UTC`, `GMT`, `Z`", "universal time", "${date-with-timezone:now:UTC:HH:mm}", "\"08:05\""),
        (
            "`GMT+2`, `+0200`, `UTC-03`",
            "a fixed offset; without a colon, which would begin the pattern",
            "${date-with-timezone:now:GMT+2:HH:mm XXX}",
            "\"10:05 +02:00\"",
        ),
        (
            "",
            "unknown names are mistakes",
            "${date-with-timezone:now:Europe/Berln:HH}",
            "error: unknown time zone `Europe/Berln`",
        ),
    ] {
        page.row(zone, meaning, expression, result);
    }
    page.says(&format!(
        "Where a time is *read* by a pattern, `z` also knows these short names: {}.",
        codes(zone::SHORT.iter().map(|(name, _)| *name))
    ));
    page.heading(3, "Pattern letters");
    page.says(
        "The letters are those of Java's `SimpleDateFormat`. Names are English and weeks those of the United States \
         (they start on Sunday, the week of January 1 is week 1), as on SAP's tenants. Numbers are filled with zeros up \
         to the number of letters. Other letters are refused: text stands between single quotes.",
    );
    page.table(Language::Template, "letter", "meaning");
    for letter in LETTERS.chars() {
        let (meaning, pattern, result) = letter_doc(letter);
        page.row(&format!("`{letter}`"), meaning, &format!("${{date:now:{pattern}}}"), result);
    }
    page.row(
        "`'text'`",
        "text; `''` is a quote",
        "${date:now:yyyy-MM-dd'T'HH 'o''clock'}",
        "\"2026-11-22T08 o'clock\"",
    );
    page.says(&format!("A pattern has at most {MAX_PATTERN} bytes. Seconds are the smallest unit but for milliseconds: `SSSSSS` fills with zeros on the left, as in Java."));
}

/// What a letter means, and an example. Nothing for a letter without a row: a test finds it.
fn letter_doc(letter: char) -> (&'static str, &'static str, &'static str) {
    match letter {
        'G' => ("era", "G", "\"AD\""),
        'y' => ("year; `yy` has two digits", "yyyy yy", "\"2026 26\""),
        'Y' => ("year that the week belongs to (almost always `y` is meant)", "YYYY", "\"2026\""),
        'M' => ("month: number, from three letters on its name", "M MM MMM MMMM", "\"11 11 Nov November\""),
        'L' => ("as `M`", "LL LLL", "\"11 Nov\""),
        'w' => ("week of the year", "ww", "\"48\""),
        'W' => ("week of the month", "W", "\"4\""),
        'D' => ("day of the year", "DDD", "\"326\""),
        'd' => ("day of the month", "d dd", "\"22 22\""),
        'F' => ("how often this weekday was in the month", "F", "\"4\""),
        'E' => ("weekday; from four letters on its full name", "EEE EEEE", "\"Sun Sunday\""),
        'u' => ("weekday as number, Monday is 1", "u", "\"7\""),
        'a' => ("`AM` or `PM`", "h a", "\"8 AM\""),
        'H' => ("hour, 0 to 23", "H HH", "\"8 08\""),
        'k' => ("hour, 1 to 24", "kk", "\"08\""),
        'K' => ("hour of the half day, 0 to 11", "KK", "\"08\""),
        'h' => ("hour of the half day, 1 to 12", "hh", "\"08\""),
        'm' => ("minute", "mm", "\"05\""),
        's' => ("second", "ss", "\"09\""),
        'S' => ("millisecond", "S SSS", "\"7 007\""),
        'z' => ("short name of the zone (at most `zzz`)", "z", "\"UTC\""),
        'Z' => ("offset", "Z", "\"+0000\""),
        'X' => ("offset: `X` is `+01`, `XX` is `+0100`, `XXX` is `+01:00`; `Z` for UTC", "XXX", "\"Z\""),
        _ => ("", "", ""),
    }
}
