//! Opening, closing and opening again: locks, versions, keys, and what is on the disk.
#![allow(clippy::unwrap_used, reason = "a test: an error is a failed test")]

mod common;

use std::sync::Arc;

use base::{SystemEntropy, Timestamp};
use common::{Directory, open, with_key};
use store::conformance::{NOW, block_on, new_entry, put, rich_message};
use store::{EntryState, LogEvent, LogLine, MessageLog, NewEntry, Place, Store};
use store_sqlite::{OpenError, Options, SqliteLog, SqliteStore};

#[test]
fn a_directory_has_one_user_at_a_time() {
    let dir = Directory::new();
    let store = open(dir.path()).unwrap();
    let log = SqliteLog::open(dir.path(), Options::default()).unwrap();
    assert!(matches!(open(dir.path()), Err(OpenError::InUse(_))));
    assert!(matches!(SqliteLog::open(dir.path(), Options::default()), Err(OpenError::InUse(_))));
    drop((store, log));
    open(dir.path()).unwrap();
}

#[cfg(unix)]
#[test]
fn files_are_for_their_owner_only_in_a_directory_for_all() {
    use std::os::unix::fs::PermissionsExt;
    let dir = Directory::new();
    std::fs::create_dir_all(dir.path()).unwrap();
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    // An older version left a file that others may read.
    std::fs::write(dir.path().join("state.db"), "").unwrap();
    std::fs::set_permissions(dir.path().join("state.db"), std::fs::Permissions::from_mode(0o644)).unwrap();
    let store = open(dir.path()).unwrap();
    let log = SqliteLog::open(dir.path(), Options::default()).unwrap();
    block_on(store.commit(vec![put(new_entry(&Place::queue("q"), "a"))])).unwrap();
    let mut names = Vec::new();
    for file in std::fs::read_dir(dir.path()).unwrap() {
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{file:?}");
        names.push(file.file_name().into_string().unwrap());
    }
    for name in ["lock", "log.lock", "state.db", "state.db-wal", "state.db-shm", "log.db", "log.db-wal", "log.db-shm"] {
        assert!(names.iter().any(|n| n == name), "{name} is not in {names:?}");
    }
    drop((store, log));
}

#[test]
fn what_was_committed_is_there_after_opening_again() {
    let dir = Directory::new();
    let place = Place::queue("q");
    let store = open(dir.path()).unwrap();
    let encrypted = NewEntry { encrypt: true, message: rich_message(), ..new_entry(&place, "b") };
    block_on(store.commit(vec![put(new_entry(&place, "a")), put(encrypted)])).unwrap();
    block_on(store.claim(&place, NOW, 1, false)).unwrap();
    drop(store);

    let store = open(dir.path()).unwrap();
    assert_eq!(block_on(store.find(&place, "a")).unwrap().unwrap().info.state, EntryState::Taken);
    assert_eq!(block_on(store.recover(NOW)).unwrap().taken.len(), 1);
    assert_eq!(block_on(store.find(&place, "b")).unwrap().unwrap().message, rich_message());
}

#[test]
fn a_newer_file_is_left_alone() {
    let dir = Directory::new();
    drop(open(dir.path()).unwrap());
    let connection = rusqlite::Connection::open(dir.path().join("state.db")).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    let error = open(dir.path()).unwrap_err();
    assert!(matches!(error, OpenError::Newer { found: 99, .. }));
    assert!(error.to_string().starts_with("S0102: "), "{error}");
}

#[test]
fn an_older_database_is_brought_up_to_date() {
    let dir = Directory::new();
    std::fs::create_dir_all(dir.path()).unwrap();
    let connection = rusqlite::Connection::open(dir.path().join("state.db")).unwrap();
    for sql in [include_str!("../src/sql/state-1.sql"), include_str!("../src/sql/state-2.sql")] {
        connection.execute_batch(sql).unwrap();
    }
    connection
        .execute_batch(
            "INSERT INTO delivered VALUES ('A1', 0, 'f', x'01010101010101010101010101010101', 9);
             INSERT INTO place (kind, name, flow) VALUES ('delivery', 'r', 'f');
             INSERT INTO entry (place, id, message, correlation, interface, state, created, due, alert_at, expires,
                 retries, crashes, size, encrypted) VALUES (1, 'x', 'A1', 'A1', 'f', 'waiting', 1, 1, 1, 9, 0, 0, 0, 0);
             INSERT INTO payload (entry, body, attachments) VALUES (1, x'', 0);
             PRAGMA user_version = 2; PRAGMA application_id = 1399156076;",
        )
        .unwrap();
    drop(connection);
    let store = open(dir.path()).unwrap();
    let message = base::MessageId::from_text("A1");
    let over = (base::DeliveryId([1; 16]), store::DeliveryEnd::Delivered);
    assert_eq!(block_on(store.outcomes(&message)).unwrap(), [over]);
    let entry = block_on(store.find(&Place::delivery("f", "r"), "x")).unwrap().unwrap();
    assert_eq!((entry.info.origin.as_ref(), entry.info.recorded_under()), (None, &message));
}

