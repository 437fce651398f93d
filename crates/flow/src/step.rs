//! What the single steps of a checked flow are set to.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use base::{Scope, Value};
use expr::{Condition, JsonPath, Template, XPath};

use crate::model::{ProcessIx, StepIx};
use crate::more_steps::{CleanXml, JsonNames, Mime};

/// Content modifier: rows from top to bottom, then the body.
#[derive(Clone, Debug, Default)]
pub struct Modify {
    /// Header and property rows in order.
    pub rows: Vec<ModifyRow>,
    /// The new body, where it is set.
    pub body: Option<ValueSource>,
}

/// One row of a content modifier.
#[derive(Clone, Debug)]
pub struct ModifyRow {
    /// Header or property.
    pub target: Target,
    /// What happens to it.
    pub action: RowAction,
}

/// What a row of a content modifier changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A header of this name.
    Header(String),
    /// A property of this name.
    Property(String),
}

/// What happens to a header or property.
#[derive(Clone, Debug)]
pub enum RowAction {
    /// Set from a source.
    Create(ValueSource),
    /// Removed. A name with `*` removes all that fit.
    Delete,
    /// The same, but names that fit one of these patterns stay.
    DeleteExcept(Vec<String>),
}

/// A source with the kind of value that is wanted from it.
#[derive(Clone, Debug)]
pub struct ValueSource {
    /// Where the value comes from.
    pub from: Source,
    /// The kind it is converted to; a value that does not convert fails the step.
    pub kind: ValueKind,
}

/// Where a value comes from (SAP's source types).
#[derive(Clone, Debug)]
pub enum Source {
    /// This value.
    Constant(Value),
    /// A template with `${...}`.
    Expression(Template),
    /// XPath on the body.
    XPath(XPath),
    /// JSONPath on the body.
    JsonPath(JsonPath),
    /// A header.
    Header(String),
    /// A property.
    Property(String),
    /// A variable; missing without a default fails the step.
    Variable {
        /// Whose variable.
        scope: Scope,
        /// Its name.
        name: Template,
        /// What to use when there is none.
        default: Option<Value>,
    },
    /// The next number of a range; the same number again for the same correlation.
    NumberRange {
        /// The range's name.
        name: Template,
        /// What the number belongs to.
        correlation: Option<Template>,
    },
}

/// The kind of value that a row asks for (SAP: *Data Type*, a Java class).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ValueKind {
    /// As it comes.
    #[default]
    Any,
    /// Text.
    Text,
    /// A whole number.
    Int,
    /// A floating-point number.
    Float,
    /// True or false.
    Bool,
}

/// A script with its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// Path inside the package, or a made-up name for an inline script.
    pub path: String,
    /// Language, known from the ending.
    pub language: Language,
    /// Source text.
    pub source: String,
    /// Other scripts that it may use classes of: source by path. Scripts of one package share them.
    pub companions: Arc<BTreeMap<String, String>>,
}

/// Language of a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    /// `.js`
    JavaScript,
    /// `.groovy`, `.gsh`
    Groovy,
    /// `.mmap`: a message mapping of an SAP artifact; its schemas and libraries are its companions.
    MessageMapping,
}

/// A step that calls a function of a script.
#[derive(Clone, Debug)]
pub struct ScriptCall {
    /// Key of [`Flow::scripts`].
    pub script: String,
    /// Function, `processData` unless named.
    pub function: String,
}

/// Router.
#[derive(Clone, Debug)]
pub struct Router {
    /// In order; the first that matches is taken.
    pub routes: Vec<Route>,
    /// When none matches.
    pub otherwise: Otherwise,
}

/// One route.
#[derive(Clone, Debug)]
pub struct Route {
    /// When it is taken.
    pub when: When,
    /// Its first step; `None` goes on after the router or, where nothing follows, ends the process.
    pub to: Option<StepIx>,
}

/// A condition in one of the two languages of a router.
#[derive(Clone, Debug)]
pub enum When {
    /// Simple condition.
    Simple(Condition),
    /// XPath condition on the body.
    XPath(XPath),
}

/// What happens when no route matches.
#[derive(Clone, Debug)]
pub enum Otherwise {
    /// The default route.
    To(Option<StepIx>),
    /// The step fails (SAP: *Throw Exception*).
    Fail,
}

