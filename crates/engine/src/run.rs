//! A run: one processing of a message by a flow.

use std::collections::HashSet;
use std::sync::Arc;

use base::{CorrelationId, DeliveryId, EntryKey, Message, MessageId, RunId, Timestamp};
use bytes::Bytes;
use flow::{Flow, LogLevel, ProcessIx, RetryPolicy};
use store::Place;

use crate::{Decision, Ended, Event};

/// What a run begins with.
#[derive(Clone, Debug)]
pub struct Start {
    /// The flow.
    pub flow: Arc<Flow>,
    /// Its process to start with.
    pub process: ProcessIx,
    /// The message; headers are filtered already.
    pub message: Message,
    /// Its id: the same over all runs of a message.
    pub message_id: MessageId,
    /// Its chain.
    pub correlation: CorrelationId,
    /// This run.
    pub run: RunId,
    /// What started it.
    pub trigger: Trigger,
    /// Deliveries of the message that were delivered or parked before: they are not sent again.
    pub settled: HashSet<DeliveryId>,
    /// The request's idempotency key, where it carried one: the answer is remembered with the final commit.
    pub keyed: Option<Keyed>,
    /// The level in force (the flow's, or what an operator set for a while).
    pub log_level: LogLevel,
}

/// What started a run, and what follows from it for errors.
#[derive(Clone, Debug, PartialEq)]
pub enum Trigger {
    /// A sender that waits for the answer.
    Http,
    /// A timer, or Semel itself (`on-escalated`): nobody waits.
    Timer,
    /// ProcessDirect.
    Called {
        /// Name of the calling flow: becomes the interface of entries that this run stores in queues.
        caller: String,
        /// Whether nobody waits at the very beginning of the chain.
        one_way: bool,
        /// Whether a retrying sender channel started the chain.
        retrying: bool,
    },
    /// An entry of a queue, a data store or an inbox: removed when the run succeeds, rescheduled when it fails.
    Parked {
        /// Which entry.
        key: EntryKey,
        /// Where it is.
        place: Place,
        /// Failed retries so far; the first processing has 0 (header `SAPJMSRetries` or `SAP_DataStoreRetries`).
        retries: u32,
        /// Crashes so far.
        crashes: u32,
        /// When to try again.
        policy: RetryPolicy,
        /// The interface that it belongs to.
        interface: String,
    },
}

/// A request's idempotency key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keyed {
    /// Caller and key.
    pub key: String,
    /// Digest of the payload.
    pub fingerprint: [u8; 32],
    /// Until when the answer is remembered.
    pub expires: Timestamp,
}

/// A run in progress: frames, units of work, what it waits for. All data; dropping it forgets the run.
#[derive(Debug)]
pub struct Run {}

impl Run {
    /// A run that has not begun.
    #[must_use]
    pub fn new(start: Start) -> Self {
        let _ = start;
        Run {}
    }
}

/// The one entrance: moves a run by one event. Never panics; an event that does not fit is ignored.
pub fn decide(run: &mut Run, event: Event, now: Timestamp) -> Decision {
    let _ = (run, event, now);
    Decision::default()
}

/// What an HTTP sender is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpAnswer {
    /// Status: 200, 204 for an empty body, 500, or header `CamelHttpResponseCode`.
    pub status: u16,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Bytes,
}

/// The answer to the sender of a run that ended. A failure is answered with 500 and a short text that ends with the
/// message id, or with the failure's text where the flow has `return-errors`.
#[must_use]
pub fn http_answer(flow: &Flow, message_id: &MessageId, ended: &Ended) -> HttpAnswer {
    let _ = (flow, message_id, ended);
    HttpAnswer { status: 500, headers: Vec::new(), body: Bytes::new() }
}
