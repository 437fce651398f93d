//! The contract of a script host, for all languages.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use base::{Clock, Entropy, Headers, Message, MessageId};
use bytes::Bytes;

/// Limits of one call of a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Real time.
    pub time: Duration,
    /// Memory in bytes.
    pub memory: usize,
    /// Stack in bytes.
    pub stack: usize,
    /// Steps of evaluation, where a host counts them (Groovy: about ten million in a second).
    pub steps: u64,
}

/// A call that took fewer steps is short.
const SHORT: u64 = 2_000;

impl Limits {
    /// Limits for a call that is expected to be short: what meets them was not.
    #[must_use]
    pub fn short(self) -> Self {
        Limits { time: self.time.min(Duration::from_millis(20)), steps: self.steps.min(10 * SHORT), ..self }
    }
}

impl Default for Limits {
    /// 10 seconds, which end most scripts long before the ten thousand million steps, 64 MiB, 512 KiB of stack.
    fn default() -> Self {
        Limits { time: Duration::from_secs(10), memory: 64 << 20, stack: 512 << 10, steps: 10_000_000_000 }
    }
}

/// A secret as scripts may read it (SAP: user credential or secure parameter).
#[derive(Clone, PartialEq, Eq)]
pub struct SecretValue {
    /// User, empty for a bare token.
    pub user: String,
    /// Password or token.
    pub password: String,
}

/// What a script asks the directory of partners (SAP: Partner Directory).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartnerQuestion {
    /// A parameter of a partner.
    Parameter {
        /// The partner.
        partner: String,
        /// Name of the parameter.
        name: String,
    },
    /// The partner that is known elsewhere by another id.
    Partner {
        /// Who gives out the other id.
        agency: String,
        /// Kind of the other id.
        scheme: String,
        /// The other id.
        id: String,
    },
    /// The other id of a partner.
    OtherId {
        /// Who gives out the other id.
        agency: String,
        /// Kind of the other id.
        scheme: String,
        /// The partner.
        partner: String,
    },
    /// The partner that a user belongs to.
    OfUser(String),
}

/// An entry of a data store as scripts read and write it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StoredEntry {
    /// Body.
    pub body: Bytes,
    /// Headers that are kept with it.
    pub headers: Headers,
}

/// An entry that a script writes.
#[derive(Clone, Debug, PartialEq)]
pub struct EntryWrite {
    /// Name of the data store; all flows see it.
    pub store: String,
    /// The entry's id.
    pub id: String,
    /// Replaces an entry of the same id; otherwise that fails.
    pub overwrite: bool,
    /// Keeps it encrypted.
    pub encrypt: bool,
    /// What is written.
    pub entry: StoredEntry,
}

/// What a script may ask from outside.
pub trait Services: Send + Sync {
    /// What scripts read the time from.
    fn clock(&self) -> Arc<dyn Clock>;

    /// Where scripts' random values come from.
    fn entropy(&self) -> Arc<dyn Entropy>;

    /// The secret of a name.
    fn secret(&self, name: &str) -> Option<SecretValue>;

    /// A value mapping: source agency, source identifier, value, target agency, target identifier.
    fn map_value(&self, source: (&str, &str), value: &str, target: (&str, &str)) -> Option<String>;

    /// What the directory of partners knows; nothing unless there is one.
    fn partner(&self, _question: &PartnerQuestion) -> Option<String> {
        None
    }

    /// Draws the next number of a number range. It is durable before it is answered: whatever becomes of the script and
    /// its run, nobody draws it again.
    ///
    /// # Errors
    /// There are no number ranges here, the range is used up, or the store cannot write.
    fn next_number(&self, _range: &str) -> Result<String, String> {
        Err("there are no number ranges here".to_owned())
    }

    /// The entry of a global data store, `None` if it has none of this id.
    ///
    /// # Errors
    /// There are no data stores here, or the store cannot be asked.
    fn read_entry(&self, _store: &str, _id: &str) -> Result<Option<StoredEntry>, String> {
        Err("there are no data stores here".to_owned())
    }

    /// Writes an entry. It is durable before it is answered, and stays whatever becomes of the run.
    ///
    /// # Errors
    /// There are no data stores here, there is an entry of this id, or the store cannot write.
    fn write_entry(&self, _write: EntryWrite) -> Result<(), String> {
        Err("there are no data stores here".to_owned())
    }
}

