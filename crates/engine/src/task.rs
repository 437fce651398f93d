//! Tasks: one path through the flow with its own message and a stack of frames, driven from move to move.

use std::sync::Arc;

use base::{EntryKey, Failure, Message, Timestamp};
use bytes::Bytes;
use expr::ExceptionInfo;
use flow::{Flow, Process, ProcessIx, Step, StepIx, StepKind, Transaction};
use store::{Change, StepRecord};

use crate::finish::Verdict;
use crate::fork::{self, Fork};
use crate::identity::{Identity, Root};
use crate::run::Run;
use crate::then::Then;
use crate::unit::{Unit, UnitId};
use crate::{Effect, Note, failure, steps, turns};

/// How deep process calls, splits and multicasts may nest.
const MAX_DEPTH: usize = 64;

/// Names a task of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TaskId(pub(crate) u64);

/// One path: the main one, a part of a split, a branch of a multicast, or an entry of a select.
#[derive(Debug)]
pub(crate) struct Task {
    pub(crate) id: TaskId,
    /// The task that forked it, and which child of it this is.
    pub(crate) parent: Option<(TaskId, usize)>,
    pub(crate) message: Message,
    pub(crate) frames: Vec<Frame>,
    /// Frames of all tasks above.
    pub(crate) depth: usize,
    /// Record path: `0/3`, `branch-a`, empty for the main path.
    pub(crate) branch: String,
    /// What ids of its deliveries and calls derive from.
    pub(crate) root: Root,
    /// The same as it began: without what its own steps picked.
    pub(crate) own: Root,
    /// The calls on the way to this task that belong to its record paths.
    pub(crate) way: String,
    /// The failure that a task above handles.
    pub(crate) inherited: Option<Arc<Handling>>,
    /// Children that it waits for.
    pub(crate) fork: Option<Box<Fork>>,
    /// Of an entry of a select: the change that its unit of work ends with, and the one after an escalation.
    pub(crate) entry: (Option<Change>, Option<Change>),
    /// The entry.
    pub(crate) picked: Option<EntryKey>,
    /// Row that the present step is at, and what its rows want to store.
    pub(crate) cursor: usize,
    pub(crate) rows: Vec<Change>,
    /// The body that a script or a content modifier set as a text; see [`Task::body_is_text`].
    pub(crate) text: Option<Bytes>,
}

/// A process, or the part of one that a child task runs.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) process: ProcessIx,
    /// The present step; `None` at the end of the path.
    pub(crate) at: Option<StepIx>,
    /// When the present step began.
    pub(crate) since: Timestamp,
    /// Where durable steps go; `None` commits each at once.
    pub(crate) unit: Option<UnitId>,
    /// The innermost open unit, whatever durable steps do: deliveries belong to it.
    pub(crate) scope: Option<UnitId>,
    /// Whether the scope begins and ends with this frame.
    pub(crate) owns: bool,
    /// No step and no exception subprocess of it runs any more: its own commit is under way or failed, or its exception
    /// subprocess ran for a part already.
    pub(crate) closed: bool,
    /// The failure that its exception subprocess handles.
    pub(crate) handling: Option<Arc<Handling>>,
    pub(crate) back: Back,
    /// The step that called, as a component of a way; with the round of a loop.
    pub(crate) called: String,
    /// What ids derived from outside of an idempotent call, and derive from again when it is over: what held for the
    /// task, and with what it began.
    pub(crate) outside: Option<(Root, Root)>,
}

/// What happens when a frame ends.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Back {
    /// The run is over.
    Top,
    /// A part of a split or branch of a multicast ends.
    Part,
    /// An entry of a select ends.
    Entry,
    /// The process call is done.
    Call,
    /// A round of a loop is done; the first is 0.
    Loop(u32),
    /// An idempotent call is done.
    Once {
        /// What identifies the message.
        id: String,
        /// Whether it has to be remembered.
        mark: bool,
    },
}

/// A failure while it is handled.
#[derive(Debug)]
pub(crate) struct Handling {
    pub(crate) failure: Failure,
    pub(crate) info: ExceptionInfo,
}

/// What a task does next.
#[derive(Debug)]
pub(crate) enum Move {
    /// Begin the step that it is at.
    Begin,
    /// The step is done: go on after it.
    Next,
    /// The step is done: go on there.
    To(Option<StepIx>),
    /// Wait for an outcome or for children.
    Wait,
    /// Call a process.
    Enter(ProcessIx, Back),
    /// Start children, or go on when all ended.
    Fork,
    /// A part reached the gather or join that closes its split or multicast.
    Arrive(StepIx),
    /// The path of the innermost frame ended.
    Leave,
    /// The innermost frame ended and what it changed is committed.
    Return,
    /// The step failed.
    Fail(Failure),
    /// The whole run stops.
    Stop(Verdict),
}

