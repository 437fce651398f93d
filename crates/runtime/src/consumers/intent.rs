//! Intents that a crash left: nobody waits for their calls any more, so their receivers are asked sooner.

use flow::InDoubt;
use store::{EntryInfo, Place, PlaceKind, StoreError};

use super::due_at;
use crate::deploy::Slot;
use crate::runtime::Shared;
use crate::sooner::bring_forward;

/// Brings forward what is asked about in a place; nothing where its receiver cannot be asked.
pub(super) async fn ask_soon(shared: &Shared, slot: &Slot, place: &Place) -> Result<(), StoreError> {
    let receiver = slot.flow.receivers.get(&place.name).filter(|_| place.kind == PlaceKind::Delivery);
    let Some(receiver) = receiver.filter(|receiver| matches!(receiver.in_doubt, InDoubt::Probe(_))) else {
        return Ok(());
    };
    let now = shared.options.clock.now();
    let lapse = shared.options.retention.keep(shared.options.clock.as_ref()).lapse;
    let soon = |info: &EntryInfo| {
        let left = info.error.as_deref() == Some(engine::NO_OUTCOME);
        let due = left.then(|| engine::asked_at(receiver, info, lapse, now)).filter(|due| *due < info.due)?;
        // Said of its call now: a further start does not take this time for the one that it was stored with.
        Some(due_at(EntryInfo { error: Some(engine::CUT_OFF.to_owned()), ..info.clone() }, due))
    };
    bring_forward(shared, Some(place), soon).await
}
