//! Steps: what each does with the message and with what is stored.

use base::Message;
use engine::{Event, Run, decide};
use flow::LogLevel;
use store::{Place, PlaceKind};

use super::world::{World, flow as parse};
use super::{By, by_hand, check, check_in, outcome};

fn flow(steps: &str) -> String {
    format!(
        "flow: f\nfrom:\n  http: /f\nnumber-ranges: {{ n: {{ min: 1, max: 3, length: 4 }}, r: {{ min: 1, max: 2, rotate: true }} }}\nsteps:\n{steps}\nprocesses:\n  work: {{ steps: [{{ set: {{ body: '${{body}}w' }} }}] }}\n  quick: {{ steps: [{{ name: quick, set: {{ property: {{ A: 1 }} }} }}] }}\n  dup: {{ steps: [{{ set: {{ body: 'dup=${{property.CamelDuplicateMessage}}' }} }}] }}\n  bad: {{ steps: [{{ script: {{ file: s.js, function: fail }} }}] }}\nreceivers:\n  r: {{ http: {{ url: 'http://r' }} }}\n  q: {{ queue: {{ name: 'out.${{header.N}}' }} }}\n"
    )
}

/// Steps, body, what comes of it over HTTP.
#[track_caller]
fn table(cases: &[(&str, &str, &str)]) {
    for (steps, body, expect) in cases {
        check(&[&flow(steps)], By::Http, body, &[], expect);
    }
}

#[test]
fn mappings() {
    table(&[
        ("  - set: { header: { H: h } }\n  - xslt: wrap.xsl", "<a/>", "COMPLETED\nanswer 200 <w h=\"h\"><a/></w>"),
        (
            "  - xslt: set.xsl\n  - set: { body: '${body} ${header.A} ${property.P}' }",
            "<a/>",
            "COMPLETED\nanswer 200 text a p",
        ),
        (
            "  - set: { header: { M: wrap.xsl } }\n  - xslt: { header: M }",
            "<a/>",
            "COMPLETED\nanswer 200 <w h=\"\"><a/></w>",
        ),
        (
            "  - xslt: { header: M, name: x }",
            "<a/>",
            "FAILED\nfails T0003: the header M should name a stylesheet, but it is not set @x\nanswer 500",
        ),
        (
            "  - set: { header: { M: 'pd:a:b' } }\n  - xslt: { header: M, name: x }",
            "<a/>",
            "FAILED\nfails T0003: the header M names the stylesheet \"pd:a:b\", which is not there @x\nanswer 500",
        ),
        ("  - xslt: set.xsl", "<end/>", "FAILED\nfails T0002: no more @xslt-set.xsl\nanswer 500"),
        (
            "  - xslt: set.xsl",
            "no",
            "FAILED\nfails T0002: the body is not well-formed XML: unknown token (line 1) @xslt-set.xsl\nanswer 500",
        ),
    ]);
}

#[test]
fn content_modifier() {
    table(&[
        (
            "  - set: { headers: { A: a, B: '${header.A}b' }, properties: { P: '${header.B}' }, body: '${property.P}!' }",
            "",
            "COMPLETED\nanswer 200 ab!",
        ),
        (
            "  - set: { headers: { A-1: 1, A-2: 2, B: 3 } }\n  - set: { delete-headers: ['a*'], body: '[${header.A-1}${header.A-2}${header.B}]' }",
            "",
            "COMPLETED\nanswer 200 [3]",
        ),
        (
            "  - set: { property: { N: { constant: ' 42 ', type: int } }, body: '${property.N}' }",
            "",
            "COMPLETED\nanswer 200 42",
        ),
        (
            "  - set: { property: { N: { constant: no, type: int } } }",
            "",
            "FAILED\nfails X0102: `no` is not a whole number @set-N\nanswer 500",
        ),
        (
            "  - set: { body: { variable: v } }",
            "",
            "FAILED\nfails X0103: the variable does not exist and has no default @set-body\nanswer 500",
        ),
        ("  - set: { body: { variable: v, default: d } }", "", "COMPLETED\nanswer 200 d"),
        (
            "  - write-variables: { v: '${body}' }\n  - set: { body: { variable: v } }",
            "x",
            "COMPLETED\nanswer 200 x\ncommit 1\nvariable v = x",
        ),
        ("  - set: { body: { jsonpath: '$.a' } }", "{\"a\": 7}", "COMPLETED\nanswer 200 7"),
        ("  - set: { body: { xpath: /a/b } }", "<a><b>t</b></a>", "COMPLETED\nanswer 200 t"),
    ]);
}

