//! One call of a mapping: the source sorted by paths, queues for each target field, the document.

mod evaluate;
mod json;
mod target;
mod write;

use expr::xpath::body;

use self::evaluate::Evaluator;
use crate::model::Model;
use crate::{Host, Limits, Output, source};

/// Steps between two questions whether the run has to end.
const ASK: u64 = 4_096;

/// What is left of the limits.
pub(crate) struct Budget {
    steps: u64,
    bytes: usize,
    asked: u64,
}

impl Budget {
    fn new(limits: Limits) -> Budget {
        Budget { steps: limits.steps, bytes: limits.bytes, asked: limits.steps }
    }

    /// Takes steps.
    pub(crate) fn step(&mut self, steps: u64, host: &mut dyn Host) -> Result<(), String> {
        self.steps = self.steps.checked_sub(steps).ok_or("the mapping takes more steps than it may")?;
        if self.asked - self.steps >= ASK {
            self.asked = self.steps;
            if let Some(why) = host.interrupted() {
                return Err(why);
            }
        }
        Ok(())
    }

    /// Takes bytes of a value or of the result.
    pub(crate) fn bytes(&mut self, bytes: usize, host: &mut dyn Host) -> Result<(), String> {
        self.bytes = self.bytes.checked_sub(bytes).ok_or("the values of the mapping take more memory than they may")?;
        self.step(1 + u64::try_from(bytes / 64).unwrap_or(u64::MAX), host)
    }
}

/// Runs a mapping.
pub(crate) fn run(model: &Model, message: &[u8], host: &mut dyn Host, limits: Limits) -> Result<Output, String> {
    let mut budget = Budget::new(limits);
    let text = body::text(message).map_err(|e| e.0.replace("XPath", "a message mapping"))?;
    let text = if model.from_json { crate::json::as_xml(&text, limits.bytes)?.into() } else { text };
    let document = body::tree(&text).map_err(|e| e.0)?;
    let instances = source::index(model, &document, &mut budget, host)?;
    let mut evaluator = Evaluator::new(model, &instances, &text, budget, host);
    let built = target::build(&mut evaluator)?;
    match &model.to_json {
        Some(shapes) => {
            let body = json::write(model, &built, shapes, &mut evaluator)?.into_bytes();
            Ok(Output { body, media_type: "application/json" })
        }
        None => {
            let body = write::document(model, &built, &mut evaluator)?.into_bytes();
            Ok(Output { body, media_type: "application/xml" })
        }
    }
}
