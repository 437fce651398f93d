//! Lists, sets, ranges, arrays and whatever else can be walked over.
use super::sorting::{extreme, many, sorted};
use super::{int, txt};
use crate::ast::BinOp;
use crate::error::throw;
use crate::interp::Interpreter;
use crate::ops;
use crate::text::text;
use crate::value::{Key, ListKind, ListObj, MapKind, MapObj, R, Value};
use std::rc::Rc;

pub(super) fn arity(f: &Value) -> usize {
    match f {
        Value::Closure(c) => match &c.code {
            crate::value::ClosureCode::Block { decl, .. } => decl.params.as_ref().map_or(1, Vec::len),
            _ => 1,
        },
        Value::Object(_) | Value::Instance(_) => 2,
        _ => 1,
    }
}

pub(super) fn add_entry(it: &mut Interpreter<'_>, out: &Rc<MapObj>, r: &Value) -> R<()> {
    match r {
        Value::Map(m) => m.entries().into_iter().for_each(|(k, v)| {
            out.put(k, v);
        }),
        Value::Entry(e) => {
            out.put(e.0.clone(), e.1.clone());
        }
        Value::Null => {}
        v => {
            let p = it.items_of(v)?;
            out.put(p.first().cloned().unwrap_or(Value::Null), p.get(1).cloned().unwrap_or(Value::Null));
        }
    }
    Ok(())
}

fn flatten(it: &mut Interpreter<'_>, v: &Value, out: &mut Vec<Value>, depth: u32) -> R<()> {
    it.tick()?;
    match v {
        Value::List(l) if depth < 100 => l.data.borrow().iter().try_for_each(|x| flatten(it, x, out, depth + 1)),
        Value::Set(m) if depth < 100 => m.keys().iter().try_for_each(|x| flatten(it, x, out, depth + 1)),
        v => {
            it.charge(24)?;
            out.push(v.clone());
            Ok(())
        }
    }
}

