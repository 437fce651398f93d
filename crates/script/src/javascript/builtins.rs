//! Whether a script may change what the engine has built in: prototypes, and members of objects like `Math`.
//!
//! Such changes cannot be taken back, so the context of such a script serves one call only. The source is looked at as
//! text: a word in a comment counts too and only costs time. Only a script that puts such a name together from pieces
//! is not seen. The same goes for what of Java a script names, and for what may keep the engine busy for long.

/// Words without which no prototype is reached.
const WORDS: [&str; 7] = ["prototype", "__proto__", "PrototypeOf", "defineProp", "__define", "constructor", "eval("];

/// Objects that all scripts share.
const SHARED: [&str; 25] = [
    "Array",
    "ArrayBuffer",
    "BigInt",
    "Boolean",
    "Date",
    "Error",
    "Function",
    "ITApiFactory",
    "Intl",
    "JSON",
    "Java",
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
    "console",
    "messageLogFactory",
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

/// What scripts have in them that reach Java's packages, the message log, or all that is global.
const JAVA: [&str; 14] = [
    "java",
    "Java",
    "com",
    "org",
    "Packages",
    "import",
    "ITApi",
    "messageLogFactory",
    "Service",
    "ValueMapping",
    "getClass",
    "this",
    "eval",
    "Function",
];

/// Whether a script may name what is only there for scripts that do: Java's packages and services, the message log.
pub(super) fn names_java(source: &str) -> bool {
    JAVA.iter().any(|word| source.contains(word)) || source.contains("\\u")
}

/// What sets what stands before it.
const SETS: [&str; 15] =
    ["+=", "-=", "*=", "/=", "%=", "**=", "<<=", ">>=", ">>>=", "&=", "|=", "^=", "&&=", "||=", "??="];

/// Whether a script may call what takes long without looking at the clock and without taking memory. Only lists that
/// are much longer than what they hold are like that (`Array(4e9).join('')`): nothing that sets a length, or a place
/// that is counted, is short.
pub(super) fn may_be_long(source: &str) -> bool {
    let is_set = |rest: &str| {
        rest.starts_with('=') && !rest.starts_with("==")
            || ["++", "--"].iter().chain(&SETS).any(|sets| rest.starts_with(sets))
    };
    let around = |word: &'static str| {
        source.match_indices(word).map(move |(at, _)| (&source[..at], source[at + word.len()..].trim_start()))
    };
    around("Array(").any(|(before, rest)| !before.ends_with(char::is_alphanumeric) && !rest.starts_with(')'))
        || around("length").any(|(_, rest)| rest.starts_with([':', '"', '\'']) || is_set(rest))
        || around("]").any(|(before, rest)| !before.trim_end().ends_with(['"', '\'']) && is_set(rest))
        || [".call", ".apply", ".bind", "Reflect", "\\u"].iter().any(|word| source.contains(word))
}
