//! A run: one processing of a message by a flow.

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};
use std::sync::Arc;

use base::{DeliveryId, EntryKey, Failure, Headers, Message, Timestamp};
use flow::{LogLevel, Transaction};
use store::{AttachmentRecord, Change, CommitError, Place, PlaceKind, StepRecord};

use crate::cookies::Cookies;
use crate::finish::{self, Ending, Verdict};
use crate::identity::Identity;
use crate::ledger::Ledger;
use crate::start::{Start, Trigger};
use crate::task::{Back, Frame, Move, Task, TaskId, drive};
use crate::then::Then;
use crate::turns::{self, Turns};
use crate::unit::{Unit, UnitId};
use crate::{Decision, Done, Effect, EffectId, Event, Question, delivery, failure, steps};

/// Most steps of one run.
const MAX_STEPS: u32 = 1_000_000;
/// Making this many bytes of a body costs as much as one step.
const STEP_BYTES: usize = 64 << 10;
/// Step records that are kept at level info, and at level debug.
const STEP_RECORDS: (usize, usize) = (50, 10_000);
/// Custom headers, and attachments for the message log, that one run may leave.
const MAX_EXTRAS: usize = 1_000;

/// A run in progress: frames, units of work, what it waits for. All data; dropping it forgets the run.
#[derive(Debug)]
pub struct Run {
    pub(crate) start: Start,
    pub(crate) now: Timestamp,
    pub(crate) out: Decision,
    phase: Phase,
    pub(crate) tasks: BTreeMap<TaskId, Task>,
    pub(crate) ready: VecDeque<(TaskId, Move)>,
    waits: BTreeMap<EffectId, (TaskId, Then)>,
    /// The commit in the middle of the run that is under way, and the deliveries that it writes down.
    remembering: Option<(EffectId, HashSet<DeliveryId>)>,
    pub(crate) units: BTreeMap<UnitId, Unit>,
    /// Tasks that wait until numbers are durable, and whether they leave a process then.
    held: Vec<(TaskId, bool)>,
    pub(crate) ledger: Ledger,
    /// What ids derive from, unless a task picked entries.
    pub(crate) identity: Arc<Identity>,
    /// In an ordered flow: the message's key, from the message as it came.
    pub(crate) order_key: Result<String, Failure>,
    /// Deletions that wait for the good end of the run (*delete on completion*), and what they hide from it until then:
    /// stored entries by key, entries of an open unit of work by name.
    pub(crate) deletes: Vec<Change>,
    pub(crate) deleted: BTreeSet<EntryKey>,
    pub(crate) deleted_names: BTreeSet<(Place, String)>,
    /// Entries that it read, by name: it deletes these, and none that took their names since.
    pub(crate) read: BTreeMap<(Place, String), EntryKey>,
    /// What only one of its tasks may be at.
    pub(crate) turns: Turns,
    /// It, or a flow that it called, ended with an escalation.
    pub(crate) escalated: bool,
    /// The category of the escalation that the main process ended with.
    pub(crate) main_escalated: Option<String>,
    /// Why it stops; outcomes that are under way are awaited, no step begins any more.
    pub(crate) stopping: Option<Verdict>,
    /// The message at the end.
    pub(crate) result: Message,
    /// Headers as they came from outside.
    pub(crate) incoming: Headers,
    /// Cookies of receivers, where the flow keeps them.
    pub(crate) cookies: Cookies,
    pub(crate) steps: VecDeque<StepRecord>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) attachments: Vec<AttachmentRecord>,
    counter: u64,
    budget: u32,
}

/// How far a run is.
#[derive(Debug)]
enum Phase {
    New,
    Running,
    /// Everything ran; the last commit is under way.
    Ending(EffectId, Box<Ending>),
    Over,
}

