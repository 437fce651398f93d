//! Exactly-once sends: outcomes, parked deliveries, doubt, what is remembered.

use std::time::Duration;

use base::{Message, Timestamp};
use engine::{Keyed, Trigger};
use store::{Place, PlaceKind};

use super::world::{World, now};
use super::{By, check, check_in};

pub const FLOW: &str = "
flow: f
quality: exactly-once
from:
  http: /f
steps:
  - send: a
  - send: b
  - send: h
receivers:
  a: { http: { url: 'http://a' }, retry: { interval: 1m, jitter: 0, max-retries: 2 } }
  b: { http: { url: 'http://b' }, retry: { interval: 1m, jitter: 0, max-retries: 2 } }
  h: { http: { url: 'http://h' }, retry: { interval: 1m, jitter: 0, max-retries: 2 }, in-doubt: hold }
";

#[test]
fn each_receiver_has_its_own_outcome() {
    let cases: &[(By, &[(&str, &str)], &str)] = &[
        (By::Http, &[], "COMPLETED\nanswer 200 x\na <- x\nb <- x\nh <- x\ncommit 1\ncommit 2"),
        (
            By::Http,
            &[("a", "503")],
            "RETRY parked 1\nanswer 200 x\nb <- x\nh <- x\na failed\ncommit 1\ncommit 3\ndelivery a of f: waiting +60s x",
        ),
        (
            By::Http,
            &[("a", "400")],
            "ESCALATED parked 1\nanswer 200 x\nb <- x\nh <- x\na rejected\ncommit 1\ncommit 3\ndelivery a of f: escalated x",
        ),
        (
            By::Http,
            &[("a", "bug"), ("b", "fail")],
            "ESCALATED parked 2\nanswer 200 x\nh <- x\na escalated\nb failed\ncommit 1\ncommit 4\ndelivery h of f: waiting x\n",
        ),
        (
            By::Http,
            &[("a", "doubt")],
            "RETRY parked 1\nanswer 200 x\na <- x\nb <- x\nh <- x\na in doubt\ncommit 1\ncommit 3\ndelivery a of f: waiting +60s x",
        ),
        (
            By::Http,
            &[("h", "doubt")],
            "ESCALATED parked 1\nanswer 200 x\na <- x\nb <- x\nh <- x\ncommit 1\nh in doubt\ncommit 2\ndelivery h of f: in-doubt x",
        ),
        (
            By::Http,
            &[("h", "503")],
            "RETRY parked 1\nanswer 200 x\na <- x\nb <- x\ncommit 1\nh failed\ncommit 2\ndelivery h of f: waiting +60s x",
        ),
        (
            By::Queue(0),
            &[("a", "503")],
            "RETRY parked 1\nbody x\nb <- x\nh <- x\na failed\ncommit 1\ncommit 4\ndelivery a of f: waiting +60s x",
        ),
    ];
    for (by, script, expect) in cases {
        // The third case parks two: the lines of a and b replace that of h.
        let expect = expect
            .replace("delivery h of f: waiting x\n", "delivery a of f: escalated x\ndelivery b of f: waiting +60s x\n");
        check(&[FLOW], *by, "x", script, &expect);
    }
}

#[test]
fn a_failed_run_remembers_what_was_delivered() {
    let failing = FLOW.replace("receivers:", "  - script: { file: s.js, function: fail }\nreceivers:");
    // The sender has the message: nothing is parked, but the doubt that is held stays.
    let cases: &[(By, &[(&str, &str)], &str)] = &[
        (
            By::Http,
            &[("a", "503"), ("h", "503")],
            "FAILED\nfails J0001: script failed @script-s.js\nanswer 500\nb <- x\na failed\ncommit 1\nh failed\ncommit 2",
        ),
        (
            By::Http,
            &[("h", "doubt")],
            "FAILED parked 1\nfails J0001: script failed @script-s.js\nanswer 500\na <- x\nb <- x\nh <- x\ncommit 1\nh in doubt\ncommit 2\ndelivery h of f: in-doubt x",
        ),
        (
            By::Queue(0),
            &[("a", "503")],
            "RETRY parked 1\nfails J0001: script failed @script-s.js\nb <- x\nh <- x\na failed\ncommit 1\ncommit 4\nqueue in: waiting r1 +60s x\ndelivery a of f: waiting +60s x",
        ),
    ];
    for (by, script, expect) in cases {
        check(&[&failing], *by, "x", script, expect);
    }
}

