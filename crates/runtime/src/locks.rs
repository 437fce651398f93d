//! Locks of a run: entries it selected, number ranges it draws from, ids it processes. In memory; a crash frees them.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use base::{EntryKey, Failure, RunId};
use store::{Place, PlaceKind};
use tokio::sync::Notify;

/// How long a run waits for a number range or an id that another run holds.
const PATIENCE: Duration = Duration::from_secs(30);
/// Places share this many gates for "look and lock" in one go.
const GATES: usize = 64;

/// What can be locked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Lock {
    /// An entry of a place.
    Entry(Place, String),
    /// An entry that was claimed, by its number.
    Claimed(EntryKey),
    /// A number range.
    Range(String),
    /// An id of an idempotent process call.
    Once(String, String),
}

/// Parked deliveries whose locks were released.
type Released = Mutex<HashSet<(Place, String)>>;

/// All locks of a runtime.
pub(crate) struct Locks {
    held: Mutex<HashMap<Lock, (RunId, Option<EntryKey>)>>,
    released: Notify,
    /// Who looks at the store, and what was released since.
    looks: Mutex<Vec<Weak<Released>>>,
    gates: Vec<tokio::sync::Mutex<()>>,
}

impl Default for Locks {
    fn default() -> Self {
        Locks {
            held: Mutex::default(),
            released: Notify::new(),
            looks: Mutex::default(),
            gates: (0..GATES).map(|_| tokio::sync::Mutex::new(())).collect(),
        }
    }
}

impl Locks {
    fn held(&self) -> MutexGuard<'_, HashMap<Lock, (RunId, Option<EntryKey>)>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// While this is held nobody else looks for entries of the place to lock: what was seen is still so when it is locked.
    pub async fn gate(&self, place: &Place) -> tokio::sync::MutexGuard<'_, ()> {
        let mut hasher = DefaultHasher::new();
        place.hash(&mut hasher);
        let index = usize::try_from(hasher.finish() % GATES as u64).unwrap_or(0);
        self.gates[index].lock().await
    }

    /// Whether some run holds an entry.
    pub fn holds_entry(&self, place: &Place, id: &str) -> bool {
        self.held().contains_key(&Lock::Entry(place.clone(), id.to_owned()))
    }

    /// Begins a look at the store: what is read while it lasts is compared with what was held then, even where it is
    /// released meanwhile.
    pub fn look(&self) -> Look<'_> {
        let released = Arc::default();
        let mut looks = lock(&self.looks);
        looks.retain(|look| look.strong_count() > 0);
        looks.push(Arc::downgrade(&released));
        Look { locks: self, released }
    }

    /// Remembers for those who look what is released. The caller holds `held`.
    fn tell(&self, released: &[Lock]) {
        let looks = lock(&self.looks);
        for look in looks.iter().filter_map(Weak::upgrade) {
            lock(&look).extend(released.iter().filter_map(Lock::delivery));
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Lock {
    /// The parked delivery that it is for.
    fn delivery(&self) -> Option<(Place, String)> {
        match self {
            Lock::Entry(place, id) if place.kind == PlaceKind::Delivery => Some((place.clone(), id.clone())),
            _ => None,
        }
    }
}

/// A look at the store: which parked deliveries a run or an attempt held while it lasted.
pub(crate) struct Look<'a> {
    locks: &'a Locks,
    released: Arc<Released>,
}

impl Look<'_> {
    /// Whether a parked delivery is held, or was while this lasted.
    pub fn has(&self, place: &Place, id: &str) -> bool {
        // In this order: what is released moves from one to the other while `held` is locked.
        let held = self.locks.held();
        let delivery = (place.clone(), id.to_owned());
        lock(&self.released).contains(&delivery) || held.contains_key(&Lock::Entry(delivery.0, delivery.1))
    }

    /// The places of these.
    pub fn places(&self) -> HashSet<Place> {
        let held = self.locks.held();
        let released = lock(&self.released);
        let now = held.keys().filter_map(|lock| match lock {
            Lock::Entry(place, _) if place.kind == PlaceKind::Delivery => Some(place),
            _ => None,
        });
        now.chain(released.iter().map(|(place, _)| place)).cloned().collect()
    }
}

/// The locks of one run; dropping it frees them.
pub(crate) struct RunLocks {
    locks: Arc<Locks>,
    run: RunId,
    mine: Mutex<Vec<Lock>>,
}

impl RunLocks {
    /// No locks yet.
    pub fn new(locks: Arc<Locks>, run: RunId) -> Self {
        RunLocks { locks, run, mine: Mutex::default() }
    }

    /// See [`Locks::gate`].
    pub async fn gate(&self, place: &Place) -> tokio::sync::MutexGuard<'_, ()> {
        self.locks.gate(place).await
    }

    /// Keys of the entries that other runs hold.
    pub fn held_by_others(&self, place: &Place) -> Vec<EntryKey> {
        let held = self.locks.held();
        held.iter()
            .filter(|(lock, (run, _))| *run != self.run && matches!(lock, Lock::Entry(p, _) if p == place))
            .filter_map(|(_, (_, key))| *key)
            .collect()
    }

    /// Whether this run holds a lock.
    pub fn holds(&self, lock: &Lock) -> bool {
        self.locks.held().get(lock).is_some_and(|(run, _)| *run == self.run)
    }

    /// Takes a lock if no other run holds it.
    pub fn try_take(&self, lock: Lock, key: Option<EntryKey>) -> bool {
        let mut held = self.locks.held();
        match held.get(&lock) {
            Some((run, _)) => *run == self.run,
            None => {
                held.insert(lock.clone(), (self.run.clone(), key));
                self.mine.lock().unwrap_or_else(PoisonError::into_inner).push(lock);
                true
            }
        }
    }

    /// Takes a lock, waiting for the run that holds it.
    pub async fn take(&self, lock: Lock) -> Result<(), Failure> {
        let what = match &lock {
            Lock::Entry(place, id) => format!("entry {id} of {place}"),
            Lock::Claimed(key) => format!("entry {key}"),
            Lock::Range(name) => format!("the number range {name}"),
            Lock::Once(step, id) => format!("the id {id} of {step}"),
        };
        let wait = async {
            loop {
                let released = self.locks.released.notified();
                tokio::pin!(released);
                released.as_mut().enable();
                if self.try_take(lock.clone(), None) {
                    return;
                }
                released.await;
            }
        };
        tokio::time::timeout(PATIENCE, wait)
            .await
            .map_err(|_| Failure::transient("R0201", format!("another run kept {what} locked for 30 seconds")))
    }
}

impl Drop for RunLocks {
    fn drop(&mut self) {
        let mine = std::mem::take(self.mine.get_mut().unwrap_or_else(PoisonError::into_inner));
        if mine.is_empty() {
            return;
        }
        let mut held = self.locks.held();
        self.locks.tell(&mine);
        for lock in &mine {
            held.remove(lock);
        }
        drop(held);
        self.locks.released.notify_waiters();
    }
}
