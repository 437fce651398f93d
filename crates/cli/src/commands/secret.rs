//! `semel secret`: secrets of a data directory, whether a server runs or not.

use std::io::{BufRead, IsTerminal, Read};
use std::process::{Command, Stdio};

use adapter::Secret;
use base::SystemEntropy;
use serde_json::{Value, json};

use crate::args::{Format, SecretAction, SecretArgs};
use crate::exit::{Code, Exit};
use crate::secrets::SecretFile;
use crate::{keys, out};

/// Longest value.
const MAX_VALUE: u64 = 64 << 10;

pub(crate) fn run(args: SecretArgs) -> Result<(), Exit> {
    keys::create_dir(&args.data)?;
    let entropy = SystemEntropy;
    let file = SecretFile::new(&args.data, &keys::key(&args.data, &entropy)?)?;
    match args.action {
        SecretAction::Set { name, user, value, token_url, scope } => {
            if name.is_empty() || name.len() > 100 || name.chars().any(char::is_control) {
                return Err(Exit::usage("a secret's name has 1 to 100 characters"));
            }
            let password = match value {
                Some(value) => value,
                None => ask(&name)?,
            };
            if !token_url.is_empty() && !token_url.starts_with("http://") && !token_url.starts_with("https://") {
                return Err(Exit::usage("a token address begins with http:// or https://"));
            }
            if !scope.is_empty() && token_url.is_empty() {
                return Err(Exit::usage("--scope belongs to --token-url"));
            }
            file.set(&name, Secret { user, password, token_url, scope }, &entropy)?;
            out::line(&format!("{name} is set"))
        }
        SecretAction::List { format } => {
            let secrets = file.list()?;
            if format == Format::Json {
                let items = secrets.iter().map(|(name, user)| json!({"name": name, "user": user}));
                return out::json(&Value::Array(items.collect()));
            }
            if secrets.is_empty() {
                return out::line("no secrets");
            }
            out::line(&out::table(&["name", "user"], secrets.into_iter().map(|(n, u)| vec![n, u]).collect()))
        }
        SecretAction::Delete { name } => {
            if file.delete(&name, &entropy)? {
                out::line(&format!("{name} is deleted"))
            } else {
                Err(Exit::new(Code::Failed, format!("there is no secret {name}")))
            }
        }
    }
}

/// From a person without showing it, or all of stdin without its last line end.
fn ask(name: &str) -> Result<String, Exit> {
    let stdin = std::io::stdin();
    let failed = |e: std::io::Error| Exit::failed(format!("stdin: {e}"));
    let mut value = String::new();
    if stdin.is_terminal() {
        out::note(&format!("value of {name} (not shown):"));
        let hidden = echo(false);
        let read = stdin.lock().take(MAX_VALUE).read_line(&mut value);
        if hidden {
            echo(true);
        }
        read.map_err(failed)?;
    } else {
        stdin.lock().take(MAX_VALUE + 1).read_to_string(&mut value).map_err(failed)?;
    }
    if value.len() as u64 > MAX_VALUE {
        return Err(Exit::usage(format!("a value has at most {}", base::format_bytes(MAX_VALUE))));
    }
    let value = value.strip_suffix('\n').unwrap_or(&value);
    let value = value.strip_suffix('\r').unwrap_or(value);
    if value.is_empty() { Err(Exit::usage("the value is empty")) } else { Ok(value.to_owned()) }
}

/// Lets the terminal show what is typed, or not; whether that worked.
fn echo(on: bool) -> bool {
    let flag = if on { "echo" } else { "-echo" };
    Command::new("stty").arg(flag).stdin(Stdio::inherit()).stderr(Stdio::null()).status().is_ok_and(|s| s.success())
}
