//! What is seen of commits on their way into the store, and what must not be in them.

use base::DeliveryId;
use store::{Change, EntryState, MemoryStore, PlaceKind, Store};

use crate::expect::id_of;
use crate::observe::{Sim, short};

/// What a commit does that the checkers want to know.
#[derive(Default)]
pub struct Seen {
    delivered: Vec<String>,
    removed: Vec<String>,
    put: Vec<(String, String)>,
    drawn: Vec<(String, i64)>,
    escalated: Vec<String>,
}

/// What a commit is about to do.
pub async fn look(durable: &MemoryStore, changes: &[Change]) -> Seen {
    let mut seen = Seen::default();
    for change in changes {
        let entry = match change {
            Change::Remove(key) => durable.entry(*key).await.ok().flatten(),
            Change::RemoveNamed { place, id } => durable.find(place, id).await.ok().flatten(),
            Change::Reschedule { key, state: EntryState::Escalated, .. } => {
                let entry = durable.entry(*key).await.ok().flatten();
                seen.escalated.extend(entry.filter(|e| e.info.place.kind == PlaceKind::Delivery).map(|e| e.info.id));
                None
            }
            Change::Delivered { deliveries, .. } => {
                seen.delivered.extend(deliveries.iter().map(DeliveryId::to_string));
                None
            }
            Change::Put(new) => {
                if new.place.kind == PlaceKind::Delivery && new.state == EntryState::Escalated {
                    seen.escalated.push(new.id.clone());
                }
                if new.place.kind == PlaceKind::Queue {
                    seen.put.push((new.place.name.clone(), id_of(&new.message.text())));
                }
                None
            }
            Change::DrawNumber { name, drawn, .. } => {
                seen.drawn.push((name.clone(), *drawn));
                None
            }
            _ => None,
        };
        if let Some(entry) = entry.filter(|e| e.info.place.kind == PlaceKind::Delivery) {
            seen.removed.push(entry.info.id);
        }
    }
    seen
}

/// It is durable now.
pub fn keep(sim: &Sim, seen: Seen) {
    let mut broken = Vec::new();
    let at = sim.clock.elapsed();
    let mut state = sim.state();
    state.escalated.extend(seen.escalated.into_iter().map(|id| (id, at)));
    let operator = state.operator || state.skipping.is_some();
    for id in seen.delivered {
        // What was never called is no delivery: it stands for something that was written, or for what a message says.
        if !state.keys.contains_key(&id) {
            continue;
        }
        let known = state.keys.entry(id.clone()).or_default();
        if known.acted == 0 && !operator {
            let text = format!("delivery {} of {} recorded, the receiver never acted", short(&id), id_of(&known.body));
            broken.push(("G1", text));
        }
        (known.delivered, known.unrecorded) = (true, false);
        known.doubtful = false;
    }
    for id in seen.removed {
        let known = state.keys.entry(id.clone()).or_default();
        if !operator && !known.delivered && (known.acted > 0 || known.doubtful) {
            let text = format!("delivery {} of {} removed without an outcome", short(&id), id_of(&known.body));
            broken.push(("G2", text));
        }
    }
    for (queue, id) in seen.put {
        state.put.entry(queue).or_default().push(id);
    }
    for (range, number) in seen.drawn {
        if !state.drawn.insert((range.clone(), number)) {
            broken.push(("G5", format!("number {number} of {range} is given out twice")));
        }
    }
    drop(state);
    for (rule, text) in broken {
        sim.broken(rule, text);
    }
}

/// A commit in one line.
pub fn describe(changes: &[Change]) -> String {
    let one = |change: &Change| match change {
        Change::Put(new) => {
            let order = if new.order_key.is_empty() { String::new() } else { format!(" order {}", new.order_key) };
            let (id, state) = (id_of(&new.message.text()), new.state.as_str());
            format!("put {} {} ({id}) {state}{order}", new.place, short(&new.id))
        }
        Change::Remove(key) => format!("remove {key}"),
        Change::RemoveNamed { place, id } => format!("remove {} of {place}", short(id)),
        Change::Reschedule { key, state, due, retries, crashes, .. } => {
            format!("reschedule {key} {} due {} retries {retries} crashes {crashes}", state.as_str(), due.0)
        }
        Change::Delivered { deliveries, .. } => {
            let ids: Vec<String> = deliveries.iter().map(|id| short(&id.to_string()).to_owned()).collect();
            format!("delivered {}", ids.join(" "))
        }
        Change::Answered(answer) => format!("answered {} {}", answer.key, answer.status),
        Change::MarkOnce { step, id, .. } => format!("once {step} {id}"),
        Change::Tick { flow, .. } => format!("tick {flow}"),
        Change::Declare(place) => format!("declare {place}"),
        other => format!("{other:?}"),
    };
    changes.iter().map(one).collect::<Vec<_>>().join(", ")
}
