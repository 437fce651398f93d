//! Each change as SQL.

use base::{DeliveryId, EntryKey, MessageId, Timestamp, Value};
use rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE;
use rusqlite::{Connection, OptionalExtension, Params, params};
use store::{Answer, Change, CommitError, DeliveryEnd, NewEntry, Place, rules};

use super::{places, values};
use crate::fault::Result;
use crate::json;
use crate::payload::{self, Cipher};

/// Bytes of a part of an outcome record, after which the next part begins: appending stays cheap however long it grows.
const PART: i64 = 4_096;

fn execute(connection: &Connection, sql: &str, params: impl Params) -> rusqlite::Result<usize> {
    connection.prepare_cached(sql)?.execute(params)
}

/// Turns a violated uniqueness into a duplicate that names what exists already.
fn unique<T>(result: rusqlite::Result<T>, name: impl FnOnce() -> String) -> Result<T> {
    result.map_err(|error| match error.sqlite_error() {
        Some(sqlite) if sqlite.extended_code == SQLITE_CONSTRAINT_UNIQUE => CommitError::Duplicate(name()).into(),
        _ => error.into(),
    })
}

fn apply(connection: &Connection, cipher: &Cipher, change: &Change) -> Result<()> {
    let run = |sql: &str, params: &[&dyn rusqlite::ToSql]| execute(connection, sql, params);
    match change {
        Change::Put(new) => return put(connection, cipher, new),
        Change::ParkAgain(new) => return park_again(connection, cipher, new),
        Change::Remove(key) => run("DELETE FROM entry WHERE number = ?1", params![key.0])?,
        Change::RemoveNamed { place, id } => match places::number(connection, place)? {
            Some(place) => run("DELETE FROM entry WHERE place = ?1 AND id = ?2", params![place, id])?,
            None => 0,
        },
        Change::Reschedule { key, state, due, retries, crashes, doubt, error } => run(
            "UPDATE entry SET state = ?2, due = ?3, retries = ?4, crashes = ?5, doubt = ?6, error = ?7 WHERE number = ?1",
            params![key.0, state.as_str(), due.0, retries, crashes, doubt, error],
        )?,
        Change::Correct { key, body } => return correct(connection, cipher, *key, body),
        Change::Move { key, to, due } => return move_entry(connection, *key, to, *due),
        Change::Declare(place) => return places::declare(connection, place).map(|_| ()),
        Change::DropPlace(place) => return drop_place(connection, place),
        Change::StopPlace { place, stopped } => {
            let place = places::declare(connection, place)?;
            run("UPDATE place SET stopped = ?2 WHERE number = ?1", params![place, stopped])?
        }
        Change::StopInterface { place, interface, stopped } => {
            let place = places::declare(connection, place)?;
            let sql = if *stopped {
                "INSERT OR IGNORE INTO interface_stop (place, interface) VALUES (?1, ?2)"
            } else {
                "DELETE FROM interface_stop WHERE place = ?1 AND interface = ?2"
            };
            run(sql, params![place, interface])?
        }
        Change::StopFlow { flow, stopped: true } => {
            run("INSERT OR IGNORE INTO flow_stop (flow) VALUES (?1)", params![flow])?
        }
        Change::StopFlow { flow, stopped: false } => run("DELETE FROM flow_stop WHERE flow = ?1", params![flow])?,
        Change::SetVariable { scope, name, value, updated, expires } => run(
            "INSERT OR REPLACE INTO variable (flow, name, value, updated, expires) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![scope.flow(), name, json::value_text(&rules::variable_value(value.clone()))?, updated.0, expires.0],
        )?,
        Change::TouchVariable { scope, name, expires } => run(
            "UPDATE variable SET expires = ?3 WHERE flow = ?1 AND name = ?2 AND expires < ?3",
            params![scope.flow(), name, expires.0],
        )?,
        Change::DeleteVariable { scope, name } => {
            run("DELETE FROM variable WHERE flow = ?1 AND name = ?2", params![scope.flow(), name])?
        }
        Change::DeclareRange { name, min, max, length, rotate } => {
            let known = values::number_ranges(connection, Some(name))?.pop();
            let next = rules::declared_next(known.as_ref(), *min, *max, *rotate);
            run(
                "INSERT OR REPLACE INTO number_range (name, min, max, length, rotate, next) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![name, min, max, length, rotate, next],
            )?
        }
        Change::DrawNumber { name, drawn, next, correlation, expires } => {
            let sql = "UPDATE number_range SET next = ?3 WHERE name = ?1 AND next = ?2";
            if run(sql, params![name, drawn, next])? == 0 {
                return Err(CommitError::Conflict(rules::range_name(name)).into());
            }
            let Some(correlation) = correlation else { return Ok(()) };
            run(
                "INSERT OR REPLACE INTO number_drawn (name, correlation, drawn, expires) VALUES (?1, ?2, ?3, ?4)",
                params![name, correlation, drawn, expires.0],
            )?
        }
        Change::MarkOnce { step, id, expires } => {
            run("INSERT OR REPLACE INTO once (step, id, expires) VALUES (?1, ?2, ?3)", params![step, id, expires.0])?
        }
        Change::Delivered { message, flow, deliveries, expires } => {
            return over(connection, message, flow, (deliveries, DeliveryEnd::Delivered), *expires);
        }
        Change::GivenUp { message, flow, deliveries, expires } => {
            return over(connection, message, flow, (deliveries, DeliveryEnd::Cancelled), *expires);
        }
        Change::Answered(answer) => return answered(connection, answer),
        Change::ForgetAnswer { flow, key, message_id } => run(
            "DELETE FROM answer WHERE flow = ?1 AND key = ?2 AND message = ?3",
            params![flow, key, message_id.as_str()],
        )?,
        Change::Tick { flow, process, schedule, last, next } => run(
            "INSERT OR REPLACE INTO timer (flow, process, schedule, last, next) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![flow, process, schedule, last.map(|t| t.0), next.map(|t| t.0)],
        )?,
    };
    Ok(())
}

