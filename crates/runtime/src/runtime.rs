//! The runtime: a handle on everything that runs.

use std::sync::Arc;
use std::time::Duration;

use flow::Flow;

use crate::{Ops, Options};

/// A running Semel. A cheap handle; all clones are the same.
#[derive(Clone)]
pub struct Runtime {}

/// A flow that could not be started beside the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeployProblem {
    /// Flow.
    pub flow: String,
    /// Why, one sentence (address or path taken by another flow, ...).
    pub text: String,
}

#[expect(clippy::unused_async, clippy::missing_errors_doc, reason = "filled in")]
impl Runtime {
    /// Recovers what the process before left and starts the sweeper; no flow runs yet.
    pub async fn start(options: Options) -> Result<Runtime, store::StoreError> {
        let _ = options;
        Ok(Runtime {})
    }

    /// Makes exactly these flows run: new ones start, changed ones are exchanged between messages, missing ones stop.
    /// Runs in progress end with the version that they began with.
    pub async fn deploy(&self, flows: Vec<Arc<Flow>>) -> Vec<DeployProblem> {
        let _ = flows;
        Vec::new()
    }

    /// What operators can ask and do.
    #[must_use]
    pub fn ops(&self) -> Ops {
        Ops { runtime: self.clone() }
    }

    /// Takes nothing new, waits for runs in progress at most `drain` real time, then stops the rest
    /// (their messages become ABANDONED, or wait again where they were durable). Flushes the message log.
    pub async fn shutdown(&self, drain: Duration) {
        let _ = drain;
    }
}
