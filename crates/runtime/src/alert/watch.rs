//! Looks at what waits, every ten minutes: for what is overdue, and for what a crash left to a person untold.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base::{EntryKey, Timestamp};
use flow::AlertKind;
use store::{Change, EntryFilter, EntryInfo, EntryState, Place, StoreError};

use super::{About, Raised, Subject, Target, entries, flows_of, tell, told};
use crate::consumers::NAP;
use crate::runtime::Shared;

const EVERY: Duration = Duration::from_secs(600);

/// When the next look is due, and what was overdue at the last one.
#[derive(Default)]
pub(crate) struct Watch {
    next: Mutex<Timestamp>,
    overdue: Mutex<BTreeMap<Place, u64>>,
}

impl Watch {
    fn next(&self) -> Timestamp {
        *self.next.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next look is at once: other flows are deployed.
    pub fn soon(&self) {
        *self.next.lock().unwrap_or_else(PoisonError::into_inner) = Timestamp::default();
    }

    fn looked(&self, now: Timestamp) {
        *self.next.lock().unwrap_or_else(PoisonError::into_inner) = now.plus(EVERY);
    }

    /// What this look saw was not kept.
    fn forget(&self) {
        self.overdue.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Whether more is overdue than at the last look.
    fn grew(&self, place: &Place, count: u64) -> bool {
        let mut overdue = self.overdue.lock().unwrap_or_else(PoisonError::into_inner);
        count > overdue.insert(place.clone(), count).unwrap_or(0)
    }
}

/// Starts looking.
pub(crate) fn start(shared: &Arc<Shared>) {
    let task = Arc::clone(shared);
    let ear = shared.hub.listen(None);
    shared.spawn_dispatcher(async move {
        let mut busy = None;
        loop {
            let now = task.options.clock.now();
            if !task.deployed.load().alerts.is_empty() && task.watch.next() <= now {
                task.watch.looked(now);
                if let Err(error) = look(&task, now).await {
                    tracing::error!(%error, "cannot look for what is overdue; trying again later");
                }
            }
            drop(busy.take());
            tokio::select! {
                biased;
                () = task.stop.cancelled() => return,
                token = ear.bell().wait() => busy = Some(token),
                () = tokio::time::sleep(task.options.clock.real(EVERY).min(NAP)) => {
                    busy = Some(task.hub.activity().enter());
                }
            }
        }
    });
}

async fn look(shared: &Shared, now: Timestamp) -> Result<(), StoreError> {
    let deployed = shared.deployed.load_full();
    // What happened to alerts themselves leads to no alerts.
    let own = |place: &Place| deployed.alerts.iter().any(|target| target.inbox() == *place);
    let mut summaries = shared.options.store.places(None, now).await?;
    summaries.retain(|summary| !own(&summary.place));
    let grown: Vec<&Place> =
        summaries.iter().filter(|s| shared.watch.grew(&s.place, s.overdue)).map(|s| &s.place).collect();
    let mut changes = Vec::new();
    for target in &deployed.alerts {
        changes.extend(restored(shared, target, now).await?);
        let mut raised = Raised::new();
        for place in &grown {
            let flows = flows_of(&deployed, place, "");
            raised.insert(Subject { kind: AlertKind::Overdue, about: About::Place((*place).clone()) }, flows);
        }
        for place in summaries.iter().filter(|s| s.blocked > 0).map(|s| &s.place) {
            for kind in [AlertKind::Escalated, AlertKind::InDoubt] {
                let subject = Subject { kind, about: About::Place(place.clone()) };
                let known = EntryKey(told(shared, target, &subject.id()).await.1);
                let interfaces = tell::untold(shared, place, kind, known).await?;
                if !interfaces.is_empty() {
                    let flows = interfaces.iter().flat_map(|interface| flows_of(&deployed, place, interface));
                    raised.insert(subject, flows.collect());
                }
            }
        }
        changes.extend(entries(shared, target, &raised).await);
    }
    if !changes.is_empty()
        && let Err(error) = shared.commit(changes).await
    {
        tracing::error!(%error, "cannot keep an alert; the next look tries again");
        shared.watch.forget();
    }
    for target in &deployed.alerts {
        shared.hub.ring(&target.inbox());
    }
    Ok(())
}

/// Alerts that a restore held for a person go on: they say what stands now, and held they would keep later ones from
/// being told.
async fn restored(shared: &Shared, target: &Target, now: Timestamp) -> Result<Vec<Change>, StoreError> {
    let (place, state) = (Some(target.inbox()), Some(EntryState::InDoubt));
    let held = shared.options.store.entries(EntryFilter { place, state, ..EntryFilter::default() }).await?;
    let again = |info: EntryInfo| Change::Reschedule {
        key: info.key,
        state: EntryState::Waiting,
        due: now,
        retries: info.retries,
        crashes: 0,
        doubt: false,
        error: None,
    };
    Ok(held.into_iter().map(again).collect())
}
