//! Sends: to queues by transaction, to outside receivers once per delivery, or best effort.

use std::time::Duration;

use base::{Class, DeliveryId, Failure, MessageId, Timestamp, Value};
use expr::Template;
use flow::{Call, Flow, InDoubt, Outcome, Quality, QueueReceiver, Receiver, ReceiverChannel, Step};
use store::rules::storable;
use store::{Change, CommitError, DeliveryRecord, EntryInfo, EntryState, NewEntry, Place};

use super::call::call_flow;
use super::once::Write;
use super::text;
use crate::delivery::{
    self, PROPERTY_DELIVERY, PROPERTY_EXCEPTION, PROPERTY_RECORD, PROPERTY_STEP, PROPERTY_UNTRIED, RESERVED,
};
use crate::ledger::{Came, Item};
use crate::run::Run;
use crate::start::Trigger;
use crate::task::{Move, Task};
use crate::then::Then;
use crate::unit::UnitId;
use crate::{Effect, Note, call, failure};

/// How long after the end of a call that an intent is waiting for, the receiver is asked about it.
const AFTER_CALL: Duration = Duration::from_secs(60);
/// Most bytes of the name of an interface.
const MAX_INTERFACE: usize = 200;
/// Most characters of a queue name.
const MAX_QUEUE_NAME: usize = 80;

/// An exactly-once send that is under way.
#[derive(Debug)]
pub(crate) struct Sending {
    id: DeliveryId,
    recorded_under: MessageId,
    record: String,
    step: String,
    receiver: String,
    /// The unit of work that its outcome joins.
    scope: Option<UnitId>,
    /// The call, until it was made.
    call: Option<Call>,
    held: bool,
}

pub(super) fn send(run: &mut Run, task: &mut Task, flow: &Flow, step: &Step, name: &str) -> Move {
    let Some(receiver) = flow.receivers.get(name) else {
        return Move::Fail(failure::bug(format!("there is no receiver {name}")));
    };
    match &receiver.channel {
        ReceiverChannel::Queue(queue) => return put(run, task, step, queue),
        ReceiverChannel::ProcessDirect(address) => return call_flow(run, task, step, address),
        ReceiverChannel::Http(_) | ReceiverChannel::Mail(_) => {}
    }
    let record = run.ledger.record(task, &step.name);
    let id = task.identity().delivery(&record, &step.name);
    let keyed = flow.quality.keeps_outcomes();
    let call = call::build(receiver, &task.scope(run), id, keyed);
    if !keyed {
        return match call {
            Ok(call) => {
                let effect = Effect::Call { receiver: name.to_owned(), delivery: None, call: Box::new(call) };
                run.emit(task.id, effect, Then::Send)
            }
            Err(failure) => Move::Fail(failure),
        };
    }
    let held = receiver.in_doubt.needs_intent();
    let scope = task.frame().and_then(|f| f.scope);
    let (step, receiver_name) = (step.name.clone(), name.to_owned());
    let recorded_under = task.identity().recorded_under.clone();
    let mut sending = Sending { id, recorded_under, record, step, receiver: receiver_name, scope, call: None, held };
    if run.start.settled.contains(&id) || run.ledger.has_parked(id) {
        note(run, &sending, "skipped", None);
        return Move::Next;
    }
    run.ledger.makes(id);
    if flow.quality == Quality::InOrder {
        return enqueue(run, task, receiver, sending);
    }
    match call {
        // Without a call there is nothing to doubt: the delivery waits for somebody to mend the flow.
        Err(failure) => {
            sending.held = false;
            park(run, task, receiver, sending, failure)
        }
        Ok(call) if held => {
            let intent = intent(run, &receiver.in_doubt, &call);
            let entry = entry(run, task, &sending, intent);
            sending.call = Some(call);
            let changes = [Change::Put(Box::new(entry))].into_iter().chain(run.ledger.begun(run.now)).collect();
            run.emit(task.id, Effect::Commit(changes), Then::Intent(Box::new(sending)))
        }
        Ok(call) => {
            let effect = Effect::Call { receiver: name.to_owned(), delivery: Some(id), call: Box::new(call) };
            run.emit(task.id, effect, Then::Delivery(Box::new(sending)))
        }
    }
}

/// The intent is durable: now the call may be made. A run that stops meanwhile never makes it.
pub(super) fn intended(run: &mut Run, task: &Task, mut sending: Sending, result: Result<(), CommitError>) -> Move {
    if let Err(error) = result {
        return Move::Fail(failure::commit(error));
    }
    if run.stopping.is_some() {
        return add(run, sending, Came::Nothing);
    }
    let Some(call) = sending.call.take() else { return Move::Fail(failure::bug("there is no call")) };
    let (receiver, delivery) = (sending.receiver.clone(), Some(sending.id));
    let effect = Effect::Call { receiver, delivery, call: Box::new(call) };
    run.emit(task.id, effect, Then::Delivery(Box::new(sending)))
}

