//! Maps: what is rarer, views that change their map, and what sorted maps have.
use super::map::{copy, entry};
use super::txt;
use crate::error::{exception, illegal};
use crate::interp::Interpreter;
use crate::ops;
use crate::value::{ClosureCode, MapKind, MapObj, R, Thrown, Value};
use std::rc::Rc;

/// How many parameters a closure has.
fn params(f: &Value) -> usize {
    match f {
        Value::Closure(c) => match &c.code {
            ClosureCode::Block { decl, .. } => decl.params.as_ref().map_or(1, Vec::len),
            _ => 1,
        },
        _ => 1,
    }
}

fn call_entry(it: &mut Interpreter<'_>, f: &Value, m: &Rc<MapObj>, k: &Value, v: &Value) -> R {
    let args = if params(f) > 1 { vec![k.clone(), v.clone()] } else { vec![entry(m, k, v)] };
    it.invoke(f, "call", args)
}

fn same_kind(m: &Rc<MapObj>) -> Rc<MapObj> {
    MapObj::new(if m.kind == MapKind::Lazy { MapKind::Linked } else { m.kind })
}

pub(super) fn call(
    it: &mut Interpreter<'_>,
    recv: &Value,
    m: &Rc<MapObj>,
    name: &str,
    args: &[Value],
) -> R<Option<Value>> {
    if matches!(name, "each" | "get" | "put" | "getAt" | "putAt" | "containsKey") {
        return Ok(None);
    }
    // Parts of a map are cut by the natural order of the keys only.
    let parts = ["headMap", "tailMap", "subMap"].contains(&name) || name.ends_with("Key") && !args.is_empty();
    if (m.kind == MapKind::Tree || m.kind == MapKind::Compared && !parts && !name.ends_with("ingEntry"))
        && let Some(v) = sorted(m, name, args)?
    {
        return Ok(Some(v));
    }
    Ok(Some(match (name, args) {
        ("keySet", []) => view(MapObj::set_of(MapKind::Linked, m.keys()), m),
        ("values", []) => view(Value::list(m.entries().into_iter().map(|e| e.1).collect()), m),
        ("entrySet", []) => view(Value::list(m.entries().iter().map(|(k, v)| entry(m, k, v)).collect()), m),
        ("iterator", []) => crate::objects::iterator_of(it.items_of(recv)?, recv.clone()),
        ("inject", [init, f]) if params(f) > 2 => {
            let mut acc = init.clone();
            for (k, v) in m.entries() {
                acc = it.invoke(f, "call", vec![acc, k, v])?;
            }
            acc
        }
        (
            "sum" | "removeAll" | "retainAll" | "collate" | "toList" | "join" | "first" | "last" | "head" | "tail"
            | "unique" | "reverse" | "flatten" | "withIndex" | "indexed" | "transpose" | "contains" | "toSet"
            | "asList" | "init",
            _,
        ) => return Err(crate::error::no_method(recv, name, args)),
        ("computeIfPresent" | "compute", [k, f]) => {
            let old = m.get(k);
            if name == "computeIfPresent" && old.as_ref().is_none_or(Value::is_null) {
                return Ok(Some(Value::Null));
            }
            let new = it.invoke(f, "call", vec![k.clone(), old.unwrap_or(Value::Null)])?;
            store(it, m, k, new)?
        }
        ("merge", [k, v, f]) => {
            let new = match m.get(k).filter(|v| !v.is_null()) {
                Some(old) => it.invoke(f, "call", vec![old, v.clone()])?,
                None => v.clone(),
            };
            store(it, m, k, new)?
        }
        ("replaceAll", [f]) => {
            for (k, v) in m.entries() {
                let new = it.invoke(f, "call", vec![k.clone(), v])?;
                m.put(k, new);
            }
            Value::Null
        }
        ("replace", [k, v]) => match m.get(k) {
            Some(_) => m.put(k.clone(), v.clone()).unwrap_or(Value::Null),
            None => Value::Null,
        },
        ("remove", [k, v]) => {
            let hit = m.get(k).is_some_and(|x| ops::java_equals(&x, v));
            if hit {
                m.remove(k);
            }
            Value::Bool(hit)
        }
        ("take" | "drop", [n]) => {
            let n = super::int(Some(n)).max(0) as usize;
            let out = same_kind(m);
            let all = m.entries();
            let part = if name == "take" { all.get(..n).unwrap_or(&all) } else { all.get(n..).unwrap_or(&[]) };
            part.iter().for_each(|(k, v)| {
                out.put(k.clone(), v.clone());
            });
            Value::Map(out)
        }
        ("takeWhile" | "dropWhile", [f]) => {
            let (out, mut taking) = (same_kind(m), true);
            for (k, v) in m.entries() {
                if taking {
                    let r = call_entry(it, f, m, &k, &v)?;
                    taking = it.truth(&r)?;
                }
                if taking == (name == "takeWhile") {
                    out.put(k, v);
                }
            }
            Value::Map(out)
        }
        ("findResults", [f]) => {
            let mut out = Vec::new();
            for (k, v) in m.entries() {
                let r = call_entry(it, f, m, &k, &v)?;
                if !r.is_null() {
                    out.push(r);
                }
            }
            Value::list(out)
        }
        ("findResult", [default, f @ Value::Closure(_)]) => {
            let r = it.invoke(recv, "findResult", vec![f.clone()])?;
            if r.is_null() { default.clone() } else { r }
        }
        ("collect", [into @ (Value::List(_) | Value::Set(_)), f]) => {
            for (k, v) in m.entries() {
                let r = call_entry(it, f, m, &k, &v)?;
                it.invoke(into, "add", vec![r])?;
            }
            into.clone()
        }
        ("collectEntries", [Value::Map(into), f]) => {
            for (k, v) in m.entries() {
                let r = call_entry(it, f, m, &k, &v)?;
                super::collection::add_entry(it, into, &r)?;
            }
            Value::Map(into.clone())
        }
        ("intersect", [Value::Map(o)]) => {
            let out = same_kind(m);
            for (k, v) in m.entries() {
                if o.get(&k).is_some_and(|x| ops::equal(&x, &v)) {
                    out.put(k, v);
                }
            }
            Value::Map(out)
        }
        ("reverseEach", [f]) => {
            for (k, v) in m.entries().into_iter().rev() {
                call_entry(it, f, m, &k, &v)?;
            }
            recv.clone()
        }
        ("groupEntriesBy", [f]) => {
            let out = MapObj::new(MapKind::Linked);
            for (k, v) in m.entries() {
                let g = call_entry(it, f, m, &k, &v)?;
                match out.get(&g) {
                    Some(Value::List(l)) => l.data.borrow_mut().push(entry(m, &k, &v)),
                    _ => drop(out.put(g, Value::list(vec![entry(m, &k, &v)]))),
                }
            }
            Value::Map(out)
        }
        ("asImmutable" | "asUnmodifiable", []) => super::morelist::frozen(recv),
        ("toMapString", []) => Value::str(it.to_text(recv)?),
        ("spread" | "asType", []) => recv.clone(),
        ("toSorted", []) => {
            let out = same_kind(m);
            let mut all = m.entries();
            let values = Value::list(all.iter().map(|e| e.1.clone()).collect());
            let values = it_sorted(it, &values)?;
            let order = it.items_of(&values)?;
            for v in order {
                if let Some(at) = all.iter().position(|e| e.1.same(&v)) {
                    let (k, v) = all.remove(at);
                    out.put(k, v);
                }
            }
            Value::Map(out)
        }
        ("withDefault", [f]) => {
            let out = copy(m);
            out.default.replace(Some(f.clone()));
            out.origin.replace(Some(m.clone()));
            m.default.replace(Some(f.clone()));
            recv.clone()
        }
        // Properties.
        ("getProperty", [_] | [_, _]) => match m.get(&args[0]) {
            Some(v) => v,
            None => args.get(1).cloned().unwrap_or(Value::Null),
        },
        ("stringPropertyNames" | "propertyNames", []) => MapObj::set_of(MapKind::Linked, m.keys()),
        ("load", [from]) => {
            let text = match from {
                Value::Object(_) => it.invoke(from, "getText", vec![])?,
                v => v.clone(),
            };
            load(it, m, &txt(Some(&text)))?;
            Value::Null
        }
        _ => return Ok(None),
    }))
}

