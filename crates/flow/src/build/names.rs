//! Names of steps: given by the author, or derived from what the step does.

use std::collections::{HashMap, HashSet};

use super::ctx::Ctx;
use crate::yaml::Node;
use crate::{Coding, Conversion, End, Process, ProcessIx, RowAction, StepIx, StepKind, Target};

/// Notes the name that an author gave: beside the step key, or inside its map.
pub(super) fn given(ctx: &mut Ctx<'_>, process: ProcessIx, step: StepIx, node: &Node, content: Option<&Node>) {
    let Some(name) = node.get("name").or_else(|| content.and_then(|c| c.get("name"))) else { return };
    let Some(text) = name.text() else { return };
    if text.trim().is_empty() || text.chars().count() > 80 || text.chars().any(char::is_control) {
        ctx.problems.error(
            "F0104",
            "a step name has 1 to 80 characters on one line",
            name.range.clone(),
            "not a step name",
            None,
        );
    } else if ctx.step_names.contains_key(text) {
        let title = format!("two steps are named `{text}`");
        ctx.problems.error(
            "F0208",
            title,
            name.range.clone(),
            "the second one",
            "names are part of delivery ids; give each step its own",
        );
    } else {
        ctx.step_names.insert(text.to_owned(), (process, step));
    }
}

/// The name that a step has unless its author gave one: what it does, and to what.
pub(super) fn derived(kind: &StepKind, content: Option<&Node>) -> String {
    let of = |key: &str| content.and_then(|c| c.text().or_else(|| c.get(key).and_then(Node::text)));
    let (verb, target) = match kind {
        StepKind::Modify(modify) => (
            "set",
            modify.rows.first().map_or(Some("body"), |row| match (&row.target, &row.action) {
                (
                    Target::Header(name) | Target::Property(name),
                    RowAction::Create(_) | RowAction::Delete | RowAction::DeleteExcept(_),
                ) => Some(name.as_str()),
            }),
        ),
        StepKind::Script(_) => ("script", of("file").map(|f| f.rsplit('/').next().unwrap_or(f)).or(Some("inline"))),
        StepKind::Transform(_) => ("xslt", of("file").map(|f| f.rsplit('/').next().unwrap_or(f))),
        StepKind::Route(_) => ("route", None),
        StepKind::Split(_) => ("split", None),
        StepKind::Gather(_) => ("gather", None),
        StepKind::Join => ("join", None),
        StepKind::Multicast(_) => ("multicast", None),
        StepKind::Filter(_) => ("filter", None),
        StepKind::Call(_) => ("call", of("process")),
        StepKind::Loop(_) => ("loop", of("process")),
        StepKind::Once(_) => ("once", of("process")),
        StepKind::Request(receiver) => ("request", Some(receiver.as_str())),
        StepKind::Send(receiver) => ("send", Some(receiver.as_str())),
        StepKind::StoreWrite(_) => ("store-write", of("store")),
        StepKind::StoreGet(_) => ("store-get", of("store")),
        StepKind::StoreSelect(_) => ("store-select", of("store")),
        StepKind::StoreDelete(_) => ("store-delete", of("store")),
        StepKind::WriteVariables(rows) => ("write-variables", rows.first().and_then(|r| r.name.constant())),
        StepKind::Convert(Conversion::XmlToJson { .. }) => ("xml-to-json", None),
        StepKind::Convert(Conversion::JsonToXml { .. }) => ("json-to-xml", None),
        StepKind::Convert(Conversion::CsvToXml(_)) => ("csv-to-xml", None),
        StepKind::Convert(Conversion::XmlToCsv(_)) => ("xml-to-csv", None),
        StepKind::Convert(Conversion::Base64Encode) => ("base64", Some("encode")),
        StepKind::Convert(Conversion::Base64Decode) => ("base64", Some("decode")),
        StepKind::Convert(Conversion::Zip(coding)) => ("zip", Some(compress(*coding))),
        StepKind::Convert(Conversion::Gzip(coding)) => ("gzip", Some(compress(*coding))),
        StepKind::Convert(Conversion::Soap(Coding::Encode)) => ("soap", Some("wrap")),
        StepKind::Convert(Conversion::Soap(Coding::Decode)) => ("soap", Some("unwrap")),
        StepKind::Convert(Conversion::CleanXml(_)) => ("clean-xml", None),
        StepKind::Convert(Conversion::Mime(Coding::Encode, _)) => ("mime", Some("encode")),
        StepKind::Convert(Conversion::Mime(Coding::Decode, _)) => ("mime", Some("decode")),
        StepKind::Enrich(enrich) => ("enrich", Some(enrich.receiver.as_str())),
        StepKind::Validate(_) => ("validate", of("schema")),
        StepKind::Digest(digest) => ("digest", Some(digest.header.as_str())),
        StepKind::Persist(name) => ("persist", Some(name.as_str())),
        StepKind::End(End::Message) => ("end", None),
        StepKind::End(End::Error(_)) => ("end", Some("error")),
        StepKind::End(End::Escalation(category)) => ("end", Some(category.as_str())),
        StepKind::End(End::Terminate) => ("end", Some("terminate")),
    };
    let clean = target.map(clean).unwrap_or_default();
    if clean.is_empty() { verb.to_owned() } else { format!("{verb}-{clean}") }
}

/// Gives every step of a flow its name: the author's, or the derived one with a number where it is taken.
pub(super) fn settle(processes: &mut [Process], given: &HashMap<String, (ProcessIx, StepIx)>) {
    for (name, (process, step)) in given {
        if let Some(step) = processes.get_mut(*process).and_then(|p| p.steps.get_mut(*step)) {
            step.name.clone_from(name);
        }
    }
    let places: HashSet<(ProcessIx, StepIx)> = given.values().copied().collect();
    let mut taken: HashSet<String> = given.keys().cloned().collect();
    let mut counts: HashMap<String, usize> = HashMap::new();
    for (process_ix, process) in processes.iter_mut().enumerate() {
        for (step_ix, step) in process.steps.iter_mut().enumerate() {
            if places.contains(&(process_ix, step_ix)) {
                continue;
            }
            let base = step.name.clone();
            let count = counts.entry(base.clone()).or_insert(0);
            loop {
                *count += 1;
                step.name = if *count == 1 { base.clone() } else { format!("{base}-{count}") };
                if taken.insert(step.name.clone()) {
                    break;
                }
            }
        }
    }
}

fn compress(coding: Coding) -> &'static str {
    if coding == Coding::Encode { "compress" } else { "decompress" }
}

/// A text as part of a name: letters, digits, `_`, `.` and `-`.
fn clean(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars().take(60) {
        if c.is_ascii_alphanumeric() || matches!(c, '_' | '.') {
            out.push(c);
        } else if !out.ends_with('-') {
            out.push('-');
        }
    }
    out.trim_matches('-').to_owned()
}
