//! Functions on text.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write;

use super::super::eval::Eval;
use super::super::regexes::{Piece, replacement};
use super::super::value::{Atom, Item, R, Seq, fail};
use super::{Call, Function, on_context, one_bool, one_text, plain};
use crate::EvalError;

pub const TABLE: &[Function] = &[
    on_context("string", 1, string),
    plain("concat", 2, usize::MAX, concat),
    plain("string-join", 1, 2, string_join),
    plain("contains", 2, 3, contains),
    plain("starts-with", 2, 3, starts_with),
    plain("ends-with", 2, 3, ends_with),
    plain("substring", 2, 3, substring),
    plain("substring-before", 2, 3, substring_before),
    plain("substring-after", 2, 3, substring_after),
    on_context("string-length", 1, string_length),
    on_context("normalize-space", 1, normalize_space),
    plain("translate", 3, 3, translate),
    plain("upper-case", 1, 1, upper_case),
    plain("lower-case", 1, 1, lower_case),
    plain("compare", 2, 3, compare),
    plain("codepoint-equal", 2, 2, codepoint_equal),
    plain("matches", 2, 3, matches),
    plain("replace", 3, 4, replace),
    plain("tokenize", 1, 3, tokenize),
    plain("encode-for-uri", 1, 1, encode_for_uri),
    plain("escape-html-uri", 1, 1, escape_html_uri),
    plain("codepoints-to-string", 1, 1, codepoints_to_string),
    plain("string-to-codepoints", 1, 1, string_to_codepoints),
];

fn string<'a>(ev: &mut Eval<'a>, call: Call<'_, 'a>) -> R<Seq<'a>> {
    let text = call.text_or_context(ev, 0)?;
    Ok(vec![Item::Atom(Atom::Text(text))])
}

fn concat<'a>(ev: &mut Eval<'a>, call: Call<'_, 'a>) -> R<Seq<'a>> {
    let mut out = String::new();
    for i in 0..call.args.len() {
        let text = call.text(ev, i)?;
        ev.charge_text(text.len())?;
        ev.room(out.len() + text.len())?;
        out.push_str(&text);
    }
    Ok(vec![Item::string(out)])
}

fn string_join<'a>(ev: &mut Eval<'a>, call: Call<'_, 'a>) -> R<Seq<'a>> {
    let separator = call.text(ev, 1)?;
    let mut out = String::new();
    for (i, item) in call.arg(0).iter().enumerate() {
        if i > 0 {
            out.push_str(&separator);
        }
        let text = ev.text(item)?;
        ev.charge_text(text.len() + separator.len())?;
        ev.room(out.len() + text.len() + separator.len())?;
        out.push_str(&text);
    }
    Ok(vec![Item::string(out)])
}

fn contains<'a>(ev: &mut Eval<'a>, call: Call<'_, 'a>) -> R<Seq<'a>> {
    let (text, part) = (call.text(ev, 0)?, call.text(ev, 1)?);
    ev.charge_text(text.len())?;
    one_bool(text.contains(&*part))
}

fn starts_with<'a>(ev: &mut Eval<'a>, call: Call<'_, 'a>) -> R<Seq<'a>> {
    let (text, part) = (call.text(ev, 0)?, call.text(ev, 1)?);
    one_bool(text.starts_with(&*part))
}

fn ends_with<'a>(ev: &mut Eval<'a>, call: Call<'_, 'a>) -> R<Seq<'a>> {
    let (text, part) = (call.text(ev, 0)?, call.text(ev, 1)?);
    one_bool(text.ends_with(&*part))
}

#[expect(clippy::cast_precision_loss, reason = "positions in a text are small whole numbers")]
fn substring<'a>(ev: &mut Eval<'a>, call: Call<'_, 'a>) -> R<Seq<'a>> {
    let text = call.text(ev, 0)?;
    let round = |n: f64| (n + 0.5).floor();
    let start = round(call.double(ev, 1)?);
    let end = if call.has(2) { start + round(call.double(ev, 2)?) } else { f64::INFINITY };
    ev.charge_text(text.len())?;
    let part =
        text.chars().zip(1_u64..).filter(|(_, i)| *i as f64 >= start && (*i as f64) < end).map(|(c, _)| c).collect();
    one_text(ev, part)
}

