//! Channels: what starts a process (sender) and what a step calls (receiver), and calls with everything evaluated.

use std::time::Duration;

use base::{Failure, Headers, Scope, Timestamp};
use bytes::Bytes;
use expr::Template;

use crate::delivery::StatusRules;

/// What starts an integration process.
#[derive(Clone, Debug)]
pub enum SenderChannel {
    /// HTTP(S).
    Http(HttpSender),
    /// Timer.
    Timer(TimerSender),
    /// ProcessDirect: the address, with its leading slash.
    ProcessDirect(String),
    /// Queue consumer (SAP: JMS sender).
    Queue(QueueSender),
    /// Data store consumer.
    DataStore(DataStoreSender),
    /// What people have to know.
    Alerts(AlertsSender),
}

/// Alerts: a message for each group of things that a person has to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertsSender {
    /// Which kinds; never empty.
    pub on: Vec<AlertKind>,
    /// Of which flows; empty means all.
    pub flows: Vec<String>,
    /// At most one alert of a group in this time.
    pub every: Duration,
}

/// What a person has to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AlertKind {
    /// Entries wait for a person: escalated, or blocked after crashes.
    Escalated,
    /// Deliveries may have been done, and a person has to decide.
    InDoubt,
    /// Entries wait longer than they should.
    Overdue,
    /// A receiver's circuit is open for longer than its first interval.
    ReceiverDown,
}

impl AlertKind {
    /// All kinds.
    pub const ALL: [AlertKind; 4] = [Self::Escalated, Self::InDoubt, Self::Overdue, Self::ReceiverDown];

    /// As it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            AlertKind::Escalated => "escalated",
            AlertKind::InDoubt => "in-doubt",
            AlertKind::Overdue => "overdue",
            AlertKind::ReceiverDown => "receiver-down",
        }
    }

    /// The kind of a written name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// HTTP(S) sender channel: served under `/http/<path>`.
#[derive(Clone, Debug)]
pub struct HttpSender {
    /// Path after `/http`, with a leading slash, without the wildcard; compared without case.
    pub path: String,
    /// Whether the path ended in `/*`: it takes the whole subtree.
    pub subtree: bool,
    /// Allowed methods; empty allows all.
    pub methods: Vec<String>,
    /// Largest body in bytes.
    pub body_limit: u64,
    /// Name of the secret that holds user and password; `None` is open.
    pub credential: Option<String>,
    /// Duplicate detection at the door.
    pub idempotency: Idempotency,
    /// Where a request has its key.
    pub key: DoorKey,
}

/// Where a request has the key by which duplicates are known.
#[derive(Clone, Debug, Default)]
pub enum DoorKey {
    /// The header `Idempotency-Key`.
    #[default]
    Header,
    /// Source and id of a CloudEvent, in headers (binary mode) or in the JSON body (structured mode).
    CloudEvent,
    /// An expression; an empty text is no key.
    Expression(Template),
}

/// Duplicate detection at the door by `Idempotency-Key`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Idempotency {
    /// The header means nothing.
    #[default]
    Off,
    /// The header is honoured where it is present. Default for `exactly-once` flows.
    Optional,
    /// A request without the header is refused with 400.
    Required,
}

/// Timer sender channel.
#[derive(Clone, Debug)]
pub struct TimerSender {
    /// When it ticks.
    pub schedule: Schedule,
    /// IANA time zone, `UTC` unless set.
    pub zone: String,
}

/// When a timer ticks.
#[derive(Clone, Debug)]
pub enum Schedule {
    /// Once, when the flow is deployed (not when the server restarts).
    OnDeployment,
    /// Once, at this time.
    At(Timestamp),
    /// Every so often.
    Every(Duration),
    /// Cron with optional seconds and year; compiled.
    Cron(Box<croner::Cron>, String),
}

/// Queue consumer.
#[derive(Clone, Debug)]
pub struct QueueSender {
    /// Queue name.
    pub queue: String,
    /// Exclusive: one message at a time, in strict order, a failing one holds up the others.
    pub exclusive: bool,
    /// Messages processed at once; 1 where exclusive.
    pub concurrency: u32,
    /// When a failed message is tried again, and how often.
    pub retry: RetryPolicy,
    /// Crash protection (SAP: dead-letter queue): a message that three processings did not survive is blocked.
    pub dead_letter: bool,
}

/// Data store consumer.
#[derive(Clone, Debug)]
pub struct DataStoreSender {
    /// Store name.
    pub store: String,
    /// Whose store.
    pub scope: Scope,
    /// How often to look when the store has none left.
    pub poll: Duration,
    /// When a failed entry is tried again.
    pub retry: RetryPolicy,
    /// After this a lock left by a dead process is stale.
    pub lock_timeout: Duration,
}

