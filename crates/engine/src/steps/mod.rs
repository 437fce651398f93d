//! Steps: what each kind does, and how it goes on when an outcome comes back.

mod call;
mod check;
mod control;
mod number;
mod once;
mod pages;
mod send;
mod store;
mod values;
mod work;

use ::store::{Change, CommitError};
use base::Failure;
use bytes::Bytes;
use expr::Template;
use flow::{Conversion, Flow, ReceiverChannel, Step, StepKind};

use crate::finish::Verdict;
use crate::run::Run;
use crate::task::{Move, Task};
use crate::then::Then;
use crate::unit::{Unit, UnitId};
use crate::{Asked, Done, Effect, failure, fork};

pub(crate) use control::{again, mark, mark_once};
pub use number::undrawn;
pub(crate) use number::{Asked as AskedNumber, Draw};
pub(crate) use pages::Pages;
pub use send::asked_at;
pub(crate) use send::{Sending, cut_off, never_made};
pub(crate) use store::Selecting;
pub use store::check_store_name;
pub use work::perform as work;

/// Begins a step. A number that may leave with it is durable before: nobody else may get it any more.
pub(crate) fn begin(run: &mut Run, task: &mut Task, flow: &Flow, step: &Step) -> Move {
    if let Some(wait) = leaves(task, flow, step).then(|| run.keep_draws(task.id, false)).flatten() {
        return wait;
    }
    match &step.kind {
        StepKind::Modify(_) | StepKind::WriteVariables(_) => values::go_on(run, task, step),
        StepKind::Script(script) => call::script(run, task, flow, script),
        StepKind::Route(router) => control::route(run, task, step, router),
        StepKind::Split(split) => control::split(run, task, split),
        StepKind::Multicast(multicast) => control::multicast(task, multicast),
        StepKind::Gather(_) | StepKind::Join => fork::arrive(task),
        StepKind::Filter(filter) => control::filter(run, task, filter),
        StepKind::Call(process) => Move::Enter(*process, crate::task::Back::Call),
        StepKind::Loop(again) => control::begin_loop(task, again),
        StepKind::Once(once) => control::once(run, task, step, once),
        StepKind::Request(receiver) => call::request(run, task, flow, step, receiver),
        StepKind::Send(receiver) => send::send(run, task, flow, step, receiver),
        StepKind::StoreWrite(write) => store::write(run, task, step, write),
        StepKind::StoreGet(get) => store::get(run, task, get),
        StepKind::StoreSelect(select) => store::select(run, task, select),
        StepKind::StoreDelete(delete) => store::delete(run, task, delete),
        StepKind::Transform(how) => work::transform(run, task, how),
        StepKind::Convert(Conversion::Mime(coding, how)) => check::multipart(run, task, *coding, how),
        StepKind::Enrich(enrich) => call::request(run, task, flow, step, &enrich.receiver),
        StepKind::Validate(validate) => work::validate(run, task, validate),
        StepKind::Digest(digest) => check::digest(run, task, digest),
        StepKind::Persist(name) => check::persist(run, task, name),
        StepKind::Convert(conversion) => values::convert_body(run, task, conversion),
        StepKind::End(end) => control::end(run, task, end),
    }
}

/// Whether something may leave the run with a step, before the units that are open commit.
fn leaves(task: &Task, flow: &Flow, step: &Step) -> bool {
    let receiver = match &step.kind {
        StepKind::Send(receiver) | StepKind::Request(receiver) => receiver,
        StepKind::Enrich(enrich) => &enrich.receiver,
        StepKind::StoreWrite(_) | StepKind::WriteVariables(_) => return task.unit().is_none(),
        _ => return false,
    };
    match flow.receivers.get(receiver).map(|receiver| &receiver.channel) {
        Some(ReceiverChannel::Queue(_)) => task.unit().is_none(),
        _ => true,
    }
}

