//! The same message, the same deliveries: through called flows, and for entries that a run picks from a data store.

use std::collections::HashSet;

use base::{Message, MessageId};
use engine::{Ended, Trigger};
use store::{EntryFilter, Place, PlaceKind, Store};

use super::world::{Fault, World, now};

/// A run of the message of queue `in`; the message waits again where it failed.
fn from_queue(world: &mut World, flow: &str) -> Ended {
    world.time = world.time.plus(std::time::Duration::from_secs(86_400));
    let entry = world.claim(&Place::queue("in")).remove(0);
    let start = world.parked(flow, &entry, None);
    world.run(start).expect("no crash")
}

/// A tick: a message of its own that nobody runs again. `None` where it crashed.
fn tick(world: &mut World, flow: &str) -> Option<Ended> {
    world.time = world.time.plus(std::time::Duration::from_secs(86_400));
    let mut start = world.start(flow, Message::default(), Trigger::Timer);
    start.message_id = MessageId::from_text(format!("Atick{}", world.runs));
    start.origin = None;
    world.run(start)
}

fn ids(world: &World) -> HashSet<&str> {
    world.done.iter().map(|(_, id, _)| id.as_str()).collect()
}

/// What the receiver got, sorted.
fn got(world: &World) -> Vec<&str> {
    let mut got: Vec<&str> = world.done.iter().map(|(_, _, body)| body.as_str()).collect();
    got.sort_unstable();
    got
}

fn store() -> Place {
    Place { kind: PlaceKind::DataStore, name: "s".into(), flow: "f".into() }
}

fn stored(world: &World) -> usize {
    now(world.store.entries(EntryFilter { place: Some(store()), ..EntryFilter::default() })).expect("entries").len()
}

#[test]
fn a_called_message_is_the_same_whenever_its_caller_is_run_again() {
    let target = "flow: target\nquality: exactly-once\nfrom: { process-direct: /target }\nsteps: [{ send: a }]\nreceivers: { a: { http: 'http://a' } }\n";
    let middle = |quality: &str, steps: &str| {
        format!(
            "flow: middle\nquality: {quality}\nfrom: {{ process-direct: /middle }}\nsteps: {steps}\nprocesses:\n  again: {{ steps: [{{ send: target }}] }}\nreceivers: {{ target: {{ process-direct: /target }} }}\n"
        )
    };
    // How the flow between calls the target, and how often that is.
    let ways = [
        ("[{ send: target }]", 1),
        ("[{ request: target }]", 1),
        // What it says differs each time, and it is the same message all the same.
        ("[{ set: { header: { At: '${date:now:yyyy-MM-dd}' } } }, { send: target }]", 1),
        ("[{ split: { line: true, steps: [{ send: target }] } }]", 2),
        ("[{ split: { line: true, parallel: 2, steps: [{ send: target }] } }]", 2),
        ("[{ loop: { process: again, while: '${property.CamelLoopIndex} < 2', max: 9 } }]", 3),
        ("[{ request: target }, { call: again }]", 2),
        ("[{ multicast: { parallel: true, branches: { x: [{ send: target }], y: [{ call: again }] } } }]", 2),
    ];
    for quality in ["best-effort", "exactly-once"] {
        for (steps, times) in ways {
            // The outer flow fails after the call: its message is run again, as a whole.
            let outer = format!(
                "flow: outer\nquality: {quality}\nfrom: {{ queue: in }}\nsteps: [{{ request: middle }}, {{ script: {{ file: s.js, function: fail }} }}]\nreceivers: {{ middle: {{ process-direct: /middle }} }}\n"
            );
            let mut world = World::of(&[&outer, &middle(quality, steps), target]);
            world.put(Place::queue("in"), "1", "x\ny");
            for run in 1..4 {
                let ended = from_queue(&mut world, "outer");
                assert_eq!(ended.status.as_str(), "RETRY");
                assert_eq!((world.done.len(), ids(&world).len()), (times, times), "{quality} {steps}, run {run}");
            }
            // Another message makes deliveries of its own.
            world.put(Place::queue("in"), "2", "x\ny");
            world.time = world.time.plus(std::time::Duration::from_secs(86_400));
            let entry = world.claim(&Place::queue("in")).remove(1);
            let mut start = world.parked("outer", &entry, None);
            start.message_id = entry.info.consumer_id();
            start.origin = Some(start.message_id.clone());
            world.run(start).expect("no crash");
            assert_eq!(ids(&world).len(), 2 * times, "{quality} {steps}");
        }
    }
}

