//! What a class of Java or Groovy does not have, although something like it has: arrays are no lists, a buffer is no
//! text, an `Integer` is no `BigDecimal`.
use crate::ops;
use crate::value::{ListKind, Value};

/// What lists have and no array has.
const NO_ARRAY: &[&str] = &[
    "isEmpty",
    "asImmutable",
    "unique",
    "collate",
    "withIndex",
    "indexed",
    "toSet",
    "asList",
    "toArray",
    "stream",
    "parallelStream",
    "containsAll",
    "indexOf",
    "lastIndexOf",
    "permutations",
    "combinations",
    "transpose",
    "disjoint",
    "intersect",
    "forEach",
    "subList",
];

/// What arrays of objects have and those of numbers do not.
const NO_PRIMITIVES: &[&str] = &[
    "first",
    "last",
    "sort",
    "toSorted",
    "plus",
    "minus",
    "max",
    "min",
    "groupBy",
    "reverse",
    "take",
    "drop",
    "tail",
    "head",
    "init",
    "collectEntries",
    "takeWhile",
    "dropWhile",
];

/// What texts have and a buffer has not, whatever the arguments.
const NO_BUFFER: &[&str] = &[
    "toBoolean",
    "trim",
    "toUpperCase",
    "toLowerCase",
    "compareToIgnoreCase",
    "concat",
    "endsWith",
    "startsWith",
    "equalsIgnoreCase",
    "getBytes",
    "intern",
    "regionMatches",
    "toCharArray",
    "contentEquals",
    "format",
    "decodeBase64",
    "decodeHex",
    "encodeAsBase64",
    "isBlank",
    "strip",
    "stripTrailing",
    "stripLeading",
    "repeat",
    "lines",
    "isLetter",
];

/// What big numbers have and the small ones do not.
const NO_SMALL_NUMBER: &[&str] = &[
    "negate",
    "signum",
    "add",
    "subtract",
    "divide",
    "remainder",
    "max",
    "min",
    "pow",
    "setScale",
    "scale",
    "precision",
    "stripTrailingZeros",
    "toPlainString",
    "unscaledValue",
];

/// Whether there is no such method on a value of this class.
pub(crate) fn lacks(recv: &Value, name: &str, args: &[Value]) -> bool {
    match recv {
        Value::List(l) => match &l.kind {
            ListKind::Array(of) => {
                let primitive = crate::classes::boxed(of).is_some();
                NO_ARRAY.contains(&name) || primitive && NO_PRIMITIVES.contains(&name)
            }
            _ => name == "multiply" && no_number(args),
        },
        Value::Bytes(_) => NO_ARRAY.contains(&name) || NO_PRIMITIVES.contains(&name),
        Value::Range(_) => name == "multiply" && no_number(args),
        Value::Str(_) | Value::GStr(_) => match name {
            "multiply" => no_number(args),
            "toArray" | "isLetter" => true,
            "toString" => !args.is_empty(),
            "format" => !matches!(args, [Value::Str(_) | Value::GStr(_) | Value::Object(_), ..]),
            _ => false,
        },
        Value::Map(_) => match name {
            "minus" => !matches!(args, [Value::Map(_)]),
            "multiply" | "stream" => true,
            _ => false,
        },
        Value::Bool(_) => {
            matches!(name, "and" | "or" | "xor" | "implies")
                && !matches!(args, [Value::Bool(_) | Value::Null | Value::Object(_)])
        }
        Value::Int(_) | Value::Long(_) | Value::Short(_) | Value::Byte(_) | Value::Double(_) | Value::Float(_) => {
            NO_SMALL_NUMBER.contains(&name)
        }
        _ => false,
    }
}

/// Whether a buffer of text lacks what a text has.
pub(crate) fn buffer_lacks(name: &str, args: &[Value]) -> bool {
    match name {
        "replace" => args.len() == 2,
        "split" => !args.is_empty(),
        "matches" => matches!(args, [Value::Str(_) | Value::GStr(_)]),
        "indexOf" => args.first().is_some_and(ops::is_number),
        name => NO_BUFFER.contains(&name),
    }
}

fn no_number(args: &[Value]) -> bool {
    !matches!(args, [n] if ops::is_number(n) || n.is_null() || matches!(n, Value::Object(_)))
}
