//! Turns texts away that the YAML reader could not read within the limits of stack and memory.

/// Most columns before a line's content: each level of nesting takes at least one.
pub(super) const MAX_INDENT: usize = 256;
/// Most bytes that a text may become when its aliases are copied.
const MAX_EXPANDED: usize = 64 << 20;

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
