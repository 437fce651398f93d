//! Receivers with their faults and their books; each call is checked against what was promised about it.

use std::sync::Arc;
use std::time::Duration;

use adapter::{Promise, ReceiverAdapter, Secret, Secrets};
use base::{Class, Clock, Failure, Fut, Headers, Value};
use bytes::Bytes;
use flow::{Call, Outcome, Reply};
use store::{EntryFilter, EntryInfo, EntryState, MemoryStore, PlaceKind, Store};

use crate::dice::Dice;
use crate::expect::{id_of, key_of};
use crate::flight::Flight;
use crate::observe::{Sim, short};
use crate::planted::Planted;
use crate::systems::{self, Visit};
use crate::world::{Fate, ReceiverSpec, Single};

/// The timeout of every call.
const LONGEST: Duration = Duration::from_secs(10);

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
    /// It is asked whether it has a delivery.
    Probe,
}

/// The parts of a call that receivers look at.
struct Seen {
    to: usize,
    way: Way,
    /// The flow that sends, where the address says so.
    from: String,
    body: String,
    /// Delivery id, of exactly-once calls and of questions about them.
    key: Option<String>,
    /// What the flow drew for its message.
    number: Option<String>,
}

fn read(call: &Call) -> Seen {
    let (address, from, body, key, number) = match call {
        Call::Http(http) => {
            let header = |name: &str| {
                http.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.clone())
            };
            let (host, path) = http.url.trim_start_matches("http://").split_once('/').unwrap_or((&http.url, ""));
            (host.replace('.', "@"), path.to_owned(), &http.body, header("Idempotency-Key"), header("Number"))
        }
        Call::Mail(mail) => {
            let to = mail.to.first().cloned().unwrap_or_default().replace('.', "@");
            (to, mail.subject.clone(), &mail.body, Some(mail.message_id.clone()), None)
        }
    };
    let mut parts = address.split('@');
    let to = parts.next().and_then(|name| name.trim_start_matches('r').parse().ok()).unwrap_or(0);
    let asks = matches!(call, Call::Http(http) if http.method == "GET");
    let way = match parts.next() {
        Some("once") if asks => Way::Probe,
        Some("once") => Way::Once,
        Some("ask") => Way::Ask,
        _ => Way::Best,
    };
    let body = String::from_utf8_lossy(body).into_owned();
    match way {
        Way::Probe => Seen { to, way, from: String::new(), body, key: Some(from), number: None },
        _ => Seen { to, way, from, body, key: key.filter(|_| way == Way::Once), number },
    }
}

