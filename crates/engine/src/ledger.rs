//! What came of the exactly-once sends of a run, until a commit makes it durable.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use base::{DeliveryId, MessageId, Timestamp};
use store::{Change, EntryState, NewEntry, Place};

use crate::identity::Identity;
use crate::task::Task;
use crate::unit::UnitId;

/// Outcomes by the unit of work whose commit they join; `None` is the end of the run.
#[derive(Debug)]
pub(crate) struct Ledger {
    flow: String,
    /// How long an outcome is kept.
    keep: Duration,
    items: BTreeMap<Option<UnitId>, Vec<Item>>,
    /// How often a step sent or called for a record path of an identity: the second time is another delivery.
    seen: HashMap<MessageId, HashMap<(String, String), u32>>,
    /// Deliveries that it parked.
    waiting: HashSet<DeliveryId>,
    parked: u32,
    for_a_person: bool,
    /// A commit of the run seemed to fail.
    unsure: bool,
    /// What stands for the content of its message beside the outcomes, where another content may come under its key.
    content: Option<(MessageId, DeliveryId)>,
    /// The commit that comes now knows it by itself.
    answered: bool,
}

/// One send.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) id: DeliveryId,
    /// Under which id its outcome is recorded.
    pub(crate) recorded_under: MessageId,
    pub(crate) receiver: String,
    /// The intent to send was committed before the call: an entry in doubt stands for it.
    pub(crate) held: bool,
    pub(crate) came: Came,
}

/// What came of a send.
#[derive(Debug)]
pub(crate) enum Came {
    /// It was delivered.
    Delivered,
    /// It failed and waits for its next attempt or for a person.
    Parked(Box<NewEntry>),
    /// It was never made, or failed and is not kept: the sender has the message.
    Nothing,
}

impl Ledger {
    pub(crate) fn of(flow: String, keep: Duration, content: Option<(MessageId, DeliveryId)>) -> Self {
        let (items, seen, waiting) = (BTreeMap::new(), HashMap::new(), HashSet::new());
        Ledger {
            flow,
            keep,
            items,
            seen,
            waiting,
            parked: 0,
            for_a_person: false,
            unsure: false,
            content,
            answered: false,
        }
    }

    /// Whether the answer to its key is committed with what comes now: it knows the content.
    pub(crate) fn answered(&mut self, answered: bool) {
        self.answered = answered;
    }

    /// The record path of a send: that of its task, with `##1` for a second send of one step there, `##2` for a third.
    pub(crate) fn record(&mut self, task: &Task, step: &str) -> String {
        let record = task.record();
        let seen = self.seen.entry(task.identity().seed().clone()).or_default();
        let count = seen.entry((record.clone(), step.to_owned())).or_default();
        *count += 1;
        if *count == 1 { record } else { format!("{record}##{}", *count - 1) }
    }

    /// The sends of an identity are counted from the first again: it is processed once more, in the same run.
    pub(crate) fn begin_again(&mut self, identity: &Identity) {
        self.seen.remove(identity.seed());
    }

    /// Whether this run parked a delivery already.
    pub(crate) fn has_parked(&self, delivery: DeliveryId) -> bool {
        self.waiting.contains(&delivery)
    }

    /// Deliveries of an identity that this run was to make and did not, although an entry stands for them: they are no
    /// settled ones.
    pub(crate) fn unmade(&self, recorded_under: &MessageId) -> HashSet<DeliveryId> {
        let unmade = |item: &&Item| item.is_unmade() && item.recorded_under == *recorded_under;
        self.items.values().flatten().filter(unmade).map(|item| item.id).collect()
    }

    /// A delivery that was not made is made now, and its entry stands for it: it no longer goes with what had failed.
    pub(crate) fn makes(&mut self, delivery: DeliveryId) {
        for items in self.items.values_mut() {
            items.retain(|item| !(item.is_unmade() && item.id == delivery));
        }
    }

    /// Adds what came of a send.
    pub(crate) fn add(&mut self, scope: Option<UnitId>, item: Item) {
        if matches!(item.came, Came::Parked(_)) {
            self.waiting.insert(item.id);
        }
        self.items.entry(scope).or_default().push(item);
    }

    /// What a commit writes down: of one unit, or of all at the end of the run.
    pub(crate) fn changes(&self, now: Timestamp, only: Option<UnitId>) -> Vec<Change> {
        self.write(self.items.iter().filter(|(scope, _)| only.is_none() || **scope == only).flat_map(|(_, i)| i), now)
    }

    /// What a commit in the middle of the run writes down: the deliveries that were made since the last one, and which
    /// they are. What was sent stays sent, whatever becomes of its unit of work.
    pub(crate) fn made(&self, now: Timestamp) -> (Vec<Change>, HashSet<DeliveryId>) {
        let made = || self.items.values().flatten().filter(|item| matches!(item.came, Came::Delivered));
        (self.write(made(), now), made().map(|item| item.id).collect())
    }

