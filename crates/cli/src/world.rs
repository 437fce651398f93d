//! The world of a runtime: clock, stores, adapters, scripts, secrets, put together in one place.

use std::path::Path;
use std::sync::Arc;

use adapter::Secrets;
use adapters::Adapters;
use base::{Clock, Entropy, ScaledClock, SystemEntropy, Timestamp, WallClock};
use flow::Language;
use runtime::{Options, Retention, ScriptHosts};
use script::{Groovy, JavaScript, Limits, MessageMapping};
use store_sqlite::{OpenError, SqliteLog, SqliteStore};

use crate::exit::Exit;
use crate::keys::{self, Anchor};
use crate::out;
use crate::secrets::SecretFile;

/// Most runs at once.
const MAX_RUNS: usize = 64;

/// Everything that a server needs beside its listener.
pub(crate) struct World {
    pub(crate) options: Options,
    pub(crate) secrets: Arc<dyn Secrets>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) token: String,
}

impl World {
    /// Opens what the data directory holds.
    pub(crate) fn open(data: &Path, time_lapse: Option<u32>, retention: Retention) -> Result<World, Exit> {
        keys::create_dir(data)?;
        let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
        let key = keys::key(data, &*entropy)?;
        let failed = |e: OpenError| Exit::failed(e.to_string());
        let options = store_sqlite::Options {
            key: Some(key),
            // As long as something can be parked for a message, its record is kept; never shorter than the standard.
            keep_unfinished: retention.parked.max(store::KEEP_UNFINISHED),
            ..store_sqlite::Options::default()
        };
        // The store first: its lock keeps a second process away from everything else in the directory.
        let store = SqliteStore::open(data, options.clone(), entropy.clone()).map_err(|error| match error {
            OpenError::OtherKey(path) => {
                let text = format!("{} was used with another key than that of", path.display());
                keys::not_the_key(data, &format!("{text} {}", keys::key_source(data)))
            }
            other => failed(other),
        })?;
        let log = SqliteLog::open(data, options).map_err(failed)?;
        let clock = clock(data, time_lapse)?;
        let secrets: Arc<dyn Secrets> = Arc::new(SecretFile::new(data, &key)?);
        let options = Options {
            store: Arc::new(store),
            log: Arc::new(log),
            clock: clock.clone(),
            entropy: entropy.clone(),
            adapters: Arc::new(Adapters::new(clock.clone()).map_err(|e| Exit::failed(e.to_string()))?),
            scripts: scripts(),
            script_limits: Limits::default(),
            secrets: secrets.clone(),
            retention,
            max_runs: MAX_RUNS,
        };
        Ok(World { options, secrets, clock, token: keys::token(data, &*entropy)? })
    }
}

/// The script hosts in the box.
pub(crate) fn scripts() -> ScriptHosts {
    let javascript: Arc<dyn script::Host> = Arc::new(JavaScript::default());
    let groovy: Arc<dyn script::Host> = Arc::new(Groovy::default());
    let mapping: Arc<dyn script::Host> = Arc::new(MessageMapping::default());
    ScriptHosts::from([
        (Language::JavaScript, javascript),
        (Language::Groovy, groovy),
        (Language::MessageMapping, mapping),
    ])
}

/// The wall clock, or one that runs faster and never falls back behind what was stored.
fn clock(data: &Path, time_lapse: Option<u32>) -> Result<Arc<dyn Clock>, Exit> {
    let now = WallClock.now();
    let anchor = Anchor::read(data);
    let Some(factor) = time_lapse else {
        if anchor.is_some_and(|a| a.at(now.0) > now.0) {
            out::note("warning: this data directory was used with --time-lapse; its entries are due in the future");
        }
        return Ok(Arc::new(WallClock));
    };
    let start = anchor.map_or(now, |a| Timestamp(a.at(now.0).max(now.0)));
    Anchor { wall: now.0, lapse: start.0, factor }.write(data)?;
    Ok(Arc::new(ScaledClock::new(start, factor)))
}
