//! Functions on sequences and booleans.

use std::cmp::Ordering;
use std::collections::HashSet;

use super::super::cast::type_name;
use super::super::compare::{deep, key, order, same};
use super::super::eval::Eval;
use super::super::value::{Atom, Item, R, Seq, fail, truth};
use super::{Call, Function, on_context, one_bool, plain};

pub const TABLE: &[Function] = &[
    plain("true", 0, 0, |_, _| one_bool(true)),
    plain("false", 0, 0, |_, _| one_bool(false)),
    plain("not", 1, 1, |_, call| one_bool(!truth(call.arg(0))?)),
    plain("boolean", 1, 1, |_, call| one_bool(truth(call.arg(0))?)),
    plain("exists", 1, 1, |_, call| one_bool(!call.arg(0).is_empty())),
    plain("empty", 1, 1, |_, call| one_bool(call.arg(0).is_empty())),
    plain("position", 0, 0, |_, call| Ok(vec![Item::int(call.focus.position)])),
    plain("last", 0, 0, |_, call| Ok(vec![Item::int(call.focus.size)])),
    on_context("data", 1, data),
    plain("distinct-values", 1, 2, distinct_values),
    plain("reverse", 1, 1, reverse),
    plain("sort", 1, 1, sort),
    plain("subsequence", 2, 3, subsequence),
    plain("insert-before", 3, 3, insert_before),
    plain("remove", 2, 2, remove),
    plain("index-of", 2, 3, index_of),
    plain("head", 1, 1, |_, mut call| Ok(call.take(0).into_iter().take(1).collect())),
    plain("tail", 1, 1, |_, mut call| Ok(call.take(0).into_iter().skip(1).collect())),
    plain("zero-or-one", 1, 1, |_, call| counted(call, "at most one value", |n| n <= 1)),
    plain("exactly-one", 1, 1, |_, call| counted(call, "exactly one value", |n| n == 1)),
    plain("one-or-more", 1, 1, |_, call| counted(call, "at least one value", |n| n >= 1)),
    plain("unordered", 1, 1, |_, mut call| Ok(call.take(0))),
    plain("deep-equal", 2, 3, |ev, call| one_bool(deep(ev, call.arg(0), call.arg(1))?)),
    plain("error", 0, 3, error),
];

fn data<'a>(ev: &mut Eval<'a>, call: Call<'_, 'a>) -> R<Seq<'a>> {
    if !call.has(0) {
        let item = super::context(call.focus)?;
        return Ok(vec![Item::Atom(ev.atom(item)?)]);
    }
    call.arg(0).iter().map(|item| ev.atom(item).map(Item::Atom)).collect()
}

fn distinct_values<'a>(ev: &mut Eval<'a>, call: Call<'_, 'a>) -> R<Seq<'a>> {
    let mut seen = HashSet::new();
    let mut out = Vec::new();
    for item in call.arg(0) {
        let atom = ev.atom(item)?;
        let key = key(&atom);
        ev.charge_text(key.len())?;
        if seen.insert(key) {
            out.push(Item::Atom(atom));
        }
    }
    Ok(out)
}

fn reverse<'a>(_: &mut Eval<'a>, mut call: Call<'_, 'a>) -> R<Seq<'a>> {
    let mut items = call.take(0);
    items.reverse();
    Ok(items)
}

fn sort<'a>(ev: &mut Eval<'a>, call: Call<'_, 'a>) -> R<Seq<'a>> {
    let mut keyed = Vec::new();
    for item in call.arg(0) {
        keyed.push((ev.atom(item)?, item.clone()));
    }
    ev.charge(keyed.len() as u64 * 16)?;
    if let Some(((first, _), rest)) = keyed.split_first()
        && let Some((other, _)) = rest.iter().find(|(other, _)| class(other) != class(first))
    {
        return fail(format!("sort() cannot order {} and {}", type_name(first), type_name(other)));
    }
    let whole = keyed.iter().all(|(atom, _)| matches!(atom, Atom::Int(_)));
    keyed.sort_by(|(a, _), (b, _)| total(a, b, whole));
    Ok(keyed.into_iter().map(|(_, item)| item).collect())
}

