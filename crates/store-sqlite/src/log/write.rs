//! Each event as rows of the log; and removing what is old.

use std::time::Duration;

use base::{Status, Timestamp};
use rusqlite::{Connection, Params, params};
use store::{DeliveryRecord, LogEvent, LogLine, RunRecord, TraceRecord};

use crate::fault::Result;
use crate::{json, payload};

fn execute(connection: &Connection, sql: &str, params: impl Params) -> Result<usize> {
    Ok(connection.prepare_cached(sql)?.execute(params)?)
}

/// Writes one event.
pub(super) fn event(connection: &Connection, event: &LogEvent) -> Result<()> {
    match event {
        LogEvent::Started { message, correlation, flow, run: _, at, trigger: _ } => {
            execute(
                connection,
                "INSERT INTO message (id, correlation, flow, status, started, retries) \
                 VALUES (?1, ?2, ?3, 'PROCESSING', ?4, 0) \
                 ON CONFLICT (id) DO UPDATE SET status = 'PROCESSING', ended = NULL",
                params![message.as_str(), correlation.as_str(), flow, at.0],
            )?;
        }
        LogEvent::Ended(record) => run(connection, record)?,
        LogEvent::Delivery(record) => delivery(connection, record)?,
        LogEvent::Status { message, status, at, reason } => {
            let ended = (*status != Status::Processing).then_some(at.0);
            let sql = "UPDATE message SET status = ?2, ended = ?3 WHERE id = ?1";
            execute(connection, sql, (message.as_str(), status.as_str(), ended))?;
            line(connection, &LogLine { message: message.clone(), at: *at, text: format!("{status}: {reason}") })?;
        }
        LogEvent::Line(record) => line(connection, record)?,
        LogEvent::Trace(record) => trace(connection, record)?,
    }
    Ok(())
}

/// Writes a line.
pub(super) fn line(connection: &Connection, line: &LogLine) -> Result<()> {
    let sql = "INSERT INTO line (message, at, text) VALUES (?1, ?2, ?3)";
    execute(connection, sql, (line.message.as_str(), line.at.0, &line.text))?;
    Ok(())
}

fn run(connection: &Connection, run: &RunRecord) -> Result<()> {
    let (message, status) = (run.message.as_str(), run.status.as_str());
    execute(
        connection,
        "INSERT INTO message (id, correlation, flow, status, custom_status, started, ended, retries, error) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (id) DO UPDATE SET \
         status = excluded.status, ended = excluded.ended, retries = MAX(retries, excluded.retries), \
         error = COALESCE(excluded.error, error), custom_status = COALESCE(excluded.custom_status, custom_status)",
        params![
            message,
            run.correlation.as_str(),
            run.flow,
            status,
            run.custom_status,
            run.started.0,
            run.ended.0,
            run.retries,
            run.error
        ],
    )?;
    let steps = if run.steps.is_empty() { None } else { Some(json::text(&run.steps)?) };
    let headers = if run.headers.is_empty() { None } else { Some(json::text(&run.headers)?) };
    execute(
        connection,
        "INSERT INTO run (message, correlation, flow, run, \"trigger\", started, ended, status, error, retries, steps, \
         headers, custom_status) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        params![
            message,
            run.correlation.as_str(),
            run.flow,
            run.run.as_str(),
            run.trigger,
            run.started.0,
            run.ended.0,
            status,
            run.error,
            run.retries,
            steps,
            headers,
            run.custom_status
        ],
    )?;
    for (name, value) in &run.headers {
        let sql = "INSERT OR IGNORE INTO header (message, name, value) VALUES (?1, ?2, ?3)";
        execute(connection, sql, (message, name, value))?;
    }
    for attachment in &run.attachments {
        execute(
            connection,
            "INSERT OR REPLACE INTO attachment (message, name, media_type, size, content) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![
                message,
                attachment.name,
                attachment.media_type,
                attachment.content.len() as i64,
                &attachment.content[..]
            ],
        )?;
    }
    Ok(())
}

