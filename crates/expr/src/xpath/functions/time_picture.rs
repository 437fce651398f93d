//! `format-date()`, `format-time()`, `format-dateTime()`: pictures such as `[Y0001]-[M01]-[D01]`, names in English.

use super::super::times::{Moment, MomentKind, offset_text};
use super::super::value::{R, fail};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
/// Widest field: more is a mistake, and must not cost memory.
const WIDEST: usize = 100;

pub fn format(moment: &Moment, kind: MomentKind, picture: &str) -> R<String> {
    let mut out = String::new();
    let mut rest = picture;
    while let Some(c) = rest.chars().next() {
        if rest.starts_with("[[") || rest.starts_with("]]") {
            out.push(c);
            rest = &rest[2..];
        } else if c == '[' {
            let Some(end) = rest.find(']') else {
                return fail(format!("the date picture \"{picture}\" has a `[` without `]`"));
            };
            let field: String = rest[1..end].split_whitespace().collect();
            out.push_str(&component(moment, kind, &field)?);
            rest = &rest[end + 1..];
        } else if c == ']' {
            return fail(format!("the date picture \"{picture}\" has a `]` without `[`"));
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    Ok(out)
}

/// One field: its letter, how to write it, and its width `min-max`.
fn component(moment: &Moment, kind: MomentKind, field: &str) -> R<String> {
    let Some(letter) = field.chars().next() else { return fail("a date picture has an empty field `[]`") };
    let (style, width) =
        field[letter.len_utf8()..].split_once(',').map_or((&field[letter.len_utf8()..], None), |(s, w)| (s, Some(w)));
    let is_date = "YMDdFWwE".contains(letter);
    let is_time = "HhPmsf".contains(letter);
    if (kind == MomentKind::Date && is_time) || (kind == MomentKind::Time && is_date) {
        return fail(format!("the picture field [{field}] does not fit what is formatted"));
    }
    let (min, max) = widths(width);
    let civil = moment.civil;
    let (number, names): (i64, &[&str]) = match letter {
        'Y' => (i64::from(civil.year().abs()), &[]),
        'M' => (i64::from(civil.month()), &MONTHS),
        'D' => (i64::from(civil.day()), &[]),
        'd' => (i64::from(civil.date().day_of_year()), &[]),
        'F' => (i64::from(civil.date().weekday().to_monday_one_offset()), &DAYS),
        'W' => (i64::from(civil.date().iso_week_date().week()), &[]),
        'w' => ((i64::from(civil.day()) + 6) / 7, &[]),
        'H' => (i64::from(civil.hour()), &[]),
        'h' => ((i64::from(civil.hour()) + 11) % 12 + 1, &[]),
        'm' => (i64::from(civil.minute()), &[]),
        's' => (i64::from(civil.second()), &[]),
        'P' => {
            let text = if civil.hour() < 12 { "am" } else { "pm" };
            return Ok(cased(text, if style.is_empty() { "n" } else { style }));
        }
        'f' => return Ok(fraction(civil.subsec_nanosecond(), style, min, max)),
        'Z' | 'z' => return Ok(zone(moment.offset, letter, style)),
        'E' | 'C' => return Ok(if letter == 'E' { "AD" } else { "ISO" }.to_owned()),
        _ => return fail(format!("[{field}] is no field of a date picture")),
    };
    let style = match (letter, style) {
        ('F', "") => "n",
        ('m' | 's', "") => "01",
        (_, "") => "1",
        (_, style) => style,
    };
    if style.starts_with(['N', 'n']) && !names.is_empty() {
        let name = usize::try_from(number - 1).ok().and_then(|i| names.get(i)).copied().unwrap_or("");
        let short: String = name.chars().take(max.unwrap_or(usize::MAX).max(1)).collect();
        let text = cased(&short, style);
        return Ok(format!("{text:<width$}", width = min.unwrap_or(0)));
    }
    Ok(numeral(number, letter, style, min, max))
}

fn numeral(number: i64, letter: char, style: &str, min: Option<usize>, max: Option<usize>) -> String {
    if let Some(c @ ('I' | 'i')) = style.chars().next() {
        let roman = roman(number);
        return if c == 'I' { roman } else { roman.to_lowercase() };
    }
    let digits = style.chars().filter(char::is_ascii_digit).count();
    let width = min.unwrap_or(if digits > 1 { digits } else { 0 }).min(WIDEST);
    let mut text = format!("{number:0width$}");
    // A year is cut from the left: [Y01] and [Y,2-2] are 26 for 2026.
    let cut = max.or(if letter == 'Y' && digits >= 2 { Some(digits) } else { None });
    if let Some(cut) = cut.filter(|c| letter == 'Y' && *c < text.len()) {
        text = text.split_off(text.len() - cut);
    }
    if style.ends_with('o') {
        text.push_str(ordinal(number));
    }
    text
}

fn ordinal(number: i64) -> &'static str {
    match (number % 100, number % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    }
}

fn roman(mut number: i64) -> String {
    const SIGNS: [(i64, &str); 13] = [
        (1000, "M"),
        (900, "CM"),
        (500, "D"),
        (400, "CD"),
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    ];
    let mut out = String::new();
    for (value, sign) in SIGNS {
        while number >= value {
            out.push_str(sign);
            number -= value;
        }
    }
    out
}

fn widths(width: Option<&str>) -> (Option<usize>, Option<usize>) {
    let Some(width) = width else { return (None, None) };
    let (min, max) = width.split_once('-').unwrap_or((width, "*"));
    let read = |t: &str| t.parse::<usize>().ok().map(|n| n.min(WIDEST));
    (read(min), read(max))
}

/// `N` is upper case, `n` lower case, `Nn` a capital.
fn cased(text: &str, style: &str) -> String {
    if style.starts_with("Nn") {
        let mut chars = text.chars();
        chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
    } else if style.starts_with('N') {
        text.to_uppercase()
    } else {
        text.to_lowercase()
    }
}

fn fraction(nanos: i32, style: &str, min: Option<usize>, max: Option<usize>) -> String {
    let all = format!("{nanos:09}");
    let digits = style.chars().filter(char::is_ascii_digit).count();
    let (min, max) = match (min, max) {
        (None, None) if digits > 1 => (digits, digits),
        (None, None) => (1, 9),
        (min, max) => (min.unwrap_or(1), max.unwrap_or(9)),
    };
    let cut = &all[..max.clamp(1, 9)];
    let text = cut.trim_end_matches('0');
    format!("{text:0<min$}")
}

fn zone(offset: Option<i32>, letter: char, style: &str) -> String {
    let Some(offset) = offset else { return String::new() };
    let zero = if style.ends_with('t') { "Z" } else { "+00:00" };
    let text = offset_text(offset, zero);
    let text = if style.trim_end_matches('t') == "0000" || style.trim_end_matches('t') == "0001" {
        text.replace(':', "")
    } else {
        text
    };
    if letter == 'z' { format!("GMT{text}") } else { text }
}
