//! The real binary as a child, and what the kernel says of its memory.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A running Semel, killed when dropped.
pub struct Server {
    child: Child,
    /// `host:port`.
    pub address: String,
    /// From the start of the process to the first good answer of `/ready`.
    pub ready_after: Duration,
}

impl Server {
    /// Starts the binary with packages and settings, and waits until it is ready.
    pub async fn start(binary: &Path, packages: &[&str], data: &Path, settings: &[String]) -> Result<Self, String> {
        let port =
            std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).map_err(|e| e.to_string())?.port();
        let address = format!("127.0.0.1:{port}");
        let mut command = Command::new(binary);
        command.arg("run").args(packages).arg("--data").arg(data).args(["--listen", &address]);
        for setting in settings {
            command.args(["--set", setting]);
        }
        let begin = Instant::now();
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|e| format!("{}: {e} (build it with `cargo build --release`)", binary.display()))?;
        let mut server = Server { child, address, ready_after: Duration::ZERO };
        let client = reqwest::Client::builder().no_proxy().build().map_err(|e| e.to_string())?;
        while begin.elapsed() < Duration::from_secs(60) {
            let ready = client.get(format!("http://{}/ready", server.address)).send().await;
            if ready.is_ok_and(|r| r.status().is_success()) {
                server.ready_after = begin.elapsed();
                return Ok(server);
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Err("the server was not ready after a minute".to_owned())
    }

    /// Resident memory in MiB, from `/proc`.
    pub fn resident_mib(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find(|l| l.starts_with("VmRSS:"))?;
        line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib / 1_024)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