pub(super) fn call(it: &mut Interpreter<'_>, recv: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
    if let Value::List(l) = recv
        && let Some(v) = super::list::change(it, recv, l, name, args)?
    {
        return Ok(Some(v));
    }
    if let Value::Set(m) = recv {
        match (name, args) {
            ("add" | "leftShift", [x]) => {
                let new = m.get(x).is_none();
                m.put(x.clone(), Value::Null);
                return Ok(Some(if name == "add" { Value::Bool(new) } else { recv.clone() }));
            }
            ("addAll", [x]) => {
                for i in it.items_of(x)? {
                    m.put(i, Value::Null);
                }
                return Ok(Some(Value::Bool(true)));
            }
            ("remove", [x]) => return Ok(Some(Value::Bool(m.remove(x).is_some()))),
            ("clear", []) => {
                m.clear();
                return Ok(Some(Value::Null));
            }
            ("contains", [x]) => return Ok(Some(Value::Bool(m.get(x).is_some()))),
            ("removeAll", [x]) => {
                for i in it.items_of(x)? {
                    m.remove(&i);
                }
                return Ok(Some(Value::Bool(true)));
            }
            _ => {}
        }
    }
    let same_kind = |items: Vec<Value>| match recv {
        Value::Set(m) => MapObj::set_of(m.kind, items),
        _ => Value::list(items),
    };
    let a0 = args.first().cloned().unwrap_or(Value::Null);
    let known = !matches!(recv, Value::Map(_)) || !matches!(name, "plus" | "minus");
    if !known {
        return Ok(None);
    }
    let items = it.items_of(recv)?;
    let n = items.len();
    it.charge(n * 8)?;
    Ok(Some(match (name, args.len()) {
        ("size", 0) => Value::Int(n as i32),
        ("length", 0) => return Ok(None),
        ("isEmpty", 0) => Value::Bool(items.is_empty()),
        ("get" | "getAt", 1) if matches!(recv, Value::Range(_)) => {
            return it.index_get(&Value::list(items), &a0).map(Some);
        }
        ("each" | "forEach", 1) => {
            for (i, x) in items.into_iter().enumerate() {
                if i > 0 && super::changed(recv, i, n)? {
                    break;
                }
                it.invoke(&a0, "call", vec![x])?;
            }
            super::changed(recv, n, n)?;
            if name == "each" { recv.clone() } else { Value::Null }
        }
        ("eachWithIndex", 1) => {
            for (i, x) in items.into_iter().enumerate() {
                it.invoke(&a0, "call", vec![x, Value::Int(i as i32)])?;
            }
            recv.clone()
        }
        ("reverseEach", 1) => {
            for x in items.into_iter().rev() {
                it.invoke(&a0, "call", vec![x])?;
            }
            recv.clone()
        }
        ("collect", 0) => Value::list(items),
        ("collect" | "collectMany" | "collectEntries" | "groupBy" | "countBy", 1) => {
            let (mut out, map) = (Vec::new(), MapObj::new(MapKind::Linked));
            for x in items {
                let r = it.invoke(&a0, "call", vec![x.clone()])?;
                match name {
                    "collect" => out.push(r),
                    "collectMany" => out.extend(many(it, &r)?),
                    "collectEntries" => add_entry(it, &map, &r)?,
                    "countBy" => {
                        let c = map.get(&r).map_or(0, |v| int(Some(&v)));
                        map.put(r, Value::Int(c as i32 + 1));
                    }
                    _ => match map.get(&r) {
                        Some(Value::List(l)) => l.data.borrow_mut().push(x),
                        _ => {
                            map.put(r, Value::list(vec![x]));
                        }
                    },
                }
            }
            if name.starts_with("collect") && name != "collectEntries" { Value::list(out) } else { Value::Map(map) }
        }
        ("collectEntries", 0) => {
            let map = MapObj::new(MapKind::Linked);
            for x in items {
                add_entry(it, &map, &x)?;
            }
            Value::Map(map)
        }
        (
            "findAll" | "grep" | "find" | "any" | "every" | "findIndexOf" | "count" | "split" | "takeWhile"
            | "dropWhile" | "findIndexValues" | "findLastIndexOf" | "findResult" | "findResults",
            0 | 1,
        ) => {
            return search(it, recv, items, name, args, &same_kind).map(Some);
        }
        ("inject", 1 | 2) => {
            let (mut acc, rest, f) = if args.len() == 2 {
                (a0, &items[..], &args[1])
            } else {
                (items.first().cloned().unwrap_or(Value::Null), items.get(1..).unwrap_or(&[]), &args[0])
            };
            for x in rest {
                acc = it.invoke(f, "call", vec![acc, x.clone()])?;
            }
            acc
        }
        ("sum", 2) => {
            let mut acc = a0;
            for x in items {
                let x = it.invoke(&args[1], "call", vec![x])?;
                acc = it.binary(BinOp::Add, acc, x)?;
            }
            acc
        }
        ("sum", 0 | 1) => {
            let mut acc: Option<Value> = None;
            for x in items {
                let x = if matches!(a0, Value::Closure(_)) { it.invoke(&a0, "call", vec![x])? } else { x };
                acc = Some(match acc {
                    None if !matches!(a0, Value::Closure(_) | Value::Null) => it.binary(BinOp::Add, a0.clone(), x)?,
                    None => x,
                    Some(a) => it.binary(BinOp::Add, a, x)?,
                });
            }
            acc.unwrap_or(if matches!(a0, Value::Closure(_)) { Value::Null } else { a0 })
        }
        ("max" | "min", 0) => {
            let mut best: Option<Value> = None;
            for x in items.into_iter().filter(|x| !x.is_null()) {
                best = Some(match best {
                    None => x,
                    Some(b) => {
                        let o = it.compare(&x, &b)?;
                        if if name == "max" { o.is_gt() } else { o.is_lt() } { x } else { b }
                    }
                });
            }
            best.unwrap_or(Value::Null)
        }
        ("max" | "min", 1) => {
            return extreme(it, items, &a0, name == "max").map(Some);
        }
        ("sort" | "toSorted", _) => {
            let f = args.iter().find(|a| matches!(a, Value::Closure(_) | Value::Object(_) | Value::Instance(_)));
            let s = sorted(it, items, f)?;
            match recv {
                Value::List(l) if name == "sort" && !matches!(a0, Value::Bool(false)) => {
                    l.data.replace(s);
                    // With a comparator it is the method of Java's lists, which gives nothing.
                    let java = matches!(args, [Value::Null | Value::Object(_) | Value::Instance(_)]);
                    if java && !matches!(l.kind, ListKind::Array(_)) { Value::Null } else { recv.clone() }
                }
                _ => Value::list(s),
            }
        }
        ("join", 0 | 1) => {
            let mut s = Vec::with_capacity(n);
            for x in &items {
                s.push(it.to_text(x)?);
            }
            let j = s.join(&txt(args.first().filter(|a| !a.is_null())));
            it.charge(j.len())?;
            Value::str(j)
        }
        ("first" | "head", 0) | ("last", 0) => {
            let x = if name == "last" { items.last() } else { items.first() };
            match x {
                Some(x) => x.clone(),
                None => {
                    return Err(throw(
                        "java.util.NoSuchElementException",
                        format!("Cannot access {name}() element from an empty List"),
                    ));
                }
            }
        }
        ("tail", 0) => same_kind(items.into_iter().skip(1).collect()),
        ("init", 0) => same_kind(items[..n.saturating_sub(1)].to_vec()),
        ("take", 1) => same_kind(items.into_iter().take(int(Some(&a0)).max(0) as usize).collect()),
        ("drop", 1) => same_kind(items.into_iter().skip(int(Some(&a0)).max(0) as usize).collect()),
        ("takeRight", 1) => same_kind(items[n.saturating_sub(int(Some(&a0)).max(0) as usize)..].to_vec()),
        ("dropRight", 1) => same_kind(items[..n.saturating_sub(int(Some(&a0)).max(0) as usize)].to_vec()),
        ("reverse", 0) => same_kind(items.into_iter().rev().collect()),
        ("toList" | "asList", 0) => Value::list(items),
        ("toSet", 0) => MapObj::set_of(MapKind::Hash, items),
        ("toArray", _) => Value::array("Object", items),
        ("stream" | "parallelStream", 0) => crate::library::util::stream::object(items),
        ("asImmutable" | "asSynchronized", 0) => recv.clone(),
        ("unique" | "toUnique", 0 | 1) => {
            let mut seen: Vec<(Value, Value)> = Vec::new();
            let mut quick = std::collections::HashSet::new();
            for x in items {
                let k =
                    if matches!(a0, Value::Closure(_)) { it.invoke(&a0, "call", vec![x.clone()])? } else { x.clone() };
                let k = it.by_text(&k)?;
                if !quick.insert(Key(k.clone()))
                    || (ops::is_number(&k) && seen.len() < 2000 && seen.iter().any(|s| ops::equal(&s.0, &k)))
                {
                    continue;
                }
                seen.push((k, x));
            }
            let out: Vec<Value> = seen.into_iter().map(|s| s.1).collect();
            match recv {
                Value::List(l) if name == "unique" && !matches!(a0, Value::Bool(false)) => {
                    l.data.replace(out);
                    recv.clone()
                }
                _ => Value::list(out),
            }
        }
        ("removeAll" | "retainAll", n) if n > 1 => {
            return it.invoke(recv, name, vec![Value::list(args.to_vec())]).map(Some);
        }
        ("identity", 1) => match &a0 {
            Value::Closure(f) => super::with_delegate(it, f, recv.clone(), vec![recv.clone()], true)?,
            _ => return Ok(None),
        },
        ("isCase", 1) => Value::Bool(it.is_case(recv, &a0)?),
        ("findIndexOf" | "findLastIndexOf", 2) => {
            let from = int(Some(&a0)).max(0) as usize;
            let rest = Value::list(items.into_iter().skip(from).collect());
            let at = int(Some(&it.invoke(&rest, name, vec![args[1].clone()])?));
            Value::Int(if at < 0 { -1 } else { at as i32 + from as i32 })
        }
        ("flatten", 0) => {
            let mut out = Vec::new();
            for x in &items {
                flatten(it, x, &mut out, 0)?;
            }
            Value::list(out)
        }
        ("collate", 1 | 2) => {
            let size = int(Some(&a0)).max(1) as usize;
            Value::list(items.chunks(size).map(|c| Value::list(c.to_vec())).collect())
        }
        ("transpose", 0) => {
            let mut rows = Vec::new();
            for x in &items {
                rows.push(it.items_of(x)?);
            }
            let w = rows.iter().map(Vec::len).min().unwrap_or(0);
            Value::list((0..w).map(|i| Value::list(rows.iter().map(|r| r[i].clone()).collect())).collect())
        }
        ("withIndex", 0 | 1) => Value::list(
            items
                .into_iter()
                .enumerate()
                .map(|(i, x)| Value::List(ListObj::new(ListKind::Tuple2, vec![x, Value::Int(i as i32)])))
                .collect(),
        ),
        ("indexed", 0) => {
            let m = MapObj::new(MapKind::Linked);
            for (i, x) in items.into_iter().enumerate() {
                m.put(Value::Int(i as i32), x);
            }
            Value::Map(m)
        }
        ("contains", 1) => Value::Bool(items.iter().any(|x| ops::java_equals(x, &a0))),
        ("containsAll", 1) => {
            let other = it.items_of(&a0)?;
            Value::Bool(other.iter().all(|o| items.iter().any(|x| ops::java_equals(x, o))))
        }
        ("indexOf", 1) => Value::Int(items.iter().position(|x| ops::java_equals(x, &a0)).map_or(-1, |i| i as i32)),
        ("lastIndexOf", 1) => Value::Int(items.iter().rposition(|x| ops::java_equals(x, &a0)).map_or(-1, |i| i as i32)),
        ("plus", 1) => {
            let mut out = items;
            match &a0 {
                Value::List(_) | Value::Set(_) | Value::Range(_) => out.extend(it.items_of(&a0)?),
                x => out.push(x.clone()),
            }
            it.charge(out.len() * 24)?;
            same_kind(out)
        }
        ("minus", 1) => {
            let gone = match &a0 {
                Value::List(_) | Value::Set(_) | Value::Range(_) => it.items_of(&a0)?,
                x => vec![x.clone()],
            };
            let quick = gone.iter().map(|x| it.by_text(x).map(Key)).collect::<R<std::collections::HashSet<Key>>>()?;
            let mut left = Vec::new();
            for x in items {
                if !quick.contains(&Key(it.by_text(&x)?)) {
                    left.push(x);
                }
            }
            same_kind(left)
        }
        ("intersect" | "disjoint", 1) => {
            // What both have, in the order of the one that is not longer.
            let other = it.items_of(&a0)?;
            let (all, picked) = if n < other.len() { (other, items) } else { (items, other) };
            let all: std::collections::HashSet<Key> = all.into_iter().map(Key).collect();
            let both: Vec<Value> = picked.into_iter().filter(|x| all.contains(&Key(x.clone()))).collect();
            if name == "disjoint" { Value::Bool(both.is_empty()) } else { same_kind(both) }
        }
        ("multiply", 1) => {
            let k = int(Some(&a0)).max(0) as usize;
            it.charge(n.saturating_mul(k).saturating_mul(24))?;
            Value::list(std::iter::repeat_n(items, k).flatten().collect())
        }
        ("encodeBase64" | "encodeHex", 0) => {
            let Value::Bytes(b) = recv else { return Ok(None) };
            Value::str(if name == "encodeHex" { hex(&b.borrow()) } else { crate::statics::base64(&b.borrow()) })
        }
        ("iterator" | "listIterator", 0) => match recv {
            Value::List(_) | Value::Set(_) => crate::objects::iterator_of(items, recv.clone()),
            _ => crate::objects::iterator(items),
        },
        _ => return Ok(None),
    }))
}

