//! Receivers that answer as a scenario says, and remember what they got.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use adapter::{Promise, ReceiverAdapter, Secret, Secrets};
use base::{Failure, Fut, Headers, Value as Data};
use bytes::Bytes;
use flow::{Call, Outcome, Reply};
use serde_json::Value;

use super::text::scalar;
use crate::calling::RECEIVER;

/// What a receiver does with a call.
#[derive(Clone, Debug, PartialEq)]
enum Answer {
    /// An HTTP status and a body; mail knows no status.
    Status(u16, Bytes),
    /// Not reached.
    Fail,
    /// Refused for good.
    Reject,
    /// Reached, and no answer came.
    InDoubt,
}

/// Answers in order for the calls that hold a text; the last one repeats.
#[derive(Debug)]
struct Rule {
    when: Option<String>,
    then: Vec<Answer>,
    at: usize,
}

/// A call that was made.
#[derive(Clone, Debug)]
pub(super) struct Made {
    /// Flow.
    pub flow: String,
    /// Receiver.
    pub receiver: String,
    /// Body.
    pub body: Bytes,
    /// Whether it is a mail.
    pub mail: bool,
    /// Whether the receiver took it.
    pub done: bool,
}

#[derive(Default)]
struct State {
    rules: HashMap<String, Vec<Rule>>,
    made: Vec<Made>,
}

/// All receivers of a scenario.
#[derive(Default)]
pub(super) struct World(Mutex<State>);

impl World {
    /// Receivers as the scenario describes them.
    pub fn of(receivers: &BTreeMap<String, Value>) -> Result<Self, String> {
        let mut state = State::default();
        for (name, value) in receivers {
            let rules = rules(value).map_err(|e| format!("receiver {name}: {e}"))?;
            state.rules.insert(name.clone(), rules);
        }
        Ok(World(Mutex::new(state)))
    }

    /// All calls that were made.
    pub fn made(&self) -> Vec<Made> {
        self.lock().made.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, call: &Call) -> Outcome {
        let (flow, receiver) = RECEIVER.try_with(Clone::clone).unwrap_or_default();
        let (body, text, mail) = match call {
            Call::Http(http) => (&http.body, String::from_utf8_lossy(&http.body).into_owned(), false),
            Call::Mail(m) => (&m.body, format!("{}\n{}", m.subject, String::from_utf8_lossy(&m.body)), true),
        };
        let mut state = self.lock();
        let full = format!("{flow}/{receiver}");
        let key = if state.rules.contains_key(&full) { &full } else { &receiver };
        let answer = state.rules.get_mut(key).and_then(|rules| {
            let rule = rules.iter_mut().find(|r| r.when.as_ref().is_none_or(|w| text.contains(w.as_str())))?;
            let answer = rule.then.get(rule.at.min(rule.then.len().saturating_sub(1))).cloned();
            rule.at += 1;
            answer
        });
        let outcome = outcome(answer.unwrap_or(Answer::Status(200, Bytes::new())), call);
        let done = outcome.is_ok();
        state.made.push(Made { flow, receiver, body: body.clone(), mail, done });
        outcome
    }
}

fn outcome(answer: Answer, call: &Call) -> Outcome {
    match (answer, call) {
        (Answer::Fail, _) => Err(Failure::transient("C0001", "the receiver cannot be reached")),
        (Answer::Reject, _) => {
            let mut failure = Failure::permanent("C0003", "the receiver refused the message");
            failure.http_status = Some(400);
            Err(failure)
        }
        (Answer::InDoubt, _) => Err(Failure::in_doubt("C0004", "the message was sent and no answer came")),
        (Answer::Status(status, body), Call::Http(http)) if status >= 400 && http.throw_on_failure => {
            let text = format!("the receiver answered {status}");
            let later = matches!(status, 408 | 425 | 429 | 500..=599);
            let mut failure = if later { Failure::transient("C0002", text) } else { Failure::permanent("C0003", text) };
            failure.http_status = Some(status);
            failure.excerpt = Some(String::from_utf8_lossy(&body).chars().take(4_096).collect());
            failure.retry_after = None::<Duration>;
            Err(failure)
        }
        (Answer::Status(status, body), _) => {
            let mut headers = Headers::new();
            headers.set("CamelHttpResponseCode", Data::Int(i64::from(status)));
            Ok(Reply { headers, body })
        }
    }
}

fn rules(value: &Value) -> Result<Vec<Rule>, String> {
    let items = match value {
        Value::Array(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    if items.iter().any(|i| i.get("then").is_some()) {
        return items.iter().map(rule).collect();
    }
    Ok(vec![Rule { when: None, then: answers(value)?, at: 0 }])
}

fn rule(value: &Value) -> Result<Rule, String> {
    let map = value.as_object().ok_or("a list with `then` holds only maps with `when` and `then`")?;
    if let Some(key) = map.keys().find(|k| !matches!(k.as_str(), "when" | "then")) {
        return Err(format!("`{key}` is not known here; write `when` and `then`"));
    }
    let then = map.get("then").ok_or("`then` is missing")?;
    Ok(Rule { when: map.get("when").map(scalar), then: answers(then)?, at: 0 })
}

fn answers(value: &Value) -> Result<Vec<Answer>, String> {
    match value {
        Value::Array(items) if items.is_empty() => Err("the list of outcomes is empty".to_owned()),
        Value::Array(items) => items.iter().map(answer).collect(),
        one => Ok(vec![answer(one)?]),
    }
}

fn answer(value: &Value) -> Result<Answer, String> {
    let wrong =
        || format!("`{}` is no outcome; write ok, fail, reject, in-doubt, a status, or {{ ok: body }}", scalar(value));
    match value {
        Value::String(text) => match text.as_str() {
            "ok" => Ok(Answer::Status(200, Bytes::new())),
            "fail" => Ok(Answer::Fail),
            "reject" => Ok(Answer::Reject),
            "in-doubt" => Ok(Answer::InDoubt),
            _ => Err(wrong()),
        },
        Value::Number(number) => match number.as_u64() {
            Some(status @ 100..=599) => Ok(Answer::Status(u16::try_from(status).unwrap_or(200), Bytes::new())),
            _ => Err(wrong()),
        },
        Value::Object(map) => {
            if let (1, Some(body)) = (map.len(), map.get("ok")) {
                return Ok(Answer::Status(200, Bytes::from(scalar(body))));
            }
            let status = map.get("status").and_then(Value::as_u64).filter(|s| (100..=599).contains(s));
            let status = status.and_then(|s| u16::try_from(s).ok()).ok_or_else(wrong)?;
            Ok(Answer::Status(status, Bytes::from(map.get("body").map(scalar).unwrap_or_default())))
        }
        _ => Err(wrong()),
    }
}

impl ReceiverAdapter for World {
    fn promise(&self, _call: &Call) -> Promise {
        Promise::Idempotent
    }

    fn perform<'a>(&'a self, call: &'a Call, _secrets: &'a dyn Secrets) -> Fut<'a, Outcome> {
        Box::pin(async move { self.answer(call) })
    }
}

/// Every secret exists: scenarios need none of the real ones.
pub(super) struct AnySecret;

impl Secrets for AnySecret {
    fn secret(&self, name: &str) -> Option<Secret> {
        Some(Secret { user: "scenario".to_owned(), password: name.to_owned(), ..Secret::default() })
    }
}
