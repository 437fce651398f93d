//! Iterators, and reading and writing by index.
use crate::error::{exception, no_method, null_pointer, throw};
use crate::gdk::int;
use crate::gstring::is_lazy;
use crate::interp::Interpreter;
use crate::ops;
use crate::value::{HostObject, ListKind, R, Thrown, Value};
use std::any::Any;
use std::cell::{Cell, RefCell};

pub(crate) use crate::buffer::buffer;
pub(crate) use crate::charset::{decode, encode};

struct Iter {
    items: Vec<Value>,
    at: Cell<usize>,
    /// The list or map it removes from, and how many elements are removed so far.
    of: RefCell<Option<Value>>,
    removed: Cell<usize>,
}

impl Drop for Iter {
    fn drop(&mut self) {
        crate::free::values(self.items.drain(..).chain(self.of.get_mut().take()));
    }
}

/// An iterator over values.
pub(crate) fn iterator(items: Vec<Value>) -> Value {
    Value::object(Iter { items, at: Cell::new(0), of: RefCell::new(None), removed: Cell::new(0) })
}

/// An iterator that can remove from the list, set or map it walks over.
pub(crate) fn iterator_of(items: Vec<Value>, of: Value) -> Value {
    Value::object(Iter { items, at: Cell::new(0), of: RefCell::new(Some(of)), removed: Cell::new(0) })
}

