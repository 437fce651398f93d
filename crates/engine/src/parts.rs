//! The parts of a split, one at a time: a large body never exists as a tree or as a list of parts.

use base::Failure;
use bytes::Bytes;
use expr::Scope;
use flow::Split;

/// Where a split stands in its body.
#[derive(Clone, Debug, Default)]
pub struct Parts {}

impl Parts {
    /// The parts of a message's body. Plain element paths and lines are found while streaming.
    ///
    /// # Errors
    /// A permanent failure: the body is not XML or JSON where it has to be, or the expression fails.
    pub fn of(split: &Split, scope: &Scope<'_>) -> Result<Self, Failure> {
        let _ = (split, scope);
        Ok(Parts {})
    }

    /// The next part, `None` after the last. Grouping is applied: a part may hold several records.
    ///
    /// # Errors
    /// A permanent failure: the body breaks off or is not well-formed from here on. No part follows.
    pub fn next_part(&mut self) -> Result<Option<Bytes>, Failure> {
        Ok(None)
    }

    /// Whether the part given last was the last one, where that is known (`CamelSplitComplete`).
    #[must_use]
    pub fn is_last(&self) -> bool {
        false
    }

    /// How many parts there are in all, where that is known without reading on (`CamelSplitSize`).
    #[must_use]
    pub fn total(&self) -> Option<usize> {
        None
    }
}
