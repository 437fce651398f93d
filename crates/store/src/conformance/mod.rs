//! The conformance suite: what every store and every message log must do, instantiated per implementation.
//!
//! `store::store_conformance!(make)` writes one test per rule; `make` is called for each and gives a new, empty
//! `Arc<dyn Store>` that can encrypt. `store::log_conformance!(make)` does the same for an `Arc<dyn MessageLog>`.
#![expect(clippy::unwrap_used, reason = "a suite of tests: an error is a failed test")]

pub mod log;
pub mod places;
pub mod taking;
pub mod values;

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

use base::{CorrelationId, EntryKey, Headers, Message, MessageId, Timestamp, Value};
use bytes::Bytes;

use crate::{Change, EntryState, NewEntry, Place, Store};

/// One test per rule of a store.
#[macro_export]
macro_rules! store_conformance {
    ($make:expr) => {
        $crate::rule_tests! { $make;
            places: put_and_find keeps_every_storable_value refuses_a_second_entry_of_an_id overwrites_where_asked parks_again
                refuses_long_ids removes commits_all_or_nothing applies_in_order encrypts corrects_bodies moves drops_a_place
                declares_places summarises_places filters_entries filters_by_due_time knows_origins selects_in_stored_order;
            taking: claims_by_due_time claims_the_due_only claims_in_order keeps_the_order_of_keys doubts reschedules skips_the_stopped next_due
                recovers sweeps;
            values: variables touches_variables number_ranges draws_numbers marks_once remembers_deliveries remembers_how_deliveries_ended remembers_answers ticks
                stops_flows forgets_the_expired;
        }
    };
}

/// One test per rule of a message log.
#[macro_export]
macro_rules! log_conformance {
    ($make:expr) => {
        $crate::rule_tests! { $make;
            log: statuses details filters newest_first counts attachments_and_traces recovers sweeps keeps_unfinished unknown;
        }
    };
}

/// The tests of the rules of some modules of this suite.
#[doc(hidden)]
#[macro_export]
macro_rules! rule_tests {
    ($make:expr; $($module:ident: $($rule:ident)+;)+) => {
        $(mod $module {
            use super::*;
            $(#[test]
            fn $rule() {
                $crate::conformance::block_on($crate::conformance::$module::$rule($make()));
            })+
        })+
    };
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits for a future on this thread: stores need no runtime.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => std::thread::park(),
        }
    }
}

/// The present of the suite.
pub const NOW: Timestamp = Timestamp(1_800_000_000_000);

/// `NOW` plus some milliseconds.
#[must_use]
pub fn at(ms: i64) -> Timestamp {
    Timestamp(NOW.0 + ms)
}

/// An entry that is due now and lives for a day.
#[must_use]
pub fn new_entry(place: &Place, id: &str) -> NewEntry {
    let message_id = MessageId::from_text(format!("A-{id}"));
    NewEntry {
        place: place.clone(),
        id: id.to_owned(),
        overwrite: false,
        message: Message::of(format!("body of {id}")),
        encrypt: false,
        correlation: CorrelationId::from(&message_id),
        message_id,
        origin: None,
        interface: "orders".to_owned(),
        order_key: String::new(),
        state: EntryState::Waiting,
        doubt: false,
        created: NOW,
        due: NOW,
        alert_at: at(3_600_000),
        expires: at(86_400_000),
        retries: 0,
        error: None,
    }
}

/// The change that stores an entry.
#[must_use]
pub fn put(entry: NewEntry) -> Change {
    Change::Put(Box::new(entry))
}

/// A message with every kind of value that is stored.
#[must_use]
pub fn rich_message() -> Message {
    let values = || {
        [
            ("text", Value::from("a \"quoted\" line\nand ünïcode \u{0}")),
            ("digits", Value::from("42")),
            ("int", Value::Int(42)),
            ("least", Value::Int(i64::MIN)),
            ("float", Value::Float(42.0)),
            ("third", Value::Float(1.0 / 3.0)),
            ("infinite", Value::Float(f64::INFINITY)),
            ("true", Value::Bool(true)),
            ("bytes", Value::Bytes(Bytes::from_static(&[0, 1, 254, 255]))),
            ("no bytes", Value::Bytes(Bytes::new())),
            ("", Value::from("")),
        ]
    };
    let headers: Headers = values().into_iter().collect();
    let attachment = |name: &str, content: &'static [u8]| base::Attachment {
        name: name.to_owned(),
        media_type: "text/plain".to_owned(),
        content: Bytes::from_static(content),
    };
    Message {
        headers,
        properties: values().into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        body: Bytes::from_static(b"\xff\x00 not text"),
        attachments: vec![attachment("first", b"one"), attachment("second", b"\x00\xff")],
    }
}

/// Stores entries that are due now, and gives their numbers.
async fn put_all(store: &Arc<dyn Store>, place: &Place, ids: &[&str]) -> Vec<EntryKey> {
    store.commit(ids.iter().map(|id| put(new_entry(place, id))).collect()).await.unwrap();
    let mut keys = Vec::new();
    for id in ids {
        keys.push(store.find(place, id).await.unwrap().unwrap().info.key);
    }
    keys
}

/// Claims, and gives the ids of what was taken.
async fn claim(store: &Arc<dyn Store>, place: &Place, now: Timestamp, limit: u32, in_order: bool) -> Vec<String> {
    store.claim(place, now, limit, in_order).await.unwrap().into_iter().map(|entry| entry.info.id).collect()
}