fn it_sorted(it: &mut Interpreter<'_>, values: &Value) -> R {
    it.invoke(values, "toSorted", vec![])
}

/// A view of a map: what is removed from it is removed from the map.
fn view(v: Value, m: &Rc<MapObj>) -> Value {
    match &v {
        Value::Set(s) => drop(s.origin.replace(Some(m.clone()))),
        Value::List(l) => drop(l.origin.replace(Some(m.clone()))),
        _ => {}
    }
    v
}

fn store(it: &mut Interpreter<'_>, m: &Rc<MapObj>, k: &Value, v: Value) -> R {
    it.charge(64)?;
    if v.is_null() {
        m.remove(k);
    } else {
        m.put(k.clone(), v.clone());
    }
    Ok(v)
}

/// What a TreeMap has.
fn sorted(m: &Rc<MapObj>, name: &str, args: &[Value]) -> R<Option<Value>> {
    let all = || m.entries();
    let key = |e: Option<(Value, Value)>| match e {
        Some(e) => Ok(Some(e.0)),
        None => Err(Thrown::Exception(exception("java.util.NoSuchElementException", Value::Null))),
    };
    let part = |keep: &dyn Fn(&Value) -> bool| {
        let out = MapObj::new(MapKind::Tree);
        for (k, v) in all().into_iter().filter(|e| keep(&e.0)) {
            out.put(k, v);
        }
        Value::Map(out)
    };
    let pair = |e: Option<(Value, Value)>| e.map_or(Value::Null, |(k, v)| entry(m, &k, &v));
    Ok(Some(match (name, args) {
        ("firstKey", []) => return key(all().into_iter().next()),
        ("lastKey", []) => return key(all().into_iter().next_back()),
        ("firstEntry", []) => pair(all().into_iter().next()),
        ("lastEntry", []) => pair(all().into_iter().next_back()),
        ("pollFirstEntry" | "pollLastEntry", []) => {
            let mut entries = all().into_iter();
            let e = if name == "pollFirstEntry" { entries.next() } else { entries.next_back() };
            if let Some(e) = &e {
                m.remove(&e.0);
            }
            e.map_or(Value::Null, |(k, v)| Value::entry(k, v))
        }
        ("headMap", [k, rest @ ..]) => {
            let with = rest.first().is_some_and(ops::truth);
            part(&|x| ops::order(x, k).is_lt() || with && ops::order(x, k).is_eq())
        }
        ("tailMap", [k, ..]) => part(&|x| ops::order(x, k).is_ge()),
        ("subMap", [a, b]) => part(&|x| ops::order(x, a).is_ge() && ops::order(x, b).is_lt()),
        ("floorKey" | "lowerKey", [k]) => {
            let fits = |x: &Value| if name == "floorKey" { ops::order(x, k).is_le() } else { ops::order(x, k).is_lt() };
            all().into_iter().rfind(|e| fits(&e.0)).map_or(Value::Null, |e| e.0)
        }
        ("ceilingKey" | "higherKey", [k]) => {
            let fits =
                |x: &Value| if name == "ceilingKey" { ops::order(x, k).is_ge() } else { ops::order(x, k).is_gt() };
            all().into_iter().find(|e| fits(&e.0)).map_or(Value::Null, |e| e.0)
        }
        ("floorEntry", [k]) => pair(all().into_iter().rfind(|e| ops::order(&e.0, k).is_le())),
        ("ceilingEntry", [k]) => pair(all().into_iter().find(|e| ops::order(&e.0, k).is_ge())),
        ("descendingMap", []) => {
            let out = MapObj::new(MapKind::Linked);
            for (k, v) in all().into_iter().rev() {
                out.put(k, v);
            }
            Value::Map(out)
        }
        ("descendingKeySet", []) => MapObj::set_of(MapKind::Linked, all().into_iter().rev().map(|e| e.0)),
        _ => return Ok(None),
    }))
}

