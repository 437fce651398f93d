//! Tables: sender channels (what starts a process) and receivers (what steps call).

use super::delivery::{CIRCUIT_KEY, CONCURRENCY_KEY, IN_DOUBT_KEY, RATE_KEY, RETRY_KEY};
use super::values::{BACKOFF, MAX_RETRIES, VISIBILITY};
use super::{Key, MapSpec, Ty};

pub(crate) static SENDER: MapSpec = MapSpec {
    name: "a sender",
    doc: "What starts a process: exactly one channel.",
    one_of: &["http", "timer", "process-direct", "queue", "data-store", "alerts"],
    keys: &[
        Key::of(
            "http",
            Ty::Either(&[Ty::Path, Ty::Map(&HTTP_SENDER)]),
            "",
            "A request to `/http/<path>`; short form: the path.",
        ),
        Key::of("timer", Ty::Map(&TIMER), "", "A schedule."),
        Key::of("process-direct", Ty::Path, "", "A call from another flow to this address."),
        Key::of(
            "queue",
            Ty::Either(&[Ty::Text, Ty::Map(&QUEUE_SENDER)]),
            "",
            "A message of a queue; short form: its name.",
        ),
        Key::of(
            "data-store",
            Ty::Either(&[Ty::Text, Ty::Map(&STORE_SENDER)]),
            "",
            "An entry of a data store; short form: its name.",
        ),
        Key::of("alerts", Ty::Map(&ALERTS_SENDER), "", "What people have to know: `alerts: {}` for all of it."),
    ],
};

static ALERTS_SENDER: MapSpec = MapSpec {
    name: "an alerts sender",
    doc: "A message for each group of things that a person has to know: one kind, flow, and receiver or queue.",
    one_of: &[],
    keys: &[
        Key::of(
            "on",
            Ty::List(&Ty::Choice(&["escalated", "in-doubt", "overdue", "receiver-down"])),
            "all",
            "Which kinds.",
        ),
        Key::of("flows", Ty::List(&Ty::Text), "all", "Of which flows: names."),
        Key::of("every", Ty::Duration, "15m", "At most one alert of a group in this time, however much there is."),
    ],
};

