//! What operators do to many entries, to places and to what was delivered.

use std::collections::BTreeSet;

use base::{EntryKey, Timestamp};
use store::{Change, LogEvent, NewEntry, TraceRecord};

use super::faulty::Faulty;
use super::*;

const LATE: Timestamp = Timestamp(i64::MAX / 2);

fn parked(flow: &str, receiver: &str, id: &str) -> NewEntry {
    let entry = store::conformance::new_entry(&Place::delivery(flow, receiver), id);
    NewEntry { expires: LATE, alert_at: LATE, due: LATE, ..entry }
}

async fn faulty(world: &World, flows: &[&str]) -> (Arc<Faulty>, Runtime) {
    let store = Arc::new(Faulty::of(Arc::clone(&world.store)));
    let options = Options { store: Arc::<Faulty>::clone(&store), ..world.options() };
    let runtime = Runtime::start(options).await.unwrap();
    assert_eq!(runtime.deploy(checked(flows)).await, []);
    (store, runtime)
}

const ONE: &str = "flow: f\nquality: exactly-once\nfrom: { http: /f }\nsteps: [ { send: a } ]\n\
                   receivers: { a: { http: 'http://a.test/ok' } }\n";

/// Of two orders at once the same one is in force for first attempts as for what is parked: the later one.
#[tokio::test]
async fn of_two_orders_at_once_the_later_one_is_in_force() {
    let world = World::new();
    let (store, runtime) = faulty(&world, &[ONE]).await;
    let ops = runtime.ops();
    let order = |stopped| {
        let ops = ops.clone();
        tokio::spawn(async move { ops.stop_place(Place::delivery("f", "a"), None, stopped).await })
    };
    store.slow.store(true, Ordering::SeqCst);
    let first = order(true);
    until("the first is stored", async || !store.slow.load(Ordering::SeqCst)).await;
    let second = order(false);
    first.await.unwrap().unwrap();
    second.await.unwrap().unwrap();
    assert_eq!(post(&runtime, "/f", "one").await.status, 200);
    assert_eq!(*world.receivers.bodies.lock().unwrap(), ["one"]);
    assert_eq!(world.entries().await, [], "it was made from its run");
    runtime.shutdown(Duration::from_secs(5)).await;
}

/// An order is in force once it is stored, for first attempts too; a start finds the same ones.
#[tokio::test]
async fn first_attempts_know_the_orders_that_are_stored() {
    let orders = [
        (None, true, false),
        (None, true, false),
        (None, false, true),
        (Some("f"), true, false),
        (None, true, false),
        // Each order is taken back by itself.
        (None, false, false),
        (Some("f"), false, true),
        // No delivery is of another interface.
        (Some("g"), true, true),
        (None, true, false),
    ];
    for restarts in [false, true] {
        let world = World::new();
        let (mut store, mut runtime) = faulty(&world, &[ONE]).await;
        let place = || Place::delivery("f", "a");
        let goes = async |runtime: &Runtime, body: String| {
            assert_eq!(post(runtime, "/f", &body).await.status, 200);
            world.receivers.bodies.lock().unwrap().contains(&body)
        };
        for (n, (interface, stopped, expect)) in orders.into_iter().enumerate() {
            store.lost.store(true, Ordering::SeqCst);
            runtime.ops().stop_place(place(), interface.map(str::to_owned), stopped).await.unwrap();
            if restarts {
                runtime.shutdown(Duration::from_secs(5)).await;
                (store, runtime) = faulty(&world, &[ONE]).await;
            }
            assert_eq!(goes(&runtime, format!("{n}")).await, expect, "order {n}, restarts: {restarts}");
        }
        store.lost.store(false, Ordering::SeqCst);
        assert_eq!(runtime.deploy(vec![]).await, []);
        store.lost.store(true, Ordering::SeqCst);
        runtime.ops().delete_place(place()).await.unwrap();
        store.lost.store(false, Ordering::SeqCst);
        assert_eq!(runtime.deploy(checked(&[ONE])).await, []);
        assert!(goes(&runtime, "last".to_owned()).await, "its orders are deleted with it");
        runtime.shutdown(Duration::from_secs(5)).await;
    }
}

