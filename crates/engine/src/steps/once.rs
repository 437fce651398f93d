//! What exactly-once flows write into queues and data stores: once per message, however often the message is processed,
//! because the commit that writes it also says so.

use base::DeliveryId;
use store::{Change, DeliveryRecord, NewEntry};

use crate::Note;
use crate::run::Run;
use crate::task::{Move, Task};
use crate::then::Then;
use crate::{Effect, failure};

/// A write that a step is about to make.
pub(super) enum Write {
    /// Nothing is known of it afterwards, and each run makes it.
    Plain,
    /// It was not made yet.
    New(DeliveryId),
    /// This run or one before has made it.
    Made(DeliveryId),
}

impl Write {
    /// What is known of a write. A run whose message no further run has is not asked twice for anything.
    pub(super) fn of(run: &mut Run, task: &Task, step: &str) -> Self {
        if !run.start.flow.quality.keeps_outcomes() || !task.identity().is_stable() {
            return Write::Plain;
        }
        let record = run.ledger.record(task, step);
        let id = task.identity().delivery(&record, step);
        let made = run.start.settled.contains(&id) || run.units.values().any(|unit| unit.made(id));
        if !made {
            return Write::New(id);
        }
        run.out.notes.push(Note::Delivery(Box::new(DeliveryRecord {
            message: run.start.message_id.clone(),
            flow: run.start.flow.name.clone(),
            delivery: id,
            receiver: step.to_owned(),
            record,
            attempt: 1,
            at: run.now,
            outcome: "skipped".to_owned(),
            error: None,
            class: None,
            http_status: None,
            excerpt: None,
        })));
        Write::Made(id)
    }

    /// The id of its entry where its author gives none: a further run gives the same.
    pub(super) fn entry_id(&self, run: &mut Run) -> String {
        match self {
            Write::Plain => run.entry_id(),
            Write::New(id) | Write::Made(id) => id.to_string(),
        }
    }

    /// Makes it: in the unit of work of its process, or at once.
    pub(super) fn put(self, run: &mut Run, task: &Task, entry: NewEntry) -> Move {
        let put = Change::Put(Box::new(entry));
        match self {
            Write::Plain => super::durable(run, task, vec![put]),
            Write::Made(_) => Move::Next,
            Write::New(id) => {
                let mut changes = vec![put];
                changes.extend(run.ledger.written(&task.identity().recorded_under, id, run.now));
                let Some(unit) = task.unit() else {
                    return run.emit(task.id, Effect::Commit(changes), Then::Written(id));
                };
                let Some(unit) = run.units.get_mut(&unit) else {
                    return Move::Fail(failure::bug("a unit of work is gone"));
                };
                unit.make(id, changes).map_or_else(Move::Fail, |()| Move::Next)
            }
        }
    }
}
