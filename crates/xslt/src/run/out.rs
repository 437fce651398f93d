//! Where instructions write: a tree, a sequence, or only text.

use std::sync::Arc;

use expr::EvalError;
use expr::xpath::eval::Eval;
use expr::xpath::node::NodeRef;
use expr::xpath::tree::{BuildError, Builder, Kind, QName, Tree};
use expr::xpath::value::{Item, R, Seq, bytes, fail};

use super::Machine;

/// The deepest tree.
const DEEPEST: usize = 50_000;

/// Attributes and namespaces of one element.
const MOST_ATTRIBUTES: usize = 10_000;

#[derive(Debug)]
enum Sink<'a> {
    /// The content of a document.
    Tree(Builder),
    /// A sequence; the builder holds the node without a parent that is being made.
    Items(Seq<'a>, Option<Builder>),
    /// Text; how many elements are open, whose tags do not count.
    Text(String, usize),
}

#[derive(Debug)]
pub(crate) struct Out<'a> {
    sink: Sink<'a>,
    /// Whether an atomic value came last: another one stands behind a space.
    after_atom: bool,
    /// The bytes of a sequence's items.
    items: usize,
    /// The bytes that the transformation counts for this.
    held: usize,
}

/// What a tree cannot hold, for an operator.
pub(super) fn told(error: BuildError) -> EvalError {
    EvalError(
        match error {
            BuildError::Late => "an attribute or namespace is added to an element that has content already",
            BuildError::Homeless => "an attribute or namespace is added where there is no element",
            BuildError::TooLarge => "a tree would be larger than 4 GiB",
        }
        .to_owned(),
    )
}

impl<'a> Out<'a> {
    pub(crate) fn tree() -> Self {
        Out { sink: Sink::Tree(Builder::document()), after_atom: false, items: 0, held: 0 }
    }

    pub(crate) fn items() -> Self {
        Out { sink: Sink::Items(Vec::new(), None), after_atom: false, items: 0, held: 0 }
    }

    pub(crate) fn only_text() -> Self {
        Out { sink: Sink::Text(String::new(), 0), after_atom: false, items: 0, held: 0 }
    }

    pub(crate) fn finish_tree(self, m: &Machine<'a>) -> R<Tree> {
        m.let_go(self.held);
        match self.sink {
            Sink::Tree(builder) => Ok(builder.finish()),
            _ => fail("there is no tree here"),
        }
    }

