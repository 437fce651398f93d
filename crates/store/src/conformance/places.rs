//! Rules about places and the entries in them.

use std::sync::Arc;

use base::{EntryKey, Message, MessageId, Scope, Value};

use super::{NOW, at, new_entry, put, put_all, rich_message};
use crate::{Change, CommitError, EntryFilter, EntryInfo, EntryState, NewEntry, Place, PlaceKind, PlaceSummary, Store};

/// What was put is found by number and by id, with all that was known of it.
pub async fn put_and_find(store: Arc<dyn Store>) {
    let place = Place::delivery("orders", "billing");
    let new = NewEntry {
        state: EntryState::Escalated,
        created: at(-5),
        due: at(7),
        retries: 3,
        error: Some("C0001: refused".to_owned()),
        ..new_entry(&place, "a")
    };
    store.commit(vec![put(new.clone())]).await.unwrap();
    let entry = store.find(&place, "a").await.unwrap().unwrap();
    let expect = EntryInfo {
        key: entry.info.key,
        place: place.clone(),
        id: "a".to_owned(),
        message_id: new.message_id,
        origin: None,
        correlation: new.correlation,
        interface: "orders".to_owned(),
        order_key: String::new(),
        state: EntryState::Escalated,
        doubt: false,
        created: at(-5),
        due: at(7),
        alert_at: at(3_600_000),
        expires: at(86_400_000),
        retries: 3,
        crashes: 0,
        error: Some("C0001: refused".to_owned()),
        size: 9,
        encrypted: false,
    };
    assert_eq!(entry.info, expect);
    assert_eq!(entry.message.text(), "body of a");
    assert_eq!(store.entry(entry.info.key).await.unwrap(), Some(entry));
    assert_eq!(store.entry(EntryKey(999)).await.unwrap(), None);
    assert_eq!(store.find(&place, "b").await.unwrap(), None);
    assert_eq!(store.find(&Place::queue("billing"), "a").await.unwrap(), None);
}

/// Headers, properties, body and attachments come back exactly; values that are not storable are left out.
pub async fn keeps_every_storable_value(store: Arc<dyn Store>) {
    let place = Place::queue("q");
    let expect = rich_message();
    let mut message = expect.clone();
    message.headers.set("null", Value::Null);
    message.properties.insert("list".to_owned(), Value::List(vec![Value::Int(1)]));
    message.properties.insert("map".to_owned(), Value::Map([("a".to_owned(), Value::Null)].into_iter().collect()));
    store.commit(vec![put(NewEntry { message, ..new_entry(&place, "a") })]).await.unwrap();
    let entry = store.find(&place, "a").await.unwrap().unwrap();
    assert_eq!(entry.message, expect);
    assert_eq!(entry.info.size, expect.body.len() as u64);
    assert_eq!(store.claim(&place, NOW, 1, false).await.unwrap()[0].message, expect);
}

/// An id is unique in its place, and only there.
pub async fn refuses_a_second_entry_of_an_id(store: Arc<dyn Store>) {
    let place = Place::data_store("S1", &Scope::Flow("flowA".to_owned()));
    put_all(&store, &place, &["x"]).await;
    put_all(&store, &Place::data_store("S1", &Scope::Global), &["x"]).await;
    let error = store.commit(vec![put(new_entry(&place, "x"))]).await.unwrap_err();
    assert_eq!(error, CommitError::Duplicate("entry `x` of data-store S1 of flowA".to_owned()));
}

/// Overwriting replaces the entry under a new number, so that whoever holds the old number touches nothing.
pub async fn overwrites_where_asked(store: Arc<dyn Store>) {
    let place = Place::data_store("S1", &Scope::Global);
    let old = put_all(&store, &place, &["x"]).await[0];
    let new = NewEntry { overwrite: true, message: base::Message::of("second"), ..new_entry(&place, "x") };
    store.commit(vec![put(new), Change::Remove(old)]).await.unwrap();
    let entry = store.find(&place, "x").await.unwrap().unwrap();
    assert_eq!(entry.message.text(), "second");
    assert!(entry.info.key > old);
    assert_eq!(store.entry(old).await.unwrap(), None);
}

