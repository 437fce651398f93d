//! HTTPS: the certificate and key of the listener.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{self, ServerConfig, crypto};

/// Why the listener cannot speak TLS: which file, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsError {
    /// The file.
    pub file: PathBuf,
    /// What is wrong.
    pub text: String,
}

impl std::fmt::Display for TlsError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.file.display(), self.text)
    }
}

impl std::error::Error for TlsError {}

/// What a listener needs to speak TLS.
#[derive(Clone, Debug)]
pub struct Tls(pub(crate) Arc<ServerConfig>);

impl Tls {
    /// Reads a chain of certificates, the server's own first, and its private key; both are PEM.
    ///
    /// # Errors
    /// A file cannot be read or does not hold what it should, or the two do not belong together.
    pub fn read(cert: &Path, key: &Path) -> Result<Tls, TlsError> {
        let chain = certificates(cert)?;
        let private = PrivateKeyDer::from_pem_file(key).map_err(|e| wrong(key, "no private key", &e))?;
        let builder = ServerConfig::builder_with_provider(Arc::new(crypto::aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|e| TlsError { file: cert.to_owned(), text: e.to_string() })?;
        let mut config = builder.with_no_client_auth().with_single_cert(chain, private).map_err(|e| match e {
            rustls::Error::InconsistentKeys(_) => {
                let text = format!("the key does not belong to the certificate in {}", cert.display());
                TlsError { file: key.to_owned(), text }
            }
            rustls::Error::InvalidCertificate(why) => {
                TlsError { file: cert.to_owned(), text: format!("the first certificate cannot be used: {why}") }
            }
            other => TlsError { file: key.to_owned(), text: format!("the key cannot be used: {other}") },
        })?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Tls(Arc::new(config)))
    }
}

/// The certificates of a PEM file, at least one.
///
/// # Errors
/// The file cannot be read or holds none.
pub fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    match read {
        Ok(found) if found.is_empty() => Err(wrong(file, "no certificate", &pem::Error::NoItemsFound)),
        Ok(found) => Ok(found),
        Err(error) => Err(wrong(file, "no certificate", &error)),
    }
}

fn wrong(file: &Path, missing: &str, error: &pem::Error) -> TlsError {
    let text = match error {
        pem::Error::Io(error) => error.to_string(),
        pem::Error::NoItemsFound => format!("there is {missing} in PEM in it"),
        _ => "it is damaged: the PEM in it cannot be read".to_owned(),
    };
    TlsError { file: file.to_owned(), text }
}
