//! Rules of a message log.

use std::sync::Arc;
use std::time::Duration;

use base::{Class, CorrelationId, DeliveryId, MessageId, RunId, Status};
use bytes::Bytes;

use super::{at, rich_message};
use crate::{
    AttachmentRecord, DeliveryRecord, KEEP_UNFINISHED, LogEvent, LogLine, MessageFilter, MessageLog, RunRecord,
    StepRecord, TraceRecord,
};

fn id(name: &str) -> MessageId {
    MessageId::from_text(format!("A-{name}"))
}

fn started(name: &str, ms: i64) -> LogEvent {
    LogEvent::Started {
        message: id(name),
        correlation: CorrelationId::from_text("chain"),
        flow: "orders".to_owned(),
        run: RunId::from_text("run"),
        at: at(ms),
        trigger: "http POST /orders".to_owned(),
    }
}

fn run(name: &str, ms: i64, status: Status, error: Option<&str>) -> RunRecord {
    RunRecord {
        message: id(name),
        correlation: CorrelationId::from_text("chain"),
        flow: "orders".to_owned(),
        run: RunId::from_text(format!("run-{ms}")),
        trigger: "timer".to_owned(),
        started: at(ms),
        ended: at(ms + 5),
        status,
        error: error.map(str::to_owned),
        retries: u32::from(ms > 0),
        steps: vec![StepRecord {
            step: "send".to_owned(),
            process: "main".to_owned(),
            branch: "0/3".to_owned(),
            started: at(ms),
            ms: 4,
            error: Some("no \"answer\"".to_owned()),
        }],
        headers: vec![("OrderId".to_owned(), name.to_owned()), ("Region".to_owned(), "EU".to_owned())],
        custom_status: None,
        attachments: Vec::new(),
    }
}

fn ended(name: &str, ms: i64, status: Status, error: Option<&str>) -> LogEvent {
    LogEvent::Ended(Box::new(run(name, ms, status, error)))
}

async fn record(log: &Arc<dyn MessageLog>, events: impl IntoIterator<Item = LogEvent>) {
    for event in events {
        log.record(event);
    }
    log.flush().await;
}

async fn found(log: &Arc<dyn MessageLog>, filter: MessageFilter) -> String {
    let names = |id: MessageId| id.as_str().trim_start_matches("A-").to_owned();
    log.messages(filter).await.unwrap().into_iter().map(|record| names(record.id)).collect()
}

/// The last word counts: a run's begin, a run's end, a change from outside.
pub async fn statuses(log: Arc<dyn MessageLog>) {
    let change = |status, ms| LogEvent::Status { message: id("a"), status, at: at(ms), reason: "by hand".to_owned() };
    let custom = RunRecord { custom_status: Some("Late".to_owned()), ..run("a", 1, Status::Retry, Some("E1")) };
    let steps = [
        (started("a", 0), Status::Processing, None, None, 0),
        (ended("a", 0, Status::Retry, Some("E0")), Status::Retry, Some(5), Some("E0"), 0),
        (started("a", 1), Status::Processing, None, Some("E0"), 0),
        (LogEvent::Ended(Box::new(custom)), Status::Retry, Some(6), Some("E1"), 1),
        (change(Status::Cancelled, 9), Status::Cancelled, Some(9), Some("E1"), 1),
        (ended("a", 20, Status::Completed, None), Status::Completed, Some(25), Some("E1"), 1),
    ];
    for (number, (event, status, end, error, retries)) in steps.into_iter().enumerate() {
        record(&log, [event]).await;
        let now = log.message(&id("a")).await.unwrap().unwrap().record;
        assert_eq!((now.status, now.ended, now.error.as_deref()), (status, end.map(at), error), "step {number}");
        assert_eq!((now.retries, now.started, now.flow.as_str()), (retries, at(0), "orders"), "step {number}");
    }
    let now = log.message(&id("a")).await.unwrap().unwrap();
    assert_eq!(now.record.custom_status.as_deref(), Some("Late"));
    assert_eq!(now.lines, [LogLine { message: id("a"), at: at(9), text: "CANCELLED: by hand".to_owned() }]);
}

