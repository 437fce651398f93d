//! The steps `xslt` and `validate`: the engine chooses the stylesheet or schema; the work is done outside, as a script is
//! run, because it may take long.

use std::sync::Arc;

use base::{Failure, Message};
use flow::{Mapping, SchemaSource, Transform, Validate};
use xsd::Schema;
use xslt::{Input, Limits};

use super::text;
use crate::convert::xml;
use crate::run::Run;
use crate::task::{Move, Task};
use crate::then::Then;
use crate::{Effect, Job, Work, failure};

/// Where a validator tells what it found.
const RESULT: &str = "SAP_XmlValidationResult";
/// How many mistakes a failure names.
const MISTAKES: usize = 5;

/// XSLT mapping.
pub(super) fn transform(run: &mut Run, task: &Task, how: &Transform) -> Move {
    match stylesheet(task, how) {
        Ok(mapping) => ask(run, task, Job::Transform(mapping)),
        Err(text) => Move::Fail(Failure::permanent("T0003", text)),
    }
}

/// XML validator.
pub(super) fn validate(run: &mut Run, task: &Task, validate: &Validate) -> Move {
    match schema(run, task, &validate.schema) {
        Ok(schema) => ask(run, task, Job::Validate { schema, go_on: validate.go_on }),
        Err(failure) => Move::Fail(failure),
    }
}

fn ask(run: &mut Run, task: &Task, job: Job) -> Move {
    let work = Work {
        job,
        message: task.message.clone(),
        message_id: run.start.message_id.clone(),
        flow: run.start.flow.name.clone(),
        now: run.now,
    };
    run.emit(task.id, Effect::Work(Box::new(work)), Then::Work)
}

/// Goes on with the message that the work left.
pub(super) fn worked(task: &mut Task, result: Result<Message, Failure>) -> Move {
    match result {
        Ok(message) => {
            task.message = message;
            Move::Next
        }
        Err(failure) => Move::Fail(failure),
    }
}

fn stylesheet(task: &Task, how: &Transform) -> Result<Arc<Mapping>, String> {
    match how {
        Transform::File(mapping) => Ok(Arc::clone(mapping)),
        Transform::Header(by) => match task.message.headers.get(&by.header) {
            Some(name) => by.find(&name.to_string()).map(|mapping| Arc::new(mapping.clone())),
            None => Err(format!("the header {} should name a stylesheet, but it is not set", by.header)),
        },
    }
}

fn schema(run: &Run, task: &Task, source: &SchemaSource) -> Result<Arc<Schema>, Failure> {
    let (template, schemas) = match source {
        SchemaSource::Fixed(schema) => return Ok(Arc::clone(schema)),
        SchemaSource::Named(template, schemas) => (template, schemas),
    };
    let path = text(run, task, template)?;
    let name = path.rsplit('/').next().unwrap_or("").trim();
    match schemas.get(name) {
        Some(Ok(schema)) => Ok(Arc::clone(schema)),
        Some(Err(why)) => Err(Failure::permanent("K0010", format!("the schema `{name}` cannot be used: {why}"))),
        None => {
            let name = failure::cut(path, 100);
            Err(Failure::permanent("K0010", format!("there is no schema `{name}` in the artifact")))
        }
    }
}

/// Does what the effect [`Effect::Work`] asks for, and gives the message as it is afterwards. Pure, but it may take
/// seconds.
///
/// # Errors
/// A permanent failure: a stylesheet's, with its file and line, or what is wrong with the body.
pub fn perform(work: Work) -> Result<Message, Failure> {
    match &work.job {
        Job::Transform(mapping) => {
            let Work { message, message_id, flow, now, .. } = &work;
            let scope = expr::Scope { message, message_id, flow, now: *now, exception: None };
            let input = Input { scope, limits: Limits::default() };
            let output = mapping.stylesheet.apply(&input).map_err(|error| Failure::permanent("T0002", error.text))?;
            let mut message = work.message;
            message.body = output.body.into();
            for (name, value) in output.headers {
                message.headers.set(&name, value);
            }
            for (name, value) in output.properties {
                message.properties.insert(name, value.into());
            }
            Ok(message)
        }
        Job::Validate { schema, go_on } => {
            let mistakes = mistakes(schema, &work.message)?;
            let mut message = work.message;
            if mistakes.is_empty() {
                message.properties.shift_remove(RESULT);
            } else if *go_on {
                message.properties.insert(RESULT.to_owned(), mistakes.join("\n").into());
            } else {
                let some = mistakes.iter().take(MISTAKES).map(String::as_str).collect::<Vec<_>>().join("; ");
                let more = if mistakes.len() > MISTAKES { "; ..." } else { "" };
                let text = format!("the body does not fit its schema: {some}{more}");
                return Err(Failure::permanent("K0010", text));
            }
            Ok(message)
        }
    }
}

/// The mistakes of the body.
fn mistakes(schema: &Schema, message: &Message) -> Result<Vec<String>, Failure> {
    let body = xml::utf8(&message.body)?;
    let document = std::str::from_utf8(&body).map_err(|e| xml::malformed(&body, e.valid_up_to(), "not UTF-8 text"))?;
    Ok(schema.validate(document).err().unwrap_or_default().iter().map(ToString::to_string).collect())
}
