//! `TreeMap` and `TreeSet` with a comparator: their data stands in its order, and what is new is put where it belongs.
use crate::interp::Interpreter;
use crate::ops;
use crate::value::{MapKind, MapObj, R, Value};
use std::rc::Rc;

/// A map whose keys a comparator orders.
pub(crate) fn map(by: Value) -> Rc<MapObj> {
    let m = MapObj::new(MapKind::Compared);
    m.by.replace(Some(by));
    m
}

/// Whether a value can be such a comparator.
pub(crate) fn is_comparator(it: &mut Interpreter<'_>, v: &Value) -> bool {
    match v {
        Value::Closure(_) => true,
        Value::Instance(i) => !i.class.methods("compare").is_empty() || it.instance_of(v, "java.util.Comparator"),
        v => v.downcast::<super::Order>().is_some(),
    }
}

/// Puts what stands behind the first `before` entries where it belongs. What the comparator calls equal takes the place
/// of what was there.
pub(crate) fn settle(it: &mut Interpreter<'_>, m: &Rc<MapObj>, before: usize) -> R<()> {
    let Some(by) = m.by.borrow().clone() else { return Ok(()) };
    let key = |at: usize| m.data.borrow().get_index(at).map(|e| e.0.0.clone());
    let mut at = before;
    while let Some(new) = key(at) {
        it.tick()?;
        let (mut low, mut high, mut same) = (0, at, false);
        while low < high {
            let middle = low + (high - low) / 2;
            let Some(other) = key(middle) else { break };
            let order = it.invoke(&by, "compare", vec![new.clone(), other])?;
            match ops::to_i64(&order).unwrap_or(0) {
                0 => {
                    (low, high, same) = (middle, middle, true);
                }
                ..0 => high = middle,
                _ => low = middle + 1,
            }
        }
        // The comparator may have changed the very map.
        let mut data = m.data.borrow_mut();
        if at >= data.len() || low >= data.len() {
            return Ok(());
        }
        if same {
            let gone = data.shift_remove_index(at);
            let value = gone.as_ref().map_or(Value::Null, |e| e.1.clone());
            let old = data.get_index_mut(low).map(|e| std::mem::replace(e.1, value));
            drop(data);
            drop((gone, old));
        } else {
            data.move_index(at, low);
            at += 1;
        }
    }
    Ok(())
}
