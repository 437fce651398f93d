//! What everybody in a world shares: the trace, the receivers' books, what was recorded, and rules broken on the way.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base::{Class, Clock};
use tokio::sync::Notify;

use crate::Planted;
use crate::clock::SimClock;
use crate::dice::Dice;
use crate::systems::{Limits, Systems};
use crate::world::{Crash, World};

/// A promise that was not kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    /// Which guarantee: `G1` to `G9`.
    pub rule: &'static str,
    /// What happened.
    pub text: String,
}

/// A receiver acted.
#[derive(Clone, Debug)]
pub struct Acted {
    /// Receiver.
    pub to: usize,
    /// The flow that sent it, where its address says so.
    pub from: String,
    /// Id of the body.
    pub id: String,
    /// Delivery id, of exactly-once calls.
    pub key: Option<String>,
    /// Not recognised as a repeat by the receiver.
    pub applied: bool,
    /// True time.
    pub at: Duration,
}

/// A call that was cut off.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lost {
    /// Receiver.
    pub to: usize,
    /// The flow that sent it, where its address says so.
    pub from: String,
    /// Id of the body.
    pub id: String,
    /// Delivery id, of exactly-once calls.
    pub key: Option<String>,
    /// Whether it still reaches the receiver.
    pub acts: bool,
}

/// What is known of a delivery id.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Receiver.
    pub to: usize,
    /// Body of the first call.
    pub body: String,
    /// Calls that are under way.
    pub flying: u32,
    /// True time until which the receiver may be at work on a call that nobody knows the end of.
    pub at_work: Duration,
    /// How often the receiver acted.
    pub acted: u32,
    /// How often nobody could know whether it did.
    pub doubts: u32,
    /// A doubt stands that only a person may resolve by sending again.
    pub doubtful: bool,
    /// The receiver said yes, which no commit has recorded yet.
    pub unrecorded: bool,
    /// The outcome `delivered` was recorded.
    pub delivered: bool,
    /// Stored time and number of the life in which the last call ended.
    pub ended: Option<(i64, u32)>,
    /// Class of its failure.
    pub last: Option<Class>,
    /// How often the receiver was asked whether it has it.
    pub asked: u32,
    /// Answers that were in doubt, with the true time of each.
    pub told: Vec<Duration>,
}

/// What everybody may change.
#[derive(Default)]
pub struct State {
    /// What happened, one line each.
    pub trace: Vec<String>,
    /// Broken promises.
    pub violations: BTreeSet<Violation>,
    /// The present life's number.
    pub life: u32,
    /// Effects of the present life.
    pub effects: u64,
    /// Where the present life dies.
    pub crash: Option<Crash>,
    /// The present life is over: nothing it does has an effect.
    pub dead: bool,
    /// Nothing goes wrong any more, whatever the time.
    pub calm: bool,
    /// Effects of the first life.
    pub first_effects: u64,
    /// Commits so far.
    pub commits: u64,
    /// Calls so far.
    pub called: u64,
    /// Requests of senders so far.
    pub sent: u64,
    /// Calls of scripts so far.
    pub scripts: u64,
    /// Draws of the store's faults.
    pub draws: u64,
    /// Calls so far, by receiver and id of the body.
    pub calls: BTreeMap<(usize, String), u64>,
    /// Calls that died with the process.
    pub lost: Vec<Lost>,
    /// What receivers did.
    pub acted: Vec<Acted>,
    /// Delivery ids.
    pub keys: BTreeMap<String, Known>,
    /// The delivery that an operator gives up at the moment: its entry, receiver and id.
    pub skipping: Option<(base::EntryKey, (usize, String))>,
    /// Deliveries given up by an operator: receiver and id, how often.
    pub skipped: BTreeMap<(usize, String), u64>,
    /// Deliveries that were escalated, with the true time.
    pub escalated: Vec<(String, Duration)>,
    /// Deliveries whose message must have a line that says they were given up.
    pub cancelled: Vec<String>,
    /// Messages whose answer was given again.
    pub replayed: Vec<String>,
    /// An operator acts: what it removes was asked for.
    pub operator: bool,
    /// Lives with which no more backoff is measured: an operator retried, or the clock was changed.
    pub hurried: BTreeSet<u32>,
    /// Lives in which the clock was changed.
    pub jumped: BTreeSet<u32>,
    /// What is seen of the systems behind receivers.
    pub systems: Systems,
    /// Numbers that commits gave out, by range.
    pub drawn: BTreeSet<(String, i64)>,
    /// The message that came to a receiver with a number: by flow and number.
    pub numbered: BTreeMap<(String, String), String>,
    /// Pairs of acts whose order was checked.
    pub pairs: u64,
    /// Messages of queue entries that expired.
    pub expired: Vec<String>,
    /// Order in which messages were put into exclusive queues, by queue.
    pub put: BTreeMap<String, Vec<String>>,
    /// Queues that an operator stopped, with the true time.
    pub stopped: BTreeMap<String, Duration>,
}

