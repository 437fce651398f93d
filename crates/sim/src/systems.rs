//! The systems behind receivers: what they may be given, and a model of their circuits that watches the calls (G8).
//!
//! The model sees what a receiver sees, calls and their ends, and nothing of the runtime.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use base::{Class, Clock};

use crate::observe::Sim;
use crate::world::{Circuit, Doubt, Node, World};

/// What was claimed so shortly before a circuit opened is still on its way.
const CLAIMED: Duration = Duration::from_secs(1);
/// First attempts wait at most so long for the turn that a rate gives.
const TURN: Duration = Duration::from_millis(1_010);
/// Timers are exact to a millisecond.
const TICK: Duration = Duration::from_millis(1);

/// The strictest of what the receivers of a system say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Different deliveries that fail in a row until the circuit opens; 0 for none.
    pub failures: u64,
    /// Between two attempts while it is open.
    pub probe: Duration,
    /// Calls at once.
    pub concurrency: Option<u64>,
    /// Calls per ten seconds.
    pub rate: Option<u64>,
}

impl World {
    /// The system behind a receiver.
    #[must_use]
    pub fn system(&self, receiver: usize) -> String {
        match self.receivers.get(receiver) {
            Some(spec) if spec.system.is_some() => format!("sys{}", spec.system.unwrap_or_default()),
            Some(spec) if spec.mail => "smtp://mail.sim".to_owned(),
            _ => format!("http://r{receiver}.once.sim"),
        }
    }

    /// Receivers of a system that some flow delivers to with outcomes.
    fn used<'a>(&'a self, system: &'a str) -> impl Iterator<Item = usize> + 'a {
        let sends = |receiver| {
            let flows = self.flows.iter().filter(|f| f.quality.keeps_outcomes());
            flows.flat_map(|f| &f.nodes).any(|node| sends(node, receiver))
        };
        (0..self.receivers.len()).filter(move |receiver| self.system(*receiver) == system && sends(*receiver))
    }

    /// What holds for a system.
    #[must_use]
    pub fn limits(&self, system: &str) -> Limits {
        let mut limits = Limits { probe: Duration::MAX, ..Limits::default() };
        let least = |a: Option<u64>, b: Option<u64>| a.into_iter().chain(b).min();
        for spec in self.used(system).map(|receiver| &self.receivers[receiver]) {
            let (failures, probe) = match spec.circuit {
                Circuit::Usual => (5, 30),
                Circuit::Off => (0, u64::MAX),
                Circuit::Of(failures, probe) => (failures, probe),
            };
            let some = |n: u64| Some(n).filter(|n| *n > 0);
            limits.failures = least(some(limits.failures), some(failures)).unwrap_or(0);
            limits.probe = limits.probe.min(Duration::from_secs(probe));
            limits.concurrency = least(limits.concurrency, spec.concurrency);
            limits.rate = least(limits.rate, spec.rate);
        }
        limits
    }

    /// Nothing goes wrong with any receiver of the system, and it is not slowed down.
    #[must_use]
    pub fn swift(&self, system: &str) -> bool {
        let sore = self.used(system).any(|r| self.receivers[r].sore.is_some());
        let limits = self.limits(system);
        self.used(system).all(|r| self.receivers[r].healthy())
            && limits.rate.is_none_or(|rate| rate >= 10)
            && !(sore && limits.failures > 0)
    }
}

/// Whether a step or one inside it sends to a receiver.
#[must_use]
pub fn sends(node: &Node, receiver: usize) -> bool {
    let here = match node {
        Node::Send { to, .. } | Node::Keep { to, .. } => *to == receiver,
        Node::Twice { sends, .. } => sends.iter().any(|(_, to)| *to == receiver),
        _ => false,
    };
    here || node.children().into_iter().flatten().any(|node| sends(node, receiver))
}

/// What was seen of a system in the present life.
#[derive(Clone, Debug, Default)]
pub struct Watched {
    flying: u64,
    last: Option<Duration>,
    failed: BTreeSet<String>,
    open: Option<Open>,
    /// When its circuit closed last, by the clock that the product sees.
    back: Option<i64>,
}

#[derive(Clone, Debug)]
struct Open {
    since: Duration,
    next: Duration,
    /// When the end of a call put the next attempt off, and when it had been due until then: what had been claimed for it
    /// goes on.
    put_off: Vec<(Duration, Duration)>,
    /// The attempt of the interval is under way.
    trying: bool,
    /// Calls that had been claimed before, and began nevertheless.
    late: u32,
}

/// All systems, and when each parked delivery was claimed last.
#[derive(Debug, Default)]
pub struct Systems {
    systems: BTreeMap<String, Watched>,
    claimed: BTreeMap<String, Duration>,
    /// Calls that were the attempt of an interval, over all lives.
    pub tried: u64,
}

