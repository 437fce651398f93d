//! BPMN shapes: lanes, events, tasks, gateways, arrows, senders and receivers.

use flow::{End, Flow, Process, ProcessKind, Quality, StepKind};

use super::graph::{Entry, Graph, Node};
use super::layout::Layout;
use super::svg::{Look, Svg, Type};
use super::{icon, label};

type Frame = (f64, f64, f64, f64);

/// Size of a task.
const TASK: (f64, f64) = (152.0, 56.0);
const GATEWAY: f64 = 22.0;
const EVENT: f64 = 17.0;
/// From the end of a shape to the line that goes up or down beside it.
const TURN: f64 = 14.0;

const INK: &str = "#0f172a";
const LINE: &str = "#475569";
const SOFT: &str = "#64748b";
const ARROW: Look = Look::of("none", LINE, 1.4);

const NAME: Type = Type { size: 12.0, colour: INK, bold: true, anchor: "start" };
const SMALL: Type = Type { size: 10.0, colour: SOFT, bold: false, anchor: "start" };

/// Whether a receiver is drawn below a node.
pub(super) fn has_receiver(node: &Node<'_>) -> bool {
    matches!(node, Node::Step(step) if matches!(step.kind, StepKind::Request(_) | StepKind::Send(_)))
}

/// Name, description and promise of the flow; tells its height.
pub(super) fn heading(out: &mut Svg, flow: &Flow, x: f64, y: f64) -> f64 {
    out.text((x, y + 14.0), &label::clip(&flow.name, 700.0, 18.0), &flow.name, Type { size: 18.0, ..NAME });
    let quality = match flow.quality {
        Quality::BestEffort => "best effort",
        Quality::ExactlyOnce => "exactly once",
        Quality::InOrder => "exactly once, in order",
    };
    let about =
        if flow.description.is_empty() { quality.to_owned() } else { format!("{quality} · {}", flow.description) };
    out.text((x, y + 34.0), &label::clip(&about, 700.0, 12.0), &about, Type { size: 12.0, ..SMALL });
    58.0
}

/// A line of text below the lanes.
pub(super) fn note(out: &mut Svg, x: f64, y: f64, text: &str) {
    out.text((x, y), text, text, Type { size: 11.0, ..SMALL });
}

/// The frame of a process with its name.
pub(super) fn lane(out: &mut Svg, process: &Process, (x, y, w, h): Frame) {
    let local = matches!(process.kind, ProcessKind::Local);
    out.rect((x, y, w, h), 8.0, Look::of(if local { "#fcfdfe" } else { "#f8fafc" }, "#94a3b8", 1.2));
    let look = Type { size: 11.5, colour: "#334155", ..NAME };
    let name = label::clip(&process.name, w - 140.0, look.size);
    out.text((x + 14.0, y + 20.0), &name, &process.name, look);
    if local {
        let after = x + 22.0 + label::width(&name, look.size) * label::BOLD;
        out.text((after, y + 20.0), "local process", "local process", SMALL);
    }
}

/// The dashed frame of an exception subprocess.
pub(super) fn exception_frame(out: &mut Svg, frame: Frame) {
    out.rect(frame, 8.0, Look::of("#fff7f7", "#dc2626", 1.2).dashed("5 4"));
    let look = Type { colour: "#b91c1c", size: 10.5, bold: true, anchor: "start" };
    out.text((frame.0 + 12.0, frame.1 + 17.0), "Exception subprocess", "Exception subprocess", look);
}

