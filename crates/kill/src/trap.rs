//! Kills at exact places: a receiver ends the process at a chosen point of one request, instead of at a moment by chance.

use std::fmt;
use std::process::{Child, Command};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Where in the life of a delivery the process dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Point {
    /// At a moment by chance.
    Chance,
    /// The request left, the receiver never takes it.
    BeforeTaken,
    /// The receiver took it, and no answer was sent.
    BeforeAnswer,
    /// The answer is on its way, and the process never reads it: it was stopped before.
    BeforeRecord,
    /// A moment after the answer: while it is read, recorded and committed, or just after.
    AfterAnswer,
}

impl Point {
    /// All that a receiver can hit.
    pub const PLACED: [Point; 4] = [Point::BeforeTaken, Point::BeforeAnswer, Point::BeforeRecord, Point::AfterAnswer];
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Point::Chance => "at a moment by chance",
            Point::BeforeTaken => "before the receiver took it",
            Point::BeforeAnswer => "taken, before the answer",
            Point::BeforeRecord => "answered, before it was read",
            Point::AfterAnswer => "a moment after the answer",
        })
    }
}

/// The process that can be killed, by whoever gets there first.
#[derive(Clone, Default)]
pub struct Victim(Arc<Mutex<Option<Child>>>);

impl Victim {
    /// A process was started.
    pub fn set(&self, child: Child) {
        *self.lock() = Some(child);
    }

    /// `kill -9`; a process that is dead already stays dead.
    pub fn kill(&self) {
        if let Some(child) = self.lock().as_mut() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Stops it where it is; it reads nothing any more.
    fn freeze(&self) {
        let Some(id) = self.lock().as_ref().map(Child::id) else { return };
        let _ = Command::new("kill").args(["-STOP", &id.to_string()]).status();
    }

    /// Looks at the process.
    pub fn with<T>(&self, look: impl FnOnce(&mut Option<Child>) -> T) -> T {
        look(&mut self.lock())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Child>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What receivers have to do to the process.
#[derive(Default)]
pub struct Trap {
    armed: Mutex<Option<(Point, u32)>>,
    victim: Victim,
}

impl Trap {
    /// A trap for a process.
    pub fn new(victim: Victim) -> Self {
        Trap { armed: Mutex::default(), victim }
    }

    /// Arms it for the request after so many others.
    pub fn arm(&self, point: Point, after: u32) {
        *self.armed() = Some((point, after));
    }

    /// Takes it away; true where it was still there.
    pub fn disarm(&self) -> bool {
        self.armed().take().is_some()
    }

    /// Counts a request that would be taken; the point where the process has to die in it, where it is the one.
    pub fn request(&self) -> Option<Point> {
        let mut armed = self.armed();
        match armed.as_mut() {
            Some((point, 0)) => {
                let point = *point;
                *armed = None;
                Some(point)
            }
            Some((_, left)) => {
                *left -= 1;
                None
            }
            None => None,
        }
    }

    /// Kills the process now.
    pub fn kill(&self) {
        self.victim.kill();
    }

    /// Stops the process now, so that it sees nothing of what comes.
    pub fn freeze(&self) {
        self.victim.freeze();
    }

    /// Kills the process a little later.
    pub async fn kill_after(&self, wait: Duration) {
        tokio::time::sleep(wait).await;
        self.victim.kill();
    }

    fn armed(&self) -> std::sync::MutexGuard<'_, Option<(Point, u32)>> {
        self.armed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
