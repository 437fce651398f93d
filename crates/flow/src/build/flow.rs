//! A whole flow: its settings, its processes, its receivers.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;

use base::Timestamp;
use expr::{Namespaces, Template};
use indexmap::IndexMap;

use super::ctx::{Ctx, ProcessInfo};
use super::list::Graph;
use super::view::View;
use super::{graph, names, receivers};
use crate::channel::SenderChannel;
use crate::check::{DEFAULTS_FILE, Package};
use crate::headers::HeaderFilter;
use crate::problems::Problems;
use crate::shape::is_name;
use crate::spec::{FLOW, MapSpec, Ty};
use crate::yaml::{Entry, Kind, Node};
use crate::{Flow, LogLevel, NumberRange, Persistence, Process, ProcessIx, ProcessKind, Quality, Transaction};

/// A flow with what the package's checks need to know.
pub(crate) struct Built {
    /// The flow.
    pub flow: Flow,
    /// Where its name stands.
    pub name_at: Range<usize>,
    /// The addresses that it listens at, with their places.
    pub doors: Vec<(Door, Range<usize>)>,
}

/// An address that only one process may listen at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Door {
    /// A ProcessDirect address.
    ProcessDirect(String),
    /// An HTTP path in small letters, and whether it is a subtree.
    Http(String, bool),
}

/// The process that the keys at the top of the file describe.
const MAIN: &str = "main";
/// The local process that `on-escalated` describes.
const ON_ESCALATED: &str = "on-escalated";

/// Builds a flow. Problems say whether it may run.
pub(crate) fn flow(
    root: &Node,
    text: &str,
    folder: &str,
    package: &Package,
    defaults: Option<&Node>,
    now: Option<Timestamp>,
    problems: &mut Problems,
) -> Option<Built> {
    let view = View::of(&FLOW, Some(root));
    let name = view.get("flow")?;
    let quality = quality(&view);
    let mut ctx = Ctx {
        problems,
        text,
        files: &package.files,
        folder: folder.to_owned(),
        now,
        flow: name.text()?.to_owned(),
        quality,
        defaults,
        namespaces: Namespaces::default(),
        receivers: IndexMap::new(),
        used_receivers: HashSet::new(),
        processes: IndexMap::new(),
        ranges: HashSet::new(),
        scripts: IndexMap::new(),
        inline: 0,
        calls: Vec::new(),
        step_names: HashMap::new(),
    };
    ctx.namespaces = namespaces(view.get("namespaces"), ctx.problems);
    let allowed_headers = allowed_headers(&view, ctx.problems);
    let number_ranges = number_ranges(&view, ctx.problems);
    ctx.ranges = number_ranges.keys().cloned().collect();
    names_of(&mut ctx, root);

    let mut doors = Vec::new();
    let mut processes = Vec::new();
    for plan in plans(&ctx, root) {
        processes.push(process(&mut ctx, processes.len(), &plan, &mut doors));
    }
    let mut built = IndexMap::new();
    for entry in root.get("receivers").map(Node::entries).unwrap_or_default() {
        if let Some(receiver) = ctx.receiver(entry) {
            built.insert(entry.key.clone(), receiver);
        }
    }
    let order_by = order(&mut ctx, &view, &processes);
    names::settle(&mut processes, &ctx.step_names);
    graph::circles(&mut ctx, &processes);
    graph::unused(&mut ctx, root, &processes);
    let flow = Flow {
        name: ctx.flow.clone(),
        package: package.name.clone(),
        description: view.text("description"),
        quality,
        order_by,
        persistence: if view.text("persistence") == "first" { Persistence::First } else { Persistence::OnError },
        allowed_headers,
        return_errors: view.bool("return-errors"),
        keep_cookies: view.bool("keep-cookies"),
        log_level: match view.text("log").as_str() {
            "none" => LogLevel::None,
            "error" => LogLevel::Error,
            "debug" => LogLevel::Debug,
            "trace" => LogLevel::Trace,
            _ => LogLevel::Info,
        },
        on_escalated: ctx.processes.get(ON_ESCALATED).filter(|_| root.get(ON_ESCALATED).is_some()).map(|p| p.ix),
        fingerprint: 0,
        processes,
        receivers: built,
        scripts: ctx.scripts,
        value_mappings: std::sync::Arc::default(),
        number_ranges,
    };
    Some(Built { flow, name_at: name.range.clone(), doors })
}

