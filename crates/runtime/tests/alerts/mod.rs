//! Alerts about what no commit says (a doubt that a crash left, alerts that a restore held, what is overdue), and in
//! times when a store cannot be read or no flow wants to be told.

use super::*;
use base::{Clock, Timestamp};
use faulty::Faulty;
use store::conformance::{new_entry, put};
use store::{Change, NewEntry};

const NEVER: Timestamp = Timestamp(i64::MAX);

const TELL: &str = "flow: tell\nfrom: { alerts: { every: 1h } }\nsteps:\n  - request: t\n\
                    receivers:\n  t: { http: { url: 'http://t.test/ok' } }\n";

fn held(target: &str, more: &str) -> String {
    format!(
        "flow: held\nquality: exactly-once\nfrom: {{ http: /held }}\nsteps:\n  - send: a\n\
         receivers:\n  a: {{ http: {{ url: 'http://a.test/{target}' }}, {more} }}\n"
    )
}

fn told(world: &World) -> Vec<serde_json::Value> {
    let bodies = world.receivers.bodies.lock().unwrap();
    bodies
        .iter()
        .filter_map(|body| serde_json::from_str(body).ok())
        .filter(|b: &serde_json::Value| b.is_object())
        .collect()
}

fn inbox() -> Place {
    Place::inbox("tell", "main")
}

fn of(place: Place) -> EntryFilter {
    EntryFilter { place: Some(place), ..EntryFilter::default() }
}

/// What waits to be told.
async fn gathering(world: &World) -> Vec<String> {
    world.store.entries(of(inbox())).await.unwrap().into_iter().map(|info| info.id).collect()
}

/// Another version of the alert flow is deployed, which is a reason to look.
async fn look_again(runtime: &Runtime, others: &[&str], every: &str) {
    let tell = TELL.replace("1h", every);
    assert_eq!(runtime.deploy(checked(&[others, &[tell.as_str()]].concat())).await, []);
    tokio::time::sleep(Duration::from_millis(300)).await;
}

/// A subject was told up to a number.
fn told_up_to(number: i64, subject: &str, last: Timestamp) -> Change {
    let (flow, process) = ("tell".to_owned(), format!("alert/main/{subject}"));
    Change::Tick { flow, process, schedule: number.to_string(), last: Some(last), next: None }
}

/// An entry that waits for ever and is not overdue.
fn waits(place: &Place, id: &str) -> NewEntry {
    NewEntry { created: Timestamp(0), due: NEVER, alert_at: NEVER, expires: NEVER, ..new_entry(place, id) }
}

#[tokio::test]
async fn a_doubt_that_a_crash_left_is_told() {
    let world = World::new();
    let flows = [held("hang", "in-doubt: hold"), TELL.to_owned()];
    let flows: Vec<&str> = flows.iter().map(String::as_str).collect();
    let runtime = world.start(&flows).await;
    let sender = runtime.clone();
    let sending = tokio::spawn(async move { post(&sender, "/held", "one").await });
    until("the call", async || world.receivers.calls.load(Ordering::SeqCst) == 1).await;
    // An intent to send is no doubt yet.
    assert_eq!(world.entries().await, [("a".to_owned(), EntryState::InDoubt, 0)]);
    runtime.shutdown(Duration::from_millis(20)).await;
    let _ = sending.await;
    let runtime = world.start(&flows).await;
    until("the alert", async || !told(&world).is_empty()).await;
    let alert = &told(&world)[0];
    assert_eq!((&alert["kind"], &alert["count"]), (&"in-doubt".into(), &1.into()), "{alert}");
    runtime.shutdown(Duration::from_secs(5)).await;
    // The next start does not tell it again before `every` is over.
    let runtime = world.start(&flows).await;
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert_eq!(told(&world).len(), 1);
    runtime.shutdown(Duration::from_secs(5)).await;
}

#[tokio::test]
async fn an_alert_that_a_restore_held_is_told() {
    let world = World::new();
    let flows = [held("fail", "retry: { max-retries: 0 }"), TELL.to_owned()];
    let flows: Vec<&str> = flows.iter().map(String::as_str).collect();
    let runtime = world.start(&flows).await;
    assert_eq!(post(&runtime, "/held", "one").await.status, 200);
    runtime.shutdown(Duration::from_secs(5)).await;
    let [alert] = &world.store.entries(of(inbox())).await.unwrap()[..] else { panic!("one alert gathers") };
    let hold = Change::Reschedule {
        key: alert.key,
        state: EntryState::InDoubt,
        due: alert.due,
        retries: 0,
        crashes: 0,
        doubt: false,
        error: Some("S0503: held since the restore".to_owned()),
    };
    world.store.commit(vec![hold]).await.unwrap();
    let runtime = world.start(&flows).await;
    until("the alert", async || told(&world).len() == 1).await;
    runtime.shutdown(Duration::from_secs(5)).await;
}

