//! Where things stand: a column by the longest way from the start, a row by the path a node is on.
//!
//! A path is a chain of first arrows. Each path lies in one row; the first row that is free over its columns is taken,
//! so that branches stay close to the line they leave.

use super::graph::{Graph, Node};
use super::{COLUMN, RECEIVER, ROW, shapes};

/// What the first and the last column are narrower, because they hold small events.
const MARGIN: f64 = 64.0;

/// Paths that look for a free row; in larger diagrams every further path gets a row of its own.
const COMPACT: usize = 400;

/// Columns and rows of nodes, and the row in which each arrow runs.
pub(super) struct Layout {
    pub(super) columns: Vec<usize>,
    pub(super) rows: Vec<usize>,
    /// Row of an arrow that cannot run in the row of its source.
    pub(super) detour: Vec<Option<usize>>,
    /// Upper edge of each row; one more for the end.
    tops: Vec<f64>,
    count: usize,
}

impl Layout {
    pub(super) fn new(graph: &Graph<'_>) -> Self {
        let out = outgoing(graph);
        let order = topological(graph, &out);
        let columns = columns(graph, &order);
        let (rows, detour) = rows(graph, &out, &columns);
        let row_count = rows.iter().chain(detour.iter().flatten()).max().map_or(1, |r| r + 1);
        let mut heights = vec![ROW; row_count];
        for (node, row) in graph.nodes.iter().zip(&rows) {
            if shapes::has_receiver(node) {
                heights[*row] = ROW + RECEIVER;
            }
        }
        let mut tops = vec![0.0];
        let mut top = 0.0;
        for height in heights {
            top += height;
            tops.push(top);
        }
        let count = columns.iter().max().map_or(1, |c| c + 1);
        Layout { columns, rows, detour, tops, count }
    }

    pub(super) fn width(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "columns are few")]
        let count = self.count as f64;
        count * COLUMN - 2.0 * MARGIN
    }

    pub(super) fn height(&self) -> f64 {
        self.tops.last().copied().unwrap_or(ROW)
    }

    /// Middle of a column, from the left edge of the first.
    pub(super) fn column_middle(column: usize) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "columns are few")]
        let column = column as f64;
        column * COLUMN + COLUMN / 2.0 - MARGIN
    }

    /// Height of the arrows of a row.
    pub(super) fn row_middle(&self, row: usize) -> f64 {
        self.tops.get(row).copied().unwrap_or_default() + ROW / 2.0
    }
}

/// Edges of each node, by index.
fn outgoing(graph: &Graph<'_>) -> Vec<Vec<usize>> {
    let mut out = vec![Vec::new(); graph.nodes.len()];
    for (ix, edge) in graph.edges.iter().enumerate() {
        out[edge.from].push(ix);
    }
    out
}

/// Nodes so that arrows lead forward, as far as there are no cycles; without recursion.
fn topological(graph: &Graph<'_>, out: &[Vec<usize>]) -> Vec<usize> {
    let mut seen = vec![false; graph.nodes.len()];
    let mut order = Vec::new();
    for root in 0..graph.nodes.len() {
        let mut stack = vec![(root, 0)];
        if std::mem::replace(&mut seen[root], true) {
            continue;
        }
        while let Some((node, next)) = stack.pop() {
            match out[node].get(next) {
                None => order.push(node),
                Some(edge) => {
                    stack.push((node, next + 1));
                    let to = graph.edges[*edge].to;
                    if !std::mem::replace(&mut seen[to], true) {
                        stack.push((to, 0));
                    }
                }
            }
        }
    }
    order.reverse();
    order
}

