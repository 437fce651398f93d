//! Rules about taking entries and what becomes of them.

use std::sync::Arc;

use base::{EntryKey, Scope, Timestamp, Value};

use super::{NOW, at, claim, new_entry, put, put_all};
use crate::{Change, EntryInfo, EntryState, Expired, NewEntry, Place, Recovered, Store};

async fn due_entries(store: &Arc<dyn Store>, place: &Place, entries: &[(&str, i64)]) {
    let new = |(id, ms): &(&str, i64)| put(NewEntry { due: at(*ms), ..new_entry(place, id) });
    store.commit(entries.iter().map(new).collect()).await.unwrap();
}

async fn info(store: &Arc<dyn Store>, place: &Place, id: &str) -> EntryInfo {
    store.find(place, id).await.unwrap().unwrap().info
}

/// Oldest due time first, then oldest number; what is taken is not given again.
pub async fn claims_by_due_time(store: Arc<dyn Store>) {
    let place = Place::queue("q");
    due_entries(&store, &place, &[("a", -1), ("b", -3), ("c", -1), ("d", -2), ("e", -3)]).await;
    assert_eq!(claim(&store, &place, NOW, 0, false).await, [""; 0]);
    assert_eq!(claim(&store, &place, NOW, 3, false).await, ["b", "e", "d"]);
    assert_eq!(info(&store, &place, "b").await.state, EntryState::Taken);
    assert_eq!(claim(&store, &place, NOW, 9, false).await, ["a", "c"]);
    assert_eq!(claim(&store, &place, NOW, 9, false).await, [""; 0]);
}

/// Only waiting entries that are due, only of the place that was asked for.
pub async fn claims_the_due_only(store: Arc<dyn Store>) {
    let place = Place::queue("q");
    due_entries(&store, &place, &[("later", 1), ("now", 0)]).await;
    due_entries(&store, &Place::queue("other"), &[("x", -9)]).await;
    for state in [EntryState::Blocked, EntryState::Escalated, EntryState::InDoubt, EntryState::Taken] {
        store.commit(vec![put(NewEntry { state, ..new_entry(&place, state.as_str()) })]).await.unwrap();
    }
    let taken = store.claim(&place, NOW, 9, false).await.unwrap();
    assert_eq!(taken.iter().map(|entry| entry.info.id.as_str()).collect::<Vec<_>>(), ["now"]);
    assert_eq!((taken[0].info.state, &taken[0].message.body[..]), (EntryState::Taken, &b"body of now"[..]));
    assert_eq!(claim(&store, &place, at(1), 9, false).await, ["later"]);
    assert_eq!(claim(&store, &Place::queue("unknown"), NOW, 9, false).await, [""; 0]);
}

/// An exclusive queue gives its first entry by number, one at a time, and waits for it.
pub async fn claims_in_order(store: Arc<dyn Store>) {
    let place = Place::queue("q");
    due_entries(&store, &place, &[("first", 0), ("second", -9)]).await;
    assert_eq!(claim(&store, &place, at(-1), 9, true).await, [""; 0], "the first is not due");
    assert_eq!(claim(&store, &place, NOW, 9, true).await, ["first"]);
    assert_eq!(claim(&store, &place, NOW, 9, true).await, [""; 0], "the first is being processed");
    let key = info(&store, &place, "first").await.key;
    let back =
        |state| Change::Reschedule { key, state, due: at(50), retries: 1, crashes: 0, doubt: false, error: None };
    store.commit(vec![back(EntryState::Waiting)]).await.unwrap();
    assert_eq!(claim(&store, &place, NOW, 9, true).await, [""; 0], "the first waits for its retry");
    store.commit(vec![back(EntryState::Escalated)]).await.unwrap();
    assert_eq!(claim(&store, &place, NOW, 9, true).await, ["second"], "the first was put aside");
}

