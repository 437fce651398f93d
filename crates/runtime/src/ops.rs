//! What operators can ask and do: the API, the command line and later the console all come through here.

use base::{EntryKey, MessageId, Scope};
use serde::Serialize;
use store::{
    AttachmentRecord, Entry, EntryFilter, EntryInfo, MessageDetail, MessageFilter, MessageRecord, NumberState, Place,
    PlaceKind, PlaceSummary, TraceRecord, Variable,
};

use crate::Runtime;

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
    /// All that a filter gives, at most 10,000 in one call.
    Filter(EntryFilter),
}

/// What an action did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Bulk {
    /// Entries it was done to.
    pub done: u64,
    /// Entries it was not done to, because they are being processed.
    pub busy: u64,
}

/// What operators can ask and do. A cheap handle.
#[derive(Clone)]
pub struct Ops {
    pub(crate) runtime: Runtime,
}

type Answer<T> = Result<T, OpsError>;

#[expect(clippy::unused_async, clippy::missing_errors_doc, reason = "filled in by the runtime")]
impl Ops {
    /// Messages, newest first.
    pub async fn messages(&self, filter: MessageFilter) -> Answer<Vec<MessageRecord>> {
        let _ = (filter, &self.runtime);
        Ok(Vec::new())
    }
    /// How many messages there are by status name.
    pub async fn counts(&self) -> Answer<Vec<(String, u64)>> {
        Ok(Vec::new())
    }
    /// One message with runs, deliveries and lines.
    pub async fn message(&self, id: &MessageId) -> Answer<MessageDetail> {
        Err(OpsError { code: "R0101", text: format!("there is no message {id}"), status: 404 })
    }
    /// An attachment of a message.
    pub async fn attachment(&self, id: &MessageId, _name: &str) -> Answer<AttachmentRecord> {
        Err(OpsError { code: "R0101", text: format!("there is no message {id}"), status: 404 })
    }
    /// Traced steps of a message.
    pub async fn trace(&self, _id: &MessageId) -> Answer<Vec<TraceRecord>> {
        Ok(Vec::new())
    }
    /// Tries all parked entries of a message again, now (retry by hand: works for escalated ones too).
    pub async fn retry_message(&self, _id: &MessageId) -> Answer<Bulk> {
        Ok(Bulk::default())
    }
    /// Deletes all parked entries of a message; its status becomes CANCELLED.
    pub async fn cancel_message(&self, _id: &MessageId) -> Answer<Bulk> {
        Ok(Bulk::default())
    }
    /// Queues, data stores, parked deliveries, inboxes.
    pub async fn places(&self, _kind: Option<PlaceKind>) -> Answer<Vec<PlaceSummary>> {
        Ok(Vec::new())
    }
    /// Entries without payload.
    pub async fn entries(&self, _filter: EntryFilter) -> Answer<Vec<EntryInfo>> {
        Ok(Vec::new())
    }
    /// One entry with its payload.
    pub async fn entry(&self, key: EntryKey) -> Answer<Entry> {
        Err(OpsError { code: "R0102", text: format!("there is no entry {key}"), status: 404 })
    }
    /// Tries entries again, now.
    pub async fn retry_entries(&self, _which: Selection) -> Answer<Bulk> {
        Ok(Bulk::default())
    }
    /// Deletes entries; their messages become CANCELLED.
    pub async fn delete_entries(&self, _which: Selection) -> Answer<Bulk> {
        Ok(Bulk::default())
    }
    /// Moves entries to another queue or data store.
    pub async fn move_entries(&self, _which: Selection, _to: Place) -> Answer<Bulk> {
        Ok(Bulk::default())
    }
    /// Stops or starts taking from a place, or only one interface of it.
    pub async fn stop_place(&self, _place: Place, _interface: Option<String>, _stopped: bool) -> Answer<()> {
        Ok(())
    }
    /// Deletes a place with all its entries; refused while a deployed flow names it.
    pub async fn delete_place(&self, _place: Place) -> Answer<()> {
        Ok(())
    }
    /// Variables.
    pub async fn variables(&self) -> Answer<Vec<Variable>> {
        Ok(Vec::new())
    }
    /// Deletes a variable.
    pub async fn delete_variable(&self, _scope: Scope, _name: &str) -> Answer<()> {
        Ok(())
    }
    /// Number ranges.
    pub async fn number_ranges(&self) -> Answer<Vec<NumberState>> {
        Ok(Vec::new())
    }
    /// Deployed flows.
    pub async fn flows(&self) -> Answer<Vec<FlowLine>> {
        Ok(Vec::new())
    }
    /// The deployed flow of a name (for diagrams).
    pub fn flow(&self, _name: &str) -> Answer<std::sync::Arc<flow::Flow>> {
        Err(OpsError { code: "R0103", text: "there is no such flow".to_owned(), status: 404 })
    }
    /// Stops or starts a flow, durably.
    pub async fn stop_flow(&self, _name: &str, _stopped: bool) -> Answer<()> {
        Ok(())
    }
    /// Sets the log level of a flow for a time (`trace` at most one hour).
    pub async fn set_log_level(&self, _name: &str, _level: flow::LogLevel, _minutes: u32) -> Answer<()> {
        Ok(())
    }
    /// Lets a timer tick now.
    pub async fn tick_now(&self, _name: &str) -> Answer<()> {
        Ok(())
    }
}
