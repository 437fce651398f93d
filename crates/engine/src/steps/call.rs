//! Scripts and requests: what comes back replaces the message's body and adds to its headers.

use base::{Failure, Message};
use flow::{Call, Flow, Outcome, ReceiverChannel, ScriptCall, Step, StepKind};

use super::pages::{self, Pages};
use super::send;
use crate::run::Run;
use crate::task::{Move, Task};
use crate::then::Then;
use crate::{Effect, ScriptEffect, Scripted, call, failure};

pub(super) fn script(run: &mut Run, task: &Task, flow: &Flow, call: &ScriptCall) -> Move {
    let Some(script) = flow.scripts.get(&call.script) else {
        return Move::Fail(failure::bug(format!("there is no script {}", call.script)));
    };
    let effect = ScriptEffect {
        script: script.clone(),
        function: call.function.clone(),
        message: task.message.clone(),
        body_is_text: task.body_is_text(),
        exception: task.handling().map(|h| h.info.clone()),
        thrown: task.handling().and_then(|h| failure::thrown(&h.failure)),
    };
    run.emit(task.id, Effect::Script(Box::new(effect)), Then::Script)
}

pub(super) fn scripted(run: &mut Run, task: &mut Task, result: Result<Scripted, Failure>) -> Move {
    match result {
        Ok(scripted) => {
            run.keep(scripted.headers, scripted.attachments);
            task.message = scripted.message;
            task.text = scripted.body_is_text.then(|| task.message.body.clone());
            Move::Next
        }
        Err(failure) => Move::Fail(failure),
    }
}

pub(super) fn request(run: &mut Run, task: &Task, flow: &Flow, step: &Step, name: &str) -> Move {
    let Some(receiver) = flow.receivers.get(name) else {
        return Move::Fail(failure::bug(format!("there is no receiver {name}")));
    };
    match &receiver.channel {
        ReceiverChannel::Queue(queue) => send::put(run, task, step, queue),
        ReceiverChannel::ProcessDirect(address) => call_flow(run, task, step, address),
        ReceiverChannel::Http(_) | ReceiverChannel::Mail(_) => {
            let record = run.ledger.record(task, &step.name);
            let id = task.identity().delivery(&record, &step.name);
            match call::build(receiver, &task.scope(run), id, flow.quality.keeps_outcomes()) {
                Ok(mut call) => {
                    let then = pages::wait(receiver, &call, flow.keep_cookies);
                    if let (true, Call::Http(http)) = (flow.keep_cookies, &mut call) {
                        run.cookies.add(http, run.now);
                    }
                    let effect = Effect::Call { receiver: name.to_owned(), delivery: None, call: Box::new(call) };
                    run.emit(task.id, effect, then)
                }
                Err(failure) => Move::Fail(failure),
            }
        }
    }
}

/// Calls another flow; properties stay here. The called message is known by where it comes from, not by what it says: a
/// time in a header makes no other message of it.
pub(super) fn call_flow(run: &mut Run, task: &Task, step: &Step, address: &expr::Template) -> Move {
    let address = match super::text(run, task, address) {
        Ok(address) => address,
        Err(failure) => return Move::Fail(failure),
    };
    let name = address.trim().trim_start_matches('/');
    if name.is_empty() {
        return Move::Fail(Failure::permanent("X0401", "the ProcessDirect address is empty"));
    }
    let message = Message { properties: base::Properties::new(), ..task.message.clone() };
    let record = run.ledger.record(task, &step.name);
    let call = task.identity().call(&record, &step.name);
    let effect = Effect::CallFlow { address: format!("/{name}"), message: Box::new(message), call };
    run.emit(task.id, effect, Then::Flow)
}

/// The answer of an outside receiver, or the next page of one.
pub(super) fn answered(
    run: &mut Run,
    task: &mut Task,
    flow: &Flow,
    outcome: Outcome,
    (url, pages): (&str, Option<Box<Pages>>),
) -> Move {
    if let (Ok(reply), false) = (&outcome, url.is_empty()) {
        run.cookies.keep(url, &reply.headers, run.now);
    }
    let receiver = task.step(flow).and_then(|step| match &step.kind {
        StepKind::Request(name) => flow.receivers.get(name),
        StepKind::Enrich(enrich) => flow.receivers.get(&enrich.receiver),
        _ => None,
    });
    let Some(receiver) = receiver else { return replied(run, task, flow, outcome) };
    let outcome = match (outcome, pages) {
        (Ok(reply), Some(pages)) => match pages::take(run, task, receiver, pages, reply) {
            Ok(Some(whole)) => Ok(whole),
            Ok(None) => return Move::Wait,
            Err(failure) => Err(failure),
        },
        (outcome, _) => outcome,
    };
    let outcome = outcome.and_then(|reply| call::opened(&receiver.channel, reply));
    replied(run, task, flow, outcome)
}

/// An answer: its headers join the message's, its body replaces it. What tells who processes the message stays.
/// A lookup's answer joins the body, and its headers are left out.
pub(super) fn replied(run: &mut Run, task: &mut Task, flow: &Flow, outcome: Outcome) -> Move {
    let reply = match outcome {
        Ok(reply) => reply,
        Err(failure) => return Move::Fail(outside(failure)),
    };
    if let Some(StepKind::Enrich(enrich)) = task.step(flow).map(|step| &step.kind) {
        let made = crate::enrich::enrich(&enrich.by, &task.message.body, &reply.body);
        return super::replace(run, task, made);
    }
    for (name, value) in reply.headers.iter() {
        if !call::keeps_own(name) {
            task.message.headers.set(name, value.clone());
        }
    }
    task.message.body = reply.body;
    Move::Next
}

/// A failure from outside: the step that called is where it happened in this flow.
pub(super) fn outside(failure: Failure) -> Failure {
    Failure { step: String::new(), ..failure }
}
