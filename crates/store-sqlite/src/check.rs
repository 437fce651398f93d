//! The check of the key: a small sealed value that says at each start whether the key is the one that was used before.

use base::{Entropy, Sealer};
use rusqlite::{Connection, OptionalExtension};

use crate::{json, payload};

/// The row of the table `meta` that holds it.
const ROW: &str = "key-check";
/// What it is bound to.
const PLACE: &str = "key check";
/// Most entries that are tried where there is no check value yet.
const TRIED: u32 = 1_000;

fn stored(connection: &Connection) -> rusqlite::Result<Option<String>> {
    connection.query_row("SELECT value FROM meta WHERE name = ?1", [ROW], |row| row.get(0)).optional()
}

/// Whether a database was used with a key: there is something that another one does not open.
pub(crate) fn has_key(connection: &Connection) -> rusqlite::Result<bool> {
    let sealed = "SELECT EXISTS (SELECT 1 FROM entry WHERE encrypted = 1)";
    Ok(stored(connection)?.is_some() || connection.query_row(sealed, [], |row| row.get(0))?)
}

/// Whether a key is the one that a database was used with; `None` where it was used with none yet. A database of an
/// older version has no check value: there a key is right that opens any of its entries.
pub(crate) fn fits(connection: &Connection, sealer: &Sealer) -> rusqlite::Result<Option<bool>> {
    if let Some(text) = stored(connection)? {
        return Ok(Some(json::unhex(&text).is_ok_and(|sealed| sealer.open(&sealed, PLACE).is_some())));
    }
    let mut select = connection.prepare(
        "SELECT e.number, p.body FROM entry e JOIN payload p ON p.entry = e.number WHERE e.encrypted = 1 \
         ORDER BY e.number DESC LIMIT ?1",
    )?;
    let mut rows = select.query([TRIED])?;
    let mut fits = None;
    while let Some(row) = rows.next()? {
        let opened = sealer.open(row.get_ref(1)?.as_blob()?, &payload::place(row.get(0)?)).is_some();
        fits = Some(opened);
        if opened {
            break;
        }
    }
    Ok(fits)
}

/// Writes the check value of a key, where there is none.
pub(crate) fn remember(connection: &Connection, sealer: &Sealer, entropy: &dyn Entropy) -> rusqlite::Result<()> {
    if stored(connection)?.is_none()
        && let Some(sealed) = sealer.seal(b"semel", PLACE, entropy)
    {
        connection.execute("INSERT INTO meta (name, value) VALUES (?1, ?2)", (ROW, base::hex(&sealed)))?;
    }
    Ok(())
}

/// Forgets which key was used.
pub(crate) fn forget(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM meta WHERE name = ?1", [ROW]).map(|_| ())
}
