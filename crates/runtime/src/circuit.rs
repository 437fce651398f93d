//! Circuits: a receiver that is down costs one attempt per interval, however many messages wait for it; and limits of
//! how much a receiver is given at once. Both are shared by all flows that deliver to the same system.
//!
//! A circuit opens after failures of so many *different* deliveries in a row: one message that a receiver cannot digest
//! never opens it. While it is open, first attempts are parked without being made, and dispatchers take one delivery
//! per interval. The first answer closes it, a refusal too: whoever says no is there. Nothing of this is stored: after
//! a start circuits are closed, and a receiver that is still down opens its own within a few attempts.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use base::{Class, DeliveryId, Failure, Timestamp};
use flow::{Flow, Outcome};
use store::Place;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use crate::deploy;

/// How long a run waits for the turn that a rate gives.
const PATIENCE: Duration = Duration::from_secs(1);

/// Most deliveries that are remembered as failed in an outage.
const REMEMBERED: usize = 10_000;

/// The systems behind the receivers of all deployed flows.
#[derive(Default)]
pub(crate) struct Circuits {
    systems: Mutex<BTreeMap<String, Arc<System>>>,
}

/// One system.
pub(crate) struct System {
    pub name: String,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    settings: Settings,
    /// Where deliveries to it are parked: these dispatchers are woken when it is back.
    places: Vec<Place>,
    phase: Phase,
    hands: Option<Arc<Semaphore>>,
    /// When the next call may begin, where there is a rate.
    next_call: Option<Instant>,
    /// How many attempts of open circuits there were.
    probes: u64,
    /// What fails while a backlog is brought forward, of one outage or of several in a row; gone with the ones who do it.
    since_back: Vec<Weak<Failing>>,
}

/// Deliveries that failed after their system was back: their new times are not those of the outage.
#[derive(Debug, Default)]
pub(crate) struct Failing(Mutex<HashSet<DeliveryId>>);

impl Failing {
    pub fn has(&self, delivery: DeliveryId) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(&delivery)
    }

    fn add(&self, delivery: DeliveryId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(delivery);
    }
}

/// The end of an outage that outlasted its first interval.
#[derive(Debug)]
pub(crate) struct Outage {
    /// Deliveries that are known to have failed because of it.
    pub failed: HashSet<DeliveryId>,
    /// Deliveries that fail from now on.
    pub since: Arc<Failing>,
}

/// The strictest of what its receivers say.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Settings {
    failures: u32,
    probe: Duration,
    concurrency: Option<u32>,
    rate: Option<f64>,
}

enum Phase {
    /// Deliveries that failed since the last answer.
    Closed(HashSet<DeliveryId>),
    Open {
        since: Timestamp,
        probe_at: Timestamp,
        /// How long before that this was said: a clock that was put back keeps nobody waiting for longer.
        wait: Duration,
        /// The attempt that is under way: which it is, because one of an outage before may last into this one.
        probing: Option<u64>,
        error: String,
        /// A probe has failed: it is down for longer than its first interval.
        lasting: bool,
        /// An alert says so.
        told: bool,
        /// Deliveries that failed because of the outage, as many as are remembered.
        failed: HashSet<DeliveryId>,
    },
}

/// What an outcome means for others.
#[derive(Debug, Default)]
pub(crate) struct Noted {
    /// The system is back: these dispatchers have something to do again.
    pub back: Vec<Place>,
    /// It was away for longer than an interval.
    pub over: Option<Outage>,
    /// It is down for longer than its first interval, which nobody was told yet.
    pub down: bool,
}

/// What a dispatcher may take for a system.
pub(crate) enum Gate {
    /// As much as it has hands.
    Open,
    /// One entry.
    Probe(Probing),
    /// Nothing before this.
    Wait(Timestamp),
    /// Nothing while another dispatcher tries.
    Busy,
}

/// The one attempt while a circuit is open; others may try when it is dropped.
pub(crate) struct Probing(Arc<System>, u64);

/// A call whose turn it is; the next may begin when it is dropped.
pub(crate) struct Turn(#[expect(dead_code, reason = "held, not read")] Option<OwnedSemaphorePermit>);

/// The state of a circuit, for people.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct CircuitState {
    /// Since when it is open; `None` is closed.
    pub open_since: Option<Timestamp>,
    /// When the next attempt is made.
    pub next_probe: Option<Timestamp>,
    /// What failed last.
    pub error: Option<String>,
    /// Different deliveries that failed in a row.
    pub failing: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { failures: 0, probe: Duration::MAX, concurrency: None, rate: None }
    }
}

impl Settings {
    fn stricter(self, receiver: &flow::Receiver) -> Settings {
        let circuit = &receiver.circuit;
        let least = |a: u32, b: u32| if a == 0 || b == 0 { a.max(b) } else { a.min(b) };
        let throttle = &receiver.throttle;
        let rate = match (self.rate, throttle.rate) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        Settings {
            failures: least(self.failures, circuit.failures),
            probe: if circuit.failures == 0 { self.probe } else { self.probe.min(circuit.probe) },
            concurrency: self.concurrency.into_iter().chain(throttle.concurrency).min(),
            rate,
        }
    }
}

