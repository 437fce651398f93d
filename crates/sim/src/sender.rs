//! Senders: they send until they are told that their message is in, and watch what the door says.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base::MessageId;
use bytes::Bytes;
use runtime::{DoorRequest, DoorResponse, Runtime};

use crate::dice::Dice;
use crate::expect::body;
use crate::observe::Sim;
use crate::world::{Post, Single, Twice};

/// How long a sender waits for an answer.
const TIMEOUT: Duration = Duration::from_secs(60);
/// How long after the end of all faults a sender still tries.
const PATIENCE: Duration = Duration::from_secs(3_600);

/// Where a sender is with its message.
#[derive(Clone, Debug, Default)]
pub struct Sent {
    /// Names under which it was tried: one for all tries with a key, one for each try without.
    pub names: Vec<String>,
    /// When each was tried first.
    pub first: BTreeMap<String, Duration>,
    /// The name that was answered with success, the answer, the message's id and the true time.
    pub taken: Option<(String, Bytes, Option<MessageId>, Duration)>,
    /// When it is tried next.
    next: Duration,
    tries: u64,
    given_up: bool,
    /// What is still to be sent a second time.
    again: bool,
}

/// A sender of one message.
pub struct Sender {
    /// What it sends.
    pub post: Post,
    sim: Arc<Sim>,
    sent: Mutex<Sent>,
}

impl Sender {
    /// The senders of a message: two where both send the same at the same time.
    pub fn of(sim: &Arc<Sim>, post: &Post) -> Vec<Arc<Self>> {
        let count = if post.twice == Twice::Same { 2 } else { 1 };
        let again = matches!(post.twice, Twice::Later | Twice::Conflict);
        let one = || Sender {
            post: post.clone(),
            sim: Arc::clone(sim),
            sent: Mutex::new(Sent { next: post.at, again, ..Sent::default() }),
        };
        (0..count).map(|_| Arc::new(one())).collect()
    }

    /// Where it is.
    pub fn sent(&self) -> Sent {
        self.lock().clone()
    }

    /// Whether it has nothing more to do.
    pub fn is_done(&self) -> bool {
        let sent = self.lock();
        sent.given_up || sent.taken.is_some() && !sent.again
    }

    fn lock(&self) -> MutexGuard<'_, Sent> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends until it is done, or the process dies.
    pub async fn send(&self, runtime: &Runtime) {
        while !self.is_done() {
            let next = self.lock().next;
            tokio::time::sleep(next.saturating_sub(self.sim.clock.elapsed())).await;
            self.sim.alive().await;
            if self.lock().taken.is_some() {
                self.repeat(runtime).await;
            } else {
                self.attempt(runtime).await;
            }
        }
    }

    async fn attempt(&self, runtime: &Runtime) {
        let name = {
            let mut sent = self.lock();
            sent.tries += 1;
            let fresh = format!("{}a{}", self.post.name, sent.tries);
            let name = if self.post.keyed { self.post.name.clone() } else { fresh };
            if !sent.names.contains(&name) {
                sent.names.push(name.clone());
            }
            // A process that dies during the try leaves the sender waiting for its answer this long.
            let now = self.sim.clock.elapsed();
            sent.next = now + TIMEOUT;
            sent.first.entry(name.clone()).or_insert(now);
            name
        };
        let answer = self.ask(runtime, &name).await;
        self.sim.alive().await;
        let now = self.sim.clock.elapsed();
        let refused = |a: &DoorResponse| self.sim.world.given.as_ref().is_some_and(|given| given.refuses(&a.body));
        let status = answer.as_ref().filter(|a| !refused(a)).map_or(0, |a| a.status);
        self.sim.trace(format!("answer to {name}: {status}"));
        let mut sent = self.lock();
        let tries = sent.tries;
        let wait = Dice::of(self.sim.world.seed, &["wait", &self.post.name], tries).between(1_000, 40_000);
        sent.next = now + Duration::from_millis(wait);
        if let Some(answer) = answer.filter(|_| (200..300).contains(&status)) {
            let id = header(&answer, "Semel-Message-Id").map(MessageId::from_text);
            sent.taken = Some((name, answer.body, id, now));
        } else if now > self.sim.world.calm + PATIENCE {
            sent.given_up = true;
            drop(sent);
            self.sim.broken("G1", format!("{name} is never accepted, at last with status {status}"));
        } else if !matches!(status, 0 | 409 | 500 | 503) {
            drop(sent);
            self.sim.broken("G3", format!("{name} was answered with {status}"));
        }
    }

    /// Sends again what was taken already, or another content under its key.
    async fn repeat(&self, runtime: &Runtime) {
        let Some((name, body, id, _)) = self.sent().taken else { return };
        let conflict = self.post.twice == Twice::Conflict;
        self.lock().next = self.sim.clock.elapsed() + TIMEOUT;
        let sent = if conflict { format!("{name}x") } else { name.clone() };
        let answer = self.ask(runtime, &sent).await;
        self.sim.alive().await;
        self.lock().next = self.sim.clock.elapsed() + Duration::from_secs(20);
        let Some(answer) = answer else { return };
        self.sim.trace(format!("answer to the repeated {sent}: {}", answer.status));
        match answer.status {
            // Busy, or the store does not work: it says nothing, so it is asked again.
            500 | 503 if self.sim.rough() => return,
            422 if conflict => {}
            status if conflict => {
                self.sim.broken("G3", format!("another content under the key of {name} was answered with {status}"));
            }
            200..300 if answer.body == body => {
                let replayed = header(&answer, "Idempotent-Replayed").is_some();
                if !replayed {
                    self.sim.broken("G3", format!("{name} was done, and was processed again"));
                }
                if let Some(id) = id.filter(|_| replayed) {
                    self.sim.state().replayed.push(id.to_string());
                }
            }
            status => {
                let text = format!("{name} was done; sent again it was answered with {status}, another answer");
                self.sim.broken("G3", text);
            }
        }
        self.lock().again = false;
    }

    fn body(&self, name: &str) -> String {
        let number = {
            let mut state = self.sim.state();
            state.sent += 1;
            state.sent
        };
        match &self.sim.world.given {
            Some(_) if self.sim.world.single == Some(Single::Body { number }) => "nothing that can be read".to_owned(),
            Some(given) => given.body(&self.post, name),
            None => body(name, self.post.key, self.post.orders, self.post.items),
        }
    }

    fn headers(&self) -> Vec<(String, String)> {
        let key = self.post.keyed.then(|| ("Idempotency-Key".to_owned(), format!("key-{}", self.post.name)));
        let order = self.sim.world.given.as_ref().and_then(|given| given.key_header.clone());
        key.into_iter().chain(order.map(|name| (name, self.post.key.to_string()))).collect()
    }

    async fn ask(&self, runtime: &Runtime, name: &str) -> Option<DoorResponse> {
        let path = format!("/{}", self.post.flow.trim_start_matches('/'));
        if let Err(answer) = runtime.door("POST", &path) {
            return Some(answer);
        }
        let request = DoorRequest {
            method: "POST".to_owned(),
            path,
            query: None,
            headers: self.headers(),
            body: Bytes::from(self.body(name)),
            user: String::new(),
        };
        self.sim.trace(format!("send {name}"));
        tokio::time::timeout(TIMEOUT, runtime.enter(request)).await.ok()
    }
}

fn header(answer: &DoorResponse, name: &str) -> Option<String> {
    answer.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.clone())
}
