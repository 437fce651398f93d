//! Groovy, with the objects that SAP's scripts are given.
//!
//! A call gets an interpreter of its own, so nothing of one call is left for the next; parsed scripts are kept.
//! Calls run on the caller's thread, which gets more stack where it has too little.

mod attachment;
pub(crate) mod camel;
mod certificate;
mod convert;
mod keystore;
mod log;
pub(crate) mod message;
pub(crate) mod programs;
pub(crate) mod run;
mod service;
mod signing;
pub(crate) mod stack;
mod storage;
pub(crate) mod world;

pub use stack::THREAD_STACK;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::{Host, Invocation, Limits, ScriptError, ScriptOutput};

/// The Groovy host.
#[derive(Debug, Default)]
pub struct Groovy {
    programs: programs::Programs,
}

impl Host for Groovy {
    fn is_short(&self, path: &str, source: &str, companions: &Arc<BTreeMap<String, String>>) -> bool {
        self.programs.known(path, source, companions).is_some_and(|parsed| parsed.history.promises())
    }

    fn run(&self, call: Invocation<'_>) -> Result<ScriptOutput, ScriptError> {
        stack::enough(call.limits, || run::run(call, &self.programs))
    }
}

/// Whether a script is Groovy.
///
/// # Errors
/// The first mistake: line and column (both from 1), and what is wrong.
pub fn check_syntax(path: &str, source: &str) -> Result<(), (usize, usize, String)> {
    let parsed = stack::enough(Limits::default(), || ::groovy::Program::parse(path, source));
    parsed.map(|_| ()).map_err(|e| (e.line as usize, e.col as usize, e.message))
}
