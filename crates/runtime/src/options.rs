//! What a runtime is made of: everything that touches the world is handed in.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use adapter::{ReceiverAdapter, Secrets};
use base::{Clock, Entropy};
use flow::Language;
use script::{Host, Limits};
use store::{MessageLog, Store};

/// Script hosts by language.
pub type ScriptHosts = HashMap<Language, Arc<dyn Host>>;

/// The world of a runtime.
#[derive(Clone)]
pub struct Options {
    /// What must survive.
    pub store: Arc<dyn Store>,
    /// The message log.
    pub log: Arc<dyn MessageLog>,
    /// Stored and scheduled time.
    pub clock: Arc<dyn Clock>,
    /// Ids and jitter.
    pub entropy: Arc<dyn Entropy>,
    /// Outside receivers (HTTP, mail).
    pub adapters: Arc<dyn ReceiverAdapter>,
    /// Script hosts.
    pub scripts: ScriptHosts,
    /// Limits of scripts.
    pub script_limits: Limits,
    /// Secrets by name.
    pub secrets: Arc<dyn Secrets>,
    /// How long things are kept.
    pub retention: Retention,
    /// Most runs at once over all flows.
    pub max_runs: usize,
}

/// How long things are kept where nothing else says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Message log.
    pub messages: Duration,
    /// Traces.
    pub traces: Duration,
    /// Variables, after they were written or read last (a read counts within a day).
    pub variables: Duration,
    /// Idempotency keys of doors, outcomes of deliveries, numbers by their correlation.
    pub keys: Duration,
    /// Parked deliveries and inbox messages, which are escalated long before; queues and data stores have their own.
    pub parked: Duration,
}

impl Retention {
    /// What of it the engine has to know.
    pub(crate) fn keep(&self, clock: &dyn Clock) -> engine::Keep {
        let hour = Duration::from_secs(3_600);
        let lapse = hour.as_millis() / clock.real(hour).as_millis().max(1);
        let lapse = u32::try_from(lapse).unwrap_or(u32::MAX).max(1);
        engine::Keep { variables: self.variables, keys: self.keys, parked: self.parked, lapse }
    }
}

impl Default for Retention {
    /// 30 days of messages, 1 hour of traces, 400 days of variables, 90 days of keys, 180 days of parked deliveries.
    fn default() -> Self {
        let days = |n: u64| Duration::from_secs(n * 86_400);
        Retention {
            messages: days(30),
            traces: Duration::from_secs(3_600),
            variables: days(400),
            keys: days(90),
            parked: days(180),
        }
    }
}
