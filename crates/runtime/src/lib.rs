//! The moving shell: claim, perform, commit, wait; and [`Ops`], what operators can ask and do.
//!
//! The runtime asks the engine what to do, commits first, performs then, and brings the outcomes back.
//! It knows no HTML, no routing tables of a web server and no SQL.

mod alert;
mod backlog;
mod calling;
mod circuit;
mod commit;
mod consumers;
mod deploy;
mod door;
mod escalate;
mod health;
mod journal;
mod locks;
mod ops;
mod options;
mod perform;
mod problem;
mod question;
mod reconcile;
mod redact;
mod routes;
mod run;
mod runtime;
pub mod scenario;
mod scripting;
mod sooner;
mod sweep;
mod unsaved;
mod wake;

pub use door::{Door, DoorRequest, DoorResponse};
pub use ops::{Bulk, FlowLine, FlowState, Ops, OpsError, Preview, ReceiverLine, Selection};
pub use options::{Options, Retention, ScriptHosts};
pub use runtime::{DeployProblem, Runtime};
