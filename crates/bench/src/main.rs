//! Load and memory figures: measured, printed, never asserted. Build with `--release`.

#![expect(clippy::print_stdout, reason = "figures are what this program is for")]
#![expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]

mod accept;
mod door;
mod parked;
mod script;
mod server;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Measures Semel. Quote ratios from one run; small machines are noisy.
#[derive(Parser)]
struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Durable accepts per second of the SQLite store: N producers, each waiting for its commit.
    Accept {
        /// Producers.
        #[arg(long, default_value_t = 64)]
        producers: usize,
        /// Commits in all.
        #[arg(long, default_value_t = 100_000)]
        commits: usize,
    },
    /// Start-up time and idle memory of the real binary with many queues and parked messages.
    Parked {
        /// Queues.
        #[arg(long, default_value_t = 10_000)]
        queues: usize,
        /// Parked messages over all queues.
        #[arg(long, default_value_t = 100_000)]
        messages: usize,
        /// The binary.
        #[arg(long, default_value = "target/release/semel")]
        binary: PathBuf,
    },
    /// Requests per second through the real binary: store first, and exactly once to two receivers.
    Door {
        /// Senders.
        #[arg(long, default_value_t = 32)]
        senders: usize,
        /// Requests per flow.
        #[arg(long, default_value_t = 20_000)]
        requests: usize,
        /// The binary.
        #[arg(long, default_value = "target/release/semel")]
        binary: PathBuf,
    },
    /// The cost of a script that only looks at headers, in Groovy, JavaScript and, where it is there, the real Groovy.
    Script {
        /// Calls after the first one.
        #[arg(long, default_value_t = 20_000)]
        calls: usize,
    },
}

/// As the binary has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let what = Args::parse().what;
    // Threads as the binary has them.
    let threads =
        tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(::script::THREAD_STACK).build();
    let done = threads.map_err(|e| e.to_string()).and_then(|threads| {
        threads.block_on(async {
            match what {
                What::Accept { producers, commits } => accept::run(producers, commits).await,
                What::Parked { queues, messages, binary } => parked::run(queues, messages, &binary).await,
                What::Door { senders, requests, binary } => door::run(senders, requests, &binary).await,
                What::Script { calls } => script::run(calls).await,
            }
        })
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            println!("{problem}");
            ExitCode::FAILURE
        }
    }
}

/// A folder of this run's own, removed when dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Result<Self, String> {
        let path = std::env::temp_dir().join(format!("semel-bench-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).map_err(|e| e.to_string())?;
        Ok(Scratch(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The value at a share of sorted figures.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "an index"
    )]
    let at = ((sorted.len().saturating_sub(1)) as f64 * share).round() as usize;
    sorted.get(at).copied().unwrap_or(0.0)
}
