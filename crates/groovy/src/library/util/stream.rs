//! `java.util.stream`: streams hold their elements; `Collectors`.
use super::lists::sort;
use super::small::optional;
use crate::ast::BinOp;
use crate::error::throw;
use crate::free::Held;
use crate::gdk::int;
use crate::interp::Interpreter;
use crate::ops;
use crate::text::text;
use crate::value::{HostObject, MapKind, MapObj, R, Value};
use std::any::Any;

struct Stream(Vec<Held>);

/// A stream of elements.
pub(crate) fn object(items: Vec<Value>) -> Value {
    Value::object(Stream(items.into_iter().map(Held).collect()))
}

struct Collector {
    name: String,
    args: Vec<Held>,
}

/// `Collectors.m(…)`.
pub(super) fn collector(name: &str, args: &[Value]) -> Value {
    Value::object(Collector { name: name.into(), args: args.iter().cloned().map(Held).collect() })
}

/// Calls a closure, or the method of an object that stands for one.
pub(super) fn apply(it: &mut Interpreter<'_>, f: &Value, method: &str, args: Vec<Value>) -> R {
    match f {
        Value::Closure(_) => it.invoke(f, "call", args),
        _ => it.invoke(f, method, args),
    }
}

/// `Stream.of(…)`, `IntStream.range(…)`.
pub(super) fn call_static(it: &mut Interpreter<'_>, name: &str, args: &[Value]) -> R<Option<Value>> {
    Ok(Some(match (name, args) {
        ("of", [v @ Value::List(_)]) => object(it.items_of(v)?),
        ("of", _) => object(args.to_vec()),
        ("empty", []) => object(vec![]),
        ("range" | "rangeClosed", [a, b]) => {
            let (a, b) = (int(Some(a)), int(Some(b)).saturating_add(i64::from(name == "rangeClosed")));
            if b.saturating_sub(a) > 10_000_000 {
                return Err(crate::value::Thrown::Limit("a stream is too long".into()));
            }
            it.charge(b.saturating_sub(a).max(0) as usize * 24)?;
            object((a..b).map(|i| Value::Int(i as i32)).collect())
        }
        ("concat", [a, b]) => {
            let mut all = it.items_of(a)?;
            all.extend(it.items_of(b)?);
            object(all)
        }
        _ => return Ok(None),
    }))
}

fn collect(it: &mut Interpreter<'_>, c: &Value, items: Vec<Value>) -> R {
    let Some(col) = c.downcast::<Collector>() else {
        return Err(crate::error::illegal("collect takes a collector of Collectors"));
    };
    // It also watches the stack: collectors may be nested.
    it.tick()?;
    let arg = |i: usize| col.args.get(i).map(|a| a.0.clone());
    it.charge(items.len() * 32)?;
    Ok(match col.name.as_str() {
        "toList" | "toUnmodifiableList" | "toCollection" => Value::list(items),
        "toSet" | "toUnmodifiableSet" => MapObj::set_of(MapKind::Hash, items),
        "joining" => {
            let parts: Vec<String> = items.iter().map(text).collect();
            let t = |i| arg(i).map(|v: Value| text(&v)).unwrap_or_default();
            Value::str(format!("{}{}{}", t(1), parts.join(&t(0)), t(2)))
        }
        "counting" => Value::Long(items.len() as i64),
        "toMap" | "toConcurrentMap" => {
            let (k, v) = (arg(0).unwrap_or(Value::Null), arg(1).unwrap_or(Value::Null));
            let m = MapObj::new(if arg(3).is_some() { MapKind::Linked } else { MapKind::Hash });
            for x in items {
                let key = apply(it, &k, "apply", vec![x.clone()])?;
                let mut value = apply(it, &v, "apply", vec![x])?;
                if let Some(old) = m.get(&key) {
                    match arg(2) {
                        Some(f) => value = apply(it, &f, "apply", vec![old, value])?,
                        None => {
                            let (k, a, b) = (it.to_text(&key)?, it.to_text(&old)?, it.to_text(&value)?);
                            return Err(throw(
                                "java.lang.IllegalStateException",
                                format!("Duplicate key {k} (attempted merging values {a} and {b})"),
                            ));
                        }
                    }
                }
                m.put(key, value);
            }
            Value::Map(m)
        }
        "groupingBy" | "partitioningBy" => {
            let f = arg(0).unwrap_or(Value::Null);
            let part = col.name == "partitioningBy";
            let groups = MapObj::new(if part { MapKind::Linked } else { MapKind::Hash });
            if part {
                groups.put(Value::Bool(false), Value::list(vec![]));
                groups.put(Value::Bool(true), Value::list(vec![]));
            }
            for x in items {
                let mut key = apply(it, &f, "apply", vec![x.clone()])?;
                if part {
                    key = Value::Bool(it.truth(&key)?);
                }
                match groups.get(&key) {
                    Some(Value::List(l)) => l.data.borrow_mut().push(x),
                    _ => {
                        groups.put(key, Value::list(vec![x]));
                    }
                }
            }
            if let Some(down) = arg(if col.args.len() > 2 { 2 } else { 1 }) {
                for (k, v) in groups.entries() {
                    let items = it.items_of(&v)?;
                    let v = collect(it, &down, items)?;
                    groups.put(k, v);
                }
            }
            Value::Map(groups)
        }
        "mapping" | "filtering" => {
            let mut out = Vec::new();
            for x in items {
                let v = apply(it, &arg(0).unwrap_or(Value::Null), "apply", vec![x.clone()])?;
                if col.name == "mapping" {
                    out.push(v);
                } else if it.truth(&v)? {
                    out.push(x);
                }
            }
            collect(it, &arg(1).unwrap_or(Value::Null), out)?
        }
        n if n.starts_with("summing") || n.starts_with("averaging") => {
            let mut sum = if n.ends_with("Double") { Value::Double(0.0) } else { Value::Int(0) };
            let count = items.len();
            for x in items {
                let v = apply(it, &arg(0).unwrap_or(Value::Null), "apply", vec![x])?;
                sum = ops::arith(BinOp::Add, &sum, &v)?.unwrap_or(sum);
            }
            if n.starts_with("averaging") {
                Value::Double(if count == 0 { 0.0 } else { ops::to_f64(&sum).unwrap_or(0.0) / count as f64 })
            } else {
                sum
            }
        }
        n => {
            return Err(crate::error::illegal(format!(
                "Collectors.{n} is not known here; collect into a list and use Groovy's methods"
            )));
        }
    })
}

