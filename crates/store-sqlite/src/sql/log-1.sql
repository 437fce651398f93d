-- Message log, version 1. Times are milliseconds since 1970-01-01 UTC.

CREATE TABLE message (
    number        INTEGER PRIMARY KEY,
    id            TEXT NOT NULL UNIQUE,
    correlation   TEXT NOT NULL,
    flow          TEXT NOT NULL,
    status        TEXT NOT NULL,
    custom_status TEXT,
    started       INTEGER NOT NULL,
    ended         INTEGER,
    retries       INTEGER NOT NULL,
    error         TEXT
) STRICT;
CREATE INDEX message_started ON message (started);
CREATE INDEX message_status ON message (status, started);
CREATE INDEX message_flow ON message (flow, started);
CREATE INDEX message_correlation ON message (correlation);

CREATE TABLE run (
    number        INTEGER PRIMARY KEY,
    message       TEXT NOT NULL,
    correlation   TEXT NOT NULL,
    flow          TEXT NOT NULL,
    run           TEXT NOT NULL,
    "trigger"     TEXT NOT NULL,
    started       INTEGER NOT NULL,
    ended         INTEGER NOT NULL,
    status        TEXT NOT NULL,
    error         TEXT,
    retries       INTEGER NOT NULL,
    steps         TEXT,
    headers       TEXT,
    custom_status TEXT
) STRICT;
CREATE INDEX run_message ON run (message);

-- Custom headers once more, narrow, to be searched.
CREATE TABLE header (
    message TEXT NOT NULL,
    name    TEXT NOT NULL,
    value   TEXT NOT NULL,
    PRIMARY KEY (message, name, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX header_value ON header (name, value);

CREATE TABLE delivery (
    number   INTEGER PRIMARY KEY,
    message  TEXT NOT NULL,
    flow     TEXT NOT NULL,
    delivery TEXT NOT NULL,
    receiver TEXT NOT NULL,
    record   TEXT NOT NULL,
    attempt  INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    outcome  TEXT NOT NULL,
    error    TEXT
) STRICT;
CREATE INDEX delivery_message ON delivery (message);

-- Lines about a message; a line without a message is about the log itself.
CREATE TABLE line (
    number  INTEGER PRIMARY KEY,
    message TEXT NOT NULL,
    at      INTEGER NOT NULL,
    text    TEXT NOT NULL
) STRICT;
CREATE INDEX line_message ON line (message);

CREATE TABLE attachment (
    number     INTEGER PRIMARY KEY,
    message    TEXT NOT NULL,
    name       TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size       INTEGER NOT NULL,
    content    BLOB NOT NULL,
    UNIQUE (message, name)
) STRICT;

CREATE TABLE trace (
    number      INTEGER PRIMARY KEY,
    message     TEXT NOT NULL,
    run         TEXT NOT NULL,
    step        TEXT NOT NULL,
    at          INTEGER NOT NULL,
    headers     TEXT,
    properties  TEXT,
    attachments TEXT,
    body        BLOB NOT NULL
) STRICT;
CREATE INDEX trace_message ON trace (message);
CREATE INDEX trace_at ON trace (at);
