//! Number ranges: ask, draw, and ask again where somebody else drew meanwhile.

use base::{Failure, Value};
use expr::Template;
use flow::{Flow, NumberRange, Step};
use store::{Change, CommitError, NumberState};

use super::text;
use super::values::{self, Resolved};
use crate::run::Run;
use crate::task::{Move, Task};
use crate::then::Then;
use crate::{Effect, Question, failure};

/// How often a draw is tried while others draw too.
const MAX_TRIES: u32 = 100;
/// A range that nobody declared.
const UNDECLARED: NumberRange = NumberRange { min: 1, max: 99_999_999_999_999, length: 0, rotate: false };

/// A number that is being drawn.
#[derive(Debug)]
pub(crate) struct Draw {
    number: i64,
    length: u8,
    asked: Asked,
}

/// What was asked about a range.
#[derive(Debug)]
pub(crate) struct Asked {
    name: String,
    /// What the number belongs to: whoever asks for the same again gets it again.
    correlation: Option<String>,
    /// How often it was asked before.
    tries: u32,
}

/// The question that a row of this source asks.
pub(super) fn ask(
    run: &mut Run,
    task: &Task,
    step: &Step,
    name: &Template,
    correlation: Option<&Template>,
) -> Result<Resolved, Failure> {
    let name = text(run, task, name)?;
    let given = correlation.map(|c| text(run, task, c)).transpose()?.filter(|c| !c.is_empty());
    let correlation = given.or_else(|| own(run, task, step));
    Ok(again(task, Asked { name, correlation, tries: 0 }))
}

/// In an exactly-once flow a number belongs to its message, as deliveries do: a further run names the same one to
/// receivers that the run before did not reach.
fn own(run: &mut Run, task: &Task, step: &Step) -> Option<String> {
    if !run.start.flow.quality.keeps_outcomes() || !task.identity().is_stable() {
        return None;
    }
    let row = format!("{}/{}", step.name, task.cursor);
    let record = run.ledger.record(task, &row);
    Some(task.identity().delivery(&record, &row).to_string())
}

fn again(task: &Task, asked: Asked) -> Resolved {
    let (name, correlation) = (asked.name.clone(), asked.correlation.clone());
    let question = Question::Number { name, correlation, lock: task.unit().is_some() };
    Resolved::Ask(question, Then::Number(Box::new(asked)))
}

/// The store told how the range stands.
pub(super) fn known(
    run: &mut Run,
    task: &mut Task,
    step: &Step,
    asked: Asked,
    state: Option<NumberState>,
    drawn: Option<i64>,
) -> Move {
    match draw(run, task, step, asked, state, drawn) {
        Ok(next) => next,
        Err(failure) => Move::Fail(failure),
    }
}

fn draw(
    run: &mut Run,
    task: &mut Task,
    step: &Step,
    asked: Asked,
    state: Option<NumberState>,
    drawn: Option<i64>,
) -> Result<Move, Failure> {
    let (name, correlation) = (asked.name.clone(), asked.correlation.clone());
    // Whichever unit of this run drew from the range holds its place: a draw beside it would collide with it.
    let holder = run.units.iter().find(|(_, u)| u.number(&name).is_some()).map(|(id, _)| *id).or(task.unit());
    let pending = holder.and_then(|id| run.units.get(&id));
    let before = drawn.or_else(|| pending.and_then(|u| u.drawn(&name, correlation.as_deref()?)));
    let undeclared = state.is_none();
    let state =
        pending.and_then(|u| u.number(&name)).cloned().or(state).unwrap_or_else(|| undrawn(&run.start.flow, &name));
    if let Some(number) = before {
        return Ok(values::have(run, task, step, padded(number, state.length)));
    }
    let Some(number) = state.next else {
        let text = format!("number range {name} is used up: {} was its last number", state.max);
        return Err(Failure::permanent("X0105", text));
    };
    let next = state.after(number);
    let mut changes = Vec::new();
    if undeclared && pending.is_none_or(|u| u.number(&name).is_none()) {
        let NumberState { min, max, length, rotate, .. } = state;
        changes.push(Change::DeclareRange { name: name.clone(), min, max, length, rotate });
    }
    let expires = run.now.plus(run.start.keep.keys);
    changes.push(Change::DrawNumber { name, drawn: number, next, correlation, expires });
    let length = state.length;
    let Some(unit) = holder.and_then(|id| run.units.get_mut(&id)) else {
        let draw = Draw { number, length, asked };
        return Ok(run.emit(task.id, Effect::Commit(changes), Then::Draw(Box::new(draw))));
    };
    unit.know_number(state);
    changes.into_iter().try_for_each(|change| unit.add(change))?;
    Ok(values::have(run, task, step, padded(number, length)))
}

/// The draw committed, or somebody was faster.
pub(super) fn drawn(run: &mut Run, task: &mut Task, flow: &Flow, draw: Draw, result: Result<(), CommitError>) -> Move {
    let Some(step) = task.step(flow) else { return Move::Fail(failure::bug("a number belongs to no step")) };
    match result {
        Ok(()) => values::have(run, task, step, padded(draw.number, draw.length)),
        Err(CommitError::Conflict(_)) if draw.asked.tries + 1 < MAX_TRIES => {
            let asked = Asked { tries: draw.asked.tries + 1, ..draw.asked };
            match again(task, asked) {
                Resolved::Ask(question, then) => run.emit(task.id, Effect::Ask(question), then),
                Resolved::Value(_) => Move::Fail(failure::bug("a number range asks nothing")),
            }
        }
        Err(error) => Move::Fail(failure::commit(error)),
    }
}

/// A range that nobody drew from yet, as the flow declares it.
#[must_use]
pub fn undrawn(flow: &Flow, name: &str) -> NumberState {
    let NumberRange { min, max, length, rotate } = flow.number_ranges.get(name).unwrap_or(&UNDECLARED).clone();
    NumberState { name: name.to_owned(), min, max, length, rotate, next: Some(min) }
}

/// The number with as many leading zeros as the range asks for.
fn padded(number: i64, length: u8) -> Value {
    if length == 0 { Value::Int(number) } else { Value::Text(format!("{number:0width$}", width = usize::from(length))) }
}
