//! The ledger: every request that a receiver got, in order, and what it answered.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base::Entropy;

use crate::trap::{Trap, Victim};
use crate::{http, smtp};

/// One request at a receiver.
#[derive(Clone, Debug)]
pub struct Line {
    /// Place in the order of all requests and kills.
    pub at: u64,
    /// Receiver, such as `billing`.
    pub receiver: &'static str,
    /// Record, such as `D-17-2`.
    pub record: String,
    /// The `Idempotency-Key` header, empty without one.
    pub key: String,
    /// Whether the receiver took it (it may have failed to say so).
    pub taken: bool,
    /// Whether the receiver let the connection die after taking it.
    pub doubtful: bool,
}

/// All requests of all receivers.
#[derive(Default)]
pub struct Ledger {
    next: AtomicU64,
    lines: Mutex<Vec<Line>>,
    healthy: AtomicBool,
    /// What receivers have to do to the process.
    pub trap: Trap,
    /// Connections that are open.
    pub visitors: AtomicU64,
    /// Questions about deliveries that were answered.
    pub questions: AtomicU64,
}

impl Ledger {
    /// An empty ledger of receivers that can end a process.
    pub fn new(victim: Victim) -> Self {
        Ledger { trap: Trap::new(victim), ..Ledger::default() }
    }

    /// A place in the order, for kills.
    pub fn mark(&self) -> u64 {
        self.next.fetch_add(1, Ordering::SeqCst)
    }

    /// Writes a request down.
    pub fn write(&self, receiver: &'static str, record: String, key: String, taken: bool, doubtful: bool) {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let at = self.mark();
        lines.push(Line { at, receiver, record, key, taken, doubtful });
    }

    /// Whether a receiver has a delivery.
    pub fn has(&self, receiver: &str, key: &str) -> bool {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().rev().any(|l| l.taken && l.receiver == receiver && l.key == key)
    }

    /// Waits until the receivers have read all that a dead process had sent.
    pub async fn quiet(&self) {
        for _ in 0..200 {
            tokio::time::sleep(Duration::from_millis(25)).await;
            if self.visitors.load(Ordering::SeqCst) == 0 {
                return;
            }
        }
    }

    /// All lines so far.
    pub fn lines(&self) -> Vec<Line> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// From now on receivers take everything.
    pub fn become_healthy(&self) {
        self.healthy.store(true, Ordering::SeqCst);
    }

    /// What a receiver does with its next request.
    pub fn mood(&self, entropy: &dyn Entropy) -> Mood {
        if self.healthy.load(Ordering::SeqCst) {
            return Mood::Take;
        }
        match entropy.next_u64() % 100 {
            0..65 => Mood::Take,
            65..85 => Mood::Refuse,
            85..95 => Mood::TakeSlowly,
            _ => Mood::TakeAndDie,
        }
    }
}

/// What a receiver does with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// Takes it and says so.
    Take,
    /// Takes it, waits, says so: kills fall into the wait.
    TakeSlowly,
    /// Says 503 and does not take it.
    Refuse,
    /// Takes it and closes the connection without an answer.
    TakeAndDie,
}

/// Ports of the receivers.
pub struct Receivers {
    /// One HTTP port for all HTTP receivers; the path names the receiver.
    pub http: u16,
    /// SMTP port.
    pub smtp: u16,
}

/// Starts all receivers.
pub async fn start_receivers(ledger: &Arc<Ledger>, entropy: &Arc<dyn Entropy>) -> Result<Receivers, String> {
    let http = http::serve(ledger.clone(), entropy.clone()).await.map_err(|e| e.to_string())?;
    let smtp = smtp::serve(ledger.clone(), entropy.clone()).await.map_err(|e| e.to_string())?;
    Ok(Receivers { http, smtp })
}

/// The record that a body is about: the first word of the form `X-n-n` between `[[` and `]]`.
pub fn record_in(text: &str) -> String {
    text.split_once("[[").and_then(|(_, rest)| rest.split_once("]]")).map_or("", |(record, _)| record).to_owned()
}
