//! Codecs, digests, ciphers, identifiers, addresses, packed streams.
mod base64;
mod chars;
mod commons;
mod crypto;
mod escape;
mod normal;
mod pack;
mod uri;
mod uuid;

use super::Family;
use super::support::{EnumClass, bytes_of};
use crate::error::{illegal, throw};
use crate::gdk::txt;
use crate::interp::Interpreter;
use crate::text::text;
use crate::value::{R, Value};

pub(crate) static FAMILY: Family = Family {
    classes: &[
        ("java.util", "Base64 UUID"),
        ("java.net", "URLEncoder URLDecoder URI URL"),
        ("java.nio.charset", "StandardCharsets Charset CodingErrorAction"),
        ("java.nio", "ByteBuffer CharBuffer"),
        ("java.text", "Normalizer Normalizer$Form"),
        ("java.text.Normalizer", "Form"),
        ("javax.xml.bind", "DatatypeConverter"),
        ("java.security", "MessageDigest NoSuchAlgorithmException InvalidKeyException GeneralSecurityException"),
        ("javax.crypto", "Mac Cipher SecretKey BadPaddingException IllegalBlockSizeException"),
        ("javax.crypto.spec", "SecretKeySpec IvParameterSpec GCMParameterSpec"),
        ("org.apache.commons.codec.binary", "Hex"),
        ("org.apache.commons.codec.digest", "DigestUtils HmacUtils"),
        ("org.apache.commons.lang3", "StringEscapeUtils StringUtils"),
        ("org.apache.commons.lang", "StringEscapeUtils StringUtils"),
        ("groovy.json", "StringEscapeUtils"),
        ("org.apache.commons.io", "IOUtils"),
        (
            "java.util.zip",
            "GZIPInputStream GZIPOutputStream ZipInputStream ZipOutputStream ZipEntry CRC32 Adler32 ZipException DataFormatException",
        ),
    ],
    parents: &[
        ("java.security.NoSuchAlgorithmException", "java.security.GeneralSecurityException"),
        ("java.security.InvalidAlgorithmParameterException", "java.security.GeneralSecurityException"),
        ("javax.crypto.BadPaddingException", "java.security.GeneralSecurityException"),
        ("javax.crypto.AEADBadTagException", "javax.crypto.BadPaddingException"),
        ("javax.crypto.IllegalBlockSizeException", "java.security.GeneralSecurityException"),
        ("javax.crypto.NoSuchPaddingException", "java.security.GeneralSecurityException"),
        ("java.net.URISyntaxException", "java.lang.Exception"),
        ("java.util.zip.ZipException", "java.io.IOException"),
        ("java.util.zip.GZIPInputStream", "java.io.InputStream"),
        ("java.util.zip.ZipInputStream", "java.io.InputStream"),
        ("java.util.zip.GZIPOutputStream", "java.io.OutputStream"),
        ("java.util.zip.ZipOutputStream", "java.io.OutputStream"),
    ],
    construct,
    call_static,
    get_static,
};

/// Hex digits.
pub(crate) fn hex(b: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    b.iter().flat_map(|x| [x >> 4, x & 15]).map(|n| char::from(DIGITS[usize::from(n)])).collect()
}

/// Bytes of hex digits.
pub(crate) fn unhex(s: &str) -> Option<Vec<u8>> {
    let d: Option<Vec<u8>> = s.chars().map(|c| c.to_digit(16).map(|d| d as u8)).collect();
    let d = d.filter(|d| d.len() % 2 == 0)?;
    Some(d.chunks_exact(2).map(|c| c[0] << 4 | c[1]).collect())
}

/// The bytes of a byte array or of a text.
pub(crate) fn bytes(it: &mut Interpreter<'_>, v: &Value) -> R<Vec<u8>> {
    let b = match bytes_of(v) {
        Some(b) => b,
        None if matches!(v, Value::Object(_)) => match it.invoke(v, "getBytes", vec![])? {
            Value::Bytes(b) => b.borrow().clone(),
            v => text(&v).into_bytes(),
        },
        None => text(v).into_bytes(),
    };
    it.charge(b.len())?;
    Ok(b)
}

/// The bytes of a byte array; a text is not one.
pub(crate) fn only_bytes(it: &mut Interpreter<'_>, v: Option<&Value>) -> R<Option<Vec<u8>>> {
    match v {
        Some(v @ (Value::Bytes(_) | Value::List(_))) => bytes(it, v).map(Some),
        _ => Ok(None),
    }
}

fn construct(it: &mut Interpreter<'_>, class: &str, args: &[Value]) -> R<Option<Value>> {
    match class {
        c if c.starts_with("javax.crypto") => crypto::construct(it, c, args),
        c if c.starts_with("java.util.zip") => pack::construct(it, c, args),
        "java.net.URI" | "java.net.URL" => uri::construct(class, args).map(Some),
        "java.util.UUID" if args.len() == 2 => {
            let n = |i: usize| crate::gdk::int(args.get(i)) as u64;
            Ok(Some(uuid::object(u128::from(n(0)) << 64 | u128::from(n(1)))))
        }
        "org.apache.commons.codec.binary.Base64" | "org.apache.commons.codec.binary.Hex" => {
            Ok(Some(Value::Class(class.into())))
        }
        _ => Ok(None),
    }
}

