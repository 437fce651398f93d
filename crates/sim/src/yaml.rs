//! A world's flows as the YAML that an author would write: worlds go through the real front end.

use serde_json::{Value, json};

use crate::Planted;
use crate::world::{Circuit, Doubt, FlowSpec, From, Node, Quality, ReceiverSpec, Unit, World};

/// Files of the package that a world is. An edited version differs where it does not matter.
#[must_use]
pub fn files(world: &World, version: u32, planted: Option<Planted>) -> Vec<(String, String)> {
    let file = |flow: &FlowSpec| (format!("{}.flow.yaml", flow.name), write(&flow_of(world, flow, version, planted)));
    world.flows.iter().map(file).collect()
}

/// The key of a body.
const KEY: &str = "${xpath:string(/*/@key)}";

struct Writer<'a> {
    world: &'a World,
    flow: &'a FlowSpec,
    planted: Option<Planted>,
    processes: Vec<(String, Value)>,
    used: Vec<(String, Value)>,
    level: u8,
    number: u32,
    /// Inside a loop: what is done once is done once for each round.
    looping: bool,
}

fn flow_of(world: &World, flow: &FlowSpec, version: u32, planted: Option<Planted>) -> Value {
    let level = level_of(world, &flow.name).unwrap_or(0);
    let best_effort = flow.quality == Quality::BestEffort;
    let mut writer =
        Writer { world, flow, planted, processes: Vec::new(), used: Vec::new(), level, number: 0, looping: false };
    let mut steps = writer.steps(&flow.nodes);
    let range = format!("num_{}", flow.name);
    if flow.numbers {
        steps.insert(0, json!({ "set": { "properties": { "number": { "number-range": range } } } }));
    }
    if flow.variable {
        steps.push(json!({ "write-variables": { "last": "${xpath:string(/*/@id)}" } }));
    }
    if version > 0 {
        steps.insert(0, json!({ "set": { "properties": { "version": version.to_string() } } }));
    }
    let from = match &flow.from {
        From::Http if best_effort => {
            json!({ "http": { "path": format!("/{}", flow.name), "idempotency": "optional" } })
        }
        From::Http => json!({ "http": { "path": format!("/{}", flow.name) } }),
        From::Queue { name, exclusive, concurrency, max_retries, .. } => json!({ "queue": {
            "name": name,
            "exclusive": exclusive,
            "concurrency": if *exclusive { 1 } else { *concurrency },
            "retry-interval": "20s",
            "max-interval": "2m",
            "max-retries": max_retries.map_or(json!("none"), |n| json!(n)),
        } }),
        From::Store(store) => {
            json!({ "data-store": { "store": store, "visibility": "global", "retry-interval": "20s" } })
        }
        From::Direct(address) => json!({ "process-direct": address }),
        From::Timer { store, every } => {
            steps = vec![json!({ "store-select": {
                "store": store, "visibility": "global", "max": "100", "delete": true, "each": steps,
            } })];
            json!({ "timer": { "every": format!("{every}s") } })
        }
    };
    let mut value = json!({
        "flow": flow.name,
        "from": from,
        "quality": match flow.quality {
            Quality::BestEffort => "best-effort",
            Quality::Once => "exactly-once",
            Quality::InOrder => "exactly-once-in-order",
        },
        "persistence": if flow.first { "first" } else { "on-error" },
        "transaction": if flow.required { "required" } else { "none" },
        "allow-headers": "Id",
        "steps": steps,
    });
    if flow.quality == Quality::InOrder && flow.by_key {
        value["order-by"] = json!(KEY);
    }
    if flow.numbers {
        value["number-ranges"] = json!({ range: { "min": 1, "max": 999_999 } });
    }
    let named = |list: Vec<(String, Value)>| Value::Object(list.into_iter().collect());
    if !writer.processes.is_empty() {
        value["processes"] = named(writer.processes);
    }
    if !writer.used.is_empty() {
        value["receivers"] = named(writer.used);
    }
    value
}

