//! The target document as JSON.

use serde_json::{Map, Value as Json};

use super::evaluate::Evaluator;
use super::target::Nodes;
use crate::Value;
use crate::json::{ARRAY, Kind, Shapes, xml_name};
use crate::model::Model;

/// Writes the document.
pub(super) fn write(
    model: &Model,
    built: &[Nodes],
    shapes: &Shapes,
    evaluator: &mut Evaluator<'_>,
) -> Result<String, String> {
    let Some(root) = model.targets.first().and_then(|top| top.children.first()).copied() else {
        return Err("the mapping gives no document".to_owned());
    };
    let mut all = Vec::new();
    for node in built.get(root).map_or(0..0, |n| n.of(0)) {
        all.extend(value(model, built, shapes, evaluator, root, node)?);
    }
    let array = model.targets.get(root).is_some_and(|t| t.step.local == xml_name(ARRAY));
    let whole =
        if array { Json::Array(all) } else { all.into_iter().next().unwrap_or_else(|| Json::Object(Map::new())) };
    let text = whole.to_string();
    evaluator.bytes(text.len())?;
    Ok(text)
}

fn value(
    model: &Model,
    built: &[Nodes],
    shapes: &Shapes,
    evaluator: &mut Evaluator<'_>,
    at: usize,
    node: usize,
) -> Result<Option<Json>, String> {
    let (Some(target), Some(made)) = (model.targets.get(at), built.get(at).and_then(|n| n.nodes.get(node))) else {
        return Ok(None);
    };
    if !made.alive {
        return Ok(None);
    }
    evaluator.step(1)?;
    if target.children.is_empty() && !target.structure {
        let kind = if shapes.typed { shapes.all.get(at).map_or(Kind::Text, |s| s.kind) } else { Kind::Text };
        return Ok(Some(match made.value.as_ref() {
            Some(Value::Nil) => Json::Null,
            value => scalar(value.map_or("", Value::as_str), kind),
        }));
    }
    let mut members = Map::new();
    for child in &target.children {
        let Some(inner) = model.targets.get(*child) else { continue };
        let mut values = Vec::new();
        for number in built.get(*child).map_or(0..0, |n| n.of(node)) {
            values.extend(value(model, built, shapes, evaluator, *child, number)?);
        }
        // An object that only stands there because something is mapped inside it is left out if it is empty.
        if inner.value.is_none() {
            values.retain(|v| v.as_object().is_none_or(|o| !o.is_empty()));
        }
        if values.is_empty() {
            continue;
        }
        let array = shapes.all.get(*child).is_some_and(|s| s.array);
        let one = if array || values.len() > 1 { Json::Array(values) } else { values.remove(0) };
        members.insert(inner.name.clone(), one);
    }
    Ok(Some(Json::Object(members)))
}

fn scalar(text: &str, kind: Kind) -> Json {
    let plain = || Json::String(text.to_owned());
    match kind {
        Kind::Text => plain(),
        Kind::Bool => match text {
            "true" => Json::Bool(true),
            "false" => Json::Bool(false),
            _ => plain(),
        },
        Kind::Number => serde_json::from_str::<serde_json::Number>(text.trim()).map_or_else(|_| plain(), Json::Number),
    }
}
