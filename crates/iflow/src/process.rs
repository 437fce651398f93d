//! Processes: the elements of the diagram become steps, its arrows become edges.

use std::collections::HashMap;

use diag::Severity;
use expr::Template;
use flow::{End, Process, ProcessKind, SenderChannel, Step, StepIx, StepKind, Transaction};

use crate::bpmn::{self, Diagram, Edge, Event, Node};
use crate::channel::Entry;
use crate::ctx::{BY_CHANNEL, Ctx, Made, Named};
use crate::names::Names;
use crate::{doors, schedule, step};

/// An arrow out of a node, and the step that it leads to.
pub(crate) struct Out<'d> {
    pub edge: &'d Edge,
    pub to: Option<StepIx>,
}

/// Sender channels by the id of the start event that they lead to.
pub(crate) type Senders = HashMap<String, Vec<Made<Entry>>>;

/// All processes of a diagram.
pub(crate) fn all(ctx: &mut Ctx<'_>, diagram: &Diagram, mut senders: Senders) -> Vec<Process> {
    for (ix, process) in diagram.processes.iter().enumerate() {
        if is_local(process) {
            ctx.locals.insert(process.id.clone(), ix);
        }
    }
    let mut names = Names::default();
    let mut processes = Vec::new();
    let mut doors = Vec::new();
    for process in &diagram.processes {
        let (mut built, entries) = one(ctx, process, &mut senders);
        let base = if process.name.trim().is_empty() { process.id.clone() } else { process.name.trim().to_owned() };
        built.name = names.take(base.chars().filter(|c| !c.is_control()).take(60).collect());
        doors.extend(doors::of(&mut built, processes.len(), entries));
        processes.push(built);
    }
    // Calls name processes by their number: what is made for channels comes last.
    for mut door in doors {
        door.name = names.take(door.name);
        processes.push(door);
    }
    processes
}

fn is_local(process: &bpmn::Process) -> bool {
    process.props.raw("processType") == "directCall"
        || process.props.raw("cmdVariantUri").contains("LocalIntegrationProcess")
}

/// A process, and the channels that start it.
fn one(ctx: &mut Ctx<'_>, process: &bpmn::Process, senders: &mut Senders) -> (Process, Vec<Entry>) {
    let mut graph = Graph::of(process);
    let mut steps: Vec<Step> = Vec::new();
    let mut extra: Vec<Step> = Vec::new();
    let (mut start, mut on_error, mut entries) = (None, None, Vec::new());
    for node in &process.nodes {
        let outs = graph.outs(ctx, node);
        let next = outs.first().and_then(|o| o.to);
        match node.tag.as_str() {
            "startEvent" if node.within.is_some() => {
                on_error = on_error.or(next);
                report(ctx, node, &Ok(()));
            }
            "startEvent" => {
                start = start.or(next);
                let begun = begin(ctx, node, senders, is_local(process));
                report(ctx, node, &begun);
                entries.extend(begun.unwrap_or_default());
            }
            "subProcess" => {
                let known = matches!(node.activity(), "" | "ErrorEventSubProcessTemplate");
                let made = if known { Ok(()) } else { Err(format!("`{}` is not known", node.activity())) };
                report(ctx, node, &made);
            }
            _ => {
                let made = step::kind(ctx, node, &outs);
                report(ctx, node, &made);
                let after = graph.steps + extra.len();
                let (step, more) = linked(ctx, node, made, next, after);
                steps.push(step);
                extra.extend(more);
            }
        }
    }
    steps.extend(extra);
    graph.missing.dedup();
    for (name, range) in std::mem::take(&mut graph.missing) {
        let title = format!("an arrow leads to `{name}`, which does not exist");
        ctx.problem(Severity::Warning, "I0202", title, &range, "the path ends here", None);
    }
    let transaction = match ctx.word(&process.props, "transactionalHandling").as_str() {
        t if t.starts_with("Required") => Transaction::Required,
        "Not Required" => Transaction::None,
        _ if is_local(process) => Transaction::Inherit,
        _ => Transaction::None,
    };
    let (name, kind) = (String::new(), ProcessKind::Local);
    let (span, handles_parts) = (ctx.span(&process.range), true);
    (Process { name, kind, transaction, steps, start, on_error, handles_parts, span }, entries)
}

