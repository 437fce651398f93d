//! HTTP against raw sockets: what a failure means for the next attempt.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail loudly")]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use adapter::{Promise, ReceiverAdapter, Secret, Secrets};
use adapters::Adapters;
use base::{Class, ManualClock, Timestamp, Value};
use bytes::Bytes;
use flow::{AnswerRange, Call, HttpCall, Outcome, StatusRules};

/// What the server does with its one connection, and what it saw of the request.
fn serve(act: impl FnOnce(&mut TcpStream) + Send + 'static) -> (u16, std::thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let request = read_request(&mut stream);
        act(&mut stream);
        request
    });
    (port, server)
}

fn read_request(stream: &mut TcpStream) -> String {
    let mut seen = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&seen).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length =
                head.lines().find_map(|l| l.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return text;
            }
        }
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return text,
            Ok(n) => seen.extend_from_slice(&buffer[..n]),
        }
    }
}

struct Vault;

impl Secrets for Vault {
    fn secret(&self, name: &str) -> Option<Secret> {
        match name {
            "basic" => Some(Secret { user: "anna".into(), password: "s3cret".into(), ..Secret::default() }),
            "bearer" => Some(Secret { user: String::new(), password: "t0ken".into(), ..Secret::default() }),
            "webhook" => {
                let password = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".into();
                Some(Secret { user: String::new(), password, ..Secret::default() })
            }
            "broken" => Some(Secret { user: String::new(), password: "a\r\nb".into(), ..Secret::default() }),
            _ => None,
        }
    }
}

fn call(port: u16) -> HttpCall {
    HttpCall {
        method: "POST".into(),
        url: format!("http://127.0.0.1:{port}/orders?q=hidden"),
        headers: vec![],
        body: Bytes::from_static(b"hello"),
        timeout: Duration::from_millis(800),
        throw_on_failure: true,
        credential: None,
        repeat: None,
        statuses: StatusRules::default(),
        follow_redirects: false,
        sign: None,
    }
}

async fn perform(call: HttpCall) -> Outcome {
    // 2026-11-22 08:00:00 UTC.
    let clock = ManualClock::at(Timestamp(1_795_334_400_000));
    Adapters::new(Arc::new(clock)).unwrap().perform(&Call::Http(call), &Vault).await
}

async fn answered(answer: &'static str) -> (Outcome, String) {
    let (port, server) = serve(move |s| s.write_all(answer.as_bytes()).unwrap());
    let outcome = perform(call(port)).await;
    (outcome, server.join().unwrap())
}

#[tokio::test]
async fn an_answer_becomes_a_reply() {
    let answer = "HTTP/1.1 201 Created\r\nContent-Type: text/plain\r\nX-A: 1\r\nX-A: 2\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok";
    let (outcome, request) = answered(answer).await;
    let reply = outcome.unwrap();
    assert_eq!(reply.body, "ok");
    assert_eq!(reply.headers.get("content-type"), Some(&Value::from("text/plain")));
    assert_eq!(reply.headers.get("x-a"), Some(&Value::from("1, 2")));
    assert_eq!(reply.headers.get("CamelHttpResponseCode"), Some(&Value::Int(201)));
    assert_eq!(reply.headers.get("connection"), None);
    assert!(request.starts_with("POST /orders?q=hidden HTTP/1.1\r\n"), "{request}");
    assert!(request.ends_with("\r\n\r\nhello"), "{request}");
}

