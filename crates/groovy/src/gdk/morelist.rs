//! Lists, sets and ranges: what is rarer, what only ranges have, and the checks of changes during a walk.
use super::collection::add_entry;
use super::sorting::sorted;
use super::{Order, int};
use crate::error::{exception, illegal, throw};
use crate::interp::Interpreter;
use crate::ops;
use crate::value::{ListKind, ListObj, MapKind, MapObj, R, Thrown, Value};
use std::rc::Rc;

/// An exception without a message.
fn bare(class: &str) -> Thrown {
    Thrown::Exception(exception(class, Value::Null))
}

/// The exception of a collection that may not be changed.
pub(crate) fn writable(frozen: bool) -> R<()> {
    if frozen { Err(crate::library::support::unsupported()) } else { Ok(()) }
}

/// Whether a walk at this place must end because the collection was changed; Java throws in most cases.
pub(crate) fn changed(of: &Value, at: usize, total: usize) -> R<bool> {
    let now = match of {
        Value::List(l) if !matches!(l.kind, ListKind::Array(_)) => l.data.borrow().len(),
        Value::Map(m) | Value::Set(m) if at < total => m.len(),
        _ => return Ok(false),
    };
    if now == total {
        return Ok(false);
    }
    if now == at && matches!(of, Value::List(_)) {
        return Ok(true);
    }
    Err(bare("java.util.ConcurrentModificationException"))
}

/// How many lists `combinations` and its kind may make.
const MAX_MADE: usize = 1 << 17;

fn array_like(recv: &Value, items: Vec<Value>) -> Value {
    match recv {
        Value::List(l) if matches!(l.kind, ListKind::Array(_)) => Value::array("Object", items),
        Value::Set(m) => MapObj::set_of(m.kind, items),
        _ => Value::list(items),
    }
}

