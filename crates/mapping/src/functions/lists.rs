//! Functions that make contexts of contexts, or queues of queues.

use std::cmp::Ordering;

use bigdecimal::{BigDecimal, Zero};

use super::{By, Context, Order, Queue, number};
use crate::Value;

/// Makes a context of the contexts of the arguments. `before` counts the values of the contexts before it.
pub(crate) fn context(function: &Context, args: &[&[Value]], before: usize) -> Result<Vec<Value>, String> {
    let values = args.first().copied().unwrap_or_default();
    let there = || values.iter().filter(|v| **v != Value::Suppress);
    Ok(match function {
        Context::Exists if values.is_empty() => vec![Value::text("false")],
        Context::Exists => {
            values.iter().map(|v| Value::text(if *v == Value::Suppress { "false" } else { "true" })).collect()
        }
        Context::MapWithDefault(value) if values.is_empty() => vec![Value::text(value)],
        Context::MapWithDefault(_) => values.to_vec(),
        Context::Count => vec![Value::text(&there().count().to_string())],
        Context::Sum => vec![Value::text(&number::plain(&sum(there())?))],
        Context::Average => {
            let count = there().count();
            let average = if count == 0 {
                BigDecimal::zero()
            } else {
                number::divide(&sum(there())?, &BigDecimal::from(u64::try_from(count).unwrap_or(u64::MAX)))?
            };
            vec![Value::text(&number::plain(&average))]
        }
        Context::Index { first, step, restart } => {
            let start = if *restart { 0 } else { before };
            let number = |i: usize| BigDecimal::from(u64::try_from(start + i).unwrap_or(u64::MAX)) * step + first;
            (0..values.len()).map(|i| Value::text(&number::plain(&number(i)))).collect()
        }
        Context::Sort(order) => {
            let keyed = values.iter().map(|v| Ok((Key::of(v, *order)?, v.clone()))).collect::<Result<Vec<_>, String>>();
            sorted(keyed?, *order)
        }
        Context::SortByKey(order) => {
            let rows = args.get(1).copied().unwrap_or_default();
            if rows.len() != values.len() {
                return Err(format!("there are {} keys for {} values", values.len(), rows.len()));
            }
            let keyed = values.iter().zip(rows).map(|(k, v)| Ok((Key::of(k, *order)?, v.clone())));
            sorted(keyed.collect::<Result<Vec<_>, String>>()?, *order)
        }
    })
}

fn sum<'v>(values: impl Iterator<Item = &'v Value>) -> Result<BigDecimal, String> {
    let mut sum = BigDecimal::zero();
    for value in values {
        sum += number::parse(value.as_str())?;
    }
    Ok(sum)
}

/// What a value is sorted by.
#[derive(PartialEq)]
enum Key {
    Text(String),
    Number(BigDecimal),
}

impl Key {
    fn of(value: &Value, order: Order) -> Result<Key, String> {
        let text = value.as_str();
        Ok(match order.by {
            By::Text => Key::Text(text.to_owned()),
            By::TextWithoutCase => Key::Text(text.to_lowercase()),
            By::Number => Key::Number(number::parse(text)?),
        })
    }

    fn order(&self, other: &Key) -> Ordering {
        match (self, other) {
            (Key::Text(a), Key::Text(b)) => a.encode_utf16().cmp(b.encode_utf16()),
            (Key::Number(a), Key::Number(b)) => a.cmp(b),
            _ => Ordering::Equal,
        }
    }
}

fn sorted(mut keyed: Vec<(Key, Value)>, order: Order) -> Vec<Value> {
    keyed.sort_by(|(a, _), (b, _)| if order.descending { b.order(a) } else { a.order(b) });
    keyed.into_iter().map(|(_, value)| value).collect()
}

type Contexts = Vec<Vec<Value>>;

/// Makes a queue of the queues of the arguments.
pub(crate) fn queue(function: Queue, args: &[Contexts]) -> Result<Contexts, String> {
    let arg = |i: usize| args.get(i).map_or(&[] as &[Vec<Value>], Vec::as_slice);
    Ok(match function {
        Queue::RemoveContexts => vec![arg(0).concat()],
        Queue::CollapseContexts => {
            let first = |context: &Vec<Value>| {
                context.iter().find(|v| **v != Value::Suppress).cloned().unwrap_or_else(|| Value::text(""))
            };
            vec![arg(0).iter().map(first).collect()]
        }
        Queue::FormatByExample => formatted(arg(0).concat(), arg(1))?,
        Queue::UseOneAsMany => {
            let mut values = Vec::new();
            for (i, many) in arg(1).iter().enumerate() {
                if many.is_empty() {
                    continue;
                }
                let one = match arg(0).get(i).map_or(&[] as &[Value], Vec::as_slice) {
                    [one] => one,
                    others => {
                        return Err(format!(
                            "the first argument has {} values in a context instead of one",
                            others.len()
                        ));
                    }
                };
                values.extend(std::iter::repeat_n(one.clone(), many.len()));
            }
            formatted(values, arg(2))?
        }
        Queue::CopyValue(position) => {
            vec![arg(0).iter().flatten().nth(position).cloned().into_iter().collect()]
        }
    })
}

/// Values in the contexts of an example.
fn formatted(values: Vec<Value>, example: &[Vec<Value>]) -> Result<Contexts, String> {
    let wanted: usize = example.iter().map(Vec::len).sum();
    if wanted != values.len() {
        return Err(format!("there are {} values, but {wanted} in the example", values.len()));
    }
    let mut values = values.into_iter();
    Ok(example.iter().map(|context| values.by_ref().take(context.len()).collect()).collect())
}