#[tokio::test]
async fn the_class_follows_the_status() {
    use Class::{InDoubt, Permanent, Transient};
    for (status, class, code) in [
        (301, Permanent, "C0006"),
        (302, Permanent, "C0006"),
        (307, Permanent, "C0006"),
        (400, Permanent, "C0005"),
        (401, Transient, "C0009"),
        (403, Transient, "C0009"),
        (404, Permanent, "C0005"),
        (405, Permanent, "C0005"),
        (407, Transient, "C0009"),
        (408, Transient, "C0004"),
        (409, Permanent, "C0005"),
        (410, Permanent, "C0005"),
        (413, Permanent, "C0005"),
        (415, Permanent, "C0005"),
        (422, Permanent, "C0005"),
        (425, Transient, "C0004"),
        (429, Transient, "C0004"),
        (500, Transient, "C0004"),
        (501, Permanent, "C0005"),
        (502, InDoubt, "C0004"),
        (503, Transient, "C0004"),
        (504, InDoubt, "C0004"),
        (505, Permanent, "C0005"),
        (599, Permanent, "C0005"),
    ] {
        let answer = format!("HTTP/1.1 {status} X\r\nLocation: /else\r\nContent-Length: 6\r\n\r\nreason");
        let (port, server) = serve(move |s| s.write_all(answer.as_bytes()).unwrap());
        let failure = perform(call(port)).await.unwrap_err();
        server.join().unwrap();
        assert_eq!((failure.class, failure.code.as_str(), failure.http_status), (class, code, Some(status)));
        assert_eq!(failure.excerpt.as_deref(), Some("reason"));
        assert!(failure.text.contains(&format!("/orders answered {status}")), "{}", failure.text);
        assert!(!failure.text.contains("hidden"), "{}", failure.text);
    }
}

/// An author's tables win over the usual meaning; a missing answer is one of them.
#[tokio::test]
async fn authors_say_what_answers_mean() {
    let rules = |text: &str| text.split_whitespace().map(|t| AnswerRange::parse(t).unwrap()).collect();
    let statuses =
        StatusRules { retry: rules("404 420-429"), reject: rules("5xx"), in_doubt: rules("500 202 no-answer") };
    for (status, class) in [
        (404, Some(Class::Transient)),
        (425, Some(Class::Transient)),
        (500, Some(Class::Permanent)),
        (202, Some(Class::InDoubt)),
        (400, Some(Class::Permanent)),
        (200, None),
    ] {
        let answer = format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n");
        let (port, _server) = serve(move |s| s.write_all(answer.as_bytes()).unwrap());
        let outcome = perform(HttpCall { statuses: statuses.clone(), ..call(port) }).await;
        assert_eq!(outcome.err().map(|f| f.class), class, "{status}");
    }
    for (rules, class) in [("", Class::InDoubt), ("no-answer", Class::Permanent)] {
        let (port, _server) = serve(|_| {});
        let reject = rules.split_whitespace().map(|t| AnswerRange::parse(t).unwrap()).collect();
        let statuses = StatusRules { reject, ..StatusRules::default() };
        let failure = perform(HttpCall { statuses, ..call(port) }).await.unwrap_err();
        assert_eq!((failure.class, failure.code.as_str()), (class, "C0003"));
    }
    for text in ["", "9xx", "99", "600", "504-500", "x", "4x"] {
        assert_eq!(AnswerRange::parse(text), None, "{text}");
    }
}

