//! The message log: what Semel keeps about each message. It may lag and is never on the path of a durable answer.

use base::{Class, CorrelationId, DeliveryId, Fut, Message, MessageId, RunId, Status, Timestamp};
use bytes::Bytes;
use serde::Serialize;

use crate::StoreError;

/// How much longer than others a message is kept that is not at its end (`RETRY`, `ESCALATED`) where nothing else is
/// set: what is parked for it may still be delivered, and then its record must be there to say so.
pub const KEEP_UNFINISHED: std::time::Duration = std::time::Duration::from_secs(180 * 86_400);

/// Something to write down.
#[derive(Clone, Debug)]
pub enum LogEvent {
    /// A run began. The first run of a message makes its record.
    Started {
        /// Message.
        message: MessageId,
        /// Chain.
        correlation: CorrelationId,
        /// Flow.
        flow: String,
        /// Run.
        run: RunId,
        /// When.
        at: Timestamp,
        /// What started it, such as `http POST /orders`, `queue errors`, `timer`.
        trigger: String,
    },
    /// A run ended. Also makes the message's record where `Started` was not logged.
    Ended(Box<RunRecord>),
    /// An attempt of a delivery ended. Its failure and number show in the message's record too.
    Delivery(Box<DeliveryRecord>),
    /// The message's status changed outside a run (an operator, expiry, a retry that completed it).
    Status {
        /// Message.
        message: MessageId,
        /// New status.
        status: Status,
        /// When.
        at: Timestamp,
        /// Why, one line.
        reason: String,
    },
    /// A line for a message that has no other place: a duplicate refused, an entry expired or moved.
    Line(LogLine),
    /// A step's message, while tracing.
    Trace(Box<TraceRecord>),
}

/// One processing of a message by a flow.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunRecord {
    /// Message.
    pub message: MessageId,
    /// Chain.
    pub correlation: CorrelationId,
    /// Flow.
    pub flow: String,
    /// Run.
    pub run: RunId,
    /// What started it.
    pub trigger: String,
    /// Begin.
    pub started: Timestamp,
    /// End.
    pub ended: Timestamp,
    /// Status that this run gives its message.
    pub status: Status,
    /// Failure, where there was one, as text with its code.
    pub error: Option<String>,
    /// Retries of the message before this run.
    pub retries: u32,
    /// Steps, last 50 at level info, all at debug; empty where the level says so.
    pub steps: Vec<StepRecord>,
    /// Custom header properties from scripts, and SAP's business attributes.
    pub headers: Vec<(String, String)>,
    /// `SAP_MessageProcessingLogCustomStatus`.
    pub custom_status: Option<String>,
    /// Attachments from scripts.
    #[serde(skip)]
    pub attachments: Vec<AttachmentRecord>,
}

/// One step of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StepRecord {
    /// Step name.
    pub step: String,
    /// Process name.
    pub process: String,
    /// Path of the part or branch, empty outside splits and multicasts: `0/3` or `branch-a`.
    pub branch: String,
    /// Begin.
    pub started: Timestamp,
    /// Duration in milliseconds.
    pub ms: u64,
    /// Failure as text.
    pub error: Option<String>,
}

/// An attachment of the message log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttachmentRecord {
    /// Name.
    pub name: String,
    /// Media type.
    pub media_type: String,
    /// Content.
    pub content: Bytes,
}

/// One attempt of a delivery.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DeliveryRecord {
    /// Message.
    pub message: MessageId,
    /// Flow.
    pub flow: String,
    /// Delivery.
    pub delivery: DeliveryId,
    /// Receiver.
    pub receiver: String,
    /// Record path, empty outside splits.
    pub record: String,
    /// 1 is the first attempt.
    pub attempt: u32,
    /// When the attempt ended.
    pub at: Timestamp,
    /// `delivered`, `rejected`, `failed`, `in doubt`, `escalated`, `parked` or `absent`; `skipped` where a further run of
    /// the message had nothing to do.
    pub outcome: String,
    /// Failure as text, with its code.
    pub error: Option<String>,
    /// What the failure means for the next attempt.
    pub class: Option<Class>,
    /// HTTP status of the receiver's answer, where a failure had one.
    pub http_status: Option<u16>,
    /// Beginning of the receiver's answer, where a failure had one.
    pub excerpt: Option<String>,
}

