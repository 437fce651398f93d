//! The pure centre: given a run, one event and the time, what to commit and what to do.
