//! The senders: four kinds of messages, each with records of its own, sent until they are acknowledged.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base::Entropy;
use tokio::task::JoinHandle;

use crate::ledger::Ledger;
use crate::process::Semel;

/// One of the designs under test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Design {
    /// Data store per receiver.
    A,
    /// Shared error handler.
    B,
    /// Store first.
    C,
    /// Exactly once.
    D,
}

/// A message as its sender knows it.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Which design.
    pub design: Design,
    /// Path that it was posted to.
    pub path: &'static str,
    /// Its records.
    pub records: Vec<String>,
    /// Receivers that each record must reach.
    pub receivers: &'static [&'static str],
    /// What Semel calls it, once acknowledged.
    pub message_id: Option<String>,
    /// Its sender got a success answer.
    pub acknowledged: bool,
    /// How often it was posted; only the last post can have been acknowledged.
    pub posts: u32,
}

/// All messages of a run.
pub struct Traffic {
    address: String,
    client: reqwest::Client,
    entropy: Arc<dyn Entropy>,
    next: AtomicU64,
    stop: Arc<AtomicBool>,
    sent: Mutex<BTreeMap<u64, Sent>>,
}

impl Traffic {
    /// Traffic to one address.
    pub fn new(address: String, entropy: Arc<dyn Entropy>) -> Self {
        let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(20)).build().unwrap_or_default();
        Traffic { address, client, entropy, next: AtomicU64::new(1), stop: Arc::default(), sent: Mutex::default() }
    }

    /// Senders that send until a request fails, because the process was killed.
    pub fn spawn_senders(self: &Arc<Self>, count: usize) -> Vec<JoinHandle<()>> {
        self.stop.store(false, Ordering::SeqCst);
        let sender = |traffic: Arc<Self>| async move { while traffic.post_new().await {} };
        (0..count).map(|_| tokio::spawn(sender(self.clone()))).collect()
    }

    /// Sends a new message, or an unacknowledged one again; false when no answer came.
    async fn post_new(&self) -> bool {
        let number = self.pick();
        self.post(number).await
    }

    fn pick(&self) -> u64 {
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        let number = self.next.fetch_add(1, Ordering::SeqCst);
        let (design, path, receivers): (_, _, &[&str]) = match self.entropy.next_u64() % 6 {
            0 => (Design::A, "/employees", &["mail", "payroll"]),
            1 => (Design::B, "/shop/orders", &["orders"]),
            2 => (Design::B, "/shop/invoices", &["invoices"]),
            3 => (Design::C, "/invoices", &["ledger"]),
            _ => (Design::D, "/orders", &["billing", "warehouse"]),
        };
        let count = match design {
            Design::A | Design::D => 1 + self.entropy.next_u64() % 4,
            Design::B | Design::C => 1,
        };
        let records = (1..=count).map(|r| format!("{design:?}-{number}-{r}")).collect();
        sent.insert(number, Sent { design, path, records, receivers, message_id: None, acknowledged: false, posts: 0 });
        number
    }

    async fn post(&self, number: u64) -> bool {
        let message = {
            let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(message) = sent.get_mut(&number) else { return false };
            message.posts += 1;
            message.clone()
        };
        let url = format!("http://{}/http{}", self.address, message.path);
        let request = self
            .client
            .post(url)
            .header("Content-Type", "application/xml")
            .header("Idempotency-Key", format!("\"message-{number}\""))
            .body(body(&message));
        let Ok(answer) = request.send().await else { return false };
        let id = answer.headers().get("semel-message-id").and_then(|v| v.to_str().ok()).map(str::to_owned);
        let good = answer.status().is_success();
        // Acknowledged is an answer that arrived whole.
        if answer.bytes().await.is_err() {
            return false;
        }
        if good {
            let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(message) = sent.get_mut(&number) {
                message.acknowledged = true;
                message.message_id = id;
            }
        }
        true
    }

    /// Sends every unacknowledged message again until it is acknowledged.
    pub async fn resend_unacknowledged(&self) -> Result<(), String> {
        for attempt in 0..20 {
            let open: Vec<u64> = self.messages().into_iter().filter(|(_, m)| !m.acknowledged).map(|(n, _)| n).collect();
            if open.is_empty() {
                return Ok(());
            }
            if attempt > 0 {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            for number in open {
                self.post(number).await;
            }
        }
        let open: Vec<_> = self.messages().into_values().filter(|m| !m.acknowledged).take(3).collect();
        Err(format!("messages are refused although nothing disturbs: {open:?}"))
    }

    /// All messages by number.
    pub fn messages(&self) -> BTreeMap<u64, Sent> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// One line for the progress bar.
    pub fn summary(&self) -> String {
        let messages = self.messages();
        let acknowledged = messages.values().filter(|m| m.acknowledged).count();
        format!("{} sent, {acknowledged} acknowledged", messages.len())
    }

    /// Waits until every record is at each of its receivers; false when the time is over.
    pub async fn wait_until_settled(&self, _semel: &Semel, ledger: &Ledger, limit: Duration) -> Result<bool, String> {
        let mut waited = Duration::ZERO;
        let step = Duration::from_millis(500);
        loop {
            if crate::verify::missing(&self.messages(), &ledger.lines()).is_empty() {
                // The last answers are on their way to the store.
                tokio::time::sleep(step).await;
                return Ok(true);
            }
            if waited >= limit {
                return Ok(false);
            }
            tokio::time::sleep(step).await;
            waited += step;
        }
    }
}

/// The XML of a message; `[[...]]` marks a record for the ledger.
fn body(message: &Sent) -> String {
    let (outer, inner) = match message.design {
        Design::A => ("employees", "employee"),
        Design::D => ("orders", "order"),
        Design::B | Design::C => return format!("<document>[[{}]]</document>", message.records.join(" ")),
    };
    let records: String = message.records.iter().map(|r| format!("<{inner} id=\"{r}\">[[{r}]]</{inner}>")).collect();
    format!("<{outer}>{records}</{outer}>")
}
