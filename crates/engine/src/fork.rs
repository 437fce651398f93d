//! Forks: the parts of a split, the branches of a multicast, the entries of a select; each becomes a child task.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use base::{EntryKey, Failure, Message, Properties};
use bytes::Bytes;
use flow::{Flow, Gather, Otherwise, Process, Step, StepIx, StepKind};
use store::Change;

use crate::failure;
use crate::gather::gather;
use crate::identity::Identity;
use crate::parts::Parts;
use crate::run::Run;
use crate::task::{Back, Frame, Move, Task, TaskId, check_depth};
use crate::then::Then;

/// Most children at once.
const MAX_PARALLEL: u32 = 1_000;
/// Splits and multicasts inside each other; deeper ones do not run.
const MAX_OPEN: usize = 64;

/// The children of a task that waits for them.
#[derive(Debug)]
pub(crate) struct Fork {
    source: Source,
    /// Children that may run at once.
    parallel: usize,
    /// Whether a failed child keeps further ones from starting.
    stop: bool,
    started: usize,
    running: usize,
    exhausted: bool,
    failed: usize,
    first: Option<Failure>,
    /// The source itself failed: no child follows.
    broken: Option<Failure>,
    /// The gather or join inside the path that children reached.
    arrived: Option<StepIx>,
    /// Where that is, if it was looked for because a part handled its failure before it got there.
    close: Option<Option<StepIx>>,
    results: BTreeMap<usize, Left>,
    /// How often a record name was used.
    names: HashMap<String, u32>,
    /// Whether the parent is about to look at its children again.
    queued: bool,
}

/// Where children come from.
#[derive(Debug)]
pub(crate) enum Source {
    /// Parts of a split.
    Parts(Box<Parts>),
    /// Branches of a multicast.
    Branches,
    /// Entries of a select, each with the change that removes it.
    Entries(VecDeque<Picked>),
}

/// An entry that a select picked.
#[derive(Debug)]
pub(crate) struct Picked {
    pub(crate) id: String,
    pub(crate) message: Message,
    /// Where it is removed: no other task of the run picks it meanwhile.
    pub(crate) key: Option<EntryKey>,
    /// What ids of its deliveries derive from.
    pub(crate) identity: Arc<Identity>,
    /// Joins the commit of the entry's own unit of work.
    pub(crate) remove: Option<Change>,
    /// The same where its processing ends with an escalation.
    pub(crate) escalate: Option<Change>,
}

/// What a child left for a gather.
#[derive(Debug)]
struct Left {
    body: Bytes,
    /// Properties that it changed.
    properties: Properties,
}

/// A child that is about to start.
struct Child {
    message: Message,
    name: String,
    at: Option<StepIx>,
    back: Back,
    /// What ids derive from, where it is not what the parent's do.
    identity: Option<Arc<Identity>>,
    /// What its own unit of work does to the entry: when all went well, and after an escalation.
    entry: (Option<Change>, Option<Change>),
    /// The entry.
    picked: Option<EntryKey>,
}

impl Fork {
    /// Entries that no child began with are nobody's.
    pub(crate) fn let_go(self, run: &mut Run) {
        if let Source::Entries(left) = self.source {
            left.into_iter().filter_map(|picked| picked.key).for_each(|key| run.turns.put_back(key));
        }
    }
}

/// Begins to fork; `parallel` and `stop` as in the model.
pub(crate) fn begin(task: &mut Task, source: Source, parallel: u32, stop: bool) -> Move {
    if let Err(failure) = check_depth(task) {
        return Move::Fail(failure);
    }
    task.fork = Some(Box::new(Fork {
        source,
        parallel: parallel.clamp(1, MAX_PARALLEL) as usize,
        stop,
        started: 0,
        running: 0,
        exhausted: false,
        failed: 0,
        first: None,
        broken: None,
        arrived: None,
        close: None,
        results: BTreeMap::new(),
        names: HashMap::new(),
        queued: false,
    }));
    Move::Fork
}