pub(super) fn call(it: &mut Interpreter<'_>, recv: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
    if let Value::Range(r) = recv
        && let Some(v) = range(it, recv, r, name, args)?
    {
        return Ok(Some(v));
    }
    let array = matches!(recv, Value::List(l) if matches!(l.kind, ListKind::Array(_)));
    Ok(Some(match (name, args) {
        ("plus" | "reverse", _) if array => {
            let mut items = it.items_of(recv)?;
            match args {
                [more @ (Value::List(_) | Value::Set(_) | Value::Range(_))] => items.extend(it.items_of(more)?),
                [one] => items.push(one.clone()),
                _ => items.reverse(),
            }
            it.charge(items.len() * 24)?;
            array_like(recv, items)
        }
        ("equals", [o]) if array => Value::Bool(recv.same(o)),
        ("clone", []) => match recv {
            Value::List(l) => {
                it.charge(l.data.borrow().len() * 24)?;
                let items = l.data.borrow().clone();
                Value::List(ListObj::new(l.kind.clone(), items))
            }
            Value::Set(m) => MapObj::set_of(m.kind, m.keys()),
            v => v.clone(),
        },
        ("asImmutable" | "asUnmodifiable", []) => frozen(recv),
        ("collect", [into @ (Value::List(_) | Value::Set(_)), f]) => {
            for x in it.items_of(recv)? {
                let r = it.invoke(f, "call", vec![x])?;
                it.invoke(into, "add", vec![r])?;
            }
            into.clone()
        }
        ("collectNested", [f]) => nested(it, recv, f, 0)?,
        ("collectEntries", [Value::Map(into), f]) => {
            for x in it.items_of(recv)? {
                let r = it.invoke(f, "call", vec![x])?;
                add_entry(it, into, &r)?;
            }
            Value::Map(into.clone())
        }
        ("groupBy", [f, rest @ ..]) if !rest.is_empty() => {
            let Value::Map(groups) = it.invoke(recv, "groupBy", vec![f.clone()])? else { return Ok(None) };
            for (k, v) in groups.entries() {
                let inner = it.invoke(&v, "groupBy", rest.to_vec())?;
                groups.put(k, inner);
            }
            Value::Map(groups)
        }
        ("head" | "first" | "last" | "tail" | "init" | "inject" | "pop" | "max" | "min", _)
            if it.items_of(recv)?.is_empty() =>
        {
            let text = match (name, args.len()) {
                ("head" | "first", 0) => "Cannot access first() element from an empty List",
                ("last", 0) => "Cannot access last() element from an empty List",
                ("tail", 0) => "Cannot access tail() for an empty iterable",
                ("init", 0) => "Cannot access init() for an empty Iterable",
                ("inject", 1) => "Cannot call inject() on an empty collection without passing an initial value.",
                _ => return Ok(None),
            };
            return Err(throw("java.util.NoSuchElementException", text));
        }
        ("unique" | "toUnique", [.., f]) if super::collection::arity(f) > 1 && matches!(f, Value::Closure(_)) => {
            let mut out: Vec<Value> = Vec::new();
            for x in it.items_of(recv)? {
                let mut known = false;
                for o in &out {
                    let c = it.invoke(f, "call", vec![o.clone(), x.clone()])?;
                    known |= ops::to_i64(&c) == Some(0);
                    if known {
                        break;
                    }
                }
                if !known {
                    out.push(x);
                }
            }
            match recv {
                Value::List(l) if name == "unique" && !matches!(args, [Value::Bool(false), _]) => {
                    let old = l.data.replace(out);
                    drop(old);
                    recv.clone()
                }
                _ => Value::list(out),
            }
        }
        ("collate", [size, rest @ ..]) => {
            let items = it.items_of(recv)?;
            let (step, keep) = match rest {
                [] => (size, true),
                [Value::Bool(b)] => (size, *b),
                [s, Value::Bool(b)] => (s, *b),
                [s, ..] => (s, true),
            };
            let (size, step) = (int(Some(size)), int(Some(step)));
            if size <= 0 {
                return Ok(Some(Value::list(vec![Value::list(items)])));
            }
            if step <= 0 {
                return Err(illegal("step cannot be zero"));
            }
            let mut out = Vec::new();
            let mut at = 0usize;
            while at < items.len() {
                let end = at.saturating_add(size as usize).min(items.len());
                if keep || end - at == size as usize {
                    it.charge((end - at) * 24 + 48)?;
                    out.push(Value::list(items[at..end].to_vec()));
                }
                at = at.saturating_add(step as usize);
            }
            Value::list(out)
        }
        ("withIndex" | "indexed", [from]) => {
            let from = int(Some(from)) as i32;
            let pairs = it.items_of(recv)?.into_iter().zip(from..);
            if name == "indexed" {
                let m = MapObj::new(MapKind::Linked);
                for (x, i) in pairs {
                    m.put(Value::Int(i), x);
                }
                Value::Map(m)
            } else {
                let pair = |(x, i)| Value::List(ListObj::new(ListKind::Tuple2, vec![x, Value::Int(i)]));
                Value::list(pairs.map(pair).collect())
            }
        }
        ("combinations", [] | [_]) => {
            let mut out: Vec<Vec<Value>> = vec![vec![]];
            for x in it.items_of(recv)? {
                let choices = match &x {
                    Value::List(_) | Value::Set(_) | Value::Range(_) => it.items_of(&x)?,
                    x => vec![x.clone()],
                };
                made(out.len().saturating_mul(choices.len()))?;
                let mut next = Vec::new();
                for c in &choices {
                    for o in &out {
                        it.charge((o.len() + 1) * 24)?;
                        next.push(o.iter().cloned().chain([c.clone()]).collect());
                    }
                }
                out = next;
            }
            finish(it, out, args.first())?
        }
        ("permutations" | "eachPermutation", _) => {
            let mut out: Vec<Vec<Value>> = vec![vec![]];
            for x in it.items_of(recv)? {
                made(out.len().saturating_mul(out.first().map_or(1, |o| o.len() + 1)))?;
                let mut next = Vec::new();
                for o in out {
                    for i in 0..=o.len() {
                        it.charge((o.len() + 1) * 24)?;
                        let mut o = o.clone();
                        o.insert(i, x.clone());
                        next.push(o);
                    }
                }
                out = next;
            }
            if name == "eachPermutation" {
                for o in out {
                    it.invoke(args.first().unwrap_or(&Value::Null), "call", vec![Value::list(o)])?;
                }
                return Ok(Some(Value::Null));
            }
            let all = finish(it, out, args.first())?;
            MapObj::set_of(MapKind::Hash, it.items_of(&all)?)
        }
        ("subsequences", []) => {
            let mut out: Vec<Vec<Value>> = Vec::new();
            for x in it.items_of(recv)? {
                made(out.len() * 2 + 1)?;
                let mut more: Vec<Vec<Value>> = Vec::new();
                for o in &out {
                    it.charge((o.len() + 1) * 24)?;
                    more.push(o.iter().cloned().chain([x.clone()]).collect());
                }
                out.push(vec![x]);
                out.extend(more);
            }
            MapObj::set_of(MapKind::Hash, out.into_iter().map(Value::list))
        }
        ("plus", [Value::Int(at), more]) => {
            let mut items = it.items_of(recv)?;
            let at = (*at).clamp(0, items.len() as i32) as usize;
            let more = match more {
                Value::List(_) | Value::Set(_) | Value::Range(_) => it.items_of(more)?,
                one => vec![one.clone()],
            };
            it.charge((items.len() + more.len()) * 24)?;
            items.splice(at..at, more);
            Value::list(items)
        }
        ("findResult", [default, f @ Value::Closure(_)]) => {
            let r = it.invoke(recv, "findResult", vec![f.clone()])?;
            if r.is_null() { default.clone() } else { r }
        }
        ("getIndices", []) => {
            let n = it.items_of(recv)?.len() as i32;
            if n == 0 {
                return Ok(Some(Value::List(ListObj::new(ListKind::EmptyRange, vec![]))));
            }
            let (from, to) = (Value::Int(0), Value::Int(n - 1));
            Value::Range(Rc::new(crate::value::RangeObj { from, to, inclusive: true }))
        }
        ("removeAll" | "retainAll" | "removeIf", [f]) if matches!(recv, Value::Set(_)) => {
            let Value::Set(m) = recv else { return Ok(None) };
            writable(m.frozen.get())?;
            let other = if matches!(f, Value::Closure(_)) { vec![] } else { it.items_of(f)? };
            let other: std::collections::HashSet<_> = other.into_iter().map(crate::value::Key).collect();
            let mut any = false;
            for k in m.keys() {
                let hit = match f {
                    Value::Closure(_) => {
                        let r = it.invoke(f, "call", vec![k.clone()])?;
                        it.truth(&r)?
                    }
                    _ => other.contains(&crate::value::Key(k.clone())),
                };
                if hit != (name == "retainAll") {
                    any = true;
                    let gone = m.remove(&k);
                    drop(gone);
                }
            }
            Value::Bool(any)
        }
        ("add" | "addAll" | "remove" | "clear" | "leftShift", _) if matches!(recv, Value::Set(m) if m.frozen.get()) => {
            return writable(true).map(|()| None);
        }
        ("average", []) => return Ok(None),
        ("join", [Value::Closure(_)]) => return Ok(None),
        ("sort" | "toSorted", [.., f]) if f.downcast::<Order>().is_some() => {
            let items = it.items_of(recv)?;
            let s = sorted(it, items, Some(f))?;
            match recv {
                Value::List(l) if name == "sort" && !matches!(args, [Value::Bool(false), _]) => {
                    let old = l.data.replace(s);
                    drop(old);
                    // With a comparator alone it is the method of Java's lists, which gives nothing.
                    let java = args.len() == 1 && !matches!(l.kind, ListKind::Array(_));
                    if java { Value::Null } else { recv.clone() }
                }
                _ => Value::list(s),
            }
        }
        ("shuffle", _) | ("stream" | "parallelStream", []) | ("toListString" | "toArrayString", []) => {
            return match name {
                "stream" | "parallelStream" => Ok(Some(crate::library::util::stream::object(it.items_of(recv)?))),
                "toListString" | "toArrayString" => it.to_text(recv).map(|t| Some(Value::str(t))),
                _ => Ok(None),
            };
        }
        _ => return Ok(None),
    }))
}

