//! Any bytes as one connection to the server, in memory and in virtual time: whatever comes, the connection ends,
//! all that goes back is HTTP, and no delivery is made twice.
//!
//! Bits of the first byte: 1 the rest is described requests (see [`described`]) and not the connection itself,
//! 2 it arrives in small pieces through a narrow pipe, 4 the client never hangs up, 8 it comes again on a second
//! connection.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use adapter::{Promise, ReceiverAdapter, Secret, Secrets};
use base::{Clock, Fut, SeededEntropy, Timestamp};
use flow::{Call, Flow, Outcome, Reply};
use runtime::{Options, Retention, Runtime};
use server::ApiConfig;
use store::{MemoryLog, MemoryStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

/// One door of each kind. Their runs never fail, so that every delivery is made exactly once.
const FLOWS: [&str; 7] = [
    "flow: plain\nfrom: { http: { path: /plain, body-limit: 4KB } }\nallow-headers: [\"*\"]\nsteps:\n\
     \x20 - set: { headers: { X-Echo: \"${body}\", X-Query: \"${header.CamelHttpQuery}\" } }\n",
    "flow: tree\nfrom: { http: { path: /tree/*, methods: [GET, HEAD, POST] } }\nsteps:\n\
     \x20 - set: { body: \"${header.CamelHttpPath}\" }\n",
    "flow: keyed\nfrom: { http: { path: /keyed, idempotency: required } }\nquality: exactly-once\nsteps: [{ send: r }]\n\
     receivers: { r: { http: { url: 'http://r.test/keyed', key-header: Idempotency-Key } } }\n",
    "flow: maybe\nfrom: { http: { path: /maybe/*, idempotency: optional } }\nquality: exactly-once\nsteps: [{ send: r }]\n\
     receivers: { r: { http: { url: 'http://r.test/maybe', key-header: Idempotency-Key } } }\n",
    "flow: first\nfrom: { http: { path: /first, idempotency: optional } }\nquality: exactly-once\npersistence: first\n\
     steps: [{ send: r }]\n\
     receivers: { r: { http: { url: 'http://r.test/first', key-header: Idempotency-Key } } }\n",
    "flow: basic\nfrom: { http: { path: /basic, credential: secret:basic } }\nsteps:\n\
     \x20 - set: { body: \"${header.SapAuthenticatedUserName}\" }\n",
    "flow: token\nfrom: { http: { path: /token, credential: secret:token } }\nsteps: [{ set: { body: in } }]\n",
];

static CHECKED: LazyLock<Vec<Arc<Flow>>> = LazyLock::new(|| {
    let files = FLOWS.iter().enumerate().map(|(i, text)| (format!("{i}.flow.yaml"), (*text).to_owned()));
    let package = flow::Package { name: "fuzz".to_owned(), files: files.collect(), overrides: BTreeMap::new() };
    let checked = flow::check(&package);
    assert!(checked.problems.is_empty(), "{}", diag::render(&checked.problems, &checked.sources, false));
    checked.flows
});

/// Longest time for a connection whose client does not hang up: 15 s for headers, 300 s for a body, some requests.
const LONGEST: Duration = Duration::from_secs(3_600);

/// One input.
pub fn run(data: &[u8]) {
    let Some((&mode, rest)) = data.split_first() else { return };
    let bytes = if mode & 1 == 0 { rest.to_vec() } else { described(rest) };
    let times = if mode & 8 == 0 { 1 } else { 2 };
    // Time jumps whenever all tasks wait: 5 minutes of a silent client take no time.
    let tokio = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    tokio.expect("a runtime without drivers").block_on(async {
        let receivers = Arc::new(Receivers::default());
        let clock = Arc::new(Virtual(tokio::time::Instant::now()));
        let runtime = Runtime::start(options(&receivers, &clock)).await.expect("an empty store can be read");
        assert_eq!(runtime.deploy(CHECKED.clone()).await, []);
        for _ in 0..times {
            let config = ApiConfig {
                token: "token".to_owned(),
                secrets: Arc::new(Known),
                clock: Arc::<Virtual>::clone(&clock),
                shutdown: CancellationToken::new(),
                drain: Duration::from_secs(1),
                tls: None,
                limits: server::Limits::default(),
            };
            let answers = connection(&bytes, mode, runtime.clone(), config).await;
            assert!(is_http(&answers, mode & 2 != 0), "not HTTP: {:?}", String::from_utf8_lossy(&answers));
        }
        runtime.shutdown(Duration::from_secs(60)).await;
        assert!(!receivers.repeated(), "a delivery was made twice");
    });
}

/// Sends the bytes and gives what came back. Both sides must be done in time.
async fn connection(bytes: &[u8], mode: u8, runtime: Runtime, config: ApiConfig) -> Vec<u8> {
    let (narrow, stays) = (mode & 2 != 0, mode & 4 != 0);
    let (client, stream) = tokio::io::duplex(if narrow { 64 } else { 1 << 20 });
    let server = tokio::spawn(server::serve_connection(stream, runtime, config));
    let (mut read, mut write) = tokio::io::split(client);
    let send = async {
        for part in bytes.chunks(if narrow { 48 } else { 4_096 }) {
            // The server may have hung up.
            if write.write_all(part).await.is_err() {
                break;
            }
        }
        // Without this the server would see the end together with the requests, and serve none.
        sleep(Duration::from_secs(2)).await;
        if !stays {
            let _ = write.shutdown().await;
        }
    };
    let mut answers = Vec::new();
    let receive = async {
        let _ = read.read_to_end(&mut answers).await;
    };
    let both = async { tokio::join!(send, receive) };
    assert!(timeout(LONGEST, both).await.is_ok(), "the connection does not end");
    assert!(timeout(LONGEST, server).await.is_ok_and(|ended| ended.is_ok()), "the connection's task does not end");
    answers
}

fn options(receivers: &Arc<Receivers>, clock: &Arc<Virtual>) -> Options {
    Options {
        store: Arc::new(MemoryStore::new()),
        log: Arc::new(MemoryLog::new()),
        clock: Arc::<Virtual>::clone(clock),
        entropy: Arc::new(SeededEntropy::new(7)),
        adapters: Arc::<Receivers>::clone(receivers),
        scripts: BTreeMap::new().into_iter().collect(),
        script_limits: script::Limits::default(),
        secrets: Arc::new(Known),
        retention: Retention::default(),
        max_runs: 4,
    }
}

/// Stored time that goes with the virtual time of the tasks.
struct Virtual(tokio::time::Instant);

impl Clock for Virtual {
    fn now(&self) -> Timestamp {
        Timestamp(1_795_334_709_007).plus(self.0.elapsed())
    }
}

struct Known;

impl Secrets for Known {
    fn secret(&self, name: &str) -> Option<Secret> {
        let user = match name {
            "basic" => "shop",
            "token" => "",
            _ => return None,
        };
        let (user, password) = (user.to_owned(), "secret".to_owned());
        Some(Secret { user, password, token_url: String::new(), scope: String::new() })
    }
}

/// Receivers that always take what comes, and remember the ids of the deliveries.
#[derive(Default)]
struct Receivers(Mutex<(HashSet<(String, String)>, bool)>);

impl Receivers {
    fn repeated(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1
    }
}

impl ReceiverAdapter for Receivers {
    fn promise(&self, _call: &Call) -> Promise {
        Promise::MayRepeat
    }

    fn perform<'a>(&'a self, call: &'a Call, _secrets: &'a dyn Secrets) -> Fut<'a, Outcome> {
        if let Call::Http(http) = call {
            let id = http.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("Idempotency-Key"));
            let id = id.map(|(_, value)| value.clone()).expect("every delivery has an id");
            let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            seen.1 |= !seen.0.insert((http.url.clone(), id));
        }
        Box::pin(async {
            // Others have their turn meanwhile.
            sleep(Duration::from_millis(20)).await;
            Ok(Reply::default())
        })
    }
}

