//! Checks over the whole flow: calls in a circle, things that nothing uses.

use std::collections::HashSet;

use super::ctx::Ctx;
use crate::yaml::Node;
use crate::{Process, ProcessIx};

/// Reports process calls that come back to where they started.
pub(super) fn circles(ctx: &mut Ctx<'_>, processes: &[Process]) {
    let mut edges: Vec<Vec<usize>> = vec![Vec::new(); processes.len()];
    for (call, (from, _, _)) in ctx.calls.iter().enumerate() {
        if let Some(list) = edges.get_mut(*from) {
            list.push(call);
        }
    }
    // Depth first without recursion: 0 not seen, 1 on the path, 2 done.
    let mut state = vec![0_u8; processes.len()];
    for start in 0..processes.len() {
        if state[start] != 0 {
            continue;
        }
        state[start] = 1;
        let mut path: Vec<(ProcessIx, usize)> = vec![(start, 0)];
        while let Some((process, done)) = path.last_mut() {
            let process = *process;
            let Some(call) = edges[process].get(*done).copied() else {
                state[process] = 2;
                path.pop();
                continue;
            };
            *done += 1;
            let Some((_, to, range)) = ctx.calls.get(call).cloned() else { continue };
            match state.get(to) {
                Some(0) => {
                    state[to] = 1;
                    path.push((to, 0));
                }
                Some(1) => {
                    let name = |ix: ProcessIx| processes.get(ix).map_or("", |p| p.name.as_str());
                    let from = path.iter().position(|(p, _)| *p == to).unwrap_or(0);
                    let mut names: Vec<&str> = path[from..].iter().map(|(p, _)| name(*p)).take(10).collect();
                    names.push(name(to));
                    let title = format!("processes call each other in a circle: {}", names.join(" → "));
                    ctx.problems.error("F0206", title, range, "closes the circle", "use `loop` for repetition");
                }
                _ => {}
            }
        }
    }
}

/// Warns about receivers and local processes that no step names.
pub(super) fn unused(ctx: &mut Ctx<'_>, root: &Node, processes: &[Process]) {
    for entry in root.get("receivers").map(Node::entries).unwrap_or_default() {
        if !ctx.used_receivers.contains(&entry.key) {
            ctx.problems.warning(
                "F0218",
                format!("no step uses the receiver `{}`", entry.key),
                entry.range.clone(),
                "never used",
                "remove it, or send to it",
            );
        }
    }
    let called: HashSet<ProcessIx> = ctx.calls.iter().map(|(_, to, _)| *to).collect();
    for entry in root.get("processes").map(Node::entries).unwrap_or_default() {
        let sender = entry.value.entries().iter().any(|e| e.key == "from");
        let found = processes.iter().position(|p| p.name == entry.key && !sender);
        if found.is_some_and(|ix| !called.contains(&ix)) {
            ctx.problems.warning(
                "F0218",
                format!("no step calls the local process `{}`", entry.key),
                entry.range.clone(),
                "never called",
                "remove it, call it, or give it a `from`",
            );
        }
    }
}
