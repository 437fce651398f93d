//! Sends: to queues by transaction, to outside receivers once per delivery, or best effort.

use base::{DeliveryId, Failure};
use flow::{Call, Flow, InDoubt, Outcome, Quality, QueueReceiver, Receiver, ReceiverChannel, Step};
use store::rules::storable;
use store::{Change, CommitError, DeliveryRecord, EntryState, NewEntry, Place};

use super::call::call_flow;
use super::{durable, text};
use crate::delivery::{self, PROPERTY_DELIVERY, PROPERTY_RECORD, PROPERTY_STEP, RESERVED};
use crate::ledger::{Came, Item};
use crate::run::{Run, Then, Trigger};
use crate::task::{Move, Task};
use crate::unit::UnitId;
use crate::{Effect, Note, call, failure};

/// Most characters of a queue name.
const MAX_QUEUE_NAME: usize = 80;

/// An exactly-once send that is under way.
#[derive(Debug)]
pub(crate) struct Sending {
    id: DeliveryId,
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
        ReceiverChannel::Queue(queue) => return put(run, task, queue),
        ReceiverChannel::ProcessDirect(address) => return call_flow(run, task, address),
        ReceiverChannel::Http(_) | ReceiverChannel::Mail(_) => {}
    }
    let record = run.ledger.record(&task.branch, &step.name);
    let id = DeliveryId::derive(&run.start.message_id, &record, &step.name);
    let keyed = flow.quality == Quality::ExactlyOnce;
    let call = call::build(receiver, &task.scope(run), id, keyed);
    if !keyed {
        return match call {
            Ok(call) => {
                let effect = Effect::Call { receiver: name.to_owned(), call: Box::new(call) };
                run.emit(task.id, effect, Then::Send)
            }
            Err(failure) => Move::Fail(failure),
        };
    }
    let held = receiver.in_doubt == InDoubt::Hold;
    let scope = task.frame().and_then(|f| f.scope);
    let (step, receiver_name) = (step.name.clone(), name.to_owned());
    let mut sending = Sending { id, record, step, receiver: receiver_name, scope, call: None, held };
    if run.start.settled.contains(&id) {
        note(run, &sending, "skipped", None);
        return Move::Next;
    }
    match call {
        // Without a call there is nothing to doubt: the delivery waits for somebody to mend the flow.
        Err(failure) => {
            sending.held = false;
            park(run, task, receiver, sending, failure)
        }
        Ok(call) if held => {
            let text = "sent; no outcome was recorded";
            let entry = entry(run, task, &sending, EntryState::InDoubt, run.now, Some(text.to_owned()));
            sending.call = Some(call);
            run.emit(task.id, Effect::Commit(vec![Change::Put(Box::new(entry))]), Then::Intent(Box::new(sending)))
        }
        Ok(call) => {
            let effect = Effect::Call { receiver: name.to_owned(), call: Box::new(call) };
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
    let effect = Effect::Call { receiver: sending.receiver.clone(), call: Box::new(call) };
    run.emit(task.id, effect, Then::Delivery(Box::new(sending)))
}

/// The outcome of an exactly-once send: the flow goes on in any case.
pub(super) fn called(run: &mut Run, task: &Task, flow: &Flow, sending: Sending, outcome: Outcome) -> Move {
    match outcome {
        Ok(_) => {
            note(run, &sending, "delivered", None);
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
    let (state, due) = delivery::next(&receiver.retry, receiver.in_doubt, &failure, 0, run.now, &seed);
    note(run, &sending, delivery::outcome_name(&failure, state), Some(&failure));
    let entry = entry(run, task, &sending, state, due, Some(failure::stored(&failure)));
    add(run, sending, Came::Parked(Box::new(entry)))
}

fn add(run: &mut Run, sending: Sending, came: Came) -> Move {
    let Sending { id, receiver, held, scope, .. } = sending;
    run.ledger.add(scope, Item { id, receiver, held, came });
    Move::Next
}

/// The entry that stands for a delivery: the message as it is at the send, and what the next attempt has to know.
fn entry(
    run: &Run,
    task: &Task,
    sending: &Sending,
    state: EntryState,
    due: base::Timestamp,
    error: Option<String>,
) -> NewEntry {
    let mut message = task.message.clone();
    message.properties.retain(|name, _| !name.starts_with(RESERVED));
    message.properties.insert(PROPERTY_RECORD.to_owned(), sending.record.as_str().into());
    message.properties.insert(PROPERTY_STEP.to_owned(), sending.step.as_str().into());
    message.properties.insert(PROPERTY_DELIVERY.to_owned(), sending.id.to_string().into());
    // What was sent without a recorded outcome may have been done.
    let doubt = state == EntryState::InDoubt;
    let flow = &run.start.flow.name;
    NewEntry {
        place: Place::delivery(flow.as_str(), sending.receiver.as_str()),
        id: sending.id.to_string(),
        overwrite: true,
        message: storable(message),
        encrypt: false,
        message_id: run.start.message_id.clone(),
        correlation: run.start.correlation.clone(),
        interface: flow.clone(),
        order_key: String::new(),
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
    let record = DeliveryRecord {
        message: run.start.message_id.clone(),
        flow: run.start.flow.name.clone(),
        delivery: sending.id,
        receiver: sending.receiver.clone(),
        record: sending.record.clone(),
        attempt: 1,
        at: run.now,
        outcome: outcome.to_owned(),
        error: failure.map(failure::stored),
    };
    run.out.notes.push(Note::Delivery(Box::new(record)));
}

/// Stores the message in a queue, in the unit of work of its process.
pub(super) fn put(run: &mut Run, task: &Task, queue: &QueueReceiver) -> Move {
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
    let interface = match &run.start.trigger {
        Trigger::Called { caller, .. } => caller.clone(),
        Trigger::Parked { interface, .. } => interface.clone(),
        Trigger::Http | Trigger::Timer => flow,
    };
    let id = run.entry_id();
    let entry = NewEntry {
        place: Place::queue(name),
        id,
        overwrite: false,
        message: storable(message),
        encrypt: queue.encrypt,
        message_id: run.start.message_id.clone(),
        correlation: run.start.correlation.clone(),
        interface,
        order_key: String::new(),
        state: EntryState::Waiting,
        doubt: false,
        created: run.now,
        due: run.now,
        alert_at: run.now.plus(queue.alert_after),
        expires: run.now.plus(queue.expire_after),
        retries: 0,
        error: None,
    };
    durable(run, task, vec![Change::Put(Box::new(entry))])
}
