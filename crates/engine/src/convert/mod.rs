//! Converters and coders: pure functions from one body to another.

mod base64;
mod csv;
mod from_json;
mod to_json;
pub(crate) mod xml;

use base::Failure;
use bytes::Bytes;
use flow::Conversion;

/// Converts a body.
///
/// # Errors
/// A permanent failure that says what in the body does not fit.
pub fn convert(conversion: &Conversion, body: &Bytes) -> Result<Bytes, Failure> {
    match conversion {
        Conversion::XmlToJson { keep_root, arrays } => to_json::convert(body, *keep_root, arrays),
        Conversion::JsonToXml { root } => from_json::convert(body, root.as_deref()),
        Conversion::CsvToXml(format) => csv::to_xml(format, body),
        Conversion::XmlToCsv(format) => csv::from_xml(format, body),
        Conversion::Base64Encode => Ok(base64::encode(body)),
        Conversion::Base64Decode => base64::decode(body),
    }
}

/// The body as JSON.
pub(crate) fn json(body: &[u8]) -> Result<serde_json::Value, Failure> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    serde_json::from_slice(body).map_err(|e| Failure::permanent("K0002", format!("the body is not JSON: {e}")))
}
