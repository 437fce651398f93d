//! The properties of objects of the script's own classes, in the order in which Groovy's tables have them.
use crate::interp::Interpreter;
use crate::members::decapitalize;
use crate::text::class_of;
use crate::token::Name;
use crate::value::{ClassObj, Instance, MapKind, MapObj, R, Value};
use std::rc::Rc;

/// `getProperties()`.
pub(crate) fn all(it: &mut Interpreter<'_>, this: &Value, i: &Rc<Instance>) -> R {
    let m = MapObj::new(MapKind::Linked);
    let mut names = names(&i.class);
    names.push(("class".into(), "class".into()));
    for (shown, name) in in_order(names) {
        let v = if &*name == "class" { Value::Class(class_of(this).into()) } else { it.get_property(this, &name)? };
        m.put(Value::str(&shown), v);
    }
    Ok(Value::Map(m))
}

/// What `JsonOutput` writes of an object.
pub(crate) fn written(it: &mut Interpreter<'_>, this: &Value, i: &Rc<Instance>) -> R {
    let m = MapObj::new(MapKind::Linked);
    for (shown, name) in in_order(names(&i.class)) {
        let v = it.get_property(this, &name)?;
        m.put(Value::str(&shown), v);
    }
    Ok(Value::Map(m))
}

/// What a property is called, and what it is read by.
type Named = (Name, Name);

/// Fields without a modifier, and what has a getter.
fn names(class: &Rc<ClassObj>) -> Vec<Named> {
    let mut out: Vec<Named> = Vec::new();
    let mut add = |name: Name| {
        let own = crate::instance::hidden(&name) || matches!(&*name, "class" | "metaClass");
        let shown = as_bean(&name);
        if !own && !out.iter().any(|n| n.0 == shown) {
            out.push((shown, name));
        }
    };
    let mut classes = vec![class.clone()];
    while let Some(above) = classes.last().and_then(|c| c.parent.clone()) {
        classes.push(above);
    }
    for c in classes.iter().rev() {
        c.decl.fields.iter().filter(|f| !f.hidden).for_each(|f| add(f.name.clone()));
        for m in c.decl.methods.iter().filter(|m| m.params.is_empty()) {
            let rest = m.name.strip_prefix("get").or_else(|| m.name.strip_prefix("is"));
            if let Some(rest) = rest.filter(|r| r.starts_with(|c: char| c.is_uppercase())) {
                add(decapitalize(rest).into());
            }
        }
    }
    out
}

/// Java begins the name of a property small, unless it begins with two capitals.
fn as_bean(name: &Name) -> Name {
    match name.chars().nth(1) {
        Some(second) if second.is_uppercase() => name.clone(),
        _ => decapitalize(name).into(),
    }
}

/// The order of Groovy's hash table: it is walked from its end.
fn in_order(mut names: Vec<Named>) -> Vec<Named> {
    let mut slots = 32usize;
    while names.len() + 2 >= slots / 4 * 3 && slots < 1 << 20 {
        slots *= 2;
    }
    // In one slot what came last is first.
    names.reverse();
    names.sort_by_key(|n| std::cmp::Reverse(slot(&n.0) as usize & (slots - 1)));
    names
}

/// The hash of a name in that table.
fn slot(name: &str) -> u32 {
    let mut h = name.encode_utf16().fold(0u32, |h, c| h.wrapping_mul(31).wrapping_add(u32::from(c)));
    h = h.wrapping_add(!(h << 9));
    h ^= h >> 14;
    h = h.wrapping_add(h << 4);
    h ^ h >> 10
}
