//! Exceptions: how they are made and the texts Groovy gives them.
use crate::text::{class_of, inspect_args};
use crate::token::Name;
use crate::value::{ExceptionObj, Thrown, Value};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// An exception value.
pub fn exception(class: &str, message: Value) -> Value {
    Value::Exception(Rc::new(ExceptionObj {
        class: class.into(),
        message,
        cause: RefCell::new(Value::Null),
        line: Cell::new(0),
        suppressed: RefCell::default(),
        trace: RefCell::default(),
        extra: vec![],
    }))
}

/// A thrown exception.
pub fn throw(class: &str, message: impl AsRef<str>) -> Thrown {
    Thrown::Exception(exception(class, Value::str(message)))
}

/// An exception without a message.
pub(crate) fn bare(class: &str) -> Thrown {
    Thrown::Exception(exception(class, Value::Null))
}

/// What Groovy says where `null` fits several methods.
pub(crate) fn ambiguous(class: &str, method: &str, types: &[&str]) -> Thrown {
    let types: String = types.iter().map(|t| format!("\n\t[class {t}]")).collect();
    throw(
        "groovy.lang.GroovyRuntimeException",
        format!(
            "Ambiguous method overloading for method {class}#{method}.\nCannot resolve which method to invoke for [null] due to overlapping prototypes between:{types}"
        ),
    )
}

/// `java.lang.IllegalArgumentException`.
pub fn illegal(message: impl AsRef<str>) -> Thrown {
    throw("java.lang.IllegalArgumentException", message)
}

/// `java.lang.ArithmeticException`.
pub fn arithmetic(message: impl AsRef<str>) -> Thrown {
    throw("java.lang.ArithmeticException", message)
}

/// `java.lang.NumberFormatException`.
pub fn number_format(text: &str) -> Thrown {
    throw("java.lang.NumberFormatException", format!("For input string: \"{text}\""))
}

/// Groovy's text for a method that does not exist.
pub fn no_method(recv: &Value, name: &str, args: &[Value]) -> Thrown {
    let (is_static, class) = match recv {
        Value::Class(c) => ("static ", c.to_string()),
        // What a GString does not know, its text is asked for.
        v if class_of(v) == "org.codehaus.groovy.runtime.GStringImpl" => ("", "java.lang.String".into()),
        v => ("", class_of(v)),
    };
    let types: Vec<String> = args.iter().map(|a| if a.is_null() { "null".into() } else { class_of(a) }).collect();
    let message = format!(
        "No signature of method: {is_static}{class}.{name}() is applicable for argument types: ({}) values: {}",
        types.join(", "),
        inspect_args(args)
    );
    with_extra(throw("groovy.lang.MissingMethodException", message), method_details(recv, name, args))
}

/// Groovy's text for a function the script does not have.
pub(crate) fn no_function(name: &str, args: &[Value]) -> Thrown {
    let e = no_method(&Value::Class(crate::parser::SCRIPT.into()), name, args);
    match &e {
        Thrown::Exception(Value::Exception(x)) => {
            let text = crate::text::text(&x.message).replacen("static ", "", 1);
            with_extra(
                throw("groovy.lang.MissingMethodException", text),
                method_details(&Value::Class(crate::parser::SCRIPT.into()), name, args),
            )
        }
        _ => e,
    }
}

/// What a MissingMethodException knows besides its message.
pub fn method_details(recv: &Value, name: &str, args: &[Value]) -> Vec<(Name, Value)> {
    let class = match recv {
        Value::Class(c) => c.clone(),
        v => class_of(v).into(),
    };
    vec![
        ("method".into(), Value::str(name)),
        ("type".into(), Value::Class(class)),
        ("arguments".into(), Value::array("Object", args.to_vec())),
    ]
}

/// An exception with further properties.
pub fn with_extra(e: Thrown, extra: Vec<(Name, Value)>) -> Thrown {
    match e {
        Thrown::Exception(Value::Exception(x)) => Thrown::Exception(Value::Exception(Rc::new(ExceptionObj {
            class: x.class.clone(),
            message: x.message.clone(),
            cause: RefCell::new(Value::Null),
            line: Cell::new(0),
            suppressed: RefCell::default(),
            trace: RefCell::default(),
            extra,
        }))),
        e => e,
    }
}

/// Groovy's text for a property that does not exist.
pub fn no_property(name: &str, class: &str) -> Thrown {
    with_extra(
        throw("groovy.lang.MissingPropertyException", format!("No such property: {name} for class: {class}")),
        vec![("property".into(), Value::str(name)), ("type".into(), Value::Class(class.into()))],
    )
}

/// A cast that does not work.
pub fn bad_cast(v: &Value, to: &str) -> Thrown {
    throw(
        "org.codehaus.groovy.runtime.typehandling.GroovyCastException",
        match v {
            Value::Null => {
                let boxed = crate::classes::boxed(to).map(|b| format!(". Try '{b}' instead")).unwrap_or_default();
                format!("Cannot cast object 'null' with class 'null' to class '{to}'{boxed}")
            }
            v => format!("Cannot cast object '{}' with class '{}' to class '{to}'", crate::text::text(v), class_of(v)),
        },
    )
}

/// `java.lang.NullPointerException`.
pub fn null_pointer(message: impl AsRef<str>) -> Thrown {
    throw("java.lang.NullPointerException", message)
}

/// What Java says where an object is not of the class that is needed.
pub(crate) fn class_cast(of: &str, to: &str) -> Thrown {
    let java = |c: &str| c.starts_with("java.");
    let loader = |c: &str| {
        if java(c) {
            format!("{c} is in module java.base of loader 'bootstrap'")
        } else {
            format!("{c} is in unnamed module of loader 'app'")
        }
    };
    let home = match (java(of), java(to)) {
        (true, true) => format!("{of} and {to} are in module java.base of loader 'bootstrap'"),
        (false, false) => format!("{of} and {to} are in unnamed module of loader 'app'"),
        _ => format!("{}; {}", loader(of), loader(to)),
    };
    throw("java.lang.ClassCastException", format!("class {of} cannot be cast to class {to} ({home})"))
}