/// Splitter: every part runs the steps from `body` up to the gather that closes it, or to the end of the path.
#[derive(Clone, Debug)]
pub struct Split {
    /// What the parts are.
    pub by: SplitBy,
    /// How many parts go together into one; 1 unless set.
    pub group: u32,
    /// How many parts run at once; 1 is one after the other.
    pub parallel: u32,
    /// Whether a part that fails ends the split and fails the step; otherwise the other parts run on.
    pub stop_on_error: bool,
    /// First step of every part.
    pub body: Option<StepIx>,
    /// Names a part (record) stably, for delivery ids; the part's number unless set.
    pub record: Option<Template>,
    /// Whether the parts are counted before the first one runs; otherwise their number is known at the last one.
    pub count: bool,
}

/// What a splitter splits by.
#[derive(Clone, Debug)]
pub enum SplitBy {
    /// Elements selected by XPath.
    XPath {
        /// The expression.
        path: XPath,
        /// What of the body around a part it keeps.
        envelope: Envelope,
    },
    /// JSON values selected by JSONPath; envelope makes no sense here.
    JsonPath(JsonPath),
    /// Lines; empty ones are left out.
    Line {
        /// The first one is a header that every part begins with (SAP: general splitter).
        header: bool,
    },
    /// Text between occurrences of a token.
    Token(String),
    /// XML elements of this name, whatever their namespace and wherever they stand. In a body without them, or that is no
    /// XML, the name is a token (SAP: iterating splitter by token).
    Element(String),
}

/// What a part keeps of the body around it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Envelope {
    /// Nothing (SAP: iterating splitter).
    #[default]
    None,
    /// The elements around it.
    Elements,
    /// The elements around it, and what stands before it in them, up to the first part (SAP: general splitter).
    Before,
}

/// How the parts of a split or multicast become one message.
#[derive(Clone, Debug, Default)]
pub enum Gather {
    /// Bodies one after the other.
    #[default]
    Concat,
    /// XML bodies under a new root element of this name (SAP: different or same format XML).
    Xml {
        /// Name of the root element, `messages` unless set.
        root: String,
        /// Unwrap each body's own root element before joining.
        unwrap: bool,
    },
    /// XML bodies under SAP's multi-mapping envelope `multimap:Messages`.
    Multimap {
        /// All bodies in one `multimap:Message1`; otherwise each in an element of its own.
        same: bool,
    },
    /// The first body, with what an XPath selects in the others added to one of its elements.
    Merge {
        /// What is taken from the second body and those after it.
        from: XPath,
        /// The element of the first body that gets it; a plain path.
        into: XPath,
    },
    /// JSON bodies into an array.
    Json,
    /// The last part's body.
    Last,
}

/// Multicast.
#[derive(Clone, Debug)]
pub struct Multicast {
    /// Branches by name.
    pub branches: Vec<Branch>,
    /// All at once, or one after the other (then a failing branch ends the ones after it).
    pub parallel: bool,
}

/// One branch.
#[derive(Clone, Debug)]
pub struct Branch {
    /// Unique in its multicast; part of delivery ids.
    pub name: String,
    /// Its first step.
    pub to: Option<StepIx>,
}

/// Filter.
#[derive(Clone, Debug)]
pub struct Filter {
    /// What is kept.
    pub by: FilterBy,
}

/// What a filter keeps.
#[derive(Clone, Debug)]
pub enum FilterBy {
    /// The nodes (joined), text or boolean that XPath gives.
    XPath(XPath),
    /// The first match of a JSONPath.
    JsonPath(JsonPath),
}

/// Looping process call: run, then test.
#[derive(Clone, Debug)]
pub struct Loop {
    /// The local process.
    pub process: ProcessIx,
    /// Goes on while this holds.
    pub again: Condition,
    /// Most rounds.
    pub max: u32,
    /// Whether reaching the maximum fails the step, or the flow goes on.
    pub fail_at_max: bool,
}

/// Idempotent process call.
#[derive(Clone, Debug)]
pub struct Once {
    /// The local process.
    pub process: ProcessIx,
    /// What identifies the message.
    pub id: Template,
    /// Whether a duplicate skips the process, or runs it with property `CamelDuplicateMessage`.
    pub skip: bool,
    /// How long an id is remembered.
    pub keep: Duration,
}

/// Data store write.
#[derive(Clone, Debug)]
pub struct StoreWrite {
    /// Store name, at most 40 characters when evaluated.
    pub store: Template,
    /// Whose store.
    pub scope: Scope,
    /// Entry id; empty means header `SapDataStoreId`, else a generated one that is put into that header.
    pub entry: Option<Template>,
    /// After this an entry counts as overdue.
    pub alert_after: Duration,
    /// After this an entry is deleted.
    pub expire_after: Duration,
    /// Stored encrypted.
    pub encrypt: bool,
    /// Replaces an entry of the same id; otherwise that is a failure.
    pub overwrite: bool,
    /// Keeps the headers with the entry.
    pub include_headers: bool,
}

