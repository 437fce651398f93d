//! After an outage: what was put off because of it is due at once, oldest first; limits hold as always.

use std::sync::Arc;

use base::{Class, DeliveryId};
use store::{Change, EntryFilter, EntryInfo, EntryState, Place, StoreError};

use crate::circuit::Outage;
use crate::runtime::Shared;

/// Entries in one look and one commit.
const PAGE: u32 = 500;

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
        let intent = info.error.as_deref() == Some(engine::NO_OUTCOME);
        let Ok(id) = info.id.parse::<DeliveryId>() else { return false };
        !intent && !outage.since.has(id) && (!keeps_refused || outage.failed.contains(&id))
    };
    let now = shared.options.clock.now();
    let (state, due_after) = (Some(EntryState::Waiting), Some(now));
    let mut filter =
        EntryFilter { place: Some(place.clone()), state, due_after, limit: PAGE, ..EntryFilter::default() };
    loop {
        // Nobody claims what is looked at before it is changed.
        let alone = shared.claims.write().await;
        let page = shared.options.store.entries(filter.clone()).await?;
        let changes: Vec<Change> = page.iter().filter(|info| over(info)).map(|info| due_now(info, now)).collect();
        if !changes.is_empty() {
            shared.commit(changes).await.map_err(|error| StoreError(error.to_string()))?;
        }
        drop(alone);
        match page.last() {
            Some(last) if page.len() >= PAGE as usize => filter.after = Some(last.key),
            _ => return Ok(()),
        }
    }
}

fn due_now(info: &EntryInfo, now: base::Timestamp) -> Change {
    Change::Reschedule {
        key: info.key,
        state: EntryState::Waiting,
        due: now,
        retries: info.retries,
        crashes: info.crashes,
        doubt: info.doubt,
        error: info.error.clone(),
    }
}
