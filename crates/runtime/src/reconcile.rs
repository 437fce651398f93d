//! After a start: messages that the log left in `RETRY` although nothing is parked for them any more.
//!
//! The message log may lag behind the store. A process that is killed between the commit of a delivery and the log's
//! own write leaves a message waiting for ever, for people at least. The store knows better.

use std::collections::HashSet;
use std::sync::Arc;

use base::{MessageId, Status};
use store::{EntryFilter, MessageFilter, StoreError};
use tokio::task::JoinHandle;

use crate::consumers;
use crate::runtime::Shared;

/// Most messages that one start looks at, newest first.
const MESSAGES: u32 = 100_000;
const PAGE: u32 = 1_000;

/// Puts the log right, beside everything else but the sweeper.
pub(crate) fn start(shared: &Arc<Shared>) -> JoinHandle<Option<()>> {
    let task = Arc::clone(shared);
    shared.spawn(async move {
        match reconcile(&task).await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "messages were completed before the last end, which the log had missed"),
            Err(error) => tracing::error!(%error, "cannot compare the message log with the store"),
        }
    })
}

async fn reconcile(shared: &Shared) -> Result<usize, StoreError> {
    // The messages first: what is parked after this question is then in the second answer.
    let filter = MessageFilter { status: vec![Status::Retry], limit: MESSAGES, ..MessageFilter::default() };
    let waiting = shared.options.log.messages(filter).await?;
    if waiting.is_empty() {
        return Ok(0);
    }
    let parked = parked(shared).await?;
    let done: Vec<MessageId> = waiting.into_iter().map(|m| m.id).filter(|id| !parked.contains(id)).collect();
    for message in &done {
        shared.log_status(message, Status::Completed, "nothing is parked for it; seen when Semel started");
    }
    Ok(done.len())
}

/// The messages that something is parked for, under the ids that their runs have.
async fn parked(shared: &Shared) -> Result<HashSet<MessageId>, StoreError> {
    let mut filter = EntryFilter { limit: PAGE, ..EntryFilter::default() };
    let mut parked = HashSet::new();
    loop {
        let page = shared.options.store.entries(filter.clone()).await?;
        let Some(last) = page.last() else { return Ok(parked) };
        filter.after = Some(last.key);
        parked.extend(page.iter().flat_map(|info| [info.message_id.clone(), consumers::message_id(info)]));
    }
}
