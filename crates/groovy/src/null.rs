//! What `null` answers to a call.
use crate::error::null_pointer;
use crate::text::text;
use crate::value::{R, Value};

/// A method of `null`.
pub(crate) fn method(name: &str, args: &[Value]) -> R {
    match (name, args) {
        ("toString" | "inspect", []) => Ok(Value::str("null")),
        ("equals" | "is", [x]) => Ok(Value::Bool(x.is_null())),
        ("asType", _) => Ok(Value::Null),
        ("getClass", []) => Ok(Value::Class("org.codehaus.groovy.runtime.NullObject".into())),
        ("asBoolean", []) => Ok(Value::Bool(false)),
        ("each" | "eachWithIndex", [_]) => Ok(Value::Null),
        ("findAll" | "collect", _) => Ok(Value::list(vec![])),
        ("iterator", []) => Ok(crate::objects::iterator(vec![])),
        ("any" | "every" | "find" | "inject", _) if args.len() == 1 => Ok(match name {
            "any" => Value::Bool(false),
            "every" => Value::Bool(true),
            _ => Value::Null,
        }),
        ("with", [_]) => Ok(Value::Null),
        ("plus", [x]) if x.as_str().is_some() => Ok(Value::str(format!("null{}", text(x)))),
        _ => Err(null_pointer(format!("Cannot invoke method {name}() on null object"))),
    }
}
