//! Sending a delivery again that was delivered: only because a person says so, under an id of its own.

use std::collections::{BTreeSet, HashSet};

use base::{DeliveryId, Message, MessageId};
use bytes::Bytes;
use store::{Change, DeliveryRecord, EntryFilter, EntryInfo, MessageDetail, Place, PlaceKind, TraceRecord};

use super::entries::MOST;
use super::{Answer, Ops, OpsError};
use crate::deploy;

/// The delivery that is to be made again, and all deliveries of the message to that receiver that the log knows.
fn chosen<'a>(
    detail: &'a MessageDetail,
    receiver: &str,
    which: Option<DeliveryId>,
) -> Answer<(&'a DeliveryRecord, BTreeSet<DeliveryId>)> {
    let refused = |text: String| Err(OpsError::new(409, "R0107", text));
    let id = &detail.record.id;
    let to_it = || detail.deliveries.iter().filter(|d| d.receiver == receiver);
    // What was sent again by hand is no other part of the message.
    let parts: BTreeSet<_> = to_it().filter(|d| d.record != engine::AGAIN).map(|d| d.delivery).collect();
    let delivered = || to_it().filter(|d| d.outcome == "delivered");
    if let Some(which) = which {
        return match delivered().rfind(|d| d.delivery == which) {
            Some(delivered) => Ok((delivered, parts)),
            None => refused(format!("message {id} has no delivery {which} that was delivered to {receiver}")),
        };
    }
    let all: BTreeSet<_> = delivered().filter(|d| parts.contains(&d.delivery)).map(|d| d.delivery).collect();
    match (delivered().rfind(|d| parts.contains(&d.delivery)), all.len()) {
        (Some(delivered), 1) => Ok((delivered, parts)),
        (Some(_), several) => refused(format!(
            "{several} deliveries of message {id} went to {receiver}, and only one is sent again at a time: say which, \
             by its delivery id"
        )),
        (None, _) => refused(format!("nothing of message {id} was delivered to {receiver}; what is parked is retried")),
    }
}

/// What the traces of a message say about its deliveries to a receiver.
enum Traced {
    /// Nothing.
    No,
    /// What its one delivery was made from.
    One(Box<Message>),
    /// There are several deliveries; a trace does not say which of them it led to.
    Several,
}

/// What the last trace of a sending step has. Several of them in one run led to several deliveries.
fn traced(mut traces: Vec<TraceRecord>, steps: &[&str]) -> Traced {
    traces.retain(|trace| steps.contains(&trace.step.as_str()));
    let mut runs = HashSet::new();
    if !traces.iter().all(|trace| runs.insert(&trace.run)) {
        return Traced::Several;
    }
    traces.pop().map_or(Traced::No, |trace| Traced::One(Box::new(trace.message)))
}

#[expect(clippy::missing_errors_doc, reason = "all fail the same way: OpsError says how")]
impl Ops {
    /// Sends what a receiver already has once more; which of its deliveries, where the message made several to it. The
    /// payload is `body`, with the headers of a trace where there is one; without `body` there must be one. A trace does
    /// not say which of several deliveries it led to: then there must be a body. Gives the id of the new delivery.
    pub async fn send_again(
        &self,
        id: &MessageId,
        (receiver, which): (&str, Option<DeliveryId>),
        body: Option<Bytes>,
    ) -> Answer<String> {
        let shared = &self.runtime.shared;
        // Parked first: a delivery that gets through between the two questions is then in both answers, not in none.
        let filter =
            EntryFilter { kind: Some(PlaceKind::Delivery), message_id: Some(id.clone()), ..EntryFilter::default() };
        let parked = self.pages(filter, MOST).await?;
        let detail = self.message(id).await?;
        let (delivered, parts) = chosen(&detail, receiver, which)?;
        let flow = self.flow(&delivered.flow)?;
        if !deploy::parking_receivers(&flow).contains(&receiver) {
            let text = format!("flow {} makes no exactly-once deliveries to a receiver {receiver}", flow.name);
            return Err(OpsError::new(409, "R0107", text));
        }
        let steps = engine::sending_steps(&flow, receiver);
        // A delivery that waits for its first attempt is in no log.
        let place = Place::delivery(flow.name.as_str(), receiver);
        let known = |e: &EntryInfo| e.id.parse().is_ok_and(|id| parts.contains(&id)) || engine::is_again(&flow, e);
        let other = parked.more.is_some() || parked.all.iter().any(|e| e.place == place && !known(e));
        let traced = if parts.len() > 1 || other { Traced::Several } else { traced(self.trace(id).await?, &steps) };
        let message = match (traced, body) {
            (Traced::One(message), Some(body)) => Message { body, ..*message },
            (Traced::One(message), None) => *message,
            (_, Some(body)) => Message::of(body),
            (Traced::No, None) => {
                let text = "what was delivered is not kept, and no trace has it: send it with a body";
                return Err(OpsError::new(409, "R0107", text));
            }
            (Traced::Several, None) => {
                let text = "what was delivered is not kept, and traces do not tell the deliveries of this message to \
                            this receiver apart: send it with a body";
                return Err(OpsError::new(409, "R0107", text));
            }
        };
        let keep = shared.options.retention.keep(shared.options.clock.as_ref());
        let whose = (&detail.record.id, &detail.record.correlation);
        let entry = engine::send_again(&flow, receiver, whose, message, &keep, shared.options.clock.now());
        let delivery = entry.id.clone();
        self.commit(vec![Change::Put(Box::new(entry))]).await?;
        let by = &self.by;
        shared.log_line(id, format!("sent to {receiver} again by {by}, as another delivery {delivery}"));
        shared.hub.ring(&place);
        Ok(delivery)
    }
}
