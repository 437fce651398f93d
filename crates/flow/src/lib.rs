//! The checked flow graph; YAML to raw to checked; JSON Schema.
//!
//! [`check`] takes the texts of a package and gives checked flows and all problems at once.
//! This crate knows no adapters, no files and no network.

mod build;
mod channel;
mod check;
mod companions;
mod delivery;
mod headers;
mod model;
mod more_steps;
mod parameters;
mod problems;
mod shape;
mod spec;
mod step;
mod value_mappings;
mod yaml;

pub use channel::{
    AlertKind, AlertsSender, Call, DataStoreSender, DoorKey, HttpCall, HttpFormat, HttpReceiver, HttpSender,
    Idempotency, MailAttachment, MailCall, MailProtection, MailReceiver, Outcome, QueueReceiver, QueueSender,
    ReceiverChannel, Repeat, Reply, RetryPolicy, Schedule, SenderChannel, TimerSender,
};
pub use check::{Checked, Package, check, check_at};
pub use companions::companions;
pub use delivery::{AnswerRange, Circuit, InDoubt, Probe, Retries, StatusRules, Throttle};
pub use headers::HeaderFilter;
pub use model::*;
pub use more_steps::*;
pub use spec::{reference, schema};
pub use step::*;
pub use value_mappings::{Named, ValueMappings};
