//! `semel backup` and `semel restore`: a data directory in one file, and back.

use base::{Clock, WallClock};
use serde_json::{Value, json};
use store_sqlite::care::{self, Backup, BackupFacts, CareError, Count, Restore, RestoreFacts};

use crate::args::{BackupArgs, Format, RestoreArgs};
use crate::exit::Exit;
use crate::{keys, out};

/// Small files that go into every backup where they are there: sealed with the key, or nothing to hide.
const FILES: [&str; 2] = ["secrets.sealed", "time-lapse.json"];
/// The file that is copied only when asked for.
const KEY: &str = "key";

fn failed(error: CareError) -> Exit {
    Exit::failed(error.0)
}

pub(crate) fn backup(args: &BackupArgs) -> Result<(), Exit> {
    let mut files: Vec<String> = FILES.map(str::to_owned).to_vec();
    if args.with_key {
        if !args.data.join(KEY).exists() {
            return Err(Exit::failed(
                "the key is not in the data directory (is it in SEMEL_KEY?), so it cannot be copied",
            ));
        }
        files.push(KEY.to_owned());
    }
    let what = Backup { log: args.with_log, files };
    let facts = care::backup(&args.data, &args.to, &what, WallClock.now()).map_err(failed)?;
    match args.format {
        Format::Json => out::json(&backup_json(args, &facts)),
        Format::Text => {
            let open: u64 = facts.entries.iter().map(|count| count.entries).sum();
            let mut text = format!("{} holds the state of {}, {open} entries\n", args.to.display(), facts.at);
            if let Some(log) = &facts.log {
                text.push_str(&format!("{} holds the message log\n", log.display()));
            }
            text.push_str(if args.with_key {
                "the key is in the file: guard it like the data directory"
            } else {
                "the key is NOT in the file: keep a copy of it elsewhere; without it secrets and encrypted payloads are lost"
            });
            out::line(&text)
        }
    }
}

fn backup_json(args: &BackupArgs, facts: &BackupFacts) -> Value {
    json!({
        "file": args.to, "at": facts.at.to_string(), "bytes": facts.bytes, "log": facts.log, "files": facts.files,
        "entries": facts.entries,
    })
}

pub(crate) fn restore(args: &RestoreArgs) -> Result<(), Exit> {
    let Some(file) = &args.file else {
        let released = care::release(&args.data, WallClock.now()).map_err(failed)?;
        return match args.format {
            Format::Json => out::json(&json!({ "released": released })),
            Format::Text => out::line(&format!("{released} entries wait again; they go on when the server starts")),
        };
    };
    keys::create_dir(&args.data)?;
    let how = Restore { resume: args.resume, force: args.force };
    let facts = care::restore(file, &args.data, how, WallClock.now()).map_err(failed)?;
    match args.format {
        Format::Json => out::json(&restore_json(&facts)),
        Format::Text => out::text(&report(args, &facts)),
    }
}

fn restore_json(facts: &RestoreFacts) -> Value {
    json!({
        "backup": facts.backup_at.to_string(), "held": facts.held, "open": facts.open, "ranges": facts.ranges,
        "files": facts.files, "log": facts.log, "aside": facts.aside,
    })
}

/// What was brought back, and what nobody can know.
fn report(args: &RestoreArgs, facts: &RestoreFacts) -> String {
    let mut text = format!("{} is as it was at {}\n", args.data.display(), facts.backup_at);
    for path in &facts.aside {
        text.push_str(&format!("put aside: {path}\n"));
    }
    if !args.data.join(KEY).exists() && std::env::var_os("SEMEL_KEY").is_none() {
        text.push_str(
            "warning: the key is not there; put it back before the start, which is refused where something needs it\n",
        );
    }
    let total: u64 = facts.open.iter().map(|count| count.entries).sum();
    text.push_str(
        "\nWhat was delivered before the backup is not sent again. What happened after it nobody knows here:\n",
    );
    if total == 0 {
        text.push_str("- nothing waited at that moment\n");
    } else {
        let fate = if args.resume { "go on, with the same delivery ids" } else { "are held for a person (S0503)" };
        text.push_str(&format!("- {total} entries waited; they may have been done since, and {fate}:\n"));
        let rows = facts.open.iter().map(|Count { kind, place, flow, state, entries }| {
            vec![kind.clone(), place.clone(), flow.clone(), state.clone(), entries.to_string()]
        });
        text.push_str(&out::table(&["kind", "name", "flow", "state", "entries"], rows.collect()));
        text.push('\n');
    }
    text.push_str(
        "- messages taken in after the backup are not here; a sender that repeats one by its key is served anew\n",
    );
    for range in &facts.ranges {
        let next = range.next.map_or_else(|| "nothing".to_owned(), |n| n.to_string());
        text.push_str(&format!(
            "- number range {}: the next number is {next}, which may have been drawn since\n",
            range.name
        ));
    }
    text
}
