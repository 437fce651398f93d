//! A backup becomes a data directory again, and what may have happened since it was made is held for a person.

use std::fs;
use std::path::Path;

use base::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;

use super::{
    BACKUP_AT, CareError, Count, HELD, RESTORED_AT, RESTORED_FROM, Result, copy_database, counts, create_private,
    failed, finish, io, meta, part, read_only, set_meta, version,
};
use crate::check;
use crate::damage::{companion, quick_check};
use crate::open::{self, LOG, STATE};

/// How a backup is brought back.
#[derive(Clone, Copy, Debug, Default)]
pub struct Restore {
    /// Let everything go on that was open when the backup was made, instead of holding it.
    pub resume: bool,
    /// Put files that are in the directory aside, instead of refusing it.
    pub force: bool,
}

/// What is held, or would be without `resume`.
pub type Held = Count;

/// A number range as the backup knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Range {
    /// Name.
    pub name: String,
    /// The number that is drawn next; it may have been drawn since the backup.
    pub next: Option<i64>,
}

/// What was brought back, and what it means.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RestoreFacts {
    /// When the backup was made.
    pub backup_at: Timestamp,
    /// Whether what was open is held.
    pub held: bool,
    /// What was open when the backup was made, by place and state.
    pub open: Vec<Held>,
    /// Number ranges.
    pub ranges: Vec<Range>,
    /// Small files that were brought back.
    pub files: Vec<String>,
    /// Whether the message log was brought back.
    pub log: bool,
    /// Where files went that were in the directory.
    pub aside: Vec<String>,
}

/// Makes a directory of a backup.
///
/// # Errors
/// What is wrong with the file, with the directory, or with writing. A directory that was refused is as it was.
pub fn restore(file: &Path, dir: &Path, how: Restore, now: Timestamp) -> Result<RestoreFacts> {
    let backup = read_only(file)?;
    version(&backup, file, &STATE)?;
    let backup_at = meta(&backup, BACKUP_AT).map_err(failed(file))?;
    let Some(backup_at) = backup_at else {
        return Err(CareError(format!("S0501: {} is no backup: `semel backup` did not make it", file.display())));
    };
    if let Some(problem) = quick_check(&backup).map_err(failed(file))? {
        return Err(CareError(format!("S0003: {} is damaged: {problem}", file.display())));
    }
    open::create(dir).map_err(io(dir))?;
    let taken: Vec<_> = [STATE.file, LOG.file].iter().map(|f| dir.join(f)).filter(|path| path.exists()).collect();
    if !taken.is_empty() && !how.force {
        let text = "holds data already; --force puts its databases aside";
        return Err(CareError(format!("S0502: {} {text}", dir.display())));
    }
    // From here on nobody else uses the directory.
    let _locks = [open::lock(dir, STATE.lock), open::lock(dir, LOG.lock)]
        .into_iter()
        .collect::<std::result::Result<Vec<_>, _>>();
    let _locks = _locks.map_err(|error| CareError(error.to_string()))?;
    let unfinished = part(&dir.join(STATE.file));
    let _ = fs::remove_file(&unfinished);
    let mut state = copy_database(&backup, &unfinished)?;
    // Brought up to date first: an older backup lacks columns.
    open::migrate(&mut state, &unfinished, &STATE).map_err(|error| CareError(error.to_string()))?;
    let mut facts = mark(&mut state, backup_at, how, now).map_err(failed(&unfinished))?;
    drop(state);

    let number = (1..10_000).find(|n| !companion(&dir.join(STATE.file), &format!(".before-{n}")).exists()).unwrap_or(1);
    for path in &taken {
        for end in ["-shm", "-wal", ""] {
            let (from, to) = (companion(path, end), companion(&companion(path, &format!(".before-{number}")), end));
            if from.exists() {
                fs::rename(&from, &to).map_err(io(&from))?;
                facts.aside.push(to.display().to_string());
            }
        }
    }
    let log = companion(file, ".log");
    if log.exists() {
        let connection = read_only(&log)?;
        version(&connection, &log, &LOG)?;
        let unfinished = part(&dir.join(LOG.file));
        let _ = fs::remove_file(&unfinished);
        drop(copy_database(&connection, &unfinished)?);
        finish(&unfinished, &dir.join(LOG.file))?;
        facts.log = true;
    }
    facts.files = small_files(&backup, dir)?;
    // The state last: without it the directory is empty, and the restore is simply done again.
    finish(&unfinished, &dir.join(STATE.file))?;
    Ok(facts)
}