/// A place that could not be deleted leaves nothing in the message log that says so.
#[tokio::test]
async fn what_was_not_deleted_is_not_logged_as_cancelled() {
    let world = World::new();
    let id = base::DeliveryId([7; 16]);
    let entry = parked("f", "a", &id.to_string());
    let (message, correlation) = (entry.message_id.clone(), entry.correlation.clone());
    let (flow, run, at, trigger) = ("f".to_owned(), base::RunId::from_text("r"), entry.created, "test".to_owned());
    world.store.commit(vec![store::conformance::put(entry)]).await.unwrap();
    let (store, runtime) = faulty(&world, &[]).await;
    world.log.record(LogEvent::Started { message: message.clone(), correlation, flow, run, at, trigger });
    let outcomes = async || {
        let detail = runtime.ops().message(&message).await.unwrap();
        detail.deliveries.into_iter().map(|d| d.outcome).collect::<Vec<_>>()
    };
    store.broken.store(true, Ordering::SeqCst);
    runtime.ops().delete_place(Place::delivery("f", "a")).await.unwrap_err();
    assert_eq!(outcomes().await, Vec::<String>::new());
    store.broken.store(false, Ordering::SeqCst);
    runtime.ops().delete_place(Place::delivery("f", "a")).await.unwrap();
    assert_eq!(outcomes().await, ["cancelled"]);
    runtime.shutdown(Duration::from_secs(5)).await;
}

/// One call acts on 10,000 entries, and says where the next one goes on.
#[tokio::test]
async fn what_is_too_much_for_one_call_says_so() {
    let world = World::new();
    let message = MessageId::from_text("A-many");
    let many = (0..10_002).map(|n| NewEntry { message_id: message.clone(), ..parked("f", "a", &n.to_string()) });
    world.store.commit(many.map(store::conformance::put).collect()).await.unwrap();
    let runtime = world.start(&[]).await;
    let ops = runtime.ops();
    let all = |after| {
        Selection::Filter(EntryFilter { place: Some(Place::delivery("f", "a")), after, ..EntryFilter::default() })
    };
    let preview = ops.preview(all(None)).await.unwrap();
    assert_eq!((preview.done, preview.entries.len()), (10_000, 20));
    let last = preview.more.unwrap();
    let of_message = ops.preview_message(&message, None).await.unwrap();
    assert_eq!((of_message.done, of_message.more), (10_000, Some(last)));
    let (rest, of_message) =
        (ops.preview(all(Some(last))).await.unwrap(), ops.preview_message(&message, Some(last)).await.unwrap());
    assert_eq!((rest.done, rest.more, of_message.done, of_message.more), (2, None, 2, None));
    let keys = world.store.entries(EntryFilter { after: Some(last), ..EntryFilter::default() }).await.unwrap();
    let keys: Vec<EntryKey> = keys.into_iter().map(|e| e.key).collect();
    assert_eq!(ops.preview(Selection::Keys(keys)).await.unwrap().done, 2);
    let deleted = ops.cancel_message(&message, Some(last)).await.unwrap();
    assert_eq!((deleted.done, deleted.more), (2, None));
    assert_eq!(ops.preview(all(None)).await.unwrap().more, None, "10,000 are left, and one call looks at all of them");
    // A limit of the caller's own is no different.
    let Selection::Filter(filter) = all(None) else { return };
    let retried = ops.retry_entries(Selection::Filter(EntryFilter { limit: 3, ..filter })).await.unwrap();
    assert_eq!(retried.done, 3);
    assert!(retried.more.is_some_and(|more| more < last), "{retried:?}");
    runtime.shutdown(Duration::from_secs(5)).await;
}

