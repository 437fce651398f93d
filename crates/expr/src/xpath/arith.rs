//! Arithmetic: whole numbers and decimals stay exact, everything untyped becomes a double.

use super::ast::{ArithOp, Expr};
use super::cast::{to_decimal, to_double, type_name};
use super::eval::{Eval, Focus, optional};
use super::times::{Duration, DurationKind, MomentKind};
use super::value::{Atom, Item, R, Seq, fail};

/// `a + b - c`, from the left; nothing if a part is nothing.
pub fn chain<'a>(ev: &mut Eval<'a>, first: &'a Expr, rest: &'a [(ArithOp, Expr)], focus: Focus<'_, 'a>) -> R<Seq<'a>> {
    let Some(mut left) = operand(ev, first, focus)? else { return Ok(Vec::new()) };
    for (op, expr) in rest {
        let Some(right) = operand(ev, expr, focus)? else { return Ok(Vec::new()) };
        left = apply(*op, &left, &right)?;
    }
    Ok(vec![Item::Atom(left)])
}

fn operand<'a>(ev: &mut Eval<'a>, expr: &'a Expr, focus: Focus<'_, 'a>) -> R<Option<Atom<'a>>> {
    let items = ev.eval(expr, focus)?;
    if ev.compat {
        // XPath 1.0 knows only doubles; what is nothing is no number.
        return Ok(Some(match items.first().map(|item| ev.atom(item)).transpose()? {
            Some(atom @ (Atom::Moment(..) | Atom::Duration(_))) => atom,
            Some(atom) => Atom::Double(atom.number()),
            None => Atom::Double(f64::NAN),
        }));
    }
    optional(&items, "a calculation")?.map(|item| ev.atom(item)).transpose()
}

pub fn sign<'a>(ev: &mut Eval<'a>, minus: bool, of: &'a Expr, focus: Focus<'_, 'a>) -> R<Seq<'a>> {
    let Some(value) = operand(ev, of, focus)? else { return Ok(Vec::new()) };
    let value = match value {
        Atom::Text(_) | Atom::Untyped(_) => Atom::Double(to_double(&value)?),
        other => other,
    };
    let value = match value {
        Atom::Int(n) if minus => n.checked_neg().map(Atom::Int),
        Atom::Decimal(d) if minus => Some(Atom::Decimal(d.negate())),
        Atom::Double(n) if minus => Some(Atom::Double(-n)),
        Atom::Int(_) | Atom::Decimal(_) | Atom::Double(_) => Some(value),
        other => return fail(format!("a sign needs a number, not {}", type_name(&other))),
    };
    value.map_or_else(too_large, |v| Ok(vec![Item::Atom(v)]))
}

fn too_large<T>() -> R<T> {
    fail("a calculation gave a number that is too large")
}

pub fn apply<'a>(op: ArithOp, a: &Atom<'a>, b: &Atom<'a>) -> R<Atom<'a>> {
    if matches!(a, Atom::Moment(..) | Atom::Duration(_)) || matches!(b, Atom::Moment(..) | Atom::Duration(_)) {
        return times(op, a, b);
    }
    for side in [a, b] {
        if matches!(side, Atom::Bool(_)) {
            return fail("a boolean cannot be calculated with; number() makes it 1 or 0");
        }
    }
    match (a, b) {
        (Atom::Int(x), Atom::Int(y)) if op != ArithOp::Divide => ints(op, *x, *y),
        (Atom::Int(_) | Atom::Decimal(_), Atom::Int(_) | Atom::Decimal(_)) => decimals(op, a, b),
        _ => doubles(op, to_double(a)?, to_double(b)?),
    }
}

fn ints<'a>(op: ArithOp, x: i64, y: i64) -> R<Atom<'a>> {
    if y == 0 && matches!(op, ArithOp::IntegerDivide | ArithOp::Modulo) {
        return fail("a division by zero");
    }
    let result = match op {
        ArithOp::Add => x.checked_add(y),
        ArithOp::Subtract => x.checked_sub(y),
        ArithOp::Multiply => x.checked_mul(y),
        ArithOp::Modulo => Some(x.checked_rem(y).unwrap_or(0)),
        ArithOp::Divide | ArithOp::IntegerDivide => x.checked_div(y),
    };
    result.map_or_else(too_large, |n| Ok(Atom::Int(n)))
}

