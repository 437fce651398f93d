//! Steps that decide where a message goes: router, split, multicast, filter, loop, idempotent call, end.

use std::time::Duration;

use base::{Failure, Value};
use flow::{End, Filter, FilterBy, Flow, Loop, Multicast, Once, Otherwise, Router, Split, Step, StepKind, When};
use store::Change;

use super::{check, durable, replace, text, values};
use crate::finish::{Verdict, escalation};
use crate::fork::{self, Source};
use crate::parts::Parts;
use crate::run::Run;
use crate::task::{Back, Move, Task};
use crate::then::Then;
use crate::{Effect, Question, failure, turns};

pub(super) fn route(run: &Run, task: &Task, step: &Step, router: &Router) -> Move {
    let scope = task.scope(run);
    for route in &router.routes {
        let holds = match &route.when {
            When::Simple(condition) => condition.test(&scope),
            When::XPath(xpath) => xpath.test(&scope),
        };
        match holds {
            Ok(true) => return Move::To(route.to.or(step.next)),
            Ok(false) => {}
            Err(error) => return Move::Fail(failure::expression(error)),
        }
    }
    match router.otherwise {
        Otherwise::To(to) => Move::To(to.or(step.next)),
        Otherwise::Fail => Move::Fail(Failure::permanent("X0201", "no route of the router matches")),
    }
}

pub(super) fn split(run: &Run, task: &mut Task, split: &Split) -> Move {
    match Parts::of(split, &task.scope(run)) {
        Ok(parts) => fork::begin(task, Source::Parts(Box::new(parts)), split.parallel, split.stop_on_error),
        Err(failure) => Move::Fail(failure),
    }
}

pub(super) fn multicast(task: &mut Task, multicast: &Multicast) -> Move {
    fork::begin(task, Source::Branches, if multicast.parallel { u32::MAX } else { 1 }, true)
}

pub(super) fn filter(run: &mut Run, task: &mut Task, filter: &Filter) -> Move {
    let kept = match &filter.by {
        FilterBy::XPath(xpath) => check::select(run, task, xpath).map(Into::into),
        FilterBy::JsonPath(path) => path.value(&task.message.body).map(values::bytes).map_err(failure::expression),
    };
    replace(run, task, kept)
}

pub(super) fn begin_loop(task: &mut Task, again: &Loop) -> Move {
    round(task, again, 0)
}

fn round(task: &mut Task, again: &Loop, round: u32) -> Move {
    task.message.properties.insert("CamelLoopIndex".to_owned(), Value::Int(i64::from(round)));
    Move::Enter(again.process, Back::Loop(round))
}

/// A round of a loop ended: another one, or on.
pub(crate) fn again(run: &mut Run, task: &mut Task, flow: &Flow, done: u32) -> Move {
    let Some(StepKind::Loop(again)) = task.step(flow).map(|s| &s.kind) else {
        return Move::Fail(failure::bug("a round belongs to no loop"));
    };
    match again.again.test(&task.scope(run)) {
        Err(error) => Move::Fail(failure::expression(error)),
        Ok(false) => Move::Next,
        Ok(true) if done.saturating_add(1) < again.max => round(task, again, done + 1),
        Ok(true) if again.fail_at_max => Move::Fail(Failure::permanent(
            "X0203",
            format!("the loop's condition still holds after {} rounds", again.max),
        )),
        Ok(true) => Move::Next,
    }
}

pub(super) fn once(run: &mut Run, task: &mut Task, step: &Step, once: &Once) -> Move {
    task.message.properties.shift_remove("CamelDuplicateMessage");
    let id = match text(run, task, &once.id) {
        Ok(id) if id.is_empty() => {
            return Move::Fail(Failure::permanent("X0206", "the id of the idempotent process call is empty"));
        }
        Ok(id) => id,
        Err(failure) => return Move::Fail(failure),
    };
    let step = once_key(run, step);
    if run.units_of(task).any(|unit| unit.once(&step, &id)) {
        return once_known(run, task, once, id, true);
    }
    if !turns::take(run, task, &step, &id) {
        return Move::Wait;
    }
    run.emit(task.id, Effect::Ask(Question::Once { step, id: id.clone() }), Then::Once(id))
}

pub(super) fn once_known(run: &mut Run, task: &mut Task, once: &Once, id: String, known: bool) -> Move {
    if known && once.skip {
        turns::give_back(run, task);
        return Move::Next;
    }
    if known {
        task.message.properties.insert("CamelDuplicateMessage".to_owned(), Value::Bool(true));
    }
    Move::Enter(once.process, Back::Once { id, mark: !known })
}

fn once_key(run: &Run, step: &Step) -> String {
    format!("{}/{}", run.start.flow.name, step.name)
}

/// Remembers that an idempotent call succeeded.
pub(crate) fn mark(run: &Run, step: &Step, id: String) -> Option<Change> {
    let StepKind::Once(once) = &step.kind else { return None };
    let keep = once.keep.max(Duration::from_millis(1));
    Some(Change::MarkOnce { step: once_key(run, step), id, expires: run.now.plus(keep) })
}

/// The same in the caller's unit of work, or at once.
pub(crate) fn mark_once(run: &mut Run, task: &mut Task, flow: &Flow, id: String) -> Move {
    let change = task.step(flow).and_then(|step| mark(run, step, id));
    durable(run, task, change.into_iter().collect())
}

pub(super) fn end(run: &mut Run, task: &mut Task, end: &End) -> Move {
    match end {
        End::Message => Move::Leave,
        End::Terminate => Move::Stop(Verdict::Good),
        End::Error(said) => Move::Fail(match (said, task.handling()) {
            (Some(said), _) => match text(run, task, said) {
                Ok(said) => Failure::permanent("X0207", said),
                Err(failure) => failure,
            },
            (None, Some(handling)) => handling.failure.clone(),
            (None, None) => Failure::permanent("X0207", "the flow ended with an error"),
        }),
        End::Escalation(category) => {
            run.escalated = true;
            // The entry that this was about is not consumed: it waits for a person.
            if let Some(aside) = task.entry.1.take() {
                task.entry.0 = Some(aside);
            }
            let Some(frame) = task.frame() else { return Move::Leave };
            if frame.handling.is_some() {
                return Move::Stop(Verdict::Escalated(escalation(category)));
            }
            if frame.process == run.start.process {
                run.main_escalated.get_or_insert_with(|| category.clone());
            }
            Move::Leave
        }
    }
}
