//! Steps that decide where a message goes: router, splitter, multicast, gather, calls, ends.

use std::collections::HashMap;
use std::time::Duration;

use expr::Condition;
use flow::{
    Branch, End, Envelope, Gather, Loop, Multicast, Once, Otherwise, ProcessIx, ReceiverChannel, Route, Router, Split,
    SplitBy, StepKind, When,
};

use crate::bpmn::{Event, Node};
use crate::ctx::{BY_CHANNEL, Ctx, Made};
use crate::process::Out;

/// SAP's escalation categories and Semel's words for them.
const ESCALATIONS: [(&str, &str); 7] = [
    ("RoutingConditionNotMet", "routing-condition-not-met"),
    ("ReceiverNotReachable", "receiver-not-reachable"),
    ("ReceiverNotFound", "receiver-not-found"),
    ("NotAuthenticated", "not-authenticated"),
    ("NotAuthorized", "not-authorized"),
    ("Redirect", "redirect"),
    ("InternalServerErrorInReceiver", "internal-server-error"),
];
/// From how many steps on a path is not plain for a splitter.
const MAX_AROUND: usize = 64;
/// How long an idempotent process call remembers an id.
const KEEP: Duration = Duration::from_secs(90 * 86_400);

/// An end event; one with a channel sends, and the end follows as a step of its own.
pub(super) fn end(ctx: &mut Ctx<'_>, node: &Node) -> Made<StepKind> {
    if ctx.calls.contains_key(&node.id) {
        return call(ctx, node, true);
    }
    Ok(StepKind::End(match node.event {
        Event::Error => End::Error(None),
        Event::Terminate => End::Terminate,
        Event::Escalation => {
            let code = ctx.word(&node.props, "ErrorCode").replace([' ', '-', '_'], "");
            let known = ESCALATIONS.iter().find(|(sap, _)| sap.eq_ignore_ascii_case(&code)).map(|(_, word)| *word);
            End::Escalation(known.unwrap_or("others").to_owned())
        }
        Event::None | Event::Message | Event::Timer => End::Message,
    }))
}

/// Request-reply and send.
pub(super) fn call(ctx: &mut Ctx<'_>, node: &Node, reply: bool) -> Made<StepKind> {
    let name = match ctx.calls.get(&node.id) {
        None => return Err("no channel is attached to it".to_owned()),
        Some(Err(why)) => return Err(format!("{BY_CHANNEL}: {why}")),
        Some(Ok(name)) => name.clone(),
    };
    // Queues and mail servers give no answer to wait for.
    let answers = matches!(
        ctx.receivers.get(&name).map(|r| &r.channel),
        Some(ReceiverChannel::Http(_) | ReceiverChannel::ProcessDirect(_))
    );
    Ok(if reply && answers { StepKind::Request(name) } else { StepKind::Send(name) })
}

/// A router: routes in the order of the arrows, the default route last.
pub(super) fn router(ctx: &mut Ctx<'_>, node: &Node, outs: &[Out<'_>]) -> Made<StepKind> {
    let mut routes = Vec::new();
    let mut otherwise = None;
    let mut terminates = true;
    for out in outs {
        let alone = outs.len() == 1 && out.edge.condition.is_none();
        if out.edge.id == node.default || alone {
            otherwise = Some(out.to);
            terminates = ctx.terminates.contains(&out.edge.to);
            continue;
        }
        let Some(condition) = &out.edge.condition else {
            ctx.differs(format!("the route `{}` has no condition and is never taken", out.edge.id));
            continue;
        };
        let text = ctx.fill(&condition.value, &condition.range);
        let language = ctx.word(&out.edge.props, "expressionType").replace(' ', "");
        let when = if language.eq_ignore_ascii_case("XML") {
            When::XPath(ctx.xpath(&text, &condition.range)?)
        } else {
            When::Simple(ctx.condition(&text, &condition.range)?)
        };
        routes.push(Route { when, to: out.to });
    }
    // SAP wants the default route of a router that throws to end there; one that goes on is taken.
    let otherwise = if ctx.flag(&node.props, "throwException", false) && terminates {
        Otherwise::Fail
    } else if let Some(to) = otherwise {
        Otherwise::To(to)
    } else {
        ctx.differs("there is no default route: a message that fits no other route ends here");
        Otherwise::To(None)
    };
    Ok(StepKind::Route(Router { routes, otherwise }))
}

/// A parallel multicast.
pub(super) fn multicast(outs: &[Out<'_>]) -> StepKind {
    StepKind::Multicast(Multicast { branches: outs.iter().map(branch).collect(), parallel: true })
}

fn branch(out: &Out<'_>) -> Branch {
    Branch { name: out.edge.id.clone(), to: out.to }
}

/// A sequential multicast: the table holds number and arrow of each branch.
pub(super) fn sequential(ctx: &mut Ctx<'_>, node: &Node, outs: &[Out<'_>]) -> Made<StepKind> {
    let rows = ctx.table(&node.props, "routingSequenceTable")?;
    let order = |row: &crate::table::Row| row.at(0).trim().parse::<u32>().unwrap_or(u32::MAX);
    let order: HashMap<String, u32> = rows.iter().map(|row| (row.at(1).trim().to_owned(), order(row))).collect();
    let mut sorted: Vec<&Out<'_>> = outs.iter().collect();
    sorted.sort_by_key(|out| order.get(&out.edge.id).copied().unwrap_or(u32::MAX));
    Ok(StepKind::Multicast(Multicast { branches: sorted.into_iter().map(branch).collect(), parallel: false }))
}

/// Whether a process call is a looping one.
pub(super) fn is_loop(node: &Node) -> bool {
    node.props.raw("subActivityType").starts_with("Looping") || !node.again.value.trim().is_empty()
}

