//! What operators do to many entries, to places and to what was delivered.

use std::collections::BTreeSet;

use base::{EntryKey, Timestamp};
use store::{LogEvent, NewEntry};

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

/// What one of two stops made known must not hide the other.
#[tokio::test]
async fn two_stops_at_once_both_hold() {
    let flow = "flow: f\nquality: exactly-once\nfrom: { http: /f }\nsteps: [ { send: a }, { send: b } ]\nreceivers:\n\
                \x20 a: { http: 'http://a.test/ok' }\n  b: { http: 'http://b.test/ok' }\n";
    let world = World::new();
    let (store, runtime) = faulty(&world, &[flow]).await;
    let ops = runtime.ops();
    let stop = |receiver: &'static str| {
        let ops = ops.clone();
        tokio::spawn(async move { ops.stop_place(Place::delivery("f", receiver), None, true).await })
    };
    store.slow.store(true, Ordering::SeqCst);
    let first = stop("a");
    until("the first has looked", async || !store.slow.load(Ordering::SeqCst)).await;
    let second = stop("b");
    first.await.unwrap().unwrap();
    second.await.unwrap().unwrap();
    assert_eq!(post(&runtime, "/f", "one").await.status, 200);
    assert_eq!(*world.receivers.bodies.lock().unwrap(), Vec::<String>::new(), "both are stopped");
    runtime.shutdown(Duration::from_secs(5)).await;
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