const METHODS: [&str; 8] = ["POST", "GET", "HEAD", "PUT", "DELETE", "OPTIONS", "post", "CONNECT"];

const PATHS: [&str; 16] = [
    "/http/plain",
    "/http/tree",
    "/http/keyed",
    "/http/maybe",
    "/http/first",
    "/http/basic",
    "/http/token",
    "/http",
    "/api/messages",
    "/api/entries",
    "/api/deliveries",
    "/api/flows",
    "/metrics",
    "/ready",
    "http://h/http/plain",
    "",
];

const HEADERS: [&str; 16] = [
    "Idempotency-Key: ",
    "Idempotency-Key: \"k",
    "Authorization: Basic c2hvcDpzZWNyZXQ=",
    "Authorization: Bearer secret",
    "Authorization: Bearer token",
    "Authorization: ",
    "Content-Type: ",
    "Expect: 100-continue",
    "Connection: ",
    "Host: ",
    "Content-Length: ",
    "Transfer-Encoding: ",
    "Upgrade: ",
    "X-A: ",
    "Cookie: ",
    "",
];

/// Requests as a shorthand, so that mutations reach far. Requests are divided by `0x1d`. Of each, the first line is
/// a letter for the method, one for the path, one for the framing, and what is added to the path; further lines
/// are a letter for the beginning of a header and the rest of it; after an empty line comes the body,
/// whose chunks are divided by `0x1e`.
fn described(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for request in text.split(|b| *b == 0x1d) {
        let mut rest = request;
        let mut line = || {
            let end = rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
            let line = &rest[..end];
            rest = rest.get(end + 1..).unwrap_or_default();
            line
        };
        let first = line();
        let letter = |at: usize| usize::from(first.get(at).copied().unwrap_or_default().wrapping_sub(b'a'));
        out.extend_from_slice(METHODS[letter(0) % METHODS.len()].as_bytes());
        out.push(b' ');
        out.extend_from_slice(PATHS[letter(1) % PATHS.len()].as_bytes());
        out.extend_from_slice(first.get(3..).unwrap_or_default());
        out.extend_from_slice(b" HTTP/1.1\r\n");
        loop {
            match line() {
                [] => break,
                [letter, value @ ..] => {
                    let at = usize::from(letter.wrapping_sub(b'a')) % HEADERS.len();
                    out.extend_from_slice(HEADERS[at].as_bytes());
                    out.extend_from_slice(value);
                    out.extend_from_slice(b"\r\n");
                }
            }
        }
        body(&mut out, rest, letter(2));
    }
    out
}

