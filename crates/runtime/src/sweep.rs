//! The sweeper: removes what has expired, every hour of stored time, and says in the message log what it removed.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use base::{Status, Timestamp};
use store::{Change, EntryInfo, Expired, PlaceKind, StoreError};

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
            if next <= now {
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
