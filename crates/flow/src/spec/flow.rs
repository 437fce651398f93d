//! Tables: the flow file itself and its processes.

use super::channels::{RECEIVER, SENDER};
use super::{Key, MapSpec, Ty};

const TRANSACTION: &[&str] = &["none", "required"];

pub(crate) static FLOW: MapSpec = MapSpec {
    name: "a flow",
    doc: "One file `*.flow.yaml` holds one flow. `from`, `transaction`, `steps` and `on-error` at the top are the process `main`.",
    one_of: &[],
    keys: &[
        Key::must("flow", Ty::Name, "Name, unique among all flows."),
        Key::of("description", Ty::Text, "", "What it does, for people."),
        Key::of(
            "quality",
            Ty::Choice(&["best-effort", "exactly-once", "exactly-once-in-order"]),
            "best-effort",
            "What it promises about deliveries.",
        ),
        Key::of(
            "order-by",
            Ty::Template,
            "one order for all",
            "With `exactly-once-in-order`: messages with the same text stay in order; one that fails holds up only these.",
        ),
        Key::of(
            "persistence",
            Ty::Choice(&["on-error", "first"]),
            "on-error",
            "When a message is durable: only when something failed, or before the sender is answered.",
        ),
        Key::of(
            "allow-headers",
            Ty::Either(&[Ty::Text, Ty::List(&Ty::Text)]),
            "none",
            "Headers that may enter from outside: regular expressions that match whole names; `\"*\"` allows all.",
        ),
        Key::of("namespaces", Ty::Dict(&Ty::Text), "", "Prefix to namespace URI, for XPath."),
        Key::of("return-errors", Ty::Bool, "false", "Answers a failed request with the exception's text."),
        Key::of(
            "keep-cookies",
            Ty::Bool,
            "false",
            "Cookies that receivers set go along with later requests of the same run to the same origin.",
        ),
        Key::of(
            "log",
            Ty::Choice(&["none", "error", "info", "debug", "trace"]),
            "info",
            "How much the message log keeps.",
        ),
        Key::of("number-ranges", Ty::Dict(&Ty::Map(&NUMBER_RANGE)), "", "Number ranges by name."),
        Key::of("from", Ty::Map(&SENDER), "", "What starts the process `main`."),
        Key::of("transaction", Ty::Choice(TRANSACTION), "none", "Unit of work of `main`."),
        Key::of("steps", Ty::Steps, "", "Steps of `main`."),
        Key::of("on-error", Ty::Steps, "", "Exception subprocess of `main`: runs when a step fails."),
        Key::of("processes", Ty::Dict(&Ty::Map(&PROCESS)), "", "Further processes by name."),
        Key::of("receivers", Ty::Dict(&Ty::Map(&RECEIVER)), "", "Receivers by name."),
        Key::of(
            "on-escalated",
            Ty::Steps,
            "",
            "Runs when a delivery or queue message of this flow is escalated; the local process `on-escalated`.",
        ),
    ],
};

static PROCESS: MapSpec = MapSpec {
    name: "a process",
    doc: "With `from` an integration process; without it a local process, which `call`, `loop` and `once` start.",
    one_of: &[],
    keys: &[
        Key::of("from", Ty::Map(&SENDER), "", "What starts it; none makes it a local process."),
        Key::of(
            "transaction",
            Ty::Choice(&["none", "required", "inherit"]),
            "none; inherit in a local process",
            "Its unit of work; `inherit` is for local processes.",
        ),
        Key::of("steps", Ty::Steps, "", "Its steps."),
        Key::of("on-error", Ty::Steps, "", "Its exception subprocess."),
    ],
};

static NUMBER_RANGE: MapSpec = MapSpec {
    name: "a number range",
    doc: "Numbers that are given out one after the other, each once.",
    one_of: &[],
    keys: &[
        Key::of("min", Ty::Int(0, 99_999_999_999_999), "1", "First number."),
        Key::of("max", Ty::Int(1, 99_999_999_999_999), "999999999", "Last number."),
        Key::of("length", Ty::Int(0, 14), "0", "Pads with zeros to this many digits; 0 does not pad."),
        Key::of("rotate", Ty::Bool, "false", "Begins again at `min` after `max`; otherwise the range is then used up."),
    ],
};
