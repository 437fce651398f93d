//! `semel doctor`: what is wrong with a data directory, each finding with its code.

use std::fs;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use base::{Clock, Timestamp, WallClock};
use serde_json::json;
use store_sqlite::care::{self, Inspection, Which};
use tokio::time::timeout;

use crate::args::{DoctorArgs, Format, Server};
use crate::client::Client;
use crate::exit::{Code, Exit};
use crate::keys::{self, Anchor, Running};
use crate::out;
use crate::secrets::SecretFile;

/// Less free space than this is too little for a busy hour, less than a tenth of it for a minute.
const SPACE: u64 = 1 << 30;
const NO_SPACE: u64 = SPACE / 10;
/// A write-ahead log that is larger was not copied into its database for long.
const LARGE_LOG: u64 = 256 << 20;
/// A server that takes longer than this for an answer does not answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Clocks of machines differ a little.
const AHEAD: Duration = Duration::from_secs(300);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Good,
    Attention,
    Danger,
}

impl Level {
    fn as_str(self) -> &'static str {
        match self {
            Level::Good => "good",
            Level::Attention => "attention",
            Level::Danger => "danger",
        }
    }
}

/// One thing that was looked at.
struct Finding {
    what: &'static str,
    level: Level,
    code: &'static str,
    text: String,
}

#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn good(&mut self, what: &'static str, text: impl Into<String>) {
        self.0.push(Finding { what, level: Level::Good, code: "", text: text.into() });
    }

    fn attention(&mut self, what: &'static str, code: &'static str, text: impl Into<String>) {
        self.0.push(Finding { what, level: Level::Attention, code, text: text.into() });
    }

    fn danger(&mut self, what: &'static str, code: &'static str, text: impl Into<String>) {
        self.0.push(Finding { what, level: Level::Danger, code, text: text.into() });
    }

    /// A text that begins with its code.
    fn coded(&mut self, what: &'static str, text: &str) {
        let code = diag::CODES.iter().map(|c| c.code).find(|code| text.starts_with(code)).unwrap_or("S0103");
        self.danger(what, code, text.trim_start_matches(code).trim_start_matches(": "));
    }
}

pub(crate) async fn run(args: &DoctorArgs) -> Result<(), Exit> {
    if !args.data.is_dir() {
        return Err(Exit::usage(format!("{} is no directory", args.data.display())));
    }
    let now = WallClock.now();
    let mut found = Findings::default();
    let client = server(&mut found, &args.data).await;
    let doubts = match &client {
        Some(client) => doubts(client).await,
        None => None,
    };
    space(&mut found, &args.data);
    rights(&mut found, &args.data);
    let key = key(&mut found, &args.data);
    databases(&mut found, &args.data, key.as_ref(), doubts, now);
    let worst = found.0.iter().map(|f| f.level).max().unwrap_or(Level::Good);
    match args.format {
        Format::Json => out::json(&found.0.iter().map(line).collect())?,
        Format::Text => out::line(&table(&found.0))?,
    }
    match worst {
        Level::Good => Ok(()),
        Level::Attention => Err(Exit::silent(Code::Attention)),
        Level::Danger => Err(Exit::silent(Code::Danger)),
    }
}

fn line(finding: &Finding) -> serde_json::Value {
    json!({ "check": finding.what, "level": finding.level.as_str(), "code": finding.code, "text": finding.text })
}

fn table(found: &[Finding]) -> String {
    let row = |f: &Finding| vec![f.level.as_str().to_owned(), f.what.to_owned(), f.code.to_owned(), f.text.clone()];
    let table = out::table(&["", "check", "code", "finding"], found.iter().map(row).collect());
    let bad = found.iter().filter(|f| f.level > Level::Good).count();
    match bad {
        0 => format!("{table}\n\nnothing is wrong"),
        n => format!("{table}\n\n{n} findings; `semel explain CODE` says what to do"),
    }
}

/// Who has the directory, and whether it answers; where it does, who can be asked more.
async fn server(found: &mut Findings, data: &Path) -> Option<Client> {
    let what = "server";
    let running = Running::read(data);
    match (care::is_in_use(data), running) {
        (Err(error), _) => found.coded(what, &error.0),
        (Ok(false), None) => found.good(what, "does not run"),
        (Ok(false), Some(r)) => found.good(what, format!("does not run; process {} ended without a farewell", r.pid)),
        (Ok(true), None) => {
            found.attention(what, "S0401", "a process has the directory and serves nothing: it starts, or it is stuck");
        }
        (Ok(true), Some(running)) => return answers(found, data, &running).await,
    }
    None
}

