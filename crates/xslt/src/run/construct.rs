//! Instructions that make nodes, and values made from instructions.

use std::rc::Rc;
use std::sync::Arc;

use expr::xpath::ast::Expr;
use expr::xpath::eval::Eval;
use expr::xpath::node::NodeRef;
use expr::xpath::tree::{Kind, QName};
use expr::xpath::value::{Item, R, Seq, Shared, bytes, fail};

use super::out::Out;
use super::{Cx, Machine, types};
use crate::model::{Global, Literal, Piece, TextOf, Value, What};

impl<'a> Machine<'a> {
    pub(super) fn construct(&self, ev: &mut Eval<'a>, what: &'a What, cx: &Cx<'a>, out: &mut Out<'a>) -> R<()> {
        match what {
            What::Literal(literal) => self.literal(ev, literal, cx, out),
            What::Element { name, sets, body } => {
                let name = self.qname(ev, name, cx, false)?;
                out.start(self, ev, &name)?;
                self.sets(ev, sets, cx, out)?;
                self.body(ev, body, cx, out)?;
                out.end(self, ev)
            }
            What::Attribute { name, value } => {
                let name = self.qname(ev, name, cx, true)?;
                let value = self.text_of(ev, value, cx)?;
                out.attribute(self, ev, name, &value)
            }
            What::Namespace { prefix, value } => {
                let prefix = self.avt(ev, prefix, cx)?;
                let uri = self.text_of(ev, value, cx)?;
                let prefix = prefix.trim();
                if !prefix.is_empty() && expr::xpath::lexer::name_length(prefix) != prefix.len() {
                    return fail(format!("\"{prefix}\" is no prefix of a namespace"));
                }
                if prefix == "xmlns" || uri.is_empty() {
                    return fail("xsl:namespace needs a prefix other than `xmlns`, and a namespace");
                }
                if prefix == "xml" || out.declare(&Arc::new(QName::new(prefix, &uri, "")))? {
                    return Ok(());
                }
                fail(format!("the prefix `{prefix}` means another namespace on this element"))
            }
            What::Comment(text) => {
                let text = self.text_of(ev, text, cx)?;
                out.comment(self, ev, &text)
            }
            What::Instruction { name, value } => {
                let name = self.avt(ev, name, cx)?;
                let text = self.text_of(ev, value, cx)?;
                let name = name.trim();
                if expr::xpath::lexer::name_length(name) != name.len() || name.eq_ignore_ascii_case("xml") {
                    return fail(format!("\"{name}\" is no name for a processing instruction"));
                }
                out.instruction(self, ev, name, &text)
            }
            What::Copy { select, spaces, sets, body } => {
                let Some(select) = select else { return self.copy(ev, *spaces, sets, body, cx, out) };
                for item in self.xp(ev, select, cx)? {
                    self.copy(ev, *spaces, sets, body, &cx.at(item, 1, 1), out)?;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn literal(&self, ev: &mut Eval<'a>, literal: &'a Literal, cx: &Cx<'a>, out: &mut Out<'a>) -> R<()> {
        out.start(self, ev, &literal.name)?;
        ev.charge(literal.spaces.len() as u64)?;
        for space in &literal.spaces {
            out.declare(space)?;
        }
        self.sets(ev, &literal.sets, cx, out)?;
        for (name, value) in &literal.attributes {
            match value.0.as_slice() {
                [Piece::Text(text)] => out.attribute(self, ev, name.clone(), text)?,
                _ => {
                    let text = self.avt(ev, value, cx)?;
                    out.attribute(self, ev, name.clone(), &text)?;
                }
            }
        }
        self.body(ev, &literal.body, cx, out)?;
        out.end(self, ev)
    }

    fn sets(&self, ev: &mut Eval<'a>, sets: &'a [usize], cx: &Cx<'a>, out: &mut Out<'a>) -> R<()> {
        for set in sets {
            for part in self.sheet.sets.get(*set).map_or(&[][..], Vec::as_slice) {
                self.deeper(|| {
                    self.sets(ev, &part.uses, cx, out)?;
                    // Attribute sets see the global variables only.
                    self.frame(ev, |ev| self.body(ev, &part.body, cx, out).map(drop))
                })?;
            }
        }
        Ok(())
    }

    fn copy(
        &self,
        ev: &mut Eval<'a>,
        spaces: bool,
        sets: &'a [usize],
        body: &'a crate::model::Body,
        cx: &Cx<'a>,
        out: &mut Out<'a>,
    ) -> R<()> {
        let Some(item) = cx.item.clone() else { return fail("xsl:copy has no item to copy") };
        let Item::Node(node) = item else { return out.item(self, ev, item) };
        match (node, node.kind()) {
            (NodeRef::Built(tree, at), Kind::Element) => {
                let Some(name) = tree.name(at) else { return Ok(()) };
                out.start(self, ev, name)?;
                out.declare_copied(ev, tree, at, true, spaces)?;
                self.sets(ev, sets, cx, out)?;
                self.body(ev, body, cx, out)?;
                out.end(self, ev)
            }
            (_, Kind::Document) if out.takes_items() => {
                let mut inner = Out::tree();
                self.body(ev, body, cx, &mut inner)?;
                let tree = self.keep(ev, inner.finish_tree(self)?)?;
                out.item(self, ev, Item::Node(NodeRef::Built(tree, 0)))
            }
            (_, Kind::Document) => self.body(ev, body, cx, out).map(drop),
            _ => out.copy(self, ev, node, spaces),
        }
    }

    /// The text that `select` or the content gives.
    pub(super) fn text_of(&self, ev: &mut Eval<'a>, of: &'a TextOf, cx: &Cx<'a>) -> R<String> {
        if let Some(select) = &of.select {
            let mut items = self.xp(ev, select, cx)?;
            let separator = self.optional_avt(ev, &of.separator, cx)?;
            if select.compat && separator.is_none() {
                items.truncate(1);
            }
            let mut text = String::new();
            self.join(ev, &items, separator.as_deref().unwrap_or(" "), &mut text)?;
            return Ok(text);
        }
        if of.body.is_empty() {
            // A text value template is all separator.
            return Ok(self.optional_avt(ev, &of.separator, cx)?.unwrap_or_default());
        }
        let Some(separator) = self.optional_avt(ev, &of.separator, cx)? else {
            let mut out = Out::only_text();
            self.body(ev, &of.body, cx, &mut out)?;
            return Ok(out.finish_text(self));
        };
        let mut out = Out::items();
        self.body(ev, &of.body, cx, &mut out)?;
        let mut text = String::new();
        self.join(ev, &out.finish_items(self), &separator, &mut text)?;
        Ok(text)
    }

    /// What a variable or parameter holds: content without a type is a tree, and a variable's value is shared.
    pub(super) fn value(&self, ev: &mut Eval<'a>, value: &'a Value, cx: &Cx<'a>) -> R<Shared<'a>> {
        if let (Some(select), None) = (&value.select, &value.of) {
            match select.expr {
                Expr::Local(slot) => return Ok(ev.locals.get(ev.base + slot).cloned().unwrap_or_default()),
                Expr::Global(number) => return self.shared_global(ev, number),
                _ => {}
            }
        }
        if value.select.is_some() || value.of.is_some() {
            return self.value_items(ev, value, cx).map(Rc::new);
        }
        if value.body.is_empty() {
            return Ok(Rc::new(vec![Item::string("")]));
        }
        let mut out = Out::tree();
        self.body(ev, &value.body, cx, &mut out)?;
        let tree = self.keep(ev, out.finish_tree(self)?)?;
        Ok(Rc::new(vec![Item::Node(NodeRef::Built(tree, 0))]))
    }

    /// The sequence that `select` or the content gives.
    pub(super) fn value_items(&self, ev: &mut Eval<'a>, value: &'a Value, cx: &Cx<'a>) -> R<Seq<'a>> {
        let items = match &value.select {
            Some(select) => self.xp(ev, select, cx)?,
            None => {
                let mut out = Out::items();
                self.body(ev, &value.body, cx, &mut out)?;
                let items = out.finish_items(self);
                ev.hold(bytes(&items))?;
                items
            }
        };
        match &value.of {
            Some(of) => types::convert(ev, items, of),
            None => Ok(items),
        }
    }

    /// The value of a key or sort: `select` or content, as values.
    pub(super) fn key_value(&self, ev: &mut Eval<'a>, value: &'a Value, cx: &Cx<'a>) -> R<Seq<'a>> {
        self.value_items(ev, value, cx)
    }

    pub(super) fn global_value(&self, ev: &mut Eval<'a>, global: &'a Global) -> R<Shared<'a>> {
        if global.is_param {
            let given = ev.external(&global.name)?;
            if !given.is_empty() {
                let result = match &global.value.of {
                    Some(of) => types::convert(ev, given, of),
                    None => Ok(given),
                };
                return result
                    .map(Rc::new)
                    .or_else(|error| fail(format!("the parameter `{}`: {}", global.name, error.0)));
            }
        }
        let cx = Cx { item: self.source.map(Item::Node), position: 1, size: 1, rule: None, mode: 0, tunnel: None };
        let result = self.value(ev, &global.value, &cx);
        if result.is_err() && self.failed.get().is_none() {
            self.failed.set(Some(global.at));
        }
        result
    }
}