#[test]
fn number_ranges() {
    let draw = |n: usize, name: &str| {
        "  - set: { body: '${body}', property: { N: { number-range: NAME } } }\n  - set: { body: '${body} ${property.N}' }\n".replace("NAME", name).repeat(n)
    };
    table(&[
        (&draw(2, "n"), "x", "COMPLETED\nanswer 200 x 0001 0002\ncommit 2\ncommit 1\nrange n next Some(3)"),
        (&draw(3, "r"), "x", "COMPLETED\nanswer 200 x 1 2 1\ncommit 2\ncommit 1\ncommit 1\nrange r next Some(2)"),
        (&draw(1, "'fr${header.none}ee'"), "x", "COMPLETED\nanswer 200 x 1\ncommit 2\nrange free next Some(2)"),
        (
            "  - set: { properties: { A: { number-range: n, for: k }, B: { number-range: n, for: k }, C: { number-range: n } }, body: '${property.A}${property.B}${property.C}' }",
            "x",
            "COMPLETED\nanswer 200 000100010002\ncommit 2\ncommit 1\nrange n next Some(3)",
        ),
    ]);
    let used = flow(&draw(4, "n"));
    let mut world = World::of(&[&used]);
    let seen = outcome(&mut world, &[&used], By::Http, "x", &[]);
    assert!(seen.contains("fails X0105: number range n is used up: 3 was its last number"), "{seen}");
    // In a unit of work nothing is drawn for good before its end.
    let unit = flow(&draw(2, "n")).replace("steps:\n  - set", "transaction: required\nsteps:\n  - set");
    check(&[&unit], By::Http, "x", &[], "COMPLETED\nanswer 200 x 0001 0002\ncommit 3\nrange n next Some(3)");
}

#[test]
fn routes_loops_and_once() {
    let route = "  - route:\n      - when: \"${body} = 'a'\"\n        steps: [{ set: { body: A } }]\n      - when: \"${body} = 'b'\"\n        steps: [{ end: message }]\n      - otherwise: fail\n  - set: { body: '${body}!' }\n";
    table(&[
        (route, "a", "COMPLETED\nanswer 200 A!"),
        (route, "b", "COMPLETED\nanswer 200 b"),
        (route, "c", "FAILED\nfails X0201: no route of the router matches @route\nanswer 500"),
        (
            "  - loop: { process: work, while: \"${property.CamelLoopIndex} < 2\", max: 9 }",
            "",
            "COMPLETED\nanswer 200 www",
        ),
        ("  - loop: { process: work, while: 'true', max: 2, at-max: continue }", "", "COMPLETED\nanswer 200 ww"),
        (
            "  - loop: { process: work, while: 'true', max: 2, at-max: fail }",
            "",
            "FAILED\nfails X0203: the loop's condition still holds after 2 rounds @loop-work\nanswer 500",
        ),
        (
            "  - loop: { process: quick, while: 'true', max: 1000000 }",
            "",
            "FAILED\nfails X0204: the run has more than 1000000 steps @quick\nanswer 500",
        ),
        ("  - filter: { xpath: //b }", "<a><b>1</b><b>2</b></a>", "COMPLETED\nanswer 200 <b>1</b><b>2</b>"),
        ("  - filter: { xpath: //c }", "<a/>", "COMPLETED\nanswer 204"),
        ("  - filter: { xpath: 1 = 2 }", "<a/>", "COMPLETED\nanswer 200 false"),
        ("  - once: { process: work, id: k, skip: true }\n", "x", "COMPLETED\nanswer 200 xw\ncommit 1"),
        (
            "  - once: { process: bad, id: k, skip: true }\n",
            "x",
            "FAILED\nfails J0001: script failed @script-s.js\nanswer 500",
        ),
    ]);
    let skip = flow("  - once: { name: o, process: work, id: k, skip: true }\n");
    let show = flow("  - once: { name: o, process: dup, id: k, skip: false }\n");
    for (second, expect) in [(&skip, "answer 200 y"), (&show, "answer 200 dup=true")] {
        let mut world = World::of(&[&skip]);
        outcome(&mut world, &[&skip], By::Http, "x", &[]);
        world.flows.insert("f".into(), parse(second));
        let seen = outcome(&mut world, &[second], By::Http, "y", &[]);
        assert!(seen.contains(expect), "{seen}");
    }
}

