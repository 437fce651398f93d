//! What a message must lead to: which receiver gets which id how often, and how exactly that is promised.

use std::collections::BTreeMap;

use crate::world::{FlowSpec, From, Node, Post, Quality, Unit, World};

/// What a receiver must get of one id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Due {
    /// At least this often, with as many delivery ids.
    pub least: u64,
    /// At most this often; `None` where the flow's design may repeat (best effort, no transaction).
    pub most: Option<u64>,
    /// Nothing but exactly-once sends lies on the way: a receiver that is well gets it soon.
    pub soon: bool,
    /// Its key.
    pub key: u64,
}

/// All that is due for a message, by receiver and id.
pub type Dues = BTreeMap<(usize, String), Due>;

/// How many order keys there are.
pub const KEYS: u64 = 3;

/// A send that has to keep its order: the deliveries with the same receiver, flow and keys are made one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lane {
    /// Receiver.
    pub to: usize,
    /// Flow that sends.
    pub from: String,
    /// Keys by which messages are told apart on the way.
    pub keys: Vec<u64>,
    /// Id of the body.
    pub id: String,
    /// Its own key.
    pub key: u64,
}

/// The key of a part of something with a key.
#[must_use]
pub fn part_key(key: u64, number: u64) -> u64 {
    (key + number) % KEYS
}

/// The body of a message: orders with items, each with its key.
#[must_use]
pub fn body(name: &str, key: u64, orders: u64, items: u64) -> String {
    let item = |order: u64| {
        let of = part_key(key, order);
        (0..items).map(move |item| format!("<item id=\"{name}-{order}-{item}\" key=\"{}\"/>", part_key(of, item)))
    };
    let order = |order: u64| {
        let (items, key) = (item(order).collect::<String>(), part_key(key, order));
        format!("<order id=\"{name}-{order}\" key=\"{key}\">{items}</order>")
    };
    format!("<orders id=\"{name}\" key=\"{key}\">{}</orders>", (0..orders).map(order).collect::<String>())
}

/// The key of a body: that of its outermost element.
#[must_use]
pub fn key_of(body: &str) -> u64 {
    let key = body.split_once("key=\"").and_then(|(_, rest)| rest.split_once('"'));
    key.and_then(|(key, _)| key.parse().ok()).unwrap_or(u64::MAX)
}

/// Where the id of a body stands: in worlds' own bodies, and in what examples make of theirs.
const IDS: [&str; 3] = ["id=\"", "order=\"", "\"number\":\""];

/// The id of a body: that of its outermost element.
#[must_use]
pub fn id_of(body: &str) -> String {
    let rest = IDS.iter().find_map(|mark| body.split_once(mark)).map(|(_, rest)| rest);
    rest.and_then(|rest| rest.split_once('"')).map_or("?", |(id, _)| id).to_owned()
}

/// What is due for a message under the name that its try had.
#[must_use]
pub fn dues(world: &World, post: &Post, name: &str) -> (Dues, Vec<Lane>) {
    if let Some(given) = &world.given {
        return given.dues(post, name);
    }
    let (mut dues, mut lanes) = (Dues::new(), Vec::new());
    if let Some(flow) = world.flows.iter().find(|f| f.name == post.flow) {
        let at = At {
            id: name.to_owned(),
            exact: true,
            unit: flow.required,
            soon: true,
            sure: true,
            marked: false,
            part: Vec::new(),
            key: post.key,
            lane: None,
            order: None,
        };
        Walk { world, post, dues: &mut dues, lanes: &mut lanes }.flow(flow, at);
    }
    (dues, lanes)
}

/// Where a walk through a flow is.
#[derive(Clone)]
struct At {
    id: String,
    /// Whether the message comes here exactly once, or again with the same identity.
    exact: bool,
    /// Whether durable steps join the commit that ends the run.
    unit: bool,
    soon: bool,
    /// Whether durable steps are part of an idempotent call's own unit of work.
    marked: bool,
    /// Whether the steps here are reached for certain.
    sure: bool,
    /// Numbers of the parts on the way: how deep the body is.
    part: Vec<u64>,
    /// Key of the body.
    key: u64,
    /// All that comes of an earlier message with the same keys is here before anything of a later one; `None` where
    /// nobody promised that.
    lane: Option<Vec<u64>>,
    /// Inside an ordered flow: its key of the message.
    order: Option<u64>,
}

/// Whether steps can fail although the store works and sends are exactly-once.
fn may_fail(nodes: &[Node]) -> bool {
    nodes.iter().any(|node| matches!(node, Node::Ask(_) | Node::Direct(_)) || node.children().into_iter().any(may_fail))
}

struct Walk<'a> {
    world: &'a World,
    post: &'a Post,
    dues: &'a mut Dues,
    lanes: &'a mut Vec<Lane>,
}

/// Stands for the one order of a flow without keys.
const ALL: u64 = u64::MAX;

