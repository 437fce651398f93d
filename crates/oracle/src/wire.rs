//! What is asked of a run and what it answers, in the words of the harness (one line of JSON each).

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// A script and everything it is to be called with.
#[derive(Clone, Debug, Serialize)]
pub struct Request {
    /// Source text.
    pub source: String,
    /// The function to call.
    pub function: String,
    /// Scripts whose classes it uses: source by path without suffix.
    pub companions: BTreeMap<String, String>,
    /// Longest time of one call.
    pub millis: u64,
    /// One call for each.
    pub inputs: Vec<Input>,
}

/// The body of an input.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    /// `stream`, `string`, `bytes` or `null`.
    pub kind: String,
    /// Its text.
    pub text: String,
}

/// What a script is called with.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Input {
    /// What it is, for people.
    pub name: String,
    /// Body.
    pub body: Body,
    /// Headers: texts, numbers, truth values.
    pub headers: IndexMap<String, Json>,
    /// Properties: likewise.
    pub properties: IndexMap<String, Json>,
    /// Attachments: name, media type, text.
    pub attachments: Vec<(String, String, String)>,
    /// Credentials: `user` and `password` by alias; `*` stands for every alias.
    pub credentials: BTreeMap<String, BTreeMap<String, String>>,
    /// Value mappings: source agency and identifier, value, target agency and identifier, result.
    pub mappings: Vec<[String; 6]>,
    /// In an exception subprocess: the text of the failure.
    pub exception: Option<String>,
}

/// What a request is answered with.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Answer {
    /// `run`, or `compile` if it does not, or `timeout`.
    pub phase: String,
    /// Why it does not compile.
    pub error: Option<Failure>,
    /// One for each input, fewer when a call did not end.
    pub results: Vec<Outcome>,
    /// The process ends itself after this answer.
    pub stuck: bool,
}

/// An exception.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Failure {
    /// Java class; empty if not known.
    pub class: String,
    /// Message.
    pub message: Option<String>,
    /// Line of the script; 0 if not known.
    pub line: u32,
}

/// A value as its text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Shown {
    /// Java class, for people.
    #[serde(rename = "type")]
    pub kind: String,
    /// Text; none for null.
    pub text: Option<String>,
}

/// How one call ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Outcome {
    /// `ok`, `threw`, `timeout` or `limit`.
    pub phase: String,
    /// What it threw.
    pub error: Option<Failure>,
    /// Body.
    pub body: Shown,
    /// Headers.
    pub headers: BTreeMap<String, Shown>,
    /// Properties.
    pub properties: BTreeMap<String, Shown>,
    /// Attachments: media type and text by name.
    pub attachments: BTreeMap<String, (String, String)>,
    /// `addCustomHeaderProperty`: name and value.
    pub log_headers: Vec<(Option<String>, Option<String>)>,
    /// `addAttachmentAsString`: name, media type, text.
    pub log_attachments: Vec<(Option<String>, Option<String>, Option<String>)>,
}
