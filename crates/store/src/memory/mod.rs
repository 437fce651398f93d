//! The memory store: for tests, scenarios and simulations; forgets everything when dropped.

mod log;
mod state;
mod table;

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use base::{DeliveryId, EntryKey, Fut, MessageId, Scope, Timestamp};

pub use self::log::MemoryLog;
use self::state::State;
use crate::{
    Answer, Change, CommitError, DeliveryEnd, Entry, EntryFilter, EntryInfo, EntryState, Expired, NumberState, Place,
    PlaceKind, PlaceSummary, Recovered, Store, StoreError, TickState, Variable, rules,
};

/// A store in memory. It marks entries as encrypted where that is asked for, but has nothing to encrypt them from.
#[derive(Debug, Default)]
pub struct MemoryStore {
    state: Mutex<State>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An answer that is there already.
fn ready<T: Send + 'static>(value: T) -> Fut<'static, T> {
    Box::pin(std::future::ready(value))
}

/// Without those that are not the first of their key: the first holds its turn whatever its state is.
fn first_of_keys(mut entries: Vec<&Entry>) -> Vec<&Entry> {
    let mut turns = HashSet::new();
    entries.retain(|entry| entry.info.order_key.is_empty() || turns.insert(entry.info.order_key.as_str()));
    entries
}

impl State {
    /// The entries that a claim may look at: all that are waiting and not stopped, by number.
    /// `in_order` leaves the very first one that is waiting or taken, if it waits.
    fn candidates(&self, place: &Place, in_order: bool) -> Vec<&Entry> {
        let Some(switches) = self.places.get(place).filter(|switches| !switches.stopped) else { return Vec::new() };
        let open = |entry: &Entry| {
            entry.info.state == EntryState::Waiting && !switches.stopped_interfaces.contains(&entry.info.interface)
        };
        let mut entries = first_of_keys(self.of(place));
        if in_order {
            // A taken entry holds the turn even where its interface was stopped meanwhile.
            entries.retain(|entry| open(entry) || entry.info.state == EntryState::Taken);
            entries.truncate(1);
        }
        entries.retain(|entry| open(entry));
        entries
    }

    fn claim(&mut self, place: &Place, now: Timestamp, limit: u32, in_order: bool) -> Vec<Entry> {
        let mut due: Vec<(Timestamp, EntryKey)> = self
            .candidates(place, in_order)
            .iter()
            .map(|e| (e.info.due, e.info.key))
            .filter(|(t, _)| *t <= now)
            .collect();
        due.sort_unstable();
        due.truncate(limit as usize);
        for (_, key) in &due {
            self.alter(*key, |info| info.state = EntryState::Taken);
        }
        self.keep();
        due.iter().filter_map(|(_, key)| self.entries.get(key).cloned()).collect()
    }

    fn summary(&self, place: &Place, now: Timestamp) -> PlaceSummary {
        let switches = self.places.get(place).cloned().unwrap_or_default();
        let entries = self.of(place);
        let count = |test: &dyn Fn(&EntryInfo) -> bool| entries.iter().filter(|e| test(&e.info)).count() as u64;
        let active = |info: &EntryInfo| matches!(info.state, EntryState::Waiting | EntryState::Taken);
        PlaceSummary {
            place: place.clone(),
            stopped: switches.stopped,
            stopped_interfaces: switches.stopped_interfaces.into_iter().collect(),
            entries: entries.len() as u64,
            waiting: count(&active),
            overdue: count(&|info| info.alert_at <= now),
            blocked: count(&|info| !active(info)),
            in_doubt: count(&|info| info.state == EntryState::InDoubt),
            oldest: entries.iter().map(|e| e.info.created).min(),
            next_due: first_of_keys(entries)
                .iter()
                .filter(|e| e.info.state == EntryState::Waiting)
                .map(|e| e.info.due)
                .min(),
        }
    }

    fn recover(&mut self, now: Timestamp) -> Recovered {
        let taken: Vec<EntryKey> =
            self.entries.iter().filter(|(_, e)| e.info.state == EntryState::Taken).map(|(key, _)| *key).collect();
        for key in &taken {
            self.alter(*key, |info| {
                info.state = EntryState::Waiting;
                info.due = now;
                info.crashes = info.crashes.saturating_add(1);
                // The attempt that the end cut off may have reached the receiver.
                info.doubt |= info.place.kind == PlaceKind::Delivery;
            });
        }
        self.keep();
        Recovered { taken }
    }

