//! Lists of steps: which gather closes which split, and from there the edges of the graph.

use std::ops::Range;

use super::ctx::Ctx;
use super::{names, numbered};
use crate::shape::is_scoped_variables;
use crate::spec::STEPS;
use crate::yaml::{Entry, Kind, MAX_DEPTH, Node};
use crate::{Branch, End, Multicast, ProcessIx, Step, StepIx, StepKind};

/// One step of a list with the lists inside it. Indices are given in the order of the file.
pub(super) struct Item<'a> {
    /// Its index in the process.
    pub ix: StepIx,
    /// Its place.
    pub range: Range<usize>,
    /// The step key.
    pub key: &'static str,
    /// What stands under the key; `None` where nothing does.
    pub content: Option<&'a Node>,
    /// The lists inside it: routes, the body of a split, branches, steps for each entry.
    pub lists: Vec<List<'a>>,
    /// The join and the gather that close it.
    closing: Vec<Item<'a>>,
    /// The body of a flat split has begun: it is what follows in the list.
    flat: bool,
    /// Nothing that follows it in its list can be reached.
    ends: bool,
}

/// A list of steps inside a step.
#[derive(Default)]
pub(super) struct List<'a> {
    /// Its steps.
    pub items: Vec<Item<'a>>,
    /// A gather at its own level has closed the split that it is the body of.
    closed: bool,
}

impl List<'_> {
    fn ends(&self) -> bool {
        self.items.iter().any(|i| i.ends)
    }
}

/// A process under construction.
pub(super) struct Graph<'c, 'a> {
    /// What the flow's builders share.
    pub ctx: &'c mut Ctx<'a>,
    /// The process.
    pub process: ProcessIx,
    /// Its steps; filled from the last to the first.
    slots: Vec<Option<Step>>,
}

impl<'c, 'a> Graph<'c, 'a> {
    /// A process without steps.
    pub(super) fn new(ctx: &'c mut Ctx<'a>, process: ProcessIx) -> Self {
        Graph { ctx, process, slots: Vec::new() }
    }

    /// Adds a list that starts a path of its own; gives its first step.
    pub(super) fn path(&mut self, node: Option<&Node>) -> Option<StepIx> {
        let list = self.list(node?.items(), 0, false);
        numbered::splits(self.ctx, &list.items, false);
        self.link(list.items, None)
    }

    /// The steps. A step that could not be built is an end; its flow has a problem and does not run.
    pub(super) fn finish(self) -> Vec<Step> {
        let nowhere = self.ctx.problems.span(0..0);
        let broken = || Step {
            name: String::new(),
            element: String::new(),
            kind: StepKind::End(End::Message),
            next: None,
            span: nowhere.clone(),
        };
        self.slots.into_iter().map(|s| s.unwrap_or_else(broken)).collect()
    }