#[test]
fn an_idempotent_call_is_remembered_together_with_what_came_of_its_deliveries() {
    let flow = "flow: f\nquality: exactly-once\nfrom: { http: /f }\nsteps:\n  - once: { process: p, id: '${body}' }\n  - script: { file: s.js, function: fail }\nprocesses:\n  p: { steps: [{ send: a }] }\nreceivers:\n  a: { http: { url: 'http://a' }, retry: { interval: 1m, jitter: 0 } }\n";
    // The sender sends again, and the call is then skipped: its delivery must not be forgotten with the failed run.
    let expect = "FAILED parked 1\nfails J0001: script failed @script-s.js\nanswer 500\na failed\ncommit 2\ndelivery a of f: waiting +60s x";
    check(&[flow], By::Http, "x", &[("a", "503")], expect);
    let own = flow.replace("p: { steps", "p: { transaction: required, steps");
    check(&[&own], By::Http, "x", &[("a", "503")], expect);
    // In a unit of work around it the call is not remembered either.
    let around = flow.replace("steps:\n  - once", "transaction: required\nsteps:\n  - once");
    let forgotten = "FAILED\nfails J0001: script failed @script-s.js\nanswer 500\na failed";
    check(&[&around], By::Http, "x", &[("a", "503")], forgotten);
}

#[test]
fn what_is_settled_is_skipped() {
    let failing = FLOW.replace("receivers:", "  - script: { file: s.js, function: fail_on_bad }\nreceivers:");
    let mut world = World::of(&[&failing]);
    world.script.insert("a".into(), ["503".to_owned()].into());
    world.put(Place::queue("in"), "1", "bad");
    let entry = world.claim(&Place::queue("in")).remove(0);
    let start = world.parked("f", &entry, None);
    assert!(world.run(start).is_some());
    assert_eq!(world.done.len(), 2);
    world.time = world.time.plus(Duration::from_secs(60));
    let entry = world.claim(&Place::queue("in")).remove(0);
    let start = world.parked("f", &entry, None);
    assert_eq!(start.settled.len(), 3);
    world.events.clear();
    assert!(world.run(start).is_some());
    assert_eq!(world.done.len(), 2, "nothing is sent again");
    assert_eq!(world.events, ["a skipped", "b skipped", "h skipped", "commit 1"]);
}

#[test]
fn records_have_deliveries_of_their_own() {
    let split = "flow: f\nquality: exactly-once\nfrom:\n  http: /f\nsteps:\n  - split: { line: true, parallel: 3, record: '${body}', steps: [{ send: a }, { call: again }] }\nprocesses:\n  again: { steps: [{ loop: { process: once-more, while: \"${property.CamelLoopIndex} < 1\", max: 5 } }] }\n  once-more: { steps: [{ send: b }] }\nreceivers:\n  a: { http: { url: 'http://a' } }\n  b: { http: { url: 'http://b' } }\n";
    for backwards in [false, true] {
        let mut world = World::of(&[split]);
        world.backwards = backwards;
        let start = world.start("f", Message::of("x\ny\nx"), Trigger::Http);
        let ended = world.run(start).unwrap();
        assert_eq!(ended.status.as_str(), "COMPLETED");
        let mut ids: Vec<_> = world.done.iter().map(|(r, id, b)| (id.clone(), r.clone(), b.clone())).collect();
        ids.sort();
        ids.dedup_by(|a, b| a.0 == b.0);
        assert_eq!(ids.len(), 9, "three parts, each sent once to a and twice to b");
    }
}

