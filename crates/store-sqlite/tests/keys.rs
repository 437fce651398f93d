//! Keys: what needs one, another one than before, and entries that cannot be read and must hold up nobody else.
#![allow(clippy::unwrap_used, reason = "a test: an error is a failed test")]

mod common;

use std::path::Path;
use std::sync::Arc;

use base::{SystemEntropy, Timestamp};
use common::{Directory, open, with_key};
use store::conformance::{NOW, block_on, new_entry, put};
use store::{Change, Entry, EntryFilter, EntryInfo, EntryState, NewEntry, Place, Store};
use store_sqlite::care::{
    AcceptFacts, Backup, Inspection, Restore, Which, accept_key, backup, has_key, inspect, restore,
};
use store_sqlite::{OpenError, Options, SqliteStore};

const OTHER: [u8; 32] = [8; 32];

fn open_with(dir: &Path, key: Option<[u8; 32]>) -> Result<SqliteStore, OpenError> {
    SqliteStore::open(dir, Options { key, ..Options::default() }, Arc::new(SystemEntropy))
}

fn sql(dir: &Path, statement: &str) {
    rusqlite::Connection::open(dir.join("state.db")).unwrap().execute_batch(statement).unwrap();
}

/// What was damaged, as it was.
const KEEP: &str = "CREATE TABLE kept AS SELECT * FROM payload";
const MEND: &str =
    "UPDATE payload SET (headers, body) = (SELECT headers, body FROM kept WHERE kept.entry = payload.entry)";

/// Sealed and plain entries of which the second of each is damaged.
fn damaged(dir: &Path, place: &Place, keyed: bool) -> SqliteStore {
    let store = open(dir).unwrap();
    let entry = |(id, encrypt, order_key): (&str, bool, &str)| {
        let order_key = if keyed { order_key.to_owned() } else { String::new() };
        put(NewEntry { encrypt, order_key, ..new_entry(place, id) })
    };
    let all = [
        ("s1", true, "a"),
        ("s2", true, "b"),
        ("s3", true, "b"),
        ("p1", false, "c"),
        ("p2", false, "d"),
        ("p3", false, "d"),
    ];
    block_on(store.commit(all.map(entry).to_vec())).unwrap();
    drop(store);
    sql(dir, KEEP);
    sql(dir, "UPDATE payload SET body = zeroblob(80) WHERE entry = 2");
    sql(dir, "UPDATE payload SET headers = '{' WHERE entry = 5");
    open(dir).unwrap()
}

fn ids(entries: &[Entry]) -> Vec<&str> {
    entries.iter().map(|entry| entry.info.id.as_str()).collect()
}

fn blocked(store: &SqliteStore) -> Vec<EntryInfo> {
    block_on(store.entries(EntryFilter { state: Some(EntryState::Blocked), ..EntryFilter::default() })).unwrap()
}

/// The two that cannot be read are blocked, each with the reason.
fn are_set_aside(store: &SqliteStore) {
    let infos = blocked(store);
    assert_eq!(infos.iter().map(|info| info.id.as_str()).collect::<Vec<_>>(), ["s2", "p2"]);
    assert!(
        infos.iter().all(|info| info.error.as_ref().is_some_and(|error| error.starts_with("S0009: "))),
        "{infos:?}"
    );
}

#[test]
fn a_claim_gives_all_others() {
    for (in_order, keyed, given) in [
        (false, false, [&["s1", "s3", "p1"][..], &["p3"], &[]]),
        // What is behind it in its key waits for it.
        (false, true, [&["s1", "p1"], &[], &[]]),
        (true, false, [&["s1"], &["s3"], &["p1"]]),
    ] {
        let (dir, place, later) = (Directory::new(), Place::queue("q"), Timestamp(NOW.0 + 5));
        let store = damaged(dir.path(), &place, keyed);
        for wanted in given {
            let taken = block_on(store.claim(&place, later, 3, in_order)).unwrap();
            assert_eq!(ids(&taken), wanted, "in order: {in_order}, keyed: {keyed}");
            assert!(taken.iter().all(|entry| entry.info.state == EntryState::Taken));
            if in_order {
                block_on(store.commit(vec![Change::Remove(taken[0].info.key)])).unwrap();
            }
        }
        if in_order {
            assert_eq!(ids(&block_on(store.claim(&place, NOW, 3, true)).unwrap()), ["p3"]);
        }
        are_set_aside(&store);
        assert!(blocked(&store).iter().all(|info| in_order || info.due == later), "since when a person is waited for");
    }
}