impl HostObject for Iter {
    fn class_name(&self) -> &str {
        "java.util.Iterator"
    }
    fn call_method(&self, _it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        Ok(match name {
            "hasNext" | "hasMoreElements" => Some(Value::Bool(self.at.get() < self.items.len())),
            "next" | "nextElement" => match self.items.get(self.at.get()) {
                Some(v) => {
                    self.at.set(self.at.get() + 1);
                    Some(v.clone())
                }
                None => return Err(Thrown::Exception(exception("java.util.NoSuchElementException", Value::Null))),
            },
            "hasPrevious" => Some(Value::Bool(self.at.get() > 0)),
            "previous" => match self.at.get().checked_sub(1).and_then(|i| self.items.get(i)) {
                Some(v) => {
                    self.at.set(self.at.get() - 1);
                    Some(v.clone())
                }
                None => return Err(Thrown::Exception(exception("java.util.NoSuchElementException", Value::Null))),
            },
            "nextIndex" => Some(Value::Int(self.at.get() as i32)),
            "remove" => {
                let of = self.of.borrow().clone();
                let Some(at) = self.at.get().checked_sub(1) else {
                    return Err(Thrown::Exception(exception("java.lang.IllegalStateException", Value::Null)));
                };
                match (&of, self.items.get(at)) {
                    (Some(Value::List(l)), _) => {
                        let i = at.saturating_sub(self.removed.get());
                        let gone = if i < l.data.borrow().len() { Some(l.data.borrow_mut().remove(i)) } else { None };
                        drop(gone);
                    }
                    (Some(Value::Set(m)), Some(v)) => drop(m.remove(v)),
                    (Some(Value::Map(m)), Some(Value::Entry(e))) => drop(m.remove(&e.0)),
                    (Some(Value::Map(m)), Some(v)) => drop(m.remove(v)),
                    _ => {
                        return Err(Thrown::Exception(exception(
                            "java.lang.UnsupportedOperationException",
                            Value::Null,
                        )));
                    }
                }
                self.removed.set(self.removed.get() + 1);
                Some(Value::Null)
            }
            "set" => {
                if let (Some(Value::List(l)), Some(at)) = (&*self.of.borrow(), self.at.get().checked_sub(1)) {
                    let i = at.saturating_sub(self.removed.get());
                    let new = args.first().cloned().unwrap_or(Value::Null);
                    let old = l.data.borrow_mut().get_mut(i).map(|x| std::mem::replace(x, new));
                    drop(old);
                }
                Some(Value::Null)
            }
            _ => None,
        })
    }
    fn items(&self) -> Option<Vec<Value>> {
        Some(self.items.get(self.at.get()..).unwrap_or(&[]).to_vec())
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Interpreter<'_> {
    /// `a[k]`.
    pub(crate) fn index_get(&mut self, o: &Value, k: &Value) -> R {
        if is_lazy(o) || is_lazy(k) {
            let (o, k) = (self.settled(o)?, self.settled(k)?);
            return self.index_get(&o, &k);
        }
        match o {
            Value::Null => {
                return Err(null_pointer(match k {
                    Value::Null | Value::Str(_) | Value::GStr(_) => {
                        format!("Cannot get property '{}' on null object", crate::text::text(k))
                    }
                    _ => "Cannot invoke method getAt() on null object".into(),
                }));
            }
            Value::Str(s) | Value::GStr(s) => match k {
                Value::Str(n) | Value::GStr(n) => {
                    return Err(crate::error::no_property(n, &crate::text::class_of(o)));
                }
                // One character, without a list of all.
                Value::Int(i) if s.is_ascii() => {
                    let at = if *i < 0 { i64::from(*i) + s.len() as i64 } else { i64::from(*i) };
                    if let Some(c) = usize::try_from(at).ok().and_then(|at| s.get(at..=at)) {
                        return Ok(Value::str(c));
                    }
                }
                _ => {}
            },
            Value::Map(m) => {
                // By the text: a key that is a GString is not found so.
                let text = if let Value::GStr(s) = k { Some(Value::Str(s.clone())) } else { None };
                let k = text.as_ref().unwrap_or(k);
                if let Some(v) = m.get(k) {
                    return Ok(v);
                }
                let d = m.default.borrow().clone();
                return match d {
                    Some(f) => {
                        let v = self.invoke(&f, "call", vec![k.clone()])?;
                        m.put(k.clone(), v.clone());
                        Ok(v)
                    }
                    None => Ok(Value::Null),
                };
            }
            Value::Object(obj) => {
                if let Some(v) = obj.clone().call_method(self, o, "getAt", std::slice::from_ref(k))? {
                    return Ok(v);
                }
            }
            Value::Instance(i)
                if !i.class.methods("getAt").is_empty() || i.fields.borrow().contains_key(crate::instance::BASE) =>
            {
                return self.invoke(o, "getAt", vec![k.clone()]);
            }
            _ => {}
        }
        if let (Value::List(l), Value::Object(_)) = (o, k)
            && l.kind == ListKind::NodeList
        {
            return crate::library::xml::nodelist::by_qname(self, l, k);
        }
        if let (Some(name), false) = (k.as_str(), matches!(o, Value::Str(_) | Value::GStr(_))) {
            return self.get_property(o, &name);
        }
        let text = matches!(o, Value::Str(_) | Value::GStr(_));
        let array = matches!(o, Value::Bytes(_)) || matches!(o, Value::List(l) if matches!(l.kind, ListKind::Array(_)));
        // The plain case first: no copy of the list.
        if let (Value::List(l), Value::Int(i)) = (o, k) {
            let d = l.data.borrow();
            let at = if *i < 0 { i64::from(*i) + d.len() as i64 } else { i64::from(*i) };
            if let Some(v) = usize::try_from(at).ok().and_then(|i| d.get(i)) {
                return Ok(v.clone());
            }
        }
        if !text
            && !matches!(o, Value::List(_) | Value::Range(_) | Value::Bytes(_) | Value::Set(_))
            && !matches!(o, Value::Object(x) if x.items().is_some())
        {
            return Err(no_method(o, "getAt", std::slice::from_ref(k)));
        }
        let items = self.items_of(o)?;
        let n = items.len() as i64;
        let whole = |i: i64| if i < 0 { i + n } else { i };
        let pick = |i: i64| usize::try_from(whole(i)).ok().and_then(|i| items.get(i).cloned());
        let bad = |i: i64| {
            let i = if i < 0 { i + n } else { i };
            throw("java.lang.StringIndexOutOfBoundsException", format!("begin {i}, end {}, length {n}", i + 1))
        };
        let picked: Vec<Value> = match k {
            Value::Range(r) => {
                let (a, b) = (
                    whole(int(Some(&r.from))),
                    whole(int(Some(&if r.inclusive { r.to.clone() } else { ops::range_end(r) }))),
                );
                if a < 0 || b < 0 || a >= n && !(a == n && n == 0) || b >= n && text {
                    return Err(if text {
                        throw(
                            "java.lang.StringIndexOutOfBoundsException",
                            format!("begin {}, end {}, length {n}", a.min(b), a.max(b) + 1),
                        )
                    } else {
                        throw("java.lang.IndexOutOfBoundsException", format!("toIndex = {}", b + 1))
                    });
                }
                if b >= n {
                    return Err(throw("java.lang.IndexOutOfBoundsException", format!("toIndex = {}", b + 1)));
                }
                if a <= b { (a..=b).filter_map(pick).collect() } else { (b..=a).rev().filter_map(pick).collect() }
            }
            Value::List(l) => l.data.borrow().iter().map(|i| pick(int(Some(i))).unwrap_or(Value::Null)).collect(),
            k if ops::is_number(k) => {
                let i = int(Some(k));
                return match pick(i) {
                    Some(v) => Ok(v),
                    None if text => Err(bad(i)),
                    None if array => Err(throw(
                        "java.lang.ArrayIndexOutOfBoundsException",
                        format!("Index {i} out of bounds for length {n}"),
                    )),
                    None if whole(i) < 0 => Err(throw(
                        "java.lang.ArrayIndexOutOfBoundsException",
                        format!("Negative array index [{i}] too large for array size {n}"),
                    )),
                    None => Ok(Value::Null),
                };
            }
            _ => return Err(no_method(o, "getAt", std::slice::from_ref(k))),
        };
        Ok(if text {
            Value::str(picked.iter().map(crate::text::text).collect::<String>())
        } else {
            Value::list(picked)
        })
    }

    /// `a[k] = v`.
    pub(crate) fn index_set(&mut self, o: &Value, k: &Value, v: Value) -> R<()> {
        let k = &self.settled(k)?;
        let v = if matches!(o, Value::List(_) | Value::Map(_) | Value::Instance(_)) { v } else { self.settled(&v)? };
        match o {
            Value::Null => return Err(null_pointer("Cannot invoke method putAt() on null object")),
            Value::Map(m) => {
                self.charge(64)?;
                crate::gdk::writable(m.frozen.get())?;
                let k = match k {
                    Value::GStr(s) => Value::Str(s.clone()),
                    k => k.clone(),
                };
                let before = m.len();
                m.put(k, v);
                crate::gdk::settle(self, m, before)?;
            }
            Value::Str(_) | Value::GStr(_) | Value::Set(_) | Value::Bool(_) => {
                return Err(no_method(o, "putAt", &[k.clone(), v]));
            }
            Value::List(l) if matches!(k, Value::Range(_)) => {
                let n = l.data.borrow().len() as i64;
                let (from, to) = match k {
                    Value::Range(r) => {
                        (int(Some(&r.from)), int(Some(&if r.inclusive { r.to.clone() } else { ops::range_end(r) })))
                    }
                    _ => (0, 0),
                };
                let at = |i: i64| (if i < 0 { i + n } else { i }).clamp(0, n) as usize;
                let (from, to) = (at(from), (at(to) + 1).min(n as usize));
                let items = match &v {
                    Value::List(_) | Value::Set(_) | Value::Range(_) => self.items_of(&v)?,
                    v => vec![v.clone()],
                };
                self.charge(items.len() * 24)?;
                let gone: Vec<Value> = l.data.borrow_mut().splice(from..to.max(from), items).collect();
                drop(gone);
            }
            Value::Bytes(b) => {
                let mut b = b.borrow_mut();
                let n = b.len();
                match usize::try_from(int(Some(k))).ok().and_then(|i| b.get_mut(i)) {
                    Some(x) => *x = int(Some(&v)) as u8,
                    None => {
                        return Err(throw(
                            "java.lang.ArrayIndexOutOfBoundsException",
                            format!("Index {} out of bounds for length {n}", int(Some(k))),
                        ));
                    }
                }
            }
            Value::List(l) if ops::is_number(k) => {
                let n = l.data.borrow().len() as i64;
                let given = int(Some(k));
                let i = if given < 0 { given + n } else { given };
                let array = matches!(l.kind, ListKind::Array(_));
                crate::gdk::writable(l.frozen.get())?;
                if i < 0 && !array {
                    return Err(throw(
                        "java.lang.ArrayIndexOutOfBoundsException",
                        format!("Negative array index [{given}] too large for array size {n}"),
                    ));
                }
                if i < 0 || (array && i >= n) {
                    return Err(throw(
                        "java.lang.ArrayIndexOutOfBoundsException",
                        format!("Index {i} out of bounds for length {n}"),
                    ));
                }
                self.charge((i - n).max(0) as usize * 24)?;
                let v = match &l.kind {
                    ListKind::Array(t) => self.coerce_declared(
                        v,
                        &crate::ast::TypeRef {
                            name: t.trim_start_matches('[').into(),
                            dims: t.matches('[').count() as u8,
                        },
                    )?,
                    _ => v,
                };
                let mut d = l.data.borrow_mut();
                while d.len() as i64 <= i {
                    d.push(Value::Null);
                }
                let old = std::mem::replace(&mut d[i as usize], v);
                drop(d);
                drop(old);
            }
            Value::Object(obj) => {
                if obj.clone().call_method(self, o, "putAt", &[k.clone(), v.clone()])?.is_some() {
                    return Ok(());
                }
                match k.as_str() {
                    Some(name) => return self.set_property(o, &name, v),
                    None => return Err(no_method(o, "putAt", &[k.clone(), v])),
                }
            }
            _ => {
                if let (Some(name), true) =
                    (k.as_str(), !matches!(o, Value::Instance(i) if !i.class.methods("putAt").is_empty()))
                {
                    return self.set_property(o, &name, v);
                }
                self.invoke(o, "putAt", vec![k.clone(), v])?;
            }
        }
        Ok(())
    }
}
