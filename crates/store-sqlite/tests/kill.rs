//! `kill -9` at random moments: what was acknowledged is there, and every commit is there as a whole or not at all.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test: an error is a failed test")]

mod common;

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use base::{Entropy, MessageId, Scope, SeededEntropy, Value};
use common::{Directory, open};
use store::conformance::{NOW, at, block_on, new_entry, put};
use store::{Change, EntryFilter, EntryState, Place, Store};

const DIR: &str = "STORE_KILL_DIR";
const ROUND: &str = "STORE_KILL_ROUND";
const ROUNDS: u32 = 20;
const PRODUCERS: usize = 4;

/// Not a test of its own: what the killed process runs. It commits until it is killed.
#[test]
fn child() {
    let (Ok(dir), Ok(round)) = (std::env::var(DIR), std::env::var(ROUND)) else { return };
    let store = Arc::new(open(dir.as_ref()).unwrap());
    block_on(store.recover(NOW)).unwrap();
    let producers = (0..PRODUCERS).map(|producer| {
        let (store, round) = (Arc::clone(&store), round.clone());
        std::thread::spawn(move || {
            for n in 0.. {
                let id = format!("{round}-{producer}-{n}");
                block_on(store.commit(changes(&id))).unwrap();
                say("committed", &id);
                // Every third is also taken, and then removed or put back.
                if n % 3 == 0 {
                    let place = Place::queue(format!("own {producer}"));
                    block_on(store.commit(vec![put(new_entry(&place, &id))])).unwrap();
                    let taken = block_on(store.claim(&place, NOW, 1, false)).unwrap();
                    say("taken", &taken[0].info.id);
                    block_on(store.commit(vec![Change::Remove(taken[0].info.key)])).unwrap();
                    say("removed", &taken[0].info.id);
                }
            }
        })
    });
    for producer in producers.collect::<Vec<_>>() {
        producer.join().unwrap();
    }
}

/// Written in one call, so that lines of several threads do not mix.
fn say(what: &str, id: &str) {
    std::io::stdout().write_all(format!("\nsaid {what} {id}\n").as_bytes()).unwrap();
}

/// One commit that touches several tables.
fn changes(id: &str) -> Vec<Change> {
    let variable = Change::SetVariable {
        scope: Scope::Global,
        name: id.to_owned(),
        value: Value::from(id),
        updated: NOW,
        expires: at(1),
    };
    let delivered = Change::Delivered {
        message: MessageId::from_text(id),
        flow: "f".to_owned(),
        deliveries: vec![base::DeliveryId([1; 16])],
        expires: at(1),
    };
    let entry = |place: &str| put(new_entry(&Place::queue(place), id));
    vec![entry("left"), variable, delivered, entry("right")]
}

#[test]
fn acknowledged_commits_survive_being_killed() {
    let dir = Directory::new();
    let entropy = SeededEntropy::new(7);
    let (mut committed, mut removed) = (Vec::new(), HashSet::new());
    for round in 0..ROUNDS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["child", "--exact", "--nocapture", "--test-threads=1"])
            .env(DIR, dir.path())
            .env(ROUND, round.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        // Only once it works, so that every round counts.
        let mut line = String::new();
        while !line.starts_with("said") {
            line.clear();
            assert!(output.read_line(&mut line).unwrap() > 0, "the child ended early");
        }
        let said = std::thread::spawn(move || {
            let rest = output.split(b'\n').map_while(Result::ok).map(|line| String::from_utf8(line).unwrap());
            std::iter::once(line.trim_end().to_owned()).chain(rest).collect::<Vec<_>>()
        });
        std::thread::sleep(Duration::from_millis(5 + entropy.next_u64() % 120));
        child.kill().unwrap();
        child.wait().unwrap();
        for line in said.join().unwrap() {
            match line.split(' ').collect::<Vec<_>>()[..] {
                ["said", "committed", id] => committed.push(id.to_owned()),
                ["said", "removed", id] => _ = removed.insert(id.to_owned()),
                _ => {}
            }
        }
    }
    assert!(committed.len() > 100, "only {} commits were acknowledged", committed.len());

    let store = open(dir.path()).unwrap();
    let ids = |place: &str| -> HashSet<String> {
        let filter = EntryFilter { place: Some(Place::queue(place)), limit: u32::MAX, ..EntryFilter::default() };
        block_on(store.entries(filter)).unwrap().into_iter().map(|info| info.id).collect()
    };
    let (left, right) = (ids("left"), ids("right"));
    let variables: HashSet<String> = block_on(store.variables()).unwrap().into_iter().map(|v| v.name).collect();
    assert_eq!(left, right, "half a commit");
    assert_eq!(left, variables, "half a commit");
    for id in &committed {
        assert!(left.contains(id), "{id} was acknowledged and is lost");
    }
    for id in &left {
        assert_eq!(block_on(store.delivered(&MessageId::from_text(id))).unwrap().len(), 1, "{id}");
        assert!(!block_on(store.find(&Place::queue("left"), id)).unwrap().unwrap().message.body.is_empty());
    }
    for producer in 0..PRODUCERS {
        for id in ids(&format!("own {producer}")) {
            assert!(!removed.contains(&id), "{id} was removed and is back");
        }
    }
    block_on(store.recover(NOW)).unwrap();
    let taken = EntryFilter { state: Some(EntryState::Taken), ..EntryFilter::default() };
    assert_eq!(block_on(store.entries(taken)).unwrap(), []);
}
