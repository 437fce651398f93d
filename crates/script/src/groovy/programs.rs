//! Parsed scripts, kept for the calls to come.

use std::collections::BTreeMap;
use std::sync::Arc;

use ::groovy::{ParseError, Program};

use crate::kept::Kept;

/// The scripts.
#[derive(Debug, Default)]
pub(super) struct Programs(Kept<Program>);

impl Programs {
    /// A script, parsed before or now.
    pub(super) fn get(
        &self,
        path: &str,
        source: &str,
        companions: &Arc<BTreeMap<String, String>>,
    ) -> Result<Arc<Program>, (String, ParseError)> {
        self.0.get(path, source, companions, || parse(path, source, companions))
    }
}

/// Parses a script with those that it may use classes of.
pub(crate) fn parse(
    path: &str,
    source: &str,
    companions: &BTreeMap<String, String>,
) -> Result<Program, (String, ParseError)> {
    let parse = |path: &str, source: &str| Program::parse(path, source).map_err(|e| (path.to_owned(), e));
    let mut program = parse(path, source)?;
    for (path, source) in companions {
        program.add_companion(&parse(path, source)?);
    }
    Ok(program)
}
