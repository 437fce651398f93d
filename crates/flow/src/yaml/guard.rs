//! Turns texts away that the YAML reader could not read within the limits of stack and memory.

/// Most columns before a line's content: each level of nesting takes at least one.
pub(super) const MAX_INDENT: usize = 256;
/// Most bytes that a text may become when its aliases are copied.
const MAX_EXPANDED: usize = 64 << 20;
/// Most colons that follow a colon with nothing but blanks between.
const MAX_COLONS: usize = 400;

/// The first line whose content begins too far right, counting list and key indicators, which nest too.
pub(super) fn too_far_right(text: &str) -> Option<usize> {
    let mut start = 0;
    for line in text.split(['\n', '\r']) {
        let bytes = line.as_bytes();
        let mut at = 0;
        // Blanks, `- `, `? `, `: ` and properties such as `&anchor ` may precede what a line holds.
        while at < bytes.len() {
            let blank_follows = bytes.get(at + 1).is_none_or(|b| matches!(b, b' ' | b'\t'));
            match bytes[at] {
                b' ' | b'\t' => at += 1,
                b'-' | b'?' | b':' if blank_follows => at += 1,
                b'-' if bytes[at..].starts_with(b"---") => at += 3,
                b'&' | b'!' => at += bytes[at..].iter().take_while(|b| !matches!(b, b' ' | b'\t')).count(),
                _ => break,
            }
        }
        if at > MAX_INDENT && at < bytes.len()
            || line.len() > MAX_INDENT && at == bytes.len() && !line.trim().is_empty()
        {
            return Some(start);
        }
        start += line.len() + 1;
    }
    None
}

/// Whether copying aliases might make the text huge: with k of them the worst text grows by 3 to the power of k / 3.
pub(super) fn aliases_could_explode(text: &str) -> bool {
    let bytes = text.as_bytes();
    let starts = |at: usize| {
        at == 0 || matches!(bytes[at - 1], b' ' | b'\t' | b'\n' | b'\r' | b'[' | b'{' | b',' | b':' | b'-' | b'?')
    };
    let candidates = bytes
        .iter()
        .enumerate()
        .filter(|(at, b)| **b == b'*' && starts(*at) && bytes.get(at + 1).is_some_and(|b| !b.is_ascii_whitespace()));
    let mut size = text.len().max(1);
    for (n, _) in candidates.enumerate() {
        if n % 3 == 2 {
            size = size.saturating_mul(3);
        }
        if size > MAX_EXPANDED {
            return true;
        }
    }
    false
}

/// The place where a text has more colons after colons than any flow: `[: : :` nests with each of them,
/// which neither indentation nor brackets show.
pub(super) fn too_many_colons(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut at, mut found) = (0, 0);
    // After a colon: whether a blank has followed it.
    let mut after: Option<bool> = None;
    while at < bytes.len() {
        match (bytes[at], after) {
            (b':', state) => {
                found += usize::from(state == Some(true));
                after = Some(false);
            }
            (b' ' | b'\t' | b'\n' | b'\r', Some(_)) => after = Some(true),
            // A tag or anchor stands before its value.
            (b'!' | b'&', Some(true)) => at += bytes[at..].iter().take_while(|b| !b.is_ascii_whitespace()).count() - 1,
            (b'#', Some(true)) => {
                let rest = bytes[at..].iter().take_while(|b| !matches!(b, b'\n' | b'\r')).count();
                let line = &bytes[at..at + rest];
                // A comment, or the end of a line inside quotes; where the quotes might end in it, all its colons count.
                if line.iter().any(|b| matches!(b, b'"' | b'\'')) {
                    found += line.iter().filter(|b| **b == b':').count();
                }
                at += rest - 1;
            }
            _ => after = None,
        }
        if found > MAX_COLONS {
            return Some(at);
        }
        at += 1;
    }
    None
}
