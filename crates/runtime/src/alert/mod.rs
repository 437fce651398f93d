//! Alerts: what people have to know becomes a message of a flow, so that every channel, retry and promise is there.
//!
//! Whatever makes entries wait for a person puts an entry into the inbox of each process that is started by alerts, in
//! the same commit: a crash loses no alert. Its id is the *subject* (kind, and place or system), so that one waiting
//! alert absorbs what follows. When it is due it is exchanged for one that is told, whose content is read then.

mod tell;
mod watch;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use base::{CorrelationId, DeliveryId, Message, MessageId, Timestamp};
use engine::Trigger;
use flow::{AlertKind, AlertsSender, SenderChannel};
use serde::{Deserialize, Serialize};
use store::{Change, EntryState, NewEntry, Place, PlaceKind, StoreError};

use crate::consumers::info_of;
use crate::deploy::{self, Deployed};
use crate::run::Context;
use crate::runtime::Shared;

pub(crate) use tell::due;
pub(crate) use watch::{Watch, start};

/// So long an alert gathers what comes with it.
const GATHER: Duration = Duration::from_secs(5);
/// After this an alert that was not told counts as overdue.
const ALERT_AFTER: Duration = Duration::from_secs(2 * 86_400);
/// Begin of the correlation of everything that an alert causes: it leads to no alerts.
const OWN: &str = "alert-";
/// Most bytes of a subject in the id of an entry.
const LONGEST: usize = 200;

/// A process that is started by alerts.
pub(crate) struct Target {
    flow: String,
    process: String,
    sender: AlertsSender,
}

/// What an alert is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum About {
    /// Entries of a place.
    Place(Place),
    /// A system that is down.
    System(String),
}

/// Alerts of one subject are told together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Subject {
    kind: AlertKind,
    about: About,
}

/// What is to be told, and the flows that it is of.
type Raised = BTreeMap<Subject, BTreeSet<String>>;

/// An alert's entry as it is stored.
#[derive(Serialize, Deserialize)]
struct Stored {
    kind: String,
    about: About,
    /// Whether it is told now; otherwise it still gathers.
    told: bool,
}

impl Subject {
    fn id(&self) -> String {
        let kind = self.kind.as_str();
        let text = match &self.about {
            About::Place(place) => format!("{kind}/{}/{}/{}", place.kind.as_str(), place.flow, place.name),
            About::System(system) => format!("{kind}/{system}"),
        };
        if text.len() <= LONGEST {
            return text;
        }
        format!("{kind}/#{}", DeliveryId::derive(&MessageId::from_text(text), "", ""))
    }

    fn stored(&self, told: bool) -> Message {
        let stored = Stored { kind: self.kind.as_str().to_owned(), about: self.about.clone(), told };
        Message::of(serde_json::to_vec(&stored).unwrap_or_default())
    }
}

impl Target {
    fn inbox(&self) -> Place {
        Place::inbox(&self.flow, &self.process)
    }

    /// Name of the row that remembers when a subject was told last; no process has a slash in its name.
    fn row(&self, id: &str) -> String {
        format!("alert/{}/{id}", self.process)
    }

    fn wants(&self, subject: &Subject, flows: &BTreeSet<String>) -> bool {
        self.sender.on.contains(&subject.kind)
            && (self.sender.flows.is_empty() || self.sender.flows.iter().any(|flow| flows.contains(flow)))
    }

    fn entry(&self, id: String, message: Message, now: Timestamp, due: Timestamp, expires: Timestamp) -> NewEntry {
        // The same for the same content and moment, so that a repeat of what only seemed to fail is recognised.
        let message_id = MessageId::derived("alert", &format!("{}/{}/{id}/{}", self.flow, self.process, now.0));
        NewEntry {
            place: self.inbox(),
            id,
            overwrite: false,
            message,
            encrypt: false,
            origin: None,
            correlation: CorrelationId::from_text(format!("{OWN}{message_id}")),
            message_id,
            interface: self.flow.clone(),
            order_key: String::new(),
            state: EntryState::Waiting,
            doubt: false,
            created: now,
            due,
            alert_at: due.plus(ALERT_AFTER),
            expires,
            retries: 0,
            error: None,
        }
    }
}

/// The processes of deployed flows that are started by alerts.
pub(crate) fn targets<'a>(flows: impl Iterator<Item = &'a flow::Flow>) -> Vec<Target> {
    let mut targets = Vec::new();
    for flow in flows {
        for (_, process, sender) in flow.senders() {
            if let SenderChannel::Alerts(sender) = sender {
                let (flow, process) = (flow.name.clone(), process.name.clone());
                targets.push(Target { flow, process, sender: sender.clone() });
            }
        }
    }
    targets
}

/// The flows that entries of a place are of: whose place it is, who takes from it, and who caused the entry.
fn flows_of(deployed: &Deployed, place: &Place, interface: &str) -> BTreeSet<String> {
    let mut flows = BTreeSet::new();
    if place.flow.is_empty() || place.kind == PlaceKind::DataStore {
        flows.extend(consumers(deployed, place));
    }
    flows.extend([place.flow.clone(), interface.to_owned()]);
    flows.remove("");
    flows
}

