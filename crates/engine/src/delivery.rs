//! Parked deliveries: what a next attempt sends, and what its outcome changes.

use std::time::Duration;

use base::{Class, DeliveryId, Failure, Message, MessageId, Timestamp};
use expr::ExceptionInfo;
use flow::{Call, Flow, InDoubt, Outcome, Probe, Quality, Receiver, Reply, RetryPolicy};
use store::{Change, DeliveryRecord, Entry, EntryState, PlaceKind};

use crate::{Keep, call, failure};

/// Begin of the names of properties that say which delivery a parked message is.
pub(crate) const RESERVED: &str = "semel.";
/// Property of a message whose flow was told a receiver's status: it is no status of an answer unless the flow says so.
pub(crate) const PROPERTY_STATUS: &str = "semel.status";
/// Property of a parked delivery: its record path.
pub(crate) const PROPERTY_RECORD: &str = "semel.record";
/// Property of a parked delivery: the step that sends.
pub(crate) const PROPERTY_STEP: &str = "semel.step";
/// Property of a parked delivery: its id.
pub(crate) const PROPERTY_DELIVERY: &str = "semel.delivery";
/// Property of a parked delivery that was never attempted: its first attempt is still to come.
pub(crate) const PROPERTY_UNTRIED: &str = "semel.untried";
/// Property of a parked delivery that was sent by an exception subprocess: the text of the exception.
pub(crate) const PROPERTY_EXCEPTION: &str = "semel.exception";
/// Code of the failure that stands for a call that was not made, because the receiver is known to be down.
pub const NOT_TRIED: &str = "R0208";
/// What stands with an entry while its call is under way, and stays where a crash cut the call off.
pub const NO_OUTCOME: &str = "sent; no outcome was recorded";
/// What stands with an entry that a crash left in the middle of an attempt, while its receiver may still be at work on it.
pub const CUT_OFF: &str = "an attempt was cut off; the receiver is asked when it is certainly over";
/// Most characters of an order key as it is stored; longer ones are told apart by their digest.
const MAX_ORDER_KEY: usize = 200;
/// Property with the delivery's id, for the expressions of a probe.
const PROBE_ID: &str = "SemelDeliveryId";
/// When a parked delivery counts as overdue.
pub(crate) const ALERT_PARKED: Duration = Duration::from_secs(2 * 86_400);
/// The longest wait that a receiver may ask for.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(86_400);

/// How messages in an inbox (`persistence: first`) are tried again: 1, 2, 4 ... 60 minutes, ten times, then escalated.
pub const INBOX_RETRY: RetryPolicy = RetryPolicy {
    interval: Duration::from_secs(60),
    backoff: 2.0,
    max_interval: Duration::from_secs(3600),
    max_retries: Some(10),
    max_age: None,
    jitter: 0.1,
};

/// What an attempt of a parked delivery leads to.
#[derive(Clone, Debug)]
pub struct Settled {
    /// To commit, all or none.
    pub changes: Vec<Change>,
    /// For the message log.
    pub record: DeliveryRecord,
    /// It was escalated by this attempt: `on-escalated` runs.
    pub escalated: bool,
}

/// What is done with a parked delivery that is due.
#[derive(Clone, Debug)]
pub enum Attempt {
    /// It is sent.
    Send(Call),
    /// It may have been done: the receiver is asked.
    Ask(Call),
    /// It may have been done, and only a person may decide.
    Hold,
    /// There is nothing that could be sent; it counts as an attempt.
    Broken(Failure),
}

/// The next attempt of a parked delivery, evaluated with the flow as it is now.
#[must_use]
pub fn redeliver(flow: &Flow, entry: &Entry, now: Timestamp) -> Attempt {
    attempt(flow, entry, now).unwrap_or_else(Attempt::Broken)
}

