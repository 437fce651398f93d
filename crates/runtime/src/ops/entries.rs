//! What operators can do with parked entries: retry, delete, move, stop and start; of a message or of a place.

use std::collections::BTreeSet;

use base::{EntryKey, MessageId, Status};
use store::{
    Change, DeliveryEnd, DeliveryRecord, Entry, EntryFilter, EntryInfo, EntryState, LogEvent, Place, PlaceKind,
    PlaceSummary,
};

use super::{Answer, Bulk, Ops, OpsError, Selection};
use crate::runtime::Shared;
use crate::{consumers, deploy};

/// Most entries that one call acts on.
const MOST: usize = 10_000;
/// Entries in one page, and in one commit.
const PAGE: u32 = 1_000;
/// Most queue entries that are looked at for those of a message.
const SCANNED: usize = 200_000;

/// What is done to entries.
#[derive(Clone)]
enum Action {
    Retry,
    Delete,
    Move(Place),
}

/// A person decided that a delivery is over: no further run of its message sends it again.
fn settled(shared: &Shared, info: &EntryInfo) -> Option<Change> {
    let expires = shared.options.clock.now().plus(shared.options.retention.keys);
    let (message, flow) = (info.recorded_under().clone(), info.place.flow.clone());
    let (deliveries, end) = (vec![info.id.parse().ok()?], DeliveryEnd::Cancelled);
    Some(Change::GivenUp { message, flow, deliveries, end, expires })
}

/// The message log shows the end of a delivery among its attempts.
fn cancelled(shared: &Shared, info: &EntryInfo) {
    let (PlaceKind::Delivery, Ok(delivery)) = (info.place.kind, info.id.parse()) else { return };
    shared.options.log.record(LogEvent::Delivery(Box::new(DeliveryRecord {
        message: info.message_id.clone(),
        flow: info.place.flow.clone(),
        delivery,
        receiver: info.place.name.clone(),
        record: String::new(),
        attempt: info.retries.saturating_add(1),
        at: shared.options.clock.now(),
        outcome: DeliveryEnd::Cancelled.as_str().to_owned(),
        error: None,
        class: None,
        http_status: None,
        excerpt: None,
    })));
}

#[expect(clippy::missing_errors_doc, reason = "all fail the same way: OpsError says how")]
impl Ops {
    /// Tries all parked entries of a message again, now (retry by hand: works for escalated ones too).
    pub async fn retry_message(&self, id: &MessageId) -> Answer<Bulk> {
        self.act_on_message(id, &Action::Retry).await
    }

    /// Deletes all parked entries of a message; its status becomes CANCELLED.
    pub async fn cancel_message(&self, id: &MessageId) -> Answer<Bulk> {
        self.act_on_message(id, &Action::Delete).await
    }

    /// Queues, data stores, parked deliveries, inboxes.
    pub async fn places(&self, kind: Option<PlaceKind>) -> Answer<Vec<PlaceSummary>> {
        let options = &self.runtime.shared.options;
        Ok(options.store.places(kind, options.clock.now()).await?)
    }

    /// Entries without payload.
    pub async fn entries(&self, filter: EntryFilter) -> Answer<Vec<EntryInfo>> {
        Ok(self.runtime.shared.options.store.entries(filter).await?)
    }

    /// One entry with its payload.
    pub async fn entry(&self, key: EntryKey) -> Answer<Entry> {
        let found = self.runtime.shared.options.store.entry(key).await?;
        found.ok_or_else(|| OpsError::new(404, "R0102", format!("there is no entry {key}")))
    }

    /// Tries entries again, now.
    pub async fn retry_entries(&self, which: Selection) -> Answer<Bulk> {
        self.act_on_selection(which, &Action::Retry).await
    }

    /// Deletes entries; their messages become CANCELLED.
    pub async fn delete_entries(&self, which: Selection) -> Answer<Bulk> {
        self.act_on_selection(which, &Action::Delete).await
    }

