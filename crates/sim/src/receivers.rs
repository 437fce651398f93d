//! Receivers with their faults and their books; each call is checked against what was promised about it.

use std::sync::Arc;
use std::time::Duration;

use adapter::{Promise, ReceiverAdapter, Secret, Secrets};
use base::{Clock, Failure, Fut, Headers, Value};
use bytes::Bytes;
use flow::{Call, Outcome, Reply};
use store::{EntryFilter, EntryState, MemoryStore, PlaceKind, Store};

use crate::dice::Dice;
use crate::expect::id_of;
use crate::observe::{Acted, Lost, Sim, short};
use crate::planted::Planted;
use crate::world::{Doubt, Fate, ReceiverSpec, Single};

/// All receivers of a world.
pub struct Receivers {
    /// The world.
    pub sim: Arc<Sim>,
    /// What is durable: receivers look whether an intent was.
    pub durable: Arc<MemoryStore>,
}

/// How a receiver is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Ask,
    Best,
    Once,
}

/// A call that is under way; dropped before its end, nobody knows what came of it.
struct Flight<'a> {
    sim: &'a Sim,
    spec: &'a ReceiverSpec,
    to: usize,
    id: String,
    key: Option<String>,
    acted: bool,
    over: bool,
    /// Whether a call that is cut off still reaches the receiver.
    arrives: bool,
}

impl Flight<'_> {
    /// The receiver acts, unless it recognises the delivery.
    fn act(&mut self) {
        self.acted = true;
        let at = self.sim.clock.elapsed();
        let mut state = self.sim.state();
        let before = self.key.as_ref().and_then(|key| state.keys.get(key)).map_or(0, |known| known.acted);
        let applied = !(self.spec.idempotent && before > 0);
        if let Some(known) = self.key.as_ref().and_then(|key| state.keys.get_mut(key)) {
            known.acted += 1;
        }
        let (to, id, key) = (self.to, self.id.clone(), self.key.clone());
        state.acted.push(Acted { to, id, key, applied, at });
        drop(state);
        self.sim.trace(format!("r{} acted on {}{}", self.to, self.id, if applied { "" } else { " (a repeat)" }));
    }

    fn land(&mut self, doubt: bool) {
        self.over = true;
        let now = self.sim.clock.now().0;
        let at = self.sim.clock.elapsed();
        let mut state = self.sim.state();
        let life = state.life;
        if self.acted && !doubt {
            state.answered.insert(self.to, now);
        }
        if let Some(known) = self.key.as_ref().and_then(|key| state.keys.get_mut(key)) {
            known.flying -= 1;
            known.ended = Some((now, life));
            known.unrecorded = self.acted && !doubt;
            if doubt {
                known.doubts += 1;
                known.doubtful = true;
                known.told.push(at);
            }
        }
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        if self.over {
            return;
        }
        self.over = true;
        let (to, id, key) = (self.to, self.id.clone(), self.key.clone());
        let lost = Lost { to, id, key, acts: !self.acted && self.arrives };
        let mut state = self.sim.state();
        // What dies with the process is dropped in no particular order: it is counted afterwards.
        if state.dead {
            state.lost.push(lost);
        } else {
            drop(state);
            cut_off(self.sim, lost);
        }
    }
}

/// Nobody knows what came of a call; it may still reach the receiver.
pub fn cut_off(sim: &Sim, lost: Lost) {
    let Some(spec) = sim.world.receivers.get(lost.to) else { return };
    sim.trace(format!("nobody knows what came of {} at r{}", lost.id, lost.to));
    if let Some(key) = &lost.key {
        let mut state = sim.state();
        let known = state.keys.entry(key.clone()).or_default();
        known.flying = known.flying.saturating_sub(1);
        known.doubts += 1;
        known.doubtful = true;
    }
    let Lost { to, id, key, acts } = lost;
    if acts {
        Flight { sim, spec, to, id, key, acted: false, over: true, arrives: true }.act();
    }
}

