//! Makes a world from a seed.

use std::time::Duration;

use crate::dice::Dice;
use crate::world::{Act, Crash, Doubt, FlowSpec, From, Node, Post, Quality, ReceiverSpec, Twice, Unit, World};

/// How long things go wrong.
const CHAOS: u64 = 1_200;
/// Most flows of a world.
const FLOWS: usize = 6;
/// Most nodes of a flow.
const NODES: u32 = 12;

impl World {
    /// The world of a seed.
    #[must_use]
    pub fn from_seed(seed: u64) -> World {
        let mut dice = Dice::new(seed);
        let receivers = receivers(&mut dice);
        let mut maker = Maker { dice, flows: Vec::new(), receivers: receivers.len(), steps: 0, budget: 0 };
        for number in 1..=maker.dice.between(1, 2) {
            maker.http(number);
        }
        let Maker { mut dice, flows, .. } = maker;
        let posts = posts(&mut dice, &flows);
        // Some worlds are quiet in one way or another: what is promised there is promised more exactly.
        let crashes = if dice.chance(30) { 0 } else { dice.between(1, 6) };
        let crashes = (0..crashes).map(|_| Crash { effect: dice.between(1, 40), after: dice.chance(50) }).collect();
        let store_faults = if dice.chance(60) { 0 } else { dice.between(5, 80) };
        let acts = acts(&mut dice, &flows);
        let mut world = World {
            seed,
            flows,
            receivers,
            posts,
            crashes,
            store_faults,
            acts,
            calm: Duration::from_secs(CHAOS),
            single: None,
            given: None,
        };
        crate::enrich::enrich(&mut world);
        world
    }
}

fn receivers(dice: &mut Dice) -> Vec<ReceiverSpec> {
    let count = dice.between(2, 5);
    (0..count)
        .map(|_| {
            let idempotent = dice.chance(55);
            let sick = dice.chance(75);
            let mut rate =
                |percent: u64, most: u64| if sick && dice.chance(percent) { dice.between(1, most) } else { 0 };
            let (refuse, busy, reject) = (rate(50, 40), rate(30, 30), rate(20, 20));
            let (lose_answer, lose_request) = (rate(40, 30), rate(30, 20));
            let slow = if rate(25, 2) > 0 { 14_000 } else { dice.between(1, 300) };
            let from = dice.below(CHAOS / 2);
            let down = sick && dice.chance(25);
            let until = from + dice.between(30, CHAOS / 2);
            ReceiverSpec {
                idempotent,
                mail: !idempotent && dice.chance(30),
                in_doubt: if idempotent || dice.chance(35) { Doubt::Retry } else { Doubt::Hold },
                refuse,
                busy,
                reject,
                lose_answer,
                lose_request,
                slow,
                down: down.then(|| (Duration::from_secs(from), Duration::from_secs(until))),
                poison: sick && dice.chance(15),
                interval: dice.pick(&[5, 20, 60]),
                max_retries: dice.between(1, 6),
                ..ReceiverSpec::default()
            }
        })
        .collect()
}

fn posts(dice: &mut Dice, flows: &[FlowSpec]) -> Vec<Post> {
    let doors: Vec<&FlowSpec> = flows.iter().filter(|f| f.from == From::Http).collect();
    (1..=dice.between(2, 8))
        .map(|number| {
            let flow = doors[usize::try_from(dice.below(doors.len() as u64)).unwrap_or(0)];
            let keyed = dice.chance(65);
            Post {
                name: format!("m{number}"),
                flow: flow.name.clone(),
                at: Duration::from_millis(dice.below(CHAOS * 500)),
                key: 0,
                keyed,
                orders: dice.between(1, 3),
                items: dice.between(1, 2),
                twice: match dice.below(10) {
                    0 | 1 if keyed => Twice::Same,
                    2 | 3 if keyed => Twice::Later,
                    4 if keyed => Twice::Conflict,
                    _ => Twice::No,
                },
            }
        })
        .collect()
}

