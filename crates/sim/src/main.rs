//! Plays seeded worlds and says which promises they broke.

#![expect(clippy::print_stdout, reason = "a report is what this program is for")]

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use clap::Parser;
use comfy_table::Table;
use indicatif::{ProgressBar, ProgressStyle};
use sim::{Figures, Outcome, Planted, World, play};

/// Plays seeded worlds around the real runtime and checks the guarantees.
#[derive(Parser)]
struct Args {
    /// How many seeds to play, counted from `--from`.
    #[arg(long, default_value_t = 500)]
    seeds: u64,
    /// First seed.
    #[arg(long, default_value_t = 1)]
    from: u64,
    /// Plays this one seed and prints its world.
    #[arg(long)]
    seed: Option<u64>,
    /// With `--seed`: prints everything that happened.
    #[arg(long)]
    trace: bool,
    /// With `--seed`: leaves out what is not needed to break the same promise.
    #[arg(long)]
    shrink: bool,
    /// Plays fresh seeds for this long: `2m`, `30s`.
    #[arg(long, value_parser = base::parse_duration)]
    time: Option<Duration>,
    /// Plants a bug, to see that it is found.
    #[arg(long, value_parser = |name: &str| Planted::parse(name).ok_or_else(names))]
    planted: Option<Planted>,
}

fn names() -> String {
    let names: Vec<String> = sim::planted::ALL.iter().map(|p| p.name()).collect();
    format!("the planted bugs are {}", names.join(", "))
}

fn main() -> ExitCode {
    let args = Args::parse();
    let good = match args.seed {
        Some(seed) => one(&args, seed),
        None => many(&args),
    };
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// One seed, in full.
fn one(args: &Args, seed: u64) -> bool {
    let mut world = World::from_seed(seed);
    let mut outcome = play(&world, args.planted);
    if let (true, Some(first)) = (args.shrink, outcome.violations.first()) {
        world = sim::shrink::shrink(&world, args.planted, first.rule);
        outcome = play(&world, args.planted);
    }
    println!("{world:#?}");
    for (file, text) in sim::files(&world, 0, args.planted) {
        println!("--- {file}\n{text}");
    }
    if args.trace {
        outcome.trace.iter().for_each(|line| println!("{line}"));
    }
    println!("history {:016x}, {:?}", outcome.hash(), outcome.figures);
    tell(seed, &outcome);
    outcome.violations.is_empty()
}

fn tell(seed: u64, outcome: &Outcome) {
    for violation in outcome.violations.iter().take(5) {
        println!("seed {seed}: {}: {}", violation.rule, violation.text);
    }
    if outcome.violations.len() > 5 {
        println!("seed {seed}: and {} more", outcome.violations.len() - 5);
    }
}

/// Many seeds.
#[expect(clippy::disallowed_methods, reason = "real time limits the run, and makes fresh seeds; no world reads it")]
fn many(args: &Args) -> bool {
    let began = Instant::now();
    let fresh = SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |d| d.as_secs() % 1_000_000_000 * 1_000);
    let (from, bar) = match args.time {
        Some(_) => (fresh, ProgressBar::no_length()),
        None => (args.from, ProgressBar::new(args.seeds)),
    };
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} worlds  {msg}") {
        bar.set_style(style);
    }
    println!("seeds from {from}{}", args.planted.map_or(String::new(), |p| format!(", planted: {}", p.name())));
    let mut total = Figures::default();
    let mut rules: BTreeMap<&'static str, (u64, u64)> = BTreeMap::new();
    let (mut played, mut broken) = (0, 0);
    for seed in from.. {
        let over = match args.time {
            Some(time) => began.elapsed() >= time,
            None => seed - from >= args.seeds,
        };
        if over {
            break;
        }
        let outcome = play(&World::from_seed(seed), args.planted);
        played += 1;
        total.lives += outcome.figures.lives;
        total.calls += outcome.figures.calls;
        total.acts += outcome.figures.acts;
        total.doubts += outcome.figures.doubts;
        total.asked += outcome.figures.asked;
        total.tried += outcome.figures.tried;
        total.pairs += outcome.figures.pairs;
        total.seconds += outcome.figures.seconds;
        let of: std::collections::BTreeSet<_> = outcome.violations.iter().map(|v| v.rule).collect();
        for rule in of {
            rules.entry(rule).or_insert((0, seed)).0 += 1;
        }
        if !outcome.violations.is_empty() {
            broken += 1;
            bar.suspend(|| tell(seed, &outcome));
        }
        bar.inc(1);
        bar.set_message(format!("{broken} broken"));
    }
    bar.finish_and_clear();
    let mut table = Table::new();
    table.set_header([
        "worlds",
        "lives",
        "calls",
        "acts",
        "doubts",
        "asked",
        "tried while down",
        "in order",
        "simulated hours",
        "seconds",
        "broken",
    ]);
    let hours = total.seconds / 3_600;
    table.add_row([
        played,
        total.lives,
        total.calls,
        total.acts,
        total.doubts,
        total.asked,
        total.tried,
        total.pairs,
        hours,
        began.elapsed().as_secs(),
        broken,
    ]);
    println!("{table}");
    for (rule, (count, first)) in rules {
        println!(
            "{rule}: broken in {count} worlds, first in seed {first}; see it with --seed {first} --trace --shrink"
        );
    }
    broken == 0
}
