//! The checked flow graph; YAML to raw to checked; JSON Schema.
//!
//! [`check`] takes the texts of a package and gives checked flows and all problems at once.
//! This crate knows no adapters, no files and no network.

mod channel;
mod check;
mod headers;
mod model;

pub use channel::{
    Call, DataStoreSender, HttpCall, HttpReceiver, HttpSender, Idempotency, MailCall, MailProtection, MailReceiver,
    Outcome, QueueReceiver, QueueSender, ReceiverChannel, Reply, RetryPolicy, Schedule, SenderChannel, TimerSender,
};
pub use check::{Checked, Package, check};
pub use headers::HeaderFilter;
pub use model::*;
