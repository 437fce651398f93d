//! Tables: the steps.

use super::more_steps::{DIGEST, ENRICH, MIME, NAMESPACE_SEPARATOR, NAMESPACES, VALIDATE};
use super::values::{VALUE, VISIBILITY};
use super::{Key, MapSpec, Ty};

/// Every step is a map with exactly one of these keys, and a `name` beside it or inside it.
pub(crate) static STEPS: MapSpec = MapSpec {
    name: "a step",
    doc: "A map with exactly one step key. A `name` may stand beside that key or inside its map; names are part of delivery ids, so give sends a name that stays.",
    one_of: &[],
    keys: &[
        Key::of("set", Ty::Map(&SET), "", "Content modifier: sets and deletes headers, properties, the body."),
        Key::of(
            "script",
            Ty::Either(&[Ty::Text, Ty::Map(&SCRIPT)]),
            "",
            "Calls a function of a script; short form: the file.",
        ),
        Key::of(
            "route",
            Ty::List(&Ty::Map(&ROUTE)),
            "",
            "Router: takes the first route that matches, then goes on after the router.",
        ),
        Key::of(
            "split",
            Ty::Map(&SPLIT),
            "",
            "Splitter: each part runs the steps up to the gather that closes it, or to the end of the list.",
        ),
        Key::of(
            "gather",
            Ty::Either(&[
                Ty::Choice(&["concat", "json", "last", "xml", "multimap", "multimap-each"]),
                Ty::Map(&GATHER),
            ]),
            "",
            "Joins the parts of the split or multicast before it: bodies one after the other, a JSON array, the last body, one XML document, or SAP's multi-mapping envelope with one message for all or one for each.",
        ),
        Key::of("join", Ty::Empty, "", "Waits for all branches of the multicast before it; a gather follows."),
        Key::of("multicast", Ty::Map(&MULTICAST), "", "Gives each branch a copy of the message."),
        Key::of("filter", Ty::Map(&FILTER), "", "Replaces the body by what an expression selects."),
        Key::of("call", Ty::Name, "", "Runs a local process."),
        Key::of("loop", Ty::Map(&LOOP), "", "Runs a local process, then again while a condition holds."),
        Key::of("once", Ty::Map(&ONCE), "", "Runs a local process once per id."),
        Key::of("request", Ty::Name, "", "Calls a receiver; the answer replaces the body."),
        Key::of("send", Ty::Name, "", "Sends to a receiver, one way; the message stays as it was."),
        Key::of(
            "store-write",
            Ty::Either(&[Ty::Template, Ty::Map(&STORE_WRITE)]),
            "",
            "Writes the message to a data store; short form: the store.",
        ),
        Key::of("store-get", Ty::Map(&STORE_GET), "", "Reads one entry of a data store."),
        Key::of(
            "store-select",
            Ty::Either(&[Ty::Template, Ty::Map(&STORE_SELECT)]),
            "",
            "Reads the oldest entries of a data store; short form: the store.",
        ),
        Key::of("store-delete", Ty::Map(&STORE_DELETE), "", "Deletes entries of a data store."),
        Key::of(
            "write-variables",
            Ty::Dict(&VALUE),
            "",
            "Stores variables of this flow by name; `{ visibility: global, values: {...} }` stores shared ones.",
        ),
        Key::of(
            "xslt",
            Ty::Either(&[Ty::Text, Ty::Map(&super::transform::XSLT)]),
            "",
            "Transforms the body by an XSLT stylesheet; short form: the file.",
        ),
        Key::of("xml-to-json", Ty::Either(&[Ty::Empty, Ty::Map(&XML_TO_JSON)]), "", "Turns XML into JSON."),
        Key::of("json-to-xml", Ty::Either(&[Ty::Empty, Ty::Map(&JSON_TO_XML)]), "", "Turns JSON into XML."),
        Key::of("csv-to-xml", Ty::Either(&[Ty::Empty, Ty::Map(&CSV)]), "", "Turns CSV into XML."),
        Key::of("xml-to-csv", Ty::Either(&[Ty::Empty, Ty::Map(&CSV)]), "", "Turns XML into CSV."),
        Key::of("base64", Ty::Choice(&["encode", "decode"]), "", "Encodes or decodes the body."),
        Key::of("zip", CODING, "", "Packs the body into a ZIP with one entry, or takes the only entry out of one."),
        Key::of("gzip", CODING, "", "Compresses or decompresses the body."),
        Key::of(
            "soap",
            Ty::Choice(&["wrap", "unwrap"]),
            "",
            "Puts the body into a SOAP envelope, or takes it out of one.",
        ),
        Key::of("clean-xml", Ty::Map(&CLEAN_XML), "", "Leaves out parts of an XML text."),
        Key::of("mime", Ty::Map(&MIME), "", "Makes a MIME multipart of body and attachments, or takes one apart."),
        Key::of("enrich", Ty::Map(&ENRICH), "", "Calls a receiver and puts its answer into the body."),
        Key::of(
            "validate",
            Ty::Either(&[Ty::Text, Ty::Map(&VALIDATE)]),
            "",
            "Checks the body against an XML schema; short form: the schema.",
        ),
        Key::of(
            "digest",
            Ty::Either(&[Ty::Text, Ty::Map(&DIGEST)]),
            "",
            "Puts a hash of the body into a header; short form: the header.",
        ),
        Key::of("persist", Ty::Text, "", "Keeps the body in the message log, as an attachment of this name."),
        Key::of(
            "end",
            Ty::Either(&[Ty::Choice(&["message", "error", "escalation", "terminate"]), Ty::Map(&END)]),
            "",
            "Ends the process.",
        ),
    ],
};

