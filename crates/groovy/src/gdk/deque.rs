//! Lists as queues, deques and stacks; iterators that can go back and change.
use super::int;
use crate::error::{exception, throw};
use crate::interp::Interpreter;
use crate::ops;
use crate::value::{HostObject, ListKind, ListObj, R, Thrown, Value};
use std::any::Any;
use std::cell::Cell;
use std::rc::Rc;

fn no_element() -> Thrown {
    Thrown::Exception(exception("java.util.NoSuchElementException", Value::Null))
}

/// Methods of `Deque`, `Queue`, `Stack` and `ListIterator` on a list.
pub(super) fn call(it: &mut Interpreter<'_>, l: &Rc<ListObj>, name: &str, args: &[Value]) -> R<Option<Value>> {
    if matches!(l.kind, ListKind::Array(_)) || l.frozen.get() && !name.ends_with("terator") {
        return Ok(None);
    }
    let linked = l.kind == ListKind::LinkedList;
    let len = l.data.borrow().len();
    let first = || l.data.borrow().first().cloned();
    let last = || l.data.borrow().last().cloned();
    // Taking from the front moves the rest.
    let front = |it: &mut Interpreter<'_>| -> R<Option<Value>> {
        it.charge(len / 4)?;
        Ok(if len == 0 { None } else { Some(l.data.borrow_mut().remove(0)) })
    };
    let back = || l.data.borrow_mut().pop();
    let add = |it: &mut Interpreter<'_>, at: usize, x: &Value| -> R<()> {
        it.charge(24)?;
        l.data.borrow_mut().insert(at, x.clone());
        Ok(())
    };
    Ok(Some(match (name, args) {
        ("peek", []) => if linked { first() } else { last() }.unwrap_or(Value::Null),
        ("peekFirst", []) => first().unwrap_or(Value::Null),
        ("peekLast", []) => last().unwrap_or(Value::Null),
        ("getFirst" | "element", []) => first().ok_or_else(no_element)?,
        ("getLast", []) => last().ok_or_else(no_element)?,
        ("poll" | "pollFirst", []) => front(it)?.unwrap_or(Value::Null),
        ("pollLast", []) => back().unwrap_or(Value::Null),
        ("removeFirst", []) => front(it)?.ok_or_else(no_element)?,
        ("removeLast", []) => back().ok_or_else(no_element)?,
        ("pop" | "remove", []) if linked => front(it)?.ok_or_else(no_element)?,
        ("remove", []) => front(it)?.ok_or_else(no_element)?,
        ("push", [x]) if linked => {
            add(it, 0, x)?;
            Value::Null
        }
        ("addFirst" | "offerFirst", [x]) => {
            add(it, 0, x)?;
            if name == "addFirst" { Value::Null } else { Value::Bool(true) }
        }
        ("addLast" | "addElement" | "offer" | "offerLast", [x]) => {
            add(it, len, x)?;
            if name.starts_with("offer") { Value::Bool(true) } else { Value::Null }
        }
        ("addAll", [Value::Int(at), more]) => {
            let more = it.items_of(more)?;
            it.charge(more.len() * 24)?;
            let at = (*at).clamp(0, len as i32) as usize;
            l.data.borrow_mut().splice(at..at, more);
            Value::Bool(true)
        }
        ("addAll", [_, _, ..]) => {
            it.charge(args.len() * 24)?;
            l.data.borrow_mut().extend(args.iter().cloned());
            Value::Bool(true)
        }
        ("setSize" | "ensureCapacity" | "trimToSize", _) => Value::Null,
        ("empty", []) => Value::Bool(len == 0),
        ("elementAt", [i]) => {
            let at = usize::try_from(int(Some(i))).ok();
            at.and_then(|i| l.data.borrow().get(i).cloned()).unwrap_or(Value::Null)
        }
        ("search", [v]) => {
            // Comparing may read this very list: no borrow is held meanwhile.
            let items = l.data.borrow().clone();
            let at = items.iter().rposition(|x| ops::java_equals(x, v));
            Value::Int(at.map_or(-1, |i| (items.len() - i) as i32))
        }
        ("iterator" | "listIterator", []) => walk(l, 0),
        ("listIterator", [i]) => walk(l, int(Some(i)).clamp(0, len as i64) as usize),
        ("descendingIterator", []) => crate::objects::iterator(l.data.borrow().iter().rev().cloned().collect()),
        _ => return Ok(None),
    }))
}

fn walk(l: &Rc<ListObj>, at: usize) -> Value {
    Value::object(Walk { list: l.clone(), at: Cell::new(at), last: Cell::new(None) })
}

/// `ListIterator`.
struct Walk {
    list: Rc<ListObj>,
    at: Cell<usize>,
    last: Cell<Option<usize>>,
}

impl HostObject for Walk {
    fn class_name(&self) -> &str {
        "java.util.ArrayList$ListItr"
    }
    fn call_method(&self, it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        it.tick()?;
        let mut d = self.list.data.borrow_mut();
        let at = self.at.get();
        let last = || self.last.take().ok_or_else(|| throw("java.lang.IllegalStateException", "null"));
        Ok(Some(match (name, args) {
            ("hasNext", []) => Value::Bool(at < d.len()),
            ("hasPrevious", []) => Value::Bool(at > 0),
            ("nextIndex", []) => Value::Int(at as i32),
            ("previousIndex", []) => Value::Int(at as i32 - 1),
            ("next", []) => {
                let v = d.get(at).cloned().ok_or_else(no_element)?;
                self.last.set(Some(at));
                self.at.set(at + 1);
                v
            }
            ("previous", []) => {
                let i = at.checked_sub(1).ok_or_else(no_element)?;
                self.last.set(Some(i));
                self.at.set(i);
                d.get(i).cloned().ok_or_else(no_element)?
            }
            ("remove" | "set", _) if self.list.frozen.get() => {
                return Err(Thrown::Exception(exception("java.lang.UnsupportedOperationException", Value::Null)));
            }
            ("remove", []) => {
                let i = last()?;
                if i < d.len() {
                    d.remove(i);
                }
                self.at.set(if i < at { at - 1 } else { at });
                Value::Null
            }
            ("set", [v]) => {
                let i = last()?;
                self.last.set(Some(i));
                if let Some(x) = d.get_mut(i) {
                    *x = v.clone();
                }
                Value::Null
            }
            ("add", [v]) => {
                let at = at.min(d.len());
                d.insert(at, v.clone());
                self.at.set(at + 1);
                Value::Null
            }
            _ => return Ok(None),
        }))
    }
    fn items(&self) -> Option<Vec<Value>> {
        Some(self.list.data.borrow().get(self.at.get()..).unwrap_or(&[]).to_vec())
    }
    fn is_a(&self, class: &str) -> bool {
        matches!(class, "java.util.Iterator" | "java.util.ListIterator" | "java.lang.Object")
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}
