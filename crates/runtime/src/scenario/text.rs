//! The text of a scenario as data.

use std::collections::BTreeMap;

use base::Timestamp;
use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde::Deserialize;
use serde_json::{Map, Value};

/// Largest scenario file.
const LARGEST: usize = 4 << 20;
/// Deepest nesting.
const DEEPEST: usize = 32;

/// A scenario.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Scenario {
    /// Title.
    #[serde(default)]
    pub scenario: String,
    /// What it shows, for people.
    #[serde(default, rename = "description")]
    pub _description: Value,
    /// Time at the beginning.
    pub at: Option<String>,
    /// Parameters that win over those of the package.
    #[serde(default)]
    pub parameters: BTreeMap<String, Value>,
    /// What receivers answer.
    #[serde(default)]
    pub receivers: BTreeMap<String, Value>,
    /// What happens.
    pub steps: Vec<Step>,
}

/// One step.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Step {
    /// A request to a flow.
    Post(Post),
    /// Time passes.
    Advance(String),
    /// The process dies and starts again.
    Crash(bool),
    /// An operator retries entries.
    Retry(Target),
    /// An operator deletes entries.
    Delete(Target),
    /// An operator stops something.
    Stop(Target),
    /// An operator starts something.
    Start(Target),
    /// A timer ticks by hand.
    Tick(String),
    /// What must have happened.
    Expect(Expect),
}

/// A request.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Post {
    /// Path below `/http`, perhaps with a query.
    pub path: String,
    /// `POST` unless set.
    pub method: Option<String>,
    /// Body.
    pub body: Option<Value>,
    /// File that holds the body.
    pub body_file: Option<String>,
    /// Headers.
    #[serde(default)]
    pub headers: BTreeMap<String, Value>,
    /// Authenticated user.
    #[serde(default)]
    pub user: String,
    /// What must be answered.
    pub expect: Option<ExpectAnswer>,
}

/// What must be answered.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ExpectAnswer {
    /// Status.
    pub status: Option<u16>,
    /// Whole body.
    pub body: Option<Value>,
    /// Part of the body.
    pub contains: Option<String>,
    /// Headers.
    #[serde(default)]
    pub headers: BTreeMap<String, Value>,
}

/// What an operator acts on.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Target {
    /// A flow.
    pub flow: Option<String>,
    /// A queue.
    pub queue: Option<String>,
    /// A data store.
    pub store: Option<String>,
    /// A receiver: `flow/receiver`, or a receiver's name.
    pub receiver: Option<String>,
    /// One interface of a queue.
    pub interface: Option<String>,
    /// `last` or an id.
    pub message: Option<String>,
}

/// What must have happened.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Expect {
    /// Successful calls by receiver: a number, bodies in order, or a map with `count`, `bodies`, `contains`.
    #[serde(default)]
    pub deliveries: BTreeMap<String, Value>,
    /// Calls by receiver, successful or not.
    #[serde(default)]
    pub calls: BTreeMap<String, usize>,
    /// Messages by status, or by flow and status.
    #[serde(default)]
    pub messages: BTreeMap<String, Value>,
    /// Entries by data store.
    #[serde(default)]
    pub stores: BTreeMap<String, u64>,
    /// Entries by queue.
    #[serde(default)]
    pub queues: BTreeMap<String, u64>,
    /// Entries by receiver: parked deliveries.
    #[serde(default)]
    pub parked: BTreeMap<String, u64>,
    /// Variables by name.
    #[serde(default)]
    pub variables: BTreeMap<String, Value>,
    /// Mails sent.
    pub mails: Option<usize>,
}

impl Scenario {
    /// Reads a scenario.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() > LARGEST {
            return Err(format!("the scenario is larger than {}", base::format_bytes(LARGEST as u64)));
        }
        let documents = Yaml::load_from_str(text).map_err(|e| format!("not valid YAML: {e}"))?;
        let [document] = documents.as_slice() else {
            return Err("the file must hold one YAML document".to_owned());
        };
        let value = json(document, 0)?;
        let Some(steps) = value.get("steps").and_then(Value::as_array) else {
            return Err("a scenario needs `steps`, a list".to_owned());
        };
        // Steps first, one by one: their errors then say which one it is.
        for (index, step) in steps.iter().enumerate() {
            serde_json::from_value::<Step>(step.clone()).map_err(|e| format!("step {}: {e}", index + 1))?;
        }
        serde_json::from_value(value).map_err(|e| e.to_string())
    }

    /// The time at the beginning.
    pub fn start(&self) -> Result<Timestamp, String> {
        let text = self.at.as_deref().unwrap_or("2026-01-01T00:00:00Z");
        let at: jiff::Timestamp = text.parse().map_err(|e| format!("`at: {text}`: {e}"))?;
        Ok(Timestamp::from(at))
    }
}

/// A scalar as text: `200` and `"200"` are the same in headers and parameters.
pub(super) fn scalar(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn json(yaml: &Yaml<'_>, depth: usize) -> Result<Value, String> {
    if depth > DEEPEST {
        return Err("the scenario is nested too deeply".to_owned());
    }
    match yaml {
        Yaml::Value(Scalar::Null) => Ok(Value::Null),
        Yaml::Value(Scalar::Boolean(flag)) => Ok(Value::Bool(*flag)),
        Yaml::Value(Scalar::Integer(number)) => Ok(Value::from(*number)),
        Yaml::Value(Scalar::FloatingPoint(number)) => Ok(Value::from(number.into_inner())),
        Yaml::Value(Scalar::String(text)) => Ok(Value::from(text.as_ref())),
        Yaml::Sequence(items) => Ok(Value::Array(items.iter().map(|i| json(i, depth + 1)).collect::<Result<_, _>>()?)),
        Yaml::Mapping(pairs) => {
            let mut map = Map::new();
            for (key, value) in pairs {
                map.insert(scalar(&json(key, depth + 1)?), json(value, depth + 1)?);
            }
            Ok(Value::Object(map))
        }
        _ => Err("tags and aliases mean nothing in a scenario".to_owned()),
    }
}
