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
}

/// All that is due for a message, by receiver and id.
pub type Dues = BTreeMap<(usize, String), Due>;

/// The body of a message: orders with items.
#[must_use]
pub fn body(name: &str, orders: u64, items: u64) -> String {
    let item = |order: u64| (0..items).map(move |item| format!("<item id=\"{name}-{order}-{item}\"/>"));
    let order = |order: u64| format!("<order id=\"{name}-{order}\">{}</order>", item(order).collect::<String>());
    format!("<orders id=\"{name}\">{}</orders>", (0..orders).map(order).collect::<String>())
}

/// The id of a body: that of its outermost element.
#[must_use]
pub fn id_of(body: &str) -> String {
    body.split_once("id=\"").and_then(|(_, rest)| rest.split_once('"')).map_or("?", |(id, _)| id).to_owned()
}

/// What is due for a message under the name that its try had.
#[must_use]
pub fn dues(world: &World, post: &Post, name: &str) -> Dues {
    let mut dues = Dues::new();
    if let Some(given) = &world.given {
        for (_, to, parts, exact) in given.dues.iter().filter(|(path, ..)| *path == post.flow) {
            let ids =
                if *parts { (0..post.orders).map(|n| format!("{name}-{n}")).collect() } else { vec![name.to_owned()] };
            let due = Due { least: 1, most: exact.then_some(1), soon: false };
            dues.extend(ids.into_iter().map(|id| ((*to, id), due)));
        }
        return dues;
    }
    if let Some(flow) = world.flows.iter().find(|f| f.name == post.flow) {
        let at = At {
            id: name.to_owned(),
            exact: true,
            unit: flow.required,
            soon: true,
            sure: true,
            marked: false,
            part: Vec::new(),
        };
        Walk { world, post, dues: &mut dues }.flow(flow, at);
    }
    dues
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
}

/// Whether steps can fail although the store works and sends are exactly-once.
fn may_fail(nodes: &[Node]) -> bool {
    nodes.iter().any(|node| matches!(node, Node::Ask(_) | Node::Direct(_)) || node.children().into_iter().any(may_fail))
}

struct Walk<'a> {
    world: &'a World,
    post: &'a Post,
    dues: &'a mut Dues,
}

impl Walk<'_> {
    fn flow(&mut self, flow: &FlowSpec, mut at: At) {
        at.unit = flow.required;
        at.marked = false;
        at.soon &= flow.quality == Quality::Once && !may_fail(&flow.nodes);
        self.nodes(flow, &flow.nodes, &at);
    }

    fn nodes(&mut self, flow: &FlowSpec, nodes: &[Node], at: &At) {
        for node in nodes {
            self.node(flow, node, at);
        }
    }

    fn add(&mut self, to: usize, at: &At, exact: bool) {
        let due = self.dues.entry((to, at.id.clone())).or_insert(Due { least: 0, most: Some(0), soon: true });
        due.least += u64::from(at.sure);
        due.most = due.most.filter(|_| exact).map(|most| most + 1);
        due.soon &= at.soon;
    }

    fn node(&mut self, flow: &FlowSpec, node: &Node, at: &At) {
        let inherits = |unit: Unit| unit == Unit::Inherit;
        let unit =
            |unit: Unit| At { unit: at.unit && inherits(unit), marked: at.marked && inherits(unit), ..at.clone() };
        match node {
            Node::Send { to, .. } => self.add(*to, at, at.exact && flow.quality == Quality::Once),
            Node::Ask(_) => {}
            Node::Split { nodes, .. } => {
                let parts = if at.part.is_empty() { self.post.orders } else { self.post.items };
                for number in 0..parts {
                    let mut part = at.clone();
                    part.id = format!("{}-{number}", at.id);
                    part.part.push(number);
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
                tried.sure &= self.world.store_faults == 0 && flow.quality == Quality::Once && !may_fail(nodes);
                self.nodes(flow, nodes, &tried);
                self.nodes(flow, rescue, &unit(*own));
            }
            Node::Loop { times, nodes } => (0..*times).for_each(|_| self.nodes(flow, nodes, at)),
            Node::Queue(queue) => {
                self.follow(
                    at,
                    at.marked || at.exact && at.unit,
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

    fn follow(&mut self, at: &At, exact: bool, which: impl Fn(&FlowSpec) -> bool) {
        let world = self.world;
        if let Some(flow) = world.flows.iter().find(|f| which(f)) {
            let direct = matches!(flow.from, From::Direct(_));
            let mut next = At { exact, ..at.clone() };
            next.soon = at.soon && !direct;
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