/// A timer's flow that takes entries, and what it does with them.
fn taking(steps: &str) -> String {
    format!(
        "flow: f\nquality: exactly-once\nfrom: {{ timer: {{ every: 5m }} }}\nsteps: [{steps}]\nprocesses:\n  work: {{ steps: [{{ send: a }}] }}\n  take: {{ steps: [{{ store-select: {{ store: s, max: 9, delete: true, each: [{{ call: work }}] }} }}] }}\n  then-fail: {{ steps: [{{ send: a }}, {{ script: {{ file: s.js, function: fail }} }}] }}\nreceivers: {{ a: {{ http: {{ url: 'http://a', method: POST }} }} }}\n"
    )
}

#[test]
fn what_was_delivered_of_an_entry_is_not_sent_again_at_the_next_tick() {
    let fails = "{ script: { file: s.js, function: fail } }";
    let each = format!("{{ store-select: {{ store: s, max: 9, delete: true, each: [{{ send: a }}, {fails}] }} }}");
    let called = "{ store-select: { store: s, max: 9, delete: true, each: [{ call: then-fail }] } }".to_owned();
    let nested = format!(
        "{{ store-select: {{ store: s, max: 9, delete: true, each: [{{ split: {{ line: true, steps: [{{ send: a }}] }} }}, {fails}] }} }}"
    );
    let bulk = format!("{{ store-select: {{ store: s, max: 9, delete: true }} }}, {{ send: a }}, {fails}");
    let get = format!("{{ store-get: {{ store: s, entry: one, delete: true }} }}, {{ send: a }}, {fails}");
    for steps in [each, called, nested, bulk, get] {
        let mut world = World::of(&[&taking(&steps)]);
        world.put(store(), "one", "<first/>");
        for _ in 0..3 {
            tick(&mut world, "f");
            assert_eq!((world.done.len(), stored(&world)), (1, 1), "{steps}");
        }
        // An entry of the same id that came in its place is another one: it is sent.
        let key = now(world.store.find(&store(), "one")).unwrap().unwrap().info.key;
        world.commit(vec![store::Change::Remove(key)]).unwrap();
        world.put(store(), "one", "<second/>");
        tick(&mut world, "f");
        assert_eq!((world.done.len(), ids(&world).len()), (2, 2), "{steps}");
    }
}

#[test]
fn an_entry_is_one_delivery_whatever_fails_around_it() {
    // The same entry may be picked twice in one tick, on whichever way: what it is sent by says which delivery it is.
    let flow = taking("{ call: take }, { call: take }");
    let begin = |fault: Option<(usize, Fault)>| {
        let mut world = World::of(&[&flow]);
        world.put(store(), "one", "first");
        world.put(store(), "two", "second");
        world.script.insert("a".into(), ["ok", "503"].map(str::to_owned).into());
        world.fault = fault;
        tick(&mut world, "f");
        world
    };
    for at in 0..begin(None).effects {
        for fault in [
            Fault::Fail(base::Class::Transient),
            Fault::SeemsToFail,
            Fault::Repeat,
            Fault::CrashBefore,
            Fault::CrashAfter,
        ] {
            let mut world = begin(Some((at, fault)));
            world.fault = None;
            for _ in 0..3 {
                now(world.store.recover(world.time)).unwrap();
                tick(&mut world, "f");
                world.deliver_due();
            }
            let how = format!("{fault:?} at {at}");
            assert_eq!(ids(&world).len(), 2, "{how}: each is one delivery");
            // Only what was not recorded, because of a crash or a lost answer, is sent once more.
            let unsure = matches!(fault, Fault::CrashBefore | Fault::CrashAfter | Fault::SeemsToFail);
            let most = if unsure { 3 } else { 2 };
            assert!(world.done.len() <= most, "{how}: {:?}", world.done);
            assert_eq!(stored(&world), 0, "{how}: both are done");
            assert!(now(world.store.entries(EntryFilter::default())).unwrap().is_empty(), "{how}: nothing is parked");
        }
    }
}

