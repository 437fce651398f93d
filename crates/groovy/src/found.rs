//! What the class names of a script stand for: found once, for all runs of its program.
use crate::program::Program;
use crate::token::{ByName, Name};
use std::sync::{Arc, Mutex, PoisonError};

/// So many names are kept for further runs: names may come from data, too.
const MAX: usize = 1_000;

/// Full names by the names that a script uses; `None` where a name is no class.
type Names = ByName<Option<Name>>;

/// What the runs of a program found so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shared(Arc<Mutex<Arc<Names>>>);

/// What one run knows.
pub(crate) struct Found {
    before: Arc<Names>,
    own: Names,
    /// Whether classes came up that other runs do not have.
    alone: bool,
}

impl Found {
    pub(crate) fn of(program: &Program) -> Found {
        let before = program.found.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Found { before, own: Names::default(), alone: false }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Option<Name>> {
        self.before.get(name).or_else(|| self.own.get(name))
    }

    pub(crate) fn insert(&mut self, name: &str, class: Option<Name>) {
        self.own.insert(name.into(), class);
    }

    /// A class came up after this name was asked for.
    pub(crate) fn forget(&mut self, name: &str) {
        self.own.remove(name);
    }

    /// The script evaluated a source of its own: names may mean something else from here on.
    pub(crate) fn forget_all(&mut self) {
        (self.before, self.alone) = (Arc::default(), true);
        self.own.clear();
    }

    /// Gives what this run found to those that follow.
    pub(crate) fn share(&mut self, program: &Program) {
        if self.alone || self.own.is_empty() || self.before.len() + self.own.len() > MAX {
            return;
        }
        let mut all = Names::clone(&self.before);
        all.extend(self.own.drain());
        *program.found.0.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(all);
    }
}