/// A world that is being played.
pub struct Sim {
    /// What it is.
    pub world: World,
    /// What is wrong with it on purpose.
    pub planted: Option<Planted>,
    /// Its time.
    pub clock: SimClock,
    /// What holds for the systems behind its receivers.
    pub limits: BTreeMap<String, Limits>,
    /// Rings when the present life dies.
    pub died: Notify,
    state: Mutex<State>,
}

impl Sim {
    /// A world that has not begun.
    pub fn new(world: World, planted: Option<Planted>) -> Arc<Self> {
        let (clock, died, state) = (SimClock::default(), Notify::new(), Mutex::default());
        let names = (0..world.receivers.len()).map(|receiver| world.system(receiver));
        let limits = names.map(|name| (name.clone(), world.limits(&name))).collect();
        Arc::new(Sim { limits, world, planted, clock, died, state })
    }

    /// What everybody may change. Held for moments only.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes a line into the trace.
    pub fn trace(&self, text: impl Into<String>) {
        let (true_time, stored) = (self.clock.elapsed().as_millis(), self.clock.now().0);
        let mut state = self.state();
        let life = state.life;
        state.trace.push(format!("{true_time:>9} {stored} [{life}] {}", text.into()));
    }

    /// A promise is broken.
    pub fn broken(&self, rule: &'static str, text: impl Into<String>) {
        let text = text.into();
        self.trace(format!("BROKEN {rule} {text}"));
        let mut state = self.state();
        state.violations.insert(Violation { rule, text });
        // A planted bug is found: no need to play on.
        if self.planted.is_some() {
            state.dead = true;
            self.died.notify_one();
        }
    }

    /// Whether a planted bug is found.
    pub fn found(&self) -> bool {
        self.planted.is_some() && !self.state().violations.is_empty()
    }

    /// Whether a bug is planted.
    pub fn has(&self, planted: Planted) -> bool {
        self.planted == Some(planted)
    }

    /// Whether things go wrong at present.
    pub fn rough(&self) -> bool {
        self.clock.elapsed() < self.world.calm && !self.state().calm
    }

    /// Goes no further in a life that is over.
    pub async fn alive(&self) {
        if self.state().dead {
            std::future::pending::<()>().await;
        }
    }

    /// The process dies now.
    pub async fn die(&self) {
        self.trace("CRASH");
        self.state().dead = true;
        self.died.notify_one();
        std::future::pending::<()>().await;
    }

    /// An effect is about to take place: dies here where that is planned. Gives whether to die after it.
    pub async fn effect(&self) -> bool {
        self.alive().await;
        let crash = {
            let mut state = self.state();
            state.effects += 1;
            state.crash.filter(|crash| crash.effect == state.effects)
        };
        match crash {
            Some(Crash { after: false, .. }) => {
                self.die().await;
                false
            }
            Some(Crash { after: true, .. }) => true,
            None => false,
        }
    }

    /// A draw for the store.
    pub fn draw(&self) -> Dice {
        let mut state = self.state();
        state.draws += 1;
        Dice::of(self.world.seed, &["store"], state.draws)
    }
}

/// A short name of a long id.
pub fn short(id: &str) -> &str {
    id.get(..8).unwrap_or(id)
}
