//! Commands about a data directory, whether a server runs or not.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Format;

#[derive(Args, Debug)]
pub(crate) struct SecretArgs {
    /// Data directory.
    #[arg(long, value_name = "DIR", default_value = ".semel", global = true)]
    pub(crate) data: PathBuf,
    #[command(subcommand)]
    pub(crate) action: SecretAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SecretAction {
    /// Set a secret; a running server uses it at once.
    Set {
        /// Name that flows use.
        name: String,
        /// User; none for a bare token.
        #[arg(long, default_value = "")]
        user: String,
        /// Password, token, or PEM with a client certificate and its key; asked for or read from stdin unless set.
        #[arg(long)]
        value: Option<String>,
        /// Address that gives tokens to this user and password (OAuth2 client credentials).
        #[arg(long, value_name = "URL", default_value = "")]
        token_url: String,
        /// What the token is for.
        #[arg(long, default_value = "")]
        scope: String,
    },
    /// List names and users, never values.
    List {
        /// How they are printed.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Delete a secret.
    Delete {
        /// Name.
        name: String,
    },
}

#[derive(Args, Debug)]
pub(crate) struct KeyArgs {
    /// Data directory.
    #[arg(long, value_name = "DIR", default_value = ".semel", global = true)]
    pub(crate) data: PathBuf,
    #[command(subcommand)]
    pub(crate) action: KeyAction,
}

#[derive(Clone, Copy, Debug, Subcommand)]
pub(crate) enum KeyAction {
    /// Take the key that is there for the right one, though the data directory was used with another one.
    ///
    /// The key is that of SEMEL_KEY or of the file `key`; where there is neither, a new one is made. What another key
    /// sealed stays as it is and cannot be read: such entries are blocked when they are taken. The server must not run.
    Accept {
        /// How the answer is printed.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
}

#[derive(Args, Debug)]
pub(crate) struct DoctorArgs {
    /// Data directory.
    #[arg(long, value_name = "DIR", default_value = ".semel")]
    pub(crate) data: PathBuf,
    /// How findings are printed.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Args, Debug)]
pub(crate) struct BackupArgs {
    /// Data directory.
    #[arg(long, value_name = "DIR", default_value = ".semel")]
    pub(crate) data: PathBuf,
    /// File to make; one that exists is never overwritten.
    #[arg(long, value_name = "FILE")]
    pub(crate) to: PathBuf,
    /// Copy the message log too, into FILE.log.
    #[arg(long)]
    pub(crate) with_log: bool,
    /// Put the key that opens secrets and encrypted payloads into the file: who has the file then has all of it.
    #[arg(long)]
    pub(crate) with_key: bool,
    /// How the answer is printed.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Args, Debug)]
pub(crate) struct RestoreArgs {
    /// Backup to bring back.
    #[arg(required_unless_present = "release")]
    pub(crate) file: Option<PathBuf>,
    /// Data directory to make.
    #[arg(long, value_name = "DIR", default_value = ".semel")]
    pub(crate) data: PathBuf,
    /// Let what waited at the time of the backup go on, with the same delivery ids, instead of holding it.
    #[arg(long)]
    pub(crate) resume: bool,
    /// Put databases that are in the directory aside, instead of refusing it.
    #[arg(long)]
    pub(crate) force: bool,
    /// Instead of a restore: let everything go on that an earlier restore holds. The server must not run.
    #[arg(long, conflicts_with_all = ["file", "resume", "force"])]
    pub(crate) release: bool,
    /// How the answer is printed.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}
