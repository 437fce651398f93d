//! Looks at what waits, every ten minutes: for what is overdue, and for what no commit put an alert down for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base::{EntryKey, Timestamp};
use flow::AlertKind;
use store::{Change, EntryFilter, EntryInfo, EntryState, Place, PlaceSummary, StoreError};

use super::{About, Raised, Subject, Target, entries, flows_of, tell, told};
use crate::consumers::{NAP, due_at};
use crate::deploy::Deployed;
use crate::runtime::Shared;

const EVERY: Duration = Duration::from_secs(600);

/// Most entries that are remembered for one process; more are told again at each look.
const REMEMBERED: usize = 10_000;

/// When the next look is due, and what the last one saw.
#[derive(Default)]
pub(crate) struct Watch {
    next: Mutex<Timestamp>,
    /// By the inbox of the process that it looked for.
    seen: Mutex<BTreeMap<Place, Arc<Seen>>>,
}

/// What a look saw of what a process wants to be told: whoever begins to want something has seen nothing of it.
#[derive(Default)]
struct Seen {
    /// How many were overdue.
    overdue: BTreeMap<Place, u64>,
    /// What waits for a person since nobody can tell when.
    unsure: BTreeSet<EntryKey>,
}

impl Watch {
    /// Whether it is time to look. A look that is further away than the next one can be was planned before the clock was
    /// put back.
    fn is_due(&self, now: Timestamp) -> bool {
        let next = *self.next.lock().unwrap_or_else(PoisonError::into_inner);
        next <= now || next > now.plus(EVERY)
    }

    /// The next look is at once: other flows are deployed.
    pub fn soon(&self) {
        *self.next.lock().unwrap_or_else(PoisonError::into_inner) = Timestamp::default();
    }

    fn looked(&self, now: Timestamp) {
        *self.next.lock().unwrap_or_else(PoisonError::into_inner) = now.plus(EVERY);
    }

    fn seen(&self, inbox: &Place) -> Arc<Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).get(inbox).cloned().unwrap_or_default()
    }

    /// The alerts that a look led to are kept: the next one compares with what it saw. Who was not deployed begins anew.
    fn kept(&self, seen: BTreeMap<Place, Arc<Seen>>) {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = seen;
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
            if !task.deployed.load().alerts.is_empty() && task.watch.is_due(now) {
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
    let (mut changes, mut all_seen) = (Vec::new(), BTreeMap::new());
    for target in &deployed.alerts {
        changes.extend(restored(shared, target, now).await?);
        let before = shared.watch.seen(&target.inbox());
        let mut raised = Raised::new();
        let mut seen =
            Seen { overdue: overdue(&deployed, target, &summaries, &before, &mut raised), unsure: BTreeSet::new() };
        for place in summaries.iter().filter(|s| s.blocked > 0).map(|s| &s.place) {
            for kind in [AlertKind::Escalated, AlertKind::InDoubt].into_iter().filter(|k| target.sender.on.contains(k))
            {
                let subject = Subject { kind, about: About::Place(place.clone()) };
                let told = told(shared, target, &subject.id()).await;
                for (interface, waiting) in tell::waiting(shared, place, kind, told, now, &before.unsure).await? {
                    let flows = flows_of(&deployed, place, &interface);
                    if !target.wants(&subject, &flows) {
                        continue;
                    }
                    let room = REMEMBERED.saturating_sub(seen.unsure.len());
                    seen.unsure.extend(waiting.unsure.into_iter().take(room));
                    if waiting.untold {
                        raised.entry(subject.clone()).or_default().extend(flows);
                    }
                }
            }
        }
        changes.extend(entries(shared, target, &raised).await);
        all_seen.insert(target.inbox(), Arc::new(seen));
    }
    if !changes.is_empty() {
        shared.commit(changes).await.map_err(|error| StoreError(error.to_string()))?;
    }
    shared.watch.kept(all_seen);
    for target in &deployed.alerts {
        shared.hub.ring(&target.inbox());
    }
    Ok(())
}

/// How many are overdue where a process wants to know; an alert is raised where they are more than `before`.
fn overdue(
    deployed: &Deployed,
    target: &Target,
    summaries: &[PlaceSummary],
    before: &Seen,
    raised: &mut Raised,
) -> BTreeMap<Place, u64> {
    let mut seen = BTreeMap::new();
    for PlaceSummary { place, overdue, .. } in summaries.iter().filter(|s| s.overdue > 0) {
        let subject = Subject { kind: AlertKind::Overdue, about: About::Place(place.clone()) };
        let flows = flows_of(deployed, place, "");
        if target.wants(&subject, &flows) {
            seen.insert(place.clone(), *overdue);
            if *overdue > before.overdue.get(place).copied().unwrap_or(0) {
                raised.insert(subject, flows);
            }
        }
    }
    seen
}

/// Alerts that a restore held for a person go on: they say what stands now, and held they would keep later ones from
/// being told.
async fn restored(shared: &Shared, target: &Target, now: Timestamp) -> Result<Vec<Change>, StoreError> {
    let (place, state) = (Some(target.inbox()), Some(EntryState::InDoubt));
    let held = shared.options.store.entries(EntryFilter { place, state, ..EntryFilter::default() }).await?;
    let again = |info| EntryInfo { crashes: 0, doubt: false, error: None, ..info };
    Ok(held.into_iter().map(|info| due_at(again(info), now)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_comes_also_after_the_clock_was_put_back() {
        let right = Timestamp(1_790_000_000_000);
        let wrong = right.plus(Duration::from_secs(4 * 365 * 86_400));
        for (looked, now, expect) in [
            (right, right, false),
            (right, right.plus(EVERY), true),
            (right, wrong, true),
            (wrong, right, true),
            (wrong, wrong, false),
        ] {
            let watch = Watch::default();
            assert!(watch.is_due(now));
            watch.looked(looked);
            assert_eq!(watch.is_due(now), expect, "{looked} {now}");
            watch.soon();
            assert!(watch.is_due(now));
        }
    }
}
