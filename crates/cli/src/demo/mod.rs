//! `semel demo`: Semel in this process, flaky receivers, a sender, and a proof at the end.

mod receivers;
mod screen;
mod traffic;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use base::{Clock, Timestamp, WallClock};
use flow::Package;
use runtime::{Ops, Runtime, Selection};
use server::ApiConfig;
use store::{EntryFilter, EntryState, PlaceKind};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use self::receivers::Receivers;
use self::screen::{Screen, View};
use self::traffic::Traffic;
use crate::args::DemoArgs;
use crate::exit::{Code, Exit};
use crate::world::World;
use crate::{out, package};

/// How long the last retries may take, in real time.
const SETTLE: Duration = Duration::from_secs(45);
const FRAME: Duration = Duration::from_millis(250);

pub(crate) async fn run(args: DemoArgs) -> Result<(), Exit> {
    let data = std::env::temp_dir().join(format!("semel-demo-{}", std::process::id()));
    let result = tokio::select! {
        result = play(&args, &data) => result,
        _ = tokio::signal::ctrl_c() => Err(Exit::new(Code::Interrupted, "stopped")),
    };
    if args.keep {
        out::note(&format!("the data directory is {}", data.display()));
    } else {
        let _ = std::fs::remove_dir_all(&data);
    }
    result
}

async fn play(args: &DemoArgs, data: &Path) -> Result<(), Exit> {
    let failed = |e: std::io::Error| Exit::failed(e.to_string());
    let length = Duration::from_secs(args.seconds);
    let begin = WallClock.now();
    let receivers = Receivers::start(begin, length).await.map_err(failed)?;
    let flows = flows(args.package.as_deref(), &receivers)?;
    let world = World::open(data, Some(args.time_lapse), runtime::Retention::default())?;
    let listener = TcpListener::bind(("127.0.0.1", args.port)).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let runtime = Runtime::start(world.options).await.map_err(|e| Exit::failed(e.to_string()))?;
    if let Some(problem) = runtime.deploy(flows).await.first() {
        return Err(Exit::failed(format!("flow {} does not run: {}", problem.flow, problem.text)));
    }
    let shutdown = CancellationToken::new();
    let config = ApiConfig {
        token: world.token,
        secrets: world.secrets,
        clock: world.clock,
        shutdown: shutdown.clone(),
        drain: Duration::from_secs(5),
        tls: None,
        limits: server::Limits::default(),
    };
    let server = tokio::spawn(server::serve(listener, runtime.clone(), config));
    out::note(&format!(
        "Semel listens on http://{address}. Orders are sent for {} s to two receivers that fail now and then;\n\
         time runs {} times faster, so that a retry after a minute comes after {}.\n",
        args.seconds,
        args.time_lapse,
        base::format_duration(Duration::from_secs(60) / args.time_lapse),
    ));

    let traffic = Traffic::new(address).map_err(Exit::failed)?;
    let sender = tokio::spawn(traffic.clone().send_for(length));
    let mut stage = Stage { ops: runtime.ops(), receivers, traffic, screen: Screen::new(), begin, length };
    while !sender.is_finished() {
        stage.frame().await;
        tokio::time::sleep(FRAME).await;
    }
    stage.settle().await;
    shutdown.cancel();
    tokio::join!(runtime.shutdown(Duration::from_secs(5)), async { drop(server.await) });
    stage.verdict()
}

/// Everything that is watched.
struct Stage {
    ops: Ops,
    receivers: Arc<Receivers>,
    traffic: Arc<Traffic>,
    screen: Screen,
    begin: Timestamp,
    length: Duration,
}

impl Stage {
    async fn frame(&mut self) {
        let places = self.ops.places(Some(PlaceKind::Delivery)).await.unwrap_or_default();
        let count = |receiver: &str, of: fn(&store::PlaceSummary) -> u64| -> u64 {
            places.iter().filter(|p| p.place.name == receiver).map(of).sum()
        };
        let now = WallClock.now();
        let view = View {
            elapsed: now.since(self.begin),
            length: self.length,
            news: self.receivers.news(now),
            sent: self.traffic.totals(),
            receivers: self
                .receivers
                .tallies()
                .map(|(name, tally)| (name, tally, count(name, |p| p.waiting), count(name, |p| p.blocked))),
            alerts: self.receivers.alerts(),
        };
        self.screen.draw(&view);
    }

