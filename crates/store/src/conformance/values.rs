//! Rules about variables, number ranges, outcome records, answers, timers and switches.

use std::sync::Arc;

use base::{DeliveryId, MessageId, Scope, Value};
use bytes::Bytes;

use super::{NOW, at};
use crate::{Answer, Change, CommitError, DeliveryEnd, NumberState, Store, TickState, Variable};

/// A variable keeps its value's kind, is replaced by the next write, ends at its time; scopes do not see each other.
pub async fn variables(store: Arc<dyn Store>) {
    let flow = Scope::Flow("f".to_owned());
    let set = |scope: &Scope, name: &str, value: Value, ms| Change::SetVariable {
        scope: scope.clone(),
        name: name.to_owned(),
        value,
        updated: NOW,
        expires: at(ms),
    };
    let values = [
        Value::from("1"),
        Value::Int(1),
        Value::Float(1.0),
        Value::Bool(true),
        Value::Bytes(Bytes::from_static(&[0, 255])),
    ];
    for value in values {
        store.commit(vec![set(&flow, "v", value.clone(), 10)]).await.unwrap();
        let expect = Variable { scope: flow.clone(), name: "v".to_owned(), value, updated: NOW, expires: at(10) };
        assert_eq!(store.variable(&flow, "v", at(9)).await.unwrap(), Some(expect));
    }
    assert_eq!(store.variable(&flow, "v", at(10)).await.unwrap(), None, "its time is over");
    assert_eq!(store.variable(&Scope::Global, "v", NOW).await.unwrap(), None);

    // What cannot be stored as it is becomes its text.
    let list = Value::List(vec![Value::Int(1), Value::from("a")]);
    let others = vec![set(&Scope::Global, "z", list, 10), set(&Scope::Global, "w", Value::Null, 10)];
    store.commit(others).await.unwrap();
    let all = store.variables().await.unwrap();
    let names: Vec<_> = all.iter().map(|v| (v.scope.flow(), v.name.as_str())).collect();
    assert_eq!(names, [("", "w"), ("", "z"), ("f", "v")]);
    assert_eq!((&all[0].value, &all[1].value), (&Value::from(""), &Value::from("[1, a]")));

    let delete = |name: &str| Change::DeleteVariable { scope: flow.clone(), name: name.to_owned() };
    store.commit(vec![delete("v"), delete("none")]).await.unwrap();
    assert_eq!(store.variables().await.unwrap().len(), 2);
}

/// A touch moves the expiry forward, never backward; it changes nothing else and brings nothing back.
pub async fn touches_variables(store: Arc<dyn Store>) {
    let flow = Scope::Flow("f".to_owned());
    let touch = |scope: &Scope, name: &str, ms| Change::TouchVariable {
        scope: scope.clone(),
        name: name.to_owned(),
        expires: at(ms),
    };
    let (name, value) = ("v".to_owned(), Value::Int(1));
    let set = Change::SetVariable {
        scope: flow.clone(),
        name: name.clone(),
        value: value.clone(),
        updated: NOW,
        expires: at(10),
    };
    store.commit(vec![set]).await.unwrap();
    for (ms, expect) in [(20, 20), (15, 20), (20, 20), (21, 21)] {
        store
            .commit(vec![touch(&flow, "v", ms), touch(&flow, "none", ms), touch(&Scope::Global, "v", ms)])
            .await
            .unwrap();
        let left = Variable {
            scope: flow.clone(),
            name: name.clone(),
            value: value.clone(),
            updated: NOW,
            expires: at(expect),
        };
        assert_eq!(store.variables().await.unwrap(), [left], "touched until {ms}");
    }
    assert_eq!(store.sweep(at(20), 100).await.unwrap(), []);
    assert_eq!(store.sweep(at(21), 100).await.unwrap().len(), 1);
    store.commit(vec![touch(&flow, "v", 99)]).await.unwrap();
    assert_eq!(store.variables().await.unwrap(), []);
}

