//! The binary `semel`: reads the command line, runs one command, chooses the exit code.

mod args;
mod artifact;
mod client;
mod commands;
mod demo;
mod exit;
mod keys;
mod out;
mod package;
mod retention;
mod scripts;
mod secrets;
mod trust;
mod world;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Cli, Command, LogFormat};
use crate::exit::{Code, Exit};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // Before anything makes a connection: with more than one provider in the build rustls would refuse to choose.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let cli = Cli::parse();
    log_to_stderr(&cli);
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_stack_size(script::THREAD_STACK)
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return report(&Exit::new(Code::Failed, format!("threads cannot be started: {error}"))),
    };
    let result = runtime.block_on(run(cli));
    // What blocks for ever (a script, a prompt) must not hold the process.
    runtime.shutdown_timeout(std::time::Duration::from_millis(200));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(exit) => report(&exit),
    }
}

fn report(exit: &Exit) -> ExitCode {
    if !exit.text.is_empty() {
        out::error(&exit.text);
    }
    ExitCode::from(exit.code as u8)
}

async fn run(cli: Cli) -> Result<(), Exit> {
    match cli.command {
        Command::Run(args) => commands::run::run(args).await,
        Command::Check(args) => commands::check::run(&args),
        Command::Test(args) => commands::test::run(args).await,
        Command::Demo(args) => demo::run(args).await,
        Command::Diagram(args) => commands::diagram::run(&args),
        Command::Messages(args) => commands::messages::run(args).await,
        Command::Queues(args) => commands::places::queues(args).await,
        Command::Stores(args) => commands::places::stores(args).await,
        Command::Deliveries(args) => commands::places::deliveries(args).await,
        Command::Inboxes(args) => commands::places::inboxes(args).await,
        Command::Receivers(args) => commands::receivers::run(args).await,
        Command::Variables(args) => commands::values::variables(args).await,
        Command::Numbers(args) => commands::values::numbers(args).await,
        Command::Flows(args) => commands::flows::run(args).await,
        Command::Secret(args) => commands::secret::run(args),
        Command::Key(args) => commands::key::run(&args),
        Command::Doctor(args) => commands::doctor::run(&args).await,
        Command::Backup(args) => commands::backup::backup(&args),
        Command::Restore(args) => commands::backup::restore(&args),
        Command::Explain(args) => commands::explain::run(&args),
        Command::Schema => commands::language::schema(),
        Command::Reference => commands::language::reference(),
        Command::CliReference => commands::reference::run(),
    }
}

fn log_to_stderr(cli: &Cli) {
    use tracing_subscriber::EnvFilter;
    // Commands that ask and end say what they have to say by themselves.
    let standard = if matches!(cli.command, Command::Run(_)) { "info" } else { "error" };
    let filter = EnvFilter::try_from_env("SEMEL_LOG").unwrap_or_else(|_| EnvFilter::new(standard));
    let log =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(out::colour_stderr());
    match cli.log_format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().init(),
    }
}
