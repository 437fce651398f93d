//! What needs no method call: equality, order, hashes, truth and ranges of any values.
pub(crate) use crate::arith::code;
pub use crate::arith::{
    arith, bits, compare_numbers, div_scale, is_number, negate, parse_decimal, to_big, to_dec, to_f64, to_i64,
};
use crate::ast::BinOp;
use crate::error::illegal;
use crate::value::{Instance, Key, ListKind, R, RangeObj, Value};
use bigdecimal::num_traits::Zero;
use std::cmp::Ordering;
use std::rc::Rc;

/// `<=>`; None if the two cannot be compared.
pub fn compare(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Null, Value::Null) => Some(Ordering::Equal),
        (Value::Null, _) => Some(Ordering::Less),
        (_, Value::Null) => Some(Ordering::Greater),
        (Value::Str(x) | Value::GStr(x), Value::Str(y) | Value::GStr(y)) => {
            Some(x.encode_utf16().cmp(y.encode_utf16()))
        }
        (Value::Bool(x), Value::Bool(y)) => Some(x.cmp(y)),
        (Value::Char(x), Value::Char(y)) => Some(x.cmp(y)),
        (Value::Char(x), Value::Str(y)) => Some(x.to_string().as_str().cmp(y)),
        (Value::Str(x), Value::Char(y)) => Some((**x).cmp(y.to_string().as_str())),
        (Value::Char(x), n) if is_number(n) => compare_numbers(&Value::Int(*x as i32), n),
        (n, Value::Char(x)) if is_number(n) => compare_numbers(n, &Value::Int(*x as i32)),
        (Value::Object(o), other) => o.compare(other),
        _ => compare_numbers(a, b),
    }
}

/// An order for sorting; what cannot be compared counts as equal.
pub fn order(a: &Value, b: &Value) -> Ordering {
    compare(a, b).unwrap_or(Ordering::Equal)
}

/// Sorts by key, in an order that is total whatever the keys are: kinds first, then within the kind.
pub fn sort_total(entries: &mut [(Value, Value)]) {
    let rank = |v: &Value| match v {
        Value::Null => 0u8,
        Value::Bool(_) => 1,
        Value::Double(d) if d.is_nan() => 3,
        Value::Float(d) if d.is_nan() => 3,
        v if is_number(v) => 2,
        Value::Char(_) | Value::Str(_) | Value::GStr(_) => 4,
        _ => 5,
    };
    // Texts by UTF-16, numbers by value; what else there is keeps its place unless it says how it compares.
    let mixed = entries.iter().any(|e| rank(&e.0) == 5);
    if mixed {
        let mut sorted: Vec<(Value, Value)> = Vec::with_capacity(entries.len());
        // Insertion by binary search: no order of the keys can make it fail.
        for e in entries.iter() {
            let at = sorted.partition_point(|s| order(&s.0, &e.0).is_le());
            sorted.insert(at, e.clone());
        }
        entries.clone_from_slice(&sorted);
        return;
    }
    let chars = |v: &Value| match v {
        Value::Char(c) => c.to_string().encode_utf16().collect::<Vec<u16>>(),
        v => v.as_str().map(|s| s.encode_utf16().collect()).unwrap_or_default(),
    };
    entries.sort_by(|a, b| {
        let (x, y) = (rank(&a.0), rank(&b.0));
        x.cmp(&y).then_with(|| match x {
            2 => exact(&a.0).cmp(&exact(&b.0)),
            4 => chars(&a.0).cmp(&chars(&b.0)),
            1 => order(&a.0, &b.0),
            _ => Ordering::Equal,
        })
    });
}

/// A number as a key of an order: doubles and decimals in one order without rounding.
fn exact(v: &Value) -> (i8, Option<bigdecimal::BigDecimal>) {
    match to_f64(v) {
        Some(f) if f.is_infinite() && matches!(v, Value::Double(_) | Value::Float(_)) => {
            (if f > 0.0 { 1 } else { -1 }, None)
        }
        _ => (0, to_dec(v)),
    }
}

/// The last element of a half-open range.
pub fn range_end(r: &RangeObj) -> Value {
    match (&r.from, &r.to) {
        (Value::Int(a), Value::Int(b)) => Value::Int(if a <= b { b.wrapping_sub(1) } else { b.wrapping_add(1) }),
        _ => r.to.clone(),
    }
}