/// Of the entries of a key only the first is given, whatever holds it up; other keys and entries without one go on.
pub async fn keeps_the_order_of_keys(store: Arc<dyn Store>) {
    let (place, other) = (Place::delivery("f", "r"), Place::delivery("f", "s"));
    let keyed = |place: &Place, id: &str, key: &str, due: i64| {
        put(NewEntry { order_key: key.to_owned(), due: at(due), ..new_entry(place, id) })
    };
    let all = [("a1", "a", 0), ("b1", "b", 0), ("a2", "a", -9), ("x", "", 0), ("b2", "b", 0), ("a3", "a", 0)];
    store.commit(all.iter().map(|(id, key, due)| keyed(&place, id, key, *due)).collect()).await.unwrap();
    assert_eq!(store.next_due(&place, false).await.unwrap(), Some(NOW), "a2 is not due before a1 is gone");
    assert_eq!(claim(&store, &place, NOW, 9, false).await, ["a1", "b1", "x"]);
    let a1 = info(&store, &place, "a1").await;
    assert_eq!((a1.order_key.as_str(), a1.doubt), ("a", false));
    for state in [EntryState::Waiting, EntryState::Escalated, EntryState::InDoubt, EntryState::Blocked] {
        let (key, due) = (a1.key, at(50));
        let set = Change::Reschedule { key, state, due, retries: 1, crashes: 0, doubt: false, error: None };
        store.commit(vec![set]).await.unwrap();
        assert_eq!(claim(&store, &place, NOW, 9, false).await, [""; 0], "{state:?}");
    }
    store.commit(vec![Change::Remove(a1.key)]).await.unwrap();
    assert_eq!(store.next_due(&place, false).await.unwrap(), Some(at(-9)));
    assert_eq!(claim(&store, &place, NOW, 9, false).await, ["a2"]);

    // The head is replaced: the new one is the last of its key.
    store
        .commit(vec![put(NewEntry { overwrite: true, order_key: "b".to_owned(), ..new_entry(&place, "b1") })])
        .await
        .unwrap();
    assert_eq!(claim(&store, &place, NOW, 9, false).await, ["b2"]);

    // What is moved frees its key here and takes its turn by its number there.
    let (a2, a3) = (info(&store, &place, "a2").await.key, info(&store, &place, "a3").await.key);
    store.commit(vec![keyed(&other, "late", "a", 0)]).await.unwrap();
    store.commit(vec![Change::Move { key: a2, to: other.clone(), due: NOW }]).await.unwrap();
    assert_eq!(claim(&store, &place, NOW, 9, false).await, ["a3"]);
    assert_eq!(claim(&store, &other, NOW, 9, false).await, ["a2"]);
    store.commit(vec![Change::Remove(a2)]).await.unwrap();
    assert_eq!(claim(&store, &other, NOW, 9, false).await, ["late"]);

    // What expires makes room as well.
    let dying = NewEntry { order_key: "c".to_owned(), expires: at(1), due: at(90), ..new_entry(&place, "c1") };
    store.commit(vec![put(dying), keyed(&place, "c2", "c", 0), Change::Remove(a3)]).await.unwrap();
    assert_eq!(claim(&store, &place, NOW, 9, false).await, [""; 0]);
    store.sweep(at(2), 9).await.unwrap();
    assert_eq!(claim(&store, &place, NOW, 9, false).await, ["c2"]);
}

