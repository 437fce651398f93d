//! What can be seen of a database from outside, without changing anything.

use std::fs::{self, File, TryLockError};
use std::path::Path;
use std::sync::Arc;

use base::{Sealer, SystemEntropy, Timestamp};
use rusqlite::{Connection, OptionalExtension};
use serde::Serialize;

use super::{AcceptFacts, Count, RESTORED_AT, RESTORED_FROM, Result, counts, failed, io, meta, read_only, version};
use crate::check;
use crate::damage::{companion, unlogged};
use crate::open::{LOG, STATE};
use crate::payload::{self, Cipher};

/// Which database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// `state.db`.
    State,
    /// `log.db`.
    Log,
}

/// What was seen.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Inspection {
    /// Version of its tables.
    pub schema: i64,
    /// Bytes of the database.
    pub bytes: u64,
    /// Bytes of its write-ahead log.
    pub log_bytes: u64,
    /// What its integrity check says; empty where all is well.
    pub problems: Vec<String>,
    /// Entries by place and state.
    pub entries: Vec<Count>,
    /// Entries that wait longer than they should.
    pub overdue: u64,
    /// The newest time that was stored as a present.
    pub newest: Option<Timestamp>,
    /// Payloads that are encrypted.
    pub encrypted: u64,
    /// Whether the key is the one that it was used with; nothing where it was used with none or there is no key.
    pub key_fits: Option<bool>,
    /// Entries whose payload cannot be read: another key, or damaged.
    pub unreadable: u64,
    /// Until then nothing that has expired is removed, because the clock may have jumped.
    pub removes_nothing_until: Option<Timestamp>,
    /// When it was restored, and from a backup of which time.
    pub restored: Option<(Timestamp, Timestamp)>,
}

/// Looks at a database of a directory; `None` where there is none. The whole file is read.
///
/// # Errors
/// It cannot be opened or read, or is of a newer version.
pub fn inspect(dir: &Path, which: Which, now: Timestamp, key: Option<&[u8; 32]>) -> Result<Option<Inspection>> {
    let schema = if which == Which::State { &STATE } else { &LOG };
    let path = dir.join(schema.file);
    if !path.exists() {
        return Ok(None);
    }
    let length = |path: &Path| fs::metadata(path).map_or(0, |m| m.len());
    // To open it would make a new log, and an index that knows nothing of the one that is gone.
    if let (Which::State, Some(text)) = (which, unlogged(&path)) {
        return Ok(Some(Inspection { bytes: length(&path), problems: vec![text], ..Inspection::default() }));
    }
    let connection = read_only(&path)?;
    let mut seen = Inspection {
        schema: version(&connection, &path, schema)?,
        bytes: length(&path),
        log_bytes: length(&companion(&path, "-wal")),
        problems: integrity(&connection).map_err(failed(&path))?,
        ..Inspection::default()
    };
    if seen.problems.is_empty() {
        match which {
            Which::State => state(&connection, &mut seen, now, key).map_err(failed(&path))?,
            Which::Log => {
                let sql = "SELECT MAX(MAX(started), COALESCE(MAX(ended), 0)) FROM message";
                let newest: Option<i64> = connection.query_row(sql, [], |row| row.get(0)).map_err(failed(&path))?;
                seen.newest = newest.map(Timestamp);
            }
        }
    }
    Ok(Some(seen))
}

fn integrity(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut select = connection.prepare("PRAGMA integrity_check(10)")?;
    let rows = select.query_map([], |row| row.get::<_, String>(0))?;
    let mut problems: Vec<String> = rows.collect::<rusqlite::Result<_>>()?;
    problems.retain(|line| line != "ok");
    Ok(problems)
}

fn state(
    connection: &Connection,
    seen: &mut Inspection,
    now: Timestamp,
    key: Option<&[u8; 32]>,
) -> rusqlite::Result<()> {
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, Option<i64>>(0));
    seen.entries = counts(connection)?;
    let overdue = "SELECT COUNT(*) FROM entry WHERE alert_at <= ?1 AND state IN ('waiting', 'taken')";
    seen.overdue = connection.query_row(overdue, [now.0], |row| row.get::<_, i64>(0))?.unsigned_abs();
    let newest = [
        number("SELECT MAX(created) FROM entry")?,
        number("SELECT MAX(updated) FROM variable")?,
        number("SELECT MAX(last) FROM timer")?,
    ];
    seen.newest = newest.into_iter().flatten().max().map(Timestamp);
    let hold = number("SELECT next FROM timer WHERE flow = '' AND process = 'sweep'").optional()?.flatten();
    seen.removes_nothing_until = hold.map(Timestamp).filter(|until| *until > now);
    seen.restored = meta(connection, RESTORED_AT)?.zip(meta(connection, RESTORED_FROM)?);
    let cipher = Cipher::with(key.and_then(Sealer::new), Arc::new(SystemEntropy));
    seen.key_fits = cipher.sealer().map(|sealer| check::fits(connection, sealer)).transpose()?.flatten();
    AcceptFacts { encrypted: seen.encrypted, unreadable: seen.unreadable } = readable(connection, &cipher)?;
    Ok(())
}

/// Reads all payloads.
pub(super) fn readable(connection: &Connection, cipher: &Cipher) -> rusqlite::Result<AcceptFacts> {
    let mut facts = AcceptFacts::default();
    // One view of the database: what is done and removed meanwhile is not missed.
    let view = connection.unchecked_transaction()?;
    let mut select = view.prepare("SELECT number, encrypted FROM entry ORDER BY number")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let (number, encrypted): (i64, bool) = (row.get(0)?, row.get(1)?);
        facts.encrypted += u64::from(encrypted);
        facts.unreadable += u64::from(payload::read(&view, cipher, number, encrypted).is_err());
    }
    Ok(facts)
}

/// Whether a process has the directory. A directory without a lock file was never used.
///
/// # Errors
/// The lock cannot be looked at.
pub fn is_in_use(dir: &Path) -> Result<bool> {
    let path = dir.join(STATE.lock);
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(io(&path)(error)),
    };
    match file.try_lock_shared() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(io(&path)(error)),
    }
}
