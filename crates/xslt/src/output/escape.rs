//! Characters as markup writes them.

use super::encode::Charset;
use crate::model::Output;

/// Text as it is, but for the character map. Ends where the result has become too large: a map may make a long text of
/// each character.
pub(super) fn mapped(text: &str, settings: &Output, most: usize, out: &mut String) {
    if settings.characters.is_empty() {
        return out.push_str(text);
    }
    for c in text.chars() {
        if out.len() > most {
            return;
        }
        match settings.characters.iter().find(|(from, _)| *from == c) {
            Some((_, to)) => out.push_str(to),
            None => out.push(c),
        }
    }
}

/// A reference for a character that the encoding cannot hold.
fn reference(c: char, out: &mut String) {
    out.push_str(&format!("&#x{:x};", u32::from(c)));
}

/// Text, or the value of an attribute, with references. Ends like [`mapped`].
pub(super) fn escaped(text: &str, (attribute, html): (bool, bool), settings: &Output, most: usize, out: &mut String) {
    let charset = Charset::of(settings);
    for c in text.chars() {
        if out.len() > most {
            return;
        }
        if !settings.characters.is_empty()
            && let Some((_, to)) = settings.characters.iter().find(|(from, _)| *from == c)
        {
            out.push_str(to);
            continue;
        }
        match c {
            '&' => out.push_str("&amp;"),
            '<' if !(html && attribute) => out.push_str("&lt;"),
            '>' if !attribute || !html => out.push_str("&gt;"),
            '\r' => out.push_str("&#xD;"),
            '"' if attribute => out.push_str(if html { "&quot;" } else { "&#34;" }),
            '\n' if attribute && !html => out.push_str("&#xA;"),
            '\t' if attribute && !html => out.push_str("&#x9;"),
            '\u{a0}' if html => out.push_str("&nbsp;"),
            '\u{7f}'..='\u{9f}' | '\u{2028}' => reference(c, out),
            c if charset.holds(c) => out.push(c),
            c => reference(c, out),
        }
    }
}

/// A CDATA section; one that would end early becomes two, and ends around what the encoding cannot hold.
pub(super) fn cdata(text: &str, settings: &Output, out: &mut String) {
    let charset = Charset::of(settings);
    let mut rest = text;
    while !rest.is_empty() {
        let (section, other) = rest.split_at(rest.find(|c| !charset.holds(c)).unwrap_or(rest.len()));
        if !section.is_empty() {
            out.push_str("<![CDATA[");
            out.push_str(&section.replace("]]>", "]]]]><![CDATA[>"));
            out.push_str("]]>");
        }
        let (references, after) = other.split_at(other.find(|c| charset.holds(c)).unwrap_or(other.len()));
        references.chars().for_each(|c| reference(c, out));
        rest = after;
    }
}