impl HostObject for Collector {
    fn class_name(&self) -> &str {
        "java.util.stream.Collectors$CollectorImpl"
    }
    fn call_method(&self, _: &mut Interpreter<'_>, _: &Value, _: &str, _: &[Value]) -> R<Option<Value>> {
        Ok(None)
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl HostObject for Stream {
    fn class_name(&self) -> &str {
        "java.util.stream.ReferencePipeline"
    }
    fn call_method(&self, it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        let mut items: Vec<Value> = self.0.iter().map(|h| h.0.clone()).collect();
        it.charge(items.len() * 16)?;
        let f = args.first().cloned().unwrap_or(Value::Null);
        let n = int(args.first()).clamp(0, 1 << 40) as usize;
        Ok(Some(match (name, args.len()) {
            ("filter", 1) | ("anyMatch" | "allMatch" | "noneMatch" | "takeWhile" | "dropWhile", 1) => {
                let mut out = Vec::new();
                let mut dropping = true;
                for x in items {
                    let v = apply(it, &f, "test", vec![x.clone()])?;
                    let yes = it.truth(&v)?;
                    match (name, yes) {
                        ("filter" | "takeWhile", true) => out.push(x),
                        ("takeWhile", false) => break,
                        ("dropWhile", _) => {
                            dropping &= yes;
                            if !dropping {
                                out.push(x);
                            }
                        }
                        ("anyMatch", true) => return Ok(Some(Value::Bool(true))),
                        ("allMatch", false) | ("noneMatch", true) => return Ok(Some(Value::Bool(false))),
                        _ => {}
                    }
                }
                match name {
                    "anyMatch" => Value::Bool(false),
                    "allMatch" | "noneMatch" => Value::Bool(true),
                    _ => object(out),
                }
            }
            (
                "map" | "mapToInt" | "mapToObj" | "mapToLong" | "mapToDouble" | "flatMap" | "forEach"
                | "forEachOrdered" | "peek",
                1,
            ) => {
                let mut out = Vec::new();
                for x in items {
                    let v = apply(it, &f, "apply", vec![x.clone()])?;
                    match name {
                        "flatMap" => out.extend(it.items_of(&v)?),
                        "peek" => out.push(x),
                        _ => out.push(v),
                    }
                }
                if name.starts_with("forEach") { Value::Null } else { object(out) }
            }
            ("boxed" | "parallel" | "sequential" | "unordered" | "asLongStream" | "stream", 0) => object(items),
            ("distinct", 0) => match MapObj::set_of(MapKind::Linked, items) {
                Value::Set(m) => object(m.keys()),
                _ => return Ok(None),
            },
            ("sorted", 0 | 1) => {
                sort(it, &mut items, args.first())?;
                object(items)
            }
            ("limit", 1) => {
                items.truncate(n);
                object(items)
            }
            ("skip", 1) => object(items.split_off(n.min(items.len()))),
            ("count", 0) => Value::Long(items.len() as i64),
            ("sum", 0) => {
                let mut sum = Value::Int(0);
                for x in items {
                    sum = ops::arith(BinOp::Add, &sum, &x)?.unwrap_or(sum);
                }
                sum
            }
            ("average", 0) => {
                let len = items.len();
                let sum: f64 = items.iter().filter_map(ops::to_f64).sum();
                optional((len > 0).then(|| Value::Double(sum / len as f64)))
            }
            ("min" | "max", 0 | 1) => {
                sort(it, &mut items, args.first())?;
                optional(if name == "max" { items.pop() } else { items.into_iter().next() })
            }
            ("findFirst" | "findAny", 0) => optional(items.into_iter().next()),
            ("reduce", 1 | 2) => {
                let mut walk = items.into_iter();
                let op = args.last().cloned().unwrap_or(Value::Null);
                let start = if args.len() == 2 { Some(f) } else { walk.next() };
                let Some(mut sum) = start else { return Ok(Some(optional(None))) };
                for x in walk {
                    sum = apply(it, &op, "apply", vec![sum, x])?;
                }
                if args.len() == 2 { sum } else { optional(Some(sum)) }
            }
            ("collect", 1) if f.downcast::<Collector>().is_some() => collect(it, &f, items)?,
            ("toList", 0) => Value::list(items),
            ("toArray", _) => Value::array("Object", items),
            ("iterator", 0) => crate::objects::iterator(items),
            ("close" | "onClose", _) => Value::Null,
            _ => return Ok(None),
        }))
    }
    fn items(&self) -> Option<Vec<Value>> {
        Some(self.0.iter().map(|h| h.0.clone()).collect())
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}
