//! `semel key`: another key in the place of the one that a data directory was used with.

use std::sync::Arc;

use base::SystemEntropy;
use serde_json::json;
use store_sqlite::care;

use crate::args::{Format, KeyAction, KeyArgs};
use crate::exit::Exit;
use crate::secrets::SecretFile;
use crate::{keys, out};

pub(crate) fn run(args: &KeyArgs) -> Result<(), Exit> {
    let KeyAction::Accept { format } = args.action;
    keys::create_dir(&args.data)?;
    let key = keys::key_or_new(&args.data, &SystemEntropy)?;
    let facts = care::accept_key(&args.data, &key, Arc::new(SystemEntropy)).map_err(|error| Exit::failed(error.0))?;
    let secrets = SecretFile::new(&args.data, &key).and_then(|file| file.list());
    if format == Format::Json {
        return out::json(&json!({
            "encrypted": facts.encrypted, "unreadable": facts.unreadable, "secrets": secrets.is_ok(),
        }));
    }
    let mut text = format!(
        "the key of {} is the right one from now on\n{} entries are encrypted; {} of all entries cannot be read",
        keys::key_source(&args.data),
        facts.encrypted,
        facts.unreadable
    );
    if facts.unreadable > 0 {
        text.push_str(": each is blocked when it is taken (S0009), and can be retried when its key is back");
    }
    if let Err(exit) = secrets {
        text.push_str(&format!("\n{}: delete it and set the secrets again", exit.text));
    }
    out::line(&text)
}
