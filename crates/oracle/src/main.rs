//! `oracle`: runs scripts in the real Groovy and in ours and says where they differ.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a report is what this program is for")]

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use oracle::compare::Verdict;
use oracle::corpus::Corpus;
use oracle::report::Report;
use oracle::trial::{Trial, trial};
use oracle::{Jvm, Semel, Unavailable, inputs};

/// Runs scripts in the real Groovy and in ours and says where they differ.
#[derive(Parser)]
struct Args {
    #[command(subcommand)]
    command: What,
}

#[derive(Subcommand)]
enum What {
    /// Scripts in folders, files and zips, with guessed inputs.
    Scripts {
        /// Folders, scripts (`.groovy`, `.gsh`) and zips.
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        /// How to print.
        #[arg(long, value_enum, default_value_t = Format::Table)]
        format: Format,
        /// Only list the scripts of a standing (agree, blanks, wording, differ, refused, outside,
        /// no-entry, timeout, unparsed) or of
        /// reasons with this text.
        #[arg(long)]
        list: Option<String>,
        /// Show each call of one script.
        #[arg(long)]
        show: Option<PathBuf>,
        /// Calls of each script.
        #[arg(long, default_value_t = 5)]
        inputs: usize,
        /// Processes of the real Groovy.
        #[arg(long, default_value_t = 2)]
        jobs: usize,
    },
    /// Single expressions, one a line.
    Probes {
        /// The file.
        file: PathBuf,
    },
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Format {
    Table,
    Json,
}

fn main() -> ExitCode {
    let jvm = match Jvm::find() {
        Ok(jvm) => jvm,
        Err(missing) => {
            eprintln!("SKIPPED: {missing}");
            return ExitCode::SUCCESS;
        }
    };
    let result = match Args::parse().command {
        What::Scripts { paths, show: Some(file), inputs, .. } => show(jvm, &paths, &file, inputs),
        What::Scripts { paths, format, list, inputs, jobs, .. } => {
            scripts(&paths, inputs, jobs.clamp(1, 16)).map(|report| match (list, format) {
                (Some(what), _) => report.list(&what).iter().for_each(|line| println!("{line}")),
                (None, Format::Table) => println!("{}", report.table()),
                (None, Format::Json) => println!("{:#}", report.json()),
            })
        }
        What::Probes { file } => expressions(jvm, &file),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::from(2)
        }
    }
}

fn corpus(paths: &[PathBuf]) -> Result<Corpus, String> {
    let mut corpus = Corpus::default();
    for path in paths {
        corpus.add(path)?;
    }
    Ok(corpus)
}

/// One trial; a process that died in the midst is started anew once.
fn one(jvm: &mut Jvm, semel: &Semel, corpus: &Corpus, index: usize, most: usize) -> Result<Trial, Unavailable> {
    let script = &corpus.scripts[index];
    let mut attempt =
        || trial(jvm, semel, &script.source, corpus.companions(script), inputs::inputs(&script.source, most));
    attempt().or_else(|_| attempt())
}

fn scripts(paths: &[PathBuf], most: usize, jobs: usize) -> Result<Report, String> {
    let corpus = corpus(paths)?;
    let bar = if std::io::stderr().is_terminal() {
        let style = ProgressStyle::with_template("{bar:40} {pos}/{len} scripts").map_err(|e| e.to_string())?;
        ProgressBar::new(corpus.scripts.len() as u64).with_style(style)
    } else {
        ProgressBar::hidden()
    };
    let next = std::sync::atomic::AtomicUsize::new(0);
    let work = || -> Result<Vec<(usize, Trial)>, Unavailable> {
        let (mut jvm, semel, mut done) = (Jvm::find()?, Semel::default(), Vec::new());
        loop {
            let index = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let Some(script) = corpus.scripts.get(index) else { return Ok(done) };
            match one(&mut jvm, &semel, &corpus, index, most) {
                Ok(trial) => done.push((index, trial)),
                Err(problem) => eprintln!("{}: {problem}", script.path),
            }
            bar.inc(1);
        }
    };
    let parts = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..jobs).map(|_| scope.spawn(work)).collect();
        threads.into_iter().map(std::thread::ScopedJoinHandle::join).collect::<Vec<_>>()
    });
    bar.finish_and_clear();
    let mut trials = Vec::new();
    for part in parts {
        trials.extend(part.map_err(|_| "a worker fell over".to_owned())?.map_err(|e| e.to_string())?);
    }
    trials.sort_by_key(|(index, _)| *index);
    let mut report = Report::default();
    report.found = corpus.found;
    for (index, trial) in &trials {
        report.add(&corpus.scripts[*index].path, trial);
    }
    Ok(report)
}

fn show(mut jvm: Jvm, paths: &[PathBuf], file: &Path, most: usize) -> Result<(), String> {
    let corpus = corpus(paths)?;
    let wanted = file.display().to_string();
    let index = corpus.scripts.iter().position(|s| s.path.ends_with(&wanted)).ok_or("no such script")?;
    let trial = one(&mut jvm, &Semel::default(), &corpus, index, most).map_err(|e| e.to_string())?;
    println!("{}\n{:?}", corpus.scripts[index].path, trial.standing);
    for text in trial.refusal.iter().chain(trial.parsed.as_ref().err()) {
        println!("{text}");
    }
    for call in &trial.calls {
        println!(
            "\n=== {}\nbody: {}\nheaders: {:?}\nproperties: {:?}",
            call.input.name, call.input.body.text, call.input.headers, call.input.properties
        );
        match &call.verdict {
            Verdict::Differ(d) | Verdict::Wording(d) => println!("--- {}\nreal: {}\nours: {}", d.reason, d.want, d.got),
            other => println!("--- {other:?} ({})", call.real.phase),
        }
        for (who, outcome) in [("real", &call.real), ("ours", &call.ours)] {
            println!("{who}: {}", serde_json::to_string(outcome).unwrap_or_default());
        }
    }
    Ok(())
}

fn expressions(mut jvm: Jvm, file: &Path) -> Result<(), String> {
    let text = std::fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))?;
    let all = oracle::probes::probes(&mut jvm, &Semel::default(), &text).map_err(|e| e.to_string())?;
    for (code, want, got) in &all.differ {
        println!("{code}\n    real {want}\n    ours {got}");
    }
    for code in &all.refused {
        println!("{code}\n    does not compile there");
    }
    println!("{} of {} agree", all.total - all.differ.len() - all.refused.len(), all.total);
    Ok(())
}
