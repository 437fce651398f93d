//! `semel check`: all problems of all packages at once.

use crate::args::{CheckArgs, Format};
use crate::exit::{Code, Exit};
use crate::{out, package};

pub(crate) fn run(args: &CheckArgs) -> Result<(), Exit> {
    let set = &args.parameters.set;
    if args.format == Format::Json {
        let checked = package::check(&args.packages, set)?;
        out::json(&diag::to_json(&checked.problems, &checked.sources))?;
        let errors = package::has_errors(&checked.problems);
        return if errors { Err(Exit::silent(Code::InvalidFlow)) } else { Ok(()) };
    }
    let checked = package::check_or_exit(&args.packages, set)?;
    let mut names: Vec<&str> = checked.flows.iter().map(|f| f.name.as_str()).collect();
    names.sort_unstable();
    let flows = if names.len() == 1 { "1 flow is" } else { &format!("{} flows are", names.len()) };
    out::line(&format!("{flows} correct: {}", names.join(", ")))
}