#[test]
fn splits_and_multicasts() {
    let bad = "{ script: { file: s.js, function: fail_on_bad } }";
    table(&[
        (
            "  - split: { line: true }\n  - script: { file: s.js, function: upper }\n  - gather: concat\n  - set: { body: '[${body}]' }",
            "a\nb",
            "COMPLETED\nanswer 200 [AB]",
        ),
        (
            "  - split: { line: true, parallel: 2, steps: [{ set: { body: '${property.CamelSplitIndex}${body} ' } }] }\n  - gather: concat",
            "a\nb\nc",
            "COMPLETED\nanswer 200 0a 1b 2c",
        ),
        (
            "  - split: { line: true, steps: [{ set: { body: lost, property: { P: '${body}' }, header: { H: '${body}' } } }, { gather: last }] }\n  - set: { body: '${property.P}[${header.H}]' }",
            "a\nb",
            "COMPLETED\nanswer 200 b[]",
        ),
        ("  - split: { line: true, steps: [{ set: { body: lost } }] }", "a\nb", "COMPLETED\nanswer 200 a\nb"),
        (
            "  - split: { line: true }\n  - split: { token: ',' }\n  - script: { file: s.js, function: upper }\n  - gather: concat\n  - set: { body: '(${body})' }\n  - gather: concat\n  - set: { body: '${body}!' }",
            "a,b\nc",
            "COMPLETED\nanswer 200 (AB)(C)!",
        ),
        // The number of parts is known at the last one; that of a split around it is not seen inside.
        (
            "  - split: { line: true, steps: [{ set: { body: '${property.CamelSplitSize}/' } }] }\n  - gather: concat",
            "a\nb\nc",
            "COMPLETED\nanswer 200 //3/",
        ),
        // No parts.
        (
            "  - split: { line: true }\n  - script: { file: s.js, function: upper }\n  - gather: concat\n  - set: { body: 'after' }",
            "",
            "COMPLETED\nanswer 200 after",
        ),
        ("  - split: { xpath: //none }\n  - script: { file: s.js, function: fail }", "<a/>", "COMPLETED\nanswer 204"),
        // Failures.
        (
            &format!("  - split: {{ line: true, stop-on-error: true, steps: [{bad}, {{ send: r }}] }}"),
            "a\nbad\nc",
            "FAILED\nfails J0001: bad body @script-s.js\nanswer 500\nr <- a",
        ),
        (
            &format!("  - split: {{ line: true, stop-on-error: false, steps: [{bad}, {{ send: r }}] }}"),
            "a\nbad\nc",
            "FAILED\nfails J0001: 1 of 3 parts failed, first: bad body @script-s.js\nanswer 500\nr <- a\nr <- c",
        ),
        (
            "  - multicast: { branches: { a: [{ send: r }], b: [{ script: { file: s.js, function: fail } }], c: [{ send: r }] } }",
            "x",
            "FAILED\nfails J0001: script failed @script-s.js\nanswer 500\nr <- x",
        ),
        (
            "  - multicast: { parallel: true, branches: { a: [{ send: r }], b: [{ script: { file: s.js, function: fail } }], c: [{ send: r }] } }",
            "x",
            "FAILED\nfails J0001: script failed @script-s.js\nanswer 500\nr <- x\nr <- x",
        ),
        (
            "  - multicast: { branches: { a: [{ set: { body: A, property: { P: a } } }], b: [], c: [{ end: message }] } }\n  - join\n  - gather: concat\n  - set: { body: '${body}${property.P}' }",
            "x",
            "COMPLETED\nanswer 200 Axa",
        ),
        // The gather of an inner split, directly followed by that of the outer one; parts that end early leave nothing.
        (
            "  - split: { line: true }\n  - split: { token: ',', steps: [{ script: { file: s.js, function: upper } }, { gather: concat }] }\n  - gather: json\n  - set: { body: '${body}!' }",
            "1,2\n3",
            "COMPLETED\nanswer 200 [12,3]!",
        ),
        (
            "  - split: { line: true }\n  - route: [{ when: \"${body} = 'b'\", steps: [{ end: message }] }]\n  - gather: concat\n  - set: { body: '${body}!' }",
            "a\nb\nc",
            "COMPLETED\nanswer 200 ac!",
        ),
        (
            "  - split: { line: true, parallel: 2, steps: [{ send: r }, { end: terminate }] }\n  - set: { body: never }",
            "a\nb\nc",
            "COMPLETED\nanswer 200 a\nr <- a\nr <- b",
        ),
    ]);
}

