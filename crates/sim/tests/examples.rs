//! Every example flow, through every crash and every single fault: around each commit, claim and act the process dies,
//! each commit fails, each call fails in each class, each script fails, each request may hold nonsense. Whatever
//! happens, the books are right in the end.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use sim::given::{Content, Given, Owed};
use sim::world::{Crash, Doubt, Fate, Post, ReceiverSpec, Single, Twice};
use sim::{World, play};

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

/// A message to a door leads to one delivery at a receiver.
fn owed(path: &str, to: usize) -> Owed {
    Owed { path: path.to_owned(), to, parts: false, exact: false, ordered: false }
}

fn parts(all: &str, one: &str) -> Content {
    Content::Parts(all.to_owned(), one.to_owned())
}

/// The world of an example: its parameters name the world's receivers, of which the first is down for a while.
fn world(example: &str, parameters: &[(&str, &str)], content: Content, owed: Vec<Owed>) -> World {
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
    let doors: BTreeSet<String> = owed.iter().map(|owed| owed.path.clone()).collect();
    let times = doors.iter().flat_map(|path| [(path, 1), (path, 120)]);
    World {
        seed: 1,
        flows: Vec::new(),
        receivers: (0..4).map(|n| receiver(n == 0)).collect(),
        posts: times.enumerate().map(|(n, (path, at))| post(n as u64 + 1, path, at)).collect(),
        crashes: Vec::new(),
        store_faults: 0,
        acts: Vec::new(),
        calm: Duration::from_secs(600),
        single: None,
        given: Some(Given { package, content, key_header: None, refusals: Vec::new(), owed, told: Vec::new() }),
    }
}

fn post(number: u64, path: &str, at: u64) -> Post {
    Post {
        name: format!("m{number}"),
        flow: path.to_owned(),
        at: Duration::from_secs(at),
        key: 0,
        keyed: number == 2,
        orders: 2,
        items: 1,
        twice: Twice::No,
    }
}

fn check(world: &World, what: &str) -> sim::Figures {
    let outcome = play(world, None);
    let trace = outcome.trace.join("\n");
    assert!(outcome.violations.is_empty(), "{what}: {:#?}\n{trace}", outcome.violations);
    outcome.figures
}

fn every_fault(world: &World) {
    let example = world.given.as_ref().unwrap().package.name.as_str();
    let figures = check(world, "nothing goes wrong");
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
    let fails = |single: Single| {
        check(&World { single: Some(single), ..world.clone() }, &format!("{example}: {single:?}"));
    };
    for number in 1..=figures.commits {
        [false, true].into_iter().for_each(|after| fails(Single::Commit { number, after }));
    }
    for number in 1..=figures.calls {
        for fate in [Fate::Refuse, Fate::Busy, Fate::Reject, Fate::LoseAnswer, Fate::LoseRequest] {
            fails(Single::Call { number, fate });
        }
    }
    for number in 1..=figures.scripts {
        [false, true].into_iter().for_each(|panics| fails(Single::Script { number, panics }));
    }
}

/// Each request in its turn holds what the flow cannot read: it is refused, and the sender corrects it.
fn every_body(world: &World) {
    let figures = check(world, "nothing goes wrong");
    for number in 1..=figures.sent {
        check(
            &World { single: Some(Single::Body { number }), ..world.clone() },
            &format!("request {number} is nonsense"),
        );
    }
}

#[test]
fn orders() {
    let parameters = [
        ("billing.url", "http://r0.once.sim/"),
        ("warehouse.url", "http://r1.once.sim/"),
        ("alert.url", "http://r3.once.sim/"),
    ];
    let owed = [0, 1].map(|to| Owed { parts: true, exact: true, ..owed("/orders", to) });
    let world = world("orders", &parameters, parts("orders", "order"), owed.into());
    every_fault(&world);
    every_body(&world);
}

#[test]
fn data_store_retry_in_both_variants() {
    for variant in ["keep", "take"] {
        let parameters =
            [("mail.to", "r0@best.sim"), ("payroll.url", "http://r1.best.sim/"), ("retry.variant", variant)];
        let owed = [0, 1].map(|to| Owed { parts: true, ..owed("/employees", to) });
        every_fault(&world("data-store-retry", &parameters, parts("employees", "employee"), owed.into()));
    }
}

#[test]
fn store_first() {
    let parameters = [("ledger.url", "http://r0.best.sim/")];
    let owed = vec![owed("/invoices", 0)];
    every_fault(&world("store-first", &parameters, parts("invoices", "invoice"), owed));
}

#[test]
fn shared_error_handler() {
    let parameters = [
        ("orders.url", "http://r0.best.sim/"),
        ("invoices.url", "http://r1.best.sim/"),
        ("payments.url", "http://r2.best.sim/"),
        ("alert.to", "r3@best.sim"),
    ];
    let owed = vec![owed("/shop/orders", 0), owed("/shop/invoices", 1)];
    every_fault(&world("shared-error-handler", &parameters, parts("messages", "message"), owed));
}

