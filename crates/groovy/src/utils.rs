//! Static methods and constants of small classes of Java, and what a class tells about itself.
use crate::error::{no_method, throw};
use crate::gdk::txt;
use crate::interp::Interpreter;
use crate::text::class_of;
use crate::value::{R, Value};

/// A static method of these classes; None if there is none.
pub(crate) fn call_static(it: &mut Interpreter<'_>, class: &str, name: &str, args: &[Value]) -> R<Option<Value>> {
    match class {
        "java.util.regex.Matcher" if name == "quoteReplacement" => {
            Ok(Some(Value::str(txt(args.first()).replace('\\', "\\\\").replace('$', "\\$"))))
        }
        "org.codehaus.groovy.runtime.StackTraceUtils" => Ok(args.first().cloned()),
        "groovy.util.GroovyCollections" => match (name, args) {
            ("combinations", many) if many.len() > 1 => it.invoke(&Value::list(many.to_vec()), name, vec![]).map(Some),
            ("combinations" | "transpose" | "subsequences" | "sum" | "min" | "max", [c, ..]) => {
                it.invoke(c, name, args[1..].to_vec()).map(Some)
            }
            _ => Ok(None),
        },
        "java.lang.Class" if name == "forName" => class_for_name(it, &txt(args.first())).map(Some),
        _ => Ok(None),
    }
}

fn class_for_name(it: &mut Interpreter<'_>, name: &str) -> R {
    let host = it.host.clone();
    if it.class_named(name).is_some() || crate::classes::is_known(name) || host.has_class(name) {
        return Ok(Value::Class(it.class_named(name).map_or_else(|| name.into(), |c| c.decl.name.clone())));
    }
    // Classes the host may bring are not all listed: only what is surely nothing fails.
    if name.split('.').count() < 4 {
        return Err(throw("java.lang.ClassNotFoundException", name));
    }
    Ok(Value::Class(name.into()))
}

/// A constant of these classes.
pub(crate) fn constant(class: &str, name: &str) -> Option<Value> {
    Some(match (class, name) {
        ("groovy.json.JsonParserType", _) => return crate::slurper::TYPES.named(name),
        ("java.lang.String", "CASE_INSENSITIVE_ORDER") => crate::gdk::Order::ignoring_case(),
        ("java.lang.Character", "MAX_VALUE") => Value::Char('\u{ffff}'),
        ("java.util.Map", "Entry") => Value::Class("java.util.Map$Entry".into()),
        ("java.util.regex.Pattern", n) => return crate::regex::flag(n),
        ("java.io.File", "separator") => Value::str("/"),
        _ => return None,
    })
}

/// What a class tells about itself.
pub(crate) fn class_method(it: &mut Interpreter<'_>, class: &str, name: &str, args: &[Value]) -> R<Option<Value>> {
    let parent = || crate::classes::parent_of(class);
    Ok(Some(match (name, args) {
        ("isAssignableFrom", [Value::Class(c)]) => Value::Bool(it.class_extends(c, class)),
        ("isInterface", []) => Value::Bool(
            crate::classes::is_interface(class) || it.class_named(class).is_some_and(|c| c.decl.is_interface),
        ),
        ("isArray", []) => Value::Bool(class.ends_with("[]") || class.starts_with('[')),
        ("isEnum", []) => Value::Bool(it.class_named(class).is_some_and(|c| c.decl.is_enum)),
        ("getEnumConstants", []) if it.class_named(class).is_some_and(|c| c.decl.is_enum) => {
            let v = it.invoke(&Value::Class(class.into()), "values", vec![])?;
            Value::array(class, it.items_of(&v)?)
        }
        ("getSuperclass", []) => match it.class_named(class) {
            Some(c) => Value::Class(c.parent.as_ref().map_or_else(|| c.base.clone(), |p| p.decl.name.clone())),
            None if class.contains("_closure") => Value::Class("groovy.lang.Closure".into()),
            None => Value::Class(parent().unwrap_or("java.lang.Object").into()),
        },
        ("getPackage", []) => Value::str(class.rsplit_once('.').map_or("", |p| p.0)),
        ("getClassLoader", []) => Value::Null,
        ("getModifiers", []) => Value::Int(1),
        ("getDeclaredMethods" | "getMethods", []) => {
            let Some(c) = it.class_named(class) else { return Ok(Some(Value::array("Method", vec![]))) };
            let named = |n: &str| Value::map(vec![("name".into(), Value::str(n))]);
            Value::array("Method", c.decl.methods.iter().map(|m| named(&m.name)).collect())
        }
        ("getDeclaredFields" | "getFields", []) => {
            let Some(c) = it.class_named(class) else { return Ok(Some(Value::array("Field", vec![]))) };
            let named = |n: &str| Value::map(vec![("name".into(), Value::str(n))]);
            Value::array("Field", c.decl.fields.iter().map(|m| named(&m.name)).collect())
        }
        ("cast", [v]) => {
            if !v.is_null() && !it.instance_of(v, class) {
                return Err(throw("java.lang.ClassCastException", format!("Cannot cast {} to {class}", class_of(v))));
            }
            v.clone()
        }
        ("getMethod" | "getDeclaredMethod" | "getField" | "getDeclaredField" | "getConstructor", _) => {
            return Err(no_method(&Value::Class(class.into()), name, args));
        }
        _ => return Ok(None),
    }))
}

impl Interpreter<'_> {
    /// Whether a class is another or extends it.
    pub(crate) fn class_extends(&self, class: &str, of: &str) -> bool {
        let (class, of) = (crate::classes::boxed(class).unwrap_or(class), crate::classes::boxed(of).unwrap_or(of));
        match self.class_named(class) {
            Some(c) => c.above(of).is_some() || crate::classes::is_subclass(&c.base, of),
            None => crate::classes::is_subclass(class, of),
        }
    }
}