impl Walk<'_> {
    fn flow(&mut self, flow: &FlowSpec, mut at: At) {
        at.unit = flow.required;
        at.marked = false;
        at.soon &= flow.quality.keeps_outcomes() && !may_fail(&flow.nodes);
        let key = if flow.by_key { at.key } else { ALL };
        at.order = (flow.quality == Quality::InOrder).then_some(key);
        if flow.from == From::Http {
            // Whoever waits for the answer has everything committed when it comes, or has a place in the inbox.
            at.lane = match (flow.first, flow.quality) {
                (false, _) => Some(Vec::new()),
                (true, Quality::InOrder) => Some(vec![key]),
                (true, _) => None,
            };
        }
        self.nodes(flow, &flow.nodes, &at);
    }

    fn nodes(&mut self, flow: &FlowSpec, nodes: &[Node], at: &At) {
        for node in nodes {
            self.node(flow, node, at);
        }
    }

    fn add(&mut self, to: usize, at: &At, exact: bool) {
        let due =
            self.dues.entry((to, at.id.clone())).or_insert(Due { least: 0, most: Some(0), soon: true, key: at.key });
        due.least += u64::from(at.sure);
        due.most = due.most.filter(|_| exact).map(|most| most + 1);
        due.soon &= at.soon;
    }

    fn node(&mut self, flow: &FlowSpec, node: &Node, at: &At) {
        let inherits = |unit: Unit| unit == Unit::Inherit;
        let unit =
            |unit: Unit| At { unit: at.unit && inherits(unit), marked: at.marked && inherits(unit), ..at.clone() };
        match node {
            Node::Send { to, .. } => {
                // Where nobody says what came before, it may wait behind what is not taken.
                let behind = at.order.is_some() && at.lane.is_none() && self.world.receivers[*to].sore.is_some();
                let sent = At { soon: at.soon && !behind, ..at.clone() };
                self.add(*to, &sent, at.exact && flow.quality.keeps_outcomes());
                self.lane(flow, *to, at);
            }
            Node::Ask(_) => {}
            Node::Split { nodes, .. } => {
                let parts = if at.part.is_empty() { self.post.orders } else { self.post.items };
                for number in 0..parts {
                    let mut part = at.clone();
                    part.id = format!("{}-{number}", at.id);
                    part.part.push(number);
                    part.key = part_key(at.key, number);
                    self.nodes(flow, nodes, &part);
                }
            }
            Node::Fan { branches, .. } => branches.iter().for_each(|nodes| self.nodes(flow, nodes, at)),
            Node::Call { unit: own, nodes } => self.nodes(flow, nodes, &unit(*own)),
            // Its own unit of work commits with the mark: what it stores is stored once per id.
            Node::Once { unit: Unit::Required, nodes, .. } => {
                self.nodes(flow, nodes, &At { unit: true, marked: true, ..at.clone() });
            }
            Node::Once { unit: own, nodes, .. } => self.nodes(flow, nodes, &unit(*own)),
            Node::Rescue { unit: own, nodes, rescue } => {
                // What fails before its time is rescued too: the steps behind it are then not reached.
                let mut tried = unit(*own);
                tried.sure &= self.world.store_faults == 0 && flow.quality.keeps_outcomes() && !may_fail(nodes);
                self.nodes(flow, nodes, &tried);
                self.nodes(flow, rescue, &unit(*own));
            }
            Node::Loop { times, nodes } => (0..*times).for_each(|_| self.nodes(flow, nodes, at)),
            Node::Twice { sends, .. } => {
                for variant in 0..2 {
                    let id = format!("{}-v{variant}", at.id);
                    let called = At { id, sure: false, soon: false, ..at.clone() };
                    for (_, to) in sends {
                        self.add(*to, &called, at.exact && flow.quality.keeps_outcomes());
                        self.lane(flow, *to, &called);
                    }
                }
            }
            Node::Queue(queue) => {
                self.follow(
                    at,
                    at.marked || at.exact && (at.unit || flow.quality.keeps_outcomes()),
                    |f| matches!(&f.from, From::Queue { name, .. } if name == queue),
                );
            }
            Node::Store { store, .. } => {
                self.follow(at, at.marked || at.exact && at.unit, |f| f.from == From::Store(store.clone()));
            }
            // What a called flow commits by itself, its caller may ask for again; its deliveries keep their ids.
            Node::Direct(name) => self.follow(at, at.exact, |f| f.name == *name),
            Node::Keep { to, .. } => self.add(*to, at, false),
        }
    }

    /// Notes the order that is promised for a send.
    fn lane(&mut self, flow: &FlowSpec, to: usize, at: &At) {
        let Some(mut keys) = at.lane.clone() else { return };
        match at.order {
            Some(_) if self.world.receivers[to].by_key => keys.push(at.key),
            Some(order) => keys.push(order),
            // One message of a key after the other, each as a whole.
            None if flow.quality == Quality::BestEffort && matches!(flow.from, From::Queue { .. }) => {}
            None => return,
        }
        self.lanes.push(Lane { to, from: flow.name.clone(), keys, id: at.id.clone(), key: at.key });
    }

    fn follow(&mut self, at: &At, exact: bool, which: impl Fn(&FlowSpec) -> bool) {
        let world = self.world;
        if let Some(flow) = world.flows.iter().find(|f| which(f)) {
            let direct = matches!(flow.from, From::Direct(_));
            let mut next = At { exact, ..at.clone() };
            next.soon = at.soon && !direct;
            match &flow.from {
                From::Queue { by_key, expire, .. } => {
                    next.lane = next.lane.filter(|_| *by_key);
                    next.lane.iter_mut().for_each(|keys| keys.push(at.key));
                    if expire.is_some() {
                        (next.sure, next.soon) = (false, false);
                    }
                }
                From::Direct(_) => {}
                From::Http | From::Store(_) | From::Timer { .. } => next.lane = None,
            }
            if direct && flow.required {
                // Its queue and data store writes are committed with its own run, not with its caller's.
                let mut called = flow.clone();
                called.required = false;
                return self.flow(&called, next);
            }
            self.flow(flow, next);
        }
    }
}
