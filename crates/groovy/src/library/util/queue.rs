//! Lists as queues, deques and stacks; iterators that can remove; `Properties` to and from text.
use crate::error::{exception, throw};
use crate::gdk::int;
use crate::interp::Interpreter;
use crate::ops;
use crate::text::text;
use crate::value::{HostObject, ListKind, ListObj, MapObj, R, Thrown, Value};
use std::any::Any;
use std::cell::Cell;
use std::rc::Rc;

fn no_element() -> Thrown {
    Thrown::Exception(exception("java.util.NoSuchElementException", Value::Null))
}

/// Methods of `Deque`, `Queue`, `Stack` and `ListIterator` on a list.
pub(crate) fn list(it: &mut Interpreter<'_>, l: &Rc<ListObj>, name: &str, args: &[Value]) -> R<Option<Value>> {
    if matches!(l.kind, ListKind::Array(_)) || l.frozen.get() && !name.ends_with("terator") {
        return Ok(None);
    }
    const NAMES: &[&str] = &[
        "peek",
        "peekFirst",
        "peekLast",
        "element",
        "getFirst",
        "getLast",
        "poll",
        "pollFirst",
        "pollLast",
        "remove",
        "removeFirst",
        "removeLast",
        "pop",
        "push",
        "addFirst",
        "offerFirst",
        "addLast",
        "offer",
        "offerLast",
        "addElement",
        "empty",
        "elementAt",
        "search",
        "iterator",
        "listIterator",
        "descendingIterator",
    ];
    if !NAMES.contains(&name) {
        return Ok(None);
    }
    if let ("search", [v]) = (name, args) {
        // Comparing may read this very list: no borrow is held meanwhile.
        let items = l.data.borrow().clone();
        let at = items.iter().rposition(|x| ops::java_equals(x, v));
        return Ok(Some(Value::Int(at.map_or(-1, |i| (items.len() - i) as i32))));
    }
    let linked = l.kind == ListKind::LinkedList;
    let mut d = l.data.borrow_mut();
    let front = |d: &mut Vec<Value>| if d.is_empty() { None } else { Some(d.remove(0)) };
    // Taking from the front moves the rest.
    it.charge(if name.starts_with("poll") || linked { d.len() / 4 } else { 0 })?;
    Ok(Some(match (name, args) {
        ("peek", []) if !linked => match d.last() {
            Some(v) => v.clone(),
            None => return Err(Thrown::Exception(exception("java.util.EmptyStackException", Value::Null))),
        },
        ("peek" | "peekFirst", []) => d.first().cloned().unwrap_or(Value::Null),
        ("peekLast", []) => d.last().cloned().unwrap_or(Value::Null),
        ("element" | "getFirst", []) => d.first().cloned().ok_or_else(no_element)?,
        ("getLast", []) => d.last().cloned().ok_or_else(no_element)?,
        ("poll" | "pollFirst", []) => front(&mut d).unwrap_or(Value::Null),
        ("pollLast", []) => d.pop().unwrap_or(Value::Null),
        ("remove" | "removeFirst", []) => front(&mut d).ok_or_else(no_element)?,
        ("removeLast", []) => d.pop().ok_or_else(no_element)?,
        ("pop", []) if linked => front(&mut d).ok_or_else(no_element)?,
        ("push", [v]) if linked => {
            d.insert(0, v.clone());
            Value::Null
        }
        ("addFirst" | "offerFirst", [v]) => {
            d.insert(0, v.clone());
            if name == "addFirst" { Value::Null } else { Value::Bool(true) }
        }
        ("addLast" | "offer" | "offerLast" | "addElement", [v]) => {
            d.push(v.clone());
            if name.starts_with("offer") { Value::Bool(true) } else { Value::Null }
        }
        ("empty", []) => Value::Bool(d.is_empty()),
        ("elementAt", [i]) => usize::try_from(int(Some(i))).ok().and_then(|i| d.get(i).cloned()).unwrap_or(Value::Null),
        ("iterator" | "listIterator", []) => walk(l, 0),
        ("listIterator", [i]) => walk(l, int(Some(i)).clamp(0, d.len() as i64) as usize),
        ("descendingIterator", []) => crate::objects::iterator(d.iter().rev().cloned().collect()),
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

/// `load`, `store` and the like of `Properties`.
pub(crate) fn properties(it: &mut Interpreter<'_>, m: &Rc<MapObj>, name: &str, args: &[Value]) -> R<Option<Value>> {
    Ok(Some(match (name, args) {
        ("load", [from]) => {
            let t = it.invoke(from, "getText", vec![])?;
            let t = text(&t);
            it.charge(t.len() * 4)?;
            for (k, v) in read(&t) {
                m.put(Value::str(k), Value::str(v));
            }
            Value::Null
        }
        ("store", [to, ..]) => {
            let mut out = String::new();
            for (k, v) in m.entries() {
                let key = text(&k).replace('\\', "\\\\").replace([':', '='], "\\:").replace(' ', "\\ ");
                out.push_str(&format!("{key}={}\n", text(&v).replace('\\', "\\\\").replace('\n', "\\n")));
            }
            it.invoke(to, "write", vec![Value::str(out)])?;
            Value::Null
        }
        ("getProperty", [k, default]) => m.get(k).unwrap_or(default.clone()),
        ("stringPropertyNames" | "propertyNames", []) => {
            crate::value::MapObj::set_of(crate::value::MapKind::Hash, m.keys())
        }
        _ => return Ok(None),
    }))
}

fn read(t: &str) -> Vec<(String, String)> {
    let mut lines: Vec<String> = Vec::new();
    let mut more = false;
    for l in t.lines() {
        let l = l.trim_start();
        if !more && (l.is_empty() || l.starts_with(['#', '!'])) {
            continue;
        }
        let slashes = l.bytes().rev().take_while(|b| *b == b'\\').count();
        let next = slashes % 2 == 1;
        let l = if next { &l[..l.len() - 1] } else { l };
        match lines.last_mut().filter(|_| more) {
            Some(last) => last.push_str(l),
            None => lines.push(l.into()),
        }
        more = next;
    }
    let plain = |s: &str| {
        let (mut out, mut c) = (String::new(), s.chars());
        while let Some(x) = c.next() {
            if x != '\\' {
                out.push(x);
                continue;
            }
            match c.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some('r') => out.push('\r'),
                Some('u') => {
                    let h: String = c.by_ref().take(4).collect();
                    out.push(u32::from_str_radix(&h, 16).ok().and_then(char::from_u32).unwrap_or('\u{fffd}'));
                }
                Some(e) => out.push(e),
                None => {}
            }
        }
        out
    };
    let split = |l: &str| {
        let mut escaped = false;
        for (i, c) in l.char_indices() {
            if !escaped && (c == '=' || c == ':' || c.is_whitespace()) {
                let rest = l[i..].trim_start();
                let rest = rest.strip_prefix(['=', ':']).unwrap_or(rest).trim_start();
                return (plain(&l[..i]), plain(rest));
            }
            escaped = c == '\\' && !escaped;
        }
        (plain(l), String::new())
    };
    lines.iter().map(|l| split(l)).collect()
}
