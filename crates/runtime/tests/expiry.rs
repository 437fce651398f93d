//! What expires: not while the clock may have jumped, and not silently; a variable that is read lives on.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod faulty;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use adapter::{Promise, ReceiverAdapter, Secret, Secrets};
use base::{Clock, Failure, Fut, Scope, Status, SystemEntropy, Timestamp, Value};
use faulty::Faulty;
use flow::{Call, Outcome, Package};
use runtime::{DoorRequest, Options, Retention, Runtime};
use store::{Change, LogEvent, MemoryLog, MemoryStore, Store};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
const READ: &str = "flow: read\nfrom: { http: /read }\nsteps:\n  - set: { body: { variable: v } }\n";

struct Nothing;

impl ReceiverAdapter for Nothing {
    fn promise(&self, _call: &Call) -> Promise {
        Promise::MayRepeat
    }

    fn perform<'a>(&'a self, _call: &'a Call, _secrets: &'a dyn Secrets) -> Fut<'a, Outcome> {
        Box::pin(async { Err(Failure::permanent("C0000", "nobody is here")) })
    }
}

impl Secrets for Nothing {
    fn secret(&self, _name: &str) -> Option<Secret> {
        None
    }
}

/// Time that moves when it is told to.
struct Hand(AtomicI64);

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

fn options(clock: &Arc<Hand>) -> Options {
    Options {
        store: Arc::new(MemoryStore::new()),
        log: Arc::new(MemoryLog::new()),
        clock: Arc::<Hand>::clone(clock),
        entropy: Arc::new(SystemEntropy),
        adapters: Arc::new(Nothing),
        scripts: runtime::ScriptHosts::default(),
        script_limits: script::Limits::default(),
        secrets: Arc::new(Nothing),
        retention: Retention::default(),
        max_runs: 4,
    }
}

/// Reads the variable at these times; the store cannot write at those marked so. `expect` is its expiry after each read.
async fn check(keep_days: u64, reads: &[(i64, bool, i64)]) {
    let inner = Arc::new(MemoryStore::new());
    let store = Arc::new(Faulty::of(Arc::clone(&inner)));
    let clock = Arc::new(Hand(AtomicI64::new(0)));
    let keep = Duration::from_secs(keep_days * 86_400);
    let expires = Timestamp(0).plus(keep);
    let (scope, name) = (Scope::Flow("read".to_owned()), "v".to_owned());
    let set = Change::SetVariable { scope, name, value: Value::Int(1), updated: Timestamp(0), expires };
    inner.commit(vec![set]).await.unwrap();
    let retention = Retention { variables: keep, ..Retention::default() };
    let options = Options { retention, ..options(&clock) };
    let runtime = Runtime::start(Options { store: Arc::<Faulty>::clone(&store), ..options }).await.unwrap();
    let files = [("read.flow.yaml".to_owned(), READ.to_owned())].into();
    let checked = flow::check(&Package { name: "test".to_owned(), files, ..Package::default() });
    assert_eq!(runtime.deploy(checked.flows).await, []);
    for (at, broken, expect) in reads {
        clock.0.store(*at, Ordering::SeqCst);
        store.broken.store(*broken, Ordering::SeqCst);
        let request = DoorRequest {
            method: "POST".to_owned(),
            path: "/read".to_owned(),
            query: None,
            headers: Vec::new(),
            body: bytes::Bytes::new(),
            user: String::new(),
        };
        assert_eq!(runtime.enter(request).await.status, 200, "the read at {at}");
        let left = inner.variables().await.unwrap();
        assert_eq!((left[0].expires.0, left[0].updated.0, &left[0].value), (*expect, 0, &Value::Int(1)), "at {at}");
    }
    runtime.shutdown(Duration::from_secs(5)).await;
}

#[tokio::test]
async fn a_read_moves_the_expiry_at_most_once_a_day() {
    let kept = 400 * DAY;
    check(
        400,
        &[
            (HOUR, false, kept),
            (DAY, false, kept),
            (DAY + HOUR, false, kept + DAY + HOUR),
            (2 * DAY, false, kept + DAY + HOUR),
            // Backward: nothing moves.
            (HOUR, false, kept + DAY + HOUR),
            (300 * DAY, false, kept + 300 * DAY),
        ],
    )
    .await;
}

#[tokio::test]
async fn what_is_kept_for_days_only_is_touched_more_often() {
    check(5, &[(12 * HOUR, false, 5 * DAY), (13 * HOUR, false, 5 * DAY + 13 * HOUR)]).await;
}

#[tokio::test]
async fn a_touch_that_fails_does_not_fail_the_read() {
    check(400, &[(9 * DAY, true, 400 * DAY), (9 * DAY, false, 409 * DAY)]).await;
}