/// How deep in the document a flow begins: 0 all orders, 1 an order, 2 an item.
fn level_of(world: &World, name: &str) -> Option<u8> {
    fn find(nodes: &[Node], level: u8, target: &FlowSpec) -> Option<u8> {
        nodes.iter().find_map(|node| {
            let here = match (node, &target.from) {
                (Node::Queue(q), From::Queue { name, .. }) => q == name,
                (Node::Store { store, .. }, From::Store(s)) => store == s,
                (Node::Keep { store, .. }, From::Timer { store: s, .. }) => store == s,
                (Node::Direct(flow), From::Direct(_)) => *flow == target.name,
                _ => false,
            };
            if here {
                return Some(level);
            }
            let deeper = level + u8::from(matches!(node, Node::Split { .. }));
            node.children().into_iter().find_map(|list| find(list, deeper, target))
        })
    }
    let target = world.flows.iter().find(|f| f.name == name)?;
    if target.from == From::Http {
        return Some(0);
    }
    world.flows.iter().find_map(|f| {
        // The caller's own level first: flows form a tree, so this ends.
        if std::ptr::eq(f, target) {
            return None;
        }
        let inside = find(&f.nodes, 0, target)?;
        Some(level_of(world, &f.name)? + inside)
    })
}

impl Node {
    /// Lists of steps inside.
    #[must_use]
    pub fn children(&self) -> Vec<&[Node]> {
        match self {
            Node::Split { nodes, .. }
            | Node::Call { nodes, .. }
            | Node::Loop { nodes, .. }
            | Node::Once { nodes, .. } => vec![nodes],
            Node::Rescue { nodes, rescue, .. } => vec![nodes, rescue],
            Node::Fan { branches, .. } => branches.iter().map(Vec::as_slice).collect(),
            _ => Vec::new(),
        }
    }

    /// The same, to be changed.
    pub fn lists(&mut self) -> Vec<&mut Vec<Node>> {
        match self {
            Node::Split { nodes, .. }
            | Node::Call { nodes, .. }
            | Node::Loop { nodes, .. }
            | Node::Once { nodes, .. } => vec![nodes],
            Node::Rescue { nodes, rescue, .. } => vec![nodes, rescue],
            Node::Fan { branches, .. } => branches.iter_mut().collect(),
            _ => Vec::new(),
        }
    }
}

