//! Data store steps: write, get, select, delete; a unit of work sees its own writes.

use std::collections::VecDeque;
use std::sync::Arc;

use base::{EntryKey, Failure, Message, MessageId, Scope, Timestamp};
use bytes::Bytes;
use expr::{Template, XPathValue};
use flow::{EntryIds, Step, StoreDelete, StoreGet, StoreSelect, StoreWrite};
use store::rules::{MAX_ENTRY_ID, storable};
use store::{Change, Entry, EntryInfo, EntryState, NewEntry, Place};

use super::once::Write;
use super::{durable, text};
use crate::call::begins_with;
use crate::convert::xml::utf8;
use crate::fork::{self, Picked, Source};
use crate::identity::Identity;
use crate::run::Run;
use crate::task::{Move, Task};
use crate::then::Then;
use crate::unit::Pending;
use crate::{Effect, Question, failure};

/// Most characters of a data store's name, as in SAP.
const MAX_STORE_NAME: usize = 40;
/// Most entries of one select.
const MAX_SELECT: i64 = 10_000;
/// The header with an entry id.
const ID_HEADER: &str = "SapDataStoreId";
/// Most entries that the message log names where a select leaves them out.
const MAX_NAMED: usize = 10;

/// An entry, stored already or pending in the unit of work.
#[derive(Debug)]
pub(crate) struct Found {
    place: Place,
    id: String,
    key: Option<EntryKey>,
    message: Message,
    created: Timestamp,
    expires: Timestamp,
    retries: u32,
    crashes: u32,
    /// The id of the message that it is for whoever consumes it.
    consumer: MessageId,
}

/// What a select knows already, before its next question.
#[derive(Debug, Default)]
pub(crate) struct Selecting {
    /// Entries for the bulk document.
    found: Vec<Found>,
    /// Entries that cannot be in it, with their ids.
    left: Vec<(EntryKey, String)>,
    /// How many were asked for.
    asked: usize,
}

impl From<Entry> for Found {
    fn from(entry: Entry) -> Self {
        let Entry { info, message } = entry;
        let consumer = info.consumer_id();
        let EntryInfo { key, place, id, created, expires, retries, crashes, .. } = info;
        Found { place, id, key: Some(key), message, created, expires, retries, crashes, consumer }
    }
}

impl From<&NewEntry> for Found {
    fn from(new: &NewEntry) -> Self {
        let NewEntry { place, id, message, created, expires, retries, .. } = new.clone();
        // Not stored yet: a further run of its message makes it again.
        let consumer = MessageId::derived("not stored yet", &id);
        Found { place, id, key: None, message, created, expires, retries, crashes: 0, consumer }
    }
}

impl Found {
    /// The change that removes it.
    fn remove(&self) -> Change {
        match self.key {
            Some(key) => Change::Remove(key),
            None => Change::RemoveNamed { place: self.place.clone(), id: self.id.clone() },
        }
    }

    /// The change that puts it aside for a person.
    fn escalate(&self, now: Timestamp) -> Option<Change> {
        let (retries, crashes) = (self.retries.saturating_add(1), self.crashes);
        let error = Some("the flow that selected it ended with an escalation".to_owned());
        let state = EntryState::Escalated;
        self.key.map(|key| Change::Reschedule { key, state, due: now, retries, crashes, doubt: false, error })
    }
}

pub(super) fn write(run: &mut Run, task: &mut Task, step: &Step, write: &StoreWrite) -> Move {
    // What replaces an entry says how things stand now, so each run says it.
    let once = if write.overwrite { Write::Plain } else { Write::of(run, task, &step.name) };
    match entry(run, task, write, &once) {
        Ok(entry) => {
            run.read.remove(&(entry.place.clone(), entry.id.clone()));
            once.put(run, task, entry)
        }
        Err(failure) => Move::Fail(failure),
    }
}

