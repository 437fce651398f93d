//! The next attempt of a parked delivery: evaluate, send, settle, and see whether its message is now done.

use std::sync::Arc;
use std::time::Duration;

use base::{DeliveryId, MessageId, Status};
use engine::{Attempt, CUT_OFF, asked_after, redeliver, settle};
use flow::{Call, Flow, Outcome, Reply};
use store::{Change, Entry, EntryFilter, EntryInfo, EntryState, LogEvent, PlaceKind, StoreError};

use crate::circuit::Probing;
use crate::deploy::{self, Slot};
use crate::locks::Lock;
use crate::runtime::Shared;
use crate::{calling, escalate, unsaved};

/// States of deliveries that only a person can bring forward.
const PERSON: [EntryState; 3] = [EntryState::InDoubt, EntryState::Escalated, EntryState::Blocked];
/// How often a store that cannot be written is looked at.
const LOOK: Duration = Duration::from_millis(500);

/// Makes one attempt of a delivery that was claimed. `probe` is held where it is the one attempt of an open circuit.
pub(super) async fn work(shared: &Arc<Shared>, slot: &Arc<Slot>, entry: Entry, probe: Option<Probing>) {
    let flow = &slot.flow;
    let info = &entry.info;
    // A run that sends it holds the same lock, and will say what came of it.
    let lock = Lock::Entry(info.place.clone(), info.id.clone());
    let Some(own) = super::own(shared, info, lock).await else { return };
    if info.crashes >= super::entry::CRASHES {
        super::entry::block(shared, slot, entry).await;
        return;
    }
    let keep = shared.options.retention.keep(shared.options.clock.as_ref());
    let over = |now| asked_after(flow, &entry, keep.lapse, now);
    if info.doubt && info.crashes > 0 && info.error.as_deref() != Some(CUT_OFF) {
        // A life of the process that is over was at it, and its receiver may still be.
        if let Some(due) = over(shared.options.clock.now()) {
            super::entry::release(shared, info, due, Some(CUT_OFF.to_owned())).await;
            return;
        }
    }
    let attempt = redeliver(flow, &entry, shared.options.clock.now());
    let outcome = match &attempt {
        // Where the store cannot be written nothing is sent: what came of it could not be recorded.
        Attempt::Send(_) | Attempt::Ask(_) if !writable(shared).await => return,
        Attempt::Send(call) | Attempt::Ask(call) => match call_now(shared, flow, info, call, probe.is_some()).await {
            Ok(outcome) => outcome,
            Err(sent) => {
                // What was not sent waits as it did. What was sent may have been done: the next attempt carries the same
                // delivery id.
                let doubtful = EntryInfo { doubt: info.doubt || sent, ..info.clone() };
                let why = if sent { Some("stopped during an attempt".to_owned()) } else { info.error.clone() };
                let sending = sent && matches!(attempt, Attempt::Send(_));
                let due = over(shared.options.clock.now()).filter(|_| sending).unwrap_or(info.due);
                super::entry::release(shared, &doubtful, due, why).await;
                return;
            }
        },
        Attempt::Hold | Attempt::Broken(_) => Ok(Reply::default()),
    };
    drop(probe);
    let now = shared.options.clock.now();
    let Some(settled) = settle(flow, &entry, &attempt, &outcome, &keep, now) else {
        let error = "the receiver of this delivery is not in the flow any more".to_owned();
        super::entry::release(shared, info, now.plus(std::time::Duration::from_secs(3_600)), Some(error)).await;
        return;
    };
    if !keep_outcome(shared, info, settled.changes).await {
        return;
    }
    drop(own);
    let record = settled.record;
    if shared.log_level(flow) > flow::LogLevel::None {
        shared.options.log.record(LogEvent::Delivery(Box::new(record.clone())));
    }
    if record.outcome == "delivered" || settled.escalated || record.outcome == "in doubt" {
        message_status(shared, flow, &info.message_id).await;
    }
    if settled.escalated && flow.on_escalated.is_some() {
        let error = record.error.unwrap_or_default();
        let (receiver, of) = (record.receiver, info.message_id.clone());
        escalate::alert(shared, flow, &slot.state, entry, &receiver, &error, &of).await;
    }
}

/// Waits until the store can be written. `false` where Semel stops before; the entry stays taken.
async fn writable(shared: &Shared) -> bool {
    while shared.health.is_broken() {
        tokio::select! {
            biased;
            () = shared.kill.cancelled() => return false,
            () = tokio::time::sleep(LOOK) => {}
        }
    }
    true
}