/// # Errors
/// The receiver is gone from the flow, or an expression of its channel fails.
fn attempt(flow: &Flow, entry: &Entry, now: Timestamp) -> Result<Attempt, Failure> {
    let place = &entry.info.place;
    let Some(receiver) = flow.receivers.get(&place.name) else {
        let text = format!("the flow {} has no receiver {} any more", flow.name, place.name);
        return Err(Failure::permanent("X0403", text));
    };
    let id: DeliveryId = entry.info.id.parse().map_err(failure::bug)?;
    let (mut message, exception) = parked(entry);
    let probe = match &receiver.in_doubt {
        InDoubt::Hold if entry.info.doubt => return Ok(Attempt::Hold),
        InDoubt::Probe(probe) if entry.info.doubt => {
            message.properties.insert(PROBE_ID.to_owned(), entry.info.id.as_str().into());
            Some(probe)
        }
        _ => None,
    };
    let exception = exception.as_ref();
    let scope = expr::Scope { message: &message, message_id: &entry.info.message_id, flow: &flow.name, now, exception };
    match probe {
        Some(probe) => call::http(&probe.http, &scope, id, true).map(|call| Attempt::Ask(Call::Http(call))),
        None => call::build(receiver, &scope, id, true).map(Attempt::Send),
    }
}

/// The message of a parked delivery as it was at the send, and the exception that was handled there.
fn parked(entry: &Entry) -> (Message, Option<ExceptionInfo>) {
    let mut message = entry.message.clone();
    let exception = message.properties.get(PROPERTY_EXCEPTION).map(ToString::to_string);
    message.properties.retain(|name, _| !name.starts_with(RESERVED));
    (message, exception.map(|message| ExceptionInfo { message, stacktrace: String::new() }))
}

/// When the receiver can be asked about an attempt that began before `now` and was cut off: when the call is certainly
/// over, wherever it was. `None` where it is not asked. `lapse` as in [`Keep`].
#[must_use]
pub fn asked_after(flow: &Flow, entry: &Entry, lapse: u32, now: Timestamp) -> Option<Timestamp> {
    let receiver = flow.receivers.get(&entry.info.place.name)?;
    let InDoubt::Probe(_) = receiver.in_doubt else { return None };
    let (message, exception) = parked(entry);
    let exception = exception.as_ref();
    let scope = expr::Scope { message: &message, message_id: &entry.info.message_id, flow: &flow.name, now, exception };
    let call = call::build(receiver, &scope, entry.info.id.parse().ok()?, true).ok()?;
    let over = now.plus(call.longest().saturating_mul(lapse.max(1)));
    Some(over.plus(before_asking(receiver, &entry.info.id, Duration::ZERO)))
}

/// How long a receiver is left alone after a call without an answer, before it is asked: the first wait of its retries.
pub(crate) fn before_asking(receiver: &Receiver, id: &str, otherwise: Duration) -> Duration {
    let policy = receiver.retry.policy(Class::InDoubt);
    policy.map_or(otherwise, |policy| wait(policy, 1, &Failure::in_doubt("X0406", ""), id))
}

/// What an attempt showed.
enum Shown {
    /// The receiver has it.
    Delivered(Option<String>),
    /// The receiver certainly does not have it: it may be sent.
    Absent,
    /// It failed.
    Failed(Failure),
}

