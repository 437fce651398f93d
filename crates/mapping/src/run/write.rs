//! The target document as XML.

use super::evaluate::Evaluator;
use super::target::Nodes;
use crate::Value;
use crate::model::Model;

const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// Writes the document.
pub(super) fn document(model: &Model, built: &[Nodes], evaluator: &mut Evaluator<'_>) -> Result<String, String> {
    let mut out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
    let empty = out.len();
    let Some(top) = model.targets.first() else { return Ok(out) };
    for at in &top.children {
        for node in built.get(*at).map_or(0..0, |n| n.of(0)) {
            element(model, built, evaluator, *at, node, true, &mut out)?;
        }
    }
    if out.len() == empty {
        return Err("the mapping gives no root element".to_owned());
    }
    Ok(out)
}

/// Writes an element. Targets are at most as deep as the longest path of a mapping.
fn element(
    model: &Model,
    built: &[Nodes],
    evaluator: &mut Evaluator<'_>,
    at: usize,
    node: usize,
    root: bool,
    out: &mut String,
) -> Result<(), String> {
    let Some(target) = model.targets.get(at) else { return Ok(()) };
    let made = built.get(at).and_then(|n| n.nodes.get(node)).filter(|n| n.alive);
    let Some(made) = made else { return Ok(()) };
    let before = out.len();
    let name = target.step.qualified();
    out.push('<');
    out.push_str(&name);
    if root {
        for (prefix, space) in &model.spaces {
            out.push_str(&format!(" xmlns:{prefix}=\""));
            escape(space, true, out).map_err(|why| told(model, at, &why))?;
            out.push('"');
        }
    }
    let nil = made.value == Some(Value::Nil) && !target.structure;
    if nil {
        if !model.spaces.iter().any(|(prefix, _)| prefix == "xsi") {
            out.push_str(&format!(" xmlns:xsi=\"{XSI}\""));
        }
        out.push_str(" xsi:nil=\"true\"");
    }
    let children = || target.children.iter().filter_map(|c| model.targets.get(*c).map(|t| (*c, t)));
    for (child, attribute) in children().filter(|(_, t)| t.step.attribute) {
        let Some(nodes) = built.get(child) else { continue };
        let found = nodes.of(node).filter_map(|n| nodes.nodes.get(n)).find(|n| n.alive);
        if let Some(value) = found.and_then(|n| n.value.as_ref()) {
            out.push_str(&format!(" {}=\"", attribute.step.qualified()));
            escape(value.as_str(), true, out).map_err(|why| told(model, child, &why))?;
            out.push('"');
        }
    }
    let opened = out.len();
    out.push('>');
    let start = out.len();
    for (child, _) in children().filter(|(_, t)| !t.step.attribute) {
        for inner in built.get(child).map_or(0..0, |n| n.of(node)) {
            element(model, built, evaluator, child, inner, false, out)?;
        }
    }
    if let Some(value) = made.value.as_ref().filter(|_| !target.structure) {
        escape(value.as_str(), false, out).map_err(|why| told(model, at, &why))?;
    }
    if out.len() == start {
        out.truncate(opened);
        out.push_str("/>");
    } else {
        out.push_str("</");
        out.push_str(&name);
        out.push('>');
    }
    // What is inside was counted there, if it is an element; counting it again for each level only makes deep
    // documents a little dearer.
    evaluator.bytes(out.len() - before)
}

fn told(model: &Model, at: usize, why: &str) -> String {
    format!("target field {}: {why}", model.path_of(at))
}

fn escape(text: &str, attribute: bool, out: &mut String) -> Result<(), String> {
    let refused = |c| format!("the character U+{:04X} cannot stand in XML", u32::from(c));
    expr::push_xml(out, text, attribute).map_err(refused)
}
