//! The store of a world: the memory store with latency, faults, crash points and eyes; most planted bugs live here.

use std::sync::Arc;
use std::time::Duration;

use base::{DeliveryId, EntryKey, Fut, MessageId, Scope, Timestamp};
use store::{
    Answer, Change, CommitError, DeliveryEnd, Entry, EntryFilter, EntryInfo, EntryState, Expired, MemoryStore,
    NumberState, Place, PlaceKind, PlaceSummary, Recovered, Store, StoreError, TickState, Variable,
};

use crate::expect::id_of;
use crate::observe::Sim;
use crate::planted::Planted;
use crate::watch::{describe, keep, look};
use crate::world::{From, Single};

/// The store of a world.
pub struct SimStore {
    /// The world.
    pub sim: Arc<Sim>,
    /// What is durable.
    pub durable: Arc<MemoryStore>,
}

/// A fault of one operation.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    Before,
    After,
}

fn broken_disk() -> StoreError {
    StoreError("the disk is full".to_owned())
}

impl SimStore {
    /// Time passes, and perhaps the operation will fail.
    async fn fault(&self) -> Fault {
        self.sim.alive().await;
        let mut dice = self.sim.draw();
        if self.sim.rough() {
            tokio::time::sleep(Duration::from_millis(dice.below(4))).await;
            self.sim.alive().await;
            if dice.below(1_000) < self.sim.world.store_faults {
                return if dice.chance(60) { Fault::Before } else { Fault::After };
            }
        }
        Fault::None
    }

    /// A question; it may fail.
    async fn ask<T>(&self, answer: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        if self.fault().await != Fault::None {
            self.sim.trace("a question to the store failed");
            return Err(broken_disk());
        }
        answer.await
    }

    async fn write(&self, changes: Vec<Change>) -> Result<(), CommitError> {
        let fault = self.fault().await;
        let last = self.sim.effect().await;
        let number = {
            let mut state = self.sim.state();
            state.commits += 1;
            state.commits
        };
        let fault = match self.sim.world.single {
            Some(Single::Commit { number: n, after }) if n == number => {
                if after {
                    Fault::After
                } else {
                    Fault::Before
                }
            }
            _ => fault,
        };
        if fault == Fault::Before {
            self.sim.trace(format!("commit failed: {}", describe(&changes)));
            return Err(broken_disk().into());
        }
        let seen = look(&self.durable, &changes).await;
        let shown = describe(&changes);
        let result = match self.sim.planted {
            Some(planted) => self.planted(planted, changes).await,
            None => self.durable.commit(changes).await,
        };
        match &result {
            Ok(()) => {
                self.sim.trace(format!("commit {shown}"));
                keep(&self.sim, seen);
            }
            Err(error) => self.sim.trace(format!("commit refused, {error}: {shown}")),
        }
        if last {
            self.sim.die().await;
        }
        if fault == Fault::After && result.is_ok() {
            self.sim.trace("the commit before seemed to fail");
            return Err(broken_disk().into());
        }
        result
    }

    /// A commit with a bug.
    async fn planted(&self, planted: Planted, mut changes: Vec<Change>) -> Result<(), CommitError> {
        let durable = Arc::clone(&self.durable);
        match planted {
            Planted::DropCommit if self.sim.draw().chance(10) => return Ok(()),
            Planted::AnswerBeforeCommit => {
                let sim = Arc::clone(&self.sim);
                tokio::spawn(async move {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    sim.alive().await;
                    let _ = durable.commit(changes).await;
                });
                return Ok(());
            }
            Planted::HalfUnit if changes.len() > 1 => {
                let rest = changes.split_off(changes.len() / 2);
                durable.commit(changes).await?;
                tokio::time::sleep(Duration::from_millis(20)).await;
                self.sim.alive().await;
                return durable.commit(rest).await;
            }
            Planted::ForgetOutcome => changes.retain(|c| !matches!(c, Change::Delivered { .. })),
            Planted::NoIntent => {
                let intent = |c: &Change| matches!(c, Change::Put(new) if new.state == EntryState::InDoubt);
                changes.retain(|c| !intent(c));
            }
            Planted::IgnoreKey | Planted::IgnoreQueueKey | Planted::OneOrder => {
                for change in &mut changes {
                    if let Change::Put(new) = change
                        && !new.order_key.is_empty()
                        && (planted != Planted::IgnoreQueueKey || new.place.kind == PlaceKind::Queue)
                    {
                        let key = if planted == Planted::OneOrder { "=" } else { "" };
                        key.clone_into(&mut new.order_key);
                    }
                }
            }
            Planted::HeadTwice if self.sim.draw().chance(30) => self.keep_heads(&mut changes).await,
            Planted::NumberTwice if self.sim.draw().chance(30) => {
                changes.retain(|c| !matches!(c, Change::DrawNumber { .. }));
            }
            Planted::LoseVariable if self.sim.draw().chance(30) => {
                changes.retain(|c| !matches!(c, Change::SetVariable { .. }));
            }
            Planted::ForgetOnce => changes.retain(|c| !matches!(c, Change::MarkOnce { .. })),
            Planted::AskAtOnce => {
                for change in &mut changes {
                    if let Change::Reschedule { due, error: Some(error), .. } = change
                        && error == engine::CUT_OFF
                    {
                        *due = Timestamp(0);
                    }
                }
            }
            Planted::Impatient => {
                for change in &mut changes {
                    if let Change::Reschedule { due, .. } = change {
                        *due = Timestamp(0);
                    }
                }
            }
            _ => {}
        }
        durable.commit(changes).await
    }