impl Task {
    /// A task with one frame.
    pub(crate) fn new(
        id: TaskId,
        parent: Option<(TaskId, usize)>,
        message: Message,
        identity: Arc<Identity>,
        frame: Frame,
    ) -> Self {
        Task {
            id,
            parent,
            message,
            frames: vec![frame],
            depth: 0,
            branch: String::new(),
            own: Root { identity: Arc::clone(&identity), since: 0 },
            root: Root { identity, since: 0 },
            way: String::new(),
            inherited: None,
            fork: None,
            entry: (None, None),
            picked: None,
            cursor: 0,
            rows: Vec::new(),
            text: None,
        }
    }

    /// Whether the body is still the one that was set as a text. Whatever else replaced it needs not say so.
    pub(crate) fn body_is_text(&self) -> bool {
        let body = &self.message.body;
        self.text.as_ref().is_some_and(|text| text.as_ptr() == body.as_ptr() && text.len() == body.len())
    }

    /// What ids of its deliveries and calls derive from.
    pub(crate) fn identity(&self) -> &Identity {
        &self.root.identity
    }

    /// The calls on the way from where its identity began: `call-tell/loop-pages@2`.
    pub(crate) fn way(&self) -> String {
        self.way_since(self.root.since)
    }

    /// The calls on the way to what is picked here.
    pub(crate) fn way_to(&self, picked: &Identity) -> String {
        if picked.is_anywhere() { String::new() } else { self.way_since(self.own.since) }
    }

    fn way_since(&self, since: usize) -> String {
        let above = Some(&self.way).filter(|_| since == 0);
        let here = self.frames.iter().skip(since).map(|frame| &frame.called);
        let names = above.into_iter().chain(here).filter(|name| !name.is_empty());
        names.map(String::as_str).collect::<Vec<_>>().join("/")
    }

    /// Its record path with the calls on the way: `0/3#call-tell`.
    pub(crate) fn record(&self) -> String {
        match self.way() {
            way if way.is_empty() => self.branch.clone(),
            way => format!("{}#{way}", self.branch),
        }
    }

    /// From here on its identity is another.
    pub(crate) fn becomes(&mut self, identity: Identity) {
        let since = if identity.is_anywhere() { self.frames.len() } else { self.own.since };
        self.root = Root { identity: Arc::new(identity), since };
    }

    /// The innermost frame. A task always has one while it is driven.
    pub(crate) fn frame(&self) -> Option<&Frame> {
        self.frames.last()
    }

    /// The failure being handled: by the innermost exception subprocess of this task or of one above.
    pub(crate) fn handling(&self) -> Option<&Arc<Handling>> {
        self.frames.iter().rev().find_map(|f| f.handling.as_ref()).or(self.inherited.as_ref())
    }

    /// What expressions see.
    pub(crate) fn scope<'a>(&'a self, run: &'a Run) -> expr::Scope<'a> {
        expr::Scope {
            message: &self.message,
            message_id: &run.start.message_id,
            flow: &run.start.flow.name,
            now: run.now,
            exception: self.handling().map(|h| &h.info),
        }
    }

    /// The unit that durable steps of the present frame join.
    pub(crate) fn unit(&self) -> Option<UnitId> {
        self.frame().and_then(|f| f.unit)
    }

    /// The step that the innermost frame is at.
    pub(crate) fn step<'f>(&self, flow: &'f Flow) -> Option<&'f Step> {
        let frame = self.frame()?;
        flow.process(frame.process)?.steps.get(frame.at?)
    }

    fn process<'f>(&self, flow: &'f Flow) -> Option<&'f Process> {
        flow.process(self.frame()?.process)
    }

    /// Leaves the innermost frame.
    fn pop(&mut self) -> Option<Frame> {
        let mut frame = self.frames.pop()?;
        if let Some((root, own)) = frame.outside.take() {
            (self.root, self.own) = (root, own);
        }
        self.root.since = self.root.since.min(self.frames.len());
        Some(frame)
    }

    fn goto(&mut self, at: Option<StepIx>) {
        if let Some(frame) = self.frames.last_mut() {
            frame.at = at;
        }
    }
}