fn entry(run: &mut Run, task: &mut Task, write: &StoreWrite, once: &Write) -> Result<NewEntry, Failure> {
    let place = place(run, task, &write.store, &write.scope)?;
    let id = match id(run, task, write.entry.as_ref())? {
        Some(id) => id,
        None => {
            let id = once.entry_id(run);
            // The header stays, and the next write without an id uses it again: as in SAP.
            task.message.headers.set(ID_HEADER, id.as_str());
            id
        }
    };
    let mut message = storable(task.message.clone());
    message.properties.clear();
    message.headers.retain(|name, _| write.include_headers && !begins_with(name, &["Camel", "SAP_"]));
    let now = run.now;
    Ok(NewEntry {
        place,
        id,
        overwrite: write.overwrite,
        message,
        encrypt: write.encrypt,
        message_id: run.start.message_id.clone(),
        origin: None,
        correlation: run.start.correlation.clone(),
        interface: run.start.flow.name.clone(),
        order_key: String::new(),
        state: EntryState::Waiting,
        doubt: false,
        created: now,
        due: now,
        alert_at: now.plus(write.alert_after),
        expires: now.plus(write.expire_after),
        retries: 0,
        error: None,
    })
}

pub(super) fn get(run: &mut Run, task: &mut Task, get: &StoreGet) -> Move {
    let named =
        place(run, task, &get.store, &get.scope).and_then(|place| Ok((place, id(run, task, get.entry.as_ref())?)));
    let (place, id) = match named {
        Ok((place, Some(id))) => (place, id),
        Ok((_, None)) => return Move::Fail(no_id()),
        Err(failure) => return Move::Fail(failure),
    };
    let pending = task.unit().and_then(|id| run.units.get(&id)).map_or(Pending::Unknown, |u| u.entry(&place, &id));
    match pending {
        Pending::Put(new) => {
            let found = Found::from(new);
            got(run, task, get, Some(found))
        }
        Pending::Removed => got(run, task, get, None),
        Pending::Unknown => {
            let question = Question::Find { place, id, lock: get.delete };
            run.emit(task.id, Effect::Ask(question), Then::Get)
        }
    }
}

/// The entry that a get asked for, or that there is none.
pub(super) fn got(run: &mut Run, task: &mut Task, get: &StoreGet, found: Option<Found>) -> Move {
    let found = found.filter(|f| !hidden(run, f));
    if !get.fail_if_missing {
        task.message.headers.set("SAP_DatastoreEntryFound", found.is_some());
    }
    match found {
        Some(found) => {
            read(run, &found);
            if get.delete {
                delete_at_end(run, &found);
            }
            for (name, value) in found.message.headers.iter() {
                task.message.headers.set(name, value.clone());
            }
            task.message.headers.set("SAP_DataStoreCreatedAt", found.created.to_string());
            task.message.headers.set("SAP_DataStoreExpiresAt", found.expires.to_string());
            task.message.body = found.message.body.clone();
            // An entry that stays was asked for by its id: the message says which, and nothing else is in the body.
            if get.delete { picked(run, task, &[found], true) } else { Move::Next }
        }
        None if get.fail_if_missing => {
            Move::Fail(Failure::permanent("X0304", "the data store has no such entry, or another run works on it"))
        }
        None => Move::Next,
    }
}

pub(super) fn select(run: &mut Run, task: &mut Task, select: &StoreSelect) -> Move {
    match try_select(run, task, select) {
        Ok((place, max)) => ask(run, task, select, place, max, Selecting::default()),
        Err(failure) => Move::Fail(failure),
    }
}

