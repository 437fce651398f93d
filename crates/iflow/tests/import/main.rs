//! Imports of artifacts that the tests write themselves.
#![expect(clippy::expect_used, clippy::panic, reason = "tests may panic")]

mod build;
mod channels;
mod designs;
mod elements;
mod hostile;
mod packages;
mod show;
