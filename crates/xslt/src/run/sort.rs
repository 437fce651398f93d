//! `xsl:sort`.

use std::cmp::Ordering;

use expr::xpath::eval::Eval;
use expr::xpath::number::parse_double;
use expr::xpath::value::{Atom, Item, R, Seq, fail};

use super::{Cx, Machine};
use crate::model::Sort;

/// A value in an order that is total: nothing first, then numbers, times, texts.
#[derive(Debug)]
enum SortKey {
    Nothing,
    Number(f64),
    Whole(i128),
    Text(String),
}

impl SortKey {
    fn rank(&self) -> u8 {
        match self {
            SortKey::Nothing => 0,
            SortKey::Number(_) => 1,
            SortKey::Whole(_) => 2,
            SortKey::Text(_) => 3,
        }
    }

    fn compare(&self, other: &Self, upper_first: Option<bool>) -> Ordering {
        match (self, other) {
            // No number comes before all numbers; minus zero is zero.
            (SortKey::Number(a), SortKey::Number(b)) => {
                b.is_nan().cmp(&a.is_nan()).then((a + 0.0).total_cmp(&(b + 0.0)))
            }
            (SortKey::Whole(a), SortKey::Whole(b)) => a.cmp(b),
            (SortKey::Text(a), SortKey::Text(b)) => match upper_first {
                None => a.cmp(b),
                Some(upper) => a.to_lowercase().cmp(&b.to_lowercase()).then(if upper { a.cmp(b) } else { b.cmp(a) }),
            },
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

struct Order {
    descending: bool,
    numbers: Option<bool>,
    upper_first: Option<bool>,
}

impl<'a> Machine<'a> {
    pub(super) fn sorted(&self, ev: &mut Eval<'a>, items: Seq<'a>, sorts: &'a [Sort], cx: &Cx<'a>) -> R<Seq<'a>> {
        if sorts.is_empty() {
            return Ok(items);
        }
        let orders = self.orders(ev, sorts, cx)?;
        let size = items.len();
        let mut keyed = Vec::with_capacity(size);
        for (i, item) in items.into_iter().enumerate() {
            let at = cx.at(item.clone(), i + 1, size);
            keyed.push((self.sort_keys(ev, sorts, &orders, &at)?, item));
        }
        self.sort(ev, &mut keyed, &orders)?;
        Ok(keyed.into_iter().map(|(_, item)| item).collect())
    }

    /// The same for groups: `contexts` are the first items, seen with their group.
    pub(super) fn sort_order(
        &self,
        ev: &mut Eval<'a>,
        sorts: &'a [Sort],
        contexts: &[Cx<'a>],
        enter: &dyn Fn(usize),
    ) -> R<Vec<usize>> {
        let Some(first) = contexts.first() else { return Ok(Vec::new()) };
        let orders = self.orders(ev, sorts, first)?;
        let mut keyed = Vec::with_capacity(contexts.len());
        for (i, cx) in contexts.iter().enumerate() {
            enter(i);
            keyed.push((self.sort_keys(ev, sorts, &orders, cx)?, i));
        }
        self.sort(ev, &mut keyed, &orders)?;
        Ok(keyed.into_iter().map(|(_, i)| i).collect())
    }

    fn orders(&self, ev: &mut Eval<'a>, sorts: &'a [Sort], cx: &Cx<'a>) -> R<Vec<Order>> {
        let mut orders = Vec::new();
        for sort in sorts {
            let descending = match self.optional_avt(ev, &sort.descending, cx)?.as_deref().map(str::trim) {
                None | Some("ascending") => false,
                Some("descending") => true,
                Some(other) => return fail(format!("the order `{other}` is neither ascending nor descending")),
            };
            let numbers = match self.optional_avt(ev, &sort.data_type, cx)?.as_deref().map(str::trim) {
                // XSLT 1.0 sorts texts unless it is told otherwise.
                None => sort.key.select.as_ref().is_some_and(|s| s.compat).then_some(false),
                Some("number") => Some(true),
                Some("text") => Some(false),
                Some(other) => return fail(format!("the data type `{other}` is neither text nor number")),
            };
            let upper_first = self.optional_avt(ev, &sort.case_order, cx)?.map(|o| o.trim() == "upper-first");
            orders.push(Order { descending, numbers, upper_first });
        }
        Ok(orders)
    }

    fn sort_keys(&self, ev: &mut Eval<'a>, sorts: &'a [Sort], orders: &[Order], cx: &Cx<'a>) -> R<Vec<SortKey>> {
        let mut keys = Vec::with_capacity(sorts.len());
        let (held, mut kept) = (ev.held, 0);
        for (sort, order) in sorts.iter().zip(orders) {
            let mut items = self.value_items(ev, &sort.key, cx)?;
            if sort.key.select.as_ref().is_some_and(|s| s.compat) {
                items.truncate(1);
            }
            let atom = match items.as_slice() {
                [] => None,
                [Item::Node(_)] | [Item::Atom(_)] => Some(ev.atom(&items[0])?),
                _ => return fail(format!("a sort key gave {} values", items.len())),
            };
            ev.charge(8)?;
            keys.push(match (atom, order.numbers) {
                (None, Some(true)) => SortKey::Number(f64::NAN),
                (None, _) => SortKey::Nothing,
                (Some(atom), Some(true)) => SortKey::Number(parse_double(&atom.text()).unwrap_or(f64::NAN)),
                (Some(atom), Some(false)) => SortKey::Text(atom.text().into_owned()),
                (Some(atom), None) => match atom {
                    Atom::Int(_) | Atom::Decimal(_) | Atom::Double(_) | Atom::Bool(_) => SortKey::Number(atom.number()),
                    Atom::Moment(_, moment) => SortKey::Whole(moment.instant()),
                    Atom::Duration(d) => SortKey::Whole(d.nanos + i128::from(d.months) * 2_629_746_000_000_000),
                    Atom::Text(t) | Atom::Untyped(t) => SortKey::Text(t.into_owned()),
                },
            });
            let text = if let Some(SortKey::Text(text)) = keys.last() { text.len() } else { 0 };
            kept += size_of::<SortKey>() + text;
        }
        ev.held = held;
        ev.hold(kept)?;
        Ok(keys)
    }

    fn sort<T>(&self, ev: &mut Eval<'a>, keyed: &mut [(Vec<SortKey>, T)], orders: &[Order]) -> R<()> {
        let count = keyed.len() as u64;
        // Each is compared as often; without regard to case, both texts are written anew for that.
        let mut work = count;
        for (keys, _) in &*keyed {
            for (key, order) in keys.iter().zip(orders) {
                if let SortKey::Text(text) = key {
                    work += text.len() as u64 / if order.upper_first.is_some() { 8 } else { 256 };
                }
            }
        }
        ev.charge(work.saturating_mul(u64::from(count.max(2).ilog2())))?;
        keyed.sort_by(|(a, _), (b, _)| {
            for ((x, y), order) in a.iter().zip(b).zip(orders) {
                let found = x.compare(y, order.upper_first);
                let found = if order.descending { found.reverse() } else { found };
                if found != Ordering::Equal {
                    return found;
                }
            }
            Ordering::Equal
        });
        Ok(())
    }
}