/// Of several deliveries a person says which; a trace does not say which of them it led to.
#[tokio::test]
async fn one_of_several_deliveries_is_sent_again_by_its_id() {
    let flow = "flow: f\nquality: exactly-once\nfrom: { http: /f }\nsteps:\n\
                \x20 - split: { line: true, steps: [ { send: a } ] }\nreceivers: { a: { http: 'http://a.test/ok' } }\n";
    let world = World::new();
    let runtime = world.start(&[flow]).await;
    let ops = runtime.ops();
    ops.set_log_level("f", flow::LogLevel::Trace, 5).await.unwrap();
    assert_eq!(post(&runtime, "/f", "one\ntwo\nthree").await.status, 200);
    let id = ops.messages(MessageFilter::default()).await.unwrap().remove(0).id;
    let ids = async || ops.message(&id).await.unwrap().deliveries.into_iter().map(|d| d.delivery).collect::<Vec<_>>();
    let first = ids().await[0];
    assert_eq!(ids().await.into_iter().collect::<BTreeSet<_>>().len(), 3);

    let bodies = || world.receivers.bodies.lock().unwrap().clone();
    let refused = async |which, body: Option<&'static str>, expect: &str| {
        let error = ops.send_again(&id, ("a", which), body.map(Into::into)).await.unwrap_err();
        assert!(error.code == "R0107" && error.text.contains(expect), "{error}");
        assert_eq!(bodies().len(), 3);
    };
    refused(None, None, "3 deliveries of message").await;
    refused(None, Some("which?"), "3 deliveries of message").await;
    refused(Some(base::DeliveryId([9; 16])), Some("none"), "has no delivery").await;
    refused(Some(first), None, "do not tell the deliveries of this message").await;
    // What is sent again by hand is no further part of the message: it asks for no more than before.
    for (count, body) in [(4, "one, by hand"), (5, "one, once more")] {
        ops.send_again(&id, ("a", Some(first)), Some(body.into())).await.unwrap();
        until("it arrives", async || bodies().len() == count).await;
        assert_eq!(bodies().last().map(String::as_str), Some(body));
        until("its outcome", async || ids().await.len() == count).await;
    }

    // A message with one delivery: its trace is the only one there can be, also the second time.
    assert_eq!(post(&runtime, "/f", "alone").await.status, 200);
    let alone = ops.messages(MessageFilter::default()).await.unwrap();
    let alone = alone.into_iter().map(|m| m.id).find(|m| *m != id).unwrap();
    for count in [7, 8] {
        ops.send_again(&alone, ("a", None), None).await.unwrap();
        until("it arrives", async || bodies().len() == count).await;
        assert_eq!(bodies().last().map(String::as_str), Some("alone"));
        until("its outcome", async || ops.message(&alone).await.unwrap().deliveries.len() == count - 5).await;
    }
    runtime.shutdown(Duration::from_secs(5)).await;
}

/// What waits for its turn has no record yet: it is another delivery all the same.
#[tokio::test]
async fn what_is_parked_is_one_of_several_deliveries() {
    let flow = "flow: f\nquality: exactly-once-in-order\nfrom: { http: /f }\nsteps:\n\
                \x20 - split: { line: true, steps: [ { send: a } ] }\n\
                receivers: { a: { http: 'http://a.test/ok', rate: 0.5 } }\n";
    let world = World::new();
    let runtime = world.start(&[flow]).await;
    let ops = runtime.ops();
    ops.set_log_level("f", flow::LogLevel::Trace, 5).await.unwrap();
    assert_eq!(post(&runtime, "/f", "one\ntwo\nthree").await.status, 200);
    let bodies = || world.receivers.bodies.lock().unwrap().clone();
    until("the first arrives", async || bodies() == ["one"]).await;
    ops.stop_place(Place::delivery("f", "a"), None, true).await.unwrap();
    let id = ops.messages(MessageFilter::default()).await.unwrap().remove(0).id;
    until("its outcome", async || ops.message(&id).await.unwrap().deliveries.len() == 1).await;
    let error = ops.send_again(&id, ("a", None), None).await.unwrap_err();
    assert!(error.code == "R0107" && error.text.contains("do not tell"), "{error}");
    assert_eq!(world.entries().await.len(), 2, "nothing was made again");
    ops.send_again(&id, ("a", None), Some("one, by hand".into())).await.unwrap();
    assert_eq!(world.entries().await.len(), 3);
    runtime.shutdown(Duration::from_secs(5)).await;
}

