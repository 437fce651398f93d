//! Places hold entries: queues, data stores, parked deliveries and inboxes are one thing with four kinds.
//!
//! A place is a row, never a resource: a hundred thousand queues cost what a hundred cost.

use std::fmt;

use base::{CorrelationId, EntryKey, Message, MessageId, Scope, Timestamp};
use serde::{Deserialize, Serialize};

/// What kind of place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlaceKind {
    /// Queue between flows.
    Queue,
    /// Data store.
    DataStore,
    /// Deliveries of one receiver of one flow that wait for their next attempt.
    Delivery,
    /// Messages accepted by a flow with `persistence: first`, not yet processed.
    Inbox,
}

impl PlaceKind {
    /// As it is stored and shown.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            PlaceKind::Queue => "queue",
            PlaceKind::DataStore => "data-store",
            PlaceKind::Delivery => "delivery",
            PlaceKind::Inbox => "inbox",
        }
    }

    /// The kind of a stored name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Queue, Self::DataStore, Self::Delivery, Self::Inbox].into_iter().find(|k| k.as_str() == text)
    }
}

/// Identity of a place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// What kind.
    pub kind: PlaceKind,
    /// Queue name, data store name, receiver name, or name of the process with the inbox.
    pub name: String,
    /// The flow it belongs to; empty for queues and global data stores.
    pub flow: String,
}

impl Place {
    /// A queue.
    pub fn queue(name: impl Into<String>) -> Self {
        Place { kind: PlaceKind::Queue, name: name.into(), flow: String::new() }
    }

    /// A data store.
    pub fn data_store(name: impl Into<String>, scope: &Scope) -> Self {
        Place { kind: PlaceKind::DataStore, name: name.into(), flow: scope.flow().to_owned() }
    }

    /// The parked deliveries of a receiver of a flow.
    pub fn delivery(flow: impl Into<String>, receiver: impl Into<String>) -> Self {
        Place { kind: PlaceKind::Delivery, name: receiver.into(), flow: flow.into() }
    }

    /// The inbox of a process of a flow.
    pub fn inbox(flow: impl Into<String>, process: impl Into<String>) -> Self {
        Place { kind: PlaceKind::Inbox, name: process.into(), flow: flow.into() }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.as_str(), self.name)?;
        if self.flow.is_empty() { Ok(()) } else { write!(f, " of {}", self.flow) }
    }
}

/// State of an entry. `Waiting` entries are taken when they are due; all others wait for a person, except `Taken`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EntryState {
    /// Will be taken when due.
    Waiting,
    /// Being processed by the present process; found again after a crash.
    Taken,
    /// Three processings did not survive it (SAP: *Blocked*), or it cannot be read.
    Blocked,
    /// Retries used up or pointless.
    Escalated,
    /// Sent without an answer, policy `hold`.
    InDoubt,
}

impl EntryState {
    /// As it is stored and shown.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            EntryState::Waiting => "waiting",
            EntryState::Taken => "taken",
            EntryState::Blocked => "blocked",
            EntryState::Escalated => "escalated",
            EntryState::InDoubt => "in-doubt",
        }
    }

    /// The state of a stored name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Waiting, Self::Taken, Self::Blocked, Self::Escalated, Self::InDoubt]
            .into_iter()
            .find(|s| s.as_str() == text)
    }
}

/// How a delivery ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeliveryEnd {
    /// The receiver has it.
    Delivered,
    /// A person deleted it, alone or with its message.
    Cancelled,
}

impl DeliveryEnd {
    /// As it is stored and shown.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            DeliveryEnd::Delivered => "delivered",
            DeliveryEnd::Cancelled => "cancelled",
        }
    }

    /// The end of a stored name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Delivered, Self::Cancelled].into_iter().find(|e| e.as_str() == text)
    }
}