fn finish(it: &mut Interpreter<'_>, made: Vec<Vec<Value>>, f: Option<&Value>) -> R {
    let mut out = Vec::with_capacity(made.len());
    for o in made {
        out.push(match f {
            Some(f) => it.invoke(f, "call", vec![Value::list(o)])?,
            None => Value::list(o),
        });
    }
    Ok(Value::list(out))
}

fn made(n: usize) -> R<()> {
    if n > MAX_MADE { Err(Thrown::Limit("a list of combinations is too long".into())) } else { Ok(()) }
}

/// A copy that cannot be changed.
pub(crate) fn frozen(v: &Value) -> Value {
    match v {
        Value::List(l) => {
            let items = l.data.borrow().clone();
            let c = ListObj::new(l.kind.clone(), items);
            c.frozen.set(true);
            Value::List(c)
        }
        Value::Set(m) => {
            let c = super::copy(m);
            c.frozen.set(true);
            Value::Set(c)
        }
        Value::Map(m) => {
            let c = super::copy(m);
            c.frozen.set(true);
            Value::Map(c)
        }
        v => v.clone(),
    }
}

fn nested(it: &mut Interpreter<'_>, v: &Value, f: &Value, depth: u32) -> R {
    if depth > 100 {
        return Err(throw("java.lang.StackOverflowError", "lists are nested too deeply"));
    }
    let mut out = Vec::new();
    for x in it.items_of(v)? {
        out.push(match &x {
            Value::List(_) | Value::Set(_) => nested(it, &x, f, depth + 1)?,
            x => it.invoke(f, "call", vec![x.clone()])?,
        });
    }
    Ok(Value::list(out))
}

