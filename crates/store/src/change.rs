//! Changes: what one commit can do. A commit applies all of its changes or none.

use base::{CorrelationId, DeliveryId, EntryKey, Message, MessageId, Scope, Timestamp, Value};
use bytes::Bytes;

use crate::{EntryState, Place};

/// One change of what is stored.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Stores an entry. Fails the commit with [`crate::CommitError::Duplicate`] where the id exists and `overwrite` is off.
    Put(Box<NewEntry>),
    /// Parks a delivery after a commit that parked it may have been durable although it seemed to fail: stores the entry
    /// unless one of its id is there, or the delivery is recorded as over.
    ParkAgain(Box<NewEntry>),
    /// Removes an entry; one that is gone already is no error.
    Remove(EntryKey),
    /// Removes the entry of an id in a place; a missing one is no error.
    RemoveNamed {
        /// Where.
        place: Place,
        /// Entry id.
        id: String,
    },
    /// Puts an entry back or aside after an attempt. A missing entry is no error (a person deleted it meanwhile).
    Reschedule {
        /// Which.
        key: EntryKey,
        /// Its new state.
        state: EntryState,
        /// When it is taken next.
        due: Timestamp,
        /// Failed retries so far.
        retries: u32,
        /// Crashes so far.
        crashes: u32,
        /// Whether an attempt may have been done without our knowing.
        doubt: bool,
        /// Why.
        error: Option<String>,
    },
    /// Replaces the body of an entry, which a person corrected; all else stays. A missing entry is no error.
    Correct {
        /// Which.
        key: EntryKey,
        /// Its new body.
        body: Bytes,
    },
    /// Moves an entry to another place; it becomes waiting and due at once, and keeps its created time.
    Move {
        /// Which.
        key: EntryKey,
        /// Where to.
        to: Place,
        /// When it is taken next.
        due: Timestamp,
    },
    /// Makes a place known although it holds nothing (a deployed flow names it).
    Declare(Place),
    /// Removes a place with all its entries.
    DropPlace(Place),
    /// Stops or starts taking from a place.
    StopPlace {
        /// Which.
        place: Place,
        /// Stopped or started.
        stopped: bool,
    },
    /// Stops or starts taking one interface's entries from a place.
    StopInterface {
        /// Which place.
        place: Place,
        /// Which interface.
        interface: String,
        /// Stopped or started.
        stopped: bool,
    },
    /// Stops or starts a flow.
    StopFlow {
        /// Which.
        flow: String,
        /// Stopped or started.
        stopped: bool,
    },
    /// Writes a variable.
    SetVariable {
        /// Whose.
        scope: Scope,
        /// Name.
        name: String,
        /// Value.
        value: Value,
        /// Now.
        updated: Timestamp,
        /// Then it expires.
        expires: Timestamp,
    },
    /// Lets a variable live longer because it was read: its expiry moves forward, never backward.
    /// The value stays as it is, and a variable that is gone stays gone.
    TouchVariable {
        /// Whose.
        scope: Scope,
        /// Name.
        name: String,
        /// Then it expires.
        expires: Timestamp,
    },
    /// Removes a variable.
    DeleteVariable {
        /// Whose.
        scope: Scope,
        /// Name.
        name: String,
    },
    /// Makes a number range known, or changes its limits; the next number is kept where it still fits.
    DeclareRange {
        /// Name.
        name: String,
        /// First number.
        min: i64,
        /// Last number.
        max: i64,
        /// Digits to pad to; 0 does not pad.
        length: u8,
        /// Begin again after the last.
        rotate: bool,
    },
    /// Draws a number: the range's next number becomes `next`.
    /// Fails the commit with [`crate::CommitError::Conflict`] where its next number is not `drawn` any more.
    DrawNumber {
        /// Range.
        name: String,
        /// The number drawn.
        drawn: i64,
        /// The number after it; `None` where the range is used up.
        next: Option<i64>,
        /// What the number belongs to, where it has to be found again.
        correlation: Option<String>,
        /// Until when the correlation is remembered.
        expires: Timestamp,
    },
    /// Remembers that an idempotent process call succeeded.
    MarkOnce {
        /// `flow/step`.
        step: String,
        /// What identifies the message.
        id: String,
        /// Until when.
        expires: Timestamp,
    },
    /// Adds to the outcome record of a message: these deliveries were delivered and are never sent again.
    Delivered {
        /// Whose.
        message: MessageId,
        /// Of which flow.
        flow: String,
        /// Which deliveries.
        deliveries: Vec<DeliveryId>,
        /// Until when.
        expires: Timestamp,
    },
    /// Adds to the outcome record of a message: a person decided that these deliveries are over, cancelled. They are never
    /// sent, and do not count as delivered, unless they are recorded as delivered as well.
    GivenUp {
        /// Whose.
        message: MessageId,
        /// Of which flow.
        flow: String,
        /// Which deliveries.
        deliveries: Vec<DeliveryId>,
        /// Until when.
        expires: Timestamp,
    },
    /// Remembers the answer to a keyed request.
    /// Fails the commit with [`crate::CommitError::Duplicate`] where the key has an answer already.
    Answered(Box<Answer>),
    /// Makes room for another answer to a key: forgets the answer that a message gave, which has expired. One that another
    /// message gave stays.
    ForgetAnswer {
        /// Flow that answered.
        flow: String,
        /// Caller and key.
        key: String,
        /// The message that it was given to.
        message_id: MessageId,
    },
    /// Remembers a timer's last tick and next due time.
    Tick {
        /// Flow.
        flow: String,
        /// Process.
        process: String,
        /// Changes when the schedule changes: the next due time is then computed anew.
        schedule: String,
        /// Last tick.
        last: Option<Timestamp>,
        /// Next tick; `None` where none follows.
        next: Option<Timestamp>,
    },
}