/// When something that failed is tried again.
#[derive(Clone, Debug, PartialEq)]
pub struct RetryPolicy {
    /// Wait before the first retry.
    pub interval: Duration,
    /// Each wait is this times the one before; 1 keeps the interval.
    pub backoff: f64,
    /// Longest wait.
    pub max_interval: Duration,
    /// Retries before it is escalated and parked; `None` retries for ever.
    pub max_retries: Option<u32>,
    /// A retry that would come later than this after the first attempt escalates instead.
    pub max_age: Option<Duration>,
    /// Largest random part added to each wait, as a share of it; 0 to 1.
    pub jitter: f64,
}

impl RetryPolicy {
    /// The wait before retry number `retry` (1 is the first), without jitter:
    /// 5, 10, 20, 40, 60, 60 minutes for interval 5 min, backoff 2, maximum 60 min.
    #[must_use]
    pub fn wait(&self, retry: u32) -> Duration {
        let factor = self.backoff.max(1.0).powi(i32::try_from(retry.saturating_sub(1)).unwrap_or(i32::MAX));
        let seconds = self.interval.as_secs_f64() * factor;
        let limit = self.max_interval.max(self.interval);
        // A comparison that is false for NaN and infinity falls on the limit.
        if seconds < limit.as_secs_f64() { Duration::from_secs_f64(seconds) } else { limit }
    }
}

/// What a step calls.
#[derive(Clone, Debug)]
pub enum ReceiverChannel {
    /// HTTP(S).
    Http(HttpReceiver),
    /// Mail (SMTP).
    Mail(MailReceiver),
    /// Queue producer (SAP: JMS receiver).
    Queue(QueueReceiver),
    /// ProcessDirect; the address may be dynamic.
    ProcessDirect(Template),
}

/// HTTP(S) receiver channel.
#[derive(Clone, Debug)]
pub struct HttpReceiver {
    /// Address without fragment.
    pub url: Template,
    /// Query to append.
    pub query: Option<Template>,
    /// Method; a template, because SAP allows a dynamic one (empty means POST).
    pub method: Template,
    /// Message headers that are sent: names or patterns with `*`.
    pub request_headers: Vec<String>,
    /// Extra headers.
    pub set_headers: Vec<(String, Template)>,
    /// Headers of an answer that become headers of the message: names or patterns with `*`.
    pub response_headers: Vec<String>,
    /// What stands around the body.
    pub format: HttpFormat,
    /// Repeats inside the step (SAP: *Retry Failed Requests*).
    pub repeat: Option<Repeat>,
    /// For the whole exchange.
    pub timeout: Duration,
    /// Whether a status of 400 or more fails the step; otherwise the flow goes on with header `CamelHttpResponseCode`.
    pub throw_on_failure: bool,
    /// Name of the secret with user and password (Basic) or token (Bearer).
    pub credential: Option<String>,
    /// Header that carries the delivery id in exactly-once flows; empty sends none.
    pub key_header: String,
    /// What the author says about the meaning of answers.
    pub statuses: StatusRules,
    /// Whether redirects are followed.
    pub follow_redirects: bool,
    /// Whether DELETE has a body (SAP: *Send Body*); GET and HEAD never have one.
    pub delete_body: bool,
    /// Name of the secret that signs requests by Standard Webhooks.
    pub sign: Option<String>,
}

/// What stands around the body of an HTTP call and of its answer.
#[derive(Clone, Debug, Default)]
pub enum HttpFormat {
    /// Nothing.
    #[default]
    Plain,
    /// A SOAP 1.1 envelope, which is taken off the answer again.
    Soap {
        /// `SOAPAction`, without quotes.
        action: Template,
        /// Whether the delivery id goes along as SAP RM's `MessageId`.
        reliable: bool,
    },
    /// OData V2: the Atom answer becomes plain elements below one of this name.
    OData {
        /// Name of the element around all entities.
        set: String,
    },
}

/// How often a request that failed is repeated at once: no connection, or an answer that says to come back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeat {
    /// Repeats after the first request.
    pub times: u32,
    /// Wait before each.
    pub interval: Duration,
    /// Statuses that are repeated; empty for every one of 400 and more.
    pub statuses: Vec<u16>,
}

