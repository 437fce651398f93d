//! Threads that run scripts, and the caller's side of a call.

use std::fmt;
use std::rc::Rc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::run::{self, Job};
use crate::ask::{Answer, Question, answer};
use crate::timer::Timer;
use crate::{Limits, ScriptError, ScriptErrorKind, ScriptOutput, Services};

/// Threads that are kept without work.
const MAX_IDLE: usize = 16;
/// Threads at one time; also bounds those of scripts that hang.
const MAX_THREADS: usize = 512;
/// Room on a thread beside the script's own stack.
const HOST_STACK: usize = 2 << 20;
/// How much stack the interpreter takes for what other engines do in one unit of stack.
const FACTOR: usize = 16;
/// The largest stack of a script.
const MAX_STACK: usize = 256 << 20;
/// How long after its time limit a script is waited for: calls of the library do not all look at the clock.
const GRACE: Duration = Duration::from_secs(1);

/// The stack that a script may use.
pub(super) fn script_stack(limits: Limits) -> usize {
    limits.stack.saturating_mul(FACTOR).min(MAX_STACK)
}

/// The stack of a thread.
pub(super) fn stack(limits: Limits) -> usize {
    script_stack(limits) + HOST_STACK
}

enum ToWorker {
    Run(Box<Job>),
    Answer(Answer),
}

enum FromWorker {
    Ask(Question),
    Done(Box<Result<ScriptOutput, ScriptError>>),
}

/// The caller's end of a thread.
struct Worker {
    stack: usize,
    to: Sender<ToWorker>,
    from: Receiver<FromWorker>,
}

/// Threads; the one used last is at the end.
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
    pub(super) fn run(&self, job: Job, services: &dyn Services) -> Result<ScriptOutput, ScriptError> {
        let time = job.limits.time;
        let worker = self.worker(stack(job.limits))?;
        let result = work(&worker, job, time, services)?;
        // A thread that was answered in time can be used again.
        if result.as_ref().err().is_none_or(|e| e.kind != ScriptErrorKind::Limit) {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            if idle.len() >= MAX_IDLE {
                idle.remove(0);
            }
            idle.push(worker);
        }
        result
    }

    fn worker(&self, stack: usize) -> Result<Worker, ScriptError> {
        {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(at) = idle.iter().rposition(|w| w.stack == stack) {
                return Ok(idle.remove(at));
            }
        }
        if Arc::strong_count(&self.threads) > MAX_THREADS {
            return Err(ScriptError::limit(format!("more than {MAX_THREADS} scripts run at once")));
        }
        let (to, jobs) = std::sync::mpsc::channel();
        let (results, from) = std::sync::mpsc::channel();
        let alive = Arc::clone(&self.threads);
        let serve = move || {
            serve(Rc::new(Line { jobs, results }));
            drop(alive);
        };
        std::thread::Builder::new()
            .name("script".to_owned())
            .stack_size(stack)
            .spawn(serve)
            .map_err(|e| ScriptError::missing(format!("cannot start a thread for the script: {e}")))?;
        Ok(Worker { stack, to, from })
    }
}

/// One call, with the script's questions answered here. The outer error is about the thread, not the script.
fn work(
    worker: &Worker,
    job: Job,
    time: Duration,
    services: &dyn Services,
) -> Result<Result<ScriptOutput, ScriptError>, ScriptError> {
    let gone = || ScriptError::missing("the thread of the script ended by itself".to_owned());
    worker.to.send(ToWorker::Run(Box::new(job))).map_err(|_| gone())?;
    loop {
        match worker.from.recv_timeout(time.saturating_add(GRACE)) {
            Ok(FromWorker::Done(result)) => return Ok(*result),
            Ok(FromWorker::Ask(question)) => {
                worker.to.send(ToWorker::Answer(answer(question, services))).map_err(|_| gone())?;
            }
            Err(RecvTimeoutError::Timeout) => return Err(ScriptError::too_long(time)),
            Err(RecvTimeoutError::Disconnected) => return Err(gone()),
        }
    }
}

/// The thread's end of the channels.
pub(super) struct Line {
    jobs: Receiver<ToWorker>,
    results: Sender<FromWorker>,
}

impl Line {
    /// Asks the caller.
    pub(super) fn ask(&self, question: Question) -> Answer {
        let answer = self.results.send(FromWorker::Ask(question)).ok().and_then(|()| self.jobs.recv().ok());
        match answer {
            Some(ToWorker::Answer(answer)) => answer,
            _ => Answer::unheard(),
        }
    }
}

/// Serves calls until the caller's side is dropped.
fn serve(line: Rc<Line>) {
    let timer = Rc::new(Timer::new());
    while let Ok(ToWorker::Run(job)) = line.jobs.recv() {
        let result = run::run(*job, &line, &timer);
        // Nobody waits any more if the script was left behind.
        if line.results.send(FromWorker::Done(Box::new(result))).is_err() {
            return;
        }
    }
}
