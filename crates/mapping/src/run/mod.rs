//! One call of a mapping: the source sorted by paths, queues for each target field, the document.

mod evaluate;
mod json;
mod target;
mod write;

use expr::xpath::body;

use self::evaluate::Evaluator;
use crate::model::Model;
use crate::{Host, Limits, MappingError, Output, source};

/// Steps between two questions whether the run has to end.
const ASK: u64 = 4_096;

/// What is left of the limits.
pub(crate) struct Budget {
    steps: u64,
    bytes: usize,
    asked: u64,
    /// A limit was met.
    over: bool,
}

impl Budget {
    fn new(limits: Limits) -> Budget {
        Budget { steps: limits.steps, bytes: limits.bytes, asked: limits.steps, over: false }
    }

    /// Takes steps.
    pub(crate) fn step(&mut self, steps: u64, host: &mut dyn Host) -> Result<(), String> {
        let Some(left) = self.steps.checked_sub(steps) else {
            self.over = true;
            return Err("the mapping takes more steps than it may".to_owned());
        };
        self.steps = left;
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
        let Some(left) = self.bytes.checked_sub(bytes) else {
            self.over = true;
            return Err("the values of the mapping take more memory than they may".to_owned());
        };
        self.bytes = left;
        self.step(1 + u64::try_from(bytes / 64).unwrap_or(u64::MAX), host)
    }
}

/// Runs a mapping.
pub(crate) fn run(model: &Model, message: &[u8], host: &mut dyn Host, limits: Limits) -> Result<Output, MappingError> {
    let mut budget = Budget::new(limits);
    let made = output(model, message, host, limits, &mut budget);
    made.map_err(|text| MappingError { text, limit: budget.over })
}

fn output(
    model: &Model,
    message: &[u8],
    host: &mut dyn Host,
    limits: Limits,
    budget: &mut Budget,
) -> Result<Output, String> {
    let text = body::text(message).map_err(|e| e.0.replace("XPath", "a message mapping"))?;
    let text = if model.from_json { crate::json::as_xml(&text, limits.bytes)?.into() } else { text };
    let document = body::tree(&text).map_err(|e| e.0)?;
    let instances = source::index(model, &document, budget, host)?;
    let mut evaluator = Evaluator::new(model, &instances, &text, budget, host);
    let built = target::build(&mut evaluator)?;
    let (body, media_type) = match &model.to_json {
        Some(shapes) => (json::write(model, &built, shapes, &mut evaluator)?, "application/json"),
        None => (write::document(model, &built, &mut evaluator)?, "application/xml"),
    };
    Ok(Output { body: body.into_bytes(), media_type })
}