#[test]
fn parked_deliveries_are_tried_until_they_are_settled() {
    // Outcomes of the attempts after the first, and what is left: state, retries, wait in seconds.
    let cases: &[(&str, &str, &[&str])] = &[
        ("503 ok", "", &["delivered 2"]),
        ("503 503 ok", "", &["failed 2", "delivered 3"]),
        ("503 503 503", "escalated", &["failed 2", "escalated 3"]),
        ("503 400", "escalated", &["rejected 2"]),
        ("503 doubt ok", "", &["in doubt 2", "delivered 3"]),
    ];
    for (plan, left, expect) in cases {
        let mut world = World::of(&[FLOW]);
        world.script.insert("a".into(), plan.split(' ').map(str::to_owned).collect());
        let start = world.start("f", Message::of("x"), Trigger::Http);
        let first = world.run(start).unwrap();
        assert_eq!(first.parked, 1);
        let flow = world.flows["f"].clone();
        let mut seen = Vec::new();
        for _ in 0..5 {
            world.time = world.time.plus(Duration::from_secs(3600));
            for entry in world.claim(&Place::delivery("f", "a")) {
                let settled = world.attempt(&flow, "a", &entry, &engine::Keep::default());
                seen.push(format!("{} {}", settled.record.outcome, settled.record.attempt));
                assert_eq!(settled.escalated, seen.len() == expect.len() && *left == "escalated");
                world.commit(settled.changes).unwrap();
            }
        }
        assert_eq!(seen, *expect, "{plan}");
        let states: Vec<_> = now(store::Store::entries(&world.store, store::EntryFilter::default()))
            .unwrap()
            .iter()
            .map(|e| e.state.as_str())
            .collect();
        assert_eq!(states.join(","), *left, "{plan}");
        let keys: std::collections::HashSet<_> = world.done.iter().filter(|d| d.0 == "a").map(|d| &d.1).collect();
        assert!(keys.len() <= 1, "every attempt carries the same delivery id");
    }
}

#[test]
fn a_call_that_cannot_be_built_is_parked_for_a_person() {
    let broken = FLOW.replace("url: 'http://a'", "url: '${header.Nowhere}'");
    check(
        &[&broken],
        By::Http,
        "x",
        &[],
        "ESCALATED parked 1\nanswer 200 x\nb <- x\nh <- x\na rejected\ncommit 1\ncommit 3\ndelivery a of f: escalated x",
    );
}

#[test]
fn the_answer_to_a_key_is_part_of_the_last_commit() {
    let mut world = World::of(&[FLOW]);
    let keyed = || Some(Keyed { key: "k".into(), fingerprint: [1; 32], before: None, expires: Timestamp(i64::MAX) });
    let mut start = world.start("f", Message::of("x"), Trigger::Http);
    start.keyed = keyed();
    let ended = world.run(start).unwrap();
    assert_eq!(ended.status.as_str(), "COMPLETED");
    let answer = now(store::Store::answer(&world.store, "f", "k", world.time)).unwrap().unwrap();
    assert_eq!((answer.status, &answer.body[..]), (200, &b"x"[..]));
    // Another run with the same key was slower: nothing of it is stored but what it delivered.
    let mut start = world.start("f", Message::of("y"), Trigger::Http);
    start.message_id = base::MessageId::from_text("Aother");
    start.origin = None;
    start.keyed = keyed();
    let flow = start.flow.clone();
    let ended = world.run(start).unwrap();
    assert_eq!(ended.failure.as_ref().unwrap().code, "X0501");
    assert_eq!(engine::http_answer(&flow, &base::MessageId::from_text("Aother"), &ended).status, 409);
}

