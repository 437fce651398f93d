//! The built binary as its users meet it: files, exit codes, a running server, signals.
#![expect(clippy::expect_used, clippy::panic, clippy::print_stderr, reason = "helpers of tests")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;

const HELLO: &str =
    "flow: hello\nfrom:\n  http: { path: /hello, methods: [POST] }\nsteps:\n  - set: { body: \"hello ${body}\" }\n";

const GUARDED: &str = "flow: guarded\nfrom:\n  http: { path: /guarded, methods: [POST], credential: \"secret:caller\", body-limit: 1KB }\nsteps:\n  - set: { body: \"in\" }\n";

/// Its receiver is a port where nobody listens.
const ONCE: &str = "flow: once\nfrom:\n  http: { path: /once, methods: [POST] }\nquality: exactly-once\nsteps:\n  - send: nobody\nreceivers:\n  nobody:\n    http: { url: \"http://127.0.0.1:9/\", timeout: 2s }\n";

/// A folder of its own for each test.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(path.join("package")).expect("a folder");
        Place(path)
    }

    fn with(name: &str, flows: &[(&str, &str)]) -> Self {
        let place = Self::new(name);
        for (file, text) in flows {
            fs::write(place.package().join(file), text).expect("a file");
        }
        place
    }

    fn package(&self) -> PathBuf {
        self.0.join("package")
    }

    fn data(&self) -> PathBuf {
        self.0.join("data")
    }

    fn semel(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_semel"))
            .args(arguments)
            .current_dir(&self.0)
            .stdin(Stdio::null())
            .env_remove("SEMEL_KEY")
            .output()
            .expect("semel runs")
    }

    /// Starts a server on a free port and waits for it.
    async fn start(&self) -> Server {
        self.start_with(&[]).await
    }

    async fn start_with(&self, more: &[&str]) -> Server {
        let log = fs::File::create(self.0.join("server.log")).expect("a log");
        let child = Command::new(env!("CARGO_BIN_EXE_semel"))
            .args(["run", "package", "--data", "data", "--listen", "127.0.0.1:0"])
            .args(more)
            .current_dir(&self.0)
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a log"))
            .stderr(log)
            .spawn()
            .expect("semel starts");
        let mut server = Server { child, address: String::new(), token: String::new(), http: client() };
        for _ in 0..200 {
            tokio::time::sleep(Duration::from_millis(50)).await;
            let Ok(text) = fs::read_to_string(self.data().join("server.json")) else { continue };
            let running: Value = serde_json::from_str(&text).expect("server.json is JSON");
            server.address = running["url"].as_str().expect("an address").to_owned();
            if let Some(cert) = running["tls_cert"].as_str() {
                let cert = reqwest::Certificate::from_pem(&fs::read(cert).expect("a certificate")).expect("PEM");
                let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(20));
                server.http = client.tls_certs_only([cert]).build().expect("a client");
            }
            let ready = server.http.get(format!("{}/ready", server.address)).send().await;
            if ready.is_ok_and(|r| r.status() == 200) {
                server.token = fs::read_to_string(self.data().join("token")).expect("a token").trim().to_owned();
                return server;
            }
        }
        panic!("the server did not start: {}", fs::read_to_string(self.0.join("server.log")).unwrap_or_default());
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn client() -> reqwest::Client {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(20)).build().expect("a client")
}

struct Server {
    child: Child,
    address: String,
    token: String,
    http: reqwest::Client,
}

impl Server {
    async fn post(&self, path: &str, body: impl Into<reqwest::Body>) -> (u16, String) {
        let request = self.http.post(format!("{}{path}", self.address)).body(body);
        answer(request).await
    }

