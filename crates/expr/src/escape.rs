//! Text as it stands in XML.

/// Appends text as content or as the value of an attribute in double quotes, so that a parser reads the same text again.
///
/// # Errors
/// The first character that XML 1.0 cannot hold (section 2.2); what stands before it is appended.
pub fn push_xml(out: &mut String, text: &str, attribute: bool) -> Result<(), char> {
    for c in text.chars() {
        if matches!(c, '\u{0}'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}') {
            return Err(c);
        }
        push(out, c, attribute);
    }
    Ok(())
}

/// Appends one character, whether XML can hold it or not.
pub(crate) fn push(out: &mut String, c: char, attribute: bool) {
    match c {
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '&' => out.push_str("&amp;"),
        '"' if attribute => out.push_str("&quot;"),
        '\n' if attribute => out.push_str("&#10;"),
        '\t' if attribute => out.push_str("&#9;"),
        '\r' => out.push_str("&#13;"),
        c => out.push(c),
    }
}