/// Process call and looping process call.
pub(super) fn process_call(ctx: &mut Ctx<'_>, node: &Node) -> Made<StepKind> {
    let process = process(ctx, node)?;
    if !is_loop(node) {
        return Ok(StepKind::Call(process));
    }
    let text = ctx.fill(&node.again.value, &node.again.range);
    let again = if ctx.word(&node.props, "expressionType").eq_ignore_ascii_case("XML") {
        ctx.xpath(&text, &node.again.range)?;
        let whole = format!("${{xpath:{}}}", text.trim());
        Condition::parse(&whole, &ctx.namespaces).map_err(|_| format!("`{whole}` cannot be a condition"))?
    } else {
        ctx.condition(&text, &node.again.range)?
    };
    let rounds = ctx.fill(&node.rounds, &node.range);
    let max = rounds.trim().parse().map_err(|_| format!("the number of rounds `{rounds}` is not a number"))?;
    let fail_at_max = ctx.word(&node.props, "postProcessing") != "end";
    Ok(StepKind::Loop(Loop { process, again, max, fail_at_max }))
}

fn process(ctx: &mut Ctx<'_>, node: &Node) -> Made<ProcessIx> {
    let id = ctx.word(&node.props, "processId");
    ctx.locals.get(&id).copied().ok_or_else(|| format!("there is no local process `{id}`"))
}

/// Idempotent process call.
pub(super) fn once(ctx: &mut Ctx<'_>, node: &Node) -> Made<StepKind> {
    let process = process(ctx, node)?;
    let id = ctx.template_of(&node.props, "sourceMessageID")?.ok_or("it has no message id")?;
    let skip = ctx.flag(&node.props, "skipOnDuplicate", true);
    Ok(StepKind::Once(Once { process, id, skip, keep: KEEP }))
}

/// General and iterating splitter.
pub(super) fn split(ctx: &mut Ctx<'_>, node: &Node, outs: &[Out<'_>]) -> Made<StepKind> {
    let props = &node.props;
    let general = match props.raw("splitType") {
        "GeneralSplitter" => true,
        "IteratingSplitter" | "Camel" | "" => false,
        other => return Err(format!("Semel has no splitter for `{other}`")),
    };
    let expression = ctx.word(props, "splitExprValue");
    let by = match ctx.word(props, "exprType").to_ascii_lowercase().as_str() {
        "xpath" | "" => {
            let path = ctx.xpath(&expression, &Ctx::at(props, "splitExprValue"))?;
            if general && path.plain_path().is_none_or(|plain| plain.steps.len() >= MAX_AROUND) {
                return Err(format!(
                    "a general splitter keeps the elements around a part, which needs a plain path such as \
                     `/orders/order`, not `{}` (an iterating splitter takes any)",
                    path.source()
                ));
            }
            SplitBy::XPath { path, envelope: if general { Envelope::Before } else { Envelope::None } }
        }
        "line break" | "linebreak" => SplitBy::Line { header: general },
        "token" => {
            let token = ctx.text(props, "tokenValue").filter(|t| !t.is_empty()).unwrap_or(expression);
            if token.is_empty() {
                return Err("it has no token to split at".to_owned());
            }
            SplitBy::Element(token)
        }
        other => return Err(format!("the expression type `{other}` is not known")),
    };
    let parallel =
        if ctx.flag(props, "ParallelProcessing", false) { ctx.number(props, "SplitterThreads", 10) } else { 1 };
    if parallel > 1 && ctx.number(props, "timeOut", 0) > 0 {
        ctx.differs("there is no timeout: no part is dropped");
    }
    let group = u32::try_from(ctx.number(props, "grouping", 1)).unwrap_or(u32::MAX).max(1);
    Ok(StepKind::Split(Split {
        by,
        group,
        parallel: u32::try_from(parallel).unwrap_or(u32::MAX).clamp(1, 50),
        stop_on_error: ctx.flag(props, "StopOnExecution", true),
        body: outs.first().and_then(|o| o.to),
        record: None,
        count: !ctx.flag(props, "Streaming", false),
    }))
}

/// Gather by SAP's combination algorithms.
pub(super) fn gather(ctx: &mut Ctx<'_>, node: &Node) -> Made<StepKind> {
    let algorithm = ctx.word(&node.props, "aggregationAlgorithm");
    Ok(StepKind::Gather(match algorithm.as_str() {
        "concatenate-strategy" => Gather::Concat,
        "sap-identical-multi-mapping" => Gather::Multimap { same: true },
        "sap-pi-multi-mapping" => Gather::Multimap { same: false },
        "xpath-merge-strategy" => {
            let (source, target) = (ctx.word(&node.props, "sourceXPath"), ctx.word(&node.props, "targetXPath"));
            // Without a target the nodes go where the source path finds them: below its parent.
            let parent = source.trim_end_matches('/').rsplit_once('/').map_or("", |(parent, _)| parent).to_owned();
            let target = if target.is_empty() { parent } else { target };
            if target.is_empty() {
                return Err("it has no target that bodies can be combined at".to_owned());
            }
            let from = ctx.xpath(&source, &Ctx::at(&node.props, "sourceXPath"))?;
            let into = ctx.xpath(&target, &Ctx::at(&node.props, "targetXPath"))?;
            if into.plain_path().is_none_or(|p| p.steps.iter().any(|s| s.descendant)) {
                return Err(format!("bodies cannot be combined at `{target}`, which is no plain path of elements"));
            }
            Gather::Merge { from, into }
        }
        other => return Err(format!("the combination `{other}` is not known")),
    }))
}