fn declare(min: i64, max: i64, rotate: bool) -> Change {
    Change::DeclareRange { name: "r".to_owned(), min, max, length: 4, rotate }
}

fn draw(drawn: i64, next: Option<i64>, correlation: Option<&str>) -> Change {
    let correlation = correlation.map(str::to_owned);
    Change::DrawNumber { name: "r".to_owned(), drawn, next, correlation, expires: at(10) }
}

/// A declared range begins at its first number; declared again it keeps its next number where that still fits.
pub async fn number_ranges(store: Arc<dyn Store>) {
    assert_eq!(store.number_range("r").await.unwrap(), None);
    store.commit(vec![declare(1, 9, false)]).await.unwrap();
    let first = NumberState { name: "r".to_owned(), min: 1, max: 9, length: 4, rotate: false, next: Some(1) };
    assert_eq!(store.number_range("r").await.unwrap(), Some(first));
    store.commit(vec![draw(1, Some(5), None)]).await.unwrap();
    let steps = [
        (declare(1, 9, false), Some(5)),
        (declare(3, 5, false), Some(5)),
        (declare(6, 9, false), Some(6)),
        (declare(1, 5, false), Some(1)),
        (draw(1, None, None), None),
        (declare(1, 5, false), None),
        (declare(1, 4, false), None),
        (declare(1, 8, false), Some(5)),
        (draw(5, None, None), None),
        (declare(1, 8, true), Some(1)),
    ];
    for (number, (change, next)) in steps.into_iter().enumerate() {
        store.commit(vec![change]).await.unwrap();
        assert_eq!(store.number_range("r").await.unwrap().unwrap().next, next, "step {number}");
    }
    assert_eq!(store.number_ranges().await.unwrap().len(), 1);
}

/// A number is drawn once: who read an older next number conflicts and changes nothing.
pub async fn draws_numbers(store: Arc<dyn Store>) {
    store.commit(vec![declare(1, 9, false)]).await.unwrap();
    store.commit(vec![draw(1, Some(2), Some("c"))]).await.unwrap();
    let stop = Change::StopFlow { flow: "f".to_owned(), stopped: true };
    let error = store.commit(vec![stop, draw(1, Some(2), Some("d"))]).await.unwrap_err();
    assert_eq!(error, CommitError::Conflict("number range r".to_owned()));
    assert_eq!(store.stopped_flows().await.unwrap(), [""; 0]);
    assert_eq!(store.drawn("r", "c", at(9)).await.unwrap(), Some(1));
    assert_eq!(store.drawn("r", "c", at(10)).await.unwrap(), None);
    assert_eq!(store.drawn("r", "d", NOW).await.unwrap(), None);
    store.commit(vec![draw(2, None, None)]).await.unwrap();
    assert!(store.commit(vec![draw(3, None, None)]).await.is_err(), "used up");
    let unknown = Change::DrawNumber { name: "u".into(), drawn: 1, next: None, correlation: None, expires: at(1) };
    assert!(matches!(store.commit(vec![unknown]).await, Err(CommitError::Conflict(_))));
}

/// An idempotent call is remembered for its step and id, until its time.
pub async fn marks_once(store: Arc<dyn Store>) {
    let mark = |ms| vec![Change::MarkOnce { step: "f/s".to_owned(), id: "1".to_owned(), expires: at(ms) }];
    store.commit(mark(10)).await.unwrap();
    assert!(store.once("f/s", "1", at(9)).await.unwrap());
    assert!(!store.once("f/s", "1", at(10)).await.unwrap());
    assert!(!store.once("f/s", "2", NOW).await.unwrap());
    assert!(!store.once("f/t", "1", NOW).await.unwrap());
    store.commit(mark(20)).await.unwrap();
    assert!(store.once("f/s", "1", at(10)).await.unwrap());
}