fn put(connection: &Connection, cipher: &Cipher, new: &NewEntry) -> Result<()> {
    rules::check_entry(new)?;
    let place = places::declare(connection, &new.place)?;
    if new.overwrite {
        execute(connection, "DELETE FROM entry WHERE place = ?1 AND id = ?2", (place, &new.id))?;
    }
    let mut insert = connection.prepare_cached(
        "INSERT INTO entry (place, id, message, correlation, interface, state, created, due, alert_at, expires, \
         retries, crashes, error, size, encrypted, order_key, doubt, origin) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 0, ?12, ?13, ?14, ?15, ?16, ?17)",
    )?;
    let inserted = insert.insert(params![
        place,
        new.id,
        new.message_id.as_str(),
        new.correlation.as_str(),
        new.interface,
        new.state.as_str(),
        new.created.0,
        new.due.0,
        new.alert_at.0,
        new.expires.0,
        new.retries,
        new.error,
        new.message.body.len() as i64,
        new.encrypt,
        new.order_key,
        new.doubt,
        new.origin.as_ref().map_or("", MessageId::as_str),
    ]);
    let number = unique(inserted, || rules::entry_name(&new.place, &new.id))?;
    let message = &new.message;
    let mut all = message.headers.iter().map(|(_, value)| value).chain(message.properties.values());
    if all.all(Value::is_storable) {
        payload::write(connection, cipher, number, message, new.encrypt)
    } else {
        payload::write(connection, cipher, number, &rules::storable(message.clone()), new.encrypt)
    }
}

fn park_again(connection: &Connection, cipher: &Cipher, new: &NewEntry) -> Result<()> {
    let place = places::declare(connection, &new.place)?;
    let mut select = connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM entry WHERE place = ?1 AND id = ?2)")?;
    let known: bool = select.query_row((place, &new.id), |row| row.get(0))?;
    let origin = new.origin.as_ref().unwrap_or(&new.message_id);
    let over = match new.id.parse::<DeliveryId>() {
        Ok(id) => values::outcomes(connection, origin)?.iter().any(|(known, _)| *known == id),
        Err(_) => false,
    };
    if known || over { Ok(()) } else { put(connection, cipher, new) }
}

