//! The time limit of a call.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// When the script has to be done, shared with what looks at it while the script runs.
pub(crate) struct Timer {
    base: Instant,
    deadline: AtomicU64,
    hit: AtomicBool,
}

impl Timer {
    #[expect(clippy::disallowed_methods, reason = "a script's time limit is real elapsed time")]
    /// A timer that has not begun.
    pub(crate) fn new() -> Self {
        Timer { base: Instant::now(), deadline: AtomicU64::new(u64::MAX), hit: AtomicBool::new(false) }
    }

    /// Microseconds since it was made.
    pub(crate) fn elapsed(&self) -> u64 {
        u64::try_from(self.base.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    /// A timer of one call that may take this long from now.
    pub(crate) fn begun(time: Duration) -> Self {
        let timer = Self::new();
        timer.begin(time);
        timer
    }

    /// Begins a call that may take this long.
    pub(crate) fn begin(&self, time: Duration) {
        let time = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        self.hit.store(false, Ordering::Relaxed);
        self.deadline.store(self.elapsed().saturating_add(time), Ordering::Relaxed);
    }

    /// Whether the time is over; remembers it.
    pub(crate) fn is_over(&self) -> bool {
        let over = self.elapsed() >= self.deadline.load(Ordering::Relaxed);
        if over {
            self.hit.store(true, Ordering::Relaxed);
        }
        over
    }

    /// Whether the time was found to be over.
    pub(crate) fn hit(&self) -> bool {
        self.hit.load(Ordering::Relaxed)
    }
}
