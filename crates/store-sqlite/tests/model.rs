//! The SQLite store against the memory store: the same random changes on both, and every question answered alike.
#![allow(clippy::unwrap_used, reason = "a test: an error is a failed test")]

mod common;

use base::{DeliveryId, Entropy, EntryKey, MessageId, Scope, SeededEntropy, Timestamp, Value};
use bytes::Bytes;
use common::{Directory, open};
use store::conformance::{NOW, at, block_on, new_entry, put, rich_message};
use store::{Answer, Change, EntryFilter, EntryState, MemoryStore, NewEntry, Place, PlaceKind, Store};

const STATES: [EntryState; 5] =
    [EntryState::Waiting, EntryState::Taken, EntryState::Blocked, EntryState::Escalated, EntryState::InDoubt];
const KINDS: [PlaceKind; 4] = [PlaceKind::Queue, PlaceKind::DataStore, PlaceKind::Delivery, PlaceKind::Inbox];

/// Draws small numbers, so that changes meet each other.
struct Dice(SeededEntropy);

impl Dice {
    fn below(&self, end: u64) -> u64 {
        self.0.next_u64() % end
    }

    fn name(&self, prefix: &str, end: u64) -> String {
        format!("{prefix}{}", self.below(end))
    }

    fn flag(&self) -> bool {
        self.below(2) == 0
    }

    fn time(&self) -> Timestamp {
        at(i64::try_from(self.below(40)).unwrap() - 20)
    }

    fn place(&self) -> Place {
        let flow = if self.flag() { String::new() } else { "f".to_owned() };
        Place { kind: KINDS[usize::try_from(self.below(4)).unwrap()], name: self.name("p", 2), flow }
    }

    fn key(&self) -> EntryKey {
        EntryKey(i64::try_from(self.below(60)).unwrap())
    }

    fn state(&self) -> EntryState {
        // Mostly waiting: the others are only looked at.
        if self.below(3) > 0 { EntryState::Waiting } else { STATES[usize::try_from(self.below(5)).unwrap()] }
    }

    fn scope(&self) -> Scope {
        Scope::from_flow(if self.flag() { "" } else { "f" })
    }

    fn entry(&self) -> NewEntry {
        NewEntry {
            overwrite: self.flag(),
            message: if self.flag() { rich_message() } else { base::Message::of(self.name("b", 99)) },
            encrypt: self.flag(),
            message_id: MessageId::from_text(self.name("A", 5)),
            origin: self.flag().then(|| MessageId::from_text(self.name("A", 5))),
            interface: self.name("i", 3),
            order_key: if self.flag() { String::new() } else { self.name("o", 2) },
            doubt: self.flag(),
            state: self.state(),
            created: self.time(),
            due: self.time(),
            alert_at: self.time(),
            expires: self.time(),
            retries: u32::try_from(self.below(3)).unwrap(),
            error: self.flag().then(|| self.name("e", 9)),
            ..new_entry(&self.place(), &self.name("", 4))
        }
    }

    fn answer(&self) -> Answer {
        Answer {
            flow: self.name("f", 2),
            key: self.name("k", 3),
            message_id: MessageId::from_text(self.name("A", 5)),
            fingerprint: [u8::try_from(self.below(256)).unwrap(); 32],
            status: 200,
            headers: vec![(self.name("h", 9), String::new())],
            body: Bytes::from(self.name("b", 9)),
            expires: self.time(),
        }
    }

    fn change(&self) -> Change {
        match self.below(24) {
            0..5 => put(self.entry()),
            5 => Change::ParkAgain(Box::new(self.entry())),
            6 => Change::Remove(self.key()),
            7 => Change::RemoveNamed { place: self.place(), id: self.name("", 4) },
            8 | 9 => Change::Reschedule {
                key: self.key(),
                state: self.state(),
                due: self.time(),
                retries: 1,
                crashes: 2,
                doubt: self.flag(),
                error: self.flag().then(|| "again".to_owned()),
            },
            10 if self.flag() => Change::Correct { key: self.key(), body: "corrected".into() },
            10 => Change::Move { key: self.key(), to: self.place(), due: self.time() },
            11 => Change::Declare(self.place()),
            12 if self.below(4) == 0 => Change::DropPlace(self.place()),
            12 | 13 => Change::StopPlace { place: self.place(), stopped: self.below(4) == 0 },
            14 => {
                Change::StopInterface { place: self.place(), interface: self.name("i", 3), stopped: self.below(3) == 0 }
            }
            15 => Change::StopFlow { flow: self.name("f", 3), stopped: self.flag() },
            16 => Change::SetVariable {
                scope: self.scope(),
                name: self.name("v", 3),
                value: if self.flag() { Value::Int(1) } else { Value::Null },
                updated: NOW,
                expires: self.time(),
            },
            17 if self.flag() => {
                Change::TouchVariable { scope: self.scope(), name: self.name("v", 3), expires: self.time() }
            }
            17 => Change::DeleteVariable { scope: self.scope(), name: self.name("v", 3) },
            18 => Change::DeclareRange {
                name: self.name("r", 2),
                min: 1,
                max: i64::try_from(self.below(5)).unwrap(),
                length: 3,
                rotate: self.flag(),
            },
            19 => Change::DrawNumber {
                name: self.name("r", 2),
                drawn: i64::try_from(self.below(4)).unwrap(),
                next: self.flag().then(|| i64::try_from(self.below(4)).unwrap()),
                correlation: self.flag().then(|| self.name("c", 3)),
                expires: self.time(),
            },
            20 => Change::MarkOnce { step: self.name("s", 2), id: self.name("", 3), expires: self.time() },
            21 => {
                let (message, flow) = (MessageId::from_text(self.name("A", 5)), "f".to_owned());
                let deliveries = (0..self.below(4)).map(|n| DeliveryId([u8::try_from(n).unwrap(); 16])).collect();
                let expires = self.time();
                if self.below(3) > 0 {
                    Change::Delivered { message, flow, deliveries, expires }
                } else {
                    Change::GivenUp { message, flow, deliveries, expires }
                }
            }
            22 => Change::Answered(Box::new(self.answer())),
            _ => Change::Tick {
                flow: self.name("f", 2),
                process: "p".to_owned(),
                schedule: self.name("s", 2),
                last: self.flag().then(|| self.time()),
                next: self.flag().then(|| self.time()),
            },
        }
    }

