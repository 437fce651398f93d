//! `xsl:for-each-group`.

use std::collections::HashMap;
use std::rc::Rc;

use expr::xpath::compare;
use expr::xpath::eval::Eval;
use expr::xpath::value::{Item, R, Seq, bytes, fail};

use super::out::Out;
use super::{Cx, Group, Machine};
use crate::model::{GroupBy, Grouping, Xp};

impl<'a> Machine<'a> {
    pub(super) fn group(&self, ev: &mut Eval<'a>, grouping: &'a Grouping, cx: &Cx<'a>, out: &mut Out<'a>) -> R<()> {
        let items = self.xp(ev, &grouping.select, cx)?;
        let groups = self.groups(ev, grouping, items, cx)?;
        let groups: Vec<Rc<Group<'a>>> = groups.into_iter().map(Rc::new).collect();
        let outer = self.dynamic.borrow().group.clone();
        let size = groups.len();
        let contexts: Vec<Cx<'a>> = (1..)
            .zip(&groups)
            .filter_map(|(i, g)| g.items.first().map(|first| Cx { rule: None, ..cx.at(first.clone(), i, size) }))
            .collect();
        let enter = |i: usize| self.dynamic.borrow_mut().group = groups.get(i).cloned();
        let order = if grouping.sorts.is_empty() {
            Ok((0..size).collect())
        } else {
            self.sort_order(ev, &grouping.sorts, &contexts, &enter)
        };
        let result = order.and_then(|order| {
            for (place, i) in (1..).zip(order) {
                ev.charge(2)?;
                enter(i);
                if let Some(cx) = contexts.get(i) {
                    self.body(ev, &grouping.body, &Cx { position: place, ..cx.clone() }, out)?;
                }
            }
            Ok(())
        });
        self.dynamic.borrow_mut().group = outer;
        result
    }

    fn groups(&self, ev: &mut Eval<'a>, grouping: &'a Grouping, items: Seq<'a>, cx: &Cx<'a>) -> R<Vec<Group<'a>>> {
        let size = items.len();
        let mut groups: Vec<Group<'a>> = Vec::new();
        let mut known: HashMap<String, usize> = HashMap::new();
        let mut last = String::new();
        let mut ended = true;
        for (i, item) in items.into_iter().enumerate() {
            ev.charge(4)?;
            let held = ev.held;
            let mut kept = 0;
            match &grouping.by {
                GroupBy::By(by) => {
                    let keys = self.grouping_keys(ev, by, &cx.at(item.clone(), i + 1, size))?;
                    let keys =
                        if grouping.composite { vec![keys] } else { keys.into_iter().map(|k| vec![k]).collect() };
                    for key in keys {
                        let text = text(ev, &key)?;
                        let at = *known.entry(text).or_insert_with_key(|text| {
                            kept += text.len() + bytes(&key) + size_of::<Group<'_>>();
                            groups.push(Group { key, items: Vec::new() });
                            groups.len() - 1
                        });
                        if let Some(group) = groups.get_mut(at) {
                            // An item whose keys are equal is in the group once.
                            let again =
                                matches!((group.items.last(), &item), (Some(Item::Node(a)), Item::Node(b)) if a == b);
                            if !again {
                                kept += bytes(std::slice::from_ref(&item));
                                group.items.push(item.clone());
                            }
                        }
                    }
                }
                GroupBy::Adjacent(by) => {
                    let key = self.grouping_keys(ev, by, &cx.at(item.clone(), i + 1, size))?;
                    if key.len() != 1 && !grouping.composite {
                        return fail(format!(
                            "group-adjacent needs one value for each item, this message gave {}",
                            key.len()
                        ));
                    }
                    let text = text(ev, &key)?;
                    match groups.last_mut() {
                        Some(group) if text == last => group.items.push(item),
                        _ => {
                            kept += bytes(&key) + size_of::<Group<'_>>();
                            groups.push(Group { key, items: vec![item] });
                        }
                    }
                    last = text;
                }
                GroupBy::StartingWith(patterns) => {
                    let starts = self.any_fits(ev, patterns, &item)?;
                    match groups.last_mut() {
                        Some(group) if !starts => group.items.push(item),
                        _ => groups.push(Group { key: Vec::new(), items: vec![item] }),
                    }
                }
                GroupBy::EndingWith(patterns) => {
                    let ends = self.any_fits(ev, patterns, &item)?;
                    match groups.last_mut() {
                        Some(group) if !ended => group.items.push(item),
                        _ => groups.push(Group { key: Vec::new(), items: vec![item] }),
                    }
                    ended = ends;
                }
            }
            ev.held = held;
            ev.hold(kept)?;
        }
        Ok(groups)
    }

    fn grouping_keys(&self, ev: &mut Eval<'a>, by: &'a Xp, cx: &Cx<'a>) -> R<Seq<'a>> {
        let items = self.xp(ev, by, cx)?;
        items.iter().map(|item| ev.atom(item).map(Item::Atom)).collect()
    }
}

/// A text that equal keys share.
fn text<'a>(ev: &mut Eval<'a>, key: &[Item<'a>]) -> R<String> {
    let mut out = String::new();
    for item in key {
        let part = compare::key(&ev.atom(item)?);
        ev.charge_text(part.len())?;
        out.push_str(&part);
        out.push('\u{1}');
    }
    Ok(out)
}