/// `Properties.load`.
fn load(it: &mut Interpreter<'_>, m: &Rc<MapObj>, text: &str) -> R<()> {
    it.charge(text.len() * 2)?;
    let mut pending = String::new();
    for line in text.lines() {
        let line = line.trim_start();
        if pending.is_empty() && (line.is_empty() || line.starts_with(['#', '!'])) {
            continue;
        }
        pending.push_str(line);
        let backslashes = pending.bytes().rev().take_while(|b| *b == b'\\').count();
        if backslashes % 2 == 1 {
            pending.pop();
            continue;
        }
        let line = std::mem::take(&mut pending);
        let (mut key, mut value, mut in_key) = (String::new(), String::new(), true);
        let mut c = line.chars().peekable();
        while let Some(x) = c.next() {
            let x = match x {
                '\\' => match c.next() {
                    Some('n') => '\n',
                    Some('t') => '\t',
                    Some('r') => '\r',
                    Some('f') => '\u{c}',
                    Some('u') => {
                        let hex: String = c.by_ref().take(4).collect();
                        let n = u32::from_str_radix(&hex, 16).ok().and_then(char::from_u32);
                        n.ok_or_else(|| illegal("Malformed \\uxxxx encoding."))?
                    }
                    Some(x) => x,
                    None => break,
                },
                '=' | ':' | ' ' | '\t' if in_key => {
                    in_key = false;
                    let mut separator = matches!(x, '=' | ':');
                    while let Some(n) = c.peek() {
                        match n {
                            ' ' | '\t' => drop(c.next()),
                            '=' | ':' if !separator => {
                                separator = true;
                                c.next();
                            }
                            _ => break,
                        }
                    }
                    continue;
                }
                x => x,
            };
            if in_key { key.push(x) } else { value.push(x) }
        }
        m.put(Value::str(key), Value::str(value));
    }
    Ok(())
}
