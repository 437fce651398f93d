//! Who is busy, and who is woken when something may be due: bells instead of polling.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use store::Place;
use tokio::sync::Notify;

/// Counts what is going on, so that somebody can wait until nothing is.
#[derive(Default)]
pub(crate) struct Activity {
    busy: AtomicU64,
    idle: Notify,
}

/// Something is going on while this lives.
pub(crate) struct Busy(Arc<Activity>);

impl Activity {
    /// Something begins.
    pub fn enter(self: &Arc<Self>) -> Busy {
        self.busy.fetch_add(1, Ordering::SeqCst);
        Busy(Arc::clone(self))
    }

    /// Waits until nothing is going on: every run has ended and every dispatcher waits for time or a bell.
    pub async fn idle(&self) {
        loop {
            let notified = self.idle.notified();
            tokio::pin!(notified);
            notified.as_mut().enable();
            if self.busy.load(Ordering::SeqCst) == 0 {
                return;
            }
            notified.await;
        }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        if self.0.busy.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.0.idle.notify_waiters();
        }
    }
}

/// A bell wakes one dispatcher. A bell that rang counts as activity until its dispatcher has looked.
pub(crate) struct Bell {
    rung: Mutex<Rung>,
    notify: Notify,
    activity: Arc<Activity>,
}

#[derive(Default)]
struct Rung {
    token: Option<Busy>,
    closed: bool,
}

impl Bell {
    /// Rings; ringing twice before somebody looked is ringing once.
    pub fn ring(&self) {
        let mut rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
        if !rung.closed && rung.token.is_none() {
            rung.token = Some(self.activity.enter());
            drop(rung);
            self.notify.notify_one();
        }
    }

    /// Waits for a ring; what it gives keeps the activity alive.
    pub async fn wait(&self) -> Busy {
        loop {
            let token = self.rung.lock().unwrap_or_else(PoisonError::into_inner).token.take();
            if let Some(token) = token {
                return token;
            }
            self.notify.notified().await;
        }
    }

    fn close(&self) {
        let mut rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
        rung.closed = true;
        let token = rung.token.take();
        drop(rung);
        drop(token);
    }
}

/// All bells: by place, and those of timers and the sweeper.
#[derive(Default)]
pub(crate) struct Hub {
    bells: Mutex<Bells>,
    activity: Arc<Activity>,
}

#[derive(Default)]
struct Bells {
    /// In a fixed order, so that who is woken first is the same each time.
    places: BTreeMap<Place, Vec<Arc<Bell>>>,
    others: Vec<Arc<Bell>>,
}

/// A bell that is registered while this lives.
pub(crate) struct Ear {
    bell: Arc<Bell>,
    place: Option<Place>,
    hub: Arc<Hub>,
}

impl Hub {
    /// What is going on.
    pub fn activity(&self) -> &Arc<Activity> {
        &self.activity
    }

    /// A new bell, rung for a place or only by [`Hub::ring_all`] and its owner.
    pub fn listen(self: &Arc<Self>, place: Option<Place>) -> Ear {
        let bell =
            Arc::new(Bell { rung: Mutex::default(), notify: Notify::new(), activity: Arc::clone(&self.activity) });
        let mut bells = self.lock();
        match &place {
            Some(place) => bells.places.entry(place.clone()).or_default().push(Arc::clone(&bell)),
            None => bells.others.push(Arc::clone(&bell)),
        }
        drop(bells);
        Ear { bell, place, hub: Arc::clone(self) }
    }

    /// Wakes who takes from a place; nobody where no deployed flow does.
    pub fn ring(&self, place: &Place) {
        for bell in self.lock().places.get(place).into_iter().flatten() {
            bell.ring();
        }
    }

    /// Wakes everybody: the clock moved, or a flow was started.
    pub fn ring_all(&self) {
        let bells = self.lock();
        for bell in bells.places.values().flatten().chain(&bells.others) {
            bell.ring();
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Bells> {
        self.bells.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ear {
    /// The bell, for its owner to ring.
    pub fn bell(&self) -> &Arc<Bell> {
        &self.bell
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        let mut bells = self.hub.lock();
        match &self.place {
            Some(place) => {
                if let Some(list) = bells.places.get_mut(place) {
                    list.retain(|b| !Arc::ptr_eq(b, &self.bell));
                    if list.is_empty() {
                        bells.places.remove(place);
                    }
                }
            }
            None => bells.others.retain(|b| !Arc::ptr_eq(b, &self.bell)),
        }
        drop(bells);
        self.bell.close();
    }
}
