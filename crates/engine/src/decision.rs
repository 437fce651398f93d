//! What passes between the engine and the runtime: events in, decisions out. All plain data.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use base::{DeliveryId, EntryKey, Failure, Message, MessageId, Scope, Status, Timestamp, Value};
use expr::ExceptionInfo;
use flow::{Call, Mapping, Outcome, Reply, Script};
use store::{
    AttachmentRecord, Change, CommitError, DeliveryRecord, Entry, NumberState, Place, StepRecord, TraceRecord,
};
use xsd::Schema;

/// Names an effect of a run until its outcome came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EffectId(pub u64);

/// Everything that can move a run.
#[derive(Clone, Debug)]
pub enum Event {
    /// Begin.
    Begin,
    /// An effect's outcome.
    Done(EffectId, Done),
    /// Some time has passed: what is known of deliveries is written down, so that a crash forgets little of a long run.
    Remember,
    /// Stop here: shutdown or an operator. No exception subprocess runs.
    Stop {
        /// What the run fails with.
        failure: Failure,
        /// Calls of deliveries that were asked for and not begun: whoever was to get them certainly got nothing.
        unbegun: Vec<EffectId>,
    },
}

/// The outcome of an effect.
#[derive(Clone, Debug)]
pub enum Done {
    /// Of [`Effect::Commit`].
    Committed(Result<(), CommitError>),
    /// Of [`Effect::Ask`].
    Asked(Result<Asked, Failure>),
    /// Of [`Effect::Script`].
    Scripted(Result<Scripted, Failure>),
    /// Of [`Effect::Work`]: the message as it is afterwards.
    Worked(Result<Message, Failure>),
    /// Of [`Effect::Call`].
    Called(Outcome),
    /// Of [`Effect::CallFlow`].
    FlowCalled {
        /// The callee's answer, or its failure.
        outcome: Result<Reply, Failure>,
        /// Whether the callee, or a flow that it called, ended with an escalation: a queue message that caused this
        /// is parked for a person and not consumed.
        escalated: bool,
    },
}

/// What the runtime has to do next, and what there is to write down.
#[derive(Debug, Default)]
pub struct Decision {
    /// To perform, in any order or at once.
    pub effects: Vec<(EffectId, Effect)>,
    /// For the message log; never durable.
    pub notes: Vec<Note>,
    /// The run is over. No effects come with it.
    pub ended: Option<Box<Ended>>,
}

/// Something to do.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Commit these changes, all or none.
    Commit(Vec<Change>),
    /// Ask the store.
    Ask(Question),
    /// Run a script.
    Script(Box<ScriptEffect>),
    /// Do some work that is pure, but may take long: it must not hold up other runs.
    Work(Box<Work>),
    /// Call an outside receiver.
    Call {
        /// Name of the receiver in its flow: limits and circuits are per receiver.
        receiver: String,
        /// The delivery that it is an attempt of, where its outcome is kept.
        delivery: Option<DeliveryId>,
        /// What to send.
        call: Box<Call>,
    },
    /// Call another flow by ProcessDirect.
    CallFlow {
        /// Address, with its leading slash.
        address: String,
        /// Headers, body, attachments; properties never cross.
        message: Box<Message>,
        /// What the id of the called message derives from: the same whenever this call is made again. `None` where no
        /// further run makes it.
        call: Option<DeliveryId>,
    },
}

/// A script to run.
#[derive(Clone, Debug)]
pub struct ScriptEffect {
    /// The script.
    pub script: Arc<Script>,
    /// Its function.
    pub function: String,
    /// What it gets.
    pub message: Message,
    /// Whether the body was set as a text, by a script or a content modifier.
    pub body_is_text: bool,
    /// In an exception subprocess: the failure (property `CamelExceptionCaught`).
    pub exception: Option<ExceptionInfo>,
    /// The class of the exception, where a script threw it.
    pub thrown: Option<String>,
}

/// Pure work on a message.
#[derive(Clone, Debug)]
pub struct Work {
    /// What to do.
    pub job: Job,
    /// What to do it with.
    pub message: Message,
    /// The run's message id.
    pub message_id: MessageId,
    /// The flow.
    pub flow: String,
    /// The time that a stylesheet sees.
    pub now: Timestamp,
}

