//! Content modifier and write variables: rows from top to bottom, each a value from a source.

use base::{Failure, Value};
use bytes::Bytes;
use flow::{Coding, Conversion, RowAction, Source, Step, StepKind, Target, ValueKind, ValueSource};
use store::Change;

use super::{durable, number, replace, text};
use crate::delivery::PROPERTY_STATUS;
use crate::run::Run;
use crate::task::{Move, Task};
use crate::then::Then;
use crate::{Effect, Question, convert, failure, glob};

/// What a row is about.
enum Row<'s> {
    Value(&'s ValueSource),
    /// What is removed, and which names stay.
    Delete(&'s Target, &'s [String]),
    End,
}

/// A value, or the question that has to be answered first.
pub(super) enum Resolved {
    Value(Value),
    Ask(Question, Then),
}

/// Works through the rows from the present one on.
pub(super) fn go_on(run: &mut Run, task: &mut Task, step: &Step) -> Move {
    loop {
        let source = match row(step, task.cursor) {
            Row::End => {
                let changes = std::mem::take(&mut task.rows);
                return durable(run, task, changes);
            }
            Row::Delete(target, keep) => {
                delete(task, target, keep);
                task.cursor += 1;
                continue;
            }
            Row::Value(source) => source,
        };
        let done = match resolve(run, task, step, &source.from) {
            Ok(Resolved::Value(value)) => assign(run, task, step, value),
            Ok(Resolved::Ask(question, then)) => return run.emit(task.id, Effect::Ask(question), then),
            Err(failure) => Err(failure),
        };
        if let Err(failure) = done {
            return Move::Fail(failure);
        }
    }
}

/// A value that had to be asked for is here.
pub(super) fn have(run: &mut Run, task: &mut Task, step: &Step, value: Value) -> Move {
    match assign(run, task, step, value) {
        Ok(()) => go_on(run, task, step),
        Err(failure) => Move::Fail(failure),
    }
}

/// The store's answer about a variable.
pub(super) fn variable(
    run: &mut Run,
    task: &mut Task,
    step: &Step,
    value: Option<Value>,
    default: Option<Value>,
) -> Move {
    match value.or(default) {
        Some(value) => have(run, task, step, value),
        None => Move::Fail(Failure::permanent("X0103", "the variable does not exist and has no default")),
    }
}

fn row(step: &Step, at: usize) -> Row<'_> {
    match &step.kind {
        StepKind::Modify(modify) => match modify.rows.get(at).map(|r| (&r.action, &r.target)) {
            Some((RowAction::Create(source), _)) => Row::Value(source),
            Some((RowAction::Delete, target)) => Row::Delete(target, &[]),
            Some((RowAction::DeleteExcept(keep), target)) => Row::Delete(target, keep),
            None => match &modify.body {
                Some(source) if at == modify.rows.len() => Row::Value(source),
                _ => Row::End,
            },
        },
        StepKind::WriteVariables(rows) => rows.get(at).map_or(Row::End, |r| Row::Value(&r.value)),
        _ => Row::End,
    }
}

/// Gives the present row its value and goes to the next one.
fn assign(run: &mut Run, task: &mut Task, step: &Step, value: Value) -> Result<(), Failure> {
    let at = task.cursor;
    task.cursor += 1;
    let Row::Value(source) = row(step, at) else { return Err(failure::bug("a value belongs to no row")) };
    let value = as_kind(value, source.kind)?;
    match &step.kind {
        StepKind::Modify(modify) => match modify.rows.get(at).map(|r| &r.target) {
            Some(Target::Header(name)) => {
                if name.eq_ignore_ascii_case("CamelHttpResponseCode") {
                    // From here on it is the flow's own, also where it says the same.
                    task.message.properties.shift_remove(PROPERTY_STATUS);
                }
                task.message.headers.set(name.as_str(), value);
            }
            Some(Target::Property(name)) => {
                task.message.properties.insert(name.clone(), value);
            }
            None => {
                let raw = matches!(value, Value::Bytes(_));
                let body = bytes(value);
                run.spend_for(&body)?;
                task.text = (!raw).then(|| body.clone());
                task.message.body = body;
            }
        },
        StepKind::WriteVariables(rows) => {
            let Some(row) = rows.get(at) else { return Err(failure::bug("a value belongs to no row")) };
            let name = text(run, task, &row.name)?;
            if name.is_empty() {
                return Err(Failure::permanent("X0104", "the name of the variable is empty"));
            }
            task.rows.push(Change::SetVariable {
                scope: row.scope.clone(),
                name,
                value,
                updated: run.now,
                expires: run.now.plus(run.start.keep.variables),
            });
        }
        _ => return Err(failure::bug("a value belongs to no step")),
    }
    Ok(())
}

