//! Doors: processes that stand between a channel and the process that it starts.
//!
//! A process of the model has one sender. Where SAP's has several, or where a message comes in an envelope, a small
//! process of its own takes the message, calls the real one, and gives its answer.

use expr::Template;
use flow::{
    Coding, Conversion, End, Modify, ModifyRow, Process, ProcessIx, ProcessKind, RowAction, Source, Step, StepKind,
    Target, Transaction, ValueKind, ValueSource,
};

use crate::channel::Entry;

/// Gives a process its sender; for the others, and for those with an envelope, processes that call it.
pub(crate) fn of(process: &mut Process, ix: ProcessIx, entries: Vec<Entry>) -> Vec<Process> {
    let mut doors = Vec::new();
    for entry in entries {
        if entry.envelope.is_none() && matches!(process.kind, ProcessKind::Local) {
            process.kind = ProcessKind::Integration(entry.channel);
        } else {
            let number = doors.len() + 1;
            doors.push(door(process, ix, number, entry));
        }
    }
    doors
}

fn door(process: &Process, ix: ProcessIx, number: usize, entry: Entry) -> Process {
    let kinds: Vec<(&str, StepKind)> = match entry.envelope {
        None => vec![("call", StepKind::Call(ix))],
        Some(answers) => {
            let last = if answers { StepKind::Convert(Conversion::Soap(Coding::Encode)) } else { empty() };
            let open = StepKind::Convert(Conversion::Soap(Coding::Decode));
            vec![("open", open), ("call", StepKind::Call(ix)), ("type", content_type()), ("close", last)]
        }
    };
    let name = format!("{} sender {number}", process.name);
    let count = kinds.len();
    let mut steps: Vec<Step> = Vec::with_capacity(count + 1);
    for (at, (what, kind)) in kinds.into_iter().enumerate() {
        let step = Step {
            name: format!("{name} {what}"),
            element: String::new(),
            kind,
            next: Some(at + 1),
            span: process.span.clone(),
        };
        steps.push(step);
    }
    let end = StepKind::End(End::Message);
    steps.push(Step {
        name: format!("{name} end"),
        element: String::new(),
        kind: end,
        next: None,
        span: process.span.clone(),
    });
    Process {
        name,
        kind: ProcessKind::Integration(entry.channel),
        transaction: Transaction::None,
        steps,
        start: Some(0),
        on_error: None,
        handles_parts: false,
        span: process.span.clone(),
    }
}

/// The answer of a one-way channel.
fn empty() -> StepKind {
    let nothing = ValueSource { from: Source::Expression(Template::literal("")), kind: ValueKind::Text };
    StepKind::Modify(Modify { rows: Vec::new(), body: Some(nothing) })
}

fn content_type() -> StepKind {
    let value = ValueSource { from: Source::Constant("text/xml; charset=utf-8".into()), kind: ValueKind::Any };
    let row = ModifyRow { target: Target::Header("Content-Type".to_owned()), action: RowAction::Create(value) };
    StepKind::Modify(Modify { rows: vec![row], body: None })
}