    /// These are durable.
    pub(crate) fn remembered(&mut self, deliveries: &HashSet<DeliveryId>) {
        for items in self.items.values_mut() {
            items.retain(|item| !(matches!(item.came, Came::Delivered) && deliveries.contains(&item.id)));
        }
    }

    fn write<'a>(&self, items: impl Iterator<Item = &'a Item>, now: Timestamp) -> Vec<Change> {
        let mut changes = Vec::new();
        let mut delivered: BTreeMap<&MessageId, Vec<DeliveryId>> = BTreeMap::new();
        for item in items {
            if let Came::Parked(entry) = &item.came {
                let entry = entry.clone();
                changes.push(if self.unsure { Change::ParkAgain(entry) } else { Change::Put(entry) });
                continue;
            }
            if item.held {
                let place = Place::delivery(self.flow.as_str(), item.receiver.as_str());
                changes.push(Change::RemoveNamed { place, id: item.id.to_string() });
            }
            if matches!(item.came, Came::Delivered) {
                delivered.entry(&item.recorded_under).or_default().push(item.id);
            }
        }
        let some = !changes.is_empty() || !delivered.is_empty();
        if let Some((message, content)) = self.content.as_ref().filter(|_| some && !self.answered) {
            delivered.entry(message).or_default().push(*content);
        }
        changes.extend(delivered.into_iter().map(|(message, deliveries)| self.delivered(message, deliveries, now)));
        changes
    }

    fn delivered(&self, message: &MessageId, deliveries: Vec<DeliveryId>, now: Timestamp) -> Change {
        let (message, flow, expires) = (message.clone(), self.flow.clone(), now.plus(self.keep));
        Change::Delivered { message, flow, deliveries, expires }
    }

    /// The changes that say that something was written, beside which they are committed.
    pub(crate) fn written(&self, recorded_under: &MessageId, id: DeliveryId, now: Timestamp) -> Vec<Change> {
        [self.delivered(recorded_under, vec![id], now)].into_iter().chain(self.begun(now)).collect()
    }

    /// The change that remembers the content of the message, committed with what the run stores first of it.
    pub(crate) fn begun(&self, now: Timestamp) -> Option<Change> {
        self.content.as_ref().map(|(message, content)| self.delivered(message, vec![*content], now))
    }

    /// A unit's commit is durable: the deliveries that it made or parked are settled.
    pub(crate) fn committed(&mut self, scope: UnitId) -> Vec<DeliveryId> {
        let items = self.items.remove(&Some(scope)).unwrap_or_default();
        items.iter().for_each(|item| self.count(item));
        items.iter().filter(|item| !matches!(item.came, Came::Nothing)).map(|item| item.id).collect()
    }

    /// A unit is rolled back. What was sent stays sent: its outcomes move outwards. `forget` drops what was parked,
    /// because whatever the unit came from is still there and will be processed again.
    pub(crate) fn roll_back(&mut self, scope: UnitId, outer: Option<UnitId>, forget: bool) {
        let mut items = self.items.remove(&Some(scope)).unwrap_or_default();
        if forget {
            for item in &items {
                self.waiting.remove(&item.id);
            }
            items.retain_mut(Item::forget);
            let left = items.iter().filter(|item| matches!(item.came, Came::Parked(_))).map(|item| item.id);
            self.waiting.extend(left);
        }
        if !items.is_empty() {
            self.items.entry(outer).or_default().append(&mut items);
        }
    }

    /// A commit seemed to fail: it may be durable all the same.
    pub(crate) fn doubt_commits(&mut self) {
        self.unsure = true;
    }

    /// The run failed and its sender has the message. An entry that stands for a delivery goes, unless a commit may have
    /// made a parked delivery of it.
    pub(crate) fn forget_parked(&mut self) {
        for items in self.items.values_mut() {
            items.retain_mut(|item| {
                let parked = matches!(item.came, Came::Parked(_));
                item.forget() && !(self.unsure && parked && matches!(item.came, Came::Nothing))
            });
        }
    }

    /// How many deliveries the run parked, and whether one of them waits for a person.
    pub(crate) fn parked(&self) -> (u32, bool) {
        let mut all = Ledger::of(String::new(), self.keep, None);
        (all.parked, all.for_a_person) = (self.parked, self.for_a_person);
        self.items.values().flatten().for_each(|item| all.count(item));
        (all.parked, all.for_a_person)
    }

    fn count(&mut self, item: &Item) {
        if let Came::Parked(entry) = &item.came {
            self.parked = self.parked.saturating_add(1);
            self.for_a_person |= entry.state != EntryState::Waiting;
        }
    }
}

impl Item {
    /// It was never made, and the entry of its intent goes.
    fn is_unmade(&self) -> bool {
        self.held && matches!(self.came, Came::Nothing)
    }

    /// Drops a parked delivery; says whether there still is something to write down. A doubt that is held stays: only
    /// a person can resolve it.
    fn forget(&mut self) -> bool {
        if let Came::Parked(entry) = &self.came {
            if !self.held {
                return false;
            }
            if entry.state != EntryState::InDoubt && !entry.doubt {
                self.came = Came::Nothing;
            }
        }
        true
    }
}
