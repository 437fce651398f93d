//! Java's patterns in the words of the `fancy-regex` crate: its classes are of ASCII, and it has its own names.

/// What stands in a class for a name behind `\p`.
fn class_of(name: &str) -> Option<&'static str> {
    Some(match name.strip_prefix("java").unwrap_or(name) {
        "Alpha" => "a-zA-Z",
        "Punct" => "!-/:-@\\[-`{-~",
        "Upper" => "A-Z",
        "Lower" => "a-z",
        "Digit" => "0-9",
        "Alnum" => "a-zA-Z0-9",
        "ASCII" => "\\x00-\\x7f",
        "Graph" => "!-~",
        "Print" => "\\x20-~",
        "Blank" => "\\x20\\t",
        "Space" => "\\x20\\t\\n\\x0b\\f\\r",
        "Cntrl" => "\\x00-\\x1f\\x7f",
        "XDigit" => "0-9a-fA-F",
        "InCombiningDiacriticalMarks" => "\\u{300}-\\u{36f}",
        "UpperCase" => "\\p{Lu}",
        "LowerCase" => "\\p{Ll}",
        "Letter" => "\\p{L}",
        "LetterOrDigit" => "\\p{L}\\p{Nd}",
        "Whitespace" => "\\s",
        "IsAlphabetic" => "\\p{Alphabetic}",
        "IsLetter" => "\\p{L}",
        "IsDigit" => "\\p{Nd}",
        "IsPunctuation" => "\\p{P}",
        "IsUppercase" => "\\p{Uppercase}",
        "IsLowercase" => "\\p{Lowercase}",
        "IsWhite_Space" | "IsWhiteSpace" => "\\p{White_Space}",
        "IsLatin" => "\\p{Latin}",
        "IsCyrillic" => "\\p{Cyrillic}",
        "IsGreek" => "\\p{Greek}",
        "IsHan" => "\\p{Han}",
        "L1" => "\\x00-\\u{ff}",
        _ => return None,
    })
}

/// What stands in a class for a letter behind a backslash, if it is not what the crate means by it.
fn short(letter: char, unicode: bool) -> Option<&'static str> {
    Some(match letter {
        'w' | 'W' if !unicode => "a-zA-Z0-9_",
        'd' | 'D' if !unicode => "0-9",
        's' | 'S' if !unicode => "\\x20\\t\\n\\x0b\\f\\r",
        'h' | 'H' => "\\x20\\t\\u{a0}\\u{1680}\\u{180e}\\u{2000}-\\u{200a}\\u{202f}\\u{205f}\\u{3000}",
        'v' | 'V' => "\\n\\x0b\\f\\r\\u{85}\\u{2028}\\u{2029}",
        _ => return None,
    })
}

/// A pattern of Java; `unicode` is its flag `UNICODE_CHARACTER_CLASS`.
pub(crate) fn translated(source: &str, unicode: bool) -> String {
    let (mut out, mut rest) = (String::with_capacity(source.len() + 16), source);
    // How deep in brackets.
    let mut depth = 0u32;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        rest = after;
        match c {
            '\\' => rest = escape(after, unicode, depth > 0, &mut out),
            '[' => {
                depth += 1;
                out.push('[');
                if let Some(more) = rest.strip_prefix('^') {
                    out.push('^');
                    rest = more;
                }
                // At the beginning it stands for itself.
                if let Some(more) = rest.strip_prefix(']') {
                    out.push_str("\\]");
                    rest = more;
                }
            }
            ']' => {
                depth = depth.saturating_sub(1);
                out.push(']');
            }
            c => out.push(c),
        }
    }
    out
}

/// What stands behind a backslash; gives what is left of the pattern.
fn escape<'a>(after: &'a str, unicode: bool, inside: bool, out: &mut String) -> &'a str {
    let Some(letter) = after.chars().next() else {
        out.push('\\');
        return after;
    };
    let rest = &after[letter.len_utf8()..];
    if letter == 'Q' {
        let (literal, rest) = rest.split_once("\\E").unwrap_or((rest, ""));
        out.push_str(&fancy_regex::escape(literal));
        return rest;
    }
    // Also in brackets a class of its own: what stands beside it makes no range with its ends.
    let class = |members: &str, not: bool, out: &mut String| {
        out.push_str(if not { "[^" } else { "[" });
        out.push_str(members);
        out.push(']');
    };
    if let Some(members) = short(letter, unicode) {
        class(members, letter.is_ascii_uppercase(), out);
        return rest;
    }
    if matches!(letter, 'p' | 'P')
        && let Some((name, left)) = rest.strip_prefix('{').and_then(|r| r.split_once('}'))
        && let Some(members) = class_of(name)
    {
        class(members, letter == 'P', out);
        return left;
    }
    if letter == 'R' && !inside {
        out.push_str("(?:\\r\\n|[\\n\\x0b\\f\\r\\u{85}\\u{2028}\\u{2029}])");
        return rest;
    }
    out.push('\\');
    out.push(letter);
    rest
}
