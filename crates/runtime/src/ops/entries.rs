//! What operators can do with parked entries: retry, delete, move, stop and start; of a message or of a place.

use std::collections::BTreeSet;

use base::{EntryKey, MessageId, Status};
use bytes::Bytes;
use store::{Change, DeliveryEnd, DeliveryRecord, EntryFilter, EntryInfo, EntryState, LogEvent, Place, PlaceKind};

use super::{Answer, Bulk, Ops, OpsError, Preview, Selection};
use crate::runtime::Shared;
use crate::{consumers, deploy};

/// Most entries that one call acts on.
pub(super) const MOST: usize = 10_000;
/// Entries that a preview shows.
const SHOWN: usize = 20;
/// Entries in one page, and in one commit.
const PAGE: u32 = 1_000;
/// Most queue entries that are looked at for those of a message.
const SCANNED: usize = 200_000;

/// What was found, and the last number that was looked at where there is more.
pub(super) struct Found<T> {
    pub all: Vec<T>,
    pub more: Option<EntryKey>,
}

impl Found<EntryInfo> {
    fn keys(self) -> Found<EntryKey> {
        Found { all: self.all.into_iter().map(|e| e.key).collect(), more: self.more }
    }
}

/// What is done to entries.
#[derive(Clone)]
enum Action {
    Retry,
    /// Retry with another body.
    Correct(Bytes),
    Delete,
    Move(Place),
}

impl Action {
    /// What it changes of an entry.
    fn changes(&self, shared: &Shared, info: &EntryInfo) -> Answer<Vec<Change>> {
        let now = shared.options.clock.now();
        let retry = Change::Reschedule {
            key: info.key,
            state: EntryState::Waiting,
            due: now,
            retries: info.retries,
            crashes: 0,
            // Where it waited for a person, a person has now decided that it may be sent. One that waits by itself was
            // not shown as doubtful: its policy still decides.
            doubt: info.doubt && info.state == EntryState::Waiting,
            error: info.error.clone(),
        };
        Ok(match self {
            Action::Retry => vec![retry],
            Action::Correct(body) => vec![Change::Correct { key: info.key, body: body.clone() }, retry],
            Action::Delete if info.place.kind == PlaceKind::Delivery => {
                [Change::Remove(info.key)].into_iter().chain(settled(shared, info)).collect()
            }
            Action::Delete => vec![Change::Remove(info.key)],
            Action::Move(to) if matches!(info.place.kind, PlaceKind::Queue | PlaceKind::DataStore) => {
                vec![Change::Move { key: info.key, to: to.clone(), due: now }]
            }
            Action::Move(_) => {
                let text = format!("entry {} of {} cannot be moved", info.key, info.place);
                return Err(OpsError::new(409, "R0107", text));
            }
        })
    }
}

/// Entries were named, and none of them is there.
fn missing(first: EntryKey, count: u64) -> OpsError {
    let text = match count {
        1 => format!("there is no entry {first}"),
        count => format!("none of these {count} entries is there"),
    };
    OpsError::new(404, "R0102", text)
}