/// What became a doubt after larger numbers were told: an intent that a crash left, an entry that a restore holds.
#[tokio::test]
async fn a_start_tells_the_doubts_that_were_left_whatever_was_told_before() {
    let held_since = "S0503: held since the restore";
    for (error, expect) in [(engine::NO_OUTCOME, true), (held_since, true), ("C0004: no answer", false)] {
        let world = World::new();
        let place = Place::delivery("held", "a");
        let doubt = |id: &str, error: &str| {
            let (state, error) = (EntryState::InDoubt, Some(error.to_owned()));
            put(NewEntry { state, error, doubt: true, due: Timestamp(0), ..waits(&place, id) })
        };
        // More than one page was told before.
        let mut changes: Vec<Change> = (0..1_000).map(|n| doubt(&format!("known {n}"), "C0004: no answer")).collect();
        changes.push(doubt("left", error));
        changes.push(told_up_to(5_000, "in-doubt/delivery/held/a", Timestamp(0)));
        world.store.commit(changes).await.unwrap();
        let flows = checked(&[&held("ok", "in-doubt: hold"), TELL]);
        let runtime = Runtime::start(world.options()).await.unwrap();
        assert_eq!(runtime.deploy(flows).await, []);
        let subject = ["in-doubt/delivery/held/a".to_owned()];
        if expect {
            until("the alert", async || gathering(&world).await == subject).await;
            // Later looks of the same process see nothing new.
            runtime.ops().delete_entries(Selection::Filter(of(inbox()))).await.unwrap();
            look_again(&runtime, &[&held("ok", "in-doubt: hold")], "2h").await;
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(gathering(&world).await, [""; 0], "{error}");
        runtime.shutdown(Duration::from_secs(5)).await;
    }
}

/// A run that held its intent while larger numbers were told may end without a word: its last commit fails, or it panics.
#[tokio::test]
async fn a_doubt_that_a_run_left_is_told_by_a_later_look() {
    let world = World::new();
    let (place, now) = (Place::delivery("held", "a"), WallClock.now());
    let doubt = |id: &str, error: &str| {
        let (state, error) = (EntryState::InDoubt, Some(error.to_owned()));
        put(NewEntry { state, error, doubt: true, due: Timestamp(0), ..waits(&place, id) })
    };
    let up_to = told_up_to(5_000, "in-doubt/delivery/held/a", now);
    world.store.commit(vec![doubt("told", "C0004: no answer"), up_to]).await.unwrap();
    let held = held("ok", "in-doubt: hold");
    let runtime = world.start(&[&held, TELL]).await;
    for (every, left) in [("2h", None), ("3h", Some("first")), ("4h", None), ("5h", Some("second")), ("6h", None)] {
        let expect: &[&str] = if left.is_some() { &["in-doubt/delivery/held/a"] } else { &[] };
        world.store.commit(left.iter().map(|id| doubt(id, engine::NO_OUTCOME)).collect()).await.unwrap();
        look_again(&runtime, &[&held], every).await;
        assert_eq!(gathering(&world).await, expect, "{every}");
        runtime.ops().delete_entries(Selection::Filter(of(inbox()))).await.unwrap();
    }
    runtime.shutdown(Duration::from_secs(5)).await;
}

/// What was parked early and is escalated late has a smaller number than what was told.
#[tokio::test]
async fn what_escalates_while_nobody_is_to_be_told_is_told_to_the_next() {
    let world = World::new();
    let held = held("fail", "retry: { max-retries: 1 }");
    let runtime = world.start(&[&held, TELL]).await;
    assert_eq!(post(&runtime, "/held", "one").await.status, 200);
    let up_to = told_up_to(5_000, "escalated/delivery/held/a", WallClock.now());
    world.store.commit(vec![up_to]).await.unwrap();
    assert_eq!(runtime.deploy(checked(&[&held])).await, []);
    runtime.ops().retry_entries(Selection::Filter(of(Place::delivery("held", "a")))).await.unwrap();
    let is = async |state| world.entries().await.contains(&("a".to_owned(), state, 0));
    until("the escalation", async || is(EntryState::Escalated).await).await;
    assert_eq!(gathering(&world).await, [""; 0]);
    let subject = ["escalated/delivery/held/a".to_owned()];
    assert_eq!(runtime.deploy(checked(&[&held, TELL])).await, []);
    until("the alert", async || gathering(&world).await == subject).await;
    runtime.shutdown(Duration::from_secs(5)).await;
}

/// The same where Semel was started anew meanwhile; and a start tells nothing twice.
#[tokio::test]
async fn a_start_tells_what_escalated_after_it_was_told() {
    let (now, hour) = (WallClock.now(), Duration::from_secs(3_600));
    let before = Timestamp(now.0 - 3_600_000);
    for (escalated, told, expect) in [
        (now, before, true),
        (before, now, false),
        // The clock was put back since one or the other: it cannot be seen what came first.
        (before, now.plus(hour), true),
        (now.plus(hour), now, true),
    ] {
        for state in [EntryState::Escalated, EntryState::Blocked, EntryState::InDoubt] {
            let world = World::new();
            let place = Place::delivery("held", "a");
            let kind = if state == EntryState::InDoubt { "in-doubt" } else { "escalated" };
            let subject = format!("{kind}/delivery/held/a");
            let entry = put(NewEntry { state, due: escalated, ..waits(&place, "one") });
            world.store.commit(vec![entry, told_up_to(5_000, &subject, told)]).await.unwrap();
            let runtime = world.start(&[&held("ok", "in-doubt: hold"), TELL]).await;
            tokio::time::sleep(Duration::from_millis(300)).await;
            let expect = if expect { vec![subject] } else { Vec::new() };
            assert_eq!(gathering(&world).await, expect, "{state:?} {escalated} {told}");
            runtime.shutdown(Duration::from_secs(5)).await;
        }
    }
}

#[tokio::test]
async fn what_is_overdue_is_told_to_each_who_begins_to_want_it() {
    let world = World::new();
    let overdue = NewEntry { alert_at: Timestamp(0), ..waits(&Place::queue("work"), "overdue") };
    world.store.commit(vec![put(overdue)]).await.unwrap();
    let runtime = world.start(&[&TELL.replace("every: 1h", "on: [escalated]")]).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(gathering(&world).await, [""; 0]);
    let subject = ["overdue/queue//work".to_owned()];
    assert_eq!(runtime.deploy(checked(&[TELL])).await, []);
    until("the alert", async || gathering(&world).await == subject).await;
    // Another one is told as well, and the first one not twice.
    runtime.ops().delete_entries(Selection::Filter(of(inbox()))).await.unwrap();
    assert_eq!(runtime.deploy(checked(&[TELL, &TELL.replace("flow: tell", "flow: other")])).await, []);
    let other = async || world.store.entries(of(Place::inbox("other", "main"))).await.unwrap().len() == 1;
    until("the other alert", other).await;
    assert_eq!(gathering(&world).await, [""; 0]);
    runtime.shutdown(Duration::from_secs(5)).await;
}

/// The last commit of a run says what was delivered: it must not fail because of an alert.
#[tokio::test]
async fn a_run_that_escalates_needs_no_read_for_its_alert() {
    let world = World::new();
    let store = Arc::new(Faulty::of(Arc::clone(&world.store)));
    let options = Options { store: Arc::<Faulty>::clone(&store), ..world.options() };
    let runtime = Runtime::start(options).await.unwrap();
    let flow = "flow: out\nquality: exactly-once\nfrom: { queue: { name: work, max-retries: 0 } }\n\
                steps:\n  - send: a\n  - request: gate\n  - request: fail\n\
                receivers:\n  a: { http: { url: 'http://a.test/ok' } }\n\
                \x20 gate: { http: { url: 'http://t.test/gate' } }\n  fail: { http: { url: 'http://t.test/fail' } }\n";
    assert_eq!(runtime.deploy(checked(&[IN, flow, TELL])).await, []);
    assert_eq!(post(&runtime, "/in", "one").await.status, 200);
    let calls = || world.receivers.calls.load(Ordering::SeqCst);
    until("the second call", async || calls() == 2).await;
    store.blind.store(true, Ordering::SeqCst);
    world.receivers.open.store(true, Ordering::SeqCst);
    let is = async |state| world.entries().await.contains(&("work".to_owned(), state, 0));
    until("the end", async || !is(EntryState::Taken).await).await;
    assert!(is(EntryState::Escalated).await, "{:?}", world.entries().await);
    assert_eq!(gathering(&world).await, ["escalated/queue//work"]);
    store.blind.store(false, Ordering::SeqCst);
    let [entry] = &world.store.entries(of(Place::queue("work"))).await.unwrap()[..] else { panic!("one entry") };
    assert_eq!((entry.retries, calls()), (1, 3));
    assert_eq!(world.store.delivered(&entry.consumer_id()).await.unwrap().len(), 1);
    runtime.shutdown(Duration::from_secs(5)).await;
}

#[tokio::test]
async fn what_is_overdue_behind_many_others_is_told() {
    let world = World::new();
    let place = Place::queue("work");
    let mut changes: Vec<Change> = (0..10_000).map(|n| put(waits(&place, &n.to_string()))).collect();
    changes.push(put(NewEntry { alert_at: Timestamp(0), ..waits(&place, "overdue") }));
    world.store.commit(changes).await.unwrap();
    let runtime = world.start(&[TELL]).await;
    until("the alert", async || !told(&world).is_empty()).await;
    let alert = &told(&world)[0];
    assert_eq!((&alert["kind"], &alert["count"]), (&"overdue".into(), &1.into()), "{alert}");
    runtime.shutdown(Duration::from_secs(5)).await;
}

#[tokio::test]
async fn a_look_that_failed_hides_nothing_from_the_next_one() {
    let world = World::new();
    let overdue = NewEntry { alert_at: Timestamp(0), ..waits(&Place::queue("work"), "overdue") };
    world.store.commit(vec![put(overdue)]).await.unwrap();
    let store = Arc::new(Faulty::of(Arc::clone(&world.store)));
    store.blind.store(true, Ordering::SeqCst);
    let options = Options { store: Arc::<Faulty>::clone(&store), ..world.options() };
    let runtime = Runtime::start(options).await.unwrap();
    assert_eq!(runtime.deploy(checked(&[TELL])).await, []);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(gathering(&world).await, [""; 0]);
    store.blind.store(false, Ordering::SeqCst);
    look_again(&runtime, &[], "2h").await;
    until("the alert", async || gathering(&world).await == ["overdue/queue//work"]).await;
    runtime.shutdown(Duration::from_secs(5)).await;
}

#[tokio::test]
async fn an_escalation_waits_until_its_alert_can_be_put_down() {
    let world = World::new();
    let store = Arc::new(Faulty::of(Arc::clone(&world.store)));
    let options = Options { store: Arc::<Faulty>::clone(&store), ..world.options() };
    let runtime = Runtime::start(options).await.unwrap();
    // Between the claim of the second attempt and its call is the time of a turn.
    let flow = held("fail", "retry: { max-retries: 1 }, rate: 0.5");
    assert_eq!(runtime.deploy(checked(&[&flow, TELL])).await, []);
    assert_eq!(post(&runtime, "/held", "one").await.status, 200);
    let place = Place::delivery("held", "a");
    assert_eq!(runtime.ops().retry_entries(Selection::Filter(of(place))).await.unwrap().done, 1);
    let is = async |state| world.entries().await.contains(&("a".to_owned(), state, 0));
    until("the claim", async || is(EntryState::Taken).await).await;
    store.blind.store(true, Ordering::SeqCst);
    until("the second call", async || world.receivers.calls.load(Ordering::SeqCst) == 2).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(is(EntryState::Taken).await, "{:?}", world.entries().await);
    store.blind.store(false, Ordering::SeqCst);
    until("the escalation", async || is(EntryState::Escalated).await).await;
    assert_eq!(gathering(&world).await, ["escalated/delivery/held/a"]);
    assert_eq!(world.receivers.calls.load(Ordering::SeqCst), 2);
    runtime.shutdown(Duration::from_secs(5)).await;
}

#[tokio::test]
async fn an_outage_that_nobody_wanted_to_know_of_is_told_to_the_next_who_does() {
    let other = TELL.replace("{ every: 1h }", "{ on: [escalated] }").replace("flow: tell", "flow: other");
    for before in [Vec::new(), vec![other.as_str()]] {
        let world = World::new();
        let flow = held("fail", "circuit: { failures: 2, probe: 1s }");
        let runtime = world.start(&[&[flow.as_str()], before.as_slice()].concat()).await;
        for n in 0..12 {
            assert_eq!(post(&runtime, "/held", &n.to_string()).await.status, 200);
        }
        // Two open the circuit, and a probe fails.
        until("a probe", async || world.receivers.calls.load(Ordering::SeqCst) >= 3).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(runtime.deploy(checked(&[&flow, TELL])).await, []);
        until("the alert", async || gathering(&world).await == ["receiver-down/http://a.test"]).await;
        runtime.shutdown(Duration::from_secs(5)).await;
    }
}

#[tokio::test]
async fn an_alert_that_could_not_be_told_in_time_is_discarded() {
    let world = World::new();
    let flow = held("fail", "retry: { max-retries: 0 }");
    let runtime = world.start(&[&flow, &TELL.replace("/ok", "/fail")]).await;
    assert_eq!(post(&runtime, "/held", "one").await.status, 200);
    let told = async |status| world.statuses().await.contains(&("tell".to_owned(), status));
    until("a run that fails", async || told(Status::Retry).await).await;
    let ops = runtime.ops();
    assert_eq!(ops.delete_entries(Selection::Filter(of(Place::delivery("held", "a")))).await.unwrap().done, 1);
    ops.retry_entries(Selection::Filter(of(inbox()))).await.unwrap();
    until("the end", async || gathering(&world).await.is_empty()).await;
    until("its message", async || told(Status::Discarded).await).await;
    runtime.shutdown(Duration::from_secs(5)).await;
}