#[test]
fn a_further_run_that_finds_other_entries_loses_none_of_them() {
    let fails = "{ script: { file: s.js, function: fail_on_bad } }";
    // Taken at the end, and deleted by a step of its own.
    for steps in [
        format!("{{ store-select: {{ store: s, max: 9, delete: true }} }}, {{ send: a }}, {fails}"),
        format!(
            "{{ store-select: {{ store: s, max: 1, delete: false }} }}, {{ send: a }}, {{ store-delete: {{ store: s, entry-xpath: '//message/@id' }} }}, {fails}"
        ),
        format!(
            "{{ store-select: {{ store: s, max: 9, delete: false, each: [{{ send: a }}, {{ store-delete: {{ store: s }} }}] }} }}, {fails}"
        ),
    ] {
        let flow = taking(&steps).replace("timer: { every: 5m }", "queue: in");
        let mut world = World::of(&[&flow]);
        world.put(Place::queue("in"), "1", "go, bad");
        world.put(store(), "x", "<e>first bad</e>");
        let first = from_queue(&mut world, "f");
        assert_eq!(first.status.as_str(), "RETRY", "{steps}");
        // Until the message is run again, another entry came under the same id or beside it.
        world.put(store(), if stored(&world) == 0 { "x" } else { "y" }, "<e>second</e>");
        from_queue(&mut world, "f");
        assert!(got(&world).iter().any(|body| body.contains("second")), "{steps}: {:?}", world.done);
    }
}

#[test]
fn what_one_flow_delivered_another_has_yet_to_deliver() {
    // The same step names, another flow: the entry of a shared data store that the first left, and a moved message.
    let first = taking(
        "{ store-select: { store: s, visibility: global, max: 9, delete: true, each: [{ send: a }, { script: { file: s.js, function: fail } }] } }",
    );
    let mut world = World::of(&[&first, &first.replace("flow: f", "flow: g")]);
    let place = Place::data_store("s", &base::Scope::Global);
    world.put(place, "one", "first");
    for (flow, times) in [("f", 1), ("g", 2), ("f", 2), ("g", 2)] {
        tick(&mut world, flow);
        assert_eq!((world.done.len(), ids(&world).len()), (times, times), "{flow}");
    }
    let first =
        taking("{ send: a }, { script: { file: s.js, function: fail } }").replace("timer: { every: 5m }", "queue: in");
    let mut world = World::of(&[&first, &first.replace("flow: f", "flow: g")]);
    world.put(Place::queue("in"), "1", "x");
    for (flow, times) in [("f", 1), ("f", 1), ("g", 2), ("g", 2)] {
        from_queue(&mut world, flow);
        assert_eq!((world.done.len(), ids(&world).len()), (times, times), "{flow}");
    }
}

#[test]
fn entries_that_stay_are_sent_at_each_tick() {
    let flow = taking("{ store-select: { store: s, max: 9, delete: false, each: [{ send: a }] } }");
    let mut world = World::of(&[&flow]);
    world.put(store(), "subscriber", "x");
    for ticks in 1..4 {
        tick(&mut world, "f");
        assert_eq!(world.done.len(), ticks);
    }
}

/// Which sends a skipped call would have made must not matter to the sends after it.
#[test]
fn what_an_idempotent_call_did_hides_nothing_from_the_next_one() {
    let ways = [
        "{ loop: { process: round, while: '${property.CamelLoopIndex} < 1', max: 9 } }",
        "{ set: { property: { CamelLoopIndex: '0' } } }, { call: round }, { set: { property: { CamelLoopIndex: '1' } } }, { call: round }",
    ];
    for way in ways {
        let flow = format!(
            "flow: f\nquality: exactly-once\nfrom: {{ queue: in }}\nsteps: [{way}]\nprocesses:\n  round: {{ steps: [{{ once: {{ process: work, id: '${{property.CamelLoopIndex}}' }} }}] }}\n  work: {{ steps: [{{ request: b }}, {{ send: a }}, {{ send: t }}] }}\nreceivers: {{ a: {{ http: 'http://a' }}, b: {{ http: 'http://b' }}, t: {{ process-direct: /target }} }}\n"
        );
        let target = "flow: target\nquality: exactly-once\nfrom: { process-direct: /target }\nsteps: [{ send: c }]\nreceivers: { c: { http: 'http://c' } }\n";
        let mut world = World::of(&[&flow, target]);
        world.put(Place::queue("in"), "1", "x");
        // The second round fails before it sends; the next run skips the first one.
        world.script.insert("b".into(), ["ok", "503"].map(str::to_owned).into());
        assert_eq!(from_queue(&mut world, "f").status.as_str(), "RETRY", "{way}");
        let sent = |world: &World, to: &str| world.done.iter().filter(|(receiver, ..)| receiver == to).count();
        assert_eq!((sent(&world, "a"), sent(&world, "c")), (1, 1), "{way}");
        assert_eq!(from_queue(&mut world, "f").status.as_str(), "COMPLETED", "{way}");
        assert_eq!((sent(&world, "a"), sent(&world, "c")), (2, 2), "{way}: {:?}", world.done);
    }
}

