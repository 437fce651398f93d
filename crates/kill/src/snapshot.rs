//! What the files say at the moment of a kill: read from a copy, before anything else touches them.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use base::{MessageId, SystemEntropy};
use store::{EntryFilter, PlaceKind, Store};
use store_sqlite::{Options, SqliteStore};

use crate::ledger::record_in;
use crate::traffic::{Design, Traffic};

/// The durable state at a kill.
pub struct Snapshot {
    /// The kill's place in the order of all requests.
    pub at: u64,
    /// Records that are parked, by the receiver that they are parked for.
    pub parked: HashSet<(String, String)>,
    /// Delivery ids recorded as delivered.
    pub delivered: HashSet<String>,
    /// Messages acknowledged before the kill.
    pub acknowledged: HashSet<u64>,
}

/// Copies the state and reads it.
pub async fn take(data: &Path, at: u64, traffic: &Traffic) -> Result<Snapshot, String> {
    let messages = traffic.messages();
    let acknowledged: HashSet<u64> = messages.iter().filter(|(_, m)| m.acknowledged).map(|(n, _)| *n).collect();
    let copy = data.join("copy");
    let _ = std::fs::remove_dir_all(&copy);
    std::fs::create_dir_all(&copy).map_err(|e| e.to_string())?;
    for name in ["state.db", "state.db-wal"] {
        let from = data.join("data").join(name);
        if from.exists() {
            std::fs::copy(&from, copy.join(name)).map_err(|e| e.to_string())?;
        }
    }
    let store = SqliteStore::open(&copy, Options::default(), Arc::new(SystemEntropy)).map_err(|e| e.to_string())?;
    let mut parked = HashSet::new();
    let mut after = None;
    loop {
        let page = store
            .entries(EntryFilter { after, limit: 1_000, ..EntryFilter::default() })
            .await
            .map_err(|e| e.to_string())?;
        let Some(last) = page.last() else { break };
        after = Some(last.key);
        for info in page {
            let Some(entry) = store.entry(info.key).await.map_err(|e| e.to_string())? else { continue };
            let record = record_in(&entry.message.text());
            let receiver = match (entry.info.place.kind, entry.info.place.name.as_str()) {
                (PlaceKind::Delivery, receiver) => receiver.to_owned(),
                (PlaceKind::DataStore, store) => store.trim_end_matches("-failed").to_owned(),
                (PlaceKind::Queue, "invoices") => "ledger".to_owned(),
                (_, _) => entry.info.interface.trim_end_matches("-target").to_owned(),
            };
            parked.insert((record, receiver));
        }
    }
    let mut delivered = HashSet::new();
    for message in messages.values().filter(|m| m.design == Design::D) {
        if let Some(id) = &message.message_id {
            let ids = store.delivered(&MessageId::from_text(id.clone())).await.map_err(|e| e.to_string())?;
            delivered.extend(ids.iter().map(ToString::to_string));
        }
    }
    Ok(Snapshot { at, parked, delivered, acknowledged })
}
