//! A unit of work: changes that commit together, and what a step of the same unit reads of them before they do.

use std::collections::{BTreeSet, HashMap, HashSet};

use base::{DeliveryId, EntryKey, Failure, Scope, Value};
use store::{Change, NewEntry, NumberState, Place};

/// Most changes of one unit of work.
const MAX_CHANGES: usize = 100_000;

/// Names an open unit of work of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct UnitId(pub(crate) u64);

impl UnitId {
    /// Holds the numbers that outermost units drew before they were rolled back.
    pub(crate) const NUMBERS: UnitId = UnitId(0);
}

/// A change that waits for the end of its process, seen by later steps of the unit as if it had happened.
#[derive(Debug, Default)]
pub(crate) struct Unit {
    /// The unit around this one; what must outlive a rollback moves there.
    pub(crate) parent: Option<UnitId>,
    changes: Vec<Change>,
    /// What it draws from number ranges; may be committed earlier.
    draws: Vec<Change>,
    /// What of it a commit that is under way has.
    keeping: Vec<Change>,
    /// Where an id was put last, or that it was removed.
    entries: HashMap<(Place, String), Option<usize>>,
    /// Live puts by place, in order.
    puts: HashMap<Place, BTreeSet<usize>>,
    variables: HashMap<(Scope, String), Value>,
    numbers: HashMap<String, NumberState>,
    drawn: HashMap<(String, String), i64>,
    once: HashSet<(String, String)>,
    /// What it writes once per message.
    made: HashSet<DeliveryId>,
}

/// What a unit knows of an entry id.
pub(crate) enum Pending<'a> {
    /// Put by this unit.
    Put(&'a NewEntry),
    /// Removed by this unit.
    Removed,
    /// Nothing: the store knows.
    Unknown,
}

impl Unit {
    /// A unit inside another.
    pub(crate) fn inside(parent: Option<UnitId>) -> Self {
        Unit { parent, ..Unit::default() }
    }

    /// Adds a change.
    pub(crate) fn add(&mut self, change: Change) -> Result<(), Failure> {
        if self.changes.len() + self.draws.len() >= MAX_CHANGES {
            return Err(Failure::permanent("X0306", format!("the unit of work has more than {MAX_CHANGES} changes")));
        }
        match &change {
            Change::Put(new) => {
                let name = (new.place.clone(), new.id.clone());
                if matches!(self.entries.get(&name), Some(Some(_))) && !new.overwrite {
                    let text = format!("DuplicateEntryException: entry `{}` of {} exists already", new.id, new.place);
                    return Err(Failure::permanent("X0303", text));
                }
                self.forget_put(&name);
                self.puts.entry(new.place.clone()).or_default().insert(self.changes.len());
                self.entries.insert(name, Some(self.changes.len()));
            }
            Change::RemoveNamed { place, id } => {
                let name = (place.clone(), id.clone());
                self.forget_put(&name);
                self.entries.insert(name, None);
            }
            Change::SetVariable { scope, name, value, .. } => {
                self.variables.insert((scope.clone(), name.clone()), value.clone());
            }
            Change::DrawNumber { name, drawn, next, correlation, .. } => {
                if let Some(state) = self.numbers.get_mut(name) {
                    state.next = *next;
                }
                if let Some(correlation) = correlation {
                    self.drawn.insert((name.clone(), correlation.clone()), *drawn);
                }
                self.draws.push(change);
                return Ok(());
            }
            Change::DeclareRange { .. } => {
                self.draws.push(change);
                return Ok(());
            }
            Change::MarkOnce { step, id, .. } => {
                self.once.insert((step.clone(), id.clone()));
            }
            _ => {}
        }
        self.changes.push(change);
        Ok(())
    }

    /// Adds a write that is made once and for all.
    pub(crate) fn make(&mut self, id: DeliveryId, changes: Vec<Change>) -> Result<(), Failure> {
        self.made.insert(id);
        changes.into_iter().try_for_each(|change| self.add(change))
    }