    /// Reads a list: finds the step keys, reads inner lists, closes splits. `body` is the list of a split's `steps`.
    fn list<'n>(&mut self, nodes: &'n [Node], depth: usize, body: bool) -> List<'n> {
        // One level per flat split that is still open; the first is the list itself.
        let mut open: Vec<List<'n>> = vec![List::default()];
        let mut openers: Vec<Item<'n>> = Vec::new();
        let mut told = false;
        for node in nodes {
            let Some(mut item) = self.item(node, depth + openers.len()) else { continue };
            if depth + openers.len() >= MAX_DEPTH {
                self.ctx.problems.error(
                    "F0002",
                    format!("splits nest deeper than {MAX_DEPTH} levels"),
                    item.range,
                    "the limit is reached here",
                    "close each split with a gather",
                );
                break;
            }
            let Some(top) = open.last_mut() else { break };
            if top.ends() && !told {
                told = true;
                self.ctx.problems.error(
                    "F0207",
                    "this step can never be reached",
                    item.range.clone(),
                    "the step above always ends",
                    "remove it, or end only in one route of a router",
                );
            }
            match item.key {
                "join" | "gather" => {
                    if let Some(before) = top.items.last_mut().filter(|b| closable(b, item.key)) {
                        before.closing.push(item);
                    } else if item.key == "gather" && !openers.is_empty() {
                        let list = open.pop().unwrap_or_default();
                        if let (Some(mut split), Some(parent)) = (openers.pop(), open.last_mut()) {
                            split.lists.push(list);
                            split.closing.push(item);
                            parent.items.push(split);
                        }
                    } else if item.key == "gather" && body && !top.closed {
                        top.closed = true;
                        top.items.push(item);
                    } else {
                        self.lonely(&item);
                    }
                }
                "split" if item.flat => {
                    open.push(List::default());
                    openers.push(item);
                }
                _ => {
                    item.ends = item.ends || router_ends(&item);
                    top.items.push(item);
                }
            }
        }
        // What is still open runs to the end of the list.
        while let (Some(mut split), true) = (openers.pop(), open.len() > 1) {
            let list = open.pop().unwrap_or_default();
            split.lists.push(list);
            if let Some(parent) = open.last_mut() {
                parent.items.push(split);
            }
        }
        let list = open.pop().unwrap_or_default();
        self.joins(&list);
        list
    }

    /// One step of a list with its inner lists.
    fn item<'n>(&mut self, node: &'n Node, depth: usize) -> Option<Item<'n>> {
        let (key, content, range) = match &node.kind {
            Kind::Scalar(s) => (STEPS.key(&s.text)?.name, None, node.range.clone()),
            Kind::Map(entries) => {
                let entry = entries.iter().find(|e| STEPS.key(&e.key).is_some())?;
                let content = (!entry.value.is_null()).then_some(&entry.value);
                (STEPS.key(&entry.key)?.name, content, place(entry))
            }
            _ => return None,
        };
        let ix = self.slots.len();
        self.slots.push(None);
        names::given(
            self.ctx,
            self.process,
            ix,
            node,
            content.filter(|_| key != "write-variables" || content.is_some_and(is_scoped_variables)),
        );
        let inside = |name| content.and_then(|c: &Node| c.get(name));
        let mut lists = Vec::new();
        let mut flat = false;
        match key {
            "route" => {
                for route in content.map(Node::items).unwrap_or_default() {
                    let steps = route.get("otherwise").filter(|n| n.text().is_none()).or_else(|| route.get("steps"));
                    lists.push(self.list(steps.map(Node::items).unwrap_or_default(), depth + 1, false));
                }
            }
            "split" => match inside("steps") {
                Some(steps) => lists.push(self.list(steps.items(), depth + 1, true)),
                None => flat = true,
            },
            "multicast" => {
                for branch in inside("branches").map(Node::entries).unwrap_or_default() {
                    lists.push(self.list(branch.value.items(), depth + 1, false));
                }
            }
            "store-select" => {
                if let Some(steps) = inside("each") {
                    lists.push(self.list(steps.items(), depth + 1, false));
                }
            }
            _ => {}
        }
        Some(Item { ix, range, key, content, lists, closing: Vec::new(), flat, ends: key == "end" })
    }

    fn lonely(&mut self, item: &Item<'_>) {
        let (title, help) = if item.key == "join" {
            ("a join without a multicast directly before it", "put it after a multicast, and a gather after it")
        } else {
            (
                "a gather without a split or multicast",
                "put it into the list of its split, or directly after its multicast",
            )
        };
        self.ctx.problems.error("F0210", title, item.range.clone(), "nothing to close here", help);
    }

    /// A join needs its gather.
    fn joins(&mut self, list: &List<'_>) {
        for item in &list.items {
            if let [join] = item.closing.as_slice()
                && join.key == "join"
            {
                let help = "put a gather directly after it";
                self.ctx.problems.error(
                    "F0210",
                    "a join without a gather after it",
                    join.range.clone(),
                    "joins nothing",
                    help,
                );
            }
        }
    }

    /// Makes the steps of a list from the last to the first; gives the first.
    fn link(&mut self, items: Vec<Item<'_>>, follow: Option<StepIx>) -> Option<StepIx> {
        let mut next = follow;
        for item in items.into_iter().rev() {
            next = Some(self.step(item, next));
        }
        next
    }

    fn step(&mut self, mut item: Item<'_>, next: Option<StepIx>) -> StepIx {
        // Parts end in what closes them: the join and the gather, which go on after the construct.
        let mut tail = None;
        for closing in std::mem::take(&mut item.closing).into_iter().rev() {
            tail = Some(self.step(closing, tail.or(next)));
        }
        let mut starts = Vec::new();
        for list in std::mem::take(&mut item.lists) {
            let follow = match item.key {
                "route" => next,
                "split" if list.closed => next,
                _ => tail,
            };
            starts.push(self.link(list.items, follow));
        }
        if let Some(kind) = self.kind(&item, &starts, next) {
            let goes_on = if item.ends && item.key == "end" { None } else { next };
            let span = self.ctx.problems.span(item.range.clone());
            let name = names::derived(&kind, item.content);
            if let Some(slot) = self.slots.get_mut(item.ix) {
                *slot = Some(Step { name, element: String::new(), kind, next: goes_on, span });
            }
        }
        item.ix
    }

    fn kind(&mut self, item: &Item<'_>, starts: &[Option<StepIx>], next: Option<StepIx>) -> Option<StepKind> {
        match item.key {
            "route" => self.ctx.router(item.content?, starts).map(StepKind::Route),
            "split" => self.ctx.split(item.view(), starts.first().copied().flatten()).map(StepKind::Split),
            "gather" => self.ctx.gather(item.content).map(StepKind::Gather),
            "join" => Some(StepKind::Join),
            "multicast" => self.multicast(item, starts),
            "store-select" => self.ctx.store_select(&item.view(), starts.first().copied().flatten()),
            "call" | "loop" | "once" => self.ctx.call(item.key, item.content?, &item.view(), self.process),
            "enrich" => self.ctx.enrich(item.content?, &item.view(), next),
            "request" | "send" => self.ctx.delivery(item.key, item.content?, next),
            key => self.ctx.plain(key, item.content, &item.view()),
        }
    }

    fn multicast(&mut self, item: &Item<'_>, starts: &[Option<StepIx>]) -> Option<StepKind> {
        let view = item.view();
        let entries = view.get("branches").map(Node::entries).unwrap_or_default();
        if entries.is_empty() && matches!(item.content.map(|c| &c.kind), Some(Kind::Map(_))) {
            self.ctx.problems.error(
                "F0103",
                "a multicast needs at least one branch",
                item.range.clone(),
                "no branches",
                None,
            );
        }
        let branches = entries.iter().zip(starts).map(|(e, to)| Branch { name: e.key.clone(), to: *to }).collect();
        Some(StepKind::Multicast(Multicast { branches, parallel: view.bool("parallel") }))
    }
}