fn substring_before<'a>(ev: &mut Eval<'a>, call: Call<'_, 'a>) -> R<Seq<'a>> {
    let (text, part) = (call.text(ev, 0)?, call.text(ev, 1)?);
    let found = text.split_once(&*part).map_or("", |(before, _)| before);
    one_text(ev, found.to_owned())
}

fn substring_after<'a>(ev: &mut Eval<'a>, call: Call<'_, 'a>) -> R<Seq<'a>> {
    let (text, part) = (call.text(ev, 0)?, call.text(ev, 1)?);
    let found = text.split_once(&*part).map_or("", |(_, after)| after);
    one_text(ev, found.to_owned())
}

fn string_length<'a>(ev: &mut Eval<'a>, call: Call<'_, 'a>) -> R<Seq<'a>> {
    let text = call.text_or_context(ev, 0)?;
    ev.charge_text(text.len())?;
    Ok(vec![Item::int(text.chars().count())])
}

fn normalize_space<'a>(ev: &mut Eval<'a>, call: Call<'_, 'a>) -> R<Seq<'a>> {
    let text = call.text_or_context(ev, 0)?;
    let words: Vec<&str> = text.split([' ', '\t', '\r', '\n']).filter(|w| !w.is_empty()).collect();
    one_text(ev, words.join(" "))
}

fn translate<'a>(ev: &mut Eval<'a>, call: Call<'_, 'a>) -> R<Seq<'a>> {
    let (text, from, to) = (call.text(ev, 0)?, call.text(ev, 1)?, call.text(ev, 2)?);
    let mut map: HashMap<char, Option<char>> = HashMap::new();
    let mut to = to.chars();
    for c in from.chars() {
        let into = to.next();
        map.entry(c).or_insert(into);
    }
    let out = text.chars().filter_map(|c| map.get(&c).copied().unwrap_or(Some(c))).collect();
    one_text(ev, out)
}

fn upper_case<'a>(ev: &mut Eval<'a>, call: Call<'_, 'a>) -> R<Seq<'a>> {
    let text = call.text(ev, 0)?.to_uppercase();
    one_text(ev, text)
}

fn lower_case<'a>(ev: &mut Eval<'a>, call: Call<'_, 'a>) -> R<Seq<'a>> {
    let text = call.text(ev, 0)?.to_lowercase();
    one_text(ev, text)
}

fn compare<'a>(ev: &mut Eval<'a>, call: Call<'_, 'a>) -> R<Seq<'a>> {
    if call.arg(0).is_empty() || call.arg(1).is_empty() {
        return Ok(Vec::new());
    }
    let order = call.text(ev, 0)?.cmp(&call.text(ev, 1)?);
    Ok(vec![Item::Atom(Atom::Int(order as i64))])
}

fn codepoint_equal<'a>(ev: &mut Eval<'a>, call: Call<'_, 'a>) -> R<Seq<'a>> {
    if call.arg(0).is_empty() || call.arg(1).is_empty() {
        return Ok(Vec::new());
    }
    one_bool(call.text(ev, 0)? == call.text(ev, 1)?)
}

/// The pattern in the second argument, compiled.
fn pattern<'a>(ev: &mut Eval<'a>, call: &Call<'_, 'a>, flags: usize) -> R<Cow<'a, regex::Regex>> {
    match call.regex {
        Some(regex) => Ok(Cow::Borrowed(regex)),
        None => {
            let (pattern, flags) = (call.text(ev, 1)?, call.text(ev, flags)?);
            ev.pattern(&pattern, &flags).map(Cow::Owned)
        }
    }
}

fn matches<'a>(ev: &mut Eval<'a>, call: Call<'_, 'a>) -> R<Seq<'a>> {
    let text = call.text(ev, 0)?;
    let regex = pattern(ev, &call, 2)?;
    ev.charge_text(text.len())?;
    one_bool(regex.is_match(&text))
}