/// Longest way from the start; arrows back (cycles) do not count.
fn columns(graph: &Graph<'_>, order: &[usize]) -> Vec<usize> {
    let mut place = vec![0; graph.nodes.len()];
    for (at, node) in order.iter().enumerate() {
        place[*node] = at;
    }
    let mut incoming = vec![Vec::new(); graph.nodes.len()];
    for edge in &graph.edges {
        if place[edge.from] < place[edge.to] {
            incoming[edge.to].push(edge.from);
        }
    }
    let mut columns = vec![0; graph.nodes.len()];
    for node in order {
        columns[*node] = incoming[*node].iter().map(|from| columns[*from] + 1).max().unwrap_or(0);
    }
    // The end event stands at the right edge.
    if let Some(end) = graph.nodes.iter().position(|n| matches!(n, Node::End)) {
        columns[end] = columns.iter().copied().max().unwrap_or(0).max(columns[end]);
        if graph.nodes.iter().enumerate().any(|(n, _)| n != end && columns[n] == columns[end]) {
            columns[end] += 1;
        }
    }
    columns
}

/// Which columns of which rows are taken.
#[derive(Default)]
struct Rows(Vec<Vec<(usize, usize)>>);

impl Rows {
    /// The first row from `from` on that is free over the columns; taken from now on.
    fn take(&mut self, from: usize, columns: (usize, usize), compact: bool) -> usize {
        let free = |row: &Vec<(usize, usize)>| row.iter().all(|(a, b)| *b < columns.0 || columns.1 < *a);
        let from = if compact { from } else { self.0.len() };
        let row = (from..self.0.len()).find(|row| free(&self.0[*row])).unwrap_or(self.0.len().max(from));
        if self.0.len() <= row {
            self.0.resize_with(row + 1, Vec::new);
        }
        self.0[row].push(columns);
        row
    }
}

/// Follows first arrows into paths, branch by branch, and puts each path into a row.
fn rows(graph: &Graph<'_>, out: &[Vec<usize>], columns: &[usize]) -> (Vec<usize>, Vec<Option<usize>>) {
    let mut row_of: Vec<Option<usize>> = vec![None; graph.nodes.len()];
    let mut on_path: Vec<bool> = vec![false; graph.nodes.len()];
    let mut detour = vec![None; graph.edges.len()];
    let mut drawn = vec![false; graph.edges.len()];
    let mut taken = Rows::default();
    // Arrows that still have to be drawn, and the row that they leave from.
    let mut open: Vec<(Option<usize>, usize)> = vec![(None, 0)];
    let mut paths = 0;
    while let Some((edge, from_row)) = open.pop() {
        let start = edge.map_or(0, |e| graph.edges[e].to);
        let source = edge.map(|e| graph.edges[e].from);
        paths += 1;
        let compact = paths < COMPACT;
        if on_path[start] {
            let (Some(edge), Some(source)) = (edge, source) else { continue };
            let (a, b) = (columns[source], columns[start]);
            let straight = row_of[source] == row_of[start];
            if a + 1 == b && straight {
                continue;
            }
            let span = (a.min(b) + 1, a.max(b).saturating_sub(1).max(a.min(b) + 1));
            detour[edge] = Some(taken.take(from_row + 1, span, compact));
            continue;
        }
        // The path: first arrows to nodes that no path has yet.
        let mut path = vec![start];
        on_path[start] = true;
        let mut end = columns[start];
        let mut last = start;
        while let Some(first) = out[last].first() {
            // In its row: to the next node of the path, or to the node of another path that it joins.
            drawn[*first] = true;
            let to = graph.edges[*first].to;
            if std::mem::replace(&mut on_path[to], true) {
                break;
            }
            path.push(to);
            end = end.max(columns[to]);
            last = to;
        }
        // Its last arrow runs in its row up to the node where it joins another path.
        let joins = out[last].first().map(|e| columns[graph.edges[*e].to].saturating_sub(1));
        let begin = source.map_or(columns[start], |s| columns[s] + 1).min(columns[start]);
        let lowest = if source.is_some() { from_row + 1 } else { from_row };
        let row = taken.take(lowest, (begin, end.max(joins.unwrap_or(0))), compact);
        for node in &path {
            row_of[*node] = Some(row);
        }
        // Later arrows first onto the stack: earlier branches are placed first. Deeper ones are placed before outer ones.
        for node in &path {
            open.extend(out[*node].iter().rev().filter(|edge| !drawn[**edge]).map(|edge| (Some(*edge), row)));
        }
    }
    // Unreachable nodes do not exist here; a row is needed all the same.
    (row_of.into_iter().map(Option::unwrap_or_default).collect(), detour)
}
