//! Comparators of Java's library.
use crate::interp::Interpreter;
use crate::ops;
use crate::value::{HostObject, R, Value};
use std::any::Any;
use std::cmp::Ordering;

/// A comparator of Java's library.
pub(crate) enum Order {
    /// `String.CASE_INSENSITIVE_ORDER`.
    IgnoringCase,
    /// `Comparator.naturalOrder()`.
    Natural,
    /// The reverse of another.
    Reversed(Value),
    /// What a function of two values says.
    By(Value),
    /// By a key of each value, compared by another comparator.
    Key(Value, Value),
    /// By the first, then by the second.
    Then(Value, Value),
    /// Nulls first or last, the rest by another comparator.
    Nulls(bool, Value),
}

impl Order {
    /// `String.CASE_INSENSITIVE_ORDER`.
    pub(crate) fn ignoring_case() -> Value {
        Value::object(Order::IgnoringCase)
    }
    /// `Collections.reverseOrder(…)`.
    pub(crate) fn reversed(of: Option<Value>) -> Value {
        Value::object(Order::Reversed(of.unwrap_or_else(|| Value::object(Order::Natural))))
    }
    /// A closure as a comparator.
    pub(crate) fn by(f: Value) -> Value {
        Value::object(Order::By(f))
    }
    /// Whether it is the order of texts without case.
    pub(crate) fn ignores_case(&self) -> bool {
        matches!(self, Order::IgnoringCase)
    }

    /// `Comparator.m(…)` and `Map.Entry.m(…)`.
    pub(crate) fn call_static(name: &str, args: &[Value]) -> Option<Value> {
        let natural = || Value::object(Order::Natural);
        Some(Value::object(match (name, args) {
            ("naturalOrder", []) => Order::Natural,
            ("reverseOrder", []) => Order::Reversed(natural()),
            ("comparing" | "comparingInt" | "comparingLong" | "comparingDouble", [f]) => {
                Order::Key(f.clone(), natural())
            }
            ("comparing", [f, by]) => Order::Key(f.clone(), by.clone()),
            ("comparingByKey" | "comparingByValue", rest @ ([] | [_])) => {
                let part = if name == "comparingByKey" { "key" } else { "value" };
                Order::Key(Value::str(part), rest.first().cloned().unwrap_or_else(natural))
            }
            ("nullsFirst" | "nullsLast", [by]) => Order::Nulls(name == "nullsFirst", by.clone()),
            _ => return None,
        }))
    }

    fn compare(&self, it: &mut Interpreter<'_>, a: &Value, b: &Value) -> R<Ordering> {
        it.tick()?;
        Ok(match self {
            Order::IgnoringCase => it.to_text(a)?.to_lowercase().cmp(&it.to_text(b)?.to_lowercase()),
            Order::Natural => it.compare(a, b)?,
            Order::Reversed(of) => ask(it, of, b, a)?,
            Order::By(f) => ask(it, f, a, b)?,
            Order::Key(f, by) => {
                let (x, y) = (key(it, f, a)?, key(it, f, b)?);
                ask(it, by, &x, &y)?
            }
            Order::Then(first, second) => match ask(it, first, a, b)? {
                Ordering::Equal => ask(it, second, a, b)?,
                o => o,
            },
            Order::Nulls(first, by) => match (a.is_null(), b.is_null()) {
                (true, true) => Ordering::Equal,
                (false, false) => ask(it, by, a, b)?,
                (null, _) => {
                    if null == *first {
                        Ordering::Less
                    } else {
                        Ordering::Greater
                    }
                }
            },
        })
    }
}

fn key(it: &mut Interpreter<'_>, f: &Value, of: &Value) -> R {
    match f {
        Value::Str(part) => it.get_property(of, part),
        f => it.call_value(f, vec![of.clone()]),
    }
}

fn ask(it: &mut Interpreter<'_>, by: &Value, a: &Value, b: &Value) -> R<Ordering> {
    let name = if matches!(by, Value::Closure(_)) { "call" } else { "compare" };
    let r = it.invoke(by, name, vec![a.clone(), b.clone()])?;
    Ok(ops::to_i64(&r).unwrap_or(0).cmp(&0))
}

impl HostObject for Order {
    fn class_name(&self) -> &str {
        "java.util.Comparator"
    }
    fn call_method(&self, it: &mut Interpreter<'_>, this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        Ok(match (name, args) {
            ("compare", [a, b]) => Some(Value::Int(self.compare(it, a, b)? as i32)),
            ("reversed", []) => Some(Order::reversed(Some(this.clone()))),
            ("thenComparing" | "thenComparingInt" | "thenComparingLong" | "thenComparingDouble", [next, more @ ..]) => {
                let one = matches!(next, Value::Closure(_)) && super::collection::arity(next) < 2;
                let next = match more {
                    [by] => Value::object(Order::Key(next.clone(), by.clone())),
                    _ if one => Value::object(Order::Key(next.clone(), Value::object(Order::Natural))),
                    _ => next.clone(),
                };
                Some(Value::object(Order::Then(this.clone(), next)))
            }
            _ => None,
        })
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}