/// The parts of a call that receivers look at: number, way, body, delivery id.
fn read(call: &Call) -> (usize, Way, String, Option<String>) {
    let (address, body, key) = match call {
        Call::Http(http) => {
            let key = http.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("Idempotency-Key"));
            (http.url.trim_start_matches("http://").replace('.', "@"), &http.body, key.map(|(_, key)| key.clone()))
        }
        Call::Mail(mail) => {
            (mail.to.first().cloned().unwrap_or_default().replace('.', "@"), &mail.body, Some(mail.message_id.clone()))
        }
    };
    let mut parts = address.split('@');
    let number = parts.next().and_then(|name| name.trim_start_matches('r').parse().ok()).unwrap_or(0);
    let way = match parts.next() {
        Some("once") => Way::Once,
        Some("ask") => Way::Ask,
        _ => Way::Best,
    };
    let body = String::from_utf8_lossy(body).into_owned();
    (number, way, body, key.filter(|_| way == Way::Once))
}

impl Receivers {
    /// Looks at a call that begins; what was promised about it holds or is broken here.
    async fn begin(&self, to: usize, spec: &ReceiverSpec, body: &str, key: &str) {
        let sim = &self.sim;
        let filter = EntryFilter { kind: Some(PlaceKind::Delivery), limit: 100_000, ..EntryFilter::default() };
        let entries = self.durable.entries(filter).await.unwrap_or_default();
        let entry = entries.into_iter().find(|entry| entry.id == key);
        let now = sim.clock.now().0;
        let mut broken: Vec<(&'static str, String)> = Vec::new();
        let what = format!("{} (delivery {}) to r{to}", id_of(body), short(key));
        {
            let mut state = sim.state();
            let life = state.life;
            let hurried = state.hurried.contains(&life);
            let answered = state.answered.get(&to).copied().unwrap_or(i64::MIN);
            let known = state.keys.entry(key.to_owned()).or_default();
            if known.body.is_empty() {
                (known.to, known.body) = (to, body.to_owned());
            }
            if known.body != body || known.to != to {
                broken.push(("G2", format!("{what}: the same delivery id as for {}", id_of(&known.body))));
            }
            if known.delivered {
                broken.push(("G2", format!("{what}: sent again although `delivered` was recorded")));
            }
            if known.flying > 0 {
                broken.push(("G2", format!("{what}: two attempts at the same time")));
            }
            if spec.in_doubt == Doubt::Hold {
                if entry.is_none() {
                    broken.push(("G4", format!("{what}: sent although no intent was durable, policy hold")));
                }
                if known.doubtful {
                    broken.push(("G4", format!("{what}: sent again although in doubt, policy hold")));
                }
            }
            if std::mem::take(&mut known.unrecorded) {
                // Only a store that would not take the outcome excuses this.
                if sim.world.store_faults > 0 || matches!(sim.world.single, Some(Single::Commit { .. })) {
                    known.doubts += 1;
                } else {
                    broken.push(("G2", format!("{what}: sent again although the receiver had said yes")));
                }
            }
            let waited = entry.as_ref().filter(|e| e.state == EntryState::Taken).zip(known.ended);
            if let Some((entry, (ended, of))) = waited
                && of == life
                && !hurried
                && sim.world.store_faults == 0
                && sim.world.given.is_none()
                && !matches!(sim.world.single, Some(Single::Commit { .. }))
            {
                // Who is back after an outage gets at once what the outage had put off.
                let back = answered > ended;
                let wait = spec.interval.saturating_mul(1 << entry.retries.min(3)) * 1_000;
                if !back && u64::try_from(now - ended).unwrap_or(0) < wait {
                    let text = format!("{what}: tried again after {} ms instead of {wait} ms", now - ended);
                    broken.push(("G8", text));
                }
                if u64::from(entry.retries) > spec.max_retries {
                    broken.push(("G8", format!("{what}: retry {} of at most {}", entry.retries + 1, spec.max_retries)));
                }
            }
            known.flying += 1;
        }
        for (rule, text) in broken {
            sim.broken(rule, text);
        }
    }

    fn fate(&self, to: usize, way: Way, spec: &ReceiverSpec, id: &str, dice: &mut Dice) -> Fate {
        let sim = &self.sim;
        let now = sim.clock.elapsed();
        if !sim.rough() {
            return Fate::Good;
        }
        if spec.down.is_some_and(|(from, until)| from <= now && now < until) {
            return Fate::Refuse;
        }
        if way == Way::Ask {
            return if dice.chance(spec.refuse / 2) { Fate::Refuse } else { Fate::Good };
        }
        if spec.poison && Dice::of(sim.world.seed, &["poison", id], to as u64).chance(25) {
            return Fate::Reject;
        }
        let mut roll = dice.below(100);
        for (chance, fate) in [
            (spec.refuse, Fate::Refuse),
            (spec.busy, Fate::Busy),
            (spec.reject, Fate::Reject),
            (spec.lose_answer, Fate::LoseAnswer),
            (spec.lose_request, Fate::LoseRequest),
        ] {
            if roll < chance {
                return fate;
            }
            roll -= chance;
        }
        Fate::Good
    }

    async fn call(&self, call: &Call) -> Outcome {
        let sim = &self.sim;
        sim.alive().await;
        let (to, way, body, mut key) = read(call);
        let Some(spec) = sim.world.receivers.get(to) else {
            return Err(Failure::permanent("C0003", "there is no such receiver"));
        };
        let id = id_of(&body);
        if sim.has(Planted::ReuseId) {
            key = key.map(|_| id.split('-').next().unwrap_or("").to_owned());
        }
        if let Some(key) = &key {
            self.begin(to, spec, &body, key).await;
        }
        let number = {
            let mut state = sim.state();
            let count = state.calls.entry((to, id.clone())).or_default();
            *count += 1;
            *count
        };
        let mut dice = Dice::of(sim.world.seed, &["call", &id, &to.to_string()], number);
        let called = {
            let mut state = sim.state();
            state.called += 1;
            state.called
        };
        let fate = match sim.world.single {
            Some(Single::Call { number, fate }) if number == called => fate,
            _ => self.fate(to, way, spec, &id, &mut dice),
        };
        sim.trace(format!("call r{to} {way:?} {id} {} {fate:?}", key.as_deref().map_or("-", short)));
        let arrives = dice.chance(40) && way != Way::Ask;
        let mut flight = Flight { sim, spec, to, id: id.clone(), key, acted: false, over: false, arrives };
        let slow = if sim.rough() { dice.between(1, spec.slow) } else { 1 };
        let timeout = 10_000;
        if matches!(fate, Fate::Refuse | Fate::Busy | Fate::Reject) {
            tokio::time::sleep(Duration::from_millis(slow.min(timeout) / 2 + 1)).await;
            sim.alive().await;
            flight.land(false);
            if fate == Fate::Reject {
                sim.state().answered.insert(to, sim.clock.now().0);
            }
            return Err(match fate {
                Fate::Refuse => Failure::transient("C0001", "connection refused"),
                Fate::Busy => status(503, Failure::transient("C0002", "the receiver answered 503")),
                _ => {
                    if sim.has(Planted::RejectedIsSuccess) {
                        return Ok(Reply { headers: Headers::new(), body: Bytes::new() });
                    }
                    status(400, Failure::permanent("C0003", "the receiver answered 400"))
                }
            });
        }
        let lost = fate == Fate::LoseRequest || slow > timeout && dice.chance(50);
        tokio::time::sleep(Duration::from_millis(slow.min(timeout) / 2)).await;
        let last = sim.effect().await;
        if !lost && way != Way::Ask {
            flight.act();
        }
        if last {
            sim.die().await;
        }
        let doubt = lost || fate == Fate::LoseAnswer || slow > timeout;
        tokio::time::sleep(Duration::from_millis(if doubt { timeout } else { slow / 2 })).await;
        sim.alive().await;
        flight.land(doubt);
        if doubt {
            return Err(if sim.has(Planted::DoubtIsFailure) {
                Failure::transient("C0001", "connection refused")
            } else {
                Failure::in_doubt("C0004", "sent, and no answer came")
            });
        }
        let mut headers = Headers::new();
        headers.set("CamelHttpResponseCode", Value::Int(200));
        Ok(Reply { headers, body: Bytes::from(body) })
    }
}

fn status(status: u16, mut failure: Failure) -> Failure {
    failure.http_status = Some(status);
    failure
}

impl ReceiverAdapter for Receivers {
    fn promise(&self, call: &Call) -> Promise {
        let idempotent = self.sim.world.receivers.get(read(call).0).is_some_and(|spec| spec.idempotent);
        if idempotent { Promise::Idempotent } else { Promise::MayRepeat }
    }

    fn perform<'a>(&'a self, call: &'a Call, _secrets: &'a dyn Secrets) -> Fut<'a, Outcome> {
        Box::pin(self.call(call))
    }
}

/// No flow of a world names a secret.
pub struct NoSecrets;

impl Secrets for NoSecrets {
    fn secret(&self, _name: &str) -> Option<Secret> {
        None
    }
}