    async fn take(&self, place: &Place, now: Timestamp, limit: u32, in_order: bool) -> Result<Vec<Entry>, StoreError> {
        let began = self.sim.clock.elapsed();
        if self.fault().await != Fault::None {
            self.sim.trace(format!("claim of {place} failed"));
            return Err(broken_disk());
        }
        // A claim that takes nothing changes nothing: no point to die at.
        let due = self.durable.next_due(place, in_order).await?.is_some_and(|due| due <= now);
        let newest = self.sim.has(Planted::IgnoreOrder) && in_order;
        let last = due && self.sim.effect().await;
        let mut entries = match () {
            () if newest => {
                let all = self.durable.claim(place, now, 1_000, false).await?;
                let back = all.iter().rev().skip(1).map(|e| waiting(&e.info)).collect();
                let _ = self.durable.commit(back).await;
                all.into_iter().next_back().into_iter().collect()
            }
            () => self.durable.claim(place, now, limit, in_order).await?,
        };
        if self.sim.has(Planted::DoubleClaim) {
            let _ = self.durable.commit(entries.iter().map(|e| waiting(&e.info)).collect()).await;
        }
        if self.sim.has(Planted::SendInDoubt) {
            entries.iter_mut().for_each(|entry| entry.info.doubt = false);
        }
        if self.sim.has(Planted::IgnoreStop) && entries.is_empty() && place.kind == PlaceKind::Queue {
            entries = self.against_orders(place, now).await;
        }
        for entry in &entries {
            let id = id_of(&entry.message.text());
            self.sim.trace(format!("claimed {} ({id}) of {place}, due {}", entry.info.key, entry.info.due.0));
            self.watch_stop(place, &id);
            self.sim.state().systems.claim(&entry.info.id, began);
        }
        if last {
            self.sim.die().await;
        }
        Ok(entries)
    }

    /// The first of a key stays although it was delivered.
    async fn keep_heads(&self, changes: &mut [Change]) {
        for change in changes {
            let Change::Remove(key) = change else { continue };
            let entry = self.durable.entry(*key).await.ok().flatten();
            if let Some(entry) = entry.filter(|e| e.info.place.kind == PlaceKind::Delivery)
                && !entry.info.order_key.is_empty()
            {
                *change = waiting(&entry.info);
            }
        }
    }

    /// Takes from a stopped queue.
    async fn against_orders(&self, place: &Place, now: Timestamp) -> Vec<Entry> {
        let stop = |stopped| vec![Change::StopPlace { place: place.clone(), stopped }];
        let was = self.durable.places(Some(PlaceKind::Queue), now).await.unwrap_or_default();
        if !was.iter().any(|p| p.place == *place && p.stopped) {
            return Vec::new();
        }
        let _ = self.durable.commit(stop(false)).await;
        let taken = self.durable.claim(place, now, 1, false).await.unwrap_or_default();
        let _ = self.durable.commit(stop(true)).await;
        taken
    }

    fn watch_stop(&self, place: &Place, id: &str) {
        let stopped = self.sim.state().stopped.contains_key(&place.name);
        if place.kind == PlaceKind::Queue && stopped {
            self.sim.broken("G6", format!("{id} was taken from the stopped queue {}", place.name));
        }
    }
}

fn waiting(info: &EntryInfo) -> Change {
    Change::Reschedule {
        key: info.key,
        state: EntryState::Waiting,
        due: info.due,
        retries: info.retries,
        crashes: info.crashes,
        doubt: info.doubt,
        error: info.error.clone(),
    }
}

/// Whether a queue is consumed in order.
pub fn exclusive(sim: &Sim, queue: &str) -> bool {
    sim.world.flows.iter().any(|f| matches!(&f.from, From::Queue { name, exclusive: true, .. } if name == queue))
}

