//! Performs effects: commits, questions, calls of receivers, calls of other flows; scripts and stylesheets are in `scripting`.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use base::{Class, DeliveryId, Failure, Fut, Message, MessageId, Status};
use engine::{Done, Effect, Ended, Trigger};
use flow::Reply;
use futures_util::FutureExt;
use store::{Change, EntryState, PlaceKind};

use crate::locks::Lock;
use crate::run::{self, Context, Job};
use crate::runtime::Shared;
use crate::{calling, question, scripting};

/// Most ProcessDirect calls inside each other.
const DEPTH: u32 = 32;

/// Performs one effect. A panic of an adapter, a script host or a store becomes a failure of class `bug`.
pub(crate) fn perform<'a>(shared: &'a Arc<Shared>, context: &'a Context, effect: Effect) -> Fut<'a, Done> {
    // Flows call each other many levels deep: on their way the stack holds as little as possible of everything else.
    match effect {
        Effect::CallFlow { address, message, call } => called_flow(shared, context, address, message, call),
        effect => Box::pin(other(shared, context, effect)),
    }
}

fn called_flow<'a>(
    shared: &'a Arc<Shared>,
    context: &'a Context,
    address: String,
    message: Box<Message>,
    call: Option<DeliveryId>,
) -> Fut<'a, Done> {
    Box::pin(async move {
        // A called run stops by itself, and writes down what it knows.
        let done = call_flow(shared, context, &address, *message, call).await;
        context.commits.fetch_sub(1, Ordering::SeqCst);
        done
    })
}

async fn other(shared: &Arc<Shared>, context: &Context, effect: Effect) -> Done {
    match effect {
        Effect::Commit(changes) => {
            let releases = releases(&context.trigger, &changes);
            hold_intents(context, &changes);
            let done = guarded(shared.commit_by(changes, Some(context)))
                .await
                .unwrap_or_else(|bug| Err(store::StoreError(bug.text).into()));
            context.commits.fetch_sub(1, Ordering::SeqCst);
            if releases && done.is_ok() {
                context.released.store(true, Ordering::SeqCst);
            }
            Done::Committed(done)
        }
        Effect::Ask(question) => {
            let answer = guarded(question::answer(shared, &context.locks, question)).await;
            Done::Asked(answer.unwrap_or_else(Err))
        }
        Effect::Script(effect) => Done::Scripted(scripting::script(shared, context, *effect).await),
        Effect::Call { delivery: Some(_), .. } if shared.health.is_broken() => {
            let text = "not sent: the store cannot be written at present, and what came of it could not be recorded";
            Done::Called(Err(Failure::transient(engine::NOT_TRIED, text)))
        }
        Effect::Work(work) => Done::Worked(scripting::work(shared, *work).await),
        Effect::Call { receiver, delivery: Some(id), call } => {
            Done::Called(calling::deliver_first(shared, &context.flow, &receiver, id, &call).await)
        }
        Effect::Call { receiver, delivery: None, call } => {
            Done::Called(calling::call(shared, &context.flow.name, &receiver, &call).await)
        }
        Effect::CallFlow { address, message, call } => called_flow(shared, context, address, message, call).await,
    }
}

/// The entry that stands for a send of this run is the run's own until it ends: operators and dispatchers leave it alone,
/// because the run's last commit still says what came of the send, however long the call took.
fn hold_intents(context: &Context, changes: &[Change]) {
    for change in changes {
        if let Change::Put(new) = change
            && new.place.kind == PlaceKind::Delivery
            && new.doubt
        {
            context.locks.try_take(Lock::Entry(new.place.clone(), new.id.clone()), None);
        }
    }
}

/// Whether these changes say what becomes of the entry that started the run.
fn releases(trigger: &Trigger, changes: &[Change]) -> bool {
    let Trigger::Parked { key, .. } = trigger else { return false };
    changes.iter().any(|change| match change {
        Change::Remove(k) | Change::Reschedule { key: k, .. } | Change::Move { key: k, .. } => k == key,
        _ => false,
    })
}

/// The outcome of a future, or a failure of class `bug` where it panicked.
pub(crate) async fn guarded<T>(future: impl Future<Output = T>) -> Result<T, Failure> {
    AssertUnwindSafe(future).catch_unwind().await.map_err(|panic| {
        let text = panic
            .downcast_ref::<&str>()
            .map(|t| (*t).to_owned())
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_default();
        Failure::new(Class::Bug, "R0205", format!("a part of Semel panicked: {text}"))
    })
}