/// Whether a trace is that of the one delivery there is.
#[tokio::test]
async fn a_trace_is_taken_where_it_can_only_be_that_of_the_delivery() {
    let world = World::new();
    let runtime = world.start(&[ONE]).await;
    let ops = runtime.ops();
    ops.set_log_level("f", flow::LogLevel::Trace, 5).await.unwrap();
    assert_eq!(post(&runtime, "/f", "one").await.status, 200);
    let id = ops.messages(MessageFilter::default()).await.unwrap().remove(0).id;
    ops.stop_place(Place::delivery("f", "a"), None, true).await.unwrap();
    let check = async |what: &str, taken: bool| {
        // The id of a wish derives from its millisecond.
        tokio::time::sleep(Duration::from_millis(2)).await;
        let done = ops.send_again(&id, ("a", None), None).await;
        assert_eq!(done.is_ok(), taken, "{what}: {done:?}");
        assert!(done.err().is_none_or(|error| error.text.contains("do not tell")), "{what}");
    };
    check("one delivery", true).await;
    check("a wish that waits is no other part of the message", true).await;
    let put = async |place: &str, id: &MessageId, delivery: u8| {
        let entry = parked("f", place, &base::DeliveryId([delivery; 16]).to_string());
        let entry = NewEntry { message_id: id.clone(), ..entry };
        world.store.commit(vec![store::conformance::put(entry)]).await.unwrap();
    };
    put("b", &id, 1).await;
    put("a", &MessageId::from_text("A-other"), 2).await;
    check("parked of another receiver, or another message", true).await;
    put("a", &id, 3).await;
    check("another delivery is parked", false).await;
    let all = world.store.entries(EntryFilter::default()).await.unwrap();
    let key = all.into_iter().find(|e| e.id == base::DeliveryId([3; 16]).to_string()).unwrap().key;
    world.store.commit(vec![Change::Remove(key)]).await.unwrap();
    check("it is gone", true).await;
    let trace = ops.trace(&id).await.unwrap().remove(0);
    let further = |run| world.log.record(LogEvent::Trace(Box::new(TraceRecord { run, ..trace.clone() })));
    further(base::RunId::from_text("another"));
    check("a further run", true).await;
    further(trace.run.clone());
    check("two in one run", false).await;
    runtime.shutdown(Duration::from_secs(5)).await;
}

/// A flow that could not be started is there, and so are its receivers: once.
#[tokio::test]
async fn a_receiver_of_a_flow_in_error_is_listed_once() {
    let flow = |name: &str| {
        format!(
            "flow: {name}\nquality: exactly-once\nfrom: {{ http: /same }}\nsteps: [ {{ send: a }} ]\n\
             receivers: {{ a: {{ http: 'http://a.test/ok' }} }}\n"
        )
    };
    let world = World::new();
    world.store.commit(vec![store::conformance::put(parked("g", "a", "x"))]).await.unwrap();
    let runtime = Runtime::start(world.options()).await.unwrap();
    let both = ["f", "g"].map(|name| checked(&[&flow(name)])).concat();
    assert_eq!(runtime.deploy(both).await.len(), 1, "the door is taken");
    let lines = runtime.ops().receivers().await.unwrap();
    let lines: Vec<_> = lines.iter().map(|l| (l.flow.as_str(), l.name.as_str(), l.waiting)).collect();
    assert_eq!(lines, [("f", "a", 0), ("g", "a", 1)]);
    runtime.shutdown(Duration::from_secs(5)).await;
}

/// A message of which something is done keeps its body: its records are told apart by their places.
#[tokio::test]
async fn a_corrected_body_is_not_mixed_with_what_is_done() {
    let flow = |steps: &str| {
        format!(
            "flow: f\nquality: exactly-once\npersistence: first\nfrom: {{ http: /f }}\nsteps:\n{steps}receivers:\n  \
             a: {{ {} }}\n  b: {{ http: http://b.test/fail }}\n",
            if steps.contains("queue") { "queue: q" } else { "http: http://a.test/ok" }
        )
    };
    let table = [
        ("  - send: a\n  - request: b\n", false),
        ("  - send: a # the queue\n  - request: b\n", false),
        ("  - send: a # the queue\n  - send: a\n  - request: b\n", false),
        ("  - request: b\n  - send: a\n", true),
    ];
    for (steps, may) in table {
        let world = World::new();
        let runtime = world.start(&[&flow(steps)]).await;
        assert_eq!(post(&runtime, "/f", "one").await.status, 202);
        let inbox = async || {
            let filter = EntryFilter { kind: Some(store::PlaceKind::Inbox), ..EntryFilter::default() };
            world.store.entries(filter).await.unwrap().remove(0)
        };
        until("the failure", async || inbox().await.retries == 1).await;
        let done = runtime.ops().retry_corrected(inbox().await.key, "two".into()).await;
        match done {
            Ok(_) => assert!(may, "{steps}"),
            Err(error) => assert!(!may && error.status == 409, "{steps}: {error:?}"),
        }
        let kept = world.store.entry(inbox().await.key).await.unwrap().unwrap();
        assert_eq!(kept.message.text(), if may { "two" } else { "one" }, "{steps}");
        runtime.shutdown(Duration::from_secs(5)).await;
    }
}
