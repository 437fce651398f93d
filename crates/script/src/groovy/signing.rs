//! `java.security`: signatures, and keys and certificates from their binary forms.

use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;

use ::groovy::{HostObject, Interpreter, R, Thrown, Value, text, throw};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{self as lc, EcdsaKeyPair, RsaKeyPair, UnparsedPublicKey};

use super::certificate::{Certificate, Kind, pem, private_key, public_key};
use super::convert::bytes_of;
use super::keystore::{CertificateObject, Key};

/// What can be signed with: kind of key, digest.
const ALGORITHMS: &[(&str, Kind, u16)] = &[
    ("SHA256WITHRSA", Kind::Rsa, 256),
    ("SHA384WITHRSA", Kind::Rsa, 384),
    ("SHA512WITHRSA", Kind::Rsa, 512),
    ("SHA256WITHECDSA", Kind::Ec, 256),
    ("SHA384WITHECDSA", Kind::Ec, 384),
];

/// `Signature.getInstance(…)` and its like.
pub(super) fn call_static(_it: &mut Interpreter<'_>, class: &str, name: &str, args: &[Value]) -> R<Option<Value>> {
    let ("getInstance", [wanted, ..]) = (name, args) else { return Ok(None) };
    let wanted = text(wanted);
    let missing =
        |what: &str| throw("java.security.NoSuchAlgorithmException", format!("{wanted} {what} not available"));
    Ok(Some(match class {
        "java.security.Signature" => {
            let known = ALGORITHMS.iter().find(|a| a.0.eq_ignore_ascii_case(&wanted));
            let &(_, kind, digest) = known.ok_or_else(|| missing("Signature"))?;
            let (name, state) = (wanted.clone(), RefCell::default());
            Value::object(Signature { name, kind, digest, data: RefCell::default(), state })
        }
        "java.security.KeyFactory" if matches!(wanted.as_str(), "RSA" | "EC") => Value::object(KeyFactory(wanted)),
        "java.security.KeyFactory" => return Err(missing("KeyFactory")),
        _ if matches!(wanted.as_str(), "X.509" | "X509") => Value::object(CertificateFactory),
        _ => return Err(throw("java.security.cert.CertificateException", format!("{wanted} not found"))),
    }))
}

/// `new PKCS8EncodedKeySpec(bytes)` and its like.
pub(super) fn construct(it: &mut Interpreter<'_>, class: &str, args: &[Value]) -> R<Option<Value>> {
    let private = class.ends_with("PKCS8EncodedKeySpec");
    match args {
        [bytes] if private || class.ends_with("X509EncodedKeySpec") => {
            Ok(Some(Value::object(Spec { private, der: bytes_of(it, bytes)? })))
        }
        _ => Ok(None),
    }
}

/// The binary form of a key, not looked at yet.
struct Spec {
    private: bool,
    der: Vec<u8>,
}

impl HostObject for Spec {
    fn class_name(&self) -> &str {
        if self.private { "java.security.spec.PKCS8EncodedKeySpec" } else { "java.security.spec.X509EncodedKeySpec" }
    }

