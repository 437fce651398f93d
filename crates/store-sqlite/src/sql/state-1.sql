-- State, version 1. Times are milliseconds since 1970-01-01 UTC.

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Queues, data stores, receivers with parked deliveries, inboxes.
CREATE TABLE place (
    number  INTEGER PRIMARY KEY,
    kind    TEXT NOT NULL CHECK (kind IN ('queue', 'data-store', 'delivery', 'inbox')),
    name    TEXT NOT NULL,
    flow    TEXT NOT NULL,
    stopped INTEGER NOT NULL DEFAULT 0,
    UNIQUE (kind, name, flow)
) STRICT;

CREATE TABLE interface_stop (
    place     INTEGER NOT NULL,
    interface TEXT NOT NULL,
    PRIMARY KEY (place, interface)
) STRICT, WITHOUT ROWID;

-- AUTOINCREMENT: a number is never given twice, so that a late change cannot hit a stranger.
CREATE TABLE entry (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    place       INTEGER NOT NULL,
    id          TEXT NOT NULL,
    message     TEXT NOT NULL,
    correlation TEXT NOT NULL,
    interface   TEXT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('waiting', 'taken', 'blocked', 'escalated', 'in-doubt')),
    created     INTEGER NOT NULL,
    due         INTEGER NOT NULL,
    alert_at    INTEGER NOT NULL,
    expires     INTEGER NOT NULL,
    retries     INTEGER NOT NULL,
    crashes     INTEGER NOT NULL,
    error       TEXT,
    size        INTEGER NOT NULL,
    encrypted   INTEGER NOT NULL,
    UNIQUE (place, id)
) STRICT;

-- What is taken next. The interface is in it so that a stopped interface is stepped over inside the index.
CREATE INDEX entry_due ON entry (place, due, number, interface) WHERE state = 'waiting';
-- Order of storing, and everything that a list of places counts.
CREATE INDEX entry_turn ON entry (place, state, number, created);
CREATE INDEX entry_message ON entry (message);
CREATE INDEX entry_expires ON entry (expires);
CREATE INDEX entry_alert ON entry (alert_at, place);

-- Apart from `entry`, so that lists and claims do not wade through bodies.
CREATE TABLE payload (
    entry       INTEGER PRIMARY KEY,
    headers     TEXT,
    properties  TEXT,
    body        BLOB NOT NULL,
    attachments INTEGER NOT NULL
) STRICT;

CREATE TABLE attachment (
    number     INTEGER PRIMARY KEY,
    entry      INTEGER NOT NULL,
    name       TEXT NOT NULL,
    media_type TEXT NOT NULL,
    content    BLOB NOT NULL
) STRICT;
CREATE INDEX attachment_entry ON attachment (entry);

-- Also for entries that are deleted by hand.
CREATE TRIGGER entry_payload AFTER DELETE ON entry BEGIN
    DELETE FROM attachment
        WHERE entry = old.number AND (SELECT attachments FROM payload WHERE entry = old.number) > 0;
    DELETE FROM payload WHERE entry = old.number;
END;

CREATE TABLE variable (
    flow    TEXT NOT NULL,
    name    TEXT NOT NULL,
    value   TEXT NOT NULL,
    updated INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    PRIMARY KEY (flow, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX variable_expires ON variable (expires);

CREATE TABLE number_range (
    name   TEXT PRIMARY KEY,
    min    INTEGER NOT NULL,
    max    INTEGER NOT NULL,
    length INTEGER NOT NULL,
    rotate INTEGER NOT NULL,
    next   INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE number_drawn (
    name        TEXT NOT NULL,
    correlation TEXT NOT NULL,
    drawn       INTEGER NOT NULL,
    expires     INTEGER NOT NULL,
    PRIMARY KEY (name, correlation)
) STRICT, WITHOUT ROWID;
CREATE INDEX number_drawn_expires ON number_drawn (expires);

CREATE TABLE once (
    step    TEXT NOT NULL,
    id      TEXT NOT NULL,
    expires INTEGER NOT NULL,
    PRIMARY KEY (step, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX once_expires ON once (expires);

-- Outcome records: 16 bytes per delivery, one after the other. A long record continues in further parts.
CREATE TABLE delivered (
    message    TEXT NOT NULL,
    part       INTEGER NOT NULL,
    flow       TEXT NOT NULL,
    deliveries BLOB NOT NULL,
    expires    INTEGER NOT NULL,
    PRIMARY KEY (message, part)
) STRICT, WITHOUT ROWID;
CREATE INDEX delivered_expires ON delivered (expires);

CREATE TABLE answer (
    number      INTEGER PRIMARY KEY,
    flow        TEXT NOT NULL,
    key         TEXT NOT NULL,
    message     TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    status      INTEGER NOT NULL,
    headers     TEXT NOT NULL,
    body        BLOB NOT NULL,
    expires     INTEGER NOT NULL,
    UNIQUE (flow, key)
) STRICT;
CREATE INDEX answer_expires ON answer (expires);

CREATE TABLE timer (
    flow     TEXT NOT NULL,
    process  TEXT NOT NULL,
    schedule TEXT NOT NULL,
    last     INTEGER,
    next     INTEGER,
    PRIMARY KEY (flow, process)
) STRICT, WITHOUT ROWID;

CREATE TABLE flow_stop (
    flow TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
