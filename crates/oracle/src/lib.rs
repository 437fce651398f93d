//! The differential test bed: the same script with the same inputs in Semel and in the real Groovy, compared.
//!
//! [`Jvm`] runs scripts in the real Groovy, [`Semel`] in ours; both answer with [`Outcome`]s. [`inputs`] guesses what a
//! script would like to be given, [`compare`] says whether two outcomes agree, [`corpus`] finds scripts.

pub mod compare;
pub mod corpus;
pub mod inputs;
mod jvm;
pub mod probes;
pub mod report;
pub mod semel;
pub mod shape;
pub mod trial;
mod wire;

pub use jvm::{Jvm, Unavailable};
pub use semel::Semel;
pub use wire::{Answer, Body, Failure, Input, Outcome, Request, Shown};