#[test]
fn data_stores() {
    let store = |name: &str| Place { kind: PlaceKind::DataStore, name: name.into(), flow: "f".into() };
    let with = |steps: &str, expect: &str| {
        let flow = flow(steps);
        let mut world = World::of(&[&flow]);
        world.put(store("s"), "1", "<?xml version=\"1.0\"?>\n<a>1</a>");
        world.put(store("s"), "2", "x & y");
        check_in(world, &[&flow], By::Http, "body", &[], expect);
    };
    let both = "data-store s of f: waiting <?xml version=\"1.0\"?>\n<a>1</a>\ndata-store s of f: waiting x & y";
    let bulk = "<messages><message id=\"1\"><a>1</a></message></messages>";
    with("  - store-select: { store: s, max: 9, delete: false }", &format!("COMPLETED\nanswer 200 {bulk}\n{both}"));
    with(
        "  - store-select: { store: s, max: 9, delete: true }",
        &format!("COMPLETED\nanswer 200 {bulk}\ncommit 1\ndata-store s of f: waiting x & y"),
    );
    with(
        "  - store-select: { store: s, max: 9, delete: true }\n  - script: { file: s.js, function: fail }",
        &format!("FAILED\nfails J0001: script failed @script-s.js\nanswer 500\n{both}"),
    );
    with(
        "  - store-select: { store: s, max: 1, delete: true }\n  - store-select: { store: s, max: 9, delete: true }",
        "COMPLETED\nanswer 200 <messages></messages>\ncommit 1\ndata-store s of f: waiting x & y",
    );
    with("  - store-select: { store: none, max: 1 }", &format!("COMPLETED\nanswer 200 <messages></messages>\n{both}"));
    with(
        "  - store-get: { store: s, entry: '2', delete: true }",
        "COMPLETED\nanswer 200 x & y\ncommit 1\ndata-store s of f: waiting <?xml version=\"1.0\"?>\n<a>1</a>",
    );
    with(
        "  - store-get: { store: s, entry: '3', missing: continue }\n  - set: { body: '${header.SAP_DatastoreEntryFound}' }",
        &format!("COMPLETED\nanswer 200 false\n{both}"),
    );
    with(
        "  - store-get: { store: s, entry: '3' }",
        &format!(
            "FAILED\nfails X0304: the data store has no such entry, or another run works on it @store-get-s\nanswer 500\n{both}"
        ),
    );
    with(
        "  - set: { body: '1' }\n  - store-delete: { store: s }",
        "COMPLETED\nanswer 200 1\ncommit 1\ndata-store s of f: waiting x & y",
    );
    with(
        "  - set: { body: '<i><id>1</id><id>2</id></i>' }\n  - store-delete: { store: s, entry-xpath: //id }",
        "COMPLETED\nanswer 200 <i><id>1</id><id>2</id></i>\ncommit 2",
    );
    table(&[
        // The header leaks: the second write hits the entry of the first.
        (
            "  - store-write: { store: s }\n  - store-write: { store: s, overwrite: true }",
            "x",
            "COMPLETED\nanswer 200 x\ncommit 1\ncommit 1\ndata-store s of f: waiting x",
        ),
        (
            "  - store-write: { store: 'a b' }",
            "x",
            "FAILED\nfails X0301: `a b` is not the name of a data store: 1 to 40 characters without blanks @store-write-a-b\nanswer 500",
        ),
        (
            "  - set: { header: { N: n } }\n  - send: q",
            "x",
            "COMPLETED\nanswer 200 x\ncommit 1\nqueue out.n: waiting x",
        ),
        (
            "  - set: { header: { N: '/' } }\n  - send: q",
            "x",
            "FAILED\nfails X0402: `out./` is not the name of a queue @send-q\nanswer 500",
        ),
    ]);
    // A unit of work reads its own writes.
    let unit = flow("  - store-write: { store: s, entry: k }\n  - set: { body: y }\n  - store-get: { store: s, entry: k }\n  - store-select: { store: s, max: 5, delete: true }")
        .replace("steps:\n  - store", "transaction: required\nsteps:\n  - store");
    check(
        &[&unit],
        By::Http,
        "<x/>",
        &[],
        "COMPLETED\nanswer 200 <messages><message id=\"k\"><x/></message></messages>\ncommit 2",
    );
}

