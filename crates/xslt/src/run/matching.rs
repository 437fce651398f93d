//! Patterns and keys.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use expr::xpath::ast::{Axis, Test};
use expr::xpath::eval::{Eval, Focus};
use expr::xpath::node::NodeRef;
use expr::xpath::tree::Kind;
use expr::xpath::value::{Item, R, Seq, fail};

use super::{Cx, Index, Machine};
use crate::model::{Pattern, PatternStep};

impl<'a> Machine<'a> {
    pub(super) fn any_fits(&self, ev: &mut Eval<'a>, patterns: &'a [Pattern], item: &Item<'a>) -> R<bool> {
        let cx = Cx { item: Some(item.clone()), position: 1, size: 1, rule: None, mode: 0, tunnel: None };
        for pattern in patterns {
            if self.fits(ev, pattern, &cx)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    pub(super) fn fits(&self, ev: &mut Eval<'a>, pattern: &'a Pattern, cx: &Cx<'a>) -> R<bool> {
        ev.charge(1)?;
        if let Some(predicates) = &pattern.item {
            for predicate in predicates {
                if !self.frame(ev, |ev| self.test(ev, predicate, cx))? {
                    return Ok(false);
                }
            }
            return Ok(true);
        }
        let Some(node) = cx.node() else { return Ok(false) };
        if pattern.parts.is_empty() {
            return Ok(node.kind() == Kind::Document);
        }
        // The names first: most nodes fail there, and cheaply.
        let Some(first) = pattern.parts.first().and_then(|p| p.first()) else { return Ok(false) };
        if !name_fits(first, node) {
            return Ok(false);
        }
        let compat = std::mem::replace(&mut ev.compat, pattern.compat);
        let current = std::mem::replace(&mut self.dynamic.borrow_mut().current, cx.item.clone());
        let result = self.frame(ev, |ev| self.path_fits(ev, pattern, node));
        self.dynamic.borrow_mut().current = current;
        ev.compat = compat;
        result
    }

    /// Each part is looked for as near above the one before it as it can be: what lies higher only helps the rest.
    fn path_fits(&self, ev: &mut Eval<'a>, pattern: &'a Pattern, node: NodeRef<'a>) -> R<bool> {
        let mut at = Some(node);
        for (i, part) in pattern.parts.iter().enumerate() {
            let last = i + 1 == pattern.parts.len();
            loop {
                let Some(start) = at else { return Ok(false) };
                ev.charge(1)?;
                let above = self.part_fits(ev, part, start)?;
                let fits = match above {
                    Some(above) if last && pattern.from_root => above.is_some_and(|n| n.kind() == Kind::Document),
                    Some(_) => true,
                    None => false,
                };
                if fits {
                    at = above.flatten();
                    break;
                }
                if i == 0 {
                    return Ok(false);
                }
                at = start.parent();
            }
        }
        Ok(true)
    }

    /// What lies above the part, if it fits from this node upwards.
    fn part_fits(
        &self,
        ev: &mut Eval<'a>,
        part: &'a [PatternStep],
        node: NodeRef<'a>,
    ) -> R<Option<Option<NodeRef<'a>>>> {
        let mut at = Some(node);
        for step in part {
            let Some(node) = at else { return Ok(None) };
            if !name_fits(step, node) || !self.predicates_fit(ev, step, node)? {
                return Ok(None);
            }
            at = node.parent();
        }
        Ok(Some(at))
    }

    fn predicates_fit(&self, ev: &mut Eval<'a>, step: &'a PatternStep, node: NodeRef<'a>) -> R<bool> {
        let Some(number) = step.counts else {
            let item = Item::Node(node);
            for predicate in &step.predicates {
                let focus = Focus { item: Some(&item), position: 1, size: 1 };
                if !ev.test(predicate, focus)? {
                    return Ok(false);
                }
            }
            return Ok(true);
        };
        // Positions are counted once for all children of one parent: they are asked for one after the other.
        let Some(parent) = node.parent() else { return Ok(false) };
        if let Some((known, passing)) = self.counted.borrow().get(&number)
            && *known == parent.key()
        {
            return Ok(passing.contains(&node.key()));
        }
        let axis = if step.attribute { Axis::Attribute } else { Axis::Child };
        let mut siblings = Vec::new();
        parent.walk(axis, &mut |n| {
            ev.charge(1)?;
            if name_fits(step, n) {
                siblings.push(Item::Node(n));
            }
            Ok(())
        })?;
        let passing = ev.filter_all(siblings, &step.predicates)?;
        let passing: HashSet<_> =
            passing.iter().filter_map(|i| if let Item::Node(n) = i { Some(n.key()) } else { None }).collect();
        let fits = passing.contains(&node.key());
        self.counted.borrow_mut().insert(number, (parent.key(), passing));
        Ok(fits)
    }

    /// `key()`: the nodes of a tree with one of the values.
    pub(super) fn key(&self, ev: &mut Eval<'a>, name: &str, values: &[Item<'a>], root: NodeRef<'a>) -> R<Seq<'a>> {
        let index = self.index(ev, name, root)?;
        let mut nodes = Vec::new();
        for value in values {
            let text = ev.text(value)?;
            if let Some(found) = index.get(&*text) {
                ev.charge(found.len() as u64)?;
                nodes.extend(found.iter().copied());
            }
        }
        if values.len() > 1 {
            ev.sort(&mut nodes)?;
        }
        Ok(nodes.into_iter().map(Item::Node).collect())
    }

    fn index(&self, ev: &mut Eval<'a>, name: &str, root: NodeRef<'a>) -> R<Rc<Index<'a>>> {
        let place = (name.to_owned(), root.key().0);
        if let Some(index) = self.keys.borrow().get(&place) {
            return Ok(index.clone());
        }
        let keys: Vec<_> = self.sheet.keys.iter().filter(|k| k.name == name).collect();
        if keys.is_empty() {
            return fail(format!("the stylesheet has no key `{name}`"));
        }
        let mut index: Index<'a> = HashMap::new();
        let NodeRef::Built(tree, _) = root else { return fail("a key works on documents only") };
        for at in 0..tree.end(0) {
            let item = Item::Node(NodeRef::Built(tree, at));
            for key in &keys {
                ev.charge(1)?;
                let held = ev.held;
                if !self.any_fits(ev, &key.patterns, &item)? {
                    continue;
                }
                let cx = Cx { item: Some(item.clone()), position: 1, size: 1, rule: None, mode: 0, tunnel: None };
                let values = self.deeper(|| self.frame(ev, |ev| self.key_value(ev, &key.value, &cx)))?;
                for value in values {
                    let text = ev.text(&value)?.into_owned();
                    ev.charge(4)?;
                    self.keep_bytes(text.len() + size_of::<Item<'_>>())?;
                    let nodes = index.entry(text).or_default();
                    let node = NodeRef::Built(tree, at);
                    if nodes.last() != Some(&node) {
                        nodes.push(node);
                    }
                }
                ev.held = held;
            }
        }
        let index = Rc::new(index);
        self.keys.borrow_mut().insert(place, index.clone());
        Ok(index)
    }
}

fn name_fits(step: &PatternStep, node: NodeRef<'_>) -> bool {
    let kind = node.kind();
    match (&step.test, step.attribute) {
        (Test::Document, false) => kind == Kind::Document,
        (Test::Attribute(_), _) => node.fits(&step.test, Axis::Attribute),
        (_, true) => kind == Kind::Attribute && node.fits(&step.test, Axis::Attribute),
        (_, false) => {
            !matches!(kind, Kind::Document | Kind::Attribute | Kind::Namespace) && node.fits(&step.test, Axis::Child)
        }
    }
}
