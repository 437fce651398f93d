//! Script hosts (Groovy, JavaScript, message mappings) and the script API of a message.
//!
//! A host runs one function of one script on one message, within limits. It knows no stores and no channels:
//! what a script may ask from outside (secrets, value mappings) is handed in as [`Services`].

mod caught;
mod groovy;
mod host;
mod javascript;
mod kept;
mod mapping;
mod timer;

pub use groovy::{Groovy, THREAD_STACK, check_syntax as check_groovy};
pub use host::{
    EntryWrite, Host, Invocation, Limits, LogAttachment, PartnerQuestion, ScriptError, ScriptErrorKind, ScriptOutput,
    SecretValue, Services, StoredEntry,
};
pub use javascript::{JavaScript, check_syntax};
pub use mapping::{MessageMapping, check_mapping};
