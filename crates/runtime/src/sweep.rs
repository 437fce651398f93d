//! The sweeper: removes what has expired, every hour of stored time, and says in the message log what it removed.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use base::{Status, Timestamp};
use store::{Change, EntryFilter, EntryInfo, EntryState, Expired, PlaceKind, StoreError};

use crate::consumers::{self, NAP};
use crate::runtime::Shared;

const EVERY: Duration = Duration::from_secs(3_600);
const BATCH: u32 = 500;
/// Most batches of one sweep; the rest waits for the next one.
const BATCHES: usize = 2_000;

/// A longer time between two sweeps means that Semel was off for long, or that the clock jumped: nobody can tell.
const GAP: Duration = Duration::from_secs(7 * 86_400);
/// So long nothing is removed after such a gap, for somebody to see it and to put the clock right.
const GRACE: Duration = Duration::from_secs(86_400);
/// The timer row that remembers the last sweep; no flow has this name.
const NAME: &str = "sweep";

/// Starts the sweeper; its first sweep is now.
pub(crate) fn start(shared: &Arc<Shared>) {
    let task = Arc::clone(shared);
    let mut busy = Some(shared.hub.activity().enter());
    let ear = shared.hub.listen(None);
    shared.spawn_dispatcher(async move {
        loop {
            let now = task.options.clock.now();
            let mut next = *task.next_sweep.lock().unwrap_or_else(PoisonError::into_inner);
            // A sweep that is further away than the next one can be was planned before the clock was put back.
            if next <= now || next > now.plus(EVERY) {
                next = now.plus(EVERY);
                *task.next_sweep.lock().unwrap_or_else(PoisonError::into_inner) = next;
                sweep(&task).await;
            }
            drop(busy.take());
            let wait = task.options.clock.real(next.since(now)).min(NAP);
            tokio::select! {
                biased;
                () = task.stop.cancelled() => return,
                token = ear.bell().wait() => busy = Some(token),
                () = tokio::time::sleep(wait) => busy = Some(task.hub.activity().enter()),
            }
        }
    });
}

/// Whether it is safe to remove by this clock. After a long gap it is not, for a while; remembered over restarts.
async fn trusts_the_clock(shared: &Shared, now: Timestamp) -> Result<bool, StoreError> {
    let tick = shared.options.store.tick("", NAME).await?;
    let (last, held) = tick.map_or((None, None), |tick| (tick.last, tick.next));
    if let Some(last) = last
        && last > now.plus(EVERY)
    {
        tracing::warn!("the clock was put back from {last} to {now}: what waits for later is due now");
        pull_forward(shared, now).await?;
    }
    let next = match (last, held) {
        (Some(last), None) if now.since(last) > GAP => {
            let until = now.plus(GRACE);
            tracing::warn!(
                "S0301: the clock says {now}, and the last sweep was at {last}: nothing that has expired is removed \
                 before {until}; if the clock is wrong, put it right before then"
            );
            Some(until)
        }
        (Some(last), Some(until)) if now < last => {
            tracing::warn!("the clock was put back to {now}; nothing is held any more until {until}");
            None
        }
        (_, held) => held.filter(|until| *until > now),
    };
    let (flow, process) = (String::new(), NAME.to_owned());
    let tick = Change::Tick { flow, process, schedule: String::new(), last: Some(now), next };
    if let Err(error) = shared.commit(vec![tick]).await {
        tracing::error!(%error, "the time of a sweep could not be kept");
    }
    Ok(next.is_none())
}

/// What a wrong clock told to wait would wait until that time comes: it is due now. Waiting less than planned does no
/// harm, circuits and limits hold all the same.
async fn pull_forward(shared: &Shared, now: Timestamp) -> Result<(), StoreError> {
    let state = Some(EntryState::Waiting);
    let mut filter = EntryFilter { state, due_after: Some(now), limit: BATCH, ..EntryFilter::default() };
    loop {
        // Nobody may take what is looked at here before it is changed.
        let _alone = shared.claims.write().await;
        let page = shared.options.store.entries(filter.clone()).await?;
        let Some(last) = page.last() else { return Ok(()) };
        filter.after = Some(last.key);
        // A run that is sending it says itself what comes of it.
        let free = page.into_iter().filter(|info| !shared.locks.holds_entry(&info.place, &info.id));
        let changes: Vec<Change> = free.map(|info| consumers::due_at(info, now)).collect();
        if let Err(error) = shared.commit(changes).await {
            tracing::error!(%error, "what waits for a time that a wrong clock said could not be changed");
        }
        shared.hub.ring_all();
    }
}

async fn sweep(shared: &Shared) {
    let now = shared.options.clock.now();
    match trusts_the_clock(shared, now).await {
        Ok(true) => {}
        Ok(false) => return,
        Err(error) => return tracing::error!(%error, "cannot see when the last sweep was"),
    }
    for _ in 0..BATCHES {
        if shared.stop.is_cancelled() {
            return;
        }
        match shared.options.store.sweep(now, BATCH).await {
            Ok(expired) => {
                let last = expired.len() < BATCH as usize;
                for one in expired {
                    match one {
                        Expired::Entry(info) => entry(shared, &info),
                        Expired::Variable(scope, name) => {
                            tracing::info!(flow = scope.flow(), name, "a variable expired");
                        }
                    }
                }
                if last {
                    break;
                }
            }
            Err(error) => {
                tracing::error!(%error, "cannot remove what has expired; the next sweep tries again");
                break;
            }
        }
    }
    let keep = &shared.options.retention;
    let before = |age: Duration| {
        let age = i64::try_from(age.as_millis()).unwrap_or(i64::MAX);
        base::Timestamp(now.0.saturating_sub(age))
    };
    if let Err(error) = shared.options.log.sweep(before(keep.messages), before(keep.traces)).await {
        tracing::error!(%error, "cannot remove old messages from the message log");
    }
}

/// An entry expired: its message says so.
fn entry(shared: &Shared, info: &EntryInfo) {
    let text = format!("{} in {} expired before it was processed", info.id, info.place);
    match info.place.kind {
        PlaceKind::Delivery | PlaceKind::Inbox => shared.log_status(&info.message_id, Status::Discarded, &text),
        PlaceKind::Queue if info.retries > 0 || info.crashes > 0 => {
            shared.log_status(&consumers::message_id(info), Status::Discarded, &text);
        }
        PlaceKind::Queue | PlaceKind::DataStore => {}
    }
    shared.log_line(&info.message_id, text);
}
