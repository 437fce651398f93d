//! JavaScript by QuickJS, with SAP's `processData(message)` API.

use crate::{Host, Invocation, ScriptError, ScriptErrorKind, ScriptOutput};

/// The JavaScript host.
#[derive(Debug, Default)]
pub struct JavaScript {}

impl Host for JavaScript {
    fn run(&self, _invocation: Invocation<'_>) -> Result<ScriptOutput, ScriptError> {
        Err(ScriptError { message: String::new(), trace: String::new(), kind: ScriptErrorKind::Missing })
    }
}