/// Moves a task until it waits or ends. The loop is bounded by the run's budget of steps.
pub(crate) fn drive(run: &mut Run, mut task: Task, mut next: Move) {
    let flow = Arc::clone(&run.start.flow);
    loop {
        next = match next {
            Move::Wait => {
                run.tasks.insert(task.id, task);
                return;
            }
            Move::Begin => begin(run, &mut task, &flow),
            Move::Next => {
                let at = task.step(&flow).and_then(|s| s.next);
                close(run, &task, &flow, None);
                task.goto(at);
                Move::Begin
            }
            Move::To(at) => {
                close(run, &task, &flow, None);
                task.goto(at);
                Move::Begin
            }
            Move::Enter(process, back) => enter(run, &mut task, &flow, process, back),
            Move::Fork => fork::turn(run, &mut task, &flow),
            Move::Leave => {
                close(run, &task, &flow, None);
                task.goto(None);
                leave(run, &mut task, &flow)
            }
            Move::Arrive(at) => {
                close(run, &task, &flow, None);
                return fork::ended(run, task, Ok(Some(at)));
            }
            Move::Return => {
                let Some(frame) = task.pop() else { return };
                match frame.back {
                    Back::Top => return run.stop_with(task.message, Verdict::Good),
                    Back::Part if frame.handling.is_some() => {
                        let close = fork::close_of(run, &task, &flow);
                        return fork::ended(run, task, Ok(close));
                    }
                    Back::Part | Back::Entry => return fork::ended(run, task, Ok(None)),
                    Back::Call => Move::Next,
                    Back::Loop(round) => steps::again(run, &mut task, &flow, round),
                    Back::Once { id, mark } => {
                        let next =
                            if mark && !frame.owns { steps::mark_once(run, &mut task, &flow, id) } else { Move::Next };
                        turns::give_back(run, &task);
                        next
                    }
                }
            }
            Move::Stop(verdict) => {
                // The units that are open now commit at the end, and with them what they do to an entry.
                run.deletes.extend(task.entry.0.take());
                return run.stop_with(task.message, verdict);
            }
            Move::Fail(failure) => match unwind(run, task, &flow, failure) {
                Some(still) => {
                    task = still;
                    Move::Begin
                }
                None => return,
            },
        };
    }
}

/// Begins the step that the task is at.
fn begin(run: &mut Run, task: &mut Task, flow: &Flow) -> Move {
    let now = run.now;
    let Some(frame) = task.frames.last_mut() else { return Move::Wait };
    frame.since = now;
    if frame.at.is_none() {
        return Move::Leave;
    }
    let Some(step) = task.step(flow) else { return Move::Fail(failure::bug("an edge leads to no step")) };
    if let Err(failure) = run.spend() {
        return Move::Fail(failure);
    }
    if run.start.log_level >= flow::LogLevel::Trace {
        run.out.notes.push(Note::Trace(Box::new(store::TraceRecord {
            message_id: run.start.message_id.clone(),
            run: run.start.run.clone(),
            step: step.name.clone(),
            at: now,
            message: task.message.clone(),
        })));
    }
    task.cursor = 0;
    task.rows.clear();
    steps::begin(run, task, flow, step)
}

/// Writes down that the present step ended.
fn close(run: &mut Run, task: &Task, flow: &Flow, error: Option<&Failure>) {
    let (Some(frame), Some(step), Some(process)) = (task.frame(), task.step(flow), task.process(flow)) else { return };
    run.record(StepRecord {
        step: step.name.clone(),
        process: process.name.clone(),
        branch: task.branch.clone(),
        started: frame.since,
        ms: u64::try_from(run.now.since(frame.since).as_millis()).unwrap_or(u64::MAX),
        error: error.map(failure::stored),
    });
}

/// Enters a process from the step that calls it.
fn enter(run: &mut Run, task: &mut Task, flow: &Flow, ix: ProcessIx, back: Back) -> Move {
    let Some(process) = flow.process(ix) else { return Move::Fail(failure::bug("a call leads to no process")) };
    if let Err(failure) = check_depth(task).and_then(|()| run.spend()) {
        return Move::Fail(failure);
    }
    let (unit, outer) = task.frame().map_or((None, None), |f| (f.unit, f.scope));
    let (unit, scope, owns) = match process.transaction {
        Transaction::None => (None, outer, false),
        Transaction::Inherit => (unit, outer, false),
        Transaction::Required => {
            let own = run.open(outer);
            (Some(own), Some(own), true)
        }
    };
    // Once an idempotent call is remembered it is not run again: what became of its deliveries joins that commit.
    let (scope, owns) = match &back {
        Back::Once { mark: true, .. } if unit.is_none() => (Some(run.open(outer)), true),
        _ => (scope, owns),
    };
    let step = task.step(flow).map(|step| step.name.clone()).unwrap_or_default();
    let mut called = fork::component(&step);
    let mut outside = None;
    // What is done once for an id is the same from wherever it is called; a duplicate that is not skipped is not.
    let skips = matches!(task.step(flow).map(|step| &step.kind), Some(StepKind::Once(once)) if once.skip);
    match &back {
        Back::Once { id, .. } => {
            let inside = |root: &Root| Root {
                identity: Arc::new(root.identity.of_call(&step, id)),
                since: if skips { task.frames.len() + 1 } else { root.since },
            };
            let (root, own) = (inside(&task.root), inside(&task.own));
            // Tried again in the same run, it makes the same deliveries: what it made before is not made again.
            if skips && !run.is_inside(&root.identity) {
                run.ledger.begin_again(&root.identity);
            }
            outside = Some((std::mem::replace(&mut task.root, root), std::mem::replace(&mut task.own, own)));
        }
        Back::Loop(round) => called = format!("{called}@{round}"),
        Back::Call | Back::Top | Back::Part | Back::Entry => {}
    }
    let (at, since, closed, handling) = (process.start, run.now, false, None);
    task.frames.push(Frame { process: ix, at, since, unit, scope, owns, closed, handling, back, called, outside });
    Move::Begin
}

