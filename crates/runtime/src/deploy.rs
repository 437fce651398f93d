//! Deploying: which flows run, with which consumers, and how one version is exchanged for the next.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use base::Timestamp;
use flow::{Flow, Persistence, ProcessIx, ReceiverChannel, SenderChannel, StepKind};
use store::{Change, Place, PlaceKind, StoreError};
use tokio_util::sync::CancellationToken;

use crate::DeployProblem;
use crate::alert;
use crate::consumers::{self, timer::Timer};
use crate::routes::Routes;
use crate::runtime::Shared;

/// What is deployed at a moment.
#[derive(Default)]
pub(crate) struct Deployed {
    /// Flows by name.
    pub flows: BTreeMap<String, Arc<Slot>>,
    /// Who serves which path and address.
    pub routes: Routes,
    /// The processes that are started by alerts.
    pub alerts: Vec<alert::Target>,
    /// Flows with a version that is not deployed yet, and why.
    pub waiting: BTreeMap<String, String>,
}

/// A version of a flow that is deployed.
pub(crate) struct Slot {
    /// The flow.
    pub flow: Arc<Flow>,
    /// Its switch and counter, the same over all versions.
    pub state: Arc<FlowState>,
    /// Why it could not be started.
    pub error: Option<String>,
    /// Its consumers and timers end when this is cancelled.
    pub cancel: CancellationToken,
    /// Its timers.
    pub timers: Vec<Arc<Timer>>,
    /// Its inboxes and parked deliveries that held something when it was deployed: they are taken from, also where this
    /// version would put nothing there.
    pub left: Vec<Place>,
}

/// Switch and counter of a flow.
pub(crate) struct FlowState {
    stopped: AtomicBool,
    running: AtomicU64,
}

/// Counts a run while it lives.
pub(crate) struct Counted(Arc<FlowState>);

impl FlowState {
    /// A flow that is started, or was stopped by an operator.
    pub fn new(stopped: bool) -> Self {
        FlowState { stopped: AtomicBool::new(stopped), running: AtomicU64::new(0) }
    }

    /// Whether it takes messages.
    pub fn started(&self) -> bool {
        !self.stopped.load(Ordering::SeqCst)
    }

    /// Stops or starts it.
    pub fn set_stopped(&self, stopped: bool) {
        self.stopped.store(stopped, Ordering::SeqCst);
    }

    /// Runs in progress.
    pub fn running(&self) -> u64 {
        self.running.load(Ordering::SeqCst)
    }

