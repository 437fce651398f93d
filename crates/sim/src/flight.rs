//! A call of a receiver that is under way: what it leaves in the books when it ends, or when it is cut off.

use std::time::Duration;

use base::{Class, Clock};

use crate::observe::{Acted, Lost, Sim};
use crate::systems::{self, Visit};
use crate::world::ReceiverSpec;

/// A call that is under way; dropped before its end, nobody knows what came of it.
pub struct Flight<'a> {
    /// The world.
    pub sim: &'a Sim,
    /// The receiver.
    pub spec: &'a ReceiverSpec,
    /// Its number.
    pub to: usize,
    /// The flow that sends, where its address says so.
    pub from: String,
    /// Id of the body.
    pub id: String,
    /// Delivery id, of exactly-once calls.
    pub key: Option<String>,
    /// It acted.
    pub acted: bool,
    /// It is over.
    pub over: bool,
    /// Whether a call that is cut off still reaches the receiver.
    pub arrives: bool,
    /// Its place at the receiver's system.
    pub visit: Option<Visit>,
}

impl Flight<'_> {
    /// The receiver acts, unless it recognises the delivery.
    pub fn act(&mut self) {
        self.acted = true;
        let at = self.sim.clock.elapsed();
        let mut state = self.sim.state();
        let before = self.key.as_ref().and_then(|key| state.keys.get(key)).map_or(0, |known| known.acted);
        let applied = !(self.spec.idempotent && before > 0);
        if let Some(known) = self.key.as_ref().and_then(|key| state.keys.get_mut(key)) {
            known.acted += 1;
        }
        let (to, from, id, key) = (self.to, self.from.clone(), self.id.clone(), self.key.clone());
        state.acted.push(Acted { to, from, id, key, applied, at });
        drop(state);
        self.sim.trace(format!("r{} acted on {}{}", self.to, self.id, if applied { "" } else { " (a repeat)" }));
    }

    /// The caller learns how it ended.
    pub fn land(&mut self, failure: Option<Class>) {
        self.over = true;
        let doubt = failure == Some(Class::InDoubt);
        let outcome = failure.map_or(Ok(()), Err);
        systems::end(self.sim, self.visit.take(), self.key.as_deref().unwrap_or_default(), Some(outcome));
        let now = self.sim.clock.now().0;
        let at = self.sim.clock.elapsed();
        let mut state = self.sim.state();
        let life = state.life;
        if let Some(known) = self.key.as_ref().and_then(|key| state.keys.get_mut(key)) {
            known.flying -= 1;
            known.at_work = Duration::ZERO;
            known.ended = Some((now, life));
            known.last = failure;
            known.unrecorded = self.acted && !doubt;
            if doubt {
                known.doubts += 1;
                known.doubtful = true;
                known.told.push(at);
            }
        }
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        if self.over {
            return;
        }
        self.over = true;
        systems::end(self.sim, self.visit.take(), self.key.as_deref().unwrap_or_default(), None);
        let (to, from, id, key) = (self.to, self.from.clone(), self.id.clone(), self.key.clone());
        let lost = Lost { to, from, id, key, acts: !self.acted && self.arrives };
        let mut state = self.sim.state();
        // What dies with the process is dropped in no particular order: it is counted afterwards.
        if state.dead {
            state.lost.push(lost);
        } else {
            drop(state);
            cut_off(self.sim, lost);
        }
    }
}

/// Nobody knows what came of a call; it may still reach the receiver.
pub fn cut_off(sim: &Sim, lost: Lost) {
    let Some(spec) = sim.world.receivers.get(lost.to) else { return };
    sim.trace(format!("nobody knows what came of {} at r{}", lost.id, lost.to));
    if let Some(key) = &lost.key {
        let mut state = sim.state();
        let known = state.keys.entry(key.clone()).or_default();
        known.flying = known.flying.saturating_sub(1);
        known.doubts += 1;
        known.doubtful = true;
    }
    let Lost { to, from, id, key, acts } = lost;
    if acts {
        let (acted, over, arrives, visit) = (false, true, true, None);
        Flight { sim, spec, to, from, id, key, acted, over, arrives, visit }.act();
    }
}
