//! A failure is data: what kind it is decides what happens next, its code and text are for people.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What a failure means for the next attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// Certainly not done, and likely to work later: connection refused, 503, lock timeout.
    Transient,
    /// Certainly not done, and will fail the same way again: 400, bad input, a script's exception.
    Permanent,
    /// The request left and no answer came: it may or may not have been done.
    InDoubt,
    /// A defect of Semel or a panic in a step: held for a person.
    Bug,
}

impl Class {
    /// As it is stored and shown.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Class::Transient => "transient",
            Class::Permanent => "permanent",
            Class::InDoubt => "in doubt",
            Class::Bug => "bug",
        }
    }

    /// The class of a stored name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Transient, Self::Permanent, Self::InDoubt, Self::Bug].into_iter().find(|c| c.as_str() == text)
    }
}

/// One failure of a step, a call or a commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What it means for the next attempt.
    pub class: Class,
    /// A code with a page: `semel explain CODE`.
    pub code: String,
    /// What happened, for a person; `${exception.message}` yields it too, or SAP's words for an answer that says no.
    pub text: String,
    /// The name of the step that failed, empty until the engine fills it in.
    pub step: String,
    /// Where in a script it happened (`script/orders.groovy:12`): shown to people, no part of `${exception.message}`.
    pub place: Option<String>,
    /// HTTP status of the receiver's answer, where there was one.
    pub http_status: Option<u16>,
    /// The receiver's own wish when to try again (`Retry-After`).
    pub retry_after: Option<Duration>,
    /// Beginning of the receiver's answer, at most 4 KiB.
    pub excerpt: Option<String>,
}

impl Failure {
    /// A failure of a class with a code and a text; everything else empty.
    pub fn new(class: Class, code: impl Into<String>, text: impl Into<String>) -> Self {
        Failure {
            class,
            code: code.into(),
            text: text.into(),
            step: String::new(),
            place: None,
            http_status: None,
            retry_after: None,
            excerpt: None,
        }
    }

    /// Certainly not done, may work later.
    pub fn transient(code: impl Into<String>, text: impl Into<String>) -> Self {
        Self::new(Class::Transient, code, text)
    }

    /// Certainly not done, will fail again.
    pub fn permanent(code: impl Into<String>, text: impl Into<String>) -> Self {
        Self::new(Class::Permanent, code, text)
    }

    /// Sent, no answer.
    pub fn in_doubt(code: impl Into<String>, text: impl Into<String>) -> Self {
        Self::new(Class::InDoubt, code, text)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.text)?;
        self.place.as_ref().map_or(Ok(()), |place| write!(f, " ({place})"))
    }
}

impl std::error::Error for Failure {}
