//! What waits for later is brought forward: page by page, while nobody claims any of it.

use store::{Change, EntryFilter, EntryInfo, EntryState, Place, StoreError};

use crate::runtime::Shared;

/// Entries in one look and one commit.
const PAGE: u32 = 500;

/// Gives what waits for later another due time: in one place, or in all. `change` says how for an entry, and `None` where
/// it keeps its own.
pub(crate) async fn bring_forward(
    shared: &Shared,
    place: Option<&Place>,
    change: impl Fn(&EntryInfo) -> Option<Change>,
) -> Result<(), StoreError> {
    let (state, due_after) = (Some(EntryState::Waiting), Some(shared.options.clock.now()));
    let mut filter = EntryFilter { place: place.cloned(), state, due_after, limit: PAGE, ..EntryFilter::default() };
    loop {
        // Nobody claims what is looked at before it is changed.
        let alone = shared.claims.write().await;
        let page = shared.options.store.entries(filter.clone()).await?;
        let last = page.last().map(|info| info.key).filter(|_| page.len() >= PAGE as usize);
        // A run or an attempt that is at it says itself what comes of it.
        let free = page.into_iter().filter(|info| !shared.locks.holds_entry(&info.place, &info.id));
        let changes: Vec<Change> = free.filter_map(|info| change(&info)).collect();
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
