//! What is read of keys and certificates: PEM, and as much of their binary form as scripts ask for.

use base64::Engine;

/// Nesting that is looked into never exceeds a few levels; names have at most this many parts.
const MAX_PARTS: usize = 64;

/// A part of PEM: what it is, and its binary form.
pub(super) fn pem(text: &str) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for part in text.split("-----BEGIN ").skip(1).take(MAX_PARTS) {
        let Some((label, rest)) = part.split_once("-----") else { continue };
        let Some((body, _)) = rest.split_once("-----END ") else { continue };
        let body: String = body.chars().filter(|c| !c.is_whitespace()).collect();
        if let Ok(bytes) = base64::engine::general_purpose::STANDARD.decode(body) {
            found.push((label.to_owned(), bytes));
        }
    }
    found
}

/// An element: its tag, its content, itself, and what follows.
struct Element<'a> {
    tag: u8,
    content: &'a [u8],
    whole: &'a [u8],
    rest: &'a [u8],
}

fn element(der: &[u8]) -> Option<Element<'_>> {
    let (&tag, after) = der.split_first()?;
    let (&first, after) = after.split_first()?;
    let (length, after) = match first {
        0..=0x7f => (usize::from(first), after),
        0x81..=0x84 => {
            let (digits, after) = after.split_at_checked(usize::from(first - 0x80))?;
            (digits.iter().fold(0, |n, d| n << 8 | usize::from(*d)), after)
        }
        _ => return None,
    };
    let (content, rest) = after.split_at_checked(length)?;
    Some(Element { tag, content, whole: &der[..der.len() - rest.len()], rest })
}

/// The elements of a sequence or set.
fn elements(content: &[u8]) -> Vec<Element<'_>> {
    let (mut out, mut rest) = (Vec::new(), content);
    while let Some(e) = element(rest)
        && out.len() < MAX_PARTS
    {
        rest = e.rest;
        out.push(e);
    }
    out
}

/// Kind of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Rsa,
    Ec,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Rsa => "RSA",
            Kind::Ec => "EC",
        }
    }

    /// Of an `AlgorithmIdentifier`.
    fn of(algorithm: &[u8]) -> Option<Kind> {
        match oid(element(algorithm)?.content).as_str() {
            "1.2.840.113549.1.1.1" => Some(Kind::Rsa),
            "1.2.840.10045.2.1" => Some(Kind::Ec),
            _ => None,
        }
    }
}