/// What the outcome of an attempt changes. `None` for an entry that is no parked delivery.
#[must_use]
pub fn settle(
    flow: &Flow,
    entry: &Entry,
    attempt: &Attempt,
    outcome: &Outcome,
    keep: &Keep,
    now: Timestamp,
) -> Option<Settled> {
    let info = &entry.info;
    if info.place.kind != PlaceKind::Delivery {
        return None;
    }
    let delivery: DeliveryId = info.id.parse().ok()?;
    let first = is_first(entry);
    let record = |outcome: &str, error: Option<String>, failure: Option<&Failure>| DeliveryRecord {
        message: info.message_id.clone(),
        flow: info.place.flow.clone(),
        delivery,
        receiver: info.place.name.clone(),
        record: entry.message.properties.get(PROPERTY_RECORD).map(ToString::to_string).unwrap_or_default(),
        attempt: info.retries.saturating_add(if first { 1 } else { 2 }),
        at: now,
        outcome: outcome.to_owned(),
        error,
        class: failure.map(|f| f.class),
        http_status: failure.and_then(|f| f.http_status),
        excerpt: failure.and_then(failure::excerpt),
    };
    let receiver = flow.receivers.get(&info.place.name);
    let reschedule = |state, due, retries, doubt, error| Change::Reschedule {
        key: info.key,
        state,
        due,
        retries,
        crashes: 0,
        doubt,
        error,
    };
    let failure = match shown(flow, receiver, entry, attempt, outcome, now) {
        Shown::Delivered(how) => {
            let delivered = Change::Delivered {
                message: info.recorded_under().clone(),
                flow: info.place.flow.clone(),
                deliveries: vec![delivery],
                expires: now.plus(keep.keys),
            };
            let changes = vec![Change::Remove(info.key), delivered];
            return Some(Settled { changes, record: record("delivered", how, None), escalated: false });
        }
        Shown::Absent => {
            let error = "the receiver was asked and does not have it; it is sent again".to_owned();
            let again = reschedule(EntryState::Waiting, now, info.retries, false, Some(error.clone()));
            return Some(Settled {
                changes: vec![again],
                record: record("absent", Some(error), None),
                escalated: false,
            });
        }
        Shown::Failed(failure) => failure,
    };
    let held = matches!(attempt, Attempt::Hold);
    let doubt = info.doubt || failure.class == Class::InDoubt;
    // The first attempt of a delivery that was parked without one is no retry.
    let retries = if held || first { info.retries } else { info.retries.saturating_add(1) };
    let (state, due) = match receiver {
        Some(receiver) => next(receiver, &failure, retries, (info.created, now), &info.id),
        None => (EntryState::Escalated, now),
    };
    let error = failure::stored(&failure);
    Some(Settled {
        changes: vec![reschedule(state, due, retries, doubt, Some(error.clone()))],
        record: record(outcome_name(&failure, state), Some(error), Some(&failure)),
        escalated: state == EntryState::Escalated,
    })
}

/// Whether a delivery that was parked without an attempt still has its first one before it.
fn is_first(entry: &Entry) -> bool {
    let not_tried = |error: &String| error.starts_with(NOT_TRIED);
    entry.message.properties.contains_key(PROPERTY_UNTRIED)
        && entry.info.retries == 0
        && entry.info.error.as_ref().is_none_or(not_tried)
}

fn shown(
    flow: &Flow,
    receiver: Option<&Receiver>,
    entry: &Entry,
    attempt: &Attempt,
    outcome: &Outcome,
    now: Timestamp,
) -> Shown {
    match (attempt, outcome) {
        (Attempt::Hold, _) => {
            Shown::Failed(Failure::in_doubt("X0406", entry.info.error.clone().unwrap_or_else(|| NO_OUTCOME.to_owned())))
        }
        (Attempt::Broken(failure), _) => Shown::Failed(failure.clone()),
        (Attempt::Send(_), Ok(_)) => Shown::Delivered(None),
        (Attempt::Send(_), Err(failure)) if accepted(failure) => Shown::Delivered(Some(failure::stored(failure))),
        (Attempt::Send(_), Err(failure)) => Shown::Failed(failure.clone()),
        (Attempt::Ask(_), Err(failure)) => {
            let text = format!("the receiver could not be asked: {failure}");
            Shown::Failed(Failure { retry_after: failure.retry_after, ..Failure::in_doubt("X0405", text) })
        }
        (Attempt::Ask(_), Ok(reply)) => match receiver.map(|r| &r.in_doubt) {
            Some(InDoubt::Probe(probe)) => answered(flow, probe, entry, reply, now),
            // The policy was changed meanwhile.
            _ => Shown::Failed(Failure::in_doubt("X0405", "the receiver is not asked any more")),
        },
    }
}

/// What a receiver's answer to a probe says.
fn answered(flow: &Flow, probe: &Probe, entry: &Entry, reply: &Reply, now: Timestamp) -> Shown {
    let mut message = Message::of(reply.body.clone());
    message.headers = reply.headers.clone();
    message.properties.insert(PROBE_ID.to_owned(), entry.info.id.as_str().into());
    let scope =
        expr::Scope { message: &message, message_id: &entry.info.message_id, flow: &flow.name, now, exception: None };
    match (probe.delivered.test(&scope), probe.absent.test(&scope)) {
        (Ok(true), _) => Shown::Delivered(Some("the receiver was asked and has it".to_owned())),
        (Ok(false), Ok(true)) => Shown::Absent,
        (Ok(false), Ok(false)) => {
            let status = message.headers.get("CamelHttpResponseCode").map(ToString::to_string).unwrap_or_default();
            let text = format!("the receiver was asked; its answer {status} says neither yes nor no");
            Shown::Failed(Failure::in_doubt("X0405", text))
        }
        (Err(error), _) | (_, Err(error)) => Shown::Failed(Failure::in_doubt("X0405", error.0)),
    }
}

