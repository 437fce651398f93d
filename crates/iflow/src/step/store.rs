//! Data store operations and write variables.

use std::time::Duration;

use base::Scope;
use expr::Template;
use flow::{EntryIds, StepKind, StoreDelete, StoreGet, StoreSelect, StoreWrite, VariableWrite};

use super::modify::source;
use crate::bpmn::Node;
use crate::ctx::{Ctx, Made};

const DAY: u64 = 86_400;
/// Longest that anything is kept, in days.
const MAX_DAYS: u64 = 36_500;

/// Put, get, select and delete.
pub(super) fn operation(ctx: &mut Ctx<'_>, node: &Node) -> Made<StepKind> {
    let props = &node.props;
    let store = ctx.template_of(props, "storageName")?.ok_or("it names no data store")?;
    let global = ctx.word(props, "visibility").eq_ignore_ascii_case("global");
    let scope = if global { Scope::Global } else { Scope::Flow(ctx.flow.clone()) };
    match ctx.word(props, "operation").to_ascii_lowercase().as_str() {
        "put" => Ok(StepKind::StoreWrite(StoreWrite {
            store,
            scope,
            entry: ctx.template_of(props, "messageId")?,
            alert_after: days(ctx.number(props, "alert", 2)),
            expire_after: days(ctx.number(props, "expire", 30)),
            encrypt: ctx.flag(props, "encrypt", true),
            overwrite: ctx.flag(props, "override", false),
            include_headers: ctx.flag(props, "includeMessageHeaders", false),
        })),
        "get" => Ok(StepKind::StoreGet(StoreGet {
            store,
            scope,
            entry: ctx.template_of(props, "dataStoreId")?,
            delete: ctx.flag(props, "delete", false),
            fail_if_missing: ctx.flag(props, "stopOnMissingEntry", true),
        })),
        "select" => {
            let max = match ctx.template_of(props, "maxresults")? {
                Some(max) => max,
                None => Template::literal("1"),
            };
            Ok(StepKind::StoreSelect(StoreSelect {
                store,
                scope,
                max,
                delete: ctx.flag(props, "delete", false),
                each: None,
            }))
        }
        "delete" => {
            let id = ctx.word(props, "messageId");
            let at = Ctx::at(props, "messageId");
            let path =
                id.strip_prefix("${xpath.").or_else(|| id.strip_prefix("${xpath:")).and_then(|p| p.strip_suffix('}'));
            let entry = match path.or_else(|| Some(id.as_str()).filter(|p| p.starts_with('/'))) {
                Some(path) => Some(EntryIds::XPath(ctx.xpath(path, &at)?)),
                None if id.is_empty() => None,
                None => Some(EntryIds::One(ctx.template(&id, &at)?)),
            };
            Ok(StepKind::StoreDelete(StoreDelete { store, scope, entry }))
        }
        other => Err(format!("the data store operation `{other}` is not known")),
    }
}

fn days(count: u64) -> Duration {
    Duration::from_secs(count.min(MAX_DAYS) * DAY)
}

/// Write variables: cells are name, data type, source, value, scope.
pub(super) fn variables(ctx: &mut Ctx<'_>, node: &Node) -> Made<StepKind> {
    let at = Ctx::at(&node.props, "variable");
    let mut writes = Vec::new();
    for row in ctx.table(&node.props, "variable")? {
        let name = row.at(0).trim();
        if name.is_empty() {
            continue;
        }
        let scope = match row.at(4).trim().to_ascii_lowercase().as_str() {
            "global" | "true" => Scope::Global,
            _ => Scope::Flow(ctx.flow.clone()),
        };
        let value = source(ctx, row.at(2), row.at(3), "", row.at(1), &at)?;
        writes.push(VariableWrite { scope, name: ctx.template(name, &at)?, value });
    }
    Ok(StepKind::WriteVariables(writes))
}
