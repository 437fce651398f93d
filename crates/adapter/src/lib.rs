//! The channel contract: what a receiver channel promises and how it reports what happened.
