//! Timers: the next due time is stored, a tick is committed before its run, and what was missed is said once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base::{CorrelationId, Message, MessageId, Timestamp};
use engine::Trigger;
use flow::{Flow, ProcessIx, Schedule, TimerSender};
use jiff::tz::TimeZone;
use store::Change;

use super::{NAP, STORE_PAUSE};
use crate::deploy::{self, Obstacle, Slot};
use crate::run::{self, Job};
use crate::runtime::Shared;
use crate::wake::{Bell, Ear};

/// Missed ticks of a cron schedule are counted up to this.
const COUNTED: u64 = 10_000;

/// A timer of a deployed flow.
pub(crate) struct Timer {
    /// Its process.
    pub process: ProcessIx,
    schedule: Schedule,
    zone: TimeZone,
    identity: String,
    next: Mutex<Option<Timestamp>>,
    by_hand: AtomicBool,
    running: AtomicBool,
    bell: Mutex<Option<Arc<Bell>>>,
}

/// What is due of a schedule at a time.
#[derive(Debug, PartialEq, Eq)]
struct Due {
    /// Ticks that are due.
    count: u64,
    /// The latest of them.
    last: Timestamp,
    /// The first one after now.
    following: Option<Timestamp>,
}

impl Timer {
    /// Reads where the timer stands, and computes its first tick where its schedule is new.
    pub async fn prepare(
        shared: &Shared,
        flow: &Flow,
        process: ProcessIx,
        sender: &TimerSender,
        asked: Timestamp,
    ) -> Result<Self, Obstacle> {
        let zone = TimeZone::get(&sender.zone)
            .map_err(|_| Obstacle::of(format!("there is no time zone `{}`", sender.zone)))?;
        let identity = match &sender.schedule {
            Schedule::OnDeployment => format!("on deployment {:016x}", flow.fingerprint),
            Schedule::At(at) => format!("at {at}"),
            Schedule::Every(every) => format!("every {} ms", every.as_millis()),
            Schedule::Cron(_, text) => format!("cron {text} in {}", sender.zone),
        };
        let timer = Timer {
            process,
            schedule: sender.schedule.clone(),
            zone,
            identity,
            next: Mutex::new(None),
            by_hand: AtomicBool::new(false),
            running: AtomicBool::new(false),
            bell: Mutex::new(None),
        };
        let name = deploy::process_name(flow, process).to_owned();
        let known = shared.options.store.tick(&flow.name, &name).await.map_err(|e| Obstacle::store("its timer", e))?;
        let next = match known.filter(|state| state.schedule == timer.identity) {
            Some(state) => state.next,
            None => {
                let now = shared.options.clock.now();
                let next = match &timer.schedule {
                    Schedule::OnDeployment => Some(now),
                    Schedule::At(at) if *at < asked => {
                        return Err(Obstacle::of(format!("its timer is in the past: {at}")));
                    }
                    Schedule::At(at) => Some(*at),
                    Schedule::Every(_) | Schedule::Cron(..) => timer.after(now),
                };
                let change = Change::Tick {
                    flow: flow.name.clone(),
                    process: name,
                    schedule: timer.identity.clone(),
                    last: None,
                    next,
                };
                shared.commit(vec![change]).await.map_err(|e| Obstacle::store("its timer could not be stored", e))?;
                next
            }
        };
        timer.set_next(next);
        Ok(timer)
    }