fn quality(view: &View<'_>) -> Quality {
    match view.text("quality").as_str() {
        "exactly-once" => Quality::ExactlyOnce,
        "exactly-once-in-order" => Quality::InOrder,
        _ => Quality::BestEffort,
    }
}

/// The key `order-by`, and what cannot keep the order that the flow promises.
fn order(ctx: &mut Ctx<'_>, view: &View<'_>, processes: &[Process]) -> Option<Template> {
    let node = view.get("order-by");
    if ctx.quality != Quality::InOrder {
        if let Some(node) = node {
            let help = "set `quality: exactly-once-in-order`, or leave it out";
            let at = node.range.clone();
            ctx.problems.warning("F0217", "`order-by` has no effect here", at, "the flow keeps no order", help);
        }
        return None;
    }
    let quality = view.get("quality").map_or(0..0, |n| n.range.clone());
    for process in processes {
        match &process.kind {
            ProcessKind::Integration(SenderChannel::DataStore(_)) => ctx.problems.error(
                "F0115",
                "a data store gives its entries in no fixed order",
                quality.clone(),
                "promises an order",
                "let a queue start the flow, with `order-by` where messages are put into it",
            ),
            ProcessKind::Integration(SenderChannel::Queue(queue)) if !queue.exclusive && queue.concurrency > 1 => {
                ctx.problems.warning(
                    "F0115",
                    format!("the queue `{}` gives several messages at once", queue.queue),
                    quality.clone(),
                    "only messages that were put with `order-by` keep their order",
                    "set `order-by` where messages are put into it, or `exclusive: true`",
                );
            }
            _ => {}
        }
    }
    ctx.template_of(node)
}

fn namespaces(node: Option<&Node>, problems: &mut Problems) -> Namespaces {
    let mut pairs = Vec::new();
    for entry in node.map(Node::entries).unwrap_or_default() {
        let good = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
        if entry.key.is_empty()
            || !entry.key.chars().all(good)
            || entry.key.starts_with(|c: char| !c.is_alphabetic() && c != '_')
        {
            problems.error(
                "F0104",
                format!("`{}` is not a namespace prefix", entry.key),
                entry.range.clone(),
                "not a prefix",
                "begin with a letter; then letters, digits, `_`, `-` and `.`",
            );
        } else if let Some(uri) = entry.value.text() {
            pairs.push((entry.key.clone(), uri.to_owned()));
        }
    }
    Namespaces::new(pairs)
}

fn allowed_headers(view: &View<'_>, problems: &mut Problems) -> HeaderFilter {
    let Some(node) = view.get("allow-headers") else { return HeaderFilter::default() };
    let patterns: Vec<String> = view.texts("allow-headers").into_iter().filter(|p| p != "none").collect();
    if patterns.len() > 50 {
        problems.error(
            "F0114",
            "more than 50 header patterns",
            node.range.clone(),
            "too many",
            "combine them: `SAP.*`",
        );
        return HeaderFilter::default();
    }
    HeaderFilter::new(&patterns).unwrap_or_else(|(index, message)| {
        let at = node.items().get(index).unwrap_or(node).range.clone();
        let why = message.lines().last().unwrap_or("").trim_start_matches("error: ").to_owned();
        let pattern = patterns.get(index).map(String::as_str).unwrap_or_default();
        let title = format!("`{pattern}` is not a regular expression");
        problems.error("F0114", title, at, why, "`.*` stands for any text; a lone \"*\" allows all headers");
        HeaderFilter::default()
    })
}

