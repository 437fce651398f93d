//! Clients that take too much: long headers, slow headers, idle handshakes, too many connections.
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "a test fails by panicking, and says what it skips")]

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use adapter::{Promise, ReceiverAdapter, Secret, Secrets};
use base::{Failure, Fut, SystemEntropy, WallClock};
use flow::{Call, Outcome};
use runtime::{Options, Retention, Runtime, ScriptHosts};
use server::tls::Tls;
use server::{ApiConfig, Limits};
use store::{MemoryLog, MemoryStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

const LONG: Duration = Duration::from_secs(30);
const SHORT: Duration = Duration::from_millis(400);
const REQUEST: &str = "GET /health HTTP/1.1\r\nHost: semel\r\n";

struct Nothing;

impl Secrets for Nothing {
    fn secret(&self, _name: &str) -> Option<Secret> {
        None
    }
}

impl ReceiverAdapter for Nothing {
    fn promise(&self, _call: &Call) -> Promise {
        Promise::MayRepeat
    }

    fn perform<'a>(&'a self, _call: &'a Call, _secrets: &'a dyn Secrets) -> Fut<'a, Outcome> {
        Box::pin(async { Err(Failure::permanent("T", "there is no receiver")) })
    }
}

/// A server with these limits; it lasts as long as the token is not cancelled.
async fn serve(limits: Limits, tls: Option<Tls>) -> (SocketAddr, CancellationToken) {
    let options = Options {
        store: Arc::new(MemoryStore::new()),
        log: Arc::new(MemoryLog::new()),
        clock: Arc::new(WallClock),
        entropy: Arc::new(SystemEntropy),
        adapters: Arc::new(Nothing),
        scripts: ScriptHosts::new(),
        script_limits: script::Limits::default(),
        secrets: Arc::new(Nothing),
        retention: Retention::default(),
        max_runs: 4,
    };
    let runtime = Runtime::start(options).await.unwrap();
    let shutdown = CancellationToken::new();
    let config = ApiConfig {
        token: "token".to_owned(),
        secrets: Arc::new(Nothing),
        clock: Arc::new(WallClock),
        shutdown: shutdown.clone(),
        drain: Duration::from_secs(5),
        tls,
        limits,
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(server::serve(listener, runtime, config));
    (address, shutdown)
}

async fn open(address: SocketAddr, first: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(first.as_bytes()).await.unwrap();
    stream
}

/// What comes until the server hangs up; a reset is a way to hang up.
async fn rest(mut stream: TcpStream) -> String {
    let mut all = Vec::new();
    let mut part = [0; 1_024];
    while let Ok(count @ 1..) = timeout(LONG, stream.read(&mut part)).await.unwrap() {
        all.extend_from_slice(&part[..count]);
    }
    String::from_utf8_lossy(&all).into_owned()
}

async fn healthy(address: SocketAddr) {
    let answer = rest(open(address, &format!("{REQUEST}Connection: close\r\n\r\n")).await).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("ok\n"), "{answer}");
}

#[tokio::test]
async fn headers_have_a_size_and_a_number() {
    let (address, _end) = serve(Limits { header_bytes: 8 << 10, ..Limits::default() }, None).await;
    let long = format!("{REQUEST}X: {}\r\n\r\n", "x".repeat(16 << 10));
    let many = format!("{REQUEST}{}\r\n", "A: b\r\n".repeat(500));
    let path = format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(16 << 10));
    for request in [long, many, path] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        // The server may hang up before it has all.
        let _ = stream.write_all(request.as_bytes()).await;
        let answer = rest(stream).await;
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 431") || answer.starts_with("HTTP/1.1 414"),
            "{answer}"
        );
        healthy(address).await;
    }
}

#[tokio::test]
async fn a_slow_sender_of_headers_is_cut_off() {
    let (address, _end) = serve(Limits { header_time: SHORT, ..Limits::default() }, None).await;
    let idle = open(address, "").await;
    let slow = open(address, REQUEST).await;
    let (mut read, mut write) = slow.into_split();
    let drip = tokio::spawn(async move {
        // Every byte in time, and still never done.
        while write.write_all(b"X").await.is_ok() {
            tokio::time::sleep(SHORT / 8).await;
        }
    });
    healthy(address).await;
    let mut answer = Vec::new();
    let _ = timeout(LONG, read.read_to_end(&mut answer)).await.unwrap();
    assert!(!answer.starts_with(b"HTTP/1.1 200"));
    timeout(LONG, drip).await.unwrap().unwrap();
    assert_eq!(rest(idle).await, "");
    healthy(address).await;
}

#[tokio::test]
async fn connections_beyond_the_limit_wait_for_a_place() {
    let (address, _end) = serve(Limits { connections: 2, ..Limits::default() }, None).await;
    let mut first = open(address, &format!("{REQUEST}\r\n")).await;
    let mut answer = [0; 12];
    first.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
    let second = open(address, "").await;
    let third = tokio::spawn(healthy(address));
    tokio::time::sleep(SHORT).await;
    assert!(!third.is_finished(), "there is a third place");
    // Those who have a place are served as before.
    first.write_all(format!("{REQUEST}Connection: close\r\n\r\n").as_bytes()).await.unwrap();
    assert_eq!(rest(first).await.matches("HTTP/1.1 200").count(), 1);
    timeout(LONG, third).await.unwrap().unwrap();
    drop(second);
    healthy(address).await;
}

#[tokio::test]
async fn a_handshake_that_does_not_come_is_not_awaited() {
    let folder = Folder::new();
    if !certificate(&folder.0) {
        return;
    }
    let tls = Tls::read(&folder.0.join("cert.pem"), &folder.0.join("key.pem")).unwrap();
    let (address, _end) = serve(Limits { handshake: SHORT, ..Limits::default() }, Some(tls)).await;
    let silent = open(address, "").await;
    let plain = open(address, &format!("{REQUEST}\r\n")).await;
    assert!(!rest(plain).await.contains("HTTP/1.1"), "plain HTTP is answered");
    assert_eq!(rest(silent).await, "");
}

/// A folder that is gone when the test is.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("limits-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn certificate(folder: &Path) -> bool {
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"])
        .args(["-subj", "/CN=semel", "-keyout", "key.pem", "-out", "cert.pem"])
        .current_dir(folder)
        .output();
    let made = made.is_ok_and(|o| o.status.success());
    if !made {
        eprintln!("SKIPPED: TLS handshakes are not tested, because there is no `openssl` that makes certificates");
    }
    made
}
