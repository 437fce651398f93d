//! The checked flow: processes as graphs of typed steps with explicit next-edges.
//!
//! Both front ends (YAML and the SAP import) produce it, one executor runs it, and nothing in it tells where it came from.
//! Whoever holds a [`Flow`] need not check anything again: every reference resolves, every expression is compiled.

use std::sync::Arc;

use diag::Span;
use expr::Template;
use indexmap::IndexMap;

use crate::channel::{ReceiverChannel, SenderChannel};
use crate::delivery::{Circuit, InDoubt, Retries, Throttle};
use crate::headers::HeaderFilter;
use crate::more_steps::{Digest, Enrich, Validate};
use crate::step::{
    Conversion, End, Filter, Gather, Loop, Modify, Multicast, Once, Router, Script, ScriptCall, Split, StoreDelete,
    StoreGet, StoreSelect, StoreWrite, VariableWrite,
};
use crate::transform::Transform;
use crate::value_mappings::ValueMappings;

/// Index of a process in [`Flow::processes`].
pub type ProcessIx = usize;
/// Index of a step in [`Process::steps`].
pub type StepIx = usize;

/// The deployable unit.
#[derive(Clone, Debug)]
pub struct Flow {
    /// Unique name among all running flows.
    pub name: String,
    /// The package it belongs to.
    pub package: String,
    /// What it does, for people; may be empty.
    pub description: String,
    /// What it promises about deliveries.
    pub quality: Quality,
    /// With [`Quality::InOrder`]: messages with the same text stay in order. `None` is one order for all.
    pub order_by: Option<Template>,
    /// When a message is durable.
    pub persistence: Persistence,
    /// Headers that may enter from outside or by ProcessDirect.
    pub allowed_headers: HeaderFilter,
    /// Whether a failed request is answered with the exception's text (SAP: *Return Exception to Sender*).
    pub return_errors: bool,
    /// Whether cookies of receivers go along with later requests of the same run (SAP: *HTTP Session Reuse*).
    pub keep_cookies: bool,
    /// How much the message log keeps.
    pub log_level: LogLevel,
    /// Integration processes and local processes.
    pub processes: Vec<Process>,
    /// Receivers by name.
    pub receivers: IndexMap<String, Receiver>,
    /// Scripts by the path that steps name them by.
    pub scripts: IndexMap<String, Arc<Script>>,
    /// Value mappings of the package, for scripts.
    pub value_mappings: Arc<ValueMappings>,
    /// Number ranges that this flow declares.
    pub number_ranges: IndexMap<String, NumberRange>,
    /// Local process that runs when a delivery or queue message of this flow is escalated.
    pub on_escalated: Option<ProcessIx>,
    /// Changes when anything that the flow was made from changes (hot reload compares it).
    pub fingerprint: u64,
}

/// What a flow promises about its deliveries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Quality {
    /// A failed send fails the run; nothing is kept about single deliveries.
    #[default]
    BestEffort,
    /// Each (message, record, receiver) has an outcome; only what failed is tried again.
    ExactlyOnce,
    /// The same, and deliveries to a receiver keep the order of their messages, by key.
    InOrder,
}

impl Quality {
    /// Whether each delivery has an outcome that is kept.
    #[must_use]
    pub fn keeps_outcomes(self) -> bool {
        self != Quality::BestEffort
    }
}

/// When a message is durable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Persistence {
    /// The sender waits; only what failed is stored, before the answer.
    #[default]
    OnError,
    /// Stored before the answer (202), then processed.
    First,
}

/// How much the message log keeps (SAP's levels).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// Nothing.
    None,
    /// Failed runs only.
    Error,
    /// Every run; its steps only when it failed.
    #[default]
    Info,
    /// Every run with all steps.
    Debug,
    /// All steps with bodies, headers and properties.
    Trace,
}

/// A graph of steps with one start.
#[derive(Clone, Debug)]
pub struct Process {
    /// Unique name in the flow.
    pub name: String,
    /// How it is started.
    pub kind: ProcessKind,
    /// Its unit of work.
    pub transaction: Transaction,
    /// The steps; edges are indices into this list.
    pub steps: Vec<Step>,
    /// First step; `None` for a process that does nothing.
    pub start: Option<StepIx>,
    /// First step of the exception subprocess, where there is one (its steps are in `steps` too).
    pub on_error: Option<StepIx>,
    /// Whether it runs for each part of a split and each branch of a multicast that fails, with the message of that part
    /// (SAP). Otherwise it runs once, for the message that was split.
    pub handles_parts: bool,
    /// Where it stands in its source.
    pub span: Span,
}

/// How a process is started.
#[derive(Clone, Debug)]
pub enum ProcessKind {
    /// By a sender channel.
    Integration(SenderChannel),
    /// By a process call of the same flow.
    Local,
}

/// The unit of work of a process (SAP: *Transaction Handling*).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transaction {
    /// Every durable step commits at once and stays after a later error.
    #[default]
    None,
    /// All durable steps commit together at the end of the process, or not at all.
    Required,
    /// Part of the caller's unit of work (local processes only).
    Inherit,
}

