//! Methods that change a list.
use super::int;
use crate::error::throw;
use crate::interp::Interpreter;
use crate::ops;
use crate::value::{ListKind, ListObj, R, Value};
use std::mem::replace;
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
    if matches!(name, "add" | "addAll" | "leftShift" | "remove" | "clear" | "set" | "push" | "pop" | "removeAll") {
        super::writable(l.frozen.get() || l.kind == ListKind::Fixed && name != "set")?;
    }
    it.charge(24)?;
    // A borrow lasts for one change only: comparing, freeing or calling may come back to this list.
    Ok(Some(match (name, args) {
        ("add" | "addLast" | "offer", [x]) => {
            l.data.borrow_mut().push(x.clone());
            Value::Bool(true)
        }
        ("push", [x]) => {
            l.data.borrow_mut().push(x.clone());
            Value::Bool(true)
        }
        ("leftShift", [x]) => {
            l.data.borrow_mut().push(x.clone());
            recv.clone()
        }
        ("add", [i, x]) => {
            let i = int(Some(i));
            if i < 0 || i as usize > len {
                return Err(bounds(i));
            }
            l.data.borrow_mut().insert(i as usize, x.clone());
            Value::Null
        }
        ("addFirst", [x]) => {
            l.data.borrow_mut().insert(0, x.clone());
            Value::Null
        }
        ("addAll", [x]) => {
            let more = it.items_of(x)?;
            it.charge(more.len() * 24)?;
            let any = !more.is_empty();
            l.data.borrow_mut().extend(more);
            Value::Bool(any)
        }
        ("get", [i]) => {
            let i = int(Some(i));
            match usize::try_from(i).ok().and_then(|i| l.data.borrow().get(i).cloned()) {
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
            match usize::try_from(i).ok().and_then(|i| l.data.borrow_mut().get_mut(i).map(|v| replace(v, x.clone()))) {
                Some(old) => old,
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
            l.data.borrow_mut().remove(*i as usize)
        }
        ("remove" | "removeElement", [x]) => {
            let at = l.data.borrow().iter().position(|y| ops::java_equals(x, y));
            let gone = at.map(|i| l.data.borrow_mut().remove(i));
            Value::Bool(gone.is_some())
        }
        ("pop" | "removeLast", []) => match l.data.borrow_mut().pop() {
            Some(v) => v,
            None => return Err(throw("java.util.NoSuchElementException", "Cannot pop() an empty List")),
        },
        ("poll" | "removeFirst", []) => {
            if len == 0 {
                Value::Null
            } else {
                l.data.borrow_mut().remove(0)
            }
        }
        ("clear", []) => {
            l.data.take();
            Value::Null
        }
        ("reverse", [Value::Bool(true)]) => {
            l.data.borrow_mut().reverse();
            recv.clone()
        }
        ("swap", [a, b]) => {
            let (a, b) = (int(Some(a)) as usize, int(Some(b)) as usize);
            if a < len && b < len {
                l.data.borrow_mut().swap(a, b);
            }
            recv.clone()
        }
        ("subList", [a, b]) => {
            let (a, b) = (int(Some(a)), int(Some(b)));
            let outside = |what: String| throw("java.lang.IndexOutOfBoundsException", what);
            if a < 0 {
                return Err(outside(format!("fromIndex = {a}")));
            }
            if b > len as i64 {
                return Err(outside(format!("toIndex = {b}")));
            }
            if a > b {
                return Err(crate::error::illegal(format!("fromIndex({a}) > toIndex({b})")));
            }
            let (a, b) = (a as usize, b as usize);
            Value::list(l.data.borrow().get(a..b).unwrap_or(&[]).to_vec())
        }
        ("removeAll" | "retainAll" | "removeIf", [f]) => {
            let items = l.data.borrow().clone();
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
            l.data.replace(keep);
            Value::Bool(changed)
        }
        _ => return Ok(None),
    }))
}
