//! The runtime under stress: receivers that hang or panic, a store that fails, crashes, stops and exchanges of flows.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod alerts;
mod doubts;
mod faulty;
mod hangs;
mod operators;
mod outcomes;
mod turns;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use adapter::{Promise, ReceiverAdapter, Secret, Secrets};
use base::{Failure, Fut, MessageId, Status, SystemEntropy, WallClock};
use flow::{Call, Outcome, Package, Reply};
use runtime::{DoorRequest, DoorResponse, FlowState, Options, Retention, Runtime, Selection};
use store::{EntryFilter, EntryState, MemoryLog, MemoryStore, MessageFilter, MessageLog, Place, Store};

/// Receivers that do what the last word of their address says.
#[derive(Default)]
struct Receivers {
    calls: AtomicU64,
    open: AtomicBool,
    bodies: Mutex<Vec<String>>,
}

impl ReceiverAdapter for Receivers {
    fn promise(&self, _call: &Call) -> Promise {
        Promise::MayRepeat
    }

    fn perform<'a>(&'a self, call: &'a Call, _secrets: &'a dyn Secrets) -> Fut<'a, Outcome> {
        Box::pin(async move {
            self.calls.fetch_add(1, Ordering::SeqCst);
            let Call::Http(http) = call else { return Err(Failure::permanent("C0000", "no mail here")) };
            self.bodies.lock().unwrap().push(String::from_utf8_lossy(&http.body).into_owned());
            match http.url.rsplit('/').next().unwrap_or_default() {
                "gate" => {
                    while !self.open.load(Ordering::SeqCst) {
                        tokio::time::sleep(Duration::from_millis(5)).await;
                    }
                }
                "hang" => std::future::pending().await,
                "panic" => panic!("a defect of the adapter"),
                "half" => {
                    let half = Failure::in_doubt("C0003", "answered 200 OK, but the answer broke off");
                    return Err(Failure { http_status: Some(200), ..half });
                }
                "fail" => return Err(Failure::transient("C0001", "cannot be reached")),
                _ => {}
            }
            Ok(Reply::default())
        })
    }
}

struct NoSecrets;

impl Secrets for NoSecrets {
    fn secret(&self, _name: &str) -> Option<Secret> {
        None
    }
}

/// What survives a crash.
#[derive(Clone)]
struct World {
    store: Arc<MemoryStore>,
    log: Arc<MemoryLog>,
    receivers: Arc<Receivers>,
    max_runs: usize,
}

impl World {
    fn new() -> Self {
        World {
            store: Arc::new(MemoryStore::new()),
            log: Arc::new(MemoryLog::new()),
            receivers: Arc::default(),
            max_runs: 32,
        }
    }

    async fn start(&self, flows: &[&str]) -> Runtime {
        let runtime = Runtime::start(self.options()).await.unwrap();
        assert_eq!(runtime.deploy(checked(flows)).await, []);
        runtime
    }

    fn options(&self) -> Options {
        let javascript: Arc<dyn script::Host> = Arc::new(script::JavaScript::default());
        Options {
            store: Arc::<MemoryStore>::clone(&self.store),
            log: Arc::<MemoryLog>::clone(&self.log),
            clock: Arc::new(WallClock),
            entropy: Arc::new(SystemEntropy),
            adapters: Arc::<Receivers>::clone(&self.receivers),
            scripts: [(flow::Language::JavaScript, javascript)].into(),
            script_limits: script::Limits::default(),
            secrets: Arc::new(NoSecrets),
            retention: Retention::default(),
            max_runs: self.max_runs,
        }
    }

    async fn entries(&self) -> Vec<(String, EntryState, u32)> {
        let all = self.store.entries(EntryFilter::default()).await.unwrap();
        all.into_iter().map(|e| (e.place.name, e.state, e.crashes)).collect()
    }

    async fn statuses(&self) -> Vec<(String, Status)> {
        self.log.flush().await;
        let mut all: Vec<_> = self.log.messages(MessageFilter::default()).await.unwrap();
        all.sort_by(|a, b| a.flow.cmp(&b.flow));
        all.into_iter().map(|m| (m.flow, m.status)).collect()
    }
}

