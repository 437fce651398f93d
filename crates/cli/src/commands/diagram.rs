//! `semel diagram`: a flow as SVG.

use std::path::Path;
use std::sync::Arc;

use flow::Flow;

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
    let checked = package::check_or_exit(&[folder.to_owned()], &args.parameters.set, true)?;
    let in_file = |f: &Flow| {
        let span = f.processes.first().map(|p| p.span.file.as_str()).unwrap_or_default();
        Path::new(span).file_name() == args.package.file_name()
    };
    let wanted = |f: &Flow| args.flow.as_ref().map_or(!file || in_file(f), |name| f.name == *name);
    let found: Vec<_> = checked.flows.iter().filter(|f| wanted(f)).collect();
    match found.as_slice() {
        [one] => Ok(Arc::clone(one)),
        _ => {
            let names: Vec<&str> = checked.flows.iter().map(|f| f.name.as_str()).collect();
            Err(Exit::usage(format!("choose one flow with --flow: {}", names.join(", "))))
        }
    }
}
