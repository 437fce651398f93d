//! `semel check`: all problems of all packages at once, and what runs of artifacts.

use serde_json::{Value, json};

use crate::args::{CheckArgs, Format};
use crate::exit::{Code, Exit};
use crate::{artifact, out, package};

pub(crate) fn run(args: &CheckArgs) -> Result<(), Exit> {
    let loaded = package::check(&args.packages, &args.parameters.set)?;
    let (checked, reports) = (&loaded.checked, &loaded.reports);
    let refused = loaded.refused(false);
    if args.format == Format::Json {
        let problems = diag::to_json(&checked.problems, &checked.sources);
        let artifacts = args.packages.iter().any(|p| artifact::is_artifact(p));
        let flows: Vec<Value> = reports.iter().map(artifact::json).collect();
        out::json(&if artifacts { json!({"flows": flows, "problems": problems}) } else { problems })?;
        return if refused { Err(Exit::silent(Code::InvalidFlow)) } else { Ok(()) };
    }
    for report in reports {
        out::line(&artifact::text(report))?;
    }
    package::show_problems(checked);
    if refused {
        return Err(loaded.refusal());
    }
    let mut names: Vec<&str> = checked.flows.iter().map(|f| f.name.as_str()).collect();
    names.sort_unstable();
    let flows = if names.len() == 1 { "1 flow is" } else { &format!("{} flows are", names.len()) };
    out::line(&format!("{flows} correct: {}", names.join(", ")))
}
