//! Seeded worlds: random flows, messages, receivers, faults, crashes and operators around the real runtime, and
//! checkers of the guarantees. The same seed gives the same history to the byte.

mod check;
mod clock;
mod dice;
mod drive;
mod enrich;
mod expect;
mod flight;
mod generate;
pub mod given;
mod observe;
mod operator;
mod order;
pub mod planted;
mod receivers;
mod scripts;
mod sender;
pub mod shrink;
mod simlog;
mod simstore;
mod systems;
mod watch;
pub mod world;
mod yaml;

pub use drive::{Figures, Outcome, play};
pub use observe::Violation;
pub use planted::Planted;
pub use world::World;
pub use yaml::files;
