//! Makes a world that breaks a promise smaller: leaves parts out as long as the same promise is still broken.

use crate::drive::play;
use crate::planted::Planted;
use crate::world::{Circuit, Doubt, Node, Quality, ReceiverSpec, World};

/// The smallest world found that still breaks the rule.
#[must_use]
pub fn shrink(world: &World, planted: Option<Planted>, rule: &str) -> World {
    let breaks = |world: &World| play(world, planted).violations.iter().any(|v| v.rule == rule);
    let mut best = world.clone();
    loop {
        let before = size(&best);
        for smaller in candidates(&best) {
            // A candidate was made from an older best: it may not be smaller any more.
            if size(&smaller) < size(&best) && breaks(&smaller) {
                best = smaller;
                break;
            }
        }
        if size(&best) >= before {
            return best;
        }
    }
}

/// What a reader has to read.
fn size(world: &World) -> usize {
    format!("{world:?}").replace("false", "").replace("None", "").len()
}

/// Worlds with one part less, the largest parts first.
fn candidates(world: &World) -> Vec<World> {
    let mut all = Vec::new();
    let mut with = |change: &dyn Fn(&mut World)| {
        let mut smaller = world.clone();
        change(&mut smaller);
        all.push(smaller);
    };
    with(&|w| w.acts.clear());
    with(&|w| w.crashes.clear());
    with(&|w| w.store_faults = 0);
    for at in 0..world.posts.len() {
        with(&|w| _ = w.posts.remove(at));
    }
    for at in 0..world.acts.len() {
        with(&|w| _ = w.acts.remove(at));
    }
    for at in 0..world.crashes.len() {
        with(&|w| _ = w.crashes.remove(at));
    }
    for at in 0..world.posts.len() {
        with(&|w| w.posts[at].orders = 1);
        with(&|w| w.posts[at].items = 1);
        with(&|w| w.posts[at].twice = crate::world::Twice::No);
    }
    for flow in 0..world.flows.len() {
        for path in 0..count(&world.flows[flow].nodes) {
            with(&|w| _ = remove(&mut w.flows[flow].nodes, &mut path.clone()));
            with(&|w| _ = unwrap(&mut w.flows[flow].nodes, &mut path.clone()));
        }
        with(&|w| w.flows[flow].first = false);
        with(&|w| w.flows[flow].numbers = false);
        with(&|w| w.flows[flow].variable = false);
        with(&|w| w.flows[flow].by_key = false);
        with(&|w| {
            if w.flows[flow].quality == Quality::InOrder {
                w.flows[flow].quality = Quality::Once;
            }
        });
    }
    for at in 0..world.receivers.len() {
        with(&|w| {
            let r = &mut w.receivers[at];
            (r.refuse, r.busy, r.reject, r.lose_answer, r.lose_request) = (0, 0, 0, 0, 0);
            (r.slow, r.down, r.poison) = (1, None, false);
        });
        with(&|w| w.receivers[at] = ReceiverSpec::default());
        with(&|w| {
            let r = &mut w.receivers[at];
            (r.doubtful, r.rejected, r.max_age, r.by_key, r.sore) = (None, None, None, false, None);
        });
        with(&|w| (w.receivers[at].concurrency, w.receivers[at].rate) = (None, None));
        with(&|w| (w.receivers[at].system, w.receivers[at].circuit) = (None, Circuit::Off));
        with(&|w| w.receivers[at].in_doubt = Doubt::Retry);
        with(&|w| w.receivers[at].down = None);
        with(&|w| w.receivers[at].slow = 1);
        with(&|w| w.receivers[at].lose_request = 0);
        with(&|w| w.receivers[at].lose_answer = 0);
        with(&|w| w.receivers[at].reject = 0);
        with(&|w| w.receivers[at].busy = 0);
        with(&|w| w.receivers[at].refuse = 0);
    }
    unused(world).into_iter().for_each(|at| with(&|w| _ = w.flows.remove(at)));
    all
}

/// Flows that nothing leads to.
fn unused(world: &World) -> Vec<usize> {
    let text: Vec<String> = world.flows.iter().map(|f| format!("{:?}", f.nodes)).collect();
    let posted = |name: &str| world.posts.iter().any(|p| p.flow == name);
    let led_to = |at: usize| {
        use crate::world::From;
        let name = match &world.flows[at].from {
            From::Http => return posted(&world.flows[at].name),
            From::Queue { name, .. } | From::Store(name) | From::Timer { store: name, .. } => name.clone(),
            From::Direct(address) => address.trim_start_matches('/').to_owned(),
        };
        text.iter().any(|t| t.contains(&format!("\"{name}\"")))
    };
    (0..world.flows.len()).filter(|at| !led_to(*at)).collect()
}

fn count(nodes: &[Node]) -> usize {
    nodes.iter().map(|node| 1 + node.children().into_iter().map(count).sum::<usize>()).sum()
}

/// Removes the node of a number in depth-first order.
fn remove(nodes: &mut Vec<Node>, number: &mut usize) -> Option<Node> {
    for at in 0..nodes.len() {
        if *number == 0 {
            return Some(nodes.remove(at));
        }
        *number -= 1;
        for list in nodes[at].lists() {
            if let Some(node) = remove(list, number) {
                return Some(node);
            }
        }
    }
    None
}

/// Puts what is inside a node in its place, where that changes no level.
fn unwrap(nodes: &mut Vec<Node>, number: &mut usize) -> Option<()> {
    for at in 0..nodes.len() {
        if *number == 0 {
            if matches!(nodes[at], Node::Split { .. }) || nodes[at].children().is_empty() {
                return Some(());
            }
            let mut inside: Vec<Node> = Vec::new();
            nodes[at].lists().into_iter().for_each(|list| inside.append(list));
            nodes.splice(at..=at, inside);
            return Some(());
        }
        *number -= 1;
        for list in nodes[at].lists() {
            if unwrap(list, number).is_some() {
                return Some(());
            }
        }
    }
    None
}
