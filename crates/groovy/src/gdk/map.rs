//! Maps.
use crate::interp::Interpreter;
use crate::ops;
use crate::value::{MapKind, MapObj, R, Value};
use std::rc::Rc;

pub(super) fn call(
    it: &mut Interpreter<'_>,
    recv: &Value,
    m: &Rc<MapObj>,
    name: &str,
    args: &[Value],
) -> R<Option<Value>> {
    let a0 = args.first().cloned().unwrap_or(Value::Null);
    if matches!(name, "put" | "putAll" | "remove" | "clear" | "putAt" | "putIfAbsent" | "leftShift" | "replaceAll") {
        super::writable(m.frozen.get())?;
    }
    if let Some(v) = super::moremap::call(it, recv, m, name, args)? {
        return Ok(Some(v));
    }
    // Entry closures take one argument (the entry) or two (key and value).
    let two = |f: &Value| match f {
        Value::Closure(c) => match &c.code {
            crate::value::ClosureCode::Block { decl, .. } => decl.params.as_ref().is_some_and(|p| p.len() > 1),
            _ => false,
        },
        _ => false,
    };
    let run = |it: &mut Interpreter<'_>, f: &Value, k: &Value, v: &Value| {
        let args = if two(f) { vec![k.clone(), v.clone()] } else { vec![entry(m, k, v)] };
        it.invoke(f, "call", args)
    };
    Ok(Some(match (name, args.len()) {
        // Unlike `m[k]`, this looks for the GString itself.
        ("get", 1) if matches!(a0, Value::GStr(_)) && m.default.borrow().is_none() => m.get(&a0).unwrap_or(Value::Null),
        ("get" | "getAt", 1) => return it.index_get(recv, &a0).map(Some),
        ("get", 2) => match m.get(&a0) {
            Some(v) => v,
            None => {
                m.put(a0, args[1].clone());
                args[1].clone()
            }
        },
        ("getOrDefault", 2) => m.get(&a0).unwrap_or_else(|| args[1].clone()),
        ("put" | "putAt", 2) => {
            it.charge(64)?;
            m.put(a0, args[1].clone()).unwrap_or(Value::Null)
        }
        ("putIfAbsent", 2) => match m.get(&a0) {
            Some(v) => v,
            None => m.put(a0, args[1].clone()).unwrap_or(Value::Null),
        },
        ("computeIfAbsent", 2) => match m.get(&a0).filter(|v| !v.is_null()) {
            Some(v) => v,
            None => {
                let v = it.invoke(&args[1], "call", vec![a0.clone()])?;
                m.put(a0, v.clone());
                v
            }
        },
        ("putAll" | "leftShift" | "plus", 1) => {
            let target = if name == "plus" { copy(m) } else { m.clone() };
            match &a0 {
                Value::Map(o) => o.entries().into_iter().for_each(|(k, v)| {
                    target.put(k, v);
                }),
                Value::Entry(e) => {
                    target.put(e.0.clone(), e.1.clone());
                }
                _ => return Ok(None),
            }
            Value::Map(target)
        }
        ("remove", 1) => m.remove(&a0).unwrap_or(Value::Null),
        ("clear", 0) => {
            m.clear();
            Value::Null
        }
        ("containsKey" | "isCase", 1) => Value::Bool(m.get(&a0).is_some()),
        ("containsValue", 1) => Value::Bool(m.entries().iter().any(|e| ops::equal(&e.1, &a0))),
        ("keySet", 0) => MapObj::set_of(MapKind::Linked, m.keys()),
        ("values", 0) => Value::list(m.entries().into_iter().map(|e| e.1).collect()),
        ("entrySet", 0) => Value::list(it.items_of(recv)?),
        ("size", 0) => Value::Int(m.len() as i32),
        ("isEmpty", 0) => Value::Bool(m.is_empty()),
        ("withDefault", 1) => {
            m.default.replace(Some(a0));
            recv.clone()
        }
        ("groupBy", n) if n > 1 => {
            let groups = it.invoke(recv, "groupBy", vec![a0.clone()])?;
            if let Value::Map(groups) = &groups {
                for (k, inner) in groups.entries() {
                    let inner = it.invoke(&inner, "groupBy", args[1..].to_vec())?;
                    groups.put(k, inner);
                }
            }
            groups
        }
        ("subMap", n) if n > 1 && m.kind != MapKind::Tree => {
            return it.invoke(recv, "subMap", vec![Value::list(args.to_vec())]).map(Some);
        }
        ("each" | "forEach", 1) => {
            let entries = m.entries();
            let total = entries.len();
            for (n, (k, v)) in entries.into_iter().enumerate() {
                if n > 0 {
                    super::changed(recv, n, total)?;
                }
                run(it, &a0, &k, &v)?;
            }
            if name == "each" { recv.clone() } else { Value::Null }
        }
        ("eachWithIndex", 1) => {
            for (i, (k, v)) in m.entries().into_iter().enumerate() {
                let three = matches!(&a0, Value::Closure(c) if matches!(&c.code, crate::value::ClosureCode::Block { decl, .. } if decl.params.as_ref().is_some_and(|p| p.len() > 2)));
                let args = if three {
                    vec![k, v, Value::Int(i as i32)]
                } else {
                    vec![Value::entry(k, v), Value::Int(i as i32)]
                };
                it.invoke(&a0, "call", args)?;
            }
            recv.clone()
        }
        (
            "collect" | "findAll" | "find" | "any" | "every" | "count" | "collectEntries" | "collectMany"
            | "findResult" | "groupBy" | "countBy" | "subMap" | "sort" | "removeAll" | "retainAll",
            0 | 1,
        ) => {
            return walk(it, recv, m, name, args, &run);
        }
        ("clone", 0) => Value::Map(copy(m)),
        ("asImmutable" | "asSynchronized", 0) => recv.clone(),
        ("minus", 1) => {
            let out = copy(m);
            if let Value::Map(o) = &a0 {
                for (k, v) in o.entries() {
                    if out.get(&k).is_some_and(|x| ops::equal(&x, &v)) {
                        out.remove(&k);
                    }
                }
            }
            Value::Map(out)
        }
        _ => return Ok(None),
    }))
}

