//! Groovy, with the objects that SAP's scripts are given.
//!
//! A call gets an interpreter of its own, so nothing of one call is left for the next; parsed scripts are kept.
//! Calls run on threads with enough stack, and a call that hangs is left behind instead of hanging its caller.

mod attachment;
mod camel;
mod certificate;
mod convert;
mod keystore;
mod log;
mod message;
mod pool;
mod programs;
mod run;
mod service;
mod signing;
mod storage;
mod world;

use std::sync::Arc;

use crate::{Host, Invocation, Limits, ScriptError, ScriptOutput};

/// The Groovy host.
#[derive(Debug, Default)]
pub struct Groovy {
    pool: pool::Pool,
    programs: Arc<programs::Programs>,
}

impl Host for Groovy {
    fn run(&self, call: Invocation<'_>) -> Result<ScriptOutput, ScriptError> {
        let ready = self.programs.get(call.path, call.source, call.companions);
        let code = match ready {
            Some(program) => run::Code::Ready(program),
            None => run::Code::Source {
                path: call.path.to_owned(),
                source: call.source.to_owned(),
                companions: Arc::clone(call.companions),
                programs: Arc::clone(&self.programs),
            },
        };
        let job = run::Job {
            code,
            alone: call.companions.is_empty(),
            function: call.function.to_owned(),
            message: call.message,
            body_is_text: call.body_is_text,
            id: call.message_id.to_string(),
            flow: call.flow.to_owned(),
            exception: call.exception.map(str::to_owned),
            limits: call.limits,
            clock: call.services.clock(),
            entropy: call.services.entropy(),
        };
        self.pool.run(job, call.services)
    }
}

/// Whether a script is Groovy.
///
/// # Errors
/// The first mistake: line and column (both from 1), and what is wrong.
pub fn check_syntax(path: &str, source: &str) -> Result<(), (usize, usize, String)> {
    // A thread of its own, because the caller's stack may be too small for a deeply nested script.
    std::thread::scope(|scope| {
        let parse = || ::groovy::Program::parse(path, source).map(|_| ());
        let thread = std::thread::Builder::new().stack_size(pool::stack(Limits::default())).spawn_scoped(scope, parse);
        match thread.map(std::thread::ScopedJoinHandle::join) {
            Ok(Ok(parsed)) => parsed.map_err(|e| (e.line as usize, e.col as usize, e.message)),
            _ => Err((1, 1, "the script cannot be parsed".to_owned())),
        }
    })
}
