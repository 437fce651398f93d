//! The sender of the demo: batches of orders, each with a key, some of them posted twice.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base::{Clock, Entropy, SystemEntropy, WallClock};

/// Pause between batches.
const PAUSE: Duration = Duration::from_millis(120);

/// What was sent.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Totals {
    pub(super) batches: u64,
    pub(super) orders: u64,
    pub(super) posted_twice: u64,
}

/// The sender.
pub(super) struct Traffic {
    url: String,
    client: reqwest::Client,
    state: Mutex<(Totals, Vec<String>)>,
}

impl Traffic {
    pub(super) fn new(address: SocketAddr) -> Result<Arc<Self>, String> {
        let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(30)).build();
        let client = client.map_err(|e| e.to_string())?;
        Ok(Arc::new(Traffic { url: format!("http://{address}/http/orders"), client, state: Mutex::default() }))
    }

    fn state(&self) -> MutexGuard<'_, (Totals, Vec<String>)> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn totals(&self) -> Totals {
        self.state().0
    }

    /// Ids of the orders that Semel said it has.
    pub(super) fn accepted(&self) -> Vec<String> {
        self.state().1.clone()
    }

    /// Sends batches for a time. A batch without a success answer is sent again with the same key, as senders should.
    pub(super) async fn send_for(self: Arc<Self>, length: Duration) {
        let end = WallClock.now().plus(length);
        let (mut batch, mut order) = (0_u64, 0_u64);
        while WallClock.now() < end {
            batch += 1;
            let mut body = String::from("<orders>");
            let mut ids = Vec::new();
            for _ in 0..=(SystemEntropy.next_u64() % 4) {
                order += 1;
                // One order in thirty is one that the warehouse does not take.
                let quantity = if order.is_multiple_of(30) { 0 } else { 1 + SystemEntropy.next_u64() % 9 };
                body.push_str(&format!("<order id=\"{order}\" quantity=\"{quantity}\"/>"));
                ids.push(order.to_string());
            }
            body.push_str("</orders>");
            let mut tries = 0;
            while !self.post(batch, &body).await && tries < 50 {
                tries += 1;
                tokio::time::sleep(PAUSE).await;
            }
            if tries == 50 {
                return;
            }
            {
                let mut state = self.state();
                state.0.batches += 1;
                state.0.orders += ids.len() as u64;
                state.1.extend(ids);
            }
            if batch.is_multiple_of(20) && self.post(batch, &body).await {
                self.state().0.posted_twice += 1;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn post(&self, batch: u64, body: &str) -> bool {
        let request = self
            .client
            .post(&self.url)
            .header("Content-Type", "application/xml")
            .header("Idempotency-Key", format!("\"batch-{batch}\""))
            .body(body.to_owned());
        match request.send().await {
            Ok(answer) => answer.status().is_success() && answer.bytes().await.is_ok(),
            Err(_) => false,
        }
    }
}