#[test]
fn entries_handled_one_by_one() {
    let flow = "flow: f\nquality: exactly-once\nfrom: { timer: { every: 5m } }\nsteps:\n  - store-select: { store: s, max: 10, delete: true, each: [{ script: { file: s.js, function: fail_on_bad } }, { send: a }] }\n  - set: { body: done }\nreceivers:\n  a: { http: { url: 'http://a' }, retry: { interval: 1m, jitter: 0 } }\n";
    let mut world = World::of(&[flow]);
    let place = Place { kind: PlaceKind::DataStore, name: "s".into(), flow: "f".into() };
    for (id, body) in [("1", "one"), ("2", "bad"), ("3", "three")] {
        world.put(place.clone(), id, body);
    }
    check_in(
        world,
        &[flow],
        By::Timer,
        "",
        &[("a", "ok 503")],
        "COMPLETED parked 1\nbody done\na <- one\ncommit 2\na failed\ncommit 2\ndata-store s of f: waiting bad\ndelivery a of f: waiting +60s three"
            .replace("COMPLETED", "RETRY")
            .as_str(),
    );
}

#[test]
fn what_a_rolled_back_process_sent_stays_sent() {
    let flow = "flow: f\nquality: exactly-once\nfrom:\n  http: /f\ntransaction: none\nsteps:\n  - call: work\non-error:\n  - set: { body: handled }\nprocesses:\n  work: { transaction: required, steps: [{ store-write: { store: s, entry: e } }, { send: a }, { send: b }, { script: { file: s.js, function: fail } }] }\nreceivers:\n  a: { http: { url: 'http://a' } }\n  b: { http: { url: 'http://b' }, retry: { interval: 1m, jitter: 0 } }\n";
    check(
        &[flow],
        By::Http,
        "x",
        &[("b", "503")],
        "RETRY parked 1\nanswer 200 handled\na <- x\nb failed\ncommit 2\ndelivery b of f: waiting +60s x",
    );
}

#[test]
fn an_entry_that_fails_or_escalates_is_not_consumed() {
    let flow = |end: &str| {
        format!(
            "flow: f\nquality: exactly-once\nfrom: {{ timer: {{ every: 5m }} }}\nsteps:\n  - store-select: {{ store: s, max: 10, delete: true, each: [{{ send: a }}, {{ send: b }}, {end}] }}\nreceivers:\n  a: {{ http: {{ url: 'http://a' }} }}\n  b: {{ http: {{ url: 'http://b' }}, retry: {{ interval: 1m, jitter: 0 }} }}\n"
        )
    };
    let cases: &[(&str, &str)] = &[
        (
            "{ script: { file: s.js, function: fail } }",
            "COMPLETED\nbody\na <- one\nb failed\ncommit 1\ndata-store s of f: waiting one",
        ),
        (
            "{ end: { escalation: others } }",
            "ESCALATED escalated parked 1\nbody\na <- one\nb failed\ncommit 3\ndata-store s of f: escalated r1 one\ndelivery b of f: waiting +60s one",
        ),
        (
            "{ end: terminate }",
            "RETRY parked 1\nbody one\na <- one\nb failed\ncommit 3\ndelivery b of f: waiting +60s one",
        ),
    ];
    for (end, expect) in cases {
        let flow = flow(end);
        let mut world = World::of(&[&flow]);
        world.put(Place { kind: PlaceKind::DataStore, name: "s".into(), flow: "f".into() }, "1", "one");
        check_in(world, &[&flow], By::Timer, "", &[("b", "503")], expect);
    }
}