    /// Moves entries to another queue or data store.
    pub async fn move_entries(&self, which: Selection, to: Place) -> Answer<Bulk> {
        if !matches!(to.kind, PlaceKind::Queue | PlaceKind::DataStore) {
            return Err(OpsError::new(409, "R0107", "entries can only be moved to a queue or a data store"));
        }
        self.act_on_selection(which, &Action::Move(to)).await
    }

    /// Stops or starts taking from a place, or only one interface of it.
    pub async fn stop_place(&self, place: Place, interface: Option<String>, stopped: bool) -> Answer<()> {
        let change = match interface {
            Some(interface) => Change::StopInterface { place, interface, stopped },
            None => Change::StopPlace { place, stopped },
        };
        self.commit(vec![change]).await
    }

    /// Deletes a place with all its entries; refused while a deployed flow names it.
    pub async fn delete_place(&self, place: Place) -> Answer<()> {
        let shared = &self.runtime.shared;
        let _alone = shared.claims.write().await;
        for slot in shared.deployed.load().flows.values() {
            let own = matches!(place.kind, PlaceKind::Delivery | PlaceKind::Inbox) && place.flow == slot.flow.name;
            if own || deploy::places(&slot.flow).contains(&place) {
                let text = format!("{place} is used by flow {}; stop or remove the flow first", slot.flow.name);
                return Err(OpsError::new(409, "R0106", text));
            }
        }
        let mut filter = EntryFilter { place: Some(place.clone()), limit: PAGE, ..EntryFilter::default() };
        let (mut gone, mut changes) = (Vec::new(), Vec::new());
        loop {
            let page = self.entries(filter.clone()).await?;
            if page.iter().any(|e| e.state == EntryState::Taken) {
                return Err(OpsError::new(409, "R0104", format!("an entry of {place} is being processed")));
            }
            let last = page.last().map(|e| e.key);
            let full = page.len() >= PAGE as usize;
            // A person decided that these deliveries are over, also where their flow comes back.
            if place.kind == PlaceKind::Delivery {
                changes.extend(page.iter().filter_map(|info| settled(shared, info)));
                page.iter().for_each(|info| cancelled(shared, info));
            }
            gone.extend(page.into_iter().map(|e| e.message_id));
            if !full {
                break;
            }
            filter.after = last;
        }
        changes.push(Change::DropPlace(place.clone()));
        self.commit(changes).await?;
        for message in gone {
            shared.log_line(&message, format!("deleted together with {place} by an operator"));
        }
        Ok(())
    }

    async fn act_on_message(&self, id: &MessageId, action: &Action) -> Answer<Bulk> {
        self.flush().await;
        let detail = self.runtime.shared.options.log.message(id).await?;
        let known = detail.is_some();
        let correlation = detail.map(|d| d.record.correlation);
        let mut entries = Vec::new();
        for kind in [PlaceKind::Delivery, PlaceKind::Inbox] {
            let filter = EntryFilter { kind: Some(kind), message_id: Some(id.clone()), ..EntryFilter::default() };
            entries.extend(self.pages(filter, MOST).await?);
        }
        // Queue entries carry their producer's message: the consumer's side is recognised one by one.
        let queued =
            self.pages(EntryFilter { kind: Some(PlaceKind::Queue), ..EntryFilter::default() }, SCANNED).await?;
        entries.extend(queued.into_iter().filter(|e| {
            e.message_id == *id || Some(&e.correlation) == correlation.as_ref() || consumers::message_id(e) == *id
        }));
        if entries.is_empty() && !known {
            return Err(OpsError::no_message(id));
        }
        let keys = entries.into_iter().map(|e| e.key).take(MOST).collect();
        self.act(keys, action).await
    }

