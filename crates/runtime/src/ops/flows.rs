//! What operators can see of flows and do with them: stop, start, log level, a tick by hand.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use flow::{LogLevel, SenderChannel};
use store::Change;

use super::{Answer, FlowLine, FlowState, Ops, OpsError};
use crate::deploy::Slot;

/// Longest time at level trace, in minutes: traces hold payloads.
const TRACE: u32 = 60;
/// Longest time at any other level, in minutes.
const LEVEL: u32 = 7 * 24 * 60;

#[expect(clippy::missing_errors_doc, reason = "all fail the same way: OpsError says how")]
impl Ops {
    /// Deployed flows.
    #[expect(clippy::unused_async, reason = "the same shape as all other questions")]
    pub async fn flows(&self) -> Answer<Vec<FlowLine>> {
        let deployed = self.runtime.shared.deployed.load_full();
        Ok(deployed.flows.values().map(|slot| self.line(slot)).collect())
    }

    /// The deployed flow of a name (for diagrams).
    pub fn flow(&self, name: &str) -> Answer<Arc<flow::Flow>> {
        Ok(Arc::clone(&self.slot(name)?.flow))
    }

    /// Stops or starts a flow, durably.
    pub async fn stop_flow(&self, name: &str, stopped: bool) -> Answer<()> {
        let slot = self.slot(name)?;
        self.commit(vec![Change::StopFlow { flow: name.to_owned(), stopped }]).await?;
        slot.state.set_stopped(stopped);
        if !stopped {
            self.runtime.shared.hub.ring_all();
        }
        Ok(())
    }

    /// Sets the log level of a flow for a time (`trace` at most one hour); 0 minutes gives the flow its own level back.
    #[expect(clippy::unused_async, reason = "the same shape as all other actions")]
    pub async fn set_log_level(&self, name: &str, level: LogLevel, minutes: u32) -> Answer<()> {
        self.slot(name)?;
        let shared = &self.runtime.shared;
        let now = shared.options.clock.now();
        let minutes = minutes.min(if level == LogLevel::Trace { TRACE } else { LEVEL });
        let until = now.plus(Duration::from_secs(u64::from(minutes) * 60));
        let mut levels = shared.levels.write().unwrap_or_else(PoisonError::into_inner);
        levels.retain(|flow, (_, until)| flow != name && *until > now);
        if minutes > 0 {
            levels.insert(name.to_owned(), (level, until));
        }
        Ok(())
    }

    /// Lets a timer tick now.
    #[expect(clippy::unused_async, reason = "the same shape as all other actions")]
    pub async fn tick_now(&self, name: &str) -> Answer<()> {
        let slot = self.slot(name)?;
        if let Some(error) = &slot.error {
            return Err(OpsError::new(409, "R0107", format!("flow {name} does not run: {error}")));
        }
        if slot.timers.is_empty() {
            return Err(OpsError::new(409, "R0107", format!("flow {name} has no timer")));
        }
        if !slot.started() {
            return Err(OpsError::new(409, "R0107", format!("flow {name} is stopped")));
        }
        for timer in &slot.timers {
            timer.tick_now();
        }
        Ok(())
    }

    fn slot(&self, name: &str) -> Answer<Arc<Slot>> {
        let deployed = self.runtime.shared.deployed.load();
        let slot = deployed.flows.get(name).map(Arc::clone);
        slot.ok_or_else(|| OpsError::new(404, "R0103", format!("there is no flow {name}")))
    }

    fn line(&self, slot: &Slot) -> FlowLine {
        let state = match (&slot.error, slot.state.started()) {
            (Some(_), _) => FlowState::Error,
            (None, true) => FlowState::Started,
            (None, false) => FlowState::Stopped,
        };
        let mut timers = slot.timers.iter();
        let senders = slot.flow.senders().map(|(_, _, sender)| match sender {
            SenderChannel::Http(http) => {
                let methods = if http.methods.is_empty() { "any".to_owned() } else { http.methods.join(",") };
                format!("http {methods} {}{}", http.path, if http.subtree { "/*" } else { "" })
            }
            SenderChannel::Timer(_) => timers.next().map_or_else(|| "timer".to_owned(), |t| t.describe()),
            SenderChannel::ProcessDirect(address) => format!("process-direct {address}"),
            SenderChannel::Queue(queue) => format!("queue {}", queue.queue),
            SenderChannel::DataStore(store) => format!("data-store {}", store.store),
            SenderChannel::Alerts(_) => "alerts".to_owned(),
        });
        let level = match self.runtime.shared.log_level(&slot.flow) {
            LogLevel::None => "none",
            LogLevel::Error => "error",
            LogLevel::Info => "info",
            LogLevel::Debug => "debug",
            LogLevel::Trace => "trace",
        };
        FlowLine {
            name: slot.flow.name.clone(),
            package: slot.flow.package.clone(),
            state,
            error: slot
                .error
                .clone()
                .or_else(|| self.runtime.shared.deployed.load().waiting.get(&slot.flow.name).cloned()),
            senders: senders.collect(),
            running: slot.state.running(),
            log_level: level.to_owned(),
            next_tick: slot.timers.iter().filter_map(|t| t.next()).min(),
        }
    }
}
