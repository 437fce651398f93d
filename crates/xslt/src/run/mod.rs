//! Runs a compiled stylesheet on a message.

mod apply;
mod construct;
mod evaluate;
mod exec;
mod format_number;
mod functions;
mod group;
mod matching;
mod number;
mod out;
mod parse;
mod sort;
mod types;

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use expr::EvalError;
use expr::xpath::ast::Expr;
use expr::xpath::eval::{Eval, Focus};
use expr::xpath::host::Host;
use expr::xpath::node::NodeRef;
use expr::xpath::tree::{Arena, Place, Tree};
use expr::xpath::value::{Item, R, Seq, Shared, bytes, fail, truth};

use crate::model::{At, Avt, Piece, Sheet, Xp};
use crate::{Input, Output, TransformError, on_own_stack};

use self::out::Out;

/// The stack of a transformation; templates that call each other too deeply end before it does.
const STACK: usize = 128 << 20;
/// What expressions and library calls may need beyond the last check.
const RESERVE: usize = 8 << 20;

/// What instructions work on.
#[derive(Clone, Debug)]
pub(crate) struct Cx<'a> {
    pub(crate) item: Option<Item<'a>>,
    pub(crate) position: usize,
    pub(crate) size: usize,
    /// The rule that is being applied.
    pub(crate) rule: Option<usize>,
    pub(crate) mode: usize,
    pub(crate) tunnel: Option<apply::Tunnel<'a>>,
}

impl<'a> Cx<'a> {
    pub(crate) fn focus(&self) -> Focus<'_, 'a> {
        Focus { item: self.item.as_ref(), position: self.position, size: self.size }
    }

    /// The same with another item.
    pub(crate) fn at(&self, item: Item<'a>, position: usize, size: usize) -> Self {
        Cx { item: Some(item), position, size, rule: self.rule, mode: self.mode, tunnel: self.tunnel.clone() }
    }

    pub(crate) fn node(&self) -> Option<NodeRef<'a>> {
        match self.item {
            Some(Item::Node(node)) => Some(node),
            _ => None,
        }
    }
}

#[derive(Debug)]
pub(crate) struct Group<'a> {
    pub(crate) key: Seq<'a>,
    pub(crate) items: Seq<'a>,
}

enum Slot<'a> {
    Open,
    Busy,
    Done(Shared<'a>),
}

/// What functions of XSLT see besides the focus.
#[derive(Clone, Default)]
struct Dynamic<'a> {
    current: Option<Item<'a>>,
    group: Option<Rc<Group<'a>>>,
    captures: Option<Rc<Vec<String>>>,
}

type Place4 = (u32, u32, u8, u32);
/// The nodes of one key of one tree, by the text of the key's value.
type Index<'a> = HashMap<String, Vec<NodeRef<'a>>>;

/// One transformation. Expressions borrow it while they run, so what changes is in cells.
pub(crate) struct Machine<'a> {
    pub(crate) sheet: &'a Sheet,
    trees: Place<'a, Tree>,
    /// Expressions that were made at run time, and how to find them by place and text.
    expressions: Place<'a, Expr>,
    evaluated: RefCell<HashMap<(usize, String), &'a Expr>>,
    source: Option<NodeRef<'a>>,
    globals: RefCell<Vec<Slot<'a>>>,
    keys: RefCell<HashMap<(String, u32), Rc<Index<'a>>>>,
    /// Pattern steps that count: the parent asked for last, and which of its children pass.
    counted: RefCell<HashMap<usize, (Place4, HashSet<Place4>)>>,
    dynamic: RefCell<Dynamic<'a>>,
    next: RefCell<Vec<(&'a str, Shared<'a>)>>,
    depth: Cell<u32>,
    most_depth: u32,
    /// Bytes that are kept until the end.
    bytes: Cell<usize>,
    /// Bytes of what is being made.
    held: Cell<usize>,
    most_bytes: usize,
    stack: usize,
    /// Where the first error was seen.
    failed: Cell<Option<At>>,
    ended: Cell<bool>,
    headers: RefCell<Vec<(String, String)>>,
    properties: RefCell<Vec<(String, String)>>,
}

/// Whether the loop around goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    Go,
    Next,
    Break,
}

pub(crate) fn transform(sheet: &Sheet, input: &Input<'_>) -> Result<Output, TransformError> {
    on_own_stack(STACK, || run(sheet, input)).unwrap_or_else(|text| Err(TransformError { text, wanted: false }))
}

/// Roughly where the stack is.
#[inline(never)]
fn stack_address() -> usize {
    let here = 0_u8;
    std::hint::black_box(std::ptr::from_ref(&here)).addr()
}