/// An idempotent call that failed and is tried again in the same run: what it delivered, parked or wrote is not made again.
#[test]
fn an_idempotent_call_that_is_tried_again_makes_nothing_twice() {
    let ways = [
        "[{ loop: { process: round, while: '${property.CamelLoopIndex} < 2', max: 9 } }]",
        "[{ call: round }, { call: round }, { call: round }]",
    ];
    for transaction in ["none", "required", "inherit"] {
        for outcome in ["ok", "503", "doubt"] {
            // The second time the sends are in a unit of work of their own, inside the call's.
            for (way, inner) in ways.into_iter().flat_map(|way| [(way, false), (way, true)]) {
                let sends = if inner { "{ call: inner }" } else { "{ send: a }, { send: q }" };
                let flow = format!(
                    "flow: f\nquality: exactly-once\nfrom: {{ queue: in }}\nsteps: {way}\nprocesses:\n  round: {{ steps: [{{ once: {{ process: work, id: one }} }}], on-error: [{{ end: message }}] }}\n  work: {{ transaction: {transaction}, steps: [{sends}, {{ request: b }}] }}\n  inner: {{ transaction: required, steps: [{{ send: a }}, {{ send: q }}] }}\nreceivers: {{ a: {{ http: 'http://a' }}, b: {{ http: 'http://b' }}, q: {{ queue: out }} }}\n"
                );
                let mut world = World::of(&[&flow]);
                world.put(Place::queue("in"), "1", "x");
                world.script.insert("a".into(), [outcome.to_owned()].into());
                world.script.insert("b".into(), ["503", "503"].map(str::to_owned).into());
                assert!(matches!(from_queue(&mut world, "f").status.as_str(), "COMPLETED" | "RETRY"));
                world.time = world.time.plus(std::time::Duration::from_secs(86_400));
                world.deliver_due();
                let at = |receiver: &str| -> Vec<&str> {
                    world.done.iter().filter(|(to, ..)| to == receiver).map(|(_, id, _)| id.as_str()).collect()
                };
                let ids: HashSet<&str> = at("a").into_iter().collect();
                let written = now(world
                    .store
                    .entries(EntryFilter { place: Some(Place::queue("out")), ..EntryFilter::default() }))
                .unwrap()
                .len();
                let what = format!("{transaction} {outcome} {inner} {way}");
                assert_eq!((ids.len(), written), (1, 1), "{what}: {:?}", world.done);
                let doubted = usize::from(outcome == "doubt");
                assert!(at("a").len() <= 1 + doubted, "{what}: {:?}", world.done);
                assert_eq!(at("b").len(), 1, "{what}");
            }
        }
    }
}

/// An entry that is picked again in the same run: a delivery that was not made the first time is made, although the entry
/// of its intent is still there.
#[test]
fn an_entry_that_is_picked_again_loses_no_held_delivery() {
    let once = "{ store-select: { store: s, max: 9, delete: true, each: [{ send: a }, { request: b }] } }";
    for policy in ["hold", "{ probe: { http: 'http://p' } }"] {
        let flow = taking("{ call: pick }, { call: pick }").replace(
            "processes:\n",
            &format!(
                "processes:\n  pick: {{ steps: [{once}], on-error: [{{ set: {{ header: {{ Failed: 'yes' }} }} }}] }}\n"
            ),
        );
        let flow = flow.replace(
            "receivers: { a: { http: { url: 'http://a', method: POST } } }",
            &format!("receivers: {{ a: {{ http: {{ url: 'http://a', method: POST }}, in-doubt: {policy} }}, b: {{ http: 'http://b' }} }}"),
        );
        let mut world = World::of(&[&flow]);
        world.put(store(), "one", "first");
        // It is certainly not delivered at first, and what follows fails: the entry stays, and is picked again.
        world.script.insert("a".into(), ["503"].map(str::to_owned).into());
        world.script.insert("b".into(), ["503"].map(str::to_owned).into());
        for _ in 0..3 {
            tick(&mut world, "f");
            world.deliver_due();
        }
        assert_eq!(got(&world), ["first", "first"], "{policy}: once at a, once at b: {:?}", world.done);
        assert!(now(world.store.entries(EntryFilter::default())).unwrap().is_empty(), "{policy}: nothing is left");
    }
}

