//! What a run begins with: its message, what started it, and what is known of the message before.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use base::{CorrelationId, DeliveryId, EntryKey, Message, MessageId, RunId, Timestamp};
use flow::{Flow, LogLevel, ProcessIx, RetryPolicy};
use store::{Answer, Change, Place};

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
    /// What the ids of its deliveries and calls derive from, where a further run of the message derives the same: the
    /// message's id, or that of the call that a flow without outcomes answers under an id of its own each time.
    pub origin: Option<MessageId>,
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
    /// How long what it commits is kept.
    pub keep: Keep,
}

/// How long things are kept that no flow says a time for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keep {
    /// Variables, after the last write.
    pub variables: Duration,
    /// Outcomes of deliveries, and numbers by their correlation.
    pub keys: Duration,
    /// Parked deliveries.
    pub parked: Duration,
    /// How many times faster than real time the stored time runs: timeouts of calls are real.
    pub lapse: u32,
}

impl Default for Keep {
    /// 400 days of variables, 90 days of outcomes, 180 days of parked deliveries.
    fn default() -> Self {
        let days = |n: u64| Duration::from_secs(n * 86_400);
        Keep { variables: days(400), keys: days(90), parked: days(180), lapse: 1 }
    }
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
    /// The message that used the key before, and whose answer has expired: it makes room for this one's.
    pub before: Option<MessageId>,
}

impl Keyed {
    /// Stands among the outcomes of its message for the content that led to them: after a request that failed, the next
    /// one with its key goes on only where it says the same.
    pub fn content(&self, message: &MessageId) -> DeliveryId {
        DeliveryId::derive(message, "content", &base::hex(&self.fingerprint))
    }

    /// The changes that remember an answer.
    pub fn remember(&self, answer: Answer) -> Vec<Change> {
        let forget = self.before.clone().map(|message_id| Change::ForgetAnswer {
            flow: answer.flow.clone(),
            key: answer.key.clone(),
            message_id,
        });
        forget.into_iter().chain([Change::Answered(Box::new(answer))]).collect()
    }
}
