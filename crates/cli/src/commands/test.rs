//! `semel test`: the scenarios of packages, one line each.

use base::{Clock, WallClock};
use flow::Package;
use runtime::scenario;

use crate::args::TestArgs;
use crate::exit::{Code, Exit};
use crate::{out, package};

pub(crate) async fn run(args: TestArgs) -> Result<(), Exit> {
    // What is wrong with the flows is said once, and not by every scenario.
    package::check_or_exit(&args.packages, &args.parameters.set, false)?;
    let started = WallClock.now();
    let (mut passed, mut failed) = (0, 0);
    for folder in &args.packages {
        let package = package::read(folder, &args.parameters.set)?;
        for (file, text) in scenarios(&package, args.only.as_deref()) {
            let report = scenario::run(&package, file, text).await;
            let steps = report.steps;
            if report.passed() {
                passed += 1;
                out::line(&format!("{} {}: {} ({steps} steps)", mark(true), package.name, report.title))?;
                continue;
            }
            failed += 1;
            out::line(&format!("{} {}: {}", mark(false), package.name, report.title))?;
            out::line(&format!("    {}", folder.join(file).display()))?;
            for failure in &report.failures {
                let at = if failure.step == 0 { String::new() } else { format!("step {}: ", failure.step) };
                out::line(&format!("    {at}{}", failure.text.replace('\n', "\n      ")))?;
            }
        }
    }
    if passed + failed == 0 {
        return Err(Exit::failed("there are no scenarios; they are files `tests/*.test.yaml` of a package"));
    }
    let took = base::format_duration(WallClock.now().since(started));
    out::line(&format!("\n{passed} passed, {failed} failed, in {took}"))?;
    if failed > 0 { Err(Exit::silent(Code::ScenarioFailed)) } else { Ok(()) }
}

fn scenarios<'a>(package: &'a Package, only: Option<&'a str>) -> impl Iterator<Item = (&'a str, &'a str)> {
    package.files.iter().map(|(file, text)| (file.as_str(), text.as_str())).filter(move |(file, text)| {
        let scenario = file.ends_with(".test.yaml") || file.ends_with(".test.yml");
        let title = text.lines().find(|l| l.starts_with("scenario:")).unwrap_or_default();
        scenario && only.is_none_or(|o| file.contains(o) || title.contains(o))
    })
}

fn mark(good: bool) -> &'static str {
    match (good, out::colour_stdout()) {
        (true, true) => "\u{1b}[32m✓\u{1b}[0m",
        (false, true) => "\u{1b}[31m✗\u{1b}[0m",
        (true, false) => "✓",
        (false, false) => "✗",
    }
}
