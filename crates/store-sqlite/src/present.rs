//! Whether the files that are written are still at their places: what goes into a file that was deleted or exchanged is
//! lost with the process, however well it was synced.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::fault::{self, Fault};

/// The database and its write-ahead log, as they were when they were opened.
pub(crate) struct Present {
    files: Vec<(PathBuf, Option<Identity>)>,
}

/// What tells a file from another one at the same place.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Identity(u64, u64);

impl Present {
    /// The files of an open database.
    pub fn of(database: &Path) -> Self {
        let mut log = OsString::from(database);
        log.push("-wal");
        let files = [database.to_owned(), log.into()];
        Present { files: files.into_iter().map(|path| (path.clone(), identity(&path))).collect() }
    }

    /// # Errors
    /// One of them is not there any more.
    pub fn check(&mut self) -> fault::Result<()> {
        for (path, known) in &mut self.files {
            let now = identity(path);
            // The write-ahead log comes with the first commit.
            if known.is_none() {
                *known = now;
            }
            if now != *known {
                let text = "is not where it was opened: the data folder was deleted or exchanged while Semel runs";
                return Err(Fault::store(format!("S0002: {} {text}", path.display())));
            }
        }
        Ok(())
    }
}

#[cfg(unix)]
fn identity(path: &Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(path).ok().map(|file| Identity(file.dev(), file.ino()))
}

#[cfg(not(unix))]
fn identity(path: &Path) -> Option<Identity> {
    path.exists().then_some(Identity(0, 0))
}
