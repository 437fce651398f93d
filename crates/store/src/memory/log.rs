//! The message log in memory: for tests, scenarios and simulations.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use base::{CorrelationId, Fut, MessageId, Status, Timestamp};

use super::ready;
use crate::{
    AttachmentRecord, DeliveryRecord, KEEP_UNFINISHED, LogEvent, LogLine, MessageDetail, MessageFilter, MessageLog,
    MessageRecord, RunRecord, StoreError, TraceRecord,
};

/// A message log in memory.
#[derive(Debug, Default)]
pub struct MemoryLog {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    messages: BTreeMap<MessageId, Logged>,
    /// Lines of messages that have no record; they count by their own time.
    lines: Vec<LogLine>,
    deliveries: Vec<DeliveryRecord>,
    traces: Vec<TraceRecord>,
    records: u64,
}

#[derive(Debug)]
struct Logged {
    /// Orders messages that started in the same millisecond.
    number: u64,
    record: MessageRecord,
    runs: Vec<RunRecord>,
    attachments: Vec<AttachmentRecord>,
}

impl MemoryLog {
    /// An empty log.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn message(&mut self, id: &MessageId, correlation: &CorrelationId, flow: &str, started: Timestamp) -> &mut Logged {
        let records = &mut self.records;
        self.messages.entry(id.clone()).or_insert_with(|| {
            *records += 1;
            let record = MessageRecord {
                id: id.clone(),
                correlation: correlation.clone(),
                flow: flow.to_owned(),
                status: Status::Processing,
                custom_status: None,
                started,
                ended: None,
                retries: 0,
                error: None,
            };
            Logged { number: *records, record, runs: Vec::new(), attachments: Vec::new() }
        })
    }

    fn ended(&mut self, mut run: RunRecord) {
        let attachments = std::mem::take(&mut run.attachments);
        let logged = self.message(&run.message, &run.correlation, &run.flow, run.started);
        let record = &mut logged.record;
        record.status = run.status;
        record.ended = Some(run.ended);
        record.retries = record.retries.max(run.retries);
        record.error = run.error.clone().or(record.error.take());
        record.custom_status = run.custom_status.clone().or(record.custom_status.take());
        for attachment in attachments {
            logged.attachments.retain(|known| known.name != attachment.name);
            logged.attachments.push(attachment);
        }
        logged.runs.push(run);
    }

    fn record(&mut self, event: LogEvent) {
        match event {
            LogEvent::Started { message, correlation, flow, run: _, at, trigger: _ } => {
                let logged = self.message(&message, &correlation, &flow, at);
                logged.record.status = Status::Processing;
                logged.record.ended = None;
            }
            LogEvent::Ended(run) => self.ended(*run),
            LogEvent::Delivery(delivery) => {
                if let Some(logged) = self.messages.get_mut(&delivery.message) {
                    let record = &mut logged.record;
                    record.error = delivery.error.clone().or(record.error.take());
                    record.retries = record.retries.max(delivery.attempt.saturating_sub(1));
                }
                self.deliveries.push(*delivery);
            }
            LogEvent::Status { message, status, at, reason } => {
                if let Some(logged) = self.messages.get_mut(&message) {
                    logged.record.status = status;
                    logged.record.ended = (status != Status::Processing).then_some(at);
                }
                self.lines.push(LogLine { message, at, text: format!("{status}: {reason}") });
            }
            LogEvent::Line(line) => self.lines.push(line),
            LogEvent::Trace(trace) => self.traces.push(*trace),
        }
    }

    fn sweep(&mut self, messages_before: Timestamp, traces_before: Timestamp) -> u64 {
        let before = self.messages.len();
        let old: Vec<MessageId> = self
            .messages
            .iter()
            .filter(|(_, Logged { record, .. })| {
                let last = record.ended.map_or(record.started, |ended| ended.max(record.started));
                let unfinished = matches!(record.status, Status::Retry | Status::Escalated);
                last < messages_before && (!unfinished || record.started.plus(KEEP_UNFINISHED) < messages_before)
            })
            .map(|(id, _)| id.clone())
            .collect();
        for id in &old {
            self.messages.remove(id);
        }
        let messages = &self.messages;
        let swept = |id: &MessageId, at: Timestamp| {
            old.binary_search(id).is_ok() || (at < messages_before && !messages.contains_key(id))
        };
        self.lines.retain(|line| !swept(&line.message, line.at));
        self.deliveries.retain(|delivery| !swept(&delivery.message, delivery.at));
        self.traces.retain(|trace| trace.at >= traces_before && !swept(&trace.message_id, trace.at));
        (before - self.messages.len()) as u64
    }
}

