//! What operators can ask and do: the API, the command line and later the console all come through here.

mod again;
mod entries;
mod flows;
mod places;
mod receivers;

use std::sync::Arc;

use base::{EntryKey, MessageId, Scope};
use serde::Serialize;
use store::{
    AttachmentRecord, Change, CommitError, EntryFilter, EntryInfo, MessageDetail, MessageFilter, MessageRecord,
    NumberState, StoreError, TraceRecord, Variable,
};

use crate::Runtime;

pub use receivers::ReceiverLine;

/// Most characters of the name of an operator.
const MAX_NAME: usize = 80;

/// What an operator asked cannot be done; the text says why, the code has a page.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {text}")]
pub struct OpsError {
    /// Code such as `R0101`.
    pub code: &'static str,
    /// Why, one sentence.
    pub text: String,
    /// The HTTP status that fits: 404, 409, 503.
    pub status: u16,
}

/// A deployed flow.
#[derive(Clone, Debug, Serialize)]
pub struct FlowLine {
    /// Name.
    pub name: String,
    /// Package.
    pub package: String,
    /// State.
    pub state: FlowState,
    /// Why it is in error.
    pub error: Option<String>,
    /// What starts it: `http POST /orders`, `timer every 5m`, ...
    pub senders: Vec<String>,
    /// Runs in progress.
    pub running: u64,
    /// Level of the message log in force.
    pub log_level: String,
    /// Next tick of its timers.
    pub next_tick: Option<base::Timestamp>,
}

/// State of a deployed flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FlowState {
    /// Takes messages.
    Started,
    /// An operator stopped it: takes nothing, loses nothing.
    Stopped,
    /// Could not be started.
    Error,
}

/// Which entries an action is for.
#[derive(Clone, Debug)]
pub enum Selection {
    /// These.
    Keys(Vec<EntryKey>),
    /// All that a filter gives, by number, at most 10,000 in one call.
    Filter(EntryFilter),
}

/// What an action did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Bulk {
    /// Entries it was done to.
    pub done: u64,
    /// Entries it was not done to, because they are being processed.
    pub busy: u64,
    /// Entries that were named and are not there.
    pub gone: u64,
    /// Where there are more than one call acts on: the number of the last one that was looked at. The next call goes on
    /// after it.
    pub more: Option<EntryKey>,
}

/// What an action would do.
#[derive(Clone, Debug, Default)]
pub struct Preview {
    /// Entries it would be done to.
    pub done: u64,
    /// Entries it would not be done to, because they are being processed.
    pub busy: u64,
    /// Where there are more than one call acts on: the number of the last one that was looked at.
    pub more: Option<EntryKey>,
    /// The first of them.
    pub entries: Vec<EntryInfo>,
}

/// What operators can ask and do. A cheap handle.
#[derive(Clone)]
pub struct Ops {
    pub(crate) runtime: Runtime,
    /// Who acts, for the message log.
    pub(crate) by: Arc<str>,
}

pub(crate) type Answer<T> = Result<T, OpsError>;

impl OpsError {
    pub(crate) fn new(status: u16, code: &'static str, text: impl Into<String>) -> Self {
        OpsError { code, text: text.into(), status }
    }

    fn no_message(id: &MessageId) -> Self {
        OpsError::new(404, "R0101", format!("there is no message {id}"))
    }
}

impl From<StoreError> for OpsError {
    fn from(error: StoreError) -> Self {
        OpsError::new(503, "R0105", format!("the store cannot answer: {error}"))
    }
}

impl From<CommitError> for OpsError {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Store(error) => error.into(),
            error => OpsError::new(409, "R0106", error.to_string()),
        }
    }
}

#[expect(clippy::missing_errors_doc, reason = "all fail the same way: OpsError says how")]
impl Ops {
    /// The same for somebody who says who he is; without it the message log says "an operator".
    #[must_use]
    pub fn acting(self, name: &str) -> Ops {
        let name: String = name.chars().filter(|c| !c.is_control()).take(MAX_NAME).collect();
        if name.trim().is_empty() { self } else { Ops { by: format!("operator {}", name.trim()).into(), ..self } }
    }

    /// Whether the store can be written; otherwise why not.
    ///
    /// # Errors
    /// What it answered last.
    pub fn store_writable(&self) -> Result<(), String> {
        self.runtime.shared.health.why().map_or(Ok(()), Err)
    }

    /// Messages, newest first.
    pub async fn messages(&self, filter: MessageFilter) -> Answer<Vec<MessageRecord>> {
        self.flush().await;
        Ok(self.runtime.shared.options.log.messages(filter).await?)
    }

    /// How many messages there are by status name.
    pub async fn counts(&self) -> Answer<Vec<(String, u64)>> {
        let counts = self.runtime.shared.options.log.counts().await?;
        Ok(counts.into_iter().map(|(status, count)| (status.as_str().to_owned(), count)).collect())
    }

    /// One message with runs, deliveries and lines.
    pub async fn message(&self, id: &MessageId) -> Answer<MessageDetail> {
        self.flush().await;
        self.runtime.shared.options.log.message(id).await?.ok_or_else(|| OpsError::no_message(id))
    }

    /// An attachment of a message.
    pub async fn attachment(&self, id: &MessageId, name: &str) -> Answer<AttachmentRecord> {
        self.flush().await;
        let found = self.runtime.shared.options.log.attachment(id, name).await?;
        found.ok_or_else(|| OpsError::new(404, "R0101", format!("message {id} has no attachment {name}")))
    }

    /// Traced steps of a message.
    pub async fn trace(&self, id: &MessageId) -> Answer<Vec<TraceRecord>> {
        self.flush().await;
        Ok(self.runtime.shared.options.log.trace(id).await?)
    }

    /// Variables.
    pub async fn variables(&self) -> Answer<Vec<Variable>> {
        Ok(self.runtime.shared.options.store.variables().await?)
    }

    /// Deletes a variable.
    pub async fn delete_variable(&self, scope: Scope, name: &str) -> Answer<()> {
        self.commit(vec![Change::DeleteVariable { scope, name: name.to_owned() }]).await
    }

    /// Number ranges.
    pub async fn number_ranges(&self) -> Answer<Vec<NumberState>> {
        Ok(self.runtime.shared.options.store.number_ranges().await?)
    }

    async fn commit(&self, changes: Vec<Change>) -> Answer<()> {
        Ok(self.runtime.shared.commit(changes).await?)
    }

    /// An operator who looks at a message wants to see what has just happened.
    async fn flush(&self) {
        self.runtime.shared.options.log.flush().await;
    }
}