/// A message's runs, deliveries and lines come back exactly, oldest first; a run without its begin makes the record too.
pub async fn details(log: Arc<dyn MessageLog>) {
    let delivery = |attempt, outcome: &str| DeliveryRecord {
        message: id("a"),
        flow: "orders".to_owned(),
        delivery: DeliveryId([200; 16]),
        receiver: "billing".to_owned(),
        record: "0/3".to_owned(),
        attempt,
        at: at(i64::from(attempt)),
        outcome: outcome.to_owned(),
        error: (outcome == "failed").then(|| "503".to_owned()),
        class: (outcome == "failed").then_some(Class::InDoubt),
        http_status: (outcome == "failed").then_some(503),
        excerpt: (outcome == "failed").then(|| "try \"later\"".to_owned()),
    };
    let line = LogLine { message: id("a"), at: at(3), text: "a duplicate was refused".to_owned() };
    let events = [
        ended("a", 1, Status::Retry, Some("E")),
        LogEvent::Delivery(Box::new(delivery(1, "failed"))),
        LogEvent::Line(line.clone()),
        LogEvent::Delivery(Box::new(delivery(3, "delivered"))),
        ended("a", 9, Status::Completed, None),
        ended("b", 9, Status::Completed, None),
    ];
    record(&log, events).await;
    let detail = log.message(&id("a")).await.unwrap().unwrap();
    assert_eq!(detail.runs, [run("a", 1, Status::Retry, Some("E")), run("a", 9, Status::Completed, None)]);
    assert_eq!(detail.deliveries, [delivery(1, "failed"), delivery(3, "delivered")]);
    assert_eq!(detail.lines, [line]);
    assert_eq!(detail.record.correlation.as_str(), "chain");
    let (error, retries) = (detail.record.error.as_deref(), detail.record.retries);
    assert_eq!((error, retries), (Some("503"), 2), "the last failure and the retries of deliveries are the message's");
}

/// Every field of a filter restricts.
pub async fn filters(log: Arc<dyn MessageLog>) {
    let other = RunRecord {
        flow: "invoices".to_owned(),
        correlation: CorrelationId::from_text("A-a"),
        ..run("d", 40, Status::Failed, None)
    };
    let events = [
        ended("a", 10, Status::Completed, None),
        ended("b", 20, Status::Retry, None),
        ended("c", 30, Status::Completed, None),
        LogEvent::Ended(Box::new(other)),
    ];
    record(&log, events).await;
    let none = MessageFilter::default;
    let header = |name: &str, value: &str| Some((name.to_owned(), value.to_owned()));
    let cases = [
        (none(), "dcba"),
        (MessageFilter { status: vec![Status::Completed], ..none() }, "ca"),
        (MessageFilter { status: vec![Status::Failed, Status::Retry, Status::Failed], ..none() }, "db"),
        (MessageFilter { flow: Some("invoices".to_owned()), ..none() }, "d"),
        (MessageFilter { id: Some("A-a".to_owned()), ..none() }, "da"),
        (MessageFilter { id: Some("chain".to_owned()), ..none() }, "cba"),
        (MessageFilter { header: header("OrderId", "b"), ..none() }, "b"),
        (MessageFilter { header: header("Region", "EU"), ..none() }, "dcba"),
        (MessageFilter { header: header("Region", "b"), ..none() }, ""),
        (MessageFilter { since: Some(at(20)), until: Some(at(40)), ..none() }, "cb"),
        (MessageFilter { limit: 3, ..none() }, "dcb"),
        (MessageFilter { limit: 1, status: vec![Status::Completed, Status::Retry], ..none() }, "c"),
    ];
    for (filter, expect) in cases {
        assert_eq!(found(&log, filter.clone()).await, expect, "{filter:?}");
    }
}

/// Newest first by begin, then by when it was logged; 50 where nothing else is asked for.
pub async fn newest_first(log: Arc<dyn MessageLog>) {
    record(&log, [started("a", 5), started("b", 9), started("c", 5), started("d", 7)]).await;
    assert_eq!(found(&log, MessageFilter::default()).await, "bdca");
    record(&log, (0..60).map(|n| started(&format!("m{n}"), 0))).await;
    assert_eq!(log.messages(MessageFilter::default()).await.unwrap().len(), 50);
}

/// How many there are by status, in the order of a message's life, without statuses that nothing has.
pub async fn counts(log: Arc<dyn MessageLog>) {
    assert_eq!(log.counts().await.unwrap(), []);
    let events = [
        ended("a", 0, Status::Failed, None),
        ended("b", 0, Status::Completed, None),
        ended("c", 0, Status::Failed, None),
    ];
    record(&log, events).await;
    assert_eq!(log.counts().await.unwrap(), [(Status::Completed, 1), (Status::Failed, 2)]);
}

/// Attachments are found by name, the last one of a name; traces come in order, with all values.
pub async fn attachments_and_traces(log: Arc<dyn MessageLog>) {
    let attachment = |name: &str, content: &'static [u8]| AttachmentRecord {
        name: name.to_owned(),
        media_type: "text/plain".to_owned(),
        content: Bytes::from_static(content),
    };
    let with =
        |ms, attachments| LogEvent::Ended(Box::new(RunRecord { attachments, ..run("a", ms, Status::Completed, None) }));
    let trace = |step: &str| TraceRecord {
        message_id: id("a"),
        run: RunId::from_text("r"),
        step: step.to_owned(),
        at: at(1),
        message: rich_message(),
    };
    let events = [
        with(1, vec![attachment("x", b"old"), attachment("y", b"\xff")]),
        with(2, vec![attachment("x", b"newer")]),
        LogEvent::Trace(Box::new(trace("one"))),
        LogEvent::Trace(Box::new(trace("two"))),
    ];
    record(&log, events).await;
    let detail = log.message(&id("a")).await.unwrap().unwrap();
    let line = |name: &str, size| (name.to_owned(), "text/plain".to_owned(), size);
    assert_eq!(detail.attachments, [line("y", 1), line("x", 5)]);
    assert_eq!(log.attachment(&id("a"), "x").await.unwrap(), Some(attachment("x", b"newer")));
    assert_eq!(log.attachment(&id("a"), "z").await.unwrap(), None);
    assert_eq!(log.attachment(&id("b"), "x").await.unwrap(), None);
    assert_eq!(log.trace(&id("a")).await.unwrap(), [trace("one"), trace("two")]);
    assert_eq!(log.trace(&id("b")).await.unwrap(), []);
}