/// What cannot be in the document of a select stays where it is, is named in the message log and holds up nothing.
#[test]
fn a_select_leaves_what_is_no_xml() {
    let latin1 = b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe4</a>";
    let texts: [&[u8]; 9] =
        [b"<i/><i/>", b"{}", b"<a>", b"", b"<a>\xff</a>", b"<!DOCTYPE a><a/>", b"<b/>", latin1, b"\xef\xbb\xbf<c/>"];
    let both = "<message id=\"6\"><b/></message><message id=\"7\"><a>ä</a></message>";
    let three = format!("{both}<message id=\"8\"><c/></message>");
    for (transaction, max, expect, left) in [
        ("none", 1, &both[..both.find("</message>").unwrap() + 10], 8),
        ("required", 2, both, 7),
        ("none", 9, &three, 6),
    ] {
        let flow = flow(&format!("  - store-select: {{ store: s, max: {max}, delete: true }}"))
            .replace("steps:\n  - store", &format!("transaction: {transaction}\nsteps:\n  - store"));
        let mut world = World::of(&[&flow]);
        let place = Place { kind: PlaceKind::DataStore, name: "s".into(), flow: "f".into() };
        for (id, body) in texts.iter().enumerate() {
            world.put_bytes(place.clone(), &id.to_string(), body);
        }
        let start = world.start("f", Message::default(), engine::Trigger::Http);
        let ended = world.run(start).unwrap();
        assert_eq!(ended.message.text(), format!("<messages>{expect}</messages>"), "{max}");
        assert_eq!(world.stored().lines().count(), left, "{max}: {}", world.stored());
        let said =
            ended.headers.iter().find(|(name, _)| name == "SemelEntriesNotSelected").map(|(_, text)| text.as_str());
        let expect =
            "X0308: data-store s of f keeps what is not XML with one root element: `0`, `1`, `2`, `3`, `4`, `5`";
        assert_eq!(said, Some(expect), "{max}");
    }
}

#[test]
fn log_and_headers() {
    let flow = flow(
        "  - script: { file: s.js, function: upper }\n  - set: { headers: { SAP_Sender: me, X-Out: o }, properties: { SAP_MessageProcessingLogCustomStatus: Mine } }\n  - set: { body: '${header.SAP_MessageProcessingLogID}/${header.SAPJMSRetries}' }",
    );
    let mut world = World::of(&[&flow]);
    let mut start = world.start("f", Message::of("x"), by_hand(4));
    start.log_level = LogLevel::Trace;
    let ended = world.run(start).unwrap();
    assert_eq!(ended.message.text(), "Amessage/4");
    assert_eq!(ended.custom_status.as_deref(), Some("Mine"));
    assert_eq!(ended.headers, [("ran".into(), "upper".into()), ("SAP_Sender".into(), "me".to_owned())]);
    assert_eq!(ended.steps.len(), 3);
    let start = world.start("f", Message::of("x"), engine::Trigger::Http);
    let mut message = Message::of("x");
    message.headers.set("X-In", "same");
    let http = engine::Start { message, ..start };
    let (flow, id) = (http.flow.clone(), http.message_id.clone());
    let ended = world.run(http).unwrap();
    let answer = engine::http_answer(&flow, &id, &ended);
    let names: Vec<_> = answer.headers.iter().map(|(n, _)| n.as_str()).collect();
    assert_eq!(names, ["X-Out", "Semel-Message-Id"]);
}

fn stop(unbegun: &[engine::EffectId]) -> Event {
    Event::Stop { failure: base::Failure::transient("T", "stop"), unbegun: unbegun.to_vec() }
}

