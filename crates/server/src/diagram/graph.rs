//! A process as nodes and edges: start and end events, steps, and the arrows between them.

use flow::{Otherwise, Process, ProcessKind, Schedule, SenderChannel, Step, StepIx, StepKind, When};

/// Which part of a process is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// From its start.
    Start,
    /// Its exception subprocess.
    OnError,
}

/// A node.
pub(super) enum Node<'a> {
    /// Start event.
    Start(Entry),
    /// Step.
    Step(&'a Step),
    /// Where the process ends without an end step.
    End,
}

/// An arrow.
pub(super) struct Edge {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) label: String,
}

/// Nodes and edges; edges of a node are in the order in which they are drawn.
pub(super) struct Graph<'a> {
    pub(super) nodes: Vec<Node<'a>>,
    pub(super) edges: Vec<Edge>,
    /// Nodes that run for each part of a splitter or entry of a select, with a word for that.
    pub(super) bodies: Vec<(&'static str, Vec<usize>)>,
}

/// A path through the steps: where to go, and where its end leads.
#[derive(Clone, Copy)]
struct Visit {
    step: StepIx,
    /// What follows when `next` is empty; `None` is the end of the process.
    after: Option<usize>,
    /// Index into `bodies` of the innermost body that the step is in.
    body: Option<usize>,
}

/// Node number of the start and the end event.
const START: usize = 0;
const END: usize = 1;

impl<'a> Graph<'a> {
    /// The nodes that can be reached from the entry.
    pub(super) fn new(process: &'a Process, entry: Entry) -> Self {
        let mut build = Build {
            process,
            graph: Graph { nodes: vec![Node::Start(entry), Node::End], edges: Vec::new(), bodies: Vec::new() },
            node_of: vec![None; process.steps.len()],
            open: Vec::new(),
            outer: Vec::new(),
        };
        let first = match entry {
            Entry::Start => process.start,
            Entry::OnError => process.on_error,
        };
        build.edge(START, first, None, None, String::new());
        while let Some(visit) = build.open.pop() {
            build.visit(visit);
        }
        build.finish()
    }
}

struct Build<'a> {
    process: &'a Process,
    graph: Graph<'a>,
    node_of: Vec<Option<usize>>,
    open: Vec<Visit>,
    /// The body around each body.
    outer: Vec<Option<usize>>,
}

impl<'a> Build<'a> {
    /// The node of a step; a new one is visited later.
    fn node(&mut self, step: StepIx, after: Option<usize>, body: Option<usize>) -> Option<usize> {
        let known = self.node_of.get_mut(step)?;
        if let Some(node) = known {
            return Some(*node);
        }
        let node = self.graph.nodes.len();
        *known = Some(node);
        self.graph.nodes.push(Node::Step(self.process.steps.get(step)?));
        let mut around = body;
        while let Some(ix) = around {
            self.graph.bodies[ix].1.push(node);
            around = self.outer[ix];
        }
        self.open.push(Visit { step, after, body });
        Some(node)
    }

    fn edge(&mut self, from: usize, to: Option<StepIx>, after: Option<usize>, body: Option<usize>, label: String) {
        let to = match to {
            Some(step) => self.node(step, after, body),
            None => after.or(Some(END)),
        };
        let Some(to) = to else { return };
        if !self.graph.edges.iter().rev().take(64).any(|e| e.from == from && e.to == to && e.label == label) {
            self.graph.edges.push(Edge { from, to, label });
        }
    }

    fn visit(&mut self, Visit { step, after, body }: Visit) {
        let (Some(from), Some(what)) = (self.node_of[step], self.process.steps.get(step)) else { return };
        match &what.kind {
            StepKind::End(_) => {}
            StepKind::Route(router) => {
                for route in &router.routes {
                    let label = match &route.when {
                        When::Simple(condition) => condition.source().to_owned(),
                        When::XPath(path) => path.source().to_owned(),
                    };
                    self.edge(from, route.to.or(what.next), after, body, label);
                }
                if let Otherwise::To(to) = &router.otherwise {
                    self.edge(from, to.or(what.next), after, body, "otherwise".to_owned());
                }
            }
            StepKind::Multicast(multicast) => {
                let after = self.follow(what.next, after, body);
                for branch in &multicast.branches {
                    self.edge(from, branch.to, after, body, branch.name.clone());
                }
                if multicast.branches.is_empty() {
                    self.edge(from, what.next, after, body, String::new());
                }
            }
            StepKind::Split(split) if split.body.is_some() => {
                self.each(from, split.body, what.next, (after, body), "for each part");
            }
            StepKind::StoreSelect(select) if select.each.is_some() => {
                self.each(from, select.each, what.next, (after, body), "for each entry");
            }
            _ => self.edge(from, what.next, after, body, String::new()),
        }
    }

    /// The steps that run for each part; their end leads to what follows the splitter.
    fn each(
        &mut self,
        from: usize,
        first: Option<StepIx>,
        next: Option<StepIx>,
        (after, body): (Option<usize>, Option<usize>),
        word: &'static str,
    ) {
        let after = self.follow(next, after, body);
        self.outer.push(body);
        self.graph.bodies.push((word, Vec::new()));
        let inner = Some(self.graph.bodies.len() - 1);
        self.edge(from, first, after, inner, String::new());
    }

    /// The node that a path inside leads to when it ends.
    fn follow(&mut self, next: Option<StepIx>, after: Option<usize>, body: Option<usize>) -> Option<usize> {
        match next {
            Some(step) => self.node(step, after, body),
            None => after,
        }
    }

    fn finish(mut self) -> Graph<'a> {
        if !self.graph.edges.iter().any(|e| e.to == END) {
            // The end event is not needed: every path has an end step.
            self.graph.nodes.remove(END);
            let shift = |n: &mut usize| *n -= usize::from(*n > END);
            for edge in &mut self.graph.edges {
                shift(&mut edge.from);
                shift(&mut edge.to);
            }
            for (_, nodes) in &mut self.graph.bodies {
                nodes.iter_mut().for_each(shift);
            }
        }
        self.graph
    }
}

/// What starts a process from outside: kind, and two lines of text.
pub(super) fn sender(process: &Process) -> Option<(&'static str, String)> {
    let ProcessKind::Integration(channel) = &process.kind else { return None };
    Some(match channel {
        SenderChannel::Http(http) => {
            let methods = if http.methods.is_empty() { String::new() } else { format!("{} ", http.methods.join(" ")) };
            let rest = if http.subtree { "/*" } else { "" };
            ("HTTP", format!("{methods}{}{rest}", http.path))
        }
        SenderChannel::Timer(timer) => {
            let when = match &timer.schedule {
                Schedule::OnDeployment => "once, on deployment".to_owned(),
                Schedule::At(at) => format!("once, at {at}"),
                Schedule::Every(every) => format!("every {}", base::format_duration(*every)),
                Schedule::Cron(_, text) => text.clone(),
            };
            ("Timer", when)
        }
        SenderChannel::ProcessDirect(address) => ("ProcessDirect", address.clone()),
        SenderChannel::Queue(queue) => ("Queue", queue.queue.clone()),
        SenderChannel::DataStore(store) => ("Data store", store.store.clone()),
        SenderChannel::Alerts(alerts) => {
            let kinds: Vec<&str> = alerts.on.iter().map(|kind| kind.as_str()).collect();
            ("Alerts", kinds.join(", "))
        }
    })
}
