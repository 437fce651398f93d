//! Secrets in a sealed file. A running server sees a changed file at its next call.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use adapter::{Secret, Secrets};
use base::{Entropy, Sealer};
use serde::{Deserialize, Serialize};

use crate::exit::Exit;
use crate::keys;

/// What the sealed file is bound to, so that no other sealed value can stand in for it.
const PLACE: &str = "secrets";

#[derive(Deserialize, Serialize)]
struct Stored {
    user: String,
    password: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    token_url: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    scope: String,
}

type Names = BTreeMap<String, Stored>;

/// The file of secrets of a data directory.
pub(crate) struct SecretFile {
    path: PathBuf,
    sealer: Sealer,
    /// What was read last, and the file it was read from.
    cache: Mutex<(Option<Identity>, Names)>,
}

/// Device-independent identity of a file's content: every write makes a new file.
type Identity = (u64, i64, i64, u64);

impl SecretFile {
    pub(crate) fn new(data: &Path, key: &[u8; 32]) -> Result<Self, Exit> {
        let sealer = Sealer::new(key).ok_or_else(|| Exit::failed("the encryption key cannot be used"))?;
        Ok(SecretFile { path: data.join("secrets.sealed"), sealer, cache: Mutex::default() })
    }

    fn read(&self) -> Result<Names, Exit> {
        let sealed = match fs::read(&self.path) {
            Ok(sealed) => sealed,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Names::new()),
            Err(error) => return Err(Exit::failed(format!("{}: {error}", self.path.display()))),
        };
        let names = self.sealer.open(&sealed, PLACE).and_then(|plain| serde_json::from_slice(&plain).ok());
        names.ok_or_else(|| Exit::failed(format!("{} was sealed with another key, or is damaged", self.path.display())))
    }

    /// Changes the file while no other process does.
    fn change<T>(&self, entropy: &dyn Entropy, change: impl FnOnce(&mut Names) -> T) -> Result<T, Exit> {
        let lock = self.path.with_extension("lock");
        let failed = |e: std::io::Error| Exit::failed(format!("{}: {e}", lock.display()));
        let mut options = File::options();
        options.create(true).truncate(false).write(true).mode(0o600);
        let guard = options.open(&lock).map_err(failed)?;
        guard.lock().map_err(failed)?;
        let mut names = self.read()?;
        let result = change(&mut names);
        let plain = serde_json::to_vec(&names).unwrap_or_default();
        let sealed = self.sealer.seal(&plain, PLACE, entropy).ok_or_else(|| Exit::failed("sealing failed"))?;
        keys::write_private(&self.path, &sealed)?;
        Ok(result)
    }

    pub(crate) fn set(&self, name: &str, secret: Secret, entropy: &dyn Entropy) -> Result<(), Exit> {
        let Secret { user, password, token_url, scope } = secret;
        let stored = Stored { user, password, token_url, scope };
        self.change(entropy, |names| drop(names.insert(name.to_owned(), stored)))
    }

    /// Whether there was one.
    pub(crate) fn delete(&self, name: &str, entropy: &dyn Entropy) -> Result<bool, Exit> {
        self.change(entropy, |names| names.remove(name).is_some())
    }

    /// Names and users.
    pub(crate) fn list(&self) -> Result<Vec<(String, String)>, Exit> {
        Ok(self.read()?.into_iter().map(|(name, stored)| (name, stored.user)).collect())
    }
}

impl Secrets for SecretFile {
    fn secret(&self, name: &str) -> Option<Secret> {
        let identity = fs::metadata(&self.path).ok().map(|m| (m.ino(), m.mtime(), m.mtime_nsec(), m.len()));
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        if cache.0 != identity || identity.is_none() {
            match self.read() {
                Ok(names) => *cache = (identity, names),
                // The secrets read before stay in force.
                Err(error) => tracing::error!(error = error.text, "secrets cannot be read"),
            }
        }
        cache.1.get(name).map(|s| Secret {
            user: s.user.clone(),
            password: s.password.clone(),
            token_url: s.token_url.clone(),
            scope: s.scope.clone(),
        })
    }
}
