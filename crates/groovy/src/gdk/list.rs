//! Methods that change a list.
use super::int;
use crate::error::throw;
use crate::interp::Interpreter;
use crate::ops;
use crate::value::{ListKind, ListObj, R, Value};
use std::rc::Rc;

/// Methods that change a list.
pub(super) fn change(
    it: &mut Interpreter<'_>,
    recv: &Value,
    l: &Rc<ListObj>,
    name: &str,
    args: &[Value],
) -> R<Option<Value>> {
    if matches!(l.kind, ListKind::Array(_)) {
        return Ok(None);
    }
    let len = l.data.borrow().len();
    let bounds = |i: i64| throw("java.lang.IndexOutOfBoundsException", format!("Index: {i}, Size: {len}"));
    if l.frozen.get() && matches!(name, "add" | "addAll" | "leftShift" | "remove" | "clear" | "set" | "push") {
        return Err(throw("java.lang.UnsupportedOperationException", ""));
    }
    it.charge(24)?;
    let mut d = l.data.borrow_mut();
    Ok(Some(match (name, args) {
        ("add" | "addLast" | "offer", [x]) => {
            d.push(x.clone());
            Value::Bool(true)
        }
        ("push", [x]) => {
            d.push(x.clone());
            Value::Bool(true)
        }
        ("leftShift", [x]) => {
            d.push(x.clone());
            recv.clone()
        }
        ("add", [i, x]) => {
            let i = int(Some(i));
            if i < 0 || i as usize > len {
                return Err(bounds(i));
            }
            d.insert(i as usize, x.clone());
            Value::Null
        }
        ("addFirst", [x]) => {
            d.insert(0, x.clone());
            Value::Null
        }
        ("addAll", [x]) => {
            drop(d);
            let more = it.items_of(x)?;
            it.charge(more.len() * 24)?;
            let any = !more.is_empty();
            l.data.borrow_mut().extend(more);
            Value::Bool(any)
        }
        ("get", [i]) => {
            let i = int(Some(i));
            match usize::try_from(i).ok().and_then(|i| d.get(i).cloned()) {
                Some(v) => v,
                None => {
                    return Err(throw(
                        "java.lang.IndexOutOfBoundsException",
                        format!("Index {i} out of bounds for length {len}"),
                    ));
                }
            }
        }
        ("set", [i, x]) => {
            let i = int(Some(i));
            match usize::try_from(i).ok().and_then(|i| d.get_mut(i)) {
                Some(v) => std::mem::replace(v, x.clone()),
                None => {
                    return Err(throw(
                        "java.lang.IndexOutOfBoundsException",
                        format!("Index {i} out of bounds for length {len}"),
                    ));
                }
            }
        }
        ("remove" | "removeAt", [Value::Int(i)]) => {
            if *i < 0 || *i as usize >= len {
                return Err(throw(
                    "java.lang.IndexOutOfBoundsException",
                    format!("Index {i} out of bounds for length {len}"),
                ));
            }
            d.remove(*i as usize)
        }
        ("remove" | "removeElement", [x]) => match d.iter().position(|y| ops::java_equals(x, y)) {
            Some(i) => {
                d.remove(i);
                Value::Bool(true)
            }
            None => Value::Bool(false),
        },
        ("pop" | "removeLast", []) => match d.pop() {
            Some(v) => v,
            None => return Err(throw("java.util.NoSuchElementException", "Cannot pop() an empty List")),
        },
        ("poll" | "removeFirst", []) => {
            if d.is_empty() {
                Value::Null
            } else {
                d.remove(0)
            }
        }
        ("clear", []) => {
            d.clear();
            Value::Null
        }
        ("swap", [a, b]) => {
            let (a, b) = (int(Some(a)) as usize, int(Some(b)) as usize);
            if a < len && b < len {
                d.swap(a, b);
            }
            recv.clone()
        }
        ("subList", [a, b]) => {
            let (a, b) = (int(Some(a)).clamp(0, len as i64) as usize, int(Some(b)).clamp(0, len as i64) as usize);
            Value::list(d.get(a..b).unwrap_or(&[]).to_vec())
        }
        ("removeAll" | "retainAll" | "removeIf", [f]) => {
            let items = std::mem::take(&mut *d);
            drop(d);
            let other = if matches!(f, Value::Closure(_)) { vec![] } else { it.items_of(f)? };
            let mut keep = Vec::new();
            for x in items {
                let hit = if matches!(f, Value::Closure(_)) {
                    let r = it.invoke(f, "call", vec![x.clone()])?;
                    it.truth(&r)?
                } else {
                    other.iter().any(|o| ops::java_equals(o, &x))
                };
                if hit == (name == "retainAll") {
                    keep.push(x);
                }
            }
            let changed = keep.len() != len;
            *l.data.borrow_mut() = keep;
            Value::Bool(changed)
        }
        _ => return Ok(None),
    }))
}
