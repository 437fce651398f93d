//! Consumers: one dispatcher per place that a deployed flow takes from.
//!
//! A dispatcher claims what is due, up to its free hands, starts the work and waits: for a bell (something was put,
//! some work ended, an operator did something) or until the next entry is due. The stored clock decides what is due;
//! timers of tokio only wake the dispatcher.

mod delivery;
mod entry;
mod intent;
pub(crate) mod timer;

pub(crate) use delivery::{message_status, status};
pub(crate) use entry::{due_at, release};

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use base::{EntryKey, MessageId, RunId};
use flow::{ProcessIx, RetryPolicy, SenderChannel};
use store::{Entry, EntryFilter, EntryInfo, EntryState, Place, StoreError};
use tokio::sync::Semaphore;

use crate::circuit::{Gate, Probing, System};
use crate::deploy::{self, Slot};
use crate::locks::{Lock, RunLocks};
use crate::runtime::Shared;

/// The longest a dispatcher sleeps: a clock that was set forward is noticed after this.
pub(crate) const NAP: Duration = Duration::from_secs(60);
/// How long a dispatcher waits after the store could not answer.
const STORE_PAUSE: Duration = Duration::from_secs(2);
/// The shortest that it sleeps.
const SHORTEST: Duration = Duration::from_millis(1);
/// How long it waits where something seems due and is not given.
const SHORT: Duration = Duration::from_secs(1);
/// Most entries claimed at once.
const CLAIM: usize = 32;
/// Deliveries of one receiver at once.
const DELIVERIES: u32 = 4;
/// Inbox messages of one process at once.
const INBOX: u32 = 8;

/// What is done with the entries of a place.
#[derive(Clone)]
pub(crate) enum Work {
    /// A run per entry.
    Run {
        /// Process to run.
        process: ProcessIx,
        /// When it is tried again.
        policy: RetryPolicy,
        /// An entry that three processings did not survive is blocked.
        crash_protection: bool,
    },
    /// The next attempt of a delivery.
    Deliver,
}

/// A dispatcher's place and how it takes from it.
struct Consumer {
    shared: Arc<Shared>,
    slot: Arc<Slot>,
    place: Place,
    hands: u32,
    in_order: bool,
    nap: Duration,
    work: Work,
}

/// Starts all consumers and timers of a flow.
pub(crate) fn start(shared: &Arc<Shared>, slot: &Arc<Slot>) {
    let mut list = Vec::new();
    let consumer = |place, hands: u32, work| Consumer {
        shared: Arc::clone(shared),
        slot: Arc::clone(slot),
        place,
        hands: hands.max(1),
        in_order: false,
        nap: NAP,
        work,
    };
    for (process, _, sender) in slot.flow.senders() {
        let run =
            |policy: &RetryPolicy, crash_protection| Work::Run { process, policy: policy.clone(), crash_protection };
        match sender {
            SenderChannel::Queue(q) => {
                let hands = if q.exclusive { 1 } else { q.concurrency };
                let mut one = consumer(Place::queue(&q.queue), hands, run(&q.retry, q.dead_letter && !q.exclusive));
                one.in_order = q.exclusive;
                list.push(one);
            }
            SenderChannel::DataStore(d) => {
                let mut one = consumer(Place::data_store(&d.store, &d.scope), 1, run(&d.retry, true));
                one.nap = d.poll.clamp(SHORT, NAP);
                list.push(one);
            }
            SenderChannel::Http(_) => {
                let place = Place::inbox(&slot.flow.name, deploy::process_name(&slot.flow, process));
                if !slot.accepts(&place) {
                    continue;
                }
                list.push(consumer(place, INBOX, run(&engine::INBOX_RETRY, true)));
            }
            SenderChannel::Alerts(_) => {
                let place = Place::inbox(&slot.flow.name, deploy::process_name(&slot.flow, process));
                list.push(consumer(place, INBOX, run(&engine::INBOX_RETRY, true)));
            }
            _ => {}
        }
    }
    for receiver in slot.delivers() {
        let throttle = slot.flow.receivers.get(receiver).map(|r| r.throttle).unwrap_or_default();
        let hands = throttle.concurrency.unwrap_or(DELIVERIES);
        list.push(consumer(Place::delivery(&slot.flow.name, receiver), hands, Work::Deliver));
    }
    for consumer in list {
        consumer.start();
    }
    for timer in &slot.timers {
        timer::start(shared, slot, timer);
    }
}

/// What is known of an entry now, without its payload.
pub(crate) async fn info_of(shared: &Shared, key: EntryKey) -> Result<Option<EntryInfo>, StoreError> {
    let filter = EntryFilter { after: Some(EntryKey(key.0.saturating_sub(1))), limit: 1, ..EntryFilter::default() };
    Ok(shared.options.store.entries(filter).await?.into_iter().find(|info| info.key == key))
}

/// A name for the locks of one processing of an entry.
fn holder() -> RunId {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    RunId::from_text(format!("claim {}", NEXT.fetch_add(1, Ordering::Relaxed)))
}

