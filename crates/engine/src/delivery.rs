//! Parked deliveries: what a next attempt sends, and what its outcome changes.

use std::time::Duration;

use base::{Failure, Timestamp};
use flow::{Call, Flow, Outcome, RetryPolicy};
use store::{Change, DeliveryRecord, Entry};

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
    let _ = (flow, entry, now);
    Err(Failure::permanent("X0000", ""))
}

/// What the outcome of an attempt changes.
#[must_use]
pub fn settle(flow: &Flow, entry: &Entry, outcome: &Outcome, now: Timestamp) -> Option<Settled> {
    let _ = (flow, entry, outcome, now);
    None
}