fn call_static(it: &mut Interpreter<'_>, class: &str, name: &str, args: &[Value]) -> R<Option<Value>> {
    let a0 = args.first();
    match class {
        "java.util.Base64" => Ok(base64::call_static(name, args)),
        "java.util.UUID" => uuid::call_static(it, name, args),
        "java.net.URI" if name == "create" => uri::construct(class, args).map(Some),
        "java.net.URLEncoder" | "java.net.URLDecoder" => {
            if a0.is_some_and(Value::is_null) {
                return Err(crate::error::bare("java.lang.NullPointerException"));
            }
            if !a0.is_some_and(crate::library::support::is_text) {
                return Ok(None);
            }
            let s = txt(a0);
            it.charge(s.len())?;
            let charset = txt(args.get(1));
            Ok(Some(Value::str(if class.ends_with("Encoder") {
                url_encode(&crate::objects::encode(&s, &charset)?)
            } else {
                crate::objects::decode(&url_decode(&s)?, &charset)?
            })))
        }
        "java.text.Normalizer" => normal::call_static(it, name, args),
        "java.text.Normalizer.Form" | "java.text.Normalizer$Form" => normal::FORM.call_static(name, args),
        "java.nio.ByteBuffer" | "java.nio.CharBuffer" => chars::call_static(it, class, name, args),
        "java.nio.charset.Charset" => match name {
            "forName" => charset(&txt(a0)).map(Some),
            "defaultCharset" => charset("UTF-8").map(Some),
            "isSupported" => Ok(Some(Value::Bool(charset(&txt(a0)).is_ok()))),
            _ => Ok(None),
        },
        c if c.starts_with("java.security") || c.starts_with("javax.crypto") => crypto::call_static(it, c, name, args),
        _ => commons::call_static(it, class, name, args),
    }
}

fn get_static(_it: &mut Interpreter<'_>, class: &str, name: &str) -> R<Option<Value>> {
    Ok(match (class, name) {
        ("java.nio.charset.CodingErrorAction", n) => ACTIONS.named(n),
        ("java.nio.charset.StandardCharsets", n) => {
            CHARSETS.names[..6].iter().position(|c| c.replace('-', "_") == n).map(|i| CHARSETS.at(i))
        }
        ("java.text.Normalizer", "Form") => Some(Value::Class(normal::FORM.class.into())),
        ("java.text.Normalizer.Form" | "java.text.Normalizer$Form", n) => normal::FORM.named(n),
        ("javax.crypto.Cipher", "ENCRYPT_MODE") => Some(Value::Int(1)),
        ("javax.crypto.Cipher", "DECRYPT_MODE") => Some(Value::Int(2)),
        ("org.apache.commons.lang3.StringUtils" | "org.apache.commons.lang.StringUtils", "EMPTY") => {
            Some(Value::str(""))
        }
        ("org.apache.commons.lang3.StringUtils", "SPACE") => Some(Value::str(" ")),
        ("java.util.zip.ZipEntry", "DEFLATED") => Some(Value::Int(8)),
        ("java.util.zip.ZipEntry", "STORED") => Some(Value::Int(0)),
        _ => None,
    })
}

static CHARSETS: EnumClass =
    EnumClass { class: "java.nio.charset.Charset", names: crate::charset::NAMES, texts: &[], methods: charset_method };

fn charset_method(
    it: &mut Interpreter<'_>,
    c: &super::support::Constant,
    name: &str,
    args: &[Value],
) -> R<Option<Value>> {
    match name {
        "displayName" | "name" => Ok(Some(Value::str(c.name()))),
        _ => chars::charset(it, c.name(), name, args),
    }
}

/// What encoders and decoders do where something does not fit.
static ACTIONS: EnumClass = EnumClass {
    class: "java.nio.charset.CodingErrorAction",
    names: &["IGNORE", "REPLACE", "REPORT"],
    texts: &[],
    methods: super::support::plain,
};

fn charset(name: &str) -> R {
    let known = crate::charset::canonical(name).and_then(|n| CHARSETS.names.iter().position(|c| *c == n));
    known.map(|i| CHARSETS.at(i)).ok_or_else(|| throw("java.nio.charset.UnsupportedCharsetException", name))
}

/// `application/x-www-form-urlencoded`.
pub(crate) fn url_encode(b: &[u8]) -> String {
    let mut out = String::with_capacity(b.len());
    for x in b {
        match x {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'*' | b'_' => out.push(char::from(*x)),
            b' ' => out.push('+'),
            x => out.push_str(&format!("%{x:02X}")),
        }
    }
    out
}

fn url_decode(s: &str) -> R<Vec<u8>> {
    let (b, mut out, mut i) = (s.as_bytes(), Vec::with_capacity(s.len()), 0);
    while let Some(x) = b.get(i) {
        match x {
            b'+' => out.push(b' '),
            b'%' => {
                let Some(pair) = s.get(i + 1..i + 3) else {
                    return Err(illegal("URLDecoder: Incomplete trailing escape (%) pattern"));
                };
                let n = u8::from_str_radix(pair, 16).map_err(|_| {
                    illegal(format!(
                        "URLDecoder: Illegal hex characters in escape (%) pattern - Error at index 0 in: \"{pair}\""
                    ))
                })?;
                out.push(n);
                i += 2;
            }
            x => out.push(*x),
        }
        i += 1;
    }
    Ok(out)
}
