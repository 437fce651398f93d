//! Durable accepts: many producers, each commits one entry and waits until it is on disk.

use std::sync::Arc;
use std::time::Instant;

use base::{CorrelationId, Entropy, Message, MessageId, SystemEntropy, Timestamp};
use store::{Change, EntryState, NewEntry, Place, Store};
use store_sqlite::{Options, SqliteStore};

use crate::{Scratch, quantile};

/// One entry with 1 KiB of body, as the tables in the reference measurements use.
pub fn entry(queue: &str, id: String, now: Timestamp) -> Change {
    let message_id = MessageId::fresh(now, &SystemEntropy);
    let mut message = Message::of(vec![b'x'; 1_024]);
    for n in 0..4 {
        message.headers.set(format!("Header{n}"), "forty characters of a value, more or less");
    }
    Change::Put(Box::new(NewEntry {
        place: Place::queue(queue),
        id,
        overwrite: false,
        message,
        encrypt: false,
        correlation: CorrelationId::from(&message_id),
        message_id,
        origin: None,
        interface: "bench".to_owned(),
        order_key: String::new(),
        state: EntryState::Waiting,
        doubt: false,
        created: now,
        due: now.plus(std::time::Duration::from_secs(86_400)),
        alert_at: now.plus(std::time::Duration::from_secs(2 * 86_400)),
        expires: now.plus(std::time::Duration::from_secs(30 * 86_400)),
        retries: 0,
        error: None,
    }))
}

/// Measures and prints.
pub async fn run(producers: usize, commits: usize) -> Result<(), String> {
    let scratch = Scratch::new("accept")?;
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    let store = Arc::new(SqliteStore::open(&scratch.0, Options::default(), entropy).map_err(|e| e.to_string())?);
    let begin = Instant::now();
    let share = commits / producers.max(1);
    let tasks: Vec<_> = (0..producers)
        .map(|p| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut times = Vec::with_capacity(share);
                for n in 0..share {
                    let change = entry("bench", format!("{p}-{n}"), Timestamp(1_700_000_000_000));
                    let start = Instant::now();
                    store.commit(vec![change]).await.map_err(|e| e.to_string())?;
                    times.push(start.elapsed().as_secs_f64() * 1_000.0);
                }
                Ok::<_, String>(times)
            })
        })
        .collect();
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await.map_err(|e| e.to_string())??);
    }
    let seconds = begin.elapsed().as_secs_f64();
    times.sort_by(f64::total_cmp);
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    let rate = times.len() as f64 / seconds;
    println!("durable accepts, {producers} producers, 1 KiB");
    println!("  {rate:.0} per second; p50 {:.2} ms, p99 {:.2} ms", quantile(&times, 0.5), quantile(&times, 0.99));
    Ok(())
}
