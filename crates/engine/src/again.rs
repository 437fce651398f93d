//! A delivery that a person wants once more although it was delivered: another delivery, under an id of its own.

use base::{CorrelationId, DeliveryId, Message, MessageId, Timestamp};
use flow::{Flow, StepKind};
use store::rules::storable;
use store::{EntryInfo, EntryState, NewEntry, Place};

use crate::Keep;
use crate::delivery::{ALERT_PARKED, PROPERTY_DELIVERY, PROPERTY_RECORD, PROPERTY_STEP, PROPERTY_UNTRIED, RESERVED};

/// What such deliveries have for a record path.
pub const AGAIN: &str = "again";

/// Names of the steps of a flow that send to a receiver.
#[must_use]
pub fn sending_steps<'a>(flow: &'a Flow, receiver: &str) -> Vec<&'a str> {
    let steps = flow.processes.iter().flat_map(|process| &process.steps);
    steps.filter(|s| matches!(&s.kind, StepKind::Send(to) if to == receiver)).map(|s| s.name.as_str()).collect()
}

/// The step that such a delivery has for its sender.
fn step<'a>(flow: &'a Flow, receiver: &'a str) -> &'a str {
    sending_steps(flow, receiver).first().copied().unwrap_or(receiver)
}

fn id_of(flow: &Flow, receiver: &str, message: &MessageId, at: Timestamp) -> DeliveryId {
    DeliveryId::derive(message, &format!("{AGAIN}/{}/{}/{receiver}", at.0, flow.name), step(flow, receiver))
}

/// Whether a parked delivery of a flow is one that a person wanted once more.
#[must_use]
pub fn is_again(flow: &Flow, entry: &EntryInfo) -> bool {
    entry.id == id_of(flow, &entry.place.name, &entry.message_id, entry.created).to_string()
}

/// The entry that stands for a delivery once more. Its id derives from the moment too: a second wish is another delivery.
#[must_use]
pub fn send_again(
    flow: &Flow,
    receiver: &str,
    (id, correlation): (&MessageId, &CorrelationId),
    mut message: Message,
    keep: &Keep,
    now: Timestamp,
) -> NewEntry {
    let delivery = id_of(flow, receiver, id, now);
    message.properties.retain(|name, _| !name.starts_with(RESERVED));
    message.properties.insert(PROPERTY_RECORD.to_owned(), AGAIN.into());
    message.properties.insert(PROPERTY_STEP.to_owned(), step(flow, receiver).into());
    message.properties.insert(PROPERTY_DELIVERY.to_owned(), delivery.to_string().into());
    message.properties.insert(PROPERTY_UNTRIED.to_owned(), true.into());
    NewEntry {
        place: Place::delivery(flow.name.as_str(), receiver),
        id: delivery.to_string(),
        overwrite: false,
        message: storable(message),
        encrypt: false,
        message_id: id.clone(),
        origin: None,
        correlation: correlation.clone(),
        interface: flow.name.clone(),
        order_key: String::new(),
        state: EntryState::Waiting,
        doubt: false,
        created: now,
        due: now,
        alert_at: now.plus(ALERT_PARKED),
        expires: now.plus(keep.parked),
        retries: 0,
        error: None,
    }
}