    async fn act_on_selection(&self, which: Selection, action: &Action) -> Answer<Bulk> {
        let keys = match which {
            Selection::Keys(keys) => keys.into_iter().collect::<BTreeSet<_>>().into_iter().take(MOST).collect(),
            Selection::Filter(filter) => {
                let most = if filter.limit == 0 { MOST } else { MOST.min(filter.limit as usize) };
                self.pages(filter, most).await?.into_iter().map(|e| e.key).collect()
            }
        };
        self.act(keys, action).await
    }

    /// All pages of a filter, up to a number of entries.
    async fn pages(&self, mut filter: EntryFilter, most: usize) -> Answer<Vec<EntryInfo>> {
        filter.limit = PAGE;
        let mut all: Vec<EntryInfo> = Vec::new();
        while all.len() < most {
            let page = self.entries(filter.clone()).await?;
            let full = page.len() >= PAGE as usize;
            filter.after = page.last().map(|e| e.key);
            all.extend(page);
            if !full {
                break;
            }
        }
        all.truncate(most);
        Ok(all)
    }

    /// Acts on entries in commits of a bounded size; what is being processed is left alone.
    async fn act(&self, keys: Vec<EntryKey>, action: &Action) -> Answer<Bulk> {
        let shared = &self.runtime.shared;
        let mut bulk = Bulk::default();
        for keys in keys.chunks(PAGE as usize) {
            let _alone = shared.claims.write().await;
            let now = shared.options.clock.now();
            let mut acted = Vec::new();
            let mut changes = Vec::new();
            for key in keys {
                // A filter for the one after the number before: the entry without its payload.
                let filter =
                    EntryFilter { after: Some(EntryKey(key.0.saturating_sub(1))), limit: 1, ..EntryFilter::default() };
                let Some(info) = self.entries(filter).await?.into_iter().find(|e| e.key == *key) else { continue };
                if info.state == EntryState::Taken || shared.locks.holds_entry(&info.place, &info.id) {
                    bulk.busy += 1;
                    continue;
                }
                changes.push(match action {
                    Action::Retry => Change::Reschedule {
                        key: info.key,
                        state: EntryState::Waiting,
                        due: now,
                        retries: info.retries,
                        crashes: 0,
                        // Where it waited for a person, a person has now decided that it may be sent. One that
                        // waits by itself was not shown as doubtful: its policy still decides.
                        doubt: info.doubt && info.state == EntryState::Waiting,
                        error: info.error.clone(),
                    },
                    Action::Delete => Change::Remove(info.key),
                    Action::Move(to) => {
                        if !matches!(info.place.kind, PlaceKind::Queue | PlaceKind::DataStore) {
                            let text = format!("entry {key} of {} cannot be moved", info.place);
                            return Err(OpsError::new(409, "R0107", text));
                        }
                        Change::Move { key: info.key, to: to.clone(), due: now }
                    }
                });
                if let (Action::Delete, PlaceKind::Delivery) = (action, info.place.kind) {
                    changes.extend(settled(shared, &info));
                }
                acted.push(info);
            }
            if !changes.is_empty() {
                self.commit(changes).await?;
            }
            bulk.done += acted.len() as u64;
            for info in acted {
                self.tell(&info, action);
            }
        }
        Ok(bulk)
    }

    /// What an action leaves in the message log, and who it wakes.
    fn tell(&self, info: &EntryInfo, action: &Action) {
        let shared = &self.runtime.shared;
        match action {
            Action::Retry => {
                shared.log_line(&consumers::message_id(info), format!("retried by an operator in {}", info.place));
                shared.hub.ring(&info.place);
            }
            Action::Delete => {
                let text = format!("deleted from {} by an operator", info.place);
                cancelled(shared, info);
                if info.place.kind != PlaceKind::DataStore || info.retries > 0 {
                    shared.log_status(&consumers::message_id(info), Status::Cancelled, &text);
                }
                shared.log_line(&info.message_id, text);
            }
            Action::Move(to) => {
                shared.log_line(&info.message_id, format!("moved from {} to {to} by an operator", info.place));
            }
        }
    }
}
