//! A folder, a server, and receivers that can be made to fail.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

/// A folder of one test with the server that runs in it; both go when it is dropped.
pub(crate) struct Place(PathBuf, Option<Child>);

impl Place {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("semel-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Place(path, None)
    }

    pub(crate) fn file(&self, name: &str, content: &[u8]) -> String {
        let path = self.0.join(name);
        fs::write(&path, content).unwrap();
        path.display().to_string()
    }

    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        let path = self.0.join(name);
        fs::create_dir_all(&path).unwrap();
        path
    }

    fn semel(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_semel"));
        command.args(arguments).args(["--data", "data"]).current_dir(&self.0).stdin(Stdio::null());
        command
    }

    /// Starts a server whose callers are `bob` with the secret of a role; gives its address.
    pub(crate) fn serve(&mut self, arguments: &[&str], role: &str) -> String {
        let set = self.semel(&["secret", "set", role, "--user", "bob", "--value", "pw"]).output().unwrap();
        assert!(set.status.success());
        let (log, running) = (fs::File::create(self.0.join("log")).unwrap(), self.0.join("data/server.json"));
        // One that was killed left its own.
        let _ = fs::remove_file(&running);
        let mut command = self.semel(arguments);
        command.args(["--listen", "127.0.0.1:0"]).stdout(Stdio::null()).stderr(log);
        self.1 = Some(command.spawn().unwrap());
        let mut address = String::new();
        self.until("the server listens", || {
            let text = fs::read(&running).unwrap_or_default();
            let running: Value = serde_json::from_slice(&text).unwrap_or_default();
            address = running["url"].as_str().unwrap_or_default().trim_start_matches("http://").to_owned();
            !address.is_empty() && TcpStream::connect(&address).is_ok()
        });
        address
    }

    /// Ends the server as a power failure of its process would.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.1.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Waits at most a minute.
    pub(crate) fn until(&self, what: &str, mut holds: impl FnMut() -> bool) {
        for _ in 0..1_200 {
            if holds() {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let log = fs::read_to_string(self.0.join("log")).unwrap_or_default();
        panic!("it never came about that {what}\n{log}\n{:#?}", self.json(&["messages", "list"]));
    }

    /// Posts a body; gives the status.
    #[expect(clippy::unused_self, reason = "reads as a sentence")]
    pub(crate) fn post(&self, address: &str, path: &str, body: &str) -> u16 {
        let mut stream = TcpStream::connect(address).unwrap();
        let head = format!(
            "POST /http{path} HTTP/1.1\r\nHost: x\r\nAuthorization: Basic Ym9iOnB3\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.split(' ').nth(1).unwrap().parse().unwrap()
    }

    fn json(&self, arguments: &[&str]) -> Vec<Value> {
        let output = self.semel(arguments).args(["--format", "json"]).output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap_or_default()
    }

    /// What a command that asks the server prints, as JSON.
    pub(crate) fn ask(&self, arguments: &[&str]) -> Vec<Value> {
        self.json(arguments)
    }

    /// What a command prints that ends well.
    pub(crate) fn say(&self, arguments: &[&str]) -> String {
        let output = self.semel(arguments).env("SEMEL_USER", "alice").output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// What a command says that ends badly.
    pub(crate) fn refuses(&self, arguments: &[&str]) -> String {
        let output = self.semel(arguments).output().unwrap();
        assert!(!output.status.success(), "{arguments:?}");
        String::from_utf8(output.stderr).unwrap()
    }

    /// How a command ends.
    pub(crate) fn code(&self, arguments: &[&str]) -> Option<i32> {
        self.semel(arguments).output().unwrap().status.code()
    }

    pub(crate) fn messages(&self, status: &str) -> Vec<Value> {
        self.json(&["messages", "list", "--status", status])
    }

    /// How many entries a data store has.
    pub(crate) fn entries(&self, store: &str) -> u64 {
        let all = self.json(&["stores", "list"]);
        all.iter().find(|s| s["name"] == store).and_then(|s| s["entries"].as_u64()).unwrap_or(0)
    }

    /// How many entries a queue has, and how many of them wait for a person.
    pub(crate) fn queued(&self, queue: &str) -> (u64, u64) {
        let all = self.json(&["queues", "list"]);
        let Some(found) = all.iter().find(|q| q["name"] == queue) else { return (0, 0) };
        let number = |key: &str| found[key].as_u64().unwrap_or(0);
        (number("entries"), number("blocked"))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(child) = &mut self.1 {
            let _ = child.kill();
            let _ = child.wait();
        }
        let _ = fs::remove_dir_all(&self.0);
    }
}

type Bodies = Arc<Mutex<Vec<String>>>;

/// An HTTP receiver.
pub(crate) struct Receiver {
    pub(crate) url: String,
    /// Whether it answers 500.
    pub(crate) fails: Arc<AtomicBool>,
    good: Bodies,
}

impl Receiver {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/in", listener.local_addr().unwrap());
        let (fails, good) = (Arc::new(AtomicBool::new(false)), Bodies::default());
        let (down, taken) = (Arc::clone(&fails), Arc::clone(&good));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (down, taken) = (Arc::clone(&down), Arc::clone(&taken));
                std::thread::spawn(move || request(stream.unwrap(), &down, &taken));
            }
        });
        Receiver { url, fails, good }
    }

    /// The bodies that it took, in order.
    pub(crate) fn good(&self) -> Vec<String> {
        self.good.lock().unwrap().clone()
    }
}

fn request(stream: TcpStream, fails: &AtomicBool, good: &Mutex<Vec<String>>) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let status = if fails.load(Ordering::SeqCst) {
        "500 Down"
    } else {
        good.lock().unwrap().push(String::from_utf8_lossy(&body).into_owned());
        "200 OK"
    };
    let mut stream = stream;
    write!(stream, "HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").ok()
}

/// A mail server.
pub(crate) struct Smtp {
    pub(crate) address: String,
    /// Whether it refuses every mail for now.
    pub(crate) fails: Arc<AtomicBool>,
    good: Bodies,
}

impl Smtp {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (fails, good) = (Arc::new(AtomicBool::new(false)), Bodies::default());
        let (down, taken) = (Arc::clone(&fails), Arc::clone(&good));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (down, taken) = (Arc::clone(&down), Arc::clone(&taken));
                std::thread::spawn(move || talk(stream.unwrap(), &down, &taken));
            }
        });
        Smtp { address, fails, good }
    }

    /// The mails that it took.
    pub(crate) fn good(&self) -> Vec<String> {
        self.good.lock().unwrap().clone()
    }
}

fn talk(mut stream: TcpStream, fails: &AtomicBool, good: &Mutex<Vec<String>>) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    stream.write_all(b"220 x\r\n").ok()?;
    let mut mail: Option<String> = None;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let answer = match (&mut mail, line.to_ascii_uppercase().trim_end()) {
            (Some(text), ".") => {
                good.lock().unwrap().push(std::mem::take(text));
                mail = None;
                "250 taken"
            }
            (Some(text), _) => {
                text.push_str(&line);
                continue;
            }
            (None, "DATA") => {
                mail = Some(String::new());
                "354 go on"
            }
            (None, "QUIT") => "221 bye",
            (None, command) if command.starts_with("MAIL") && fails.load(Ordering::SeqCst) => "451 later",
            (None, _) => "250 x",
        };
        write!(stream, "{answer}\r\n").ok()?;
    }
}