/// The elements of a range.
pub fn range_items(r: &RangeObj) -> R<Vec<Value>> {
    let mut out: Vec<Value> = match (&r.from, &r.to) {
        (Value::Int(_) | Value::Long(_), Value::Int(_) | Value::Long(_)) => {
            let (a, b) = (to_i64(&r.from).unwrap_or(0), to_i64(&r.to).unwrap_or(0));
            if a.abs_diff(b) > 10_000_000 {
                return Err(crate::value::Thrown::Limit("a range is too large".into()));
            }
            let int = matches!(r.from, Value::Int(_));
            let mk = |n: i64| if int { Value::Int(n as i32) } else { Value::Long(n) };
            if a <= b { (a..=b).map(mk).collect() } else { (b..=a).rev().map(mk).collect() }
        }
        (Value::Dec(_) | Value::Double(_) | Value::Int(_), _) if is_number(&r.to) => {
            // Before the first step: numbers of many digits are slow to compare.
            let span = to_f64(&r.to).unwrap_or(0.0) - to_f64(&r.from).unwrap_or(0.0);
            if span > 1_000_000.0 {
                return Err(crate::value::Thrown::Limit("a range is too large".into()));
            }
            let (mut x, end) = (r.from.clone(), &r.to);
            let mut v = Vec::new();
            while compare_numbers(&x, end).is_some_and(|o| o.is_le()) {
                v.push(x.clone());
                x = arith(BinOp::Add, &x, &Value::Int(1))?.unwrap_or(Value::Null);
                if v.len() > 1_000_000 {
                    return Err(crate::value::Thrown::Limit("a range is too large".into()));
                }
            }
            v
        }
        _ => {
            let one = |v: &Value| {
                v.as_str().and_then(|s| s.chars().next()).or(if let Value::Char(c) = v { Some(*c) } else { None })
            };
            let (Some(a), Some(b)) = (one(&r.from), one(&r.to)) else {
                return Err(illegal("this is not a range of numbers or letters"));
            };
            let mk = |c: char| Value::str(c.to_string());
            if a <= b { (a..=b).map(mk).collect() } else { (b..=a).rev().map(mk).collect() }
        }
    };
    if !r.inclusive {
        out.pop();
    }
    Ok(out)
}

/// Java's `equals`.
pub fn java_equals(a: &Value, b: &Value) -> bool {
    if let Some(equal) = crate::gstring::equal(a, b, true) {
        return equal;
    }
    match (a, b) {
        (Value::Null, Value::Null) => true,
        (Value::Bool(x), Value::Bool(y)) => x == y,
        (Value::Byte(x), Value::Byte(y)) => x == y,
        (Value::Short(x), Value::Short(y)) => x == y,
        (Value::Int(x), Value::Int(y)) => x == y,
        (Value::Long(x), Value::Long(y)) => x == y,
        (Value::BigInt(x), Value::BigInt(y)) => x == y,
        (Value::Dec(x), Value::Dec(y)) => x.fractional_digit_count() == y.fractional_digit_count() && x == y,
        (Value::Float(x), Value::Float(y)) => x.to_bits() == y.to_bits(),
        (Value::Double(x), Value::Double(y)) => x.to_bits() == y.to_bits(),
        (Value::Char(x), Value::Char(y)) => x == y,
        (Value::Str(x), Value::Str(y)) | (Value::GStr(x), Value::GStr(y)) => x == y,
        (Value::Class(x), Value::Class(y)) => x == y,
        (Value::List(_) | Value::Range(_), Value::List(_) | Value::Range(_)) => equal_depth(a, b, 0, true),
        (Value::Map(_), Value::Map(_)) | (Value::Set(_), Value::Set(_)) | (Value::Entry(_), Value::Entry(_)) => {
            equal_depth(a, b, 0, true)
        }
        (Value::Object(x), y) => x.equal(y).unwrap_or_else(|| same_object(a, b)),
        (Value::Instance(x), Value::Instance(y)) if !Rc::ptr_eq(x, y) => equal_depth(a, b, 0, true),
        _ => same_object(a, b),
    }
}

/// Objects of a class that says how they are equal: field by field, where no method can be called.
fn equal_fields(x: &Rc<Instance>, y: &Rc<Instance>, depth: u32, java: bool) -> bool {
    if Rc::ptr_eq(x, y) {
        return true;
    }
    if !Rc::ptr_eq(&x.class, &y.class) || !x.class.by_value() {
        return false;
    }
    let (x, y) = (x.fields.borrow(), y.fields.borrow());
    x.len() == y.len() && x.iter().all(|(k, v)| y.get(k).is_some_and(|w| equal_depth(v, w, depth + 1, java)))
}

