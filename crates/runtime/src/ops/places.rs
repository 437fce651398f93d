//! What operators see of places and entries: what the store has, but what a run is sending is taken, and not in doubt.
//!
//! With `hold` and `probe` a send is stored as a doubt before it is made, because a crash must not forget it. Until the
//! run ends nobody has to doubt it: the run says what came of it.

use base::EntryKey;
use store::{Entry, EntryFilter, EntryInfo, EntryState, Place, PlaceKind, PlaceSummary};

use super::{Answer, Ops, OpsError};
use crate::locks::Look;

/// Entries in one page.
const PAGE: u32 = 1_000;
/// Most entries of a place in one state that are compared with what runs hold.
const COMPARED: usize = 10_000;

/// Whether an entry stands for a send that a run is making.
fn under_way(look: &Look<'_>, info: &EntryInfo) -> bool {
    let intent = info.doubt && matches!(info.state, EntryState::InDoubt | EntryState::Waiting);
    intent && info.place.kind == PlaceKind::Delivery && look.has(&info.place, &info.id)
}

/// An entry as people see it.
fn shown(look: &Look<'_>, info: EntryInfo) -> EntryInfo {
    if under_way(look, &info) {
        EntryInfo { state: EntryState::Taken, doubt: false, error: None, ..info }
    } else {
        info
    }
}

#[expect(clippy::missing_errors_doc, reason = "all fail the same way: OpsError says how")]
impl Ops {
    /// Queues, data stores, parked deliveries, inboxes.
    pub async fn places(&self, kind: Option<PlaceKind>) -> Answer<Vec<PlaceSummary>> {
        let shared = &self.runtime.shared;
        let look = shared.locks.look();
        let mut all = shared.options.store.places(kind, shared.options.clock.now()).await?;
        let live = look.places();
        for line in all.iter_mut().filter(|line| line.in_doubt > 0 && live.contains(&line.place)) {
            let (doubts, compared) = self.doubts_of(&line.place, &look).await?;
            let doubts = if compared < COMPARED {
                doubts
            } else {
                doubts.saturating_add(line.in_doubt.saturating_sub(compared as u64))
            };
            line.blocked = line.blocked.saturating_sub(line.in_doubt).saturating_add(doubts);
            line.waiting = line.waiting.saturating_add(line.in_doubt.saturating_sub(doubts));
            line.in_doubt = doubts;
        }
        Ok(all)
    }

    /// Entries without payload.
    pub async fn entries(&self, mut filter: EntryFilter) -> Answer<Vec<EntryInfo>> {
        let shared = &self.runtime.shared;
        let store = &shared.options.store;
        let look = shared.locks.look();
        filter.limit = if filter.limit == 0 { PAGE } else { filter.limit };
        let limit = filter.limit as usize;
        match filter.state {
            Some(EntryState::InDoubt | EntryState::Waiting) => {
                let mut all = Vec::new();
                // Callers go on while pages are full: what is left out is made up for.
                loop {
                    let page = store.entries(filter.clone()).await?;
                    let full = page.len() >= filter.limit as usize;
                    filter.after = page.last().map(|info| info.key);
                    filter.limit = PAGE;
                    all.extend(page.into_iter().filter(|info| !under_way(&look, info)));
                    if !full || all.len() >= limit {
                        all.truncate(limit);
                        return Ok(all);
                    }
                }
            }
            Some(EntryState::Taken) => {
                let mut all = store.entries(filter.clone()).await?;
                let live = look.places();
                if filter.place.as_ref().map_or(!live.is_empty(), |place| live.contains(place)) {
                    for state in [EntryState::InDoubt, EntryState::Waiting] {
                        self.sends(EntryFilter { state: Some(state), ..filter.clone() }, &look, &mut all).await?;
                    }
                }
                all.sort_by_key(|info| info.key);
                all.dedup_by_key(|info| info.key);
                all.truncate(limit);
                Ok(all)
            }
            _ => Ok(store.entries(filter).await?.into_iter().map(|info| shown(&look, info)).collect()),
        }
    }

    /// One entry with its payload.
    pub async fn entry(&self, key: EntryKey) -> Answer<Entry> {
        let shared = &self.runtime.shared;
        let look = shared.locks.look();
        match shared.options.store.entry(key).await? {
            Some(Entry { info, message }) => Ok(Entry { info: shown(&look, info), message }),
            None => Err(OpsError::new(404, "R0102", format!("there is no entry {key}"))),
        }
    }

    /// The doubts of a place, and how many entries were compared.
    async fn doubts_of(&self, place: &Place, look: &Look<'_>) -> Answer<(u64, usize)> {
        let state = Some(EntryState::InDoubt);
        let mut filter = EntryFilter { place: Some(place.clone()), state, limit: PAGE, ..EntryFilter::default() };
        let (mut doubts, mut compared) = (0, 0);
        while compared < COMPARED {
            let page = self.runtime.shared.options.store.entries(filter.clone()).await?;
            compared += page.len();
            doubts += page.iter().filter(|info| !under_way(look, info)).count() as u64;
            filter.after = page.last().map(|info| info.key);
            if page.len() < PAGE as usize {
                break;
            }
        }
        Ok((doubts, compared))
    }

    /// Adds the sends under way that a filter gives.
    async fn sends(&self, mut filter: EntryFilter, look: &Look<'_>, all: &mut Vec<EntryInfo>) -> Answer<()> {
        filter.limit = PAGE;
        for _ in 0..COMPARED / PAGE as usize {
            let page = self.runtime.shared.options.store.entries(filter.clone()).await?;
            let full = page.len() >= PAGE as usize;
            filter.after = page.last().map(|info| info.key);
            all.extend(page.into_iter().filter(|info| under_way(look, info)).map(|info| shown(look, info)));
            if !full {
                break;
            }
        }
        Ok(())
    }
}