/// Data store get.
#[derive(Clone, Debug)]
pub struct StoreGet {
    /// Store name.
    pub store: Template,
    /// Whose store.
    pub scope: Scope,
    /// Entry id; empty means header `SapDataStoreId`.
    pub entry: Option<Template>,
    /// Deletes the entry when the run ends well.
    pub delete: bool,
    /// Whether a missing entry fails the step, or sets header `SAP_DatastoreEntryFound` to false.
    pub fail_if_missing: bool,
}

/// Data store select: oldest first (SAP: any order).
#[derive(Clone, Debug)]
pub struct StoreSelect {
    /// Store name.
    pub store: Template,
    /// Whose store.
    pub scope: Scope,
    /// Most entries; header `SapDataStoreMaxResults` wins.
    pub max: Template,
    /// Deletes the entries when the run ends well.
    pub delete: bool,
    /// First step of a process per entry: each entry is handled as a message of its own, with its own unit of work
    /// and its own deletion. Without it the body becomes SAP's bulk document `<messages><message id="...">`.
    pub each: Option<StepIx>,
}

/// Data store delete.
#[derive(Clone, Debug)]
pub struct StoreDelete {
    /// Store name.
    pub store: Template,
    /// Whose store.
    pub scope: Scope,
    /// Entry ids; empty means header `SapDataStoreId`, else the whole body.
    pub entry: Option<EntryIds>,
}

/// Which entries a delete names.
#[derive(Clone, Debug)]
pub enum EntryIds {
    /// One.
    One(Template),
    /// The text of every node that an XPath selects.
    XPath(XPath),
}

/// One row of a write variables step.
#[derive(Clone, Debug)]
pub struct VariableWrite {
    /// Whose variable.
    pub scope: Scope,
    /// Its name.
    pub name: Template,
    /// Its value.
    pub value: ValueSource,
}

/// Converters and coders.
#[derive(Clone, Debug)]
pub enum Conversion {
    /// XML to JSON.
    XmlToJson {
        /// Keep the root element as the outermost key.
        keep_root: bool,
        /// Elements that are arrays even when they occur once: names, paths such as `/orders/order`, `*`; `/*` is the root.
        arrays: Vec<String>,
        /// Namespaces as prefixes of names; `None` leaves prefixes out.
        names: Option<JsonNames>,
    },
    /// JSON to XML.
    JsonToXml {
        /// Root element to add, where the JSON has more than one key or is an array.
        root: Option<String>,
        /// Adds the root element whatever the JSON is.
        always: bool,
        /// Prefixes of names that mean namespaces.
        names: Option<JsonNames>,
        /// Refuses what SAP's converter refuses: other names than XML has, a root array or attribute, late attributes.
        strict: bool,
    },
    /// CSV to XML.
    CsvToXml(CsvFormat),
    /// XML to CSV.
    XmlToCsv(CsvFormat),
    /// Base64 encode the body.
    Base64Encode,
    /// Base64 decode the body.
    Base64Decode,
    /// ZIP with one entry.
    Zip(Coding),
    /// GZIP.
    Gzip(Coding),
    /// Leaves out parts of an XML text (SAP: XML modifier).
    CleanXml(CleanXml),
    /// SOAP 1.1 envelope around the body, or away from it.
    Soap(Coding),
    /// MIME multipart.
    Mime(Coding, Mime),
}

/// Which way a coder goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// Compress, or wrap.
    Encode,
    /// Decompress, or unwrap.
    Decode,
}

/// How CSV looks and how it maps to elements.
#[derive(Clone, Debug)]
pub struct CsvFormat {
    /// Field separator.
    pub separator: char,
    /// Whether the first line names the columns.
    pub header: bool,
    /// The first line is there and says nothing: columns are named by their place.
    pub skip_first: bool,
    /// Column names; needed where `header` is off, otherwise a choice and order of columns.
    pub columns: Vec<String>,
    /// With a header and a choice of columns: one that the CSV lacks is left out, instead of failing.
    pub lenient: bool,
    /// Only lines that begin with this field are records; the others are left out. Where a line has one field more than
    /// there are columns, this is it, and becomes no element.
    pub marker: Option<String>,
    /// Name of the element around all records, or a path of names such as `schema/root`.
    pub root: String,
    /// Name of the element of one record.
    pub record: String,
}

/// End event.
#[derive(Clone, Debug)]
pub enum End {
    /// End message.
    Message,
    /// Error end: fails, with the failure that is being handled or this text.
    Error(Option<Template>),
    /// Escalation end with SAP's category, such as `receiver-not-reachable`.
    Escalation(String),
    /// Terminate: stops the whole run without error.
    Terminate,
}