/// Removes a header or property, or all that fit a pattern, except those that fit one of `keep`.
fn delete(task: &mut Task, target: &Target, keep: &[String]) {
    match target {
        Target::Header(name) if name.contains('*') || !keep.is_empty() => {
            let stays = |n: &str| !glob::fits_header(name, n) || keep.iter().any(|k| glob::fits_header(k, n));
            task.message.headers.retain(|n, _| stays(n));
        }
        Target::Header(name) => drop(task.message.headers.remove(name)),
        Target::Property(name) if name.contains('*') || !keep.is_empty() => {
            let stays = |n: &str| !glob::fits(name, n) || keep.iter().any(|k| glob::fits(k, n));
            task.message.properties.retain(|n, _| stays(n));
        }
        Target::Property(name) => drop(task.message.properties.shift_remove(name)),
    }
}

/// Converters and coders. A ZIP has a name for its entry: header `CamelFileName`, else the message id.
pub(super) fn convert_body(run: &mut Run, task: &mut Task, conversion: &Conversion) -> Move {
    let made = match conversion {
        Conversion::Zip(Coding::Encode) => {
            let named = task.message.headers.get("CamelFileName").map(Value::to_string).filter(|n| !n.is_empty());
            convert::zip(&named.unwrap_or_else(|| run.start.message_id.to_string()), &task.message.body)
        }
        Conversion::Zip(Coding::Decode) => convert::unzip(&task.message.body).map(|(name, body)| {
            task.message.headers.set("CamelFileName", name);
            body
        }),
        conversion => convert::convert(conversion, &task.message.body),
    };
    replace(run, task, made)
}

fn resolve(run: &mut Run, task: &Task, step: &Step, source: &Source) -> Result<Resolved, Failure> {
    if let Source::NumberRange { name, correlation } = source {
        return number::ask(run, task, step, name, correlation.as_ref());
    }
    let scope = task.scope(run);
    let value = match source {
        Source::Constant(value) => value.clone(),
        Source::Expression(template) => template.value(&scope).map_err(failure::expression)?,
        Source::XPath(xpath) => xpath.value(&scope).map_err(failure::expression)?,
        Source::JsonPath(path) => path.value(&task.message.body).map_err(failure::expression)?,
        Source::Header(name) => task.message.headers.get(name).cloned().unwrap_or_default(),
        Source::Property(name) => task.message.properties.get(name).cloned().unwrap_or_default(),
        Source::Variable { scope: whose, name, default } => {
            let name = name.text(&scope).map_err(failure::expression)?;
            let unit = task.unit().and_then(|id| run.units.get(&id));
            match unit.and_then(|u| u.variable(whose, &name)) {
                Some(value) => value.clone(),
                None => {
                    let question = Question::Variable { scope: whose.clone(), name };
                    return Ok(Resolved::Ask(question, Then::Variable(default.clone())));
                }
            }
        }
        Source::NumberRange { .. } => return Err(failure::bug("a number is not asked for")),
    };
    Ok(Resolved::Value(value))
}

/// The value as the kind that the row asks for; nothing stays nothing.
fn as_kind(value: Value, kind: ValueKind) -> Result<Value, Failure> {
    let wrong = |value: &Value, what: &str| {
        let shown = failure::cut(value.to_string(), 100);
        Failure::permanent("X0102", format!("`{shown}` is not {what}"))
    };
    Ok(match (kind, value) {
        (ValueKind::Any, value) | (_, value @ Value::Null) => value,
        (ValueKind::Text, value @ Value::Text(_)) => value,
        (ValueKind::Text, value) => Value::Text(value.to_string()),
        (ValueKind::Int, value @ Value::Int(_)) => value,
        #[expect(clippy::cast_possible_truncation, reason = "the range was checked")]
        (ValueKind::Int, Value::Float(n)) if n.fract() == 0.0 && n.abs() < 9e15 => Value::Int(n as i64),
        (ValueKind::Int, value) => {
            value.to_string().trim().parse().map(Value::Int).map_err(|_| wrong(&value, "a whole number"))?
        }
        (ValueKind::Float, value @ Value::Float(_)) => value,
        (ValueKind::Float, value) => {
            value.to_string().trim().parse().map(Value::Float).map_err(|_| wrong(&value, "a number"))?
        }
        (ValueKind::Bool, value @ Value::Bool(_)) => value,
        (ValueKind::Bool, value) => match value.to_string().trim().to_ascii_lowercase().as_str() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            _ => return Err(wrong(&value, "true or false")),
        },
    })
}

/// A value as a body.
pub(super) fn bytes(value: Value) -> Bytes {
    match value {
        Value::Bytes(bytes) => bytes,
        Value::Text(text) => text.into(),
        other => other.to_string().into(),
    }
}
