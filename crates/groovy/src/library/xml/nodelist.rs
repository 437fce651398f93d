//! What a `NodeList` has besides what every list has: paths that go through all its nodes.
use super::node::{Node, list};
use super::qname::QName;
use super::walk::depth_first;
use crate::error::throw;
use crate::interp::Interpreter;
use crate::value::{ListObj, R, Value};
use std::rc::Rc;

/// `list.name`, `list.'@name'`, `list.'**'`.
pub(crate) fn property(it: &mut Interpreter<'_>, l: &Rc<ListObj>, name: &str) -> R {
    let items = l.data.borrow().clone();
    let mut out = Vec::new();
    for x in items {
        it.tick()?;
        let Some(n) = x.downcast::<Node>() else { continue };
        match n.get(it, &x, name)? {
            Value::List(found) => out.extend(found.data.borrow().iter().cloned()),
            v => out.push(v),
        }
        it.charge(out.len().min(8) * 8)?;
    }
    Ok(if name.starts_with('@') { Value::list(out) } else { list(out) })
}

/// Methods of its own; none for those every list has.
pub(crate) fn call(it: &mut Interpreter<'_>, l: &Rc<ListObj>, name: &str, args: &[Value]) -> R<Option<Value>> {
    Ok(Some(match (name, args) {
        ("text", []) => {
            let items = l.data.borrow().clone();
            let mut s = String::new();
            for x in items {
                match x.downcast::<Node>() {
                    Some(n) => {
                        let (t, walked) = n.string();
                        it.charge(t.len() + walked * 16)?;
                        s.push_str(&t);
                    }
                    None => s.push_str(&x.as_str().unwrap_or_else(|| "".into())),
                }
            }
            Value::str(s)
        }
        ("getAt", [Value::Str(n) | Value::GStr(n)]) => property(it, l, n)?,
        ("getAt", [q]) if q.downcast::<QName>().is_some() => by_qname(it, l, q)?,
        ("replaceNode", [f]) => {
            let only = match l.data.borrow().as_slice() {
                [one] => Some(one.clone()),
                _ => None,
            };
            match only.as_ref().and_then(|v| v.downcast::<Node>().map(|n| (v, n))) {
                Some((v, n)) => n.splice(it, v, f, false)?,
                None => {
                    return Err(throw(
                        "groovy.lang.GroovyRuntimeException",
                        format!(
                            "replaceNode() can only be used to replace a single node, but was applied to {} nodes",
                            l.data.borrow().len()
                        ),
                    ));
                }
            }
        }
        ("plus", [f @ Value::Closure(_)]) => {
            let items = l.data.borrow().clone();
            for x in items {
                if let Some(n) = x.downcast::<Node>() {
                    n.splice(it, &x, f, true)?;
                }
            }
            Value::Null
        }
        ("depthFirst", []) => {
            let items = l.data.borrow().clone();
            let mut out = Vec::new();
            for x in items {
                out.extend(depth_first(it, &x)?);
            }
            list(out)
        }
        _ => return Ok(None),
    }))
}

/// `list[new QName(…)]`.
pub(crate) fn by_qname(it: &mut Interpreter<'_>, l: &Rc<ListObj>, q: &Value) -> R {
    let items = l.data.borrow().clone();
    let mut out = Vec::new();
    for x in items.iter().filter(|x| x.downcast::<Node>().is_some()) {
        let found = it.invoke(x, "getAt", vec![q.clone()])?;
        out.extend(it.items_of(&found)?);
    }
    Ok(list(out))
}