fn fits(filter: &MessageFilter, logged: &Logged) -> bool {
    let record = &logged.record;
    let has_header = |(name, value): &(String, String)| {
        logged.runs.iter().flat_map(|run| &run.headers).any(|(n, v)| n == name && v == value)
    };
    (filter.status.is_empty() || filter.status.contains(&record.status))
        && filter.flow.as_ref().is_none_or(|flow| *flow == record.flow)
        && filter.id.as_ref().is_none_or(|id| record.id.as_str() == id || record.correlation.as_str() == id)
        && filter.header.as_ref().is_none_or(has_header)
        && filter.since.is_none_or(|since| record.started >= since)
        && filter.until.is_none_or(|until| record.started < until)
}

impl MessageLog for MemoryLog {
    fn record(&self, event: LogEvent) {
        self.state().record(event);
    }

    fn flush(&self) -> Fut<'_, ()> {
        ready(())
    }

    fn messages(&self, filter: MessageFilter) -> Fut<'_, Result<Vec<MessageRecord>, StoreError>> {
        let limit = if filter.limit == 0 { 50 } else { filter.limit as usize };
        let state = self.state();
        let mut found: Vec<&Logged> = state.messages.values().filter(|logged| fits(&filter, logged)).collect();
        found.sort_by_key(|logged| std::cmp::Reverse((logged.record.started, logged.number)));
        ready(Ok(found.into_iter().take(limit).map(|logged| logged.record.clone()).collect()))
    }

    fn counts(&self) -> Fut<'_, Result<Vec<(Status, u64)>, StoreError>> {
        let state = self.state();
        let count = |status| state.messages.values().filter(|logged| logged.record.status == status).count() as u64;
        ready(Ok(Status::ALL.into_iter().map(|status| (status, count(status))).filter(|(_, n)| *n > 0).collect()))
    }

    fn message(&self, id: &MessageId) -> Fut<'_, Result<Option<MessageDetail>, StoreError>> {
        let state = self.state();
        ready(Ok(state.messages.get(id).map(|logged| MessageDetail {
            record: logged.record.clone(),
            runs: logged.runs.clone(),
            deliveries: state.deliveries.iter().filter(|delivery| delivery.message == *id).cloned().collect(),
            lines: state.lines.iter().filter(|line| line.message == *id).cloned().collect(),
            attachments: logged
                .attachments
                .iter()
                .map(|a| (a.name.clone(), a.media_type.clone(), a.content.len() as u64))
                .collect(),
        })))
    }

    fn attachment(&self, id: &MessageId, name: &str) -> Fut<'_, Result<Option<AttachmentRecord>, StoreError>> {
        let state = self.state();
        let attachments = state.messages.get(id).map_or(&[][..], |logged| &logged.attachments);
        ready(Ok(attachments.iter().find(|attachment| attachment.name == name).cloned()))
    }

    fn trace(&self, id: &MessageId) -> Fut<'_, Result<Vec<TraceRecord>, StoreError>> {
        ready(Ok(self.state().traces.iter().filter(|trace| trace.message_id == *id).cloned().collect()))
    }

    fn recover(&self, now: Timestamp) -> Fut<'_, Result<u64, StoreError>> {
        let mut abandoned = 0;
        for logged in self.state().messages.values_mut().filter(|m| m.record.status == Status::Processing) {
            logged.record.status = Status::Abandoned;
            logged.record.ended = Some(now);
            abandoned += 1;
        }
        ready(Ok(abandoned))
    }

    fn sweep(&self, messages_before: Timestamp, traces_before: Timestamp) -> Fut<'_, Result<u64, StoreError>> {
        ready(Ok(self.state().sweep(messages_before, traces_before)))
    }
}