/// Starts at these times, and says how many variables are left after each; there is one that expires after ten days and
/// one that expires after a year.
async fn check_starts(starts: &[(i64, usize)]) {
    let clock = Arc::new(Hand(AtomicI64::new(0)));
    let options = options(&clock);
    let set = |name: &str, expires: i64| Change::SetVariable {
        scope: Scope::Global,
        name: name.to_owned(),
        value: Value::Int(1),
        updated: Timestamp(0),
        expires: Timestamp(expires),
    };
    options.store.commit(vec![set("short", 10 * DAY), set("long", 365 * DAY)]).await.unwrap();
    for (at, expect) in starts {
        clock.0.store(*at, Ordering::SeqCst);
        let runtime = Runtime::start(options.clone()).await.unwrap();
        // The first sweep is at the start.
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(options.store.variables().await.unwrap().len(), *expect, "at {at}");
        runtime.shutdown(Duration::from_secs(5)).await;
    }
}

#[tokio::test]
async fn what_expired_is_removed_at_its_time() {
    check_starts(&[(0, 2), (6 * DAY, 2), (12 * DAY, 1)]).await;
}

#[tokio::test]
async fn after_a_jump_of_the_clock_nothing_is_removed_for_a_day() {
    let jump = 800 * DAY;
    check_starts(&[(0, 2), (jump, 2), (jump + 23 * HOUR, 2), (jump + 25 * HOUR, 0)]).await;
    // The clock is put right in time.
    check_starts(&[(0, 2), (jump, 2), (HOUR, 2), (6 * DAY, 2), (11 * DAY, 1)]).await;
}

/// What was accepted is kept through each jump of the clock; what expires in the end is in the message log, however old.
#[tokio::test]
async fn what_expires_in_the_end_is_said() {
    let far = 800 * DAY;
    for (name, starts) in [
        ("one jump", vec![(far, 4), (far + 23 * HOUR, 4), (far + 25 * HOUR, 0), (far + 20 * DAY, 0)]),
        ("two jumps", vec![(100 * DAY, 4), (200 * DAY, 4), (201 * DAY, 0)]),
        ("a little more than its time", vec![(178 * DAY, 4), (186 * DAY, 4), (187 * DAY, 0)]),
        ("in time", (1..29).map(|week| (week * 7 * DAY, if week < 26 { 4 } else { 0 })).collect()),
    ] {
        let clock = Arc::new(Hand(AtomicI64::new(0)));
        let options = options(&clock);
        for (n, kind) in ["a", "b", "c", "d"].into_iter().enumerate() {
            let place = if n < 2 { store::Place::delivery("f", "a") } else { store::Place::inbox("f", "main") };
            let entry = store::conformance::new_entry(&place, kind);
            let (created, expires) = (Timestamp(0), Timestamp(180 * DAY));
            // The log knows two of them: it says RETRY, as it does of all that is parked.
            if n % 2 == 0 {
                let (message, at) = (entry.message_id.clone(), created);
                let (run, trigger, flow) = (base::RunId::from_text("r"), "test".to_owned(), "f".to_owned());
                let correlation = entry.correlation.clone();
                options.log.record(LogEvent::Started { message: message.clone(), correlation, flow, run, at, trigger });
                let reason = "parked".to_owned();
                options.log.record(LogEvent::Status { message, status: Status::Retry, at, reason });
            }
            let entry = store::NewEntry { created, due: created, expires, ..entry };
            options.store.commit(vec![store::conformance::put(entry)]).await.unwrap();
        }
        clock.0.store(0, Ordering::SeqCst);
        for (at, left) in [(0, 4)].into_iter().chain(starts) {
            clock.0.store(at, Ordering::SeqCst);
            let runtime = Runtime::start(options.clone()).await.unwrap();
            tokio::time::sleep(Duration::from_millis(50)).await;
            let parked = options.store.entries(store::EntryFilter::default()).await.unwrap().len();
            assert_eq!(parked, left, "{name}, day {}", at / DAY);
            runtime.shutdown(Duration::from_secs(5)).await;
        }
        let said = options.log.messages(store::MessageFilter::default()).await.unwrap();
        let said: Vec<Status> = said.into_iter().map(|message| message.status).collect();
        assert_eq!(said, [Status::Discarded; 4], "{name}");
    }
}