    fn call_method(&self, _it: &mut Interpreter<'_>, _this: &Value, name: &str, _args: &[Value]) -> R<Option<Value>> {
        Ok((name == "getEncoded").then(|| Value::bytes(self.der.clone())))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

struct KeyFactory(String);

impl HostObject for KeyFactory {
    fn class_name(&self) -> &str {
        "java.security.KeyFactory"
    }

    fn call_method(&self, _it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        let [spec] = args else { return Ok(None) };
        let Some(spec) = spec.downcast::<Spec>() else { return Ok(None) };
        let key = match (name, spec.private) {
            ("generatePrivate", true) => private_key("PRIVATE KEY", spec.der.clone())
                .filter(|(kind, _)| kind.name() == self.0)
                .map(|(kind, der)| Key::private(kind, der)),
            ("generatePublic", false) => Key::public(spec.der.clone()),
            _ => return Ok(None),
        };
        let bad = || {
            throw("java.security.spec.InvalidKeySpecException", "java.security.InvalidKeyException: invalid key format")
        };
        key.ok_or_else(bad).map(Some)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

struct CertificateFactory;

impl HostObject for CertificateFactory {
    fn class_name(&self) -> &str {
        "java.security.cert.CertificateFactory"
    }

    fn call_method(&self, it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        let ("generateCertificate", [input]) = (name, args) else { return Ok(None) };
        let bytes = bytes_of(it, input)?;
        let inside = pem(&String::from_utf8_lossy(&bytes)).into_iter().find(|p| p.0 == "CERTIFICATE").map(|p| p.1);
        let read = Certificate::read(inside.unwrap_or(bytes));
        let bad = || throw("java.security.cert.CertificateException", "Could not parse certificate");
        Ok(Some(Value::object(CertificateObject(Rc::new(read.ok_or_else(bad)?)))))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// `Signature`: bytes are kept until they are signed or verified.
struct Signature {
    name: String,
    kind: Kind,
    digest: u16,
    data: RefCell<Vec<u8>>,
    state: RefCell<Option<Rc<Vec<u8>>>>,
}

fn refused(class: &str, text: &str) -> Thrown {
    throw(class, text)
}

impl Signature {
    fn begin(&self, key: &Value, private: bool) -> R {
        let bare = match (key.downcast::<Key>(), key.downcast::<CertificateObject>()) {
            (Some(key), _) if key.private == private && key.kind == self.kind => key.der.clone(),
            (_, Some(certificate)) if !private => certificate.0.key.clone(),
            _ => return Err(refused("java.security.InvalidKeyException", "the key does not fit the algorithm")),
        };
        self.state.replace(Some(Rc::new(bare)));
        self.data.borrow_mut().clear();
        Ok(Value::Null)
    }

    fn sign(&self, key: &[u8], data: &[u8]) -> Option<Vec<u8>> {
        let random = SystemRandom::new();
        match self.kind {
            Kind::Rsa => {
                let key = RsaKeyPair::from_pkcs8(key).ok()?;
                let padding = match self.digest {
                    256 => &lc::RSA_PKCS1_SHA256,
                    384 => &lc::RSA_PKCS1_SHA384,
                    _ => &lc::RSA_PKCS1_SHA512,
                };
                let mut out = vec![0; key.public_modulus_len()];
                key.sign(padding, &random, data, &mut out).ok()?;
                Some(out)
            }
            Kind::Ec => {
                // The digest goes with the curve.
                let algorithm = match self.digest {
                    256 => &lc::ECDSA_P256_SHA256_ASN1_SIGNING,
                    _ => &lc::ECDSA_P384_SHA384_ASN1_SIGNING,
                };
                let key = EcdsaKeyPair::from_pkcs8(algorithm, key).ok()?;
                Some(key.sign(&random, data).ok()?.as_ref().to_vec())
            }
        }
    }

    fn verify(&self, key: &[u8], data: &[u8], signature: &[u8]) -> bool {
        let Some((_, bare)) = public_key(key) else { return false };
        let rsa: &[&dyn lc::VerificationAlgorithm] = match self.digest {
            256 => &[&lc::RSA_PKCS1_2048_8192_SHA256],
            384 => &[&lc::RSA_PKCS1_2048_8192_SHA384],
            _ => &[&lc::RSA_PKCS1_2048_8192_SHA512],
        };
        let ec: &[&dyn lc::VerificationAlgorithm] = match self.digest {
            256 => &[&lc::ECDSA_P256_SHA256_ASN1, &lc::ECDSA_P384_SHA256_ASN1],
            _ => &[&lc::ECDSA_P384_SHA384_ASN1, &lc::ECDSA_P256_SHA384_ASN1],
        };
        let all = if self.kind == Kind::Rsa { rsa } else { ec };
        all.iter().any(|a| UnparsedPublicKey::new(*a, bare).verify(data, signature).is_ok())
    }
}

impl HostObject for Signature {
    fn class_name(&self) -> &str {
        "java.security.Signature"
    }

    fn call_method(&self, it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        let key = || {
            let begun = self.state.borrow().clone();
            begun.ok_or_else(|| refused("java.security.SignatureException", "object not initialized for signing"))
        };
        Ok(Some(match (name, args) {
            ("getAlgorithm", []) => Value::str(&self.name),
            ("initSign", [private, ..]) => self.begin(private, true)?,
            ("initVerify", [public]) => self.begin(public, false)?,
            ("update", [Value::Int(byte)]) => {
                self.data.borrow_mut().push(byte.to_le_bytes()[0]);
                Value::Null
            }
            ("update", [bytes]) => {
                let bytes = bytes_of(it, bytes)?;
                let mut data = self.data.borrow_mut();
                let whole = data.len() + bytes.len();
                // The whole buffer where it has to grow, so that it alone stays within the memory of a script.
                it.charge(if whole > data.capacity() { whole } else { bytes.len() })?;
                data.extend(bytes);
                Value::Null
            }
            ("sign", []) => {
                let (key, data) = (key()?, self.data.take());
                let signed = self.sign(&key, &data);
                let bad = || refused("java.security.SignatureException", "Could not sign data");
                Value::bytes(signed.ok_or_else(bad)?)
            }
            ("verify", [signature]) => {
                let (key, data, signature) = (key()?, self.data.take(), bytes_of(it, signature)?);
                Value::Bool(self.verify(&key, &data, &signature))
            }
            _ => return Ok(None),
        }))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