/// The outcome record of a message grows, names every delivery once, and keeps its order.
pub async fn remembers_deliveries(store: Arc<dyn Store>) {
    let message = MessageId::from_text("A1");
    // More than fit into a small record, with bytes that are no text.
    let ids: Vec<DeliveryId> = (0..600_u64)
        .map(|n| DeliveryId([n.to_le_bytes(), (n * 0x0101_0101_0101).to_be_bytes()].concat().try_into().unwrap()))
        .collect();
    let delivered = |ids: &[DeliveryId]| {
        let (flow, deliveries, expires) = ("f".to_owned(), ids.to_vec(), at(10));
        vec![Change::Delivered { message: message.clone(), flow, deliveries, expires }]
    };
    for part in ids.chunks(7) {
        store.commit(delivered(part)).await.unwrap();
    }
    store.commit(delivered(&ids[3..5])).await.unwrap();
    store.commit(delivered(&[])).await.unwrap();
    assert_eq!(store.delivered(&message).await.unwrap(), ids);
    assert_eq!(store.delivered(&MessageId::from_text("A2")).await.unwrap(), []);
}

/// How each delivery ended is kept; one that was delivered counts as delivered, whatever else was said of it.
pub async fn remembers_how_deliveries_ended(store: Arc<dyn Store>) {
    use DeliveryEnd::{Cancelled, Delivered};
    let message = MessageId::from_text("A1");
    let id = |n: u8| DeliveryId([n; 16]);
    let over = |n: u8, end| {
        let (message, flow, deliveries, expires) = (message.clone(), "f".to_owned(), vec![id(n)], at(10));
        match end {
            Delivered => Change::Delivered { message, flow, deliveries, expires },
            Cancelled => Change::GivenUp { message, flow, deliveries, expires },
        }
    };
    let first = vec![over(1, Delivered), over(2, Cancelled), over(3, Cancelled), over(4, Delivered)];
    store.commit(first).await.unwrap();
    store.commit(vec![over(1, Cancelled), over(3, Delivered), over(2, Cancelled)]).await.unwrap();
    let expect = [(1, Delivered), (2, Cancelled), (3, Delivered), (4, Delivered)];
    assert_eq!(store.outcomes(&message).await.unwrap(), expect.map(|(n, end)| (id(n), end)));
    assert_eq!(store.delivered(&message).await.unwrap(), [1, 3, 4].map(id));
    assert_eq!(store.outcomes(&MessageId::from_text("A2")).await.unwrap(), []);
    store.sweep(at(10), 100).await.unwrap();
    assert_eq!(store.outcomes(&message).await.unwrap(), []);
}

fn answer(key: &str) -> Answer {
    Answer {
        flow: "f".to_owned(),
        key: key.to_owned(),
        message_id: MessageId::from_text("A1"),
        fingerprint: [7; 32],
        status: 202,
        headers: vec![("B".to_owned(), "x \"y\"".to_owned()), ("A".to_owned(), String::new())],
        body: Bytes::from_static(b"\x00ok\xff"),
        expires: at(10),
    }
}

/// An answer is kept exactly and never replaced.
pub async fn remembers_answers(store: Arc<dyn Store>) {
    let change = |key: &str| vec![Change::Answered(Box::new(answer(key)))];
    store.commit(change("k")).await.unwrap();
    assert_eq!(store.answer("f", "k", at(9)).await.unwrap(), Some(answer("k")));
    assert_eq!(store.answer("f", "k", at(10)).await.unwrap(), None);
    assert_eq!(store.answer("g", "k", NOW).await.unwrap(), None);
    let error = store.commit(change("k")).await.unwrap_err();
    assert_eq!(error, CommitError::Duplicate("the answer to key `k` of f".to_owned()));
    store.commit(change("l")).await.unwrap();
    // Another answer to a key needs the first one to be forgotten, by its message.
    let forget = |message: &str| Change::ForgetAnswer {
        flow: "f".to_owned(),
        key: "k".to_owned(),
        message_id: MessageId::from_text(message),
    };
    let next = || Change::Answered(Box::new(Answer { message_id: MessageId::from_text("A2"), ..answer("k") }));
    assert!(store.commit(vec![forget("A9"), next()]).await.is_err());
    store.commit(vec![forget("A1"), next()]).await.unwrap();
    assert_eq!(store.answer("f", "k", NOW).await.unwrap().unwrap().message_id.as_str(), "A2");
    assert_eq!(store.answer("f", "l", NOW).await.unwrap(), Some(answer("l")));
}