/// A delivery is parked once more only where it is neither parked nor delivered.
pub async fn parks_again(store: Arc<dyn Store>) {
    let place = Place::delivery("f", "r");
    let message = MessageId::from_text("A-1");
    let ids = ["a", "b", "c"].map(|record| base::DeliveryId::derive(&message, record, "s"));
    let park = |id: &base::DeliveryId, text: &str| {
        let message = base::Message::of(text.to_owned());
        let new = NewEntry { message, overwrite: true, ..new_entry(&place, &id.to_string()) };
        NewEntry { message_id: MessageId::from_text("A-1"), ..new }
    };
    let delivered =
        Change::Delivered { message: message.clone(), flow: "f".to_owned(), deliveries: vec![ids[1]], expires: at(9) };
    store.commit(vec![put(park(&ids[0], "first")), delivered]).await.unwrap();
    let again = ids.iter().map(|id| Change::ParkAgain(Box::new(park(id, "again")))).collect();
    store.commit(again).await.unwrap();
    for (id, expect) in ids.iter().zip([Some("first"), None, Some("again")]) {
        let found = store.find(&place, &id.to_string()).await.unwrap();
        assert_eq!(found.map(|e| e.message.text().into_owned()).as_deref(), expect);
    }
}

/// The origin of a parked delivery is kept and found, and its outcome is looked for there.
pub async fn knows_origins(store: Arc<dyn Store>) {
    let place = Place::delivery("f", "r");
    let (message, origin) = (MessageId::from_text("A-m"), MessageId::from_text("A-o"));
    let id = base::DeliveryId::derive(&origin, "", "s");
    let with =
        |id: &str| NewEntry { message_id: message.clone(), origin: Some(origin.clone()), ..new_entry(&place, id) };
    let without = NewEntry { message_id: message.clone(), ..new_entry(&place, "without") };
    store.commit(vec![put(with("with")), put(without)]).await.unwrap();
    let ids = async |filter: EntryFilter| -> Vec<String> {
        store.entries(filter).await.unwrap().into_iter().map(|e| e.id).collect()
    };
    assert_eq!(ids(EntryFilter { origin: Some(origin.clone()), ..EntryFilter::default() }).await, ["with"]);
    assert_eq!(ids(EntryFilter { origin: Some(message.clone()), ..EntryFilter::default() }).await, [""; 0]);
    assert_eq!(ids(EntryFilter { message_id: Some(message.clone()), ..EntryFilter::default() }).await.len(), 2);
    let found = store.find(&place, "with").await.unwrap().unwrap().info;
    assert_eq!((found.origin.as_ref(), found.recorded_under()), (Some(&origin), &origin));
    let found = store.find(&place, "without").await.unwrap().unwrap().info;
    assert_eq!((found.origin.as_ref(), found.recorded_under()), (None, &message));
    // It was delivered meanwhile: it is not parked again.
    let (flow, deliveries, expires) = ("f".to_owned(), vec![id], at(9));
    store.commit(vec![Change::Delivered { message: origin.clone(), flow, deliveries, expires }]).await.unwrap();
    store.commit(vec![Change::ParkAgain(Box::new(with(&id.to_string())))]).await.unwrap();
    assert_eq!(store.find(&place, &id.to_string()).await.unwrap(), None);
}

/// 255 characters are allowed, whatever their bytes; more are refused.
pub async fn refuses_long_ids(store: Arc<dyn Store>) {
    let place = Place::queue("q");
    store.commit(vec![put(new_entry(&place, &"ü".repeat(255)))]).await.unwrap();
    let error = store.commit(vec![put(new_entry(&place, &"ü".repeat(256)))]).await.unwrap_err();
    assert!(matches!(error, CommitError::Store(_)), "{error}");
}

/// Removing by number and by id; what is missing is no error.
pub async fn removes(store: Arc<dyn Store>) {
    let place = Place::queue("q");
    let keys = put_all(&store, &place, &["a", "b", "c"]).await;
    let named = |id: &str| Change::RemoveNamed { place: place.clone(), id: id.to_owned() };
    store.commit(vec![Change::Remove(keys[0]), named("b")]).await.unwrap();
    store.commit(vec![Change::Remove(keys[0]), named("b"), Change::Remove(EntryKey(999))]).await.unwrap();
    let left = store.entries(EntryFilter::default()).await.unwrap();
    assert_eq!(left.iter().map(|info| info.id.as_str()).collect::<Vec<_>>(), ["c"]);
    // Numbers are never given twice, not even the number of an entry that was the newest.
    store.commit(vec![Change::Remove(keys[2])]).await.unwrap();
    assert!(put_all(&store, &place, &["d"]).await[0] > keys[2]);
}

