//! Diagrams: well-formed, complete, and bounded, whatever the flow looks like.
#![expect(clippy::expect_used, clippy::panic, reason = "helpers of tests")]

use std::collections::BTreeMap;
use std::fmt::Write;

use flow::Package;

/// Draws a flow and gives its texts.
fn texts(steps: &str) -> Vec<String> {
    let head = "flow: f\nfrom:\n  http: { path: /f }\nreceivers:\n  r: { http: { url: \"http://r.example/\" } }\n";
    let files = BTreeMap::from([("f.flow.yaml".to_owned(), format!("{head}steps:\n{steps}"))]);
    let checked = flow::check(&Package { name: "p".to_owned(), files, ..Package::default() });
    let flow = checked.flows.first().unwrap_or_else(|| panic!("{:#?}", checked.problems));
    let svg = server::diagram::svg(flow);
    let tree = roxmltree::Document::parse(&svg).expect("well-formed XML");
    tree.descendants().filter(|n| n.has_tag_name("text")).filter_map(|n| n.text().map(str::to_owned)).collect()
}

#[test]
fn every_step_is_drawn() {
    let cases = [
        ("  - set: { body: x }\n", vec!["Content modifier"]),
        ("  - send: r\n  - request: r\n", vec!["Send", "Request reply", "r", "HTTP"]),
        (
            "  - route:\n    - when: \"${header.A} = '<&>'\"\n      steps: [{ end: message }]\n    - otherwise: []\n",
            vec!["'<&>'", "otherwise", "End"],
        ),
        ("  - split: { line: true, steps: [{ send: r }] }\n", vec!["Splitter, lines", "for each part", "Send"]),
        ("  - store-select: { store: s, each: [{ send: r }] }\n", vec!["Data store select", "for each entry"]),
        (
            "  - multicast: { branches: { a: [{ send: r }], b: [{ set: { body: x } }] } }\n  - gather: concat\n",
            vec!["multicast", "a", "b", "Gather"],
        ),
    ];
    for (steps, expected) in cases {
        let found = texts(steps);
        for text in expected {
            assert!(found.iter().any(|f| f.ends_with(text)), "{text} is not in {found:?}");
        }
    }
}

#[test]
fn large_flows_are_drawn_too() {
    let mut steps = String::new();
    for n in 0..900 {
        if n % 3 == 0 {
            let route = "  - route:\n    - when: \"${header.A} = '";
            let _ = write!(steps, "{route}{n}'\"\n      steps: [{{ send: r }}]\n    - otherwise: []\n");
        } else {
            steps.push_str("  - set: { body: x }\n");
        }
    }
    assert!(texts(&steps).len() > 2_000);
}
