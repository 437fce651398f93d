//! The key: a start with another one is refused, and entries that it does not open hold up nobody.

use std::collections::BTreeSet;
use std::fs;
use std::process::Output;
use std::sync::atomic::Ordering;

use serde_json::Value;

use crate::world::{Receivers, World, until};

fn flows(receivers: &Receivers) -> [(&'static str, String); 2] {
    let put = "flow: put\nquality: exactly-once\nfrom: { http: /put }\nsteps: [{ send: q }]\n\
               receivers: { q: { queue: { name: q, encrypt: true } } }\n";
    let take = "flow: take\nquality: exactly-once\nfrom: { queue: { name: q, retry-interval: 1s, backoff: false } }\n\
                steps: [{ request: to }]\n";
    [("put", put.to_owned()), ("take", format!("{take}{}", receivers.block("to")))]
}

fn bodies(receivers: &Receivers) -> BTreeSet<String> {
    receivers.taken().into_iter().map(|taken| taken.body).collect()
}

/// Refused with the code, the key that was meant, and what to do; without a trace.
fn is_refused(world: &World, key: &str) {
    let before = fs::read(world.data().join("state.db")).expect("a database");
    let files = || fs::read_dir(world.data()).expect("data").flatten().map(|f| f.file_name()).collect::<BTreeSet<_>>();
    let present = files();
    let output = world.semel(&["run", "package", "--data", "data", "--listen", "127.0.0.1:0"]);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{text}");
    for part in ["S0403", key, "semel key accept --data data"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(fs::read(world.data().join("state.db")).expect("a database") == before, "nothing was changed");
    assert_eq!(present, files());
}

fn doctor(world: &World) -> (Option<i32>, Value) {
    let Output { status, stdout, .. } = world.semel(&["doctor", "--data", "data", "--format", "json"]);
    (status.code(), serde_json::from_slice(&stdout).expect("JSON"))
}

fn finding<'a>(found: &'a Value, code: &str) -> Vec<&'a str> {
    let found = found.as_array().expect("findings").iter();
    found.filter(|f| f["code"] == code).filter_map(|f| f["text"].as_str()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_key_is_noticed_at_the_start_and_stops_no_queue() {
    let receivers = Receivers::start().await;
    let world = World::new("key", &flows(&receivers));
    let key = world.data().join("key");
    let post = async |body: &str| {
        let server = world.start().await;
        assert_eq!(server.post("/put", body).await.status, 200);
        server
    };
    let waits = |count: usize| {
        let output = world.semel(&["queues", "entries", "q", "--data", "data", "--format", "json"]);
        serde_json::from_slice::<Value>(&output.stdout)
            .is_ok_and(|all| all.as_array().is_some_and(|a| a.len() == count))
    };
    receivers.status.store(503, Ordering::SeqCst);
    let server = post("one").await;
    until("the entry", async || waits(1)).await;
    assert_eq!(server.stop().await, Some(0));

    // Another key, none at all: refused, and no new one is made.
    let right = fs::read(&key).expect("a key");
    fs::write(&key, "0".repeat(64)).expect("another key");
    is_refused(&world, "data/key");
    let (code, found) = doctor(&world);
    assert_eq!((code, finding(&found, "S0403").len()), (Some(8), 1), "{found}");
    assert!(finding(&found, "S0009")[0].starts_with("1 entries cannot be read"), "{found}");
    fs::remove_file(&key).expect("the key");
    is_refused(&world, "data/key is missing");
    assert_eq!(doctor(&world).0, Some(8));

    // A person takes a new one: what the old one sealed is blocked, and what comes after it is taken.
    let output = world.semel(&["key", "accept", "--data", "data", "--format", "json"]);
    let facts: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!((&facts["encrypted"], &facts["unreadable"]), (&1.into(), &1.into()));
    receivers.status.store(200, Ordering::SeqCst);
    let server = post("two").await;
    until("what is behind it", async || bodies(&receivers).contains("two")).await;
    // It waited for its next try.
    until("it is blocked", async || server.api("queues/q/entries?state=blocked").await[0]["key"] == 1).await;
    let entries = server.api("queues/q/entries").await;
    assert_eq!(entries.as_array().map(Vec::len), Some(1), "{entries}");
    assert!(entries[0]["error"].as_str().is_some_and(|e| e.starts_with("S0009: ")), "{entries}");
    assert!(world.log().contains("an entry is blocked: S0009: entry 1"), "{}", world.log());
    assert!(finding(&doctor(&world).1, "S0009")[0].starts_with("1 entries cannot be read"));
    let refused = world.semel(&["key", "accept", "--data", "data"]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("S0101"), "a server runs");
    assert_eq!(server.stop().await, Some(0));

    // The old one is found: a retry reads the entry again.
    fs::write(&key, right).expect("the right key");
    is_refused(&world, "data/key");
    assert!(world.semel(&["key", "accept", "--data", "data"]).status.success());
    let server = world.start().await;
    assert!(bodies(&receivers).is_disjoint(&BTreeSet::from(["one".to_owned()])));
    assert!(world.semel(&["queues", "retry", "q", "--all", "--data", "data"]).status.success());
    until("the retry", async || bodies(&receivers).contains("one")).await;
    until("nothing waits", async || waits(0)).await;
    let (_, found) = doctor(&world);
    assert_eq!((finding(&found, "S0009").len(), finding(&found, "S0403").len()), (0, 0), "{found}");
    assert_eq!(server.stop().await, Some(0));
}