/// A line about a message.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LogLine {
    /// Message.
    pub message: MessageId,
    /// When.
    pub at: Timestamp,
    /// What happened, one line.
    pub text: String,
}

/// A message as it was before a step.
#[derive(Clone, Debug, PartialEq)]
pub struct TraceRecord {
    /// Message.
    pub message_id: MessageId,
    /// Run.
    pub run: RunId,
    /// Step name.
    pub step: String,
    /// When.
    pub at: Timestamp,
    /// The message.
    pub message: Message,
}

/// One line of a list of messages.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MessageRecord {
    /// Message.
    pub id: MessageId,
    /// Chain.
    pub correlation: CorrelationId,
    /// Flow.
    pub flow: String,
    /// Status now.
    pub status: Status,
    /// Custom status, where a flow or script set one.
    pub custom_status: Option<String>,
    /// First run's begin.
    pub started: Timestamp,
    /// Last run's or status change's end; `None` while processing.
    pub ended: Option<Timestamp>,
    /// Failed retries so far.
    pub retries: u32,
    /// Last failure.
    pub error: Option<String>,
}

/// Everything about one message.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MessageDetail {
    /// The list line.
    #[serde(flatten)]
    pub record: MessageRecord,
    /// Runs, oldest first.
    pub runs: Vec<RunRecord>,
    /// Attempts of deliveries, oldest first.
    pub deliveries: Vec<DeliveryRecord>,
    /// Lines, oldest first.
    pub lines: Vec<LogLine>,
    /// Attachments: name, media type, size.
    pub attachments: Vec<(String, String, u64)>,
}

/// Which messages an operator wants to see. Empty fields do not restrict.
#[derive(Clone, Debug, Default)]
pub struct MessageFilter {
    /// Of these statuses.
    pub status: Vec<Status>,
    /// Of this flow.
    pub flow: Option<String>,
    /// With this id, or in this chain.
    pub id: Option<String>,
    /// With this custom header: name, value.
    pub header: Option<(String, String)>,
    /// Started at or after.
    pub since: Option<Timestamp>,
    /// Started before.
    pub until: Option<Timestamp>,
    /// Most messages, newest first; 0 means 50.
    pub limit: u32,
}

/// Where the message log is kept.
pub trait MessageLog: Send + Sync {
    /// Writes down, soon; never blocks on the disk. Where it cannot keep up it says so in the log itself.
    fn record(&self, event: LogEvent);

    /// Answers when everything recorded before is written.
    fn flush(&self) -> Fut<'_, ()>;

    /// Messages, newest first.
    fn messages(&self, filter: MessageFilter) -> Fut<'_, Result<Vec<MessageRecord>, StoreError>>;

    /// How many messages there are by status.
    fn counts(&self) -> Fut<'_, Result<Vec<(Status, u64)>, StoreError>>;

    /// One message.
    fn message(&self, id: &MessageId) -> Fut<'_, Result<Option<MessageDetail>, StoreError>>;

    /// An attachment of a message.
    fn attachment(&self, id: &MessageId, name: &str) -> Fut<'_, Result<Option<AttachmentRecord>, StoreError>>;

    /// Traced steps of a message, in order.
    fn trace(&self, id: &MessageId) -> Fut<'_, Result<Vec<TraceRecord>, StoreError>>;

    /// After a start: messages still `PROCESSING` become `ABANDONED`; answers how many.
    fn recover(&self, now: Timestamp) -> Fut<'_, Result<u64, StoreError>>;

    /// Removes messages that started and ended before `messages_before`, and traces before `traces_before`. Messages in `RETRY` or
    /// `ESCALATED` are kept longer: [`KEEP_UNFINISHED`], or what the implementation was told.
    fn sweep(&self, messages_before: Timestamp, traces_before: Timestamp) -> Fut<'_, Result<u64, StoreError>>;
}
