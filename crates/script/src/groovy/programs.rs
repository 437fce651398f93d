//! Parsed scripts, kept for the calls to come.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use ::groovy::{ParseError, Program};

use crate::host::History;

/// Scripts that are kept.
const MAX: usize = 1_024;
/// Bytes of source that are kept.
const MAX_BYTES: usize = 64 << 20;

/// A parsed script.
pub(super) struct Parsed {
    pub(super) program: Program,
    pub(super) history: History,
}

struct Kept {
    path: String,
    source: String,
    companions: Arc<BTreeMap<String, String>>,
    parsed: Arc<Parsed>,
}

impl Kept {
    fn bytes(&self) -> usize {
        self.source.len() + self.companions.values().map(String::len).sum::<usize>()
    }
}

/// The scripts; the one used last is at the end.
#[derive(Default)]
pub(super) struct Programs {
    kept: Mutex<Vec<Kept>>,
}

impl std::fmt::Debug for Programs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Programs").finish_non_exhaustive()
    }
}

impl Programs {
    /// A script, parsed before or now.
    pub(super) fn get(
        &self,
        path: &str,
        source: &str,
        companions: &Arc<BTreeMap<String, String>>,
    ) -> Result<Arc<Parsed>, (String, ParseError)> {
        match self.known(path, source, companions) {
            Some(parsed) => Ok(parsed),
            None => self.parse(path, source, companions),
        }
    }

    /// A script that is parsed already.
    pub(super) fn known(
        &self,
        path: &str,
        source: &str,
        companions: &Arc<BTreeMap<String, String>>,
    ) -> Option<Arc<Parsed>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |k: &Kept| {
            k.path == path
                && k.source == source
                && (Arc::ptr_eq(&k.companions, companions) || k.companions == *companions)
        };
        let at = kept.iter().rposition(same)?;
        let parsed = Arc::clone(&kept[at].parsed);
        // Those used often stay near the end, without moving all others at every call.
        if at + 64 < kept.len() {
            let used = kept.remove(at);
            kept.push(used);
        }
        Some(parsed)
    }

    /// Parses a script and keeps it.
    fn parse(
        &self,
        path: &str,
        source: &str,
        companions: &Arc<BTreeMap<String, String>>,
    ) -> Result<Arc<Parsed>, (String, ParseError)> {
        let parse = |path: &str, source: &str| Program::parse(path, source).map_err(|e| (path.to_owned(), e));
        let mut program = parse(path, source)?;
        for (path, source) in companions.iter() {
            program.add_companion(&parse(path, source)?);
        }
        let parsed = Arc::new(Parsed { program, history: History::default() });
        let new = Kept {
            path: path.to_owned(),
            source: source.to_owned(),
            companions: Arc::clone(companions),
            parsed: Arc::clone(&parsed),
        };
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push(new);
        let mut bytes: usize = kept.iter().map(Kept::bytes).sum();
        while kept.len() > 1 && (kept.len() > MAX || bytes > MAX_BYTES) {
            bytes -= kept.remove(0).bytes();
        }
        Ok(parsed)
    }
}
