//! The runtime: a handle on everything that runs.

use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use arc_swap::ArcSwap;
use base::Timestamp;
use flow::{Flow, LogLevel};
use store::PlaceKind;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::alert::Watch;
use crate::calling::Stops;
use crate::circuit::Circuits;
use crate::deploy::{Deployed, FlowState};
use crate::health::{self, Health};
use crate::locks::Locks;
use crate::unsaved::Unsaved;
use crate::wake::Hub;
use crate::{Ops, Options, alert, reconcile, sweep};

/// How long runs that were told to stop may take to do so.
const STOPPING: Duration = Duration::from_secs(10);

/// A running Semel. A cheap handle; all clones are the same.
#[derive(Clone)]
pub struct Runtime {
    pub(crate) shared: Arc<Shared>,
}

/// A flow that could not be started beside the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeployProblem {
    /// Flow.
    pub flow: String,
    /// Why, one sentence (address or path taken by another flow, ...).
    pub text: String,
}

/// What all parts of a runtime share.
pub(crate) struct Shared {
    /// The world.
    pub options: Options,
    /// What is deployed; replaced as a whole.
    pub deployed: ArcSwap<Deployed>,
    /// Whether the store can be written.
    pub health: Health,
    /// One deploy at a time; how many there were.
    pub deploying: tokio::sync::Mutex<u64>,
    /// Switches and counters of flows, kept over deploys.
    pub states: Mutex<HashMap<String, Arc<FlowState>>>,
    /// Bells and activity.
    pub hub: Arc<Hub>,
    /// When it is looked for alerts again.
    pub watch: Watch,
    /// Receivers that were stopped.
    pub stops: Stops,
    /// Receivers that are down.
    pub circuits: Circuits,
    /// Outcomes that the store could not take yet.
    pub unsaved: Unsaved,
    /// Locks of runs.
    pub locks: Arc<Locks>,
    /// Runs at once.
    pub gate: Arc<Semaphore>,
    /// Scripts that hang and are waited for no more: each holds one more reference.
    pub left_behind: Arc<()>,
    /// Keyed requests that are being processed: flow and key.
    pub in_door: Mutex<HashSet<(String, String)>>,
    /// Log levels that operators set for a while.
    pub levels: RwLock<HashMap<String, (LogLevel, Timestamp)>>,
    /// Dispatchers claim as readers; an operator's action on entries is the writer, so that no entry that it looked
    /// at is taken before it has acted. Stopping a place is one too: one at a time, with what is learnt of it.
    pub claims: tokio::sync::RwLock<()>,
    /// Take nothing new.
    pub stop: CancellationToken,
    /// Stop what runs.
    pub kill: CancellationToken,
    /// Drop everything at once, as a crash does (scenarios).
    pub dead: CancellationToken,
    /// All tasks.
    pub tasks: TaskTracker,
    /// When the next sweep is due.
    pub next_sweep: Mutex<Timestamp>,
}

impl Shared {
    /// Starts a task that counts as activity until it ends.
    pub(crate) fn spawn<T: Send + 'static>(
        self: &Arc<Self>,
        task: impl Future<Output = T> + Send + 'static,
    ) -> tokio::task::JoinHandle<Option<T>> {
        let busy = self.hub.activity().enter();
        let dead = self.dead.clone();
        self.tasks.spawn(async move {
            let _busy = busy;
            tokio::select! {
                biased;
                () = dead.cancelled() => None,
                done = task => Some(done),
            }
        })
    }

    /// Starts a dispatcher: a task that says itself when it is busy.
    pub(crate) fn spawn_dispatcher(self: &Arc<Self>, task: impl Future<Output = ()> + Send + 'static) {
        let dead = self.dead.clone();
        self.tasks.spawn(async move {
            tokio::select! {
                biased;
                () = dead.cancelled() => {}
                () = task => {}
            }
        });
    }

    /// The log level in force for a flow.
    pub(crate) fn log_level(&self, flow: &Flow) -> LogLevel {
        let levels = self.levels.read().unwrap_or_else(PoisonError::into_inner);
        match levels.get(&flow.name) {
            Some((level, until)) if *until > self.options.clock.now() => *level,
            _ => flow.log_level,
        }
    }
}

impl Runtime {
    /// Recovers what the process before left and starts the sweeper; no flow runs yet.
    ///
    /// # Errors
    /// The store cannot be read or written.
    pub async fn start(options: Options) -> Result<Runtime, store::StoreError> {
        let now = options.clock.now();
        let recovered = options.store.recover(now).await?;
        if !recovered.taken.is_empty() {
            tracing::warn!(
                entries = recovered.taken.len(),
                "entries were being processed when Semel ended; they wait again"
            );
        }
        options.log.recover(now).await?;
        let stopped = options.store.stopped_flows().await?;
        let states = stopped.into_iter().map(|name| (name, Arc::new(FlowState::new(true)))).collect();
        let stops = Stops::default();
        stops.learn(options.store.places(Some(PlaceKind::Delivery), now).await?);
        let permits = options.max_runs.clamp(1, Semaphore::MAX_PERMITS);
        let shared = Arc::new(Shared {
            deployed: ArcSwap::default(),
            health: Health::default(),
            deploying: tokio::sync::Mutex::default(),
            states: Mutex::new(states),
            hub: Arc::default(),
            watch: Watch::default(),
            stops,
            circuits: Circuits::default(),
            unsaved: Unsaved::default(),
            locks: Arc::default(),
            gate: Arc::new(Semaphore::new(permits)),
            left_behind: Arc::default(),
            in_door: Mutex::default(),
            levels: RwLock::default(),
            claims: tokio::sync::RwLock::default(),
            stop: CancellationToken::new(),
            kill: CancellationToken::new(),
            dead: CancellationToken::new(),
            tasks: TaskTracker::new(),
            next_sweep: Mutex::new(now),
            options,
        });
        health::start(&shared);
        let compared = reconcile::start(&shared);
        sweep::start(&shared, compared);
        alert::start(&shared);
        Ok(Runtime { shared })
    }

    /// Makes exactly these flows run: new ones start, changed ones are exchanged between messages, missing ones stop.
    /// Runs in progress end with the version that they began with.
    pub async fn deploy(&self, flows: Vec<Arc<Flow>>) -> Vec<DeployProblem> {
        crate::deploy::deploy(&self.shared, flows).await
    }

    /// What operators can ask and do.
    #[must_use]
    pub fn ops(&self) -> Ops {
        Ops { runtime: self.clone(), by: "an operator".into() }
    }

    /// Takes nothing new, waits for runs in progress at most `drain` real time, then stops the rest
    /// (their messages become ABANDONED, or wait again where they were durable). Flushes the message log.
    pub async fn shutdown(&self, drain: Duration) {
        let shared = &self.shared;
        shared.stop.cancel();
        shared.tasks.close();
        if tokio::time::timeout(drain, shared.tasks.wait()).await.is_err() {
            shared.kill.cancel();
            if tokio::time::timeout(STOPPING, shared.tasks.wait()).await.is_err() {
                tracing::error!(tasks = shared.tasks.len(), "some runs could not be stopped");
                shared.dead.cancel();
            }
        }
        shared.options.log.flush().await;
    }

    /// Ends everything at once, as a crash does: nothing is put back, nothing is logged.
    pub(crate) async fn crash(&self) {
        self.shared.stop.cancel();
        self.shared.dead.cancel();
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
    }
}