impl Writer<'_> {
    fn steps(&mut self, nodes: &[Node]) -> Vec<Value> {
        nodes.iter().flat_map(|node| self.node(node)).collect()
    }

    fn process(&mut self, unit: Unit, steps: Vec<Value>, on_error: Option<Vec<Value>>) -> String {
        self.number += 1;
        let name = format!("p{}", self.number);
        let unit = match unit {
            Unit::Inherit => "inherit",
            Unit::Required => "required",
            Unit::None => "none",
        };
        let mut process = json!({ "transaction": unit, "steps": steps });
        if let Some(on_error) = on_error {
            process["on-error"] = Value::Array(on_error);
        }
        self.processes.push((name.clone(), process));
        name
    }

    fn uses(&mut self, name: String, receiver: Value) -> String {
        if !self.used.iter().any(|(n, _)| *n == name) {
            self.used.push((name.clone(), receiver));
        }
        name
    }

    fn outside(&mut self, number: usize) -> String {
        let name = format!("r{number}");
        // The address says how it is called: the receiver's own books tell exactly-once calls from others.
        let way = if self.flow.quality.keeps_outcomes() { "once" } else { "best" };
        let receiver = self.world.receivers.get(number).map(|spec| self.receiver(&name, way, spec)).unwrap_or_default();
        self.uses(name, receiver)
    }

    fn node(&mut self, node: &Node) -> Vec<Value> {
        match node {
            Node::Twice { ask, rounds, sends } => self.twice(*ask, *rounds, sends),
            _ => vec![self.step(node)],
        }
    }

    /// The body is changed for each call, and is what it was in the end.
    fn twice(&mut self, ask: usize, rounds: bool, sends: &[(String, usize)]) -> Vec<Value> {
        let mut steps = self.steps(&[Node::Ask(ask)]);
        steps.extend(sends.iter().map(|(step, to)| json!({ "send": self.outside(*to), "name": step })));
        let process = self.process(Unit::Inherit, steps, Some(vec![json!({ "end": "message" })]));
        let was = format!("was-{process}");
        let back = json!({ "set": { "body": format!("${{property.{was}}}") } });
        let call = |variant: &str| {
            let id = "${xpath:string(/*/@id)}";
            let body = format!("<variant id=\"{id}-v{variant}\" key=\"${{xpath:string(/*/@key)}}\"/>");
            [back.clone(), json!({ "set": { "body": body } }), json!({ "call": process })]
        };
        let keep = json!({ "set": { "property": { was: "${body}" } } });
        let calls: Vec<Value> = if rounds {
            let round = self.process(Unit::Inherit, call("${property.CamelLoopIndex}").into(), None);
            vec![json!({ "loop": { "process": round, "while": "${property.CamelLoopIndex} < 1" } })]
        } else {
            [call("0"), call("1")].concat()
        };
        [vec![keep], calls, vec![back.clone()]].concat()
    }

    fn step(&mut self, node: &Node) -> Value {
        match node {
            Node::Send { step, to } => json!({ "send": self.outside(*to), "name": step }),
            Node::Ask(to) => {
                let name = format!("ask-r{to}");
                json!({ "request": self.uses(name, json!({ "http": format!("http://r{to}.ask.sim/") })) })
            }
            Node::Split { parallel, record, nodes } => {
                let path = ["/orders/order", "/order/item"][usize::from(self.level.min(1))];
                self.level += 1;
                let mut split = json!({ "xpath": path, "parallel": parallel, "steps": self.steps(nodes) });
                self.level -= 1;
                if *record {
                    split["record"] = json!("${xpath:string(/*/@id)}");
                }
                json!({ "split": split })
            }
            Node::Fan { parallel, branches } => {
                let branches = branches.iter().enumerate().map(|(at, nodes)| (format!("b{at}"), self.steps(nodes)));
                let branches: serde_json::Map<_, _> = branches.map(|(n, s)| (n, Value::Array(s))).collect();
                json!({ "multicast": { "parallel": parallel, "branches": branches } })
            }
            Node::Call { unit, nodes } => {
                let steps = self.steps(nodes);
                json!({ "call": self.process(*unit, steps, None) })
            }
            Node::Rescue { unit, nodes, rescue } => {
                let mut steps = self.steps(nodes);
                steps.push(json!({ "end": { "error": "on purpose" } }));
                let mut rescue = self.steps(rescue);
                rescue.push(json!({ "end": "message" }));
                json!({ "call": self.process(*unit, steps, Some(rescue)) })
            }
            Node::Loop { times, nodes } => {
                let outside = std::mem::replace(&mut self.looping, true);
                let steps = self.steps(nodes);
                self.looping = outside;
                let process = self.process(Unit::Inherit, steps, None);
                let again = format!("${{property.CamelLoopIndex}} < {}", times - 1);
                json!({ "loop": { "process": process, "while": again } })
            }
            Node::Once { step, unit, nodes } => {
                let steps = self.steps(nodes);
                let process = self.process(*unit, steps, None);
                let round = if self.looping { " ${property.CamelLoopIndex}" } else { "" };
                json!({ "once": { "process": process, "id": format!("${{xpath:string(/*/@id)}}{round}") }, "name": step })
            }
            Node::Twice { .. } => Value::Null,
            Node::Queue(queue) => {
                let to = self.queue(queue);
                json!({ "send": self.uses(queue.clone(), json!({ "queue": to })) })
            }
            Node::Store { step, store } => write_entry(step, store),
            Node::Direct(flow) => {
                json!({ "request": self.uses(flow.clone(), json!({ "process-direct": format!("/{flow}") })) })
            }
            Node::Keep { step, to, store } => {
                let send = json!({ "send": self.outside(*to), "name": step });
                let rescue = vec![write_entry(&format!("{step}-keep"), store), json!({ "end": "message" })];
                json!({ "call": self.process(Unit::Required, vec![send], Some(rescue)) })
            }
        }
    }
}

