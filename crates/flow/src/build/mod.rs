//! From a tree that has the right shape to the checked model; one file per family.

mod control;
mod cron;
mod ctx;
mod delivery;
mod flow;
mod graph;
mod list;
mod modify;
mod more_steps;
mod names;
mod numbered;
mod receivers;
mod senders;
mod stores;
mod transform;
mod values;
mod view;

pub(crate) use flow::{Built, Door, fingerprint, flow};
