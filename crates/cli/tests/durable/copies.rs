//! Backups made under load, and what a restore makes of them: compared with what the receivers got.

use std::collections::BTreeSet;
use std::fs;
use std::process::Output;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::Value;

use crate::world::{Receivers, Server, Taken, World, until};

pub(crate) fn flows(receivers: &Receivers) -> [(&'static str, String); 2] {
    let once = "flow: once\nfrom: { http: /once }\nquality: exactly-once\nsteps:\n  - send: to\n";
    let first =
        "flow: first\nfrom: { http: /first }\npersistence: first\nquality: exactly-once\nsteps:\n  - send: other\n";
    [("once", format!("{once}{}", receivers.block("to"))), ("first", format!("{first}{}", receivers.block("other")))]
}

fn good(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    text
}

fn refused(output: &Output, code: &str) {
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(1) && text.contains(code), "{:?}: {text}", output.status);
}

/// Sends numbered messages to both flows until told to stop or an answer fails; gives those that were acknowledged.
pub(crate) async fn send(server: &Server, from: usize, stop: &AtomicBool) -> Vec<String> {
    let mut acknowledged = Vec::new();
    for number in from.. {
        let body = format!("message {number}");
        for path in ["/once", "/first"] {
            let answer = server.try_post(path, Some(&body), &body).await;
            if answer.is_some_and(|a| a.status < 300) {
                acknowledged.push(format!("{path} {body}"));
            }
        }
        if stop.load(Ordering::SeqCst) {
            break;
        }
    }
    acknowledged
}

/// Sends these again, as a sender does that does not know what became of them.
pub(crate) async fn again(server: &Server, messages: &[String]) {
    for message in messages {
        let (path, body) = message.split_once(' ').expect("a path");
        let answer = server.try_post(path, Some(body), body).await.expect("an answer");
        assert!(answer.status < 300, "{message}: {answer:?}");
    }
}

pub(crate) fn arrived(receivers: &Receivers) -> BTreeSet<String> {
    let path = |t: &Taken| if t.receiver == "to" { "/once" } else { "/first" };
    receivers.taken().iter().map(|t| format!("{} {}", path(t), t.body)).collect()
}

