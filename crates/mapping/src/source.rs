//! The source document, sorted by the paths that a mapping reads.

use std::collections::HashMap;
use std::rc::Rc;

use roxmltree::{Document, Node};

use crate::model::{Model, SourceNode};
use crate::names::Step;
use crate::run::Budget;
use crate::{Host, Value};

const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// A node of the document that a path leads to.
pub(crate) struct Instance {
    /// The instance of the path's parent.
    pub parent: u32,
    pub value: Value,
    /// Where its XML stands in the text.
    pub range: std::ops::Range<usize>,
}

/// All instances by path, in the order of the document.
pub(crate) type Instances = Vec<Vec<Instance>>;

/// Sorts a document.
pub(crate) fn index(
    model: &Model,
    document: &Document<'_>,
    budget: &mut Budget,
    host: &mut dyn Host,
) -> Result<Instances, String> {
    let mut all: Instances = model.sources.iter().map(|_| Vec::new()).collect();
    let top = if model.from_json { document.root_element() } else { document.root() };
    if let Some(first) = all.first_mut() {
        first.push(Instance { parent: 0, value: Value::text(""), range: 0..0 });
    }
    // Elements whose children are still to be looked at: with their path and instance.
    let mut open: Vec<(Node<'_, '_>, usize, u32)> = vec![(top, 0, 0)];
    // Instances of one parent stand together and in order, because each level is finished in the order of the document.
    let mut next: Vec<(Node<'_, '_>, usize, u32)> = Vec::new();
    while !open.is_empty() {
        for (element, path, instance) in open.drain(..) {
            let Some(here) = model.sources.get(path) else { continue };
            let mut counts: HashMap<usize, u32> = HashMap::new();
            for child in element.children().filter(Node::is_element) {
                budget.step(1, host)?;
                for at in here.elements.get(child.tag_name().name()).into_iter().flatten() {
                    budget.step(1, host)?;
                    let Some(node) = model.sources.get(*at).filter(|n| fits(&n.step, &child)) else { continue };
                    if let Some(wanted) = node.step.index {
                        let count = counts.entry(*at).or_default();
                        *count += 1;
                        if *count != wanted + 1 {
                            continue;
                        }
                    }
                    let number = push(&mut all, *at, instance, value(&child, budget, host)?, child.range());
                    if !(node.elements.is_empty() && node.attributes.is_empty()) {
                        next.push((child, *at, number));
                    }
                }
            }
            attributes(model, here, &element, instance, &mut all, budget, host)?;
        }
        std::mem::swap(&mut open, &mut next);
    }
    Ok(all)
}

fn attributes(
    model: &Model,
    here: &SourceNode,
    element: &Node<'_, '_>,
    instance: u32,
    all: &mut Instances,
    budget: &mut Budget,
    host: &mut dyn Host,
) -> Result<(), String> {
    for found in element.attributes() {
        for at in here.attributes.get(found.name()).into_iter().flatten() {
            let space = model.sources.get(*at).and_then(|n| n.step.space.as_deref());
            if space.is_none_or(|space| space == found.namespace().unwrap_or("")) {
                budget.bytes(found.value().len(), host)?;
                push(all, *at, instance, Value::text(found.value()), 0..0);
            }
        }
    }
    Ok(())
}

fn push(all: &mut Instances, at: usize, parent: u32, value: Value, range: std::ops::Range<usize>) -> u32 {
    let Some(list) = all.get_mut(at) else { return 0 };
    list.push(Instance { parent, value, range });
    u32::try_from(list.len() - 1).unwrap_or(u32::MAX)
}

fn fits(step: &Step, element: &Node<'_, '_>) -> bool {
    let name = element.tag_name();
    name.name() == step.local && step.space.as_deref().is_none_or(|space| space == name.namespace().unwrap_or(""))
}

/// The text of an element without child elements; else the empty text.
fn value(element: &Node<'_, '_>, budget: &mut Budget, host: &mut dyn Host) -> Result<Value, String> {
    if matches!(element.attribute((XSI, "nil")), Some("true" | "1")) {
        return Ok(Value::Nil);
    }
    let mut text = String::new();
    for child in element.children() {
        if child.is_element() {
            return Ok(Value::text(""));
        }
        if child.is_text() {
            text.push_str(child.text().unwrap_or(""));
        }
    }
    budget.bytes(text.len(), host)?;
    Ok(Value::Text(Rc::from(text)))
}

/// The queue of a path: one context for each instance of `context`, which is above it or the same.
pub(crate) fn queue(model: &Model, instances: &Instances, path: usize, context: usize) -> Vec<Vec<usize>> {
    let contexts = instances.get(context).map_or(0, Vec::len);
    let mut queue: Vec<Vec<usize>> = vec![Vec::new(); contexts];
    let mut above = Vec::new();
    let mut at = path;
    while at != context && at != 0 {
        above.push(at);
        at = model.sources.get(at).map_or(0, |n| n.parent);
    }
    for number in 0..instances.get(path).map_or(0, Vec::len) {
        let mut one = number;
        for level in &above {
            let parent = instances.get(*level).and_then(|l| l.get(one)).map_or(0, |i| i.parent);
            one = usize::try_from(parent).unwrap_or(usize::MAX);
        }
        if let Some(slot) = queue.get_mut(one) {
            slot.push(number);
        }
    }
    queue
}
