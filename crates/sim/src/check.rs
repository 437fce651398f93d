//! The checkers of the end: what every message led to, against what was promised.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use base::Status;
use store::{EntryFilter, MemoryStore, MessageFilter, MessageLog, Store};

use crate::expect::{Due, dues};
use crate::observe::Sim;
use crate::sender::Sender;
use crate::simlog::SimLog;
use crate::simstore::exclusive;
use crate::world::{Act, Doubt, Quality};

/// How soon a receiver that is well gets what nothing but sick receivers could hold up.
const SOON: Duration = Duration::from_secs(180);

/// What a receiver got of one id.
#[derive(Default)]
struct Got {
    keys: BTreeSet<String>,
    /// Acts of best-effort calls.
    plain: u64,
    /// Acts that were no recognised repeats, of exactly-once calls.
    applied: u64,
    first: Option<Duration>,
}

/// Checks a world that has come to its end.
pub fn at_the_end(sim: &Arc<Sim>, durable: &Arc<MemoryStore>, log: &Arc<SimLog>, senders: &[Arc<Sender>]) {
    let got = books(sim);
    let mut seen = BTreeSet::new();
    let mut taken = BTreeMap::new();
    for sender in senders {
        let sent = sender.sent();
        for name in &sent.names {
            let answered = sent.taken.as_ref().filter(|(taken, ..)| taken == name).map(|(_, _, _, at)| *at);
            let first: &mut Option<Duration> = taken.entry(name.clone()).or_insert(answered);
            *first = match (*first, answered) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
        }
    }
    for sender in senders {
        for name in sender.sent().names {
            if !seen.insert(name.clone()) {
                continue;
            }
            let answered = taken.get(&name).copied().flatten();
            for ((to, id), due) in dues(&sim.world, &sender.post, &name) {
                let nothing = Got::default();
                let got = got.get(&(to, id.clone())).unwrap_or(&nothing);
                delivery(sim, to, &id, due, got, answered);
            }
        }
    }
    strangers(sim, &got, senders);
    once_per_id(sim);
    order(sim);
    nothing_left(sim, durable);
    nothing_silent(sim, log);
}

fn books(sim: &Arc<Sim>) -> BTreeMap<(usize, String), Got> {
    let mut books: BTreeMap<(usize, String), Got> = BTreeMap::new();
    for acted in &sim.state().acted {
        let got = books.entry((acted.to, acted.id.clone())).or_default();
        match &acted.key {
            Some(key) => {
                got.keys.insert(key.clone());
                got.applied += u64::from(acted.applied);
            }
            None => got.plain += 1,
        }
        got.first.get_or_insert(acted.at);
    }
    books
}

/// G1 and G2 for one receiver and one id, and G6 where it is promised.
fn delivery(sim: &Arc<Sim>, to: usize, id: &str, due: Due, got: &Got, answered: Option<Duration>) {
    let skipped = sim.state().skipped.get(&(to, id.to_owned())).copied().unwrap_or(0);
    let count = got.keys.len() as u64 + got.plain;
    if answered.is_some() && count + skipped < due.least {
        sim.broken("G1", format!("r{to} got {id} {count} times instead of {}, {skipped} skipped", due.least));
    }
    if let Some(most) = due.most
        && count > most
    {
        sim.broken("G2", format!("r{to} got {id} under {count} delivery ids instead of {most}"));
    }
    if let (Some(most), true) = (due.most, sim.world.receivers[to].idempotent)
        && got.applied > most
    {
        sim.broken("G2", format!("r{to} did {id} {} times instead of {most}", got.applied));
    }
    let quiet = sim.world.crashes.is_empty() && sim.world.store_faults == 0 && sim.world.acts.is_empty();
    let swift = sim.world.receivers.iter().all(|r| r.slow < 1_000);
    if let (Some(answered), true) = (answered, quiet && swift && due.soon && sim.world.receivers[to].healthy()) {
        let late = got.first.is_none_or(|first| first > answered + SOON);
        if late && due.least > 0 {
            sim.broken("G6", format!("r{to} is well, and got {id} only at {:?}, accepted at {answered:?}", got.first));
        }
    }
}

/// Nothing is delivered that nobody sent: contents refused at the door among them.
fn strangers(sim: &Arc<Sim>, got: &BTreeMap<(usize, String), Got>, senders: &[Arc<Sender>]) {
    let mut known = BTreeSet::new();
    for sender in senders {
        for name in sender.sent().names {
            known.extend(dues(&sim.world, &sender.post, &name).into_keys());
        }
    }
    for (to, id) in got.keys() {
        // A text without an id is no message: an alert.
        if id != "?" && !known.contains(&(*to, id.clone())) {
            sim.broken("G3", format!("r{to} got {id}, which no flow sends there"));
        }
    }
}