/// One node of the graph.
#[derive(Clone, Debug)]
pub struct Step {
    /// Unique in the flow and stable over edits of other steps: part of delivery ids. Given by the author, or derived.
    pub name: String,
    /// Id of the element that it was imported from, empty where there is none.
    pub element: String,
    /// What it does.
    pub kind: StepKind,
    /// The step that follows; `None` ends the process, or the split or branch that the step is in.
    pub next: Option<StepIx>,
    /// Where it stands in its source.
    pub span: Span,
}

/// What a step does.
#[derive(Clone, Debug)]
pub enum StepKind {
    /// Content modifier.
    Modify(Modify),
    /// Script.
    Script(ScriptCall),
    /// Router: the first route that matches.
    Route(Router),
    /// Splitter.
    Split(Split),
    /// Gather: closes the innermost split or multicast and joins what its parts left.
    Gather(Gather),
    /// Join: waits for all branches of a multicast; a gather follows.
    Join,
    /// Multicast: each branch gets a copy.
    Multicast(Multicast),
    /// Filter: replaces the body by what an expression selects.
    Filter(Filter),
    /// Process call.
    Call(ProcessIx),
    /// Looping process call.
    Loop(Loop),
    /// Idempotent process call.
    Once(Once),
    /// Request-reply: the answer replaces the body. Names a receiver.
    Request(String),
    /// Send: one way, the message stays as it was. Names a receiver.
    Send(String),
    /// Data store write.
    StoreWrite(StoreWrite),
    /// Data store get.
    StoreGet(StoreGet),
    /// Data store select.
    StoreSelect(StoreSelect),
    /// Data store delete.
    StoreDelete(StoreDelete),
    /// Write variables.
    WriteVariables(Vec<VariableWrite>),
    /// Converters and coders.
    Convert(Conversion),
    /// XSLT mapping.
    Transform(Transform),
    /// Content enricher.
    Enrich(Box<Enrich>),
    /// XML validator.
    Validate(Validate),
    /// Message digest.
    Digest(Digest),
    /// Persist: keeps the body in the message log, under this name.
    Persist(String),
    /// End event.
    End(End),
}

/// A receiver: where a step sends to, and what happens when that fails.
#[derive(Clone, Debug)]
pub struct Receiver {
    /// Name.
    pub name: String,
    /// The configured channel.
    pub channel: ReceiverChannel,
    /// How parked deliveries are tried again (`quality: exactly-once`).
    pub retry: Retries,
    /// What to do when a request left and no answer came.
    pub in_doubt: InDoubt,
    /// When it counts as down.
    pub circuit: Circuit,
    /// How much it is given at once.
    pub throttle: Throttle,
    /// With [`Quality::InOrder`]: the key of a delivery, where it is not that of the message.
    pub order_by: Option<Template>,
    /// Where it stands in its source.
    pub span: Span,
}

impl Receiver {
    /// The system behind it, by which circuits and limits are shared; `flow` tells apart what has no name.
    #[must_use]
    pub fn system(&self, flow: &str) -> String {
        if let Some(system) = &self.circuit.system {
            return system.clone();
        }
        let fixed = match &self.channel {
            ReceiverChannel::Http(http) => http.url.constant().and_then(origin),
            ReceiverChannel::Mail(mail) => mail.server.constant().map(|server| format!("smtp://{server}")),
            ReceiverChannel::Queue(_) | ReceiverChannel::ProcessDirect(_) => None,
        };
        fixed.unwrap_or_else(|| format!("{flow}/{}", self.name))
    }
}

/// Scheme, host and port of an address, in small letters.
#[must_use]
pub fn origin(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next().filter(|host| !host.is_empty())?;
    Some(format!("{scheme}://{host}").to_ascii_lowercase())
}

/// A declared number range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberRange {
    /// First number.
    pub min: i64,
    /// Last number, below 10^14.
    pub max: i64,
    /// Pads with zeros to this many digits; 0 does not pad.
    pub length: u8,
    /// Begins again at `min` after `max`; otherwise the range is then used up.
    pub rotate: bool,
}

impl Flow {
    /// The process of an index.
    #[must_use]
    pub fn process(&self, ix: ProcessIx) -> Option<&Process> {
        self.processes.get(ix)
    }

    /// The step of a name.
    #[must_use]
    pub fn step_named(&self, name: &str) -> Option<&Step> {
        self.processes.iter().flat_map(|p| &p.steps).find(|s| s.name == name)
    }

    /// The local process of a name.
    #[must_use]
    pub fn process_named(&self, name: &str) -> Option<ProcessIx> {
        self.processes.iter().position(|p| p.name == name)
    }

    /// The integration processes with their sender channels.
    pub fn senders(&self) -> impl Iterator<Item = (ProcessIx, &Process, &SenderChannel)> {
        self.processes.iter().enumerate().filter_map(|(ix, p)| match &p.kind {
            ProcessKind::Integration(sender) => Some((ix, p, sender)),
            ProcessKind::Local => None,
        })
    }
}