/// Doubt is kept, set, and comes by itself to a delivery that was being made when the process ended.
pub async fn doubts(store: Arc<dyn Store>) {
    let (place, queue) = (Place::delivery("f", "r"), Place::queue("q"));
    let doubtful = put(NewEntry { doubt: true, ..new_entry(&place, "a") });
    store.commit(vec![doubtful, put(new_entry(&place, "b")), put(new_entry(&queue, "c"))]).await.unwrap();
    let doubt = |store: Arc<dyn Store>, place: Place, id: &'static str| async move {
        store.find(&place, id).await.unwrap().unwrap().info.doubt
    };
    assert!(doubt(Arc::clone(&store), place.clone(), "a").await);
    let key = info(&store, &place, "a").await.key;
    let state = EntryState::Waiting;
    let clear = Change::Reschedule { key, state, due: at(9), retries: 1, crashes: 0, doubt: false, error: None };
    store.commit(vec![clear]).await.unwrap();
    assert!(!doubt(Arc::clone(&store), place.clone(), "a").await);
    claim(&store, &place, NOW, 9, false).await;
    claim(&store, &queue, NOW, 9, false).await;
    store.recover(at(1)).await.unwrap();
    assert!(!doubt(Arc::clone(&store), place.clone(), "a").await, "it waited");
    assert!(doubt(Arc::clone(&store), place, "b").await, "it was on its way");
    assert!(!doubt(store, queue, "c").await, "taking from a queue is inside");
}

/// A rescheduled entry has its new state, due time, counts and error; a missing one is no error.
pub async fn reschedules(store: Arc<dyn Store>) {
    let place = Place::delivery("f", "r");
    let key = put_all(&store, &place, &["a"]).await[0];
    claim(&store, &place, NOW, 1, false).await;
    let change = |key, error: Option<&str>| Change::Reschedule {
        key,
        state: EntryState::Waiting,
        due: at(60),
        retries: 2,
        crashes: 1,
        doubt: false,
        error: error.map(str::to_owned),
    };
    store.commit(vec![change(key, Some("no")), change(EntryKey(999), None)]).await.unwrap();
    let now = info(&store, &place, "a").await;
    assert_eq!((now.state, now.due, now.retries, now.crashes), (EntryState::Waiting, at(60), 2, 1));
    assert_eq!((now.error.as_deref(), now.created), (Some("no"), NOW));
    assert_eq!(claim(&store, &place, at(59), 1, false).await, [""; 0]);
    assert_eq!(claim(&store, &place, at(60), 1, false).await, ["a"]);
    store.commit(vec![change(key, None)]).await.unwrap();
    assert_eq!(info(&store, &place, "a").await.error, None);
}

/// A stopped place gives nothing; a stopped interface is stepped over, also in order, without holding the others up.
pub async fn skips_the_stopped(store: Arc<dyn Store>) {
    let place = Place::queue("q");
    let of = |id: &str, interface: &str| put(NewEntry { interface: interface.to_owned(), ..new_entry(&place, id) });
    store.commit(vec![of("a", "one"), of("b", "two"), of("c", "one"), of("d", "two")]).await.unwrap();
    let stop_place = |stopped| vec![Change::StopPlace { place: place.clone(), stopped }];
    let stop = |interface: &str, stopped| {
        vec![Change::StopInterface { place: place.clone(), interface: interface.to_owned(), stopped }]
    };

    store.commit(stop_place(true)).await.unwrap();
    assert_eq!(claim(&store, &place, NOW, 9, false).await, [""; 0]);
    assert_eq!(claim(&store, &place, NOW, 9, true).await, [""; 0]);
    assert_eq!(store.next_due(&place, false).await.unwrap(), None);
    store.commit(stop_place(false)).await.unwrap();

    store.commit(stop("one", true)).await.unwrap();
    assert_eq!(claim(&store, &place, NOW, 9, true).await, ["b"]);
    assert_eq!(claim(&store, &place, NOW, 9, true).await, [""; 0]);
    assert_eq!(claim(&store, &place, NOW, 9, false).await, ["d"]);
    assert_eq!(store.next_due(&place, false).await.unwrap(), None);

    // What was taken before its interface was stopped still holds its turn in an exclusive queue.
    let exclusive = Place::queue("exclusive");
    put_all(&store, &exclusive, &["x"]).await;
    assert_eq!(claim(&store, &exclusive, NOW, 1, true).await, ["x"]);
    let stop_orders =
        |place: &Place| Change::StopInterface { place: place.clone(), interface: "orders".to_owned(), stopped: true };
    let other = NewEntry { interface: "other".to_owned(), ..new_entry(&exclusive, "y") };
    store.commit(vec![stop_orders(&exclusive), put(other)]).await.unwrap();
    assert_eq!(claim(&store, &exclusive, NOW, 9, true).await, [""; 0]);
    assert_eq!(store.next_due(&exclusive, true).await.unwrap(), None);

    store.commit(stop("one", false)).await.unwrap();
    assert_eq!(claim(&store, &place, NOW, 9, false).await, ["a", "c"]);
}