fn same_object(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Object(x), Value::Object(y)) => std::ptr::addr_eq(Rc::as_ptr(x), Rc::as_ptr(y)),
        (Value::Closure(x), Value::Closure(y)) => Rc::ptr_eq(x, y),
        (Value::Instance(x), Value::Instance(y)) => Rc::ptr_eq(x, y),
        (Value::Exception(x), Value::Exception(y)) => Rc::ptr_eq(x, y),
        (Value::Bytes(x), Value::Bytes(y)) => Rc::ptr_eq(x, y),
        _ => false,
    }
}

/// Groovy's `==`.
pub fn equal(a: &Value, b: &Value) -> bool {
    equal_depth(a, b, 0, false)
}

/// So many values are compared for one answer: lists that hold themselves twice would never end.
const MAX_COMPARED: u32 = 1 << 20;

thread_local! {
    /// How many values may still be compared, and whether a comparison is under way.
    static COMPARED: std::cell::Cell<(u32, bool)> = const { std::cell::Cell::new((0, false)) };
}

fn equal_depth(a: &Value, b: &Value, depth: u32, java: bool) -> bool {
    let (left, under_way) = COMPARED.get();
    if !under_way {
        COMPARED.set((MAX_COMPARED, true));
        let equal = equal_inside(a, b, depth, java);
        COMPARED.set((0, false));
        return equal;
    }
    if depth > 200 || left == 0 {
        return false;
    }
    COMPARED.set((left - 1, true));
    equal_inside(a, b, depth, java)
}

fn equal_inside(a: &Value, b: &Value, depth: u32, java: bool) -> bool {
    if let Some(equal) = crate::gstring::equal(a, b, java) {
        return equal;
    }
    let items = |v: &Value| match v {
        Value::List(l) => Some(l.data.borrow().clone()),
        Value::Range(r) => range_items(r).ok(),
        _ => None,
    };
    match (a, b) {
        (Value::List(x), Value::List(y)) if Rc::ptr_eq(x, y) => true,
        (Value::List(_) | Value::Range(_), Value::List(_) | Value::Range(_)) => match (items(a), items(b)) {
            (Some(x), Some(y)) => {
                x.len() == y.len() && x.iter().zip(&y).all(|(x, y)| equal_depth(x, y, depth + 1, java))
            }
            _ => false,
        },
        (Value::Map(x), Value::Map(y)) => {
            Rc::ptr_eq(x, y)
                || x.len() == y.len()
                    && x.entries().iter().all(|(k, v)| y.get(k).is_some_and(|w| equal_depth(v, &w, depth + 1, java)))
        }
        (Value::Set(x), Value::Set(y)) => {
            Rc::ptr_eq(x, y)
                || x.len() == y.len() && x.data.borrow().keys().all(|k| y.data.borrow().contains_key(&Key(k.0.clone())))
        }
        (Value::Entry(x), Value::Entry(y)) => {
            equal_depth(&x.0, &y.0, depth + 1, java) && equal_depth(&x.value(), &y.value(), depth + 1, java)
        }
        (Value::Bytes(x), Value::Bytes(y)) => *x.borrow() == *y.borrow(),
        (Value::Instance(x), Value::Instance(y)) => equal_fields(x, y, depth, java),
        (Value::Object(o), _) => o.equal(b).unwrap_or_else(|| same_object(a, b)),
        (_, Value::Object(o)) => o.equal(a).unwrap_or(false),
        _ if java => java_equals(a, b),
        _ if is_number(a) && is_number(b) => compare_numbers(a, b) == Some(Ordering::Equal),
        (Value::Str(x) | Value::GStr(x), Value::Str(y) | Value::GStr(y)) => x == y,
        (Value::Char(_), _) | (_, Value::Char(_)) => {
            compare(a, b) == Some(Ordering::Equal) && !a.is_null() && !b.is_null()
        }
        _ => java_equals(a, b),
    }
}

/// So many values are looked at for one hash: lists that hold themselves twice would never end.
const MAX_HASHED: u32 = 1 << 18;

/// Java's `hashCode`.
pub fn java_hash(v: &Value) -> i32 {
    let mut left = MAX_HASHED;
    let hash = hash_depth(v, 0, &mut left);
    // What is too large has one hash, whatever the order of its elements.
    if left == 0 { 0 } else { hash }
}