fn number_ranges(view: &View<'_>, problems: &mut Problems) -> IndexMap<String, NumberRange> {
    let spec = FLOW.key("number-ranges").and_then(|k| match &k.ty {
        Ty::Dict(item) => item.map(),
        _ => None,
    });
    let Some(spec): Option<&'static MapSpec> = spec else { return IndexMap::new() };
    let mut out = IndexMap::new();
    for entry in view.get("number-ranges").map(Node::entries).unwrap_or_default() {
        let item = View::of(spec, Some(&entry.value));
        let range = NumberRange {
            min: item.int("min"),
            max: item.int("max"),
            length: item.int("length"),
            rotate: item.bool("rotate"),
        };
        if range.min >= range.max {
            problems.error(
                "F0104",
                format!("the number range `{}` holds no numbers", entry.key),
                entry.range.clone(),
                format!("from {} to {}", range.min, range.max),
                "`max` must be greater than `min`",
            );
        }
        out.insert(entry.key.clone(), range);
    }
    out
}

/// One process of the file, before it is built.
struct Plan<'a> {
    name: String,
    at: Range<usize>,
    node: Option<&'a Node>,
    /// The steps, where they do not stand under `steps` of the node.
    steps: Option<&'a Node>,
}

/// Notes the names of receivers and processes, so that steps can refer to what stands below them.
fn names_of(ctx: &mut Ctx<'_>, root: &Node) {
    for entry in root.get("receivers").map(Node::entries).unwrap_or_default() {
        named(ctx, entry, "receiver");
        ctx.receivers.insert(entry.key.clone(), receivers::kind_of(&entry.value));
    }
    let has = |key: &str| root.get(key).is_some();
    let from = root.entries().iter().any(|e| e.key == "from");
    if from || has("steps") || has("on-error") {
        ctx.processes.insert(MAIN.to_owned(), ProcessInfo { ix: 0, local: false });
        if !from {
            let at = root
                .entries()
                .iter()
                .find(|e| e.key == "steps" || e.key == "on-error")
                .map_or(0..0, |e| e.range.clone());
            ctx.problems.error(
                "F0103",
                "these steps have no sender",
                at,
                "`from` is missing",
                "add `from: { http: /path }` or another sender, or move the steps into a local process",
            );
        }
    } else if !has("processes") && root.entries().iter().all(|e| FLOW.key(&e.key).is_some()) {
        let at = root.entries().first().map_or(0..0, |e| e.range.clone());
        ctx.problems.error(
            "F0103",
            "a flow needs a process",
            at,
            "`from` and `steps` are missing",
            "add `from: { http: /path }` or another sender, and `steps`",
        );
    }
    for entry in root.get("processes").map(Node::entries).unwrap_or_default() {
        named(ctx, entry, "process");
        let local = entry.value.get("from").is_none();
        let ix = ctx.processes.len();
        let reserved = entry.key == ON_ESCALATED && has(ON_ESCALATED);
        if reserved || ctx.processes.contains_key(&entry.key) {
            let help = "the keys at the top of the file describe a process of this name; choose another one";
            ctx.problems.error(
                "F0208",
                format!("there are two processes `{}`", entry.key),
                entry.range.clone(),
                "the second one",
                help,
            );
        } else {
            ctx.processes.insert(entry.key.clone(), ProcessInfo { ix, local });
        }
    }
    if has(ON_ESCALATED) {
        let ix = ctx.processes.len();
        ctx.processes.insert(ON_ESCALATED.to_owned(), ProcessInfo { ix, local: true });
    }
}

fn named(ctx: &mut Ctx<'_>, entry: &Entry, what: &str) {
    if !is_name(&entry.key) {
        ctx.problems.error(
            "F0104",
            format!("`{}` is not a {what} name", entry.key),
            entry.range.clone(),
            "not a name",
            "use 1 to 80 letters, digits, `_`, `.` and `-`",
        );
    }
}

/// The processes in the order of their indices.
fn plans<'a>(ctx: &Ctx<'_>, root: &'a Node) -> Vec<Plan<'a>> {
    let entry_of = |name: &str| root.get("processes").and_then(|p| p.entries().iter().find(|e| e.key == name));
    let plan = |(name, info): (&String, &ProcessInfo)| {
        let at = |key: &str| root.entries().iter().find(|e| e.key == key).map_or(0..0, |e| e.range.clone());
        if name == MAIN
            && info.ix == 0
            && entry_of(MAIN).is_none_or(|_| root.get("steps").is_some() || root.get("from").is_some())
        {
            Plan {
                name: name.clone(),
                at: at(if root.get("from").is_some() { "from" } else { "steps" }),
                node: Some(root),
                steps: None,
            }
        } else if let Some(entry) = entry_of(name) {
            Plan { name: name.clone(), at: entry.range.clone(), node: Some(&entry.value), steps: None }
        } else {
            Plan { name: name.clone(), at: at(ON_ESCALATED), node: None, steps: root.get(ON_ESCALATED) }
        }
    };
    ctx.processes.iter().map(plan).collect()
}

