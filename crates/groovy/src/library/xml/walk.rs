//! Walks over the nodes below a node, and copies of them, without recursion.
use super::node::{Node, append, list, new};
use crate::interp::Interpreter;
use crate::value::{MapKind, MapObj, R, Value};
use std::collections::VecDeque;

/// What a node below another gives a walk: a text alone in an element does not count.
fn inside(n: &Node, top: bool) -> Vec<Value> {
    let items = n.children();
    match items.as_slice() {
        [one] if !top && one.downcast::<Node>().is_none() => vec![],
        _ => items,
    }
}

/// A node and all nodes and texts below it, each before what it holds.
pub(crate) fn depth_first(it: &mut Interpreter<'_>, node: &Value) -> R<Vec<Value>> {
    let (mut out, mut todo) = (Vec::new(), vec![node.clone()]);
    while let Some(x) = todo.pop() {
        it.tick()?;
        it.charge(32)?;
        if let Some(n) = x.downcast::<Node>() {
            todo.extend(inside(n, out.is_empty()).into_iter().rev());
        }
        out.push(x);
    }
    Ok(out)
}

pub(crate) fn breadth_first(it: &mut Interpreter<'_>, node: &Value) -> R<Vec<Value>> {
    let (mut out, mut todo) = (Vec::new(), VecDeque::from([node.clone()]));
    while let Some(x) = todo.pop_front() {
        it.tick()?;
        it.charge(32)?;
        if let Some(n) = x.downcast::<Node>() {
            todo.extend(inside(n, out.is_empty()));
        }
        out.push(x);
    }
    Ok(out)
}

/// A copy of a node and all below it.
pub(crate) fn copy(it: &mut Interpreter<'_>, node: &Value) -> R {
    let shallow = |n: &Node| {
        let map = MapObj::new(MapKind::Linked);
        n.attributes().into_iter().for_each(|(k, v)| {
            map.put(k, v);
        });
        let value = if matches!(n.value(), Value::List(_)) { list(vec![]) } else { n.value() };
        new(n.name.borrow().clone(), Value::Map(map), value)
    };
    let Some(n) = node.downcast::<Node>() else { return Ok(node.clone()) };
    let root = shallow(n);
    let mut todo = vec![(node.clone(), root.clone())];
    while let Some((from, to)) = todo.pop() {
        let Some(Value::List(l)) = from.downcast::<Node>().map(Node::value) else { continue };
        let items = l.data.borrow().clone();
        for x in items {
            it.tick()?;
            it.charge(300)?;
            match x.downcast::<Node>() {
                Some(n) => {
                    let c = shallow(n);
                    append(&to, c.clone());
                    todo.push((x, c));
                }
                None => append(&to, x),
            }
        }
    }
    Ok(root)
}