impl Writer<'_> {
    fn queue(&self, queue: &str) -> Value {
        let mut value = json!({ "name": queue });
        for flow in &self.world.flows {
            if let From::Queue { name, by_key, expire, .. } = &flow.from
                && name == queue
            {
                if *by_key {
                    value["order-by"] = json!(KEY);
                }
                if let Some(expire) = expire {
                    value["expire-after"] = json!(format!("{expire}s"));
                }
            }
        }
        value
    }

    fn receiver(&self, name: &str, way: &str, spec: &ReceiverSpec) -> Value {
        let mut value = json!({ "retry": retry(spec, self.planted) });
        if spec.mail {
            let subject = self.flow.name.as_str();
            let to = format!("{name}@{way}.sim");
            value["mail"] = json!({ "server": "mail.sim", "to": to, "subject": subject, "timeout": "10s" });
        } else {
            let url = format!("http://{name}.{way}.sim/{}", self.flow.name);
            value["http"] = json!({ "url": url, "timeout": "10s" });
            if self.flow.numbers {
                value["http"]["set-headers"] = json!({ "Number": "${property.number}" });
            }
        }
        value["in-doubt"] = match spec.in_doubt {
            Doubt::Retry => json!("retry"),
            Doubt::Hold => json!("hold"),
            Doubt::Probe => {
                let url = format!("http://{name}.once.sim/${{property.SemelDeliveryId}}");
                json!({ "probe": { "http": { "url": url, "timeout": "10s" } } })
            }
        };
        if spec.by_key && self.flow.quality == Quality::InOrder {
            value["order-by"] = json!(KEY);
        }
        let system = spec.system.map(|system| format!("sys{system}"));
        let system =
            if self.planted == Some(Planted::LonelyCircuits) { system.map(|_| name.to_owned()) } else { system };
        let mut circuit = serde_json::Map::new();
        if let Circuit::Of(failures, probe) = spec.circuit {
            circuit.insert("failures".to_owned(), json!(failures));
            circuit.insert("probe".to_owned(), json!(format!("{probe}s")));
        }
        if let Some(system) = system {
            circuit.insert("system".to_owned(), json!(system));
        }
        if spec.circuit == Circuit::Off || self.planted == Some(Planted::NeverOpen) {
            value["circuit"] = json!("off");
        } else if !circuit.is_empty() {
            value["circuit"] = Value::Object(circuit);
        }
        if self.planted != Some(Planted::NoLimits) {
            if let Some(most) = spec.concurrency {
                value["concurrency"] = json!(most);
            }
            if let Some(rate) = spec.rate {
                #[expect(clippy::cast_precision_loss, reason = "small numbers")]
                let rate = rate as f64 / 10.0;
                value["rate"] = json!(rate);
            }
        }
        value
    }
}

fn retry(spec: &ReceiverSpec, planted: Option<Planted>) -> Value {
    let mut retry = json!({
        "interval": format!("{}s", spec.interval),
        "backoff": 2,
        "max-interval": format!("{}s", spec.interval * 8),
        "max-retries": spec.max_retries,
    });
    if let Some(age) = spec.max_age.filter(|_| planted != Some(Planted::Ageless)) {
        retry["max-age"] = json!(format!("{age}s"));
    }
    for (class, own) in [("in-doubt", spec.doubtful), ("rejected", spec.rejected)] {
        if let Some((interval, retries)) = own {
            retry[class] = json!({ "interval": format!("{interval}s"), "max-attempts": retries + 1 });
        }
    }
    retry
}

fn write_entry(step: &str, store: &str) -> Value {
    json!({ "store-write": {
        "store": store, "visibility": "global", "overwrite": true, "entry": format!("${{xpath:string(/*/@id)}}-{step}"),
    }, "name": step })
}

/// Block style YAML; texts are quoted as JSON quotes them.
fn write(value: &Value) -> String {
    let mut out = String::new();
    block(&mut out, value, 0);
    out
}

fn block(out: &mut String, value: &Value, indent: usize) {
    let pad = " ".repeat(indent);
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                out.push_str(&format!("{pad}{key}:"));
                inner(out, value, indent);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                let mut text = String::new();
                block(&mut text, item, indent + 2);
                // The first line of an item stands beside its dash.
                out.push_str(&format!("{pad}- {}", text.trim_start_matches(' ')));
            }
        }
        other => out.push_str(&format!("{pad}{other}\n")),
    }
}

fn inner(out: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            out.push('\n');
            block(out, value, indent + 2);
        }
        Value::Array(items) if !items.is_empty() => {
            out.push('\n');
            block(out, value, indent + 2);
        }
        other => out.push_str(&format!(" {other}\n")),
    }
}
