//! The receiver channels in the box: HTTP and mail.
//!
//! An adapter performs one call and says what came of it. The one question that it must answer honestly is whether the
//! receiver can have got the call: what certainly did not leave is transient, what may have arrived is in doubt.

mod http;
mod mail;

use std::sync::Arc;

use adapter::{Promise, ReceiverAdapter, Secrets};
use base::{Clock, Failure, Fut};
use flow::{Call, Outcome};

/// All receiver channels: hands each call to the adapter of its kind.
pub struct Adapters {
    http: http::Http,
    mail: mail::Mail,
}

impl Adapters {
    /// The adapters, with the certificate authorities of the system. The clock reads dates of `Retry-After`.
    ///
    /// # Errors
    /// The TLS library does not start.
    pub fn new(clock: Arc<dyn Clock>) -> Result<Self, Failure> {
        Self::build(clock, None)
    }

    /// The adapters with further certificate authorities, in PEM.
    ///
    /// # Errors
    /// The text holds no certificates.
    pub fn with_roots(clock: Arc<dyn Clock>, pem: &[u8]) -> Result<Self, Failure> {
        Self::build(clock, Some(pem))
    }

    fn build(clock: Arc<dyn Clock>, pem: Option<&[u8]>) -> Result<Self, Failure> {
        // One crypto provider for all; if somebody installed one before, that one serves as well.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        Ok(Adapters { http: http::Http::new(Arc::clone(&clock), pem)?, mail: mail::Mail::new(clock, pem)? })
    }
}

impl std::fmt::Debug for Adapters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Adapters")
    }
}

impl ReceiverAdapter for Adapters {
    fn promise(&self, call: &Call) -> Promise {
        match call {
            Call::Http(call) => http::promise(call),
            Call::Mail(_) => Promise::MayRepeat,
        }
    }

    fn perform<'a>(&'a self, call: &'a Call, secrets: &'a dyn Secrets) -> Fut<'a, Outcome> {
        match call {
            Call::Http(call) => Box::pin(self.http.perform(call, secrets)),
            Call::Mail(call) => Box::pin(self.mail.perform(call, secrets)),
        }
    }
}

/// An error with its causes, for people.
fn causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let said = cause.to_string();
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        next = cause.source();
    }
    text
}

/// Whether TLS is at the bottom of an error.
fn is_tls(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(cause) = next {
        if cause.is::<rustls::Error>() {
            return true;
        }
        // The source of an I/O error is the source of what it wraps: look at that itself first.
        let wrapped = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        next = wrapped.map(|e| e as &(dyn std::error::Error + 'static)).or_else(|| cause.source());
    }
    false
}
