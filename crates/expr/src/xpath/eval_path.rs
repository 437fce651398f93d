//! Evaluation of paths: steps, predicates, document order.

use super::ast::{Axis, Expr, Path, Start, Step, Test};
use super::axes::Stop;
use super::eval::{Eval, Focus, context};
use super::node::NodeRef;
use super::value::{Atom, Item, R, Seq, fail, truth};

/// From here on, nodes found twice are removed while a step still collects.
const COMPACT: usize = 65_536;

impl<'a> Eval<'a> {
    pub fn path(&mut self, path: &'a Path, focus: Focus<'_, 'a>) -> R<Seq<'a>> {
        let mut current: Seq<'a> = match &path.start {
            Start::Root => match (focus.item, self.root) {
                (Some(Item::Node(node)), _) => vec![Item::Node(node.root())],
                (_, Some(root)) => vec![Item::Node(root)],
                _ => return fail("there is no document here"),
            },
            Start::Context => vec![context(focus)?.clone()],
            Start::Expr(expr) => self.eval(expr, focus)?,
        };
        for step in &path.steps {
            current = match step {
                Step::Axis { axis, test, predicates } => self.axis_step(current, *axis, test, predicates)?,
                Step::Expr(expr) => self.expr_step(&current, expr)?,
            };
            if current.is_empty() {
                break;
            }
        }
        Ok(current)
    }

    fn axis_step(&mut self, from: Seq<'a>, axis: Axis, test: &'a Test, predicates: &'a [Expr]) -> R<Seq<'a>> {
        let single = from.len() == 1;
        let mut all: Vec<NodeRef<'a>> = Vec::new();
        let mut compact_at = COMPACT;
        for item in from {
            let Item::Node(node) = item else { return fail("a path step needs nodes, but there is a value before it") };
            let mut found = Vec::new();
            // `[1]` needs no look at the rest.
            let enough = match predicates.first() {
                Some(Expr::Int(n)) => usize::try_from(*n).unwrap_or(0).max(1),
                _ => usize::MAX,
            };
            if axis == Axis::Namespace {
                self.charge(node.namespaces())?;
            }
            node.walk(axis, &mut |n| {
                self.charge(1)?;
                if n.fits(test, axis) {
                    found.push(n);
                }
                if found.len() < enough { Ok(()) } else { Err(Stop::Enough) }
            })?;
            if predicates.is_empty() {
                all.append(&mut found);
            } else {
                let items = self.filter_all(found.into_iter().map(Item::Node).collect(), predicates)?;
                all.extend(items.into_iter().filter_map(|i| if let Item::Node(n) = i { Some(n) } else { None }));
            }
            if all.len() > compact_at {
                self.sort(&mut all)?;
                compact_at = (all.len() * 2).max(COMPACT);
            }
        }
        if single && axis.is_reverse() {
            all.reverse();
        } else if !single {
            self.sort(&mut all)?;
        }
        Ok(all.into_iter().map(Item::Node).collect())
    }

    /// `a/name()` or `a/(b, c)`: nodes come out in document order, values in the order they were made.
    fn expr_step(&mut self, from: &[Item<'a>], expr: &'a Expr) -> R<Seq<'a>> {
        let (mut nodes, mut values) = (Vec::new(), Vec::new());
        let size = from.len();
        for (i, item) in from.iter().enumerate() {
            if !matches!(item, Item::Node(_)) {
                return fail("a path step needs nodes, but there is a value before it; `!` works on values");
            }
            for result in self.eval(expr, Focus { item: Some(item), position: i + 1, size })? {
                match result {
                    Item::Node(node) => nodes.push(node),
                    Item::Atom(_) => values.push(result),
                }
            }
        }
        if !nodes.is_empty() && !values.is_empty() {
            return fail("a path step gave nodes and values together");
        }
        if nodes.is_empty() {
            return Ok(values);
        }
        self.sort(&mut nodes)?;
        Ok(nodes.into_iter().map(Item::Node).collect())
    }

    pub fn filter_all(&mut self, mut items: Seq<'a>, predicates: &'a [Expr]) -> R<Seq<'a>> {
        for predicate in predicates {
            items = self.filter(items, predicate)?;
        }
        Ok(items)
    }

    fn filter(&mut self, items: Seq<'a>, predicate: &'a Expr) -> R<Seq<'a>> {
        if let Expr::Int(n) = predicate {
            let index = usize::try_from(*n).ok().and_then(|n| n.checked_sub(1));
            return Ok(index.and_then(|i| items.into_iter().nth(i)).into_iter().collect());
        }
        let size = items.len();
        let mut out = Vec::new();
        for (i, item) in items.into_iter().enumerate() {
            let focus = Focus { item: Some(&item), position: i + 1, size };
            let held = self.held;
            let result = self.eval(predicate, focus)?;
            self.held = held;
            #[expect(clippy::cast_precision_loss, clippy::float_cmp, reason = "positions are small whole numbers")]
            let keep = match result.as_slice() {
                [Item::Atom(atom @ (Atom::Int(_) | Atom::Decimal(_) | Atom::Double(_)))] => {
                    atom.number() == (i + 1) as f64
                }
                other => truth(other)?,
            };
            if keep {
                out.push(item);
            }
        }
        Ok(out)
    }
}
