//! `format-number()` with the characters of an `xsl:decimal-format`.

use expr::xpath::eval::Eval;
use expr::xpath::functions::number_picture;
use expr::xpath::value::{Atom, Item, R, Seq, fail};

use crate::model::{DecimalFormat, Sheet};

pub(super) fn format<'a>(sheet: &Sheet, ev: &mut Eval<'a>, args: &[Seq<'a>]) -> R<Seq<'a>> {
    let value = match args.first().and_then(|a| a.first()) {
        None => Atom::Double(f64::NAN),
        Some(item) => match ev.atom(item)? {
            atom if atom.is_numeric() && !ev.compat => atom,
            atom => Atom::Double(atom.number()),
        },
    };
    let text = |ev: &mut Eval<'a>, i: usize| match args.get(i).and_then(|a| a.first()) {
        Some(item) => ev.text(item).map(|t| t.into_owned()),
        None => Ok(String::new()),
    };
    let (picture, name) = (text(ev, 1)?, text(ev, 2)?);
    let name = name.trim();
    let standard = DecimalFormat::default();
    let format = match sheet.decimals.get(name.rsplit(':').next().unwrap_or("")) {
        Some(format) => format,
        None if name.is_empty() => &standard,
        None => return fail(format!("there is no decimal format `{name}`")),
    };
    let number = value.number();
    let out = if number.is_nan() {
        format.nan.clone()
    } else if *format == standard {
        number_picture::format(&value, &picture)?
    } else {
        let text = number_picture::format(&value, &into_standard(&picture, format))?;
        let text = if number.is_infinite() { text.replacen("Infinity", &format.infinity, 1) } else { text };
        text.chars().map(|c| from_standard(c, format)).collect()
    };
    ev.charge_text(out.len())?;
    Ok(vec![Item::string(out)])
}

/// The picture in the standard characters.
fn into_standard(picture: &str, format: &DecimalFormat) -> String {
    let zero = u32::from(format.zero);
    let digit = |c: char| (zero..zero + 10).contains(&u32::from(c));
    picture
        .chars()
        .map(|c| match c {
            c if c == format.decimal => '.',
            c if c == format.grouping => ',',
            c if c == format.digit => '#',
            c if c == format.separator => ';',
            c if c == format.percent => '%',
            c if c == format.per_mille => '\u{2030}',
            c if digit(c) => '0',
            c => c,
        })
        .collect()
}

fn from_standard(c: char, format: &DecimalFormat) -> char {
    match c {
        '.' => format.decimal,
        ',' => format.grouping,
        '-' => format.minus,
        '%' => format.percent,
        '\u{2030}' => format.per_mille,
        '0'..='9' => char::from_u32(u32::from(format.zero) + u32::from(c) - 48).unwrap_or(c),
        c => c,
    }
}
