//! What is known of a delivery is written down: at a stop, and not sent at all where it cannot be.

use super::*;

fn records(steps: &str) -> String {
    format!(
        "flow: records\nquality: exactly-once\nfrom: {{ http: /records }}\nsteps:\n\
         \x20 - split: {{ line: true, steps: [ {{ send: a }} ] }}\n{steps}receivers:\n\
         \x20 a: {{ http: {{ url: 'http://a.test/first' }} }}\n  b: {{ http: {{ url: 'http://b.test/hang' }} }}\n"
    )
}

fn sent(world: &World) -> Vec<String> {
    let mut bodies = world.receivers.bodies.lock().unwrap().clone();
    bodies.sort();
    bodies
}

#[tokio::test]
async fn what_a_stopped_run_delivered_is_not_sent_again() {
    let through = "flow: through\nfrom: { http: { path: /through, idempotency: required } }\nsteps:\n\
                   \x20 - request: records\nreceivers:\n  records: { process-direct: /records }\n";
    for path in ["/records", "/through"] {
        let world = World::new();
        let hangs = records("  - send: b\n");
        let mends = hangs.replace("hang", "ok");
        let direct = |flow: &str| match path {
            "/through" => flow.replace("http: /records", "process-direct: /records"),
            _ => flow.to_owned(),
        };
        let enter = |runtime: Runtime| async move {
            runtime.enter(request(path, &[("Idempotency-Key", "k")], "one\ntwo\nthree")).await
        };
        let runtime = world.start(&[&direct(&hangs), through]).await;
        let client = tokio::spawn(enter(runtime.clone()));
        until("the last call", async || world.receivers.calls.load(Ordering::SeqCst) == 4).await;
        runtime.shutdown(Duration::from_millis(50)).await;
        assert!(client.await.unwrap().status >= 500, "{path}: the sender has the message");
        let runtime = world.start(&[&direct(&mends), through]).await;
        assert_eq!(enter(runtime.clone()).await.status, 200);
        runtime.shutdown(Duration::from_secs(5)).await;
        assert_eq!(sent(&world)[..4], ["one", "one\ntwo\nthree", "one\ntwo\nthree", "three"], "{path}");
        assert_eq!(world.receivers.calls.load(Ordering::SeqCst), 5, "{path}: only what nobody knows was sent again");
    }
}

#[tokio::test]
async fn nothing_is_sent_once_the_store_is_known_to_be_broken() {
    let world = World::new();
    let inner = Arc::clone(&world.store);
    let store = Arc::new(faulty::Faulty::of(inner));
    let options = Options { store: Arc::<faulty::Faulty>::clone(&store), ..world.options() };
    let runtime = Runtime::start(options).await.unwrap();
    // The first send of a run opens the gate when the store is broken already.
    let flow = records("").replace("first", "gate").replace("  b: { http: { url: 'http://b.test/hang' } }\n", "");
    assert_eq!(runtime.deploy(checked(&[&flow, IN])).await, []);
    let (task, body) = (runtime.clone(), "one\ntwo\nthree");
    let client = tokio::spawn(async move { post(&task, "/records", body).await });
    until("the first call", async || world.receivers.calls.load(Ordering::SeqCst) == 1).await;
    store.broken.store(true, Ordering::SeqCst);
    assert_eq!(post(&runtime, "/in", "this shows it").await.status, 503);
    world.receivers.open.store(true, Ordering::SeqCst);
    assert_eq!(client.await.unwrap().status, 503);
    assert_eq!(sent(&world), ["one"], "the others of the run are not sent");
    assert_eq!(post(&runtime, "/records", body).await.status, 503);
    store.broken.store(false, Ordering::SeqCst);
    until("a way back", async || post(&runtime, "/records", body).await.status == 200).await;
    assert_eq!(sent(&world), ["one", "one", "three", "two"]);
    runtime.shutdown(Duration::from_secs(5)).await;
}