/// Refuses to go deeper than [`MAX_DEPTH`].
pub(crate) fn check_depth(task: &Task) -> Result<(), Failure> {
    if task.depth + task.frames.len() < MAX_DEPTH {
        return Ok(());
    }
    Err(Failure::permanent("X0205", format!("process calls and splits nest deeper than {MAX_DEPTH}")))
}

/// The path of the innermost frame ended well: commits the unit that ends with it.
fn leave(run: &mut Run, task: &mut Task, flow: &Flow) -> Move {
    let Some(frame) = task.frames.last_mut() else { return Move::Wait };
    // The main process commits with everything else at the very end.
    let Some(id) = frame.scope.filter(|_| frame.owns && frame.back != Back::Top) else { return Move::Return };
    // Numbers that units around it drew may be in what it commits.
    if let Some(wait) = run.keep_draws(task.id, true) {
        return wait;
    }
    let Some(frame) = task.frames.last_mut() else { return Move::Wait };
    frame.closed = true;
    let back = frame.back.clone();
    let mut changes = run.units.get_mut(&id).map(Unit::take).unwrap_or_default();
    // Remembering an idempotent call joins the commit of what it did: no crash can come between them.
    if let Back::Once { id, mark: true } = back.clone() {
        let caller = task.frames.len().checked_sub(2).and_then(|at| task.frames.get(at));
        let step = caller.and_then(|f| flow.process(f.process)?.steps.get(f.at?));
        changes.extend(step.and_then(|s| steps::mark(run, s, id)));
    }
    if back == Back::Entry {
        changes.extend(task.entry.0.take());
    }
    changes.extend(run.ledger.changes(run.now, Some(id)));
    if changes.is_empty() {
        run.units.remove(&id);
        turns::wake(run);
        return Move::Return;
    }
    run.emit(task.id, Effect::Commit(changes), Then::UnitEnd(id))
}

/// Looks for the exception subprocess that handles a failure, from the innermost process outwards. Gives the task back
/// where one was found; otherwise the task ended.
fn unwind(run: &mut Run, mut task: Task, flow: &Flow, mut failure: Failure) -> Option<Task> {
    if let Some(fork) = task.fork.take() {
        fork.let_go(run);
    }
    loop {
        turns::give_back(run, &task);
        if let Some(step) = task.step(flow) {
            if failure.step.is_empty() {
                failure.step.clone_from(&step.name);
            }
            close(run, &task, flow, Some(&failure));
        }
        let process = task.process(flow);
        let on_error = process.and_then(|p| p.on_error);
        let handles_parts = process.is_some_and(|p| p.handles_parts);
        let frame = task.frames.last_mut()?;
        let here = match frame.back {
            Back::Part => handles_parts,
            Back::Entry => false,
            Back::Top | Back::Call | Back::Loop(_) | Back::Once { .. } => true,
        };
        let handles = frame.handling.is_none() && !frame.closed && here;
        if let (Some(at), true) = (on_error, handles) {
            frame.handling = Some(Arc::new(Handling { info: failure::info(&failure), failure: failure.clone() }));
            frame.at = Some(at);
            failure::show(&mut task.message, flow, &failure);
            return Some(task);
        }
        let frame = task.pop()?;
        if let Some(id) = frame.scope.filter(|_| frame.owns) {
            run.roll_back(id, frame.back == Back::Entry);
        }
        turns::give_back(run, &task);
        match frame.back {
            Back::Top => {
                run.stop_with(task.message, Verdict::Failed(failure));
                return None;
            }
            Back::Part | Back::Entry => {
                fork::ended(run, task, Err(failure));
                return None;
            }
            Back::Call | Back::Loop(_) | Back::Once { .. } => {}
        }
    }
}