/// The example of the Standard Webhooks specification.
#[tokio::test]
async fn requests_are_signed() {
    let (port, server) = serve(|s| s.write_all(b"HTTP/1.1 204 X\r\n\r\n").unwrap());
    let sign = Some(("webhook".to_owned(), "msg_p5jXN8AQM9LWM0D4loKWxJek".to_owned()));
    let body = Bytes::from_static(br#"{"test": 2432232314}"#);
    let clock = ManualClock::at(Timestamp(1_614_265_330_000));
    let call = Call::Http(HttpCall { sign, body, ..call(port) });
    Adapters::new(Arc::new(clock)).unwrap().perform(&call, &Vault).await.unwrap();
    let request = server.join().unwrap();
    assert!(request.contains("webhook-id: msg_p5jXN8AQM9LWM0D4loKWxJek\r\n"), "{request}");
    assert!(request.contains("webhook-timestamp: 1614265330\r\n"), "{request}");
    assert!(request.contains("webhook-signature: v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=\r\n"), "{request}");
}

/// Only where method and body stay, and only where asked.
#[tokio::test]
async fn redirects_are_followed_where_asked() {
    for (status, follow, delivered) in [(307, true, true), (308, true, true), (302, true, false), (307, false, false)] {
        let (end, server) = serve(|s| s.write_all(b"HTTP/1.1 200 X\r\nContent-Length: 0\r\n\r\n").unwrap());
        let answer =
            format!("HTTP/1.1 {status} X\r\nLocation: http://127.0.0.1:{end}/there\r\nContent-Length: 0\r\n\r\n");
        let (port, _first) = serve(move |s| s.write_all(answer.as_bytes()).unwrap());
        let outcome = perform(HttpCall { follow_redirects: follow, ..call(port) }).await;
        assert_eq!(outcome.is_ok(), delivered, "{status} {follow}: {outcome:?}");
        if delivered {
            let request = server.join().unwrap();
            assert!(request.starts_with("POST /there") && request.ends_with("hello"), "{request}");
        }
    }
}

#[tokio::test]
async fn a_flow_may_take_failures_as_answers() {
    for status in [302_u16, 404, 500] {
        let answer = format!("HTTP/1.1 {status} X\r\nContent-Length: 1\r\n\r\nx");
        let (port, _server) = serve(move |s| s.write_all(answer.as_bytes()).unwrap());
        let reply = perform(HttpCall { throw_on_failure: false, ..call(port) }).await.unwrap();
        assert_eq!(reply.headers.get("CamelHttpResponseCode"), Some(&Value::Int(i64::from(status))));
        assert_eq!(reply.body, "x");
    }
}

#[tokio::test]
async fn retry_after_is_read_in_both_forms() {
    for (header, seconds) in [
        ("120", Some(120)),
        ("Sun, 22 Nov 2026 08:01:30 GMT", Some(90)),
        ("Sun, 22 Nov 2026 07:00:00 GMT", Some(0)),
        ("99999999999", Some(30 * 86_400)),
        ("99999999999999999999999", Some(30 * 86_400)),
        ("", None),
        ("soon", None),
        ("-1", None),
    ] {
        let answer = format!("HTTP/1.1 503 X\r\nRetry-After: {header}\r\nContent-Length: 0\r\n\r\n");
        let (port, _server) = serve(move |s| s.write_all(answer.as_bytes()).unwrap());
        let failure = perform(call(port)).await.unwrap_err();
        assert_eq!(failure.retry_after, seconds.map(Duration::from_secs), "{header}");
        assert_eq!(failure.excerpt, None);
    }
}

#[tokio::test]
async fn what_did_not_leave_is_transient() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let failure = perform(call(closed)).await.unwrap_err();
    assert_eq!((failure.class, failure.code.as_str()), (Class::Transient, "C0001"), "{failure}");
    let url = "http://no-such-host.invalid/".to_owned();
    let failure = perform(HttpCall { url, timeout: Duration::from_secs(5), ..call(0) }).await.unwrap_err();
    assert_eq!((failure.class, failure.code.as_str()), (Class::Transient, "C0001"), "{failure}");
    // A listener with a full backlog does not answer: the connection is not made in time.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let waiting: Vec<_> =
        (0..2_000).map_while(|_| TcpStream::connect_timeout(&address, Duration::from_millis(200)).ok()).collect();
    if waiting.len() < 2_000 {
        let failure = perform(call(address.port())).await.unwrap_err();
        assert_eq!((failure.class, failure.code.as_str()), (Class::Transient, "C0001"), "{failure}");
    }
    // TLS with somebody who does not speak it.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"HTTP/1.1 400 X\r\n\r\n").unwrap();
        let _ = stream.read(&mut [0; 4096]);
    });
    let failure = perform(HttpCall { url: format!("https://127.0.0.1:{port}/"), ..call(0) }).await.unwrap_err();
    assert_eq!((failure.class, failure.code.as_str()), (Class::Transient, "C0002"), "{failure}");
}