/// Asks for entries that the select does not know yet.
fn ask(run: &mut Run, task: &Task, select: &StoreSelect, place: Place, max: u32, mut so_far: Selecting) -> Move {
    let unit = task.unit().and_then(|id| run.units.get(&id));
    let gone = run.deleted.iter().chain(run.turns.picked()).copied();
    let known = so_far.found.iter().filter_map(|f| f.key).chain(so_far.left.iter().map(|(key, _)| *key));
    let except = gone.chain(known).chain(unit.into_iter().flat_map(|u| u.removed())).collect();
    // As many more as were left out: a few questions find what lies behind many of these.
    let more = (max as usize).saturating_sub(so_far.found.len()).saturating_add(so_far.left.len());
    so_far.asked = more.min(MAX_SELECT as usize);
    let max = u32::try_from(so_far.asked).unwrap_or(max);
    let question = Question::Select { place, max, except, lock: select.delete || select.each.is_some() };
    run.emit(task.id, Effect::Ask(question), Then::Select(Box::new(so_far)))
}

fn try_select(run: &Run, task: &Task, select: &StoreSelect) -> Result<(Place, u32), Failure> {
    let place = place(run, task, &select.store, &select.scope)?;
    let max = match task.message.headers.get("SapDataStoreMaxResults").map(ToString::to_string) {
        Some(text) if !text.trim().is_empty() => text,
        _ => text(run, task, &select.max)?,
    };
    let max = match max.trim() {
        "" => 1,
        text => match text.parse::<i64>() {
            Ok(max) if max > 0 => max.min(MAX_SELECT),
            _ => return Err(Failure::permanent("X0307", format!("`{text}` is not a number of entries"))),
        },
    };
    Ok((place, u32::try_from(max).unwrap_or(1)))
}

/// The entries that a select asked for: one document, or one message each.
pub(super) fn selected(
    run: &mut Run,
    task: &mut Task,
    select: &StoreSelect,
    mut so_far: Selecting,
    entries: Vec<Entry>,
) -> Move {
    let (place, max) = match try_select(run, task, select) {
        Ok(known) => known,
        Err(failure) => return Move::Fail(failure),
    };
    let all = entries.len() < so_far.asked;
    let unit = task.unit().and_then(|id| run.units.get(&id));
    let mut found: Vec<Found> = entries
        .into_iter()
        .filter(|e| unit.is_none_or(|u| matches!(u.entry(&place, &e.info.id), Pending::Unknown)))
        .map(Found::from)
        .filter(|f| !hidden(run, f))
        .collect();
    if select.each.is_some() {
        // What is not stored yet cannot be handled in a unit of work that commits earlier.
        found.truncate(max as usize);
        found.iter().for_each(|f| read(run, f));
        let picked = found.into_iter().map(|f| {
            let (remove, escalate) = if select.delete { (Some(f.remove()), f.escalate(run.now)) } else { (None, None) };
            let identity = Arc::new(identity(run, task, std::slice::from_ref(&f), select.delete));
            let key = f.key.filter(|_| select.delete);
            Picked { id: f.id, message: f.message, key, identity, remove, escalate }
        });
        let picked: VecDeque<Picked> = picked.collect();
        picked.iter().filter_map(|p| p.key).for_each(|key| run.turns.pick(key));
        return fork::begin(task, Source::Entries(picked), 1, false);
    }
    // Nothing that the flow cannot see may be deleted: what is no XML stays where it is.
    let before = so_far.left.len();
    for mut f in found {
        match (document(&f.message.body), f.key) {
            (Some(document), _) => {
                f.message.body = document;
                so_far.found.push(f);
            }
            (None, Some(key)) => so_far.left.push((key, f.id)),
            (None, None) => {}
        }
    }
    let left = so_far.left.len();
    if left > before && !all && so_far.found.len() < max as usize && left < MAX_SELECT as usize {
        return ask(run, task, select, place, max, so_far);
    }
    let Selecting { mut found, left, .. } = so_far;
    let mut left: Vec<String> = left.into_iter().map(|(_, id)| id).collect();
    for mut f in unit.into_iter().flat_map(|u| u.puts(&place)).map(Found::from).filter(|f| !hidden(run, f)) {
        match document(&f.message.body) {
            Some(document) => {
                f.message.body = document;
                found.push(f);
            }
            None => left.push(f.id),
        }
    }
    run.keep(left_where_they_are(&place, &left), Vec::new());
    found.truncate(max as usize);
    for f in &found {
        read(run, f);
        if select.delete {
            delete_at_end(run, f);
        }
    }
    task.message.body = bulk(&found);
    picked(run, task, &found, select.delete)
}

