//! `semel run`: the server, its banner, hot reload, and a graceful end.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use flow::{Flow, SenderChannel};
use notify::{RecursiveMode, Watcher};
use runtime::Runtime;
use server::ApiConfig;
use server::tls::Tls;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::args::RunArgs;
use crate::exit::{Code, Exit};
use crate::keys::Running;
use crate::world::World;
use crate::{out, package, retention};

/// Longest real time that a graceful end takes.
const DRAIN: Duration = Duration::from_secs(30);
/// Editors write a file in several steps.
const DEBOUNCE: Duration = Duration::from_millis(300);

pub(crate) async fn run(args: RunArgs) -> Result<(), Exit> {
    let loaded = stamps(&args.packages);
    let checked = package::check_or_exit(&args.packages, &args.parameters.set, args.stub_unsupported)?;
    let tls = tls(&args)?;
    let mut signals = Signals::new()?;
    let world = World::open(&args.data, args.time_lapse, retention::of(&args.retain))?;
    let listener = TcpListener::bind(&args.listen)
        .await
        .map_err(|e| Exit::failed(format!("cannot listen on {}: {e}", args.listen)))?;
    let address = listener.local_addr().map_err(|e| Exit::failed(e.to_string()))?;
    let runtime = Runtime::start(world.options).await.map_err(|e| Exit::failed(e.to_string()))?;
    deploy(&runtime, checked.flows.clone()).await;
    let data = std::fs::canonicalize(&args.data).unwrap_or_else(|_| args.data.clone());
    let scheme = if tls.is_some() { "https" } else { "http" };
    let running = Running {
        address: reachable(address),
        url: format!("{scheme}://{}", reachable(address)),
        tls_cert: args.tls_cert.as_ref().map(|cert| std::fs::canonicalize(cert).unwrap_or_else(|_| cert.clone())),
        pid: std::process::id(),
        token: data.join("token"),
    };
    running.write(&args.data)?;
    banner(&checked.flows, address, &running.url, &args.data)?;

    let shutdown = CancellationToken::new();
    let config = ApiConfig {
        token: world.token,
        secrets: world.secrets,
        clock: world.clock,
        shutdown: shutdown.clone(),
        drain: DRAIN,
        tls,
        limits: server::Limits::default(),
    };
    let mut server = tokio::spawn(server::serve(listener, runtime.clone(), config));
    let reload = tokio::spawn(reload(
        args.packages.clone(),
        args.parameters.set.clone(),
        args.stub_unsupported,
        loaded,
        runtime.clone(),
    ));
    tokio::select! {
        () = signals.next() => {}
        ended = &mut server => {
            runtime.shutdown(DRAIN).await;
            let text = match ended {
                Ok(Err(error)) => error.to_string(),
                _ => "the server ended by itself".to_owned(),
            };
            return Err(Exit::failed(text));
        }
    }
    out::note("stopping: no new messages, waiting for those in progress (a second signal stops at once)");
    reload.abort();
    shutdown.cancel();
    let drained = async {
        // The server waits for its requests, which wait for their runs.
        tokio::join!(runtime.shutdown(DRAIN), async { drop(server.await) });
    };
    let result = tokio::select! {
        () = drained => Ok(()),
        () = signals.next() => Err(Exit::new(Code::Interrupted, "stopped at once")),
    };
    let _ = std::fs::remove_file(Running::path(&args.data));
    result
}

/// The certificate and the key that the command line names.
fn tls(args: &RunArgs) -> Result<Option<Tls>, Exit> {
    let (Some(cert), Some(key)) = (&args.tls_cert, &args.tls_key) else { return Ok(None) };
    Tls::read(cert, key).map(Some).map_err(|e| Exit::usage(e.to_string()))
}

/// Where a client on this machine finds a server that listens everywhere.
fn reachable(address: SocketAddr) -> String {
    match address {
        SocketAddr::V4(a) if a.ip().is_unspecified() => format!("127.0.0.1:{}", a.port()),
        SocketAddr::V6(a) if a.ip().is_unspecified() => format!("[::1]:{}", a.port()),
        other => other.to_string(),
    }
}

/// Whether all of them run.
async fn deploy(runtime: &Runtime, flows: Vec<Arc<Flow>>) -> bool {
    let problems = runtime.deploy(flows).await;
    for problem in &problems {
        out::error(&format!("flow {} is not deployed: {}", problem.flow, problem.text));
    }
    problems.is_empty()
}

/// SIGTERM and Ctrl-C.
struct Signals(Signal, Signal);

impl Signals {
    fn new() -> Result<Self, Exit> {
        let on = |kind| signal(kind).map_err(|e| Exit::failed(format!("signals: {e}")));
        Ok(Signals(on(SignalKind::terminate())?, on(SignalKind::interrupt())?))
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.0.recv() => {}
            _ = self.1.recv() => {}
        }
    }
}