/// When one change fails, none was made: not before it, not after it.
pub async fn commits_all_or_nothing(store: Arc<dyn Store>) {
    let place = Place::queue("q");
    let keys = put_all(&store, &place, &["a", "b"]).await;
    let flow = |name: &str| Change::StopFlow { flow: name.to_owned(), stopped: true };
    let changes = vec![
        flow("f"),
        Change::Remove(keys[1]),
        put(new_entry(&Place::queue("other"), "n")),
        Change::Delivered {
            message: MessageId::from_text("A1"),
            flow: "f".to_owned(),
            deliveries: vec![base::DeliveryId([1; 16])],
            expires: at(1),
        },
        put(new_entry(&place, "a")),
        flow("g"),
    ];
    assert!(matches!(store.commit(changes).await, Err(CommitError::Duplicate(_))));
    assert_eq!(store.stopped_flows().await.unwrap(), [""; 0]);
    assert_eq!(store.entries(EntryFilter::default()).await.unwrap().len(), 2);
    assert_eq!(store.places(None, NOW).await.unwrap().len(), 1);
    assert_eq!(store.delivered(&MessageId::from_text("A1")).await.unwrap(), []);
    store.commit(Vec::new()).await.unwrap();
}

/// Later changes of a commit see the earlier ones.
pub async fn applies_in_order(store: Arc<dyn Store>) {
    let place = Place::queue("q");
    put_all(&store, &place, &["a"]).await;
    let remove = Change::RemoveNamed { place: place.clone(), id: "a".to_owned() };
    store.commit(vec![remove.clone(), put(new_entry(&place, "a")), remove]).await.unwrap();
    assert_eq!(store.find(&place, "a").await.unwrap(), None);
}

/// A corrected entry keeps all but its body, plain or encrypted.
pub async fn corrects_bodies(store: Arc<dyn Store>) {
    let place = Place::queue("q");
    for (id, encrypt) in [("plain", false), ("encrypted", true)] {
        let new = NewEntry { encrypt, message: rich_message(), ..new_entry(&place, id) };
        store.commit(vec![put(new)]).await.unwrap();
        let before = store.find(&place, id).await.unwrap().unwrap();
        let correct = |key| Change::Correct { key, body: "corrected".into() };
        store.commit(vec![correct(before.info.key), correct(EntryKey(999))]).await.unwrap();
        let after = store.find(&place, id).await.unwrap().unwrap();
        assert_eq!(after.message, Message { body: "corrected".into(), ..rich_message() });
        assert_eq!(after.info, EntryInfo { size: 9, ..before.info });
    }
}

/// What is due later than a time.
pub async fn filters_by_due_time(store: Arc<dyn Store>) {
    let place = Place::queue("q");
    for (id, due) in [("before", -1), ("at", 0), ("after", 1)] {
        store.commit(vec![put(NewEntry { due: at(due), ..new_entry(&place, id) })]).await.unwrap();
    }
    let filter = EntryFilter { place: Some(place), due_after: Some(at(0)), ..EntryFilter::default() };
    let ids: Vec<String> = store.entries(filter).await.unwrap().into_iter().map(|e| e.id).collect();
    assert_eq!(ids, ["after"]);
}

/// An encrypted entry reads like any other, from every question.
pub async fn encrypts(store: Arc<dyn Store>) {
    let place = Place::queue("q");
    let new = NewEntry { encrypt: true, message: rich_message(), ..new_entry(&place, "a") };
    store.commit(vec![put(new)]).await.unwrap();
    let entry = store.find(&place, "a").await.unwrap().unwrap();
    assert!(entry.info.encrypted);
    assert_eq!(entry.message, rich_message());
    assert_eq!(entry.info.size, rich_message().body.len() as u64);
    // Also after a move: what it is bound to moves with it.
    let to = Place::queue("other");
    store.commit(vec![Change::Move { key: entry.info.key, to: to.clone(), due: NOW }]).await.unwrap();
    assert_eq!(store.claim(&to, NOW, 1, true).await.unwrap()[0].message, rich_message());
}