/// Starts as many children as may run, or goes on when all ended.
pub(crate) fn turn(run: &mut Run, task: &mut Task, flow: &Flow) -> Move {
    let Some(mut fork) = task.fork.take() else { return Move::Fail(failure::bug("there is no fork")) };
    fork.queued = false;
    let Some(step) = task.step(flow) else { return Move::Fail(failure::bug("a fork belongs to no step")) };
    while fork.running < fork.parallel && !fork.exhausted && !(fork.stop && fork.first.is_some()) {
        if let Err(failure) = run.spend() {
            fork.broken = Some(failure);
            break;
        }
        match next_child(run, task, step, &mut fork) {
            Ok(Some(child)) => {
                start(run, task, &fork, child);
                fork.running += 1;
                fork.started += 1;
            }
            Ok(None) => fork.exhausted = true,
            Err(failure) => {
                fork.broken = Some(failure);
                fork.exhausted = true;
            }
        }
    }
    if fork.running > 0 {
        task.fork = Some(fork);
        return Move::Wait;
    }
    after(run, task, flow, step, *fork)
}

fn next_child(run: &mut Run, task: &Task, step: &Step, fork: &mut Fork) -> Result<Option<Child>, Failure> {
    let index = fork.started;
    match (&mut fork.source, &step.kind) {
        (Source::Parts(parts), StepKind::Split(split)) => {
            let Some(body) = parts.next_part()? else { return Ok(None) };
            // What is repeated in each part is made for each part.
            run.spend_for(&body)?;
            let mut message = Message { body, ..task.message.clone() };
            let number = |n: usize| i64::try_from(n).unwrap_or(i64::MAX).into();
            message.properties.insert("CamelSplitIndex".to_owned(), number(index));
            message.properties.insert("CamelSplitComplete".to_owned(), parts.is_last().into());
            // While it is not known, that of a split around this one would be wrong.
            message.properties.shift_remove("CamelSplitSize");
            if let Some(total) = parts.total().or_else(|| parts.is_last().then_some(index + 1)) {
                message.properties.insert("CamelSplitSize".to_owned(), number(total));
            }
            let name = match &split.record {
                Some(template) => {
                    let scope = expr::Scope { message: &message, ..task.scope(run) };
                    unique(&mut fork.names, template.text(&scope).map_err(failure::expression)?)
                }
                None => index.to_string(),
            };
            let (at, back, identity) = (split.body, Back::Part, None);
            Ok(Some(Child { message, name, at, back, identity, entry: (None, None), picked: None }))
        }
        (Source::Branches, StepKind::Multicast(multicast)) => Ok(multicast.branches.get(index).map(|branch| Child {
            message: task.message.clone(),
            name: escape(&branch.name),
            at: branch.to,
            back: Back::Part,
            identity: None,
            entry: (None, None),
            picked: None,
        })),
        (Source::Entries(entries), StepKind::StoreSelect(select)) => Ok(entries.pop_front().map(|picked| {
            let mut message = Message { body: picked.message.body, ..task.message.clone() };
            for (name, value) in picked.message.headers.iter() {
                message.headers.set(name, value.clone());
            }
            message.headers.set("SapDataStoreId", picked.id.as_str());
            let name = unique(&mut fork.names, picked.id);
            let (at, back, identity) = (select.each, Back::Entry, Some(picked.identity));
            Child { message, name, at, back, identity, entry: (picked.remove, picked.escalate), picked: picked.key }
        })),
        _ => Err(failure::bug("a fork does not fit its step")),
    }
}

/// A name as a component of a record path: a second one of the same name gets `~1`, so that no two parts share ids.
fn unique(names: &mut HashMap<String, u32>, name: String) -> String {
    let name = escape(&name);
    let count = names.entry(name.clone()).or_default();
    *count += 1;
    if *count == 1 { name } else { format!("{name}~{}", *count - 1) }
}

