//! `JsonBuilder` and `StreamingJsonBuilder`: closures become JSON.
use crate::error::throw;
use crate::free::Held;
use crate::interp::Interpreter;
use crate::json::{pretty, write};
use crate::value::{HostObject, MapKind, MapObj, R, Value};
use std::any::Any;
use std::cell::RefCell;

/// What a builder holds, if it is one.
pub(crate) fn content(v: &Value) -> Option<Value> {
    v.downcast::<Builder>().map(|b| b.content.borrow().0.clone())
}

/// `groovy.json.JsonBuilder`.
struct Builder {
    content: RefCell<Held>,
}

/// A builder, perhaps with content.
pub(crate) fn builder(content: Option<Value>) -> Value {
    Value::object(Builder { content: RefCell::new(Held(content.unwrap_or(Value::Null))) })
}

/// The delegate of a builder's closure: every call adds an entry.
struct Collector(std::rc::Rc<MapObj>);

pub(crate) fn build_into(it: &mut Interpreter<'_>, m: &std::rc::Rc<MapObj>, f: &Value, args: Vec<Value>) -> R<()> {
    if let Value::Closure(f) = f {
        crate::gdk::with_delegate(it, f, Value::object(Collector(m.clone())), args, true)?;
    }
    Ok(())
}

fn content_of(it: &mut Interpreter<'_>, args: &[Value]) -> R {
    let m = MapObj::new(MapKind::Linked);
    Ok(match args {
        [] => Value::list(vec![]),
        [f @ Value::Closure(_)] => {
            build_into(it, &m, f, vec![])?;
            Value::Map(m)
        }
        [one] => one.clone(),
        [list, f @ Value::Closure(_)] if !matches!(list, Value::Map(_)) => {
            let mut out = Vec::new();
            for x in it.items_of(list)? {
                let m = MapObj::new(MapKind::Linked);
                build_into(it, &m, f, vec![x])?;
                out.push(Value::Map(m));
            }
            Value::list(out)
        }
        [Value::Map(first), f @ Value::Closure(_)] => {
            for (k, v) in first.entries() {
                m.put(k, v);
            }
            build_into(it, &m, f, vec![])?;
            Value::Map(m)
        }
        many => Value::list(many.to_vec()),
    })
}

/// `builder.name(…)`: an object with this one entry.
fn named(it: &mut Interpreter<'_>, name: &str, args: &[Value]) -> R {
    let v = match args {
        [] => Value::map(vec![]),
        [Value::Closure(_) | Value::Map(_)] | [Value::Map(_), Value::Closure(_)] => content_of(it, args)?,
        [Value::List(_) | Value::Set(_) | Value::Range(_), Value::Closure(_)] => content_of(it, args)?,
        _ => {
            return Err(throw(
                "groovy.json.JsonException",
                "Expected no arguments, a single map, a single closure, or a map and closure as arguments.",
            ));
        }
    };
    Ok(Value::map(vec![(name.to_string(), v)]))
}

impl HostObject for Collector {
    fn class_name(&self) -> &str {
        "groovy.json.JsonDelegate"
    }
    fn call_method(&self, it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        it.charge(64)?;
        let v = content_of(it, args)?;
        self.0.put(Value::str(name), v.clone());
        Ok(Some(v))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl HostObject for Builder {
    fn class_name(&self) -> &str {
        "groovy.json.JsonBuilder"
    }
    fn call_method(&self, it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        let content = self.content.borrow().0.clone();
        Ok(Some(match (name, args) {
            ("toString", []) => Value::str(write(it, &content)?),
            ("toPrettyString", []) => {
                let s = write(it, &content)?;
                Value::str(pretty(it, &s)?)
            }
            ("getContent", []) => content,
            ("writeTo", [to]) => {
                let s = write(it, &content)?;
                it.invoke(to, "write", vec![Value::str(s)])?;
                to.clone()
            }
            ("getClass" | "is" | "hashCode" | "equals", _) => return Ok(None),
            ("call", args) => {
                let v = content_of(it, args)?;
                self.content.replace(Held(v.clone()));
                v
            }
            (name, args) => {
                let m = named(it, name, args)?;
                self.content.replace(Held(m.clone()));
                m
            }
        }))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// `groovy.json.StreamingJsonBuilder`: each call writes at once.
struct Streaming {
    to: RefCell<Held>,
}

/// A builder that writes, perhaps something at once.
pub(crate) fn streaming(it: &mut Interpreter<'_>, args: &[Value]) -> R<Option<Value>> {
    let (to, first) = match args {
        [to] => (to, None),
        [to, first] => (to, Some(first)),
        _ => return Ok(None),
    };
    if to.is_null() || !matches!(to, Value::Object(_)) {
        return Ok(None);
    }
    if let Some(v) = first.filter(|v| !v.is_null()) {
        put(it, to, v)?;
    }
    Ok(Some(Value::object(Streaming { to: RefCell::new(Held(to.clone())) })))
}

fn put(it: &mut Interpreter<'_>, to: &Value, v: &Value) -> R<()> {
    let s = write(it, v)?;
    it.invoke(to, "write", vec![Value::str(s)]).map(drop)
}

impl HostObject for Streaming {
    fn class_name(&self) -> &str {
        "groovy.json.StreamingJsonBuilder"
    }
    fn call_method(&self, it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        let to = self.to.borrow().0.clone();
        let v = match (name, args) {
            ("getClass" | "is" | "hashCode" | "equals" | "toString" | "with" | "metaClass" | "getMetaClass", _) => {
                return Ok(None);
            }
            ("call", args) => content_of(it, args)?,
            (name, args) => named(it, name, args)?,
        };
        put(it, &to, &v)?;
        Ok(Some(if matches!(args, [.., Value::Closure(_)]) { Value::Null } else { v }))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}
