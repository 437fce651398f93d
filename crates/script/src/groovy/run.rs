//! One call of a script: from the message to what the script left.

use std::rc::Rc;
use std::sync::Arc;

use ::groovy::{Interpreter, ParseError, Program, ScriptException, Thrown, Value, class_of, text};

use super::message::{Sheet, SheetObject};
use super::programs::Programs;
use super::stack;
use super::world::World;
use crate::timer::Timer;
use crate::{Invocation, ScriptError, ScriptErrorKind, ScriptOutput};

/// The longest message and the longest trace that are kept, in bytes.
const MAX_TEXT: usize = 16 << 10;
/// Calls inside calls.
pub(crate) const MAX_DEPTH: u32 = 2_000;

/// Runs a call.
pub(super) fn run(call: Invocation<'_>, programs: &Programs) -> Result<ScriptOutput, ScriptError> {
    let (alone, function, time) = (call.companions.is_empty(), call.function, call.limits.time);
    let timer = Rc::new(Timer::begun(time));
    let parsed = programs.get(call.path, call.source, call.companions).map_err(|(path, e)| unreadable(&path, &e))?;
    let program = &parsed.program;
    if !program.has_function(function) {
        return Err(ScriptError::missing(format!("{} has no function `{function}`", program.name)));
    }
    let limits = ::groovy::Limits {
        steps: call.limits.steps,
        memory: call.limits.memory as u64,
        call_depth: MAX_DEPTH,
        stack: stack::of_script(call.limits),
    };
    let services = Arc::clone(call.services);
    let sheet = Rc::new(Sheet::of(call));
    let world = World::new(Rc::clone(&sheet), services, Rc::clone(&timer));
    let mut it = Interpreter::new(program, limits, Box::new(world));
    let message = Value::object(SheetObject::new(Rc::clone(&sheet)));
    let returned = it.call(function, vec![message]);
    let left = match returned {
        Ok(v) if v.is_null() || v.downcast::<SheetObject>().is_some() => Ok(sheet.output(&mut it)),
        Ok(v) => Ok(Err(Thrown::Exception(::groovy::exception(
            "java.lang.ClassCastException",
            Value::str(format!(
                "`{function}` has to return the message that it was given, not an object of {}",
                class_of(&v)
            )),
        )))),
        Err(_) if timer.hit() => Err(ScriptError::too_long(time)),
        Err(e) => Err(explain(program, alone, &e)),
    };
    parsed.history.note(it.steps());
    // The message may hold itself.
    sheet.clear();
    left?.map_err(|thrown| match thrown {
        Thrown::Limit(_) if timer.hit() => ScriptError::too_long(time),
        Thrown::Limit(message) => ScriptError::limit(message),
        Thrown::Exception(v) => {
            let message = match &v {
                Value::Exception(e) => text(&e.message),
                v => text(v),
            };
            ScriptError {
                message: shortened(message),
                place: Some(program.name.clone()),
                trace: format!("{}\n", program.name),
                kind: ScriptErrorKind::Threw,
            }
        }
    })
}

pub(crate) fn unreadable(path: &str, e: &ParseError) -> ScriptError {
    ScriptError {
        message: shortened(format!("{path} line {} column {}: {}", e.line, e.col, e.message)),
        place: None,
        trace: shortened(format!("{path}:{}:{}\n{}", e.line, e.col, e.snippet)),
        kind: ScriptErrorKind::Threw,
    }
}

/// A failure in words: the exception's own message for the operator, place and calls for the author.
pub(crate) fn explain(program: &Program, alone: bool, e: &ScriptException) -> ScriptError {
    match e.class.as_str() {
        "Limit" => return ScriptError::limit(e.message.clone()),
        "java.lang.StackOverflowError" => {
            return ScriptError::limit("the calls of the script are nested too deeply".to_owned());
        }
        _ => {}
    }
    let message = if e.message.is_empty() || e.message == "null" { &e.class } else { &e.message };
    let place = place(program, alone, e);
    let path = &program.name;
    let mut trace = format!("{}: {}\n  at {path} line {}", e.class, e.message, e.line);
    for call in &e.trace {
        let (function, line) = call.rsplit_once(':').unwrap_or((call, ""));
        trace.push_str(&format!("\n  in {function} line {line}"));
    }
    if let Some(help) = help(e) {
        trace.push_str(&format!("\n  help: {help}"));
    }
    let message = shortened(message.clone());
    ScriptError { message, place: Some(place), trace: shortened(trace), kind: ScriptErrorKind::Threw }
}

/// File and line, or method and line where the method is one of a class that another file may have.
fn place(program: &Program, alone: bool, e: &ScriptException) -> String {
    let method = e.trace.first().and_then(|call| call.rsplit_once(':')).map(|(method, _)| method);
    match method.filter(|m| !alone && !program.functions().iter().any(|f| f == m)) {
        Some(method) => format!("{method}, line {}", e.line),
        None => format!("{}:{}", program.name, e.line),
    }
}

/// What the author can do about something that is missing.
fn help(e: &ScriptException) -> Option<&'static str> {
    let missing =
        matches!(e.class.as_str(), "groovy.lang.MissingMethodException" | "groovy.lang.MissingPropertyException")
            || e.message.starts_with("unable to resolve class")
            || e.message.starts_with("Could not find matching constructor");
    missing.then_some(
        "scripts run without a Java virtual machine; what the library here lacks has to be written another way",
    )
}

pub(crate) fn shortened(mut text: String) -> String {
    if text.len() > MAX_TEXT {
        let end = (0..=MAX_TEXT).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
        text.truncate(end);
    }
    text
}
