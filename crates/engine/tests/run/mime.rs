//! MIME multiparts: nothing gets lost on the way in or out.

use base::Message;

use super::world::World;

fn flow(steps: &str) -> String {
    format!("flow: f\nfrom:\n  http: /f\nsteps:\n{steps}\n")
}

/// Takes a multipart with boundary `b` apart: body, then name and content of each attachment, or the failure.
fn apart(steps: &str, headers: &[(&str, &str)], body: &str) -> String {
    let mut world = World::of(&[&flow(steps)]);
    let mut message = Message::of(body.to_owned());
    for (name, value) in headers {
        message.headers.set(*name, *value);
    }
    let start = world.start("f", message, engine::Trigger::Http);
    let ended = world.run(start).expect("no crash");
    if let Some(failure) = ended.failure {
        return failure.to_string();
    }
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let parts = ended.message.attachments.iter().map(|a| format!("|{}={}", a.name, text(&a.content)));
    text(&ended.message.body) + &parts.collect::<String>()
}

#[test]
fn a_multipart_loses_nothing() {
    let decode = |parts: &[&str]| {
        let body: String = parts.iter().map(|p| format!("--b\r\n{p}\r\n")).collect();
        apart("  - mime: { decode: true }", &[("Content-Type", "multipart/mixed; boundary=b")], &(body + "--b--"))
    };
    for (parts, expect) in [
        // Parts without headers.
        (&["hello there"][..], "hello there"),
        (&["\r\nhello"], "hello"),
        (&["hello\r\n\r\nthere"], "hello\r\n\r\nthere"),
        (&["Note: hello"], "Note: hello"),
        (&["{\r\n\"a\": 1 }"], "{\r\n\"a\": 1 }"),
        (&["\r\nfirst", "second one"], "first|part-2=second one"),
        (&[""], ""),
        // Headers, and nothing behind them.
        (&["Content-Type: text/plain"], ""),
        (&["X-Note: 1\r\nContent-Type: text/plain;\r\n charset=utf-8\r\n\r\nbody"], "body"),
        // Headers with a line among them that is none.
        (&["Content-Type: text/plain\r\nno header\r\n\r\nbody"], "K0011: `no header` is no header of a part"),
        (&["no header\r\ncontent-type: text/plain\r\n\r\nbody"], "K0011: `no header` is no header of a part"),
        (&["Content-Type: a/b\r\n: x\r\n\r\nbody"], "K0011: `: x` is no header of a part"),
        (&["a", "Content-Type: a/b\r\nno header"], "K0011: `no header` is no header of a part"),
        // What is no digit in a name or in quoted-printable text stays as it is.
        (&["a", "Content-Disposition: x; filename*=utf-8''a%20%zz%+1%C3%A4%4\r\n\r\n1"], "a|a %zz%+1ä%4=1"),
        (&["a", "Content-Disposition: x; filename*=utf-8''it's\r\n\r\n1"], "a|it's=1"),
        (&["Content-Transfer-Encoding: quoted-printable\r\n\r\n=41=+F=zz=C3=A4=\r\n=4"], "A=+F=zzä=4"),
    ] {
        assert_eq!(decode(parts), expect, "{parts:?}");
    }
    // Many lines are content as well; headers are limited.
    let lines = "x: y\r\n".repeat(20_000);
    assert_eq!(decode(&[&lines]), lines);
    let line = format!("hello{}", " there".repeat(20_000));
    assert_eq!(decode(&[&line]), line);
    let too_long = "K0011: the headers of a part are too long";
    assert_eq!(decode(&[&format!("Content-Type: a/b\r\n{lines}\r\nbody")]), too_long);
    assert_eq!(decode(&[&format!("Content-Type: {}", "x".repeat(70_000))]), too_long);
}

#[test]
fn headers_in_a_body_are_the_messages_unless_it_keeps_its_own() {
    let names = ["SAP_MessageProcessingLogID", "SAP_MplCorrelationId", "Transfer-Encoding", "Content-Length", "A"];
    let names = names.map(|n| format!("${{header.{n}}}")).join(",");
    let steps = format!("  - mime: {{ decode: true, inline: true }}\n  - set: {{ body: '${{body}} {names}' }}");
    let decode = |body: &str| apart(&steps, &[("Content-Length", "7"), ("A", "own")], body);
    let head = "sap_messageprocessinglogid: x\nSAP_MplCorrelationId: x\nTransfer-Encoding: chunked\ncontent-length: 1\nA: x\nContent-Type: multipart/mixed; boundary=b\n";
    for (body, expect) in [
        (format!("{head}\n--b\n\nhi\n--b--"), "hi Amessage,Amessage,,7,x".to_owned()),
        (format!("{head}no header\n\n--b\n\nhi\n--b--"), "K0011: `no header` is no header of a part".to_owned()),
        ("A: x\n\nhi".to_owned(), "A: x\n\nhi Amessage,Amessage,,7,own".to_owned()),
        (
            "Content-A: x\nno header\n\nhi".to_owned(),
            "Content-A: x\nno header\n\nhi Amessage,Amessage,,7,own".to_owned(),
        ),
    ] {
        assert_eq!(decode(&body), expect, "{body}");
    }
}

#[test]
fn long_headers_of_a_multipart_are_folded() {
    let there = "  - mime: { encode: mixed, inline: true, headers: [x-a] }";
    let back = format!(
        "{there}\n  - set: {{ headers: {{ X-A: gone }} }}\n  - mime: {{ decode: true, inline: true }}\n  - set: {{ header: {{ Back: '${{header.X-A}}' }} }}"
    );
    let run = |steps: &str, value: &str, name: &str| {
        let mut world = World::of(&[&flow(steps)]);
        let mut message = Message::of("body");
        message.headers.set("X-A", value);
        let attachment = base::Attachment { name: name.into(), media_type: "a/b".into(), content: "c".into() };
        message.attachments.push(attachment);
        let start = world.start("f", message, engine::Trigger::Http);
        let ended = world.run(start).expect("no crash");
        ended.failure.map_or(Ok(ended.message), |f| Err(f.to_string()))
    };
    let words = |count: usize| vec!["wörd"; count].join(" ");
    for (value, name) in [
        (words(1), words(1)),
        (words(1_000), words(1_000)),
        ("x".repeat(993), "y".repeat(900)),
        (format!("{} {}", "x".repeat(993), "y".repeat(997)), format!("{} z", "y".repeat(900))),
        (format!("a  {}  b c{}", words(150), words(100)), words(100)),
    ] {
        let whole = run(there, &value, &name).expect("a multipart");
        let longest = whole.body.split(|b| *b == b'\n').map(<[u8]>::len).max().unwrap_or_default();
        assert!(longest <= 999, "{longest} with its carriage return");
        let whole = run(&back, &value, &name).expect("a message");
        assert_eq!(whole.headers.get("Back").map(ToString::to_string), Some(value));
        assert_eq!(whole.attachments[0].name, name);
    }
    let wrong =
        |name: &str| Err(format!("K0011: the header `{name}` is too long for a line, and has no blank to fold it at"));
    for value in ["x".repeat(994), "ab  ".repeat(300) + "c", format!("x {}", "y".repeat(998))] {
        assert_eq!(run(there, &value, "n").map(|m| m.body), wrong("X-A"), "{value}");
    }
    assert_eq!(run(there, "x", &"y".repeat(1_000)).map(|m| m.body), wrong("Content-Disposition"));
}
