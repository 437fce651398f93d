//! Disks that are full, files that cannot be written, commits that fail beside others: errors with their codes, no panic.

use std::path::Path;
use std::sync::Arc;

use base::SystemEntropy;
use store::conformance::{NOW, block_on, new_entry, put};
use store::{CommitError, Place, Store, StoreError};

use crate::{Options, SqliteStore};

fn with_store(name: &str, test: impl FnOnce(&SqliteStore)) {
    let dir =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tmp").join(format!("{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&dir);
    let store = SqliteStore::open(&dir, Options::default(), Arc::new(SystemEntropy)).unwrap();
    test(&store);
    drop(store);
    std::fs::remove_dir_all(&dir).unwrap();
}

/// Runs a pragma on the writing connection.
fn pragma(store: &SqliteStore, sql: &'static str) -> i64 {
    let work = move |connection: &rusqlite::Connection| Ok(connection.query_row(sql, [], |row| row.get(0))?);
    block_on(store.writer.write::<_, StoreError, _>(work)).unwrap()
}

fn commit(store: &SqliteStore, id: &str, bytes: usize) -> Result<(), CommitError> {
    let mut entry = new_entry(&Place::queue("q"), id);
    entry.message.body = vec![b'x'; bytes].into();
    block_on(store.commit(vec![put(entry)]))
}

fn entries(store: &SqliteStore) -> usize {
    block_on(store.entries(store::EntryFilter::default())).unwrap().len()
}

#[test]
fn a_full_disk_refuses_until_there_is_space_again() {
    with_store("full", |store| {
        commit(store, "before", 10).unwrap();
        let limit: &'static str = format!("PRAGMA max_page_count = {}", pragma(store, "PRAGMA page_count") + 20).leak();
        pragma(store, limit);
        let error = commit(store, "large", 1 << 20).unwrap_err();
        assert!(error.to_string().starts_with("S0001: "), "{error}");
        assert_eq!(entries(store), 1);
        // Small ones still fit, until they do not; all callers of one transaction get an answer.
        let small: Vec<_> = (0..200).map(|n| commit(store, &n.to_string(), 3_000).is_ok()).collect();
        assert!(small[0] && !small[199]);
        let stored = 1 + small.iter().filter(|ok| **ok).count();
        assert_eq!(entries(store), stored);
        pragma(store, "PRAGMA max_page_count = 1000000");
        commit(store, "large", 1 << 20).unwrap();
        assert_eq!(entries(store), stored + 1);
    });
}

#[test]
fn a_file_that_cannot_be_written_refuses() {
    with_store("read-only", |store| {
        commit(store, "before", 10).unwrap();
        let work = |connection: &rusqlite::Connection| Ok(connection.pragma_update(None, "query_only", true)?);
        block_on(store.writer.write::<_, StoreError, _>(work)).unwrap();
        for _ in 0..2 {
            let error = commit(store, "after", 10).unwrap_err();
            assert!(error.to_string().starts_with("S0002: "), "{error}");
            let claimed = block_on(store.claim(&Place::queue("q"), NOW, 1, false));
            assert!(claimed.unwrap_err().0.starts_with("S0002: "));
        }
        assert_eq!(entries(store), 1);
    });
}

#[test]
fn one_failure_in_a_batch_costs_the_others_nothing() {
    with_store("batch", |store| {
        // All are asked before the first is waited for, so that many share a transaction.
        let asked: Vec<_> =
            (0..300).map(|n| store.commit(vec![put(new_entry(&Place::queue("q"), &(n % 100).to_string()))])).collect();
        let handles: Vec<_> = asked.into_iter().map(block_on).collect();
        assert_eq!(handles.iter().filter(|result| result.is_ok()).count(), 100);
        assert!(handles.iter().filter_map(|r| r.as_ref().err()).all(|e| matches!(e, CommitError::Duplicate(_))));
        assert_eq!(entries(store), 100);
    });
}

#[test]
fn files_that_are_deleted_or_exchanged_take_nothing_more() {
    let dir = |name: &str| {
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../target/tmp/{name}-{}", std::process::id()))
    };
    for lost in ["state.db", "state.db-wal"] {
        let (here, there) = (dir("gone"), dir("gone-elsewhere"));
        let _ = std::fs::remove_dir_all(&here);
        let _ = std::fs::remove_dir_all(&there);
        let store = SqliteStore::open(&here, Options::default(), Arc::new(SystemEntropy)).unwrap();
        commit(&store, "1", 10).unwrap();
        std::fs::create_dir_all(&there).unwrap();
        std::fs::rename(here.join(lost), there.join(lost)).unwrap();
        let refused = |id| commit(&store, id, 10).unwrap_err().to_string();
        assert!(refused("2").starts_with("S0002: "), "{lost}: {}", refused("2"));
        std::fs::copy(there.join(lost), here.join(lost)).unwrap();
        assert!(refused("3").starts_with("S0002: "), "{lost}, another file: {}", refused("3"));
        std::fs::rename(there.join(lost), here.join(lost)).unwrap();
        commit(&store, "4", 10).unwrap();
        assert_eq!(entries(&store), 2, "{lost}: what was refused is not there");
        drop(store);
        std::fs::remove_dir_all(&here).unwrap();
        std::fs::remove_dir_all(&there).unwrap();
    }
}