/// The same process called from several places, or in rounds, makes a delivery at each, whichever of them a further run
/// gets to: what one run leaves out hides nothing of the next one.
#[test]
fn a_process_that_is_called_twice_makes_two_deliveries_whatever_failed_before() {
    let handled = "{ steps: [{ set: { property: { was: '${body}' } } }, { request: check }, { set: { body: '${property.was}' } }, { send: a }], on-error: [{ end: message }] }";
    let one = |steps: &str| format!("[{steps}, {{ request: last }}]\nprocesses: {{ one: {handled} }}");
    let body = |text: &str| format!("{{ set: {{ body: '{text}' }} }}");
    let cases = [
        (one(&format!("{}, {{ call: one }}, {}, {{ call: one }}", body("x"), body("y"))), vec!["x", "y"]),
        (
            one(&format!(
                "{}, {{ split: {{ token: ',', steps: [{{ call: one }}] }} }}, {}, {{ split: {{ token: ',', steps: [{{ call: one }}] }} }}",
                body("x,x2"),
                body("y,y2")
            )),
            vec!["x", "x2", "y", "y2"],
        ),
        (
            format!(
                "[{{ loop: {{ process: round, while: '${{property.CamelLoopIndex}} < 1', max: 9 }} }}, {{ request: last }}]\nprocesses: {{ one: {handled}, round: {{ steps: [{}, {{ call: one }}] }} }}",
                body("${property.CamelLoopIndex}")
            ),
            vec!["0", "1"],
        ),
        // So does an idempotent call that does not skip what it knows.
        (
            format!(
                "[{{ loop: {{ process: round, while: '${{property.CamelLoopIndex}} < 1', max: 9 }} }}, {{ request: last }}]\nprocesses: {{ one: {handled}, round: {{ steps: [{}, {{ once: {{ process: one, id: same, skip: false }} }}] }} }}",
                body("${property.CamelLoopIndex}")
            ),
            vec!["0", "1"],
        ),
        // An entry that stays belongs to the message that reads it, each time.
        (
            format!(
                "[{}, {{ call: tell }}, {}, {{ call: tell }}, {{ request: last }}]\nprocesses: {{ tell: {{ steps: [{{ set: {{ property: {{ was: '${{body}}' }} }} }}, {{ request: check }}, {{ store-select: {{ store: s, max: 9, delete: false, each: [{{ set: {{ body: '${{property.was}} ${{body}}' }} }}, {{ send: a }}] }} }}], on-error: [{{ end: message }}] }} }}",
                body("x"),
                body("y")
            ),
            vec!["x kept", "y kept"],
        ),
        // The way through an exception subprocess is another one than the usual.
        (
            format!(
                "[{{ request: check }}, {}, {{ call: tell }}]\non-error: [{}, {{ call: tell }}, {{ end: error }}]\nprocesses: {{ tell: {{ steps: [{{ send: a }}] }} }}",
                body("done"),
                body("not yet")
            ),
            vec!["done", "not yet"],
        ),
    ];
    for (steps, expected) in cases {
        for (check, last) in [(1, 1), (1, 2), (2, 1), (0, 2)] {
            let flow = format!(
                "flow: f\nquality: exactly-once\nfrom: {{ queue: in }}\nsteps: {steps}\nreceivers: {{ a: {{ http: 'http://a' }}, check: {{ http: 'http://check' }}, last: {{ http: 'http://last' }} }}\n"
            );
            let mut world = World::of(&[&flow]);
            let fails = |count: usize| vec!["503".to_owned(); count];
            // The first calls of each fail, all others answer.
            world.script.insert("check".into(), fails(check).into());
            world.script.insert("last".into(), fails(last).into());
            world.put(Place::queue("in"), "1", "m");
            world.put(store(), "kept", "kept");
            for _ in 0..5 {
                if now(world.store.find(&Place::queue("in"), "1")).unwrap().is_some() {
                    from_queue(&mut world, "f");
                }
            }
            let failed = expected[0] == "done" && check == 0;
            let expected = if failed { vec!["done"] } else { expected.clone() };
            let made = world.done.iter().filter(|(receiver, ..)| receiver == "a");
            let mut got: Vec<&str> = made.map(|(_, _, body)| body.as_str()).collect();
            got.sort_unstable();
            assert_eq!(got, expected, "{steps}: the first {check} of check and {last} of last fail");
        }
    }
}

