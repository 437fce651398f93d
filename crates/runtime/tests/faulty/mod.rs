//! A store that cannot write while it is told so: disk full, connection lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use base::{DeliveryId, EntryKey, Fut, MessageId, Scope, Timestamp};
use store::*;

/// A memory store with switches.
pub struct Faulty {
    pub inner: Arc<MemoryStore>,
    pub broken: AtomicBool,
    /// The answer to the next commit of an order to stop or start a place comes late.
    pub slow: AtomicBool,
    /// Entries cannot be listed.
    pub blind: AtomicBool,
    /// Entries are listed as they are a moment later.
    pub late: AtomicBool,
    /// Places cannot be listed.
    pub lost: AtomicBool,
}

type Asked<'a, T> = Fut<'a, Result<T, StoreError>>;

impl Faulty {
    pub fn of(inner: Arc<MemoryStore>) -> Self {
        let off = || AtomicBool::new(false);
        Faulty { inner, broken: off(), slow: off(), blind: off(), late: off(), lost: off() }
    }

    fn check(&self) -> Result<(), StoreError> {
        if self.broken.load(Ordering::SeqCst) { Err(StoreError("the disk is full".to_owned())) } else { Ok(()) }
    }
}

impl Store for Faulty {
    fn commit(&self, changes: Vec<Change>) -> Fut<'_, Result<(), CommitError>> {
        Box::pin(async move {
            self.check()?;
            let order = changes.iter().any(|c| matches!(c, Change::StopPlace { .. } | Change::StopInterface { .. }));
            let done = self.inner.commit(changes).await;
            if order && self.slow.swap(false, Ordering::SeqCst) {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            done
        })
    }
    fn claim(&self, place: &Place, now: Timestamp, limit: u32, in_order: bool) -> Asked<'_, Vec<Entry>> {
        let place = place.clone();
        Box::pin(async move {
            self.check()?;
            self.inner.claim(&place, now, limit, in_order).await
        })
    }
    fn next_due(&self, place: &Place, in_order: bool) -> Asked<'_, Option<Timestamp>> {
        self.inner.next_due(place, in_order)
    }
    fn entry(&self, key: EntryKey) -> Asked<'_, Option<Entry>> {
        self.inner.entry(key)
    }
    fn find(&self, place: &Place, id: &str) -> Asked<'_, Option<Entry>> {
        self.inner.find(place, id)
    }
    fn select(&self, place: &Place, max: u32, except: &[EntryKey]) -> Asked<'_, Vec<Entry>> {
        self.inner.select(place, max, except)
    }
    fn entries(&self, filter: EntryFilter) -> Asked<'_, Vec<EntryInfo>> {
        Box::pin(async move {
            if self.blind.load(Ordering::SeqCst) {
                return Err(StoreError("the disk cannot be read".to_owned()));
            }
            if self.late.load(Ordering::SeqCst) {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            self.inner.entries(filter).await
        })
    }
    fn places(&self, kind: Option<PlaceKind>, now: Timestamp) -> Asked<'_, Vec<PlaceSummary>> {
        Box::pin(async move {
            if self.lost.load(Ordering::SeqCst) {
                return Err(StoreError("the disk cannot be read".to_owned()));
            }
            self.inner.places(kind, now).await
        })
    }
    fn variable(&self, scope: &Scope, name: &str, now: Timestamp) -> Asked<'_, Option<Variable>> {
        self.inner.variable(scope, name, now)
    }
    fn variables(&self) -> Asked<'_, Vec<Variable>> {
        self.inner.variables()
    }
    fn number_range(&self, name: &str) -> Asked<'_, Option<NumberState>> {
        self.inner.number_range(name)
    }
    fn number_ranges(&self) -> Asked<'_, Vec<NumberState>> {
        self.inner.number_ranges()
    }
    fn drawn(&self, name: &str, correlation: &str, now: Timestamp) -> Asked<'_, Option<i64>> {
        self.inner.drawn(name, correlation, now)
    }
    fn once(&self, step: &str, id: &str, now: Timestamp) -> Asked<'_, bool> {
        self.inner.once(step, id, now)
    }
    fn delivered(&self, message: &MessageId) -> Asked<'_, Vec<DeliveryId>> {
        self.inner.delivered(message)
    }
    fn outcomes(&self, message: &MessageId) -> Asked<'_, Vec<(DeliveryId, DeliveryEnd)>> {
        self.inner.outcomes(message)
    }
    fn answer(&self, flow: &str, key: &str, now: Timestamp) -> Asked<'_, Option<Answer>> {
        self.inner.answer(flow, key, now)
    }
    fn tick(&self, flow: &str, process: &str) -> Asked<'_, Option<TickState>> {
        self.inner.tick(flow, process)
    }
    fn stopped_flows(&self) -> Asked<'_, Vec<String>> {
        self.inner.stopped_flows()
    }
    fn recover(&self, now: Timestamp) -> Asked<'_, Recovered> {
        self.inner.recover(now)
    }
    fn sweep(&self, now: Timestamp, limit: u32) -> Asked<'_, Vec<Expired>> {
        self.inner.sweep(now, limit)
    }
}
