//! Every fault at every effect: nothing is lost, nothing recorded is sent again, and in the end everything is in order.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use base::{Class, Message};
use engine::{Keyed, Trigger};
use store::{EntryFilter, EntryState, Place, PlaceKind, Store};

use super::world::{Fault, IMPORTED, World, now};

const FAULTS: [Fault; 8] = [
    Fault::Fail(Class::Transient),
    Fault::Fail(Class::Permanent),
    Fault::Fail(Class::InDoubt),
    Fault::Fail(Class::Bug),
    Fault::SeemsToFail,
    Fault::Repeat,
    Fault::CrashBefore,
    Fault::CrashAfter,
];

/// A flow that does everything durable that a flow can do.
fn everything(transaction: &str, in_doubt: &str, parallel: u32) -> String {
    format!(
        "flow: f\nquality: exactly-once\nfrom:\n  http: /f\nnumber-ranges: {{ n: {{ min: 1, max: 999999 }} }}\ntransaction: {transaction}\nsteps:
  - set: {{ property: {{ N: {{ number-range: n }} }} }}
  - write-variables: {{ last: '${{property.N}}' }}
  - store-select: {{ store: s, max: 5, delete: true, each: [{{ send: c }}] }}
  - once: {{ process: noted, id: '${{body}}' }}
  - split: {{ line: true, parallel: {parallel}, stop-on-error: false, steps: [{{ script: {{ file: s.js, function: none }} }}, {{ send: a }}, {{ send: b }}] }}
  - send: q
processes:
  noted: {{ transaction: inherit, steps: [{{ store-write: {{ store: noted, entry: '${{header.SAP_MessageProcessingLogID}}', overwrite: true }} }}] }}
receivers:
  a: {{ http: {{ url: 'http://a' }}, retry: {{ interval: 1m, jitter: 0, max-retries: 3 }} }}
  b: {{ http: {{ url: 'http://b' }}, retry: {{ interval: 1m, jitter: 0, max-retries: 3 }}, in-doubt: {in_doubt} }}
  c: {{ http: {{ url: 'http://c' }}, retry: {{ interval: 1m, jitter: 0, max-retries: 3 }} }}
  q: {{ queue: {{ name: out }} }}
"
    )
}

/// The same, where each part fails and the exception subprocess of its process, run for each part, sends it.
fn handled(transaction: &str, in_doubt: &str, parallel: u32) -> String {
    let flow = everything(transaction, in_doubt, parallel);
    let (head, rest) = flow.split_once("  - split: ").expect("a split");
    let (_, rest) = rest.split_once('\n').expect("a line after it");
    let parts = format!(
        "processes:\n  parts: {{ transaction: inherit, steps: [{{ split: {{ line: true, parallel: {parallel}, stop-on-error: false, steps: [{{ script: {{ file: s.js, function: fail }} }}] }} }}], on-error: [{{ send: a }}, {{ send: b }}] }}\n"
    );
    format!("{IMPORTED}{head}  - call: parts\n{}", rest.replacen("processes:\n", &parts, 1))
}

fn picked() -> Place {
    Place { kind: PlaceKind::DataStore, name: "s".into(), flow: "f".into() }
}

/// Runs what is due until nothing is, as the runtime does after a start.
fn settle_all(world: &mut World) {
    world.fault = None;
    now(world.store.recover(world.time)).expect("recover");
    for _ in 0..30 {
        world.time = world.time.plus(Duration::from_secs(3600));
        for entry in world.claim(&Place::queue("in")) {
            let start = world.parked("f", &entry, Some(5));
            world.run(start).expect("no crash");
        }
        world.deliver_due();
    }
}

/// Bodies that a receiver got or that wait for a person, by body how many distinct deliveries.
fn reached(world: &World, receiver: &str) -> HashMap<String, HashSet<String>> {
    let mut out: HashMap<String, HashSet<String>> = HashMap::new();
    for (_, id, body) in world.done.iter().filter(|d| d.0 == receiver) {
        out.entry(body.clone()).or_default().insert(id.clone());
    }
    for info in now(world.store.entries(EntryFilter::default())).expect("entries") {
        if info.place == Place::delivery("f", receiver) {
            assert_ne!(info.state, EntryState::Waiting, "everything due was tried");
            let entry = now(world.store.entry(info.key)).expect("entry").expect("an entry");
            out.entry(entry.message.text().into_owned()).or_default().insert(info.id);
        }
    }
    out
}

fn waits_for_a_person(world: &World, place: &Place) -> bool {
    let filter = EntryFilter { place: Some(place.clone()), ..EntryFilter::default() };
    now(world.store.entries(filter)).expect("entries").iter().any(|e| e.state != EntryState::Waiting)
}

fn assert_in_order(world: &World, how: &str) {
    // A bug holds the message for a person; then not everything has been sent, and the message is still there.
    if !waits_for_a_person(world, &Place::queue("in")) {
        let filter = EntryFilter { place: Some(Place::queue("in")), ..EntryFilter::default() };
        assert!(now(world.store.entries(filter)).expect("entries").is_empty(), "{how}: the message is still waiting");
        for receiver in ["a", "b"] {
            let reached = reached(world, receiver);
            for body in ["one", "two"] {
                let ids = reached.get(body).map_or(0, HashSet::len);
                assert_eq!(ids, 1, "{how}: {body} to {receiver} is one delivery");
            }
        }
        let filter = EntryFilter { place: Some(Place::queue("out")), ..EntryFilter::default() };
        assert!(!now(world.store.entries(filter)).expect("entries").is_empty(), "{how}: the queue got it");
    }
    // The entry of the data store is still there, was sent, or waits as a delivery.
    let filter = EntryFilter { place: Some(picked()), ..EntryFilter::default() };
    let still = !now(world.store.entries(filter)).expect("entries").is_empty();
    assert!(still || reached(world, "c").contains_key("picked"), "{how}: the entry is lost");
}