/// Writes into the copy what it is, and holds what was open.
fn mark(state: &mut Connection, backup_at: Timestamp, how: Restore, now: Timestamp) -> rusqlite::Result<RestoreFacts> {
    let transaction = state.transaction()?;
    transaction.execute_batch("DROP TABLE IF EXISTS backup_file")?;
    transaction.execute("DELETE FROM meta WHERE name = ?1", [BACKUP_AT])?;
    set_meta(&transaction, RESTORED_AT, now)?;
    set_meta(&transaction, RESTORED_FROM, backup_at)?;
    let sealed = "SELECT EXISTS (SELECT 1 FROM entry WHERE encrypted = 1)";
    // Where nothing is sealed any key will do, and the old one may be lost.
    if !transaction.query_row(sealed, [], |row| row.get::<_, bool>(0))? {
        check::forget(&transaction)?;
    }
    let mut open = counts(&transaction)?;
    open.retain(|count| matches!(count.state.as_str(), "waiting" | "taken"));
    if how.resume {
        // The receiver's policy decides about a delivery that may have been made.
        transaction.execute(
            "UPDATE entry SET doubt = 1 WHERE state IN ('waiting', 'taken') \
             AND place IN (SELECT number FROM place WHERE kind = 'delivery')",
            [],
        )?;
    } else {
        let error =
            format!("{HELD}held since the restore at {now}: it may have been done after the backup of {backup_at}");
        transaction.execute(
            "UPDATE entry SET state = 'in-doubt', error = ?1, doubt = \
             (SELECT kind FROM place WHERE number = entry.place) = 'delivery' WHERE state IN ('waiting', 'taken')",
            [error],
        )?;
    }
    let ranges = {
        let mut select = transaction.prepare("SELECT name, next FROM number_range ORDER BY name")?;
        let rows = select.query_map([], |row| Ok(Range { name: row.get(0)?, next: row.get(1)? }))?;
        rows.collect::<rusqlite::Result<_>>()?
    };
    transaction.commit()?;
    let held = !how.resume && !open.is_empty();
    Ok(RestoreFacts { backup_at, held, open, ranges, files: Vec::new(), log: false, aside: Vec::new() })
}

/// Writes the small files of a backup that the directory does not have.
fn small_files(backup: &Connection, dir: &Path) -> Result<Vec<String>> {
    let read = || -> rusqlite::Result<Vec<(String, Vec<u8>)>> {
        let has = "SELECT 1 FROM sqlite_schema WHERE name = 'backup_file'";
        if backup.query_row(has, [], |_| Ok(())).optional()?.is_none() {
            return Ok(Vec::new());
        }
        let mut select = backup.prepare("SELECT name, content FROM backup_file ORDER BY name")?;
        let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect()
    };
    let mut written = Vec::new();
    for (name, content) in read().map_err(failed(dir))? {
        let path = dir.join(&name);
        // A name is a name: a file that was tampered with must not write elsewhere.
        if path.parent() != Some(dir) || name.starts_with('.') || path.exists() {
            continue;
        }
        let unfinished = part(&path);
        let _ = fs::remove_file(&unfinished);
        create_private(&unfinished)?;
        fs::write(&unfinished, content).map_err(io(&unfinished))?;
        finish(&unfinished, &path)?;
        written.push(name);
    }
    Ok(written)
}

/// Lets everything go on that a restore holds; answers how many entries that were. The server must not run.
///
/// # Errors
/// The directory is in use, or cannot be written.
pub fn release(dir: &Path, now: Timestamp) -> Result<u64> {
    let path = dir.join(STATE.file);
    if !path.exists() {
        return Err(CareError(format!("S0103: there is no {} in {}", STATE.file, dir.display())));
    }
    let opened =
        open::open(dir, &STATE, &crate::Options::default(), None).map_err(|error| CareError(error.to_string()))?;
    let sql = "UPDATE entry SET state = 'waiting', due = ?1 WHERE state = 'in-doubt' AND error GLOB ?2";
    let changed = opened.writer.execute(sql, params![now.0, format!("{HELD}*")]).map_err(failed(&path))?;
    Ok(changed as u64)
}