    /// SIGTERM; the exit code.
    async fn stop(&mut self) -> Option<i32> {
        signal(&self.child, "-TERM");
        for _ in 0..400 {
            if let Some(status) = self.child.try_wait().expect("a child") {
                return status.code();
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
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

fn signal(child: &Child, name: &str) {
    Command::new("kill").args([name, &child.id().to_string()]).status().expect("kill runs");
}

async fn answer(request: reqwest::RequestBuilder) -> (u16, String) {
    let answer = request.send().await.expect("an answer");
    (answer.status().as_u16(), answer.text().await.expect("a body"))
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The JSON array that a command printed.
fn array(output: &Output) -> Vec<Value> {
    assert!(output.status.success(), "{}", stderr(output));
    serde_json::from_slice(&output.stdout).expect("a JSON array")
}

#[test]
fn check_says_what_is_wrong() {
    let place = Place::with("check", &[("hello.flow.yaml", HELLO)]);
    let good = place.semel(&["check", "package"]);
    assert_eq!(good.status.code(), Some(0), "{}", stderr(&good));
    assert_eq!(stdout(&good), "1 flow is correct: hello\n");

    fs::write(place.package().join("bad.flow.yaml"), HELLO.replace("set:", "sett:").replace("hello", "bad"))
        .expect("a file");
    let bad = place.semel(&["check", "package"]);
    assert_eq!(bad.status.code(), Some(3));
    assert!(stderr(&bad).contains("package/bad.flow.yaml") && stderr(&bad).contains("sett"), "{}", stderr(&bad));

    let json = place.semel(&["check", "package", "--format", "json"]);
    assert_eq!(json.status.code(), Some(3));
    let problems: Vec<Value> = serde_json::from_slice(&json.stdout).expect("a JSON array");
    assert_eq!(problems[0]["file"], "package/bad.flow.yaml");
    // `run` refuses the same package the same way.
    assert_eq!(place.semel(&["run", "package", "--data", "data"]).status.code(), Some(3));
}

#[test]
fn a_package_is_a_folder_of_its_own() {
    let place = Place::new("folder");
    let code = |arguments: &[&str]| place.semel(arguments).status.code();
    assert_eq!(code(&["check", "missing"]), Some(1));
    assert_eq!(code(&["check", "package"]), Some(1), "a package without flows");
    assert_eq!(code(&["check"]), Some(2));
    assert_eq!(code(&["nonsense"]), Some(2));
    fs::write(place.0.join("outside.flow.yaml"), HELLO).expect("a file");
    std::os::unix::fs::symlink("../outside.flow.yaml", place.package().join("link.flow.yaml")).expect("a link");
    let linked = place.semel(&["check", "package"]);
    assert_eq!(linked.status.code(), Some(1));
    assert!(stderr(&linked).contains("leads out of the package"), "{}", stderr(&linked));
}

#[test]
fn parameters_come_from_file_environment_and_command_line() {
    let flow = "flow: p\nfrom:\n  http: { path: \"{{door.path}}\" }\nsteps:\n  - set: { body: x }\n";
    let place = Place::with("parameters", &[("p.flow.yaml", flow), ("parameters.yaml", "door.path: /file\n")]);
    let svg = |environment: Option<&str>, arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_semel"));
        command.args(["diagram", "package"]).args(arguments).current_dir(&place.0);
        if let Some(value) = environment {
            command.env("SEMEL_PARAM_DOOR_PATH", value);
        }
        stdout(&command.output().expect("semel runs"))
    };
    assert!(svg(None, &[]).contains(">/file<"));
    assert!(svg(Some("/environment"), &[]).contains(">/environment<"));
    assert!(svg(Some("/environment"), &["--set", "door.path=/line"]).contains(">/line<"));
}

#[test]
fn explain_knows_all_codes() {
    let place = Place::new("explain");
    let all = stdout(&place.semel(&["explain"]));
    assert!(all.lines().count() > 10 && all.contains("A0001: "), "{all}");
    assert!(stdout(&place.semel(&["explain", "a0001"])).contains("Bearer"));
    let unknown = place.semel(&["explain", "A0009"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(stderr(&unknown).contains("did you mean A000"), "{}", stderr(&unknown));
    assert!(serde_json::from_str::<Value>(&stdout(&place.semel(&["schema"]))).is_ok());
}

#[test]
fn the_page_of_the_command_line_is_up_to_date() {
    let place = Place::new("page");
    let page = stdout(&place.semel(&["cli-reference"]));
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/cli.md");
    let committed = fs::read_to_string(committed).expect("docs/cli.md");
    assert!(page == committed, "docs/cli.md is old: semel cli-reference > docs/cli.md");
}

#[test]
fn secrets_are_sealed() {
    let place = Place::new("secrets");
    let value = "correct horse battery staple";
    let set = place.semel(&["secret", "set", "caller", "--user", "anna", "--value", value, "--data", "data"]);
    assert!(set.status.success(), "{}", stderr(&set));
    let listed = array(&place.semel(&["secret", "list", "--format", "json", "--data", "data"]));
    assert_eq!(listed, [serde_json::json!({"name": "caller", "user": "anna"})]);
    for entry in fs::read_dir(place.data()).expect("data").flatten() {
        use std::os::unix::fs::PermissionsExt;
        let content = String::from_utf8_lossy(&fs::read(entry.path()).expect("a file")).into_owned();
        assert!(!content.contains("horse"), "{} holds the value", entry.path().display());
        assert_eq!(entry.metadata().expect("metadata").permissions().mode() & 0o077, 0, "{entry:?}");
    }
    fs::write(place.data().join("key"), "0".repeat(64)).expect("another key");
    let other = place.semel(&["secret", "list", "--data", "data"]);
    assert_eq!(other.status.code(), Some(1));
    assert!(stderr(&other).contains("another key"), "{}", stderr(&other));
}

#[tokio::test]
async fn a_server_runs_answers_and_stops() {
    let place = Place::with("run", &[("hello.flow.yaml", HELLO), ("once.flow.yaml", ONCE)]);
    let nobody = place.semel(&["messages", "list", "--data", "data"]);
    assert_eq!(nobody.status.code(), Some(5));

    let mut server = place.start().await;
    assert_eq!(server.post("/http/hello", "world").await, (200, "hello world".to_owned()));
    assert_eq!(server.post("/http/nowhere", "").await.0, 404);
    assert_eq!(answer(server.http.get(format!("{}/http/hello", server.address))).await.0, 405);
    assert_eq!(answer(server.http.get(format!("{}/health", server.address))).await, (200, "ok\n".to_owned()));

    // A second process keeps its hands off.
    let second = place.semel(&["run", "package", "--data", "data", "--listen", "127.0.0.1:0"]);
    assert_eq!(second.status.code(), Some(1));
    assert!(stderr(&second).contains("in use"), "{}", stderr(&second));

    let list = || array(&place.semel(&["messages", "list", "--flow", "hello", "--format", "json", "--data", "data"]));
    let mut messages = list();
    for _ in 0..100 {
        if messages.iter().any(|m| m["status"] == "COMPLETED") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        messages = list();
    }
    assert_eq!(messages.len(), 1);
    for field in ["id", "correlation", "flow", "status", "started", "ended", "retries", "error"] {
        assert!(messages[0].get(field).is_some(), "{field} is missing in {}", messages[0]);
    }
    let id = messages[0]["id"].as_str().expect("an id");
    assert!(stdout(&place.semel(&["messages", "show", id, "--data", "data"])).contains("COMPLETED"));
    let none = place.semel(&["messages", "show", "nothing", "--data", "data"]);
    assert_eq!(none.status.code(), Some(6), "{}", stderr(&none));

    // A delivery that nobody takes is parked, seen, cancelled.
    assert_eq!(server.post("/http/once", "x").await.0, 200);
    let parked = array(&place.semel(&["deliveries", "list", "--format", "json", "--data", "data"]));
    let receivers = array(&place.semel(&["receivers", "list", "--format", "json", "--data", "data"]));
    assert_eq!((&receivers[0]["name"], &receivers[0]["circuit"]), (&"nobody".into(), &"closed".into()));
    assert_eq!((&receivers[0]["system"], &receivers[0]["waiting"]), (&"http://127.0.0.1:9".into(), &1.into()));
    assert_eq!((&parked[0]["receiver"], &parked[0]["entries"]), (&"nobody".into(), &1.into()));
    let deleted = place.semel(&["deliveries", "delete", "nobody", "--all", "--data", "data"]);
    assert_eq!(stdout(&deleted), "1 entry is deleted\n", "{}", stderr(&deleted));

    let flows = array(&place.semel(&["flows", "list", "--format", "json", "--data", "data"]));
    assert_eq!(flows.len(), 2);
    assert!(place.semel(&["flows", "stop", "hello", "--data", "data"]).status.success());
    assert_eq!(server.post("/http/hello", "world").await.0, 503);
    assert!(place.semel(&["flows", "start", "hello", "--data", "data"]).status.success());
    assert_eq!(server.post("/http/hello", "again").await.0, 200);

    assert_eq!(server.stop().await, Some(0));
    assert!(!place.data().join("server.json").exists());
}

/// Time runs 20 000 times faster: two days are 9 seconds, what is kept by default would outlast the test.
#[tokio::test]
async fn a_header_is_read_whatever_bytes_it_has() {
    let keyed = HELLO.replace("[POST]", "[POST], idempotency: optional");
    let named = keyed.replace("flow: hello", "flow: named").replace("/hello", "/named");
    let named = named.replace("idempotency: optional", "idempotency: optional, key: \"${header.Order}\"");
    let place = Place::with("bytes", &[("hello.flow.yaml", &keyed), ("named.flow.yaml", &named)]);
    let server = place.start_with(&[]).await;
    let post = async |path: &str, headers: &[(&str, &[u8])]| {
        let mut request = server.http.post(format!("{}/http{path}", server.address)).body("x");
        for (name, value) in headers {
            request = request.header(*name, reqwest::header::HeaderValue::from_bytes(value).expect("a header"));
        }
        let answer = request.send().await.expect("an answer");
        (answer.status().as_u16(), answer.headers().contains_key("Idempotent-Replayed"))
    };
    // An expression finds the key in the whole request, whichever headers the flow is given.
    // A key that is not printable ASCII is refused, and not left out; so is one beside another.
    for wrong in ["commande-clé-1".as_bytes(), b"m\xfcller-1"] {
        assert_eq!(post("/hello", &[("Idempotency-Key", wrong)]).await, (400, false));
        assert_eq!(post("/hello", &[("Idempotency-Key", b"a1"), ("Idempotency-Key", wrong)]).await, (400, false));
        assert_eq!(post("/named", &[("Order", wrong)]).await, (200, false), "a key of its own");
        assert_eq!(post("/named", &[("Order", wrong)]).await, (200, true), "the same key again");
    }
    assert_eq!(post("/named", &[("Order", "ü".as_bytes())]).await, (200, false), "another one");
}

#[tokio::test]
async fn things_are_kept_as_long_as_asked() {
    let flow = HELLO.replace("[POST]", "[POST], idempotency: optional");
    let place = Place::with("retain", &[("hello.flow.yaml", &flow)]);
    let code = |retain: &str| place.semel(&["run", "package", "--data", "data", "--retain", retain]);
    for wrong in ["messages", "mesages=1d", "keys=soon", "keys=1s", "parked=99999d"] {
        let refused = code(wrong);
        assert_eq!(refused.status.code(), Some(2), "{wrong}");
        assert!(stderr(&refused).contains("--retain"), "{}", stderr(&refused));
    }

    let retain = ["--time-lapse", "20000", "--retain", "keys=2d", "--retain", "messages=1d"];
    let server = place.start_with(&retain).await;
    let post = || server.http.post(format!("{}/http/hello", server.address)).header("Idempotency-Key", "k").body("x");
    let replayed = |r: &reqwest::Response| r.headers().contains_key("Idempotent-Replayed");
    assert!(!replayed(&post().send().await.expect("an answer")));
    let listed = |id: &str| {
        let listed = place.semel(&["messages", "list", "--id", id, "--format", "json", "--data", "data"]);
        array(&listed).len()
    };
    let first = post().send().await.expect("an answer");
    assert!(replayed(&first), "the key is known");
    let mut gone = false;
    for _ in 0..150 {
        tokio::time::sleep(Duration::from_millis(200)).await;
        gone = !replayed(&post().send().await.expect("an answer"));
        if gone {
            break;
        }
    }
    assert!(gone, "the key is kept for longer than two days");
    // A message that nothing happens to any more leaves the message log.
    let other = server.post("/http/hello", "y").await;
    assert_eq!(other.0, 200);
    let id = array(&place.semel(&["messages", "list", "--format", "json", "--data", "data"]))[0]["id"].clone();
    let id = id.as_str().expect("an id");
    let mut left = 1;
    for _ in 0..150 {
        tokio::time::sleep(Duration::from_millis(200)).await;
        left = listed(id);
        if left == 0 {
            break;
        }
    }
    assert_eq!(left, 0, "the message is kept for longer than a day");
}

#[tokio::test]
async fn the_management_api_needs_the_token() {
    let place = Place::with("token", &[("hello.flow.yaml", HELLO), ("guarded.flow.yaml", GUARDED)]);
    let server = place.start().await;
    for path in ["/api/messages", "/api/nothing", "/metrics"] {
        let url = format!("{}{path}", server.address);
        let (status, body) = answer(server.http.get(&url)).await;
        assert_eq!(status, 401, "{path}");
        assert!(body.contains("A0001"), "{body}");
        assert_eq!(answer(server.http.get(&url).bearer_auth("wrong")).await.0, 401);
    }
    let get = |path: &str| answer(server.http.get(format!("{}{path}", server.address)).bearer_auth(&server.token));
    assert_eq!(get("/api/messages").await.0, 200);
    assert_eq!(get("/api/nothing").await.0, 404);
    assert_eq!(get("/api/messages?status=WRONG").await.0, 400);
    assert_eq!(get("/api/messages?limit=x").await.0, 400);
    assert_eq!(get("/api/messages/%ff").await.0, 400);
    assert_eq!(get("/api/entries/x").await.0, 400);
    assert!(get("/metrics").await.1.contains("semel_runs{flow=\"hello\"} 0"));
    let diagram = get("/api/flows/hello/diagram").await;
    assert!(diagram.0 == 200 && diagram.1.starts_with("<svg"), "{diagram:?}");
    let all = server.http.post(format!("{}/api/queues/q/delete", server.address)).bearer_auth(&server.token);
    assert_eq!(answer(all).await.0, 400, "an action without entries");
    let stop = server.http.post(format!("{}/api/queues/q/stop", server.address)).bearer_auth(&server.token);
    let tried = answer(stop.json(&serde_json::json!({"dry_run": true}))).await;
    assert!(tried.0 == 400 && tried.1.contains("dry_run"), "{tried:?}");
    assert_eq!(get("/api/queues").await.1, "[]", "nothing was stopped");

    // The door with a credential; the secret counts as soon as it is set.
    let url = format!("{}/http/guarded", server.address);
    assert_eq!(answer(server.http.post(&url).basic_auth("anna", Some("secret"))).await.0, 401);
    let set = place.semel(&["secret", "set", "caller", "--user", "anna", "--value", "secret", "--data", "data"]);
    assert!(set.status.success(), "{}", stderr(&set));
    assert_eq!(answer(server.http.post(&url).basic_auth("anna", Some("secret"))).await, (200, "in".to_owned()));
    assert_eq!(answer(server.http.post(&url).basic_auth("anna", Some("wrong"))).await.0, 401);
    assert_eq!(answer(server.http.post(&url)).await.0, 401);
    let large = server.http.post(&url).basic_auth("anna", Some("secret")).body("x".repeat(1025));
    assert_eq!(answer(large).await.0, 413);
}

/// The message log says who acted: a name may have spaces, and where one says nothing the next one is taken.
#[tokio::test]
async fn who_acts_has_a_name() {
    let place = Place::with("names", &[("once.flow.yaml", ONCE)]);
    let server = place.start().await;
    assert_eq!(server.post("/http/once", "x").await.0, 200);
    for (semel, user, expect) in
        [("Ann Lee ", "bob", "operator Ann Lee in"), ("", "bob", "operator bob in"), ("\t", " ", "an operator in")]
    {
        let mut retry = Command::new(env!("CARGO_BIN_EXE_semel"));
        retry.args(["deliveries", "retry", "nobody", "--all", "--data", "data"]).current_dir(&place.0);
        retry.env("SEMEL_USER", semel).env("USER", user).env_remove("LOGNAME");
        let retried = retry.output().expect("semel runs");
        assert!(retried.status.success(), "{}", stderr(&retried));
        let id = array(&place.semel(&["messages", "list", "--format", "json", "--data", "data"]))[0]["id"].clone();
        let id = id.as_str().expect("an id");
        let shown = stdout(&place.semel(&["messages", "show", id, "--data", "data"]));
        assert!(shown.contains(&format!("retried by {expect} ")), "{expect}: {shown}");
    }
}

#[tokio::test]
async fn custom_headers_of_a_message_are_shown() {
    let flow = "flow: custom\nfrom: { http: /custom }\nsteps:\n  - script: custom.groovy\n";
    let script =
        "def processData(m) { messageLogFactory.getMessageLog(m).addCustomHeaderProperty('Order', '4711'); m }";
    let place = Place::with("custom", &[("custom.flow.yaml", flow), ("custom.groovy", script)]);
    let server = place.start().await;
    assert_eq!(server.post("/http/custom", "x").await.0, 200);
    let id = array(&place.semel(&["messages", "list", "--format", "json", "--data", "data"]))[0]["id"].clone();
    let shown = stdout(&place.semel(&["messages", "show", id.as_str().expect("an id"), "--data", "data"]));
    let row = shown.lines().find(|line| line.contains("Order")).unwrap_or_else(|| panic!("{shown}"));
    assert!(row.contains("4711"), "{shown}");
}

/// A certificate for 127.0.0.1 that vouches for itself, made by `openssl`; no server may call itself an authority.
fn certificate(folder: &Path, name: &str) -> bool {
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"])
        .args(["-subj", "/CN=semel", "-addext", "subjectAltName=IP:127.0.0.1"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .args(["-keyout", &format!("{name}.key"), "-out", &format!("{name}.pem")])
        .current_dir(folder)
        .output();
    let made = made.is_ok_and(|o| o.status.success());
    if !made {
        eprintln!("SKIPPED: HTTPS is not tested, because there is no `openssl` that makes certificates");
    }
    made
}

#[tokio::test]
async fn https_from_door_to_management() {
    let place = Place::with("https", &[("hello.flow.yaml", HELLO)]);
    if !certificate(&place.0, "one") || !certificate(&place.0, "other") {
        return;
    }
    fs::write(place.0.join("empty.pem"), "nothing").expect("a file");
    for (cert, key, expect) in [
        ("one.pem", "other.key", "other.key: the key does not belong to the certificate in one.pem"),
        ("none.pem", "one.key", "none.pem: "),
        ("empty.pem", "one.key", "empty.pem: there is no certificate"),
        ("one.pem", "empty.pem", "empty.pem: there is no private key"),
    ] {
        let refused = place.semel(&["run", "package", "--data", "data", "--tls-cert", cert, "--tls-key", key]);
        assert_eq!(refused.status.code(), Some(2), "{cert} {key}");
        assert!(stderr(&refused).contains(expect), "{}", stderr(&refused));
    }
    let half = place.semel(&["run", "package", "--data", "data", "--tls-cert", "one.pem"]);
    assert!(half.status.code() == Some(2) && stderr(&half).contains("--tls-key"), "{}", stderr(&half));

    let mut server = place.start_with(&["--tls-cert", "one.pem", "--tls-key", "one.key"]).await;
    assert!(server.address.starts_with("https://127.0.0.1:"), "{}", server.address);
    assert_eq!(server.post("/http/hello", "world").await, (200, "hello world".to_owned()));
    let url = format!("{}/api/messages", server.address);
    assert_eq!(answer(server.http.get(&url)).await.0, 401);
    assert_eq!(answer(server.http.get(&url).bearer_auth(&server.token)).await.0, 200);
    assert!(client().get(&url).send().await.is_err(), "nobody trusts it without being told");
    assert!(client().get(url.replace("https:", "http:")).send().await.is_err(), "it speaks plain HTTP");

    let list = |more: &[&str]| place.semel(&[&["flows", "list"], more].concat());
    let told = ["--server", &server.address, "--token", &server.token, "--ca"];
    assert!(list(&["--data", "data"]).status.success(), "the certificate of the data directory's server is trusted");
    let right = list(&[&told[..], &["one.pem"]].concat());
    assert!(right.status.success(), "{}", stderr(&right));
    for (wrong, text) in [
        (list(&[&told[..], &["other.pem"]].concat()), "certificate"),
        (list(&told[..4]), "certificate"),
        (list(&["--data", "data", "--ca", "other.pem"]), "certificate"),
    ] {
        assert_eq!(wrong.status.code(), Some(5), "{}", stderr(&wrong));
        assert!(stderr(&wrong).contains(text), "{}", stderr(&wrong));
    }
    // Another certificate than the one that the server shows, where the server says it is.
    fs::copy(place.0.join("other.pem"), place.0.join("one.pem")).expect("a copy");
    assert_eq!(list(&["--data", "data"]).status.code(), Some(5));
    assert_eq!(server.stop().await, Some(0));
}

#[tokio::test]
async fn changed_flows_are_loaded() {
    let place = Place::with("reload", &[("hello.flow.yaml", HELLO)]);
    let server = place.start().await;
    let write = |text: &str| fs::write(place.package().join("hello.flow.yaml"), text).expect("a file");
    write(&HELLO.replace("hello $", "bye $"));
    let mut body = String::new();
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        body = server.post("/http/hello", "world").await.1;
        if body == "bye world" {
            break;
        }
    }
    assert_eq!(body, "bye world");
    write("flow: [");
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    assert_eq!(server.post("/http/hello", "world").await.1, "bye world");
}

#[tokio::test]
async fn a_second_signal_stops_at_once() {
    let place = Place::with("signal", &[("hello.flow.yaml", HELLO)]);
    let mut server = place.start().await;
    // A request that never ends its body holds the drain.
    let body = reqwest::Body::wrap_stream(futures_util::stream::pending::<Result<Vec<u8>, std::io::Error>>());
    let slow = tokio::spawn(server.http.post(format!("{}/http/hello", server.address)).body(body).send());
    tokio::time::sleep(Duration::from_millis(500)).await;
    signal(&server.child, "-TERM");
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert!(server.child.try_wait().expect("a child").is_none(), "the first signal drains");
    assert_eq!(server.stop().await, Some(130));
    slow.abort();
}