/// A moved entry waits and is due at the given time; a taken id at its goal fails the commit.
pub async fn moves(store: Arc<dyn Store>) {
    let (from, to) = (Place::queue("from"), Place::queue("to"));
    let new = NewEntry { state: EntryState::Escalated, created: at(-9), retries: 2, ..new_entry(&from, "a") };
    store.commit(vec![put(new)]).await.unwrap();
    let key = store.find(&from, "a").await.unwrap().unwrap().info.key;
    store.commit(vec![Change::Move { key, to: to.clone(), due: at(5) }]).await.unwrap();
    assert_eq!(store.find(&from, "a").await.unwrap(), None);
    let info = store.find(&to, "a").await.unwrap().unwrap().info;
    assert_eq!((info.key, info.state, info.due, info.created), (key, EntryState::Waiting, at(5), at(-9)));

    let other = put_all(&store, &from, &["a"]).await[0];
    let error = store.commit(vec![Change::Move { key: other, to: to.clone(), due: NOW }]).await.unwrap_err();
    assert_eq!(error, CommitError::Duplicate("entry `a` of queue to".to_owned()));
    // To where it is already, and of what is gone: no error, and no place appears.
    store.commit(vec![Change::Move { key, to, due: NOW }]).await.unwrap();
    store.commit(vec![Change::Move { key: EntryKey(999), to: Place::queue("new"), due: NOW }]).await.unwrap();
    assert_eq!(store.places(None, NOW).await.unwrap().len(), 2);
}

/// Dropping a place drops its entries and switches, and nothing else.
pub async fn drops_a_place(store: Arc<dyn Store>) {
    let (place, other) = (Place::queue("a"), Place::queue("b"));
    let keys = put_all(&store, &place, &["x", "y"]).await;
    put_all(&store, &other, &["x"]).await;
    let stop = Change::StopInterface { place: place.clone(), interface: "orders".to_owned(), stopped: true };
    store.commit(vec![stop, Change::StopPlace { place: place.clone(), stopped: true }]).await.unwrap();
    store.commit(vec![Change::DropPlace(place.clone()), Change::DropPlace(Place::queue("none"))]).await.unwrap();
    assert_eq!(store.entry(keys[0]).await.unwrap(), None);
    assert_eq!(store.places(None, NOW).await.unwrap().len(), 1);
    put_all(&store, &place, &["x"]).await;
    let places = store.places(None, NOW).await.unwrap();
    assert!(!places[0].stopped && places[0].stopped_interfaces.is_empty());
    assert_eq!(store.claim(&place, NOW, 9, false).await.unwrap().len(), 1);
}

/// Places are listed by kind, name and flow: those that were declared and those that something was put into.
pub async fn declares_places(store: Arc<dyn Store>) {
    let places = [
        Place::queue("a"),
        Place::queue("b"),
        Place::data_store("s", &Scope::Global),
        Place::data_store("s", &Scope::Flow("f".to_owned())),
        Place::delivery("f", "r"),
        Place::inbox("f", "main"),
    ];
    for place in places.iter().rev() {
        store.commit(vec![Change::Declare(place.clone()), Change::Declare(place.clone())]).await.unwrap();
    }
    let listed = |kind| {
        let store = &store;
        async move { store.places(kind, NOW).await.unwrap().into_iter().map(|line| line.place).collect::<Vec<_>>() }
    };
    assert_eq!(listed(None).await, places);
    assert_eq!(listed(Some(PlaceKind::DataStore)).await, places[2..4]);
}