    fn sweep(&mut self, now: Timestamp, limit: u32) -> Vec<Expired> {
        let limit = limit as usize;
        let mut entries: Vec<EntryInfo> = self
            .entries
            .iter()
            .map(|(_, entry)| &entry.info)
            .filter(|info| info.expires <= now && info.state != EntryState::Taken)
            .cloned()
            .collect();
        entries.sort_by_key(|info| (info.expires, info.key));
        entries.truncate(limit);
        for info in &entries {
            self.remove_entry(info.key);
        }
        let mut variables: Vec<(Timestamp, Scope, String)> = self
            .variables
            .iter()
            .filter(|(_, variable)| variable.expires <= now)
            .map(|((scope, name), variable)| (variable.expires, scope.clone(), name.clone()))
            .collect();
        variables.sort();
        variables.truncate(limit - entries.len());
        for (_, scope, name) in &variables {
            self.variables.remove(&(scope.clone(), name.clone()));
        }
        self.drawn.remove_where(|(_, expires)| *expires <= now);
        self.once.remove_where(|expires| *expires <= now);
        self.delivered.remove_where(|record| record.expires <= now);
        let outcomes = self.delivered.iter().map(|(message, _)| message.clone());
        let entries_of = self.entries.iter().map(|(_, entry)| entry.info.message_id.clone());
        let known: HashSet<MessageId> = outcomes.chain(entries_of).collect();
        self.answers.remove_where(|answer| answer.expires <= now && !known.contains(&answer.message_id));
        self.keep();
        let variables = variables.into_iter().map(|(_, scope, name)| Expired::Variable(scope, name));
        entries.into_iter().map(Expired::Entry).chain(variables).collect()
    }
}

fn fits(filter: &EntryFilter, info: &EntryInfo) -> bool {
    filter.place.as_ref().is_none_or(|place| *place == info.place)
        && filter.kind.is_none_or(|kind| kind == info.place.kind)
        && filter.state.is_none_or(|state| state == info.state)
        && filter.interface.as_ref().is_none_or(|interface| *interface == info.interface)
        && filter.message_id.as_ref().is_none_or(|id| *id == info.message_id)
        && filter.due_after.is_none_or(|time| info.due > time)
        && (filter.origin.is_none() || filter.origin == info.origin)
        && filter.after.is_none_or(|after| info.key > after)
}

impl Store for MemoryStore {
    fn commit(&self, changes: Vec<Change>) -> Fut<'_, Result<(), CommitError>> {
        ready(self.state().commit(changes))
    }