/// The end of the headers and the body in one of five framings; the last three are wrong.
fn body(out: &mut Vec<u8>, body: &[u8], framing: usize) {
    let length = match framing % 5 {
        0 => body.len(),
        1 => {
            out.extend_from_slice(b"Transfer-Encoding: chunked\r\n\r\n");
            for chunk in body.split(|b| *b == 0x1e).filter(|chunk| !chunk.is_empty()) {
                out.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
                out.extend_from_slice(chunk);
                out.extend_from_slice(b"\r\n");
            }
            out.extend_from_slice(b"0\r\n\r\n");
            return;
        }
        2 => body.len() + 5,
        3 => body.len() / 2,
        _ => {
            out.extend_from_slice(b"\r\n");
            out.extend_from_slice(body);
            return;
        }
    };
    out.extend_from_slice(format!("Content-Length: {length}\r\n\r\n").as_bytes());
    out.extend_from_slice(body);
}

/// Whether bytes are answers of HTTP/1, whole and one after the other. An answer to HEAD announces a body that does
/// not come, and which answers those are is not known here: both readings are followed.
/// Through a narrow pipe a refusal may be cut off at the end: after a request that cannot be parsed, hyper hangs up
/// without waiting for the client to read.
fn is_http(bytes: &[u8], narrow: bool) -> bool {
    let (mut open, mut seen) = (vec![0], HashSet::new());
    while let Some(at) = open.pop() {
        let rest = &bytes[at..];
        if rest.is_empty() || narrow && is_cut_refusal(rest) {
            return true;
        }
        if seen.insert(at)
            && let Some((head, length)) = head(rest)
        {
            open.push(at + head);
            if let Some(end) = at.checked_add(head + length).filter(|end| *end <= bytes.len()) {
                open.push(end);
            }
        }
    }
    false
}

fn is_cut_refusal(rest: &[u8]) -> bool {
    const REFUSAL: &[u8] = b"HTTP/1.1 4";
    let whole = rest.windows(4).any(|w| w == b"\r\n\r\n");
    !whole && (rest.starts_with(REFUSAL) || REFUSAL.starts_with(rest))
}

/// Length of the head of an answer, and of the body that it announces. Semel never answers in chunks.
fn head(bytes: &[u8]) -> Option<(usize, usize)> {
    let end = bytes.windows(4).position(|w| w == b"\r\n\r\n")?;
    let mut lines = bytes[..end].split(|b| *b == b'\n').map(|l| l.strip_suffix(b"\r").unwrap_or(l));
    let status = lines.next()?.strip_prefix(b"HTTP/1.")?;
    let code = std::str::from_utf8(status.get(2..5)?).ok()?.parse::<u16>().ok()?;
    let fits = matches!(status[0], b'0' | b'1') && status[1] == b' ' && (100..600).contains(&code);
    let mut length = 0;
    for line in lines {
        let colon = line.iter().position(|b| *b == b':')?;
        let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
        let token = |b: &u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(b);
        if name.is_empty() || !name.iter().all(token) || value.iter().any(|b| (*b < 0x20 && *b != b'\t') || *b == 0x7f)
        {
            return None;
        }
        if name.eq_ignore_ascii_case(b"content-length") {
            length = std::str::from_utf8(value).ok()?.parse().ok()?;
        }
    }
    fits.then_some((end + 4, length))
}