impl Default for Phase {
    fn default() -> Self {
        Phase::Closed(HashSet::new())
    }
}

impl Circuits {
    fn systems(&self) -> MutexGuard<'_, BTreeMap<String, Arc<System>>> {
        self.systems.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes over what the flows say that are deployed now; a circuit that is open stays open.
    pub fn configure<'a>(&self, flows: impl Iterator<Item = &'a Flow>) {
        let mut all: BTreeMap<String, (Settings, Vec<Place>)> = BTreeMap::new();
        for flow in flows {
            for name in deploy::parking_receivers(flow) {
                let Some(receiver) = flow.receivers.get(name) else { continue };
                let (settings, places) = all.entry(receiver.system(&flow.name)).or_default();
                *settings = settings.stricter(receiver);
                places.push(Place::delivery(flow.name.as_str(), name));
            }
        }
        let mut systems = self.systems();
        systems.retain(|name, _| all.contains_key(name));
        for (name, (settings, places)) in all {
            let system =
                systems.entry(name.clone()).or_insert_with(|| Arc::new(System { name, inner: Mutex::default() }));
            let mut inner = system.inner();
            if inner.settings.concurrency != settings.concurrency {
                inner.hands = settings.concurrency.map(|n| Arc::new(Semaphore::new(n as usize)));
            }
            inner.settings = settings;
            inner.places = places;
        }
    }

    /// The system of a name.
    pub fn named(&self, name: &str) -> Option<Arc<System>> {
        self.systems().get(name).cloned()
    }

    /// The system of a receiver of a deployed flow.
    pub fn of(&self, flow: &Flow, receiver: &str) -> Option<Arc<System>> {
        let receiver = flow.receivers.get(receiver)?;
        self.systems().get(&receiver.system(&flow.name)).cloned()
    }
}

impl Inner {
    /// When one more call may begin, which is then taken.
    fn begin(&mut self) -> Option<Instant> {
        let rate = self.settings.rate?;
        let begin = self.next_call.unwrap_or_else(Instant::now).max(Instant::now());
        self.next_call = Some(begin + Duration::from_secs_f64(1.0 / rate.max(0.001)));
        Some(begin)
    }
}

async fn until(begin: Option<Instant>) {
    if let Some(begin) = begin {
        tokio::time::sleep_until(begin).await;
    }
}

impl System {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a dispatcher may take now.
    pub fn gate(self: &Arc<Self>, now: Timestamp) -> Gate {
        let Inner { phase, probes, .. } = &mut *self.inner();
        match phase {
            Phase::Closed(_) => Gate::Open,
            Phase::Open { probing: Some(_), .. } => Gate::Busy,
            Phase::Open { probe_at, wait, probing, .. } if *probe_at <= now || *probe_at > now.plus(*wait) => {
                *probes += 1;
                *probing = Some(*probes);
                Gate::Probe(Probing(Arc::clone(self), *probes))
            }
            Phase::Open { probe_at, .. } => Gate::Wait(*probe_at),
        }
    }

    /// Whether it counts as down.
    pub fn is_open(&self) -> bool {
        matches!(self.inner().phase, Phase::Open { .. })
    }

    /// The turn of a first attempt, at once or nearly so; otherwise the failure that parks it untried. A run that waited
    /// for one receiver would keep a place that runs for others need.
    pub async fn turn_now(&self) -> Result<Turn, Failure> {
        let (permit, begin) = {
            let mut inner = self.inner();
            if let Phase::Open { error, .. } = &inner.phase {
                let text = format!("{} is down and was not called; it failed last with {error}", self.name);
                return Err(Failure::transient(engine::NOT_TRIED, text));
            }
            let busy = || {
                let text = format!("{} has as much to do as its limits allow; this waits for its turn", self.name);
                Failure::transient(engine::NOT_TRIED, text)
            };
            if inner.next_call.is_some_and(|next| next > Instant::now() + PATIENCE) {
                return Err(busy());
            }
            let permit = match &inner.hands {
                Some(hands) => Some(Arc::clone(hands).try_acquire_owned().map_err(|_| busy())?),
                None => None,
            };
            (permit, inner.begin())
        };
        until(begin).await;
        Ok(Turn(permit))
    }

    /// Waits for the turn of a later attempt.
    pub async fn turn(&self) -> Turn {
        let hands = self.inner().hands.clone();
        let permit = match hands {
            Some(hands) => hands.acquire_owned().await.ok(),
            None => None,
        };
        let begin = self.inner().begin();
        until(begin).await;
        Turn(permit)
    }

    /// Where deliveries to it are parked.
    pub fn places(&self) -> Vec<Place> {
        self.inner().places.clone()
    }

    /// The alert about its outage could not be kept.
    pub fn not_told(&self) {
        if let Phase::Open { told, .. } = &mut self.inner().phase {
            *told = false;
        }
    }

