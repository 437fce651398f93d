//! Entries as rows: reading them, finding them, listing them.

use base::{CorrelationId, EntryKey, MessageId, Timestamp};
use rusqlite::types::Value as Sql;
use rusqlite::{Connection, OptionalExtension, Params, Row, params_from_iter};
use store::{Entry, EntryFilter, EntryInfo, EntryState, Place, PlaceKind};

use super::places;
use crate::fault::{Fault, Result};
use crate::payload::{self, Cipher};

/// Reads entries; what follows restricts and orders. The cross join keeps `entry` the outer table.
macro_rules! entries_sql {
    ($rest:expr) => {
        concat!(
            "SELECT e.number, p.kind, p.name, p.flow, e.id, e.message, e.correlation, e.interface, e.state, e.created, \
             e.due, e.alert_at, e.expires, e.retries, e.crashes, e.error, e.size, e.encrypted, e.order_key, e.doubt, e.origin \
             FROM entry e CROSS JOIN place p ON p.number = e.place ",
            $rest
        )
    };
}
pub(super) use entries_sql;

/// One row of `entries_sql!`.
pub(super) fn info(row: &Row<'_>) -> Result<EntryInfo> {
    let word = |column: usize| row.get_ref(column)?.as_str().map_err(rusqlite::Error::from);
    let kind = word(1)?;
    let state = word(8)?;
    Ok(EntryInfo {
        key: EntryKey(row.get(0)?),
        place: Place {
            kind: PlaceKind::parse(kind).ok_or_else(|| Fault::unreadable(format!("kind of place {kind}")))?,
            name: row.get(2)?,
            flow: row.get(3)?,
        },
        id: row.get(4)?,
        message_id: MessageId::from_text(row.get::<_, String>(5)?),
        correlation: CorrelationId::from_text(row.get::<_, String>(6)?),
        interface: row.get(7)?,
        state: EntryState::parse(state).ok_or_else(|| Fault::unreadable(format!("state {state}")))?,
        created: Timestamp(row.get(9)?),
        due: Timestamp(row.get(10)?),
        alert_at: Timestamp(row.get(11)?),
        expires: Timestamp(row.get(12)?),
        retries: row.get(13)?,
        crashes: row.get(14)?,
        error: row.get(15)?,
        size: row.get::<_, i64>(16)?.unsigned_abs(),
        encrypted: row.get(17)?,
        order_key: row.get(18)?,
        doubt: row.get(19)?,
        origin: Some(row.get::<_, String>(20)?).filter(|id| !id.is_empty()).map(MessageId::from_text),
    })
}

pub(super) fn infos(connection: &Connection, sql: &str, params: impl Params) -> Result<Vec<EntryInfo>> {
    let mut select = connection.prepare_cached(sql)?;
    let mut rows = select.query(params)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(info(row)?);
    }
    Ok(found)
}

fn with_payload(connection: &Connection, cipher: &Cipher, info: EntryInfo) -> Result<Entry> {
    let message = payload::read(connection, cipher, info.key.0, info.encrypted)?;
    Ok(Entry { info, message })
}

/// An entry with its payload.
pub(crate) fn get(connection: &Connection, cipher: &Cipher, key: EntryKey) -> Result<Option<Entry>> {
    let found = infos(connection, entries_sql!("WHERE e.number = ?1"), [key.0])?.pop();
    found.map(|info| with_payload(connection, cipher, info)).transpose()
}

/// The entry of an id.
pub(crate) fn find(connection: &Connection, cipher: &Cipher, place: &Place, id: &str) -> Result<Option<Entry>> {
    let mut select = connection.prepare_cached(
        "SELECT number FROM entry \
         WHERE place = (SELECT number FROM place WHERE kind = ?1 AND name = ?2 AND flow = ?3) AND id = ?4",
    )?;
    let key = select.query_row((place.kind.as_str(), &place.name, &place.flow, id), |row| row.get(0)).optional()?;
    key.map_or(Ok(None), |key| get(connection, cipher, EntryKey(key)))
}

/// Most entries of one question that cannot be read.
pub(crate) const MOST_UNREADABLE: usize = 1_000;

/// Waiting entries by number, without some; and the numbers of those on the way that cannot be read. Where these are too
/// many it ends before it has found all.
pub(crate) fn select(
    connection: &Connection,
    cipher: &Cipher,
    place: &Place,
    max: u32,
    except: &[i64],
) -> Result<(Vec<Entry>, Vec<i64>)> {
    let (mut found, mut unreadable) = (Vec::new(), Vec::new());
    let Some(place) = places::number(connection, place)? else { return Ok((found, unreadable)) };
    let sql = "SELECT number FROM entry INDEXED BY entry_turn \
        WHERE place = ?1 AND state = 'waiting' AND number NOT IN (SELECT value FROM json_each(?2)) \
        ORDER BY number";
    let mut select = connection.prepare_cached(sql)?;
    let mut rows = select.query((place, crate::json::text(&except)?))?;
    while found.len() < max as usize && unreadable.len() < MOST_UNREADABLE {
        let Some(row) = rows.next()? else { break };
        let number = row.get(0)?;
        match get(connection, cipher, EntryKey(number)) {
            Ok(entry) => found.extend(entry),
            Err(fault) if fault.is_of_one_entry() => unreadable.push(number),
            Err(fault) => return Err(fault),
        }
    }
    Ok((found, unreadable))
}

pub(super) fn numbers(connection: &Connection, sql: &str, params: impl Params) -> Result<Vec<i64>> {
    let mut select = connection.prepare_cached(sql)?;
    let rows = select.query_map(params, |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Entries without payload that fit a filter, by number.
pub(crate) fn list(connection: &Connection, filter: &EntryFilter) -> Result<Vec<EntryInfo>> {
    let mut sql = entries_sql!("WHERE true").to_owned();
    let mut values: Vec<Sql> = Vec::new();
    let mut and = |condition: &str, value: Sql| {
        sql.push_str(" AND ");
        sql.push_str(condition);
        values.push(value);
    };
    if let Some(place) = &filter.place {
        let Some(number) = places::number(connection, place)? else { return Ok(Vec::new()) };
        and("e.place = ?", number.into());
    }
    if let Some(kind) = filter.kind {
        and("p.kind = ?", kind.as_str().to_owned().into());
    }
    if let Some(state) = filter.state {
        and("e.state = ?", state.as_str().to_owned().into());
    }
    if let Some(time) = filter.due_after {
        and("e.due > ?", time.0.into());
    }
    if let Some(interface) = &filter.interface {
        and("e.interface = ?", interface.clone().into());
    }
    if let Some(message) = &filter.message_id {
        and("e.message = ?", message.as_str().to_owned().into());
    }
    if let Some(origin) = filter.origin.as_ref().filter(|id| !id.as_str().is_empty()) {
        // The same condition as that of the index.
        and("e.origin <> '' AND e.origin = ?", origin.as_str().to_owned().into());
    }
    if let Some(after) = filter.after {
        and("e.number > ?", after.0.into());
    }
    let limit = if filter.limit == 0 { 1_000 } else { filter.limit };
    sql.push_str(" ORDER BY e.number LIMIT ?");
    values.push(i64::from(limit).into());
    infos(connection, &sql, params_from_iter(values))
}
