//! Evaluation: expressions to sequences, within a budget.

use std::borrow::Cow;
use std::collections::HashMap;
use std::rc::Rc;

use regex::Regex;

use super::ast::{CompareKind, Comparison, Expr, ItemType, SequenceType, SetOp};
use super::cast::{self, AtomType, type_name};
use super::host::Host;
use super::node::NodeRef;
use super::value::{Atom, Item, R, Seq, Shared, bytes, fail, truth};
use super::{arith, compare, regexes};
use crate::{EvalError, Scope};

/// Nodes looked at, items made and pieces of text written; enough for any honest expression.
pub const BUDGET: u64 = 10_000_000;
/// Bytes of values that an expression may hold at one time.
pub const MOST_BYTES: usize = 256 << 20;
/// How many patterns made at run time are kept compiled.
const KEPT_PATTERNS: usize = 64;
/// The work of compiling a pattern that is not small.
const LARGE_PATTERN: u64 = 200_000;

/// What an expression is evaluated against.
#[derive(Clone, Copy)]
pub struct Focus<'f, 'a> {
    pub item: Option<&'f Item<'a>>,
    pub position: usize,
    pub size: usize,
}

/// One evaluation.
pub struct Eval<'a> {
    pub scope: Scope<'a>,
    /// Where paths from the root begin, if the context item is no node.
    pub root: Option<NodeRef<'a>>,
    /// The language around the expressions.
    pub host: Option<&'a dyn Host<'a>>,
    /// Whether the rules of XPath 1.0 hold where both versions differ.
    pub compat: bool,
    pub(super) spent: u64,
    pub(super) budget: u64,
    /// Roughly how many bytes the values take that are held now. An evaluation leaves what it gave; whoever drops that
    /// sets this back.
    pub held: usize,
    pub(super) most_bytes: usize,
    /// Values of variables; those of the present expression begin at `base`.
    pub locals: Vec<Shared<'a>>,
    pub base: usize,
    patterns: HashMap<(String, String), Regex>,
}

impl<'a> Eval<'a> {
    pub fn new(scope: Scope<'a>, root: Option<NodeRef<'a>>) -> Self {
        Eval {
            scope,
            root,
            host: None,
            compat: false,
            spent: 0,
            budget: BUDGET,
            held: 0,
            most_bytes: MOST_BYTES,
            locals: Vec::new(),
            base: 0,
            patterns: HashMap::new(),
        }
    }

    /// An evaluation inside another language, with its own budget of work and of bytes held at one time.
    pub fn hosted(
        scope: Scope<'a>,
        root: Option<NodeRef<'a>>,
        host: &'a dyn Host<'a>,
        budget: u64,
        most_bytes: usize,
    ) -> Self {
        Eval { host: Some(host), budget, most_bytes, ..Eval::new(scope, root) }
    }

