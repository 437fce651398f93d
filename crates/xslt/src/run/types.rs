//! Values to the type that `as` demands.

use std::rc::Rc;

use expr::EvalError;
use expr::xpath::ast::{Axis, ItemType, SequenceType, Test};
use expr::xpath::cast::{AtomType, cast, type_name};
use expr::xpath::eval::Eval;
use expr::xpath::value::{Atom, Item, R, Seq, Shared, bytes, fail};

/// Untyped values are cast, numbers become wider; everything else must fit.
pub(super) fn convert<'a>(ev: &mut Eval<'a>, items: Seq<'a>, of: &SequenceType) -> R<Seq<'a>> {
    match cast_to(&items, of)? {
        Some(to) => items.into_iter().map(|item| atom(ev, item, to)).collect(),
        None => Ok(items),
    }
}

/// The same for a value that has other names as well: it is copied only if it changes.
pub(super) fn convert_shared<'a>(ev: &mut Eval<'a>, items: &Shared<'a>, of: &SequenceType) -> R<Shared<'a>> {
    ev.charge(items.len() as u64 / 4)?;
    match cast_to(items, of)? {
        Some(to) => {
            let items = ev.copy(items)?;
            items.into_iter().map(|item| atom(ev, item, to)).collect::<R<_>>().map(Rc::new)
        }
        None => Ok(items.clone()),
    }
}

/// The type that items have to be cast to, if some are not of it already; all others fit.
fn cast_to(items: &[Item<'_>], of: &SequenceType) -> R<Option<AtomType>> {
    let fits = match items.len() {
        0 => of.zero,
        1 => of.item.is_some(),
        _ => of.many,
    };
    if !fits {
        return fail(match items.len() {
            0 => "there is no value, but the type demands one".to_owned(),
            n if of.item.is_none() => format!("there are {n} values, but the type allows none"),
            n => format!("there are {n} values, but the type allows one"),
        });
    }
    match &of.item {
        Some(ItemType::Atom(to)) => {
            let fits = items.iter().all(|item| matches!(item, Item::Atom(atom) if to.holds(atom)));
            Ok((!fits).then_some(*to))
        }
        Some(ItemType::Node(test)) => {
            for item in items {
                match item {
                    Item::Node(node) if node.fits(test, axis(test)) => {}
                    Item::Node(_) => return fail("a node is of another kind than the type says"),
                    Item::Atom(atom) => return fail(format!("the type demands a node, not {}", type_name(atom))),
                }
            }
            Ok(None)
        }
        Some(ItemType::Any) | None => Ok(None),
    }
}

fn axis(test: &Test) -> Axis {
    if matches!(test, Test::Attribute(_)) { Axis::Attribute } else { Axis::Itself }
}

fn atom<'a>(ev: &mut Eval<'a>, item: Item<'a>, to: AtomType) -> R<Item<'a>> {
    let atom = ev.atom(&item)?;
    let item = Item::Atom(atom);
    ev.hold(bytes(std::slice::from_ref(&item)))?;
    let Item::Atom(atom) = item else { return Ok(item) };
    if to.holds(&atom) {
        return Ok(Item::Atom(atom));
    }
    let widens = match (&atom, to) {
        (Atom::Untyped(_), _) => true,
        // In XSLT 1.0 everything becomes what is asked for.
        _ if ev.compat => true,
        (Atom::Int(_) | Atom::Decimal(_) | Atom::Double(_), AtomType::Double) => true,
        // One type stands for all kinds of text, and for whole numbers of all widths.
        (Atom::Text(_), AtomType::Text(_)) | (Atom::Int(_), AtomType::Int { .. }) => true,
        _ => false,
    };
    if !widens {
        return fail(format!("the type demands xs:{}, not {}", to.name(), type_name(&atom)));
    }
    cast(atom, to).map(Item::Atom).map_err(|e| EvalError(format!("the type xs:{} does not fit: {}", to.name(), e.0)))
}
