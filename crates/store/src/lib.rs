//! The Store trait: questions the engine and operators ask; the memory store; the conformance suite.
//!
//! All that must survive is changed through one call, [`Store::commit`]: atomic, and durable when it returns.
//! The message log is a second, separate thing ([`MessageLog`]): it may lag, so that monitoring never costs a durable write.
//! This crate knows no SQL.

mod change;
pub mod conformance;
mod entry;
mod log;
mod memory;
mod question;
pub mod rules;

pub use change::{Answer, Change, NewEntry};
pub use entry::{DeliveryEnd, Entry, EntryFilter, EntryInfo, EntryState, Place, PlaceKind, PlaceSummary};
pub use log::{
    AttachmentRecord, DeliveryRecord, KEEP_UNFINISHED, LogEvent, LogLine, MessageDetail, MessageFilter, MessageLog,
    MessageRecord, RunRecord, StepRecord, TraceRecord,
};
pub use memory::{MemoryLog, MemoryStore};
pub use question::{CommitError, Expired, NumberState, Recovered, Store, StoreError, TickState, Variable};
