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
    let store = Arc::new(faulty::Faulty { inner, broken: AtomicBool::new(false) });
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
