//! `KeystoreService`: keys and certificates are secrets in PEM, by the names under which receivers use them.

use std::any::Any;
use std::rc::Rc;
use std::sync::Arc;

use ::groovy::{HostObject, Interpreter, R, Value, text, throw, truth};

use super::certificate::{Certificate, Kind, pem, private_key, public_key};
use crate::Services;

/// The service.
pub(super) struct Keystore(pub(super) Arc<dyn Services>);

/// What a secret in PEM holds.
#[derive(Default)]
struct Entry {
    key: Option<(Kind, Vec<u8>)>,
    certificates: Vec<Rc<Certificate>>,
}

impl Keystore {
    /// `None` where there is no such secret; what cannot be read fails.
    fn entry(&self, alias: &str) -> R<Option<Entry>> {
        let Some(secret) = self.0.secret(alias) else { return Ok(None) };
        let mut entry = Entry::default();
        for (label, der) in pem(&secret.password) {
            if label == "CERTIFICATE" {
                let read = Certificate::read(der).ok_or_else(|| unreadable(alias, "its certificate cannot be read"))?;
                entry.certificates.push(Rc::new(read));
            } else if label.ends_with("PRIVATE KEY") {
                let read = private_key(&label, der);
                entry.key = Some(read.ok_or_else(|| unreadable(alias, "its key is not an RSA or EC key in PKCS#8"))?);
            }
        }
        if entry.key.is_none() && entry.certificates.is_empty() {
            return Err(unreadable(alias, "it holds no key and no certificate in PEM"));
        }
        Ok(Some(entry))
    }
}

fn unreadable(alias: &str, what: &str) -> ::groovy::Thrown {
    throw("com.sap.it.api.keystore.exception.KeystoreException", format!("the secret '{alias}': {what}"))
}

impl Entry {
    fn private(&self) -> Value {
        self.key.as_ref().map_or(Value::Null, |(kind, der)| Key::private(*kind, der.clone()))
    }

    fn certificate(&self) -> Value {
        self.certificates.first().map_or(Value::Null, |c| Value::object(CertificateObject(Rc::clone(c))))
    }

    fn chain(&self) -> Value {
        let chain = self.certificates.iter().map(|c| Value::object(CertificateObject(Rc::clone(c))));
        Value::array("java.security.cert.Certificate", chain.collect())
    }

    fn public(&self) -> Value {
        self.certificates.first().map_or(Value::Null, |c| Key::public(c.key.clone()).unwrap_or(Value::Null))
    }
}

impl HostObject for Keystore {
    fn class_name(&self) -> &str {
        "com.sap.it.api.keystore.KeystoreService"
    }

