//! The embedded default store: SQLite with group commit, and the message log beside it.
//!
//! [`SqliteStore`] keeps what must survive in `state.db`, [`SqliteLog`] what may lag in `log.db`.
//! Both tables and settings are described in `docs/database.md`. No async runtime is needed: threads of their own
//! do the work, and every answer is a future that any executor can wait for.

pub mod care;
mod check;
mod damage;
mod fault;
mod json;
mod log;
mod open;
mod payload;
mod present;
mod reader;
mod state;
mod store;
mod writer;

pub use crate::log::SqliteLog;
pub use crate::open::{OpenError, Options};
pub use crate::store::SqliteStore;