fn run(sheet: &Sheet, input: &Input<'_>) -> Result<Output, TransformError> {
    let simple = |error: EvalError| TransformError { text: error.0, wanted: false };
    let arena = Arena::default();
    let trees = Place::new(&arena);
    let made = Arena::default();
    let source = if sheet.start.is_some() && input.scope.message.body.is_empty() {
        None
    } else {
        let tree = parse::source(sheet, &input.scope.message.body).map_err(simple)?;
        Some(NodeRef::Built(trees.tree(tree), 0))
    };
    let machine = Machine {
        sheet,
        trees,
        expressions: Place::new(&made),
        evaluated: RefCell::default(),
        source,
        globals: RefCell::new(sheet.globals.iter().map(|_| Slot::Open).collect()),
        keys: RefCell::default(),
        counted: RefCell::default(),
        dynamic: RefCell::default(),
        next: RefCell::default(),
        depth: Cell::new(0),
        most_depth: input.limits.depth,
        bytes: Cell::new(0),
        held: Cell::new(0),
        most_bytes: input.limits.bytes,
        stack: stack_address(),
        failed: Cell::new(None),
        ended: Cell::new(false),
        headers: RefCell::default(),
        properties: RefCell::default(),
    };
    let mut ev = Eval::hosted(input.scope, source, &machine, input.limits.steps, input.limits.bytes);
    let result = machine.start(&mut ev).and_then(|tree| {
        ev.charge(tree.bytes() as u64 / 16)?;
        crate::output::serialize(sheet, &tree, input.limits.bytes)
    });
    match result {
        Ok((body, media_type, encoding)) => Ok(Output {
            body,
            media_type,
            encoding,
            headers: machine.headers.take(),
            properties: machine.properties.take(),
        }),
        Err(error) => {
            let wanted = machine.ended.get();
            let text = match machine.failed.get() {
                Some(at) if !wanted => {
                    let file = sheet.modules.get(at.module as usize).map_or("", String::as_str);
                    format!("{} ({file}, line {})", error.0, at.line)
                }
                _ => error.0,
            };
            Err(TransformError { text, wanted })
        }
    }
}

impl<'a> Machine<'a> {
    fn start(&self, ev: &mut Eval<'a>) -> R<Tree> {
        // Parameters and variables are worked out when they are used, but a missing parameter is told at once.
        for global in self.sheet.globals.iter().filter(|g| g.is_param && g.required) {
            if ev.external(&global.name)?.is_empty() {
                self.failed.set(Some(global.at));
                return fail(format!(
                    "the message has no header or property `{}`, which the stylesheet requires",
                    global.name
                ));
            }
        }
        let mut out = Out::tree();
        let item = self.source.map(Item::Node);
        let cx = Cx { item: item.clone(), position: 1, size: 1, rule: None, mode: 0, tunnel: None };
        match (self.sheet.start, item) {
            (Some(template), _) => self.call(ev, template, Vec::new(), &cx, &mut out)?,
            (None, Some(item)) => self.apply(ev, vec![item], 0, Vec::new(), &cx, &mut out)?,
            (None, None) => return fail("there is no body to begin with"),
        }
        out.finish_tree(self)
    }

    /// Evaluates an expression where an instruction stands.
    pub(crate) fn xp(&self, ev: &mut Eval<'a>, xp: &'a Xp, cx: &Cx<'a>) -> R<Seq<'a>> {
        let compat = std::mem::replace(&mut ev.compat, xp.compat);
        // The item is copied; it ends with this.
        let copied = bytes(cx.item.as_slice());
        ev.charge(copied as u64 / 64)?;
        ev.hold(copied)?;
        let current = std::mem::replace(&mut self.dynamic.borrow_mut().current, cx.item.clone());
        let result = ev.eval(&xp.expr, cx.focus());
        ev.held = ev.held.saturating_sub(copied);
        self.dynamic.borrow_mut().current = current;
        ev.compat = compat;
        result
    }

    pub(crate) fn test(&self, ev: &mut Eval<'a>, xp: &'a Xp, cx: &Cx<'a>) -> R<bool> {
        let held = ev.held;
        let found = truth(&self.xp(ev, xp, cx)?);
        ev.held = held;
        found
    }

    /// The text of an attribute value template.
    pub(crate) fn avt(&self, ev: &mut Eval<'a>, avt: &'a Avt, cx: &Cx<'a>) -> R<String> {
        let mut out = String::new();
        for piece in &avt.0 {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Value(xp) => {
                    let mut items = self.xp(ev, xp, cx)?;
                    if xp.compat {
                        items.truncate(1);
                    }
                    self.join(ev, &items, " ", &mut out)?;
                }
            }
        }
        ev.charge_text(out.len())?;
        Ok(out)
    }

