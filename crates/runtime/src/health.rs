//! Whether the store can be written. Once it cannot, messages that need it are refused at the door, before a receiver
//! gets what could not be recorded; and it is tried again until it can, without a person.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use store::{Change, CommitError};
use tokio::sync::Notify;

use crate::runtime::Shared;

/// Real time between two tries.
const PAUSE: Duration = Duration::from_secs(1);
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
}

impl Health {
    /// Whether the last commit failed, and not because of what it held.
    pub fn is_broken(&self) -> bool {
        self.broken.load(Ordering::SeqCst)
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