/// A number belongs to its message as soon as it may have left with it: no other message gets it, and a further run names
/// it again. What only a unit of work has seen is free again when that is rolled back.
#[test]
fn a_number_that_left_with_a_message_is_never_another_ones() {
    let fail = "{ script: { file: s.js, function: fail } }";
    let draw = "{ set: { body: { number-range: n } } }";
    let leave = "{ send: a }";
    // Steps; whether the first run fails after the number left.
    let cases = [
        (format!("{draw}, {leave}, {fail}"), true),
        (format!("{draw}, {{ request: a }}, {fail}"), true),
        (format!("{draw}, {{ call: sends }}, {fail}"), true),
        (
            format!(
                "{draw}, {{ multicast: {{ parallel: true, branches: {{ x: [{leave}], y: [{leave}] }} }} }}, {fail}"
            ),
            true,
        ),
        // An inner unit commits what it put into a queue.
        (format!("{draw}, {{ call: commits }}, {fail}"), true),
        // It was drawn in a unit that was rolled back, and the failure's handler tells it.
        (format!("{{ call: draws-and-fails }}, {leave}, {fail}"), true),
        (format!("{draw}, {fail}, {leave}"), false),
        (format!("{draw}, {{ send: q }}, {fail}"), false),
    ];
    for quality in ["exactly-once", "exactly-once-in-order"] {
        for transaction in ["required", "none"] {
            for (steps, left) in &cases {
                let flow = format!(
                    "flow: f\nquality: {quality}\nfrom: {{ queue: in }}\ntransaction: {transaction}\nnumber-ranges: {{ n: {{ min: 1, max: 99 }} }}\nsteps: [{steps}]\nprocesses:\n  sends: {{ steps: [{{ send: a }}] }}\n  commits: {{ transaction: required, steps: [{{ send: q }}] }}\n  draws: {{ transaction: required, steps: [{draw}, {{ set: {{ property: {{ was: '${{body}}' }} }} }}, {fail}] }}\n  draws-and-fails: {{ steps: [{{ call: draws }}], on-error: [{{ set: {{ body: '${{property.was}}' }} }}, {{ end: message }}] }}\nreceivers: {{ a: {{ http: {{ url: 'http://a', method: POST }} }}, q: {{ queue: out }} }}\n"
                );
                if transaction == "none" && steps.contains("send: q") {
                    continue;
                }
                let mut world = World::of(&[&flow]);
                for name in ["1", "2", "1", "2"] {
                    if now(world.store.find(&Place::queue("in"), name)).unwrap().is_none() {
                        world.put(Place::queue("in"), name, name);
                    }
                    world.time = world.time.plus(std::time::Duration::from_secs(86_400));
                    let entry = world.claim(&Place::queue("in")).into_iter().find(|e| e.info.id == name).unwrap();
                    let mut start = world.parked("f", &entry, None);
                    start.message_id = entry.info.consumer_id();
                    start.origin = Some(start.message_id.clone());
                    start.settled = world.settled(&start.message_id);
                    assert_eq!(world.run(start).unwrap().status.as_str(), "RETRY", "{quality} {transaction} {steps}");
                    now(world.store.recover(world.time)).unwrap();
                    world.deliver_due();
                }
                let next = now(world.store.number_range("n")).unwrap().and_then(|range| range.next);
                let free = !left && transaction == "required";
                assert_eq!(next.unwrap_or(1), if free { 1 } else { 3 }, "{quality} {transaction} {steps}");
                // Whatever a receiver got under one delivery id has one number, and no two messages have the same.
                let numbers: HashSet<&str> = got(&world).into_iter().collect();
                let expected: &[&str] =
                    if steps.contains("send: a") && *left || steps.contains("sends") || steps.contains("request") {
                        &["1", "2"]
                    } else {
                        &[]
                    };
                assert_eq!(
                    numbers,
                    expected.iter().copied().collect(),
                    "{quality} {transaction} {steps}: {:?}",
                    world.done
                );
            }
        }
    }
}