/// A call that is under way at a system.
#[derive(Debug)]
pub struct Visit {
    system: String,
    trial: bool,
}

impl Systems {
    /// The process ended: circuits and limits begin anew.
    pub fn forget(&mut self) {
        self.systems.clear();
        self.claimed.clear();
    }

    /// When the circuit of a system closed last in this life: what its outage had put off is then tried at once.
    #[must_use]
    pub fn back(&self, system: &str) -> Option<i64> {
        self.systems.get(system).and_then(|watched| watched.back)
    }

    /// A delivery is claimed.
    pub fn claim(&mut self, delivery: &str, at: Duration) {
        self.claimed.insert(delivery.to_owned(), at);
    }
}

/// A call begins: a send, or a question about one.
pub fn begin(sim: &Sim, to: usize, delivery: &str, what: &str) -> Option<Visit> {
    if sim.world.given.is_some() {
        return None;
    }
    let system = sim.world.system(to);
    let limits = sim.limits.get(&system).copied().unwrap_or_default();
    let now = sim.clock.elapsed();
    let mut broken = Vec::new();
    let mut state = sim.state();
    let jumped = state.jumped.contains(&state.life);
    let claimed = state.systems.claimed.get(delivery).copied();
    let watched = state.systems.systems.entry(system.clone()).or_default();
    watched.flying += 1;
    if limits.concurrency.is_some_and(|most| watched.flying > most) {
        broken.push(format!("{what}: {} calls of {system} at once", watched.flying));
    }
    let pause = limits.rate.map(|rate| Duration::from_millis(10_000 / rate));
    if let Some((pause, last)) = pause.zip(watched.last)
        && now.saturating_sub(last) + TICK < pause
    {
        broken.push(format!("{what}: {:?} after another call of {system}, instead of {pause:?}", now - last));
    }
    watched.last = Some(now);
    let mut trial = false;
    if let Some(open) = &mut watched.open {
        let on_its_way = match claimed {
            Some(claimed) => claimed <= open.since + CLAIMED,
            None => now <= open.since + TURN,
        };
        // What was claimed before and waited for its turn looks again when it comes. One may be the attempt of an
        // interval that ended meanwhile.
        if on_its_way && claimed.is_some() && now > open.since + TICK {
            open.late += 1;
            if open.late > 1 {
                let (since, late) = (open.since, open.late);
                broken.push(format!("{what}: {system} is down since {since:?}, {late} calls that waited went on"));
            }
        }
        if !on_its_way {
            // The attempt of an interval may wait for its turn while others, sent before, put off the next one.
            let put_off = open.put_off.iter().find(|(at, _)| claimed.is_some_and(|claimed| claimed <= *at));
            let next = put_off.map_or(open.next, |(_, before)| *before);
            if open.trying || now + TICK < next {
                let since = open.since;
                broken.push(format!("{what}: {system} is down since {since:?}, its next attempt was due at {next:?}"));
            }
            open.trying = true;
            trial = true;
        }
    }
    state.systems.tried += u64::from(trial);
    drop(state);
    // The product goes by a clock that jumped; time for people and for the model did not.
    for text in broken.into_iter().filter(|_| !jumped) {
        sim.broken("G8", text);
    }
    Some(Visit { system, trial })
}

/// A call is over; `outcome` is `None` where nobody will know, else the class of its failure or that it was answered.
pub fn end(sim: &Sim, visit: Option<Visit>, delivery: &str, outcome: Option<Result<(), Class>>) {
    let Some(Visit { system, trial }) = visit else { return };
    let limits = sim.limits.get(&system).copied().unwrap_or_default();
    let now = sim.clock.elapsed();
    let mut state = sim.state();
    let watched = state.systems.systems.entry(system).or_default();
    watched.flying = watched.flying.saturating_sub(1);
    if let (true, Some(open)) = (trial, &mut watched.open) {
        open.trying = false;
    }
    match outcome {
        None | Some(Err(Class::Bug)) => {}
        Some(Ok(()) | Err(Class::Permanent)) => {
            if watched.open.take().is_some() {
                watched.back = Some(sim.clock.now().0);
            }
            watched.failed.clear();
        }
        Some(Err(Class::Transient | Class::InDoubt)) => {
            let next = now.saturating_add(limits.probe);
            match &mut watched.open {
                Some(open) => {
                    open.put_off.push((now, open.next));
                    open.next = next;
                }
                None => {
                    watched.failed.insert(delivery.to_owned());
                    if limits.failures > 0 && watched.failed.len() as u64 >= limits.failures {
                        watched.failed.clear();
                        watched.open = Some(Open { since: now, next, put_off: Vec::new(), trying: false, late: 0 });
                    }
                }
            }
        }
    }
}

impl Doubt {
    /// Whether the intent to send has to be durable before the call.
    #[must_use]
    pub fn needs_intent(self) -> bool {
        self != Doubt::Retry
    }
}
