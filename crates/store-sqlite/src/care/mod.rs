//! Care of the files of a data directory from outside the server: look at them, copy them, bring a copy back.
//!
//! Looking and copying go on while a server runs; they read as any other reader does and take no lock of Semel's.

mod backup;
mod inspect;
mod key;
mod restore;

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use base::Timestamp;
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use serde::Serialize;

pub use backup::{Backup, BackupFacts, backup};
pub use inspect::{Inspection, Which, inspect, is_in_use};
pub use key::{AcceptFacts, accept_key, has_key};
pub use restore::{Held, Range, Restore, RestoreFacts, release, restore};

use crate::fault::store_error;
use crate::open::Schema;

/// Why files could not be looked at, copied or brought back. The text begins with a code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct CareError(pub String);

type Result<T> = std::result::Result<T, CareError>;

/// Names of rows of the table `meta`.
const BACKUP_AT: &str = "backup-at";
const RESTORED_AT: &str = "restored-at";
const RESTORED_FROM: &str = "restored-from";

/// The begin of the error text of an entry that a restore holds.
pub(crate) const HELD: &str = "S0503: ";

fn failed(path: &Path) -> impl Fn(rusqlite::Error) -> CareError {
    let path = path.to_owned();
    move |error| CareError(format!("{} ({})", store_error(&error).0, path.display()))
}

fn io(path: &Path) -> impl Fn(std::io::Error) -> CareError {
    let path = path.to_owned();
    move |error| CareError(format!("S0103: {}: {error}", path.display()))
}

/// A connection that cannot change anything.
fn read_only(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(failed(path))?;
    connection.pragma_update(None, "busy_timeout", 5_000).map_err(failed(path))?;
    Ok(connection)
}

/// The version of a file's tables; an error where it is no file of this kind, or one of a newer Semel.
fn version(connection: &Connection, path: &Path, schema: &Schema) -> Result<i64> {
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).map_err(failed(path));
    if pragma("application_id")? != i64::from(schema.application_id) {
        return Err(CareError(format!("S0003: {} is no {} of Semel", path.display(), schema.file)));
    }
    let (found, known) = (pragma("user_version")?, schema.migrations.len() as i64);
    if found > known {
        let text = format!("its schema is {found}, this version knows {known}");
        return Err(CareError(format!("S0102: {} was written by a newer version ({text})", path.display())));
    }
    Ok(found)
}

fn meta(connection: &Connection, name: &str) -> rusqlite::Result<Option<Timestamp>> {
    let sql = "SELECT value FROM meta WHERE name = ?1";
    let text: Option<String> = connection.query_row(sql, [name], |row| row.get(0)).optional()?;
    Ok(text.and_then(|text| text.parse().ok()).map(Timestamp))
}

fn set_meta(connection: &Connection, name: &str, at: Timestamp) -> rusqlite::Result<()> {
    connection.execute("INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)", (name, at.0.to_string()))?;
    Ok(())
}

/// Entries of one kind of place in one state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Count {
    /// Kind of place.
    pub kind: String,
    /// Name of the place.
    pub place: String,
    /// Flow of the place; empty where it has none.
    pub flow: String,
    /// State of the entries.
    pub state: String,
    /// How many.
    pub entries: u64,
}

fn counts(connection: &Connection) -> rusqlite::Result<Vec<Count>> {
    let mut select = connection.prepare(
        "SELECT p.kind, p.name, p.flow, e.state, COUNT(*) FROM entry e JOIN place p ON p.number = e.place \
         GROUP BY p.number, e.state ORDER BY p.kind, p.name, p.flow, e.state",
    )?;
    let rows = select.query_map([], |row| {
        let entries = row.get::<_, i64>(4)?.unsigned_abs();
        Ok(Count { kind: row.get(0)?, place: row.get(1)?, flow: row.get(2)?, state: row.get(3)?, entries })
    })?;
    rows.collect()
}

/// A new file for its owner only; an error where there is one.
fn create_private(path: &Path) -> Result<()> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(io(path))?;
    Ok(())
}

/// Copies a database as it is at one moment, also while it is written, into a single new file.
fn copy_database(from: &Connection, to: &Path) -> Result<Connection> {
    create_private(to)?;
    let mut copy = Connection::open(to).map_err(failed(to))?;
    {
        let running = rusqlite::backup::Backup::new(from, &mut copy).map_err(failed(to))?;
        // All in one step: one view of the database, however much is written meanwhile.
        loop {
            match running.step(-1).map_err(failed(to))? {
                rusqlite::backup::StepResult::Done => break,
                _ => std::thread::sleep(std::time::Duration::from_millis(50)),
            }
        }
    }
    // A copy is one file, not one with companions.
    copy.pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(())).map_err(failed(to))?;
    Ok(copy)
}

/// Gives a finished file its name, durably.
fn finish(part: &Path, path: &Path) -> Result<()> {
    let synced = || -> std::io::Result<()> {
        File::open(part)?.sync_all()?;
        fs::rename(part, path)?;
        let parent = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(parent)?.sync_all()
    };
    synced().map_err(io(path))
}

/// The name of a file while it is made.
fn part(path: &Path) -> PathBuf {
    crate::damage::companion(path, ".part")
}
