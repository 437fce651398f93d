//! Disks that are full, go read-only or lie: what needs the store is refused, nothing is lost, and it goes on by itself.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::world::{Answer, Receivers, Server, World, until};

/// A small file system of its own below a path; unmounted at the end.
pub(crate) struct Mounted(std::path::PathBuf);

impl Mounted {
    /// `None`, said loudly, where this machine does not let us.
    pub(crate) fn new(path: &Path, arguments: &[&str]) -> Option<Self> {
        fs::create_dir_all(path).expect("a folder");
        let output = Command::new("mount").args(arguments).arg(path).output();
        if output.as_ref().is_ok_and(|o| o.status.success()) {
            return Some(Mounted(path.to_owned()));
        }
        eprintln!("SKIPPED: no file system of its own for this test (needs root): mount {arguments:?}: {output:?}");
        None
    }

    fn remount(&self, options: &str) -> bool {
        let output = Command::new("mount").args(["-o", options]).arg(&self.0).output();
        output.is_ok_and(|o| o.status.success())
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).output();
    }
}

fn flows(receivers: &Receivers) -> [(&'static str, String); 3] {
    let first =
        "flow: first\nfrom: { http: /first }\npersistence: first\nquality: exactly-once\nsteps:\n  - send: to\n";
    let once = "flow: once\nfrom: { http: /once }\nquality: exactly-once\nsteps:\n  - send: other\n";
    let free = "flow: free\nfrom: { http: /free }\nsteps:\n  - set: { body: \"free\" }\n";
    [
        ("first", format!("{first}{}", receivers.block("to"))),
        ("once", format!("{once}{}", receivers.block("other"))),
        ("free", free.to_owned()),
    ]
}

fn is_refused(answer: &Answer) -> bool {
    if answer.status < 300 {
        return false;
    }
    assert_eq!((answer.status, answer.kind.as_str()), (503, "application/problem+json"), "{answer:?}");
    assert!(answer.body.contains("R0105"), "{answer:?}");
    true
}

/// Posts large messages until one is refused; gives what was accepted.
async fn fill(server: &Server) -> Vec<String> {
    let mut accepted = Vec::new();
    for number in 0..2_000 {
        let body = format!("message {number} {}", "x".repeat(40_000));
        if is_refused(&server.post("/first", &body).await) {
            return accepted;
        }
        accepted.push(body);
    }
    panic!("the disk did not become full");
}

/// Everything that was accepted reached the receiver, and nothing else; a repeat carries the same key.
async fn all_arrive(receivers: &Receivers, accepted: &[String]) {
    let taken = || receivers.taken().into_iter().filter(|t| t.receiver == "to").collect::<BTreeSet<_>>();
    until("the delivery of all that was accepted", async || taken().len() >= accepted.len()).await;
    let found: Vec<String> = taken().into_iter().map(|t| t.body).collect::<BTreeSet<_>>().into_iter().collect();
    assert_eq!(taken().len(), found.len(), "one key for each message");
    let wanted: Vec<String> = accepted.iter().cloned().collect::<BTreeSet<_>>().into_iter().collect();
    assert!(found == wanted, "{} at the receiver, {} accepted", found.len(), wanted.len());
}

#[tokio::test]
async fn a_full_disk_refuses_and_recovers_by_itself() {
    let receivers = Receivers::start().await;
    let world = World::new("full", &flows(&receivers));
    let Some(_disk) = Mounted::new(&world.data(), &["-t", "tmpfs", "-o", "size=12m,mode=700", "tmpfs"]) else { return };
    fs::write(world.data().join("ballast"), vec![0_u8; 8 << 20]).expect("ballast");
    // A minute until the next retry is a second here.
    let server = world.start_as(&[], &["--time-lapse", "60"]).await;
    receivers.status.store(503, std::sync::atomic::Ordering::SeqCst);
    let mut accepted = fill(&server).await;
    assert!(!accepted.is_empty());
    // Those who ask are told: load balancers, monitoring, people.
    let ready = server.get("/ready").await;
    assert!(ready.status == 503 && ready.body.contains("the store cannot be written: S0001"), "{ready:?}");
    assert!(server.get("/metrics").await.body.contains("\nsemel_store_writable 0\n"));
    let doctor = world.semel(&["doctor", "--data", "data"]);
    assert_eq!(doctor.status.code(), Some(8));
    assert!(String::from_utf8_lossy(&doctor.stdout).contains("R0105"), "{doctor:?}");
    // What needs the store is refused before its receiver gets anything; what does not need it goes on.
    receivers.status.store(200, std::sync::atomic::Ordering::SeqCst);
    let others = || receivers.taken().iter().filter(|t| t.receiver == "other").count();
    let mut sent = 0;
    for _ in 0..20 {
        if !is_refused(&server.post("/once", &"y".repeat(100_000)).await) {
            sent += 1;
        }
        assert_eq!(server.post("/free", "").await.status, 200);
    }
    assert_eq!(others(), sent);
    let log = world.log();
    assert!(log.contains("R0105: the store cannot be written") && log.contains("S0001: the disk is full"), "{log}");

    fs::remove_file(world.data().join("ballast")).expect("space");
    until("an accepted message", async || {
        let body = "after".to_owned();
        let good = !is_refused(&server.post("/first", &body).await);
        if good {
            accepted.push(body);
        }
        good
    })
    .await;
    assert!(world.log().contains("the store can be written again"), "{}", world.log());
    assert_eq!(server.get("/ready").await.status, 200);
    assert!(server.get("/metrics").await.body.contains("\nsemel_store_writable 1\n"));
    all_arrive(&receivers, &accepted).await;
    server.kill();
    // And it starts again with what is there.
    let server = world.start_as(&[], &["--time-lapse", "60"]).await;
    assert_eq!(server.post("/once", "again").await.status, 200);
    assert_eq!(server.stop().await, Some(0));
}

#[tokio::test]
async fn a_disk_that_becomes_read_only_loses_nothing() {
    let receivers = Receivers::start().await;
    let world = World::new("read-only", &flows(&receivers));
    let image = world.0.join("image");
    fs::File::create(&image).and_then(|f| f.set_len(48 << 20)).expect("an image");
    let made = Command::new("mkfs.ext4").arg("-q").arg(&image).output();
    if !made.is_ok_and(|o| o.status.success()) {
        return eprintln!("SKIPPED: no ext4 for this test");
    }
    let image = image.display().to_string();
    let Some(disk) = Mounted::new(&world.data(), &["-o", "loop", &image]) else { return };
    let server = world.start().await;
    let mut accepted = vec!["before".to_owned()];
    assert_eq!(server.post("/first", "before").await.status, 202);
    all_arrive(&receivers, &accepted).await;
    // What a kernel does after an error of the disk.
    assert!(disk.remount("remount,abort"));
    for _ in 0..3 {
        assert!(is_refused(&server.post("/first", "refused").await));
    }
    assert!(is_refused(&server.post("/once", "refused").await));
    assert!(world.log().contains("R0105: the store cannot be written"), "{}", world.log());
    server.kill();
    drop(disk);
    let Some(_disk) = Mounted::new(&world.data(), &["-o", "loop", &image]) else { panic!("it mounted before") };
    let server = world.start().await;
    assert_eq!(server.post("/first", "after").await.status, 202);
    accepted.push("after".to_owned());
    all_arrive(&receivers, &accepted).await;
    assert_eq!(server.stop().await, Some(0));
}

#[tokio::test]
async fn damaged_files_are_named_or_set_aside() {
    let receivers = Receivers::start().await;
    let world = World::new("damaged", &flows(&receivers));
    assert_eq!(world.start().await.stop().await, Some(0));
    fs::write(world.data().join("log.db"), "no database ".repeat(999)).expect("a file");
    let server = world.start().await;
    assert_eq!(server.post("/first", "one").await.status, 202);
    assert_eq!(server.stop().await, Some(0));
    assert!(world.data().join("log.db.damaged-1").exists());
    assert!(world.log().contains("S0202: "), "{}", world.log());

    let state = world.data().join("state.db");
    let length = fs::metadata(&state).expect("a file").len();
    fs::File::options().write(true).open(&state).and_then(|f| f.set_len(length / 2)).expect("cut");
    let output = world.semel(&["run", "package", "--data", "data", "--listen", "127.0.0.1:0"]);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1));
    assert!(text.contains("S0003: ") && text.contains("state.db") && text.contains("explain S0003"), "{text}");
}
