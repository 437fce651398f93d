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
    let opened = bundle::open(input);
    let mut imported =
        Imported { report: Report { problems: opened.problems, ..Report::default() }, ..Imported::default() };
    let mut names = names::Names::default();
    let mappings = Arc::new(values::read(&opened.bundles, &mut imported.report.problems));
    let collections = opened.bundles.iter().filter(|b| b.flows().next().is_none());
    let collections: HashMap<&str, &bundle::Bundle> = collections.map(|b| (b.id.as_str(), b)).collect();
    for bundle in &opened.bundles {
        let files: Vec<&str> = bundle.flows().collect();
        for file in &files {
            let stem = file.rsplit('/').next().unwrap_or(file).trim_end_matches(".iflw");
            let wanted = if bundle.id.is_empty() || files.len() > 1 { stem } else { bundle.id.as_str() };
            let name = names.take(names::clean(wanted, 70));
            let one = flow::read(bundle, file, name, &collections, input, &opened.package);
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
    flow::doors(&mut imported);
    imported
}

/// The names of externalized parameters: those that artifacts declare or give values, and those that flows use.
#[must_use]
pub fn parameter_names(input: &Input) -> BTreeSet<String> {
    bundle::open(input).bundles.iter().flat_map(parameters::names).collect()
}
