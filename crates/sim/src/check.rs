//! The checkers of the end: what every message led to, against what was promised.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use base::Status;
use store::{EntryFilter, MemoryStore, MessageFilter, MessageLog, Store};

use crate::expect::{Due, Lane, dues};
use crate::observe::{Acted, Sim};
use crate::order::Lanes;
use crate::sender::Sender;
use crate::simlog::SimLog;
use crate::simstore::exclusive;
use crate::systems::sends;
use crate::world::{Act, Doubt, From, Node, Post, Quality};

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

/// When a message was tried first under a name, and when its sender was told that it is in.
#[derive(Clone, Copy, Debug)]
struct Times {
    first: Duration,
    answered: Option<Duration>,
}

/// Checks a world that has come to its end.
pub fn at_the_end(sim: &Arc<Sim>, durable: &Arc<MemoryStore>, log: &Arc<SimLog>, senders: &[Arc<Sender>]) {
    let got = books(sim);
    let (times, posts) = times(senders);
    let mut lanes = Lanes::new();
    let mut due = Vec::new();
    for (name, post) in &posts {
        let (dues, ways) = dues(&sim.world, post, name);
        due.push((name, dues));
        for way in ways {
            lanes.entry((way.to, way.from.clone(), way.keys.clone())).or_default().push((name.clone(), way));
        }
    }
    let mut known = BTreeSet::new();
    for (name, dues) in due {
        for ((to, id), due) in dues {
            let nothing = Got::default();
            let got = got.get(&(to, id.clone())).unwrap_or(&nothing);
            delivery(sim, to, &id, due, got, times[name].answered, &lanes);
            known.insert((to, id));
        }
    }
    strangers(sim, &got, &known);
    once_per_id(sim);
    exclusive_queues(sim);
    crate::order::by_key(sim, &lanes, |name| times.get(name).map(|t| (t.first, t.answered)));
    last_variables(sim, durable, &posts, &times);
    nothing_left(sim, durable);
    nothing_silent(sim, log);
    somebody_told(sim);
}

/// All names under which messages were sent.
fn times(senders: &[Arc<Sender>]) -> (BTreeMap<String, Times>, BTreeMap<String, Post>) {
    let (mut times, mut posts) = (BTreeMap::<String, Times>::new(), BTreeMap::new());
    for sender in senders {
        let sent = sender.sent();
        for (name, first) in sent.first {
            let answered = sent.taken.as_ref().filter(|(taken, ..)| *taken == name).map(|(_, _, _, at)| *at);
            let known = times.entry(name.clone()).or_insert(Times { first, answered });
            known.first = known.first.min(first);
            known.answered = known.answered.into_iter().chain(answered).min();
            posts.insert(name, sender.post.clone());
        }
    }
    (times, posts)
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
fn delivery(sim: &Arc<Sim>, to: usize, id: &str, due: Due, got: &Got, answered: Option<Duration>, lanes: &Lanes) {
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
    let swift = sim.world.receivers.iter().all(|r| r.slow < 1_000) && sim.world.swift(&sim.world.system(to));
    // Where a key is not taken, everything that has to wait behind it is late.
    let sore = sim.world.receivers[to].sore;
    let waits = |(_, way): &(String, Lane)| Some(way.key) == sore;
    // Whichever way it came: what a flow delivers in order has the order of that flow's own key.
    let here = lanes.iter().filter(|((r, ..), _)| *r == to);
    let own: Vec<_> = here
        .clone()
        .filter(|(_, lane)| lane.iter().any(|(_, way)| way.id == id))
        .map(|((_, from, keys), _)| (from, keys.last()))
        .collect();
    let behind = |(_, from, keys): &(usize, String, Vec<u64>)| own.contains(&(from, keys.last()));
    let held = Some(due.key) == sore || here.clone().any(|(key, lane)| behind(key) && lane.iter().any(waits));
    if let (Some(answered), true) = (answered, quiet && swift && due.soon && !held) {
        let late = got.first.is_none_or(|first| first > answered + SOON);
        if late && due.least > 0 {
            let rule = if sore.is_some() { "G7" } else { "G6" };
            sim.broken(rule, format!("r{to} is well, and got {id} only at {:?}, accepted at {answered:?}", got.first));
        }
    }
}

/// Nothing is delivered that nobody sent: contents refused at the door among them.
fn strangers(sim: &Arc<Sim>, got: &BTreeMap<(usize, String), Got>, known: &BTreeSet<(usize, String)>) {
    for (to, id) in got.keys() {
        // A text without an id is no message: an alert.
        if id != "?" && !known.contains(&(*to, id.clone())) {
            sim.broken("G3", format!("r{to} got {id}, which no flow sends there"));
        }
    }
}

/// A variable holds what the last message wrote: not what one wrote that was answered before another began.
fn last_variables(
    sim: &Arc<Sim>,
    durable: &Arc<MemoryStore>,
    posts: &BTreeMap<String, Post>,
    times: &BTreeMap<String, Times>,
) {
    let variables = now(durable.variables()).and_then(Result::ok).unwrap_or_default();
    for flow in sim.world.flows.iter().filter(|f| f.variable && f.from == From::Http && !f.first) {
        let wrote = || posts.iter().filter(|(_, post)| post.flow == flow.name).map(|(name, _)| (name, times[name]));
        let last = variables.iter().find(|v| v.scope.flow() == flow.name).map(|v| v.value.to_string());
        let ended = last.as_ref().and_then(|last| times.get(last)).map(|times| times.answered);
        for (name, Times { first, answered }) in wrote() {
            let missing = last.is_none() && answered.is_some();
            if missing || answered.is_some() && ended.flatten().is_some_and(|ended| ended < first) {
                sim.broken("G5", format!("{name} wrote the variable of {} last, and it holds {last:?}", flow.name));
            }
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
            (_, Doubt::Probe) | (false, Doubt::Hold) => 1,
            (true, _) => continue,
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
fn exclusive_queues(sim: &Arc<Sim>) {
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
        for message in state.expired.iter().filter(|m| !line(m, "expired")) {
            broken.push(format!("no line says that an entry of {message} expired"));
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

/// G9: where receivers are told what needs a person, each of them hears of each delivery that waits for one.
fn somebody_told(sim: &Arc<Sim>) {
    let Some(given) = sim.world.given.as_ref().filter(|given| !given.told.is_empty()) else { return };
    let mut broken = Vec::new();
    {
        let state = sim.state();
        let held = |to: usize| sim.world.receivers[to].in_doubt == Doubt::Hold;
        let doubts = state.keys.iter().filter(|(_, known)| held(known.to));
        let doubts = doubts.flat_map(|(key, known)| known.told.iter().map(move |at| (key, *at, "in-doubt")));
        for (key, at, kind) in doubts.chain(state.escalated.iter().map(|(key, at)| (key, *at, "escalated"))) {
            // What becomes of an alert is told to nobody.
            if state.keys.get(key).is_none_or(|known| given.told.contains(&known.to)) {
                continue;
            }
            let says = |alert: &String| state.keys.get(alert).is_some_and(|known| known.body.contains(kind));
            for to in &given.told {
                let heard = |a: &&Acted| a.to == *to && a.at >= at && a.key.as_ref().is_some_and(says);
                if !state.acted.iter().any(|acted| heard(&acted)) {
                    broken.push(format!("delivery {key} is {kind} since {at:?}, and r{to} was not told"));
                }
            }
        }
    }
    for text in broken {
        sim.broken("G9", text);
    }
}