/// Whether the server answers, and whether it can write its store. That it can be connected to says little: the system
/// does that also for a process that is stuck.
async fn answers(found: &mut Findings, data: &Path, running: &Running) -> Option<Client> {
    let what = "server";
    let Running { pid, url, address, .. } = running;
    let silent = || format!("process {pid} has the directory and does not answer at {url}");
    let connects = |address| TcpStream::connect_timeout(&address, Duration::from_secs(2)).is_ok();
    if !address.parse().is_ok_and(connects) {
        found.danger(what, "S0401", silent());
        return None;
    }
    let server = Server { data: data.to_owned(), server: None, token: None, ca: None, format: Format::Json };
    let asked = match Client::new(&server) {
        Ok(client) => match timeout(PATIENCE, client.get(&["status"], &[])).await {
            Ok(status) => status.map(|status| (client, status)),
            Err(_) => {
                found.danger(what, "S0401", format!("{} within {} seconds", silent(), PATIENCE.as_secs()));
                return None;
            }
        },
        Err(exit) => Err(exit),
    };
    match asked {
        Ok((client, status)) => {
            found.good(what, format!("runs as process {pid} at {url}"));
            if status["store_writable"] == true {
                found.good("store", "the server can write it");
            } else {
                let reason = status["reason"].as_str().unwrap_or("it does not say why");
                found.danger("store", "R0105", format!("the server cannot write it: {reason}"));
            }
            Some(client)
        }
        Err(exit) => {
            let text =
                format!("runs as process {pid} at {url}, and cannot be asked whether all is well: {}", exit.text);
            found.attention(what, "S0401", text);
            None
        }
    }
}

/// How many deliveries the server holds in doubt. The database alone does not say it: what is being sent at this moment is
/// a doubt there, too.
async fn doubts(client: &Client) -> Option<u64> {
    let places = timeout(PATIENCE, client.get(&["deliveries"], &[])).await.ok()?.ok()?;
    places.as_array()?.iter().map(|place| place["in_doubt"].as_u64()).sum()
}

/// Free space where the directory lies, as `df` tells it.
fn space(found: &mut Findings, data: &Path) {
    let what = "disk space";
    let output = Command::new("df").arg("-Pk").arg(data).output();
    let text = output.map(|o| String::from_utf8_lossy(&o.stdout).into_owned()).unwrap_or_default();
    let free = text.lines().nth(1).and_then(|line| line.split_whitespace().nth(3)).and_then(|n| n.parse::<u64>().ok());
    let Some(free) = free.map(|kib| kib.saturating_mul(1024)) else {
        return found.good(what, "not known: there is no `df`");
    };
    let text = format!("{} MiB are free", free >> 20);
    match free {
        0..NO_SPACE => found.danger(what, "S0001", text),
        NO_SPACE..SPACE => found.attention(what, "S0001", text),
        _ => found.good(what, text),
    }
}

/// Whether others may read, and whether the owner may write.
fn rights(found: &mut Findings, data: &Path) {
    let what = "rights";
    let mut open: Vec<String> = Vec::new();
    let files = fs::read_dir(data).into_iter().flatten().flatten();
    for file in files {
        let readable = file.metadata().is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o077 != 0);
        if readable {
            open.push(file.file_name().to_string_lossy().into_owned());
        }
    }
    open.sort();
    let probe = data.join(format!(".doctor-{}", std::process::id()));
    let written = fs::write(&probe, b"x");
    let _ = fs::remove_file(&probe);
    match written {
        Err(error) => found.danger(what, "S0002", format!("the directory cannot be written: {error}")),
        Ok(()) if !open.is_empty() => {
            found.attention(what, "S0402", format!("others may read or write {}", open.join(", ")));
        }
        Ok(()) => found.good(what, "the directory can be written, and its files are for their owner only"),
    }
}

/// The key, where it is and makes sense; nothing is made.
fn key(found: &mut Findings, data: &Path) -> Option<[u8; 32]> {
    let what = "key";
    let from_environment = std::env::var_os("SEMEL_KEY").is_some();
    if !from_environment && !data.join("key").exists() {
        if data.join("secrets.sealed").exists() {
            found.danger(
                what,
                "S0403",
                "there is no key, and secrets that need one: set SEMEL_KEY or put the file back",
            );
        } else if care::has_key(data).unwrap_or(false) {
            found.danger(
                what,
                "S0403",
                "there is no key, and state.db was used with one: set SEMEL_KEY or put the file back",
            );
        } else {
            found.good(what, "none yet; the first start makes one, unless SEMEL_KEY is set");
        }
        return None;
    }
    let key = match keys::key(data, &base::SystemEntropy) {
        Ok(key) => key,
        Err(exit) => {
            found.danger(what, "S0403", exit.text);
            return None;
        }
    };
    let from = if from_environment { "SEMEL_KEY" } else { "the file `key`" };
    match SecretFile::new(data, &key).and_then(|file| file.list()) {
        Ok(names) => found.good(what, format!("{from} opens {} secrets", names.len())),
        Err(exit) => found.danger(what, "S0403", exit.text),
    }
    Some(key)
}