pub(crate) fn copy(m: &Rc<MapObj>) -> Rc<MapObj> {
    let kind = if m.kind == MapKind::Lazy { MapKind::Linked } else { m.kind };
    let out = MapObj::new(kind);
    out.data.replace(m.data.borrow().clone());
    out
}

/// An entry that changes its map.
pub(crate) fn entry(m: &Rc<MapObj>, k: &Value, v: &Value) -> Value {
    Value::Entry(Rc::new(crate::value::EntryObj(k.clone(), v.clone(), Some(m.clone()), std::cell::RefCell::new(None))))
}

type Run<'r> = dyn Fn(&mut Interpreter<'_>, &Value, &Value, &Value) -> R + 'r;

fn walk(
    it: &mut Interpreter<'_>,
    recv: &Value,
    m: &Rc<MapObj>,
    name: &str,
    args: &[Value],
    run: &Run<'_>,
) -> R<Option<Value>> {
    let Some(f) = args.first().cloned() else {
        if name == "sort" {
            let out = copy(m);
            let t = MapObj::new(MapKind::Tree);
            t.data.replace(out.data.borrow().clone());
            return Ok(Some(Value::Map(t)));
        }
        return Ok(None);
    };
    if name == "subMap" {
        let out = MapObj::new(MapKind::Linked);
        for k in it.items_of(&f)? {
            if let Some(v) = m.get(&k) {
                out.put(k, v);
            }
        }
        return Ok(Some(Value::Map(out)));
    }
    if name == "sort" {
        let entries = it.items_of(recv)?;
        let sorted = super::sorting::sorted(it, entries, Some(&f))?;
        let out = MapObj::new(MapKind::Linked);
        for e in sorted {
            if let Value::Entry(e) = e {
                out.put(e.0.clone(), e.1.clone());
            }
        }
        return Ok(Some(Value::Map(out)));
    }
    let (mut list, out, mut n) =
        (Vec::new(), MapObj::new(if m.kind == MapKind::Tree { MapKind::Tree } else { MapKind::Linked }), 0);
    for (k, v) in m.entries() {
        let r = run(it, &f, &k, &v)?;
        match name {
            "collect" => list.push(r),
            "collectMany" => list.extend(super::sorting::many(it, &r)?),
            "collectEntries" => super::collection::add_entry(it, &out, &r)?,
            "countBy" => {
                let n = out.get(&r).map_or(0, |n| super::int(Some(&n)));
                out.put(r, Value::Int(n as i32 + 1));
            }
            "groupBy" => {
                let g = out.get(&r).unwrap_or_else(|| {
                    let g = Value::Map(MapObj::new(MapKind::Linked));
                    out.put(r.clone(), g.clone());
                    g
                });
                if let Value::Map(g) = g {
                    g.put(k, v);
                }
            }
            "findResult" if !r.is_null() => return Ok(Some(r)),
            "findResult" => {}
            _ => {
                let yes = it.truth(&r)?;
                match name {
                    "find" if yes => return Ok(Some(Value::entry(k, v))),
                    "any" if yes => return Ok(Some(Value::Bool(true))),
                    "every" if !yes => return Ok(Some(Value::Bool(false))),
                    "findAll" if yes => {
                        out.put(k, v);
                    }
                    "removeAll" if yes => {
                        m.remove(&k);
                        n += 1;
                    }
                    "retainAll" if !yes => {
                        m.remove(&k);
                        n += 1;
                    }
                    "count" if yes => n += 1,
                    _ => {}
                }
            }
        }
    }
    Ok(Some(match name {
        "collect" | "collectMany" => Value::list(list),
        "any" => Value::Bool(false),
        "every" => Value::Bool(true),
        "find" | "findResult" => Value::Null,
        "count" => Value::Int(n),
        "removeAll" | "retainAll" => Value::Bool(n > 0),
        _ => Value::Map(out),
    }))
}