/// A private key in PKCS#8.
pub(super) fn private_key(label: &str, der: Vec<u8>) -> Option<(Kind, Vec<u8>)> {
    match label {
        "PRIVATE KEY" => {
            let parts = elements(element(&der)?.content);
            Kind::of(parts.get(1)?.content).map(|kind| (kind, der))
        }
        // What PKCS#8 puts around such a key.
        "RSA PRIVATE KEY" => {
            let algorithm = [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
            let inner = [&[0x02, 0x01, 0x00], &algorithm[..], &wrapped(0x04, &der)].concat();
            Some((Kind::Rsa, wrapped(0x30, &inner)))
        }
        _ => None,
    }
}

fn wrapped(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let digits: Vec<u8> = length.into_iter().skip_while(|b| *b == 0).collect();
    let mut out = vec![tag];
    match digits.as_slice() {
        [] => out.push(0),
        [small @ 0..0x80] => out.push(*small),
        many => {
            out.push(0x80 + u8::try_from(many.len()).unwrap_or(8));
            out.extend(many);
        }
    }
    out.extend(content);
    out
}

/// A public key as certificates hold it: its kind, and the bare key inside.
pub(super) fn public_key(spki: &[u8]) -> Option<(Kind, &[u8])> {
    let parts = elements(element(spki)?.content);
    // The first byte of a bit string counts the bits that are not used.
    Some((Kind::of(parts.first()?.content)?, parts.get(1)?.content.get(1..)?))
}

/// A certificate.
#[derive(Clone, Debug)]
pub(super) struct Certificate {
    pub(super) der: Vec<u8>,
    /// As hexadecimal digits.
    pub(super) serial: String,
    pub(super) issuer: Vec<(String, String)>,
    pub(super) subject: Vec<(String, String)>,
    /// First and last moment: `YYYYMMDDhhmmss`.
    pub(super) validity: [String; 2],
    pub(super) key: Vec<u8>,
    pub(super) algorithm: &'static str,
    pub(super) version: i32,
}

impl Certificate {
    pub(super) fn read(der: Vec<u8>) -> Option<Certificate> {
        let outer = elements(element(&der)?.content);
        let algorithm = signed_with(&oid(element(outer.get(1)?.content)?.content));
        let mut parts = elements(outer.first()?.content);
        let mut version = 1;
        if parts.first()?.tag == 0xa0 {
            version = parts.remove(0).content.last().map_or(1, |v| i32::from(*v) + 1);
        }
        let moments = elements(parts.get(3)?.content);
        let validity = [moment(moments.first()?)?, moment(moments.get(1)?)?];
        let (serial, issuer) = (base::hex(parts.first()?.content), name(parts.get(2)?.content));
        let (subject, key) = (name(parts.get(4)?.content), parts.get(5)?.whole.to_vec());
        Some(Certificate { serial, issuer, subject, validity, key, algorithm, version, der: Vec::new() })
            .map(|read| Certificate { der, ..read })
    }
}

/// A moment with four digits for its year.
fn moment(e: &Element<'_>) -> Option<String> {
    let text = std::str::from_utf8(e.content).ok()?.strip_suffix('Z')?;
    let full = match e.tag {
        0x17 => format!("{}{text}", if text.get(..2)? < "50" { "20" } else { "19" }),
        _ => text.to_owned(),
    };
    (full.len() == 14 && full.bytes().all(|b| b.is_ascii_digit())).then_some(full)
}

/// A name, the most special part first, as Java shows it.
fn name(content: &[u8]) -> Vec<(String, String)> {
    let mut parts = Vec::new();
    for set in elements(content) {
        for pair in elements(set.content) {
            if let [key, value, ..] = elements(pair.content).as_slice() {
                parts.push((short(&oid(key.content)), String::from_utf8_lossy(value.content).into_owned()));
            }
        }
    }
    parts.reverse();
    parts
}

/// An object identifier with dots.
fn oid(content: &[u8]) -> String {
    let mut numbers: Vec<u64> = Vec::new();
    let mut n = 0u64;
    for byte in content.iter().take(MAX_PARTS) {
        n = n << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            if numbers.is_empty() {
                let first = (n / 40).min(2);
                numbers.extend([first, n - first * 40]);
            } else {
                numbers.push(n);
            }
            n = 0;
        }
    }
    numbers.iter().map(u64::to_string).collect::<Vec<_>>().join(".")
}

/// The word for a part of a name.
fn short(oid: &str) -> String {
    let known = match oid {
        "2.5.4.3" => "CN",
        "2.5.4.4" => "SURNAME",
        "2.5.4.5" => "SERIALNUMBER",
        "2.5.4.6" => "C",
        "2.5.4.7" => "L",
        "2.5.4.8" => "ST",
        "2.5.4.9" => "STREET",
        "2.5.4.10" => "O",
        "2.5.4.11" => "OU",
        "2.5.4.12" => "T",
        "2.5.4.42" => "GIVENNAME",
        "0.9.2342.19200300.100.1.25" => "DC",
        "0.9.2342.19200300.100.1.1" => "UID",
        "1.2.840.113549.1.9.1" => "EMAILADDRESS",
        other => return format!("OID.{other}"),
    };
    known.to_owned()
}

/// The name of an algorithm that certificates are signed with.
fn signed_with(oid: &str) -> &'static str {
    match oid {
        "1.2.840.113549.1.1.5" => "SHA1withRSA",
        "1.2.840.113549.1.1.10" => "RSASSA-PSS",
        "1.2.840.113549.1.1.11" => "SHA256withRSA",
        "1.2.840.113549.1.1.12" => "SHA384withRSA",
        "1.2.840.113549.1.1.13" => "SHA512withRSA",
        "1.2.840.10045.4.3.2" => "SHA256withECDSA",
        "1.2.840.10045.4.3.3" => "SHA384withECDSA",
        "1.2.840.10045.4.3.4" => "SHA512withECDSA",
        _ => "unknown",
    }
}
