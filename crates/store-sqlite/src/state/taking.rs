//! Taking entries: what is due, oldest first, without the stopped; in order where the place is exclusive.

use base::{EntryKey, Timestamp};
use rusqlite::{Connection, OptionalExtension};
use store::{Entry, Place};

use super::entry;
use crate::fault::Result;
use crate::payload::Cipher;

/// The number of a place that is known and not stopped.
fn open_place(connection: &Connection, place: &Place) -> Result<Option<i64>> {
    let mut select = connection
        .prepare_cached("SELECT number FROM place WHERE kind = ?1 AND name = ?2 AND flow = ?3 AND stopped = 0")?;
    Ok(select.query_row((place.kind.as_str(), &place.name, &place.flow), |row| row.get(0)).optional()?)
}

/// The entry whose turn it is in an exclusive place, with its due time: the first that waits and is not stopped,
/// unless one before it is being processed.
fn head(connection: &Connection, place: i64) -> Result<Option<(i64, Timestamp)>> {
    let mut first = connection.prepare_cached(
        "SELECT number, due FROM entry INDEXED BY entry_turn WHERE place = ?1 AND state = 'waiting' AND behind = 0 \
         AND interface NOT IN (SELECT interface FROM interface_stop WHERE place = ?1) ORDER BY number LIMIT 1",
    )?;
    let Some((number, due)) = first.query_row([place], |row| Ok((row.get(0)?, Timestamp(row.get(1)?)))).optional()?
    else {
        return Ok(None);
    };
    let mut taken = connection.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM entry INDEXED BY entry_turn WHERE place = ?1 AND state = 'taken' AND number < ?2)",
    )?;
    let held: bool = taken.query_row([place, number], |row| row.get(0))?;
    Ok((!held).then_some((number, due)))
}

/// Takes entries and gives them with their payloads.
pub(crate) fn claim(
    connection: &Connection,
    cipher: &Cipher,
    place: &Place,
    now: Timestamp,
    limit: u32,
    in_order: bool,
) -> Result<Vec<Entry>> {
    let Some(place) = open_place(connection, place)? else { return Ok(Vec::new()) };
    let numbers = if in_order {
        head(connection, place)?
            .filter(|(_, due)| *due <= now && limit > 0)
            .map(|(number, _)| number)
            .into_iter()
            .collect()
    } else {
        let sql = "SELECT number FROM entry INDEXED BY entry_due \
            WHERE place = ?1 AND state = 'waiting' AND behind = 0 AND due <= ?2 \
            AND interface NOT IN (SELECT interface FROM interface_stop WHERE place = ?1) ORDER BY due, number LIMIT ?3";
        entry::numbers(connection, sql, (place, now.0, limit))?
    };
    let mut take = connection.prepare_cached("UPDATE entry SET state = 'taken' WHERE number = ?1")?;
    let mut taken = Vec::with_capacity(numbers.len());
    for number in numbers {
        take.execute([number])?;
        taken.extend(entry::get(connection, cipher, EntryKey(number))?);
    }
    Ok(taken)
}

/// When the next entry can be taken.
pub(crate) fn next_due(connection: &Connection, place: &Place, in_order: bool) -> Result<Option<Timestamp>> {
    let Some(place) = open_place(connection, place)? else { return Ok(None) };
    if in_order {
        return Ok(head(connection, place)?.map(|(_, due)| due));
    }
    let mut select = connection.prepare_cached(
        "SELECT due FROM entry INDEXED BY entry_due WHERE place = ?1 AND state = 'waiting' AND behind = 0 \
         AND interface NOT IN (SELECT interface FROM interface_stop WHERE place = ?1) ORDER BY due LIMIT 1",
    )?;
    Ok(select.query_row([place], |row| row.get(0)).optional()?.map(Timestamp))
}
