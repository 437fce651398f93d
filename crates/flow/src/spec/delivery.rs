//! Tables: how deliveries are made and tried again, in receivers and in the defaults of a package.

use super::channels::HTTP_RECEIVER;
use super::values::MAX_RETRIES;
use super::{Key, MapSpec, Ty};

pub(crate) const RETRY_KEY: Key = Key::of("retry", Ty::Map(&RETRY), "", "When parked deliveries are tried again.");
pub(crate) const IN_DOUBT_KEY: Key = Key::of(
    "in-doubt",
    Ty::Either(&IN_DOUBT_FORMS),
    "retry with a key or an idempotent method, hold otherwise",
    "When a request left and no answer came: send again with the same delivery id, park for a person, or ask first.",
);
pub(crate) const CIRCUIT_KEY: Key = Key::of(
    "circuit",
    Ty::Either(&CIRCUIT_FORMS),
    "",
    "When the receiver counts as down: then one delivery is tried at a time, the others wait.",
);
pub(crate) const CONCURRENCY_KEY: Key =
    Key::of("concurrency", Ty::Int(1, 1_000), "no limit; 4 retries at once", "Deliveries to the receiver at once.");
pub(crate) const RATE_KEY: Key =
    Key::of("rate", Ty::Number(0.001, 100_000.0), "no limit", "Deliveries to the receiver per second.");

static IN_DOUBT_FORMS: [Ty; 2] = [Ty::Choice(&["retry", "hold"]), Ty::Map(&IN_DOUBT)];
static CIRCUIT_FORMS: [Ty; 2] = [Ty::Choice(&["off"]), Ty::Map(&CIRCUIT)];

/// The file `defaults.yaml`.
pub(crate) static DEFAULTS: MapSpec = MapSpec {
    name: "the defaults of a package",
    doc: "The file `defaults.yaml`: what holds for each receiver of the package that says nothing else.",
    one_of: &[],
    keys: &[RETRY_KEY, IN_DOUBT_KEY, CIRCUIT_KEY, CONCURRENCY_KEY, RATE_KEY],
};

pub(crate) static RETRY: MapSpec = MapSpec {
    name: "a retry policy",
    doc: "When parked deliveries to a receiver are tried again (`quality: exactly-once`).",
    one_of: &[],
    keys: &[
        INTERVAL,
        BACKOFF,
        MAX_INTERVAL,
        RETRIES,
        MAX_ATTEMPTS,
        MAX_AGE,
        JITTER,
        Key::of(
            "in-doubt",
            Ty::Map(&RETRY_CLASS),
            "as the others",
            "Another policy after a request that got no answer; what it leaves out holds as above.",
        ),
        Key::of(
            "rejected",
            Ty::Map(&RETRY_CLASS),
            "escalated at once",
            "A policy after the receiver said no; what it leaves out holds as above.",
        ),
    ],
};

static RETRY_CLASS: MapSpec = MapSpec {
    name: "a retry policy of one class",
    doc: "What is different from the policy that it stands in.",
    one_of: &[],
    keys: &[INTERVAL, BACKOFF, MAX_INTERVAL, RETRIES, MAX_ATTEMPTS, MAX_AGE, JITTER],
};

const INTERVAL: Key = Key::of("interval", Ty::Duration, "1m", "Wait before the first retry.");
const BACKOFF: Key =
    Key::of("backoff", Ty::Number(1.0, 100.0), "2", "Each wait is this times the one before; 1 keeps the interval.");
const MAX_INTERVAL: Key = Key::of("max-interval", Ty::Duration, "1h", "Longest wait.");
const RETRIES: Key =
    Key::of("max-retries", MAX_RETRIES, "10", "Retries before the delivery is escalated; `none` retries for ever.");
const MAX_ATTEMPTS: Key = Key::of(
    "max-attempts",
    Ty::Int(1, 1_000_001),
    "",
    "The same counted with the first attempt: 11 attempts are 10 retries.",
);
const MAX_AGE: Key = Key::of(
    "max-age",
    Ty::Duration,
    "no limit",
    "A retry that would come later than this after the first attempt escalates.",
);
const JITTER: Key =
    Key::of("jitter", Ty::Number(0.0, 1.0), "0.1", "Largest random part added to each wait, as a share of it.");

static IN_DOUBT: MapSpec = MapSpec {
    name: "a policy for doubt",
    doc: "What is done when a request left and no answer came.",
    one_of: &[],
    keys: &[Key::must("probe", Ty::Map(&PROBE), "Ask the receiver before sending again.")],
};

static PROBE: MapSpec = MapSpec {
    name: "a probe",
    doc: "A request that asks whether a delivery was done. `${property.SemelDeliveryId}` is the delivery's id.",
    one_of: &[],
    keys: &[
        Key::must(
            "http",
            Ty::Either(&[Ty::Template, Ty::Map(&HTTP_RECEIVER)]),
            "The request; GET unless it says else.",
        ),
        Key::of(
            "delivered",
            Ty::Condition,
            "${header.CamelHttpResponseCode} >= 200 and ${header.CamelHttpResponseCode} < 300",
            "Holds on the answer where the delivery was done.",
        ),
        Key::of(
            "absent",
            Ty::Condition,
            "${header.CamelHttpResponseCode} = 404",
            "Holds on the answer where it was certainly not done: it is sent again. Neither: asked again later.",
        ),
    ],
};

static CIRCUIT: MapSpec = MapSpec {
    name: "a circuit",
    doc: "Shared by all receivers of the same system, in all flows.",
    one_of: &[],
    keys: &[
        Key::of("failures", Ty::Int(1, 1_000), "5", "So many different deliveries must fail in a row until it opens."),
        Key::of("probe", Ty::Duration, "30s", "While it is open, one delivery is tried in each such time."),
        Key::of(
            "system",
            Ty::Name,
            "scheme, host and port of the address",
            "The system behind the receiver, where its address does not tell.",
        ),
    ],
};