#[test]
fn a_select_gives_as_many_as_were_asked_for() {
    let (dir, place) = (Directory::new(), Place::queue("q"));
    let store = damaged(dir.path(), &place, false);
    assert_eq!(ids(&block_on(store.select(&place, 2, &[])).unwrap()), ["s1", "s3"]);
    assert_eq!(blocked(&store).len(), 1);
    assert_eq!(ids(&block_on(store.select(&place, 9, &[])).unwrap()), ["s1", "s3", "p1", "p3"]);
    are_set_aside(&store);
    // Who asks for one by its name is told why it cannot be had.
    assert!(block_on(store.find(&place, "s2")).unwrap_err().0.starts_with("S0009: "));
}

#[test]
fn a_retry_reads_it_again() {
    let (dir, place) = (Directory::new(), Place::queue("q"));
    let store = damaged(dir.path(), &place, false);
    let claim = |store: &SqliteStore| block_on(store.claim(&place, NOW, 9, false)).unwrap();
    claim(&store);
    let retry = |store: &SqliteStore| {
        let again = blocked(store).into_iter().map(|info| Change::Reschedule {
            key: info.key,
            state: EntryState::Waiting,
            due: NOW,
            retries: 0,
            crashes: 0,
            doubt: false,
            error: None,
        });
        block_on(store.commit(again.collect())).unwrap();
    };
    retry(&store);
    assert_eq!(ids(&claim(&store)), [""; 0]);
    are_set_aside(&store);
    drop(store);
    sql(dir.path(), MEND);
    let store = open(dir.path()).unwrap();
    retry(&store);
    let taken = claim(&store);
    assert_eq!(ids(&taken), ["s2", "p2"]);
    assert!(taken.iter().all(|entry| entry.message.body == format!("body of {}", entry.info.id)));
}

#[test]
fn thousands_hold_up_nobody() {
    let (dir, place) = (Directory::new(), Place::queue("q"));
    let store = open(dir.path()).unwrap();
    let entry = |n: i32| put(NewEntry { encrypt: n < 3_000, ..new_entry(&place, &n.to_string()) });
    block_on(store.commit((0..3_001).map(entry).collect())).unwrap();
    drop(store);
    sql(dir.path(), "UPDATE payload SET body = zeroblob(80) WHERE entry <= 3000");
    let store = open(dir.path()).unwrap();
    assert_eq!(ids(&block_on(store.select(&place, 1, &[])).unwrap()), ["3000"]);
    assert_eq!(ids(&block_on(store.claim(&place, NOW, 1, false)).unwrap()), ["3000"]);
    let summary = block_on(store.places(None, NOW)).unwrap().remove(0);
    assert_eq!((summary.blocked, summary.waiting), (3_000, 1));
}

#[test]
fn encrypted_payloads_need_their_key_and_leave_no_trace() {
    let dir = Directory::new();
    let place = Place::queue("q");
    let secret =
        NewEntry { encrypt: true, message: base::Message::of("the secret of the house"), ..new_entry(&place, "a") };
    let store = open(dir.path()).unwrap();
    block_on(store.commit(vec![put(secret.clone())])).unwrap();
    drop(store);
    for file in std::fs::read_dir(dir.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(10).any(|window| window == b"the secret"));
    }
    for key in [None, Some(OTHER)] {
        if let Some(other) = &key {
            accept_key(dir.path(), other, Arc::new(SystemEntropy)).unwrap();
        }
        let store = open_with(dir.path(), key).unwrap();
        let error = block_on(store.find(&place, "a")).unwrap_err();
        assert!(error.0.starts_with("S0009: "), "{error}");
        // Lists need no key; without one nothing can be encrypted, and nothing is stored as plain text instead.
        assert_eq!(block_on(store.entries(store::EntryFilter::default())).unwrap().len(), 1);
        if key.is_none() {
            let other = NewEntry { id: "b".to_owned(), ..secret.clone() };
            let error = block_on(store.commit(vec![put(other)])).unwrap_err();
            assert!(error.to_string().starts_with("S0009: "), "{error}");
            assert_eq!(block_on(store.find(&place, "b")).unwrap(), None);
        }
    }
}

#[test]
fn sealed_payloads_cannot_be_swapped() {
    let dir = Directory::new();
    let place = Place::queue("q");
    let sealed = |id: &str| put(NewEntry { encrypt: true, ..new_entry(&place, id) });
    block_on(open(dir.path()).unwrap().commit(vec![sealed("a"), sealed("b")])).unwrap();
    let connection = rusqlite::Connection::open(dir.path().join("state.db")).unwrap();
    connection
        .execute("UPDATE payload SET body = (SELECT body FROM payload WHERE entry = 2) WHERE entry = 1", [])
        .unwrap();
    drop(connection);
    let store = open(dir.path()).unwrap();
    assert!(block_on(store.find(&place, "a")).unwrap_err().0.starts_with("S0009: "));
    assert!(block_on(store.find(&place, "b")).unwrap().is_some());
}