/// The name of a step that calls as a component of a record path.
pub(crate) fn component(step: &str) -> String {
    escape(step).replace('@', "%40")
}

fn escape(name: &str) -> String {
    name.replace('%', "%25").replace('/', "%2F").replace('#', "%23").replace('~', "%7E")
}

/// Makes a child task and lets it begin.
fn start(run: &mut Run, task: &Task, fork: &Fork, child: Child) {
    let Some(frame) = task.frame() else { return };
    let owns = child.back == Back::Entry;
    let own = owns.then(|| run.open(frame.scope));
    let (unit, scope) = if owns { (own, own) } else { (frame.unit, frame.scope) };
    let inner = Frame {
        process: frame.process,
        at: child.at,
        since: run.now,
        unit,
        scope,
        owns,
        closed: false,
        handling: frame.handling.clone(),
        back: child.back,
        called: String::new(),
        outside: None,
    };
    let id = TaskId(run.next());
    let own = child.identity.clone();
    let way = own.as_ref().map_or_else(|| task.way(), |identity| task.way_to(identity));
    let identity = child.identity.unwrap_or_else(|| Arc::clone(&task.root.identity));
    let mut made = Task::new(id, Some((task.id, fork.started)), child.message, identity, inner);
    made.depth = task.depth + task.frames.len();
    made.inherited = task.handling().cloned();
    made.text = task.text.clone();
    made.entry = child.entry;
    made.picked = child.picked;
    made.way = way;
    made.branch = if task.branch.is_empty() { child.name } else { format!("{}/{}", task.branch, child.name) };
    run.tasks.insert(id, made);
    // What a run before this one did with an entry is asked for before its first step.
    match own.and_then(|identity| run.look_up(&identity)) {
        Some(question) => {
            run.emit(id, question, Then::Settled { begin: true });
        }
        None => run.ready.push_back((id, Move::Begin)),
    }
}

/// A child ended: at the gather or join that it reached, at the end of its path, or with a failure.
pub(crate) fn ended(run: &mut Run, child: Task, how: Result<Option<StepIx>, Failure>) {
    if let Some(key) = child.picked {
        run.turns.put_back(key);
    }
    let Some((id, index)) = child.parent else { return };
    let Some(parent) = run.tasks.get_mut(&id) else { return };
    let Some(fork) = parent.fork.as_mut() else { return };
    fork.running = fork.running.saturating_sub(1);
    match how {
        Ok(arrived) => {
            if arrived.is_some() {
                let Message { body, mut properties, .. } = child.message;
                properties.retain(|name, value| {
                    !name.starts_with("CamelSplit") && parent.message.properties.get(name) != Some(value)
                });
                fork.results.insert(index, Left { body, properties });
            }
            fork.arrived = fork.arrived.or(arrived);
        }
        Err(_) if matches!(fork.source, Source::Entries(_)) => {}
        Err(failure) => {
            fork.failed += 1;
            fork.first.get_or_insert(failure);
        }
    }
    if !fork.queued {
        fork.queued = true;
        run.ready.push_back((id, Move::Fork));
    }
}

/// All children ended.
fn after(run: &mut Run, task: &mut Task, flow: &Flow, step: &Step, mut fork: Fork) -> Move {
    if let Some(failure) = fork.broken.take() {
        fork.let_go(run);
        return Move::Fail(failure);
    }
    if let Some(mut first) = fork.first {
        if !fork.stop {
            first.text = format!("{} of {} parts failed, first: {}", fork.failed, fork.started, first.text);
        }
        // What its exception subprocess did not end well for the part, it does not handle for the whole.
        if let Some(frame) = task.frames.last_mut() {
            frame.closed |= flow.process(frame.process).is_some_and(|p| p.handles_parts);
        }
        return Move::Fail(first);
    }
    if matches!(fork.source, Source::Entries(_)) {
        return Move::Next;
    }
    let Some(process) = task.frame().and_then(|f| flow.process(f.process)) else { return Move::Next };
    let Some(close) = fork.arrived else {
        // In SAP a split without parts ends without output; where steps follow they get the message as it is.
        if fork.started == 0 && step.next.is_none() {
            task.message.body = Bytes::new();
        }
        return Move::Next;
    };
    let (close, strategy) = closing(process, close);
    let mut bodies = Vec::with_capacity(fork.results.len());
    for left in fork.results.into_values() {
        bodies.push(left.body);
        task.message.properties.extend(left.properties);
    }
    if let Some(strategy) = strategy {
        match gather(strategy, &bodies) {
            Ok(body) => task.message.body = body,
            Err(failure) => return Move::Fail(failure),
        }
    }
    Move::To(process.steps.get(close).and_then(|s| s.next))
}