#[tokio::test]
async fn what_was_sent_without_answer_is_in_doubt() {
    let hang = |s: &mut TcpStream| {
        let _ = s.read(&mut [0; 1]);
        std::thread::sleep(Duration::from_millis(1200));
    };
    let reset = |_: &mut TcpStream| {};
    let half_head = |s: &mut TcpStream| s.write_all(b"HTTP/1.1 200 OK\r\nContent-").unwrap();
    let half_body = |s: &mut TcpStream| s.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf").unwrap();
    let garbage = |s: &mut TcpStream| s.write_all(b"what?\r\n\r\n").unwrap();
    let slow_body = |s: &mut TcpStream| {
        s.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf").unwrap();
        std::thread::sleep(Duration::from_millis(1200));
    };
    type Act = fn(&mut TcpStream);
    let acts: [(&str, Act); 6] = [
        ("hang", hang),
        ("reset", reset),
        ("half head", half_head),
        ("half body", half_body),
        ("garbage", garbage),
        ("slow body", slow_body),
    ];
    for (name, act) in acts {
        for method in ["POST", "GET", "PUT"] {
            let (port, _server) = serve(act);
            let failure = perform(HttpCall { method: method.into(), ..call(port) }).await.unwrap_err();
            assert_eq!((failure.class, failure.code.as_str()), (Class::InDoubt, "C0003"), "{name}: {failure}");
            assert!(!failure.text.contains("hidden"), "{failure}");
            // The head of an answer came, and says that the receiver took it, however its body ends.
            assert_eq!(failure.http_status, name.ends_with("body").then_some(200), "{name}: {failure}");
        }
    }
}

#[tokio::test]
async fn a_refusal_counts_although_its_body_breaks_off() {
    let (outcome, _) = answered("HTTP/1.1 503 X\r\nRetry-After: 7\r\nContent-Length: 100\r\n\r\nhalf").await;
    let failure = outcome.unwrap_err();
    assert_eq!((failure.class, failure.retry_after), (Class::Transient, Some(Duration::from_secs(7))));
    assert_eq!(failure.excerpt.as_deref(), Some("half"));
    let (port, _server) = serve(|s| {
        s.write_all(b"HTTP/1.1 503 X\r\nContent-Length: 100\r\n\r\nhalf").unwrap();
        std::thread::sleep(Duration::from_millis(1200));
    });
    let failure = perform(call(port)).await.unwrap_err();
    assert_eq!((failure.class, failure.http_status), (Class::Transient, Some(503)), "its body takes too long");
    assert_eq!(failure.excerpt.as_deref(), Some("half"));
}

/// The receiver leaves HTTP, or says for ever that it is not done: whether it did what was asked is not known.
#[tokio::test]
async fn an_answer_that_answers_nothing_is_a_doubt() {
    for answer in [
        "HTTP/1.1 101 X\r\nUpgrade: ws\r\nConnection: Upgrade\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\n\r\n",
    ] {
        let failure = answered(answer).await.0.unwrap_err();
        assert_eq!((failure.class, failure.code.as_str()), (Class::InDoubt, "C0003"), "{answer}: {failure}");
    }
}

#[tokio::test]
async fn large_answers_are_bounded() {
    let (port, _server) = serve(|s| {
        s.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n").unwrap();
        let chunk = vec![b'x'; 1 << 20];
        for _ in 0..70 {
            if s.write_all(&chunk).is_err() {
                return;
            }
        }
    });
    let failure = perform(HttpCall { timeout: Duration::from_secs(30), ..call(port) }).await.unwrap_err();
    assert_eq!((failure.class, failure.code.as_str(), failure.http_status), (Class::Permanent, "C0007", Some(200)));
    assert_eq!(failure.excerpt.unwrap().len(), 4096);
    let (port, _server) = serve(|s| {
        let body = "ü".repeat(10_000);
        s.write_all(format!("HTTP/1.1 400 X\r\nContent-Length: {}\r\n\r\n{body}", body.len()).as_bytes()).unwrap();
    });
    let excerpt = perform(call(port)).await.unwrap_err().excerpt.unwrap();
    assert!(excerpt.len() <= 4096 && excerpt.chars().all(|c| c == 'ü'), "{} bytes", excerpt.len());
}

