//! Contexts that wait for their next call, and the caller's side of a call.

use std::fmt;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::ask::answer;
use super::worker::{self, Done, FromWorker, ToWorker};
use super::{is_identifier, wire};
use crate::{Invocation, Limits, ScriptError, ScriptErrorKind, ScriptOutput, Services};

/// Contexts that are kept without work.
const MAX_IDLE: usize = 64;
/// Contexts at one time; also bounds the threads of scripts that hang inside the engine.
const MAX_THREADS: usize = 512;
/// A context is thrown away after so many calls: its heap is freed with it.
const MAX_CALLS: u32 = 1_000;
/// How long after its time limit a script is waited for: native code of the engine does not look at the clock.
const GRACE: Duration = Duration::from_secs(1);

/// What makes a context fit a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) path: String,
    pub(super) source: String,
    pub(super) function: String,
    pub(super) limits: Limits,
}

impl Key {
    fn fits(&self, call: &Invocation<'_>) -> bool {
        self.path == call.path
            && self.function == call.function
            && self.limits == call.limits
            && self.source == call.source
    }
}

/// The caller's end of a context.
struct Worker {
    key: Key,
    to: Sender<ToWorker>,
    from: Receiver<FromWorker>,
    calls: u32,
}

/// Contexts by script; the one used last is at the end.
#[derive(Default)]
pub(super) struct Pool {
    idle: Mutex<Vec<Worker>>,
    /// Every thread holds one more reference.
    threads: Arc<()>,
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("threads", &(Arc::strong_count(&self.threads) - 1)).finish_non_exhaustive()
    }
}

impl Pool {
    pub(super) fn run(&self, call: Invocation<'_>) -> Result<ScriptOutput, ScriptError> {
        if !is_identifier(call.function) {
            return Err(ScriptError::missing(format!("`{}` is not the name of a JavaScript function", call.function)));
        }
        let input = wire::input(&call)?;
        let mut worker = self.worker(&call)?;
        let done = work(&worker, input, call.limits.time, call.services.as_ref());
        let (result, healthy) = match done {
            Ok(result) => {
                let healthy = result.as_ref().err().is_none_or(|e| e.kind == ScriptErrorKind::Threw);
                (result, healthy)
            }
            Err(error) => (Err(error), false),
        };
        worker.calls += 1;
        if healthy && worker.calls < MAX_CALLS {
            self.give_back(worker);
        }
        result.and_then(|done| wire::output(call.message, call.body_is_text, &done))
    }

    fn worker(&self, call: &Invocation<'_>) -> Result<Worker, ScriptError> {
        {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(at) = idle.iter().rposition(|w| w.key.fits(call)) {
                return Ok(idle.remove(at));
            }
        }
        if Arc::strong_count(&self.threads) > MAX_THREADS {
            return Err(ScriptError::limit(format!("more than {MAX_THREADS} scripts run at once")));
        }
        let key = Key {
            path: call.path.to_owned(),
            source: call.source.to_owned(),
            function: call.function.to_owned(),
            limits: call.limits,
        };
        let (to, jobs) = std::sync::mpsc::channel();
        let (results, from) = std::sync::mpsc::channel();
        worker::start(key.clone(), jobs, results, Arc::clone(&self.threads))
            .map_err(|e| ScriptError::missing(format!("cannot start a thread for the script: {e}")))?;
        Ok(Worker { key, to, from, calls: 0 })
    }

    fn give_back(&self, worker: Worker) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() >= MAX_IDLE {
            idle.remove(0);
        }
        idle.push(worker);
    }
}

/// One call, with the script's questions answered here. The outer error is about the context, not the script.
fn work(
    worker: &Worker,
    input: wire::Input,
    time: Duration,
    services: &dyn Services,
) -> Result<Result<Done, ScriptError>, ScriptError> {
    let gone = || ScriptError::missing("the thread of the script ended by itself".to_owned());
    worker.to.send(ToWorker::Call(input)).map_err(|_| gone())?;
    loop {
        match worker.from.recv_timeout(time.saturating_add(GRACE)) {
            Ok(FromWorker::Done(result)) => return Ok(result),
            Ok(FromWorker::Ask(question)) => {
                let answer = answer(question, services);
                worker.to.send(ToWorker::Answer(answer)).map_err(|_| gone())?;
            }
            Err(RecvTimeoutError::Timeout) => return Err(ScriptError::too_long(time)),
            Err(RecvTimeoutError::Disconnected) => return Err(gone()),
        }
    }
}
