//! What the memory store holds, and how each change changes it.

use std::collections::BTreeSet;

use base::{DeliveryId, EntryKey, MessageId, Scope, Timestamp};

use super::table::Table;
use crate::{
    Answer, Change, CommitError, DeliveryEnd, Entry, EntryInfo, EntryState, NewEntry, NumberState, Place, TickState,
    Variable, rules,
};

/// Switches of a place.
#[derive(Clone, Debug, Default)]
pub(super) struct PlaceState {
    pub stopped: bool,
    pub stopped_interfaces: BTreeSet<String>,
}

/// The outcome record of a message.
#[derive(Clone, Debug)]
pub(super) struct Outcomes {
    pub deliveries: Vec<(DeliveryId, DeliveryEnd)>,
    pub expires: Timestamp,
}

#[derive(Debug, Default)]
pub(super) struct State {
    last_key: i64,
    pub entries: Table<EntryKey, Entry>,
    pub named: Table<(Place, String), EntryKey>,
    pub places: Table<Place, PlaceState>,
    pub stopped_flows: Table<String, ()>,
    pub variables: Table<(Scope, String), Variable>,
    pub ranges: Table<String, NumberState>,
    pub drawn: Table<(String, String), (i64, Timestamp)>,
    pub once: Table<(String, String), Timestamp>,
    pub delivered: Table<MessageId, Outcomes>,
    pub answers: Table<(String, String), Answer>,
    pub timers: Table<(String, String), TickState>,
}

macro_rules! each_table {
    ($state:ident, $act:ident) => {{
        $state.entries.$act();
        $state.named.$act();
        $state.places.$act();
        $state.stopped_flows.$act();
        $state.variables.$act();
        $state.ranges.$act();
        $state.drawn.$act();
        $state.once.$act();
        $state.delivered.$act();
        $state.answers.$act();
        $state.timers.$act();
    }};
}

impl State {
    pub fn commit(&mut self, changes: Vec<Change>) -> Result<(), CommitError> {
        let last_key = self.last_key;
        for change in changes {
            if let Err(error) = self.apply(change) {
                self.last_key = last_key;
                each_table!(self, back);
                return Err(error);
            }
        }
        self.keep();
        Ok(())
    }

    /// Changes so far stay.
    pub fn keep(&mut self) {
        each_table!(self, keep);
    }

    /// Entries of a place, by number.
    pub fn of(&self, place: &Place) -> Vec<&Entry> {
        let from = (place.clone(), String::new());
        let keys = self.named.range(from..).take_while(|((p, _), _)| p == place).map(|(_, key)| key);
        let mut entries: Vec<&Entry> = keys.filter_map(|key| self.entries.get(key)).collect();
        entries.sort_by_key(|entry| entry.info.key);
        entries
    }

    /// Changes what is known of an entry; a missing one is no error.
    pub fn alter(&mut self, key: EntryKey, change: impl FnOnce(&mut EntryInfo)) {
        if let Some(mut entry) = self.entries.get(&key).cloned() {
            change(&mut entry.info);
            self.entries.put(key, entry);
        }
    }

    pub fn remove_entry(&mut self, key: EntryKey) {
        if let Some(entry) = self.entries.get(&key) {
            let name = (entry.info.place.clone(), entry.info.id.clone());
            self.named.remove(&name);
            self.entries.remove(&key);
        }
    }

    fn declare(&mut self, place: &Place) {
        if !self.places.has(place) {
            self.places.put(place.clone(), PlaceState::default());
        }
    }

    fn alter_place(&mut self, place: Place, change: impl FnOnce(&mut PlaceState)) {
        let mut state = self.places.get(&place).cloned().unwrap_or_default();
        change(&mut state);
        self.places.put(place, state);
    }

    fn put(&mut self, new: NewEntry) -> Result<(), CommitError> {
        rules::check_entry(&new)?;
        let name = (new.place.clone(), new.id.clone());
        if let Some(key) = self.named.get(&name).copied() {
            if !new.overwrite {
                return Err(CommitError::Duplicate(rules::entry_name(&new.place, &new.id)));
            }
            self.remove_entry(key);
        }
        self.declare(&new.place);
        self.last_key += 1;
        let key = EntryKey(self.last_key);
        let info = EntryInfo {
            key,
            place: new.place,
            id: new.id,
            message_id: new.message_id,
            origin: new.origin,
            correlation: new.correlation,
            interface: new.interface,
            order_key: new.order_key,
            state: new.state,
            doubt: new.doubt,
            created: new.created,
            due: new.due,
            alert_at: new.alert_at,
            expires: new.expires,
            retries: new.retries,
            crashes: 0,
            error: new.error,
            size: new.message.body.len() as u64,
            encrypted: new.encrypt,
        };
        self.named.put(name, key);
        self.entries.put(key, Entry { info, message: rules::storable(new.message) });
        Ok(())
    }

    fn move_entry(&mut self, key: EntryKey, to: Place, due: Timestamp) -> Result<(), CommitError> {
        let Some(entry) = self.entries.get(&key) else { return Ok(()) };
        let id = entry.info.id.clone();
        let from = (entry.info.place.clone(), id.clone());
        let name = (to.clone(), id);
        if self.named.get(&name).is_some_and(|other| *other != key) {
            return Err(CommitError::Duplicate(rules::entry_name(&to, &name.1)));
        }
        self.declare(&to);
        self.named.remove(&from);
        self.named.put(name, key);
        self.alter(key, |info| {
            info.place = to;
            info.state = EntryState::Waiting;
            info.due = due;
        });
        Ok(())
    }

