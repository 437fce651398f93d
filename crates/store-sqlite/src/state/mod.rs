//! What is done inside `state.db`: changes, taking, questions.

pub(crate) mod change;
pub(crate) mod entry;
pub(crate) mod places;
pub(crate) mod sweep;
pub(crate) mod taking;
pub(crate) mod values;
