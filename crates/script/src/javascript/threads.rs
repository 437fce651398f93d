//! Threads for calls that may be long. They wait for the next call when they are done.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// Threads that are kept without work.
const MAX_IDLE: usize = 64;
/// Threads at one time; also bounds those of scripts that hang inside the engine.
const MAX: usize = 512;

type Work = Box<dyn FnOnce() + Send>;

struct Thread {
    stack: usize,
    to: Sender<Job>,
}

/// Work for a thread, with that which it is known by: it waits for more only where it gives this back.
struct Job {
    work: Work,
    thread: Thread,
}

/// The threads; they end when this is dropped and their work is done.
#[derive(Default)]
pub(super) struct Threads {
    idle: Arc<Mutex<Vec<Thread>>>,
    /// Every thread holds one more reference.
    alive: Arc<()>,
}

impl Threads {
    /// How many there are.
    pub(super) fn count(&self) -> usize {
        Arc::strong_count(&self.alive) - 1
    }

    /// Does some work on a thread that has this stack, at least.
    ///
    /// # Errors
    /// There are too many already, or none can be started.
    pub(super) fn run(&self, stack: usize, work: Work) -> Result<(), String> {
        let thread = {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            let fits = idle.iter().rposition(|t| t.stack >= stack);
            fits.map(|at| idle.remove(at))
        };
        let thread = match thread {
            Some(thread) => thread,
            None if self.count() >= MAX => return Err(format!("more than {MAX} scripts run at once")),
            None => self.start(stack).map_err(|e| format!("cannot start a thread for the script: {e}"))?,
        };
        let to = thread.to.clone();
        to.send(Job { work, thread }).map_err(|_| "the thread of the script ended by itself".to_owned())
    }

    fn start(&self, stack: usize) -> std::io::Result<Thread> {
        let (to, jobs) = channel();
        let (idle, alive) = (Arc::downgrade(&self.idle), Arc::clone(&self.alive));
        std::thread::Builder::new().name("script".to_owned()).stack_size(stack).spawn(move || {
            serve(&jobs, &idle);
            drop(alive);
        })?;
        Ok(Thread { stack, to })
    }
}

fn serve(jobs: &Receiver<Job>, idle: &Weak<Mutex<Vec<Thread>>>) {
    while let Ok(Job { work, thread }) = jobs.recv() {
        work();
        let Some(idle) = idle.upgrade() else { return };
        let mut idle = idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() >= MAX_IDLE {
            return;
        }
        idle.push(thread);
    }
}
