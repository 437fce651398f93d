//! Our own Groovy, asked the same questions.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base::{Attachment, Clock, Entropy, Message, MessageId, SystemEntropy, Value, WallClock};
use script::{
    EntryWrite, Groovy, Host, Invocation, Limits, ScriptError, ScriptErrorKind, SecretValue, Services, StoredEntry,
};
use serde_json::Value as Json;

use crate::{Failure, Input, Outcome, Request, Shown};

/// The message's id, the same for both, because scripts see it in a header.
const MESSAGE_ID: &str = "AG-oracle-0001";

/// Our own Groovy.
#[derive(Debug, Default)]
pub struct Semel {
    host: Groovy,
}

/// What an input says of the world.
struct World(Input, Stored);

/// What a call of a script draws and stores: nothing is there before it.
#[derive(Default)]
struct Stored {
    drawn: Mutex<BTreeMap<String, u64>>,
    entries: Mutex<BTreeMap<(String, String), StoredEntry>>,
}

impl Services for World {
    fn clock(&self) -> Arc<dyn Clock> {
        Arc::new(WallClock)
    }

    fn entropy(&self) -> Arc<dyn Entropy> {
        Arc::new(SystemEntropy)
    }

    fn secret(&self, name: &str) -> Option<SecretValue> {
        let secret = self.0.credentials.get(name).or_else(|| self.0.credentials.get("*"))?;
        let part = |key: &str| secret.get(key).cloned().unwrap_or_default();
        Some(SecretValue { user: part("user"), password: part("password") })
    }

    fn map_value(&self, source: (&str, &str), value: &str, target: (&str, &str)) -> Option<String> {
        let asked = [source.0, source.1, value, target.0, target.1];
        self.0.mappings.iter().find(|m| m[..5].iter().eq(asked.iter())).map(|m| m[5].clone())
    }

    fn next_number(&self, range: &str) -> Result<String, String> {
        let mut drawn = self.1.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        let number = drawn.entry(range.to_owned()).or_insert(0);
        *number += 1;
        Ok(number.to_string())
    }

    fn read_entry(&self, store: &str, id: &str) -> Result<Option<StoredEntry>, String> {
        let entries = self.1.entries.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(entries.get(&(store.to_owned(), id.to_owned())).cloned())
    }

    fn write_entry(&self, write: EntryWrite) -> Result<(), String> {
        let mut entries = self.1.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.insert((write.store, write.id), write.entry);
        Ok(())
    }
}

fn value(json: &Json) -> Value {
    match json {
        Json::Bool(flag) => Value::Bool(*flag),
        Json::Number(n) => n.as_i64().map_or_else(|| Value::Float(n.as_f64().unwrap_or_default()), Value::Int),
        Json::String(text) => Value::Text(text.clone()),
        _ => Value::Null,
    }
}

fn shown(value: &Value) -> Shown {
    let kind = match value {
        Value::Null => return Shown { kind: "null".into(), text: None },
        Value::Float(_) => "number",
        _ => "value",
    };
    Shown { kind: kind.into(), text: Some(value.to_string()) }
}

impl Semel {
    /// Runs a script with all its inputs.
    #[must_use]
    pub fn ask(&self, request: &Request) -> Vec<Outcome> {
        let companions: BTreeMap<String, String> =
            request.companions.iter().map(|(path, source)| (format!("{path}.groovy"), source.clone())).collect();
        let companions = Arc::new(companions);
        request.inputs.iter().map(|input| self.one(request, &companions, input)).collect()
    }

    fn one(&self, request: &Request, companions: &Arc<BTreeMap<String, String>>, input: &Input) -> Outcome {
        let mut message = Message::of(input.body.text.clone());
        for (name, v) in &input.headers {
            message.headers.set(name.clone(), value(v));
        }
        for (name, v) in &input.properties {
            message.properties.insert(name.clone(), value(v));
        }
        for (name, media_type, text) in &input.attachments {
            let content = text.clone().into_bytes().into();
            message.attachments.push(Attachment { name: name.clone(), media_type: media_type.clone(), content });
        }
        let id = MessageId::from_text(MESSAGE_ID);
        let limits = Limits { time: Duration::from_millis(request.millis), ..Limits::default() };
        let services: Arc<dyn Services> = Arc::new(World(input.clone(), Stored::default()));
        let result = self.host.run(Invocation {
            path: "Script1.groovy",
            source: &request.source,
            companions,
            flow: "oracle",
            function: &request.function,
            message,
            body_is_text: input.body.kind == "string",
            message_id: &id,
            exception: input.exception.as_deref(),
            thrown: None,
            limits,
            services: &services,
        });
        match result {
            Ok(output) => Outcome {
                phase: "ok".into(),
                error: None,
                body: Shown { kind: "body".into(), text: Some(output.message.text().into_owned()) },
                headers: output.message.headers.iter().map(|(n, v)| (n.to_owned(), shown(v))).collect(),
                properties: output.message.properties.iter().map(|(n, v)| (n.clone(), shown(v))).collect(),
                attachments: output
                    .message
                    .attachments
                    .iter()
                    .map(|a| (a.name.clone(), (a.media_type.clone(), String::from_utf8_lossy(&a.content).into_owned())))
                    .collect(),
                log_headers: output.headers.into_iter().map(|(n, v)| (Some(n), Some(v))).collect(),
                log_attachments: output
                    .attachments
                    .into_iter()
                    .map(|a| (Some(a.name), Some(a.media_type), Some(a.text)))
                    .collect(),
            },
            Err(error) => failed(&error),
        }
    }
}

fn failed(error: &ScriptError) -> Outcome {
    let phase = if error.kind == ScriptErrorKind::Limit { "limit" } else { "threw" };
    // The trace starts with `class: message`.
    let first = error.trace.lines().next().unwrap_or_default();
    let class =
        first.split(": ").next().filter(|c| c.contains('.') && !c.contains([' ', '/', '('])).unwrap_or_default();
    let line = error.trace.split(" line ").nth(1).and_then(|t| t.split_whitespace().next()?.parse().ok()).unwrap_or(0);
    let failure = Failure { class: class.to_owned(), message: Some(error.message.clone()), line };
    Outcome { phase: phase.into(), error: Some(failure), ..Outcome::default() }
}