const CODING: Ty = Ty::Choice(&["compress", "decompress"]);

static CLEAN_XML: MapSpec = MapSpec {
    name: "clean-xml",
    doc: "Leaves out parts of an XML text. The text need not be well-formed.",
    one_of: &[],
    keys: &[
        Key::of("declaration", Ty::Bool, "false", "Leaves out the XML declaration."),
        Key::of("dtd", Ty::Bool, "false", "Leaves out the document type declaration."),
        Key::of(
            "characters",
            Ty::Choice(&["keep", "remove", "refuse"]),
            "keep",
            "What to do with characters that XML cannot hold.",
        ),
    ],
};

/// The form of `write-variables` with a visibility.
pub(crate) static VARIABLES: MapSpec = MapSpec {
    name: "write-variables",
    doc: "Variables with a visibility.",
    one_of: &[],
    keys: &[VISIBILITY, Key::must("values", Ty::Dict(&VALUE), "Values by variable name.")],
};

static SET: MapSpec = MapSpec {
    name: "set",
    doc: "Content modifier: headers, properties, then the body, from top to bottom.",
    one_of: &[],
    keys: &[
        Key::of("headers", Ty::Dict(&VALUE), "", "Headers to set. `header` means the same."),
        Key::of("properties", Ty::Dict(&VALUE), "", "Properties to set. `property` means the same."),
        Key::of("body", VALUE, "", "The new body."),
        Key::of("delete-headers", Ty::List(&Ty::Text), "", "Headers to remove; `SAP*` removes all that start so."),
        Key::of(
            "keep-headers",
            Ty::List(&Ty::Text),
            "",
            "Headers that `delete-headers` spares; `*` stands for any text.",
        ),
        Key::of(
            "delete-properties",
            Ty::List(&Ty::Text),
            "",
            "Properties to remove; `tmp*` removes all that start so.",
        ),
        Key::of("header", Ty::Dict(&VALUE), "", "The same as `headers`."),
        Key::of("property", Ty::Dict(&VALUE), "", "The same as `properties`."),
    ],
};

static SCRIPT: MapSpec = MapSpec {
    name: "script",
    doc: "Calls a function with the message.",
    one_of: &["file", "groovy", "javascript"],
    keys: &[
        Key::of("file", Ty::Text, "", "Script of the package: `.js`, `.groovy` or `.gsh`."),
        Key::of("groovy", Ty::Text, "", "The code itself, in Groovy."),
        Key::of("javascript", Ty::Text, "", "The code itself, in JavaScript."),
        Key::of("function", Ty::Text, "processData", "Function to call."),
    ],
};

static ROUTE: MapSpec = MapSpec {
    name: "a route",
    doc: "One way through a router. All routes of a router use the same language.",
    one_of: &["when", "when-xpath", "otherwise"],
    keys: &[
        Key::of("when", Ty::Condition, "", "Taken when this condition holds."),
        Key::of("when-xpath", Ty::XPath, "", "Taken when this XPath on the body is true."),
        Key::of(
            "otherwise",
            Ty::Either(&[Ty::Steps, Ty::Choice(&["fail"])]),
            "goes on after the router",
            "Steps for when no route matches, or `fail`.",
        ),
        Key::of("steps", Ty::Steps, "", "Steps of the route; none goes on after the router."),
    ],
};

