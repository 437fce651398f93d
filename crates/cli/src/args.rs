//! The command line, as its user sees it. The comments here are the help texts and `docs/cli.md`.

mod data;
mod operate;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use self::data::*;
pub(crate) use self::operate::*;

use crate::exit;
use crate::retention::{self, Retain};

/// Integration flows with exactly-once delivery, in one binary.
///
/// Takes messages in, runs them through flows, and delivers every message to every receiver once: what failed is
/// recorded and tried again, what succeeded is never sent again.
#[derive(Debug, Parser)]
#[command(name = "semel", version, after_help = exit::HELP, max_term_width = 100)]
pub(crate) struct Cli {
    /// How the log on stderr looks.
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Text, hide_possible_values = false)]
    pub(crate) log_format: LogFormat,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    Text,
    Json,
}

/// How answers are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Tables for people.
    Text,
    /// JSON for programs; lists are one array.
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the flows of packages until SIGTERM or Ctrl-C.
    ///
    /// Flows are loaded again when their files change; a package with errors keeps its running flows.
    /// The first signal drains for at most 30 seconds, a second one stops at once.
    Run(RunArgs),
    /// Check packages and show all problems at once.
    Check(CheckArgs),
    /// Run the scenarios in `tests/*.test.yaml` of packages.
    Test(TestArgs),
    /// Watch Semel deliver to flaky receivers, exactly once.
    ///
    /// Starts Semel with the example package `orders`, two receivers that fail now and then, and a sender. The end
    /// compares the receivers' ledgers with what was sent.
    Demo(DemoArgs),
    /// Draw a flow as SVG.
    Diagram(DiagramArgs),
    /// Messages: what happened to them, try again, cancel.
    Messages(MessagesArgs),
    /// Queues: entries, stop, start, try again, move.
    Queues(QueuesArgs),
    /// Data stores and their entries.
    Stores(StoresArgs),
    /// Parked deliveries of exactly-once flows, by flow and receiver.
    Deliveries(DeliveriesArgs),
    /// Messages that flows accepted and have not processed yet, alerts among them.
    Inboxes(InboxesArgs),
    /// Receivers of exactly-once flows: whether they are there, and what waits for them.
    Receivers(ReceiversArgs),
    /// Stored variables.
    Variables(VariablesArgs),
    /// Number ranges.
    Numbers(NumbersArgs),
    /// Deployed flows: list, stop, start, trace, tick.
    Flows(FlowsArgs),
    /// Secrets, encrypted in the data directory.
    Secret(SecretArgs),
    /// The key that encrypts secrets and payloads.
    Key(KeyArgs),
    /// Say what is wrong with a data directory, whether a server runs or not.
    ///
    /// Ends with 0 where nothing is wrong, with 7 where something wants attention, with 8 where messages are in danger
    /// or cannot be taken.
    Doctor(DoctorArgs),
    /// Copy a data directory into one file, while the server runs.
    ///
    /// The file holds messages that wait, data stores, variables and outcomes as they are at one moment, and the sealed
    /// secrets. The key that opens them is not in it unless asked for: without it a copy gives nothing away that is
    /// encrypted, and without a copy of it elsewhere the encrypted is lost. Payloads that are not encrypted are readable.
    Backup(BackupArgs),
    /// Make a data directory of a backup.
    ///
    /// What was delivered before the backup is never sent again. What waited at that moment may have been done since:
    /// it is held for a person, unless --resume lets it go on.
    Restore(RestoreArgs),
    /// Explain a code, or list all codes.
    Explain(ExplainArgs),
    /// Print the JSON Schema of flow files, for editors.
    Schema,
    /// Print the reference of the flow language in Markdown.
    Reference,
    /// Print this help of all commands in Markdown.
    #[command(hide = true)]
    CliReference,
}

/// Parameters of flows.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Parameters {
    /// Value of a flow parameter; wins over the environment and `parameters.yaml`. May be repeated.
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = pair)]
    pub(crate) set: Vec<(String, String)>,
}