#[tokio::test]
async fn credentials_and_headers_are_sent() {
    for (credential, expected) in
        [("basic", "authorization: Basic YW5uYTpzM2NyZXQ="), ("bearer", "authorization: Bearer t0ken")]
    {
        let (port, server) = serve(|s| s.write_all(b"HTTP/1.1 204 X\r\n\r\n").unwrap());
        let headers = [
            ("Idempotency-Key", "dlv_1"),
            ("Authorization", "other"),
            ("Host", "evil"),
            ("Content-Length", "1"),
            ("X-Ü".trim_end_matches('Ü'), "grüß"),
        ];
        let headers = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let reply = perform(HttpCall { headers, credential: Some(credential.into()), ..call(port) }).await.unwrap();
        assert!(reply.body.is_empty());
        let request = server.join().unwrap();
        let lower = request.to_lowercase();
        assert!(lower.contains(&expected.to_lowercase()) && request.contains(&expected[21..]), "{request}");
        assert!(lower.contains("idempotency-key: dlv_1"), "{request}");
        assert_eq!(lower.matches("authorization:").count(), 1, "{request}");
        assert!(!lower.contains("evil") && lower.contains("content-length: 5"), "{request}");
        assert!(request.contains("grüß"), "{request}");
    }
}

#[tokio::test]
async fn what_cannot_be_sent_is_permanent() {
    let header = |n: &str, v: &str| HttpCall { headers: vec![(n.into(), v.into())], ..call(1) };
    for (call, words) in [
        (HttpCall { url: "not an address".into(), ..call(1) }, "not valid"),
        (HttpCall { url: "ftp://h/".into(), ..call(1) }, "`ftp:`"),
        (HttpCall { url: "file:///etc/passwd".into(), ..call(1) }, "`file:`"),
        (HttpCall { method: "GE T".into(), ..call(1) }, "not an HTTP method"),
        (header("a b", "x"), "name of a header"),
        (header("a\r\nEvil: 1", "x"), "name of a header"),
        (header("a", "x\r\nEvil: 1"), "line end"),
        (HttpCall { credential: Some("broken".into()), ..call(1) }, "line end"),
    ] {
        let failure = perform(call).await.unwrap_err();
        assert_eq!((failure.class, failure.code.as_str()), (Class::Permanent, "C0008"), "{failure}");
        assert!(failure.text.contains(words), "{failure}");
    }
    let failure = perform(HttpCall { credential: Some("none".into()), ..call(1) }).await.unwrap_err();
    assert_eq!((failure.class, failure.code.as_str()), (Class::Transient, "C0010"));
}

#[tokio::test]
async fn connections_are_used_again() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        for _ in 0..3 {
            read_request(&mut stream);
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").unwrap();
        }
    });
    let adapters = Adapters::new(Arc::new(ManualClock::default())).unwrap();
    for _ in 0..3 {
        adapters.perform(&Call::Http(call(port)), &Vault).await.unwrap();
    }
    server.join().unwrap();
}

#[test]
fn promises() {
    let adapters = Adapters::new(Arc::new(ManualClock::default())).unwrap();
    let keyed = vec![("idempotency-key".to_owned(), "1".to_owned())];
    for (call, promise) in [
        (call(1), Promise::MayRepeat),
        (HttpCall { headers: keyed, ..call(1) }, Promise::Idempotent),
        (HttpCall { method: "PATCH".into(), ..call(1) }, Promise::MayRepeat),
        (HttpCall { method: "PUT".into(), ..call(1) }, Promise::Idempotent),
        (HttpCall { method: "DELETE".into(), ..call(1) }, Promise::Idempotent),
        (HttpCall { method: "GET".into(), ..call(1) }, Promise::Idempotent),
    ] {
        assert_eq!(adapters.promise(&Call::Http(call)), promise);
    }
}

