//! Zips: all entries in memory, within limits, with names that stay inside.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

/// Most bytes that all entries of an import may have together.
pub const MAX_TOTAL: u64 = 256 << 20;
/// Most bytes of one entry.
pub const MAX_ENTRY: u64 = 64 << 20;
/// Most entries of an import.
pub const MAX_ENTRIES: usize = 20_000;
/// Most times that an entry may be larger than its compressed form.
const MAX_RATIO: u64 = 400;
/// Entries below this size have any ratio they like: text of blanks packs well.
const RATIO_FROM: u64 = 4 << 20;
/// Longest path.
const MAX_PATH: usize = 1_024;

/// Files by path.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

/// What is still allowed to an import, zips inside zips included.
#[derive(Debug)]
pub(crate) struct Budget {
    bytes: u64,
    entries: usize,
}

impl Budget {
    /// The whole budget of an import.
    pub(crate) fn new() -> Self {
        Budget { bytes: MAX_TOTAL, entries: MAX_ENTRIES }
    }

    fn entries(&mut self, count: usize) -> Result<(), Refused> {
        self.entries =
            self.entries.checked_sub(count).ok_or_else(|| too_large(format!("more than {MAX_ENTRIES} entries")))?;
        Ok(())
    }
}

/// Why a zip is not read: a code and a sentence.
pub(crate) type Refused = (&'static str, String);

fn too_large(what: String) -> Refused {
    ("I0002", format!("the zip holds {what}"))
}

/// Whether bytes begin as a zip does.
pub(crate) fn is_zip(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06")
}

/// Reads all files of a zip.
pub(crate) fn read(bytes: &[u8], budget: &mut Budget) -> Result<Files, Refused> {
    let damaged = |e: &dyn std::fmt::Display| ("I0001", format!("the zip cannot be read: {e}"));
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|e| damaged(&e))?;
    budget.entries(zip.len())?;
    let mut files = Files::new();
    for index in 0..zip.len() {
        let mut entry = zip.by_index(index).map_err(|e| damaged(&e))?;
        let name = path(&entry.name().map_err(|e| damaged(&e))?)?;
        if entry.is_dir() {
            continue;
        }
        // The sizes in the directory may lie: what counts is what comes out.
        let packed = entry.compressed_size().max(1);
        let most = MAX_ENTRY.min(budget.bytes).min(RATIO_FROM.max(packed.saturating_mul(MAX_RATIO)));
        let mut content = Vec::new();
        entry.by_ref().take(most.saturating_add(1)).read_to_end(&mut content).map_err(|e| damaged(&e))?;
        let length = content.len() as u64;
        if length > most {
            return Err(too_large(format!("an entry that unpacks to more than {}: {name}", base::format_bytes(most))));
        }
        budget.bytes -= length;
        files.insert(name, content);
    }
    Ok(files)
}

/// Checks the paths of an unpacked folder, and its sizes.
pub(crate) fn folder(files: &Files, budget: &mut Budget) -> Result<Files, Refused> {
    budget.entries(files.len())?;
    let mut checked = Files::new();
    for (name, content) in files {
        let length = content.len() as u64;
        budget.bytes = budget.bytes.checked_sub(length).ok_or_else(|| too_large("too many bytes".to_owned()))?;
        checked.insert(path(name)?, content.clone());
    }
    Ok(checked)
}

/// A path with forward slashes that stays inside.
fn path(name: &str) -> Result<String, Refused> {
    let plain = name.replace('\\', "/");
    let plain = plain.strip_prefix("./").unwrap_or(&plain);
    let drive = plain.as_bytes().get(1) == Some(&b':');
    let outside = plain.starts_with('/') || drive || plain.split('/').any(|part| part == "..");
    if outside || plain.len() > MAX_PATH || plain.chars().any(char::is_control) {
        let shown: String = name.chars().take(80).filter(|c| !c.is_control()).collect();
        return Err(("I0003", format!("the path `{shown}` is not one inside the zip or folder")));
    }
    Ok(plain.to_owned())
}