/// The next due time of what can be taken; past times are told as they are.
pub async fn next_due(store: Arc<dyn Store>) {
    let place = Place::queue("q");
    assert_eq!(store.next_due(&place, false).await.unwrap(), None);
    due_entries(&store, &place, &[("a", 30), ("b", -20), ("c", 10)]).await;
    let due = |in_order| {
        let (store, place) = (&store, &place);
        async move { store.next_due(place, in_order).await.unwrap() }
    };
    assert_eq!((due(false).await, due(true).await), (Some(at(-20)), Some(at(30))));
    claim(&store, &place, NOW, 9, false).await;
    assert_eq!((due(false).await, due(true).await), (Some(at(10)), Some(at(30))));
    claim(&store, &place, at(30), 9, true).await;
    assert_eq!((due(false).await, due(true).await), (Some(at(10)), None));
}

/// After a start, what was taken waits again, is due now, and has one crash more.
pub async fn recovers(store: Arc<dyn Store>) {
    let (p, q) = (Place::queue("p"), Place::queue("q"));
    let keys = put_all(&store, &p, &["a", "b"]).await;
    let other = put_all(&store, &q, &["c"]).await[0];
    claim(&store, &q, NOW, 1, false).await;
    claim(&store, &p, NOW, 1, false).await;
    assert_eq!(store.recover(at(7)).await.unwrap(), Recovered { taken: vec![keys[0], other] });
    let a = info(&store, &p, "a").await;
    assert_eq!((a.state, a.due, a.crashes, a.retries), (EntryState::Waiting, at(7), 1, 0));
    assert_eq!(info(&store, &p, "b").await.crashes, 0);
    assert_eq!(store.recover(at(8)).await.unwrap(), Recovered::default());
    assert_eq!(claim(&store, &p, at(9), 9, false).await, ["b", "a"]);
}

/// What has expired goes and is named, at most so many at once; what is being processed stays.
pub async fn sweeps(store: Arc<dyn Store>) {
    let place = Place::queue("q");
    let until = |id: &str, ms| put(NewEntry { expires: at(ms), ..new_entry(&place, id) });
    let taken = put(NewEntry { expires: at(1), due: at(-1), ..new_entry(&place, "taken") });
    store.commit(vec![until("c", 3), until("a", 1), taken, until("b", 2), until("d", 4)]).await.unwrap();
    claim(&store, &place, at(-1), 1, false).await;
    let variable = |name: &str, ms| Change::SetVariable {
        scope: Scope::Global,
        name: name.to_owned(),
        value: Value::Int(1),
        updated: NOW,
        expires: at(ms),
    };
    store.commit(vec![variable("y", 4), variable("x", 3)]).await.unwrap();
    let sweep = |now: Timestamp, limit| {
        let store = &store;
        async move {
            let name = |gone: Expired| match gone {
                Expired::Entry(info) => info.id,
                Expired::Variable(_, name) => name,
            };
            store.sweep(now, limit).await.unwrap().into_iter().map(name).collect::<String>()
        }
    };
    assert_eq!(sweep(NOW, 9).await, "");
    assert_eq!(sweep(at(3), 2).await, "ab");
    assert_eq!(sweep(at(3), 2).await, "cx");
    assert_eq!(sweep(at(3), 2).await, "");
    assert_eq!(sweep(at(9), 9).await, "dy");
    assert_eq!(store.find(&place, "a").await.unwrap(), None);
    assert_eq!(info(&store, &place, "taken").await.state, EntryState::Taken);
}
