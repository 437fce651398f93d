//! Reads SAP Cloud Integration artifacts and packages into the same checked flow as the YAML language, with a report.
//!
//! Bytes come in, flows and a report come out: this crate opens no files and runs nothing.
//! What Semel cannot run is kept as a step that fails when a message reaches it, and the report says so beforehand.

mod archive;
mod bpmn;
mod bundle;
mod channel;
mod ctx;
mod doors;
mod expression;
mod flow;
mod names;
mod parameters;
mod process;
mod report;
mod schedule;
mod step;
mod table;
mod text;
mod values;
mod xml;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use ::flow::ValueMappings;
use diag::Problem;

pub use archive::{MAX_ENTRIES, MAX_ENTRY, MAX_TOTAL};
pub use report::{Element, FlowReport, Place, Report, Verdict};

/// What to import.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// Name of the zip or folder; flows belong to a package of this name unless the content names one.
    pub name: String,
    /// The bytes.
    pub content: Content,
    /// Values of externalized parameters, for all flows; they win over `parameters.prop`.
    pub overrides: BTreeMap<String, String>,
    /// The present, to find timers whose last tick is over; without it none is looked for.
    pub now: Option<base::Timestamp>,
}

/// The bytes of an import.
#[derive(Clone, Debug)]
pub enum Content {
    /// A zip: one artifact, an exported content package, or a zip of artifacts.
    Zip(Vec<u8>),
    /// An unpacked folder: files by path with forward slashes. Zips inside it are opened too.
    Files(BTreeMap<String, Vec<u8>>),
}

impl Default for Content {
    fn default() -> Self {
        Content::Files(BTreeMap::new())
    }
}

/// What an import gave.
#[derive(Clone, Debug, Default)]
pub struct Imported {
    /// Flows that can be deployed. One with errors in its report is not among them.
    pub flows: Vec<Arc<::flow::Flow>>,
    /// What was found, what runs, and what does not.
    pub report: Report,
}

/// Imports all integration flows of a zip or folder. Never panics, whatever the bytes hold.
#[must_use]
pub fn import(input: &Input) -> Imported {
    import_all(std::slice::from_ref(input)).pop().unwrap_or_default()
}

/// Imports several zips and folders that belong together: flows find the script collections and value mappings of all of
/// them, their own first. No two flows get the same name. There is one result for each input, in their order.
#[must_use]
pub fn import_all(inputs: &[Input]) -> Vec<Imported> {
    let mut opened: Vec<bundle::Opened> = inputs.iter().map(bundle::open).collect();
    // Collections and mappings may stand alone where they are for flows of others.
    let none = !opened.iter().any(bundle::Opened::has_flows);
    for (one, input) in opened.iter_mut().zip(inputs) {
        if one.problems.is_empty() && !one.has_flows() && (none || one.bundles.is_empty()) {
            one.says_empty(input);
        }
    }
    let mut names = names::Names::default();
    let mut all: Vec<Imported> = Vec::new();
    let shared = |opened: &bundle::Opened| -> Vec<usize> {
        (0..opened.bundles.len()).filter(|i| opened.bundles[*i].flows().next().is_none()).collect()
    };
    let mut mappings = ValueMappings::default();
    let mut problems: Vec<Vec<Problem>> = Vec::new();
    for one in &opened {
        let mut found = one.problems.clone();
        values::read(&one.bundles, &mut mappings, &mut found);
        problems.push(found);
    }
    let mappings = Arc::new(mappings);
    for ((input, own), problems) in inputs.iter().zip(&opened).zip(problems) {
        let mut imported = Imported { report: Report { problems, ..Report::default() }, ..Imported::default() };
        let others = opened.iter().rev().chain([own]);
        let collections: HashMap<&str, &bundle::Bundle> = others
            .flat_map(|o| shared(o).into_iter().rev().filter_map(|i| o.bundles.get(i)))
            .map(|b| (b.id.as_str(), b))
            .collect();
        for bundle in &own.bundles {
            let files: Vec<&str> = bundle.flows().collect();
            for file in &files {
                let stem = file.rsplit('/').next().unwrap_or(file).trim_end_matches(".iflw");
                let wanted = if bundle.id.is_empty() || files.len() > 1 { stem } else { bundle.id.as_str() };
                let name = names.take(names::clean(wanted, 70));
                let one = flow::read(bundle, file, name, &collections, input);
                imported.report.sources.extend(one.source);
                if let Some(mut flow) = one.flow.filter(|_| !one.report.has_errors()) {
                    if !flow.scripts.is_empty() {
                        flow.fingerprint ^= mappings.fingerprint();
                        flow.value_mappings = Arc::clone(&mappings);
                    }
                    imported.flows.push(Arc::new(flow));
                }
                imported.report.flows.push(one.report);
            }
        }
        all.push(imported);
    }
    flow::doors(&mut all);
    all
}

/// The names of externalized parameters: those that artifacts declare or give values, and those that flows use.
#[must_use]
pub fn parameter_names(input: &Input) -> BTreeSet<String> {
    bundle::open(input).bundles.iter().flat_map(parameters::names).collect()
}
