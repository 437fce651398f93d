//! ZIP with one entry, and GZIP. What unpacks to more than a limit is refused before it is in memory.

use std::io::{Cursor, Read, Write};

use base::Failure;
use bytes::Bytes;
use flate2::Compression;

/// Most bytes that a packed body may hold.
const MAX_UNPACKED: u64 = 256 << 20;
/// Longest name of an entry.
const MAX_NAME: usize = 1_000;

fn wrong(text: impl Into<String>) -> Failure {
    Failure::permanent("K0008", text)
}

/// A ZIP whose only entry is the body.
pub(crate) fn zip(name: &str, body: &[u8]) -> Result<Bytes, Failure> {
    let name: String = name.chars().filter(|c| !c.is_control()).take(MAX_NAME).collect();
    let bad = |e: &dyn std::fmt::Display| wrong(format!("the ZIP cannot be written: {e}"));
    let mut writer = ::zip::ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file(name, ::zip::write::SimpleFileOptions::default()).map_err(|e| bad(&e))?;
    writer.write_all(body).map_err(|e| bad(&e))?;
    writer.finish().map(|w| Bytes::from(w.into_inner())).map_err(|e| bad(&e))
}

/// The only entry of a ZIP: its name and content.
pub(crate) fn unzip(body: &[u8]) -> Result<(String, Bytes), Failure> {
    let bad = |e: &dyn std::fmt::Display| wrong(format!("the body is not a ZIP: {e}"));
    let mut archive = ::zip::ZipArchive::new(Cursor::new(body)).map_err(|e| bad(&e))?;
    let mut found = None;
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(|e| bad(&e))?;
        if entry.is_dir() {
            continue;
        }
        if found.is_some() {
            return Err(wrong("the ZIP holds more than one file"));
        }
        let name = entry.name().map_err(|e| bad(&e))?.into_owned();
        found = Some((name, limited(&mut entry)?));
    }
    found.ok_or_else(|| wrong("the ZIP holds no file"))
}

/// The body compressed.
pub(super) fn gzip(body: &[u8]) -> Result<Bytes, Failure> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), Compression::default());
    let written = writer.write_all(body).and_then(|()| writer.finish());
    written.map(Bytes::from).map_err(|e| wrong(format!("the body cannot be compressed: {e}")))
}

/// The body decompressed.
pub(super) fn gunzip(body: &[u8]) -> Result<Bytes, Failure> {
    limited(&mut flate2::read::MultiGzDecoder::new(body))
}

fn limited(reader: &mut dyn Read) -> Result<Bytes, Failure> {
    let mut content = Vec::new();
    let read = reader.take(MAX_UNPACKED + 1).read_to_end(&mut content);
    read.map_err(|e| wrong(format!("the body cannot be decompressed: {e}")))?;
    if content.len() as u64 > MAX_UNPACKED {
        return Err(wrong(format!("the body unpacks to more than {}", base::format_bytes(MAX_UNPACKED))));
    }
    Ok(Bytes::from(content))
}
