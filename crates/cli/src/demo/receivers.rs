//! The receivers of the demo: they fail in every way that receivers fail, and keep a ledger of what they took.

use std::collections::{BTreeMap, HashSet};
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use base::{Clock, Entropy, SystemEntropy, Timestamp, WallClock};
use bytes::Bytes;

/// Receivers that keep a ledger.
pub(super) const NAMES: [&str; 2] = ["billing", "warehouse"];

/// What a receiver did.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    /// Orders that it took.
    pub(super) taken: u64,
    /// Attempts that it refused.
    pub(super) refused: u64,
    /// Orders that it took without an answer arriving.
    pub(super) lost: u64,
    /// Attempts that it knew by their delivery id: taken before, not taken again.
    pub(super) recognised: u64,
    /// Orders that it took more than once.
    pub(super) duplicates: u64,
}

#[derive(Default)]
struct Books {
    /// How often each order was taken.
    ledger: BTreeMap<String, u32>,
    /// Delivery ids that were taken.
    seen: HashSet<String>,
    tally: Tally,
}

#[derive(Default)]
struct Inner {
    books: [Books; 2],
    alerts: u64,
    /// Orders that the warehouse refused for good.
    rejected: HashSet<String>,
    corrected: bool,
}

/// All receivers, on one port.
pub(super) struct Receivers {
    pub(super) address: SocketAddr,
    begin: Timestamp,
    length: Duration,
    inner: Mutex<Inner>,
}

impl Receivers {
    pub(super) async fn start(begin: Timestamp, length: Duration) -> std::io::Result<Arc<Self>> {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let receivers = Arc::new(Receivers { address, begin, length, inner: Mutex::default() });
        let router = Router::new()
            .route("/billing", post(|state, headers, body| take(0, state, headers, body)))
            .route("/warehouse", post(|state, headers, body| take(1, state, headers, body)))
            .route("/alert", post(alert))
            .with_state(receivers.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(receivers)
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Billing is down from a fifth to the half of the demo.
    fn billing_is_down(&self, now: Timestamp) -> bool {
        let elapsed = now.since(self.begin);
        self.length / 5 <= elapsed && elapsed < self.length / 2
    }

    /// What is going on, for the screen.
    pub(super) fn news(&self, now: Timestamp) -> &'static str {
        let corrected = self.inner().corrected;
        if corrected {
            "the warehouse was corrected; what it refused is tried again by hand"
        } else if self.billing_is_down(now) {
            "billing is down"
        } else {
            "both receivers fail now and then"
        }
    }

    /// The warehouse takes from now on what it refused for good.
    pub(super) fn correct(&self) {
        self.inner().corrected = true;
    }

    pub(super) fn tallies(&self) -> [(&'static str, Tally); 2] {
        let inner = self.inner();
        [(NAMES[0], inner.books[0].tally), (NAMES[1], inner.books[1].tally)]
    }

    pub(super) fn ledgers(&self) -> impl Iterator<Item = (&'static str, BTreeMap<String, u32>)> {
        let inner = self.inner();
        let ledgers = [(NAMES[0], inner.books[0].ledger.clone()), (NAMES[1], inner.books[1].ledger.clone())];
        ledgers.into_iter()
    }

    pub(super) fn alerts(&self) -> u64 {
        self.inner().alerts
    }

    pub(super) fn rejected(&self) -> usize {
        self.inner().rejected.len()
    }
}

async fn alert(State(receivers): State<Arc<Receivers>>) -> StatusCode {
    receivers.inner().alerts += 1;
    StatusCode::OK
}

async fn take(which: usize, State(receivers): State<Arc<Receivers>>, headers: HeaderMap, body: Bytes) -> Response {
    let header = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
    let (order, delivery) = (header("OrderId"), header("Idempotency-Key"));
    let dice = SystemEntropy.next_u64() % 100;
    let down = which == 0 && receivers.billing_is_down(WallClock.now());
    let mut guard = receivers.inner();
    let inner = &mut *guard;
    let books = &mut inner.books[which];
    if down || dice < 6 {
        books.tally.refused += 1;
        return (StatusCode::SERVICE_UNAVAILABLE, "try later\n").into_response();
    }
    if !delivery.is_empty() && books.seen.contains(&delivery) {
        books.tally.recognised += 1;
        return (StatusCode::OK, "known\n").into_response();
    }
    let wrong = which == 1 && body.windows(12).any(|w| w == b"quantity=\"0\"");
    if wrong && !inner.corrected {
        inner.rejected.insert(order);
        books.tally.refused += 1;
        return (StatusCode::UNPROCESSABLE_ENTITY, "the quantity must not be 0\n").into_response();
    }
    books.seen.insert(delivery);
    let times = books.ledger.entry(order).or_default();
    *times += 1;
    books.tally.taken += 1;
    books.tally.duplicates += u64::from(*times == 2);
    if (6..10).contains(&dice) {
        // Taken, but the line breaks before the answer is whole: the sender cannot know.
        books.tally.lost += 1;
        let broken = futures_util::stream::iter([Err::<Bytes, _>(std::io::Error::from(ErrorKind::ConnectionReset))]);
        return Response::new(Body::from_stream(broken));
    }
    (StatusCode::OK, "taken\n").into_response()
}
