//! The message: headers, properties, body, attachments. Copies share them until they are changed: copying is cheap.

use bytes::Bytes;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::{Shared, Value};

/// Headers travel with the message to receivers and queues. Names keep their spelling and compare without case.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Headers(Shared<IndexMap<String, Value>>);

impl Headers {
    /// No headers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The value of a header, whatever the case of its name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).or_else(|| self.0.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v))
    }

    /// Sets a header; one that exists keeps its place and its spelling.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<Value>) {
        let name = name.into();
        let all: &mut IndexMap<_, _> = &mut self.0;
        match all.iter_mut().find(|(n, _)| n.eq_ignore_ascii_case(&name)) {
            Some((_, slot)) => *slot = value.into(),
            None => {
                all.insert(name, value.into());
            }
        }
    }

    /// Removes a header and returns what it held.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        let index = self.0.iter().position(|(n, _)| n.eq_ignore_ascii_case(name))?;
        self.0.shift_remove_index(index).map(|(_, v)| v)
    }

    /// Keeps the headers for which `keep` says so.
    pub fn retain(&mut self, mut keep: impl FnMut(&str, &Value) -> bool) {
        if !self.iter().all(|(n, v)| keep(n, v)) {
            self.0.retain(|n, v| keep(n, v));
        }
    }

    /// All headers in the order in which they were set.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(n, v)| (n.as_str(), v))
    }

    /// All headers, their values to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&str, &mut Value)> {
        self.0.iter_mut().map(|(n, v)| (n.as_str(), v))
    }

    /// The values, to be changed.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut Value> {
        self.0.values_mut()
    }

    /// Keeps the first `len` headers.
    pub fn truncate(&mut self, len: usize) {
        if len < self.0.len() {
            self.0.truncate(len);
        }
    }

    /// How many headers there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<N: Into<String>, V: Into<Value>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        let mut headers = Headers::new();
        for (name, value) in pairs {
            headers.set(name, value);
        }
        headers
    }
}

/// Exchange properties: they live as long as the run, never leave the flow; names compare with case.
pub type Properties = Shared<IndexMap<String, Value>>;

/// A named part beside the body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Name, unique in its message.
    pub name: String,
    /// Media type, such as `text/plain`.
    pub media_type: String,
    /// Content.
    pub content: Bytes,
}

/// What flows through a process: SAP's exchange. Its id belongs to the run that processes it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Headers.
    pub headers: Headers,
    /// Exchange properties.
    pub properties: Properties,
    /// Body, any bytes.
    pub body: Bytes,
    /// Attachments.
    pub attachments: Vec<Attachment>,
}

impl Message {
    /// A message with a body and nothing else.
    pub fn of(body: impl Into<Bytes>) -> Self {
        Message { body: body.into(), ..Message::default() }
    }

    /// The body as text; bytes that are not UTF-8 become replacement characters.
    #[must_use]
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }
}
