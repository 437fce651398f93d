//! The queue of a target field: what computes it, arguments first, without recursion.
//!
//! A queue is a list of contexts, and beyond its end all contexts are empty. What reads no source is different: it has a
//! value in every context, and is computed for as many contexts as are asked for.

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use super::Budget;
use crate::functions::{self, is_true};
use crate::model::{Arg, Model, Node, Op, Split};
use crate::source::{self, Instances};
use crate::{Entry, Host, Kind, Value};

/// What a value costs beside its text, in bytes.
const VALUE: usize = 24;

/// A context.
pub(super) type Values = Rc<[Value]>;

/// What a node gave: contexts by output.
#[derive(Default)]
struct Results {
    outputs: Vec<Vec<Values>>,
    /// How many contexts of its arguments are used up.
    done: usize,
    /// How many values there were in them.
    seen: usize,
    /// Its only context is that of every context.
    repeats: bool,
}

type All = HashMap<usize, Results>;

/// Computes queues.
pub(super) struct Evaluator<'r> {
    pub model: &'r Model,
    pub budget: &'r mut Budget,
    pub host: &'r mut dyn Host,
    instances: &'r Instances,
    text: &'r str,
    /// Queues of sources by path and context: many fields read the same.
    sources: HashMap<(usize, usize, bool), Vec<Values>>,
    kinds: HashMap<usize, Kind>,
    none: Values,
}

impl<'r> Evaluator<'r> {
    pub(super) fn new(
        model: &'r Model,
        instances: &'r Instances,
        text: &'r str,
        budget: &'r mut Budget,
        host: &'r mut dyn Host,
    ) -> Self {
        let (sources, kinds) = (HashMap::new(), HashMap::new());
        Evaluator { model, budget, host, instances, text, sources, kinds, none: Rc::from([]) }
    }

    pub(super) fn step(&mut self, steps: u64) -> Result<(), String> {
        self.budget.step(steps, self.host)
    }

    pub(super) fn bytes(&mut self, bytes: usize) -> Result<(), String> {
        self.budget.bytes(bytes, self.host)
    }

    /// The queue of a field, for at least so many contexts of what reads no source.
    pub(super) fn queue(&mut self, arg: Arg, wanted: usize) -> Result<Vec<Values>, String> {
        let order = self.below(arg.node);
        self.step(order.len() as u64)?;
        let mut demand: HashMap<usize, usize> = HashMap::from([(arg.node, wanted)]);
        // What uses a node says how many contexts it needs; a node that joins contexts needs no more than there are.
        for at in order.iter().rev() {
            let Some(node) = self.model.nodes.get(*at) else { continue };
            let passed = match node.op {
                Op::Queue(_) if !node.constant => 0,
                _ => demand.get(at).copied().unwrap_or(0),
            };
            for arg in &node.args {
                let slot = demand.entry(arg.node).or_default();
                *slot = passed.max(*slot);
            }
        }
        let mut results = All::new();
        for at in order {
            let model = self.model;
            let Some(node) = model.nodes.get(at).filter(|n| !n.constant) else { continue };
            let wanted = demand.get(&at).copied().unwrap_or(0);
            self.compute(at, node, wanted, &mut results).map_err(|why| told(node, why))?;
        }
        self.extend(arg.node, wanted.max(1), &mut results)?;
        let all = results.remove(&arg.node).unwrap_or_default();
        let mut queue = all.outputs.into_iter().nth(arg.from).unwrap_or_default();
        if let (true, Some(first)) = (all.repeats, queue.first().cloned()) {
            queue.resize(wanted.max(1), first);
        }
        Ok(queue)
    }

    /// A node and what it is computed from, in the order of computing: nodes stand behind their arguments.
    fn below(&self, top: usize) -> BTreeSet<usize> {
        let mut all = BTreeSet::from([top]);
        let mut open = vec![top];
        while let Some(at) = open.pop() {
            let args = self.model.nodes.get(at).map_or(&[] as &[Arg], |n| n.args.as_slice());
            open.extend(args.iter().map(|a| a.node).filter(|n| all.insert(*n)));
        }
        all
    }