#[test]
fn what_is_no_database_is_refused() {
    let dir = Directory::new();
    std::fs::create_dir_all(dir.path()).unwrap();
    std::fs::write(dir.path().join("state.db"), "not a database at all, but long enough to be looked at".repeat(99))
        .unwrap();
    let error = SqliteStore::open(dir.path(), with_key(), Arc::new(SystemEntropy)).unwrap_err();
    assert!(error.to_string().contains("S0003"), "{error}");
    let file = dir.path().join("file");
    std::fs::write(&file, "").unwrap();
    assert!(matches!(open(&file), Err(OpenError::Io { .. })));
}

/// A database with an entry, closed, damaged by `damage`, and what opening it again says.
fn reopened(damage: impl FnOnce(&std::path::Path)) -> String {
    let dir = Directory::new();
    let store = open(dir.path()).unwrap();
    let changes = (0..200).map(|n| put(new_entry(&Place::queue("q"), &n.to_string())));
    block_on(store.commit(changes.collect())).unwrap();
    drop(store);
    damage(&dir.path().join("state.db"));
    let before = std::fs::read(dir.path().join("state.db")).unwrap_or_default();
    let error = open(dir.path()).err().map(|e| e.to_string()).unwrap_or_default();
    assert!(std::fs::read(dir.path().join("state.db")).unwrap_or_default() == before, "it was changed");
    error
}

#[test]
fn a_damaged_state_is_refused_and_left_alone() {
    let write = |at: usize, length: usize| {
        move |path: &std::path::Path| {
            let mut bytes = std::fs::read(path).unwrap();
            bytes[at..at + length].fill(0xa5);
            std::fs::write(path, bytes).unwrap();
        }
    };
    let cut = |path: &std::path::Path| {
        let length = std::fs::metadata(path).unwrap().len();
        std::fs::File::options().write(true).open(path).unwrap().set_len(length / 2).unwrap();
    };
    let lost = |path: &std::path::Path| {
        std::fs::remove_file(path).unwrap();
        std::fs::write(path.with_file_name("state.db-wal"), "something").unwrap();
    };
    for (what, error) in [
        ("header", reopened(write(0, 100))),
        ("schema", reopened(write(100, 2_000))),
        ("pages", reopened(write(5 * 4_096, 40_960))),
        ("cut", reopened(cut)),
        ("lost", reopened(lost)),
    ] {
        assert!(error.starts_with("S0003: ") && error.contains("state.db"), "{what}: {error}");
    }
    assert_eq!(reopened(|_| {}), "");
}

/// What a kill leaves, without its write-ahead log: the log's index says that commits stood there.
#[test]
fn commits_whose_write_ahead_log_is_gone_are_missed() {
    let dir = Directory::new();
    let store = open(dir.path()).unwrap();
    block_on(store.commit(vec![put(new_entry(&Place::queue("q"), "a"))])).unwrap();
    let nothing = |_: &std::path::Path| {};
    let empty = |path: &std::path::Path| std::fs::write(path, "").unwrap();
    let remove = |path: &std::path::Path| std::fs::remove_file(path).unwrap();
    for (what, damage, missed) in [
        ("all are there", &nothing as &dyn Fn(&std::path::Path), false),
        ("removed", &remove, true),
        ("emptied", &empty, true),
    ] {
        let left = Directory::new();
        std::fs::create_dir(left.path()).unwrap();
        for name in ["state.db", "state.db-wal", "state.db-shm"] {
            std::fs::copy(dir.path().join(name), left.path().join(name)).unwrap();
        }
        damage(&left.path().join("state.db-wal"));
        let look = || store_sqlite::care::inspect(left.path(), store_sqlite::care::Which::State, Timestamp(0), None);
        let problems = look().unwrap().unwrap().problems.concat();
        let error = open(left.path()).err().map(|e| e.to_string()).unwrap_or_default();
        assert_eq!(
            (problems.contains("-wal is missing"), error.contains("-wal is missing")),
            (missed, missed),
            "{what}: {error}"
        );
        assert_eq!(error.starts_with("S0003: "), missed, "{what}: {error}");
    }
    drop(store);
    assert!(open(dir.path()).is_ok(), "after a stop there is none, and none is missed");
}

