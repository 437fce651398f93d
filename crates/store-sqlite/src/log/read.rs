//! Questions about the log.

use base::{Class, CorrelationId, Message, MessageId, RunId, Status, Timestamp};
use bytes::Bytes;
use rusqlite::types::Value as Sql;
use rusqlite::{Connection, OptionalExtension, Params, Row, params_from_iter};
use store::{
    AttachmentRecord, DeliveryRecord, LogLine, MessageDetail, MessageFilter, MessageRecord, RunRecord, StepRecord,
    TraceRecord,
};

use crate::fault::{Fault, Result};
use crate::{json, payload};

const MESSAGE: &str = "SELECT id, correlation, flow, status, custom_status, started, ended, retries, error, number \
    FROM message WHERE true";

fn all<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    each: impl Fn(&Row<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    let mut select = connection.prepare_cached(sql)?;
    let mut rows = select.query(params)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(each(row)?);
    }
    Ok(found)
}

fn status(row: &Row<'_>, column: usize) -> Result<Status> {
    let text = row.get_ref(column)?.as_str().map_err(Fault::unreadable)?;
    Status::parse(text).ok_or_else(|| Fault::unreadable(format!("status {text}")))
}

fn optional<'a>(row: &'a Row<'_>, column: usize) -> Result<Option<&'a str>> {
    row.get_ref(column)?.as_str_or_null().map_err(Fault::unreadable)
}

fn message_id(row: &Row<'_>, column: usize) -> Result<MessageId> {
    Ok(MessageId::from_text(row.get::<_, String>(column)?))
}

fn correlation(row: &Row<'_>, column: usize) -> Result<CorrelationId> {
    Ok(CorrelationId::from_text(row.get::<_, String>(column)?))
}

/// A line of a list, and the number that orders messages of one millisecond.
fn message_record(row: &Row<'_>) -> Result<(i64, MessageRecord)> {
    let record = MessageRecord {
        id: message_id(row, 0)?,
        correlation: correlation(row, 1)?,
        flow: row.get(2)?,
        status: status(row, 3)?,
        custom_status: row.get(4)?,
        started: Timestamp(row.get(5)?),
        ended: row.get::<_, Option<i64>>(6)?.map(Timestamp),
        retries: row.get(7)?,
        error: row.get(8)?,
    };
    Ok((row.get(9)?, record))
}

/// Messages that fit a filter, newest first.
pub(super) fn messages(connection: &Connection, filter: &MessageFilter) -> Result<Vec<MessageRecord>> {
    let limit = if filter.limit == 0 { 50 } else { filter.limit };
    if filter.status.is_empty() {
        let found = messages_of(connection, filter, None, limit)?;
        return Ok(found.into_iter().map(|(_, record)| record).collect());
    }
    // One walk along the index per status: a list of several statuses in one question would be sorted as a whole.
    let mut found = Vec::new();
    for status in Status::ALL.into_iter().filter(|status| filter.status.contains(status)) {
        found.extend(messages_of(connection, filter, Some(status), limit)?);
    }
    found.sort_by_key(|(number, record)| std::cmp::Reverse((record.started, *number)));
    found.truncate(limit as usize);
    Ok(found.into_iter().map(|(_, record)| record).collect())
}

fn messages_of(
    connection: &Connection,
    filter: &MessageFilter,
    status: Option<Status>,
    limit: u32,
) -> Result<Vec<(i64, MessageRecord)>> {
    let mut sql = MESSAGE.to_owned();
    let mut values: Vec<Sql> = Vec::new();
    let mut and = |condition: &str, parts: &[&str]| {
        sql.push_str(condition);
        values.extend(parts.iter().map(|part| Sql::from((*part).to_owned())));
    };
    if let Some(status) = status {
        and(" AND status = ?", &[status.as_str()]);
    }
    if let Some(flow) = &filter.flow {
        and(" AND flow = ?", &[flow]);
    }
    if let Some(id) = &filter.id {
        and(" AND (id = ? OR correlation = ?)", &[id, id]);
    }
    if let Some((name, value)) = &filter.header {
        and(" AND id IN (SELECT message FROM header WHERE name = ? AND value = ?)", &[name, value]);
    }
    for (condition, time) in [(" AND started >= ?", filter.since), (" AND started < ?", filter.until)] {
        if let Some(time) = time {
            sql.push_str(condition);
            values.push(time.0.into());
        }
    }
    sql.push_str(" ORDER BY started DESC, number DESC LIMIT ?");
    values.push(i64::from(limit).into());
    all(connection, &sql, params_from_iter(values), message_record)
}

/// How many messages there are by status.
pub(super) fn counts(connection: &Connection) -> Result<Vec<(Status, u64)>> {
    let mut counts = all(connection, "SELECT status, COUNT(*) FROM message GROUP BY status", [], |row| {
        Ok((status(row, 0)?, row.get::<_, i64>(1)?.unsigned_abs()))
    })?;
    counts.sort_by_key(|(status, _)| Status::ALL.iter().position(|s| s == status));
    Ok(counts)
}