    /// Computes a node that reads the source, directly or not.
    fn compute(&mut self, at: usize, node: &Node, wanted: usize, results: &mut All) -> Result<(), String> {
        let length = |arg: &Arg| match results.get(&arg.node) {
            Some(r) if !r.repeats => r.outputs.get(arg.from).map_or(0, Vec::len),
            _ => 0,
        };
        let reads = |arg: &&Arg| self.model.nodes.get(arg.node).is_some_and(|n| !n.constant);
        let longest = node.args.iter().filter(reads).map(length).max().unwrap_or(0);
        match &node.op {
            Op::Source { path, context, as_xml } => {
                let queue = self.source(*path, *context, *as_xml)?;
                results.insert(at, Results { outputs: vec![queue], ..Results::default() });
                return Ok(());
            }
            Op::Queue(kind) => {
                let mut args = Vec::new();
                for arg in &node.args {
                    self.extend(arg.node, longest.max(1), results)?;
                    let count = if reads(&arg) && length_of(results, arg).is_some() {
                        length_of(results, arg).unwrap_or(0)
                    } else {
                        longest.max(1)
                    };
                    let mut contexts = Vec::with_capacity(count);
                    for i in 0..count {
                        let values = self.context(results, arg, i);
                        self.step(1 + values.len() as u64)?;
                        contexts.push(values.to_vec());
                    }
                    args.push(contexts);
                }
                let made = functions::queue(*kind, &args)?;
                self.bytes(made.iter().map(|c| VALUE * (1 + c.len())).sum())?;
                let repeats = matches!(kind, functions::Queue::CopyValue(_));
                let outputs = vec![made.into_iter().map(Rc::from).collect()];
                results.insert(at, Results { outputs, repeats, ..Results::default() });
                return Ok(());
            }
            _ => {}
        }
        let count = match &node.op {
            // A function of the author is not asked about contexts that are not there, except the first one.
            Op::User(function) if self.kind(*function)? == Kind::Contexts => longest.max(1),
            Op::Split(_) => longest,
            _ => longest.max(wanted),
        };
        for arg in &node.args {
            self.extend(arg.node, count, results)?;
        }
        results.entry(at).or_default();
        for _ in 0..count {
            self.advance(at, node, results)?;
        }
        Ok(())
    }

    /// Computes what reads no source for at least so many contexts.
    fn extend(&mut self, top: usize, wanted: usize, results: &mut All) -> Result<(), String> {
        let model = self.model;
        let enough = |results: &All, at: usize| {
            results.get(&at).is_some_and(|r| r.repeats || r.outputs.first().is_some_and(|o| o.len() >= wanted))
        };
        if model.nodes.get(top).is_none_or(|n| !n.constant) || enough(results, top) {
            return Ok(());
        }
        let order = self.below(top);
        self.step(order.len() as u64)?;
        for at in order {
            let Some(node) = model.nodes.get(at) else { continue };
            // A function may leave no context at all: it is not asked for ever.
            for _ in 0..wanted.max(1) {
                if enough(results, at) {
                    break;
                }
                self.advance(at, node, results).map_err(|why| told(node, why))?;
                if node.pure
                    && let Some(result) = results.get_mut(&at)
                {
                    result.repeats = true;
                }
            }
        }
        Ok(())
    }

    /// A context of an argument. What `ifWithoutElse` suppresses is not seen by functions, unless it says so.
    fn context(&self, results: &All, arg: &Arg, i: usize) -> Values {
        let found = results.get(&arg.node).and_then(|r| {
            let output = r.outputs.get(arg.from)?;
            if r.repeats { output.first() } else { output.get(i) }
        });
        let Some(values) = found else { return Rc::clone(&self.none) };
        let hides = self.model.nodes.get(arg.node).is_some_and(|n| matches!(n.op, Op::IfOnly { keep: false, .. }));
        if hides && values.contains(&Value::Suppress) {
            return values.iter().filter(|v| **v != Value::Suppress).cloned().collect();
        }
        Rc::clone(values)
    }

