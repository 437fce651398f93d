//! From SAP's spelling of expressions to Semel's.

/// A template in Semel's spelling: names with blanks in brackets, `${xpath.…}` with a colon.
pub(crate) fn template(text: &str) -> String {
    if !text.contains("${") {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        let Some((inner, behind)) = after.split_once('}') else {
            out.push_str("${");
            rest = after;
            continue;
        };
        if let Some(call) = call(inner) {
            out.push_str(&format!("${{{call}}}"));
        }
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// What stands between the braces; `None` for `null`, which is no text.
fn call(inner: &str) -> Option<String> {
    let trimmed = inner.trim();
    if trimmed == "null" {
        return None;
    }
    if let Some(path) = trimmed.strip_prefix("xpath.") {
        return Some(format!("xpath:{path}"));
    }
    let plain = trimmed.strip_prefix("in.").unwrap_or(trimmed);
    for word in ["property", "exchangeProperty", "headers", "header"] {
        let Some(name) = plain.strip_prefix(word).and_then(|r| r.strip_prefix(['.', ':'])) else { continue };
        // Only names that the plain spelling cannot hold need brackets; calls behind a name stay as they are.
        let odd = |c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':'));
        if name.contains(odd) && !name.contains(['(', ')', '[', ']', '\'', '?']) {
            return Some(format!("{word}['{name}']"));
        }
    }
    Some(inner.to_owned())
}

/// An XPath without what SAP's editor leaves in it: one escape too many, a slash at the end.
pub(crate) fn xpath(text: &str) -> String {
    let mut plain = text.trim().to_owned();
    if plain.contains('&') {
        for (escape, sign) in [("&apos;", "'"), ("&quot;", "\""), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")] {
            plain = plain.replace(escape, sign);
        }
    }
    let end = plain.trim_end_matches('/').len();
    if end > 0 {
        plain.truncate(end);
    }
    plain
}

/// A condition in Semel's spelling, and whether it mixes `and` with `or`.
pub(crate) fn condition(text: &str) -> (String, bool) {
    let mut out = String::new();
    let (mut quote, mut words) = (None::<char>, String::new());
    // Outside of quotes typographic quotes are straight ones, and `null` calls are the word.
    for c in text.replace("${null}", "null").chars() {
        match (quote, c) {
            (None, '‘' | '’') => {
                quote = Some('\'');
                out.push('\'');
            }
            (Some('\''), '‘' | '’') => {
                quote = None;
                out.push('\'');
            }
            (None, '\'' | '"') => {
                quote = Some(c);
                out.push(c);
            }
            (Some(open), _) if c == open => {
                quote = None;
                out.push(c);
            }
            _ => {
                out.push(c);
                if quote.is_none() {
                    words.push(c);
                }
            }
        }
        if quote.is_some() {
            words.push('_');
        }
    }
    let has = |word: &str| words.split(|c: char| !c.is_alphanumeric()).any(|w| w == word);
    let mixed = has("and") && has("or") && !words.contains('(');
    (template(out.trim()), mixed)
}
