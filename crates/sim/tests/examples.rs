//! Every example flow, through every crash and every single fault: around each commit, claim and act the process dies,
//! each commit fails, each call fails in each class. Whatever happens, the books are right in the end.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use sim::world::{Crash, Fate, Given, Post, ReceiverSpec, Single, Twice};
use sim::{World, play};

/// Path of a door, receiver, whether it gets each part, whether never under two delivery ids.
type Due = (&'static str, usize, bool, bool);

fn read(folder: &Path, prefix: &str, files: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            read(&entry.path(), &format!("{name}/"), files);
        } else if let Ok(text) = std::fs::read_to_string(entry.path()) {
            files.insert(name, text);
        }
    }
}

/// The world of an example: its parameters name the world's receivers, of which the first is down for a while.
fn world(example: &str, parameters: &[(&str, &str)], elements: (&str, &str), dues: &[Due]) -> World {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(example);
    let mut package = flow::Package { name: example.to_owned(), ..flow::Package::default() };
    read(&folder, "", &mut package.files);
    package.overrides = parameters.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    let receiver = |down: bool| ReceiverSpec {
        down: down.then_some((Duration::ZERO, Duration::from_secs(100))),
        interval: 1,
        max_retries: 100,
        ..ReceiverSpec::default()
    };
    let post = |number: u64, path: &str, at: u64| Post {
        name: format!("m{number}"),
        flow: path.to_owned(),
        at: Duration::from_secs(at),
        key: 0,
        keyed: number == 2,
        orders: 2,
        items: 1,
        twice: Twice::No,
    };
    let doors: std::collections::BTreeSet<&str> = dues.iter().map(|(path, ..)| *path).collect();
    let posts = doors.into_iter().flat_map(|path| [(path, 1), (path, 120)]).enumerate();
    World {
        seed: 1,
        flows: Vec::new(),
        receivers: (0..4).map(|n| receiver(n == 0)).collect(),
        posts: posts.map(|(n, (path, at))| post(n as u64 + 1, path, at)).collect(),
        crashes: Vec::new(),
        store_faults: 0,
        acts: Vec::new(),
        calm: Duration::from_secs(600),
        single: None,
        given: Some(Given {
            package,
            elements: (elements.0.to_owned(), elements.1.to_owned()),
            dues: dues.iter().map(|(path, to, parts, exact)| ((*path).to_owned(), *to, *parts, *exact)).collect(),
        }),
    }
}

fn check(world: &World, what: &str) -> sim::Figures {
    let outcome = play(world, None);
    let trace = outcome.trace.join("\n");
    assert!(outcome.violations.is_empty(), "{what}: {:#?}\n{trace}", outcome.violations);
    outcome.figures
}

fn every_fault(example: &str, parameters: &[(&str, &str)], elements: (&str, &str), dues: &[Due]) {
    let world = world(example, parameters, elements, dues);
    let figures = check(&world, "nothing goes wrong");
    assert!(figures.acts > 0 && figures.effects > 0);
    for effect in 1..=figures.effects {
        for after in [false, true] {
            let crashes = vec![Crash { effect, after }];
            check(
                &World { crashes, ..world.clone() },
                &format!("{example}: dies at effect {effect}, after it: {after}"),
            );
        }
    }
    for number in 1..=figures.commits {
        for after in [false, true] {
            let single = Some(Single::Commit { number, after });
            check(&World { single, ..world.clone() }, &format!("{example}: commit {number} fails, after it: {after}"));
        }
    }
    for number in 1..=figures.calls {
        for fate in [Fate::Refuse, Fate::Busy, Fate::Reject, Fate::LoseAnswer, Fate::LoseRequest] {
            let single = Some(Single::Call { number, fate });
            check(&World { single, ..world.clone() }, &format!("{example}: call {number}: {fate:?}"));
        }
    }
}

#[test]
fn orders() {
    let parameters = [
        ("billing.url", "http://r0.once.sim/"),
        ("warehouse.url", "http://r1.once.sim/"),
        ("alert.url", "http://r3.once.sim/"),
    ];
    let dues = [("/orders", 0, true, true), ("/orders", 1, true, true)];
    every_fault("orders", &parameters, ("orders", "order"), &dues);
}

#[test]
fn data_store_retry_in_both_variants() {
    for variant in ["keep", "take"] {
        let parameters =
            [("mail.to", "r0@best.sim"), ("payroll.url", "http://r1.best.sim/"), ("retry.variant", variant)];
        let dues = [("/employees", 0, true, false), ("/employees", 1, true, false)];
        every_fault("data-store-retry", &parameters, ("employees", "employee"), &dues);
    }
}

#[test]
fn store_first() {
    let parameters = [("ledger.url", "http://r0.best.sim/")];
    every_fault("store-first", &parameters, ("invoices", "invoice"), &[("/invoices", 0, false, false)]);
}

#[test]
fn shared_error_handler() {
    let parameters = [
        ("orders.url", "http://r0.best.sim/"),
        ("invoices.url", "http://r1.best.sim/"),
        ("payments.url", "http://r2.best.sim/"),
        ("alert.to", "r3@best.sim"),
    ];
    let dues = [("/shop/orders", 0, false, false), ("/shop/invoices", 1, false, false)];
    every_fault("shared-error-handler", &parameters, ("messages", "message"), &dues);
}