/// Where a part goes on whose failure was handled: at the gather or join that closes its split or multicast, if any.
pub(crate) fn close_of(run: &mut Run, child: &Task, flow: &Flow) -> Option<StepIx> {
    let parent = run.tasks.get_mut(&child.parent?.0)?;
    let frame = parent.frame().filter(|frame| frame.handling.is_none())?;
    let process = flow.process(frame.process)?;
    let step = process.steps.get(frame.at?)?;
    let fork = parent.fork.as_mut()?;
    *fork.close.get_or_insert_with(|| find_close(process, step))
}

/// The first gather or join on the paths of a split or multicast that closes none inside of it.
fn find_close(process: &Process, fork: &Step) -> Option<StepIx> {
    let mut seen = HashSet::new();
    // Steps still to look at, each with how many splits and multicasts are open there.
    let mut ahead: Vec<(StepIx, usize)> = inside(fork).map(|at| (at, 0)).collect();
    while let Some((at, open)) = ahead.pop() {
        let Some(step) = process.steps.get(at).filter(|_| open < MAX_OPEN && seen.insert((at, open))) else { continue };
        let (next, open) = match &step.kind {
            StepKind::Gather(_) | StepKind::Join if open == 0 => return Some(at),
            StepKind::Gather(_) | StepKind::Join => {
                (process.steps.get(closing(process, at).0).and_then(|close| close.next), open - 1)
            }
            StepKind::Split(_) | StepKind::Multicast(_) => {
                ahead.extend(inside(step).map(|at| (at, open + 1)));
                (step.next, open)
            }
            StepKind::Route(router) => {
                ahead.extend(router.routes.iter().filter_map(|route| route.to).map(|at| (at, open)));
                if let Otherwise::To(Some(at)) = router.otherwise {
                    ahead.push((at, open));
                }
                (step.next, open)
            }
            _ => (step.next, open),
        };
        ahead.extend(next.map(|at| (at, open)));
    }
    None
}

/// The first steps of the parts or branches of a step.
fn inside(step: &Step) -> impl Iterator<Item = StepIx> {
    let (body, branches) = match &step.kind {
        StepKind::Split(split) => (split.body, &[][..]),
        StepKind::Multicast(multicast) => (None, &multicast.branches[..]),
        _ => (None, &[][..]),
    };
    body.into_iter().chain(branches.iter().filter_map(|branch| branch.to))
}

/// The gather at or right behind a step, else the step itself.
fn closing(process: &Process, at: StepIx) -> (StepIx, Option<&Gather>) {
    let mut here = at;
    // A few joins in a row do no harm; a ring of them must not hang.
    for _ in 0..=process.steps.len() {
        match process.steps.get(here).map(|s| (&s.kind, s.next)) {
            Some((StepKind::Gather(strategy), _)) => return (here, Some(strategy)),
            Some((StepKind::Join, Some(next))) => here = next,
            _ => break,
        }
    }
    (at, None)
}

/// A child reached a gather or join: it ends there where it is a part; elsewhere the step means nothing.
pub(crate) fn arrive(task: &Task) -> Move {
    match task.frame() {
        Some(Frame { back: Back::Part, at: Some(at), .. }) => Move::Arrive(*at),
        _ => Move::Next,
    }
}