/// The store breaks while a run sends: what its receivers took is kept in memory, and a further run does not send it again.
#[tokio::test]
async fn what_the_store_could_not_take_is_not_forgotten() {
    for policy in ["retry", "hold"] {
        let world = World::new();
        let store = Arc::new(faulty::Faulty::of(Arc::clone(&world.store)));
        let options = Options { store: Arc::<faulty::Faulty>::clone(&store), ..world.options() };
        let runtime = Runtime::start(options).await.unwrap();
        let flow = format!(
            "flow: f\nquality: exactly-once\nfrom: {{ http: /f }}\nsteps:\n  - send: a\nreceivers:\n  a: {{ http: {{ url: 'http://a.test/gate' }}, in-doubt: {policy} }}\n"
        );
        assert_eq!(runtime.deploy(checked(&[&flow])).await, []);
        let enter =
            async |runtime: Runtime| runtime.enter(request("/f", &[("Idempotency-Key", "k")], "x")).await.status;
        let client = tokio::spawn({
            let runtime = runtime.clone();
            async move { runtime.enter(request("/f", &[("Idempotency-Key", "k")], "x")).await.status }
        });
        until("the call", async || world.receivers.calls.load(Ordering::SeqCst) == 1).await;
        store.broken.store(true, Ordering::SeqCst);
        world.receivers.open.store(true, Ordering::SeqCst);
        assert_eq!(client.await.unwrap(), 503, "{policy}");
        store.broken.store(false, Ordering::SeqCst);
        until("a way back", async || enter(runtime.clone()).await == 200).await;
        assert_eq!(sent(&world), ["x"], "{policy}: once");
        let left = || async { world.store.entries(store::EntryFilter::default()).await.unwrap().is_empty() };
        until("no doubt is left", left).await;
        runtime.shutdown(Duration::from_secs(5)).await;
    }
}

/// What is parked or accepted outlives every new version of its flow.
#[tokio::test]
async fn what_waits_survives_new_versions_of_its_flow() {
    let flow = "flow: f\nquality: QUALITY\nfrom: { http: /f }\nsteps:\n  - send: RECEIVER\n\
                receivers:\n  RECEIVER: { http: { url: 'http://a.test/ADDRESS' }, retry: { interval: 10ms, jitter: 0 }, circuit: off }\n";
    let version = |quality: &str, receiver: &str, address: &str| {
        let flow = flow.replace("QUALITY", quality).replace("RECEIVER", receiver).replace("ADDRESS", address);
        // Only deliveries that keep outcomes are parked.
        if quality == "best-effort" {
            flow.replace(", retry: { interval: 10ms, jitter: 0 }, circuit: off", "")
        } else {
            flow
        }
    };
    let world = World::new();
    let runtime = world.start(&[&version("exactly-once", "a", "fail")]).await;
    assert_eq!(post(&runtime, "/f", "one").await.status, 200);
    let lines = async |runtime: &Runtime| -> Vec<(String, &'static str, u64)> {
        let lines = runtime.ops().receivers().await.unwrap();
        lines.into_iter().map(|line| (line.name, line.circuit, line.waiting)).collect()
    };
    // The receiver has another name now; or the whole flow is gone.
    assert_eq!(runtime.deploy(checked(&[&version("exactly-once", "b", "ok")])).await, []);
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(lines(&runtime).await, [("b".to_owned(), "closed", 0), ("a".to_owned(), "none", 1)]);
    assert_eq!(runtime.deploy(Vec::new()).await, []);
    assert_eq!(lines(&runtime).await, [("a".to_owned(), "none", 1)]);
    // It is back, in a flow that parks nothing itself.
    assert_eq!(runtime.deploy(checked(&[&version("best-effort", "a", "ok")])).await, []);
    until("the delivery", async || world.entries().await.is_empty()).await;
    assert_eq!(world.receivers.bodies.lock().unwrap().last().map(String::as_str), Some("one"));
    runtime.shutdown(Duration::from_secs(5)).await;

    let first = version("best-effort", "a", "ok").replace("from:", "persistence: first\nfrom:");
    let runtime = world.start(&[&first]).await;
    world.receivers.bodies.lock().unwrap().clear();
    runtime.shutdown(Duration::ZERO).await;
    // Accepted, and then the process ended.
    let mut waiting = store::conformance::new_entry(&Place::inbox("f", "main"), "x");
    (waiting.created, waiting.due) = (base::Timestamp(0), base::Timestamp(0));
    world.store.commit(vec![store::conformance::put(waiting)]).await.unwrap();
    let runtime = world.start(&[&version("best-effort", "a", "ok")]).await;
    until("the accepted message", async || world.entries().await.is_empty()).await;
    assert_eq!(*world.receivers.bodies.lock().unwrap(), ["body of x"]);
    runtime.shutdown(Duration::from_secs(5)).await;
}

