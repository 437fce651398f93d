//! Comparisons: of two values, of two sequences, and deep equality.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::HashSet;

use super::ast::CompareOp;
use super::cast::{to_bool, to_duration, to_moment, type_name};
use super::eval::Eval;
use super::node::{NodeRef, Tree};
use super::number::Decimal;
use super::value::{Atom, Item, R, fail};

/// From this many pairs on, equality of texts uses a set.
const MANY_PAIRS: usize = 64;

/// How two values stand to each other; `None` if a number is NaN. Text beside a number is read as a number.
pub(super) fn order(a: &Atom<'_>, b: &Atom<'_>) -> R<Option<Ordering>> {
    use Atom::{Bool, Decimal as Dec, Double, Duration, Int, Moment, Text, Untyped};
    Ok(match (a, b) {
        (Int(a), Int(b)) => Some(a.cmp(b)),
        (Dec(a), Dec(b)) => a.partial_cmp(b),
        (Dec(a), Int(b)) => a.partial_cmp(&Decimal::of_int(*b)),
        (Int(a), Dec(b)) => Decimal::of_int(*a).partial_cmp(b),
        (Text(a) | Untyped(a), Text(b) | Untyped(b)) => Some(a.cmp(b)),
        (Int(_) | Dec(_) | Double(_), Int(_) | Dec(_) | Double(_) | Text(_) | Untyped(_))
        | (Text(_) | Untyped(_), Int(_) | Dec(_) | Double(_)) => a.number().partial_cmp(&b.number()),
        (Bool(_), Bool(_) | Text(_) | Untyped(_)) | (Text(_) | Untyped(_), Bool(_)) => {
            Some(to_bool(a)?.cmp(&to_bool(b)?))
        }
        (Moment(k, a), Moment(l, b)) if k == l => Some(a.compare(b)),
        (Moment(k, a), Text(_) | Untyped(_)) => Some(a.compare(&to_moment(b, *k)?)),
        (Text(_) | Untyped(_), Moment(k, b)) => Some(to_moment(a, *k)?.compare(b)),
        (Duration(a), Duration(b)) => a.compare(b),
        (Duration(a), Text(_) | Untyped(_)) => a.compare(&to_duration(b, a.kind)?),
        (Text(_) | Untyped(_), Duration(b)) => to_duration(a, b.kind)?.compare(b),
        _ => return fail(format!("{} cannot be compared with {}", type_name(a), type_name(b))),
    })
}

pub(super) fn atoms(op: CompareOp, a: &Atom<'_>, b: &Atom<'_>) -> R<bool> {
    let order = order(a, b)?;
    Ok(match op {
        CompareOp::Eq => order == Some(Ordering::Equal),
        CompareOp::Ne => order != Some(Ordering::Equal),
        CompareOp::Lt => order == Some(Ordering::Less),
        CompareOp::Gt => order == Some(Ordering::Greater),
        CompareOp::Le => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        CompareOp::Ge => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
    })
}

