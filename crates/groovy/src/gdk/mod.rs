//! Methods Groovy adds to Java's classes, by kind of value.
mod collection;
mod compared;
mod deque;
mod each;
mod lacks;
mod list;
mod map;
mod morelist;
mod moremap;
mod moretext;
pub(crate) use compared::{is_comparator, map as compared, settle};
pub(crate) use lacks::buffer_lacks;
pub(crate) use map::{copy, entry};
pub(crate) use morelist::{changed, writable};
pub(crate) use order::Order;
mod number;
mod object;
mod order;
mod sorting;
pub(crate) use moretext::with_line;
pub(crate) use object::with_delegate;
mod string;

use crate::interp::Interpreter;
use crate::text::class_of;
use crate::value::{ListKind, R, Value};

/// Calls a method; what is removed from a view of a map is removed from the map.
pub(crate) fn call(it: &mut Interpreter<'_>, recv: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
    let origin = match recv {
        Value::List(l) => l.origin.borrow().clone(),
        Value::Set(m) => m.origin.borrow().clone(),
        _ => None,
    };
    let removes =
        matches!(name, "remove" | "removeAll" | "retainAll" | "removeIf" | "clear" | "removeElement" | "iterator");
    let Some(map) = origin.filter(|_| removes) else {
        return match recv {
            Value::Map(m) | Value::Set(m) if m.kind == crate::value::MapKind::Compared => {
                let before = m.len();
                let done = plain_call(it, recv, name, args)?;
                settle(it, m, before)?;
                Ok(done)
            }
            _ => plain_call(it, recv, name, args),
        };
    };
    if name == "iterator" {
        return Ok(Some(crate::objects::iterator_of(it.items_of(recv)?, Value::Map(map))));
    }
    writable(map.frozen.get())?;
    let keys = map.keys();
    let before = it.items_of(recv)?;
    // A list of values removes a value, not a place.
    let name = if name == "remove" && matches!(recv, Value::List(_)) { "removeElement" } else { name };
    let r = plain_call(it, recv, name, args)?;
    let mut after = it.items_of(recv)?.into_iter().peekable();
    for (k, b) in keys.into_iter().zip(before) {
        if after.peek().is_some_and(|a| a.same(&b)) {
            after.next();
        } else {
            let gone = map.remove(&k);
            drop(gone);
        }
    }
    Ok(r)
}

/// What Groovy gives every object that can be walked over, texts among them.
const WALKS: &[&str] = &[
    "each",
    "eachWithIndex",
    "reverseEach",
    "collect",
    "collectMany",
    "collectEntries",
    "find",
    "findAll",
    "any",
    "every",
    "inject",
    "grep",
    "iterator",
    "toSet",
    "findIndexOf",
    "findLastIndexOf",
    "findIndexValues",
    "findResult",
    "findResults",
    "split",
    "getAt",
    "size",
    "toList",
    "encodeHex",
    "encodeBase64",
    "isEmpty",
    "forEach",
];

/// What a character does as a number.
const CALCULATES: &[&str] = &[
    "plus",
    "minus",
    "multiply",
    "div",
    "intdiv",
    "mod",
    "and",
    "or",
    "xor",
    "leftShift",
    "rightShift",
    "rightShiftUnsigned",
    "next",
    "previous",
];

/// Calls a method; None if there is none of this name.
fn plain_call(it: &mut Interpreter<'_>, recv: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
    if lacks::lacks(recv, name, args) {
        return Ok(None);
    }
    let plain = match recv {
        Value::List(l) => l.kind != ListKind::NodeList,
        recv => matches!(recv, Value::Set(_) | Value::Range(_)),
    };
    if plain && let Some(v) = each::call(it, recv, name, args)? {
        return Ok(Some(v));
    }
    typed_call(it, recv, name, args)
}

/// Asks the methods of the receiver's kind in turn.
fn typed_call(it: &mut Interpreter<'_>, recv: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
    let found = match recv {
        Value::List(l) if l.kind == ListKind::NodeList => crate::library::xml::nodelist::call(it, l, name, args)?,
        Value::List(l) => match deque::call(it, l, name, args)? {
            Some(v) => Some(v),
            None => morelist::call(it, recv, name, args)?,
        },
        Value::Set(_) | Value::Range(_) => morelist::call(it, recv, name, args)?,
        Value::Str(s) | Value::GStr(s) => string::call(it, recv, &s.clone(), name, args)?,
        Value::Map(m) => match map::call(it, recv, &m.clone(), name, args)? {
            Some(v) => Some(v),
            None => crate::library::util::properties::call(it, m, name, args)?,
        },
        Value::Char(c) if CALCULATES.contains(&name) => match args {
            // A character counts with numbers and other characters; it is no text then.
            [b] if matches!(b, Value::Char(_)) || crate::ops::is_number(b) => {
                return typed_call(it, &crate::ops::code(recv), name, &[crate::ops::code(b)]);
            }
            [] if matches!(name, "next" | "previous") => {
                let code = if name == "next" { *c as u32 + 1 } else { (*c as u32).wrapping_sub(1) };
                Some(Value::Char(char::from_u32(code).unwrap_or(*c)))
            }
            _ => return Ok(None),
        },
        Value::Char(c) => string::call(it, recv, &c.to_string().into(), name, args)?,
        v if crate::ops::is_number(v) => match crate::library::number::decimal::call(it, recv, name, args)? {
            Some(v) => Some(v),
            None => number::call(it, recv, name, args)?,
        },
        _ => None,
    };
    if found.is_some() {
        return Ok(found);
    }
    let walkable = match recv {
        Value::List(_) | Value::Set(_) | Value::Range(_) | Value::Map(_) | Value::Bytes(_) => true,
        Value::Str(_) | Value::GStr(_) => WALKS.contains(&name) && name != "forEach",
        Value::Instance(i) => {
            (WALKS.contains(&name) || crate::classes::is_subclass(&i.class.base, "java.lang.Iterable"))
                && !matches!(name, "size" | "getAt" | "isEmpty" | "split" | "plus" | "minus" | "multiply" | "iterator")
                && !i.class.methods("iterator").is_empty()
        }
        // A reader's items are read by asking: only when the method needs them.
        Value::Object(_) if crate::streams::is_source(recv) => WALKS.contains(&name),
        Value::Object(o) => o.items().is_some(),
        Value::Class(c) => it.class_named(c).is_some_and(|c| c.decl.is_enum),
        _ => false,
    };
    if walkable && let Some(v) = collection::call(it, recv, name, args)? {
        return Ok(Some(v));
    }
    object::call(it, recv, name, args)
}

