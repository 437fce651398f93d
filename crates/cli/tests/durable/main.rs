//! What survives: the real binary with real files, counted syncs, full and damaged disks, copies and their return.
#![expect(clippy::expect_used, clippy::panic, clippy::print_stderr, reason = "helpers of tests")]

mod copies;
mod disk;
mod key;
mod power;
mod syncs;
mod world;