impl Run {
    /// A run that has not begun.
    #[must_use]
    pub fn new(start: Start) -> Self {
        let content = start.keyed.as_ref().map(|keyed| (start.message_id.clone(), keyed.content(&start.message_id)));
        Run {
            ledger: Ledger::of(start.flow.name.clone(), start.keep.keys, content),
            identity: Arc::new(Identity::of(&start)),
            start,
            now: Timestamp::default(),
            out: Decision::default(),
            phase: Phase::New,
            tasks: BTreeMap::new(),
            ready: VecDeque::new(),
            waits: BTreeMap::new(),
            remembering: None,
            units: BTreeMap::new(),
            held: Vec::new(),
            order_key: Ok(String::new()),
            deletes: Vec::new(),
            deleted: BTreeSet::new(),
            deleted_names: BTreeSet::new(),
            read: BTreeMap::new(),
            turns: Turns::default(),
            escalated: false,
            main_escalated: None,
            stopping: None,
            result: Message::default(),
            incoming: Headers::new(),
            cookies: Cookies::default(),
            steps: VecDeque::new(),
            headers: Vec::new(),
            attachments: Vec::new(),
            counter: 0,
            budget: MAX_STEPS,
        }
    }

    /// Makes the main task.
    fn begin(&mut self) {
        let start = &self.start;
        self.order_key = delivery::order_of(&start.flow, &start.message, &start.message_id, self.now);
        let process = self.start.process;
        let mut message = std::mem::take(&mut self.start.message);
        if matches!(self.start.trigger, Trigger::Http) {
            self.incoming = message.headers.clone();
        }
        self.equip(&mut message);
        let required = self.start.flow.process(process).is_some_and(|p| p.transaction == Transaction::Required);
        let unit = required.then(|| self.open(None));
        let frame = Frame {
            process,
            at: self.start.flow.process(process).and_then(|p| p.start),
            since: self.now,
            unit,
            scope: unit,
            owns: required,
            closed: false,
            handling: None,
            back: Back::Top,
            called: String::new(),
            outside: None,
        };
        let id = TaskId(self.next());
        self.phase = Phase::Running;
        self.tasks.insert(id, Task::new(id, None, message, Arc::clone(&self.identity), frame));
        self.ready.push_back((id, Move::Begin));
    }

    /// Sets the headers that a flow may expect of what started it.
    fn equip(&self, message: &mut Message) {
        let headers = &mut message.headers;
        headers.set("SAP_MessageProcessingLogID", self.start.message_id.as_str());
        headers.set("SAP_MplCorrelationId", self.start.correlation.as_str());
        if let Trigger::Parked { place, retries, crashes, .. } = &self.start.trigger {
            match place.kind {
                PlaceKind::Queue => {
                    headers.set("SAPJMSRetries", i64::from(*retries));
                    headers.set("JMSRedelivered", *retries > 0 || *crashes > 0);
                }
                PlaceKind::DataStore => headers.set("SAP_DataStoreRetries", i64::from(*retries)),
                PlaceKind::Delivery | PlaceKind::Inbox => {}
            }
        }
    }

    /// Brings an outcome back to the task that waits for it; one that nobody waits for is ignored.
    fn done(&mut self, id: EffectId, done: Done) {
        // Only these commits park deliveries.
        let last = matches!(&self.phase, Phase::Ending(last, _) if *last == id);
        let parks = last || matches!(self.waits.get(&id), Some((_, Then::UnitEnd(_))));
        if parks && matches!(done, Done::Committed(Err(CommitError::Store(_)))) {
            self.ledger.doubt_commits();
        }
        if let (Some((commit, deliveries)), Done::Committed(result)) = (&self.remembering, &done)
            && *commit == id
        {
            // Where it failed, the next commit tries again.
            if result.is_ok() {
                self.ledger.remembered(deliveries);
            }
            self.remembering = None;
            return;
        }
        if let (Phase::Ending(last, _), Done::Committed(result)) = (&self.phase, &done)
            && *last == id
        {
            let result = result.clone();
            if let Phase::Ending(_, ending) = std::mem::replace(&mut self.phase, Phase::Over) {
                finish::committed(self, *ending, result);
            }
            return;
        }
        if !self.waits.get(&id).is_some_and(|(_, then)| then.fits(&done)) {
            return;
        }
        let Some((task, then)) = self.waits.remove(&id) else { return };
        let Some(mut task) = self.tasks.remove(&task) else { return };
        let next = steps::resume(self, &mut task, then, done);
        if self.stopping.is_none() {
            drive(self, task, next);
        }
    }

