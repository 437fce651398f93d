//! Typed ids, names, time, messages, failures: the words every other crate uses.
//!
//! This crate knows no other crate of Semel, no clock and no random source of its own:
//! time comes from a [`Clock`], randomness from an [`Entropy`], both handed in.

mod clock;
mod entropy;
mod failure;
mod future;
mod hex;
mod id;
mod message;
mod name;
mod seal;
mod shared;
mod size;
mod value;

pub use clock::{Clock, ManualClock, ScaledClock, Timestamp, WallClock};
pub use entropy::{Entropy, SeededEntropy, SystemEntropy};
pub use failure::{Class, Failure};
pub use future::Fut;
pub use hex::hex;
pub use id::{CorrelationId, DeliveryId, EntryKey, MessageId, RunId};
pub use message::{Attachment, Headers, Message, Properties};
pub use name::{Scope, Status};
pub use seal::Sealer;
pub use shared::Shared;
pub use size::{format_bytes, format_duration, parse_bytes, parse_duration};
pub use value::Value;
