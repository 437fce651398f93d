//! Converters and coders: pure functions from one body to another.

mod base64;
mod clean;
mod csv;
mod from_json;
pub(crate) mod mime;
pub(crate) mod odata;
mod packed;
pub(crate) mod soap;
mod to_json;
pub(crate) mod xml;

use base::Failure;
use bytes::Bytes;
use flow::{Coding, Conversion};

pub(crate) use packed::{unzip, zip};

/// Converts a body.
///
/// # Errors
/// A permanent failure that says what in the body does not fit.
pub fn convert(conversion: &Conversion, body: &Bytes) -> Result<Bytes, Failure> {
    match conversion {
        Conversion::XmlToJson { keep_root, arrays, names } => {
            to_json::convert(body, *keep_root, arrays, names.as_ref())
        }
        Conversion::JsonToXml { root, always, names, strict } => {
            from_json::convert(body, root.as_deref(), *always, names.as_ref(), *strict)
        }
        Conversion::CsvToXml(format) => csv::to_xml(format, body),
        Conversion::XmlToCsv(format) => csv::from_xml(format, body),
        Conversion::Base64Encode => Ok(base64::encode(body)),
        Conversion::Base64Decode => base64::decode(body),
        Conversion::Zip(Coding::Encode) => packed::zip("message", body),
        Conversion::Zip(Coding::Decode) => packed::unzip(body).map(|(_, content)| content),
        Conversion::Gzip(Coding::Encode) => packed::gzip(body),
        Conversion::Gzip(Coding::Decode) => packed::gunzip(body),
        Conversion::CleanXml(clean) => clean::clean(*clean, body),
        // Coders that need more than the body are steps of their own.
        Conversion::Mime(..) => Ok(body.clone()),
        Conversion::Soap(Coding::Encode) => soap::wrap(body),
        Conversion::Soap(Coding::Decode) => soap::unwrap(body),
    }
}

/// The body as JSON.
pub(crate) fn json(body: &[u8]) -> Result<serde_json::Value, Failure> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    serde_json::from_slice(body).map_err(|e| Failure::permanent("K0002", format!("the body is not JSON: {e}")))
}