    /// Computes the next context of a node.
    fn advance(&mut self, at: usize, node: &Node, results: &mut All) -> Result<(), String> {
        let (i, seen) = results.get(&at).map_or((0, 0), |r| (r.done, r.seen));
        let args: Vec<Values> = node.args.iter().map(|arg| self.context(results, arg, i)).collect();
        let slices: Vec<&[Value]> = args.iter().map(AsRef::as_ref).collect();
        let count: usize = slices.iter().map(|a| a.len()).sum();
        self.step(1 + count as u64)?;
        let made: Vec<Vec<Values>> = match &node.op {
            Op::Source { .. } => Vec::new(),
            Op::Const(text) => vec![vec![Rc::from([Value::text(text)])]],
            Op::Counter { first, step } => {
                let number = i64::try_from(i).ok().and_then(|i| first.checked_add(i.checked_mul(*step)?));
                let number = number.ok_or("the counter is too large")?;
                vec![vec![Rc::from([Value::text(&number.to_string())])]]
            }
            Op::Single(function) => {
                vec![vec![self.tuples(&slices, |this, tuple| functions::single(function, tuple, this.host))?]]
            }
            Op::If { lazy } => vec![vec![branches(&slices, *lazy)]],
            Op::IfOnly { lazy, .. } => vec![vec![only(&slices, *lazy)]],
            Op::Context(function) => vec![vec![functions::context(function, &slices, seen)?.into()]],
            Op::Split(kind) => vec![split(slices.first().copied().unwrap_or_default(), *kind)],
            Op::Queue(kind) => {
                let queues: Vec<Vec<Vec<Value>>> = slices.iter().map(|a| vec![a.to_vec()]).collect();
                vec![functions::queue(*kind, &queues)?.into_iter().map(Rc::from).collect()]
            }
            Op::User(function) => self.user(*function, &slices)?,
        };
        // Texts that functions made were counted when they were made.
        let counted = matches!(node.op, Op::Single(_));
        for values in made.iter().flatten() {
            let bytes = values.iter().map(|v| VALUE + if counted { 0 } else { v.as_str().len() }).sum();
            self.bytes(bytes)?;
        }
        let result = results.entry(at).or_default();
        result.done += 1;
        result.seen += slices.first().map_or(0, |a| a.len());
        for (slot, contexts) in made.into_iter().enumerate() {
            if result.outputs.len() <= slot {
                result.outputs.push(Vec::new());
            }
            if let Some(output) = result.outputs.get_mut(slot) {
                output.extend(contexts);
            }
        }
        Ok(())
    }

    /// Calls something for each tuple of values; the last value of a shorter argument is used again.
    fn tuples(
        &mut self,
        args: &[&[Value]],
        mut call: impl FnMut(&mut Self, &[&Value]) -> Result<Value, String>,
    ) -> Result<Values, String> {
        let count = if args.iter().any(|a| a.is_empty()) { 0 } else { args.iter().map(|a| a.len()).max().unwrap_or(1) };
        let mut values = Vec::with_capacity(count);
        for i in 0..count {
            let tuple: Vec<&Value> = args.iter().filter_map(|a| a.get(i).or(a.last())).collect();
            self.step(1 + tuple.iter().map(|v| v.as_str().len() as u64 / 16).sum::<u64>())?;
            let value = call(self, &tuple)?;
            self.bytes(value.as_str().len())?;
            values.push(value);
        }
        Ok(values.into())
    }

    fn kind(&mut self, function: usize) -> Result<Kind, String> {
        if let Some(kind) = self.kinds.get(&function) {
            return Ok(*kind);
        }
        let Some(called) = self.model.functions.get(function) else { return Ok(Kind::Values) };
        let kind = self.host.kind(called)?;
        self.kinds.insert(function, kind);
        Ok(kind)
    }

    fn user(&mut self, function: usize, args: &[&[Value]]) -> Result<Vec<Vec<Values>>, String> {
        let model = self.model;
        let Some(called) = model.functions.get(function) else { return Ok(Vec::new()) };
        if self.kind(function)? == Kind::Values {
            let call = |this: &mut Self, tuple: &[&Value]| {
                if tuple.contains(&&Value::Suppress) {
                    return Ok(Value::Suppress);
                }
                let tuple: Vec<Value> = tuple.iter().map(|v| (*v).clone()).collect();
                this.host.call_values(called, &tuple)
            };
            return Ok(vec![vec![self.tuples(args, call)?]]);
        }
        let outputs = self.host.call_contexts(called, args)?;
        let contexts = |entries: Vec<Entry>| {
            let mut contexts = vec![Vec::new()];
            for entry in entries {
                match (entry, contexts.last_mut()) {
                    (Entry::Value(value), Some(last)) => last.push(value),
                    _ => contexts.push(Vec::new()),
                }
            }
            // A change behind the last value ends its context and begins none.
            if contexts.len() > 1 && contexts.last().is_some_and(Vec::is_empty) {
                contexts.pop();
            }
            contexts.into_iter().map(Rc::from).collect()
        };
        let mut made: Vec<Vec<Values>> = outputs.into_iter().map(contexts).collect();
        made.resize_with(made.len().max(called.outputs), || vec![Rc::clone(&self.none)]);
        Ok(made)
    }

