//! What hosts compiled, kept for the calls to come.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Scripts that are kept.
const MAX: usize = 1_024;
/// Bytes of source that are kept.
const MAX_BYTES: usize = 64 << 20;

struct One<T> {
    path: String,
    source: String,
    companions: Arc<BTreeMap<String, String>>,
    compiled: Arc<T>,
}

impl<T> One<T> {
    fn bytes(&self) -> usize {
        self.source.len() + self.companions.values().map(String::len).sum::<usize>()
    }
}

/// The scripts; the one used last is at the end.
pub(crate) struct Kept<T>(Mutex<Vec<One<T>>>);

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Kept(Mutex::default())
    }
}

impl<T> std::fmt::Debug for Kept<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Kept").finish_non_exhaustive()
    }
}

impl<T> Kept<T> {
    /// A script, compiled before or now.
    pub(crate) fn get<E>(
        &self,
        path: &str,
        source: &str,
        companions: &Arc<BTreeMap<String, String>>,
        compile: impl FnOnce() -> Result<T, E>,
    ) -> Result<Arc<T>, E> {
        if let Some(known) = self.known(path, source, companions) {
            return Ok(known);
        }
        let compiled = Arc::new(compile()?);
        let new = One {
            path: path.to_owned(),
            source: source.to_owned(),
            companions: Arc::clone(companions),
            compiled: Arc::clone(&compiled),
        };
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push(new);
        let mut bytes: usize = kept.iter().map(One::bytes).sum();
        while kept.len() > 1 && (kept.len() > MAX || bytes > MAX_BYTES) {
            bytes -= kept.remove(0).bytes();
        }
        Ok(compiled)
    }

    /// A script that is compiled already.
    pub(crate) fn known(&self, path: &str, source: &str, companions: &Arc<BTreeMap<String, String>>) -> Option<Arc<T>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |k: &One<T>| {
            k.path == path
                && k.source == source
                && (Arc::ptr_eq(&k.companions, companions) || k.companions == *companions)
        };
        let at = kept.iter().rposition(same)?;
        let compiled = Arc::clone(&kept[at].compiled);
        // Those used often stay near the end, without moving all others at every call.
        if at + 64 < kept.len() {
            let used = kept.remove(at);
            kept.push(used);
        }
        Some(compiled)
    }
}