    fn claim(
        &self,
        place: &Place,
        now: Timestamp,
        limit: u32,
        in_order: bool,
    ) -> Fut<'_, Result<Vec<Entry>, StoreError>> {
        ready(Ok(self.state().claim(place, now, limit, in_order)))
    }

    fn next_due(&self, place: &Place, in_order: bool) -> Fut<'_, Result<Option<Timestamp>, StoreError>> {
        ready(Ok(self.state().candidates(place, in_order).iter().map(|entry| entry.info.due).min()))
    }

    fn entry(&self, key: EntryKey) -> Fut<'_, Result<Option<Entry>, StoreError>> {
        ready(Ok(self.state().entries.get(&key).cloned()))
    }

    fn find(&self, place: &Place, id: &str) -> Fut<'_, Result<Option<Entry>, StoreError>> {
        let state = self.state();
        let key = state.named.get(&(place.clone(), id.to_owned()));
        ready(Ok(key.and_then(|key| state.entries.get(key)).cloned()))
    }

    fn select(&self, place: &Place, max: u32, except: &[EntryKey]) -> Fut<'_, Result<Vec<Entry>, StoreError>> {
        let except: HashSet<EntryKey> = except.iter().copied().collect();
        let state = self.state();
        let waiting = state.of(place).into_iter().filter(|entry| entry.info.state == EntryState::Waiting);
        ready(Ok(waiting.filter(|entry| !except.contains(&entry.info.key)).take(max as usize).cloned().collect()))
    }

    fn entries(&self, filter: EntryFilter) -> Fut<'_, Result<Vec<EntryInfo>, StoreError>> {
        let limit = if filter.limit == 0 { 1_000 } else { filter.limit as usize };
        let state = self.state();
        let infos = state.entries.iter().map(|(_, entry)| &entry.info).filter(|info| fits(&filter, info));
        ready(Ok(infos.take(limit).cloned().collect()))
    }

    fn places(&self, kind: Option<PlaceKind>, now: Timestamp) -> Fut<'_, Result<Vec<PlaceSummary>, StoreError>> {
        let state = self.state();
        let places =
            state.places.iter().map(|(place, _)| place).filter(|place| kind.is_none_or(|kind| kind == place.kind));
        ready(Ok(places.map(|place| state.summary(place, now)).collect()))
    }

    fn variable(&self, scope: &Scope, name: &str, now: Timestamp) -> Fut<'_, Result<Option<Variable>, StoreError>> {
        let state = self.state();
        let variable = state.variables.get(&(scope.clone(), name.to_owned()));
        ready(Ok(variable.filter(|variable| variable.expires > now).cloned()))
    }

    fn variables(&self) -> Fut<'_, Result<Vec<Variable>, StoreError>> {
        ready(Ok(self.state().variables.iter().map(|(_, variable)| variable.clone()).collect()))
    }

    fn number_range(&self, name: &str) -> Fut<'_, Result<Option<NumberState>, StoreError>> {
        ready(Ok(self.state().ranges.get(&name.to_owned()).cloned()))
    }

    fn number_ranges(&self) -> Fut<'_, Result<Vec<NumberState>, StoreError>> {
        ready(Ok(self.state().ranges.iter().map(|(_, range)| range.clone()).collect()))
    }

    fn drawn(&self, name: &str, correlation: &str, now: Timestamp) -> Fut<'_, Result<Option<i64>, StoreError>> {
        let state = self.state();
        let drawn = state.drawn.get(&(name.to_owned(), correlation.to_owned()));
        ready(Ok(drawn.filter(|(_, expires)| *expires > now).map(|(number, _)| *number)))
    }

    fn once(&self, step: &str, id: &str, now: Timestamp) -> Fut<'_, Result<bool, StoreError>> {
        ready(Ok(self.state().once.get(&(step.to_owned(), id.to_owned())).is_some_and(|expires| *expires > now)))
    }

    fn delivered(&self, message: &MessageId) -> Fut<'_, Result<Vec<DeliveryId>, StoreError>> {
        let state = self.state();
        let all = state.delivered.get(message).map_or(&[][..], |record| &record.deliveries);
        let delivered = rules::each_once(all.iter().copied()).into_iter();
        ready(Ok(delivered.filter(|(_, end)| *end == DeliveryEnd::Delivered).map(|(id, _)| id).collect()))
    }

    fn outcomes(&self, message: &MessageId) -> Fut<'_, Result<Vec<(DeliveryId, DeliveryEnd)>, StoreError>> {
        let state = self.state();
        let all = state.delivered.get(message).map_or(&[][..], |record| &record.deliveries);
        ready(Ok(rules::each_once(all.iter().copied())))
    }

    fn answer(&self, flow: &str, key: &str, now: Timestamp) -> Fut<'_, Result<Option<Answer>, StoreError>> {
        let state = self.state();
        let answer = state.answers.get(&(flow.to_owned(), key.to_owned()));
        ready(Ok(answer.filter(|answer| answer.expires > now).cloned()))
    }

    fn tick(&self, flow: &str, process: &str) -> Fut<'_, Result<Option<TickState>, StoreError>> {
        ready(Ok(self.state().timers.get(&(flow.to_owned(), process.to_owned())).cloned()))
    }

    fn stopped_flows(&self) -> Fut<'_, Result<Vec<String>, StoreError>> {
        ready(Ok(self.state().stopped_flows.iter().map(|(flow, ())| flow.clone()).collect()))
    }

    fn recover(&self, now: Timestamp) -> Fut<'_, Result<Recovered, StoreError>> {
        ready(Ok(self.state().recover(now)))
    }

    fn sweep(&self, now: Timestamp, limit: u32) -> Fut<'_, Result<Vec<Expired>, StoreError>> {
        ready(Ok(self.state().sweep(now, limit)))
    }
}
