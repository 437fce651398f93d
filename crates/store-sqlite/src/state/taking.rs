//! Taking entries: what is due, oldest first, without the stopped; in order where the place is exclusive.

use base::{EntryKey, Timestamp};
use rusqlite::{Connection, OptionalExtension};
use store::{Entry, Place};

use super::entry;
use crate::fault::{Fault, Result};
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

/// An entry that cannot be read and waits for a person from now on, so that it holds up nobody else.
pub(crate) struct Aside {
    place: String,
    error: String,
}

impl Aside {
    /// Tells whoever looks after the process, once it is durable.
    pub fn tell(&self) {
        tracing::error!(place = self.place, "an entry is blocked: {}", self.error);
    }
}

/// Blocks an entry that cannot be read; its payload stays as it is, for a retry with the right key. Where it is known
/// what time it is, it is due since then: alerts tell by it what is new.
fn set_aside(
    connection: &Connection,
    place: String,
    number: i64,
    fault: &Fault,
    now: Option<Timestamp>,
) -> Result<Aside> {
    let why = fault.0.to_string();
    let error = if why.starts_with("S0009: ") { why } else { format!("S0009: entry {number} cannot be read: {why}") };
    let mut block = connection
        .prepare_cached("UPDATE entry SET state = 'blocked', error = ?2, due = COALESCE(?3, due) WHERE number = ?1")?;
    block.execute((number, &error, now.map(|now| now.0)))?;
    Ok(Aside { place, error })
}

/// Blocks those of some entries that wait and cannot be read.
pub(crate) fn set_all_aside(connection: &Connection, cipher: &Cipher, numbers: &[i64]) -> Result<Vec<Aside>> {
    let mut waits = connection.prepare_cached(
        "SELECT p.kind || ' ' || p.name FROM entry e JOIN place p ON p.number = e.place \
         WHERE e.number = ?1 AND e.state = 'waiting'",
    )?;
    let mut aside = Vec::new();
    for number in numbers {
        let Some(place) = waits.query_row([number], |row| row.get(0)).optional()? else { continue };
        match entry::get(connection, cipher, EntryKey(*number)) {
            Ok(_) => {}
            Err(fault) if fault.is_of_one_entry() => aside.push(set_aside(connection, place, *number, &fault, None)?),
            Err(fault) => return Err(fault),
        }
    }
    Ok(aside)
}

/// Takes entries and gives them with their payloads; those that cannot be read are set aside.
pub(crate) fn claim(
    connection: &Connection,
    cipher: &Cipher,
    place: &Place,
    now: Timestamp,
    limit: u32,
    in_order: bool,
) -> Result<(Vec<Entry>, Vec<Aside>)> {
    let (mut taken, mut aside) = (Vec::new(), Vec::new());
    let Some(known) = open_place(connection, place)? else { return Ok((taken, aside)) };
    let mut take = connection.prepare_cached("UPDATE entry SET state = 'taken' WHERE number = ?1")?;
    loop {
        let before = aside.len();
        let room = limit.saturating_sub(u32::try_from(taken.len()).unwrap_or(u32::MAX));
        for number in due(connection, known, now, room, in_order)? {
            take.execute([number])?;
            match entry::get(connection, cipher, EntryKey(number)) {
                Ok(entry) => taken.extend(entry),
                Err(fault) if fault.is_of_one_entry() => {
                    aside.push(set_aside(connection, place.to_string(), number, &fault, Some(now))?);
                }
                Err(fault) => return Err(fault),
            }
        }
        // What was set aside makes room for others.
        if aside.len() == before || aside.len() >= entry::MOST_UNREADABLE {
            return Ok((taken, aside));
        }
    }
}

/// The numbers of what can be taken.
fn due(connection: &Connection, place: i64, now: Timestamp, limit: u32, in_order: bool) -> Result<Vec<i64>> {
    if in_order {
        let head = head(connection, place)?.filter(|(_, due)| *due <= now && limit > 0);
        Ok(head.map(|(number, _)| number).into_iter().collect())
    } else {
        let sql = "SELECT number FROM entry INDEXED BY entry_due \
            WHERE place = ?1 AND state = 'waiting' AND behind = 0 AND due <= ?2 \
            AND interface NOT IN (SELECT interface FROM interface_stop WHERE place = ?1) ORDER BY due, number LIMIT ?3";
        entry::numbers(connection, sql, (place, now.0, limit))
    }
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
