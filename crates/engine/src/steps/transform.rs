//! The step `xslt`: the engine chooses the stylesheet; it runs outside, as a script does, because it may take long.

use std::sync::Arc;

use base::Failure;
use flow::{Mapping, Transform};
use xslt::{Input, Limits};

use crate::run::{Run, Then};
use crate::task::{Move, Task};
use crate::{Effect, Scripted, TransformEffect};

pub(super) fn transform(run: &mut Run, task: &Task, how: &Transform) -> Move {
    let mapping = match choose(task, how) {
        Ok(mapping) => mapping,
        Err(text) => return Move::Fail(Failure::permanent("T0003", text)),
    };
    let effect = TransformEffect {
        mapping,
        message: task.message.clone(),
        message_id: run.start.message_id.clone(),
        flow: run.start.flow.name.clone(),
        now: run.now,
    };
    run.emit(task.id, Effect::Transform(Box::new(effect)), Then::Script)
}

fn choose(task: &Task, how: &Transform) -> Result<Arc<Mapping>, String> {
    match how {
        Transform::File(mapping) => Ok(Arc::clone(mapping)),
        Transform::Header(by) => match task.message.headers.get(&by.header) {
            Some(name) => by.find(&name.to_string()).map(|mapping| Arc::new(mapping.clone())),
            None => Err(format!("the header {} should name a stylesheet, but it is not set", by.header)),
        },
    }
}

/// Runs a stylesheet: what the effect [`Effect::Transform`] asks for. Pure, but it may take seconds.
///
/// # Errors
/// A permanent failure with the stylesheet's file and line.
pub fn perform(effect: TransformEffect) -> Result<Scripted, Failure> {
    let TransformEffect { mapping, mut message, message_id, flow, now } = effect;
    let scope = expr::Scope { message: &message, message_id: &message_id, flow: &flow, now, exception: None };
    let input = Input { scope, limits: Limits::default() };
    let output = mapping.stylesheet.apply(&input).map_err(|error| Failure::permanent("T0002", error.text))?;
    message.body = output.body.into();
    for (name, value) in output.headers {
        message.headers.set(&name, value);
    }
    for (name, value) in output.properties {
        message.properties.insert(name, value.into());
    }
    Ok(Scripted { message, body_is_text: false, headers: Vec::new(), attachments: Vec::new() })
}
