//! Comparisons: of two values, of two sequences, and deep equality.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::HashSet;

use super::ast::{Axis, CompareOp};
use super::cast::{to_bool, to_duration, to_moment, type_name};
use super::eval::Eval;
use super::node::NodeRef;
use super::number::Decimal;
use super::tree::Kind;
use super::value::{Atom, Item, R, fail, truth};

/// From this many pairs on, equality of texts uses a set.
const MANY_PAIRS: usize = 64;

/// How two values stand to each other; `None` if a number is NaN. Text beside a number is read as a number.
pub fn order(a: &Atom<'_>, b: &Atom<'_>) -> R<Option<Ordering>> {
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

pub fn atoms(op: CompareOp, a: &Atom<'_>, b: &Atom<'_>) -> R<bool> {
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
pub fn general<'a>(ev: &mut Eval<'a>, op: CompareOp, left: &[Item<'a>], right: &[Item<'a>]) -> R<bool> {
    if ev.compat
        && let (_, [Item::Atom(Atom::Bool(b))]) | ([Item::Atom(Atom::Bool(b))], _) = (left, right)
    {
        let is_left = matches!(left, [Item::Atom(Atom::Bool(_))]);
        let other = truth(if is_left { right } else { left })?;
        let (a, b) = if is_left { (*b, other) } else { (other, *b) };
        return atoms(op, &Atom::Int(i64::from(a)), &Atom::Int(i64::from(b)));
    }
    let (left, right) = (ev.atoms(left)?, ev.atoms(right)?);
    let numbers = ev.compat && !matches!(op, CompareOp::Eq | CompareOp::Ne);
    let (left, right) = if numbers { (doubles(left), doubles(right)) } else { (left, right) };
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
        // A text is read again for each number beside it.
        ev.charge((right.len() as u64).saturating_mul(1 + length(a) / 16))?;
        for b in &right {
            if atoms(op, a, b)? {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

fn length(atom: &Atom<'_>) -> u64 {
    if let Atom::Text(t) | Atom::Untyped(t) = atom { t.len() as u64 } else { 0 }
}

fn doubles(atoms: Vec<Atom<'_>>) -> Vec<Atom<'_>> {
    atoms.into_iter().map(|a| Atom::Double(a.number())).collect()
}

/// Equal, or not comparable and so not equal.
pub fn same(a: &Atom<'_>, b: &Atom<'_>) -> bool {
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
pub fn key(atom: &Atom<'_>) -> String {
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
pub fn deep<'a>(ev: &mut Eval<'a>, left: &[Item<'a>], right: &[Item<'a>]) -> R<bool> {
    if left.len() != right.len() {
        return Ok(false);
    }
    for pair in left.iter().zip(right) {
        let equal = match pair {
            (Item::Atom(a), Item::Atom(b)) => same(a, b),
            (Item::Node(a), Item::Node(b)) => trees(ev, *a, *b)?,
            _ => false,
        };
        if !equal {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Compares two trees side by side, without recursion; comments and processing instructions inside do not count.
fn trees<'a>(ev: &mut Eval<'a>, a: NodeRef<'a>, b: NodeRef<'a>) -> R<bool> {
    if !matches!(a.kind(), Kind::Document | Kind::Element) {
        return Ok(alike(&a, &b));
    }
    let next = |at: NodeRef<'a>, top: &NodeRef<'a>| {
        let mut next = at.next_below(top);
        while let Some(node) = next
            && !matches!(node.kind(), Kind::Element | Kind::Text)
        {
            next = node.next_below(top);
        }
        next
    };
    let (mut left, mut right) = (Some(a), Some(b));
    // Two trees are equal if they list the same nodes and close them at the same places: the parents must match too.
    let mut parents: Vec<(NodeRef<'a>, NodeRef<'a>)> = Vec::new();
    loop {
        ev.charge(2)?;
        let (x, y) = match (left, right) {
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
        ev.charge(attributes(&x).len() as u64)?;
        if !alike(&x, &y) {
            return Ok(false);
        }
        parents.push((x, y));
        (left, right) = (next(x, &a), next(y, &b));
    }
}

fn attributes<'a>(node: &NodeRef<'a>) -> Vec<NodeRef<'a>> {
    let mut out = Vec::new();
    let _ = node.walk(Axis::Attribute, &mut |n| {
        out.push(n);
        Ok(())
    });
    out
}

fn alike(x: &NodeRef<'_>, y: &NodeRef<'_>) -> bool {
    if x.kind() != y.kind() || (x.local(), x.uri()) != (y.local(), y.uri()) {
        return false;
    }
    match x.kind() {
        Kind::Document => true,
        Kind::Element => {
            let (xs, ys) = (attributes(x), attributes(y));
            xs.len() == ys.len() && xs.iter().all(|a| y.attribute(a.uri(), a.local()) == Some(&*a.text()))
        }
        _ => x.text() == y.text(),
    }
}
