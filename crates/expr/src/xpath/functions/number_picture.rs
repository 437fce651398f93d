//! `format-number()`: pictures such as `#,##0.00`, `0.0%`, `0.00;(0.00)`.

use super::super::number::{Decimal, Rounding};
use super::super::value::{Atom, R, fail};

/// One half of a picture.
struct Part<'p> {
    prefix: &'p str,
    suffix: &'p str,
    min_whole: usize,
    /// Digits between two separators; 0 is none.
    group: usize,
    min_part: usize,
    max_part: usize,
    /// 2 for percent, 3 for per mille.
    shift: u32,
}

fn is_digit(c: char) -> bool {
    matches!(c, '#' | '0')
}

fn read(text: &str) -> Option<Part<'_>> {
    let active = |c: char| is_digit(c) || matches!(c, '.' | ',');
    let start = text.find(active)?;
    let end = text[start..].find(|c| !active(c)).map_or(text.len(), |i| start + i);
    let (prefix, number, suffix) = (&text[..start], &text[start..end], &text[end..]);
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let well_formed = !whole.trim_start_matches(['#', ',']).contains('#')
        && !part.trim_start_matches('0').contains('0')
        && !part.contains(['.', ','])
        && !whole.ends_with(',')
        && !suffix.contains(active)
        && number.contains(is_digit);
    if !well_formed || number.len() > 200 {
        return None;
    }
    let zeros = |t: &str| t.matches('0').count();
    Some(Part {
        prefix,
        suffix,
        min_whole: zeros(whole),
        group: whole.rfind(',').map_or(0, |i| whole.len() - i - 1),
        min_part: zeros(part),
        max_part: part.len(),
        shift: if text.contains('%') {
            2
        } else if text.contains('\u{2030}') {
            3
        } else {
            0
        },
    })
}

pub fn format(value: &Atom<'_>, picture: &str) -> R<String> {
    let (positive, negative) = picture.split_once(';').map_or((picture, None), |(p, n)| (p, Some(n)));
    let halves = (read(positive), negative.map(read));
    let (Some(positive), None | Some(Some(_))) = &halves else {
        return fail(format!("\"{picture}\" is no picture for format-number(); an example is #,##0.00"));
    };
    let negative = halves.1.as_ref().and_then(Option::as_ref);
    let number = value.number();
    if number.is_nan() {
        return Ok("NaN".to_owned());
    }
    let below = match value {
        Atom::Int(n) => *n < 0,
        Atom::Decimal(d) => d.is_negative(),
        _ => number < 0.0,
    };
    let (part, sign) = match (below, negative) {
        (true, Some(negative)) => (negative, ""),
        (true, None) => (positive, "-"),
        (false, _) => (positive, ""),
    };
    let body = if number.is_infinite() { "Infinity".to_owned() } else { digits(value, part)? };
    Ok(format!("{sign}{}{body}{}", part.prefix, part.suffix))
}

fn digits(value: &Atom<'_>, part: &Part<'_>) -> R<String> {
    let exact = match value {
        Atom::Int(n) => Some(Decimal::of_int(*n)),
        Atom::Decimal(d) => Some(*d),
        other => Decimal::of_double(other.number()),
    };
    let places = i64::try_from(part.max_part).unwrap_or(0);
    let text = exact
        .map(|d| if d.is_negative() { d.negate() } else { d })
        .and_then(|d| d.multiply(Decimal::of_int(10_i64.pow(part.shift))))
        .and_then(|d| d.round(places, Rounding::HalfEven));
    // A double beyond what a decimal holds has no digits after the point anyway.
    let text = text.map_or_else(|| value.number().abs().to_string(), |d| d.to_string());
    let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
    let whole = if whole == "0" { "" } else { whole };
    let mut rest = rest.to_owned();
    while rest.len() < part.min_part {
        rest.push('0');
    }
    let min_whole = if part.min_whole == 0 && rest.is_empty() { 1 } else { part.min_whole };
    let whole = format!("{whole:0>min_whole$}");
    let mut out = String::new();
    for (i, c) in whole.chars().enumerate() {
        if part.group > 0 && i > 0 && (whole.len() - i) % part.group == 0 {
            out.push(',');
        }
        out.push(c);
    }
    if !rest.is_empty() {
        out.push('.');
        out.push_str(&rest);
    }
    Ok(out)
}
