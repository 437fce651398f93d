//! Directories that vanish after a test.
#![allow(dead_code, reason = "each test binary uses its own part of this")]

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use base::SystemEntropy;
use store_sqlite::{OpenError, Options, SqliteStore};

/// A new, empty directory, removed when dropped.
pub struct Directory(PathBuf);

impl Directory {
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("store-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        // Left by an earlier process of the same number.
        let _ = std::fs::remove_dir_all(&path);
        Directory(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

thread_local! {
    static KEPT: RefCell<Vec<Directory>> = const { RefCell::new(Vec::new()) };
}

/// A new, empty directory, removed when the test's thread ends.
pub fn kept() -> PathBuf {
    let dir = Directory::new();
    let path = dir.path().to_owned();
    KEPT.with_borrow_mut(|kept| kept.push(dir));
    path
}

/// Options with a key.
pub fn with_key() -> Options {
    Options { key: Some([7; 32]), ..Options::default() }
}

pub fn open(dir: &Path) -> Result<SqliteStore, OpenError> {
    SqliteStore::open(dir, with_key(), Arc::new(SystemEntropy))
}
