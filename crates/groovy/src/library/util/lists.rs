//! `Collections` and `Arrays`.
use super::stream;
use crate::error::throw;
use crate::gdk::int;
use crate::interp::Interpreter;
use crate::library::support::unsupported;
use crate::ops;
use crate::text::text;
use crate::value::{ListKind, ListObj, MapKind, MapObj, R, Value};

/// The same, not to be changed any more.
pub(super) fn frozen(v: Value) -> Value {
    match &v {
        Value::List(l) => l.frozen.set(true),
        Value::Map(m) | Value::Set(m) => m.frozen.set(true),
        _ => {}
    }
    v
}

/// Sorts with Java's order or a closure.
pub(super) fn sort(it: &mut Interpreter<'_>, items: &mut [Value], by: Option<&Value>) -> R<()> {
    let n = items.len();
    it.charge(n * 32)?;
    let mut failed = None;
    // A comparison may run the script: what it throws ends the sorting.
    let mut order = |a: &Value, b: &Value| {
        if failed.is_some() {
            return std::cmp::Ordering::Equal;
        }
        let r = match by {
            Some(f) => stream::apply(it, f, "compare", vec![a.clone(), b.clone()])
                .map(|v| ops::to_i64(&v).unwrap_or(0).cmp(&0)),
            None => it.compare(a, b),
        };
        r.unwrap_or_else(|e| {
            failed = Some(e);
            std::cmp::Ordering::Equal
        })
    };
    merge_sort(items, &mut order);
    failed.map_or(Ok(()), Err)
}

/// Rust's own sort panics where an order is none.
fn merge_sort(items: &mut [Value], order: &mut impl FnMut(&Value, &Value) -> std::cmp::Ordering) {
    if items.len() < 2 {
        return;
    }
    let (a, b) = items.split_at_mut(items.len() / 2);
    merge_sort(a, order);
    merge_sort(b, order);
    let (a, b) = (a.to_vec(), b.to_vec());
    let (mut i, mut j) = (0, 0);
    for slot in items.iter_mut() {
        let left = j >= b.len() || i < a.len() && order(&a[i], &b[j]).is_le();
        *slot = if left { a[i].clone() } else { b[j].clone() };
        if left { i += 1 } else { j += 1 }
    }
}

/// `Collections.m(…)`.
pub(super) fn collections(it: &mut Interpreter<'_>, name: &str, args: &[Value]) -> R<Option<Value>> {
    let a0 = args.first().cloned().unwrap_or(Value::Null);
    let list = match &a0 {
        Value::List(l) => Some(l.clone()),
        _ => None,
    };
    if matches!(name, "sort" | "reverse" | "shuffle" | "swap" | "fill" | "addAll" | "rotate")
        && list.as_ref().is_some_and(|l| l.frozen.get())
    {
        return Err(unsupported());
    }
    let by = args.get(1);
    Ok(Some(match (name, args.len(), list) {
        ("emptyList", 0, _) => frozen(Value::list(vec![])),
        ("emptyMap", 0, _) => frozen(Value::map(vec![])),
        ("emptySet", 0, _) => frozen(MapObj::set_of(MapKind::Linked, [])),
        ("sort", 1 | 2, Some(l)) => {
            let mut items = l.data.borrow().clone();
            sort(it, &mut items, by.filter(|b| !b.is_null()))?;
            l.data.replace(items);
            Value::Null
        }
        ("reverse", 1, Some(l)) => {
            l.data.borrow_mut().reverse();
            Value::Null
        }
        ("shuffle", 1 | 2, Some(l)) => {
            let mut items = l.data.borrow().clone();
            let r = match by {
                Some(r) => r.clone(),
                None => it.construct("java.util.Random", vec![])?,
            };
            for i in (1..items.len()).rev() {
                let j = it.invoke(&r, "nextInt", vec![Value::Int(i as i32 + 1)])?;
                items.swap(i, int(Some(&j)).clamp(0, i as i64) as usize);
            }
            l.data.replace(items);
            Value::Null
        }
        ("swap", 3, Some(l)) => {
            let (i, j) = (int(by) as usize, int(args.get(2)) as usize);
            let mut d = l.data.borrow_mut();
            let n = d.len();
            if i >= n || j >= n {
                return Err(throw(
                    "java.lang.IndexOutOfBoundsException",
                    format!("Index {} out of bounds for length {n}", if i >= n { i } else { j }),
                ));
            }
            d.swap(i, j);
            Value::Null
        }
        ("addAll", 2.., Some(l)) => {
            let more = match &args[1..] {
                [v @ Value::List(_)] => it.items_of(v)?,
                m => m.to_vec(),
            };
            it.charge(more.len() * 24)?;
            l.data.borrow_mut().extend(more);
            Value::Bool(args.len() > 1)
        }
        ("fill", 2, Some(l)) => {
            l.data.borrow_mut().iter_mut().for_each(|x| *x = args[1].clone());
            Value::Null
        }
        ("rotate", 2, Some(l)) => {
            let mut d = l.data.borrow_mut();
            let n = d.len().max(1) as i64;
            d.rotate_right(int(by).rem_euclid(n) as usize);
            Value::Null
        }
        ("max" | "min", 1 | 2, _) => {
            let mut items = it.items_of(&a0)?;
            sort(it, &mut items, by)?;
            let v = if name == "max" { items.pop() } else { items.into_iter().next() };
            v.ok_or_else(|| {
                crate::value::Thrown::Exception(crate::error::exception(
                    "java.util.NoSuchElementException",
                    Value::Null,
                ))
            })?
        }
        ("frequency", 2, _) => {
            let items = it.items_of(&a0)?;
            Value::Int(items.iter().filter(|x| ops::java_equals(x, &args[1])).count() as i32)
        }
        ("disjoint", 2, _) => {
            let (a, b) = (it.items_of(&a0)?, MapObj::set_of(MapKind::Linked, it.items_of(&args[1])?));
            let Value::Set(b) = b else { return Ok(None) };
            Value::Bool(!a.iter().any(|x| b.get(x).is_some()))
        }
        ("nCopies", 2, _) => {
            let n = int(args.first()).clamp(0, 10_000_000) as usize;
            it.charge(n * 24)?;
            frozen(Value::list(vec![args[1].clone(); n]))
        }
        ("singletonList" | "singleton", 1, _) if name == "singletonList" => frozen(Value::list(vec![a0])),
        ("singleton", 1, _) => frozen(MapObj::set_of(MapKind::Linked, [a0])),
        ("singletonMap", 2, _) => {
            let m = MapObj::new(MapKind::Linked);
            m.put(a0, args[1].clone());
            frozen(Value::Map(m))
        }
        ("unmodifiableList" | "unmodifiableCollection", 1, _) => frozen(Value::list(it.items_of(&a0)?)),
        ("unmodifiableMap" | "unmodifiableSortedMap" | "unmodifiableSet", 1, _) => match &a0 {
            Value::Map(m) => {
                let c = MapObj::new(m.kind);
                m.entries().into_iter().for_each(|(k, v)| {
                    c.put(k, v);
                });
                frozen(Value::Map(c))
            }
            Value::Set(m) => frozen(MapObj::set_of(m.kind, m.keys())),
            _ => a0,
        },
        (n, 1, _) if n.starts_with("synchronized") => a0,
        ("reverseOrder", 0 | 1, _) => crate::gdk::Order::reversed(args.first().cloned()),
        ("enumeration", 1, _) => crate::objects::iterator(it.items_of(&a0)?),
        ("binarySearch", 2, _) => {
            let items = it.items_of(&a0)?;
            match items.binary_search_by(|x| ops::order(x, &args[1])) {
                Ok(i) => Value::Int(i as i32),
                Err(i) => Value::Int(-(i as i32) - 1),
            }
        }
        ("list", 1, _) => Value::list(it.items_of(&a0)?),
        _ => return Ok(None),
    }))
}

