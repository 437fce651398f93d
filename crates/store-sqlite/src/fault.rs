//! What goes wrong inside, and how it is told: texts for an operator that begin with a code that has a page.

use rusqlite::ErrorCode;
use store::{CommitError, StoreError};

/// A failure inside this crate, on its way to a [`StoreError`] or a [`CommitError`].
#[derive(Clone, Debug)]
pub(crate) struct Fault(pub CommitError);

/// The result of everything inside this crate.
pub(crate) type Result<T> = std::result::Result<T, Fault>;

impl Fault {
    /// A failure of the store with its code and text.
    pub fn store(text: impl Into<String>) -> Self {
        Fault(CommitError::Store(StoreError(text.into())))
    }

    /// A stored row that cannot be understood.
    pub fn unreadable(what: impl std::fmt::Display) -> Self {
        Self::store(format!("S0006: a stored row cannot be read: {what}"))
    }

    /// Whether it lies in one entry alone, so that the others are well.
    pub fn is_of_one_entry(&self) -> bool {
        matches!(&self.0, CommitError::Store(error) if !error.is_outage())
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Fault(CommitError::Store(store_error(&error)))
    }
}

impl From<CommitError> for Fault {
    fn from(error: CommitError) -> Self {
        Fault(error)
    }
}

impl From<Fault> for CommitError {
    fn from(fault: Fault) -> Self {
        fault.0
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        match fault.0 {
            CommitError::Store(error) => error,
            other => StoreError(other.to_string()),
        }
    }
}

/// The text for a failure of SQLite.
pub(crate) fn store_error(error: &rusqlite::Error) -> StoreError {
    let text = match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => "S0001: the disk is full",
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            "S0002: the database cannot be written"
        }
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => "S0003: the database file is damaged",
        Some(ErrorCode::SystemIoFailure) => "S0004: the disk reports an error",
        Some(ErrorCode::TooBig) => "S0007: too large to be stored",
        Some(_) => "S0005: the database refused",
        None => "S0006: a stored row cannot be read",
    };
    StoreError(format!("{text}: {error}"))
}

/// The answer of a store whose threads have ended.
pub(crate) fn closed() -> Fault {
    Fault::store("S0008: the store is closed")
}