    /// Whether it writes this.
    pub(crate) fn made(&self, id: DeliveryId) -> bool {
        self.made.contains(&id)
    }

    /// Its commit is durable: what it wrote.
    pub(crate) fn written(self) -> HashSet<DeliveryId> {
        self.made
    }

    fn forget_put(&mut self, name: &(Place, String)) {
        if let (Some(Some(at)), Some(live)) = (self.entries.get(name), self.puts.get_mut(&name.0)) {
            live.remove(at);
        }
    }

    /// Its changes, in order; the unit is empty afterwards.
    pub(crate) fn take(&mut self) -> Vec<Change> {
        let mut all = self.take_draws();
        all.append(&mut self.changes);
        all
    }

    /// What it drew and nobody committed yet, for a commit.
    pub(crate) fn take_draws(&mut self) -> Vec<Change> {
        self.keeping.clone_from(&self.draws);
        std::mem::take(&mut self.draws)
    }

    /// Whether a commit that is under way has what it drew.
    pub(crate) fn is_keeping(&self) -> bool {
        !self.keeping.is_empty()
    }

    /// That commit is over.
    pub(crate) fn kept(&mut self, durable: bool) {
        let keeping = std::mem::take(&mut self.keeping);
        if !durable {
            self.draws.splice(0..0, keeping);
        }
    }

    /// Whether it drew from a number range.
    pub(crate) fn has_drawn(&self) -> bool {
        !self.numbers.is_empty()
    }

    /// Whether it remembers any idempotent call.
    pub(crate) fn has_once(&self) -> bool {
        !self.once.is_empty()
    }

    /// It removes the entry that has this name.
    pub(crate) fn removes(&mut self, place: Place, id: String) {
        self.entries.insert((place, id), None);
    }

    /// Takes over what another unit drew.
    pub(crate) fn adopt(&mut self, other: Unit) {
        self.draws.extend(other.draws);
        self.numbers.extend(other.numbers);
        self.drawn.extend(other.drawn);
    }

    /// What it knows of an entry id.
    pub(crate) fn entry(&self, place: &Place, id: &str) -> Pending<'_> {
        match self.entries.get(&(place.clone(), id.to_owned())) {
            Some(Some(at)) => match self.changes.get(*at) {
                Some(Change::Put(new)) => Pending::Put(new),
                _ => Pending::Unknown,
            },
            Some(None) => Pending::Removed,
            None => Pending::Unknown,
        }
    }

    /// Entries that it put into a place, in order.
    pub(crate) fn puts(&self, place: &Place) -> impl Iterator<Item = &NewEntry> {
        self.puts.get(place).into_iter().flatten().filter_map(|at| match self.changes.get(*at) {
            Some(Change::Put(new)) => Some(&**new),
            _ => None,
        })
    }

    /// Keys of entries that it removed.
    pub(crate) fn removed(&self) -> impl Iterator<Item = EntryKey> {
        self.changes.iter().filter_map(|c| if let Change::Remove(key) = c { Some(*key) } else { None })
    }

    /// A variable that it wrote.
    pub(crate) fn variable(&self, scope: &Scope, name: &str) -> Option<&Value> {
        self.variables.get(&(scope.clone(), name.to_owned()))
    }

    /// A number range that it drew from.
    pub(crate) fn number(&self, name: &str) -> Option<&NumberState> {
        self.numbers.get(name)
    }

    /// The range as the store has it, before this unit draws from it.
    pub(crate) fn know_number(&mut self, state: NumberState) {
        self.numbers.entry(state.name.clone()).or_insert(state);
    }

    /// The number that it drew for a correlation.
    pub(crate) fn drawn(&self, name: &str, correlation: &str) -> Option<i64> {
        self.drawn.get(&(name.to_owned(), correlation.to_owned())).copied()
    }

    /// Whether it marks an idempotent call as done.
    pub(crate) fn once(&self, step: &str, id: &str) -> bool {
        self.once.contains(&(step.to_owned(), id.to_owned()))
    }
}