/// What the ids of deliveries made of some entries derive from.
fn identity(run: &Run, task: &Task, found: &[Found], consumed: bool) -> Identity {
    let consumers: Vec<MessageId> = found.iter().map(|f| f.consumer.clone()).collect();
    if consumed && found.iter().all(|f| f.key.is_some()) {
        Identity::of_consumed(&run.start.flow.name, &consumers)
    } else {
        task.own.identity.with(&consumers)
    }
}

/// The message is made of these entries from now on.
fn picked(run: &mut Run, task: &mut Task, found: &[Found], consumed: bool) -> Move {
    if found.is_empty() {
        task.root = task.own.clone();
    } else {
        task.becomes(identity(run, task, found, consumed));
    }
    match run.look_up(&Arc::clone(&task.root.identity)) {
        Some(question) => run.emit(task.id, question, Then::Settled { begin: false }),
        None => Move::Next,
    }
}

/// Remembers which entry was read: its name may be stored again meanwhile.
fn read(run: &mut Run, found: &Found) {
    if let Some(key) = found.key {
        run.read.insert((found.place.clone(), found.id.clone()), key);
    }
}

/// Deletes an entry in the run's last commit, and hides it from the run until then.
fn delete_at_end(run: &mut Run, found: &Found) {
    run.deletes.push(found.remove());
    match found.key {
        Some(key) => run.deleted.insert(key),
        None => run.deleted_names.insert((found.place.clone(), found.id.clone())),
    };
}

/// Whether the run will delete an entry at its end.
fn hidden(run: &Run, found: &Found) -> bool {
    match found.key {
        Some(key) => run.deleted.contains(&key) || run.turns.picked().contains(&key),
        None => run.deleted_names.contains(&(found.place.clone(), found.id.clone())),
    }
}

/// SAP's bulk document, of entries whose bodies are documents.
fn bulk(found: &[Found]) -> Bytes {
    let mut out = Vec::from(b"<messages>");
    for entry in found {
        let mut id = String::new();
        escape(&mut id, &entry.id);
        out.extend_from_slice(format!("<message id=\"{id}\">").as_bytes());
        out.extend_from_slice(&entry.message.body);
        out.extend_from_slice(b"</message>");
    }
    out.extend_from_slice(b"</messages>");
    Bytes::from(out)
}

/// A body as it stands in the bulk document: UTF-8 without a declaration. `None` where it is not XML with one root element.
fn document(body: &Bytes) -> Option<Bytes> {
    let body = utf8(body).ok()?;
    let text = std::str::from_utf8(&body).ok()?;
    roxmltree::Document::parse(text).ok()?;
    let start = if text.starts_with("<?xml") { text.find("?>").map_or(0, |at| at + 2) } else { 0 };
    Some(body.slice_ref(text[start..].trim().as_bytes()))
}

/// What the message log says about entries that a select cannot put into its document.
fn left_where_they_are(place: &Place, ids: &[String]) -> Vec<(String, String)> {
    if ids.is_empty() {
        return Vec::new();
    }
    let named = ids.iter().take(MAX_NAMED).map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ");
    let more = ids.len().saturating_sub(MAX_NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let text = format!("X0308: {place} keeps what is not XML with one root element: {named}{more}");
    vec![("SemelEntriesNotSelected".to_owned(), text)]
}

/// Text as XML content or attribute value; characters that XML cannot hold become replacement characters.
fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => out.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
}

