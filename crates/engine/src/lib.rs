//! The pure centre: given a run, one event and the time, what to commit and what to do.
//!
//! [`decide`] is a synchronous function. It knows no clock, no tokio, no SQL, no sockets: the runtime performs the
//! [`Effect`]s of a [`Decision`] and brings each outcome back as the next [`Event`]. An effect that must not happen
//! before something is durable is only decided after the commit's outcome came back.

pub mod convert;
mod decision;
mod delivery;
pub mod gather;
pub mod parts;
mod run;

pub use decision::{Asked, Decision, Done, Effect, EffectId, Ended, Event, Note, Question, ScriptEffect, Scripted};
pub use delivery::{INBOX_RETRY, Settled, redeliver, settle};
pub use run::{HttpAnswer, Keyed, Run, Start, Trigger, decide, http_answer};