    fn filter(&self) -> EntryFilter {
        EntryFilter {
            place: (self.below(3) == 0).then(|| self.place()),
            kind: (self.below(4) == 0).then_some(PlaceKind::Queue),
            state: self.flag().then(|| self.state()),
            interface: (self.below(3) == 0).then(|| self.name("i", 3)),
            message_id: (self.below(4) == 0).then(|| MessageId::from_text(self.name("A", 5))),
            origin: (self.below(4) == 0).then(|| MessageId::from_text(self.name("A", 5))),
            due_after: (self.below(4) == 0).then(|| self.time()),
            after: self.flag().then(|| self.key()),
            limit: u32::try_from(self.below(5)).unwrap(),
        }
    }
}

/// All that can be asked without changing anything, as one text; `dice` decides about what.
async fn everything(store: &dyn Store, seed: u64) -> String {
    let dice = Dice(SeededEntropy::new(seed));
    let (place, now, in_order) = (dice.place(), dice.time(), dice.flag());
    let except = [dice.key(), dice.key()];
    let message = MessageId::from_text(dice.name("A", 5));
    let answers = (
        store.next_due(&place, in_order).await,
        store.entry(dice.key()).await,
        store.find(&place, &dice.name("", 4)).await,
        store.select(&place, 3, &except).await,
        store.entries(dice.filter()).await,
        store.places(dice.flag().then_some(place.kind), now).await,
    );
    let small = (
        store.variable(&dice.scope(), &dice.name("v", 3), now).await,
        store.variables().await,
        store.number_range(&dice.name("r", 2)).await,
        store.number_ranges().await,
        store.drawn(&dice.name("r", 2), &dice.name("c", 3), now).await,
        store.once(&dice.name("s", 2), &dice.name("", 3), now).await,
        (store.delivered(&message).await, store.outcomes(&message).await),
        store.answer(&dice.name("f", 2), &dice.name("k", 3), now).await,
        store.tick(&dice.name("f", 2), "p").await,
        store.stopped_flows().await,
    );
    format!("{answers:#?}\n{small:#?}")
}

/// Changes that both must answer alike.
async fn act(store: &dyn Store, seed: u64) -> String {
    let dice = Dice(SeededEntropy::new(seed));
    match dice.below(20) {
        0..13 => {
            let changes = (0..=dice.below(4)).map(|_| dice.change()).collect();
            format!("{:?}", store.commit(changes).await)
        }
        13..18 => {
            let (place, now, limit, in_order) = (dice.place(), dice.time(), dice.below(3), dice.below(3) == 0);
            format!("{:#?}", store.claim(&place, now, u32::try_from(limit).unwrap(), in_order).await)
        }
        18 => format!("{:?}", store.recover(dice.time()).await),
        _ => format!("{:?}", store.sweep(at(-15), u32::try_from(dice.below(4)).unwrap()).await),
    }
}

#[test]
fn both_stores_agree() {
    let seeds = SeededEntropy::new(20_261_122);
    for world in 0..12 {
        let dir = Directory::new();
        let memory = MemoryStore::new();
        let mut sqlite = open(dir.path()).unwrap();
        for step in 0..300 {
            let seed = seeds.next_u64();
            let expect = block_on(act(&memory, seed));
            assert_eq!(block_on(act(&sqlite, seed)), expect, "world {world}, step {step}, seed {seed}");
            if step % 100 == 50 {
                drop(sqlite);
                sqlite = open(dir.path()).unwrap();
            }
            let expect = block_on(everything(&memory, seed));
            assert_eq!(block_on(everything(&sqlite, seed)), expect, "world {world}, step {step}, seed {seed}");
        }
    }
}