/// Deliveries that were deleted together with the place of a receiver that is gone stay over.
#[tokio::test]
async fn what_was_deleted_with_its_place_is_not_sent_when_the_flow_comes_back() {
    let world = World::new();
    let id = base::DeliveryId([7; 16]);
    let place = Place::delivery("f", "a");
    world
        .store
        .commit(vec![store::conformance::put(store::conformance::new_entry(&place, &id.to_string()))])
        .await
        .unwrap();
    let runtime = world.start(&[]).await;
    runtime.ops().delete_place(place).await.unwrap();
    let message = MessageId::from_text(format!("A-{id}"));
    let over = (id, store::DeliveryEnd::Cancelled);
    assert_eq!(world.store.outcomes(&message).await.unwrap(), [over]);
    assert_eq!(world.store.delivered(&message).await.unwrap(), []);
    runtime.shutdown(Duration::from_secs(5)).await;
}

/// A crash forgets what a run delivered in the last second, and no more, however long the run has been at work.
#[test]
fn a_crash_forgets_little_of_a_long_run() {
    let world = World::new();
    let enter = |runtime: Runtime| async move {
        runtime.enter(request("/records", &[("Idempotency-Key", "k")], "one\ntwo\nthree")).await
    };
    let tokio = || tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let life = tokio();
    life.block_on(async {
        let runtime = world.start(&[&records("  - send: b\n")]).await;
        tokio::spawn(enter(runtime));
        until("the last call", async || world.receivers.calls.load(Ordering::SeqCst) == 4).await;
        tokio::time::sleep(Duration::from_millis(1_500)).await;
    });
    life.shutdown_timeout(Duration::from_secs(5));
    tokio().block_on(async {
        let runtime = world.start(&[&records("  - send: b\n").replace("hang", "ok")]).await;
        assert_eq!(enter(runtime.clone()).await.status, 200);
        runtime.shutdown(Duration::from_secs(5)).await;
    });
    assert_eq!(world.receivers.calls.load(Ordering::SeqCst), 5, "only the call that hung is made again");
}

/// A receiver that takes what it is given and breaks off while it says so is there: nothing waits for it.
#[tokio::test]
async fn an_answer_that_breaks_off_closes_no_door() {
    let world = World::new();
    let flow = "flow: f\nquality: exactly-once\nfrom: { http: /f }\nsteps: [ { send: a } ]\nreceivers:\n\
                \x20 a: { http: { url: 'http://a.test/half' }, circuit: { failures: 3, probe: 1h } }\n";
    let runtime = world.start(&[flow]).await;
    for n in 0..6 {
        assert_eq!(post(&runtime, "/f", &format!("{n}")).await.status, 200);
    }
    assert_eq!(sent(&world), ["0", "1", "2", "3", "4", "5"]);
    assert_eq!(world.entries().await, []);
    runtime.shutdown(Duration::from_secs(5)).await;
}

