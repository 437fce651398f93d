//! The message log of a world: keeps what was said, so that the checkers see whether anything was silent.

use std::sync::{Arc, Mutex, PoisonError};

use base::{Fut, MessageId, Status, Timestamp};
use store::{
    AttachmentRecord, DeliveryRecord, LogEvent, LogLine, MemoryLog, MessageDetail, MessageFilter, MessageLog,
    MessageRecord, StoreError, TraceRecord,
};

use crate::observe::{Sim, short};
use crate::planted::Planted;

/// What was said.
#[derive(Default)]
pub struct Said {
    /// Lines.
    pub lines: Vec<LogLine>,
    /// Attempts.
    pub deliveries: Vec<DeliveryRecord>,
    /// Changes of status outside runs.
    pub statuses: Vec<(MessageId, Status)>,
}

/// The message log of a world; it survives crashes.
pub struct SimLog {
    /// The world.
    pub sim: Arc<Sim>,
    /// What was said.
    pub said: Mutex<Said>,
    inner: MemoryLog,
}

impl SimLog {
    /// An empty log.
    pub fn new(sim: Arc<Sim>) -> Self {
        SimLog { sim, said: Mutex::default(), inner: MemoryLog::new() }
    }
}

impl MessageLog for SimLog {
    fn record(&self, event: LogEvent) {
        if self.sim.state().dead {
            return;
        }
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        match &event {
            LogEvent::Line(_) if self.sim.has(Planted::Silent) => return,
            LogEvent::Line(line) => {
                self.sim.trace(format!("log {} {}", short(line.message.as_str()), line.text));
                said.lines.push(line.clone());
            }
            LogEvent::Delivery(record) => {
                let (key, to) = (record.delivery.to_string(), &record.receiver);
                self.sim.trace(format!("log {} {to} attempt {} {}", short(&key), record.attempt, record.outcome));
                said.deliveries.push(record.as_ref().clone());
            }
            LogEvent::Status { message, status, .. } => said.statuses.push((message.clone(), *status)),
            LogEvent::Ended(run) => {
                let (id, error) = (short(run.message.as_str()), run.error.as_deref().unwrap_or(""));
                self.sim.trace(format!("run {} {id} {} {error}", run.flow, run.status.as_str()));
            }
            _ => {}
        }
        drop(said);
        self.inner.record(event);
    }

    fn flush(&self) -> Fut<'_, ()> {
        self.inner.flush()
    }

    fn messages(&self, filter: MessageFilter) -> Fut<'_, Result<Vec<MessageRecord>, StoreError>> {
        self.inner.messages(filter)
    }

    fn counts(&self) -> Fut<'_, Result<Vec<(Status, u64)>, StoreError>> {
        self.inner.counts()
    }

    fn message(&self, id: &MessageId) -> Fut<'_, Result<Option<MessageDetail>, StoreError>> {
        self.inner.message(id)
    }

    fn attachment(&self, id: &MessageId, name: &str) -> Fut<'_, Result<Option<AttachmentRecord>, StoreError>> {
        self.inner.attachment(id, name)
    }

    fn trace(&self, id: &MessageId) -> Fut<'_, Result<Vec<TraceRecord>, StoreError>> {
        self.inner.trace(id)
    }

    fn recover(&self, now: Timestamp) -> Fut<'_, Result<u64, StoreError>> {
        self.inner.recover(now)
    }

    fn sweep(&self, messages_before: Timestamp, traces_before: Timestamp) -> Fut<'_, Result<u64, StoreError>> {
        self.inner.sweep(messages_before, traces_before)
    }
}