/// What a run commits is kept as long as its start says.
#[test]
fn what_is_kept_is_kept_as_long_as_asked() {
    let flow = FLOW.replace("steps:\n", "steps:\n  - write-variables: { v: '${body}' }\n");
    let days = |n: u64| Duration::from_secs(n * 86_400);
    let keep = engine::Keep { variables: days(3), keys: days(2), parked: days(1), lapse: 1 };
    let mut world = World::of(&[&flow]);
    world.script.insert("b".to_owned(), ["fail".to_owned()].into());
    let mut start = world.start("f", Message::of("x"), Trigger::Http);
    let id = start.message_id.clone();
    start.keep = keep;
    assert_eq!(world.run(start).unwrap().parked, 1);

    let variables = now(store::Store::variables(&world.store)).unwrap();
    assert_eq!(variables[0].expires, variables[0].updated.plus(days(3)));
    world.time = world.time.plus(Duration::from_secs(60));
    let parked = world.claim(&Place::delivery("f", "b"));
    assert_eq!(parked[0].info.expires, parked[0].info.created.plus(days(1)));
    let flow = world.flows["f"].clone();
    let settled = world.attempt(&flow, "b", &parked[0], &keep);
    let expires = settled.changes.iter().find_map(|c| match c {
        store::Change::Delivered { expires, .. } => Some(*expires),
        _ => None,
    });
    assert_eq!(expires, Some(world.time.plus(days(2))));

    // The outcomes of `a` and `h` are remembered for two days, not for ninety.
    let before = now(store::Store::delivered(&world.store, &id)).unwrap().len();
    now(store::Store::sweep(&world.store, world.time.plus(days(2)), 100)).unwrap();
    assert_eq!((before, now(store::Store::delivered(&world.store, &id)).unwrap().len()), (2, 0));
}

/// What becomes of a delivery: what its receiver answers, first to the send and then to each attempt a day later; the
/// attempts as the message log has them; and how the entry ends up.
fn check_policy(quality: &str, receiver: &str, answers: &str, expect: &[&str], left: &str, acts: usize) {
    let flow = format!(
        "flow: f\nquality: {quality}\nfrom: {{ http: /f }}\nsteps: [ {{ send: r }} ]\nreceivers:\n  r: {{ http: 'http://r', {receiver} }}\n"
    );
    let mut world = World::of(&[&flow]);
    world.script.insert("r".into(), answers.split(' ').map(str::to_owned).collect());
    let start = world.start("f", Message::of("x"), Trigger::Http);
    world.run(start).unwrap();
    let flow = world.flows["f"].clone();
    let mut seen = Vec::new();
    for _ in 0..9 {
        world.time = world.time.plus(Duration::from_secs(86_400));
        for entry in world.claim(&Place::delivery("f", "r")) {
            let settled = world.attempt(&flow, "r", &entry, &engine::Keep::default());
            seen.push(format!("{} {}", settled.record.outcome, settled.record.attempt));
            world.commit(settled.changes).unwrap();
        }
    }
    assert_eq!(seen, *expect, "{receiver} {answers}");
    let entries = now(store::Store::entries(&world.store, store::EntryFilter::default())).unwrap();
    let states: Vec<_> =
        entries.iter().map(|e| format!("{}{}", e.state.as_str(), if e.doubt { "?" } else { "" })).collect();
    assert_eq!(states.join(","), left, "{receiver} {answers}");
    assert_eq!(world.done.len(), acts, "how often the receiver acted: {receiver} {answers}");
}

#[test]
fn doubt_is_resolved_as_its_policy_says() {
    let exactly = "exactly-once";
    check_policy(exactly, "in-doubt: retry", "doubt ok", &["delivered 2"], "", 2);
    check_policy(exactly, "in-doubt: hold", "doubt ok", &[], "in-doubt?", 1);
    check_policy(exactly, "in-doubt: hold", "503 doubt ok", &["in doubt 2"], "in-doubt?", 1);
    let probe = "in-doubt: { probe: { http: 'http://r/?' } }";
    check_policy(exactly, probe, "doubt 200", &["delivered 2"], "", 1);
    check_policy(exactly, probe, "doubt 404 ok", &["absent 2", "delivered 2"], "", 2);
    check_policy(exactly, probe, "doubt 302 fail 200", &["in doubt 2", "in doubt 3", "delivered 4"], "", 1);
    check_policy(exactly, probe, "503 doubt 200", &["in doubt 2", "delivered 3"], "", 1);
    let short = "in-doubt: { probe: { http: 'http://r/?' } }, retry: { max-retries: 2 }";
    check_policy(exactly, short, "doubt 302 302", &["in doubt 2", "escalated 3"], "escalated?", 1);
}

