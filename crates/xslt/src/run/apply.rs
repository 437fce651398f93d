//! Templates: which rule fits a node, and what it gets.

use std::rc::Rc;

use expr::xpath::eval::Eval;
use expr::xpath::node::NodeRef;
use expr::xpath::tree::Kind;
use expr::xpath::value::{Item, R, Seq, Shared, bytes, fail};

use super::out::Out;
use super::{Cx, Machine, types};
use crate::model::{NoMatch, With};

/// A parameter that is handed over: name, value, whether it goes through.
pub(crate) type Given<'a> = Vec<(&'a str, Shared<'a>, bool)>;

/// Parameters that go through templates which do not name them.
pub(crate) type Tunnel<'a> = Rc<Vec<(&'a str, Shared<'a>)>>;

impl<'a> Machine<'a> {
    pub(super) fn given(&self, ev: &mut Eval<'a>, with: &'a [With], cx: &Cx<'a>) -> R<Given<'a>> {
        with.iter().map(|w| Ok((w.name.as_str(), self.value(ev, &w.value, cx)?, w.tunnel))).collect()
    }

    /// Applies the best rule to each item.
    pub(super) fn apply(
        &self,
        ev: &mut Eval<'a>,
        items: Seq<'a>,
        mode: usize,
        given: Given<'a>,
        cx: &Cx<'a>,
        out: &mut Out<'a>,
    ) -> R<()> {
        let (plain, tunnel) = split(given, cx);
        let size = items.len();
        for (i, item) in items.into_iter().enumerate() {
            ev.charge(2)?;
            let held = ev.held;
            let cx = Cx { item: Some(item), position: i + 1, size, rule: None, mode, tunnel: tunnel.clone() };
            let rule = self.best(ev, mode, &cx, &|_| true)?;
            self.apply_rule(ev, rule, &plain, cx, out)?;
            ev.held = held;
        }
        Ok(())
    }

    /// `xsl:next-match` and `xsl:apply-imports`.
    pub(super) fn apply_next(
        &self,
        ev: &mut Eval<'a>,
        imports: bool,
        given: Given<'a>,
        cx: &Cx<'a>,
        out: &mut Out<'a>,
    ) -> R<()> {
        let Some(now) = cx.rule else {
            return fail("xsl:next-match and xsl:apply-imports stand in a template that was found by its pattern");
        };
        let (plain, tunnel) = split(given, cx);
        let Some(own) = self.sheet.rules.get(now) else { return Ok(()) };
        let rule = if imports {
            let range = own.floor..own.precedence;
            self.best(ev, cx.mode, cx, &|rule| {
                self.sheet.rules.get(rule).is_some_and(|r| range.contains(&r.precedence))
            })?
        } else {
            let after = std::cell::Cell::new(false);
            // Alternatives of one pattern are one rule.
            self.best(ev, cx.mode, cx, &|rule| {
                if rule == now {
                    after.set(true);
                    return false;
                }
                after.get() && self.sheet.rules.get(rule).is_some_and(|r| r.template != own.template)
            })?
        };
        self.apply_rule(ev, rule, &plain, Cx { tunnel, ..cx.clone() }, out)
    }

    /// The first rule of a mode, in their order, that is allowed and fits.
    fn best(&self, ev: &mut Eval<'a>, mode: usize, cx: &Cx<'a>, allowed: &dyn Fn(usize) -> bool) -> R<Option<usize>> {
        let Some(mode) = self.sheet.modes.get(mode) else { return Ok(None) };
        let local = cx.node().map_or("", |n| n.local());
        let list = mode.named.get(local).unwrap_or(&mode.other);
        for rule in list {
            if !allowed(*rule) {
                continue;
            }
            let Some(found) = self.sheet.rules.get(*rule) else { continue };
            if self.fits(ev, &found.pattern, cx)? {
                return Ok(Some(*rule));
            }
        }
        Ok(None)
    }

    fn apply_rule(
        &self,
        ev: &mut Eval<'a>,
        rule: Option<usize>,
        plain: &Given<'a>,
        cx: Cx<'a>,
        out: &mut Out<'a>,
    ) -> R<()> {
        match rule.and_then(|r| self.sheet.rules.get(r).map(|found| (r, found.template))) {
            Some((rule, template)) => self.enter(ev, template, plain, &Cx { rule: Some(rule), ..cx }, out),
            None => self.builtin(ev, plain, &cx, out),
        }
    }

    /// What happens to a node that no rule fits.
    fn builtin(&self, ev: &mut Eval<'a>, plain: &Given<'a>, cx: &Cx<'a>, out: &mut Out<'a>) -> R<()> {
        let no_match = self.sheet.modes.get(cx.mode).map_or(NoMatch::TextOnly, |m| m.no_match);
        let Some(item) = &cx.item else { return Ok(()) };
        let Item::Node(node) = item else {
            return match no_match {
                NoMatch::ShallowSkip | NoMatch::DeepSkip => Ok(()),
                NoMatch::Fail => fail("no template fits a value"),
                _ => out.item(self, ev, item.clone()),
            };
        };
        let node = *node;
        let kind = node.kind();
        let inner = matches!(kind, Kind::Document | Kind::Element);
        match no_match {
            NoMatch::DeepSkip if kind != Kind::Document => Ok(()),
            NoMatch::DeepCopy if kind != Kind::Document => out.copy(self, ev, node, true),
            NoMatch::Fail => fail(format!("no template fits {}", shown(node))),
            NoMatch::ShallowCopy if kind == Kind::Element => self.deeper(|| {
                let NodeRef::Built(tree, at) = node else { return Ok(()) };
                let Some(name) = tree.name(at) else { return Ok(()) };
                out.start(self, ev, name)?;
                out.declare_copied(ev, tree, at, true, true)?;
                let attributes: Seq<'a> = tree.attributes(at).map(|i| Item::Node(NodeRef::Built(tree, i))).collect();
                ev.hold(bytes(&attributes))?;
                self.apply(ev, attributes, cx.mode, plain.clone(), cx, out)?;
                self.below(ev, node, plain, cx, out)?;
                out.end(self, ev)
            }),
            NoMatch::ShallowSkip if kind == Kind::Element => self.deeper(|| {
                let NodeRef::Built(tree, at) = node else { return Ok(()) };
                let attributes: Seq<'a> = tree.attributes(at).map(|i| Item::Node(NodeRef::Built(tree, i))).collect();
                ev.hold(bytes(&attributes))?;
                self.apply(ev, attributes, cx.mode, plain.clone(), cx, out)?;
                self.below(ev, node, plain, cx, out)
            }),
            _ if inner => self.deeper(|| self.below(ev, node, plain, cx, out)),
            NoMatch::ShallowCopy => out.copy(self, ev, node, true),
            NoMatch::TextOnly if matches!(kind, Kind::Text | Kind::Attribute) => {
                let text = node.text();
                out.text(self, ev, &text, false)
            }
            _ => Ok(()),
        }
    }

    fn below(&self, ev: &mut Eval<'a>, node: NodeRef<'a>, plain: &Given<'a>, cx: &Cx<'a>, out: &mut Out<'a>) -> R<()> {
        let mut children = Vec::new();
        let mut child = node.first_child();
        while let Some(node) = child {
            ev.charge(1)?;
            children.push(Item::Node(node));
            child = node.next_sibling();
        }
        ev.hold(bytes(&children))?;
        self.apply(ev, children, cx.mode, plain.clone(), cx, out)
    }

    /// Calls a template by its name.
    pub(super) fn call(
        &self,
        ev: &mut Eval<'a>,
        template: usize,
        given: Given<'a>,
        cx: &Cx<'a>,
        out: &mut Out<'a>,
    ) -> R<()> {
        let (plain, tunnel) = split(given, cx);
        let copied = bytes(cx.item.as_slice());
        ev.charge(copied as u64 / 64)?;
        ev.hold(copied)?;
        self.enter(ev, template, &plain, &Cx { tunnel, ..cx.clone() }, out)
    }

    fn enter(&self, ev: &mut Eval<'a>, number: usize, given: &Given<'a>, cx: &Cx<'a>, out: &mut Out<'a>) -> R<()> {
        let Some(template) = self.sheet.templates.get(number) else { return Ok(()) };
        ev.charge(5)?;
        self.deeper(|| {
            self.frame(ev, |ev| {
                for param in &template.params {
                    let passed = match &cx.tunnel {
                        Some(tunnel) if param.tunnel => {
                            tunnel.iter().find(|(name, _)| *name == param.name).map(|p| &p.1)
                        }
                        _ if param.tunnel => None,
                        _ => given.iter().find(|(name, _, _)| *name == param.name).map(|p| &p.1),
                    };
                    let value = match (passed, &param.value.of) {
                        (Some(value), Some(of)) => types::convert_shared(ev, value, of),
                        (Some(value), None) => Ok(value.clone()),
                        (None, _) if param.required => fail(format!("the parameter `{}` is missing", param.name)),
                        (None, _) => self.value(ev, &param.value, cx),
                    };
                    if value.is_err() && self.failed.get().is_none() {
                        self.failed.set(Some(param.at));
                    }
                    ev.locals.push(value?);
                }
                match &template.of {
                    None => self.body(ev, &template.body, cx, out).map(drop),
                    Some(of) => {
                        let mut items = Out::items();
                        self.body(ev, &template.body, cx, &mut items)?;
                        let items = types::convert(ev, items.finish_items(self), of);
                        if items.is_err() && self.failed.get().is_none() {
                            self.failed.set(Some(template.at));
                        }
                        items?.into_iter().try_for_each(|item| out.item(self, ev, item))
                    }
                }
            })
        })
    }
}

/// Plain parameters, and those that go through with those that came.
fn split<'a>(given: Given<'a>, cx: &Cx<'a>) -> (Given<'a>, Option<Tunnel<'a>>) {
    if !given.iter().any(|(_, _, tunnel)| *tunnel) {
        return (given, cx.tunnel.clone());
    }
    let mut through: Vec<(&'a str, Shared<'a>)> = cx.tunnel.as_deref().cloned().unwrap_or_default();
    let mut plain = Vec::new();
    for (name, value, tunnel) in given {
        if !tunnel {
            plain.push((name, value, false));
            continue;
        }
        match through.iter_mut().find(|(n, _)| *n == name) {
            Some(known) => known.1 = value,
            None => through.push((name, value)),
        }
    }
    (plain, Some(Rc::new(through)))
}

fn shown(node: NodeRef<'_>) -> String {
    match node.kind() {
        Kind::Document => "the document".to_owned(),
        Kind::Element => format!("the element `{}`", node.name()),
        Kind::Attribute => format!("the attribute `{}`", node.name()),
        Kind::Text => "a text".to_owned(),
        _ => "a node".to_owned(),
    }
}