impl<'a> Item<'a> {
    /// Its content by the table of its key.
    pub(super) fn view(&self) -> super::view::View<'a> {
        super::view::View::step(self.key, self.content)
    }
}

/// Whether a join or gather directly after this step closes it.
fn closable(before: &Item<'_>, key: &str) -> bool {
    let gathered = before.closing.iter().any(|c| c.key == "gather");
    match before.key {
        "multicast" => !gathered && (key == "gather" || before.closing.is_empty()),
        "split" => key == "gather" && !before.flat && !gathered && !before.lists.iter().any(|l| l.closed),
        _ => false,
    }
}

/// Whether all ways through a router end, so that nothing goes on after it.
fn router_ends(item: &Item<'_>) -> bool {
    if item.key != "route" {
        return false;
    }
    let routes = item.content.map(Node::items).unwrap_or_default();
    let fails = |r: &Node| r.get("otherwise").and_then(Node::text) == Some("fail");
    routes.iter().any(|r| r.get("otherwise").is_some())
        && routes.iter().zip(&item.lists).all(|(r, list)| fails(r) || list.ends())
}

/// Where a step stands: its key and, where it is short, its value.
fn place(entry: &Entry) -> Range<usize> {
    match &entry.value.kind {
        Kind::Scalar(_) => entry.range.start..entry.value.range.end.max(entry.range.end),
        _ => entry.range.clone(),
    }
}
