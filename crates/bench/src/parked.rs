//! Many queues and parked messages: what they cost at start-up and while idle.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use base::{Entropy, SystemEntropy, Timestamp};
use indicatif::ProgressBar;
use store::Store;
use store_sqlite::{Options, SqliteStore};

use crate::Scratch;
use crate::accept::entry;
use crate::server::Server;

/// Fills a data folder, starts the binary on it, and prints start-up time and memory.
pub async fn run(queues: usize, messages: usize, binary: &Path) -> Result<(), String> {
    let scratch = Scratch::new("parked")?;
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    let store = SqliteStore::open(&scratch.0, Options::default(), entropy).map_err(|e| e.to_string())?;
    // Far in the future, so that nothing is due while we look.
    let now = Timestamp(4_000_000_000_000);
    let bar = ProgressBar::new(messages as u64);
    let mut batch = Vec::new();
    for n in 0..messages {
        batch.push(entry(&format!("queue-{:05}", n % queues.max(1)), format!("entry-{n}"), now));
        if batch.len() == 1_000 || n + 1 == messages {
            store.commit(std::mem::take(&mut batch)).await.map_err(|e| e.to_string())?;
            bar.set_position(n as u64 + 1);
        }
    }
    bar.finish_and_clear();
    drop(store);
    let server = Server::start(binary, &["examples/store-first"], &scratch.0, &[]).await?;
    println!("{queues} queues, {messages} parked messages of 1 KiB");
    println!("  ready after {} ms", server.ready_after.as_millis());
    tokio::time::sleep(Duration::from_secs(3)).await;
    println!("  idle memory {} MiB", server.resident_mib().unwrap_or(0));
    let begin = Instant::now();
    let listed = std::process::Command::new(binary)
        .args(["queues", "list", "--format", "json", "--data"])
        .arg(&scratch.0)
        .output()
        .map_err(|e| e.to_string())?;
    println!("  `semel queues list` {} ms, {} bytes", begin.elapsed().as_millis(), listed.stdout.len());
    println!("  memory after it {} MiB", server.resident_mib().unwrap_or(0));
    Ok(())
}