/// What the files of a directory hold, without what changes at every start.
fn content(dir: &Path) -> Vec<u8> {
    std::fs::read(dir.join("state.db")).unwrap()
}

fn look(dir: &Path, key: Option<&[u8; 32]>) -> Inspection {
    inspect(dir, Which::State, Timestamp(0), key).unwrap().unwrap()
}

#[test]
fn a_start_with_another_key_is_refused() {
    let place = Place::queue("q");
    let seal = |store: &SqliteStore, id: &str| {
        block_on(store.commit(vec![put(NewEntry { encrypt: true, ..new_entry(&place, id) })])).unwrap();
    };
    // With an entry or without one; with the check value, or of a version that had none.
    for (sealed, old) in [(false, false), (true, false), (true, true)] {
        let dir = Directory::new();
        assert!(!has_key(dir.path()).unwrap());
        let store = open(dir.path()).unwrap();
        if sealed {
            seal(&store, "a");
        }
        drop(store);
        if old {
            sql(dir.path(), "DELETE FROM meta WHERE name = 'key-check'");
        }
        let before = content(dir.path());
        assert!(has_key(dir.path()).unwrap());
        let error = open_with(dir.path(), Some(OTHER)).unwrap_err();
        assert!(matches!(error, OpenError::OtherKey(_)) && error.to_string().starts_with("S0403: "), "{error}");
        assert_eq!(look(dir.path(), Some(&OTHER)).key_fits, Some(false));
        assert!(content(dir.path()) == before, "nothing was changed");
        drop(open(dir.path()).unwrap());
        // Without a check value the next start has made one.
        assert!(matches!(open_with(dir.path(), Some(OTHER)), Err(OpenError::OtherKey(_))));
        drop(open_with(dir.path(), None).unwrap());

        // A person takes the other one: what the first one sealed is not lost, and not read either.
        let facts = accept_key(dir.path(), &OTHER, Arc::new(SystemEntropy)).unwrap();
        let number = u64::from(sealed);
        assert_eq!(facts, AcceptFacts { encrypted: number, unreadable: number });
        assert!(matches!(open(dir.path()), Err(OpenError::OtherKey(_))));
        let store = open_with(dir.path(), Some(OTHER)).unwrap();
        seal(&store, "b");
        assert_eq!(ids(&block_on(store.claim(&place, NOW, 9, false)).unwrap()), ["b"]);
        assert_eq!(blocked(&store).len(), usize::from(sealed));
        drop(store);
        let seen = look(dir.path(), Some(&OTHER));
        assert_eq!((seen.key_fits, seen.encrypted, seen.unreadable), (Some(true), 1 + number, number));
        assert_eq!(look(dir.path(), None).unreadable, 1 + number);
    }
}

#[test]
fn a_database_of_an_older_version_takes_the_key_that_opens_anything() {
    let (dir, place) = (Directory::new(), Place::queue("q"));
    drop(damaged(dir.path(), &place, false));
    // The newest sealed entry is not the one that can be read.
    sql(
        dir.path(),
        "DELETE FROM meta WHERE name = 'key-check'; UPDATE payload SET body = zeroblob(80) WHERE entry = 3",
    );
    drop(open(dir.path()).unwrap());
    assert!(matches!(open_with(dir.path(), Some(OTHER)), Err(OpenError::OtherKey(_))));
    assert_eq!(look(dir.path(), with_key().key.as_ref()).unreadable, 3);
}

/// A machine is lost with its key, and a backup is brought back.
#[test]
fn a_restore_needs_the_key_where_something_is_sealed() {
    for sealed in [false, true] {
        let (from, to, place) = (Directory::new(), Directory::new(), Place::queue("q"));
        let store = open(from.path()).unwrap();
        block_on(store.commit(vec![put(NewEntry { encrypt: sealed, ..new_entry(&place, "a") })])).unwrap();
        let file = from.path().join("backup");
        backup(from.path(), &file, &Backup::default(), NOW).unwrap();
        restore(&file, to.path(), Restore::default(), NOW).unwrap();
        assert_eq!(has_key(to.path()).unwrap(), sealed);
        assert_eq!(open_with(to.path(), Some(OTHER)).is_err(), sealed);
    }
}
