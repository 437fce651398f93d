//! XPath's regular expressions, translated to the linear-time engine.

use regex::{Regex, RegexBuilder};

/// Largest compiled pattern, in bytes. One of this size takes some 20 ms to compile.
const SIZE_LIMIT: usize = 1 << 20;
/// Largest compiled pattern of those that are cheap.
const SMALL: usize = 64 << 10;

/// Compiles a pattern with XPath's flags `s m i x q`; the error is a sentence without a full stop.
pub fn compile(pattern: &str, flags: &str) -> Result<Regex, String> {
    within(SIZE_LIMIT, pattern, flags)?.ok_or_else(|| "this pattern is too large".to_owned())
}

/// Compiles a pattern if it is a small one: others cost so much that they are counted apart.
pub fn compile_small(pattern: &str, flags: &str) -> Result<Option<Regex>, String> {
    within(SMALL, pattern, flags)
}

/// `None` if it becomes larger than that.
fn within(limit: usize, pattern: &str, flags: &str) -> Result<Option<Regex>, String> {
    if let Some(flag) = flags.chars().find(|c| !"smixq".contains(*c)) {
        return Err(format!("there is no flag `{flag}` for patterns (known: s m i x q)"));
    }
    let has = |flag| flags.contains(flag);
    let translated = if has('q') { regex::escape(pattern) } else { translate(pattern, has('x'))? };
    let built = RegexBuilder::new(&translated)
        .dot_matches_new_line(has('s'))
        .multi_line(has('m'))
        .case_insensitive(has('i'))
        .size_limit(limit)
        .dfa_size_limit(SIZE_LIMIT)
        .build();
    match built {
        Ok(regex) => Ok(Some(regex)),
        Err(regex::Error::CompiledTooBig(_)) => Ok(None),
        Err(other) => {
            let text = other.to_string();
            let last = text.lines().last().unwrap_or("").trim_start_matches("error: ");
            Err(format!("`{}` is no valid pattern: {last}", pattern.chars().take(80).collect::<String>()))
        }
    }
}

/// XML Schema's syntax to the engine's: `\i`, `\c`, class subtraction, and characters only the engine finds special.
fn translate(pattern: &str, drop_blanks: bool) -> Result<String, String> {
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut depth = 0_usize;
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('i') => out.push_str(if depth > 0 { r"\p{L}_:" } else { r"[\p{L}_:]" }),
                Some('c') => out.push_str(if depth > 0 { r"\p{L}\p{N}\-._:\xB7" } else { r"[\p{L}\p{N}\-._:\xB7]" }),
                Some('I') => out.push_str(r"[^\p{L}_:]"),
                Some('C') => out.push_str(r"[^\p{L}\p{N}\-._:\xB7]"),
                Some(d) if d.is_ascii_digit() => {
                    return Err(format!("back-references such as `\\{d}` are not supported in patterns"));
                }
                Some(other) => {
                    out.push('\\');
                    out.push(other);
                }
                None => return Err("a pattern cannot end with a single backslash".to_owned()),
            },
            '[' if depth == 0 => {
                depth = 1;
                out.push('[');
            }
            '-' if depth > 0 && chars.peek() == Some(&'[') => {
                chars.next();
                depth += 1;
                out.push_str("--[");
            }
            '[' => out.push_str(r"\["),
            ']' if depth > 0 => {
                depth -= 1;
                out.push(']');
            }
            '&' | '~' if depth > 0 => {
                out.push('\\');
                out.push(c);
            }
            '(' if depth == 0 && chars.peek() == Some(&'?') => {
                out.push('(');
                chars.next();
                if chars.peek() != Some(&':') {
                    return Err("groups such as `(?i)` or `(?=...)` are not part of XPath patterns; \
                                use the flags argument"
                        .to_owned());
                }
                out.push('?');
            }
            ' ' | '\t' | '\r' | '\n' if drop_blanks && depth == 0 => {}
            _ => out.push(c),
        }
    }
    Ok(out)
}

/// A replacement with `$1` and `\$`, read once.
pub fn replacement(text: &str, groups: usize) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some(c @ ('\\' | '$')) => plain.push(c),
                _ => {
                    return Err("in a replacement, write `\\\\` for a backslash and `\\$` for a dollar sign".to_owned());
                }
            },
            '$' => {
                let Some(mut group) = chars.next_if(char::is_ascii_digit).and_then(|d| d.to_digit(10)) else {
                    return Err(
                        "in a replacement, `$` needs a digit after it; write `\\$` for a dollar sign".to_owned()
                    );
                };
                // As many digits as name a group that exists.
                while let Some(digit) = chars.peek().and_then(|d| d.to_digit(10)) {
                    let longer = group * 10 + digit;
                    if longer as usize >= groups {
                        break;
                    }
                    group = longer;
                    chars.next();
                }
                pieces.push(Piece::Text(std::mem::take(&mut plain)));
                pieces.push(Piece::Group(group as usize));
            }
            c => plain.push(c),
        }
    }
    pieces.push(Piece::Text(plain));
    Ok(pieces)
}

pub enum Piece {
    Text(String),
    Group(usize),
}
