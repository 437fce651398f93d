//! Places as rows: their numbers, and a line about each.

use std::collections::HashMap;

use base::Timestamp;
use rusqlite::{Connection, OptionalExtension};
use store::{EntryState, Place, PlaceKind, PlaceSummary};

use crate::fault::{Fault, Result};

/// The number of a place that is known.
pub(crate) fn number(connection: &Connection, place: &Place) -> Result<Option<i64>> {
    let mut select =
        connection.prepare_cached("SELECT number FROM place WHERE kind = ?1 AND name = ?2 AND flow = ?3")?;
    Ok(select.query_row((place.kind.as_str(), &place.name, &place.flow), |row| row.get(0)).optional()?)
}

/// The number of a place, which is made known where it is not.
pub(super) fn declare(connection: &Connection, place: &Place) -> Result<i64> {
    if let Some(number) = number(connection, place)? {
        return Ok(number);
    }
    let mut insert = connection.prepare_cached("INSERT INTO place (kind, name, flow) VALUES (?1, ?2, ?3)")?;
    Ok(insert.insert((place.kind.as_str(), &place.name, &place.flow))?)
}

/// A line per place.
pub(crate) fn summaries(connection: &Connection, kind: Option<PlaceKind>, now: Timestamp) -> Result<Vec<PlaceSummary>> {
    let kind = kind.map(PlaceKind::as_str);
    let mut lines = lines(connection, kind)?;

    // Each of these walks one index and never touches an entry.
    let mut counts = connection.prepare_cached(
        "SELECT e.place, e.state, COUNT(*), MIN(e.created) \
         FROM place p CROSS JOIN entry e INDEXED BY entry_turn ON e.place = p.number \
         WHERE ?1 IS NULL OR p.kind = ?1 GROUP BY p.number, e.state",
    )?;
    let mut rows = counts.query([kind])?;
    while let Some(row) = rows.next()? {
        let Some(line) = lines.get_mut(&row.get(0)?) else { continue };
        let state = row.get_ref(1)?.as_str().map_err(Fault::unreadable)?;
        let count = row.get::<_, i64>(2)?.unsigned_abs();
        let created = Some(Timestamp(row.get(3)?));
        line.entries += count;
        match EntryState::parse(state) {
            Some(EntryState::Waiting | EntryState::Taken) => line.waiting += count,
            Some(EntryState::InDoubt) => {
                line.blocked += count;
                line.in_doubt += count;
            }
            _ => line.blocked += count,
        }
        line.oldest = line.oldest.min(created).or(created);
    }

    let mut overdue = connection.prepare_cached(
        "SELECT place, COUNT(*) FROM entry INDEXED BY entry_alert WHERE alert_at <= ?1 GROUP BY place",
    )?;
    let mut rows = overdue.query([now.0])?;
    while let Some(row) = rows.next()? {
        if let Some(line) = lines.get_mut(&row.get(0)?) {
            line.overdue = row.get::<_, i64>(1)?.unsigned_abs();
        }
    }

    let mut stops =
        connection.prepare_cached("SELECT place, interface FROM interface_stop ORDER BY place, interface")?;
    let mut rows = stops.query([])?;
    while let Some(row) = rows.next()? {
        if let Some(line) = lines.get_mut(&row.get(0)?) {
            line.stopped_interfaces.push(row.get(1)?);
        }
    }

    let mut lines: Vec<PlaceSummary> = lines.into_values().collect();
    lines.sort_by(|a, b| a.place.cmp(&b.place));
    Ok(lines)
}

/// The places themselves, each with the time of its next entry, by number.
fn lines(connection: &Connection, kind: Option<&str>) -> Result<HashMap<i64, PlaceSummary>> {
    let mut places = connection.prepare_cached(
        "SELECT number, kind, name, flow, stopped, \
         (SELECT MIN(due) FROM entry INDEXED BY entry_due WHERE place = p.number AND state = 'waiting' AND behind = 0) \
         FROM place p WHERE ?1 IS NULL OR kind = ?1",
    )?;
    let mut rows = places.query([kind])?;
    let mut lines = HashMap::new();
    while let Some(row) = rows.next()? {
        let kind = row.get_ref(1)?.as_str().map_err(Fault::unreadable)?;
        let kind = PlaceKind::parse(kind).ok_or_else(|| Fault::unreadable(format!("kind of place {kind}")))?;
        let line = PlaceSummary {
            place: Place { kind, name: row.get(2)?, flow: row.get(3)? },
            stopped: row.get(4)?,
            stopped_interfaces: Vec::new(),
            entries: 0,
            waiting: 0,
            overdue: 0,
            blocked: 0,
            in_doubt: 0,
            next_due: row.get::<_, Option<i64>>(5)?.map(Timestamp),
            oldest: None,
        };
        lines.insert(row.get(0)?, line);
    }
    Ok(lines)
}
