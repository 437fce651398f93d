//! After a start, and after their time: entries that were being processed, and what has expired.

use base::{EntryKey, Scope, Timestamp};
use rusqlite::Connection;
use store::{Expired, Recovered};

use super::entry::{self, entries_sql};
use crate::fault::Result;

/// Most small records of one kind that one sweep removes silently, so that it does not hold the writer for long.
const SILENT: u32 = 10_000;

/// Taken entries wait again.
pub(crate) fn recover(connection: &Connection, now: Timestamp) -> Result<Recovered> {
    // By place, because the index that knows the state begins with the place.
    let sql = "SELECT e.number FROM place p CROSS JOIN entry e INDEXED BY entry_turn \
        ON e.place = p.number AND e.state = 'taken' ORDER BY e.number";
    let taken = entry::numbers(connection, sql, [])?;
    let mut update = connection
        // A delivery that was cut off may have reached its receiver.
        .prepare_cached(
            "UPDATE entry SET state = 'waiting', due = ?2, crashes = crashes + 1, \
             doubt = doubt OR (SELECT kind FROM place WHERE number = entry.place) = 'delivery' WHERE number = ?1",
        )?;
    for number in &taken {
        update.execute((number, now.0))?;
    }
    Ok(Recovered { taken: taken.into_iter().map(EntryKey).collect() })
}

/// Removes what has expired.
pub(crate) fn sweep(connection: &Connection, now: Timestamp, limit: u32) -> Result<Vec<Expired>> {
    let entries = entry::infos(
        connection,
        entries_sql!("WHERE e.expires <= ?1 AND e.state <> 'taken' ORDER BY e.expires, e.number LIMIT ?2"),
        (now.0, limit),
    )?;
    let mut remove = connection.prepare_cached("DELETE FROM entry WHERE number = ?1")?;
    for info in &entries {
        remove.execute([info.key.0])?;
    }

    let mut gone: Vec<Expired> = entries.into_iter().map(Expired::Entry).collect();
    let mut select = connection
        .prepare_cached("SELECT flow, name FROM variable WHERE expires <= ?1 ORDER BY expires, flow, name LIMIT ?2")?;
    let rows = select.query_map((now.0, i64::from(limit) - gone.len() as i64), |row| Ok((row.get(0)?, row.get(1)?)))?;
    let variables: Vec<(String, String)> = rows.collect::<rusqlite::Result<_>>()?;
    let mut remove = connection.prepare_cached("DELETE FROM variable WHERE flow = ?1 AND name = ?2")?;
    for (flow, name) in variables {
        remove.execute((&flow, &name))?;
        gone.push(Expired::Variable(Scope::from_flow(flow), name));
    }

    for sql in [
        "DELETE FROM once WHERE (step, id) IN (SELECT step, id FROM once WHERE expires <= ?1 LIMIT ?2)",
        "DELETE FROM number_drawn WHERE (name, correlation) IN \
         (SELECT name, correlation FROM number_drawn WHERE expires <= ?1 LIMIT ?2)",
        // A record goes as a whole: as long as one part lives, what was delivered is known.
        "DELETE FROM delivered WHERE message IN (SELECT message FROM delivered d WHERE expires <= ?1 AND NOT EXISTS \
         (SELECT 1 FROM delivered WHERE message = d.message AND expires > ?1) LIMIT ?2)",
        // As long as anything is known of the message, its key must be known to have been used for it.
        "DELETE FROM answer WHERE number IN (SELECT number FROM answer a WHERE expires <= ?1 \
         AND NOT EXISTS (SELECT 1 FROM delivered WHERE message = a.message) \
         AND NOT EXISTS (SELECT 1 FROM entry WHERE message = a.message) LIMIT ?2)",
    ] {
        connection.prepare_cached(sql)?.execute((now.0, SILENT))?;
    }
    Ok(gone)
}
