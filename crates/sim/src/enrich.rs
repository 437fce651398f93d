//! What a world has beside its plain flows: order by key, probes, circuits and limits, policies by class, numbers,
//! variables, expiry. Drawn apart from the rest, so that a world keeps the shape that its seed always gave it.

use std::time::Duration;

use crate::dice::Dice;
use crate::expect::KEYS;
use crate::world::{Circuit, Doubt, FlowSpec, From, Node, Post, Quality, ReceiverSpec, Twice, Unit, World};

/// Adds it.
pub fn enrich(world: &mut World) {
    let mut dice = Dice::of(world.seed, &["enrich"], 0);
    for post in &mut world.posts {
        post.key = dice.below(KEYS);
    }
    // What leads to very much is left as it is: more of it, or one thing after the other, only takes time.
    let weight = weight(world);
    for flow in &mut world.flows {
        self::flow(&mut dice, flow, weight < 100);
    }
    for receiver in &mut world.receivers {
        self::receiver(&mut dice, receiver, weight < 40);
    }
    systems(&mut dice, &mut world.receivers);
    if weight < 30 {
        rows(&mut dice, world);
    }
    if dice.chance(12) {
        one_sore_key(&mut dice, world);
    }
    let mut made = 0;
    for flow in &mut world.flows {
        once_a_round(&mut dice, &mut flow.nodes, &mut made);
    }
    let mut dice = Dice::of(world.seed, &["twice"], 0);
    if weight < 60 {
        let (receivers, mut made) = (world.receivers.len() as u64, 0);
        // A timer's flow does what another one left, and no more.
        for flow in world.flows.iter_mut().filter(|f| !matches!(f.from, From::Timer { .. })) {
            twice(&mut dice, &mut flow.nodes, receivers, &mut made);
        }
    }
}

/// Some processes are called from two places, and not every run gets as far in each.
fn twice(dice: &mut Dice, nodes: &mut Vec<Node>, receivers: u64, made: &mut u32) {
    for node in nodes.iter_mut().filter(|node| !matches!(node, Node::Loop { .. })) {
        node.lists().into_iter().for_each(|nodes| twice(dice, nodes, receivers, made));
    }
    if dice.chance(15) {
        *made += 1;
        let mut receiver = || usize::try_from(dice.below(receivers)).unwrap_or(0);
        let (ask, to) = (receiver(), receiver());
        let (at, rounds) = (dice.below(nodes.len() as u64 + 1), dice.chance(30));
        let sends = vec![(format!("twice{made}"), to)];
        nodes.insert(usize::try_from(at).unwrap_or(0), Node::Twice { ask, rounds, sends });
    }
}

/// Some loops do what they do once for each round, as those do that work off pages or items: a further run of the message
/// skips the rounds that are done.
fn once_a_round(dice: &mut Dice, nodes: &mut [Node], made: &mut u32) {
    for node in nodes {
        if let Node::Loop { nodes, .. } = node
            && dice.chance(50)
        {
            *made += 1;
            let unit = dice.pick(&[Unit::Inherit, Unit::Required, Unit::None]);
            *nodes = vec![Node::Once { step: format!("round{made}"), unit, nodes: std::mem::take(nodes) }];
        }
        node.lists().into_iter().for_each(|nodes| once_a_round(dice, nodes, made));
    }
}

/// Nothing goes wrong but that a receiver does not take one key: everything else has to be there soon.
fn one_sore_key(dice: &mut Dice, world: &mut World) {
    world.crashes.clear();
    world.acts.clear();
    world.store_faults = 0;
    for spec in &mut world.receivers {
        spec.slow = spec.slow.min(300);
    }
    let sore = Some(dice.below(KEYS));
    world.receivers[0] = ReceiverSpec {
        sore,
        circuit: Circuit::Off,
        by_key: dice.chance(40),
        max_retries: 40,
        ..ReceiverSpec::default()
    };
    for flow in world.flows.iter_mut().filter(|f| f.from == From::Http && f.quality == Quality::Once) {
        (flow.quality, flow.by_key) = (Quality::InOrder, true);
    }
}