    pub(crate) fn optional_avt(&self, ev: &mut Eval<'a>, avt: &'a Option<Avt>, cx: &Cx<'a>) -> R<Option<String>> {
        avt.as_ref().map(|avt| self.avt(ev, avt, cx)).transpose()
    }

    pub(crate) fn join(&self, ev: &mut Eval<'a>, items: &[Item<'a>], separator: &str, out: &mut String) -> R<()> {
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                out.push_str(separator);
            }
            let text = ev.text(item)?;
            ev.charge_text(text.len() + separator.len())?;
            self.room(out.len())?;
            out.push_str(&text);
        }
        Ok(())
    }

    /// Keeps a finished tree until the transformation ends.
    pub(crate) fn keep(&self, ev: &mut Eval<'a>, tree: Tree) -> R<&'a Tree> {
        let bytes = self.bytes.get().saturating_add(tree.bytes());
        self.bytes.set(bytes);
        ev.charge(10 + tree.bytes() as u64 / 64)?;
        self.room(0)?;
        Ok(self.trees.tree(tree))
    }

    /// Whether temporary trees and a text of this length still fit.
    pub(crate) fn room(&self, more: usize) -> R<()> {
        if self.bytes.get().saturating_add(self.held.get()).saturating_add(more) > self.most_bytes {
            return fail(format!("the transformation needs more than {} MiB", self.most_bytes >> 20));
        }
        Ok(())
    }

    /// Counts bytes of what is being made.
    pub(crate) fn hold(&self, bytes: usize) -> R<()> {
        self.held.set(self.held.get().saturating_add(bytes));
        self.room(0)
    }

    pub(crate) fn let_go(&self, bytes: usize) {
        self.held.set(self.held.get().saturating_sub(bytes));
    }

    /// Counts bytes that are kept until the end.
    pub(crate) fn keep_bytes(&self, bytes: usize) -> R<()> {
        self.bytes.set(self.bytes.get().saturating_add(bytes));
        self.room(0)
    }

    /// Goes one template or function deeper.
    pub(crate) fn deeper<T>(&self, work: impl FnOnce() -> R<T>) -> R<T> {
        let depth = self.depth.get();
        let used = self.stack.abs_diff(stack_address());
        if depth >= self.most_depth || used > STACK - RESERVE {
            return fail(format!("templates or functions call each other more than {depth} levels deep"));
        }
        self.depth.set(depth + 1);
        let result = work();
        self.depth.set(depth);
        result
    }

    /// Runs instructions with fresh local variables.
    pub(crate) fn frame<T>(&self, ev: &mut Eval<'a>, work: impl FnOnce(&mut Eval<'a>) -> R<T>) -> R<T> {
        let base = std::mem::replace(&mut ev.base, ev.locals.len());
        let result = work(ev);
        ev.locals.truncate(ev.base);
        ev.base = base;
        result
    }

    /// The value of a global variable, made when it is asked for first.
    pub(crate) fn shared_global(&self, ev: &mut Eval<'a>, number: usize) -> R<Shared<'a>> {
        let Some(global) = self.sheet.globals.get(number) else { return Ok(Shared::default()) };
        let slot = self.globals.borrow_mut().get_mut(number).map(|s| std::mem::replace(s, Slot::Busy));
        let value = match slot {
            Some(Slot::Done(value)) => {
                self.fill(number, Slot::Done(value.clone()));
                return Ok(value);
            }
            Some(Slot::Busy) => {
                self.failed.set(self.failed.get().or(Some(global.at)));
                fail(format!("the variable `${}` is defined by itself", global.name))
            }
            _ => self.deeper(|| {
                self.frame(ev, |ev| {
                    let dynamic = self.dynamic.take();
                    let result = self.global_value(ev, global);
                    self.dynamic.replace(dynamic);
                    result
                })
            }),
        };
        self.fill(number, value.as_ref().map_or(Slot::Open, |value| Slot::Done(value.clone())));
        if let Ok(value) = &value {
            self.keep_bytes(bytes(value))?;
        }
        value
    }

    fn fill(&self, number: usize, with: Slot<'a>) {
        if let Some(slot) = self.globals.borrow_mut().get_mut(number) {
            *slot = with;
        }
    }
}

impl<'a> Host<'a> for Machine<'a> {
    fn global(&self, ev: &mut Eval<'a>, number: usize) -> R<Seq<'a>> {
        let value = self.shared_global(ev, number)?;
        ev.copy(&value)
    }

    fn call(&self, ev: &mut Eval<'a>, number: usize, args: Vec<Seq<'a>>, focus: Focus<'_, 'a>) -> R<Seq<'a>> {
        self.function(ev, number, args, focus)
    }
}
