//! Date patterns, compared with what `java.text.SimpleDateFormat` gives in the locale `en_US`.

use expr::{DatePattern, format_date, parse_date};

use crate::{at, line};

#[test]
fn every_letter() {
    let sunday = "2026-11-22T08:05:09.007Z";
    for (time, zone, pattern, expect) in [
        (sunday, "UTC", "G", "AD"),
        (sunday, "UTC", "y yy yyy yyyy yyyyy", "2026 26 2026 2026 02026"),
        (sunday, "UTC", "Y YY YYYY", "2026 26 2026"),
        (sunday, "UTC", "M MM MMM MMMM", "11 11 Nov November"),
        (sunday, "UTC", "L LL LLL LLLL", "11 11 Nov November"),
        (sunday, "UTC", "w ww W F", "48 48 4 4"),
        (sunday, "UTC", "D DDD DDDD", "326 326 0326"),
        (sunday, "UTC", "d dd ddd", "22 22 022"),
        (sunday, "UTC", "E EEE EEEE u", "Sun Sun Sunday 7"),
        (sunday, "UTC", "a H HH k K h hh", "AM 8 08 8 8 8 08"),
        (sunday, "UTC", "m mm s ss S SSS SSSSSS", "5 05 9 09 7 007 000007"),
        (sunday, "UTC", "z Z X XX XXX", "UTC +0000 Z Z Z"),
        (sunday, "GMT", "z", "GMT"),
        (sunday, "Europe/Berlin", "HH z Z X XX XXX", "09 CET +0100 +01 +0100 +01:00"),
        ("2026-07-01T10:00:00Z", "Europe/Berlin", "HH z XXX", "12 CEST +02:00"),
        (sunday, "America/New_York", "HH z Z XXX", "03 EST -0500 -05:00"),
        (sunday, "Asia/Kolkata", "HH:mm z X XX XXX", "13:35 IST +05 +0530 +05:30"),
        (sunday, "GMT-03:30", "HH:mm z XXX", "04:35 GMT-03:30 -03:30"),
        (sunday, "Nowhere/At_All", "HH z", "08 UTC"),
        ("2026-01-01T00:00:00Z", "UTC", "a H k K h", "AM 0 24 0 12"),
        ("2026-01-01T12:00:00Z", "UTC", "a H k K h", "PM 12 12 0 12"),
        ("2026-01-01T23:59:59.999Z", "UTC", "a K h ss.SSS", "PM 11 11 59.999"),
        // The week that holds January 1 is week 1, and starts on Sunday.
        ("2026-12-26T00:00:00Z", "UTC", "YYYY-ww yyyy", "2026-52 2026"),
        ("2026-12-27T00:00:00Z", "UTC", "YYYY-ww yyyy", "2027-01 2026"),
        ("2026-01-03T00:00:00Z", "UTC", "YYYY-ww W", "2026-01 1"),
        ("2026-01-04T00:00:00Z", "UTC", "YYYY-ww W", "2026-02 2"),
        ("2024-12-31T00:00:00Z", "UTC", "D YYYY", "366 2025"),
        ("-000043-03-15T00:00:00Z", "UTC", "yyyy G", "0044 BC"),
        (sunday, "UTC", "yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "2026-11-22T08:05:09.007Z"),
        (sunday, "UTC", "EEE, d MMM yyyy HH:mm:ss Z", "Sun, 22 Nov 2026 08:05:09 +0000"),
        (sunday, "UTC", "yyyyMMddHHmmssSSS", "20261122080509007"),
        (sunday, "UTC", "h 'o''clock' a", "8 o'clock AM"),
        (sunday, "UTC", "''yy'' ü 5", "'26' ü 5"),
        (sunday, "UTC", "''''", "'"),
        (sunday, "UTC", "", ""),
    ] {
        let pattern_text = pattern;
        let pattern = DatePattern::parse(pattern).unwrap();
        assert_eq!(format_date(at(time), &pattern, zone), expect, "{pattern_text}");
    }
}

#[test]
fn reading() {
    for (text, pattern, zone, expect) in [
        ("2026-11-22", "yyyy-MM-dd", "UTC", Some("2026-11-22T00:00:00Z")),
        ("2026-11-22", "yyyy-MM-dd", "Europe/Berlin", Some("2026-11-21T23:00:00Z")),
        ("20261122080509007", "yyyyMMddHHmmssSSS", "UTC", Some("2026-11-22T08:05:09.007Z")),
        ("261122", "yyMMdd", "UTC", Some("2026-11-22T00:00:00Z")),
        ("700101", "yyMMdd", "UTC", Some("1970-01-01T00:00:00Z")),
        ("2026-11-22T08:05:09.007+01:00", "yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "UTC", Some("2026-11-22T07:05:09.007Z")),
        ("2026-11-22T08:05:09Z", "yyyy-MM-dd'T'HH:mm:ssX", "Asia/Tokyo", Some("2026-11-22T08:05:09Z")),
        ("Sun, 22 Nov 2026 08:05:09 GMT", "EEE, dd MMM yyyy HH:mm:ss z", "UTC", Some("2026-11-22T08:05:09Z")),
        ("Sunday 22 november 2026", "EEEE d MMMM yyyy", "UTC", Some("2026-11-22T00:00:00Z")),
        ("22.11.2026 9:05 PM", "dd.MM.yyyy h:mm a", "UTC", Some("2026-11-22T21:05:00Z")),
        ("12 AM", "h a", "UTC", Some("1970-01-01T00:00:00Z")),
        ("24", "k", "UTC", Some("1970-01-01T00:00:00Z")),
        ("2026 326", "yyyy D", "UTC", Some("2026-11-22T00:00:00Z")),
        ("2026-48-7", "YYYY-w-u", "UTC", Some("2026-11-22T00:00:00Z")),
        ("08:00 CEST", "HH:mm z", "UTC", Some("1970-01-01T06:00:00Z")),
        ("08:00 Europe/Berlin", "HH:mm z", "UTC", Some("1970-01-01T07:00:00Z")),
        ("08:00 -0330", "HH:mm Z", "UTC", Some("1970-01-01T11:30:00Z")),
        ("0044 BC", "yyyy G", "UTC", Some("-000043-01-01T00:00:00Z")),
        ("2026-2-30", "yyyy-M-d", "UTC", None),
        ("2026-13-01", "yyyy-MM-dd", "UTC", None),
        ("2026-11-22x", "yyyy-MM-dd", "UTC", None),
        ("2026-11", "yyyy-MM-dd", "UTC", None),
        ("2025 366", "yyyy D", "UTC", None),
        ("25:00", "HH:mm", "UTC", None),
        ("08:00 Nowhere", "HH:mm z", "UTC", None),
        ("99999999999999999999", "yyyy", "UTC", None),
        ("", "yyyy", "UTC", None),
        ("ü", "MMM", "UTC", None),
    ] {
        let pattern_text = pattern;
        let pattern = DatePattern::parse(pattern).unwrap();
        assert_eq!(parse_date(text, &pattern, zone), expect.map(at), "{text} by {pattern_text}");
    }
}

#[test]
fn errors() {
    for (pattern, expect) in [
        (
            "yyyy-QQ",
            "QQ | `Q` is not a letter of date patterns | text stands between single quotes, for example yyyy-MM-dd'T'HH:mm:ss",
        ),
        (
            "yyyy-MM-ddTHH",
            "T | `T` is not a letter of date patterns | text stands between single quotes, for example yyyy-MM-dd'T'HH:mm:ss",
        ),
        (
            "yyyy 'T",
            "'T | the quote in the date pattern is never closed | text stands between two single quotes; write '' for a quote itself",
        ),
        ("HH XXXX", "XXXX | a zone offset has at most three `X` | X is +01, XX is +0100, XXX is +01:00"),
        ("zzzz", "zzzz | long zone names are not available | use z for the short name, or XXX for the offset"),
    ] {
        assert_eq!(line(pattern, &DatePattern::parse(pattern).unwrap_err()), expect);
    }
    assert!(DatePattern::parse(&"y".repeat(1_001)).is_err());
}

/// Every instant can be written, also at the ends of time.
#[test]
fn ends_of_time() {
    let pattern = DatePattern::parse("G yyyy YY MM dd D w W F u a HH kk KK hh mm ss SSS z Z XXX").unwrap();
    for ms in [i64::MIN, -1, 0, 1, i64::MAX] {
        for zone in ["UTC", "Europe/Berlin", "GMT+14", "GMT-12:45", "Pacific/Auckland"] {
            assert!(!format_date(base::Timestamp(ms), &pattern, zone).is_empty());
        }
    }
}
