//! Flow diagrams: BPMN shapes, laid out from left to right, as one standalone SVG.
//!
//! `graph` turns a process into nodes and edges, `layout` gives every node a column and a row, `shapes` and `text`
//! draw. A flow of any size and shape gives a picture: cycles are cut, nothing recurses.

mod graph;
mod icon;
mod label;
mod layout;
mod shapes;
mod svg;

use flow::{Flow, Process};

use self::graph::{Entry, Graph};
use self::layout::Layout;
use self::svg::Svg;

/// Width of a column and distance between rows.
const COLUMN: f64 = 200.0;
const ROW: f64 = 92.0;
/// What a row needs more where one of its steps has a receiver below it.
const RECEIVER: f64 = 62.0;
/// Space around a process inside its lane.
const PAD: f64 = 26.0;
/// The line with the lane's name.
const TITLE: f64 = 22.0;
/// Space between lanes.
const GAP: f64 = 28.0;
/// Where lanes begin: left of them are the senders.
const LEFT: f64 = 216.0;
const MARGIN: f64 = 28.0;

/// The diagram of a flow.
#[must_use]
pub fn svg(flow: &Flow) -> String {
    let mut out = Svg::default();
    let mut y = MARGIN + shapes::heading(&mut out, flow, MARGIN, MARGIN);
    let lanes: Vec<Lane<'_>> = flow.processes.iter().map(|p| Lane::new(flow, p)).collect();
    let width = lanes.iter().map(Lane::width).fold(360.0, f64::max);
    for lane in &lanes {
        y += lane.draw(&mut out, y, width) + GAP;
    }
    if let Some(process) = flow.on_escalated.and_then(|ix| flow.process(ix)) {
        shapes::note(&mut out, LEFT, y - GAP + 16.0, &format!("{} runs when a delivery is escalated", process.name));
    }
    out.finish(LEFT + width + MARGIN, y - GAP + MARGIN, &flow.name)
}

/// One process with its exception subprocess.
struct Lane<'a> {
    flow: &'a Flow,
    process: &'a Process,
    main: (Graph<'a>, Layout),
    exception: Option<(Graph<'a>, Layout)>,
}

impl<'a> Lane<'a> {
    fn new(flow: &'a Flow, process: &'a Process) -> Self {
        let part = |entry| {
            let graph = Graph::new(process, entry);
            let layout = Layout::new(&graph);
            (graph, layout)
        };
        let exception = process.on_error.is_some().then(|| part(Entry::OnError));
        Lane { flow, process, main: part(Entry::Start), exception }
    }

    fn width(&self) -> f64 {
        let main = self.main.1.width();
        let exception = self.exception.as_ref().map_or(0.0, |(_, l)| l.width() + 2.0 * PAD);
        main.max(exception) + 2.0 * PAD
    }

    /// Draws the lane and tells its height.
    fn draw(&self, out: &mut Svg, top: f64, width: f64) -> f64 {
        let main = self.main.1.height();
        let exception = self.exception.as_ref().map_or(0.0, |(_, l)| l.height() + 2.0 * PAD + 18.0);
        let height = TITLE + main + exception + PAD;
        shapes::lane(out, self.process, (LEFT, top, width, height));
        let (x, y) = (LEFT + PAD, top + TITLE);
        if let Some(sender) = graph::sender(self.process) {
            shapes::sender(out, &sender, MARGIN, y + self.main.1.row_middle(0), x);
        }
        shapes::graph(out, self.flow, &self.main.0, &self.main.1, x, y);
        if let Some((graph, layout)) = &self.exception {
            let top = y + main + 18.0;
            let frame = (x - 8.0, top, layout.width() + 2.0 * PAD, layout.height() + 2.0 * PAD);
            shapes::exception_frame(out, frame);
            shapes::graph(out, self.flow, graph, layout, x - 8.0 + PAD, top + PAD);
        }
        height
    }
}
