//! The one place through which everything durable goes; it wakes who may now have something to do.

use store::{Change, CommitError};

use crate::alert;
use crate::run::Context;
use crate::runtime::Shared;

impl Shared {
    /// Commits, and then rings for each place that got something to take.
    ///
    /// A `Reschedule` does not name its place: who reschedules an entry rings for it.
    pub(crate) async fn commit(&self, changes: Vec<Change>) -> Result<(), CommitError> {
        self.commit_by(changes, None).await
    }

    /// The same for a run, which knows the entry that started it.
    pub(crate) async fn commit_by(&self, changes: Vec<Change>, run: Option<&Context>) -> Result<(), CommitError> {
        // In a box: runs call each other deeply, and each holds the futures of its commits.
        let changes = Box::pin(alert::with(self, changes, run)).await?;
        let mut wake = Vec::new();
        for change in &changes {
            match change {
                Change::Put(new) | Change::ParkAgain(new) => wake.push(new.place.clone()),
                Change::Move { to, .. } => wake.push(to.clone()),
                Change::StopPlace { place, stopped: false } | Change::StopInterface { place, stopped: false, .. } => {
                    wake.push(place.clone());
                }
                _ => {}
            }
        }
        let committed = self.options.store.commit(changes).await;
        self.health.learn(&committed);
        committed?;
        wake.dedup();
        for place in &wake {
            self.hub.ring(place);
        }
        Ok(())
    }
}