/// The outcome of a call; or where Semel stops meanwhile, or the receiver was stopped or its circuit opened before its
/// turn came, whether it was sent. `probing`: it is the one attempt of an open circuit.
async fn call_now(
    shared: &Arc<Shared>,
    flow: &Flow,
    info: &EntryInfo,
    call: &Call,
    probing: bool,
) -> Result<Outcome, bool> {
    let Ok(id) = info.id.parse::<DeliveryId>() else { return Err(false) };
    let system = shared.circuits.of(flow, &info.place.name);
    let _turn = match &system {
        Some(system) => tokio::select! {
            biased;
            turn = system.turn() => Some(turn),
            () = shared.kill.cancelled() => return Err(false),
        },
        None => None,
    };
    // It was taken while the circuit was closed, and others failed while it waited.
    if !probing && system.as_ref().is_some_and(|system| system.is_open()) {
        return Err(false);
    }
    if shared.stops.holds(&info.place) {
        return Err(false);
    }
    tokio::select! {
        biased;
        outcome = calling::deliver(shared, flow, &info.place.name, id, system.as_ref(), call) => Ok(outcome),
        () = shared.kill.cancelled() => Err(true),
    }
}

/// Writes down what came of an attempt, as soon as the store can: the receiver acted or did not, so nothing is sent again
/// meanwhile. `false` where Semel stops before that; the entry stays taken, and the next start finds it in doubt.
async fn keep_outcome(shared: &Shared, info: &EntryInfo, changes: Vec<Change>) -> bool {
    let (mut pause, longest) = unsaved::PAUSE;
    let mut owed = None;
    while let Err(error) = shared.commit(changes.clone()).await {
        owed.get_or_insert_with(|| shared.health.owe());
        tracing::error!(place = %info.place, key = %info.key, %error, "cannot keep the outcome of a delivery; trying again");
        tokio::select! {
            biased;
            () = shared.kill.cancelled() => return false,
            () = tokio::time::sleep(pause) => pause = (pause * 2).min(longest),
        }
    }
    true
}

/// Gives a message its status after one of its deliveries ended: completed when none is left, escalated when only
/// a person can bring the rest forward.
pub(crate) async fn message_status(shared: &Shared, flow: &Flow, message: &MessageId) {
    let mut filter = EntryFilter { message_id: Some(message.clone()), limit: 1_000, ..EntryFilter::default() };
    let mut left = Vec::new();
    for kind in [PlaceKind::Delivery, PlaceKind::Inbox] {
        filter.kind = Some(kind);
        match shared.options.store.entries(filter.clone()).await {
            Ok(entries) => left.extend(entries),
            Err(error) => {
                tracing::error!(%message, %error, "cannot see what is left of a message");
                return;
            }
        }
    }
    // What a run is sending at this moment is no doubt yet.
    let person = |e: &EntryInfo| PERSON.contains(&e.state) && !shared.locks.holds_entry(&e.place, &e.id);
    if left.is_empty() && !waits_for_a_run(shared, flow, message).await {
        shared.log_status(message, Status::Completed, "all deliveries were delivered");
    } else if left.iter().any(person) {
        shared.log_status(message, Status::Escalated, "a delivery needs a person");
    }
}

/// The status of a message at the end of a run that was not its first one: the run counted only what it parked itself, the
/// store has what earlier runs left, too.
pub(crate) async fn status(shared: &Shared, message: &MessageId, of_run: Status) -> Status {
    let left = async |state| {
        let (kind, message_id) = (Some(PlaceKind::Delivery), Some(message.clone()));
        let filter = EntryFilter { kind, message_id, state, limit: 1, ..EntryFilter::default() };
        shared.options.store.entries(filter).await.map(|entries| !entries.is_empty())
    };
    let status = async || {
        // A run that was stopped is followed by another one, or by its sender.
        if of_run == Status::Abandoned || !left(None).await? {
            return Ok(of_run);
        }
        for state in PERSON {
            if left(Some(state)).await? {
                return Ok(Status::Escalated);
            }
        }
        Ok::<_, StoreError>(if of_run == Status::Completed { Status::Retry } else { of_run })
    };
    status().await.unwrap_or_else(|error| {
        tracing::error!(%message, %error, "cannot see what is left of a message");
        of_run
    })
}

/// Whether the entry that the message came from still waits for a further run: its deliveries are then not all of it.
async fn waits_for_a_run(shared: &Shared, flow: &Flow, message: &MessageId) -> bool {
    for place in flow.senders().filter_map(|(_, _, sender)| deploy::consumed(sender)) {
        let filter = EntryFilter { place: Some(place), limit: 1_000, ..EntryFilter::default() };
        let entries = shared.options.store.entries(filter).await.unwrap_or_default();
        if entries.iter().any(|e| super::message_id(e) == *message) {
            return true;
        }
    }
    false
}