/// What cannot be deployed because of the store is deployed when the store can be written again; what ran goes on.
#[tokio::test]
async fn versions_wait_for_the_store() {
    let version = |name: &str, queue: &str| {
        format!(
            "flow: {name}\nfrom: {{ http: /{name} }}\nsteps: [ {{ send: q }} ]\n\
             receivers: {{ q: {{ queue: {queue} }} }}\n"
        )
    };
    let world = World::new();
    let store = Arc::new(faulty::Faulty::of(Arc::clone(&world.store)));
    let options = Options { store: Arc::<faulty::Faulty>::clone(&store), ..world.options() };
    let runtime = Runtime::start(options).await.unwrap();
    assert_eq!(runtime.deploy(checked(&[&version("a", "old")])).await, []);
    store.broken.store(true, Ordering::SeqCst);
    let problems = runtime.deploy(checked(&[&version("a", "new"), &version("b", "new")])).await;
    assert_eq!(problems.iter().map(|p| p.flow.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    for path in ["/a", "/b"] {
        assert_eq!(post(&runtime, path, "too early").await.status, 503, "{path}: not gone");
    }
    store.broken.store(false, Ordering::SeqCst);
    assert_eq!(post(&runtime, "/a", "at the old one").await.status, 200);
    for (path, body) in [("/b", "b"), ("/a", "a")] {
        until("the new version", async || post(&runtime, path, body).await.status == 200).await;
    }
    let queues: Vec<_> = world.entries().await.into_iter().map(|e| e.0).collect();
    assert_eq!(queues, ["old", "new", "new"]);
    runtime.shutdown(Duration::from_secs(5)).await;
}

/// What goes on keeps its addresses, and a timer whose moment passes while the store is away has missed it, no more.
#[tokio::test]
async fn versions_that_wait_lose_nothing() {
    let world = World::new();
    let store = Arc::new(faulty::Faulty::of(Arc::clone(&world.store)));
    let options = Options { store: Arc::<faulty::Faulty>::clone(&store), ..world.options() };
    let runtime = Runtime::start(options).await.unwrap();
    let at = |path: &str, queue: &str| {
        format!(
            "flow: b\nfrom: {{ http: {path} }}\nsteps: [ {{ send: q }} ]\nreceivers: {{ q: {{ queue: {queue} }} }}\n"
        )
    };
    assert_eq!(runtime.deploy(checked(&[&at("/x", "old")])).await, []);
    store.broken.store(true, Ordering::SeqCst);
    let soon = base::Clock::now(&WallClock).plus(Duration::from_millis(800));
    let tick = format!(
        "flow: t\nfrom: {{ timer: {{ at: '{soon}' }} }}\nsteps: [ {{ send: q }} ]\nreceivers: {{ q: {{ queue: ticked }} }}\n"
    );
    let wants = "flow: a\nfrom: { http: /x }\nsteps: [ { set: { body: new } } ]\n";
    let problems = runtime.deploy(checked(&[wants, &at("/y", "new"), &tick])).await;
    assert_eq!(problems.iter().map(|p| p.flow.as_str()).collect::<Vec<_>>(), ["b", "t", "a"], "{problems:?}");
    assert_eq!(post(&runtime, "/x", "the store says no").await.status, 503);
    let lines = runtime.ops().flows().await.unwrap();
    let b = lines.iter().find(|line| line.name == "b").unwrap();
    assert!(b.error.as_ref().is_some_and(|e| e.contains("the version before goes on")), "{b:?}");
    tokio::time::sleep(Duration::from_secs(1)).await;
    store.broken.store(false, Ordering::SeqCst);
    until("the new version", async || post(&runtime, "/y", "y").await.status == 200).await;
    assert_eq!(post(&runtime, "/x", "x").await.body, "new");
    assert!(runtime.ops().flows().await.unwrap().iter().all(|line| line.error.is_none()));
    runtime.shutdown(Duration::from_secs(5)).await;
}

/// A receiver is asked about what a crash left as soon as about any call without an answer, not before its call is over.
#[tokio::test]
async fn what_a_crash_left_is_asked_about_soon() {
    let now = base::Clock::now(&WallClock);
    let (secs, minute) = (|n| now.plus(Duration::from_secs(n)), 60);
    // Its call may take 3 seconds from now, or was over long ago; the first retry is after 2 seconds.
    for (in_doubt, error, due, expect) in [
        ("{ probe: { http: http://r/ask } }", engine::NO_OUTCOME, 3 + minute, 5),
        ("{ probe: { http: http://r/ask } }", engine::NO_OUTCOME, 20, 2),
        ("{ probe: { http: http://r/ask } }", engine::NO_OUTCOME, 1, 1),
        ("{ probe: { http: http://r/ask } }", "C0003: no answer", 3 + minute, 3 + minute),
        ("hold", engine::NO_OUTCOME, 3 + minute, 3 + minute),
    ] {
        let world = World::new();
        let flow = format!(
            "flow: f\nquality: exactly-once\nfrom: {{ http: /f }}\nsteps: [ {{ send: r }} ]\nreceivers:\n  r:\n    \
             http: http://r/ok\n    retry: {{ interval: 2s, jitter: 0 }}\n    in-doubt: {in_doubt}\n"
        );
        let entry = store::conformance::new_entry(&Place::delivery("f", "r"), &base::DeliveryId([7; 16]).to_string());
        let (error, far) = (Some(error.to_owned()), secs(86_400));
        let (created, due) = (now, secs(due));
        let entry = store::NewEntry { doubt: true, error, created, due, expires: far, alert_at: far, ..entry };
        world.store.commit(vec![store::conformance::put(entry)]).await.unwrap();
        let runtime = world.start(&[&flow]).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        let due = world.store.entries(EntryFilter::default()).await.unwrap()[0].due;
        let late = due.since(secs(expect));
        assert!(due >= secs(expect) && late < Duration::from_millis(900), "{in_doubt}, {expect} s: {late:?} late");
        runtime.shutdown(Duration::from_secs(1)).await;
        // A second start moves nothing.
        let runtime = world.start(&[&flow]).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        if expect > 1 {
            assert_eq!(
                world.store.entries(EntryFilter::default()).await.unwrap()[0].due,
                due,
                "{in_doubt}, {expect} s"
            );
        }
        runtime.shutdown(Duration::from_secs(1)).await;
    }
}

/// The store counts as whole again when all that is known of receivers is in it: nobody asks for what is about to be said.
#[tokio::test]
async fn what_is_known_is_written_down_before_anything_new_begins() {
    let world = World::new();
    let store = Arc::new(faulty::Faulty::of(Arc::clone(&world.store)));
    let options = Options { store: Arc::<faulty::Faulty>::clone(&store), ..world.options() };
    let runtime = Runtime::start(options).await.unwrap();
    let flow = "flow: f\nquality: exactly-once\nfrom: { http: /f }\nsteps:\n  - send: a\nreceivers:\n  a: { http: { url: 'http://a.test/gate' }, in-doubt: hold }\n";
    assert_eq!(runtime.deploy(checked(&[flow])).await, []);
    let client = tokio::spawn({
        let runtime = runtime.clone();
        async move { post(&runtime, "/f", "x").await.status }
    });
    until("the call", async || world.receivers.calls.load(Ordering::SeqCst) == 1).await;
    store.broken.store(true, Ordering::SeqCst);
    world.receivers.open.store(true, Ordering::SeqCst);
    assert_eq!(client.await.unwrap(), 503);
    // So long that tries with growing pauses would be far from each other.
    tokio::time::sleep(Duration::from_millis(3_200)).await;
    store.broken.store(false, Ordering::SeqCst);
    until("a way back", async || runtime.ops().store_writable().is_ok()).await;
    assert_eq!(world.entries().await, [], "the doubt is gone");
    runtime.shutdown(Duration::from_secs(5)).await;
}