/// `Arrays.m(…)`.
pub(super) fn arrays(it: &mut Interpreter<'_>, name: &str, args: &[Value]) -> R<Option<Value>> {
    let a0 = args.first().cloned().unwrap_or(Value::Null);
    let same = |v: Vec<Value>| match &a0 {
        Value::List(l) => Value::List(ListObj::new(l.kind.clone(), v)),
        Value::Bytes(_) => Value::bytes(v.iter().map(|x| int(Some(x)) as u8).collect()),
        _ => Value::list(v),
    };
    Ok(Some(match (name, args.len()) {
        ("asList", 1) if crate::call::array(&a0) => Value::List(ListObj::new(ListKind::Fixed, it.items_of(&a0)?)),
        ("asList", _) => Value::List(ListObj::new(ListKind::Fixed, args.to_vec())),
        ("toString" | "deepToString", 1) => match &a0 {
            Value::List(l) if matches!(l.kind, ListKind::Array(_)) => {
                let parts: Vec<String> = l.data.borrow().iter().map(text).collect();
                Value::str(format!("[{}]", parts.join(", ")))
            }
            v => Value::str(text(v)),
        },
        ("sort", 1 | 2) => match &a0 {
            Value::List(l) => {
                let mut items = l.data.borrow().clone();
                sort(it, &mut items, args.get(1))?;
                l.data.replace(items);
                Value::Null
            }
            Value::Bytes(b) => {
                b.borrow_mut().sort_by_key(|x| *x as i8);
                Value::Null
            }
            _ => return Ok(None),
        },
        ("fill", 2) => {
            match &a0 {
                Value::List(l) => l.data.borrow_mut().iter_mut().for_each(|x| *x = args[1].clone()),
                Value::Bytes(b) => b.borrow_mut().fill(int(args.get(1)) as u8),
                _ => return Ok(None),
            }
            Value::Null
        }
        ("copyOf", 2) | ("copyOfRange", 3) => {
            let items = it.items_of(&a0)?;
            let (from, to) =
                if name == "copyOf" { (0, int(args.get(1))) } else { (int(args.get(1)), int(args.get(2))) };
            if from < 0 || to < from || from as usize > items.len() {
                return Err(throw("java.lang.ArrayIndexOutOfBoundsException", format!("{from} > {to}")));
            }
            if to - from > 100_000_000 {
                return Err(crate::value::Thrown::Limit("an array is too large".into()));
            }
            it.charge((to - from) as usize * 24)?;
            let empty = match &a0 {
                Value::Bytes(_) => Value::Int(0),
                Value::List(l) => match &l.kind {
                    ListKind::Array(t) => crate::cast::initial(&crate::ast::TypeRef { name: t.clone(), dims: 0 }),
                    _ => Value::Null,
                },
                _ => Value::Null,
            };
            same((from..to).map(|i| items.get(i as usize).cloned().unwrap_or(empty.clone())).collect())
        }
        ("equals" | "deepEquals", 2) => {
            let (a, b) = (it.items_of(&a0)?, it.items_of(&args[1])?);
            Value::Bool(a.len() == b.len() && a.iter().zip(&b).all(|(x, y)| ops::java_equals(x, y)))
        }
        ("hashCode", 1) => {
            let items = it.items_of(&a0)?;
            Value::Int(items.iter().fold(1i32, |h, v| h.wrapping_mul(31).wrapping_add(ops::java_hash(v))))
        }
        ("stream", 1) => stream::object(it.items_of(&a0)?),
        ("binarySearch", 2) => return collections(it, name, args),
        _ => return Ok(None),
    }))
}