/// Requests with a key that came before with the same key, and those that came with another one.
pub(crate) fn repeats(receivers: &Receivers) -> (usize, usize) {
    let taken = receivers.taken();
    let keys: BTreeSet<&Taken> = taken.iter().collect();
    let messages: BTreeSet<_> = taken.iter().map(|t| (&t.receiver, &t.body)).collect();
    (taken.len() - keys.len(), keys.len() - messages.len())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restore_repeats_nothing_that_was_delivered_before_the_backup() {
    let receivers = Receivers::start().await;
    let world = World::new("restore", &flows(&receivers));
    let server = Arc::new(world.start().await);
    // Some messages wait when the backup is made: their receiver is down.
    let stop = Arc::new(AtomicBool::new(true));
    receivers.status.store(503, Ordering::SeqCst);
    let mut waiting = Vec::new();
    for number in 0..5 {
        waiting.extend(send(&server, 90_000 + number, &stop).await);
    }
    receivers.status.store(200, Ordering::SeqCst);
    stop.store(false, Ordering::SeqCst);
    let load = tokio::spawn({
        let (server, stop) = (Arc::clone(&server), Arc::clone(&stop));
        async move { send(&server, 0, &stop).await }
    });
    until("some load", async || receivers.taken().len() > 50).await;
    let before = arrived(&receivers);
    // Delivered is recorded a moment after it arrived.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let backup = || world.semel(&["backup", "--data", "data", "--to", "backup", "--with-log", "--with-key"]);
    let text = good(&tokio::task::block_in_place(backup));
    assert!(text.contains("the key is in the file") && text.contains("backup.log holds the message log"), "{text}");
    refused(&backup(), "S0502");
    let at_backup = receivers.taken().len();
    until("more load", async || receivers.taken().len() > at_backup + 50).await;
    stop.store(true, Ordering::SeqCst);
    let acknowledged = load.await.expect("the load");
    refused(&world.semel(&["restore", "backup", "--data", "data", "--force"]), "S0101");
    Arc::into_inner(server).expect("the only one").kill();

    // The disk is lost.
    fs::rename(world.data(), world.0.join("lost")).expect("lost");
    refused(&world.semel(&["restore", "lost/state.db", "--data", "data"]), "S0501");
    let text = good(&world.semel(&["restore", "backup", "--data", "data"]));
    assert!(text.contains("entries waited") && text.contains("held for a person (S0503)"), "{text}");
    refused(&world.semel(&["restore", "backup", "--data", "data"]), "S0502");
    let total = receivers.taken().len();
    let server = world.start().await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(receivers.taken().len(), total, "what is held is not sent");
    let held = server.api("deliveries/to/entries?flow=once&state=in-doubt").await;
    assert!(held.as_array().is_some_and(|a| a.len() >= 5), "{held}");
    assert!(held[0]["error"].as_str().is_some_and(|e| e.starts_with("S0503: ")), "{held}");
    // Senders that repeat what had arrived before the backup get the stored answer, and no receiver gets anything.
    let known: Vec<String> = acknowledged.iter().filter(|m| before.contains(*m)).cloned().collect();
    assert!(known.len() > 40);
    again(&server, &known).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(receivers.taken().len(), total, "delivered before the backup, and sent again");
    // What came after the backup is unknown here: sent again it comes with the same keys as before.
    again(&server, &acknowledged).await;
    assert_eq!(server.stop().await, Some(0));

    let text = good(&world.semel(&["restore", "--release", "--data", "data"]));
    assert!(text.contains("entries wait again"), "{text}");
    let server = world.start().await;
    let all: BTreeSet<String> = acknowledged.iter().chain(&waiting).cloned().collect();
    until("everything that was acknowledged", async || all.is_subset(&arrived(&receivers))).await;
    assert_eq!(server.stop().await, Some(0));
    let (same_key, another_key) = repeats(&receivers);
    assert_eq!(another_key, 0, "a repeat always carries the key of the first");
    assert!(same_key <= receivers.taken().len() - before.len(), "{same_key}");
}

#[tokio::test]
async fn a_restore_with_resume_goes_on_and_puts_aside_what_is_there() {
    let receivers = Receivers::start().await;
    let world = World::new("resume", &flows(&receivers));
    let server = world.start().await;
    receivers.status.store(503, Ordering::SeqCst);
    let waiting = send(&server, 1, &AtomicBool::new(true)).await;
    assert_eq!(server.stop().await, Some(0));
    // A stopped folder is copied the same way. Without its key, which stays where it is.
    let text = good(&world.semel(&["backup", "--data", "data", "--to", "backup"]));
    assert!(text.contains("the key is NOT in the file"), "{text}");
    receivers.status.store(200, Ordering::SeqCst);
    let arguments = ["restore", "backup", "--data", "data", "--force", "--resume", "--format", "json"];
    let facts: Value = serde_json::from_str(&good(&world.semel(&arguments))).expect("JSON");
    assert_eq!((facts["held"].as_bool(), facts["log"].as_bool()), (Some(false), Some(false)), "{facts}");
    assert!(world.data().join("state.db.before-1").exists() && world.data().join("log.db.before-1").exists());
    let server = world.start_as(&[], &["--time-lapse", "60"]).await;
    until("the delivery", async || arrived(&receivers).len() == waiting.len()).await;
    assert_eq!(server.stop().await, Some(0));
}

/// The codes that the doctor finds, and its exit code.
fn doctor(world: &World) -> (Option<i32>, Vec<String>) {
    let output = world.semel(&["doctor", "--data", "data", "--format", "json"]);
    let findings: Vec<Value> = serde_json::from_slice(&output.stdout).expect("JSON");
    // The machine of the test may be short of space.
    let codes = findings.iter().filter(|f| f["check"] != "disk space" && f["level"] != "good");
    (output.status.code(), codes.map(|f| f["code"].as_str().unwrap_or_default().to_owned()).collect())
}

#[tokio::test]
async fn the_doctor_names_what_is_wrong() {
    use std::os::unix::fs::PermissionsExt;
    let receivers = Receivers::start().await;
    let world = World::new("doctor", &flows(&receivers));
    assert_eq!(world.semel(&["doctor", "--data", "data"]).status.code(), Some(2), "there is no directory");
    let server = world.start().await;
    assert_eq!(server.post("/once", "x").await.status, 200);
    let none: Vec<String> = Vec::new();
    assert_eq!(doctor(&world), (Some(0), none.clone()));
    let text = String::from_utf8_lossy(&world.semel(&["doctor", "--data", "data"]).stdout).into_owned();
    assert!(text.contains("runs as process") && text.contains("nothing is wrong"), "{text}");
    assert_eq!(server.stop().await, Some(0));
    assert_eq!(doctor(&world), (Some(0), none));

    let change = |name: &str, mode: u32| {
        fs::set_permissions(world.data().join(name), fs::Permissions::from_mode(mode)).expect("a mode");
    };
    change("token", 0o644);
    assert_eq!(doctor(&world), (Some(7), vec!["S0402".to_owned()]));
    change("token", 0o600);

    let output = world.semel(&["secret", "set", "s", "--value", "v", "--data", "data"]);
    good(&output);
    let key = fs::read(world.data().join("key")).expect("a key");
    fs::remove_file(world.data().join("key")).expect("removed");
    assert_eq!(doctor(&world), (Some(8), vec!["S0403".to_owned()]));
    assert!(!world.data().join("key").exists(), "the doctor makes nothing");
    fs::write(world.data().join("key"), "00".repeat(32)).expect("another key");
    change("key", 0o600);
    assert_eq!(doctor(&world), (Some(8), vec!["S0403".to_owned()]));
    fs::write(world.data().join("key"), key).expect("the key");

    fs::write(world.data().join("log.db"), "no database ".repeat(999)).expect("a file");
    assert_eq!(doctor(&world), (Some(7), vec!["S0202".to_owned()]));
    let state = world.data().join("state.db");
    let length = fs::metadata(&state).expect("a file").len();
    let mut bytes = fs::read(&state).expect("a file");
    bytes[usize::try_from(length / 2).expect("small")..].fill(0x5a);
    fs::write(&state, bytes).expect("a file");
    assert_eq!(doctor(&world), (Some(8), vec!["S0003".to_owned(), "S0202".to_owned()]));
}
