//! Intents that a crash left: nobody waits for their calls any more, so their receivers are asked sooner.

use flow::InDoubt;
use store::{Change, EntryFilter, EntryInfo, EntryState, Place, PlaceKind, StoreError};

use super::due_at;
use crate::deploy::Slot;
use crate::runtime::Shared;

/// Entries in one look and one commit.
const PAGE: u32 = 500;

/// Brings forward what is asked about in a place; nothing where its receiver cannot be asked.
pub(super) async fn ask_soon(shared: &Shared, slot: &Slot, place: &Place) -> Result<(), StoreError> {
    let receiver = slot.flow.receivers.get(&place.name).filter(|_| place.kind == PlaceKind::Delivery);
    let Some(receiver) = receiver.filter(|receiver| matches!(receiver.in_doubt, InDoubt::Probe(_))) else {
        return Ok(());
    };
    let now = shared.options.clock.now();
    let lapse = shared.options.retention.keep(shared.options.clock.as_ref()).lapse;
    let (state, due_after) = (Some(EntryState::Waiting), Some(now));
    let mut filter =
        EntryFilter { place: Some(place.clone()), state, due_after, limit: PAGE, ..EntryFilter::default() };
    loop {
        // Nobody claims what is looked at before it is changed.
        let alone = shared.claims.write().await;
        let page = shared.options.store.entries(filter.clone()).await?;
        let last = page.last().map(|info| info.key).filter(|_| page.len() >= PAGE as usize);
        // A run that is sending it says itself what comes of it.
        let left = |info: &EntryInfo| {
            info.error.as_deref() == Some(engine::NO_OUTCOME) && !shared.locks.holds_entry(&info.place, &info.id)
        };
        let soon = |info: EntryInfo| (engine::asked_at(receiver, &info, lapse, now), info);
        let sooner = page.into_iter().filter(left).map(soon).filter(|(due, info)| *due < info.due);
        let changes: Vec<Change> = sooner.map(|(due, info)| due_at(info, due)).collect();
        if !changes.is_empty() {
            shared.commit(changes).await.map_err(|error| StoreError(error.to_string()))?;
        }
        drop(alone);
        filter.after = last;
        if last.is_none() {
            return Ok(());
        }
    }
}
