//! Power failures: only what was synced is left, and everything that was acknowledged is among it.
//!
//! The data directory lies in a file system of its own in an image file. What programs write stays in the memory of the
//! kernel until it is synced; only then it is in the image. A copy of the image, made while the server is frozen, is what
//! a disk holds after the power failed. Whether unsynced writes really are missing in it is checked each time.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::copies::{again, arrived, flows, repeats, send};
use crate::disk::Mounted;
use crate::world::{Receivers, World, until};

const ROUNDS: usize = 6;

/// An image with an empty file system.
fn image(world: &World) -> Option<PathBuf> {
    let image = world.0.join("image");
    fs::File::create(&image).and_then(|f| f.set_len(96 << 20)).expect("an image");
    let made = Command::new("mkfs.ext4").arg("-q").arg(&image).output();
    if made.is_ok_and(|o| o.status.success()) {
        return Some(image);
    }
    eprintln!("SKIPPED: power failures are not tested (no mkfs.ext4)");
    None
}

/// Mounts the image so that nothing reaches it by the mere passing of time.
fn mount(world: &World, image: &std::path::Path) -> Option<Mounted> {
    let image = image.display().to_string();
    Mounted::new(&world.data(), &["-o", "loop,commit=300,data=writeback", &image])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_power_failures() {
    let receivers = Receivers::start().await;
    let world = World::new("power", &flows(&receivers));
    let Some(image) = image(&world) else { return };
    let Some(mut disk) = mount(&world, &image) else { return };
    let mut acknowledged = BTreeSet::new();
    for round in 0..ROUNDS {
        let server = Arc::new(world.start_as(&[], &["--time-lapse", "60"]).await);
        let stop = Arc::new(AtomicBool::new(false));
        let load = tokio::spawn({
            let (server, stop) = (Arc::clone(&server), Arc::clone(&stop));
            async move { send(&server, round * 100_000, &stop).await }
        });
        // Now and then receivers are down, so that something waits.
        receivers.status.store(if round % 3 == 1 { 503 } else { 200 }, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(700 + 130 * round as u64)).await;
        fs::write(world.data().join(format!("unsynced-{round}")), vec![1_u8; 20_000]).expect("a file");
        server.freeze();
        // What a disk holds now.
        let after = world.0.join("after");
        fs::copy(&image, &after).expect("a copy");
        stop.store(true, Ordering::SeqCst);
        server.kill_now();
        acknowledged.extend(load.await.expect("the load"));
        drop(server);
        drop(disk);
        fs::rename(&after, &image).expect("the copy becomes the disk");
        disk = mount(&world, &image).expect("it mounted before");
        let unsynced = fs::read(world.data().join(format!("unsynced-{round}"))).unwrap_or_default();
        assert!(unsynced.iter().all(|b| *b == 0), "what was not synced must be gone, or this test proves nothing");
        assert!(fs::metadata(world.data().join("state.db")).is_ok(), "the directory itself was synced");
    }
    assert!(acknowledged.len() > 50, "{} messages", acknowledged.len());

    receivers.status.store(200, Ordering::SeqCst);
    let server = world.start_as(&[], &["--time-lapse", "60"]).await;
    until("everything that was acknowledged", async || acknowledged.is_subset(&arrived(&receivers))).await;
    // What was sent without a record of it is sent once more, with the same key: wait until nothing is open.
    until("the end of all work", async || {
        let output = world.semel(&["doctor", "--data", "data", "--format", "json"]);
        String::from_utf8_lossy(&output.stdout).contains("\"0 wait, none for a person\"")
    })
    .await;
    let all: Vec<String> = acknowledged.into_iter().collect();
    let total = receivers.taken().len();
    // What was answered is known: senders that repeat it get the stored answer, and no receiver gets anything.
    again(&server, &all).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(receivers.taken().len(), total);
    assert_eq!(repeats(&receivers).1, 0, "a repeat always carries the key of the first");
    assert_eq!(server.stop().await, Some(0));
    drop(disk);
}