/// How many deliveries a message leads to at most.
fn weight(world: &World) -> u64 {
    let of = |post: &Post| {
        let (dues, _) = crate::expect::dues(world, post, &post.name);
        dues.values().map(|due| due.most.unwrap_or(due.least).max(1)).sum()
    };
    world.posts.iter().map(of).max().unwrap_or(0)
}

fn flow(dice: &mut Dice, flow: &mut FlowSpec, light: bool) {
    let ordered = matches!(flow.from, From::Http | From::Queue { .. } | From::Direct(_));
    let timer = matches!(flow.from, From::Timer { .. });
    if flow.quality == Quality::Once && ordered && dice.chance(35) && light {
        flow.quality = Quality::InOrder;
        flow.by_key = dice.chance(70);
    }
    flow.numbers = !timer && dice.chance(25);
    flow.variable = !timer && dice.chance(30);
    if let From::Queue { exclusive, by_key, expire, .. } = &mut flow.from {
        *by_key = !*exclusive && dice.chance(65);
        *expire = (!*exclusive && dice.chance(15)).then(|| dice.between(30, 600));
    }
}

fn receiver(dice: &mut Dice, spec: &mut ReceiverSpec, light: bool) {
    if dice.chance(30) {
        spec.in_doubt = Doubt::Probe;
    }
    let own = |dice: &mut Dice| (spec.interval * dice.between(1, 2), dice.between(1, 4));
    spec.doubtful = dice.chance(20).then(|| own(dice));
    spec.rejected = dice.chance(20).then(|| own(dice));
    spec.max_age = dice.chance(10).then(|| dice.between(60, 600));
    spec.by_key = dice.chance(40);
    spec.circuit = match dice.below(10) {
        0 => Circuit::Off,
        1..=4 => Circuit::Of(dice.between(1, 4), dice.pick(&[5, 20, 60])),
        _ => Circuit::Usual,
    };
    spec.concurrency = (dice.chance(20) && light).then(|| dice.between(1, 3));
    spec.rate = (dice.chance(15) && light).then(|| dice.pick(&[5, 10, 50]));
    if spec.healthy() && dice.chance(50) {
        spec.sore = Some(dice.below(KEYS));
        spec.circuit = Circuit::Off;
    }
}

/// Receivers with one system behind them, which is down as a whole.
fn systems(dice: &mut Dice, receivers: &mut [ReceiverSpec]) {
    if !dice.chance(55) {
        return;
    }
    let down = receivers.iter().find_map(|r| r.down);
    for spec in receivers.iter_mut().filter(|r| r.sore.is_none()) {
        if spec.circuit != Circuit::Off && dice.chance(70) {
            spec.system = Some(dice.below(2));
            if down.is_some() && dice.chance(70) {
                spec.down = down;
            }
        }
    }
}

/// Several messages of few keys in a row at one door.
fn rows(dice: &mut Dice, world: &mut World) {
    let doors: Vec<String> = world.flows.iter().filter(|f| f.from == From::Http).map(|f| f.name.clone()).collect();
    if doors.is_empty() || !dice.chance(65) {
        return;
    }
    let flow = doors[usize::try_from(dice.below(doors.len() as u64)).unwrap_or(0)].clone();
    let (mut at, keys) = (dice.below(400_000), dice.between(1, KEYS));
    for number in 1..=dice.between(3, 9) {
        at += dice.between(10, 20_000);
        world.posts.push(Post {
            name: format!("n{number}"),
            flow: flow.clone(),
            at: Duration::from_millis(at),
            key: dice.below(keys),
            keyed: dice.chance(70),
            orders: dice.between(1, 2),
            items: 1,
            twice: Twice::No,
        });
    }
}
