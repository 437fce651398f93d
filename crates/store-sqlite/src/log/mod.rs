//! The message log in `log.db`: events go down a bounded line to a thread of their own, which writes them in batches.

mod read;
mod thread;
mod write;

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use base::{Fut, MessageId, Status, Timestamp};
use store::{
    AttachmentRecord, LogEvent, MessageDetail, MessageFilter, MessageLog, MessageRecord, StoreError, TraceRecord,
};
use tokio::sync::{mpsc, oneshot};

use self::thread::{Item, Load};
use crate::open::{self, OpenError, Opened, Options};
use crate::reader::Readers;
use crate::{damage, fault};

/// Most events that wait to be written; what comes on top is dropped and counted.
const WAITING: usize = 65_536;
/// Most messages that one transaction of a sweep removes, so that events are written in between.
const SWEEP: u32 = 1_000;

/// The message log, in `log.db` of a directory.
///
/// It may lag behind, and a power failure may cost its last lines. Dropping it writes what waits.
pub struct SqliteLog {
    readers: Readers,
    /// `None` only while dropping.
    items: Option<mpsc::Sender<Item>>,
    load: Arc<Load>,
    thread: Option<JoinHandle<()>>,
    keep_unfinished: Duration,
    _lock: File,
}

impl SqliteLog {
    /// Opens the log of a directory; makes both where they are missing. The log is not encrypted: `options.key` is unused.
    ///
    /// # Errors
    /// [`OpenError`] says why it cannot be opened; nothing was changed then.
    pub fn open(dir: &Path, options: Options) -> Result<Self, OpenError> {
        let opened = open_or_begin_anew(dir, &options)?;
        let (items, waiting) = mpsc::channel(WAITING);
        let load = Arc::new(Load::default());
        let thread = {
            let load = Arc::clone(&load);
            let marker = damage::marker(&dir.join(open::LOG.file));
            std::thread::Builder::new()
                .name("log-writer".to_owned())
                .spawn(move || thread::work_off(&opened.writer, waiting, &load, &marker))
                .map_err(OpenError::io(dir))?
        };
        let readers = Readers::start(opened.readers, dir)?;
        Ok(SqliteLog {
            readers,
            items: Some(items),
            load,
            thread: Some(thread),
            keep_unfinished: options.keep_unfinished,
            _lock: opened.lock,
        })
    }

    /// Does `work` in a transaction of its own, after everything recorded before.
    fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&rusqlite::Connection) -> fault::Result<T> + Send + 'static,
    ) -> Fut<'static, Result<T, StoreError>> {
        let (answer, result) = oneshot::channel();
        let work = Item::Work(Box::new(move |connection| {
            // Whoever asked may have gone.
            let _ = answer.send(thread::in_transaction(connection, work));
        }));
        let items = self.items.clone();
        Box::pin(async move {
            let Some(items) = items else { return Err(fault::closed().into()) };
            if items.send(work).await.is_err() {
                return Err(fault::closed().into());
            }
            drop(items);
            result.await.unwrap_or_else(|_| Err(fault::closed())).map_err(StoreError::from)
        })
    }
}

/// Opens the log; a damaged one is set aside, because no message may wait for its history.
fn open_or_begin_anew(dir: &Path, options: &Options) -> Result<Opened, OpenError> {
    let path = dir.join(open::LOG.file);
    let why = if damage::marker(&path).exists() {
        "it was found damaged while it was written".to_owned()
    } else {
        match open::open(dir, &open::LOG, options, None) {
            Err(OpenError::Damaged { text, .. }) => text,
            opened => return opened,
        }
    };
    let aside = damage::set_aside(&path).map_err(OpenError::io(&path))?;
    tracing::error!(
        "S0202: the message log was damaged ({why}); it is now {}, and a new one was begun. Messages are not affected",
        aside.display()
    );
    open::open(dir, &open::LOG, options, None)
}

impl std::fmt::Debug for SqliteLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SqliteLog(..)")
    }
}

impl Drop for SqliteLog {
    fn drop(&mut self) {
        self.items = None;
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has said so already.
            let _ = thread.join();
        }
    }
}

impl MessageLog for SqliteLog {
    fn record(&self, event: LogEvent) {
        let Some(items) = &self.items else { return };
        let bytes = thread::payload_bytes(&event);
        if !self.load.admit(bytes) {
            return;
        }
        if items.try_send(Item::Event(event)).is_err() {
            self.load.refuse(bytes);
        }
    }

    fn flush(&self) -> Fut<'_, ()> {
        let done = self.write(|_| Ok(()));
        Box::pin(async move {
            // A log that is closed has nothing left to write.
            let _ = done.await;
        })
    }

    fn messages(&self, filter: MessageFilter) -> Fut<'_, Result<Vec<MessageRecord>, StoreError>> {
        self.readers.ask(move |c| read::messages(c, &filter))
    }

    fn counts(&self) -> Fut<'_, Result<Vec<(Status, u64)>, StoreError>> {
        self.readers.ask(read::counts)
    }

    fn message(&self, id: &MessageId) -> Fut<'_, Result<Option<MessageDetail>, StoreError>> {
        let id = id.clone();
        self.readers.ask(move |c| read::message(c, &id))
    }

    fn attachment(&self, id: &MessageId, name: &str) -> Fut<'_, Result<Option<AttachmentRecord>, StoreError>> {
        let (id, name) = (id.clone(), name.to_owned());
        self.readers.ask(move |c| read::attachment(c, &id, name))
    }

    fn trace(&self, id: &MessageId) -> Fut<'_, Result<Vec<TraceRecord>, StoreError>> {
        let id = id.clone();
        self.readers.ask(move |c| read::trace(c, &id))
    }

    fn recover(&self, now: Timestamp) -> Fut<'_, Result<u64, StoreError>> {
        self.write(move |c| write::recover(c, now))
    }

    fn sweep(&self, messages_before: Timestamp, traces_before: Timestamp) -> Fut<'_, Result<u64, StoreError>> {
        let longer = self.keep_unfinished;
        Box::pin(async move {
            let mut removed = 0;
            loop {
                let step = self.write(move |c| write::sweep(c, messages_before, longer, SWEEP)).await?;
                removed += u64::from(step);
                if step < SWEEP {
                    break;
                }
            }
            self.write(move |c| write::sweep_rest(c, messages_before, traces_before)).await?;
            Ok(removed)
        })
    }
}
