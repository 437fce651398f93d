//! The end of a run: its status, and the last commit in which everything that belongs together becomes durable.

use base::{Class, Failure, Message, Status, Value};
use store::{Answer, Change, CommitError, EntryState, rules};

use crate::delivery::PROPERTY_STATUS;
use crate::run::Run;
use crate::start::Trigger;
use crate::{Ended, delivery, failure, http_answer};

/// Business attributes of SAP: header, and most characters of its value.
const ATTRIBUTES: [(&str, usize); 4] =
    [("SAP_ApplicationID", 120), ("SAP_Sender", 100), ("SAP_Receiver", 100), ("SAP_MessageType", 100)];
/// The property with a status of the author's own, and its most characters.
const CUSTOM_STATUS: (&str, usize) = ("SAP_MessageProcessingLogCustomStatus", 40);

/// Why a run stops.
#[derive(Clone, Debug)]
pub(crate) enum Verdict {
    /// It did what it had to do.
    Good,
    /// It ended with an escalation: what it changed stays, nothing is tried again.
    Escalated(Failure),
    /// It failed: what it wanted to change in open units of work is dropped.
    Failed(Failure),
}

/// A run whose last commit is under way.
#[derive(Debug)]
pub(crate) struct Ending {
    ended: Ended,
    /// The commit is that of a failure: nothing is left to fall back on.
    failed: bool,
    /// How the store names the answer to the request's key, where one is part of the commit.
    answer: Option<String>,
}

/// The failure that an escalation end gives whoever waits for the answer.
pub(crate) fn escalation(category: &str) -> Failure {
    Failure::permanent("X0208", format!("the flow ended with an escalation: {category}"))
}

/// Ends a run: at once where nothing is to commit, else with one last commit.
pub(crate) fn finish(run: &mut Run, verdict: Verdict) {
    let ended = ended(run);
    match (verdict, run.main_escalated.take()) {
        (Verdict::Failed(failure), _) => fail(run, ended, failure),
        (Verdict::Escalated(failure), _) => succeed(run, ended, Some(failure)),
        (Verdict::Good, Some(category)) => succeed(run, ended, Some(escalation(&category))),
        (Verdict::Good, None) => succeed(run, ended, None),
    }
}

fn succeed(run: &mut Run, mut ended: Ended, escalated: Option<Failure>) {
    let (parked, for_a_person) = run.ledger.parked();
    ended.parked = parked;
    ended.status = match (parked > 0, for_a_person) {
        _ if escalated.is_some() => Status::Escalated,
        (true, true) => Status::Escalated,
        (true, false) => Status::Retry,
        (false, _) => Status::Completed,
    };
    let units = std::mem::take(&mut run.units);
    let mut changes: Vec<Change> = units.into_values().flat_map(|mut unit| unit.take()).collect();
    changes.append(&mut run.deletes);
    match &run.start.trigger {
        // A message whose processing escalated anywhere is never silently consumed.
        Trigger::Parked { .. } if run.escalated => {
            let called = || Failure::permanent("X0208", "a flow that was called ended with an escalation");
            let failure = escalated.unwrap_or_else(called);
            changes.extend(reschedule(run, &failure).map(|(change, _)| change));
            ended.status = Status::Escalated;
            ended.failure = Some(failure);
        }
        Trigger::Parked { key, .. } => changes.push(Change::Remove(*key)),
        Trigger::Http | Trigger::Called { one_way: false, .. } => ended.failure = escalated,
        Trigger::Timer | Trigger::Called { one_way: true, .. } => {}
    }
    let keyed = run.start.keyed.as_ref().filter(|_| ended.failure.is_none());
    let sent = keyed.map(|_| http_answer(&run.start.flow, &run.start.message_id, &ended));
    let sent = sent.filter(|sent| !comes_again(sent.status));
    run.ledger.answered(ended.failure.is_none() && (sent.is_some() || run.start.keyed.is_none()));
    changes.extend(run.ledger.changes(run.now, None));
    let mut name = None;
    if let (Some(keyed), Some(sent)) = (&run.start.keyed, sent) {
        let answer = Answer {
            flow: run.start.flow.name.clone(),
            key: keyed.key.clone(),
            message_id: run.start.message_id.clone(),
            fingerprint: keyed.fingerprint,
            status: sent.status,
            headers: sent.headers,
            body: sent.body,
            expires: keyed.expires,
        };
        name = Some(rules::answer_name(&answer));
        changes.extend(keyed.remember(answer));
    }
    commit(run, changes, Ending { ended, failed: false, answer: name });
}

/// Whether an answer asks its reader to come again with the same request, whatever the flow did: it is not remembered, as
/// that of a failure is not.
fn comes_again(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500..)
}

