//! What every object has, and closures, exceptions, classes and entries.
use super::{int, txt};
use crate::error::null_pointer;
use crate::interp::Interpreter;
use crate::ops;
use crate::text::{class_of, inspect, java_text};
use crate::value::{ClosureCode, ClosureObj, MapKind, R, Value};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

pub(super) fn call(it: &mut Interpreter<'_>, recv: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
    let a0 = args.first();
    let special = match recv {
        Value::Closure(f) => closure(f, name, args),
        Value::Exception(e) => match name {
            "getMessage" | "getLocalizedMessage" => Some(e.message.clone()),
            "getCause" => Some(e.cause.borrow().clone()),
            "addSuppressed" => {
                let room = e.suppressed.borrow().len() < 1000;
                e.suppressed.borrow_mut().extend(a0.cloned().filter(|_| room));
                Some(Value::Null)
            }
            "getSuppressed" => Some(Value::array("Throwable", e.suppressed.borrow().clone())),
            "getStackTrace" | "printStackTrace" | "setStackTrace" | "fillInStackTrace" => {
                return crate::trace::method(it, recv, name, args);
            }
            "getProperties" => {
                let (message, class) = (e.message.clone(), Value::Class(class_of(recv).into()));
                Some(Value::map(vec![
                    ("suppressed".into(), Value::array("Throwable", e.suppressed.borrow().clone())),
                    ("message".into(), message.clone()),
                    ("class".into(), class),
                    ("cause".into(), e.cause.borrow().clone()),
                    ("localizedMessage".into(), message),
                    ("stackTrace".into(), it.invoke(recv, "getStackTrace", vec![])?),
                ]))
            }
            "initCause" => {
                e.cause.replace(a0.cloned().unwrap_or(Value::Null));
                Some(recv.clone())
            }
            _ => name
                .strip_prefix("get")
                .and_then(|p| e.extra.iter().find(|x| *x.0 == *crate::members::decapitalize(p)).map(|x| x.1.clone())),
        },
        Value::Class(c) => match name {
            "getName" => Some(Value::str(crate::text::class_name(c))),
            "getCanonicalName" | "getTypeName" => Some(Value::str(crate::text::plain_class(c).replace('$', "."))),
            "getSimpleName" => Some(Value::str(crate::text::simple_class(c))),
            "newInstance" => return it.construct(&c.clone(), args.to_vec()).map(Some),
            "getSuperclass" | "isAssignableFrom" | "isInterface" | "isArray" | "isEnum" | "getEnumConstants"
            | "getPackage" | "getClassLoader" | "getModifiers" | "getDeclaredMethods" | "getMethods"
            | "getDeclaredFields" | "getFields" | "cast" => {
                return crate::utils::class_method(it, &c.clone(), name, args);
            }
            "isInstance" if args.len() == 1 => Some(Value::Bool(it.instance_of(a0.unwrap_or(&Value::Null), c))),
            _ => None,
        },
        Value::Entry(e) => match name {
            "getKey" => Some(e.0.clone()),
            "getValue" => Some(e.value()),
            "setValue" => Some(e.set_value(a0.cloned().unwrap_or(Value::Null))),
            _ => None,
        },
        Value::Bool(b) => match name {
            "implies" => Some(Value::Bool(!*b || a0.is_some_and(ops::truth))),
            "xor" => Some(Value::Bool(*b != a0.is_some_and(ops::truth))),
            "and" => Some(Value::Bool(*b && a0.is_some_and(ops::truth))),
            "or" => Some(Value::Bool(*b || a0.is_some_and(ops::truth))),
            "booleanValue" => Some(recv.clone()),
            _ => None,
        },
        _ => None,
    };
    if special.is_some() {
        return Ok(special);
    }
    Ok(Some(match (name, args.len()) {
        ("toString", 0) => match recv {
            Value::Map(m) if m.kind == MapKind::Lazy => Value::str(java_text(recv)),
            _ => Value::str(it.to_text(recv)?),
        },
        ("getClass", 0) => Value::Class(class_of(recv).into()),
        ("equals", 1) => Value::Bool(match recv {
            Value::List(_) | Value::Map(_) | Value::Instance(_) => it.equals(recv, &args[0])?,
            _ => ops::java_equals(recv, &args[0]),
        }),
        ("is", 1) => Value::Bool(recv.same(&args[0])),
        ("isCase", 1) => Value::Bool(it.is_case(recv, &args[0])?),
        ("hashCode", 0) => Value::Int(ops::java_hash(recv)),
        ("asBoolean", 0) => Value::Bool(it.truth(recv)?),
        ("compareTo", 1) => {
            if args[0].is_null() {
                return Err(null_pointer("the other value is null"));
            }
            Value::Int(it.compare(recv, &args[0])? as i32)
        }
        ("inspect" | "dump", 0) => Value::str(inspect(recv)),
        ("with" | "tap", 1) => {
            let Some(Value::Closure(f)) = a0 else { return Ok(None) };
            let r = with_delegate(it, f, recv.clone(), vec![recv.clone()], true)?;
            if name == "tap" { recv.clone() } else { r }
        }
        ("asType", 1) => {
            let Value::Class(c) = &args[0] else { return Ok(None) };
            let t = crate::ast::TypeRef { name: c.trim_end_matches("[]").into(), dims: u8::from(c.ends_with("[]")) };
            it.as_type(recv.clone(), &t)?
        }
        // Of all that is no text, only numbers are joined with one.
        ("plus", 1) if ops::is_number(recv) && matches!(args[0], Value::Str(_) | Value::GStr(_)) => {
            Value::str(format!("{}{}", it.to_text(recv)?, txt(a0)))
        }
        ("getAt", 1) => it.index_get(recv, &args[0])?,
        ("putAt", 2) => {
            it.index_set(recv, &args[0], args[1].clone())?;
            args[1].clone()
        }
        ("getProperty", 1) => it.get_property(recv, &txt(a0))?,
        ("setProperty", 2) => {
            it.set_property(recv, &txt(a0), args[1].clone())?;
            Value::Null
        }
        ("invokeMethod", 2) => {
            let a = it.items_of(&args[1])?;
            it.invoke(recv, &txt(a0), a)?
        }
        ("respondsTo", _) => Value::list(vec![]),
        ("hasProperty", 1) => match recv {
            Value::Map(m) if m.get(&args[0]).is_some() => args[0].clone(),
            _ => Value::Null,
        },
        ("getMetaClass", 0) => crate::meta::meta_class(recv),
        ("use", _) => return crate::meta::use_categories(it, args),
        ("iterator", 0) => crate::objects::iterator(it.items_of(recv)?),
        ("each", 1) => {
            it.invoke(&args[0], "call", vec![recv.clone()])?;
            recv.clone()
        }
        ("collect", 1) => Value::list(vec![it.invoke(&args[0], "call", vec![recv.clone()])?]),
        ("sleep", _) => {
            let _ = int(a0);
            Value::Null
        }
        _ => return Ok(None),
    }))
}