/// Goes on with a step after its effect's outcome; the outcome is of the kind that `then` waits for.
pub(crate) fn resume(run: &mut Run, task: &mut Task, then: Then, done: Done) -> Move {
    let flow = std::sync::Arc::clone(&run.start.flow);
    match (then, done) {
        (Then::Stepped, Done::Committed(result)) => committed(result),
        (Then::Kept { leave }, Done::Committed(result)) => {
            run.kept(result.is_ok());
            match (result, task.step(&flow)) {
                (Err(error), _) => Move::Fail(failure::commit(error)),
                (Ok(()), Some(step)) if !leave => begin(run, task, &flow, step),
                (Ok(()), _) => Move::Leave,
            }
        }
        (Then::Written(id), Done::Committed(result)) => {
            if result.is_ok() {
                run.start.settled.insert(id);
            }
            committed(result)
        }
        (Then::UnitEnd(unit), Done::Committed(result)) => unit_end(run, unit, result),
        (Then::Draw(draw), Done::Committed(result)) => number::drawn(run, task, &flow, *draw, result),
        (Then::Intent(sending), Done::Committed(result)) => send::intended(run, task, *sending, result),
        (then, Done::Asked(Ok(asked))) => answered(run, task, &flow, then, asked),
        (_, Done::Asked(Err(failure))) => Move::Fail(failure),
        (_, Done::Scripted(result)) => call::scripted(run, task, result),
        (_, Done::Worked(result)) => work::worked(task, result),
        (Then::Request(url), Done::Called(outcome)) => call::answered(run, task, &flow, outcome, (&url, None)),
        (Then::Page(pages), Done::Called(outcome)) => call::answered(run, task, &flow, outcome, ("", Some(pages))),
        (Then::Delivery(sending), Done::Called(outcome)) => send::called(run, task, &flow, *sending, outcome),
        (_, Done::Called(outcome)) => outcome.map_or_else(Move::Fail, |_| Move::Next),
        (_, Done::FlowCalled { outcome, escalated }) => {
            run.escalated |= escalated;
            call::replied(run, task, &flow, outcome)
        }
        (_, Done::Committed(_)) => Move::Fail(failure::bug("a commit's outcome fits nothing")),
    }
}

/// The answer of the store to a step.
fn answered(run: &mut Run, task: &mut Task, flow: &Flow, then: Then, asked: Asked) -> Move {
    let Some(step) = task.step(flow) else { return Move::Fail(failure::bug("an answer belongs to no step")) };
    match (then, asked, &step.kind) {
        (Then::Variable(default), Asked::Variable(value), _) => values::variable(run, task, step, value, default),
        (Then::Number(of), Asked::Number { state, drawn }, _) => number::known(run, task, step, *of, state, drawn),
        (Then::Get, Asked::Entry(entry), StepKind::StoreGet(get)) => {
            store::got(run, task, get, entry.map(|e| store::Found::from(*e)))
        }
        (Then::Select(so_far), Asked::Entries(entries), StepKind::StoreSelect(select)) => {
            store::selected(run, task, select, *so_far, entries)
        }
        (Then::Settled { begin }, Asked::Settled(settled), _) => {
            let unmade = run.ledger.unmade(&task.identity().recorded_under);
            run.start.settled.extend(settled.difference(&unmade));
            if begin { Move::Begin } else { Move::Next }
        }
        (Then::Once(id), Asked::Once(known), StepKind::Once(once)) => control::once_known(run, task, once, id, known),
        _ => Move::Fail(failure::bug("the store answered another question")),
    }
}

/// A durable step committed at once.
fn committed(result: Result<(), CommitError>) -> Move {
    result.map_or_else(|error| Move::Fail(failure::commit(error)), |()| Move::Next)
}

/// A unit of work committed, or not.
fn unit_end(run: &mut Run, unit: UnitId, result: Result<(), CommitError>) -> Move {
    match result {
        Ok(()) => {
            run.start.settled.extend(run.units.remove(&unit).into_iter().flat_map(Unit::written));
            crate::turns::wake(run);
            run.start.settled.extend(run.ledger.committed(unit));
            Move::Return
        }
        Err(error) => {
            let failure = failure::commit(error);
            if let Some(verdict) = &mut run.stopping {
                *verdict = Verdict::Failed(failure.clone());
            }
            Move::Fail(failure)
        }
    }
}

/// Makes the changes of a durable step: in the unit of work of its process, or at once.
fn durable(run: &mut Run, task: &Task, changes: Vec<Change>) -> Move {
    let Some(unit) = task.unit() else {
        return if changes.is_empty() { Move::Next } else { run.emit(task.id, Effect::Commit(changes), Then::Stepped) };
    };
    let Some(unit) = run.units.get_mut(&unit) else { return Move::Fail(failure::bug("a unit of work is gone")) };
    match changes.into_iter().try_for_each(|change| unit.add(change)) {
        Ok(()) => Move::Next,
        Err(failure) => Move::Fail(failure),
    }
}

/// Replaces the body by what a step made of it.
fn replace(run: &mut Run, task: &mut Task, made: Result<Bytes, Failure>) -> Move {
    match made.and_then(|body| run.spend_for(&body).map(|()| body)) {
        Ok(body) => {
            task.message.body = body;
            Move::Next
        }
        Err(failure) => Move::Fail(failure),
    }
}

/// A template's text for the present message.
fn text(run: &Run, task: &Task, template: &Template) -> Result<String, Failure> {
    template.text(&task.scope(run)).map_err(failure::expression)
}