/// What is done once for an id, and what is done with an entry, is done once by all parts of a message together.
#[test]
fn parts_of_a_message_take_turns() {
    let receivers = "receivers:\n  r: { http: { url: 'http://r' }, in-doubt: hold }\n  q: { queue: q }\n";
    let deliver = "processes:\n  deliver: { TRANSACTION steps: [{ send: r }, { send: q }] }\n";
    let around = "  outer: { TRANSACTION steps: [{ once: { process: deliver, id: same } }] }\n";
    let each = "{ store-select: { store: s, max: 10, delete: true, each: [{ send: r }, { send: q }] } }";
    let table = [
        // Steps, what the parts do, and how many deliveries there are.
        ("split: { line: true, parallel: 3, steps: [STEP] }", "{ once: { process: deliver, id: same } }", 1),
        ("split: { line: true, parallel: 3, steps: [STEP] }", "{ once: { process: deliver, id: '${body}' } }", 2),
        ("multicast: { parallel: true, branches: { a: [STEP], b: [STEP] } }", "{ call: outer }", 1),
        ("split: { line: true, parallel: 3, steps: [STEP] }", each, 2),
        ("multicast: { parallel: true, branches: { a: [STEP], b: [STEP] } }", each, 2),
    ];
    for (outer, step, expect) in table {
        for (transaction, unit) in [("", ""), ("transaction: required,", ""), ("", "transaction: required\n")] {
            for (backwards, plan) in [(false, "ok"), (true, "ok"), (false, "fail"), (true, "doubt")] {
                let steps = outer.replace("STEP", step);
                let mut processes = if step.contains("store") { String::new() } else { deliver.to_owned() };
                if step.contains("outer") {
                    processes.push_str(around);
                }
                let processes = processes.replace("TRANSACTION", transaction);
                let flow = format!(
                    "flow: f\nquality: exactly-once\nfrom:\n  http: /f\n{unit}steps:\n  - {steps}\n{processes}{receivers}"
                );
                let mut world = World::of(&[&flow]);
                world.backwards = backwards;
                world.script.insert("r".into(), [plan.to_owned()].into());
                let place = Place { kind: PlaceKind::DataStore, name: "s".into(), flow: "f".into() };
                if step.contains("store") {
                    world.put(place.clone(), "1", "x");
                    world.put(place, "2", "y");
                }
                let what = format!("{outer}, {step}, {transaction}{unit}, {plan}, backwards: {backwards}");
                let start = world.start("f", Message::of("x\ny\nx"), Trigger::Http);
                let ended = world.run(start).unwrap_or_else(|| panic!("it hangs: {what}"));
                assert!(ended.failure.is_none(), "{what}: {:?}", ended.failure);
                let stored = world.stored();
                let parked = stored.lines().filter(|line| line.starts_with("delivery")).count();
                let done = world.done.len() - usize::from(plan == "doubt");
                assert_eq!(done + parked, expect, "{what}\n{stored}{:?}", world.done);
                assert_eq!(stored.lines().filter(|line| line.starts_with("queue")).count(), expect, "{what}\n{stored}");
                assert!(!stored.contains("data-store"), "{what}\n{stored}");
            }
        }
    }
}

/// The name of an idempotent call and its id are two things.
#[test]
fn names_and_ids_of_idempotent_calls_are_not_mixed_up() {
    let flow = "flow: f\nquality: exactly-once\nfrom:\n  http: /f\nsteps:\n  - once: { process: deliver, id: '1' }\n    name: p x\n  - once: { process: deliver, id: x 1 }\n    name: p\nprocesses:\n  deliver: { steps: [{ send: r }] }\nreceivers:\n  r: { http: { url: 'http://r' } }\n";
    let mut world = World::of(&[flow]);
    let start = world.start("f", Message::of("x"), Trigger::Http);
    world.run(start).unwrap();
    assert_eq!(world.done.len(), 2);
}
