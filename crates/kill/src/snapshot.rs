//! What the files say at the moment of a kill: read from a copy, before anything else touches them.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use base::{MessageId, SystemEntropy};
use store::{EntryFilter, EntryState, PlaceKind, Store};
use store_sqlite::{Options, SqliteStore};

use crate::ledger::record_in;
use crate::traffic::Traffic;
use crate::trap::Point;

/// The durable state at a kill.
pub struct Snapshot {
    /// The kill's place in the order of all requests.
    pub at: u64,
    /// Where the process died.
    pub point: Point,
    /// Records that are parked, by the receiver that they are parked for.
    pub parked: HashSet<(String, String)>,
    /// How many of them are in doubt and wait for a person.
    pub in_doubt: usize,
}

/// What only grows from kill to kill, each with the place of the first kill that saw it.
#[derive(Default)]
pub struct Recorded {
    /// Delivery ids recorded as delivered.
    pub delivered: HashMap<String, u64>,
    /// Messages acknowledged before the kill.
    pub acknowledged: HashMap<u64, u64>,
    /// Messages whose deliveries are all recorded: they need no further look.
    complete: HashSet<u64>,
}

/// Copies the state and reads it.
pub async fn take(
    data: &Path,
    (at, point): (u64, Point),
    traffic: &Traffic,
    recorded: &mut Recorded,
) -> Result<Snapshot, String> {
    let messages = traffic.messages();
    for (number, _) in messages.iter().filter(|(_, m)| m.acknowledged) {
        recorded.acknowledged.entry(*number).or_insert(at);
    }
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
    let mut in_doubt = 0;
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
            in_doubt += usize::from(entry.info.state == EntryState::InDoubt);
            let record = record_in(&entry.message.text());
            let receiver = match (entry.info.place.kind, entry.info.place.name.as_str()) {
                (PlaceKind::Delivery, receiver) => receiver.to_owned(),
                (PlaceKind::DataStore, store) => store.trim_end_matches("-failed").to_owned(),
                (PlaceKind::Inbox, _) => "bank".to_owned(),
                (PlaceKind::Queue, "invoices") => "ledger".to_owned(),
                (_, _) => entry.info.interface.trim_end_matches("-target").to_owned(),
            };
            parked.insert((record, receiver));
        }
    }
    for (number, message) in messages.iter().filter(|(_, m)| m.design.keeps_outcomes()) {
        if recorded.complete.contains(number) {
            continue;
        }
        if let Some(id) = &message.message_id {
            let ids = store.delivered(&MessageId::from_text(id.clone())).await.map_err(|e| e.to_string())?;
            if ids.len() >= message.records.len() * message.receivers.len() {
                recorded.complete.insert(*number);
            }
            for id in ids {
                recorded.delivered.entry(id.to_string()).or_insert(at);
            }
        }
    }
    Ok(Snapshot { at, point, parked, in_doubt })
}
