//! What the ids of deliveries and of called messages derive from: the message, or the entries that a run picked.

use std::sync::Arc;

use base::{DeliveryId, MessageId};

use crate::start::Start;

/// Whose deliveries a task makes.
///
/// A further run of the same message makes the same deliveries, so their ids derive from the message's. What a run picked
/// from a data store is in no message: another run may find other entries there, or the same ones. So what comes of an
/// entry derives from the entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    /// Under which id outcomes are recorded, and looked for.
    pub(crate) recorded_under: MessageId,
    /// What ids derive from.
    seed: MessageId,
    /// Whether a further run derives the same.
    stable: bool,
    /// Whether it is the same wherever it is picked, so that the calls on the way to there do not count.
    anywhere: bool,
}

impl Identity {
    /// That of a run's message.
    pub(crate) fn of(start: &Start) -> Self {
        let seed = in_flow(&start.flow.name, start.origin.as_ref().unwrap_or(&start.message_id));
        Identity { recorded_under: start.message_id.clone(), seed, stable: start.origin.is_some(), anywhere: false }
    }

    /// That of entries which are removed when the run that picked them did what it had to do: whichever run picks them
    /// next goes on where this one stopped. `entries`: the ids of their consumers' messages.
    pub(crate) fn of_consumed(flow: &str, entries: &[MessageId]) -> Self {
        let id = match entries {
            [one] => one.clone(),
            many => MessageId::derived("entries", &join(many)),
        };
        Identity { seed: in_flow(flow, &id), recorded_under: id, stable: true, anywhere: true }
    }

    /// That of this message together with entries that stay where they are: another message, or another run that finds
    /// others, makes other deliveries.
    pub(crate) fn with(&self, entries: &[MessageId]) -> Self {
        let seed = MessageId::derived("with", &format!("{} {}", self.seed, join(entries)));
        Identity { seed, ..self.clone() }
    }

    /// That of what an idempotent process call does for an id. A further run skips the call where it is done, and must not
    /// take the sends of the next one for those that it skipped.
    pub(crate) fn of_call(&self, step: &str, id: &str) -> Self {
        // Neither name can be mistaken for a part of the other.
        let seed = MessageId::derived("once", &format!("{} {} {step} {id}", self.seed, step.len()));
        Identity { seed, ..self.clone() }
    }

    /// Whether a further run derives the same.
    pub(crate) fn is_stable(&self) -> bool {
        self.stable
    }

    /// Whether the calls on the way to where it was picked do not count.
    pub(crate) fn is_anywhere(&self) -> bool {
        self.anywhere
    }

    /// Names its sends apart from those of other identities of the run.
    pub(crate) fn seed(&self) -> &MessageId {
        &self.seed
    }

    /// The id of a send. `record`: its record path.
    pub(crate) fn delivery(&self, record: &str, step: &str) -> DeliveryId {
        DeliveryId::derive(&self.seed, record, step)
    }

    /// What the id of a called message derives from; `None` where no further run would find it.
    pub(crate) fn call(&self, record: &str, step: &str) -> Option<DeliveryId> {
        self.stable.then(|| self.delivery(record, step))
    }
}

/// An identity, and since where it holds: how many frames of its task were there when it began.
///
/// The calls on the way to a send are part of its record path, so that a process that is called from two places, or in
/// rounds, makes other deliveries each time, whichever of them a further run gets to. An entry that is consumed is the
/// same wherever it is picked: calls on the way to the pick are left out.
#[derive(Clone, Debug)]
pub(crate) struct Root {
    pub(crate) identity: Arc<Identity>,
    pub(crate) since: usize,
}

/// What a message is to one flow. An entry may be moved to a queue of another flow, and flows share data stores: what one
/// of them delivered, another has yet to deliver, also where their steps have the same names.
fn in_flow(flow: &str, id: &MessageId) -> MessageId {
    MessageId::derived(flow, &format!("in flow {id}"))
}

fn join(entries: &[MessageId]) -> String {
    entries.iter().map(MessageId::as_str).collect::<Vec<_>>().join(" ")
}