/// Everything about one message.
pub(super) fn message(connection: &Connection, id: &MessageId) -> Result<Option<MessageDetail>> {
    let sql = format!("{MESSAGE} AND id = ?1");
    let Some((_, record)) = all(connection, &sql, [id.as_str()], message_record)?.pop() else { return Ok(None) };
    let attachments = all(
        connection,
        "SELECT name, media_type, size FROM attachment WHERE message = ?1 ORDER BY number",
        [id.as_str()],
        |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, i64>(2)?.unsigned_abs())),
    )?;
    let lines =
        all(connection, "SELECT at, text FROM line WHERE message = ?1 ORDER BY number", [id.as_str()], |row| {
            Ok(LogLine { message: id.clone(), at: Timestamp(row.get(0)?), text: row.get(1)? })
        })?;
    Ok(Some(MessageDetail {
        record,
        runs: runs(connection, id)?,
        deliveries: deliveries(connection, id)?,
        lines,
        attachments,
    }))
}

fn runs(connection: &Connection, id: &MessageId) -> Result<Vec<RunRecord>> {
    let sql = "SELECT correlation, flow, run, \"trigger\", started, ended, status, error, retries, steps, headers, \
        custom_status FROM run WHERE message = ?1 ORDER BY number";
    all(connection, sql, [id.as_str()], |row| {
        Ok(RunRecord {
            message: id.clone(),
            correlation: correlation(row, 0)?,
            flow: row.get(1)?,
            run: RunId::from_text(row.get::<_, String>(2)?),
            trigger: row.get(3)?,
            started: Timestamp(row.get(4)?),
            ended: Timestamp(row.get(5)?),
            status: status(row, 6)?,
            error: row.get(7)?,
            retries: row.get(8)?,
            steps: optional(row, 9)?.map_or(Ok(Vec::new()), steps)?,
            headers: optional(row, 10)?.map_or(Ok(Vec::new()), json::parse)?,
            custom_status: row.get(11)?,
            attachments: Vec::new(),
        })
    })
}

/// A step as it is written: the contract's record with its names.
#[derive(serde::Deserialize)]
struct Step {
    step: String,
    process: String,
    branch: String,
    started: Timestamp,
    ms: u64,
    error: Option<String>,
}

fn steps(text: &str) -> Result<Vec<StepRecord>> {
    let steps: Vec<Step> = json::parse(text)?;
    let record = |s: Step| StepRecord {
        step: s.step,
        process: s.process,
        branch: s.branch,
        started: s.started,
        ms: s.ms,
        error: s.error,
    };
    Ok(steps.into_iter().map(record).collect())
}

fn deliveries(connection: &Connection, id: &MessageId) -> Result<Vec<DeliveryRecord>> {
    let sql = "SELECT flow, delivery, receiver, record, attempt, at, outcome, error, class, http_status, excerpt \
        FROM delivery \
        WHERE message = ?1 ORDER BY number";
    all(connection, sql, [id.as_str()], |row| {
        Ok(DeliveryRecord {
            message: id.clone(),
            flow: row.get(0)?,
            delivery: row.get_ref(1)?.as_str().map_err(Fault::unreadable)?.parse().map_err(Fault::unreadable)?,
            receiver: row.get(2)?,
            record: row.get(3)?,
            attempt: row.get(4)?,
            at: Timestamp(row.get(5)?),
            outcome: row.get(6)?,
            error: row.get(7)?,
            class: optional(row, 8)?.map(class).transpose()?,
            http_status: row.get(9)?,
            excerpt: row.get(10)?,
        })
    })
}

fn class(text: &str) -> Result<Class> {
    Class::parse(text).ok_or_else(|| Fault::unreadable(format!("class {text}")))
}

/// An attachment of a message.
pub(super) fn attachment(connection: &Connection, id: &MessageId, name: String) -> Result<Option<AttachmentRecord>> {
    let mut select =
        connection.prepare_cached("SELECT media_type, content FROM attachment WHERE message = ?1 AND name = ?2")?;
    let found =
        select.query_row((id.as_str(), &name), |row| Ok((row.get(0)?, row.get::<_, Vec<u8>>(1)?))).optional()?;
    Ok(found.map(|(media_type, content)| AttachmentRecord { name, media_type, content: Bytes::from(content) }))
}

/// Traced steps of a message, in order.
pub(super) fn trace(connection: &Connection, id: &MessageId) -> Result<Vec<TraceRecord>> {
    let sql = "SELECT run, step, at, headers, properties, attachments, body FROM trace \
        WHERE message = ?1 ORDER BY number";
    all(connection, sql, [id.as_str()], |row| {
        Ok(TraceRecord {
            message_id: id.clone(),
            run: RunId::from_text(row.get::<_, String>(0)?),
            step: row.get(1)?,
            at: Timestamp(row.get(2)?),
            message: Message {
                headers: json::headers(optional(row, 3)?)?,
                properties: json::properties(optional(row, 4)?)?,
                body: Bytes::from(row.get::<_, Vec<u8>>(6)?),
                attachments: payload::attachments(optional(row, 5)?)?,
            },
        })
    })
}
