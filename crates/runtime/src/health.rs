//! Whether the store can be written. Once it cannot, messages that need it are refused at the door, before a receiver
//! gets what could not be recorded; and it is tried again until it can, without a person.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use store::{Change, CommitError};
use tokio::sync::Notify;

use crate::runtime::Shared;

/// Real time between two tries.
const PAUSE: Duration = Duration::from_secs(1);
/// How often, and how many times at most, it is looked whether all that is owed is written down, once it can be.
const LOOK: Duration = Duration::from_millis(50);
const LAST: u32 = 600;
/// What a try writes: more than most messages, because a disk that takes one page is full all the same.
const TRY: usize = 256 << 10;
/// The timer row that a try writes; no flow has this name.
const NAME: &str = "store-probe";

/// What is known of the store.
#[derive(Default)]
pub(crate) struct Health {
    broken: AtomicBool,
    why: Mutex<String>,
    bell: Notify,
    /// Outcomes of receivers that are known and not written down.
    owed: AtomicUsize,
}

/// An outcome that is still to be written down.
pub(crate) struct Owed<'a>(&'a Health);

impl Drop for Owed<'_> {
    fn drop(&mut self) {
        self.0.owed.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Health {
    /// Whether the last commit failed, and not because of what it held.
    pub fn is_broken(&self) -> bool {
        self.broken.load(Ordering::SeqCst)
    }

    /// The store counts as broken until an outcome that it could not take is written down.
    pub fn owe(&self) -> Owed<'_> {
        self.owed.fetch_add(1, Ordering::SeqCst);
        Owed(self)
    }

    /// Why it cannot be written, where it cannot.
    pub fn why(&self) -> Option<String> {
        let why = || self.why.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.is_broken().then(why)
    }

    /// Learns from the outcome of a commit. A good one says little: on a full disk small ones succeed between others.
    pub fn learn(&self, outcome: &Result<(), CommitError>) {
        if let Err(CommitError::Store(error)) = outcome
            && error.is_outage()
        {
            *self.why.lock().unwrap_or_else(PoisonError::into_inner) = error.to_string();
            if self.broken.swap(true, Ordering::SeqCst) {
                return;
            }
            tracing::error!(%error, "R0105: the store cannot be written; messages that need it are refused until it can");
            self.bell.notify_one();
        }
    }
}

/// Starts what tries a broken store again.
pub(crate) fn start(shared: &Arc<Shared>) {
    let task = Arc::clone(shared);
    shared.spawn_dispatcher(async move {
        loop {
            tokio::select! {
                biased;
                () = task.stop.cancelled() => return,
                () = task.health.bell.notified() => {}
            }
            while task.health.is_broken() {
                tokio::select! {
                    biased;
                    () = task.stop.cancelled() => return,
                    () = tokio::time::sleep(PAUSE) => {}
                }
                let large = task.commit(vec![row(TRY)]).await;
                let small = task.commit(vec![row(0)]).await;
                if large.and(small).is_ok() {
                    // First what is known, then what is new: a crash now would forget what receivers did.
                    for _ in 0..LAST {
                        if task.health.owed.load(Ordering::SeqCst) == 0 || task.stop.is_cancelled() {
                            break;
                        }
                        tokio::time::sleep(LOOK).await;
                    }
                    task.health.broken.store(false, Ordering::SeqCst);
                    tracing::warn!("the store can be written again");
                }
            }
        }
    });
}

fn row(length: usize) -> Change {
    let (flow, process) = (String::new(), NAME.to_owned());
    Change::Tick { flow, process, schedule: "x".repeat(length), last: None, next: None }
}