fn replace<'a>(ev: &mut Eval<'a>, call: Call<'_, 'a>) -> R<Seq<'a>> {
    let text = call.text(ev, 0)?;
    let regex = pattern(ev, &call, 3)?;
    ev.charge_text(text.len())?;
    if regex.is_match("") {
        return fail("the pattern of replace() also matches the empty text");
    }
    let with = call.text(ev, 2)?;
    let literal = call.text(ev, 3)?.contains('q');
    let pieces = if literal {
        vec![Piece::Text(with.into_owned())]
    } else {
        replacement(&with, regex.captures_len()).map_err(EvalError)?
    };
    let mut out = String::new();
    let mut from = 0;
    for captures in regex.captures_iter(&text) {
        let Some(whole) = captures.get(0) else { continue };
        let before = out.len();
        out.push_str(&text[from..whole.start()]);
        for piece in &pieces {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Group(i) => out.push_str(captures.get(*i).map_or("", |m| m.as_str())),
            }
        }
        ev.charge_text(out.len() - before)?;
        ev.room(out.len())?;
        from = whole.end();
    }
    out.push_str(&text[from..]);
    one_text(ev, out)
}

fn tokenize<'a>(ev: &mut Eval<'a>, call: Call<'_, 'a>) -> R<Seq<'a>> {
    let text = call.text(ev, 0)?;
    ev.charge_text(text.len())?;
    let mut parts = Vec::new();
    let mut add = |ev: &mut Eval<'a>, part: &str| {
        parts.push(Item::string(part.to_owned()));
        ev.charge(4)?;
        ev.hold(size_of::<Item<'_>>() + part.len())
    };
    if call.has(1) {
        let regex = pattern(ev, &call, 2)?;
        if regex.is_match("") {
            return fail("the pattern of tokenize() also matches the empty text");
        }
        if !text.is_empty() {
            regex.split(&text).try_for_each(|part| add(ev, part))?;
        }
    } else {
        text.split_ascii_whitespace().try_for_each(|part| add(ev, part))?;
    }
    Ok(parts)
}

fn encode_for_uri<'a>(ev: &mut Eval<'a>, call: Call<'_, 'a>) -> R<Seq<'a>> {
    let text = call.text(ev, 0)?;
    percent(ev, &text, |b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'~'))
}

fn escape_html_uri<'a>(ev: &mut Eval<'a>, call: Call<'_, 'a>) -> R<Seq<'a>> {
    let text = call.text(ev, 0)?;
    percent(ev, &text, |b| (b' '..=b'~').contains(&b))
}

fn percent<'a>(ev: &mut Eval<'a>, text: &str, stays: fn(u8) -> bool) -> R<Seq<'a>> {
    let mut out = String::new();
    for b in text.bytes() {
        if stays(b) {
            out.push(char::from(b));
        } else {
            let _ = write!(out, "%{b:02X}");
        }
    }
    one_text(ev, out)
}

fn codepoints_to_string<'a>(ev: &mut Eval<'a>, call: Call<'_, 'a>) -> R<Seq<'a>> {
    let mut out = String::new();
    for item in call.arg(0) {
        let atom = ev.atom(item)?;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "no character if out of range")]
        let found = char::from_u32(atom.number() as u32).filter(|c| *c != '\0');
        match found {
            Some(c) => out.push(c),
            None => return fail(format!("{} is no character", atom.text())),
        }
    }
    one_text(ev, out)
}

fn string_to_codepoints<'a>(ev: &mut Eval<'a>, call: Call<'_, 'a>) -> R<Seq<'a>> {
    let text = call.text(ev, 0)?;
    ev.charge(text.len() as u64 * 4)?;
    ev.room(text.len().saturating_mul(size_of::<Item<'_>>()))?;
    Ok(text.chars().map(|c| Item::Atom(Atom::Int(i64::from(u32::from(c))))).collect())
}
