//! Damaged files: found when they are opened, and a damaged message log set aside.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode};

use crate::open::OpenError;

/// Files up to this size are read through at every start; larger ones are by `semel doctor`.
const READ_THROUGH: u64 = 32 << 20;
/// The format of an index of a write-ahead log.
const INDEX_FORMAT: u32 = 3_007_000;

/// A file beside a database: `-wal`, `-shm`.
pub(crate) fn companion(path: &Path, end: &str) -> PathBuf {
    let mut name: OsString = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

fn length(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |metadata| metadata.len())
}

/// Refuses a write-ahead log without its database: SQLite would begin a new one and throw the log away.
pub(crate) fn complete(path: &Path) -> Result<(), OpenError> {
    let log = companion(path, "-wal");
    if length(path) == 0 && length(&log) > 0 {
        let text = format!("the file is missing or empty, and {} is there", log.display());
        return Err(OpenError::Damaged { path: path.to_owned(), text });
    }
    Ok(())
}

/// Refuses a database that is synced at each commit where commits stood in a write-ahead log that is gone. The index of
/// that log (`-shm`) goes with it where SQLite removes it, and a commit stands in the index only after its log, with its
/// name, is on the disk: an index that knows more than was copied into the database had a log.
pub(crate) fn logged(path: &Path) -> Result<(), OpenError> {
    match unlogged(path) {
        Some(text) => Err(OpenError::Damaged { path: path.to_owned(), text }),
        None => Ok(()),
    }
}

/// What is said of a write-ahead log that is gone.
pub(crate) fn unlogged(path: &Path) -> Option<String> {
    let log = companion(path, "-wal");
    if length(&log) > 0 {
        return None;
    }
    let mut head = [0_u8; 100];
    File::open(companion(path, "-shm")).and_then(|mut index| index.read_exact(&mut head)).ok()?;
    let number = |at: usize| head.get(at..at + 4).and_then(|b| b.try_into().ok()).map_or(0, u32::from_ne_bytes);
    // Its header stands there twice: two that differ were being written.
    let whole = head[..48] == head[48..96] && number(0) == INDEX_FORMAT && head[12] == 1;
    let (written, copied) = (number(16), number(96));
    (whole && written > copied).then(|| {
        format!("{} is missing or empty, and {} pages of commits stood in it alone", log.display(), written - copied)
    })
}

/// Looks at a database before it is used.
pub(crate) fn check(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    let damaged = |text: String| OpenError::Damaged { path: path.to_owned(), text };
    match find(connection, path) {
        Ok(None) => Ok(()),
        Ok(Some(text)) => Err(damaged(text)),
        Err(error) => match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Err(damaged(error.to_string())),
            // A full disk is no damage, and says so when something is written.
            _ => Ok(()),
        },
    }
}

/// What is wrong with a database, as far as it can be seen in short time.
fn find(connection: &Connection, path: &Path) -> rusqlite::Result<Option<String>> {
    let pages: i64 = connection.pragma_query_value(None, "page_count", |row| row.get(0))?;
    let size: i64 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
    let (logged, copied): (i64, i64) =
        connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| Ok((row.get(1)?, row.get(2)?)))?;
    let (wanted, found) = (pages.saturating_mul(size).unsigned_abs(), length(path));
    if logged == copied && found < wanted {
        return Ok(Some(format!("it has {found} bytes of {wanted}; the rest was cut off")));
    }
    if found > READ_THROUGH {
        return Ok(None);
    }
    quick_check(connection)
}

/// What SQLite's own check finds first.
pub(crate) fn quick_check(connection: &Connection) -> rusqlite::Result<Option<String>> {
    let text: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    Ok((text != "ok").then(|| text.replace('\n', " ")))
}

/// The file that says that a message log was found damaged while it was written.
pub(crate) fn marker(path: &Path) -> PathBuf {
    companion(path, ".damaged")
}

/// Renames a damaged database with its companions, so that a new one can be begun; gives the new name.
pub(crate) fn set_aside(path: &Path) -> std::io::Result<PathBuf> {
    let free = |n: &u32| !companion(path, &format!(".damaged-{n}")).exists();
    let number = (1..10_000).find(free).unwrap_or(10_000);
    let aside = companion(path, &format!(".damaged-{number}"));
    for end in ["-shm", "-wal", ""] {
        let from = companion(path, end);
        if from.exists() {
            fs::rename(&from, companion(&aside, end))?;
        }
    }
    match fs::remove_file(marker(path)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(aside),
    }
}