/// Calls a closure with this delegate.
pub(crate) fn with_delegate(
    it: &mut Interpreter<'_>,
    f: &Rc<ClosureObj>,
    delegate: Value,
    args: Vec<Value>,
    first: bool,
) -> R {
    let held = f.delegate.replace(Some(delegate));
    let held_first = f.delegate_first.replace(first);
    let r = it.call_closure(f, args);
    f.delegate.replace(held);
    f.delegate_first.set(held_first);
    r
}

fn closure(f: &Rc<ClosureObj>, name: &str, args: &[Value]) -> Option<Value> {
    let make = |code| {
        Some(Value::Closure(Rc::new(ClosureObj {
            code,
            delegate: RefCell::new(None),
            delegate_first: Cell::new(false),
        })))
    };
    match (name, args) {
        ("curry", _) => make(ClosureCode::Curried { of: f.clone(), args: args.to_vec(), at: 0 }),
        ("rcurry", _) => make(ClosureCode::Curried { of: f.clone(), args: args.to_vec(), at: -1 }),
        ("ncurry", [n, rest @ ..]) => {
            make(ClosureCode::Curried { of: f.clone(), args: rest.to_vec(), at: int(Some(n)).max(0) })
        }
        ("memoize" | "memoizeAtMost" | "memoizeAtLeast" | "memoizeBetween", _) => {
            make(ClosureCode::Memo { of: f.clone(), seen: RefCell::default() })
        }
        ("trampoline", _) => make(ClosureCode::Trampoline { of: f.clone(), args: args.to_vec() }),
        ("clone" | "rehydrate" | "dehydrate", _) => match &f.code {
            ClosureCode::Block { decl, env } => make(ClosureCode::Block { decl: decl.clone(), env: env.clone() })
                .inspect(|v| {
                    if let Value::Closure(c) = v {
                        let delegate =
                            if name == "rehydrate" { args.first().cloned() } else { f.delegate.borrow().clone() };
                        c.delegate.replace(delegate);
                        c.delegate_first.set(f.delegate_first.get());
                    }
                }),
            _ => Some(Value::Closure(f.clone())),
        },
        ("getParameterTypes", []) => {
            let types = match &f.code {
                ClosureCode::Block { decl, .. } => match &decl.params {
                    Some(p) => p.iter().map(|p| p.ty.as_ref().map_or("java.lang.Object", |t| &t.name)).collect(),
                    None => vec!["java.lang.Object"],
                },
                _ => vec!["java.lang.Object"],
            };
            let full = |t: &str| crate::classes::known(t).unwrap_or(t).into();
            Some(Value::array("Class", types.into_iter().map(|t| Value::Class(full(t))).collect()))
        }
        ("getOwner" | "getThisObject", []) => Some(match &f.code {
            ClosureCode::Block { env, .. } => {
                let closure = env.closures().into_iter().next().filter(|_| name == "getOwner");
                closure.map(Value::Closure).or_else(|| env.this()).unwrap_or(Value::Null)
            }
            ClosureCode::Method { obj, .. } => obj.clone(),
            _ => Value::Null,
        }),
        ("getDelegate", []) => f.delegate.borrow().clone().or_else(|| closure(f, "getOwner", &[])),
        ("getResolveStrategy", []) => Some(Value::Int(i32::from(f.delegate_first.get()))),
        ("rightShift", [Value::Closure(g)]) => make(ClosureCode::Composed { first: f.clone(), second: g.clone() }),
        ("leftShift", [Value::Closure(g)]) => make(ClosureCode::Composed { first: g.clone(), second: f.clone() }),
        // As any interface with one method.
        ("run" | "compare" | "apply" | "accept" | "test" | "get" | "applyAsInt" | "applyAsLong", _) => None,
        ("setDelegate", [d]) => {
            f.delegate.replace(Some(d.clone()));
            Some(Value::Null)
        }
        ("setResolveStrategy", [s]) => {
            f.delegate_first.set(matches!(s, Value::Int(1 | 3)));
            Some(Value::Null)
        }
        ("getMaximumNumberOfParameters", []) => Some(Value::Int(match &f.code {
            ClosureCode::Block { decl, .. } => decl.params.as_ref().map_or(1, |p| p.len() as i32),
            _ => 1,
        })),
        _ => None,
    }
}
