//! Looks at what waits, every ten minutes: for what is overdue, and for what a crash left to a person untold.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base::{EntryKey, Timestamp};
use flow::AlertKind;
use store::{Change, EntryFilter, EntryInfo, EntryState, Place, PlaceSummary, StoreError};

use super::{About, Raised, Subject, Target, entries, flows_of, tell, told};
use crate::consumers::{NAP, due_at};
use crate::runtime::Shared;

const EVERY: Duration = Duration::from_secs(600);

/// When the next look is due, and what earlier ones saw.
#[derive(Default)]
pub(crate) struct Watch {
    next: Mutex<Timestamp>,
    /// How many were overdue at the last look.
    overdue: Mutex<BTreeMap<Place, u64>>,
    /// Inboxes of the processes that a look was made for since the start.
    looked_for: Mutex<BTreeSet<Place>>,
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

    /// Whether there was no look for a process since the start.
    fn is_first(&self, inbox: &Place) -> bool {
        !self.looked_for.lock().unwrap_or_else(PoisonError::into_inner).contains(inbox)
    }

    /// Whether more is overdue than at the last look.
    fn grew(&self, summary: &PlaceSummary) -> bool {
        let overdue = self.overdue.lock().unwrap_or_else(PoisonError::into_inner);
        summary.overdue > overdue.get(&summary.place).copied().unwrap_or(0)
    }

    /// The alerts that a look led to are kept: the next one compares with what it saw.
    fn kept(&self, inboxes: impl Iterator<Item = Place>, summaries: Vec<PlaceSummary>) {
        self.looked_for.lock().unwrap_or_else(PoisonError::into_inner).extend(inboxes);
        let overdue = summaries.into_iter().map(|summary| (summary.place, summary.overdue)).collect();
        *self.overdue.lock().unwrap_or_else(PoisonError::into_inner) = overdue;
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
                    tracing::error!(%error, "cannot look for what people have to know; the next look tries again");
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
    let grown: Vec<&Place> = summaries.iter().filter(|s| shared.watch.grew(s)).map(|s| &s.place).collect();
    let mut changes = Vec::new();
    for target in &deployed.alerts {
        changes.extend(restored(shared, target, now).await?);
        let first = shared.watch.is_first(&target.inbox());
        let mut raised = Raised::new();
        for place in &grown {
            let flows = flows_of(&deployed, place, "");
            raised.insert(Subject { kind: AlertKind::Overdue, about: About::Place((*place).clone()) }, flows);
        }
        for place in summaries.iter().filter(|s| s.blocked > 0).map(|s| &s.place) {
            for kind in [AlertKind::Escalated, AlertKind::InDoubt] {
                let subject = Subject { kind, about: About::Place(place.clone()) };
                let known = EntryKey(told(shared, target, &subject.id()).await.1);
                let interfaces = tell::untold(shared, place, kind, known, first).await?;
                if !interfaces.is_empty() {
                    let flows = interfaces.iter().flat_map(|interface| flows_of(&deployed, place, interface));
                    raised.insert(subject, flows.collect());
                }
            }
        }
        changes.extend(entries(shared, target, &raised).await);
    }
    if !changes.is_empty() {
        shared.commit(changes).await.map_err(|error| StoreError(error.to_string()))?;
    }
    shared.watch.kept(deployed.alerts.iter().map(Target::inbox), summaries);
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
    let again = |info| EntryInfo { crashes: 0, doubt: false, error: None, ..info };
    Ok(held.into_iter().map(|info| due_at(again(info), now)).collect())
}
