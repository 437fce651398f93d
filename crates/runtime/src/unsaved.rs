//! Outcomes of runs that the store could not take at their end: kept in memory until it can.
//!
//! A further run of such a message must not send again what its receivers took, and may begin as soon as the store can be
//! written: it finds here what is not written down yet.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base::{DeliveryId, MessageId};
use store::Change;

use crate::runtime::Shared;

/// Wait before the second try, and the longest one.
pub(crate) const PAUSE: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(1));

/// What was delivered, by message.
#[derive(Default)]
pub(crate) struct Unsaved(Mutex<HashMap<MessageId, HashSet<DeliveryId>>>);

impl Unsaved {
    /// What is known to be delivered of a message and not written down.
    pub(crate) fn of(&self, message: &MessageId) -> HashSet<DeliveryId> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(message).cloned().unwrap_or_default()
    }

    fn add(&self, made: &[(MessageId, Vec<DeliveryId>)]) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (message, deliveries) in made {
            known.entry(message.clone()).or_default().extend(deliveries);
        }
    }

    fn remove(&self, made: &[(MessageId, Vec<DeliveryId>)]) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (message, deliveries) in made {
            let Some(left) = known.get_mut(message) else { continue };
            left.retain(|delivery| !deliveries.contains(delivery));
            if left.is_empty() {
                known.remove(message);
            }
        }
    }
}

/// Keeps outcomes, and writes them down as soon as that is possible; a stop before that forgets them, as a crash does.
pub(crate) fn keep(shared: &Arc<Shared>, changes: Vec<Change>) {
    if changes.is_empty() {
        return;
    }
    let delivered = |change: &Change| match change {
        Change::Delivered { message, deliveries, .. } => Some((message.clone(), deliveries.clone())),
        _ => None,
    };
    let made: Vec<_> = changes.iter().filter_map(delivered).collect();
    shared.unsaved.add(&made);
    let task = Arc::clone(shared);
    shared.spawn_dispatcher(async move {
        let _owed = task.health.owe();
        let mut pause = PAUSE.0;
        while let Err(error) = task.commit(changes.clone()).await {
            tracing::error!(%error, "cannot keep the outcomes of a run; trying again");
            tokio::select! {
                biased;
                () = task.kill.cancelled() => return,
                () = tokio::time::sleep(pause) => pause = (pause * 2).min(PAUSE.1),
            }
        }
        task.unsaved.remove(&made);
    });
}
