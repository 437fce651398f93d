//! A compiled mapping: what computes values, and the tree of target nodes that they become.

use std::collections::HashMap;
use std::sync::Arc;

use crate::functions::{Context, Queue, Single};
use crate::names::Step;

/// A compiled mapping.
#[derive(Debug, Default)]
pub(crate) struct Model {
    /// Whether the source is JSON.
    pub from_json: bool,
    /// How JSON is written, if the target is JSON.
    pub to_json: Option<crate::json::Shapes>,
    /// The source paths that are read, parents before children; the first is the document.
    pub sources: Vec<SourceNode>,
    /// What computes values, arguments before what uses them.
    pub nodes: Vec<Node>,
    /// Functions of libraries.
    pub functions: Vec<Function>,
    /// The target tree, parents before children; the first is the document.
    pub targets: Vec<Target>,
    /// Namespaces of the result: prefix and name.
    pub spaces: Vec<(String, String)>,
    /// What differs.
    pub remarks: Vec<String>,
}

/// A node of the tree of source paths.
#[derive(Debug, Default)]
pub(crate) struct SourceNode {
    pub step: Step,
    pub parent: usize,
    /// Its children by local name.
    pub elements: HashMap<String, Vec<usize>>,
    pub attributes: HashMap<String, Vec<usize>>,
}

/// A function of a library of the artifact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// The library, as the mapping names it.
    pub library: String,
    /// The library's file among those given to [`crate::Mapping::parse`]; empty if it is not there.
    pub path: String,
    /// Name.
    pub name: String,
    /// How many arguments it is given.
    pub args: usize,
    /// How many outputs are used.
    pub outputs: usize,
}

/// What computes a queue.
#[derive(Debug)]
pub(crate) struct Node {
    pub op: Op,
    pub args: Vec<Arg>,
    /// It reads no source: it has a value in every context.
    pub constant: bool,
    /// Its value is the same in every context.
    pub pure: bool,
    /// What it is called, for messages.
    pub title: String,
}

/// A use of a node.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arg {
    pub node: usize,
    /// Which output of a function with several.
    pub from: usize,
}

/// What a node does.
#[derive(Debug)]
pub(crate) enum Op {
    /// Values of a source path, one context for each instance of another one above it.
    Source { path: usize, context: usize, as_xml: bool },
    /// A value in every context.
    Const(Arc<str>),
    /// Counts its contexts.
    Counter { first: i64, step: i64 },
    /// One value for each tuple of values.
    Single(Single),
    /// `iF`; `lazy` moves only the chosen branch on.
    If { lazy: bool },
    /// `ifWithoutElse`; `keep` also tells functions what is suppressed.
    IfOnly { lazy: bool, keep: bool },
    /// One context of each context.
    Context(Context),
    /// Context changes after values.
    Split(Split),
    /// A queue of queues.
    Queue(Queue),
    /// A function of a library.
    User(usize),
}

/// Where `SplitByValue` puts context changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Split {
    Each,
    Change,
    Empty,
}

impl Model {
    /// The path of a target field, for messages.
    pub(crate) fn path_of(&self, mut at: usize) -> String {
        let mut names = Vec::new();
        while let Some(target) = self.targets.get(at).filter(|_| at != 0) {
            names.push(target.name.as_str());
            at = target.parent;
        }
        names.iter().rev().map(|name| format!("/{name}")).collect()
    }
}

/// A node of the target.
#[derive(Debug, Default)]
pub(crate) struct Target {
    pub step: Step,
    /// Its name as the mapping writes it.
    pub name: String,
    pub parent: usize,
    /// Attributes and elements in the order of the schema.
    pub children: Vec<usize>,
    /// What computes its values.
    pub value: Option<Arg>,
    /// Least and most nodes in one parent; not known without a schema.
    pub occurs: Option<(u32, Option<u32>)>,
    /// It holds elements: its value is not written.
    pub structure: bool,
}