/// What is known of a stored entry without its payload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EntryInfo {
    /// Its number; a smaller one was stored earlier.
    pub key: EntryKey,
    /// Where it is.
    pub place: Place,
    /// Entry id, unique in its place: a data store's entry id, a delivery id, or a made-up one in queues.
    pub id: String,
    /// The message it belongs to.
    pub message_id: MessageId,
    /// Of a parked delivery: under which id its outcome is recorded, where that is not its message's: a run that picked
    /// an entry of a data store delivers for the entry, whichever run picks it next.
    pub origin: Option<MessageId>,
    /// The chain it belongs to.
    pub correlation: CorrelationId,
    /// The interface that it belongs to inside a shared queue: the flow that caused it.
    pub interface: String,
    /// Entries of one place with the same key are taken one after the other, in the order of their numbers, whatever
    /// the state of the earlier one is; empty asks for no order.
    pub order_key: String,
    /// State.
    pub state: EntryState,
    /// A request for it may have reached the receiver although no outcome is known: sending again may repeat it.
    pub doubt: bool,
    /// When it was stored first; retries do not change it.
    pub created: Timestamp,
    /// When it is taken next.
    pub due: Timestamp,
    /// From then on it counts as overdue.
    pub alert_at: Timestamp,
    /// Then it expires.
    pub expires: Timestamp,
    /// Failed retries so far (header `SAPJMSRetries`).
    pub retries: u32,
    /// Processings that did not survive it.
    pub crashes: u32,
    /// Why it failed last.
    pub error: Option<String>,
    /// Bytes of its body.
    pub size: u64,
    /// Whether its payload is encrypted at rest.
    pub encrypted: bool,
}

impl EntryInfo {
    /// The message id of runs that consume the entry. A queue or data store entry carries its producer's message, which
    /// has runs of its own, so the consumer's side gets its own id: the same over all retries, another for an entry that
    /// was overwritten.
    #[must_use]
    pub fn consumer_id(&self) -> MessageId {
        match self.place.kind {
            PlaceKind::Queue | PlaceKind::DataStore => MessageId::derived(
                self.place.kind.as_str(),
                &format!("{}/{}/{}", self.key, self.created.0, self.message_id),
            ),
            PlaceKind::Delivery | PlaceKind::Inbox => self.message_id.clone(),
        }
    }

    /// The id under which the outcome of a parked delivery is recorded.
    #[must_use]
    pub fn recorded_under(&self) -> &MessageId {
        self.origin.as_ref().unwrap_or(&self.message_id)
    }
}

/// A stored entry with its payload.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// All but the payload.
    pub info: EntryInfo,
    /// The payload: headers that could be stored, properties where they were wanted, body, attachments.
    pub message: Message,
}

/// Which entries an operator wants to see. Empty fields do not restrict.
#[derive(Clone, Debug, Default)]
pub struct EntryFilter {
    /// Of this place.
    pub place: Option<Place>,
    /// Of this kind of place.
    pub kind: Option<PlaceKind>,
    /// In this state.
    pub state: Option<EntryState>,
    /// Of this interface.
    pub interface: Option<String>,
    /// Of this message.
    pub message_id: Option<MessageId>,
    /// Due later than this.
    pub due_after: Option<Timestamp>,
    /// With this origin.
    pub origin: Option<MessageId>,
    /// With larger numbers than this (paging).
    pub after: Option<EntryKey>,
    /// Most entries; 0 means 1,000.
    pub limit: u32,
}

/// One line of a list of places.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlaceSummary {
    /// Which place.
    pub place: Place,
    /// Whether an operator stopped it.
    pub stopped: bool,
    /// Interfaces of it that an operator stopped.
    pub stopped_interfaces: Vec<String>,
    /// All entries.
    pub entries: u64,
    /// Waiting or taken.
    pub waiting: u64,
    /// Past their alert time.
    pub overdue: u64,
    /// Blocked, escalated or in doubt: waiting for a person.
    pub blocked: u64,
    /// Those of them that are in doubt.
    pub in_doubt: u64,
    /// When the next waiting entry is due.
    pub next_due: Option<Timestamp>,
    /// When the oldest entry was stored.
    pub oldest: Option<Timestamp>,
}
