//! The senders: seven kinds of messages, each with records of its own, sent until they are acknowledged.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base::Entropy;
use tokio::task::JoinHandle;

use crate::ledger::Ledger;
use crate::person::Decided;
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
    /// In order by key, to a receiver that is asked about doubts.
    E,
    /// Stored first, in order by key, to a receiver whose doubts a person decides.
    F,
    /// Exactly once, sent at once: one receiver whose doubts a person decides, one that is asked.
    G,
}

impl Design {
    /// Whether Semel remembers each delivery.
    pub fn keeps_outcomes(self) -> bool {
        matches!(self, Design::D) || self.is_careful()
    }

    /// Whether its receivers must never get anything twice.
    pub fn is_careful(self) -> bool {
        matches!(self, Design::E | Design::F | Design::G)
    }
}

/// How many customers there are: what is in doubt holds up one of them.
const CUSTOMERS: u64 = 12;

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
    /// Whose order it has to keep.
    pub customer: Option<u64>,
    /// Its first post's place in the order of all requests.
    pub first_post: u64,
    /// The place of its first success answer.
    pub acknowledged_at: Option<u64>,
    /// How often it was posted; only the last post can have been acknowledged.
    pub posts: u32,
}

/// All messages of a run.
pub struct Traffic {
    address: String,
    client: reqwest::Client,
    ledger: Arc<Ledger>,
    entropy: Arc<dyn Entropy>,
    next: AtomicU64,
    stop: Arc<AtomicBool>,
    sent: Mutex<BTreeMap<u64, Sent>>,
}

impl Traffic {
    /// Traffic to one address.
    pub fn new(address: String, ledger: Arc<Ledger>, entropy: Arc<dyn Entropy>) -> Self {
        let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(20)).build().unwrap_or_default();
        let (next, stop, sent) = (AtomicU64::new(1), Arc::default(), Mutex::default());
        Traffic { address, client, ledger, entropy, next, stop, sent }
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
        let (design, path, receivers): (_, _, &[&str]) = match self.entropy.next_u64() % 9 {
            0 => (Design::A, "/employees", &["mail", "payroll"]),
            1 => (Design::B, "/shop/orders", &["orders"]),
            2 => (Design::B, "/shop/invoices", &["invoices"]),
            3 => (Design::C, "/invoices", &["ledger"]),
            4 => (Design::E, "/customers", &["crm"]),
            5 => (Design::F, "/bookings", &["bank"]),
            6 => (Design::G, "/tickets", &["vault", "registry"]),
            _ => (Design::D, "/orders", &["billing", "warehouse"]),
        };
        let count = match design {
            Design::A | Design::D => 1 + self.entropy.next_u64() % 4,
            _ => 1,
        };
        let records = (1..=count).map(|r| format!("{design:?}-{number}-{r}")).collect();
        let customer = matches!(design, Design::E | Design::F).then_some(number % CUSTOMERS);
        let message = Sent {
            design,
            path,
            records,
            receivers,
            message_id: None,
            acknowledged: false,
            customer,
            first_post: self.ledger.mark(),
            acknowledged_at: None,
            posts: 0,
        };
        sent.insert(number, message);
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
        let mut request = self
            .client
            .post(url)
            .header("Content-Type", "application/xml")
            .header("Idempotency-Key", format!("\"message-{number}\""))
            .body(body(&message));
        if let Some(customer) = message.customer {
            request = request.header("Customer", customer.to_string());
        }
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
                message.acknowledged_at.get_or_insert(self.ledger.mark());
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

    /// Waits until every record is at each of its receivers and a person has decided about all doubts; false when the
    /// time is over.
    pub async fn wait_until_settled(
        &self,
        semel: &Semel,
        person: &mut Decided,
        limit: Duration,
    ) -> Result<bool, String> {
        let mut waited = Duration::ZERO;
        let step = Duration::from_millis(500);
        loop {
            let left = person.decide(semel, &self.ledger)?;
            if left == 0 && crate::verify::missing(&self.messages(), &self.ledger.lines()).is_empty() {
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
        _ => return format!("<document>[[{}]]</document>", message.records.join(" ")),
    };
    let records: String = message.records.iter().map(|r| format!("<{inner} id=\"{r}\">[[{r}]]</{inner}>")).collect();
    format!("<{outer}>{records}</{outer}>")
}