fn databases(found: &mut Findings, data: &Path, key: Option<&[u8; 32]>, doubts: Option<u64>, now: Timestamp) {
    match care::inspect(data, Which::State, now, key) {
        Err(error) => found.coded("state.db", &error.0),
        Ok(None) if data.join("state.db-wal").exists() => {
            found.danger("state.db", "S0003", "it is missing, and its write-ahead log is there");
        }
        Ok(None) => found.good("state.db", "there is none yet"),
        Ok(Some(seen)) => {
            database(found, "state.db", &seen);
            entries(found, &seen, doubts);
            // Where secrets say the same it has been said.
            if seen.key_fits == Some(false) && !found.0.iter().any(|f| f.code == "S0403") {
                let text =
                    format!("state.db was used with another key; {} of its entries are encrypted", seen.encrypted);
                found.danger("key", "S0403", text);
            }
            if seen.unreadable > 0 {
                let text = format!("{} entries cannot be read: another key, or damaged", seen.unreadable);
                found.danger("payloads", "S0009", text);
            }
            clock(found, data, seen.newest, seen.removes_nothing_until, now);
            if let Some((at, from)) = seen.restored {
                found.good("restore", format!("restored at {at} from a backup of {from}"));
            }
        }
    }
    // What monitoring shows may be lost: no message is in danger.
    match care::inspect(data, Which::Log, now, None) {
        Ok(Some(seen)) if seen.problems.is_empty() => database(found, "log.db", &seen),
        Ok(Some(seen)) => found.attention("log.db", "S0202", seen.problems.join("; ")),
        Ok(None) => found.good("log.db", "there is none yet"),
        Err(error) => found.attention("log.db", "S0202", error.0),
    }
}

fn database(found: &mut Findings, what: &'static str, seen: &Inspection) {
    if !seen.problems.is_empty() {
        return found.danger(what, "S0003", seen.problems.join("; "));
    }
    let sizes = format!("{} KiB, write-ahead log {} KiB", seen.bytes >> 10, seen.log_bytes >> 10);
    if seen.log_bytes > LARGE_LOG {
        found.attention(what, "S0404", format!("sound, but its write-ahead log is large: {sizes}"));
    } else {
        found.good(what, format!("sound, schema {}, {sizes}", seen.schema));
    }
}

/// What waits for a person, and what waits too long; `doubts` as the server counts them.
fn entries(found: &mut Findings, seen: &Inspection, doubts: Option<u64>) {
    let stored = |state: &str| seen.entries.iter().filter(|c| c.state == state).map(|c| c.entries).sum::<u64>();
    let in_doubt = stored("in-doubt").min(doubts.unwrap_or(u64::MAX));
    let count = |state: &str| if state == "in-doubt" { in_doubt } else { stored(state) };
    let person: Vec<String> = ["escalated", "in-doubt", "blocked"]
        .iter()
        .filter(|state| count(state) > 0)
        .map(|state| format!("{} {state}", count(state)))
        .collect();
    if person.is_empty() {
        found.good(
            "entries",
            format!("{} wait, none for a person", seen.entries.iter().map(|c| c.entries).sum::<u64>()),
        );
    } else {
        found.attention("entries", "S0405", format!("waiting for a person: {}", person.join(", ")));
    }
    if seen.overdue > 0 {
        found.attention("overdue", "S0406", format!("{} entries wait longer than they should", seen.overdue));
    }
}

fn clock(found: &mut Findings, data: &Path, newest: Option<Timestamp>, until: Option<Timestamp>, now: Timestamp) {
    let what = "clock";
    if let Some(until) = until {
        return found.attention(what, "S0301", format!("it may have jumped; nothing is removed before {until}"));
    }
    if Anchor::read(data).is_some() {
        return found.good(what, "not compared: the directory was used with --time-lapse");
    }
    match newest {
        Some(newest) if newest > now.plus(AHEAD) => {
            let text =
                format!("it says {now}, and something was stored at {newest}: it was put back, or was wrong before");
            found.attention(what, "S0407", text);
        }
        _ => found.good(what, format!("it says {now}, after all that was stored")),
    }
}
