//! Whether a script may change what the engine has built in: prototypes, and members of objects like `Math`.
//!
//! Such changes cannot be taken back, so the context of such a script serves one call only. The source is looked at as
//! text: a word in a comment counts too and only costs time. Only a script that puts such a name together from pieces
//! is not seen.

/// Words without which no prototype is reached.
const WORDS: [&str; 7] = ["prototype", "__proto__", "PrototypeOf", "defineProp", "__define", "constructor", "eval("];

/// Objects that all scripts share.
const SHARED: [&str; 21] = [
    "Array",
    "ArrayBuffer",
    "BigInt",
    "Boolean",
    "Date",
    "Error",
    "Function",
    "Intl",
    "JSON",
    "Map",
    "Math",
    "Number",
    "Object",
    "Promise",
    "Proxy",
    "Reflect",
    "RegExp",
    "Set",
    "String",
    "Symbol",
    "TypeError",
];

/// What follows on a member that is changed, beside `=`.
const CHANGES: [&str; 8] = ["+=", "-=", "++", "--", "||=", "&&=", "??=", "["];

/// Whether it may.
pub(super) fn changes(source: &str) -> bool {
    WORDS.iter().any(|word| source.contains(word)) || SHARED.iter().any(|name| changes_member(source, name))
}

/// Whether `name.member =` or its like stands anywhere, or the object is handed on as a whole (`x = Math`, `f(Math)`).
fn changes_member(source: &str, name: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    source.match_indices(name).any(|(at, _)| {
        let (before, after) = (&source[..at], source[at + name.len()..].trim_start());
        if before.ends_with(part) || before.ends_with('.') || source[at + name.len()..].starts_with(part) {
            return false;
        }
        let made = ["new", "instanceof", "typeof"].iter().any(|word| before.trim_end().ends_with(word));
        match after.strip_prefix('.') {
            Some(member) => {
                let rest = member.trim_start().trim_start_matches(part).trim_start();
                CHANGES.iter().any(|c| rest.starts_with(c)) || rest.starts_with('=') && !rest.starts_with("==")
            }
            None => !made && !after.starts_with('('),
        }
    })
}
