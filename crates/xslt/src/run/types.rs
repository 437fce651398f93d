//! Values to the type that `as` demands.

use expr::EvalError;
use expr::xpath::ast::{Axis, ItemType, SequenceType, Test};
use expr::xpath::cast::{AtomType, cast, type_name};
use expr::xpath::eval::Eval;
use expr::xpath::value::{Atom, Item, R, Seq, fail};

/// Untyped values are cast, numbers become wider; everything else must fit.
pub(super) fn convert<'a>(ev: &mut Eval<'a>, items: Seq<'a>, of: &SequenceType) -> R<Seq<'a>> {
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
        Some(ItemType::Atom(to)) => items.into_iter().map(|item| atom(ev, item, *to)).collect(),
        Some(ItemType::Node(test)) => {
            for item in &items {
                match item {
                    Item::Node(node) if node.fits(test, axis(test)) => {}
                    Item::Node(_) => return fail("a node is of another kind than the type says"),
                    Item::Atom(atom) => return fail(format!("the type demands a node, not {}", type_name(atom))),
                }
            }
            Ok(items)
        }
        Some(ItemType::Any) | None => Ok(items),
    }
}

fn axis(test: &Test) -> Axis {
    if matches!(test, Test::Attribute(_)) { Axis::Attribute } else { Axis::Itself }
}

fn atom<'a>(ev: &mut Eval<'a>, item: Item<'a>, to: AtomType) -> R<Item<'a>> {
    let atom = ev.atom(&item)?;
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
