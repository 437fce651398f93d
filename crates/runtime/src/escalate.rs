//! Runs a flow's `on-escalated` process when a delivery or an entry of it is escalated.

use std::sync::Arc;

use base::{EntryKey, Failure, Message, MessageId};
use engine::Trigger;
use flow::Flow;
use store::{DeliveryRecord, Entry, EntryState, Place};

use crate::deploy::FlowState;
use crate::run::{self, Job};
use crate::runtime::Shared;

/// A delivery failed; where that escalated it, its parked entry holds the message.
pub(crate) fn delivery(shared: &Arc<Shared>, flow: &Arc<Flow>, state: &Arc<FlowState>, record: DeliveryRecord) {
    let (shared_task, flow, state) = (Arc::clone(shared), Arc::clone(flow), Arc::clone(state));
    shared.spawn(async move {
        let place = Place::delivery(&flow.name, &record.receiver);
        let found = shared_task.options.store.find(&place, &record.delivery.to_string()).await;
        if let Ok(Some(entry)) = found
            && entry.info.state == EntryState::Escalated
        {
            let error = record.error.clone().unwrap_or_default();
            alert(&shared_task, &flow, &state, entry, &record.receiver, &error, &record.message).await;
        }
    });
}

/// An entry of a queue, a data store or an inbox may have been escalated by a run of the flow.
pub(crate) fn entry(
    shared: &Arc<Shared>,
    flow: &Arc<Flow>,
    state: &Arc<FlowState>,
    key: EntryKey,
    place: &Place,
    failure: Option<&Failure>,
) {
    let (shared_task, flow, state) = (Arc::clone(shared), Arc::clone(flow), Arc::clone(state));
    let (place, failure) = (place.clone(), failure.cloned());
    shared.spawn(async move {
        let Ok(Some(entry)) = shared_task.options.store.entry(key).await else { return };
        if matches!(entry.info.state, EntryState::Escalated | EntryState::Blocked) {
            let error = failure.map(|f| f.to_string()).or_else(|| entry.info.error.clone()).unwrap_or_default();
            let message = crate::consumers::message_id(&entry.info);
            alert(&shared_task, &flow, &state, entry, &place.name, &error, &message).await;
        }
    });
}

/// Runs `on-escalated` with the escalated message; its own failures are logged and lead to nothing more.
pub(crate) async fn alert(
    shared: &Arc<Shared>,
    flow: &Arc<Flow>,
    state: &Arc<FlowState>,
    entry: Entry,
    receiver: &str,
    error: &str,
    of: &MessageId,
) {
    let Some(process) = flow.on_escalated else { return };
    let mut message = Message { properties: base::Properties::default(), ..entry.message };
    message.headers.set("SemelMessageId", of.as_str());
    message.headers.set("SemelReceiver", receiver);
    message.headers.set("SemelError", error);
    let job = Job {
        flow: Arc::clone(flow),
        state: Arc::clone(state),
        process,
        message,
        message_id: MessageId::fresh(shared.options.clock.now(), shared.options.entropy.as_ref()),
        correlation: entry.info.correlation,
        trigger: Trigger::Timer,
        text: format!("escalation of {of}"),
        keyed: None,
        origin: None,
        depth: 0,
        alerts: false,
    };
    if let Err(error) = run::run(shared, job).await {
        tracing::error!(flow = flow.name, %error, "on-escalated could not run");
    }
}
