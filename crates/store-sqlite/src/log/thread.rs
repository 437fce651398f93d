//! The thread that writes the log: batches, and what becomes of events that it cannot write.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use base::{MessageId, Timestamp};
use rusqlite::Connection;
use store::{LogEvent, LogLine, StoreError};
use tokio::sync::mpsc;

use super::write;
use crate::fault;

/// Most events in one transaction.
const BATCH: usize = 1_024;
/// With fewer events than this at hand the thread waits a little for more: one transaction costs about as much as ten events.
const FEW: usize = 64;
const LINGER: Duration = Duration::from_millis(2);
/// After a failed transaction (a full disk) the thread waits, instead of failing as fast as it can.
const PAUSE: Duration = Duration::from_millis(250);
/// Most bytes of traced messages and attachments that wait to be written.
const PAYLOAD: u64 = 64 << 20;

/// What comes down the line to the thread.
pub(super) enum Item {
    Event(LogEvent),
    Work(Box<dyn FnOnce(&Connection) + Send>),
}

/// What waits, and what could not wait.
#[derive(Default)]
pub(super) struct Load {
    bytes: AtomicU64,
    dropped: AtomicU64,
}

impl Load {
    /// Whether an event with so many bytes of payload may wait; counts it as waiting or as dropped.
    pub fn admit(&self, bytes: u64) -> bool {
        if bytes > 0 && self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes > PAYLOAD {
            self.refuse(bytes);
            return false;
        }
        true
    }

    /// An event that was admitted is dropped after all.
    pub fn refuse(&self, bytes: u64) {
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
        self.dropped.fetch_add(1, Ordering::Relaxed);
    }
}

/// Bytes of an event that are worth counting.
pub(super) fn payload_bytes(event: &LogEvent) -> u64 {
    let bytes = match event {
        LogEvent::Trace(trace) => {
            trace.message.body.len() + trace.message.attachments.iter().map(|a| a.content.len()).sum::<usize>()
        }
        LogEvent::Ended(run) => run.attachments.iter().map(|a| a.content.len()).sum(),
        _ => 0,
    };
    bytes as u64
}

pub(super) fn work_off(connection: &Connection, mut items: mpsc::Receiver<Item>, load: &Load, marker: &Path) {
    let mut waiting = Vec::with_capacity(BATCH);
    let mut events = Vec::with_capacity(BATCH);
    // The time of the newest event: the log has no clock of its own.
    let mut newest = Timestamp::default();
    while items.blocking_recv_many(&mut waiting, BATCH) > 0 {
        let urgent = waiting.iter().any(|item| matches!(item, Item::Work(_)));
        if waiting.len() < FEW && !urgent && !items.is_closed() {
            std::thread::sleep(LINGER);
        }
        for item in waiting.drain(..) {
            match item {
                Item::Event(event) => {
                    newest = newest.max(time(&event));
                    events.push(event);
                }
                Item::Work(work) => {
                    write_events(connection, &mut events, newest, load, marker);
                    work(connection);
                }
            }
        }
        write_events(connection, &mut events, newest, load, marker);
    }
}

fn time(event: &LogEvent) -> Timestamp {
    match event {
        LogEvent::Started { at, .. } | LogEvent::Status { at, .. } => *at,
        LogEvent::Ended(run) => run.ended,
        LogEvent::Delivery(delivery) => delivery.at,
        LogEvent::Line(line) => line.at,
        LogEvent::Trace(trace) => trace.at,
    }
}

/// Writes events in one transaction, and a line about those that were dropped before or that cannot be written.
fn write_events(connection: &Connection, events: &mut Vec<LogEvent>, now: Timestamp, load: &Load, marker: &Path) {
    let bytes: u64 = events.iter().map(payload_bytes).sum();
    load.bytes.fetch_sub(bytes, Ordering::Relaxed);
    let overflow = load.dropped.swap(0, Ordering::Relaxed);
    if events.is_empty() && overflow == 0 {
        return;
    }
    let written = in_transaction(connection, |connection| {
        let mut refused = 0;
        for event in events.iter() {
            if let Err(fault) = write::event(connection, event) {
                if connection.is_autocommit() {
                    // The transaction is gone, not only this event.
                    return Err(fault);
                }
                tracing::warn!("an event of the message log was not written: {}", fault.0);
                refused += 1;
            }
        }
        let dropped = overflow + refused;
        if dropped > 0 {
            let text = format!("S0201: {dropped} events could not be written to the message log and were dropped");
            tracing::warn!("{text}");
            write::line(connection, &LogLine { message: MessageId::from_text(""), at: now, text })?;
        }
        Ok(())
    });
    if let Err(fault) = written {
        // Told again with the next batch that can be written.
        load.dropped.fetch_add(overflow + events.len() as u64, Ordering::Relaxed);
        tracing::warn!("the message log cannot be written, {} events are lost: {}", events.len(), fault.0);
        if StoreError::from(fault).0.starts_with("S0003") && !marker.exists() {
            // The next start sets the file aside.
            let told = std::fs::write(marker, "the message log is damaged: the next start of Semel begins a new one\n");
            tracing::error!(?told, "S0202: the message log is damaged; the next start of Semel begins a new one");
        }
        std::thread::sleep(PAUSE);
    }
    events.clear();
}

/// Runs `work` in a transaction.
pub(super) fn in_transaction<T>(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> fault::Result<T>,
) -> fault::Result<T> {
    let run = |sql: &str| connection.prepare_cached(sql)?.execute([]);
    run("BEGIN IMMEDIATE")?;
    let result = work(connection).and_then(|value| Ok(run("COMMIT").map(|_| value)?));
    if result.is_err() && !connection.is_autocommit() {
        run("ROLLBACK")?;
    }
    result
}