/// The box of the sender and its arrow to the start event.
pub(super) fn sender(out: &mut Svg, (kind, text): &(&'static str, String), x: f64, y: f64, start: f64) {
    system(out, (x, y - 22.0, 148.0, 44.0), text, kind);
    let to = start + Layout::column_middle(0) - EVENT - 1.0;
    out.arrow(&[(x + 148.0, y), (to, y)], Look::of("none", SOFT, 1.3).dashed("5 4"), "message");
}

/// A system outside: two lines in a square box.
fn system(out: &mut Svg, frame: Frame, name: &str, kind: &str) {
    out.rect(frame, 3.0, Look::of("#ffffff", "#334155", 1.4));
    let (x, y) = (frame.0 + frame.2 / 2.0, frame.1 + frame.3 / 2.0);
    let look = Type { anchor: "middle", size: 11.5, ..NAME };
    out.text((x, y - 2.0), &label::clip(name, (frame.2 - 12.0) / label::BOLD, look.size), name, look);
    out.text((x, y + 12.0), kind, kind, Type { anchor: "middle", ..SMALL });
}

/// All nodes and arrows of a process.
pub(super) fn graph(out: &mut Svg, flow: &Flow, graph: &Graph<'_>, layout: &Layout, x: f64, y: f64) {
    let place =
        |node: usize| (x + Layout::column_middle(layout.columns[node]), y + layout.row_middle(layout.rows[node]));
    for (body, nodes) in &graph.bodies {
        body_frame(out, body, nodes.iter().map(|n| (place(*n), has_receiver(&graph.nodes[*n]))));
    }
    for (ix, edge) in graph.edges.iter().enumerate() {
        let detour = layout.detour[ix].map(|row| y + layout.row_middle(row));
        let (from, to) = (place(edge.from), place(edge.to));
        let leave = from.0 + half_width(&graph.nodes[edge.from]);
        let arrive = to.0 - half_width(&graph.nodes[edge.to]) - 1.0;
        let row = detour.unwrap_or(match layout.rows[edge.from].cmp(&layout.rows[edge.to]) {
            // Down into a branch of its own: along the branch's row. Up into another path: along its own row.
            std::cmp::Ordering::Less => to.1,
            _ => from.1,
        });
        let (out_x, in_x) = (leave + TURN, arrive - TURN);
        let points = match ((from.1 - row).abs() < 0.5, (to.1 - row).abs() < 0.5) {
            (true, true) if to.0 > from.0 => vec![(leave, row), (arrive, row)],
            (true, _) => vec![(leave, from.1), (in_x, from.1), (in_x, to.1), (arrive, to.1)],
            (_, true) => vec![(leave, from.1), (out_x, from.1), (out_x, row), (arrive, row)],
            _ => vec![(leave, from.1), (out_x, from.1), (out_x, row), (in_x, row), (in_x, to.1), (arrive, to.1)],
        };
        out.arrow(&points, ARROW, "arrow");
        let straight = (from.1 - row).abs() < 0.5;
        let begin = if straight { leave } else { out_x };
        edge_label(out, &edge.label, (begin, row), (arrive - begin - 12.0).clamp(40.0, 150.0));
    }
    for (ix, node) in graph.nodes.iter().enumerate() {
        draw(out, flow, node, place(ix));
    }
}

fn edge_label(out: &mut Svg, text: &str, (x, y): (f64, f64), room: f64) {
    let lines = label::two_lines(text, room, SMALL.size);
    let mut top = y - 5.0;
    for line in lines.iter().rev() {
        out.text((x + 4.0, top), line, text, Type { colour: "#334155", ..SMALL });
        top -= 12.0;
    }
}

/// The dotted frame around the steps that run for each part.
fn body_frame(out: &mut Svg, name: &str, nodes: impl Iterator<Item = ((f64, f64), bool)>) {
    let mut frame: Option<Frame> = None;
    for ((x, y), receiver) in nodes {
        let below = if receiver { 98.0 } else { 36.0 };
        let (left, top, right, bottom) =
            frame.unwrap_or((f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY));
        frame = Some((left.min(x - 86.0), top.min(y - 44.0), right.max(x + 86.0), bottom.max(y + below)));
    }
    if let Some((left, top, right, bottom)) = frame {
        let look = Look::of("#eff6ff", "#93c5fd", 1.0).dashed("2 3");
        out.rect((left, top, right - left, bottom - top), 10.0, look);
        out.text((left + 10.0, top + 12.0), name, name, Type { colour: "#1d4ed8", ..SMALL });
    }
}

/// Half of how wide a node is.
fn half_width(node: &Node<'_>) -> f64 {
    match node {
        Node::Start(_) | Node::End => EVENT,
        Node::Step(step) => match step.kind {
            StepKind::Route(_) | StepKind::Multicast(_) => GATEWAY,
            StepKind::End(_) => EVENT,
            _ => TASK.0 / 2.0,
        },
    }
}

fn draw(out: &mut Svg, flow: &Flow, node: &Node<'_>, (x, y): (f64, f64)) {
    match node {
        Node::Start(Entry::Start) => out.circle((x, y), EVENT, Look::of("#f0fdf4", "#15803d", 1.6)),
        Node::Start(Entry::OnError) => {
            out.circle((x, y), EVENT, Look::of("#fef2f2", "#dc2626", 1.6));
            out.path(BOLT, (x, y), Look::of("none", "#dc2626", 1.6));
        }
        Node::End => out.circle((x, y), EVENT, Look::of("#ffffff", "#334155", 3.2)),
        Node::Step(step) => match &step.kind {
            StepKind::Route(_) => gateway(out, &step.name, "M-7 -7L7 7M7 -7L-7 7", (x, y)),
            StepKind::Multicast(_) => gateway(out, &step.name, "M-9 0H9M0 -9V9", (x, y)),
            StepKind::End(end) => end_event(out, end, &label::kind(flow, step), (x, y)),
            _ => task(out, flow, step, (x, y)),
        },
    }
}

const BOLT: &str = "M-7 7L-3 -5L3 3L7 -7";

fn gateway(out: &mut Svg, name: &str, sign: &str, (x, y): (f64, f64)) {
    let diamond = format!("M0 -{GATEWAY}L{GATEWAY} 0L0 {GATEWAY}L-{GATEWAY} 0z");
    out.path(&diamond, (x, y), Look::of("#fffbeb", "#b45309", 1.6));
    out.path(sign, (x, y), Look::of("none", "#b45309", 2.4));
    let look = Type { anchor: "middle", colour: "#334155", ..SMALL };
    out.text((x, y + GATEWAY + 13.0), &label::clip(name, 110.0, look.size), name, look);
}

fn end_event(out: &mut Svg, end: &End, text: &str, (x, y): (f64, f64)) {
    let (colour, sign): (&'static str, &str) = match end {
        End::Message => ("#334155", "M-8 -5H8V5H-8zM-8 -5L0 1L8 -5"),
        End::Error(_) => ("#dc2626", BOLT),
        End::Escalation(_) => ("#c2410c", "M0 -8L6 7L0 1L-6 7z"),
        End::Terminate => ("#334155", "M-7 0A7 7 0 1 0 7 0A7 7 0 1 0 -7 0z"),
    };
    out.circle((x, y), EVENT, Look::of("#ffffff", colour, 3.2));
    let fill = if matches!(end, End::Terminate | End::Escalation(_)) { colour } else { "none" };
    out.path(sign, (x, y), Look::of(fill, colour, 1.5));
    let look = Type { anchor: "middle", colour: "#334155", ..SMALL };
    out.text((x, y + EVENT + 14.0), &label::clip(text, 120.0, look.size), text, look);
}

fn task(out: &mut Svg, flow: &Flow, step: &flow::Step, (x, y): (f64, f64)) {
    let (left, top) = (x - TASK.0 / 2.0, y - TASK.1 / 2.0);
    if let Some((name, channel)) = label::receiver(flow, step) {
        let arrow = [(x, y + TASK.1 / 2.0), (x, y + TASK.1 / 2.0 + 21.0)];
        out.arrow(&arrow, Look::of("none", SOFT, 1.3).dashed("4 3"), "message");
        system(out, (x - 58.0, y + TASK.1 / 2.0 + 22.0, 116.0, 40.0), name, channel);
    }
    let (path, colour) = icon::of(step);
    out.rect((left, top, TASK.0, TASK.1), 9.0, Look::of("#ffffff", colour, 1.5));
    out.path(path, (left + 8.0, top + 18.0), Look::of("none", colour, 1.6));
    let room = TASK.0 - 44.0;
    let kind = label::kind(flow, step);
    out.text((left + 36.0, y - 3.0), &label::clip(&step.name, room / label::BOLD, NAME.size), &step.name, NAME);
    out.text((left + 36.0, y + 12.0), &label::clip(&kind, room, SMALL.size), &kind, SMALL);
}
