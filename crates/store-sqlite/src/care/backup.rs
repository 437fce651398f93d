//! A copy of a data directory in one file, made while the server runs.

use std::fs;
use std::path::{Path, PathBuf};

use base::Timestamp;
use rusqlite::params;
use serde::Serialize;

use super::{
    BACKUP_AT, CareError, Count, Result, copy_database, counts, failed, finish, io, part, read_only, set_meta, version,
};
use crate::damage::companion;
use crate::open::{LOG, STATE};

/// What is copied.
#[derive(Clone, Debug, Default)]
pub struct Backup {
    /// The message log too, into a file of its own: `FILE.log`.
    pub log: bool,
    /// Small files of the directory that go into the backup where they are there.
    pub files: Vec<String>,
}

/// What was copied.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BackupFacts {
    /// The moment of the copy.
    pub at: Timestamp,
    /// Bytes of the file.
    pub bytes: u64,
    /// The copy of the message log, where one was made.
    pub log: Option<PathBuf>,
    /// Small files that are in it.
    pub files: Vec<String>,
    /// Entries by place and state.
    pub entries: Vec<Count>,
}

/// Copies `state.db` of a directory into a new file, as it is at one moment.
///
/// # Errors
/// What could not be read or written; an unfinished file is removed.
pub fn backup(dir: &Path, to: &Path, what: &Backup, now: Timestamp) -> Result<BackupFacts> {
    let log = what.log.then(|| companion(to, ".log"));
    for path in [Some(to), log.as_deref()].into_iter().flatten() {
        if path.exists() {
            return Err(CareError(format!("S0502: {} exists already; a backup is never overwritten", path.display())));
        }
        // Of a backup that was cut off.
        remove(&part(path))?;
    }
    let made = write(dir, to, what, now);
    if made.is_err() {
        let _ = fs::remove_file(part(to));
    }
    let mut facts = made?;
    if let Some(log) = log {
        let source = dir.join(LOG.file);
        let connection = read_only(&source)?;
        version(&connection, &source, &LOG)?;
        drop(copy_database(&connection, &part(&log))?);
        finish(&part(&log), &log)?;
        facts.log = Some(log);
    }
    Ok(facts)
}

fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(io(path)(error)),
        _ => Ok(()),
    }
}

fn write(dir: &Path, to: &Path, what: &Backup, now: Timestamp) -> Result<BackupFacts> {
    let (source, unfinished) = (dir.join(STATE.file), part(to));
    if !source.exists() {
        return Err(CareError(format!("S0103: there is no {} in {}", STATE.file, dir.display())));
    }
    let connection = read_only(&source)?;
    version(&connection, &source, &STATE)?;
    let copy = copy_database(&connection, &unfinished)?;
    let mut files = Vec::new();
    let fill = |files: &mut Vec<String>| -> rusqlite::Result<Vec<Count>> {
        set_meta(&copy, BACKUP_AT, now)?;
        copy.execute_batch("CREATE TABLE backup_file (name TEXT PRIMARY KEY, content BLOB NOT NULL) STRICT")?;
        for name in &what.files {
            if let Ok(content) = fs::read(dir.join(name)) {
                copy.execute("INSERT INTO backup_file (name, content) VALUES (?1, ?2)", params![name, content])?;
                files.push(name.clone());
            }
        }
        counts(&copy)
    };
    let entries = fill(&mut files).map_err(failed(&unfinished))?;
    // A backup that cannot be read is none.
    if let Some(problem) = crate::damage::quick_check(&copy).map_err(failed(&unfinished))? {
        return Err(CareError(format!("S0003: {} is damaged: {problem}", source.display())));
    }
    drop(copy);
    finish(&unfinished, to)?;
    let bytes = fs::metadata(to).map_err(io(to))?.len();
    Ok(BackupFacts { at: now, bytes, log: None, files, entries })
}
