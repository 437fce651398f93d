//! The data directory's small files: key, token, and the address of the server.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use base::Entropy;
use serde::{Deserialize, Serialize};
use store_sqlite::care;

use crate::exit::Exit;

/// Makes the data directory, for its owner only.
pub(crate) fn create_dir(data: &Path) -> Result<(), Exit> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(data).map_err(|e| failed(data, &e))
}

fn failed(path: &Path, error: &std::io::Error) -> Exit {
    Exit::failed(format!("{}: {error}", path.display()))
}

/// The encryption key: from `SEMEL_KEY`, else from the file `key`. Where that is missing it is made, unless something is
/// there that only the old one opens.
pub(crate) fn key(data: &Path, entropy: &dyn Entropy) -> Result<[u8; 32], Exit> {
    let path = data.join("key");
    if !from_environment() && !path.exists() {
        let used = care::has_key(data).map_err(|error| Exit::failed(error.0))?;
        if used || data.join("secrets.sealed").exists() {
            let text = "is missing, and the data directory was used with a key";
            return Err(not_the_key(data, &format!("{} {text}", path.display())));
        }
    }
    key_or_new(data, entropy)
}

/// The same, made in any case where it is missing.
pub(crate) fn key_or_new(data: &Path, entropy: &dyn Entropy) -> Result<[u8; 32], Exit> {
    let text = match std::env::var("SEMEL_KEY") {
        Ok(text) => text,
        Err(_) => hex_file(&data.join("key"), entropy)?,
    };
    from_hex(text.trim()).ok_or_else(|| Exit::failed(format!("{} does not hold 64 hex digits", key_source(data))))
}

fn from_environment() -> bool {
    std::env::var("SEMEL_KEY").is_ok()
}

/// Where the key comes from.
pub(crate) fn key_source(data: &Path) -> String {
    if from_environment() { "SEMEL_KEY".to_owned() } else { data.join("key").display().to_string() }
}

/// The end of a start whose key is not the one that the data directory was used with.
pub(crate) fn not_the_key(data: &Path, what: &str) -> Exit {
    Exit::failed(format!(
        "S0403: {what}; nothing was changed. Put the key back, or name it in SEMEL_KEY. If it is lost for good, or was \
         replaced on purpose: `semel key accept --data {}`",
        data.display()
    ))
}

/// The token of the management API, made where it is missing.
pub(crate) fn token(data: &Path, entropy: &dyn Entropy) -> Result<String, Exit> {
    let token = hex_file(&data.join("token"), entropy)?.trim().to_owned();
    if token.len() < 32 {
        return Err(Exit::failed(format!(
            "{} is too short to be safe; delete it to get a new one",
            data.join("token").display()
        )));
    }
    Ok(token)
}

/// 32 random bytes in a file for its owner only; one that exists is kept. Of processes that make it at the same time the
/// first one wins, and the others read what it wrote.
fn hex_file(path: &Path, entropy: &dyn Entropy) -> Result<String, Exit> {
    match fs::read_to_string(path) {
        Ok(text) => return Ok(text),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(failed(path, &error)),
    }
    let mut bytes = [0; 32];
    entropy.fill(&mut bytes);
    let text: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
    if put_private(path, format!("{text}\n").as_bytes(), add)? {
        return Ok(text);
    }
    fs::read_to_string(path).map_err(|error| failed(path, &error))
}

fn from_hex(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    let mut key = [0; 32];
    for (byte, digits) in key.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(key)
}

/// Replaces a file as a whole or not at all, readable for its owner only; durable when it returns.
pub(crate) fn write_private(path: &Path, content: &[u8]) -> Result<(), Exit> {
    put_private(path, content, |temporary, path| fs::rename(temporary, path).map(|()| true)).map(drop)
}

/// Gives a complete file its name, unless there is one of that name: whether it did.
fn add(temporary: &Path, path: &Path) -> std::io::Result<bool> {
    match fs::hard_link(temporary, path) {
        Ok(()) => fs::remove_file(temporary).map(|()| true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => fs::remove_file(temporary).map(|()| false),
        // A file system without links: nothing there is as safe, and what exists still stays.
        Err(error) if matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::PermissionDenied) => {
            if path.exists() {
                return fs::remove_file(temporary).map(|()| false);
            }
            fs::rename(temporary, path).map(|()| true)
        }
        Err(error) => Err(error),
    }
}

