//! Plays a world: one life of the process after another, until nothing is left to do.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base::SeededEntropy;
use flow::{Flow, Package};
use runtime::{Options, Retention, Runtime};
use script::Limits;
use store::MemoryStore;

use crate::check;
use crate::dice::Dice;
use crate::observe::{Sim, Violation};
use crate::operator::Operator;
use crate::planted::Planted;
use crate::receivers::{NoSecrets, Receivers};
use crate::sender::Sender;
use crate::simlog::SimLog;
use crate::simstore::SimStore;
use crate::world::World;
use crate::yaml;

/// Most lives of a world.
const LIVES: u32 = 60;
/// How long after its faults a world may take to come to rest.
const PATIENCE: Duration = Duration::from_secs(4 * 3_600);

/// What came of a world.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Promises that were not kept.
    pub violations: Vec<Violation>,
    /// What happened, one line each.
    pub trace: Vec<String>,
    /// Figures for people.
    pub figures: Figures,
}

/// How much happened.
#[derive(Clone, Copy, Debug, Default)]
pub struct Figures {
    /// Lives of the process.
    pub lives: u64,
    /// Calls of receivers.
    pub calls: u64,
    /// Acts of receivers.
    pub acts: u64,
    /// Doubts.
    pub doubts: u64,
    /// Questions to receivers about doubts.
    pub asked: u64,
    /// Pairs of messages at a receiver whose order was checked.
    pub pairs: u64,
    /// Single attempts at systems that were down.
    pub tried: u64,
    /// Simulated seconds.
    pub seconds: u64,
    /// Effects of the first life: commits, claims and acts.
    pub effects: u64,
    /// Commits.
    pub commits: u64,
    /// Requests of senders.
    pub sent: u64,
    /// Calls of scripts.
    pub scripts: u64,
}

impl Outcome {
    /// A number that differs where anything in the history does.
    #[must_use]
    pub fn hash(&self) -> u64 {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for byte in self.trace.iter().flat_map(|line| line.bytes().chain([b'\n'])) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        hash
    }
}

/// How a life ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The process died, or was shut down to be started again.
    Again,
    /// Nothing is left to do.
    Done,
}

/// Plays a world to its end and checks it.
#[must_use]
pub fn play(world: &World, planted: Option<Planted>) -> Outcome {
    let sim = Sim::new(world.clone(), planted);
    let durable = Arc::new(MemoryStore::new());
    let log = Arc::new(SimLog::new(Arc::clone(&sim)));
    let mut stage = Stage {
        senders: world.posts.iter().flat_map(|post| Sender::of(&sim, post)).collect(),
        operator: Arc::new(Mutex::new(Operator::default())),
        flows: match flows(world, 0, planted) {
            Ok(flows) => flows,
            Err(text) => return failed(text),
        },
        sim: Arc::clone(&sim),
        durable: Arc::clone(&durable),
        log: Arc::clone(&log),
    };
    let mut end = End::Again;
    let mut lives = 0;
    while end == End::Again && lives < LIVES && !sim.found() {
        lives += 1;
        end = stage.life();
    }
    if end == End::Again && !sim.found() {
        sim.broken("G1", format!("no rest after {LIVES} lives"));
    }
    if !sim.found() {
        check::at_the_end(&sim, &durable, &log, &stage.senders);
    }
    let seconds = sim.clock.elapsed().as_secs();
    let mut state = sim.state();
    let figures = Figures {
        lives: u64::from(lives),
        calls: state.calls.values().sum(),
        acts: state.acted.len() as u64,
        doubts: state.keys.values().map(|known| u64::from(known.doubts)).sum(),
        asked: state.keys.values().map(|known| u64::from(known.asked)).sum(),
        tried: state.systems.tried,
        pairs: state.pairs,
        seconds,
        effects: state.first_effects,
        commits: state.commits,
        sent: state.sent,
        scripts: state.scripts,
    };
    let violations = std::mem::take(&mut state.violations).into_iter().collect();
    Outcome { violations, trace: std::mem::take(&mut state.trace), figures }
}

fn failed(text: String) -> Outcome {
    let violations = vec![Violation { rule: "world", text }];
    Outcome { violations, trace: Vec::new(), figures: Figures::default() }
}

/// The world's flows, through the real front end.
fn flows(world: &World, version: u32, planted: Option<Planted>) -> Result<Vec<Arc<Flow>>, String> {
    if let Some(given) = &world.given {
        return checked(&given.package);
    }
    let files: BTreeMap<String, String> = yaml::files(world, version, planted).into_iter().collect();
    checked(&Package { name: "world".to_owned(), files, ..Package::default() })
}

fn checked(package: &Package) -> Result<Vec<Arc<Flow>>, String> {
    let checked = flow::check(package);
    let errors: Vec<_> = checked.problems.into_iter().filter(|p| p.severity == diag::Severity::Error).collect();
    if errors.is_empty() { Ok(checked.flows) } else { Err(diag::render(&errors, &checked.sources, false)) }
}

struct Stage {
    sim: Arc<Sim>,
    durable: Arc<MemoryStore>,
    log: Arc<SimLog>,
    senders: Vec<Arc<Sender>>,
    operator: Arc<Mutex<Operator>>,
    flows: Vec<Arc<Flow>>,
}