fn delivery(connection: &Connection, delivery: &DeliveryRecord) -> Result<()> {
    let sql = "UPDATE message SET error = COALESCE(?2, error), retries = MAX(retries, ?3) WHERE id = ?1";
    execute(connection, sql, (delivery.message.as_str(), &delivery.error, delivery.attempt.saturating_sub(1)))?;
    execute(
        connection,
        "INSERT INTO delivery (message, flow, delivery, receiver, record, attempt, at, outcome, error, class, http_status, \
         excerpt) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        params![
            delivery.message.as_str(),
            delivery.flow,
            delivery.delivery.to_string(),
            delivery.receiver,
            delivery.record,
            delivery.attempt,
            delivery.at.0,
            delivery.outcome,
            delivery.error,
            delivery.class.map(base::Class::as_str),
            delivery.http_status,
            delivery.excerpt
        ],
    )?;
    Ok(())
}

fn trace(connection: &Connection, trace: &TraceRecord) -> Result<()> {
    execute(
        connection,
        "INSERT INTO trace (message, run, step, at, headers, properties, attachments, body) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            trace.message_id.as_str(),
            trace.run.as_str(),
            trace.step,
            trace.at.0,
            json::headers_text(&trace.message.headers)?,
            json::properties_text(&trace.message.properties)?,
            payload::attachments_text(&trace.message.attachments)?,
            &trace.message.body[..]
        ],
    )?;
    Ok(())
}

/// Messages that were being processed are abandoned.
pub(super) fn recover(connection: &Connection, now: Timestamp) -> Result<u64> {
    let sql = "UPDATE message SET status = 'ABANDONED', ended = ?1 WHERE status = 'PROCESSING'";
    Ok(execute(connection, sql, [now.0])? as u64)
}

/// Removes some messages that began and ended before a time, with all that belongs to them; answers how many.
pub(super) fn sweep(connection: &Connection, before: Timestamp, longer: Duration, limit: u32) -> Result<u32> {
    let old: Vec<String> = {
        let longer = i64::try_from(longer.as_millis()).unwrap_or(i64::MAX);
        let mut select = connection.prepare_cached(
            "SELECT id FROM message WHERE started < ?1 AND COALESCE(ended, started) < ?1 \
             AND (status NOT IN ('RETRY', 'ESCALATED') OR started < ?3) LIMIT ?2",
        )?;
        let rows = select.query_map((before.0, limit, before.0.saturating_sub(longer)), |row| row.get(0))?;
        rows.collect::<rusqlite::Result<_>>()?
    };
    for message in &old {
        for sql in [
            "DELETE FROM run WHERE message = ?1",
            "DELETE FROM header WHERE message = ?1",
            "DELETE FROM delivery WHERE message = ?1",
            "DELETE FROM line WHERE message = ?1",
            "DELETE FROM attachment WHERE message = ?1",
            "DELETE FROM trace WHERE message = ?1",
            "DELETE FROM message WHERE id = ?1",
        ] {
            execute(connection, sql, [message])?;
        }
    }
    Ok(u32::try_from(old.len()).unwrap_or(limit))
}

/// Removes old traces, and old lines and deliveries whose messages were never known.
pub(super) fn sweep_rest(connection: &Connection, messages_before: Timestamp, traces_before: Timestamp) -> Result<()> {
    execute(connection, "DELETE FROM trace WHERE at < ?1", [traces_before.0])?;
    // Rows stand in the order of their time, more or less: the first one that is young enough ends the search,
    // so that a large log is not read through for a few strays.
    for sql in [
        "DELETE FROM line WHERE number < COALESCE((SELECT number FROM line WHERE at >= ?1 ORDER BY number LIMIT 1), \
         9223372036854775807) AND at < ?1 AND NOT EXISTS (SELECT 1 FROM message WHERE id = line.message)",
        "DELETE FROM delivery WHERE number < COALESCE((SELECT number FROM delivery WHERE at >= ?1 ORDER BY number \
         LIMIT 1), 9223372036854775807) AND at < ?1 AND NOT EXISTS (SELECT 1 FROM message WHERE id = delivery.message)",
    ] {
        execute(connection, sql, [messages_before.0])?;
    }
    Ok(())
}