/// A timer is kept as it was told last.
pub async fn ticks(store: Arc<dyn Store>) {
    assert_eq!(store.tick("f", "p").await.unwrap(), None);
    for (schedule, last, next) in [("5m", None, Some(NOW)), ("5m", Some(NOW), Some(at(5))), ("once", Some(at(5)), None)]
    {
        let schedule = schedule.to_owned();
        let change =
            Change::Tick { flow: "f".to_owned(), process: "p".to_owned(), schedule: schedule.clone(), last, next };
        store.commit(vec![change]).await.unwrap();
        assert_eq!(store.tick("f", "p").await.unwrap(), Some(TickState { schedule, last, next }));
    }
    assert_eq!(store.tick("f", "q").await.unwrap(), None);
}

/// Stopped flows are listed by name.
pub async fn stops_flows(store: Arc<dyn Store>) {
    let switch = |flow: &str, stopped| Change::StopFlow { flow: flow.to_owned(), stopped };
    store.commit(vec![switch("b", true), switch("a", true), switch("b", true), switch("c", false)]).await.unwrap();
    assert_eq!(store.stopped_flows().await.unwrap(), ["a", "b"]);
    store.commit(vec![switch("b", false)]).await.unwrap();
    assert_eq!(store.stopped_flows().await.unwrap(), ["a"]);
}

/// A sweep forgets small records silently once their time is over; an outcome record stays until its last part's time.
pub async fn forgets_the_expired(store: Arc<dyn Store>) {
    let message = MessageId::from_text("A1");
    let delivered = |n: u8, ms| Change::Delivered {
        message: message.clone(),
        flow: "f".to_owned(),
        deliveries: vec![DeliveryId([n; 16])],
        expires: at(ms),
    };
    let once = Change::MarkOnce { step: "s".to_owned(), id: "1".to_owned(), expires: at(10) };
    let changes = vec![
        once,
        Change::Answered(Box::new(answer("k"))),
        Change::Answered(Box::new(Answer { message_id: MessageId::from_text("A9"), ..answer("l") })),
        declare(1, 9, false),
        draw(1, Some(2), Some("c")),
        delivered(1, 10),
        delivered(2, 20),
        delivered(3, 15),
    ];
    store.commit(changes).await.unwrap();
    assert_eq!(store.sweep(at(9), 100).await.unwrap(), []);
    assert!(store.answer("f", "k", NOW).await.unwrap().is_some());
    assert_eq!(store.sweep(at(19), 100).await.unwrap(), []);
    assert!(!store.once("s", "1", NOW).await.unwrap());
    assert_eq!(store.answer("f", "l", NOW).await.unwrap(), None);
    assert!(store.answer("f", "k", NOW).await.unwrap().is_some(), "an outcome of its message is still known");
    assert_eq!(store.drawn("r", "c", NOW).await.unwrap(), None);
    assert_eq!(store.delivered(&message).await.unwrap().len(), 3);
    store.sweep(at(20), 100).await.unwrap();
    assert_eq!(store.delivered(&message).await.unwrap(), []);
    assert_eq!(store.answer("f", "k", NOW).await.unwrap(), None);
    assert_eq!(store.number_range("r").await.unwrap().unwrap().next, Some(2), "the range itself stays");
}
