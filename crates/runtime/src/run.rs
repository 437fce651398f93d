//! Drives one run: asks the engine, performs what it decides, brings the outcomes back, until the run ends.

use std::collections::{HashSet, VecDeque};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use base::{Class, CorrelationId, DeliveryId, Failure, Message, MessageId, RunId, Status};
use engine::{Decision, Done, Effect, EffectId, Ended, Event, Keyed, Note, Start, Trigger, decide};
use flow::{Flow, ProcessIx};
use futures_util::stream::{FuturesUnordered, StreamExt};
use store::{EntryFilter, PlaceKind, StoreError};

use crate::deploy::FlowState;
use crate::journal::Journal;
use crate::locks::RunLocks;
use crate::runtime::Shared;
use crate::{consumers, escalate, perform, scripting, unsaved};

/// A run to be.
pub(crate) struct Job {
    /// Flow.
    pub flow: Arc<Flow>,
    /// State of the flow, for its count of runs.
    pub state: Arc<FlowState>,
    /// Process to start with.
    pub process: ProcessIx,
    /// Message.
    pub message: Message,
    /// Its id.
    pub message_id: MessageId,
    /// Its chain.
    pub correlation: CorrelationId,
    /// What started it.
    pub trigger: Trigger,
    /// What started it, for people.
    pub text: String,
    /// Idempotency key of a request.
    pub keyed: Option<Keyed>,
    /// What the ids of its deliveries and calls derive from, where a further run of the message derives the same: then
    /// what was delivered before is asked for. `None` where its message has one run only.
    pub origin: Option<MessageId>,
    /// ProcessDirect calls above this run.
    pub depth: u32,
    /// Whether an escalation of this run starts `on-escalated` (not where it is `on-escalated` itself).
    pub alerts: bool,
}

/// What effects of a run need to know about it.
pub(crate) struct Context {
    /// Flow.
    pub flow: Arc<Flow>,
    /// Message.
    pub message_id: MessageId,
    /// Chain.
    pub correlation: CorrelationId,
    /// What started it.
    pub trigger: Trigger,
    /// ProcessDirect calls above this run.
    pub depth: u32,
    /// Locks.
    pub locks: RunLocks,
    /// Commits, and runs of called flows, that were asked for: a run is not stopped before they are answered.
    pub commits: AtomicU32,
    /// Whether a commit decided what becomes of the entry that started the run.
    pub released: AtomicBool,
}

/// How often a run writes down what it delivered, in real time: a crash forgets no more than that.
const REMEMBER: Duration = Duration::from_secs(1);

/// Runs a job to its end. `Err` where the store could not even say what was delivered before; nothing happened then.
pub(crate) async fn run(shared: &Arc<Shared>, job: Job) -> Result<Ended, StoreError> {
    let settled = if job.origin.is_some() && job.flow.quality.keeps_outcomes() {
        settled(shared, &job.message_id).await?
    } else {
        HashSet::new()
    };
    // What was parked or held before is part of what becomes of the message.
    let before = !settled.is_empty();
    let run_id = RunId::fresh(shared.options.entropy.as_ref());
    let level = shared.log_level(&job.flow);
    let (retries, key) = match &job.trigger {
        Trigger::Parked { retries, key, place, .. } => (*retries, Some((*key, place.clone()))),
        _ => (0, None),
    };
    let journal = Journal {
        message: job.message_id.clone(),
        correlation: job.correlation.clone(),
        flow: job.flow.name.clone(),
        run: run_id.clone(),
        trigger: job.text,
        retries,
        started: shared.options.clock.now(),
        level,
    };
    journal.begin(shared);
    let context = Context {
        flow: Arc::clone(&job.flow),
        message_id: job.message_id.clone(),
        correlation: job.correlation.clone(),
        trigger: job.trigger.clone(),
        depth: job.depth,
        locks: RunLocks::new(Arc::clone(&shared.locks), run_id.clone()),
        commits: AtomicU32::new(0),
        released: AtomicBool::new(false),
    };
    let start = Start {
        flow: Arc::clone(&job.flow),
        process: job.process,
        message: job.message,
        message_id: job.message_id,
        origin: job.origin,
        correlation: job.correlation,
        run: run_id,
        trigger: job.trigger,
        settled,
        keyed: job.keyed,
        log_level: level,
        keep: shared.options.retention.keep(shared.options.clock.as_ref()),
    };
    let counted = job.state.enter();
    let mut escalations = Vec::new(); // deliveries that may have been escalated
    let mut ended = drive(shared, &context, start, &journal, &mut escalations).await;
    unsaved::keep(shared, std::mem::take(&mut ended.unsaved));
    let left = key.is_some() && !context.released.load(Ordering::SeqCst);
    if left && ended.status != Status::Abandoned {
        // Nobody said what becomes of the entry: a defect holds it for a person, anything else tries it again.
        let bug = ended.failure.as_ref().is_some_and(|f| f.class == Class::Bug);
        ended.status = if bug { Status::Escalated } else { Status::Retry };
    }
    // In boxes: runs call each other deeply.
    let status = match before {
        true => Box::pin(consumers::status(shared, &context.message_id, ended.status)).await,
        false => ended.status,
    };
    journal.end(shared, &ended, status);
    if before && status == Status::Retry {
        // Where the last of it got through just now, that was said before the end of this run was.
        Box::pin(consumers::message_status(shared, &job.flow, &context.message_id)).await;
    }
    if let Some((key, place)) = key {
        if left {
            perform::put_back(shared, &context, &ended).await;
        }
        // Only now may the locks go: the entry is where others can see it.
        drop(context);
        if job.alerts && job.flow.on_escalated.is_some() && ended.status == Status::Escalated {
            escalate::entry(shared, &job.flow, &job.state, key, &place, ended.failure.as_ref());
        }
    }
    if job.alerts && job.flow.on_escalated.is_some() {
        for record in escalations {
            escalate::delivery(shared, &job.flow, &job.state, record);
        }
    }
    drop(counted);
    Ok(ended)
}

