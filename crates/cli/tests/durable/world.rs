//! A folder with flows and data, receivers that write down what they got, and a Semel that can be killed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;

/// A folder of its own for each test; kept when the test fails.
pub(crate) struct World(pub(crate) PathBuf);

impl World {
    /// A folder with these flows.
    pub(crate) fn new(name: &str, flows: &[(&str, String)]) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(path.join("package")).expect("a folder");
        for (file, text) in flows {
            fs::write(path.join("package").join(format!("{file}.flow.yaml")), text).expect("a file");
        }
        World(path)
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.0.join("data")
    }

    /// What the servers wrote to stdout and stderr.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.0.join("server.log")).unwrap_or_default()
    }

    /// Runs a command to its end.
    pub(crate) fn semel(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_semel"));
        command.args(arguments).current_dir(&self.0).stdin(Stdio::null()).env_remove("SEMEL_KEY");
        command.output().expect("semel runs")
    }

    /// Starts a server on a free port and waits until it is ready.
    pub(crate) async fn start(&self) -> Server {
        self.start_as(&[], &[]).await
    }

    /// The same below another program, and with more arguments.
    pub(crate) async fn start_as(&self, below: &[&str], more: &[&str]) -> Server {
        let mut server = self.spawn(below, more);
        for _ in 0..1_200 {
            tokio::time::sleep(Duration::from_millis(25)).await;
            if let Some(status) = server.child.try_wait().expect("a child") {
                panic!("the server ended with {status}: {}", self.log());
            }
            let Ok(text) = fs::read_to_string(self.data().join("server.json")) else { continue };
            let Ok(running) = serde_json::from_str::<Value>(&text) else { continue };
            server.url = running["url"].as_str().expect("an address").to_owned();
            server.pid = running["pid"].as_u64().expect("a process id");
            let ready = server.http.get(format!("{}/ready", server.url)).send().await;
            if ready.is_ok_and(|r| r.status() == 200) {
                server.token = fs::read_to_string(self.data().join("token")).expect("a token").trim().to_owned();
                return server;
            }
        }
        panic!("the server did not start: {}", self.log());
    }

    fn spawn(&self, below: &[&str], more: &[&str]) -> Server {
        let log = fs::File::options().create(true).append(true).open(self.0.join("server.log")).expect("a log");
        // A server that was killed left its address behind.
        let _ = fs::remove_file(self.data().join("server.json"));
        let program = [below, &[env!("CARGO_BIN_EXE_semel")]].concat();
        let child = Command::new(program[0])
            .args(&program[1..])
            .args(["run", "package", "--data", "data", "--listen", "127.0.0.1:0"])
            .args(more)
            .current_dir(&self.0)
            .env_remove("SEMEL_KEY")
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a log"))
            .stderr(log)
            .spawn()
            .expect("semel starts");
        let http = client();
        Server { child, pid: 0, url: String::new(), token: String::new(), http }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let _ = fs::remove_dir_all(&self.0);
        }
    }
}

fn client() -> reqwest::Client {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(20)).build().expect("a client")
}

/// A server that runs.
pub(crate) struct Server {
    child: Child,
    pid: u64,
    pub(crate) url: String,
    pub(crate) token: String,
    pub(crate) http: reqwest::Client,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) kind: String,
    pub(crate) body: String,
}

impl Server {
    /// Posts, with an `Idempotency-Key` where one is given; `None` where no answer came.
    pub(crate) async fn try_post(&self, path: &str, key: Option<&str>, body: &str) -> Option<Answer> {
        let mut request = self.http.post(format!("{}/http{path}", self.url)).body(body.to_owned());
        if let Some(key) = key {
            request = request.header("Idempotency-Key", format!("\"{key}\""));
        }
        answer(request).await
    }

    pub(crate) async fn post(&self, path: &str, body: &str) -> Answer {
        self.try_post(path, None, body).await.expect("an answer")
    }

    /// Asks with the token.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        answer(self.http.get(format!("{}{path}", self.url)).bearer_auth(&self.token)).await.expect("an answer")
    }

    /// Asks the management API.
    pub(crate) async fn api(&self, path: &str) -> Value {
        let request = self.http.get(format!("{}/api/{path}", self.url)).bearer_auth(&self.token);
        serde_json::from_str(&answer(request).await.expect("an answer").body).expect("JSON")
    }

    /// `kill -9`.
    pub(crate) fn kill(mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Stops it where it is: it does and answers nothing any more.
    pub(crate) fn freeze(&self) {
        self.signal("-STOP");
    }

    /// `kill -9`, while others still hold it.
    pub(crate) fn kill_now(&self) {
        self.signal("-KILL");
    }

    fn signal(&self, name: &str) {
        Command::new("kill").args([name, &self.pid.to_string()]).status().expect("kill runs");
    }

    /// SIGTERM, to Semel itself also where it runs below another program; the exit code.
    pub(crate) async fn stop(mut self) -> Option<i32> {
        self.signal("-TERM");
        for _ in 0..800 {
            if let Some(status) = self.child.try_wait().expect("a child") {
                return status.code();
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        None
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn answer(request: reqwest::RequestBuilder) -> Option<Answer> {
    let answer = request.send().await.ok()?;
    let status = answer.status().as_u16();
    let kind = answer.headers().get("content-type").and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
    Some(Answer { status, kind, body: answer.text().await.ok()? })
}

/// One request that a receiver took.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Taken {
    pub(crate) receiver: String,
    pub(crate) key: String,
    pub(crate) body: String,
}

/// HTTP receivers on one port, told apart by path; what they took, in order.
pub(crate) struct Receivers {
    pub(crate) port: u16,
    /// What they answer; only below 300 they take it.
    pub(crate) status: AtomicU16,
    taken: Mutex<Vec<Taken>>,
}

impl Receivers {
    pub(crate) async fn start() -> Arc<Self> {
        use axum::extract::State;
        use axum::http::{HeaderMap, StatusCode, Uri};
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let receivers = Arc::new(Receivers { port, status: AtomicU16::new(200), taken: Mutex::default() });
        let take = async |State(all): State<Arc<Self>>, uri: Uri, headers: HeaderMap, body: String| {
            let status = all.status.load(Ordering::SeqCst);
            if status < 300 {
                let key = headers.get("idempotency-key").and_then(|v| v.to_str().ok()).unwrap_or_default();
                let taken = Taken { receiver: uri.path()[1..].to_owned(), key: key.to_owned(), body };
                all.taken.lock().unwrap_or_else(PoisonError::into_inner).push(taken);
            }
            StatusCode::from_u16(status).expect("a status")
        };
        let app = axum::Router::new().fallback(take).with_state(Arc::clone(&receivers));
        tokio::spawn(async move { axum::serve(listener, app).await });
        receivers
    }

    pub(crate) fn taken(&self) -> Vec<Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A `receivers` block of a flow with one receiver, which is called however often it failed.
    pub(crate) fn block(&self, name: &str) -> String {
        let url = format!("http://127.0.0.1:{}/{name}", self.port);
        format!(
            "receivers:\n  {name}:\n    http: {{ url: \"{url}\", timeout: 5s }}\n    retry: {{ interval: 1m }}\n    circuit: off\n"
        )
    }
}

/// Waits until something holds, at most 20 seconds.
pub(crate) async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..400 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{what} did not happen in 20 seconds");
}