/// Values of one class can be sorted together.
fn class(atom: &Atom<'_>) -> u8 {
    match atom {
        Atom::Text(_) | Atom::Untyped(_) => 0,
        Atom::Int(_) | Atom::Decimal(_) | Atom::Double(_) => 1,
        Atom::Bool(_) => 2,
        Atom::Duration(_) => 3,
        Atom::Moment(kind, _) => 4 + *kind as u8,
    }
}

/// A total order within a class, as sorting needs it: whole numbers exactly, others as doubles, NaN first.
fn total(a: &Atom<'_>, b: &Atom<'_>, whole: bool) -> Ordering {
    match (a, b) {
        (Atom::Int(a), Atom::Int(b)) if whole => a.cmp(b),
        (Atom::Text(a) | Atom::Untyped(a), Atom::Text(b) | Atom::Untyped(b)) => a.cmp(b),
        (Atom::Moment(_, a), Atom::Moment(_, b)) => a.compare(b),
        (Atom::Duration(a), Atom::Duration(b)) => (a.months, a.nanos).cmp(&(b.months, b.nanos)),
        _ => {
            let (a, b) = (a.number(), b.number());
            b.is_nan().cmp(&a.is_nan()).then(a.total_cmp(&b))
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "positions are small whole numbers")]
fn subsequence<'a>(ev: &mut Eval<'a>, mut call: Call<'_, 'a>) -> R<Seq<'a>> {
    let round = |n: f64| (n + 0.5).floor();
    let start = round(call.double(ev, 1)?);
    let end = if call.has(2) { start + round(call.double(ev, 2)?) } else { f64::INFINITY };
    let items = call.take(0).into_iter().zip(1_u64..);
    Ok(items.filter(|(_, i)| *i as f64 >= start && (*i as f64) < end).map(|(item, _)| item).collect())
}

fn place<'a>(ev: &mut Eval<'a>, call: &Call<'_, 'a>) -> R<i64> {
    match call.int(ev, 1)? {
        Some(n) => Ok(n),
        None => fail(format!("{}() needs a position as its second argument", call.name)),
    }
}

fn insert_before<'a>(ev: &mut Eval<'a>, mut call: Call<'_, 'a>) -> R<Seq<'a>> {
    let at = usize::try_from(place(ev, &call)?.max(1) - 1).unwrap_or(usize::MAX);
    let mut items = call.take(0);
    let tail = items.split_off(at.min(items.len()));
    items.extend(call.take(2));
    items.extend(tail);
    Ok(items)
}

fn remove<'a>(ev: &mut Eval<'a>, mut call: Call<'_, 'a>) -> R<Seq<'a>> {
    let at = usize::try_from(place(ev, &call)?).ok().and_then(|n| n.checked_sub(1));
    let mut items = call.take(0);
    if let Some(at) = at.filter(|at| *at < items.len()) {
        items.remove(at);
    }
    Ok(items)
}

fn index_of<'a>(ev: &mut Eval<'a>, call: Call<'_, 'a>) -> R<Seq<'a>> {
    let Some(wanted) = call.atom(ev, 1)? else { return fail("index-of() needs a value to look for") };
    let mut out = Vec::new();
    // A text is read as a number once, not for each.
    let text = matches!(wanted, Atom::Text(_) | Atom::Untyped(_));
    let number = if text { Atom::Double(wanted.number()) } else { wanted.clone() };
    for (i, item) in call.arg(0).iter().enumerate() {
        ev.charge(1)?;
        let atom = ev.atom(item)?;
        // Text beside a number is a number here too.
        let equal = same(&atom, &wanted)
            || (atom.is_numeric() != wanted.is_numeric() && order(&atom, &number) == Ok(Some(Ordering::Equal)));
        if equal {
            out.push(Item::int(i + 1));
        }
    }
    Ok(out)
}

fn counted<'a>(mut call: Call<'_, 'a>, wanted: &str, fits: fn(usize) -> bool) -> R<Seq<'a>> {
    let items = call.take(0);
    if fits(items.len()) {
        return Ok(items);
    }
    fail(format!("{}() demands {wanted}, this message gave {}", call.name, items.len()))
}

fn error<'a>(ev: &mut Eval<'a>, call: Call<'_, 'a>) -> R<Seq<'a>> {
    let text = call.text(ev, if call.has(1) { 1 } else { 0 })?;
    fail(if text.is_empty() { "error() was called".to_owned() } else { text.into_owned() })
}
