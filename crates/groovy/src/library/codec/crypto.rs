//! `MessageDigest`, `Mac`, `Cipher` and their keys.
use super::bytes;
use crate::error::{illegal, throw};
use crate::gdk::{int, txt};
use crate::interp::Interpreter;
use crate::text::text;
use crate::value::{HostObject, R, Thrown, Value};
use aes::cipher::{BlockDecrypt, BlockEncrypt, KeyInit};
use aes_gcm::aead::Aead;
use hmac::{Hmac, Mac as _};
use md5::Digest as _;
use std::any::Any;
use std::cell::{Cell, RefCell};

fn no_algorithm(name: &str, what: &str) -> Thrown {
    throw("java.security.NoSuchAlgorithmException", format!("{name} {what} not available"))
}

/// The digest of bytes.
pub(crate) fn digest(algorithm: &str, b: &[u8]) -> Option<Vec<u8>> {
    Some(match algorithm.to_uppercase().replace('-', "").as_str() {
        "MD5" => md5::Md5::digest(b).to_vec(),
        "SHA1" | "SHA" => sha1::Sha1::digest(b).to_vec(),
        "SHA224" => sha2::Sha224::digest(b).to_vec(),
        "SHA256" => sha2::Sha256::digest(b).to_vec(),
        "SHA384" => sha2::Sha384::digest(b).to_vec(),
        "SHA512" => sha2::Sha512::digest(b).to_vec(),
        _ => return None,
    })
}

/// The keyed digest of bytes.
pub(crate) fn mac(algorithm: &str, key: &[u8], b: &[u8]) -> Option<Vec<u8>> {
    macro_rules! with {
        ($d:ty) => {{
            let mut m = <Hmac<$d> as hmac::Mac>::new_from_slice(key).ok()?;
            m.update(b);
            m.finalize().into_bytes().to_vec()
        }};
    }
    let name = algorithm.to_uppercase().replace('-', "");
    Some(match name.strip_prefix("HMAC")? {
        "MD5" => with!(md5::Md5),
        "SHA1" => with!(sha1::Sha1),
        "SHA224" => with!(sha2::Sha224),
        "SHA256" => with!(sha2::Sha256),
        "SHA384" => with!(sha2::Sha384),
        "SHA512" => with!(sha2::Sha512),
        _ => return None,
    })
}

/// `MessageDigest`, and `Mac` when it has a key.
struct Hasher {
    algorithm: String,
    mac: bool,
    key: RefCell<Option<Vec<u8>>>,
    data: RefCell<Vec<u8>>,
}

/// Keys and parameters: `SecretKeySpec`, `IvParameterSpec`, `GCMParameterSpec`.
struct Spec {
    class: &'static str,
    bytes: Vec<u8>,
    algorithm: String,
    bits: i64,
}

struct Cipher {
    mode: String,
    padding: bool,
    name: String,
    encrypt: Cell<Option<bool>>,
    key: RefCell<Vec<u8>>,
    iv: RefCell<Vec<u8>>,
    tag: Cell<i64>,
    data: RefCell<Vec<u8>>,
    aad: RefCell<Vec<u8>>,
}

/// Static methods.
pub(super) fn call_static(it: &mut Interpreter<'_>, class: &str, name: &str, args: &[Value]) -> R<Option<Value>> {
    let a = txt(args.first());
    let hasher = |mac: bool| {
        Value::object(Hasher { algorithm: a.clone(), mac, key: RefCell::default(), data: RefCell::default() })
    };
    match (class.rsplit('.').next().unwrap_or(""), name) {
        ("MessageDigest", "getInstance") if args.first().is_none_or(Value::is_null) => {
            Err(throw("java.lang.NullPointerException", "null algorithm name"))
        }
        ("MessageDigest", "getInstance") => match digest(&a, b"") {
            Some(_) => Ok(Some(hasher(false))),
            None => Err(no_algorithm(&a, "MessageDigest")),
        },
        ("MessageDigest", "isEqual") => {
            let (x, y) = (bytes(it, &args[0])?, bytes(it, args.get(1).unwrap_or(&Value::Null))?);
            Ok(Some(Value::Bool(x == y)))
        }
        ("Mac", "getInstance") => match mac(&a, b"k", b"") {
            Some(_) => Ok(Some(hasher(true))),
            None => Err(throw("java.security.NoSuchAlgorithmException", format!("Algorithm {a} not available"))),
        },
        ("Cipher", "getInstance") => {
            let mut parts = a.split('/');
            let (alg, mode, pad) = (parts.next().unwrap_or(""), parts.next().unwrap_or("ECB"), parts.next());
            let mode = mode.to_uppercase();
            let known = alg.eq_ignore_ascii_case("AES") && matches!(mode.as_str(), "ECB" | "CBC" | "GCM");
            let padding = !pad.is_some_and(|p| p.eq_ignore_ascii_case("NoPadding"));
            if !known
                || pad.is_some_and(|p| {
                    !matches!(p.to_uppercase().as_str(), "PKCS5PADDING" | "PKCS7PADDING" | "NOPADDING")
                })
            {
                return Err(throw(
                    "java.security.NoSuchAlgorithmException",
                    format!("Cannot find any provider supporting {a}"),
                ));
            }
            Ok(Some(Value::object(Cipher {
                mode,
                padding,
                name: a.clone(),
                encrypt: Cell::new(None),
                key: RefCell::default(),
                iv: RefCell::default(),
                tag: Cell::new(128),
                data: RefCell::default(),
                aad: RefCell::default(),
            })))
        }
        ("SecureRandom", _) => Ok(None),
        _ => Ok(None),
    }
}