/// Whether a method walks over what it is called on.
pub(crate) fn walks(name: &str) -> bool {
    WALKS.contains(&name)
}

/// Calls a method that texts have.
pub(crate) fn text_call(it: &mut Interpreter<'_>, text: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
    match text {
        Value::Str(s) => string::call(it, text, &s.clone(), name, args),
        _ => Ok(None),
    }
}

/// Reads a property through its getter, or of every element of a list.
pub(crate) fn property(it: &mut Interpreter<'_>, o: &Value, name: &str) -> R<Option<Value>> {
    match (o, name) {
        (_, "class") => return Ok(Some(Value::Class(class_of(o).into()))),
        (Value::List(l), "length") if matches!(l.kind, ListKind::Array(_)) => {
            return Ok(Some(Value::Int(l.data.borrow().len() as i32)));
        }
        (Value::Bytes(b), "length") => return Ok(Some(Value::Int(b.borrow().len() as i32))),
        (Value::Entry(e), "key") => return Ok(Some(e.0.clone())),
        (Value::Entry(e), "value") => return Ok(Some(e.value())),
        (_, "metaClass") => return Ok(Some(crate::meta::meta_class(o))),
        (Value::Range(_), "from" | "to") => return call(it, o, &crate::members::getter(name), &[]),
        (Value::Range(_), "reverse") => return call(it, o, "isReverse", &[]),
        (Value::List(l), "first" | "last") if matches!(l.kind, ListKind::LinkedList) => {
            return call(it, o, name, &[]);
        }
        (Value::List(l), "first" | "second") if matches!(l.kind, ListKind::Tuple2) => {
            return Ok(l.data.borrow().get(usize::from(name == "second")).cloned());
        }
        // Not what its members have: the private field of the list itself.
        (Value::List(l), "size") if matches!(l.kind, ListKind::ArrayList | ListKind::LinkedList) => {
            return Ok(Some(Value::Int(l.data.borrow().len() as i32)));
        }
        (Value::List(_) | Value::Range(_), "indices") => return call(it, o, "getIndices", &[]),
        (Value::Str(_) | Value::GStr(_) | Value::Bool(_), "properties") => {
            return Ok(Some(Value::map(vec![("class".into(), Value::Class(class_of(o).into()))])));
        }
        (Value::List(l), _) if l.kind == ListKind::NodeList && name != "empty" => {
            return crate::library::xml::nodelist::property(it, l, name).map(Some);
        }
        (Value::Closure(c), "delegate") => return Ok(Some(c.delegate.borrow().clone().unwrap_or(Value::Null))),
        (Value::List(_) | Value::Set(_) | Value::Range(_), _) if !matches!(name, "empty" | "bytes") => {
            let mut out = Vec::new();
            for x in it.items_of(o)?.iter().filter(|x| !x.is_null()) {
                match it.get_property(x, name) {
                    Ok(v) => out.push(v),
                    Err(crate::value::Thrown::Exception(Value::Exception(e)))
                        if &*e.class == "groovy.lang.MissingPropertyException" =>
                    {
                        return Err(crate::error::throw(
                            "groovy.lang.MissingPropertyException",
                            format!(
                                "Exception evaluating property '{name}' for {}, Reason: {}: {}",
                                class_of(o),
                                e.class,
                                crate::text::text(&e.message)
                            ),
                        ));
                    }
                    Err(e) => return Err(e),
                }
            }
            return Ok(Some(Value::list(out)));
        }
        _ => {}
    }
    let g = crate::members::getter(name);
    if let Value::Object(obj) = o
        && let Some(v) = obj.clone().call_method(it, o, &g, &[])?
    {
        return Ok(Some(v));
    }
    if let Some(v) = call(it, o, &g, &[])? {
        return Ok(Some(v));
    }
    call(it, o, &format!("is{}", &g[3..]), &[])
}

/// An index argument.
pub(crate) fn int(v: Option<&Value>) -> i64 {
    v.and_then(crate::ops::to_i64).unwrap_or(0)
}

/// A text argument.
pub(crate) fn txt(v: Option<&Value>) -> String {
    v.map(crate::text::text).unwrap_or_default()
}