fn acts(dice: &mut Dice, flows: &[FlowSpec]) -> Vec<(Duration, Act)> {
    let count = if dice.chance(40) { 0 } else { dice.between(1, 5) };
    let queues: Vec<String> = flows
        .iter()
        .filter_map(|f| if let From::Queue { name, .. } = &f.from { Some(name.clone()) } else { None })
        .collect();
    let mut acts = Vec::new();
    for _ in 0..count {
        let at = Duration::from_millis(dice.below(CHAOS * 1_000));
        let later = at + Duration::from_secs(dice.between(5, 200));
        match dice.below(9) {
            0 => acts.push((at, Act::Jump(i64::try_from(dice.between(1_000, 7_200_000)).unwrap_or(0)))),
            1 => acts.push((at, Act::Jump(-i64::try_from(dice.between(1_000, 600_000)).unwrap_or(0)))),
            2 | 3 => acts.push((at, Act::RetryAll)),
            4 => acts.push((at, Act::Skip)),
            5 => {
                let flow = flows[usize::try_from(dice.below(flows.len() as u64)).unwrap_or(0)].name.clone();
                acts.push((at, Act::Stop(flow.clone(), true)));
                acts.push((later, Act::Stop(flow, false)));
            }
            6 if !queues.is_empty() => {
                let queue = queues[usize::try_from(dice.below(queues.len() as u64)).unwrap_or(0)].clone();
                acts.push((at, Act::StopQueue(queue.clone(), true)));
                acts.push((later, Act::StopQueue(queue, false)));
            }
            7 => acts.push((at, Act::Redeploy)),
            _ => acts.push((at, Act::Restart(dice.pick(&[0, 50, 2_000, 30_000])))),
        }
    }
    acts.sort_by_key(|(at, _)| *at);
    acts
}

fn plain(name: String, from: From, quality: Quality, first: bool, required: bool, nodes: Vec<Node>) -> FlowSpec {
    let (by_key, numbers, variable) = (false, false, false);
    FlowSpec { name, from, quality, first, required, by_key, numbers, variable, nodes }
}

fn queue(name: &str, exclusive: bool, concurrency: u64, max_retries: Option<u64>) -> From {
    From::Queue { name: name.to_owned(), exclusive, concurrency, max_retries, by_key: false, expire: None }
}

struct Maker {
    dice: Dice,
    flows: Vec<FlowSpec>,
    receivers: usize,
    steps: u32,
    budget: u32,
}

impl Maker {
    fn http(&mut self, number: u64) {
        let quality = if self.dice.chance(75) { Quality::Once } else { Quality::BestEffort };
        let first = self.dice.chance(35);
        self.flow(format!("in{number}"), From::Http, quality, first, 0);
    }

    /// Makes a flow; flows that it leads to are made on the way.
    fn flow(&mut self, name: String, from: From, quality: Quality, first: bool, level: u8) {
        let at = self.flows.len();
        let required = self.dice.chance(60);
        self.flows.push(plain(name, from, quality, first, required, Vec::new()));
        let budget = std::mem::replace(&mut self.budget, NODES);
        let nodes = self.nodes(quality, level, 0, false);
        self.budget = budget;
        self.flows[at].nodes = nodes;
    }

    fn step(&mut self) -> String {
        self.steps += 1;
        format!("s{}", self.steps)
    }

    fn receiver(&mut self) -> usize {
        usize::try_from(self.dice.below(self.receivers as u64)).unwrap_or(0)
    }

    fn unit(&mut self) -> Unit {
        self.dice.pick(&[Unit::Inherit, Unit::Inherit, Unit::Required, Unit::None])
    }

    fn nodes(&mut self, quality: Quality, level: u8, depth: u32, inside: bool) -> Vec<Node> {
        let most = if depth == 0 { 4 } else { 2 };
        (0..self.dice.between(1, most)).filter_map(|_| self.node(quality, level, depth, inside)).collect()
    }

