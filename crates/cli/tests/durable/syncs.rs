//! How many syncs of the disk a message costs, as `docs/concepts/durability.md` states it.
//!
//! Every commit of `state.db` ends with one frame in its write-ahead log that says so, and with one sync. The frames are
//! counted in the file; where `strace` can be used, the syncs are counted too, and must be as many.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::world::{Receivers, Server, World};

const MESSAGES: usize = 3;

/// Commits in a write-ahead log that was not begun anew since.
fn commits(wal: &Path) -> usize {
    let bytes = fs::read(wal).unwrap_or_default();
    let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().expect("four bytes"));
    if bytes.len() < 32 {
        return 0;
    }
    let (page, salt) = (number(8) as usize, (number(16), number(20)));
    let frames = (32..).step_by(24 + page).take_while(|at| at + 24 + page <= bytes.len());
    // A commit's last frame holds the size of the database after it; frames with another salt are of an older log.
    frames.take_while(|at| (number(at + 8), number(at + 12)) == salt).filter(|at| number(at + 4) > 0).count()
}

/// Waits until so much is committed, for half a minute at most, and then until nothing is committed any more.
///
/// The first wait makes the second one sure: on a busy machine the consumer of a queue may begin long after the answer.
async fn quiet(wal: &Path, least: usize) -> usize {
    for _ in 0..600 {
        if commits(wal) >= least {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let mut last = commits(wal);
    loop {
        tokio::time::sleep(Duration::from_millis(150)).await;
        let now = commits(wal);
        if now == last {
            return now;
        }
        last = now;
    }
}

/// Lines of a trace about a file that contain this call.
fn traced(trace: &Path, file: &str) -> usize {
    let text = fs::read_to_string(trace).unwrap_or_default();
    text.lines().filter(|line| line.contains("sync(") && line.contains(file)).count()
}

fn can_trace() -> bool {
    let output = Command::new("strace").args(["-f", "-y", "-e", "trace=fsync,fdatasync", "true"]).output();
    let can = output.is_ok_and(|o| o.status.success());
    if !can {
        eprintln!("SKIPPED: syncs are not compared with commits (no strace, or it may not trace)");
    }
    can
}

/// Posts some messages one after the other, of which each should cost so many commits, and says how many all cost.
async fn cost(server: &Server, wal: &Path, path: &str, keyed: bool, each: usize) -> usize {
    let before = quiet(wal, 0).await;
    for number in 0..MESSAGES {
        let key = format!("{path}-{number}");
        let answer = server.try_post(path, keyed.then_some(&key), "<a/>").await.expect("an answer");
        assert!(answer.status < 300, "{path}: {answer:?}");
        // One at a time: what runs at once shares its syncs.
        quiet(wal, before + (number + 1) * each).await;
    }
    commits(wal) - before
}

/// Path, whether requests carry a key, and the syncs per message that the table in the docs states.
const TABLE: [(&str, bool, usize); 9] = [
    ("/plain", false, 0),
    ("/best", false, 0),
    ("/once", false, 1),
    ("/once", true, 1),
    ("/hold", false, 2),
    ("/number", false, 2),
    ("/queued", false, 3),
    ("/first", false, 3),
    ("/both", false, 3),
];

#[tokio::test]
async fn messages_cost_the_syncs_that_are_documented() {
    let receivers = Receivers::start().await;
    let flow = |name: &'static str, settings: &str| {
        let start = format!("flow: {name}\nfrom: {{ http: /{name} }}\n{settings}");
        (name, format!("{start}steps:\n  - send: to\n{}", receivers.block("to")))
    };
    let once = "quality: exactly-once\n";
    let (number, numbered) = flow("number", once);
    let (hold, text) = flow("hold", once);
    let flows = [
        ("plain", "flow: plain\nfrom: { http: /plain }\nsteps:\n  - set: { body: x }\n".to_owned()),
        flow("best", ""),
        flow("once", once),
        (hold, format!("{text}    in-doubt: hold\n")),
        (
            number,
            numbered.replace(
                "steps:",
                "transaction: required\nnumber-ranges: { n: {} }\nsteps:\n  - set: { body: { number-range: n } }",
            ),
        ),
        flow("first", "persistence: first\n"),
        flow("both", "quality: exactly-once\npersistence: first\n"),
        (
            "queued",
            "flow: queued\nfrom: { http: /queued }\nsteps:\n  - send: q\nreceivers:\n  q: { queue: q }\n".to_owned(),
        ),
        ("taken", "flow: taken\nfrom: { queue: q }\nsteps:\n  - set: { body: x }\n".to_owned()),
    ];
    let world = World::new("syncs", &flows);
    let trace = world.0.join("trace");
    let below = ["strace", "-f", "-y", "-e", "trace=fsync,fdatasync", "-o", "trace"];
    let tracing = can_trace();
    let server = world.start_as(if tracing { &below } else { &[] }, &[]).await;
    let wal = world.data().join("state.db-wal");
    let begin = (quiet(&wal, 0).await, traced(&trace, "state.db"));
    for (path, keyed, expect) in TABLE {
        assert_eq!(cost(&server, &wal, path, keyed, expect).await, expect * MESSAGES, "{path}, keyed: {keyed}");
    }
    receivers.status.store(503, Ordering::SeqCst);
    assert_eq!(cost(&server, &wal, "/once", false, 1).await, MESSAGES, "delivery parked, outcome kept: one commit");
    let end = (quiet(&wal, 0).await, traced(&trace, "state.db"));
    if tracing {
        assert_eq!(end.1 - begin.1, end.0 - begin.0, "a sync of state.db for each commit");
    }
    assert_eq!(server.stop().await, Some(0));
}