/// Kinds of pure work.
#[derive(Clone, Debug)]
pub enum Job {
    /// Run this stylesheet.
    Transform(Arc<Mapping>),
    /// Check the body.
    Validate {
        /// The schema.
        schema: Arc<Schema>,
        /// A body that does not fit sets a property and is no failure.
        go_on: bool,
    },
}

impl fmt::Display for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Job::Transform(mapping) => write!(f, "the stylesheet {}", mapping.path),
            Job::Validate { .. } => f.write_str("the XML validator"),
        }
    }
}

/// What a script left.
#[derive(Clone, Debug, Default)]
pub struct Scripted {
    /// The message that it returned.
    pub message: Message,
    /// Whether it left the body as a text.
    pub body_is_text: bool,
    /// `addCustomHeaderProperty`.
    pub headers: Vec<(String, String)>,
    /// `addAttachmentAsString`.
    pub attachments: Vec<AttachmentRecord>,
}

/// A question that a step asks the store.
#[derive(Clone, Debug, PartialEq)]
pub enum Question {
    /// An entry by id.
    Find {
        /// Where.
        place: Place,
        /// Entry id.
        id: String,
        /// Keep others from selecting or getting it until this run is over.
        lock: bool,
    },
    /// Some entries, oldest first.
    Select {
        /// Where.
        place: Place,
        /// Most entries.
        max: u32,
        /// Leave out these: the run removed them in its own unit of work.
        except: Vec<EntryKey>,
        /// Keep others from selecting or getting them until this run is over.
        lock: bool,
    },
    /// A variable.
    Variable {
        /// Whose.
        scope: Scope,
        /// Name.
        name: String,
    },
    /// A number range, and the number drawn before for a correlation.
    Number {
        /// Range.
        name: String,
        /// What the number belongs to.
        correlation: Option<String>,
        /// Keep others from drawing until this run is over: its draw commits later.
        lock: bool,
    },
    /// Whether an idempotent process call succeeded before for this id; locks the id until the run is over.
    Once {
        /// `flow/step`.
        step: String,
        /// What identifies the message.
        id: String,
    },
    /// What was delivered, given up or parked before under an id.
    Settled(MessageId),
}

/// The answer to a [`Question`].
#[derive(Clone, Debug)]
pub enum Asked {
    /// To `Find`; `None` where there is none or another run holds it.
    Entry(Option<Box<Entry>>),
    /// To `Select`.
    Entries(Vec<Entry>),
    /// To `Variable`.
    Variable(Option<Value>),
    /// To `Number`.
    Number {
        /// The range; `None` where it was never declared.
        state: Option<NumberState>,
        /// The number drawn before for the correlation.
        drawn: Option<i64>,
    },
    /// To `Once`.
    Once(bool),
    /// To `Settled`.
    Settled(HashSet<DeliveryId>),
}

/// Something for the message log while the run goes on.
#[derive(Clone, Debug)]
pub enum Note {
    /// The message before a step (log level trace).
    Trace(Box<TraceRecord>),
    /// An attempt of a delivery ended.
    Delivery(Box<DeliveryRecord>),
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Ended {
    /// The status it gives its message.
    pub status: Status,
    /// The message as it was at the end: the answer of a request.
    pub message: Message,
    /// Why it failed; also for `Retry` and `Escalated`. A caller sees it as the callee's failure.
    pub failure: Option<Failure>,
    /// This run or one that it called ended with an escalation.
    pub escalated: bool,
    /// Deliveries that this run parked.
    pub parked: u32,
    /// Steps that ran, for the message log: the last 50, or all at level debug.
    pub steps: Vec<StepRecord>,
    /// Custom header properties, and SAP's business attributes.
    pub headers: Vec<(String, String)>,
    /// `SAP_MessageProcessingLogCustomStatus`.
    pub custom_status: Option<String>,
    /// Attachments from scripts.
    pub attachments: Vec<AttachmentRecord>,
    /// What its receivers took and the last commit could not write down: to be committed when the store can be written,
    /// and not to be sent again meanwhile.
    pub unsaved: Vec<Change>,
}