/// Mail receiver channel.
#[derive(Clone, Debug)]
pub struct MailReceiver {
    /// `host:port`; 25, 587 or 465 where no port is given, by protection.
    pub server: Template,
    /// Transport security.
    pub protection: MailProtection,
    /// Name of the secret with user and password.
    pub credential: Option<String>,
    /// Sender address.
    pub from: Template,
    /// Addresses, separated by commas.
    pub to: Template,
    /// Addresses, separated by commas.
    pub cc: Option<Template>,
    /// Addresses, separated by commas.
    pub bcc: Option<Template>,
    /// Subject.
    pub subject: Template,
    /// Text; the message body unless set.
    pub body: Option<Template>,
    /// Media type of the text.
    pub media_type: String,
    /// Whether the message's attachments go along.
    pub message_attachments: bool,
    /// Attachments beside those of the message.
    pub attachments: Vec<MailAttachment>,
    /// For the whole exchange.
    pub timeout: Duration,
}

/// An attachment that a mail receiver makes.
#[derive(Clone, Debug)]
pub struct MailAttachment {
    /// Its name.
    pub name: Template,
    /// Its media type.
    pub media_type: String,
    /// Its content; the message body unless set.
    pub content: Option<Template>,
}

/// Transport security of mail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MailProtection {
    /// Plain text.
    #[default]
    None,
    /// STARTTLS where the server offers it.
    StartTlsOptional,
    /// STARTTLS or nothing.
    StartTls,
    /// TLS from the first byte.
    Smtps,
}

/// Queue producer.
#[derive(Clone, Debug)]
pub struct QueueReceiver {
    /// Queue name, at most 80 characters of `A-Z a-z 0-9 _ - .` when evaluated.
    pub queue: Template,
    /// Messages with the same text are consumed one after the other; `None` asks for no order.
    pub order_by: Option<Template>,
    /// Which interface inside a shared queue the message belongs to; `None`, or an empty text: the flow that caused it.
    pub interface: Option<Template>,
    /// After this a message counts as overdue.
    pub alert_after: Duration,
    /// After this a message expires.
    pub expire_after: Duration,
    /// Stored encrypted.
    pub encrypt: bool,
    /// Stores the exchange properties too.
    pub transfer_properties: bool,
}

/// A call to an outside receiver with everything evaluated: what an adapter performs.
#[derive(Clone, Debug, PartialEq)]
pub enum Call {
    /// HTTP(S).
    Http(HttpCall),
    /// Mail.
    Mail(MailCall),
}

impl Call {
    /// The longest that it may take, with the repeats inside it.
    #[must_use]
    pub fn longest(&self) -> Duration {
        match self {
            Call::Http(HttpCall { timeout, repeat: Some(repeat), .. }) => {
                timeout.saturating_add(timeout.saturating_add(repeat.interval).saturating_mul(repeat.times))
            }
            Call::Http(call) => call.timeout,
            Call::Mail(call) => call.timeout,
        }
    }
}

/// One HTTP request.
#[derive(Clone, Debug, PartialEq)]
pub struct HttpCall {
    /// Method in capitals.
    pub method: String,
    /// Whole address with query.
    pub url: String,
    /// Headers to send, delivery id included.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Bytes,
    /// For the whole exchange.
    pub timeout: Duration,
    /// Whether a status of 400 or more is a failure.
    pub throw_on_failure: bool,
    /// Name of a secret.
    pub credential: Option<String>,
    /// What the author says about the meaning of answers.
    pub statuses: StatusRules,
    /// Whether redirects are followed.
    pub follow_redirects: bool,
    /// The secret that signs the request, and the id that it is signed with.
    pub sign: Option<(String, String)>,
    /// Repeats inside the call.
    pub repeat: Option<Repeat>,
}

/// One mail.
#[derive(Clone, Debug, PartialEq)]
pub struct MailCall {
    /// Host.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Transport security.
    pub protection: MailProtection,
    /// Name of a secret.
    pub credential: Option<String>,
    /// Sender address.
    pub from: String,
    /// Addresses.
    pub to: Vec<String>,
    /// Addresses.
    pub cc: Vec<String>,
    /// Addresses.
    pub bcc: Vec<String>,
    /// Subject.
    pub subject: String,
    /// Text.
    pub body: Bytes,
    /// Media type of the text.
    pub media_type: String,
    /// `Message-ID` without angle brackets: the delivery id where there is one.
    pub message_id: String,
    /// Attachments: name, media type, content.
    pub attachments: Vec<base::Attachment>,
    /// For the whole exchange.
    pub timeout: Duration,
}

/// What a receiver answered.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reply {
    /// Headers of the answer; `CamelHttpResponseCode` holds an HTTP status.
    pub headers: Headers,
    /// Body of the answer.
    pub body: Bytes,
}

/// What came of a call.
pub type Outcome = Result<Reply, Failure>;
