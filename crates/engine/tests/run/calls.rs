//! What leaves: calls with everything evaluated; and flows that no checker let through.

use std::sync::Arc;

use base::{Attachment, Message};
use engine::{Effect, Event, Run, Trigger, decide};
use flow::{Call, ReceiverChannel, StepKind};
use store::Change;

use super::world::World;

/// The first call of a flow that sends a body with headers `A: 1`, `X-B: 2`, `CamelC: 3`, `Connection: close`.
fn call(receiver: &str) -> Result<Call, String> {
    call_by(receiver, |_| ())
}

/// The same, by a channel that was changed after the YAML was read.
fn call_by(receiver: &str, change: impl Fn(&mut ReceiverChannel)) -> Result<Call, String> {
    let flow = format!(
        "flow: f\nquality: exactly-once\nfrom:\n  http: /f\nsteps: [{{ send: r }}]\nreceivers:\n  r: {{ {receiver} }}\n"
    );
    let mut world = World::of(&[&flow]);
    let mut flow = (*world.flows["f"]).clone();
    change(&mut flow.receivers.get_mut("r").expect("a receiver").channel);
    world.flows.insert("f".into(), Arc::new(flow));
    let mut message = Message::of("body");
    message.attachments.push(Attachment { name: "a".into(), media_type: "text/plain".into(), content: "x".into() });
    for (name, value) in
        [("A", "1"), ("X-B", "2"), ("CamelC", "3"), ("Connection", "close"), ("Content-Type", "text/xml")]
    {
        message.headers.set(name, value);
    }
    message.headers.set("Evil", "a\r\nb: c");
    let mut run = Run::new(world.start("f", message, Trigger::Http));
    let mut decision = decide(&mut run, Event::Begin, world.time);
    match (decision.effects.pop(), decision.ended) {
        (Some((_, Effect::Call { call, .. })), _) => Ok(*call),
        // A call that cannot be made is parked with the reason.
        (Some((_, Effect::Commit(changes))), _) => {
            let error = changes.iter().find_map(|c| if let Change::Put(new) = c { new.error.clone() } else { None });
            Err(error.unwrap_or_default().split(':').next().unwrap_or_default().to_owned())
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn http_calls() {
    let cases: &[(&str, &str)] = &[
        (
            "http: { url: 'http://h/p', headers: [a, 'x-*', 'c*'] }",
            "POST http://h/p [A=1 X-B=2 Content-Type=text/xml key] body",
        ),
        (
            "http: { url: 'http://h/p?q=1', query: 'a=${header.A} b', method: '${header.None}' }",
            "POST http://h/p?q=1&a=1%20b [Content-Type=text/xml key] body",
        ),
        (
            "http: { url: 'http://h', method: get, set-headers: { content-type: x }, key-header: '' }",
            "GET http://h [Content-Type=x] ",
        ),
        (
            "http: { url: 'http://h', soap: { action: 'urn:${header.A}', reliable: true }, key-header: '' }",
            "POST http://h?MessageId=ID [Content-Type=text/xml; charset=utf-8 SOAPAction=\"urn:1\"] \
             <soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body>body</soap:Body></soap:Envelope>",
        ),
        (
            "http: { url: 'http://h/a b/${header.A} 2', key-header: '', method: get }",
            "GET http://h/a%20b/1%202 [Content-Type=text/xml] ",
        ),
        ("http: { url: 'http://h i/p' }", "X0401"),
        ("http: { url: '${header.A}://h' }", "X0401"),
        ("http: { url: 'http://h/${header.Evil}' }", "X0401"),
        ("http: { url: 'http://h', headers: ['*'] }", "X0401"),
    ];
    for (receiver, expect) in cases {
        let seen = match call(receiver) {
            Ok(Call::Http(call)) => {
                let headers: Vec<String> = call
                    .headers
                    .iter()
                    .map(|(n, v)| if n == "Idempotency-Key" { "key".to_owned() } else { format!("{n}={v}") })
                    .collect();
                let body = String::from_utf8_lossy(&call.body).into_owned();
                let url = match call.url.split_once("MessageId=") {
                    Some((before, id)) if id.len() == 32 => format!("{before}MessageId=ID"),
                    _ => call.url,
                };
                format!("{} {url} [{}] {body}", call.method, headers.join(" "))
            }
            Ok(other) => format!("{other:?}"),
            Err(code) => code,
        };
        assert_eq!(seen, *expect, "{receiver}");
    }
}

#[test]
fn mails() {
    let mail = |server: &str, to: &str| {
        call(&format!(
            "mail: {{ server: '{server}', from: a@x.de, to: '{to}', subject: 's${{header.A}}' }}, in-doubt: retry"
        ))
    };
    let cases: &[(&str, &str, &str)] = &[
        ("h", "b@x.de, c@x.de", "h:25 [\"b@x.de\", \"c@x.de\"] s1 body"),
        ("h:2525", "b@x.de", "h:2525 [\"b@x.de\"] s1 body"),
        ("[::1]:26", "b@x.de", "::1:26 [\"b@x.de\"] s1 body"),
        ("h:${header.Evil}", "b@x.de", "X0401"),
        ("h", "${header.None}", "X0401"),
    ];
    for (server, to, expect) in cases {
        let seen = match mail(server, to) {
            Ok(Call::Mail(m)) => {
                format!("{}:{} {:?} {} {}", m.host, m.port, m.to, m.subject, String::from_utf8_lossy(&m.body))
            }
            Ok(other) => format!("{other:?}"),
            Err(code) => code,
        };
        assert_eq!(seen, *expect, "{server} {to}");
    }
}

/// What artifacts may switch off.
#[test]
fn bodies_of_deletes_and_attachments_of_mails() {
    for (method, wanted, expect) in [
        ("DELETE", true, "body"),
        ("DELETE", false, ""),
        ("delete", false, ""),
        ("PUT", false, "body"),
        ("HEAD", true, ""),
    ] {
        let seen = call_by(&format!("http: {{ url: 'http://h', method: {method} }}"), |channel| {
            if let ReceiverChannel::Http(http) = channel {
                http.delete_body = wanted;
            }
        });
        let Ok(Call::Http(call)) = seen else { panic!("{seen:?}") };
        assert_eq!(call.body, expect, "{method} {wanted}");
    }
    for (wanted, expect) in [(true, 1), (false, 0)] {
        let seen = call_by("mail: { server: h, from: a@x.de, to: b@x.de }, in-doubt: retry", |channel| {
            if let ReceiverChannel::Mail(mail) = channel {
                mail.message_attachments = wanted;
            }
        });
        let Ok(Call::Mail(call)) = seen else { panic!("{seen:?}") };
        assert_eq!(call.attachments.len(), expect);
    }
}

#[test]
fn flows_that_no_checker_let_through_fail_and_never_panic() {
    let text =
        "flow: f\nfrom:\n  http: /f\nsteps: [{ script: { file: s.js, function: none } }, { set: { body: x } }]\n";
    let kinds: Vec<(StepKind, &str)> = vec![
        (StepKind::Call(0), "X0205"),
        (StepKind::Call(99), "X0901"),
        (StepKind::Send("nobody".into()), "X0901"),
        (StepKind::Request("nobody".into()), "X0901"),
        (StepKind::Script(flow::ScriptCall { script: "none".into(), function: "f".into() }), "X0901"),
    ];
    for (kind, code) in kinds {
        let mut world = World::of(&[text]);
        let mut flow = (*world.flows["f"]).clone();
        flow.processes[0].steps[0].kind = kind;
        world.flows.insert("f".into(), Arc::new(flow));
        let start = world.start("f", Message::of("x"), Trigger::Http);
        let ended = world.run(start).expect("no crash");
        assert_eq!(ended.failure.expect("a failure").code, code);
    }
    // A ring of steps ends by the budget; an edge to nowhere is a defect; gathers without a split mean nothing.
    for (next, code) in [(Some(0), "X0204"), (Some(99), "X0901"), (None, "")] {
        let mut world = World::of(&[text]);
        let mut flow = (*world.flows["f"]).clone();
        flow.processes[0].steps[0].kind = StepKind::Gather(flow::Gather::Json);
        flow.processes[0].steps[0].next = next;
        world.flows.insert("f".into(), Arc::new(flow));
        let start = world.start("f", Message::of("x"), Trigger::Http);
        let ended = world.run(start).expect("no crash");
        assert_eq!(ended.failure.map(|f| f.code).unwrap_or_default(), code);
    }
}

/// Pages of an OData answer: links from the answers, with what is asked for next, or the failure.
#[test]
fn answers_in_pages_become_one() {
    let page = |links: &[&str], number: usize| {
        let link = links.get(number).map_or(String::new(), |l| format!("<link rel='next' href='{l}'/>"));
        format!("ok:<feed>{link}<entry><content><properties><N>{number}</N></properties></content></entry></feed>")
    };
    let run = |links: &[&str]| {
        let text = "flow: f\nfrom:\n  http: /f\nsteps: [{ request: r }]\nreceivers:\n  r: { http: { url: 'http://h:1/s/Orders', method: GET, query: 'a=1' } }\n";
        let mut world = World::of(&[text]);
        let mut flow = (*world.flows["f"]).clone();
        let receiver = flow.receivers.get_mut("r").expect("a receiver");
        if let flow::ReceiverChannel::Http(http) = &mut receiver.channel {
            http.format = flow::HttpFormat::OData { set: "Orders".into() };
        }
        world.flows.insert("f".into(), Arc::new(flow));
        world.script.insert("r".into(), (0..=links.len()).map(|i| page(links, i)).collect());
        let start = world.start("f", Message::of("x"), Trigger::Http);
        let ended = world.run(start).expect("no crash");
        let seen = world.urls.join(" ");
        match ended.failure {
            Some(failure) => format!("{seen} {failure}"),
            None => format!("{seen} {}", String::from_utf8_lossy(&ended.message.body)),
        }
    };
    let entry = |n: usize| format!("<entry><N>{n}</N></entry>");
    let first = "http://h:1/s/Orders?a=1";
    assert_eq!(run(&[]), format!("{first} <Orders>{}</Orders>", entry(0)));
    assert_eq!(
        run(&["Orders?$skiptoken=2", "/s/Orders?$skiptoken=3", "HTTP://H:1/s/x"]),
        format!(
            "{first} http://h:1/s/Orders?$skiptoken=2 http://h:1/s/Orders?$skiptoken=3 HTTP://H:1/s/x <Orders>{}{}{}{}</Orders>",
            entry(0),
            entry(1),
            entry(2),
            entry(3)
        )
    );
    for (link, expect) in [
        ("http://other/s/Orders", "K0009: the next page of the answer is at another service: `http://other/s/Orders`"),
        ("http://h:1.other/s", "K0009: the next page of the answer is at another service"),
        ("file:///etc", "K0009: the next page of the answer is at another service"),
        (first, "K0009: the link to the next page of the answer leads nowhere"),
        ("a b", "K0009: the link to the next page of the answer leads nowhere"),
    ] {
        let found = run(&[link]);
        assert!(found.starts_with(&format!("{first} {expect}")), "{link}: {found}");
    }
    let endless: Vec<String> = (0..1_100).map(|i| format!("Orders?$skiptoken={i}")).collect();
    let endless: Vec<&str> = endless.iter().map(String::as_str).collect();
    assert!(run(&endless).ends_with("K0009: the answer of the service has more than 1000 pages"));
}

/// Answers that set cookies, and what the next request shows.
#[test]
fn cookies_stay_in_their_run_and_with_their_origin() {
    let run = |keep: bool, set: &str, next: &str| {
        let text = format!(
            "flow: f\nkeep-cookies: {keep}\nfrom:\n  http: /f\nsteps: [{{ request: r }}, {{ request: n }}]\nreceivers:\n  r: {{ http: 'http://h:1/a' }}\n  n: {{ http: {{ url: '{next}', headers: [cookie] }} }}\n"
        );
        let mut world = World::of(&[&text]);
        world.reply_headers = vec![("Set-Cookie".to_owned(), set.to_owned())];
        let start = world.start("f", Message::of("x"), Trigger::Http);
        world.run(start).expect("no crash");
        world.cookies.clone()
    };
    for (keep, set, next, expect) in [
        (true, "a=1; Path=/", "http://H:1/b", "a=1"),
        (false, "a=1", "http://h:1/b", ""),
        (true, "a=1", "http://other/b", ""),
        (true, "a=1", "https://h:1/b", ""),
        (true, "a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT; HttpOnly, b=x y, c=", "http://h:1/b", "a=1; b=x y"),
        (true, "a=1, a=2, b=3; Max-Age=0", "http://h:1/b", "a=2"),
        (true, "a=1\r\nX: y", "http://h:1/b", ""),
        (true, "nothing", "http://h:1/b", ""),
    ] {
        assert_eq!(run(keep, set, next), ["", expect], "{set} {next}");
    }
}
