//! Functions on numbers, and aggregates.

use std::cmp::Ordering;

use super::super::arith::apply;
use super::super::ast::ArithOp;
use super::super::cast::{to_double, type_name};
use super::super::compare::order;
use super::super::eval::Eval;
use super::super::number::{Decimal, Rounding};
use super::super::value::{Atom, Item, R, Seq, fail};
use super::{Call, Function, number_picture, on_context, one_text, plain};

pub const TABLE: &[Function] = &[
    on_context("number", 1, number),
    plain("abs", 1, 1, abs),
    plain("round", 1, 2, |ev, call| rounded(ev, &call, Rounding::HalfUp)),
    plain("round-half-to-even", 1, 2, |ev, call| rounded(ev, &call, Rounding::HalfEven)),
    plain("floor", 1, 1, |ev, call| rounded(ev, &call, Rounding::Floor)),
    plain("ceiling", 1, 1, |ev, call| rounded(ev, &call, Rounding::Ceiling)),
    plain("count", 1, 1, |_, call| Ok(vec![Item::int(call.arg(0).len())])),
    plain("sum", 1, 2, sum),
    plain("avg", 1, 1, avg),
    plain("min", 1, 2, |ev, call| extreme(ev, &call, Ordering::Less)),
    plain("max", 1, 2, |ev, call| extreme(ev, &call, Ordering::Greater)),
    plain("format-number", 2, 2, format_number),
];

fn number<'a>(ev: &mut Eval<'a>, call: Call<'_, 'a>) -> R<Seq<'a>> {
    let value = match call.item_or_context(0)? {
        Some(item) => ev.atom(item)?.number(),
        None => f64::NAN,
    };
    Ok(vec![Item::double(value)])
}

/// A numeric argument; text becomes a double.
fn numeric<'a>(ev: &mut Eval<'a>, call: &Call<'_, 'a>, i: usize) -> R<Option<Atom<'a>>> {
    match call.atom(ev, i)? {
        Some(atom) if call.compat => Ok(Some(Atom::Double(atom.number()))),
        None if call.compat => Ok(Some(Atom::Double(f64::NAN))),
        Some(atom @ (Atom::Text(_) | Atom::Untyped(_))) => to_double(&atom).map(|n| Some(Atom::Double(n))),
        Some(atom) if !atom.is_numeric() => fail(format!("{}() takes a number, not {}", call.name, type_name(&atom))),
        other => Ok(other),
    }
}

fn abs<'a>(ev: &mut Eval<'a>, call: Call<'_, 'a>) -> R<Seq<'a>> {
    let value = numeric(ev, &call, 0)?.map(|atom| match atom {
        Atom::Int(n) => Atom::Int(n.saturating_abs()),
        Atom::Decimal(d) if d.is_negative() => Atom::Decimal(d.negate()),
        Atom::Double(n) => Atom::Double(n.abs()),
        other => other,
    });
    Ok(value.map(Item::Atom).into_iter().collect())
}

fn rounded<'a>(ev: &mut Eval<'a>, call: &Call<'_, 'a>, how: Rounding) -> R<Seq<'a>> {
    let Some(value) = numeric(ev, call, 0)? else { return Ok(Vec::new()) };
    let places = call.int(ev, 1)?.unwrap_or(0).clamp(-40, 40);
    let result = match value {
        Atom::Int(n) if places >= 0 => Some(Atom::Int(n)),
        Atom::Int(n) => Decimal::of_int(n).round(places, how).and_then(Decimal::to_int).map(Atom::Int),
        Atom::Decimal(d) => d.round(places, how).map(Atom::Decimal),
        Atom::Double(n) => Some(Atom::Double(round_double(n, places, how))),
        other => Some(other),
    };
    result.map_or_else(|| fail("a rounded number is too large"), |a| Ok(vec![Item::Atom(a)]))
}

fn round_double(n: f64, places: i64, how: Rounding) -> f64 {
    if places == 0 {
        return match how {
            Rounding::Floor => n.floor(),
            Rounding::Ceiling => n.ceil(),
            // Not floor(n + 0.5): that is wrong just below one half.
            Rounding::HalfUp if n.fract().abs() == 0.5 => n.ceil(),
            Rounding::HalfUp => n.round(),
            Rounding::HalfEven => n.round_ties_even(),
        };
    }
    match Decimal::of_double(n) {
        Some(d) => d.round(places, how).map_or(n, Decimal::to_f64),
        None => n,
    }
}

/// All values of the first argument; text becomes a double.
fn values<'a>(ev: &mut Eval<'a>, call: &Call<'_, 'a>) -> R<Vec<Atom<'a>>> {
    call.arg(0)
        .iter()
        .map(|item| match ev.atom(item)? {
            atom if call.compat => Ok(Atom::Double(atom.number())),
            atom @ Atom::Untyped(_) => to_double(&atom).map(Atom::Double),
            atom => Ok(atom),
        })
        .collect()
}

fn add_all<'a>(values: &[Atom<'a>], name: &str) -> R<Option<Atom<'a>>> {
    let Some((first, rest)) = values.split_first() else { return Ok(None) };
    if !(first.is_numeric() || matches!(first, Atom::Duration(_))) {
        return fail(format!("{name}() takes numbers, not {}", type_name(first)));
    }
    let mut total = first.clone();
    for value in rest {
        total = apply(ArithOp::Add, &total, value)?;
    }
    Ok(Some(total))
}

fn sum<'a>(ev: &mut Eval<'a>, mut call: Call<'_, 'a>) -> R<Seq<'a>> {
    let values = values(ev, &call)?;
    match add_all(&values, "sum")? {
        Some(total) => Ok(vec![Item::Atom(total)]),
        None if call.has(1) => Ok(call.take(1)),
        None => Ok(vec![Item::int(0)]),
    }
}

fn avg<'a>(ev: &mut Eval<'a>, call: Call<'_, 'a>) -> R<Seq<'a>> {
    let values = values(ev, &call)?;
    let Some(total) = add_all(&values, "avg")? else { return Ok(Vec::new()) };
    let count = Atom::Int(i64::try_from(values.len()).unwrap_or(i64::MAX));
    Ok(vec![Item::Atom(apply(ArithOp::Divide, &total, &count)?)])
}

fn extreme<'a>(ev: &mut Eval<'a>, call: &Call<'_, 'a>, wanted: Ordering) -> R<Seq<'a>> {
    let mut best: Option<Atom<'a>> = None;
    for value in values(ev, call)? {
        if matches!(value, Atom::Double(n) if n.is_nan()) {
            return Ok(vec![Item::double(f64::NAN)]);
        }
        let better = match &best {
            Some(best) => order(&value, best)? == Some(wanted),
            None => true,
        };
        if better {
            best = Some(value);
        }
    }
    Ok(best.map(Item::Atom).into_iter().collect())
}

fn format_number<'a>(ev: &mut Eval<'a>, call: Call<'_, 'a>) -> R<Seq<'a>> {
    let value = numeric(ev, &call, 0)?.unwrap_or(Atom::Double(f64::NAN));
    let picture = call.text(ev, 1)?;
    let text = number_picture::format(&value, &picture)?;
    one_text(ev, text)
}