fn checked(flows: &[&str]) -> Vec<Arc<flow::Flow>> {
    let files = flows.iter().enumerate().map(|(i, text)| (format!("{i}.flow.yaml"), (*text).to_owned()));
    let package = Package { name: "test".to_owned(), files: files.collect(), overrides: BTreeMap::new() };
    let checked = flow::check(&package);
    assert!(checked.problems.is_empty(), "{}", diag::render(&checked.problems, &checked.sources, false));
    checked.flows
}

fn request(path: &str, headers: &[(&str, &str)], body: &str) -> DoorRequest {
    DoorRequest {
        method: "POST".to_owned(),
        path: path.to_owned(),
        query: None,
        headers: headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
        body: body.to_owned().into(),
        user: String::new(),
    }
}

async fn post(runtime: &Runtime, path: &str, body: &str) -> DoorResponse {
    runtime.enter(request(path, &[], body)).await
}

async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..2_000 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("{what} did not happen in ten seconds");
}

const IN: &str = "flow: in\nfrom: { http: /in }\nsteps:\n  - send: q\nreceivers:\n  q: { queue: work }\n";

fn out(target: &str) -> String {
    format!(
        "flow: out\nfrom: {{ queue: {{ name: work, retry-interval: 1m }} }}\nsteps:\n  - request: t\n\
         receivers:\n  t: {{ http: {{ url: 'http://t.test/{target}' }} }}\n"
    )
}

#[tokio::test]
async fn a_stopped_run_waits_again_and_is_abandoned() {
    let world = World::new();
    let runtime = world.start(&[IN, &out("hang")]).await;
    assert_eq!(post(&runtime, "/in", "one").await.status, 200);
    until("the call", async || world.receivers.calls.load(Ordering::SeqCst) == 1).await;
    assert_eq!(world.entries().await, [("work".to_owned(), EntryState::Taken, 0)]);
    runtime.shutdown(Duration::from_millis(20)).await;
    assert_eq!(world.entries().await, [("work".to_owned(), EntryState::Waiting, 0)]);
    assert_eq!(world.statuses().await, [("in".to_owned(), Status::Completed), ("out".to_owned(), Status::Abandoned)]);
    assert_eq!(post(&runtime, "/in", "two").await.status, 503);

    let runtime = world.start(&[IN, &out("ok")]).await;
    until("the delivery", async || world.entries().await.is_empty()).await;
    runtime.shutdown(Duration::from_secs(5)).await;
    assert_eq!(world.statuses().await, [("in".to_owned(), Status::Completed), ("out".to_owned(), Status::Completed)]);
}

#[test]
fn three_crashes_block_an_entry_and_a_person_frees_it() {
    let world = World::new();
    let tokio = || tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    for crash in 0..3_u64 {
        let alive = tokio();
        alive.block_on(async {
            let runtime = world.start(&[IN, &out("hang")]).await;
            if crash == 0 {
                assert_eq!(post(&runtime, "/in", "one").await.status, 200);
            }
            until("the call", async || world.receivers.calls.load(Ordering::SeqCst) == crash + 1).await;
        });
        // All tasks are gone at once: nothing is put back.
        alive.shutdown_background();
    }
    tokio().block_on(async {
        let runtime = world.start(&[IN, &out("ok")]).await;
        until("the block", async || world.entries().await == [("work".to_owned(), EntryState::Blocked, 3)]).await;
        assert_eq!(world.receivers.calls.load(Ordering::SeqCst), 3);
        let which = EntryFilter { place: Some(Place::queue("work")), ..EntryFilter::default() };
        let bulk = runtime.ops().retry_entries(Selection::Filter(which)).await.unwrap();
        assert_eq!((bulk.done, bulk.busy), (1, 0));
        until("the delivery", async || world.entries().await.is_empty()).await;
        runtime.shutdown(Duration::from_secs(5)).await;
        // Both processings after a crash said that they may repeat what the one before had done.
        let messages = world.log.messages(MessageFilter::default()).await.unwrap();
        let out = messages.iter().find(|m| m.flow == "out").unwrap();
        let lines = world.log.message(&out.id).await.unwrap().unwrap().lines;
        assert_eq!(lines.iter().filter(|l| l.text.contains("did not end")).count(), 2, "{lines:?}");
    });
}