/// Receivers that may repeat: not more acts than doubts allow, and none where doubts are held.
fn once_per_id(sim: &Arc<Sim>) {
    let mut broken = Vec::new();
    for (key, known) in &sim.state().keys {
        let Some(spec) = sim.world.receivers.get(known.to) else { continue };
        let id = crate::expect::id_of(&known.body);
        let most = match (spec.idempotent, spec.in_doubt) {
            (true, _) => continue,
            (false, Doubt::Hold) => 1,
            (false, Doubt::Retry) => 1 + known.doubts,
        };
        if known.acted > most {
            let text = format!("r{} did {id} ({key}) {} times, {} doubts", known.to, known.acted, known.doubts);
            broken.push(("G4", text));
        }
    }
    for (rule, text) in broken {
        sim.broken(rule, text);
    }
}

/// G7: exclusive queues whose only step is one best-effort send deliver in the order in which they were filled.
fn order(sim: &Arc<Sim>) {
    use crate::world::{From, Node};
    // What a person retries, and what is blocked after crashes, leaves its turn.
    let moved = sim.world.acts.iter().any(|(_, act)| *act == Act::RetryAll) || sim.world.crashes.len() > 2;
    if moved {
        return;
    }
    for flow in &sim.world.flows {
        let From::Queue { name, max_retries: None, .. } = &flow.from else { continue };
        let [Node::Send { to, .. }] = flow.nodes.as_slice() else { continue };
        // Others that send the same ids there hide the order.
        let others = sim.world.flows.iter().filter(|f| !std::ptr::eq(*f, flow) && f.quality == Quality::BestEffort);
        let alone = others.flat_map(|f| &f.nodes).all(|node| !sends(node, *to));
        if !exclusive(sim, name) || flow.quality != Quality::BestEffort || !alone {
            continue;
        }
        let state = sim.state();
        let Some(put) = state.put.get(name).cloned() else { continue };
        let mut firsts: Vec<String> = Vec::new();
        for acted in state.acted.iter().filter(|a| a.to == *to && a.key.is_none() && put.contains(&a.id)) {
            if !firsts.contains(&acted.id) {
                firsts.push(acted.id.clone());
            }
        }
        drop(state);
        let mut expected: Vec<String> = Vec::new();
        for id in put {
            if firsts.contains(&id) && !expected.contains(&id) {
                expected.push(id);
            }
        }
        if firsts != expected {
            sim.broken("G7", format!("queue {name} was filled with {expected:?} and delivered {firsts:?}"));
        }
    }
}

/// Whether a step or one inside it sends to a receiver.
fn sends(node: &crate::world::Node, receiver: usize) -> bool {
    use crate::world::Node;
    let here = matches!(node, Node::Send { to, .. } | Node::Keep { to, .. } if *to == receiver);
    here || node.children().into_iter().flatten().any(|node| sends(node, receiver))
}

/// The answer of a memory store or log, which never makes anybody wait.
fn now<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut future = std::pin::pin!(future);
    match future.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop())) {
        std::task::Poll::Ready(value) => Some(value),
        std::task::Poll::Pending => None,
    }
}

fn nothing_left(sim: &Arc<Sim>, durable: &Arc<MemoryStore>) {
    let all = EntryFilter { limit: 100_000, ..EntryFilter::default() };
    for entry in now(durable.entries(all)).and_then(Result::ok).unwrap_or_default() {
        let (state, error) = (entry.state.as_str(), entry.error.unwrap_or_default());
        sim.broken("G1", format!("{} is left in {}, {state}: {error}", entry.key, entry.place));
    }
}

/// G9: what was given up, refused or in doubt is said; no message is left in progress.
fn nothing_silent(sim: &Arc<Sim>, log: &Arc<SimLog>) {
    let mut broken = Vec::new();
    {
        let said = log.said.lock().unwrap_or_else(PoisonError::into_inner);
        let state = sim.state();
        let line = |message: &String, text: &str| {
            said.lines.iter().any(|line| line.message.as_str() == message && line.text.contains(text))
        };
        for message in state.cancelled.iter().filter(|m| !line(m, "by an operator")) {
            broken.push(format!("no line says that an operator gave up a delivery of {message}"));
        }
        for message in state.replayed.iter().filter(|m| !line(m, "duplicate")) {
            broken.push(format!("no line says that a duplicate of {message} was refused"));
        }
        if sim.world.crashes.is_empty() && !sim.world.acts.iter().any(|(_, act)| matches!(act, Act::Restart(_))) {
            for (key, known) in state.keys.iter().filter(|(_, known)| !known.told.is_empty()) {
                let records = said.deliveries.iter().filter(|d| d.delivery.to_string() == *key);
                let count = records.filter(|d| matches!(d.outcome.as_str(), "in doubt" | "escalated")).count();
                if count < known.told.len() && sim.world.store_faults == 0 {
                    broken.push(format!("{} doubts of delivery {key}, {count} in the message log", known.told.len()));
                }
            }
        }
    }
    let filter = MessageFilter { limit: 100_000, ..MessageFilter::default() };
    for message in now(log.messages(filter)).and_then(Result::ok).unwrap_or_default() {
        if message.status == Status::Processing {
            broken.push(format!("message {} of {} is still in progress", message.id, message.flow));
        }
    }
    for text in broken {
        sim.broken("G9", text);
    }
}