/// The flows that take from a queue or a data store.
fn consumers(deployed: &Deployed, place: &Place) -> Vec<String> {
    let takes = |flow: &flow::Flow| flow.senders().any(|(_, _, s)| deploy::consumed(s).as_ref() == Some(place));
    deployed.flows.values().filter(|slot| takes(&slot.flow)).map(|slot| slot.flow.name.clone()).collect()
}

/// Which kind of alert an entry in a state leads to. An intent to send waits for its run, not yet for a person.
fn kind_of(state: EntryState, error: Option<&str>) -> Option<AlertKind> {
    match state {
        EntryState::Escalated | EntryState::Blocked => Some(AlertKind::Escalated),
        EntryState::InDoubt if error != Some(engine::NO_OUTCOME) => Some(AlertKind::InDoubt),
        EntryState::InDoubt | EntryState::Waiting | EntryState::Taken => None,
    }
}

/// Whether an alert caused it: told about, it could go round for ever.
fn is_own(correlation: &CorrelationId) -> bool {
    correlation.as_str().starts_with(OWN)
}

/// The changes of a commit with the alerts that they lead to. Where it cannot be seen what they are about, nothing is
/// committed: who commits tries again. A run knows its own entry, so that its last commit needs no look at it.
pub(crate) async fn with(
    shared: &Shared,
    mut changes: Vec<Change>,
    run: Option<&Context>,
) -> Result<Vec<Change>, StoreError> {
    let deployed = shared.deployed.load_full();
    if deployed.alerts.is_empty() {
        return Ok(changes);
    }
    let mut raised = Raised::new();
    for change in &changes {
        let (kind, info) = match change {
            Change::Put(new) | Change::ParkAgain(new) => {
                let Some(kind) = kind_of(new.state, new.error.as_deref()) else { continue };
                (kind, Some((new.place.clone(), new.interface.clone(), new.correlation.clone())))
            }
            Change::Reschedule { key, state, error, .. } => {
                let Some(kind) = kind_of(*state, error.as_deref()) else { continue };
                let known = match run.map(|run| (&run.trigger, &run.correlation)) {
                    Some((Trigger::Parked { key: own, place, interface, .. }, correlation)) if own == key => {
                        Some((place.clone(), interface.clone(), correlation.clone()))
                    }
                    _ => info_of(shared, *key).await?.map(|info| (info.place, info.interface, info.correlation)),
                };
                (kind, known)
            }
            _ => continue,
        };
        if let Some((place, interface, _)) = info.filter(|(_, _, correlation)| !is_own(correlation)) {
            let flows = flows_of(&deployed, &place, &interface);
            raised.entry(Subject { kind, about: About::Place(place) }).or_default().extend(flows);
        }
    }
    if !raised.is_empty() {
        for target in &deployed.alerts {
            changes.extend(entries(shared, target, &raised).await);
        }
    }
    Ok(changes)
}

/// The entries of one process that stand for alerts until they are due; where one of a subject waits already, it stays
/// as it is.
async fn entries(shared: &Shared, target: &Target, raised: &Raised) -> Vec<Change> {
    let now = shared.options.clock.now();
    let expires = now.plus(shared.options.retention.parked);
    let mut changes = Vec::new();
    for (subject, _) in raised.iter().filter(|(subject, flows)| target.wants(subject, flows)) {
        let id = subject.id();
        let every = target.sender.every;
        // Not later than `every` from now, if the clock was put back.
        let next = told(shared, target, &id).await.0.map_or(now, |told| told.plus(every).min(now.plus(every)));
        let entry = target.entry(id, subject.stored(false), now, now.plus(GATHER).max(next), expires);
        changes.push(Change::ParkAgain(Box::new(entry)));
    }
    changes
}

/// When a subject was told last, and up to which number.
async fn told(shared: &Shared, target: &Target, id: &str) -> (Option<Timestamp>, i64) {
    match shared.options.store.tick(&target.flow, &target.row(id)).await {
        Ok(state) => state.map_or((None, 0), |s| (s.last, s.schedule.parse().unwrap_or(0))),
        Err(error) => {
            tracing::error!(flow = target.flow, %error, "cannot see when an alert was told last");
            (None, 0)
        }
    }
}

/// A receiver's system is down for longer than its first interval.
pub(crate) fn down(shared: &Arc<Shared>, system: &Arc<crate::circuit::System>) {
    if shared.deployed.load().alerts.is_empty() {
        return system.not_told();
    }
    let (task, system) = (Arc::clone(shared), Arc::clone(system));
    shared.spawn(async move {
        let about = About::System(system.name.clone());
        let flows = system.places().into_iter().map(|place| place.flow).collect();
        let raised = Raised::from([(Subject { kind: AlertKind::ReceiverDown, about }, flows)]);
        let mut changes = Vec::new();
        for target in &task.deployed.load_full().alerts {
            changes.extend(entries(&task, target, &raised).await);
        }
        if changes.is_empty() {
            // Nobody wants it at present; another flow may, before the outage is over.
            return system.not_told();
        }
        if let Err(error) = task.commit(changes).await {
            tracing::error!(system = system.name, %error, "cannot keep an alert; the next failed probe tries again");
            system.not_told();
        }
    });
}