fn decimals<'a>(op: ArithOp, a: &Atom<'_>, b: &Atom<'_>) -> R<Atom<'a>> {
    let (x, y) = (to_decimal(a)?, to_decimal(b)?);
    if y.is_zero() && matches!(op, ArithOp::Divide | ArithOp::IntegerDivide | ArithOp::Modulo) {
        return fail("a division by zero");
    }
    let result = match op {
        ArithOp::Add => x.plus(y),
        ArithOp::Subtract => x.plus(y.negate()),
        ArithOp::Multiply => x.multiply(y),
        ArithOp::Divide => x.divide(y),
        ArithOp::Modulo => x.modulo(y),
        ArithOp::IntegerDivide => return x.integer_divide(y).map_or_else(too_large, |n| Ok(Atom::Int(n))),
    };
    result.map_or_else(too_large, |d| Ok(Atom::Decimal(d)))
}

fn doubles<'a>(op: ArithOp, x: f64, y: f64) -> R<Atom<'a>> {
    Ok(Atom::Double(match op {
        ArithOp::Add => x + y,
        ArithOp::Subtract => x - y,
        ArithOp::Multiply => x * y,
        ArithOp::Divide => x / y,
        ArithOp::Modulo => x % y,
        ArithOp::IntegerDivide => {
            if y == 0.0 {
                return fail("a division by zero");
            }
            let whole = (x / y).trunc();
            if whole.is_nan() || whole.abs() >= 9.2e18 {
                return too_large();
            }
            #[expect(clippy::cast_possible_truncation, reason = "checked above")]
            return Ok(Atom::Int(whole as i64));
        }
    }))
}

/// Arithmetic with dates, times and durations.
fn times<'a>(op: ArithOp, a: &Atom<'a>, b: &Atom<'a>) -> R<Atom<'a>> {
    let result = match (op, a, b) {
        (ArithOp::Subtract, Atom::Moment(k, x), Atom::Moment(l, y)) if k == l => Some(Atom::Duration(x.since(y))),
        (ArithOp::Add, Atom::Moment(kind, x), Atom::Duration(d))
        | (ArithOp::Add, Atom::Duration(d), Atom::Moment(kind, x)) => moved(*kind, x.plus(d, *kind), d)?,
        (ArithOp::Subtract, Atom::Moment(kind, x), Atom::Duration(d)) => moved(*kind, x.plus(&d.negate(), *kind), d)?,
        (ArithOp::Add, Atom::Duration(x), Atom::Duration(y)) => x.plus(y).map(Atom::Duration),
        (ArithOp::Subtract, Atom::Duration(x), Atom::Duration(y)) => x.plus(&y.negate()).map(Atom::Duration),
        (ArithOp::Multiply, Atom::Duration(d), n) | (ArithOp::Multiply, n, Atom::Duration(d)) => {
            d.times(to_double(n)?).map(Atom::Duration)
        }
        (ArithOp::Divide, Atom::Duration(x), Atom::Duration(y)) => return quotient(x, y),
        (ArithOp::Divide, Atom::Duration(d), n) => d.times(1.0 / to_double(n)?).map(Atom::Duration),
        _ => return fail(format!("{} cannot be calculated with {}", type_name(a), type_name(b))),
    };
    result.map_or_else(|| fail("a calculation left the calendar"), Ok)
}

fn moved<'a>(kind: MomentKind, to: Option<super::times::Moment>, by: &Duration) -> R<Option<Atom<'a>>> {
    if kind == MomentKind::Time && by.kind != DurationKind::DayTime {
        return fail("months cannot be added to a time");
    }
    Ok(to.map(|m| Atom::Moment(kind, m)))
}

fn quotient<'a>(x: &Duration, y: &Duration) -> R<Atom<'a>> {
    let (top, bottom) = match (x.kind, y.kind) {
        (DurationKind::DayTime, DurationKind::DayTime) => (x.nanos, y.nanos),
        (DurationKind::YearMonth, DurationKind::YearMonth) => (i128::from(x.months), i128::from(y.months)),
        _ => return fail("only durations of one kind can be divided"),
    };
    if bottom == 0 {
        return fail("a division by zero");
    }
    super::number::Decimal::new(top, 0)
        .divide(super::number::Decimal::new(bottom, 0))
        .map_or_else(too_large, |d| Ok(Atom::Decimal(d)))
}
