//! The Store trait: one call that changes, and the questions that are asked.

use base::{DeliveryId, EntryKey, Fut, MessageId, Scope, Timestamp, Value};
use serde::Serialize;

use crate::{Answer, Change, DeliveryEnd, Entry, EntryFilter, EntryInfo, Place, PlaceKind, PlaceSummary};

/// The store cannot answer: disk full, file damaged, connection lost. The text is for an operator.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct StoreError(pub String);

impl StoreError {
    /// Codes of failures that lie in what was asked or stored, not in the store: too large, unreadable, no key.
    const OF_ONE_MESSAGE: [&str; 3] = ["S0006", "S0007", "S0009"];

    /// Whether the store itself is at fault, so that the next message will most likely meet the same.
    #[must_use]
    pub fn is_outage(&self) -> bool {
        !Self::OF_ONE_MESSAGE.iter().any(|code| self.0.starts_with(code))
    }
}

/// Why a commit changed nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// An entry id or idempotency key exists already; the text names it.
    #[error("{0} exists already")]
    Duplicate(String),
    /// What the change was based on is not so any more; try again.
    #[error("{0} was changed meanwhile")]
    Conflict(String),
    /// The store could not write.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A stored variable.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Variable {
    /// Whose.
    pub scope: Scope,
    /// Name.
    pub name: String,
    /// Value.
    pub value: Value,
    /// Last write.
    pub updated: Timestamp,
    /// Then it expires.
    pub expires: Timestamp,
}

/// A number range as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NumberState {
    /// Name.
    pub name: String,
    /// First number.
    pub min: i64,
    /// Last number.
    pub max: i64,
    /// Digits to pad to; 0 does not pad.
    pub length: u8,
    /// Begin again after the last.
    pub rotate: bool,
    /// The number that is drawn next; `None` where the range is used up.
    pub next: Option<i64>,
}

impl NumberState {
    /// The number that is drawn after this one; `None` where the range is then used up.
    #[must_use]
    pub fn after(&self, number: i64) -> Option<i64> {
        match number.checked_add(1) {
            Some(next) if next <= self.max => Some(next),
            _ => self.rotate.then_some(self.min),
        }
    }
}

/// A timer as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TickState {
    /// Identity of the schedule it was computed for.
    pub schedule: String,
    /// Last tick.
    pub last: Option<Timestamp>,
    /// Next tick.
    pub next: Option<Timestamp>,
}

/// What a start found of the process before it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Entries that were being processed when it ended; they wait again, with one more crash counted.
    pub taken: Vec<EntryKey>,
}

/// Something that a sweep removed because its time was over (G9: nothing silent).
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "nearly all of what expires is entries")]
pub enum Expired {
    /// An entry.
    Entry(EntryInfo),
    /// A variable.
    Variable(Scope, String),
}

/// What must survive. Implementations differ in where they keep it; the conformance suite holds them to one meaning.
pub trait Store: Send + Sync {
    /// Applies all changes or none; when it answers `Ok` they are durable. Changes apply in order.
    fn commit(&self, changes: Vec<Change>) -> Fut<'_, Result<(), CommitError>>;

    /// Makes due entries of a place `Taken`, durably, and gives them oldest due time first, then oldest number.
    /// Skips stopped places and interfaces. `in_order` (exclusive queue): only the very first waiting or taken entry
    /// by number counts, and it is given only if it is waiting and due.
    ///
    /// It does not fail because of one entry: what cannot be read becomes `Blocked` in the same transaction, with an
    /// error that begins with `S0009`, and others are given in its place.
    fn claim(
        &self,
        place: &Place,
        now: Timestamp,
        limit: u32,
        in_order: bool,
    ) -> Fut<'_, Result<Vec<Entry>, StoreError>>;

    /// When the next waiting entry of a place that is not stopped is due; may be past.
    fn next_due(&self, place: &Place, in_order: bool) -> Fut<'_, Result<Option<Timestamp>, StoreError>>;

    /// An entry with its payload; an error where that cannot be read.
    fn entry(&self, key: EntryKey) -> Fut<'_, Result<Option<Entry>, StoreError>>;

    /// The entry of an id.
    fn find(&self, place: &Place, id: &str) -> Fut<'_, Result<Option<Entry>, StoreError>>;

    /// Waiting entries of a place in the order in which they were stored, without those of `except`: a select. What cannot
    /// be read is left out and blocked, as by a claim.
    fn select(&self, place: &Place, max: u32, except: &[EntryKey]) -> Fut<'_, Result<Vec<Entry>, StoreError>>;

    /// Entries without payload, by number.
    fn entries(&self, filter: EntryFilter) -> Fut<'_, Result<Vec<EntryInfo>, StoreError>>;

    /// All places of a kind (or all), by kind, name and flow.
    fn places(&self, kind: Option<PlaceKind>, now: Timestamp) -> Fut<'_, Result<Vec<PlaceSummary>, StoreError>>;

    /// A variable that has not expired.
    fn variable(&self, scope: &Scope, name: &str, now: Timestamp) -> Fut<'_, Result<Option<Variable>, StoreError>>;

    /// All variables, by scope and name.
    fn variables(&self) -> Fut<'_, Result<Vec<Variable>, StoreError>>;

    /// A number range.
    fn number_range(&self, name: &str) -> Fut<'_, Result<Option<NumberState>, StoreError>>;

    /// All number ranges, by name.
    fn number_ranges(&self) -> Fut<'_, Result<Vec<NumberState>, StoreError>>;

    /// The number drawn before for a correlation.
    fn drawn(&self, name: &str, correlation: &str, now: Timestamp) -> Fut<'_, Result<Option<i64>, StoreError>>;

    /// Whether an idempotent process call succeeded for this id.
    fn once(&self, step: &str, id: &str, now: Timestamp) -> Fut<'_, Result<bool, StoreError>>;

    /// The deliveries of a message that are over, each once: delivered, or given up by a person. None is sent again.
    fn outcomes(&self, message: &MessageId) -> Fut<'_, Result<Vec<(DeliveryId, DeliveryEnd)>, StoreError>>;

    /// The deliveries of a message that were delivered.
    fn delivered(&self, message: &MessageId) -> Fut<'_, Result<Vec<DeliveryId>, StoreError>>;

    /// The remembered answer to a keyed request, where it has not expired at `now`. One that has is kept as long as an
    /// outcome or an entry of its message is: the same key then means another message.
    fn answer(&self, flow: &str, key: &str, now: Timestamp) -> Fut<'_, Result<Option<Answer>, StoreError>>;

    /// A timer.
    fn tick(&self, flow: &str, process: &str) -> Fut<'_, Result<Option<TickState>, StoreError>>;

    /// Names of the flows that an operator stopped.
    fn stopped_flows(&self) -> Fut<'_, Result<Vec<String>, StoreError>>;

    /// Called once after opening: `Taken` entries become `Waiting` again, due now, with one more crash counted.
    fn recover(&self, now: Timestamp) -> Fut<'_, Result<Recovered, StoreError>>;

    /// Removes what has expired, at most `limit` entries in one call, and tells what it was. Taken entries stay.
    fn sweep(&self, now: Timestamp, limit: u32) -> Fut<'_, Result<Vec<Expired>, StoreError>>;
}
