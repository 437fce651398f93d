//! Mail against a real SMTP server (Python's aiosmtpd); skipped loudly where that is not installed.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "helpers of tests may fail loudly")]

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use adapter::{Promise, ReceiverAdapter, Secret, Secrets};
use adapters::Adapters;
use base::{Attachment, Class, ManualClock, Timestamp};
use bytes::Bytes;
use flow::{Call, MailCall, MailProtection, Outcome};
use serde_json::Value as Json;

struct Vault;

impl Secrets for Vault {
    fn secret(&self, name: &str) -> Option<Secret> {
        let password = match name {
            "smtp" => "s3cret",
            "wrong" => "nope",
            _ => return None,
        };
        Some(Secret { user: "anna".into(), password: password.into(), ..Secret::default() })
    }
}

struct Server {
    child: Child,
    port: u16,
    lines: BufReader<ChildStdout>,
}

impl Server {
    fn start(args: &[&str]) -> Server {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/smtp_server.py");
        let mut child = Command::new("python3")
            .arg(script)
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut port = String::new();
        lines.read_line(&mut port).unwrap();
        Server { child, port: port.trim().parse().unwrap(), lines }
    }

    fn mail(&mut self) -> Json {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn is_ready() -> bool {
    let works = |program: &str, args: &[&str]| {
        Command::new(program).args(args).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|s| s.success())
    };
    let ready = works("python3", &["-c", "import aiosmtpd"]) && works("openssl", &["version"]);
    if !ready {
        eprintln!("SKIPPED: mail tests need aiosmtpd (python3) and openssl");
    }
    ready
}

/// A certificate authority of our own and a certificate for `localhost` by it: the paths of both and of the key.
fn certificates(name: &str) -> (PathBuf, PathBuf, PathBuf) {
    let dir = std::env::temp_dir().join(format!("semel-mail-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let openssl = |args: &str| {
        let status = Command::new("openssl").args(args.split(' ')).current_dir(&dir).stderr(Stdio::null()).status();
        assert!(status.unwrap().success(), "openssl {args}");
    };
    std::fs::write(dir.join("ext"), "subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n").unwrap();
    openssl("req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj /CN=TestCA -days 30");
    openssl("req -newkey rsa:2048 -nodes -keyout key.pem -out req.pem -subj /CN=localhost");
    openssl("x509 -req -in req.pem -CA ca.pem -CAkey ca.key -CAcreateserial -out cert.pem -days 30 -extfile ext");
    (dir.join("ca.pem"), dir.join("cert.pem"), dir.join("key.pem"))
}

fn mail(port: u16, to: &str) -> MailCall {
    MailCall {
        host: "localhost".into(),
        port,
        protection: MailProtection::None,
        credential: None,
        from: "Semel <semel@example.com>".into(),
        to: vec![to.into()],
        cc: vec![],
        bcc: vec![],
        subject: "Order 7".into(),
        body: Bytes::from("grüß dich\n"),
        media_type: "text/plain".into(),
        message_id: "dlv_1".into(),
        attachments: vec![],
        timeout: Duration::from_millis(1500),
    }
}

async fn perform(call: MailCall) -> Outcome {
    adapters(None).perform(&Call::Mail(call), &Vault).await
}

fn adapters(roots: Option<&Path>) -> Adapters {
    let clock = Arc::new(ManualClock::at(Timestamp(1_795_334_400_000)));
    match roots {
        Some(path) => Adapters::with_roots(clock, &std::fs::read(path).unwrap()).unwrap(),
        None => Adapters::new(clock).unwrap(),
    }
}

#[tokio::test]
async fn mails_arrive_as_they_were_meant() {
    if !is_ready() {
        return;
    }
    let mut server = Server::start(&["none"]);
    perform(mail(server.port, "a@example.com")).await.unwrap();
    let seen = server.mail();
    let content = seen["content"].as_str().unwrap();
    assert_eq!(seen["from"], "semel@example.com");
    assert_eq!(seen["to"], serde_json::json!(["a@example.com"]));
    for line in [
        "Message-ID: <dlv_1@semel>\r\n",
        "Subject: Order 7\r\n",
        "From: Semel <semel@example.com>\r\n",
        "To: a@example.com\r\n",
        "Date: Sun, 22 Nov 2026 08:00:00 +0000\r\n",
        "Content-Type: text/plain; charset=utf-8\r\n",
    ] {
        assert!(content.contains(line), "{line} in {content}");
    }
    // "grüß dich" and a line end in Base64.
    assert!(content.contains("Z3LDvMOfIGRpY2gNCg=="), "{content}");

    let call = MailCall {
        to: vec!["A <a@example.com>".into(), "b@example.com".into()],
        cc: vec!["c@example.com".into()],
        bcc: vec!["hidden@example.com".into()],
        subject: "Grüße\r\nBcc: evil@example.com".into(),
        media_type: "application/xml".into(),
        body: Bytes::from("<a>\n.\n..b</a>"),
        attachments: vec![Attachment {
            name: "q\"\r\nX: y.bin".into(),
            media_type: "application/octet-stream".into(),
            content: Bytes::from_static(&[0, 255, 13, 10, 46]),
        }],
        ..mail(server.port, "")
    };
    perform(call).await.unwrap();
    let seen = server.mail();
    let content = seen["content"].as_str().unwrap();
    assert_eq!(
        seen["to"],
        serde_json::json!(["a@example.com", "b@example.com", "c@example.com", "hidden@example.com"])
    );
    assert!(
        !content.contains("hidden@") && !content.contains("\r\nBcc:") && !content.contains("\r\nX: y"),
        "{content}"
    );
    assert!(content.contains("multipart/mixed") && content.contains("AP8NCi4="), "{content}");
    assert!(content.contains("<a>\r\n.\r\n..b</a>"), "{content}");
}

#[tokio::test]
async fn refusals_and_silence_have_their_classes() {
    if !is_ready() {
        return;
    }
    let server = Server::start(&["none"]);
    for (to, class, code) in [
        ("nobody@example.com", Class::Permanent, "C0021"),
        ("full@example.com", Class::Transient, "C0020"),
        ("spam@example.com", Class::Permanent, "C0021"),
        ("later@example.com", Class::Transient, "C0020"),
        ("break@example.com", Class::InDoubt, "C0022"),
        ("hang@example.com", Class::InDoubt, "C0022"),
        ("slow@example.com", Class::Transient, "C0001"),
    ] {
        let failure = perform(mail(server.port, to)).await.unwrap_err();
        assert_eq!((failure.class, failure.code.as_str()), (class, code), "{to}: {failure}");
    }
    // One recipient that is refused: nobody gets the mail.
    let call = MailCall { cc: vec!["nobody@example.com".into()], ..mail(server.port, "a@example.com") };
    let failure = perform(call).await.unwrap_err();
    assert!(failure.class == Class::Permanent && failure.text.contains("no such user"), "{failure}");
    // TLS is wanted, but not offered; optional TLS goes on without.
    let call = MailCall { protection: MailProtection::StartTls, ..mail(server.port, "a@example.com") };
    let failure = perform(call).await.unwrap_err();
    assert_eq!((failure.class, failure.code.as_str()), (Class::Transient, "C0002"), "{failure}");
    let call = MailCall { protection: MailProtection::StartTlsOptional, ..mail(server.port, "a@example.com") };
    perform(call).await.unwrap();
}

#[tokio::test]
async fn tls_and_login_work() {
    if !is_ready() {
        return;
    }
    for (mode, protection) in [("starttls", MailProtection::StartTls), ("smtps", MailProtection::Smtps)] {
        let (ca, cert, key) = certificates(mode);
        let mut server = Server::start(&[mode, cert.to_str().unwrap(), key.to_str().unwrap()]);
        let base = mail(server.port, "a@example.com");
        // The server takes its time to refuse a login.
        let timeout = Duration::from_secs(20);
        let call = MailCall { protection, credential: Some("smtp".into()), timeout, ..base };
        let trusted = adapters(Some(&ca));
        trusted.perform(&Call::Mail(call.clone()), &Vault).await.unwrap();
        assert_eq!(server.mail()["user"], "anna");
        let wrong = Call::Mail(MailCall { credential: Some("wrong".into()), ..call.clone() });
        let failure = trusted.perform(&wrong, &Vault).await.unwrap_err();
        assert_eq!((failure.class, failure.code.as_str()), (Class::Transient, "C0023"), "{failure}");
        let missing = Call::Mail(MailCall { credential: Some("none".into()), ..call.clone() });
        assert_eq!(trusted.perform(&missing, &Vault).await.unwrap_err().code, "C0010");
        // An authority that nobody knows.
        let failure = perform(call.clone()).await.unwrap_err();
        assert_eq!((failure.class, failure.code.as_str()), (Class::Transient, "C0002"), "{failure}");
        // A certificate for another name.
        let other = Call::Mail(MailCall { host: "127.0.0.1".into(), ..call });
        let failure = trusted.perform(&other, &Vault).await.unwrap_err();
        assert_eq!((failure.class, failure.code.as_str()), (Class::Transient, "C0002"), "{failure}");
        std::fs::remove_dir_all(ca.parent().unwrap()).unwrap();
    }
}

#[tokio::test]
async fn what_cannot_be_reached_or_written() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let failure = perform(mail(closed, "a@example.com")).await.unwrap_err();
    assert_eq!((failure.class, failure.code.as_str()), (Class::Transient, "C0001"), "{failure}");
    // A server that says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let failure = perform(mail(silent.local_addr().unwrap().port(), "a@example.com")).await.unwrap_err();
    assert_eq!((failure.class, failure.code.as_str()), (Class::Transient, "C0001"), "{failure}");
    let base = mail(closed, "a@example.com");
    for (call, words) in [
        (MailCall { to: vec![], ..base.clone() }, "no recipients"),
        (mail(closed, "not an address"), "not a mail address"),
        (mail(closed, "a@example.com\r\nRCPT TO:<b@example.com>"), "not a mail address"),
        (MailCall { from: "x\ny <a@example.com>".into(), ..base.clone() }, "not a mail address"),
        (MailCall { message_id: "a>\r\nX: y".into(), ..base.clone() }, "Message-ID"),
        (MailCall { media_type: "text/plain\r\nX: y".into(), ..base.clone() }, "media type"),
        (MailCall { to: vec!["a@example.com".into(); 1_001], ..base.clone() }, "1000 recipients"),
    ] {
        let failure = perform(call).await.unwrap_err();
        assert_eq!((failure.class, failure.code.as_str()), (Class::Permanent, "C0024"), "{failure}");
        assert!(failure.text.contains(words), "{failure}");
    }
    assert_eq!(adapters(None).promise(&Call::Mail(base)), Promise::MayRepeat);
}