/// One call of a script.
pub struct Invocation<'a> {
    /// Identity of script and version: hosts keep compiled scripts by it.
    pub path: &'a str,
    /// Source text.
    pub source: &'a str,
    /// Other scripts that it may use classes of: source by path. Calls that share them share compiled scripts.
    pub companions: &'a Arc<BTreeMap<String, String>>,
    /// Name of the flow.
    pub flow: &'a str,
    /// Function to call.
    pub function: &'a str,
    /// The message; the host gives back the changed one.
    pub message: Message,
    /// Whether a script or a step set the body as a text: Groovy is then given a `String`, else the stream that a
    /// channel leaves.
    pub body_is_text: bool,
    /// Its id, for the log and for header `SAP_MessageProcessingLogID`.
    pub message_id: &'a MessageId,
    /// In an exception subprocess: the failure's text (property `CamelExceptionCaught`).
    pub exception: Option<&'a str>,
    /// The class of the exception that a script threw, where this is the failure.
    pub thrown: Option<&'a str>,
    /// Limits.
    pub limits: Limits,
    /// What it may ask.
    pub services: &'a Arc<dyn Services>,
}

/// An attachment that a script put into the message log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogAttachment {
    /// Name.
    pub name: String,
    /// Media type.
    pub media_type: String,
    /// Text.
    pub text: String,
}

/// What a script left.
#[derive(Clone, Debug, Default)]
pub struct ScriptOutput {
    /// The message.
    pub message: Message,
    /// Whether its body is a text for the next script.
    pub body_is_text: bool,
    /// `addCustomHeaderProperty`: name, value.
    pub headers: Vec<(String, String)>,
    /// `setStringProperty` and its like: name, value.
    pub log_properties: Vec<(String, String)>,
    /// `addAttachmentAsString`.
    pub attachments: Vec<LogAttachment>,
}

/// Why a script failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ScriptError {
    /// What `${exception.message}` yields: the text of the script's own exception, or what limit was met.
    pub message: String,
    /// File and line, where known: `script/orders.groovy:12`.
    pub place: Option<String>,
    /// File, line and stack for the author, where known.
    pub trace: String,
    /// A limit was met, or the host is at fault: code `J0002` and `J0003` instead of `J0001`.
    pub kind: ScriptErrorKind,
}

impl ScriptError {
    /// The language or a part of the host is missing.
    pub(crate) fn missing(message: String) -> Self {
        ScriptError { message, place: None, trace: String::new(), kind: ScriptErrorKind::Missing }
    }

    /// A limit was met.
    pub(crate) fn limit(message: String) -> Self {
        ScriptError { message, place: None, trace: String::new(), kind: ScriptErrorKind::Limit }
    }

    /// The time limit was met.
    pub(crate) fn too_long(time: Duration) -> Self {
        Self::limit(format!("the script ran longer than {}", base::format_duration(time)))
    }

    /// Its code with a page: `J0001` thrown, `J0002` a limit was met, `J0003` the function or the host is missing.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self.kind {
            ScriptErrorKind::Threw => "J0001",
            ScriptErrorKind::Limit => "J0002",
            ScriptErrorKind::Missing => "J0003",
        }
    }
}

/// Kind of a script's failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScriptErrorKind {
    /// The script threw, or does not compile.
    Threw,
    /// Time, memory or stack were used up.
    Limit,
    /// The function or language is missing.
    Missing,
}

/// Whether the latest calls of a script were short.
#[derive(Debug, Default)]
pub(crate) struct History(AtomicU32);

impl History {
    /// After so many short calls the next one is expected to be short too.
    const ENOUGH: u32 = 3;

    /// Notes the steps that a call took.
    pub(crate) fn note(&self, steps: u64) {
        let before = self.0.load(Ordering::Relaxed);
        self.0.store(if steps < SHORT { before.saturating_add(1) } else { 0 }, Ordering::Relaxed);
    }

    /// Notes the microseconds that a call took, where steps are not counted: half a millisecond is short.
    pub(crate) fn note_time(&self, micros: u64) {
        self.note(micros.saturating_mul(4));
    }

    /// Whether the next call is expected to be short.
    pub(crate) fn promises(&self) -> bool {
        self.0.load(Ordering::Relaxed) >= Self::ENOUGH
    }
}

/// A script host. Calls block, and may go on after the time limit inside a call of the library that does not look at
/// the clock: the runtime makes them on threads that may block, and leaves behind what does not end.
pub trait Host: Send + Sync {
    /// Whether a call of a script is expected to be short, as its latest calls were: a few microseconds of work. Such a
    /// call can be made at once, with [`Limits::short`] and without questions that wait for the store; one that needs
    /// more has left nothing behind and is made again.
    fn is_short(&self, _path: &str, _source: &str, _companions: &Arc<BTreeMap<String, String>>) -> bool {
        false
    }

    /// Runs one function on one message.
    ///
    /// # Errors
    /// The script threw, met a limit, or is missing the function. The message is then as before.
    fn run(&self, invocation: Invocation<'_>) -> Result<ScriptOutput, ScriptError>;
}