pub(super) fn delete(run: &mut Run, task: &mut Task, delete: &StoreDelete) -> Move {
    let (place, ids) = match try_delete(run, task, delete) {
        Ok(named) => named,
        Err(failure) => return Move::Fail(failure),
    };
    let mut changes = Vec::new();
    for id in ids {
        let Some(key) = run.read.get(&(place.clone(), id.clone())) else {
            changes.push(Change::RemoveNamed { place: place.clone(), id });
            continue;
        };
        changes.push(Change::Remove(*key));
        if let Some(unit) = task.unit().and_then(|unit| run.units.get_mut(&unit)) {
            unit.removes(place.clone(), id);
        }
    }
    durable(run, task, changes)
}

fn try_delete(run: &Run, task: &Task, delete: &StoreDelete) -> Result<(Place, Vec<String>), Failure> {
    let place = place(run, task, &delete.store, &delete.scope)?;
    let ids = match &delete.entry {
        Some(EntryIds::XPath(xpath)) => match xpath.eval(&task.scope(run)).map_err(failure::expression)? {
            XPathValue::Nodes(nodes) => nodes.iter().map(|n| node_text(n)).collect(),
            XPathValue::List(items) => items,
            XPathValue::Text(text) => vec![text],
            XPathValue::Number(number) => vec![number.to_string()],
            XPathValue::Bool(flag) => vec![flag.to_string()],
        },
        Some(EntryIds::One(template)) => vec![match id(run, task, Some(template))? {
            Some(id) => id,
            None => task.message.text().into_owned(),
        }],
        None => vec![match id(run, task, None)? {
            Some(id) => id,
            None => task.message.text().into_owned(),
        }],
    };
    let ids = ids.into_iter().filter(|id| !id.is_empty());
    Ok((place, ids.map(|id| check_id(&id).map(|()| id)).collect::<Result<_, _>>()?))
}

/// The text of a node that XPath gave: elements come as XML.
fn node_text(node: &str) -> String {
    if !node.starts_with('<') {
        return node.to_owned();
    }
    match roxmltree::Document::parse(node) {
        Ok(document) => document.descendants().filter(|n| n.is_text()).filter_map(|n| n.text()).collect(),
        Err(_) => node.to_owned(),
    }
}

/// The data store of a step.
fn place(run: &Run, task: &Task, name: &Template, scope: &Scope) -> Result<Place, Failure> {
    let name = text(run, task, name)?;
    check_store_name(&name)?;
    Ok(Place::data_store(name, scope))
}

/// Whether a text can be the name of a data store.
///
/// # Errors
/// It is empty, too long, or has blanks.
pub fn check_store_name(name: &str) -> Result<(), Failure> {
    let blank = name.chars().any(|c| c.is_whitespace() || c.is_control());
    if name.is_empty() || blank || name.chars().count() > MAX_STORE_NAME {
        let shown = failure::cut(name.to_owned(), 200);
        let text =
            format!("`{shown}` is not the name of a data store: 1 to {MAX_STORE_NAME} characters without blanks");
        return Err(Failure::permanent("X0301", text));
    }
    Ok(())
}

/// The entry id of a step: its field, else the header; `None` where both are empty.
fn id(run: &Run, task: &Task, field: Option<&Template>) -> Result<Option<String>, Failure> {
    let field = field.map(|f| text(run, task, f)).transpose()?.unwrap_or_default();
    let id = match field.as_str() {
        "" => task.message.headers.get(ID_HEADER).map(ToString::to_string).unwrap_or_default(),
        _ => field,
    };
    check_id(&id)?;
    Ok(Some(id).filter(|id| !id.is_empty()))
}

fn check_id(id: &str) -> Result<(), Failure> {
    if id.chars().count() <= MAX_ENTRY_ID {
        return Ok(());
    }
    Err(Failure::permanent("X0302", format!("the entry id has more than {MAX_ENTRY_ID} characters")))
}

fn no_id() -> Failure {
    Failure::permanent("X0302", "there is no entry id: neither in the step nor in header SapDataStoreId")
}
