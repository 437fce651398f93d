//! The process under test: the real binary with five example packages and one of the harness.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::ledger::Receivers;
use crate::trap::Victim;

/// A Semel that can be started, killed and stopped.
pub struct Semel {
    binary: PathBuf,
    arguments: Vec<String>,
    data: PathBuf,
    log: PathBuf,
    address: String,
    starts: u32,
    victim: Victim,
}

impl Semel {
    /// A Semel that is not running yet; its port is chosen here and kept over all starts.
    pub fn new(
        binary: &Path,
        (examples, own): (&Path, &Path),
        data: &Path,
        receivers: &Receivers,
        victim: Victim,
    ) -> Result<Self, String> {
        std::fs::create_dir_all(data).map_err(|e| e.to_string())?;
        let port =
            std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).map_err(|e| e.to_string())?.port();
        let address = format!("127.0.0.1:{port}");
        let mut arguments = vec!["run".to_owned()];
        for design in ["orders", "data-store-retry", "shared-error-handler", "store-first", "in-order"] {
            arguments.push(examples.join(design).display().to_string());
        }
        arguments.push(own.display().to_string());
        for pair in [
            ("--data", data.join("data").display().to_string()),
            ("--listen", address.clone()),
            ("--time-lapse", "600".into()),
        ] {
            arguments.extend([pair.0.to_owned(), pair.1]);
        }
        let http = |path: &str| format!("http://127.0.0.1:{}/{path}", receivers.http);
        for (name, value) in [
            ("billing.url", http("billing")),
            ("warehouse.url", http("warehouse")),
            ("alert.url", http("alert")),
            ("payroll.url", http("payroll")),
            ("orders.url", http("orders")),
            ("invoices.url", http("invoices")),
            ("payments.url", http("payments")),
            ("ledger.url", http("ledger")),
            ("crm.url", http("crm")),
            ("bank.url", http("bank")),
            ("vault.url", http("vault")),
            ("registry.url", http("registry")),
            ("smtp", format!("127.0.0.1:{}", receivers.smtp)),
        ] {
            arguments.extend(["--set".to_owned(), format!("{name}={value}")]);
        }
        Ok(Semel {
            binary: binary.to_owned(),
            arguments,
            data: data.join("data"),
            log: data.join("semel.log"),
            address,
            starts: 0,
            victim,
        })
    }

    /// `host:port` of the HTTP side.
    pub fn address(&self) -> String {
        self.address.clone()
    }

    /// Starts the process and waits until it takes requests.
    pub async fn start(&mut self) -> Result<(), String> {
        let log = std::fs::File::options().create(true).append(true).open(&self.log).map_err(|e| e.to_string())?;
        let errors = log.try_clone().map_err(|e| e.to_string())?;
        // Both variants of design A's retry flow, in turn: what one parked the other delivers.
        self.starts += 1;
        let variant = if self.starts.is_multiple_of(2) { "take" } else { "keep" };
        let child = Command::new(&self.binary)
            .args(&self.arguments)
            .args(["--set", &format!("retry.variant={variant}")])
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            .spawn()
            .map_err(|e| format!("{} did not start: {e}", self.binary.display()))?;
        self.victim.set(child);
        let client = reqwest::Client::builder().no_proxy().build().map_err(|e| e.to_string())?;
        for _ in 0..400 {
            tokio::time::sleep(Duration::from_millis(25)).await;
            if let Some(status) = self.ended() {
                return Err(format!("Semel ended by itself with {status}; see {}", self.log.display()));
            }
            let ready = client.get(format!("http://{}/ready", self.address)).send().await;
            if ready.is_ok_and(|r| r.status().is_success()) {
                return Ok(());
            }
        }
        Err(format!("Semel was not ready after 10 s; see {}", self.log.display()))
    }

    fn ended(&self) -> Option<std::process::ExitStatus> {
        self.victim.with(|child| child.as_mut().and_then(|c| c.try_wait().ok().flatten()))
    }

    /// `kill -9`, unless a receiver was faster.
    pub fn kill(&mut self) -> Result<(), String> {
        use std::os::unix::process::ExitStatusExt;
        match self.ended() {
            // Nine is the signal that only we send.
            Some(status) if status.signal() != Some(9) => {
                return Err(format!("Semel ended by itself with {status}; see {}", self.log.display()));
            }
            Some(_) => {}
            None => self.victim.kill(),
        }
        self.victim.with(|child| *child = None);
        Ok(())
    }

    /// Waits until a receiver has killed it, at most so long.
    pub async fn wait_for_death(&self, limit: Duration) {
        let mut waited = Duration::ZERO;
        let step = Duration::from_millis(5);
        while waited < limit && self.ended().is_none() {
            tokio::time::sleep(step).await;
            waited += step;
        }
    }

    /// What an operator does: retries what is held because three processings did not survive it.
    pub fn retry_blocked(&self) -> Result<(), String> {
        let queues = ["invoices", "errors", "errors_priority"].map(|queue| vec!["queues", "retry", queue]);
        let deliveries = ["billing", "warehouse"]
            .map(|to| vec!["deliveries", "retry", to, "--flow", "orders", "--state", "blocked"]);
        for mut arguments in queues.into_iter().chain(deliveries) {
            if arguments[0] == "queues" {
                arguments.push("--all");
            }
            arguments.push("--data");
            Command::new(&self.binary)
                .args(arguments)
                .arg(&self.data)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .map_err(|e| e.to_string())?;
        }
        Ok(())
    }

    /// What the command line answers for the running process.
    pub fn command(&self, arguments: &[&str]) -> Result<String, String> {
        let mut command = Command::new(&self.binary);
        command.args(arguments).arg("--data").arg(&self.data).stderr(Stdio::null());
        let output = command.output().map_err(|e| e.to_string())?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// SIGTERM, and the wait for a graceful end.
    pub async fn stop(&mut self) -> Result<(), String> {
        let mut child = self.victim.with(Option::take).ok_or("Semel is not running")?;
        Command::new("kill").args(["-TERM", &child.id().to_string()]).status().map_err(|e| e.to_string())?;
        for _ in 0..1_200 {
            if child.try_wait().map_err(|e| e.to_string())?.is_some() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        let _ = child.kill();
        Err("Semel did not stop within 30 s of SIGTERM".to_owned())
    }
}

impl Drop for Semel {
    fn drop(&mut self) {
        self.victim.kill();
    }
}
