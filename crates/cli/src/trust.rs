//! Whom the client of the management API believes over HTTPS.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

use crate::exit::Exit;

/// Certificates that are trusted.
#[derive(Debug)]
pub(crate) struct Trust {
    file: PathBuf,
    /// A server that shows one of these is the right one.
    known: Vec<CertificateDer<'static>>,
    /// Trusted to vouch for others; without it only those that are known will do.
    authorities: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
}

impl Trust {
    /// Exactly the certificate that a server of this machine shows. Whatever name is in it: it is reached by its
    /// address.
    pub(crate) fn exactly(file: &Path) -> Result<Trust, Exit> {
        let mut known = read(file)?;
        known.truncate(1);
        let provider = Arc::new(aws_lc_rs::default_provider());
        Ok(Trust { file: file.to_owned(), known, authorities: None, provider })
    }

    /// The certificates of a file, and those that they vouch for, if the name is right. A self-made certificate vouches
    /// for itself.
    pub(crate) fn authorities(file: &Path) -> Result<Trust, Exit> {
        let known = read(file)?;
        let wrong = |e: &dyn std::fmt::Display| Exit::usage(format!("{}: {e}", file.display()));
        let mut roots = RootCertStore::empty();
        for certificate in &known {
            roots.add(certificate.clone()).map_err(|e| wrong(&e))?;
        }
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone()).build();
        let authorities = Some(verifier.map_err(|e| wrong(&e))?);
        Ok(Trust { file: file.to_owned(), known, authorities, provider })
    }

    /// The settings of a client that trusts so.
    pub(crate) fn config(self) -> Result<ClientConfig, Exit> {
        let builder = ClientConfig::builder_with_provider(self.provider.clone()).with_safe_default_protocol_versions();
        let builder = builder.map_err(|e| Exit::failed(e.to_string()))?;
        Ok(builder.dangerous().with_custom_certificate_verifier(Arc::new(self)).with_no_client_auth())
    }
}

fn read(file: &Path) -> Result<Vec<CertificateDer<'static>>, Exit> {
    server::tls::certificates(file).map_err(|e| Exit::usage(e.to_string()))
}

impl ServerCertVerifier for Trust {
    fn verify_server_cert(
        &self,
        shown: &CertificateDer<'_>,
        chain: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let known = self.known.iter().any(|c| c.as_ref() == shown.as_ref());
        match &self.authorities {
            Some(_) if known => {
                verify_server_name(&ParsedCertificate::try_from(shown)?, name)?;
                Ok(ServerCertVerified::assertion())
            }
            Some(authorities) => authorities.verify_server_cert(shown, chain, name, ocsp, now),
            None if known => Ok(ServerCertVerified::assertion()),
            None => Err(Error::General(format!("its certificate is not the one in {}", self.file.display()))),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