    /// When it ticks next.
    pub fn next(&self) -> Option<Timestamp> {
        *self.next.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_next(&self, next: Option<Timestamp>) {
        *self.next.lock().unwrap_or_else(PoisonError::into_inner) = next;
    }

    /// Ticks now, beside its schedule.
    pub fn tick_now(&self) {
        self.by_hand.store(true, Ordering::SeqCst);
        if let Some(bell) = &*self.bell.lock().unwrap_or_else(PoisonError::into_inner) {
            bell.ring();
        }
    }

    /// The schedule for people.
    pub fn describe(&self) -> String {
        match &self.schedule {
            Schedule::OnDeployment => "timer on deployment".to_owned(),
            Schedule::At(at) => format!("timer at {at}"),
            Schedule::Every(every) => format!("timer every {}", base::format_duration(*every)),
            Schedule::Cron(_, text) => format!("timer cron {text}"),
        }
    }

    /// The first tick after a tick.
    fn after(&self, tick: Timestamp) -> Option<Timestamp> {
        match &self.schedule {
            Schedule::OnDeployment | Schedule::At(_) => None,
            Schedule::Every(every) => Some(tick.plus((*every).max(Duration::from_millis(1)))),
            Schedule::Cron(cron, _) => {
                let from = tick.to_jiff().to_zoned(self.zone.clone());
                let next = cron.find_next_occurrence(&from, false).ok()?;
                let next = Timestamp::from(next.timestamp());
                // A schedule that does not move on would tick for ever.
                (next > tick).then_some(next)
            }
        }
    }

    /// A tick that is further away than the next one can be was planned before the clock was put back.
    fn follow(&self, now: Timestamp) {
        if let (Some(next), Some(sooner)) = (self.next(), self.after(now))
            && sooner < next
        {
            tracing::warn!("the clock was put back to {now}: a timer ticks at {sooner} and not at {next}");
            self.set_next(Some(sooner));
        }
    }

    /// What is due now, where the next tick is not in the future.
    fn due(&self, next: Timestamp, now: Timestamp) -> Due {
        if let Schedule::Every(every) = &self.schedule {
            let step = i64::try_from(every.as_millis()).unwrap_or(i64::MAX).max(1);
            let more = now.0.saturating_sub(next.0) / step;
            let last = Timestamp(next.0.saturating_add(more.saturating_mul(step)));
            let count = u64::try_from(more).unwrap_or(0).saturating_add(1);
            return Due { count, last, following: self.after(last) };
        }
        let mut due = Due { count: 1, last: next, following: self.after(next) };
        while let Some(following) = due.following
            && following <= now
        {
            if due.count >= COUNTED {
                due.following = self.after(now);
                break;
            }
            due = Due { count: due.count + 1, last: following, following: self.after(following) };
        }
        due
    }
}

/// Starts a timer's dispatcher.
pub(super) fn start(shared: &Arc<Shared>, slot: &Arc<Slot>, timer: &Arc<Timer>) {
    let ear = shared.hub.listen(None);
    *timer.bell.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(ear.bell()));
    let busy = shared.hub.activity().enter();
    let task = dispatch(Arc::clone(shared), Arc::clone(slot), Arc::clone(timer), ear, busy);
    shared.spawn_dispatcher(task);
}

async fn dispatch(shared: Arc<Shared>, slot: Arc<Slot>, timer: Arc<Timer>, ear: Ear, busy: crate::wake::Busy) {
    let mut busy = Some(busy);
    // Ticks that came due while Semel was down or the flow was stopped were missed; they are not made up for.
    let mut away = true;
    loop {
        let mut wait = NAP;
        if !slot.started() {
            away = true;
        } else if !slot.cancel.is_cancelled() {
            if timer.by_hand.swap(false, Ordering::SeqCst) {
                fire(&shared, &slot, &timer, "timer, by hand");
            }
            let now = shared.options.clock.now();
            timer.follow(now);
            match timer.next() {
                Some(next) if next <= now => {
                    wait =
                        if tick(&shared, &slot, &timer, next, now, away).await { Duration::ZERO } else { STORE_PAUSE };
                }
                Some(next) => wait = shared.options.clock.real(next.since(now)).clamp(Duration::from_millis(1), NAP),
                None => {}
            }
            away = away && wait == STORE_PAUSE;
        }
        if wait.is_zero() {
            continue;
        }
        drop(busy.take());
        tokio::select! {
            biased;
            () = slot.cancel.cancelled() => return,
            token = ear.bell().wait() => busy = Some(token),
            () = tokio::time::sleep(wait) => busy = Some(shared.hub.activity().enter()),
        }
    }
}

/// Commits a tick and runs it. `false` where the store could not write: nothing happened.
async fn tick(
    shared: &Arc<Shared>,
    slot: &Arc<Slot>,
    timer: &Arc<Timer>,
    next: Timestamp,
    now: Timestamp,
    away: bool,
) -> bool {
    let due = timer.due(next, now);
    let change = Change::Tick {
        flow: slot.flow.name.clone(),
        process: deploy::process_name(&slot.flow, timer.process).to_owned(),
        schedule: timer.identity.clone(),
        last: Some(due.last),
        next: due.following,
    };
    if let Err(error) = shared.commit(vec![change]).await {
        tracing::error!(flow = slot.flow.name, %error, "a timer could not be stored; trying again");
        return false;
    }
    timer.set_next(due.following);
    let missed_all = away && due.last < now && !matches!(timer.schedule, Schedule::OnDeployment);
    let missed = if missed_all { due.count } else { due.count - 1 };
    if missed > 0 {
        let what = if missed == 1 { "1 tick was".to_owned() } else { format!("{missed} ticks were") };
        let reason = format!("{what} missed since {next}, while the flow was not running");
        shared.log_discarded(&slot.flow, "timer", reason);
    }
    if !missed_all {
        fire(shared, slot, timer, "timer");
    }
    true
}