/// Writes a file for its owner only beside the path, and lets `place` give it its name; durable when it returns.
fn put_private(
    path: &Path,
    content: &[u8],
    place: impl FnOnce(&Path, &Path) -> std::io::Result<bool>,
) -> Result<bool, Exit> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.{}.new", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed)));
    let temporary = path.with_file_name(name);
    let written = || -> std::io::Result<bool> {
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
        file.write_all(content)?;
        file.sync_all()?;
        let placed = place(&temporary, path)?;
        let parent = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(parent)?.sync_all()?;
        Ok(placed)
    };
    written().map_err(|error| {
        let _ = fs::remove_file(&temporary);
        failed(path, &error)
    })
}

/// Where the running server is: the file `server.json`.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Running {
    /// Host and port.
    pub(crate) address: String,
    /// The same as clients write it: `http://127.0.0.1:8080`.
    pub(crate) url: String,
    /// The certificate that the server shows, where it speaks HTTPS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tls_cert: Option<PathBuf>,
    pub(crate) pid: u32,
    pub(crate) token: PathBuf,
}

impl Running {
    pub(crate) fn path(data: &Path) -> PathBuf {
        data.join("server.json")
    }

    pub(crate) fn write(&self, data: &Path) -> Result<(), Exit> {
        write_private(&Self::path(data), serde_json::to_string_pretty(self).unwrap_or_default().as_bytes())
    }

    pub(crate) fn read(data: &Path) -> Option<Running> {
        serde_json::from_str(&fs::read_to_string(Self::path(data)).ok()?).ok()
    }
}

/// A clock that runs on over restarts: with `--time-lapse` stored times are ahead of the wall, and must not fall back.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Anchor {
    /// A time on the wall, the lapse clock's time then, and how fast it ran.
    pub(crate) wall: i64,
    pub(crate) lapse: i64,
    pub(crate) factor: u32,
}

impl Anchor {
    fn path(data: &Path) -> PathBuf {
        data.join("time-lapse.json")
    }

    pub(crate) fn read(data: &Path) -> Option<Anchor> {
        serde_json::from_str(&fs::read_to_string(Self::path(data)).ok()?).ok()
    }

    pub(crate) fn write(&self, data: &Path) -> Result<(), Exit> {
        write_private(&Self::path(data), serde_json::to_string(self).unwrap_or_default().as_bytes())
    }

    /// The lapse clock's time at a time on the wall.
    pub(crate) fn at(&self, wall: i64) -> i64 {
        self.lapse.saturating_add(wall.saturating_sub(self.wall).max(0).saturating_mul(i64::from(self.factor)))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Barrier;

    use base::SystemEntropy;

    use super::{create_dir, hex_file};

    #[test]
    fn all_who_open_a_new_directory_at_once_get_one_key() {
        let root = std::env::temp_dir().join(format!("semel-keys-{}", std::process::id()));
        for round in 0..50 {
            let data = root.join(round.to_string());
            let start = Barrier::new(8);
            let open = || {
                start.wait();
                create_dir(&data).map_err(|e| e.text)?;
                hex_file(&data.join("key"), &SystemEntropy).map(|t| t.trim().to_owned()).map_err(|e| e.text)
            };
            let keys: BTreeSet<Result<String, String>> = std::thread::scope(|scope| {
                let threads: Vec<_> = (0..8).map(|_| scope.spawn(open)).collect();
                threads.into_iter().map(|t| t.join().unwrap()).collect()
            });
            assert!(keys.len() == 1 && keys.iter().all(|k| k.as_ref().is_ok_and(|k| k.len() == 64)), "{keys:?}");
            let files: Vec<_> = std::fs::read_dir(&data).unwrap().flatten().map(|f| f.file_name()).collect();
            assert_eq!(files, ["key"]);
        }
        std::fs::remove_dir_all(root).unwrap();
    }
}