/// A line per place: counts, switches, times.
pub async fn summarises_places(store: Arc<dyn Store>) {
    let place = Place::queue("q");
    let entry = |id: &str, state, due, created| NewEntry { state, due, created, ..new_entry(&place, id) };
    let changes = vec![
        put(entry("a", EntryState::Waiting, at(30), at(-1))),
        put(entry("b", EntryState::Waiting, at(20), at(-2))),
        put(entry("c", EntryState::Taken, at(10), at(-3))),
        put(entry("d", EntryState::Blocked, at(5), at(-4))),
        put(NewEntry { alert_at: NOW, ..entry("e", EntryState::Escalated, at(5), at(-5)) }),
        put(NewEntry { alert_at: at(1), ..entry("f", EntryState::InDoubt, at(5), at(-4)) }),
        Change::StopInterface { place: place.clone(), interface: "z".to_owned(), stopped: true },
        Change::StopInterface { place: place.clone(), interface: "a".to_owned(), stopped: true },
        Change::StopInterface { place: place.clone(), interface: "z".to_owned(), stopped: true },
        Change::StopPlace { place: place.clone(), stopped: true },
        Change::Declare(Place::queue("r")),
    ];
    store.commit(changes).await.unwrap();
    let full = PlaceSummary {
        place: place.clone(),
        stopped: true,
        stopped_interfaces: vec!["a".to_owned(), "z".to_owned()],
        entries: 6,
        waiting: 3,
        overdue: 1,
        blocked: 3,
        in_doubt: 1,
        next_due: Some(at(20)),
        oldest: Some(at(-5)),
    };
    let empty = PlaceSummary {
        place: Place::queue("r"),
        stopped: false,
        stopped_interfaces: Vec::new(),
        entries: 0,
        waiting: 0,
        overdue: 0,
        blocked: 0,
        in_doubt: 0,
        next_due: None,
        oldest: None,
    };
    assert_eq!(store.places(Some(PlaceKind::Queue), NOW).await.unwrap(), [full, empty]);
}

/// Every field of a filter restricts; paging goes by number.
pub async fn filters_entries(store: Arc<dyn Store>) {
    let (q, s) = (Place::queue("q"), Place::data_store("s", &Scope::Global));
    let mut changes = vec![
        put(new_entry(&q, "a")),
        put(NewEntry { state: EntryState::Escalated, ..new_entry(&q, "b") }),
        put(NewEntry { interface: "other".to_owned(), ..new_entry(&s, "c") }),
    ];
    changes.push(put(NewEntry { message_id: MessageId::from_text("A-a"), ..new_entry(&s, "d") }));
    store.commit(changes).await.unwrap();
    let all = store.entries(EntryFilter::default()).await.unwrap();
    let none = EntryFilter::default;
    let cases = [
        (none(), "abcd"),
        (EntryFilter { place: Some(q), ..none() }, "ab"),
        (EntryFilter { place: Some(Place::queue("unknown")), ..none() }, ""),
        (EntryFilter { kind: Some(PlaceKind::DataStore), ..none() }, "cd"),
        (EntryFilter { state: Some(EntryState::Escalated), ..none() }, "b"),
        (EntryFilter { interface: Some("orders".to_owned()), ..none() }, "abd"),
        (EntryFilter { message_id: Some(MessageId::from_text("A-a")), ..none() }, "ad"),
        (EntryFilter { after: Some(all[1].key), ..none() }, "cd"),
        (EntryFilter { limit: 3, ..none() }, "abc"),
        (EntryFilter { place: Some(s), after: Some(all[0].key), limit: 1, ..none() }, "c"),
    ];
    for (filter, expect) in cases {
        let found = store.entries(filter.clone()).await.unwrap();
        assert_eq!(found.iter().map(|info| info.id.as_str()).collect::<String>(), expect, "{filter:?}");
    }
}

/// A select gives waiting entries, due or not, oldest number first, without the excepted ones, and takes nothing.
pub async fn selects_in_stored_order(store: Arc<dyn Store>) {
    let place = Place::data_store("s", &Scope::Global);
    let due = |id: &str, ms| put(NewEntry { due: at(ms), ..new_entry(&place, id) });
    let blocked = put(NewEntry { state: EntryState::Blocked, ..new_entry(&place, "x") });
    store.commit(vec![due("a", 900), due("b", 0), blocked, due("c", 500), due("d", -5)]).await.unwrap();
    let b = store.find(&place, "b").await.unwrap().unwrap().info.key;
    for (max, except, expect) in [(9, vec![], "abcd"), (2, vec![], "ab"), (2, vec![b], "ac"), (0, vec![], "")] {
        let found = store.select(&place, max, &except).await.unwrap();
        assert_eq!(found.iter().map(|entry| entry.info.id.as_str()).collect::<String>(), expect, "{max} {except:?}");
        assert!(found.iter().all(|entry| !entry.message.body.is_empty()));
    }
    assert_eq!(store.select(&Place::queue("unknown"), 9, &[]).await.unwrap(), []);
}