    /// A run begins.
    pub fn enter(self: &Arc<Self>) -> Counted {
        self.running.fetch_add(1, Ordering::SeqCst);
        Counted(Arc::clone(self))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Slot {
    /// Whether it takes messages.
    pub fn started(&self) -> bool {
        self.error.is_none() && self.state.started()
    }
}

/// Why a version of a flow does not run.
pub(crate) struct Obstacle {
    /// For people.
    pub text: String,
    /// The store's doing: it is tried again.
    pub passes: bool,
}

impl Obstacle {
    /// One that only another version of the flow takes away.
    pub fn of(text: String) -> Self {
        Obstacle { text, passes: false }
    }

    /// The store cannot do what it should.
    pub fn store(what: &str, error: impl std::fmt::Display) -> Self {
        Obstacle { text: format!("{what}: {error}"), passes: true }
    }
}

/// How long a flow waits for a store that could not make its things known.
const PAUSE: Duration = Duration::from_secs(2);

/// Makes exactly these flows run. Where the store is in the way, the version before goes on meanwhile, and this one is
/// tried again until it runs or others are deployed.
pub(crate) async fn deploy(shared: &Arc<Shared>, flows: Vec<Arc<Flow>>) -> Vec<DeployProblem> {
    let mut turn = shared.deploying.lock().await;
    *turn += 1;
    let asked = shared.options.clock.now();
    let exchanged = exchange(shared, &flows, asked).await;
    for place in &exchanged.orphans {
        tracing::warn!(
            "{place} holds something, and no deployed flow takes it: it waits until one does, or is deleted"
        );
    }
    if exchanged.again {
        let known = exchanged.problems.clone();
        shared.spawn(deploy_again(Arc::clone(shared), flows, asked, *turn, known));
    }
    exchanged.problems
}

async fn deploy_again(
    shared: Arc<Shared>,
    flows: Vec<Arc<Flow>>,
    asked: Timestamp,
    mine: u64,
    mut known: Vec<DeployProblem>,
) {
    loop {
        tokio::select! {
            biased;
            () = shared.stop.cancelled() => return,
            () = tokio::time::sleep(PAUSE) => {}
        }
        let turn = shared.deploying.lock().await;
        if *turn != mine {
            return;
        }
        let exchanged = exchange(&shared, &flows, asked).await;
        // Said once, not at each try.
        for problem in exchanged.problems.iter().filter(|problem| !known.contains(problem)) {
            tracing::error!(flow = problem.flow, "not deployed: {}", problem.text);
        }
        known = exchanged.problems;
        if !exchanged.again {
            tracing::info!("the store works again; the flows that waited for it are deployed");
            return;
        }
    }
}

/// What an exchange led to.
struct Exchanged {
    problems: Vec<DeployProblem>,
    /// The store was in the way of some.
    again: bool,
    /// What holds something and is taken from by no flow.
    orphans: Vec<Place>,
}

/// Exchanges what runs for these flows; `asked`: when somebody wanted that.
async fn exchange(shared: &Arc<Shared>, flows: &[Arc<Flow>], asked: Timestamp) -> Exchanged {
    let before = shared.deployed.load_full();
    let mut after = Deployed::default();
    let mut problems = Vec::new();
    let left = left(shared).await;
    let (mut kept, mut slots) = (Vec::new(), Vec::new());
    let mut packages: BTreeMap<&str, &str> = BTreeMap::new();
    for flow in flows {
        let name = flow.name.as_str();
        if let Some(package) = packages.get(name) {
            let text = format!("another flow of package {package} has the same name");
            problems.push(DeployProblem { flow: name.to_owned(), text });
            continue;
        }
        packages.insert(name, &flow.package);
        let old = before.flows.get(name).filter(|old| old.error.is_none());
        let slot = match old.filter(|old| old.flow.fingerprint == flow.fingerprint) {
            Some(same) => Ok(Arc::clone(same)),
            None => prepare(shared, flow, &left, before.flows.get(name), asked).await.map(Arc::new),
        };
        match (slot, old) {
            (Ok(slot), _) => slots.push(Ok(slot)),
            (Err(Obstacle { text, passes: false }), _) => slots.push(Err((Arc::clone(flow), text))),
            (Err(Obstacle { text, .. }), Some(old)) => {
                let text = format!("{text}; the version before goes on, and this one is tried again");
                after.waiting.insert(name.to_owned(), text);
                kept.push(Ok(Arc::clone(old)));
            }
            // One that did not run before keeps its address: senders are told to come again.
            (Err(Obstacle { text, .. }), None) => {
                let text = format!("{text}; it is tried again");
                after.waiting.insert(name.to_owned(), text.clone());
                slots.push(Ok(Arc::new(idle(shared, flow, text))));
            }
        }
    }
    let again = !after.waiting.is_empty();
    problems.extend(after.waiting.iter().map(|(flow, text)| DeployProblem { flow: flow.clone(), text: text.clone() }));
    // What goes on keeps its addresses, whoever wants them.
    for slot in kept.into_iter().chain(slots) {
        let entered = slot.and_then(|slot| match after.routes.enter(&slot) {
            Ok(()) => Ok(slot),
            Err(text) => Err((Arc::clone(&slot.flow), text)),
        });
        let slot = entered.unwrap_or_else(|(flow, text)| {
            problems.push(DeployProblem { flow: flow.name.clone(), text: text.clone() });
            Arc::new(idle(shared, &flow, text))
        });
        after.flows.insert(slot.flow.name.clone(), slot);
    }
    after.alerts = alert::targets(after.flows.values().map(|slot| slot.flow.as_ref()));
    let after = Arc::new(after);
    shared.circuits.configure(after.flows.values().map(|slot| slot.flow.as_ref()));
    shared.deployed.store(Arc::clone(&after));
    let same = |name, slot| before.flows.get(name).is_some_and(|old| Arc::ptr_eq(slot, old));
    for (name, old) in &before.flows {
        if !after.flows.get(name).is_some_and(|slot| same(name, slot)) {
            old.cancel.cancel();
        }
    }
    let new: Vec<_> = after.flows.iter().filter(|(name, slot)| slot.error.is_none() && !same(*name, *slot)).collect();
    for (_, slot) in &new {
        consumers::start(shared, slot);
    }
    if !after.alerts.is_empty() && !new.is_empty() {
        shared.watch.soon();
        shared.hub.ring_all();
    }
    let mut orphans = left.unwrap_or_default();
    orphans.retain(|place| !after.waiting.contains_key(&place.flow) && !taken_from(&after, place));
    Exchanged { problems, again, orphans }
}

/// A version that does not run.
fn idle(shared: &Shared, flow: &Arc<Flow>, error: String) -> Slot {
    let (state, cancel) = (state_of(shared, flow), shared.stop.child_token());
    Slot { flow: Arc::clone(flow), state, error: Some(error), cancel, timers: Vec::new(), left: Vec::new() }
}

fn state_of(shared: &Shared, flow: &Flow) -> Arc<FlowState> {
    let mut states = shared.states.lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(states.entry(flow.name.clone()).or_insert_with(|| Arc::new(FlowState::new(false))))
}

/// A slot with its stored things declared and its timers read.
async fn prepare(
    shared: &Arc<Shared>,
    flow: &Arc<Flow>,
    left: &Result<Vec<Place>, StoreError>,
    before: Option<&Arc<Slot>>,
    asked: Timestamp,
) -> Result<Slot, Obstacle> {
    let left = left.as_ref().map_err(|error| Obstacle::store("what versions before left cannot be seen", error))?;
    let mut left: Vec<Place> = left.iter().filter(|place| place.flow == flow.name).cloned().collect();
    // Its runs in progress still park, and what it accepts at this moment is not stored yet.
    left.extend(before.into_iter().flat_map(|slot| slot.fills()));
    let changes = declarations(flow);
    if !changes.is_empty() {
        let what = "its queues and number ranges could not be made known";
        shared.commit(changes).await.map_err(|error| Obstacle::store(what, error))?;
    }
    let mut timers = Vec::new();
    for (process, _, sender) in flow.senders() {
        if let SenderChannel::Timer(timer) = sender {
            timers.push(Arc::new(Timer::prepare(shared, flow, process, timer, asked).await?));
        }
    }
    let (state, cancel) = (state_of(shared, flow), shared.stop.child_token());
    Ok(Slot { flow: Arc::clone(flow), state, error: None, cancel, timers, left })
}

/// What a deployed flow makes known in the store: its number ranges, and the queues and data stores that it names.
fn declarations(flow: &Flow) -> Vec<Change> {
    let ranges = flow.number_ranges.iter().map(|(name, range)| Change::DeclareRange {
        name: name.clone(),
        min: range.min,
        max: range.max,
        length: range.length,
        rotate: range.rotate,
    });
    ranges.chain(places(flow).into_iter().map(Change::Declare)).collect()
}

/// The queues and data stores that a flow names itself, without those whose names are made at run time.
pub(crate) fn places(flow: &Flow) -> Vec<Place> {
    let mut places = Vec::new();
    for (_, _, sender) in flow.senders() {
        places.extend(consumed(sender));
    }
    for receiver in flow.receivers.values() {
        if let ReceiverChannel::Queue(queue) = &receiver.channel
            && let Some(name) = queue.queue.constant()
        {
            places.push(Place::queue(name));
        }
    }
    for step in flow.processes.iter().flat_map(|p| &p.steps) {
        let (store, scope) = match &step.kind {
            StepKind::StoreWrite(s) => (&s.store, &s.scope),
            StepKind::StoreGet(s) => (&s.store, &s.scope),
            StepKind::StoreSelect(s) => (&s.store, &s.scope),
            StepKind::StoreDelete(s) => (&s.store, &s.scope),
            _ => continue,
        };
        if let Some(name) = store.constant() {
            places.push(Place::data_store(name, scope));
        }
    }
    places.sort();
    places.dedup();
    places
}

/// The place that a sender channel takes from.
pub(crate) fn consumed(sender: &SenderChannel) -> Option<Place> {
    match sender {
        SenderChannel::Queue(queue) => Some(Place::queue(&queue.queue)),
        SenderChannel::DataStore(store) => Some(Place::data_store(&store.store, &store.scope)),
        _ => None,
    }
}

/// Inboxes and places of parked deliveries that hold something.
async fn left(shared: &Shared) -> Result<Vec<Place>, StoreError> {
    let mut left = Vec::new();
    for kind in [PlaceKind::Inbox, PlaceKind::Delivery] {
        let found = shared.options.store.places(Some(kind), shared.options.clock.now()).await?;
        left.extend(found.into_iter().filter(|s| s.entries > 0).map(|s| s.place));
    }
    Ok(left)
}

/// Whether a deployed flow takes from an inbox or a place of parked deliveries that holds something.
pub(crate) fn taken_from(deployed: &Deployed, place: &Place) -> bool {
    let Some(slot) = deployed.flows.get(&place.flow).filter(|slot| slot.error.is_none()) else { return false };
    match place.kind {
        PlaceKind::Delivery => slot.delivers().any(|name| name == place.name),
        PlaceKind::Inbox => slot.flow.senders().any(|(process, _, sender)| {
            // An alert's message waits in an inbox too.
            let takes = matches!(sender, SenderChannel::Http(_) | SenderChannel::Alerts(_));
            takes && process_name(&slot.flow, process) == place.name
        }),
        PlaceKind::Queue | PlaceKind::DataStore => true,
    }
}

impl Slot {
    /// The receivers whose parked deliveries it makes: those of its own, and those that a version before left.
    pub fn delivers(&self) -> impl Iterator<Item = &str> {
        let keeps = self.flow.quality.keeps_outcomes();
        let left = |name: &str| self.left.iter().any(|p| p.kind == PlaceKind::Delivery && p.name == name);
        outside_receivers(&self.flow).filter(move |name| keeps || left(name))
    }

    /// Where its runs park deliveries, and where what it accepts waits.
    fn fills(&self) -> Vec<Place> {
        let flow = &self.flow.name;
        let inboxes = self.flow.senders().map(|(process, ..)| Place::inbox(flow, process_name(&self.flow, process)));
        let inboxes = inboxes.filter(|inbox| self.accepts(inbox));
        self.delivers().map(|name| Place::delivery(flow, name)).chain(inboxes).collect()
    }

    /// Whether it processes what is in the inbox of a process.
    pub fn accepts(&self, inbox: &Place) -> bool {
        self.flow.persistence == Persistence::First || self.left.contains(inbox)
    }
}

fn outside_receivers(flow: &Flow) -> impl Iterator<Item = &str> {
    let outside = |c: &ReceiverChannel| matches!(c, ReceiverChannel::Http(_) | ReceiverChannel::Mail(_));
    flow.receivers.values().filter(move |r| outside(&r.channel)).map(|r| r.name.as_str())
}

/// The receivers of a flow whose deliveries can be parked.
pub(crate) fn parking_receivers(flow: &Flow) -> Vec<&str> {
    if !flow.quality.keeps_outcomes() {
        return Vec::new();
    }
    outside_receivers(flow).collect()
}

/// A process of a flow, for names.
pub(crate) fn process_name(flow: &Flow, ix: ProcessIx) -> &str {
    flow.process(ix).map_or("", |p| p.name.as_str())
}
