//! The sweeper: removes what has expired, every hour of stored time, and says in the message log what it removed.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use base::{RunId, Status, Timestamp};
use store::{Change, EntryInfo, Expired, LogEvent, PlaceKind, StoreError};
use tokio::task::JoinHandle;

use crate::consumers::due_at;
use crate::consumers::{self, NAP};
use crate::runtime::Shared;
use crate::sooner::bring_forward;

const EVERY: Duration = Duration::from_secs(3_600);
const BATCH: u32 = 500;
/// Most batches of one sweep; the rest waits for the next one.
const BATCHES: usize = 2_000;

/// A longer time between two sweeps means that Semel was off for long, or that the clock jumped: nobody can tell.
const GAP: Duration = Duration::from_secs(7 * 86_400);
/// So long nothing is removed after such a gap, for somebody to see it and to put the clock right.
const GRACE: Duration = Duration::from_secs(86_400);
/// The timer row that remembers what is known of the clock; no flow has this name. Its schedule is the last time at
/// which the clock was trusted.
const NAME: &str = "sweep";

/// Starts the sweeper; its first sweep is as soon as the log was compared with the store, which would take what expires
/// meanwhile for delivered.
pub(crate) fn start(shared: &Arc<Shared>, compared: JoinHandle<Option<()>>) {
    let task = Arc::clone(shared);
    let mut busy = Some(shared.hub.activity().enter());
    let ear = shared.hub.listen(None);
    shared.spawn_dispatcher(async move {
        tokio::select! {
            biased;
            () = task.stop.cancelled() => return,
            _ = compared => {}
        }
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

/// What is known of the clock from one sweep to the next; stored, so that a restart knows it too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Known {
    /// The last sweep.
    last: Option<Timestamp>,
    /// The last one that trusted the clock.
    sure: Option<Timestamp>,
    /// Until then nothing is removed.
    held: Option<Timestamp>,
}

impl Known {
    /// What is known after a look at the clock. Each gap begins a hold of its own, also during another one.
    fn look(self, now: Timestamp) -> Known {
        let sure = if self.held.is_some() { self.sure } else { self.last };
        let held = self.last.and_then(|last| {
            let gap = now.since(last);
            let until = match self.held {
                _ if gap > GAP => now.plus(GRACE),
                None => return None,
                // Put back to where it was trusted, or before: it was wrong, and now it is right.
                Some(_) if now < last && sure.is_some_and(|sure| now <= sure.plus(GAP)) => return None,
                Some(until) if now < last => until.min(now.plus(GRACE)),
                // Nobody saw anything while Semel was off for so long: what is left of the hold is still to come.
                Some(until) if gap > GRACE => now.plus(until.since(last)),
                Some(until) => until,
            };
            Some(until).filter(|until| *until > now)
        });
        Known { last: Some(now), sure: if held.is_some() { sure } else { Some(now) }, held }
    }
}

/// Whether it is safe to remove by this clock. After a long gap it is not, for a while; remembered over restarts.
async fn trusts_the_clock(shared: &Shared, now: Timestamp) -> Result<bool, StoreError> {
    let tick = shared.options.store.tick("", NAME).await?;
    let known = tick.map_or_else(Known::default, |tick| {
        let sure = tick.schedule.parse().ok().map(Timestamp);
        Known { last: tick.last, sure, held: tick.next }
    });
    if let Some(last) = known.last
        && last > now.plus(EVERY)
    {
        tracing::warn!("the clock was put back from {last} to {now}: what waits for later is due now");
        pull_forward(shared, now).await?;
    }
    let next = known.look(now);
    match (known.last, known.held, next.held) {
        (Some(last), held, Some(until)) if held != next.held => tracing::warn!(
            "S0301: the clock says {now}, and the last sweep was at {last}: nothing that has expired is removed before \
             {until}; if the clock is wrong, put it right before then"
        ),
        (Some(last), Some(until), None) if now < last => {
            tracing::warn!("the clock was put back to {now}; nothing is held any more until {until}");
        }
        _ => {}
    }
    let (flow, process) = (String::new(), NAME.to_owned());
    let schedule = next.sure.map(|sure| sure.0.to_string()).unwrap_or_default();
    let tick = Change::Tick { flow, process, schedule, last: next.last, next: next.held };
    if let Err(error) = shared.commit(vec![tick]).await {
        tracing::error!(%error, "the time of a sweep could not be kept");
    }
    Ok(next.held.is_none())
}

/// What a wrong clock told to wait would wait until that time comes: it is due now. Waiting less than planned does no
/// harm, circuits and limits hold all the same.
async fn pull_forward(shared: &Shared, now: Timestamp) -> Result<(), StoreError> {
    let brought = bring_forward(shared, None, |info| Some(due_at(info.clone(), now))).await;
    shared.hub.ring_all();
    brought
}

async fn sweep(shared: &Shared) {
    let now = shared.options.clock.now();
    match trusts_the_clock(shared, now).await {
        Ok(true) => {}
        Ok(false) => return,
        Err(error) => {
            return tracing::error!(%error, "the clock could not be judged, or what waits not brought forward; the next sweep tries again");
        }
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
                        Expired::Entry(info) => entry(shared, &info).await,
                        Expired::Variable(scope, name) => {
                            tracing::info!(flow = scope.flow(), name, "a variable expired");
                        }
                    }
                }
                // The log takes only so much at once, and these lines are all that is left.
                shared.options.log.flush().await;
                if last {
                    break;
                }
            }
            // A message stays in the log as long as something is parked for it.
            Err(error) => return tracing::error!(%error, "cannot remove what has expired; the next sweep tries again"),
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

/// An entry expired: its message says so, and who waits behind it has its turn.
async fn entry(shared: &Shared, info: &EntryInfo) {
    let text = format!("{} in {} expired before it was processed", info.id, info.place);
    match info.place.kind {
        PlaceKind::Delivery | PlaceKind::Inbox => {
            // What never ran, or was swept from the log by its own time, is in no list: now it is.
            if let Ok(None) = shared.options.log.message(&info.message_id).await {
                shared.options.log.record(LogEvent::Started {
                    message: info.message_id.clone(),
                    correlation: info.correlation.clone(),
                    flow: info.place.flow.clone(),
                    run: RunId::fresh(shared.options.entropy.as_ref()),
                    at: info.created,
                    trigger: NAME.to_owned(),
                });
            }
            shared.log_status(&info.message_id, Status::Discarded, &text);
        }
        PlaceKind::Queue if info.retries > 0 || info.crashes > 0 => {
            shared.log_status(&consumers::message_id(info), Status::Discarded, &text);
        }
        PlaceKind::Queue | PlaceKind::DataStore => {}
    }
    shared.log_line(&info.message_id, text);
    shared.hub.ring(&info.place);
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;
    const DAY: i64 = 24 * HOUR;

    /// Looks at the clock at these times; `-` where nothing is removed then.
    fn check(name: &str, looks: &[(i64, char)]) {
        let mut known = Known::default();
        for (at, expect) in looks {
            known = known.look(Timestamp(*at));
            let seen = if known.held.is_some() { '-' } else { '+' };
            assert_eq!(seen, *expect, "{name}, at {} h: {known:?}", at / HOUR);
            assert!(known.held.is_none_or(|until| until <= Timestamp(*at).plus(GRACE)), "{name}: {known:?}");
        }
    }

    #[test]
    fn each_gap_begins_a_hold_of_its_own() {
        let (far, farther) = (100 * DAY, 200 * DAY);
        check("none", &[(0, '+'), (HOUR, '+'), (6 * DAY, '+'), (13 * DAY, '+')]);
        check("one", &[(0, '+'), (far, '-'), (far + 23 * HOUR, '-'), (far + 24 * HOUR, '+'), (far + 25 * HOUR, '+')]);
        check(
            "twice, at once",
            &[(0, '+'), (far, '-'), (farther, '-'), (farther + 23 * HOUR, '-'), (farther + DAY, '+')],
        );
        let late = far + 23 * HOUR;
        let whole =
            [(0, '+'), (far, '-'), (late, '-'), (farther, '-'), (farther + 23 * HOUR, '-'), (farther + DAY, '+')];
        check("again, late in the hold", &whole);
        check("twice, a little more", &[(0, '+'), (178 * DAY, '-'), (186 * DAY, '-'), (187 * DAY, '+')]);
        let again =
            [(0, '+'), (far, '-'), (far + DAY, '+'), (farther, '-'), (farther + HOUR, '-'), (farther + DAY, '+')];
        check("after the first hold ended", &again);
        // Off for less than a gap, but longer than the hold: the rest of the hold is still to come, and it ends.
        let off = far + 6 * DAY;
        check(
            "off during a hold",
            &[(0, '+'), (far, '-'), (far + 20 * HOUR, '-'), (off, '-'), (off + 3 * HOUR, '-'), (off + 5 * HOUR, '+')],
        );
        let mut seldom = vec![(0, '+')];
        seldom.extend((0..24).flat_map(|n| [(far + n * 2 * DAY, '-'), (far + n * 2 * DAY + HOUR, '-')]));
        *seldom.last_mut().unwrap_or(&mut (0, ' ')) = (far + 46 * DAY + HOUR, '+');
        check("an hour each second day", &seldom);
        check("at night off", &[(0, '+'), (far, '-'), (far + 8 * HOUR, '-'), (far + DAY, '+')]);
    }

    #[test]
    fn a_clock_that_is_put_back_is_trusted_where_it_was_trusted_before() {
        let (far, farther) = (100 * DAY, 200 * DAY);
        check("right again", &[(0, '+'), (far, '-'), (HOUR, '+'), (2 * HOUR, '+'), (6 * DAY, '+')]);
        check("right again after days", &[(0, '+'), (far, '-'), (7 * DAY, '+')]);
        check("before all", &[(5 * DAY, '+'), (far, '-'), (0, '+'), (far, '-'), (5 * DAY, '+')]);
        // Still far from where it was trusted: no better than before.
        check("half way", &[(0, '+'), (farther, '-'), (far, '-'), (far + 23 * HOUR, '-'), (far + DAY, '+')]);
        check("half way, and right", &[(0, '+'), (farther, '-'), (far, '-'), (HOUR, '+')]);
        check("a second", &[(0, '+'), (far, '-'), (far - 1_000, '-'), (far + 23 * HOUR, '-'), (far + DAY, '+')]);
        check(
            "to and fro",
            &[(0, '+'), (far, '-'), (HOUR, '+'), (farther, '-'), (far, '-'), (farther, '-'), (2 * HOUR, '+')],
        );
        check("back, without a hold", &[(far, '+'), (DAY, '+'), (far, '-'), (far + DAY, '+')]);
        let known = Known { last: Some(Timestamp(far)), sure: None, held: Some(Timestamp(far + DAY)) };
        assert!(known.look(Timestamp(HOUR)).held.is_some(), "nobody knows whether it is right");
    }
}