impl Receivers {
    /// Looks at a call that begins; what was promised about it holds or is broken here.
    async fn begin(&self, to: usize, spec: &ReceiverSpec, body: &str, key: &str) {
        let sim = &self.sim;
        let filter = EntryFilter { kind: Some(PlaceKind::Delivery), limit: 100_000, ..EntryFilter::default() };
        let entries = self.durable.entries(filter).await.unwrap_or_default();
        let entry = entries.iter().find(|entry| entry.id == key).cloned();
        let ahead = entry.as_ref().filter(|e| !e.order_key.is_empty()).and_then(|own| {
            let same = |e: &&EntryInfo| e.place == own.place && e.order_key == own.order_key;
            entries.iter().filter(same).find(|e| e.key < own.key)
        });
        let now = sim.clock.now().0;
        let mut broken: Vec<(&'static str, String)> = Vec::new();
        let what = format!("{} (delivery {}) to r{to}", id_of(body), short(key));
        if let Some(ahead) = ahead {
            let text = format!("{what}: sent while {} of the same key is {}", short(&ahead.id), ahead.state.as_str());
            broken.push(("G7", text));
        }
        {
            let mut state = sim.state();
            let life = state.life;
            let hurried = state.hurried.contains(&life);
            let back = state.systems.back(&sim.world.system(to));
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
            if spec.in_doubt.needs_intent() {
                let policy = spec.in_doubt;
                if entry.is_none() {
                    broken.push(("G4", format!("{what}: sent although no intent was durable, policy {policy:?}")));
                }
                if known.doubtful {
                    broken.push(("G4", format!("{what}: sent again although in doubt, policy {policy:?}")));
                }
            }
            if std::mem::take(&mut known.unrecorded) {
                // A yes that the store did not take is kept by the process: only its end excuses this.
                let same_life = known.ended.is_some_and(|(_, of)| of == life);
                if same_life {
                    broken.push(("G2", format!("{what}: sent again although the receiver had said yes")));
                } else {
                    known.doubts += 1;
                }
            }
            // What was parked untried has its first attempt before it, whatever an earlier run of its message did.
            let tried = |e: &&EntryInfo| e.error.as_ref().is_some_and(|error| !error.starts_with("R0208"));
            let waited = entry.as_ref().filter(|e| e.state == EntryState::Taken).filter(tried).zip(known.ended);
            if let Some((entry, (ended, of))) = waited
                && of == life
                && !hurried
                && sim.world.store_faults == 0
                && sim.world.given.is_none()
                && !matches!(sim.world.single, Some(Single::Commit { .. }))
            {
                // What an outage put off goes on at once when its system is back.
                let back = back.is_some_and(|at| at >= ended);
                let class = known.last.unwrap_or(Class::Transient);
                let (interval, most) = spec.policy(class);
                let wait = interval.saturating_mul(1 << entry.retries.min(3)).min(spec.interval * 8) * 1_000;
                if !back && u64::try_from(now - ended).unwrap_or(0) < wait {
                    let text = format!("{what}: tried again after {} ms instead of {wait} ms", now - ended);
                    broken.push(("G8", text));
                }
                if u64::from(entry.retries) >= most {
                    broken.push(("G8", format!("{what}: retry {} of at most {most}", entry.retries + 1)));
                }
                // It could not be due earlier than this, and a person should have been asked instead.
                let due = ended.saturating_add_unsigned(wait);
                if let Some(age) = spec.patience(class)
                    && due > entry.created.0.saturating_add_unsigned(age * 1_000)
                {
                    let since = due - entry.created.0;
                    broken.push((
                        "G8",
                        format!("{what}: tried again {since} ms after the first time, of {age} s at most"),
                    ));
                }
            }
            known.flying += 1;
            known.at_work = sim.clock.elapsed() + LONGEST;
        }
        for (rule, text) in broken {
            sim.broken(rule, text);
        }
    }

    fn fate(&self, seen: &Seen, spec: &ReceiverSpec, id: &str, dice: &mut Dice) -> Fate {
        let sim = &self.sim;
        let now = sim.clock.elapsed();
        if !sim.rough() {
            return Fate::Good;
        }
        if spec.down.is_some_and(|(from, until)| from <= now && now < until) {
            return Fate::Refuse;
        }
        if seen.way == Way::Probe {
            // It answers truthfully, or not at all.
            return match dice.below(100) {
                n if n < spec.refuse / 2 => Fate::Refuse,
                n if n < spec.refuse / 2 + spec.busy / 2 => Fate::Busy,
                n if n < spec.refuse / 2 + spec.busy / 2 + spec.lose_answer => Fate::LoseAnswer,
                _ => Fate::Good,
            };
        }
        if seen.way == Way::Ask {
            return if dice.chance(spec.refuse / 2) { Fate::Refuse } else { Fate::Good };
        }
        if spec.sore.is_some_and(|sore| sore == key_of(&seen.body)) {
            return Fate::Busy;
        }
        if spec.poison && Dice::of(sim.world.seed, &["poison", id], seen.to as u64).chance(25) {
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
        let mut seen = read(call);
        let Some(spec) = sim.world.receivers.get(seen.to) else {
            return Err(Failure::permanent("C0003", "there is no such receiver"));
        };
        if seen.way == Way::Probe {
            return self.asked(&seen, spec).await;
        }
        let (to, way, id) = (seen.to, seen.way, id_of(&seen.body));
        if sim.has(Planted::ReuseId) {
            seen.key = seen.key.map(|_| id.split('-').next().unwrap_or("").to_owned());
        }
        let mut visit = None;
        if let Some(key) = &seen.key {
            self.begin(to, spec, &seen.body, key).await;
            visit = systems::begin(sim, to, key, &format!("{id} (delivery {}) to r{to}", short(key)));
        }
        self.look_at_number(&seen, &id);
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
            _ => self.fate(&seen, spec, &id, &mut dice),
        };
        let Seen { from, key, body, number: number_of, .. } = seen;
        let with = number_of.map_or(String::new(), |number| format!(" with number {number}"));
        sim.trace(format!("call r{to} {way:?} {id} {} {fate:?}{with}", key.as_deref().map_or("-", short)));
        let arrives = dice.chance(40) && way != Way::Ask;
        let (acted, over) = (false, false);
        let mut flight = Flight { sim, spec, to, from, id: id.clone(), key, acted, over, arrives, visit };
        let slow = if sim.rough() { dice.between(1, spec.slow) } else { 1 };
        let timeout = u64::try_from(LONGEST.as_millis()).unwrap_or(u64::MAX);
        if matches!(fate, Fate::Refuse | Fate::Busy | Fate::Reject) {
            tokio::time::sleep(Duration::from_millis(slow.min(timeout) / 2 + 1)).await;
            sim.alive().await;
            let failure = match fate {
                Fate::Refuse => Failure::transient("C0001", "connection refused"),
                Fate::Busy => status(503, Failure::transient("C0002", "the receiver answered 503")),
                _ => status(400, Failure::permanent("C0003", "the receiver answered 400")),
            };
            flight.land(Some(failure.class));
            if fate == Fate::Reject && sim.has(Planted::RejectedIsSuccess) {
                return Ok(Reply { headers: Headers::new(), body: Bytes::new() });
            }
            return Err(failure);
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
        flight.land(doubt.then_some(Class::InDoubt));
        if doubt {
            return Err(if sim.has(Planted::DoubtIsFailure) {
                Failure::transient("C0001", "connection refused")
            } else {
                Failure::in_doubt("C0004", "sent, and no answer came")
            });
        }
        Ok(answer(200, body))
    }

    /// A receiver is asked whether it has a delivery.
    async fn asked(&self, seen: &Seen, spec: &ReceiverSpec) -> Outcome {
        let sim = &self.sim;
        let key = seen.key.as_deref().unwrap_or_default();
        let what = format!("question about {} at r{}", short(key), seen.to);
        let visit = systems::begin(sim, seen.to, key, &what);
        let (number, flying, at_work) = {
            let mut state = sim.state();
            // A clock that jumps and a person who retries may well ask too early.
            let alone = state.jumped.is_empty() && state.hurried.is_empty();
            let known = state.keys.entry(key.to_owned()).or_default();
            known.asked += 1;
            (u64::from(known.asked), known.flying > 0, alone && sim.clock.elapsed() < known.at_work)
        };
        if at_work {
            sim.broken("G4", format!("{what}: asked while the receiver may still be at work on it"));
        }
        if flying {
            sim.broken("G4", format!("{what}: asked while it is being sent"));
        }
        let mut dice = Dice::of(sim.world.seed, &["probe", key], number);
        let fate = self.fate(seen, spec, "", &mut dice);
        let mut visit = Asking { sim, key: key.to_owned(), visit };
        tokio::time::sleep(Duration::from_millis(dice.between(1, spec.slow.min(3_000)))).await;
        let last = sim.effect().await;
        let has = sim.state().keys.get(key).is_some_and(|known| known.acted > 0);
        sim.trace(format!("probe r{} {} {fate:?}, has it: {has}", seen.to, short(key)));
        if last {
            sim.die().await;
        }
        tokio::time::sleep(Duration::from_millis(if fate == Fate::LoseAnswer { 10_000 } else { 1 })).await;
        sim.alive().await;
        let (answered, outcome) = match fate {
            Fate::Refuse => {
                let failure = Failure::transient("C0001", "connection refused");
                (Err(failure.class), Err(failure))
            }
            Fate::LoseAnswer => {
                let failure = Failure::in_doubt("C0004", "asked, and no answer came");
                (Err(failure.class), Err(failure))
            }
            Fate::Busy => (Ok(()), Ok(answer(503, String::new()))),
            _ if has && !sim.has(Planted::YesIsNo) => (Ok(()), Ok(answer(200, String::new()))),
            _ => {
                if let Some(known) = sim.state().keys.get_mut(key) {
                    known.doubtful = false;
                }
                (Ok(()), Ok(answer(404, String::new())))
            }
        };
        visit.end(Some(answered));
        outcome
    }

    /// A number that came with a message belongs to it alone, whatever happened, but for what a best-effort flow draws in
    /// a unit of work.
    fn look_at_number(&self, seen: &Seen, id: &str) {
        let Some(number) = &seen.number else { return };
        let flow = self.sim.world.flows.iter().find(|f| f.name == seen.from);
        if flow.is_none_or(|f| f.required && !f.quality.keeps_outcomes()) {
            return;
        }
        let message = id.split('-').next().unwrap_or_default().to_owned();
        let name = (seen.from.clone(), number.clone());
        let whose = self.sim.state().numbered.entry(name).or_insert_with(|| message.clone()).clone();
        if whose != message {
            self.sim.broken("G5", format!("number {number} of {} came with {whose} and {message}", seen.from));
        }
    }
}

/// A question that is under way.
struct Asking<'a> {
    sim: &'a Sim,
    key: String,
    visit: Option<Visit>,
}

impl Asking<'_> {
    fn end(&mut self, outcome: Option<Result<(), Class>>) {
        systems::end(self.sim, self.visit.take(), &self.key, outcome);
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        self.end(None);
    }
}

fn answer(status: i64, body: String) -> Reply {
    let mut headers = Headers::new();
    headers.set("CamelHttpResponseCode", Value::Int(status));
    Reply { headers, body: Bytes::from(body) }
}

fn status(status: u16, mut failure: Failure) -> Failure {
    failure.http_status = Some(status);
    failure
}

impl ReceiverAdapter for Receivers {
    fn promise(&self, call: &Call) -> Promise {
        let idempotent = self.sim.world.receivers.get(read(call).to).is_some_and(|spec| spec.idempotent);
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
