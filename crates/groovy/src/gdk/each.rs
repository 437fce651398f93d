//! What scripts ask lists and sets for most: a short way, which uses little stack because its closures may nest.
use crate::interp::Interpreter;
use crate::value::{ListKind, MapObj, R, Value};

/// The most frequent methods with one closure, and the size; None for all others.
pub(super) fn call(it: &mut Interpreter<'_>, recv: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
    match (name, args) {
        ("size", []) => Ok(size(recv).map(|n| Value::Int(n as i32))),
        ("isEmpty", []) => Ok(size(recv).map(|n| Value::Bool(n == 0))),
        ("each" | "eachWithIndex" | "reverseEach", [f @ Value::Closure(_)]) => each(it, recv, name, f).map(Some),
        ("collect", [f @ Value::Closure(_)]) => collect(it, recv, f).map(Some),
        ("findAll" | "find" | "any" | "every" | "count" | "findIndexOf" | "findResult", [Value::Closure(_)]) => {
            let items = items(it, recv)?;
            let same_kind = |items: Vec<Value>| match recv {
                Value::Set(m) => MapObj::set_of(m.kind, items),
                _ => Value::list(items),
            };
            super::collection::search(it, recv, items, name, args, &same_kind).map(Some)
        }
        _ => Ok(None),
    }
}

fn size(recv: &Value) -> Option<usize> {
    match recv {
        Value::List(l) if l.kind != ListKind::NodeList => Some(l.data.borrow().len()),
        Value::Set(m) => Some(m.len()),
        _ => None,
    }
}

fn items(it: &mut Interpreter<'_>, recv: &Value) -> R<Vec<Value>> {
    let items = it.items_of(recv)?;
    it.charge(items.len() * 8)?;
    Ok(items)
}

fn each(it: &mut Interpreter<'_>, recv: &Value, name: &str, f: &Value) -> R {
    let mut items = items(it, recv)?;
    let n = items.len();
    if name == "reverseEach" {
        items.reverse();
    }
    for (i, x) in items.into_iter().enumerate() {
        if i > 0 && name == "each" && super::changed(recv, i, n)? {
            break;
        }
        let args = if name == "eachWithIndex" { vec![x, Value::Int(i as i32)] } else { vec![x] };
        it.invoke(f, "call", args)?;
    }
    if name == "each" {
        super::changed(recv, n, n)?;
    }
    Ok(recv.clone())
}

fn collect(it: &mut Interpreter<'_>, recv: &Value, f: &Value) -> R {
    let items = items(it, recv)?;
    let mut out = Vec::with_capacity(items.len());
    for x in items {
        out.push(it.invoke(f, "call", vec![x])?);
    }
    Ok(Value::list(out))
}
