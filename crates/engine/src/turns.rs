//! What only one task of a run may be at: an idempotent call of one id, and an entry that a select picked.
//!
//! The runtime's locks keep other runs away. They belong to a run as a whole, so its own tasks take turns here.

use std::collections::{BTreeMap, BTreeSet};

use base::EntryKey;

use crate::run::Run;
use crate::task::{Back, Move, Task, TaskId};

/// What tasks of a run are at.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    /// Idempotent calls that are asked about or made, by step and id.
    calls: BTreeMap<(String, String), TaskId>,
    /// Tasks that wait for one of them to be over.
    waiting: Vec<TaskId>,
    /// Entries that are picked and processed one by one.
    picked: BTreeSet<EntryKey>,
}

impl Turns {
    /// An entry is picked: until it is put back no other task picks it.
    pub(crate) fn pick(&mut self, key: EntryKey) {
        self.picked.insert(key);
    }

    /// Its processing is over.
    pub(crate) fn put_back(&mut self, key: EntryKey) {
        self.picked.remove(&key);
    }

    /// Entries that tasks are at.
    pub(crate) fn picked(&self) -> &BTreeSet<EntryKey> {
        &self.picked
    }
}

/// Takes the turn for an idempotent call. `false` where another task is at the same, or has done it in a unit of work that
/// is still open: then the task begins its step again when that may be over.
///
/// A task that is inside such a call never waits, and one that has done one in its own unit waits for no other unit: two
/// that wait for each other would do so for ever.
pub(crate) fn take(run: &mut Run, task: &Task, step: &str, id: &str) -> bool {
    let name = (step.to_owned(), id.to_owned());
    let taken = run.turns.calls.get(&name).is_some_and(|holder| *holder != task.id);
    let pending = run.units.values().any(|unit| unit.once(step, id));
    let pending = pending && !run.units_of(task).any(|unit| unit.has_once());
    if (taken || pending) && !is_inside(run, task) {
        run.turns.waiting.push(task.id);
        return false;
    }
    run.turns.calls.entry(name).or_insert(task.id);
    true
}

/// Whether a task is inside an idempotent call.
fn is_inside(run: &Run, task: &Task) -> bool {
    let mut at = Some(task);
    while let Some(task) = at {
        if task.frames.iter().any(|frame| matches!(frame.back, Back::Once { .. })) {
            return true;
        }
        at = task.parent.and_then(|(parent, _)| run.tasks.get(&parent));
    }
    false
}

/// Gives back the turns for calls that the task is not in any more.
pub(crate) fn give_back(run: &mut Run, task: &Task) {
    let before = run.turns.calls.len();
    run.turns.calls.retain(|(_, id), holder| {
        let inside = |back: &Back| matches!(back, Back::Once { id: of, .. } if of == id);
        *holder != task.id || task.frames.iter().any(|frame| inside(&frame.back))
    });
    if run.turns.calls.len() < before {
        wake(run);
    }
}

/// Lets all that wait look again.
pub(crate) fn wake(run: &mut Run) {
    for task in std::mem::take(&mut run.turns.waiting) {
        run.ready.push_back((task, Move::Begin));
    }
}
