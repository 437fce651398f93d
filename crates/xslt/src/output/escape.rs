//! Characters as markup writes them.

use crate::model::Output;

/// Text as it is, but for the character map.
pub(super) fn mapped(text: &str, settings: &Output, out: &mut String) {
    if settings.characters.is_empty() {
        return out.push_str(text);
    }
    for c in text.chars() {
        match settings.characters.iter().find(|(from, _)| *from == c) {
            Some((_, to)) => out.push_str(to),
            None => out.push(c),
        }
    }
}

pub(super) fn escaped(text: &str, attribute: bool, html: bool, settings: &Output, out: &mut String) {
    for c in text.chars() {
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
            '\u{7f}'..='\u{9f}' | '\u{2028}' => out.push_str(&format!("&#x{:x};", u32::from(c))),
            c => out.push(c),
        }
    }
}

/// A CDATA section; one that would end early becomes two.
pub(super) fn cdata(text: &str, out: &mut String) {
    out.push_str("<![CDATA[");
    out.push_str(&text.replace("]]>", "]]]]><![CDATA[>"));
    out.push_str("]]>");
}