#[test]
fn a_stop_writes_down_what_is_known_of_deliveries() {
    // What the receivers said before the stop, and what is committed with it.
    let cases = [
        ("ok ok", "delivered 2, remove 1"),
        ("ok 503", "delivered 1, remove 1"),
        ("503 ok", "delivered 1, remove 1"),
        ("503 503", "remove 1"),
        ("ok doubt", "delivered 1, put in-doubt"),
        ("doubt", ""),
        // The last call was asked for and not begun: no intent is left of it.
        ("ok unbegun", "delivered 1, remove 1"),
        ("ok", "delivered 1"),
        ("unbegun", ""),
        ("", ""),
    ];
    // What was under way is in doubt, in the message log too.
    let under_way = ["ok", "doubt", ""];
    let flow = "flow: f\nquality: exactly-once\nfrom: { queue: in }\ntransaction: required\nsteps: [{ send: a }, { call: sub }]\nprocesses:\n  sub: { transaction: required, steps: [{ send: b }, { script: { file: s.js, function: none } }] }\nreceivers:\n  a: { http: { url: 'http://a' } }\n  b: { http: { url: 'http://b' }, in-doubt: hold }\n";
    for (script, expect) in cases {
        let mut world = World::of(&[flow]);
        let (mut said, mut unbegun) = (script.split_whitespace(), Vec::new());
        let mut run = Run::new(world.start("f", Message::of("x"), super::by_hand(0)));
        let mut decision = decide(&mut run, Event::Begin, world.time);
        while let Some((id, effect)) = decision.effects.pop() {
            let done = match effect {
                engine::Effect::Call { receiver, call, .. } => {
                    let Some(said) = said.next() else { break };
                    if said == "unbegun" {
                        unbegun.push(id);
                        break;
                    }
                    world.script.insert(receiver.clone(), [said.to_owned()].into());
                    engine::Done::Called(world.call(&receiver, &call))
                }
                engine::Effect::Commit(changes) => engine::Done::Committed(world.commit(changes)),
                engine::Effect::Script(_) => break,
                other => panic!("{other:?}"),
            };
            decision = decide(&mut run, Event::Done(id, done), world.time);
        }
        let mut stopped = decide(&mut run, stop(&unbegun), world.time);
        let doubts = stopped.notes.iter().filter(|note| match note {
            engine::Note::Delivery(record) => {
                record.outcome == "in doubt" && record.class == Some(base::Class::InDoubt)
            }
            _ => false,
        });
        assert_eq!(doubts.count(), usize::from(under_way.contains(&script)), "{script}");
        let mut seen = Vec::new();
        if let Some((id, engine::Effect::Commit(changes))) = stopped.effects.pop() {
            for change in &changes {
                seen.push(match change {
                    store::Change::Delivered { deliveries, .. } => format!("delivered {}", deliveries.len()),
                    store::Change::RemoveNamed { place, .. } if place.name == "b" => "remove 1".to_owned(),
                    store::Change::Put(new) => format!("put {}", new.state.as_str()),
                    other => panic!("{other:?}"),
                });
            }
            world.commit(changes).expect("commit");
            // A second stop while it is under way is nothing new.
            let again = decide(&mut run, stop(&[]), world.time);
            assert!(again.effects.is_empty() && again.ended.is_none());
            stopped = decide(&mut run, Event::Done(id, engine::Done::Committed(Ok(()))), world.time);
        }
        assert_eq!(stopped.ended.expect("an end").status.as_str(), "ABANDONED", "{script}");
        seen.sort();
        assert_eq!(seen.join(", "), expect, "{script}");
    }
}

#[test]
fn a_stop_leaves_everything_as_it_is() {
    let flow = flow("  - send: r");
    let mut world = World::of(&[&flow]);
    let mut run = Run::new(world.start("f", Message::of("x"), engine::Trigger::Http));
    let first = decide(&mut run, Event::Begin, world.time);
    assert_eq!(first.effects.len(), 1);
    let stopped = decide(&mut run, stop(&[]), world.time);
    assert_eq!(stopped.ended.unwrap().status.as_str(), "ABANDONED");
    let late =
        decide(&mut run, Event::Done(first.effects[0].0, engine::Done::Called(Ok(Default::default()))), world.time);
    assert!(late.effects.is_empty() && late.ended.is_none());
}