/// Whether some pair of values satisfies the comparison.
pub(super) fn general<'a>(ev: &mut Eval<'a>, op: CompareOp, left: &[Item<'a>], right: &[Item<'a>]) -> R<bool> {
    let (left, right) = (ev.atoms(left)?, ev.atoms(right)?);
    let all_texts = |atoms: &[Atom<'_>]| atoms.iter().all(|a| matches!(a, Atom::Text(_) | Atom::Untyped(_)));
    if op == CompareOp::Eq
        && left.len().saturating_mul(right.len()) > MANY_PAIRS
        && all_texts(&left)
        && all_texts(&right)
    {
        let known: HashSet<Cow<'_, str>> = left.iter().map(Atom::text).collect();
        return Ok(right.iter().any(|a| known.contains(&a.text())));
    }
    for a in &left {
        ev.charge(right.len() as u64)?;
        for b in &right {
            if atoms(op, a, b)? {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Equal, or not comparable and so not equal.
pub(super) fn same(a: &Atom<'_>, b: &Atom<'_>) -> bool {
    let text = |x: &Atom<'_>| matches!(x, Atom::Text(_) | Atom::Untyped(_));
    if text(a) != text(b) {
        return false;
    }
    match (a, b) {
        (Atom::Double(x), Atom::Double(y)) if x.is_nan() && y.is_nan() => true,
        (Atom::Bool(_), b) | (b, Atom::Bool(_)) if !matches!(b, Atom::Bool(_)) => false,
        _ => matches!(order(a, b), Ok(Some(Ordering::Equal))),
    }
}

/// A key that equal values share, for finding distinct ones.
pub(super) fn key(atom: &Atom<'_>) -> String {
    match atom {
        Atom::Text(t) | Atom::Untyped(t) => format!("t{t}"),
        Atom::Bool(b) => format!("b{b}"),
        Atom::Int(n) => format!("n{n}"),
        Atom::Decimal(d) => format!("n{d}"),
        Atom::Double(n) => match Decimal::of_double(*n) {
            Some(d) => format!("n{d}"),
            None => format!("n{n}"),
        },
        Atom::Moment(kind, moment) => {
            format!("m{kind:?}{}", moment.with_offset(*kind, moment.offset.map(|_| 0)).unwrap_or(*moment).text(*kind))
        }
        Atom::Duration(d) => format!("d{}/{}", d.months, d.nanos),
    }
}

/// `deep-equal()`.
pub(super) fn deep<'a>(ev: &mut Eval<'a>, left: &[Item<'a>], right: &[Item<'a>]) -> R<bool> {
    if left.len() != right.len() {
        return Ok(false);
    }
    for pair in left.iter().zip(right) {
        let equal = match pair {
            (Item::Atom(a), Item::Atom(b)) => same(a, b),
            (Item::Node(NodeRef::Tree(a)), Item::Node(NodeRef::Tree(b))) => trees(ev, *a, *b)?,
            (Item::Node(a), Item::Node(b)) => {
                std::mem::discriminant(a) == std::mem::discriminant(b)
                    && (a.local(), a.uri()) == (b.local(), b.uri())
                    && a.text() == b.text()
            }
            _ => false,
        };
        if !equal {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Compares two trees side by side, without recursion; comments and processing instructions inside do not count.
fn trees<'a>(ev: &mut Eval<'a>, a: Tree<'a>, b: Tree<'a>) -> R<bool> {
    let depth = |root: Tree<'a>| root.descendants().filter(move |n| *n == root || n.is_element() || n.is_text());
    let (mut left, mut right) = (depth(a), depth(b));
    // Two trees are equal if they list the same nodes and close them at the same places: the parents must match too.
    let mut parents: Vec<(Tree<'a>, Tree<'a>)> = Vec::new();
    loop {
        ev.charge(2)?;
        let (x, y) = match (left.next(), right.next()) {
            (None, None) => return Ok(true),
            (Some(x), Some(y)) => (x, y),
            _ => return Ok(false),
        };
        if x != a {
            while parents.last().is_some_and(|(p, _)| Some(*p) != x.parent()) {
                parents.pop();
            }
            if parents.last().is_none_or(|(_, q)| Some(*q) != y.parent()) {
                return Ok(false);
            }
        }
        ev.charge(x.attributes().len() as u64)?;
        if !alike(x, y) {
            return Ok(false);
        }
        parents.push((x, y));
    }
}

fn alike(x: Tree<'_>, y: Tree<'_>) -> bool {
    x.node_type() == y.node_type()
        && x.tag_name() == y.tag_name()
        && (x.is_element() || x.is_root() || (x.text() == y.text() && x.pi() == y.pi()))
        && x.attributes().len() == y.attributes().len()
        && x.attributes().all(|a| {
            y.attributes().any(|b| (a.name(), a.namespace(), a.value()) == (b.name(), b.namespace(), b.value()))
        })
}