    fn source(&mut self, path: usize, context: usize, as_xml: bool) -> Result<Vec<Values>, String> {
        if let Some(known) = self.sources.get(&(path, context, as_xml)) {
            let known = known.clone();
            self.step(known.len() as u64)?;
            return Ok(known);
        }
        let queue = source::queue(self.model, self.instances, path, context);
        let instances = self.instances.get(path).map_or(&[] as &[source::Instance], Vec::as_slice);
        self.bytes(VALUE * (queue.len() + instances.len()))?;
        let mut made = Vec::with_capacity(queue.len());
        for numbers in queue {
            let mut values = Vec::with_capacity(numbers.len());
            for instance in numbers.into_iter().filter_map(|n| instances.get(n)) {
                values.push(if as_xml {
                    let xml = self.text.get(instance.range.clone()).unwrap_or("");
                    self.budget.bytes(xml.len(), self.host)?;
                    Value::text(xml)
                } else {
                    instance.value.clone()
                });
            }
            made.push(Values::from(values));
        }
        self.sources.insert((path, context, as_xml), made.clone());
        Ok(made)
    }
}

fn told(node: &Node, why: String) -> String {
    if node.title.is_empty() { why } else { format!("{}: {why}", node.title) }
}

fn length_of(results: &All, arg: &Arg) -> Option<usize> {
    results.get(&arg.node).filter(|r| !r.repeats).and_then(|r| r.outputs.get(arg.from)).map(Vec::len)
}

/// `iF`: then, condition, else.
fn branches(args: &[&[Value]], lazy: bool) -> Values {
    let [then, condition, otherwise] = args else { return Rc::from([]) };
    if condition.is_empty() {
        return Rc::from([]);
    }
    let mut values = Vec::new();
    if lazy {
        // Only the branch that is chosen moves on.
        let (mut first, mut second) = (0, 0);
        let mut i = 0;
        while let Some(chosen) = condition.get(i).or(condition.last()) {
            let (branch, at) = if is_true(chosen.as_str()) { (then, &mut first) } else { (otherwise, &mut second) };
            if i >= condition.len() && *at >= branch.len() {
                break;
            }
            values.extend(branch.get(*at).or(branch.last()).cloned());
            *at += 1;
            i += 1;
        }
        return values.into();
    }
    let count = args.iter().map(|a| a.len()).max().unwrap_or(0);
    for i in 0..count {
        let Some(chosen) = condition.get(i).or(condition.last()) else { break };
        let branch = if is_true(chosen.as_str()) { then } else { otherwise };
        values.extend(branch.get(i).or(branch.last()).cloned());
    }
    values.into()
}

/// `ifWithoutElse`: condition, then.
fn only(args: &[&[Value]], lazy: bool) -> Values {
    let [condition, then] = args else { return Rc::from([]) };
    if condition.is_empty() {
        return Rc::from([]);
    }
    let (mut values, mut at, mut i) = (Vec::new(), 0, 0);
    while let Some(chosen) = condition.get(i).or(condition.last()) {
        let holds = is_true(chosen.as_str());
        let place = if lazy { at } else { i };
        if i >= condition.len() && (place >= then.len() || lazy && !holds) {
            break;
        }
        if holds {
            values.extend(then.get(place).or(then.last()).cloned());
            at += 1;
        } else {
            values.push(Value::Suppress);
        }
        i += 1;
    }
    values.into()
}

fn split(values: &[Value], kind: Split) -> Vec<Values> {
    let mut contexts: Vec<Vec<Value>> = vec![Vec::new()];
    for (i, value) in values.iter().enumerate() {
        let before = i.checked_sub(1).and_then(|i| values.get(i));
        let change = match (kind, before) {
            (_, None) => false,
            (Split::Each, _) => true,
            (Split::Change, Some(before)) => before != value,
            (Split::Empty, Some(before)) => before.as_str().is_empty() && *before != Value::Suppress,
        };
        if change {
            contexts.push(Vec::new());
        }
        if let Some(last) = contexts.last_mut() {
            last.push(value.clone());
        }
    }
    contexts.into_iter().map(Values::from).collect()
}