    /// `inside`: inside a loop, where no further flows begin and nothing has an id of its own.
    fn node(&mut self, quality: Quality, level: u8, depth: u32, inside: bool) -> Option<Node> {
        self.budget = self.budget.checked_sub(1)?;
        let deep = depth >= 3;
        let more = !inside && self.flows.len() < FLOWS;
        let send = |maker: &mut Maker| Node::Send { step: maker.step(), to: maker.receiver() };
        Some(match self.dice.below(20) {
            0..=5 => send(self),
            6..=8 if level < 2 && !deep => Node::Split {
                parallel: self.dice.pick(&[1, 1, 4]),
                record: self.dice.chance(50),
                nodes: self.nodes(quality, level + 1, depth + 1, inside),
            },
            9 | 10 if !deep => {
                let branches = self.dice.between(2, 3);
                Node::Fan {
                    parallel: self.dice.chance(50),
                    branches: (0..branches).map(|_| self.nodes(quality, level, depth + 1, inside)).collect(),
                }
            }
            11 if !deep => Node::Call { unit: self.unit(), nodes: self.nodes(quality, level, depth + 1, inside) },
            12 if !deep => Node::Rescue {
                unit: self.unit(),
                nodes: self.nodes(quality, level, depth + 1, inside),
                rescue: self.nodes(quality, level, depth + 1, inside),
            },
            13 if !deep && !inside => {
                Node::Loop { times: self.dice.between(1, 3), nodes: self.nodes(quality, level, depth + 1, true) }
            }
            14 if more && self.dice.chance(40) => {
                let name = format!("q{}", self.flows.len());
                let from = queue(&name, false, 2, Some(3));
                self.follow(format!("from-{name}"), from, level);
                Node::Once { step: self.step(), unit: Unit::Required, nodes: vec![Node::Queue(name)] }
            }
            14 if !deep && !inside => {
                let (step, unit) = (self.step(), self.unit());
                Node::Once { step, unit, nodes: self.nodes(quality, level, depth + 1, inside) }
            }
            15 if more && self.dice.chance(60) => {
                let name = format!("q{}", self.flows.len());
                let from = queue(&name, true, 1, None);
                let nodes = vec![Node::Send { step: self.step(), to: self.receiver() }];
                let (quality, flow) = (Quality::BestEffort, format!("from-{name}"));
                self.flows.push(plain(flow, from, quality, false, true, nodes));
                Node::Queue(name)
            }
            15 | 16 if more => {
                let name = format!("q{}", self.flows.len());
                let (exclusive, concurrency) = (self.dice.chance(25), self.dice.between(1, 4));
                let from = queue(&name, exclusive, concurrency, self.dice.pick(&[None, Some(1), Some(4)]));
                self.follow(format!("from-{name}"), from, level);
                Node::Queue(name)
            }
            17 if more => {
                let store = format!("d{}", self.flows.len());
                self.follow(format!("from-{store}"), From::Store(store.clone()), level);
                Node::Store { step: self.step(), store }
            }
            18 if more => {
                let name = format!("call{}", self.flows.len());
                self.follow(name.clone(), From::Direct(format!("/{name}")), level);
                Node::Direct(name)
            }
            19 if quality == Quality::BestEffort && more => {
                let store = format!("k{}", self.flows.len());
                let (step, to) = (self.step(), self.receiver());
                let nodes = vec![Node::Send { step: self.step(), to }];
                let from = From::Timer { store: store.clone(), every: 60 };
                let name = format!("retry-{store}");
                self.flows.push(plain(name, from, quality, false, false, nodes));
                Node::Keep { step, to, store }
            }
            19 => Node::Ask(self.receiver()),
            _ => send(self),
        })
    }

    fn follow(&mut self, name: String, from: From, level: u8) {
        let quality = if self.dice.chance(65) { Quality::Once } else { Quality::BestEffort };
        self.flow(name, from, quality, false, level);
    }
}
