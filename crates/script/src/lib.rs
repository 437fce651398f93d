//! Script hosts (JavaScript now, Groovy next) and the script API of a message.
//!
//! A host runs one function of one script on one message, within limits. It knows no stores and no channels:
//! what a script may ask from outside (secrets, value mappings) is handed in as [`Services`].

mod host;
mod javascript;

pub use host::{
    Host, Invocation, Limits, LogAttachment, ScriptError, ScriptErrorKind, ScriptOutput, SecretValue, Services,
};
pub use javascript::{JavaScript, check_syntax};
