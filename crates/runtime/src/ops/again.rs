//! Sending a delivery again that was delivered: only because a person says so, under an id of its own.

use base::{Message, MessageId};
use bytes::Bytes;
use store::{Change, Place};

use super::{Answer, Ops, OpsError};
use crate::deploy;

#[expect(clippy::missing_errors_doc, reason = "all fail the same way: OpsError says how")]
impl Ops {
    /// Sends what a receiver already has once more. The payload is `body`, with the headers of a trace where there is
    /// one; without `body` there must be one. Gives the id of the new delivery.
    pub async fn send_again(&self, id: &MessageId, receiver: &str, body: Option<Bytes>) -> Answer<String> {
        let shared = &self.runtime.shared;
        let detail = self.message(id).await?;
        let delivered = detail.deliveries.iter().rfind(|d| d.receiver == receiver && d.outcome == "delivered");
        let Some(delivered) = delivered else {
            let text = format!("nothing of message {id} was delivered to {receiver}; what is parked is retried");
            return Err(OpsError::new(409, "R0107", text));
        };
        let flow = self.flow(&delivered.flow)?;
        if !deploy::parking_receivers(&flow).contains(&receiver) {
            let text = format!("flow {} makes no exactly-once deliveries to a receiver {receiver}", flow.name);
            return Err(OpsError::new(409, "R0107", text));
        }
        let steps = engine::sending_steps(&flow, receiver);
        let traced = self.trace(id).await?.into_iter().rfind(|t| steps.contains(&t.step.as_str()));
        let message = match (traced, body) {
            (Some(traced), Some(body)) => Message { body, ..traced.message },
            (Some(traced), None) => traced.message,
            (None, Some(body)) => Message::of(body),
            (None, None) => {
                let text = "what was delivered is not kept, and no trace has it: send it with a body";
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
