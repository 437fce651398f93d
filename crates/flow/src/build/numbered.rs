//! Parts that are told apart by their numbers, although a further run may split another list: a warning.

use super::ctx::Ctx;
use super::list::Item;
use crate::Quality;
use crate::yaml::Node;

/// Steps by which something becomes of a part that is to become of it once.
const EFFECTS: [&str; 5] = ["send", "call", "loop", "once", "store-write"];

/// Warns about splits of what a receiver or a store answered. `answered`: whether the body that the list begins with came
/// from there. Gives whether the one that it ends with did.
pub(super) fn splits(ctx: &mut Ctx<'_>, items: &[Item<'_>], mut answered: bool) -> bool {
    if ctx.quality == Quality::BestEffort {
        return false;
    }
    for item in items {
        let has = |key| item.content.is_some_and(|content: &Node| content.get(key).is_some());
        let deletes = || item.content.and_then(|c| c.get("delete")).and_then(Node::text).is_some_and(|t| t == "true");
        match item.key {
            "request" | "enrich" => answered = true,
            "store-get" => answered = !deletes(),
            "set" if has("body") => answered = false,
            "split" if answered && !has("record") && item.lists.iter().any(|list| effects(&list.items)) => {
                ctx.problems.warning(
                    "F0220",
                    "the parts of this split are known by their numbers, and a further run may split another list",
                    item.range.clone(),
                    "splits what was answered to a step before it",
                    "say what each part is: `record: \"${xpath:/order/@id}\"`",
                );
            }
            _ => {}
        }
        for list in &item.lists {
            answered |= splits(ctx, &list.items, answered);
        }
    }
    answered
}

fn effects(items: &[Item<'_>]) -> bool {
    items.iter().any(|item| EFFECTS.contains(&item.key) || item.lists.iter().any(|list| effects(&list.items)))
}
