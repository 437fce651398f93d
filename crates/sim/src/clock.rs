//! Simulated time: true time is tokio's paused clock over all lives of the process; the stored clock may also jump.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base::{Clock, Timestamp};
use tokio::time::Instant;

/// 2026-11-22T08:00:00Z.
const START: i64 = 1_795_334_400_000;

#[derive(Debug, Default)]
struct State {
    /// True time when the present life began.
    carried: Duration,
    /// The present life's clock.
    born: Option<Instant>,
    /// How far the stored clock is off, in milliseconds.
    jumped: i64,
}

/// The clock of a world.
#[derive(Debug, Default)]
pub struct SimClock(Mutex<State>);

impl SimClock {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// True time since the world began.
    pub fn elapsed(&self) -> Duration {
        let state = self.state();
        state.carried + state.born.map_or(Duration::ZERO, |born| born.elapsed())
    }

    /// A life begins; called inside its tokio runtime.
    pub fn begin(&self) {
        self.state().born = Some(Instant::now());
    }

    /// A life ends; called inside its tokio runtime.
    pub fn end(&self) {
        let elapsed = self.elapsed();
        let mut state = self.state();
        state.carried = elapsed;
        state.born = None;
    }

    /// The stored clock jumps.
    pub fn jump(&self, ms: i64) {
        self.state().jumped += ms;
    }
}

impl Clock for SimClock {
    fn now(&self) -> Timestamp {
        let ms = i64::try_from(self.elapsed().as_millis()).unwrap_or(i64::MAX);
        Timestamp(START + ms + self.state().jumped)
    }
}
