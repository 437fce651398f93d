//! Answers the engine's questions from the store and the locks of the run.

use std::time::Duration;

use base::{EntryKey, Failure, Timestamp};
use engine::{Asked, Question};
use store::{Change, EntryState, Place, StoreError, Variable};

use crate::locks::{Lock, RunLocks};
use crate::run;
use crate::runtime::Shared;

/// How far the expiry of a variable moves at least.
const TOUCH: Duration = Duration::from_secs(86_400);

/// A store that cannot answer fails a step in a way that may work later.
pub(crate) fn store_failure(error: &StoreError) -> Failure {
    Failure::transient("R0105", format!("the store cannot answer: {error}"))
}

/// The answer to a question of a run.
pub(crate) async fn answer(shared: &Shared, locks: &RunLocks, question: Question) -> Result<Asked, Failure> {
    let store = &shared.options.store;
    let now = shared.options.clock.now();
    match question {
        Question::Find { place, id, lock } => {
            let _gate = if lock { Some(locks.gate(&place).await) } else { None };
            let entry = store.find(&place, &id).await.map_err(|e| store_failure(&e))?;
            let entry = entry.filter(|entry| {
                // A consumer or another run is working on it: for this run it is not there.
                !lock
                    || (entry.info.state != EntryState::Taken
                        && locks.try_take(Lock::Entry(place.clone(), id.clone()), Some(entry.info.key)))
            });
            Ok(Asked::Entry(entry.map(Box::new)))
        }
        Question::Select { place, max, except, lock } => select(shared, locks, &place, max, except, lock).await,
        Question::Variable { scope, name } => {
            let variable = store.variable(&scope, &name, now).await.map_err(|e| store_failure(&e))?;
            if let Some(variable) = &variable {
                touch(shared, variable, now).await;
            }
            Ok(Asked::Variable(variable.map(|v| v.value)))
        }
        Question::Number { name, correlation, lock } => {
            if lock {
                locks.take(Lock::Range(name.clone())).await?;
            }
            let drawn = match &correlation {
                Some(correlation) => store.drawn(&name, correlation, now).await.map_err(|e| store_failure(&e))?,
                None => None,
            };
            let state = store.number_range(&name).await.map_err(|e| store_failure(&e))?;
            Ok(Asked::Number { state, drawn })
        }
        Question::Once { step, id } => {
            locks.take(Lock::Once(step.clone(), id.clone())).await?;
            Ok(Asked::Once(store.once(&step, &id, now).await.map_err(|e| store_failure(&e))?))
        }
        Question::Settled(id) => Ok(Asked::Settled(run::settled(shared, &id).await.map_err(|e| store_failure(&e))?)),
    }
}

/// A variable that is read lives on. A read must not cost a commit, so its expiry moves in steps of a day, and less
/// where variables are kept for a few days only.
async fn touch(shared: &Shared, variable: &Variable, now: Timestamp) {
    let keep = shared.options.retention.variables;
    let expires = now.plus(keep);
    if expires <= variable.expires.plus(TOUCH.min(keep / 10)) {
        return;
    }
    let touch = Change::TouchVariable { scope: variable.scope.clone(), name: variable.name.clone(), expires };
    if let Err(error) = shared.commit(vec![touch]).await {
        // The value was read; the next read tries again.
        tracing::warn!(variable = variable.name, %error, "the expiry of a variable could not be moved");
    }
}

async fn select(
    shared: &Shared,
    locks: &RunLocks,
    place: &Place,
    max: u32,
    mut except: Vec<EntryKey>,
    lock: bool,
) -> Result<Asked, Failure> {
    let store = &shared.options.store;
    if !lock {
        let entries = store.select(place, max, &except).await.map_err(|e| store_failure(&e))?;
        return Ok(Asked::Entries(entries));
    }
    // Who is held is read inside the gate: an entry that is free now cannot be taken, removed and freed by another
    // run between this look and the lock.
    let _gate = locks.gate(place).await;
    except.extend(locks.held_by_others(place));
    let mut entries = store.select(place, max, &except).await.map_err(|e| store_failure(&e))?;
    entries.retain(|e| locks.try_take(Lock::Entry(place.clone(), e.info.id.clone()), Some(e.info.key)));
    Ok(Asked::Entries(entries))
}
