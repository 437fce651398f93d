//! The memory store: for tests, scenarios and simulations; forgets everything when dropped.

/// A store in memory.
#[derive(Debug, Default)]
pub struct MemoryStore {}

/// A message log in memory.
#[derive(Debug, Default)]
pub struct MemoryLog {}