    fn apply(&mut self, change: Change) -> Result<(), CommitError> {
        match change {
            Change::Put(new) => self.put(*new)?,
            Change::ParkAgain(new) => {
                let known = self.named.has(&(new.place.clone(), new.id.clone()));
                let id = new.id.parse::<DeliveryId>().ok();
                let record = self.delivered.get(new.origin.as_ref().unwrap_or(&new.message_id));
                let over = record.is_some_and(|record| record.deliveries.iter().any(|(known, _)| Some(*known) == id));
                if !known && !over {
                    self.put(*new)?;
                }
            }
            Change::Remove(key) => self.remove_entry(key),
            Change::RemoveNamed { place, id } => {
                if let Some(key) = self.named.get(&(place, id)).copied() {
                    self.remove_entry(key);
                }
            }
            Change::Reschedule { key, state, due, retries, crashes, doubt, error } => self.alter(key, |info| {
                info.state = state;
                info.due = due;
                info.retries = retries;
                info.crashes = crashes;
                info.doubt = doubt;
                info.error = error;
            }),
            Change::Correct { key, body } => {
                if let Some(mut entry) = self.entries.get(&key).cloned() {
                    entry.info.size = body.len() as u64;
                    entry.message.body = body;
                    self.entries.put(key, entry);
                }
            }
            Change::Move { key, to, due } => self.move_entry(key, to, due)?,
            Change::Declare(place) => self.declare(&place),
            Change::DropPlace(place) => {
                let keys: Vec<EntryKey> = self.of(&place).iter().map(|entry| entry.info.key).collect();
                for key in keys {
                    self.remove_entry(key);
                }
                self.places.remove(&place);
            }
            Change::StopPlace { place, stopped } => self.alter_place(place, |state| state.stopped = stopped),
            Change::StopInterface { place, interface, stopped } => self.alter_place(place, |state| {
                if stopped {
                    state.stopped_interfaces.insert(interface);
                } else {
                    state.stopped_interfaces.remove(&interface);
                }
            }),
            Change::StopFlow { flow, stopped: true } => self.stopped_flows.put(flow, ()),
            Change::StopFlow { flow, stopped: false } => self.stopped_flows.remove(&flow),
            Change::SetVariable { scope, name, value, updated, expires } => {
                let value = rules::variable_value(value);
                let variable = Variable { scope: scope.clone(), name: name.clone(), value, updated, expires };
                self.variables.put((scope, name), variable);
            }
            Change::TouchVariable { scope, name, expires } => {
                let key = (scope, name);
                if let Some(variable) = self.variables.get(&key).filter(|v| v.expires < expires).cloned() {
                    self.variables.put(key, Variable { expires, ..variable });
                }
            }
            Change::DeleteVariable { scope, name } => self.variables.remove(&(scope, name)),
            Change::DeclareRange { name, min, max, length, rotate } => {
                let next = rules::declared_next(self.ranges.get(&name), min, max, rotate);
                self.ranges.put(name.clone(), NumberState { name, min, max, length, rotate, next });
            }
            Change::DrawNumber { name, drawn, next, correlation, expires } => {
                let known = self.ranges.get(&name).filter(|range| range.next == Some(drawn)).cloned();
                let Some(range) = known else {
                    return Err(CommitError::Conflict(rules::range_name(&name)));
                };
                if let Some(correlation) = correlation {
                    self.drawn.put((name.clone(), correlation), (drawn, expires));
                }
                self.ranges.put(name, NumberState { next, ..range });
            }
            Change::MarkOnce { step, id, expires } => self.once.put((step, id), expires),
            Change::Delivered { message, flow: _, deliveries, expires } => {
                self.add_outcomes(message, deliveries, DeliveryEnd::Delivered, expires)
            }
            Change::GivenUp { message, flow: _, deliveries, expires } => {
                self.add_outcomes(message, deliveries, DeliveryEnd::Cancelled, expires)
            }
            Change::Answered(answer) => {
                let key = (answer.flow.clone(), answer.key.clone());
                if self.answers.has(&key) {
                    return Err(CommitError::Duplicate(rules::answer_name(&answer)));
                }
                self.answers.put(key, *answer);
            }
            Change::ForgetAnswer { flow, key, message_id } => {
                let key = (flow, key);
                if self.answers.get(&key).is_some_and(|answer| answer.message_id == message_id) {
                    self.answers.remove(&key);
                }
            }
            Change::Tick { flow, process, schedule, last, next } => {
                self.timers.put((flow, process), TickState { schedule, last, next });
            }
        }
        Ok(())
    }

    fn add_outcomes(&mut self, message: MessageId, deliveries: Vec<DeliveryId>, end: DeliveryEnd, expires: Timestamp) {
        if deliveries.is_empty() {
            return;
        }
        let mut record = self.delivered.get(&message).cloned().unwrap_or(Outcomes { deliveries: Vec::new(), expires });
        record.deliveries.extend(deliveries.into_iter().map(|id| (id, end)));
        record.expires = record.expires.max(expires);
        self.delivered.put(message, record);
    }
}
