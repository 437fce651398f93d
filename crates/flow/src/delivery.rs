//! How deliveries to a receiver are made: when they are tried again, what is done in doubt, and how gently.

use std::time::Duration;

use base::Class;
use expr::Condition;

use crate::channel::{HttpFormat, HttpReceiver, ReceiverChannel, RetryPolicy};

/// Methods that a repeat does not change anything for (RFC 9110, 9.2.2).
const IDEMPOTENT: [&str; 6] = ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"];

/// Retry policies by the class of the failure.
#[derive(Clone, Debug, PartialEq)]
pub struct Retries {
    /// Certainly not done, may work later.
    pub failed: RetryPolicy,
    /// Sent, no answer; as `failed` where nothing else is said.
    pub in_doubt: Option<RetryPolicy>,
    /// The receiver said no: escalated at once where nothing is said.
    pub rejected: Option<RetryPolicy>,
}

impl Retries {
    /// One policy for what may work later.
    #[must_use]
    pub fn of(failed: RetryPolicy) -> Self {
        Retries { failed, in_doubt: None, rejected: None }
    }

    /// The policy for a failure of a class; `None` where trying again is pointless.
    #[must_use]
    pub fn policy(&self, class: Class) -> Option<&RetryPolicy> {
        match class {
            Class::Transient => Some(&self.failed),
            Class::InDoubt => Some(self.in_doubt.as_ref().unwrap_or(&self.failed)),
            Class::Permanent => self.rejected.as_ref(),
            Class::Bug => None,
        }
    }
}

/// Policy for deliveries in doubt.
#[derive(Clone, Debug, Default)]
pub enum InDoubt {
    /// Send again with the same delivery id.
    #[default]
    Retry,
    /// Park for a person.
    Hold,
    /// Ask the receiver first.
    Probe(Box<Probe>),
}

impl InDoubt {
    /// The policy where an author says none: what is in doubt is sent again where a repeat does no harm, because the
    /// receiver gets a key or the method is idempotent, and held for a person everywhere else.
    #[must_use]
    pub fn of(channel: &ReceiverChannel) -> Self {
        let harmless = match channel {
            ReceiverChannel::Http(http) => {
                let method = http.method.source();
                let keyed = !http.key_header.is_empty() || http.sign.is_some();
                let reliable = matches!(http.format, HttpFormat::Soap { reliable: true, .. });
                keyed || reliable || IDEMPOTENT.iter().any(|name| method.eq_ignore_ascii_case(name))
            }
            ReceiverChannel::Mail(_) => false,
            ReceiverChannel::Queue(_) | ReceiverChannel::ProcessDirect(_) => true,
        };
        if harmless { InDoubt::Retry } else { InDoubt::Hold }
    }

    /// Whether the intent to send must be durable before the send: a crash would otherwise forget the doubt.
    #[must_use]
    pub fn needs_intent(&self) -> bool {
        !matches!(self, InDoubt::Retry)
    }
}

/// A question to a receiver: was this delivery done?
#[derive(Clone, Debug)]
pub struct Probe {
    /// The request. Every status is an answer.
    pub http: HttpReceiver,
    /// Holds on the answer where the delivery was done.
    pub delivered: Condition,
    /// Holds on the answer where it was certainly not done. Neither: it stays in doubt.
    pub absent: Condition,
}

/// When a receiver counts as down, and how it is asked whether it is back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Circuit {
    /// The system behind the receiver: receivers of all flows with the same one share the circuit. `None` is the
    /// scheme, host and port of a fixed address, or else this receiver of this flow alone.
    pub system: Option<String>,
    /// So many different deliveries must fail in a row; 0 never opens it.
    pub failures: u32,
    /// While it is open, one delivery is tried in each such time.
    pub probe: Duration,
}

impl Default for Circuit {
    /// Opens after 5 deliveries, tries one each 30 seconds.
    fn default() -> Self {
        Circuit { system: None, failures: 5, probe: Duration::from_secs(30) }
    }
}

/// How much a receiver is given at once.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Throttle {
    /// Calls at once.
    pub concurrency: Option<u32>,
    /// Calls per second.
    pub rate: Option<f64>,
}

/// What an author says about the meaning of answers, before the usual meaning is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatusRules {
    /// May work later.
    pub retry: Vec<AnswerRange>,
    /// Will fail again.
    pub reject: Vec<AnswerRange>,
    /// May have been done.
    pub in_doubt: Vec<AnswerRange>,
}

/// Some answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerRange {
    /// HTTP statuses from and to, both included.
    Status(u16, u16),
    /// No answer, after the request was sent.
    None,
}

impl StatusRules {
    /// What the author says about an answer; `None` for a missing answer. The first table that knows it wins, in the
    /// order retry, reject, in doubt.
    #[must_use]
    pub fn class(&self, status: Option<u16>) -> Option<Class> {
        let fits = |range: &AnswerRange| match (range, status) {
            (AnswerRange::Status(from, to), Some(status)) => (*from..=*to).contains(&status),
            (AnswerRange::None, None) => true,
            _ => false,
        };
        [(&self.retry, Class::Transient), (&self.reject, Class::Permanent), (&self.in_doubt, Class::InDoubt)]
            .into_iter()
            .find(|(table, _)| table.iter().any(fits))
            .map(|(_, class)| class)
    }
}

impl AnswerRange {
    /// `409`, `5xx`, `500-504` or `no-answer`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let status = |t: &str| t.parse().ok().filter(|s| (100..=599).contains(s));
        if text == "no-answer" {
            return Some(AnswerRange::None);
        }
        if let Some(hundred) = text.strip_suffix("xx").and_then(|h| h.parse::<u16>().ok()) {
            return (1..=5).contains(&hundred).then_some(AnswerRange::Status(hundred * 100, hundred * 100 + 99));
        }
        match text.split_once('-') {
            Some((from, to)) => Some(AnswerRange::Status(status(from)?, status(to)?)).filter(|_| from <= to),
            None => status(text).map(|s| AnswerRange::Status(s, s)),
        }
    }
}