/// `new SecretKeySpec(…)` and its like.
pub(super) fn construct(it: &mut Interpreter<'_>, class: &str, args: &[Value]) -> R<Option<Value>> {
    let spec = |class, bytes: Vec<u8>, algorithm: String, bits| {
        Ok(Some(Value::object(Spec { class, bytes, algorithm, bits })))
    };
    match (class, args) {
        ("javax.crypto.spec.SecretKeySpec", [k, a]) => {
            let b = bytes(it, k)?;
            if b.is_empty() {
                return Err(illegal("Empty key"));
            }
            spec("javax.crypto.spec.SecretKeySpec", b, text(a), 0)
        }
        ("javax.crypto.spec.SecretKeySpec", [k, from, n, a]) => {
            let b = bytes(it, k)?;
            let from = int(Some(from)).max(0) as usize;
            let end = from.saturating_add(int(Some(n)).max(0) as usize);
            match b.get(from..end) {
                Some(b) => spec("javax.crypto.spec.SecretKeySpec", b.to_vec(), text(a), 0),
                None => Err(illegal("Invalid offset/length combination")),
            }
        }
        ("javax.crypto.spec.IvParameterSpec", [iv]) => {
            let b = bytes(it, iv)?;
            spec("javax.crypto.spec.IvParameterSpec", b, String::new(), 128)
        }
        ("javax.crypto.spec.GCMParameterSpec", [bits, iv]) => {
            let b = bytes(it, iv)?;
            spec("javax.crypto.spec.GCMParameterSpec", b, String::new(), int(Some(bits)))
        }
        _ => Ok(None),
    }
}

