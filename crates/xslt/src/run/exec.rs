//! Instructions, one after the other.

use std::rc::Rc;
use std::sync::Arc;

use expr::xpath::eval::Eval;
use expr::xpath::node::NodeRef;
use expr::xpath::tree::{Kind, QName};
use expr::xpath::value::{Item, R, Seq, Shared, bytes, fail};
use regex::Regex;

use super::out::Out;
use super::{Cx, Flow, Machine};
use crate::model::{Analyze, Body, Instruction, Iterate, ModeUse, Value, What};

impl<'a> Machine<'a> {
    /// The instructions of a body; its variables end with it.
    pub(crate) fn body(&self, ev: &mut Eval<'a>, body: &'a Body, cx: &Cx<'a>, out: &mut Out<'a>) -> R<Flow> {
        let (outer, held) = (ev.locals.len(), ev.held);
        let mut flow = Ok(Flow::Go);
        for instruction in body {
            let (count, before) = (ev.locals.len(), ev.held);
            flow = self.instruction(ev, instruction, cx, out);
            // Only a variable's value stays, if it is not another one's.
            ev.held = before;
            if let Some(value) = ev.locals.get(count)
                && Rc::strong_count(value) == 1
            {
                let size = bytes(value);
                flow = flow.and_then(|flow| ev.hold(size).map(|()| flow));
            }
            match &flow {
                Ok(Flow::Go) => {}
                Ok(_) => break,
                Err(_) => {
                    if self.failed.get().is_none() {
                        self.failed.set(Some(instruction.at));
                    }
                    break;
                }
            }
        }
        ev.locals.truncate(outer);
        ev.held = held;
        flow
    }

    fn instruction(&self, ev: &mut Eval<'a>, at: &'a Instruction, cx: &Cx<'a>, out: &mut Out<'a>) -> R<Flow> {
        ev.charge(1)?;
        match &at.what {
            // Those that hold others and can end a loop.
            What::Choose { branches, otherwise } => {
                for (test, body) in branches {
                    if self.test(ev, test, cx)? {
                        return self.body(ev, body, cx, out);
                    }
                }
                return self.body(ev, otherwise, cx, out);
            }
            What::NextIteration(with) => {
                let mut values = Vec::new();
                for with in with {
                    values.push((with.name.as_str(), self.value(ev, &with.value, cx)?));
                }
                self.set_next(values);
                return Ok(Flow::Next);
            }
            What::Break(value) => {
                self.value_into(ev, value, cx, out)?;
                return Ok(Flow::Break);
            }
            What::Try { value, catch } => self.try_catch(ev, value, catch, cx, out)?,
            What::Text { text, raw } => out.text(self, ev, text, *raw)?,
            What::ValueOf { text, raw } => {
                let text = self.text_of(ev, text, cx)?;
                out.text(self, ev, &text, *raw)?;
            }
            What::Variable { value } => {
                let value = self.value(ev, value, cx)?;
                ev.locals.push(value);
            }
            What::Sequence(value) => self.value_into(ev, value, cx, out)?,
            What::CopyOf { select, spaces } => self.copy_of(ev, select, *spaces, cx, out)?,
            What::ForEach { select, sorts, body } => {
                let items = self.xp(ev, select, cx)?;
                let items = self.sorted(ev, items, sorts, cx)?;
                let size = items.len();
                for (i, item) in items.into_iter().enumerate() {
                    ev.charge(2)?;
                    let cx = Cx { rule: None, ..cx.at(item, i + 1, size) };
                    self.body(ev, body, &cx, out)?;
                }
            }
            What::Call { template, with } => {
                let given = self.given(ev, with, cx)?;
                self.call(ev, *template, given, cx, out)?;
            }
            What::Apply { select, mode, sorts, with } => {
                let items = match select {
                    Some(select) => self.xp(ev, select, cx)?,
                    None => self.children(ev, cx)?,
                };
                let items = self.sorted(ev, items, sorts, cx)?;
                let given = self.given(ev, with, cx)?;
                let mode = match mode {
                    ModeUse::Named(mode) => *mode,
                    ModeUse::Current => cx.mode,
                };
                self.apply(ev, items, mode, given, cx, out)?;
            }
            What::ApplyImports { with } => {
                let given = self.given(ev, with, cx)?;
                self.apply_next(ev, true, given, cx, out)?;
            }
            What::NextMatch { with } => {
                let given = self.given(ev, with, cx)?;
                self.apply_next(ev, false, given, cx, out)?;
            }
            What::Group(grouping) => self.group(ev, grouping, cx, out)?,
            What::Analyze(analyze) => self.analyze(ev, analyze, cx, out)?,
            What::Iterate(iterate) => self.iterate(ev, iterate, cx, out)?,
            What::Message { text, terminate } => {
                let text = self.text_of(ev, text, cx)?;
                let terminate = self.avt(ev, terminate, cx)?;
                if matches!(terminate.trim(), "yes" | "true" | "1") {
                    self.ended.set(true);
                    return fail(if text.trim().is_empty() {
                        "the stylesheet ended the transformation".to_owned()
                    } else {
                        text.trim().to_owned()
                    });
                }
            }
            What::Document(body) => self.document(ev, body, cx, out)?,
            What::Evaluate(how) => {
                for item in self.evaluate(ev, how, cx)? {
                    out.item(self, ev, item)?;
                }
            }
            What::PerformSort { value, sorts } => {
                let items = self.value_items(ev, value, cx)?;
                for item in self.sorted(ev, items, sorts, cx)? {
                    out.item(self, ev, item)?;
                }
            }
            What::Number(number) => {
                let text = self.number(ev, number, cx)?;
                out.text(self, ev, &text, false)?;
            }
            _ => self.construct(ev, &at.what, cx, out)?,
        }
        Ok(Flow::Go)
    }