fn in_order_world() -> World {
    let content = Content::Text("<customer id=\"NAME\" key=\"KEY\"/>".to_owned());
    let owed = vec![Owed { exact: true, ordered: true, ..owed("/customers", 0) }];
    let mut world = world("in-order", &[("crm.url", "http://r0.once.sim")], content, owed);
    world.given.as_mut().unwrap().key_header = Some("Customer".to_owned());
    // It does not recognise what it gets twice, and says what it has.
    world.receivers[0] = ReceiverSpec { idempotent: false, in_doubt: Doubt::Probe, ..world.receivers[0].clone() };
    // Two customers, whose changes come while it is down and afterwards.
    let times = [(1, 0), (2, 0), (3, 1), (4, 0), (120, 1), (121, 0)];
    world.posts = times.into_iter().zip(1..).map(|((at, key), n)| Post { key, ..post(n, "/customers", at) }).collect();
    world
}

#[test]
fn in_order() {
    let world = in_order_world();
    assert!(check(&world, "nothing goes wrong").pairs > 5);
    every_fault(&world);
}

fn alerts_world() -> World {
    let parameters = [
        ("carrier.url", "http://r0.once.sim/"),
        ("customs.url", "http://r1.once.sim/"),
        ("mail.to", "r2@once.sim"),
        ("chat.url", "http://r3.once.sim/"),
    ];
    let content = Content::Text("<shipment id=\"NAME\"/>".to_owned());
    let owed = [0, 1].map(|to| Owed { exact: true, ..owed("/shipments", to) });
    let mut world = world("alerts", &parameters, content, owed.into());
    world.given.as_mut().unwrap().told = vec![2, 3];
    for to in [1, 2] {
        // Nobody can tell whether it has something.
        world.receivers[to] = ReceiverSpec { idempotent: false, in_doubt: Doubt::Hold, ..world.receivers[to].clone() };
    }
    world.receivers[2].mail = true;
    // The carrier is down for long enough to be told about.
    world.posts = [1, 2, 3, 4, 120].into_iter().zip(1..).map(|(at, n)| post(n, "/shipments", at)).collect();
    world
}

#[test]
fn alerts() {
    every_fault(&alerts_world());
}

/// What is answered without a key is a message of its own each time: nothing is repeated, and nobody is told that a
/// message was taken which was not.
fn best_effort(example: &str, parameter: &str, path: &str, content: &str, refusals: &[&str]) -> World {
    let owed = vec![Owed { exact: true, ..owed(path, 0) }];
    let parameters = [(parameter, "http://r0.best.sim/")];
    let mut world = world(example, &parameters, Content::Text(content.to_owned()), owed);
    world.given.as_mut().unwrap().refusals = refusals.iter().map(|refusal| (*refusal).to_owned()).collect();
    world.posts.iter_mut().for_each(|post| post.keyed = false);
    world
}

fn groovy_world(refusals: &[&str]) -> World {
    let content = r#"{"id": "NAME", "country": "NL", "lines": [{"item": "tea", "price": 2.35, "count": 2}]}"#;
    best_effort("groovy", "partner.url", "/partner-orders", content, refusals)
}

#[test]
fn groovy() {
    let world = groovy_world(&["Not taken", "The partner said"]);
    assert!(check(&world, "nothing goes wrong").scripts > 2);
    every_fault(&world);
    every_body(&world);
}

#[test]
fn xslt() {
    let content = r#"<order id="NAME"><position customer="B" price="2.35" count="2">tea</position></order>"#;
    let world = best_effort("xslt", "accounting.url", "/invoices", content, &["Not taken"]);
    every_fault(&world);
    every_body(&world);
}

/// The first call at a receiver meets a fate, and a line of the flow says something else: the checkers have to see it.
#[test]
fn wrong_examples_are_found() {
    let wrong = |mut world: World, file: &str, from: &str, to: &str, call: Option<(u64, Fate)>| {
        let package = &mut world.given.as_mut().unwrap().package;
        let text = package.files.get_mut(file).unwrap();
        assert!(text.contains(from));
        *text = text.replace(from, to);
        world.single = call.map(|(number, fate)| Single::Call { number, fate });
        play(&world, None).violations.into_iter().map(|violation| violation.rule).collect::<BTreeSet<_>>()
    };
    let told = |on| wrong(alerts_world(), "tell-operations.flow.yaml", on, "", Some((2, Fate::LoseAnswer)));
    assert!(told("in-doubt, ").contains("G9"), "a doubt that nobody is told of");
    assert!(told("escalated, ").is_empty());
    let carrier = |on| wrong(alerts_world(), "tell-operations.flow.yaml", on, "", Some((1, Fate::Reject)));
    assert!(carrier("escalated, ").contains("G9"), "a rejection that nobody is told of");
    let flow = "in-order.flow.yaml";
    let quality =
        wrong(in_order_world(), flow, "exactly-once-in-order\norder-by: \"${header.Customer}\"", "exactly-once", None);
    assert!(quality.contains("G7"), "{quality:?}");
    let lost = Some((8, Fate::LoseAnswer));
    let doubt = wrong(
        in_order_world(),
        flow,
        "in-doubt:\n      probe:\n        http: \"{{crm.url}}/${property.SemelDeliveryId}\"",
        "in-doubt: retry",
        lost,
    );
    assert!(doubt.contains("G4"), "{doubt:?}");
    let refused = play(&groovy_world(&[]), None).violations;
    assert!(refused.iter().any(|violation| violation.rule == "G1"), "{refused:?}");
}