    fn call_method(&self, _it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        let known = ["getKey", "getKeyPair", "getPrivateKeyEntry", "getCertificate", "getCertificateChain"];
        let [alias, ..] = args else { return Ok(None) };
        if !known.contains(&name) {
            return Ok(None);
        }
        let Some(entry) = self.entry(&text(alias))? else { return Ok(Some(Value::Null)) };
        Ok(Some(match name {
            "getKey" => entry.private(),
            "getCertificate" => entry.certificate(),
            "getCertificateChain" => entry.chain(),
            _ if entry.key.is_none() => Value::Null,
            "getKeyPair" => Value::object(Pair { class: "java.security.KeyPair", entry }),
            _ => Value::object(Pair { class: "java.security.KeyStore$PrivateKeyEntry", entry }),
        }))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// `KeyPair` and `PrivateKeyEntry`.
struct Pair {
    class: &'static str,
    entry: Entry,
}

impl HostObject for Pair {
    fn class_name(&self) -> &str {
        self.class
    }

    fn call_method(&self, _it: &mut Interpreter<'_>, _this: &Value, name: &str, _args: &[Value]) -> R<Option<Value>> {
        Ok(Some(match name {
            "getPrivate" | "getPrivateKey" => self.entry.private(),
            "getPublic" => self.entry.public(),
            "getCertificate" => self.entry.certificate(),
            "getCertificateChain" => self.entry.chain(),
            _ => return Ok(None),
        }))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// A key: PKCS#8 where it is private, what certificates hold where it is public.
pub(super) struct Key {
    pub(super) kind: Kind,
    pub(super) private: bool,
    pub(super) der: Vec<u8>,
}

impl Key {
    pub(super) fn private(kind: Kind, der: Vec<u8>) -> Value {
        Value::object(Key { kind, private: true, der })
    }

    pub(super) fn public(der: Vec<u8>) -> Option<Value> {
        let (kind, _) = public_key(&der)?;
        Some(Value::object(Key { kind, private: false, der }))
    }
}

impl HostObject for Key {
    fn class_name(&self) -> &str {
        match (self.kind, self.private) {
            (Kind::Rsa, true) => "sun.security.rsa.RSAPrivateCrtKeyImpl",
            (Kind::Rsa, false) => "sun.security.rsa.RSAPublicKeyImpl",
            (Kind::Ec, true) => "sun.security.ec.ECPrivateKeyImpl",
            (Kind::Ec, false) => "sun.security.ec.ECPublicKeyImpl",
        }
    }

    fn call_method(&self, _it: &mut Interpreter<'_>, _this: &Value, name: &str, _args: &[Value]) -> R<Option<Value>> {
        Ok(Some(match name {
            "getEncoded" => Value::bytes(self.der.clone()),
            "getAlgorithm" => Value::str(self.kind.name()),
            "getFormat" => Value::str(if self.private { "PKCS#8" } else { "X.509" }),
            _ => return Ok(None),
        }))
    }

    fn is_a(&self, class: &str) -> bool {
        let side = if self.private { "java.security.PrivateKey" } else { "java.security.PublicKey" };
        matches!(class, "java.lang.Object" | "java.security.Key") || class == side || class == self.class_name()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// `X509Certificate`.
pub(super) struct CertificateObject(pub(super) Rc<Certificate>);

impl CertificateObject {
    /// The first or last moment, as `java.util.Date`.
    fn date(&self, it: &mut Interpreter<'_>, end: usize) -> R {
        let moment = Value::str(&self.0.validity[end]);
        let format =
            it.invoke(&class("java.text.SimpleDateFormat"), "newInstance", vec![Value::str("yyyyMMddHHmmss")])?;
        let utc = it.invoke(&class("java.util.TimeZone"), "getTimeZone", vec![Value::str("UTC")])?;
        it.invoke(&format, "setTimeZone", vec![utc])?;
        it.invoke(&format, "parse", vec![moment])
    }

    /// Fails unless it is valid now, or at a given date.
    fn check(&self, it: &mut Interpreter<'_>, args: &[Value]) -> R {
        let now = match args {
            [date, ..] => date.clone(),
            [] => it.invoke(&class("java.util.Date"), "newInstance", vec![])?,
        };
        let (begin, end) = (self.date(it, 0)?, self.date(it, 1)?);
        if truth(&it.invoke(&now, "after", vec![end.clone()])?) {
            let text = format!("NotAfter: {}", text(&end));
            return Err(throw("java.security.cert.CertificateExpiredException", text));
        }
        if truth(&it.invoke(&now, "before", vec![begin.clone()])?) {
            let text = format!("NotBefore: {}", text(&begin));
            return Err(throw("java.security.cert.CertificateNotYetValidException", text));
        }
        Ok(Value::Null)
    }
}

fn class(name: &str) -> Value {
    Value::Class(name.into())
}

impl HostObject for CertificateObject {
    fn class_name(&self) -> &str {
        "sun.security.x509.X509CertImpl"
    }

    fn call_method(&self, it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        let read = &self.0;
        Ok(Some(match name {
            "getEncoded" => Value::bytes(read.der.clone()),
            "getType" => Value::str("X.509"),
            "getVersion" => Value::Int(read.version),
            "getSerialNumber" => {
                let digits = vec![Value::str(&read.serial), Value::Int(16)];
                it.invoke(&class("java.math.BigInteger"), "newInstance", digits)?
            }
            "getSubjectDN" => Value::object(Name { parts: read.subject.clone(), principal: false }),
            "getSubjectX500Principal" => Value::object(Name { parts: read.subject.clone(), principal: true }),
            "getIssuerDN" => Value::object(Name { parts: read.issuer.clone(), principal: false }),
            "getIssuerX500Principal" => Value::object(Name { parts: read.issuer.clone(), principal: true }),
            "getNotBefore" => self.date(it, 0)?,
            "getNotAfter" => self.date(it, 1)?,
            "getSigAlgName" => Value::str(read.algorithm),
            "getPublicKey" => Key::public(read.key.clone()).unwrap_or(Value::Null),
            "checkValidity" => self.check(it, args)?,
            _ => return Ok(None),
        }))
    }

    fn is_a(&self, class: &str) -> bool {
        let above = ["java.lang.Object", "java.security.cert.Certificate", "java.security.cert.X509Certificate"];
        above.contains(&class) || class == self.class_name()
    }

    fn text(&self) -> String {
        format!("X.509 certificate {} of {}", self.0.serial, shown(&self.0.subject))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// A name inside a certificate: Java has two classes for it, whose `getName` differ.
struct Name {
    parts: Vec<(String, String)>,
    principal: bool,
}

/// What has to be quoted in a name.
fn special(value: &str) -> bool {
    value.chars().any(|c| ",+=\n<>#;\\\"".contains(c))
}

fn shown(parts: &[(String, String)]) -> String {
    let parts = parts.iter().map(|(key, value)| match special(value) {
        true => format!("{key}=\"{}\"", value.replace('"', "\\\"")),
        false => format!("{key}={value}"),
    });
    parts.collect::<Vec<_>>().join(", ")
}

/// As RFC 2253 writes it.
fn escaped(parts: &[(String, String)]) -> String {
    let escape = |value: &str| -> String {
        value.chars().flat_map(|c| special(&c.to_string()).then_some('\\').into_iter().chain([c])).collect()
    };
    parts.iter().map(|(key, value)| format!("{key}={}", escape(value))).collect::<Vec<_>>().join(",")
}

impl HostObject for Name {
    fn class_name(&self) -> &str {
        if self.principal { "javax.security.auth.x500.X500Principal" } else { "sun.security.x509.X500Name" }
    }

    fn call_method(&self, _it: &mut Interpreter<'_>, _this: &Value, name: &str, _args: &[Value]) -> R<Option<Value>> {
        Ok(Some(match name {
            "getName" if self.principal => Value::str(escaped(&self.parts)),
            "getName" | "toString" => Value::str(self.text()),
            "getRFC2253Name" => Value::str(escaped(&self.parts)),
            "getCommonName" => self.parts.iter().find(|p| p.0 == "CN").map_or(Value::Null, |p| Value::str(&p.1)),
            _ => return Ok(None),
        }))
    }

    fn text(&self) -> String {
        shown(&self.parts)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