/// The step of a node; an end event that sends is two.
fn linked(
    ctx: &Ctx<'_>,
    node: &Node,
    made: Made<StepKind>,
    next: Option<StepIx>,
    after: StepIx,
) -> (Step, Option<Step>) {
    let span = ctx.span(&node.range);
    let (name, element) = (step_name(node, ""), node.id.clone());
    let ends = node.tag == "endEvent";
    match made {
        Ok(kind @ (StepKind::Send(_) | StepKind::Request(_))) if ends => {
            let end = Step {
                name: step_name(node, " end"),
                element,
                kind: StepKind::End(End::Message),
                next: None,
                span: span.clone(),
            };
            (Step { name, element: node.id.clone(), kind, next: Some(after), span }, Some(end))
        }
        // Routes, parts and branches know where they go; nothing follows an end.
        Ok(kind @ (StepKind::End(_) | StepKind::Route(_) | StepKind::Split(_) | StepKind::Multicast(_))) => {
            (Step { name, element, kind, next: None, span }, None)
        }
        Ok(kind) => (Step { name, element, kind, next, span }, None),
        Err(why) => {
            let text = format!("{} `{}` does not run here: {why}", step::label(node), node.name);
            let kind = StepKind::End(End::Error(Some(Template::literal(text))));
            (Step { name, element, kind, next: None, span }, None)
        }
    }
}

/// The name that people know, and the id that stays when other steps change: both are part of delivery ids.
fn step_name(node: &Node, suffix: &str) -> String {
    let name: String = node.name.chars().filter(|c| !c.is_control()).take(60).collect();
    let id: String = node.id.chars().filter(|c| !c.is_control()).take(80).collect();
    if name.is_empty() { format!("{id}{suffix}") } else { format!("{name} ({id}{suffix})") }
}

fn report<T>(ctx: &mut Ctx<'_>, node: &Node, made: &Made<T>) {
    let named = Named { id: &node.id, name: &node.name, kind: step::label(node), range: node.range.clone() };
    ctx.element(named, made);
}

/// What starts a process.
fn begin(ctx: &mut Ctx<'_>, node: &Node, senders: &mut Senders, local: bool) -> Made<Vec<Entry>> {
    match node.event {
        _ if local => Ok(Vec::new()),
        Event::Timer => {
            let rows = ctx.table(&node.props, "scheduleKey")?;
            let read = schedule::read(&rows, ctx.now)?;
            if let Some(differs) = read.differs {
                ctx.differs(differs);
            }
            if let Some(over) = read.over {
                let title = format!("the timer `{}` starts nothing any more: {over}", node.name);
                let help = "give it a time to come, or take the flow away".to_owned();
                ctx.problem(Severity::Warning, "I0203", title, &node.range, "never ticks again", Some(help));
                ctx.differs(over);
            }
            Ok(vec![SenderChannel::Timer(read.timer).into()])
        }
        _ => {
            let Some(channels) = senders.remove(&node.id) else {
                ctx.differs("nothing starts it, at SAP neither: it has no channel and no timer");
                return Ok(Vec::new());
            };
            // Each channel has its own line in the report; here it counts whether one of them works.
            let first = channels.iter().find_map(|c| c.as_ref().err().cloned());
            let good: Vec<Entry> = channels.into_iter().filter_map(Result::ok).collect();
            match first {
                Some(why) if good.is_empty() => Err(format!("{BY_CHANNEL}: {why}")),
                _ => Ok(good),
            }
        }
    }
}

/// The arrows of a process, and the steps that its nodes become.
struct Graph<'d> {
    index: HashMap<&'d str, StepIx>,
    outs: HashMap<&'d str, Vec<&'d Edge>>,
    /// How many nodes become steps.
    steps: usize,
    /// Arrows to nowhere.
    missing: Vec<(String, std::ops::Range<usize>)>,
}

impl<'d> Graph<'d> {
    fn of(process: &'d bpmn::Process) -> Self {
        let mut outs: HashMap<&str, Vec<&Edge>> = HashMap::new();
        for edge in &process.edges {
            outs.entry(edge.from.as_str()).or_default().push(edge);
        }
        let real = process.nodes.iter().filter(|n| !matches!(n.tag.as_str(), "startEvent" | "subProcess"));
        let mut index = HashMap::new();
        let mut steps = 0;
        for (ix, node) in real.enumerate() {
            index.entry(node.id.as_str()).or_insert(ix);
            steps = ix + 1;
        }
        Graph { index, outs, steps, missing: Vec::new() }
    }

    fn outs(&mut self, ctx: &mut Ctx<'_>, node: &Node) -> Vec<Out<'d>> {
        let edges = self.outs.get(node.id.as_str()).cloned().unwrap_or_default();
        if edges.len() > 1 && !node.tag.ends_with("Gateway") {
            ctx.differs("only the first of several arrows is followed");
        }
        let mut outs = Vec::new();
        for edge in edges {
            let to = self.index.get(edge.to.as_str()).copied();
            if to.is_none() {
                self.missing.push((edge.to.clone(), edge.range.clone()));
            }
            outs.push(Out { edge, to });
        }
        outs
    }
}
