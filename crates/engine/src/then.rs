//! What a task waits for, and how it goes on when the outcome comes back.

use base::{DeliveryId, Value};

use crate::Done;
use crate::steps::{AskedNumber, Draw, Pages, Selecting, Sending};
use crate::unit::UnitId;

/// How a task goes on when an outcome comes back.
#[derive(Debug)]
pub(crate) enum Then {
    /// A durable step committed at once.
    Stepped,
    /// A write of an exactly-once flow committed at once.
    Written(DeliveryId),
    /// A unit of work committed at the end of its process.
    UnitEnd(UnitId),
    /// A number was drawn.
    Draw(Box<Draw>),
    /// The intent to send is durable.
    Intent(Box<Sending>),
    /// A variable; with the value to use where there is none.
    Variable(Option<Value>),
    /// A number range.
    Number(Box<AskedNumber>),
    /// The numbers that the run drew are durable: now the step may begin, or the process end.
    Kept {
        /// Whether the process ends.
        leave: bool,
    },
    /// Data store get.
    Get,
    /// Data store select, with what it knows already.
    Select(Box<Selecting>),
    /// Idempotent process call for this id.
    Once(String),
    /// What became of an entry's deliveries before: then its task begins, or goes on after the step that picked it.
    Settled {
        /// Whether the task is yet to begin.
        begin: bool,
    },
    /// A script.
    Script,
    /// A stylesheet or validation.
    Work,
    /// A request; with its address where cookies of the answer are kept.
    Request(String),
    /// The next page of an answer.
    Page(Box<Pages>),
    /// A best-effort send.
    Send,
    /// An exactly-once send.
    Delivery(Box<Sending>),
    /// Another flow.
    Flow,
}

impl Then {
    /// Whether an outcome is of the kind that this waits for.
    pub(crate) fn fits(&self, done: &Done) -> bool {
        match self {
            Then::Stepped
            | Then::Kept { .. }
            | Then::Written(_)
            | Then::UnitEnd(_)
            | Then::Draw(_)
            | Then::Intent(_) => {
                matches!(done, Done::Committed(_))
            }
            Then::Variable(_)
            | Then::Number(_)
            | Then::Get
            | Then::Select(_)
            | Then::Once(_)
            | Then::Settled { .. } => {
                matches!(done, Done::Asked(_))
            }
            Then::Script => matches!(done, Done::Scripted(_)),
            Then::Work => matches!(done, Done::Worked(_)),
            Then::Request(_) | Then::Page(_) | Then::Send | Then::Delivery(_) => matches!(done, Done::Called(_)),
            Then::Flow => matches!(done, Done::FlowCalled { .. }),
        }
    }
}