/// A server that answers each of its connections in turn, and what it saw.
fn serve_all(answers: &'static [&'static str]) -> (u16, std::thread::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = std::thread::spawn(move || {
        let mut seen = Vec::new();
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            seen.push(read_request(&mut stream));
            let head = format!("HTTP/1.1 {}\r\nConnection: close\r\nContent-Length:", answer.lines().next().unwrap());
            let body = answer.split_once('\n').map_or("", |(_, body)| body);
            stream.write_all(format!("{head} {}\r\n\r\n{body}", body.len()).as_bytes()).unwrap();
        }
        seen
    });
    (port, server)
}

struct Client(u16, &'static str);

impl Secrets for Client {
    fn secret(&self, _: &str) -> Option<Secret> {
        let token_url = format!("http://127.0.0.1:{}/token", self.0);
        Some(Secret { user: "id".into(), password: self.1.into(), token_url, scope: "a b".into() })
    }
}

#[tokio::test]
async fn tokens_are_fetched_kept_and_given_up() {
    let (port, server) = serve_all(&[
        "200 OK\n{\"access_token\":\"t1\",\"expires_in\":3600}",
        "200 OK",
        "200 OK",
        // The receiver gave up the token early: one fresh one, then its answer counts.
        "401 No",
        "200 OK\n{\"access_token\":\"t2\",\"expires_in\":\"40\"}",
        "401 No",
        // It expired meanwhile.
        "200 OK\n{\"access_token\":\"t3\"}",
        "204 OK",
    ]);
    let clock = Arc::new(ManualClock::at(Timestamp(1_000_000)));
    let adapters = Adapters::new(clock.clone()).unwrap();
    let (secrets, call) = (Client(port, "pw"), Call::Http(HttpCall { credential: Some("c".into()), ..call(port) }));
    adapters.perform(&call, &secrets).await.unwrap();
    adapters.perform(&call, &secrets).await.unwrap();
    assert_eq!(adapters.perform(&call, &secrets).await.unwrap_err().code, "C0009");
    clock.advance(Duration::from_secs(11));
    adapters.perform(&call, &secrets).await.unwrap();
    let seen = server.join().unwrap();
    let token = seen[0].to_lowercase();
    assert!(token.starts_with("post /token") && token.contains("authorization: basic awq6chc="), "{token}");
    assert!(seen[0].ends_with("grant_type=client_credentials&scope=a+b"), "{token}");
    for (at, with) in [(1, "t1"), (2, "t1"), (3, "t1"), (5, "t2"), (7, "t3")] {
        assert!(seen[at].to_lowercase().contains(&format!("authorization: bearer {with}\r")), "{at}: {}", seen[at]);
    }
}

#[tokio::test]
async fn without_a_token_nothing_is_sent() {
    for answer in [&["401 No"], &["200 OK\nno"], &["200 OK\n{}"]] {
        let (port, server) = serve_all(answer);
        let adapters = Adapters::new(Arc::new(ManualClock::default())).unwrap();
        let call = Call::Http(HttpCall { credential: Some("c".into()), ..call(port) });
        let failure = adapters.perform(&call, &Client(port, "pw")).await.unwrap_err();
        assert_eq!((failure.class, failure.code.as_str()), (Class::Transient, "C0011"), "{failure}");
        assert_eq!(server.join().unwrap().len(), 1);
    }
    let adapters = Adapters::new(Arc::new(ManualClock::default())).unwrap();
    let call = Call::Http(HttpCall { credential: Some("c".into()), ..call(1) });
    assert_eq!(adapters.perform(&call, &Client(1, "pw")).await.unwrap_err().code, "C0011");
}

#[tokio::test]
async fn requests_are_repeated_as_the_call_says() {
    let repeat = |statuses: &[u16]| {
        let (times, interval) = (2, Duration::from_millis(5));
        Some(flow::Repeat { times, interval, statuses: statuses.to_vec() })
    };
    for (answers, statuses, code) in [
        (&["503 Busy", "503 Busy", "200 OK"][..], &[503][..], "good"),
        (&["503 Busy", "503 Busy", "503 Busy"], &[503], "C0004"),
        (&["500 Down"], &[503], "C0004"),
        (&["404 None", "200 OK"], &[], "good"),
        (&["502 Gateway"], &[502], "C0004"),
    ] {
        let answers: &'static [&'static str] = Vec::leak(answers.to_vec());
        let (port, server) = serve_all(answers);
        let outcome = perform(HttpCall { repeat: repeat(statuses), ..call(port) }).await;
        assert_eq!(outcome.map_or_else(|f| f.code, |_| "good".to_owned()), code);
        assert_eq!(server.join().unwrap().len(), answers.len());
    }
    // A flow that takes failures as answers repeats no gateway's word either.
    let (port, server) = serve_all(&["504 Gateway"]);
    let taken = HttpCall { repeat: repeat(&[]), throw_on_failure: false, ..call(port) };
    let reply = perform(taken).await.unwrap();
    assert_eq!(reply.headers.get("CamelHttpResponseCode"), Some(&Value::Int(504)));
    assert_eq!(server.join().unwrap().len(), 1);
}