static SPLIT: MapSpec = MapSpec {
    name: "split",
    doc: "Splitter. Without `steps` the rest of the list, up to and including the gather that closes it, runs for each part.",
    one_of: &["xpath", "jsonpath", "line", "token"],
    keys: &[
        Key::of("xpath", Ty::XPath, "", "One part per selected node."),
        Key::of("jsonpath", Ty::JsonPath, "", "One part per match."),
        Key::of("line", Ty::Choice(&["true"]), "", "One part per line that is not empty."),
        Key::of("token", Ty::Text, "", "Parts are the text between occurrences of this token."),
        Key::of("envelope", Ty::Bool, "false", "For `xpath`: keeps the elements around the part."),
        Key::of("group", Ty::Int(1, 1_000_000), "1", "How many parts go together into one."),
        Key::of("parallel", Ty::Int(1, 64), "1", "How many parts run at once."),
        Key::of(
            "stop-on-error",
            Ty::Bool,
            "true; false in exactly-once flows",
            "A part that fails ends the split and fails the step.",
        ),
        Key::of("record", Ty::Template, "the part's number", "Names a part stably, for delivery ids."),
        Key::of("steps", Ty::Steps, "", "Steps for each part."),
    ],
};

static GATHER: MapSpec = MapSpec {
    name: "gather",
    doc: "Joins XML bodies under a new root element, or into the first body.",
    one_of: &["xml", "into"],
    keys: &[
        Key::of("xml", Ty::Text, "", "Name of the new root element."),
        Key::of("unwrap", Ty::Bool, "false", "Leaves out each body's own root element."),
        Key::of("into", Ty::XPath, "", "Path of the element of the first body that gets what `from` selects."),
        Key::of("from", Ty::XPath, "", "For `into`: what is taken from the second body and those after it."),
    ],
};

static MULTICAST: MapSpec = MapSpec {
    name: "multicast",
    doc: "Each branch gets a copy of the message; a gather directly after it joins what they leave.",
    one_of: &[],
    keys: &[
        Key::must("branches", Ty::Dict(&Ty::Steps), "Steps of each branch, by name."),
        Key::of(
            "parallel",
            Ty::Bool,
            "false",
            "All at once; otherwise one after the other, and a failing branch ends the ones after it.",
        ),
    ],
};

static FILTER: MapSpec = MapSpec {
    name: "filter",
    doc: "The new body is what the expression selects.",
    one_of: &["xpath", "jsonpath"],
    keys: &[
        Key::of("xpath", Ty::XPath, "", "The selected nodes, text or boolean."),
        Key::of("jsonpath", Ty::JsonPath, "", "The first match."),
    ],
};

static LOOP: MapSpec = MapSpec {
    name: "loop",
    doc: "Looping process call: run, then test.",
    one_of: &[],
    keys: &[
        Key::must("process", Ty::Name, "The local process."),
        Key::must("while", Ty::Condition, "Goes on while this holds."),
        Key::of("max", Ty::Int(1, 1_000_000), "100", "Most rounds."),
        Key::of("at-max", Ty::Choice(&["fail", "continue"]), "fail", "What reaching `max` does."),
    ],
};

static ONCE: MapSpec = MapSpec {
    name: "once",
    doc: "Idempotent process call: a local process runs once per id.",
    one_of: &[],
    keys: &[
        Key::must("process", Ty::Name, "The local process."),
        Key::must("id", Ty::Template, "What identifies the message."),
        Key::of(
            "skip",
            Ty::Bool,
            "true",
            "Skips the process for a duplicate; otherwise it runs with property `CamelDuplicateMessage`.",
        ),
        Key::of("keep", Ty::Duration, "90d", "How long an id is remembered."),
    ],
};

const STORE: Key = Key::must("store", Ty::Template, "Data store name, at most 40 characters.");

static STORE_WRITE: MapSpec = MapSpec {
    name: "store-write",
    doc: "Writes the body as an entry.",
    one_of: &[],
    keys: &[
        STORE,
        Key::of("entry", Ty::Template, "header `SapDataStoreId`, else generated", "Entry id."),
        VISIBILITY,
        Key::of("alert-after", Ty::Duration, "2d", "After this an entry counts as overdue."),
        Key::of("expire-after", Ty::Duration, "90d", "After this an entry is deleted."),
        Key::of("encrypt", Ty::Bool, "false", "Stored encrypted."),
        Key::of("overwrite", Ty::Bool, "false", "Replaces an entry of the same id; otherwise that fails."),
        Key::of("headers", Ty::Bool, "false", "Keeps the headers with the entry."),
    ],
};

