//! Sending a delivery again that was delivered: only because a person says so, under an id of its own.

use std::collections::BTreeSet;

use base::{DeliveryId, Message, MessageId};
use bytes::Bytes;
use store::{Change, DeliveryRecord, MessageDetail, Place};

use super::{Answer, Ops, OpsError};
use crate::deploy;

/// The delivery that is to be made again, and whether it is the only one that the message makes to that receiver.
fn chosen<'a>(
    detail: &'a MessageDetail,
    receiver: &str,
    which: Option<DeliveryId>,
) -> Answer<(&'a DeliveryRecord, bool)> {
    let refused = |text: String| Err(OpsError::new(409, "R0107", text));
    let id = &detail.record.id;
    let to_it = || detail.deliveries.iter().filter(|d| d.receiver == receiver);
    // What was sent again by hand is no other part of the message.
    let parts: BTreeSet<_> = to_it().filter(|d| d.record != engine::AGAIN).map(|d| d.delivery).collect();
    let only = parts.len() <= 1;
    let delivered = || to_it().filter(|d| d.outcome == "delivered");
    if let Some(which) = which {
        return match delivered().rfind(|d| d.delivery == which) {
            Some(delivered) => Ok((delivered, only)),
            None => refused(format!("message {id} has no delivery {which} that was delivered to {receiver}")),
        };
    }
    let all: BTreeSet<_> = delivered().filter(|d| parts.contains(&d.delivery)).map(|d| d.delivery).collect();
    match (delivered().rfind(|d| parts.contains(&d.delivery)), all.len()) {
        (Some(delivered), 1) => Ok((delivered, only)),
        (Some(_), several) => refused(format!(
            "{several} deliveries of message {id} went to {receiver}, and only one is sent again at a time: say which, \
             by its delivery id"
        )),
        (None, _) => refused(format!("nothing of message {id} was delivered to {receiver}; what is parked is retried")),
    }
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
        let detail = self.message(id).await?;
        let (delivered, only) = chosen(&detail, receiver, which)?;
        let flow = self.flow(&delivered.flow)?;
        if !deploy::parking_receivers(&flow).contains(&receiver) {
            let text = format!("flow {} makes no exactly-once deliveries to a receiver {receiver}", flow.name);
            return Err(OpsError::new(409, "R0107", text));
        }
        let steps = engine::sending_steps(&flow, receiver);
        let traces = if only { self.trace(id).await? } else { Vec::new() };
        let traced = traces.into_iter().rfind(|t| steps.contains(&t.step.as_str()));
        let message = match (traced, body) {
            (Some(traced), Some(body)) => Message { body, ..traced.message },
            (Some(traced), None) => traced.message,
            (None, Some(body)) => Message::of(body),
            (None, None) => {
                let text = if only {
                    "what was delivered is not kept, and no trace has it: send it with a body"
                } else {
                    "what was delivered is not kept, and traces do not tell the deliveries of this message to this \
                     receiver apart: send it with a body"
                };
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
        shared.hub.ring(&Place::delivery(flow.name.as_str(), receiver));
        Ok(delivery)
    }
}