static HTTP_SENDER: MapSpec = MapSpec {
    name: "an HTTP sender",
    doc: "Takes requests under `/http`.",
    one_of: &[],
    keys: &[
        Key::must("path", Ty::Path, "Path after `/http`; a trailing `/*` takes the whole subtree."),
        Key::of(
            "methods",
            Ty::List(&Ty::Choice(&["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])),
            "all",
            "Allowed methods.",
        ),
        Key::of("body-limit", Ty::Bytes, "40MB", "Largest body; a larger one is answered with 413."),
        Key::of("credential", Ty::Secret, "open", "Secret with the user and password that a caller must show."),
        Key::of(
            "idempotency",
            Ty::Choice(&["off", "optional", "required"]),
            "optional in exactly-once flows, else off",
            "Duplicate detection by the request's key.",
        ),
        Key::of(
            "key",
            Ty::Template,
            "the header `Idempotency-Key`",
            "Where the key is: `cloudevents` for a CloudEvent's source and id, or an expression on the request.",
        ),
    ],
};

static TIMER: MapSpec = MapSpec {
    name: "a timer",
    doc: "When the timer ticks.",
    one_of: &["every", "cron", "at", "on-deployment"],
    keys: &[
        Key::of("every", Ty::Duration, "", "Every so often."),
        Key::of("cron", Ty::Text, "", "Cron with optional seconds and year: `0 0/5 * * * ?`."),
        Key::of("at", Ty::Time, "", "Once, at this time; without an offset in `zone`."),
        Key::of("on-deployment", Ty::Choice(&["true"]), "", "Once, when the flow is deployed."),
        Key::of("zone", Ty::Text, "UTC", "Time zone of `cron` and `at`: `Europe/Berlin`."),
    ],
};

static QUEUE_SENDER: MapSpec = MapSpec {
    name: "a queue sender",
    doc: "Consumes the messages of a queue.",
    one_of: &[],
    keys: &[
        Key::must("name", Ty::Text, "Queue name."),
        Key::of(
            "exclusive",
            Ty::Bool,
            "false",
            "One message at a time in strict order; a failing one holds up the others.",
        ),
        Key::of("concurrency", Ty::Int(1, 99), "1", "Messages processed at once; 1 where exclusive."),
        Key::of("retry-interval", Ty::Duration, "1m", "Wait before a failed message is tried again."),
        Key::of("backoff", BACKOFF, "true", "`true` doubles each wait, `false` keeps it, a number is the factor."),
        Key::of("max-interval", Ty::Duration, "60m", "Longest wait."),
        Key::of(
            "max-retries",
            MAX_RETRIES,
            "none",
            "Retries before the message is escalated; `none` retries for ever.",
        ),
        Key::of("dead-letter", Ty::Bool, "true", "Blocks a message that three processings did not survive."),
    ],
};

static STORE_SENDER: MapSpec = MapSpec {
    name: "a data store sender",
    doc: "Consumes the entries of a data store; an entry is deleted when its run ends well.",
    one_of: &[],
    keys: &[
        Key::must("store", Ty::Text, "Data store name, at most 40 characters."),
        VISIBILITY,
        Key::of("poll", Ty::Duration, "10s", "How often to look when the store has none left."),
        Key::of("retry-interval", Ty::Duration, "1m", "Wait before a failed entry is tried again."),
        Key::of("backoff", BACKOFF, "false", "`true` doubles each wait, `false` keeps it, a number is the factor."),
        Key::of("max-interval", Ty::Duration, "60m", "Longest wait."),
        Key::of("max-retries", MAX_RETRIES, "none", "Retries before the entry is escalated; `none` retries for ever."),
        Key::of("lock-timeout", Ty::Duration, "10m", "After this a lock left by a dead process is stale."),
    ],
};

pub(crate) static RECEIVER: MapSpec = MapSpec {
    name: "a receiver",
    doc: "What `send` and `request` steps call: exactly one channel, and what happens when a delivery fails.",
    one_of: &["http", "mail", "queue", "process-direct"],
    keys: &[
        Key::of(
            "http",
            Ty::Either(&[Ty::Template, Ty::Map(&HTTP_RECEIVER)]),
            "",
            "An HTTP request; short form: the URL.",
        ),
        Key::of("mail", Ty::Map(&MAIL_RECEIVER), "", "A mail by SMTP."),
        Key::of(
            "queue",
            Ty::Either(&[Ty::Template, Ty::Map(&QUEUE_RECEIVER)]),
            "",
            "A message in a queue; short form: its name.",
        ),
        Key::of("process-direct", Ty::Template, "", "A call to another flow by its address."),
        RETRY_KEY,
        IN_DOUBT_KEY,
        CIRCUIT_KEY,
        CONCURRENCY_KEY,
        RATE_KEY,
        Key::of(
            "order-by",
            Ty::Template,
            "the flow's `order-by`",
            "With `exactly-once-in-order`: deliveries with the same text are made one after the other.",
        ),
    ],
};

pub(crate) static HTTP_RECEIVER: MapSpec = MapSpec {
    name: "an HTTP receiver",
    doc: "Sends the body by HTTP.",
    one_of: &[],
    keys: &[
        Key::must("url", Ty::Template, "Address, `http://` or `https://`."),
        Key::of("method", Ty::Template, "POST", "Method."),
        Key::of("query", Ty::Template, "", "Query to append, without the question mark."),
        Key::of(
            "headers",
            Ty::Either(&[Ty::List(&Ty::Text), Ty::Text]),
            "none",
            "Message headers that are sent: names, or patterns with `*`.",
        ),
        Key::of("set-headers", Ty::Dict(&Ty::Template), "", "Extra headers."),
        Key::of(
            "response-headers",
            Ty::Either(&[Ty::List(&Ty::Text), Ty::Text]),
            "*",
            "Headers of an answer that become headers of the message: names, or patterns with `*`.",
        ),
        Key::of(
            "soap",
            Ty::Map(&SOAP),
            "",
            "Sends the body in a SOAP 1.1 envelope and takes the answer out of its own.",
        ),
        Key::of("repeat", Ty::Map(&REPEAT), "", "Repeats a failed request inside the step."),
        Key::of("timeout", Ty::Duration, "60s", "For the whole exchange; with `repeat` for each request."),
        Key::of(
            "throw",
            Ty::Bool,
            "true",
            "A status of 400 or more fails the step; otherwise the flow goes on with header `CamelHttpResponseCode`.",
        ),
        Key::of(
            "credential",
            Ty::Secret,
            "none",
            "Secret with user and password, a token, an OAuth2 client or a client certificate.",
        ),
        Key::of(
            "retry-on",
            Ty::List(&Ty::Text),
            "",
            "Answers that may work later: statuses (`409`, `5xx`, `500-504`) or `no-answer`.",
        ),
        Key::of("reject-on", Ty::List(&Ty::Text), "", "Answers that will not work later."),
        Key::of("in-doubt-on", Ty::List(&Ty::Text), "", "Answers after which the request may have been done."),
        Key::of(
            "follow-redirects",
            Ty::Bool,
            "false",
            "Follows up to 5 redirects that keep method and body (307, 308).",
        ),
        Key::of(
            "sign",
            Ty::Secret,
            "none",
            "Signs by Standard Webhooks: headers `webhook-id` (the delivery id), `webhook-timestamp`, `webhook-signature`.",
        ),
        Key::of(
            "key-header",
            Ty::Text,
            "Idempotency-Key",
            "Header that carries the delivery id in exactly-once flows; empty sends none.",
        ),
    ],
};

static SOAP: MapSpec = MapSpec {
    name: "SOAP options",
    doc: "How the envelope is announced.",
    one_of: &[],
    keys: &[
        Key::of("action", Ty::Template, "", "`SOAPAction`, without quotes."),
        Key::of("reliable", Ty::Bool, "false", "Sends the delivery id as `MessageId`, as SAP RM does."),
    ],
};

static REPEAT: MapSpec = MapSpec {
    name: "repeats of a request",
    doc: "A request that got no connection, or an answer of these statuses, is sent again inside the step.",
    one_of: &[],
    keys: &[
        Key::of("times", Ty::Int(1, 3), "1", "Repeats after the first request."),
        Key::of("interval", Ty::Duration, "5s", "Wait before each, at most 60s."),
        Key::of("statuses", Ty::List(&Ty::Int(400, 599)), "all from 400", "Statuses that are repeated."),
    ],
};

static MAIL_ATTACHMENT: MapSpec = MapSpec {
    name: "a mail attachment",
    doc: "An attachment beside those of the message.",
    one_of: &[],
    keys: &[
        Key::must("name", Ty::Template, "Its name."),
        Key::of("media-type", Ty::Text, "text/plain", "Its media type."),
        Key::of("content", Ty::Template, "the message body", "Its content."),
    ],
};

static MAIL_RECEIVER: MapSpec = MapSpec {
    name: "a mail receiver",
    doc: "Sends a mail; the message's attachments go with it.",
    one_of: &[],
    keys: &[
        Key::must("server", Ty::Template, "`host:port`; port 25, 587 or 465 by protection."),
        Key::of(
            "protection",
            Ty::Choice(&["none", "starttls-optional", "starttls", "smtps"]),
            "none",
            "Transport security.",
        ),
        Key::of("credential", Ty::Secret, "none", "Secret with user and password."),
        Key::of("from", Ty::Template, "semel@localhost", "Sender address."),
        Key::must("to", Ty::Template, "Addresses, separated by commas."),
        Key::of("cc", Ty::Template, "", "Addresses, separated by commas."),
        Key::of("bcc", Ty::Template, "", "Addresses, separated by commas."),
        Key::of("subject", Ty::Template, "empty", "Subject."),
        Key::of("body", Ty::Template, "the message body", "Text."),
        Key::of("media-type", Ty::Text, "text/plain", "Media type of the text."),
        Key::of("attachments", Ty::List(&Ty::Map(&MAIL_ATTACHMENT)), "", "Attachments beside those of the message."),
        Key::of("timeout", Ty::Duration, "30s", "For the whole exchange."),
    ],
};

static QUEUE_RECEIVER: MapSpec = MapSpec {
    name: "a queue receiver",
    doc: "Puts the message into a queue.",
    one_of: &[],
    keys: &[
        Key::must("name", Ty::Template, "Queue name, at most 80 characters of `A-Z a-z 0-9 _ - .`."),
        Key::of(
            "order-by",
            Ty::Template,
            "no order",
            "Messages with the same text are consumed strictly one after the other, however many consumers there are.",
        ),
        Key::of(
            "interface",
            Ty::Template,
            "the flow that caused the message",
            "What stops, starts, retries and moves together inside a shared queue: an address, a header.",
        ),
        Key::of("alert-after", Ty::Duration, "2d", "After this a message counts as overdue."),
        Key::of("expire-after", Ty::Duration, "30d", "After this a message expires."),
        Key::of("encrypt", Ty::Bool, "false", "Stored encrypted."),
        Key::of("properties", Ty::Bool, "false", "Stores the exchange properties too."),
    ],
};
