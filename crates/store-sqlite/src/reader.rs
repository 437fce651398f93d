//! The reading threads: each has its own connection, all share one line of questions.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use base::Fut;
use rusqlite::Connection;
use store::StoreError;
use tokio::sync::{mpsc, oneshot};

use crate::fault;
use crate::open::OpenError;

/// Questions that wait for a reader; more callers than this wait for their turn.
const WAITING: usize = 1_024;

type Question = Box<dyn FnOnce(&Connection) + Send>;

/// The reading threads.
pub(crate) struct Readers {
    /// `None` only while dropping.
    questions: Option<mpsc::Sender<Question>>,
    threads: Vec<JoinHandle<()>>,
}

impl Readers {
    /// Starts a thread per connection.
    pub fn start(connections: Vec<Connection>, path: &Path) -> Result<Self, OpenError> {
        let (sender, questions) = mpsc::channel::<Question>(WAITING);
        let questions = Arc::new(Mutex::new(questions));
        let mut readers = Readers { questions: Some(sender), threads: Vec::new() };
        for connection in connections {
            let questions = Arc::clone(&questions);
            let thread = std::thread::Builder::new()
                .name("store-reader".to_owned())
                .spawn(move || {
                    // The lock is held while waiting, so that exactly one idle thread takes the next question.
                    let next = || questions.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv();
                    while let Some(question) = next() {
                        question(&connection);
                    }
                })
                .map_err(OpenError::io(path))?;
            readers.threads.push(thread);
        }
        Ok(readers)
    }

    /// Asks; all reads of one question see the same state.
    pub fn ask<T, F>(&self, question: F) -> Fut<'static, Result<T, StoreError>>
    where
        F: FnOnce(&Connection) -> fault::Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let (answer, result) = oneshot::channel();
        let ask: Question = Box::new(move |connection| {
            // Whoever asked may have gone.
            let _ = answer.send(in_one_view(connection, question));
        });
        let questions = self.questions.clone();
        Box::pin(async move {
            let Some(questions) = questions else { return Err(fault::closed().into()) };
            if questions.send(ask).await.is_err() {
                return Err(fault::closed().into());
            }
            drop(questions);
            result.await.unwrap_or_else(|_| Err(fault::closed())).map_err(StoreError::from)
        })
    }
}

fn in_one_view<T>(connection: &Connection, question: impl FnOnce(&Connection) -> fault::Result<T>) -> fault::Result<T> {
    connection.prepare_cached("BEGIN")?.execute([])?;
    let result = question(connection);
    connection.prepare_cached("ROLLBACK")?.execute([])?;
    result
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.questions = None;
        for thread in self.threads.drain(..) {
            // A thread that panicked has said so already.
            let _ = thread.join();
        }
    }
}
