//! `semel diagram`: a flow as SVG.

use std::path::Path;
use std::sync::Arc;

use diag::Problem;
use flow::{Checked, Flow};

use crate::args::DiagramArgs;
use crate::exit::Exit;
use crate::{artifact, out, package};

pub(crate) fn run(args: &DiagramArgs) -> Result<(), Exit> {
    let flow = choose(args)?;
    let svg = server::diagram::svg(&flow);
    match &args.output {
        None => out::text(&svg),
        Some(path) => std::fs::write(path, svg).map_err(|e| Exit::failed(format!("{}: {e}", path.display()))),
    }
}

/// The only flow, the named one, or the one in the file.
fn choose(args: &DiagramArgs) -> Result<Arc<Flow>, Exit> {
    let file = args.package.is_file() && !artifact::is_artifact(&args.package);
    let parent = args.package.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = if file { parent } else { &args.package };
    let loaded = package::check(&[folder.to_owned()], &args.parameters.set)?;
    let (checked, refused) = (&loaded.checked, loaded.refused(true));
    let wanted = |f: &Flow| args.flow.as_ref().map_or(!file || in_file(f, &args.package), |name| f.name == *name);
    let found: Vec<_> = checked.flows.iter().filter(|f| wanted(f)).collect();
    // Whether a flow that was not found may be there with errors; packages do not say what such a flow is called.
    let broken = |name: &String| loaded.reports.is_empty() || loaded.reports.iter().any(|r| r.name == *name);
    match found.as_slice() {
        // A flow that is asked for is drawn, whatever the others of its package are.
        [one] if args.flow.is_some() || file || !refused => {
            let its = one.processes.first().map_or("", |p| p.span.file.as_str());
            let of = |p: &&Problem| p.span.file.ends_with(its);
            let problems = checked.problems.iter().filter(of).cloned().collect();
            package::show_problems(&Checked { flows: Vec::new(), problems, sources: checked.sources.clone() });
            Ok(Arc::clone(one))
        }
        [] | [_] if refused && args.flow.as_ref().is_none_or(broken) => {
            package::show_problems(checked);
            Err(loaded.refusal())
        }
        _ => {
            let names: Vec<&str> = checked.flows.iter().map(|f| f.name.as_str()).collect();
            Err(Exit::usage(format!("choose one flow with --flow: {}", names.join(", "))))
        }
    }
}

/// Whether a flow comes from this file.
fn in_file(flow: &Flow, file: &Path) -> bool {
    let span = flow.processes.first().map(|p| p.span.file.as_str()).unwrap_or_default();
    Path::new(span).file_name() == file.file_name()
}