#[test]
fn retries_follow_the_class_of_the_failure() {
    let exactly = "exactly-once";
    let by_class = "retry: { max-retries: 3, in-doubt: { max-retries: 1 }, rejected: { max-retries: 2 } }";
    check_policy(exactly, by_class, "fail fail fail fail", &["failed 2", "failed 3", "escalated 4"], "escalated", 0);
    check_policy(exactly, by_class, "doubt doubt", &["escalated 2"], "escalated?", 2);
    check_policy(exactly, by_class, "400 400 ok", &["rejected 2", "delivered 3"], "", 1);
    check_policy(exactly, by_class, "400 400 400", &["rejected 2", "rejected 3"], "escalated", 0);
    check_policy(exactly, "retry: { max-age: 2d }", "fail fail fail", &["failed 2", "escalated 3"], "escalated", 0);
}

#[test]
fn in_an_ordered_flow_every_attempt_waits_for_its_turn() {
    let ordered = "exactly-once-in-order";
    check_policy(ordered, "in-doubt: retry", "ok", &["delivered 1"], "", 1);
    check_policy(
        ordered,
        "retry: { max-retries: 2 }",
        "fail fail fail",
        &["failed 1", "failed 2", "escalated 3"],
        "escalated",
        0,
    );
    check_policy(ordered, "in-doubt: hold", "doubt", &["in doubt 1"], "in-doubt?", 1);
}

/// Keys of deliveries: of the flow, from the message as it came; of the receiver, from the message at the send.
#[test]
fn keys_of_an_order_come_from_the_message_or_the_record() {
    let flow = "flow: f\nquality: exactly-once-in-order\norder-by: '${header.K}'\nallow-headers: K\nfrom: { http: /f }\n\
        steps:\n  - set: { header: { K: changed } }\n  - split: { line: true, steps: [ { send: a }, { send: b } ] }\n\
        receivers:\n  a: { http: 'http://a' }\n  b: { http: 'http://b', order-by: '${body}' }\n";
    let mut world = World::of(&[flow]);
    let mut message = Message::of("x\ny\n");
    message.headers.set("K", "k1");
    let start = world.start("f", message, Trigger::Http);
    assert_eq!(world.run(start).unwrap().parked, 4);
    let entries = now(store::Store::entries(&world.store, store::EntryFilter::default())).unwrap();
    let mut keys: Vec<_> = entries.iter().map(|e| format!("{} {}", e.place.name, e.order_key.trim())).collect();
    keys.sort();
    assert_eq!(keys, ["a =k1", "a =k1", "b =x", "b =y"]);
    let first: Vec<_> = world.claim(&Place::delivery("f", "a")).iter().map(|e| e.message.text().into_owned()).collect();
    assert_eq!(first.len(), 1, "one at a time");
    assert_eq!(world.claim(&Place::delivery("f", "b")).len(), 2, "other keys do not wait");
}

/// The interface inside a shared queue: what the receiver says, else the flow that caused the message.
#[test]
fn a_queue_receiver_names_the_interface() {
    let flow = "flow: f\nallow-headers: To\nfrom: { http: /f }\nsteps: [ { send: q } ]\n\
        receivers: { q: { queue: { name: shared, interface: '${header.To}' } } }\n";
    let long = "x".repeat(300);
    for (to, expect) in [("/orders", "/orders"), (" ", "f"), (long.as_str(), &long[..200])] {
        let mut world = World::of(&[flow]);
        let mut message = Message::of("x");
        message.headers.set("To", to);
        let start = world.start("f", message, Trigger::Http);
        world.run(start).unwrap();
        let entries = now(store::Store::entries(&world.store, store::EntryFilter::default())).unwrap();
        assert_eq!(entries.iter().map(|e| e.interface.as_str()).collect::<Vec<_>>(), [expect]);
    }
}