/// A person decided that a delivery is over: no further run of its message sends it again.
fn settled(shared: &Shared, info: &EntryInfo) -> Option<Change> {
    let expires = shared.options.clock.now().plus(shared.options.retention.keys);
    let (message, flow) = (info.recorded_under().clone(), info.place.flow.clone());
    Some(Change::GivenUp { message, flow, deliveries: vec![info.id.parse().ok()?], expires })
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
    /// Tries all parked entries of a message again, now (retry by hand: works for escalated ones too): those after a
    /// number, where a call before said that there are more.
    pub async fn retry_message(&self, id: &MessageId, after: Option<EntryKey>) -> Answer<Bulk> {
        self.act(self.of_message(id, after).await?.keys(), &Action::Retry).await
    }

    /// Deletes all parked entries of a message; its status becomes CANCELLED.
    pub async fn cancel_message(&self, id: &MessageId, after: Option<EntryKey>) -> Answer<Bulk> {
        self.act(self.of_message(id, after).await?.keys(), &Action::Delete).await
    }

    /// What an action on all parked entries of a message would be done to.
    pub async fn preview_message(&self, id: &MessageId, after: Option<EntryKey>) -> Answer<Preview> {
        Ok(self.look(self.of_message(id, after).await?))
    }

    /// What an action on entries would be done to.
    pub async fn preview(&self, which: Selection) -> Answer<Preview> {
        let found = match which {
            Selection::Filter(filter) => self.pages(filter, MOST).await?,
            Selection::Keys(_) => {
                let Found { all: keys, more } = self.keys_of(which).await?;
                let mut all = Vec::new();
                for key in &keys {
                    all.extend(consumers::info_of(&self.runtime.shared, *key).await?);
                }
                if let (Some(first), true) = (keys.first(), all.is_empty()) {
                    return Err(missing(*first, keys.len() as u64));
                }
                Found { all, more }
            }
        };
        Ok(self.look(found))
    }

    /// Tries entries again, now.
    pub async fn retry_entries(&self, which: Selection) -> Answer<Bulk> {
        self.act_on_selection(which, &Action::Retry).await
    }

    /// Tries an entry again, now, with another body: what it is, and under which delivery id, stays. A message of which
    /// something is delivered or parked keeps its body: ids of its deliveries say which record they were, not what it said.
    pub async fn retry_corrected(&self, key: EntryKey, body: Bytes) -> Answer<Bulk> {
        let info = self.entry(key).await?.info;
        if info.place.kind != PlaceKind::Delivery {
            self.nothing_of(&consumers::message_id(&info)).await?;
        }
        self.act(Found { all: vec![key], more: None }, &Action::Correct(body)).await
    }

    /// Nothing of a message was delivered, written or parked.
    async fn nothing_of(&self, message: &MessageId) -> Answer<()> {
        let store = &self.runtime.shared.options.store;
        let (kind, message_id) = (Some(PlaceKind::Delivery), Some(message.clone()));
        let filter = EntryFilter { kind, message_id, limit: 1, ..EntryFilter::default() };
        if store.outcomes(message).await?.is_empty() && store.entries(filter).await?.is_empty() {
            return Ok(());
        }
        let text = "some of this message is delivered, written or parked already, and another body would be mixed with it: \
                    correct its parked deliveries, or delete this entry and send the corrected message as a new one";
        Err(OpsError::new(409, "R0107", text))
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
        // One at a time, together with what is made known of it: of two orders at once the later one is in force.
        let _alone = self.runtime.shared.claims.write().await;
        let (at, only) = (place.clone(), interface.clone());
        let change = match interface {
            Some(interface) => Change::StopInterface { place, interface, stopped },
            None => Change::StopPlace { place, stopped },
        };
        self.commit(vec![change]).await?;
        // From the order itself: a read of what is stored could fail, and first attempts would go on.
        self.runtime.shared.stops.order(&at, only.as_deref(), stopped);
        Ok(())
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
            }
            gone.extend(page);
            if !full {
                break;
            }
            filter.after = last;
        }
        changes.push(Change::DropPlace(place.clone()));
        self.commit(changes).await?;
        shared.stops.forget(&place);
        for info in gone {
            cancelled(shared, &info);
            shared.log_line(&info.message_id, format!("deleted together with {place} by {}", self.by));
        }
        Ok(())
    }

    /// The parked entries of a message, by number: at most as many as one call acts on.
    async fn of_message(&self, id: &MessageId, after: Option<EntryKey>) -> Answer<Found<EntryInfo>> {
        self.flush().await;
        let detail = self.runtime.shared.options.log.message(id).await?;
        let known = detail.is_some();
        let correlation = detail.map(|d| d.record.correlation);
        let of_kind = |kind| EntryFilter { kind: Some(kind), after, ..EntryFilter::default() };
        let mut entries = Vec::new();
        let mut seen = Vec::new();
        for kind in [PlaceKind::Delivery, PlaceKind::Inbox] {
            let filter = EntryFilter { message_id: Some(id.clone()), ..of_kind(kind) };
            let found = self.pages(filter, MOST).await?;
            entries.extend(found.all);
            seen.extend(found.more);
        }
        // Queue entries carry their producer's message: the consumer's side is recognised one by one.
        let queued = self.pages(of_kind(PlaceKind::Queue), SCANNED).await?;
        entries.extend(queued.all.into_iter().filter(|e| {
            e.message_id == *id || Some(&e.correlation) == correlation.as_ref() || consumers::message_id(e) == *id
        }));
        seen.extend(queued.more);
        if entries.is_empty() && !known {
            return Err(OpsError::no_message(id));
        }
        // All that there is was seen up to the number at which the first search ended.
        let mut more = seen.into_iter().min();
        entries.retain(|e| more.is_none_or(|last| e.key <= last));
        entries.sort_by_key(|e| e.key);
        if entries.len() > MOST {
            entries.truncate(MOST);
            more = entries.last().map(|e| e.key);
        }
        Ok(Found { all: entries, more })
    }

    async fn act_on_selection(&self, which: Selection, action: &Action) -> Answer<Bulk> {
        let named = if let Selection::Keys(keys) = &which { keys.first().copied() } else { None };
        let bulk = self.act(self.keys_of(which).await?, action).await?;
        match named {
            Some(first) if bulk.done == 0 && bulk.busy == 0 => Err(missing(first, bulk.gone)),
            _ => Ok(bulk),
        }
    }

    async fn keys_of(&self, which: Selection) -> Answer<Found<EntryKey>> {
        match which {
            Selection::Keys(keys) => {
                let mut keys = keys.into_iter().collect::<BTreeSet<_>>().into_iter();
                let all: Vec<_> = keys.by_ref().take(MOST).collect();
                let more = keys.next().and(all.last().copied());
                Ok(Found { all, more })
            }
            Selection::Filter(filter) => Ok(self.pages(filter, MOST).await?.keys()),
        }
    }

    /// What was found, counted by whether it is left alone.
    fn look(&self, found: Found<EntryInfo>) -> Preview {
        let mut preview = Preview { more: found.more, ..Preview::default() };
        for info in found.all {
            if self.busy(&info) {
                preview.busy += 1;
                continue;
            }
            preview.done += 1;
            if preview.entries.len() < SHOWN {
                preview.entries.push(info);
            }
        }
        preview
    }

    /// Whether an entry is being processed.
    fn busy(&self, info: &EntryInfo) -> bool {
        info.state == EntryState::Taken || self.runtime.shared.locks.holds_entry(&info.place, &info.id)
    }

    /// All pages of a filter, up to a number of entries, or to the filter's own limit where that is less.
    pub(super) async fn pages(&self, mut filter: EntryFilter, most: usize) -> Answer<Found<EntryInfo>> {
        let most = if filter.limit == 0 { most } else { most.min(filter.limit as usize) };
        filter.limit = PAGE;
        let mut all: Vec<EntryInfo> = Vec::new();
        // One more than wanted says that there is more.
        while all.len() <= most {
            let page = self.entries(filter.clone()).await?;
            let full = page.len() >= PAGE as usize;
            filter.after = page.last().map(|e| e.key);
            all.extend(page);
            if !full {
                break;
            }
        }
        let cut = all.len() > most;
        all.truncate(most);
        let more = if cut { all.last().map(|e| e.key) } else { None };
        Ok(Found { all, more })
    }

    /// Acts on entries in commits of a bounded size; what is being processed is left alone.
    async fn act(&self, which: Found<EntryKey>, action: &Action) -> Answer<Bulk> {
        let shared = &self.runtime.shared;
        let mut bulk = Bulk { more: which.more, ..Bulk::default() };
        for keys in which.all.chunks(PAGE as usize) {
            let _alone = shared.claims.write().await;
            let mut acted = Vec::new();
            let mut changes = Vec::new();
            for key in keys {
                match consumers::info_of(shared, *key).await? {
                    Some(info) if self.busy(&info) => bulk.busy += 1,
                    Some(info) => {
                        changes.extend(action.changes(shared, &info)?);
                        acted.push(info);
                    }
                    None => bulk.gone += 1,
                }
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
        let (shared, by, place) = (&self.runtime.shared, &self.by, &info.place);
        match action {
            Action::Retry | Action::Correct(_) => {
                let how = match action {
                    Action::Correct(body) => format!(" with a corrected body of {} bytes", body.len()),
                    _ => String::new(),
                };
                shared.log_line(&consumers::message_id(info), format!("retried{how} by {by} in {place}"));
            }
            Action::Delete => {
                let text = format!("deleted from {place} by {by}");
                cancelled(shared, info);
                if place.kind != PlaceKind::DataStore || info.retries > 0 {
                    shared.log_status(&consumers::message_id(info), Status::Cancelled, &text);
                }
                shared.log_line(&info.message_id, text);
            }
            Action::Move(to) => {
                shared.log_line(&info.message_id, format!("moved from {place} to {to} by {by}"));
            }
        }
        // It is due, or it is gone and who waits behind it has its turn.
        shared.hub.ring(place);
    }
}
