//! The failures that the engine itself makes, and how a failure looks to the flow that handles it.

use base::{Class, Failure, Message, Value};
use expr::{EvalError, ExceptionInfo};
use flow::Flow;
use store::CommitError;

use crate::delivery::PROPERTY_STATUS;

/// Most bytes of a failure's text that are stored with an entry.
const MAX_STORED: usize = 2_000;
/// Most bytes of a receiver's answer that are kept with an attempt.
const MAX_EXCERPT: usize = 1_000;

/// An expression gave no value.
pub(crate) fn expression(error: EvalError) -> Failure {
    Failure::permanent("X0101", error.0)
}

/// A commit changed nothing.
pub(crate) fn commit(error: CommitError) -> Failure {
    match error {
        CommitError::Duplicate(what) => {
            Failure::permanent("X0303", format!("DuplicateEntryException: {what} exists already"))
        }
        other => Failure::transient("X0305", other.to_string()),
    }
}

/// The run met something that a checked flow and a correct runtime never show.
pub(crate) fn bug(text: impl Into<String>) -> Failure {
    Failure::new(Class::Bug, "X0901", text)
}

/// What an exception subprocess sees.
pub(crate) fn info(failure: &Failure) -> ExceptionInfo {
    let mut trace = format!("{failure}\n\tat step {} ({})", failure.step, failure.class.as_str());
    if let Some(status) = failure.http_status {
        trace.push_str(&format!("\n\treceiver answered {status}"));
    }
    if let Some(excerpt) = &failure.excerpt {
        trace.push_str("\n\t");
        trace.push_str(excerpt);
    }
    ExceptionInfo { message: said(failure), stacktrace: trace }
}

/// The failure in the words of `${exception.message}`. Of an answer that says no these are SAP's, because scripts and
/// conditions look into them for the status.
fn said(failure: &Failure) -> String {
    let answered = matches!(failure.code.as_str(), "C0004" | "C0005" | "C0006" | "C0009");
    match (failure.http_status.filter(|_| answered), failure.text.split_once(" answered ")) {
        (Some(status), Some((call, _))) => {
            let address = call.rsplit(' ').next().unwrap_or(call);
            format!("HTTP operation failed invoking {address} with statusCode: {status}")
        }
        _ => failure.text.clone(),
    }
}

/// The class of the exception that a Groovy script threw, where it was one: the first word of its trace. Classes that
/// scripts define have no package.
pub(crate) fn thrown(failure: &Failure) -> Option<String> {
    let trace = failure.excerpt.as_deref().filter(|_| failure.code == "J0001")?;
    let (class, _) = trace.lines().next()?.split_once(": ")?;
    let is_class = class.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && class.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '$'));
    is_class.then(|| class.to_owned())
}

/// The failure as it is stored with an entry: code and text, cut where it is long.
pub(crate) fn stored(failure: &Failure) -> String {
    cut(failure.to_string(), MAX_STORED)
}

/// The beginning of the receiver's answer, as it is kept with an attempt.
pub(crate) fn excerpt(failure: &Failure) -> Option<String> {
    failure.excerpt.clone().map(|text| cut(text, MAX_EXCERPT))
}

/// The text, cut to at most `max` bytes at a character border.
pub(crate) fn cut(mut text: String, max: usize) -> String {
    if text.len() > max {
        let border = (0..=max).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(border);
    }
    text
}

/// Tells the flow about the failure that its exception subprocess handles.
pub(crate) fn show(message: &mut Message, flow: &Flow, failure: &Failure) {
    message.properties.insert("CamelExceptionCaught".to_owned(), Value::Text(said(failure)));
    let element = flow.step_named(&failure.step).map(|s| s.element.as_str()).filter(|id| !id.is_empty());
    let step = element.unwrap_or(&failure.step);
    message.properties.insert("SAP_ErrorModelStepID".to_owned(), step.into());
    if let Some(status) = failure.http_status {
        let status = Value::Int(i64::from(status));
        message.headers.set("CamelHttpResponseCode", status.clone());
        message.properties.insert(PROPERTY_STATUS.to_owned(), status);
        let excerpt = failure.excerpt.as_deref().unwrap_or("");
        message.properties.insert("SemelResponseBody".to_owned(), excerpt.into());
    }
}
