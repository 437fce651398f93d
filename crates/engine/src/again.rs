//! A delivery that a person wants once more although it was delivered: another delivery, under an id of its own.

use base::{CorrelationId, DeliveryId, Message, MessageId, Timestamp};
use flow::{Flow, StepKind};
use store::rules::storable;
use store::{EntryState, NewEntry, Place};

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
    let step = sending_steps(flow, receiver).first().copied().unwrap_or(receiver).to_owned();
    let delivery = DeliveryId::derive(id, &format!("{AGAIN}/{}/{}/{receiver}", now.0, flow.name), &step);
    message.properties.retain(|name, _| !name.starts_with(RESERVED));
    message.properties.insert(PROPERTY_RECORD.to_owned(), AGAIN.into());
    message.properties.insert(PROPERTY_STEP.to_owned(), step.into());
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
