//! Parsed scripts, kept for the calls to come.

use std::collections::BTreeMap;
use std::sync::Arc;

use ::groovy::{ParseError, Program};

use crate::host::History;
use crate::kept::Kept;

/// A parsed script.
pub(super) struct Parsed {
    pub(super) program: Program,
    pub(super) history: History,
}

/// The scripts.
#[derive(Debug, Default)]
pub(super) struct Programs(Kept<Parsed>);

impl Programs {
    /// A script, parsed before or now.
    pub(super) fn get(
        &self,
        path: &str,
        source: &str,
        companions: &Arc<BTreeMap<String, String>>,
    ) -> Result<Arc<Parsed>, (String, ParseError)> {
        self.0.get(path, source, companions, || {
            let program = parse(path, source, companions)?;
            Ok(Parsed { program, history: History::default() })
        })
    }

    /// A script that is parsed already.
    pub(super) fn known(
        &self,
        path: &str,
        source: &str,
        companions: &Arc<BTreeMap<String, String>>,
    ) -> Option<Arc<Parsed>> {
        self.0.known(path, source, companions)
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