/// The outcome of an exactly-once send: the flow goes on in any case.
pub(super) fn called(run: &mut Run, task: &Task, flow: &Flow, sending: Sending, outcome: Outcome) -> Move {
    match outcome {
        Ok(_) => {
            note(run, &sending, "delivered", None);
            add(run, sending, Came::Delivered)
        }
        Err(failure) if delivery::accepted(&failure) => {
            note(run, &sending, "delivered", Some(&failure));
            add(run, sending, Came::Delivered)
        }
        Err(failure) => match flow.receivers.get(&sending.receiver) {
            Some(receiver) => park(run, task, receiver, sending, failure),
            None => Move::Fail(failure),
        },
    }
}

/// Parks a delivery whose first attempt failed.
fn park(run: &mut Run, task: &Task, receiver: &Receiver, sending: Sending, mut failure: Failure) -> Move {
    failure.step.clone_from(&sending.step);
    let seed = sending.id.to_string();
    let untried = failure.code == delivery::NOT_TRIED;
    let (state, due) = if untried {
        // The receiver is known to be down: nothing was sent, so nothing counts as an attempt.
        (EntryState::Waiting, run.now)
    } else {
        delivery::next(receiver, &failure, 0, (run.now, run.now), &seed)
    };
    note(run, &sending, if untried { "parked" } else { delivery::outcome_name(&failure, state) }, Some(&failure));
    let doubt = failure.class == Class::InDoubt;
    let error = Some(failure::stored(&failure));
    let entry = entry(run, task, &sending, Parked { state, due, doubt, untried, error, order_key: String::new() });
    add(run, sending, Came::Parked(Box::new(entry)))
}

/// Parks a delivery that has to wait for its turn: in an ordered flow every delivery does, the first attempt included,
/// because only the order of commits is an order that a restart keeps.
fn enqueue(run: &mut Run, task: &Task, receiver: &Receiver, mut sending: Sending) -> Move {
    let own = receiver.order_by.as_ref().map(|template| text(run, task, template)).transpose();
    let order_key = match own {
        Ok(Some(own)) => Ok(delivery::order_key(&own)),
        Ok(None) => run.order_key.clone(),
        Err(failure) => Err(failure),
    };
    let order_key = match order_key {
        Ok(key) => key,
        Err(failure) => return Move::Fail(failure),
    };
    sending.held = false;
    let parked =
        Parked { state: EntryState::Waiting, due: run.now, doubt: false, untried: true, error: None, order_key };
    let entry = entry(run, task, &sending, parked);
    add(run, sending, Came::Parked(Box::new(entry)))
}

/// What stands in the store while a call is under way whose doubt a crash must not forget: held for a person, or asked
/// about when the call is certainly over.
fn intent(run: &Run, in_doubt: &InDoubt, call: &Call) -> Parked {
    let (state, due) = match in_doubt {
        InDoubt::Probe(_) => (
            EntryState::Waiting,
            run.now.plus(call.longest().saturating_add(AFTER_CALL).saturating_mul(run.start.keep.lapse.max(1))),
        ),
        InDoubt::Hold | InDoubt::Retry => (EntryState::InDoubt, run.now),
    };
    let error = Some(delivery::NO_OUTCOME.to_owned());
    Parked { state, due, doubt: true, untried: false, error, order_key: String::new() }
}

/// When the receiver is asked about an intent that a crash left, with nobody waiting for its call any more: as soon as
/// after a call without an answer. `lapse` as in [`Keep`](crate::Keep).
#[must_use]
pub fn asked_at(receiver: &Receiver, intent: &EntryInfo, lapse: u32, now: Timestamp) -> Timestamp {
    let after = AFTER_CALL.saturating_mul(lapse.max(1));
    let behind = i64::try_from(after.as_millis()).unwrap_or(i64::MAX);
    let over = Timestamp(intent.due.0.saturating_sub(behind)).max(now);
    over.plus(delivery::before_asking(receiver, &intent.id, after)).min(intent.due)
}

/// A send that stopped before its call was begun: nothing came of it.
pub(crate) fn never_made(run: &mut Run, sending: Sending) {
    add(run, sending, Came::Nothing);
}

/// A send whose run is stopped while the call is under way: in doubt, whatever the receiver's policy. A further run of the
/// message sends it again under the same id, or finds the intent that is held.
pub(crate) fn cut_off(run: &Run, sending: &Sending, why: &Failure) -> Note {
    attempt(run, sending, "in doubt", Some(&Failure::in_doubt(why.code.clone(), why.text.clone())))
}

fn add(run: &mut Run, sending: Sending, came: Came) -> Move {
    let Sending { id, recorded_under, receiver, held, scope, .. } = sending;
    if matches!(came, Came::Delivered) {
        run.start.settled.insert(id);
    }
    run.ledger.add(scope, Item { id, recorded_under, receiver, held, came });
    Move::Next
}

/// How a delivery is parked.
struct Parked {
    state: EntryState,
    due: Timestamp,
    doubt: bool,
    untried: bool,
    error: Option<String>,
    order_key: String,
}

