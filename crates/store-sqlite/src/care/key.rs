//! Which key a data directory was used with, and another one in its place.

use std::path::Path;
use std::sync::Arc;

use base::Entropy;
use rusqlite::Connection;
use serde::Serialize;

use super::{CareError, Result, failed, inspect, read_only, version};
use crate::open::{self, STATE};
use crate::payload::Cipher;
use crate::{check, damage};

/// What a key opens that was put in the place of another one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AcceptFacts {
    /// Entries that are encrypted.
    pub encrypted: u64,
    /// Entries that cannot be read.
    pub unreadable: u64,
}

/// Whether a directory was used with a key, so that a new one would open nothing that is there.
///
/// # Errors
/// It cannot be opened or read, or is of a newer version.
pub fn has_key(dir: &Path) -> Result<bool> {
    let path = dir.join(STATE.file);
    if std::fs::metadata(&path).map_or(0, |file| file.len()) == 0 {
        return Ok(false);
    }
    damage::logged(&path).map_err(|error| CareError(error.to_string()))?;
    let connection = read_only(&path)?;
    version(&connection, &path, &STATE)?;
    check::has_key(&connection).map_err(failed(&path))
}

/// Takes a key for the right one from now on, whatever a directory was used with before. The server must not run.
///
/// # Errors
/// The directory is in use, or cannot be written.
pub fn accept_key(dir: &Path, key: &[u8; 32], entropy: Arc<dyn Entropy>) -> Result<AcceptFacts> {
    let path = dir.join(STATE.file);
    if !path.exists() {
        return Ok(AcceptFacts::default());
    }
    let options = crate::Options { key: Some(*key), ..crate::Options::default() };
    let cipher = Cipher::new(&options, entropy).map_err(|error| CareError(error.to_string()))?;
    let mut opened = open::open(dir, &STATE, &options, None).map_err(|error| CareError(error.to_string()))?;
    swap(&mut opened.writer, &cipher).map_err(failed(&path))?;
    inspect::readable(&opened.writer, &cipher).map_err(failed(&path))
}

fn swap(connection: &mut Connection, cipher: &Cipher) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    check::forget(&transaction)?;
    cipher.remember(&transaction)?;
    transaction.commit()
}
