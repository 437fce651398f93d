//! The operator: acts at planned times, and tidies up when nothing goes wrong any more.

use std::sync::Arc;
use std::time::Duration;

use base::Clock;
use runtime::{Runtime, Selection};
use store::{EntryFilter, EntryInfo, EntryState, MemoryStore, Place, PlaceKind, Store};

use crate::expect::id_of;
use crate::observe::Sim;
use crate::world::{Act, World};

/// How far the operator is with what is planned.
#[derive(Debug, Default)]
pub struct Operator {
    /// Acts that were done.
    pub done: usize,
}

impl Operator {
    /// What is planned next.
    pub fn next(&self, world: &World) -> Option<(Duration, Act)> {
        world.acts.get(self.done).cloned()
    }
}

/// Does what is planned; what fails is not done again.
pub async fn act(sim: &Arc<Sim>, runtime: &Runtime, durable: &Arc<MemoryStore>, act: Act) {
    let ops = runtime.ops();
    let life = sim.state().life;
    match act {
        Act::Jump(ms) => {
            sim.state().hurried.insert(life);
            sim.state().jumped.insert(life);
            sim.clock.jump(ms);
        }
        Act::RetryAll => {
            sim.state().hurried.insert(life);
            // What is held in doubt is left alone: nobody asked the receiver yet.
            for state in [EntryState::Waiting, EntryState::Escalated, EntryState::Blocked] {
                let filter = EntryFilter { state: Some(state), ..EntryFilter::default() };
                let entries = durable.entries(filter).await.unwrap_or_default();
                // Who retries what waits for a person decides that it may be sent: a person asks first.
                let asked = |e: &EntryInfo| e.doubt && state != EntryState::Waiting;
                let (doubtful, others): (Vec<_>, Vec<_>) = entries.into_iter().partition(asked);
                for entry in doubtful {
                    resolve(sim, runtime, &entry).await;
                }
                let done = ops.retry_entries(Selection::Keys(others.iter().map(|e| e.key).collect())).await;
                sim.trace(format!("retried {}: {:?}", state.as_str(), done.map(|b| b.done)));
            }
        }
        Act::Skip => skip(sim, runtime, durable).await,
        Act::Stop(flow, stopped) => {
            let done = ops.stop_flow(&flow, stopped).await;
            sim.trace(format!("stopped {flow} {stopped}: {}", done.is_ok()));
        }
        Act::StopQueue(queue, stopped) => {
            if !stopped {
                sim.state().stopped.remove(&queue);
            }
            let done = ops.stop_place(Place::queue(&queue), None, stopped).await.is_ok();
            sim.trace(format!("stopped {queue} {stopped}: {done}"));
            // What was claimed before may still be on its way.
            if stopped && done {
                tokio::time::sleep(Duration::from_millis(10)).await;
                let now = sim.clock.elapsed();
                sim.state().stopped.insert(queue, now);
            }
        }
        Act::Redeploy | Act::Restart(_) => {}
    }
}

/// Gives up one parked delivery.
async fn skip(sim: &Arc<Sim>, runtime: &Runtime, durable: &Arc<MemoryStore>) {
    let filter = EntryFilter { kind: Some(PlaceKind::Delivery), ..EntryFilter::default() };
    let entries = durable.entries(filter).await.unwrap_or_default();
    let Some(entry) = entries.into_iter().find(|e| e.state != EntryState::Taken) else { return };
    let Ok(Some(whole)) = durable.entry(entry.key).await else { return };
    let id = id_of(&whole.message.text());
    let to = entry.place.name.trim_start_matches('r').parse().unwrap_or(0);
    sim.state().skipping = Some((entry.key, (to, id.clone())));
    let done = runtime.ops().delete_entries(Selection::Keys(vec![entry.key])).await;
    sim.trace(format!("skip {id} of {}: {done:?}", entry.place));
    if skip_ended(sim, durable).await && done.is_ok_and(|bulk| bulk.done == 1) {
        sim.state().cancelled.push(entry.message_id.to_string());
    }
}

/// Whether the delivery that an operator gave up is gone: also where the process died before it said so.
pub async fn skip_ended(sim: &Arc<Sim>, durable: &Arc<MemoryStore>) -> bool {
    let Some((key, which)) = sim.state().skipping.take() else { return false };
    let gone = durable.entry(key).await.ok().flatten().is_none();
    *sim.state().skipped.entry(which).or_default() += u64::from(gone);
    gone
}

/// Starts what is stopped.
pub async fn start_all(sim: &Arc<Sim>, runtime: &Runtime, durable: &Arc<MemoryStore>) {
    let ops = runtime.ops();
    for flow in &sim.world.flows {
        let _ = ops.stop_flow(&flow.name, false).await;
    }
    sim.state().stopped.clear();
    for place in durable.places(None, sim.now()).await.unwrap_or_default().into_iter().filter(|p| p.stopped) {
        let _ = ops.stop_place(place.place, None, false).await;
    }
}

/// Resolves doubts by asking the receivers and retries the rest. True where nothing was left.
pub async fn tidy(sim: &Arc<Sim>, runtime: &Runtime, durable: &Arc<MemoryStore>) -> bool {
    let ops = runtime.ops();
    let life = sim.state().life;
    let entries = durable.entries(EntryFilter { limit: 100_000, ..EntryFilter::default() }).await.unwrap_or_default();
    if entries.is_empty() {
        return true;
    }
    sim.state().hurried.insert(life);
    for entry in entries {
        let one = || Selection::Keys(vec![entry.key]);
        match entry.state {
            EntryState::InDoubt => resolve(sim, runtime, &entry).await,
            EntryState::Escalated | EntryState::Blocked if entry.doubt => resolve(sim, runtime, &entry).await,
            EntryState::Escalated | EntryState::Blocked | EntryState::Waiting => {
                let _ = ops.retry_entries(one()).await;
            }
            EntryState::Taken => {}
        }
    }
    false
}

/// A person asks the receiver, and then skips what it has or sends what it has not.
async fn resolve(sim: &Arc<Sim>, runtime: &Runtime, entry: &EntryInfo) {
    let acted = sim.state().keys.get(&entry.id).is_some_and(|known| known.acted > 0);
    let one = Selection::Keys(vec![entry.key]);
    sim.trace(format!("resolve {}: acted {acted}", entry.key));
    if acted {
        sim.state().operator = true;
        let _ = runtime.ops().delete_entries(one).await;
        sim.state().operator = false;
    } else {
        if let Some(known) = sim.state().keys.get_mut(&entry.id) {
            known.doubtful = false;
        }
        let _ = runtime.ops().retry_entries(one).await;
    }
}