/// Makes an entry that was claimed the caller's own until the locks are dropped: until what came of it is stored. A commit
/// that only seemed to fail may have put it back, for another to claim, before it is repeated. `None` where somebody was
/// still at it: then it is left as they left it, or waits for a while.
async fn own(shared: &Arc<Shared>, info: &EntryInfo, lock: Lock) -> Option<RunLocks> {
    let own = RunLocks::new(Arc::clone(&shared.locks), holder());
    if own.try_take(lock.clone(), Some(info.key)) {
        return Some(own);
    }
    loop {
        tokio::select! {
            biased;
            () = shared.kill.cancelled() => return None,
            taken = own.take(lock.clone()) => if taken.is_ok() { break },
        }
    }
    // Nobody else is at it now. What was claimed is old: it is put back as it stands, where nobody did so already.
    loop {
        match info_of(shared, info.key).await {
            Ok(Some(now)) if now.state == EntryState::Taken => {
                let due = shared.options.clock.now().plus(SHORT);
                release(shared, &now, due, now.error.clone()).await;
                return None;
            }
            Ok(_) => return None,
            Err(error) => {
                tracing::error!(place = %info.place, key = %info.key, %error, "cannot see what became of an entry")
            }
        }
        tokio::select! {
            biased;
            () = shared.kill.cancelled() => return None,
            () = tokio::time::sleep(STORE_PAUSE) => {}
        }
    }
}

/// The message id of the runs for an entry.
pub(crate) fn message_id(info: &EntryInfo) -> MessageId {
    info.consumer_id()
}

impl Consumer {
    fn start(self) {
        let shared = Arc::clone(&self.shared);
        let mut busy = Some(shared.hub.activity().enter());
        let ear = shared.hub.listen(Some(self.place.clone()));
        shared.spawn_dispatcher(async move {
            let hands = Arc::new(Semaphore::new(self.hands as usize));
            if let Err(error) = intent::ask_soon(&self.shared, &self.slot, &self.place).await {
                tracing::error!(place = %self.place, %error, "receivers are asked later than they could be");
            }
            loop {
                let wait = self.take(&hands).await;
                drop(busy.take());
                tokio::select! {
                    biased;
                    () = self.slot.cancel.cancelled() => return,
                    token = ear.bell().wait() => busy = Some(token),
                    () = tokio::time::sleep(wait) => busy = Some(self.shared.hub.activity().enter()),
                }
            }
        });
    }

    /// Starts the work for what is due; answers how long nothing more will be.
    async fn take(&self, hands: &Arc<Semaphore>) -> Duration {
        let store = &self.shared.options.store;
        let clock = &self.shared.options.clock;
        loop {
            if self.slot.cancel.is_cancelled() || !self.slot.started() {
                return NAP;
            }
            let mut free = hands.available_permits().min(CLAIM);
            if free == 0 {
                // The end of a work rings.
                return NAP;
            }
            let now = clock.now();
            let mut probe = None;
            match self.system().map(|system| system.gate(now)) {
                None | Some(Gate::Open) => {}
                Some(Gate::Probe(probing)) => (probe, free) = (Some(probing), 1),
                Some(Gate::Busy) => return SHORT,
                Some(Gate::Wait(until)) => return clock.real(until.since(now)).clamp(SHORTEST, NAP),
            }
            let limit = u32::try_from(free).unwrap_or(1);
            let claiming = self.shared.claims.read().await;
            let claimed = store.claim(&self.place, now, limit, self.in_order).await;
            drop(claiming);
            let entries = match claimed {
                Ok(entries) => entries,
                Err(error) => {
                    tracing::error!(place = %self.place, %error, "cannot take from a place; trying again");
                    return STORE_PAUSE;
                }
            };
            let count = entries.len();
            for entry in entries {
                self.start_work(entry, hands, probe.take());
            }
            if count == free {
                continue;
            }
            return match store.next_due(&self.place, self.in_order).await {
                Ok(Some(due)) if due > now => clock.real(due.since(now)).clamp(SHORTEST, self.nap),
                Ok(Some(_)) => SHORT,
                Ok(None) => NAP.min(self.nap.max(SHORT)),
                Err(_) => STORE_PAUSE,
            };
        }
    }

    /// The system that it delivers to.
    fn system(&self) -> Option<Arc<System>> {
        match self.work {
            Work::Deliver => self.shared.circuits.of(&self.slot.flow, &self.place.name),
            Work::Run { .. } => None,
        }
    }

    fn start_work(&self, entry: Entry, hands: &Arc<Semaphore>, probe: Option<Probing>) {
        let (shared, slot, work) = (Arc::clone(&self.shared), Arc::clone(&self.slot), self.work.clone());
        let place = self.place.clone();
        let hand = Arc::clone(hands).try_acquire_owned().ok();
        self.shared.spawn(async move {
            match work {
                Work::Run { process, policy, crash_protection } => {
                    entry::work(&shared, &slot, process, policy, crash_protection, entry).await;
                }
                Work::Deliver => delivery::work(&shared, &slot, entry, probe).await,
            }
            drop(hand);
            // The hand is free, and the entry may be due again: whoever takes from the place now looks.
            shared.hub.ring(&place);
        });
    }
}
