//! Single expressions before both, one a line; what follows `  =>  ` or `  !!  ` is not read.

use std::collections::BTreeMap;

use crate::compare::Verdict;
use crate::trial::trial;
use crate::{Body, Input, Jvm, Semel, Unavailable};

/// What came of expressions.
#[derive(Debug, Default)]
pub struct Probes {
    /// How many there were.
    pub total: usize,
    /// Those that the real Groovy does not compile.
    pub refused: Vec<String>,
    /// Those that differ: expression, there, here.
    pub differ: Vec<(String, String, String)>,
}

/// Tries expressions.
///
/// # Errors
/// The real Groovy cannot be asked.
pub fn probes(jvm: &mut Jvm, semel: &Semel, text: &str) -> Result<Probes, Unavailable> {
    let mut all = Probes::default();
    for line in text.lines().filter(|l| !l.trim().is_empty() && !l.starts_with("//")) {
        let code = line.split("  =>  ").next().and_then(|l| l.split("  !!  ").next()).unwrap_or(line).trim();
        let source = format!(
            "import com.sap.gateway.ip.core.customdev.util.Message\nimport groovy.json.*\nimport groovy.xml.*\n\
             def probe() {{\n return {code}\n}}\ndef Message processData(Message message) {{\n def v = probe()\n \
             message.setBody(v == null ? 'null' : v.getClass().getName() + ' ' + v.toString())\n return message\n}}\n"
        );
        let input = Input { body: Body { kind: "string".into(), text: String::new() }, ..Input::default() };
        let trial = trial(jvm, semel, &source, BTreeMap::new(), vec![input])?;
        all.total += 1;
        if trial.calls.is_empty() {
            all.refused.push(code.to_owned());
        }
        for call in &trial.calls {
            if let Verdict::Differ(d) = &call.verdict {
                all.differ.push((code.to_owned(), d.want.clone(), d.got.clone()));
            }
        }
    }
    Ok(all)
}