#[test]
fn a_channel_finds_at_each_attempt_what_it_found_at_the_send() {
    let channel = "http://a/${exception.message}/${property.ids}/${header.more}/${property.text}";
    let flow = format!(
        "flow: f\nquality: QUALITY\nfrom:\n  http: /f\nsteps:\n  - script: {{ file: s.js, function: fail }}\non-error:\n  - send: a\n  - end: message\nreceivers:\n  a: {{ http: {{ url: '{channel}' }}, retry: {{ interval: 1m }} }}\n"
    );
    let list = || base::Value::List(vec!["A1".into(), 2.into()]);
    for quality in ["exactly-once", "exactly-once-in-order"] {
        let mut world = World::of(&[&flow.replace("QUALITY", quality)]);
        world.script.insert("a".into(), ["503", "doubt", "503", "ok"].map(str::to_owned).into());
        let mut message = Message::of("x");
        message.properties.insert("ids".to_owned(), list());
        message.properties.insert("text".to_owned(), "t".into());
        message.headers.set("more", base::Value::Map([("k".to_owned(), list())].into_iter().collect()));
        let start = world.start("f", message, Trigger::Http);
        world.run(start).unwrap();
        for _ in 0..4 {
            world.time = world.time.plus(Duration::from_secs(3600));
            world.deliver_due();
        }
        assert_eq!(world.stored(), "", "{quality}");
        assert_eq!(world.urls.len(), 4, "{quality}");
        assert!(world.urls.iter().all(|url| url == &world.urls[0]), "{quality}: {:?}", world.urls);
        assert!(world.urls[0].contains("script%20failed"), "{}", world.urls[0]);
        assert!(world.urls[0].contains("A1") && world.urls[0].contains("k="), "{}", world.urls[0]);
    }
}

#[test]
fn an_answer_that_asks_to_come_again_is_not_remembered() {
    let flow = |status| {
        format!(
            "flow: f\nquality: exactly-once\nfrom:\n  http: /f\nsteps:\n  - send: a\n  - send: p\n  - send: q\n  - request: b\non-error:\n  - set: {{ headers: {{ CamelHttpResponseCode: {status} }}, body: later }}\n  - end: message\nreceivers:\n  a: {{ http: {{ url: 'http://a' }} }}\n  b: {{ http: {{ url: 'http://b' }} }}\n  p: {{ http: {{ url: 'http://p' }}, retry: {{ interval: 1m, jitter: 0 }} }}\n  q: {{ queue: q }}\n"
        )
    };
    let keyed = || Some(Keyed { key: "k".into(), fingerprint: [1; 32], before: None, expires: Timestamp(i64::MAX) });
    for (status, again) in
        [(200, false), (400, false), (409, false), (408, true), (425, true), (429, true), (503, true)]
    {
        let mut world = World::of(&[&flow(status)]);
        world.script.insert("b".into(), ["503".to_owned()].into());
        world.script.insert("p".into(), ["503".to_owned()].into());
        let run = |world: &mut World| {
            let mut start = world.start("f", Message::of("x"), Trigger::Http);
            start.settled = world.settled(&start.message_id);
            start.keyed = keyed();
            let flow = start.flow.clone();
            let id = start.message_id.clone();
            let ended = world.run(start).unwrap();
            engine::http_answer(&flow, &id, &ended).status
        };
        assert_eq!(run(&mut world), status);
        let known = now(store::Store::answer(&world.store, "f", "k", world.time)).unwrap();
        assert_eq!(known.is_none(), again, "{status}");
        if again {
            assert_eq!(run(&mut world), 204, "{status}");
            assert_eq!(world.done.iter().map(|d| &d.0).collect::<Vec<_>>(), ["a", "b"], "{status}: each once");
            let stored = "queue q: waiting x\ndelivery p of f: waiting +60s x\n";
            assert_eq!(world.stored(), stored, "{status}: parked once, written once");
        }
    }
}