fn fail(run: &mut Run, mut ended: Ended, failure: Failure) {
    run.ledger.answered(false);
    run.units.clear();
    run.deletes.clear();
    let again = reschedule(run, &failure);
    if again.is_none() {
        // The sender has the message and knows that it failed. What was delivered stays delivered all the same.
        run.ledger.forget_parked();
    }
    ended.parked = run.ledger.parked().0;
    let mut changes = run.ledger.changes(run.now, None);
    ended.status = match again {
        Some((change, status)) => {
            changes.push(change);
            status
        }
        None => Status::Failed,
    };
    ended.failure = Some(failure);
    commit(run, changes, Ending { ended, failed: true, answer: None });
}

fn commit(run: &mut Run, changes: Vec<Change>, ending: Ending) {
    if changes.is_empty() {
        run.over(ending.ended);
    } else {
        run.emit_last(changes, ending);
    }
}

/// The outcome of the last commit.
pub(crate) fn committed(run: &mut Run, ending: Ending, result: Result<(), CommitError>) {
    let Ending { mut ended, failed, answer } = ending;
    match result {
        Ok(()) => run.over(ended),
        Err(error) if failed => {
            (ended.unsaved, _) = run.ledger.made(run.now);
            if let Some(failure) = &mut ended.failure {
                failure.text.push_str(&format!(" (and then: {error})"));
            }
            run.over(ended);
        }
        Err(error) => {
            let failure = match &error {
                CommitError::Duplicate(what) if answer.as_ref() == Some(what) => {
                    Failure::permanent("X0501", "a request with the same idempotency key was answered meanwhile")
                }
                _ => failure::commit(error),
            };
            fail(run, ended, failure);
        }
    }
}

/// Puts the entry that started a run back for its next retry, or aside for a person. `None` where no entry did.
fn reschedule(run: &Run, failure: &Failure) -> Option<(Change, Status)> {
    let Trigger::Parked { key, retries, policy, .. } = &run.start.trigger else { return None };
    let next = retries.saturating_add(1);
    let (state, due) = if failure.class == Class::Bug {
        (EntryState::Blocked, run.now)
    } else if run.escalated || policy.max_retries.is_some_and(|max| *retries >= max) {
        (EntryState::Escalated, run.now)
    } else {
        (EntryState::Waiting, run.now.plus(delivery::wait(policy, next, failure, &key.to_string())))
    };
    let error = Some(failure::stored(failure));
    // The process survived this one: only crashes in a row make a message suspicious.
    let change = Change::Reschedule { key: *key, state, due, retries: next, crashes: 0, doubt: false, error };
    Some((change, if state == EntryState::Waiting { Status::Retry } else { Status::Escalated }))
}

/// Stops a run at once. Only what is known of its deliveries is committed, so that a further run does not make them again;
/// a stored entry that started it is found again.
pub(crate) fn abandon(run: &mut Run, failure: Failure) {
    let mut ended = ended(run);
    (ended.status, ended.failure) = (Status::Abandoned, Some(failure));
    run.forget_tasks();
    run.units.clear();
    run.deletes.clear();
    run.ledger.answered(false);
    // What was parked is parked again by a further run, or the sender has the message.
    run.ledger.forget_parked();
    let changes = run.ledger.changes(run.now, None);
    commit(run, changes, Ending { ended, failed: true, answer: None });
}

/// What is known of the end, whatever its status.
fn ended(run: &mut Run) -> Ended {
    let mut message = std::mem::take(&mut run.result);
    let mut headers = std::mem::take(&mut run.headers);
    for (name, most) in ATTRIBUTES {
        headers.extend(short(message.headers.get(name), most).map(|value| (name.to_owned(), value)));
    }
    let custom_status = short(message.properties.get(CUSTOM_STATUS.0), CUSTOM_STATUS.1);
    strip(run, &mut message);
    Ended {
        status: Status::Completed,
        message,
        failure: None,
        escalated: run.escalated,
        parked: 0,
        steps: std::mem::take(&mut run.steps).into(),
        headers,
        custom_status,
        attachments: std::mem::take(&mut run.attachments),
        unsaved: Vec::new(),
    }
}

fn short(value: Option<&Value>, most: usize) -> Option<String> {
    let text: String = value?.to_string().chars().take(most).collect();
    Some(text).filter(|t| !t.is_empty())
}

/// Removes what must not reach the sender: a receiver's error status that the exception subprocess was told and left as
/// it is, and headers of a request that nobody changed.
fn strip(run: &Run, message: &mut Message) {
    let told = message.properties.get(PROPERTY_STATUS);
    if told.is_some() && message.headers.get("CamelHttpResponseCode") == told {
        message.headers.remove("CamelHttpResponseCode");
    }
    let incoming = &run.incoming;
    message
        .headers
        .retain(|name, value| name.eq_ignore_ascii_case("content-type") || incoming.get(name) != Some(value));
}