fn hash_depth(v: &Value, depth: u32, left: &mut u32) -> i32 {
    let long = |n: i64| (n ^ ((n as u64) >> 32) as i64) as i32;
    *left = left.saturating_sub(1);
    if depth > 100 || *left == 0 {
        return 0;
    }
    match v {
        Value::Bool(b) => {
            if *b {
                1231
            } else {
                1237
            }
        }
        Value::Byte(n) => i32::from(*n),
        Value::Short(n) => i32::from(*n),
        Value::Int(n) => *n,
        Value::Long(n) => long(*n),
        Value::Char(c) => *c as i32,
        Value::Double(d) => long(d.to_bits() as i64),
        Value::Float(d) => d.to_bits() as i32,
        Value::Str(s) => text_hash(s),
        Value::GStr(s) => text_hash(s).wrapping_add(37),
        Value::List(l) if !matches!(l.kind, ListKind::Array(_)) => {
            l.data.borrow().iter().fold(1i32, |h, x| h.wrapping_mul(31).wrapping_add(hash_depth(x, depth + 1, left)))
        }
        Value::Range(r) => range_items(r)
            .unwrap_or_default()
            .iter()
            .fold(1i32, |h, x| h.wrapping_mul(31).wrapping_add(hash_depth(x, depth + 1, left))),
        // A sum needs no order: the order of a hash map would ask for hashes again.
        Value::Map(m) => {
            m.data.borrow().iter().fold(0i32, |h, (k, x)| {
                h.wrapping_add(hash_depth(&k.0, depth + 1, left) ^ hash_depth(x, depth + 1, left))
            })
        }
        Value::Set(m) => m.data.borrow().keys().fold(0i32, |h, k| h.wrapping_add(hash_depth(&k.0, depth + 1, left))),
        Value::Instance(i) if i.class.by_value() => i.fields.borrow().values().fold(1i32, |h, x| {
            let part = if matches!(x, Value::Instance(_)) { 0 } else { hash_depth(x, depth + 1, left) };
            h.wrapping_mul(31).wrapping_add(part)
        }),
        Value::Entry(e) => hash_depth(&e.0, depth + 1, left) ^ hash_depth(&e.value(), depth + 1, left),
        Value::Class(c) => c.bytes().fold(3i32, |h, b| h.wrapping_mul(31).wrapping_add(i32::from(b))),
        Value::BigInt(n) => big_hash(n),
        Value::Dec(d) => {
            let (n, scale) = d.as_bigint_and_exponent();
            big_hash(&n).wrapping_mul(31).wrapping_add(scale as i32)
        }
        Value::Object(o) if crate::gstring::is_lazy(v) => text_hash(&o.text()).wrapping_add(37),
        Value::Object(o) => o.text().bytes().fold(7i32, |h, c| h.wrapping_mul(31).wrapping_add(i32::from(c))),
        _ => 0,
    }
}

fn text_hash(s: &str) -> i32 {
    s.encode_utf16().fold(0i32, |h, c| h.wrapping_mul(31).wrapping_add(i32::from(c)))
}

fn big_hash(n: &bigdecimal::num_bigint::BigInt) -> i32 {
    let words = n.magnitude().to_u32_digits();
    let h = words.iter().rev().fold(0i32, |h, w| h.wrapping_mul(31).wrapping_add(*w as i32));
    if n.sign() == bigdecimal::num_bigint::Sign::Minus { h.wrapping_neg() } else { h }
}

/// Groovy truth of what needs no method call.
pub fn truth(v: &Value) -> bool {
    match v {
        Value::Null => false,
        Value::Bool(b) => *b,
        Value::Str(s) | Value::GStr(s) => !s.is_empty(),
        Value::Char(c) => *c != '\0',
        Value::List(l) => !l.data.borrow().is_empty(),
        Value::Map(m) | Value::Set(m) => !m.is_empty(),
        Value::Bytes(b) => !b.borrow().is_empty(),
        Value::Object(o) => o.truth(),
        Value::Double(d) => *d != 0.0,
        Value::Float(d) => *d != 0.0,
        Value::BigInt(n) => !n.is_zero(),
        Value::Dec(n) => !n.is_zero(),
        Value::Byte(_) | Value::Short(_) | Value::Int(_) | Value::Long(_) => to_i64(v) != Some(0),
        _ => true,
    }
}
