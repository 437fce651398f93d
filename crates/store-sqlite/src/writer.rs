//! The writing thread: takes all work that waits, does it in one transaction, and answers when that is durable.
//!
//! One sync of the disk serves everybody who waits (group commit). Where a piece of work fails, all that waited is done
//! once more with a savepoint around each, so that it costs the others nothing; as long as none fails, which is nearly
//! always, the price of savepoints (a copy of every page touched) is not paid.

use std::path::Path;
use std::thread::JoinHandle;

use base::Fut;
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use crate::fault::{self, Fault};
use crate::open::OpenError;
use crate::present::Present;

/// Work that waits for the writer; more callers than this wait for their turn.
const WAITING: usize = 4_096;
/// Most pieces of work in one transaction.
const BATCH: usize = 1_024;

/// A piece of work and whoever waits for it.
trait Job: Send {
    /// Does it, possibly for a second time after the first was taken back; its changes stay unless it fails.
    fn run(&mut self, connection: &Connection) -> fault::Result<()>;
    /// Tells whoever waits; `lost` says why the transaction could not be made durable.
    fn answer(self: Box<Self>, lost: Option<&Fault>);
}

struct Pending<F, T, E> {
    work: F,
    result: Option<Result<T, E>>,
    answer: oneshot::Sender<Result<T, E>>,
}

impl<F, T, E> Job for Pending<F, T, E>
where
    F: FnMut(&Connection) -> fault::Result<T> + Send,
    T: Send,
    E: From<Fault> + Send,
{
    fn run(&mut self, connection: &Connection) -> fault::Result<()> {
        let result = (self.work)(connection);
        let done = result.as_ref().map(|_| ()).map_err(Fault::clone);
        self.result = Some(result.map_err(E::from));
        done
    }

    fn answer(self: Box<Self>, lost: Option<&Fault>) {
        let result = match (self.result, lost) {
            // What failed by itself has the better reason.
            (Some(Err(error)), _) => Err(error),
            (Some(Ok(value)), None) => Ok(value),
            (_, Some(fault)) => Err(E::from(fault.clone())),
            (None, None) => Err(E::from(fault::closed())),
        };
        // Whoever waited may have gone; what was committed stays committed.
        let _ = self.answer.send(result);
    }
}

/// The writing thread.
pub(crate) struct Writer {
    /// `None` only while dropping.
    jobs: Option<mpsc::Sender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread; it owns the connection, to the database at this path, until the writer is dropped.
    pub fn start(connection: Connection, path: &Path) -> Result<Self, OpenError> {
        let (sender, jobs) = mpsc::channel(WAITING);
        let present = Present::of(path);
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || work_off(&connection, present, jobs))
            .map_err(OpenError::io(path))?;
        Ok(Writer { jobs: Some(sender), thread: Some(thread) })
    }

    /// Does `work` in the next transaction; answers when it is durable. Once asked it is done, even if nobody waits any more.
    pub fn write<T, E, F>(&self, work: F) -> Fut<'static, Result<T, E>>
    where
        F: FnMut(&Connection) -> fault::Result<T> + Send + 'static,
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        let (answer, result) = oneshot::channel();
        let job: Box<dyn Job> = Box::new(Pending { work, result: None, answer });
        let jobs = self.jobs.clone();
        Box::pin(async move {
            let Some(jobs) = jobs else { return Err(E::from(fault::closed())) };
            if jobs.send(job).await.is_err() {
                return Err(E::from(fault::closed()));
            }
            // The thread may only end once all senders are gone: this one must not wait for its own answer.
            drop(jobs);
            result.await.unwrap_or_else(|_| Err(E::from(fault::closed())))
        })
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has said so already.
            let _ = thread.join();
        }
    }
}

fn work_off(connection: &Connection, mut present: Present, mut jobs: mpsc::Receiver<Box<dyn Job>>) {
    let mut batch = Vec::with_capacity(BATCH);
    while jobs.blocking_recv_many(&mut batch, BATCH) > 0 {
        let done = present.check().and_then(|()| transact(connection, &mut batch));
        // Nobody is told that something is durable in a file that was gone when it was written.
        let lost = done.and_then(|()| present.check()).err();
        if let Some(fault) = &lost {
            tracing::error!("a commit failed: {}", fault.0);
            roll_back(connection);
        }
        for job in batch.drain(..) {
            job.answer(lost.as_ref());
        }
    }
}

/// Runs all jobs in one transaction; an error means that none of them took effect.
fn transact(connection: &Connection, jobs: &mut [Box<dyn Job>]) -> fault::Result<()> {
    run(connection, "BEGIN IMMEDIATE")?;
    if jobs.iter_mut().all(|job| job.run(connection).is_ok()) {
        return run(connection, "COMMIT");
    }
    roll_back(connection);
    // One alone has its error already, and there is nobody to keep it apart from.
    if jobs.len() == 1 { Ok(()) } else { transact_apart(connection, jobs) }
}

/// Runs all jobs in one transaction, those that fail without their changes.
fn transact_apart(connection: &Connection, jobs: &mut [Box<dyn Job>]) -> fault::Result<()> {
    run(connection, "BEGIN IMMEDIATE")?;
    for job in jobs {
        run(connection, "SAVEPOINT work")?;
        if let Err(fault) = job.run(connection) {
            if connection.is_autocommit() {
                // A full disk ends the whole transaction, not only the statement.
                return Err(fault);
            }
            run(connection, "ROLLBACK TO work")?;
        }
        run(connection, "RELEASE work")?;
    }
    run(connection, "COMMIT")
}

fn run(connection: &Connection, sql: &str) -> fault::Result<()> {
    connection.prepare_cached(sql)?.execute([])?;
    Ok(())
}

fn roll_back(connection: &Connection) {
    if !connection.is_autocommit()
        && let Err(error) = connection.execute_batch("ROLLBACK")
    {
        tracing::error!("the failed commit could not be rolled back: {error}");
    }
}

#[cfg(test)]
mod tests;