fn world(flow: &str) -> World {
    let mut world = World::of(&[flow]);
    world.put(picked(), "p", "picked");
    world
}

#[test]
fn queue_messages_survive_every_fault() {
    for transaction in ["none", "required"] {
        for in_doubt in ["retry", "hold"] {
            for (make, parallel, backwards, slow) in [
                (everything as fn(&str, &str, u32) -> String, 1, false, false),
                (everything, 4, false, false),
                (everything, 4, true, false),
                (everything, 1, false, true),
                (everything, 4, true, true),
                (handled, 1, false, false),
                (handled, 4, true, true),
            ] {
                let flow = make(transaction, in_doubt, parallel);
                let begin = |fault: Option<(usize, Fault)>| {
                    let mut world = world(&flow);
                    (world.backwards, world.slow) = (backwards, slow);
                    world.put(Place::queue("in"), "1", "one\ntwo");
                    world.fault = fault;
                    let entry = world.claim(&Place::queue("in")).remove(0);
                    let start = world.parked("f", &entry, Some(5));
                    (world.run(start).is_some(), world)
                };
                let effects = begin(None).1.effects;
                assert!(effects > 10);
                for at in 0..effects {
                    for fault in FAULTS {
                        let (_, mut world) = begin(Some((at, fault)));
                        settle_all(&mut world);
                        assert_in_order(
                            &world,
                            &format!("{transaction} {in_doubt} {parallel} {backwards} {slow} {fault:?} at {at}"),
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn requests_survive_every_fault_when_the_sender_sends_again() {
    let cases = [
        ("none", "retry", "ok", false),
        ("required", "retry", "fail", false),
        ("none", "hold", "fail", false),
        ("required", "hold", "fail", false),
        ("none", "hold", "fail", true),
        ("required", "retry", "ok", true),
    ];
    for (transaction, in_doubt, first, slow) in cases {
        let flow = everything(transaction, in_doubt, 2);
        // What the receiver with that policy says first: what it refuses is parked.
        let world = |flow: &str| {
            let mut world = world(flow);
            world.slow = slow;
            world.script.insert("b".to_owned(), [first.to_owned()].into());
            world
        };
        let effects = {
            let mut world = world(&flow);
            let start = world.start("f", Message::of("one\ntwo"), Trigger::Http);
            world.run(start).expect("no crash");
            world.effects
        };
        for at in 0..effects {
            for fault in FAULTS {
                let how = format!("{transaction} {in_doubt} {first} {slow} {fault:?} at {at}");
                let mut world = world(&flow);
                world.fault = Some((at, fault));
                let mut answered = false;
                for _ in 0..5 {
                    if now(world.store.answer("f", "k", world.time)).expect("answer").is_some() {
                        answered = true;
                        break;
                    }
                    let mut start = world.start("f", Message::of("one\ntwo"), Trigger::Http);
                    start.settled = world.settled(&start.message_id);
                    start.keyed = Some(Keyed {
                        key: "k".into(),
                        fingerprint: [0; 32],
                        before: None,
                        expires: base::Timestamp(i64::MAX),
                    });
                    let ended = world.run(start);
                    answered = ended.is_some_and(|e| e.failure.is_none());
                    if answered {
                        break;
                    }
                    now(world.store.recover(world.time)).expect("recover");
                    world.time = world.time.plus(Duration::from_secs(1));
                }
                assert!(answered, "{how}: the sender gets its answer in the end");
                settle_all(&mut world);
                assert_in_order(&world, &how);
            }
        }
    }
}

/// A delivery of an ordered flow is due as soon as it is parked: whatever seems to fail, it is made once.
#[test]
fn ordered_deliveries_survive_every_fault() {
    for (outer, inner) in [("none", "inherit"), ("required", "inherit"), ("none", "required"), ("required", "required")]
    {
        let flow = format!(
            "flow: f\nquality: exactly-once-in-order\nfrom: {{ queue: {{ name: in, exclusive: true }} }}\n\
             transaction: {outer}\nsteps: [ {{ send: a }}, {{ call: more }}, {{ once: {{ process: more, id: x }} }} ]\n\
             processes:\n  more: {{ transaction: {inner}, steps: [ {{ send: b }} ] }}\n\
             receivers:\n  a: {{ http: 'http://a' }}\n  b: {{ http: 'http://b' }}\n"
        );
        let begin = |fault: Option<(usize, Fault)>| {
            let mut world = World::of(&[&flow]);
            world.put(Place::queue("in"), "1", "one");
            world.fault = fault;
            let entry = world.claim(&Place::queue("in")).remove(0);
            let start = world.parked("f", &entry, Some(5));
            world.run(start);
            world
        };
        for at in 0..begin(None).effects {
            // A defect holds the message for a person, who is not here.
            for fault in FAULTS.into_iter().filter(|f| *f != Fault::Fail(Class::Bug)) {
                let mut world = begin(Some((at, fault)));
                settle_all(&mut world);
                let done = |(receiver, _, body): &(String, String, String)| format!("{receiver} {body}");
                let mut done: Vec<_> = world.done.iter().map(done).collect();
                done.sort();
                assert_eq!(done, ["a one", "b one", "b one"], "{outer} {inner} {fault:?} at {at}");
            }
        }
    }
}
