//! Mail by SMTP: one connection per mail, every recipient or none.

mod message;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use adapter::{Secrets, missing_secret};
use base::{Clock, Failure};
use flow::{MailCall, MailProtection, Outcome, Reply};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail as MailFrom, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};

use crate::{causes, is_tls};

/// How long the goodbye may take: the mail is delivered already.
const GOODBYE: Duration = Duration::from_secs(1);

/// The mail adapter.
pub(crate) struct Mail {
    clock: Arc<dyn Clock>,
    roots: Option<Certificate>,
}

impl Mail {
    pub(crate) fn new(clock: Arc<dyn Clock>, pem: Option<&[u8]>) -> Result<Self, Failure> {
        let bad = |e: Error| Failure::permanent("C0002", format!("the certificates cannot be read: {e}"));
        Ok(Mail { clock, roots: pem.map(Certificate::from_pem).transpose().map_err(bad)? })
    }

    pub(crate) async fn perform(&self, call: &MailCall, secrets: &dyn Secrets) -> Outcome {
        let credentials = match &call.credential {
            Some(name) => {
                let secret = secrets.secret(name).ok_or_else(|| missing_secret(name))?;
                Some(Credentials::new(secret.user, secret.password))
            }
            None => None,
        };
        let mail = message::build(call, self.clock.now())?;
        // From the first byte of the content on, the server may have taken the mail.
        let sending = AtomicBool::new(false);
        let talk = async {
            let mut connection = self.connect(call).await?;
            if let Some(credentials) = &credentials {
                connection.auth(DEFAULT_MECHANISMS, credentials).await.map_err(|e| refused_login(&e, call))?;
            }
            let result = send(&mut connection, &mail, &sending).await;
            let _ = tokio::time::timeout(GOODBYE, connection.abort()).await;
            result.map_err(|e| explain(&e, call, sending.load(Ordering::Relaxed)))
        };
        match tokio::time::timeout(call.timeout, talk).await {
            Ok(result) => result.map(|()| Reply::default()),
            Err(_) => {
                let time = base::format_duration(call.timeout);
                Err(if sending.load(Ordering::Relaxed) {
                    Failure::in_doubt("C0022", format!("{} did not confirm the mail within {time}", server(call)))
                } else {
                    Failure::transient("C0001", format!("{} took longer than {time}", server(call)))
                })
            }
        }
    }

    async fn connect(&self, call: &MailCall) -> Result<AsyncSmtpConnection, Failure> {
        let tls = || {
            let mut builder = TlsParameters::builder(call.host.clone());
            if let Some(roots) = &self.roots {
                builder = builder.add_root_certificate(roots.clone());
            }
            let bad = |e: Error| Failure::transient("C0002", format!("{}: {}", server(call), causes(&e)));
            builder.build_rustls().map_err(bad)
        };
        let hello = ClientId::default();
        let at_once = if call.protection == MailProtection::Smtps { Some(tls()?) } else { None };
        let address = (call.host.as_str(), call.port);
        let mut connection = AsyncSmtpConnection::connect_tokio1(address, Some(call.timeout), &hello, at_once, None)
            .await
            .map_err(|e| explain(&e, call, false))?;
        let offered = connection.can_starttls();
        match call.protection {
            MailProtection::StartTls if !offered => {
                Err(Failure::transient("C0002", format!("{} does not offer STARTTLS", server(call))))
            }
            MailProtection::StartTls | MailProtection::StartTlsOptional if offered => {
                connection.starttls(tls()?, &hello).await.map_err(|e| explain(&e, call, false))?;
                Ok(connection)
            }
            _ => Ok(connection),
        }
    }
}

/// The dialogue of one mail. A recipient that is refused ends it before anything is sent.
async fn send(connection: &mut AsyncSmtpConnection, mail: &lettre::Message, sending: &AtomicBool) -> Result<(), Error> {
    let (envelope, content) = (mail.envelope(), mail.formatted());
    let mut parameters = Vec::new();
    if envelope.from().into_iter().chain(envelope.to()).any(|a| !AsRef::<str>::as_ref(a).is_ascii()) {
        parameters.push(MailParameter::SmtpUtfEight);
    }
    if !content.is_ascii() && connection.server_info().supports_feature(Extension::EightBitMime) {
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    connection.command(MailFrom::new(envelope.from().cloned(), parameters)).await?;
    for recipient in envelope.to() {
        connection.command(Rcpt::new(recipient.clone(), Vec::new())).await?;
    }
    connection.command(Data).await?;
    sending.store(true, Ordering::Relaxed);
    connection.message(&content).await?;
    Ok(())
}

fn server(call: &MailCall) -> String {
    format!("the mail server {}:{}", call.host, call.port)
}

/// A refused login may be better later: operators correct credentials.
fn refused_login(error: &Error, call: &MailCall) -> Failure {
    if error.status().is_none() && !error.is_client() {
        return explain(error, call, false);
    }
    Failure::transient("C0023", format!("{} refused the login: {}", server(call), causes(error)))
}

/// An answer of the server is certain; silence is certain only before the content was sent.
fn explain(error: &Error, call: &MailCall, sending: bool) -> Failure {
    let (server, why) = (server(call), causes(error));
    if error.is_permanent() {
        Failure::permanent("C0021", format!("{server} refused the mail: {why}"))
    } else if error.is_transient() {
        Failure::transient("C0020", format!("{server} refused the mail for now: {why}"))
    } else if sending {
        Failure::in_doubt("C0022", format!("{server} got the mail, but did not confirm it: {why}"))
    } else if error.is_tls() || is_tls(error) {
        Failure::transient("C0002", format!("{server} gave no safe connection: {why}"))
    } else {
        Failure::transient("C0001", format!("{server} cannot be reached: {why}"))
    }
}
