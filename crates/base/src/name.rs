//! Names with a closed set of meanings: the scope of stored things and the status of a message.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Who sees a data store or a variable.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// All flows (SAP: *Global*).
    Global,
    /// The named flow only (SAP: *Integration Flow*).
    Flow(String),
}

impl Scope {
    /// The flow's name, empty for global: the form in which stores keep it.
    #[must_use]
    pub fn flow(&self) -> &str {
        match self {
            Scope::Global => "",
            Scope::Flow(name) => name,
        }
    }

    /// The scope for a stored flow name, empty meaning global.
    pub fn from_flow(name: impl Into<String>) -> Self {
        let name = name.into();
        if name.is_empty() { Scope::Global } else { Scope::Flow(name) }
    }
}

/// Status of a message, with the meaning of SAP's message processing log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// Running.
    Processing,
    /// Ended normally; handled errors too.
    Completed,
    /// Failed, parked, will be tried again by itself.
    Retry,
    /// Failed, not parked: the sender has the message.
    Failed,
    /// Retries are used up or pointless: parked for a person, or ended by an escalation event.
    Escalated,
    /// Ended by a person.
    Cancelled,
    /// Not processed on purpose: a missed tick, a duplicate.
    Discarded,
    /// Interrupted by a stop or crash; resumed if it was durable.
    Abandoned,
}

impl Status {
    /// All of them, in the order of a message's life.
    pub const ALL: [Status; 8] = [
        Status::Processing,
        Status::Completed,
        Status::Retry,
        Status::Failed,
        Status::Escalated,
        Status::Cancelled,
        Status::Discarded,
        Status::Abandoned,
    ];

    /// The status as it is shown and stored, such as `COMPLETED`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Processing => "PROCESSING",
            Status::Completed => "COMPLETED",
            Status::Retry => "RETRY",
            Status::Failed => "FAILED",
            Status::Escalated => "ESCALATED",
            Status::Cancelled => "CANCELLED",
            Status::Discarded => "DISCARDED",
            Status::Abandoned => "ABANDONED",
        }
    }

    /// The status with this name, in any case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Status> {
        Status::ALL.into_iter().find(|s| s.as_str().eq_ignore_ascii_case(text))
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