static STORE_GET: MapSpec = MapSpec {
    name: "store-get",
    doc: "The entry becomes the body.",
    one_of: &[],
    keys: &[
        STORE,
        Key::of("entry", Ty::Template, "header `SapDataStoreId`", "Entry id."),
        VISIBILITY,
        Key::of("delete", Ty::Bool, "false", "Deletes the entry when the run ends well."),
        Key::of(
            "missing",
            Ty::Choice(&["fail", "continue"]),
            "fail",
            "When there is no such entry: fail, or go on with header `SAP_DatastoreEntryFound` = false.",
        ),
    ],
};

static STORE_SELECT: MapSpec = MapSpec {
    name: "store-select",
    doc: "Oldest entries first. With `each`, every entry is handled as a message of its own; without it the body becomes one bulk document of those that are XML; others stay where they are.",
    one_of: &[],
    keys: &[
        STORE,
        Key::of("max", Ty::Template, "1", "Most entries; header `SapDataStoreMaxResults` wins."),
        VISIBILITY,
        Key::of("delete", Ty::Bool, "true", "Deletes the entries when the run ends well."),
        Key::of("each", Ty::Steps, "", "Steps for each entry."),
    ],
};

static STORE_DELETE: MapSpec = MapSpec {
    name: "store-delete",
    doc: "Deletes the named entries.",
    one_of: &[],
    keys: &[
        STORE,
        Key::of("entry", Ty::Template, "header `SapDataStoreId`, else the whole body", "Entry id."),
        Key::of("entry-xpath", Ty::XPath, "", "The text of every selected node is an entry id."),
        VISIBILITY,
    ],
};

static XML_TO_JSON: MapSpec = MapSpec {
    name: "xml-to-json",
    doc: "Elements become keys.",
    one_of: &[],
    keys: &[
        Key::of("keep-root", Ty::Bool, "true", "Keeps the root element as the outermost key."),
        Key::of(
            "arrays",
            Ty::List(&Ty::Text),
            "",
            "Elements that are arrays even when they occur once: names, paths such as `/orders/order`, or `*`.",
        ),
        NAMESPACES,
        NAMESPACE_SEPARATOR,
    ],
};

static JSON_TO_XML: MapSpec = MapSpec {
    name: "json-to-xml",
    doc: "Keys become elements.",
    one_of: &[],
    keys: &[
        Key::of("root", Ty::Text, "none", "Root element to add, where the JSON has more than one key or is an array."),
        NAMESPACES,
        NAMESPACE_SEPARATOR,
    ],
};

static CSV: MapSpec = MapSpec {
    name: "CSV options",
    doc: "How CSV looks and how it maps to elements.",
    one_of: &[],
    keys: &[
        Key::of("separator", Ty::Text, "`,`", "Field separator, one character; `tab` for a tab."),
        Key::of("header", Ty::Bool, "true", "The first line names the columns."),
        Key::of(
            "skip-first",
            Ty::Bool,
            "false",
            "From CSV: the first line is left out, and `columns` names the fields by their place.",
        ),
        Key::of(
            "columns",
            Ty::List(&Ty::Text),
            "",
            "Column names; needed without `header`, otherwise a choice and order of columns.",
        ),
        Key::of("root", Ty::Text, "records", "Element around all records; a path such as `a/b` makes several."),
        Key::of("record", Ty::Text, "record", "Element of one record."),
    ],
};

/// SAP's categories of an escalation end event.
const ESCALATIONS: &[&str] = &[
    "routing-condition-not-met",
    "receiver-not-reachable",
    "receiver-not-found",
    "not-authenticated",
    "not-authorized",
    "redirect",
    "internal-server-error",
    "others",
];

static END: MapSpec = MapSpec {
    name: "end",
    doc: "An end event with a text or category.",
    one_of: &["error", "escalation"],
    keys: &[
        Key::of("error", Ty::Template, "", "Fails with this text."),
        Key::of("escalation", Ty::Choice(ESCALATIONS), "others", "Ends as ESCALATED with this category."),
    ],
};
