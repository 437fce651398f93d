//! The kill -9 harness: the real binary, real files, receivers that keep a ledger.
//!
//! Semel runs all example designs at once. Senders send, receivers fail now and then, and the process is killed again
//! and again: by chance, and by receivers at exact places of a delivery. A person decides about doubts now and then.
//! Afterwards it is left alone until nothing is parked, and the ledgers are compared with what the senders were
//! promised: nothing acknowledged is lost, nothing recorded as delivered is sent again, nothing comes twice where doubts
//! are held or asked about, and what has an order keeps it.

#![expect(clippy::print_stdout, reason = "a report is what this program is for")]

mod http;
mod ledger;
mod order;
mod person;
mod process;
mod smtp;
mod snapshot;
mod traffic;
mod trap;
mod verify;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use base::{Entropy, SeededEntropy};
use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};

use crate::ledger::Ledger;
use crate::person::Decided;
use crate::snapshot::Recorded;
use crate::trap::{Point, Victim};

/// A person looks at what is in doubt after every so many kills.
const DECIDES: u32 = 5;
/// Longest time for a request to step into a trap.
const TRAP: Duration = Duration::from_secs(3);

/// Kills a running Semel again and again, and proves that nothing was lost or doubled.
#[derive(Parser)]
struct Args {
    /// How often to kill.
    #[arg(long, default_value_t = 1_000)]
    kills: u32,
    /// Seed of the traffic, the faults and the moments of the kills.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The binary to kill.
    #[arg(long, default_value = "target/debug/semel")]
    binary: PathBuf,
    /// Folder with the examples.
    #[arg(long, default_value = "examples")]
    examples: PathBuf,
    /// The package of the harness itself: receivers that must never get anything twice.
    #[arg(long, default_value = "crates/kill/package")]
    package: PathBuf,
    /// Data folder; a fresh temporary one unless given, removed when all went well.
    #[arg(long)]
    data: Option<PathBuf>,
    /// Longest real seconds to wait at the end until nothing is parked.
    #[arg(long, default_value_t = 120)]
    settle: u64,
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    match run(&args).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(problem) => {
            println!("the harness itself failed: {problem}");
            ExitCode::from(2)
        }
    }
}

async fn run(args: &Args) -> Result<bool, String> {
    let entropy: Arc<dyn Entropy> = Arc::new(SeededEntropy::new(args.seed));
    let data =
        args.data.clone().unwrap_or_else(|| std::env::temp_dir().join(format!("semel-kill-{}", std::process::id())));
    let victim = Victim::default();
    let ledger = Arc::new(Ledger::new(victim.clone()));
    let receivers = ledger::start_receivers(&ledger, &entropy).await?;
    let mut semel = process::Semel::new(&args.binary, (&args.examples, &args.package), &data, &receivers, victim)?;
    let traffic = Arc::new(traffic::Traffic::new(semel.address(), ledger.clone(), entropy.clone()));

    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} kills  {msg}").map_err(|e| e.to_string())?;
    let bar = ProgressBar::new(u64::from(args.kills)).with_style(style);
    let (mut snapshots, mut recorded, mut person) = (Vec::new(), Recorded::default(), Decided::default());
    for kill in 1..=args.kills {
        semel.start().await?;
        if kill % DECIDES == 0 {
            person.decide(&semel, &ledger)?;
        }
        let senders = traffic.spawn_senders(4);
        // Two of three at an exact place of some delivery, the others by chance: those hit recovery and commits.
        let placed = Point::PLACED[(entropy.next_u64() % 4) as usize];
        let mut point = if kill % 3 == 0 { Point::Chance } else { placed };
        if point == Point::Chance {
            // Short lives hit recovery, longer ones hit retries; both matter.
            let life = 40 + entropy.next_u64() % if kill % 5 == 0 { 1_500 } else { 400 };
            tokio::time::sleep(Duration::from_millis(life)).await;
        } else {
            ledger.trap.arm(point, (entropy.next_u64() % 60) as u32);
            semel.wait_for_death(TRAP).await;
            if ledger.trap.disarm() {
                // So few requests came that none was the one.
                point = Point::Chance;
            }
        }
        semel.kill()?;
        // What the dead process had sent is still read by the receivers: let them, before the line is drawn.
        ledger.quiet().await;
        let at = ledger.mark();
        for sender in senders {
            let _ = sender.await;
        }
        snapshots.push(snapshot::take(&data, (at, point), &traffic, &mut recorded).await?);
        bar.set_message(traffic.summary());
        bar.inc(1);
    }
    bar.finish();

    println!("killed {} times; now undisturbed until nothing is parked", args.kills);
    ledger.become_healthy();
    semel.start().await?;
    // What was never acknowledged is sent again by its sender, as real senders do.
    traffic.resend_unacknowledged().await?;
    // Killed three times while it was processed, a message waits for a person: here is the person.
    semel.retry_blocked()?;
    let settled = traffic.wait_until_settled(&semel, &mut person, Duration::from_secs(args.settle)).await?;
    semel.stop().await?;
    let last = snapshot::take(&data, (ledger.mark(), Point::Chance), &traffic, &mut recorded).await?;
    let report = verify::verify(&traffic, &ledger, &snapshots, &last, &recorded, person);
    println!("{report}");
    if !settled {
        println!("FAILED: still parked after {} s", args.settle);
    }
    let good = settled && report.is_good();
    if good && args.data.is_none() {
        let _ = std::fs::remove_dir_all(&data);
    } else {
        println!("data folder kept: {}", data.display());
    }
    println!("{}", if good { "1 passed, 0 failed" } else { "0 passed, 1 failed" });
    Ok(good)
}
