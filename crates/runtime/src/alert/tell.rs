//! What becomes of an alert that is due: one that gathers is exchanged for one that is told, whose content is read now.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use base::{EntryKey, Message, Status, Timestamp};
use flow::{AlertKind, ProcessIx, ProcessKind, SenderChannel};
use serde_json::json;
use store::{Change, Entry, EntryFilter, EntryInfo, EntryState, Place, PlaceKind, StoreError};

use super::{About, Stored, Subject, Target, consumers, is_own, told};
use crate::deploy::{self, Slot};
use crate::runtime::Shared;

/// Examples in an alert.
const EXAMPLES: usize = 10;
/// Entries that are looked at for one alert.
const LOOKED_AT: usize = 10_000;
const PAGE: u32 = 1_000;
const OVER: &str = "what the alert was about is over; it is not told";
/// When an alert is looked at again that the store could not answer for.
const LATER: std::time::Duration = std::time::Duration::from_secs(10);
/// Begin of the error of an entry that a restore holds.
const HELD: &str = "S0503";
/// Most characters of an error in the text of an alert.
const ERROR: usize = 200;

/// What stands now of a subject.
#[derive(Default)]
pub(super) struct Standing {
    pub count: u64,
    /// The largest number among them.
    pub newest: i64,
    oldest: Option<Timestamp>,
    examples: Vec<EntryInfo>,
    /// The error that came last.
    error: Option<String>,
    since: Option<Timestamp>,
    /// There may be more.
    cut: bool,
}

/// What a run gets for an entry that was claimed. `None` where the entry is done: it gathered, or nothing is left to tell.
/// Entries of processes that are not started by alerts stay as they are.
pub(crate) async fn due(shared: &Arc<Shared>, slot: &Slot, process: ProcessIx, entry: Entry) -> Option<Entry> {
    let flow = &slot.flow;
    let Some(ProcessKind::Integration(SenderChannel::Alerts(sender))) = flow.process(process).map(|p| &p.kind) else {
        return Some(entry);
    };
    // What a person put in the place of an alert is a message like any other.
    let Ok(stored) = serde_json::from_slice::<Stored>(&entry.message.body) else { return Some(entry) };
    let Some(kind) = AlertKind::parse(&stored.kind) else { return Some(entry) };
    let subject = Subject { kind, about: stored.about };
    let process = deploy::process_name(flow, process).to_owned();
    let target = Target { flow: flow.name.clone(), process, sender: sender.clone() };
    let result = if stored.told {
        content(shared, &subject).await.map(|message| message.map(|message| Entry { message, ..entry.clone() }))
    } else {
        exchange(shared, &target, &subject, &entry.info).await.map(|()| None)
    };
    match result {
        Ok(Some(entry)) => Some(entry),
        Ok(None) if stored.told => {
            tracing::info!(flow = target.flow, alert = subject.id(), "{OVER}");
            match shared.commit(vec![Change::Remove(entry.info.key)]).await {
                // It may have a message already, whose run failed: that one waits for no retry any more.
                Ok(()) => shared.log_status(&entry.info.message_id, Status::Discarded, OVER),
                Err(error) => again(shared, &entry.info, &error.to_string()).await,
            }
            None
        }
        Ok(None) => None,
        Err(error) => {
            again(shared, &entry.info, &error).await;
            None
        }
    }
}

async fn again(shared: &Shared, info: &EntryInfo, error: &str) {
    let due = shared.options.clock.now().plus(LATER);
    crate::consumers::release(shared, info, due, Some(error.to_owned())).await;
}

/// From here on what comes anew is another alert; the one that is told is read after this commit, so none is missed.
async fn exchange(shared: &Shared, target: &Target, subject: &Subject, info: &EntryInfo) -> Result<(), String> {
    let now = shared.options.clock.now();
    let id = subject.id();
    let newest = standing(shared, subject).await.map_err(|e| e.to_string())?.newest;
    let newest = newest.max(told(shared, target, &id).await.1);
    let mut entry = target.entry(format!("{id}/{}", info.key), subject.stored(true), now, now, info.expires);
    entry.due = now;
    let row = Change::Tick {
        flow: target.flow.clone(),
        process: target.row(&id),
        schedule: newest.to_string(),
        last: Some(now),
        next: None,
    };
    let changes = vec![Change::Remove(info.key), Change::ParkAgain(Box::new(entry)), row];
    shared.commit(changes).await.map_err(|e| e.to_string())
}

