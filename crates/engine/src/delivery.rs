//! Parked deliveries: what a next attempt sends, and what its outcome changes.

use std::time::Duration;

use base::{Class, DeliveryId, Failure, Timestamp};
use flow::{Call, Flow, InDoubt, Outcome, RetryPolicy};
use store::{Change, DeliveryRecord, Entry, EntryState, PlaceKind};

use crate::{Keep, call, failure};

/// Begin of the names of properties that say which delivery a parked message is.
pub(crate) const RESERVED: &str = "semel.";
/// Property of a parked delivery: its record path.
pub(crate) const PROPERTY_RECORD: &str = "semel.record";
/// Property of a parked delivery: the step that sends.
pub(crate) const PROPERTY_STEP: &str = "semel.step";
/// Property of a parked delivery: its id.
pub(crate) const PROPERTY_DELIVERY: &str = "semel.delivery";
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

/// What the next attempt of a parked delivery sends, evaluated with the flow as it is now.
///
/// # Errors
/// The receiver is gone from the flow, or an expression of its channel fails: that counts as an attempt.
pub fn redeliver(flow: &Flow, entry: &Entry, now: Timestamp) -> Result<Call, Failure> {
    let place = &entry.info.place;
    let Some(receiver) = flow.receivers.get(&place.name) else {
        let text = format!("the flow {} has no receiver {} any more", flow.name, place.name);
        return Err(Failure::permanent("X0403", text));
    };
    let id: DeliveryId = entry.info.id.parse().map_err(failure::bug)?;
    let mut message = entry.message.clone();
    message.properties.retain(|name, _| !name.starts_with(RESERVED));
    let scope =
        expr::Scope { message: &message, message_id: &entry.info.message_id, flow: &flow.name, now, exception: None };
    call::build(receiver, &scope, id, true)
}

/// What the outcome of an attempt changes. `None` for an entry that is no parked delivery.
#[must_use]
pub fn settle(flow: &Flow, entry: &Entry, outcome: &Outcome, keep: &Keep, now: Timestamp) -> Option<Settled> {
    let info = &entry.info;
    if info.place.kind != PlaceKind::Delivery {
        return None;
    }
    let delivery: DeliveryId = info.id.parse().ok()?;
    let record = |outcome: &str, error: Option<String>| DeliveryRecord {
        message: info.message_id.clone(),
        flow: info.place.flow.clone(),
        delivery,
        receiver: info.place.name.clone(),
        record: entry.message.properties.get(PROPERTY_RECORD).map(ToString::to_string).unwrap_or_default(),
        attempt: info.retries.saturating_add(2),
        at: now,
        outcome: outcome.to_owned(),
        error,
    };
    let failure = match outcome {
        Ok(_) => {
            let delivered = Change::Delivered {
                message: info.message_id.clone(),
                flow: info.place.flow.clone(),
                deliveries: vec![delivery],
                expires: now.plus(keep.keys),
            };
            let changes = vec![Change::Remove(info.key), delivered];
            return Some(Settled { changes, record: record("delivered", None), escalated: false });
        }
        Err(failure) => failure,
    };
    let retries = info.retries.saturating_add(1);
    let (state, due) = match flow.receivers.get(&info.place.name) {
        Some(receiver) => next(&receiver.retry, receiver.in_doubt, failure, retries, now, &info.id),
        None => (EntryState::Escalated, now),
    };
    let error = failure::stored(failure);
    let change = Change::Reschedule {
        key: info.key,
        state,
        due,
        retries,
        crashes: 0,
        doubt: info.doubt || failure.class == Class::InDoubt,
        error: Some(error.clone()),
    };
    Some(Settled {
        changes: vec![change],
        record: record(outcome_name(failure, state), Some(error)),
        escalated: state == EntryState::Escalated,
    })
}

/// State and due time of a delivery after a failed attempt; `retries` failed before it or with it.
pub(crate) fn next(
    policy: &RetryPolicy,
    in_doubt: InDoubt,
    failure: &Failure,
    retries: u32,
    now: Timestamp,
    seed: &str,
) -> (EntryState, Timestamp) {
    let pointless = matches!(failure.class, Class::Permanent | Class::Bug);
    if failure.class == Class::InDoubt && in_doubt == InDoubt::Hold {
        (EntryState::InDoubt, now)
    } else if pointless || policy.max_retries.is_some_and(|max| retries >= max) {
        (EntryState::Escalated, now)
    } else {
        (EntryState::Waiting, now.plus(wait(policy, retries.saturating_add(1), failure, seed)))
    }
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
