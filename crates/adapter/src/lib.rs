//! The channel contract: what a receiver channel promises and how it reports what happened.
//!
//! An adapter performs one [`flow::Call`] and says what came of it. It repeats only what the
//! call itself tells it to repeat, and never stores: a failure's class
//! (certainly not done, rejected, in doubt) is all that the rest of Semel needs to know.

use base::{Failure, Fut};
use flow::{Call, Outcome};

/// What an adapter promises about sending the same delivery twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Promise {
    /// Takes part in Semel's own commit.
    Transactional,
    /// The receiver can recognise a repeated delivery id.
    Idempotent,
    /// A repeat may be done twice.
    MayRepeat,
}

/// A secret for a channel.
///
/// With a token address it is an OAuth2 client: user and password fetch the token. A password that is PEM with a
/// certificate and its private key is a client certificate.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret {
    /// User; empty for a bare token.
    pub user: String,
    /// Password or token.
    pub password: String,
    /// Address that gives tokens to this user (OAuth2 client credentials); empty for none.
    pub token_url: String,
    /// What the token is for, where its service wants to know.
    pub scope: String,
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl Secret {
    /// Whether it is a certificate with its private key.
    #[must_use]
    pub fn is_certificate(&self) -> bool {
        self.password.contains("-----BEGIN CERTIFICATE-----") && self.password.contains("PRIVATE KEY-----")
    }
}

/// Where adapters get secrets from, by name, at each call: a changed secret counts at once.
pub trait Secrets: Send + Sync {
    /// The secret of a name.
    fn secret(&self, name: &str) -> Option<Secret>;
}

/// A receiver adapter: performs calls of its kind.
pub trait ReceiverAdapter: Send + Sync {
    /// What it promises for this call.
    fn promise(&self, call: &Call) -> Promise;

    /// Performs one call within the call's timeout. Failures carry their class:
    /// nothing left (transient), an answer that says no (permanent or transient by status), sent without answer (in doubt).
    fn perform<'a>(&'a self, call: &'a Call, secrets: &'a dyn Secrets) -> Fut<'a, Outcome>;
}

/// The failure for a call that names a secret which does not exist.
#[must_use]
pub fn missing_secret(name: &str) -> Failure {
    Failure::transient("C0010", format!("the secret `{name}` is not set; set it with `semel secret set {name}`"))
}