/// What stands now of a subject.
pub(super) async fn standing(shared: &Shared, subject: &Subject) -> Result<Standing, StoreError> {
    let mut standing = Standing::default();
    match (&subject.about, subject.kind) {
        (About::Place(place), AlertKind::Escalated) => {
            for state in [EntryState::Blocked, EntryState::Escalated] {
                look(shared, place, Some(state), &mut standing, |_| true).await?;
            }
        }
        (About::Place(place), AlertKind::InDoubt) => {
            // What a run is sending at this moment is no doubt yet.
            let free = |info: &EntryInfo| !shared.locks.holds_entry(&info.place, &info.id);
            look(shared, place, Some(EntryState::InDoubt), &mut standing, free).await?;
        }
        (About::Place(place), AlertKind::Overdue) => {
            let now = shared.options.clock.now();
            look(shared, place, None, &mut standing, |info| info.alert_at <= now).await?;
            if standing.cut {
                // Those that are overdue may come behind any number of others: the summaries count them all.
                let all = shared.options.store.places(Some(place.kind), now).await?;
                standing.count = all.iter().find(|s| s.place == *place).map_or(0, |s| s.overdue);
                standing.cut = false;
            }
        }
        (About::System(name), _) => {
            let Some(system) = shared.circuits.named(name) else { return Ok(standing) };
            let state = system.state();
            let Some(since) = state.open_since else { return Ok(standing) };
            for place in system.places() {
                look(shared, &place, Some(EntryState::Waiting), &mut standing, |_| true).await?;
            }
            standing.since = Some(since);
            standing.error = state.error;
        }
        (About::Place(_), AlertKind::ReceiverDown) => {}
    }
    Ok(standing)
}

async fn look(
    shared: &Shared,
    place: &Place,
    state: Option<EntryState>,
    standing: &mut Standing,
    fits: impl Fn(&EntryInfo) -> bool,
) -> Result<(), StoreError> {
    let mut filter = EntryFilter { place: Some(place.clone()), state, limit: PAGE, ..EntryFilter::default() };
    let mut seen = 0;
    loop {
        let page = shared.options.store.entries(filter.clone()).await?;
        seen += page.len();
        let last = page.last().map(|info| info.key);
        let full = page.len() >= PAGE as usize;
        for info in page.into_iter().filter(|info| !is_own(&info.correlation) && fits(info)) {
            standing.count += 1;
            standing.newest = standing.newest.max(info.key.0);
            standing.oldest = Some(standing.oldest.map_or(info.created, |oldest| oldest.min(info.created)));
            standing.error = info.error.clone().or(standing.error.take());
            if standing.examples.len() < EXAMPLES {
                standing.examples.push(info);
            }
        }
        if !full {
            return Ok(());
        }
        if seen >= LOOKED_AT {
            standing.cut = true;
            return Ok(());
        }
        filter.after = last;
    }
}

/// The message of an alert, `None` where what it was about is over.
async fn content(shared: &Shared, subject: &Subject) -> Result<Option<Message>, String> {
    let standing = standing(shared, subject).await.map_err(|e| e.to_string())?;
    if standing.count == 0 && standing.since.is_none() {
        return Ok(None);
    }
    let deployed = shared.deployed.load_full();
    let (flow, receiver) = match &subject.about {
        About::Place(place) if place.flow.is_empty() => (consumers(&deployed, place).join(", "), place.name.clone()),
        About::Place(place) => (place.flow.clone(), place.name.clone()),
        About::System(name) => {
            let places = shared.circuits.named(name).map(|system| system.places()).unwrap_or_default();
            let flows: BTreeSet<String> = places.into_iter().map(|place| place.flow).collect();
            (flows.into_iter().collect::<Vec<_>>().join(", "), name.clone())
        }
    };
    let text = sentence(subject, &standing);
    let example = |info: &EntryInfo| {
        let delivery = (info.place.kind == PlaceKind::Delivery).then_some(&info.id);
        json!({
            "entry": info.key, "message": info.message_id, "delivery": delivery, "state": info.state,
            "error": info.error, "since": info.created.to_string(), "retries": info.retries,
        })
    };
    let body = json!({
        "kind": subject.kind.as_str(), "flow": flow, "receiver": receiver, "count": standing.count, "text": text,
        "oldest": standing.oldest.map(|at| at.to_string()), "down_since": standing.since.map(|at| at.to_string()),
        "examples": standing.examples.iter().map(example).collect::<Vec<_>>(),
        "command": command(subject, &standing),
    });
    let mut message = Message::of(serde_json::to_vec_pretty(&body).unwrap_or_default());
    message.headers.set("Content-Type", "application/json");
    message.headers.set("AlertKind", subject.kind.as_str());
    message.headers.set("AlertFlow", flow);
    message.headers.set("AlertReceiver", receiver);
    message.headers.set("AlertCount", i64::try_from(standing.count).unwrap_or(i64::MAX));
    message.headers.set("AlertText", text);
    Ok(Some(message))
}