#[test]
fn validator_digest_and_mime() {
    table(&[
        ("  - validate: o.xsd", "<o>1</o>", "COMPLETED\nanswer 200 <o>1</o>"),
        (
            "  - validate: o.xsd",
            "<o>\n</o>",
            "FAILED\nfails K0010: the body does not fit its schema: line 1: `o` is wrong: `\n` is not a whole number @validate-o.xsd\nanswer 500",
        ),
        (
            "  - validate: { schema: o.xsd, invalid: continue }\n  - set: { body: '[${property.SAP_XmlValidationResult}]' }",
            "<p/>",
            "COMPLETED\nanswer 200 [line 1: the root element `p` is not declared in the schema]",
        ),
        (
            "  - validate: { schema: o.xsd, invalid: continue }\n  - set: { body: '[${property.SAP_XmlValidationResult}]' }",
            "<o>1</o>",
            "COMPLETED\nanswer 200 []",
        ),
        (
            "  - digest: D\n  - set: { body: '${header.D}' }",
            "abc",
            "COMPLETED\nanswer 200 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        ),
        (
            "  - digest: { header: D, algorithm: md5, xpath: /a/b }\n  - set: { body: '${header.D}' }",
            "<a><b>1</b></a>",
            "COMPLETED\nanswer 200 90e0c113c1922e780ba787bdbe2c4912",
        ),
        (
            "  - mime: { encode: mixed }\n  - mime: { decode: true }",
            "no attachments",
            "COMPLETED\nanswer 200 no attachments",
        ),
        (
            "  - mime: { decode: true, inline: true }\n  - set: { body: '${body}|${header.X}|${header.Content-Type}' }",
            "X: 1\nContent-Type: multipart/mixed;\n  boundary=b\n\nhead\n--b\nContent-Type: text/xml\nContent-Transfer-Encoding: base64\n\nPGEvPg==\n--b--\ntail",
            "COMPLETED\nanswer 200 <a/>|1|text/xml",
        ),
        (
            "  - set: { headers: { Content-Type: 'multipart/x; boundary=b' } }\n  - mime: { decode: true }",
            "nothing",
            "FAILED\nfails K0011: the boundary of the multipart does not stand in the body @mime-decode\nanswer 500",
        ),
    ]);
}

/// What may take long is not done while the engine decides; what it is about goes on as it was.
#[test]
fn long_work_is_asked_for() {
    let script = "  - script: { file: s.js, function: text }";
    for (step, body, text) in [("validate: o.xsd", "<o>1</o>", true), ("xslt: wrap.xsl", "<a/>", false)] {
        let mut world = World::of(&[&flow(&format!("  - set: {{ body: '{body}' }}\n  - {step}\n{script}"))]);
        let mut run = Run::new(world.start("f", Message::of("x"), engine::Trigger::Http));
        let mut begun = decide(&mut run, Event::Begin, world.time);
        assert!(begun.ended.is_none(), "{step}");
        let Some((id, engine::Effect::Work(work))) = begun.effects.pop() else { panic!("{step}: {begun:?}") };
        let mut next = decide(&mut run, Event::Done(id, engine::Done::Worked(engine::work(*work))), world.time);
        let Some((_, engine::Effect::Script(script))) = next.effects.pop() else { panic!("{step}: {next:?}") };
        assert_eq!(script.body_is_text, text, "{step}");
    }
}

#[test]
fn attachments_become_a_multipart_and_come_back() {
    let run = |steps: &str, inline: bool| {
        let mut world = World::of(&[&flow(steps)]);
        let mut message = Message::of("body\n");
        message.headers.set("Content-Type", "text/plain");
        message.headers.set("X-A", "1\r\n2");
        for (name, content) in [("a \"b\".bin", &b"\x00\xff"[..]), ("c.txt", b"--\r\nplain")] {
            let content = bytes::Bytes::copy_from_slice(content);
            message.attachments.push(base::Attachment { name: name.into(), media_type: "text/plain".into(), content });
        }
        let start = world.start("f", message, engine::Trigger::Http);
        let ended = world.run(start).expect("no crash");
        assert_eq!(ended.failure, None, "{inline}");
        ended.message
    };
    let there = run("  - mime: { encode: mixed }", false);
    let head = there.headers.get("Content-Type").map(ToString::to_string).unwrap_or_default();
    assert!(head.starts_with("multipart/mixed; boundary=\"----=_Part_"), "{head}");
    let text = String::from_utf8_lossy(&there.body).into_owned();
    assert!(text.contains("\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=\"a _b_.bin\"\r\n\r\nAP8=\r\n"), "{text}");
    assert!(there.attachments.is_empty());
    let inline = run("  - mime: { encode: related, inline: true, headers: ['x-*'] }", true);
    assert!(inline.body.starts_with(b"X-A: 12\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="));
    for (steps, inline) in [
        ("  - mime: { encode: mixed }\n  - mime: { decode: true }", false),
        ("  - mime: { encode: mixed, inline: true }\n  - mime: { decode: true, inline: true }", true),
    ] {
        let back = run(steps, inline);
        assert_eq!(&back.body[..], b"body\n");
        assert_eq!(back.headers.get("Content-Type").map(ToString::to_string).as_deref(), Some("text/plain"));
        let parts: Vec<_> = back.attachments.iter().map(|a| (a.name.as_str(), &a.content[..])).collect();
        assert_eq!(parts, [("a _b_.bin", &b"\x00\xff"[..]), ("c.txt", b"--\r\nplain")]);
    }
}

#[test]
fn a_lookup_and_a_kept_body() {
    let steps = "  - enrich: { receiver: r, into: /o/i, into-key: c, from: /p, from-key: id }\n  - set: { header: { B: '${header.A}' } }\n  - persist: after";
    let mut world = World::of(&[&flow(steps)]);
    world.script.insert("r".into(), ["ok:<p><id>1</id></p>".to_owned()].into());
    let mut message = Message::of("<o><i><c>1</c></i></o>");
    message.headers.set("A", "kept");
    let start = world.start("f", message, engine::Trigger::Http);
    let ended = world.run(start).expect("no crash");
    let body = String::from_utf8_lossy(&ended.message.body).into_owned();
    assert_eq!(body, "<o><i><c>1</c><p><id>1</id></p></i></o>");
    assert_eq!(ended.message.headers.get("B").map(ToString::to_string).as_deref(), Some("kept"));
    let kept: Vec<_> = ended.attachments.iter().map(|a| (a.name.as_str(), a.content.len())).collect();
    assert_eq!(kept, [("after", body.len())]);
    assert_eq!(world.done.len(), 1);
    for (plan, expect) in [("fail", "X"), ("ok:<p>", "K0001")] {
        let mut world = World::of(&[&flow(steps)]);
        world.script.insert("r".into(), [plan.to_owned()].into());
        let start = world.start("f", Message::of("<o/>"), engine::Trigger::Http);
        let failure = world.run(start).expect("no crash").failure.expect("a failure");
        assert!(failure.code.starts_with(expect) || expect == "X", "{failure}");
        assert_eq!(failure.step, "enrich-r");
    }
}

/// An entry that was read and stored again since under the same name is another one: deleting what was read leaves it.
#[test]
fn a_delete_means_the_entry_that_was_read() {
    let get = "[{ store-get: { store: s, entry: '1' } }, { request: a }, { store-delete: { store: s, entry: '1' } }]";
    let table = [
        ("store-select: { store: s, max: 10, each: [{ request: a }, { store-delete: { store: s } }] }", String::new()),
        ("call: p", format!("processes: {{ p: {{ steps: {get} }} }}\n")),
        ("call: p", format!("processes: {{ p: {{ transaction: required, steps: {get} }} }}\n")),
    ];
    for (step, processes) in table {
        let flow = format!(
            "flow: f\nfrom: {{ timer: {{ every: 5m }} }}\nsteps:\n  - {step}\n{processes}receivers:\n  a: {{ http: {{ url: 'http://a' }} }}\n"
        );
        for again in [false, true] {
            let mut world = World::of(&[&flow]);
            let place = Place { kind: PlaceKind::DataStore, name: "s".into(), flow: "f".into() };
            world.put(place.clone(), "1", "old");
            if again {
                world.during = Some((place.clone(), "1".to_owned(), "new".to_owned()));
            }
            let start = world.start("f", Message::default(), engine::Trigger::Timer);
            assert_eq!(world.run(start).unwrap().status.as_str(), "COMPLETED", "{step}");
            let expect = if again { "data-store s of f: waiting new\n" } else { "" };
            assert_eq!(world.stored(), expect, "{step}, stored again: {again}");
        }
    }
}
