//! The nodes of the target: one context of a field's queue for each node of its parent, one node for each value.

use super::evaluate::Evaluator;
use crate::Value;

/// What a node costs, in bytes.
const NODE: usize = 40;

/// A node of the result.
pub(super) struct Made {
    pub value: Option<Value>,
    /// It is written; others only use up the contexts of what is below them.
    pub alive: bool,
}

/// All nodes of one field.
#[derive(Default)]
pub(super) struct Nodes {
    pub nodes: Vec<Made>,
    /// Where those of each node of the parent begin; and the end.
    starts: Vec<usize>,
}

impl Nodes {
    /// The nodes in a node of the parent.
    pub(super) fn of(&self, parent: usize) -> std::ops::Range<usize> {
        match (self.starts.get(parent), self.starts.get(parent + 1)) {
            (Some(start), Some(end)) => *start..*end,
            _ => 0..0,
        }
    }
}

/// Builds all nodes, by field.
pub(super) fn build(evaluator: &mut Evaluator<'_>) -> Result<Vec<Nodes>, String> {
    let model = evaluator.model;
    let mut built: Vec<Nodes> = Vec::with_capacity(model.targets.len());
    for (at, target) in model.targets.iter().enumerate() {
        if at == 0 {
            let nodes = vec![Made { value: None, alive: true }];
            built.push(Nodes { nodes, starts: vec![0, 1] });
            continue;
        }
        let told = |why: String| format!("target field {}: {why}", model.path_of(at));
        let parents = built.get(target.parent).map_or(0, |p| p.nodes.len());
        let queue = match target.value {
            Some(arg) if parents > 0 => Some(evaluator.queue(arg, parents).map_err(told)?),
            _ => None,
        };
        let (least, most) = target.occurs.unwrap_or((0, None));
        let most = if target.step.attribute { Some(1) } else { most };
        // A node that nothing is mapped to is there where it has to be; without a schema, and in JSON, everywhere.
        let everywhere = target.occurs.is_none() || model.to_json.is_some();
        let alone = target.value.is_none() && (everywhere || least > 0);
        let mut made = Nodes { nodes: Vec::new(), starts: vec![0] };
        for parent in 0..parents {
            let alive = built.get(target.parent).and_then(|p| p.nodes.get(parent)).is_some_and(|n| n.alive);
            let mut count = 0_u32;
            if alone {
                count = least.max(1);
                evaluator.bytes(NODE).map_err(told)?;
                made.nodes.push(Made { value: None, alive });
            }
            let values = queue.as_ref().and_then(|q| q.get(parent));
            for value in values.iter().flat_map(|v| v.iter()) {
                evaluator.bytes(NODE).map_err(told)?;
                let wanted = *value != Value::Suppress && most.is_none_or(|most| count < most);
                count += u32::from(wanted);
                made.nodes.push(Made { value: Some(value.clone()), alive: alive && wanted });
            }
            if alive && target.value.is_some() && count < least {
                return Err(told(match (least, count) {
                    (1, _) => "it has to be there, but the mapping gives no value".to_owned(),
                    _ => format!("it has to be there {least} times, but the mapping gives {count} values"),
                }));
            }
            made.starts.push(made.nodes.len());
        }
        built.push(made);
    }
    Ok(built)
}
