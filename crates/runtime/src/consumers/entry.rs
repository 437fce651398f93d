//! One entry of a queue, a data store or an inbox becomes a run.

use std::sync::Arc;
use std::time::Duration;

use base::{Status, Timestamp};
use engine::Trigger;
use flow::{ProcessIx, RetryPolicy};
use store::{Change, Entry, EntryInfo, EntryState, PlaceKind};

use crate::deploy::Slot;
use crate::locks::Lock;
use crate::runtime::Shared;
use crate::{alert, escalate, run};

/// Processings that may end in a crash before an entry is blocked.
pub(super) const CRASHES: u32 = 3;
/// When an entry is looked at again that another run holds, or that could not be begun.
const LATER: Duration = Duration::from_secs(10);

/// Runs an entry that was claimed.
pub(super) async fn work(
    shared: &Arc<Shared>,
    slot: &Arc<Slot>,
    process: ProcessIx,
    policy: RetryPolicy,
    crash_protection: bool,
    entry: Entry,
) {
    let info = entry.info.clone();
    let message_id = super::message_id(&info);
    let Some(_own) = super::own(shared, &info, Lock::Claimed(info.key)).await else { return };
    if crash_protection && info.crashes >= CRASHES {
        block(shared, slot, entry).await;
        return;
    }
    // A run that selected this entry before it was claimed still works on it.
    if info.place.kind == PlaceKind::DataStore && shared.locks.holds_entry(&info.place, &info.id) {
        release(shared, &info, shared.options.clock.now().plus(Duration::from_secs(1)), info.error.clone()).await;
        return;
    }
    let permit = tokio::select! {
        biased;
        permit = shared.gate.acquire() => permit,
        () = slot.cancel.cancelled() => {
            // Claimed, not begun: it waits again for the next version or the next start.
            release(shared, &info, info.due, info.error.clone()).await;
            return;
        }
    };
    let Some(entry) = alert::due(shared, slot, process, entry).await else { return };
    if info.crashes > 0 {
        // Whoever finds a repeat at a receiver finds the reason here.
        let text = "a processing of this message did not end: what it sent and did not record is sent again";
        shared.log_line(&message_id, format!("{text} ({} of {CRASHES} crashes)", info.crashes));
    }
    let text = match info.place.kind {
        PlaceKind::Inbox => "inbox".to_owned(),
        kind => format!("{} {}, from message {}", kind.as_str(), info.place.name, info.message_id),
    };
    let job = run::Job {
        flow: Arc::clone(&slot.flow),
        state: Arc::clone(&slot.state),
        process,
        message: addressed(&info, entry.message),
        origin: Some(message_id.clone()),
        message_id,
        correlation: info.correlation.clone(),
        trigger: Trigger::Parked {
            key: info.key,
            place: info.place.clone(),
            retries: info.retries,
            crashes: info.crashes,
            policy,
            interface: info.interface.clone(),
        },
        text,
        keyed: None,
        depth: 0,
        alerts: true,
    };
    if let Err(error) = run::run(shared, job).await {
        tracing::error!(place = %info.place, %error, "an entry could not be begun; it waits again");
        release(shared, &info, shared.options.clock.now().plus(LATER), Some(error.to_string())).await;
    }
    drop(permit);
}

/// The message with the headers that tell a flow which entry it is (SAP's names). Inbox messages came over HTTP and
/// stay as they came.
fn addressed(info: &EntryInfo, mut message: base::Message) -> base::Message {
    match info.place.kind {
        PlaceKind::Queue => {
            message.headers.set("JMSTimestamp", info.created.0);
            message.headers.set("JMSExpiration", info.expires.0);
        }
        PlaceKind::DataStore => message.headers.set("SapDataStoreId", info.id.as_str()),
        PlaceKind::Inbox | PlaceKind::Delivery => {}
    }
    message
}

/// An entry waits as it is, but until then.
pub(crate) fn due_at(info: EntryInfo, due: Timestamp) -> Change {
    let EntryInfo { key, retries, crashes, doubt, error, .. } = info;
    Change::Reschedule { key, state: EntryState::Waiting, due, retries, crashes, doubt, error }
}

/// Puts an entry back that was claimed and not begun. Tries until the store can.
pub(crate) async fn release(shared: &Shared, info: &EntryInfo, due: Timestamp, error: Option<String>) {
    let change = due_at(EntryInfo { error, ..info.clone() }, due);
    let mut pause = Duration::from_millis(200);
    while let Err(error) = shared.commit(vec![change.clone()]).await {
        tracing::error!(place = %info.place, key = %info.key, %error, "cannot put an entry back; trying again");
        tokio::select! {
            biased;
            () = tokio::time::sleep(pause) => pause = (pause * 2).min(Duration::from_secs(30)),
            () = shared.kill.cancelled() => return,
        }
    }
}

pub(super) async fn block(shared: &Arc<Shared>, slot: &Arc<Slot>, entry: Entry) {
    let info = &entry.info;
    let text = format!("blocked: {} processings did not survive it; retry it by hand", info.crashes);
    let change = Change::Reschedule {
        key: info.key,
        state: EntryState::Blocked,
        due: info.due,
        retries: info.retries,
        crashes: info.crashes,
        doubt: info.doubt,
        error: Some(text.clone()),
    };
    if let Err(error) = shared.commit(vec![change]).await {
        tracing::error!(place = %info.place, key = %info.key, %error, "cannot block an entry");
        release(shared, info, shared.options.clock.now().plus(LATER), info.error.clone()).await;
        return;
    }
    let message = super::message_id(info);
    shared.log_status(&message, Status::Escalated, &text);
    shared.log_line(&message, text);
    if slot.flow.on_escalated.is_some() {
        escalate::entry(shared, &slot.flow, &slot.state, info.key, &info.place, None);
    }
}