    pub(crate) fn finish_items(self, m: &Machine<'a>) -> Seq<'a> {
        m.let_go(self.held);
        match self.sink {
            Sink::Items(items, _) => items,
            _ => Vec::new(),
        }
    }

    pub(crate) fn finish_text(self, m: &Machine<'a>) -> String {
        m.let_go(self.held);
        match self.sink {
            Sink::Text(text, _) => text,
            _ => String::new(),
        }
    }

    /// Whether an item is taken as it is, not as a part of a tree or text.
    pub(crate) fn takes_items(&self) -> bool {
        matches!(self.sink, Sink::Items(_, None))
    }

    /// Counts what this has become.
    fn grown(&mut self, m: &Machine<'a>) -> R<()> {
        let bytes = match &self.sink {
            Sink::Tree(builder) => builder.bytes(),
            Sink::Items(_, builder) => self.items + builder.as_ref().map_or(0, Builder::bytes),
            Sink::Text(text, _) => text.len(),
        };
        let before = std::mem::replace(&mut self.held, bytes);
        m.let_go(before);
        m.hold(bytes)
    }

    fn builder(&mut self) -> Option<&mut Builder> {
        match &mut self.sink {
            Sink::Tree(builder) | Sink::Items(_, Some(builder)) => Some(builder),
            _ => None,
        }
    }

    /// Puts a node without a parent into the sequence.
    fn lone(&mut self, m: &Machine<'a>, ev: &mut Eval<'a>, builder: Builder) -> R<()> {
        let tree = m.keep(ev, builder.finish())?;
        self.push(m, Item::Node(NodeRef::Built(tree, 0)))
    }

    fn push(&mut self, m: &Machine<'a>, item: Item<'a>) -> R<()> {
        if let Sink::Items(items, _) = &mut self.sink {
            self.items += bytes(std::slice::from_ref(&item));
            items.push(item);
        }
        self.grown(m)
    }

    pub(crate) fn text(&mut self, m: &Machine<'a>, ev: &mut Eval<'a>, text: &str, raw: bool) -> R<()> {
        ev.charge_text(text.len())?;
        self.after_atom = false;
        if let Sink::Text(out, _) = &mut self.sink {
            m.room(text.len())?;
            out.push_str(text);
            return self.grown(m);
        }
        if let Some(builder) = self.builder() {
            m.room(text.len())?;
            builder.text(text, raw).map_err(told)?;
            return self.grown(m);
        }
        let mut builder = Builder::parentless();
        builder.lone_text(text).map_err(told)?;
        self.lone(m, ev, builder)
    }

    pub(crate) fn start(&mut self, m: &Machine<'a>, ev: &mut Eval<'a>, name: &Arc<QName>) -> R<()> {
        ev.charge(5)?;
        self.after_atom = false;
        if let Sink::Items(_, open @ None) = &mut self.sink {
            *open = Some(Builder::parentless());
        }
        match &mut self.sink {
            Sink::Text(_, depth) => {
                *depth += 1;
                Ok(())
            }
            Sink::Tree(builder) | Sink::Items(_, Some(builder)) => {
                if builder.depth() > DEEPEST {
                    return fail(format!("the result is nested deeper than {DEEPEST} levels"));
                }
                builder.start(name.clone()).map_err(told)?;
                if !name.uri.is_empty() {
                    self.declare_name(name)?;
                }
                self.grown(m)
            }
            Sink::Items(_, None) => Ok(()),
        }
    }

    fn declare_name(&mut self, name: &QName) -> R<bool> {
        if &*name.prefix == "xml" {
            return Ok(true);
        }
        let space = Arc::new(QName::new(&name.prefix, &name.uri, ""));
        self.declare(&space)
    }

    /// Declares a namespace at the open element; tells whether the prefix was free.
    pub(crate) fn declare(&mut self, space: &Arc<QName>) -> R<bool> {
        match self.builder() {
            Some(builder) if builder.attributes() > MOST_ATTRIBUTES => {
                fail(format!("an element gets more than {MOST_ATTRIBUTES} attributes and namespaces"))
            }
            Some(builder) => builder.declare(space).map_err(told),
            None => Ok(true),
        }
    }

    pub(crate) fn end(&mut self, m: &Machine<'a>, ev: &mut Eval<'a>) -> R<()> {
        self.after_atom = false;
        match &mut self.sink {
            Sink::Text(_, depth) => *depth = depth.saturating_sub(1),
            Sink::Tree(builder) => builder.end(),
            Sink::Items(_, open) => {
                if let Some(builder) = open {
                    builder.end();
                    if builder.depth() == 0
                        && let Some(builder) = open.take()
                    {
                        return self.lone(m, ev, builder);
                    }
                }
            }
        }
        Ok(())
    }

    pub(crate) fn attribute(&mut self, m: &Machine<'a>, ev: &mut Eval<'a>, name: Arc<QName>, value: &str) -> R<()> {
        ev.charge(5)?;
        ev.charge_text(value.len())?;
        self.after_atom = false;
        if let Sink::Text(out, depth) = &mut self.sink {
            if *depth == 0 {
                out.push_str(value);
            }
            return self.grown(m);
        }
        if let Some(builder) = self.builder() {
            let count = builder.attributes();
            if count > MOST_ATTRIBUTES {
                return fail(format!("an element gets more than {MOST_ATTRIBUTES} attributes and namespaces"));
            }
            // Each is compared with those before it.
            ev.charge(count as u64 / 4)?;
        }
        let name = if name.uri.is_empty() || &*name.prefix == "xml" { name } else { self.free_prefix(ev, name)? };
        if let Some(builder) = self.builder() {
            builder.attribute(name, value).map_err(told)?;
            return self.grown(m);
        }
        let mut builder = Builder::parentless();
        builder.attribute(name, value).map_err(told)?;
        self.lone(m, ev, builder)
    }

    /// A prefix for an attribute that means its namespace at the open element.
    fn free_prefix(&mut self, ev: &mut Eval<'a>, name: Arc<QName>) -> R<Arc<QName>> {
        if self.builder().is_none() {
            return Ok(name);
        }
        if !name.prefix.is_empty() && self.declare_name(&name)? {
            return Ok(name);
        }
        if let Some(builder) = self.builder()
            && let Some((tree, element)) = builder.inside()
        {
            ev.charge(tree.scope_depth(element))?;
            let known = tree.in_scope(element).find(|s| s.uri == name.uri && !s.prefix.is_empty());
            if let Some(space) = known {
                return Ok(Arc::new(QName::new(&space.prefix, &name.uri, &name.local)));
            }
        }
        for i in 0..200 {
            ev.charge(1)?;
            let other = QName::new(&format!("ns{i}"), &name.uri, &name.local);
            if self.declare_name(&other)? {
                return Ok(Arc::new(other));
            }
        }
        fail("an element has too many namespaces")
    }

    pub(crate) fn comment(&mut self, m: &Machine<'a>, ev: &mut Eval<'a>, text: &str) -> R<()> {
        ev.charge_text(text.len())?;
        // Two hyphens would end the comment.
        let mut safe = text.replace("--", "- -").replace("--", "- -");
        if safe.ends_with('-') {
            safe.push(' ');
        }
        self.node(m, ev, |b| b.comment(&safe))
    }

    pub(crate) fn instruction(&mut self, m: &Machine<'a>, ev: &mut Eval<'a>, target: &str, text: &str) -> R<()> {
        ev.charge_text(text.len())?;
        let safe = text.trim_start().replace("?>", "? >");
        self.node(m, ev, |b| b.instruction(target, &safe))
    }

    fn node(
        &mut self,
        m: &Machine<'a>,
        ev: &mut Eval<'a>,
        add: impl FnOnce(&mut Builder) -> Result<(), BuildError>,
    ) -> R<()> {
        ev.charge(5)?;
        self.after_atom = false;
        if matches!(self.sink, Sink::Text(..)) {
            return Ok(());
        }
        if let Some(builder) = self.builder() {
            add(builder).map_err(told)?;
            return self.grown(m);
        }
        let mut builder = Builder::parentless();
        add(&mut builder).map_err(told)?;
        self.lone(m, ev, builder)
    }

    /// Adds an item: a value as text, a node as a copy; a sequence takes both as they are.
    pub(crate) fn item(&mut self, m: &Machine<'a>, ev: &mut Eval<'a>, item: Item<'a>) -> R<()> {
        if self.takes_items() {
            ev.charge(1)?;
            return self.push(m, item);
        }
        match item {
            Item::Node(node) => self.copy(m, ev, node, true),
            Item::Atom(_) => {
                let text = ev.text(&item)?;
                // Only in trees: texts are joined as their instruction says.
                let space = self.after_atom && !matches!(self.sink, Sink::Text(..));
                if space {
                    self.text(m, ev, " ", false)?;
                }
                self.text(m, ev, &text, false)?;
                self.after_atom = true;
                Ok(())
            }
        }
    }

    /// Copies a node with all below it, without recursion.
    pub(crate) fn copy(&mut self, m: &Machine<'a>, ev: &mut Eval<'a>, node: NodeRef<'a>, spaces: bool) -> R<()> {
        let (tree, top) = match node {
            NodeRef::Built(tree, at) => (tree, at),
            NodeRef::BuiltNamespace(..) => {
                let (prefix, uri) = node.namespace().unwrap_or(("", ""));
                return if prefix == "xml" {
                    Ok(())
                } else {
                    self.declare(&Arc::new(QName::new(prefix, uri, ""))).map(drop)
                };
            }
            _ => return fail("a node of another kind cannot be copied"),
        };
        let mut open: Vec<u32> = Vec::new();
        let mut at = top;
        let end = tree.end(top);
        while at < end {
            while open.last().is_some_and(|end| *end <= at) {
                open.pop();
                self.end(m, ev)?;
            }
            match tree.kind(at) {
                Kind::Document => {}
                Kind::Element => {
                    let Some(name) = tree.name(at) else { break };
                    self.start(m, ev, name)?;
                    self.declare_copied(ev, tree, at, at == top, spaces)?;
                    open.push(tree.end(at));
                }
                Kind::Attribute => {
                    let Some(name) = tree.name(at) else { break };
                    self.attribute(m, ev, name.clone(), tree.own_text(at))?;
                }
                Kind::Text => self.text(m, ev, tree.own_text(at), tree.is_raw(at))?,
                Kind::Comment => self.comment(m, ev, tree.own_text(at))?,
                Kind::Instruction => {
                    let target = tree.name(at).map_or("", |n| &n.local);
                    self.instruction(m, ev, target, tree.own_text(at))?;
                }
                Kind::Namespace => {}
            }
            at += 1;
        }
        for _ in open {
            self.end(m, ev)?;
        }
        Ok(())
    }

    /// Declares what a copied element had: the topmost one all that is in scope.
    pub(crate) fn declare_copied(
        &mut self,
        ev: &mut Eval<'a>,
        tree: &'a Tree,
        at: u32,
        top: bool,
        spaces: bool,
    ) -> R<()> {
        if !spaces || self.builder().is_none() {
            return Ok(());
        }
        if top {
            ev.charge(tree.scope_depth(at))?;
            for space in tree.in_scope(at) {
                self.declare(space)?;
            }
        } else {
            let declared = tree.declared(at);
            ev.charge(declared.len() as u64)?;
            for (_, space) in declared {
                self.declare(space)?;
            }
        }
        Ok(())
    }
}