/// Whether a failure is only about the answer: the receiver had said that it has it.
pub fn accepted(failure: &Failure) -> bool {
    matches!(failure.code.as_str(), "C0003" | "C0007") && failure.http_status.is_some_and(|s| (200..300).contains(&s))
}

/// State and due time of a delivery after a failed attempt; `retries` failed before it or with it. `times`: when it was
/// attempted first, and now.
pub(crate) fn next(
    receiver: &Receiver,
    failure: &Failure,
    retries: u32,
    (first, now): (Timestamp, Timestamp),
    seed: &str,
) -> (EntryState, Timestamp) {
    if failure.class == Class::InDoubt && matches!(receiver.in_doubt, InDoubt::Hold) {
        return (EntryState::InDoubt, now);
    }
    let Some(policy) = receiver.retry.policy(failure.class) else { return (EntryState::Escalated, now) };
    let due = now.plus(wait(policy, retries.saturating_add(1), failure, seed));
    let too_many = policy.max_retries.is_some_and(|max| retries >= max);
    let too_old = policy.max_age.is_some_and(|age| due > first.plus(age));
    if too_many || too_old { (EntryState::Escalated, now) } else { (EntryState::Waiting, due) }
}

/// The wait before a retry: the policy's with its jitter, or what the receiver asked for where that is longer.
pub(crate) fn wait(policy: &RetryPolicy, retry: u32, failure: &Failure, seed: &str) -> Duration {
    let base = policy.wait(retry);
    // The share comes from what is retried and how often, so that a replay waits as long.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=1000")]
    let share = (policy.jitter.clamp(0.0, 1.0) * 1_000.0) as u128;
    let random = u128::from(hash(seed, retry) % 1_000);
    let extra = base.as_millis().saturating_mul(share).saturating_mul(random) / 1_000_000;
    let extra = Duration::from_millis(u64::try_from(extra).unwrap_or(0));
    base.saturating_add(extra).max(failure.retry_after.unwrap_or_default().min(MAX_RETRY_AFTER))
}

/// The key of a message in an ordered flow, from the message as it came: as it is stored.
///
/// # Errors
/// The expression fails.
pub fn order_of(flow: &Flow, message: &Message, id: &MessageId, now: Timestamp) -> Result<String, Failure> {
    let Some(template) = flow.order_by.as_ref().filter(|_| flow.quality == Quality::InOrder) else {
        return Ok(if flow.quality == Quality::InOrder { order_key("") } else { String::new() });
    };
    let scope = expr::Scope { message, message_id: id, flow: &flow.name, now, exception: None };
    template.text(&scope).map(|text| order_key(&text)).map_err(failure::expression)
}

/// The key of an order as it is stored: an empty text is a key like any other, and long ones are cut to their digest.
#[must_use]
pub(crate) fn order_key(text: &str) -> String {
    if text.len() <= MAX_ORDER_KEY {
        return format!("={text}");
    }
    format!("#{}", DeliveryId::derive(&MessageId::from_text(text.to_owned()), "", ""))
}

/// FNV-1a: spreads waits, nothing more.
fn hash(seed: &str, retry: u32) -> u64 {
    seed.bytes()
        .chain(retry.to_le_bytes())
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The name that the message log gives the outcome of a failed attempt.
pub(crate) fn outcome_name(failure: &Failure, state: EntryState) -> &'static str {
    match (failure.class, state) {
        (Class::Permanent, _) => "rejected",
        (_, EntryState::Escalated) => "escalated",
        (Class::InDoubt, _) => "in doubt",
        (Class::Transient | Class::Bug, _) => "failed",
    }
}