impl Store for SimStore {
    fn commit(&self, changes: Vec<Change>) -> Fut<'_, Result<(), CommitError>> {
        Box::pin(self.write(changes))
    }

    fn claim(
        &self,
        place: &Place,
        now: Timestamp,
        limit: u32,
        in_order: bool,
    ) -> Fut<'_, Result<Vec<Entry>, StoreError>> {
        let place = place.clone();
        Box::pin(async move { self.take(&place, now, limit, in_order).await })
    }

    fn next_due(&self, place: &Place, in_order: bool) -> Fut<'_, Result<Option<Timestamp>, StoreError>> {
        self.durable.next_due(place, in_order)
    }

    fn entry(&self, key: EntryKey) -> Fut<'_, Result<Option<Entry>, StoreError>> {
        Box::pin(self.ask(self.durable.entry(key)))
    }

    fn find(&self, place: &Place, id: &str) -> Fut<'_, Result<Option<Entry>, StoreError>> {
        Box::pin(self.ask(self.durable.find(place, id)))
    }

    fn select(&self, place: &Place, max: u32, except: &[EntryKey]) -> Fut<'_, Result<Vec<Entry>, StoreError>> {
        Box::pin(self.ask(self.durable.select(place, max, except)))
    }

    fn entries(&self, filter: EntryFilter) -> Fut<'_, Result<Vec<EntryInfo>, StoreError>> {
        Box::pin(self.ask(self.durable.entries(filter)))
    }

    fn places(&self, kind: Option<PlaceKind>, now: Timestamp) -> Fut<'_, Result<Vec<PlaceSummary>, StoreError>> {
        self.durable.places(kind, now)
    }

    fn variable(&self, scope: &Scope, name: &str, now: Timestamp) -> Fut<'_, Result<Option<Variable>, StoreError>> {
        Box::pin(self.ask(self.durable.variable(scope, name, now)))
    }

    fn variables(&self) -> Fut<'_, Result<Vec<Variable>, StoreError>> {
        self.durable.variables()
    }

    fn number_range(&self, name: &str) -> Fut<'_, Result<Option<NumberState>, StoreError>> {
        Box::pin(self.ask(self.durable.number_range(name)))
    }

    fn number_ranges(&self) -> Fut<'_, Result<Vec<NumberState>, StoreError>> {
        self.durable.number_ranges()
    }

    fn drawn(&self, name: &str, correlation: &str, now: Timestamp) -> Fut<'_, Result<Option<i64>, StoreError>> {
        Box::pin(self.ask(self.durable.drawn(name, correlation, now)))
    }

    fn once(&self, step: &str, id: &str, now: Timestamp) -> Fut<'_, Result<bool, StoreError>> {
        Box::pin(self.ask(self.durable.once(step, id, now)))
    }

    fn delivered(&self, message: &MessageId) -> Fut<'_, Result<Vec<DeliveryId>, StoreError>> {
        if self.sim.has(Planted::ForgetDelivered) {
            return Box::pin(std::future::ready(Ok(Vec::new())));
        }
        Box::pin(self.ask(self.durable.delivered(message)))
    }

    fn outcomes(&self, message: &MessageId) -> Fut<'_, Result<Vec<(DeliveryId, DeliveryEnd)>, StoreError>> {
        if self.sim.has(Planted::ForgetDelivered) {
            return Box::pin(std::future::ready(Ok(Vec::new())));
        }
        Box::pin(self.ask(self.durable.outcomes(message)))
    }

    fn answer(&self, flow: &str, key: &str, now: Timestamp) -> Fut<'_, Result<Option<Answer>, StoreError>> {
        if self.sim.has(Planted::IgnoreKeyConflict) {
            return Box::pin(std::future::ready(Ok(None)));
        }
        Box::pin(self.ask(self.durable.answer(flow, key, now)))
    }

    fn tick(&self, flow: &str, process: &str) -> Fut<'_, Result<Option<TickState>, StoreError>> {
        Box::pin(self.ask(self.durable.tick(flow, process)))
    }

    fn stopped_flows(&self) -> Fut<'_, Result<Vec<String>, StoreError>> {
        Box::pin(self.ask(self.durable.stopped_flows()))
    }

    fn recover(&self, now: Timestamp) -> Fut<'_, Result<Recovered, StoreError>> {
        Box::pin(async move {
            if self.sim.has(Planted::LoseTaken) {
                let filter = EntryFilter { state: Some(EntryState::Taken), ..EntryFilter::default() };
                let taken = self.durable.entries(filter).await?;
                let _ = self.durable.commit(taken.iter().map(|e| Change::Remove(e.key)).collect()).await;
            }
            self.durable.recover(now).await
        })
    }

    fn sweep(&self, now: Timestamp, limit: u32) -> Fut<'_, Result<Vec<Expired>, StoreError>> {
        Box::pin(async move {
            let expired = self.ask(self.durable.sweep(now, limit)).await?;
            for one in &expired {
                if let Expired::Entry(info) = one {
                    self.sim.trace(format!("expired {} of {}", info.key, info.place));
                    self.sim.state().expired.push(info.message_id.to_string());
                }
            }
            Ok(expired)
        })
    }
}
