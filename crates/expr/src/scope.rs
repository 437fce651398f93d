//! What an expression can see while it is evaluated.

use base::{Message, MessageId, Timestamp, Value};

/// The failure that an exception subprocess handles.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExceptionInfo {
    /// `${exception.message}`.
    pub message: String,
    /// `${exception.stacktrace}`.
    pub stacktrace: String,
}

/// Everything that an expression can see: the message, who processes it, the time. All borrowed.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// The message: headers, properties, body.
    pub message: &'a Message,
    /// `${exchangeId}`, `${id}`, `${header.SAP_MessageProcessingLogID}` where not set otherwise.
    pub message_id: &'a MessageId,
    /// `${camelId}`: the flow's name.
    pub flow: &'a str,
    /// `${date:now:...}`.
    pub now: Timestamp,
    /// The failure being handled, in an exception subprocess.
    pub exception: Option<&'a ExceptionInfo>,
}

impl<'a> Scope<'a> {
    /// A header's value, whatever the case of its name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&'a Value> {
        self.message.headers.get(name)
    }

    /// A property's value.
    #[must_use]
    pub fn property(&self, name: &str) -> Option<&'a Value> {
        self.message.properties.get(name)
    }
}

/// An owned scope for tests and for expressions that are evaluated outside a run.
#[derive(Clone, Debug)]
pub struct StaticScope {
    /// The message.
    pub message: Message,
    /// The message's id.
    pub message_id: MessageId,
    /// The flow's name.
    pub flow: String,
    /// The time.
    pub now: Timestamp,
    /// The failure being handled.
    pub exception: Option<ExceptionInfo>,
}

impl StaticScope {
    /// A scope around a message, at the start of 1970, in a flow named `test`.
    #[must_use]
    pub fn of(message: Message) -> Self {
        StaticScope {
            message,
            message_id: MessageId::from_text("A-test"),
            flow: "test".to_owned(),
            now: Timestamp(0),
            exception: None,
        }
    }

    /// The borrowed form.
    #[must_use]
    pub fn scope(&self) -> Scope<'_> {
        Scope {
            message: &self.message,
            message_id: &self.message_id,
            flow: &self.flow,
            now: self.now,
            exception: self.exception.as_ref(),
        }
    }
}
