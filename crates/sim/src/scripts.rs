//! The script hosts of a world with a given package: the real ones, with a failure where one is planned.

use std::sync::Arc;

use flow::Language;
use script::{Host, Invocation, ScriptError, ScriptErrorKind, ScriptOutput};

use crate::observe::Sim;
use crate::world::Single;

/// The hosts of a world. Flows that were made up have no scripts.
pub fn hosts(sim: &Arc<Sim>) -> runtime::ScriptHosts {
    if sim.world.given.is_none() {
        return runtime::ScriptHosts::new();
    }
    let of = |host: Box<dyn Host>| -> Arc<dyn Host> { Arc::new(Failing { sim: Arc::clone(sim), host }) };
    let groovy = of(Box::<script::Groovy>::default());
    let javascript = of(Box::<script::JavaScript>::default());
    let mapping = of(Box::<script::MessageMapping>::default());
    [(Language::Groovy, groovy), (Language::JavaScript, javascript), (Language::MessageMapping, mapping)].into()
}

/// A host one call of which may fail.
struct Failing {
    sim: Arc<Sim>,
    host: Box<dyn Host>,
}

impl Host for Failing {
    #[expect(clippy::panic, reason = "a host that panics is one of the failures")]
    fn run(&self, invocation: Invocation<'_>) -> Result<ScriptOutput, ScriptError> {
        let called = {
            let mut state = self.sim.state();
            state.scripts += 1;
            state.scripts
        };
        match self.sim.world.single {
            Some(Single::Script { number, panics: true }) if number == called => panic!("a planned failure"),
            Some(Single::Script { number, panics: false }) if number == called => Err(ScriptError {
                message: "a planned failure".to_owned(),
                place: None,
                trace: String::new(),
                kind: ScriptErrorKind::Threw,
            }),
            _ => self.host.run(invocation),
        }
    }
}