/// Runs a tick, unless the run before still works.
fn fire(shared: &Arc<Shared>, slot: &Arc<Slot>, timer: &Arc<Timer>, text: &str) {
    if timer.running.swap(true, Ordering::SeqCst) {
        shared.log_discarded(&slot.flow, text, "the run of the tick before was still working".to_owned());
        return;
    }
    let message_id = MessageId::fresh(shared.options.clock.now(), shared.options.entropy.as_ref());
    let job = Job {
        flow: Arc::clone(&slot.flow),
        state: Arc::clone(&slot.state),
        process: timer.process,
        message: Message::default(),
        correlation: CorrelationId::from(&message_id),
        message_id,
        trigger: Trigger::Timer,
        text: text.to_owned(),
        keyed: None,
        origin: None,
        depth: 0,
        alerts: true,
    };
    let (task, timer) = (Arc::clone(shared), Arc::clone(timer));
    shared.spawn(async move {
        let permit = tokio::select! {
            biased;
            permit = task.gate.acquire() => permit,
            () = task.kill.cancelled() => return,
        };
        if let Err(error) = run::run(&task, job).await {
            tracing::error!(%error, "a timer's run could not begin");
        }
        timer.running.store(false, Ordering::SeqCst);
        drop(permit);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timer(schedule: Schedule) -> Timer {
        Timer {
            process: 0,
            schedule,
            zone: TimeZone::UTC,
            identity: String::new(),
            next: Mutex::new(None),
            by_hand: AtomicBool::new(false),
            running: AtomicBool::new(false),
            bell: Mutex::new(None),
        }
    }

    #[test]
    fn due_ticks_are_counted_without_walking_through_them() {
        let every = timer(Schedule::Every(Duration::from_millis(10)));
        let cases = [
            (0, 1, 0, 10),
            (9, 1, 0, 10),
            (10, 2, 10, 20),
            (1_000_000_000_005, 100_000_000_001, 1_000_000_000_000, 1_000_000_000_010),
        ];
        for (now, count, last, following) in cases {
            let expect = Due { count, last: Timestamp(last), following: Some(Timestamp(following)) };
            assert_eq!(every.due(Timestamp(0), Timestamp(now)), expect, "now {now}");
        }
        let once = timer(Schedule::At(Timestamp(5)));
        assert_eq!(once.due(Timestamp(5), Timestamp(9)), Due { count: 1, last: Timestamp(5), following: None });
    }

    #[test]
    fn a_clock_that_is_put_back_stops_no_timer() {
        let cron = croner::parser::CronParser::builder().build().parse("0 8 * * *").unwrap();
        let at = |text: &str| Timestamp::from(text.parse::<jiff::Timestamp>().unwrap());
        let now = at("2026-03-27T07:00:00Z");
        let day = Duration::from_secs(86_400);
        let cases = [
            (Schedule::Every(Duration::from_secs(60)), now.plus(day), now.plus(Duration::from_secs(60))),
            (
                Schedule::Every(Duration::from_secs(60)),
                now.plus(Duration::from_secs(59)),
                now.plus(Duration::from_secs(59)),
            ),
            (
                Schedule::Every(Duration::from_secs(60)),
                now.plus(Duration::from_secs(60)),
                now.plus(Duration::from_secs(60)),
            ),
            (
                Schedule::Cron(Box::new(cron.clone()), String::new()),
                at("2027-03-27T08:00:00Z"),
                at("2026-03-27T08:00:00Z"),
            ),
            (Schedule::Cron(Box::new(cron), String::new()), at("2026-03-27T08:00:00Z"), at("2026-03-27T08:00:00Z")),
            // A moment stays what it is.
            (Schedule::At(now.plus(day)), now.plus(day), now.plus(day)),
        ];
        for (schedule, next, expect) in cases {
            let timer = timer(schedule);
            timer.set_next(Some(next));
            timer.follow(now);
            assert_eq!(timer.next(), Some(expect), "{next}");
        }
    }

    #[test]
    fn cron_keeps_to_its_zone_over_a_change_of_the_clocks() {
        let cron = croner::parser::CronParser::builder().build().parse("0 8 * * *").unwrap();
        let mut timer = timer(Schedule::Cron(Box::new(cron), "0 8 * * *".to_owned()));
        timer.zone = TimeZone::get("Europe/Berlin").unwrap();
        let at = |text: &str| Timestamp::from(text.parse::<jiff::Timestamp>().unwrap());
        let due = timer.due(at("2026-03-27T07:00:00Z"), at("2026-03-29T06:30:00Z"));
        let expect = Due { count: 3, last: at("2026-03-29T06:00:00Z"), following: Some(at("2026-03-30T06:00:00Z")) };
        assert_eq!(due, expect);
    }
}
