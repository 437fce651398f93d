//! Mappings of older tools hold their project in a zip in base64, in another zip.

use std::io::{Cursor, Read};

use base64::Engine;

/// Largest project that comes out of a zip.
const MAX_BYTES: u64 = 32 << 20;
/// Zips in each other.
const MAX_DEPTH: usize = 3;

/// The project in a `blob`.
pub(crate) fn unpack(text: &str) -> Result<String, String> {
    let packed = text.trim().trim_start_matches("!zip!");
    let packed: Vec<u8> = packed.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    let mut bytes = base64::engine::general_purpose::STANDARD
        .decode(packed)
        .map_err(|_| "the packed mapping is not base64".to_owned())?;
    for _ in 0..MAX_DEPTH {
        if !bytes.starts_with(b"PK\x03\x04") {
            break;
        }
        bytes = first_file(&bytes).or_else(|| streamed(&bytes)).ok_or("the packed mapping cannot be unpacked")?;
    }
    String::from_utf8(bytes).map_err(|_| "the packed mapping is not text".to_owned())
}

fn first_file(zip: &[u8]) -> Option<Vec<u8>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(zip)).ok()?;
    let file = archive.by_index(0).ok()?;
    let mut bytes = Vec::new();
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).ok()?;
    (bytes.len() as u64 <= MAX_BYTES).then_some(bytes)
}

/// The first file of a zip without a list of its files: some tools leave that out.
fn streamed(zip: &[u8]) -> Option<Vec<u8>> {
    let number = |at: usize| Some(usize::from(u16::from_le_bytes([*zip.get(at)?, *zip.get(at + 1)?])));
    let deflated = number(8)? == 8;
    let data = zip.get(30 + number(26)? + number(28)?..).filter(|_| deflated)?;
    let mut bytes = Vec::new();
    flate2::read::DeflateDecoder::new(data).take(MAX_BYTES + 1).read_to_end(&mut bytes).ok()?;
    (bytes.len() as u64 <= MAX_BYTES).then_some(bytes)
}