impl HostObject for Spec {
    fn class_name(&self) -> &str {
        self.class
    }
    fn call_method(&self, _it: &mut Interpreter<'_>, _this: &Value, name: &str, _args: &[Value]) -> R<Option<Value>> {
        Ok(Some(match name {
            "getEncoded" | "getIV" => Value::bytes(self.bytes.clone()),
            "getAlgorithm" => Value::str(&self.algorithm),
            "getFormat" => Value::str("RAW"),
            "getTLen" => Value::Int(self.bits as i32),
            _ => return Ok(None),
        }))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl HostObject for Hasher {
    fn class_name(&self) -> &str {
        if self.mac { "javax.crypto.Mac" } else { "java.security.MessageDigest$Delegate$CloneableDelegate" }
    }
    fn call_method(&self, it: &mut Interpreter<'_>, this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        Ok(Some(match (name, args.len()) {
            ("init", 1..) => {
                let Some(k) = args[0].downcast::<Spec>() else {
                    return Err(throw(
                        "java.security.InvalidKeyException",
                        "No installed provider supports this key: (null)",
                    ));
                };
                self.key.replace(Some(k.bytes.clone()));
                Value::Null
            }
            ("update", 1 | 3) => {
                let mut b = match &args[0] {
                    v if crate::ops::is_number(v) => vec![int(Some(v)) as u8],
                    Value::Str(_) | Value::GStr(_) => return Ok(None),
                    v => bytes(it, v)?,
                };
                if args.len() == 3 {
                    let from = int(args.get(1)).max(0) as usize;
                    let end = from.saturating_add(int(args.get(2)).max(0) as usize);
                    b = b.get(from..end).map(<[u8]>::to_vec).ok_or_else(|| illegal("Input buffer too short"))?;
                }
                it.charge(b.len())?;
                self.data.borrow_mut().extend(b);
                if self.mac { Value::Null } else { this.clone() }
            }
            ("digest" | "doFinal", 0 | 1) => {
                let mut data = self.data.take();
                if let Some(v) = args.first() {
                    if matches!(v, Value::Str(_) | Value::GStr(_)) {
                        return Ok(None);
                    }
                    data.extend(bytes(it, v)?);
                }
                it.charge(data.len() * 4)?;
                let out = if self.mac {
                    let key = self.key.borrow();
                    let Some(key) = key.as_ref() else {
                        return Err(throw("java.lang.IllegalStateException", "MAC not initialized"));
                    };
                    mac(&self.algorithm, key, &data)
                } else {
                    digest(&self.algorithm, &data)
                };
                Value::bytes(out.unwrap_or_default())
            }
            ("reset", 0) => {
                self.data.borrow_mut().clear();
                Value::Null
            }
            ("getAlgorithm", 0) => Value::str(&self.algorithm),
            ("getDigestLength" | "getMacLength", 0) => {
                let n = if self.mac { mac(&self.algorithm, b"k", b"") } else { digest(&self.algorithm, b"") };
                Value::Int(n.map_or(0, |b| b.len() as i32))
            }
            _ => return Ok(None),
        }))
    }
    fn is_a(&self, class: &str) -> bool {
        matches!((class, self.mac), ("javax.crypto.Mac", true) | ("java.security.MessageDigest", false))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

enum Aes {
    A(Box<aes::Aes128>),
    B(Box<aes::Aes192>),
    C(Box<aes::Aes256>),
}

impl Aes {
    fn new(key: &[u8]) -> R<Aes> {
        match key.len() {
            16 => aes::Aes128::new_from_slice(key).map(|k| Aes::A(Box::new(k))),
            24 => aes::Aes192::new_from_slice(key).map(|k| Aes::B(Box::new(k))),
            32 => aes::Aes256::new_from_slice(key).map(|k| Aes::C(Box::new(k))),
            n => return Err(throw("java.security.InvalidKeyException", format!("Invalid AES key length: {n} bytes"))),
        }
        .map_err(|_| throw("java.security.InvalidKeyException", "Invalid key"))
    }
    fn block(&self, b: &mut [u8], encrypt: bool) {
        let b = aes::Block::from_mut_slice(b);
        match (self, encrypt) {
            (Aes::A(k), true) => k.encrypt_block(b),
            (Aes::B(k), true) => k.encrypt_block(b),
            (Aes::C(k), true) => k.encrypt_block(b),
            (Aes::A(k), false) => k.decrypt_block(b),
            (Aes::B(k), false) => k.decrypt_block(b),
            (Aes::C(k), false) => k.decrypt_block(b),
        }
    }
}

fn bad_padding(m: &str) -> Thrown {
    throw("javax.crypto.BadPaddingException", m)
}

impl Cipher {
    fn blocks(&self, mut data: Vec<u8>, encrypt: bool) -> R<Vec<u8>> {
        let aes = Aes::new(&self.key.borrow())?;
        if encrypt && self.padding {
            let n = 16 - data.len() % 16;
            data.extend(std::iter::repeat_n(n as u8, n));
        }
        if !data.len().is_multiple_of(16) {
            let m = if encrypt {
                "Input length not multiple of 16 bytes"
            } else {
                "Input length must be multiple of 16 when decrypting with padded cipher"
            };
            return Err(throw("javax.crypto.IllegalBlockSizeException", m));
        }
        let mut chain: Vec<u8> = self.iv.borrow().clone();
        let cbc = self.mode == "CBC";
        for b in data.chunks_exact_mut(16) {
            let before = b.to_vec();
            if cbc && encrypt {
                b.iter_mut().zip(&chain).for_each(|(x, y)| *x ^= y);
            }
            aes.block(b, encrypt);
            if cbc && !encrypt {
                b.iter_mut().zip(&chain).for_each(|(x, y)| *x ^= y);
            }
            chain = if encrypt { b.to_vec() } else { before };
        }
        if !encrypt && self.padding && !data.is_empty() {
            let n = data.last().copied().unwrap_or(0);
            let from = data.len().saturating_sub(n.into());
            if n == 0 || n > 16 || data[from..].iter().any(|x| *x != n) {
                return Err(bad_padding(
                    "Given final block not properly padded. Such issues can arise if a bad key is used during decryption.",
                ));
            }
            data.truncate(from);
        }
        Ok(data)
    }
    fn gcm(&self, data: Vec<u8>, encrypt: bool) -> R<Vec<u8>> {
        let (key, iv, aad) = (self.key.borrow(), self.iv.borrow(), self.aad.borrow());
        if self.tag.get() != 128 || iv.len() != 12 {
            return Err(throw(
                "java.security.InvalidAlgorithmParameterException",
                "AES/GCM takes a tag of 128 bits and an IV of 12 bytes here",
            ));
        }
        let nonce = aes_gcm::Nonce::from_slice(&iv);
        let payload = aes_gcm::aead::Payload { msg: &data, aad: &aad };
        macro_rules! run {
            ($k:ty) => {{
                let c = <$k>::new_from_slice(&key)
                    .map_err(|_| throw("java.security.InvalidKeyException", "Invalid key"))?;
                if encrypt { c.encrypt(nonce, payload) } else { c.decrypt(nonce, payload) }
            }};
        }
        match key.len() {
            16 => run!(aes_gcm::Aes128Gcm),
            24 => run!(aes_gcm::AesGcm<aes::Aes192, aes_gcm::aes::cipher::consts::U12>),
            32 => run!(aes_gcm::Aes256Gcm),
            n => return Err(throw("java.security.InvalidKeyException", format!("Invalid AES key length: {n} bytes"))),
        }
        .map_err(|_| throw("javax.crypto.AEADBadTagException", "Tag mismatch!"))
    }
}

impl HostObject for Cipher {
    fn class_name(&self) -> &str {
        "javax.crypto.Cipher"
    }
    fn call_method(&self, it: &mut Interpreter<'_>, _this: &Value, name: &str, args: &[Value]) -> R<Option<Value>> {
        Ok(Some(match (name, args) {
            ("init", [mode, key, more @ ..]) => {
                let Some(k) = key.downcast::<Spec>() else {
                    return Err(throw(
                        "java.security.InvalidKeyException",
                        "No installed provider supports this key: (null)",
                    ));
                };
                Aes::new(&k.bytes)?;
                let encrypt = int(Some(mode)) == 1;
                self.encrypt.set(Some(encrypt));
                self.key.replace(k.bytes.clone());
                self.data.borrow_mut().clear();
                match more.first().and_then(|p| p.downcast::<Spec>()) {
                    Some(p) => {
                        if self.mode == "CBC" && p.bytes.len() != 16 {
                            return Err(throw(
                                "java.security.InvalidAlgorithmParameterException",
                                "Wrong IV length: must be 16 bytes long",
                            ));
                        }
                        self.iv.replace(p.bytes.clone());
                        self.tag.set(p.bits);
                    }
                    None if self.mode == "ECB" => {}
                    None if encrypt => {
                        let mut iv = vec![0; if self.mode == "GCM" { 12 } else { 16 }];
                        it.host.random(&mut iv);
                        self.iv.replace(iv);
                    }
                    None => {
                        return Err(throw("java.security.InvalidKeyException", "Parameters missing"));
                    }
                }
                Value::Null
            }
            ("updateAAD", [b]) => {
                let b = bytes(it, b)?;
                self.aad.borrow_mut().extend(b);
                Value::Null
            }
            ("update", [b]) => {
                let b = bytes(it, b)?;
                self.data.borrow_mut().extend(b);
                Value::bytes(vec![])
            }
            ("doFinal", [] | [_]) => {
                let Some(encrypt) = self.encrypt.get() else {
                    return Err(throw("java.lang.IllegalStateException", "Cipher not initialized"));
                };
                let mut data = self.data.take();
                if let Some(v) = args.first() {
                    data.extend(bytes(it, v)?);
                }
                it.charge(data.len() * 8)?;
                Value::bytes(if self.mode == "GCM" { self.gcm(data, encrypt)? } else { self.blocks(data, encrypt)? })
            }
            ("getIV", []) => match self.iv.borrow().clone() {
                iv if iv.is_empty() => Value::Null,
                iv => Value::bytes(iv),
            },
            ("getBlockSize", []) => Value::Int(16),
            ("getAlgorithm", []) => Value::str(&self.name),
            _ => return Ok(None),
        }))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}