/// After a start, what was being processed is abandoned.
pub async fn recovers(log: Arc<dyn MessageLog>) {
    record(&log, [started("a", 0), started("b", 0), ended("c", 0, Status::Failed, None)]).await;
    assert_eq!(log.recover(at(9)).await.unwrap(), 2);
    assert_eq!(log.recover(at(10)).await.unwrap(), 0);
    let a = log.message(&id("a")).await.unwrap().unwrap().record;
    assert_eq!((a.status, a.ended), (Status::Abandoned, Some(at(9))));
    assert_eq!(log.counts().await.unwrap(), [(Status::Failed, 1), (Status::Abandoned, 2)]);
}

/// Old messages go with all that belongs to them, traces by their own time; the answer is the number of messages.
pub async fn sweeps(log: Arc<dyn MessageLog>) {
    let trace = |name: &str, ms| {
        let (message_id, run, step) = (id(name), RunId::from_text("r"), "s".to_owned());
        LogEvent::Trace(Box::new(TraceRecord { message_id, run, step, at: at(ms), message: rich_message() }))
    };
    let line = |name: &str, ms| LogEvent::Line(LogLine { message: id(name), at: at(ms), text: "x".to_owned() });
    let events = [
        ended("a", 10, Status::Completed, None),
        ended("b", 20, Status::Completed, None),
        line("a", 90),
        line("b", 5),
        trace("a", 90),
        trace("b", 21),
        trace("b", 31),
    ];
    record(&log, events).await;
    assert_eq!(log.sweep(at(20), at(30)).await.unwrap(), 1);
    assert_eq!(log.message(&id("a")).await.unwrap(), None);
    assert_eq!(log.trace(&id("a")).await.unwrap(), []);
    assert_eq!(log.message(&id("b")).await.unwrap().unwrap().lines.len(), 1);
    assert_eq!(log.trace(&id("b")).await.unwrap().len(), 1);
    let header = Some(("OrderId".to_owned(), "a".to_owned()));
    assert_eq!(found(&log, MessageFilter { header, ..MessageFilter::default() }).await, "");
    assert_eq!(log.sweep(at(20), at(30)).await.unwrap(), 0);
    // The same id can come again, and has nothing of its former life.
    record(&log, [started("a", 99)]).await;
    let again = log.message(&id("a")).await.unwrap().unwrap();
    assert!(again.lines.is_empty() && again.runs.is_empty() && again.deliveries.is_empty());
}

/// Messages that are not at their end stay longer: something may still be parked for them.
pub async fn keeps_unfinished(log: Arc<dyn MessageLog>) {
    let all = [("a", Status::Completed), ("b", Status::Retry), ("c", Status::Escalated), ("d", Status::Failed)];
    record(&log, all.map(|(name, status)| ended(name, 10, status, None))).await;
    assert_eq!(log.sweep(at(20), at(20)).await.unwrap(), 2);
    assert!(log.message(&id("b")).await.unwrap().is_some());
    assert!(log.message(&id("c")).await.unwrap().is_some());
    let later = at(20).plus(KEEP_UNFINISHED);
    // What came to its end at last is kept as long as anything else that ended then.
    let end = LogEvent::Status { message: id("b"), status: Status::Discarded, at: later, reason: "expired".to_owned() };
    record(&log, [end]).await;
    assert_eq!(log.sweep(later, later).await.unwrap(), 1);
    assert_eq!(log.message(&id("b")).await.unwrap().unwrap().lines.len(), 1);
    assert_eq!(log.sweep(later.plus(Duration::from_millis(1)), later).await.unwrap(), 1);
}

/// What is said of an unknown message makes no record and breaks nothing.
pub async fn unknown(log: Arc<dyn MessageLog>) {
    let status = LogEvent::Status { message: id("u"), status: Status::Cancelled, at: at(1), reason: "x".to_owned() };
    record(&log, [status, LogEvent::Line(LogLine { message: id("u"), at: at(2), text: "y".to_owned() })]).await;
    assert_eq!(log.message(&id("u")).await.unwrap(), None);
    assert_eq!(found(&log, MessageFilter::default()).await, "");
    record(&log, [started("u", 3)]).await;
    assert_eq!(log.message(&id("u")).await.unwrap().unwrap().lines.len(), 2, "earlier lines were kept");
}
