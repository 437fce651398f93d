//! Rules that every store shares, each written once.

use std::collections::HashMap;

use base::{DeliveryId, Message, Value};

use crate::{Answer, CommitError, DeliveryEnd, NewEntry, NumberState, Place, StoreError};

/// Most characters of an entry id.
pub const MAX_ENTRY_ID: usize = 255;

/// The message as it is stored: values that are not storable are left out.
#[must_use]
pub fn storable(mut message: Message) -> Message {
    message.headers.retain(|_, value| value.is_storable());
    message.properties.retain(|_, value| value.is_storable());
    message
}

/// The value as a variable keeps it: what is not storable becomes its text.
#[must_use]
pub fn variable_value(value: Value) -> Value {
    if value.is_storable() { value } else { Value::Text(value.to_string()) }
}

/// The outcomes of a message, each delivery once, in the order in which they were recorded. One that was delivered stays
/// so, whatever else was recorded.
#[must_use]
pub fn each_once(recorded: impl IntoIterator<Item = (DeliveryId, DeliveryEnd)>) -> Vec<(DeliveryId, DeliveryEnd)> {
    let mut at: HashMap<DeliveryId, usize> = HashMap::new();
    let mut all: Vec<(DeliveryId, DeliveryEnd)> = Vec::new();
    for (id, end) in recorded {
        match at.get(&id).and_then(|at| all.get_mut(*at)) {
            Some(known) if end == DeliveryEnd::Delivered => known.1 = end,
            Some(_) => {}
            None => {
                at.insert(id, all.len());
                all.push((id, end));
            }
        }
    }
    all
}

/// Refuses an entry whose id is too long.
///
/// # Errors
/// [`CommitError::Store`] with what is wrong.
pub fn check_entry(new: &NewEntry) -> Result<(), CommitError> {
    // Bytes first: counting characters is only needed for ids that could be too long.
    if new.id.len() <= MAX_ENTRY_ID || new.id.chars().count() <= MAX_ENTRY_ID {
        return Ok(());
    }
    let begin: String = new.id.chars().take(40).collect();
    Err(StoreError(format!("S0007: the entry id `{begin}…` has more than {MAX_ENTRY_ID} characters")).into())
}

/// An entry's name in an error text.
#[must_use]
pub fn entry_name(place: &Place, id: &str) -> String {
    format!("entry `{id}` of {place}")
}

/// A remembered answer's name in an error text.
#[must_use]
pub fn answer_name(answer: &Answer) -> String {
    format!("the answer to key `{}` of {}", answer.key, answer.flow)
}

/// A number range's name in an error text.
#[must_use]
pub fn range_name(name: &str) -> String {
    format!("number range {name}")
}

/// The next number of a range that is declared (again): kept where it still fits. A range that was used up stays so,
/// unless its new end lies further or it now rotates.
#[must_use]
pub fn declared_next(known: Option<&NumberState>, min: i64, max: i64, rotate: bool) -> Option<i64> {
    let first = (min <= max).then_some(min);
    let Some(known) = known else { return first };
    match known.next {
        Some(next) if (min..=max).contains(&next) => Some(next),
        Some(_) => first,
        None if max > known.max => Some(min.max(known.max + 1)),
        None if rotate => first,
        None => None,
    }
}