    /// Drives what can go on, and ends the run when nothing is left to wait for.
    fn turn(&mut self) {
        while self.stopping.is_none() {
            let Some((id, next)) = self.ready.pop_front() else { break };
            if let Some(task) = self.tasks.remove(&id) {
                drive(self, task, next);
            }
        }
        if matches!(self.phase, Phase::Running) && self.waits.is_empty() {
            let stuck = || Verdict::Failed(failure::bug("the run has nothing left to wait for and did not end"));
            let verdict = self.stopping.take().unwrap_or_else(stuck);
            self.tasks.clear();
            self.ready.clear();
            finish::finish(self, verdict);
        }
    }

    /// Asks the runtime for an effect; its outcome brings the task on. A run that stops asks for nothing more.
    pub(crate) fn emit(&mut self, task: TaskId, effect: Effect, then: Then) -> Move {
        if self.stopping.is_none() {
            let id = EffectId(self.next());
            self.out.effects.push((id, effect));
            self.waits.insert(id, (task, then));
        }
        Move::Wait
    }

    /// Writes down which deliveries were made, unless that is under way.
    fn remember(&mut self) {
        if self.remembering.is_some() || self.stopping.is_some() {
            return;
        }
        let (changes, deliveries) = self.ledger.made(self.now);
        if !changes.is_empty() {
            let id = EffectId(self.next());
            self.out.effects.push((id, Effect::Commit(changes)));
            self.remembering = Some((id, deliveries));
        }
    }

    /// Asks for the last commit.
    pub(crate) fn emit_last(&mut self, changes: Vec<Change>, ending: Ending) {
        let id = EffectId(self.next());
        self.out.effects.push((id, Effect::Commit(changes)));
        self.phase = Phase::Ending(id, Box::new(ending));
    }

    /// These deliveries were to be made and were not.
    fn never_made(&mut self, calls: Vec<EffectId>) {
        for id in calls {
            if let Some((_, Then::Delivery(sending))) = self.waits.remove(&id) {
                steps::never_made(self, *sending);
            }
        }
    }

    /// These deliveries are under way, and nobody waits for what comes of them.
    fn cut_off(&mut self, failure: &Failure) {
        let notes = self.waits.values().filter_map(|(_, then)| match then {
            Then::Delivery(sending) => Some(steps::cut_off(self, sending, failure)),
            _ => None,
        });
        self.out.notes.extend(notes.collect::<Vec<_>>());
    }

    /// Drops every task; outcomes that are under way find nobody.
    pub(crate) fn forget_tasks(&mut self) {
        self.tasks.clear();
        self.ready.clear();
        self.waits.clear();
        self.held.clear();
        self.stopping = None;
    }

    /// Nothing comes after this.
    pub(crate) fn over(&mut self, ended: crate::Ended) {
        self.phase = Phase::Over;
        self.out.ended = Some(Box::new(ended));
    }

    /// Ends the run as soon as all outcomes under way came back; the first reason counts, unless a commit fails.
    pub(crate) fn stop_with(&mut self, message: Message, verdict: Verdict) {
        if self.stopping.is_none() {
            self.result = message;
            self.stopping = Some(verdict);
        }
    }