    fn children(&self, ev: &mut Eval<'a>, cx: &Cx<'a>) -> R<Seq<'a>> {
        let Some(node) = cx.node() else { return fail("xsl:apply-templates without `select` needs a node to work on") };
        let mut items = Vec::new();
        let mut child = node.first_child();
        while let Some(node) = child {
            ev.charge(1)?;
            items.push(Item::Node(node));
            child = node.next_sibling();
        }
        ev.hold(bytes(&items))?;
        Ok(items)
    }

    fn copy_of(
        &self,
        ev: &mut Eval<'a>,
        select: &'a crate::model::Xp,
        spaces: bool,
        cx: &Cx<'a>,
        out: &mut Out<'a>,
    ) -> R<()> {
        for item in self.xp(ev, select, cx)? {
            match item {
                Item::Node(node) if node.kind() == Kind::Document && out.takes_items() => {
                    let mut tree = Out::tree();
                    tree.copy(self, ev, node, spaces)?;
                    let tree = self.keep(ev, tree.finish_tree(self)?)?;
                    out.item(self, ev, Item::Node(NodeRef::Built(tree, 0)))?;
                }
                Item::Node(node) => out.copy(self, ev, node, spaces)?,
                atom => out.item(self, ev, atom)?,
            }
        }
        Ok(())
    }

    fn document(&self, ev: &mut Eval<'a>, body: &'a Body, cx: &Cx<'a>, out: &mut Out<'a>) -> R<()> {
        let mut tree = Out::tree();
        self.body(ev, body, cx, &mut tree)?;
        let tree = self.keep(ev, tree.finish_tree(self)?)?;
        out.item(self, ev, Item::Node(NodeRef::Built(tree, 0)))
    }

    /// The parts of a text that a pattern finds, and those between them.
    fn analyze(&self, ev: &mut Eval<'a>, analyze: &'a Analyze, cx: &Cx<'a>, out: &mut Out<'a>) -> R<()> {
        let items = self.xp(ev, &analyze.select, cx)?;
        let mut text = String::new();
        self.join(ev, &items, " ", &mut text)?;
        let made: Regex;
        let regex = match &analyze.regex {
            Ok(regex) => regex,
            Err(pattern) => {
                let pattern = self.avt(ev, pattern, cx)?;
                let flags = self.optional_avt(ev, &analyze.flags, cx)?.unwrap_or_default();
                made = ev.pattern(&pattern, &flags)?;
                &made
            }
        };
        // All parts first, so that `last()` is right.
        let mut parts: Vec<(String, Option<Vec<String>>)> = Vec::new();
        let mut from = 0;
        ev.charge_text(text.len())?;
        for captures in regex.captures_iter(&text) {
            ev.charge(2 + captures.len() as u64)?;
            let Some(whole) = captures.get(0) else { continue };
            if whole.is_empty() {
                continue;
            }
            ev.hold(whole.len() * 2 + captures.len() * size_of::<String>() + whole.start() - from + 100)?;
            if whole.start() > from {
                parts.push((text[from..whole.start()].to_owned(), None));
            }
            let groups = (0..captures.len()).map(|i| captures.get(i).map_or("", |m| m.as_str()).to_owned()).collect();
            parts.push((whole.as_str().to_owned(), Some(groups)));
            from = whole.end();
        }
        if from < text.len() {
            parts.push((text[from..].to_owned(), None));
        }
        let size = parts.len();
        for (i, (part, groups)) in parts.into_iter().enumerate() {
            let body = if groups.is_some() { &analyze.matching } else { &analyze.other };
            let groups = groups.map(Rc::new).unwrap_or_default();
            let outer = self.dynamic.borrow_mut().captures.replace(groups);
            let cx = Cx { rule: None, ..cx.at(Item::string(part), i + 1, size) };
            let result = self.body(ev, body, &cx, out);
            self.dynamic.borrow_mut().captures = outer;
            result?;
        }
        Ok(())
    }

    fn iterate(&self, ev: &mut Eval<'a>, iterate: &'a Iterate, cx: &Cx<'a>, out: &mut Out<'a>) -> R<()> {
        let items = self.xp(ev, &iterate.select, cx)?;
        let outer = ev.locals.len();
        for param in &iterate.params {
            let value = self.value(ev, &param.value, cx)?;
            ev.locals.push(value);
        }
        let size = items.len();
        // The bytes of the parameters' values, as far as rounds gave them.
        let mut sizes = vec![0; iterate.params.len()];
        let mut broken = false;
        for (i, item) in items.into_iter().enumerate() {
            ev.charge(2)?;
            let flow = self.body(ev, &iterate.body, &Cx { rule: None, ..cx.at(item, i + 1, size) }, out)?;
            match flow {
                Flow::Break => {
                    broken = true;
                    break;
                }
                Flow::Next => {
                    for (name, value) in self.next.take() {
                        let slot = iterate.params.iter().position(|p| p.name == name);
                        let Some((slot, held)) = slot.and_then(|s| sizes.get_mut(s).map(|size| (outer + s, size)))
                        else {
                            continue;
                        };
                        if let Some(local) = ev.locals.get_mut(slot)
                            && !Rc::ptr_eq(local, &value)
                        {
                            let size = if Rc::strong_count(&value) == 1 { bytes(&value) } else { 0 };
                            *local = value;
                            ev.held = ev.held.saturating_sub(std::mem::replace(held, size));
                            ev.hold(size)?;
                        }
                    }
                }
                Flow::Go => {}
            }
        }
        let result = if broken { Ok(()) } else { self.value_into(ev, &iterate.completion, cx, out) };
        ev.locals.truncate(outer);
        result
    }

    fn set_next(&self, values: Vec<(&'a str, Shared<'a>)>) {
        self.next.replace(values);
    }

    fn try_catch(
        &self,
        ev: &mut Eval<'a>,
        value: &'a Value,
        catch: &'a Value,
        cx: &Cx<'a>,
        out: &mut Out<'a>,
    ) -> R<()> {
        let (locals, base, depth) = (ev.locals.len(), ev.base, self.depth.get());
        let (values, made) = (ev.held, self.held.get());
        let (compat, dynamic) = (ev.compat, self.dynamic.borrow().clone());
        match self.value_items(ev, value, cx) {
            Ok(items) => {
                for item in items {
                    out.item(self, ev, item)?;
                }
                Ok(())
            }
            Err(error) => {
                // What a limit ended stays ended.
                if ev.charge(1).is_err() || self.ended.get() && self.room(0).is_err() {
                    return Err(error);
                }
                ev.locals.truncate(locals);
                (ev.base, ev.compat) = (base, compat);
                self.depth.set(depth);
                ev.held = values;
                self.held.set(made);
                self.dynamic.replace(dynamic);
                self.failed.set(None);
                self.ended.set(false);
                self.value_into(ev, catch, cx, out)
            }
        }
    }

    /// Adds what an expression or instructions give.
    fn value_into(&self, ev: &mut Eval<'a>, value: &'a Value, cx: &Cx<'a>, out: &mut Out<'a>) -> R<()> {
        match (&value.select, &value.of) {
            (Some(select), None) => {
                for item in self.xp(ev, select, cx)? {
                    out.item(self, ev, item)?;
                }
                Ok(())
            }
            (None, None) => self.body(ev, &value.body, cx, out).map(drop),
            _ => {
                for item in self.value_items(ev, value, cx)? {
                    out.item(self, ev, item)?;
                }
                Ok(())
            }
        }
    }

    /// A computed element, attribute and the like.
    pub(super) fn qname(
        &self,
        ev: &mut Eval<'a>,
        computed: &'a crate::model::Computed,
        cx: &Cx<'a>,
        attribute: bool,
    ) -> R<Arc<QName>> {
        let name = self.avt(ev, &computed.name, cx)?;
        let name = name.trim();
        let namespace = self.optional_avt(ev, &computed.namespace, cx)?;
        let braced = name.strip_prefix("Q{").and_then(|n| n.split_once('}'));
        let (prefix, local) = match braced {
            Some((_, local)) => ("", local),
            None => name.split_once(':').unwrap_or(("", name)),
        };
        let is_name = |text: &str| !text.is_empty() && expr::xpath::lexer::name_length(text) == text.len();
        if !is_name(local) || !(prefix.is_empty() || is_name(prefix)) {
            let shown: String = name.chars().take(60).collect();
            return fail(format!("\"{shown}\" is no name for an {}", if attribute { "attribute" } else { "element" }));
        }
        let uri = match (&namespace, braced) {
            (Some(uri), _) => uri.as_str(),
            (None, Some((uri, _))) => uri,
            (None, None) if prefix == "xml" => "http://www.w3.org/XML/1998/namespace",
            (None, None) if prefix.is_empty() && attribute => "",
            (None, None) => match computed.spaces.iter().find(|(p, _)| p == prefix) {
                Some((_, uri)) => uri.as_str(),
                None if prefix.is_empty() => "",
                None => return fail(format!("the prefix `{prefix}` is not declared in the stylesheet")),
            },
        };
        let prefix = if uri.is_empty() || prefix == "xmlns" { "" } else { prefix };
        Ok(Arc::new(QName::new(prefix, uri, local)))
    }
}