fn banner(flows: &[Arc<Flow>], address: SocketAddr, base: &str, data: &Path) -> Result<(), Exit> {
    let mut rows = Vec::new();
    let mut open = Vec::new();
    for flow in flows {
        for (_, process, sender) in flow.senders() {
            let text = describe(sender, base);
            rows.push(vec![flow.name.clone(), process.name.clone(), text]);
            if matches!(sender, SenderChannel::Http(http) if http.credential.is_none()) {
                open.push(flow.name.as_str());
            }
        }
    }
    rows.sort();
    out::line(&format!("Semel {} listens on {base}, data in {}\n", env!("CARGO_PKG_VERSION"), data.display()))?;
    out::line(&format!("{}\n", out::table(&["flow", "process", "starts by"], rows)))?;
    if !address.ip().is_loopback() && !open.is_empty() {
        out::note(&format!(
            "warning: {address} can be reached from outside, and anybody may call: {}",
            open.join(", ")
        ));
    }
    Ok(())
}

fn describe(sender: &SenderChannel, base: &str) -> String {
    match sender {
        SenderChannel::Http(http) => {
            let methods = if http.methods.is_empty() { "any method".to_owned() } else { http.methods.join(", ") };
            let rest = if http.subtree { "/*" } else { "" };
            let guarded = http.credential.as_ref().map_or_else(String::new, |c| format!(" with secret {c}"));
            format!("{methods} {base}/http{}{rest}{guarded}", http.path)
        }
        SenderChannel::Timer(timer) => format!("timer {}", schedule(&timer.schedule)),
        SenderChannel::ProcessDirect(address) => format!("ProcessDirect {address}"),
        SenderChannel::Queue(queue) => format!("queue {}", queue.queue),
        SenderChannel::DataStore(store) => format!("data store {}", store.store),
        SenderChannel::Alerts(_) => "alerts".to_owned(),
    }
}

fn schedule(schedule: &flow::Schedule) -> String {
    match schedule {
        flow::Schedule::OnDeployment => "once, on deployment".to_owned(),
        flow::Schedule::At(at) => format!("at {at}"),
        flow::Schedule::Every(every) => format!("every {}", base::format_duration(*every)),
        flow::Schedule::Cron(_, text) => format!("cron {text}"),
    }
}

/// What the files of packages are at the moment; `None` where one cannot be read.
fn stamps(packages: &[PathBuf]) -> Option<Vec<u64>> {
    packages.iter().map(|p| package::stamp(p)).collect()
}

/// Deploys again when files are not as they were when they were loaded. Packages with errors leave everything as it runs.
async fn reload(
    packages: Vec<PathBuf>,
    set: Vec<(String, String)>,
    stub: bool,
    mut present: Option<Vec<u64>>,
    runtime: Runtime,
) {
    let (changed, mut changes) = mpsc::channel(1);
    // They may have changed before anybody watched them.
    let _ = changed.try_send(());
    let real: Vec<PathBuf> = packages.iter().map(|p| std::fs::canonicalize(p).unwrap_or_else(|_| p.clone())).collect();
    let ours = real.clone();
    let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let ours = |path: &PathBuf| ours.iter().any(|p| path.starts_with(p));
        if event.is_ok_and(|e| !e.kind.is_access() && e.paths.iter().any(ours)) {
            // One waiting note is enough.
            let _ = changed.try_send(());
        }
    });
    let mut watcher = match watcher {
        Ok(watcher) => watcher,
        Err(error) => return tracing::warn!(%error, "changed flows are not loaded by themselves"),
    };
    for package in &real {
        // A zip is most often replaced: its folder sees the new one.
        let (watched, mode) = match package.parent() {
            Some(parent) if package.is_file() => (parent, RecursiveMode::NonRecursive),
            _ => (package.as_path(), RecursiveMode::Recursive),
        };
        if let Err(error) = watcher.watch(watched, mode) {
            tracing::warn!(%error, package = %package.display(), "changed flows are not loaded by themselves");
        }
    }
    while changes.recv().await.is_some() {
        while let Ok(Some(())) = tokio::time::timeout(DEBOUNCE, changes.recv()).await {}
        let now = stamps(&packages);
        if now.is_some() && now == present {
            continue;
        }
        present = now;
        match package::check_or_exit(&packages, &set, stub) {
            Ok(checked) => {
                if deploy(&runtime, checked.flows).await {
                    out::note("changed flows are loaded");
                }
            }
            Err(exit) => out::error(&format!("{}; the flows before go on running", exit.text)),
        }
    }
}