#[derive(Args, Debug)]
pub(crate) struct RunArgs {
    /// Folders of flows; SAP artifacts and packages as zips or unpacked folders.
    #[arg(required = true)]
    pub(crate) packages: Vec<PathBuf>,
    /// Where state, secrets and token are kept; made where it is missing.
    #[arg(long, value_name = "DIR", default_value = ".semel")]
    pub(crate) data: PathBuf,
    /// Address to listen on; port 0 takes a free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    pub(crate) listen: String,
    #[command(flatten)]
    pub(crate) parameters: Parameters,
    /// Speak HTTPS with this certificate: PEM, the server's own first, then those between it and its root.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// Private key of the certificate, in PEM.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    /// How long something is kept: messages (30d), traces (1h), variables (400d), keys (90d), parked (180d).
    ///
    /// May be repeated. Queues and data stores say in their flows how long entries live.
    #[arg(long, value_name = "WHAT=TIME", value_parser = retention::parse)]
    pub(crate) retain: Vec<Retain>,
    /// Run flows of SAP artifacts although Semel has not all of their elements: a message that reaches one fails.
    #[arg(long)]
    pub(crate) stub_unsupported: bool,
    /// Let time run N times faster, to see what a day of retries does.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) time_lapse: Option<u32>,
}

#[derive(Args, Debug)]
pub(crate) struct CheckArgs {
    /// Folders of flows; SAP artifacts and packages as zips or unpacked folders.
    #[arg(required = true)]
    pub(crate) packages: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) parameters: Parameters,
    /// How problems are printed.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Args, Debug)]
pub(crate) struct TestArgs {
    /// Folders of flows.
    #[arg(required = true)]
    pub(crate) packages: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) parameters: Parameters,
    /// Only scenarios whose name or file contains this.
    #[arg(long, value_name = "TEXT")]
    pub(crate) only: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct DemoArgs {
    /// Another package with a flow at `/orders` and the parameters `billing.url`, `warehouse.url` and `alert.url`.
    #[arg(long, value_name = "DIR")]
    pub(crate) package: Option<PathBuf>,
    /// How long orders are sent, in seconds.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u64).range(3..=3_600))]
    pub(crate) seconds: u64,
    /// Port of the server; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    pub(crate) port: u16,
    /// How much faster time runs: at 60 a retry after a minute comes after a second.
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) time_lapse: u32,
    /// Keep the data directory, and print where it is.
    #[arg(long)]
    pub(crate) keep: bool,
}

#[derive(Args, Debug)]
pub(crate) struct DiagramArgs {
    /// A folder of flows, or one flow file.
    pub(crate) package: PathBuf,
    /// The flow to draw, where the package has several.
    #[arg(long, value_name = "NAME")]
    pub(crate) flow: Option<String>,
    /// File to write; stdout unless set.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) parameters: Parameters,
}

/// Which server a command asks.
#[derive(Args, Clone, Debug)]
pub(crate) struct Server {
    /// Data directory of a server on this machine.
    #[arg(long, value_name = "DIR", default_value = ".semel", global = true)]
    pub(crate) data: PathBuf,
    /// Address of a server, such as `https://semel.example.com:8443`, instead of a data directory.
    #[arg(long, value_name = "URL", global = true, requires = "token")]
    pub(crate) server: Option<String>,
    /// Token of that server.
    #[arg(long, env = "SEMEL_TOKEN", hide_env_values = true, global = true)]
    pub(crate) token: Option<String>,
    /// Certificates to trust for HTTPS, in PEM; with a data directory the certificate of its server is trusted.
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) ca: Option<PathBuf>,
    /// How answers are printed.
    #[arg(long, value_enum, default_value_t = Format::Text, global = true)]
    pub(crate) format: Format,
}

#[derive(Args, Debug)]
pub(crate) struct ExplainArgs {
    /// Code, such as F0103; all codes are listed without it.
    pub(crate) code: Option<String>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value.to_owned())),
        _ => Err("write NAME=VALUE".to_owned()),
    }
}
