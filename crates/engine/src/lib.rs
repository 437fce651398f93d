//! The pure centre: given a run, one event and the time, what to commit and what to do.
//!
//! [`decide`] is a synchronous function. It knows no clock, no tokio, no SQL, no sockets: the runtime performs the
//! [`Effect`]s of a [`Decision`] and brings each outcome back as the next [`Event`]. An effect that must not happen
//! before something is durable is only decided after the commit's outcome came back.
//!
//! Inside: a run is a set of tasks ([`task`]), each with its own message and a stack of frames. A task is driven from
//! one move to the next until it waits for an outcome or for its children ([`fork`]). Durable changes gather in units
//! of work ([`unit`]); what came of exactly-once sends gathers in [`ledger`]; [`finish`] makes the last commit.

mod again;
mod answer;
mod call;
pub mod convert;
mod cookies;
mod decision;
mod delivery;
pub mod enrich;
mod failure;
mod finish;
mod fork;
pub mod gather;
mod glob;
mod identity;
mod ledger;
pub mod parts;
mod run;
mod start;
mod steps;
mod task;
mod then;
mod turns;
mod unit;

pub use again::{AGAIN, is_again, send_again, sending_steps};
pub use answer::{HttpAnswer, http_answer};
pub use decision::{
    Asked, Decision, Done, Effect, EffectId, Ended, Event, Job, Note, Question, ScriptEffect, Scripted, Work,
};
pub use delivery::{
    Attempt, CUT_OFF, INBOX_RETRY, NO_OUTCOME, NOT_TRIED, Settled, accepted, asked_after, order_of, redeliver, settle,
};
pub use run::{Run, decide};
pub use start::{Keep, Keyed, Start, Trigger};
pub use steps::{asked_at, check_store_name, undrawn, work};