#[tokio::test]
async fn client_certificates() {
    let folder = std::env::temp_dir().join(format!("semel-client-certificate-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let openssl = |arguments: &str| {
        let mut command = std::process::Command::new("openssl");
        command.args(arguments.split(' ')).current_dir(&folder).stdin(std::process::Stdio::piped());
        command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn()
    };
    let make = "req -x509 -newkey rsa:2048 -nodes -keyout k.pem -out c.pem -days 2 -subj /CN=semel \
                -addext subjectAltName=IP:127.0.0.1 -addext basicConstraints=critical,CA:FALSE";
    // Machines without openssl skip this.
    let Ok(mut made) = openssl(make) else { return };
    assert!(made.wait().unwrap().success());
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let serve = format!(
        "s_server -accept 127.0.0.1:{port} -cert c.pem -key k.pem -CAfile c.pem -Verify 1 -verify_return_error -www"
    );
    let mut server = openssl(&serve).unwrap();
    for _ in 0..100 {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    struct Pem(String);
    impl Secrets for Pem {
        fn secret(&self, name: &str) -> Option<Secret> {
            let broken = "-----BEGIN CERTIFICATE-----\nno\n-----BEGIN PRIVATE KEY-----";
            let password = if name == "broken" { broken.to_owned() } else { self.0.clone() };
            Some(Secret { password, ..Secret::default() })
        }
    }
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let secrets = Pem(read("c.pem") + &read("k.pem"));
    let adapters = Adapters::with_roots(Arc::new(ManualClock::default()), read("c.pem").as_bytes()).unwrap();
    let url = format!("https://127.0.0.1:{port}/");
    let call = |credential: Option<&str>| {
        let credential = credential.map(str::to_owned);
        Call::Http(HttpCall {
            method: "GET".into(),
            url: url.clone(),
            timeout: Duration::from_secs(5),
            credential,
            ..call(1)
        })
    };
    let shown = adapters.perform(&call(Some("good")), &secrets).await;
    let hidden = adapters.perform(&call(None), &secrets).await;
    let broken = adapters.perform(&call(Some("broken")), &secrets).await;
    let _ = server.kill();
    let _ = server.wait();
    let _ = std::fs::remove_dir_all(&folder);
    assert!(shown.unwrap().body.starts_with(b"<HTML>"));
    assert!(hidden.is_err(), "the server wants a certificate");
    assert_eq!(broken.unwrap_err().code, "C0002");
}