async fn drive(
    shared: &Arc<Shared>,
    context: &Context,
    start: Start,
    journal: &Journal,
    escalations: &mut Vec<store::DeliveryRecord>,
) -> Ended {
    let mut run = engine::Run::new(start);
    let mut pending = FuturesUnordered::new();
    let mut event = Event::Begin;
    let mut unbegun = Vec::new();
    let mut at_once = VecDeque::new();
    // What a long run delivered is written down while it goes on.
    let keeps = context.flow.quality.keeps_outcomes();
    let mut pause = tokio::time::interval_at(tokio::time::Instant::now() + REMEMBER, REMEMBER);
    pause.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        let now = shared.options.clock.now();
        let decided = std::panic::catch_unwind(AssertUnwindSafe(|| decide(&mut run, event, now)));
        let Ok(Decision { effects, notes, ended }) = decided else {
            // What the run left behind is unknown: nothing of it is used again, and what is committed stays.
            return defect("a step of the run panicked".to_owned());
        };
        for note in notes {
            if let Note::Delivery(record) = &note
                && !matches!(record.outcome.as_str(), "delivered" | "skipped")
            {
                escalations.push(record.as_ref().clone());
            }
            journal.note(shared, note);
        }
        if let Some(ended) = ended {
            return *ended;
        }
        let killed = shared.kill.is_cancelled();
        for (id, effect) in effects {
            // A run that is about to be stopped begins nothing new, and writes down what it knows.
            if killed && !matches!(effect, Effect::Commit(_)) {
                unbegun.push(id);
                continue;
            }
            // Counted here and not where it begins: a stop that comes before its first poll would not wait for it.
            if matches!(effect, Effect::Commit(_) | Effect::CallFlow { .. }) {
                context.commits.fetch_add(1, Ordering::SeqCst);
            }
            if let Effect::Script(script) = &effect
                && let Some(done) = scripting::at_once(shared, context, script)
            {
                at_once.push_back(Event::Done(id, Done::Scripted(done)));
                continue;
            }
            pending.push(async move { (id, perform::perform(shared, context, effect).await) });
        }
        let stopping = || shared.kill.is_cancelled() && context.commits.load(Ordering::SeqCst) == 0;
        event = loop {
            let done = tokio::select! {
                biased;
                done = pending.next(), if at_once.is_empty() || !pending.is_empty() => done,
                // A run of many short scripts lets its other branches, and other runs, have their turn.
                () = tokio::task::coop::consume_budget(), if !at_once.is_empty() && !stopping() => {
                    match at_once.pop_front() {
                        Some(done) => break done,
                        None => continue,
                    }
                }
                () = shared.kill.cancelled(), if !shared.kill.is_cancelled() => continue,
                () = std::future::ready(()), if stopping() => break stop(&unbegun),
                _ = pause.tick(), if keeps => break Event::Remember,
            };
            match done {
                None if shared.kill.is_cancelled() => break stop(&unbegun),
                None => return defect("the run waits for nothing and does not end".to_owned()),
                // What a commit or a receiver did must be known; anything else comes too late for a run that is stopped.
                Some((_, done)) if stopping() && !matches!(done, Done::Committed(_) | Done::Called(_)) => {
                    break stop(&unbegun);
                }
                Some((id, done)) => break Event::Done(id, done),
            }
        };
    }
}

fn stop(unbegun: &[EffectId]) -> Event {
    let failure = Failure::transient("R0207", "Semel was stopped while the message was being processed");
    Event::Stop { failure, unbegun: unbegun.to_vec() }
}

/// The end of a run that could not go on because of a defect.
pub(crate) fn defect(text: String) -> Ended {
    Ended {
        status: Status::Failed,
        message: Message::default(),
        failure: Some(Failure::new(Class::Bug, "R0205", text)),
        escalated: false,
        parked: 0,
        steps: Vec::new(),
        headers: Vec::new(),
        custom_status: None,
        attachments: Vec::new(),
        unsaved: Vec::new(),
    }
}

/// What was delivered, given up or parked of a message before, or of an entry that runs pick.
pub(crate) async fn settled(shared: &Shared, message: &MessageId) -> Result<HashSet<DeliveryId>, StoreError> {
    let store = &shared.options.store;
    // Parked first: a delivery that gets through between the two questions is then in both answers, not in none.
    // What is not written down yet comes before both: a commit may move it there between the questions.
    let mut settled = shared.unsaved.of(message);
    for (message_id, origin) in [(Some(message), None), (None, Some(message))] {
        let (message_id, origin) = (message_id.cloned(), origin.cloned());
        let kind = Some(PlaceKind::Delivery);
        let mut filter = EntryFilter { kind, message_id, origin, limit: 1_000, ..EntryFilter::default() };
        loop {
            let page = store.entries(filter.clone()).await?;
            settled.extend(page.iter().filter_map(|e| e.id.parse::<DeliveryId>().ok()));
            match page.last() {
                Some(last) if page.len() >= 1_000 => filter.after = Some(last.key),
                _ => break,
            }
        }
    }
    settled.extend(store.outcomes(message).await?.into_iter().map(|(id, _)| id));
    Ok(settled)
}