/// The entry that stands for a delivery: the message as it is at the send, and what the next attempt has to know.
fn entry(run: &Run, task: &Task, sending: &Sending, parked: Parked) -> NewEntry {
    let Parked { state, due, doubt, untried, error, order_key } = parked;
    let mut message = task.message.clone();
    message.properties.retain(|name, _| !name.starts_with(RESERVED));
    // The channel's expressions find what they found at the send, also where a store keeps no such value.
    for value in message.headers.values_mut().chain(message.properties.values_mut()) {
        if matches!(value, Value::List(_) | Value::Map(_)) {
            *value = Value::Text(value.to_string());
        }
    }
    message.properties.insert(PROPERTY_RECORD.to_owned(), sending.record.as_str().into());
    message.properties.insert(PROPERTY_STEP.to_owned(), sending.step.as_str().into());
    message.properties.insert(PROPERTY_DELIVERY.to_owned(), sending.id.to_string().into());
    if let Some(handled) = task.handling() {
        message.properties.insert(PROPERTY_EXCEPTION.to_owned(), handled.info.message.as_str().into());
    }
    if untried {
        message.properties.insert(PROPERTY_UNTRIED.to_owned(), true.into());
    }
    let flow = &run.start.flow.name;
    NewEntry {
        place: Place::delivery(flow.as_str(), sending.receiver.as_str()),
        id: sending.id.to_string(),
        overwrite: true,
        message: storable(message),
        encrypt: false,
        message_id: run.start.message_id.clone(),
        origin: Some(&sending.recorded_under).filter(|id| **id != run.start.message_id).cloned(),
        correlation: run.start.correlation.clone(),
        interface: flow.clone(),
        order_key,
        state,
        doubt,
        created: run.now,
        due,
        alert_at: run.now.plus(delivery::ALERT_PARKED),
        expires: run.now.plus(run.start.keep.parked),
        retries: 0,
        error,
    }
}

/// Writes an attempt into the message log.
fn note(run: &mut Run, sending: &Sending, outcome: &str, failure: Option<&Failure>) {
    let note = attempt(run, sending, outcome, failure);
    run.out.notes.push(note);
}

/// An attempt, for the message log.
fn attempt(run: &Run, sending: &Sending, outcome: &str, failure: Option<&Failure>) -> Note {
    Note::Delivery(Box::new(DeliveryRecord {
        message: run.start.message_id.clone(),
        flow: run.start.flow.name.clone(),
        delivery: sending.id,
        receiver: sending.receiver.clone(),
        record: sending.record.clone(),
        attempt: 1,
        at: run.now,
        outcome: outcome.to_owned(),
        error: failure.map(failure::stored),
        class: failure.map(|f| f.class),
        http_status: failure.and_then(|f| f.http_status),
        excerpt: failure.and_then(failure::excerpt),
    }))
}

/// Stores the message in a queue, in the unit of work of its process.
pub(super) fn put(run: &mut Run, task: &Task, step: &Step, queue: &QueueReceiver) -> Move {
    let write = Write::of(run, task, &step.name);
    if let Write::Made(_) = write {
        return Move::Next;
    }
    let name = match text(run, task, &queue.queue) {
        Ok(name) => name,
        Err(failure) => return Move::Fail(failure),
    };
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"_-.".contains(&b);
    if name.is_empty() || name.len() > MAX_QUEUE_NAME || !name.bytes().all(allowed) {
        let text = format!("`{}` is not the name of a queue", failure::cut(name, 200));
        return Move::Fail(Failure::permanent("X0402", text));
    }
    let flow = run.start.flow.name.clone();
    let mut message = task.message.clone();
    if !queue.transfer_properties {
        message.properties = base::Properties::new();
    }
    message.properties.insert("SAP_IntegrationFlowID".to_owned(), flow.as_str().into());
    let named = match queue.interface.as_ref().map(|template| text(run, task, template)).transpose() {
        Ok(named) => {
            named.map(|text| failure::cut(text.trim().to_owned(), MAX_INTERFACE)).filter(|text| !text.is_empty())
        }
        Err(failure) => return Move::Fail(failure),
    };
    let interface = named.unwrap_or_else(|| match &run.start.trigger {
        Trigger::Called { caller, .. } => caller.clone(),
        Trigger::Parked { interface, .. } => interface.clone(),
        Trigger::Http | Trigger::Timer => flow,
    });
    let id = write.entry_id(run);
    let ordered = |template: &Template| text(run, task, template).map(|key| delivery::order_key(&key));
    let order_key = match queue.order_by.as_ref().map(ordered).transpose() {
        Ok(key) => key.unwrap_or_default(),
        Err(failure) => return Move::Fail(failure),
    };
    let entry = NewEntry {
        place: Place::queue(name),
        id,
        overwrite: false,
        message: storable(message),
        encrypt: queue.encrypt,
        message_id: run.start.message_id.clone(),
        origin: None,
        correlation: run.start.correlation.clone(),
        interface,
        order_key,
        state: EntryState::Waiting,
        doubt: false,
        created: run.now,
        due: run.now,
        alert_at: run.now.plus(queue.alert_after),
        expires: run.now.plus(queue.expire_after),
        retries: 0,
        error: None,
    };
    write.put(run, task, entry)
}
