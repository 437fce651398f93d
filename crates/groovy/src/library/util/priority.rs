//! `PriorityQueue`: the heap that Java keeps, so that walking over it gives Java's order, too.
use crate::gdk::is_comparator;
use crate::interp::Interpreter;
use crate::ops;
use crate::text::text;
use crate::value::{HostObject, R, Value};
use std::any::Any;
use std::cell::RefCell;
use std::cmp::Ordering;

struct Queue {
    heap: RefCell<Vec<Value>>,
    by: Option<Value>,
}

impl Drop for Queue {
    fn drop(&mut self) {
        crate::free::values(self.heap.get_mut().drain(..).chain(self.by.take()));
    }
}

/// `new PriorityQueue(…)`: a capacity, a comparator, or what it holds.
pub(super) fn construct(it: &mut Interpreter<'_>, args: &[Value]) -> R {
    let mut by = None;
    let mut items = Vec::new();
    for a in args {
        if is_comparator(it, a) {
            by = Some(a.clone());
        } else if !ops::is_number(a) {
            items = it.items_of(a)?;
        }
    }
    let queue = Queue { heap: RefCell::default(), by };
    for x in items {
        queue.add(it, x)?;
    }
    Ok(Value::object(queue))
}

impl Queue {
    fn order(&self, it: &mut Interpreter<'_>, a: &Value, b: &Value) -> R<Ordering> {
        it.tick()?;
        match &self.by {
            Some(by) => {
                let order = it.invoke(by, "compare", vec![a.clone(), b.clone()])?;
                Ok(ops::to_i64(&order).unwrap_or(0).cmp(&0))
            }
            None => it.compare(a, b),
        }
    }

    /// The heap while it is worked on: comparing may read this very queue, which looks empty meanwhile.
    fn work<T>(&self, f: impl FnOnce(&mut Vec<Value>) -> R<T>) -> R<T> {
        let mut heap = self.heap.take();
        let done = f(&mut heap);
        self.heap.replace(heap);
        done
    }

    fn add(&self, it: &mut Interpreter<'_>, x: Value) -> R<()> {
        it.charge(24)?;
        self.work(|heap| {
            let mut at = heap.len();
            heap.push(x);
            while at > 0 {
                let above = (at - 1) / 2;
                if self.order(it, &heap[at], &heap[above])?.is_ge() {
                    break;
                }
                heap.swap(at, above);
                at = above;
            }
            Ok(())
        })
    }

    fn take(&self, it: &mut Interpreter<'_>, from: usize) -> R<Option<Value>> {
        self.work(|heap| {
            if from >= heap.len() {
                return Ok(None);
            }
            let gone = heap.swap_remove(from);
            let mut at = from;
            while at < heap.len() / 2 {
                let (left, right) = (at * 2 + 1, at * 2 + 2);
                let less = right < heap.len() && self.order(it, &heap[left], &heap[right])?.is_gt();
                let child = if less { right } else { left };
                if self.order(it, &heap[at], &heap[child])?.is_le() {
                    break;
                }
                heap.swap(at, child);
                at = child;
            }
            Ok(Some(gone))
        })
    }
}

impl HostObject for Queue {
    fn class_name(&self) -> &str {
        "java.util.PriorityQueue"
    }
    fn call_method(&self, it: &mut Interpreter<'_>, this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        let first = || self.heap.borrow().first().cloned();
        let none = || crate::error::bare("java.util.NoSuchElementException");
        Ok(Some(match (name, args) {
            ("add" | "offer" | "leftShift", [x]) => {
                self.add(it, x.clone())?;
                if name == "leftShift" { this.clone() } else { Value::Bool(true) }
            }
            ("addAll", [more]) => {
                for x in it.items_of(more)? {
                    self.add(it, x)?;
                }
                Value::Bool(true)
            }
            ("peek", []) => first().unwrap_or(Value::Null),
            ("element", []) => first().ok_or_else(none)?,
            ("poll", []) => self.take(it, 0)?.unwrap_or(Value::Null),
            ("remove", []) => self.take(it, 0)?.ok_or_else(none)?,
            ("remove", [x]) => {
                let items = self.heap.borrow().clone();
                let at = items.iter().position(|y| ops::java_equals(x, y));
                Value::Bool(match at {
                    Some(at) => self.take(it, at)?.is_some(),
                    None => false,
                })
            }
            ("clear", []) => {
                drop(self.heap.take());
                Value::Null
            }
            ("size", []) => Value::Int(self.heap.borrow().len() as i32),
            ("isEmpty", []) => Value::Bool(self.heap.borrow().is_empty()),
            ("comparator", []) => self.by.clone().unwrap_or(Value::Null),
            ("iterator", []) => crate::objects::iterator(self.heap.borrow().clone()),
            ("toString", []) => {
                let items = Value::list(self.heap.borrow().clone());
                Value::str(it.to_text(&items)?)
            }
            _ => return Ok(None),
        }))
    }
    fn items(&self) -> Option<Vec<Value>> {
        Some(self.heap.borrow().clone())
    }
    fn text(&self) -> String {
        text(&Value::list(self.heap.borrow().clone()))
    }
    fn truth(&self) -> bool {
        !self.heap.borrow().is_empty()
    }
    fn is_a(&self, class: &str) -> bool {
        let above = ["java.lang.Object", "java.lang.Iterable", "java.util.Collection", "java.util.Queue"];
        above.contains(&class) || class == self.class_name()
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}
