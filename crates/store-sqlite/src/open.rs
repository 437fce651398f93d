//! Opening: the data directory, its lock, connections with their settings, migrations.

use std::fs::{DirBuilder, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base::Sealer;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::fault::store_error;
use crate::{check, damage};

/// How to open the databases.
#[derive(Clone)]
pub struct Options {
    /// Page cache of the writing connection in MiB; each reader has a quarter of it.
    pub cache_mib: u32,
    /// The key for entries that ask for encryption.
    pub key: Option<[u8; 32]>,
    /// Threads that answer questions; 0 counts as 1.
    pub readers: usize,
    /// How much longer than others the message log keeps a message that is not at its end: as long as something can
    /// be parked for it.
    pub keep_unfinished: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Options { cache_mib: 16, key: None, readers: 2, keep_unfinished: store::KEEP_UNFINISHED }
    }
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let key = self.key.map(|_| "..");
        f.debug_struct("Options")
            .field("cache_mib", &self.cache_mib)
            .field("key", &key)
            .field("readers", &self.readers)
            .field("keep_unfinished", &self.keep_unfinished)
            .finish()
    }
}

/// Why a database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process, or another store in this one, has the directory.
    #[error("S0101: {} is in use by another process", .0.display())]
    InUse(PathBuf),
    /// A newer Semel wrote it.
    #[error("S0102: {} was written by a newer version (its schema is {found}, this version knows {known})", .path.display())]
    Newer {
        /// File.
        path: PathBuf,
        /// Version of its schema.
        found: i64,
        /// Newest version that is known.
        known: i64,
    },
    /// The directory or a file in it cannot be made or locked, or a thread cannot be started.
    #[error("S0103: {} cannot be opened: {error}", .path.display())]
    Io {
        /// Directory or file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// SQLite refuses the file.
    #[error("S0103: {} cannot be opened: {text}", .path.display())]
    Database {
        /// File.
        path: PathBuf,
        /// What SQLite says.
        text: String,
    },
    /// The file contradicts itself, or a part of it is missing.
    #[error("S0003: {} is damaged: {text}; it was left as it is, `semel explain S0003` says what to do", .path.display())]
    Damaged {
        /// File.
        path: PathBuf,
        /// What is wrong with it.
        text: String,
    },
    /// Another key was used before; a new one opens nothing that is there.
    #[error("S0403: {} was used with another key; it was left as it is", .0.display())]
    OtherKey(PathBuf),
    /// The crypto library refuses the key.
    #[error("S0104: the encryption key cannot be used")]
    Key,
}

impl OpenError {
    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> OpenError {
        let path = path.to_owned();
        move |error| OpenError::Io { path, error }
    }

    pub(crate) fn database(path: &Path) -> impl Fn(rusqlite::Error) -> OpenError {
        let path = path.to_owned();
        move |error| match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                OpenError::Damaged { path: path.clone(), text: error.to_string() }
            }
            _ => OpenError::Database { path: path.clone(), text: store_error(&error).0 },
        }
    }
}

/// A kind of database file: its name, the lock that guards it, its migrations in order.
pub(crate) struct Schema {
    pub file: &'static str,
    pub lock: &'static str,
    pub application_id: i32,
    pub synchronous: &'static str,
    pub migrations: &'static [&'static str],
}

/// What must survive.
pub(crate) const STATE: Schema = Schema {
    file: "state.db",
    lock: "lock",
    application_id: 0x5365_6d6c,
    synchronous: "FULL",
    migrations: &[include_str!("sql/state-1.sql"), include_str!("sql/state-2.sql"), include_str!("sql/state-3.sql")],
};

/// The message log: a power failure may cost its last lines, never its consistency.
pub(crate) const LOG: Schema = Schema {
    file: "log.db",
    lock: "log.lock",
    application_id: 0x5365_6d6d,
    synchronous: "NORMAL",
    migrations: &[include_str!("sql/log-1.sql"), include_str!("sql/log-2.sql")],
};

/// A database that is open: its writing connection, the connections of its readers, and the lock that keeps others out.
pub(crate) struct Opened {
    pub writer: Connection,
    pub readers: Vec<Connection>,
    pub lock: File,
}

