//! The report: every element of every flow, and whether it runs here as it did at SAP.

use std::ops::Range;

use diag::{Problem, Severity, Source};
use serde::Serialize;

/// What an import found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// One report per integration flow.
    pub flows: Vec<FlowReport>,
    /// Problems of the zip or folder itself.
    pub problems: Vec<Problem>,
    /// The texts that problems of flows point into.
    pub sources: Vec<Source>,
}

/// What was found in one integration flow.
#[derive(Clone, Debug, Default, Serialize)]
pub struct FlowReport {
    /// Name of the flow.
    pub name: String,
    /// Its `.iflw` file.
    pub file: String,
    /// Channels, events, steps and gateways in the order of the file.
    pub elements: Vec<Element>,
    /// Problems with places in the `.iflw`.
    pub problems: Vec<Problem>,
}

/// One element of a diagram.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Element {
    /// Its id in the file.
    pub id: String,
    /// Its name as people see it.
    pub name: String,
    /// What it is, such as `Content Modifier` or `HTTP receiver channel`.
    pub kind: String,
    /// Where it stands in the diagram; a channel is an arrow and has no place.
    pub place: Option<Place>,
    /// Where it stands in the file.
    pub range: Range<usize>,
    /// Whether it runs.
    pub verdict: Verdict,
}

/// Place and size of an element in the diagram.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Place {
    /// From the left.
    pub x: f64,
    /// From the top.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

/// Whether an element runs here as it did at SAP.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// As at SAP.
    Runs,
    /// It runs, and this is what differs.
    RunsWithDifference(String),
    /// It does not run, and why. A message that reaches it fails.
    Unsupported(String),
}

impl FlowReport {
    /// The share of elements that run, from 0 to 1.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "counts of elements are small")]
    pub fn share(&self) -> f64 {
        let runs = self.elements.iter().filter(|e| !matches!(e.verdict, Verdict::Unsupported(_))).count();
        if self.elements.is_empty() { 0.0 } else { runs as f64 / self.elements.len() as f64 }
    }

    /// Whether the flow cannot be deployed.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.problems.iter().any(|p| p.severity == Severity::Error)
    }
}
