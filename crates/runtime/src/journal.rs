//! What the message log is told about runs: begin, end, deliveries, traces. Never awaited, never durable.

use base::{CorrelationId, MessageId, RunId, Status, Timestamp};
use engine::{Ended, Note};
use flow::LogLevel;
use store::{LogEvent, LogLine, RunRecord};

use crate::runtime::Shared;

/// What is written down about one run.
pub(crate) struct Journal {
    /// Message.
    pub message: MessageId,
    /// Chain.
    pub correlation: CorrelationId,
    /// Flow.
    pub flow: String,
    /// Run.
    pub run: RunId,
    /// What started it.
    pub trigger: String,
    /// Retries before it.
    pub retries: u32,
    /// Begin.
    pub started: Timestamp,
    /// Level in force.
    pub level: LogLevel,
}

impl Journal {
    /// The run begins.
    pub fn begin(&self, shared: &Shared) {
        if self.level >= LogLevel::Info {
            shared.options.log.record(LogEvent::Started {
                message: self.message.clone(),
                correlation: self.correlation.clone(),
                flow: self.flow.clone(),
                run: self.run.clone(),
                at: self.started,
                trigger: self.trigger.clone(),
            });
        }
    }

    /// Something happened on the way.
    pub fn note(&self, shared: &Shared, note: Note) {
        match note {
            Note::Trace(trace) if self.level >= LogLevel::Trace => {
                shared.options.log.record(LogEvent::Trace(trace));
            }
            Note::Delivery(record)
                if self.level >= LogLevel::Info
                    || (self.level == LogLevel::Error
                        && !matches!(record.outcome.as_str(), "delivered" | "skipped")) =>
            {
                shared.options.log.record(LogEvent::Delivery(record));
            }
            _ => {}
        }
    }

    /// The run ended, and left its message in a status.
    pub fn end(self, shared: &Shared, ended: &Ended, status: Status) {
        let failed = ended.failure.is_some() || status != Status::Completed;
        if self.level == LogLevel::None || (self.level == LogLevel::Error && !failed) {
            return;
        }
        let steps = if failed || self.level >= LogLevel::Debug { ended.steps.clone() } else { Vec::new() };
        shared.options.log.record(LogEvent::Ended(Box::new(RunRecord {
            message: self.message,
            correlation: self.correlation,
            flow: self.flow,
            run: self.run,
            trigger: self.trigger,
            started: self.started,
            ended: shared.options.clock.now(),
            status,
            error: ended.failure.as_ref().map(ToString::to_string),
            retries: self.retries,
            steps,
            headers: ended.headers.clone(),
            custom_status: ended.custom_status.clone(),
            attachments: ended.attachments.clone(),
        })));
    }
}

impl Shared {
    /// A line for a message.
    pub(crate) fn log_line(&self, message: &MessageId, text: impl Into<String>) {
        let line = LogLine { message: message.clone(), at: self.options.clock.now(), text: text.into() };
        self.options.log.record(LogEvent::Line(line));
    }

    /// A message's status changed outside a run.
    pub(crate) fn log_status(&self, message: &MessageId, status: Status, reason: impl Into<String>) {
        self.options.log.record(LogEvent::Status {
            message: message.clone(),
            status,
            at: self.options.clock.now(),
            reason: reason.into(),
        });
    }

    /// A message that was not processed on purpose.
    pub(crate) fn log_discarded(&self, flow: &flow::Flow, trigger: &str, reason: String) {
        if self.log_level(flow) == LogLevel::None {
            return;
        }
        let now = self.options.clock.now();
        let message = MessageId::fresh(now, self.options.entropy.as_ref());
        self.options.log.record(LogEvent::Ended(Box::new(RunRecord {
            correlation: CorrelationId::from(&message),
            message,
            flow: flow.name.clone(),
            run: RunId::fresh(self.options.entropy.as_ref()),
            trigger: trigger.to_owned(),
            started: now,
            ended: now,
            status: Status::Discarded,
            error: Some(reason),
            retries: 0,
            steps: Vec::new(),
            headers: Vec::new(),
            custom_status: None,
            attachments: Vec::new(),
        })));
    }
}
