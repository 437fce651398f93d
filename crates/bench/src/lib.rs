//! Load and memory figures, and the same for peers; never shipped.