fn range(
    it: &mut Interpreter<'_>,
    recv: &Value,
    r: &Rc<crate::value::RangeObj>,
    name: &str,
    args: &[Value],
) -> R<Option<Value>> {
    let reverse = ops::order(&r.from, &r.to).is_gt();
    Ok(Some(match (name, args) {
        ("toString" | "inspect", []) => {
            let to = if r.inclusive { r.to.clone() } else { ops::range_end(r) };
            let (a, b) = (it.to_text(&r.from)?, it.to_text(&to)?);
            Value::str(format!("{a}..{b}"))
        }
        ("isReverse", []) => Value::Bool(reverse),
        ("getFrom", []) => {
            if reverse {
                r.to.clone()
            } else {
                r.from.clone()
            }
        }
        ("getTo", []) => {
            if reverse {
                r.from.clone()
            } else {
                r.to.clone()
            }
        }
        ("containsWithinBounds", [x]) => Value::Bool(it.is_case(recv, x)?),
        ("step", [n] | [n, _]) => {
            let n = int(Some(n));
            if n == 0 {
                return Err(illegal("the step is zero"));
            }
            let mut items = ops::range_items(r)?;
            if n < 0 {
                items.reverse();
            }
            let items: Vec<Value> = items.into_iter().step_by(n.unsigned_abs() as usize).collect();
            match args.get(1) {
                Some(f) => {
                    for x in items {
                        it.invoke(f, "call", vec![x])?;
                    }
                    Value::Null
                }
                None => Value::list(items),
            }
        }
        ("add" | "remove" | "clear" | "addAll" | "set" | "leftShift", _) if name != "leftShift" => {
            return writable(true).map(|()| None);
        }
        ("get", [i]) => {
            let items = ops::range_items(r)?;
            let i = int(Some(i));
            match usize::try_from(i).ok().and_then(|i| items.get(i)) {
                Some(v) => v.clone(),
                None => {
                    let text = it.invoke(recv, "toString", vec![])?;
                    return Err(throw(
                        "java.lang.IndexOutOfBoundsException",
                        format!("Index: {i} too big for range: {}", crate::text::text(&text)),
                    ));
                }
            }
        }
        ("subList", [a, b]) => {
            let items = Value::list(ops::range_items(r)?);
            it.invoke(&items, "subList", vec![a.clone(), b.clone()])?
        }
        _ => return Ok(None),
    }))
}