pub(crate) fn hex(b: &[u8]) -> String {
    b.iter().map(|x| format!("{x:02x}")).collect()
}

pub(super) fn search(
    it: &mut Interpreter<'_>,
    recv: &Value,
    items: Vec<Value>,
    name: &str,
    args: &[Value],
    same_kind: &dyn Fn(Vec<Value>) -> Value,
) -> R {
    let f = args.first();
    let (mut yes, mut no, mut count, mut dropping) = (Vec::new(), Vec::new(), 0, true);
    let mut last = -1;
    for (i, x) in items.into_iter().enumerate() {
        if name.starts_with("findResult") {
            let r = it.invoke(f.unwrap_or(&Value::Null), "call", vec![x])?;
            if !r.is_null() {
                if name == "findResult" {
                    return Ok(r);
                }
                yes.push(r);
            }
            continue;
        }
        let hit = match f {
            Some(c @ Value::Closure(_)) => {
                let r = it.invoke(c, "call", vec![x.clone()])?;
                it.truth(&r)?
            }
            Some(v) if name == "grep" => it.is_case(v, &x)?,
            Some(v) => ops::equal(&x, v),
            None => it.truth(&x)?,
        };
        match name {
            "find" if hit => return Ok(x),
            "any" if hit => return Ok(Value::Bool(true)),
            "every" if !hit => return Ok(Value::Bool(false)),
            "findIndexOf" if hit => return Ok(Value::Int(i as i32)),
            "takeWhile" if !hit => break,
            "dropWhile" => {
                dropping &= hit;
                if !dropping {
                    yes.push(x);
                }
                continue;
            }
            _ => {}
        }
        if hit {
            count += 1;
            last = i as i32;
            yes.push(if name == "findIndexValues" { Value::Long(i as i64) } else { x });
        } else {
            no.push(x);
        }
    }
    Ok(match name {
        "find" | "findResult" => Value::Null,
        "any" => Value::Bool(false),
        "every" => Value::Bool(true),
        "findIndexOf" => Value::Int(-1),
        "findLastIndexOf" => Value::Int(last),
        "count" => Value::Int(count),
        "split" => Value::list(vec![Value::list(yes), Value::list(no)]),
        _ => {
            let _ = (recv, text);
            same_kind(yes)
        }
    })
}