/// One plain sentence, on one line.
fn sentence(subject: &Subject, standing: &Standing) -> String {
    let one = standing.count == 1;
    let (waits, have) = if one { ("waits", "has") } else { ("wait", "have") };
    let least = if standing.cut { "at least " } else { "" };
    let number = |what: &str, whats: &str| format!("{least}{} {}", standing.count, if one { what } else { whats });
    let error = standing.error.as_deref().map(|error| {
        let plain: String = error.chars().map(|c| if c.is_control() { ' ' } else { c }).take(ERROR).collect();
        format!("; the last error was: {plain}")
    });
    let error = error.unwrap_or_default();
    let things = match &subject.about {
        About::System(name) => {
            let since = standing.since.map(|at| format!(" since {at}")).unwrap_or_default();
            let waiting = format!("{} {waits} for it", number("delivery", "deliveries"));
            return format!("{name} is down{since}; {waiting}{error}");
        }
        About::Place(Place { kind, name, flow }) => match kind {
            PlaceKind::Delivery => format!("{} of {flow} to {name}", number("delivery", "deliveries")),
            PlaceKind::Queue => format!("{} of queue {name}", number("message", "messages")),
            PlaceKind::DataStore => format!("{} of data store {name}", number("entry", "entries")),
            PlaceKind::Inbox => format!("{} that {flow} accepted", number("message", "messages")),
        },
    };
    match subject.kind {
        AlertKind::InDoubt => format!("{things} may have been done and {waits} for a person to decide{error}"),
        AlertKind::Overdue => {
            let oldest = standing.oldest.map(|at| format!(", the oldest since {at}")).unwrap_or_default();
            format!("{things} {have} waited longer than expected{oldest}{error}")
        }
        AlertKind::Escalated | AlertKind::ReceiverDown => format!("{things} {waits} for a person{error}"),
    }
}

/// The command that shows it.
fn command(subject: &Subject, standing: &Standing) -> String {
    let About::Place(place) = &subject.about else { return "semel receivers list".to_owned() };
    let kind = match place.kind {
        PlaceKind::Queue => "queues",
        PlaceKind::DataStore => "stores",
        PlaceKind::Delivery => "deliveries",
        PlaceKind::Inbox => "inboxes",
    };
    let flow = if place.flow.is_empty() { String::new() } else { format!(" --flow {}", place.flow) };
    let state = match (subject.kind, standing.examples.first()) {
        (AlertKind::Overdue, _) | (_, None) => String::new(),
        (_, Some(first)) => format!(" --state {}", first.state.as_str()),
    };
    format!("semel {kind} entries {}{flow}{state}", place.name)
}

/// Whether no commit of a run said that it is a doubt: a crash or a defect left it, or a restore holds it. Its number is
/// then older than that, and so is its time.
fn left(info: &EntryInfo) -> bool {
    info.error.as_deref().is_some_and(|error| error == engine::NO_OUTCOME || error.starts_with(HELD))
}

/// What of an interface waits in a place for a person.
#[derive(Default)]
pub(super) struct Waiting {
    /// There is something that was not told.
    pub untold: bool,
    /// What waits for a person since nobody can tell when.
    pub unsure: Vec<EntryKey>,
}

/// What waits in a place for a person, by interface: as far as it may be untold. That is what has larger numbers than was
/// told; what became so later than that, when nobody wanted to know; and where neither number nor time says that, what the
/// last look has not `seen`.
pub(super) async fn waiting(
    shared: &Shared,
    place: &Place,
    kind: AlertKind,
    (last, newest): (Option<Timestamp>, i64),
    now: Timestamp,
    seen: &BTreeSet<EntryKey>,
) -> Result<BTreeMap<String, Waiting>, StoreError> {
    // A time that is still to come was written down by a wrong clock: nobody can tell what came after it.
    let (last, newest) =
        last.filter(|last| *last <= now).map_or((None, EntryKey(0)), |at| (Some(at), EntryKey(newest)));
    let of = |state, after, due_after| EntryFilter {
        place: Some(place.clone()),
        state: Some(state),
        after,
        due_after,
        limit: PAGE,
        ..EntryFilter::default()
    };
    let questions = match kind {
        AlertKind::Escalated => {
            let states = [EntryState::Escalated, EntryState::Blocked];
            let mut questions = states.map(|state| of(state, Some(newest), None)).to_vec();
            if last.is_some() {
                questions.extend(states.map(|state| of(state, None, last)));
            }
            questions
        }
        AlertKind::InDoubt => vec![of(EntryState::InDoubt, None, None)],
        AlertKind::Overdue | AlertKind::ReceiverDown => Vec::new(),
    };
    let mut found: BTreeMap<String, Waiting> = BTreeMap::new();
    for mut filter in questions {
        loop {
            let page = shared.options.store.entries(filter.clone()).await?;
            let next = page.last().map(|info| info.key).filter(|_| page.len() >= PAGE as usize);
            for info in page {
                // It is due since it waits for a person.
                let unsure = left(&info) || info.due > now;
                let later = info.due <= now && last.is_none_or(|last| info.due > last);
                let new = info.key > newest || later;
                if !(new || unsure) || is_own(&info.correlation) || shared.locks.holds_entry(&info.place, &info.id) {
                    continue;
                }
                let of = found.entry(info.interface).or_default();
                of.untold |= new || !seen.contains(&info.key);
                if unsure && of.unsure.len() < LOOKED_AT {
                    of.unsure.push(info.key);
                }
            }
            if next.is_none() {
                break;
            }
            filter.after = next;
        }
    }
    Ok(found)
}