fn process(ctx: &mut Ctx<'_>, ix: ProcessIx, plan: &Plan<'_>, doors: &mut Vec<(Door, Range<usize>)>) -> Process {
    let get = |key: &str| plan.node.and_then(|n| n.get(key));
    let sender = get("from").and_then(|from| ctx.sender(from).map(|sender| (from, sender)));
    if let Some((from, sender)) = &sender {
        let at = from.entries().first().map_or(from.range.clone(), |e| match &e.value.kind {
            Kind::Scalar(_) => e.range.start..e.value.range.end,
            _ => e.range.clone(),
        });
        match sender {
            SenderChannel::ProcessDirect(address) => doors.push((Door::ProcessDirect(address.clone()), at)),
            SenderChannel::Http(http) => doors.push((Door::Http(http.path.to_lowercase(), http.subtree), at)),
            _ => {}
        }
    }
    let local = get("from").is_none();
    let transaction = match get("transaction").map(|n| (n, n.text())) {
        Some((_, Some("required"))) => Transaction::Required,
        Some((_, Some("none"))) => Transaction::None,
        Some((node, Some("inherit"))) if !local => {
            ctx.problems.error(
                "F0104",
                "a process with a sender has no caller to inherit from",
                node.range.clone(),
                "`inherit` is for local processes",
                "write `none` or `required`",
            );
            Transaction::None
        }
        _ if local => Transaction::Inherit,
        _ => Transaction::None,
    };
    let mut graph = Graph::new(ctx, ix);
    let start = graph.path(get("steps").or(plan.steps));
    let on_error = graph.path(get("on-error"));
    let steps = graph.finish();
    Process {
        name: plan.name.clone(),
        kind: sender.map_or(ProcessKind::Local, |(_, s)| ProcessKind::Integration(s)),
        transaction,
        steps,
        start,
        on_error,
        handles_parts: false,
        span: ctx.problems.span(plan.at.clone()),
    }
}

/// All that is fed into a fingerprint: FNV-1a, which never changes between versions of a compiler.
pub(crate) fn fingerprint(flow: &Flow, text: &str, root: &Node, files: &BTreeMap<String, String>) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut feed = |bytes: &[u8]| {
        for byte in bytes.iter().chain([&0]) {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    feed(flow.package.as_bytes());
    feed(text.as_bytes());
    let mut nodes = vec![root];
    while let Some(node) = nodes.pop() {
        feed(node.text().unwrap_or("").as_bytes());
        nodes.extend(node.items());
        nodes.extend(node.entries().iter().map(|e| &e.value));
    }
    feed(files.get(DEFAULTS_FILE).map_or("", String::as_str).as_bytes());
    for step in flow.processes.iter().flat_map(|p| &p.steps) {
        match &step.kind {
            crate::StepKind::Transform(crate::Transform::File(mapping)) => feed(&mapping.fingerprint.to_le_bytes()),
            crate::StepKind::Transform(crate::Transform::Header(all)) => feed(&all.fingerprint().to_le_bytes()),
            _ => {}
        }
    }
    let validates = |s: &crate::Step| matches!(s.kind, crate::StepKind::Validate(_));
    if flow.processes.iter().any(|p| p.steps.iter().any(validates)) {
        files.iter().filter(|(path, _)| path.ends_with(".xsd")).for_each(|(_, text)| feed(text.as_bytes()));
    }
    for (path, script) in &flow.scripts {
        feed(files.get(path).map_or("", String::as_str).as_bytes());
        for (path, source) in script.companions.iter() {
            feed(path.as_bytes());
            feed(source.as_bytes());
        }
    }
    hash
}