fn correct(connection: &Connection, cipher: &Cipher, key: EntryKey, body: &[u8]) -> Result<()> {
    let mut select = connection.prepare_cached("SELECT encrypted FROM entry WHERE number = ?1")?;
    let Some(encrypted) = select.query_row([key.0], |row| row.get(0)).optional()? else { return Ok(()) };
    payload::correct(connection, cipher, key.0, body, encrypted)?;
    execute(connection, "UPDATE entry SET size = ?2 WHERE number = ?1", (key.0, body.len() as i64))?;
    Ok(())
}

fn move_entry(connection: &Connection, key: EntryKey, to: &Place, due: Timestamp) -> Result<()> {
    let mut select = connection.prepare_cached("SELECT id FROM entry WHERE number = ?1")?;
    let Some(id) = select.query_row([key.0], |row| row.get::<_, String>(0)).optional()? else { return Ok(()) };
    let place = places::declare(connection, to)?;
    let sql = "UPDATE entry SET place = ?2, state = 'waiting', due = ?3 WHERE number = ?1";
    unique(execute(connection, sql, (key.0, place, due.0)), || rules::entry_name(to, &id))?;
    Ok(())
}

fn drop_place(connection: &Connection, place: &Place) -> Result<()> {
    let Some(number) = places::number(connection, place)? else { return Ok(()) };
    for sql in [
        "DELETE FROM entry WHERE place = ?1",
        "DELETE FROM interface_stop WHERE place = ?1",
        "DELETE FROM place WHERE number = ?1",
    ] {
        execute(connection, sql, [number])?;
    }
    Ok(())
}

/// Adds to the outcome record of a message: to its last part, where that has the same outcome and is not full.
fn over(
    connection: &Connection,
    message: &MessageId,
    flow: &str,
    (deliveries, end): (&[DeliveryId], DeliveryEnd),
    expires: Timestamp,
) -> Result<()> {
    if deliveries.is_empty() {
        return Ok(());
    }
    let ids = deliveries.iter().flat_map(|id| id.0).collect::<Vec<u8>>();
    // `||` makes text of two blobs without touching their bytes; the cast only gives the kind back.
    let appended = execute(
        connection,
        "UPDATE delivered SET deliveries = CAST(deliveries || ?2 AS BLOB), expires = MAX(expires, ?3) \
         WHERE message = ?1 AND part = (SELECT MAX(part) FROM delivered WHERE message = ?1) \
         AND LENGTH(deliveries) < ?4 AND outcome = ?5",
        params![message.as_str(), ids, expires.0, PART, end.as_str()],
    )?;
    if appended == 0 {
        execute(
            connection,
            "INSERT INTO delivered (message, part, flow, deliveries, expires, outcome) \
             SELECT ?1, COALESCE(MAX(part) + 1, 0), ?2, ?3, ?4, ?5 FROM delivered WHERE message = ?1",
            params![message.as_str(), flow, ids, expires.0, end.as_str()],
        )?;
    }
    Ok(())
}

fn answered(connection: &Connection, answer: &Answer) -> Result<()> {
    let inserted = execute(
        connection,
        "INSERT INTO answer (flow, key, message, fingerprint, status, headers, body, expires) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            answer.flow,
            answer.key,
            answer.message_id.as_str(),
            answer.fingerprint,
            answer.status,
            json::text(&answer.headers)?,
            &answer.body[..],
            answer.expires.0
        ],
    );
    unique(inserted, || rules::answer_name(answer)).map(|_| ())
}

/// Applies all changes of a commit in order; the caller takes them back where one fails.
pub(crate) fn apply_all(connection: &Connection, cipher: &Cipher, changes: &[Change]) -> Result<()> {
    changes.iter().try_for_each(|change| apply(connection, cipher, change))
}