    /// Corrects what made the warehouse refuse orders, tries those again as an operator would, and waits for the rest.
    async fn settle(&mut self) {
        self.receivers.correct();
        let end = WallClock.now().plus(SETTLE);
        while !self.complete() && WallClock.now() < end {
            let escalated = EntryFilter {
                kind: Some(PlaceKind::Delivery),
                state: Some(EntryState::Escalated),
                ..EntryFilter::default()
            };
            let _ = self.ops.retry_entries(Selection::Filter(escalated)).await;
            self.frame().await;
            tokio::time::sleep(FRAME).await;
        }
        // A repeat, if there were one, would come now.
        tokio::time::sleep(FRAME * 4).await;
        self.frame().await;
    }

    fn complete(&self) -> bool {
        let orders = self.traffic.accepted();
        self.receivers.ledgers().all(|(_, ledger)| orders.iter().all(|o| ledger.contains_key(o)))
    }

    /// Compares every ledger with what was accepted.
    fn verdict(&self) -> Result<(), Exit> {
        let orders = self.traffic.accepted();
        let totals = self.traffic.totals();
        let mut page = format!(
            "\nSent: {} orders in {} batches; {} batches were posted twice, and answered from the record.\n",
            orders.len(),
            totals.batches,
            totals.posted_twice,
        );
        let (mut missing, mut duplicates) = (0, 0);
        for ((name, ledger), (_, tally)) in self.receivers.ledgers().zip(self.receivers.tallies()) {
            let absent = orders.iter().filter(|o| !ledger.contains_key(*o)).count();
            let twice = ledger.values().filter(|times| **times > 1).count();
            page.push_str(&format!(
                "{name:<10} {} of {} orders in its ledger, {absent} missing, {twice} duplicates; \
                 it refused {} attempts and lost {} answers\n",
                ledger.len(),
                orders.len(),
                tally.refused,
                tally.lost,
            ));
            missing += absent;
            duplicates += twice;
        }
        let held = self.receivers.rejected();
        page.push_str(&format!(
            "{held} orders were refused by the warehouse for good, escalated, and told to the alert receiver \
             ({} alerts);\nthey were tried again by hand after the warehouse was corrected.\n\n",
            self.receivers.alerts()
        ));
        out::text(&page)?;
        if orders.is_empty() {
            return Err(Exit::failed("no order was accepted"));
        }
        if missing + duplicates > 0 {
            return Err(Exit::failed(format!("{missing} deliveries are missing, {duplicates} were made twice")));
        }
        out::line("Every order was delivered once to every receiver.")
    }
}

/// The example package, or the one that was named, with the demo's receivers.
fn flows(folder: Option<&Path>, receivers: &Receivers) -> Result<Vec<Arc<flow::Flow>>, Exit> {
    let set: Vec<(String, String)> = ["billing", "warehouse", "alert"]
        .into_iter()
        .map(|name| (format!("{name}.url"), format!("http://{}/{name}", receivers.address)))
        .collect();
    let checked = match folder {
        Some(folder) => return Ok(package::check_or_exit(&[PathBuf::from(folder)], &set, false)?.flows),
        None => flow::check(&embedded(set)),
    };
    package::show_problems(&checked);
    if package::has_errors(&checked.problems) {
        return Err(Exit::silent(Code::InvalidFlow));
    }
    Ok(checked.flows)
}

fn embedded(set: Vec<(String, String)>) -> Package {
    let files = [
        ("orders.flow.yaml", include_str!("../../../../examples/orders/orders.flow.yaml")),
        ("parameters.yaml", include_str!("../../../../examples/orders/parameters.yaml")),
    ];
    let files: BTreeMap<String, String> = files.into_iter().map(|(f, t)| (f.to_owned(), t.to_owned())).collect();
    Package { name: "orders".to_owned(), files, overrides: set.into_iter().collect() }
}
