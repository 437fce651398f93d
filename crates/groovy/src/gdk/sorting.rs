//! Order in lists: sorted, the greatest and the smallest.
use super::collection::arity;
use crate::interp::Interpreter;
use crate::ops;
use crate::value::{R, Thrown, Value};

/// What a closure of `collectMany` gives: a collection, or nothing goes.
pub(super) fn many(it: &mut Interpreter<'_>, r: &Value) -> R<Vec<Value>> {
    match r {
        Value::Null => Err(crate::error::bare("java.lang.NullPointerException")),
        Value::Map(_) | Value::Str(_) | Value::Bool(_) => {
            Err(crate::error::class_cast(&crate::text::class_of(r), "java.util.Collection"))
        }
        r if ops::is_number(r) => Err(crate::error::class_cast(&crate::text::class_of(r), "java.util.Collection")),
        r => it.items_of(r),
    }
}

/// The order of two values or keys. What cannot be compared is ordered by its hash; keys of one kind are compared or fail.
fn natural(it: &mut Interpreter<'_>, a: &Value, b: &Value, keys: bool) -> R<std::cmp::Ordering> {
    let failed = match it.compare(a, b) {
        Err(e @ Thrown::Exception(_)) => e,
        done => return done,
    };
    let Thrown::Exception(Value::Exception(e)) = &failed else { return Err(failed) };
    let cannot = match &*e.class {
        "groovy.lang.GroovyRuntimeException" => true,
        "java.lang.ClassCastException" => !keys,
        _ => false,
    };
    if cannot { Ok(ops::java_hash(a).cmp(&ops::java_hash(b))) } else { Err(failed) }
}

/// The first of the greatest or smallest, by a key or by a comparison.
pub(super) fn extreme(it: &mut Interpreter<'_>, items: Vec<Value>, f: &Value, max: bool) -> R {
    let by_key = matches!(f, Value::Closure(_)) && arity(f) < 2;
    let ask = if matches!(f, Value::Closure(_)) { "call" } else { "compare" };
    let mut best: Option<(Value, Value)> = None;
    for x in items {
        let k = if by_key { it.invoke(f, "call", vec![x.clone()])? } else { x.clone() };
        let better = match &best {
            None => true,
            Some((held, _)) => {
                let o = if by_key {
                    it.compare(&k, held)?
                } else {
                    let r = it.invoke(f, ask, vec![k.clone(), held.clone()])?;
                    ops::to_i64(&r).unwrap_or(0).cmp(&0)
                };
                if max { o.is_gt() } else { o.is_lt() }
            }
        };
        if better {
            best = Some((k, x));
        }
    }
    Ok(best.map_or(Value::Null, |b| b.1))
}

/// Sorted by the natural order, by a key or by a comparison.
pub(super) fn sorted(it: &mut Interpreter<'_>, items: Vec<Value>, f: Option<&Value>) -> R<Vec<Value>> {
    // A merge sort of our own: a comparison may throw, and may be inconsistent.
    let mut keyed = Vec::with_capacity(items.len());
    for x in items {
        let k = match f {
            Some(f @ Value::Closure(_)) if arity(f) < 2 => it.invoke(f, "call", vec![x.clone()])?,
            _ => x.clone(),
        };
        keyed.push((k, x));
    }
    let two = f.filter(|f| arity(f) > 1 || !matches!(f, Value::Closure(_)));
    let mut width = 1;
    let mut from = keyed;
    while width < from.len() {
        let mut to = Vec::with_capacity(from.len());
        for chunk in from.chunks(width * 2) {
            let (a, b) = chunk.split_at(width.min(chunk.len()));
            let (mut i, mut j) = (0, 0);
            while i < a.len() && j < b.len() {
                let greater = match two {
                    Some(f) => {
                        let name = if matches!(f, Value::Closure(_)) { "call" } else { "compare" };
                        let r = it.invoke(f, name, vec![a[i].1.clone(), b[j].1.clone()])?;
                        ops::to_i64(&r).unwrap_or(0) > 0
                    }
                    None => natural(it, &a[i].0, &b[j].0, f.is_some())?.is_gt(),
                };
                if greater {
                    to.push(b[j].clone());
                    j += 1;
                } else {
                    to.push(a[i].clone());
                    i += 1;
                }
            }
            to.extend_from_slice(&a[i..]);
            to.extend_from_slice(&b[j..]);
        }
        from = to;
        width *= 2;
    }
    Ok(from.into_iter().map(|x| x.1).collect())
}