#[test]
fn a_damaged_log_is_set_aside() {
    let dir = Directory::new();
    let (path, aside) = (dir.path().join("log.db"), dir.path().join("log.db.damaged-1"));
    let line = |n: i64| {
        LogEvent::Line(LogLine { message: base::MessageId::from_text("A"), at: Timestamp(n), text: n.to_string() })
    };
    let write = |n: i64| {
        let log = SqliteLog::open(dir.path(), Options::default()).unwrap();
        log.record(line(n));
        block_on(log.flush());
    };
    write(1);
    std::fs::write(&path, "nothing that is a database ".repeat(500)).unwrap();
    // A write-ahead log that was left would mend the damage.
    for end in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(dir.path().join(format!("log.db{end}")));
    }
    write(2);
    assert!(aside.exists() && path.exists());
    // Damage that was seen while it was written.
    std::fs::write(dir.path().join("log.db.damaged"), "").unwrap();
    write(3);
    assert!(dir.path().join("log.db.damaged-2").exists() && !dir.path().join("log.db.damaged").exists());
    write(4);
    assert!(!dir.path().join("log.db.damaged-3").exists());
}

#[test]
fn names_that_json_readers_stumble_over_survive() {
    let dir = Directory::new();
    let place = Place::queue("q");
    let mut message = base::Message::of("x");
    for name in ["$serde_json::private::Number", "$", "$$", "float", "map"] {
        message.headers.set(name, "1");
        message.properties.insert(name.to_owned(), base::Value::Bool(true));
    }
    let store = open(dir.path()).unwrap();
    block_on(store.commit(vec![put(NewEntry { message: message.clone(), ..new_entry(&place, "a") })])).unwrap();
    assert_eq!(block_on(store.find(&place, "a")).unwrap().unwrap().message, message);
}

#[test]
fn a_log_that_cannot_keep_up_says_so() {
    let dir = Directory::new();
    let log = SqliteLog::open(dir.path(), Options::default()).unwrap();
    let line = |n: i64| {
        let (message, text) = (base::MessageId::from_text("A"), n.to_string());
        LogEvent::Line(LogLine { message, at: Timestamp(n), text })
    };
    let all = 300_000;
    for n in 0..all {
        log.record(line(n));
    }
    block_on(log.flush());
    log.record(line(all));
    block_on(log.flush());
    drop(log);
    let connection = rusqlite::Connection::open(dir.path().join("log.db")).unwrap();
    let count = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    let written = count("SELECT COUNT(*) FROM line WHERE message = 'A'");
    let dropped = count(
        "SELECT COALESCE(SUM(CAST(SUBSTR(text, 8) AS INTEGER)), 0) FROM line WHERE message = '' AND text LIKE 'S0201: %'",
    );
    assert!(dropped > 0, "this machine is too fast for this test: record more lines");
    assert_eq!(written + dropped, all + 1);
}

#[test]
fn many_places_and_entries_cost_little() {
    let dir = Directory::new();
    let store = open(dir.path()).unwrap();
    for part in 0..100 {
        let changes = (0..1_000).map(|n| {
            let number = part * 1_000 + n;
            put(new_entry(&Place::queue(format!("queue {}", number % 10_000)), &number.to_string()))
        });
        block_on(store.commit(changes.collect())).unwrap();
    }
    drop(store);
    let timed = |what: &str, limit_ms: u128, work: &mut dyn FnMut()| {
        #[expect(clippy::disallowed_methods, reason = "measures real time")]
        let start = std::time::Instant::now();
        work();
        let took = start.elapsed().as_millis();
        println!("{what}: {took} ms");
        assert!(took < limit_ms, "{what} took {took} ms");
    };
    let mut store = None;
    timed("open", 2_000, &mut || store = Some(open(dir.path()).unwrap()));
    let store = store.unwrap();
    timed("places", 1_000, &mut || assert_eq!(block_on(store.places(None, NOW)).unwrap().len(), 10_000));
    timed("recover", 1_000, &mut || assert!(block_on(store.recover(NOW)).unwrap().taken.is_empty()));
    timed("claim", 1_000, &mut || {
        assert_eq!(block_on(store.claim(&Place::queue("queue 77"), NOW, 5, false)).unwrap().len(), 5);
    });
}