#[tokio::test]
async fn a_panic_holds_that_message_only() {
    let world = World::new();
    let runtime = world.start(&[IN, &out("panic")]).await;
    assert_eq!(post(&runtime, "/in", "one").await.status, 200);
    until("the block", async || world.entries().await == [("work".to_owned(), EntryState::Blocked, 0)]).await;
    assert_eq!(post(&runtime, "/in", "two").await.status, 200);
    runtime.shutdown(Duration::from_secs(5)).await;
    let statuses = world.statuses().await;
    assert_eq!(statuses.iter().filter(|(flow, s)| flow == "in" && *s == Status::Completed).count(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_key_at_a_time_and_a_client_that_hangs_up() {
    let world = World::new();
    let flow = "flow: door\nfrom: { http: { path: /door, idempotency: optional } }\nsteps:\n  - request: t\n\
                receivers:\n  t: { http: { url: 'http://t.test/gate' } }\n";
    let runtime = world.start(&[flow]).await;
    let keyed = |body: &str| request("/door", &[("Idempotency-Key", "k")], body);
    {
        let (runtime, request) = (runtime.clone(), keyed("one"));
        let client = tokio::spawn(async move { runtime.enter(request).await });
        until("the call", async || world.receivers.calls.load(Ordering::SeqCst) == 1).await;
        client.abort();
    }
    let refused = runtime.enter(keyed("one")).await;
    assert_eq!(refused.status, 409, "{refused:?}");
    world.receivers.open.store(true, Ordering::SeqCst);
    let mut answer = runtime.enter(keyed("one")).await;
    while answer.status == 409 {
        tokio::time::sleep(Duration::from_millis(5)).await;
        answer = runtime.enter(keyed("one")).await;
    }
    assert!(answer.headers.contains(&("Idempotent-Replayed".to_owned(), "true".to_owned())), "{answer:?}");
    assert_eq!(runtime.enter(keyed("two")).await.status, 422);
    assert_eq!(world.receivers.calls.load(Ordering::SeqCst), 1);
    let id = answer.headers.iter().find(|(n, _)| n == "Semel-Message-Id").unwrap().1.clone();
    let detail = runtime.ops().message(&MessageId::from_text(id)).await.unwrap();
    assert_eq!(detail.lines.len(), 1);
    runtime.shutdown(Duration::from_secs(5)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn numbers_are_drawn_once_even_in_transactions() {
    let world = World::new();
    let flow = "flow: numbers\nfrom: { http: /number }\ntransaction: required\n\
                number-ranges: { n: { min: 1, max: 99999 } }\nsteps:\n\
                \x20 - set: { body: { number-range: n } }\n  - send: q\nreceivers:\n  q: { queue: numbers }\n";
    let runtime = world.start(&[flow]).await;
    let runs = (0..50).map(|_| {
        let runtime = runtime.clone();
        tokio::spawn(async move { post(&runtime, "/number", "").await })
    });
    let mut bodies = Vec::new();
    for run in runs.collect::<Vec<_>>() {
        let answer = run.await.unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
        bodies.push(String::from_utf8_lossy(&answer.body).parse::<u32>().unwrap());
    }
    bodies.sort_unstable();
    assert_eq!(bodies, (1..=50).collect::<Vec<_>>());
    runtime.shutdown(Duration::from_secs(5)).await;
}

#[tokio::test]
async fn flows_are_exchanged_between_messages() {
    let world = World::new();
    let runtime = world.start(&[IN, &out("gate")]).await;
    post(&runtime, "/in", "one").await;
    until("the call", async || world.receivers.calls.load(Ordering::SeqCst) == 1).await;
    let twin = IN.replace("flow: in", "flow: twin");
    let problems = runtime.deploy([checked(&[IN, &out("ok")]), checked(&[&twin])].concat()).await;
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].text, "the HTTP path /in is taken by flow in");
    let states: Vec<_> = runtime.ops().flows().await.unwrap().into_iter().map(|f| (f.name, f.state)).collect();
    let expect = [("in", FlowState::Started), ("out", FlowState::Started), ("twin", FlowState::Error)];
    assert_eq!(states, expect.map(|(n, s)| (n.to_owned(), s)));
    post(&runtime, "/in", "two").await;
    // The new version does not wait for the run of the old one.
    until("the second delivery", async || world.entries().await.len() == 1).await;
    world.receivers.open.store(true, Ordering::SeqCst);
    until("the first delivery", async || world.entries().await.is_empty()).await;

    assert_eq!(runtime.deploy(checked(&[&twin])).await, []);
    assert_eq!(post(&runtime, "/in", "three").await.status, 200);
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(world.entries().await.len(), 1, "nobody consumes the queue any more");
    runtime.shutdown(Duration::from_secs(5)).await;
    assert_eq!(*world.receivers.bodies.lock().unwrap(), ["one", "two"]);
}

#[tokio::test]
async fn a_store_that_cannot_write_loses_nothing_and_acknowledges_nothing() {
    let world = World::new();
    let inner = Arc::clone(&world.store);
    let store = Arc::new(faulty::Faulty::of(inner));
    let options = Options { store: Arc::<faulty::Faulty>::clone(&store), ..world.options() };
    let first = "flow: first\nfrom: { http: /first }\npersistence: first\nsteps: [ { set: { body: x } } ]\n";
    let runtime = Runtime::start(options).await.unwrap();
    assert_eq!(runtime.deploy(checked(&[IN, &out("gate"), first])).await, []);
    assert_eq!(post(&runtime, "/in", "one").await.status, 200);
    until("the call", async || world.receivers.calls.load(Ordering::SeqCst) == 1).await;
    store.broken.store(true, Ordering::SeqCst);
    assert_eq!(post(&runtime, "/in", "two").await.status, 503, "the queue could not be written");
    assert_eq!(post(&runtime, "/first", "three").await.status, 503);
    // The receiver got the message, and the removal of the entry cannot be written: it must not stay taken for ever.
    world.receivers.open.store(true, Ordering::SeqCst);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(world.entries().await, [("work".to_owned(), EntryState::Taken, 0)]);
    store.broken.store(false, Ordering::SeqCst);
    until("the way back", async || world.entries().await == [("work".to_owned(), EntryState::Waiting, 0)]).await;
    // The store is tried again every second.
    until("an accepted message", async || post(&runtime, "/first", "four").await.status == 202).await;
    runtime.shutdown(Duration::from_secs(5)).await;
}

#[tokio::test]
async fn ticks_do_not_overlap_and_say_so() {
    let world = World::new();
    let flow = "flow: timer\nfrom: { timer: { every: 1m } }\nsteps:\n  - request: t\n\
                receivers:\n  t: { http: { url: 'http://t.test/gate' } }\n";
    let start = base::Timestamp(1_800_000_000_000);
    let options = Options { clock: Arc::new(base::ScaledClock::new(start, 2_000)), ..world.options() };
    let runtime = Runtime::start(options).await.unwrap();
    assert_eq!(runtime.deploy(checked(&[flow])).await, []);
    let discarded = async || world.statuses().await.iter().filter(|(_, s)| *s == Status::Discarded).count();
    until("two skipped ticks", async || discarded().await >= 2).await;
    assert_eq!(world.receivers.calls.load(Ordering::SeqCst), 1);
    world.receivers.open.store(true, Ordering::SeqCst);
    until("more ticks", async || world.receivers.calls.load(Ordering::SeqCst) >= 3).await;
    runtime.shutdown(Duration::from_secs(5)).await;
    let lines = runtime.ops().flows().await.unwrap();
    assert_eq!((lines[0].senders.as_slice(), lines[0].running), (["timer every 1m".to_owned()].as_slice(), 0));
}

fn each_once(bodies: &Mutex<Vec<String>>, count: usize) {
    let mut bodies = bodies.lock().unwrap().clone();
    bodies.sort_by_key(|b| b.parse::<usize>().unwrap_or(usize::MAX));
    assert_eq!(bodies, (0..count).map(|n| n.to_string()).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_impatient_operator_causes_no_repeats() {
    let world = World::new();
    let out = out("ok").replace("name: work,", "name: work, concurrency: 8,");
    let runtime = world.start(&[IN, &out]).await;
    let impatient = {
        let (ops, done) = (runtime.ops(), Arc::new(AtomicBool::new(false)));
        let flag = Arc::clone(&done);
        let task = tokio::spawn(async move {
            while !flag.load(Ordering::SeqCst) {
                let which = EntryFilter { place: Some(Place::queue("work")), ..EntryFilter::default() };
                ops.retry_entries(Selection::Filter(which)).await.unwrap();
                tokio::task::yield_now().await;
            }
        });
        (task, done)
    };
    let posts = (0..300).map(|n| {
        let runtime = runtime.clone();
        tokio::spawn(async move { assert_eq!(post(&runtime, "/in", &n.to_string()).await.status, 200) })
    });
    for one in posts.collect::<Vec<_>>() {
        one.await.unwrap();
    }
    until("all deliveries", async || world.entries().await.is_empty()).await;
    impatient.1.store(true, Ordering::SeqCst);
    impatient.0.await.unwrap();
    runtime.shutdown(Duration::from_secs(5)).await;
    each_once(&world.receivers.bodies, 300);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn runs_that_select_at_once_share_the_entries() {
    let world = World::new();
    let write = "flow: write\nfrom: { http: /write }\nsteps:\n\
                 \x20 - store-write: { store: s, entry: 'id-${body}', visibility: global }\n";
    let read = "flow: read\nfrom: { http: /read }\nsteps:\n\
                \x20 - store-select: { store: s, visibility: global, max: 7, delete: true, each: [ { request: t } ] }\n\
                receivers:\n  t: { http: { url: 'http://t.test/ok' } }\n";
    let runtime = world.start(&[write, read]).await;
    for n in 0..60 {
        assert_eq!(post(&runtime, "/write", &n.to_string()).await.status, 200);
    }
    while !world.entries().await.is_empty() {
        let runs = (0..8).map(|_| {
            let runtime = runtime.clone();
            tokio::spawn(async move { post(&runtime, "/read", "").await })
        });
        for run in runs.collect::<Vec<_>>() {
            let answer = run.await.unwrap();
            assert!(answer.status < 300, "{answer:?}");
        }
    }
    runtime.shutdown(Duration::from_secs(5)).await;
    each_once(&world.receivers.bodies, 60);
}

#[tokio::test]
async fn operators_see_and_move_and_delete() {
    let world = World::new();
    let runtime = world.start(&[IN, &out("fail")]).await;
    let ops = runtime.ops();
    ops.set_log_level("out", flow::LogLevel::Trace, 5).await.unwrap();
    post(&runtime, "/in", "one").await;
    until("the retry", async || {
        world.entries().await == [("work".to_owned(), EntryState::Waiting, 0)] && world.statuses().await.len() == 2
    })
    .await;
    let messages =
        ops.messages(MessageFilter { flow: Some("out".to_owned()), ..MessageFilter::default() }).await.unwrap();
    assert_eq!(messages[0].status, Status::Retry);
    let trace = ops.trace(&messages[0].id).await.unwrap();
    assert_eq!(trace.len(), 1);
    assert_eq!((trace[0].step.as_str(), trace[0].message.text().as_ref()), ("request-t", "one"));

    let all = || Selection::Filter(EntryFilter { place: Some(Place::queue("work")), ..EntryFilter::default() });
    assert_eq!(ops.delete_place(Place::queue("work")).await.unwrap_err().code, "R0106");
    assert_eq!(ops.move_entries(all(), Place::queue("aside")).await.unwrap().done, 1);
    let places: Vec<_> = ops.places(None).await.unwrap().into_iter().map(|p| (p.place.name, p.entries)).collect();
    assert_eq!(places, [("aside".to_owned(), 1), ("work".to_owned(), 0)]);
    assert_eq!(ops.move_entries(all(), Place::inbox("in", "main")).await.unwrap_err().code, "R0107");
    ops.delete_place(Place::queue("aside")).await.unwrap();
    assert_eq!(world.entries().await, []);
    assert_eq!(ops.tick_now("in").await.unwrap_err().code, "R0107");
    assert_eq!(ops.stop_flow("none", true).await.unwrap_err().code, "R0103");
    assert_eq!(ops.retry_message(&MessageId::from_text("none"), None).await.unwrap_err().code, "R0101");
    runtime.shutdown(Duration::from_secs(5)).await;
}

#[tokio::test]
async fn a_log_that_missed_the_end_is_put_right() {
    let world = World::new();
    let runtime = world.start(&[IN, &out("fail")]).await;
    assert_eq!(post(&runtime, "/in", "one").await.status, 200);
    until("the retry", async || world.statuses().await.contains(&("out".to_owned(), Status::Retry))).await;
    runtime.shutdown(Duration::from_secs(5)).await;
    // A message of the same flow whose delivery was committed just before the process ended.
    let (message, now) = (MessageId::from_text("A-gone"), base::Clock::now(&WallClock));
    let (correlation, run) = (base::CorrelationId::from(&message), base::RunId::from_text("r"));
    let (flow, trigger) = ("gone".to_owned(), "test".to_owned());
    world.log.record(store::LogEvent::Started { message: message.clone(), correlation, flow, run, at: now, trigger });
    let reason = "parked".to_owned();
    world.log.record(store::LogEvent::Status { message, status: Status::Retry, at: now, reason });
    let runtime = world.start(&[]).await;
    until("the log", async || world.statuses().await.contains(&("gone".to_owned(), Status::Completed))).await;
    assert!(world.statuses().await.contains(&("out".to_owned(), Status::Retry)), "what is parked stays in retry");
    runtime.shutdown(Duration::from_secs(5)).await;
}

/// While a run still sends, nobody asks the receiver about the send and nobody repeats it, however long it takes.
#[tokio::test]
async fn a_send_under_way_is_not_asked_about() {
    let world = World::new();
    let flow = "flow: f\nquality: exactly-once\nfrom: { http: /f }\nsteps: [ { send: r } ]\nreceivers:\n  r:\n    \
        http: http://r/gate\n    in-doubt: { probe: { http: http://r/ask } }\n";
    let runtime = world.start(&[flow]).await;
    let send = |body: &'static str| {
        let runtime = runtime.clone();
        tokio::spawn(async move { post(&runtime, "/f", body).await })
    };
    let sent = async |count: u64| until("a call", async || world.receivers.calls.load(Ordering::SeqCst) >= count).await;
    let first = send("one");
    sent(1).await;
    // The intent is due, as after a call that took longer than anybody thought; the next message wakes the dispatcher.
    let intent = world.store.entries(EntryFilter::default()).await.unwrap().remove(0);
    let (key, state, due) = (intent.key, intent.state, intent.created);
    let due = store::Change::Reschedule { key, state, due, retries: 0, crashes: 0, doubt: true, error: None };
    world.store.commit(vec![due]).await.unwrap();
    let second = send("two");
    sent(2).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let retried = runtime.ops().retry_entries(Selection::Keys(vec![key])).await.unwrap();
    assert_eq!((retried.done, retried.busy), (0, 1));
    assert_eq!(*world.receivers.bodies.lock().unwrap(), ["one", "two"], "nobody asked, nobody repeated");
    world.receivers.open.store(true, Ordering::SeqCst);
    assert_eq!((first.await.unwrap().status, second.await.unwrap().status), (200, 200));
    assert_eq!(world.entries().await, []);
    assert_eq!(world.receivers.calls.load(Ordering::SeqCst), 2);
    runtime.shutdown(Duration::from_secs(1)).await;
}

/// A receiver that has as much to do as its limits allow costs no run and no sender any waiting: what is too much is
/// parked and follows in its turn.
#[tokio::test]
async fn limits_hold_up_deliveries_and_no_runs() {
    for limit in ["concurrency: 1", "rate: 0.5"] {
        let world = World::new();
        let flow = format!(
            "flow: f\nquality: exactly-once\nfrom: {{ http: /f }}\nsteps: [ {{ send: r }} ]\nreceivers:\n  r: {{ http: 'http://r/gate', {limit} }}\n"
        );
        let runtime = world.start(&[&flow]).await;
        let first = tokio::spawn({
            let runtime = runtime.clone();
            async move { post(&runtime, "/f", "one").await }
        });
        until("the first call", async || world.receivers.calls.load(Ordering::SeqCst) == 1).await;
        for body in ["two", "three"] {
            assert_eq!(post(&runtime, "/f", body).await.status, 200, "{limit}");
        }
        assert_eq!(world.receivers.calls.load(Ordering::SeqCst), 1, "{limit}");
        assert_eq!(world.entries().await.len(), 2, "{limit}");
        world.receivers.open.store(true, Ordering::SeqCst);
        assert_eq!(first.await.unwrap().status, 200);
        until("the end of the backlog", async || world.entries().await.is_empty()).await;
        assert_eq!(*world.receivers.bodies.lock().unwrap(), ["one", "two", "three"], "{limit}");
        runtime.shutdown(Duration::from_secs(1)).await;
    }
}
