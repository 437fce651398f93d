//! After an outage: what was put off because of it is due at once, oldest first; limits hold as always.

use std::sync::Arc;

use base::{Class, DeliveryId};
use store::{EntryInfo, Place, StoreError};

use crate::circuit::Outage;
use crate::consumers::due_at;
use crate::runtime::Shared;
use crate::sooner::bring_forward;

/// Makes due what waits in these places for a later retry.
pub(crate) fn pull(shared: &Arc<Shared>, places: Vec<Place>, outage: Outage) {
    let task = Arc::clone(shared);
    shared.spawn(async move {
        for place in places {
            if let Err(error) = one(&task, &place, &outage).await {
                tracing::error!(%place, %error, "what waits for a receiver that is back keeps its times");
            }
            task.hub.ring(&place);
        }
    });
}

async fn one(shared: &Shared, place: &Place, outage: &Outage) -> Result<(), StoreError> {
    // Where a refusal is tried again too, only the outage's own failures are known to be over with it.
    let keeps_refused = shared.deployed.load().flows.get(&place.flow).is_none_or(|slot| {
        slot.flow.receivers.get(&place.name).is_none_or(|r| r.retry.policy(Class::Permanent).is_some())
    });
    let over = |info: &EntryInfo| {
        // The receiver may still be at work on it.
        let intent = info.error.as_deref().is_some_and(|e| e == engine::NO_OUTCOME || e == engine::CUT_OFF);
        let Ok(id) = info.id.parse::<DeliveryId>() else { return false };
        !intent && !outage.since.has(id) && (!keeps_refused || outage.failed.contains(&id))
    };
    let now = shared.options.clock.now();
    bring_forward(shared, Some(place), |info| over(info).then(|| due_at(info.clone(), now))).await
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use base::{RunId, Timestamp};
    use store::conformance::{new_entry, put};
    use store::{EntryFilter, NewEntry};

    use super::*;
    use crate::locks::{Lock, RunLocks};
    use crate::{Options, Retention, Runtime};

    const LATER: Timestamp = Timestamp(i64::MAX);

    /// Nothing is called here.
    struct Nobody;

    impl adapter::ReceiverAdapter for Nobody {
        fn promise(&self, _call: &flow::Call) -> adapter::Promise {
            adapter::Promise::MayRepeat
        }

        fn perform<'a>(
            &'a self,
            _call: &'a flow::Call,
            _secrets: &'a dyn adapter::Secrets,
        ) -> base::Fut<'a, flow::Outcome> {
            Box::pin(async { Err(base::Failure::permanent(engine::NOT_TRIED, "nobody is here")) })
        }
    }

    impl adapter::Secrets for Nobody {
        fn secret(&self, _name: &str) -> Option<adapter::Secret> {
            None
        }
    }

    #[tokio::test]
    async fn what_a_run_still_sends_keeps_its_time() {
        let options = Options {
            store: Arc::new(store::MemoryStore::new()),
            log: Arc::new(store::MemoryLog::new()),
            clock: Arc::new(base::WallClock),
            entropy: Arc::new(base::SystemEntropy),
            adapters: Arc::new(Nobody),
            scripts: crate::ScriptHosts::default(),
            script_limits: script::Limits::default(),
            secrets: Arc::new(Nobody),
            retention: Retention::default(),
            max_runs: 4,
        };
        let place = Place::delivery("f", "r");
        let ids = [DeliveryId([1; 16]), DeliveryId([2; 16])];
        let entry =
            |id: &DeliveryId| put(NewEntry { due: LATER, expires: LATER, ..new_entry(&place, &id.to_string()) });
        options.store.commit(ids.iter().map(entry).collect()).await.unwrap();
        let runtime = Runtime::start(options).await.unwrap();
        let shared = &runtime.shared;
        let run = RunLocks::new(Arc::clone(&shared.locks), RunId::from_text("r"));
        assert!(run.try_take(Lock::Entry(place.clone(), ids[0].to_string()), None));
        one(shared, &place, &Outage { failed: ids.into(), since: Arc::default() }).await.unwrap();
        let all = shared.options.store.entries(EntryFilter::default()).await.unwrap();
        assert_eq!(all.iter().map(|info| info.due == LATER).collect::<Vec<_>>(), [true, false]);
        runtime.shutdown(Duration::from_secs(1)).await;
    }
}