impl Stage {
    /// One life of the process.
    fn life(&mut self) -> End {
        let sim = Arc::clone(&self.sim);
        {
            let mut state = sim.state();
            let next = state.life as usize;
            state.life += 1;
            (state.effects, state.dead) = (0, false);
            state.crash = sim.world.crashes.get(next).copied();
            state.systems.forget();
            for known in state.keys.values_mut() {
                known.flying = 0;
                // A yes that died with the process before it was recorded is a doubt.
                if std::mem::take(&mut known.unrecorded) {
                    known.doubts += 1;
                    known.doubtful = true;
                }
            }
        }
        let tokio = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        let Ok(tokio) = tokio else { return End::Done };
        let end = tokio.block_on(async {
            sim.clock.begin();
            let end = tokio::select! {
                biased;
                () = sim.died.notified() => End::Again,
                end = self.live() => end,
            };
            let mut state = sim.state();
            state.dead = true;
            if state.life == 1 {
                state.first_effects = state.effects;
            }
            drop(state);
            sim.clock.end();
            end
        });
        // Everything that was in memory is dropped here, wherever it was.
        drop(tokio);
        let mut lost = std::mem::take(&mut sim.state().lost);
        lost.sort();
        lost.into_iter().for_each(|lost| crate::flight::cut_off(&sim, lost));
        end
    }

    fn options(&self) -> Options {
        let sim = &self.sim;
        let seed = Dice::of(sim.world.seed, &["entropy"], u64::from(sim.state().life)).next();
        let store = SimStore { sim: Arc::clone(sim), durable: Arc::clone(&self.durable) };
        let receivers = Receivers { sim: Arc::clone(sim), durable: Arc::clone(&self.durable) };
        let clock: Arc<Sim> = Arc::clone(sim);
        Options {
            store: Arc::new(store),
            log: Arc::<SimLog>::clone(&self.log),
            clock,
            entropy: Arc::new(SeededEntropy::new(seed)),
            adapters: Arc::new(receivers),
            scripts: crate::scripts::hosts(sim),
            script_limits: Limits::default(),
            secrets: Arc::new(NoSecrets),
            retention: Retention::default(),
            max_runs: 64,
        }
    }

    async fn live(&mut self) -> End {
        let sim = Arc::clone(&self.sim);
        sim.trace("start");
        crate::operator::skip_ended(&sim, &self.durable).await;
        sim.state().operator = false;
        let runtime = match Runtime::start(self.options()).await {
            Ok(runtime) => runtime,
            Err(error) => {
                sim.trace(format!("could not start: {error}"));
                tokio::time::sleep(Duration::from_secs(1)).await;
                return End::Again;
            }
        };
        deploy(&sim, &runtime, &self.flows).await;
        for sender in &self.senders {
            let (sender, runtime) = (Arc::clone(sender), runtime.clone());
            tokio::spawn(async move { sender.send(&runtime).await });
        }
        // What an operator has done is done, whatever happens to the process afterwards.
        let next = || self.operator.lock().unwrap_or_else(PoisonError::into_inner).next(&sim.world);
        while let Some((at, act)) = next() {
            tokio::time::sleep(at.saturating_sub(sim.clock.elapsed())).await;
            sim.alive().await;
            self.operator.lock().unwrap_or_else(PoisonError::into_inner).done += 1;
            sim.trace(format!("operator {act:?}"));
            match act {
                crate::world::Act::Redeploy => {
                    let version = sim.state().trace.len();
                    if let Ok(flows) = flows(&sim.world, u32::try_from(version).unwrap_or(1), sim.planted) {
                        self.flows = flows;
                        deploy(&sim, &runtime, &self.flows).await;
                    }
                }
                crate::world::Act::Restart(drain) => {
                    runtime.shutdown(Duration::from_millis(drain)).await;
                    sim.trace("shut down");
                    return End::Again;
                }
                other => crate::operator::act(&sim, &runtime, &self.durable, other).await,
            }
        }
        tokio::time::sleep(sim.world.calm.saturating_sub(sim.clock.elapsed())).await;
        let until = sim.world.calm + PATIENCE;
        while sim.clock.elapsed() < until {
            crate::operator::start_all(&sim, &runtime, &self.durable).await;
            let sent = self.senders.iter().all(|s| s.is_done());
            if sent && crate::operator::tidy(&sim, &runtime, &self.durable).await {
                break;
            }
            tokio::time::sleep(Duration::from_secs(120)).await;
        }
        // Whatever was done must stay done: nothing may happen in a further life, nor after hours of waiting.
        runtime.shutdown(Duration::from_secs(60)).await;
        let mut state = sim.state();
        if std::mem::replace(&mut state.calm, true) { End::Done } else { End::Again }
    }
}

impl base::Clock for Sim {
    fn now(&self) -> base::Timestamp {
        base::Clock::now(&self.clock)
    }
}

/// Deploys until all flows run: a store that fails now is tried again.
async fn deploy(sim: &Arc<Sim>, runtime: &Runtime, flows: &[Arc<Flow>]) {
    loop {
        let problems = runtime.deploy(flows.to_vec()).await;
        if problems.is_empty() {
            return;
        }
        sim.trace(format!("could not deploy: {}", problems[0].text));
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
}