/// An entry to store.
#[derive(Clone, Debug, PartialEq)]
pub struct NewEntry {
    /// Where.
    pub place: Place,
    /// Unique in its place, at most 255 characters.
    pub id: String,
    /// Replaces an entry of the same id; otherwise that fails the commit.
    pub overwrite: bool,
    /// Payload; header and property values that are not storable are left out.
    pub message: Message,
    /// Stored encrypted.
    pub encrypt: bool,
    /// The message it belongs to.
    pub message_id: MessageId,
    /// Of a parked delivery: under which id its outcome is recorded, where that is not its message's
    /// ([`EntryInfo::recorded_under`](crate::EntryInfo::recorded_under)).
    pub origin: Option<MessageId>,
    /// The chain it belongs to.
    pub correlation: CorrelationId,
    /// The interface it belongs to inside a shared queue.
    pub interface: String,
    /// Entries of the place with the same key are taken strictly one after the other; empty asks for no order.
    pub order_key: String,
    /// State.
    pub state: EntryState,
    /// Whether an attempt may have been done without our knowing.
    pub doubt: bool,
    /// Now.
    pub created: Timestamp,
    /// When it is taken.
    pub due: Timestamp,
    /// From then on it counts as overdue.
    pub alert_at: Timestamp,
    /// Then it expires.
    pub expires: Timestamp,
    /// Failed attempts so far.
    pub retries: u32,
    /// Why it is parked, where it is because of a failure.
    pub error: Option<String>,
}

/// The remembered answer to a request that carried an idempotency key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Flow that answered.
    pub flow: String,
    /// Caller and key.
    pub key: String,
    /// The message it became.
    pub message_id: MessageId,
    /// Digest of the request's payload.
    pub fingerprint: [u8; 32],
    /// Status of the answer.
    pub status: u16,
    /// Headers of the answer.
    pub headers: Vec<(String, String)>,
    /// Body of the answer.
    pub body: Bytes,
    /// Until when it is remembered.
    pub expires: Timestamp,
}
