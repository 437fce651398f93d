//! The embedded default store: SQLite with group commit, and the message log beside it.