fn call_flow<'a>(
    shared: &'a Arc<Shared>,
    context: &'a Context,
    address: &'a str,
    message: Message,
    call: Option<DeliveryId>,
) -> Fut<'a, Done> {
    Box::pin(async move {
        let failed = |failure| Done::FlowCalled { outcome: Err(failure), escalated: false };
        if context.depth >= DEPTH {
            let text = format!("more than {DEPTH} ProcessDirect calls inside each other, the last one to {address}");
            return failed(Failure::permanent("R0203", text));
        }
        let deployed = shared.deployed.load_full();
        let Some(target) = deployed.routes.direct(address) else {
            let text = format!("no deployed flow serves the ProcessDirect address {address}");
            return failed(Failure::transient("R0202", text));
        };
        let flow = Arc::clone(&target.slot.flow);
        if !target.slot.started() {
            let why = target.slot.error.as_deref().unwrap_or("it is stopped");
            return failed(Failure::transient("R0204", format!("flow {} at {address} does not run: {why}", flow.name)));
        }
        let job = called(shared, context, target, message, call);
        match run::run(shared, job).await {
            Ok(ended) => flow_called(ended),
            Err(error) => failed(question::store_failure(&error)),
        }
    })
}

fn called(
    shared: &Shared,
    context: &Context,
    target: &crate::routes::Target,
    mut message: Message,
    call: Option<DeliveryId>,
) -> Job {
    let flow = Arc::clone(&target.slot.flow);
    message.headers.retain(|name, _| flow.allowed_headers.allows(name) || name.eq_ignore_ascii_case("Content-Type"));
    let (one_way, retrying) = match &context.trigger {
        Trigger::Http => (false, false),
        Trigger::Timer => (true, false),
        Trigger::Parked { .. } => (true, true),
        Trigger::Called { one_way, retrying, .. } => (*one_way, *retrying),
    };
    // A callee must be recognised when its caller is run again: its message id follows from the call. One that keeps no
    // outcomes gets a message of its own each time, as in SAP, and passes on where it comes from to what it calls.
    let origin = call.map(|call| MessageId::derived(&flow.name, &format!("call {call}")));
    let message_id = match &origin {
        Some(origin) if flow.quality.keeps_outcomes() => origin.clone(),
        _ => MessageId::fresh(shared.options.clock.now(), shared.options.entropy.as_ref()),
    };
    Job {
        state: Arc::clone(&target.slot.state),
        process: target.process,
        message,
        message_id,
        correlation: context.correlation.clone(),
        trigger: Trigger::Called { caller: context.flow.name.clone(), one_way, retrying },
        text: format!("process-direct from {}", context.flow.name),
        keyed: None,
        origin,
        depth: context.depth + 1,
        alerts: true,
        flow,
    }
}

fn flow_called(ended: Ended) -> Done {
    // The engine names a failure exactly where the caller has to see one: parked deliveries are taken care of.
    let outcome = match ended.failure {
        Some(failure) => Err(failure),
        None => Ok(Reply { headers: ended.message.headers, body: ended.message.body }),
    };
    Done::FlowCalled { outcome, escalated: ended.escalated }
}

/// Puts the entry of a run back that ended without saying what becomes of it: stopped, a defect, or a store that could
/// not write. Tries until the store can; at a crash the next start finds the entry taken.
pub(crate) async fn put_back(shared: &Arc<Shared>, context: &Context, ended: &Ended) {
    let Trigger::Parked { key, place, retries, crashes, policy, .. } = &context.trigger else { return };
    let mut pause = Duration::from_millis(200);
    loop {
        let now = shared.options.clock.now();
        let (state, due, retries) = match ended.status {
            Status::Escalated => (EntryState::Blocked, now, *retries),
            Status::Abandoned => (EntryState::Waiting, now, *retries),
            _ => (EntryState::Waiting, now.plus(policy.wait(retries.saturating_add(1))), retries.saturating_add(1)),
        };
        let error = ended.failure.as_ref().map(ToString::to_string);
        let change = Change::Reschedule { key: *key, state, due, retries, crashes: *crashes, doubt: false, error };
        match shared.commit_by(vec![change], Some(context)).await {
            Ok(()) => {
                shared.hub.ring(place);
                return;
            }
            Err(error) => tracing::error!(%place, %key, %error, "cannot put an entry back; trying again"),
        }
        tokio::select! {
            biased;
            () = tokio::time::sleep(pause) => pause = (pause * 2).min(Duration::from_secs(30)),
            () = shared.kill.cancelled() => return,
        }
    }
}