/// At a start the log is compared with the store: what expires in the same moment was not delivered.
#[tokio::test]
async fn what_expires_at_a_start_does_not_count_as_delivered() {
    let clock = Arc::new(Hand(AtomicI64::new(2 * DAY)));
    let inner = Arc::new(MemoryStore::new());
    let store = Arc::new(Faulty::of(Arc::clone(&inner)));
    let options = Options { store: Arc::<Faulty>::clone(&store), ..options(&clock) };
    let place = store::Place::delivery("f", "a");
    let entry = store::conformance::new_entry(&place, "a");
    let (message, correlation, at) = (entry.message_id.clone(), entry.correlation.clone(), Timestamp(0));
    let (run, trigger, flow) = (base::RunId::from_text("r"), "test".to_owned(), "f".to_owned());
    options.log.record(LogEvent::Started { message: message.clone(), correlation, flow, run, at, trigger });
    let reason = "parked".to_owned();
    options.log.record(LogEvent::Status { message: message.clone(), status: Status::Retry, at, reason });
    let entry = store::NewEntry { created: at, due: at, expires: Timestamp(DAY), ..entry };
    inner.commit(vec![store::conformance::put(entry)]).await.unwrap();
    store.late.store(true, Ordering::SeqCst);
    let runtime = Runtime::start(options.clone()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_eq!(inner.entries(store::EntryFilter::default()).await.unwrap().len(), 0);
    let detail = options.log.message(&message).await.unwrap().unwrap();
    assert_eq!(detail.record.status, Status::Discarded, "{:?}", detail.lines);
    runtime.shutdown(Duration::from_secs(5)).await;
}

#[tokio::test]
async fn a_key_whose_answer_expired_makes_another_message() {
    let flow = "flow: f\nquality: exactly-once\npersistence: PERSISTENCE\nfrom: { http: /f }\nsteps:\n  - send: a\n\
                receivers:\n  a: { http: 'http://a.test/' }\n";
    for persistence in ["on-error", "first"] {
        let clock = Arc::new(Hand(AtomicI64::new(0)));
        let options = options(&clock);
        let runtime = Runtime::start(options.clone()).await.unwrap();
        let files = [("f.flow.yaml".to_owned(), flow.replace("PERSISTENCE", persistence))].into();
        let package = Package { name: "test".to_owned(), files, ..Package::default() };
        assert_eq!(runtime.deploy(flow::check(&package).flows).await, []);
        let post = async |body: &str| {
            let request = DoorRequest {
                method: "POST".to_owned(),
                path: "/f".to_owned(),
                query: None,
                headers: vec![("Idempotency-Key".to_owned(), "k".to_owned())],
                body: body.to_owned().into(),
                user: String::new(),
            };
            let answer = runtime.enter(request).await;
            let id = answer.headers.iter().find(|(n, _)| n == "Semel-Message-Id").map(|(_, v)| v.clone());
            (answer.status, id.unwrap_or_default())
        };
        // The receiver refuses everything: what it is due waits for a person, for longer than answers are kept.
        let parked = async |count: usize| {
            for _ in 0..200 {
                let kind = Some(store::PlaceKind::Delivery);
                let filter = store::EntryFilter { kind, ..store::EntryFilter::default() };
                if options.store.entries(filter).await.unwrap().len() == count {
                    return true;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            false
        };
        let mut known = Vec::new();
        for (number, day) in [0, 89, 100, 101, 195].into_iter().enumerate() {
            clock.0.store(day * DAY, Ordering::SeqCst);
            let (status, id) = post(["one", "one", "two", "two", "three"][number]).await;
            assert!(status < 300, "{persistence}, day {day}: {status}");
            known.push(id);
            assert!(parked([1, 1, 2, 2, 3][number]).await, "{persistence}, day {day}");
        }
        assert!(known[0] == known[1] && known[2] == known[3], "{persistence}: {known:?}");
        assert!(known[1] != known[2] && known[3] != known[4] && known[4] != known[0], "{persistence}: {known:?}");
        runtime.shutdown(Duration::from_secs(5)).await;
    }
}

#[tokio::test]
async fn what_waits_for_a_time_that_a_wrong_clock_said_is_due_when_it_is_put_right() {
    let clock = Arc::new(Hand(AtomicI64::new(0)));
    let options = options(&clock);
    let place = store::Place::queue("q");
    let put = |id: &str, due: i64| {
        let entry = store::conformance::new_entry(&place, id);
        let (created, due, expires) = (Timestamp(0), Timestamp(due), Timestamp(i64::MAX));
        store::conformance::put(store::NewEntry { created, due, expires, ..entry })
    };
    // Year 10, for a moment; the second start finds the clock right again, and the third is an ordinary one.
    options.store.commit(vec![put("a", 3_650 * DAY), put("b", 3 * DAY)]).await.unwrap();
    for (at, due) in
        [(3_650 * DAY, [3_650 * DAY, 3 * DAY]), (2 * DAY, [2 * DAY, 2 * DAY]), (3 * DAY, [2 * DAY, 2 * DAY])]
    {
        clock.0.store(at, Ordering::SeqCst);
        let runtime = Runtime::start(options.clone()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
        let entries = options.store.entries(store::EntryFilter::default()).await.unwrap();
        assert_eq!(entries.iter().map(|e| e.due.0).collect::<Vec<_>>(), due, "at {at}");
        runtime.shutdown(Duration::from_secs(5)).await;
    }
}