/// Makes the directory where it is missing, locks it, opens the database and brings it up to date. Where there is a
/// sealer it has to be of the key that was used before.
pub(crate) fn open(
    dir: &Path,
    schema: &Schema,
    options: &Options,
    sealer: Option<&Sealer>,
) -> Result<Opened, OpenError> {
    create(dir).map_err(OpenError::io(dir))?;
    let lock = lock(dir, schema.lock)?;
    let path = dir.join(schema.file);
    damage::complete(&path)?;
    if schema.synchronous == "FULL" {
        damage::logged(&path)?;
    }
    // SQLite gives a new file the mode that the umask leaves, and its companions the mode of the file.
    private(&path).map_err(OpenError::io(&path))?;
    for companion in ["-wal", "-shm"] {
        tighten(&damage::companion(&path, companion));
    }
    let cache_kib = i64::from(options.cache_mib.max(1)) * 1024;
    let mut writer = connect(&path, schema, cache_kib).map_err(OpenError::database(&path))?;
    damage::check(&writer, &path)?;
    if let Some(sealer) = sealer
        && version(&writer, &path, schema)? > 0
        && check::fits(&writer, sealer).map_err(OpenError::database(&path))? == Some(false)
    {
        return Err(OpenError::OtherKey(path));
    }
    migrate(&mut writer, &path, schema)?;
    let readers = (0..options.readers.max(1)).map(|_| {
        let reader = connect(&path, schema, cache_kib / 4)?;
        reader.pragma_update(None, "query_only", true)?;
        Ok(reader)
    });
    let readers = readers.collect::<rusqlite::Result<_>>().map_err(OpenError::database(&path))?;
    Ok(Opened { writer, readers, lock })
}

pub(crate) fn create(dir: &Path) -> io::Result<()> {
    if dir.is_dir() {
        return Ok(());
    }
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    // Payloads are nobody else's business.
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)?;
    // The new directory itself must survive a power failure.
    #[cfg(unix)]
    if let Some(parent) = dir.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        File::open(parent)?.sync_all()?;
    }
    Ok(())
}

pub(crate) fn lock(dir: &Path, name: &str) -> Result<File, OpenError> {
    let path = dir.join(name);
    let file = private(&path).map_err(OpenError::io(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse(dir.to_owned())),
        Err(TryLockError::Error(error)) => Err(OpenError::io(&path)(error)),
    }
}

/// Opens a file, made for its owner only where it is missing: whatever the mode of the directory is, payloads are
/// nobody else's business.
fn private(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    tighten(path);
    Ok(file)
}

/// Takes the rights of others to a file that is there already, such as one of an older version.
fn tighten(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let Ok(metadata) = std::fs::metadata(path) else { return };
        if metadata.permissions().mode() & 0o077 != 0
            && let Err(error) = std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))
        {
            tracing::warn!(path = %path.display(), %error, "others may read this file, and that cannot be changed");
        }
    }
}

fn connect(path: &Path, schema: &Schema, cache_kib: i64) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.set_prepared_statement_cache_capacity(128);
    // Without this guarantee SQLite looks at the values bound to a statement and prepares it anew for each.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "busy_timeout", 5_000)?;
    // Negative means KiB.
    connection.pragma_update(None, "cache_size", -cache_kib)?;
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", schema.synchronous)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update_and_check(None, "journal_size_limit", 64 << 20, |_| Ok(()))?;
    Ok(connection)
}

/// The version of a database that this one knows; 0 is a new one.
fn version(connection: &Connection, path: &Path, schema: &Schema) -> Result<i64, OpenError> {
    let found = connection.pragma_query_value(None, "user_version", |row| row.get(0));
    let (found, known) = (found.map_err(OpenError::database(path))?, schema.migrations.len() as i64);
    if found > known { Err(OpenError::Newer { path: path.to_owned(), found, known }) } else { Ok(found) }
}

pub(crate) fn migrate(connection: &mut Connection, path: &Path, schema: &Schema) -> Result<(), OpenError> {
    let failed = OpenError::database(path);
    let found = version(connection, path, schema)?;
    for (version, sql) in (1_i64..).zip(schema.migrations).filter(|(version, _)| *version > found) {
        let step = |connection: &mut Connection| {
            let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
            transaction.execute_batch(sql)?;
            transaction.pragma_update(None, "application_id", schema.application_id)?;
            transaction.pragma_update(None, "user_version", version)?;
            transaction.commit()
        };
        step(connection).map_err(&failed)?;
    }
    Ok(())
}