    pub fn text(&mut self, item: &Item<'a>) -> R<Cow<'a, str>> {
        if let Item::Node(node) = item {
            self.charge(node.size())?;
        }
        let text = item.text();
        if let Cow::Owned(text) = &text {
            self.charge_text(text.len())?;
        }
        Ok(text)
    }

    pub fn atom(&mut self, item: &Item<'a>) -> R<Atom<'a>> {
        match item {
            Item::Node(node) => {
                self.charge(node.size())?;
                let atom = node.typed();
                if let Atom::Text(Cow::Owned(text)) | Atom::Untyped(Cow::Owned(text)) = &atom {
                    self.charge_text(text.len())?;
                }
                Ok(atom)
            }
            Item::Atom(atom) => {
                if let Atom::Text(Cow::Owned(text)) | Atom::Untyped(Cow::Owned(text)) = atom {
                    self.charge_text(text.len())?;
                }
                Ok(atom.clone())
            }
        }
    }

    pub fn atoms(&mut self, items: &[Item<'a>]) -> R<Vec<Atom<'a>>> {
        let mut atoms = Vec::with_capacity(items.len());
        for item in items {
            let atom = self.atom(item)?;
            if let Atom::Text(Cow::Owned(text)) | Atom::Untyped(Cow::Owned(text)) = &atom {
                self.hold(text.len())?;
            }
            atoms.push(atom);
        }
        Ok(atoms)
    }

    /// The value of an expression; its parts' values are held until it is there.
    pub fn eval(&mut self, expr: &'a Expr, focus: Focus<'_, 'a>) -> R<Seq<'a>> {
        self.charge(1)?;
        let held = self.held;
        let found = self.value(expr, focus)?;
        self.held = held;
        self.hold(bytes(&found))?;
        Ok(found)
    }

    fn value(&mut self, expr: &'a Expr, focus: Focus<'_, 'a>) -> R<Seq<'a>> {
        match expr {
            Expr::Text(_) | Expr::Int(_) | Expr::Decimal(_) | Expr::Double(_) => Ok(literal(expr)),
            Expr::Local(slot) => self.local(*slot),
            Expr::External(name) => self.external(name),
            Expr::Global(number) => self.global(*number),
            Expr::HostCall { number, args } => self.host_call(*number, args, focus),
            Expr::Context => own(focus),
            Expr::Sequence(parts) => self.sequence(parts, focus),
            Expr::Or(parts) => self.any(parts, focus, true),
            Expr::And(parts) => self.any(parts, focus, false),
            Expr::Compare(comparison) => self.compare(comparison, focus),
            Expr::Concat(parts) => self.concat(parts, focus),
            Expr::Range(ends) => self.range(&ends.0, &ends.1, focus),
            Expr::Arith(first, rest) => arith::chain(self, first, rest, focus),
            Expr::Sign { minus, of } => arith::sign(self, *minus, of, focus),
            Expr::Set(first, rest) => self.set(first, rest, focus),
            Expr::Map(parts) => self.map(parts, focus),
            Expr::InstanceOf(of, to) => self.instance(of, to, focus),
            Expr::TreatAs(of, to) => self.treat(of, to, focus),
            Expr::Cast { of, to, optional } => self.cast(of, *to, *optional, focus),
            Expr::Castable { of, to, optional } => self.castable(of, *to, *optional, focus),
            Expr::If(branches, otherwise) => self.branch(branches, otherwise, focus),
            Expr::For(sources, body) => self.all(sources, body, focus),
            Expr::Let(sources, body) => self.bind(sources, body, focus),
            Expr::Quantified { every, bindings, test } => self.quantified(*every, bindings, test, focus),
            Expr::Path(path) => self.path(path, focus),
            Expr::Filter(of, predicates) => self.filtered(of, predicates, focus),
            Expr::Call { function, args, regex } => self.call(function, args, regex.as_ref(), focus),
        }
    }

    /// XPath 1.0 takes the first of many.
    pub fn first_only(&self, items: &mut Seq<'a>) {
        if self.compat {
            items.truncate(1);
        }
    }

    pub fn test(&mut self, expr: &'a Expr, focus: Focus<'_, 'a>) -> R<bool> {
        let held = self.held;
        let found = truth(&self.eval(expr, focus)?);
        self.held = held;
        found
    }

    fn instance(&mut self, of: &'a Expr, to: &SequenceType, focus: Focus<'_, 'a>) -> R<Seq<'a>> {
        let items = self.eval(of, focus)?;
        Ok(vec![Item::bool(is_instance(&items, to))])
    }

    fn treat(&mut self, of: &'a Expr, to: &SequenceType, focus: Focus<'_, 'a>) -> R<Seq<'a>> {
        let items = self.eval(of, focus)?;
        if is_instance(&items, to) { Ok(items) } else { fail("a value has not the type that `treat as` demands") }
    }

    /// `for`: the results of all rounds.
    fn all(&mut self, sources: &'a [Expr], body: &'a Expr, focus: Focus<'_, 'a>) -> R<Seq<'a>> {
        let mut out = Vec::new();
        self.each(sources, focus, &mut |ev| {
            out.append(&mut ev.eval(body, focus)?);
            Ok(true)
        })?;
        Ok(out)
    }

    fn quantified(&mut self, every: bool, sources: &'a [Expr], test: &'a Expr, focus: Focus<'_, 'a>) -> R<Seq<'a>> {
        let mut found = every;
        self.each(sources, focus, &mut |ev| {
            found = ev.test(test, focus)?;
            Ok(found == every)
        })?;
        Ok(vec![Item::bool(found)])
    }

    fn filtered(&mut self, of: &'a Expr, predicates: &'a [Expr], focus: Focus<'_, 'a>) -> R<Seq<'a>> {
        let items = self.eval(of, focus)?;
        self.filter_all(items, predicates)
    }

    fn sequence(&mut self, parts: &'a [Expr], focus: Focus<'_, 'a>) -> R<Seq<'a>> {
        let mut out = Vec::new();
        for part in parts {
            let items = self.eval(part, focus)?;
            out.extend(items);
        }
        Ok(out)
    }

    /// Whether some part's truth is `wanted`; if none, the opposite.
    fn any(&mut self, parts: &'a [Expr], focus: Focus<'_, 'a>, wanted: bool) -> R<Seq<'a>> {
        for part in parts {
            if self.test(part, focus)? == wanted {
                return Ok(vec![Item::bool(wanted)]);
            }
        }
        Ok(vec![Item::bool(!wanted)])
    }

    fn compare(&mut self, comparison: &'a Comparison, focus: Focus<'_, 'a>) -> R<Seq<'a>> {
        let mut left = self.eval(&comparison.left, focus)?;
        let mut right = self.eval(&comparison.right, focus)?;
        if self.compat && !matches!(comparison.kind, CompareKind::General(_)) {
            left.truncate(1);
            right.truncate(1);
        }
        let holds = match comparison.kind {
            CompareKind::General(op) => Some(compare::general(self, op, &left, &right)?),
            CompareKind::Value(op) => match (optional(&left, "a comparison")?, optional(&right, "a comparison")?) {
                (Some(l), Some(r)) => Some(compare::atoms(op, &self.atom(l)?, &self.atom(r)?)?),
                _ => None,
            },
            kind => match (optional(&left, "a comparison")?, optional(&right, "a comparison")?) {
                (Some(Item::Node(l)), Some(Item::Node(r))) => Some(match kind {
                    CompareKind::Before => l.key() < r.key(),
                    CompareKind::After => l.key() > r.key(),
                    _ => l.key() == r.key(),
                }),
                (None, _) | (_, None) => None,
                _ => return fail("`is`, `<<` and `>>` compare nodes, not values"),
            },
        };
        Ok(holds.map(Item::bool).into_iter().collect())
    }

    fn concat(&mut self, parts: &'a [Expr], focus: Focus<'_, 'a>) -> R<Seq<'a>> {
        let mut out = String::new();
        for part in parts {
            let mut items = self.eval(part, focus)?;
            self.first_only(&mut items);
            if let Some(item) = optional(&items, "`||`")? {
                let text = self.text(item)?;
                self.charge_text(text.len())?;
                self.room(out.len() + text.len())?;
                out.push_str(&text);
            }
        }
        Ok(vec![Item::string(out)])
    }

    fn range(&mut self, from: &'a Expr, to: &'a Expr, focus: Focus<'_, 'a>) -> R<Seq<'a>> {
        let (Some(from), Some(to)) = (self.whole(from, focus)?, self.whole(to, focus)?) else { return Ok(Vec::new()) };
        if from > to {
            return Ok(Vec::new());
        }
        let count = to.abs_diff(from);
        self.charge(count.saturating_mul(4))?;
        self.room(usize::try_from(count).unwrap_or(usize::MAX).saturating_mul(size_of::<Item<'_>>()))?;
        Ok((from..=to).map(|n| Item::Atom(Atom::Int(n))).collect())
    }

    fn whole(&mut self, expr: &'a Expr, focus: Focus<'_, 'a>) -> R<Option<i64>> {
        let mut items = self.eval(expr, focus)?;
        self.first_only(&mut items);
        let Some(item) = optional(&items, "`to`")? else { return Ok(None) };
        match cast::cast(self.atom(item)?, AtomType::Int { name: "integer", min: i64::MIN, max: i64::MAX })? {
            Atom::Int(n) => Ok(Some(n)),
            _ => Ok(None),
        }
    }

    fn set(&mut self, first: &'a Expr, rest: &'a [(SetOp, Expr)], focus: Focus<'_, 'a>) -> R<Seq<'a>> {
        let mut left = self.nodes(first, focus)?;
        for (op, expr) in rest {
            let mut right = self.nodes(expr, focus)?;
            if *op == SetOp::Union {
                // Sorted once at the end: a long union must not sort once per part.
                left.append(&mut right);
                continue;
            }
            self.sort(&mut right)?;
            let wanted = *op == SetOp::Intersect;
            left.retain(|n| right.binary_search_by_key(&n.key(), NodeRef::key).is_ok() == wanted);
        }
        self.sort(&mut left)?;
        Ok(left.into_iter().map(Item::Node).collect())
    }

    fn nodes(&mut self, expr: &'a Expr, focus: Focus<'_, 'a>) -> R<Vec<NodeRef<'a>>> {
        let items = self.eval(expr, focus)?;
        self.charge(items.len() as u64)?;
        let node = |item| match item {
            Item::Node(node) => Ok(node),
            Item::Atom(atom) => fail(format!("union, intersect and except take nodes, not {}", type_name(&atom))),
        };
        items.into_iter().map(node).collect()
    }

    /// Document order without duplicates.
    pub fn sort(&mut self, nodes: &mut Vec<NodeRef<'a>>) -> R<()> {
        self.charge(nodes.len() as u64 * 2)?;
        // Stable, because it is fast on runs that are sorted already: each context node gave one.
        nodes.sort_by_key(NodeRef::key);
        nodes.dedup_by_key(|n| n.key());
        Ok(())
    }

    fn map(&mut self, parts: &'a [Expr], focus: Focus<'_, 'a>) -> R<Seq<'a>> {
        let Some((first, rest)) = parts.split_first() else { return Ok(Vec::new()) };
        let mut items = self.eval(first, focus)?;
        for part in rest {
            let (size, old) = (items.len(), bytes(&items));
            let mut out = Vec::new();
            for (i, item) in items.iter().enumerate() {
                let found = self.eval(part, Focus { item: Some(item), position: i + 1, size })?;
                out.extend(found);
            }
            items = out;
            self.held = self.held.saturating_sub(old);
        }
        Ok(items)
    }

    fn cast(&mut self, of: &'a Expr, to: AtomType, optional: bool, focus: Focus<'_, 'a>) -> R<Seq<'a>> {
        let items = self.eval(of, focus)?;
        match items.as_slice() {
            [] if optional => Ok(Vec::new()),
            [item] => {
                let atom = self.atom(item)?;
                Ok(vec![Item::Atom(cast::cast(atom, to)?)])
            }
            _ => fail(format!("a cast to xs:{} takes one value, this message gave {}", to.name(), items.len())),
        }
    }

    fn castable(&mut self, of: &'a Expr, to: AtomType, optional: bool, focus: Focus<'_, 'a>) -> R<Seq<'a>> {
        let items = self.eval(of, focus)?;
        let fits = match items.as_slice() {
            [] => optional,
            [item] => {
                let atom = self.atom(item)?;
                cast::cast(atom, to).is_ok()
            }
            _ => false,
        };
        Ok(vec![Item::bool(fits)])
    }

    fn branch(&mut self, branches: &'a [(Expr, Expr)], otherwise: &'a Expr, focus: Focus<'_, 'a>) -> R<Seq<'a>> {
        for (test, then) in branches {
            if self.test(test, focus)? {
                return self.eval(then, focus);
            }
        }
        self.eval(otherwise, focus)
    }

    fn bind(&mut self, sources: &'a [Expr], body: &'a Expr, focus: Focus<'_, 'a>) -> R<Seq<'a>> {
        let outer = self.locals.len();
        for source in sources {
            let items = self.eval(source, focus)?;
            self.locals.push(Rc::new(items));
        }
        let result = self.eval(body, focus);
        self.locals.truncate(outer);
        result
    }

    /// Runs `body` with every combination of the bound variables until it says stop.
    fn each(
        &mut self,
        sources: &'a [Expr],
        focus: Focus<'_, 'a>,
        body: &mut dyn FnMut(&mut Self) -> R<bool>,
    ) -> R<bool> {
        let Some((source, rest)) = sources.split_first() else { return body(self) };
        let items = self.eval(source, focus)?;
        let (slot, size) = (self.locals.len(), bytes(&items));
        self.locals.push(Shared::default());
        let mut goes_on = true;
        for item in items {
            self.charge(1)?;
            if let Some(local) = self.locals.get_mut(slot) {
                *local = Rc::new(vec![item]);
            }
            goes_on = self.each(rest, focus, body)?;
            if !goes_on {
                break;
            }
        }
        self.locals.truncate(slot);
        // The rounds may hold what they gave; the items are gone.
        self.held = self.held.saturating_sub(size);
        Ok(goes_on)
    }

    fn call(
        &mut self,
        function: &'static super::functions::Function,
        args: &'a [Expr],
        regex: Option<&'a Regex>,
        focus: Focus<'_, 'a>,
    ) -> R<Seq<'a>> {
        let mut values = Vec::with_capacity(args.len());
        for arg in args {
            values.push(self.eval(arg, focus)?);
        }
        let call = super::functions::Call { name: function.name, args: values, regex, focus, compat: self.compat };
        (function.run)(self, call)
    }

    /// A pattern that is known only now.
    pub fn pattern(&mut self, pattern: &str, flags: &str) -> R<Regex> {
        let key = (pattern.to_owned(), flags.to_owned());
        if let Some(regex) = self.patterns.get(&key) {
            return Ok(regex.clone());
        }
        self.charge(2_000 + pattern.len() as u64 * 100)?;
        let regex = match regexes::compile_small(pattern, flags).map_err(EvalError)? {
            Some(regex) => regex,
            None => {
                self.charge(LARGE_PATTERN)?;
                regexes::compile(pattern, flags).map_err(EvalError)?
            }
        };
        if self.patterns.len() < KEPT_PATTERNS {
            self.patterns.insert(key, regex.clone());
        }
        Ok(regex)
    }
}

fn literal(expr: &Expr) -> Seq<'_> {
    vec![match expr {
        Expr::Text(text) => Item::string(text.as_str()),
        Expr::Decimal(d) => Item::Atom(Atom::Decimal(*d)),
        Expr::Double(n) => Item::double(*n),
        Expr::Int(n) => Item::Atom(Atom::Int(*n)),
        _ => return Vec::new(),
    }]
}

fn own<'a>(focus: Focus<'_, 'a>) -> R<Seq<'a>> {
    context(focus).map(|item| vec![item.clone()])
}

/// The context item.
pub fn context<'f, 'a>(focus: Focus<'f, 'a>) -> R<&'f Item<'a>> {
    match focus.item {
        Some(item) => Ok(item),
        None => fail("there is no context item here"),
    }
}

/// At most one item.
pub fn optional<'s, 'a>(items: &'s [Item<'a>], who: &str) -> R<Option<&'s Item<'a>>> {
    match items {
        [] => Ok(None),
        [item] => Ok(Some(item)),
        _ => fail(format!("{who} takes one value on each side, this message gave {}", items.len())),
    }
}

pub fn is_instance(items: &[Item<'_>], of: &SequenceType) -> bool {
    let count = match items.len() {
        0 => of.zero,
        1 => true,
        _ => of.many,
    };
    count
        && match &of.item {
            None => items.is_empty(),
            Some(ItemType::Any) => true,
            Some(ItemType::Node(test)) => {
                items.iter().all(|i| matches!(i, Item::Node(n) if n.fits(test, super::ast::Axis::Itself)))
            }
            Some(ItemType::Atom(to)) => items.iter().all(|i| matches!(i, Item::Atom(a) if to.holds(a))),
        }
}
