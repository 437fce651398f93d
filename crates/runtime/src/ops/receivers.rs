//! What operators can see of receivers: whether their system is there, and what waits for them.

use std::collections::{BTreeMap, HashSet};

use base::Timestamp;
use serde::Serialize;
use store::{EntryFilter, EntryState, Place, PlaceKind, PlaceSummary};

use super::{Answer, Ops};
use crate::deploy;

/// Most parked deliveries that are looked through for doubts, per question.
const DOUBTS: u32 = 10_000;

/// A receiver of a deployed exactly-once flow.
#[derive(Clone, Debug, Serialize)]
pub struct ReceiverLine {
    /// Flow.
    pub flow: String,
    /// Name.
    pub name: String,
    /// The system behind it; receivers with the same one share a circuit.
    pub system: String,
    /// `closed`: deliveries are made; `open`: it is down, one is tried at a time; `none`: no deployed flow has such a
    /// receiver any more, and what is parked for it waits until one does.
    pub circuit: &'static str,
    /// Since when it is open.
    pub open_since: Option<Timestamp>,
    /// When the next delivery is tried while it is open.
    pub next_probe: Option<Timestamp>,
    /// Different deliveries that failed in a row.
    pub failing: u32,
    /// What failed last, while it is open.
    pub error: Option<String>,
    /// Deliveries that wait.
    pub waiting: u64,
    /// Parked deliveries that may have been done, whatever their state: sending them again may repeat them. Not what a
    /// run is sending at this moment.
    pub in_doubt: u64,
    /// Deliveries that wait for a person.
    pub blocked: u64,
    /// When the oldest parked delivery was stored.
    pub oldest: Option<Timestamp>,
}

#[expect(clippy::missing_errors_doc, reason = "all fail the same way: OpsError says how")]
impl Ops {
    /// Receivers of deployed exactly-once flows, by flow; and those that are gone and for which something is parked.
    pub async fn receivers(&self) -> Answer<Vec<ReceiverLine>> {
        let shared = &self.runtime.shared;
        let summaries = self.places(Some(PlaceKind::Delivery)).await?;
        let doubts = self.doubts().await?;
        let mut lines = Vec::new();
        let deployed = shared.deployed.load_full();
        for slot in deployed.flows.values() {
            for name in slot.delivers() {
                let place = Place::delivery(slot.flow.name.as_str(), name);
                let summary = summaries.iter().find(|s| s.place == place);
                let system = shared.circuits.of(&slot.flow, name);
                let state = system.as_ref().map(|s| s.state()).unwrap_or_default();
                lines.push(ReceiverLine {
                    flow: slot.flow.name.clone(),
                    name: name.to_owned(),
                    system: system.map(|s| s.name.clone()).unwrap_or_default(),
                    circuit: if state.open_since.is_some() { "open" } else { "closed" },
                    open_since: state.open_since,
                    next_probe: state.next_probe,
                    failing: state.failing,
                    error: state.error,
                    waiting: summary.map_or(0, |s| s.waiting),
                    in_doubt: doubts.get(&place).copied().unwrap_or(0),
                    blocked: summary.map_or(0, |s| s.blocked),
                    oldest: summary.and_then(|s| s.oldest),
                });
            }
        }
        // A flow that could not be started is deployed, and takes nothing: its receivers are listed already.
        let listed: HashSet<Place> = lines.iter().map(|l| Place::delivery(l.flow.as_str(), l.name.as_str())).collect();
        let left = |s: &&PlaceSummary| !listed.contains(&s.place) && !deploy::taken_from(&deployed, &s.place);
        for summary in summaries.iter().filter(|s| s.entries > 0).filter(left) {
            lines.push(ReceiverLine {
                flow: summary.place.flow.clone(),
                name: summary.place.name.clone(),
                system: String::new(),
                circuit: "none",
                open_since: None,
                next_probe: None,
                failing: 0,
                error: None,
                waiting: summary.waiting,
                in_doubt: doubts.get(&summary.place).copied().unwrap_or(0),
                blocked: summary.blocked,
                oldest: summary.oldest,
            });
        }
        Ok(lines)
    }

    /// Parked deliveries in doubt by place.
    async fn doubts(&self) -> Answer<BTreeMap<Place, u64>> {
        let mut counts = BTreeMap::new();
        let mut filter = EntryFilter { kind: Some(PlaceKind::Delivery), limit: 1_000, ..EntryFilter::default() };
        for _ in 0..DOUBTS / 1_000 {
            let page = self.entries(filter.clone()).await?;
            for info in page.iter().filter(|e| e.doubt || e.state == EntryState::InDoubt) {
                *counts.entry(info.place.clone()).or_insert(0) += 1;
            }
            match page.last() {
                Some(last) if page.len() == 1_000 => filter.after = Some(last.key),
                _ => break,
            }
        }
        Ok(counts)
    }
}
