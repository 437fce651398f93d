//! Questions about variables, number ranges, outcome records, answers, timers and switches.

use base::{DeliveryId, MessageId, Scope, Timestamp};
use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, Row};
use store::{Answer, DeliveryEnd, NumberState, TickState, Variable, rules};

use crate::fault::{Fault, Result};
use crate::json;

fn to_variable(row: &Row<'_>) -> Result<Variable> {
    Ok(Variable {
        scope: Scope::from_flow(row.get::<_, String>(0)?),
        name: row.get(1)?,
        value: json::value(row.get_ref(2)?.as_str().map_err(Fault::unreadable)?)?,
        updated: Timestamp(row.get(3)?),
        expires: Timestamp(row.get(4)?),
    })
}

/// A variable that has not expired.
pub(crate) fn variable(connection: &Connection, scope: &Scope, name: &str, now: Timestamp) -> Result<Option<Variable>> {
    let mut select = connection.prepare_cached(
        "SELECT flow, name, value, updated, expires FROM variable WHERE flow = ?1 AND name = ?2 AND expires > ?3",
    )?;
    let mut rows = select.query((scope.flow(), name, now.0))?;
    rows.next()?.map(to_variable).transpose()
}

/// All variables.
pub(crate) fn variables(connection: &Connection) -> Result<Vec<Variable>> {
    let mut select =
        connection.prepare_cached("SELECT flow, name, value, updated, expires FROM variable ORDER BY flow, name")?;
    let mut rows = select.query([])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        all.push(to_variable(row)?);
    }
    Ok(all)
}

/// Number ranges by name, or the one of a name.
pub(crate) fn number_ranges(connection: &Connection, name: Option<&str>) -> Result<Vec<NumberState>> {
    let mut select = connection.prepare_cached(
        "SELECT name, min, max, length, rotate, next FROM number_range WHERE ?1 IS NULL OR name = ?1 ORDER BY name",
    )?;
    let rows = select.query_map([name], |row| {
        Ok(NumberState {
            name: row.get(0)?,
            min: row.get(1)?,
            max: row.get(2)?,
            length: row.get(3)?,
            rotate: row.get(4)?,
            next: row.get(5)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The number drawn before.
pub(crate) fn drawn(connection: &Connection, name: &str, correlation: &str, now: Timestamp) -> Result<Option<i64>> {
    let mut select = connection
        .prepare_cached("SELECT drawn FROM number_drawn WHERE name = ?1 AND correlation = ?2 AND expires > ?3")?;
    Ok(select.query_row((name, correlation, now.0), |row| row.get(0)).optional()?)
}

/// Whether an idempotent call succeeded.
pub(crate) fn once(connection: &Connection, step: &str, id: &str, now: Timestamp) -> Result<bool> {
    let mut select =
        connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM once WHERE step = ?1 AND id = ?2 AND expires > ?3)")?;
    Ok(select.query_row((step, id, now.0), |row| row.get(0))?)
}

/// The deliveries of a message that are over, each once.
pub(crate) fn outcomes(connection: &Connection, message: &MessageId) -> Result<Vec<(DeliveryId, DeliveryEnd)>> {
    let sql = "SELECT deliveries, outcome FROM delivered WHERE message = ?1 ORDER BY part";
    let mut select = connection.prepare_cached(sql)?;
    let mut rows = select.query([message.as_str()])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let end = row.get_ref(1)?.as_str().map_err(Fault::unreadable)?;
        let end = DeliveryEnd::parse(end).ok_or_else(|| Fault::unreadable(format!("outcome {end}")))?;
        let (ids, rest) = row.get_ref(0)?.as_blob().map_err(Fault::unreadable)?.as_chunks::<16>();
        if !rest.is_empty() {
            return Err(Fault::unreadable(format!("the outcome record of {message}")));
        }
        all.extend(ids.iter().map(|id| (DeliveryId(*id), end)));
    }
    Ok(rules::each_once(all))
}

/// The remembered answer to a keyed request.
pub(crate) fn answer(connection: &Connection, flow: &str, key: &str, now: Timestamp) -> Result<Option<Answer>> {
    let mut select = connection.prepare_cached(
        "SELECT message, fingerprint, status, headers, body, expires FROM answer \
         WHERE flow = ?1 AND key = ?2 AND expires > ?3",
    )?;
    let mut rows = select.query((flow, key, now.0))?;
    let Some(row) = rows.next()? else { return Ok(None) };
    Ok(Some(Answer {
        flow: flow.to_owned(),
        key: key.to_owned(),
        message_id: MessageId::from_text(row.get::<_, String>(0)?),
        fingerprint: row.get(1)?,
        status: row.get(2)?,
        headers: json::parse(row.get_ref(3)?.as_str().map_err(Fault::unreadable)?)?,
        body: Bytes::from(row.get::<_, Vec<u8>>(4)?),
        expires: Timestamp(row.get(5)?),
    }))
}

/// A timer.
pub(crate) fn tick(connection: &Connection, flow: &str, process: &str) -> Result<Option<TickState>> {
    let mut select =
        connection.prepare_cached("SELECT schedule, last, next FROM timer WHERE flow = ?1 AND process = ?2")?;
    let tick = select.query_row((flow, process), |row| {
        let (last, next): (Option<i64>, Option<i64>) = (row.get(1)?, row.get(2)?);
        Ok(TickState { schedule: row.get(0)?, last: last.map(Timestamp), next: next.map(Timestamp) })
    });
    Ok(tick.optional()?)
}

/// Names of stopped flows.
pub(crate) fn stopped_flows(connection: &Connection) -> Result<Vec<String>> {
    let mut select = connection.prepare_cached("SELECT flow FROM flow_stop ORDER BY flow")?;
    let rows = select.query_map([], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