    /// A number that no other task, unit, effect or entry of this run has.
    pub(crate) fn next(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    /// The id of an entry that this run makes: the same when the run is replayed.
    pub(crate) fn entry_id(&mut self) -> String {
        let number = self.next();
        format!("{}-{number}", self.start.run)
    }

    /// The question what became of the deliveries of an identity before, where it is not that of the run and outcomes are
    /// kept. What this run sent for it before is then known too, and counts as the same sends.
    pub(crate) fn look_up(&mut self, identity: &Identity) -> Option<Effect> {
        if identity.recorded_under == self.identity.recorded_under || !self.start.flow.quality.keeps_outcomes() {
            return None;
        }
        self.ledger.begin_again(identity);
        Some(Effect::Ask(Question::Settled(identity.recorded_under.clone())))
    }

    /// Whether another task is at work on what belongs to an identity.
    pub(crate) fn is_inside(&self, identity: &Identity) -> bool {
        self.tasks.values().any(|task| task.identity().seed() == identity.seed())
    }

    /// The units of work that a task's durable steps are in, innermost first.
    pub(crate) fn units_of(&self, task: &Task) -> impl Iterator<Item = &Unit> {
        let mut at = task.unit();
        std::iter::from_fn(move || {
            let unit = self.units.get(&at?)?;
            at = unit.parent;
            Some(unit)
        })
    }

    /// A new unit of work inside another.
    pub(crate) fn open(&mut self, parent: Option<UnitId>) -> UnitId {
        let id = UnitId(self.next());
        self.units.insert(id, Unit::inside(parent));
        id
    }

    /// Sees to it that numbers which open units drew are durable before a task goes on: then nobody else may get what it
    /// carries away. `None` where they are.
    pub(crate) fn keep_draws(&mut self, task: TaskId, leave: bool) -> Option<Move> {
        if !self.start.flow.quality.keeps_outcomes() {
            return None;
        }
        if self.stopping.is_some() {
            return Some(Move::Wait);
        }
        // One commit has them at a time; others wait for it.
        if self.units.values().any(Unit::is_keeping) {
            self.held.push((task, leave));
            return Some(Move::Wait);
        }
        let draws: Vec<Change> = self.units.values_mut().flat_map(Unit::take_draws).collect();
        (!draws.is_empty()).then(|| self.emit(task, Effect::Commit(draws), Then::Kept { leave }))
    }

    /// The commit with numbers that open units drew is over.
    pub(crate) fn kept(&mut self, durable: bool) {
        self.units.values_mut().for_each(|unit| unit.kept(durable));
        for (task, leave) in std::mem::take(&mut self.held) {
            self.ready.push_back((task, if leave { Move::Leave } else { Move::Begin }));
        }
    }

    /// Drops what a unit wanted to change; what it sent stays sent. In an exactly-once flow the numbers that it drew stay
    /// with the run: whoever handles the failure may name them to a receiver.
    pub(crate) fn roll_back(&mut self, id: UnitId, forget: bool) {
        let unit = self.units.remove(&id);
        turns::wake(self);
        let outer = unit.as_ref().and_then(|u| u.parent);
        if let Some(unit) = unit.filter(|u| u.has_drawn() && self.start.flow.quality.keeps_outcomes()) {
            self.units.entry(outer.unwrap_or(UnitId::NUMBERS)).or_default().adopt(unit);
        }
        self.ledger.roll_back(id, outer, forget);
    }

    /// Spends one step of the run's budget.
    pub(crate) fn spend(&mut self) -> Result<(), Failure> {
        self.spend_for(&[])
    }

    /// Spends one step of the run's budget, and more where a step made a large body: a loop that lets a body grow ends
    /// before it has copied too much.
    pub(crate) fn spend_for(&mut self, body: &[u8]) -> Result<(), Failure> {
        let cost = u32::try_from(1 + body.len() / STEP_BYTES).unwrap_or(u32::MAX);
        self.budget = self
            .budget
            .checked_sub(cost)
            .ok_or_else(|| Failure::permanent("X0204", format!("the run has more than {MAX_STEPS} steps")))?;
        Ok(())
    }

    /// Keeps a step's record, of many the last ones.
    pub(crate) fn record(&mut self, record: StepRecord) {
        let most = if self.start.log_level >= LogLevel::Debug { STEP_RECORDS.1 } else { STEP_RECORDS.0 };
        if self.steps.len() >= most {
            self.steps.pop_front();
        }
        self.steps.push_back(record);
    }

    /// Keeps what a script left for the message log, up to a limit.
    pub(crate) fn keep(&mut self, headers: Vec<(String, String)>, attachments: Vec<AttachmentRecord>) {
        self.headers.extend(headers);
        self.headers.truncate(MAX_EXTRAS);
        self.attachments.extend(attachments);
        self.attachments.truncate(MAX_EXTRAS);
    }
}

/// The one entrance: moves a run by one event. Never panics; an event that does not fit is ignored.
pub fn decide(run: &mut Run, event: Event, now: Timestamp) -> Decision {
    run.now = now;
    match (event, &run.phase) {
        (_, Phase::Over) => {}
        (Event::Begin, Phase::New) => run.begin(),
        (Event::Begin, _) => {}
        (Event::Done(id, done), _) => run.done(id, done),
        (Event::Remember, Phase::Running) => run.remember(),
        (Event::Remember, _) => {}
        // A last commit that is under way says everything already.
        (Event::Stop { .. }, Phase::Ending(..)) => {}
        (Event::Stop { failure, unbegun }, _) => {
            run.never_made(unbegun);
            run.cut_off(&failure);
            finish::abandon(run, failure);
        }
    }
    run.turn();
    std::mem::take(&mut run.out)
}