    /// Takes note of an outcome.
    pub fn note(&self, delivery: DeliveryId, outcome: &Outcome, now: Timestamp) -> Noted {
        let mut inner = self.inner();
        let Settings { failures, probe, .. } = inner.settings;
        if outcome.is_err() {
            inner.since_back.retain(|since| since.strong_count() > 0);
            inner.since_back.iter().filter_map(Weak::upgrade).for_each(|since| since.add(delivery));
        }
        let failure = match outcome {
            Err(failure) if failure.class == Class::Bug => return Noted::default(),
            Err(failure) if failure.class != Class::Permanent && !engine::accepted(failure) => failure,
            // An answer: the receiver is there, and one that breaks off had said yes before.
            _ => {
                if let Phase::Open { lasting, mut failed, .. } = std::mem::take(&mut inner.phase) {
                    tracing::info!(system = self.name, "the receiver is back; what waits for it is delivered");
                    // What is refused now has a time of its own.
                    failed.remove(&delivery);
                    let over = lasting.then(|| Outage { failed, since: Arc::default() });
                    if let (Some(over), Err(_)) = (&over, outcome) {
                        over.since.add(delivery);
                    }
                    // An outage that was too short to put anything off leaves those before it their watch.
                    inner.since_back.extend(over.as_ref().map(|over| Arc::downgrade(&over.since)));
                    return Noted { back: inner.places.clone(), over, down: false };
                }
                return Noted::default();
            }
        };
        let wished = failure.retry_after.unwrap_or_default().min(Duration::from_secs(3_600));
        let longest = probe.max(wished);
        let next = now.plus(longest);
        match &mut inner.phase {
            Phase::Open { since, probe_at, wait, error, lasting, told, failed, .. } => {
                if failed.len() < REMEMBERED {
                    failed.insert(delivery);
                }
                (*probe_at, *wait) = (next, longest);
                *since = now.min(*since);
                *error = failure.to_string();
                *lasting |= now >= since.plus(probe);
                if *lasting && !std::mem::replace(told, true) {
                    return Noted { down: true, ..Noted::default() };
                }
            }
            Phase::Closed(failed) => {
                failed.insert(delivery);
                if failures > 0 && failed.len() >= failures as usize {
                    let error = failure.to_string();
                    tracing::warn!(
                        system = self.name,
                        %error,
                        "the receiver is down: one delivery is tried every {}, the others wait",
                        base::format_duration(probe)
                    );
                    let (probing, lasting, told) = (None, false, false);
                    let (wait, failed) = (longest, std::mem::take(failed));
                    inner.phase =
                        Phase::Open { since: now, probe_at: next, wait, probing, error, lasting, told, failed };
                }
            }
        }
        Noted::default()
    }

    /// Its state, for people.
    pub fn state(&self) -> CircuitState {
        match &self.inner().phase {
            Phase::Closed(failed) => CircuitState {
                open_since: None,
                next_probe: None,
                error: None,
                failing: u32::try_from(failed.len()).unwrap_or(u32::MAX),
            },
            Phase::Open { since, probe_at, error, .. } => CircuitState {
                open_since: Some(*since),
                next_probe: Some(*probe_at),
                error: Some(error.clone()),
                failing: 0,
            },
        }
    }
}

impl Drop for Probing {
    fn drop(&mut self) {
        if let Phase::Open { probing, .. } = &mut self.0.inner().phase
            && *probing == Some(self.1)
        {
            *probing = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROBE: Duration = Duration::from_secs(30);

    fn system() -> Arc<System> {
        let settings = Settings { failures: 1, probe: PROBE, ..Settings::default() };
        Arc::new(System { name: "s".into(), inner: Mutex::new(Inner { settings, ..Inner::default() }) })
    }

    fn delivery(name: &str) -> DeliveryId {
        DeliveryId::derive(&base::MessageId::from_text(name.to_owned()), "", "")
    }

    fn fail(system: &System, name: &str, now: Timestamp) {
        system.note(delivery(name), &Err(Failure::transient("C0001", "no")), now);
    }

    #[test]
    fn a_clock_that_is_put_back_keeps_nobody_waiting() {
        let (system, now) = (system(), Timestamp(100_000_000));
        fail(&system, "a", now);
        assert!(matches!(system.gate(now), Gate::Wait(at) if at == now.plus(PROBE)));
        assert!(matches!(system.gate(Timestamp(50_000_000)), Gate::Probe(_)));
    }

    #[test]
    fn an_attempt_of_an_outage_before_frees_none_of_this_one() {
        let (system, now) = (system(), Timestamp(100_000_000));
        let then = now.plus(PROBE);
        fail(&system, "a", now);
        let Gate::Probe(before) = system.gate(then) else { unreachable!("its interval is over") };
        system.note(delivery("b"), &Ok(flow::Reply::default()), then);
        fail(&system, "c", then);
        let Gate::Probe(_this) = system.gate(then.plus(PROBE)) else {
            unreachable!("the old attempt is not of this one")
        };
        drop(before);
        assert!(matches!(system.gate(then.plus(PROBE)), Gate::Busy));
    }
}
